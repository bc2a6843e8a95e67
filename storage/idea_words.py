"""The words of ideas: an index from each word to the ideas it stands in.

`word` holds three kinds of keys, told apart by their first sign: plain words of title and text, for search;
`.` with the stem of a title word, and `~` with its first four letters, to find ideas that are alike. What a
stem is, is not decided here. A word is found by any part of it too («kalender» in «Entsorgungskalender»): by the
ends of all the words there are, each once, so that a part is the beginning of an end. Every question reads a
bounded number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    Boolean,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert, is_none
from storage.engine.words import AFTER, WORD, WordIndex
from storage.ideas import Idea

SLOTS = 16  # keys looked at for one title
NEWEST = 60  # ideas of each key
ALIKE = 30  # ideas with the most keys in common
HITS = 150  # ideas of what is searched for: of the word itself, and of words it is a part of
PART = 3  # letters an end of a word has at least
SPREAD = 50  # words with this part that are looked at in ideas found by another
MARKS = (".", "~")  # what keys begin with that are no words


class IdeaWord(Base):
    __tablename__ = "idea_words"
    __table_args__ = ({"sqlite_with_rowid": False},)
    word: Mapped[str] = mapped_column(WORD, primary_key=True)
    idea_id: Mapped[int] = mapped_column(primary_key=True)


class WordPart(Base):
    """The ends of each word that stands in an idea, from the whole word on."""

    __tablename__ = "word_parts"
    __table_args__ = ({"sqlite_with_rowid": False},)
    part: Mapped[str] = mapped_column(WORD, primary_key=True)
    word: Mapped[str] = mapped_column(WORD, primary_key=True)


class IdeaTitle(Base):
    """The stems of an idea's title, in alphabetical order, with spaces between."""

    __tablename__ = "idea_titles"
    idea_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    stems: Mapped[str] = mapped_column(index=True)


_WORDS = WordIndex(IdeaWord, IdeaWord.idea_id)
_SET_TITLE = Upsert(IdeaTitle, "idea_id")
_REMOVE_TITLE = Prepared(delete(IdeaTitle).where(IdeaTitle.idea_id == bindparam("idea")))
_STANDING = is_none(Idea.state, ("rejected", "merged", "withdrawn"))


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
_known = select(WordPart.word).where(
    WordPart.part.in_(bindparam("words", expanding=True)), WordPart.word == WordPart.part
)
_KNOWN = Prepared(_known)
_UNUSED = Prepared(_known.where(~exists(IdeaWord.word).where(IdeaWord.word == WordPart.word)))
_ADD_PART = Prepared(insert(WordPart))
_REMOVE_PART = Prepared(
    delete(WordPart).where(WordPart.part == bindparam("end"), WordPart.word == bindparam("of"))
)
# What is searched for is the beginning of a part: of any, or where it is very short, of whole words only.
_contains = (
    WordPart.part >= bindparam("first"),
    WordPart.part < bindparam("last"),
    or_(WordPart.part == WordPart.word, bindparam("inside", type_=Boolean)),
)
_itself = (
    select(IdeaWord.idea_id).where(IdeaWord.word == bindparam("first")).order_by(IdeaWord.idea_id.desc())
)
_longer = (
    select(IdeaWord.idea_id)
    .join_from(WordPart, IdeaWord, IdeaWord.word == WordPart.word)
    .where(*_contains, WordPart.word != bindparam("first"))
)
_FIND = Prepared(
    union_all(
        select(_itself.limit(HITS).subquery().c.idea_id),
        select(_longer.limit(HITS).subquery().c.idea_id),
    )
)
_words = select(WordPart.word).where(*_contains).limit(SPREAD).subquery()
_AMONG = Prepared(
    select(IdeaWord.idea_id)
    .join_from(_words, IdeaWord, IdeaWord.word == _words.c.word)
    .where(IdeaWord.idea_id.in_(bindparam("ids", expanding=True)))
)


def put(tx: Tx, idea_id: int, *, title: str, stems: Sequence[str], keys: set[str]) -> None:
    """The idea has this title, and is found by these keys too from now on."""
    execute_upsert(tx, _SET_TITLE, idea_id=idea_id, title=title, stems=" ".join(stems))
    _WORDS.add(tx, idea_id, keys)
    words = _words_among(keys)
    known = set(_KNOWN.run(tx, {"words": words}).scalars()) if words else set()
    parts = [{"part": part, "word": word} for word in words if word not in known for part in parts_of(word)]
    if parts:
        _ADD_PART.run(tx, parts)


def remove(tx: Tx, idea_id: int, *, keys: set[str]) -> None:
    """The idea is found by none of these keys any more; a word that no other idea has is gone."""
    _WORDS.drop(tx, idea_id, keys)
    words = _words_among(keys)
    unused = _UNUSED.run(tx, {"words": words}).scalars() if words else []
    parts = [{"end": part, "of": word} for word in unused for part in parts_of(word)]
    if parts:
        _REMOVE_PART.run(tx, parts)


def remove_title(tx: Tx, idea_id: int) -> None:
    """The idea is not among those that a title is compared with."""
    _REMOVE_TITLE.run(tx, {"idea": idea_id})


def parts_of(word: str) -> list[str]:
    """The word and its ends, of three letters or more."""
    return [word, *(word[start:] for start in range(1, len(word) - PART + 1))]


def _words_among(keys: Iterable[str]) -> list[str]:
    """The keys that are words."""
    return [key for key in sorted(set(keys)) if not key.startswith(MARKS)]


def list_alike(tx: Tx, *, stems: Sequence[str], keys: Sequence[str]) -> list[IdeaTitle]:
    """Titles of ideas that were not turned down, merged or withdrawn, and have words in common with these."""
    slots = {f"key{n}": key for n, key in enumerate((*keys, *[""] * SLOTS)[:SLOTS])}
    return [*_SAME.all(tx, stems=" ".join(stems)), *_ALIKE.all(tx, **slots)]


def find(tx: Tx, part: str) -> set[int]:
    """Ideas with a word in which this stands: all, or of very many a part, those with the very word first."""
    return set(_FIND.run(tx, _range(part)).scalars())


def among(tx: Tx, ids: set[int], part: str) -> set[int]:
    """Those of these ideas that have a word in which this stands."""
    if not ids:
        return set()
    return set(_AMONG.run(tx, _range(part) | {"ids": sorted(ids)}).scalars())


def _range(part: str) -> dict[str, object]:
    return {"first": part, "last": part + AFTER, "inside": len(part) >= PART}
