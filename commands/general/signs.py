"""Reactions on messages of the bot: which thing a message is about, and what is said of those that do nothing."""

from __future__ import annotations

from typing import ClassVar

from commands.framework import (
    BELONGING,
    LETTERS,
    TAPS,
    THINGS,
    Audience,
    Context,
    Failure,
    Machine,
    Role,
    sign,
)

WITHOUT = ("error", "list", "group")  # taps on these are about no thing: ✅ below «you are out» is no sign-up


class AboutTap(Failure):
    """Once a person and thing, in the direct chat; `about` is what the thing's card tells other programs."""

    abstract: ClassVar[bool] = True
    about: Machine
    key: str

    def machine(self) -> Machine:
        ref = self.about.get("ref")
        return super().machine() | ({"ref": ref} if ref else {})


class Idle(AboutTap):
    """This reaction does nothing on the card; what does."""

    code: ClassVar[str] = "bad_input"
    kind: str


class Paused(AboutTap):
    """Who pauses has tapped: it does not count."""

    code: ClassVar[str] = "not_allowed"


def thing_of(machine: Machine) -> tuple[str, str] | None:
    """Kind and number of the one thing that a message is about."""
    ref = str(machine.get("ref", ""))
    thing = LETTERS.get(ref[:1])
    if thing is None or not ref[1:].isdecimal() or machine.get("type") in WITHOUT:
        return None
    for kind, part in THINGS.items():
        if part.number_in is not None and (number := part.number_in(machine)) is not None:
            return kind, str(number)
    return thing.kind, ref[1:]


def counts(kind: str, key: str) -> bool:
    """Does the reaction do something on a message about the thing that is not its card?

    Where 👍 is a vote it does not: below «your idea is accepted» it is thanks.
    """
    return (kind, sign(kind, key)) in TAPS and (kind, "👎") not in TAPS


def shown(ctx: Context, kind: str, number: str) -> Machine:
    """What the thing's card tells other programs, as far as it is for the asker: of what is not, the reference."""
    whole = THINGS[kind].card(ctx, int(number))
    said = whole if _is_for(ctx, whole.audience) else whole.outside()
    return said.machine() if said is not None else {"ref": whole.machine().get("ref")}


def _is_for(ctx: Context, audience: Audience) -> bool:
    """Is the asker of those who may hear it, wherever the tap was?"""
    if audience.kind == "everyone" or ctx.where.direct:
        return True
    return any(_belongs(ctx, purpose) for purpose in audience.purposes)


def _belongs(ctx: Context, purpose: str) -> bool:
    kind, _, number = purpose.partition(" ")
    return BELONGING[kind](ctx, int(number)) if kind in BELONGING else ctx.me.role >= Role.COORDINATOR
