"""Processes for people outside: where each stands, what it shall reach, and which municipalities have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from commands import processes
from commands.framework import Context
from commands.processes import View
from commands.publication.model import NotPublicError, WithdrawnError, without_people, words_of_chat
from commands.words import key_of
from storage import process_progress
from storage import processes as stored
from storage.processes import Process

STANDINGS: Final = (*processes.PHASES, "on_hold", "dropped")
_read = words_of_chat(processes.StandingWord)


@dataclass(frozen=True)
class PublicProcess:
    """A process as people outside read it."""

    number: int
    name: str
    description: str
    klass: str
    life: str | None
    phase: str
    standing: str  # the phase, or on_hold, or dropped
    percent: int
    having: int  # municipalities that have it
    municipalities: int
    evaluation_until: date | None
    idea: int | None
    made: datetime
    changed: datetime

    @property
    def ref(self) -> str:
        return f"P{self.number}"


@dataclass(frozen=True)
class Criterion:
    title: str
    goal: str
    actual: str | None
    measured_on: date | None


@dataclass(frozen=True)
class Document:
    title: str
    url: str


@dataclass(frozen=True)
class Details:
    """What stands beside a process on its own page."""

    process: PublicProcess
    criteria: tuple[Criterion, ...]
    documents: tuple[Document, ...]  # those marked as public
    rollout: tuple[tuple[str, bool], ...]  # with whether it is a First Mover


def _was_made(row: Process) -> bool:
    """It was not taken back right after it was made: one that is dropped has a reason."""
    return not row.dropped or bool(row.reason)


def _public(view: View) -> PublicProcess:
    row = view.process
    return PublicProcess(
        row.id,
        without_people(row.name),
        without_people(row.description),
        row.klass,
        row.life and without_people(row.life),
        row.phase,
        processes.standing(row),
        view.percent,
        row.rollout_done,
        view.municipalities,
        row.evaluation_until,
        row.idea,
        row.created_at,
        row.changed_at,
    )


def process_state(typed: str) -> str | None:
    """The code of a phase as it is written in the chat; None where there is none like it."""
    return _read(typed) if typed else "listed"


def board(ctx: Context, *, state: str = "listed", search: str = "") -> list[PublicProcess]:
    """The processes by phase, the first phase first; those dropped only where they are asked for."""
    found = [_public(view) for view in processes.views(ctx) if _was_made(view.process)]
    key = key_of(search)
    shown = [
        one
        for one in found
        if _is(one, state) and (not key or key in key_of(f"{one.name} {one.life or ''} {one.description}"))
    ]
    return sorted(shown, key=lambda one: (STANDINGS.index(one.standing), one.number))


def _is(process: PublicProcess, wanted: str) -> bool:
    if wanted == "all":
        return True
    if wanted == "listed":
        return process.standing != "dropped"
    if wanted == "running":
        return process.standing in processes.PHASES
    return process.standing == wanted


def process(ctx: Context, number: int) -> Details:
    """The process. Raises: NotPublicError, WithdrawnError."""
    row = stored.find(ctx.tx, number)
    if row is None:
        raise NotPublicError
    if not _was_made(row):
        raise WithdrawnError
    return Details(
        _public(processes.view(ctx, number)),
        tuple(
            Criterion(
                without_people(one.title),
                without_people(one.goal),
                one.actual and without_people(one.actual),
                one.measured_on,
            )
            for one in process_progress.list_criteria(ctx.tx, number)
        ),
        tuple(
            Document(without_people(one.title), without_people(one.url))
            for one in process_progress.list_documents(ctx.tx, number)
            if one.public
        ),
        tuple(process_progress.list_rollout(ctx.tx, number)),
    )


def rollouts(ctx: Context) -> list[tuple[PublicProcess, str, datetime]]:
    """Each municipality that has a process, with since when."""
    shown = {one.number: one for one in sorted(board(ctx, state="all"), key=lambda one: one.number)}
    having = process_progress.list_having(ctx.tx, list(shown))
    return [(shown[number], name, at) for number in shown for name, at in having.get(number, ())]
