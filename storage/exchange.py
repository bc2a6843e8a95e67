"""The exchange: what municipalities offer and need, and which of it fits together.

What may fit is found by an index of keys: a row for each tag, stem, and pair of stems of an open posting, with what it
weighs. All of one town's keys are passed over while a key's newest rows are read, so every question reads a bounded
number of rows, however many postings there are. What a key is, is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Index,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows
from storage.engine.words import WORD, WordIndex, values_of

SLOTS: Final = 60  # keys looked at for one posting
NEWEST: Final = 60  # postings of each key
FITTING: Final = 20  # postings that one is matched with, the newest
ENOUGH: Final = 3  # that the keys in common weigh, from which on two fit together
A_TICK: Final = 100


class Posting(Base):
    """B6 is 6."""

    __tablename__ = "exchange_postings"
    __table_args__ = (
        Index(None, "state", "id", "kind"),
        Index(None, "state", "closes_at"),
        Index(None, "municipality", "state", "id"),
        Index(None, "author", "state", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]  # offer, need
    author: Mapped[str]  # Matrix id; empty after erasure
    municipality: Mapped[str]  # the author's; empty where they have none
    title: Mapped[str]
    text: Mapped[str]
    tags: Mapped[list[str]]
    state: Mapped[str]  # open, done, withdrawn: was taken back
    made_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    asked: Mapped[bool]  # the author, whether it shall stay open longer


class PostingWord(Base):
    """A word of a posting, folded, or a tag as `#tag#`, by which it is found."""

    __tablename__ = "exchange_words"
    __table_args__ = (Index(None, "posting", "word"), {"sqlite_with_rowid": False})
    word: Mapped[str] = mapped_column(WORD, primary_key=True)
    posting: Mapped[int] = mapped_column(primary_key=True)


class PostingKey(Base):
    """Something by which an open posting fits another one."""

    __tablename__ = "exchange_keys"
    __table_args__ = (Index(None, "posting"), {"sqlite_with_rowid": False})
    kind: Mapped[str] = mapped_column(WORD, primary_key=True)
    key: Mapped[str] = mapped_column(WORD, primary_key=True)
    posting: Mapped[int] = mapped_column(primary_key=True)
    municipality: Mapped[str]
    weight: Mapped[int]


class Match(Base):
    """An offer and a need have fitted together; the row stays where they do no more, so that nobody is told twice."""

    __tablename__ = "exchange_matches"
    __table_args__ = (Index(None, "need"),)
    offer: Mapped[int] = mapped_column(primary_key=True)
    need: Mapped[int] = mapped_column(primary_key=True)
    fits: Mapped[bool]  # still
    offer_told: Mapped[bool]  # who offers knows
    need_told: Mapped[bool]


_WORDS = WordIndex(PostingWord, PostingWord.posting)
_number: Any = bindparam("number")
_POSTING = Rows(Posting, select(Posting).where(Posting.id == _number))
_ADD = Prepared(insert(Posting))
_REMOVE = Prepared(delete(Posting).where(Posting.id == _number))
_ADD_KEY = Prepared(insert(PostingKey).inline())
_DROP_KEYS = Prepared(delete(PostingKey).where(PostingKey.posting == _number))
_OF_AUTHOR = Rows(
    Posting,
    select(Posting)
    .where(Posting.author == bindparam("author"), Posting.state == bindparam("state"))
    .order_by(Posting.id.desc()),
)
_ALL_OF_AUTHOR = Rows(
    Posting, select(Posting).where(Posting.author == bindparam("author")).order_by(Posting.id)
)
_open_until = and_(Posting.state == literal("open"), Posting.closes_at <= bindparam("at"))
_DUE = Rows(
    Posting,
    select(Posting)
    .where(_open_until, Posting.asked == bindparam("asked"))
    .order_by(Posting.closes_at, Posting.id)
    .limit(A_TICK),
)
_FORGET = Prepared(update(Posting).where(Posting.author == bindparam("who")).values(author=""))


def _with_key(slot: int) -> Select[tuple[int, int]]:
    """The newest of other towns with one key; a key is one row a posting."""
    one = (
        select(PostingKey.posting, PostingKey.weight)
        .where(
            PostingKey.kind == bindparam("kind"),
            PostingKey.key == bindparam(f"key{slot}"),
            PostingKey.municipality != bindparam("town"),
        )
        .order_by(PostingKey.posting.desc())
        .limit(NEWEST)
        .subquery()
    )
    return select(one.c.posting, one.c.weight)


_hits = union_all(*(_with_key(slot) for slot in range(SLOTS))).subquery()
_FITTING = Prepared(
    select(_hits.c.posting)
    .group_by(_hits.c.posting)
    .having(func.sum(_hits.c.weight) >= ENOUGH)
    .order_by(_hits.c.posting.desc())
    .limit(FITTING)
)
_of = or_(Match.offer == _number, Match.need == _number)
_MATCHES = Rows(Match, select(Match).where(_of).order_by(Match.offer, Match.need))
_the_match = and_(Match.offer == bindparam("of"), Match.need == bindparam("to"))
_MATCH = Rows(Match, select(Match).where(_the_match))
_ADD_MATCH = Prepared(insert(Match).inline())
_FITS = Prepared(update(Match).where(_the_match).values(fits=bindparam("now")))
_TOLD = {
    side: Prepared(update(Match).where(_the_match).values({f"{side}_told": True}))
    for side in ("offer", "need")
}


def put(tx: Tx, *, words: Iterable[str], **values: object) -> None:
    """Write a whole open posting, in place of one with this number."""
    _REMOVE.run(tx, {"number": values["id"]})
    _WORDS.set(tx, values["id"], words)
    _ADD.run(tx, {"state": "open", "asked": False, **values})


def find(tx: Tx, number: int) -> Posting | None:
    return _POSTING.first(tx, number=number)


def change(tx: Tx, number: int, *, words: Iterable[str] | None = None, **values: object) -> None:
    """Change columns of the posting; with `words`, it is found by these from now on."""
    if words is not None:
        _WORDS.set(tx, number, words)
    tx.execute(update(Posting).where(Posting.id == number).values(**values))


def list_open_of(tx: Tx, author: str) -> list[Posting]:
    """The person's open ones, the newest first."""
    return _OF_AUTHOR.all(tx, author=author, state="open")


def list_of(tx: Tx, author: str) -> list[Posting]:
    return _ALL_OF_AUTHOR.all(tx, author=author)


def list_due(tx: Tx, *, at: datetime, asked: bool) -> list[Posting]:
    """Some of the open ones that close by then, and about which the author has been asked, or not yet."""
    return _DUE.all(tx, at=at, asked=asked)


def forget(tx: Tx, author: str) -> None:
    """All that the person has posted stays, without a name."""
    _FORGET.run(tx, {"who": author})


# --- looking


@dataclass(frozen=True)
class Wanted:
    """Which postings are listed; `words`: folded, each the beginning of a word in it, or a tag as `#tag#`."""

    state: str
    kind: str | None = None
    municipality: str | None = None
    author: str | None = None
    words: tuple[str, ...] = ()

    @property
    def exactly(self) -> dict[str, str]:
        given = {"kind": self.kind, "municipality": self.municipality, "author": self.author}
        return {"state": self.state} | {name: value for name, value in given.items() if value is not None}


def list_page(tx: Tx, wanted: Wanted, *, limit: int, offset: int) -> tuple[list[Posting], int]:
    """Those that are wanted, newest first, and how many there are."""
    words, few = _WORDS.ranked(tx, wanted.words)
    values: dict[str, object] = wanted.exactly | values_of(words)
    count, page = _listed(tuple(wanted.exactly), len(words), few)
    total = int(count.run(tx, values).scalar_one())
    return page.all(tx, **values, limit=limit, offset=offset), total


@cache
def _listed(names: tuple[str, ...], words: int, few: bool) -> tuple[Prepared, Rows[Posting]]:
    found = select(Posting).where(*(getattr(Posting, name) == bindparam(name) for name in names))
    count = found.with_only_columns(func.count()).where(*_WORDS.holding(Posting.id, words))
    page = found.where(*_WORDS.holding(Posting.id, words, few=few)).order_by(Posting.id.desc())
    return Prepared(count), Rows(Posting, page.limit(bindparam("limit")).offset(bindparam("offset")))


# --- what fits


def set_keys(tx: Tx, posting: Posting, keys: Mapping[str, int]) -> None:
    """It is found by these keys, each with what it weighs, and by no others."""
    _DROP_KEYS.run(tx, {"number": posting.id})
    own = {"kind": posting.kind, "posting": posting.id, "municipality": posting.municipality}
    rows = [{**own, "key": key, "weight": weight} for key, weight in sorted(keys.items())]
    if rows:
        _ADD_KEY.run(tx, rows)


def fitting(tx: Tx, *, kind: str, town: str, keys: Sequence[str]) -> list[int]:
    """The newest postings of this kind from other towns with which enough keys are in common."""
    slots = {f"key{n}": key for n, key in enumerate((*keys, *[""] * SLOTS)[:SLOTS])}
    return list(_FITTING.run(tx, {"kind": kind, "town": town, **slots}).scalars())


def matches_of(tx: Tx, number: int) -> list[Match]:
    """All it has ever fitted with."""
    return _MATCHES.all(tx, number=number)


def find_match(tx: Tx, *, offer: int, need: int) -> Match | None:
    return _MATCH.first(tx, of=offer, to=need)


def add_match(tx: Tx, *, offer: int, need: int) -> None:
    row = {"offer": offer, "need": need, "fits": True, "offer_told": False, "need_told": False}
    _ADD_MATCH.run(tx, row)


def set_fits(tx: Tx, match: Match, fits: bool) -> None:
    _FITS.run(tx, {"of": match.offer, "to": match.need, "now": fits})


def set_told(tx: Tx, *, offer: int, need: int, side: str) -> None:
    """Who offers, or who needs it, knows of the match."""
    _TOLD[side].run(tx, {"of": offer, "to": need})
