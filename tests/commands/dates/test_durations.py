"""Durations and lead times as people type them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.dates.moments import DateRefused, Reason, explain, read_duration, read_lead_times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", timedelta(hours=2)),
        ("90min", timedelta(minutes=90)),
        ("90 Min.", timedelta(minutes=90)),
        ("30s", timedelta(seconds=30)),
        ("7d", timedelta(days=7)),
        ("2 Wochen", timedelta(days=14)),
        ("2 weeks", timedelta(days=14)),
        ("1.5h", timedelta(minutes=90)),
        ("1,5h", timedelta(minutes=90)),
        ("0,25 h", timedelta(minutes=15)),
        ("1 Tag", timedelta(days=1)),
        ("1\u00a0Tag", timedelta(days=1)),
        ("eine Stunde", timedelta(hours=1)),
        ("an hour", timedelta(hours=1)),
        ("1h30", timedelta(minutes=90)),
        ("2h30m", timedelta(minutes=150)),
        ("2h 30min", timedelta(minutes=150)),
        ("1 Std. 30 Min.", timedelta(minutes=90)),
        ("2 Stunden und 30 Minuten", timedelta(minutes=150)),
        ("1 hour, 5 minutes", timedelta(minutes=65)),
        ("366d", timedelta(days=366)),
    ],
)
def test_reads_durations(text: str, expected: timedelta) -> None:
    assert read_duration(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NOT_A_DURATION),
        ("2", Reason.NOT_A_DURATION),
        ("90m", Reason.NOT_A_DURATION),  # minutes or months
        ("2 Monate", Reason.NOT_A_DURATION),
        ("-2h", Reason.NOT_A_DURATION),
        ("1:30", Reason.NOT_A_DURATION),
        ("1h 1h", Reason.NOT_A_DURATION),
        ("30min 2h", Reason.NOT_A_DURATION),
        ("2h und", Reason.NOT_A_DURATION),
        ("0.001s", Reason.NOT_A_DURATION),
        ("²h", Reason.NOT_A_DURATION),
        ("２h", Reason.NOT_A_DURATION),
        ("0h", Reason.DURATION_NOT_POSITIVE),
        ("367d", Reason.DURATION_TOO_LONG),
        ("999999999 Wochen", Reason.DURATION_TOO_LONG),
        ("1h" + " " * 200, Reason.INPUT_TOO_LONG),
    ],
)
def test_refuses_durations(text: str, reason: Reason) -> None:
    with pytest.raises(DateRefused) as refused:
        read_duration(text)
    assert refused.value.reason is reason
    assert explain(refused.value, "de") != explain(refused.value, "en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d, 1d, 1h", [timedelta(days=7), timedelta(days=1), timedelta(hours=1)]),
        ("1h,1d,7d,24h", [timedelta(days=7), timedelta(days=1), timedelta(hours=1)]),
        ("1,5h, 2d", [timedelta(days=2), timedelta(minutes=90)]),
        ("1 Woche und 1 Tag", [timedelta(days=7), timedelta(days=1)]),
        ("7d; 1d", [timedelta(days=7), timedelta(days=1)]),
        ("aus", []),
        ("OFF", []),
    ],
)
def test_reads_lead_times(text: str, expected: list[timedelta]) -> None:
    assert list(read_lead_times(text)) == expected


@pytest.mark.parametrize("text", ["", ",", "7d 1d", "7d,", "1h30", "7d, aus", "0d", "400d", "bald"])
def test_refuses_lead_times(text: str) -> None:
    with pytest.raises(DateRefused) as refused:
        read_lead_times(text)
    assert explain(refused.value, "de") != explain(refused.value, "en")


@given(hours=st.integers(0, 99), minutes=st.integers(0, 59), seconds=st.integers(0, 59))
def test_every_formatted_duration_reads_back(hours: int, minutes: int, seconds: int) -> None:
    expected = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if expected:
        assert read_duration(f"{hours}h {minutes}min {seconds}s") == expected


@given(text=st.one_of(st.text(max_size=210), st.text(alphabet="0123456789 .,;dhmins", max_size=20)))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_duration, read_lead_times):
        try:
            read(text)
        except DateRefused as refused:
            assert explain(refused, "de")  # noqa: PT017
