"""A store as it would be after many years: written at once, consistent as if every command had been given.

The same numbers give the same store. Its first rows are such that every list has a full page on the smallest
store too: what is compared are lists of the same length. Nothing is counted afterwards: ideas carry the
counts of the votes made here, and the counters that the lists read are written with them.
"""

from __future__ import annotations

import csv
import random
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import insert

from bot.config.municipalities import SHIPPED
from commands.ideas import matching as idea_matching
from commands.words import key_of
from storage import cards, counters, idea_words, ideas, inbox, members, news, outbox, rooms, votes
from storage.engine.base import Base, Tx

START = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
NOW = datetime(2031, 1, 6, 9, 0, tzinfo=UTC)
BOT = "@pibot:localhost"
HALL, IDEAS, NEWS = "!hall:localhost", "!ideas:localhost", "!news:localhost"
CHUNK = 20_000
PAGE = 12  # so many at least of what is listed

_THINGS = """
    Umzug Hund Parkkarte Baugesuch Einbürgerung Kehricht Steuern Wohnsitz Feuerwehr Friedhof Kita Schule
    Velo Brücke Spielplatz Hallenbad Turnhalle Fundbüro Heirat Geburt Todesfall Pass Ausweis Strasse
    Wasser Strom Gas Abwasser Wald Jagd Fischerei Markt Fest Wahl Abstimmung Initiative Protokoll Archiv Karte
    Bibliothek
""".split()  # noqa: SIM905 (words read as words)
_FORMS = """
    Meldung Gesuch Anmeldung Abmeldung Bestellung Reservation Bewilligung Auskunft Rechnung Umfrage Termin
    Formular Kalender Liste Register Ablage Anleitung Übersicht Statistik Schnittstelle
""".split()  # noqa: SIM905
_ACTS = """
    vorausfüllen vereinfachen übermitteln zusammenlegen anbieten prüfen verschicken erklären übersetzen
    beschleunigen abschaffen erneuern verbinden bündeln veröffentlichen
""".split()  # noqa: SIM905
_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnrst" for vowel in "aeio"]
_FIRST = "Anna Beat Carla Daniel Eva Fritz Gina Hans Irene Jonas Karin Lukas Mia Nils Olga Paul Rita".split()  # noqa: SIM905
_LAST = "Ammann Buser Christen Dietrich Egli Frei Gysin Hofer Imhof Jenni Keller Lüthi Meier Nef Oser".split()  # noqa: SIM905


@dataclass(frozen=True)
class Size:
    """How much of everything; one idea, I1, is voted on by half of the members."""

    ideas: int
    votes: int
    members: int
    news: int
    messages: int  # that are still kept in the outbox, with the commands they answer


SMALL = Size(ideas=40, votes=100, members=30, news=30, messages=100)
FULL = Size(ideas=100_000, votes=1_000_000, members=10_000, news=5_000, messages=100_000)


def user(number: int) -> str:
    return f"@p{number:05}:localhost"


def fill(tx: Tx, size: Size) -> None:
    """The empty store is full; person 0 is a member like the others."""
    chance = random.Random(size.ideas)  # noqa: S311 (the same each time)
    with SHIPPED.open(encoding="utf-8", newline="") as lines:
        municipalities = [row["name"] for row in csv.DictReader(lines)]
    _write(tx, members.Member, _members(size, chance, municipalities))
    _write(tx, rooms.Room, _rooms(size))
    _write(tx, rooms.Occupant, _occupants(size))
    tallies: dict[int, Tally[str]] = {}
    _write(tx, votes.Vote, _votes(size, chance, tallies))
    _write(tx, votes.Rating, _ratings(size))
    written = list(_ideas(size, chance, tallies))
    _write(tx, ideas.Idea, written)
    _write(tx, idea_words.IdeaTitle, map(_title, written))
    words = sorted(
        (w, i["id"]) for i in written for w in idea_matching.keys_of(i["title"], i["text"], i["topic_key"])
    )
    _write(tx, idea_words.IdeaWord, ({"word": word, "idea_id": number} for word, number in words))
    known = {word for word, _ in words if not word.startswith(idea_words.MARKS)}
    parts = sorted((part, word) for word in known for part in idea_words.parts_of(word))
    _write(tx, idea_words.WordPart, ({"part": part, "word": word} for part, word in parts))
    _write(tx, cards.Card, map(_card, range(1, size.ideas + 1)))
    _write(tx, cards.Tap, _taps(size))
    made = list(_news(size))
    _write(tx, news.News, made)
    _write(tx, news.NewsTag, ({"tag_key": tag, "news": n["id"]} for n in made for tag in n["tags"]))
    _write(tx, inbox.Handled, _handled(size))
    _write(tx, outbox.Outgoing, _sent(size))
    _count(tx, written)


def _write(tx: Tx, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    statement, left = insert(table), iter(rows)
    while chunk := list(islice(left, CHUNK)):
        tx.execute(statement, chunk)


def _count(tx: Tx, written: list[dict[str, Any]]) -> None:
    tally = Tally(f"ideas {idea['state']}" for idea in written)
    tally.update(f"ideas {i['state']} {i['topic_key']}" for i in written if i["topic_key"])
    tally["idea"] = len(written)
    _write(tx, counters.Counter, ({"name": name, "value": value} for name, value in tally.items()))


# --- people and rooms


def _members(size: Size, chance: random.Random, municipalities: list[str]) -> Iterator[dict[str, Any]]:
    for n in range(size.members):
        last = "Meier" if n < PAGE else chance.choice(_LAST)
        name = f"{chance.choice(_FIRST)} {last}-{_word(n)}"
        yield {
            "user_id": user(n),
            "name": name,
            "name_key": key_of(name),
            "state": "paused" if n % 20 == 19 else "active",
            "municipality": "Aesch" if n < PAGE else municipalities[n % len(municipalities)],
            "function": "Einwohnerdienste",
            "knowhow": ["BPMN"] if n % 3 else [],
            "interests": [_THINGS[n % len(_THINGS)]],
            "language": None,
            "reminders": None,
            "digest": True,
            "joined_at": START,
            "changed_at": START,
        }


def _rooms(size: Size) -> Iterator[dict[str, Any]]:
    for room in (HALL, IDEAS, NEWS, *(direct(n) for n in range(size.members))):
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
        }


def direct(number: int) -> str:
    return f"!direct-{number:05}:localhost"


def _occupants(size: Size) -> Iterator[dict[str, Any]]:
    """All members are in the hall, in the rooms for ideas and news, each in a direct chat with the bot."""
    people = [user(n) for n in range(size.members)]
    crowds: list[tuple[str, list[str]]] = [(room, [BOT, *people]) for room in (HALL, IDEAS, NEWS)]
    crowds += [(direct(n), [BOT, person]) for n, person in enumerate(people)]
    for room, inside in crowds:
        for who in inside:
            yield {"room_id": room, "user_id": who, "membership": "join", "display_name": who[1:7]}


# --- ideas


def _votes(size: Size, chance: random.Random, tallies: dict[int, Tally[str]]) -> Iterator[dict[str, Any]]:
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


def _ratings(size: Size) -> Iterator[dict[str, Any]]:
    for idea in range(1, size.ideas + 1, 4):
        for n in (0, 1):
            at = START + timedelta(minutes=idea)
            row = {"idea_id": idea, "user_id": user((idea + n) % size.members), "at": at}
            yield row | {"effort": idea % 5 + 1, "benefit": (idea // 5 + n) % 5 + 1}


def _ideas(size: Size, chance: random.Random, tallies: dict[int, Tally[str]]) -> Iterator[dict[str, Any]]:
    states = ("submitted",) * 7 + ("under_review", "accepted", "implementing", "implemented", "rejected")
    for n in range(1, size.ideas + 1):
        topic = "Hund" if n <= PAGE else (chance.choice(_THINGS) if n % 2 else None)
        tally = tallies[n]
        efforts = benefits = 0
        if n % 4 == 1:
            efforts, benefits = 2 * (n % 5 + 1), sum((n // 5 + k) % 5 + 1 for k in (0, 1))
        yield {
            "id": n,
            "author": user(0 if n <= PAGE else n % size.members),
            "title": _idea_title(n, chance),
            "text": " ".join(_word(chance.randrange(30_000)) for _ in range(12)) + ".",
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
    thing, form, act = chance.choice(_THINGS), chance.choice(_FORMS), chance.choice(_ACTS)
    if number <= PAGE:
        thing, form = "Hund", "Meldung"
    return f"{thing}: {form} {_word(number)} {act}"


@lru_cache(50_000)
def _word(number: int) -> str:
    """A word of its own for each number."""
    word = ""
    number += len(_SYLLABLES) ** 2
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[rest]
    return word


def _title(idea: dict[str, Any]) -> dict[str, Any]:
    stems = " ".join(idea_matching.stems_of(idea["title"]))
    return {"idea_id": idea["id"], "title": idea["title"], "stems": stems}


def _card(number: int) -> dict[str, Any]:
    known = {"kind": "idea", "number": str(number), "room_id": IDEAS, "event_id": f"$card{number}"}
    return known | {"outbox_id": -number, "dirty_at": None, "version": 3, "comments": number % 5}


def _taps(size: Size) -> Iterator[dict[str, Any]]:
    """A third of the votes were given by a reaction."""
    for idea in range(1, size.ideas + 1):
        for n in range(size.votes // size.ideas // 3):
            known = {"kind": "idea", "number": str(idea), "user_id": user((idea * 7 + n) % size.members)}
            yield known | {"event_id": f"$tap{idea}-{n}", "key": "👍"}


# --- news, and what was said lately


def _news(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(1, size.news + 1):
        at = START + timedelta(hours=n)
        tags = ["hund"] if n <= PAGE else [key_of(_THINGS[n % len(_THINGS)])]
        draft = n > size.news - PAGE
        yield {
            "id": n,
            "author": user(n % size.members),
            "title": f"Neues vom Portal {_word(n)}",
            "text": "Seit heute sind es mehr Dienste.",
            "tags": tags,
            "public": False,
            "state": "draft" if draft else "published",
            "reason": None,
            "planned_at": None,
            "published_at": None if draft else at,
            "corrected_at": None,
            "created_at": at,
            "version": 1,
            "search_key": key_of(f"Neues vom Portal {_word(n)} Seit heute sind es mehr Dienste"),
        }


def _handled(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(size.messages):
        at = NOW - timedelta(days=7) + timedelta(seconds=5 * n)
        known = {"event_id": f"$old{n}", "room_id": HALL, "sender": user(n % size.members), "origin_at": at}
        known |= {"handled_at": at, "outcome": "done", "command": "idea show", "counts": True}
        yield known | {"reply_id": n + 1, "error": None}


def _sent(size: Size) -> Iterator[dict[str, Any]]:
    content = {"msgtype": "m.text", "body": "Danke.", "formatted_body": "Danke."}
    for n in range(size.messages):
        at = NOW - timedelta(days=7) + timedelta(seconds=5 * n)
        known = {"txn": f"txn{n}", "kind": "message", "room": HALL, "content": content, "priority": 0}
        known |= {"waits_for": None, "created_at": at, "state": "sent", "tried_at": None}
        yield known | {"done_at": at, "event_id": f"$sent-before-{n}", "error": None}
