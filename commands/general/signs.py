"""Reactions on messages of the bot: which thing a message is about, and what is said of those that do nothing."""

from __future__ import annotations

from typing import ClassVar

from commands.framework import (
    BELONGING,
    TAPPED,
    TAPS,
    THINGS,
    Audience,
    Context,
    Failure,
    Machine,
    Role,
    sign,
)
from commands.framework.identity import About, about_in, ref_of


class AboutTap(Failure):
    """Once a person and thing, in the direct chat; `shown` is what the thing's card tells other programs."""

    abstract: ClassVar[bool] = True
    shown: Machine
    key: str

    @property
    def ref(self) -> str | None:
        return self.shown.get("ref")

    def machine(self) -> Machine:
        return super().machine() | ({"ref": self.ref} if self.ref else {})


class Idle(AboutTap):
    """This reaction does nothing on the card; what does."""

    code: ClassVar[str] = "bad_input"
    kind: str

    def works(self, language: str) -> str:
        return ", ".join(said[language] for said in TAPPED[self.kind])


class Paused(AboutTap):
    """A person who pauses has tapped: it does not count."""

    code: ClassVar[str] = "not_allowed"


def thing_of(told: Machine) -> About | None:
    """The one thing that a message is about, of which a tap may say something; an error says it of none."""
    return about_in(told) if told.get("type") != "error" else None


def counts(kind: str, key: str) -> bool:
    """Does the reaction do something on a message about the thing that is not its card?

    Where 👍 is a vote it does not: below «your idea is accepted» it is thanks.
    """
    return (kind, sign(kind, key)) in TAPS and (kind, "👎") not in TAPS


def shown(ctx: Context, kind: str, number: str) -> Machine:
    """The part of the thing's card for other programs, as far as it is for the asker; else its reference."""
    whole = THINGS[kind].card(ctx, int(number))
    said = whole if _is_for(ctx, whole.audience) else whole.outside()
    return said.part() if said is not None else {"ref": ref_of(whole.about)}


def _is_for(ctx: Context, audience: Audience) -> bool:
    """Is the asker of those who may hear it, wherever the tap was?"""
    if audience.kind == "everyone" or ctx.where.direct:
        return True
    return any(_belongs(ctx, purpose) for purpose in audience.purposes)


def _belongs(ctx: Context, purpose: str) -> bool:
    kind, _, number = purpose.partition(" ")
    return BELONGING[kind](ctx, int(number)) if kind in BELONGING else ctx.me.role >= Role.COORDINATOR
