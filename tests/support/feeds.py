"""Feeds as websites have them, and the bot that has looked at them, without a network."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from bot.feeds.reading import read
from commands import feeds
from commands.feeds import Entry, Look
from tests.support.chat import Chat, Said

URL = "https://www.example.ch/rss.xml"


def item(key: str, **more: str) -> str:
    """An item of RSS; `pubDate=…` and the like are added, an empty one is left out."""
    values = {"guid": key, "title": f"Titel {key}", "link": f"https://www.example.ch/{key}"} | more
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items() if value)
    return f"<item>{inside}</item>"


def rss(*items: str, title: str = "Kanton") -> bytes:
    """Items are written as `item` makes them, or by their key alone."""
    inside = "".join(one if one.startswith("<") else item(one) for one in items)
    head = f"<title>{escape(title)}</title><link>https://www.example.ch/</link>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{inside}</channel></rss>'.encode()


def parsed(body: bytes, media_type: str = "", url: str = URL) -> dict[str, Any]:
    found = read(body, media_type, url)
    assert found is not None
    return found


def looked(chat: Chat, body: bytes, *, feed: int = 1, asked: str = URL, **more: str) -> list[Said]:
    """The bot has looked at the feed, and this stood there; what it says because of it."""
    found = parsed(body)
    entries = tuple(
        Entry(**{**entry, "at": datetime.fromisoformat(entry["at"]) if entry["at"] else None})
        for entry in found["entries"]
    )
    return taken_in(chat, Look(feed, asked, title=found["title"], entries=entries, **more))


def failed(chat: Chat, problem: str = "unreachable", *, feed: int = 1, asked: str = URL) -> list[Said]:
    """The bot has looked at the feed, and could not read it."""
    return taken_in(chat, Look(feed, asked, problem=problem))


def taken_in(chat: Chat, look: Look) -> list[Said]:
    before = len(chat.said)
    chat.deliver(chat.core.take_in(partial(feeds.record, look=look), now=chat.now))
    chat.edit_cards()
    return chat.said[before:]


def due(chat: Chat) -> list[int]:
    """The numbers of the feeds that are to be looked at now."""
    return [one.feed for one in chat.core.ask(feeds.due, now=chat.now)]
