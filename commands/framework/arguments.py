"""From the text after a command's name to the typed arguments of its handler."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from commands.dates import DateRefused, Moment, explain, read_moment
from commands.fields import FIELDS
from commands.framework import heads
from commands.framework.context import Context
from commands.framework.declarations import MEANT, THINGS, Command, Parameter
from commands.framework.failures import BadInput, Incomplete, NothingToChange, is_sample
from commands.framework.grammar import Misspelt, Parts, field_labels, loose_fields, split
from commands.framework.named_people import Unclear
from commands.framework.replies import Refused, Reply
from commands.framework.types import TITLE_LENGTH, Hours, NoNumber, Unreadable
from commands.words import ALWAYS_THERE, EMPTIED_ELSEWHERE, YES_OR_NO, means_nothing

LONGEST_SENTENCE = 1000  # characters
CLAUSE = 3  # words a title has at least, when it is cut out of a long text
_LABELS: dict[str, dict[str, str]] = {}
# What is asked where no number was given, by the kind of thing.
_WHICH: dict[str, tuple[str, str]] = {
    "idea": ("Welche Idee?", "Which idea?"),
    "news": ("Welche Neuigkeit?", "Which news item?"),
    "process": ("Für welche Gruppe?", "For which group?"),
    "meeting": ("Welche Sitzung?", "Which meeting?"),
    "event": ("Welcher Anlass?", "Which event?"),
    "training": ("Welcher Kurs?", "Which training?"),
    "agreement": ("Welche Vereinbarung?", "Which agreement?"),
}


class LikelyMeant(Refused):
    """People were not named in full, or a field is misspelt; `line` is the command as it is likely meant, to offer."""

    def __init__(self, reply: Reply, line: str) -> None:
        super().__init__(reply)
        self.line = line


class NumberLeftOut(Refused):
    """The line begins with other words where a thing's number has to stand; `texts`: what it says without one."""

    def __init__(self, reply: Reply, texts: Mapping[str, str]) -> None:
        super().__init__(reply)
        self.texts = texts


def read(ctx: Context, command: Command, rest: str) -> dict[str, Any]:
    """The keyword arguments for the command's handler.

    Refuses: BadInput, for what can't be read; Incomplete, with a filled-in template, for what is missing or was left
    in a template as it stood; LikelyMeant.
    """
    return values(ctx, command, parse(ctx, command, rest), rest)


def parse(ctx: Context, command: Command, rest: str) -> dict[str, str]:
    """The texts given for the command's parameters, by name. Refuses: BadInput; LikelyMeant, for a misspelt field."""
    labels = _LABELS.get(command.name)
    if labels is None:
        labels = _LABELS[command.name] = field_labels(command)
    words = frozenset(word for p in command.parameters for word in p.words)
    free = any(p.place == "body" for p in command.parameters)
    try:
        parts = split(rest, labels, words, free=free)
    except Misspelt as problem:
        raise _misspelt(ctx, command, problem, rest) from problem
    except Unreadable as problem:
        raise refusal(ctx, problem, problem.field) from problem
    try:
        given = _below(ctx, command, parts, labels) | heads.share(ctx, command, parts, labels)
    except Unreadable as problem:
        raise refusal(ctx, problem, None, command=command) from problem
    return {name: text for name, text in given.items() if text}


def values(ctx: Context, command: Command, texts: Mapping[str, str], rest: str) -> dict[str, Any]:
    """What these texts mean; `rest`: the line they come from. Refuses: as `read`."""
    given = dict(texts)
    _emptied(ctx, command, given)
    _run_over(command, given)
    found: dict[str, Any] = {}
    missing: list[Parameter] = []
    for parameter in command.parameters:
        raw = given.get(parameter.name)
        if raw and is_sample(parameter.name, parameter.kind, raw):
            missing.append(parameter)
            del given[parameter.name]
        elif raw:
            found[parameter.name] = validate(ctx, command, parameter, raw, rest)
        elif parameter.required:
            missing.append(parameter)
        else:
            found[parameter.name] = parameter.default
    if missing:
        for parameter in missing:  # which is likely meant is filled in, for the person to see
            if parameter.meant in MEANT and (number := MEANT[parameter.meant](ctx)) is not None:
                given[parameter.name] = f"{THINGS[parameter.kind].letter}{number}"
        raise Refused(Incomplete(command, tuple(p.name for p in missing), given, ctx.language, ctx.named))
    return found


def lacking(ctx: Context, *names: str) -> Refused:
    """The refusal of the command at hand for want of these, which may be left out at other times."""
    assert ctx.command is not None
    return Refused(Incomplete(ctx.command, names, ctx.texts, ctx.language, ctx.named))


def _emptied(ctx: Context, command: Command, given: dict[str, str]) -> None:
    """«keine», «weg» and «-» say the same of each field: a dash where something is emptied by it, else nothing.

    Refuses: BadInput, where something is changed that can't be empty.
    """
    edits = command.name.endswith(" edit")
    for parameter in command.parameters:
        name = parameter.name
        if parameter.place not in ("field", "body") or not means_nothing(given.get(name, "")):
            continue
        if parameter.place == "body" and not edits:
            continue  # a text of one word
        if name in YES_OR_NO:
            given[name] = "nein"
        elif edits and not _may_be_empty(command, name):
            labels = FIELDS.get(name, ("text", "text"))
            always = Unreadable(
                de=f"«{labels[0]}» lässt sich nicht leeren, nur ändern.",
                en=f"«{labels[1]}» can't be emptied, only changed.",
            )
            raise refusal(ctx, always, name)
        elif edits or not {name, f"{command.name.partition(' ')[0]} {name}"}.isdisjoint(EMPTIED_ELSEWHERE):
            given[name] = "-"
        elif name != "search":
            del given[name]


def _may_be_empty(command: Command, name: str) -> bool:
    return {name, f"{command.name.partition(' ')[0]} {name}"}.isdisjoint(ALWAYS_THERE)


def _run_over(command: Command, given: dict[str, str]) -> None:
    """Of a title that is too long its first clause is taken, and all of it begins the text."""
    body = next((p.name for p in command.parameters if p.place == "body"), "")
    for parameter in command.parameters if body else ():
        said = given.get(parameter.name, "")
        if parameter.runs_over and len(said) > TITLE_LENGTH and (title := first_clause(said, TITLE_LENGTH)):
            given[parameter.name] = title
            given[body] = "\n\n".join(part for part in (said, given.get(body, "")) if part)


def first_clause(text: str, most: int) -> str | None:
    """The beginning of a text up to where a clause ends, else up to a word's end; None in one long word."""
    ends = [match.start() for match in re.finditer(r"[.!?;:,](?=\s)|\s[-–—](?=\s)", text[:most])]
    if clause := next((text[:end].strip() for end in ends if len(text[:end].split()) >= CLAUSE), None):
        return clause
    words = text[: most - 1].rpartition(" ")[0].strip()
    return f"{words}…" if words else None


def _below(ctx: Context, command: Command, parts: Parts, labels: Mapping[str, str]) -> dict[str, str]:
    """The fields and the text; where none is taken, lines such as `Gemeinde Aesch` are fields without a colon."""
    given = dict(parts.fields)
    body = next((p for p in command.parameters if p.place == "body"), None)
    if body is not None:
        given[body.name] = parts.body
    elif parts.body:
        loose = [
            loose_fields(line.strip(" -•,;"), labels) for line in parts.body.splitlines() if line.strip()
        ]
        names = [name for line in loose for name in line]
        if all(loose) and len({*names, *parts.fields}) == len(names) + len(parts.fields):
            return given | {name: value for line in loose for name, value in line.items()}
        raise refusal(
            ctx,
            Unreadable(
                de=f"Unter diesem Befehl kann kein Text stehen («{short(parts.body)}»).",
                en=f"There can be no text below this command («{short(parts.body)}»).",
            ),
            None,
            command=command,
        )
    return given


def _shown(sentence: str) -> str:
    """The sentence, with what people typed shortened where it is quoted."""
    shown = re.sub("«([^»]{41,})»", lambda quoted: f"«{short(quoted[1])}»", sentence)
    return shown if len(shown) <= LONGEST_SENTENCE else f"{shown[:LONGEST_SENTENCE]} …"


def short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"  # noqa: PLR2004


def validate(ctx: Context, command: Command, parameter: Parameter, raw: str, rest: str | None) -> Any:
    """What the text means as this argument; `rest`: the line it stands in, None if it is an answer.

    Refuses: BadInput, LikelyMeant.
    """
    try:
        return parameter.adapter.validate_python(raw, context=ctx)
    except DateRefused as problem:
        sentence = Unreadable(de=explain(problem, "de"), en=explain(problem, "en"))
        hint = sentence if rest is None else _or_empty(command, parameter, sentence)
        raise refusal(ctx, hint, parameter.name) from problem
    except ValidationError as error:
        said = _sentence(error, raw)
        if (
            rest is not None
            and isinstance(said, NoNumber)
            and parameter.kind in _WHICH
            and not re.search(r"\d", raw)
        ):
            said = _which(ctx, command, parameter.kind, rest)
            if parameter.required and (texts := _without_number(ctx, command, parameter, rest)):
                raise NumberLeftOut(refusal(ctx, said, parameter.name).reply, texts) from error
        if isinstance(said, Unclear):
            raise _likely(ctx, command, said, parameter.name, rest or raw) from error
        hint = said if rest is None else _or_empty(command, parameter, said)
        raise refusal(ctx, hint, parameter.name) from error


def _or_empty(command: Command, parameter: Parameter, said: Unreadable) -> Unreadable:
    """Of what may be left out, the word for it is said too."""
    name = parameter.name
    optional = parameter.place == "field" and not parameter.required and name in FIELDS and not command.reads
    if not optional or name in YES_OR_NO | {"mode", "state"} or not _may_be_empty(command, name):
        return said
    german, english = FIELDS[name]
    return Unreadable(
        de=f"{said.sentence['de']} Ohne geht es mit «{german}: weg».",
        en=f"{said.sentence['en']} To go without, write «{english}: none».",
        code=said.code,
        field=said.field,
        nearest=said.nearest,
    )


def _likely(ctx: Context, command: Command, said: Unclear, name: str, rest: str) -> LikelyMeant:
    for typed, one in said.meant.items():
        rest = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", one.user_id, rest, count=1)
    refused = refusal(ctx, said, name)
    assert isinstance(refused.reply, BadInput)
    return LikelyMeant(replace(refused.reply, tap=True), f"{command.called(ctx.language)} {rest}")


def _misspelt(ctx: Context, command: Command, said: Misspelt, rest: str) -> Refused:
    """The refusal that names the field; with the line as it is likely meant, where nothing else is wrong with it."""
    refused, mended = refusal(ctx, said, said.field), said.mended(rest)
    assert isinstance(refused.reply, BadInput)
    try:
        read(ctx, command, mended)
    except Refused:
        return refused
    return LikelyMeant(replace(refused.reply, tap=True), f"{command.called(ctx.language)} {mended}")


def _which(ctx: Context, command: Command, kind: str, rest: str) -> Unreadable:
    """No number was given: the line once more, with one."""
    number = MEANT[kind](ctx) if kind in MEANT else None
    line = short(rest.partition("\n")[0])
    typed = {
        language: f"{ctx.settings.prefix}{command.called(language)} {THINGS[kind].letter}{number or 12} {line}"
        for language in ("de", "en")
    }
    german, english = _WHICH[kind]
    return Unreadable(
        de=f"{german} Zum Beispiel: {typed['de'].strip()}", en=f"{english} For example: {typed['en'].strip()}"
    )


def _without_number(ctx: Context, command: Command, parameter: Parameter, rest: str) -> dict[str, str]:
    """What the line says if it lacks nothing but this number; nothing, where it can't be read so either."""
    try:
        texts = parse(ctx, command, f"{THINGS[parameter.kind].letter}1 {rest}")
    except Refused:
        return {}
    return {name: text for name, text in texts.items() if name != parameter.name}


def _sentence(error: ValidationError, raw: str) -> Unreadable:  # noqa: PLR0911 - a case, a sentence
    """Pydantic's first complaint, in our words."""
    first = error.errors(include_url=False)[0]
    limits: dict[str, Any] = first.get("ctx", {})
    cause = limits.get("error")
    if isinstance(cause, Unreadable):
        return cause
    if isinstance(cause, DateRefused):
        return Unreadable(de=explain(cause, "de"), en=explain(cause, "en"))
    match first["type"]:
        case "string_too_long" | "too_long" if _is_length_of(first["input"], limits):
            most, length = limits["max_length"], len(first["input"])
            return Unreadable(
                de=f"Das ist zu lang: höchstens {most} Zeichen, es sind {length}."
                + (" Mehr Text kommt auf eine neue Zeile." if most == TITLE_LENGTH else ""),
                en=f"That is too long: at most {most} characters, it has {length}."
                + (" More text goes on a new line." if most == TITLE_LENGTH else ""),
                code="too_large",
            )
        case "too_long":
            return Unreadable(
                de=f"Das sind zu viele: höchstens {limits['max_length']}.",
                en=f"Those are too many: at most {limits['max_length']}.",
                code="too_large",
            )
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            bound = next(iter(limits.values()))
            few = first["type"].startswith("greater")
            german, english = (
                ("klein: mindestens", "small: at least") if few else ("gross: höchstens", "large: at most")
            )
            return Unreadable(
                de=f"«{short(raw)}» ist zu {german} {bound}.",
                en=f"«{short(raw)}» is too {english} {bound}.",
            )
        case "int_parsing" | "int_from_float" | "int_type" | "int_parsing_size":
            return Unreadable(
                de=f"«{short(raw)}» ist keine ganze Zahl.", en=f"«{short(raw)}» is not a whole number."
            )
        case _:
            return Unreadable(
                de=f"«{short(raw)}» verstehe ich hier nicht.", en=f"I don't understand «{short(raw)}» here."
            )


def _is_length_of(given: Any, limits: Mapping[str, Any]) -> bool:
    """Are these the letters that are too many, and not the parts that were read of them?"""
    return isinstance(given, str) and limits.get("actual_length", len(given)) == len(given)


def on_day(ctx: Context, when: Moment | Hours, before: datetime | None) -> Moment:
    """The moment; of a time alone that on the day it was `before`. Refuses: BadInput."""
    if isinstance(when, Moment):
        return when
    zone = ctx.settings.zone
    day = f"{before.astimezone(zone):%d.%m.%Y} " if before is not None else ""
    try:
        return read_moment(f"{day}{when.typed}", now=ctx.now, zone=zone)
    except DateRefused as problem:
        sentence = Unreadable(de=explain(problem, "de"), en=explain(problem, "en"))
        raise refusal(ctx, sentence, "when") from problem


def refused_by(ctx: Context, error: ValidationError, raw: str, name: str) -> Refused:
    """The refusal of a value that a feature has read by itself."""
    return refusal(ctx, _sentence(error, raw), name)


def nothing_to_change(ctx: Context, *, same: bool = False) -> Refused:
    """The refusal of a change that changes nothing; `same`: it says what is there already."""
    assert ctx.command is not None
    return Refused(NothingToChange(ctx.command, same, _at_hand(ctx, ctx.command)))


def _at_hand(ctx: Context, command: Command) -> str:
    """The reference of the thing that the line begins with, as far as it is one of the command's."""
    said = re.match(r"#?([A-Za-z]?)\s?#?(\d{1,9})\b", ctx.rest)
    first = next((p for p in command.parameters if p.place == "word"), None)
    thing = THINGS.get(first.kind) if first is not None else None
    if said is None or thing is None or said[1].upper() not in ("", thing.letter):
        return ""
    return f"{thing.letter}{said[2]}"


def refusal(
    ctx: Context, problem: Unreadable, name: str | None, *, command: Command | None = None
) -> Refused:
    """The refusal that says this problem in the language of the conversation."""
    labels = FIELDS.get(name or "")
    return Refused(
        BadInput(
            sentence=_shown(problem.sentence[ctx.language]),
            reason=problem.code,
            field=problem.field or (labels[0 if ctx.language == "de" else 1] if labels else name),
            nearest=problem.nearest,
            command=command,
            ref=_at_hand(ctx, command) if command is not None else "",
        )
    )
