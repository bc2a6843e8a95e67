"""Reads a feed: RSS, RDF, Atom or JSON in, its entries in plain text out. Run as a process of its own.

What comes from outside may be built to cost time or memory: this process has little of both, and everything it took is
given back at its end. It reads one line of JSON (the media type), then the feed, and writes JSON.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import resource
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit
from xml.sax import SAXException

import feedparser
import nh3

SECONDS: Final = 20  # of the processor
MEMORY: Final = 512 * 1024 * 1024
NO_MEMORY: Final = 3  # the status with which it ends where that is not enough
TITLE_LENGTH: Final = 120
TEXT_LENGTH: Final = 500
LINK_LENGTH: Final = 1000
_LOOKED_AT: Final = 20_000  # characters of a text, before anything is taken out of it
_HEAD: Final = 200_000  # bytes of a page in which it names its feed
_FEEDS: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_BLOCK: Final = re.compile(r"<(?:/?(?:p|div|li|ul|ol|h[1-6]|tr|table|blockquote)|br)\b[^>]*>", re.IGNORECASE)
_MARKS: Final = re.compile(r"(\w?)[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{3,}")
_KEPT_INVISIBLE: Final = "\u200d"  # joins the parts of a sign
_END: Final = re.compile(
    rb"</\s*(?:\w+:)?(?:rss|rdf|feed|channel)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.IGNORECASE | re.DOTALL
)


def read(data: bytes, media_type: str, url: str) -> dict[str, Any] | None:
    """What the feed is called, and its entries in the order of the file.

    None if it is no feed; of a page that names one, `elsewhere`, where that is.
    """
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    found = _json(text) if text[:1] == b"{" else _xml(data, media_type)
    if found is None:
        elsewhere = named_feed(data, url)
        return {"elsewhere": elsewhere} if elsewhere else None
    title, entries = found
    shown: dict[str, dict[str, Any]] = {}
    for raw in entries:
        if (entry := _entry(raw, url)) is not None:
            shown.setdefault(entry["key"], entry)
    return {"title": cut(plain(title), TITLE_LENGTH), "entries": list(shown.values())}


# --- the forms


def _xml(data: bytes, media_type: str) -> tuple[str, Iterator[Mapping[str, Any]]] | None:
    headers = {"content-type": media_type} if media_type else {}
    found = feedparser.parse(
        io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    entries = list(found.entries)
    broken = isinstance(found.get("bozo_exception"), SAXException)
    if not entries and (broken or not found.get("version")):
        return None
    if broken and entries and not _END.search(data[-2000:]):
        entries.pop()  # the file breaks off: of the last one, the half may be missing, also what it is known by
    return str(found.feed.get("title", "")), map(_of_xml, entries)


def _of_xml(entry: Mapping[str, Any]) -> dict[str, Any]:
    content = entry.get("content") or [{}]
    dated = (entry.get(name) for name in ("published_parsed", "updated_parsed") if name in entry)
    return {
        "id": entry.get("id"),
        "link": entry.get("link"),
        "title": entry.get("title"),
        "text": entry.get("summary") or content[0].get("value"),
        "at": _time(next(filter(None, dated), None)),
    }


def _time(parsed: Any) -> datetime | None:
    try:
        if not parsed:
            return None
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _json(data: bytes) -> tuple[str, Iterator[Mapping[str, Any]]] | None:
    """A JSON Feed, 1.0 or 1.1, as it is found: what of it can't be used is left out."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return None
    items = whole.get("items") if isinstance(whole, dict) else None
    if not isinstance(items, list) or "jsonfeed" not in str(whole.get("version", "")):
        return None
    return str(whole.get("title") or ""), (_of_json(item) for item in items if isinstance(item, dict))


def _of_json(item: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in item.items() if isinstance(value, str | int)}
    when = str(known.get("date_published") or known.get("date_modified") or "")
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        at = None
    text = known.get("summary") or known.get("content_html") or known.get("content_text")
    if text == known.get("content_text") and text is not None:
        text = nh3.clean_text(str(text))  # it is no HTML
    return {
        "id": known.get("id"),
        "link": known.get("url") or known.get("external_url"),
        "title": known.get("title"),
        "text": text,
        "at": (at if at.tzinfo else at.replace(tzinfo=UTC)) if at else None,
    }


class _Links(HTMLParser):
    """The first feed that the head of a page names."""

    href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: (value or "").strip() for name, value in attrs}
        if (
            tag == "link"
            and not self.href
            and "alternate" in said.get("rel", "").lower().split()
            and said.get("type", "").lower() in _FEEDS
        ):
            self.href = said.get("href", "")


def named_feed(data: bytes, url: str) -> str:
    """The address of the feed that a page names; empty if it names none."""
    links = _Links()
    links.feed(data[:_HEAD].decode("utf-8", "replace"))
    return address(links.href, url) if links.href else ""


# --- an entry


def _entry(raw: Mapping[str, Any], url: str) -> dict[str, Any] | None:
    """The entry in plain text, with the key by which it is known; None where there is nothing to know it by."""
    title, text = plain(raw["title"]), plain(raw["text"])
    said = next(
        ((kind, value) for kind in ("id", "link") if (value := str(raw[kind] or "").strip())),
        ("title", title) if title else ("text", text),
    )
    if not said[1]:
        return None
    link = address(str(raw["link"] or ""), url)
    name = cut(title, TITLE_LENGTH) or cut(text, TITLE_LENGTH) or (urlsplit(link or url).hostname or "")
    return {
        "key": hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()[:32],
        "title": name,
        "text": "" if text == title else cut(harmless(text), TEXT_LENGTH),
        "link": link,
        "at": raw["at"].isoformat() if raw["at"] else None,
    }


def plain(html: Any) -> str:
    """The text of some HTML in one line, without anything that can't be seen, or turns the line around."""
    text = str(html or "")[:_LOOKED_AT]
    if "<" in text or "&" in text:
        spaced = _BLOCK.sub(r" \g<0>", text)
        text = unescape(nh3.clean(spaced, tags=set(), clean_content_tags={"script", "style"}))
    seen = "".join(_visible(sign) for sign in unicodedata.normalize("NFC", text))
    return " ".join(_MARKS.sub(r"\1", seen).split())


def _visible(sign: str) -> str:
    category = unicodedata.category(sign)
    if category[0] == "Z" or sign in "\t\n\r\v\f":
        return " "
    return "" if category[0] == "C" and sign != _KEPT_INVISIBLE else sign


def harmless(text: str) -> str:
    """No sign in it begins a link with other words, or code: what stands below would become part of it."""
    return re.sub(r"~~+", "~", text.replace("](", "] (").replace("`", "'").replace("<", "‹"))


def cut(text: str, length: int) -> str:
    """The text, or its first words with dots."""
    if len(text) <= length:
        return text
    begun = text[: length - 1]
    return f"{begun.rpartition(' ')[0].rstrip(' ,;:–-') or begun}…"


def address(raw: str, base: str) -> str:
    """The address of the entry's page; empty where that is none that a browser opens."""
    try:
        seen = "".join(sign for sign in raw.strip() if unicodedata.category(sign)[0] != "C")
        link = urljoin(base, seen)
        parts = urlsplit(link if not urlsplit(seen).scheme else seen)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            return ""
    except ValueError:
        return ""
    link = quote(link, safe="%/:?#[]@!$&'()*+,;=~-._")
    return link if len(link) <= LINK_LENGTH else ""


def main() -> None:
    for limit, most in ((resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_AS, MEMORY)):
        with suppress(OSError, ValueError):  # it is lower already
            resource.setrlimit(limit, (most, most))
    with suppress(OSError):
        os.nice(10)  # people who wait for an answer come first
    told = json.loads(sys.stdin.buffer.readline())
    try:
        found = read(sys.stdin.buffer.read(), told["media_type"], told["url"])
    except MemoryError:
        sys.exit(NO_MEMORY)
    except Exception:  # noqa: BLE001 - whatever it is that makes the parser stumble, it can't be read
        found = None
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
