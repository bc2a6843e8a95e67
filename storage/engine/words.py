"""Indexes of words: which things a word stands in, each in a table of a word and the thing's key.

A table has `word`, of the type `WORD`, and the key of the thing, together the primary key, and an index of both the
other way round. What is searched for is the beginning of a word: a range of the index. Of several words the one that
the fewest have is read, and the others are looked up for what that has found; where even that is in very many, the list
is walked in its own order instead. So a page is found as quickly in a hundred thousand rows, and none is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, bindparam, delete, exists, func, insert, select

from storage.engine.base import Tx
from storage.engine.statements import Prepared

WORD: Final = String().with_variant(
    String(collation="C"), "postgresql"
)  # byte by byte, so a prefix is a range
LONGEST: Final = 60  # letters of a word that are looked at; more do not fit into an index
AFTER: Final = "\U0010ffff"  # comes after every letter
RARE: Final = 300  # rows with a word; what more have is not read for itself


class WordIndex:
    """The words of things, in one such table; `of` is its column with the thing's key."""

    def __init__(self, table: Any, of: Any) -> None:
        self._table, self._of = table, of
        this = of == bindparam("thing")
        self._known = Prepared(select(table.word).where(this))
        self._add = Prepared(insert(table).inline())
        self._drop = Prepared(delete(table).where(table.word == bindparam("key"), this))
        self._every = Prepared(_each(table.word))
        some = select(table.word).where(*self._begins(0)).limit(RARE + 1).subquery()
        self._some = Prepared(select(func.count()).select_from(some))

    # --- keeping it

    def set(self, tx: Tx, thing: object, words: Iterable[str]) -> None:
        """The thing is found by these words, and by no others."""
        wanted = {word[:LONGEST] for word in words if word}
        known = set(self._known.run(tx, {"thing": thing}).scalars())
        self.add(tx, thing, wanted - known)
        self.drop(tx, thing, known - wanted)

    def add(self, tx: Tx, thing: object, words: Iterable[str]) -> None:
        """The thing is found by these words too; it was not before."""
        if rows := [{"word": word, self._of.key: thing} for word in sorted(words)]:
            self._add.run(tx, rows)

    def drop(self, tx: Tx, thing: object, words: Iterable[str]) -> None:
        """The thing is not found by these words any more."""
        if rows := [{"key": word, "thing": thing} for word in sorted(words)]:
            self._drop.run(tx, rows)

    # --- reading it

    def every(self, tx: Tx) -> list[str]:
        """All words there are, each once, however many things have it."""
        return list(self._every.run(tx).scalars())

    def ranked(self, tx: Tx, words: Iterable[str]) -> tuple[tuple[str, ...], bool]:
        """The words for which `holding` is a condition, the rarest first, and whether few things have that one."""
        given = dict.fromkeys(word[:LONGEST] for word in words)
        found = sorted((self._some.run(tx, values_of((word,))).scalar_one(), word) for word in given)
        return tuple(word for _, word in found), bool(found) and found[0][0] <= RARE

    def holding(self, key: Any, words: int, *, few: bool = True) -> list[ColumnElement[bool]]:
        """Conditions for a statement: so many words stand in the thing with this key; for `values_of` the words.

        `few` things have the first of them, or all are counted: they are looked for, else it is looked up of each.
        """
        found: list[ColumnElement[bool]] = []
        for slot in range(words):
            if few and slot == 0:
                found.append(key.in_(select(self._of).where(*self._begins(slot))))
            else:
                found.append(exists().where(self._of == key, *self._begins(slot)))
        return found

    def _begins(self, slot: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        word = self._table.word
        return word >= bindparam(f"first{slot}"), word < bindparam(f"last{slot}")


def _each(word: Any) -> Select[Any]:
    """The values of an indexed column, from each to the next greater one; what they stand in is not read."""
    each = select(func.min(word).label("word")).cte("each", recursive=True)
    after = select(func.min(word)).where(word > each.c.word).correlate(each).scalar_subquery()
    each = each.union_all(select(after).where(each.c.word.is_not(None)))
    return select(each.c.word).where(each.c.word.is_not(None))


def values_of(words: Sequence[str]) -> dict[str, object]:
    """The values of the conditions for these words."""
    first: dict[str, object] = {f"first{slot}": word for slot, word in enumerate(words)}
    return first | {f"last{slot}": word + AFTER for slot, word in enumerate(words)}
