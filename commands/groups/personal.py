"""What somebody who has left gets back of groups, where the leaving is taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from commands import seats as halls
from commands.framework import Context, Machine, returning
from commands.groups import model, seating
from storage import groups as stored
from storage import members, seats


def _give_back(ctx: Context, user_id: str, before: Machine) -> None:
    """The seats, or where somebody else has one by now the first place on the waiting list; and the lead of groups."""
    for kind, number, state, arrived, carrier in before["seats"]:
        if seats.find(ctx.tx, kind, number, user_id) is None:
            now = halls.given_back(ctx, model.hall(ctx, number), user_id, state)
            seating.put_back(ctx, number, user_id, state=now, arrived=arrived, carrier=carrier)
    for process, level, by, at in before["leads"]:
        group = stored.find(ctx.tx, process)
        if group is not None and group.leader is None:
            stored.change(ctx.tx, process, leader=user_id)
            seating.changed(ctx, process)
            role: dict[str, Any] = {"role": "leader", "level": level, "process": process}
            members.grant(ctx.tx, user_id=user_id, by=by, at=datetime.fromisoformat(at), **role)


@returning("groups", give_back=_give_back)
def _kept(ctx: Context, user_id: str) -> Machine:
    leads = [g for g in members.grants(ctx.tx, user_id) if g.role == "leader"]
    return {
        "seats": halls.of_person(ctx.tx, user_id, "group"),
        "leads": [[g.process, g.level, g.granted_by, g.granted_at.isoformat()] for g in leads],
    }
