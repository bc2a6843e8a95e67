"""A leader asks the group which of a few dates suit, sees what they say, and lets it be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from commands import groups
from commands.dates import Moment
from commands.finding import told
from commands.finding.fixing import settle
from commands.finding.model import (
    AboutFinding,
    asked,
    get,
    get_open,
    has_answered,
    mine_open,
    view,
)
from commands.finding.words import FindingRef, Options, with_ends
from commands.framework import (
    PERSON,
    Audience,
    BuiltUpon,
    Context,
    Day,
    Machine,
    Page,
    Refused,
    Role,
    Title,
    Unreadable,
    action,
    command,
    group,
    named,
)
from commands.framework.arguments import refusal
from commands.framework.paging import ListPage, require_page, rows_on
from commands.processes import ProcessRef
from storage import date_findings as stored
from storage.date_findings import CANCELLED, OPEN, Finding

TO_CANCEL: Final = named("dates cancel")
A_WEEK: Final = timedelta(days=7)  # to answer, where nothing else is said
A_DAY: Final = timedelta(days=1)


class Asked(AboutFinding):
    """The dates stand to choose from, in the group's room."""


class FindingShown(AboutFinding):
    """The dates, and who has said what; `mine`: those that suit the asker, by number."""

    mine: tuple[int, ...] = ()
    answered: bool = False
    may_answer: bool = False
    may_fix: bool = False

    def outside(self) -> None:
        return None


class LetBe(AboutFinding):
    """No date is looked for any more; those who have answered are told, so many."""

    told: int = 0


class TakenBack(AboutFinding):
    """All that was asked is taken back."""


class OpenAgain(AboutFinding):
    """A date is looked for again."""


class FindingList(ListPage):
    """A page of what the asker's groups look for, or one of them."""

    rows: tuple[AboutFinding, ...]
    process: int | None

    @property
    def audience(self) -> Audience:
        return group(self.process) if self.process is not None else PERSON

    def machine(self) -> Machine:
        return self.listed("dates", [row.view.ref for row in self.rows])


def _leads(ctx: Context) -> bool:
    return ctx.me.role >= Role.COORDINATOR or bool(mine_open(ctx))


@command(
    "termin finden",
    "dates find",
    "termin suchen",
    "dates poll",
    role=Role.LEADER,
    de="die Gruppe fragen, welcher von mehreren Terminen passt",
    en="ask the group which of several dates suits",
    example=(
        "P3 Formulare sichten | bis: 10.03.2027\n18.03.2027 13:30-15:00\n19.03.2027 9:00",
        "P3 Look at the forms | until: 10.03.2027\n18.03.2027 13:30-15:00\n19.03.2027 9:00",
    ),
    asks=("until",),
    previews=True,
    first=groups.require_led,
    words=(
        "Doodle",
        "Terminsuche",
        "Terminumfrage",
        "Terminabstimmung",
        "Termin suchen",
        "Termine vorschlagen",
        "welcher Termin passt",
        "wann passt es allen",
        "gemeinsamer Termin",
        "abstimmen wann",
        "find a date",
        "which date suits",
        "when can everybody",
    ),
    offer=("Einen Termin finden, der allen passt", "Find a date that suits everybody"),
)
def find(
    ctx: Context, process: ProcessRef, title: Title, *, until: Day | None = None, options: Options
) -> Asked:
    """The group is asked which of these dates suit: on a card in its room, who is not there in the direct chat.

    Refuses: Stopped; NotTheLeader; BadInput for dates that can't be read, or an end after the first of them.
    """
    groups.require_going(ctx, process)
    groups.require_leader(ctx, process)
    dates = with_ends(options)
    number = ctx.number("dates", of=process)
    if ctx.revising:
        stored.remove(ctx.tx, number)
    stored.add(
        ctx.tx,
        number=number,
        process=process,
        author=ctx.me.user_id,
        title=title,
        until=_until(ctx, until, min(start for start, _ in dates)),
        dates=dates,
    )
    ctx.place_card("dates", number, purpose=groups.purpose(process))
    told.ask_who_is_not_there(ctx, number)
    ctx.audit(f"D{number}")
    ctx.undo(take_back, number=number)
    return Asked(view(ctx, get(ctx, number), unsent=True))


def _until(ctx: Context, given: Moment | None, first: datetime) -> datetime:
    """By when all should answer: a day is meant to its end. Refuses: BadInput, where a date would be over by then."""
    if given is None:
        usual = min(ctx.now + A_WEEK, first - A_DAY)
        return (usual if usual > ctx.now else first).astimezone(UTC)
    at = given.too_late
    if at > first:
        late = Unreadable(
            de="«bis» muss vor dem ersten Termin liegen: Danach wird einer davon festgelegt.",
            en="«until» must be before the first date: after that one of them is fixed.",
        )
        raise refusal(ctx, late, "until")
    return at.astimezone(UTC)


@action
def take_back(ctx: Context, number: int) -> TakenBack:
    """The dates do not stand to choose from any more; an edited command asks anew. Refuses: FindingOver, BuiltUpon."""
    row = get_open(ctx, number)
    if any(user != ctx.me.user_id for user in _answered(ctx, row)):
        raise Refused(BuiltUpon(ref=f"D{number}", instead=TO_CANCEL(f"D{number}")))
    ctx.keep_numbers("dates", number, of=row.process)
    return TakenBack(view(ctx, _set(ctx, number, CANCELLED)))


@command(
    "termin zeige",
    "dates show",
    role=Role.PI,
    pausing=True,
    de="eine Terminsuche mit dem, was alle gesagt haben",
    en="a date finding with what everybody has said",
    example=("D4", "D4"),
    reads=True,
    words=("Terminsuche", "wer kann wann", "welcher Termin passt am besten", "who can come when"),
    offer=("Eine Terminsuche ansehen", "See a date finding"),
)
def show(ctx: Context, dates: FindingRef) -> FindingShown:
    """The dates as they stand, for the group. Refuses: NotFound, NotInGroup."""
    row = get(ctx, dates)
    groups.require_member(ctx, row.process)
    mine = tuple(one.place for one in stored.suits(ctx.tx, dates) if one.user_id == ctx.me.user_id)
    said = has_answered(ctx, dates, ctx.me.user_id)
    return FindingShown(
        view(ctx, row),
        mine=mine,
        answered=said,
        may_answer=not ctx.me.pauses and ctx.me.user_id in asked(ctx, row.process),
        may_fix=groups.leads(ctx, row.process),
    )


@command(
    "termin liste",
    "dates list",
    role=Role.PI,
    pausing=True,
    de="die offenen Terminsuchen Ihrer Gruppen oder einer Gruppe",
    en="the open date findings of your groups, or of one",
    example=("P3", "P3"),
    reads=True,
    words=("Terminsuchen", "offene Terminsuchen", "date findings"),
    offer=("Die offenen Terminsuchen sehen", "See the open date findings"),
)
def show_list(ctx: Context, process: ProcessRef | None = None, *, page: Page = 1) -> FindingList:
    """What is open, the oldest first. Refuses: NotInGroup."""
    process = process or ctx.where.group
    if process is None:
        found = mine_open(ctx)
    else:
        groups.get(ctx, process)
        groups.require_member(ctx, process)
        found = stored.list_open(ctx.tx, process)
    heard = group(process) if process is not None else PERSON
    require_page(ctx, page, len(found), heard)
    rows = tuple(Asked(view(ctx, one)) for one in rows_on(page, found))
    return FindingList(rows, process, page=page, total=len(found))


@command(
    "termin abbrechen",
    "dates cancel",
    role=Role.LEADER,
    de="eine Terminsuche abbrechen",
    en="cancel a date finding",
    example=("D4", "D4"),
    there=_leads,
    words=("Terminsuche abbrechen", "keinen Termin mehr", "Terminsuche beenden", "stop looking for a date"),
    offer=("Eine Terminsuche abbrechen", "Cancel a date finding"),
)
def cancel(ctx: Context, dates: FindingRef) -> LetBe:
    """No date is looked for, and those who have answered are told. Refuses: NotTheLeader, FindingOver."""
    row = get_open(ctx, dates)
    groups.require_leader(ctx, row.process)
    people = [user for user in _answered(ctx, row) if user != ctx.me.user_id]
    for user in people:
        ctx.tell(user, told.OFF, before={"state": OPEN}, number=dates)
    ctx.undo(reopen, number=dates)
    found = view(ctx, _set(ctx, dates, CANCELLED))
    settle(ctx, found, told.FindingOff(found))
    return LetBe(found, told=len(people))


@action
def reopen(ctx: Context, number: int) -> OpenAgain:
    """It is open as before. Refuses: BuiltUpon."""
    row: Any = get(ctx, number)
    if row.state != CANCELLED:
        raise Refused(BuiltUpon(ref=f"D{number}"))
    return OpenAgain(view(ctx, _set(ctx, number, OPEN)))


def _answered(ctx: Context, row: Finding) -> list[str]:
    """Those asked who have said something."""
    found = {*stored.said(ctx.tx, row.id), *(one.user_id for one in stored.suits(ctx.tx, row.id))}
    return [user for user in asked(ctx, row.process) if user in found]


def _set(ctx: Context, number: int, state: str) -> Finding:
    stored.change(ctx.tx, number, state=state)
    ctx.changed("dates", number)
    ctx.audit(f"D{number}")
    return get(ctx, number)
