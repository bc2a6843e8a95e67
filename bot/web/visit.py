"""One look at the site: a page function gets it, and answers by its template."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.config.keys import Web
from bot.web.answers import Answer, Asked, MissingError
from bot.web.forms import Desk
from bot.web.kept import SIGN, STYLE
from bot.web.texts import brief, capital, clean, finalize, is_web, prose
from bot.web.wording import Wording
from commands.framework import Context

PARAMETERS: Final = {"stand": "state", "thema": "topic", "suche": "search", "seite": "page"}
PLACES: Final = {
    "/": ("Start", "Home"),
    "/news": ("Neuigkeiten", "News"),
    "/agenda": ("Agenda", "Agenda"),
    "/ideen": ("Ideen", "Ideas"),
    "/prozesse": ("Prozesse", "Processes"),
    "/gemeinden": ("Gemeinden", "Municipalities"),
    "/mitmachen": ("Mitmachen", "Take part"),
}
LONGEST: Final = 200  # characters of a parameter
LONGEST_PAGE: Final = 6  # digits


@dataclass(frozen=True)
class Place:
    """Where the site is: its address as people type it, and the path below which its pages are."""

    url: str
    base: str  # `/pi`, or nothing
    server: str  # the name of the bot's homeserver: what feeds call themselves by for ever
    licence: str = ""
    registration: bool = False
    contact: str = ""  # an e-mail address

    def inner(self, path: str) -> str:
        """The path of the page, whether the proxy has left that in it below which the pages are, or not."""
        rest = path.removeprefix(self.base)
        return rest if rest.startswith("/") else path if rest else "/"


def place_of(settings: Web, bot: str) -> Place:
    """Where the site is, by the configuration."""
    base = urlsplit(settings.address).path.rstrip("/")
    server = bot.partition(":")[2].partition(":")[0]
    return Place(settings.address, base, server, settings.licence, settings.registration, settings.contact)


def looked_at(asked: Asked) -> Asked:
    """Without what the page does not look at: by their German names, also where they were given by the English ones."""
    found = find(asked.path)
    query: dict[str, str] = {}
    for name in found[0].parameters if found is not None else ():
        given = asked.query.get(name) or asked.query.get(PARAMETERS[name]) or ""
        if cleaned := " ".join(clean(given).split())[:LONGEST]:
            query[name] = cleaned
    return replace(asked, query=query)


@dataclass(frozen=True)
class Visit(Wording):
    """Somebody reads a page."""

    asked: Asked
    ctx: Context
    place: Place
    desk: Desk | None = None

    @property
    def language(self) -> str:  # type: ignore[override]
        return self.asked.language

    @property
    def zone(self) -> ZoneInfo:  # type: ignore[override]
        return self.ctx.settings.zone

    def parameter(self, name: str) -> str:
        """What was given for it; see `looked_at`."""
        return self.asked.query.get(name, "")

    @property
    def page(self) -> int:
        """The page of a list that is asked for. Raises: MissingError."""
        typed = self.parameter("seite") or "1"
        if not (typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_PAGE and int(typed)):
            raise MissingError
        return int(typed)

    # --- addresses

    @property
    def places(self) -> list[tuple[str, str]]:
        """The pages in the head of each page."""
        return [(path, self.say(*names)) for path, names in PLACES.items()]

    def is_in(self, path: str) -> bool:
        """This page is the one at that path, or below it."""
        here = self.asked.path
        return here == path or (path != "/" and here.startswith(path.rstrip("/") + "/"))

    def link(self, path: str, language: str | None = None, **parameters: str | int | None) -> str:
        """The address of a page on the site, in this language; on a static host nothing can be asked for."""
        language = language or self.asked.language
        given = {
            (name if language == "de" else PARAMETERS[name]): str(value)
            for name, value in parameters.items()
            if value and not self.asked.whole
        }
        query = f"?{urlencode(given)}" if given else ""
        return f"{self.place.base}{'/en' if language == 'en' else ''}{quote(path)}{query}"

    def url(self, path: str, language: str | None = None) -> str:
        """The same for those who come from elsewhere."""
        return f"{self.place.url}{self.link(path, language).removeprefix(self.place.base)}"

    def moved(self, language: str) -> str:
        """This very page in that language."""
        if self.asked.path == "/" and language == "de" and not self.asked.whole:
            return f"{self.link('/', language)}?sprache=de"  # else the browser's wish would be followed
        return self.link(self.asked.path, language, **{name: self.parameter(name) for name in PARAMETERS})

    # --- templates

    def html(self, template: str, *, status: int = 200, **values: Any) -> Answer:
        """The page made by this template."""
        text = self.text(f"{template}.html", status=status, **values)
        return Answer(text.encode("utf-8", "replace"), status=status)

    def text(self, template: str, **values: Any) -> str:
        """What the template makes of the values, and of what all templates know."""
        functions: Mapping[str, Callable[..., Any]] = {
            "_": self.say,
            "link": self.link,
            "url": self.url,
            "at": self.at,
            "day": self.day,
        }
        made: str = _TEMPLATES.get_template(template).render(
            v=self,
            language=self.asked.language,
            style=f"{self.place.base}/stil.css?v={STYLE.version}",
            sign=f"{self.place.base}/zeichen.svg?v={SIGN.version}",
            **functions,
            **values,
        )
        return made

    @property
    def takes_forms(self) -> bool:
        """Can somebody register here, now?"""
        desk = self.desk
        return self.place.registration and desk is not None and desk.take is not None and not self.asked.whole


Page = Callable[..., Answer]
Paths = Callable[[Visit], Iterable[str]]
Version = Callable[[Visit], Hashable]


@dataclass(frozen=True)
class Declared:
    """A page: what paths are its own, and which of them there are; what a version of it is, if one row tells."""

    pattern: re.Pattern[str]
    function: Page
    whole: Paths
    version: Version | None
    parameters: tuple[str, ...]
    fresh: Callable[[Visit], bool]


PAGES: Final[list[Declared]] = []


def page(
    path: str,
    *,
    parameters: tuple[str, ...] = (),
    whole: Paths | None = None,
    version: Version | None = None,
    fresh: Callable[[Visit], bool] = lambda _visit: False,
) -> Callable[[Page], Page]:
    """The function answers this path, a regular expression whose groups are given to it, numbers if digits.

    `parameters`: what it looks at of what stands behind the path; nothing else makes another page. `whole`: the paths
    of this kind that there are, for a static host; without it, the path itself. `version`: the answer is the same as
    long as this is. `fresh`: it is another one for each who asks.
    """

    def declare(function: Page) -> Page:
        itself = [path.replace("\\", "")]
        paths = whole or (lambda _visit: itself)
        PAGES.append(Declared(re.compile(path), function, paths, version, parameters, fresh))
        return function

    return declare


def find(path: str) -> tuple[Declared, dict[str, Any]] | None:
    """The page of the path, with what the function is given."""
    for declared in PAGES:
        found = declared.pattern.fullmatch(path)
        if found is not None:
            return declared, {k: int(v) if v.isdecimal() else v for k, v in found.groupdict().items()}
    return None


_TEMPLATES: Final = Environment(
    loader=PackageLoader("bot.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=finalize,
)
_TEMPLATES.filters |= {"prose": prose, "brief": brief, "capital": capital}
_TEMPLATES.globals["is_web"] = is_web
