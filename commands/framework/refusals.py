"""A word with a refusal: who has said no may say why, in the direct chat, and it goes to those alone whom it concerns.

Nobody has to: the next plain message within ten minutes is that word, unless something else is clearly meant by it.
The word is the reason of the command that says no; so it is edited, and taken back, like any command.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from commands.fields import QUESTIONS
from commands.framework import sentences
from commands.framework.context import WORD, Context
from commands.framework.declarations import COMMANDS
from commands.framework.grammar import find_command, implied_command
from commands.framework.outside import OfferMade, Post
from commands.framework.questions import Question
from commands.framework.registry import Registry
from commands.framework.replies import Reply, Role
from commands.words import means_nothing
from storage import cards, dialogues
from storage.cards import Offer

WITHIN: Final = timedelta(minutes=10)
LONGEST: Final = 1000  # characters of it that are told
REASON: Final = "reason"  # the parameter that takes it
NOTHING: Final = (
    *("nein", "nein danke", "nö", "nee", "nei", "lieber nicht", "doch nicht", "nein doch nicht"),
    *("weiss nicht", "weiss ich nicht", "keine ahnung", "weiter", "ohne grund", "kein grund"),
    *("no", "no thanks", "no thank you", "rather not", "no idea", "don't know", "skip"),
)

Handler = TypeVar("Handler", bound=Callable[..., Any])
REFUSING: Registry[str, Callable[[Context, int], bool]] = Registry("who has said no by the command")


def refusing(command: str) -> Callable[[Handler], Handler]:
    """Declare whether the asker still says no, by this command or a tap, to the thing of that number."""

    def declare(says_no: Handler) -> Handler:
        REFUSING.add(command, says_no, says_no)
        return says_no

    return declare


def invite(ctx: Context, command: str, number: int) -> None:
    """Who has just said no is invited to say why, once, below what is said to them anyway."""
    until = (ctx.sent_at or ctx.now) + WITHIN
    offer = OfferMade(WORD, WORD, {"command": command, "number": number}, ctx.me.user_id, Role.KNOWN, until)
    if any(one.data == offer.data for one in _open(ctx, at=ctx.sent_at or ctx.now)):
        return
    said = QUESTIONS[f"{command} {REASON}{' by reply' if dialogues.is_asked(ctx.tx, ctx.me.user_id) else ''}"]
    question = Question(command, REASON, said)
    told = next((post for post in ctx.outside.posts if post.to == ctx.me.user_id and not post.then), None)
    if ctx.command is not None and ctx.where.direct:
        ctx.outside.posts.append(Post(ctx.where.room_id, question, below=True))
        ctx.outside.offers.append(offer)
    elif told is not None:
        told.then = question
        told.offers.append(offer)
    else:
        ctx.outside.posts.append(Post(ctx.me.user_id, question, offers=[offer]))


def _open(ctx: Context, *, at: datetime) -> list[Offer]:
    return cards.list_offers(ctx.tx, user_id=ctx.me.user_id, key=WORD, at=at)


def asked(ctx: Context, text: str, *, row: int | None = None) -> Offer | None:
    """The refusal that this message in the direct chat says a word about; None if it is something else.

    `row`: of the message that it is a reply to.
    """
    bare = text.strip()
    if not any(c.isalpha() for c in bare) or find_command(bare)[0] or implied_command(bare):
        return None
    found = [
        o for o in _open(ctx, at=ctx.sent_at or ctx.now) if REFUSING[o.data["command"]](ctx, o.data["number"])
    ]
    if row is not None and (one := next((o for o in found if o.outbox_id == row), None)) is not None:
        return one
    return None if not found or _is_else(ctx, bare, found[0].data["command"]) else found[0]


def is_asked_by(ctx: Context, row: int, *, at: datetime) -> bool:
    """Does this row's message invite the person to say why?"""
    return any(offer.outbox_id == row for offer in _open(ctx, at=at))


def _is_else(ctx: Context, text: str, command: str) -> bool:
    """Is clearly something else meant than why the person said no?

    That is no more certain of a day off, say, than of what the bot can do about one: a command must be named, or
    another answer be given to the same.
    """
    understood = sentences.read(ctx, text)
    if understood.greeting or understood.certain:
        return True
    if not understood.lines:
        return False
    refused, meant = COMMANDS[command], understood.lines[0].command
    noun, own = refused.name.partition(" ")[0], refused.own
    other = meant.own == own and meant.name.partition(" ")[0] == noun
    return meant.name != command and (other or (understood.clear and understood.about and understood.wants))


def says_nothing(text: str) -> bool:
    """Does the person not want to say anything?"""
    return means_nothing(" ".join(text.split()).strip("«».! "), *NOTHING)


def tell(
    ctx: Context,
    to: str,
    reply: Reply,
    *,
    of: str,
    beneath: tuple[str, int] | None = None,
    only_again: bool = False,
) -> None:
    """The word is told to this person or room; told before, by this event `of`, that message is edited.

    `beneath`: in this card's thread. `only_again`: it is taken back; where it was not told, nothing is.
    """
    room = to if to.startswith("@") else ctx.room_for(to)
    if room is not None:
        again = (of, f"word {room}")
        ctx.outside.posts[:] = [post for post in ctx.outside.posts if post.again != again]
        ctx.outside.posts.append(Post(room, reply, again=again, beneath=beneath, only_again=only_again))
