"""`zeige I12`: any thing by its reference."""

from __future__ import annotations

from typing import Annotated

from commands.framework import COMMANDS, THINGS, AnyRef, Context, Place, Refused, Reply, Role, command
from commands.framework.who_may import allowed, refusal


@command(
    "zeige",
    "show",
    "zeigen",
    role=Role.PI,
    pausing=True,
    de="etwas anhand seiner Nummer zeigen",
    en="show something by its number",
    example=("I12", "I12"),
    reads=True,
    offer=("Etwas anhand seiner Nummer zeigen", "Show something by its number"),
)
def show(ctx: Context, thing: Annotated[AnyRef, Place("line")]) -> Reply:
    """The answer of the kind's own `zeige`, which may say what the thing is to the asker; else its card."""
    kind, number = thing
    own = COMMANDS.get(f"{kind} show")
    if own is None:
        return THINGS[kind].card(ctx, number)
    if not allowed(ctx, own):
        raise Refused(refusal(ctx, own))
    reply = own.handler(ctx, **{own.parameters[0].name: number})
    assert reply is not None
    return reply
