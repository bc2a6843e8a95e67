"""Reads a page as strictly as HTML allows, and as somebody with a screen reader needs it."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


VOID = _tags("meta link img input br hr")
PHRASING = _tags(
    "a abbr b bdi br button code del em i img input label progress s select small span strong svg textarea time"
)
ONLY_PHRASING = _tags("p h1 h2 h3 h4 span strong em time label button code pre")
KNOWN = (
    VOID
    | PHRASING
    | ONLY_PHRASING
    | _tags("html head title body header nav main footer section article div ul ol li dl dt dd")
    | _tags("table caption thead tbody tr th td form option textarea fieldset legend")
    | _tags("figure figcaption blockquote details summary datalist rect path circle")
)
CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "thead", "tbody"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"th", "td"},
    "select": {"option"},
    "datalist": {"option"},
}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.problems: list[str] = []
        self.ids: set[str] = set()
        self.refers: set[str] = set()
        self.labelled: set[str] = set()
        self.fields: set[str] = set()
        self.headings: list[int] = []
        self.seen: list[str] = []
        self.links: list[str] = []
        self.text_of: list[str] = []

    def problem(self, what: str) -> None:
        self.problems.append(f"line {self.getpos()[0]}: {what}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if "svg" in self.open:
            self.open.pop()
        else:
            self.problem(f"<{tag}/>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        given = {name: value or "" for name, value in attrs}
        if tag not in KNOWN:
            self.problem(f"unknown <{tag}>")
        if len(names) != len(set(names)):
            self.problem(f"<{tag}> has an attribute twice")
        if "style" in names or any(name.startswith("on") for name in names):
            self.problem(f"<{tag}> has style or a script")
        parent = self.open[-1] if self.open else ""
        if parent in ONLY_PHRASING and tag not in PHRASING:
            self.problem(f"<{tag}> in <{parent}>")
        if parent in CHILDREN and tag not in CHILDREN[parent]:
            self.problem(f"<{tag}> in <{parent}>")
        if tag in ("a", "form", "button", "label") and tag in self.open:
            self.problem(f"<{tag}> in <{tag}>")
        self._meaning(tag, given)
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)
            self.text_of.append(given.get("aria-label", ""))

    def _meaning(self, tag: str, given: dict[str, str]) -> None:
        if "id" in given:
            if given["id"] in self.ids:
                self.problem(f"id {given['id']} twice")
            self.ids.add(given["id"])
        for name in ("aria-labelledby", "aria-describedby"):
            self.refers |= set(given.get(name, "").split())
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "label":
            self.labelled.add(given.get("for", ""))
        if tag in ("input", "select", "textarea") and given.get("type") not in ("hidden", "submit"):
            self.fields.add(given.get("id", ""))
        if tag == "img" and "alt" not in given:
            self.problem("<img> without alt")
        if tag == "svg" and given.get("aria-hidden") != "true" and not given.get("aria-label"):
            self.problem("<svg> without a name")
        if tag == "th" and "scope" not in given and "tbody" not in self.open:
            self.problem("<th> without scope")
        if tag == "html" and given.get("lang") not in ("de-CH", "en"):
            self.problem("no language")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.problem(f"</{tag}> ends {self.open[-1:]}")
            return
        self.open.pop()
        said = self.text_of.pop()
        if (
            tag in ("a", "button", "h1", "h2", "h3", "label", "title", "summary", "figcaption")
            and not said.strip()
        ):
            self.problem(f"<{tag}> says nothing")
        if self.text_of:
            self.text_of[-1] += said

    def handle_data(self, data: str) -> None:
        if self.text_of:
            self.text_of[-1] += data
        if self.open and self.open[-1] in CHILDREN and data.strip():
            self.problem(f"text in <{self.open[-1]}>")


def problems(page: str) -> list[str]:
    """What is wrong with the page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    found = reader.problems
    if not page.startswith("<!DOCTYPE html>\n<html lang="):
        found.append("no doctype")
    found += [f"<{tag}> is not closed" for tag in reader.open]
    found += [f"nothing has the id {one}" for one in reader.refers - reader.ids]
    found += [f"the field {one} has no label" for one in reader.fields - reader.labelled]
    found += [
        f"{tag}: {reader.seen.count(tag)}" for tag in ("h1", "main", "title") if _count(reader, tag) != 1
    ]
    order = [0, *reader.headings]
    found += [f"h{b} follows h{a}" for a, b in pairwise(order) if b > a + 1]
    return found


def _count(reader: _Reader, tag: str) -> int:
    inside_svg = reader.seen.count("rect") if tag == "title" else 0  # each tile of a picture has one
    return reader.seen.count(tag) - min(inside_svg, max(0, reader.seen.count(tag) - 1))


def links(page: str) -> list[str]:
    """Where the page's links lead."""
    reader = _Reader()
    reader.feed(page)
    return reader.links
