"""How agreements are written down, and said to be kept or missed.

Whoever sits in the group may do both: the group answers for its agreements together. So may those who see to one, also
from elsewhere. What they or the leader have said, a tap of somebody else does not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ValidationInfo

from commands import groups
from commands.agreements.model import (
    KEYS,
    AboutAgreement,
    AgreementCard,
    AgreementRef,
    Promise,
    about,
    add,
    drop,
    get,
    known_to,
    read_day,
    require_there,
)
from commands.fields import FIELDS
from commands.framework import (
    PERSON,
    Audience,
    BuiltUpon,
    Context,
    Impersonal,
    Machine,
    MemberRefs,
    Page,
    Reason,
    Refused,
    Role,
    Title,
    Touch,
    YesNo,
    action,
    command,
    group,
    named,
    reference,
    tap,
)
from commands.framework.arguments import nothing_to_change
from commands.framework.carrying import refuse_twice
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.processes import ProcessRef
from commands.seats import has_seat
from storage import agreements as stored
from storage import cards, inbox, members
from storage.agreements import Agreement

TO_EDIT: Final = named("agreement edit")


def _until(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    return read_day(ctx, raw)


Until = Annotated[date, BeforeValidator(_until)]
NewUntil = Annotated[
    date | Literal["-"], BeforeValidator(lambda raw, info: raw if raw == "-" else _until(raw, info))
]
NewPeople = Annotated[MemberRefs, BeforeValidator(lambda raw: () if raw == "-" else raw)]


class Agreed(AboutAgreement):
    """The agreement is written down."""


class Settled(AboutAgreement):
    """It was kept, or missed; or is open again."""


class Dropped(AboutAgreement):
    """It is written down no more."""


class AgreementSettled(Impersonal):
    """It is said already whether it came true."""

    promise: Promise


class AgreementList(ListPage):
    """A page of agreements, open ones first."""

    promises: tuple[Promise, ...]
    process: int | None

    @property
    def audience(self) -> Audience:
        return group(self.process) if self.process is not None else PERSON

    def machine(self) -> Machine:
        refs = [f"V{promise.agreement.id}" for promise in self.promises]
        return self.listed("agreement", refs)

    def next(self, language: str) -> str:
        """The command for the next page, without prefix."""
        index = 0 if language == "de" else 1
        words = [
            ("vereinbarung liste", "agreement list")[index],
            *([f"P{self.process}"] if self.process else []),
        ]
        return " ".join([*words, f"{FIELDS['page'][index]}: {self.page + 1}"])


# --- written down


def _in_some_group(ctx: Context) -> bool:
    """The asker may have something agreed, or is a coordinator, who sees to that of all."""
    return ctx.me.role >= Role.COORDINATOR or has_seat("group")(ctx)


def _require_member(ctx: Context, known: Mapping[str, Any]) -> None:
    if "process" in known:
        groups.require_member(ctx, known["process"])


@command(
    "vereinbarung neu",
    "agreement new",
    role=Role.PI,
    de="festhalten, was bis zur nächsten Sitzung anders sein soll",
    en="write down what should be different by the next meeting",
    example=(
        "P3 Formular ohne AHV-Nummer | wer: Pia Muster | bis: 30.06.2027",
        "P3 Form without social security number | who: Pia Muster | until: 30.06.2027",
    ),
    asks=("who", "until"),
    first=_require_member,
    words=(
        "abmachen",
        "vereinbaren",
        "festhalten",
        "Auftrag",
        "Aufgabe",
        "write down",
        "agree on",
        "bis zur nächsten Sitzung",
    ),
    offer=("Etwas vereinbaren", "Agree on something"),
)
def agree(
    ctx: Context,
    process: ProcessRef,
    title: Title,
    *,
    who: MemberRefs = (),
    until: Until | None = None,
    anyway: YesNo = "no",
) -> Agreed:
    """The group has this agreement, and those who shall see to it are told.

    Refuses: NotInGroup, NotFound; ThereAlready, where the group has an open one that says the same.
    """
    groups.get(ctx, process)
    groups.require_member(ctx, process)
    refuse_twice(
        ctx,
        anyway,
        title,
        lambda: (
            (f"V{one.id}", one.title, ctx.card_link("agreement", one.id))
            for one in stored.list_open(ctx.tx, process)
        ),
    )
    number = add(ctx, process=process, title=title, people=who, until=until)
    _log(ctx, get(ctx, number))
    ctx.undo(take_back, number=number)
    return Agreed(about(ctx, number))


@action
def take_back(ctx: Context, number: int) -> Dropped:
    """It is written down no more, and who was to see to it is told, unless somebody has said how it went.

    Refuses: BuiltUpon.
    """
    before = get(ctx, number)
    if before.state != "open":
        raise Refused(BuiltUpon(ref=f"V{number}"))
    drop(ctx, number)
    _log(ctx, before)
    ctx.keep_numbers("agreement", number, of=before.process)
    return Dropped(about(ctx, number))


class Amended(AboutAgreement):
    """The agreement says this from now on."""


@command(
    "vereinbarung ändern",
    "agreement edit",
    role=Role.PI,
    de="Satz, Zuständige oder Termin einer Vereinbarung ändern",
    en="change the sentence, the people or the date of an agreement",
    example=("V8 bis: 31.08.2027", "V8 until: 31.08.2027"),
    there=_in_some_group,
    words=("Datum V", "anpassen"),
    offer=("Eine Vereinbarung ändern", "Change an agreement"),
)
def amend(
    ctx: Context,
    agreement: AgreementRef,
    said: Title | None = None,
    *,
    title: Title | None = None,
    who: NewPeople | None = None,
    until: NewUntil | None = None,
) -> Amended:
    """The open agreement says this, and those whom it concerns are told.

    Refuses: NotInGroup, NotFound, AgreementSettled; NothingToChange.
    """
    before = about(ctx, _own(ctx, agreement).id)
    if before.agreement.state != "open":
        raise Refused(AgreementSettled(before))
    if all(given is None for given in (said, title, who, until)):
        raise nothing_to_change(ctx)
    people = before.people if who is None else who
    require_there(ctx, tuple(user for user in people if user not in before.people))
    former: Machine = {
        "title": before.agreement.title,
        "until": _iso(before.agreement.until),
        "people": before.people,
    }
    wanted = {"title": title or said or former["title"], "until": former["until"], "people": people}
    if until is not None:
        wanted["until"] = _iso(until) if until != "-" else None
    _word(ctx, agreement, wanted)
    _log(ctx, before.agreement)
    ctx.undo(word_back, number=agreement, before=former)
    return Amended(about(ctx, agreement))


@action
def word_back(ctx: Context, number: int, before: Machine) -> Amended:
    """The agreement says what it said, with those people who still take part. Refuses: BuiltUpon."""
    present = get(ctx, number)
    if present.state != "open":
        raise Refused(BuiltUpon(ref=f"V{number}", instead=TO_EDIT(f"V{number}")))
    found = {user: members.find(ctx.tx, user) for user in before["people"]}
    there = tuple(
        user for user, one in found.items() if one is not None and one.state in ("active", "paused")
    )
    _word(ctx, number, before | {"people": there})
    _log(ctx, present)
    return Amended(about(ctx, number))


def _word(ctx: Context, number: int, wanted: Machine) -> None:
    """It says this, and those who see to it, or saw to it until now, are told."""
    before = about(ctx, number)
    until = date.fromisoformat(wanted["until"]) if wanted["until"] else None
    stored.change(ctx.tx, number, title=wanted["title"], until=until)
    stored.entrust(ctx.tx, number, tuple(wanted["people"]))
    ctx.changed("agreement", number)
    for user in dict.fromkeys((*before.people, *wanted["people"])):
        ctx.tell(user, "agreement", before=known_to(before, user), agreement=number)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


# --- kept or missed


@command(
    "vereinbarung erfüllt",
    "agreement kept",
    role=Role.PI,
    de="sagen, dass eine Vereinbarung erfüllt ist",
    en="say that an agreement was kept",
    example=("V8", "V8"),
    there=_in_some_group,
    words=(
        "eingehalten",
        "erledigt",
        "gemacht",
        "geschafft",
        "fertig",
        "umgesetzt",
        "done",
        "kept",
        "finished",
    ),
    offer=("Sagen, dass eine Vereinbarung erfüllt ist", "Say that an agreement was kept"),
)
def keep(ctx: Context, agreement: AgreementRef) -> Settled:
    """The agreement was kept. Refuses: NotInGroup, AgreementSettled."""
    return _settle(ctx, agreement, "kept", None)


@command(
    "vereinbarung verfehlt",
    "agreement missed",
    role=Role.PI,
    de="sagen, dass eine Vereinbarung verfehlt ist, mit Grund",
    en="say that an agreement was missed, with a reason",
    example=("V8 grund: Das Formular kommt erst im Mai", "V8 reason: The form comes in May only"),
    there=_in_some_group,
    words=(
        "nicht geschafft",
        "nicht geklappt",
        "nicht eingehalten",
        "nicht erledigt",
        "nicht erfüllt",
        "nicht gemacht",
        "nicht fertig",
        "not done",
        "not kept",
        "verpasst",
    ),
    offer=("Sagen, dass eine Vereinbarung verfehlt ist", "Say that an agreement was missed"),
)
def miss(ctx: Context, agreement: AgreementRef, *, reason: Reason | None = None) -> Settled:
    """The agreement was missed; the reason may be given later too. Refuses: NotInGroup, AgreementSettled."""
    return _settle(ctx, agreement, "missed", reason)


def _own(ctx: Context, number: int) -> Agreement:
    """The agreement, of the asker's group, or which the asker sees to. Refuses: NotFound, NotInGroup."""
    found = get(ctx, number)
    if ctx.me.user_id not in stored.people(ctx.tx, number):
        groups.require_member(ctx, found.process)
    return found


def _log(ctx: Context, changed: Agreement) -> None:
    """A coordinator has changed what is neither theirs nor their group's: it is in the audit log."""
    me = ctx.me.user_id
    if ctx.me.role < Role.COORDINATOR or me in stored.people(ctx.tx, changed.id):
        return
    if not groups.is_in(ctx, changed.process, me):
        ctx.audit(f"V{changed.id}")


def _settle(ctx: Context, number: int, state: str, reason: str | None) -> Settled:
    before = _own(ctx, number)
    if before.state == state and (reason is None or reason == before.reason):
        raise Refused(AgreementSettled(about(ctx, number)))
    former = {"state": before.state, "reason": before.reason, "carrier": before.carrier}
    stored.change(ctx.tx, number, state=state, reason=reason, carrier=ctx.event_id)
    ctx.changed("agreement", number)
    _log(ctx, before)
    ctx.undo(restore, number=number, carrier=ctx.event_id, before=former)
    return Settled(about(ctx, number))


@action
def restore(ctx: Context, number: int, carrier: str, before: Machine) -> Settled:
    """The agreement stands as before the command. Refuses: BuiltUpon, where somebody has said otherwise since."""
    present = get(ctx, number)
    if present.carrier != carrier:
        raise Refused(BuiltUpon(ref=f"V{number}"))
    stored.change(ctx.tx, number, **before)
    ctx.changed("agreement", number)
    _log(ctx, present)
    return Settled(about(ctx, number))


def _may_overrule(ctx: Context, found: Agreement) -> None:
    """All that the person concerned or the group's leader has said, a tap of somebody else does not change.

    Refuses: AgreementSettled.
    """
    concerned = (*stored.people(ctx.tx, found.id), groups.get(ctx, found.process).leader)
    if found.state == "open" or ctx.me.user_id in concerned or ctx.me.role >= Role.COORDINATOR:
        return
    tapped, typed = cards.find_tap(ctx.tx, found.carrier), inbox.find_handled(ctx.tx, found.carrier)
    said_by = tapped.user_id if tapped is not None else typed.sender if typed is not None else None
    if said_by in concerned and said_by is not None:
        raise Refused(AgreementSettled(about(ctx, found.id)))


@tap(
    "agreement",
    *KEYS,
    de="✅ für erfüllt, ❌ für verfehlt",
    en="✅ for kept, ❌ for missed",
)
def react(ctx: Context, number: int, touch: Touch) -> None:
    """✅ says that it was kept, ❌ that it was missed; taken off, it is open again. Refuses: NotInGroup."""
    found = _own(ctx, number)
    if touch.on:
        _may_overrule(ctx, found)
        stored.change(ctx.tx, number, state=KEYS[touch.key], reason=None, carrier=touch.event_id)
    elif found.carrier == touch.event_id:
        stored.change(ctx.tx, number, state="open", reason=None, carrier="")
    ctx.changed("agreement", number)
    _log(ctx, found)


# --- looking


@command(
    "vereinbarung liste",
    "agreement list",
    role=Role.PI,
    pausing=True,
    de="Ihre Vereinbarungen oder die einer Gruppe",
    en="your agreements, or those of a group",
    example=("P3", "P3"),
    reads=True,
    words=(
        "was vereinbart",
        "haben wir vereinbart",
        "Sitzung vereinbart",
        "was muss ich machen",
        "meine Aufgaben",
        "offene Aufgaben",
        "to do",
        "was habe ich zu tun",
        "was ist vereinbart",
        "was haben wir abgemacht",
        "offene",
        "pendent",
        "Pendenzen",
        "open agreements",
        "what did we agree",
        "meine Vereinbarungen",
    ),
    offer=("Die Vereinbarungen sehen", "See the agreements"),
)
def show_list(
    ctx: Context, process: Annotated[int, reference("process")] | None = None, *, page: Page = 1
) -> AgreementList:
    """The agreements of the asker, or of the group: open ones first. Refuses: NotInGroup."""
    if process is not None:
        groups.get(ctx, process)
        groups.require_member(ctx, process)
    who = ctx.me.user_id if process is None else None
    found, total = stored.list_page(ctx.tx, limit=A_PAGE, offset=rows_before(page), process=process, who=who)
    require_page(ctx, page, total, group(process) if process is not None else PERSON)
    return AgreementList(tuple(about(ctx, one.id) for one in found), process, page=page, total=total)


@command(
    "vereinbarung zeige",
    "agreement show",
    role=Role.PI,
    de="eine Vereinbarung zeigen",
    en="show an agreement",
    example=("V8", "V8"),
    reads=True,
    words=("nochmals",),
)
def show(ctx: Context, agreement: AgreementRef) -> AgreementCard:
    """The agreement, for its group and who sees to it. Refuses: NotFound, NotInGroup."""
    _own(ctx, agreement)
    return AgreementCard(about(ctx, agreement))
