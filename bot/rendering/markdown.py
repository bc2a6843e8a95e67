r"""People's Markdown as HTML that shows what they typed: formatting may look different, words, numbers and signs stay.

What Markdown would change the meaning of, or leave out, stays text: `5. Klasse` is no first item, `\\server` keeps
both backslashes, `5*3*2` its stars. Where a sign would be taken for a mark, a `BARE` is put before it and taken out
again from what is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_inline import StateInline, link
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markupsafe import Markup

BARE: Final = "\ue000"  # of the signs that have no meaning and that no font has
ROUNDS: Final = 4  # of lists in lists; what is nested deeper has none
MOST_COLUMNS: Final = 10  # of a table that can be read on a phone; what is larger is shown as it was written
MOST_ROWS: Final = 50
MOST_CELLS: Final = 500  # in all tables of a text
MOST_BRACKETS: Final = 200  # looked at for links in one text; each may cost as much as the whole text
_MAYBE_BARE: Final = re.compile(r"^[ \t>]*(?:[-*+]|[0-9]{1,9}[.)])(?:\s|$)|\|", re.MULTILINE)
_LESS: Final = re.compile(
    r"^([ \t>]*)>(?=[ \t]*\d)", re.MULTILINE
)  # «> 50 Personen» are more, and no quotation


def _whole_words(state: StateInline, silent: bool) -> bool:
    """Markdown's rule for `*` and `_`, for both as for `_`: not in the middle of a word or a number."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    scanned = state.scanDelims(state.pos, False)
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open,
                close=scanned.can_close,
            )
        )
    state.pos += scanned.length
    return True


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table, if it is of a size to be read: rows are filled up with empty cells, 600 of them for one character."""
    if not table(state, start, end, True):
        return False
    first, columns = start + 2, state.src.count("|", state.bMarks[start], state.eMarks[start]) - 1
    until = min(end, first + MOST_ROWS)
    rows = 1 + next((n for n, line in enumerate(range(first, until)) if state.isEmpty(line)), until - first)
    cells = state.env.get("cells", 0) + rows * columns
    if columns > MOST_COLUMNS or rows > MOST_ROWS or cells > MOST_CELLS:
        return False
    if silent:
        return True
    state.env["cells"] = cells
    return table(state, start, end, silent)


def _link(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[":
        return False
    state.env["brackets"] = state.env.get("brackets", 0) + 1
    return state.env["brackets"] <= MOST_BRACKETS and link(state, silent)


def _parser() -> MarkdownIt:
    """No HTML of people, no pictures from elsewhere, links only where a click is harmless; nothing that leaves out.

    A definition of a link would vanish from the text, and could stand for two thousand characters in each place.
    """
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    made.disable(["image", "code", "lheading", "reference", "escape", "entity"])
    made.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    made.inline.ruler.at("emphasis", _whole_words)
    made.inline.ruler.at("link", _link)
    made.validateLink = lambda url: bool(  # type: ignore[method-assign]
        re.match(r"(https?://|mailto:)[^\s]+$", url.strip(), re.IGNORECASE)
    )
    return made


_MARKDOWN: Final = _parser()
_WITHOUT_LISTS: Final = _parser().disable("list")


def markdown(text: str) -> Markup:
    """The text of a person, as HTML of the tags that Matrix allows."""
    tokens = _parsed(
        _LESS.sub(rf"\1{BARE}>", text.replace(BARE, "").replace("\r\n", "\n").replace("\r", "\n"))
    )
    for token in tokens:
        _keep_words(token)
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}).strip().replace(BARE, "")
    # Headings of people would shout over the card's own line.
    html = re.sub(r"<h[1-6]>", "<p><strong>", re.sub(r"</h[1-6]>", "</strong></p>", html))
    if html.count("<p>") == 1 and html.startswith("<p>") and html.endswith("</p>"):
        html = html[3:-4]
    return Markup(html)  # noqa: S704 - made by markdown-it with html=False


def _parsed(text: str) -> list[Token]:
    if _MAYBE_BARE.search(text) is None:
        return _MARKDOWN.parse(text)
    lines = text.split("\n")
    for _ in range(ROUNDS):
        blocks: list[Token] = []
        _MARKDOWN.block.parse("\n".join(lines), _MARKDOWN, {}, blocks)
        bare = list(_bare(blocks, lines))
        if not bare:
            return _MARKDOWN.parse("\n".join(lines))
        for line, mark in bare:
            lines[line] = re.sub(mark, BARE + r"\g<0>", lines[line], count=1)
    return _WITHOUT_LISTS.parse("\n".join(lines))


def _bare(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The marks that are to stay signs: in which line, and the pattern of what stands there."""
    for at, token in enumerate(tokens):
        if token.type in ("ordered_list_open", "bullet_list_open"):
            items = _items(tokens, at)
            if not _is_list(items):
                for item in items:
                    assert item.map is not None
                    yield item.map[0], rf"{re.escape(item.info + item.markup)}(?=\s|$)"
        elif token.type == "table_open" and token.map is not None:
            first, end = token.map
            widths = [_width(line) for line in lines[first:end]]
            if max(widths[2:], default=0) > widths[0]:  # Markdown leaves out what has no column
                yield first + 1, r"[-:|]"


def _items(tokens: Sequence[Token], at: int) -> list[Token]:
    found, level = [], tokens[at].level
    for token in tokens[at + 1 :]:
        if token.level == level and token.nesting < 0:
            break
        if token.type == "list_item_open" and token.level == level + 1:
            found.append(token)
    return found


def _is_list(items: Sequence[Token]) -> bool:
    """Several, whose numbers run 1, 2, 3: all else would be shown otherwise than it was typed."""
    if len(items) < 2 or items[0].markup not in (".", "-", "*"):  # noqa: PLR2004
        return False
    return items[0].markup != "." or [item.info for item in items] == [str(n + 1) for n in range(len(items))]


def _width(row: str) -> int:
    cells = escapedSplit(row.strip())
    return len(cells) - (cells[:1] == [""]) - (len(cells) > 1 and cells[-1] == "")


def _keep_words(token: Token) -> None:
    """Text that would be lost is shown: a word beside the marks of code, the title of a link. Cells have no style."""
    if token.type == "fence" and token.info.strip():
        token.content, token.info = f"{token.info.strip()}\n{token.content}", ""
    elif token.type in ("th_open", "td_open"):
        token.attrs.clear()
    if token.children:
        token.children = list(_inline(token.children))


def _inline(children: Sequence[Token]) -> Iterator[Token]:
    """A link without text shows its address; one without an address is none."""
    said: list[tuple[str, str]] = []
    for n, child in enumerate(children):
        if child.type == "link_open":
            said.append((str(child.attrs["href"]), str(child.attrs.pop("title", ""))))
        if child.type not in ("link_open", "link_close") or said[-1][0]:
            yield child
        if child.type == "link_open" and children[n + 1].type == "link_close":
            yield Token("text", "", 0, content=said[-1][0])
        elif child.type == "link_close" and (title := said.pop()[1]):
            yield Token("text", "", 0, content=f" «{title}»")
