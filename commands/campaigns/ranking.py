"""The ranking: by the jury where there is one, then by votes, then by age; and how a campaign is closed with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from fractions import Fraction
from typing import Any

from commands.campaigns.model import AboutCampaign, Ranked, get, ranked, standing
from commands.framework import Context, Reply, telling
from commands.framework.telling import Since, told
from commands.ideas import OUT
from storage import campaigns as stored
from storage import ideas
from storage.campaigns import Campaign

ERASED = "~"  # what the pseudonyms of those begin with who have left for good


class YourPlaces(AboutCampaign):
    """Told to the author of ideas: the campaign is closed, and these are their places."""

    mine: tuple[Ranked, ...] = field(kw_only=True)


class GoesOn(AboutCampaign):
    """Told to those who know that it was closed: that was taken back."""


def close(ctx: Context, campaign: Campaign, *, at: datetime, reason: str | None = None) -> None:
    """It is closed with what was sent before, the ranking is published, and each author will be told."""
    stored.change(
        ctx.tx, campaign.id, state="closed", closed_at=at, reason=reason, next_at=None, turn="", told_up_to=""
    )
    rank(ctx, campaign.id)
    ctx.changed("campaign", campaign.id)
    ctx.place_card("outcome", campaign.id)
    tell_authors(ctx, campaign.id, before="open")


def tell_authors(ctx: Context, number: int, *, before: str) -> None:
    """All who have submitted an idea, and not withdrawn it, will be told what is different; who does it knows it."""
    authors = set(stored.authors(ctx.tx, number)) - {"", ctx.me.user_id}
    known = {user: {"state": before} for user in sorted(authors)}
    telling.keep_all(ctx, known, "campaign closed", about={"campaign": number})


def rank(ctx: Context, number: int, *, again: bool = False) -> None:
    """The places are right, by what was sent before the end; `again`: of those placed already, and new ones."""
    before = {one.idea_id for one in stored.ranks(ctx.tx, number)} if again else set()
    taking_part = stored.ideas(ctx.tx, number, left_out=() if again else OUT)
    found = [one for one in taking_part if one.id in before or one.state not in OUT]
    points = _judged(ctx, number, {one.id: one.author for one in found})
    votes = stored.votes(ctx.tx, [one.id for one in found])
    rows = []
    for idea in found:
        up, down = votes.get(idea.id, (0, 0))
        given = points.get(idea.id, [])
        row = {"idea_id": idea.id, "points": sum(given), "judged": len(given)}
        rows.append(row | {"votes_for": up, "votes_against": down})
    stored.set_ranks(ctx.tx, number, sorted(rows, key=_order))


def _order(row: Mapping[str, int]) -> tuple[bool, Fraction, int, int]:
    """What nobody has judged stands behind; the better mean first, then more votes for than against, then the older."""
    points = Fraction(row["points"], row["judged"]) if row["judged"] else Fraction()
    return not row["judged"], -points, row["votes_against"] - row["votes_for"], row["idea_id"]


def _judged(ctx: Context, number: int, authors: Mapping[int, str]) -> dict[int, list[int]]:
    """By idea, the points of each who is in the jury: of those merged into it too, where the idea itself got none."""
    jury = set(stored.jury(ctx.tx, number))
    into = {idea: target for idea, target, _ in stored.merged(ctx.tx, number)}
    given: dict[int, dict[str, int]] = defaultdict(dict)
    later: dict[int, dict[str, int]] = defaultdict(dict)
    for one in stored.judgements(ctx.tx, number):
        if one.judge not in jury and not one.judge.startswith(ERASED):
            continue
        if one.idea_id in authors:
            given[one.idea_id][one.judge] = one.points
        elif (root := _root(one.idea_id, into, authors)) is not None and authors[root] != one.judge:
            later[root].setdefault(one.judge, one.points)
    return {idea: list((later[idea] | given[idea]).values()) for idea in authors}


def _root(idea: int, into: Mapping[int, int], among: Iterable[int] | Mapping[int, Any]) -> int | None:
    """The idea among these that it lives on in."""
    while idea in into:
        idea = into[idea]
        if idea in among:
            return idea
    return None


@told("campaign closed")
def _closed(ctx: Context, since: Since, campaign: int) -> Reply | None:
    """The author's ideas with their places; nothing, where it is as they know it."""
    state = get(ctx, campaign).state
    if (state == "closed") == (since.before.get("state") == "closed"):
        return None
    if state != "closed":
        return GoesOn(standing(ctx, campaign))
    return YourPlaces(standing(ctx, campaign), mine=tuple(_places(ctx, campaign, since.recipient)))


def _places(ctx: Context, number: int, author: str) -> list[Ranked]:
    """The places of the person's ideas, and of those in which they live on."""
    ranks = {one.idea_id: one for one in stored.ranks(ctx.tx, number)}
    into = {idea: target for idea, target, _ in stored.merged(ctx.tx, number)}
    own = [one.id for one in stored.ideas_by(ctx.tx, number, author=author)]
    roots = {idea if idea in ranks else _root(idea, into, ranks) for idea in own}
    found = sorted((ranks[one] for one in roots if one is not None), key=lambda one: one.place)
    shown = {one.id: one for one in ideas.list_these(ctx.tx, [one.idea_id for one in found])}
    return [ranked(one, shown[one.idea_id]) for one in found]
