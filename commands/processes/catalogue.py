"""The catalogue of processes: how one gets in, and what is said about it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from commands.framework import (
    BODY_LENGTH,
    RENAMINGS,
    Body,
    BuiltUpon,
    Context,
    NewTitle,
    Refused,
    Role,
    Short,
    Title,
    YesNo,
    action,
    command,
    named,
    personal,
)
from commands.framework.arguments import nothing_to_change
from commands.processes import model
from commands.processes.model import AboutProcess, Klass, ProcessRef
from commands.words import key_of
from storage import process_history
from storage import processes as stored

TO_EDIT: Final = named("process edit")

Description = Annotated[str, AfterValidator(str.strip), Field(max_length=BODY_LENGTH)]


class Created(AboutProcess):
    """The process is in the catalogue, and its group takes members."""


class Unmade(AboutProcess):
    """The process was taken back right after it was made."""


class Edited(AboutProcess):
    """The catalogue says something else about the process now."""


class Restored(AboutProcess):
    """All that was changed is as it was before."""


@command(
    "prozess neu",
    "process new",
    role=Role.COORDINATOR,
    de="einen Verwaltungsprozess in den Katalog aufnehmen",
    en="add an administrative process to the catalogue",
    example=("Umzugsmeldung | klasse: L | lebenslage: Umzug", "Moving house | class: L | life: moving"),
    previews=True,
    words=("in den Katalog", "aufnehmen", "neuer Prozess"),
    offer=("Einen Prozess aufnehmen", "Add a process"),
)
def create(
    ctx: Context,
    name: Title,
    *,
    klass: Klass,
    life: Short | None = None,
    description: Description = "",
    text: Body = "",
    anyway: YesNo = "no",
) -> Created:
    """The process is identified, its card stands in the agenda room, and its group takes members.

    Refuses: ThereAlready.
    """
    said = "\n\n".join(filter(None, (description, text)))
    number = model.create(ctx, name=name, klass=klass, life=life, description=said, anyway=anyway)
    ctx.audit(f"P{number}")
    ctx.undo(take_back, number=number)
    return Created(model.view(ctx, number), ctx.card_link("process", number))


@action
def take_back(ctx: Context, number: int) -> Unmade:
    """The process is dropped again, as long as nothing has been done with it. Refuses: BuiltUpon."""
    if not model.is_untouched(ctx, number):
        raise Refused(BuiltUpon(ref=f"P{number}", instead=TO_EDIT(f"P{number}")))
    model.unmake(ctx, number)
    ctx.audit(f"P{number}")
    return Unmade(model.view(ctx, number), ctx.card_link("process", number))


@command(
    "prozess ändern",
    "process edit",
    role=Role.COORDINATOR,
    de="Name, Klasse, Lebenslage oder Beschreibung eines Prozesses ändern",
    en="change name, class, life situation or description of a process",
    example=("P3 klasse: K", "P3 class: K"),
    words=("umbenennen", "rename", "Name P", "Beschreibung ändern"),
    offer=("Einen Prozess ändern", "Change a process"),
)
def edit(
    ctx: Context,
    process: ProcessRef,
    *,
    name: NewTitle | None = None,
    klass: Klass | None = None,
    life: Short | None = None,
    description: Description = "",
    text: Body = "",
) -> Edited:
    """The catalogue says this now, the history what it said before; `lebenslage: -` takes it out.

    Phases already reached stay so, whatever the new class would have asked for.
    """
    before = model.get(ctx, process)
    given = {
        "name": name,
        "klass": klass,
        "life": life,
        "description": "\n\n".join(filter(None, (description, text))) or None,
    }
    empty = {"life": None, "description": ""}
    wanted = {key: empty[key] if value == "-" else value for key, value in given.items() if value is not None}
    values = {key: value for key, value in wanted.items() if value != getattr(before, key)}
    if not values:
        raise nothing_to_change(ctx, same=bool(wanted))
    former = {key: getattr(before, key) for key in values}
    steps = [
        model.record(ctx, process, "edit", what=key, before=former[key], after=value)
        for key, value in values.items()
    ]
    _write(ctx, process, values)
    ctx.audit(f"P{process}")
    ctx.undo(restore, number=process, values=former, steps=steps)
    return Edited(model.view(ctx, process), ctx.card_link("process", process))


@action
def restore(ctx: Context, number: int, values: dict[str, str | None], steps: list[int]) -> Restored:
    """The catalogue says again what it said before, unless it was changed once more. Refuses: BuiltUpon."""
    if process_history.latest(ctx.tx, number, "edit") != steps[-1]:
        raise Refused(BuiltUpon(ref=f"P{number}", instead=TO_EDIT(f"P{number}")))
    present = model.get(ctx, number)
    for step, (key, value) in zip(steps, values.items(), strict=True):
        if ctx.revising:
            process_history.remove(ctx.tx, step)
        else:
            model.record(ctx, number, "edit", what=key, before=getattr(present, key), after=value)
    _write(ctx, number, values)
    ctx.audit(f"P{number}")
    return Restored(model.view(ctx, number), ctx.card_link("process", number))


def _write(ctx: Context, number: int, values: dict[str, Any]) -> None:
    named = {"name_key": key_of(values["name"])} if "name" in values else {}
    stored.change(ctx.tx, number, **values, **named, changed_at=ctx.now)
    model.changed(ctx, number)
    for follow in RENAMINGS.values() if named else ():
        follow(ctx, number)


# --- personal data


def _forget(ctx: Context, user_id: str) -> None:
    process_history.forget_person(ctx.tx, user_id)


@personal("process history", erase=_forget)
def _export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    """All that the person has changed in processes."""
    return [
        {"at": c.at.isoformat(), "process": f"P{c.process}", "kind": c.kind, "what": c.what}
        | {key: value for key in ("before", "after", "reason") if (value := getattr(c, key)) is not None}
        for c in process_history.list_of_person(ctx.tx, user_id)
    ]
