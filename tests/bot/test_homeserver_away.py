"""A homeserver that is away for a day: tried in growing pauses, said, and all goes on where it stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.core.retries import LONGEST_PAUSE
from bot.matrix.absence import Absence
from bot.matrix.sync import SETTLES
from commands.framework.declarations import JOBS
from tests.support.chat import BOT, NOW, ROOMS, Chat
from tests.support.hours import Hours
from tests.support.near import Town, living
from tests.support.peer import Trouble, refused

PIA, KORA = "@pia:localhost", "@kora:localhost"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    chat.member(PIA)
    chat.direct(PIA)
    chat.direct(KORA)


def live(chat: Chat, day: Callable[[Town], Awaitable[None]]) -> None:
    """The day passes, in seconds."""

    async def lived() -> None:
        async with living(chat) as town:
            await day(town)

    with asyncio.Runner(loop_factory=Hours) as runner:
        runner.run(lived())


async def goes(town: Town, text: str) -> str:
    """The homeserver goes away as soon as the bot knows of this command."""
    town.near.leaving = True
    command = town.say(text)
    await town.pass_(seconds=5)
    assert town.near.away
    return command


@pytest.mark.parametrize("away", [timedelta(minutes=3), timedelta(hours=25)])
def test_it_is_waited_for_and_all_is_done_once(
    chat: Chat, caplog: pytest.LogCaptureFixture, away: timedelta
) -> None:
    async def day(town: Town) -> None:
        before = town.say("!idee neu Erste Idee")
        await town.pass_(seconds=10)
        begun = town.near.asked[-1]
        meanwhile = await goes(town, "!idee zeige I1")
        await town.pass_(seconds=away.total_seconds())
        assert town.near.replies() == {before: 1}
        assert [why for why in town.health.trouble() if why.startswith("sync")] == ["sync: no answer"]
        tries = [at for at in town.near.asked if at > begun]
        for number, (one, other) in enumerate(pairwise(tries), 1):
            longest = min(LONGEST_PAUSE, 0.25 * 2.0 ** min(number, 12))
            assert 0.75 * longest <= other - one <= longest + SETTLES + 0.5, f"after {number} tries"
        assert tries[-1] - tries[-2] > LONGEST_PAUSE / 2

        waited = town.say("!idee neu Zweite Idee")  # at another server of the same room, say
        town.near.away = False
        await town.pass_(minutes=2)
        after = town.say("!idee zeige I2")
        await town.pass_(minutes=1)
        assert town.near.replies() == dict.fromkeys([before, meanwhile, waited, after], 1)
        assert town.health.trouble() == []
        assert town.sender.ended.lost == {}

    with caplog.at_level(logging.WARNING):
        live(chat, day)
    said = [record.message for record in caplog.records]
    assert [said.count(line) for line in ("sync failed", "sync works again")] == [1, 1]
    assert said.count("homeserver away") <= away / timedelta(minutes=1) + 1


@pytest.mark.parametrize(
    ("starts", "told"),
    [(HOUR * 1.5, []), (HOUR * 2.75, ["late"]), (HOUR * 4, ["in time"])],
    ids=["begun meanwhile", "still useful", "later"],
)
def test_what_falls_due_meanwhile_is_told_as_late_or_not_at_all(
    chat: Chat, starts: timedelta, told: list[str]
) -> None:
    at = (NOW + starts).astimezone(chat.settings.zone)
    chat.reply(f"!anlass neu Fest | wann: {at:%d.%m.%Y %H:%M}", by=KORA)
    chat.reply("!anlass anmelden A1", by=PIA)

    async def day(town: Town) -> None:
        await goes(town, "!idee liste")
        ticks = []
        for _ in range(12):
            ticks.append(asyncio.create_task(town.ticking.tick(JOBS["reminders"])))
            await town.pass_(minutes=10)
        assert not any(tick.done() for tick in ticks)
        town.near.away = False
        await town.pass_(minutes=2)
        assert all(tick.done() for tick in ticks)
        if told == ["in time"]:
            await town.pass_(minutes=58)
            await town.ticking.tick(JOBS["reminders"])
            await town.pass_(minutes=1)
        found = [
            "late" if content["ch.publicinnovators"]["late"] else "in time"
            for _, _, content in town.near.server.events
            if content.get("ch.publicinnovators", {}).get("type") == "reminder"
        ]
        assert found == told

    live(chat, day)


def test_a_room_that_is_closed_afterwards_has_its_own_day(chat: Chat) -> None:
    """Its messages waited for the homeserver so far, and not for it."""
    text = "!idee neu Eine Idee"  # its card goes to the ideas room

    async def day(town: Town) -> None:
        await goes(town, text)
        await town.pass_(hours=13)
        server, ideas = town.near.server, ROOMS["ideas"]
        server.answers |= {
            f"{ideas}/send": refused(),
            f"{ideas}/state/m.room.member/{BOT}": {"membership": "leave"},
        }
        town.near.away = False
        await town.pass_(hours=20)  # since it was decided, a day and a half
        assert town.sender.ended.lost == {}
        assert len(town.sender.lanes.open) > 0
        await town.pass_(hours=5)
        assert town.sender.ended.lost[("message", "not taken for a day")] == 1
        assert len(town.sender.lanes.open) == 0

    live(chat, day)


def test_where_no_room_takes_anything_none_is_to_blame(chat: Chat) -> None:
    """The homeserver tells what is new, and fails at all that is said: a full disk, a worker that is down."""

    async def day(town: Town) -> None:
        town.near.server.answers["/send/"] = Trouble()
        commands = [town.say("!idee neu Eine Idee"), town.say("!idee liste", room="!direct-pia:localhost")]
        await town.pass_(minutes=9)
        assert town.health.trouble() == []
        await town.pass_(minutes=2)
        assert town.health.trouble() == ["outbox stuck"]
        await town.pass_(hours=27)
        assert town.health.trouble() == ["outbox stuck"]
        assert town.near.server.events == []
        assert town.sender.ended.lost == {}
        assert town.sender.undelivered.mute == set()
        del town.near.server.answers["/send/"]
        await town.pass_(minutes=2)
        assert town.health.trouble() == []
        assert town.near.replies() == dict.fromkeys(commands, 1)
        assert len(town.sender.lanes.open) == 0

    live(chat, day)


@pytest.mark.parametrize(
    ("away", "since", "hours"),
    [
        ([], 0, 30),
        ([(1, 26)], 0, 5),
        ([(1, 26)], 20, 4),  # it was there for the last four
        ([(1, 26)], 27, 3),
        ([(1, 3), (5, 9), (28, None)], 2, 21),
        ([(0, 0.01)], 0, 30),  # less than a minute
    ],
)
def test_absences_are_not_counted(away: list[Any], since: float, hours: float) -> None:
    absence = Absence()
    for begin, end in away:
        for _ in range(2):  # said again
            absence.began(NOW + HOUR * begin)
        if end is not None:
            absence.ended(NOW + HOUR * end)
    assert absence.waited(NOW + HOUR * since, NOW + HOUR * 30) == HOUR * hours
