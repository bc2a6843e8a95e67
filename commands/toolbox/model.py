"""The toolbox (concept 6): coordinators gather methods and instruments, everybody finds them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final

from commands.fields import FIELDS
from commands.framework import (
    About,
    Body,
    Context,
    Failure,
    Machine,
    NewTitle,
    NotFound,
    Opening,
    Page,
    Refused,
    Reply,
    Role,
    Short,
    Tags,
    WebLink,
    WebLinkOrNone,
    YesNo,
    action,
    card,
    command,
    reference,
    valued,
)
from commands.framework.arguments import nothing_to_change
from commands.framework.carrying import refuse_twice
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.stems import stems_in
from commands.words import key_of
from storage import tools as stored
from storage.tools import REMOVED, SHARED, Tool

SIGN: Final = "🧰"
MOST_WORDS: Final = 8  # of a search
ToolRef = Annotated[int, reference("tool")]


class AboutTool(Reply):
    """A reply that carries a tool."""

    abstract: ClassVar[bool] = True
    tool: Tool

    @property
    def about(self) -> About:
        return "tool", self.tool.id

    def machine(self) -> Machine:
        tool = self.tool
        found = {"link": tool.link, "tags": list(tool.tags)}
        gone = {"state": REMOVED} if tool.state == REMOVED else {}
        return {"type": "tool", "title": tool.title} | {k: v for k, v in found.items() if v} | gone


class ToolCard(AboutTool):
    """The tool, with what there is to know."""


class ToolAdded(AboutTool):
    """It is in the toolbox from now on."""


class ToolChanged(AboutTool):
    """It reads like this from now on."""


class ToolRemoved(AboutTool):
    """It is in the toolbox no more."""


class ToolList(ListPage):
    """A page of the toolbox, newest first."""

    tools: tuple[Tool, ...]
    search: str | None = None

    def machine(self) -> Machine:
        return self.listed("tool", [f"T{tool.id}" for tool in self.tools])

    def following(self, language: str) -> str:
        """The command that shows the next page."""
        index = 0 if language == "de" else 1
        search = [f"{FIELDS['search'][index]}: {self.search} |"] if self.search else []
        named = ("werkzeug liste", "tool list")[index]
        return " ".join([named, *search, f"{FIELDS['page'][index]}: {self.page + 1}"])


class ToolGone(Failure):
    """It was removed."""

    number: int


def get(ctx: Context, number: int) -> Tool:
    """The tool, removed or not. Refuses: NotFound."""
    tool = stored.find(ctx.tx, number)
    if tool is None:
        raise Refused(NotFound(ref=f"T{number}", noun="werkzeug"))
    return tool


def get_shared(ctx: Context, number: int) -> Tool:
    """The tool, which is in the toolbox. Refuses: NotFound, ToolGone."""
    tool = get(ctx, number)
    if tool.state != SHARED:
        raise Refused(ToolGone(number))
    return tool


@card("tool", letter="T", sign=SIGN, purpose="")
def tool_card(ctx: Context, number: int) -> ToolCard:
    return ToolCard(get(ctx, number))


@valued("tool")
def likely(ctx: Context) -> list[tuple[int, str]]:
    """The newest ones."""
    return [(tool.id, tool.title) for tool in stored.list_newest(ctx.tx, offset=0, limit=A_PAGE)]


def are_there(ctx: Context) -> bool:
    """There is something in the toolbox."""
    return stored.count(ctx.tx) > 0


# --- for all


@command(
    "werkzeug liste",
    "tool list",
    "werkzeuge",
    "tools",
    "werkzeugkasten",
    "toolbox",
    role=Role.PI,
    de="die Werkzeuge und Methoden, die neusten zuerst",
    en="the tools and methods, the newest first",
    example=("suche: Workshop", "search: workshop"),
    reads=True,
    words=(
        "Methoden",
        "Vorlagen",
        "Checklisten",
        "Werkzeugkasten",
        "Werkzeugkiste",
        "Hilfsmittel",
        "Methoden zur Verfügung",
        "Methode für",
        "Vorlage für",
        "templates",
        "methods",
        "toolbox",
    ),
    offer=("Werkzeuge und Methoden ansehen", "See tools and methods"),
)
def show_list(ctx: Context, *, search: Short | None = None, page: Page = 1) -> ToolList:
    """One page of the toolbox; with `search` of those in which all its words stand."""
    words = stems_in(search or "")[:MOST_WORDS]
    which = {"offset": rows_before(page), "limit": A_PAGE}
    if words:
        shown, total = stored.search(ctx.tx, words, **which)
    else:
        shown, total = stored.list_newest(ctx.tx, **which), stored.count(ctx.tx)
    require_page(ctx, page, total)
    return ToolList(tuple(shown), search, page=page, total=total)


@command(
    "werkzeug zeige",
    "tool show",
    role=Role.PI,
    de="ein Werkzeug zeigen",
    en="show a tool",
    example=("T3", "T3"),
    reads=True,
    there=are_there,
    words=("Link von", "wofür", "wozu", "wie funktioniert Werkzeug", "link of", "what for"),
    offer=("Ein Werkzeug ansehen", "See a tool"),
)
def show(ctx: Context, tool: ToolRef) -> ToolCard:
    """The tool. Refuses: NotFound, ToolGone."""
    return ToolCard(get_shared(ctx, tool))


# --- for coordinators


@command(
    "werkzeug neu",
    "tool new",
    role=Role.COORDINATOR,
    de="ein Werkzeug oder eine Methode aufnehmen",
    en="add a tool or a method",
    example=(
        "Persona-Vorlage | link: https://example.ch/persona | tags: workshop | Für Gespräche am Schalter.",
        "Persona template | link: https://example.ch/persona | tags: workshop | For talks at the counter.",
    ),
    asks=("link", "text"),
    words=(
        "in den Werkzeugkasten",
        "Werkzeug aufnehmen",
        "Methode aufnehmen",
        "Vorlage aufnehmen",
        "aufnehmen",
        "nehmen auf",
        "Methode hinzufügen",
        "Checkliste aufnehmen",
        "to the toolbox",
        "new method",
    ),
    offer=("Ein Werkzeug aufnehmen", "Add a tool"),
)
def add(
    ctx: Context,
    title: Opening,
    *,
    text: Body = "",
    link: WebLink | None = None,
    tags: Tags = (),
    anyway: YesNo = "no",
) -> ToolAdded:
    """The tool is in the toolbox. Refuses: ThereAlready, where there is one of this title."""
    refuse_twice(
        ctx,
        anyway,
        title,
        lambda: ((f"T{one.id}", one.title, None) for one in stored.list_called(ctx.tx, key_of(title))),
    )
    number = ctx.number("tool")
    wording = _wording(title=title, text=text, link=link, tags=tags)
    stored.add(ctx.tx, id=number, added_at=ctx.now, words=_words(wording), **wording)
    ctx.audit(f"T{number}")
    ctx.undo(take_back, number=number)
    return ToolAdded(get(ctx, number))


def _wording(*, title: str, text: str, link: str | None, tags: tuple[str, ...] | list[str]) -> dict[str, Any]:
    said = {"title": title, "text": text, "link": link, "tags": list(tags)}
    return said | {"title_key": key_of(title)}


def _words(wording: dict[str, Any]) -> list[str]:
    """By what it is found."""
    return key_of(" ".join((wording["title"], wording["text"], *wording["tags"]))).split()


@action
def take_back(ctx: Context, number: int) -> ToolRemoved:
    """It is in the toolbox no more; an edited command adds it anew with its number. Refuses: ToolGone."""
    get_shared(ctx, number)
    ctx.keep_numbers("tool", number)
    return _removed(ctx, number)


def _removed(ctx: Context, number: int) -> ToolRemoved:
    stored.set_state(ctx.tx, number, REMOVED)
    ctx.audit(f"T{number}")
    return ToolRemoved(get(ctx, number))


@command(
    "werkzeug ändern",
    "tool edit",
    role=Role.COORDINATOR,
    de="Titel, Link, Tags oder Text eines Werkzeugs ändern",
    en="change title, link, tags or text of a tool",
    example=("T3 link: https://example.ch/persona-neu", "T3 link: https://example.ch/persona-new"),
    there=are_there,
    words=("Link anpassen", "neuer Link", "Link stimmt nicht", "new link", "link is broken"),
    offer=("Ein Werkzeug ändern", "Change a tool"),
)
def edit(
    ctx: Context,
    tool: ToolRef,
    *,
    title: NewTitle | None = None,
    text: Body = "",
    link: WebLinkOrNone | None = None,
    tags: Tags | None = None,
) -> ToolChanged:
    """The tool reads like this. Refuses: NotFound, ToolGone, NothingToChange."""
    before = get_shared(ctx, tool)
    said = {"title": before.title, "text": before.text, "link": before.link, "tags": list(before.tags)}
    given = {
        "title": title,
        "text": "" if text == "-" else text or None,
        "link": None if link is None else "" if link == "-" else link,
        "tags": None if tags is None else list(tags),
    }
    wanted = said | {name: value for name, value in given.items() if value is not None}
    wanted["link"] = wanted["link"] or None
    if wanted == said:
        raise nothing_to_change(ctx, same=any(value is not None for value in given.values()))
    ctx.undo(word_back, number=tool, said=said)
    return _say(ctx, tool, wanted)


@action
def word_back(ctx: Context, number: int, said: Machine) -> ToolChanged:
    """The tool reads as before. Refuses: ToolGone."""
    get_shared(ctx, number)
    return _say(ctx, number, said)


def _say(ctx: Context, number: int, said: Machine) -> ToolChanged:
    wording = _wording(**said)
    stored.change(ctx.tx, number, wording, words=_words(wording))
    ctx.audit(f"T{number}")
    return ToolChanged(get(ctx, number))


@command(
    "werkzeug entfernen",
    "tool remove",
    "werkzeug löschen",
    "tool delete",
    role=Role.COORDINATOR,
    de="ein Werkzeug entfernen",
    en="remove a tool",
    example=("T3", "T3"),
    there=are_there,
    words=("brauchts nicht mehr", "veraltet", "outdated", "get rid of"),
    offer=("Ein Werkzeug entfernen", "Remove a tool"),
)
def remove(ctx: Context, tool: ToolRef) -> ToolRemoved:
    """The tool is in no list any more. Refuses: NotFound, ToolGone."""
    get_shared(ctx, tool)
    ctx.undo(restore, number=tool)
    return _removed(ctx, tool)


@action
def restore(ctx: Context, number: int) -> ToolAdded:
    """The tool is in the toolbox again. Refuses: BuiltUpon by what was done about it since."""
    stored.set_state(ctx.tx, number, SHARED)
    ctx.audit(f"T{number}")
    return ToolAdded(get(ctx, number))
