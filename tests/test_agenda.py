"""The agenda: what is coming by week, month or at all, for rooms and for one person, and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from commands.api import AGENDA, AgendaItem, agenda_item
from commands.context import Context
from storage.base import Base
from storage.database import Database
from tests.calendar_model import opened
from tests.chat import Chat

KORA, PIA = "@kora:localhost", "@pia:localhost"
DIRECT = "!direct-pia:localhost"


@pytest.fixture(autouse=True)
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
    with pytest.raises(ValueError, match="two kinds of dates"):
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
