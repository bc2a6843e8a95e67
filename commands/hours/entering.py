"""People enter the hours that they have worked, withdraw them, and see what it adds up to."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from commands.framework import (
    PERSON,
    Audience,
    Context,
    Failure,
    Line,
    Machine,
    Page,
    PastDay,
    Refused,
    Role,
    action,
    command,
)
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.hours import attendance
from commands.hours.model import AboutHours, Entry, HoursRef, HowLong, enter, entry, get, in_hours, today
from commands.hours.periods import days_of
from commands.processes import ProcessRef
from commands.processes import get as get_process
from storage import hours as stored
from storage.hours import ENTERED

LONGEST = 500  # characters of what was done
What = Annotated[Line, Field(max_length=LONGEST)]


class HoursNow(AboutHours):
    """It is entered, or withdrawn; `reported`: an earlier report has counted it; `again`: where the same stands."""

    reported: bool = False
    again: str = ""


class MyHours(ListPage):
    """What the asker has entered for these days, a page of it, and what it adds up to."""

    entries: tuple[Entry, ...]
    since: date
    until: date
    minutes: int
    typed: tuple[str, str]  # the command for the next page without its page, German and English

    @property
    def audience(self) -> Audience:
        return PERSON

    @property
    def hours(self) -> str:
        return in_hours(self.minutes)

    def machine(self) -> Machine:
        span = {"from": self.since.isoformat(), "until": self.until.isoformat()}
        return {"type": "hours", "total": self.minutes, **span, "rows": self.total}


class NothingEntered(Failure):
    """There is nothing to withdraw."""


class AlreadyWithdrawn(Failure):
    """It was withdrawn before."""

    ref: str


def _has_some(ctx: Context) -> bool:
    return stored.last_of(ctx.tx, ctx.me.user_id) is not None


@command(
    "stunden neu",
    "hours new",
    "stunden erfassen",
    "stunden eintragen",
    "hours log",
    role=Role.PI,
    de="Stunden eintragen, die Sie gearbeitet haben",
    en="enter hours that you have worked",
    example=("2h P3 Formular getestet | datum: gestern", "2h P3 tested the form | date: yesterday"),
    direct=True,
    words=(
        "gearbeitet",
        "Aufwand",
        "aufschreiben",
        "Arbeitszeit",
        "Zeit eintragen",
        "rapportieren",
        "worked",
    ),
    offer=("Stunden eintragen", "Enter hours"),
    asks=("text",),
)
def add(
    ctx: Context, duration: HowLong, process: ProcessRef, text: What = "", *, date: PastDay | None = None
) -> HoursNow:
    """The asker has worked that long for the process, today or on that day.

    Refuses: NotFound for the process, TooMuchThatDay, BadInput for the day.
    """
    get_process(ctx, process)
    on_day = date.start.date() if date is not None else today(ctx)
    row = enter(ctx, minutes=duration, process=process, on_day=on_day, what=text)
    ctx.undo(take_back, number=row.id)
    same = stored.like(ctx.tx, row)
    return HoursNow(entry(ctx, row), again=f"H{same.id}" if same is not None else "")


@action
def take_back(ctx: Context, number: int) -> HoursNow:
    """It is withdrawn; an edited command enters it anew with its number. Refuses: AlreadyWithdrawn."""
    _require_entered(ctx, number)
    ctx.keep_numbers("hours", number)
    stored.withdraw(ctx.tx, number)
    return HoursNow(entry(ctx, get(ctx, number)))


@command(
    "stunden zurückziehen",
    "hours withdraw",
    "stunden löschen",
    "hours delete",
    role=Role.PI,
    de="einen Eintrag zurückziehen, ohne Nummer den letzten",
    en="withdraw an entry, without a number the last one",
    example=("H7", "H7"),
    direct=True,
    pausing=True,
    there=_has_some,
    words=("Stunden falsch", "Eintrag löschen", "falsch eingetragen", "remove entry", "wrong hours"),
    offer=("Eingetragene Stunden zurückziehen", "Withdraw hours"),
)
def withdraw(ctx: Context, hours: HoursRef | None = None) -> HoursNow:
    """It counts no more. Refuses: NotFound, AlreadyWithdrawn, NothingEntered."""
    last = stored.last_of(ctx.tx, ctx.me.user_id) if hours is None else None
    if hours is None and last is None:
        raise Refused(NothingEntered())
    number = last.id if last is not None else hours
    assert number is not None
    _require_entered(ctx, number)
    stored.withdraw(ctx.tx, number)
    ctx.undo(restore, number=number)
    row = get(ctx, number)
    attendance.follow(ctx, row)
    reported = stored.last_report(ctx.tx) > row.entered_after
    return HoursNow(entry(ctx, row), reported=reported)


@action
def restore(ctx: Context, number: int) -> HoursNow:
    """It is entered again, as if nothing had been."""
    stored.restore(ctx.tx, number)
    row = get(ctx, number)
    attendance.follow(ctx, row)
    return HoursNow(entry(ctx, row))


def _require_entered(ctx: Context, number: int) -> None:
    """Refuses: NotFound, AlreadyWithdrawn."""
    if get(ctx, number).state != ENTERED:
        raise Refused(AlreadyWithdrawn(f"H{number}"))


@command(
    "stunden meine",
    "hours mine",
    "meine stunden",
    "my hours",
    "stunden liste",
    "hours list",
    "stunden",
    role=Role.PI,
    de="die Stunden, die Sie eingetragen haben, und ihr Total",
    en="the hours that you have entered, and their total",
    example=("von: 01.01.2026 | bis: 30.06.2026", "from: 01.01.2026 | until: 30.06.2026"),
    direct=True,
    pausing=True,
    reads=True,
    words=("wie viele Stunden", "Entschädigung", "how many hours", "wie viel Zeit", "my time", "eingetragen"),
    offer=("Sehen, welche Stunden ich eingetragen habe", "See which hours I have entered"),
)
def mine(
    ctx: Context, *, since: PastDay | None = None, until: PastDay | None = None, page: Page = 1
) -> MyHours:
    """What the asker has entered of these days, this year's if none are said. Refuses: BadInput."""
    first, last = days_of(ctx, since, until)
    user = ctx.me.user_id
    total, minutes = stored.total(ctx.tx, user, first, last)
    require_page(ctx, page, total, PERSON)
    rows = stored.page(ctx.tx, user, first, last, offset=rows_before(page), limit=A_PAGE)
    span = f"{first:%d.%m.%Y}", f"{last:%d.%m.%Y}"
    typed = (
        f"stunden meine von: {span[0]} bis: {span[1]} seite: {page + 1}",
        f"hours mine from: {span[0]} until: {span[1]} page: {page + 1}",
    )
    entries = tuple(entry(ctx, row) for row in rows)
    return MyHours(entries, first, last, minutes, typed, page=page, total=total)
