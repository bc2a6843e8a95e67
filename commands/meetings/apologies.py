"""What those who do not come to a meeting say about it: to the leader alone, or to who planned it for a group without.

It is kept nowhere but in that message, which is edited with the word, and says so where it is taken back.
"""

from __future__ import annotations

from typing import Final

from commands.framework import COORDINATION, Audience, Context, Machine, Reply, Role, refusals
from commands.framework.own import asker_of
from commands.meetings.model import Sitting
from storage import groups, schedules
from storage.schedules import Schedule

DECLINE: Final = "meeting decline"


class Apology(Reply):
    """To the leader: somebody does not come, and says why; without `text` they have taken that back."""

    sitting: Sitting
    name: str
    text: str

    @property
    def audience(self) -> Audience:
        return COORDINATION  # beside the leader, in the direct chat

    def outside(self) -> None:
        return None

    def machine(self) -> Machine:
        return {"type": "remark"}


def hears(ctx: Context, schedule: Schedule) -> str:
    """A person, or a room, that what the asker says goes to alone: not themselves."""
    leader = _leader(ctx, schedule)
    if leader and leader != ctx.me.user_id:
        return leader
    planner = schedule.series.organizer
    plans = planner and asker_of(ctx.tx, planner, ctx.settings).role >= Role.COORDINATOR
    return planner if plans and planner != ctx.me.user_id else "coordination"


def invite(ctx: Context, schedule: Schedule, number: int) -> None:
    """Who does not come is invited to say why, but for the leader, whom nobody else leads."""
    leader = _leader(ctx, schedule)
    if leader != ctx.me.user_id and (leader or hears(ctx, schedule) != "coordination"):
        refusals.invite(ctx, DECLINE, number)


def tell(ctx: Context, schedule: Schedule, sitting: Sitting, text: str, *, of: str) -> None:
    """The word that this event is goes to who hears it; without text, it is taken back where it was told."""
    refusals.tell(ctx, hears(ctx, schedule), Apology(sitting, ctx.me.name, text), of=of, only_again=not text)


def _leader(ctx: Context, schedule: Schedule) -> str | None:
    group = groups.find(ctx.tx, schedule.series.process)
    return group.leader if group is not None else None


@refusals.refusing(DECLINE)
def declines(ctx: Context, number: int) -> bool:
    """The asker has declined the meeting."""
    schedule = schedules.find(ctx.tx, number, whole=False)
    return schedule is not None and schedule.answer(number, ctx.me.user_id) == "declined"
