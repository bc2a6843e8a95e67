"""Events and trainings to read: lists, one of them, and who comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from commands.events.attendance import IN, you_of
from commands.events.model import AboutEvent, Occasion, find, occasion
from commands.fields import FIELDS
from commands.framework import COMMANDS, COORDINATION, About, Audience, Context, Machine, Reply, choices
from commands.framework.paging import A_PAGE, ListPage, pages_of, require_page, rows_before
from storage import events as stored
from storage import members, seats
from storage.seats import HOLDING

STATES: Final = ("confirmed", "waiting", "maybe")
Which = Annotated[
    str,
    choices(
        {"kommende": "coming", "vergangen": "past", "gestrichen": "cancelled", "alle": "all"},
        also={"kommend": "coming", "geplant": "coming", "planned": "coming", "vergangene": "past"},
    ),
]


class EventShown(AboutEvent):
    """It as it stands; `wanted`: the processes whose groups want the know-how, `done`: the asker has completed it."""

    wanted: tuple[tuple[str, str], ...] = ()
    done: bool = False


class EventList(ListPage):
    """A page of events, or of trainings; `mine`: what the asker is to each, in the direct chat only."""

    kind: str
    rows: tuple[Occasion, ...]
    mine: tuple[str, ...]
    which: str

    def machine(self) -> Machine:
        refs = [row.ref for row in self.rows]
        return self.listed(self.kind, refs)

    def next(self, language: str) -> str:
        """The command for the next page, without prefix."""
        index = 0 if language == "de" else 1
        words = {
            "past": ("vergangen", "past"),
            "cancelled": ("gestrichen", "cancelled"),
            "all": ("alle", "all"),
        }
        state = f" {FIELDS['state'][index]}: {words[self.which][index]}" if self.which in words else ""
        called = COMMANDS[f"{self.kind} list"].called(language)
        return f"{called}{state} {FIELDS['page'][index]}: {self.page + 1}"


@dataclass(frozen=True)
class Attending:
    """Somebody who comes, waits, or may come."""

    user_id: str
    name: str  # with the municipality
    state: str


class Attendees(Reply):
    """The people who come and who wait, in order of arrival: a page to read, for programs all of them."""

    event: Occasion
    people: tuple[Attending, ...]
    page: int = 1

    @property
    def audience(self) -> Audience:
        return COORDINATION

    @property
    def pages(self) -> int:
        return pages_of(len(self.people))

    @property
    def shown(self) -> list[tuple[str, int, list[Attending]]]:
        """All that is on this page: each state, the place of the first of these in it, and the people."""
        found, skipped = [], rows_before(self.page)
        room = A_PAGE
        for state in STATES:
            here = self.of(state)[skipped : skipped + room]
            if here:
                found.append((state, skipped + 1, list(here)))
            skipped = max(0, skipped - len(self.of(state)))
            room -= len(here)
        return found

    def next(self, language: str) -> str:
        """The command for the next page, without prefix."""
        called = COMMANDS[f"{self.event.row.kind} attendees"].called(language)
        return f"{called} {self.event.ref} {FIELDS['page'][0 if language == 'de' else 1]}: {self.page + 1}"

    def of(self, state: str) -> tuple[Attending, ...]:
        return tuple(one for one in self.people if one.state == state)

    @property
    def about(self) -> About:
        return self.event.row.kind, self.event.row.id

    def machine(self) -> Machine:
        return {
            "type": "attendees",
            "confirmed": [one.user_id for one in self.of("confirmed")],
            "waiting": [one.user_id for one in self.of("waiting")],
        }


def show(ctx: Context, kind: str, number: int) -> EventShown:
    event = find(ctx, kind, number)
    return EventShown(occasion(ctx, event), you=you_of(ctx, event))


def list_page(ctx: Context, kind: str, which: str, page: int) -> EventList:
    """Coming ones begin with the next, all others with the latest."""
    found, total = stored.list_page(
        ctx.tx, kind, which=which, now=ctx.now, offset=rows_before(page), limit=A_PAGE
    )
    require_page(ctx, page, total)
    rows = tuple(occasion(ctx, event) for event in found)
    mine = tuple(you_of(ctx, event)["seat"] if ctx.where.direct else "none" for event in found)
    return EventList(kind, rows, mine, which, page=page, total=total)


def attendees(ctx: Context, kind: str, number: int, page: int) -> Attendees:
    event = find(ctx, kind, number)
    people = []
    for seat in seats.list_all(ctx.tx, kind, number):
        if seat.state in (*IN, "maybe"):
            member = members.find(ctx.tx, seat.user_id)
            work = [member.name, member.municipality] if member is not None else [seat.user_id]
            state = "confirmed" if seat.state in HOLDING else seat.state
            people.append(Attending(seat.user_id, ", ".join(filter(None, work)), state))
    require_page(ctx, page, len(people))
    return Attendees(occasion(ctx, event), tuple(people), page)
