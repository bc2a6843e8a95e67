"""From the text of a message to a command, its head line, its fields and its body.

Text only: what the words mean is found out in `commands.arguments`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from commands.api import LETTERS, NAMES, Command
from commands.types import Unreadable
from commands.words import FIELDS, fold, normal

LONGEST_NAME = 3  # words
NEAR = 2  # letters a field's name may be off and still be meant
SHORT = 3  # letters of a field's name that may be off by one only: else «Tip:» would be taken for «bis:»
_LINE_FIELD = re.compile(r"\s*([^\W\d_]+(?: +[^\W\d_]+)?)\s*:(?!//)\s*(.*)", re.DOTALL)
_ONE_WORD = re.compile(r"\s*[^\W\d_]+\s*:(?:\s|$)")
_BAR = re.compile(r"(?<!\s)\s+\|(?:\s+|$)")  # not from every space of a thousand
_REFERENCE = re.compile(r"#?([A-Za-z]?)#?[0-9]{1,9}")


@dataclass(frozen=True)
class Parts:
    """What a command's text consists of; `fields` by the parameter's name."""

    head: str
    fields: Mapping[str, str]
    body: str


def find_command(text: str) -> tuple[Command | None, str]:
    """The command that the text begins with, and what follows its name."""
    first = _BAR.split(text.partition("\n")[0], maxsplit=1)[0]
    below = text[len(first) :]
    words = first.split()
    for count in range(min(LONGEST_NAME, len(words)), 0, -1):
        found = NAMES.get(normal(" ".join(words[:count])))
        if found is not None:
            rest = first.split(maxsplit=count)[count:]
            return found, (rest[0] if rest else "") + below
    return None, text


def implied_command(text: str) -> tuple[Command, str] | None:
    """What is meant where the verb is left out: `idee` is help, `idee I12`, `idee 12` and `I12` show it."""
    words = text.split()
    if not words:
        return _named("help", "")
    reference = _REFERENCE.fullmatch(words[-1])
    letter = reference[1].upper() if reference else ""
    if reference is not None and letter in {*LETTERS, ""} and len(words) <= 2:  # noqa: PLR2004
        own = _named(f"{words[0]} show", words[-1]) if len(words) > 1 else None
        return own or (
            _named("show", words[-1]) if letter and (len(words) == 1 or is_noun(words[0])) else None
        )
    return _named("help", words[0]) if len(words) == 1 and is_noun(words[0]) else None


def is_noun(word: str) -> bool:
    """Some command begins with this word."""
    noun = normal(word)
    return any(name.partition(" ")[0] == noun for name in NAMES)


def _named(name: str, rest: str) -> tuple[Command, str] | None:
    found = NAMES.get(normal(name))
    return None if found is None else (found, rest)


def nearest_command(text: str) -> str | None:
    """The spelling of a command that is most like the text's first words; `anmelden A1` lacks its noun alone."""
    words = normal(text.partition("\n")[0]).split()
    reference = _REFERENCE.fullmatch(words[1]) if len(words) > 1 else None
    if reference is not None and (thing := LETTERS.get((reference[1] or "").upper())) is not None:
        nouns = (thing.kind, "group") if thing.kind == "process" else (thing.kind,)
        meant = next((NAMES[name] for noun in nouns if (name := f"{noun} {words[0]}") in NAMES), None)
        if meant is not None:
            name = meant.name if words[0] == meant.name.partition(" ")[2] else meant.names[0]
            return f"{name} {reference[0].upper()}"
    for count in (2, 1, 3):
        typed = " ".join(words[:count])[:80]
        near = difflib.get_close_matches(typed, list(NAMES), n=1, cutoff=0.75)
        if near:
            return _well_spelt(near[0])
    return None


def _well_spelt(key: str) -> str:
    """The command's name as it is declared: with its umlauts, and in one language, that of its noun."""
    names, noun = NAMES[key].names, key.partition(" ")[0]
    meant = [n for n in names if key in fold(n)] or [n for n in names if noun in fold(n.partition(" ")[0])]
    return meant[0]


def field_labels(command: Command) -> dict[str, str]:
    """Every spelling of the command's fields, and the parameter it fills."""
    labels = {}
    for parameter in command.fields:
        for label in (*FIELDS[parameter.name], parameter.name):
            labels.update(dict.fromkeys(fold(label), parameter.name))
    return labels


def split(rest: str, labels: Mapping[str, str], words: frozenset[str] = frozenset()) -> Parts:
    """Take apart what follows a command's name; what begins with one of `words` and a colon is text.

    Raises: Unreadable, for a field given twice and for `Word: …` that may be a misspelt field.
    """
    names = _alternatives(tuple(labels))
    if labels:  # a bar before a field needs no spaces around it
        rest = re.sub(
            rf"(?<![^\S\n])[^\S\n]*\|[^\S\n]*(?=(?:{names})[^\S\n]*:)", " | ", rest, flags=re.IGNORECASE
        )
    first, _, below = rest.partition("\n")
    segments = _BAR.split(first)
    head, fields = _head_fields(segments[0], labels)
    body: list[str] = []
    for line in segments[1:]:
        if line.strip():
            _take_line(line, labels, fields, body, words)
    for line in below.split("\n") if below else ():
        pieces = _BAR.split(line) if _field_of(line, labels) else [line]
        for piece in pieces:
            _take_line(piece, labels, fields, body, words)
    return Parts(head.strip(), fields, "\n".join(body).strip())


def _head_fields(head: str, labels: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The head line without the declared fields at its end, and those."""
    fields: dict[str, str] = {}
    if not labels:
        return head, fields
    starts = re.finditer(rf"(?:^|(?<=\s))({_alternatives(tuple(labels))})\s*:(?!//)", head, re.IGNORECASE)
    found = [match for match in starts if normal(match[1]) in labels]
    ends = [match.start() for match in found[1:]] + [len(head)]
    for match, end in zip(found, ends, strict=False):
        value = head[match.end() : end].rstrip(" ,;")
        _put(fields, labels[normal(match[1])], match[1], value)
    return (head[: found[0].start()] if found else head), fields


@cache
def _alternatives(labels: tuple[str, ...]) -> str:
    """A pattern for any of the labels, the longest first."""
    return "|".join(
        re.escape(label).replace(r"\ ", r"\s+") for label in sorted(labels, key=len, reverse=True)
    )


def _field_of(line: str, labels: Mapping[str, str]) -> tuple[str, str, str] | None:
    match = _LINE_FIELD.match(line)
    if match is None or (name := labels.get(normal(match[1]))) is None:
        return None
    return name, match[1], match[2]


def _take_line(
    line: str, labels: Mapping[str, str], fields: dict[str, str], body: list[str], words: frozenset[str]
) -> None:
    if field := _field_of(line, labels):
        _put(fields, *field)
        return
    if not line.strip() and not body:
        return
    match = _LINE_FIELD.match(line)
    if match is not None and (typed := normal(match[1])) not in words:
        near = _near(typed, labels)
        if near or (not body and _ONE_WORD.match(line)):
            raise _unknown_field(match[1], near, labels)
    body.append(line)


def _put(fields: dict[str, str], name: str, label: str, value: str) -> None:
    if name in fields:
        raise Unreadable(
            de=f"«{label}» steht zweimal da. Bitte nur einmal angeben.",
            en=f"«{label}» is given twice. Please give it once.",
            field=name,
        )
    fields[name] = value.strip()


def _unknown_field(label: str, meant: str | None, labels: Mapping[str, str]) -> Unreadable:
    """A misspelt field is named with the one that was meant; for other words, how they can stand as text."""
    field = label.lower()[:40]
    if meant is not None:
        german, english = FIELDS[labels[meant]]
        return Unreadable(
            de=f"Die Angabe «{label}:» gibt es hier nicht. Meinten Sie «{german}:»?",
            en=f"There is no field «{label}:» here. Did you mean «{english}:»?",
            field=field,
            nearest=_label(meant, labels),
        )
    closest = _closest(normal(label), labels)
    return Unreadable(
        de=f"«{label}:» ist hier keine Angabe. Als Text geht es nach einer Zeile ohne Doppelpunkt.",
        en=f"«{label}:» is no field here. As text it can follow a line without a colon.",
        field=field,
        nearest=_label(closest, labels) if closest else None,
    )


def _near(typed: str, labels: Mapping[str, str]) -> str | None:
    """The declared field within two letters of what was typed, or of whose words it is the first.

    Within one letter, where its name is short.
    """
    if begun := next((label for label in labels if label.startswith(f"{typed} ")), None):
        return begun
    best = min(((distance(typed, label), label) for label in labels), default=(NEAR + 1, ""))
    return best[1] if 0 < best[0] <= (NEAR if len(best[1]) > SHORT else 1) else None


def _closest(typed: str, labels: Mapping[str, str]) -> str | None:
    near = difflib.get_close_matches(typed[:40], list(labels), n=1, cutoff=0.0)
    return near[0] if near else None


def _label(spelt: str, labels: Mapping[str, str]) -> str:
    """The field's name as it is declared, in the language in which it was typed."""
    german, english = FIELDS[labels[spelt]]
    return english if spelt in fold(english) else german


def distance(one: str, other: str) -> int:
    """How many letters must be put in, taken out or changed (Levenshtein)."""
    if abs(len(one) - len(other)) > NEAR:
        return NEAR + 1
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]
