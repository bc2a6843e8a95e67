"""Members, their roles and preferences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage import member_texts
from storage.engine.base import Base, Tx
from storage.engine.letters import plain
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, in_parts
from storage.engine.words import WORD, WordIndex, values_of
from storage.registrations import Registration


class Member(Base):
    __tablename__ = "members"
    __table_args__ = (
        Index(None, "state", "name_key"),
        Index(None, "name_key"),
        Index(None, "municipality", "state", "name_key", "user_id"),
        Index(None, "state", "municipality"),
        Index(None, "state", "user_id"),
    )
    user_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str]  # folded, for finding
    state: Mapped[str]  # pending, active, paused, left
    municipality: Mapped[str | None]
    function: Mapped[str | None]
    knowhow: Mapped[list[str]] = mapped_column(JSON)
    interests: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str | None]
    reminders: Mapped[list[int] | None] = mapped_column(JSON)  # lead times in seconds; None: as configured
    digest: Mapped[bool]
    digest_at: Mapped[int | None]  # minutes of local time since Monday 0:00; None: Monday at 8
    joined_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    back_at: Mapped[datetime | None]  # of who pauses: when they are back by themselves
    paused_at: Mapped[datetime | None]  # of who pauses: since when
    public: Mapped[bool]  # the name may stand with their ideas on the pages that everybody can read
    calendar_files: Mapped[bool]  # calendar files come although the calendar subscribes to their dates


class MemberWord(Base):
    """A word of somebody's name or Matrix id, by which `mitglied liste` finds them."""

    __tablename__ = "member_words"
    __table_args__ = (Index(None, "user_id", "word"), {"sqlite_with_rowid": False})
    word: Mapped[str] = mapped_column(WORD, primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)


class Grant(Base):
    """A role somebody has; `level` is the number of commands.members.roles.Role."""

    __tablename__ = "roles"
    __table_args__ = (Index(None, "role", "user_id"),)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    process: Mapped[int] = mapped_column(primary_key=True, default=0)  # of a leader; else 0
    level: Mapped[int]
    granted_by: Mapped[str]  # Matrix id, `configuration`, or empty after erasure
    granted_at: Mapped[datetime]


@dataclass(frozen=True)
class Preferences:
    """As in `Member`."""

    language: str | None
    reminders: list[int] | None


THERE: Final = "there"  # those who take part: also who pauses


@dataclass(frozen=True)
class Filter:
    """The members to list; `words` are beginnings of words of a name or a Matrix id, all of which they have."""

    state: str  # of a member, or `THERE`
    municipality: str | None = None
    words: tuple[str, ...] = ()


def pauses(user: Mapped[str]) -> ColumnElement[bool]:
    """In a statement: this person pauses. They keep what they have, and are not asked, counted or moved up."""
    return exists().where(Member.user_id == user, Member.state == "paused")


# Active or paused, said so that SQLite walks the names in their order instead of sorting all who are there.
_THERE = and_(Member.state != "pending", Member.state != "left")
# Said so that SQLite looks up whether these people do, instead of reading all who do.
ACTIVE: Final = Member.state + "" == "active"
MEMBER = Rows(Member, select(Member).where(Member.user_id == bindparam("user_id")))
_PAUSING = select(Member.user_id).where(
    Member.state == "paused", Member.user_id.in_(bindparam("users", expanding=True))
)
_BACK = Prepared(
    select(Member.user_id)
    .where(Member.state == "paused", Member.back_at <= bindparam("at"))
    .order_by(Member.back_at, Member.user_id)
)
_SOME_ACTIVE = Rows(
    Member,
    select(Member)
    .where(Member.state == "active", Member.user_id > bindparam("after"))
    .order_by(Member.user_id)
    .limit(bindparam("limit")),
)
_PREFERENCES = select(Member.user_id, Member.language, Member.reminders).where(
    Member.user_id.in_(bindparam("users", expanding=True))
)
_NAMES = select(Member.user_id, Member.name).where(Member.user_id.in_(bindparam("users", expanding=True)))
_WITH_LEVEL = Prepared(
    select(
        Member,
        select(func.max(Grant.level)).where(Grant.user_id == Member.user_id).scalar_subquery().label("level"),
    ).where(Member.user_id == bindparam("user_id"))
)
_WITH_ROLE = Prepared(
    select(Grant.user_id)
    .join(Member, Member.user_id == Grant.user_id)
    .where(Grant.role == bindparam("held"), ACTIVE)
)
_NAMED = Rows(
    Member, select(Member).where(Member.name_key == bindparam("name_key"), Member.state != "left").limit(5)
)
_LOCAL = Rows(
    Member,
    select(Member)
    .where(Member.user_id >= bindparam("first"), Member.user_id < bindparam("after"), Member.state != "left")
    .limit(5),
)
_GRANTS = Rows(Grant, select(Grant).where(Grant.user_id == bindparam("user_id")).order_by(Grant.level.desc()))
_GRANTED = Rows(Grant, select(Grant).order_by(Grant.level.desc(), Grant.granted_at, Grant.user_id))
_RENAME = Prepared(
    update(Member)
    .where(Member.user_id == bindparam("user"), Member.name != bindparam("new"))
    .values(name=bindparam("new"), name_key=bindparam("new_key"))
)
_SET = Upsert(Member, "user_id")
_UNSAID: Final = {
    "back_at": None,
    "paused_at": None,
    "digest_at": None,
    "public": False,
    "calendar_files": False,
}
_GRANT = Upsert(Grant, "user_id", "role", "process", keep=True)
_WORDS = WordIndex(MemberWord, MemberWord.user_id)


_ACTIVE = Prepared(select(Member.user_id).where(Member.state == literal("active")).order_by(Member.user_id))


def find(tx: Tx, user_id: str) -> Member | None:
    return MEMBER.first(tx, user_id=user_id)


def list_pausing(tx: Tx, users: Sequence[str]) -> set[str]:
    """Those of these people who pause."""
    return {row[0] for part in in_parts(users) for row in tx.execute(_PAUSING, {"users": part})}


def list_back(tx: Tx, *, at: datetime) -> list[str]:
    """Those who paused until now."""
    return list(_BACK.run(tx, {"at": at}).scalars())


def some_active(tx: Tx, *, after: str, limit: int) -> list[Member]:
    """Some of those who take part and do not pause, by their ids, from behind this one."""
    return _SOME_ACTIVE.all(tx, after=after, limit=limit)


def preferences(tx: Tx, users: Sequence[str]) -> dict[str, Preferences]:
    """The preferences of those of these people who have a row."""
    return {
        row[0]: Preferences(row[1], row[2])
        for part in in_parts(users)
        for row in tx.execute(_PREFERENCES, {"users": part})
    }


def list_active(tx: Tx) -> list[str]:
    """All who take part and do not pause."""
    return list(_ACTIVE.run(tx).scalars())


def names(tx: Tx, users: Sequence[str]) -> dict[str, str]:
    """The names of those of these people who have a row."""
    return {row[0]: row[1] for part in in_parts(users) for row in tx.execute(_NAMES, {"users": part})}


def find_with_level(tx: Tx, user_id: str) -> tuple[Member | None, int]:
    """The member and the highest level of their roles (0 without)."""
    row: Any = _WITH_LEVEL.run(tx, {"user_id": user_id}).first()
    return (None, 0) if row is None else (row, row.level or 0)


def find_named(tx: Tx, name_key: str) -> list[Member]:
    """Up to five members of this folded name."""
    return _NAMED.all(tx, name_key=name_key)


def find_local(tx: Tx, localpart: str) -> list[Member]:
    """Up to five members whose Matrix ids are this one's, on whatever server."""
    return _LOCAL.all(tx, first=f"@{localpart}:", after=f"@{localpart};")


def list_called(tx: Tx, name_key: str) -> list[str]:
    """All who have this folded name, or it as one of their names, also those who have left."""
    spaced, part = literal(" ") + Member.name_key + literal(" "), f" {name_key} "
    return list(tx.execute(select(Member.user_id).where(spaced.contains(part, autoescape=True))).scalars())


def put(tx: Tx, **values: object) -> None:
    """Write a whole member row."""
    execute_upsert(tx, _SET, **(_UNSAID | values))
    _index(tx, str(values["user_id"]), values)


def change(tx: Tx, user_id: str, **values: object) -> None:
    tx.execute(update(Member).where(Member.user_id == user_id).values(**values))
    _index(tx, user_id, values)


def rename(tx: Tx, user_id: str, *, name: str, name_key: str) -> bool:
    """The member, if there is one, is called as in the rooms; False where that is so already."""
    renamed = _RENAME.run(tx, {"user": user_id, "new": name, "new_key": name_key}).rowcount > 0
    if renamed:
        _index(tx, user_id, {"name_key": name_key})
    return renamed


def remove(tx: Tx, user_id: str) -> None:
    tx.execute(delete(Member).where(Member.user_id == user_id))
    _WORDS.set(tx, user_id, ())
    member_texts.keep(tx, user_id, dict.fromkeys(member_texts.TABLES, ()))


def _index(tx: Tx, user_id: str, values: Mapping[str, Any]) -> None:
    """The member is found by these of their columns."""
    if "name_key" in values:
        _WORDS.set(tx, user_id, words_of(user_id, values["name_key"]))
    member_texts.keep(tx, user_id, {kind: values[kind] for kind in member_texts.TABLES if kind in values})


def words_of(user_id: str, name_key: str) -> set[str]:
    """By what somebody is found; a server is a word with a colon, as it stands in Matrix ids."""
    local, _, server = user_id.casefold().removeprefix("@").partition(":")
    return {*name_key.split(), *re.findall(r"[^\W_]+", plain(local)), f":{server}"}


def list_page(tx: Tx, which: Filter, *, offset: int, limit: int) -> list[Member]:
    """Members by name."""
    query, values = _asked(tx, which)
    return _page(*query).all(tx, offset=offset, limit=limit, **values)


def count(tx: Tx, which: Filter) -> int:
    query, values = _asked(tx, which)
    return int(_count(*query[:3]).run(tx, values).scalar_one())


def _asked(tx: Tx, which: Filter) -> tuple[tuple[bool, bool, int, bool], dict[str, object]]:
    """What is asked for, as `_which` takes it, and the values."""
    words, few = _WORDS.ranked(tx, which.words)
    given = {"municipality": which.municipality, "state": which.state if which.state != THERE else None}
    values = {name: value for name, value in given.items() if value is not None} | values_of(words)
    return (which.state == THERE, which.municipality is not None, len(words), few), values


@cache
def _page(there: bool, in_one: bool, words: int, few: bool) -> Rows[Member]:
    query = _which(select(Member), there, in_one, words, few).order_by(Member.name_key, Member.user_id)
    return Rows(Member, query.offset(bindparam("offset")).limit(bindparam("limit")))


@cache
def _count(there: bool, in_one: bool, words: int) -> Prepared:
    return Prepared(_which(select(func.count()).select_from(Member), there, in_one, words, few=True))


def _which(query: Select[Any], there: bool, in_one: bool, words: int, few: bool) -> Select[Any]:
    query = query.where(_THERE if there else Member.state == bindparam("state"))
    if in_one:
        query = query.where(Member.municipality == bindparam("municipality"))
    return query.where(*_WORDS.holding(Member.user_id, words, few=few))


def grants(tx: Tx, user_id: str) -> list[Grant]:
    return _GRANTS.all(tx, user_id=user_id)


def list_grants(tx: Tx) -> list[Grant]:
    return _GRANTED.all(tx)


def grant(tx: Tx, *, user_id: str, role: str, level: int, by: str, at: datetime, process: int = 0) -> bool:
    """Give a role; False if the person has it."""
    return execute_upsert(
        tx, _GRANT, user_id=user_id, role=role, process=process, level=level, granted_by=by, granted_at=at
    )


def revoke(tx: Tx, *, user_id: str, role: str, process: int = 0) -> bool:
    query = delete(Grant).where(Grant.user_id == user_id, Grant.role == role, Grant.process == process)
    return tx.execute(query).rowcount > 0


def revoke_all(tx: Tx, user_id: str) -> None:
    """The person has no role any more, and leads nothing."""
    tx.execute(delete(Grant).where(Grant.user_id == user_id))


def forget_granter(tx: Tx, user_id: str) -> None:
    """The roles that this person gave stay, without saying who gave them."""
    tx.execute(update(Grant).where(Grant.granted_by == user_id).values(granted_by=""))


def count_with_role(tx: Tx, role: str) -> int:
    """The number of active members with the role."""
    query = select(func.count()).select_from(Grant).join(Member, Member.user_id == Grant.user_id)
    return tx.execute(query.where(Grant.role == role, ACTIVE)).scalar_one()


def list_words(tx: Tx, field: str, *, limit: int) -> list[str]:
    """What people say of themselves in `knowhow` or `interests`, the newest members' first, each as often as said."""
    column = {"knowhow": Member.knowhow, "interests": Member.interests}[field]
    newest = (
        select(column)
        .where(Member.state == "active")
        .order_by(Member.joined_at.desc(), Member.user_id)
        .limit(limit)
    )
    return [word for words in tx.execute(newest).scalars() for word in words]


def list_with_role(tx: Tx, role: str) -> list[str]:
    return list(_WITH_ROLE.run(tx, {"held": role}).scalars())


def list_alike(tx: Tx, words: Sequence[str], *, waiting: bool) -> list[Member]:
    """Up to fifty people of whom each word begins a name, of those who take part; `waiting`: or have registered."""
    states = ("active", "paused", "pending") if waiting else ("active", "paused")
    spaced = literal(" ") + Member.name_key
    begun = (spaced.contains(f" {word}", autoescape=True) for word in words)
    query = select(Member).where(Member.state.in_(states), *begun).order_by(Member.name_key).limit(50)
    return Rows(Member, query).all(tx)


def list_names(tx: Tx, first: str, *, limit: int) -> list[Member]:
    """People who take part and whose name begins with these letters."""
    query = select(Member).where(_THERE, Member.name_key.startswith(first, autoescape=True))
    return Rows(Member, query.order_by(Member.name_key).limit(limit)).all(tx)


def find_declined(tx: Tx, name_key: str) -> list[Member]:
    """Up to five people of this folded name who take no part because they were declined."""
    asked = select(Registration.user_id).where(Registration.outcome == "declined")
    query = select(Member).where(
        Member.name_key == name_key, Member.state == "left", Member.user_id.in_(asked)
    )
    return Rows(Member, query.limit(5)).all(tx)
