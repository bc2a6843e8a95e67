"""What happened while somebody was away, in a few lines: they read it when they are back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.framework import LETTERS, AgendaItem, Context, Waits
from commands.framework.own import as_asked_by, next_dates, piles, refs_of
from storage import news
from storage.news import News

MOST: Final = 3  # of each; more there is in the lists


@dataclass(frozen=True)
class Meanwhile:
    """The newest news since then, the next dates, and what waits; each with how many others there are."""

    since: datetime
    news: tuple[News, ...]
    other_news: int
    dates: tuple[AgendaItem, ...]
    waiting: tuple[Waits, ...]
    others_waiting: int

    @property
    def nothing(self) -> bool:
        return not (self.news or self.dates or self.waiting)

    def sign(self, item: AgendaItem) -> str:
        return LETTERS[item.ref[0]].sign


def meanwhile(ctx: Context, user_id: str, since: datetime) -> Meanwhile:
    """The summary for a person who is back by now."""
    asker = as_asked_by(ctx, user_id)
    published, total = news.list_published(ctx.tx, limit=MOST, since=since)
    found = piles(asker)
    waiting = [one for pile in found for one in pile.waits]
    return Meanwhile(
        since.astimezone(ctx.settings.zone),
        tuple(published),
        total - len(published),
        tuple(next_dates(asker, refs_of(found), most=MOST)),
        tuple(waiting[:MOST]),
        max(0, len(waiting) - MOST),
    )
