"""What waits for a person, of all features together, and the world as somebody else meets it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from commands.framework.context import Asker, Context, Settings, Where
from commands.framework.declarations import AGENDA, WAITING, AgendaItem, Waits
from commands.framework.outside import Outside
from commands.framework.replies import Role
from storage import members
from storage.engine.base import Tx

SHOWN: Final = 5  # of a kind; the others are counted
AHEAD: Final = timedelta(days=366)


@dataclass(frozen=True)
class Pile:
    """All of a kind that waits for somebody; `more`: the line that lists it."""

    waits: tuple[Waits, ...]
    more: tuple[str, str]

    @property
    def shown(self) -> tuple[Waits, ...]:
        return self.waits[:SHOWN]

    @property
    def others(self) -> int:
        return len(self.waits) - len(self.shown)


def piles(ctx: Context) -> tuple[Pile, ...]:
    """All that waits for the asker, by kind; nothing for who takes no part, or pauses.

    First what waits for this very person, the dates of groups before the rest; then what comes with a role.
    """
    if ctx.me.role < Role.PI:
        return ()
    mine = [q for q in reversed(WAITING.values()) if q.role is None or ctx.me.role >= q.role]
    mine.sort(key=lambda queue: (queue.role is not None, -(queue.role or 0)))
    found = (Pile(tuple(queue.waits(ctx)), queue.more) for queue in mine)
    return tuple(pile for pile in found if pile.waits)


def refs_of(found: tuple[Pile, ...]) -> list[str]:
    return [one.ref for pile in found for one in pile.waits]


def next_dates(ctx: Context, said: Collection[str], *, most: int) -> list[AgendaItem]:
    """The next dates at which the asker will be, or may be, but for those said already, by reference."""
    found = [
        item
        for items in AGENDA.values()
        for item in items(ctx, ctx.now, ctx.now + AHEAD, ctx.me.user_id)
        if item.own and item.asked != "open" and item.ref not in said
    ]
    return sorted(found, key=lambda item: (item.start, item.ref))[:most]


def asker_of(tx: Tx, user_id: str, settings: Settings) -> Asker:
    """The person with the role they have now; what was granted counts for active members only."""
    member, level = members.find_with_level(tx, user_id)
    role = Role.ANYONE
    if member is not None and member.state != "left":
        role = Role(max(level, Role.PI)) if member.state == "active" else Role.KNOWN
    language = (member.language if member else None) or settings.language
    return Asker(user_id=user_id, member=member, role=role, language=language)


def as_asked_by(ctx: Context, user_id: str) -> Context:
    """The context as if this person asked in the direct chat, to look only."""
    me = asker_of(ctx.tx, user_id, ctx.settings)
    where = Where(user_id, direct=True, purpose=None)
    return replace(ctx, me=me, where=where, leads=None, outside=Outside())
