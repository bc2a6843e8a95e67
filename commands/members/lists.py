"""Who is there: the members by name, and those who wait for admission, as coordinators see them."""

from __future__ import annotations

from typing import Annotated, Final

from commands.fields import FIELDS
from commands.framework import (
    COORDINATION,
    Audience,
    Context,
    Machine,
    MunicipalityRef,
    Page,
    Role,
    Short,
    choices,
    command,
)
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.members.model import roles_of
from commands.words import key_of
from storage import members
from storage.members import THERE, Filter, Member

STATES: Final = {
    "dabei": THERE,
    "aktiv": "active",
    "wartend": "pending",
    "pausiert": "paused",
    "ausgetreten": "left",
}


MemberState = Annotated[str, choices(STATES)]


class MemberList(ListPage):
    """A page of the members; `waiting` registrations are mentioned where they are not what is listed."""

    rows: tuple[tuple[Member, tuple[str, ...]], ...]
    waiting: int
    which: Filter
    search: str | None

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def machine(self) -> Machine:
        return self.listed("member", [m.user_id for m, _ in self.rows])

    def next(self, language: str) -> str:
        """The command for the next page."""
        index = 0 if language == "de" else 1
        words = {code: word for word, code in STATES.items()}
        state = words[self.which.state] if language == "de" else self.which.state
        given = {
            "municipality": self.which.municipality,
            "state": state if self.which.state != THERE else None,
            "search": self.search,
            "page": str(self.page + 1),
        }
        fields = [f"{FIELDS[name][index]}: {value}" for name, value in given.items() if value]
        return f"{('mitglied liste', 'member list')[index]} {' | '.join(fields)}"


@command(
    "mitglied liste",
    "member list",
    role=Role.COORDINATOR,
    de="die Mitglieder, auch wer auf die Aufnahme wartet",
    en="the members, and those waiting for admission",
    example=("stand: wartend", "state: pending"),
    direct=True,
    coordination=True,
    reads=True,
    words=(
        "wer ist alles Mitglied",
        "alle Mitglieder",
        "Liste der Mitglieder",
        "wer ist Mitglied",
        "all members",
        "neue Anmeldungen",
        "gibt es neue Anmeldungen",
        "wer wartet",
        "neue Leute",
        "new registrations",
        "wer hat sich angemeldet",
        "wer hat sich neu angemeldet",
        "wartet auf Aufnahme",
        "waiting for admission",
        "Mitgliederliste",
        "offene Anmeldungen",
        "wer ist dabei",
    ),
    offer=("Die Mitglieder sehen", "See the members"),
)
def show_all(
    ctx: Context,
    *,
    municipality: MunicipalityRef | None = None,
    state: MemberState = THERE,
    search: Short | None = None,
    page: Page = 1,
) -> MemberList:
    """Members by name; without `stand` those who take part, also who pauses."""
    which = Filter(state, municipality, _words(search or ""))
    total = members.count(ctx.tx, which)
    require_page(ctx, page, total)
    found = members.list_page(ctx.tx, which, offset=rows_before(page), limit=A_PAGE)
    rows = tuple((m, roles_of(ctx.tx, m)) for m in found)
    waiting = members.count(ctx.tx, Filter("pending")) if state != "pending" else 0
    return MemberList(rows, waiting, which, search, page=page, total=total)


def _words(search: str) -> tuple[str, ...]:
    """The words of names and Matrix ids that are looked for; a server has its colon."""
    local, colon, server = search.casefold().partition(":")
    return (*key_of(local).split(), *([colon + server.strip()] if server.strip() else []))
