"""The throw-away homeserver and the people on it do what the other tests rely on."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.demo.homeserver import Homeserver, HomeserverError
from bot.demo.people import Event, MatrixError, People, Person, replied_to
from bot.demo.sealed import ENCRYPTION, SealedPerson


def body(event: Event) -> str:
    return str(event["content"].get("body", ""))


async def room_of_two(people: People) -> tuple[Person, Person, str]:
    pia, urs = await people.add("pia", name="Pia Muster"), await people.add("urs")
    room = await pia.create_room("Ideen", invite=[urs.user_id])
    await pia.wait_for(
        lambda e: (
            e["type"] == "m.room.member"
            and e["state_key"] == urs.user_id
            and e["content"]["membership"] == "join"
        ),
        room=room,
    )
    return pia, urs, room


async def test_what_one_says_the_other_hears_in_order(people: People) -> None:
    pia, urs, room = await room_of_two(people)
    for number in range(5):
        await pia.say(room, f"Satz {number}")
    await urs.wait_for(lambda e: body(e) == "Satz 4", room=room)
    heard = [body(e) for e in urs.received if body(e).startswith("Satz")]
    assert heard == [f"Satz {number}" for number in range(5)]
    assert [body(e) for e in await urs.messages(room) if e["type"] == "m.room.message"] == heard


async def test_the_same_transaction_is_one_event(people: People) -> None:
    pia, _, room = await room_of_two(people)
    assert await pia.say(room, "einmal", txn="t1") == await pia.say(room, "einmal", txn="t1")


async def test_edits_reactions_and_threads_are_relations(people: People) -> None:
    pia, urs, room = await room_of_two(people)
    idea = await pia.say(room, "Idee", html="<b>Idee</b>")
    edit = await pia.edit(room, idea, "bessere Idee")
    like = await urs.react(room, idea, "👍")
    comment = await urs.say(room, "gut", thread=idea, mentions=[pia.user_id])
    assert {e["event_id"] for e in await pia.relations(room, idea)} == {edit, like, comment}
    [reaction] = await pia.relations(room, idea, "m.annotation")
    assert reaction["content"]["m.relates_to"]["key"] == "👍"
    heard = await pia.wait_for(lambda e: e["event_id"] == comment)
    assert heard["content"]["m.mentions"] == {"user_ids": [pia.user_id]}
    assert replied_to(heard) is None

    await urs.redact(room, like)
    await pia.wait_for(lambda e: e["type"] == "m.room.redaction" and e["content"]["redacts"] == like)
    assert await pia.relations(room, idea, "m.annotation") == []


async def test_ask_gives_the_reply(people: People) -> None:
    pia, urs, room = await room_of_two(people)

    async def answer() -> None:
        question = await urs.wait_for(lambda e: body(e) == "!hilfe", room=room)
        await urs.say(room, "im Thread", thread=question["event_id"])
        await urs.say(room, "Gerne.", reply_to=question["event_id"])

    answering = asyncio.create_task(answer())
    assert body(await pia.ask(room, "!hilfe")) == "Gerne."
    await answering


async def test_waiting_in_vain_says_what_was_seen(people: People) -> None:
    pia, _, room = await room_of_two(people)
    await pia.say(room, "etwas anderes")
    await pia.wait_for(lambda e: body(e) == "etwas anderes")
    with pytest.raises(TimeoutError, match="etwas anderes"):
        await pia.wait_for(lambda _: False, room=room, timeout=0.01)


async def test_a_gap_in_the_sync_is_filled(people: People) -> None:
    pia, urs, room = await room_of_two(people)
    late = Person(pia.url, urs.user_id, urs.access_token)
    async with late:
        await late.sync()
        for number in range(60):
            await pia.say(room, f"Satz {number}")
        await late.sync()
        heard = [body(e) for e in late.received if body(e).startswith("Satz")]
    assert heard == [f"Satz {number}" for number in range(60)]


async def test_a_direct_chat_is_an_invitation(people: People) -> None:
    pia = await people.add("pia")
    urs = await people.add("urs", auto_join=False)
    room = await pia.direct_with(urs.user_id)
    invitation = await urs.wait_for(lambda e: e["content"].get("membership") == "invite", room=room)
    assert invitation["content"]["is_direct"]
    assert await urs.join(room) == room
    assert await pia.direct_with(urs.user_id) != room


class Hearing(SealedPerson):
    """Hears nothing new while `hears` is not set."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.hears = asyncio.Event()
        self.hears.set()

    async def _take_in(self, answer: Event) -> None:
        await self.hears.wait()
        await super()._take_in(answer)


async def test_what_is_said_right_after_an_invitation_is_sealed_for_who_was_invited(people: People) -> None:
    """The news of the invitation may come late; a key that was not sent then, nobody sends later."""
    pia, urs = await people.add("pia", kind=Hearing), await people.add("urs", kind=SealedPerson)
    assert isinstance(pia, Hearing)
    room = await pia.create_room("Ideen", initial_state=[ENCRYPTION])
    await pia.wait_for(lambda e: e["type"] == ENCRYPTION["type"], room=room)

    async def invites() -> str:
        await pia.invite(room, urs.user_id)
        return await pia.say(room, "Grüezi")

    pia.hears.clear()
    said = asyncio.create_task(invites())
    await urs.wait_for(lambda e: e["content"].get("membership") == "join", room=room)
    pia.hears.set()
    event = await said
    heard = await urs.wait_for(lambda e: e["event_id"] == event)
    assert (body(heard), heard.get("sealed")) == ("Grüezi", True)


async def test_who_is_kicked_hears_why(people: People) -> None:
    pia, urs, room = await room_of_two(people)
    await pia.kick(room, urs.user_id, "genug")
    kick = await urs.wait_for(lambda e: e["content"].get("membership") == "leave", room=room)
    assert kick["content"]["reason"] == "genug"
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await urs.say(room, "noch da?")


async def test_state_names_and_files(people: People) -> None:
    pia, urs, room = await room_of_two(people)
    await pia.set_power_levels(room, {urs.user_id: 50}, events_default=10)
    levels = await urs.state_content(room, "m.room.power_levels")
    assert (levels["users"][urs.user_id], levels["events_default"]) == (50, 10)
    assert "m.room.encryption" not in {e["type"] for e in await urs.state(room)}
    await pia.set_display_name("Pia M.")
    await urs.wait_for(lambda e: e["content"].get("displayname") == "Pia M.", room=room)
    address = await pia.upload("Grüezi".encode(), "gruss.txt", "text/plain")
    assert (await urs.download(address)).decode() == "Grüezi"


async def test_a_restart_and_a_kill_keep_everything(own_homeserver: Homeserver) -> None:
    async with People(own_homeserver) as people:
        pia, urs, room = await room_of_two(people)
        before = await pia.say(room, "vorher")
        await own_homeserver.restart()
        between = await pia.say(room, "dazwischen")
        await own_homeserver.kill()
        await own_homeserver.start()
        after = await pia.say(room, "nachher")
        await urs.wait_for(lambda e: e["event_id"] == after)
        said = [e["event_id"] for e in urs.received if e["type"] == "m.room.message"]
        assert said == [before, between, after]


async def test_default_rate_limits_are_waited_out(own_homeserver: Homeserver) -> None:
    async with People(own_homeserver) as people:
        pia = await people.add("pia")
        room = await pia.create_room()
        await asyncio.gather(*(pia.say(room, f"Satz {number}") for number in range(10)))
        assert pia.rate_limited > 0
        said = {body(e) for e in await pia.messages(room) if e["type"] == "m.room.message"}
        assert said == {f"Satz {number}" for number in range(10)}


async def test_logging_in_makes_a_second_device(homeserver: Homeserver, people: People) -> None:
    pia = await people.add("pia")
    account = await homeserver.create_account(f"{pia.user_id[1:].split(':')[0]}-2", password="geheim")
    async with await Person.login(homeserver.url, account.user_id, "geheim") as again:
        assert again.user_id == account.user_id
        assert again.device_id != account.device_id
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await Person.login(homeserver.url, account.user_id, "falsch")


async def test_a_homeserver_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = Homeserver(tmp_path, extra={"media_store_path": 5})
    with pytest.raises(HomeserverError, match=r"(?s)end of its log.*Error"):
        await broken.start()


async def test_a_taken_name_is_refused(homeserver: Homeserver, people: People) -> None:
    pia = await people.add("pia")
    with pytest.raises(HomeserverError, match="M_USER_IN_USE"):
        await homeserver.create_account(pia.user_id[1:].split(":")[0])
