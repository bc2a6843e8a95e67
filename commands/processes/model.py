"""Administrative processes (concept 4.4, 7.3): what one looks like; the commands are in `process_*`.

Groups, meetings and ideas look at processes through this module too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from commands.framework import (
    About,
    Context,
    Machine,
    NotFound,
    Refused,
    Reply,
    card,
    choices,
    explained,
    reference,
)
from commands.framework.carrying import refuse_twice
from commands.processes.feedback import STAGE_OF, Voices, voices
from commands.words import key_of
from storage import groups, municipalities, process_history, process_progress, processes, products, seats
from storage.processes import Process

ProcessRef = Annotated[int, reference("process")]
SIGN: Final = "🧭"
PHASES: Final = (
    "identified",
    "frontend_design",
    "frontend_review",
    "frontend_live",
    "results_presented",
    "backend_design",
    "backend_review",
    "backend_live",
    "rollout_first_movers",
    "rollout_all",
)
EVALUATED: Final = ("frontend_live", "backend_live")  # with these an evaluation begins
# The work products, in the order of the concept's chapter 5.
PRODUCTS: Final = (
    "description",
    "applications",
    "profile",
    "bpmn",
    "wireframe",
    "interface",
    "tasks",
    "requirements",
)
# What must be released before these phases, by class.
GATES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "frontend_live": {
        "L": ("profile", "bpmn", "wireframe"),
        "K": ("profile", "bpmn", "wireframe"),
        "M": ("profile", "bpmn"),
        "D": ("description",),
    },
    "backend_live": {
        "L": PRODUCTS,
        "K": PRODUCTS,
        "M": tuple(code for code in PRODUCTS if code not in ("wireframe", "tasks")),
        "D": ("description",),
    },
}

CLASSES: Final = {  # what the classes of priority mean, German and English
    "L": ("Laborleistung, mit allen acht Arbeitsergebnissen", "lab service, with all eight work products"),
    "K": ("Laborkandidat, mit allen acht Arbeitsergebnissen", "lab candidate, with all eight work products"),
    "M": (
        "mittlere Priorität, ohne Formularvorlage und Aufgaben",
        "medium priority, without wireframe and tasks",
    ),
    "D": ("tiefe Priorität, nur mit Grobbeschreibung", "low priority, with the rough description only"),
}

Klass = Annotated[
    Literal["L", "K", "M", "D"],
    choices(
        {"L": "L", "K": "K", "M": "M", "D": "D"},
        also={
            "Labor": "L",
            "Laborleistung": "L",
            "lab service": "L",
            "Kandidat": "K",
            "Laborkandidat": "K",
            "lab candidate": "K",
            "mittel": "M",
            "medium": "M",
            "depriorisiert": "D",
            "deprioritised": "D",
        },
        meanings=CLASSES,
    ),
]


@explained("klasse", "klassen", "class", "classes", "priorität", "priority")
class ClassesExplained(Reply):
    """The meaning of the classes of priority of a process."""

    def machine(self) -> Machine:
        return {"type": "help", "commands": ["process list", "process new", "process edit"]}

    def rows(self, language: str) -> tuple[tuple[str, str], ...]:
        return tuple((code, says[0 if language == "de" else 1]) for code, says in CLASSES.items())


@dataclass(frozen=True)
class View:
    """A process with what is counted of it."""

    process: Process
    products: Mapping[str, str]  # all eight, by code: open, draft, in_review, released
    municipalities: int
    size: int = 0  # seats of its group
    confirmed: int = 0  # seats taken
    asked: int = 0  # seats held for who is asked
    waiting: int = 0
    idea_link: str | None = None
    voices: Voices | None = None  # what people think of it, once it is live

    @property
    def percent(self) -> int:
        return percent(self.process, self.products, self.municipalities)

    def in_state(self, state: str) -> list[str]:
        """The codes of the work products in this state."""
        return [code for code in PRODUCTS if self.products[code] == state]

    def machine(self) -> Machine:
        process = self.process
        until = process.evaluation_until
        found = {
            "life_situation": process.life,
            "variants": process.variants,
            "evaluation_until": until.isoformat() if until else None,
            "reason": process.reason,
        }
        return {
            "type": "process",
            "title": process.name,
            "state": process.phase,
            "on_hold": process.on_hold,
            "dropped": process.dropped,
            "class": process.klass,
            "percent": self.percent,
            "products": dict(self.products),
            "rollout": {"done": process.rollout_done, "of": self.municipalities},
        } | {key: value for key, value in found.items() if value not in (None, "")}


class AboutProcess(Reply):
    """A reply that carries a process."""

    abstract: ClassVar[bool] = True
    view: View
    link: str | None  # to its card; a card has none to itself

    @property
    def process(self) -> Process:
        return self.view.process

    @property
    def about(self) -> About:
        return "process", self.process.id

    def machine(self) -> Machine:
        return process_machine(self.view)


class ProcessCard(AboutProcess):
    """A process as everybody sees it; `in_group`: in the room of those who have joined already."""

    in_group: bool = False


def percent(process: Process, states: Mapping[str, str], of: int) -> int:
    """The progress of the process in percent.

    Ten points for each phase that is behind it, and up to nine more for the share of released work products among
    those that its class needs in the end; in the last phase up to ten for the share of municipalities that have it.
    So a later phase is always more than an earlier one, and 100 is reached when all municipalities have it.
    """
    behind = 10 * PHASES.index(process.phase)
    if process.phase == PHASES[-1]:
        return behind + (10 * min(process.rollout_done, of) // of if of else 0)
    needed = GATES["backend_live"][process.klass]
    return behind + 9 * sum(states.get(code) == "released" for code in needed) // len(needed)


def missing_at(phase: str, klass: str, states: Mapping[str, str]) -> list[str]:
    """The work products that must be released before this phase, and are not."""
    needed = GATES.get(phase, {}).get(klass, ())
    return [code for code in PRODUCTS if code in needed and states.get(code) != "released"]


def standing(process: Process) -> str:
    """The process's place: its phase, or on hold, or dropped."""
    return "dropped" if process.dropped else "on_hold" if process.on_hold else process.phase


def process_machine(view: View) -> Machine:
    """The process as other programs read it."""
    return view.machine()


def get(ctx: Context, number: int) -> Process:
    """The process. Refuses: NotFound."""
    process = processes.find(ctx.tx, number)
    if process is None:
        raise Refused(NotFound(ref=f"P{number}", noun="prozess"))
    return process


def view(ctx: Context, number: int) -> View:
    """The process with what is counted of it, in five statements, six once it is live. Refuses: NotFound."""
    process = get(ctx, number)
    group = groups.find(ctx.tx, number)
    taken = seats.counts(ctx.tx, "group", number)
    stage = STAGE_OF.get(process.phase)
    return View(
        process,
        products=all_of(products.states(ctx.tx, number)),
        municipalities=municipalities.count(ctx.tx),
        size=group.size if group is not None else 0,
        confirmed=taken.get("confirmed", 0),
        asked=taken.get("assigned", 0),
        waiting=taken.get("waiting", 0),
        idea_link=ctx.card_link("idea", process.idea) if process.idea is not None else None,
        voices=voices(ctx, number, stage) if stage is not None else None,
    )


def views(ctx: Context) -> list[View]:
    """All processes in order of their numbers, without their groups, in three statements."""
    states, of = products.all_states(ctx.tx), municipalities.count(ctx.tx)
    return [View(p, all_of(states.get(p.id, {})), of) for p in processes.list_all(ctx.tx)]


def all_of(states: Mapping[str, str]) -> dict[str, str]:
    """The states of all eight work products; one that nobody has begun is open."""
    return {code: states.get(code, "open") for code in PRODUCTS}


def changed(ctx: Context, number: int) -> None:
    """The cards that show the process are edited soon: the one in the agenda room, and that of the group."""
    ctx.changed("process", number)
    ctx.changed("group", number)


def _is_open(ctx: Context, number: int) -> bool:
    return not get(ctx, number).dropped


def _idea(ctx: Context, number: int) -> list[tuple[str, int]]:
    idea = get(ctx, number).idea
    return [("idea", idea)] if idea is not None else []


@card("process", letter="P", sign=SIGN, purpose="agenda", seeds=("✅",), is_open=_is_open, linked=_idea)
def process_card(ctx: Context, number: int) -> ProcessCard:
    return ProcessCard(view(ctx, number), None)


# --- making one, and what it has been through


def create(
    ctx: Context,
    *,
    name: str,
    klass: str,
    life: str | None,
    description: str,
    idea: int | None = None,
    anyway: str,
) -> int:
    """There is such a process, identified, with a group that nobody is in yet, and its card; its number.

    An edited command makes it anew with the number it had. Refuses: ThereAlready.
    """
    refuse_twice(
        ctx,
        anyway,
        name,
        lambda: (
            (f"P{one.id}", one.name, ctx.card_link("process", one.id))
            for one in processes.list_all(ctx.tx)
            if not one.dropped
        ),
    )
    number = ctx.number("process", of=idea)
    if ctx.revising:
        erase(ctx, number)
    processes.add(
        ctx.tx,
        number=number,
        name=name,
        name_key=key_of(name),
        klass=klass,
        life=life,
        description=description,
        idea=idea,
        at=ctx.now,
    )
    groups.put(ctx.tx, process=number, size=ctx.settings.group_size)
    record(ctx, number, "made", after=PHASES[0])
    ctx.place_card("process", number)
    return number


def erase(ctx: Context, number: int) -> None:
    """Make room for the process that an edited command makes anew."""
    processes.remove(ctx.tx, number)
    groups.remove(ctx.tx, number)
    process_history.clear(ctx.tx, number)
    products.clear(ctx.tx, number)


def is_untouched(ctx: Context, number: int) -> bool:
    """Nobody has built on the process since it was made: no group, no phase, no work product.

    The journal of acts passes over what its maker has done for themselves, as a seat taken: that would stay behind.
    """
    process = get(ctx, number)
    return (
        process.phase == PHASES[0]
        and not (process.on_hold or process.dropped)
        and process_history.count(ctx.tx, number) == 1
        and not seats.counts(ctx.tx, "group", number)
        and not process_progress.list_documents(ctx.tx, number)
    )


def unmake(ctx: Context, number: int) -> None:
    """The process was made by mistake: it is dropped; its number is free for the same idea's, by an edited command."""
    ctx.keep_numbers("process", number, of=get(ctx, number).idea)
    processes.change(ctx.tx, number, dropped=True, idea=None, changed_at=ctx.now)
    record(ctx, number, "phase", before=PHASES[0], after="dropped")
    changed(ctx, number)


def record(
    ctx: Context,
    number: int,
    kind: str,
    *,
    what: str = "",
    before: str | None = None,
    after: str | None = None,
    reason: str | None = None,
    by: str | None = None,
) -> int:
    """The step is in the process's history, by the asker or as given; its number there."""
    return process_history.add(
        ctx.tx,
        process=number,
        kind=kind,
        what=what,
        before=before,
        after=after,
        reason=reason,
        by=ctx.me.user_id if by is None else by,
        event_id=ctx.event_id,
        at=ctx.now,
    )
