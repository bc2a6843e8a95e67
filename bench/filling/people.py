"""How much there is of everything; members, and the rooms they are in."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from bench.filling.words import FIRST, LAST, THINGS, word
from bot.config.municipalities import SHIPPED
from commands.words import key_of

START = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
NOW = datetime(2031, 1, 6, 9, 0, tzinfo=UTC)
BOT = "@pibot:localhost"
HALL, IDEAS, NEWS, AGENDA, MODERATION, COORDINATION = (
    f"!{name}:localhost" for name in ("hall", "ideas", "news", "agenda", "moderation", "coordination")
)
COMMON = (HALL, IDEAS, NEWS, AGENDA, MODERATION, COORDINATION)
PAGE = 12  # so many at least of what is listed


@dataclass(frozen=True)
class Size:
    """How much of everything; one idea, I1, is voted on by half of the members."""

    ideas: int
    votes: int
    members: int
    news: int
    messages: int  # that are still kept in the outbox, with the commands they answer
    processes: int = 0  # each with a group, twelve meetings, a work product, agreements and a survey
    events: int = 0  # and as many trainings
    tools: int = 0
    postings: int = 0  # open ones
    hours: int = 0
    campaigns: int = 0  # each with six ideas
    feeds: int = 0


SMALL = Size(
    ideas=40,
    votes=100,
    members=30,
    news=30,
    messages=100,
    processes=12,
    events=12,
    tools=12,
    postings=24,
    hours=60,
    campaigns=6,
    feeds=12,
)
QUICK = Size(
    ideas=5_000,
    votes=50_000,
    members=1_000,
    news=500,
    messages=5_000,
    processes=30,
    events=20,
    tools=50,
    postings=300,
    hours=2_000,
    campaigns=6,
    feeds=20,
)
FULL = Size(
    ideas=100_000,
    votes=1_000_000,
    members=10_000,
    news=5_000,
    messages=100_000,
    processes=200,
    events=100,
    tools=300,
    postings=10_000,
    hours=100_000,
    campaigns=6,
    feeds=50,
)


def user(number: int) -> str:
    return f"@p{number:05}:localhost"


def direct_of(user_id: str) -> str:
    return direct(int(user_id[2:7]))


@cache
def municipalities() -> list[str]:
    """The names of all there are."""
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        return [row["name"] for row in csv.DictReader(lines)]


def members_of(size: Size, chance: random.Random, towns: list[str]) -> Iterator[dict[str, Any]]:
    for n in range(size.members):
        last = "Meier" if n < PAGE else chance.choice(LAST)
        name = f"{chance.choice(FIRST)} {last}-{word(n)}"
        yield {
            "user_id": user(n),
            "name": name,
            "name_key": key_of(name),
            "state": "paused" if n % 20 == 19 else "active",
            "municipality": "Aesch" if n < PAGE else towns[n % len(towns)],
            "function": "Einwohnerdienste",
            "knowhow": ["BPMN"] if n % 3 else [],
            "interests": [THINGS[n % len(THINGS)]],
            "language": None,
            "reminders": None,
            "digest": True,
            "joined_at": START,
            "changed_at": START,
            "back_at": None,
            "paused_at": START if n % 20 == 19 else None,
            "public": False,
            "calendar_files": False,
        }


def rooms_of(size: Size) -> Iterator[dict[str, Any]]:
    chats = {direct(n): user(n) for n in range(size.members)}
    for room in (*COMMON, *chats):
        yield {
            "room_id": room,
            "joined": True,
            "joined_at": START,
            "encrypted": False,
            "version": "12",
            "creators": [],
            "power": {},
            "marker": None,
            "replaced_by": None,
            "encryption": None,
            "join_rule": "invite",
            "history": "shared",
            "inviter": chats.get(room, ""),
            "direct_with": chats.get(room),
            "given_up": False,
        }


def direct(number: int) -> str:
    return f"!direct-{number:05}:localhost"


def occupants_of(size: Size) -> Iterator[dict[str, Any]]:
    """All members are in the hall, in the rooms for ideas, news and dates, each in a direct chat with the bot."""
    people = [user(n) for n in range(size.members)]
    crowds: list[tuple[str, list[str]]] = [(room, [BOT, *people]) for room in (HALL, IDEAS, NEWS, AGENDA)]
    crowds += [(room, [BOT, user(0)]) for room in (MODERATION, COORDINATION)]
    crowds += [(direct(n), [BOT, person]) for n, person in enumerate(people)]
    for room, inside in crowds:
        for who in inside:
            yield {"room_id": room, "user_id": who, "membership": "join", "display_name": who[1:7]}
