"""Conversations: which message is an answer to what the bot has asked, and what is asked next.

What an answer means is decided in `commands.framework.dialogue`; here it is found, and kept with the message that
asks. In the worker's thread, inside the message's savepoint.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeGuard, cast

from bot.core.asked import keep_open
from bot.core.edits import edit_reply
from bot.core.events import Edit, Message, Reaction
from bot.core.outbox import Outbox
from bot.core.sent import machine_of
from commands.framework import dialogue, refusals, understanding
from commands.framework.context import WORD, Context, Where
from commands.framework.failures import BadInput, Incomplete, StaysAsItIs
from commands.framework.grammar import find_command
from commands.framework.outside import STEPS, OfferMade, Post
from commands.framework.questions import (
    SO,
    WAITS,
    AnswerStays,
    AnswerTaken,
    Asking,
    NothingOpen,
    StillOpen,
    picked,
)
from commands.framework.replies import Refused, Reply
from storage import cards, dialogues, outbox
from storage.cards import Offer
from storage.dialogues import Dialogue
from storage.engine.base import Tx
from storage.inbox import Handled

QUESTIONS: Final = ("question", "confirm")  # parts of messages that want an answer


def waiting(tx: Tx, message: Message, room: Where) -> Dialogue | None:
    """What waits for this person's answer here; by the events' own times, for a day."""
    if not room.asked:
        return None
    open_ = dialogues.find_open(
        tx, user_id=message.sender, room_id=message.room_id, thread=message.thread or ""
    )
    return open_ if open_ is not None and message.at - open_.said_at <= WAITS else None


def answered(message: Message, text: str, open_: Dialogue, *, direct: bool) -> Dialogue | None:
    """What the text, which is no command with its prefix, is an answer to: to a choice only what it offers."""
    if message.file:
        return None
    if not direct and not message.thread and open_.kind != "choice":  # else all that people say there was one
        is_answer = open_.kind == "preview" and (dialogue.is_yes(text) or dialogue.is_stop(text))
        return open_ if is_answer else None
    among_others = not direct and not message.thread and dialogue.is_yes(text)  # who may be answered by that
    if open_.kind == "choice" and (among_others or picked(text, dialogue.offered(open_)) is None):
        return open_ if dialogue.is_stop(text) else None
    return open_


def answers_line(ctx: Context, message: Message) -> int | None:
    """The row of the line that invites to a word with a refusal, if the message is a reply to that."""
    row = outbox.find_by_event(ctx.tx, message.answers) if message.answers else None
    return row if row is not None and refusals.is_asked_by(ctx, row, at=message.at) else None


def passes_by(ctx: Context, message: Message, open_: Dialogue) -> bool:
    """Is the message no answer to what is open: a word with a refusal, another command, or a wish to see something?

    A reference in a command is no answer either: «sitzung zusagen S1» says yes, whatever was asked about S1.
    """
    if answers_line(ctx, message) is not None:
        return True
    if not ctx.where.direct or open_.kind == "choice":
        return False
    if dialogue.can_answer(ctx, open_, message.text, whole=True):
        return False
    if understanding.names_command(message.text):
        return True
    return not dialogue.can_answer(ctx, open_, message.text) and understanding.only_reads(ctx, message.text)


def line(open_: Dialogue, text: str) -> str | None:
    """The command that the chosen option runs; None if it is a question that is answered."""
    option = picked(text, dialogue.offered(open_)) if open_.kind == "choice" else None
    return option.value if option is not None else None


def ask_instead(ctx: Context, message: Message, text: str, refused: Refused) -> Refused:
    """In the direct chat a template is a question instead; in other rooms ✅ on it has the bot ask in the thread."""
    if not isinstance(refused.reply, Incomplete):
        asks = message.steps and ctx.command is not None and not ctx.texts
        return dialogue.begin_with_wanted(ctx, refused) if asks else refused
    if ctx.where.direct or message.steps:
        return dialogue.begin(ctx, refused.reply)
    data = {"text": text, "thread": message.thread or message.event_id}
    steps = OfferMade("✅", STEPS, data, ctx.me.user_id, ctx.me.role, ctx.now + WAITS)
    return Refused(replace(refused.reply, steps=True), offers=[*refused.offers, steps])


def step_by_step(offer: Offer, tap: Reaction, prefix: str) -> Message:
    """The command whose template was answered with ✅, to be asked for in its thread."""
    return Message(
        tap.room_id,
        tap.event_id,
        tap.sender,
        tap.at,
        text=prefix + offer.data["text"],
        mentions=frozenset(),
        thread=offer.data["thread"] or None,
        replies_to=tap.target,
        steps=True,
    )


def remind(ctx: Context, open_: Dialogue | None) -> None:
    """Below the reply to a command, the question that still waits."""
    if open_ is not None and open_.kind != "choice":
        ctx.outside.posts.append(Post(ctx.where.room_id, still_open(ctx, open_), below=True))


def still_open(ctx: Context, open_: Dialogue) -> StillOpen:
    """The question that waits, in a line."""
    return StillOpen(dialogue.sentence_of(ctx, open_) if open_.kind == "question" else SO)


def over(ctx: Context, answers: Dialogue | None) -> Dialogue | None:
    """What is answered for good: a menu from which a command was picked stays open for other numbers."""
    menu = answers is not None and answers.kind == "choice" and answers.command
    return None if menu and ctx.command is not None else answers


def keep(ctx: Context, open_: Dialogue | None, asking: Asking | None, reply_id: int) -> None:
    """What is asked now is open from now on; what was answered is so no more, and its end is kept."""
    if asking is not None:
        keep_open(ctx, asking, reply_id, room=ctx.where.room_id, thread=ctx.where.thread or "")
    elif open_ is not None and ctx.ended and not ctx.erased:
        dialogues.end(ctx.tx, open_.id, given=[list(one) for one in ctx.ended], event=ctx.event_id)
    elif open_ is not None:
        dialogues.close(
            ctx.tx,
            user_id=ctx.me.user_id,
            room_id=ctx.where.room_id,
            thread=ctx.where.thread or "",
        )


def keep_edited(ctx: Context, talk: Dialogue | None, reply_id: int) -> None:
    """What an edited message asks, or asks no more, by its reply; or the end of the conversation, told anew."""
    was = dialogues.find_asked_by(ctx.tx, reply_id)
    asking = ctx.asking or ctx.outside.asking
    if asking is not None:
        keep(ctx, None, asking, reply_id)
    elif was is not None:
        keep(ctx, was, None, reply_id)
    if talk is not None and ctx.ended:
        dialogues.end(ctx.tx, talk.id, given=[list(one) for one in ctx.ended], event=ctx.event_id)


def keep_word(ctx: Context, offer: Offer, reply_id: int) -> None:
    """The word is said; an edit of it is one of the command that it is the reason of."""
    cards.take_by_key(ctx.tx, outbox_id=offer.outbox_id, key=WORD, at=ctx.now)
    if ctx.ended:
        dialogues.add_ended(
            ctx.tx,
            user_id=ctx.me.user_id,
            room_id=ctx.where.room_id,
            command=offer.data["command"],
            given=[list(one) for one in ctx.ended],
            field=refusals.REASON,
            said_at=ctx.sent_at or ctx.now,
            reply_id=reply_id,
            event=ctx.event_id,
        )


def asks_again(tx: Tx, handled: Handled) -> Dialogue | None:
    """The conversation that asks once more for what this message could not answer."""
    row = handled.reply_id if was_answer(tx, handled) else None
    return dialogues.find_asked_by(tx, row) if row is not None else None


def is_former(talk: Dialogue | None, event_id: str) -> TypeGuard[Dialogue]:
    """Is this an answer in the conversation, but not the last one, with which the command is carried out anew?"""
    if talk is None:
        return False
    answers = [event for *_, event in talk.given]
    ended = talk.last == event_id and answers[-1:] == [event_id]  # and not by a «ja»
    return not ended and event_id in (talk.last, *answers)


def unheard(
    ctx: Context, message: Message, handled: Handled, talk: Dialogue | None, text: str | None, *, typed: bool
) -> Reply | None:
    """What is said of an edit that changes nothing: of an answer that counts no more, or of a sentence meanwhile.

    It would take the place of what is asked now.
    """
    open_ = talk or waiting(ctx.tx, message, ctx.where)
    asks = open_ is not None and open_.kind != "choice"
    if talk is not None:
        late = typed and talk.last is None
    elif was_answer(ctx.tx, handled):
        late = True
    else:
        late = asks and not typed and text is not None and find_command(text)[0] is None
    if not late:
        return None
    return still_open(ctx, open_) if open_ is not None and asks else NothingOpen()


def find_with(tx: Tx, user_id: str, event_id: str) -> Dialogue | None:
    """The conversation in which this was an answer, open or ended."""
    found = dialogues.list_of(tx, user_id)
    return next((one for one in found if event_id in (one.last, *(event for *_, event in one.given))), None)


def reword(ctx: Context, out: Outbox, asked: Dialogue, edit: Edit, text: str) -> None:
    """An answer before the end counts in its new wording; where that can't be read, an aside says so.

    Once the command is carried out, only the last answer is an edit of it; of another, an aside says so.
    """
    place = next((n for n, one in enumerate(asked.given) if one[2] == edit.target), None)
    if place is None and dialogue.is_yes(text):
        return
    if place is None or asked.last is not None:
        remark: Reply = StaysAsItIs(None, instead=None)
        out.remark(ctx.tx, edit.room_id, remark, ctx.language, cause=edit.event_id, at=ctx.now)
        return
    name, former, event = asked.given[place]
    try:
        said = dialogue.reread(ctx, asked, name, text)
    except Refused as refused:
        why = refused.reply.sentence if isinstance(refused.reply, BadInput) else ""
        known = isinstance(refused.reply, AnswerStays | AnswerTaken)
        remark = refused.reply if known else AnswerStays(why, former)
        out.remark(ctx.tx, edit.room_id, remark, ctx.language, cause=edit.event_id, at=ctx.now)
        return
    given = [*asked.given[:place], [name, said, event], *asked.given[place + 1 :]]
    dialogues.reword(ctx.tx, asked.id, given)
    if asked.kind == "preview":
        asked = cast("Any", asked)._replace(given=given)
        shown = dialogue.confirm_again(ctx, asked)
        if shown is None:
            return
        if shown.below is not None:
            ctx.outside.posts.append(Post(ctx.where.room_id, shown.below, below=True))
        edit_reply(out, ctx, asked.reply_id, shown.reply, cause=edit.event_id)


def was_answer(tx: Tx, handled: Handled) -> bool:
    """Was this an answer to a question, which was asked again, or the next one?"""
    if handled.command is not None or handled.reply_id is None or handled.outcome != "question":
        return False
    return machine_of(tx, handled.reply_id, handled.room_id).get("type") in QUESTIONS


def has_asked(tx: Tx, row: int, tap: Reaction) -> bool:
    """Has this row's message once asked for such a reaction, and asks no more?"""
    asked = dialogues.find_asked_by(tx, row)
    if asked is not None and tap.at - asked.said_at <= WAITS:
        return False
    part = machine_of(tx, row, tap.room_id)
    of_command = part.get("type") in QUESTIONS and "command" in part  # what is asked otherwise is an offer
    return dialogue.is_sign(tap.key) and (of_command or part.get("type") == "choice")


def tapped(tx: Tx, row: int, tap: Reaction) -> Message | None:
    """The tap, as the answer that it stands for; None if the message asks this person nothing any more."""
    open_ = dialogues.find_asked_by(tx, row)
    if open_ is None or open_.user_id != tap.sender or open_.room_id != tap.room_id:
        return None
    text = dialogue.tapped(open_, tap.key)
    if text is None or tap.at - open_.said_at > WAITS:
        return None
    return Message(
        tap.room_id,
        tap.event_id,
        tap.sender,
        tap.at,
        text=text,
        mentions=frozenset(),
        thread=open_.thread or None,
        replies_to=tap.target,
    )
