"""HTML and the plain text beside it, and what is done to both before they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from typing import Final

from markupsafe import Markup

_BLOCKS: Final = frozenset(
    [
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "table",
        "tr",
        "hr",
        "thead",
        "tbody",
        "details",
        "summary",
    ]
)


_INLINE: Final = "a b br caption code del em i s span strong sub sup td th u"
_TAGS: Final = _BLOCKS | frozenset(
    _INLINE.split()
)  # what follows none of them is text of another kind, as in script
_TAG: Final = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<>]*")*) ?(/?)>')
_ATTRIBUTE: Final = re.compile(r' ([a-z-]+)="([^"]*)"')
_SPACES: Final = re.compile(r"[ \t\r\n\xa0]+")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


# Signs as people tap them: pictures, arrows such as ↩️, ✅ and ✋.
_SIGN: Final = re.compile("([\U0001f300-\U0001faff\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff]\ufe0f?)")
_SIGN_OF_A_WORD: Final = re.compile(rf"{_SIGN.pattern}((?:</?[a-z]+>)*) (?=(?:<[a-z]+>)?[\w«])")
_DAY: Final = re.compile(
    r"\b([A-Z][a-z]{1,2}), ([0-9]{1,2}\.?) ([A-ZÄ][a-zä]+)(?: ([0-9]{4})\b)?"
)  # «Do, 18. März 2027»
_HOURS: Final = re.compile(r"(?<=:[0-9]{2})–(?=[0-9]{1,2}:)")
_GREY: Final = "#767676"  # readable on white and on black


def hint(line: Markup) -> Markup:
    """The line small and grey. Signs stand outside of `<sub>`: Element cuts off their lower half in it."""
    parts = (p if _SIGN.fullmatch(p) else f"<sub>{p}</sub>" for p in _SIGN.split(str(line)) if p)
    return Markup(f'<span data-mx-color="{_GREY}">{"".join(parts)}</span>')  # noqa: S704 - it was markup before


def without_hints(html: str) -> str:
    """The HTML without its small grey lines."""
    return re.sub(rf'(?:<br>)?<span data-mx-color="{_GREY}">.*?</span>', "", html, flags=re.DOTALL)


def without_empty_lines(html: str) -> str:
    """The HTML without breaks after what ends its line anyway: each would be an empty line."""
    return re.sub(r"(</(?:p|ul|ol|pre|blockquote|table)>)\s*<br>", r"\1", html)


def kept_together(html: str) -> str:
    """The HTML with lines that break where they may: on a phone some thirty letters stand on one.

    A dot stays with what stands before it, a sign with its word, a day with its month and year, an hour with the next.
    """
    html = _SIGN_OF_A_WORD.sub("\\1\\2\xa0", html.replace(" ·", "\xa0·"))
    return _HOURS.sub("–\u2060", _DAY.sub(lambda day: day[0].replace(" ", "\xa0"), html))


def defuse(text: str) -> str:
    """The text without a call to the whole room: `@room` pings everybody in clients that don't know `m.mentions`."""
    return re.sub("@room", "@\u200broom", text, flags=re.IGNORECASE)


class _Plain:
    """Writes plain text, told one tag and one text after the other."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.links: list[tuple[str, int]] = []
        self.lists: list[int | None] = []
        self.pre = 0
        self.marked = 0  # after so many pieces a list's mark stands, and what follows it is on its line

    def start(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "br":
            self.out.append("\n" + "  " * len(self.lists))
        elif tag in _BLOCKS:
            self._line()
        if tag == "a":
            self.links.append((attributes.get("href") or "", len(self.out)))
        elif tag in ("ul", "ol"):
            first = attributes.get("start") or "1"
            self.lists.append((int(first) if first.isdigit() else 1) if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "pre":
            self.pre += 1
        elif tag == "hr":
            self.out.append("—")
        elif tag in ("td", "th") and self.out and not self.out[-1].endswith("\n"):
            self.out[-1] = self.out[-1].rstrip(" ")
            self.out.append(" · ")

    def end(self, tag: str) -> None:
        if tag == "a" and self.links:
            href, at = self.links.pop()
            shown = "".join(self.out[at:])
            if (
                href.startswith(("http:", "https:"))
                and not href.startswith("https://matrix.to/")
                and shown != href
            ):
                self.out.append(f" ({href})")
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "pre":
            self.pre -= 1
        if tag in _BLOCKS:
            self._line()

    def text(self, text: str) -> None:
        if self.pre:
            self.out.append(text)
            return
        text = _SPACES.sub(" ", text)
        if not self.out or self.out[-1][-1:].isspace():
            text = text.lstrip(" ")
        if text:
            self.out.append(text)

    def whole(self) -> str:
        lines = "\n".join(line.rstrip() for line in "".join(self.out).split("\n"))
        return _EMPTY_LINES.sub("\n\n", lines).strip()

    def _item(self) -> None:
        number = self.lists[-1] if self.lists else None
        self.out.append("  " * (len(self.lists) - 1))
        self.out.append("• " if number is None else f"{number}. ")
        if number is not None:
            self.lists[-1] = number + 1
        self.marked = len(self.out)

    def _line(self) -> None:
        if len(self.out) == self.marked:
            return
        if self.out and self.out[-1] != "\n" and not "".join(self.out[-2:]).rstrip(" ").endswith("\n"):
            self.out.append("\n")


class _Reader(HTMLParser):
    """Any HTML, told to a writer."""

    def __init__(self, writer: _Plain) -> None:
        super().__init__(convert_charrefs=True)
        self.writer = writer

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.writer.start(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.writer.end(tag)

    def handle_data(self, data: str) -> None:
        self.writer.text(data)


def plain(html: str) -> str:
    """The same as plain text: complete, one block a line, addresses of links beside them."""
    if "<" not in html and "&" not in html:
        return " ".join(html.split())
    text = _of_tidy(html)
    return _of_any(html) if text is None else text


def _of_tidy(html: str) -> str | None:
    """The plain text of HTML as templates and Markdown are written; None where there is anything else in it.

    All that the bot says comes along here, and Python's parser takes three times as long.
    """
    writer = _Plain()
    first, *parts = _TAG.split(html)
    if "<" in first:
        return None
    writer.text(unescape(first))
    for closes, tag, attributes, alone, text in zip(*(parts[n::5] for n in range(5)), strict=True):
        if "<" in text or tag not in _TAGS or (closes and (attributes or alone)):
            return None
        if closes:
            writer.end(tag)
        else:
            found = (
                {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
                if attributes
                else {}
            )
            writer.start(tag, found)
            if alone:
                writer.end(tag)
        if text:
            writer.text(unescape(text))
    return writer.whole()


def _of_any(html: str) -> str:
    writer = _Plain()
    reader = _Reader(writer)
    reader.feed(html)
    reader.close()
    return writer.whole()
