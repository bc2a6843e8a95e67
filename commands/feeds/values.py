"""What was found where a feed is, as values: made outside, taken in by `commands.feeds.taking`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TEXT_LENGTH: Final = 500

# Why a feed can't be read; how that is said stands in the templates.
PROBLEMS: Final = (
    "unreachable",  # no such name, or nobody answers there
    "slow",  # not all of it came in time
    "too_large",
    "not_public",  # it leads into a network that others can't reach
    "redirects",  # it leads on and on
    "certificate",
    "not_there",  # the server knows no such page
    "closed",  # the server wants to know who asks
    "error",  # the server has another trouble
    "no_feed",  # what is there is none
)


@dataclass(frozen=True)
class Due:
    """A feed to be looked at: where, and what it was when it was read last."""

    feed: int
    url: str
    etag: str
    modified: str
    digest: str


@dataclass(frozen=True)
class Entry:
    """What a feed shows, in plain text; `key`: by which it is known, however it is dated or worded."""

    key: str
    title: str
    text: str
    link: str
    at: datetime | None = None


@dataclass(frozen=True)
class Look:
    """What became of looking at a feed.

    `asked`: where; `problem`: why it could not be read, if so, with the feed that is named there, `elsewhere`;
    `moved`: where it is from now on; `entries`: in the order of the file, None where nothing has changed.
    """

    feed: int
    asked: str
    problem: str = ""
    elsewhere: str = ""
    moved: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    title: str = ""
    entries: tuple[Entry, ...] | None = None
