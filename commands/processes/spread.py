"""Who has what: processes that are rolled out, with the municipalities that have them; as text, picture, table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from commands.framework import (
    PERSON,
    Audience,
    Context,
    Drawing,
    FileReply,
    Machine,
    Page,
    Reply,
    Role,
    choices,
    command,
)
from commands.framework.paging import ListPage, require_page, rows_on
from commands.framework.tables import as_csv
from commands.processes.model import PHASES, standing
from commands.processes.words import PHASE_WORDS, PHASES_IN_ENGLISH
from storage import municipalities, processes
from storage import process_progress as stored
from storage.municipalities import Municipality, size_of
from storage.processes import Process

NAMED: Final = 12  # municipalities of a process that the text names
ROLLING: Final = PHASES[-2:]
AsTable = Annotated[Literal["csv"], choices({"csv": "csv"})]
GERMAN: Final = {code: word for word, code in PHASE_WORDS.items()}
HEAD: Final = {
    "de": ("Prozess", "Name", "Stand", "Gemeinde", "Bezirk", "Grösse", "First Mover", "seit"),
    "en": ("process", "name", "state", "municipality", "district", "size", "First Mover", "since"),
}
SIZES: Final = {"small": "klein", "medium": "mittel", "large": "gross"}


@dataclass(frozen=True)
class Had:
    """A process, and the municipalities that have it, First Movers first."""

    process: Process
    municipalities: tuple[str, ...]
    first_movers: int

    @property
    def named(self) -> tuple[str, ...]:
        return self.municipalities[:NAMED]

    @property
    def more(self) -> int:
        return len(self.municipalities) - len(self.named)


class Spread(ListPage):
    """A page of the processes that are rolled out, with who has them."""

    rows: tuple[Had, ...]
    of: int  # municipalities
    first_movers: int
    known: tuple[tuple[str, str, bool], ...] = ()  # all: name, district, whether it is a First Mover

    def machine(self) -> Machine:
        return self.listed("process", [f"P{row.process.id}" for row in self.rows])

    def drawing(self) -> Drawing | None:
        name = ("rollout.png", "rollout.png")
        return Drawing("rollout", self.drawn(), name) if self.rows and self.of else None

    def drawn(self) -> Machine:
        """All that is drawn of it."""
        return {
            "of": self.of,
            "more": self.total - len(self.rows),
            "municipalities": [list(one) for one in self.known],
            "processes": [
                {"ref": f"P{row.process.id}", "name": row.process.name, "have": list(row.municipalities)}
                for row in self.rows
            ],
        }


class SpreadTable(FileReply):
    """Who has what as a table: a row for each process and each municipality that has it."""

    rows: tuple[tuple[Process, Municipality, str], ...]  # and since when
    language: str
    on_day: str

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "file", "of": "rollout", "format": "csv", "rows": len(self.rows)}

    def file(self) -> tuple[str, str, bytes]:
        return f"rollout-{self.on_day}.csv", "text/csv", as_csv(self._table())

    def _table(self) -> Iterable[Sequence[str]]:
        german = self.language == "de"
        yield HEAD["de" if german else "en"]
        for process, town, day in self.rows:
            size, state = size_of(town.population), standing(process)
            yield (
                f"P{process.id}",
                process.name,
                (GERMAN if german else PHASES_IN_ENGLISH)[state],
                town.name,
                town.district,
                SIZES[size] if german else size,
                (("nein", "ja") if german else ("no", "yes"))[town.first_mover],
                day,
            )


@command(
    "prozess verbreitung",
    "process spread",
    role=Role.PI,
    de="welche Gemeinden welchen Prozess haben",
    en="which municipalities have which process",
    example=("", ""),
    reads=True,
    alone=("prozess rollout",),
    words=(
        "wer hat was",
        "wer hat welchen Prozess",
        "welche Gemeinden haben Prozess",
        "welche Gemeinden haben schon",
        "wo ist eingeführt",
        "wo im Einsatz",
        "Stand Rollout",
        "Rollout Übersicht",
        "Rollout Bild",
        "who has what",
        "which municipalities have process",
        "rollout overview",
        "rolled out where",
    ),
    offer=("Sehen, welche Gemeinden welchen Prozess haben", "See which municipalities have which process"),
)
def who_has_what(ctx: Context, *, page: Page = 1, format: AsTable | None = None) -> Reply:  # noqa: A002 - the field's name
    """The processes that some municipality has, or that are being rolled out, by number; as a table, all at once."""
    found = [
        p for p in processes.list_all(ctx.tx) if p.rollout_done or (p.phase in ROLLING and not p.dropped)
    ]
    known = municipalities.list_all(ctx.tx)
    if format is not None:
        return _table(ctx, found, known)
    require_page(ctx, page, len(found))
    shown = rows_on(page, found)
    having = stored.list_having(ctx.tx, [p.id for p in shown])
    first = {m.name for m in known if m.first_mover}
    rows = tuple(_had(p, [name for name, _ in having.get(p.id, ())], first) for p in shown)
    towns = tuple((m.name, m.district, m.first_mover) for m in known)
    return Spread(rows, of=len(known), first_movers=len(first), known=towns, page=page, total=len(found))


def _had(process: Process, names: list[str], first: set[str]) -> Had:
    ordered = sorted(names, key=lambda name: (name not in first, name))
    return Had(process, tuple(ordered), sum(name in first for name in names))


def _table(ctx: Context, found: list[Process], known: list[Municipality]) -> SpreadTable:
    having = stored.list_having(ctx.tx, [p.id for p in found])
    towns = {m.name: m for m in known}
    zone = ctx.settings.zone
    rows = tuple(
        (p, towns[name], f"{at.astimezone(zone):%d.%m.%Y}")
        for p in found
        for name, at in having.get(p.id, ())
        if name in towns
    )
    return SpreadTable(rows, ctx.language, ctx.now.astimezone(zone).date().isoformat())
