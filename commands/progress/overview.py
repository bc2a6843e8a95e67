"""Looking at processes: the catalogue, the board, one with all that is known of it, and its history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from commands import events, groups, processes, products
from commands.fields import FIELDS
from commands.framework import (
    EVERYONE,
    Audience,
    Context,
    Drawing,
    Machine,
    Page,
    Reply,
    Role,
    Short,
    command,
    group,
)
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before, rows_on
from commands.processes import (
    PHASE_WORDS,
    PHASES,
    PHASES_IN_ENGLISH,
    AboutProcess,
    Klass,
    ProcessNamed,
    StandingWord,
    View,
    standing,
)
from commands.products import Review
from commands.words import key_of
from storage import members, municipalities, process_history, process_progress
from storage import products as worked_on
from storage.events import Event
from storage.process_history import Change
from storage.process_progress import Criterion, Document
from storage.processes import Process

CHANGES: Final = 5  # of the history that are shown with a process
IN_ROW: Final = 8  # processes of a phase that are drawn at most
TRAININGS: Final = 3  # so many that fit are named
STANDINGS: Final = (*PHASES, "on_hold", "dropped")  # what processes are filed under on the board
GERMAN: Final = {code: word for word, code in PHASE_WORDS.items()} | {"running": "laufend", "all": "alle"}


@dataclass(frozen=True)
class Step:
    """An entry of the history, with the name of who did it; empty where it was the group, or nobody is known."""

    change: Change
    name: str


class ProcessList(ListPage):
    """One page of processes; `filters` are the fields that were given, to go on with."""

    views: tuple[View, ...]
    filters: tuple[tuple[str, str], ...] = ()  # the parameter's name and its value; codes in English

    def machine(self) -> Machine:
        return self.listed("process", [f"P{view.process.id}" for view in self.views])

    def following(self, language: str) -> str:
        """The command that shows the next page."""
        index = 0 if language == "de" else 1
        words = {
            name: GERMAN.get(value, value) if language == "de" and name == "state" else value
            for name, value in self.filters
        }
        given = [f"{FIELDS[name][index]}: {words[name]}" for name, _ in self.filters]
        return " ".join(
            [("prozess liste", "process list")[index], *given, f"{FIELDS['page'][index]}: {self.page + 1}"]
        )


class Board(Reply):
    """All processes by where they are, the first phase first; phases without any are left out."""

    columns: tuple[tuple[str, tuple[View, ...]], ...]

    @property
    def total(self) -> int:
        return sum(len(views) for _, views in self.columns)

    def machine(self) -> Machine:
        refs = [f"P{view.process.id}" for _, views in self.columns for view in views]
        return {"type": "list", "of": "process", "refs": refs, "page": 1, "pages": 1, "total": len(refs)}

    def drawing(self) -> Drawing | None:
        name = ("prozesse.png", "processes.png")
        return Drawing("board", {"rows": self.drawn()}, name) if self.columns else None

    def drawn(self) -> list[Machine]:
        """All phases, also those without any process, and what stands still where there is any."""
        there = dict(self.columns)
        return [
            {
                "phase": (GERMAN[code], PHASES_IN_ENGLISH[code]),
                "total": len(there.get(code, ())),
                "processes": [
                    [f"P{view.process.id}", view.process.name, view.percent]
                    for view in there.get(code, ())[:IN_ROW]
                ],
            }
            for code in STANDINGS
            if code in PHASES or code in there
        ]


class ProcessShown(AboutProcess):
    """The process with all that is known of it."""

    reviews: tuple[tuple[Review, tuple[str, ...] | None], ...] = ()  # with who has not answered
    documents: tuple[Document, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    rollout: tuple[str, ...] = ()
    first_movers: tuple[str, ...] = ()  # those that do not have it yet, where it is being rolled out
    leader: str = ""
    trainings: tuple[Event, ...] = ()  # to come, that give the know-how the process wants
    steps: tuple[Step, ...] = ()  # newest first

    @property
    def audience(self) -> Audience:
        return group(self.process.id) if self.reviews else EVERYONE

    def outside(self) -> Reply | None:
        return replace(self, reviews=tuple((review.outside(), None) for review, _ in self.reviews))


class History(ListPage):
    """A page of what has become of the process, newest first."""

    process: Process
    steps: tuple[Step, ...]

    def machine(self) -> Machine:
        return self.listed("history", [f"P{self.process.id}"])


@command(
    "prozess liste",
    "process list",
    role=Role.PI,
    de="die Prozesse auflisten und durchsuchen",
    en="list and search processes",
    example=("klasse: L | stand: Frontend in Arbeit", "class: L | state: frontend_design"),
    reads=True,
    words=(
        "Projekten arbeitet",
        "welche Dienste",
        "woran arbeitet",
        "Dienste",
        "services",
        "digitalisiert",
        "list of processes",
        "Katalog",
        "welche Prozesse",
    ),
    offer=("Die Prozesse sehen", "See the processes"),
)
def list_processes(
    ctx: Context,
    *,
    klass: Klass | None = None,
    state: StandingWord | None = None,
    life: Short | None = None,
    search: Short | None = None,
    page: Page = 1,
) -> ProcessList:
    """One page of the processes, by number; without `stand` all but those dropped."""
    wanted = state or "listed"
    found = [
        view
        for view in processes.views(ctx)
        if klass in (None, view.process.klass)
        and _is(view.process, wanted)
        and (life is None or key_of(life) in key_of(view.process.life or ""))
        and (search is None or key_of(search) in _searched(view.process))
    ]
    require_page(ctx, page, len(found))
    given = {"klass": klass, "state": state, "life": life, "search": search}
    filters = tuple((name, value) for name, value in given.items() if value is not None)
    return ProcessList(tuple(rows_on(page, found)), filters, page=page, total=len(found))


def _is(process: Process, wanted: str) -> bool:
    match wanted:
        case "all":
            return True
        case "listed":
            return not process.dropped
        case "running":
            return not (process.on_hold or process.dropped)
    return standing(process) == wanted


def _searched(process: Process) -> str:
    return f"{process.name_key} {key_of(process.life or '')} {key_of(process.description)}"


@command(
    "prozess stand",
    "process board",
    role=Role.PI,
    de="alle Prozesse nach Phasen",
    en="all processes by phase",
    example=("", ""),
    reads=True,
    words=(
        "wo stehen",
        "wo stehen alle",
        "wie weit Prozesse",
        "Stand Prozesse",
        "Gesamtübersicht",
        "Überblick Prozesse",
        "state of all processes",
        "all processes",
        "nach Phasen",
        "Stand aller",
        "wie weit alles",
        "alle Prozesse",
        "overview",
        "how far everything",
        "board",
        "Übersicht Prozesse",
    ),
    offer=("Alle Prozesse nach Phasen sehen", "See all processes by phase"),
)
def board(ctx: Context, process: ProcessNamed | None = None) -> Reply:
    """Every process with its percentage, under the phase it is in; on hold and dropped ones at the end.

    Of one that is named, what `prozess zeige` shows.
    """
    if process is not None:
        return show(ctx, process)
    filed: dict[str, list[View]] = {}
    for view in processes.views(ctx):
        filed.setdefault(standing(view.process), []).append(view)
    return Board(tuple((code, tuple(filed[code])) for code in STANDINGS if code in filed))


@command(
    "prozess zeige",
    "process show",
    role=Role.PI,
    de="einen Prozess mit Arbeitsergebnissen, Gruppe und Verlauf zeigen",
    en="show a process with work products, group and history",
    example=("P3", "P3"),
    reads=True,
    words=(
        "aktueller Stand",
        "läuft mit",
        "doing",
        "Neuigkeiten zu P",
        "how is doing",
        "wie steht Prozess",
        "how far",
        "Neues zu",
        "wo steht",
        "wie weit",
        "vorwärts",
        "wie geht es mit",
        "status",
        "Stand",
        "where does stand",
        "progress",
        "Fortschritt",
    ),
    offer=("Sehen, wo ein Prozess steht", "See where a process stands"),
)
def show(ctx: Context, process: ProcessNamed) -> ProcessShown:
    """All that is known of the process. Whose consent is missing is said as in `ergebnis zeige`."""
    view = processes.view(ctx, process)
    begun = {row.code for row in worked_on.list_of(ctx.tx, process)}
    reviews = [products.review(ctx, process, code) for code in view.products if code in begun]
    rollout = [name for name, _ in process_progress.list_rollout(ctx.tx, process)]
    group = groups.get(ctx, process)
    leader = members.find(ctx.tx, group.leader) if group.leader is not None else None
    first = municipalities.list_all(ctx.tx) if view.process.phase.startswith("rollout") else []
    return ProcessShown(
        view,
        ctx.card_link("process", process),
        reviews=tuple((found, products.missing_names(ctx, found)) for found in reviews),
        documents=tuple(process_progress.list_documents(ctx.tx, process)),
        criteria=tuple(process_progress.list_criteria(ctx.tx, process)),
        rollout=tuple(rollout),
        first_movers=tuple(m.name for m in first if m.first_mover and m.name not in rollout),
        leader=leader.name if leader is not None else "",
        trainings=_trainings(ctx, view.process),
        steps=_with_names(ctx, process_history.list_newest(ctx.tx, process, limit=CHANGES)),
    )


def _trainings(ctx: Context, process: Process) -> tuple[Event, ...]:
    found = events.recommended(ctx, events.text_of(process))
    return () if process.dropped else tuple(found[:TRAININGS])


@command(
    "prozess verlauf",
    "process history",
    role=Role.PI,
    de="den ganzen Verlauf eines Prozesses zeigen: wer, wann, warum",
    en="show the whole history of a process: who, when, why",
    example=("P3", "P3"),
    reads=True,
    words=(
        "alles passiert",
        "bisher passiert",
        "happened so far",
        "Chronik",
        "bisher",
        "verlaufen",
        "Geschichte",
        "history",
        "chronologisch",
    ),
    offer=("Den Verlauf eines Prozesses zeigen", "Show the history of a process"),
)
def history(ctx: Context, process: ProcessNamed, *, page: Page = 1) -> History:
    """All that was changed, newest first."""
    found = processes.get(ctx, process)
    total = process_history.count(ctx.tx, process)
    require_page(ctx, page, total)
    steps = process_history.list_newest(ctx.tx, process, limit=A_PAGE, offset=rows_before(page))
    return History(found, _with_names(ctx, steps), page=page, total=total)


def _with_names(ctx: Context, changes: list[Change]) -> tuple[Step, ...]:
    names = products.names_of(ctx, {change.by for change in changes} - {""})
    return tuple(Step(change, names.get(change.by, "")) for change in changes)
