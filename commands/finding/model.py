"""Date finding: what it looks like, its card, and which date suits most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from commands import groups
from commands.finding.words import KEYS
from commands.framework import (
    About,
    Audience,
    Context,
    Failure,
    Impersonal,
    Machine,
    NotFound,
    Refused,
    Reply,
    card,
    group,
    meant,
    membership,
    person_follower,
    personal,
    renaming,
    titled,
    valued,
)
from commands.framework.declarations import Came
from commands.processes import get as get_process
from storage import date_findings as stored
from storage import members, seats
from storage.date_findings import OPEN, Finding
from storage.engine.base import Tx

SIGN: Final = "🗓️"


@dataclass(frozen=True)
class Choice:
    """One of the dates, with those whom it suits."""

    place: int
    start: datetime
    end: datetime | None
    yes: tuple[str, ...]  # names
    no: int
    over: bool

    @property
    def key(self) -> str:
        return KEYS[self.place - 1]


@dataclass(frozen=True)
class View:
    """A finding as it stands: what the people of the group have said so far."""

    row: Finding
    zone: ZoneInfo
    process: str  # its name
    choices: tuple[Choice, ...]
    asked: int  # people of the group
    answered: int
    silent: tuple[str, ...]  # names of those who have not
    due: bool  # `until` is over
    link: str | None = None  # to its card

    @property
    def ref(self) -> str:
        return f"D{self.row.id}"

    @property
    def until(self) -> datetime:
        return self.row.until.astimezone(self.zone)

    @property
    def last_day(self) -> date | None:
        """The day to whose end people have time, where a whole day is meant."""
        return last_day(self.row, self.zone) if self.until.time() == time() else None

    @property
    def best(self) -> Choice | None:
        """The date to come that suits most people, the earlier one of equals; None, if none suits anybody."""
        found = [one for one in self.choices if one.yes and not one.over]
        return min(found, key=lambda one: (-len(one.yes), one.start), default=None)

    @property
    def tied(self) -> bool:
        """Does another date suit as many?"""
        best = self.best
        return best is not None and any(
            len(one.yes) == len(best.yes) for one in self.choices if one != best and not one.over
        )

    def outside(self) -> View:
        """Without names, and without the way to the card."""
        nameless = tuple(replace(one, yes=("",) * len(one.yes)) for one in self.choices)
        return replace(self, choices=nameless, silent=(), link=None)

    def machine(self) -> Machine:
        dates = [
            {
                "start": one.start.isoformat(timespec="seconds"),
                **({"end": one.end.isoformat(timespec="seconds")} if one.end is not None else {}),
                "yes": len(one.yes),
                "no": one.no,
                "maybe": 0,  # there is nothing in between
            }
            for one in self.choices
        ]
        found: Machine = {"type": "dates", "process": f"P{self.row.process}", "title": self.row.title}
        found |= {"state": self.row.state, "options": dates}
        return found | ({"meeting": f"S{self.row.meeting}"} if self.row.meeting is not None else {})


class AboutFinding(Reply):
    """A reply that carries a finding, for its group."""

    abstract: ClassVar[bool] = True
    view: View

    @property
    def audience(self) -> Audience:
        return group(self.view.row.process)

    def outside(self) -> Reply | None:
        return replace(self, view=self.view.outside())

    @property
    def about(self) -> About:
        return "dates", self.view.row.id

    def machine(self) -> Machine:
        return self.view.machine()


class FindingCard(AboutFinding):
    """The dates, numbered, with whom each suits; `planned`: the meeting's address, once it is fixed."""

    planned: str | None = None


class FindingOver(Impersonal):
    """It is fixed, or cancelled: there is nothing to answer, fix or cancel any more."""

    ref: str
    state: str
    meeting: int | None


class NotAsked(Failure):
    """Only the people of the group are asked."""

    code: ClassVar[str] = "not_allowed"
    process: int


def last_day(row: Finding, zone: ZoneInfo) -> date:
    """The day on which the time to answer ends."""
    return (row.until - timedelta(seconds=1)).astimezone(zone).date()


def get(ctx: Context, number: int) -> Finding:
    """The finding. Refuses: NotFound."""
    found = stored.find(ctx.tx, number)
    if found is None:
        raise Refused(NotFound(ref=f"D{number}", noun="termin"))
    return found


def get_open(ctx: Context, number: int) -> Finding:
    """The finding, which is open. Refuses: NotFound, FindingOver."""
    found = get(ctx, number)
    if found.state != OPEN:
        raise Refused(FindingOver(f"D{number}", found.state, found.meeting))
    return found


def asked(ctx: Context, process: int) -> list[str]:
    """The people who are asked: the group's members, and its leader."""
    leader = groups.get(ctx, process).leader
    return list(dict.fromkeys([*groups.confirmed(ctx, process), *([leader] if leader is not None else [])]))


def view(ctx: Context, row: Finding, *, unsent: bool = False) -> View:
    """The finding with what the people of the group have said; who has left it counts no more."""
    people = asked(ctx, row.process)
    names = members.names(ctx.tx, people)
    suits = stored.suits(ctx.tx, row.id)
    answered = {*(one.user_id for one in suits), *stored.said(ctx.tx, row.id)}.intersection(people)
    zone = ctx.settings.zone
    choices = []
    for option in stored.options(ctx.tx, row.id):
        yes = {one.user_id for one in suits if one.place == option.place}.intersection(people)
        choices.append(
            Choice(
                option.place,
                option.start_at.astimezone(zone),
                option.end_at.astimezone(zone) if option.end_at is not None else None,
                tuple(sorted(names.get(user, user) for user in yes)),
                len(people) - len(yes),
                option.start_at <= ctx.now,
            )
        )
    return View(
        row,
        zone,
        get_process(ctx, row.process).name,
        tuple(choices),
        len(people),
        len(answered),
        tuple(sorted(names.get(user, user) for user in people if user not in answered)),
        row.until <= ctx.now,
        ctx.card_link("dates", row.id, unsent=unsent and not ctx.revising),
    )


def has_answered(ctx: Context, number: int, user_id: str) -> bool:
    """Has the person said anything about it?"""
    return user_id in stored.said(ctx.tx, number) or any(
        one.user_id == user_id for one in stored.suits(ctx.tx, number)
    )


def mine_open(ctx: Context) -> list[Finding]:
    """The open findings in which the asker is asked, the oldest first."""
    groups_of_mine = [
        seat.number
        for seat in seats.list_of_person(ctx.tx, ctx.me.user_id)
        if seat.kind == "group" and seat.state == "confirmed"
    ]
    leads = [grant.process for grant in members.grants(ctx.tx, ctx.me.user_id) if grant.role == "leader"]
    processes = sorted({*groups_of_mine, *leads})
    found = [one for process in processes for one in stored.list_open(ctx.tx, process)]
    return sorted(found, key=lambda one: one.id)


# --- the card


def _signs(tx: Tx, number: int) -> tuple[str, ...]:
    return KEYS[: len(stored.options(tx, number))]


def _is_open(ctx: Context, number: int) -> bool:
    return get(ctx, number).state == OPEN


@card("dates", letter="D", sign=SIGN, purpose="", seeds=KEYS, some=_signs, is_open=_is_open)
def finding_card(ctx: Context, number: int) -> FindingCard:
    row = get(ctx, number)
    planned = ctx.card_link("meeting", row.meeting, unsent=False) if row.meeting is not None else None
    return FindingCard(view(ctx, row), planned=planned)


@meant("dates")
def the_only_one(ctx: Context) -> int | None:
    """The only open one of the group whose room this is; in a direct chat, of the asker's groups."""
    process = groups.of_the_room(ctx) if not ctx.where.direct else None
    found = mine_open(ctx) if ctx.where.direct else []
    if process is not None:
        found = stored.list_open(ctx.tx, process)
    return found[0].id if len(found) == 1 else None


@valued("dates")
def open_ones(ctx: Context) -> list[tuple[int, str]]:
    return [(one.id, one.title) for one in mine_open(ctx)]


@titled("dates")
def by_title(ctx: Context, _text: str) -> list[tuple[int, str]]:
    return open_ones(ctx)


# --- who comes, goes, or is called otherwise


def _changed(ctx: Context, found: Iterable[Finding]) -> None:
    for one in found:
        ctx.changed("dates", one.id)


@membership
def follow(ctx: Context, process: int, user_id: str, came: Came) -> None:  # noqa: ARG001
    """What they have said counts, or counts no more."""
    _changed(ctx, stored.list_open(ctx.tx, process))


@renaming
def _renamed_process(ctx: Context, process: int) -> None:
    _changed(ctx, stored.list_of(ctx.tx, process))


@person_follower
def _renamed(ctx: Context, user_id: str) -> None:
    for number in sorted({one.finding for one in stored.list_suits_of(ctx.tx, user_id)}):
        ctx.changed("dates", number)
    for seat in seats.list_of_person(ctx.tx, user_id):
        if seat.kind == "group":
            _changed(ctx, stored.list_open(ctx.tx, seat.number))


def _erase(ctx: Context, user_id: str) -> None:
    _renamed(ctx, user_id)
    stored.erase(ctx.tx, user_id)


@personal("date findings", erase=_erase)
def _export(ctx: Context, user_id: str) -> Any:
    answers: dict[str, list[int]] = {f"D{one.finding}": [] for one in stored.list_said_of(ctx.tx, user_id)}
    for one in stored.list_suits_of(ctx.tx, user_id):
        answers.setdefault(f"D{one.finding}", []).append(one.place)
    return {
        "asked": [{"ref": f"D{one.id}", "title": one.title} for one in stored.list_by(ctx.tx, user_id)],
        "suits": [{"of": ref, "dates": places} for ref, places in sorted(answers.items())],
    }
