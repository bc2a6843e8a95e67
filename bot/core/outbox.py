"""Writes what is to be sent into the outbox: replies, cards and their edits, seeds, errands.

Used in the worker's thread only. `fresh` holds what the running transaction added; after the commit it goes to the
sender. A transaction id is derived from the event that caused the message, so that even an event handled again
after a lost commit is answered by the same message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.earlier import TOLD, Earlier, Seen, digest
from bot.core.people import where_of
from bot.rendering.replies import KEY, TXN_KEY, Renderer
from commands.framework import links, placing
from commands.framework.audiences import EVERYONE
from commands.framework.context import ANSWER, UNDO, Context, OfferMade, Post
from commands.framework.declarations import THINGS
from commands.framework.identity import about_in, ref_of
from commands.framework.replies import FileReply, Reply
from storage import cards, members, outbox, privacy, rooms
from storage.cards import SAME
from storage.engine.base import Tx
from storage.outbox import BROADCAST, CARD, EDIT, REPLY, SEED, Errand


class Outbox:
    """What the running transaction has to say to the outside."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.earlier = Earlier()
        self.fresh: list[Errand] = []
        self._by_content = False

    def mark(self) -> int:
        return len(self.fresh)

    def rewind(self, mark: int) -> None:
        """Forget what was added since the mark; the savepoint has done so in the store."""
        del self.fresh[mark:]

    def take(self) -> list[Errand]:
        """What the committed transaction added."""
        taken, self.fresh = self.fresh, []
        return taken

    # --- replies and posts

    def keep_job(self, ctx: Context, cause: str) -> None:
        """Write the posts and errands of what no event has caused.

        Their transaction ids come from what they say, to whom, and how often that was said before: carried out
        again after a restore, the job says the same things, if not in the same order.
        """
        self._by_content = True
        try:
            self.keep(ctx, reply=None, cause=cause)
        finally:
            self._by_content = False

    def keep(
        self, ctx: Context, *, reply: Reply | None, thread: str | None = None, cause: str | None = None
    ) -> int:
        """Write the one reply to the command, its posts and errands; the reply's row (0 without a reply).

        A post meant for the command's own room is the reply: there is no second message there, but for the card of
        another thing. What is posted to the asker's direct chat comes below the reply given there; cards come first,
        for the reply links to them.
        """
        cause = cause or ctx.event_id
        self._settle(ctx, cause)
        reply = placing.here(ctx, reply) if reply is not None else None
        below_it = _take_below(ctx, ctx.where.room_id) if reply is not None else []
        own = _in_its_place(ctx, reply) if reply is not None else None
        placed: dict[str, int] = {}
        below: list[tuple[int, Post]] = []
        for n, post in enumerate(ctx.posts):
            if reply is not None and (post is own or (post.to == ctx.where.room_id and post.card is None)):
                continue
            if reply is not None and ctx.where.direct and post.to == ctx.me.user_id:
                below.append((n, post))
            else:
                self._post(ctx, post, cause, n, placed)
        reply_id = 0
        if reply is not None:
            said = self._in_room(ctx, own.to, own.reply) if own else reply
            less = own is not None and said is not own.reply
            content = self.renderer.content(said, ctx.language, then=below_it)
            content["m.relates_to"] = _relation(ctx.event_id, thread)
            row = self._add(
                ctx, _kind(content), ctx.where.room_id, content, REPLY, cause, "reply", placed=placed
            )
            reply_id = row.id
            if own is not None:
                self._after(ctx, own, row, cause, withheld=less)
            self._offers(ctx, ctx.offers, reply_id, cause)
            self._seed(
                ctx, [o.key for o in ctx.offers if o.key not in (UNDO, ANSWER)], ctx.where.room_id, row, cause
            )
        for n, post in below:
            self._post(ctx, post, cause, n, placed)
        self._broadcast(ctx)
        for n, errand in enumerate(ctx.errands):
            self._add(ctx, errand.kind, errand.room, errand.content, BROADCAST, cause, f"errand{n}")
        ctx.posts.clear()
        ctx.broadcasts.clear()
        ctx.errands.clear()
        if ctx.forgotten is not None:
            privacy.forget_sent(ctx.tx, ctx.forgotten)
        return reply_id

    def _settle(self, ctx: Context, cause: str) -> None:
        """Messages that asked what is answered by now ask no more; before this very command asks anew."""
        settled, ctx.settled = ctx.settled, []
        for one in settled:
            for row in cards.find_questions(ctx.tx, one.action, one.data, user_id=one.user_id):
                self.close(ctx, row)
                sent = outbox.get(ctx.tx, row)
                if sent is not None:
                    language = _language(ctx, one.user_id) if one.user_id else ctx.settings.language
                    said = self._in_room(ctx, sent.room, one.reply) if one.user_id is None else one.reply
                    content = self.renderer.content(said, language)
                    self._add(
                        ctx, "edit", sent.room, content, EDIT, cause, f"settled {sent.txn}", waits_for=row
                    )

    def close(self, ctx: Context, row: int) -> None:
        """No offer of the message can be taken any more, and what was put there to be tapped for them comes off.

        What the command now at hand offers there stays, and what the card that stands there, or will, is tapped with.
        """
        cards.take_offer(ctx.tx, outbox_id=row, at=ctx.now)
        seeds = self._seeds(ctx.tx, row)
        if not seeds:
            return
        shown = cards.find_by_outbox(ctx.tx, row)
        stay = {offer.key for offer in ctx.offers} | {key for post in ctx.posts for key in post.seeds}
        stay |= set(THINGS[shown.kind].seeds) if shown is not None else set()
        for seed in seeds:
            if seed.content["key"] not in stay:
                txn, what = _txn(seed.txn, "off"), {"event_id": None, "row": seed.id}
                self.add(ctx.tx, "redaction", seed.room, what, SEED, txn=txn, at=ctx.now, waits_for=seed.id)

    def _seeds(self, tx: Tx, row: int) -> list[outbox.Outgoing]:
        """The reactions put on this row's message that were not taken off since."""
        found = outbox.list_seeds(tx, row)
        return [seed for seed in found if outbox.find_by_txn(tx, _txn(seed.txn, "off")) is None]

    def has_said(self, tx: Tx, cause: str) -> bool:
        """Was anything posted because of this?"""
        return outbox.find_by_txn(tx, _txn(cause, "post0")) is not None

    # --- what may be said where

    def _in_room(self, ctx: Context, room: str, reply: Reply) -> Reply:
        """What is said of it in this room, where nobody has asked."""
        if reply.audience == EVERYONE or room.startswith("@"):
            return reply
        where = ctx.where
        if room != where.room_id:
            where = where_of(ctx.tx, room, ctx.me.user_id, None)
        return placing.told(ctx, where, reply)

    def _broadcast(self, ctx: Context) -> None:
        """Write the rows of all broadcasts at once: each is rendered once a language."""
        users = list({user: None for broadcast in ctx.broadcasts for user in broadcast.to})
        if not users:
            return
        known, rooms_of = members.preferences(ctx.tx, users), rooms.direct_rooms(ctx.tx, users)
        rows = []
        for broadcast in ctx.broadcasts:
            contents: dict[str, dict[str, Any]] = {}
            for user, cause in broadcast.to.items():
                member = known.get(user)
                language = (member.language if member else None) or ctx.settings.language
                if language not in contents:
                    content = contents[language] = self.renderer.content(broadcast.reply, language)
                    if "formatted_body" in content:  # it waits for no other message
                        content["formatted_body"] = links.without_unsent(content["formatted_body"])
                txn, content = _txn(cause, "broadcast"), contents[language]
                room = rooms_of.get(user, user)
                content = {**content, TXN_KEY: txn}
                rows.append(Errand(0, txn, _kind(content), room, content, BROADCAST, None, ctx.now))
        for row in outbox.add_many(ctx.tx, rows):
            self._to_do(ctx.tx, row)

    def _post(self, ctx: Context, post: Post, cause: str, n: int, placed: dict[str, int]) -> None:
        language = post.language or (
            _language(ctx, post.to) if post.to.startswith("@") else ctx.settings.language
        )
        said = self._in_room(ctx, post.to, post.reply)
        content = self.renderer.content(said, language, then=[post.then] if post.then else ())
        if post.thread is not None:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": post.thread}
        if post.tells:
            content[TOLD] = list(post.tells)
        priority = CARD if post.card else (REPLY if post.to == ctx.me.user_id else BROADCAST)
        part = f"card {post.card}" if post.card and self._by_content else f"post{n}"
        row = self._add(ctx, _kind(content), post.to, content, priority, cause, part, placed=placed)
        placed[links.card(*post.card) if post.card else f"post{n}"] = row.id
        self._after(ctx, post, row, cause, withheld=said is not post.reply)
        if post.to == ctx.me.user_id and not post.offers:  # a file, say: ↩️ there is ↩️ on the reply
            same = [
                replace(offer, action=SAME, data={}, rights=[]) for offer in ctx.offers if offer.key == UNDO
            ]
            self._offers(ctx, same, row.id, ctx.event_id)

    def _after(self, ctx: Context, post: Post, row: Errand, cause: str, *, withheld: bool) -> None:
        """What follows a post: its place as a card, its seeds, its offers."""
        if post.card is not None:
            kind, number = post.card
            self._place(ctx, kind, number, post.to, row.id, withheld=withheld)
            seen = self.earlier.sent.get(row.txn)
            if seen is not None:
                cards.mark_sent(ctx.tx, [(row.id, seen.event_id)])
                cards.mark_dirty(ctx.tx, kind, str(number), at=ctx.now)  # it may look otherwise by now
        if post.pinned:
            self._add(ctx, "pin", post.to, {}, BROADCAST, cause, f"{row.txn}pin", waits_for=row.id)
        self._seed(ctx, post.seeds, post.to, row, cause)
        self._offers(ctx, post.offers, row.id, cause)

    def _place(self, ctx: Context, kind: str, number: int, room: str, row: int, *, withheld: bool) -> None:
        cards.place(ctx.tx, kind=kind, number=str(number), room_id=room, outbox_id=row, withheld=withheld)

    def _seed(
        self, ctx: Context, keys: Iterable[str], room: str, row: Errand | outbox.Outgoing, cause: str
    ) -> None:
        """Put these reactions on the message, to be tapped."""
        for key in keys:
            self._add(ctx, "reaction", room, {"key": key}, SEED, cause, f"{row.txn}{key}", waits_for=row.id)

    def _offers(self, ctx: Context, made: list[OfferMade], outbox_id: int, cause: str) -> None:
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

    # --- changes of what was sent before

    def edit_reply(
        self,
        ctx: Context,
        reply_id: int,
        reply: Reply,
        *,
        cause: str,
        command: str | None = None,
        then: Reply | None = None,
    ) -> None:
        """Put this reply in place of the one sent before; where that one is a card, the card is edited instead.

        What the card does not show is told in the direct chat then. `command`: the event of the command it
        answers, where that is not what is carried out now; `then`: what is said below.
        """
        sent = outbox.get(ctx.tx, reply_id)
        if sent is None:
            return
        shown = cards.find_by_outbox(ctx.tx, reply_id)
        below = _take_below(ctx, sent.room)
        here = (p for p in ctx.posts if p.thread is None and (p.to == sent.room or _stands_here(ctx, p)))
        own = next(here, None)
        if own is not None:
            ctx.posts.remove(own)
        self.keep(ctx, reply=None, cause=cause)
        again = (
            own is not None and shown is not None and own.card not in (None, (shown.kind, int(shown.number)))
        )
        if shown is not None and again:  # the message shows another thing from now on
            cards.remove(ctx.tx, shown.kind, shown.number)
            shown = None
        if shown is not None:
            card = THINGS[shown.kind].card(ctx, int(shown.number))
            if ref_of(reply.about) != ref_of(card.about):
                ctx.posts[:] = [Post(ctx.me.user_id, reply, then=then)]
                self.keep(ctx, reply=None, cause=f"{cause}!")
            cards.mark_dirty(ctx.tx, shown.kind, shown.number, at=ctx.now)
        elif not isinstance(reply, FileReply):  # a file can't be put in place of what was said: that stays
            said = self._in_room(ctx, sent.room, own.reply if own else reply)
            content = self.renderer.content(said, ctx.language, then=[*below, *([then] if then else [])])
            self._add(ctx, "edit", sent.room, content, REPLY, cause, "edit", waits_for=reply_id)
            if own is not None and own.card is not None:
                kind, number = own.card
                self._place(ctx, kind, number, own.to, reply_id, withheld=said is not own.reply)
                if sent.event_id is not None:
                    cards.mark_sent(ctx.tx, [(reply_id, sent.event_id)])
                if not again:
                    self._seed(ctx, own.seeds, own.to, sent, cause)
        if ctx.offers:
            there = {seed.content["key"] for seed in self._seeds(ctx.tx, reply_id)}
            keys = [offer.key for offer in ctx.offers if offer.key != UNDO and offer.key not in there]
            self._seed(ctx, keys, sent.room, sent, cause)
        self._offers(ctx, ctx.offers, reply_id, command or ctx.event_id)

    def edit_card(self, ctx: Context, card: cards.Card, language: str) -> None:
        """Write an edit that shows the thing as it is now; one that links to a message still unsent waits for it.

        What the card shows already is not sent again. In somebody's direct chat it is in that person's language.
        """
        if card.room_id.startswith("@"):
            if not self._stands_in_direct_chat(ctx, card):
                cards.mark_unchanged(ctx.tx, card.kind, card.number)
                return
            language = _language(ctx, card.room_id)
        whole = THINGS[card.kind].card(ctx, int(card.number))
        said = self._in_room(ctx, card.room_id, whole)
        content = self.renderer.content(said, language)
        for row in links.rows(content["formatted_body"]):
            linked = outbox.get(ctx.tx, row)
            if linked is not None and linked.state == "pending":
                return
        if self._shows(ctx, card, content):
            cards.mark_unchanged(ctx.tx, card.kind, card.number)
            return
        former = outbox.find_by_txn(ctx.tx, _txn(self._edit_cause(card, card.version), "edit"))
        if former is not None:
            outbox.supersede(ctx.tx, former)
        withheld = said is not whole
        version = cards.mark_clean(ctx.tx, card.kind, card.number, withheld=withheld)
        cause = self._edit_cause(card, version)
        self._add(ctx, "edit", card.room_id, content, EDIT, cause, "edit", waits_for=card.outbox_id)

    def _stands_in_direct_chat(self, ctx: Context, card: cards.Card) -> bool:
        """Is the person's card in their direct chat of today? In one that others can read by now, it stays as it is."""
        sent = outbox.get(ctx.tx, card.outbox_id)
        known = sent is not None and not sent.room.startswith("@")
        return not known or (sent is not None and sent.room == rooms.direct_room(ctx.tx, card.room_id))

    def _shows(self, ctx: Context, card: cards.Card, content: dict[str, Any]) -> bool:
        """Does the card show this since its last edit, or from the beginning? Not, where that is forgotten."""
        row = outbox.find_by_txn(ctx.tx, _txn(self._edit_cause(card, card.version), "edit"))
        seen = self.earlier.shown.get(card.event_id or "")
        if row is None and seen is not None:
            return seen.digest == digest(content)
        if not card.version:
            row = card.outbox_id
        sent = outbox.get(ctx.tx, row) if row is not None else None
        return sent is not None and sent.error is None and _same(sent.content, content)

    def _edit_cause(self, card: cards.Card, version: int) -> str:
        """After a restore, edits are counted anew from the newest one that stands in the room."""
        seen: Seen | None = self.earlier.shown.get(card.event_id or "")
        return f"card {card.event_id} {seen.event_id if seen is not None else ''} {version}"

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
            else self._txn_by_content(tx, "message", room, content, "remark", "post")
        )
        self.add(tx, "message", room, content, BROADCAST, txn=txn, at=at)

    def say_once(self, ctx: Context, reply: Reply, *, about: str) -> None:
        """Tell the asker in the direct chat; what was told about the same before is not told again."""
        txn = _txn(f"{ctx.me.user_id} {about}", "once")
        if outbox.find_by_txn(ctx.tx, txn) is None:
            content = self.renderer.content(reply, ctx.me.language)
            self.add(ctx.tx, "message", ctx.me.user_id, content, REPLY, txn=txn, at=ctx.now)

    def thread_of(self, tx: Tx, row: int | None) -> str | None:
        """The thread that this row's message stands in."""
        sent = outbox.get(tx, row) if row is not None else None
        relation = sent.content.get("m.relates_to", {}) if sent is not None else {}
        return relation["event_id"] if relation.get("rel_type") == "m.thread" else None

    def command_of(self, tx: Tx, row: int) -> str | None:
        """The event of the command that this row's message replies to."""
        sent = outbox.get(tx, row)
        relation = sent.content.get("m.relates_to", {}) if sent is not None else {}
        event_id: str | None = relation.get("m.in_reply_to", {}).get("event_id")
        return event_id

    def ref_of(self, tx: Tx, row: int | None) -> str | None:
        """The reference of the thing that this row's message carries."""
        sent = outbox.get(tx, row) if row is not None else None
        return ref_of(about_in(sent.content.get(KEY, {}))) if sent is not None else None

    def machine_of(self, tx: Tx, row: int, room: str) -> dict[str, Any]:
        """What this row's message tells other programs, if it stands in this room."""
        sent = outbox.get(tx, row)
        here = sent is not None and (sent.room == room or sent.room.startswith("@"))
        found: dict[str, Any] = sent.content.get(KEY, {}) if sent is not None and here else {}
        return found

    # --- rows

    def add(
        self,
        tx: Tx,
        kind: str,
        room: str,
        content: dict[str, Any],
        priority: int,
        *,
        txn: str,
        at: datetime,
        waits_for: int | None = None,
    ) -> Errand:
        """Write a row; a message carries its transaction id, to be found by when it is old."""
        if kind in ("message", "file", "reaction"):
            content = {**content, TXN_KEY: txn}
        if room.startswith("@"):
            room = rooms.direct_room(tx, room) or room  # without one, the sender makes it
        row = outbox.add(
            tx, txn=txn, kind=kind, room=room, content=content, at=at, priority=priority, waits_for=waits_for
        )
        self._to_do(tx, row)
        return row

    def _to_do(self, tx: Tx, row: Errand) -> None:
        """It is handed to the sender after the commit; what was done before a restore is recorded as done instead."""
        done = self.earlier.done(row)
        if done is None:
            self.fresh.append(row)
        else:
            outbox.mark_done(tx, [done], at=row.created_at)

    def _add(
        self,
        ctx: Context,
        kind: str,
        room: str,
        content: dict[str, Any],
        priority: int,
        cause: str,
        part: str,
        *,
        waits_for: int | None = None,
        placed: dict[str, int] | None = None,
    ) -> Errand:
        html = content.get("formatted_body", "")
        link = links.first(html)
        if link is not None:
            kept = None
            if waits_for is None:
                waits_for = (placed or {}).get(link) or (int(link) if link.isdigit() else None)
                kept = link if waits_for is not None else None
            content["formatted_body"] = links.without_unsent(html, but=kept)
        txn = (
            self._txn_by_content(ctx.tx, kind, room, content, cause, part)
            if self._by_content
            else _txn(cause, part)
        )
        return self.add(ctx.tx, kind, room, content, priority, txn=txn, at=ctx.now, waits_for=waits_for)

    def _txn_by_content(
        self, tx: Tx, kind: str, room: str, content: dict[str, Any], cause: str, part: str
    ) -> str:
        """The next that no row has yet, of those of this content."""
        if part.startswith(("post", "errand")):
            part = digest(content) if "formatted_body" in content else json.dumps(content, sort_keys=True)
        times = 0
        while outbox.find_by_txn(tx, txn := _txn(f"{cause} {kind} {room} {part}", str(times))) is not None:
            times += 1
        return txn


def _in_its_place(ctx: Context, reply: Reply) -> Post | None:
    """The post for the command's own room that is said in place of the reply: one about the same thing, its card first.

    The card of another thing never is: what was asked would have no answer.
    """
    here = [post for post in ctx.posts if _stands_here(ctx, post)]
    whole = ref_of(reply.about)
    same = [post for post in here if ref_of(post.reply.about) == whole]
    ranked = [*(p for p in same if p.card is not None), *same, *(p for p in here if p.card is None)]
    return ranked[0] if ranked else None


def _stands_here(ctx: Context, post: Post) -> bool:
    """Is it meant for the command's own room? So is a card for the asker's direct chat, where they gave it there."""
    mine = post.card is not None and ctx.where.direct and post.to == ctx.me.user_id
    return (post.to == ctx.where.room_id and not post.below) or mine


def _take_below(ctx: Context, room: str) -> list[Reply]:
    """What is said below the reply in this room, and no message of its own."""
    below = [post for post in ctx.posts if post.below and post.to == room]
    ctx.posts[:] = [post for post in ctx.posts if post not in below]
    return [post.reply for post in below]


def _kind(content: dict[str, Any]) -> str:
    """A file is uploaded before it is sent."""
    return "file" if "data" in content else "message"


def _same(shown: dict[str, Any] | None, content: dict[str, Any]) -> bool:
    """Would people and programs see no difference?"""
    return shown is not None and all(shown.get(part) == content.get(part) for part in ("formatted_body", KEY))


def _relation(event_id: str, thread: str | None) -> dict[str, Any]:
    relation: dict[str, Any] = {"m.in_reply_to": {"event_id": event_id}}
    if thread is not None:
        relation |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    return relation


def _language(ctx: Context, user_id: str) -> str:
    member = members.find(ctx.tx, user_id)
    return (member.language if member else None) or ctx.settings.language


def remark_of(cause: str) -> str:
    """The transaction id of the remark with this cause."""
    return _txn(cause, "remark")


def _txn(cause: str, part: str) -> str:
    return hashlib.sha256(f"{cause}|{part}".encode()).hexdigest()[:32]
