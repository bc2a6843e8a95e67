"""What people type: commands, and what their arguments are."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter

from commands.framework.audiences import COORDINATION, EVERYONE, PERSON, Audience
from commands.framework.registry import Registry, feature_of
from commands.words import EVERYDAY, VERBS, fold

if TYPE_CHECKING:
    from commands.framework.context import Context
    from commands.framework.replies import Reply, Role


Words = tuple[str, str]  # German and English


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
    found: str = ""  # see `Found`
    # Of one that a command takes because of another one, see `further` of `command`:
    asked: Words | None = None  # how it is asked for
    before: Words | None = None  # what is said before
    among: tuple[tuple[str, str, str], ...] = ()  # key, value and label of what can be picked
    several: bool = False  # of these
    own_words: bool = False  # or others
    takes: Callable[[Context, str], None] | None = None  # does at once what the answer is for; it is not kept
    taken: bool = False  # has been done
    valued: str = ""  # of what it is picked, where that is not all of the kind: see `@valued`

    @property
    def meant(self) -> str:
        """Of what the only one is meant where none is named: its own choice, else all of the kind; see `@meant`."""
        return self.valued if self.valued in MEANT else self.kind

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """The adapter that reads it; made when it is first needed, as all of them take a tenth of a second and 6 MB."""
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
    asks: tuple[str, ...]  # parameters that are asked for too, where something was asked for
    previews: bool  # where questions have made it, it is shown before it is done
    sure: bool  # in a conversation it is asked once more whether it is meant
    feature: str
    words: tuple[str, ...] = ()  # by which a sentence may mean it
    offer: Mapping[str, str] = field(default_factory=dict)
    for_others: Mapping[str, str] = field(
        default_factory=dict
    )  # the same, where it is done for somebody else
    there: Callable[[Context], bool] | None = None  # something that it is for
    further: Callable[[Context, Mapping[str, str]], tuple[Parameter, ...]] | None = None
    takes: Callable[[bytes], Any] | None = None  # reads the file that comes with it
    first: Callable[[Context, Mapping[str, Any]], None] | None = None  # refuses before anything is asked

    def called(self, language: str) -> str:
        """The words to type, without the prefix: `idee neu` or `idea new`."""
        return self.names[0] if language == "de" else self.name

    def offered(self, language: str, *, for_others: bool = False) -> str:
        """The few plain words by which it is offered."""
        said = (
            (for_others and self.for_others.get(language))
            or self.offer.get(language)
            or self.summary[language]
        )
        return said[0].upper() + said[1:]

    @property
    def audience(self) -> Audience:
        """The people who may hear its answer, whatever the reply itself says."""
        return (COORDINATION if self.coordination else PERSON) if self.direct else EVERYONE

    @property
    def fields(self) -> tuple[Parameter, ...]:
        return tuple(p for p in self.parameters if p.place == "field")


COMMANDS: Registry[str, Command] = Registry("the command")  # by canonical name
NAMES: Registry[str, Command] = Registry("the name of a command")  # by every folded one
ALONE: Registry[str, Command] = Registry(
    "the name alone"
)  # what another command's name means with nothing behind
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
    words: tuple[str, ...] = (),
    offer: tuple[str, str] | None = None,
    for_others: tuple[str, str] | None = None,
    there: Callable[[Context], bool] | None = None,
    asks: tuple[str, ...] = (),
    previews: bool = False,
    sure: bool = False,
    further: Callable[[Context, Mapping[str, str]], tuple[Parameter, ...]] | None = None,
    alone: tuple[str, ...] = (),
    takes: Callable[[bytes], Any] | None = None,
    first: Callable[[Context, Mapping[str, Any]], None] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a command.

    `names`: German first, English second (the canonical one), then further aliases; `de`, `en`: what it does, in a
    few words; `example`: what follows the name in a working command, German and English; `direct`: personal,
    answered in the direct chat only, with `coordination` also in the coordination room; `reads`: changes nothing, so
    that an edited one is simply answered anew; `own`: it changes only the asker's own vote, seat, rating or
    answer, so that others who do the same don't keep each other from taking theirs back; `pausing`: who pauses may
    use it too; `words`: further words by which a sentence may mean it, in any language, beside its names, what is
    said for these (`commands.words.SAID`) and its summary; of several in one text all must be there, small ones too;
    `offer`: the words by which it is offered, German and English, where the summary does not do; `there`: whether
    there is something that it is for, where none is named (no «leave» for one who is in nothing);
    `asks`: the texts that people usually want to give, asked for after what is required, if that had to be asked for;
    `previews`: it reaches many, and is shown as it will be, if questions have made it; `sure`: it is hard to take back,
    and asked once more in a conversation; `further`: what it takes beside, once the texts of its own parameters are
    known, each asked for in turn in the conversation, and given to the handler by name (`**more`), or one of its own
    parameters, with what it is picked from by then; `alone`: commands
    whose names mean this one where nothing stands behind them, or only its fields; `takes`: it comes with a file, which
    this function of a module reads, in a process of its own; what it returns is `ctx.file`, see `framework.files`;
    `first`: refuses by what is known so far, before the rest is asked for, what the command would refuse at its end.

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
            asks=asks,
            previews=previews,
            sure=sure,
            feature=feature_of(handler),
            words=words,
            offer={"de": offer[0], "en": offer[1]} if offer is not None else {},
            for_others={"de": for_others[0], "en": for_others[1]} if for_others is not None else {},
            there=there,
            further=further,
            takes=takes,
            first=first,
        )
        COMMANDS.add(declared.name, declared, handler)
        for key in dict.fromkeys(_spellings(names)):
            NAMES.add(key, declared, handler)
        for name in alone:
            ALONE.add(name, declared, handler)
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
class Named:
    """A command that messages tell people to type; with arguments, the line without prefix, by its canonical name."""

    name: str

    def __call__(self, *arguments: object) -> str:
        return " ".join((self.name, *map(str, arguments)))


NAMED: list[Named] = []


def named(name: str) -> Named:
    """Declare that messages name this command, by its canonical name; without such a command nothing starts."""
    NAMED.append(Named(name))
    return NAMED[-1]


def check_named() -> None:
    """Each command that messages name is there."""
    if missing := sorted({one.name for one in NAMED} - COMMANDS.keys()):
        raise ValueError(f"no commands, but named in messages: {', '.join(missing)}")


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
    among: str = ""


@dataclass(frozen=True)
class Found:
    """Marks in an annotation what of a sentence it may be: a date, a person, a municipality, a link, one of a few words
    that need not be said (`choice`), or a thing of any kind.
    """

    what: str


MEANT: Registry[str, Callable[[Context], int | None]] = Registry("which thing is meant, of the kind")


def meant(kind: str) -> Callable[[Handler], Handler]:
    """Declare which thing of a kind is meant where none is named: that of the room, or the only one there is."""

    def declare(handler: Handler) -> Handler:
        MEANT.add(kind, handler, handler)
        return handler

    return declare


VALUES: Registry[str, Callable[[Context], list[tuple[int, str]]]] = Registry("what may be meant, of the kind")


def valued(kind: str) -> Callable[[Handler], Handler]:
    """Declare the things of a kind of which the asker is likely to mean one, the likeliest first: number and title.

    Or those of a choice by its name, see `types.reference`.
    """

    def declare(handler: Handler) -> Handler:
        VALUES.add(kind, handler, handler)
        return handler

    return declare


UNNAMED: Registry[str, Callable[[Context, re.Match[str]], str | None]] = Registry("a text like")


def unnamed(pattern: str) -> Callable[[Handler], Handler]:
    """Declare what somebody means in the direct chat by a text of this pattern that names no command.

    The function gets the context and the match, and returns the line that is carried out, or None where it does not
    mean that for this person now. Only for what the bot has told people to answer so.
    """

    def declare(handler: Handler) -> Handler:
        UNNAMED.add(pattern, handler, handler)
        return handler

    return declare


SUGGESTED: Registry[str, Callable[[Context], list[str]]] = Registry("words to pick from, of the field")


def suggested(field: str) -> Callable[[Handler], Handler]:
    """Declare the words of which a person may pick several where a list is asked for, the commonest first."""

    def declare(handler: Handler) -> Handler:
        SUGGESTED.add(field, handler, handler)
        return handler

    return declare


NUMBERED: Registry[str, Callable[[Context, tuple[int, ...]], list[tuple[str, str]]]] = Registry(
    "what numbers alone mean, of the kind"
)


def numbered(kind: str) -> Callable[[Handler], Handler]:
    """Declare the lines that numbers alone stand for in the direct chat, each with how it is offered.

    They answer what the bot has asked by itself, where no question, choice or menu is open that takes them. The numbers
    are empty where «none of them» was said.
    """

    def declare(handler: Handler) -> Handler:
        NUMBERED.add(kind, handler, handler)
        return handler

    return declare


TITLED: Registry[str, Callable[[Context, str], list[tuple[int, str]]]] = Registry(
    "found by title, of the kind"
)


def titled(kind: str) -> Callable[[Handler], Handler]:
    """Declare how things of a kind are found by words of their titles: number and title. Else by `valued`."""

    def declare(handler: Handler) -> Handler:
        TITLED.add(kind, handler, handler)
        return handler

    return declare


def _parameters(handler: Callable[..., Any]) -> tuple[Parameter, ...]:
    hints = get_type_hints(handler, include_extras=True)
    found = []
    for p in list(inspect.signature(handler).parameters.values())[1:]:
        if p.kind is p.VAR_KEYWORD:  # see `further`
            continue
        hint = hints[p.name]
        marks = [m for part in (hint, *get_args(hint)) for m in _marks(part)]
        marked = next((m for m in marks if isinstance(m, Place)), Place("word"))
        place = marked.name
        if p.kind is p.KEYWORD_ONLY and place != "body":
            place = "field"
        required = p.default is p.empty
        default = None if required else p.default
        of = next((m for m in marks if isinstance(m, Of)), Of(""))
        named_by = next((m.what for m in marks if isinstance(m, Found)), "")
        found.append(
            Parameter(
                p.name,
                place,
                hint,
                required,
                default,
                marked.words,
                of.kind,
                marked.runs_over,
                found=named_by,
                valued=of.among,
            )
        )
    return tuple(found)


def _marks(hint: Any) -> tuple[Any, ...]:
    return tuple(getattr(hint, "__metadata__", ()))


EXPLAINED: Registry[str, Callable[[], Reply]] = Registry("what explains the word")


def explained(*words: str) -> Callable[[Handler], Handler]:
    """Declare the reply that explains these words, where help is asked about one of them; without arguments."""

    def declare(made: Handler) -> Handler:
        for word in (spelt for one in words for spelt in fold(one)):
            EXPLAINED.add(word, made, made)
        return made

    return declare
