"""The report of hours, for the compensation: by person, municipality and process, with totals.

What has changed since an earlier report said otherwise stands there as a correction: entered later, or withdrawn. What
was reported and is withdrawn is deducted, so that all reports together pay what was worked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from commands.framework import (
    PERSON,
    Audience,
    Context,
    FileReply,
    Machine,
    MunicipalityRef,
    PastDay,
    Reply,
    Role,
    action,
    command,
)
from commands.framework.tables import as_csv
from commands.hours.periods import days_of
from commands.processes import ProcessRef
from commands.processes import get as get_process
from storage import hours as stored
from storage import members, processes
from storage.hours import ENTERED, Period, Report, Sum, Worked

WORKED: Final = "worked"
ADDED: Final = "added"  # to what an earlier report has said
DEDUCTED: Final = "deducted"  # from that
HEAD: Final = {
    "de": ("Art", "Person", "Gemeinde", "Prozess", "Datum", "Nummer", "Stunden", "Abzug"),
    "en": ("kind", "person", "municipality", "process", "date", "number", "hours", "deduction"),
}
KINDS: Final = {
    WORKED: ("Stunden", "hours"),
    ADDED: ("Nachtrag", "added later"),
    DEDUCTED: ("Abzug", "deducted"),
}
TOTALS: Final = {
    "person": ("Total Person", "total person"),
    "municipality": ("Total Gemeinde", "total municipality"),
    "process": ("Total Prozess", "total process"),
    "": ("Total", "total"),
}
NAMELESS: Final = ("(ohne Namen)", "(no name)")


@dataclass(frozen=True)
class Line:
    """Minutes that are counted, or deducted; what is a correction has its day and its number."""

    kind: str
    person: str
    municipality: str
    process: str
    minutes: int
    on_day: date | None = None
    number: str = ""

    @property
    def counts(self) -> int:
        return -self.minutes if self.kind == DEDUCTED else self.minutes


class HoursReport(FileReply):
    """The report as a table."""

    lines: tuple[Line, ...]
    since: date
    until: date
    language: str

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "file", "of": "hours", "format": "csv", "rows": len(self.lines)}

    def file(self) -> tuple[str, str, bytes]:
        name = "stunden" if self.language == "de" else "hours"
        data = as_csv([HEAD["de" if self.language == "de" else "en"], *self._rows()])
        return f"{name}-{self.since.isoformat()}-{self.until.isoformat()}.csv", "text/csv", data

    def _rows(self) -> Iterable[Sequence[str]]:
        index = 0 if self.language == "de" else 1
        for one in self.lines:
            day = f"{one.on_day:%d.%m.%Y}" if one.on_day is not None else ""
            where = (one.person, one.municipality, one.process)
            yield KINDS[one.kind][index], *where, day, one.number, *_columns(one.counts)
        for what, called in TOTALS.items():
            for name, minutes in self._totals(what):
                cells = [name if column == what else "" for column in ("person", "municipality", "process")]
                yield called[index], *cells, "", "", *_columns(minutes)

    def _totals(self, what: str) -> Iterable[tuple[str, int]]:
        sums: dict[str, int] = {} if what else {"": 0}
        for one in self.lines:
            name = getattr(one, what) if what else ""
            sums[name] = sums.get(name, 0) + one.counts
        return sorted(sums.items())


class ReportTakenBack(Reply):
    """The report of these days counts no more: what has changed since is no correction."""

    since: date
    until: date

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "remark"}


@command(
    "stunden bericht",
    "hours report",
    role=Role.COORDINATOR,
    de="die Stunden aller als Tabelle, nach Person, Gemeinde und Prozess",
    en="everybody's hours as a table, by person, municipality and process",
    example=("von: 01.01.2026 | bis: 30.06.2026", "from: 01.01.2026 | until: 30.06.2026"),
    direct=True,
    words=(
        "Abrechnung",
        "Entschädigung",
        "Entschädigungen",
        "auszahlen",
        "Buchhaltung",
        "payroll",
        "Zusammenstellung",
        "geleistete Stunden",
        "compensation",
        "everyone",
    ),
    offer=("Die Stunden aller als Tabelle", "Everybody's hours as a table"),
)
def report(
    ctx: Context,
    *,
    since: PastDay | None = None,
    until: PastDay | None = None,
    process: ProcessRef | None = None,
    municipality: MunicipalityRef | None = None,
) -> HoursReport:
    """What was worked on these days, and what has changed since earlier reports. Refuses: BadInput, NotFound."""
    if process is not None:
        get_process(ctx, process)
    first, last = days_of(ctx, since, until)
    period = Period(first, last, process, municipality)
    lines = tuple(_lines(ctx, period))
    number = stored.add_report(ctx.tx, period, at=ctx.now)
    ctx.audit("stunden" if ctx.settings.language == "de" else "hours")
    ctx.undo(take_back, number=number, since=first.isoformat(), until=last.isoformat())
    return HoursReport(lines, first, last, ctx.language)


@action
def take_back(ctx: Context, number: int, since: str, until: str) -> ReportTakenBack:
    """The report was not made: what it has counted is in the next one as if it were new."""
    stored.remove_report(ctx.tx, number)
    ctx.audit("stunden" if ctx.settings.language == "de" else "hours")
    return ReportTakenBack(date.fromisoformat(since), date.fromisoformat(until))


def _lines(ctx: Context, period: Period) -> list[Line]:
    """Those of the period added up, the corrections one by one."""
    made = stored.list_reports(ctx.tx)
    whole = [one.id for one in made if one.process is None and one.municipality is None]
    after = whole[-1] if whole else made[0].id if made else stored.last_report(ctx.tx) + 1
    last = stored.last_report(ctx.tx)
    # What was entered before any report of these days corrects none: the store adds it up.
    first = min((one.id for one in made if _overlap(one, period)), default=last + 1)
    names: dict[str, str] = {}
    sums: dict[tuple[str, str, str], int] = {}
    corrections: list[Line] = []
    for one in stored.add_up(ctx.tx, period, before=first):
        about = _named(ctx, one, names)
        sums[about] = sums.get(about, 0) + one.minutes
    for row in stored.list_for(ctx.tx, period, first=first, after=after):
        about = _named(ctx, row, names)
        for kind in _kinds(row, period, made):
            if kind == WORKED:
                sums[about] = sums.get(about, 0) + row.minutes
            else:
                corrections.append(Line(kind, *about, row.minutes, row.on_day, f"H{row.id}"))
    return [*(Line(WORKED, *about, minutes) for about, minutes in sorted(sums.items())), *corrections]


def _overlap(report: Report, period: Period) -> bool:
    """Have they a day in common?"""
    return report.since <= period.until and report.until >= period.since


def _named(ctx: Context, row: Worked | Sum, names: dict[str, str]) -> tuple[str, str, str]:
    """The person, the municipality and the process, as they are called."""
    nameless = NAMELESS[0 if ctx.language == "de" else 1]
    if row.user_id not in names:
        member = members.find(ctx.tx, row.user_id) if row.user_id else None
        names[row.user_id] = member.name if member is not None else row.user_id or nameless
    process = f"P{row.process}"
    if process not in names:
        found = processes.find(ctx.tx, row.process)
        names[process] = f"{process} {found.name}" if found is not None else process
    return names[row.user_id], row.municipality or "", names[process]


def _kinds(row: Worked, period: Period, made: Sequence[Report]) -> list[str]:
    """What the row is in a report of this period, beside those that were made: worked, added, deducted, or nothing.

    An act is a correction, if an earlier report of that day had said otherwise, and none has said so since.
    """
    about = [one for one in made if _is_of(one, row)]
    covering = [one.id for one in about if one.since <= row.on_day <= one.until]

    def corrects(act: int) -> bool:
        return any(one <= act for one in covering) and not any(one.id > act for one in about)

    inside = period.since <= row.on_day <= period.until
    if row.state == ENTERED:
        return [ADDED] if corrects(row.entered_after) else [WORKED] if inside else []
    gone = row.withdrawn_after or 0
    late = any(one <= row.entered_after for one in covering)
    counted = any(row.entered_after < one.id <= gone and (late or one.id in covering) for one in about)
    if not (counted and corrects(gone)):
        return []
    return [WORKED, DEDUCTED] if inside else [DEDUCTED]


def _is_of(report: Report, row: Worked) -> bool:
    return report.process in (None, row.process) and report.municipality in (None, row.municipality)


def _columns(minutes: int) -> tuple[str, str]:
    """The hours, or what is deducted; never with a sign, by which a cell would be a formula."""
    said = f"{abs(minutes) / 60:.2f}"
    return (said, "") if minutes >= 0 else ("", said)
