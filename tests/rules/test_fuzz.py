"""Anything at all, typed or sent: one reply to each command, none to anything else, and never an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import storage
from bot.core.batches import RoomBatch
from bot.core.events import read
from bot.core.typed import clean, unmarked
from bot.matrix.sender import Sender
from bot.matrix.sync import Syncer
from bot.matrix.transport import LimitedError, MatrixError, UnreachableError
from bot.matrix.worker import Worker
from commands import load
from commands.framework.declarations import COMMANDS
from storage import rooms
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import BOT, HALL, NOW, ROOMS, Chat
from tests.support.drawn import drawn
from tests.support.peer import CUT, Peer, Trouble, limited, peer, refused
from tests.support.wire import check_all, nothing_fails, replies

pytestmark = pytest.mark.long  # tries hundreds of texts

load()
PIA, PETER, KORA = "@pia:localhost", "@peter:localhost", "@kora:localhost"


def examples(number: int) -> settings:
    return settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def community() -> Iterator[Chat]:
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database)
    for user in (PIA, PETER):
        chat.member(user)
    chat.direct(KORA)
    chat.says("!idee neu Formulare vorausfüllen", by=PETER)
    yield chat
    database.close()


@pytest.fixture(scope="module")
def hall() -> Iterator[Chat]:
    """One for all examples: making it takes longer than they do."""
    with community() as chat:
        yield chat


# --- what people type

CHARACTERS = st.characters(exclude_categories=())  # with surrogates, controls and all
PIECES = (
    "I1 I2 N1 #1 12 99999999999 + - 0 weg ja nein 2 5 -1 1e9 ² ٣ Pia @pia:localhost @peter @ : Aesch Äsch liste neu | "
    "thema: wann: morgen 18.03.2027 13:30-17:00 grund: stand: seite: 2 suche: sort: stimmen titel: aufwand: 2 "
    "nutzen: 5 gemeinde: funktion: wissen: a,b trotzdem: ja moderator koordinator de en aus 7d,1d \u200b \u202e "
    "\x01idea:1\x01 {{7*7}} <b> @room https://a.ch [x](y) ``` \U0001f600 \ud800 ’ « » „ “ ; -- %"
)
WORDS = st.sampled_from(PIECES.split(" "))
TEXT = st.one_of(
    st.text(CHARACTERS, max_size=60),
    st.lists(st.one_of(WORDS, st.sampled_from(["\n", " | ", "\n\n", "\r\n", "\t"])), max_size=14).map(
        " ".join
    ),
)
NAMES = st.sampled_from([name for command in COMMANDS.values() for name in command.names])
TYPED = st.tuples(NAMES, st.sampled_from([" ", "\n", "  ", " | ", ""]), TEXT).map("".join)


@examples(100)
@given(data=st.data())
@pytest.mark.parametrize("by", drawn([PIA, KORA, "@stranger:localhost"], 1))
def test_every_command_has_its_one_reply(hall: Chat, by: str, data: st.DataObject) -> None:
    chat, before_all = hall, len(hall.said)
    chat.now += timedelta(minutes=2)
    with nothing_fails():
        for text in data.draw(st.lists(TYPED, min_size=1, max_size=6)):
            room = data.draw(
                st.sampled_from([HALL, ROOMS["ideas"], f"!direct-{by[1:].partition(':')[0]}:localhost"])
            )
            before = len(chat.said)
            said = chat.says(f"!{text}", by=by, room=room)
            [reply] = replies(said, chat.last)
            assert reply.room == room
            here = [s for s in said if s.room == room and s.edits is None]
            # An answer that belongs into the direct chat is the reply, where that is where it was asked.
            assert here == [reply] or room.startswith("!direct"), [s.text for s in here]
            if data.draw(st.booleans()):
                chat.edits(chat.last, f"!{data.draw(TYPED)}", by=by, room=room)
            if data.draw(st.booleans()):
                chat.reacts(reply, data.draw(st.sampled_from(["↩️", "✅", "👍", "👎", "x"])), by=by)
            check_all(chat, before)
        chat.later(minutes=1)
        check_all(chat, before_all)


@examples(200)
@given(
    text=TEXT.filter(lambda t: not unmarked(clean(t).strip(), "!").startswith("!") and "pi" not in t.lower())
)
def test_talk_is_never_answered(hall: Chat, text: str) -> None:
    assert hall.says(text) == []
    assert hall.says(text, thread="$x") == []
    assert hall.edits(hall.last, text) == []


# --- what clients send

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(CHARACTERS, max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(CHARACTERS, max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def perhaps(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What makes sense, or anything else in its place."""
    return st.one_of(good, good, good, JSON)


def shaped(required: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these, each perhaps something else."""
    parts = {**required, **{name.replace("__", "."): value for name, value in optional.items()}}
    return perhaps(
        st.fixed_dictionaries({}, optional={name: perhaps(value) for name, value in parts.items()})
    )


IDS = st.sampled_from(["$event1", "$event2", "$sent1", "$sent2", "$x", ""])
USERS = st.sampled_from([PIA, PETER, KORA, BOT, "@x:evil", "x", ""])
RELATION = shaped(
    {"m.in_reply_to": shaped({"event_id": IDS})},
    rel_type=st.sampled_from(["m.replace", "m.annotation", "m.thread", "x"]),
    event_id=IDS,
    key=st.sampled_from(["👍", "👎", "✅", "↩️", "❌", "x"]),
    is_falling_back=st.booleans(),
)
WORDING = {
    "msgtype": st.sampled_from(["m.text", "m.notice", "m.emote", "m.image"]),
    "body": st.one_of(TYPED.map("!".__add__), TEXT),
    "format": st.just("org.matrix.custom.html"),
    "formatted_body": st.one_of(TEXT, st.just('<a href="https://matrix.to/#/@peter:localhost">Peter</a>')),
    "m.mentions": shaped({"user_ids": st.lists(USERS, max_size=3)}),
}
CONTENT = shaped(
    {
        **WORDING,
        "m.relates_to": RELATION,
        "m.new_content": shaped(WORDING),
        "ch.publicinnovators.txn": st.text(max_size=5),
        "ch.publicinnovators": st.text(max_size=5),
    },
    redacts=IDS,
    membership=st.sampled_from(["join", "leave", "invite", "ban", "knock"]),
    displayname=TEXT,
    is_direct=st.booleans(),
    users=shaped({PIA: st.integers(), BOT: st.integers()}),
    users_default=st.integers(),
    room_version=st.sampled_from(["1", "11", "12", "²", "org.x"]),
    additional_creators=st.lists(USERS, max_size=2),
    replacement_room=st.sampled_from(["!new:localhost", ""]),
    algorithm=st.just("m.megolm.v1.aes-sha2"),
)
KINDS = st.sampled_from(
    ["m.room.message", "m.room.message", "m.reaction", "m.room.redaction", "m.room.encrypted", "m.room.member",
     "m.room.create", "m.room.power_levels", "m.room.tombstone", "m.room.join_rules", "m.room.topic", "x"]
)  # fmt: skip
EVENT = shaped(
    {"type": KINDS, "event_id": st.uuids().map(str), "sender": USERS},
    content=CONTENT,
    origin_server_ts=st.integers(0, 2 * 10**12),
    redacts=IDS,
    state_key=st.one_of(st.just(""), USERS),
    unsigned=shaped(
        {
            "m.relations": shaped(
                {"m.replace": shaped({"sender": USERS, "event_id": IDS, "content": CONTENT})}
            )
        },
        transaction_id=st.text(max_size=5),
        prev_content=CONTENT,
    ),
)


@pytest.mark.long
@examples(40)
@given(raw=st.lists(st.tuples(EVENT, st.sampled_from([HALL, ROOMS["ideas"], ROOMS["news"]])), max_size=6))
def test_events_of_any_kind(raw: list[tuple[Any, str]]) -> None:
    with community() as chat, nothing_fails():
        known = len(chat.said)
        for one, room in raw:
            event = read(one, room, bot=BOT)
            if event is not None:
                chat.apply(RoomBatch(room, (), [event], joined=True))
        chat.tick()
        check_all(chat, known)
        assert all(count == 1 for count in replied(chat).values())
        chat.apply(RoomBatch(HALL, (), (), joined=True))
        answer = chat.says("!idee liste", by="@nobody:localhost")
        assert len(replies(answer, chat.last)) == 1


def replied(chat: Chat) -> dict[str, int]:
    """How many replies each command had."""
    found: dict[str, int] = {}
    for said in chat.said:
        if said.replies_to is not None and said.edits is None:
            found[said.replies_to] = found.get(said.replies_to, 0) + 1
    return found


# --- what the homeserver answers

TOKENS = st.sampled_from(["s1", "s2", ""])
TIMELINE = shaped({"events": st.lists(EVENT, max_size=4)}, limited=st.booleans(), prev_batch=TOKENS)
STATE = shaped({"events": st.lists(EVENT, max_size=3)})
ROOM_IDS = st.sampled_from([HALL, ROOMS["ideas"], "!new:localhost", "!\ud800", "x", ""])
SYNC = shaped(
    {
        "next_batch": TOKENS,
        "rooms": shaped(
            {
                "join": st.dictionaries(ROOM_IDS, shaped({"timeline": TIMELINE}, state=STATE), max_size=2),
                "invite": st.dictionaries(ROOM_IDS, shaped({"invite_state": STATE}), max_size=2),
                "leave": st.dictionaries(ROOM_IDS, JSON, max_size=2),
            }
        ),
    }
)
PAGE = shaped({"chunk": st.lists(EVENT, max_size=4)}, end=TOKENS, start=TOKENS)
TROUBLE = st.sampled_from(
    [Trouble(), CUT, limited(1), refused(), refused(404, "M_NOT_FOUND"), Trouble(200, "[" * 3000)]
)


@pytest.mark.long
@examples(30)
@given(
    answers=st.lists(st.tuples(SYNC, PAGE, st.lists(TROUBLE, max_size=1)), min_size=1, max_size=3),
    first=st.booleans(),
)
def test_the_sync_survives_any_answer(answers: list[tuple[Any, Any, list[Trouble]]], first: bool) -> None:
    """Each is carried through or tried again later; commands after it are answered as ever."""
    with community() as chat, nothing_fails():
        asyncio.run(synced(chat, answers, first=first))
        check_all(chat)


async def synced(chat: Chat, answers: list[tuple[Any, Any, list[Trouble]]], *, first: bool) -> None:
    worker = Worker()
    async with peer() as (server, transport):
        sender = Sender(transport, worker, chat.core, now=lambda: NOW, clock=lambda: 1.0)
        syncer = Syncer(transport, worker, chat.core, sender, now=lambda: NOW)
        syncer._known = {HALL, *ROOMS.values()}
        for sync, page, troubles in answers:
            server.answers = {"/sync": sync, "/messages": page}
            server.trouble("/messages", *troubles)
            try:
                answer = await transport.sync(since="s0", timeout=0, sync_filter="{}")
                token = await syncer._take(answer, "s0", first=first)
            except (UnreachableError, LimitedError, MatrixError):
                continue
            assert isinstance(token, str)
        await command_is_answered(chat, server, sender, syncer)
    worker.close()


NOW_MS = round(NOW.timestamp() * 1000)


async def command_is_answered(chat: Chat, server: Peer, sender: Sender, syncer: Syncer) -> None:
    with chat.database.transaction() as tx:
        rooms.set_occupant(tx, room_id=HALL, user_id=PETER, membership="join", display_name="Peter")
    raw = {"type": "m.room.message", "event_id": "$last", "sender": "@nobody:x", "origin_server_ts": NOW_MS,
           "content": {"msgtype": "m.text", "body": "!hilfe"}}  # fmt: skip
    server.troubles.clear()
    answer = {"next_batch": "s9", "rooms": {"join": {HALL: {"timeline": {"events": [raw]}}}}}
    server.answers = {"/messages": {}}
    await syncer._take(answer, "s0", first=False)
    ours = [
        e
        for e in sender.lanes.open.values()
        if e.content.get("m.relates_to", {}).get("m.in_reply_to") == {"event_id": "$last"}
    ]
    assert len(ours) == 1
