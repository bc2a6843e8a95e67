"""How coordinators set out a campaign, change it, and close it before its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ValidationInfo

from commands import dates
from commands.campaigns import ranking
from commands.campaigns.course import plan
from commands.campaigns.model import (
    AboutCampaign,
    CampaignRef,
    about,
    changed,
    get,
    require_set,
    some_set,
    standing,
)
from commands.dates import Moment
from commands.framework import (
    Body,
    BuiltUpon,
    Context,
    Found,
    Machine,
    MemberRefs,
    NewTitle,
    Opening,
    Reason,
    Refused,
    Reply,
    Role,
    Unreadable,
    YesNo,
    action,
    command,
    named,
)
from commands.framework.arguments import nothing_to_change, refusal
from commands.framework.carrying import refuse_twice
from commands.framework.telling import Since, told
from commands.ideas import sent
from commands.words import means_nothing
from storage import campaigns as stored
from storage import ideas
from storage.campaigns import Campaign

TO_EDIT: Final = named("campaign edit")
TIMES: Final = ("start_at", "end_at")


def _boundary(raw: Any, info: ValidationInfo) -> Any:
    if not isinstance(raw, str):
        return raw
    ctx: Any = info.context
    return dates.read_moment(raw, now=sent(ctx), zone=ctx.settings.zone, whole_day=True, range_allowed=False)


Boundary = Annotated[Moment, BeforeValidator(_boundary), Found("date")]
"""A whole day or a point in time to come; of a whole day it begins with it, or ends with it."""
NewJury = Annotated[
    MemberRefs | Literal["-"],
    BeforeValidator(lambda raw: "-" if isinstance(raw, str) and means_nothing(raw) else raw),
]


class Announced(AboutCampaign):
    """It is set out."""


class Amended(AboutCampaign):
    """It says something else now."""


class Closed(AboutCampaign):
    """It is closed."""


class TakenBack(AboutCampaign):
    """It does not take place."""


class GoesOnNow(AboutCampaign):
    """It is as it was before the command."""


class YouJudge(AboutCampaign):
    """Told to who is in the jury now, or no more."""

    asked: bool = field(kw_only=True)


@command(
    "wettbewerb neu",
    "campaign new",
    "ideenwettbewerb neu",
    role=Role.COORDINATOR,
    de="einen Ideenwettbewerb ausschreiben",
    en="start an idea campaign",
    example=(
        "Schalter ohne Papier | bis: 30.11.2027 | jury: Pia Muster",
        "Counter without paper | until: 30.11.2027 | jury: Pia Muster",
    ),
    asks=("text", "jury"),
    previews=True,
    words=(
        "ausschreiben",
        "eröffnen",
        "starten",
        "lancieren",
        "Ideenwettbewerb machen",
        "launch",
        "run a competition",
    ),
    offer=("Einen Ideenwettbewerb ausschreiben", "Start an idea campaign"),
)
def announce(
    ctx: Context,
    title: Opening,
    *,
    text: Body = "",
    since: Boundary | None = None,
    until: Boundary,
    jury: MemberRefs = (),
    anyway: YesNo = "no",
) -> Announced:
    """The campaign runs from then until then, and its card is in the idea room. Refuses: BadInput, ThereAlready."""
    refuse_twice(
        ctx,
        anyway,
        title,
        lambda: ((f"W{c.id}", c.title, ctx.card_link("campaign", c.id)) for c in stored.list_set(ctx.tx)),
    )
    start = _start(ctx, since) if since is not None else sent(ctx)
    end = _end(ctx, until, start)
    number = ctx.number("campaign")
    values = {"title": title, "text": text, "start_at": start, "end_at": end, "end_day": until.whole_day}
    stored.put(ctx.tx, number=number, author=ctx.me.user_id, next_at=None, turn="", **values)
    plan(ctx, number)
    _set_jury(ctx, number, jury)
    ctx.place_card("campaign", number)
    ctx.audit(f"W{number}")
    ctx.undo(take_back, number=number)
    announced: Announced = about(ctx, Announced, number)
    return announced


def _start(ctx: Context, since: Moment) -> datetime:
    """The beginning; today is now."""
    return max(since.start, sent(ctx)) if since.whole_day else since.start


def _end(ctx: Context, until: Moment, start: datetime) -> datetime:
    """Refuses: BadInput, where it would end before it begins."""
    zone = ctx.settings.zone
    end = until.too_late
    if end <= start:
        shown = f"{start.astimezone(zone):%d.%m.%Y %H:%M}"
        backwards = Unreadable(
            de=f"Der Wettbewerb endet so vor seinem Beginn ({shown}).",
            en=f"The campaign would end before it begins ({shown}).",
        )
        raise refusal(ctx, backwards, "until", command=ctx.command)
    return end


def _set_jury(ctx: Context, number: int, users: Iterable[str]) -> None:
    """These are the jury, and who is new in it, or out of it, will be told."""
    before, after = stored.jury(ctx.tx, number), list(users)
    stored.set_jury(ctx.tx, number, after)
    for user in sorted({*before} ^ {*after}):
        ctx.tell(user, "campaign jury", before={"jury": user in before}, campaign=number)


@told("campaign jury")
def _jury(ctx: Context, since: Since, campaign: int) -> Reply | None:
    """In the jury now, or no more."""
    asked = since.recipient in stored.jury(ctx.tx, campaign) and get(ctx, campaign).state == "set"
    return None if asked == since.before.get("jury") else YouJudge(standing(ctx, campaign), asked=asked)


@action
def take_back(ctx: Context, number: int) -> TakenBack:
    """It does not take place; an edited command sets it out anew with its number. Refuses: BuiltUpon."""
    if require_set(ctx, number) and ideas.count_in(ctx.tx, number, ("submitted", "under_review", "accepted")):
        raise Refused(BuiltUpon(ref=f"W{number}", instead=TO_EDIT(f"W{number}")))
    ctx.keep_numbers("campaign", number)
    return _withdraw(ctx, number)


def _withdraw(ctx: Context, number: int) -> TakenBack:
    _set_jury(ctx, number, ())
    stored.change(ctx.tx, number, state="withdrawn", next_at=None)
    changed(ctx, number)
    ctx.audit(f"W{number}")
    back: TakenBack = about(ctx, TakenBack, number)
    return back


# --- changing it


@command(
    "wettbewerb ändern",
    "campaign edit",
    role=Role.COORDINATOR,
    de="einen Ideenwettbewerb ändern",
    en="change an idea campaign",
    example=("W1 bis: 15.12.2027", "W1 until: 15.12.2027"),
    there=some_set,
    words=("verlängern", "Jury ändern", "in die Jury", "extend campaign", "change the jury"),
    offer=("Einen Ideenwettbewerb ändern", "Change an idea campaign"),
)
def amend(
    ctx: Context,
    campaign: CampaignRef,
    *,
    title: NewTitle | None = None,
    text: Body = "",
    since: Boundary | None = None,
    until: Boundary | None = None,
    jury: NewJury | None = None,
) -> Amended:
    """It says this now. Refuses: NotFound, NotOpen; BadInput, NothingToChange."""
    before = require_set(ctx, campaign)
    values: dict[str, Any] = {} if title is None else {"title": title}
    if text:
        values["text"] = "" if means_nothing(text) else text
    if since is not None:
        values["start_at"] = _later_start(ctx, before, since)
    if until is not None:
        values |= {
            "end_at": _end(ctx, until, values.get("start_at", before.start_at)),
            "end_day": until.whole_day,
        }
    elif values.get("start_at", before.start_at) >= before.end_at:
        _end(ctx, Moment(before.end_at, None, whole_day=False), values["start_at"])
    members = stored.jury(ctx.tx, campaign)
    wanted = members if jury is None else [] if jury == "-" else list(jury)
    values = {name: value for name, value in values.items() if getattr(before, name) != value}
    if not values and wanted == members:
        raise nothing_to_change(
            ctx, same=any(one is not None for one in (title, since, until, jury)) or bool(text)
        )
    former: Machine = {
        name: at.isoformat() if isinstance(at := getattr(before, name), datetime) else at for name in values
    }
    _write(ctx, before, values, wanted)
    ctx.undo(word_back, number=campaign, before=former, jury=members)
    amended: Amended = about(ctx, Amended, campaign)
    return amended


def _later_start(ctx: Context, before: Campaign, since: Moment) -> datetime:
    """Refuses: BadInput, where it has begun."""
    if before.start_at > sent(ctx):
        return _start(ctx, since)
    begun = Unreadable(
        de=f"W{before.id} hat schon begonnen. Das Ende lässt sich noch ändern, mit «bis:».",
        en=f"W{before.id} has begun already. Its end can still be changed, with «until:».",
        code="conflict",
    )
    raise refusal(ctx, begun, "since", command=ctx.command)


def _write(ctx: Context, before: Campaign, values: dict[str, Any], jury: Iterable[str]) -> None:
    if values:
        stored.change(ctx.tx, before.id, **values)
    _set_jury(ctx, before.id, jury)
    if values.keys() & {*TIMES}:
        plan(ctx, before.id)
    changed(ctx, before.id)
    ctx.audit(f"W{before.id}")


@action
def word_back(ctx: Context, number: int, before: Machine, jury: list[str]) -> GoesOnNow:
    """It says what it said before. Refuses: NotOpen."""
    values = {name: datetime.fromisoformat(at) if name in TIMES else at for name, at in before.items()}
    _write(ctx, require_set(ctx, number), values, jury)
    back: GoesOnNow = about(ctx, GoesOnNow, number)
    return back


# --- closing it


@command(
    "wettbewerb abschliessen",
    "campaign close",
    "wettbewerb beenden",
    "campaign end",
    role=Role.COORDINATOR,
    de="einen Ideenwettbewerb vor seinem Ende abschliessen",
    en="close an idea campaign before its end",
    example=("W1 grund: Alle haben mitgemacht", "W1 reason: Everybody has taken part"),
    there=some_set,
    sure=True,
    words=("Wettbewerb beenden", "Rangliste veröffentlichen", "end the campaign", "publish the ranking"),
    offer=("Einen Ideenwettbewerb abschliessen", "Close an idea campaign"),
)
def close(ctx: Context, campaign: CampaignRef, *, reason: Reason | None = None) -> Closed | TakenBack:
    """It is closed now, and its ranking published; one that has not begun is taken back. Refuses: NotFound, NotOpen."""
    before = require_set(ctx, campaign)
    if sent(ctx) < before.start_at:
        return _call_off(ctx, campaign)
    ranking.close(ctx, before, at=min(sent(ctx), before.end_at), reason=reason)
    ctx.audit(f"W{campaign}")
    ctx.undo(reopen, number=campaign)
    closed: Closed = about(ctx, Closed, campaign)
    return closed


def _call_off(ctx: Context, number: int) -> TakenBack:
    jury = stored.jury(ctx.tx, number)
    back = _withdraw(ctx, number)
    ctx.undo(set_out_again, number=number, jury=jury)
    return back


@action
def set_out_again(ctx: Context, number: int, jury: list[str]) -> GoesOnNow:
    """It takes place after all."""
    stored.change(ctx.tx, number, state="set")
    plan(ctx, number)
    _set_jury(ctx, number, jury)
    changed(ctx, number)
    ctx.audit(f"W{number}")
    back: GoesOnNow = about(ctx, GoesOnNow, number)
    return back


@action
def reopen(ctx: Context, number: int) -> GoesOnNow:
    """It goes on until its end, and whoever knows that it was closed is told."""
    stored.change(ctx.tx, number, state="set", closed_at=None, reason=None)
    stored.set_ranks(ctx.tx, number, ())
    for idea in stored.ideas(ctx.tx, number, left_out=()):  # what was voted meanwhile counts
        stored.count_votes(ctx.tx, idea.id)
    plan(ctx, number)
    changed(ctx, number)
    ranking.tell_authors(ctx, number, before="closed")
    ctx.audit(f"W{number}")
    back: GoesOnNow = about(ctx, GoesOnNow, number)
    return back
