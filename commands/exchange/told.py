"""What the people of the exchange are told by themselves: what fits, and that something is about to close."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from commands.exchange.model import AboutPosting, name_of, what_fits
from commands.exchange.posting import close, kept
from commands.framework import Context, Reply, Role, job, pause_follower
from commands.framework.telling import Since, hasten, keep, told
from commands.framework.who_may import there
from storage import exchange as stored
from storage import members
from storage.exchange import A_TICK, Posting

ASKED_BEFORE: Final = timedelta(days=7)
A_DAY: Final = timedelta(days=1)


class Fits(AboutPosting):
    """Told to who offers or needs something: it fits what somebody else has posted."""

    other: Posting = field(kw_only=True)
    of: str = field(kw_only=True)  # whose that is


class KeepAsked(AboutPosting):
    """Asked a week before it closes: shall it stay open?"""

    until: datetime = field(kw_only=True)


@told("exchange")
def fits(ctx: Context, since: Since, offer: int, need: int) -> Reply | None:
    """The two fit still, and the person does not know it yet; from now on they do. Who pauses is told when back."""
    match = stored.find_match(ctx.tx, offer=offer, need=need)
    found = {"offer": stored.find(ctx.tx, offer), "need": stored.find(ctx.tx, need)}
    mine = next((one for one in found.values() if one and one.author == since.recipient), None)
    if match is None or not match.fits or mine is None:
        return None
    other = found["need" if mine.kind == "offer" else "offer"]
    if other is None or (match.offer_told if mine.kind == "offer" else match.need_told):
        return None
    if not there(ctx, [since.recipient]):
        about = {"offer": offer, "need": need}
        keep(ctx, since.recipient, "exchange", before=since.before, about=about, after=A_DAY)
        return None
    stored.set_told(ctx.tx, offer=offer, need=need, side=mine.kind)
    return Fits(mine, name_of(ctx, mine), (other,), other=other, of=name_of(ctx, other))


@pause_follower
def _back(ctx: Context, user_id: str, pauses: bool) -> None:
    """A person who is back is told what waited for that."""
    if not pauses:
        hasten(ctx, user_id, "exchange")


@job("exchange", every=timedelta(minutes=10))
def close_old(ctx: Context) -> bool:
    """Of what was open for long enough the author has been asked, and a week later it is closed."""
    over = stored.list_due(ctx.tx, at=ctx.now, asked=True)
    for posting in over:
        close(ctx, posting.id, "done")
    ending = stored.list_due(ctx.tx, at=ctx.now + ASKED_BEFORE, asked=False)
    for posting in ending:
        _ask(ctx, posting)
    return A_TICK in (len(over), len(ending))


def _ask(ctx: Context, posting: Posting) -> None:
    """The author is asked, with a week to answer; who pauses is left in peace, and it stays open a week more."""
    author = members.find(ctx.tx, posting.author) if posting.author else None
    if author is None or author.state not in ("active", "paused"):
        close(ctx, posting.id, "done")
        return
    if author.state == "paused":
        stored.change(ctx.tx, posting.id, closes_at=posting.closes_at + ASKED_BEFORE)
        return
    until = max(posting.closes_at, ctx.now + ASKED_BEFORE)
    stored.change(ctx.tx, posting.id, asked=True, closes_at=until)
    asked = ctx.post(
        posting.author,
        KeepAsked(posting, name_of(ctx, posting), what_fits(ctx, posting), until=until),
        seeds=("✅",),
    )
    if asked is not None:
        ctx.offer(
            "✅",
            kept,
            user_id=posting.author,
            role=Role.PI,
            within=until - ctx.now,
            post=asked,
            number=posting.id,
        )
