"""Where the Public Innovators stand, in figures."""

from __future__ import annotations

from dataclasses import dataclass

from commands import ideas, processes
from commands.framework import Context
from storage import ideas as pool
from storage import members, municipalities
from storage.members import THERE, Filter


@dataclass(frozen=True)
class Overview:
    """The figures of the first page."""

    members: int
    covered: int  # municipalities that take part
    municipalities: int
    first_movers: int
    phases: tuple[tuple[str, int], ...]  # processes in each phase, also where there are none
    ideas: int
    implemented: int

    @property
    def processes(self) -> int:
        return sum(count for _, count in self.phases)


def overview(ctx: Context) -> Overview:
    known = municipalities.list_all(ctx.tx)
    running = [view.process for view in processes.views(ctx)]
    standing = [row.phase for row in running if not (row.dropped or row.on_hold)]
    return Overview(
        members=members.count(ctx.tx, Filter(THERE)),
        covered=len(municipalities.list_covered(ctx.tx)),
        municipalities=len(known),
        first_movers=sum(one.first_mover for one in known),
        phases=tuple((phase, standing.count(phase)) for phase in processes.PHASES),
        ideas=pool.count(ctx.tx, ideas.SHOWN["listed"], None),
        implemented=pool.count(ctx.tx, ("implemented",), None),
    )
