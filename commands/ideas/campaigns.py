"""Ideas of a campaign: which one they are submitted to, and which votes count there.

The campaigns themselves are a room above, `commands.campaigns`. In time for the end is who acted before it by the
homeserver's clock: what was sent before counts, whenever it is handled.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ValidationInfo

from commands.framework import About, Context, Failure, Refused, Unreadable, reference
from commands.framework.arguments import refusal
from commands.words import key_of
from storage import campaigns as stored
from storage import ideas
from storage.campaigns import Campaign
from storage.ideas import Idea

OUT: Final = ("withdrawn", "merged", "rejected")  # states of ideas that take part in no campaign
_NUMBER: Final = re.compile(r"\s*#?\s*[Ww]?\s*#?\s*[0-9]{1,9}\s*")


def _by_title(raw: Any, info: ValidationInfo) -> Any:
    """The number, where a campaign is named by its title or the beginning of it."""
    if not isinstance(raw, str) or _NUMBER.fullmatch(raw):
        return raw
    ctx: Any = info.context
    wanted = key_of(raw)
    found = [one.id for one in stored.list_set(ctx.tx) if wanted and key_of(one.title).startswith(wanted)]
    if len(found) == 1:
        return found[0]
    raise _unknown(raw)


def _unknown(called: str) -> Unreadable:
    return Unreadable(
        de=f"Den Wettbewerb «{called}» gibt es nicht. Schicken Sie die Idee nochmals ohne «wettbewerb:».",
        en=f"There is no campaign «{called}». Send the idea again without «campaign:».",
        code="not_found",
    )


InCampaign = Annotated[int, reference("campaign"), BeforeValidator(_by_title)]
"""The campaign that an idea is for, by its number or its title."""


class CampaignNotOpen(Failure):
    """Ideas are submitted to it from then until then; `begins`: it is still to come."""

    campaign: Campaign
    begins: bool

    @property
    def about(self) -> About:
        return "campaign", self.campaign.id


def end_of(campaign: Campaign) -> datetime:
    """Until then ideas, votes and judgements count."""
    return campaign.closed_at or campaign.end_at


def sent(ctx: Context) -> datetime:
    """The time of what the asker does."""
    return ctx.sent_at or ctx.now


def is_open(campaign: Campaign, at: datetime) -> bool:
    """Was it open then?"""
    return campaign.state != "withdrawn" and campaign.start_at <= at < end_of(campaign)


def list_open(ctx: Context) -> list[Campaign]:
    """Those that are open now, the next to end first."""
    return [one for one in stored.list_set(ctx.tx) if is_open(one, sent(ctx))]


def require_open(ctx: Context, number: int) -> Campaign:
    """The campaign, which was open when the command was sent. Refuses: NotFound, CampaignNotOpen."""
    campaign = stored.find(ctx.tx, number)
    if campaign is None or campaign.state == "withdrawn":
        raise refusal(ctx, _unknown(f"W{number}"), "campaign")
    if not is_open(campaign, sent(ctx)):
        raise Refused(CampaignNotOpen(campaign, begins=sent(ctx) < campaign.start_at))
    return campaign


def follow(ctx: Context, idea: Idea) -> None:
    """The idea takes part in its campaign, or no more: the campaign's card says how many do."""
    if idea.campaign is not None:
        ctx.changed("campaign", idea.campaign)


def came_late(ctx: Context, campaign: Campaign) -> None:
    """What was sent before the end has come after the ranking was made: it is made anew."""
    if campaign.state == "closed":
        stored.change(ctx.tx, campaign.id, next_at=ctx.now, turn="again")


def _counting(ctx: Context, idea: Idea, at: datetime) -> Campaign | None:
    """The campaign for which what is done with the idea then counts."""
    campaign = stored.find(ctx.tx, idea.campaign) if idea.campaign is not None else None
    return campaign if campaign is not None and at < end_of(campaign) else None


def voted(ctx: Context, idea: Idea, user: str, *, at: datetime | None = None) -> None:
    """The person's vote on the idea has changed then: it counts for the campaign, if that had not ended."""
    campaign = _counting(ctx, idea, at or sent(ctx))
    if campaign is not None:
        stored.count_vote(ctx.tx, idea=idea.id, user=user)
        came_late(ctx, campaign)


def merged(ctx: Context, source: Idea, target: Idea) -> bool:
    """The votes of both count on the target, which takes part now if the source did; True if it did not before."""
    campaign = _counting(ctx, source, ctx.now)
    joins = campaign is not None and campaign.state == "set" and target.campaign is None
    if joins:
        ideas.change(ctx.tx, target.id, campaign=source.campaign)
    recount(ctx, target.id)
    follow(ctx, source)
    return joins


def apart(ctx: Context, source: int, target: int, *, joined: bool = False) -> None:
    """Each has its own votes again; `joined`: the target took part only because of the source."""
    if joined:
        ideas.change(ctx.tx, target, campaign=None)
    for number in (source, target):
        recount(ctx, number)


def recount(ctx: Context, number: int) -> None:
    """The votes on the idea count as they are now, for the campaign that it is for, if that has not ended."""
    idea = ideas.find(ctx.tx, number)
    if idea is not None and idea.campaign is None:
        stored.forget_votes(ctx.tx, number)
    elif idea is not None and _counting(ctx, idea, ctx.now) is not None:
        stored.count_votes(ctx.tx, number)
        follow(ctx, idea)
