"""What people think of a process's service, added up: staff and residents, and whether it gets better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from commands.framework import Context, Machine
from commands.framework.means import mean
from storage import feedback as stored
from storage.feedback import RESIDENTS, STAFF, Sum

STAGE_OF: Final = {  # what people can say something about: the front end, later the back end; before, nothing
    **dict.fromkeys(("frontend_live", "results_presented", "backend_design", "backend_review"), "frontend"),
    **dict.fromkeys(("backend_live", "rollout_first_movers", "rollout_all"), "backend"),
}
LATELY: Final = timedelta(days=30)
DIFFERENT: Final = 0.1  # by so much means differ
ENOUGH: Final = 3  # of staff who have said something
GOOD: Final = 3.5  # what they have said on average


@dataclass(frozen=True)
class Voices:
    """The ratings of one stage."""

    stage: str
    staff: Sum
    residents: Sum
    trend: str = ""  # up, down, flat; of the last thirty days, against all before

    @property
    def any(self) -> bool:
        return bool(self.staff.count or self.residents.count)

    @property
    def staff_mean(self) -> str:
        return mean(self.staff.total, self.staff.count)

    @property
    def residents_mean(self) -> str:
        return mean(self.residents.total, self.residents.count)

    def machine(self) -> Machine:
        told: Machine = {"staff": _told(self.staff), "residents": _told(self.residents)}
        return told | ({"trend": self.trend} if self.trend else {})


def _told(of: Sum) -> Machine:
    return {"count": of.count} | ({"average": mean(of.total, of.count)} if of.count else {})


def voices(ctx: Context, process: int, stage: str) -> Voices:
    """The ratings of the stage, in one statement."""
    today = ctx.now.astimezone(ctx.settings.zone).date()
    found = stored.sums(ctx.tx, process, stage, since=today - LATELY)
    staff, residents = (found.whole.get(source, Sum()) for source in (STAFF, RESIDENTS))
    whole = Sum(staff.count + residents.count, staff.total + residents.total)
    lately = Sum(
        sum(one.count for one in found.lately.values()), sum(one.total for one in found.lately.values())
    )
    return Voices(stage, staff, residents, _trend(whole, lately))


def _trend(whole: Sum, lately: Sum) -> str:
    """Where there was nothing before, or nothing since, nothing has changed."""
    if not whole.count:
        return ""
    before = Sum(whole.count - lately.count, whole.total - lately.total)
    if not (before.count and lately.count):
        return "flat"
    change = lately.total / lately.count - before.total / before.count
    return "flat" if abs(change) < DIFFERENT else "up" if change > 0 else "down"


def is_good(ctx: Context, process: int) -> bool:
    """Enough of staff have said that the front end is good."""
    staff = voices(ctx, process, "frontend").staff
    return staff.count >= ENOUGH and staff.total >= GOOD * staff.count
