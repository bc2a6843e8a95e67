"""Ideas taken under review: new ones, and later, with a reason, those that were decided or merged wrongly."""

from __future__ import annotations

from commands.framework import Context, Reason, Refused, Role, action, command
from commands.framework.arguments import lacking
from commands.ideas import campaigns, model
from commands.ideas.decisions import OVER, Decided, NotPossible, TakenBack, change, decide, tell
from commands.ideas.merging import NotMergeable
from commands.ideas.model import IdeaRef
from storage import votes
from storage.ideas import Idea


class MergedOn(NotMergeable):
    """The idea it was merged into is merged itself since: that one comes first."""


@command(
    "idee prüfen",
    "idea review",
    role=Role.MODERATOR,
    de="eine Idee in Prüfung nehmen, mit Grund auch nach dem Entscheid",
    en="take an idea under review, with a reason also after the decision",
    example=("I12", "I12"),
    words=("genauer anschauen", "in Prüfung nehmen", "prüfen", "look at", "anschauen"),
    offer=("Eine Idee in Prüfung nehmen", "Take an idea under review"),
)
def review(ctx: Context, idea: IdeaRef, *, reason: Reason | None = None) -> Decided:
    """The idea is under review and takes votes, again with those moved by a merge.

    Refuses: NotPossible, also of what a process was made of; Incomplete; MergedOn.
    """
    before = model.get(ctx, idea)
    if before.process is not None:
        raise Refused(NotPossible(before, "under_review"))
    if before.state in OVER and reason is None:
        raise lacking(ctx, "reason")
    if before.merged_into is not None:
        return _apart(ctx, before, before.merged_into, reason)
    return decide(ctx, idea, "under_review", reason)


def _apart(ctx: Context, before: Idea, into: int, reason: str | None) -> Decided:
    target = model.get(ctx, into)
    if target.merged_into is not None:
        raise Refused(MergedOn(before, target))
    ctx.note("idea", into)
    votes.move_back(ctx.tx, source=before.id, target=into)
    after = change(ctx, before, state="under_review", reason=reason)
    ctx.changed("idea", into)
    campaigns.apart(ctx, before.id, into)
    tell(ctx, before, votes.list_voters(ctx.tx, before.id))
    ctx.audit(f"I{before.id}")
    ctx.undo(merge_again, number=before.id, into=into, reason=before.reason)
    return Decided(after, vote=votes.find_vote(ctx.tx, before.id, ctx.me.user_id))


@action
def merge_again(ctx: Context, number: int, into: int, reason: str | None) -> TakenBack:
    """The idea is merged as it was, and its votes count there."""
    before = model.get(ctx, number)
    voters = votes.list_voters(ctx.tx, number)
    votes.move(ctx.tx, source=number, target=into)
    after = change(ctx, before, state="merged", reason=reason, merged_into=into)
    ctx.changed("idea", into)
    campaigns.merged(ctx, before, model.get(ctx, into))
    tell(ctx, before, voters)
    ctx.audit(f"I{number}")
    return TakenBack(after, vote="none")
