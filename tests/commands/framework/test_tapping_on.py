"""Who taps on and on gets the net result, not an answer each time; and what is stored stays of a size."""

from datetime import timedelta
from itertools import cycle, islice

import pytest
from sqlalchemy import func, select

from storage import seats
from storage.outbox import Outgoing
from tests.support.chat import BOT, NOW, Chat, Said
from tests.support.kept import staged

PIA, PETER, KORA, MONI = (f"@{n}:localhost" for n in ("pia", "peter", "kora", "moni"))


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    for user in (PIA, PETER):
        chat.member(user)
    chat.direct(KORA)
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)
    return chat


def card(chat: Chat) -> Said:
    return next(s for s in chat.in_room("agenda") if s.machine.get("ref") == "A1")


def tap_on(chat: Chat, keys: str, times: int) -> list[Said]:
    """As fast as one can, in twenty seconds."""
    before = len(chat.to(PIA))
    for key in islice(cycle(keys), times):
        chat.reacts(card(chat), key, by=PIA)
        chat.now += (NOW.replace(second=20) - NOW) / times
    return chat.to(PIA)[before:]


def seat_of(chat: Chat, user: str) -> str | None:
    with chat.database.transaction() as tx:
        seat = seats.find(tx, "event", 1, user)
        return seat.state if seat is not None else None


def files(said: list[Said]) -> list[str]:
    return [s.content["data"] for s in said if "data" in s.content]


@pytest.mark.parametrize(
    ("keys", "times", "state", "net"),
    [
        ("✅❌", 100, "declined", "Sie kommen nicht"),
        ("❌✅", 100, "confirmed", "Sie kommen"),
        ("✅❓", 100, "maybe", ""),
        ("✅❌❓", 100, "confirmed", ""),
    ],
)
def test_a_hundred_taps_on_an_event_are_a_few_messages_and_the_net_result(
    town: Chat, keys: str, times: int, state: str, net: str
) -> None:
    at_once = tap_on(town, keys, times)
    assert len(at_once) <= 10
    assert seat_of(town, PIA) == state  # each one counts
    before = len(town.to(PIA))
    town.later(seconds=60)
    later = town.to(PIA)[before:]
    assert len(files(later)) <= 1
    assert len(later) <= 2
    last = files(town.to(PIA))[-1]
    assert ("METHOD:CANCEL" in last) == (state != "confirmed")  # the calendar knows in the end
    numbers = [line for f in files(town.to(PIA)) for line in f.splitlines() if line.startswith("SEQUENCE")]
    assert len(numbers) <= 7


def test_after_a_while_taps_are_answered_at_once_again(town: Chat) -> None:
    tap_on(town, "✅❌", 100)
    town.later(minutes=2)
    assert len(tap_on(town, "✅", 1)) == 1
    town.later(minutes=2)
    assert seat_of(town, PIA) == "confirmed"


def test_others_are_answered_as_ever(town: Chat) -> None:
    tap_on(town, "✅❌", 100)
    before = len(town.to(PETER))
    town.reacts(card(town), "✅", by=PETER)
    assert len(town.to(PETER)) == before + 1


@pytest.mark.parametrize("refused", ["begun", "cancelled", "closed idea"])
def test_a_hundred_refused_taps_are_refused_once_a_minute(town: Chat, refused: str) -> None:
    town.says("!idee neu Eine Idee", by=PIA)
    if refused == "begun":
        town.later(days=200)
        said = card(town)
    elif refused == "cancelled":
        town.says("!anlass streichen A1 grund: Regen", by=KORA)
        said = card(town)
    else:
        town.says("!idee ablehnen I1 grund: Zu teuer", by=MONI)
        said = next(s for s in town.in_room("ideas") if s.machine.get("ref") == "I1")
    key = "👍" if refused == "closed idea" else "✅"
    before = len(town.to(PIA))
    for _ in range(100):
        town.reacts(said, key, by=PIA)
    assert len(town.to(PIA)) == before + 1
    town.later(minutes=2)
    between = len(town.to(PIA))
    town.reacts(said, key, by=PIA)
    assert len(town.to(PIA)) == between + 1


def test_taking_back_again_and_again_is_answered_a_few_times(town: Chat) -> None:
    said = town.reply("!idee neu Eine Idee", by=PIA, room="!direct-pia:localhost")
    before = len(town.to(PIA))
    for _ in range(100):
        town.reacts(said, "↩️", by=PIA)
    assert len([s for s in town.to(PIA)[before:] if s.edits is None]) <= 5


# --- on many things


MANY = 60


def unasked(chat: Chat, user: str) -> list[Said]:
    return [s for s in chat.to(user) if s.edits is None and s.replies_to is None]


@pytest.fixture
@staged
def fair(chat: Chat) -> Chat:
    """Sixty events, ideas and processes."""
    for user in (PIA, PETER):
        chat.member(user)
        chat.direct(user)
    chat.direct(KORA)
    for n in range(MANY):
        chat.reply(f"!anlass neu Fest {n} | wann: {1 + n % 28}.03.2027 13:30", by=KORA)
        chat.reply(f"!idee neu {'abcdefghij'[n % 10] * 3}{'klmnop'[n // 10] * 3}", by=PETER)
        chat.later(seconds=30)
    chat.later(minutes=3)
    return chat


def cards_of(chat: Chat, purpose: str) -> list[Said]:
    return [s for s in chat.in_room(purpose) if s.edits is None][:MANY]


@pytest.mark.long
def test_signing_up_for_sixty_events_is_a_few_messages_and_each_counts(fair: Chat) -> None:
    before = len(unasked(fair, PIA))
    for one in cards_of(fair, "agenda"):
        fair.reacts(one, "✅", by=PIA)
        fair.now += timedelta(milliseconds=300)
    assert 5 <= len(unasked(fair, PIA)) - before <= 21
    fair.later(minutes=2)
    told = {s.machine.get("ref") for s in unasked(fair, PIA)[before:]}
    with fair.database.transaction() as tx:
        mine = [seat for seat in seats.list_of_person(tx, PIA) if seat.state == "confirmed"]
    assert len(mine) == MANY
    whole = " ".join(s.text for s in unasked(fair, PIA)[before:])
    assert all(f"A{n}" in told or f"A{n} " in whole or f"Fest {n - 1}" in whole for n in range(1, MANY + 1))


@pytest.mark.long
@pytest.mark.parametrize("key", ["✅", "🎉"])
def test_signs_that_do_nothing_on_sixty_cards_are_answered_a_few_times(fair: Chat, key: str) -> None:
    before = len(unasked(fair, PIA))
    for one in cards_of(fair, "ideas"):
        fair.reacts(one, key, by=PIA)
    assert len(unasked(fair, PIA)) - before <= 20
    fair.later(minutes=2)
    between = len(unasked(fair, PIA))
    fair.reacts(cards_of(fair, "ideas")[-1], key, by=PIA)
    assert len(unasked(fair, PIA)) == between + 1


@pytest.mark.long
def test_taps_refused_on_sixty_cards_are_answered_a_few_times(fair: Chat) -> None:
    fair.later(days=200)
    before, others = len(unasked(fair, PIA)), len(unasked(fair, PETER))
    for one in cards_of(fair, "agenda"):
        fair.reacts(one, "✅", by=PIA)
    assert 5 <= len(unasked(fair, PIA)) - before <= 20
    fair.reacts(cards_of(fair, "agenda")[0], "✅", by=PETER)
    assert len(unasked(fair, PETER)) == others + 1  # others are answered as ever


@pytest.mark.long
def test_sixty_taps_while_pausing_are_answered_a_few_times(fair: Chat) -> None:
    fair.reply("profil pause", by=PIA, room=fair.direct(PIA))
    before = len(unasked(fair, PIA))
    for one in cards_of(fair, "ideas"):
        fair.reacts(one, "👍", by=PIA)
    assert 5 <= len(unasked(fair, PIA)) - before <= 20


def stored(chat: Chat) -> int:
    with chat.database.transaction() as tx:
        return sum(len(str(row)) for row in tx.execute(select(Outgoing.content)).scalars())


def test_what_edits_said_is_forgotten_when_a_newer_one_says_it(town: Chat) -> None:
    town.says("!idee neu Lange Idee\n" + "Wort " * 800, by=PIA, room="!direct-pia:localhost")
    said = next(s for s in town.in_room("ideas") if s.machine.get("ref") == "I1")
    sizes = []
    for n in range(60):
        town.reacts(said, "👍" if n % 2 else "👎", by=PETER)
        sizes.append(stored(town))
    edits = [s for s in town.said if s.edits == said.event_id]
    assert len(edits) > 50
    assert sizes[-1] - sizes[2] < 60 * 100  # before: 10 KB each
    town.restart()
    assert town.card("I1").text.count("Wort") == 800
    with town.database.transaction() as tx:
        assert (
            tx.execute(select(func.count()).select_from(Outgoing).where(Outgoing.fleeting)).scalar_one() > 50
        )


# --- somebody removes a card


def test_a_card_that_a_moderator_removes_is_said_and_comes_back_with_a_tap(town: Chat) -> None:
    town.says("!idee neu Eine Idee", by=PIA, room="!direct-pia:localhost")
    said = next(s for s in town.in_room("ideas") if s.machine.get("ref") == "I1")
    town.reacts(said, "👍", by=PIA)
    mark = town.last
    town.takes_off(said.event_id, by=MONI, room=said.room)
    [told] = [s for s in town.in_room("moderation") if s.machine.get("ref") == "I1"]
    assert "Karte entfernt: I1 Eine Idee" in told.text
    with town.acting() as ctx:
        assert ctx.card_link("idea", 1) is None
    town.says("!idee stimme I1 dafür", by=PETER, room="!direct-peter:localhost")
    town.takes_off(mark, by=PIA, room=said.room)  # below what is gone
    town.reacts(told, "✅", by=PETER)
    assert len([s for s in town.in_room("ideas") if s.edits is None]) == 1  # not by everybody
    for _ in range(2):
        town.reacts(told, "✅", by=MONI)
    [_, new] = [s for s in town.in_room("ideas") if s.edits is None]
    assert new.machine["votes"]["for"] == 2
    town.reacts(new, "👎", by=PIA)
    with town.acting() as ctx:
        assert ctx.card_link("idea", 1) == f"https://matrix.to/#/{new.room}/{new.event_id}"
    again = [s for s in town.in_room("ideas") if s.edits == new.event_id][-1]
    assert again.machine["votes"] == {"for": 1, "against": 1, "neutral": 0}


def test_of_a_room_of_coordinators_they_are_told_and_of_what_is_over_nobody(town: Chat) -> None:
    number = town.process(PIA, PETER, leader=PIA)
    town.says(f"!gruppe raum P{number}", by=KORA)
    room = f"!group{number}:localhost"
    said = next(s for s in town.in_room(room) if s.edits is None)
    town.takes_off(said.event_id, by=PIA, room=room)
    assert [s for s in town.in_room("coordination") if "Karte entfernt" in s.text]
    assert not [s for s in town.in_room("moderation") if "Karte entfernt" in s.text]
    town.says("!anlass streichen A1 grund: Regen", by=KORA)
    town.takes_off(card(town).event_id, by=MONI, room=card(town).room)
    assert not [s for s in town.in_room("moderation") if "Karte entfernt" in s.text]


def test_removed_elsewhere_or_by_the_bot_nothing_is_said(town: Chat) -> None:
    before = len(town.said)
    town.takes_off(card(town).event_id, by=MONI, room="!hall:localhost")
    town.takes_off(card(town).event_id, by=BOT, room=card(town).room)
    assert len(town.said) == before


def test_who_joins_and_leaves_a_group_on_and_on_is_told_the_net_result(chat: Chat) -> None:
    """A group with five meetings: each way in and out would bring its invitations, files and the room's door."""
    for user in (PIA, PETER):
        chat.member(user)
        chat.direct(user)
    chat.direct(KORA)
    chat.reply("!prozess neu Umzug | klasse: L", by=KORA)
    chat.reply("!gruppe anmelden P1", by=PETER)
    chat.reply("!gruppe leitung P1 Peter", by=KORA)
    for day in range(5):
        chat.reply(f"!sitzung neu P1 Runde {day} | wann: {10 + day}.03.2027 9:00", by=PETER)
    chat.later(minutes=2)
    seen, errands = len(chat.said), len(chat.errands)
    process = next(s for s in chat.in_room("agenda") if s.machine.get("ref") == "P1")
    for _ in range(20):
        chat.reacts(process, "✅", by=PIA)
        chat.now += timedelta(milliseconds=500)
        chat.takes_off(next(reversed(chat.rooms)), by=PIA, room=process.room)
        chat.now += timedelta(milliseconds=500)
    chat.later(minutes=3)
    told = [said for said in chat.said[seen:] if said.edits is None]
    doors = [errand for errand in chat.errands[errands:] if errand.kind in ("invite", "kick")]
    assert len(told) <= 6
    assert files(told) == []
    assert doors == []
    assert told[-1].text.startswith("Sie sind nicht mehr in der Gruppe")


def test_who_taps_on_and_on_and_stays_is_told_so_in_the_end(chat: Chat) -> None:
    chat.member(PIA)
    chat.direct(PIA)
    chat.reply("!prozess neu Umzug | klasse: L", by=KORA)
    process = next(s for s in chat.in_room("agenda") if s.machine.get("ref") == "P1")
    for _ in range(20):
        chat.reacts(process, "✅", by=PIA)
        chat.takes_off(next(reversed(chat.rooms)), by=PIA, room=process.room)
    chat.reacts(process, "✅", by=PIA)
    chat.later(minutes=2)
    told = [said.machine["you"]["seat"] for said in chat.to(PIA) if "you" in said.machine]
    assert told[-1] == "confirmed"
    assert len(told) <= 6
