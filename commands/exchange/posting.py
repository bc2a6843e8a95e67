"""Offering and seeking, changing it, and saying that it is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from commands.exchange import matching
from commands.exchange.model import (
    AboutPosting,
    PostingRef,
    get,
    get_open,
    has_open,
    name_of,
    require_own,
    what_fits,
)
from commands.framework import (
    Body,
    Context,
    Machine,
    NewTitle,
    Opening,
    Role,
    Tags,
    YesNo,
    action,
    command,
)
from commands.framework.arguments import nothing_to_change
from commands.framework.carrying import refuse_twice
from commands.words import key_of
from storage import exchange as stored
from storage.exchange import Posting

OPEN_FOR: Final = timedelta(days=180)


class Posted(AboutPosting):
    """It is in the exchange, open."""


class Reworded(AboutPosting):
    """It says something else now."""


class Done(AboutPosting):
    """It is done, or was taken back."""


class Kept(AboutPosting):
    """It stays open until its new date."""


def about(ctx: Context, kind: type[AboutPosting], number: int) -> Any:
    posting = get(ctx, number)
    return kind(posting, name_of(ctx, posting), what_fits(ctx, posting))


# --- into the exchange


@command(
    "börse biete",
    "exchange offer",
    "börse anbieten",
    "börse angebot",
    role=Role.PI,
    de="anderen Gemeinden etwas anbieten",
    en="offer something to other municipalities",
    example=(
        "Sitzungszimmer mit Beamer | tags: raum, beamer | Am Mittwoch ist es meistens frei.",
        "Meeting room with projector | tags: room, projector | It is mostly free on Wednesdays.",
    ),
    asks=("text",),
    words=(
        "können andere Gemeinden",
        "andere Gemeinden benützen",
        "andere Gemeinden benutzen",
        "andern Gemeinden anbieten",
        "anbieten",
        "ausleihen",
        "hätten frei",
        "zur Verfügung stellen",
        "teilen mit anderen",
        "other municipalities can use",
        "could help other",
        "lend",
        "other councils can use",
        "can use for free",
        "bei uns holen",
    ),
    offer=("Anderen Gemeinden etwas anbieten", "Offer something to other municipalities"),
)
def offer(ctx: Context, title: Opening, *, text: Body = "", tags: Tags = (), anyway: YesNo = "no") -> Posted:
    """The offer is in the exchange, and whoever needs that is told. Refuses: ThereAlready."""
    return _post(ctx, "offer", title, text, tags, anyway)


@command(
    "börse suche",
    "exchange seek",
    "börse gesuch",
    "börse bedarf",
    "exchange need",
    role=Role.PI,
    de="bei anderen Gemeinden etwas suchen",
    en="seek something from other municipalities",
    example=(
        "Hilfe mit BPMN | tags: bpmn | Wer zeichnet mit uns den ersten Prozess?",
        "Help with BPMN | tags: bpmn | Who draws the first process with us?",
    ),
    asks=("text",),
    words=(
        "kennt sich jemand aus",
        "wer kennt sich aus",
        "kann jemand helfen",
        "wir bräuchten",
        "wir suchen",
        "wir brauchen",
        "Unterstützung",
        "hat jemand",
        "does anyone have",
        "we would need",
        "who can help",
        "borrow",
        "looking for",
        "mir sueche",
        "mir bruuche",
        "mir bruchte",
        "uskennt",
        "Erfahrung mit",
    ),
    offer=("Bei anderen Gemeinden etwas suchen", "Seek something from other municipalities"),
)
def seek(ctx: Context, title: Opening, *, text: Body = "", tags: Tags = (), anyway: YesNo = "no") -> Posted:
    """The need is in the exchange, and whoever offers that is told. Refuses: ThereAlready."""
    return _post(ctx, "need", title, text, tags, anyway)


def _post(ctx: Context, kind: str, title: str, text: str, tags: tuple[str, ...], anyway: str) -> Posted:
    mine = (one for one in stored.list_open_of(ctx.tx, ctx.me.user_id) if one.kind == kind)
    refuse_twice(ctx, anyway, title, lambda: ((f"B{one.id}", one.title, None) for one in mine))
    number = ctx.number("exchange")
    stored.put(
        ctx.tx,
        id=number,
        kind=kind,
        author=ctx.me.user_id,
        municipality=(ctx.me.member.municipality if ctx.me.member else None) or "",
        made_at=ctx.now,
        closes_at=ctx.now + OPEN_FOR,
        **_wording(title, text, tags),
    )
    matching.refresh(ctx, get(ctx, number))
    ctx.undo(take_back, number=number)
    posted: Posted = about(ctx, Posted, number)
    return posted


def _wording(title: str, text: str, tags: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """What it says, and what it is found by."""
    words = [*key_of(" ".join((title, text, *tags))).split(), *map(matching.tag_key, tags)]
    return {"title": title, "text": text, "tags": list(tags), "words": words}


@action
def take_back(ctx: Context, number: int) -> Done:
    """It is in the exchange no more; an edited command posts it anew with its number. Refuses: NotOpen."""
    get_open(ctx, number)
    ctx.keep_numbers("exchange", number)
    return close(ctx, number, "withdrawn")


def close(ctx: Context, number: int, state: str) -> Done:
    """It is open no more, and fits nothing."""
    stored.change(ctx.tx, number, state=state)
    matching.refresh(ctx, get(ctx, number))
    done: Done = about(ctx, Done, number)
    return done


# --- what its author may do with it


@command(
    "börse ändern",
    "exchange edit",
    role=Role.PI,
    de="Ihr Angebot oder Ihren Bedarf ändern",
    en="change your offer or need",
    example=("B6 tags: raum, beamer", "B6 tags: room, projector"),
    there=has_open,
    words=("Angebot anpassen", "Bedarf anpassen", "change my offer", "change my need"),
    offer=("Mein Angebot oder meinen Bedarf ändern", "Change my offer or need"),
)
def reword(
    ctx: Context,
    posting: PostingRef,
    *,
    title: NewTitle | None = None,
    text: Body = "",
    tags: Tags | None = None,
) -> Reworded:
    """It says this now, and stays open for as long as a new one. Refuses: NotYourPosting, NotOpen."""
    require_own(ctx, posting)
    before = get_open(ctx, posting)
    said = {"title": before.title, "text": before.text, "tags": list(before.tags)}
    given = {
        "title": title,
        "text": "" if text == "-" else text or None,
        "tags": None if tags is None else list(tags),
    }
    wanted = said | {name: value for name, value in given.items() if value is not None}
    if wanted == said:
        raise nothing_to_change(ctx, same=any(value is not None for value in given.values()))
    ctx.undo(word_back, number=posting, said=said)
    return _say(ctx, before, wanted)


@action
def word_back(ctx: Context, number: int, said: Machine) -> Reworded:
    """It says what it said before. Refuses: NotOpen."""
    return _say(ctx, get_open(ctx, number), said)


def _say(ctx: Context, before: Posting, said: Machine) -> Reworded:
    stored.change(ctx.tx, before.id, **_wording(**said), closes_at=ctx.now + OPEN_FOR, asked=False)
    matching.refresh(ctx, get(ctx, before.id))
    ctx.audit(f"B{before.id}", of=before.author)
    reworded: Reworded = about(ctx, Reworded, before.id)
    return reworded


@command(
    "börse erledigt",
    "exchange done",
    role=Role.PI,
    de="sagen, dass sich Angebot oder Bedarf erledigt hat",
    en="say that your offer or need is done",
    example=("B6", "B6"),
    there=has_open,
    words=(
        "hat sich erledigt",
        "jemanden gefunden",
        "braucht es nicht mehr",
        "nicht mehr frei",
        "bruchts nümm",
        "found somebody",
        "no longer needed",
        "not available any more",
    ),
    offer=("Sagen, dass es sich erledigt hat", "Say that it is done"),
)
def finish(ctx: Context, posting: PostingRef) -> Done:
    """It is done, and fits nothing any more. Refuses: NotFound, NotYourPosting, NotOpen."""
    require_own(ctx, posting)
    before = get_open(ctx, posting)
    ctx.undo(reopen, number=posting)
    ctx.audit(f"B{posting}", of=before.author)
    return close(ctx, posting, "done")


@action
def reopen(ctx: Context, number: int) -> Posted:
    """It is open again."""
    stored.change(ctx.tx, number, state="open")
    matching.refresh(ctx, opened := get(ctx, number))
    ctx.audit(f"B{number}", of=opened.author)
    posted: Posted = about(ctx, Posted, number)
    return posted


@command(
    "börse behalten",
    "exchange keep",
    role=Role.PI,
    de="Angebot oder Bedarf weiter offen lassen",
    en="keep your offer or need open",
    example=("B6", "B6"),
    there=has_open,
    words=("weiter offen", "verlängern", "gilt noch", "immer noch", "noch aktuell", "extend", "still stands"),
    offer=("Etwas in der Börse offen lassen", "Keep something open in the exchange"),
)
def keep(ctx: Context, posting: PostingRef) -> Kept:
    """It stays open for as long as a new one. Refuses: NotFound, NotYourPosting, NotOpen."""
    require_own(ctx, posting)
    before = get_open(ctx, posting)
    ctx.undo(keep_no_more, number=posting, closes_at=before.closes_at.isoformat(), asked=before.asked)
    ctx.audit(f"B{posting}", of=before.author)
    return kept(ctx, posting)


@action
def kept(ctx: Context, number: int) -> Kept:
    """It stays open, as its author has answered. Refuses: NotOpen."""
    get_open(ctx, number)
    return _until(ctx, number, closes_at=ctx.now + OPEN_FOR, asked=False)


@action
def keep_no_more(ctx: Context, number: int, closes_at: str, asked: bool) -> Kept:
    """It closes when it was to close before. Refuses: NotOpen."""
    get_open(ctx, number)
    return _until(ctx, number, closes_at=datetime.fromisoformat(closes_at), asked=asked)


def _until(ctx: Context, number: int, **values: Any) -> Kept:
    stored.change(ctx.tx, number, **values)
    until: Kept = about(ctx, Kept, number)
    return until
