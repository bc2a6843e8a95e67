"""Who has left, or was removed, is back as they were: what taking that back brings, as far as nobody has taken it.

What goes when somebody goes is kept with the command: state, roles, and what features declare with `@returning`.
"""

from __future__ import annotations

from datetime import datetime

from commands.framework import RETURNS, Context, Machine
from commands.members.model import fit_rooms, show_anew
from storage import members, registrations


def kept(ctx: Context, user: str) -> Machine:
    """All that the person has now and will lose by going, as data that can be stored with an offer."""
    member, waiting = members.find(ctx.tx, user), registrations.find_open(ctx.tx, user)
    return {
        "state": member.state if member is not None else "left",
        "registration": waiting.id if waiting is not None else None,
        "roles": [
            [g.role, g.level, g.process, g.granted_by, g.granted_at.isoformat()]
            for g in members.grants(ctx.tx, user)
            if g.role != "leader"  # is the group's
        ],
    } | {name: found.kept(ctx, user) for name, found in RETURNS.items()}


def bring_back(ctx: Context, user: str, before: Machine) -> None:
    """The person is what they were, with what nobody else has taken; their rooms let them in."""
    members.change(ctx.tx, user, state=before["state"], changed_at=ctx.now)
    show_anew(ctx, user)
    if before["registration"] is not None:
        registrations.reopen(ctx.tx, before["registration"])
    for role, level, process, by, at in before["roles"]:
        since = datetime.fromisoformat(at)
        members.grant(ctx.tx, user_id=user, role=role, level=level, by=by, at=since, process=process)
    for name, found in sorted(RETURNS.items()):  # whatever was imported first: groups before meetings
        if name in before:  # not kept by a version that knew less
            found.give_back(ctx, user, before[name])
    fit_rooms(ctx, user)
