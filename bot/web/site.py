"""The site: of an address, the answer. It reads through its own connection, and keeps what it has made.

A page is made anew once anything was committed to the store since, and after half a minute; a feed once its version,
one row, is another.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import bot.web.calendars
import bot.web.catalogue
import bot.web.subscriptions  # noqa: F401 - each declares what there is
from bot.web import pages
from bot.web.answers import Answer, Asked, ElsewhereError, GoneError, MissingError, digest
from bot.web.forms import Desk, Read, read
from bot.web.visit import Place, Visit, find, looked_at
from commands import publication
from commands.framework.context import Settings
from storage.engine.base import Tx
from storage.engine.reading import Reader, moment

MOST_KEPT: Final = 500
MOST_BYTES: Final = 8 * 1024 * 1024
MADE_ANEW: Final = timedelta(seconds=30)
KNOWN: Final = Answer(b"", status=304)  # of what has a version, where the client has that one
OK: Final = 200
Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Kept:
    """An answer, what it holds for, and since when it is this one."""

    answer: Answer
    tag: str
    stamp: Hashable
    made: datetime
    since: datetime


class Site:
    """Answers one at a time, in one thread."""

    def __init__(
        self,
        database: str,
        settings: Settings,
        place: Place,
        *,
        now: Callable[[], datetime],
        desk: Desk | None = None,
    ) -> None:
        self.settings, self.place, self.now = settings, place, now
        self.desk = desk or Desk()
        self._reader = Reader(database)
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._size = 0  # bytes of these

    def answer(self, asked: Asked, tags: frozenset[str] = frozenset()) -> Kept:
        """What stands there now; `tags`: what the client has of it. Raises: StoreError."""
        asked, now = looked_at(asked), self.now()
        with self._reader.transaction() as tx:
            visit = self._visit(tx, asked, now)
            found = find(asked.path)
            if found is not None and found[0].version is not None:
                return self._versioned(visit, found[0].version(visit), tags)
            if found is not None and found[0].fresh(visit):
                answer = answered(visit)
                return Kept(answer, answer.tag, None, now, now.replace(microsecond=0))
            return self._changing(visit, moment(tx))

    def form(self, asked: Asked, fields: Mapping[str, str]) -> tuple[Read, Callable[[int], Answer]]:
        """What somebody has filled in; and what shows the form once more, by the status with which it is refused."""
        with self._reader.transaction() as tx:
            visit = self._visit(tx, asked, self.now())
            found = read(visit.ctx, self.desk, fields, asked.language)
            known = publication.municipality_names(visit.ctx)
            return found, partial(pages.form_page, visit, found, known)

    def _visit(self, tx: Tx, asked: Asked, now: datetime) -> Visit:
        ctx = publication.reader(tx, now=now, settings=self.settings, language=asked.language)
        return Visit(asked, ctx, self.place, self.desk)

    def _versioned(self, visit: Visit, version: Hashable, tags: frozenset[str]) -> Kept:
        """What is known by its version: who has it is told so before it is made."""
        asked = visit.asked
        words = (asked.path, asked.language, self.settings.version, self.place.url, version)
        tag = f'"{digest(repr(words).encode())}"'
        key = (asked.path, asked.language)
        kept = self._kept.get(key)
        if kept is not None and kept.tag == tag:
            return kept
        if tag in tags:
            return Kept(KNOWN, tag, version, visit.ctx.now, visit.ctx.now)
        return self._keep(key, kept, answered(visit), tag, version, visit.ctx.now)

    def _changing(self, visit: Visit, stamp: Hashable) -> Kept:
        """What is made of many rows, and so anew after each commit."""
        asked, now = visit.asked, visit.ctx.now
        key = (asked.path, tuple(sorted(asked.query.items())), asked.language)
        kept = self._kept.get(key)
        if kept is not None and kept.stamp == stamp and now - kept.made < MADE_ANEW:
            self._kept.move_to_end(key)
            return kept
        answer = answered(visit)
        return self._keep(key, kept, answer, answer.tag, stamp, now)

    def _keep(
        self, key: Key, kept: Kept | None, answer: Answer, tag: str, stamp: Hashable, now: datetime
    ) -> Kept:
        whole = now.replace(microsecond=0)
        if kept is not None and kept.tag == tag:
            made = replace(kept, stamp=stamp, made=now)
        else:
            since = whole if kept is None else max(whole, kept.since + timedelta(seconds=1))
            made = Kept(answer, tag, stamp, now, since)
        if answer.status == OK:  # what does not exist is asked for in a million ways
            self._kept[key] = made
            self._kept.move_to_end(key)
            self._size += len(made.answer.body) - (len(kept.answer.body) if kept is not None else 0)
            while len(self._kept) > 1 and (len(self._kept) > MOST_KEPT or self._size > MOST_BYTES):
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone.answer.body)
        return made

    def close(self) -> None:
        self._reader.close()


def answered(visit: Visit) -> Answer:
    """What the visitor gets, also where there is no such page."""
    found = find(visit.asked.path)
    if found is None:
        return visit.html("missing", status=404)
    declared, parameters = found
    try:
        return declared.function(visit, **parameters)
    except (MissingError, publication.NotPublicError):
        return visit.html("missing", status=404)
    except (GoneError, publication.WithdrawnError):
        return visit.html("gone", status=410)
    except ElsewhereError as error:
        return Answer(b"", status=error.status, headers={"Location": error.to})
