"""Events: how coordinators plan, change, move and cancel them, and who is told what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from commands.framework.context import Asker, Context, Where
from commands.framework.declarations import REMINDED
from commands.framework.replies import Role
from storage import events as stored
from storage import reminders
from tests.support.calendar_model import PersonalCalendar, opened
from tests.support.chat import BOT, ROOMS, Chat, Said
from tests.support.kept import staged

KORA, PIA, URS, EVA = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@eva:localhost"
SPRING = "!anlass neu PI-Event Frühling 2027 | wann: 18.03.2027 13:30-17:00 | ort: Liestal | plätze: 60"
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.fixture
@staged
def spring(chat: Chat) -> Said:
    """The card of A1, with one seat: Pia has it, Urs waits, Eva may come."""
    for who in (KORA, PIA, URS, EVA):
        chat.member(who)
    chat.reply(SPRING.replace("60", "1"), by=KORA)
    card = chat.card("A1")
    chat.reacts(card, "✅", by=PIA)
    chat.reacts(card, "✅", by=URS)
    chat.reacts(card, "❓", by=EVA)
    chat.said.clear()
    chat.said.append(card)
    return card


def told(chat: Chat, user: str) -> list[Said]:
    """What the person has been told when a minute is over."""
    chat.later(minutes=1)
    return chat.to(user)


def files(chat: Chat, user: str) -> list[Said]:
    return [said for said in told(chat, user) if said.content.get("msgtype") == "m.file"]


def words(chat: Chat, user: str) -> list[str]:
    return [said.text for said in told(chat, user)]


def planned(chat: Chat, user: str, *, kind: str = "event", number: int = 1) -> list[datetime]:
    with chat.database.transaction() as tx:
        rows = reminders.list_of(tx, kind, number)
    return [r.due_at for r in rows if r.user_id == user and r.state == "pending"]


# --- planning


def uid(chat: Chat) -> str:
    """What calendars call A1."""
    with chat.database.transaction() as tx:
        event = stored.find(tx, "event", 1)
    assert event is not None
    return f"{event.uid}@localhost"


def test_the_example_of_the_contract_works_literally(chat: Chat) -> None:
    reply = chat.reply(SPRING, by=KORA)
    assert reply.machine == {
        "type": "event",
        "ref": "A1",
        "title": "PI-Event Frühling 2027",
        "state": "planned",
        "start": "2027-03-18T13:30:00+01:00",
        "end": "2027-03-18T17:00:00+01:00",
        "place": "Liestal",
        "capacity": 60,
        "confirmed": 0,
        "waiting": 0,
        "public": False,
    }
    assert "Do, 18. März 2027, 13:30–17:00" in reply.text
    card = chat.card("A1")
    assert card.room == ROOMS["agenda"]
    assert card.machine == reply.machine
    assert [key for event, key in chat.reactions if event == card.event_id] == ["✅", "❌", "❓"]
    assert f"/{card.event_id}" in reply.html


def test_as_lines_it_is_the_same(chat: Chat) -> None:
    one = chat.reply(SPRING, by=KORA).machine
    other = chat.reply(SPRING.replace(" | ", "\n") + "\ntrotzdem: ja", by=KORA).machine
    assert other == one | {"ref": "A2"}


def test_in_english(chat: Chat) -> None:
    room = chat.direct(KORA)
    chat.reply("profile language en", by=KORA, room=room)
    reply = chat.reply(
        "event new Spring | when: 18.03.2027 13:30 | duration: 90min | place: Liestal | link: https://example.ch/a "
        "| seats: 5 | deadline: 15.03.2027 | public: yes\nWe meet.",
        by=KORA,
        room=room,
    )
    assert "In the agenda: A1 Spring" in reply.text
    assert "Thu, 18 March 2027, 13:30–15:00" in reply.text
    machine = reply.machine
    assert (machine["end"], machine["public"], machine["link"]) == (
        "2027-03-18T15:00:00+01:00",
        True,
        "https://example.ch/a",
    )
    assert machine["deadline"] == "2027-03-15T23:59:59+01:00"
    shown = chat.reply("event show A1", by=KORA, room=room)
    assert "sign up by Mon, 15 March 2027" in shown.text
    assert "sign up with !event join A1" in shown.text


def test_in_the_agenda_room_the_card_is_the_reply(chat: Chat) -> None:
    said = chat.says(SPRING, by=KORA, room=ROOMS["agenda"])
    [reply] = [s for s in said if s.replies_to == chat.last]
    assert reply is chat.card("A1")
    assert len(said) == 1


def test_an_end_that_nobody_said_is_not_guessed(chat: Chat) -> None:
    machine = chat.reply("!anlass neu Treff | wann: 18.03.2027 13:30", by=KORA).machine
    assert "end" not in machine
    assert "capacity" not in machine
    chat.now = datetime(2027, 3, 18, 20, tzinfo=UTC)
    assert chat.reply("!anlass zeige A1", by=KORA).machine["state"] == "planned"
    chat.now = datetime(2027, 3, 18, 23, tzinfo=UTC)  # midnight in Zurich
    assert chat.reply("!anlass zeige A1", by=KORA).machine["state"] == "past"


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ("", "wann", "wann: 18.03.2027"),
        ("| wann: 18.03.2027", "wann", "Uhrzeit"),
        ("| wann: 18.03.2025 13:30", "wann", "2025"),
        ("| wann: 18.03.2027 17:00-13:30", "wann", "13:30"),
        ("| wann: 28.03.2027 02:30", "wann", "02:30"),
        ("| wann: 18.03.2027 13:30-17:00 | dauer: 2h", "dauer", "zweimal"),
        ("| wann: 18.03.2027 13:30 | plätze: 0", "plätze", "mindestens 1"),
        ("| wann: 18.03.2027 13:30 | plätze: 10001", "plätze", "höchstens 10000"),
        ("| wann: 18.03.2027 13:30 | plätze: viele", "plätze", "ganze Zahl"),
        ("| wann: 18.03.2027 13:30 | plätze: 2.5", "plätze", "ganze Zahl"),
        ("| wann: 18.03.2027 13:30 | anmeldung bis: 19.03.2027", "anmeldung bis", "vor dem Beginn"),
        ("| wann: 18.03.2027 13:30 | anmeldung bis: 18.03.2027 13:31", "anmeldung bis", "vor dem Beginn"),
        ("| wann: 18.03.2027 13:30 | link: Liestal", "link", "https://"),
        ("| wann: 18.03.2027 13:30 | link: javascript:alert(1)", "link", "https://"),
        ("| wann: 18.03.2027 13:30 | öffentlich: vielleicht", "öffentlich", "ja, nein"),
        ("\nwann: 18.03.2027 13:30\nplaetz: 3", "plaetz", "plätze"),
    ],
)
def test_bad_input_is_one_clear_sentence(chat: Chat, fields: str, field: str, says: str) -> None:
    reply = chat.reply(f"!anlass neu Treff {fields}", by=KORA)
    assert (reply.machine["code"], reply.machine["field"]) == ("bad_input", field)
    assert says in reply.text
    assert chat.in_room("agenda") == []


def test_sign_up_may_last_until_the_start(chat: Chat) -> None:
    base = "!anlass neu Treff | wann: 18.03.2027 13:30 | anmeldung bis: "
    assert chat.reply(base + "18.03.2027", by=KORA).machine["deadline"] == "2027-03-18T23:59:59+01:00"
    assert (
        chat.reply(base + "18.03.2027 13:30 | trotzdem: ja", by=KORA).machine["deadline"]
        == "2027-03-18T13:30:00+01:00"
    )


def test_others_may_not(chat: Chat) -> None:
    chat.member(PIA)
    for text in (SPRING, "!anlass ändern A1 ort: Aesch", "!anlass streichen A1", "!anlass teilnehmende A1"):
        assert chat.reply(text, by=PIA).machine["code"] == "not_allowed"
        assert chat.reply(text, by="@moni:localhost").machine["code"] == "not_allowed"
        assert chat.reply(text, by="@stranger:localhost").machine["code"] == "not_allowed"


def test_what_is_not_there(chat: Chat) -> None:
    for text in (
        "ändern A9 ort: Aesch",
        "zeige A9",
        "anmelden A9",
        "streichen A9",
        "verschieben A9 wann: morgen 9:00",
    ):
        reply = chat.reply(f"!anlass {text}", by=KORA)
        assert reply.machine["code"] == "not_found"
        assert "anlass liste" in reply.text


# --- taken back, edited


def test_taken_back_it_is_cancelled(chat: Chat) -> None:
    reply = chat.reply(SPRING, by=KORA)
    chat.reacts(reply, "↩️", by=KORA)
    assert chat.card("A1").machine["state"] == "cancelled"
    assert chat.reply("!agenda", by=KORA).machine["total"] == 0
    assert chat.reply(SPRING, by=KORA).machine["ref"] == "A2"


def test_an_edited_command_makes_the_same_event_anew(chat: Chat) -> None:
    chat.reply(SPRING.replace("Liestal", "Listal"), by=KORA)
    chat.edits(chat.last, SPRING, by=KORA)
    card = chat.card("A1")
    assert (card.machine["place"], card.machine["state"]) == ("Liestal", "planned")
    assert len([s for s in chat.in_room("agenda") if s.edits is None]) == 1


def test_once_somebody_has_signed_up_it_stays(chat: Chat) -> None:
    chat.member(PIA)
    chat.reply(SPRING, by=KORA)
    made = chat.last
    chat.reacts(chat.card("A1"), "✅", by=PIA)
    said = chat.edits(made, SPRING.replace("Liestal", "Aesch"), by=KORA)
    assert any("anlass ändern A1" in s.text for s in said)
    assert chat.card("A1").machine["place"] == "Liestal"


def test_an_edited_change_tells_the_calendar_the_last_word(chat: Chat, spring: Said) -> None:
    """Also where the former and the new wording are written in the same second."""
    chat.reply("!anlass ändern A1 titel: Früling", by=KORA)
    chat.edits(chat.last, "!anlass ändern A1 titel: Frühling", by=KORA)
    calendar = replayed(chat, PIA)
    assert [slot[2] for slot in calendar.shown(uid(chat))] == ["Frühling"]


def test_a_change_is_taken_back(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA)
    chat.later(minutes=1)
    chat.reacts(reply, "↩️", by=KORA)
    assert chat.card("A1").machine["start"] == "2027-03-18T13:30:00+01:00"
    moved, back = words(chat, PIA)
    assert "Neu: Do, 25. März 2027" in moved
    assert "Neu: Do, 18. März 2027" in back
    [slot] = replayed(chat, PIA).shown(uid(chat))
    assert slot[0] == datetime(2027, 3, 18, 13, 30, tzinfo=ZURICH)


def test_a_change_that_was_built_on_stays(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass ändern A1 ort: Aesch", by=KORA)
    first = chat.last
    chat.reply("!anlass ändern A1 ort: Sissach", by=KORA)
    chat.edits(first, "!anlass ändern A1 ort: Muttenz", by=KORA)
    assert chat.card("A1").machine["place"] == "Sissach"
    assert reply.machine["ref"] == "A1"


# --- changed


def test_a_change_of_place_is_told_once_to_all_concerned(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass ändern A1 ort: Aesch | text dazu", by=KORA)
    assert "3 Personen" in reply.text
    chat.later(minutes=1)
    for who in (PIA, URS, EVA):
        [told] = words(chat, who)
        assert "Geändert (Beschreibung, Ort): A1" in told
        assert "Aesch" in told
    assert len(files(chat, PIA)) == 1
    assert files(chat, URS) == files(chat, EVA) == []


def test_wording_keeps_the_number_and_place_raises_it(chat: Chat, spring: Said) -> None:
    def last() -> tuple[int, str, str]:
        [event] = opened(files(chat, PIA)[-1].content["data"].encode()).events
        return event.sequence or 0, event.summary or "", event.location or ""

    chat.reply("!anlass ändern A1 titel: Frühlingstreffen", by=KORA)
    first = last()
    assert first[1:] == ("Frühlingstreffen", "Liestal")
    chat.reply("!anlass ändern A1 ort: Aesch", by=KORA)
    assert last() == (first[0] + 1, "Frühlingstreffen", "Aesch")
    chat.reply("!anlass ändern A1 ort: -", by=KORA)
    assert last() == (first[0] + 2, "Frühlingstreffen", "")


def test_seats_deadline_and_public_are_nobodys_news(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass ändern A1 anmeldung bis: 10.03.2027 | öffentlich: ja", by=KORA)
    assert reply.machine["public"] is True
    chat.later(minutes=1)
    assert chat.to(PIA) == chat.to(URS) == []


def test_growing_moves_up_who_waits(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass ändern A1 plätze: 5", by=KORA)
    assert (reply.machine["confirmed"], reply.machine["waiting"]) == (2, 0)
    assert words(chat, URS)[0].startswith("Ein Platz ist frei geworden. Sie sind jetzt angemeldet: A1")
    assert len(files(chat, URS)) == 1
    assert chat.card("A1").machine["confirmed"] == 2
    chat.later(minutes=1)
    assert len(chat.to(URS)) == 1


def test_shrinking_removes_nobody(chat: Chat, spring: Said) -> None:
    chat.reply("!anlass ändern A1 plätze: -", by=KORA)
    assert "capacity" not in chat.card("A1").machine
    assert chat.card("A1").machine["confirmed"] == 2
    chat.reply("!anlass ändern A1 plätze: 1", by=KORA)
    assert chat.card("A1").machine["confirmed"] == 2


def test_a_change_needs_something_to_change(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass ändern A1", by=KORA)
    assert reply.machine["code"] == "bad_input"
    assert "Was soll sich ändern?" in reply.text


def test_only_coordinators_changes_are_in_the_log(chat: Chat, spring: Said) -> None:
    chat.reply("!anlass ändern A1 ort: Aesch", by=KORA)
    chat.reply("!anlass streichen A1 grund: Saal", by=KORA)
    log = chat.reply("protokoll A1", by=KORA, room="!direct-kora:localhost")
    assert log.machine["total"] == 3


def test_new_lead_times_are_for_events_too(chat: Chat, spring: Said) -> None:
    start = datetime(2027, 3, 18, 12, 30, tzinfo=UTC)
    chat.reply("!profil erinnerung aus", by=PIA)
    assert planned(chat, PIA) == []
    chat.reply("!profil erinnerung 2d, 30min", by=PIA)
    assert planned(chat, PIA) == [start - timedelta(days=2), start - timedelta(minutes=30)]
    chat.reply("!profil erinnerung 2d", by=URS)
    assert planned(chat, URS) == []  # who has no seat is reminded of nothing


# --- moved


def test_moved_keeps_the_length_and_tells_all_once(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass verschieben A1 wann: 25.03.2027 14:00", by=KORA)
    assert (reply.machine["start"], reply.machine["end"]) == (
        "2027-03-25T14:00:00+01:00",
        "2027-03-25T17:30:00+01:00",
    )
    assert "3 Personen" in reply.text
    chat.later(minutes=1)
    chat.later(minutes=1)
    for who in (PIA, URS, EVA):
        [told] = words(chat, who)
        assert "Do, 25. März 2027, 14:00–17:30" in told
        assert "Bisher: Do, 18. März 2027, 13:30" in told
    [slot] = replayed(chat, PIA).shown(uid(chat))
    assert slot[0] == datetime(2027, 3, 25, 14, tzinfo=ZURICH)
    assert files(chat, URS) == []


def test_reminders_move_along(chat: Chat, spring: Said) -> None:
    start = datetime(2027, 3, 18, 12, 30, tzinfo=UTC)
    leads = [timedelta(days=7), timedelta(days=1), timedelta(hours=1)]
    assert planned(chat, PIA) == [start - lead for lead in leads]
    assert planned(chat, URS) == planned(chat, EVA) == []
    chat.reply("!anlass verschieben A1 wann: 1.4.2027 13:30", by=KORA)
    assert planned(chat, PIA) == [
        datetime(2027, 3, 25, 12, 30, tzinfo=UTC),  # a week before on the dial: still winter time
        datetime(2027, 3, 31, 11, 30, tzinfo=UTC),
        datetime(2027, 4, 1, 10, 30, tzinfo=UTC),
    ]
    chat.reply("!anlass streichen A1", by=KORA)
    assert planned(chat, PIA) == []


@pytest.mark.parametrize(
    ("before", "after", "end"),
    [
        # across the night in which an hour is skipped, and the one in which one comes twice
        ("20.03.2027 20:00-21.03.2027 08:00", "27.03.2027 20:00", "2027-03-28T08:00:00+02:00"),
        ("20.03.2027 20:00-21.03.2027 08:00", "30.10.2027 20:00", "2027-10-31T08:00:00+01:00"),
        ("27.03.2027 20:00-28.03.2027 08:00", "20.04.2027 20:00", "2027-04-21T08:00:00+02:00"),
        ("20.03.2027 23:30-21.03.2027 02:30", "27.03.2027 23:30", "2027-03-28T03:30:00+02:00"),
        ("18.03.2027 13:30-17:00", "01.04.2027 13:30", "2027-04-01T17:00:00+02:00"),
    ],
)
def test_a_moved_event_keeps_its_hours_over_a_change_night(
    chat: Chat, before: str, after: str, end: str
) -> None:
    chat.reply(f"!anlass neu Nacht | wann: {before}", by=KORA)
    moved = chat.reply(f"!anlass verschieben A1 wann: {after}", by=KORA)
    assert moved.machine["end"] == end


def test_a_duration_is_time_that_passes(chat: Chat) -> None:
    made = chat.reply("!anlass neu Nacht | wann: 28.03.2027 01:00 | dauer: 2h", by=KORA)
    assert made.machine["end"] == "2027-03-28T04:00:00+02:00"


def test_moved_before_the_deadline_asks_for_a_new_one(chat: Chat) -> None:
    chat.reply(SPRING + " | anmeldung bis: 15.03.2027", by=KORA)
    refused = chat.reply("!anlass verschieben A1 wann: 01.03.2027 13:30", by=KORA)
    assert (refused.machine["code"], refused.machine["field"]) == ("bad_input", "anmeldung bis")
    moved = chat.reply("!anlass verschieben A1 wann: 01.03.2027 13:30 | anmeldung bis: 20.02.2027", by=KORA)
    assert moved.machine["deadline"] == "2027-02-20T23:59:59+01:00"


# --- cancelled


def test_cancelled_is_told_to_all_and_taken_out_of_calendars(chat: Chat, spring: Said) -> None:
    calendar = PersonalCalendar("matrix:u/pia:localhost")
    chat.reply("!anlass ändern A1 titel: Fest", by=KORA)
    calendar.receive(files(chat, PIA)[-1].content["data"].encode())
    reply = chat.reply("!anlass streichen A1 grund: Der Saal ist nicht frei.", by=KORA)
    assert reply.machine["state"] == "cancelled"
    file = files(chat, PIA)[-1].content["data"]
    assert "METHOD:CANCEL" in file
    assert "STATUS:CANCELLED" in file
    calendar.receive(file.encode())
    assert calendar.shown(uid(chat)) == []
    chat.later(minutes=1)
    for who in (PIA, URS, EVA):
        assert "Abgesagt: A1 Fest" in words(chat, who)[-1]
        assert "Der Saal ist nicht frei." in words(chat, who)[-1]
    card = chat.card("A1")
    assert "abgesagt: Der Saal ist nicht frei." in card.text
    assert "✅" not in card.text


def test_cancelled_stays_so(chat: Chat, spring: Said) -> None:
    chat.reply("!anlass streichen A1", by=KORA)
    for text in ("streichen A1", "ändern A1 ort: Aesch", "verschieben A1 wann: 25.03.2027 13:30"):
        assert chat.reply(f"!anlass {text}", by=KORA).machine["code"] == "conflict"


def test_a_cancellation_taken_back_invites_again(chat: Chat, spring: Said) -> None:
    reply = chat.reply("!anlass streichen A1", by=KORA)
    chat.later(minutes=1)
    chat.reacts(reply, "↩️", by=KORA)
    assert chat.card("A1").machine["state"] == "planned"
    assert len(planned(chat, PIA)) == 3
    assert len(replayed(chat, PIA).shown(uid(chat))) == 1
    chat.later(minutes=1)
    assert "Findet doch statt: A1" in words(chat, PIA)[-1]


def replayed(chat: Chat, user: str) -> PersonalCalendar:
    """The person's calendar after all files so far."""
    calendar = PersonalCalendar(f"matrix:u/{user[1:]}")
    for file in files(chat, user):
        calendar.receive(file.content["data"].encode())
    return calendar


# --- what happens by itself


def test_the_card_says_when_sign_up_is_closed_and_when_it_is_over(chat: Chat) -> None:
    chat.reply(SPRING + " | anmeldung bis: 15.03.2027", by=KORA)
    assert "✅ dabei" in chat.card("A1").text
    chat.now = datetime(2027, 3, 15, 23, tzinfo=UTC)
    chat.later(minutes=1)
    chat.deliver(chat.core.edit_cards(now=chat.now))
    assert "die Anmeldung ist geschlossen" in chat.card("A1").text
    chat.now = datetime(2027, 3, 18, 12, 30, tzinfo=UTC)
    chat.later(minutes=1)
    chat.deliver(chat.core.edit_cards(now=chat.now))
    assert "hat begonnen" in chat.card("A1").text
    chat.now = datetime(2027, 3, 18, 16, tzinfo=UTC)
    chat.later(minutes=1)
    chat.deliver(chat.core.edit_cards(now=chat.now))
    card = chat.card("A1")
    assert card.machine["state"] == "past"
    assert "vorbei" in card.text
    edits = len(chat.in_room("agenda"))
    chat.later(minutes=1)
    chat.deliver(chat.core.edit_cards(now=chat.now))
    assert len(chat.in_room("agenda")) == edits
    with chat.database.transaction() as tx:
        assert stored.list_turned(tx, at=chat.now + timedelta(days=999)) == []


def test_a_past_event_can_be_described_but_not_moved(chat: Chat, spring: Said) -> None:
    chat.now = datetime(2027, 3, 19, 9, tzinfo=UTC)
    assert chat.reply("!anlass verschieben A1 wann: 25.03.2027 13:30", by=KORA).machine["code"] == "conflict"
    assert chat.reply("!anlass streichen A1", by=KORA).machine["code"] == "conflict"
    assert "ist vorbei" in chat.reply("!anlass streichen A1", by=KORA).text
    changed = chat.reply("!anlass ändern A1 titel: Rückblick", by=KORA)
    assert changed.machine["title"] == "Rückblick"
    chat.later(minutes=1)
    assert chat.to(PIA) == []


def test_reminded_are_those_with_a_seat(chat: Chat, spring: Said) -> None:
    chat.now = datetime(2027, 3, 17, 12, 29, 30, tzinfo=UTC)
    chat.tick()
    chat.later(minutes=1)
    said = [s for s in chat.to(PIA) if s.machine["type"] == "reminder"]
    assert [s.machine["lead"] for s in said][-1] == "1d"
    assert "Do, 18. März 2027, 13:30–17:00 · Liestal" in said[-1].text
    assert [s for who in (URS, EVA) for s in chat.to(who) if s.machine["type"] == "reminder"] == []


def test_a_reminder_says_what_when_and_where(chat: Chat, spring: Said) -> None:
    with chat.database.transaction() as tx:
        nobody = Asker(BOT, None, Role.COORDINATOR, "de")
        ctx = Context(tx, chat.now, chat.settings, nobody, Where("", False, None))
        reply = REMINDED["event"](ctx, 1, timedelta(days=1), False)
        late = REMINDED["event"](ctx, 1, timedelta(minutes=90), True)
        stored.change(tx, "event", 1, cancelled=True)
        assert REMINDED["event"](ctx, 1, timedelta(days=1), False) is None
        assert REMINDED["training"](ctx, 1, timedelta(days=1), False) is None
    assert reply is not None
    assert late is not None
    html, machine = chat.core.outbox.renderer.html(reply, "de"), reply.part()
    start = "2027-03-18T13:30:00+01:00"
    assert machine == {"type": "reminder", "ref": "A1", "lead": "1d", "start": start, "late": False}
    assert "In 1 Tag" in html
    assert "Do, 18. März 2027, 13:30–17:00 · Liestal" in html
    html, machine = chat.core.outbox.renderer.html(late, "en"), late.part()
    assert (machine["lead"], machine["late"]) == ("90min", True)
    assert "This reminder comes late: " in html


# --- read


def test_lists(chat: Chat) -> None:
    for day in range(1, 13):
        chat.reply(f"!anlass neu Anlass {day} | wann: {day}.12.2026 14:00", by=KORA)
    chat.reply("!anlass streichen A3", by=KORA)
    first = chat.reply("!anlass liste", by=KORA)
    assert first.machine["refs"] == ["A1", "A2", *(f"A{n}" for n in range(4, 12))]
    assert (first.machine["of"], first.machine["pages"], first.machine["total"]) == ("event", 2, 11)
    assert "weiter mit !anlass liste seite: 2" in first.text
    assert chat.reply("!event list page: 2", by=KORA).machine["refs"] == ["A12"]
    assert "nichts mehr" in chat.reply("!anlass liste seite: 3", by=KORA).text
    chat.now = datetime(2026, 12, 5, 12, tzinfo=UTC)
    assert chat.reply("!anlass liste stand: vergangen", by=KORA).machine["refs"] == ["A4", "A2", "A1"]
    assert chat.reply("!anlass liste stand: gestrichen", by=KORA).machine["refs"] == ["A3"]
    everything = chat.reply("!event list state: all", by=KORA)
    assert everything.machine["total"] == 12
    assert "abgesagt" in chat.reply("!anlass liste stand: alle seite: 1", by=KORA).text
    assert chat.reply("!anlass liste stand: bald", by=KORA).machine["code"] == "bad_input"


def test_empty_lists_say_so(chat: Chat) -> None:
    room = chat.direct(KORA)
    assert "kein Anlass geplant" in chat.reply("!anlass liste", by=KORA).text
    assert "gibt es nicht" in chat.reply("!anlass liste stand: vergangen", by=KORA).text
    chat.reply("profile language en", by=KORA, room=room)
    assert "No event is planned" in chat.reply("event list", by=KORA, room=room).text
    assert "no such events" in chat.reply("event list state: past", by=KORA, room=room).text


def test_show_says_what_it_is_to_the_asker(chat: Chat, spring: Said) -> None:
    assert chat.reply("!zeige A1", by=PIA).machine["you"] == {"seat": "confirmed"}
    shown = chat.reply("!anlass zeige 1", by=URS)
    assert shown.machine["you"] == {"seat": "waiting", "position": 1}
    assert "Sie sind auf der Warteliste, Platz 1." in shown.text
    assert "angemeldet." not in shown.text
    assert chat.reply("!A1", by=EVA).machine["you"] == {"seat": "none"}
    assert "you" not in chat.card("A1").machine


def test_attendees_in_order_for_coordinators_only(chat: Chat, spring: Said) -> None:
    expected = {"type": "attendees", "ref": "A1", "confirmed": [PIA], "waiting": [URS]}
    there = chat.reply("!anlass teilnehmende A1", by=KORA, room=ROOMS["coordination"])
    assert there.machine == expected
    assert "Pia, Aesch" in there.text
    pointer = chat.reply("!event attendees A1", by=KORA)
    assert pointer.machine == {"type": "pointer", "to": "direct"}
    assert chat.to(KORA)[-1].machine == expected
    assert "Vielleicht (1)" in there.text


def test_a_text_is_text(chat: Chat) -> None:
    chat.reply("!anlass neu <b>Fest</b> | wann: 18.03.2027 13:30 | ort: <i>hier</i>", by=KORA)
    assert "<b>" not in chat.card("A1").html
    assert "<i>" not in chat.card("A1").html
