"""The types of arguments: each reads itself from what a person typed, or says in a sentence why it can't.

Handlers annotate their parameters with these; `commands.framework.arguments` applies them through pydantic, with
the context.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from commands import dates
from commands.framework import municipality_names
from commands.framework.declarations import LETTERS, THINGS, Of, Place, plain_key
from commands.words import fold, key_of, normal
from storage import members, municipalities
from storage.engine.base import Tx
from storage.members import Member

TITLE_LENGTH = 120
BODY_LENGTH = 4000
SHORT_LENGTH = 200
SHOWN_NAMES, NAMES_READ = 3, 500  # of people who may be meant


class Unreadable(ValueError):  # noqa: N818 - names what the argument is
    """An argument that can't be understood, with the sentence for it in both languages."""

    def __init__(
        self,
        *,
        de: str,
        en: str,
        code: str = "bad_input",
        field: str | None = None,
        nearest: str | None = None,
    ) -> None:
        super().__init__(en)
        self.sentence = {"de": de, "en": en}
        self.code, self.field, self.nearest = code, field, nearest


class NoNumber(Unreadable):
    """What was typed is no reference of a thing."""


class Unclear(Unreadable):
    """One person is likely meant, but was not named in full: asked, before something is changed."""

    def __init__(self, typed: str, one: Member, *, others: Mapping[str, Member] | None = None) -> None:
        self.meant = {typed: one, **(others or {})}
        names = ", ".join(member.name for member in self.meant.values())
        super().__init__(
            de=f"Meinten Sie {names}?", en=f"Did you mean {names}?", code="not_found", nearest=one.name
        )


def _one_line(text: str) -> str:
    """The text in one line; what consists of invisible characters only is empty."""
    line = " ".join(text.split())
    return line if any(unicodedata.category(c)[0] not in "CZ" for c in line) else ""


@dataclass(frozen=True)
class _Reference(Of):
    """The number of a thing of this kind, as pydantic reads it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def read(self, raw: Any) -> Any:
        if not isinstance(raw, str):
            return raw
        typed = raw.strip().lstrip("#").upper()
        letter = THINGS[self.kind].letter if self.kind in THINGS else ""
        if letter and typed.startswith(letter):
            typed = typed[len(letter) :].lstrip(" #")
        if typed.isascii() and typed.isdigit() and 0 < int(typed) < 2**31:
            return int(typed)
        raise NoNumber(
            de=f"«{raw}» ist keine Nummer. Schreiben Sie zum Beispiel {letter}12.",
            en=f"«{raw}» is not a number. Write {letter}12, for example.",
        )


def reference(kind: str) -> Of:
    """For the number of a thing of this kind: `I12`, `12` and `#12` are read. `Annotated[int, reference("idea")]`."""
    return _Reference(kind)


def _any_reference(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    match = re.fullmatch(r"#?([A-Za-z])\s*#?(\d{1,9})", raw.strip())
    thing = LETTERS.get(match[1].upper()) if match else None
    if match is None or thing is None:
        letters = ", ".join(f"{t.letter}12" for t in LETTERS.values())
        raise Unreadable(
            de=f"«{raw}» kenne ich nicht. Schreiben Sie Buchstabe und Nummer: {letters}.",
            en=f"I don't know «{raw}». Write a letter and a number: {letters}.",
        )
    return thing.kind, int(match[2])


AnyRef = Annotated[tuple[str, int], BeforeValidator(_any_reference)]
"""A thing of any kind: `I12` becomes `("idea", 12)`."""


class Choice:
    """One of a few words, in either language: `Annotated[str, Choice({"stimmen": "votes"}).read]`."""

    def __init__(
        self,
        words: Mapping[str, str],
        also: Mapping[str, str],
        meanings: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        codes = [code.replace("_", " ") for code in dict.fromkeys(words.values())]
        self.shown = {"de": ", ".join(words), "en": ", ".join(codes)}
        for index, language in enumerate(("de", "en") if meanings else ()):
            self.shown[language] += ". " + "; ".join(
                f"{code} = {says[index]}" for code, says in (meanings or {}).items()
            )
        both = {**also, **words}
        self.codes = {
            key: code
            for word, code in both.items()
            for key in (*fold(word), *fold(code), *fold(code.replace("_", " ")))
        }

    def __call__(self, raw: Any) -> Any:
        if not isinstance(raw, str):
            return raw
        code = self.codes.get(normal(plain_key(raw)))
        if code is not None:
            return code
        near = difflib.get_close_matches(normal(raw), list(self.codes), n=1, cutoff=0.6)
        raise Unreadable(
            de=f"«{raw}» geht hier nicht. Möglich sind: {self.shown['de']}.",
            en=f"«{raw}» is not possible here. Choose one of: {self.shown['en']}.",
            nearest=near[0] if near else None,
        )


def choice(**words: str) -> BeforeValidator:
    """A validator for one of a few words: `choice(stimmen="votes", neu="new")`, German word to code."""
    return BeforeValidator(Choice(words, {}))


def choices(
    words: Mapping[str, str],
    *,
    also: Mapping[str, str] | None = None,
    meanings: Mapping[str, tuple[str, str]] | None = None,
) -> BeforeValidator:
    """The same as `choice`, for words that are no names in Python; `also`: understood, but not offered.

    `meanings`: what the codes mean, where the words don't say it.
    """
    return BeforeValidator(Choice(words, also or {}, meanings))


_MENTION = re.compile(r"@[^\s:]+:[^\s]+")
MOST_PEOPLE: Final = 200  # named in one command: each is looked for
_LONGEST_NAME: Final = 200  # characters; what is longer names nobody, and the store is not asked for it


def _name(typed: str) -> str:
    """What was typed, where it may be a name."""
    if len(typed) > _LONGEST_NAME:
        raise Unreadable(
            de=f"«{typed[:40]} …» ist zu lang für einen Namen.",
            en=f"«{typed[:40]} …» is too long for a name.",
            code="not_found",
        )
    return typed


def _called(tx: Tx, typed: str) -> list[Member]:
    """The members of this name: with an `@`, first those whose Matrix id begins so; else by display name.

    Of names that differ in accents and signs only, the one that is spelt exactly so; one without letters is only that.
    """
    name = typed.removeprefix("@")
    if name != typed and (local := members.find_local(tx, name.lower())):
        return local
    found = members.find_named(tx, key_of(name)) if name else []
    spelt_so = [one for one in found if normal(one.name) == normal(name)]
    return spelt_so or (found if any(map(str.isalpha, name)) else [])


def _member(raw: Any, info: ValidationInfo) -> Any:
    """A Matrix id as it is (also of one who is no member), else the one member of this name."""
    if not isinstance(raw, str):
        return raw
    typed = _name(raw.strip())
    if _MENTION.fullmatch(typed):
        return typed
    ctx: Any = info.context
    found = _called(ctx.tx, typed)
    if len(found) == 1:
        return found[0].user_id
    if found:
        ids = ", ".join(m.user_id for m in found)
        raise Unreadable(
            de=f"«{typed}» heissen mehrere: {ids}. Bitte eine dieser Kennungen angeben.",
            en=f"Several people are called «{typed}»: {ids}. Please give one of these ids.",
        )
    near = _alike(ctx, key_of(typed))
    exact = [one for one in near if key_of(typed) in (f" {one.name_key} ".split() or [])]
    near = exact if len(exact) == 1 else near
    if len(near) == 1 and ctx.command is not None and ctx.command.reads:
        return near[0].user_id
    if len(near) == 1:
        raise Unclear(typed, near[0])
    names = ", ".join(one.name for one in near[:SHOWN_NAMES])
    hint_de = f" Meinten Sie {names}?" if near else " Schreiben Sie den Namen so, wie er im Raum steht."
    hint_en = f" Did you mean {names}?" if near else " Write the name as it stands in the room."
    raise Unreadable(
        de=f"«{typed}» finde ich nicht unter den Mitgliedern.{hint_de}",
        en=f"I can't find «{typed}» among the members.{hint_en}",
        code="not_found",
        nearest=near[0].name if near else None,
    )


def _alike(ctx: Any, key: str) -> list[Member]:
    """People one of whose names begins so; else one whose name is spelt nearly so."""
    from commands.framework.audiences import COORDINATION, admits  # noqa: PLC0415 - they know rooms, which types do not
    from commands.framework.replies import Role  # noqa: PLC0415 - replies know nothing of types

    if not key:
        return []
    # Who has only registered is named to coordinators, and where they are among themselves.
    told = ctx.me.role >= Role.COORDINATOR and admits(ctx.tx, ctx.where, COORDINATION, bot=ctx.settings.bot)
    found = members.list_alike(ctx.tx, key, waiting=told)
    if found:
        return found
    names = {one.name_key: one for one in members.list_names(ctx.tx, key[:1], limit=NAMES_READ)}
    return [names[name] for name in difflib.get_close_matches(key, list(names), n=1, cutoff=0.8)]


MemberRef = Annotated[str, BeforeValidator(_member), Place("line")]
"""A person, as Matrix id: by mention, `@user:server` or unambiguous display name."""


def _applicant(raw: Any, info: ValidationInfo) -> Any:
    ctx: Any = info.context
    declined = members.find_declined(ctx.tx, key_of(_name(raw.strip()))) if isinstance(raw, str) else []
    return (
        declined[0].user_id if len(declined) == 1 and not _called(ctx.tx, raw.strip()) else _member(raw, info)
    )


def _few(parts: list[str]) -> list[str]:
    """As many as people may be named at once."""
    if len(parts) > MOST_PEOPLE:
        raise Unreadable(
            de=f"Das sind zu viele auf einmal: höchstens {MOST_PEOPLE} Personen.",
            en=f"These are too many at once: {MOST_PEOPLE} people at most.",
            code="too_large",
        )
    return parts


def _members(raw: Any, info: ValidationInfo, one_of: Callable[[Any, ValidationInfo], Any] = _member) -> Any:
    """Several, separated by commas; ids also by spaces. Beside semicolons, commas may belong to a name."""
    if not isinstance(raw, str):
        return raw
    if all(_MENTION.fullmatch(word.rstrip(",;")) for word in raw.split()):
        ids = raw.split()
    else:  # with a semicolon, commas may belong to names
        ctx: Any = info.context
        ids = []
        for piece in _few(raw.split(";")):
            whole = ";" in raw and _called(ctx.tx, _name(piece.strip()))
            ids += [piece] if whole else re.split(r",| und | and ", piece)
    found: list[str] = []
    unclear: dict[str, Member] = {}
    for part in _few(ids):
        if one := part.strip().rstrip(",;"):
            try:
                found.append(one_of(one, info))
            except Unclear as problem:
                unclear |= problem.meant
    if unclear:
        raise Unclear(*next(iter(unclear.items())), others=unclear)
    return tuple(dict.fromkeys(found))


Applicant = Annotated[str, BeforeValidator(_applicant), Place("line")]
"""A person as in `MemberRef`, also one whose registration was declined."""
Applicants = Annotated[
    tuple[str, ...], BeforeValidator(lambda raw, info: _members(raw, info, _applicant)), Place("line")
]
"""Several people as in `MemberRefs`, also those whose registration was declined."""

MemberRefs = Annotated[tuple[str, ...], BeforeValidator(_members), Place("line")]
"""Several people, as Matrix ids: each as in `MemberRef`, separated by commas."""


EVERYBODY: Final = "*"


NOT: Final = "-"


def _there_or_not(raw: Any, info: ValidationInfo) -> Any:
    """`-Pia` is Pia, who was not there."""
    typed = raw.lstrip("-–—−").strip()
    found = _member(typed, info)
    return found if typed == raw.strip() or not typed else f"{NOT}{found}"


def _attending(raw: Any, info: ValidationInfo) -> Any:
    """`alle` is everybody."""
    if isinstance(raw, str) and key_of(raw) in ("alle", "all"):
        return (EVERYBODY,)
    return _members(raw, info, _there_or_not)


Attending = Annotated[tuple[str, ...], BeforeValidator(_attending), Place("line")]
"""Several people as in `MemberRefs`, or `EVERYBODY`; those that begin with `NOT` were not there."""


def _municipality(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    raw = _name(raw)
    official = municipalities.find_named(ctx.tx, key_of(raw))
    if official is not None:
        return official.name
    named, near = municipality_names.read(raw, municipalities.list_names(ctx.tx))
    if named is not None:
        return named
    hint_de = f" Meinten Sie {near}?" if near else " Es braucht den Namen einer Baselbieter Gemeinde."
    hint_en = f" Did you mean {near}?" if near else " Give the name of one of the 86 municipalities."
    raise Unreadable(
        de=f"Die Gemeinde «{raw}» kenne ich nicht.{hint_de}",
        en=f"I don't know the municipality «{raw}».{hint_en}",
        nearest=near,
    )


MunicipalityRef = Annotated[str, BeforeValidator(_municipality)]
"""The name of one of the 86 municipalities, as it is spelt officially."""


def _list(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    return tuple(dict.fromkeys(part for piece in re.split(r"[,;]", raw) if (part := _one_line(piece))))


Texts = Annotated[
    tuple[Annotated[str, Field(max_length=60)], ...], BeforeValidator(_list), Field(max_length=20)
]
"""Several short texts, separated by commas."""

_QUOTES = ('""', "„“", "„”", "“”", "«»", "»«", "''", "‚‘", "‹›")


def _title(text: str) -> str:
    """In one line, without the quotation marks around it and the commas behind it."""
    line = _one_line(text).rstrip(",; ")
    quoted = len(line) > 2 and any(line[0] + line[-1] == pair for pair in _QUOTES)  # noqa: PLR2004 - two marks
    if quoted and not any(mark in line[1:-1] for mark in {line[0], line[-1]}):
        return line[1:-1].strip()
    return line


Line = Annotated[str, Place("line"), AfterValidator(_one_line)]
"""All that is left of the head line."""

Title = Annotated[str, Place("line"), AfterValidator(_title), Field(min_length=1, max_length=TITLE_LENGTH)]
NewTitle = Annotated[str, AfterValidator(_title), Field(min_length=1, max_length=TITLE_LENGTH)]
Opening = Annotated[
    str,
    Place("line", runs_over=True),
    AfterValidator(_title),
    Field(min_length=1, max_length=TITLE_LENGTH),
]
"""A title above a free text: of one that is too long the first clause, and all of it is the text."""
Body = Annotated[str, Place("body"), Field(max_length=BODY_LENGTH)]
Short = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=SHORT_LENGTH)]
Reason = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=1000)]
Page = Annotated[int, Field(ge=1, le=100_000)]
Score = Annotated[int, Field(ge=1, le=5)]
YesNo = Annotated[
    Literal["yes", "no"],
    choices(
        {"ja": "yes", "nein": "no"},
        also={
            "👍": "yes",
            "👎": "no",
            "j": "yes",
            "y": "yes",
            "n": "no",
            "true": "yes",
            "false": "no",
        },
    ),
]


def _moment(*, whole_day: bool = False, past: bool = False) -> BeforeValidator:
    def read(raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, str):
            return raw
        ctx: Any = info.context
        return dates.read_moment(raw, now=ctx.now, zone=ctx.settings.zone, whole_day=whole_day, past=past)

    return BeforeValidator(read)


When = Annotated[dates.Moment, _moment()]
"""A point in time to come, with or without an end."""


@dataclass(frozen=True)
class Hours:
    """A time without its day: of what is moved, on the same day. See `arguments.on_day`."""

    typed: str


def _moved(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    try:
        return dates.read_moment(raw, now=ctx.now, zone=ctx.settings.zone)
    except dates.DateRefused as problem:
        if problem.reason is dates.Reason.DATE_MISSING:
            return Hours(raw)
        raise


NewWhen = Annotated[dates.Moment | Hours, BeforeValidator(_moved)]
"""When something is from now on: a point in time to come, or a time on the same day."""
Day = Annotated[dates.Moment, _moment(whole_day=True)]
"""A day or a point in time to come."""
PastDay = Annotated[dates.Moment, _moment(whole_day=True, past=True)]
"""A day or a point in time, also one that is over."""
Duration = Annotated[
    timedelta, BeforeValidator(lambda raw: dates.read_duration(raw) if isinstance(raw, str) else raw)
]
LeadTimes = Annotated[
    tuple[timedelta, ...],
    Place("line"),
    BeforeValidator(lambda raw: dates.read_lead_times(raw) if isinstance(raw, str) else raw),
]
