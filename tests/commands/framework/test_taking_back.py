"""What one takes back loses nothing that somebody else did: all pairs of acts about the same thing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

import storage
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import ROOMS, Chat, Said
from tests.support.drawn import drawn
from tests.support.kept import Kept
from tests.support.pairs import ANNA, EVE, FRITZ, KARL, LEA, PETER, PIA, TOWN, URS, all_pairs, worded

# What follows from others, is counted from them, or is the bot's own.
OWN = {
    "outbox", "handled_events", "acts", "cards", "offers", "facts", "counters", "notices", "reminders", "audit_log",
    "taps", "rooms", "purposes", "occupants", "group_guests", "idea_words", "idea_titles", "process_history",
    "idea_history", "meeting_invitations", "merged_votes", "talk", "seats_order",
}  # fmt: skip
COUNTED = {
    "version", "sequence", "stamped_at", "changed_at", "rating_count", "effort", "benefit", "score", "votes_for",
    "votes_against", "votes_neutral", "carded",
}  # fmt: skip
Rows = dict[tuple[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def town() -> Kept:
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database)
    for who in (PIA, PETER, LEA, URS, ANNA, KARL):
        chat.member(who)
    for who in (EVE, FRITZ):
        chat.direct(who)
    chat.process(PIA, PETER, LEA, leader=LEA)
    chat.group_room(1, PIA, PETER, LEA)
    for who, line in TOWN:
        said = chat.reply(line, by=who)
        assert said.machine["type"] != "error", (line, said.text)
    chat.later(minutes=2)
    kept = Kept(chat)
    database.close()
    return kept


def rows(chat: Chat) -> Rows:
    """Every row that says what people have done, by table and key."""
    found = {}
    with chat.database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            if table.name not in OWN:
                keys = [c.name for c in table.primary_key]
                for row in tx.execute(text(f"SELECT * FROM {table.name}")).mappings():  # noqa: S608
                    said = {k: v for k, v in row.items() if k not in COUNTED}
                    found[table.name, tuple(row[k] for k in keys)] = said
    return found


def does(chat: Chat, what: str, who: str) -> None:
    """A command in the hall, or a tap on a card."""
    if what.startswith("!"):
        chat.says(what, by=who)
        return
    sign, name = what.split()
    places = (*ROOMS.values(), "!group1:localhost")
    cards = [s for s in chat.said if s.room in places and s.edits is None and _is_of(s, name)]
    chat.reacts(cards[-1], sign, by=who)


def _is_of(said: Said, name: str) -> bool:
    machine = said.machine
    return name in (machine.get("ref"), machine.get("user")) or (
        machine["type"] == "product" and name in said.text
    )


def lost(before: Rows, after: Rows, now: Rows) -> list[str]:
    """What was made or changed from `before` to `after`, and is not so any more."""
    found = []
    for key in before.keys() | after.keys():
        was, made = before.get(key), after.get(key)
        if was == made:
            continue
        if made is None or was is None:
            changed = made
        else:
            changed = {column: made[column] for column in made if made[column] != was[column]}
        is_now = now.get(key)
        if changed is None or is_now is None:
            if changed != is_now:
                found.append(f"{key}: {is_now} instead of {changed}")
        elif not changed.items() <= is_now.items():
            found.append(f"{key}: {is_now} instead of {changed}")
    return found


@pytest.mark.long
@pytest.mark.parametrize(("by", "first", "others"), drawn(all_pairs(), 12))
def test_nothing_is_lost(town: Kept, by: str, first: str, others: list[tuple[str, str]]) -> None:
    database = Database("sqlite:///:memory:")
    chat = town.again(database)
    empty = rows(chat)
    reply = chat.reply(worded(first), by=by)
    before, command, trouble = rows(chat), chat.last, []
    assert before != empty, reply.text
    did = Kept(chat)
    for other, second in others:
        chat = did.again(database)
        does(chat, worded(second, edited=True), other)  # not the very same
        chat.later(seconds=45)
        after = rows(chat)
        if after == before:
            continue  # refused, or it was so already
        both = Kept(chat)
        for way in ("↩️", "!status", worded(first, edited=True)):
            chat = both.again(database)
            said = len(chat.said)
            if way == "↩️":
                chat.reacts(reply, way, by=by)
            else:
                chat.edits(command, way, by=by)
            if len(chat.said) == said:
                trouble.append(f"{second} / {way}: no answer")
            trouble += [f"{second} / {way}: {what}" for what in lost(before, after, rows(chat))]
    database.close()
    assert not trouble, "\n".join(trouble)
