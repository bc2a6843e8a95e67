"""The types of arguments: each reads itself from what a person typed, or says in a sentence why it can't.

Handlers annotate their parameters with these; `commands.framework.arguments` applies them through pydantic, with
the context.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from commands import dates
from commands.framework import municipality_names
from commands.framework.declarations import LETTERS, THINGS, Found, Of, Place, plain_key
from commands.spelling import most_alike
from commands.words import fold, key_of, means_nothing, normal
from storage import municipalities

TITLE_LENGTH = 120
BODY_LENGTH = 4000
SHORT_LENGTH = 200
LONGEST_NAME: Final = 200  # characters; what is longer names nobody, and the store is not asked for it


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
    """The text is no reference of a thing."""


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
        if re.fullmatch(r"[A-Z] ?#?[0-9]{1,9}", typed) and typed[0] in LETTERS and letter:
            raise NoNumber(
                de=f"«{raw}» ist etwas anderes. Hier beginnt die Nummer mit {letter}, zum Beispiel {letter}12.",
                en=f"«{raw}» is something else. Here the number begins with {letter}, such as {letter}12.",
            )
        raise NoNumber(
            de=f"«{raw}» ist keine Nummer. Schreiben Sie zum Beispiel {letter}12.",
            en=f"«{raw}» is not a number. Write {letter}12, for example.",
        )


def reference(kind: str, *, among: str = "") -> Of:
    """For the number of a thing of this kind: `I12`, `12` and `#12` are read. `Annotated[int, reference("idea")]`.

    `among`: where it is asked for, it is picked from these (`@valued`), not from all of the kind.
    """
    return _Reference(kind, among)


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


AnyRef = Annotated[tuple[str, int], BeforeValidator(_any_reference), Found("thing")]
"""A thing of any kind: `I12` becomes `("idea", 12)`."""


class Choice:
    """One of a few words, in either language: `Annotated[str, Choice({"stimmen": "votes"}).read]`."""

    def __init__(
        self,
        words: Mapping[str, str],
        also: Mapping[str, str],
        meanings: Mapping[str, tuple[str, str]] | None = None,
        labels: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        codes = [code.replace("_", " ") for code in dict.fromkeys(words.values())]
        by_code: dict[str, str] = {}
        for word, code in words.items():
            by_code.setdefault(code, word)
        self.offered = {
            "de": tuple(by_code.values()),
            "en": tuple(codes),
        }
        said = {code: (f"{code}: {de}", f"{code}: {en}") for code, (de, en) in (meanings or {}).items()}
        self._labels = dict(labels or said)
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

    def label(self, word: str, language: str) -> str:
        """One of the offered words as it is said where it can be picked."""
        labels = self._labels.get(self.codes[normal(word)])
        return labels[0 if language == "de" else 1] if labels else word

    def __call__(self, raw: Any) -> Any:
        if not isinstance(raw, str):
            return raw
        code = self.codes.get(normal(plain_key(raw)))
        if code is not None:
            return code
        near = most_alike(normal(raw), self.codes, least=0.6)
        raise Unreadable(
            de=f"«{raw}» geht hier nicht. Möglich sind: {self.shown['de']}.",
            en=f"«{raw}» is not possible here. Choose one of: {self.shown['en']}.",
            nearest=near,
        )


def choice(**words: str) -> BeforeValidator:
    """A validator for one of a few words: `choice(stimmen="votes", neu="new")`, German word to code."""
    return BeforeValidator(Choice(words, {}))


def choices(
    words: Mapping[str, str],
    *,
    also: Mapping[str, str] | None = None,
    meanings: Mapping[str, tuple[str, str]] | None = None,
    labels: Mapping[str, tuple[str, str]] | None = None,
) -> BeforeValidator:
    """The same as `choice`, for words that are no names in Python; `also`: understood, but not offered.

    `meanings`: what the codes mean, where the words don't say it; `labels`: how they are called where one is picked.
    """
    return BeforeValidator(Choice(words, also or {}, meanings, labels))


def short_enough(typed: str) -> str:
    """The text, if it may be a name."""
    if len(typed) > LONGEST_NAME:
        raise Unreadable(
            de=f"«{typed[:40]} …» ist zu lang für einen Namen.",
            en=f"«{typed[:40]} …» is too long for a name.",
            code="not_found",
        )
    return typed


def _municipality(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    raw = short_enough(raw)
    official = municipalities.find_named(ctx.tx, key_of(raw))
    if official is not None:
        return official.name
    named, near = municipality_names.read(raw, municipalities.list_names(ctx.tx))
    if named is not None:
        return named
    hint_de = f" Meinten Sie {near}?" if near else " Schreiben Sie den Namen einer Baselbieter Gemeinde."
    hint_en = f" Did you mean {near}?" if near else " Write the name of one of the 86 municipalities."
    raise Unreadable(
        de=f"Die Gemeinde «{raw}» kenne ich nicht.{hint_de}",
        en=f"I don't know the municipality «{raw}».{hint_en}",
        nearest=near,
    )


MunicipalityRef = Annotated[str, BeforeValidator(_municipality), Found("municipality")]
"""The name of one of the 86 municipalities, as it is spelt officially."""


def _list(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    return tuple(dict.fromkeys(part for piece in re.split(r"[,;]", raw) if (part := _one_line(piece))))


Texts = Annotated[
    tuple[Annotated[str, Field(max_length=60)], ...], BeforeValidator(_list), Field(max_length=20)
]
"""Several short texts, separated by commas."""


def _without_hash(tags: tuple[str, ...]) -> tuple[str, ...]:
    wanted = () if len(tags) == 1 and means_nothing(tags[0]) else tags
    plain = (tag.lstrip("# ") for tag in wanted)
    return tuple({key_of(tag): tag for tag in plain if tag}.values())


Tags = Annotated[Texts, AfterValidator(_without_hash)]
"""Words to find something by, each once however it is spelt; `#osp` is `osp`."""

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


def _moment(*, whole_day: bool = False, past: bool = False, range_allowed: bool = True) -> BeforeValidator:
    rules = {"whole_day": whole_day, "past": past, "range_allowed": range_allowed}

    def read(raw: Any, info: ValidationInfo) -> Any:
        if not isinstance(raw, str):
            return raw
        ctx: Any = info.context
        return dates.read_moment(raw, now=ctx.now, zone=ctx.settings.zone, **rules)

    return BeforeValidator(read)


When = Annotated[dates.Moment, _moment(), Found("date")]
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


NewWhen = Annotated[dates.Moment | Hours, BeforeValidator(_moved), Found("date")]
"""When something is from now on: a point in time to come, or a time on the same day."""
Day = Annotated[dates.Moment, _moment(whole_day=True), Found("date")]
"""A day or a point in time to come."""
Until = Annotated[dates.Moment, _moment(whole_day=True, range_allowed=False), Found("date")]
"""Until when something goes: a day, which counts whole, or a point in time to come."""
PastDay = Annotated[dates.Moment, _moment(whole_day=True, past=True), Found("date")]
"""A day or a point in time, also one that is over."""
Duration = Annotated[
    timedelta, BeforeValidator(lambda raw: dates.read_duration(raw) if isinstance(raw, str) else raw)
]
LeadTimes = Annotated[
    tuple[timedelta, ...],
    Place("line"),
    BeforeValidator(lambda raw: dates.read_lead_times(raw) if isinstance(raw, str) else raw),
]
