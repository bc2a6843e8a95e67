"""A store put back to what it was: what happened since is carried out again, later, and nothing is said twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import storage
from bot.core.batches import Batch, RoomBatch
from bot.core.events import Own, State
from bot.rendering.replies import edit_of
from storage import news, outbox, surveys
from storage.engine.base import Base
from storage.engine.database import Database
from storage.events import Event
from storage.meetings import Series
from storage.outbox import Done, Errand
from tests.support.chat import BOT, ROOMS, Chat, Said
from tests.support.feeds import URL, failed, looked, rss

pytestmark = pytest.mark.long  # a town before and after, for each

KORA, MONI, PIA, EVA = (f"@{n}:localhost" for n in ("kora", "moni", "pia", "eva"))
NEW = "!new:localhost"
MEETING = "!sitzung neu P1 Formulare | wann: 18.03.2027 13:30-15:00"


@dataclass
class Remembering(Chat):
    """The homeserver remembers what happened in the rooms, and what the bot has sent."""

    heard: list[RoomBatch] = field(default_factory=list)
    own: list[Own | State] = field(default_factory=list)

    def apply(self, *rooms: RoomBatch, catching_up: bool = False) -> list[Said]:
        self.heard += rooms
        return super().apply(*rooms, catching_up=catching_up)

    def send(self, errands: list[Errand]) -> list[Done]:
        done = super().send(errands)
        for errand, one in zip(errands, done, strict=True):
            if one.event_id is not None and errand.kind != "create":
                content: dict[str, Any] = self._linked(errand)
                if errand.kind == "edit":
                    content = edit_of(content, self.events[errand.waits_for or 0])
                head = (self._room(errand.room), one.event_id, BOT, self.now)
                self.own.append(Own(*head, txn=errand.txn, content=content))
        return done


@pytest.fixture
def then() -> Iterator[Database]:
    """The store as it was."""
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    yield database
    database.close()


def town(chat: Chat) -> None:
    for user in (KORA, MONI, PIA, EVA):
        chat.member(user)
    chat.process(PIA, leader=PIA)
    chat.reply("!idee neu Erste Idee", by=PIA)
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)


def restored(
    before: Chat,
    database: Database,
    story: Callable[[Chat], None],
    *,
    replayed: bool,
    begin: Callable[[Chat], None] = town,
) -> tuple[list[str], Chat]:
    """What is sent again by a bot that is told all this once more two hours later."""
    first = Remembering(before.database)
    begin(first)
    heard, own, said = len(first.heard), len(first.own), len(first.said)
    story(first)
    first.later(minutes=1)
    assert first.said[said:]
    again = Chat(database)
    begin(again)
    with database.transaction() as tx:  # from now on, its rows have other numbers
        outbox.add(tx, txn="x", kind="leave", room="!x:localhost", content={}, at=again.now, priority=0)
    again.now = first.now + timedelta(hours=2)
    core, now = again.core, again.now
    sent = core.apply(Batch(token=None, own=first.own[own:]), (), now=now)
    if replayed:
        for batch in first.heard[heard:]:
            sent += core.apply(Batch(token=None, rooms=(batch,), catching_up=True), (), now=now)
    else:
        again.deliver = sent.extend  # type: ignore[assignment, method-assign]
        story(again)
    sent += core.apply(Batch(token="caught up"), (), now=now)
    sent += core.edit_cards(now=now) + core.tick_all(now=now) + core.edit_cards(now=now)
    return [str(e.content) for e in sent if e.kind in (*outbox.SAID, "edit", "reaction")], again


# --- what events have caused


def rights(chat: Chat) -> None:
    for level in (50, 0, 60):
        chat.changes(ROOMS["news"], "m.room.power_levels", {"events_default": level}, by=MONI)


def gone(chat: Chat) -> None:
    for _ in range(2):
        chat.apply(RoomBatch(ROOMS["ideas"], (), (), joined=False, by=MONI))
        chat.enter(ROOMS["ideas"])


def upgraded(chat: Chat) -> None:
    chat.changes(ROOMS["ideas"], "m.room.power_levels", {"users": {KORA: 100}}, by=BOT)
    chat.changes(ROOMS["ideas"], "m.room.tombstone", {"replacement_room": NEW}, by=KORA)
    chat.enter(NEW)


def refused_taps(chat: Chat) -> None:
    chat.says("!idee ablehnen I1 grund: Zu teuer", by=MONI)
    card = next(s for s in chat.in_room("ideas") if s.machine.get("ref") == "I1")
    for _ in range(3):
        chat.reacts(card, "👍", by=PIA)
        chat.later(minutes=2)


def answered(chat: Chat) -> None:
    chat.reply("!gruppe zuweisen P1 Eva", by=KORA)
    chat.reply("!gruppe bestätigen P1", by=EVA)


def for_calendars(chat: Chat) -> None:
    chat.says("!anlass neu Zweites Fest | wann: 19.03.2027 13:30", by=KORA)
    card = next(s for s in chat.in_room("agenda") if s.machine.get("ref") == "A2")
    chat.reacts(card, "✅", by=EVA)
    chat.says(MEETING, by=PIA)


CAUSED = (rights, gone, upgraded, refused_taps, answered, for_calendars)


@pytest.mark.parametrize("story", CAUSED)
def test_what_events_have_caused_is_not_said_again(
    chat: Chat, then: Database, story: Callable[[Chat], None]
) -> None:
    assert restored(chat, then, story, replayed=True)[0] == []


def test_calendars_have_no_second_entry(chat: Chat, then: Database) -> None:
    _, again = restored(chat, then, for_calendars, replayed=True)
    for column in (Event.uid, Series.uid):
        with chat.database.transaction() as tx, again.database.transaction() as other:
            [*known] = tx.execute(select(column).order_by(column)).scalars()
            assert known
            assert [*other.execute(select(column).order_by(column)).scalars()] == known
    assert len(set(known)) == len(known)


# --- what no event has caused: it is found out again


def mute(chat: Chat) -> None:
    for _ in range(2):
        chat.deliver(chat.core.room_mute(ROOMS["news"], now=chat.now))
        chat.deliver(chat.core.room_heard(ROOMS["news"], now=chat.now))


def server_mute(chat: Chat) -> None:
    chat.deliver(chat.core.room_mute("server example.ch", now=chat.now))


def not_to_be_had(chat: Chat) -> None:
    """Nobody sits in the coordinators' room, so that each of them is told."""
    for purpose in ("coordination", "news"):
        chat.apply(RoomBatch(ROOMS[purpose], (), (), joined=False, by=BOT))
    for name in ("#a:localhost", "#b:localhost"):
        chat.deliver(chat.core.room_missing("news", name, now=chat.now))


@pytest.mark.parametrize("story", [mute, server_mute, not_to_be_had])
def test_what_is_found_out_again_is_not_said_again(
    chat: Chat, then: Database, story: Callable[[Chat], None]
) -> None:
    assert restored(chat, then, story, replayed=False)[0] == []


def looked_at(chat: Chat) -> None:
    looked(chat, rss("c", "b", "a"))
    failed(chat)
    looked(chat, rss(*(f"n{number}" for number in range(25)), "c", "b", "a"))


def test_the_news_of_a_feed_are_not_said_again(chat: Chat, then: Database) -> None:
    def with_feed(chat: Chat) -> None:
        town(chat)
        chat.reply(f"!feed neu {URL} | modus: direkt", by=MONI)
        looked(chat, rss("a"))

    _, again = restored(chat, then, looked_at, replayed=False, begin=with_feed)
    with again.database.transaction() as tx:
        assert {errand.kind for errand in outbox.list_pending(tx)} <= {"leave", "edit"}  # cards say when
        assert news.find(tx, 23) is not None


def test_what_is_new_is_said(chat: Chat, then: Database) -> None:
    _, again = restored(chat, then, mute, replayed=False)
    said: list[Errand] = []
    again.deliver = said.extend  # type: ignore[assignment, method-assign]
    mute(again)
    assert len(said) == 4


# --- polls


def with_a_room(chat: Chat) -> None:
    town(chat)
    chat.reply("gruppe anmelden P1", by=EVA, room=chat.direct(EVA))
    chat.group_room(1, PIA, EVA)


def asks(chat: Chat) -> None:
    chat.reply(
        "!umfrage neu Zeit | an: P1 | bis: 20.11.2026\n? Wann?\n- Vormittag\n- Nachmittag",
        by=PIA,
        room=chat.direct(PIA),
    )


def with_a_poll(chat: Chat) -> None:
    with_a_room(chat)
    asks(chat)


def vote(chat: Chat, answer: str, by: str) -> str:
    start, response = (f"org.matrix.msc3381.poll.{part}" for part in ("start", "response"))
    poll = next(said for said in chat.said if start in said.content)
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    chat.sends(response, relation | {response: {"answers": [answer]}}, by=by, room=poll.room)
    return chat.last


def votes(chat: Chat) -> None:
    vote(chat, "1", PIA)
    chat.now += timedelta(seconds=1)
    vote(chat, "2", PIA)
    chat.takes_off(vote(chat, "1", EVA), by=EVA, room="!group1:localhost")
    vote(chat, "2", EVA)
    chat.reply("umfrage zeige U1", by=PIA, room=chat.direct(PIA))


def asks_and_votes(chat: Chat) -> None:
    asks(chat)
    votes(chat)


def votes_and_closes(chat: Chat) -> None:
    votes(chat)
    chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    chat.now += timedelta(seconds=1)
    vote(chat, "1", EVA)  # too late, also when it is told once more


@pytest.mark.parametrize(
    ("begin", "story"),
    [(with_a_poll, votes), (with_a_poll, votes_and_closes), (with_a_room, asks_and_votes)],
)
def test_what_was_chosen_in_a_poll_since_is_counted_once(
    chat: Chat, then: Database, begin: Callable[[Chat], None], story: Callable[[Chat], None]
) -> None:
    """The poll is not posted again, nor is its end; the timeline tells what people have chosen."""
    said, again = restored(chat, then, story, replayed=True, begin=begin)
    assert said == []
    with again.database.transaction() as tx:
        assert surveys.counts(tx, 1) == {(0, 1): 2}
