"""What people have written, as a page may show it: text, and nothing that does anything."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from markupsafe import Markup

from bot.rendering.markdown import markdown

_BLOCK: Final = re.compile(r"\s*<(?:p|ul|ol|table|blockquote|pre|hr)\b")
_HERE: Final = {  # what stands in a message, and what on a page
    '<a href="': '<a rel="nofollow noreferrer ugc" href="',
    "<th>": '<th scope="col">',
    "<table>": '<div class="wide" tabindex="0"><table>',
    "</table>": "</table></div>",
    "<br />": "<br>",
    "<hr />": "<hr>",
}
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
_NO_CHARACTERS: Final = ("Cc", "Cs", "Cn", "Co")  # categories


def clean(text: str) -> str:
    """The text without characters that no page and no feed may hold, nor those that turn the way it is read."""
    return "".join(
        c for c in text if c in "\n\t" or not (unicodedata.category(c) in _NO_CHARACTERS or c in _TURNING)
    )


def prose(text: str) -> Markup:
    """What a person has written, as HTML of a few tags; links say that they are not the site's."""
    html = str(markdown(clean(text)))
    html = html if _BLOCK.match(html) else f"<p>{html}</p>"
    for made, wanted in _HERE.items():
        html = html.replace(made, wanted)
    return Markup(html)  # noqa: S704 - made by markdown-it with html=False


def brief(text: str, most: int = 240) -> str:
    """The beginning of what a person has written, as plain words: of the first paragraph."""
    first = clean(text).strip().partition("\n\n")[0]
    words = Markup(markdown(first)).striptags()  # noqa: S704 - the same
    return words if len(words) <= most else f"{words[:most].rsplit(' ', 1)[0]} …"


def is_web(link: str) -> bool:
    """A link that a reader may follow."""
    return re.match(r"https?://[^\s]+$", link, re.IGNORECASE) is not None


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def finalize(value: Any) -> Any:
    """What templates put in: characters of people that steer are left out."""
    return clean(value) if type(value) is str else value
