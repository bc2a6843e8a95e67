"""`bericht`: the figures of a month and the state of all processes, as pages to print; without them, as text."""

from __future__ import annotations

from datetime import date
from typing import Final

from commands import processes
from commands.dates import Moment
from commands.framework import (
    PERSON,
    Audience,
    Context,
    Drawing,
    Machine,
    PastDay,
    Reply,
    Role,
    command,
)
from commands.framework.periods import backwards, last_day
from commands.ideas import IdeaMatrix, matrix
from commands.members import Coverage, coverage
from commands.processes import PHASE_WORDS, PHASES_IN_ENGLISH, Spread, View, standing, who_has_what
from commands.reports.figures import Figures, before, bounds, count, last_month
from storage import groups, reporting, seats
from storage.process_history import Change

LISTED: Final = 16  # processes on a page
STEPS: Final = 6  # of processes, on a page
GERMAN: Final = {code: word for word, code in PHASE_WORDS.items()}
Days = tuple[date, date]


class Report(Reply):
    """What has happened on these days, and how all processes stand."""

    days: Days
    figures: Figures
    earlier: Figures
    coverage: Coverage
    matrix: IdeaMatrix
    views: tuple[View, ...]
    seats: tuple[tuple[int, int], ...]  # taken and wanted, of the groups of the first processes
    steps: tuple[tuple[date, Change, str], ...]  # newest first, with the process's name
    spread: Spread | None
    made: date

    @property
    def audience(self) -> Audience:
        return PERSON

    @property
    def running(self) -> int:
        return sum(not view.process.dropped for view in self.views)

    @property
    def rolling(self) -> int:
        return sum(
            view.process.phase.startswith("rollout") and not view.process.dropped for view in self.views
        )

    @property
    def tiles(self) -> tuple[tuple[tuple[str, str], str, str], ...]:
        """Each figure with what it is, and how it was before."""
        now, then, cover = self.figures, self.earlier, self.coverage
        return (
            (("Public Innovators", "Public Innovators"), str(cover.members), ""),
            (("neu dabei", "new members"), str(now.joined), str(then.joined)),
            (("neue Ideen", "new ideas"), str(now.ideas), str(then.ideas)),
            (("entschiedene Ideen", "ideas decided"), str(now.decided), str(then.decided)),
            (("Stimmen", "votes"), str(now.votes), str(then.votes)),
            (("Neuigkeiten", "news"), str(now.news), str(then.news)),
            (("Anlässe und Kurse", "events and trainings"), str(now.events), str(then.events)),
            (("Sitzungen", "meetings"), str(now.meetings), str(then.meetings)),
            (("Teilnahmen daran", "attendances"), str(now.attended), str(then.attended)),
            (("Vereinbarungen", "agreements"), str(now.agreements), str(then.agreements)),
            (("Stunden", "hours"), now.hours, then.hours),
            (("Phasenwechsel", "changes of phase"), str(now.steps), str(then.steps)),
        )

    def machine(self) -> Machine:
        return {"type": "file", "of": "report", "format": "pdf", "rows": len(self.tiles)}

    def drawing(self) -> Drawing:
        first, last = self.days
        name = f"{first.isoformat()}-{last.isoformat()}.pdf"
        return Drawing("report", self.drawn(), (f"bericht-{name}", f"report-{name}"), pages=True)

    def drawn(self) -> Machine:
        """All that is on the pages."""
        matrix = self.matrix.drawing()
        spread = self.spread.drawing() if self.spread is not None else None
        return {
            "days": [day.isoformat() for day in self.days],
            "made": self.made.isoformat(),
            "tiles": [list(tile) for tile in self.tiles],
            "coverage": self.coverage.drawn(),
            "matrix": matrix.data if matrix is not None else None,
            "processes": [self._row(n, view) for n, view in enumerate(self.views[:LISTED])],
            "running": self.running,
            "more": max(len(self.views) - LISTED, 0),
            "steps": [
                [day.isoformat(), f"P{step.process}", name, _phase(step.before), _phase(step.after)]
                for day, step, name in self.steps
            ],
            "rollout": spread.data if spread is not None else None,
        }

    def _row(self, n: int, view: View) -> Machine:
        taken, wanted = self.seats[n]
        return {
            "ref": f"P{view.process.id}",
            "name": view.process.name,
            "class": view.process.klass,
            "phase": _phase(standing(view.process)),
            "percent": view.percent,
            "released": len(view.in_state("released")),
            "products": len(view.products),
            "seats": f"{taken}/{wanted}" if wanted else "",
            "rollout": view.process.rollout_done,
        }


def _phase(code: str | None) -> tuple[str, str]:
    return (GERMAN[code], PHASES_IN_ENGLISH[code]) if code in PHASES_IN_ENGLISH else ("", "")


@command(
    "bericht",
    "report",
    role=Role.COORDINATOR,
    de="der Bericht für den Steuerungsausschuss als PDF, ohne Angabe der letzte Monat",
    en="the report for the steering committee as a PDF, by default of the last month",
    example=("von: 01.10.2026 | bis: 31.10.2026", "from: 01.10.2026 | until: 31.10.2026"),
    direct=True,
    reads=True,
    words=(
        "Monatsbericht",
        "Bericht als PDF",
        "PDF",
        "Steuerungsausschuss",
        "Lenkungsausschuss",
        "Ausschuss",
        "Kennzahlen",
        "Zahlen des Monats",
        "Zahlen vom Monat",
        "Statistik",
        "Quartalsbericht",
        "Jahresbericht",
        "monthly report",
        "steering committee",
        "figures",
        "statistics",
    ),
    offer=(
        "Der Bericht für den Steuerungsausschuss als PDF",
        "The report for the steering committee as a PDF",
    ),
)
def report(ctx: Context, *, since: PastDay | None = None, until: PastDay | None = None) -> Report:
    """What has happened on these days, beside as many before, and how all processes stand. Refuses: BadInput."""
    days = _days(ctx, since, until)
    views = sorted(
        (view for view in processes.views(ctx) if not view.process.dropped),
        key=lambda view: (-view.percent, view.process.id),
    )
    found = who_has_what(ctx)
    return Report(
        days=days,
        figures=count(ctx, *days),
        earlier=count(ctx, *before(*days)),
        coverage=coverage(ctx),
        matrix=matrix(ctx),
        views=tuple(views),
        seats=tuple(_seats(ctx, view.process.id) for view in views[:LISTED]),
        steps=_steps(ctx, days, {view.process.id: view.process.name for view in views}),
        spread=found if isinstance(found, Spread) and found.rows else None,
        made=_today(ctx),
    )


def _today(ctx: Context) -> date:
    return ctx.now.astimezone(ctx.settings.zone).date()


def _days(ctx: Context, since: Moment | None, until: Moment | None) -> Days:
    """Those that were said; without them the last month, without one of them until today, or from its month on."""
    first, last = last_month(_today(ctx))
    if until is not None:
        last = last_day(ctx, since, until).start.astimezone(ctx.settings.zone).date()
        first = last.replace(day=1)
    elif since is not None:
        last = _today(ctx)
    if since is not None:
        first = since.start.astimezone(ctx.settings.zone).date()
    if first > last:
        raise backwards(ctx, first, last, "until" if until is not None else "since")
    return first, last


def _seats(ctx: Context, process: int) -> tuple[int, int]:
    group = groups.find(ctx.tx, process)
    return seats.counts(ctx.tx, "group", process).get("confirmed", 0), group.size if group is not None else 0


def _steps(ctx: Context, days: Days, names: dict[int, str]) -> tuple[tuple[date, Change, str], ...]:
    since, until = bounds(ctx, *days)
    found = reporting.list_steps(ctx.tx, since=since, until=until, most=STEPS)
    zone = ctx.settings.zone
    return tuple((step.at.astimezone(zone).date(), step, names.get(step.process, "")) for step in found)
