"""Members say what they think of a service: a mark, and a comment if they like; the latest counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from commands import processes
from commands.feedback.model import LONGEST, AboutVoices, Comment, Mark, heard, live
from commands.framework import Body, Context, Role, Unreadable, action, command
from commands.framework.arguments import refusal
from commands.processes import STAGE_OF, ProcessRef
from storage import feedback as stored
from storage import processes as known
from storage.feedback import Feedback


class FeedbackGiven(AboutVoices):
    """The asker's mark is this; `before`: what it was."""

    before: int | None
    commented: bool


class FeedbackBack(AboutVoices):
    """It is what it was before the command."""


def any_live(ctx: Context) -> bool:
    """Is there anything of which people can say something?"""
    return any(one.phase in STAGE_OF and not one.dropped for one in known.list_all(ctx.tx))


def _require_live(ctx: Context, known: Mapping[str, Any]) -> None:
    if "process" in known:
        live(ctx, known["process"])


@command(
    "rückmeldung",
    "feedback",
    "rückmeldung geben",
    "feedback give",
    "rückmeldung neu",
    "feedback new",
    role=Role.PI,
    de="eine Rückmeldung zu einem Online-Dienst geben, von 1 bis 5",
    en="give feedback on an online service, from 1 to 5",
    example=(
        "P3 4 Das Formular ist klar, nur das Hochladen ist mühsam.",
        "P3 4 The form is clear, but uploading is slow.",
    ),
    own="feedback",
    asks=("text",),
    there=any_live,
    first=_require_live,
    words=(
        "von mir eine",
        "gebe ich",
        "von 5",
        "out of 5",
        "Sterne",
        "stars",
        "Note geben",
        "bewerten Dienst",
        "läuft gut",
        "Kundin fand",
        "am Schalter fand",
        "Katastrophe",
        "git vo mir",
        "customers find",
    ),
    offer=("Eine Rückmeldung geben", "Give feedback"),
)
def give(
    ctx: Context, process: ProcessRef, rating: Mark, text: Comment = "", *, below: Body = ""
) -> FeedbackGiven:
    """The asker's latest word on what is live of the process. Refuses: NotFound, NotLive, BadInput."""
    found, stage = live(ctx, process)
    comment = "\n".join(part for part in (text, below) if part)
    if len(comment) > LONGEST:
        raise refusal(ctx, _too_long(comment), "text")
    before = stored.find(ctx.tx, process, stage, ctx.me.user_id)
    at = ctx.sent_at or ctx.now
    stored.put(
        ctx.tx,
        process=process,
        stage=stage,
        user_id=ctx.me.user_id,
        rating=rating,
        comment=comment,
        on_day=at.astimezone(ctx.settings.zone).date(),
        at=at,
    )
    processes.changed(ctx, process)
    ctx.undo(take_back, number=process, stage=stage, before=_kept(before))
    was = before.rating if before is not None else None
    return heard(ctx, FeedbackGiven, found, stage, before=was, commented=bool(comment))


@action
def take_back(ctx: Context, number: int, stage: str, before: dict[str, Any] | None) -> FeedbackBack:
    """The asker's word is the former one, or none."""
    if before is None:
        stored.remove(ctx.tx, number, stage, ctx.me.user_id)
    else:
        stored.put(
            ctx.tx,
            process=number,
            stage=stage,
            user_id=ctx.me.user_id,
            rating=before["rating"],
            comment=before["comment"],
            on_day=date.fromisoformat(before["day"]),
            at=datetime.fromisoformat(before["at"]),
        )
    processes.changed(ctx, number)
    return heard(ctx, FeedbackBack, processes.get(ctx, number), stage)


def _kept(row: Feedback | None) -> dict[str, Any] | None:
    if row is None:
        return None
    at = row.said_at.isoformat()
    return {"rating": row.rating, "comment": row.comment, "day": row.on_day.isoformat(), "at": at}


def _too_long(comment: str) -> Unreadable:
    return Unreadable(
        de=f"Das ist zu lang: höchstens {LONGEST} Zeichen, es sind {len(comment)}.",
        en=f"That is too long: at most {LONGEST} characters, it has {len(comment)}.",
        code="too_large",
    )
