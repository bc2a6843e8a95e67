"""How the bot comes into rooms, out of them, and along with them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, MatrixError, People, Person, replied_to
from tests.homeserver.stage import (
    answered,
    answers,
    body,
    bot_of,
    entered,
    is_state,
    machine,
    new_account,
    timeline_of,
)


async def test_invited_removed_and_invited_again(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    pia, stranger = await people.add("pia"), await people.add("stranger")
    account = await new_account(homeserver)
    first, second = await pia.create_room("Halle"), await pia.create_room("Gang")
    async with bot_of(homeserver, account, tmp_path, [pia], allowed_servers=["elsewhere.example"]) as bot:
        await bot.start()
        for room in (first, second):
            await pia.invite(room, account.user_id)
            await entered(pia, room, account.user_id)
            await pia.ask(room, "!hilfe")

        others = await stranger.create_room("Fremd", invite=[account.user_id])
        await stranger.wait_for(lambda e: membership(e, account.user_id) == "leave", room=others)

        # Removed while it runs, and then while it is away.
        await pia.kick(first, account.user_id)
        meanwhile = [await pia.say(first, "!status")]
        await pia.invite(first, account.user_id)
        await joined_again(pia, first, account.user_id)
        assert replied_to(await pia.ask(first, "!hilfe")) not in meanwhile
        assert await bot.stop() == 0
        await pia.request("POST", f"v3/rooms/{second}/ban", {"user_id": account.user_id})
        meanwhile.append(await pia.say(second, "!status"))
        await pia.request("POST", f"v3/rooms/{second}/unban", {"user_id": account.user_id})
        await pia.invite(second, account.user_id)
        await bot.start()
        await joined_again(pia, second, account.user_id)
        await pia.ask(second, "!hilfe")
        await pia.ask(first, "!hilfe")
        for room in (first, second):
            assert await answers(pia, room, meanwhile) == []
            said = await timeline_of(pia, account, room)
            [aside] = [e for e in said if e["content"]["msgtype"] == "m.notice"]
            assert "vor meinem Beitritt" in body(aside)
        assert await bot.stop() == 0
        assert bot.errors() == []


async def test_direct_chats_and_encrypted_rooms(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    pia, urs, eva = [await people.add(name) for name in ("pia", "urs", "eva")]
    account = await new_account(homeserver)
    hall = await pia.create_room("Halle", invite=[account.user_id, urs.user_id, eva.user_id])
    bot = bot_of(
        homeserver,
        account,
        tmp_path,
        [pia, urs, eva],
        program=("tests/homeserver/dying_bot.py",),
        encryption="off",
    )
    async with bot:
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await entered(pia, hall, account.user_id)
        direct = await pia.direct_with(account.user_id)
        await answered(pia, [await pia.say(direct, "hilfe")])  # said before the bot was in

        encryption = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        secret = await pia.create_room("Geheim", invite=[account.user_id], initial_state=[encryption])
        unreadable = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "s"}
        for _ in range(2):
            await pia.send(secret, "m.room.encrypted", unreadable)
        told = await pia.wait_for(lambda e: e["type"] == "m.room.message", room=secret)
        assert "Schloss" in body(told)
        await pia.send(secret, "m.room.encrypted", unreadable)

        # Urs has no direct chat. The bot makes one, dies before it knows so, and finds it again.
        await bot.kill()
        await bot.start(PIBOT_TEST_DIE="create=1", PIBOT_TEST_SEED="0")
        pointed = await urs.say(hall, "!profil zeige")
        await bot.ended()
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await answered(urs, [pointed])
        profile = await urs.wait_for(lambda e: machine(e).get("ref") == urs.user_id)
        await urs.ask(profile["room_id"], "profil zeige")
        # Eva has none either, and asks twice before there is one.
        twice = [await eva.say(hall, "!profil zeige") for _ in range(2)]
        await answered(eva, twice)
        again = await eva.wait_for(lambda e: machine(e).get("ref") == eva.user_id)
        await eva.ask(again["room_id"], "hilfe")
        for person, shown in ((urs, 1), (eva, 2)):
            made = {e["room_id"] for e in person.received if is_invited_by(e, person, account.user_id)}
            assert len(made) == 1
            said = await timeline_of(person, account, made.pop())
            profiles = [e for e in said if machine(e).get("ref") == person.user_id and not replied_to(e)]
            assert len(profiles) == shown
        assert len(await timeline_of(pia, account, secret)) == 1, "said once"
        assert await bot.stop() == 0


@pytest.mark.parametrize("version", ["10", "12"])
async def test_an_upgraded_room_is_followed(
    people: People, homeserver: Homeserver, tmp_path: Path, version: str
) -> None:
    """What the room was for moves along, also where the configuration names the old one, and while away."""
    pia, urs = await people.add("pia"), await people.add("urs")
    account = await new_account(homeserver)
    more: dict[str, Any] = {"invite": [account.user_id, urs.user_id], "room_version": version}
    ideas = await pia.create_room("Ideen", public=True, **more)
    hall = await pia.create_room("Halle", **more)
    async with bot_of(homeserver, account, tmp_path, [pia], rooms={"ideas": ideas}) as bot:
        await bot.start()
        await entered(pia, ideas, account.user_id)
        await entered(urs, hall, account.user_id)
        await entered(pia, ideas, urs.user_id)
        with pytest.raises(MatrixError):  # of others, the homeserver takes no tombstone
            await urs.set_state(ideas, "m.room.tombstone", {"body": "", "replacement_room": hall})

        second = await upgraded(pia, ideas, version)
        await entered(pia, second, account.user_id)
        await pia.ask(hall, "!idee neu Umzug")
        await pia.wait_for(lambda e: machine(e).get("ref") == "I1", room=second)

        assert await bot.stop() == 0
        third = await upgraded(pia, second, version)
        await bot.start()
        await entered(pia, third, account.user_id)
        await pia.ask(hall, "!idee neu Hundesteuer")
        await pia.wait_for(lambda e: machine(e).get("ref") == "I2", room=third)
        await bot.kill()
        await bot.start()
        await pia.ask(third, "!idee neu Parkkarte")
        [card] = [e for e in await timeline_of(pia, account, third) if machine(e).get("ref") == "I3"]
        assert replied_to(card), "the card is the reply where it belongs"
        assert await bot.stop() == 0
        assert bot.errors() == []


async def upgraded(person: Person, room: str, version: str) -> str:
    """The room that replaces this one."""
    answer = await person.request("POST", f"v3/rooms/{room}/upgrade", {"new_version": version})
    return str(answer["replacement_room"])


def membership(event: Event, user_id: str) -> str | None:
    return str(event["content"].get("membership")) if is_state(event, "m.room.member", user_id) else None


def is_invited_by(event: Event, person: Person, inviter: str) -> bool:
    return membership(event, person.user_id) == "invite" and event["sender"] == inviter


async def joined_again(person: Person, room: str, user_id: str) -> None:
    """The person has seen the user come in after having been removed."""
    async with asyncio.timeout(30):
        await person.wait_for(lambda e: membership(e, user_id) in ("leave", "ban"), room=room)

        def is_back(_: Event) -> bool:
            here = [membership(e, user_id) for e in person.received if e["room_id"] == room]
            return [m for m in here if m][-1] == "join"

        await person.wait_for(is_back, room=room)
