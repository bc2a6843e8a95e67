"""Changes of what was sent before: of replies to a command that is edited or answered, and of cards."""

from __future__ import annotations

from typing import Any

from bot.core.earlier import Seen, digest
from bot.core.outbox import Outbox, language_of, stands_here, take_below
from bot.core.rows import txn_of
from bot.rendering.replies import KEY
from commands.framework import links
from commands.framework.context import TYPED, UNDO, Context
from commands.framework.declarations import THINGS
from commands.framework.identity import ref_of
from commands.framework.outside import Post
from commands.framework.replies import FileReply, Reply
from storage import cards, outbox, rooms
from storage.outbox import EDIT, REPLY, Outgoing


def edit_reply(
    out: Outbox,
    ctx: Context,
    row: int,
    reply: Reply,
    *,
    cause: str,
    command: str | None = None,
    then: Reply | None = None,
) -> None:
    """The message of this row says this reply instead, or stays, or becomes, the card of the thing.

    `command`: the event of the command it answers, where that is not what is carried out now; `then`: what is said
    below.
    """
    sent = outbox.get(ctx.tx, row)
    if sent is None:
        return
    card = cards.find_by_outbox(ctx.tx, row)
    below = take_below(ctx, sent.room)
    own = _take_own(ctx, sent.room)
    out.keep(ctx, reply=None, cause=cause)
    keys = [offer.key for offer in ctx.outside.offers if offer.key not in (UNDO, *TYPED)]
    is_other = own is not None and card is not None and own.card not in (None, (card.kind, int(card.number)))
    if card is not None and is_other:
        cards.remove(ctx.tx, card.kind, card.number)
    if card is not None and not is_other:
        _stays_a_card(out, ctx, card, reply, cause=cause, then=then)
    elif not isinstance(reply, FileReply):  # a file can't be put in place of what was said: that stays
        said = out.in_room(ctx, sent.room, own.reply if own else reply)
        content = out.renderer.content(said, ctx.language, then=[*below, *([then] if then else [])])
        out.write(ctx, "edit", sent.room, content, REPLY, cause, "edit", waits_for=row)
        if own is not None and own.card is not None:
            _becomes_a_card(out, ctx, sent, own, withheld=said is not own.reply)
            keys += own.seeds if not is_other else ()
    if keys:
        there = {key for key, seed in out.seeds(ctx.tx, row).items() if seed.there}
        out.seed(ctx, [key for key in dict.fromkeys(keys) if key not in there], sent.room, sent, cause)
    out.offer(ctx, ctx.outside.offers, row, command or ctx.event_id)


def _take_own(ctx: Context, room: str) -> Post | None:
    """The post that is said in place of the message in this room, and no message of its own."""
    posts = [p for p in ctx.outside.posts if p.thread is None and not p.apart]
    here = (p for p in posts if p.to == room or stands_here(ctx, p))
    own = next(here, None)
    if own is not None:
        ctx.outside.posts.remove(own)
    return own


def _stays_a_card(
    out: Outbox, ctx: Context, card: cards.Card, reply: Reply, *, cause: str, then: Reply | None
) -> None:
    """The card is edited like every card; what it does not show is told in the direct chat."""
    shown = THINGS[card.kind].card(ctx, int(card.number))
    if ref_of(reply.about) != ref_of(shown.about) and not reply.points:
        ctx.outside.posts[:] = [Post(ctx.me.user_id, reply, then=then)]
        out.keep(ctx, reply=None, cause=f"{cause}!")
    cards.mark_dirty(ctx.tx, card.kind, card.number, at=ctx.now)


def _becomes_a_card(out: Outbox, ctx: Context, sent: Outgoing, own: Post, *, withheld: bool) -> None:
    """The message is the card of this post's thing from now on."""
    assert own.card is not None
    kind, number = own.card
    out.place(ctx, kind, number, own.to, sent.id, withheld=withheld)
    if sent.event_id is not None:
        cards.mark_sent(ctx.tx, [(sent.id, sent.event_id)])


def edit_card(out: Outbox, ctx: Context, card: cards.Card, language: str) -> None:
    """Write an edit that shows the thing as it is now; one that links to a message still unsent waits for it.

    Text that the card shows already is not sent again. In somebody's direct chat it is in that person's language.
    """
    is_direct = card.room_id.startswith("@")
    sent = outbox.get(ctx.tx, card.outbox_id) if is_direct or not card.version else None
    room = _direct_chat(ctx, card, sent) if is_direct else card.room_id
    if room is None:
        cards.mark_unchanged(ctx.tx, card.kind, card.number)
        return
    if is_direct:
        language = language_of(ctx, card.room_id)
    whole = THINGS[card.kind].card(ctx, int(card.number))
    said = out.in_room(ctx, card.room_id, whole)
    content = out.renderer.content(said, language)
    for row in links.rows(content["formatted_body"]):
        linked = outbox.get(ctx.tx, row)
        if linked is not None and linked.state == "pending":
            return
    last = txn_of(_cause(out, card, card.version), "edit")
    edit = outbox.get_by_txn(ctx.tx, last) if card.version else None
    if _shows(out, card, edit if card.version else sent, content):
        cards.mark_unchanged(ctx.tx, card.kind, card.number)
        return
    if edit is not None:
        outbox.supersede(ctx.tx, edit.id)
    version = cards.mark_clean(ctx.tx, card.kind, card.number, withheld=said is not whole)
    cause = _cause(out, card, version)
    out.write(ctx, "edit", room, content, EDIT, cause, "edit", waits_for=card.outbox_id)


def _direct_chat(ctx: Context, card: cards.Card, sent: Outgoing | None) -> str | None:
    """Where the person's card is edited; None if the chat it stands in is one that others can read by now."""
    room = rooms.direct_room(ctx.tx, card.room_id)
    if sent is None or sent.room.startswith("@"):
        return room or card.room_id
    return room if room == sent.room else None


def _shows(out: Outbox, card: cards.Card, former: Outgoing | None, content: dict[str, Any]) -> bool:
    """Does the card show this since its last edit, or from the beginning? Not, where that is forgotten."""
    seen = out.earlier.shown.get(card.event_id or "")
    if seen is not None and (former is None or not card.version):
        return seen.digest == digest(content)
    return former is not None and former.error is None and _same(former.content, content)


def _cause(out: Outbox, card: cards.Card, version: int) -> str:
    """After a restore, edits are counted anew from the newest one that stands in the room."""
    seen: Seen | None = out.earlier.shown.get(card.event_id or "")
    return f"card {card.event_id} {seen.event_id if seen is not None else ''} {version}"


def _same(shown: dict[str, Any] | None, content: dict[str, Any]) -> bool:
    """Would people and programs see no difference?"""
    return shown is not None and all(shown.get(part) == content.get(part) for part in ("formatted_body", KEY))
