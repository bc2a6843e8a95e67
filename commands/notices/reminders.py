"""Reminders: who is reminded of what, and the one job that does it.

A feature plans rows (`plan`) whenever a thing gets a date or somebody takes part, drops them (`drop`) when that is
over, says with `@reminded` what the reminder looks like, and with `@attending` what a person takes part in, asked
when that person's lead times change (`replan`).

Rows that are due become messages in one transaction, once. After downtime those still useful are sent and say that
they are late, of several about the same thing the one closest to it; those of a start already past are closed as
missed, and the coordinators are told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from commands.framework import (
    ATTENDING,
    REMINDED,
    THINGS,
    Context,
    Machine,
    Refused,
    Reply,
    departure,
    job,
    personal,
)
from storage import members, reminders
from storage.engine.database import savepoint
from storage.reminders import Due, Missed

log = logging.getLogger(__name__)
DAY: Final = timedelta(days=1)
ON_TIME: Final = timedelta(seconds=60)  # what is sent later than that says so
AT_ONCE: Final = 250  # rows in a transaction: what people say meanwhile waits no longer than they take
NAMED: Final = 10  # things that a message to the coordinators names


class RemindersMissed(Reply):
    """For the coordinators: these things began before people could be reminded of them."""

    missed: tuple[Missed, ...]

    @property
    def named(self) -> list[tuple[str, int]]:
        """References of the first ones, each with the number of people."""
        return [(_ref(one), one.people) for one in self.missed[:NAMED]]

    @property
    def more(self) -> int:
        return max(0, len(self.missed) - NAMED)

    def machine(self) -> Machine:
        refs = [_ref(one) for one in self.missed]
        return {"type": "list", "of": "reminder", "refs": refs, "page": 1, "pages": 1, "total": len(refs)}


def _ref(about: Missed) -> str:
    thing = THINGS.get(about.kind)
    return f"{thing.letter if thing else about.kind + ' '}{about.number}"


# --- planning


def due_at(start: datetime, lead: timedelta, zone: ZoneInfo) -> datetime:
    """The time in UTC at which somebody is reminded of a thing that starts then.

    Whole days ahead mean the same time on an earlier day, also where the clocks change in between; hours and
    minutes are those that pass.
    """
    if lead % DAY:
        return start.astimezone(UTC) - lead
    local = start.astimezone(zone)
    return (local.replace(tzinfo=None) - lead).replace(tzinfo=zone).astimezone(UTC)


def plan(
    ctx: Context,
    kind: str,
    number: int,
    *,
    start: datetime,
    users: Iterable[str],
    leads: Iterable[timedelta] | None = None,
) -> None:
    """These people are reminded of the thing that starts then, each at their own lead times, or at these.

    All planned for them before is replaced, but for what is due at this very moment. A lead time that is already
    past is left out.
    """
    plan_all(ctx, kind, {(number, user): start for user in users}, leads=leads)


def plan_all(
    ctx: Context,
    kind: str,
    starts: Mapping[tuple[int, str], datetime],
    *,
    leads: Iterable[timedelta] | None = None,
) -> None:
    """The same of several things: `starts` by number and person."""
    people = list(dict.fromkeys(user for _, user in starts))
    found = members.preferences(ctx.tx, people) if leads is None else {}
    fixed = [int(lead.total_seconds()) for lead in leads] if leads is not None else None
    reminders.replace(ctx.tx, kind, starts, at=ctx.now)
    rows = []
    for (number, user), start in starts.items():
        own = found[user].reminders if user in found else None
        for lead in reminders.leads_of(ctx.settings.reminders, own) if fixed is None else fixed:
            due = due_at(start, timedelta(seconds=lead), ctx.settings.zone)
            if due > ctx.now:
                about = {"kind": kind, "number": number, "start": start}
                rows.append({**about, "user_id": user, "lead": lead, "due_at": due})
    reminders.add(ctx.tx, rows)


def follow(
    ctx: Context,
    kind: str,
    before: Mapping[tuple[int, str], datetime],
    after: Mapping[tuple[int, str], datetime],
) -> None:
    """The reminders have changed from this to that, each by number and person with the start."""
    over = {number for number, _ in before} - {number for number, _ in after}
    reminders.forget_all(ctx.tx, kind, sorted(over))
    out = sorted(one for one in before.keys() - after.keys() if one[0] not in over)
    reminders.forget_some(ctx.tx, kind, out)
    plan_all(ctx, kind, {one: start for one, start in after.items() if before.get(one) != start})


def drop(ctx: Context, kind: str, number: int, user_id: str | None = None) -> None:
    """Nobody (or this person not) is reminded of the thing any more."""
    reminders.forget(ctx.tx, kind, number, user_id)


def replan(ctx: Context, user_id: str) -> None:
    """The person is reminded of all that is to come at the lead times set now."""
    member = members.find(ctx.tx, user_id)
    none = member is not None and member.reminders == []
    for kind, attends in ATTENDING.items():
        for number, start in attends(ctx, user_id):
            if none:
                drop(ctx, kind, number, user_id)
            else:
                plan(ctx, kind, number, start=start, users=[user_id])


@departure
def leave(ctx: Context, user_id: str) -> None:
    """A person who has left is reminded of nothing, whatever it was."""
    reminders.drop_person(ctx.tx, user_id)


# --- reminding


@job("reminders", every=timedelta(seconds=10))
def remind(ctx: Context) -> bool:
    """All that is due has been said, or is closed as missed; True where more is due than was done at once."""
    found = reminders.due(ctx.tx, at=ctx.now, limit=AT_ONCE)
    if any(map(partial(_is_missed, ctx), found)):
        missed = reminders.close_missed(ctx.tx, at=ctx.now, late=ctx.now - ON_TIME)
        if missed:
            ctx.post("coordination", RemindersMissed(tuple(missed)))
        return True
    groups: dict[tuple[str, int, int, bool], list[Due]] = {}
    closed = []
    for row in found:
        if row.member == "active" and not row.overtaken:
            late = ctx.now - row.due_at > ON_TIME
            groups.setdefault((row.kind, row.number, row.lead, late), []).append(row)
        else:
            closed.append(row.id)
    sent = []
    for (kind, number, lead, late), rows in groups.items():
        said = _what_to_say(ctx, kind, number, timedelta(seconds=lead), late=late)
        if said is None:
            closed += [row.id for row in rows]
        else:
            ctx.broadcast({row.user_id: _cause(row) for row in rows}, said)
            sent += [row.id for row in rows]
    reminders.settle(ctx.tx, sent, "sent", at=ctx.now)
    reminders.settle(ctx.tx, closed, "missed", at=ctx.now)
    return len(found) == AT_ONCE


def _cause(row: Due) -> str:
    """By what it is about, as rows are numbered otherwise where commands are carried out again after a restore."""
    return f"reminder {row.kind} {row.number} {row.user_id} {row.lead} {row.start.isoformat()}"


def _is_missed(ctx: Context, row: Due) -> bool:
    """Its thing has begun; what is on time is said all the same, however short the lead time."""
    return row.start <= ctx.now and ctx.now - row.due_at >= ON_TIME


def _what_to_say(ctx: Context, kind: str, number: int, lead: timedelta, *, late: bool) -> Reply | None:
    """The feature's words; None where there is nothing to be reminded of. A fault of one thing stops no other."""
    if kind not in REMINDED:
        return None
    try:
        with savepoint(ctx.tx):
            return REMINDED[kind](ctx, number, lead, late)
    except Refused:
        return None
    except Exception:
        log.exception("reminder failed", extra={"kind": kind, "number": number})
        return None


@personal("reminders", erase=lambda ctx, user_id: reminders.forget_person(ctx.tx, user_id))
def export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"of": f"{row.kind} {row.number}", "at": row.due_at.isoformat(), "state": row.state}
        for row in reminders.list_of_person(ctx.tx, user_id)
    ]
