"""Calendar files, opened by another library than the one that wrote them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.event import Event

from commands.calendars.files import Attendee, CalendarFile, Entry, Instance, calendar
from commands.calendars.zones import timezone
from tests.support.calendar_model import opened

ZURICH = ZoneInfo("Europe/Zurich")
STAMP = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PIA = Attendee("@pia:localhost", "Pia Muster", "ACCEPTED")
URS = Attendee("@urs:gemeinde.ch", "Urs", "NEEDS-ACTION")
START = datetime(2026, 11, 9, 14, 0, tzinfo=ZURICH)
ENTRY = Entry(
    uid="S1@pibot",
    sequence=3,
    stamp=STAMP,
    title="Umzugsmeldung",
    start=START,
    end=START + timedelta(hours=2),
    text="1. Begrüssung\n2. Formulare",
    place="Aesch, Gemeindehaus",
    link="https://meet.example.ch/umzug?a=b;c=d,e",
    organizer=PIA,
    attendees=(PIA, URS),
)


def event(entry: Entry, method: str = "REQUEST") -> Event:
    [found] = opened(calendar((entry,), method=method)).events
    return found


def text(entry: Entry, method: str = "REQUEST") -> str:
    """The file without its folds."""
    return calendar((entry,), method=method).decode().replace("\r\n ", "")


def test_another_library_reads_what_was_meant() -> None:
    file = opened(calendar((ENTRY,), method="REQUEST"))
    assert (file.version, file.method) == ("2.0", "REQUEST")
    assert "PI-Bot" in file.prodid
    assert [zone.tz_id for zone in file.timezones] == ["Europe/Zurich"]
    [found] = file.events
    assert (found.uid, found.sequence, found.dtstamp, found.status) == ("S1@pibot", 3, STAMP, "CONFIRMED")
    assert (found.dtstart, found.dtend) == (ENTRY.start, ENTRY.end)
    assert isinstance(found.dtstart, datetime)
    assert found.dtstart.tzinfo == ZURICH
    assert (found.summary, found.description) == (ENTRY.title, ENTRY.text)
    assert (found.location, str(found.url)) == (ENTRY.place, ENTRY.link)
    assert found.organizer is not None
    assert (str(found.organizer.uri), found.organizer.common_name) == ("matrix:u/pia:localhost", "Pia Muster")
    shown = [(str(a.uri), a.common_name, a.status, a.role, a.rsvp) for a in found.attendees]
    assert shown == [
        ("matrix:u/pia:localhost", "Pia Muster", "ACCEPTED", "REQ-PARTICIPANT", False),
        ("matrix:u/urs:gemeinde.ch", "Urs", "NEEDS-ACTION", "REQ-PARTICIPANT", True),
    ]


def test_what_is_not_known_is_left_out() -> None:
    bare = Entry("A1@pibot", 0, STAMP, "Apéro", START)
    found = event(bare, "PUBLISH")
    assert (found.dtend, found.location, found.url, found.description) == (None, None, None, None)
    assert (found.organizer, found.attendees) == (None, [])
    assert not {"DTEND", "LOCATION", "URL:", "ORGANIZER"} & set(text(bare).split("\r\n"))


def test_times_stand_in_their_zone() -> None:
    assert "\r\nDTSTART;TZID=Europe/Zurich:20261109T140000\r\n" in text(ENTRY)
    assert "\r\nDTSTAMP:20261102T090000Z\r\n" in text(ENTRY)


def test_a_time_in_utc_needs_no_zone() -> None:
    plain = replace(ENTRY, start=STAMP, end=STAMP + timedelta(hours=1))
    assert "\r\nDTSTART:20261102T090000Z\r\n" in text(plain)
    assert "VTIMEZONE" not in text(plain)


def test_of_two_hours_alike_the_second_is_meant_as_the_second() -> None:
    second = datetime(2026, 10, 25, 2, 30, tzinfo=ZURICH, fold=1)
    found = event(replace(ENTRY, start=second, end=None))
    assert found.dtstart == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_series_has_its_rule_and_what_is_otherwise() -> None:
    days = [START + timedelta(weeks=n) for n in range(4)]
    moved = Instance(days[2], days[2] + timedelta(days=1), None, "Umzugsmeldung, verschoben", "Reinach")
    series = replace(ENTRY, rule="FREQ=WEEKLY;UNTIL=20261130T130000Z", changed=(moved,), dropped=(days[1],))
    file = opened(calendar((series,), method="REQUEST"))
    main, instance = file.events
    assert (main.uid, main.sequence, main.dtstamp) == (instance.uid, instance.sequence, instance.dtstamp)
    assert instance.recurrence_id == "20261123T140000"
    assert instance.attendees == main.attendees
    assert (instance.summary, instance.location, instance.dtend) == (moved.title, "Reinach", None)
    assert instance.description == ENTRY.text
    assert instance.url is None
    assert [e.dtstart for e in file.timeline] == [days[0], moved.start, days[3]]
    assert "\r\nEXDATE;TZID=Europe/Zurich:20261116T140000\r\n" in text(series)
    assert "\r\nRECURRENCE-ID;TZID=Europe/Zurich:20261123T140000\r\n" in text(series)


def test_cancelled_is_what_goes_for_everybody() -> None:
    whole = event(replace(ENTRY, cancelled=True, rule="FREQ=WEEKLY;COUNT=3"), "CANCEL")
    assert whole.status == "CANCELLED"
    one = event(replace(ENTRY, attendees=(URS,)), "CANCEL")
    assert one.status is None
    assert "TRANSP:TRANSPARENT" in text(replace(ENTRY, attendees=(URS,)), "CANCEL")
    assert "TRANSP" not in text(ENTRY)
    assert [str(a.uri) for a in one.attendees] == ["matrix:u/urs:gemeinde.ch"]
    assert one.attendees[0].rsvp is False


def test_what_is_published_names_nobody() -> None:
    """RFC 5546, 3.2.1: a published event has no attendees."""
    assert "ATTENDEE" not in text(ENTRY, "PUBLISH")


def test_several_entries_in_one_file_share_their_zone() -> None:
    other = replace(ENTRY, uid="S2@pibot", start=START + timedelta(days=400))
    file = opened(calendar((ENTRY, other), method="PUBLISH"))
    assert [e.uid for e in file.events] == ["S1@pibot", "S2@pibot"]
    assert len(file.timezones) == 1


def test_the_file_of_a_reply() -> None:
    name, kind, data = CalendarFile("S1", "REQUEST", (ENTRY,)).file()
    assert (name, kind) == ("s1.ics", "text/calendar")
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")


# --- text of people stays text

HOSTILE = 'Böse\r\nATTENDEE:mailto:x@y.ch\nEND:VEVENT\r\u2028X: "1", \\n;\\;^n^\'\x00\x1b'


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH"])
def test_nobody_writes_a_line_into_the_file(method: str) -> None:
    mallory = Attendee("@böse\r\nX:/?#[]@:localhost", HOSTILE, "ACCEPTED")
    entry = Entry(
        "A1@pibot",
        0,
        STAMP,
        HOSTILE,
        START,
        None,
        HOSTILE,
        HOSTILE,
        f"https://a.ch/{HOSTILE}",
        mallory,
        (mallory,),
    )
    found = event(entry, method)
    assert len(found.attendees) == (method != "PUBLISH")
    assert found.organizer is not None
    assert "\n" not in (found.organizer.common_name or "")
    assert (
        found.summary
        == found.description
        == 'Böse\nATTENDEE:mailto:x@y.ch\nEND:VEVENT\n\nX: "1", \\n;\\;^n^\''
    )
    names = {line.partition(":")[0].partition(";")[0] for line in text(entry, method).split("\r\n")}
    assert not {name for name in names if name.startswith("X")}


written = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=120)


@settings(max_examples=100, deadline=None)
@given(title=written, body=written, name=written)
def test_any_text_comes_back_as_it_was(title: str, body: str, name: str) -> None:
    entry = replace(ENTRY, title=title, text=body, organizer=Attendee("@pia:localhost", name, "ACCEPTED"))
    file = calendar((entry,), method="REQUEST")
    assert max(map(len, file.split(b"\r\n"))) <= 75  # octets, whatever they are part of
    [found] = opened(file).events
    assert (found.summary or "", found.description or "") == (title, body)
    assert found.organizer is not None
    assert (found.organizer.common_name or "").split() == name.replace('"', "'").split()


# --- zones


@pytest.mark.parametrize(
    "key", ["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]
)
def test_a_third_library_reads_the_zone_as_it_is(key: str) -> None:
    """Each hour of five years, as dateutil understands the description; both nights of each year are in it."""
    zone = ZoneInfo(key)
    described = timezone(zone, 2026).to_ical().decode()
    read = tzical(StringIO(described)).get(key)
    hour = datetime(2026, 1, 1, tzinfo=UTC)
    local = [(hour + timedelta(hours=n)).astimezone(zone) for n in range(24 * 365 * 4)]
    wrong = [at for at in local if not at.fold and at.replace(tzinfo=read).utcoffset() != at.utcoffset()]
    assert wrong == []


def test_zurich_is_a_rule_for_ever() -> None:
    described = timezone(ZURICH, 2026).to_ical().decode()
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in described
    assert "RDATE" not in described
    assert date(2025, 3, 30).strftime("DTSTART:%Y%m%dT020000") in described
