"""A store as it would be after many years: written at once, consistent as if every command had been given.

The same numbers give the same store. Its first rows are such that every list has a full page on the smallest
store too: what is compared are lists of the same length. Nothing is counted afterwards: ideas carry the
counts of the votes made here, and the counters that the lists read are written with them.
"""

from __future__ import annotations

import random
from collections import Counter as Tally
from collections.abc import Iterable
from itertools import islice
from typing import Any

from sqlalchemy import insert

from bench.filling.hours import hours_of
from bench.filling.ideas import card_of, ideas_of, ratings_of, taps_of, title_of, votes_of
from bench.filling.news import handled_of, news_of, sent_of
from bench.filling.people import Size, members_of, municipalities, occupants_of, rooms_of
from commands.ideas import matching as idea_matching
from commands.words import key_of
from storage import (
    cards,
    counters,
    hours,
    idea_words,
    ideas,
    inbox,
    member_texts,
    members,
    news,
    outbox,
    rooms,
    votes,
)
from storage.engine.base import Base, Tx

CHUNK = 20_000


def fill(tx: Tx, size: Size) -> None:
    """The empty store is full; person 0 is a member like the others."""
    chance = random.Random(size.ideas)  # noqa: S311 (the same each time)
    people = list(members_of(size, chance, municipalities()))
    _write(tx, members.Member, people)
    found = ((word, m["user_id"]) for m in people for word in members.words_of(m["user_id"], m["name_key"]))
    _write(tx, members.MemberWord, ({"word": word, "user_id": who} for word, who in sorted(found)))
    for kind, table in member_texts.TABLES.items():
        texts = sorted((text, m["user_id"]) for m in people for text in m[kind])
        _write(tx, table, ({"word": text, "user_id": who} for text, who in texts))
    _write(tx, rooms.Room, rooms_of(size))
    _write(tx, rooms.Occupant, occupants_of(size))
    tallies: dict[int, Tally[str]] = {}
    _write(tx, votes.Vote, votes_of(size, chance, tallies))
    _write(tx, votes.Rating, ratings_of(size))
    written = list(ideas_of(size, chance, tallies))
    _write(tx, ideas.Idea, written)
    _write(tx, idea_words.IdeaTitle, map(title_of, written))
    words = sorted(
        (w, i["id"]) for i in written for w in idea_matching.keys_of(i["title"], i["text"], i["topic_key"])
    )
    _write(tx, idea_words.IdeaWord, ({"word": word, "idea_id": number} for word, number in words))
    known = {word for word, _ in words if not word.startswith(idea_words.MARKS)}
    parts = sorted((part, word) for word in known for part in idea_words.parts_of(word))
    _write(tx, idea_words.WordPart, ({"part": part, "word": word} for part, word in parts))
    _write(tx, cards.Card, map(card_of, range(1, size.ideas + 1)))
    _write(tx, cards.Tap, taps_of(size))
    made = list(news_of(size))
    _write(tx, news.News, made)
    _write(tx, news.NewsTag, ({"tag_key": tag, "news": n["id"]} for n in made for tag in n["tags"]))
    said = ((key_of(f"{n['title']} {n['text']} {' '.join(n['tags'])}"), n["id"]) for n in made)
    words = sorted({(word, number) for text, number in said for word in text.split()})
    _write(tx, news.NewsWord, ({"word": word, "news": number} for word, number in words))
    _write(tx, inbox.Handled, handled_of(size))
    _write(tx, outbox.Outgoing, sent_of(size))
    _write(tx, hours.Worked, hours_of(size))
    _count(tx, written, size)


def _write(tx: Tx, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    statement, left = insert(table), iter(rows)
    while chunk := list(islice(left, CHUNK)):
        tx.execute(statement, chunk)


def _count(tx: Tx, written: list[dict[str, Any]], size: Size) -> None:
    tally = Tally(f"ideas {idea['state']}" for idea in written)
    tally.update(f"ideas {i['state']} {i['topic_key']}" for i in written if i["topic_key"])
    tally |= {"idea": len(written), "news": size.news, "hours": size.hours}
    _write(tx, counters.Counter, ({"name": name, "value": value} for name, value in tally.items()))
