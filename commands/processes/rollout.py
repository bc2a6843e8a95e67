"""The rollout of a process: which municipalities have it, First Movers before all others."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from commands.framework import (
    Context,
    Failure,
    Found,
    Line,
    MunicipalityRef,
    Refused,
    Role,
    action,
    command,
)
from commands.framework.arguments import lacking, refused_by
from commands.processes import model
from commands.processes.model import PHASES, AboutProcess, ProcessRef, View
from commands.words import normal
from storage import municipalities
from storage import process_progress as stored


def _several(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    return tuple(
        dict.fromkeys(part for piece in re.split(r"[,;]| und | and ", raw) if (part := piece.strip()))
    )


Municipalities = Annotated[
    tuple[MunicipalityRef, ...], BeforeValidator(_several), Field(min_length=1, max_length=86)
]
"""One municipality or several, separated by commas."""

Several = Annotated[tuple[str, ...], BeforeValidator(_several), Field(max_length=100), Found("municipality")]
_MUNICIPALITIES: Final = TypeAdapter(Municipalities)
_HAS: Final = {
    **dict.fromkeys(("ja", "yes", "hat", "neu"), "yes"),
    **dict.fromkeys(("weg", "none", "nein", "no", "zurück", "nicht", "-"), "none"),
}


class RolledOut(AboutProcess):
    """These municipalities have the process now, or have it no more."""

    names: tuple[str, ...]
    has: bool
    first_movers: tuple[str, ...] = ()  # those that do not have it yet

    @property
    def done(self) -> int:
        return self.process.rollout_done


class NotRolledOutYet(Failure):
    """Municipalities get the process only when it is rolled out."""

    view: View


class FirstMoversFirst(Failure):
    """In this phase the First Movers get it; these are none."""

    view: View
    names: tuple[str, ...]


class RolledOutAlready(Failure):
    """Nothing has changed: these municipalities have it already, or do not have it."""

    view: View
    names: tuple[str, ...]
    has: bool


@command(
    "prozess rollout",
    "process rollout",
    "rollout",
    role=Role.COORDINATOR,
    de="festhalten, welche Gemeinden den Prozess haben, oder mit «gemeinde: Aesch weg» nicht mehr",
    en="note which municipalities have the process, or with «municipality: Aesch none» no longer",
    example=("P3 gemeinde: Aesch, Liestal", "P3 municipality: Aesch, Liestal"),
    words=(
        "läuft jetzt in",
        "läuft in",
        "hat jetzt",
        "eingeführt",
        "einführen",
        "Einführung",
        "introduced",
        "hat auch",
        "rolled out",
    ),
    offer=("Festhalten, wo ein Prozess eingeführt ist", "Note where a process is introduced"),
)
def roll_out(
    ctx: Context, process: ProcessRef, said: Line = "", *, municipality: Several | None = None
) -> RolledOut:
    """These municipalities have the process too, First Movers before all others; with `weg`, no more.

    Refuses: NotRolledOutYet, before its phase; FirstMoversFirst; RolledOutAlready, where nothing would change.
    """
    answer, municipality = _said(ctx, said, municipality or ())
    view = model.view(ctx, process)
    had = [name for name, _ in stored.list_rollout(ctx.tx, process)]
    has = answer == "yes"
    if has:
        _may_have(ctx, view, municipality)
    names = tuple(name for name in municipality if (name in had) != has)
    if not names:
        raise Refused(RolledOutAlready(view, municipality, has))
    _roll(ctx, process, names, has=has)
    ctx.audit(f"P{process}")
    ctx.undo(reset_rollout, number=process, names=list(names), has=has)
    return _rolled(ctx, process, names, has=has)


def _said(ctx: Context, said: str, named: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Whether they have it, which may stand before or behind any of the names; and which they are."""
    answer, names = "yes", []
    for piece in (*_several(said), *named):
        words = piece.split()
        for place in (0, -1):
            if words and (found := _HAS.get(normal(words[place]))) is not None:
                answer = found
                words.pop(place)
        names += [" ".join(words)] if words else []
    if not names:
        raise lacking(ctx, "municipality")
    try:
        return answer, _MUNICIPALITIES.validate_python(", ".join(names), context=ctx)
    except ValidationError as error:
        raise refused_by(ctx, error, ", ".join(names), "municipality") from error


def _may_have(ctx: Context, view: View, names: tuple[str, ...]) -> None:
    process = view.process
    if process.phase not in PHASES[-2:] or process.dropped:
        raise Refused(NotRolledOutYet(view))
    if process.phase == "rollout_first_movers":
        first = set(_first_movers(ctx))
        others = tuple(name for name in names if name not in first)
        if others:
            raise Refused(FirstMoversFirst(view, others))


def _first_movers(ctx: Context) -> list[str]:
    return [m.name for m in municipalities.list_all(ctx.tx) if m.first_mover]


def _roll(ctx: Context, process: int, names: tuple[str, ...], *, has: bool) -> None:
    if has:
        stored.add_rollout(ctx.tx, process, names, at=ctx.now)
    else:
        stored.remove_rollout(ctx.tx, process, names)
    listed = ", ".join(names)
    model.record(ctx, process, "rollout", before=None if has else listed, after=listed if has else None)
    model.changed(ctx, process)


def _rolled(ctx: Context, process: int, names: tuple[str, ...], *, has: bool) -> RolledOut:
    have = {name for name, _ in stored.list_rollout(ctx.tx, process)}
    return RolledOut(
        model.view(ctx, process),
        ctx.card_link("process", process),
        names=names,
        has=has,
        first_movers=tuple(name for name in _first_movers(ctx) if name not in have),
    )


@action
def reset_rollout(ctx: Context, number: int, names: list[str], has: bool) -> RolledOut:
    """All that the command has changed is as it was before."""
    _roll(ctx, number, tuple(names), has=not has)
    ctx.audit(f"P{number}")
    return _rolled(ctx, number, tuple(names), has=not has)
