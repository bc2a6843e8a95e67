"""Agreements of groups (concept 5, «Was soll anders sein?»): what one looks like; the commands are in `agreement_*`.

Minutes of meetings write them down too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Final

from commands import dates, groups
from commands.framework import (
    About,
    Audience,
    Context,
    Machine,
    NotFound,
    Refused,
    Reply,
    card,
    group,
    meant,
    person_follower,
    personal,
    reference,
    valued,
)
from commands.framework.telling import Since, told
from storage import agreements as stored
from storage import members
from storage.agreements import Agreement

AgreementRef = Annotated[int, reference("agreement")]
KEYS: Final = {"✅": "kept", "❌": "missed"}


def read_day(ctx: Context, raw: str) -> date:
    """The day, today or to come. Raises: DateRefused."""
    rules = {"whole_day": True, "range_allowed": False}
    return dates.read_moment(raw, now=ctx.now, zone=ctx.settings.zone, **rules).start.date()


@dataclass(frozen=True)
class Promise:
    """An agreement with those who see to it."""

    agreement: Agreement
    people: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return ", ".join(self.names)


class AboutAgreement(Reply):
    """A reply that carries an agreement."""

    abstract: ClassVar[bool] = True
    promise: Promise

    @property
    def audience(self) -> Audience:
        return group(self.promise.agreement.process)

    @property
    def about(self) -> About:
        return "agreement", self.promise.agreement.id

    def machine(self) -> Machine:
        agreement = self.promise.agreement
        people = self.promise.people
        found = {
            "who": people[0] if people else None,
            "people": list(people) if len(people) > 1 else None,
            "until": agreement.until.isoformat() if agreement.until else None,
            "reason": agreement.reason,
        }
        return {
            "type": "agreement",
            "title": agreement.title,
            "state": agreement.state,
            "process": f"P{agreement.process}",
        } | {key: value for key, value in found.items() if value}


class AgreementCard(AboutAgreement):
    """The agreement as the group is asked about it."""


class Entrusted(AboutAgreement):
    """Told to who shall see to it."""


class Relieved(AboutAgreement):
    """Told to who sees to it no more."""


class Reworded(AboutAgreement):
    """Told to who sees to it: it says something else, or has another date."""


class AgreementsAsked(Reply):
    """Asked in the group's room when it meets: which of these came true?"""

    promises: tuple[Promise, ...]
    process: int

    @property
    def audience(self) -> Audience:
        return group(self.process)

    def machine(self) -> Machine:
        refs = [f"V{promise.agreement.id}" for promise in self.promises]
        page = {"page": 1, "pages": 1, "total": len(refs)}
        return {"type": "list", "of": "agreement", "refs": refs} | page


def get(ctx: Context, number: int) -> Agreement:
    """The agreement. Refuses: NotFound, also for what was taken back."""
    found = stored.find(ctx.tx, number)
    if found is None or (found.state == "dropped" and not ctx.revising):
        raise Refused(NotFound(ref=f"V{number}", noun="vereinbarung"))
    return found


def promise(ctx: Context, found: Agreement) -> Promise:
    people = stored.people(ctx.tx, found.id)
    return Promise(found, people, tuple(groups.name_of(ctx, user) for user in people))


def about(ctx: Context, number: int) -> Promise:
    found = stored.find(ctx.tx, number)
    assert found is not None
    return promise(ctx, found)


@meant("agreement")
def the_only_one(ctx: Context) -> int | None:
    """The one open agreement of the group whose room this is; in a direct chat the asker's only one."""
    process = groups.of_the_room(ctx) if not ctx.where.direct else None
    found = stored.list_open(ctx.tx, process) if process is not None else _mine(ctx)
    return found[0].id if len(found) == 1 else None


@valued("agreement")
def my_open_ones(ctx: Context) -> list[tuple[int, str]]:
    """The asker's open agreements."""
    return [(one.id, one.title) for one in _mine(ctx)]


def _mine(ctx: Context) -> list[Agreement]:
    me = ctx.me.user_id
    mine = stored.list_of_person(ctx.tx, me) if ctx.where.direct else []
    return [one for one in mine if one.state == "open" and me in stored.people(ctx.tx, one.id)]


def _is_open(ctx: Context, number: int) -> bool:
    return get(ctx, number).state == "open"


@card("agreement", letter="V", sign="🤝", purpose="", seeds=tuple(KEYS), is_open=_is_open)
def agreement_card(ctx: Context, number: int) -> AgreementCard:
    get(ctx, number)
    return AgreementCard(about(ctx, number))


# --- written down


def add(
    ctx: Context,
    *,
    process: int,
    title: str,
    people: tuple[str, ...] = (),
    until: date | None = None,
    meeting: int | None = None,
) -> int:
    """There is this open agreement; its number. Refuses: NotFound, where one of the people takes no part."""
    require_there(ctx, people)
    number = ctx.number("agreement", of=process)
    ctx.note("agreement", number)
    stored.remove(ctx.tx, number)  # of an edited command
    stored.add(
        ctx.tx,
        people=people,
        id=number,
        process=process,
        meeting=meeting,
        title=title,
        until=until,
        author=ctx.me.user_id,
        made_at=ctx.now,
    )
    for user in people:
        ctx.tell(user, "agreement", before={"mine": False}, agreement=number)
    return number


def require_there(ctx: Context, people: tuple[str, ...]) -> None:
    """Refuses: NotFound, where one of them takes no part."""
    for user in people:
        person = members.find(ctx.tx, user)
        if person is None or person.state not in ("active", "paused"):
            raise Refused(NotFound(ref=user))


@told("agreement")
def entrusted(ctx: Context, since: Since, agreement: int) -> Reply | None:
    """The person shall see to it, and it is still open; or no more; or it says something else."""
    found, before = about(ctx, agreement), since.before
    state = found.agreement.state
    if state not in ("open", "dropped"):
        return None
    mine = since.recipient in found.people and state == "open"
    if mine != bool(before.get("mine")):
        return Entrusted(found) if mine else Relieved(as_known(found, before["said"]))
    return Reworded(found) if mine and before["said"] != said(found.agreement) else None


def known_to(found: Promise, user: str) -> Machine:
    """The agreement as the person knows it."""
    return {"mine": user in found.people, "said": said(found.agreement)}


def said(found: Agreement) -> list[str | None]:
    """The text that those who see to it are to know of."""
    return [found.title, found.until.isoformat() if found.until else None]


def as_known(found: Promise, said: list[str | None]) -> Promise:
    """The agreement as somebody knew it who is to know no more of it."""
    title, until = said
    day = date.fromisoformat(until) if until else None
    row: Any = found.agreement
    return Promise(row._replace(title=title, until=day), (), ())


def drop(ctx: Context, number: int) -> None:
    """It is written down no more, and who was to see to it is told."""
    before = about(ctx, number)
    stored.change(ctx.tx, number, state="dropped")
    ctx.changed("agreement", number)
    for user in before.people:
        ctx.tell(user, "agreement", before=known_to(before, user), agreement=number)


# --- personal data


@person_follower
def _refresh(ctx: Context, user_id: str) -> None:
    for agreement in stored.list_of_person(ctx.tx, user_id):
        ctx.changed("agreement", agreement.id)


def _erase(ctx: Context, user_id: str) -> None:
    """The agreements stay, without the name."""
    _refresh(ctx, user_id)
    stored.forget(ctx.tx, user_id)


@personal("agreements", erase=_erase)
def export(ctx: Context, user_id: str) -> list[Machine]:
    return [
        AgreementCard(about(ctx, agreement.id)).part() for agreement in stored.list_of_person(ctx.tx, user_id)
    ]
