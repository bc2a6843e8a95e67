"""From the text after a command's name to the typed arguments of its handler."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError

from commands.api import Command, Parameter
from commands.context import Context
from commands.dates import DateRefused, explain
from commands.errors import BadInput, Incomplete
from commands.grammar import Parts, field_labels, split
from commands.replies import Refused
from commands.types import TITLE_LENGTH, Unreadable
from commands.words import FIELDS

LONGEST_SENTENCE = 1000  # characters
_LABELS: dict[str, dict[str, str]] = {}


def read(ctx: Context, command: Command, rest: str) -> dict[str, Any]:
    """The keyword arguments for the command's handler.

    Refuses: BadInput, for what can't be read; Incomplete, with a filled-in template, for what is missing.
    """
    labels = _LABELS.get(command.name)
    if labels is None:
        labels = _LABELS[command.name] = field_labels(command)
    try:
        parts = split(rest, labels, frozenset(word for p in command.parameters for word in p.words))
    except Unreadable as problem:
        raise refusal(ctx, problem, problem.field) from problem
    given = _head(ctx, command, parts) | _below(ctx, command, parts)
    values: dict[str, Any] = {}
    missing: list[Parameter] = []
    for parameter in command.parameters:
        raw = given.get(parameter.name)
        if raw:
            values[parameter.name] = _validate(ctx, parameter, raw)
        elif parameter.required:
            missing.append(parameter)
        else:
            values[parameter.name] = parameter.default
    if missing:
        raise Refused(
            Incomplete(
                command=command, missing=tuple(p.name for p in missing), parts=parts, language=ctx.language
            )
        )
    return values


def _head(ctx: Context, command: Command, parts: Parts) -> dict[str, str]:
    """Share out the head line: single words from both ends, the rest to the one that takes the line."""
    places = [p for p in command.parameters if p.place in ("word", "line")]
    words = parts.head.split()
    wide = next((i for i, p in enumerate(places) if p.place == "line"), None)
    given: dict[str, str] = {}
    before = places if wide is None else places[:wide]
    for parameter in before:
        if words:
            given[parameter.name] = words.pop(0)
    if wide is not None:
        for parameter in reversed(places[wide + 1 :]):
            if len(words) > 1 or (words and not places[wide].required):
                given[parameter.name] = words.pop()
        given[places[wide].name] = " ".join(words)
    elif words:
        extra = " ".join(words)
        raise refusal(
            ctx,
            Unreadable(
                de=f"Mit «{_short(extra)}» kann ich hier nichts anfangen.",
                en=f"I don't know what «{_short(extra)}» means here.",
            ),
            None,
            command=command,
        )
    return given


def _below(ctx: Context, command: Command, parts: Parts) -> dict[str, str]:
    given = dict(parts.fields)
    body = next((p for p in command.parameters if p.place == "body"), None)
    if body is not None:
        given[body.name] = parts.body
    elif parts.body:
        raise refusal(
            ctx,
            Unreadable(
                de=f"Dieser Befehl nimmt keinen Text darunter («{_short(parts.body)}»).",
                en=f"This command takes no text below («{_short(parts.body)}»).",
            ),
            None,
            command=command,
        )
    return given


def _shown(sentence: str) -> str:
    """The sentence, with what people typed shortened where it is quoted."""
    short = re.sub("«([^»]{41,})»", lambda quoted: f"«{_short(quoted[1])}»", sentence)
    return short if len(short) <= LONGEST_SENTENCE else f"{short[:LONGEST_SENTENCE]} …"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"  # noqa: PLR2004


def _validate(ctx: Context, parameter: Parameter, raw: str) -> Any:
    try:
        return parameter.adapter.validate_python(raw, context=ctx)
    except DateRefused as problem:
        sentence = Unreadable(de=explain(problem, "de"), en=explain(problem, "en"))
        raise refusal(ctx, sentence, parameter.name) from problem
    except ValidationError as error:
        raise refusal(ctx, _sentence(error, raw), parameter.name) from error


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
        case "string_too_long" | "too_long" if isinstance(first["input"], str):
            most = limits["max_length"]
            return Unreadable(
                de=f"Das ist zu lang: höchstens {most} Zeichen, es sind {len(raw)}."
                + (" Mehr Text kommt auf eine neue Zeile." if most == TITLE_LENGTH else ""),
                en=f"That is too long: at most {most} characters, it has {len(raw)}."
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
                de=f"«{_short(raw)}» ist zu {german} {bound}.",
                en=f"«{_short(raw)}» is too {english} {bound}.",
            )
        case "int_parsing" | "int_from_float" | "int_type" | "int_parsing_size":
            return Unreadable(
                de=f"«{_short(raw)}» ist keine ganze Zahl.", en=f"«{_short(raw)}» is not a whole number."
            )
        case _:
            return Unreadable(
                de=f"«{_short(raw)}» verstehe ich hier nicht.", en=f"I don't understand «{_short(raw)}» here."
            )


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
        )
    )
