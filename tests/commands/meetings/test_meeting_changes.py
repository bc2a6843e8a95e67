from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import storage
from storage import meetings, reminders, schedules
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.calendar_model import PersonalCalendar, Slot
from tests.support.chat import Chat, Said
from tests.support.kept import staged

PIA, PETER, URS, KORA = (f"@{n}:localhost" for n in ("pia", "peter", "urs", "kora"))
GROUP = "!group1:localhost"
WHEN = "wann: 18.03.2027 13:30-15:00"
Plan = Callable[..., Said]


def people_of(chat: Chat) -> None:
    for user in (PIA, PETER, URS, KORA):
        chat.member(user)
    chat.process(PIA, PETER, URS, leader=PIA)
    chat.group_room(1, PIA, PETER, URS)


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    people_of(chat)


@pytest.fixture
def plan(chat: Chat) -> Plan:
    def planned(fields: str = WHEN, title: str = "Formulare sichten") -> Said:
        return chat.reply(f"!sitzung neu P1 {title} | {fields}")

    return planned


def said_to(chat: Chat, user: str, since: int) -> list[Said]:
    return [s for s in chat.said[since:] if s in chat.to(user) and s.edits is None]


def told(chat: Chat, user: str, text: str, **more: str) -> tuple[Said, list[Said], str]:
    """The reply to the command, and what the person is told because of it: messages, and the one file."""
    since = len(chat.said)
    reply = chat.reply(text, **more)
    chat.later(minutes=1)
    said = said_to(chat, user, since)
    [file] = [s for s in said if "data" in s.content]
    return reply, said, str(file.content["data"])


def lines(file: str, name: str) -> list[str]:
    found = file.replace("\r\n ", "").split("\r\n")
    return [line for line in found if line.partition(":")[0].partition(";")[0] == name]


def starts(chat: Chat) -> list[str]:
    """When the dates of P1 that are to come start, in local time."""
    with chat.database.transaction() as tx:
        found = meetings.list_coming(tx, 1, at=chat.now)
    return [f"{m.start_at.astimezone(chat.settings.zone):%d.%m. %H:%M %z}" for m in found]


def calendar(chat: Chat, user: str = URS) -> PersonalCalendar:
    """The person's calendar after all files sent to them."""
    found = PersonalCalendar(f"matrix:u/{user[1:]}")
    for said in chat.to(user):
        if "data" in said.shown:
            found.receive(said.shown["data"].encode())
    return found


def uid(chat: Chat, series: int = 1) -> str:
    with chat.database.transaction() as tx:
        return f"{meetings.get_series(tx, series).uid}@localhost"


def truth(chat: Chat, series: int = 1) -> list[Slot]:
    with chat.database.transaction() as tx:
        found = [m for m in meetings.dates(tx, series) if m.state != "cancelled"]
    slots: list[Slot] = [(m.start_at, m.end_at, m.title, m.place) for m in found]
    return sorted(slots, key=lambda slot: (slot[0], slot[2]))


# --- moving


def test_moved_all_are_told_once_and_answer_anew(chat: Chat, plan: Plan) -> None:
    plan()
    card = chat.card("S1")
    chat.reacts(card, "✅", by=PETER)
    tap = chat.last
    chat.reply("!sitzung absagen S1", by=URS)
    reply, messages, file = told(chat, URS, "!sitzung verschieben S1 wann: 19.03.2027 9:00")
    assert reply.machine["start"] == "2027-03-19T09:00:00+01:00"
    assert reply.machine["end"] == "2027-03-19T10:30:00+01:00"
    assert (reply.machine["accepted"], reply.machine["declined"], reply.machine["open"]) == (1, 0, 2)
    [message] = messages
    assert "verschoben, vorher Do, 18. März 2027, 13:30" in message.text
    assert "noch einmal" in message.text
    assert lines(file, "UID") == [f"UID:{uid(chat)}"]
    assert lines(file, "SEQUENCE") == ["SEQUENCE:1"]
    assert file.count("NEEDS-ACTION") == 2
    assert ("redaction", {"event_id": tap}) in [(e.kind, e.content) for e in chat.errands]
    chat.reacts(message, "✅", by=URS)
    chat.reacts(card, "✅", by=PETER)
    assert chat.card("S1").machine["accepted"] == 3
    with chat.database.transaction() as tx:
        pending = [r for r in reminders.list_of(tx, "meeting", 1) if r.state == "pending"]
    assert {r.start.isoformat() for r in pending} == {"2027-03-19T08:00:00+00:00"}
    assert len(pending) == 9


def test_the_old_invitation_says_that_it_is_out_of_date(chat: Chat, plan: Plan) -> None:
    plan()
    [first] = [s for s in chat.to(URS) if s.machine["type"] == "meeting"]
    chat.reply("!sitzung verschieben S1 wann: 19.03.2027 9:00")
    chat.later(minutes=1)
    chat.edit_cards()
    assert "gilt nicht mehr" in [s for s in chat.said if s.edits == first.event_id][-1].text
    chat.reacts(first, "✅", by=URS)  # all the same
    assert chat.card("S1").machine["accepted"] == 2


def test_not_moved_is_said(chat: Chat, plan: Plan) -> None:
    plan()
    refused = chat.reply(f"!sitzung verschieben S1 {WHEN}")
    assert refused.machine["code"] == "conflict"
    assert chat.reply("!sitzung verschieben S1 wann: 18.03.2026 9:00").machine["code"] == "bad_input"


def test_a_new_end_alone_is_a_move(chat: Chat, plan: Plan) -> None:
    plan()
    reply = chat.reply("!sitzung verschieben S1 wann: 18.03.2027 13:30 dauer: 1h")
    assert reply.machine["end"] == "2027-03-18T14:30:00+01:00"


def test_a_move_is_taken_back(chat: Chat, plan: Plan) -> None:
    plan()
    chat.reply("!sitzung zusagen S1", by=URS)
    reply = chat.reply("!sitzung verschieben S1 wann: 19.03.2027 9:00")
    chat.now += timedelta(seconds=1)
    chat.reacts(reply, "↩️")
    assert chat.card("S1").machine["start"] == "2027-03-18T13:30:00+01:00"
    assert chat.card("S1").machine["accepted"] == 2
    since = len(chat.said)
    chat.later(minutes=1)
    assert said_to(chat, URS, since) == []  # nobody was told that it was moved
    assert calendar(chat).shown(uid(chat)) == truth(chat)


def test_a_move_someone_has_answered_stays(chat: Chat, plan: Plan) -> None:
    plan()
    reply = chat.reply("!sitzung verschieben S1 wann: 19.03.2027 9:00")
    chat.reply("!sitzung zusagen S1", by=URS)
    chat.reacts(reply, "↩️")
    assert chat.card("S1").machine["start"] == "2027-03-19T09:00:00+01:00"


def test_an_edited_move_moves_from_where_it_was(chat: Chat, plan: Plan) -> None:
    plan()
    chat.reply("!sitzung verschieben S1 wann: 19.03.2027 9:00")
    chat.now += timedelta(seconds=1)
    chat.edits(chat.last, "!sitzung verschieben S1 wann: 26.03.2027 9:00")
    assert chat.card("S1").machine["start"] == "2027-03-26T09:00:00+01:00"
    assert "Feiertag: Karfreitag" in chat.card("S1").text
    assert calendar(chat).shown(uid(chat)) == truth(chat)


# --- series


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            "wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027",
            ["22.03. 14:00 +0100", "29.03. 14:00 +0200", "05.04. 14:00 +0200"],
        ),
        (
            "wann: 25.10.2027 14:00-15:00 | jede: woche | bis: 08.11.2027",
            ["25.10. 14:00 +0200", "01.11. 14:00 +0100", "08.11. 14:00 +0100"],
        ),
        (
            "wann: 21.03.2027 2:30-3:15 | jede: woche | bis: 04.04.2027",
            ["21.03. 02:30 +0100", "28.03. 03:30 +0200", "04.04. 02:30 +0200"],
        ),
        (
            "wann: 24.10.2027 2:30-2:45 | jede: woche | bis: 07.11.2027",
            ["24.10. 02:30 +0200", "31.10. 02:30 +0200", "07.11. 02:30 +0100"],
        ),
    ],
)
def test_a_series_stays_at_its_time_when_the_clocks_are_changed(
    chat: Chat, plan: Plan, fields: str, expected: list[str]
) -> None:
    reply = plan(fields)
    assert starts(chat) == expected
    assert "3 Termine" in reply.text
    if "14:00" in fields:
        assert calendar(chat).shown(uid(chat)) == truth(chat)


@pytest.mark.parametrize(
    ("rhythm", "rule", "days"),
    [
        ("2 wochen", "FREQ=WEEKLY;INTERVAL=2", ["18.03.", "01.04.", "15.04.", "29.04."]),
        ("monat", "FREQ=MONTHLY;BYMONTHDAY=18", ["18.03.", "18.04."]),
        ("monat wochentag", "FREQ=MONTHLY;BYDAY=3TH", ["18.03.", "15.04."]),
        ("third thursday", "FREQ=MONTHLY;BYDAY=3TH", ["18.03.", "15.04."]),
    ],
)
def test_rhythms_and_their_rules(chat: Chat, plan: Plan, rhythm: str, rule: str, days: list[str]) -> None:
    plan(f"{WHEN} | jede: {rhythm} | bis: 30.04.2027")
    assert [start.split()[0] for start in starts(chat)] == days
    file = str(chat.to(URS)[-1].content["data"])
    said = lines(file, "RRULE")[-1]
    assert set(rule.split(";")) <= set(said.removeprefix("RRULE:").split(";"))
    assert calendar(chat).shown(uid(chat)) == truth(chat)


def test_months_without_a_31st_are_left_out_and_counted(chat: Chat, plan: Plan) -> None:
    reply = plan("wann: 31.01.2027 9:00-10:00 | jede: monat | bis: 31.08.2027")
    assert "5 Termine" in reply.text
    assert calendar(chat).shown(uid(chat)) == truth(chat)


def test_one_date_of_a_series_is_moved(chat: Chat, plan: Plan) -> None:
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027")
    _, [message], file = told(chat, URS, "!sitzung verschieben S2 wann: 30.03.2027 9:00-11:00")
    assert starts(chat) == ["22.03. 14:00 +0100", "30.03. 09:00 +0200", "05.04. 14:00 +0200"]
    assert message.machine["ref"] == "S2"
    assert "alle" not in message.text
    assert [line.partition(":")[2] for line in lines(file, "RECURRENCE-ID")] == ["20270329T140000"]
    assert lines(file, "SEQUENCE") == ["SEQUENCE:1"] * 2
    assert calendar(chat).shown(uid(chat)) == truth(chat)
    chat.reacts(message, "✅", by=URS)
    answers = [chat.answer(f"!sitzung zeige S{n}", by=URS).machine["you"]["rsvp"] for n in (1, 2, 3)]
    assert answers == ["open", "accepted", "open"]


def test_all_dates_to_come_are_moved_in_their_rhythm(chat: Chat, plan: Plan) -> None:
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027")
    reply, messages, file = told(chat, URS, "!sitzung verschieben S1 wann: 23.03.2027 15:00 modus: alle")
    assert starts(chat) == ["23.03. 15:00 +0100", "30.03. 15:00 +0200", "06.04. 15:00 +0200"]
    assert reply.machine["start"] == "2027-03-23T15:00:00+01:00"
    assert len(messages) == 1
    assert lines(file, "RECURRENCE-ID") == []
    assert "UNTIL=20270406T130000Z" in lines(file, "RRULE")[-1]
    assert calendar(chat).shown(uid(chat)) == truth(chat)


def test_moved_after_some_took_place_those_stay_where_they_were(chat: Chat, plan: Plan) -> None:
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027")
    chat.later(days=141)
    told(chat, URS, "!sitzung verschieben S2 wann: 30.03.2027 15:00 modus: alle")
    assert starts(chat) == ["30.03. 15:00 +0200", "06.04. 15:00 +0200"]
    assert truth(chat)[0][0].isoformat() == "2027-03-22T13:00:00+00:00"
    assert calendar(chat).shown(uid(chat)) == truth(chat)


@pytest.mark.parametrize(
    ("rhythm", "to", "days", "rule"),
    [
        ("monat", "19.03.2027 10:00", ["19.03.", "19.04.", "19.05."], "BYMONTHDAY=19"),
        ("monat wochentag", "19.03.2027 10:00", ["19.03.", "16.04.", "21.05."], "BYDAY=3FR"),
        ("monat wochentag", "01.04.2027 10:00", ["01.04.", "06.05.", "03.06."], "BYDAY=1TH"),
    ],
)
def test_monthly_series_get_the_new_day(
    chat: Chat, plan: Plan, rhythm: str, to: str, days: list[str], rule: str
) -> None:
    plan(f"{WHEN} | jede: {rhythm} | bis: 31.05.2027")
    _, _, file = told(chat, URS, f"!sitzung verschieben S1 wann: {to} modus: alle")
    assert [start.split()[0] for start in starts(chat)] == days
    assert rule in lines(file, "RRULE")[-1]
    assert calendar(chat).shown(uid(chat)) == truth(chat)


def test_a_month_that_lacks_the_day_is_refused(chat: Chat, plan: Plan) -> None:
    plan(f"{WHEN} | jede: monat | bis: 31.05.2027")
    refused = chat.reply("!sitzung verschieben S1 wann: 31.03.2027 10:00 modus: alle")
    assert refused.machine["code"] == "bad_input"
    assert "04.2027" in refused.text
    assert starts(chat)[0].startswith("18.03.")


# --- cancelling


def test_a_meeting_is_cancelled(chat: Chat, plan: Plan) -> None:
    plan()
    reply, [message], file = told(chat, URS, "!sitzung streichen S1 grund: Die Leitung ist krank")
    assert (
        reply.machine["state"] == message.machine["state"] == chat.card("S1").machine["state"] == "cancelled"
    )
    assert "Die Leitung ist krank" in message.text
    assert lines(file, "METHOD") == ["METHOD:CANCEL"]
    assert lines(file, "STATUS") == ["STATUS:CANCELLED"]
    assert lines(file, "SEQUENCE") == ["SEQUENCE:1"]
    assert calendar(chat).shown(uid(chat)) == []
    with chat.database.transaction() as tx:
        assert [r for r in reminders.list_of(tx, "meeting", 1) if r.state == "pending"] == []
    assert chat.reply("!sitzung streichen S1").machine["code"] == "conflict"
    assert chat.reply("!sitzung verschieben S1 wann: 19.03.2027 9:00").machine["code"] == "conflict"
    chat.now += timedelta(seconds=1)
    chat.reacts(reply, "↩️")
    assert chat.card("S1").machine["state"] == "planned"
    assert calendar(chat).shown(uid(chat)) == truth(chat) != []


def test_one_date_of_a_series_is_cancelled_and_its_card_gives_way(chat: Chat, plan: Plan) -> None:
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027")
    _, _, file = told(chat, URS, "!sitzung streichen S1")
    assert lines(file, "METHOD") == ["METHOD:REQUEST"]
    assert lines(file, "EXDATE") == ["EXDATE;TZID=Europe/Zurich:20270322T140000"]
    assert calendar(chat).shown(uid(chat)) == truth(chat)
    assert chat.card("S2").room == GROUP
    told(chat, URS, "!sitzung streichen S2")
    _, _, file = told(chat, URS, "!sitzung streichen S3")
    assert lines(file, "METHOD") == ["METHOD:CANCEL"]
    assert calendar(chat).shown(uid(chat)) == []


def test_all_dates_to_come_are_cancelled(chat: Chat, plan: Plan) -> None:
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027")
    _, [message], file = told(chat, URS, "!meeting cancel S2 | mode: all | reason: Ferien")
    assert lines(file, "METHOD") == ["METHOD:CANCEL"]
    assert "auch die anderen" in message.text
    assert starts(chat) == []
    assert calendar(chat).shown(uid(chat)) == []


def test_what_took_place_stays_in_the_calendar(chat: Chat, plan: Plan) -> None:
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027")
    chat.later(days=141)
    _, _, file = told(chat, URS, "!sitzung streichen S2 modus: alle")
    assert lines(file, "METHOD") == ["METHOD:REQUEST"]
    assert [slot[0].day for slot in calendar(chat).shown(uid(chat))] == [22]


# --- changing


def test_wording_keeps_the_sequence_and_a_place_does_not(chat: Chat, plan: Plan) -> None:
    plan()
    chat.reply("!sitzung zusagen S1", by=URS)
    since = len(chat.said)
    reply = chat.reply("!sitzung ändern S1 titel: Formulare prüfen\n- Neues Traktandum")
    chat.later(minutes=1)
    assert reply.machine["title"] == "Formulare prüfen"
    assert reply.text == "Neuer Titel für S1: Formulare prüfen. Neue Traktanden für S1."
    assert said_to(chat, URS, since) == []  # the invitation is edited, with its file
    message = [s for s in chat.to(URS) if s.edits][-1]
    assert "Neues Traktandum" in message.text
    file = str(message.shown["data"])
    assert lines(file, "SEQUENCE") == ["SEQUENCE:0"]
    assert "PARTSTAT=ACCEPTED" in file.replace("\r\n ", "")
    _, _, file = told(chat, URS, "!sitzung ändern S1 ort: Rathaus")
    assert lines(file, "SEQUENCE") == ["SEQUENCE:1"]
    assert calendar(chat).shown(uid(chat)) == truth(chat)
    assert chat.card("S1").machine["place"] == "Rathaus"
    assert chat.card("S1").machine["accepted"] == 2
    assert chat.reply("!sitzung ändern S1").machine["code"] == "bad_input"


def test_one_date_or_all_are_changed(chat: Chat, plan: Plan) -> None:
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 05.04.2027")
    told(chat, URS, "!sitzung ändern S2 ort: Aesch")
    assert [slot[3] for slot in truth(chat)] == [None, "Aesch", None]
    assert calendar(chat).shown(uid(chat)) == truth(chat)
    told(chat, URS, "!sitzung ändern S1 ort: Liestal | modus: alle")
    assert [slot[3] for slot in truth(chat)] == ["Liestal"] * 3
    reply, _, file = told(chat, URS, "!sitzung ändern S1 titel: Neu | modus: alle")
    assert lines(file, "RECURRENCE-ID") == []
    assert calendar(chat).shown(uid(chat)) == truth(chat)
    chat.now += timedelta(seconds=1)
    chat.reacts(reply, "↩️")
    chat.later(minutes=1)
    assert calendar(chat).shown(uid(chat)) == truth(chat)
    assert truth(chat)[0][2] == "Formulare sichten"


def test_others_change_nothing(chat: Chat, plan: Plan) -> None:
    plan()
    for text in ("verschieben S1 wann: 19.03.2027 9:00", "streichen S1", "ändern S1 ort: Aesch"):
        assert chat.reply(f"!sitzung {text}", by=PETER).machine["code"] == "not_allowed"
        assert chat.reply(f"!sitzung {text.replace('S1', 'S9')}").machine["code"] == "not_found"


# --- whatever happens


def fresh() -> Chat:
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database)
    people_of(chat)
    return chat


ACTS = (
    "verschieben S{n} wann: {d}.04.2027 {h}:00",
    "verschieben S{n} wann: {d}.04.2027 {h}:00-17:30 modus: alle",
    "streichen S{n}",
    "streichen S{n} modus: alle",
    "ändern S{n} ort: Saal {d}",
    "ändern S{n} titel: Titel {d} | modus: alle",
    "zusagen S{n}",
    "absagen S{n}",
)
RHYTHMS = (
    "",
    " | jede: woche | bis: 10.04.2027",
    " | jede: monat | bis: 30.06.2027",
    " | jede: 4. Montag | bis: 30.06.2027",
)


@pytest.mark.long
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(RHYTHMS),
    st.lists(
        st.tuples(st.sampled_from(ACTS), st.integers(1, 4), st.integers(1, 30), st.integers(8, 16)),
        max_size=6,
    ),
    st.integers(0, 6),
)
def test_calendars_say_what_is_true_in_the_end(
    rhythm: str, acts: list[tuple[str, int, int, int]], held: int
) -> None:
    chat = fresh()
    chat.reply(f"!sitzung neu P1 Formulare | wann: 22.03.2027 14:00-15:00{rhythm}")
    for count, (act, n, d, h) in enumerate(acts):
        chat.now += timedelta(minutes=1)
        if count == held:  # the first date is over
            chat.later(days=140, hours=6)
        chat.says("!sitzung " + act.format(n=n, d=d, h=h))
    chat.later(minutes=1)
    declined = any(act.startswith("absagen") for act, *_ in acts)  # by Pia; she hears no more of that date
    for user in (PETER, URS) if declined else (PIA, PETER, URS):
        assert calendar(chat, user).shown(uid(chat)) == truth(chat)
    with chat.database.transaction() as tx:
        for meeting in meetings.dates(tx, 1):
            pending = [r for r in reminders.list_of(tx, "meeting", meeting.id) if r.state == "pending"]
            answers = schedules.load(tx, 1).answers_to(meeting.id)
            assert {r.start for r in pending} <= {meeting.start_at}
            assert all(answers[r.user_id] != "declined" for r in pending)
            assert not pending or meeting.state != "cancelled"
    chat.database.close()


KEYS = {"✅": "accepted", "❌": "declined", "❓": "maybe"}
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["card", "invitation", "command", "off"]),
        st.sampled_from(list(KEYS)),
        st.integers(0, 5),
    ),
    max_size=12,
)


@pytest.mark.long
@settings(max_examples=25, deadline=None)
@given(ANSWERS)
def test_the_latest_act_counts(acts: list[tuple[str, str, int]]) -> None:
    """Taps, commands and reactions taken off in any order, against a rule of four lines."""
    chat = fresh()
    chat.reply(f"!sitzung neu P1 Formulare | {WHEN}")
    card = next(s for s in chat.in_room(GROUP) if s.edits is None)
    [invitation] = [s for s in chat.to(URS) if s.machine["type"] == "meeting"]
    verbs = {"accepted": "zusagen", "declined": "absagen", "maybe": "vielleicht"}
    on: list[tuple[str, str]] = []  # event, room
    answer, carrier = "open", ""
    for how, key, which in acts:
        if how == "off":
            if on:
                event, room = on.pop(which % len(on))
                chat.takes_off(event, by=URS, room=room)
                if event == carrier:
                    answer, carrier = "open", ""
            continue
        if how == "command":
            chat.reply(f"!sitzung {verbs[KEYS[key]]} S1", by=URS)
        else:
            target = card if how == "card" else invitation
            chat.reacts(target, key, by=URS)
            on.append((chat.last, target.room))
        answer, carrier = KEYS[key], chat.last
    with chat.database.transaction() as tx:
        found = meetings.find_answer(tx, 1, URS)
        pending = [
            r for r in reminders.list_of(tx, "meeting", 1) if r.user_id == URS and r.state == "pending"
        ]
    assert found is not None
    assert found.answer == answer
    assert len(pending) == (0 if answer == "declined" else 3)
    chat.database.close()


def test_in_the_direct_chat_the_new_invitation_is_the_reply(chat: Chat, plan: Plan) -> None:
    plan()
    room = chat.direct(PIA)
    since = len(chat.said)
    chat.says("sitzung verschieben S1 wann: 19.03.2027 9:00", room=room)
    command = chat.last
    [message] = [s for s in said_to(chat, PIA, since) if s.content["msgtype"] == "m.text"]
    assert message.replies_to == command
    chat.now += timedelta(seconds=1)
    since = len(chat.said)
    chat.edits(command, "sitzung verschieben S1 wann: 26.03.2027 9:00", room=room)
    assert [s for s in said_to(chat, PIA, since) if s.content["msgtype"] == "m.text"] == []
    assert "26. März" in [s for s in chat.said if s.edits == message.event_id][-1].text
    chat.reacts(message, "✅")
    assert chat.card("S1").machine["accepted"] == 1
    assert calendar(chat, PIA).shown(uid(chat)) == truth(chat)


def test_an_edited_plan_in_the_direct_chat_edits_the_one_message(chat: Chat) -> None:
    room = chat.direct(PIA)
    chat.says(f"sitzung neu P1 Titel | {WHEN}", room=room)
    command, since = chat.last, len(chat.said)
    chat.now += timedelta(seconds=1)
    chat.edits(command, "sitzung neu P1 Anderer Titel | wann: 19.03.2027 9:00", room=room)
    assert [s for s in said_to(chat, PIA, since) if s.content["msgtype"] == "m.text"] == []
    assert chat.card("S1").machine["title"] == "Anderer Titel"
    assert calendar(chat, PIA).shown(uid(chat)) == truth(chat)


def test_two_wordings_in_one_second_are_told_apart_by_calendars(chat: Chat, plan: Plan) -> None:
    """A bot that catches up does much in one second; of the same SEQUENCE the later stamp counts."""
    plan()
    chat.reply("!sitzung ändern S1 titel: Erste Fassung")
    chat.reply("!sitzung ändern S1 titel: Zweite Fassung")
    files = [str(s.shown["data"]) for s in chat.to(URS) if "data" in s.shown]
    stamps = [lines(file, "DTSTAMP")[0] for file in files]
    assert stamps == sorted(set(stamps))
    assert {lines(file, "SEQUENCE")[0] for file in files} == {"SEQUENCE:0"}
    assert "Zweite Fassung" in files[-1]


# --- who leaves the community


LEAVES = [("!profil verlassen", URS), ("!mitglied entfernen Urs grund: weg", KORA)]


@pytest.mark.parametrize(("command", "by"), LEAVES)
@pytest.mark.parametrize("rhythm", ["", " | jede: woche | bis: 08.04.2027"])
def test_who_leaves_the_community_has_no_meetings_in_the_calendar(
    chat: Chat, plan: Plan, command: str, by: str, rhythm: str
) -> None:
    """One message with the file, when it can't be taken back any more; they are told nothing after that."""
    plan(WHEN + rhythm)
    chat.later(minutes=1)
    assert calendar(chat).shown(uid(chat)) == truth(chat) != []
    since = len(chat.said)
    chat.reply(command, by=by)
    chat.later(minutes=8)
    assert not [s for s in said_to(chat, URS, since) if "data" in s.content]
    chat.later(minutes=4)
    [file] = [s for s in said_to(chat, URS, since) if "data" in s.content]
    assert "METHOD:CANCEL" in file.content["data"]
    assert "S1 Formulare sichten" in file.text
    assert calendar(chat).shown(uid(chat)) == []
    since = len(chat.said)
    chat.reply("!sitzung streichen S1")
    chat.later(minutes=1)
    assert said_to(chat, URS, since) == []
    assert "data" in said_to(chat, PETER, since)[-1].content


@pytest.mark.parametrize(("command", "by"), LEAVES)
def test_who_is_back_in_time_has_the_meetings_as_before(
    chat: Chat, plan: Plan, command: str, by: str
) -> None:
    plan()
    chat.later(minutes=1)
    invitation = chat.to(URS)[-1]
    chat.reacts(invitation, "✅", by=URS)
    since = len(chat.said)
    reply = chat.reply(command, by=by)
    chat.later(minutes=5)
    chat.reacts(reply, "↩️", by=by)
    chat.later(minutes=20)
    assert not [s for s in said_to(chat, URS, since) if "data" in s.content]
    assert calendar(chat).shown(uid(chat)) == truth(chat) != []
    assert chat.reply("!sitzung zeige S1", by=URS, room=chat.direct(URS)).machine["you"] == {
        "rsvp": "accepted"
    }
    chat.reacts(invitation, "❌", by=URS)
    assert chat.reply("!sitzung zeige S1", by=URS, room=chat.direct(URS)).machine["you"] == {
        "rsvp": "declined"
    }


def test_who_has_gone_without_a_word_is_written_nothing(chat: Chat, plan: Plan) -> None:
    plan()
    chat.later(minutes=1)
    for room in (GROUP, chat.direct(URS)):
        chat.moves(URS, "leave", room)
    since = len(chat.said)
    chat.reply("!mitglied entfernen Urs grund: weg", by=KORA)
    chat.later(minutes=20)
    assert not [s for s in said_to(chat, URS, since) if "data" in s.content]
