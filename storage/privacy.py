"""What the bot's own tables hold about a person: events handled, messages sent, reactions, notices.

Rows that keep the bot from doing something twice stay, without the person in them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote

from sqlalchemy import JSON, ColumnElement, String, Table, bindparam, cast, delete, func, or_, select, update

from storage import inbox, naming, outbox
from storage.cards import Card, Offer, Tap
from storage.engine.base import Base, Tx, containing
from storage.engine.database import SCRUB
from storage.engine.statements import Rows, table_of
from storage.inbox import Handled
from storage.members import Member
from storage.naming import NAMING
from storage.notices import Notice
from storage.outbox import Outgoing
from storage.rooms import FORGOTTEN, Occupant

_DUE = "erasure"  # the fact that somebody was erased, whom the journal may still name
_HANDLED = Rows(
    Handled, select(Handled).where(Handled.sender == bindparam("user_id")).order_by(Handled.origin_at)
)
_ASKED = Rows(
    Handled,
    select(Handled).where(
        Handled.sender == bindparam("user_id"),
        Handled.handled_at >= bindparam("since"),
        Handled.command == bindparam("command"),
        Handled.outcome == "done",
    ),
)
_TAPS = Rows(Tap, select(Tap).where(Tap.user_id == bindparam("user_id")))
_NOTICES = Rows(Notice, select(Notice).where(Notice.recipient == bindparam("user_id")).order_by(Notice.id))
_OCCUPANTS = Rows(
    Occupant, select(Occupant).where(Occupant.user_id == bindparam("user_id")).order_by(Occupant.room_id)
)


@dataclass(frozen=True)
class Person:
    """The person whom the store is to forget: the Matrix id, all names the person is known by, and the direct chats."""

    user_id: str
    names: tuple[str, ...]
    rooms: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # members' names that have one of these names in them

    @cached_property
    def full_names(self) -> tuple[str, ...]:
        """Those that mean this person wherever they are said; «Frei» is a word too."""
        return tuple(name for name in self.names if " " in name)

    def without(self, text: str, names: Collection[str], stand_in: str) -> str:
        """The text with something else in place of the person; longer names of others stay."""
        said = [self.user_id, quote(self.user_id, safe=""), *names, *map(html.escape, names)]
        kept = [*self.others, *map(html.escape, self.others)]
        either = "|".join(re.escape(one) for one in sorted({*said, *kept}, key=len, reverse=True))
        mine = {one.casefold() for one in said}
        return re.sub(
            rf"(?<!\w)(?:{either})(?!\w)",
            lambda found: stand_in if found[0].casefold() in mine else found[0],
            text,
            flags=re.IGNORECASE,
        )


def person(tx: Tx, user_id: str, rooms: Collection[str] = ()) -> Person:
    seen = select(Occupant.display_name).where(Occupant.user_id == user_id)
    called = select(Member.name).where(Member.user_id == user_id)
    names = {*tx.execute(seen).scalars(), *tx.execute(called).scalars()} - {user_id, ""}
    longer = or_(*(func.lower(Member.name).like(containing(name.lower()), escape="/") for name in names))
    others = (
        tx.execute(select(Member.name).where(longer, Member.user_id != user_id)).scalars() if names else ()
    )
    kept = tuple(name for name in others if name.casefold() not in {n.casefold() for n in names})
    return Person(user_id, tuple(sorted(names)), tuple(rooms), kept)


# --- read


def list_asked(tx: Tx, *, user_id: str, command: str, since: datetime) -> list[str]:
    """The events by which the person gave this command since then, and it was carried out."""
    return [row.event_id for row in _ASKED.all(tx, user_id=user_id, command=command, since=since)]


def list_handled(tx: Tx, user_id: str) -> list[Handled]:
    return _HANDLED.all(tx, user_id=user_id)


def list_taps(tx: Tx, user_id: str) -> list[Tap]:
    return _TAPS.all(tx, user_id=user_id)


def list_offers(tx: Tx, user_id: str) -> list[Offer]:
    """The offers that the person may take up, and those of others that are about the person."""
    return Rows(Offer, select(Offer).where(_about(Offer, user_id)).order_by(Offer.outbox_id)).all(tx)


def list_notices(tx: Tx, user_id: str) -> list[Notice]:
    return _NOTICES.all(tx, user_id=user_id)


def list_occupied(tx: Tx, user_id: str) -> list[Occupant]:
    """The rooms in which the person is or was seen."""
    return _OCCUPANTS.all(tx, user_id=user_id)


def list_sent(tx: Tx, rooms: Collection[str]) -> list[Outgoing]:
    """The messages to these rooms that are still kept."""
    query = select(Outgoing).where(Outgoing.room.in_(rooms), Outgoing.kind.in_((*outbox.SAID, "edit")))
    return Rows(Outgoing, query.order_by(Outgoing.id)).all(tx)


def list_sent_about(tx: Tx, user_id: str, *, but: Collection[str]) -> list[Outgoing]:
    """The messages to other rooms about the person that are still kept: all that has the Matrix id in it."""
    query = select(Outgoing).where(
        Outgoing.id.in_(NAMING),
        _holds(Outgoing.content, [user_id]),
        Outgoing.room.not_in(but),
        Outgoing.kind.in_((*outbox.SAID, "edit")),
    )
    known = {"named": user_id.casefold(), "up_to": naming.up_to(tx)}
    found = Rows(Outgoing, query.order_by(Outgoing.id)).all(tx, **known)
    return [row for row in found if naming.is_named(user_id, row.content)]  # by LIKE, @pia:a is in @pia:a.ch


# --- forget


def forget_handled(tx: Tx, user_id: str) -> None:
    tx.execute(update(Handled).where(Handled.sender == user_id).values(sender=""))


def forget_taps(tx: Tx, user_id: str) -> None:
    """The reactions stand in the rooms; whose they are, nothing tells but the homeserver."""
    tx.execute(update(Tap).where(Tap.user_id == user_id).values(user_id=""))


def forget_offers(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Offer).where(_about(Offer, user_id)))


def forget_notices(tx: Tx, user_id: str) -> None:
    """Nothing waits to be told to the person, or to others about the person."""
    tx.execute(delete(Notice).where(or_(Notice.recipient == user_id, _holds(Notice.about, [user_id]))))


def forget_occupied(tx: Tx, user_id: str) -> None:
    """If the person still sits in a room, the homeserver says so to everybody in the room: by Matrix id alone."""
    tx.execute(delete(Occupant).where(Occupant.user_id == user_id, Occupant.membership.in_(("leave", "ban"))))
    tx.execute(update(Occupant).where(Occupant.user_id == user_id).values(display_name=user_id))


def forget_cards(tx: Tx, user_id: str, room: str | None) -> None:
    """A card that was meant for the person before there was a direct chat is in the one that came of it."""
    mine = Card.room_id == user_id
    tx.execute(update(Card).where(mine).values(room_id=room) if room else delete(Card).where(mine))


def forget_sent(tx: Tx, who: Person) -> None:
    """Messages that name the person, or were said to them, are empty; unsent ones will be, once they are sent."""
    said = [who.user_id, quote(who.user_id, safe=""), *who.names]
    named = or_(Outgoing.room.in_([who.user_id, *who.rooms]), _holds(Outgoing.content, said))
    outbox.empty(tx, list(tx.execute(select(Outgoing.id).where(named)).scalars()))
    naming.forget(tx, who.user_id)
    inbox.set_fact(tx, _DUE, "due")
    tx.info[SCRUB] = True


def forget_mentions(tx: Tx, who: Person) -> None:
    """No text of any table says the person's Matrix id or full name any more.

    Of the tables still to come too: what a feature holds of a person it erases itself, this is what people wrote.
    Names of one word are looked for only in what people are told about people. A row whose key names the person
    is gone.
    """
    for table in Base.metadata.sorted_tables:
        if table not in (table_of(Outgoing), table_of(Occupant)):
            called = who.names if table is table_of(Notice) else who.full_names
            _rewrite(
                tx, table, [who.user_id, *called], partial(who.without, names=called, stand_in=FORGOTTEN)
            )


def _rewrite(tx: Tx, table: Table, said: Collection[str], change: Callable[[str], str]) -> None:
    columns = [c for c in table.columns if isinstance(c.type, String | JSON)]
    if not columns:
        return
    for row in tx.execute(select(table).where(or_(*(_holds(c, said) for c in columns)))).mappings().all():
        new = {c.name: value for c in columns if (value := _changed(row[c], change)) != row[c]}
        this = [c == row[c] for c in table.primary_key.columns]
        if new.keys() & table.primary_key.columns.keys():
            tx.execute(delete(table).where(*this))
        elif new:
            tx.execute(update(table).where(*this).values(new))


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_changed(one, change) for one in value]
    if isinstance(value, dict):
        return {change(name): _changed(one, change) for name, one in value.items()}
    return value


def _holds(column: Any, said: Collection[str]) -> ColumnElement[bool]:
    """Has the column one of these texts in it, however it is written in HTML and in JSON?"""
    forms = {form for one in said for form in (one, html.escape(one))}
    forms |= {json.dumps(form)[1:-1] for form in forms}
    text = func.lower(cast(column, String))
    return or_(*(text.like(containing(form.lower()), escape="/") for form in sorted(forms)))


def _about(offer: type[Offer], user_id: str) -> ColumnElement[bool]:
    return or_(offer.user_id == user_id, _holds(offer.data, [user_id]))


def overwrite(tx: Tx) -> None:
    """After an erasure: once all that still named the person is sent, nothing of it is left in the journal."""
    if inbox.fact(tx, _DUE) != "due":
        return
    left = select(Outgoing.id).where(Outgoing.state == "pending", Outgoing.fleeting)
    if tx.execute(left.where(Outgoing.kind.not_in(outbox.NAMING)).limit(1)).first() is None:
        inbox.set_fact(tx, _DUE, "done")
    tx.info[SCRUB] = True
