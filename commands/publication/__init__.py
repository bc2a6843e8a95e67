"""What people outside read: what of the store is public, and nothing besides.

Values without people: no Matrix id is in any of them, and a name only where the person has said so.
"""

from __future__ import annotations

from commands.processes import PHASES
from commands.publication.agenda import (
    Date,
    agenda,
    calendar_file,
    calendar_version,
    date_of,
    date_state,
    next_dates,
)
from commands.publication.data import TABLES, Table, since
from commands.publication.ideas import STATES as IDEA_STATES
from commands.publication.ideas import PublicIdea, all_ideas, idea, idea_state, ideas_page, merged_ideas
from commands.publication.model import A_PAGE, MovedError, NotPublicError, WithdrawnError, reader
from commands.publication.municipalities import by_district, by_size, municipalities, municipality_names
from commands.publication.news import Item, newest, news_item, news_page, news_version
from commands.publication.overview import Overview, overview
from commands.publication.processes import STANDINGS, PublicProcess, board, process, process_state

__all__ = [
    "A_PAGE",
    "IDEA_STATES",
    "PHASES",
    "STANDINGS",
    "TABLES",
    "Date",
    "Item",
    "MovedError",
    "NotPublicError",
    "Overview",
    "PublicIdea",
    "PublicProcess",
    "Table",
    "WithdrawnError",
    "agenda",
    "all_ideas",
    "board",
    "by_district",
    "by_size",
    "calendar_file",
    "calendar_version",
    "date_of",
    "date_state",
    "idea",
    "idea_state",
    "ideas_page",
    "merged_ideas",
    "municipalities",
    "municipality_names",
    "newest",
    "news_item",
    "news_page",
    "news_version",
    "next_dates",
    "overview",
    "process",
    "process_state",
    "reader",
    "since",
]
