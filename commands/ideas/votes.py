"""Votes on ideas: one a person, changed and taken back until the idea is decided.

A vote is given by a reaction on the idea's card or by command. The latest act counts; the store keeps which
event carries the present vote, because taking off that reaction takes back the vote and taking off another
does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Machine,
    Present,
    Refused,
    Role,
    Touch,
    action,
    choices,
    command,
    named,
    personal,
    reactions,
    reconciler,
    tap,
)
from commands.ideas import campaigns, model
from commands.ideas.model import OPEN, AboutIdea, IdeaRef
from commands.members import was_active
from storage import votes
from storage.ideas import Idea
from storage.votes import Vote

TO_VOTE: Final = named("idea vote")

KEYS: Final = {"👍": "for", "👎": "against"}

Value = Annotated[
    Literal["for", "against", "neutral", "none"],
    choices(
        {"+": "for", "-": "against", "0": "neutral", "weg": "none", "👍": "for", "👎": "against"},
        also={
            "ja": "for",
            "yes": "for",
            "pro": "for",
            "nein": "against",
            "no": "against",
            "kontra": "against",
            "contra": "against",
            "egal": "neutral",
            "enthaltung": "neutral",
            "für": "for",
            "dafür": "for",
            "+1": "for",
            "gegen": "against",
            "dagegen": "against",
            "-1": "against",
            "–": "against",
            "−": "against",
            "—": "against",
            "keine": "none",
        },
        labels={
            "for": ("dafür", "for"),
            "against": ("dagegen", "against"),
            "neutral": ("neutral", "neutral"),
            "none": ("die Stimme zurücknehmen", "take the vote back"),
        },
    ),
]


class Voted(AboutIdea):
    """The idea as it stands, and the asker's vote."""


class Closed(Failure):
    """The idea is decided, merged or withdrawn: it takes no votes and no ratings any more."""

    idea: Idea


def get_open(ctx: Context, number: int) -> Idea:
    """The idea, which takes votes. Refuses: NotFound, Closed."""
    idea = model.get(ctx, number)
    if idea.state not in OPEN:
        raise Refused(Closed(idea))
    return idea


def require_open(ctx: Context, known: Mapping[str, Any]) -> None:
    """As `first` of a command: the idea that is named, if any, takes votes. Refuses: NotFound, Closed."""
    if "idea" in known:
        get_open(ctx, known["idea"])


# --- votes


@command(
    "idee stimme",
    "idea vote",
    "idee stimmen",
    own="vote",
    role=Role.PI,
    de="für (+), gegen (-) oder neutral (0) stimmen, oder die Stimme zurücknehmen (weg)",
    en="vote for (+), against (-) or neutral (0), or take the vote back (none)",
    example=("I12 +", "I12 +"),
    words=(
        "stimme ab",
        "how do I vote",
        "Daumen hoch",
        "gefällt",
        "gute Idee",
        "schlechte Idee",
        "Daumen",
        "finde super",
        "finde toll",
        "bin für",
        "gegen Idee",
        "liken",
        "mag I",
        "abstimmen",
        "Stimme",
        "dafür",
        "dagegen",
        "unterstützen",
        "für stimmen",
        "finde gut",
        "Stimme zurücknehmen",
        "bin gegen",
        "support",
        "in favour",
        "am against",
        "like I",
    ),
    offer=("Über eine Idee abstimmen", "Vote on an idea"),
    first=require_open,
)
def vote(ctx: Context, idea: IdeaRef, vote: Value) -> Voted:
    """The asker's one vote on the idea is this. Refuses: Closed."""
    before = votes.find(ctx.tx, idea, ctx.me.user_id)
    voted = _cast(ctx, get_open(ctx, idea), vote)
    ctx.undo(
        restore_vote,
        number=idea,
        carrier=None if vote == "none" else ctx.event_id,
        before=None if before is None else _as_data(before),
    )
    return Voted(voted, vote=vote)


def _as_data(given: Vote) -> Machine:
    return {
        "value": given.value,
        "carrier": given.carrier,
        "from_idea": given.from_idea,
        "at": given.at.isoformat(),
    }


def _cast(ctx: Context, before: Idea, value: str) -> Idea:
    """Store the asker's vote; the card follows where the counts differ."""
    if value == "none":
        after = votes.remove(ctx.tx, idea_id=before.id, user_id=ctx.me.user_id)
    else:
        at = ctx.sent_at or ctx.now
        after = votes.put(
            ctx.tx, idea_id=before.id, user_id=ctx.me.user_id, value=value, carrier=ctx.event_id, at=at
        )
    _show(ctx, before, after)
    campaigns.voted(ctx, after, ctx.me.user_id)
    return after


def _show(ctx: Context, before: Idea, after: Idea) -> None:
    if _counts(before) != _counts(after):
        ctx.changed("idea", after.id)


def _counts(idea: Idea) -> tuple[int, int, int]:
    return idea.votes_for, idea.votes_against, idea.votes_neutral


@action
def restore_vote(ctx: Context, number: int, carrier: str | None, before: Machine | None) -> Voted:
    """The asker's vote is what it was before the command, unless a later act has changed it since."""
    idea = get_open(ctx, number)
    present = votes.find(ctx.tx, number, ctx.me.user_id)
    if (present.carrier if present else None) != carrier:
        raise Refused(BuiltUpon(ref=f"I{number}", instead=TO_VOTE(f"I{number}", "weg")))
    mine: Machine = {"idea_id": number, "user_id": ctx.me.user_id}
    if before is None:
        after = votes.remove(ctx.tx, **mine)
    else:
        after = votes.put(ctx.tx, **mine, **before | {"at": datetime.fromisoformat(before["at"])})
    _show(ctx, idea, after)
    campaigns.voted(ctx, after, ctx.me.user_id)
    return Voted(after, vote=before["value"] if before else "none")


@tap(
    "idea",
    *KEYS,
    de="👍 für dafür, 👎 für dagegen",
    en="👍 for, 👎 against",
    own="vote",
)
def react(ctx: Context, number: int, touch: Touch) -> None:
    """A reaction put on is a vote; the one that carries the vote taken off is none. Refuses: Closed."""
    if touch.on:
        _cast(ctx, get_open(ctx, number), KEYS[touch.key])
        return
    idea = _where_it_counts(ctx, number)
    if idea.state in OPEN:
        _let_go(ctx, idea, ctx.me.user_id, touch.event_id)
        return
    present = votes.find(ctx.tx, idea.id, ctx.me.user_id)
    if present is not None and present.carrier == touch.event_id:
        raise Refused(Closed(idea))


def _where_it_counts(ctx: Context, number: int) -> Idea:
    """The idea itself, or the one that it was merged into, where its votes are now."""
    idea = model.get(ctx, number)
    while idea.merged_into is not None:
        idea = model.get(ctx, idea.merged_into)
    return idea


def _let_go(ctx: Context, idea: Idea, user_id: str, carrier: str) -> None:
    """The reaction is gone; so is the vote, if it carried it."""
    if votes.remove_carried(ctx.tx, idea_id=idea.id, user_id=user_id, carrier=carrier):
        ctx.changed("idea", idea.id)
        campaigns.voted(ctx, idea, user_id)


@reconciler("idea")
def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
    """Votes are in line with the reactions on the card now, after some may have been missed.

    One that the store does not know counts as put on, unless the person's vote is newer or the person was no
    member then; one that is there no longer, as taken off. Idempotent; nobody is told.
    """
    gone, missed = reactions.differences(ctx, "idea", number, present, keys=KEYS)
    idea = _where_it_counts(ctx, number)
    for tap_ in gone:
        if idea.state in OPEN and was_active(ctx, tap_.user_id, ctx.now):
            _let_go(ctx, idea, tap_.user_id, tap_.event_id)
    for one in missed:
        if was_active(ctx, one.user_id, one.at):
            one.keep(ctx)
            _count_missed(
                ctx, number, user_id=one.user_id, value=KEYS[one.key], carrier=one.event_id, at=one.at
            )


def _count_missed(ctx: Context, number: int, *, user_id: str, value: str, carrier: str, at: datetime) -> None:
    before = model.get(ctx, number)
    given = votes.find(ctx.tx, number, user_id)
    if before.state in OPEN and (given is None or given.at < at):
        after = votes.put(ctx.tx, idea_id=number, user_id=user_id, value=value, carrier=carrier, at=at)
        _show(ctx, before, after)
        campaigns.voted(ctx, after, user_id, at=at)


# --- personal data


def erase(ctx: Context, user_id: str) -> None:
    votes.erase(ctx.tx, user_id)


@personal("votes", erase=erase)
def export(ctx: Context, user_id: str) -> Machine:
    """All votes and ratings of the person."""
    return {
        "votes": [
            {"idea": f"I{v.idea_id}", "vote": v.value, "at": v.at.isoformat()}
            | ({"from": f"I{v.from_idea}"} if v.from_idea else {})
            for v in votes.list_votes_of(ctx.tx, user_id)
        ]
        + [
            {"idea": f"I{v.idea_id}", "vote": v.value, "at": v.at.isoformat(), "before": "merge"}
            for v in votes.list_merged_of(ctx.tx, user_id)
        ],
        "ratings": [
            {"idea": f"I{r.idea_id}", "effort": r.effort, "benefit": r.benefit, "at": r.at.isoformat()}
            for r in votes.list_ratings_of(ctx.tx, user_id)
        ],
    }
