"""How members have their own calendar subscribe to their dates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from commands.framework import (
    PERSON,
    Audience,
    Context,
    Failure,
    Machine,
    NotAMember,
    Place,
    Refused,
    Reply,
    Role,
    StaysAsItIs,
    action,
    choices,
    command,
    departure,
    personal,
    returning,
)
from storage import calendar_subscriptions as stored
from storage import members
from storage.calendar_subscriptions import Subscription
from storage.members import Member

Change = Annotated[
    Literal["new", "off"],
    choices(
        {"neu": "new", "aus": "off"},
        also={"neue": "new", "neue adresse": "new", "new address": "new", "beenden": "off", "end": "off"},
    ),
    Place("line"),
]
How = Annotated[
    Literal["subscription", "files", "both"],
    choices(
        {"abo": "subscription", "dateien": "files", "beides": "both"},
        also={"abonnement": "subscription", "datei": "files", "file": "files", "beide": "both"},
    ),
    Place("line"),
]


class AboutCalendar(Reply):
    abstract: ClassVar[bool] = True
    on: bool

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "calendar", "state": "on" if self.on else "off"}


class CalendarAddress(AboutCalendar):
    """A calendar may subscribe by this address from now on, and by no other."""

    fleeting: ClassVar[bool] = True
    address: str
    again: bool  # in place of another one
    files: bool  # come too


class CalendarSubscribed(AboutCalendar):
    """There is a subscription already; its address is said once."""

    since: date


class CalendarKept(AboutCalendar):
    """The subscription is as it was before."""


class CalendarEnded(AboutCalendar):
    """No calendar subscribes any more."""


class CalendarWay(AboutCalendar):
    """How dates come into the calendar: `files`, or by a subscription, or both."""

    how: str
    ended: bool = False  # there was a subscription


class NoCalendarAddresses(Failure):
    """The operator has not set up the pages where the address would be."""


class NotSubscribed(Failure):
    """There is no subscription that could end."""


@command(
    "agenda abo",
    "agenda subscribe",
    "agenda abonnieren",
    "agenda subscription",
    role=Role.PI,
    de="die Adresse, mit der Ihr Kalender Ihre Termine abonniert (neu: eine andere, aus: keine mehr)",
    en="the address for your calendar to subscribe to your dates (new: another, off: none)",
    example=("", ""),
    direct=True,
    pausing=True,
    words=(
        "Kalender abonnieren",
        "Termine abonnieren",
        "Kalenderabo",
        "Abo",
        "abonnieren",
        "subscribe calendar",
        "subscribe dates",
        "Kalender verbinden",
        "Adresse Kalender",
        "webcal",
        "synchronisieren",
        "aktualisieren",
        "immer aktuell",
        "up to date",
    ),
    offer=("Meine Termine im eigenen Kalender abonnieren", "Subscribe to my dates in my own calendar"),
)
def subscribe(ctx: Context, change: Change | None = None) -> Reply:
    """The address, said once; with `neu` another one, and the one before ends at once; with `aus` it ends.

    Refuses: NoCalendarAddresses, NotSubscribed.
    """
    user = ctx.me.user_id
    before = stored.find(ctx.tx, user)
    if change == "off":
        if before is None:
            raise Refused(NotSubscribed())
        _end(ctx, before)
        return CalendarEnded(on=False)
    if not ctx.settings.web:
        raise Refused(NoCalendarAddresses())
    if before is not None and change is None:
        return CalendarSubscribed(on=True, since=_day(ctx, before.made_at))
    secret = stored.begin(ctx.tx, user, at=ctx.now)
    _keep_for_undo(ctx, before)
    address = f"{ctx.settings.web}/kalender/{secret}.ics"
    return CalendarAddress(
        on=True, address=address, again=before is not None, files=_mine(ctx).calendar_files
    )


@command(
    "profil kalender",
    "profile calendar",
    role=Role.PI,
    de="wie Ihre Termine in Ihren Kalender kommen: abo, dateien oder beides",
    en="how your dates come into your calendar: subscription, files or both",
    example=("dateien", "files"),
    direct=True,
    pausing=True,
    words=("Kalenderdateien", "keine Kalenderdateien", "calendar files", "no calendar files"),
    offer=("Wählen, wie Termine in meinen Kalender kommen", "Choose how dates come into my calendar"),
)
def choose(ctx: Context, calendar: How) -> CalendarWay:
    """With a subscription, files come only for `beides`; `dateien` ends the subscription."""
    before = stored.find(ctx.tx, ctx.me.user_id)
    ends = calendar == "files" and before is not None
    _keep_for_undo(ctx, before)
    if ends:
        stored.end(ctx.tx, ctx.me.user_id)
    members.change(ctx.tx, ctx.me.user_id, calendar_files=calendar == "both", changed_at=ctx.now)
    return CalendarWay(on=before is not None and not ends, how=calendar, ended=ends)


def _end(ctx: Context, before: Subscription) -> None:
    stored.end(ctx.tx, ctx.me.user_id)
    _keep_for_undo(ctx, before)


def _keep_for_undo(ctx: Context, before: Subscription | None) -> None:
    now = stored.find(ctx.tx, ctx.me.user_id)
    ctx.undo(
        bring_back,
        before=None if before is None else _as_data(before),
        after=None if now is None else now.secret_hash,
        files=_mine(ctx).calendar_files,
    )


@action
def bring_back(ctx: Context, before: list[str] | None, after: str | None, files: bool) -> CalendarKept:
    """The address before is the one again, or there is none. Refuses: StaysAsItIs, where it is another by now."""
    user = ctx.me.user_id
    now = stored.find(ctx.tx, user)
    if (None if now is None else now.secret_hash) != after:
        raise Refused(StaysAsItIs())
    if before is None:
        stored.end(ctx.tx, user)
    elif before[0] != after:
        _put(ctx, user, before)
    members.change(ctx.tx, user, calendar_files=files, changed_at=ctx.now)
    return CalendarKept(on=before is not None)


def _mine(ctx: Context) -> Member:
    """The asker's row. Refuses: NotAMember."""
    member = members.find(ctx.tx, ctx.me.user_id)
    if member is None:
        raise Refused(NotAMember(state=None))
    return member


def _day(ctx: Context, at: datetime) -> date:
    return at.astimezone(ctx.settings.zone).date()


@departure
def _leave(ctx: Context, user_id: str) -> None:
    """Who takes part no more has no dates here: the address ends."""
    stored.end(ctx.tx, user_id)


def _give_back(ctx: Context, user_id: str, before: list[str] | None) -> None:
    if before is not None and stored.find(ctx.tx, user_id) is None:
        _put(ctx, user_id, before)


@returning("calendar", give_back=_give_back)
def _kept(ctx: Context, user_id: str) -> list[str] | None:
    found = stored.find(ctx.tx, user_id)
    return None if found is None else _as_data(found)


def _as_data(found: Subscription) -> list[str]:
    return [found.secret_hash, found.made_at.isoformat()]


def _put(ctx: Context, user_id: str, before: list[str]) -> None:
    """The address is the one that it was, without anybody saying it again."""
    secret_hash, made_at = before
    stored.put(ctx.tx, user_id, secret_hash=secret_hash, made_at=datetime.fromisoformat(made_at), at=ctx.now)


@personal("calendar", erase=lambda ctx, user_id: stored.end(ctx.tx, user_id))
def _export(ctx: Context, user_id: str) -> dict[str, Any]:
    found = stored.find(ctx.tx, user_id)
    return {"subscribed_since": found.made_at.isoformat()} if found is not None else {}
