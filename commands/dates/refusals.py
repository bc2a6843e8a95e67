"""Why a date or a duration was refused, and the sentence that says so.

The reader knows no language: it raises a code and plain values (ISO dates, English weekdays), and the
sentence is made where the answer's language is known.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Reason(StrEnum):
    NOT_UNDERSTOOD = "not_understood"
    INPUT_TOO_LONG = "input_too_long"
    VAGUE = "vague"
    BARE_NUMBER = "bare_number"
    TWELVE_HOURS = "twelve_hours"
    SLASHES = "slashes"
    DATE_MISSING = "date_missing"
    TIME_MISSING = "time_missing"
    NO_SUCH_DATE = "no_such_date"
    YEAR_OUT_OF_RANGE = "year_out_of_range"
    NO_SUCH_TIME = "no_such_time"
    NO_SUCH_OFFSET = "no_such_offset"
    SKIPPED_TIME = "skipped_time"
    AMBIGUOUS_TIME = "ambiguous_time"
    OFFSET_OR_RANGE = "offset_or_range"
    WEEKDAY_MISMATCH = "weekday_mismatch"
    WEEKDAY_IS_TODAY = "weekday_is_today"
    PAST = "past"
    RANGE_NOT_ALLOWED = "range_not_allowed"
    BACKWARDS = "backwards"
    NEEDS_SECOND_DATE = "needs_second_date"
    NEEDS_YEARS = "needs_years"
    NOT_A_DURATION = "not_a_duration"
    DURATION_NOT_POSITIVE = "duration_not_positive"
    DURATION_TOO_LONG = "duration_too_long"
    NOT_LEAD_TIMES = "not_lead_times"


class DateRefused(ValueError):  # noqa: N818 — a refusal is an answer, not an error
    """A text that is no exact date or duration, with the reason and what the sentence about it needs.

    `values`: days as ISO dates, weekdays as English words in small letters, the rest as it was typed.
    """

    def __init__(self, reason: Reason, **values: str) -> None:
        super().__init__(reason, values)
        self.reason = reason
        self.values: Mapping[str, str] = MappingProxyType(values)


WEEKDAY_CODES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GERMAN_WEEKDAYS: Final = (
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
)

_LONGEST_QUOTE: Final = 60  # characters

_GERMAN: Final[Mapping[Reason, str]] = {
    Reason.NOT_UNDERSTOOD: (
        "«{text}» verstehe ich nicht als Datum. Schreiben Sie zum Beispiel «18.03.2027 13:30» oder «Di 9:30»."
    ),
    Reason.INPUT_TOO_LONG: ("Das ist zu lang für ein Datum: höchstens {limit} Zeichen."),
    Reason.VAGUE: (
        "«{text}» ist mir zu ungenau. Schreiben Sie den Tag und die Uhrzeit, zum Beispiel «heute 19:00»."
    ),
    Reason.BARE_NUMBER: ("«{text}» ist nicht eindeutig. Schreiben Sie die Uhrzeit als «9:00» oder «9 Uhr»."),
    Reason.TWELVE_HOURS: (
        "«{text}» ist nicht eindeutig. Schreiben Sie zuerst den Tag und dann die Uhrzeit, zum Beispiel "
        "«18.03.2027 14:30»."
    ),
    Reason.SLASHES: (
        "Bei «{text}» ist nicht klar, was Tag und was Monat ist. Schreiben Sie es mit Punkten, zum "
        "Beispiel «18.03.2027»."
    ),
    Reason.DATE_MISSING: (
        "Es fehlt das Datum. Schreiben Sie zum Beispiel «18.03.2027 13:30» oder «morgen 13:30»."
    ),
    Reason.TIME_MISSING: ("Es fehlt die Uhrzeit. Schreiben Sie zum Beispiel «{date} 13:30»."),
    Reason.NO_SUCH_DATE: ("Den {text} gibt es nicht. Bitte prüfen Sie das Datum."),
    Reason.YEAR_OUT_OF_RANGE: ("Das Jahr {year} liegt zu weit weg. Möglich sind 2000 bis 2100."),
    Reason.NO_SUCH_TIME: ("Die Uhrzeit {time} gibt es nicht. Möglich sind 0:00 bis 23:59."),
    Reason.NO_SUCH_OFFSET: (
        "Den Zusatz {text} verstehe ich nicht. Schreiben Sie die Zeit ohne ihn, zum Beispiel «18.03.2027 "
        "13:30»."
    ),
    Reason.SKIPPED_TIME: (
        "Am {date} gibt es {time} nicht, weil die Uhr vorgestellt wird. Bitte nehmen Sie eine andere Zeit."
    ),
    Reason.AMBIGUOUS_TIME: (
        "Am {date} gibt es {time} zweimal, weil die Uhr zurückgestellt wird. Schreiben Sie «{first}» "
        "oder «{second}»."
    ),
    Reason.OFFSET_OR_RANGE: (
        "«{text}» lässt sich auf zwei Arten lesen. Schreiben Sie es mit Leerzeichen, zum Beispiel "
        "«18.03.2027 13:30 - 17:00»."
    ),
    Reason.WEEKDAY_MISMATCH: (
        "Der {date} ist ein {weekday}, kein {given}. Bitte ändern Sie den Wochentag oder das Datum."
    ),
    Reason.WEEKDAY_IS_TODAY: (
        "Heute ist selbst {weekday}. Schreiben Sie «heute» oder das Datum, zum Beispiel «{date}»."
    ),
    Reason.PAST: ("{date} ist schon vorbei. Bitte nehmen Sie eine Zeit, die noch kommt."),
    Reason.RANGE_NOT_ALLOWED: (
        "Hier passt nur ein Zeitpunkt, kein Zeitraum. Schreiben Sie zum Beispiel «18.03.2027 13:30»."
    ),
    Reason.BACKWARDS: ("Das Ende ({end}) muss nach dem Anfang ({start}) liegen. Bitte prüfen Sie beide."),
    Reason.NEEDS_SECOND_DATE: (
        "Das Ende ({end}) liegt vor dem Anfang ({start}). Dauert es über Mitternacht? Dann schreiben Sie "
        "auch das zweite Datum: «18.03.2027 22:00 - 19.03.2027 01:00»."
    ),
    Reason.NEEDS_YEARS: (
        "Vom {start} bis zum {end} wäre es sehr lang. Schreiben Sie beide Daten mit dem Jahr."
    ),
    Reason.NOT_A_DURATION: (
        "«{text}» verstehe ich nicht als Dauer. Schreiben Sie zum Beispiel «2 Stunden», «90 Minuten» "
        "oder «2 Wochen»."
    ),
    Reason.DURATION_NOT_POSITIVE: ("«{text}» ist keine Dauer. Möglich ist ab «1 Sekunde»."),
    Reason.DURATION_TOO_LONG: ("«{text}» ist zu lang. Möglich sind höchstens «366 Tage»."),
    Reason.NOT_LEAD_TIMES: (
        "«{text}» verstehe ich nicht. Wann soll ich erinnern? Zum Beispiel: «1 Tag, 1 Stunde». Gar "
        "nicht: «aus»."
    ),
}

_ENGLISH: Final[Mapping[Reason, str]] = {
    Reason.NOT_UNDERSTOOD: (
        "I can't read «{text}» as a date. Write, for example, «18.03.2027 13:30» or «Tue 9:30»."
    ),
    Reason.INPUT_TOO_LONG: ("That is too long for a date: at most {limit} characters."),
    Reason.VAGUE: ("«{text}» is too vague for me. Write the day and the time, for example «today 19:00»."),
    Reason.BARE_NUMBER: ("«{text}» is not clear. Write the time as «9:00» or «9h»."),
    Reason.TWELVE_HOURS: (
        "«{text}» is not clear. Write the day first and then the time, for example «18.03.2027 14:30»."
    ),
    Reason.SLASHES: (
        "In «{text}» it is not clear which is the day and which the month. Write it with dots, for "
        "example «18.03.2027»."
    ),
    Reason.DATE_MISSING: ("The date is missing. Write, for example, «18.03.2027 13:30» or «tomorrow 13:30»."),
    Reason.TIME_MISSING: ("The time is missing. Write, for example, «{date} 13:30»."),
    Reason.NO_SUCH_DATE: ("There is no {text}. Please check the date."),
    Reason.YEAR_OUT_OF_RANGE: ("The year {year} is too far away. It can be 2000 to 2100."),
    Reason.NO_SUCH_TIME: ("There is no time {time}. It can be 0:00 to 23:59."),
    Reason.NO_SUCH_OFFSET: (
        "I don't understand the {text} at the end. Write the time without it, for example «18.03.2027 13:30»."
    ),
    Reason.SKIPPED_TIME: (
        "On {date} there is no {time}, because the clocks go forward. Please choose another time."
    ),
    Reason.AMBIGUOUS_TIME: (
        "On {date} there are two times {time}, because the clocks go back. Write «{first}» or «{second}»."
    ),
    Reason.OFFSET_OR_RANGE: (
        "«{text}» can be read in two ways. Write it with spaces, for example «18.03.2027 13:30 - 17:00»."
    ),
    Reason.WEEKDAY_MISMATCH: ("{date} is a {weekday}, not a {given}. Please change the weekday or the date."),
    Reason.WEEKDAY_IS_TODAY: (
        "Today is a {weekday} itself. Write «today» or the date, for example «{date}»."
    ),
    Reason.PAST: ("{date} is over. Please choose a time that is still to come."),
    Reason.RANGE_NOT_ALLOWED: ("Only one point in time fits here. Write, for example, «18.03.2027 13:30»."),
    Reason.BACKWARDS: ("The end ({end}) must be after the start ({start}). Please check both."),
    Reason.NEEDS_SECOND_DATE: (
        "The end ({end}) is before the start ({start}). Does it last past midnight? Then write the "
        "second date too: «18.03.2027 22:00 - 19.03.2027 01:00»."
    ),
    Reason.NEEDS_YEARS: ("From {start} to {end} would be very long. Write both dates with their year."),
    Reason.NOT_A_DURATION: (
        "I can't read «{text}» as a duration. Write, for example, «2 hours», «90 minutes» or «2 weeks»."
    ),
    Reason.DURATION_NOT_POSITIVE: ("«{text}» is not a duration. It can be «1 second» or more."),
    Reason.DURATION_TOO_LONG: ("«{text}» is too long. It can be at most «366 days»."),
    Reason.NOT_LEAD_TIMES: (
        "I don't understand «{text}». When should I remind you? For example: «1 day, 1 hour». Not at "
        "all: «off»."
    ),
}


def explain(refused: DateRefused, language: str) -> str:
    """One sentence that says what is wrong and what to write instead; `language` is `de` or `en`.

    May contain what the person typed: to be escaped like any text of theirs.
    """
    german = language == "de"
    words = {key: _worded(value, german=german) for key, value in refused.values.items()}
    return (_GERMAN if german else _ENGLISH)[refused.reason].format(**words)


def _worded(value: str, *, german: bool) -> str:
    """A weekday in its language, an ISO date as 18.03.2027; anything else as it is, the beginning if long."""
    if value in WEEKDAY_CODES:
        return _GERMAN_WEEKDAYS[WEEKDAY_CODES.index(value)] if german else value.capitalize()
    try:
        return f"{date.fromisoformat(value):%d.%m.%Y}"
    except ValueError:
        return value if len(value) <= _LONGEST_QUOTE else value[:_LONGEST_QUOTE].rstrip() + "…"
