"""People's Markdown to safe HTML, and HTML to the plain text beside it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

# People's text is text: no HTML of theirs, no pictures from elsewhere, links only where a click is harmless.
_markdown: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(
    ["table", "strikethrough"]
)
_markdown.disable("image")
_markdown.validateLink = lambda url: bool(  # type: ignore[method-assign]
    re.match(r"(https?://|mailto:)[^\s]+$", url.strip(), re.IGNORECASE)
)
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


def markdown(text: str) -> Markup:
    """What people wrote, as HTML of the tags that Matrix allows."""
    html: str = _markdown.render(text).strip()
    # Headings of people would shout over the card's own line.
    html = re.sub(r"<(/?)h[1-6]>", r"<\1strong>", html)
    if html.count("<p>") == 1 and html.startswith("<p>") and html.endswith("</p>"):
        html = html[3:-4]
    return Markup(html)  # noqa: S704 - made by markdown-it with html=False


# Signs as people tap them: pictures, arrows such as ↩️, ✅ and ✋.
_SIGN: Final = re.compile("([\U0001f300-\U0001faff\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff]\ufe0f?)")
_GREY: Final = "#767676"  # readable on white and on black


def hint(line: Markup) -> Markup:
    """The line small and grey. Signs stand outside of `<sub>`: Element cuts off their lower half in it."""
    parts = (p if _SIGN.fullmatch(p) else f"<sub>{p}</sub>" for p in _SIGN.split(str(line)) if p)
    return Markup(f'<span data-mx-color="{_GREY}">{"".join(parts)}</span>')  # noqa: S704 - it was markup before


def without_empty_lines(html: str) -> str:
    """The HTML without breaks after what ends its line anyway: each would be an empty line."""
    return re.sub(r"(</(?:p|ul|ol|pre|blockquote|table)>)\s*<br>", r"\1", html)


def defuse(text: str) -> str:
    """The text without a call to the whole room: `@room` pings everybody in clients that don't know `m.mentions`."""
    return re.sub("@room", "@\u200broom", text, flags=re.IGNORECASE)


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.links: list[tuple[str, int]] = []
        self.lists: list[int | None] = []
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.out.append("\n" + "  " * len(self.lists))
        elif tag in _BLOCKS:
            self._line()
        if tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.out)))
        elif tag in ("ul", "ol"):
            start = dict(attrs).get("start") or "1"
            self.lists.append((int(start) if start.isdigit() else 1) if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "pre":
            self.pre += 1
        elif tag == "hr":
            self.out.append("—")
        elif tag in ("td", "th") and self.out and not self.out[-1].endswith("\n"):
            self.out.append(" · ")

    def handle_endtag(self, tag: str) -> None:
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

    def handle_data(self, data: str) -> None:
        if self.pre:
            self.out.append(data)
            return
        text = re.sub(r"[ \t\r\n\xa0]+", " ", data)
        if not self.out or self.out[-1].isspace():
            text = text.lstrip(" ")
        if text:
            self.out.append(text)

    def _item(self) -> None:
        number = self.lists[-1] if self.lists else None
        self.out.append("  " * (len(self.lists) - 1))
        self.out.append("• " if number is None else f"{number}. ")
        if number is not None:
            self.lists[-1] = number + 1

    def _line(self) -> None:
        if self.out and not "".join(self.out[-2:]).rstrip(" ").endswith("\n"):
            self.out.append("\n")


def plain(html: str) -> str:
    """The same as plain text: complete, one block a line, addresses of links beside them."""
    if "<" not in html and "&" not in html:
        return " ".join(html.split())
    parser = _Plain()
    parser.feed(html)
    parser.close()
    text = "".join(parser.out)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()
