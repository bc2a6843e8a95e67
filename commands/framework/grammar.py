"""From the text of a message to a command, its head line, its fields and its body.

Text only: what the words mean is found out in `commands.framework.arguments`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from commands.fields import FIELDS
from commands.framework.declarations import ALONE, LETTERS, NAMES, Command
from commands.framework.types import Unreadable
from commands.spelling import NEAR, most_alike, slips
from commands.words import ONE_PHRASE, PLURALS, fold, normal

LONGEST_NAME = 4  # words
SHORT = 3  # letters of a field's name that may be off by one only: else «Tip:» would be taken for «bis:»
_MARKS = (
    r"(?:[*_~`]{1,3}|</?u>){0,3}"  # of bold, slanted and other letters, as people and composers write them
)
_LINE_FIELD = re.compile(
    rf"\s*(?P<item>(?:[-*•]|[0-9]{{1,2}}[.)])\s+)?(?P<marks>{_MARKS})(?P<label>[^\W\d_]+(?: +[^\W\d_]+)?)"
    rf"(?P<colon>\s*(?::{_MARKS}|{_MARKS}:|(?P<equals>=)(?=\s)))(?!//)\s*(?P<value>.*)",
    re.DOTALL,
)
_FORMATTED = re.compile(r"(\*{1,3}|_{1,3}|~~|`)(?=\S)(.*?\S)\1", re.DOTALL)
_ONE_WORD = re.compile(r"\s*[^\W\d_]+\s*:(?:\s|$)")
_BAR = re.compile(r"(?<!\s)\s+\|(?:\s+|$)")  # not from every space of a thousand
_REFERENCE = re.compile(r"#?([A-Za-z]?)#?[0-9]{1,9}")
_ASKED = re.compile(r"#?\s*([A-Za-z])\s*#?\s*([0-9]{1,9})\s*[?!.]*")  # «I8?», «I 1»
_SIGNS = "!?.:,;…"  # typed behind a command's name: «Hilfe!!!», «Idee: …»
BODY_LABELS = frozenset({"beschreibung", "description", "text", "inhalt", "grund", "begründung", "reason"})


@dataclass(frozen=True)
class Parts:
    """The parts of a command's text; `fields` by the parameter's name."""

    head: str
    fields: Mapping[str, str]
    body: str


def find_command(text: str) -> tuple[Command | None, str]:
    """The command that the text begins with, and what follows its name.

    `Hilfe!!!`, `Idee: Titel`, `neue Idee Titel`, `idee suche Wort` and `profil wissen Wort` are understood too.
    """
    first = _BAR.split(text.partition("\n")[0], maxsplit=1)[0]
    below = text[len(first) :]
    words = first.split()
    for count in range(min(LONGEST_NAME, len(words)), 0, -1):
        found = _called(words[:count])
        if found is not None:
            rest = first.split(maxsplit=count)[count:]
            return _or_alone(found, (rest[0] if rest else "") + below)
    colon = bool(words) and words[0][-1] in ":," and len(words) > 1
    if colon and (found := _called([words[0], "new"])) is not None:
        return found, first.split(maxsplit=1)[1] + below
    if len(words) > 1 and normal(words[1]) in ("suche", "suchen", "search"):
        found = _called([words[0], "list"])
        if found is not None and any(p.name == "search" for p in found.fields):
            sought = " ".join(words[2:])
            return found, (f"{FIELDS['search'][0]}: {sought}" if sought else "") + below
    if len(words) > 2 and (found := _called([words[0], "edit"])) is not None:  # noqa: PLR2004 - noun, field, value
        label = words[1].strip(":=")
        if normal(label) in field_labels(found) and not any(p.required for p in found.parameters):
            return found, f"{label}: {' '.join(words[2:])}" + below
    return None, text


def _or_alone(command: Command, rest: str) -> tuple[Command, str]:
    """The command, or what its name means where nothing stands behind it that is not a field of that."""
    other = ALONE.get(command.names[0])
    if other is None or (rest.strip() and _field_of(rest.lstrip(" |\n"), field_labels(other)) is None):
        return command, rest
    return other, rest


def _called(words: list[str]) -> Command | None:
    """The command of this name, typed with signs behind, in the plural, or with the verb first."""
    plain = normal(" ".join(words))
    if (found := NAMES.get(plain)) is not None or not words:
        return found
    noun, *verb = bare = [normal(word.rstrip(_SIGNS)) for word in words]
    two = len(bare) == 2 and bare[0] not in NAMES and is_noun(bare[1])  # noqa: PLR2004 - verb, noun
    swapped = [[bare[1], bare[0]]] if two else []
    for typed in (bare, [singular(noun), *verb], *swapped):
        if all(typed) and (found := NAMES.get(" ".join(typed))) is not None:
            return found
    return None


def singular(word: str) -> str:
    """The noun of which this is the plural; else the word."""
    return _singulars().get(normal(word), normal(word))


@cache
def _singulars() -> dict[str, str]:
    return {spelt: noun for word, noun in PLURALS.items() for spelt in fold(word)}


def implied_command(text: str) -> tuple[Command, str] | None:
    """The command that is meant if the verb is left out.

    `idee` is help, `ideen` their list; `idee I12`, `idee 12`, `I12`, `I 12` and `I12?` show the idea.
    """
    words = text.split()
    if not words:
        return _named("help", "")
    asked = _ASKED.fullmatch(text.strip())
    if asked is not None and asked[1].upper() in LETTERS:
        return _named("show", words[0].rstrip("?!.") if len(words) == 1 else f"{asked[1]}{asked[2]}")
    reference = _REFERENCE.fullmatch(words[-1].rstrip("?!."))
    letter = reference[1].upper() if reference else ""
    if reference is not None and letter in {*LETTERS, ""} and len(words) <= 2:  # noqa: PLR2004
        noun = singular(words[0])
        own = _named(f"{noun} show", reference[0]) if len(words) > 1 else None
        return own or (
            _named("show", reference[0]) if letter and (len(words) == 1 or is_noun(noun)) else None
        )
    if len(words) != 1:
        return None
    word = normal(words[0].rstrip(_SIGNS))
    if word in _singulars() and (listed := _named(f"{singular(word)} list", "")) is not None:
        return listed
    return _named("help", words[0].rstrip(_SIGNS)) if is_noun(word) else None


@cache
def _by_noun() -> dict[str, Command]:
    found: dict[str, Command] = {}
    for name, command in NAMES.items():
        found.setdefault(name.partition(" ")[0], command)
    return found


def command_of(noun: str) -> Command | None:
    """One of the commands that begin with this word, however it is typed; None where none does."""
    return _by_noun().get(normal(noun))


def is_noun(word: str) -> bool:
    """Some command begins with this word."""
    return command_of(word) is not None


def _named(name: str, rest: str) -> tuple[Command, str] | None:
    found = NAMES.get(normal(name))
    return None if found is None else (found, rest)


def field_labels(command: Command) -> dict[str, str]:
    """Every spelling of the command's fields, and the parameter it fills."""
    labels = {}
    for parameter in command.fields:
        for label in (*FIELDS[parameter.name], parameter.name):
            labels.update(dict.fromkeys(fold(label), parameter.name))
    return labels


def split(
    rest: str, labels: Mapping[str, str], words: frozenset[str] = frozenset(), *, free: bool = False
) -> Parts:
    """Take apart what follows a command's name; what begins with one of `words` and a colon is text.

    `free`: the command takes any text below, also one that begins `Word: …`; «Beschreibung:» before it is left out.
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
    for name in ONE_PHRASE & fields.keys() if free else ():
        fields[name], _, text = (part.strip() for part in fields[name].partition(","))
        body += [text] if text else []
    for line in segments[1:]:
        if line.strip():
            _take_line(line, labels, fields, body, words, free=free)
    for line in below.split("\n") if below else ():
        pieces = _BAR.split(line) if _field_of(line, labels) else [line]
        for piece in pieces:
            _take_line(piece, labels, fields, body, words, free=free)
    return Parts(head.strip(), fields, "\n".join(body).strip())


def loose_fields(text: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The fields in a text that begins with one, typed without colons: `gemeinde Aesch funktion Schalter`."""
    starts = re.finditer(
        rf"(?:^|(?<=[\s,;]))({_alternatives(tuple(labels))})(?:\s*[:=]\s*|\s+)", text, re.IGNORECASE
    )
    found: dict[str, re.Match[str]] = {}
    for match in starts:
        if (name := labels.get(normal(match[1]))) is not None:
            found.setdefault(name, match)
    if not labels or not found or next(iter(found.values())).start() != 0:
        return {}
    ends = [match.start() for match in [*found.values()][1:]] + [len(text)]
    spans = zip(found.items(), ends, strict=True)
    return {name: text[match.end() : end].strip(" ,;") for (name, match), end in spans}


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
    if match is None or (name := labels.get(normal(match["label"]))) is None:
        return None
    return name, match["label"], _unformatted(match)


def _unformatted(field: re.Match[str]) -> str:
    """The value without the marks around it, or around the whole line."""
    value = field["value"].strip()
    if field["marks"] and field["colon"].strip() == ":":
        return value.removesuffix(field["marks"])
    whole = _FORMATTED.fullmatch(value)
    return whole[2] if whole is not None else value


def _take_line(
    line: str,
    labels: Mapping[str, str],
    fields: dict[str, str],
    body: list[str],
    words: frozenset[str],
    *,
    free: bool,
) -> None:
    if field := _field_of(line, labels):
        _put(fields, *field)
        return
    if not line.strip() and not body:
        return
    match = _LINE_FIELD.match(line)
    if match is not None and match["equals"] is None and (typed := normal(match["label"])) not in words:
        if free and not body and typed in BODY_LABELS:
            body.append(match["value"])
            return
        near = _near(typed, labels)
        if near or (not free and not body and _ONE_WORD.match(line)):
            raise _unknown_field(match["label"], near, labels)
    body.append(line)


def _put(fields: dict[str, str], name: str, label: str, value: str) -> None:
    if name in fields:
        raise Unreadable(
            de=f"«{label}» steht zweimal da. Bitte schreiben Sie es nur einmal.",
            en=f"«{label}» is given twice. Please write it once.",
            field=name,
        )
    fields[name] = value.strip()


class Misspelt(Unreadable):
    """A field that is spelt nearly so is declared: `nearest`."""

    def mended(self, rest: str) -> str:
        """The text with that field as it is declared."""
        assert self.field is not None
        begun = rf"((?:^|\||\n)[\s*_~`•-]*){re.escape(self.field)}(?=[\s*_~`]*[:=])"
        return re.sub(begun, rf"\g<1>{self.nearest}", rest, count=1, flags=re.IGNORECASE)


def _unknown_field(label: str, meant: str | None, labels: Mapping[str, str]) -> Unreadable:
    """A misspelt field is named with the one that was meant; for other words, how they can stand as text."""
    field = label.lower()[:40]
    if meant is not None:
        german, english = FIELDS[labels[meant]]
        return Misspelt(
            de=f"«{label}:» gibt es hier nicht. Meinten Sie «{german}:»?",
            en=f"There is no «{label}:» here. Did you mean «{english}:»?",
            field=field,
            nearest=_label(meant, labels),
        )
    closest = _closest(normal(label), labels)
    german, english = (
        ", ".join(dict.fromkeys(FIELDS[name][index] for name in labels.values())) for index in (0, 1)
    )
    return Unreadable(
        de=f"«{label}:» gibt es hier nicht." + (f" Möglich sind: {german}." if german else ""),
        en=f"There is no «{label}:» here." + (f" Choose one of: {english}." if english else ""),
        field=field,
        nearest=_label(closest, labels) if closest else None,
    )


def _near(typed: str, labels: Mapping[str, str]) -> str | None:
    """The declared field within two letters of what was typed, or of whose words it is the first.

    Within one letter, where its name is short.
    """
    if begun := next((label for label in labels if label.startswith(f"{typed} ")), None):
        return begun
    best = min(((slips(typed, label), label) for label in labels), default=(NEAR + 1, ""))
    return best[1] if 0 < best[0] <= (NEAR if len(best[1]) > SHORT else 1) else None


def _closest(typed: str, labels: Mapping[str, str]) -> str | None:
    return most_alike(typed, labels, least=0)


def _label(spelt: str, labels: Mapping[str, str]) -> str:
    """The field's name as it is declared, in the language in which it was typed."""
    german, english = FIELDS[labels[spelt]]
    return english if spelt in fold(english) else german
