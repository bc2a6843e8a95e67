"""Seats at events: by reaction and by command, waiting lists, and twenty people at the same instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.batches import Batch, RoomBatch
from bot.core.events import Event, read
from commands.events import attendance
from commands.framework.context import Asker, Context, Where
from commands.framework.replies import Role
from storage import events as stored
from storage import members, reminders, seats
from tests.support.calendar_model import PersonalCalendar
from tests.support.chat import BOT, HALL, ROOMS, Chat, Said
from tests.support.kept import staged

KORA, PIA, URS, EVA = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@eva:localhost"
AGENDA = ROOMS["agenda"]


@pytest.fixture
@staged
def card(chat: Chat) -> Said:
    """The card of A1, with one seat, sign-up until 15 March."""
    for who in (KORA, PIA, URS, EVA):
        chat.member(who)
    return plan(chat, "plätze: 1 | anmeldung bis: 15.03.2027")


def plan(chat: Chat, fields: str = "") -> Said:
    dated = "wann: 18.03.2027 13:30-17:00 | ort: Liestal | trotzdem: ja"
    made = chat.reply(f"!anlass neu Treff | {dated} | {fields}", by=KORA)
    return chat.card(made.machine["ref"])


def attending(chat: Chat, ref: str = "A1") -> tuple[list[str], list[str]]:
    machine = chat.reply(f"!anlass teilnehmende {ref}", by=KORA, room=ROOMS["coordination"]).machine
    return machine["confirmed"], machine["waiting"]


def counts(chat: Chat, ref: str = "A1") -> tuple[int, int]:
    machine = chat.card(ref).machine
    return machine["confirmed"], machine["waiting"]


def files(chat: Chat, user: str) -> list[str]:
    return [s.content["data"] for s in chat.to(user) if s.content.get("msgtype") == "m.file"]


def words(chat: Chat, user: str) -> list[str]:
    return [s.text for s in chat.to(user)]


# --- by command


def uid(chat: Chat) -> str:
    """What calendars call A1."""
    with chat.database.transaction() as tx:
        event = stored.find(tx, "event", 1)
    assert event is not None
    return f"{event.uid}@localhost"


def test_a_seat_or_the_waiting_list(chat: Chat, card: Said) -> None:
    first = chat.reply("!anlass anmelden A1", by=PIA)
    assert first.machine["you"] == {"seat": "confirmed"}
    assert first.text.startswith("Sie sind angemeldet: A1 Treff")
    assert "Do, 18. März 2027, 13:30–17:00 · Liestal" in first.text
    second = chat.reply("!event join A1", by=URS)
    assert second.machine["you"] == {"seat": "waiting", "position": 1}
    assert "Warteliste, Platz 1" in second.text
    assert "angemeldet" not in second.text
    assert chat.reply("!anlass anmelden 1", by=EVA).machine["you"] == {"seat": "waiting", "position": 2}
    assert counts(chat) == (1, 2)
    assert attending(chat) == ([PIA], [URS, EVA])
    assert len(files(chat, PIA)) == 1
    assert "METHOD:REQUEST" in files(chat, PIA)[0]
    assert files(chat, URS) == files(chat, EVA) == []


def test_signing_up_twice_says_so_and_changes_nothing(chat: Chat, card: Said) -> None:
    for who in (PIA, URS, EVA):
        chat.reply("!anlass anmelden A1", by=who)
    for who, says in ((PIA, "schon angemeldet"), (URS, "schon auf der Warteliste von A1, Platz 1")):
        again = chat.reply("!anlass anmelden A1", by=who)
        assert again.machine["code"] == "conflict"
        assert says in again.text
    assert attending(chat) == ([PIA], [URS, EVA])
    assert len(files(chat, PIA)) == 1


def test_signing_off_frees_the_seat_for_the_next(chat: Chat, card: Said) -> None:
    for who in (PIA, URS, EVA):
        chat.reply("!anlass anmelden A1", by=who)
    off = chat.reply("!anlass abmelden A1", by=PIA)
    assert off.machine["you"] == {"seat": "none"}
    assert attending(chat) == ([URS], [EVA])
    [told] = words(chat, URS)
    assert told.startswith("Ein Platz ist frei geworden. Sie sind jetzt angemeldet: A1 Treff")
    assert words(chat, EVA) == []
    assert "METHOD:CANCEL" in files(chat, PIA)[-1]
    assert "STATUS:CANCELLED" not in files(chat, PIA)[-1]
    chat.later(minutes=2)
    assert len(words(chat, URS)) == 1
    back = chat.reply("!anlass anmelden A1", by=PIA)
    assert back.machine["you"] == {"seat": "waiting", "position": 2}


def test_signing_off_without_a_seat(chat: Chat, card: Said) -> None:
    reply = chat.reply("!anlass abmelden A1", by=PIA)
    assert reply.machine["code"] == "conflict"
    assert "anlass anmelden A1" in reply.text
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!anlass abmelden A1", by=PIA)
    assert chat.reply("!event sign off A1", by=PIA).machine["code"] == "conflict"


def test_who_waits_and_signs_off_is_off_the_list(chat: Chat, card: Said) -> None:
    for who in (PIA, URS, EVA):
        chat.reply("!anlass anmelden A1", by=who)
    chat.reply("!anlass abmelden A1", by=URS)
    assert files(chat, URS) == []
    chat.reply("!anlass abmelden A1", by=PIA)
    assert attending(chat) == ([EVA], [])


def test_in_english_and_in_the_direct_chat(chat: Chat, card: Said) -> None:
    chat.reply("profile language en", by=PIA, room="!direct-pia:localhost")
    reply = chat.reply("event sign up A1", by=PIA, room="!direct-pia:localhost")
    assert reply.text.startswith("You are signed up: A1 Treff")
    assert chat.reply("event join A1", by=PIA, room="!direct-pia:localhost").text.startswith(
        "You are already signed up"
    )
    assert chat.reply("event leave A1", by=PIA, room="!direct-pia:localhost").text == (
        "You are signed off: A1 Treff.\n"
        "Would you like to say something about it to the coordinators? Just answer."
    )
    assert "not signed up" in chat.reply("event leave A1", by=PIA, room="!direct-pia:localhost").text


def test_others_may_not(chat: Chat, card: Said) -> None:
    assert chat.reply("!anlass anmelden A1", by="@stranger:localhost").machine["code"] == "not_allowed"
    chat.reacts(card, "✅", by="@stranger:localhost")
    assert counts(chat) == (0, 0)


def test_without_a_limit_there_is_room_for_all(chat: Chat) -> None:
    card = plan(chat)
    people = [chat.member(f"@p{n}:localhost") for n in range(12)]
    for who in people:
        chat.reacts(card, "✅", by=who)
    assert attending(chat) == (people, [])


# --- by reaction


def test_a_tap_is_answered_in_the_direct_chat_alone(chat: Chat, card: Said) -> None:
    said = chat.reacts(card, "✅", by=PIA)
    assert {s.room for s in said} == {"!direct-pia:localhost", AGENDA}
    [told] = words(chat, PIA)
    assert told.startswith("Sie sind angemeldet: A1 Treff")
    assert len(files(chat, PIA)) == 1
    chat.reacts(card, "✅", by=URS)
    [waits] = words(chat, URS)
    assert "Warteliste, Platz 1" in waits
    assert files(chat, URS) == []
    assert counts(chat) == (1, 1)


def test_taken_off_is_signed_off(chat: Chat, card: Said) -> None:
    chat.reacts(card, "✅", by=PIA)
    tap = chat.last
    chat.reacts(card, "✅", by=URS)
    chat.takes_off(tap, by=PIA)
    assert attending(chat) == ([URS], [])
    assert words(chat, PIA)[-1] == "Sie sind abgemeldet: A1 Treff."


def test_not_coming_frees_the_seat_and_maybe_has_none(chat: Chat, card: Said) -> None:
    chat.reacts(card, "✅", by=PIA)
    chat.reacts(card, "✅", by=URS)
    chat.reacts(card, "❌", by=PIA)
    assert attending(chat) == ([URS], [])
    chat.reacts(card, "❓", by=URS)
    assert attending(chat) == ([], [])
    assert "vielleicht" in words(chat, URS)[-1]
    chat.reacts(card, "❌", by=EVA)
    assert chat.to(EVA) == []


def test_only_the_tick_that_carries_the_seat_counts(chat: Chat, card: Said) -> None:
    chat.reacts(card, "✅", by=PIA)
    old = chat.last
    chat.reacts(card, "❌", by=PIA)
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.takes_off(old, by=PIA)
    assert attending(chat) == ([PIA], [])


def test_a_tick_after_the_command_is_the_latest_act(chat: Chat, card: Said) -> None:
    chat.reply("!anlass anmelden A1", by=PIA)
    said = chat.reacts(card, "✅", by=PIA)
    tap = chat.last
    assert said == []
    assert attending(chat) == ([PIA], [])
    chat.takes_off(tap, by=PIA)
    assert attending(chat) == ([], [])


def test_a_tick_keeps_the_place_in_the_queue(chat: Chat, card: Said) -> None:
    for who in (PIA, URS, EVA):
        chat.reply("!anlass anmelden A1", by=who)
    chat.reacts(card, "✅", by=URS)
    assert attending(chat) == ([PIA], [URS, EVA])


def test_a_cross_taken_off_leaves_nothing(chat: Chat, card: Said) -> None:
    chat.reacts(card, "❓", by=PIA)
    tap = chat.last
    chat.takes_off(tap, by=PIA)
    with chat.database.transaction() as tx:
        assert seats.list_all(tx, "event", 1) == []


@pytest.mark.parametrize("key", ["✅", "✅️", "✅🏽"])
def test_variants_of_the_sign_are_the_same(chat: Chat, card: Said, key: str) -> None:
    chat.reacts(card, key, by=PIA)
    assert counts(chat) == (1, 0)


# --- too late


def test_after_the_deadline_there_is_no_seat_but_one_can_sign_off(chat: Chat, card: Said) -> None:
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!anlass anmelden A1", by=URS)
    chat.now = datetime(2027, 3, 15, 22, 59, 59, tzinfo=UTC)  # the last second of the day in Liestal
    assert chat.reply("!anlass anmelden A1", by=EVA).machine["you"]["seat"] == "waiting"
    chat.reply("!anlass abmelden A1", by=EVA)
    chat.now = datetime(2027, 3, 15, 23, 0, tzinfo=UTC)
    refused = chat.reply("!anlass anmelden A1", by=EVA)
    assert refused.machine["code"] == "conflict"
    assert "lief bis Mo, 15. März 2027" in refused.text
    before = len(chat.to(EVA))
    chat.reacts(card, "✅", by=EVA)
    [line] = chat.to(EVA)[before:]
    assert line.machine["code"] == "conflict"
    assert "geschlossen" in line.text
    chat.reacts(card, "❌", by=PIA)
    assert attending(chat) == ([URS], [])


def test_who_has_a_seat_may_tap_again_after_the_deadline(chat: Chat, card: Said) -> None:
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.now = datetime(2027, 3, 16, 9, tzinfo=UTC)
    chat.tick()
    chat.edit_cards()
    assert chat.reacts(card, "✅", by=PIA) == []
    assert attending(chat) == ([PIA], [])


@pytest.mark.parametrize("late", ["begun", "cancelled"])
def test_after_the_start_or_a_cancellation_nothing_changes(chat: Chat, card: Said, late: str) -> None:
    chat.reacts(card, "✅", by=PIA)
    tap = chat.last
    chat.reacts(card, "✅", by=URS)
    if late == "begun":
        chat.now = datetime(2027, 3, 18, 12, 30, tzinfo=UTC)
    else:
        chat.reply("!anlass streichen A1", by=KORA)
    chat.later(minutes=1)
    for who, key in ((EVA, "✅"), (PIA, "❌"), (URS, "❓")):
        before = len(chat.to(who))
        chat.reacts(card, key, by=who)
        [line] = chat.to(who)[before:]
        assert line.machine["code"] == "conflict"
    chat.takes_off(tap, by=PIA)
    assert chat.to(PIA)[-1].machine["code"] == "conflict"
    assert chat.reply("!anlass anmelden A1", by=EVA).machine["code"] == "conflict"
    assert chat.reply("!anlass abmelden A1", by=PIA).machine["code"] == "conflict"
    assert attending(chat) == ([PIA], [URS])


def test_in_time_is_when_it_was_said(chat: Chat, card: Said) -> None:
    """The bot was away over the deadline; who tapped before has signed up."""
    early = datetime(2027, 3, 15, 22, 0, tzinfo=UTC)
    chat.now = datetime(2027, 3, 16, 9, 0, tzinfo=UTC)
    chat.apply(
        RoomBatch(AGENDA, (), [tapped(card, "✅", PIA, "$in", at=early)], joined=True), catching_up=True
    )
    assert attending(chat) == ([PIA], [])


# --- taken back, edited


def test_signing_up_is_taken_back(chat: Chat, card: Said) -> None:
    reply = chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!anlass anmelden A1", by=URS)
    chat.reacts(reply, "↩️", by=PIA)
    assert attending(chat) == ([URS], [])


def test_signing_off_taken_back_comes_last(chat: Chat, card: Said) -> None:
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!anlass anmelden A1", by=URS)
    off = chat.reply("!anlass abmelden A1", by=PIA)
    chat.reacts(off, "↩️", by=PIA)
    assert attending(chat) == ([URS], [PIA])


def test_a_mistyped_number_is_edited(chat: Chat, card: Said) -> None:
    plan(chat)
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.edits(chat.last, "!anlass anmelden A2", by=PIA)
    assert attending(chat, "A1") == ([], [])
    assert attending(chat, "A2") == ([PIA], [])


def test_a_later_act_is_not_taken_back(chat: Chat, card: Said) -> None:
    reply = chat.reply("!anlass anmelden A1", by=PIA)
    chat.reacts(card, "✅", by=PIA)
    chat.reacts(reply, "↩️", by=PIA)
    assert attending(chat) == ([PIA], [])


# --- who leaves, personal data


def test_who_leaves_frees_the_seats(chat: Chat, card: Said) -> None:
    for who in (PIA, URS, EVA):
        chat.reply("!anlass anmelden A1", by=who)
    chat.reply("profil verlassen", by=PIA, room="!direct-pia:localhost")
    assert attending(chat) == ([URS], [EVA])
    assert len(words(chat, URS)) == 1
    assert len(files(chat, PIA)) == 1, "it may still be taken back"
    chat.later(minutes=11)
    assert words(chat, PIA)[-1] == "Sie sind abgemeldet: A1 Treff."
    assert "METHOD:CANCEL" in files(chat, PIA)[-1]
    with chat.database.transaction() as tx:
        assert {r.user_id for r in reminders.list_of(tx, "event", 1) if r.state == "pending"} == {URS}


def test_personal_data_is_exported_and_erased(chat: Chat, card: Said) -> None:
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!anlass anmelden A1", by=URS)
    room = "!direct-pia:localhost"
    data = chat.reply("datenschutz auskunft", by=PIA, room=room).content["data"]
    assert '"seat": "confirmed"' in data
    asked = chat.reply("datenschutz löschen", by=PIA, room=room)
    chat.says(asked.machine["confirm"], by=PIA, room=room)
    assert attending(chat) == ([URS], [])
    with chat.database.transaction() as tx:
        assert seats.list_of_person(tx, PIA) == []
    assert len(words(chat, URS)) == 1


def test_erasing_after_the_event_leaves_no_name(chat: Chat, card: Said) -> None:
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.now = datetime(2027, 3, 20, 9, tzinfo=UTC)
    room = "!direct-pia:localhost"
    asked = chat.reply("datenschutz löschen", by=PIA, room=room)
    chat.says(asked.machine["confirm"], by=PIA, room=room)
    with chat.database.transaction() as tx:
        assert seats.list_all(tx, "event", 1) == []


def test_who_leaves_and_comes_back_keeps_the_seat_in_the_calendar(chat: Chat, card: Said) -> None:
    """Nothing of it is told to anybody's calendar."""
    chat.reply("!anlass anmelden A1", by=PIA)
    reply = chat.reply("!mitglied entfernen Pia", by=KORA, room=ROOMS["coordination"])
    chat.reacts(reply, "↩️", by=KORA)
    chat.later(minutes=11)
    assert attending(chat) == ([PIA], [])
    assert len(files(chat, PIA)) == 1


# --- twenty people at the same instant


def tapped(card: Said, key: str, who: str, event_id: str, *, at: datetime) -> Event:
    relation = {"rel_type": "m.annotation", "event_id": card.event_id, "key": key}
    return made("m.reaction", {"m.relates_to": relation}, who, event_id, AGENDA, at)


def typed(text: str, who: str, event_id: str, *, at: datetime) -> Event:
    return made("m.room.message", {"msgtype": "m.text", "body": text}, who, event_id, HALL, at)


def made(kind: str, content: dict[str, Any], who: str, event_id: str, room: str, at: datetime) -> Event:
    stamp = int(at.timestamp() * 1000)
    raw = {"type": kind, "event_id": event_id, "sender": who, "origin_server_ts": stamp, "content": content}
    event = read(raw, room, bot=BOT)
    assert event is not None
    return event


def test_twenty_at_the_same_instant_by_tap_and_command(chat: Chat) -> None:
    card = plan(chat, "plätze: 7")
    people = [chat.member(f"@p{n:02}:localhost") for n in range(20)]
    chat.enter(HALL, *people)
    chat.said.clear()
    at = chat.now
    events = [
        tapped(card, "✅", who, f"$t{n}", at=at)
        if n % 2
        else typed("!anlass anmelden A1", who, f"$t{n}", at=at)
        for n, who in enumerate(people)
    ]
    rooms = [RoomBatch(room, (), (), joined=True) for room in (HALL, AGENDA)]
    chat.deliver(chat.core.apply(Batch(token="s-all", rooms=rooms, events=events), (), now=at))
    chat.deliver(chat.core.edit_cards(now=at))
    assert attending(chat) == (people[:7], people[7:])
    assert len([s for s in chat.in_room("agenda") if s.edits]) == 1, "a storm is one edit of the card"
    assert all(len(files(chat, who)) == 1 for who in people[:7])
    assert all(files(chat, who) == [] for who in people[7:])
    positions = [
        s.machine["you"].get("position")
        for n, who in enumerate(people)
        for s in chat.said
        if (s.replies_to == f"$t{n}" or (n % 2 and s in chat.to(who))) and "you" in s.machine
    ]
    assert positions == [None] * 7 + list(range(1, 14))

    chat.said.clear()
    leavers = [people[n] for n in (0, 2, 3, 6, 7, 9, 10, 11, 15, 19)]  # four with a seat, six who wait
    events = [
        tapped(card, "❌", who, f"$l{n}", at=at)
        if n % 2
        else typed("!anlass abmelden A1", who, f"$l{n}", at=at)
        for n, who in enumerate(leavers)
    ]
    chat.deliver(chat.core.apply(Batch(token="s-off", rooms=rooms, events=events), (), now=at))
    chat.deliver(chat.core.edit_cards(now=at))
    left = [who for who in people if who not in leavers]
    assert attending(chat) == (left[:7], left[7:])
    stayed = set(people[:7]) - set(leavers)
    chat.later(minutes=2)
    for who in left:
        told = [text for text in words(chat, who) if "Sie sind jetzt angemeldet" in text]
        assert len(told) == (1 if who in left[:7] and who not in stayed else 0)


def test_off_and_on_again_in_one_batch_leaves_the_calendar_right(chat: Chat, card: Said) -> None:
    at = chat.now
    events = [
        typed(f"!anlass {verb} A1", PIA, f"$e{n}", at=at)
        for n, verb in enumerate(("anmelden", "abmelden", "anmelden", "abmelden", "anmelden"))
    ]
    chat.deliver(chat.core.apply(Batch(token="s9", rooms=(), events=events), (), now=at))
    calendar = PersonalCalendar("matrix:u/pia:localhost")
    for file in files(chat, PIA):
        calendar.receive(file.encode())
    assert len(calendar.shown(uid(chat))) == 1
    assert calendar.answer(uid(chat)) == "ACCEPTED"


# --- reactions missed


def reconcile(chat: Chat, present: list[tuple[str, str, str, datetime]], *, number: int = 1) -> None:
    chat.deliver(chat.core.reconcile("event", number, present, now=chat.now))


def test_missed_reactions_count_in_the_order_they_were_put(chat: Chat, card: Said) -> None:
    chat.later(minutes=5)
    at = chat.now
    present = [
        ("$b", URS, "✅", at - timedelta(minutes=1)),
        ("$a", PIA, "✅️", at - timedelta(minutes=2)),
        ("$bot", BOT, "✅", at - timedelta(minutes=4)),
        ("$s", "@stranger:localhost", "✅", at - timedelta(minutes=3)),
        ("$k", EVA, "🎉", at - timedelta(minutes=3)),
    ]
    reconcile(chat, present)
    assert attending(chat) == ([PIA], [URS])
    said = len(chat.said)
    reconcile(chat, present)
    assert attending(chat) == ([PIA], [URS])
    chat.later(minutes=1)
    reconcile(chat, [present[0]])
    assert attending(chat) == ([URS], [])
    assert len(chat.said) > said


def test_a_missed_tick_does_not_undo_what_was_said_since(chat: Chat, card: Said) -> None:
    early = chat.now
    chat.later(minutes=5)
    chat.reply("!anlass anmelden A1", by=PIA)
    chat.reply("!anlass abmelden A1", by=PIA)
    reconcile(chat, [("$old", PIA, "✅", early)])
    assert attending(chat) == ([], [])


def test_a_missed_tick_after_the_start_gives_no_seat(chat: Chat, card: Said) -> None:
    chat.now = datetime(2027, 3, 18, 13, tzinfo=UTC)
    reconcile(chat, [("$late", PIA, "✅", chat.now)])
    assert attending(chat) == ([], [])


# --- any sequence


class Model:
    """A waiting list as simple as it can be."""

    def __init__(self, capacity: int | None) -> None:
        self.capacity, self.seated, self.waiting = capacity, list[str](), list[str]()

    def fill(self) -> None:
        while self.waiting and (self.capacity is None or len(self.seated) < self.capacity):
            self.seated.append(self.waiting.pop(0))

    def join(self, who: str) -> None:
        if who not in self.seated + self.waiting:
            self.waiting.append(who)
            self.fill()

    def leave(self, who: str) -> None:
        for people in (self.seated, self.waiting):
            if who in people:
                people.remove(who)
        self.fill()

    def resize(self, capacity: int | None) -> None:
        self.capacity = capacity
        self.fill()


PEOPLE = [f"@p{n}:localhost" for n in range(6)]
WHO = st.sampled_from(PEOPLE)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["join", "leave", "✅", "❌", "❓", "off"]), WHO),
        st.tuples(st.just("resize"), st.sampled_from([None, 1, 2, 3, 5])),
    ),
    max_size=25,
)


@pytest.mark.long
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(capacity=st.sampled_from([None, 1, 2, 4]), acts=ACTS)
def test_any_sequence_of_acts_is_what_the_model_says(
    chat: Chat, capacity: int | None, acts: list[tuple[str, Any]]
) -> None:
    """Each example has an event of its own. Order is kept; never more seats than wanted, unless shrunk."""
    for who in PEOPLE:
        chat.member(who)
    card = plan(chat, f"plätze: {capacity or '-'}")
    ref = card.machine["ref"]
    model = Model(capacity)
    carries: dict[str, str] = {}  # who -> the ✅ that carries their seat or place
    told: dict[str, int] = dict.fromkeys(PEOPLE, 0)
    before_all = {who: len(words(chat, who)) for who in PEOPLE}
    for act, who in acts:
        chat.now += timedelta(minutes=1)
        waiting = list(model.waiting)
        if act == "resize":
            chat.reply(f"!anlass ändern {ref} plätze: {who or '-'}", by=KORA)
            model.resize(who)
        elif act == "join":
            if who not in model.seated + model.waiting:
                carries.pop(who, None)
            chat.reply(f"!anlass anmelden {ref}", by=who)
            model.join(who)
        elif act == "leave":
            chat.reply(f"!anlass abmelden {ref}", by=who)
            carries.pop(who, None)
            model.leave(who)
        elif act == "✅":
            chat.reacts(card, act, by=who)
            carries[who] = chat.last
            model.join(who)
        elif act in ("❌", "❓"):
            chat.reacts(card, act, by=who)
            carries.pop(who, None)
            model.leave(who)
        elif who in carries:
            chat.takes_off(carries.pop(who), by=who)
            model.leave(who)
        for moved in waiting:
            told[moved] += moved in model.seated
        with chat.database.transaction() as tx:
            rows = seats.list_all(tx, "event", int(ref[1:]))
        assert [s.user_id for s in rows if s.state == "confirmed"] == sorted(
            model.seated, key=[s.user_id for s in rows].index
        )
        assert [s.user_id for s in rows if s.state == "waiting"] == model.waiting
        assert model.capacity is None or not model.waiting or len(model.seated) >= model.capacity
    assert counts(chat, ref) == (len(model.seated), len(model.waiting))
    for who in PEOPLE:
        said = words(chat, who)[before_all[who] :]
        assert sum("Sie sind jetzt angemeldet" in text for text in said) == told[who]


def test_the_context_of_a_job_can_reconcile(chat: Chat, card: Said) -> None:
    """Also where a person has left meanwhile."""
    with chat.database.transaction() as tx:
        members.change(tx, PIA, state="left")
        nobody = Asker(BOT, None, Role.COORDINATOR, "de")
        ctx = Context(tx, chat.now, chat.settings, nobody, Where("", False, None))
        attendance.reconcile(ctx, "event", 1, [("$x", PIA, "✅", chat.now)])
        assert seats.list_all(tx, "event", 1) == []
