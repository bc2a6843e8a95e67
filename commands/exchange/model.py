"""What somebody offers or needs: how it looks, how it is found, and with what it fits."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from commands.exchange import matching
from commands.framework import (
    About,
    Context,
    Failure,
    Machine,
    NotFound,
    Refused,
    Reply,
    Role,
    card,
    meant,
    reference,
    right,
    valued,
)
from storage import exchange as stored
from storage import members
from storage.exchange import Posting

SIGN: Final = "🔁"
PostingRef = Annotated[int, reference("exchange")]


class AboutPosting(Reply):
    """A reply that carries an offer or a need, and what fits it."""

    abstract: ClassVar[bool] = True
    posting: Posting
    author: str  # as people read it: «Pia Muster, Aesch»; empty after erasure
    matches: tuple[Posting, ...] = ()

    @property
    def about(self) -> About:
        return "exchange", self.posting.id

    def machine(self) -> Machine:
        posting = self.posting
        found = {
            "municipality": posting.municipality,
            "tags": list(posting.tags),
            "matches": [f"B{one.id}" for one in self.matches],
        }
        return {"type": posting.kind, "title": posting.title, "state": posting.state} | {
            name: value for name, value in found.items() if value
        }


class PostingCard(AboutPosting):
    """It, with all there is to know."""


class NotYourPosting(Failure):
    """Only who has posted it may do that."""

    code: ClassVar[str] = "not_allowed"
    number: int


class NotOpen(Failure):
    """It is done, or was taken back."""

    number: int


def get(ctx: Context, number: int) -> Posting:
    """The posting, open or not. Refuses: NotFound."""
    posting = stored.find(ctx.tx, number)
    if posting is None:
        raise Refused(NotFound(ref=f"B{number}", noun="börse"))
    return posting


def get_open(ctx: Context, number: int) -> Posting:
    """The posting, which is open. Refuses: NotFound, NotOpen."""
    posting = get(ctx, number)
    if posting.state != "open":
        raise Refused(NotOpen(number))
    return posting


@right
def require_own(ctx: Context, number: int) -> None:
    """The asker has posted it, or is a coordinator. Refuses: NotFound, NotYourPosting."""
    if get(ctx, number).author != ctx.me.user_id and ctx.me.role < Role.COORDINATOR:
        raise Refused(NotYourPosting(number))


def name_of(ctx: Context, posting: Posting) -> str:
    author = members.find(ctx.tx, posting.author) if posting.author else None
    return ", ".join(filter(None, (author.name, posting.municipality))) if author else posting.municipality


def what_fits(ctx: Context, posting: Posting) -> tuple[Posting, ...]:
    """All that is open and fits it, the newest first."""
    found = (stored.find(ctx.tx, number) for number in reversed(matching.fitting_now(ctx, posting)))
    return tuple(one for one in found if one is not None)


@card("exchange", letter="B", sign=SIGN, purpose="")
def posting_card(ctx: Context, number: int) -> PostingCard:
    posting = get(ctx, number)
    return PostingCard(posting, name_of(ctx, posting), what_fits(ctx, posting))


@meant("exchange")
def my_only_one(ctx: Context) -> int | None:
    """The asker's open one, if there is but one."""
    mine = stored.list_open_of(ctx.tx, ctx.me.user_id)
    return mine[0].id if len(mine) == 1 else None


@valued("exchange")
def my_open_ones(ctx: Context) -> list[tuple[int, str]]:
    """The asker's open ones."""
    return [(one.id, one.title) for one in stored.list_open_of(ctx.tx, ctx.me.user_id)]


def has_open(ctx: Context) -> bool:
    """The asker has something open, or is a coordinator, who may close that of all."""
    return ctx.me.role >= Role.COORDINATOR or bool(stored.list_open_of(ctx.tx, ctx.me.user_id))
