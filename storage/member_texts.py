"""What members say they know about and like: each text, and who says it, so that each is looked at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import Base, Tx
from storage.engine.words import WORD, WordIndex


class MemberKnowhow(Base):
    __tablename__ = "member_knowhow"
    __table_args__ = (Index(None, "user_id", "word"), {"sqlite_with_rowid": False})
    word: Mapped[str] = mapped_column(WORD, primary_key=True)  # as the member has written it
    user_id: Mapped[str] = mapped_column(primary_key=True)


class MemberInterest(Base):
    __tablename__ = "member_interests"
    __table_args__ = (Index(None, "user_id", "word"), {"sqlite_with_rowid": False})
    word: Mapped[str] = mapped_column(WORD, primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)


# By the names that the columns of `Member` have.
TABLES: Final = {"knowhow": MemberKnowhow, "interests": MemberInterest}
_INDEXES: Final = {
    "knowhow": WordIndex(MemberKnowhow, MemberKnowhow.user_id),
    "interests": WordIndex(MemberInterest, MemberInterest.user_id),
}


def keep(tx: Tx, user_id: str, said: dict[str, Iterable[str]]) -> None:
    """The member says these texts of each of these kinds, and no others."""
    for kind, texts in said.items():
        _INDEXES[kind].set(tx, user_id, texts)


def list_texts(tx: Tx, kind: str) -> list[str]:
    """All that is said by anybody, each text once."""
    return _INDEXES[kind].every(tx)
