"""Merging ideas that mean the same: nothing is deleted, the votes move, one a person.

Who has voted on both keeps the vote on the idea that stays; where each moved vote was given is kept;
ratings are not merged. Taken back, the merged idea gets its votes back exactly as they were; what people have
voted on the other one since, they have voted there: it stays, beside their old vote on the first.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from commands.framework import (
    About,
    Context,
    Failure,
    Machine,
    Place,
    Reason,
    Refused,
    Reply,
    Role,
    action,
    command,
    reference,
)
from commands.ideas import campaigns, model
from commands.ideas.decisions import OVER, change, tell
from commands.ideas.model import OPEN, IdeaRef, idea_machine
from storage import votes
from storage.ideas import Idea

_JOINT = re.compile(r"(?:(?:in|into|mit|with|und|zu|to)\s+|(?:->|→|=>)\s*)?(.*)", re.IGNORECASE | re.DOTALL)


def _after_joint(raw: Any) -> Any:
    match = _JOINT.fullmatch(raw.strip()) if isinstance(raw, str) else None
    return match[1] if match else raw


Into = Annotated[int, reference("idea"), Place("line"), BeforeValidator(_after_joint)]
"""The other idea: `in I2`, `-> I2`, or `I2` alone."""


class MovedTo(Reply):
    """To author and voters: the idea is part of another one now."""

    idea: Idea
    into: Idea

    @property
    def about(self) -> About:
        return "idea", self.idea.id

    def machine(self) -> Machine:
        return idea_machine(self.idea)


class MovedBack(MovedTo):
    """To author and voters: the merge was taken back."""


class Merged(MovedTo):
    """The idea is part of another one now, which has these votes."""

    def machine(self) -> Machine:
        return super().machine() | {"you": {"vote": "none"}}  # the asker's counts on the other one


class Unmerged(MovedTo):
    """The two ideas are two again; `vote`: the asker's on the first."""

    vote: str

    def machine(self) -> Machine:
        return super().machine() | {"you": {"vote": self.vote}}


class NotMergeable(Failure):
    """One of the two is decided, merged or withdrawn, or both are the same."""

    idea: Idea
    into: Idea
    takes: ClassVar[tuple[str, ...]] = OPEN

    @property
    def again(self) -> bool:
        """Reviewed again, it could be merged."""
        return self.idea.state in OVER and self.idea.process is None


@command(
    "idee zusammenführen",
    "idea merge",
    role=Role.MODERATOR,
    de="eine Idee mit einer anderen zusammenführen, samt den Stimmen",
    en="merge an idea into another one, with its votes",
    example=("I1 in I2", "I1 into I2"),
    words=(
        "dasselbe",
        "das Gleiche",
        "doppelt",
        "zusammenlegen",
        "zusammenfassen",
        "vereinen",
        "same",
        "duplicate",
        "combine",
    ),
    offer=("Zwei Ideen zusammenführen", "Merge two ideas"),
)
def merge(
    ctx: Context,
    idea: IdeaRef,
    into: Into,
    *,
    reason: Reason | None = None,
) -> Merged:
    """The first idea is merged into the second, which has the votes of both. Refuses: NotMergeable."""
    source, target = model.get(ctx, idea), model.get(ctx, into)
    if source.id == target.id or source.state not in OPEN or target.state not in OPEN:
        raise Refused(NotMergeable(source, target))
    ctx.note("idea", target.id)
    voters = votes.list_voters(ctx.tx, source.id)
    votes.move(ctx.tx, source=source.id, target=target.id)
    merged = change(ctx, source, state="merged", reason=reason or source.reason, merged_into=target.id)
    ctx.changed("idea", target.id)
    joined = campaigns.merged(ctx, source, target)
    grown = model.get(ctx, target.id)
    tell(ctx, source, voters)
    ctx.audit(f"I{source.id}")
    before = {"state": source.state, "reason": source.reason}
    ctx.undo(take_apart, number=source.id, into=target.id, joined=joined, **before)
    return Merged(merged, grown)


@action
def take_apart(
    ctx: Context, number: int, into: int, state: str, reason: str | None, joined: bool = False
) -> Unmerged:
    """Both ideas stand alone again, each with its votes."""
    merged = model.get(ctx, number)
    votes.move_back(ctx.tx, source=number, target=into)
    alone = change(ctx, merged, state=state, reason=reason)
    ctx.changed("idea", into)
    campaigns.apart(ctx, number, into, joined=joined)
    left = model.get(ctx, into)
    tell(ctx, merged, votes.list_voters(ctx.tx, number))
    ctx.audit(f"I{number}")
    return Unmerged(alone, left, votes.find_vote(ctx.tx, number, ctx.me.user_id))
