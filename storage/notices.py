"""What there may be to tell people, or a room, in a while: what it is about, and how that was before.

Each waits for its time: half a minute, ten minutes, or the weekly digest. No text is kept: it is made when it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, bindparam, delete, insert, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, in_parts


class Notice(Base):
    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "recipient", "digest", "topic", "about"),
        Index(None, "due_at", "recipient", "digest"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]  # a Matrix id, or the purpose of a room
    digest: Mapped[bool]  # it is for the weekly digest
    topic: Mapped[str]  # see `commands.notices.gathered.told`
    about: Mapped[str]  # the thing, as JSON with sorted names
    before: Mapped[dict[str, Any]] = mapped_column(JSON)  # how it was, by aspect, when it was last known
    words: Mapped[str | None]  # said with the latest change
    at: Mapped[datetime]  # when it may be told at the earliest
    due_at: Mapped[datetime]


_ADD = Prepared(insert(Notice))
_KEY = (
    Notice.recipient == bindparam("to"),
    Notice.digest == bindparam("in_digest"),
    Notice.topic == bindparam("of"),
    Notice.about == bindparam("thing"),
)
_FIND = Rows(Notice, select(Notice).where(*_KEY))
_FIND_ALL = select(Notice.id, Notice.recipient, Notice.before, Notice.due_at).where(
    Notice.recipient.in_(bindparam("to", expanding=True)),
    Notice.digest == literal(False),
    Notice.topic == bindparam("of"),
    Notice.about == bindparam("thing"),
)
_ADD_ALL = Prepared(insert(Notice).inline())  # many at once return no numbers
_CHANGE = Prepared(
    update(Notice)
    .where(Notice.id == bindparam("number"))
    .values(
        before=bindparam("was"), words=bindparam("said"), at=bindparam("earliest"), due_at=bindparam("due")
    )
)
_DROP = Prepared(delete(Notice).where(*_KEY))
_RIPE = (
    Notice.recipient == bindparam("to"),
    Notice.digest == bindparam("in_digest"),
    Notice.at <= bindparam("now"),
)
_OF = Rows(Notice, select(Notice).where(*_RIPE).order_by(Notice.id))
_TAKE = Prepared(delete(Notice).where(*_RIPE))
_HASTEN = Prepared(
    update(Notice)
    .where(Notice.recipient == bindparam("to"), Notice.topic == bindparam("of"))
    .values(at=bindparam("earliest"), due_at=bindparam("due"))
)
_PUT_OFF = Prepared(
    update(Notice)
    .where(Notice.recipient == bindparam("to"), Notice.digest == bindparam("in_digest"))
    .values(due_at=bindparam("due"))
)
_WAITS = Prepared(
    select(Notice.id).where(Notice.recipient == bindparam("to"), Notice.topic == bindparam("of")).limit(1)
)
_DUE = Prepared(
    select(
        (Notice.recipient + "").label(
            "recipient"
        ),  # so that it is found by `due_at`, not read in their order
        Notice.digest,
    )
    .where(Notice.due_at <= bindparam("at"))
    .distinct()
    .limit(bindparam("limit"))
)


def add(
    tx: Tx,
    *,
    recipient: str,
    topic: str,
    about: str,
    before: dict[str, Any],
    at: datetime,
    due_at: datetime,
    words: str | None = None,
    digest: bool = False,
) -> None:
    """The recipient may have to be told; of what waits about the same already, the older `before` counts."""
    known = _FIND.first(tx, to=recipient, in_digest=digest, of=topic, thing=about)
    if known is None:
        values = {"recipient": recipient, "digest": digest, "topic": topic, "about": about}
        _ADD.run(tx, values | {"before": before, "words": words, "at": at, "due_at": due_at})
        return
    was, due = before | known.before, max(known.due_at, at)
    _CHANGE.run(tx, {"number": known.id, "was": was, "said": words, "earliest": at, "due": due})


def add_all(
    tx: Tx, *, before: Mapping[str, dict[str, Any]], topic: str, about: str, at: datetime, due_at: datetime
) -> None:
    """These recipients may have to be told, soon; `before`: how it was, by recipient."""
    known = {
        row.recipient: row
        for part in in_parts(list(before))
        for row in tx.execute(_FIND_ALL, {"of": topic, "thing": about, "to": part})
    }
    about_it = {"digest": False, "topic": topic, "about": about, "words": None, "at": at, "due_at": due_at}
    new = [{"recipient": to, "before": was, **about_it} for to, was in before.items() if to not in known]
    if new:
        _ADD_ALL.run(tx, new)
    again = [
        {
            "number": row.id,
            "was": before[to] | row.before,
            "said": None,
            "earliest": at,
            "due": max(row.due_at, at),
        }
        for to, row in known.items()
    ]
    if again:
        _CHANGE.run(tx, again)


def drop(tx: Tx, *, recipient: str, topic: str, about: str, digest: bool = False) -> None:
    """The recipient knows already: nothing about this waits."""
    _DROP.run(tx, {"to": recipient, "in_digest": digest, "of": topic, "thing": about})


def waits(tx: Tx, *, recipient: str, topic: str) -> bool:
    """Does anything on this topic wait for the recipient?"""
    return _WAITS.run(tx, {"to": recipient, "of": topic}).first() is not None


def hasten(tx: Tx, *, recipient: str, topic: str, at: datetime, due_at: datetime) -> None:
    """All that waits for the recipient on this topic waits until then."""
    _HASTEN.run(tx, {"to": recipient, "of": topic, "earliest": at, "due": due_at})


def put_off(tx: Tx, recipient: str, *, digest: bool, due_at: datetime) -> None:
    """All that the recipient may have to be told waits until then."""
    _PUT_OFF.run(tx, {"to": recipient, "in_digest": digest, "due": due_at})


def due(tx: Tx, *, at: datetime, limit: int) -> list[tuple[str, bool]]:
    """Some to whom something is due, and whether it is their digest."""
    return [(row[0], bool(row[1])) for row in _DUE.run(tx, {"at": at, "limit": limit})]


def take(tx: Tx, recipient: str, *, digest: bool, at: datetime) -> list[Notice]:
    """All that may be told by now, oldest first; it is gone from the store."""
    values = {"to": recipient, "in_digest": digest, "now": at}
    found = _OF.all(tx, **values)
    _TAKE.run(tx, values)
    return found
