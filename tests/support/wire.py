"""What the bot may send, whatever people sent before: the rules that every event of its own has to keep."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

from bot.rendering.replies import KEY, edit_of
from tests.support.chat import Chat, Said

# The list of the Matrix specification (client-server API, m.room.message, 11.2.1.7), with the attributes.
TAGS = frozenset(
    [
        "del",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "p",
        "a",
        "ul",
        "ol",
        "sup",
        "sub",
        "li",
        "b",
        "i",
        "u",
        "strong",
        "em",
        "s",
        "code",
        "hr",
        "br",
        "div",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "caption",
        "pre",
        "span",
        "img",
        "details",
        "summary",
    ]
)
ATTRIBUTES = {
    "span": {"data-mx-bg-color", "data-mx-color", "data-mx-spoiler", "data-mx-maths"},
    "a": {"href"},
    "ol": {"start"},
    "code": {"class"},
    "div": {"data-mx-maths"},
}
SCHEMES = ("https://", "http://", "mailto:")
VOID = ("br", "hr", "img")
LARGEST = 65_536  # bytes of an event
WRAPPING = 3_000  # of them for what the homeserver adds


class _Checked(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        assert {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set()), (tag, attrs)
        for name, value in attrs:
            if name == "href":
                assert str(value).lower().startswith(SCHEMES), value
            if (tag, name) == ("code", "class"):
                assert str(value).startswith("language-")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def check_html(html: str) -> None:
    """Only tags and attributes that Matrix allows, each closed in its turn."""
    parser = _Checked()
    parser.feed(html)
    parser.close()
    assert parser.open == []


def check(said: Said) -> None:
    """The message is one that every homeserver takes and no client is harmed by."""
    for content in (said.content, said.shown):
        assert content.get("m.mentions", {}) == {}
    shown = said.shown
    assert shown["m.mentions"] == {}
    assert shown[KEY]["type"]
    assert shown["body"].strip() or shown["msgtype"] == "m.file"
    sent = {name: value for name, value in said.content.items() if name != "drawn"}  # a picture, by then
    raw = json.dumps(sent, ensure_ascii=False, allow_nan=False)
    raw.encode()
    assert "\x01" not in raw
    assert "\\u0001" not in raw
    assert "@room" not in shown["body"].lower()
    if "formatted_body" in shown:
        assert shown["format"] == "org.matrix.custom.html"
        assert "@room" not in shown["formatted_body"].lower()
        check_html(shown["formatted_body"])
        edit = edit_of(shown, "$" + "e" * 43)
        assert len(json.dumps(edit, ensure_ascii=False).encode()) < LARGEST - WRAPPING
    assert len(raw.encode()) < LARGEST - WRAPPING or "data" in shown


def check_all(chat: Chat, since: int = 0) -> None:
    for said in chat.said[since:]:
        check(said)
        assert said.machine.get("code") != "internal", said.text


@contextmanager
def nothing_fails() -> Iterator[None]:
    """No part of the bot logs an error meanwhile."""
    with collected() as records:
        yield
    assert [r.getMessage() for r in records] == [], records[0].exc_info


@contextmanager
def collected(level: int = logging.ERROR) -> Iterator[list[logging.LogRecord]]:
    """What the bot logs meanwhile, and asyncio: of tasks that failed unnoticed, once they are collected as garbage."""
    records: list[logging.LogRecord] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Collector(level)
    loggers = [logging.getLogger(name) for name in ("bot", "asyncio")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield records
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def replies(said: list[Said], event_id: str) -> list[Said]:
    return [s for s in said if s.replies_to == event_id]
