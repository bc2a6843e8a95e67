"""Dates as people type them: read exactly, or refused with the reason."""

import string
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime, format_skeleton
from hypothesis import assume, given
from hypothesis import strategies as st

from commands.dates.moments import DateRefused, Moment, Reason, explain, read_moment

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 17, 10, 15, 40, tzinfo=ZURICH)  # a Tuesday


def read(
    text: str, *, now: datetime = NOW, whole_day: bool = False, past: bool = False, range_allowed: bool = True
) -> str:
    """What is read, as ISO in local time without its offset; `start / end` for a range; the date of a day."""
    moment = read_moment(
        text, now=now, zone=ZURICH, whole_day=whole_day, past=past, range_allowed=range_allowed
    )
    if moment.whole_day:
        assert moment.start.time() == time()
        assert moment.end is None
        return moment.start.date().isoformat()
    both = [moment.start, moment.end] if moment.end else [moment.start]
    return " / ".join(each.replace(tzinfo=None).isoformat(" ", timespec="minutes") for each in both)


def refusal(
    text: str, *, now: datetime = NOW, whole_day: bool = False, past: bool = False, range_allowed: bool = True
) -> DateRefused:
    with pytest.raises(DateRefused) as refused:
        read_moment(text, now=now, zone=ZURICH, whole_day=whole_day, past=past, range_allowed=range_allowed)
    return refused.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the contract's own examples
        ("18.03.2027 13:30", "2027-03-18 13:30"),
        ("18.3.27 13.30", "2027-03-18 13:30"),
        ("18. März 2027, 13.30 Uhr", "2027-03-18 13:30"),
        ("2027-03-18 13:30", "2027-03-18 13:30"),
        ("morgen 14 Uhr", "2026-11-18 14:00"),
        ("übermorgen 8h", "2026-11-19 08:00"),
        ("Mi 9.30", "2026-11-18 09:30"),
        ("nächsten Dienstag 9:30", "2026-11-24 09:30"),
        ("in 2 Wochen 10:00", "2026-12-01 10:00"),
        ("18.03.2027 13:30-17:00", "2027-03-18 13:30 / 2027-03-18 17:00"),
        ("heute 14 Uhr", "2026-11-17 14:00"),
        ("morgen 14h", "2026-11-18 14:00"),
        ("morgen 14.00", "2026-11-18 14:00"),
        ("morgen 14:00 Uhr", "2026-11-18 14:00"),
        ("Do, 18. März 2027, 13:30", "2027-03-18 13:30"),
        ("Do, 18. März 2027, 13:30–17:00", "2027-03-18 13:30 / 2027-03-18 17:00"),
        ("2027-03-18T13:30:00+01:00", "2027-03-18 13:30"),
        # what general readers get wrong
        ("morgen um 14 Uhr", "2026-11-18 14:00"),
        ("auf morgen 14 Uhr", "2026-11-18 14:00"),
        ("24. Dez. 2026 um 9 Uhr", "2026-12-24 09:00"),
        ("1.12. 14h", "2026-12-01 14:00"),
        # words and spellings
        ("uebermorgen 8 Uhr", "2026-11-19 08:00"),
        ("ubermorgen 8 uhr", "2026-11-19 08:00"),
        ("Übermorgen, 8 H", "2026-11-19 08:00"),
        ("u\u0308bermorgen 8h", "2026-11-19 08:00"),
        ("naechsten Di. 9:30", "2026-11-24 09:30"),
        ("nachsten Di 9:30", "2026-11-24 09:30"),
        ("next Tuesday 9:30", "2026-11-24 09:30"),
        ("Wed 9:30", "2026-11-18 09:30"),
        ("am kommenden Freitag um 9 Uhr", "2026-11-20 09:00"),
        ("Sonnabend 9:30", "2026-11-21 09:30"),
        ("tomorrow at 10:00", "2026-11-18 10:00"),
        ("10:00 tomorrow", "2026-11-18 10:00"),
        ("today 23:59", "2026-11-17 23:59"),
        ("the day after tomorrow 10:00", "2026-11-19 10:00"),
        ("in 2 weeks 10:00", "2026-12-01 10:00"),
        ("in 3 Tagen 14 Uhr", "2026-11-20 14:00"),
        ("in einer Woche 10:00", "2026-11-24 10:00"),
        ("in zwei Wochen 10:00", "2026-12-01 10:00"),
        ("in 2 Stunden", "2026-11-17 12:15"),
        ("in 90min", "2026-11-17 11:45"),
        ("18. Mrz. 2027 13:30", "2027-03-18 13:30"),
        ("18 Maerz 2027 13:30", "2027-03-18 13:30"),
        ("18. Marz 27 13:30", "2027-03-18 13:30"),
        ("18.März 13:30", "2027-03-18 13:30"),
        ("March 18, 2027 13:30", "2027-03-18 13:30"),
        ("March 18 13:30", "2027-03-18 13:30"),
        ("Thursday, 18th of March 2027 at 13:30", "2027-03-18 13:30"),
        ("18. Jänner 14 Uhr", "2027-01-18 14:00"),
        ("18. Mai 9h30", "2027-05-18 09:30"),
        ("18. Mai 9 Uhr 30", "2027-05-18 09:30"),
        # spaces, dots, signs
        ("18. 3. 2027 13:30", "2027-03-18 13:30"),
        ("18. 3. 27 13.30", "2027-03-18 13:30"),
        ("18.3. 2027, um 13.30", "2027-03-18 13:30"),
        ("18.3. 13.30", "2027-03-18 13:30"),
        ("18. 3. 14 Uhr", "2027-03-18 14:00"),
        ("18. März 14 Uhr", "2027-03-18 14:00"),
        ("18.\u00a0März\u202f2027,\u00a013:30\u00a0Uhr", "2027-03-18 13:30"),
        ("\u200e18.\u200e03.\u200e2027 13:30\ufeff", "2027-03-18 13:30"),
        ("2027\u201103\u201118 13:30", "2027-03-18 13:30"),
        ("2027-3-8 9:05", "2027-03-08 09:05"),
        # ranges
        ("18.3.2027 13.30 – 17.00 Uhr", "2027-03-18 13:30 / 2027-03-18 17:00"),
        ("18.3.2027 13:30—17:00", "2027-03-18 13:30 / 2027-03-18 17:00"),
        ("18.3.2027 13:30 Uhr bis 17 Uhr", "2027-03-18 13:30 / 2027-03-18 17:00"),
        ("18.3.2027, von 13 bis 17 Uhr", "2027-03-18 13:00 / 2027-03-18 17:00"),
        ("2027-03-18T13:30 – 17:00", "2027-03-18 13:30 / 2027-03-18 17:00"),
        ("2027-03-18 03:30-05:00", "2027-03-18 03:30 / 2027-03-18 05:00"),
        ("18. März 13-17 Uhr", "2027-03-18 13:00 / 2027-03-18 17:00"),
        ("1. 12. 14–16h", "2026-12-01 14:00 / 2026-12-01 16:00"),
        ("Fri 20 Nov 9:30 to 11:00", "2026-11-20 09:30 / 2026-11-20 11:00"),
        ("13:30-17:00 morgen", "2026-11-18 13:30 / 2026-11-18 17:00"),
        ("18.3.2027 22:00 - 19.3.2027 01:00", "2027-03-18 22:00 / 2027-03-19 01:00"),
        ("31.12. 22:00 - 1.1. 01:00", "2026-12-31 22:00 / 2027-01-01 01:00"),
        ("Fr 22:00 - Sa 01:00", "2026-11-20 22:00 / 2026-11-21 01:00"),
        ("Mi 9:00 - Mi 17:00", "2026-11-18 09:00 / 2026-11-18 17:00"),
        ("heute 22:00 bis morgen 01:00", "2026-11-17 22:00 / 2026-11-18 01:00"),
        ("2027-03-18T13:30+01:00 - 2027-03-18T17:00+01:00", "2027-03-18 13:30 / 2027-03-18 17:00"),
        # ISO and offsets
        ("2027-03-18T13:30", "2027-03-18 13:30"),
        ("2027-03-18t13:30:00", "2027-03-18 13:30"),
        ("2027-03-18T12:30:00.000Z", "2027-03-18 13:30"),
        ("2027-03-18T13:30+0100", "2027-03-18 13:30"),
        ("2027-03-18 13:30:00+01:00", "2027-03-18 13:30"),
        ("2027-03-18T13:30:00-05:00", "2027-03-18 19:30"),
        ("2027-03-18T13:30-05:00", "2027-03-18 19:30"),
        ("2027-03-18 12:30 UTC", "2027-03-18 13:30"),
        # what has no year comes next
        ("17.11. 14:00", "2026-11-17 14:00"),
        ("16.11. 14:00", "2027-11-16 14:00"),
        ("29.2. 10:00", "2028-02-29 10:00"),
    ],
)
def test_reads(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.DATE_MISSING),
        ("13:30", Reason.DATE_MISSING),
        ("14 Uhr", Reason.DATE_MISSING),
        ("13:30-17:00", Reason.DATE_MISSING),
        ("2h", Reason.DATE_MISSING),
        ("18.03.2027", Reason.TIME_MISSING),
        ("morgen", Reason.TIME_MISSING),
        ("18.03.2027 - 19.03.2027", Reason.TIME_MISSING),
        ("18.03.2027 22:00 - 19.03.2027", Reason.TIME_MISSING),
        ("Di 9:30", Reason.WEEKDAY_IS_TODAY),
        ("am Dienstag um 9:30", Reason.WEEKDAY_IS_TODAY),
        ("Fr, 18.03.2027 13:30", Reason.WEEKDAY_MISMATCH),
        ("Mo 18.3. 13:30", Reason.WEEKDAY_MISMATCH),
        ("morgen, Freitag, 13:30", Reason.WEEKDAY_MISMATCH),
        ("heute Abend", Reason.VAGUE),
        ("heute Abend 7 Uhr", Reason.VAGUE),
        ("heute Morgen 8 Uhr", Reason.VAGUE),
        ("Dienstagabend", Reason.VAGUE),
        ("morgen früh", Reason.VAGUE),
        ("Mittwoch Mittag", Reason.VAGUE),
        ("tomorrow morning", Reason.VAGUE),
        ("tonight", Reason.VAGUE),
        ("nächste Woche", Reason.VAGUE),
        ("in 2 Monaten 10:00", Reason.VAGUE),
        ("morgen gegen 14 Uhr", Reason.VAGUE),
        ("morgen halb drei", Reason.VAGUE),
        ("morgen um 9", Reason.BARE_NUMBER),
        ("18.3.2027 13:30-17", Reason.BARE_NUMBER),
        ("tomorrow 2pm", Reason.TWELVE_HOURS),
        ("tomorrow 9:30 a.m.", Reason.TWELVE_HOURS),
        ("18/03/2027 13:30", Reason.SLASHES),
        ("30.2. 10:00", Reason.NO_SUCH_DATE),
        ("29.2.2027 10:00", Reason.NO_SUCH_DATE),
        ("31.4.2027 10:00", Reason.NO_SUCH_DATE),
        ("1.13.2027 10:00", Reason.NO_SUCH_DATE),
        ("0.1.2027 10:00", Reason.NO_SUCH_DATE),
        ("18.3.1999 10:00", Reason.YEAR_OUT_OF_RANGE),
        ("18.3.2101 10:00", Reason.YEAR_OUT_OF_RANGE),
        ("0000-01-01 10:00", Reason.YEAR_OUT_OF_RANGE),
        ("18.3.2027 24:00", Reason.NO_SUCH_TIME),
        ("18.3.2027 13:60", Reason.NO_SUCH_TIME),
        ("18.3.2027 25 Uhr", Reason.NO_SUCH_TIME),
        ("2027-03-18T13:30+15:00", Reason.NO_SUCH_OFFSET),
        ("2027-03-18T13:30+01:75", Reason.NO_SUCH_OFFSET),
        ("2027-03-18T09:00-11:00", Reason.OFFSET_OR_RANGE),
        ("2027-03-18T09:00 -11:00", Reason.OFFSET_OR_RANGE),
        ("28.03.2027 02:30", Reason.SKIPPED_TIME),
        ("2027-03-28T02:30+01:00", Reason.SKIPPED_TIME),
        ("28.03.2027 01:30-02:30", Reason.SKIPPED_TIME),
        ("31.10.2027 02:30", Reason.AMBIGUOUS_TIME),
        ("31.10.2027 01:30-02:30", Reason.AMBIGUOUS_TIME),
        ("heute 10:15", Reason.PAST),
        ("17.11. 9:00", Reason.PAST),
        ("gestern 14:00", Reason.PAST),
        ("vor 3 Tagen 14:00", Reason.PAST),
        ("letzten Freitag 14:00", Reason.PAST),
        ("18.3.2025 14:00", Reason.PAST),
        ("heute 9:00-17:00", Reason.PAST),
        ("18.3.2027 22:00-01:00", Reason.NEEDS_SECOND_DATE),
        ("18.3.2027 17:00-13:30", Reason.NEEDS_SECOND_DATE),
        ("18.3.2027 17:00-17:00", Reason.BACKWARDS),
        ("19.3.2027 10:00 - 18.3.2027 12:00", Reason.BACKWARDS),
        ("übermorgen 10:00 - morgen 12:00", Reason.BACKWARDS),
        ("19.3.2027 10:00 - 18.3. 12:00", Reason.NEEDS_YEARS),
        ("18.3. 22:00 - 19.3.2028 01:00", Reason.NEEDS_YEARS),
        ("x" * 201, Reason.INPUT_TOO_LONG),
        ("irgendwann", Reason.NOT_UNDERSTOOD),
        ("jeden Dienstag 9:30", Reason.NOT_UNDERSTOOD),
        ("Mo-Fr 9-17 Uhr", Reason.NOT_UNDERSTOOD),
        ("18.3.2027 13:30 15:30", Reason.NOT_UNDERSTOOD),
        ("18.3.2027 19.3.2027 13:30", Reason.NOT_UNDERSTOOD),
        ("18.3.2027 13:30 -", Reason.NOT_UNDERSTOOD),
        ("- 17:00", Reason.NOT_UNDERSTOOD),
        ("18.3.2027 13:30 im Saal", Reason.NOT_UNDERSTOOD),
        ("18.03 13:30", Reason.NOT_UNDERSTOOD),
        ("18.3.14h", Reason.NOT_UNDERSTOOD),
        ("018.3.2027 13:30", Reason.NOT_UNDERSTOOD),
        ("1330", Reason.NOT_UNDERSTOOD),
        ("１８.3.2027 13:30", Reason.NOT_UNDERSTOOD),  # only 0 to 9 are digits
        ("18.3.2027 1²:30", Reason.NOT_UNDERSTOOD),
        ("١٨.٣.٢٠٢٧ 13:30", Reason.NOT_UNDERSTOOD),
        ("İİ morgen 9:30", Reason.NOT_UNDERSTOOD),
    ],
)
def test_refuses(text: str, reason: Reason) -> None:
    refused = refusal(text)
    assert refused.reason is reason
    for language in ("de", "en"):
        sentence = explain(refused, language)
        assert sentence[-1] in ".…"
        assert "{" not in sentence
        assert "ß" not in sentence
        assert len(sentence) < 250


@pytest.mark.parametrize(
    ("text", "german", "english"),
    [
        (
            "Fr, 18.03.2027 13:30",
            "Der 18.03.2027 ist ein Donnerstag, kein Freitag",
            "is a Thursday, not a Friday",
        ),
        ("Di 9:30", "Heute ist selbst Dienstag. Schreiben Sie «heute»", "Write «today» or the date"),
        (
            "heute Abend",
            "«Abend» ist mir zu ungenau. Schreiben Sie den Tag und die Uhrzeit",
            "the day and the time",
        ),
        ("31.10.2027 02:30", "«2027-10-31T02:30+02:00» oder «2027-10-31T02:30+01:00»", "two times 02:30"),
        ("28.03.2027 02:30", "Am 28.03.2027 gibt es 02:30 nicht", "there is no 02:30"),
        ("18.3.2027", "zum Beispiel «18.03.2027 13:30»", "for example, «18.03.2027 13:30»"),
        ("18.3.2025 14:00", "18.03.2025 14:00 ist schon vorbei", "18.03.2025 14:00 is over"),
    ],
)
def test_a_refusal_says_what_to_write(text: str, german: str, english: str) -> None:
    assert german in explain(refusal(text), "de")
    assert english in explain(refusal(text), "en")


def test_a_deadline_may_be_a_whole_day() -> None:
    assert read("18.3.2027", whole_day=True) == "2027-03-18"
    assert read("heute", whole_day=True) == "2026-11-17"
    assert read("Mi", whole_day=True) == "2026-11-18"
    assert read("Fr, 26. März 2027", whole_day=True) == "2027-03-26"
    assert read("2027-03-18", whole_day=True) == "2027-03-18"
    assert read("18.3.2027 13:30", whole_day=True) == "2027-03-18 13:30"
    assert refusal("gestern", whole_day=True).reason is Reason.PAST
    assert refusal("13:30", whole_day=True).reason is Reason.DATE_MISSING
    assert refusal("18.3.2027 - 19.3.2027", whole_day=True).reason is Reason.TIME_MISSING


def test_what_is_over_is_read_backwards() -> None:
    assert read("18.3.", whole_day=True, past=True) == "2026-03-18"
    assert read("17.11.", whole_day=True, past=True) == "2026-11-17"
    assert read("18.11. 9:00-10:00", past=True) == "2025-11-18 09:00 / 2025-11-18 10:00"
    assert read("29.2.", whole_day=True, past=True) == "2024-02-29"
    assert read("Mo", whole_day=True, past=True) == "2026-11-16"
    assert read("Mi", whole_day=True, past=True) == "2026-11-11"
    assert read("letzten Dienstag", whole_day=True, past=True) == "2026-11-10"
    assert read("gestern", whole_day=True, past=True) == "2026-11-16"
    assert read("vor 2 Wochen", whole_day=True, past=True) == "2026-11-03"
    assert read("3 days ago", whole_day=True, past=True) == "2026-11-14"
    assert read("18.3.2027 13:30", past=True) == "2027-03-18 13:30"
    assert refusal("Di", whole_day=True, past=True).values["date"] == "2026-11-10"


def test_a_range_may_be_out_of_place() -> None:
    assert refusal("18.3.2027 13:30-17:00", range_allowed=False).reason is Reason.RANGE_NOT_ALLOWED
    assert read("18.3.2027 13:30", range_allowed=False) == "2027-03-18 13:30"


def test_an_offset_says_which_of_two_hours() -> None:
    summer = read_moment("2027-10-31T02:30+02:00", now=NOW, zone=ZURICH).start
    winter = read_moment("31.10.2027 02:30 +01:00", now=NOW, zone=ZURICH).start
    assert summer.isoformat() == "2027-10-31T02:30:00+02:00"
    assert winter.isoformat() == "2027-10-31T02:30:00+01:00"
    within = read_moment("31.10.2027 02:45+02:00 - 02:15+01:00", now=NOW, zone=ZURICH)
    assert within.end is not None
    assert within.end.astimezone(UTC) - within.start.astimezone(UTC) == timedelta(minutes=30)


def test_a_span_from_now_counts_hours_that_pass() -> None:
    before = datetime(2027, 10, 31, 1, 30, tzinfo=ZURICH)
    assert read_moment("in 1h", now=before, zone=ZURICH).start.isoformat() == "2027-10-31T02:30:00+02:00"
    assert (
        read_moment("in 2 Stunden", now=before, zone=ZURICH).start.isoformat() == "2027-10-31T02:30:00+01:00"
    )


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@given(year=st.integers(2027, 2037), minute=st.integers(0, 59))
def test_both_nights_when_the_clocks_change(year: int, minute: int) -> None:
    spring, autumn = last_sunday(year, 3), last_sunday(year, 10)
    assert refusal(f"{spring:%d.%m.%Y} 02:{minute:02}").reason is Reason.SKIPPED_TIME
    assert refusal(f"{autumn:%d.%m.%Y} 02:{minute:02}").reason is Reason.AMBIGUOUS_TIME
    for day in (spring, autumn):
        for hour in (1, 3):
            assert read(f"{day:%d.%m.%Y} {hour}:{minute:02}") == f"{day} {hour:02}:{minute:02}"
    for offset in ("+01:00", "+02:00"):
        typed = f"{autumn}T02:{minute:02}:00{offset}"
        assert read_moment(typed, now=NOW, zone=ZURICH).start.isoformat() == typed


def exists_once(wall: datetime) -> bool:
    first, second = (wall.replace(tzinfo=ZURICH, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first == second


walls = st.datetimes(datetime(2026, 11, 18), datetime(2099, 12, 30)).map(  # noqa: DTZ001 — wall times
    lambda wall: wall.replace(second=0, microsecond=0)
)


@given(wall=walls.filter(exists_once), locale=st.sampled_from(["de_CH", "de", "en_GB", "en_CH"]))
def test_every_formatted_date_reads_back(wall: datetime, locale: str) -> None:
    local = wall.replace(tzinfo=ZURICH)
    texts = [
        local.isoformat(),
        local.astimezone(UTC).isoformat(),
        f"{local:%d.%m.%Y %H:%M}",
        f"{local.day}.{local.month}.{local:%y} {local.hour}.{local:%M} Uhr",
        f"{local:%Y-%m-%d %H:%M}",
        f"{local:%H:%M} {local:%d.%m.%Y}",
        *(
            format_datetime(local, pattern, locale=locale)
            for pattern in (
                "EEE, d. MMMM y, HH:mm",
                "EEEE, d. MMM y 'um' H.mm 'Uhr'",
                "EEEEEE d. MMMM y, H:mm",
            )
        ),
        f"{format_skeleton('yMMMMEEEEd', local, locale=locale)} {local:%H:%M}",
    ]
    for text in texts:
        moment = read_moment(text, now=NOW, zone=ZURICH)
        assert moment == Moment(local, None, whole_day=False), text


@given(start=walls.filter(exists_once), minutes=st.integers(1, 3 * 24 * 60), dash=st.sampled_from("-–—"))
def test_every_formatted_range_reads_back(start: datetime, minutes: int, dash: str) -> None:
    end = start + timedelta(minutes=minutes)
    assume(exists_once(end))
    text = format_datetime(start, "EEE, d. MMMM y, HH:mm", locale="de_CH") + dash
    if end.date() == start.date():
        text += f"{end:%H:%M}"
    else:
        text += format_datetime(end, "EEE, d. MMMM y, HH:mm", locale="de_CH")
    moment = read_moment(text, now=NOW, zone=ZURICH)
    assert (moment.start.replace(tzinfo=None), moment.end and moment.end.replace(tzinfo=None)) == (start, end)


_WORDS = """
morgen heute gestern Di Dienstag nächsten next am um bis von in vor ago 2 14 99 999 Wochen Stunden Uhr h März
29.2. 31.12. 18.3.27 18. 2027 2027-03-18 T 13:30 02:30 13.30 24:00 - – , . : / +02:00 Z Abend pm ²
2027-10-31T02:30 28.3.2027 Sonntag Fr.
"""
_words = st.sampled_from(_WORDS.split())
_texts = st.one_of(
    st.text(max_size=210),
    st.text(alphabet=string.digits + ".:- hTZ+", max_size=30),
    st.lists(_words, max_size=8).map(" ".join),
    st.lists(_words, max_size=5).map("".join),
)


@given(text=_texts, now=st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31)), whole_day=st.booleans())  # noqa: DTZ001
def test_any_text_is_read_or_refused_and_never_past(text: str, now: datetime, *, whole_day: bool) -> None:
    aware = now.replace(tzinfo=UTC)
    try:
        moment = read_moment(text, now=aware, zone=ZURICH, whole_day=whole_day)
    except DateRefused as refused:
        assert explain(refused, "de") != explain(refused, "en")  # noqa: PT017
        return
    assert moment.start.tzinfo is ZURICH
    if moment.whole_day:
        assert whole_day
        assert moment.start.date() >= aware.astimezone(ZURICH).date()
    else:
        assert moment.start.astimezone(UTC) > aware
    if moment.end is not None:
        assert moment.end.tzinfo is ZURICH
        assert moment.end.astimezone(UTC) > moment.start.astimezone(UTC)


@given(text=_texts, now=st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001 — made aware
def test_any_text_about_what_is_over_is_read_or_refused(text: str, now: datetime) -> None:
    try:
        moment = read_moment(text, now=now.replace(tzinfo=UTC), zone=ZURICH, past=True, whole_day=True)
    except DateRefused:
        return
    assert moment.start.tzinfo is ZURICH
