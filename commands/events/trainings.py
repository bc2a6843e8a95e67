"""What there is for trainings alone (concept 7.5): which groups want one, and who has completed it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from commands.events import views
from commands.events.kinds import TrainingRef
from commands.events.matching import wanted_by
from commands.events.model import AboutEvent, Occasion, find, occasion
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    MemberRef,
    NotFound,
    Refused,
    Role,
    action,
    command,
)
from commands.framework.telling import Since, told
from storage import events as stored
from storage import members


class Completed(AboutEvent):
    """The training is on the profile; `who`: of somebody else."""

    who: str = ""


class NotCompleted(AboutEvent):
    """It is off the profile again."""


class ToldCompleted(AboutEvent):
    """To the member: a coordinator has put the training on the profile."""


class AlreadyCompleted(Failure):
    """It stands on the profile already."""

    event: Occasion
    who: str = ""


class NotYet(Failure):
    """The training has not begun, or was cancelled."""

    event: Occasion


class OnlyForOneself(Failure):
    """For others, coordinators say it."""

    code: ClassVar[str] = "not_allowed"
    event: Occasion


@command(
    "kurs zeige",
    "training show",
    role=Role.PI,
    de="einen Kurs zeigen",
    en="show a training",
    example=("K4", "K4"),
    reads=True,
    words=("was lernt man", "lernt man", "Inhalt", "learn", "freie Plätze"),
)
def show(ctx: Context, training: TrainingRef) -> views.EventShown:
    """The training, what the asker is to it, and which groups want what it gives. Refuses: NotFound."""
    event = find(ctx, "training", training)
    wanted = tuple((f"P{process.id}", process.name) for process in wanted_by(ctx, event))
    done = any(row.id == training for row in stored.list_completed(ctx.tx, ctx.me.user_id))
    return replace(views.show(ctx, "training", training), wanted=wanted, done=done and ctx.where.direct)


@command(
    "kurs abgeschlossen",
    "training completed",
    role=Role.PI,
    de="einen abgeschlossenen Kurs ins Profil setzen",
    en="put a completed training on the profile",
    example=("K4", "K4"),
    words=(
        "abgeschlossen",
        "besucht",
        "finished",
        "absolviert",
        "fertig mit Kurs",
        "ins Profil",
        "completed",
    ),
    offer=("Einen besuchten Kurs ins Profil setzen", "Put a training on the profile"),
)
def complete(ctx: Context, training: TrainingRef, member: MemberRef | None = None) -> Completed:
    """The training stands on the asker's profile; on a member's, where a coordinator says so.

    Refuses: NotYet, AlreadyCompleted, OnlyForOneself, NotFound.
    """
    event = find(ctx, "training", training)
    who = member or ctx.me.user_id
    if who != ctx.me.user_id and ctx.me.role < Role.COORDINATOR:
        raise Refused(OnlyForOneself(occasion(ctx, event)))
    known = members.find(ctx.tx, who)
    if known is None or known.state not in ("active", "paused"):
        raise Refused(NotFound(ref=who))
    if event.cancelled or (event.start_at is not None and event.start_at > ctx.now):
        raise Refused(NotYet(occasion(ctx, event)))
    name = known.name if who != ctx.me.user_id else ""
    if not stored.complete(ctx.tx, training=training, user_id=who, at=ctx.now):
        raise Refused(AlreadyCompleted(occasion(ctx, event), name))
    ctx.audit(f"K{training}", of=who)
    if who != ctx.me.user_id:
        ctx.tell(who, "training completed", before={"done": False}, training=training)
    ctx.undo(take_back, number=training, member=who)
    return Completed(occasion(ctx, event), who=name)


@told("training completed")
def news(ctx: Context, since: Since, training: int) -> ToldCompleted | None:
    """The training stands on the person's profile."""
    done = any(event.id == training for event in stored.list_completed(ctx.tx, since.recipient))
    return ToldCompleted(occasion(ctx, find(ctx, "training", training))) if done else None


@action
def take_back(ctx: Context, number: int, member: str) -> NotCompleted:
    """The training is off the profile again. Refuses: BuiltUpon, where it is already."""
    event = find(ctx, "training", number)
    if not stored.take_back_completion(ctx.tx, training=number, user_id=member):
        raise Refused(BuiltUpon(ref=f"K{number}"))
    ctx.audit(f"K{number}", of=member)
    return NotCompleted(occasion(ctx, event))
