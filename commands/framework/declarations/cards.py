"""What has a card, and what reactions, answers and people who come and go do there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from commands.framework.registry import Registry

if TYPE_CHECKING:
    from commands.framework.context import Context
    from commands.framework.replies import Reply
    from storage.engine.base import Tx

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Thing:
    """A kind of thing that has a card and, but for registrations, a reference of a letter and a number."""

    kind: str
    letter: str
    sign: str
    card: Callable[[Context, int], Reply]
    purpose: str  # the room its card belongs into
    seeds: tuple[str, ...] = ()
    is_open: Callable[[Context, int], bool] | None = None
    counter: str = ""  # by which it is numbered
    within: str = ""  # the kind of which it is a part
    parts: tuple[str, ...] = ()  # of which its number's last digit is one, where the whole has several
    linked: Callable[[Context, int], Iterable[tuple[str, int]]] | None = None  # whose cards link to its card
    some: Callable[[Tx, int], tuple[str, ...]] | None = None  # of `seeds`, where a thing has not all of them

    def signs(self, tx: Tx, number: int) -> tuple[str, ...]:
        """The reactions that the bot puts below the card of this very thing."""
        return self.seeds if self.some is None else self.some(tx, number)


THINGS: Registry[str, Thing] = Registry("the kind")
LETTERS: Registry[str, Thing] = Registry("the letter")


def card(
    kind: str,
    *,
    letter: str = "",
    sign: str = "",
    purpose: str,
    seeds: tuple[str, ...] = (),
    is_open: Callable[[Context, int], bool] | None = None,
    counter: str = "",
    within: str = "",
    parts: tuple[str, ...] = (),
    linked: Callable[[Context, int], Iterable[tuple[str, int]]] | None = None,
    some: Callable[[Tx, int], tuple[str, ...]] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare how the card of a kind of thing is made from its number.

    The function gets the context and the number and returns the card's value as it stands in the store; it raises
    `Refused` where there is no such thing. `seeds` are the reactions the bot puts below. `is_open`: is the thing of
    use to those in its room still? Such a card is posted again where the room lacks it; without, it always is.
    `counter`: by which such things are numbered, where that is not the kind's own.
    `within`: the kind of which it is a part, as a group is of its process, with the same number; with `parts`, by name,
    the whole has several, and the place among them is one more digit behind its number.
    `linked`: whose cards, by kind and number, link to this one: they are edited where it is removed, or posted anew.
    `some`: which of the seeds the card of this number has, where not each has all of them.
    """

    def declare(handler: Handler) -> Handler:
        thing = Thing(
            kind, letter, sign, handler, purpose, seeds, is_open, counter or kind, within, parts, linked, some
        )
        THINGS.add(kind, thing, handler)
        if letter:
            LETTERS.add(letter, thing, handler)
        return handler

    return declare


@dataclass(frozen=True)
class Touch:
    """A reaction put on a card, or taken off it."""

    event_id: str
    key: str  # without variation selector and skin tone
    on: bool


TAPS: Registry[tuple[str, str], Callable[[Context, int, Touch], None]] = Registry("the reaction")
# The kinds on whose cards reactions change only the person's own vote, seat, answer.
OWN_TAPS: Registry[str, str] = Registry("what a reaction changes of the person's own, on the kind")


TAPPED: dict[
    str, list[Mapping[str, str]]
] = {}  # by kind, what is said of the reactions that count, by language


WHILE_PAUSING: set[tuple[str, str]] = set()  # kind and key of what counts from who pauses too


def tap(
    kind: str, *keys: str, de: str, en: str, own: str = "", pausing: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Declare what a reaction on the card of a kind of thing does, for an active member.

    The function gets the context, the number and the `Touch`. A refusal is told in the person's direct chat.
    `de`, `en`: each key with what it says, «👍 für dafür, 👎 für dagegen», for a person who puts another one there.
    `own`: as with commands; `pausing`: the keys that count from who pauses too, as taking off does.
    """
    if unsaid := [key for key in keys for text in (de, en) if key not in text]:
        raise ValueError(f"the reactions of {kind!r}: {unsaid[0]} has to stand in `de` and in `en`")

    def declare(handler: Handler) -> Handler:
        if own:
            OWN_TAPS.add(kind, own, handler)
        WHILE_PAUSING.update((kind, plain_key(key)) for key in pausing)
        for key in keys:
            TAPS.add((kind, plain_key(key)), handler, handler)
        TAPPED.setdefault(kind, []).append({"de": de, "en": en})
        return handler

    return declare


def plain_key(key: str) -> str:
    """The reaction without variation selectors and skin tones: ❤ and ❤️, 👍 and 👍🏽 are the same."""
    return "".join(c for c in key if c not in "\ufe0e\ufe0f" and not "\U0001f3fb" <= c <= "\U0001f3ff")


ALIKE = ("👍", "✔", "☑")  # for ✅, on what knows no 👎


def sign(kind: str, shown: str) -> str:
    """The key that the reaction stands for on what is about this kind of thing."""
    key = plain_key(shown)
    same = key in ALIKE and (kind, "✅") in TAPS and (kind, "👎") not in TAPS
    return "✅" if same and (kind, key) not in TAPS else key


Present = tuple[str, str, str, datetime]  # a reaction on the homeserver: event id, Matrix id, key, time
RECONCILERS: Registry[str, Callable[[Context, int, Sequence[Present]], None]] = Registry(
    "who reconciles the kind"
)


def reconciler(kind: str) -> Callable[[Handler], Handler]:
    """Declare how a kind of thing is brought in line with the reactions that its card has on the homeserver.

    Run after each start for the newest cards, in case reactions were missed; must be safe to repeat.
    """

    def declare(handler: Handler) -> Handler:
        RECONCILERS.add(kind, handler, handler)
        return handler

    return declare


@dataclass(frozen=True)
class Vote:
    """What somebody has chosen in a poll by now."""

    places: tuple[int, ...]  # of the choices, from 1 on; empty: no vote, or no more
    at: datetime  # when they did so, by the homeserver's time


@dataclass(frozen=True)
class Polled:
    handler: Callable[[Context, int, Vote], None]
    own: str


POLLED: Registry[str, Polled] = Registry("who counts in the polls of the kind")


def polled(kind: str, *, own: str) -> Callable[[Handler], Handler]:
    """Declare what follows when an active member, or one who pauses, chooses in the poll of a kind of thing.

    The function gets the context, the number and the `Vote`: all that the person has chosen, in place of what they
    chose before. What was sent before the poll's end may be told after it. A refusal is told in the direct chat.
    `own`: as with commands. Where responses were missed, they are told later; a vote comes twice at most where
    nothing of the first was kept.
    """

    def declare(handler: Handler) -> Handler:
        POLLED.add(kind, Polled(handler, own), handler)
        return handler

    return declare


ANSWERED: Registry[str, Callable[[Context, int, str], None]] = Registry(
    "who listens in the threads of the kind"
)


def answered(kind: str) -> Callable[[Handler], Handler]:
    """Declare what follows when somebody writes in the thread of a kind's card, without the prefix.

    The function gets the context, the number and the text. It may keep the text only where the bot has asked this
    very person there; all else is talk between people.
    """

    def declare(handler: Handler) -> Handler:
        ANSWERED.add(kind, handler, handler)
        return handler

    return declare


@dataclass(frozen=True)
class Movement:
    """Somebody was invited into a room, came in, went, or was removed; `by` is who did that."""

    user_id: str
    membership: str  # invite, join, leave, ban
    by: str


BELONGING: Registry[str, Callable[[Context, int], bool]] = Registry("who belongs to the kind")


def belonging(kind: str) -> Callable[[Handler], Handler]:
    """Declare whether the asker may know what is said in the rooms of a kind of thing, those of the purpose `kind 3`.

    The function gets the context and the number.
    """

    def declare(handler: Handler) -> Handler:
        BELONGING.add(kind, handler, handler)
        return handler

    return declare


MOVEMENTS: Registry[str, Callable[[Context, int, Movement | None], None]] = Registry(
    "who follows who moves, of the kind"
)


def movement(kind: str) -> Callable[[Handler], Handler]:
    """Declare what follows when people come and go in the rooms of a kind of thing: those of the purpose `kind 3`.

    The function gets the context, the number and the `Movement`; None where the bot has just got to know a room
    that it made for the thing (`ctx.outside.errands` of the kind `create`). Must be safe to repeat.
    """

    def declare(handler: Handler) -> Handler:
        MOVEMENTS.add(kind, handler, handler)
        return handler

    return declare
