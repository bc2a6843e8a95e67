"""Writes what is to be sent: replies, cards, offers, errands. Used in the worker's thread only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.asked import keep_open
from bot.core.earlier import TOLD
from bot.core.people import where_of
from bot.core.rows import remark_of, txn_of
from bot.core.seeds import Seeds
from bot.rendering.polls import end_of, start_of
from bot.rendering.replies import TXN_KEY, Renderer, text_alone
from commands.framework import links, placing
from commands.framework.audiences import EVERYONE
from commands.framework.context import TYPED, UNDO, Context
from commands.framework.declarations import THINGS
from commands.framework.identity import ref_of
from commands.framework.outside import OfferMade, Post
from commands.framework.replies import Reply
from storage import cards, members, outbox, polls, privacy, rooms
from storage.cards import SAME
from storage.engine.base import Tx
from storage.outbox import BROADCAST, CARD, EDIT, POLL, POLL_END, REPLY, Errand


class Outbox(Seeds):
    """All that the running transaction has to say to the outside."""

    def __init__(self, renderer: Renderer) -> None:
        super().__init__()
        self.renderer = renderer

    # --- replies and posts

    def keep_job(self, ctx: Context, cause: str) -> None:
        """Write the posts and errands of what no event has caused.

        Their transaction ids come from what they say, to whom, and how often that was said before: carried out
        again after a restore, the job says the same things, if not in the same order.
        """
        self.by_content = True
        try:
            self.keep(ctx, reply=None, cause=cause)
        finally:
            self.by_content = False

    def keep(
        self,
        ctx: Context,
        *,
        reply: Reply | None,
        thread: str | None = None,
        cause: str | None = None,
        seeds: tuple[str, ...] = (),
    ) -> int:
        """Write the one reply to the command, its posts and errands; the reply's row (0 without a reply).

        A post meant for the command's own room is the reply: there is no second message there, but for the card of
        another thing. What is posted to the asker's direct chat comes below the reply given there; cards come first,
        for the reply links to them. `seeds`: put on the reply, to be tapped.
        """
        cause = cause or ctx.event_id
        self._settle(ctx, cause)
        reply = placing.here(ctx, reply) if reply is not None else None
        below_it = take_below(ctx, ctx.where.room_id) if reply is not None else []
        own = _in_its_place(ctx, reply) if reply is not None else None
        placed: dict[str, int] = {}
        below: list[tuple[int, Post]] = []
        for n, post in enumerate(ctx.outside.posts):
            here = post.to == ctx.where.room_id and post.card is None and not post.apart
            if reply is not None and (post is own or here):
                continue
            if reply is not None and ctx.where.direct and post.to == ctx.me.user_id:
                below.append((n, post))
            else:
                self._post(ctx, post, cause, n, placed)
        reply_id = 0
        if reply is not None:
            said = self.in_room(ctx, own.to, own.reply) if own else reply
            less = own is not None and said is not own.reply
            content = self.renderer.content(said, ctx.language, then=below_it)
            content["m.relates_to"] = _relation(ctx.replies_to or ctx.event_id, thread)
            row = self.write(
                ctx, _kind(content), ctx.where.room_id, content, REPLY, cause, "reply", placed=placed
            )
            reply_id = row.id
            if own is not None:
                self._after(ctx, own, row, cause, withheld=less)
            self.offer(ctx, ctx.outside.offers, reply_id, cause)
            self.seed(
                ctx,
                [*seeds, *(o.key for o in ctx.outside.offers if o.key not in (UNDO, *TYPED))],
                ctx.where.room_id,
                row,
                cause,
            )
        for n, post in below:
            self._post(ctx, post, cause, n, placed)
        self._broadcast(ctx)
        for n, errand in enumerate(ctx.outside.errands):
            waits_for = errand.content.get("row") if errand.kind == "redaction" else None
            self.write(
                ctx,
                errand.kind,
                errand.room,
                errand.content,
                BROADCAST,
                cause,
                f"errand{n}",
                waits_for=waits_for,
            )
        ctx.outside.posts.clear()
        ctx.outside.broadcasts.clear()
        ctx.outside.errands.clear()
        if ctx.outside.forgotten is not None:
            privacy.forget_sent(ctx.tx, ctx.outside.forgotten)
        return reply_id

    def _settle(self, ctx: Context, cause: str) -> None:
        """Messages that asked what is answered by now ask no more; before this very command asks anew."""
        settled, ctx.outside.settled = ctx.outside.settled, []
        for one in settled:
            for row in cards.find_questions(ctx.tx, one.action, one.data, user_id=one.user_id):
                self.close(ctx, row)
                sent = outbox.get(ctx.tx, row)
                if sent is not None:
                    language = language_of(ctx, one.user_id) if one.user_id else ctx.settings.language
                    said = self.in_room(ctx, sent.room, one.reply) if one.user_id is None else one.reply
                    content = self.renderer.content(said, language)
                    self.write(
                        ctx, "edit", sent.room, content, EDIT, cause, f"settled {sent.txn}", waits_for=row
                    )

    def close(self, ctx: Context, row: int) -> None:
        """No offer of the message can be taken any more, and what was put there to be tapped for them comes off.

        The offers of the command now at hand stay there, and so do the seeds of the card that stands there, or will.
        """
        cards.take_offer(ctx.tx, outbox_id=row, at=ctx.now)
        seeds = self.seeds(ctx.tx, row)
        if not seeds:
            return
        shown = cards.find_by_outbox(ctx.tx, row)
        stay = {offer.key for offer in ctx.outside.offers} | {
            key for post in ctx.outside.posts for key in post.seeds
        }
        stay |= set(THINGS[shown.kind].seeds) if shown is not None else set()
        for key, seed in seeds.items():
            if seed.there and key not in stay:
                self.take_off(ctx.tx, seed, at=ctx.now)

    def has_said(self, tx: Tx, cause: str) -> bool:
        """Was anything posted because of this?"""
        return outbox.find_by_txn(tx, txn_of(cause, "post0")) is not None

    # --- what may be said where

    def in_room(self, ctx: Context, room: str, reply: Reply) -> Reply:
        """The part of it that is said in this room, if nobody has asked."""
        if reply.audience == EVERYONE or room.startswith("@"):
            return reply
        where = ctx.where
        if room != where.room_id:
            where = where_of(ctx.tx, room, ctx.me.user_id, None)
        return placing.told(ctx, where, reply)

    def _broadcast(self, ctx: Context) -> None:
        """Write the rows of all broadcasts at once: each is rendered once a language."""
        users = list({user: None for broadcast in ctx.outside.broadcasts for user in broadcast.to})
        if not users:
            return
        known, rooms_of = members.preferences(ctx.tx, users), rooms.direct_rooms(ctx.tx, users)
        rows = []
        for broadcast in ctx.outside.broadcasts:
            contents: dict[str, dict[str, Any]] = {}
            for user, cause in broadcast.to.items():
                member = known.get(user)
                language = (member.language if member else None) or ctx.settings.language
                if language not in contents:
                    content = contents[language] = self.renderer.content(broadcast.reply, language)
                    if "formatted_body" in content:  # it waits for no other message
                        content["formatted_body"] = links.without_unsent(content["formatted_body"])
                txn, content = txn_of(cause, "broadcast"), contents[language]
                room = rooms_of.get(user, user)
                content = {**content, TXN_KEY: txn}
                rows.append(Errand(0, txn, _kind(content), room, content, BROADCAST, None, ctx.now))
        for row in outbox.add_many(ctx.tx, rows):
            self.hand_over(ctx.tx, row)

    def _post(self, ctx: Context, post: Post, cause: str, n: int, placed: dict[str, int]) -> None:
        language = post.language or (
            language_of(ctx, post.to) if post.to.startswith("@") else ctx.settings.language
        )
        said = self.in_room(ctx, post.to, post.reply)
        content = self.renderer.content(said, language, then=[post.then] if post.then else ())
        thread, waits_for = post.thread, None
        if post.beneath is not None:
            thread, waits_for = _thread_of_card(ctx, *post.beneath)
        if thread is not None:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread}
        if post.tells:
            content[TOLD] = list(post.tells)
        priority = CARD if post.card else (REPLY if post.to == ctx.me.user_id else BROADCAST)
        part = f"card {post.card}" if post.card and self.by_content else f"post{n}"
        if post.again is not None:
            before = outbox.get_by_txn(ctx.tx, txn_of(*post.again))
            if before is not None:
                self.write(ctx, "edit", before.room, content, EDIT, cause, part, waits_for=before.id)
            if before is not None or post.only_again:
                return
            cause, part = post.again
        kind = _kind(content)
        if post.ballot is not None and said is post.reply:
            kind, content = POLL, start_of(content, post.ballot)
        elif post.ends is not None:
            kind, content, waits_for = self._end_of(ctx, post.ends, content)
        row = self.write(
            ctx, kind, post.to, content, priority, cause, part, waits_for=waits_for, placed=placed
        )
        placed[links.card(*post.card) if post.card else f"post{n}"] = row.id
        self._after(ctx, post, row, cause, withheld=said is not post.reply)
        taps = [offer for offer in post.offers if offer.key not in TYPED]
        if post.to == ctx.me.user_id and not taps:  # a file, say: ↩️ there is ↩️ on the reply
            same = [
                replace(offer, action=SAME, data={}, rights=[])
                for offer in ctx.outside.offers
                if offer.key == UNDO
            ]
            self.offer(ctx, same, row.id, ctx.event_id)

    def _end_of(
        self, ctx: Context, of: tuple[str, int], content: dict[str, Any]
    ) -> tuple[str, dict[str, Any], int | None]:
        """The message as the end of this thing's poll; where that was never sent, it is only a message."""
        poll = polls.find(ctx.tx, *of)
        if poll is None:
            return _kind(content), content, None
        relation = {"rel_type": "m.reference", "event_id": poll.event_id or links.of_row(poll.outbox_id)}
        ended = end_of(text_alone(content)) | {"m.relates_to": relation}  # no client shows a picture there
        return POLL_END, ended, poll.outbox_id if poll.event_id is None else None

    def _after(self, ctx: Context, post: Post, row: Errand, cause: str, *, withheld: bool) -> None:
        """All that follows a post: its place as a card, its seeds, its offers."""
        if post.card is not None:
            kind, number = post.card
            self.place(ctx, kind, number, post.to, row.id, withheld=withheld)
            seen = self.earlier.sent.get(row.txn)
            if seen is not None:
                cards.mark_sent(ctx.tx, [(row.id, seen.event_id)])
                cards.mark_dirty(ctx.tx, kind, str(number), at=ctx.now)  # it may look otherwise by now
        if post.ballot is not None:
            ballot = post.ballot
            polls.put(
                ctx.tx,
                kind=ballot.kind,
                number=ballot.number,
                room_id=post.to,
                outbox_id=row.id,
                choices=len(ballot.choices),
                most=ballot.most,
            )
            if row.kind != POLL:  # not for all who are there: it is none, and is not tried again
                polls.end(ctx.tx, ballot.kind, ballot.number, at=ctx.now)
        if post.pinned:
            self.write(ctx, "pin", post.to, {}, BROADCAST, cause, f"{row.txn}pin", waits_for=row.id)
        if post.asking is not None and not row.room.startswith("@"):
            keep_open(ctx, post.asking, row.id, room=row.room, thread="")
        self.seed(ctx, post.seeds, post.to, row, cause)
        self.offer(ctx, post.offers, row.id, cause)

    def place(self, ctx: Context, kind: str, number: int, room: str, row: int, *, withheld: bool) -> None:
        cards.place(ctx.tx, kind=kind, number=str(number), room_id=room, outbox_id=row, withheld=withheld)

    def offer(self, ctx: Context, made: list[OfferMade], outbox_id: int, cause: str) -> None:
        for offer in made:
            cards.add_offer(
                ctx.tx,
                outbox_id=outbox_id,
                key=offer.key,
                cause=cause,
                user_id=offer.user_id,
                role=offer.role,
                action=offer.action,
                data=offer.data,
                rights=offer.rights,
                at=ctx.now,
                expires_at=offer.expires_at,
            )

    def remark(
        self,
        tx: Tx,
        room: str,
        reply: Reply,
        language: str,
        *,
        cause: str | None = None,
        at: datetime,
        thread: str | None = None,
    ) -> None:
        """An aside that answers no command: grey, in the command's thread.

        One without a cause is known by what it says, like a job's: after a restore, it is found out at another time.
        """
        content = self.renderer.content(reply, language) | {"msgtype": "m.notice"}
        if thread is not None:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread}
        txn = (
            remark_of(cause)
            if cause is not None
            else self.txn_by_content(tx, "message", room, content, "remark", "post")
        )
        self.add(tx, "message", room, content, BROADCAST, txn=txn, at=at)

    def say_once(self, ctx: Context, reply: Reply, *, about: str) -> None:
        """Tell the asker in the direct chat; what was told about the same before is not told again."""
        txn = txn_of(f"{ctx.me.user_id} {about}", "once")
        if outbox.find_by_txn(ctx.tx, txn) is None:
            content = self.renderer.content(reply, ctx.me.language)
            self.add(ctx.tx, "message", ctx.me.user_id, content, REPLY, txn=txn, at=ctx.now)


def _thread_of_card(ctx: Context, kind: str, number: int) -> tuple[str | None, int | None]:
    """The event in whose thread is said what belongs below the card; the row to wait for, if it is still to be sent."""
    card = cards.find(ctx.tx, kind, str(number))
    if card is None or card.event_id is not None:
        return (card.event_id if card is not None else None), None
    return (links.of_row(card.outbox_id), card.outbox_id) if card.outbox_id > 0 else (None, None)


def _in_its_place(ctx: Context, reply: Reply) -> Post | None:
    """The post for the command's own room that is said in place of the reply: one about the same thing, its card first.

    The card of another thing never is: what was asked would have no answer.
    """
    here = [post for post in ctx.outside.posts if stands_here(ctx, post)]
    whole = ref_of(reply.about)
    same = [post for post in here if ref_of(post.reply.about) == whole]
    ranked = [*(p for p in same if p.card is not None), *same, *(p for p in here if p.card is None)]
    return ranked[0] if ranked else None


def stands_here(ctx: Context, post: Post) -> bool:
    """Is it meant for the command's own room? So is a card for the asker's direct chat, where they gave it there."""
    if post.apart:
        return False
    mine = post.card is not None and ctx.where.direct and post.to == ctx.me.user_id
    return (post.to == ctx.where.room_id and not post.below) or mine


def take_below(ctx: Context, room: str) -> list[Reply]:
    """The remarks said below the reply in this room, without messages of their own."""
    below = [post for post in ctx.outside.posts if post.below and post.to == room]
    ctx.outside.posts[:] = [post for post in ctx.outside.posts if post not in below]
    return [post.reply for post in below]


def _kind(content: dict[str, Any]) -> str:
    """A file is uploaded before it is sent, a picture drawn before that."""
    return "file" if "data" in content or "drawn" in content else "message"


def _relation(event_id: str, thread: str | None) -> dict[str, Any]:
    relation: dict[str, Any] = {"m.in_reply_to": {"event_id": event_id}}
    if thread is not None:
        relation |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    return relation


def language_of(ctx: Context, user_id: str) -> str:
    member = members.find(ctx.tx, user_id)
    return (member.language if member else None) or ctx.settings.language
