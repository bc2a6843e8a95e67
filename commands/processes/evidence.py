"""What is said about a process on its way: documents, and criteria of progress."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BeforeValidator

from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Machine,
    PastDay,
    Refused,
    Role,
    Short,
    Title,
    Unreadable,
    WebLink,
    YesNo,
    action,
    command,
)
from commands.framework.arguments import lacking, refusal
from commands.processes import model
from commands.processes.model import AboutProcess, ProcessRef
from commands.words import key_of, means_nothing, normal
from storage import process_progress as stored
from storage.process_progress import Criterion, Document

Kept = TypeVar("Kept", Document, Criterion)


def _address(raw: Any) -> Any:
    return None if isinstance(raw, str) and means_nothing(raw) else raw


class DocumentKept(AboutProcess):
    """The document stands with the process, or is gone from it: then without `url`."""

    title: str
    url: str | None = None
    public: bool = False


class Measured(AboutProcess):
    """The criterion stands with the process, or is gone from it."""

    title: str
    criterion: Criterion | None = None


class Reset(AboutProcess):
    """It is as it was before."""


class NoSuchTitle(Failure):
    """There is no document or criterion of this title to take away."""

    code: ClassVar[str] = "not_found"
    number: int
    title: str


# --- documents


@command(
    "prozess dokument",
    "process document",
    "dokument",
    "document",
    role=Role.COORDINATOR,
    de="ein Dokument mit Titel und Link anfügen, mit «weg» entfernen",
    en="add a document with title and link, remove it with «none»",
    example=("P3 Merkblatt https://example.ch/merkblatt", "P3 leaflet https://example.ch/leaflet"),
    words=("Merkblatt", "anfügen", "anhängen", "Unterlagen", "attach", "beilegen", "Datei"),
    offer=("Ein Dokument anfügen", "Add a document"),
)
def document(
    ctx: Context,
    process: ProcessRef,
    title: Title,
    url: Annotated[WebLink | None, BeforeValidator(_address)],
    *,
    public: YesNo | None = None,
) -> DocumentKept:
    """The process has this document under this title, in place of one of the same title.

    `öffentlich: ja` puts it on the pages that everybody can read; not said, it is there as before.
    Refuses: NoSuchTitle.
    """
    model.get(ctx, process)
    key, before = _known(title, lambda key: stored.find_document(ctx.tx, process, key))
    if url is None and before is None:
        raise Refused(NoSuchTitle(process, title))
    shown = public == "yes" if public is not None else before is not None and before.public
    shown = shown and url is not None
    _put_document(ctx, process, key, title=title, url=url, public=shown)
    ctx.audit(f"P{process}")
    former = None if before is None else {"title": before.title, "url": before.url, "public": before.public}
    ctx.undo(reset_document, number=process, title_key=key, url=url, before=former, title=title, public=shown)
    to = ctx.card_link("process", process)
    return DocumentKept(model.view(ctx, process), to, title=title, url=url, public=shown)


def _put_document(ctx: Context, process: int, key: str, *, title: str, url: str | None, public: bool) -> None:
    before = stored.find_document(ctx.tx, process, key)
    if url is None:
        stored.remove_document(ctx.tx, process, key)
    else:
        at = before.at if before is not None else ctx.now
        stored.put_document(
            ctx.tx, process=process, title_key=key, title=title, url=url, public=public, at=at
        )
    former, was_public = (before.url, before.public) if before is not None else (None, False)
    if former != url or public == was_public:
        model.record(ctx, process, "document", what=title, before=former, after=url)
    if public != was_public and url is not None:
        said = ("no", "yes")
        model.record(ctx, process, "public", what=title, before=said[was_public], after=said[public])


@action
def reset_document(
    ctx: Context,
    number: int,
    title_key: str,
    url: str | None,
    before: Machine | None,
    title: str,
    public: bool = False,
) -> Reset:
    """The document is what it was before the command, unless it was changed since. Refuses: BuiltUpon."""
    present = stored.find_document(ctx.tx, number, title_key)
    if ((present.url, present.public) if present is not None else (None, False)) != (url, public):
        raise Refused(BuiltUpon(ref=f"P{number}"))
    former: dict[str, Any] = {"title": title, "url": None, "public": False} | (before or {})
    _put_document(ctx, number, title_key, **former)
    ctx.audit(f"P{number}")
    return Reset(model.view(ctx, number), ctx.card_link("process", number))


def _known(title: str, find: Callable[[str], Kept | None]) -> tuple[str, Kept | None]:
    """The key of this title, and what is kept under it.

    Titles that differ in signs, as «Kosten > 100» and «Kosten < 100», are two: the second has a key of its own.
    """
    key = key_of(title)
    found = find(key)
    if found is not None and _signs(found.title) != _signs(title):
        key = normal(title)
        found = find(key)
    return key, found


def _signs(title: str) -> list[str]:
    return [c for c in title if c in "#%&@*" or unicodedata.category(c)[0] == "S"]


# --- criteria


@command(
    "prozess kriterium",
    "process criterion",
    "kriterium",
    "criterion",
    role=Role.COORDINATOR,
    de="ein Ziel setzen, später mit demselben Titel den gemessenen Wert",
    en="set a goal, and later with the same title what was measured",
    example=("P3 Wartezeit am Schalter | ziel: -80%", "P3 waiting time | goal: -80%"),
    words=("messbar", "messbares", "gemessen", "Messwert", "Ziel festlegen", "Kennzahl", "measure", "target"),
    offer=("Ein Ziel setzen oder messen", "Set or measure a goal"),
)
def criterion(
    ctx: Context,
    process: ProcessRef,
    title: Title,
    *,
    goal: Short | None = None,
    actual: Short | None = None,
    date: PastDay | None = None,
) -> Measured:
    """The process is measured by this; `ist:` has today's date or the one given. `ziel: weg` takes it away.

    Refuses: NoSuchTitle; Incomplete, without a goal for a new one.
    """
    model.get(ctx, process)
    key, before = _known(title, lambda key: stored.find_criterion(ctx.tx, process, key))
    if before is None and goal is None:
        raise lacking(ctx, "goal")
    if goal is None and actual is None:
        question = Unreadable(
            de="Was wurde gemessen? Schreiben Sie zum Beispiel «ist: -45%».",
            en="What was measured? Write, for example, «actual: -45%».",
        )
        raise refusal(ctx, question, "actual")
    gone = goal is not None and means_nothing(goal)
    if gone and before is None:
        raise Refused(NoSuchTitle(process, title))
    former = _as_data(before)
    wanted: Machine | None = None
    if not gone:
        measured = former["actual"] if former is not None else None
        on = former["measured_on"] if former is not None else None
        if actual is not None:
            day = date.start if date is not None else ctx.now
            measured, on = actual, day.astimezone(ctx.settings.zone).date().isoformat()
        kept = former["goal"] if former is not None else ""
        wanted = {"title": title, "goal": goal or kept, "actual": measured, "measured_on": on}
    _put_criterion(ctx, process, key, wanted)
    ctx.audit(f"P{process}")
    ctx.undo(reset_criterion, number=process, title_key=key, before=former, after=wanted)
    found = stored.find_criterion(ctx.tx, process, key)
    return Measured(model.view(ctx, process), ctx.card_link("process", process), title=title, criterion=found)


def _as_data(found: Criterion | None) -> Machine | None:
    if found is None:
        return None
    on = found.measured_on.isoformat() if found.measured_on is not None else None
    return {"title": found.title, "goal": found.goal, "actual": found.actual, "measured_on": on}


def _put_criterion(ctx: Context, process: int, key: str, wanted: Machine | None) -> None:
    before = stored.find_criterion(ctx.tx, process, key)
    if wanted is None:
        stored.remove_criterion(ctx.tx, process, key)
    else:
        on = date.fromisoformat(wanted["measured_on"]) if wanted["measured_on"] else None
        stored.put_criterion(
            ctx.tx,
            process=process,
            title_key=key,
            title=wanted["title"],
            goal=wanted["goal"],
            actual=wanted["actual"],
            measured_on=on,
            at=before.at if before is not None else ctx.now,
        )
    title = wanted["title"] if wanted is not None else before.title if before is not None else ""
    model.record(
        ctx,
        process,
        "criterion",
        what=title,
        before=_in_short(_as_data(before)),
        after=_in_short(wanted),
    )


def _in_short(data: Machine | None) -> str | None:
    """«-80%», and what was measured: «-80% / -45%»."""
    return " / ".join(filter(None, (data["goal"], data["actual"]))) if data is not None else None


@action
def reset_criterion(
    ctx: Context, number: int, title_key: str, before: Machine | None, after: Machine | None
) -> Reset:
    """The criterion is what it was before the command, unless it was changed since. Refuses: BuiltUpon."""
    if _as_data(stored.find_criterion(ctx.tx, number, title_key)) != after:
        raise Refused(BuiltUpon(ref=f"P{number}"))
    _put_criterion(ctx, number, title_key, before)
    ctx.audit(f"P{number}")
    return Reset(model.view(ctx, number), ctx.card_link("process", number))
