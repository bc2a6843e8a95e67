# ruff: noqa: DTZ001 - wall time

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from commands.framework.types import Unreadable
from commands.meetings.recurrences import Every, at, read, rule, settled, walls

ZURICH = ZoneInfo("Europe/Zurich")
STARTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
CODES = st.sampled_from(["week", "two_weeks", "month", "month_weekday"])


@given(STARTS, CODES, st.integers(0, 400), st.booleans())
def test_the_dates_are_those_of_the_rule(first: datetime, code: str, days: int, last: bool) -> None:
    every = settled(
        Every(code, nth=-1 if last and code == "month_weekday" else None), first.date()
    ) or settled(Every(code), first.date())
    assert every is not None
    until = first + timedelta(days=days)
    found = list(walls(every, first, until))
    said = rule(every, first, found[-1], ZURICH).split(";UNTIL=")[0]
    expected = list(rrulestr(said, dtstart=first).between(first, until, inc=True))
    assert found == expected
    assert all(one.time() == first.time() for one in found)


@given(STARTS, CODES, st.integers(0, 400))
def test_until_is_the_instant_of_the_last_date(first: datetime, code: str, days: int) -> None:
    every = settled(Every(code), first.date())
    assert every is not None
    found = list(walls(every, first, first + timedelta(days=days)))
    said = rule(every, first, found[-1], ZURICH).rpartition("UNTIL=")[2]
    assert said == f"{at(found[-1], ZURICH):%Y%m%dT%H%M%SZ}"


@pytest.mark.parametrize(
    ("typed", "every"),
    [
        ("woche", Every("week")),
        ("jede Woche", Every("week")),
        ("weekly", Every("week")),
        ("2 Wochen", Every("two_weeks")),
        ("alle zwei Wochen", Every("two_weeks")),
        ("every 2 weeks", Every("two_weeks")),
        ("Monat", Every("month")),
        ("every month", Every("month")),
        ("monat wochentag", Every("month_weekday")),
        ("3. Donnerstag", Every("month_weekday", 3, 3)),
        ("jeden dritten Donnerstag im Monat", Every("month_weekday", 3, 3)),
        ("letzter Fr", Every("month_weekday", 4, -1)),
        ("3rd Thursday of the month", Every("month_weekday", 3, 3)),
        ("last friday", Every("month_weekday", 4, -1)),
        ("Dienstag", Every("week", 1)),
    ],
)
def test_words_are_read_in_both_languages(typed: str, every: Every) -> None:
    assert read(typed) == every


@pytest.mark.parametrize(
    "typed", ["tag", "jahr", "5. Donnerstag", "3 wochen", "ab und zu", "", "3. Tag", "x" * 500]
)
def test_other_words_are_refused(typed: str) -> None:
    with pytest.raises(Unreadable, match=r"3rd Thursday"):
        read(typed)


def test_months_without_the_day_are_left_out() -> None:
    found = walls(Every("month"), datetime(2027, 1, 31, 14), datetime(2027, 7, 31, 23))
    assert [(one.month, one.day) for one in found] == [(1, 31), (3, 31), (5, 31), (7, 31)]


def test_the_fifth_weekday_is_in_few_months() -> None:
    every = settled(Every("month_weekday"), date(2027, 4, 29))
    assert every == Every("month_weekday", 3, 5)
    found = walls(every, datetime(2027, 4, 29, 14), datetime(2027, 12, 31, 23))
    assert [(one.month, one.day) for one in found] == [(4, 29), (7, 29), (9, 30), (12, 30)]


def test_a_date_that_is_not_of_the_rhythm() -> None:
    assert settled(Every("month_weekday", 3, 2), date(2027, 3, 18)) is None
    assert settled(Every("month_weekday", 3, -1), date(2027, 3, 18)) is None
    assert settled(Every("week", 4), date(2027, 3, 18)) is None
    assert settled(Every("month_weekday", 3, 3), date(2027, 3, 18)) is not None


def test_the_skipped_and_the_doubled_hour() -> None:
    """As RFC 5545 says: as if the clocks had not been changed yet, and the first of the two."""
    assert at(datetime(2027, 3, 28, 2, 30), ZURICH).isoformat() == "2027-03-28T01:30:00+00:00"
    assert at(datetime(2027, 10, 31, 2, 30), ZURICH).isoformat() == "2027-10-31T00:30:00+00:00"
