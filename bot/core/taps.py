"""Reactions: on cards they act, on replies they take up what was offered; taken off, they are undone.

What was asked for in a card's thread is answered there.

In the worker's thread, like commands.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot.core import conversation, forgotten
from bot.core.acting import Acting
from bot.core.dispatch import Dispatcher
from bot.core.edits import edit_reply
from bot.core.events import Message, Reaction
from bot.core.outbox import Outbox
from bot.core.sent import command_of, machine_of, ref_of, thread_of
from commands import general
from commands.framework import taking_back
from commands.framework.context import ANSWER, UNDO, Context, Settings
from commands.framework.declarations import (
    ACTIONS,
    ALIKE,
    ANSWERED,
    COMMANDS,
    OWN_TAPS,
    RECONCILERS,
    TAPS,
    THINGS,
    WHILE_PAUSING,
    Touch,
    plain_key,
    sign,
)
from commands.framework.haste import told_enough
from commands.framework.outside import STEPS
from commands.framework.questions import NothingOpen
from commands.framework.replies import Machine, Refused, Role
from storage import cards, inbox, outbox
from storage.engine.base import Tx

log = logging.getLogger(__name__)


class Taps(Acting):
    """Carries out reactions, one at a time."""

    def __init__(self, settings: Settings, out: Outbox, dispatcher: Dispatcher) -> None:
        super().__init__(settings, out)
        self.dispatcher = dispatcher

    def put(self, tx: Tx, event: Reaction, *, now: datetime) -> None:
        """Somebody put a reaction on a message."""
        key = plain_key(event.key)
        card = cards.find_by_event(tx, event.target)
        if card is not None and not stands_in(card, event.room_id):
            return
        if card is not None and (card.kind, sign(card.kind, key)) in TAPS:
            new = self._put_on(tx, (card.kind, card.number), event, None, now=now)
            if new and sign(card.kind, key) not in card.tapped.split():  # the first one: see `Seeds`
                cards.mark_dirty(tx, card.kind, card.number, at=now)
            return
        row = outbox.find_by_event(tx, event.target)
        if row is None or inbox.is_handled(tx, event.event_id):
            return
        offer = self._offered(tx, row, key)
        if key == UNDO:
            self._undo(tx, row, offer, event, now=now)
        elif offer is not None:
            self._take(tx, offer, event, now=now)
            self._became(tx, row, event, now=now)
        elif (answer := conversation.tapped(tx, row, event)) is not None:
            self.dispatcher.message(tx, answer, now=now, exempt=False)
        elif card is None and conversation.has_asked(tx, row, event):
            self._late(tx, event, now=now)
        elif card is not None:
            self._idle(tx, card, key, event, now=now)
        else:
            thing = general.thing_of(machine_of(tx, row, event.room_id))
            if thing is not None and general.counts(thing[0], key):
                self._put_on(tx, (thing[0], str(thing[1])), event, event.room_id, now=now)

    def _became(self, tx: Tx, row: int, event: Reaction, *, now: datetime) -> None:
        """Where the message has become a card by this reaction, it stands on the card, and says nothing there."""
        card = cards.find_by_outbox(tx, row)
        if card is not None and (card.kind, key := sign(card.kind, event.key)) in TAPS:
            more = {"event_id": event.event_id, "user_id": event.sender, "key": key}
            cards.add_tap(tx, kind=card.kind, number=card.number, **more)
            self.outbox.align(tx, card, at=now)

    def _offered(self, tx: Tx, row: int, key: str) -> cards.Offer | None:
        """The effect that this reaction would have on the message, or ✅ which it stands for."""
        offer = cards.find_offer(tx, outbox_id=row, key=key)
        alike = offer is None and key in ALIKE and cards.find_offer(tx, outbox_id=row, key="👎") is None
        return cards.find_offer(tx, outbox_id=row, key="✅") if alike else offer

    def _put_on(
        self, tx: Tx, thing: tuple[str, str], event: Reaction, room: str | None, *, now: datetime
    ) -> bool:
        """The reaction counts for the thing, by its card or (in this room) by another message about it.

        False where it did already.
        """
        kind, number = thing
        key = sign(kind, event.key)
        new = cards.add_tap(
            tx,
            event_id=event.event_id,
            kind=kind,
            number=number,
            user_id=event.sender,
            key=key,
            room_id=room,
        )
        if new:
            self._touch(tx, kind, number, Touch(event.event_id, key, on=True), event, now=now)
        return new

    def _late(self, tx: Tx, event: Reaction, *, now: datetime) -> None:
        """What this would answer is answered or let be, or too old: whose chat it is in is told."""
        ctx = self._context(tx, event, now)
        if ctx.where.direct:
            self._handled(tx, event, now)
            self._refuse(ctx, NothingOpen(), event.target, times=1)

    def _idle(self, tx: Tx, card: cards.Card, key: str, event: Reaction, *, now: datetime) -> None:
        """A reaction that does nothing on the card: once, its author is told what does."""
        ctx = self._context(tx, event, now)
        acts = any(kind == card.kind for kind, _ in TAPS)
        if ctx.me.role >= Role.PI and acts and not told_enough(ctx, ctx.me.user_id):
            about = f"{card.kind} {card.number}"

            def say() -> None:
                shown = general.shown(ctx, card.kind, card.number)
                self.outbox.say_once(ctx, general.Idle(shown, key, card.kind), about=about)

            self._run(ctx, "", about, say)

    def is_compared(self, tx: Tx, event: Reaction) -> bool:
        """Is this on a card whose reactions are compared as a whole, each by its time?"""
        card = cards.find_by_event(tx, event.target)
        return card is not None and card.kind in RECONCILERS

    def taken_off(
        self, tx: Tx, tap: cards.Tap, event_id: str, *, at: datetime, room_id: str, now: datetime
    ) -> None:
        """Somebody took a reaction off a card, or off another message about a thing."""
        card = cards.find(tx, tap.kind, tap.number)
        here = room_id == tap.room_id if tap.room_id is not None else card is None or stands_in(card, room_id)
        if not here:
            return
        cards.remove_tap(tx, tap.event_id)
        if tap.room_id is None:  # it may have been the last one
            cards.mark_dirty(tx, tap.kind, tap.number, at=now)
        if card is not None or tap.room_id is not None:
            target = (card.event_id if card is not None else None) or ""
            event = Reaction(room_id, event_id, tap.user_id, at, target=target, key=tap.key)
            touch = Touch(tap.event_id, tap.key, on=False)
            self._touch(tx, tap.kind, tap.number, touch, event, now=now)

    def answered(self, tx: Tx, card: cards.Card, message: Message, *, now: datetime) -> None:
        """Somebody wrote in the card's thread: the feature may have asked for it."""
        ctx = self._context(tx, message, now)
        if ctx.me.role >= Role.PI:
            self._run(ctx, f"{card.kind} answer", message.event_id, lambda: self._listen(ctx, card, message))

    def asked(self, tx: Tx, message: Message) -> cards.Offer | None:
        """The question that this person answers here: in its thread, or by a reply to it or to what it is about."""
        to = {message.thread, message.answers} - {None}
        if not to or not message.text or self.dispatcher.address.strip(message, direct=False) is not None:
            return None
        for offer in cards.list_offers(tx, user_id=message.sender, key=ANSWER, at=message.at):
            sent = outbox.get(tx, offer.outbox_id)
            asked = {sent.event_id, thread_of(tx, sent.id)} if sent is not None else set()
            if sent is not None and sent.room == message.room_id and to & asked:
                return offer
        return None

    def answer(self, tx: Tx, offer: cards.Offer, message: Message, *, now: datetime) -> None:
        """Somebody has answered what the bot has asked them."""
        ctx = self._context(tx, message, now)
        if ctx.me.role >= offer.role:
            command = inbox.find_handled(tx, offer.cause)
            name = f"{command.command or offer.action if command is not None else offer.action} {ANSWER}"
            self._run(ctx, name, message.event_id, lambda: self._act(ctx, offer, command, said=message.text))

    def _listen(self, ctx: Context, card: cards.Card, message: Message) -> None:
        ANSWERED[card.kind](ctx, int(card.number), message.text)
        taking_back.keep(ctx, None, cause=ctx.event_id)

    def _touch(self, tx: Tx, kind: str, number: str, touch: Touch, event: Reaction, *, now: datetime) -> None:
        """The effect of the reaction; one of somebody who is no member does nothing, and is not answered."""
        ctx = self._context(tx, event, now)
        if ctx.me.pauses and touch.on and (kind, touch.key) not in WHILE_PAUSING:
            self._pausing(ctx, kind, number, touch.key)
        elif ctx.me.pauses or ctx.me.role >= Role.PI:
            about = f"{event.target} {touch.on}"
            self._run(ctx, f"{kind} {touch.key}", about, lambda: self._tapped(ctx, kind, number, touch))

    def _pausing(self, ctx: Context, kind: str, number: str, key: str) -> None:
        """Once a pause and thing, the person is told that it does not count."""
        if not told_enough(ctx, ctx.me.user_id):
            self._tell_pausing(ctx, f"{kind} {number}", lambda: general.shown(ctx, kind, number), key)

    def _tell_pausing(self, ctx: Context, on: str, shown: Callable[[], Machine], key: str) -> None:
        since = ctx.me.member.changed_at if ctx.me.member is not None else None

        def say() -> None:
            about = shown()
            once = f"{about.get('ref')} {about.get('product')} paused {since}"
            self.outbox.say_once(ctx, general.Paused(about, key), about=once)

        self._run(ctx, "", f"{on} paused {since}", say)

    def _tapped(self, ctx: Context, kind: str, number: str, touch: Touch) -> None:
        if THINGS[kind].letter:
            own = OWN_TAPS.get(kind, "")
            ctx.note(kind, number, part=own, person=ctx.me.user_id if own else "")
        TAPS[kind, touch.key](ctx, int(number), touch)
        taking_back.keep(ctx, None, cause=ctx.event_id)

    def _take(self, tx: Tx, offer: cards.Offer, event: Reaction, *, now: datetime) -> None:
        """Run what was offered, once; for whom it was not meant, nothing happens."""
        ctx = self._context(tx, event, now)
        mine = offer.user_id is None or offer.user_id == event.sender
        if offer.user_id == event.sender and ctx.me.pauses and ctx.me.role < offer.role:
            shown = partial(machine_of, tx, offer.outbox_id, event.room_id)
            self._tell_pausing(ctx, event.target, shown, offer.key)
        if not mine or ctx.me.role < offer.role or offer.taken_at is not None or offer.expires_at < event.at:
            return
        if offer.action == STEPS:
            self.outbox.close(ctx, offer.outbox_id)
            steps = conversation.step_by_step(offer, event, self.settings.prefix)
            self.dispatcher.message(tx, steps, now=now, exempt=False)
            return
        self._handled(tx, event, now)
        if offer.action == forgotten.ACTION:
            self.outbox.close(ctx, offer.outbox_id)
            self.dispatcher.message(
                tx, forgotten.command_of(offer, event, self.settings.prefix), now=now, exempt=False
            )
            return
        command = inbox.find_handled(tx, offer.cause)
        name = command.command if command is not None else None
        self._run(
            ctx, f"{name or offer.action} {offer.key}", event.target, lambda: self._act(ctx, offer, command)
        )

    def _act(self, ctx: Context, offer: cards.Offer, command: inbox.Handled | None, **answer: str) -> None:
        reply = ACTIONS[offer.action](ctx, **offer.data, **answer)
        now = command is not None and command.outcome == "refused"  # and is carried out now
        taking_back.keep(ctx, reply, cause=offer.cause if now else ctx.event_id)
        self.outbox.close(ctx, offer.outbox_id)
        if reply is not None:
            cause = offer.cause if now else ctx.event_id  # of what it offers in its turn
            edit_reply(self.outbox, ctx, offer.outbox_id, reply, cause=ctx.event_id, command=cause)
            conversation.keep(ctx, None, ctx.outside.asking, offer.outbox_id)
        if command is not None and now:
            name = ctx.command.name if ctx.command is not None else command.command
            inbox.settle(ctx.tx, offer.cause, outcome="done", command=name, reply_id=command.reply_id)

    def _undo(self, tx: Tx, row: int, offer: cards.Offer | None, event: Reaction, *, now: datetime) -> None:
        """All that the command did is undone, or the person is told why not. Strangers are not answered."""
        if offer is not None and offer.action == cards.SAME:
            offer = cards.find_offer_of(tx, cause=offer.cause, key=UNDO)
        ctx = self._context(tx, event, now)
        cause = offer.cause if offer is not None else command_of(tx, row)
        command = inbox.find_handled(tx, cause) if cause is not None else None
        mine = event.sender == (offer.user_id if offer is not None else command and command.sender)
        if not mine and ctx.me.role < Role.KNOWN:
            return
        self._handled(tx, event, now)
        ctx.command = COMMANDS.get(command.command or "") if command is not None else None
        newest = cards.latest_offer(tx, user_id=event.sender, key=UNDO)
        why = None
        idle = (
            ctx.command is None or ctx.command.reads or (command is not None and command.outcome == "refused")
        )
        if offer is None and idle:
            why = "nothing"
        elif not mine:
            why = "others"
        elif offer is None:
            why = "never"
        elif offer.taken_at is not None:
            why = "done"
        elif offer.expires_at < event.at:
            why = "late"
        elif newest != offer.cause:
            why = "last"
        name = f"{command.command if command is not None else ''} {UNDO}"
        self._run(ctx, name, event.target, lambda: self._take_back(ctx, row, offer, why))

    def _take_back(self, ctx: Context, row: int, offer: cards.Offer | None, why: str | None) -> None:
        ref = ref_of(ctx.tx, row)
        if offer is None or why is not None:
            instead = taking_back.later(ctx, ctx.command, ref) if why in ("never", "late", "last") else None
            raise Refused(taking_back.Stays(why or "never", ref, instead))
        reply = taking_back.take_back(ctx, offer, ref)
        self.outbox.close(ctx, offer.outbox_id)
        edit_reply(self.outbox, ctx, offer.outbox_id, reply, cause=ctx.event_id, command=offer.cause)

    def _handled(self, tx: Tx, event: Reaction, now: datetime) -> None:
        inbox.add_handled(
            tx,
            event_id=event.event_id,
            room_id=event.room_id,
            sender=event.sender,
            origin_at=event.at,
            at=now,
            outcome="tap",
        )


def stands_in(card: cards.Card, room_id: str) -> bool:
    """Is the card in this room? An event elsewhere may name it, by somebody who may do there what they like."""
    return card.room_id == room_id or card.room_id.startswith("@")
