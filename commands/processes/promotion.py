"""From an idea to a process: linked both ways, and those who had the idea are the first to be asked in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from commands import ideas
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    NewTitle,
    Refused,
    Role,
    Short,
    YesNo,
    action,
    command,
    named,
)
from commands.ideas import IdeaRef, tell
from commands.processes import model
from commands.processes.model import AboutProcess, Klass
from storage import ideas as stored
from storage import votes
from storage.ideas import Idea

TO_EDIT: Final = named("process edit")

FROM = ("accepted", "implementing")


class Promoted(AboutProcess):
    """The idea is a process now."""

    idea: int


class PromotionTold(AboutProcess):
    """To author and voters: a process is made of the idea, and they are the first to be asked into its group."""

    idea: int
    title: str  # the idea's
    asked: bool = True  # they are not in the group yet, and have not asked for it


class Demoted(AboutProcess):
    """The process made of the idea is dropped again, and the idea is as it was."""

    idea: int


class DemotionTold(AboutProcess):
    """To author and voters: it was taken back."""

    idea: int
    title: str


class PromotedAlready(Failure):
    """A process was made of the idea before."""

    idea: Idea
    link: str | None  # to the process's card


class NotPromotable(Failure):
    """The idea is not accepted, or is over."""

    idea: Idea


def _require_promotable(ctx: Context, known: Mapping[str, Any]) -> None:
    if "idea" in known:
        _promotable(ctx, known["idea"])


@command(
    "idee überführen",
    "idea promote",
    role=Role.COORDINATOR,
    de="aus einer angenommenen Idee einen Verwaltungsprozess machen",
    en="make an administrative process of an accepted idea",
    example=("I12 klasse: L", "I12 class: L"),
    words=("einen Prozess machen", "Prozess werden", "into a process", "Prozess aus Idee", "become process"),
    offer=("Aus einer Idee einen Prozess machen", "Make a process of an idea"),
    first=_require_promotable,
)
def promote(
    ctx: Context,
    idea: IdeaRef,
    *,
    klass: Klass,
    name: NewTitle | None = None,
    life: Short | None = None,
    anyway: YesNo = "no",
) -> Promoted:
    """There is a process with the idea's title and text, and the idea is being implemented.

    Author and voters are told, and asked into the group before others.

    Refuses: PromotedAlready; NotPromotable; ThereAlready.
    """
    before = _promotable(ctx, idea)
    number = model.create(
        ctx,
        name=name or before.title,
        klass=klass,
        life=life,
        description=before.text,
        idea=idea,
        anyway=anyway,
    )
    stored.change(ctx.tx, idea, process=number, state="implementing", changed_at=ctx.now)
    ctx.changed("idea", idea)
    ctx.note("idea", idea)
    view, link = model.view(ctx, number), ctx.card_link("process", number)
    tell(ctx, before, votes.list_voters(ctx.tx, idea))
    ctx.audit(f"P{number}")
    ctx.undo(take_back, number=number, idea=idea, state=before.state)
    return Promoted(view, link, idea=idea)


def _promotable(ctx: Context, number: int) -> Idea:
    """The idea, of which a process can be made. Refuses: PromotedAlready, NotPromotable."""
    idea = ideas.get(ctx, number)
    if idea.process is not None:
        raise Refused(PromotedAlready(idea, ctx.card_link("process", idea.process)))
    if idea.state not in FROM:
        raise Refused(NotPromotable(idea))
    return idea


@action
def take_back(ctx: Context, number: int, idea: int, state: str) -> Demoted:
    """The idea is as it was, and the process dropped, unless somebody has built on it. Refuses: BuiltUpon."""
    if not model.is_untouched(ctx, number):
        raise Refused(BuiltUpon(ref=f"P{number}", instead=TO_EDIT(f"P{number}")))
    model.unmake(ctx, number)
    before = ideas.get(ctx, idea)
    stored.change(ctx.tx, idea, process=None, state=state, changed_at=ctx.now)
    ctx.changed("idea", idea)
    ctx.audit(f"P{number}")
    view = model.view(ctx, number)
    tell(ctx, before, votes.list_voters(ctx.tx, idea))
    return Demoted(view, ctx.card_link("process", number), idea=idea)
