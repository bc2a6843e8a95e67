"""What those who sign off from an event say about it: to the coordinators alone, below a card in their room.

As with meetings it is kept nowhere else; the name stands there, and not on the event's own card.
"""

from __future__ import annotations

from typing import ClassVar, Final

from commands.events.kinds import KINDS, Kind
from commands.events.model import Occasion, find, occasion
from commands.framework import COORDINATION, Audience, Context, Machine, Reply, card, refusals
from storage import seats
from storage.events import Event

LEAVE: Final = {code: f"{kind.nouns[1]} leave" for code, kind in KINDS.items()}


class _ForCoordinators(Reply):
    """Said in the coordinators' room; it is not about the event, as a reaction there is no answer to that."""

    abstract: ClassVar[bool] = True
    event: Occasion

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> None:
        return None

    def machine(self) -> Machine:
        return {"type": "remark"}


class Absences(_ForCoordinators):
    """The card in whose thread stands what those say who do not come."""


class Absence(_ForCoordinators):
    """Somebody does not come, and says why; without `text` they have taken that back."""

    name: str
    text: str


def invite(ctx: Context, event: Event) -> None:
    """Who signs off is invited to say why."""
    refusals.invite(ctx, LEAVE[event.kind], event.id)


def tell(ctx: Context, event: Event, text: str, *, of: str) -> None:
    """The word that this event of Matrix is goes to the coordinators; without text, it is taken back there."""
    kind = f"{event.kind} absences"
    if text:
        ctx.place_card(kind, event.id)
    said = Absence(occasion(ctx, event), name=ctx.me.name, text=text)
    refusals.tell(ctx, "coordination", said, of=of, beneath=(kind, event.id), only_again=not text)


def _declare(kind: Kind) -> None:
    def is_open(ctx: Context, number: int) -> bool:
        return occasion(ctx, find(ctx, kind.code, number)).to_come

    @card(f"{kind.code} absences", purpose="coordination", is_open=is_open)
    def absences_card(ctx: Context, number: int) -> Absences:
        return Absences(occasion(ctx, find(ctx, kind.code, number)))

    @refusals.refusing(LEAVE[kind.code])
    def says_no(ctx: Context, number: int) -> bool:
        seat = seats.find(ctx.tx, kind.code, number, ctx.me.user_id)
        return seat is not None and seat.state == "declined"


for _kind in KINDS.values():
    _declare(_kind)
