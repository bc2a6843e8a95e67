"""Why somebody is not taken: who says no with a reaction is asked for the reason, and only the answer counts.

The question stands in the thread of what was tapped. Its answer is what the person writes there next; «ohne», or ✅ on
the question, goes without a reason. As long as there is none, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from commands.framework.audiences import COORDINATION, Audience
from commands.framework.context import ANSWER, Context
from commands.framework.identity import About
from commands.framework.replies import Machine, Reply, Role
from commands.words import means_nothing
from storage import cards

LONGEST: Final = 1000  # characters that are kept
YES: Final = "✅"
WITHOUT: Final = ("ohne grund", "kein grund", "without", "without a reason", "no reason")


class ReasonAsked(Reply):
    """A person who has tapped ❌ is asked for the reason."""

    user_id: str
    name: str
    concerned: str  # the name of who is not taken; empty where others read
    thing: About
    told: Machine  # of it

    @property
    def about(self) -> About:
        return self.thing

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> Reply:
        return replace(self, concerned="")

    def machine(self) -> Machine:
        return self.told


def ask(
    ctx: Context,
    action: Callable[..., Reply | None],
    data: Machine,
    *,
    room: str,
    thread: str,
    concerned: str,
    about: About,
    told: Machine,
) -> None:
    """The asker is asked in this thread why not; the `@action` gets this data, and what was `said`."""
    question = ReasonAsked(ctx.me.user_id, ctx.me.name, concerned, about, told)
    post = ctx.post(room, question, seeds=(YES,), thread=thread)
    for key in (YES, ANSWER):
        ctx.offer(key, action, user_id=ctx.me.user_id, role=Role.COORDINATOR, post=post, **data)


def withdraw(ctx: Context, cause: str) -> None:
    """The reaction that brought the question about is taken off: no answer to it counts."""
    asked = cards.find_offer_of(ctx.tx, cause=cause, key=ANSWER)
    if asked is not None and asked.taken_at is None:
        cards.take_offer(ctx.tx, outbox_id=asked.outbox_id, at=ctx.now)


def given(said: str | None) -> str | None:
    """The reason in one line; None where it goes without."""
    sentence = " ".join((said or "").split())[:LONGEST]
    bare = sentence.strip("«».! ")
    return None if bare in ("", YES) or means_nothing(bare, *WITHOUT) else sentence
