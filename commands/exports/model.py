"""`export ideen`: all things of a kind as a file, for spreadsheets or for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from commands.exports.kinds import KINDS, Entry
from commands.exports.words import HEADINGS, VALUES
from commands.framework import PERSON, Audience, Context, FileReply, Machine, Role, command
from commands.framework.tables import as_csv
from commands.framework.types import choices
from storage.engine.every import every
from storage.members import Member

ExportKind = Annotated[str, choices({kind.german: code for code, kind in KINDS.items()})]
Format = Annotated[Literal["csv", "json"], choices({"csv": "csv", "json": "json"})]


class Export(FileReply):
    """All there is of a kind."""

    kind: str
    entries: tuple[Entry, ...]
    format: str
    language: str
    at: str  # when it was made
    names: dict[str, str]  # of people, by Matrix id

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "file", "of": self.kind, "format": self.format, "rows": len(self.entries)}

    def file(self) -> tuple[str, str, bytes]:
        called = KINDS[self.kind].german if self.language == "de" else self.kind
        name = f"{called}-{self.at[:10]}.{self.format}"
        if self.format == "csv":
            return name, "text/csv", as_csv(self._table())
        whole = {"of": self.kind, "at": self.at, "rows": [entry.part for entry in self.entries]}
        return name, "application/json", json.dumps(whole, ensure_ascii=False, indent=1).encode()

    def _table(self) -> Iterable[Sequence[str]]:
        columns, index = KINDS[self.kind].columns, 0 if self.language == "de" else 1
        yield [HEADINGS[column][index] for column in columns]
        for entry in self.entries:
            yield [self._cell(column, entry.value(column), index) for column in columns]

    def _cell(self, column: str, value: Any, index: int) -> str:
        """The value as people read it: a code in words, a person by name."""
        if value is None:
            return ""
        if isinstance(value, (list, tuple)):
            return ", ".join(self._cell(column, one, index) for one in value)
        if isinstance(value, bool):
            return (("nein", "no"), ("ja", "yes"))[value][index]
        said = VALUES.get(column, {}).get(value)
        return said[index] if said is not None else self.names.get(value, str(value))


@command(
    "export",
    "export",
    "exportieren",
    "exportiere",
    role=Role.COORDINATOR,
    de="alles einer Art als Datei, für Excel oder andere Programme",
    en="all of a kind as a file, for Excel or other programs",
    example=("ideen format: csv", "ideas format: csv"),
    direct=True,
    words=(
        "Excel",
        "Tabelle",
        "CSV",
        "JSON",
        "herunterladen",
        "exportieren",
        "als Datei",
        "Datenexport",
        "spreadsheet",
        "download",
    ),
    offer=("Alles einer Art als Datei, zum Beispiel die Ideen", "All of a kind as a file, such as the ideas"),
)
def export(ctx: Context, kind: ExportKind, *, format: Format = "csv") -> Export:  # noqa: A002 - the field's name
    """All there is of the kind, in order of their numbers. That it was exported is in the audit log."""
    found = KINDS[kind]
    entries = found.lines if found.lines is not None and format == "csv" else found.entries
    ctx.audit(found.german if ctx.settings.language == "de" else kind)
    return Export(
        kind=kind,
        entries=tuple(entries(ctx)),
        format=format,
        language=ctx.language,
        at=ctx.now.astimezone(ctx.settings.zone).isoformat(timespec="seconds"),
        names={member.user_id: member.name for member in every(ctx.tx, Member)} if format == "csv" else {},
    )
