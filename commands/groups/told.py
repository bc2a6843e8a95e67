"""What people are told of their seat in a group: the difference between what they last knew and what is so."""

from __future__ import annotations

from commands.framework import Context, Reply
from commands.framework.telling import Since, told
from commands.groups import model, seating
from commands.groups.approvals import Accepted, NotAccepted
from commands.groups.assignments import PutBack, Removed, Withdrawn
from commands.groups.staffing import YouLead, YouLeadNoMore
from storage import seats

SEATED = ("confirmed", "waiting")


@told("group seat")
def seat(ctx: Context, since: Since, process: int) -> Reply | None:
    """In the group, waiting for it, or out of it. A person who is asked, or asks, knows of it otherwise.

    Who is out, and knows it, may be told another reason.
    """
    found = seats.find(ctx.tx, "group", process, since.recipient)
    before, now = since.before.get("seat"), found.state if found is not None else "none"
    group, name = model.standing(ctx, process), model.name_of(ctx, since.recipient)
    if (before == now and not (now == "none" and since.words)) or now not in (*SEATED, "none"):
        return None
    if now == "none":
        out = {"requested": NotAccepted(group, since.words), "assigned": Withdrawn(group, name, told=True)}
        return out.get(str(before), Removed(group, name, since.words, told=True))
    if before == "requested" and found is not None:
        return Accepted(group, seats.position(ctx.tx, found) if now == "waiting" else 0)
    if before == "waiting":
        return seating.MovedUp(group)
    return PutBack(group, name, told=True)


@told("group leader")
def leader(ctx: Context, since: Since, process: int) -> Reply | None:
    """Leading the group, or no more."""
    leads = model.get(ctx, process).leader == since.recipient
    if leads == since.before.get("leads"):
        return None
    group, was = model.standing(ctx, process), since.before.get("seat")
    if leads:
        return YouLead(group, came=was is not None)
    return YouLeadNoMore(group, out=was is not None and not model.is_in(ctx, process, since.recipient))


@told("no leader")
def no_leader(ctx: Context, since: Since, process: int) -> Reply | None:
    """To the coordinators: the group has lost its leader."""
    alone = since.before.get("leader") is not None and model.get(ctx, process).leader is None
    return seating.LeaderGone(model.standing(ctx, process)) if alone else None
