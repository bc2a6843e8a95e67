"""Work products of processes, and what the group's members answer to those in review: one answer a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, bindparam, delete, exists, select, update
from sqlalchemy.orm import Mapped, mapped_column

from storage.cards import Card
from storage.engine.base import Base, Tx
from storage.engine.statements import Prepared, Rows, Upsert, execute_upsert
from storage.processes import Process
from storage.seats import Seat


class Product(Base):
    """A work product; one that nobody has begun has no row, and is open."""

    __tablename__ = "products"
    __table_args__ = (Index(None, "state"),)
    process: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]  # open, draft, in_review, released
    link: Mapped[str | None]
    asked_at: Mapped[datetime | None]  # since when the group is asked about what the link shows
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]  # the coordinator who did it alone; None: the consent of the group
    reason: Mapped[str | None]  # for that
    text: Mapped[str | None]  # what it says, beside what the link shows
    lifted_at: Mapped[datetime | None]  # when the last objection was: a release by it has a minute's grace
    changed_at: Mapped[datetime]


class Answer(Base):
    """A member's answer to a work product in review, or has said to one that was released by it."""

    __tablename__ = "product_answers"
    __table_args__ = (Index(None, "user_id"),)
    process: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]  # consent, objection; lifted: has taken an objection back, and said nothing since
    text: Mapped[str | None]  # of the objection, also of one taken back; None where it was never said
    carrier: Mapped[str]  # the event that brought it about: a reaction that may be taken off, or a command
    at: Mapped[datetime]


_OF = (Answer.process == bindparam("process"), Answer.code == bindparam("code"))
_ONE = (*_OF, Answer.user_id == bindparam("user_id"))
_PRODUCT = Rows(
    Product, select(Product).where(Product.process == bindparam("process"), Product.code == bindparam("code"))
)
_LIST = Rows(Product, select(Product).where(Product.process == bindparam("process")))
_STATES = Prepared(select(Product.code, Product.state).where(Product.process == bindparam("process")))
_ALL_STATES = Prepared(select(Product.process, Product.code, Product.state))
_IN_REVIEW = Prepared(
    select(Product.code).where(Product.process == bindparam("process"), Product.state == "in_review")
)
_ALL_IN_REVIEW = Rows(Product, select(Product).where(Product.state == "in_review"))
_PLACED = Prepared(select(Card.number).where(Card.kind == "product"))
_PUT = Upsert(Product, "process", "code")
_CLEAR = Prepared(delete(Product).where(Product.process == bindparam("number")))
_ANSWERS = Rows(Answer, select(Answer).where(*_OF).order_by(Answer.at, Answer.user_id))
_ANSWER = Rows(Answer, select(Answer).where(*_ONE))
_PUT_ANSWER = Upsert(Answer, "process", "code", "user_id")
_REMOVE_ANSWER = Prepared(delete(Answer).where(*_ONE))
_REMOVE_CONSENTS = Prepared(delete(Answer).where(*_OF, Answer.value == "consent", Answer.text.is_(None)))
_OPEN_CONSENTS = Prepared(
    update(Answer)
    .where(Answer.process == bindparam("p"), Answer.code == bindparam("c"), Answer.value == "consent")
    .values(value="lifted", carrier="")
)
_LIFT = Prepared(
    update(Product)
    .where(Product.process == bindparam("p"), Product.code == bindparam("c"))
    .values(lifted_at=bindparam("at"))
)
_GRACE_OVER = Prepared(
    select(Product.process, Product.code).where(
        Product.state == "in_review", Product.lifted_at <= bindparam("at")
    )
)
_OF_PERSON = Rows(
    Answer, select(Answer).where(Answer.user_id == bindparam("user_id")).order_by(Answer.process, Answer.code)
)
_UNANSWERED = Prepared(
    select(Product.process, Product.code, Process.name)
    .join(Process, Process.id == Product.process)
    .join(Seat, Seat.number == Product.process)
    .where(
        Product.state == "in_review",
        Process.dropped.is_(False),
        Seat.kind == "group",
        Seat.user_id == bindparam("user_id"),
        Seat.state == "confirmed",
        ~exists().where(
            Answer.process == Product.process,
            Answer.code == Product.code,
            Answer.user_id == bindparam("user_id"),
            Answer.value != "lifted",
        ),
    )
    .order_by(Product.asked_at, Product.process, Product.code)
)
_RELEASED_BY = Prepared(select(Product.process, Product.code).where(Product.released_by == bindparam("user")))
_ERASE = Prepared(delete(Answer).where(Answer.user_id == bindparam("user_id")))
_FORGET = Prepared(update(Product).where(Product.released_by == bindparam("user")).values(released_by=""))


def find(tx: Tx, process: int, code: str) -> Product | None:
    return _PRODUCT.first(tx, process=process, code=code)


def list_of(tx: Tx, process: int) -> list[Product]:
    """Those that somebody has begun, in any order."""
    return _LIST.all(tx, process=process)


def states(tx: Tx, process: int) -> dict[str, str]:
    """The state of each work product that somebody has begun, by its code."""
    return {row[0]: row[1] for row in _STATES.run(tx, {"process": process})}


def all_states(tx: Tx) -> dict[int, dict[str, str]]:
    """The same for all processes."""
    found: dict[int, dict[str, str]] = {}
    for process, code, state in _ALL_STATES.run(tx):
        found.setdefault(process, {})[code] = state
    return found


def list_in_review(tx: Tx, process: int) -> list[str]:
    """The codes of those in review."""
    return list(_IN_REVIEW.run(tx, {"process": process}).scalars())


def list_all_in_review(tx: Tx) -> list[Product]:
    return _ALL_IN_REVIEW.all(tx)


def list_cards(tx: Tx) -> set[str]:
    """The numbers of those that have a card."""
    return set(_PLACED.run(tx).scalars())


def put(
    tx: Tx,
    *,
    process: int,
    code: str,
    state: str,
    link: str | None,
    at: datetime,
    asked_at: datetime | None = None,
    released_at: datetime | None = None,
    released_by: str | None = None,
    reason: str | None = None,
    text: str | None = None,
    lifted_at: datetime | None = None,
) -> None:
    """The work product is this."""
    execute_upsert(
        tx,
        _PUT,
        process=process,
        code=code,
        state=state,
        link=link,
        asked_at=asked_at,
        released_at=released_at,
        released_by=released_by,
        reason=reason,
        text=text,
        lifted_at=lifted_at,
        changed_at=at,
    )


def lift(tx: Tx, process: int, code: str, *, at: datetime | None) -> None:
    """The last objection was taken back then; None: that is settled."""
    _LIFT.run(tx, {"p": process, "c": code, "at": at})


def list_grace_over(tx: Tx, *, before: datetime) -> list[tuple[int, str]]:
    """The work products in review that had their last objection taken back before then."""
    return [(row[0], row[1]) for row in _GRACE_OVER.run(tx, {"at": before})]


def clear(tx: Tx, process: int) -> None:
    """The process is made anew: nobody has begun anything."""
    _CLEAR.run(tx, {"number": process})


# --- answers


def answers(tx: Tx, process: int, code: str) -> list[Answer]:
    """All of them, the earliest first."""
    return _ANSWERS.all(tx, process=process, code=code)


def find_answer(tx: Tx, process: int, code: str, user_id: str) -> Answer | None:
    return _ANSWER.first(tx, process=process, code=code, user_id=user_id)


def put_answer(
    tx: Tx,
    *,
    process: int,
    code: str,
    user_id: str,
    value: str,
    text: str | None,
    carrier: str,
    at: datetime,
) -> None:
    execute_upsert(
        tx,
        _PUT_ANSWER,
        process=process,
        code=code,
        user_id=user_id,
        value=value,
        text=text,
        carrier=carrier,
        at=at,
    )


def remove_answer(tx: Tx, process: int, code: str, user_id: str) -> bool:
    """The person has said nothing; True where they had."""
    return _REMOVE_ANSWER.run(tx, {"process": process, "code": code, "user_id": user_id}).rowcount > 0


def remove_consents(tx: Tx, process: int, code: str) -> None:
    """Nobody has consented; objections stay, and so does what those taken back had said."""
    _REMOVE_CONSENTS.run(tx, {"process": process, "code": code})
    _OPEN_CONSENTS.run(tx, {"p": process, "c": code})


def list_unanswered(tx: Tx, user_id: str) -> list[tuple[int, str, str]]:
    """The work products in review about which the person is asked and has said nothing, the longest waiting first.

    Process, code, and the name of the process.
    """
    return [tuple(row) for row in _UNANSWERED.run(tx, {"user_id": user_id})]


def list_answers_of(tx: Tx, user_id: str) -> list[Answer]:
    return _OF_PERSON.all(tx, user_id=user_id)


def list_naming(tx: Tx, user_id: str) -> set[tuple[int, str]]:
    """The work products that the person has answered or released: process and code."""
    released = _RELEASED_BY.run(tx, {"user": user_id}).all()
    return {(a.process, a.code) for a in (*list_answers_of(tx, user_id), *released)}


def erase(tx: Tx, user_id: str) -> None:
    """The person has answered nothing and released nothing; what is released stays so."""
    _ERASE.run(tx, {"user_id": user_id})
    _FORGET.run(tx, {"user": user_id})
