"""News to read: the list, one item, what is still to be published, and what is new since one was away."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Final

from pydantic import BeforeValidator, ValidationInfo

from commands import dates
from commands.dates import DateRefused, Moment
from commands.fields import FIELDS
from commands.framework import (
    Context,
    Found,
    Machine,
    NotFound,
    Page,
    Place,
    Refused,
    Role,
    Short,
    Tags,
    Unreadable,
    command,
)
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.news.model import NewsRef, Shown, Story, get, story
from commands.words import key_of, normal
from storage import news as stored
from storage.news import News

MOST_WORDS: Final = 20  # looked for at once; each is a condition of the query


AGO = {  # «seit letzter Woche»: the span that people mean by it
    "letzte woche": "1 Woche",
    "letzter woche": "1 Woche",
    "vergangene": "1 Woche",
    "last week": "1 Woche",
    "letzten monat": "30 Tagen",
    "letztem monat": "30 Tagen",
    "letzter monat": "30 Tagen",
    "last month": "30 Tagen",
}


def _time_past(raw: Any, info: ValidationInfo) -> Any:
    """`gestern`, `Montag`, `18.03.2026`, and spans: `3 Tagen`, `2 Wochen`."""
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    rules = {
        "now": ctx.now,
        "zone": ctx.settings.zone,
        "whole_day": True,
        "past": True,
        "range_allowed": False,
    }
    typed = re.sub(r"^(?:der|dem|the)\s+", "", normal(raw))
    raw = next((span for start, span in AGO.items() if typed.startswith(start)), raw)
    try:
        moment = dates.read_moment(f"vor {raw}", **rules)  # a span
    except DateRefused:
        moment = dates.read_moment(raw, **rules)
    if moment.start > ctx.now:
        raise Unreadable(
            de=f"«{raw}» ist noch nicht vorbei. Schreiben Sie zum Beispiel «gestern», «Montag» oder «3 Tagen».",
            en=f"«{raw}» is still to come. Write, for example, «yesterday», «Monday» or «3 days».",
        )
    return moment


Since = Annotated[Moment, BeforeValidator(_time_past), Place("line"), Found("date")]


class StoryList(ListPage):
    """A page of news."""

    abstract: ClassVar[bool] = True
    rows: tuple[Story, ...]
    typed: tuple[str, str]  # the command for the next page without its page, German and English

    def machine(self) -> Machine:
        refs = [row.ref for row in self.rows]
        return self.listed("news", refs)

    def next(self, language: str) -> str | None:
        """The command for the next page, without prefix; None on the last."""
        if self.page >= self.pages:
            return None
        index = 0 if language == "de" else 1
        return f"{self.typed[index]} {FIELDS['page'][index]}: {self.page + 1}"


class NewsList(StoryList):
    """Published news, newest first."""

    filtered: bool = False


class Drafts(StoryList):
    """Drafts and what is planned, newest first."""


class Digest(StoryList):
    """All that was published since then, newest first."""

    since: Moment


def _told(ctx: Context, items: list[News]) -> tuple[Story, ...]:
    return tuple(story(ctx, item, unsent=False) for item in items)


@command(
    "news liste",
    "news list",
    role=Role.PI,
    de="die Neuigkeiten, die neusten zuerst",
    en="the news, the newest first",
    example=("tags: osp | suche: Portal", "tags: osp | search: portal"),
    reads=True,
    words=(
        "read the news",
        "Neuigkeiten lesen",
        "läuft so",
        "was gibt es Neues",
        "aktuell",
        "aktuelle",
        "letzte",
        "letzten Neuigkeiten",
        "what s new",
        "latest",
        "gibt es etwas neues",
    ),
    offer=("Die Neuigkeiten lesen", "Read the news"),
)
def show_list(ctx: Context, *, tags: Tags = (), search: Short | None = None, page: Page = 1) -> NewsList:
    found, total = stored.list_published(
        ctx.tx,
        limit=A_PAGE,
        offset=rows_before(page),
        tag_keys=[key_of(tag) for tag in tags],
        words=key_of(search).split()[:MOST_WORDS] if search else (),
    )
    require_page(ctx, page, total)
    filters = {"tags": ", ".join(tags), "search": search}
    typed = [
        " ".join([name, *(f"{FIELDS[field][index]}: {value}" for field, value in filters.items() if value)])
        for index, name in enumerate(("news liste", "news list"))
    ]
    return NewsList(_told(ctx, found), (typed[0], typed[1]), bool(tags or search), page=page, total=total)


@command(
    "news zeige",
    "news show",
    role=Role.PI,
    de="eine Neuigkeit zeigen",
    en="show a news item",
    example=("N9", "N9"),
    reads=True,
    words=("lesen", "read"),
)
def show(ctx: Context, news: NewsRef) -> Shown:
    """The item as it stands. Refuses: NotFound, for all but moderators also of what was never published."""
    item = get(ctx, news)
    if item.published_at is None and ctx.me.role < Role.MODERATOR:
        raise Refused(NotFound(ref=f"N{news}", noun="news"))
    return Shown(story(ctx, item))


@command(
    "news entwürfe",
    "news drafts",
    role=Role.MODERATOR,
    de="die Entwürfe, und was geplant ist",
    en="the drafts, and what is planned",
    example=("", ""),
    reads=True,
    words=(
        "Entwurf",
        "noch nicht veröffentlicht",
        "unveröffentlicht",
        "geplant",
        "drafts",
        "my drafts",
        "unpublished",
    ),
    offer=("Die Entwürfe sehen", "See the drafts"),
)
def show_drafts(ctx: Context, *, page: Page = 1) -> Drafts:
    found, total = stored.list_unpublished(ctx.tx, limit=A_PAGE, offset=rows_before(page))
    require_page(ctx, page, total)
    return Drafts(_told(ctx, found), ("news entwürfe", "news drafts"), page=page, total=total)


@command(
    "news neu seit",
    "news new since",
    "news seit",
    "news since",
    role=Role.PI,
    de="was es seither Neues gibt",
    en="what is new since then",
    example=("gestern", "yesterday"),
    reads=True,
    words=(
        "was passiert",
        "passiert",
        "was ist passiert",
        "what happened",
        "letzte Woche Neues",
        "weg war",
        "verpasst",
        "seit",
        "war los",
        "in den Ferien verpasst",
        "did I miss",
        "missed",
        "since",
    ),
    offer=("Sehen, was seit gestern neu ist", "See what is new since yesterday"),
)
def catch_up(ctx: Context, since: Since, *, page: Page = 1) -> Digest:
    found, total = stored.list_published(ctx.tx, limit=A_PAGE, offset=rows_before(page), since=since.start)
    require_page(ctx, page, total)
    day = f"{since.start:%d.%m.%Y}" if since.whole_day else f"{since.start:%d.%m.%Y %H:%M}"
    return Digest(_told(ctx, found), (f"news seit {day}", f"news since {day}"), since, page=page, total=total)
