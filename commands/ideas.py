"""The idea pool (concept 7.2): what an idea looks like, and how it gets in, changes and goes."""

from __future__ import annotations

from typing import ClassVar

from commands.api import Machine, Refused, Reply, Role, action, card, command
from commands.context import Context
from commands.errors import BuiltUpon, NotFound
from commands.types import Body, Short, Title
from storage import cards, ideas, members
from storage.ideas import Idea


class IdeaCard(Reply):
    """An idea as everybody sees it."""

    idea: Idea
    author: str  # as people read it: «Pia Muster, Aesch»
    comments: int

    def machine(self) -> Machine:
        return idea_machine(self.idea)


class AboutIdea(Reply):
    """A reply that carries an idea, and what it is to the one who asked."""

    abstract: ClassVar[bool] = True
    idea: Idea
    vote: str = "none"  # the asker's: for, against, neutral, none
    link: str | None = None  # to its card

    def machine(self) -> Machine:
        return idea_machine(self.idea) | {"you": {"vote": self.vote}}


class Submitted(AboutIdea):
    """The idea is in the pool."""

    name: str = ""


def idea_machine(idea: Idea) -> Machine:
    """The idea as other programs read it."""
    found = {
        "topic": idea.topic,
        "campaign": f"W{idea.campaign}" if idea.campaign else None,
        "reason": idea.reason,
        "merged_into": f"I{idea.merged_into}" if idea.merged_into else None,
        "process": f"P{idea.process}" if idea.process else None,
        "author": idea.author or None,
    }
    ratings: Machine = {"count": idea.rating_count}
    if idea.rating_count:
        ratings |= {"effort": idea.effort, "benefit": idea.benefit}
    return {
        "type": "idea",
        "ref": f"I{idea.id}",
        "title": idea.title,
        "state": idea.state,
        "votes": {"for": idea.votes_for, "against": idea.votes_against, "neutral": idea.votes_neutral},
        "ratings": ratings,
    } | {key: value for key, value in found.items() if value is not None}


def get(ctx: Context, number: int) -> Idea:
    """The idea. Refuses: NotFound."""
    idea = ideas.find(ctx.tx, number)
    if idea is None:
        raise Refused(NotFound(ref=f"I{number}", noun="idee"))
    return idea


@card("idea", letter="I", sign="💡", purpose="ideas", seeds=("👍", "👎"))
def idea_card(ctx: Context, number: int) -> IdeaCard:
    idea = get(ctx, number)
    author = members.find(ctx.tx, idea.author)
    placed = cards.find(ctx.tx, "idea", str(number))
    name = ", ".join(filter(None, (author.name, author.municipality))) if author else ""
    return IdeaCard(idea, author=name, comments=placed.comments if placed else 0)


@command(
    "idee neu",
    "idea new",
    role=Role.PI,
    de="Idee in den Pool geben",
    en="put an idea into the pool",
    example=("Umzugsmeldung: Formulare vorausfüllen", "Moving house: fill in the forms"),
)
def submit(ctx: Context, title: Title, *, text: Body = "", topic: Short | None = None) -> Submitted:
    """The idea is in the pool, and its card in the idea room."""
    number = ctx.number("idea")
    ideas.add(
        ctx.tx, number=number, author=ctx.me.user_id, title=title, text=text, topic=topic, campaign=None, at=ctx.now
    )
    ctx.place_card("idea", number)
    ctx.undo(take_back, number=number)
    return Submitted(get(ctx, number), link=ctx.card_link("idea", number), name=ctx.me.name)


@action
def take_back(ctx: Context, number: int) -> Submitted:
    """The idea is withdrawn again, as long as nobody has voted, rated or decided."""
    idea = get(ctx, number)
    if idea.state != "submitted" or idea.votes_for or idea.votes_against or idea.rating_count:
        raise Refused(BuiltUpon(ref=f"I{number}", instead=f"idee zurückziehen I{number}"))
    if ctx.revising:
        ideas.remove(ctx.tx, number)
        ctx.reuse["idea"] = number
    else:
        ideas.change(ctx.tx, number, state="withdrawn", changed_at=ctx.now)
        ctx.changed("idea", number)
    return Submitted(idea)
