"""Dates and spans as people type them: our own small, exact grammar."""

from __future__ import annotations

from commands.dates.durations import read_duration, read_lead_times, span_code
from commands.dates.mentions import mentioned
from commands.dates.moments import Moment, read_moment
from commands.dates.refusals import DateRefused, Reason, explain
from commands.dates.words import MONTHS, WEEKDAYS

__all__ = [
    "MONTHS",
    "WEEKDAYS",
    "DateRefused",
    "Moment",
    "Reason",
    "explain",
    "mentioned",
    "read_duration",
    "read_lead_times",
    "read_moment",
    "span_code",
]
