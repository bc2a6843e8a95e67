"""The jury judges ideas, from 1 to 5: each member each idea but their own, until the end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal

from commands.campaigns.model import AboutCampaign, CampaignRef, NotOpen, about, get, standing
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Machine,
    Refused,
    Role,
    action,
    choices,
    command,
    named,
    reference,
    unnamed,
    valued,
)
from commands.ideas import OUT, came_late, is_open, sent
from commands.ideas import get as get_idea
from storage import campaigns as stored
from storage.campaigns import Campaign
from storage.ideas import Idea
from storage.ideas import find as find_idea

TO_JUDGE: Final = named("campaign judge")
NEXT: Final = 5  # ideas left to judge that an answer names
AMONG: Final = "idea to judge"
Points = Annotated[
    Literal["1", "2", "3", "4", "5"],
    choices(
        {str(n): str(n) for n in range(1, 6)},
        labels={
            "1": ("schwach", "weak"),
            "2": ("mässig", "fair"),
            "3": ("gut", "good"),
            "4": ("sehr gut", "very good"),
            "5": ("hervorragend", "excellent"),
        },
    ),
]
IdeaToJudge = Annotated[int, reference("idea", among=AMONG)]


class Judged(AboutCampaign):
    """The asker's judgement on the idea is this; None: there is none. `left`: the next ideas."""

    idea: Idea = field(kw_only=True)
    given: int | None = field(kw_only=True)  # points
    left: tuple[Idea, ...] = field(kw_only=True)


class NotInJury(Failure):
    """Only the jury judges."""

    code: ClassVar[str] = "not_allowed"
    number: int


class OwnIdea(Failure):
    """Nobody judges an idea of their own."""

    code: ClassVar[str] = "not_allowed"
    idea: Idea


class InNoCampaign(Failure):
    """The idea takes part in no campaign, in another one, or no more."""

    idea: Idea
    number: int | None


def judges(ctx: Context) -> list[Campaign]:
    """The campaigns that are open and in whose jury the asker is, the next to end first."""
    return [one for one in stored.list_judging(ctx.tx, ctx.me.user_id) if is_open(one, sent(ctx))]


def left_to(ctx: Context, number: int, *, limit: int) -> list[Idea]:
    """The ideas of the campaign that the asker has still to judge."""
    return stored.to_judge(ctx.tx, number, user=ctx.me.user_id, left_out=OUT, limit=limit)


@valued(AMONG)
def next_ones(ctx: Context) -> list[tuple[int, str]]:
    """The ideas that the asker has still to judge."""
    return [(idea.id, idea.title) for one in judges(ctx) for idea in left_to(ctx, one.id, limit=NEXT)]


def _judges_some(ctx: Context) -> bool:
    return bool(judges(ctx))


def _require_in_jury(ctx: Context, known: Mapping[str, Any]) -> None:
    """What is known of it already could be judged by the asker. Refuses: as `judge`."""
    campaign = known.get("campaign")
    if "idea" in known:
        _campaign_of(ctx, known["idea"], campaign)
    elif campaign is not None and ctx.me.user_id not in stored.jury(ctx.tx, campaign):
        raise Refused(NotInJury(campaign))


@command(
    "wettbewerb bewerten",
    "campaign judge",
    "wettbewerb bewerte",
    "wettbewerb jurieren",
    own="judgement",
    role=Role.PI,
    de="als Jury eine Idee bewerten, von 1 bis 5",
    en="judge an idea as the jury, from 1 to 5",
    example=("W1 I3 4", "W1 I3 4"),
    there=_judges_some,
    first=_require_in_jury,
    words=("Punkte geben", "jurieren", "als Jury", "give points", "my points for", "Jury"),
    offer=("Als Jury eine Idee bewerten", "Judge an idea as the jury"),
)
def judge(ctx: Context, idea: IdeaToJudge, points: Points, *, campaign: CampaignRef | None = None) -> Judged:
    """The asker's judgement on the idea is this. Refuses: NotInJury, OwnIdea, InNoCampaign, NotOpen."""
    number = _campaign_of(ctx, idea, campaign)
    ctx.note("idea", idea)
    before = stored.find_judgement(ctx.tx, idea=idea, user=ctx.me.user_id)
    _put(ctx, number, idea, int(points))
    was: Machine | None = None
    if before is not None:
        was = {"points": before.points, "carrier": before.carrier, "at": before.at.isoformat()}
    ctx.undo(judge_back, number=number, idea=idea, carrier=ctx.event_id, before=was)
    return _judged(ctx, number, idea)


def _campaign_of(ctx: Context, number: int, campaign: int | None) -> int:
    """The campaign in which the asker judges the idea. Refuses: as `judge`."""
    if campaign is not None:
        get(ctx, campaign)
    idea = get_idea(ctx, number)
    of = idea.campaign
    if of is not None and campaign in (None, of) and ctx.me.user_id not in stored.jury(ctx.tx, of):
        raise Refused(NotInJury(of))
    if of is None or campaign not in (None, of) or idea.state in OUT:
        raise Refused(InNoCampaign(idea, campaign or of))
    if not is_open(get(ctx, of), sent(ctx)):
        raise Refused(NotOpen(standing(ctx, of)))
    if idea.author == ctx.me.user_id:
        raise Refused(OwnIdea(idea))
    return of


def _put(ctx: Context, number: int, idea: int, points: int) -> None:
    """What was sent later counts, also where it came first."""
    before = stored.find_judgement(ctx.tx, idea=idea, user=ctx.me.user_id)
    if before is not None and before.at > sent(ctx):
        return
    values = {"points": points, "carrier": ctx.event_id, "at": sent(ctx)}
    stored.judge(ctx.tx, campaign=number, idea_id=idea, judge=ctx.me.user_id, **values)
    came_late(ctx, get(ctx, number))


def _judged(ctx: Context, number: int, idea: int) -> Judged:
    given = stored.find_judgement(ctx.tx, idea=idea, user=ctx.me.user_id)
    judged: Judged = about(
        ctx,
        Judged,
        number,
        idea=get_idea(ctx, idea),
        given=given.points if given is not None else None,
        left=tuple(left_to(ctx, number, limit=NEXT)),
    )
    return judged


@action
def judge_back(ctx: Context, number: int, idea: int, carrier: str, before: Machine | None) -> Judged:
    """The asker's judgement is what it was before the command. Refuses: BuiltUpon, NotOpen."""
    present = stored.find_judgement(ctx.tx, idea=idea, user=ctx.me.user_id)
    if present is None or present.carrier != carrier:
        raise Refused(BuiltUpon(ref=f"W{number}", instead=TO_JUDGE(f"W{number}", f"I{idea}", "3")))
    if not is_open(get(ctx, number), sent(ctx)):
        raise Refused(NotOpen(standing(ctx, number)))
    if before is None:
        stored.unjudge(ctx.tx, idea=idea, user=ctx.me.user_id)
    else:
        values = before | {"at": datetime.fromisoformat(before["at"])}
        stored.judge(ctx.tx, campaign=number, idea_id=idea, judge=ctx.me.user_id, **values)
    return _judged(ctx, number, idea)


@unnamed(r"(?i)#?[iI]\s?#?(\d{1,9})\s*[:=,]?\s*([1-5])(?:\s*/\s*5|\s*punkte?|\s*points?)?\s*[.!]?")
def points_alone(ctx: Context, said: re.Match[str]) -> str | None:
    """«I3 4» is what somebody in the jury thinks of an idea that can be judged now."""
    idea = find_idea(ctx.tx, int(said[1]))
    mine = idea is not None and idea.campaign in {one.id for one in judges(ctx)}
    return TO_JUDGE(f"I{said[1]}", said[2]) if mine else None
