"""The end of an evaluation: leader and coordinators are reminded on its last day, whoever they are by then."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from commands import notices, processes
from commands.framework import Context, Machine, job, reminded
from commands.processes import AboutProcess
from storage import groups, members
from storage import processes as stored
from storage import reminders as planned

REMINDED_AT: Final = time(9)  # local, on the last day
USEFUL_FOR: Final = timedelta(days=7)  # a reminder that comes late is still one


class EvaluationEnds(AboutProcess):
    """A reminder on the last day of the evaluation, to the leader and the coordinators."""

    ends: datetime
    late: bool

    def machine(self) -> Machine:
        late = {"late": self.late}
        return {
            "type": "reminder",
            "lead": "0d",
            "start": self.ends.isoformat(timespec="seconds"),
        } | late


def end(ctx: Context) -> date:
    return ctx.now.astimezone(ctx.settings.zone).date() + ctx.settings.evaluation


def plan(ctx: Context, number: int) -> None:
    """The leader and the coordinators are reminded on the last day of the evaluation, if one is running."""
    process = processes.get(ctx, number)
    going = process.evaluation_until is not None and not process.dropped
    wanted = _concerned(ctx, number, _coordinators(ctx)) if going else set()
    pending = {r.user_id for r in planned.list_of(ctx.tx, "evaluation", number) if r.state == "pending"}
    for user in pending - wanted:
        notices.drop(ctx, "evaluation", number, user)
    if process.evaluation_until is not None and wanted:
        ends = datetime.combine(process.evaluation_until, REMINDED_AT, ctx.settings.zone)
        notices.plan(
            ctx,
            "evaluation",
            number,
            start=ends + USEFUL_FOR,
            users=sorted(wanted),
            leads=(USEFUL_FOR,),
        )


def _coordinators(ctx: Context) -> frozenset[str]:
    return frozenset(members.list_with_role(ctx.tx, "coordinator"))


def _concerned(ctx: Context, number: int, coordinators: frozenset[str]) -> frozenset[str]:
    group = groups.find(ctx.tx, number)
    leader = {group.leader} if group is not None and group.leader is not None else set()
    return coordinators | leader


@reminded("evaluation")
def remind(ctx: Context, number: int, lead: timedelta, late: bool) -> EvaluationEnds | None:  # noqa: ARG001
    view = processes.view(ctx, number)
    until = view.process.evaluation_until
    if until is None or view.process.dropped:
        return None
    ends = datetime.combine(until, REMINDED_AT, ctx.settings.zone)
    link = ctx.card_link("process", number)
    return EvaluationEnds(view, link, ends, late)


@job("who is reminded of evaluations", every=timedelta(hours=1))
def follow(ctx: Context) -> None:
    """New leaders and coordinators are reminded too, and former ones are not."""
    coordinators = _coordinators(ctx)  # the same for all
    for process in stored.list_evaluated(ctx.tx, since=ctx.now.astimezone(ctx.settings.zone).date()):
        rows = planned.list_of(ctx.tx, "evaluation", process.id)
        if {r.user_id for r in rows if r.state == "pending"} != _concerned(
            ctx, process.id, coordinators
        ) and not any(r.state != "pending" and r.start >= ctx.now for r in rows):
            plan(ctx, process.id)
