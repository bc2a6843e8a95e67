"""What moderators decide about ideas: each decision is published on the card and sent to author and voters.

A decision can be taken back for ten minutes, and later the idea reviewed again (`idea_reviews`). Who was told of it
is then told that too: what has been said is never silently unsaid. Who was not told yet is not told at all (see
`idea_news`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from commands.framework import About, Context, Failure, Machine, Reason, Refused, Reply, Role, action, command
from commands.ideas import campaigns, model
from commands.ideas.model import OPEN, AboutIdea, IdeaRef, idea_machine
from storage import ideas as stored
from storage import votes
from storage.ideas import Idea

# From which states each decision can be taken.
FROM: Final = {
    "under_review": ("submitted", "accepted", "rejected", "implementing", "implemented"),
    "accepted": OPEN,
    "rejected": OPEN,
    "implementing": ("accepted",),
    "implemented": ("accepted", "implementing"),
}
DECISIONS: Final = tuple(FROM)
OVER: Final = ("accepted", "rejected", "implementing", "implemented", "merged")  # may be reviewed again


class Decided(AboutIdea):
    """The idea is in this state now; author and voters are told."""


class Announced(Reply):
    """To author and voters: the idea was decided."""

    idea: Idea
    reason: str | None = None  # of this very decision

    @property
    def about(self) -> About:
        return "idea", self.idea.id

    def machine(self) -> Machine:
        return idea_machine(self.idea)


class TakenBack(AboutIdea):
    """The decision no longer stands."""


class Reopened(Announced):
    """To author and voters: the decision was taken back."""


class NotPossible(Failure):
    """The idea's state does not allow this decision."""

    idea: Idea
    decision: str  # the state it would lead to

    @property
    def again(self) -> bool:
        """Reviewed again, it could be decided anew."""
        return self.idea.state in OVER and self.idea.process is None

    @property
    def same(self) -> bool:
        """It was decided so already: another reason is likely meant."""
        return self.idea.state == self.decision


def _declare(decision: str, *names: str, says_why: bool, **said: Any) -> None:
    """Moderators decide so by this command; `says_why`: not without a reason."""

    def require_possible(ctx: Context, known: Mapping[str, Any]) -> None:
        if "idea" in known:
            _possible(ctx, known["idea"], decision)

    declared = command(*names, role=Role.MODERATOR, first=require_possible, **said)
    if says_why:

        @declared
        def decide_why(ctx: Context, idea: IdeaRef, *, reason: Reason) -> Decided:
            """The idea is decided so, and why is on its card. Refuses: NotPossible."""
            return decide(ctx, idea, decision, reason)
    else:

        @declared
        def decide_so(ctx: Context, idea: IdeaRef, *, reason: Reason | None = None) -> Decided:
            """The idea is decided so. Refuses: NotPossible."""
            return decide(ctx, idea, decision, reason)


_declare(
    "accepted",
    "idee annehmen",
    "idea accept",
    says_why=True,
    de="eine Idee annehmen, mit Grund",
    en="accept an idea, with a reason",
    example=("I12 grund: Spart allen Gemeinden Zeit", "I12 reason: Saves time in every municipality"),
    words=(
        "angenommen",
        "ist angenommen",
        "befürworten",
        "einverstanden mit Idee",
        "gutheissen",
        "nehmen an",
        "zustimmen",
        "approve",
        "bewilligen",
    ),
    offer=("Eine Idee annehmen", "Accept an idea"),
)
_declare(
    "rejected",
    "idee ablehnen",
    "idea reject",
    says_why=True,
    de="eine Idee ablehnen, mit Grund",
    en="reject an idea, with a reason",
    example=("I12 grund: Das gibt es schon", "I12 reason: It exists already"),
    words=("absagen", "verwerfen", "turn down", "decline", "ablehnen"),
    offer=("Eine Idee ablehnen", "Reject an idea"),
)
_declare(
    "implementing",
    "idee umsetzen",
    "idea implement",
    says_why=False,
    de="eine angenommene Idee in Umsetzung nehmen",
    en="start to implement an accepted idea",
    example=("I12", "I12"),
    words=("wird umgesetzt", "Umsetzung", "umsetzen", "jetzt umgesetzt", "start implementing", "anpacken"),
    offer=("Eine Idee umsetzen", "Start to implement an idea"),
)
_declare(
    "implemented",
    "idee umgesetzt",
    "idea done",
    says_why=False,
    de="sagen, dass eine Idee umgesetzt ist",
    en="say that an idea is implemented",
    example=("I12", "I12"),
    words=("fertig umgesetzt", "umgesetzt", "realisiert", "ist umgesetzt", "been implemented", "live"),
    offer=("Sagen, dass eine Idee umgesetzt ist", "Say that an idea is implemented"),
)


def decide(ctx: Context, number: int, decision: str, reason: str | None) -> Decided:
    """The idea's state follows the decision; without a reason, the one given before stays on the card.

    Refuses: NotPossible.
    """
    before = _possible(ctx, number, decision)
    after = change(ctx, before, state=decision, reason=reason or before.reason)
    tell(ctx, before, votes.list_voters(ctx.tx, number))
    ctx.audit(f"I{number}")
    ctx.undo(take_back, number=number, state=before.state, reason=before.reason)
    return Decided(after, vote=votes.find_vote(ctx.tx, number, ctx.me.user_id))


def _possible(ctx: Context, number: int, decision: str) -> Idea:
    """The idea, which can be decided so. Refuses: NotFound, NotPossible."""
    found = model.get(ctx, number)
    if found.state not in FROM[decision]:
        raise Refused(NotPossible(found, decision))
    return found


@action
def take_back(ctx: Context, number: int, state: str, reason: str | None) -> TakenBack:
    """The idea is as it was before the decision."""
    idea = model.get(ctx, number)
    after = change(ctx, idea, state=state, reason=reason)
    tell(ctx, idea, votes.list_voters(ctx.tx, number))
    ctx.audit(f"I{number}")
    return TakenBack(after, vote=votes.find_vote(ctx.tx, number, ctx.me.user_id))


def change(
    ctx: Context, idea: Idea, *, state: str, reason: str | None, merged_into: int | None = None
) -> Idea:
    """The idea has this state and reason, and its card shows it."""
    stored.change(ctx.tx, idea.id, state=state, reason=reason, merged_into=merged_into, changed_at=ctx.now)
    ctx.changed("idea", idea.id)
    campaigns.follow(ctx, idea)
    return model.get(ctx, idea.id)


def tell(ctx: Context, before: Idea, voters: Iterable[str]) -> None:
    """Author and voters are told what has become of the idea, each once; the one who did it is not."""
    known = {name: getattr(before, name) for name in ("state", "reason", "merged_into", "process")}
    for user_id in sorted({before.author, *voters} - {""}):
        ctx.tell(user_id, "idea", before=known, idea=before.id)
