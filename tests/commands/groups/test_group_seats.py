"""Joining groups and leaving them: by command and by reaction, first come, first served."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.batches import RoomBatch
from bot.core.events import Reaction
from storage import processes, seats
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

PIA, URS, EVA, MAX = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@max:localhost"
KORA = "@kora:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, EVA, MAX):
        chat.member(user)
    return chat


def process_card(chat: Chat, number: int = 1) -> Said:
    """The process's card stands in the agenda room, as `prozess neu` places it."""
    chat.core.outbox.take()
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        ctx.place_card("process", number)
        chat.core.outbox.keep(ctx, reply=None, cause=f"card {number}")
    chat.deliver(chat.core.outbox.take())
    return next(s for s in reversed(chat.said) if s.room == ROOMS["agenda"])


def inside(chat: Chat, number: int = 1, state: str = "confirmed") -> list[str]:
    with chat.database.transaction() as tx:
        return [seat.user_id for seat in seats.list_in(tx, "group", number, state)]


def told(chat: Chat, user: str, words: str) -> int:
    """How often the person was told something with these words."""
    return sum(words in said.text for said in chat.to(user))


# --- by command


def test_a_seat_or_the_next_place_on_the_waiting_list(crew: Chat) -> None:
    crew.process(size=1)
    first = crew.reply("!gruppe anmelden P1", by=PIA)
    assert first.machine == {
        "type": "group",
        "ref": "P1",
        "title": "Umzugsmeldung",
        "size": 1,
        "confirmed": 1,
        "waiting": 0,
        "you": {"seat": "confirmed"},
    }
    assert first.text == "Sie sind dabei: Gruppe P1 · Umzugsmeldung, 1 von 1 Platz besetzt."
    second = crew.reply("!group join p1", by=URS)
    assert second.machine["you"] == {"seat": "waiting", "position": 1}
    assert "Warteliste von P1 · Umzugsmeldung, Platz 1" in second.text
    third = crew.reply("!gruppe anmelden #1", by=EVA)
    assert third.machine["you"] == {"seat": "waiting", "position": 2}
    assert (third.machine["confirmed"], third.machine["waiting"]) == (1, 2)


def test_signing_up_twice_says_so_and_changes_nothing(crew: Chat) -> None:
    crew.process(size=1)
    crew.says("!gruppe anmelden P1", by=PIA)
    again = crew.reply("!gruppe anmelden P1", by=PIA)
    assert again.machine == {"type": "error", "code": "conflict", "ref": "P1", "you": {"seat": "confirmed"}}
    assert "schon in der Gruppe" in again.text
    crew.says("!gruppe anmelden P1", by=URS)
    crew.says("!gruppe anmelden P1", by=EVA)
    waiting = crew.reply("!gruppe anmelden P1", by=URS)
    assert waiting.machine["you"] == {"seat": "waiting", "position": 1}
    assert waiting.machine["code"] == "conflict"
    assert "Platz 1" in waiting.text
    assert inside(crew, state="waiting") == [URS, EVA]


def test_the_freed_seat_goes_to_the_first_who_waits_who_is_told_once(crew: Chat) -> None:
    crew.process(PIA, size=1)
    for user in (URS, EVA, MAX):
        crew.says("!gruppe anmelden P1", by=user)
    left = crew.reply("!gruppe abmelden P1", by=PIA)
    assert left.machine["you"] == {"seat": "none"}
    assert (left.machine["confirmed"], left.machine["waiting"]) == (1, 2)
    assert inside(crew) == [URS]
    crew.later(seconds=40)
    crew.later(minutes=5)
    assert told(crew, URS, "Ein Platz ist frei geworden") == 1
    [notice] = [s for s in crew.to(URS) if "frei geworden" in s.text]
    counts = {"size": 1, "confirmed": 1, "waiting": 2}  # as it was when the seat was given
    assert notice.machine == {"type": "group", "ref": "P1", "title": "Umzugsmeldung"} | counts
    assert told(crew, EVA, "frei geworden") == told(crew, PIA, "frei geworden") == 0
    shown = crew.answer("!gruppe zeige P1", by=EVA)
    assert shown.machine["you"] == {"seat": "waiting", "position": 1}


def test_who_waits_and_signs_off_frees_no_seat(crew: Chat) -> None:
    crew.process(PIA, size=1)
    crew.says("!gruppe anmelden P1", by=URS)
    crew.says("!gruppe anmelden P1", by=EVA)
    left = crew.reply("!gruppe abmelden P1", by=URS)
    assert left.text == "Sie sind nicht mehr auf der Warteliste von P1 · Umzugsmeldung."
    assert inside(crew) == [PIA]
    assert inside(crew, state="waiting") == [EVA]


def test_signing_off_without_a_seat_is_a_conflict(crew: Chat) -> None:
    crew.process()
    refused = crew.reply("!gruppe abmelden P1", by=PIA)
    assert refused.machine == {"type": "error", "code": "conflict"}
    assert "!gruppe anmelden P1" in refused.text


@pytest.mark.parametrize("typed", ["gruppe abmelden", "!gruppe verlassen", "!group leave"])
def test_without_a_number_in_the_groups_room_leaving_is_asked_once_more(crew: Chat, typed: str) -> None:
    crew.process(PIA, URS, leader=URS)
    room = crew.group_room(1, PIA, URS)
    asked = crew.reply(typed if typed.startswith("!") else f"!{typed}", by=PIA, room=room)
    assert asked.machine["type"] == "confirm"
    assert asked.machine["confirm"].endswith(" P1")
    assert "Umzugsmeldung" in asked.text
    assert "✅" in asked.text
    crew.reacts(asked, "✅", by=URS)
    assert inside(crew) == [PIA, URS], "somebody else's ✅ does nothing"
    crew.reacts(asked, "✅", by=PIA)
    assert inside(crew) == [URS]


def test_a_leader_is_told_what_leaving_means(crew: Chat) -> None:
    crew.process(PIA, URS, leader=URS)
    room = crew.group_room(1, PIA, URS)
    asked = crew.reply("!gruppe abmelden", by=URS, room=room)
    assert "Sie leiten sie, danach hat sie keine Leitung mehr." in asked.text
    assert inside(crew) == [PIA, URS]


def test_with_its_number_one_has_left_at_once_and_the_answer_says_how_to_come_back(crew: Chat) -> None:
    crew.process(PIA, URS)
    room = crew.group_room(1, PIA, URS)
    left = crew.reply("!gruppe abmelden P1", by=PIA, room=crew.direct(PIA))
    assert left.text == (
        "Sie sind nicht mehr in der Gruppe P1 · Umzugsmeldung. Zurück kommen Sie zehn Minuten lang mit ↩️."
    )
    crew.reacts(left, "↩️", by=PIA)
    assert inside(crew) == [PIA, URS]
    assert crew.reply("!gruppe abmelden P1", by=PIA, room=room).machine["you"] == {"seat": "none"}


def test_what_cannot_be_taken_back_is_not_promised(crew: Chat) -> None:
    crew.process(PIA, size=1)
    crew.says("!gruppe anmelden P1", by=URS)
    assert "↩️" not in crew.reply("!gruppe abmelden P1", by=PIA).text


def test_who_comes_back_goes_to_the_end(crew: Chat) -> None:
    crew.process(PIA, size=1)
    for user in (URS, EVA):
        crew.says("!gruppe anmelden P1", by=user)
    crew.says("!gruppe abmelden P1", by=URS)
    back = crew.reply("!gruppe anmelden P1", by=URS)
    assert back.machine["you"] == {"seat": "waiting", "position": 2}


def test_a_dropped_process_takes_nobody(crew: Chat) -> None:
    crew.process(URS)
    with crew.database.transaction() as tx:
        processes.change(tx, 1, dropped=True)
    assert crew.reply("!gruppe anmelden P1", by=PIA).machine["code"] == "conflict"
    assert crew.reply("!gruppe abmelden P1", by=URS).machine["you"] == {"seat": "none"}


@pytest.mark.parametrize("command", ["anmelden", "abmelden", "zeige"])
def test_a_process_that_is_not_there(crew: Chat, command: str) -> None:
    assert crew.reply(f"!gruppe {command} P7").machine["code"] == "not_found"


def test_only_members_may(chat: Chat) -> None:
    chat.process()
    assert chat.reply("!gruppe anmelden P1", by="@peter:localhost").machine["code"] == "not_allowed"
    chat.member(PIA, state="paused")
    assert chat.reply("!gruppe anmelden P1", by=PIA).machine["code"] == "not_allowed"


def test_typing_mistakes_are_answered_in_a_sentence(crew: Chat) -> None:
    crew.process()
    assert crew.reply("!gruppe anmelden Umzug").machine["code"] == "bad_input"
    assert "!gruppe anmelden P…" in crew.reply("!gruppe anmelden").text
    assert crew.reply("!grupe anmelden P1").machine["nearest"] == "!gruppe anmelden P1"


# --- by reaction


def test_a_reaction_signs_up_and_taken_off_signs_off(crew: Chat) -> None:
    crew.process(size=1)
    card = process_card(crew)
    assert (card.event_id, "✅") in crew.reactions
    crew.reacts(card, "✅", by=PIA)
    mine = crew.last
    assert inside(crew) == [PIA]
    assert told(crew, PIA, "Sie sind dabei") == 1
    crew.reacts(card, "✅", by=URS)
    assert told(crew, URS, "Warteliste von P1 · Umzugsmeldung, Platz 1") == 1
    crew.takes_off(mine, by=PIA, room=card.room)
    assert inside(crew) == [URS]
    crew.later(seconds=40)
    assert told(crew, URS, "frei geworden") == 1


def test_only_the_reaction_that_carries_the_seat_signs_off(crew: Chat) -> None:
    crew.process()
    card = process_card(crew)
    crew.reacts(card, "✅", by=PIA)
    tap = crew.last
    crew.says("!gruppe abmelden P1", by=PIA)
    crew.says("!gruppe anmelden P1", by=PIA)  # the later act: the seat hangs on it
    crew.takes_off(tap, by=PIA, room=card.room)
    assert inside(crew) == [PIA]
    crew.reacts(card, "✅", by=PIA)
    tap = crew.last
    assert told(crew, PIA, "Sie sind dabei") == 1, "who is in already is not told again"
    crew.takes_off(tap, by=PIA, room=card.room)
    assert inside(crew) == []


def test_who_moved_up_by_a_reaction_signs_off_by_it(crew: Chat) -> None:
    crew.process(PIA, size=1)
    card = process_card(crew)
    crew.reacts(card, "✅", by=URS)
    tap = crew.last
    crew.says("!gruppe abmelden P1", by=PIA)
    assert inside(crew) == [URS]
    crew.takes_off(tap, by=URS, room=card.room)
    assert inside(crew) == []


def test_other_reactions_and_strangers_change_nothing(crew: Chat) -> None:
    crew.process()
    card = process_card(crew)
    crew.reacts(card, "👎", by=PIA)
    crew.reacts(card, "✅", by="@peter:localhost")
    assert inside(crew) == []
    assert "👎 bewirkt bei P1 · Umzugsmeldung nichts. Dort zählt ✅" in crew.to(PIA)[-1].text
    assert crew.to("@peter:localhost") == []


def test_a_reaction_on_a_dropped_process_is_answered_in_the_direct_chat(crew: Chat) -> None:
    crew.process()
    card = process_card(crew)
    with crew.database.transaction() as tx:
        processes.change(tx, 1, dropped=True)
    crew.reacts(card, "✅", by=PIA)
    assert inside(crew) == []
    assert crew.to(PIA)[-1].machine["code"] == "conflict"


def test_with_a_room_the_invitation_says_it(crew: Chat) -> None:
    crew.process()
    crew.group_room(1)
    card = process_card(crew)
    crew.reacts(card, "✅", by=PIA)
    assert inside(crew) == [PIA]
    assert crew.to(PIA) == []
    assert [(e.kind, e.content) for e in crew.errands][-1] == ("invite", {"user_id": PIA})


def test_the_last_seat_at_the_same_instant(crew: Chat) -> None:
    """In one batch of the homeserver: one gets it, the other is first on the waiting list."""
    crew.process(size=1)
    card = process_card(crew)
    taps = [
        Reaction(card.room, f"$tap{n}", user, crew.now, target=card.event_id, key="✅")
        for n, user in enumerate((EVA, MAX))
    ]
    crew.apply(RoomBatch(card.room, (), taps, joined=True))
    assert inside(crew) == [EVA]
    assert inside(crew, state="waiting") == [MAX]


def test_missed_reactions_count_after_a_start(crew: Chat) -> None:
    crew.process(size=2)
    card = process_card(crew)
    crew.reacts(card, "✅", by=PIA)
    crew.reacts(card, "✅", by=URS)
    kept = crew.last
    early, late = crew.now - timedelta(minutes=1), crew.now + timedelta(seconds=1)
    present = [
        (kept, URS, "✅", crew.now),
        ("$b", MAX, "✅", late + timedelta(seconds=1)),
        ("$a", EVA, "✅️", late),
        ("$c", "@peter:localhost", "✅", late),
        ("$d", KORA, "🎉", early),
    ]
    for _ in range(2):
        crew.deliver(crew.core.reconcile("process", 1, present, now=crew.now))
        assert inside(crew) == [URS, EVA]  # Pia's was taken off while the bot was away
        assert inside(crew, state="waiting") == [MAX]
    crew.takes_off("$a", by=EVA, room=card.room)
    assert inside(crew) == [URS, MAX]


def test_a_reaction_from_before_the_admission_does_not_count(crew: Chat) -> None:
    crew.process()
    process_card(crew)
    early = crew.now - timedelta(days=1)
    crew.core.reconcile("process", 1, [("$a", PIA, "✅", early)], now=crew.now)
    assert inside(crew) == []


# --- taking back


def test_an_edited_command_moves_to_the_other_group(crew: Chat) -> None:
    crew.process()
    crew.process(name="Hundesteuer")
    crew.reply("!gruppe anmelden P1", by=PIA)
    crew.edits(crew.last, "!gruppe anmelden P2", by=PIA)
    assert (inside(crew, 1), inside(crew, 2)) == ([], [PIA])


def test_undo_of_joining_frees_the_seat_for_the_first_who_waits(crew: Chat) -> None:
    crew.process(size=1)
    reply = crew.reply("!gruppe anmelden P1", by=PIA)
    crew.says("!gruppe anmelden P1", by=URS)
    crew.reacts(reply, "↩️", by=PIA)
    assert inside(crew) == [URS]


def test_undo_after_a_later_act_leaves_the_seat(crew: Chat) -> None:
    crew.process()
    card = process_card(crew)
    reply = crew.reply("!gruppe anmelden P1", by=PIA)
    crew.reacts(card, "✅", by=PIA)
    crew.reacts(reply, "↩️", by=PIA)
    assert inside(crew) == [PIA]


def test_undo_of_leaving_gives_back_the_same_place(crew: Chat) -> None:
    crew.process(PIA, URS, EVA, size=3)
    reply = crew.reply("!gruppe abmelden P1", by=URS)
    crew.reacts(reply, "↩️", by=URS)
    assert inside(crew) == [PIA, URS, EVA]


def test_undo_of_leaving_takes_nothing_from_who_has_moved_up(crew: Chat) -> None:
    crew.process(PIA, size=1)
    crew.says("!gruppe anmelden P1", by=URS)
    reply = crew.reply("!gruppe abmelden P1", by=PIA)
    crew.reacts(reply, "↩️", by=PIA)
    assert inside(crew) == [URS]
    assert inside(crew, state="waiting") == []
    assert crew.to(PIA)[-1].machine["code"] == "conflict"


# --- to see


def test_who_is_in_the_group_in_the_order_in_which_they_came(crew: Chat) -> None:
    crew.process(URS, PIA, leader=PIA, size=2)
    crew.says("!gruppe anmelden P1", by=MAX)
    crew.says("!gruppe anmelden P1", by=EVA)
    shown = crew.answer("!gruppe zeige P1", by=EVA)
    assert shown.machine["leader"] == PIA
    assert "Leitung: Pia" in shown.text
    assert "Dabei: Urs, Pia" in shown.text
    assert "Warteliste: 1. Max, 2. Eva" in shown.text
    assert "Sie sind auf der Warteliste, Platz 2." in shown.text
    english = crew.member("@ann:localhost", language="en")
    shown = crew.reply("group show P1", by=english, room=crew.direct(english))
    assert "2 of 2 seats taken, 2 people waiting" in shown.text
    assert "leader: Pia" in shown.text
    assert shown.machine["you"] == {"seat": "none"}


def test_the_list_says_where_seats_are_free(crew: Chat) -> None:
    for number in range(11):
        crew.process(PIA, name=f"Prozess {number}")
    listed = crew.reply("!gruppe liste", by=PIA)
    assert listed.machine == {
        "type": "list",
        "of": "group",
        "refs": [f"P{n}" for n in range(1, 11)],
        "page": 1,
        "pages": 2,
        "total": 11,
    }
    assert "6 Plätze sind frei" in listed.text
    assert "Sie sind dabei" not in listed.text  # that is said in the direct chat
    assert "Sie sind dabei" in crew.reply("gruppe liste", by=PIA, room=crew.direct(PIA)).text
    last = crew.reply("!group list page: 2", by=URS)
    assert last.machine["refs"] == ["P11"]
    assert "Sie sind dabei" not in last.text


def test_the_list_without_any_group(crew: Chat) -> None:
    assert crew.reply("!gruppe liste").machine["total"] == 0


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_answer_in_both_languages(chat: Chat, language: str) -> None:
    for user in (PIA, URS, EVA):
        chat.member(user, language=language)
    chat.process(PIA, leader=PIA, size=1)
    chat.group_room(1, PIA)
    room = chat.direct(URS)
    for text in (
        "group list",
        "group show P1",
        "group join P1",
        "group join P1",
        "group show P1",
        "group list",
        "group leave P1",
        "group leave P1",
    ):
        said = chat.reply(text, by=URS, room=room)
        german = any(word in said.text for word in ("gruppe", "Gruppe", "Warteliste"))
        assert german == (language == "de"), said.text


# --- whatever happens


PEOPLE = [f"@p{n}:localhost" for n in range(6)]
Step = st.tuples(
    st.sampled_from(["join", "leave", "tap", "off", "size", "assign", "confirm", "remove"]),
    st.integers(0, 5),
)


@dataclass
class Model:
    """Two lists in order of arrival; who was asked and has not answered; which tap a seat is on."""

    size: int
    holding: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    taps: dict[str, str] = field(default_factory=dict)

    def join(self, user: str, *, tap: str | None = None) -> None:
        known = user in self.holding or user in self.waiting
        if tap is not None:
            self.taps[user] = tap
        elif user in self.asked:
            self.taps.pop(user, None)
        self.asked.discard(user)
        if not known:
            (self.holding if len(self.holding) < self.size else self.waiting).append(user)

    def leave(self, user: str) -> None:
        self.holding = [other for other in self.holding if other != user]
        self.waiting = [other for other in self.waiting if other != user]
        self.asked.discard(user)
        self.taps.pop(user, None)
        self.fill()

    def fill(self) -> None:
        while self.waiting and len(self.holding) < self.size:
            self.holding.append(self.waiting.pop(0))

    def assign(self, user: str) -> None:
        if user not in self.holding and len(self.holding) < self.size:
            self.holding.append(user)
            self.asked.add(user)


def act(chat: Chat, model: Model, card: Said, ref: str, what: str, number: int) -> None:
    """The same in the chat and in the model."""
    user = PEOPLE[number]
    match what:
        case "join":
            chat.says(f"!gruppe anmelden {ref}", by=user)
            model.join(user)
        case "tap":
            chat.reacts(card, "✅", by=user)
            model.join(user, tap=chat.last)
        case "off" if user in model.taps:
            chat.takes_off(model.taps[user], by=user, room=card.room)
            model.leave(user)
        case "leave":
            chat.says(f"!gruppe abmelden {ref}", by=user)
            model.leave(user)
        case "remove":
            chat.says(f"!gruppe entfernen {ref} {user}", by=KORA)
            model.leave(user)
        case "size":
            chat.says(f"!gruppe grösse {ref} {number + 1}", by=KORA)
            model.size = number + 1
            model.fill()
        case "assign":
            chat.says(f"!gruppe zuweisen {ref} {user}", by=KORA)
            model.assign(user)
        case "confirm" if user in model.asked:
            chat.says(f"!gruppe bestätigen {ref}", by=user)
            model.join(user)


@pytest.mark.long
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(Step, max_size=25), size=st.integers(1, 3))
def test_first_in_first_up_whatever_happens(chat: Chat, steps: list[tuple[str, int]], size: int) -> None:
    for user in PEOPLE:
        chat.member(user)
    number, model = chat.process(size=size, name="Modell"), Model(size)
    card = process_card(chat, number)
    for what, who in steps:
        chat.now += timedelta(minutes=1)
        act(chat, model, card, f"P{number}", what, who)
        assert set(inside(chat, number)) == {*model.holding} - model.asked
        assert set(inside(chat, number, "assigned")) == model.asked
        assert inside(chat, number, "waiting") == model.waiting
        assert not model.waiting or len(model.holding) >= model.size
