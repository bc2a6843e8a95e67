"""Who has left, or was removed, is back as they were: what taking that back brings, as far as nobody has taken it.

What goes when somebody goes is kept with the command: roles, seats, places, answers to meetings and work products.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from commands import event_attendance, groups, products, reminders
from commands import seats as rules
from commands.community import fit_rooms, show_anew
from commands.context import Context
from commands.events import LETTERS, closed_by, hall
from commands.events import find as find_event
from commands.replies import Machine
from storage import groups as stored_groups
from storage import meetings, members, registrations, seats
from storage import products as stored_products

TOLD_AFTER: Final = timedelta(minutes=10)  # as long as ↩️ takes it back


def kept(ctx: Context, user: str) -> Machine:
    """What the person has now and will lose by going, as data that can be stored with an offer."""
    tx = ctx.tx
    member, waiting = members.find(tx, user), registrations.find_open(tx, user)
    return {
        "state": member.state if member is not None else "left",
        "registration": waiting.id if waiting is not None else None,
        "roles": [
            [g.role, g.level, g.process, g.granted_by, g.granted_at.isoformat()]
            for g in members.grants(tx, user)
        ],
        "seats": [[s.kind, s.number, s.state, s.arrived, s.carrier] for s in seats.list_of_person(tx, user)],
        "meetings": [
            [a.meeting, a.answer, a.carrier, a.at.isoformat()] for a in meetings.list_answers_of(tx, user)
        ],
        "products": [
            [a.process, a.code, a.value, a.text, a.carrier, a.at.isoformat()]
            for a in stored_products.list_answers_of(tx, user)
        ],
    }


def bring_back(ctx: Context, user: str, before: Machine) -> None:
    """The person is what they were, with what nobody else has taken; their rooms let them in."""
    members.change(ctx.tx, user, state=before["state"], changed_at=ctx.now)
    show_anew(ctx, user)
    if before["registration"] is not None:
        registrations.reopen(ctx.tx, before["registration"])
    for kind, number, state, arrived, carrier in before["seats"]:
        if seats.find(ctx.tx, kind, number, user) is None:
            _seat(ctx, user, kind, number, state, arrived, carrier)
    for role, level, process, by, at in before["roles"]:
        if role != "leader" or _leads_again(ctx, user, process):
            since = datetime.fromisoformat(at)
            members.grant(ctx.tx, user_id=user, role=role, level=level, by=by, at=since, process=process)
    for meeting, answer, carrier, at in before["meetings"]:
        now = meetings.find_answer(ctx.tx, meeting, user)
        if now is not None and now.answer == "open":
            since = datetime.fromisoformat(at)
            meetings.put_answer(
                ctx.tx, meeting=meeting, user_id=user, answer=answer, carrier=carrier, at=since
            )
            if answer == "declined":
                reminders.drop(ctx, "meeting", meeting, user)
            ctx.changed("meeting", meeting)
    for process, code, value, text, carrier, at in before["products"]:
        open_to = products.begun(ctx, process, code).state == "in_review" and groups.is_in(ctx, process, user)
        if open_to and stored_products.find_answer(ctx.tx, process, code, user) is None:
            said = {"value": value, "text": text, "carrier": carrier, "at": datetime.fromisoformat(at)}
            stored_products.put_answer(ctx.tx, process=process, code=code, user_id=user, **said)
            products.settle(ctx, process, code)
    fit_rooms(ctx, user)


def _seat(ctx: Context, user: str, kind: str, number: int, state: str, arrived: int, carrier: str) -> None:
    """The seat, or where somebody else has it by now the first place on the waiting list."""
    event = find_event(ctx, kind, number) if kind in LETTERS else None
    if event is not None and closed_by(event, ctx.now) in ("cancelled", "begun"):
        return
    place = hall(event) if event is not None else groups.hall(ctx, number)
    if state in seats.HOLDING and rules.free(ctx.tx, place) == 0:
        state = "waiting"
    ctx.note(kind, number, part="seat", person=user)
    if event is not None:
        event_attendance.put_back(ctx, event, user, state=state, arrived=arrived, carrier=carrier)
    else:
        groups.put_back(ctx, number, user, state=state, arrived=arrived, carrier=carrier)


def _leads_again(ctx: Context, user: str, process: int) -> bool:
    group = stored_groups.find(ctx.tx, process)
    if group is None or group.leader is not None:
        return False
    stored_groups.change(ctx.tx, process, leader=user)
    groups.changed(ctx, process)
    return True
