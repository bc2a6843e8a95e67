"""What was said and done while the bot was away is carried out after its start, once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import People, Person, replied_to
from tests.homeserver.stage import (
    Stage,
    answered,
    answers,
    body,
    bot_of,
    edits,
    entered,
    machine,
    new_account,
    store_of,
    timeline_of,
)


async def test_a_hundred_commands_among_much_talk(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    stage = Stage(people, homeserver, tmp_path)
    async with await stage.set() as bot:
        await bot.start()
        await stage.settled_in(bot)
        hall, gang, direct = stage.rooms[1:4]
        pia, urs, *_ = stage.persons
        for room in (hall, gang, direct):
            await pia.ask(room, "!status")  # it knows by now that it sits there, and has read up to here
        assert await bot.stop() == 0

        asked: dict[str, list[str]] = {hall: [], gang: [], direct: []}

        async def ask(room: str, count: int) -> None:
            for number in range(count):
                command = "idee neu Vorhaben" if number % 10 == 0 else "idee zeige I"
                asked[room].append(
                    await pia.say(room, f"!{command}{len(asked[room])}{room[1:6]}\ntrotzdem: ja")
                )

        async def chat(person: Person, room: str) -> None:
            for number in range(150):
                await person.say(room, f"Satz {number}, der niemanden ausser uns etwas angeht")

        await asyncio.gather(ask(hall, 60), ask(gang, 20), ask(direct, 20), chat(pia, hall), chat(urs, gang))
        said_once: list[int] = []
        for _ in range(2):
            await bot.start()
            await pia.ask(direct, "status")
            for room, commands in asked.items():
                await answered(pia, commands)
                assert await answers(pia, room, commands) == commands
            assert await bot.stop() == 0
            said_once.append(
                sum([len(await timeline_of(pia, bot.account, room)) for room in stage.rooms[:4]])
            )
            async with store_of(bot) as store:
                assert store.execute("SELECT count(*) FROM ideas").fetchone() == (10,)
        assert bot.gaps() == {hall, gang}
        assert said_once[1] == said_once[0] + 1, "a second start says nothing more"
        assert bot.errors() == []


async def test_edited_deleted_and_tapped_while_away(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    pia, urs, kora = [await people.add(name) for name in ("pia", "urs", "kora")]
    account = await new_account(homeserver)
    ideas = await pia.create_room("Ideen", invite=[urs.user_id, kora.user_id, account.user_id])
    bot = bot_of(homeserver, account, tmp_path, [pia, urs, kora], rooms={"ideas": ideas}, encryption="off")
    async with bot:
        await bot.start()
        await entered(pia, ideas, account.user_id)
        card = await pia.ask(ideas, "!idee neu Umzug")
        kept = await urs.react(ideas, card["event_id"], "👍")
        off = await kora.react(ideas, card["event_id"], "👍")
        await votes_are(pia, card["event_id"], {"for": 2, "against": 0, "neutral": 0})
        assert await bot.stop() == 0

        edited = await pia.say(ideas, "!idee neu Parkkarte auf Papier")
        await pia.edit(ideas, edited, "!idee neu Parkkarte digital")
        await pia.edit(ideas, edited, "!idee neu Parkkarte auf dem Handy")
        deleted = await pia.say(ideas, "!idee neu Gehört eigentlich nicht hierher")
        await pia.redact(ideas, deleted)
        # Of so much talk that the answer to the first sync does not reach back to here.
        await asyncio.gather(*(urs.say(ideas, f"Satz {number}") for number in range(120)))
        late = await pia.say(ideas, "!idee neu Hundesteuer am Schalter\ntrotzdem: ja")
        await pia.edit(ideas, late, "!idee neu Hundesteuer im Netz\ntrotzdem: ja")
        await kora.redact(ideas, off)
        await kora.redact(ideas, await kora.react(ideas, card["event_id"], "👎"))
        against = await pia.react(ideas, card["event_id"], "👎")

        await bot.start()
        await answered(pia, [edited, late])
        await votes_are(pia, card["event_id"], {"for": 1, "against": 1, "neutral": 0})
        assert await bot.stop() == 0
        said = await timeline_of(pia, account, ideas)
        titles = [(replied_to(e), machine(e)["ref"], machine(e)["title"]) for e in said[1:]]
        assert titles == [(edited, "I2", "Parkkarte auf dem Handy"), (late, "I3", "Hundesteuer im Netz")]

        assert bot.gaps() == {ideas}

        await asyncio.gather(urs.redact(ideas, kept), pia.redact(ideas, against))
        await bot.start()
        await votes_are(pia, card["event_id"], {"for": 0, "against": 0, "neutral": 0})
        assert await bot.stop() == 0
        assert bot.errors() == []


async def test_a_room_entered_before_the_first_start(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    pia = await people.add("pia")
    account = await new_account(homeserver)
    room = await pia.create_room("Halle", invite=[account.user_id])
    await asyncio.gather(*(pia.say(room, f"Satz {number}") for number in range(110)))
    too_early = [await pia.say(room, "!hilfe"), await pia.say(room, "!status")]
    bot = bot_of(homeserver, account, tmp_path, [pia], encryption="off")
    async with bot, Person.of(homeserver, account) as hand:
        await hand.join(room)
        in_time = [await pia.say(room, "!hilfe")]
        await asyncio.gather(*(pia.say(room, f"Satz {number}") for number in range(110)))
        in_time.append(await pia.say(room, "!status"))
        await bot.start()
        await answered(pia, in_time)
        await bot.kill()
        await bot.start()
        await pia.ask(room, "!hilfe news")
        assert await answers(pia, room, too_early + in_time) == in_time
        asides = [e for e in await timeline_of(pia, account, room) if e["content"]["msgtype"] == "m.notice"]
        assert len(asides) == 1
        assert "vor meinem Beitritt" in body(asides[0])
        assert await bot.stop() == 0


@pytest.mark.parametrize("why", ["a day ago", "by another device"])
async def test_what_was_sent_and_may_not_be_recognised_is_looked_for_first(
    people: People, homeserver: Homeserver, tmp_path: Path, why: str
) -> None:
    """Killed between a send and its record, the bot comes back when transaction ids mean nothing any more."""
    pia = await people.add("pia")
    account = await new_account(homeserver)
    room = await pia.create_room("Halle", invite=[account.user_id])
    bot = bot_of(
        homeserver, account, tmp_path, [pia], program=("tests/homeserver/dying_bot.py",), encryption="off"
    )
    async with bot:
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        await entered(pia, room, account.user_id)
        await bot.kill()
        command = await pia.say(room, "!status")
        await bot.start(PIBOT_TEST_DIE="send=1", PIBOT_TEST_SEED="0", until_ready=False)
        await answered(pia, [command])
        await bot.ended()
        await asyncio.gather(*(pia.say(room, f"Satz {number}") for number in range(110)))

        async with store_of(bot) as store:
            store.execute("DELETE FROM login")
            store.execute("DELETE FROM facts WHERE name = 'device'")
            query = "SELECT count(*) FROM outbox WHERE state = 'pending' AND kind = 'message'"
            [(pending,)] = store.execute(query)  # the join may be unrecorded too
            assert pending == 1
            if why == "a day ago":
                then = datetime.now(UTC) - timedelta(hours=21)
                store.execute("UPDATE outbox SET created_at = ?", (then.strftime("%Y-%m-%d %H:%M:%S.%f"),))
        await bot.start(PIBOT_TEST_DIE="", PIBOT_TEST_SEED="0")
        after = await pia.ask(room, "!status")
        assert await answers(pia, room, [command]) == [command]
        assert not edits(after)
        assert await bot.stop() == 0
        async with store_of(bot) as store:
            [(pending,)] = store.execute("SELECT count(*) FROM outbox WHERE state = 'pending'")
        assert pending == 0


async def votes_are(person: Person, card: str, votes: dict[str, int]) -> None:
    """The person has seen the card show these votes."""
    await person.wait_for(
        lambda e: (
            edits(e) and e["content"]["m.relates_to"]["event_id"] == card and machine(e).get("votes") == votes
        )
    )
