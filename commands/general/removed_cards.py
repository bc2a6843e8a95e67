"""A card that somebody has removed: who looks after the room is told, and may have it posted anew with ✅."""

from __future__ import annotations

from commands.framework import THINGS, Context, Machine, Reply, Role, action
from commands.framework.identity import About, about_in, ref_of
from storage import cards, rooms
from storage.cards import Card


class CardRemoved(Reply):
    """`title`: what the card was about; `by`: who has removed it."""

    thing: About | None
    title: str
    purpose: str  # of its room
    by: str

    @property
    def about(self) -> About | None:
        return self.thing

    @property
    def ref(self) -> str:
        return ref_of(self.thing) or ""

    def machine(self) -> Machine:
        return {"type": "remark"}


class CardBack(Reply):
    """The card stands in its room again."""

    thing: About | None
    title: str
    purpose: str

    @property
    def about(self) -> About | None:
        return self.thing

    @property
    def ref(self) -> str:
        return ref_of(self.thing) or ""

    def machine(self) -> Machine:
        return {"type": "remark"}


def ask_again(ctx: Context, card: Card, *, by: str) -> None:
    """Moderators are told; of a group's room, and of their own, the coordinators."""
    purpose = rooms.purpose_of(ctx.tx, card.room_id) or ""
    moderated = (
        purpose in ("news", "ideas", "agenda", "moderation") and ctx.room_for("moderation") is not None
    )
    about = _about(ctx, card)
    said = ctx.post(
        "moderation" if moderated else "coordination", CardRemoved(*about, purpose, by), seeds=("✅",)
    )
    if said is not None:
        role = Role.MODERATOR if moderated else Role.COORDINATOR
        ctx.offer("✅", post_again, role=role, post=said, kind=card.kind, number=int(card.number))


@action
def post_again(ctx: Context, kind: str, number: int) -> CardBack | None:
    """The card is posted anew into its room, unless it is there again."""
    card = cards.find(ctx.tx, kind, str(number))
    if card is None or card.outbox_id > 0:
        return None
    about = _about(ctx, card)
    cards.remove(ctx.tx, kind, str(number))
    ctx.place_card(kind, number, purpose=card.room_id)
    ctx.relink(kind, number)
    return CardBack(*about, rooms.purpose_of(ctx.tx, card.room_id) or "")


def _about(ctx: Context, card: Card) -> tuple[About | None, str]:
    """The whole thing that the card is about, unless that is a person, and what it is called."""
    shown = THINGS[card.kind].card(ctx, int(card.number))
    told = shown.machine()
    whole = about_in({"ref": ref_of(shown.about)})
    mine = whole is not None and whole[0] == "member"
    return (None if mine else whole), str(told.get("title") or told.get("name") or "")
