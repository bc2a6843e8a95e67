"""The vocabulary in which features are declared.

A feature is a module in this folder: its commands, replies, cards, taps and jobs are declared with the decorators
below and found by importing every module once (`commands.load`). Nothing else has to be told about them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter

from commands.framework.audiences import COORDINATION, EVERYONE, PERSON, Audience
from commands.framework.replies import Machine, Reply, Role, feature_of
from commands.words import EVERYDAY, VERBS, fold

if TYPE_CHECKING:
    from commands.calendars import Entry
    from commands.framework.context import Context


@dataclass(frozen=True)
class Parameter:
    """One argument of a command, as its signature declares it.

    `place` is where it is written: `word` and `line` in the head line (one word, or all that is left of it), `field`
    (`name: value`), or `body`.
    """

    name: str
    place: str
    hint: Any
    required: bool
    default: Any
    words: tuple[str, ...] = ()  # of a body: see `Place`
    kind: str = ""  # of the thing whose number it is
    runs_over: bool = False  # see `Place`

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What reads it; made when it is first needed, as all of them take a tenth of a second and 6 MB."""
        return TypeAdapter(self.hint)


@dataclass(frozen=True)
class Command:
    """A declared command; `name` is the canonical English one, `names` all that are understood."""

    name: str
    names: tuple[str, ...]
    role: Role
    summary: Mapping[str, str]
    example: Mapping[str, str]
    handler: Callable[..., Reply | None]
    parameters: tuple[Parameter, ...]
    direct: bool  # answered in the direct chat only
    coordination: bool  # but in the coordination room too
    reads: bool  # changes nothing
    own: str  # what of the asker's it changes alone: vote, seat, answer
    pausing: bool  # for who pauses too
    feature: str

    def called(self, language: str) -> str:
        """What to type, without the prefix: `idee neu` or `idea new`."""
        return self.names[0] if language == "de" else self.name

    @property
    def audience(self) -> Audience:
        """Who may hear what it answers, whatever the reply itself says."""
        return (COORDINATION if self.coordination else PERSON) if self.direct else EVERYONE

    @property
    def fields(self) -> tuple[Parameter, ...]:
        return tuple(p for p in self.parameters if p.place == "field")


COMMANDS: dict[str, Command] = {}  # by canonical name
NAMES: dict[str, Command] = {}  # by every folded name
Handler = TypeVar("Handler", bound=Callable[..., Any])


def command(
    *names: str,
    role: Role,
    de: str,
    en: str,
    example: tuple[str, str],
    direct: bool = False,
    coordination: bool = False,
    reads: bool = False,
    own: str = "",
    pausing: bool = False,
) -> Callable[[Handler], Handler]:
    """Declare a command.

    `names`: German first, English second (the canonical one), then further aliases; `de`, `en`: what it does, in a
    few words; `example`: what follows the name in a working command, German and English; `direct`: personal,
    answered in the direct chat only, with `coordination` also in the coordination room; `reads`: changes nothing, so
    that an edited one is simply answered anew; `own`: it changes only the asker's own vote, seat, rating or
    answer, so that others who do the same don't keep each other from taking theirs back; `pausing`: who pauses may
    use it too.

    Parameters before `*` stand in the head line, in order; a `Line` takes the rest of the line; those after `*` are
    fields, but for a `Body`, which is the text below. A parameter with a default is optional.
    """

    def declare(handler: Handler) -> Handler:
        declared = Command(
            name=names[1],
            names=names,
            role=role,
            summary={"de": de, "en": en},
            example={"de": example[0], "en": example[1]},
            handler=handler,
            parameters=_parameters(handler),
            direct=direct,
            coordination=coordination,
            reads=reads,
            own=own,
            pausing=pausing,
            feature=feature_of(handler),
        )
        if names[1] in COMMANDS:
            raise ValueError(f"two commands are called {names[1]!r}")
        COMMANDS[names[1]] = declared
        for key in _spellings(names):
            if NAMES.setdefault(key, declared) is not declared:
                raise ValueError(f"two commands are called {key!r}")
        return handler

    return declare


def _spellings(names: tuple[str, ...]) -> Iterator[str]:
    """Every way to type a command: each noun with each verb, in either language, with and without dots.

    A name of one word stands by itself, also beside those with a verb: `ergebnis` for `prozess ergebnis`.
    """
    yield from (spelt for name in names if " " not in name for spelt in fold(name))
    full = [name.split(maxsplit=1) for name in names if " " in name]
    verbs = [verb for _, verb in full]
    verbs += [alias for verb in verbs for alias in (*VERBS.get(verb, ()), *EVERYDAY.get(verb, ()))]
    for noun in (spelt for name, _ in full for spelt in fold(name)):
        yield from (f"{noun} {spelt}" for verb in verbs for spelt in fold(verb))


@dataclass(frozen=True)
class Place:
    """Marks in an annotation that an argument is not one word of the head line.

    `words`: with these, a line of the body may begin like a field (`Vereinbarung: …`), from the first line on.
    `runs_over`: of a line that is too long, the first clause is taken, and all of it is the text below.
    """

    name: str  # line or body
    words: tuple[str, ...] = ()
    runs_over: bool = False


@dataclass(frozen=True)
class Of:
    """Marks in an annotation that an argument is the number of a thing of this kind; as `types.reference` does."""

    kind: str


MEANT: dict[str, Callable[[Context], int | None]] = {}


def meant(kind: str) -> Callable[[Handler], Handler]:
    """Declare which thing of a kind is meant where none is named: that of the room, or the only one there is."""

    def declare(handler: Handler) -> Handler:
        if kind in MEANT:
            raise ValueError(f"two functions say which {kind!r} is meant")
        MEANT[kind] = handler
        return handler

    return declare


def _parameters(handler: Callable[..., Any]) -> tuple[Parameter, ...]:
    hints = get_type_hints(handler, include_extras=True)
    found = []
    for p in list(inspect.signature(handler).parameters.values())[1:]:
        hint = hints[p.name]
        marks = [m for part in (hint, *get_args(hint)) for m in _marks(part)]
        marked = next((m for m in marks if isinstance(m, Place)), Place("word"))
        place = marked.name
        if p.kind is p.KEYWORD_ONLY and place != "body":
            place = "field"
        required = p.default is p.empty
        default = None if required else p.default
        kind = next((m.kind for m in marks if isinstance(m, Of)), "")
        found.append(Parameter(p.name, place, hint, required, default, marked.words, kind, marked.runs_over))
    return tuple(found)


def _marks(hint: Any) -> tuple[Any, ...]:
    return tuple(getattr(hint, "__metadata__", ()))


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
    number_in: Callable[[Machine], int | None] | None = None


THINGS: dict[str, Thing] = {}  # by kind
LETTERS: dict[str, Thing] = {}


def card(
    kind: str,
    *,
    letter: str = "",
    sign: str = "",
    purpose: str,
    seeds: tuple[str, ...] = (),
    is_open: Callable[[Context, int], bool] | None = None,
    counter: str = "",
    number_in: Callable[[Machine], int | None] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare how the card of a kind of thing is made from its number.

    The function gets the context and the number and returns the card's value as it stands in the store; it raises
    `Refused` where there is no such thing. `seeds` are the reactions the bot puts below. `is_open`: is the thing of
    use to those in its room still? Such a card is posted again where the room lacks it; without, it always is.
    `counter`: by which such things are numbered, where that is not the kind's own.
    `number_in`: of which of them a message tells other programs, where it is not the thing of the reference.
    """

    def declare(handler: Handler) -> Handler:
        if kind in THINGS or letter in LETTERS:
            raise ValueError(f"two kinds are called {kind!r} or {letter!r}")
        THINGS[kind] = Thing(kind, letter, sign, handler, purpose, seeds, is_open, counter or kind, number_in)
        if letter:
            LETTERS[letter] = THINGS[kind]
        return handler

    return declare


@dataclass(frozen=True)
class Touch:
    """A reaction put on a card, or taken off it."""

    event_id: str
    key: str  # without variation selector and skin tone
    on: bool


TAPS: dict[tuple[str, str], Callable[[Context, int, Touch], None]] = {}
OWN_TAPS: dict[
    str, str
] = {}  # the kinds on whose cards reactions change only the person's own vote, seat, answer


WHILE_PAUSING: set[tuple[str, str]] = set()  # kind and key of what counts from who pauses too


def tap(kind: str, *keys: str, own: str = "", pausing: tuple[str, ...] = ()) -> Callable[[Handler], Handler]:
    """Declare what a reaction on the card of a kind of thing does, for an active member.

    The function gets the context, the number and the `Touch`. A refusal is told in the person's direct chat. `own`: as
    with commands; `pausing`: the keys that count from who pauses too, as taking off does.
    """

    def declare(handler: Handler) -> Handler:
        if own:
            OWN_TAPS[kind] = own
        WHILE_PAUSING.update((kind, plain_key(key)) for key in pausing)
        for key in keys:
            TAPS[kind, plain_key(key)] = handler
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
RECONCILERS: dict[str, Callable[[Context, int, Sequence[Present]], None]] = {}


def reconciler(kind: str) -> Callable[[Handler], Handler]:
    """Declare how a kind of thing is brought in line with the reactions that its card has on the homeserver.

    Run after each start for the newest cards, in case reactions were missed; must be safe to repeat.
    """

    def declare(handler: Handler) -> Handler:
        RECONCILERS[kind] = handler
        return handler

    return declare


EXPLAINED: dict[str, Callable[[], Reply]] = {}


def explained(*words: str) -> Callable[[Handler], Handler]:
    """Declare the reply that explains these words, where help is asked about one of them; without arguments."""

    def declare(made: Handler) -> Handler:
        for word in (spelt for one in words for spelt in fold(one)):
            if word in EXPLAINED:
                raise ValueError(f"two replies explain {word!r}")
            EXPLAINED[word] = made
        return made

    return declare


ANSWERED: dict[str, Callable[[Context, int, str], None]] = {}


def answered(kind: str) -> Callable[[Handler], Handler]:
    """Declare what follows when somebody writes in the thread of a kind's card, without the prefix.

    The function gets the context, the number and the text. It may keep the text only where the bot has asked this
    very person there; all else is talk between people.
    """

    def declare(handler: Handler) -> Handler:
        if kind in ANSWERED:
            raise ValueError(f"two functions listen in the threads of {kind!r}")
        ANSWERED[kind] = handler
        return handler

    return declare


ACTIONS: dict[str, Callable[..., Reply | None]] = {}
Right = Callable[["Context", int], None]
RIGHTS: dict[str, Right] = {}


def right(handler: Right) -> Right:
    """Declare a question of who may: it raises `Refused`, or is remembered, to be asked again on taking back."""
    name = f"{feature_of(handler)}.{handler.__name__}"
    RIGHTS[name] = handler

    @wraps(handler)
    def ask(ctx: Context, thing: int) -> None:
        handler(ctx, thing)
        ctx.rights.append([name, thing])

    return ask


def action(handler: Handler) -> Handler:
    """Declare a function that a reaction on a reply runs later: see `Context.offer` and `Context.undo`."""
    name = f"{feature_of(handler)}.{handler.__name__}"
    ACTIONS[name] = handler
    return handler


def action_name(handler: Callable[..., Any]) -> str:
    name = f"{feature_of(handler)}.{handler.__name__}"
    if name not in ACTIONS:
        raise ValueError(f"{name} is no @action")
    return name


@dataclass(frozen=True)
class Job:
    name: str
    every: timedelta
    handler: Callable[[Context], bool | None]


JOBS: dict[str, Job] = {}


def jobs() -> list[Job]:
    """All jobs, in the order in which they are looked at: by their names."""
    return [JOBS[name] for name in sorted(JOBS)]


def job(name: str, *, every: timedelta) -> Callable[[Handler], Handler]:
    """Declare what is looked at again and again: a function of the context, in a transaction of its own.

    What is due is a question to the store; a tick that finds nothing changes nothing. One that leaves something to
    do returns True, and is ticked again at once: so a large job never keeps people waiting for long.
    """

    def declare(handler: Handler) -> Handler:
        if name in JOBS:
            raise ValueError(f"two jobs are called {name!r}")
        JOBS[name] = Job(name, every, handler)
        return handler

    return declare


REMINDED: dict[str, Callable[[Context, int, timedelta, bool], Reply | None]] = {}


def reminded(kind: str) -> Callable[[Handler], Handler]:
    """Declare what people are told when they are reminded of a kind of thing (see `commands.notices.reminders`).

    The function gets the context, the number, the lead time, and whether it comes late after an outage; it returns
    what to say, the same for all people, or None where there is nothing to be reminded of any more.
    """

    def declare(handler: Handler) -> Handler:
        if kind in REMINDED:
            raise ValueError(f"two things to be reminded of are called {kind!r}")
        REMINDED[kind] = handler
        return handler

    return declare


@dataclass(frozen=True)
class AgendaItem:
    """A date in the agenda; `mine`: the person asked for takes part; `waits`: is on the waiting list.

    `asked` is what they have answered to an invitation that is not accepted: `open` or `maybe`.
    `entry` is what a calendar is told of it: dates of one series have the same, which is said once.
    """

    ref: str
    title: str
    start: datetime
    end: datetime | None  # None: not known
    place: str | None
    mine: bool = False
    waits: bool = False
    asked: str = ""
    entry: Entry | None = None

    @property
    def own(self) -> bool:
        """The person has to do with it."""
        return self.mine or self.waits or bool(self.asked)


Dates = Callable[["Context", datetime, "datetime | None", "str | None"], Sequence[AgendaItem]]
AGENDA: dict[str, Dates] = {}


def agenda_item(kind: str) -> Callable[[Dates], Dates]:
    """Declare what a kind of thing puts into the agenda.

    The function gets the context, the first moment asked for, the last (None: without end), and the person whose
    own dates are shown too (None: in a room). It returns what is planned in between, also what has begun before and
    is not over, in any order.
    """

    def declare(handler: Dates) -> Dates:
        if kind in AGENDA:
            raise ValueError(f"two kinds of dates are called {kind!r}")
        AGENDA[kind] = handler
        return handler

    return declare


ATTENDING: dict[str, Callable[[Context, str], Iterable[tuple[int, datetime]]]] = {}


def attending(kind: str) -> Callable[[Handler], Handler]:
    """Declare what a person is to be reminded of, of a kind with `@reminded`: number and start of what is to come.

    The function gets the context and the Matrix id. It is asked when the person's lead times change; it does not name
    what was planned at lead times of the feature's own.
    """

    def declare(handler: Handler) -> Handler:
        if kind in ATTENDING:
            raise ValueError(f"two kinds of things to attend are called {kind!r}")
        ATTENDING[kind] = handler
        return handler

    return declare


DEPARTURES: list[Callable[[Context, str], None]] = []


def departure(handler: Handler) -> Handler:
    """Declare what follows when a member leaves, is removed or erased: seats are freed, and those concerned told.

    The function gets the Matrix id, while the member's row and roles are still there.
    """
    DEPARTURES.append(handler)
    return handler


@dataclass(frozen=True)
class Return:
    """What somebody loses by going: how it is kept, and how it is given back."""

    kept: Callable[[Context, str], Any]
    give_back: Callable[[Context, str, Any], None]


RETURNS: dict[str, Return] = {}


def returning(name: str, *, give_back: Callable[[Context, str, Any], None]) -> Callable[[Handler], Handler]:
    """Declare what a member who is back after all, as the going was taken back, gets back of a feature.

    The function gets the Matrix id while everything is there still, and returns JSON values; `give_back` gets the same
    id and those values, and gives as much of it as nobody else has taken.
    """

    def declare(handler: Handler) -> Handler:
        if name in RETURNS:
            raise ValueError(f"two features give back {name!r}")
        RETURNS[name] = Return(handler, give_back)
        return handler

    return declare


PAUSES: list[Callable[[Context, str, bool], None]] = []


def pause_follower(handler: Handler) -> Handler:
    """Declare what follows when a member begins a pause, or is back: the function gets the Matrix id, and which."""
    PAUSES.append(handler)
    return handler


RENAMINGS: list[Callable[[Context, int], None]] = []


def renaming(handler: Handler) -> Handler:
    """Declare what follows when a process is called otherwise: the cards that say its name are edited.

    The function gets the process.
    """
    RENAMINGS.append(handler)
    return handler


PEOPLE: list[Callable[[Context, str], None]] = []


def person_follower(handler: Handler) -> Handler:
    """Declare what follows when somebody is called otherwise, says otherwise who they are, or takes part otherwise.

    The cards that name the person are edited. The function gets the Matrix id.
    """
    PEOPLE.append(handler)
    return handler


Came = Literal["joined", "left", "gone"]
MEMBERSHIPS: list[Callable[[Context, int, str, Came], None]] = []


def membership(handler: Handler) -> Handler:
    """Declare what follows when somebody has a confirmed seat in a group, or has none any more.

    The function gets the context, the process, the Matrix id, and whether the person has joined, or left, or is `gone`
    from the community too; the seat is as it is said already.
    """
    MEMBERSHIPS.append(handler)
    return handler


@dataclass(frozen=True)
class Movement:
    """Somebody was invited into a room, came in, went, or was removed; `by` is who did that."""

    user_id: str
    membership: str  # invite, join, leave, ban
    by: str


BELONGING: dict[str, Callable[[Context, int], bool]] = {}


def belonging(kind: str) -> Callable[[Handler], Handler]:
    """Declare whether the asker may know what is said in the rooms of a kind of thing, those of the purpose `kind 3`.

    The function gets the context and the number.
    """

    def declare(handler: Handler) -> Handler:
        if kind in BELONGING:
            raise ValueError(f"two functions say who belongs to {kind!r}")
        BELONGING[kind] = handler
        return handler

    return declare


MOVEMENTS: dict[str, Callable[[Context, int, Movement | None], None]] = {}


def movement(kind: str) -> Callable[[Handler], Handler]:
    """Declare what follows when people come and go in the rooms of a kind of thing: those of the purpose `kind 3`.

    The function gets the context, the number and the `Movement`; None where the bot has just got to know a room
    that it made for the thing (`ctx.errands` of the kind `create`). Must be safe to repeat.
    """

    def declare(handler: Handler) -> Handler:
        if kind in MOVEMENTS:
            raise ValueError(f"two functions follow who moves in the rooms of {kind!r}")
        MOVEMENTS[kind] = handler
        return handler

    return declare


@dataclass(frozen=True)
class Erasure:
    """What a feature stores about a person: how to export it, and how to erase it."""

    export: Callable[[Context, str], Any]
    erase: Callable[[Context, str], None]


PERSONAL: dict[str, Erasure] = {}


def personal(name: str, *, erase: Callable[[Context, str], None]) -> Callable[[Handler], Handler]:
    """Declare what a feature stores about a person; the function exports it as JSON values."""

    def declare(handler: Handler) -> Handler:
        PERSONAL[name] = Erasure(handler, erase)
        return handler

    return declare
