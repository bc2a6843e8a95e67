"""Twenty people sign up for seven seats at the same instant, and ten leave, while the bot is killed again and again."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, People, Person
from tests.homeserver.bots import BotProcess
from tests.homeserver.stage import body, bot_of, edits, entered, machine, new_account, store_of

SEATS, COMERS, KILLS = 7, 20, 3
EVENT = f"!anlass neu PI-Event Frühling | wann: 18.03.2099 13:30-17:00 | ort: Liestal | plätze: {SEATS}"


async def test_twenty_at_once_and_ten_leave_with_kills_in_between(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    dice = random.Random(3)  # noqa: S311
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
        card = await first.ask(agenda, EVENT)
        assert machine(card)["capacity"] == SEATS

        acting = asyncio.gather(*(_join(p, agenda, card, tap=n % 2 == 0) for n, p in enumerate(persons)))
        await _killed(bot, dice)
        acts = dict(zip(await acting, persons, strict=True))
        await first.wait_for(lambda e: _shows(e, card, (SEATS, COMERS - SEATS)), room=agenda)
        arrived = [acts[e["event_id"]].user_id for e in await first.messages(agenda) if e["event_id"] in acts]
        assert len(arrived) == COMERS
        assert await _seats(bot) == (arrived[:SEATS], arrived[SEATS:])

        leaving = [
            p for p in persons if p.user_id in {arrived[n] for n in (0, 2, 3, 6, 7, 9, 10, 11, 15, 19)}
        ]
        await bot.start()
        acting = asyncio.gather(*(_leave(p, agenda, card, tap=n % 2 == 0) for n, p in enumerate(leaving)))
        await _killed(bot, dice)
        await acting
        left = [user for user in arrived if user not in {p.user_id for p in leaving}]
        await first.wait_for(lambda e: _shows(e, card, (SEATS, len(left) - SEATS)), room=agenda)
        moved = [p for p in persons if p.user_id in left[:SEATS] and p.user_id not in arrived[:SEATS]]
        for person in moved:
            await person.wait_for(_moved_up)
        assert await _seats(bot) == (left[:SEATS], left[SEATS:])
        for person in persons:
            told = [
                e for room in {e["room_id"] for e in person.received} for e in await person.messages(room)
            ]
            times = len([e for e in told if _moved_up(e)])
            if person in leaving:
                assert times <= 1  # who waited may have moved up before leaving
            else:
                assert times == (person in moved), person.user_id
        assert bot.errors() == []


async def _join(person: Person, room: str, card: Event, *, tap: bool) -> str:
    if tap:
        return await person.react(room, card["event_id"], "✅")
    return await person.say(room, "!anlass anmelden A1")


async def _leave(person: Person, room: str, card: Event, *, tap: bool) -> str:
    if tap:
        return await person.react(room, card["event_id"], "❌")
    return await person.say(room, "!anlass abmelden A1")


async def _killed(bot: BotProcess, dice: random.Random) -> None:
    """At random moments: that is what is tested here."""
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0, 0.4))
        await bot.kill()
        await bot.start()


def _shows(event: Event, card: Event, counts: tuple[int, int]) -> bool:
    shown = machine(event)
    return (
        edits(event)
        and event["content"]["m.relates_to"]["event_id"] == card["event_id"]
        and (shown.get("confirmed"), shown.get("waiting")) == counts
    )


def _moved_up(event: Event) -> bool:
    return event["type"] == "m.room.message" and "Sie sind jetzt angemeldet" in body(event)


async def _seats(bot: BotProcess) -> tuple[list[str], list[str]]:
    """Who has a seat and who waits, in order of arrival; the bot is stopped for it."""
    assert await bot.stop() == 0
    query = "SELECT user_id FROM seats WHERE kind = 'event' AND state = ? ORDER BY arrived"
    async with store_of(bot) as store:
        confirmed, waiting = (
            [row[0] for row in store.execute(query, (s,))] for s in ("confirmed", "waiting")
        )
    return confirmed, waiting
