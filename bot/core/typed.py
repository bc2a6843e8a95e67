"""What was typed: the one place that makes text of what a client has made of it.

Clients send Markdown that they have written themselves, names in place of mentions, quotations on top, captions, and
signs that nobody sees. `formatted_body` is the witness of what the person saw, `body` stays the text: only there
stand numbers, stars and backslashes as they were typed. Every repetition has a bound, as anybody may send anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

LONGEST_TEXT: Final = 16_000  # characters of a command
LONGEST_HTML: Final = 4 * LONGEST_TEXT
MOST_PILLS: Final = 100  # people named in one
LONGEST_NAME: Final = 255

# Nobody types a message of another kind: a notice is a bot's.
_TEXTS: Final = ("m.text", "m.emote")
_FILES: Final = ("m.file", "m.image", "m.video", "m.audio", "m.location")


@dataclass(frozen=True)
class Typed:
    """The text, whom it mentions, and whether it came with a file, whose caption it is then."""

    text: str
    mentions: frozenset[str]
    file: bool = False
    too_large: bool = False


def typed(content: Mapping[str, Any], *, reply: bool) -> Typed | None:
    """The text that a person typed in this content of a message; None where it is nothing typed.

    `reply`: it may begin with a quotation of what it answers, which is not part of it.
    """
    kind, body = content.get("msgtype"), content.get("body")
    file = kind in _FILES
    if not isinstance(body, str) or (not file and kind not in _TEXTS):
        return None
    if file and content.get("filename") in (None, body):
        body = ""  # the file's name, not a caption
    named = content.get("m.mentions")
    users = named.get("user_ids") if isinstance(named, dict) else None
    mentions = frozenset(u for u in users if isinstance(u, str)) if isinstance(users, list) else frozenset()
    if len(body) > LONGEST_TEXT:
        return Typed(clean(body[:200]), mentions, file, too_large=True)
    html = content.get("formatted_body")
    if not isinstance(html, str) or len(html) > LONGEST_HTML:
        html = ""
    shown = _without_mx_reply(html)
    if body.startswith("> ") and (reply or shown != html):
        body = _without_quotation(body)
    if "\\" in body:
        body = _without_escapes(body, shown)
    return Typed(clean(_with_ids(body, shown)), mentions, file)


# --- signs

_BREAK: Final = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACE: Final = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# Control, formatting and bidirectional characters, halves of surrogates, and what stands for an object left out.
# Not the joiners and tags that emoji and other scripts are made with.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffc\ud800-\udfff]"
)
# At the beginning of a line these join nothing, and nobody sees them.
_UNSEEN_FIRST: Final = re.compile(
    "^[\u034f\u115f\u1160\u17b4\u17b5\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0]+", re.MULTILINE
)


def clean(text: str) -> str:
    """The text without signs that nobody sees, with one kind of line ends and of spaces."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", _SPACE.sub(" ", _BREAK.sub("\n", text)))
    return unicodedata.normalize("NFC", _UNSEEN_FIRST.sub("", text))


# --- quotations and Markdown of clients

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,20})[^<>]{0,2000}>")
_LINES: Final = re.compile("br|p|div|li|ul|ol|tr|table|pre|blockquote|h[1-6r]", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
# Signs that Markdown does not need to escape, and does not write itself.
_SIGN: Final = re.compile(r"""(\\?)[,:;?!'"/=&%$@]""")
_MARK: Final = re.compile(r"\*{1,3}|_{1,3}|~~")


def _without_quotation(body: str) -> str:
    lines = body.split("\n")
    while lines and lines[0].startswith(">"):
        lines.pop(0)
    return "\n".join(lines).lstrip("\n")


def _without_mx_reply(html: str) -> str:
    before, _, opened = html.partition("<mx-reply>")
    _, closed, after = opened.partition("</mx-reply>")
    return before + after if closed else html


def _without_escapes(body: str, html: str) -> str:
    r"""The text without the backslashes that the client has put into it.

    One at the end of a line is a line break, unless the HTML shows it. A client that escapes escapes every sign: where
    one stands bare, the others are as they were typed, as in `\\server\pfad`.
    """
    seen = {line.strip() for line in _shown(html).split("\n")} if html else None
    signs = {match[1] for match in _SIGN.finditer(body)}
    if signs == {"\\"} and (seen is None or not any(_ESCAPED.search(line) for line in seen)):
        body = _ESCAPED.sub(r"\1", body)
    if seen is None or not any(end in html for end in ("<br", "<p>", "</p>")):
        return body
    kept = {line for line in seen if line.endswith("\\")}
    return "\n".join(
        line[:-1] if line.endswith("\\") and line.strip() not in kept else line for line in body.split("\n")
    )


def _shown(html: str) -> str:
    """The text that this HTML shows, with its lines."""
    return unescape(_TAG.sub(lambda tag: "\n" if _LINES.fullmatch(tag[2]) else "", html))


def unmarked(text: str, prefix: str) -> str:
    r"""The text without what stands before the prefix of a command: `\!idee`, `**!idee liste**`."""
    if text.startswith(f"\\{prefix}"):
        return text[1:]
    mark = _MARK.match(text)
    if mark is None or not text.startswith(prefix, mark.end()):
        return text
    bare, closed = re.subn(rf"(?<=\S){re.escape(mark[0])}(?!\w)", "", text[mark.end() :], count=1)
    return bare if closed else text


# --- people

_HREF: Final = r"(?:https?://matrix\.to/#/|matrix:u/)"
_PILL: Final = re.compile(
    rf"<a\s[^<>]{{0,200}}?href=[\"']{_HREF}([^\"'?<>]{{1,800}})(?:\?[^\"'<>]{{0,400}})?[\"'][^<>]{{0,200}}>"
    r"((?:[^<]|<(?!/?a\b)){0,400})</a>"
)
_LINK_TARGET: Final = re.compile(
    r"\]\((?:https?://matrix\.to/#/(?=@|%40)|matrix:u/)([^()\s?]{1,800})(?:\?[^()\s]{0,400})?\)"
)
_PASTED: Final = re.compile(
    r"<?(?:(?:https?://)?\bmatrix\.to/#/(?=@|%40)|\bmatrix:u/)([^\s?<>()\[\],;\"']{1,800})(?:\?[^\s<>(),;]{0,400})?>?",
    re.IGNORECASE,
)


def _with_ids(body: str, html: str) -> str:
    """The text with Matrix ids in place of what mentions show: a name, or a link."""
    if "<a " in html:
        body = _named_by_pills(body, html)
    if "](" in body:
        body = _named_by_links(body)
    if "matrix.to/" in body or "matrix:u/" in body:
        body = _PASTED.sub(lambda match: _user_id(match[1].rstrip(".:!/")), body)
    return body


def _named_by_pills(body: str, html: str) -> str:
    """The n-th time that the HTML shows the name is the n-th time in the text."""
    found: list[tuple[int, int, str]] = []
    before, at = "", 0
    for pill in islice(_PILL.finditer(html), MOST_PILLS):
        before += _shown(html[at : pill.start()])
        at = pill.end()
        user, name = _user_id(unescape(pill[1])), _shown(pill[2]).strip()
        if not name:
            continue
        spelt = re.compile(rf"(?<!\w)@?{re.escape(name)}(?!\w|:\w)")
        nth = sum(1 for _ in spelt.finditer(before))
        before += name
        place = next(islice(spelt.finditer(body), nth, None), None)
        if place is not None and user.startswith("@") and user not in body:
            found.append((*_with_its_link(body, place.start(), place.end()), user))
    rest = ""
    for start, end, user in sorted(found, reverse=True):
        if end <= len(body):  # no two of them overlap, whatever the HTML says
            rest, body = user + body[end:] + rest, body[:start]
    return body + rest


def _with_its_link(body: str, start: int, end: int) -> tuple[int, int]:
    """Where a name stands in a link in Markdown, the whole link."""
    link = _LINK_TARGET.match(body, end)
    return (start - 1, link.end()) if link is not None and body[start - 1 : start] == "[" else (start, end)


def _named_by_links(body: str) -> str:
    return "".join(_pieces(body))


def _pieces(body: str) -> Iterator[str]:
    """The text in pieces, with ids in place of links in Markdown, whose names may have brackets too."""
    at = 0
    for link in islice(_LINK_TARGET.finditer(body), MOST_PILLS):
        depth, start = 1, link.start()
        while depth and start > max(at, link.start() - LONGEST_NAME) and body[start - 1] != "\n":
            start -= 1
            if body[start - 1 : start] != "\\":
                depth += (body[start] == "]") - (body[start] == "[")
        if not depth:
            yield body[at:start] + _user_id(link[1])
            at = link.end()
    yield body[at:]


def _user_id(linked: str) -> str:
    user = unquote(linked)
    return user if user.startswith(("@", "!", "#", "$")) else f"@{user}"
