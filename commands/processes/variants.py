"""Who is in charge of a process and with which applications, and how many variants of it are built (concept 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from commands.framework import Context, Machine, Role, Settled, action
from commands.framework.declarations import action_name
from commands.processes import model
from commands.processes.model import AboutProcess
from storage import processes as stored

Named = tuple[str, int]  # a department or an application, and how many municipalities have named it
ENOUGH: Final = 2  # municipalities that use an application are worth a variant
WITHIN: Final = timedelta(days=180)


class VariantsProposed(AboutProcess):
    """In the coordination room: so many variants shall be built, one for each of these; ✅ confirms it."""

    variants: int
    named: tuple[Named, ...]

    def machine(self) -> Machine:
        return super().machine() | {"variants": self.variants}


class VariantsSet(AboutProcess):
    """So many variants are built."""


class VariantsBack(AboutProcess):
    """As many as before, or nobody knows how many."""


class ProposalOver(AboutProcess):
    """In place of the proposal: what it stood on has changed."""


def in_use(ctx: Context, number: int) -> dict[str, list[Any] | None]:
    """The two lists of the process as they are, to be put back."""
    found = model.get(ctx, number)
    return {"departments": found.departments, "applications": found.applications}


def put_in_use(
    ctx: Context, number: int, departments: Sequence[Any] | None, applications: Sequence[Any] | None
) -> None:
    """These departments are in charge and these applications in use, those of the most municipalities first."""
    lists = {"departments": departments, "applications": applications}
    values = {name: None if found is None else [list(one) for one in found] for name, found in lists.items()}
    stored.change(ctx.tx, number, **values)
    model.changed(ctx, number)


def propose(ctx: Context, number: int) -> None:
    """Coordinators are asked whether one variant is built for each application that several municipalities use."""
    settle(ctx, number)
    named = _worth_one(ctx, number)
    link = ctx.card_link("process", number)
    said = VariantsProposed(model.view(ctx, number), link, len(named), named)
    asked = ctx.post("coordination", said, seeds=("✅",))
    if asked is not None:
        ctx.offer("✅", confirm, role=Role.COORDINATOR, within=WITHIN, post=asked, process=number)


def settle(ctx: Context, number: int) -> None:
    """A proposal that was not confirmed is none any more."""
    over = ProposalOver(model.view(ctx, number), ctx.card_link("process", number))
    ctx.outside.settled.append(Settled(over, action_name(confirm), {"process": number}, None))


def _worth_one(ctx: Context, number: int) -> tuple[Named, ...]:
    found = model.get(ctx, number).applications or []
    return tuple((name, towns) for name, towns in found if towns >= ENOUGH)


@action
def confirm(ctx: Context, process: int) -> VariantsSet:
    """As many variants are built as were proposed."""
    before = model.get(ctx, process).variants
    _put(ctx, process, len(_worth_one(ctx, process)))
    ctx.undo(put_back, process=process, variants=before)
    return VariantsSet(model.view(ctx, process), ctx.card_link("process", process))


@action
def put_back(ctx: Context, process: int, variants: int | None) -> VariantsBack:
    """As before."""
    _put(ctx, process, variants)
    return VariantsBack(model.view(ctx, process), ctx.card_link("process", process))


def _put(ctx: Context, number: int, variants: int | None) -> None:
    before = model.get(ctx, number).variants
    stored.change(ctx.tx, number, variants=variants, changed_at=ctx.now)
    model.record(ctx, number, "variants", before=_said(before), after=_said(variants))
    model.changed(ctx, number)
    ctx.audit(f"P{number}")


def _said(variants: int | None) -> str | None:
    return None if variants is None else str(variants)
