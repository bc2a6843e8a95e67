"""Groups on a real Synapse: the last seat at the same instant, and a room that follows, while the bot is killed."""

from __future__ import annotations

import asyncio
import contextlib
import random
from functools import partial
from pathlib import Path

from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Event, MatrixError, People, Person
from bot.demo.sealed import SealedPerson
from tests.homeserver.bots import BotProcess
from tests.homeserver.stage import body, bot_of, edits, entered, is_state, machine, new_account, store_of

SEATS, COMERS, KILLS = 7, 20, 3
ACTS, WITHIN = 24, 60  # seconds
PROCESS = "!prozess neu Umzugsmeldung | klasse: L"


async def test_twenty_at_once_and_ten_leave_with_kills_in_between(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    dice = random.Random(5)  # noqa: S311
    persons = list(await asyncio.gather(*(people.add(f"pi{number:02}") for number in range(COMERS))))
    first = persons[0]
    account = await new_account(homeserver)
    agenda = await first.create_room("Agenda", invite=[account.user_id, *(p.user_id for p in persons[1:])])
    async with bot_of(
        homeserver, account, tmp_path, persons, rooms={"agenda": agenda}, encryption="off"
    ) as bot:
        await bot.start()
        for user in (account.user_id, *(p.user_id for p in persons[1:])):
            await entered(first, agenda, user)
        card = await first.ask(agenda, PROCESS)

        acting = asyncio.gather(*(_join(p, agenda, card, tap=n % 2 == 0) for n, p in enumerate(persons)))
        await _killed(bot, dice)
        acts = dict(zip(await acting, persons, strict=True))
        await _shown(first, account.user_id, SEATS, COMERS - SEATS)
        arrived = [acts[e["event_id"]].user_id for e in await first.messages(agenda) if e["event_id"] in acts]
        assert len(arrived) == COMERS
        assert await _seats(bot) == (arrived[:SEATS], arrived[SEATS:])

        gone = {arrived[n] for n in (0, 2, 3, 6, 7, 9, 10, 11, 15, 19)}
        await bot.start()
        taps = {person.user_id: act for act, person in acts.items()}
        leaving = asyncio.gather(*(_leave(p, agenda, taps[p.user_id]) for p in persons if p.user_id in gone))
        await _killed(bot, dice)
        await leaving
        left = [user for user in arrived if user not in gone]
        asker = next(p for p in persons if p.user_id in left)
        await _shown(asker, account.user_id, SEATS, len(left) - SEATS)
        moved = [user for user in left[:SEATS] if user not in arrived[:SEATS]]
        for person in persons:
            if person.user_id in moved:
                await person.wait_for(_moved_up, timeout=60)
        assert await _seats(bot) == (left[:SEATS], left[SEATS:])
        for person in persons:
            times = await _told(person)
            if person.user_id in gone:
                assert times <= 1  # who waited may have moved up before leaving
            else:
                assert times == (person.user_id in moved), person.user_id
        assert bot.errors() == []


async def _join(person: Person, room: str, card: Event, *, tap: bool) -> str:
    if tap:
        return await person.react(room, card["event_id"], "✅")
    return await person.say(room, "!gruppe anmelden P1")


async def _leave(person: Person, room: str, act: str) -> None:
    """By taking off the reaction, which who signed up by command has not; by command then."""
    seen = [e for e in await person.messages(room) if e["event_id"] == act]
    if seen and seen[0]["type"] == "m.reaction":
        await person.redact(room, act)
    else:
        await person.say(room, "!gruppe abmelden P1")


async def _killed(bot: BotProcess, dice: random.Random) -> None:
    """At random moments: that is what is tested here."""
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0, 0.4))
        await bot.kill()
        await bot.start()


async def _shown(person: Person, bot: str, confirmed: int, waiting: int) -> None:
    """The group stands like that, once all is carried out; who is in it is said in the direct chat."""
    room = await person.direct_with(bot)
    async with asyncio.timeout(WITHIN):
        while True:
            shown = machine(await person.ask(room, "!gruppe zeige P1"))
            if (shown["confirmed"], shown["waiting"]) == (confirmed, waiting):
                return
            await asyncio.sleep(0.2)


def _moved_up(event: Event) -> bool:
    return (
        event["type"] == "m.room.message"
        and not edits(event)
        and "Ein Platz ist frei geworden" in body(event)
    )


async def _told(person: Person) -> int:
    rooms = {e["room_id"] for e in person.received}
    told = [e for room in rooms for e in await person.messages(room) if _moved_up(e)]
    return sum(body(e).count("Ein Platz ist frei geworden") for e in told)


async def _seats(bot: BotProcess) -> tuple[list[str], list[str]]:
    """Who has a seat and who waits, in order of arrival; the bot is stopped for it."""
    assert await bot.stop() == 0
    query = "SELECT user_id FROM seats WHERE kind = 'group' AND state = ? ORDER BY arrived"
    async with store_of(bot) as store:
        confirmed, waiting = (
            [row[0] for row in store.execute(query, (s,))] for s in ("confirmed", "waiting")
        )
    return confirmed, waiting


# --- the room


async def test_the_room_is_made_once_and_follows_the_group(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    dice = random.Random(7)  # noqa: S311
    kora, *crew = [await people.add(name, kind=SealedPerson) for name in ("kora", "pia", "urs", "eva", "max")]
    pia = crew[0]
    account = await new_account(homeserver)
    hall = await kora.create_room("Halle", invite=[account.user_id, *(p.user_id for p in crew)])
    space = await kora.create_room("Space", invite=[account.user_id], creation_content={"type": "m.space"})
    await kora.set_power_levels(space, {account.user_id: 50})
    bot = bot_of(
        homeserver,
        account,
        tmp_path,
        [kora],
        rooms={"agenda": hall, "space": space},
        program=("tests/homeserver/dying_bot.py",),
        encryption_devices="all",
    )
    async with bot:
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        for room, user in ((hall, account.user_id), (space, account.user_id)):
            await entered(kora, room, user)
        for person in crew:
            await entered(kora, hall, person.user_id)
            await person.ask(hall, "!profil anmelden gemeinde: Aesch | funktion: Einwohnerdienste")
            await kora.ask(hall, f"!mitglied aufnehmen {person.user_id}")
        await kora.ask(hall, PROCESS)
        for person in crew[:3]:
            await person.ask(hall, "!gruppe anmelden P1")
        await kora.ask(hall, f"!gruppe leitung P1 {pia.user_id}")

        # It dies after the room is made, before it knows so; and is asked again.
        await bot.kill()
        await bot.start(PIBOT_TEST_DIE="create=1", PIBOT_TEST_SEED="0")
        await kora.say(hall, "!gruppe raum P1")
        await bot.ended()
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await kora.ask(hall, "!gruppe raum P1")
        room = (await pia.wait_for(partial(_invites, pia, account, {hall, space})))["room_id"]
        for person in crew[:3]:
            await person.wait_for(partial(_invites, person, account, {hall, space}), room=room)
            await person.join(room)
        made = {e["room_id"] for e in pia.received if _invites(pia, account, {hall, space}, e)}
        assert {r for r in made if r == room} == {room}
        await _check_furniture(pia, account, room, space, kora, pia)
        assert (await kora.state_content(space, "m.space.child", room))["via"] == ["localhost"]

        for number in range(ACTS):
            await _act(dice, crew, kora, hall, room)
            if number % (ACTS // KILLS) == 0:
                await bot.kill()
                await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        # Who left the room by himself is asked in again; then room and group are the same.
        await pia.ask(hall, "!gruppe zeige P1")
        await kora.ask(hall, "!gruppe raum P1")
        members = await _settled(bot, account, crew, room)
        assert pia.user_id in members
        assert bot.errors() == []
        assert await bot.stop() == 0
        async with store_of(bot) as store:
            marked = store.execute("SELECT count(*) FROM rooms WHERE marker = 'group 1'").fetchone()
            seated = {row[0] for row in store.execute("SELECT user_id FROM seats WHERE state = 'confirmed'")}
        assert marked == (1,)
        assert members == seated


def _invites(person: Person, bot: Account, known: set[str], event: Event) -> bool:
    """The bot has invited the person into a room of its own, which is no direct chat."""
    content = event["content"]
    mine = is_state(event, "m.room.member", person.user_id) and content["membership"] == "invite"
    return (
        mine
        and event["sender"] == bot.user_id
        and event["room_id"] not in known
        and not content.get("is_direct")
    )


async def _check_furniture(
    reader: Person, bot: Account, room: str, space: str, coordinator: Person, leader: Person
) -> None:
    state = {(e["type"], e["state_key"]): e["content"] for e in await reader.state(room)}
    assert state["m.room.name", ""] == {"name": "Gruppe P1 · Umzugsmeldung"}
    assert "P1" in state["m.room.topic", ""]["topic"]
    assert state["m.room.join_rules", ""]["join_rule"] == "invite"
    assert state["m.room.history_visibility", ""] == {"history_visibility": "shared"}
    assert state["m.room.server_acl", ""]["allow"] == ["localhost"]
    assert state["m.space.parent", space]["canonical"] is True
    assert state["m.room.create", ""]["room_version"] == "12"
    assert state["m.room.encryption", ""]["algorithm"] == "m.megolm.v1.aes-sha2"
    await reader.wait_for(
        lambda e: is_state(e, "m.room.power_levels") and e["content"]["users"].get(leader.user_id) == 50,
        room=room,
        timeout=WITHIN,
    )
    levels = (await reader.state_content(room, "m.room.power_levels"))["users"]
    assert levels == {coordinator.user_id: 100, leader.user_id: 50}
    pin = await reader.wait_for(lambda e: is_state(e, "m.room.pinned_events"), room=room, timeout=WITHIN)
    [card] = [e for e in await reader.messages(room) if machine(e).get("type") == "process" and not edits(e)]
    assert pin["content"]["pinned"] == [card["event_id"]]
    assert card["sender"] == bot.user_id
    assert card["sealed"]


async def _act(dice: random.Random, crew: list[Person], kora: Person, hall: str, room: str) -> None:
    """Something that somebody does about the group or its room; what the server forbids just now, he leaves."""
    leader, person = crew[0], dice.choice(crew[1:])
    act = dice.choice(("join", "leave", "remove", "kick", "guest", "come", "come", "go"))
    with contextlib.suppress(MatrixError):
        match act:
            case "join" | "leave":
                verb = "anmelden" if act == "join" else "abmelden"
                await person.say(hall, f"!gruppe {verb} P1")
            case "remove":
                await kora.say(hall, f"!gruppe entfernen P1 {person.user_id}")
            case "kick":
                await leader.kick(room, person.user_id)
            case "guest":
                await leader.invite(room, person.user_id)
            case "come":
                await person.join(room)
            case "go":
                await person.leave(room)
    await asyncio.sleep(dice.uniform(0, 0.2))


async def _settled(bot: BotProcess, account: Account, crew: list[Person], room: str) -> set[str]:
    """All who are invited come in; who is there, once that is as the group is and stays so."""
    reader, same, last = crew[0], 0, set[str]()
    async with asyncio.timeout(WITHIN):
        while same < 20:
            present = {
                e["state_key"]: e["content"]["membership"]
                for e in await reader.state(room)
                if e["type"] == "m.room.member" and e["content"]["membership"] in ("invite", "join")
            }
            for person in crew:
                if present.get(person.user_id) == "invite":
                    with contextlib.suppress(MatrixError):
                        await person.join(room)
            now = {user for user in present if user != account.user_id}
            same = same + 1 if now == last and "invite" not in present.values() else 0
            last = now
            await asyncio.sleep(0.25)
    assert bot.returncode is None
    return last
