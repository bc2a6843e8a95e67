"""Starting a survey: whom it asks, and how they are invited to answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from commands import groups
from commands.dates import Moment
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Refused,
    Role,
    Title,
    YesNo,
    action,
    command,
    membership,
    person_follower,
    reference,
)
from commands.framework.arguments import lacking
from commands.framework.carrying import refuse_twice
from commands.framework.declarations import Came
from commands.framework.outside import STEPS, OfferMade
from commands.framework.types import Until
from commands.surveys import ballots, reminding
from commands.surveys.model import AboutSurvey, View, WholeSurvey, get, view
from commands.surveys.questions import Question, Questions
from commands.words import normal
from storage import members
from storage import surveys as stored
from storage.surveys import OPEN, Survey

ALL: Final = 0  # in place of a process
AT_ONCE: Final = 100  # people who are invited in one transaction
EVERYBODY: Final = frozenset({"alle", "all", "everyone", "everybody", "alli", "allen"})


def _all_or_group(raw: Any) -> Any:
    return ALL if isinstance(raw, str) and normal(raw) in EVERYBODY else raw


To = Annotated[int, reference("process"), BeforeValidator(_all_or_group)]


class Started(WholeSurvey):
    """It is started; whom it asks is invited, and in the group's room there is a poll, if it is `polled`."""

    polled: bool = False


class Withdrawn(AboutSurvey):
    """It was taken back."""


class Invitation(AboutSurvey):
    """Asked of a person: would you answer it?"""


class InvitationOver(AboutSurvey):
    """In place of an invitation: it was taken back."""


class OnlyCoordinatorsAskAll(Failure):
    """A leader asks the own group."""

    code = "not_allowed"


def _require_led(ctx: Context, known: Mapping[str, Any]) -> None:
    if "to" in known:
        _whose_group(ctx, known["to"])


@command(
    "umfrage neu",
    "survey new",
    "umfrage starten",
    "survey start",
    role=Role.LEADER,
    de="eine Umfrage starten, in Ihrer Gruppe oder bei allen",
    en="start a survey, in your group or with everybody",
    example=(
        "Sitzungszeit | an: P1 | bis: 30.06.2027\n? Wann passt es Ihnen?\n- Vormittag\n- Nachmittag",
        "Time of meetings | to: P1 | until: 30.06.2027\n? When does it suit you?\n- morning\n- afternoon",
    ),
    previews=True,
    first=_require_led,
    words=(
        "Umfrage machen",
        "Umfrage durchführen",
        "run a survey",
        "die Leute fragen",
        "alle fragen",
        "Gruppe fragen",
        "wissen von allen",
        "Meinung einholen",
        "anonym fragen",
        "ask everybody",
        "ask the group",
        "ask people",
        "anonymously",
        "poll",
        "Befragung",
    ),
    offer=("Eine Umfrage starten", "Start a survey"),
)
def start(
    ctx: Context,
    title: Title,
    *,
    to: To | None = None,
    until: Until,
    anonymous: YesNo = "no",
    anyway: YesNo = "no",
    questions: Questions,
) -> Started:
    """All whom it asks are invited in their direct chats. Refuses: NotTheLeader, OnlyCoordinatorsAskAll."""
    process = _whose_group(ctx, to)
    refuse_twice(
        ctx,
        anyway,
        title,
        lambda: ((f"U{one.id}", one.title, None) for one in stored.list_open_of(ctx.tx, process)),
    )
    return begin(
        ctx,
        title=title,
        process=process,
        until=until,
        anonymous=anonymous == "yes",
        questions=questions,
    )


def begin(
    ctx: Context,
    *,
    title: str,
    process: int | None,
    until: Moment,
    questions: tuple[Question, ...],
    anonymous: bool = False,
    standard: bool = False,
) -> Started:
    """The survey is started, by the asker; ↩️ takes it back."""
    number = ctx.number("survey")
    stored.put(
        ctx.tx,
        number=number,
        title=title,
        process=process,
        author=ctx.me.user_id,
        anonymous=anonymous,
        standard=standard,
        questions=[one.stored() for one in questions],
        until_at=until.too_late,
        until_day=until.whole_day,
        made_at=ctx.sent_at or ctx.now,  # told of again after a restore, it is the same survey
    )
    stored.ask(ctx.tx, number, _whom(ctx, process))
    survey = get(ctx, number)
    if ctx.where.direct:  # the reply invites who starts it
        stored.set_informed(ctx.tx, number, [ctx.me.user_id])
        ctx.outside.offers.append(_begin(ctx, survey, ctx.me.user_id))
    invite_some(ctx, survey)
    reminding.plan(ctx, survey, stored.list_people(ctx.tx, number, answered=False))
    ctx.audit(f"U{number}")
    ctx.undo(take_back, number=number)
    return Started(view(ctx, survey), you=False, polled=ballots.place(ctx, survey))


def _whose_group(ctx: Context, to: int | None) -> int | None:
    """The group that is asked; None: all. Refuses: as `start`; Incomplete, where it is not said."""
    if to is None:
        to = groups.of_the_room(ctx) if ctx.where.group is not None else None
    if to is None:
        led = groups.led_by(ctx)
        if len(led) != 1 or ctx.me.role >= Role.COORDINATOR:
            raise lacking(ctx, "to")
        to = led[0]
    if to != ALL:
        groups.get(ctx, to)
        groups.require_leader(ctx, to)
        return to
    if ctx.me.role < Role.COORDINATOR:
        raise Refused(OnlyCoordinatorsAskAll())
    return None


def _whom(ctx: Context, process: int | None) -> list[str]:
    """The group's members, or all active ones; and who starts it."""
    found = members.list_active(ctx.tx) if process is None else groups.confirmed(ctx, process)
    return list(dict.fromkeys((*found, ctx.me.user_id)))


# --- inviting


def _begin(ctx: Context, survey: Survey, user: str) -> OfferMade:
    """With ✅ the bot asks this person the questions."""
    line = f"survey answer U{survey.id}"
    data = {"text": line, "thread": ""}
    return OfferMade("✅", STEPS, data, user, Role.ANYONE, max(survey.until_at, ctx.now + timedelta(days=1)))


def invite(ctx: Context, survey: Survey, user: str, *, anew: bool = False) -> None:
    """The person finds an invitation in the direct chat, which ✅ takes up; a former one is edited, but for `anew`."""
    posted = ctx.post(user, Invitation(view(ctx, survey)), seeds=("✅",))
    if posted is not None:
        posted.again = None if anew else _again(survey, user)
        posted.offers.append(_begin(ctx, survey, user))


def _again(survey: Survey, user: str) -> tuple[str, str]:
    """By which an invitation is known for ever."""
    return f"survey {survey.id} {survey.made_at.isoformat()}", f"invitation {user}"


def invite_some(ctx: Context, survey: Survey) -> bool:
    """Some who do not know of it yet are invited; True where there may be more."""
    users = stored.list_uninformed(ctx.tx, survey.id, limit=AT_ONCE)
    for user in users:
        invite(ctx, survey, user)
    stored.set_informed(ctx.tx, survey.id, users)
    return len(users) == AT_ONCE


# --- who comes and goes meanwhile


@membership
def follow(ctx: Context, process: int, user: str, came: Came) -> None:
    """Who joins the group is asked what it is asked; who leaves it is so no more."""
    for survey in stored.list_open_of(ctx.tx, process):
        if came == "joined":
            ask_too(ctx, survey, user)
        elif survey.author != user:
            ask_no_more(ctx, survey, user)


def ask_too(ctx: Context, survey: Survey, user: str) -> None:
    """The person is asked as well, and invited soon."""
    if stored.person(ctx.tx, survey.id, user) is None:
        stored.ask(ctx.tx, survey.id, [user])
        reminding.plan(ctx, survey, [user])


def ask_no_more(ctx: Context, survey: Survey, user: str) -> None:
    """The person is asked no more; what they have answered stays."""
    stored.unask(ctx.tx, survey.id, user)
    reminding.drop(ctx, survey.id, user)


@person_follower
def joined(ctx: Context, user: str) -> None:
    """Who joins the community is asked what all are asked."""
    member = members.find(ctx.tx, user)
    if member is not None and member.state == "active":
        for survey in stored.list_open_of(ctx.tx, None):
            ask_too(ctx, survey, user)


# --- taking it back


@action
def take_back(ctx: Context, number: int) -> Withdrawn:
    """It asks nobody any more; an edited command starts it anew with its number. Refuses: BuiltUpon."""
    survey = get(ctx, number)
    if survey.state != OPEN or stored.has_begun(ctx.tx, number, but=ctx.me.user_id):
        raise Refused(BuiltUpon(ref=f"U{number}"))
    ctx.keep_numbers("survey", number)
    before = view(ctx, survey)
    reminding.drop(ctx, number)
    ballots.withdraw(ctx, survey)
    if not ctx.revising:
        for user in stored.list_people(ctx.tx, number, answered=False):
            _say_over(ctx, before, user)
    stored.withdraw(ctx.tx, number)
    ctx.audit(f"U{number}")
    taken = stored.find(ctx.tx, number)
    assert taken is not None
    return Withdrawn(view(ctx, taken))


def _say_over(ctx: Context, survey: View, user: str) -> None:
    posted = ctx.post(user, InvitationOver(survey))
    if posted is not None:
        posted.again, posted.only_again = _again(survey.row, user), True
