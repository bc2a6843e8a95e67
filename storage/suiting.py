"""Members as they are looked for where people are needed: by what they say, or by where they come from.

Of all those who take part, only those are read who may come first: how many there are otherwise does not matter.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, exists, func, select

from storage.engine.base import Tx
from storage.engine.statements import Prepared, is_any
from storage.member_texts import TABLES
from storage.members import ACTIVE, Member
from storage.seats import HOLDING, Seat


class Fit(NamedTuple):
    """A member who takes part and does not pause."""

    user_id: str
    name_key: str
    municipality: str | None
    groups: int  # in which they sit already


_SITS = (Seat.user_id == Member.user_id, Seat.kind == "group", is_any(Seat.state, HOLDING))
_GROUPS = select(func.count()).where(*_SITS).scalar_subquery()


_FIT = select(Member.user_id, Member.name_key, Member.municipality, _GROUPS)


def _saying(table: Any) -> Prepared:
    known = _FIT.join(table, table.user_id == Member.user_id).where(table.word == bindparam("text"))
    return Prepared(known.where(ACTIVE))


_SAYING: Final = {kind: _saying(table) for kind, table in TABLES.items()}
_FREE = (
    _FIT.where(Member.state == "active", ~exists().where(*_SITS))
    # By their names, until there are enough: not all of these municipalities, to be sorted.
    .where((Member.municipality + "").in_(bindparam("places", expanding=True)))
    .order_by(Member.name_key, Member.user_id)
    .limit(bindparam("most"))
)
_ALL: Final = Prepared(_FIT.where(Member.state == "active"))


def list_saying(tx: Tx, kind: str, text: str) -> list[Fit]:
    """Those who say this text, as `member_texts.list_texts` has it."""
    return [Fit(*row) for row in _SAYING[kind].run(tx, {"text": text})]


def list_free(tx: Tx, places: Collection[str], *, most: int) -> list[Fit]:
    """The first, by their names, of those who come from these municipalities and sit in no group."""
    return [Fit(*row) for row in tx.execute(_FREE, {"places": list(places), "most": most})]


def list_all(tx: Tx) -> list[Fit]:
    return [Fit(*row) for row in _ALL.run(tx)]
