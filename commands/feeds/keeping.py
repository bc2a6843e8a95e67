"""How moderators keep feeds: add one, see them, say what becomes of the entries, remove one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from commands.feeds.model import (
    FeedAdded,
    FeedBack,
    FeedCard,
    FeedChanged,
    FeedList,
    FeedRef,
    FeedRemoved,
    FeedThere,
    Mode,
    are_there,
    feed_card,
    get,
    get_there,
    host_of,
    key_of_url,
)
from commands.framework import (
    Context,
    Machine,
    Page,
    Refused,
    Role,
    Tags,
    WebLink,
    action,
    command,
)
from commands.framework.arguments import nothing_to_change
from commands.framework.paging import A_PAGE, require_page, rows_before
from storage import feeds as stored


@command(
    "feed neu",
    "feed new",
    "feed abonnieren",
    "feed subscribe",
    role=Role.MODERATOR,
    de="Meldungen einer anderen Website als Neuigkeiten übernehmen",
    en="take over what another website publishes as news",
    example=(
        "https://www.example.ch/rss.xml | modus: entwurf | tags: kanton",
        "https://www.example.ch/rss.xml | mode: draft | tags: canton",
    ),
    words=(
        "abonnieren",
        "automatisch übernehmen",
        "automatisch reinholen",
        "automatisch holen",
        "Meldungen übernehmen",
        "Meldungen von einer Website",
        "RSS",
        "RSS-Feed",
        "Newsfeed",
        "subscribe",
        "follow a website",
        "pull in",
    ),
    offer=("Meldungen einer anderen Website übernehmen", "Take over news of another website"),
)
def add(ctx: Context, url: WebLink, *, mode: Mode = "draft", tags: Tags = ()) -> FeedAdded:
    """The feed is looked at within a minute, and from then on again and again. Refuses: FeedThere."""
    key = key_of_url(url)
    there = next((one for one in stored.list_at(ctx.tx, key) if one.removed_at is None), None)
    if there is not None:
        raise Refused(FeedThere(there))
    number = ctx.number("feed")
    stored.put(
        ctx.tx,
        id=number,
        added_by=ctx.me.user_id,
        asked_in=ctx.event_id,
        language=ctx.language,
        url=url,
        url_key=key,
        title=host_of(url),
        mode=mode,
        tags=list(tags),
        added_at=ctx.now,
        due_at=ctx.now,
    )
    ctx.audit(f"F{number}")
    ctx.undo(take_back, number=number)
    return FeedAdded(get(ctx, number), ctx.settings.zone)


@action
def take_back(ctx: Context, number: int) -> FeedRemoved:
    """It is looked at no more; an edited command adds it anew with its number. Refuses: FeedGone."""
    get_there(ctx, number)
    ctx.keep_numbers("feed", number)
    return _removed(ctx, number)


def _removed(ctx: Context, number: int) -> FeedRemoved:
    stored.remove(ctx.tx, number, at=ctx.now)
    ctx.audit(f"F{number}")
    return FeedRemoved(get(ctx, number), ctx.settings.zone)


@command(
    "feed liste",
    "feed list",
    "feeds",
    role=Role.MODERATOR,
    de="die Feeds, die neusten zuerst",
    en="the feeds, the newest first",
    example=("", ""),
    reads=True,
    words=(
        "von welchen Websites",
        "welche Quellen",
        "welche Feeds",
        "woher kommen die Meldungen",
        "which sources",
        "which websites",
        "abonniert",
        "RSS",
    ),
    offer=("Die Feeds ansehen", "See the feeds"),
)
def show_list(ctx: Context, *, page: Page = 1) -> FeedList:
    total = stored.count(ctx.tx)
    require_page(ctx, page, total)
    found = stored.list_newest(ctx.tx, offset=rows_before(page), limit=A_PAGE)
    return FeedList(tuple(found), page=page, total=total)


@command(
    "feed zeige",
    "feed show",
    role=Role.MODERATOR,
    de="einen Feed zeigen",
    en="show a feed",
    example=("F1", "F1"),
    reads=True,
    there=are_there,
    words=("läuft der Feed", "kommt vom Feed", "wann zuletzt", "is the feed working"),
    offer=("Einen Feed ansehen", "See a feed"),
)
def show(ctx: Context, feed: FeedRef) -> FeedCard:
    """The feed. Refuses: NotFound, FeedGone."""
    get_there(ctx, feed)
    return feed_card(ctx, feed)


@command(
    "feed ändern",
    "feed edit",
    role=Role.MODERATOR,
    de="sagen, was aus den Einträgen eines Feeds wird",
    en="say what becomes of the entries of a feed",
    example=("F1 modus: direkt", "F1 mode: direct"),
    there=are_there,
    words=(
        "nur noch als Entwurf",
        "direkt veröffentlichen",
        "nicht mehr direkt",
        "direkt posten",
        "only as drafts",
        "post directly",
    ),
    offer=("Einen Feed ändern", "Change a feed"),
)
def edit(ctx: Context, feed: FeedRef, *, mode: Mode | None = None, tags: Tags | None = None) -> FeedChanged:
    """New entries become news in this way, with these tags. Refuses: NotFound, FeedGone, NothingToChange."""
    before = get_there(ctx, feed)
    was = {"mode": before.mode, "tags": list(before.tags)}
    given = {"mode": mode, "tags": None if tags is None else list(tags)}
    wanted = was | {name: value for name, value in given.items() if value is not None}
    if wanted == was:
        raise nothing_to_change(ctx, same=any(value is not None for value in given.values()))
    ctx.undo(change_back, number=feed, was=was)
    return _set(ctx, feed, wanted)


@action
def change_back(ctx: Context, number: int, was: Machine) -> FeedChanged:
    """Its entries become news as before. Refuses: FeedGone."""
    get_there(ctx, number)
    return _set(ctx, number, was)


def _set(ctx: Context, number: int, wanted: dict[str, Any]) -> FeedChanged:
    stored.change(ctx.tx, number, **wanted)
    ctx.audit(f"F{number}")
    return FeedChanged(get(ctx, number), ctx.settings.zone)


@command(
    "feed entfernen",
    "feed remove",
    "feed löschen",
    "feed delete",
    "feed abbestellen",
    "feed unsubscribe",
    role=Role.MODERATOR,
    de="einen Feed entfernen, seine Neuigkeiten bleiben",
    en="remove a feed, its news stay",
    example=("F1", "F1"),
    there=are_there,
    words=(
        "abbestellen",
        "brauchts nicht mehr",
        "bringt nur Werbung",
        "nicht mehr übernehmen",
        "unsubscribe",
        "don't need the source",
        "get rid of",
    ),
    offer=("Einen Feed entfernen", "Remove a feed"),
)
def remove(ctx: Context, feed: FeedRef) -> FeedRemoved:
    """The feed is looked at no more; its news stay. Refuses: NotFound, FeedGone."""
    due_at = get_there(ctx, feed).due_at or ctx.now
    ctx.undo(restore, number=feed, due_at=due_at.isoformat())
    return _removed(ctx, feed)


@action
def restore(ctx: Context, number: int, due_at: str) -> FeedBack:
    """The feed is looked at again, as if it had not been removed."""
    stored.restore(ctx.tx, number, due_at=datetime.fromisoformat(due_at))
    ctx.audit(f"F{number}")
    return FeedBack(get(ctx, number), ctx.settings.zone)
