"""Coordinators import what residents think, as a table: it is shown first, and taken over as a whole or not at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from commands import processes
from commands.feedback.model import AboutVoices, heard, live
from commands.feedback.reading import MOST_ROWS, Row, Table, read_table
from commands.framework import (
    COORDINATION,
    Audience,
    Context,
    Failure,
    Machine,
    Refused,
    Reply,
    Role,
    Settled,
    action,
    command,
    job,
)
from commands.framework.declarations import action_name
from commands.processes import ProcessRef
from storage import feedback_imports as imports
from storage.feedback_imports import STAGED, TAKEN, FeedbackImport
from storage.processes import Process

CONFIRM_WITHIN: Final = timedelta(days=1)
NAMED_ERRORS: Final = 10  # in the text


class ForCoordinators(Reply):
    """Said to coordinators alone: what residents write is in it."""

    abstract: ClassVar[bool] = True

    @property
    def audience(self) -> Audience:
        return COORDINATION


class ImportShown(ForCoordinators):
    """What was read of a file: to be taken over with ✅ or `typed`; with errors it can't be."""

    process: Process
    columns: dict[str, str]
    rows: int
    samples: tuple[Row, ...]
    errors: tuple[tuple[int, str], ...]
    wrong: int
    typed: str

    @property
    def first_rows(self) -> tuple[tuple[int, str, date | None, str], ...]:
        """How the table begins: mark, comment, day, channel."""
        return tuple(
            (mark, comment, date.fromisoformat(day) if day else None, channel)
            for mark, comment, day, channel in self.samples
        )

    @property
    def named(self) -> tuple[tuple[int, str], ...]:
        return self.errors[:NAMED_ERRORS]

    @property
    def more(self) -> int:
        """So many further lines are wrong."""
        return self.wrong - len(self.named)

    def machine(self) -> Machine:
        errors = [{"line": line, "code": code} for line, code in self.errors]
        confirm = {"confirm": self.typed} if self.typed else {}
        return {"type": "confirm"} | confirm | {"columns": self.columns, "rows": self.rows, "errors": errors}


class ImportTaken(AboutVoices):
    """So many answers count from now on."""

    rows: int


class ImportWithdrawn(AboutVoices):
    """They count no more."""

    rows: int


class ImportLetBe(ForCoordinators):
    """What was shown will not be taken over."""

    def machine(self) -> Machine:
        return {"type": "remark"}


class NotATable(Failure):
    """The file is no table, has nothing in it, or too much."""

    code: ClassVar[str] = "bad_input"
    problem: str

    @property
    def most(self) -> int:
        return MOST_ROWS


class SameAgain(Failure):
    """What the file says of this process was taken over already."""

    process: int
    at: datetime


class ImportOver(Failure):
    """It was taken over already, or let be, or is too old."""


@command(
    "rückmeldung import",
    "feedback import",
    "rückmeldung importieren",
    "rückmeldung einlesen",
    role=Role.COORDINATOR,
    de="Rückmeldungen der Bevölkerung aus einer Tabelle (CSV) übernehmen",
    en="take over residents' feedback from a table (CSV)",
    example=("P3", "P3"),
    direct=True,
    coordination=True,
    takes=read_table,
    words=(
        "Datei mit Bewertungen",
        "CSV mit",
        "CSV-Datei",
        "Bewertungen der Einwohner",
        "im Anhang Rückmeldungen",
        "attached CSV",
        "einlesen",
        "import",
        "Tabelle mit Rückmeldungen",
    ),
    offer=("Rückmeldungen der Bevölkerung übernehmen", "Take over residents' feedback"),
)
def read(ctx: Context, process: ProcessRef) -> ImportShown:
    """The file is shown as it was read, to be taken over within a day.

    Refuses: NotFound, NotLive; NotATable; SameAgain.
    """
    found, _ = live(ctx, process)
    table: Table = ctx.file
    if table.problem:
        raise Refused(NotATable(table.problem))
    _refuse_days_to_come(ctx, table)
    number = 0
    if not table.errors:
        _refuse_same(ctx, process, table.digest)
        number = _stage(ctx, process, table)
    language = "de" if ctx.language == "de" else "en"
    called = ("rückmeldung bestätigen" if language == "de" else "feedback confirm") if number else ""
    return ImportShown(
        found,
        table.columns,
        table.rows,
        tuple(table.samples),
        tuple(table.errors),
        table.wrong,
        f"{ctx.settings.prefix}{called} {number}" if number else "",
    )


def _refuse_days_to_come(ctx: Context, table: Table) -> None:
    today = ctx.now.astimezone(ctx.settings.zone).date().isoformat()
    for day, (_, _, line) in sorted(table.days.items()):
        if day > today:
            table.fails(line, "bad_date")
    table.errors.sort()


def _refuse_same(ctx: Context, process: int, digest: str) -> None:
    """Refuses: SameAgain."""
    if (same := imports.find_same(ctx.tx, process, digest)) is not None:
        raise Refused(SameAgain(process, same.made_at))


def _stage(ctx: Context, process: int, table: Table) -> int:
    """What was read is kept to be taken over; its number."""
    number = ctx.number("feedback import")
    today = ctx.now.astimezone(ctx.settings.zone).date().isoformat()
    days: dict[str, list[int]] = {}
    for day, (count, total, _) in table.days.items():
        sums = days.setdefault(day or today, [0, 0])
        sums[0] += count
        sums[1] += total
    imports.stage(
        ctx.tx,
        number=number,
        event_id=ctx.event_id,
        user_id=ctx.me.user_id,
        process=process,
        digest=table.digest,
        rows=table.rows,
        days=days,
        comments=table.comments,
        pieces=table.pieces,
        at=ctx.now,
    )
    more: dict[str, Any] = {"user_id": ctx.me.user_id, "role": Role.COORDINATOR, "within": CONFIRM_WITHIN}
    ctx.offer("✅", take_over, **more, number=number)
    ctx.undo(let_be, number=number)
    return number


@command(
    "rückmeldung bestätigen",
    "feedback confirm",
    role=Role.COORDINATOR,
    de="die gezeigten Rückmeldungen der Bevölkerung übernehmen",
    en="take over the residents' feedback that was shown",
    example=("1", "1"),
    direct=True,
    coordination=True,
)
def confirm(ctx: Context, number: Annotated[int, Field(ge=1, lt=2**31)]) -> ImportTaken:
    """What ✅ on what was shown does. Refuses: ImportOver, SameAgain, NotLive."""
    taken = take_over(ctx, number)
    ctx.outside.settled.append(Settled(taken, action_name(take_over), {"number": number}, ctx.me.user_id))
    return taken


@action
def take_over(ctx: Context, number: int) -> ImportTaken:
    """All that was shown counts from now on. Refuses: ImportOver, SameAgain, NotLive."""
    found = _of_mine(ctx, number)
    process, stage = live(ctx, found.process)
    _refuse_same(ctx, found.process, found.digest)
    imports.take(ctx.tx, found, stage)
    processes.changed(ctx, found.process)
    ctx.audit(f"P{found.process}")
    ctx.undo(take_back, number=number)
    return heard(ctx, ImportTaken, process, stage, rows=found.rows)


def _of_mine(ctx: Context, number: int) -> FeedbackImport:
    """What was shown to the asker, and is still to be taken over. Refuses: ImportOver."""
    found = imports.find(ctx.tx, number)
    if found is None or found.user_id != ctx.me.user_id or found.state != STAGED:
        raise Refused(ImportOver())
    if found.made_at < ctx.now - CONFIRM_WITHIN:
        raise Refused(ImportOver())
    return found


@action
def let_be(ctx: Context, number: int) -> ImportLetBe:
    """What was shown is not kept any longer. Refuses: ImportOver."""
    imports.withdraw(ctx.tx, _of_mine(ctx, number))
    return ImportLetBe()


@action
def take_back(ctx: Context, number: int) -> ImportWithdrawn:
    """What was taken over counts no more, and its rows are gone soon. Refuses: ImportOver."""
    found = imports.find(ctx.tx, number)
    if found is None or found.state != TAKEN or found.stage is None:
        raise Refused(ImportOver())
    imports.withdraw(ctx.tx, found)
    processes.changed(ctx, found.process)
    ctx.audit(f"P{found.process}")
    process = processes.get(ctx, found.process)
    return heard(ctx, ImportWithdrawn, process, found.stage, rows=found.rows)


@job("imported feedback", every=timedelta(seconds=10))
def write(ctx: Context) -> bool:
    """Rows of what was taken over are written, and those of what was not are removed, some at a time.

    True: there is more to do.
    """
    for stale in imports.list_stale(ctx.tx, before=ctx.now - CONFIRM_WITHIN):
        imports.withdraw(ctx.tx, stale)
    return imports.write_some(ctx.tx) or imports.remove_some(ctx.tx)
