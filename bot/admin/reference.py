"""The reference of all commands, docs/commands.md, made from their declarations.

`python -m bot.admin.reference` writes it. A test compares the two, so that they can't drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from commands import load
from commands.fields import FIELDS
from commands.framework.context import Settings
from commands.framework.declarations import COMMANDS, Command
from commands.framework.replies import Role
from commands.general import in_order

FILE: Final = Path(__file__).parents[2] / "docs" / "commands.md"
ROLES: Final = {
    Role.ANYONE: "alle · anyone",
    Role.KNOWN: "Angemeldete · the registered",
    Role.PI: "Public Innovators",
    Role.LEADER: "Leader · leaders",
    Role.MODERATOR: "Moderation · moderators",
    Role.COORDINATOR: "Koordination · coordinators",
}
INTRODUCTION: Final = """\
# Befehle · Commands

Diese Liste entsteht aus dem Programm: `python -m bot.admin.reference` schreibt sie neu.
Beide Sprachen gehen immer, Gross- und Kleinschreibung ist egal, und statt ä, ö, ü darf ae, oe, ue oder
a, o, u stehen. Angaben stehen als `name: wert` auf eigenen Zeilen oder nach ` | `; **fett** sind die nötigen.

This list is made from the program: `python -m bot.admin.reference` writes it anew.
Both languages always work, case does not matter, and ae, oe, ue or a, o, u will do for ä, ö, ü. Fields
stand as `name: value` on lines of their own or after ` | `; those in **bold** are needed.
"""
HEAD: Final = """\
| Befehl · Command | Wer · Who | Angaben · Fields | Beispiel · Example | Was · What |
|---|---|---|---|---|
"""


def reference() -> str:
    """The whole file, one table a noun."""
    load()
    nouns: dict[tuple[str, str], list[Command]] = {}
    for command in COMMANDS.values():
        german, english = (command.called(language).partition(" ")[0] for language in ("de", "en"))
        nouns.setdefault((german, english), []).append(command)
    parts = [INTRODUCTION]
    for (german, english), commands in sorted(nouns.items()):
        title = german if german == english else f"{german} · {english}"
        rows = "".join(_row(command) for command in in_order(commands))
        parts.append(f"## {title}\n\n{HEAD}{rows}")
    return "\n".join(parts)


def _row(command: Command) -> str:
    prefix = Settings().prefix
    names = [f"{prefix}{command.called(language)}" for language in ("de", "en")]
    examples = [
        f"{name} {command.example[language]}".strip()
        for name, language in zip(names, ("de", "en"), strict=True)
    ]
    fields = ", ".join(
        f"**{label}**" if field.required else label
        for field in command.fields
        for label in [" · ".join(dict.fromkeys(FIELDS[field.name]))]
    )
    private = " (Direktchat · direct chat)" if command.direct else ""
    cells = [
        _both(_code(name) for name in names),
        ROLES[command.role] + private,
        fields or "–",
        _both(_code(example) for example in examples),
        _both(command.summary.values()),
    ]
    return f"| {' | '.join(cells)} |\n"


def _both(texts: Iterable[str]) -> str:
    return "<br>".join(dict.fromkeys(texts))


def _code(text: str) -> str:
    """Code for a cell of a table, where a bar would end the cell and a line end the row."""
    lines = (line.replace("|", "\\|") for line in text.split("\n"))
    return "<br>".join(f"`{line}`" for line in lines if line)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(reference(), encoding="utf-8")
