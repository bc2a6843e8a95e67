"""The words of ideas: an index from each word to the ideas it stands in.

`word` holds three kinds of keys, told apart by their first sign: plain words of title and text, for search;
`.` with the stem of a title word, and `~` with its first four letters, to find ideas that are alike. What a
stem is, is not decided here. Every question reads a bounded number of rows, but for `among`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, String, bindparam, delete, func, insert, select, union_all

from storage.base import Base, Tx
from storage.ideas import Idea
from storage.statements import Prepared, Rows, Upsert, execute_upsert
from storage.tables import Mapped, mapped_column

SLOTS = 16  # keys looked at for one title
NEWEST = 60  # ideas of each key
ALIKE = 30  # ideas with the most keys in common
HITS = 150  # ideas of a word searched for: of the word itself, and of words that begin with it
AFTER = "{"  # comes after every letter: `word < "umzug{"` ends what begins with `umzug`

# Compared byte by byte on every database: a prefix is a range.
_Key = String().with_variant(String(collation="C"), "postgresql")


class IdeaWord(Base):
    __tablename__ = "idea_words"
    __table_args__ = ({"sqlite_with_rowid": False},)
    word: Mapped[str] = mapped_column(_Key, primary_key=True)
    idea_id: Mapped[int] = mapped_column(primary_key=True)


class IdeaTitle(Base):
    """The stems of an idea's title, in alphabetical order, with spaces between."""

    __tablename__ = "idea_titles"
    idea_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    stems: Mapped[str] = mapped_column(index=True)


_ADD = Prepared(insert(IdeaWord))
_REMOVE = Prepared(
    delete(IdeaWord).where(IdeaWord.word == bindparam("key"), IdeaWord.idea_id == bindparam("idea"))
)
_SET_TITLE = Upsert(IdeaTitle, "idea_id")
_REMOVE_TITLE = Prepared(delete(IdeaTitle).where(IdeaTitle.idea_id == bindparam("idea")))
_STANDING = Idea.state.not_in(("rejected", "merged", "withdrawn"))


def _newest(slot: int) -> Select[tuple[int]]:
    one = select(IdeaWord.idea_id).where(IdeaWord.word == bindparam(f"key{slot}"))
    return select(one.order_by(IdeaWord.idea_id.desc()).limit(NEWEST).subquery().c.idea_id)


_hits = union_all(*(_newest(slot) for slot in range(SLOTS))).subquery()
_most = (
    select(_hits.c.idea_id)
    .join(Idea, Idea.id == _hits.c.idea_id)
    .where(_STANDING)
    .group_by(_hits.c.idea_id)
    .order_by(func.count().desc(), _hits.c.idea_id.desc())
    .limit(ALIKE)
    .subquery()
)
_ALIKE = Rows(IdeaTitle, select(IdeaTitle).where(IdeaTitle.idea_id == _most.c.idea_id))
_SAME = Rows(
    IdeaTitle,
    select(IdeaTitle)
    .join(Idea, Idea.id == IdeaTitle.idea_id)
    .where(IdeaTitle.stems == bindparam("stems"), _STANDING)
    .order_by(IdeaTitle.idea_id.desc())
    .limit(3),
)
_begins = (IdeaWord.word >= bindparam("first"), IdeaWord.word < bindparam("last"))
_itself = (
    select(IdeaWord.idea_id).where(IdeaWord.word == bindparam("first")).order_by(IdeaWord.idea_id.desc())
)
_FIND = Prepared(
    union_all(
        select(_itself.limit(HITS).subquery().c.idea_id),
        select(select(IdeaWord.idea_id).where(*_begins).limit(HITS).subquery().c.idea_id),
    )
)
_AMONG = Prepared(
    select(IdeaWord.idea_id).where(*_begins, IdeaWord.idea_id.in_(bindparam("ids", expanding=True)))
)


def put(tx: Tx, idea_id: int, *, title: str, stems: Sequence[str], keys: Iterable[str]) -> None:
    """The idea is found by these keys from now on; its former ones have been removed."""
    execute_upsert(tx, _SET_TITLE, idea_id=idea_id, title=title, stems=" ".join(stems))
    rows = [{"word": key, "idea_id": idea_id} for key in sorted(set(keys))]
    if rows:
        _ADD.run(tx, rows)


def remove(tx: Tx, idea_id: int, *, keys: Iterable[str]) -> None:
    """The idea is found by none of these keys any more."""
    _REMOVE_TITLE.run(tx, {"idea": idea_id})
    rows = [{"key": key, "idea": idea_id} for key in sorted(set(keys))]
    if rows:
        _REMOVE.run(tx, rows)


def list_alike(tx: Tx, *, stems: Sequence[str], keys: Sequence[str]) -> list[IdeaTitle]:
    """Titles of ideas that were not turned down, merged or withdrawn, and have words in common with these."""
    slots = {f"key{n}": key for n, key in enumerate((*keys, *[""] * SLOTS)[:SLOTS])}
    return [*_SAME.all(tx, stems=" ".join(stems)), *_ALIKE.all(tx, **slots)]


def find(tx: Tx, prefix: str) -> set[int]:
    """Ideas with a word that begins so: all, or of very many a part with the newest."""
    return set(_FIND.run(tx, {"first": prefix, "last": prefix + AFTER}).scalars())


def among(tx: Tx, ids: set[int], prefix: str) -> set[int]:
    """Those of these ideas that have a word that begins so."""
    if not ids:
        return set()
    return set(_AMONG.run(tx, {"first": prefix, "last": prefix + AFTER, "ids": sorted(ids)}).scalars())
