"""The pages: what each path shows. What is public is decided in `commands.publication`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from typing import Final, TypeVar

from bot.web.answers import Answer, ElsewhereError, MissingError
from bot.web.forms import AGAIN, TRAP, WAIT, WRONG, Read
from bot.web.visit import Visit, page
from commands import publication

NEWEST: Final = 3  # news and dates on the first page
A_PAGE: Final = publication.A_PAGE
PROCESSES: Final = 50  # on a page of the board
ALL: Final = 1_000_000
_DATES: Final = {
    "coming": ("kommende", "coming"),
    "past": ("vergangen", "past"),
    "cancelled": ("gestrichen", "cancelled"),
    "all": ("alle", "all"),
}

Row = TypeVar("Row")


def _pages(visit: Visit, total: int, size: int = A_PAGE) -> int:
    """The number of pages of a list. Raises: MissingError, if it has not the one that is asked for."""
    pages = 1 if visit.asked.whole else max(1, -(-total // size))
    if visit.page > pages:
        raise MissingError
    return pages


def _on(visit: Visit, rows: Sequence[Row], size: int = A_PAGE) -> Sequence[Row]:
    """Those on the page that is asked for."""
    return rows if visit.asked.whole else rows[size * (visit.page - 1) : size * visit.page]


@page("/")
def start(visit: Visit) -> Answer:
    return visit.html(
        "start",
        overview=publication.overview(visit.ctx),
        news=publication.newest(visit.ctx, NEWEST),
        dates=publication.next_dates(visit.ctx, NEWEST),
    )


# --- news


@page("/news", parameters=("thema", "suche", "seite"))
def news(visit: Visit) -> Answer:
    topic, search = visit.parameter("thema"), visit.parameter("suche")
    size = ALL if visit.asked.whole else A_PAGE
    found, total = publication.news_page(visit.ctx, tag=topic, search=search, page=visit.page, size=size)
    return visit.html(
        "news", items=found, total=total, pages=_pages(visit, total), topic=topic, search=search
    )


def _every_news(visit: Visit) -> Iterable[str]:
    return (f"/news/{item.ref}" for item in publication.newest(visit.ctx, ALL))


@page(r"/news/N(?P<number>[1-9]\d{0,8})", whole=_every_news)
def news_item(visit: Visit, number: int) -> Answer:
    return visit.html("news_item", item=publication.news_item(visit.ctx, number))


# --- agenda


@page("/agenda", parameters=("stand", "suche", "seite"))
def agenda(visit: Visit) -> Answer:
    search, stated = visit.parameter("suche"), visit.parameter("stand")
    state, size = publication.date_state(stated), ALL if visit.asked.whole else A_PAGE
    if state is None:
        raise MissingError
    found, total = publication.agenda(visit.ctx, state=state, search=search, page=visit.page, size=size)
    return visit.html(
        "agenda",
        dates=found,
        over=publication.agenda(visit.ctx, state="past", size=ALL)[0] if visit.asked.whole else [],
        pages=_pages(visit, total),
        state=state,
        stated=stated if state != "coming" else "",
        states=[(code, visit.say(*words)) for code, words in _DATES.items()],
        search=search,
    )


def _every_date(visit: Visit) -> Iterable[str]:
    return (f"/agenda/{date.ref}" for date in publication.agenda(visit.ctx, state="all", size=ALL)[0])


@page(r"/agenda/(?P<letter>[AK])(?P<number>[1-9]\d{0,8})", whole=_every_date)
def date(visit: Visit, letter: str, number: int) -> Answer:
    kind = {"A": "event", "K": "training"}[letter]
    return visit.html("date", date=publication.date_of(visit.ctx, kind, number))


# --- ideas


@page("/ideen", parameters=("stand", "thema", "suche", "seite"))
def ideas(visit: Visit) -> Answer:
    topic, search, stated = (visit.parameter(name) for name in ("thema", "suche", "stand"))
    state = publication.idea_state(stated)
    if state is None:
        raise MissingError
    if visit.asked.whole:
        found = publication.all_ideas(visit.ctx)
        total = len(found)
    else:
        found, total = publication.ideas_page(
            visit.ctx, state=state, topic=topic, search=search, page=visit.page
        )
    return visit.html(
        "ideen",
        ideas=found,
        total=total,
        pages=_pages(visit, total),
        state=state,
        stated=stated,
        states=[(code, visit.state(code)) for code in publication.IDEA_STATES],
        topic=topic,
        search=search,
    )


def _every_idea(visit: Visit) -> Iterable[str]:
    yield from (f"/ideen/{idea.ref}" for idea in publication.all_ideas(visit.ctx))
    yield from (f"/ideen/I{number}" for number in publication.merged_ideas(visit.ctx))


@page(r"/ideen/I(?P<number>[1-9]\d{0,8})", whole=_every_idea)
def idea(visit: Visit, number: int) -> Answer:
    try:
        return visit.html("idee", idea=publication.idea(visit.ctx, number))
    except publication.MovedError as moved:
        to = visit.link(f"/ideen/I{moved.number}")
        if visit.asked.whole:
            with suppress(
                publication.MovedError
            ):  # where that one was withdrawn, there is nothing to lead to
                publication.idea(visit.ctx, moved.number)
            return visit.html("moved", to=to)
        raise ElsewhereError(to) from None


# --- processes


@page("/prozesse", parameters=("stand", "suche", "seite"))
def processes(visit: Visit) -> Answer:
    search, stated = visit.parameter("suche"), visit.parameter("stand")
    state = publication.process_state(stated)
    if state is None:
        raise MissingError
    found = publication.board(visit.ctx, state=state, search=search)
    pages = _pages(visit, len(found), PROCESSES)
    shown = groupby(_on(visit, found, PROCESSES), key=lambda one: one.standing)
    return visit.html(
        "prozesse",
        processes=[(standing, list(part)) for standing, part in shown],
        pages=pages,
        state=state,
        stated=stated,
        standings=publication.STANDINGS,
        search=search,
    )


def _every_process(visit: Visit) -> Iterable[str]:
    return (f"/prozesse/{one.ref}" for one in publication.board(visit.ctx, state="all"))


@page(r"/prozesse/P(?P<number>[1-9]\d{0,8})", whole=_every_process)
def process(visit: Visit, number: int) -> Answer:
    found = publication.process(visit.ctx, number)
    here = publication.PHASES.index(found.process.phase)
    steps = [
        (code, "done" if n < here else "now" if n == here else "later")
        for n, code in enumerate(publication.PHASES)
    ]
    return visit.html(
        "prozess",
        process=found.process,
        steps=steps,
        criteria=found.criteria,
        documents=found.documents,
        rollout=found.rollout,
    )


# --- municipalities, and taking part


@page("/gemeinden")
def municipalities(visit: Visit) -> Answer:
    known = publication.municipalities(visit.ctx)
    return visit.html(
        "gemeinden",
        known=known,
        taking=sum(one.takes_part for one in known),
        first=sum(one.first_mover for one in known),
        districts=publication.by_district(known),
        sizes=publication.by_size(known),
    )


@page("/mitmachen", fresh=lambda visit: visit.takes_forms)
def take_part(visit: Visit) -> Answer:
    """With the form, where it is taken."""
    if not visit.takes_forms:
        return visit.html("mitmachen")
    return form_page(visit, Read({}), publication.municipality_names(visit.ctx), 200)


def form_page(visit: Visit, read: Read, known: Sequence[str], status: int) -> Answer:
    """The form, empty, or as it came, with why it was not taken in; needs no store."""
    stamp = read.stamp or (visit.desk.stamp(visit.ctx.now) if visit.desk is not None else "")
    made = visit.html(
        "mitmachen_form",
        status=status,
        stamp=stamp,
        values=read.values,
        wrong=(read.wrong or {}) if status == WRONG else {},
        again=AGAIN.get(status),
        known=known,
        trap=TRAP,
    )
    wait = {"Retry-After": str(WAIT[status])} if status in WAIT else {}
    return replace(made, headers={**made.headers, "Cache-Control": "no-store", **wait})


@page("/mitmachen/danke", whole=lambda _visit: ())
def thanks(visit: Visit) -> Answer:
    if not visit.place.registration:
        raise MissingError
    return visit.html("mitmachen_danke")
