"""What readers and calendars come back for: the feed of the news, and the calendar of the agenda."""

from __future__ import annotations

from typing import Final

from bot.web.answers import Answer
from bot.web.visit import Visit, page
from commands import publication

ENTRIES: Final = 50
ATOM: Final = "application/atom+xml; charset=utf-8"
CALENDAR: Final = "text/calendar; charset=utf-8"


@page(r"/news\.atom", version=lambda visit: (publication.news_version(visit.ctx),))
def news_feed(visit: Visit) -> Answer:
    items = publication.newest(visit.ctx, ENTRIES)
    return Answer(visit.text("news.atom", items=items).encode("utf-8", "replace"), ATOM)


@page(r"/agenda\.ics", version=lambda visit: (publication.calendar_version(visit.ctx),))
def agenda_file(visit: Visit) -> Answer:
    name = visit.say("Agenda der Public Innovators", "Agenda of the Public Innovators")
    return Answer(publication.calendar_file(visit.ctx, name=name), CALENDAR)
