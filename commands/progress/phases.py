"""How a process moves: one phase forward at a time, through two gates; back, on hold and out with a reason.

Each step is in the process's history, and is announced in the group's room and in the agenda room. Author and voters
of the idea that the process was made of read of it in their digest.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Final

from commands import groups, processes
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Machine,
    Reason,
    Refused,
    Role,
    Unreadable,
    action,
    command,
    named,
)
from commands.framework.arguments import lacking, refusal
from commands.framework.telling import Since, told
from commands.processes import (
    EVALUATED,
    PHASE_WORDS,
    PHASES,
    AboutProcess,
    PhaseWord,
    ProcessRef,
    View,
    standing,
)
from commands.progress import evaluations
from storage import ideas, process_history, votes
from storage import processes as stored
from storage.processes import Process

TO_PHASE: Final = named("process phase")

STOPS: Final = ("on_hold", "dropped")
BACK: Final = "back"  # said with a step that was taken back
PLEASED: Final = "backend_design"  # begins when staff are pleased with the front end, or for a reason
FEEDBACK: Final = "feedback"  # in place of a work product, among what is missing


class Moved(AboutProcess):
    """The process has moved from one phase (or from being on hold or dropped) to another."""

    abstract: ClassVar[bool] = True
    before: str
    after: str
    size: int = 0  # the group's seats, where the step has opened some


class PhaseSet(Moved):
    """To the coordinator who did it."""


class PhaseAnnounced(Moved):
    """In the group's room and in the agenda room."""


class PhaseFollowed(Moved):
    """In the digest of those whose idea it was, or who voted for it."""


class PhaseTakenBack(Moved):
    """The step was taken back; the same to all."""


class PhaseAsItIs(Failure):
    """Nothing has changed: that is where the process is; why it stands still may be said otherwise."""

    view: View
    wanted: str


class NoSuchStep(Failure):
    """Not from here: `possible` is the one step forward, or back to where it was."""

    view: View
    wanted: str
    possible: str | None
    missing: tuple[str, ...] = ()

    def machine(self) -> Machine:
        missing = {"missing": list(self.missing)} if self.missing else {}
        return super().machine() | missing


class TooFewPleased(Failure):
    """Too few of staff have said what they think of the front end, or they don't like it."""

    view: View
    wanted: str

    def machine(self) -> Machine:
        return super().machine() | {"missing": [FEEDBACK]}


class GateClosed(Failure):
    """Work products that the phase needs are not released."""

    view: View
    wanted: str
    missing: tuple[str, ...]

    def machine(self) -> Machine:
        return super().machine() | {"missing": list(self.missing)}


@command(
    "prozess phase",
    "process phase",
    "phase",
    role=Role.COORDINATOR,
    de="die Phase wechseln: eine vorwärts, mit Grund zurück, zurückgestellt oder abgebrochen",
    en="change the phase: one forward, or with a reason back, on hold or dropped",
    example=("P3 Frontend in Arbeit", "P3 frontend_design"),
    words=(
        "nächste Phase",
        "zurückstellen",
        "abbrechen",
        "on hold",
        "Phase wechseln",
        "weiterschalten",
        "ist jetzt im",
        "pausieren",
        "next phase",
    ),
    offer=("Die Phase eines Prozesses wechseln", "Change the phase of a process"),
)
def move(ctx: Context, process: ProcessRef, phase: PhaseWord, *, reason: Reason | None = None) -> PhaseSet:
    """The process is in this phase; all who are concerned read of it, and its group follows.

    Refuses: PhaseAsItIs; NoSuchStep; GateClosed; TooFewPleased; Incomplete, where a reason is needed.
    """
    view = processes.view(ctx, process)
    before = view.process
    if phase == "back":
        raise _how_back(ctx, before)
    wanted = _following(view) if phase == "next" else phase
    if wanted in STOPS:
        _may_stop(ctx, view, wanted, reason)
        values: dict[str, Any] = {"on_hold": wanted == "on_hold", "dropped": wanted == "dropped"}
    else:
        _may_enter(ctx, view, wanted, reason)
        values = {"phase": wanted, "on_hold": False, "dropped": False}
    if wanted in PHASES and wanted != before.phase:
        values["evaluation_until"] = evaluations.end(ctx) if wanted in EVALUATED else None
    stored.change(ctx.tx, process, **values, reason=reason, changed_at=ctx.now)
    step = processes.record(ctx, process, "phase", before=standing(before), after=wanted, reason=reason)
    size = _enlarge(ctx, process) if wanted == "backend_review" else 0
    evaluations.plan(ctx, process)
    processes.changed(ctx, process)
    if standing(before) in STOPS and wanted in PHASES:
        groups.fill(ctx, process)  # seats that were given up while it stood still
    ctx.audit(f"P{process}")
    ctx.undo(
        take_back,
        number=process,
        step=step,
        phase=before.phase,
        on_hold=before.on_hold,
        dropped=before.dropped,
        reason=before.reason,
        until=before.evaluation_until.isoformat() if before.evaluation_until else None,
        size=view.size if size else None,
    )
    announce(ctx, view)
    return PhaseSet(*_seen(ctx, process), standing(before), wanted, size)


def _seen(ctx: Context, number: int) -> tuple[View, str | None]:
    return processes.view(ctx, number), ctx.card_link("process", number)


def _how_back(ctx: Context, process: Process) -> Refused:
    """A phase back is named, and needs a reason: the line to type."""
    assert ctx.command is not None
    earlier = PHASES[: PHASES.index(process.phase)]
    stands = process.on_hold or process.dropped or not earlier
    target = process.phase if stands else earlier[-1]
    german = next(word for word, code in PHASE_WORDS.items() if code == target)
    typed = [
        f"{ctx.settings.prefix}{ctx.command.called(language)} P{process.id} {phase}"
        for language, phase in (("de", german), ("en", target))
    ]
    how = Unreadable(
        de=f"Zurück geht es so: {typed[0]} grund: Weil …",
        en=f"This is how it goes back: {typed[1]} reason: Because …",
    )
    return refusal(ctx, how, "phase")


def _following(view: View) -> str:
    """The phase that is next: where the process was, or the one after its own. Refuses: NoSuchStep, at the end."""
    process = view.process
    if process.on_hold or process.dropped:
        return process.phase
    if process.phase == PHASES[-1]:
        raise Refused(NoSuchStep(view, "next", None))
    return PHASES[PHASES.index(process.phase) + 1]


def _may_stop(ctx: Context, view: View, wanted: str, reason: str | None) -> None:
    process = view.process
    if standing(process) == wanted:
        if reason in (None, process.reason):
            raise Refused(PhaseAsItIs(view, wanted))
        return  # the same, for another reason
    if process.dropped:
        raise Refused(NoSuchStep(view, wanted, process.phase))
    if reason is None:
        raise lacking(ctx, "reason")


def _may_enter(ctx: Context, view: View, wanted: str, reason: str | None) -> None:
    process = view.process
    if process.on_hold or process.dropped:
        if wanted != process.phase:
            raise Refused(NoSuchStep(view, wanted, process.phase))
        if process.dropped and reason is None:
            raise lacking(ctx, "reason")
        return
    steps = PHASES.index(wanted) - PHASES.index(process.phase)
    if steps == 0:
        raise Refused(PhaseAsItIs(view, wanted))
    if steps < 0:
        if reason is None:
            raise lacking(ctx, "reason")
        return
    ahead = PHASES[PHASES.index(process.phase) + 1 : PHASES.index(wanted) + 1]
    not_yet = {code for phase in ahead for code in processes.missing_at(phase, process.klass, view.products)}
    missing = tuple(code for code in view.products if code in not_yet)
    pleased = PLEASED not in ahead or reason is not None or processes.is_good(ctx, process.id)
    missing += () if pleased else (FEEDBACK,)
    if steps > 1:
        raise Refused(NoSuchStep(view, wanted, ahead[0], missing))
    if not pleased:
        raise Refused(TooFewPleased(view, wanted))
    if missing:
        raise Refused(GateClosed(view, wanted, missing))


def _enlarge(ctx: Context, process: int) -> int:
    """The group is as large as the backend review wants it, and who waits moves up; its size where that is new."""
    wanted = ctx.settings.group_review_max
    if groups.get(ctx, process).size >= wanted:
        return 0
    groups.resize(ctx, process, wanted)
    return wanted


def announce(ctx: Context, before: View, *, back: bool = False) -> None:
    """The group's room and the agenda room read of it soon, author and voters of the idea in their digest.

    `back`: a step is taken back.
    """
    process = before.process
    known = {"at": standing(process), "size": before.size, "reason": process.reason}
    more: dict[str, Any] = {"words": BACK if back else None, "process": process.id}
    for room in ("agenda", groups.purpose(process.id)):
        ctx.tell(room, "phase", before=known, **more)
    idea = ideas.find(ctx.tx, process.idea) if process.idea is not None else None
    if idea is not None:
        for user in sorted({idea.author, *votes.list_voters(ctx.tx, idea.id)} - {""}):
            ctx.tell(user, "phase", before=known, digest=True, **more)


@told("phase")
def news(ctx: Context, since: Since, process: int) -> Moved | None:
    """The phase in which the process is now, however many steps led there."""
    view, link = _seen(ctx, process)
    before, now = since.before.get("at"), standing(view.process)
    reason = view.process.reason
    if before == now and (now not in STOPS or since.before.get("reason", reason) == reason):
        return None
    if since.words == BACK and before is not None and _is_behind(now, before):
        return PhaseTakenBack(view, link, before, now)
    opened = view.size if view.size > since.before.get("size", view.size) else 0
    kind = PhaseFollowed if since.recipient.startswith("@") else PhaseAnnounced
    return kind(view, link, before or now, now, opened)


def _is_behind(now: str, before: str) -> bool:
    return before in STOPS or now in STOPS or PHASES.index(now) < PHASES.index(before)


@action
def take_back(
    ctx: Context,
    number: int,
    step: int,
    phase: str,
    on_hold: bool,
    dropped: bool,
    reason: str | None,
    until: str | None,
    size: int | None,
) -> PhaseTakenBack:
    """The process is where it was before, unless it was moved again since. Refuses: BuiltUpon.

    A person who has moved up in the group stays in it. The history keeps both steps.
    """
    if process_history.latest(ctx.tx, number, "phase") != step:
        raise Refused(BuiltUpon(ref=f"P{number}", instead=TO_PHASE(f"P{number}", "weiter")))
    left = processes.view(ctx, number)
    stored.change(
        ctx.tx,
        number,
        phase=phase,
        on_hold=on_hold,
        dropped=dropped,
        reason=reason,
        evaluation_until=date.fromisoformat(until) if until else None,
        changed_at=ctx.now,
    )
    if size is not None:
        groups.resize(ctx, number, size)
    elif not (on_hold or dropped):
        groups.fill(ctx, number)  # seats that were given up while it stood still
    evaluations.plan(ctx, number)
    processes.changed(ctx, number)
    ctx.audit(f"P{number}")
    after = standing(processes.get(ctx, number))
    if ctx.revising:
        process_history.remove(ctx.tx, step)
    else:
        processes.record(ctx, number, "phase", before=standing(left.process), after=after)
    announce(ctx, left, back=True)
    return PhaseTakenBack(*_seen(ctx, number), standing(left.process), after)
