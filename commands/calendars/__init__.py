"""Dates of all kinds: the agenda, and files for people's calendars."""

from __future__ import annotations

from commands.calendars.files import Attendee, CalendarFile, Entry, Instance, new_uid, next_stamp

__all__ = ["Attendee", "CalendarFile", "Entry", "Instance", "new_uid", "next_stamp"]
