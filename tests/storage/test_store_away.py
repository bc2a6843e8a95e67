"""A store that can't take anything: a batch is carried through as a whole or not at all, and tried again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

import storage
from bot.core.batches import Batch, RoomBatch
from bot.core.events import Message, Reaction
from storage.engine.base import Base
from storage.engine.database import Database, StoreAwayError, savepoint
from storage.outbox import Done, Errand
from tests.support.chat import HALL, ROOMS, Chat
from tests.support.wire import nothing_fails

pytestmark = pytest.mark.long  # waits for a store that is away

PIA = "@pia:localhost"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Chat]:
    """The chat on a file, whose size can be limited."""
    storage.load()
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database)
    chat.member(PIA)
    yield chat
    database.close()


def limit(chat: Chat, more: int | None) -> None:
    """So many pages more fit on the disk; None: as many as wanted."""
    with chat.database.transaction() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {2**30 if more is None else pages + more}")


def rows(chat: Chat) -> list[int]:
    with chat.database.transaction() as tx:
        return [
            tx.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()  # noqa: S608
            for table in ("handled_events", "outbox", "ideas", "votes", "cards", "offers")
        ]


def batch(chat: Chat, count: int = 40) -> Batch:
    commands = [
        Message(
            HALL,
            f"$c{n}",
            PIA,
            chat.now,
            text=f"!idee neu Vorhaben {n}\ntrotzdem: ja\n{'x' * 900}",
            mentions=frozenset(),
            thread=None,
        )
        for n in range(count)
    ]
    return Batch("s2", [RoomBatch(HALL, (), commands, joined=True)], catching_up=True)


@pytest.mark.parametrize("more", [0, 1, 3, 10, 30])
def test_a_full_disk_takes_all_or_nothing(disk: Chat, more: int) -> None:
    """No command is taken for a bad one and passed over because the disk was full just then."""
    before, token = rows(disk), disk.core.token()
    limit(disk, more)
    for _ in range(3):
        with nothing_fails(), pytest.raises((StoreAwayError, OperationalError)):
            disk.core.apply(batch(disk), (), now=disk.now)
        assert (rows(disk), disk.core.token()) == (before, token)
    limit(disk, None)
    errands = disk.core.apply(batch(disk), (), now=disk.now)
    replies = [e for e in errands if "m.in_reply_to" in str(e.content.get("m.relates_to"))]
    assert [e.content["m.relates_to"]["m.in_reply_to"]["event_id"] for e in replies] == [
        f"$c{n}" for n in range(40)
    ]
    assert disk.core.token() == "s2"
    assert disk.core.pending() == errands
    assert disk.core.apply(batch(disk), (), now=disk.now) == []


def test_what_was_sent_is_not_forgotten_by_it(disk: Chat) -> None:
    """What ended is recorded in the batch's transaction: with it, or again with the next one."""
    command = Message(
        ROOMS["ideas"], "$c", PIA, disk.now, text="!idee neu Formulare", mentions=frozenset(), thread=None
    )
    [card, *_] = disk.core.apply(
        Batch("s1", [RoomBatch(ROOMS["ideas"], (), [command], joined=True)]), (), now=disk.now
    )
    limit(disk, 0)
    with pytest.raises((StoreAwayError, OperationalError)):
        disk.core.apply(batch(disk), [Done(card.id, "$card")], now=disk.now)
    assert card in disk.core.pending()
    limit(disk, None)
    tap = Reaction(ROOMS["ideas"], "$t", PIA, disk.now, target="$card", key="👍")
    disk.core.apply(
        Batch("s3", [RoomBatch(ROOMS["ideas"], (), [tap], joined=True)]),
        [Done(card.id, "$card")],
        now=disk.now,
    )
    assert card not in disk.core.pending()
    disk.events[card.id] = "$card"
    assert disk.reply("!idee zeige I1").machine["votes"]["for"] == 1


def test_card_edits_and_jobs_wait_too(disk: Chat) -> None:
    for n in range(30):
        disk.says(f"!idee neu Vorhaben {n}\ntrotzdem: ja\n{'x' * 3000}")
        disk.now += timedelta(seconds=3)
    taps = [
        Reaction(ROOMS["ideas"], f"$t{n}", PIA, disk.now, target=disk.card(f"I{n}").event_id, key="👍")
        for n in range(1, 31)
    ]
    disk.core.apply(Batch("s2", [RoomBatch(ROOMS["ideas"], (), taps, joined=True)]), (), now=disk.now)
    limit(disk, 0)
    before = rows(disk)
    with pytest.raises((StoreAwayError, OperationalError)):
        disk.core.edit_cards(now=disk.now)
    assert rows(disk) == before
    limit(disk, None)
    edits: list[Errand] = disk.core.edit_cards(now=disk.now)
    assert [edit.kind for edit in edits].count("edit") == 30


def test_a_statement_that_is_wrong_is_no_store_that_is_away(disk: Chat) -> None:
    with disk.database.transaction() as tx, pytest.raises(OperationalError), savepoint(tx):
        tx.exec_driver_sql("SELECT * FROM nothing")


def test_a_store_that_somebody_else_holds(disk: Chat, tmp_path: Path) -> None:
    with disk.database.transaction() as tx:
        tx.exec_driver_sql("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError):
        disk.core.apply(batch(disk), (), now=disk.now)
    other.execute("ROLLBACK")
    other.close()
    assert len(disk.core.apply(batch(disk, 3), (), now=disk.now)) > 3


def test_the_clock_may_jump(disk: Chat) -> None:
    disk.reply("!idee neu Formulare")
    for jump in (timedelta(days=-400), timedelta(days=800), timedelta(hours=-1)):
        disk.now += jump
        with nothing_fails():
            assert disk.reply("!idee liste").machine["total"] == 1
            disk.tick()
