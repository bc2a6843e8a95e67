"""From one message of a person to the rows it leaves: effects, one reply, and what else is to be sent.

Everything here happens in the worker's thread, inside the batch's transaction and the message's own savepoint.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.core import conversation, forgotten, waiting
from bot.core.edits import edit_reply
from bot.core.events import Edit, Message, Redaction
from bot.core.outbox import Outbox
from bot.core.people import asker_of, where_of
from bot.core.sent import ref_of, thread_of
from bot.core.typed import LONGEST_TEXT, unmarked
from commands.framework import carrying, dialogue, refusals, taking_back, understanding
from commands.framework.context import UNDO, Context, Revision, Settings, Where
from commands.framework.declarations import COMMANDS
from commands.framework.failures import (
    BuiltUpon,
    DeletedLater,
    Internal,
    SecondCommand,
    StaysAsItIs,
    StaysMeanwhile,
    TextOnly,
    TooFast,
    TooLarge,
)
from commands.framework.files import FileWanted
from commands.framework.grammar import find_command
from commands.framework.outside import Post
from commands.framework.replies import Refused, Reply, Role
from commands.framework.who_may import may
from commands.general import ConfirmFirst, NotProtected, Unconfirmed, readable_room
from storage import cards, fetches, inbox, told
from storage.dialogues import Dialogue
from storage.engine.base import Tx
from storage.engine.database import savepoint
from storage.inbox import Handled

log = logging.getLogger(__name__)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Address:
    """The names of the bot: its Matrix id and the names people may type."""

    user_id: str
    prefix: str
    names: tuple[str, ...]

    def add(self, name: str) -> None:
        """The bot is called this, too; its names before are good until the next start."""
        self.names = tuple(dict.fromkeys((name, *self.names)))

    def strip(self, message: Message, *, direct: bool) -> str | None:
        """The command in the message without prefix or mention; None if it is talk between people."""
        text = unmarked(message.text.strip(), self.prefix)
        if text.startswith(self.prefix):
            rest = text[len(self.prefix) :].lstrip(" ")
            return rest if direct or rest[:1].isalpha() else None
        for name in (self.user_id, *(f"@{name}" for name in self.names)):
            if (addressed := _after(text, name)) is not None:
                return self._command(addressed)
        for name in self.names:  # «PI-Bot hat recht» is talk, unless the bot is mentioned by it
            named = _after(text, name)
            if named is not None and (named[:1] in (":", ",") or self._is_called(message, named)):
                return self._command(named)
        return text if direct and (text or message.file) else None

    def is_typed(self, message: Message) -> bool:
        """Does the message begin with the prefix, as only commands do?"""
        return unmarked(message.text.strip(), self.prefix).startswith(self.prefix)

    def _is_called(self, message: Message, rest: str) -> bool:
        """Is the bot mentioned, and not only because the message is a reply? Clients mention whom one replies to.

        They add whom the answered message mentions, too: beside other mentions it takes a command.
        """
        if message.answers is None or self.user_id not in message.mentions:
            return self.user_id in message.mentions
        return len(message.mentions) > 1 and find_command(self._command(rest))[0] is not None

    def _command(self, rest: str) -> str:
        return rest.lstrip(" ,:").removeprefix(self.prefix).strip()


def _after(text: str, name: str) -> str | None:
    """All that follows the name the text begins with; None if it begins otherwise, or with a longer name."""
    if text[: len(name)].casefold() != name.casefold():
        return None
    rest = text[len(name) :]
    longer = rest[:1] == ":" and rest[1:2].isalnum()  # @pibot:elsewhere is somebody else
    return rest if not longer and (not rest or rest[0].isspace() or rest[0] in ",:") else None


class Dispatcher:
    """Carries out commands, one at a time."""

    def __init__(self, settings: Settings, outbox: Outbox, address: Address) -> None:
        self.settings, self.outbox, self.address = settings, outbox, address
        self.carried_out: Counter[tuple[str, str]] = Counter()  # by noun and outcome, since the start
        self.wants_files = True  # a command may have begun to wait for its file since that was last asked

    def message(self, tx: Tx, message: Message, *, now: datetime, exempt: bool) -> None:
        """Carry out the command in a message; talk leaves nothing behind."""
        room = where_of(tx, message.room_id, message.sender, message.thread)
        text = self.address.strip(message, direct=room.direct)
        open_ = conversation.waiting(tx, message, room)
        answers = None
        if open_ is not None and (
            text is None or dialogue.is_word(text) or not self.address.is_typed(message)
        ):
            said = message.text if text is None else text
            answers = conversation.answered(message, said, open_, direct=room.direct)
        if text is None and answers is None:
            self._talk(tx, message, room, now=now, exempt=exempt)
            return
        if inbox.is_carried_out(tx, message.event_id):
            return
        ctx = self._context(tx, message, room, now)
        if answers is not None and conversation.passes_by(ctx, message, answers):
            answers = None
        pace = "go" if exempt else self._pace(tx, message)
        if pace == "go":
            outcome, error, reply_id = self._carry_out(
                ctx, message, message.text if text is None else text, open_, answers
            )
            self._tell_unconfirmed(ctx, message)
        elif pace == "too_fast":
            slow_down = TooFast(limit=self.settings.commands_per_minute)
            outcome, error, reply_id = pace, None, self._reply(ctx, message, slow_down)
        else:
            outcome, error, reply_id = pace, None, None
        self.carried_out[ctx.command.name.partition(" ")[0] if ctx.command else "", outcome] += 1
        name = ctx.command.name if ctx.command else None
        fresh = inbox.add_handled(
            tx,
            event_id=message.event_id,
            room_id=message.room_id,
            sender="" if ctx.erased else message.sender,
            origin_at=message.at,
            at=now,
            outcome=outcome,
            command=name,
            counts=pace != "silent" and not exempt,
            reply_id=reply_id,
            error=error,
        )
        if not fresh:  # it was talk until now
            inbox.settle(tx, message.event_id, outcome=outcome, command=name, reply_id=reply_id, error=error)
        if message.edit:  # the text is that edit's already, which may still come by itself
            inbox.add_handled(
                tx,
                event_id=message.edit,
                room_id=message.room_id,
                sender="" if ctx.erased else message.sender,
                origin_at=message.at,
                at=now,
                outcome="edited_before",
            )

    def not_protected(self, tx: Tx, message: Message, *, cause: str, now: datetime) -> None:
        """A command that came unencrypted into an encrypted room: why it is not carried out, at most once an hour."""
        room = where_of(tx, message.room_id, message.sender, message.thread)
        if self.address.strip(message, direct=room.direct) is not None and told.is_due(
            tx, message.sender, "NotProtected", every=HOUR, at=now
        ):
            language = self._context(tx, message, room, now).language
            self.outbox.remark(tx, message.room_id, NotProtected(), language, cause=cause, at=now)

    def _tell_unconfirmed(self, ctx: Context, message: Message) -> None:
        """A person who writes from a device that gets no keys is told, at most once a day."""
        unread = message.sealed and message.signed is False and self.settings.only_signed
        if unread and told.is_due(ctx.tx, message.sender, "Unconfirmed", every=DAY, at=ctx.now):
            room = readable_room(ctx.tx, message.sender, message.room_id)
            language = ctx.language if room == message.room_id else ctx.me.language
            cause = f"unconfirmed {message.event_id}"
            self.outbox.remark(ctx.tx, room, Unconfirmed(), language, cause=cause, at=ctx.now)

    def _talk(self, tx: Tx, message: Message, room: Where, *, now: datetime, exempt: bool) -> None:
        """Remember that this was talk, and ask whether it was meant as a command, if it may be; once."""
        said: dict[str, Any] = {
            "event_id": message.event_id,
            "room_id": message.room_id,
            "sender": message.sender,
        }
        inbox.add_talk(tx, **said, thread=message.thread, at=now)
        if room.purpose != forgotten.ROOM or forgotten.meant(message) is None:
            return
        ctx = self._context(tx, message, room, now)
        if not forgotten.is_allowed(ctx, message) or (not exempt and self._pace(tx, message) != "go"):
            return
        if inbox.add_handled(tx, **said, origin_at=message.at, at=now, outcome="asked", counts=not exempt):
            forgotten.ask(ctx, self.outbox, message)

    def _pace(self, tx: Tx, message: Message) -> str:
        """go, too_fast (said once), or silent, counted by the homeserver's time of the events."""
        count, said = inbox.count_since(tx, sender=message.sender, since=message.at - MINUTE)
        if count < self.settings.commands_per_minute:
            return "go"
        return "silent" if said is not None else "too_fast"

    def _carry_out(
        self, ctx: Context, message: Message, text: str, open_: Dialogue | None, answers: Dialogue | None
    ) -> tuple[str, str | None, int | None]:
        """Run the command, or go on with the conversation; the outcome, an internal error's id, the reply's row.

        `open_`: what waits for an answer here; `answers`: the same, if this is one.
        """
        mark = self.outbox.mark()
        try:
            try:
                with savepoint(ctx.tx):
                    word = self._word(ctx, message, text) if answers is None else None
                    reply = (
                        dialogue.say_why(ctx, word, text)
                        if word is not None
                        else self._run(ctx, message, text, answers)
                    )
                    if answers is None:
                        conversation.remind(ctx, open_)
                    row = self.outbox.keep(ctx, reply=reply, thread=message.thread, seeds=ctx.outside.seeds)
                    if word is not None:
                        conversation.keep_word(ctx, word, row)
                    else:
                        conversation.keep(ctx, conversation.over(ctx, answers), ctx.outside.asking, row)
                    return "done", None, row
            except Refused as refused:
                self._forget(ctx, mark)
                return self._refuse(ctx, message, refused, answers)
            except FileWanted as wanted:
                self._forget(ctx, mark)
                self._await_file(ctx.tx, message, wanted.command, now=ctx.now)
                return waiting.WAITING, None, None
        except Exception:  # one bad event never stops the rest
            error = secrets.token_hex(4)
            log.exception("command failed", extra={"error_id": error, "event_id": message.event_id})
            self._forget(ctx, mark)
            return "failed", error, self._reply(ctx, message, Internal(id=error))

    def _await_file(
        self, tx: Tx, message: Message, command: str, *, edit: str | None = None, now: datetime
    ) -> None:
        """The command is carried out, and answered, once its file was fetched."""
        waiting.keep(tx, message, command, edit=edit, now=now)
        self.wants_files = True

    def file_came(self, tx: Tx, event_id: str, file: Any, *, now: datetime) -> None:
        """The command that has waited is carried out with what was read of its file; then it waits no more."""
        fetch = fetches.find(tx, event_id)
        if fetch is None:  # it was deleted, or its author erased, meanwhile
            return
        fetches.remove(tx, event_id)
        if (edit := waiting.edit_of(fetch)) is not None:
            self.edited(tx, edit, now=now, exempt=True, came=(file,))
            return
        message = waiting.message_of(fetch)
        room = where_of(tx, message.room_id, message.sender, message.thread)
        text = self.address.strip(message, direct=room.direct)
        ctx = self._context(tx, message, room, now)
        ctx.file, ctx.has_file = file, False
        open_ = conversation.waiting(tx, message, room)
        outcome, error, reply_id = self._carry_out(
            ctx, message, message.text if text is None else text, open_, None
        )
        name = ctx.command.name if ctx.command is not None else None
        self.carried_out[(name or "").partition(" ")[0], outcome] += 1
        inbox.settle(tx, event_id, outcome=outcome, command=name, reply_id=reply_id, error=error)

    def _word(self, ctx: Context, message: Message, text: str) -> cards.Offer | None:
        """The refusal that the message says a word about."""
        if not ctx.where.direct or message.file or message.too_large or self.address.is_typed(message):
            return None
        return refusals.asked(ctx, text, row=conversation.answers_line(ctx, message))

    def _refuse(
        self, ctx: Context, message: Message, refused: Refused, answers: Dialogue | None
    ) -> tuple[str, str | None, int]:
        """Say why not, or ask; what is asked is kept."""
        ctx.outside.offers.extend(refused.offers)
        if refused.asking is not None and answers is not None and answers.kind != "choice":
            ctx.command = None  # not before the last answer
        if refused.below is not None:
            below = self.outbox.in_room(ctx, ctx.where.room_id, refused.below)
            ctx.outside.posts.append(Post(ctx.where.room_id, below, below=True))
        row = self.outbox.keep(ctx, reply=refused.reply, thread=message.thread, seeds=refused.seeds)
        if refused.asking is not None or answers is not None:
            conversation.keep(ctx, conversation.over(ctx, answers), refused.asking, row)
        return ("question" if refused.asking is not None else "refused"), None, row

    def _run(self, ctx: Context, message: Message, text: str, answers: Dialogue | None = None) -> Reply:
        if message.too_large:
            raise Refused(TooLarge(limit=LONGEST_TEXT))
        if (
            message.sealed
            and not message.signed
            and self.settings.only_signed
            and ctx.me.role >= Role.MODERATOR
        ):
            raise Refused(ConfirmFirst())
        if message.file and ctx.where.direct and find_command(text)[0] is None:
            takes = (one for one in COMMANDS.values() if one.takes is not None and may(ctx, one))
            raise Refused(TextOnly(next(takes, None)))
        chosen = None
        if answers is not None and (chosen := conversation.line(answers, text)) is None:
            return dialogue.answer(ctx, answers, text)
        text = chosen or text
        self._refuse_second(text)
        typed = chosen is not None or self.address.is_typed(message)
        command, rest = understanding.find(ctx, text, typed=typed)
        ctx.named = " ".join(text[: len(text) - len(rest)].split())
        try:
            if chosen is not None and (ctx.where.direct or command.sure):
                return dialogue.take_up(ctx, command, rest)
            return carrying.run(ctx, command, rest, cause=ctx.event_id)
        except Refused as refused:
            raise conversation.ask_instead(ctx, message, text, refused) from refused

    def _refuse_second(self, text: str) -> None:
        """Refuses: SecondCommand, where a further line is one too; below the first it would be published as text."""
        _, _, below = text.partition("\n")
        for line in below.split("\n") if self.address.prefix in below else ():
            typed = unmarked(line.strip(), self.address.prefix)
            if typed.startswith(self.address.prefix):
                rest = typed[len(self.address.prefix) :].lstrip(" ")
                if find_command(rest)[0] is not None:
                    raise Refused(SecondCommand(" ".join(typed.split())[:40]))

    # --- edits and deletions of commands

    def edited(self, tx: Tx, edit: Edit, *, now: datetime, exempt: bool, came: tuple[Any, ...] = ()) -> None:
        """The command's effect, card and reply follow its new wording, unless somebody has built on it.

        `came`: what was read of the file that the edit has waited for.
        """
        try:
            self._edited(tx, edit, now=now, exempt=exempt, came=came)
        except FileWanted as wanted:
            message = replace(edit.message, event_id=edit.target)
            self._await_file(tx, message, wanted.command, edit=edit.event_id, now=now)

    def _edited(self, tx: Tx, edit: Edit, *, now: datetime, exempt: bool, came: tuple[Any, ...]) -> None:
        handled = inbox.find_handled(tx, edit.target)
        if handled is not None and (handled.sender, handled.room_id) != (edit.sender, edit.room_id):
            return
        if handled is None or handled.outcome in (*inbox.TALK, waiting.WAITING):
            self._turned(tx, edit, handled, now=now, exempt=exempt)
            return
        if handled.reply_id is None or handled.outcome == "gone":
            return
        message = replace(edit.message, thread=thread_of(tx, handled.reply_id))
        pace = "go" if exempt else self._pace(tx, message)
        fresh = bool(came) or inbox.add_handled(
            tx,
            event_id=edit.event_id,
            room_id=edit.room_id,
            sender=edit.sender,
            origin_at=edit.at,
            at=now,
            outcome="edit" if pace == "go" else "silent",
            counts=not exempt,
        )
        room = where_of(tx, edit.room_id, edit.sender, message.thread)
        talk = conversation.find_with(tx, edit.sender, edit.target) or conversation.asks_again(tx, handled)
        text = self.address.strip(message, direct=room.direct) or (message.text if talk is not None else None)
        known = COMMANDS.get(handled.command or "")
        did = handled.outcome == "done" and known is not None and not known.reads
        if not fresh or pace != "go" or (text is None and not did):
            return
        ctx = self._context(tx, message, room, now)
        ctx.event_id, ctx.command = edit.target, known
        ctx.file, ctx.has_file = came[0] if came else None, not came
        if conversation.is_former(talk, edit.target):
            conversation.reword(ctx, self.outbox, talk, edit, message.text)
            return
        typed = self.address.is_typed(message)
        if (instead := conversation.unheard(ctx, message, handled, talk, text, typed=typed)) is not None:
            self.outbox.remark(tx, edit.room_id, instead, ctx.language, cause=edit.event_id, at=now)
            return
        made = cards.find_offer_of(tx, cause=edit.target, key=UNDO) if did else None
        free = made is not None and made.taken_at is None and made.role <= ctx.me.role
        if text is None or (did and not free):
            reply, outcome = self._stays(ctx, handled), "refused"
        else:
            reply, outcome = self._again(ctx, message, text, made, talk)
            conversation.keep_edited(ctx, talk, handled.reply_id)
        still = did and outcome != "done"  # what it did is as it was
        if not still:  # what was offered was about the former wording
            for row in {handled.reply_id, made.outbox_id if made is not None else handled.reply_id}:
                self.outbox.close(ctx, row)
        then = StaysMeanwhile() if still and not isinstance(reply, BuiltUpon | StaysAsItIs) else None
        edit_reply(self.outbox, ctx, handled.reply_id, reply, cause=edit.event_id, then=then)
        if not still:
            name = ctx.command.name if ctx.command else None
            inbox.settle(tx, edit.target, outcome=outcome, command=name, reply_id=handled.reply_id)

    def _reworded(self, tx: Tx, edit: Edit, *, now: datetime) -> None:
        """A command that still waits for its file waits in its new wording."""
        fetch = fetches.find(tx, edit.target)
        fresh = inbox.add_handled(
            tx,
            event_id=edit.event_id,
            room_id=edit.room_id,
            sender=edit.sender,
            origin_at=edit.at,
            at=now,
            outcome="edited_before",
        )
        if fetch is None or not fresh:
            return
        message = waiting.message_of(fetch)
        new = edit.message
        file = new.attached or message.attached
        message = replace(message, text=new.text, mentions=new.mentions, attached=file)
        waiting.keep(tx, message, fetch.command, now=fetch.wanted_at)

    def _turned(self, tx: Tx, edit: Edit, talk: Handled | None, *, now: datetime, exempt: bool) -> None:
        """Talk that its author has made a command of is carried out; what waits for its file does so as it is now."""
        if talk is not None and talk.outcome == waiting.WAITING:
            self._reworded(tx, edit, now=now)
        elif self.address.strip(edit.message, direct=False) is not None:
            said = inbox.find_talk(tx, event_id=edit.target, room_id=edit.room_id, sender=edit.sender)
            if said is not None:
                message = replace(edit.message, event_id=edit.target, edit=edit.event_id, thread=said.thread)
                self.message(tx, message, now=now, exempt=exempt)
        elif talk is not None and talk.outcome == "asked":
            forgotten.reword(tx, edit.message, edit.target, now=now)

    def _again(
        self, ctx: Context, message: Message, text: str, made: cards.Offer | None, talk: Dialogue | None
    ) -> tuple[Reply, str]:
        """Take back what the command made, if it did, and carry out the new wording.

        `talk`: the conversation of which the message was the last answer, or which asks for it once more.
        """
        mark = self.outbox.mark()
        try:
            with savepoint(ctx.tx):
                if made is not None:
                    ctx.revision = Revision()
                    taking_back.take_back(ctx, made, ref_of(ctx.tx, made.outbox_id))
                    ctx.noted.clear()
                if talk is not None and talk.last is not None:
                    return dialogue.again(ctx, talk, text), "done"
                return self._run(ctx, message, text, talk), "done"
        except Refused as refused:
            self._forget(ctx, mark)
            ctx.outside.offers.extend(refused.offers)
            ctx.asking = refused.asking
            return refused.reply, "question" if refused.asking is not None else "refused"
        except FileWanted:
            self._forget(ctx, mark)
            raise
        except Exception:  # as above
            self._forget(ctx, mark)
            error = secrets.token_hex(4)
            log.exception("edited command failed", extra={"error_id": error, "event_id": message.event_id})
            return Internal(id=error), "failed"

    def _stays(self, ctx: Context, handled: Handled) -> Reply:
        """Nothing it did is undone: the command that changes it now."""
        ctx.revision = Revision()
        ref = ref_of(ctx.tx, handled.reply_id)
        return StaysAsItIs(ref, instead=taking_back.later(ctx, COMMANDS.get(handled.command or ""), ref))

    def deleted(self, tx: Tx, event: Redaction, *, now: datetime) -> None:
        """Deleting a command undoes nothing; the bot says so once, in the command's thread."""
        handled = inbox.find_handled(tx, event.target)
        if handled is None or handled.outcome not in ("done", "asked", waiting.WAITING):
            return
        if (handled.sender, handled.room_id) != (event.sender, event.room_id):
            return
        if handled.outcome == waiting.WAITING:  # as one that is deleted before the bot saw it
            fetches.remove(tx, event.target)
            inbox.settle(tx, event.target, outcome="gone", command=handled.command, reply_id=None)
            return
        if handled.outcome == "asked":
            forgotten.reword(tx, None, event.target, now=now)
            return
        command = COMMANDS.get(handled.command or "")
        if command is None or command.reads:
            return
        inbox.settle(tx, event.target, outcome="gone", command=command.name, reply_id=handled.reply_id)
        room = where_of(tx, event.room_id, event.sender, None)
        ctx = Context(tx, now, self.settings, asker_of(tx, event.sender, self.settings), room)
        ref = ref_of(tx, handled.reply_id)
        remark = DeletedLater(ref, instead=taking_back.later(ctx, command, ref))
        thread = thread_of(tx, handled.reply_id) or event.target
        self.outbox.remark(
            tx, event.room_id, remark, ctx.language, thread=thread, cause=event.event_id, at=now
        )

    # --- shared

    def _context(self, tx: Tx, message: Message, room: Where, now: datetime) -> Context:
        return Context(
            tx=tx,
            now=now,
            settings=self.settings,
            me=asker_of(tx, message.sender, self.settings),
            where=room,
            event_id=message.event_id,
            replies_to=message.replies_to,
            sent_at=message.at,
            has_file=message.attached is not None or message.answers is not None,
        )

    def _reply(self, ctx: Context, message: Message, reply: Reply) -> int:
        return self.outbox.keep(ctx, reply=reply, thread=message.thread)

    def _forget(self, ctx: Context, mark: int) -> None:
        """Forget what a refused or failed command wanted to say and do outside."""
        self.outbox.rewind(mark)
        ctx.forget()
