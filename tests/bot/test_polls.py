"""Polls: what is sent, what people choose, and what of it counts; about an idea, with a small feature for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.batches import RoomBatch
from bot.core.events import Clear, Response, read
from bot.core.keys import Keys, News
from bot.core.polls import Compared
from commands.framework import Ballot, Context, Refused, Vote, polled
from commands.framework.context import Settings
from commands.framework.declarations import POLLED
from commands.framework.failures import NotFound
from commands.general import Unconfirmed
from storage import polls
from storage.engine.database import Database
from tests.support.chat import BOT, HALL, ROOMS, Chat, Said
from tests.support.keyserver import KeyServer, Peer

PIA, URS, EVE = "@pia:localhost", "@urs:localhost", "@eve:localhost"
IDEAS = ROOMS["ideas"]
START, RESPONSE, END = (f"org.matrix.msc3381.poll.{part}" for part in ("start", "response", "end"))
TEXT = "org.matrix.msc1767.text"
BALLOT = Ballot("idea", 1, "Wann passt es?", ("Montag", "Dienstag", "Mittwoch"), most=2)


@dataclass
class Counting:
    """What the small feature has counted."""

    votes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    calls: int = 0
    refuses: bool = False
    at: datetime | None = None


@pytest.fixture
def counting() -> Iterator[Counting]:
    counted = Counting()

    @polled("idea", own="vote")
    def count(ctx: Context, number: int, vote: Vote) -> None:
        if counted.refuses:
            raise Refused(NotFound(ref=f"I{number}", noun="idee"))
        counted.votes[ctx.me.user_id] = vote.places
        counted.calls += 1
        counted.at = vote.at

    yield counted
    del POLLED["idea"]


@pytest.fixture
def poll(chat: Chat, counting: Counting) -> Said:
    for user in (PIA, URS):
        chat.member(user)
    chat.says("!idee neu Umzug")
    return begin(chat)


def begin(chat: Chat) -> Said:
    with chat.acting() as ctx:
        ctx.place_poll(BALLOT, "ideas", Unconfirmed())
    return chat.said[-1]


def end(chat: Chat, *, at: datetime | None = None) -> Said:
    with chat.acting() as ctx:
        ended = ctx.end_poll("idea", 1, Unconfirmed(), at=at)
    assert ended
    return chat.said[-1]


def content_of(poll: str, *answers: Any, kind: str = RESPONSE) -> dict[str, Any]:
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll}}
    if kind == RESPONSE:
        return relation | {RESPONSE: {"answers": list(answers)}}
    return relation | {"m.selections": list(answers)}


def chooses(chat: Chat, poll: Said, *answers: Any, by: str = PIA, kind: str = RESPONSE, **more: str) -> str:
    chat.sends(
        kind, content_of(poll.event_id, *answers, kind=kind), by=by, room=more.pop("room", IDEAS), **more
    )
    return chat.last


# --- what is sent


def test_a_poll_is_shown_by_clients_and_read_where_there_are_none(poll: Said) -> None:
    assert poll.room == IDEAS
    sent = poll.content[START]
    assert sent["kind"] == "org.matrix.msc3381.poll.undisclosed"
    assert sent["max_selections"] == 2
    assert sent["question"][TEXT] == "Wann passt es?"
    assert [(one["id"], one[TEXT]) for one in sent["answers"]] == [
        ("1", "Montag"),
        ("2", "Dienstag"),
        ("3", "Mittwoch"),
    ]
    assert poll.content[TEXT] == poll.text != ""


def test_its_end_refers_to_it_and_says_how_it_ended(chat: Chat, poll: Said) -> None:
    ended = end(chat)
    assert ended.content["m.relates_to"] == {"rel_type": "m.reference", "event_id": poll.event_id}
    assert ended.content[END] == {}
    assert ended.content[TEXT] == ended.text != ""
    with chat.acting() as ctx:
        assert not ctx.end_poll("idea", 1, Unconfirmed())


def test_a_poll_has_at_most_twenty_choices(chat: Chat, poll: Said) -> None:
    with chat.acting() as ctx, pytest.raises(ValueError, match="20"):
        ctx.place_poll(Ballot("idea", 1, "?", tuple("abcdefghijklmnopqrstu")), "ideas", Unconfirmed())


# --- what counts


@pytest.mark.parametrize("kind", [RESPONSE, "m.poll.response"])
def test_the_latest_of_each_person_counts(chat: Chat, poll: Said, counting: Counting, kind: str) -> None:
    chooses(chat, poll, "1", kind=kind)
    chooses(chat, poll, "2", "3", by=URS, kind=kind)
    assert counting.votes == {PIA: (1,), URS: (2, 3)}
    chooses(chat, poll, "3", kind=kind)
    assert counting.votes == {PIA: (3,), URS: (2, 3)}
    assert counting.at == chat.now


@pytest.mark.parametrize(
    ("answers", "counts"),
    [
        (["1", "2", "3"], (1, 2)),  # of too many the first
        (["2", "1", "nothing"], (2, 1)),
        (["3", "3"], (3,)),
        ([], ()),
        (["4"], ()),
        (["1", "4"], ()),
        (["0"], ()),
        (["01"], ()),
        ([""], ()),
        ([1], ()),
        ([True], ()),
        ([None, "1"], ()),
        ([{"id": "1"}], ()),
        ([["1"]], ()),
        (["1\x00"], ()),
        (["\ud800"], ()),
        (["x" * 60_000], ()),
        (["1"] * 10_000, (1,)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_makes_no_sense_is_no_vote(
    chat: Chat, poll: Said, counting: Counting, answers: list[Any], counts: tuple[int, ...]
) -> None:
    chooses(chat, poll, "3")
    chooses(chat, poll, *answers)
    assert counting.votes == {PIA: counts}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {RESPONSE: None},
        {RESPONSE: []},
        {RESPONSE: "1"},
        {RESPONSE: {}},
        {RESPONSE: {"answers": None}},
        {RESPONSE: {"answers": "1"}},
        {RESPONSE: {"answers": {"0": "1"}}},
        {"m.selections": 7},
    ],
    ids=str,
)
def test_a_response_without_answers_takes_the_vote_back(
    chat: Chat, poll: Said, counting: Counting, said: dict[str, Any]
) -> None:
    chooses(chat, poll, "3")
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    chat.sends(RESPONSE, relation | said, by=PIA, room=IDEAS)
    assert counting.votes == {PIA: ()}


@pytest.mark.parametrize(
    "relation",
    [
        None,
        [],
        "$sent1",
        {"rel_type": "m.reference"},
        {"rel_type": "m.reference", "event_id": 7},
        {"rel_type": "m.reference", "event_id": "$elsewhere"},
        {"rel_type": "m.annotation", "event_id": "POLL"},
        {"rel_type": "m.thread", "event_id": "POLL"},
        {"event_id": "POLL"},
    ],
    ids=str,
)
def test_what_is_about_no_poll_counts_for_none(
    chat: Chat, poll: Said, counting: Counting, relation: Any
) -> None:
    aimed = json.loads(json.dumps(relation).replace("POLL", poll.event_id))
    assert (
        chat.sends(RESPONSE, {"m.relates_to": aimed, RESPONSE: {"answers": ["1"]}}, by=PIA, room=IDEAS) == []
    )
    assert counting.votes == {}


def test_only_members_count_and_only_in_its_room(chat: Chat, poll: Said, counting: Counting) -> None:
    assert not chat.sends(RESPONSE, content_of(poll.event_id, "1"), by=EVE, room=IDEAS)
    chooses(chat, poll, "1", room=HALL)
    chooses(chat, poll, "1", by=BOT)
    assert counting.votes == {}
    with chat.database.transaction() as tx:
        assert polls.list_responses(tx, "idea", 1) == []


def test_an_event_told_twice_counts_once(chat: Chat, poll: Said, counting: Counting) -> None:
    news = chat.happens(RESPONSE, content_of(poll.event_id, "1"), by=PIA, room=IDEAS)
    chat.apply(news)
    chooses(chat, poll, "2")
    chat.apply(news, news)
    chat.restart()
    chat.apply(news)
    assert counting.votes == {PIA: (2,)}
    assert counting.calls == 2


def test_one_that_is_told_late_does_not_replace_a_later_one(
    chat: Chat, poll: Said, counting: Counting
) -> None:
    early = chat.happens(RESPONSE, content_of(poll.event_id, "1"), by=PIA, room=IDEAS)
    chat.now += timedelta(minutes=1)
    chooses(chat, poll, "2")
    chat.apply(early)
    assert counting.votes == {PIA: (2,)}


def test_a_deleted_response_lets_the_one_before_count(chat: Chat, poll: Said, counting: Counting) -> None:
    first, second = chooses(chat, poll, "1"), chooses(chat, poll, "2")
    chat.takes_off(second, room=IDEAS)
    assert counting.votes == {PIA: (1,)}
    chat.takes_off(second, room=IDEAS)
    assert counting.calls == 3
    chat.takes_off(first, room=HALL)
    assert counting.votes == {PIA: (1,)}
    chat.takes_off(first, by=URS, room=IDEAS)  # whoever may delete there
    assert counting.votes == {PIA: ()}


def test_a_refusal_is_told_in_the_direct_chat_once(chat: Chat, poll: Said, counting: Counting) -> None:
    counting.refuses = True
    chooses(chat, poll, "1")
    chooses(chat, poll, "2")
    assert [said.machine["code"] for said in chat.to(PIA)] == ["not_found"]
    assert counting.votes == {}


def test_who_pauses_is_left_to_the_feature(chat: Chat, poll: Said, counting: Counting) -> None:
    chat.member(URS, state="paused")
    chooses(chat, poll, "1", by=URS)
    assert counting.votes == {URS: (1,)}


# --- the end


def test_what_is_sent_before_the_end_counts_whenever_it_is_told(
    chat: Chat, poll: Said, counting: Counting
) -> None:
    taken_back = chooses(chat, poll, "1", by=URS)
    late = chat.happens(RESPONSE, content_of(poll.event_id, "1"), by=PIA, room=IDEAS)
    chat.now += timedelta(minutes=1)
    end(chat)
    chat.now += timedelta(seconds=1)
    chooses(chat, poll, "2")
    chat.takes_off(taken_back, by=URS, room=IDEAS)
    assert counting.votes == {URS: (1,)}
    chat.apply(late)
    assert counting.votes == {PIA: (1,), URS: (1,)}


def test_an_end_may_have_been_before_it_was_said(chat: Chat, poll: Said, counting: Counting) -> None:
    over = chat.now
    chat.now += timedelta(minutes=5)
    end(chat, at=over)
    chat.now -= timedelta(minutes=1)
    chooses(chat, poll, "2")
    assert counting.votes == {}


# --- lost and found


def present(chat: Chat, *said: tuple[str, str, list[str]], poll: Said) -> Compared:
    """What the homeserver tells when it is asked."""
    found = []
    for event_id, user, answers in said:
        raw = {
            "type": RESPONSE,
            "event_id": event_id,
            "sender": user,
            "content": content_of(poll.event_id, *answers),
        }
        event = read(raw | {"origin_server_ts": int(chat.now.timestamp() * 1000)}, IDEAS, bot=BOT)
        assert isinstance(event, Response)
        found.append(event)
    return Compared(found, {event_id for event_id, *_ in said}, chat.now)


def compare(chat: Chat, compared: Compared) -> None:
    chat.deliver(chat.core.compare_poll("idea", 1, compared, now=chat.now))


def test_after_an_outage_responses_are_those_on_the_homeserver(
    chat: Chat, poll: Said, counting: Counting
) -> None:
    [found] = chat.core.open_polls(now=chat.now)
    assert found.event_id == poll.event_id
    gone = chooses(chat, poll, "1")
    chat.now += timedelta(hours=1)
    compared = present(chat, ("$missed", URS, ["2"]), ("$strange", EVE, ["1"]), poll=poll)
    compare(chat, compared)
    compare(chat, compared)
    assert counting.votes == {PIA: (), URS: (2,)}
    assert counting.calls == 3
    assert gone not in compared.there


def test_what_was_deleted_while_it_was_asked_does_not_come_back(
    chat: Chat, poll: Said, counting: Counting
) -> None:
    event = chooses(chat, poll, "1")
    compared = present(chat, (event, PIA, ["1"]), poll=poll)
    chat.takes_off(event, room=IDEAS)
    compare(chat, compared)
    assert counting.votes == {PIA: ()}


def test_what_could_not_be_read_is_not_gone(chat: Chat, poll: Said, counting: Counting) -> None:
    event = chooses(chat, poll, "1")
    chat.now += timedelta(hours=1)
    compare(chat, Compared([], {event}, chat.now))
    assert counting.votes == {PIA: (1,)}


def test_only_polls_that_may_still_change_are_compared(chat: Chat, poll: Said) -> None:
    end(chat)
    assert len(chat.core.open_polls(now=chat.now)) == 1
    assert chat.core.open_polls(now=chat.now + timedelta(days=8)) == []


def test_a_bot_that_dies_sends_the_same_poll(chat: Chat, counting: Counting) -> None:
    chat.member(PIA)
    chat.says("!idee neu Umzug")
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        ctx.place_poll(BALLOT, "ideas", Unconfirmed())
        chat.core.outbox.keep(ctx, reply=None, cause="once")
    [before] = chat.core.outbox.take()
    chat.restart()
    poll = chat.said[-1]
    assert (poll.event_id, poll.content[START]) == (f"$sent{before.id}", before.content[START])
    chooses(chat, poll, "1")
    assert counting.votes == {PIA: (1,)}


def test_a_long_poll_is_known_when_its_row_is_forgotten(chat: Chat, poll: Said, counting: Counting) -> None:
    for _ in range(3):
        chat.later(days=20)
    chooses(chat, poll, "1")
    assert counting.votes == {PIA: (1,)}
    ended = end(chat)
    assert ended.content["m.relates_to"]["event_id"] == poll.event_id
    chat.later(days=31)
    with chat.database.transaction() as tx:
        assert polls.find(tx, "idea", 1) is None
        assert polls.list_of(tx, PIA) == []


def test_a_poll_that_is_deleted_is_none_and_what_was_chosen_stays(
    chat: Chat, poll: Said, counting: Counting
) -> None:
    chooses(chat, poll, "1")
    chat.takes_off(poll.event_id, by="@moni:localhost", room=HALL)  # not its room
    chooses(chat, poll, "2", by=URS)
    chat.takes_off(poll.event_id, by="@moni:localhost", room=IDEAS)
    chat.now += timedelta(seconds=1)
    chooses(chat, poll, "3")
    assert counting.votes == {PIA: (1,), URS: (2,)}
    with chat.acting() as ctx:
        assert not ctx.end_poll("idea", 1, Unconfirmed())


def test_a_poll_that_is_taken_back_is_deleted_once_it_stands(chat: Chat, poll: Said) -> None:
    chat.errands.clear()
    with chat.acting() as ctx:
        ctx.withdraw_poll("idea", 1)
        ctx.place_poll(BALLOT, "ideas", Unconfirmed())
    [errand] = chat.errands
    with chat.database.transaction() as tx:
        new = polls.find(tx, "idea", 1)
    assert (errand.kind, errand.room) == ("redaction", IDEAS)
    assert errand.waits_for == errand.content["row"] == int(poll.event_id.removeprefix("$sent"))
    assert new is not None
    assert new.outbox_id != errand.waits_for


# --- in encrypted rooms


@pytest.fixture
def sealed(database: Database, counting: Counting) -> Chat:
    """The poll stands in an encrypted room."""
    chat = Chat(database, Settings(encrypts=True))
    chat.member(PIA)
    chat.enter(IDEAS, PIA)
    chat.changes(IDEAS, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, by=BOT)
    chat.says("!idee neu Umzug", room=chat.direct(PIA))
    begin(chat)
    return chat


def test_only_what_is_encrypted_counts_in_an_encrypted_room(sealed: Chat, counting: Counting) -> None:
    """Anybody on the way could have written the other, also where it is found after an outage."""
    poll = sealed.said[-1]
    chooses(sealed, poll, "1")
    compare(sealed, present(sealed, ("$missed", PIA, ["1"]), poll=poll))
    assert counting.votes == {}
    raw = Clear(
        {"type": RESPONSE, "event_id": "$sealed", "sender": PIA, "content": content_of(poll.event_id, "2")}
    )
    event = read(raw, IDEAS, bot=BOT)
    assert event is not None
    sealed.apply(RoomBatch(IDEAS, (), [event], joined=True))
    assert counting.votes == {PIA: (2,)}


def test_one_whose_key_comes_late_waits_until_it_has_counted(sealed: Chat, counting: Counting) -> None:
    """A bot that is killed between the two is told of it again."""
    poll, server = sealed.said[-1], KeyServer()
    bot, pia = Peer(server, BOT, "B", store=sealed.database), Peer(server, PIA, "P")
    keys = Keys(sealed.database, bot.machine)
    sealed.core.use_keys(keys)
    said = pia.does(IDEAS, [BOT, PIA], RESPONSE, content_of(poll.event_id, "3"))
    assert said["content"]["m.relates_to"]["event_id"] == poll.event_id
    more: dict[str, Any] = {"senders": set(), "counts_are_new": True, "now": sealed.now}
    keys.take({}, {IDEAS: [said]}, own=False, **more)
    key = server.sync(BOT, "B")
    for answer in (key, {}):  # the key; then a start, after a kill
        news = keys.take(answer, {}, own=not answer, **more)
        assert isinstance(news, News)
        [raw] = news.timelines[IDEAS]
        event = read(raw, IDEAS, bot=BOT)
        assert isinstance(event, Response)
        assert event.late
    assert event is not None
    sealed.apply(RoomBatch(IDEAS, (), [event], joined=True))
    assert counting.votes == {PIA: (3,)}
    again = keys.take({}, {}, own=True, **more)
    assert isinstance(again, News)
    assert again.timelines == {}


# --- people


def test_export_and_erasure(chat: Chat, poll: Said, counting: Counting) -> None:
    chooses(chat, poll, "1", "2")
    room = chat.direct(PIA)
    exported = json.loads(chat.reply("datenschutz auskunft", room=room).content["data"])["polls"]
    assert exported == [{"at": chat.now.isoformat(), "on": "idea 1", "chosen": [1, 2]}]
    asked = chat.reply("datenschutz löschen", room=room)
    chat.says(asked.machine["confirm"], room=room)
    with chat.database.transaction() as tx:
        assert polls.list_responses(tx, "idea", 1) == []
