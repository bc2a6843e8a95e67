"""Ratings of ideas: effort and benefit, one pair a person; from them the top three and the matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from commands.framework import Context, Drawing, Machine, Reply, Role, Score, action, command
from commands.ideas.model import OPEN, AboutIdea, IdeaRef
from commands.ideas.votes import get_open, require_open
from storage import votes
from storage.ideas import Idea

RANKED: Final = (*OPEN, "accepted")  # in the top three and the matrix
TOP = 3
IN_MATRIX, IN_QUADRANT = 20, 5
IN_PICTURE = 24
MIDDLE = 3  # of the scale from 1 to 5: from here on effort and benefit are high


class Rated(AboutIdea):
    """The asker's rating of effort and benefit; None: taken back."""

    effort: int | None = None
    benefit: int | None = None


class TopIdeas(Reply):
    """The best rated ideas, best first."""

    ideas: tuple[Idea, ...]

    def machine(self) -> Machine:
        return _list(self.ideas)


@dataclass(frozen=True)
class Point:
    """An idea at the medians of its ratings."""

    idea: Idea
    effort: float
    benefit: float


class IdeaMatrix(Reply):
    """Effort and benefit in four quadrants, the best rated first in each; drawn are those with ratings enough."""

    quick: tuple[Point, ...]  # little effort, high benefit
    big: tuple[Point, ...]  # much effort, high benefit
    small: tuple[Point, ...]  # little effort, low benefit
    doubtful: tuple[Point, ...]  # much effort, low benefit
    drawn: tuple[Point, ...] = ()
    more: bool = False  # there are more of them than those

    def machine(self) -> Machine:
        found = (*self.quick, *self.big, *self.small, *self.doubtful)
        return _list(tuple(point.idea for point in found))

    def drawing(self) -> Drawing | None:
        ideas = [
            [f"I{point.idea.id}", point.idea.title, f"{point.effort:.1f}", f"{point.benefit:.1f}"]
            for point in self.drawn
        ]
        name = ("aufwand-nutzen.png", "effort-benefit.png")
        return Drawing("matrix", {"ideas": ideas, "more": self.more}, name) if ideas else None


def _list(found: tuple[Idea, ...]) -> Machine:
    refs = [f"I{idea.id}" for idea in found]
    return {"type": "list", "of": "idea", "refs": refs, "page": 1, "pages": 1, "total": len(refs)}


@command(
    "idee bewerte",
    "idea rate",
    "idee bewerten",
    own="rating",
    role=Role.PI,
    de="Aufwand und Nutzen einer Idee von 1 bis 5 bewerten",
    en="rate effort and benefit of an idea, 1 to 5",
    example=("I12 aufwand: 2 nutzen: 5", "I12 effort: 2 benefit: 5"),
    words=("einschätzen", "benoten", "Bewertung", "rating", "assess"),
    offer=("Eine Idee bewerten", "Rate an idea"),
    first=require_open,
)
def rate(ctx: Context, idea: IdeaRef, *, effort: Score, benefit: Score) -> Rated:
    """The asker's one rating of the idea is this. Refuses: Closed."""
    get_open(ctx, idea)
    before = votes.find_rating(ctx.tx, idea, ctx.me.user_id)
    after = _rate(ctx, idea, effort, benefit)
    old = None if before is None else [before.effort, before.benefit]
    ctx.undo(restore_rating, number=idea, before=old)
    vote = votes.find_vote(ctx.tx, idea, ctx.me.user_id)
    return Rated(after, vote=vote, effort=effort, benefit=benefit)


def _rate(ctx: Context, number: int, effort: int, benefit: int) -> Idea:
    ctx.changed("idea", number)
    return votes.rate(
        ctx.tx,
        idea_id=number,
        user_id=ctx.me.user_id,
        effort=effort,
        benefit=benefit,
        at=ctx.sent_at or ctx.now,
    )


@action
def restore_rating(ctx: Context, number: int, before: list[int] | None) -> Rated:
    """The asker's rating is what it was before the command."""
    get_open(ctx, number)
    vote = votes.find_vote(ctx.tx, number, ctx.me.user_id)
    if before is not None:
        return Rated(_rate(ctx, number, *before), vote=vote, effort=before[0], benefit=before[1])
    ctx.changed("idea", number)
    return Rated(votes.remove_rating(ctx.tx, idea_id=number, user_id=ctx.me.user_id), vote=vote)


@command(
    "idee top",
    "idea top",
    role=Role.PI,
    de="die drei Ideen mit dem meisten Nutzen für den Aufwand",
    en="the three ideas with the most benefit for the effort",
    example=("", ""),
    reads=True,
    words=("beste", "beliebteste", "top", "best", "popular", "Rangliste", "meisten Stimmen", "Favoriten"),
    offer=("Die besten Ideen sehen", "See the best ideas"),
)
def top(ctx: Context) -> TopIdeas:
    return TopIdeas(tuple(votes.list_best(ctx.tx, RANKED, limit=TOP)))


@command(
    "idee matrix",
    "idea matrix",
    role=Role.PI,
    de="die Ideen nach Aufwand und Nutzen",
    en="the ideas by effort and benefit",
    example=("", ""),
    reads=True,
    words=("Bild Aufwand", "nach Aufwand", "nach Nutzen", "Grafik", "picture", "chart"),
    offer=("Die Ideen nach Aufwand und Nutzen sehen", "See the ideas by effort and benefit"),
)
def matrix(ctx: Context) -> IdeaMatrix:
    """The best rated ideas, in four quadrants, by the medians of their ratings."""
    best = votes.list_best(ctx.tx, RANKED, limit=IN_MATRIX)
    enough = votes.list_well_rated(ctx.tx, RANKED, limit=IN_PICTURE + 1)
    medians = votes.medians(ctx.tx, sorted({idea.id for idea in (*best, *enough)}))
    cells: dict[tuple[bool, bool], list[Point]] = {}
    for point in _points(best, medians):
        cell = cells.setdefault((point.effort >= MIDDLE, point.benefit >= MIDDLE), [])
        if len(cell) < IN_QUADRANT:
            cell.append(point)
    quick, big, small, doubtful = (
        tuple(cells.get(at, ())) for at in ((False, True), (True, True), (False, False), (True, False))
    )
    drawn, more = _points(enough[:IN_PICTURE], medians), len(enough) > IN_PICTURE
    return IdeaMatrix(quick=quick, big=big, small=small, doubtful=doubtful, drawn=drawn, more=more)


def _points(found: list[Idea], medians: Mapping[int, tuple[float, float]]) -> tuple[Point, ...]:
    return tuple(Point(idea, *medians[idea.id]) for idea in found)
