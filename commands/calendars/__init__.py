"""Dates of all kinds: the agenda, and files for people's calendars."""

from __future__ import annotations

from commands.calendars.files import (
    CONFIRMED,
    TENTATIVE,
    Attendee,
    CalendarFile,
    Entry,
    Instance,
    calendar,
    new_uid,
    next_stamp,
)
from commands.calendars.own import find, own_calendar, sends_files, touch, version_of, way_of

__all__ = [
    "CONFIRMED",
    "TENTATIVE",
    "Attendee",
    "CalendarFile",
    "Entry",
    "Instance",
    "calendar",
    "find",
    "new_uid",
    "next_stamp",
    "own_calendar",
    "sends_files",
    "touch",
    "version_of",
    "way_of",
]
