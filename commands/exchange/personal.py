"""What the exchange knows of a person: export, erasure, leaving and coming back."""

from __future__ import annotations

from commands.exchange.model import posting_card
from commands.exchange.posting import close, reopen
from commands.framework import Context, Machine, departure, personal, returning
from storage import exchange as stored


@departure
def leave(ctx: Context, user_id: str) -> None:
    """All that the person offers or needs is done."""
    for posting in stored.list_open_of(ctx.tx, user_id):
        close(ctx, posting.id, "done")


def _erase(ctx: Context, user_id: str) -> None:
    """It stays, done, without the name."""
    leave(ctx, user_id)
    stored.forget(ctx.tx, user_id)


@personal("exchange", erase=_erase)
def export(ctx: Context, user_id: str) -> list[Machine]:
    """All that the person has posted."""
    return [posting_card(ctx, one.id).part() | {"text": one.text} for one in stored.list_of(ctx.tx, user_id)]


def _give_back(ctx: Context, user_id: str, before: Machine) -> None:  # noqa: ARG001
    for number in before["open"]:
        reopen(ctx, number)


@returning("exchange", give_back=_give_back)
def _kept(ctx: Context, user_id: str) -> Machine:
    return {"open": [one.id for one in stored.list_open_of(ctx.tx, user_id)]}
