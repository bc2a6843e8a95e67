"""What messages tell other programs, docs/machine.md: each type, its fields with their shapes, an example.

`python -m bot.admin.parts` writes it. Tests compare the two, and what the bot says with what stands here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from bot.admin.part_types import CODES, EVERYWHERE, PARTS, PRODUCT_STATES, Field, Part
from bot.rendering.replies import KEY
from commands import load
from commands.framework.failures import Failure
from commands.framework.replies import REPLIES

FILE: Final = Path(__file__).parents[2] / "docs" / "machine.md"


_REFERENCE: Final = re.compile(r"[A-Z]\d+")
_PERSON: Final = re.compile(r"@[^:\s]+:\S+")


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


def _are(each: Any, value: Any) -> bool:
    return isinstance(value, list) and all(each(one) for one in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_person(value: Any) -> bool:
    return _is_text(value) and bool(_PERSON.fullmatch(value))


def _is_error(value: Any) -> bool:
    return isinstance(value, dict) and type(value["line"]) is int and _is_text(value["code"])


def _is_option(value: Any) -> bool:
    """A key, a value and a label, all texts, and the command that it runs where it runs one."""
    keys = {"key", "value", "label"}
    return (
        isinstance(value, dict)
        and keys <= value.keys() <= keys | {"command"}
        and all(map(_is_text, value.values()))
    )


def _is_result(value: Any) -> bool:
    """What was answered to a question."""
    if not isinstance(value, dict) or not _is_text(value.get("question")):
        return False
    counts = value.get("counts", {})
    return all(type(n) is int and n >= 0 for n in (*counts.values(), value.get("texts", 0)))


def _is_date_to_choose(value: Any) -> bool:
    """Times, and how many people said what to them."""
    times, counts = ("start", "end"), ("yes", "no", "maybe")
    return (
        isinstance(value, dict)
        and value.keys() - {"end"} == {"start", *counts}
        and all(_is_time(value[name]) for name in times if name in value)
        and all(type(value[name]) is int and value[name] >= 0 for name in counts)
    )


SHAPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "text": _is_text,
    "texts": lambda value: _are(_is_text, value),
    "count": lambda value: type(value) is int and value >= 0,
    "mean": lambda value: type(value) is int or (_is_text(value) and float(value) > 0),
    "yes or no": lambda value: type(value) is bool,
    "time": _is_time,
    "date": lambda value: _is_text(value) and bool(date.fromisoformat(value)),
    "reference": lambda value: _is_text(value) and bool(_REFERENCE.fullmatch(value)),
    "person": _is_person,
    "people": lambda value: _are(_is_person, value),
    "options": lambda value: isinstance(value, list) and all(map(_is_option, value)),
    "results by question": lambda value: isinstance(value, list) and all(map(_is_result, value)),
    "dates to choose": lambda value: isinstance(value, list) and all(map(_is_date_to_choose, value)),
    "texts by name": lambda value: isinstance(value, dict) and all(map(_is_text, value.values())),
    "errors by line": lambda value: isinstance(value, list) and all(map(_is_error, value)),
    "states by product": lambda value: (
        isinstance(value, dict) and all(v in PRODUCT_STATES for v in value.values())
    ),
}
EXPLAINED: Final = {
    "texts by name": "texts, each by its name",
    "errors by line": "`line` and `code` of each",
    "text": "a text",
    "options": "`key` (what is typed or tapped), `value`, `label`, and `command` where one runs, of each",
    "texts": "a list of texts",
    "dates to choose": "`start`, `end` where it has one, and how many said `yes`, `no`, `maybe`, of each",
    "count": "a whole number, 0 or more",
    "mean": 'a whole number, or a fraction as text (`"2.7"`): Matrix has no fractions',
    "yes or no": "`true` or `false`",
    "time": "ISO 8601 with offset: `2027-03-18T13:30:00+01:00`",
    "date": "`2027-03-18`",
    "reference": "a letter and a number, given once: `I12`",
    "person": "a Matrix id",
    "people": "a list of Matrix ids",
    "results by question": "a list of objects: `question`, and `counts`, by choice, or `texts`, a count",
    "states by product": "an object: for each code of a work product its state",
}


def problems(part: Mapping[str, Any]) -> list[str]:
    """All that in this part of a message is not as described here."""
    told = dict(part)
    kind = told.pop("type", None)
    if kind not in PARTS:
        return [f"type {kind}"]
    found = _differences(f"{kind}.", (*PARTS[kind].fields, *EVERYWHERE), told)
    return found if kind != "error" or told.get("code") in CODES else [*found, f"code {told.get('code')}"]


def _differences(where: str, fields: tuple[Field, ...], told: Mapping[str, Any]) -> list[str]:
    known = {field.name: field for field in fields}
    found = [f"{where}{name} is not described" for name in told if name not in known]
    found += [
        f"{where}{name} is missing" for name, field in known.items() if field.always and name not in told
    ]
    for name, value in told.items():
        if name not in known:
            continue
        shape = known[name].shape
        inside = tuple(one for one in shape if isinstance(one, Field)) if isinstance(shape, tuple) else ()
        if inside and isinstance(value, Mapping):
            found += _differences(f"{where}{name}.", inside, value)
        elif inside or not (SHAPES[shape](value) if isinstance(shape, str) else value in shape):
            found.append(f"{where}{name} is {value!r}")
    return found


INTRODUCTION: Final = f"""\
# What messages tell other programs

Every message of the bot has a part for programs, `{KEY}` in its content; in an edit it stands inside
`m.new_content`. A field without a value is left out. A reply to a command that changes a thing tells how the thing is
**after** the change. Texts for people may change with any version; what stands here changes only with a note in
[CHANGELOG.md](../CHANGELOG.md). **Bold** fields are always there. To give commands, a program types them like a person:
[commands.md](commands.md).

This page is made from the program: `python -m bot.admin.parts` writes it anew.

"""


def page() -> str:
    """The whole page."""
    load()
    used = {reply.code for reply in REPLIES.values() if issubclass(reply, Failure)}
    assert used <= set(CODES), used - set(CODES)
    shapes = "".join(f"| {name} | {says} |\n" for name, says in EXPLAINED.items())
    codes = "".join(f"| `{code}` | {says} |\n" for code, says in CODES.items())
    types = "".join(_section(kind, part) for kind, part in PARTS.items())
    return (
        f"{INTRODUCTION}## Shapes\n\n| Shape | What it is |\n|---|---|\n{shapes}"
        f"\n## Codes of errors\n\n| Code | What it says |\n|---|---|\n{codes}{types}"
    )


def _section(kind: str, part: Part) -> str:
    rows = "".join(_rows("", part.fields))
    told = json.dumps({"type": kind, **part.example}, ensure_ascii=False, indent=2)
    meaning = part.meaning[0].upper() + part.meaning[1:]
    table = f"| Field | Shape | What it says |\n|---|---|---|\n{rows}\n"
    return f"\n## `{kind}`\n\n{meaning}.\n\n{table}```json\n{told}\n```\n"


def _rows(within: str, fields: tuple[Field, ...]) -> list[str]:
    found = []
    for field in fields:
        name = f"`{within}{field.name}`"
        shown = f"**{name}**" if field.always else name
        if isinstance(field.shape, str):
            found.append(f"| {shown} | {field.shape} | {field.meaning} |\n")
            continue
        inside = tuple(one for one in field.shape if isinstance(one, Field))
        shape = "object" if inside else ", ".join(f"`{word}`" for word in field.shape)
        found.append(f"| {shown} | {shape} | {field.meaning} |\n")
        found += _rows(f"{within}{field.name}.", inside)
    return found


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
