"""Ideas with their votes, ratings, words and cards."""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench.filling.people import IDEAS, PAGE, START, Size, user
from bench.filling.words import ACTS, FORMS, THINGS, word
from commands.ideas import matching as idea_matching
from commands.words import key_of


def votes_of(size: Size, chance: random.Random, tallies: dict[int, Tally[str]]) -> Iterator[dict[str, Any]]:
    """Half of the members on I1, the rest of the votes evenly on all; `tallies` has them by idea then."""
    popular = size.members // 2
    each, more = divmod(size.votes - popular, size.ideas - 1)
    for idea in range(1, size.ideas + 1):
        count = popular if idea == 1 else each + (idea - 2 < more)
        tally = tallies[idea] = Tally()
        first = idea * 7
        for voter in range(first, first + count):
            value = chance.choice(("for", "for", "for", "against", "neutral"))
            tally[value] += 1
            yield {
                "idea_id": idea,
                "user_id": user(voter % size.members),
                "value": value,
                "carrier": f"$vote{idea}-{voter % size.members}",
                "from_idea": None,
                "at": START + timedelta(minutes=idea),
            }


def ratings_of(size: Size) -> Iterator[dict[str, Any]]:
    for idea in range(1, size.ideas + 1, 4):
        for n in (0, 1):
            at = START + timedelta(minutes=idea)
            row = {"idea_id": idea, "user_id": user((idea + n) % size.members), "at": at}
            yield row | {"effort": idea % 5 + 1, "benefit": (idea // 5 + n) % 5 + 1}


def ideas_of(size: Size, chance: random.Random, tallies: dict[int, Tally[str]]) -> Iterator[dict[str, Any]]:
    states = ("submitted",) * 7 + ("under_review", "accepted", "implementing", "implemented", "rejected")
    for n in range(1, size.ideas + 1):
        topic = "Hund" if n <= PAGE else (chance.choice(THINGS) if n % 2 else None)
        tally = tallies[n]
        efforts = benefits = 0
        if n % 4 == 1:
            efforts, benefits = 2 * (n % 5 + 1), sum((n // 5 + k) % 5 + 1 for k in (0, 1))
        yield {
            "id": n,
            "author": user(0 if n <= PAGE else n % size.members),
            "title": _idea_title(n, chance),
            "text": " ".join(word(chance.randrange(30_000)) for _ in range(12)) + ".",
            "topic": topic,
            "topic_key": key_of(topic) if topic else None,
            "campaign": None,
            "state": "submitted" if n == 1 or n > size.ideas - 30 else chance.choice(states),
            "reason": None,
            "merged_into": None,
            "process": None,
            "created_at": START + timedelta(minutes=n),
            "changed_at": START + timedelta(minutes=n),
            "votes_for": tally["for"],
            "votes_against": tally["against"],
            "votes_neutral": tally["neutral"],
            "rating_count": 2 if efforts else 0,
            "effort": efforts / 2 if efforts else None,
            "benefit": benefits / 2 if efforts else None,
            "score": benefits / efforts if efforts else 0.0,
        }


def _idea_title(number: int, chance: random.Random) -> str:
    thing, form, act = chance.choice(THINGS), chance.choice(FORMS), chance.choice(ACTS)
    if number <= PAGE:
        thing, form = "Hund", "Meldung"
    return f"{thing}: {form} {word(number)} {act}"


def title_of(idea: dict[str, Any]) -> dict[str, Any]:
    stems = " ".join(idea_matching.stems_of(idea["title"]))
    return {"idea_id": idea["id"], "title": idea["title"], "stems": stems}


def card_of(number: int) -> dict[str, Any]:
    known = {"kind": "idea", "number": str(number), "room_id": IDEAS, "event_id": f"$card{number}"}
    return (
        known
        | {"outbox_id": -number, "dirty_at": None, "version": 3, "comments": number % 5}
        | {"withheld": False, "tapped": ""}
    )


def taps_of(size: Size) -> Iterator[dict[str, Any]]:
    """A third of the votes were given by a reaction."""
    for idea in range(1, size.ideas + 1):
        for n in range(size.votes // size.ideas // 3):
            known = {"kind": "idea", "number": str(idea), "user_id": user((idea * 7 + n) % size.members)}
            yield known | {"event_id": f"$tap{idea}-{n}", "key": "👍", "room_id": IDEAS}
