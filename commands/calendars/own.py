"""The calendar of a member's own dates, to which another calendar subscribes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands.calendars.files import Entry, calendar
from commands.framework import CALENDARS, Context
from storage import calendar_subscriptions as stored
from storage import members
from storage.calendar_subscriptions import Subscription
from storage.members import Member

NAME: Final = "Public Innovators"
KEPT: Final = timedelta(days=365)  # what was longer ago is in it no more


def sends_files(ctx: Context, user_id: str) -> bool:
    """Do files for the calendar come to this person? With a subscription they don't, unless they want both."""
    if not _subscribes(ctx, user_id):
        return True
    member = members.find(ctx.tx, user_id)
    return member is None or member.calendar_files


def way_of(ctx: Context, member: Member) -> str:
    """How dates come into the member's calendar: files, subscription, both."""
    if not _subscribes(ctx, member.user_id):
        return "files"
    return "both" if member.calendar_files else "subscription"


def _subscribes(ctx: Context, user_id: str) -> bool:
    """By an address that is answered: none is where there are no pages."""
    return bool(ctx.settings.web) and stored.find(ctx.tx, user_id) is not None


def find(ctx: Context, secret: str) -> Subscription | None:
    """The subscription with this secret in its address."""
    return stored.find_by_secret(ctx.tx, secret)


def touch(ctx: Context, user_id: str) -> None:
    """The file of this person may be another by now."""
    stored.touch(ctx.tx, [user_id])


def version_of(ctx: Context, subscription: Subscription) -> str:
    """Another one whenever the file is another: by the person's row alone, the day, and the program."""
    day = ctx.now.astimezone(ctx.settings.zone).date()
    return f"{subscription.version}-{day:%Y%m%d}-{ctx.settings.version}"


def own_calendar(ctx: Context, user_id: str) -> bytes:
    """All that the person takes part in, may come to, is asked for, or waits for, as a file without METHOD."""
    entries: dict[str, Entry] = {}
    for kind in sorted(CALENDARS):
        for entry in CALENDARS[kind](ctx, user_id, ctx.now - KEPT):
            entries.setdefault(entry.uid, entry)
    in_order = sorted(entries.values(), key=lambda entry: (entry.start, entry.uid))
    return calendar(tuple(in_order), method=None, name=NAME)
