"""How the head line is shared out: to references, single words and the rest of the line, and to fields said in it.

What is not said is filled in where it is clear: the group of the room, or the only thing that can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from commands.dates import DateRefused
from commands.framework import loose
from commands.framework.context import Context
from commands.framework.declarations import MEANT, THINGS, Command, Parameter
from commands.framework.grammar import Parts, loose_fields
from commands.framework.types import Unreadable
from commands.framework.vocabulary import choice_of

LONGEST_NAME = 4  # words of a municipality
LONGEST_DATE = 8  # words of a date with its times
_REFERENCE = re.compile(r"#?[A-Za-z]?#?[0-9]+")
_APART = re.compile(r"^(#?[A-Za-z])\s+(#?[0-9]{1,9})(?=\s|$)")  # «P 3»
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def share(ctx: Context, command: Command, parts: Parts, labels: Mapping[str, str]) -> dict[str, str]:
    """The words given to each: single words from both ends, the rest to the one that takes the line.

    Raises: Unreadable, for what is left over.
    """
    places = [p for p in command.parameters if p.place in ("word", "line")]
    loosely = next((p for p in places if p.found in ("duration", "mark")), None)
    if loosely is not None:
        places.remove(loosely)
    kind = places[0].kind if places else ""
    words = (_APART.sub(r"\1\2", parts.head) if kind else parts.head).split()
    anywhere = _anywhere(ctx, command, parts, words, loosely, kind) if loosely is not None else {}
    wide = next((i for i, p in enumerate(places) if p.place == "line"), None)
    given = _by_letter(command, parts, words, places) if wide is None else {}
    if kind and (number := _filled_in(ctx, command, places, words)) is not None:
        words.insert(0, f"{THINGS[kind].letter}{number}")
    for parameter in places if wide is None else places[:wide]:
        if words:
            given[parameter.name] = words.pop(0)
    if wide is None:
        return given | anywhere | (_left_over(ctx, command, words, parts, labels) if words else {})
    line, said = places[wide], anywhere
    if line.required:
        said = anywhere | _said_at_the_end(ctx, command, words, parts)
    for parameter in reversed(places[wide + 1 :]):
        if len(words) > 1 or (words and not line.required):
            given[parameter.name] = words.pop()
    given[line.name] = " ".join(words)
    return given | said


def _by_letter(command: Command, parts: Parts, words: list[str], places: list[Parameter]) -> dict[str, str]:
    """Things of another kind than those of the head line, known by their letter: they are fields said without a name.

    One number more than there are places is such a thing too, and stands first.
    """
    others = {p.kind for p in places}
    given: dict[str, str] = {}
    for field in command.fields:
        if field.kind not in THINGS or field.kind in others or field.name in parts.fields:
            continue
        letter = THINGS[field.kind].letter
        named = (w for w in words if re.fullmatch(rf"#?{letter}#?[0-9]{{1,9}}[,:;.]?", w, re.IGNORECASE))
        word = next(named, None)
        if word is None and len(words) == len(places) + 1 and all(w.isdigit() for w in words):
            word = words[0]
        if word is not None:
            words.remove(word)
            given[field.name] = word.rstrip(",:;.")
    return given


def _anywhere(
    ctx: Context, command: Command, parts: Parts, words: list[str], loosely: Parameter, kind: str
) -> dict[str, str]:
    """How long something has lasted and on which day, or a mark; the thing it is for stands first from now on."""
    in_group = (ctx.where.purpose or "").startswith("group ")
    taken = (
        loose.take_duration(words)
        if loosely.found == "duration"
        else loose.take_mark(words, of_thing=not in_group)
    )
    said = {loosely.name: taken}
    loose.put_first(words, kind)
    day = next((p for p in command.fields if p.found == "date" and p.name not in parts.fields), None)
    if day is not None:
        first = 1 if words and _REFERENCE.fullmatch(words[0]) else 0
        rest = words[first:]
        said[day.name] = loose.take_day(rest, day, lambda one, typed: _reads(ctx, one, typed))
        words[first:] = rest
    return said


def _filled_in(ctx: Context, command: Command, places: list[Parameter], words: list[str]) -> int | None:
    """The number that was not typed: in a group's room that of the group, or of the only thing meant."""
    place = places[0]
    required = sum(p.required for p in places)
    named = bool(words) and _REFERENCE.fullmatch(words[0]) is not None
    if named and words[0].isdigit() and len(words) < required:  # «gruppe grösse 9»
        named = False
    if named or (words and place.place == "line") or place.meant not in MEANT:
        return None
    in_group = (ctx.where.purpose or "").startswith("group ")
    return MEANT[place.meant](ctx) if in_group or (place.required and command.reads) else None


def _said_at_the_end(ctx: Context, command: Command, words: list[str], parts: Parts) -> dict[str, str]:
    """The address, and the date that is needed, which stand at the end of the line; they are taken off it."""
    said: dict[str, str] = {}
    fields = {p.name: p for p in command.fields if p.name not in parts.fields}
    if "link" in fields and len(words) > 1 and _ADDRESS.fullmatch(words[-1]):
        said["link"] = words.pop()
    if "when" in fields and fields["when"].required:
        for first in range(max(1, len(words) - LONGEST_DATE), len(words)):
            if _reads(ctx, fields["when"], tail := " ".join(words[first:])):
                said["when"] = tail
                del words[first:]
                break
    if words:
        words[-1] = words[-1].rstrip(",;") or words[-1]
    return said


def _left_over(
    ctx: Context, command: Command, words: list[str], parts: Parts, labels: Mapping[str, str]
) -> dict[str, str]:
    """Fields said without their names, or without colons: the needed ones in their order, else the reason."""
    text = " ".join(words)
    loose = loose_fields(text, labels)
    needed = [p for p in command.fields if p.required and p.name not in parts.fields]
    if len(needed) > 1 and list(loose) == [needed[0].name]:  # «Gemeinde Aesch, Schalter»
        words = loose[needed[0].name].split()
    elif loose and not loose.keys() & parts.fields.keys():
        return loose
    given: dict[str, str] = {}
    for parameter in needed:
        if not words:  # it may stand below
            break
        if parameter is needed[-1]:
            given[parameter.name], words = " ".join(words), []
        else:
            given[parameter.name], words = _first_of(ctx, parameter, words)
    if needed:
        return given
    if any(p.name == "reason" for p in command.fields) and "reason" not in parts.fields:
        return {"reason": text}
    if (field := _likely_field(ctx, command, text, parts)) is not None:
        return {field.name: text}
    raise Unreadable(de=f"«{text}» verstehe ich hier nicht.", en=f"I don't understand «{text}» here.")


def _likely_field(ctx: Context, command: Command, text: str, parts: Parts) -> Parameter | None:
    """Of a list: the field of few words that has this one, else what is looked for: «news liste portal»."""
    free = [p for p in command.fields if p.name not in parts.fields] if command.reads else []
    told = [p for p in free if choice_of(p) is not None or p.name == "municipality"]
    fit = [p for p in told if _reads(ctx, p, text)]
    return fit[0] if len(fit) == 1 else next((p for p in free if p.name == "search"), None)


def _first_of(ctx: Context, parameter: Parameter, words: list[str]) -> tuple[str, list[str]]:
    """The beginning that can be read as this, and what is left; up to the first comma, where nothing can."""
    for count in range(min(LONGEST_NAME, len(words)), 0, -1):
        typed = " ".join(words[:count]).strip(" ,;")
        if "," not in typed and _reads(ctx, parameter, typed):
            return typed, words[count:]
    count = next((n for n, word in enumerate(words, 1) if word.endswith((",", ";"))), 1)
    return " ".join(words[:count]).strip(" ,;"), words[count:]


def _reads(ctx: Context, parameter: Parameter, typed: str) -> Any:
    try:
        parameter.adapter.validate_python(typed, context=ctx)
    except (ValidationError, DateRefused):
        return False
    return True
