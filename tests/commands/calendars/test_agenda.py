"""The agenda: what is coming by week, month or at all, for rooms and for one person, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from commands.framework.context import Context
from commands.framework.declarations import AGENDA, AgendaItem, agenda_item
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.calendar_model import opened
from tests.support.chat import Chat
from tests.support.kept import staged

KORA, PIA = "@kora:localhost", "@pia:localhost"
DIRECT = "!direct-pia:localhost"


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    """It is Monday, 2 November 2026, ten o'clock."""
    chat.direct(KORA)
    chat.member(PIA)


def plan(chat: Chat, when: str, title: str = "Treff", noun: str = "anlass") -> str:
    return str(chat.reply(f"!{noun} neu {title} | wann: {when} | ort: Liestal", by=KORA).machine["ref"])


def refs(chat: Chat, span: str = "", **more: str) -> list[str]:
    found: list[str] = chat.reply(f"!agenda {span}".strip(), **more).machine["refs"]
    return found


def test_week_month_and_all(chat: Chat) -> None:
    plan(chat, "02.11.2026 14:00")
    plan(chat, "08.11.2026 23:30")
    plan(chat, "09.11.2026 00:00")
    plan(chat, "01.12.2026 23:59")
    plan(chat, "02.12.2026 00:00")
    assert refs(chat, "woche") == refs(chat, "week") == ["A1", "A2"]
    assert refs(chat, "monat") == refs(chat, "month") == ["A1", "A2", "A3", "A4"]
    assert refs(chat) == refs(chat, "alle") == refs(chat, "ALL") == ["A1", "A2", "A3", "A4", "A5"]
    assert chat.reply("!agenda jahr").machine["code"] == "bad_input"


@pytest.mark.parametrize(("today", "last"), [((2027, 1, 31), "28.02.2027"), ((2026, 12, 15), "15.01.2027")])
def test_a_month_ends_before_the_same_day(chat: Chat, today: tuple[int, int, int], last: str) -> None:
    chat.now = datetime(*today, 9, tzinfo=UTC)
    plan(chat, f"{last} 00:00")
    assert refs(chat, "monat") == []
    assert refs(chat, "alle") == ["A1"]


def test_days_are_named_once(chat: Chat) -> None:
    plan(chat, "05.11.2026 14:00-16:00", "Zweiter")
    plan(chat, "05.11.2026 9:00", "Erster")
    plan(chat, "06.11.2026 20:00-07.11.2026 02:00", "Nacht", "kurs")
    shown = chat.reply("!agenda")
    assert shown.machine == {
        "type": "list",
        "of": "agenda",
        "refs": ["A2", "A1", "K1"],
        "page": 1,
        "pages": 1,
        "total": 3,
    }
    assert shown.text.count("Do, 5. November 2026") == 1
    assert shown.text.index("Erster") < shown.text.index("14:00–16:00 📅 A1 Zweiter · Liestal")
    assert "20:00 🎓 K1 Nacht · Liestal · bis Sa, 7. November 2026" in shown.text


def test_what_runs_is_shown_and_what_is_over_or_cancelled_is_not(chat: Chat) -> None:
    plan(chat, "02.11.2026 14:00-16:00")
    plan(chat, "02.11.2026 17:00")
    plan(chat, "03.11.2026 17:00")
    chat.reply("!anlass streichen A3", by=KORA)
    chat.reply("!kurs neu Ohne Datum", by=KORA)
    chat.now = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
    assert refs(chat) == ["A1", "A2"]
    chat.now = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
    assert refs(chat) == ["A2"]
    chat.now = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
    assert refs(chat) == []


def test_pages(chat: Chat) -> None:
    for day in range(3, 15):
        plan(chat, f"{day}.11.2026 14:00")
    first = chat.reply("!agenda alle")
    assert (len(first.machine["refs"]), first.machine["pages"], first.machine["total"]) == (10, 2, 12)
    assert "weiter mit !agenda alle seite: 2" in first.text
    assert refs(chat, "alle seite: 2") == ["A11", "A12"]
    assert "nichts mehr" in chat.reply("!agenda seite: 3").text


def test_nothing_says_so(chat: Chat) -> None:
    assert "In den nächsten sieben Tagen steht nichts an." in chat.reply("!agenda woche").text
    chat.reply("profile language en", room=DIRECT)
    assert chat.reply("agenda month", room=DIRECT).text.startswith("Nothing is planned in the next month.")
    plan(chat, "05.11.2026 14:00-16:00")
    assert "Thu, 5 November 2026" in chat.reply("agenda", room=DIRECT).text


def test_mine_is_marked_in_the_direct_chat_alone(chat: Chat) -> None:
    plan(chat, "05.11.2026 14:00")
    chat.reply("!anlass ändern A1 plätze: 1", by=KORA)
    chat.reply("!anlass anmelden A1", by=KORA)
    chat.reply("!anlass anmelden A1")
    plan(chat, "05.11.2026 15:00")
    chat.reply("!anlass anmelden A2")
    mine = chat.reply("agenda", room=DIRECT).text
    assert "A1 Treff · Liestal · Warteliste" in mine
    assert "A2 Treff · Liestal · ✅" in mine
    room = chat.reply("!agenda").text
    assert "✅" not in room
    assert "Warteliste" not in room


def test_strangers_get_none(chat: Chat) -> None:
    assert chat.reply("!agenda", by="@stranger:localhost").machine["code"] == "not_allowed"


# --- what other features put in


@pytest.fixture
def own_dates() -> Iterator[None]:
    """A kind of thing that only those who take part see."""

    def dates(ctx: Context, start: datetime, end: datetime | None, user: str | None) -> list[AgendaItem]:
        at = start + timedelta(days=1)
        later = end is not None and at >= end
        return [AgendaItem("N1", "Sitzung", at, None, None, mine=True)] if user == PIA and not later else []

    agenda_item("test")(dates)
    yield
    del AGENDA["test"]


@pytest.mark.usefixtures("own_dates")
def test_personal_dates_are_in_the_direct_chat_alone(chat: Chat) -> None:
    plan(chat, "05.11.2026 14:00")
    assert refs(chat) == ["A1"]
    assert chat.reply("agenda", room=DIRECT).machine["refs"] == ["N1", "A1"]


def test_two_kinds_of_dates_have_two_names() -> None:
    with pytest.raises(ValueError, match="the dates of the kind 'event': declared by"):
        agenda_item("event")(lambda *_: [])


# --- the file


def test_the_file_goes_into_the_direct_chat(chat: Chat) -> None:
    plan(chat, "05.11.2026 14:00-16:00", "Treff")
    plan(chat, "06.11.2026 9:00", "Kurs", "kurs")
    assert chat.reply("!agenda ics").machine == {"type": "pointer", "to": "direct"}
    file = chat.to(PIA)[-1]
    assert file.machine == {"type": "file", "of": "agenda", "format": "ics", "rows": 2}
    calendar = opened(file.content["data"].encode())
    assert calendar.method == "PUBLISH"
    assert [e.summary for e in calendar.events] == ["Treff", "Kurs"]
    assert all(not e.attendees for e in calendar.events)
    direct = chat.reply("agenda ics", room=DIRECT)
    assert direct.machine["type"] == "file"


def test_an_empty_agenda_is_a_file_too(chat: Chat) -> None:
    assert chat.reply("agenda ics", room=DIRECT).machine["rows"] == 0


def test_a_new_store_calls_its_entries_otherwise_than_the_one_before_it(chat: Chat) -> None:
    """Both count from 1, and calendars still have what the first has sent."""
    later = Database("sqlite:///:memory:")
    with later.transaction() as tx:
        Base.metadata.create_all(tx)
    second = Chat(later)
    second.count = 500  # no homeserver gives an event's id twice
    second.direct(KORA)
    second.member(PIA)
    names = called(chat) + called(second)
    later.close()
    assert len(set(names)) == 6


def called(chat: Chat) -> list[str]:
    chat.process(PIA, leader=PIA)
    plan(chat, "05.11.2026 14:00", "Treff")
    plan(chat, "06.11.2026 9:00", "Kurs", "kurs")
    chat.reply("!sitzung neu P1 Kickoff | wann: 07.11.2026 9:00", by=PIA)
    found = uids(chat)
    assert [name.rpartition("-")[0] for name in found] == ["event-1", "training-1", "meeting-1"]
    assert uids(chat) == found  # asked again, the same
    return found


def uids(chat: Chat) -> list[str]:
    [file] = chat.says("agenda ics", room=DIRECT)
    return [str(entry.uid) for entry in opened(file.content["data"].encode()).events]


def test_today(chat: Chat) -> None:
    plan(chat, "02.11.2026 23:00")
    plan(chat, "03.11.2026 00:00")
    plan(chat, "09.11.2026 00:00")
    assert refs(chat, "heute") == refs(chat, "today") == ["A1"]
    assert refs(chat, "woche") == ["A1", "A2"]
    chat.now += timedelta(days=2)
    assert "Heute steht nichts an. Alles zeigt !agenda alle." in chat.reply("!agenda heute").text


DATES = ("02.11.2026 14:00", "06.11.2026 9:00", "08.11.2026 20:00", "09.11.2026 8:00", "15.11.2026 23:00")
LATER = ("16.11.2026 8:00", "30.11.2026 9:00", "01.12.2026 9:00", "31.12.2026 20:00", "05.01.2027 9:00")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("heute", "1"),
        ("für heute", "1"),
        ("diese Woche", "1 2 3"),
        ("this week", "1 2 3"),
        ("nächste Woche", "4 5"),
        ("naechste woche", "4 5"),
        ("kommende Woche", "4 5"),
        ("next week", "4 5"),
        ("2 Wochen", "1 2 3 4 5"),
        ("dieser Monat", "1 2 3 4 5 6 7"),
        ("November", "1 2 3 4 5 6 7"),
        ("nächsten Monat", "8 9"),
        ("Dezember", "8 9"),
        ("im Dezember", "8 9"),
        ("dez", "8 9"),
        ("was ist im Dezember?", "8 9"),
        ("in December", "8 9"),
        ("Januar", "10"),
        ("im Januar 2027", "10"),
        ("januar 2028", ""),
        ("Oktober", ""),
        ("Freitag", "2"),
        ("am Freitag", "2"),
        ("6.11.", "2"),
        ("on 6.11.2026", "2"),
        ("morgen", ""),
        ("alles", "1 2 3 4 5 6 7 8 9 10"),
    ],
)
def test_the_days_may_be_said_as_people_say_them(chat: Chat, words: str, found: str) -> None:
    for when in (*DATES, *LATER):
        plan(chat, when)
    assert refs(chat, words) == [f"A{number}" for number in found.split()]


def test_of_days_without_dates_it_is_said_which_they_are(chat: Chat) -> None:
    said = {words: chat.reply(f"!agenda {words}").text for words in ("Dezember", "6.11.", "nächste Woche")}
    assert said["Dezember"].startswith("Im Dezember 2026 steht nichts an.")
    assert said["6.11."].startswith("Am Fr, 6. November 2026 steht nichts an.")
    assert said["nächste Woche"].startswith("Nächste Woche steht nichts an.")
    chat.reply("profile language en", room=DIRECT)
    said_en = chat.reply("agenda mine in december", room=DIRECT).text
    assert said_en.startswith("Nothing is planned for you in December 2026.")


@pytest.mark.parametrize("words", ["jahr", "dezembr", "Woche 51", "A1", "99.99.2026", "Dezember 99999"])
def test_other_words_are_refused_with_those_that_work(chat: Chat, words: str) -> None:
    refused = chat.reply(f"!agenda {words}")
    assert refused.machine["code"] == "bad_input"
    assert "diese Woche" in refused.text
    assert "«meine»" in refused.text


def test_mine_is_what_i_signed_up_for_or_am_invited_to(chat: Chat) -> None:
    chat.member("@leo:localhost")
    chat.process(PIA, "@leo:localhost", leader="@leo:localhost")
    for when in ("05.11.2026 14:00", "06.11.2026 9:00", "03.12.2026 9:00", "04.12.2026 9:00"):
        plan(chat, when)
    chat.reply("!anlass anmelden A1")
    chat.reply("!anlass anmelden A3")
    chat.reply("!kurs neu Kurs | wann: 07.11.2026 9:00 | plätze: 1", by=KORA)
    chat.reply("!kurs anmelden K1", by=KORA)
    chat.reply("!kurs anmelden K1")
    for day in (8, 9, 10, 11):
        chat.reply(f"!sitzung neu P1 Treffen | wann: {day}.12.2026 9:00", by="@leo:localhost")
    chat.reply("!sitzung zusagen S1")
    chat.reply("!sitzung absagen S2")
    for words in ("meine", "nur meine", "meine Termine", "mine", "alle meine"):
        assert refs(chat, words, room=DIRECT) == ["A1", "K1", "A3", "S1", "S3", "S4"]
    assert refs(chat, "meine Dezember", room=DIRECT) == ["A3", "S1", "S3", "S4"]
    shown = chat.reply("agenda", room=DIRECT).text
    rows = {line.split()[3]: line for line in shown.splitlines() if ":00" in line}
    assert rows["S1"].endswith("✅")
    assert rows["S3"].endswith("Antwort offen")
    assert rows["A3"].endswith("✅")
    assert rows["K1"].endswith("Warteliste")
    assert rows["A2"].endswith("Liestal")


def test_mine_is_answered_to_me_alone(chat: Chat) -> None:
    plan(chat, "05.11.2026 14:00")
    chat.reply("!anlass anmelden A1")
    assert chat.reply("!agenda meine").machine == {"type": "pointer", "to": "direct"}
    assert chat.to(PIA)[-1].machine["refs"] == ["A1"]
    assert "Meine Agenda" in chat.to(PIA)[-1].text


def test_it_is_said_how_many_of_all_are_shown(chat: Chat) -> None:
    for day in range(3, 15):
        plan(chat, f"{day}.11.2026 14:00")
        chat.reply(f"!anlass anmelden A{day - 2}")
    assert "Agenda (1–10 von 12)" in chat.reply("!agenda").text
    assert "weiter mit !agenda seite: 2" in chat.reply("!agenda").text
    assert "Agenda (11–12 von 12)" in chat.reply("!agenda seite: 2").text
    mine = chat.reply("agenda meine november", room=DIRECT)
    assert "Agenda (1–10 von 12)" in mine.text
    more = mine.text.rpartition("weiter mit !")[2]
    assert more == "agenda meine november seite: 2"
    assert refs(chat, more.removeprefix("agenda "), room=DIRECT) == ["A11", "A12"]
    assert "Agenda (6)" in chat.reply("!agenda woche").text
