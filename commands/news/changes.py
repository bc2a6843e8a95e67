"""How moderators write news: publish, plan or draft it, correct it, withdraw it, and take this back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ValidationInfo

from commands import dates
from commands.framework import (
    Body,
    BuiltUpon,
    Context,
    Failure,
    Machine,
    NewTitle,
    Opening,
    Reason,
    Refused,
    Role,
    Tags,
    YesNo,
    action,
    choices,
    command,
    named,
    recording,
)
from commands.framework.arguments import lacking
from commands.framework.carrying import refuse_twice
from commands.news.model import AboutNews, NewsRef, add, get, release, rewrite, show, story
from storage import news as stored
from storage.news import News

A_WEEK: Final = timedelta(
    days=7
)  # of two items of one title this far apart the second is the next of its kind
TO_EDIT: Final = named("news edit")


def _time_to_come(raw: Any, info: ValidationInfo) -> Any:
    ctx: Any = info.context
    return dates.read_moment(raw, now=ctx.now, zone=ctx.settings.zone, range_allowed=False).start


Time = Annotated[datetime, BeforeValidator(_time_to_come)]
Draft = Annotated[Literal["draft"], choices({"entwurf": "draft"})]


class Drafted(AboutNews):
    """The item is a draft."""


class Scheduled(AboutNews):
    """The item will be published at its time."""


class Published(AboutNews):
    """The item is in the news room."""


class Withdrawn(AboutNews):
    """The item is withdrawn."""


class Corrected(AboutNews):
    """The item is changed in place."""


class AlreadyPublished(Failure):
    """This can only be done before it is published."""

    ref: str


class AlreadyWithdrawn(Failure):
    """Withdrawn is final; `again`: who withdrew it once more may want to say why."""

    ref: str
    again: bool = False


SAID: Final[dict[str, type[AboutNews]]] = {
    "draft": Drafted,
    "scheduled": Scheduled,
    "published": Published,
    "withdrawn": Withdrawn,
}


@command(
    "news neu",
    "news new",
    role=Role.MODERATOR,
    de="eine Neuigkeit veröffentlichen, planen oder entwerfen",
    en="publish, plan or draft a news item",
    example=(
        "Das Portal hat 20 Dienste | tags: osp | wann: in 2 Tagen 9:00 | Seit heute sind es zwanzig.",
        "The portal has 20 services | tags: osp | when: in 2 days 9:00 | As of today there are twenty.",
    ),
    previews=True,
    words=(
        "verfassen",
        "an alle",
        "allen mitteilen",
        "mitteilen",
        "möchte mitteilen",
        "News schreiben",
        "bekannt machen",
        "Neuigkeit schreiben",
        "Neuigkeit veröffentlichen",
        "informieren",
        "Ankündigung",
        "write news",
        "tell everyone",
        "schreiben",
        "veröffentlichen",
        "publizieren",
        "allen schreiben",
        "Beitrag schreiben",
        "bekanntgeben",
        "post",
        "announce",
        "publish",
    ),
    offer=("Eine Neuigkeit schreiben", "Write a news item"),
)
def write(
    ctx: Context,
    title: Opening,
    *,
    text: Body,
    when: Time | None = None,
    public: YesNo = "no",
    tags: Tags = (),
    state: Draft | None = None,
    anyway: YesNo = "no",
) -> AboutNews:
    """The item is out, or planned for its time, or a draft (which keeps its time until it is published).

    Refuses: ThereAlready, where there is one of this title for about that time.
    """
    refuse_twice(
        ctx,
        anyway,
        title,
        lambda: (
            (f"N{one.id}", one.title, story(ctx, one).link)
            for one in stored.list_about(ctx.tx, at=when or ctx.now, within=A_WEEK)
        ),
    )
    told = add(
        ctx,
        title=title,
        text=text,
        state=state or ("scheduled" if when else "published"),
        author=ctx.me.user_id,
        tags=tags,
        public=public == "yes",
        planned_at=when,
    )
    ctx.audit(told.ref)
    ctx.undo(take_back, number=told.item.id, version=told.item.version)
    return SAID[told.item.state](told)


@action
def take_back(ctx: Context, number: int, version: int) -> AboutNews:
    """The item is withdrawn again, as long as nobody has commented or changed it.

    Revised, it waits under its number for its new wording.
    """
    _untouched(ctx, number, version=version, comments=0)
    stored.change(ctx.tx, number, {"state": "withdrawn"})
    told = show(ctx, number)
    ctx.keep_numbers("news", number)
    if not ctx.revising:
        recording.record(ctx, "news withdraw", told.ref, "↩️")
    return Withdrawn(told)


@command(
    "news veröffentlichen",
    "news publish",
    role=Role.MODERATOR,
    de="einen Entwurf veröffentlichen",
    en="publish a draft",
    example=("N9", "N9"),
    words=(
        "publizieren",
        "kann raus",
        "freigeben",
        "jetzt raus",
        "aufschalten",
        "go live",
        "Entwurf veröffentlichen",
    ),
    offer=("Einen Entwurf veröffentlichen", "Publish a draft"),
)
def publish(ctx: Context, news: NewsRef) -> AboutNews:
    """The draft is out, or planned if its time is still to come; what is planned is out now.

    Refuses: AlreadyPublished, AlreadyWithdrawn.
    """
    before = _kept(_unpublished(ctx, news))
    told = release(ctx, news)
    ctx.audit(told.ref)
    ctx.undo(restore, number=news, version=told.item.version, comments=told.comments, before=before)
    return SAID[told.item.state](told)


@command(
    "news ändern",
    "news edit",
    role=Role.MODERATOR,
    de="eine Neuigkeit korrigieren",
    en="correct a news item",
    example=("N9 titel: Das Portal hat 21 Dienste", "N9 title: The portal has 21 services"),
    offer=("Eine Neuigkeit korrigieren", "Correct a news item"),
)
def correct(
    ctx: Context,
    news: NewsRef,
    *,
    title: NewTitle | None = None,
    text: Body = "",
    when: Time | None = None,
    public: YesNo | None = None,
    tags: Tags | None = None,
) -> AboutNews:
    """The item reads like this now; one that is out says on its card that it was corrected.

    Refuses: AlreadyWithdrawn; AlreadyPublished, for a new time.
    """
    item = _unpublished(ctx, news) if when is not None else _standing(ctx, news)
    given = {
        "title": title,
        "text": text or None,
        "planned_at": when,
        "public": None if public is None else public == "yes",
        "tags": None if tags is None else list(tags),
    }
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if not values:
        raise lacking(ctx, "title")
    if item.state == "published" and (title or text):
        values["corrected_at"] = ctx.now
    told = rewrite(ctx, item, values)
    ctx.audit(told.ref)
    ctx.undo(restore, number=news, version=told.item.version, comments=told.comments, before=_kept(item))
    return Corrected(told)


@command(
    "news zurückziehen",
    "news withdraw",
    role=Role.MODERATOR,
    de="eine Neuigkeit zurückziehen",
    en="withdraw a news item",
    example=("N9 grund: Das Datum stimmt nicht.", "N9 reason: The date is wrong."),
    offer=("Eine Neuigkeit zurückziehen", "Withdraw a news item"),
)
def withdraw(ctx: Context, news: NewsRef, *, reason: Reason | None = None) -> AboutNews:
    """The item is withdrawn for good; of its card one line remains, with the reason, which may be given, or put right,
    later too.

    Refuses: AlreadyWithdrawn.
    """
    item = get(ctx, news)
    if item.state == "withdrawn" and reason in (None, item.reason):
        raise Refused(AlreadyWithdrawn(ref=f"N{news}", again=True))
    told = rewrite(ctx, item, {"state": "withdrawn", "reason": reason})
    ctx.audit(told.ref)
    ctx.undo(restore, number=news, version=told.item.version, comments=told.comments, before=_kept(item))
    return Withdrawn(told)


@action
def restore(ctx: Context, number: int, version: int, comments: int, before: Machine) -> AboutNews:
    """The item is again as it was before the command; what was just published is withdrawn instead."""
    item = _untouched(ctx, number, version=version, comments=comments)
    times = {name: datetime.fromisoformat(at) if at else None for name, at in before["times"].items()}
    was_out = times["published_at"] is not None
    if item.state == "published" and not was_out and not ctx.revising:
        told = rewrite(ctx, item, {"state": "withdrawn"})
    else:
        told = rewrite(ctx, item, before["values"] | times)
    if not ctx.revising:
        recording.record(ctx, "news edit", told.ref, "↩️")
    return SAID[told.item.state](told)


def _kept(item: News) -> Machine:
    """What `restore` needs to bring the item back."""
    values = {name: getattr(item, name) for name in ("title", "text", "tags", "public", "state", "reason")}
    times = {name: getattr(item, name) for name in ("planned_at", "published_at", "corrected_at")}
    return {"values": values, "times": {name: at.isoformat() if at else None for name, at in times.items()}}


def _standing(ctx: Context, number: int) -> News:
    item = get(ctx, number)
    if item.state == "withdrawn":
        raise Refused(AlreadyWithdrawn(ref=f"N{number}"))
    return item


def _unpublished(ctx: Context, number: int) -> News:
    item = _standing(ctx, number)
    if item.state == "published":
        raise Refused(AlreadyPublished(ref=f"N{number}"))
    return item


def _untouched(ctx: Context, number: int, *, version: int, comments: int) -> News:
    """The item, as the command left it. Refuses: BuiltUpon.

    The journal of acts knows neither comments nor what a job has published since: this asks for both.
    """
    item = get(ctx, number)
    if item.version != version or story(ctx, item).comments > comments:
        raise Refused(BuiltUpon(ref=f"N{number}", instead=TO_EDIT(f"N{number}")))
    return item
