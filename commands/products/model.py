"""Work products (concept 5): what one in review looks like to its group, and when it is released.

The commands are in `process_products` and `process_consents`. A release needs the consent of more than half of the
group's confirmed members, and no open objection: it comes by itself as soon as that is so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from commands import groups, notices, processes
from commands.framework import (
    About,
    Audience,
    Came,
    Context,
    Errand,
    Machine,
    Reply,
    card,
    group,
    job,
    membership,
    pause_follower,
    person_follower,
    reminded,
    renaming,
)
from commands.framework.telling import Since, told
from commands.framework.who_may import there
from commands.processes import PRODUCTS
from storage import cards, members, products, seats
from storage.processes import Process
from storage.products import Answer

CONSENT, OBJECTION = "✅", "✋"
REMINDED_AFTER: Final = timedelta(days=3)
GRACE: Final = timedelta(minutes=1)  # before a release follows from an objection that was taken back
USEFUL_FOR: Final = timedelta(days=7)  # a reminder that comes late is still one


@dataclass(frozen=True)
class Work:
    """A work product as it stands; one that nobody has begun is open."""

    process: int
    code: str
    state: str = "open"
    link: str | None = None
    asked_at: datetime | None = None  # since when the group is asked about what the link shows
    released_at: datetime | None = None
    released_by: str | None = None  # the coordinator who did it alone; None: the consent of the group
    reason: str | None = None  # for that
    text: str | None = None  # what it says, beside what the link shows
    lifted_at: datetime | None = None  # when the last objection was taken back


@dataclass(frozen=True)
class Review:
    """A work product and what the members of its group say to it."""

    process: Process
    product: Work
    members: tuple[str, ...]  # who is asked: those with a confirmed seat who do not pause
    answers: tuple[Answer, ...]  # theirs; of one that was released, all that were given
    names: dict[str, str]  # of those who object, and who released it, by Matrix id
    hushed: bool = False  # where others read than the group: nobody of it is named, nor is its link

    @property
    def code(self) -> str:
        return self.product.code

    @property
    def consents(self) -> list[Answer]:
        return [a for a in self.answers if a.value == "consent"]

    @property
    def objections(self) -> list[Answer]:
        return [a for a in self.answers if a.value == "objection"]

    @property
    def lifted(self) -> list[Answer]:
        """The objections that were taken back, with what they said."""
        return [a for a in self.answers if a.value != "objection" and a.text]

    @property
    def needed(self) -> int:
        """The number of consents that release it: more than half."""
        return len(self.members) // 2 + 1

    @property
    def unanswered(self) -> list[str]:
        """The members who have said nothing, in order of arrival."""
        said = {a.user_id for a in self.answers if a.value != "lifted"}
        return [user for user in self.members if user not in said]

    @property
    def agreed(self) -> bool:
        return len(self.consents) >= self.needed and not self.objections

    def name(self, user_id: str) -> str:
        return self.names.get(user_id, "") if not self.hushed or user_id == self.product.released_by else ""

    def outside(self) -> Review:
        return replace(self, hushed=True, product=replace(self.product, link=None, text=None))

    def releasers(self) -> str:
        """The names of those whose consent released it; people who are gone are not named."""
        return ", ".join(filter(None, (self.name(a.user_id) for a in self.consents)))

    def machine(self) -> Machine:
        product = self.product
        return {
            "type": "product",
            "title": self.process.name,
            "state": product.state,
            "consents": len(self.consents),
            "objections": len(self.objections),
            "needed": self.needed,
            "unanswered": len(self.unanswered),
        } | ({"link": product.link} if product.link else {})


class AboutProduct(Reply):
    """A reply that carries a work product."""

    abstract: ClassVar[bool] = True
    review: Review

    @property
    def audience(self) -> Audience:
        return group(self.review.process.id)

    def outside(self) -> Reply | None:
        return replace(self, review=self.review.outside())

    @property
    def about(self) -> About:
        return "product", number_of(self.review.process.id, self.review.code)

    def machine(self) -> Machine:
        return self.review.machine()


class ProductCard(AboutProduct):
    """A work product as its group sees it."""


class ProductReleased(AboutProduct):
    """To the group's leader: enough have consented."""


class ObjectionLifted(AboutProduct):
    """In the card's thread: somebody has taken an objection back, and what follows."""

    user_id: str
    name: str
    text: str | None  # of the objection
    at_once: bool  # what follows, because its author has consented

    def outside(self) -> Reply | None:
        return replace(self, review=self.review.outside(), name="", text=None)


class AskedAgain(AboutProduct):
    """In the group's room, below what was said since: a review begins again."""

    link: str | None


class ConsentWanted(AboutProduct):
    """A reminder, to those who have said nothing yet."""

    late: bool

    def machine(self) -> Machine:
        late = {"late": self.late}
        return {"type": "reminder"} | late


def number_of(process: int, code: str) -> int:
    """The number of the work product's card."""
    return process * 10 + PRODUCTS.index(code)


def begun(ctx: Context, process: int, code: str) -> Work:
    row = products.find(ctx.tx, process, code)
    if row is None:
        return Work(process, code)
    return Work(
        row.process,
        row.code,
        state=row.state,
        link=row.link,
        asked_at=row.asked_at,
        released_at=row.released_at,
        released_by=row.released_by,
        reason=row.reason,
        text=row.text,
        lifted_at=row.lifted_at,
    )


def review(ctx: Context, process: int, code: str) -> Review:
    """The work product as it stands. Refuses: NotFound, where there is no such process."""
    found, product = processes.get(ctx, process), begun(ctx, process, code)
    confirmed = groups.confirmed(ctx, process)
    asked = there(ctx, confirmed)
    released = product.state == "released"
    answers = products.answers(ctx.tx, process, code)
    objecting = {a.user_id for a in answers if a.value == "objection"}  # also who pauses since
    counted = [
        a
        for a in answers
        if released or a.user_id in asked or (a.user_id in objecting and a.user_id in confirmed)
    ]
    named = {a.user_id for a in counted if released or a.value == "objection" or a.text}
    if product.released_by:
        named.add(product.released_by)
    return Review(found, product, tuple(asked), tuple(counted), names_of(ctx, named))


def names_of(ctx: Context, users: Iterable[str]) -> dict[str, str]:
    """The names of these people, by Matrix id; a person who is no member any more is left out."""
    found = {user: members.find(ctx.tx, user) for user in users}
    return {user: member.name for user, member in found.items() if member is not None}


def _is_open(ctx: Context, number: int) -> bool:
    return product_card(ctx, number).review.product.state == "in_review"


@card("product", purpose="", seeds=(CONSENT, OBJECTION), is_open=_is_open, within="process", parts=PRODUCTS)
def product_card(ctx: Context, number: int) -> ProductCard:
    return ProductCard(review(ctx, number // 10, PRODUCTS[number % 10]))


def changed(ctx: Context, process: int, code: str) -> None:
    """The cards that show the work product are edited soon: its own, and those of its process."""
    ctx.changed("product", number_of(process, code))
    processes.changed(ctx, process)


@renaming
def refresh(ctx: Context, process: int) -> None:
    """The cards of its work products say what the process is called, and how many of its group are needed."""
    for code in PRODUCTS:
        ctx.changed("product", number_of(process, code))


@person_follower
def _refresh(ctx: Context, user_id: str) -> None:
    for process, code in products.list_naming(ctx.tx, user_id):
        ctx.changed("product", number_of(process, code))


def put_state(ctx: Context, product: Work, *, state: str, link: str | None) -> None:
    """The work product is in this state now (but released: see `release`), with this link.

    In review the group is asked anew: consents given before are gone, and the reactions that carried them too, so
    that one can tap again. Objections stay. Members who have not answered are reminded.
    """
    process, code = product.process, product.code
    forget_consents(ctx, process, code)
    notices.drop(ctx, "consent", number_of(process, code))
    asked_at = ctx.now if state == "in_review" else None
    products.put(
        ctx.tx,
        process=process,
        code=code,
        state=state,
        link=link,
        asked_at=asked_at,
        text=product.text,
        at=ctx.now,
    )
    if asked_at is not None:
        remind_later(ctx, process, code, review(ctx, process, code).unanswered, since=asked_at)
    changed(ctx, process, code)


def put_text(ctx: Context, process: int, code: str, text: str | None) -> None:
    """It says this; nobody had begun it, and it is a draft. What the group is asked about, or has agreed to, stays."""
    before = begun(ctx, process, code)
    if before.state in ("open", "draft"):
        put_state(ctx, replace(before, text=text), state="draft", link=before.link)
        if before.state == "open":
            processes.record(ctx, process, "product", what=code, before="open", after="draft")


def put_text_back(ctx: Context, process: int, code: str, text: str | None, state: str) -> None:
    """It says what it said, and is in the state in which it was, if it is a draft still."""
    present = begun(ctx, process, code)
    if present.state == "draft":
        put_state(ctx, replace(present, text=text), state=state, link=present.link)
        if state != "draft":
            processes.record(ctx, process, "product", what=code, before="draft", after=state)


def forget_consents(ctx: Context, process: int, code: str) -> None:
    """Nobody has consented, and no ✅ of people is left on the card."""
    products.remove_consents(ctx.tx, process, code)
    number = str(number_of(process, code))
    placed = cards.find(ctx.tx, "product", number)
    for tap in cards.list_taps(ctx.tx, "product", number):
        if placed is not None and tap.key == CONSENT:
            cards.remove_tap(ctx.tx, tap.event_id)
            ctx.outside.errands.append(
                Errand("redaction", tap.room_id or placed.room_id, {"event_id": tap.event_id})
            )


def remind_later(ctx: Context, process: int, code: str, users: Iterable[str], *, since: datetime) -> None:
    """These people are reminded three days after they were asked, unless they have answered by then."""
    notices.plan(
        ctx,
        "consent",
        number_of(process, code),
        start=since + REMINDED_AFTER + USEFUL_FOR,
        users=users,
        leads=(USEFUL_FOR,),
    )


@reminded("consent")
def remind(ctx: Context, number: int, lead: timedelta, late: bool) -> ConsentWanted | None:  # noqa: ARG001
    found = review(ctx, number // 10, PRODUCTS[number % 10])
    open_ = found.product.state == "in_review" and not found.process.dropped
    return ConsentWanted(found, late) if open_ else None


@job("releases after an objection", every=timedelta(seconds=10))
def release_later(ctx: Context) -> None:
    """If the last objection was taken back a minute ago, work products that are agreed on are released."""
    for process, code in products.list_grace_over(ctx.tx, before=ctx.now - GRACE):
        products.lift(ctx.tx, process, code, at=None)
        settle(ctx, process, code)


def lift(ctx: Context, process: int, code: str, answer: Answer, name: str) -> None:
    """Somebody has taken an objection back: the group reads so in the card's thread.

    A release that follows from it waits a minute, as a slip of the thumb is enough to take ✋ off; not so where they
    have consented.
    """
    consents = review(ctx, process, code).consents
    at_once = any(a.user_id == answer.user_id for a in consents)
    products.lift(ctx.tx, process, code, at=None if at_once else ctx.now)
    placed = cards.find(ctx.tx, "product", str(number_of(process, code)))
    here = ctx.command is not None and placed is not None and placed.room_id == ctx.where.room_id
    if placed is not None and placed.event_id is not None and not here:  # the reply says it
        said = ObjectionLifted(review(ctx, process, code), answer.user_id, name, answer.text, at_once)
        ctx.post(placed.room_id, said, thread=placed.event_id)


def settle(ctx: Context, process: int, code: str) -> Review:
    """A work product that is agreed on is released, by the group; the leader is told. The work product as it is now."""
    changed(ctx, process, code)
    found = review(ctx, process, code)
    lifted = found.product.lifted_at
    if found.product.state != "in_review" or not found.agreed or (lifted and ctx.now < lifted + GRACE):
        return found
    release(ctx, process, code, link=found.product.link)
    processes.record(ctx, process, "product", what=code, before="in_review", after="released", by="")
    leader = groups.get(ctx, process).leader
    if leader is not None:
        ctx.tell(leader, "product", before={"state": "in_review"}, process=process, product=code)
    return review(ctx, process, code)


@told("product")
def news(ctx: Context, since: Since, process: int, product: str) -> ProductReleased | None:
    """The group has released the work product."""
    found = review(ctx, process, product)
    by_group = found.product.state == "released" and found.product.released_by is None
    return ProductReleased(found) if by_group and since.before.get("state") != "released" else None


def release(
    ctx: Context,
    process: int,
    code: str,
    *,
    link: str | None,
    by: str | None = None,
    reason: str | None = None,
) -> None:
    """The work product is released: by the group, or `by` a coordinator with a reason."""
    products.put(
        ctx.tx,
        process=process,
        code=code,
        state="released",
        link=link,
        released_at=ctx.now,
        released_by=by,
        reason=reason,
        text=begun(ctx, process, code).text,
        at=ctx.now,
    )
    notices.drop(ctx, "consent", number_of(process, code))
    changed(ctx, process, code)


def missing_names(ctx: Context, found: Review) -> tuple[str, ...] | None:
    """The people who have said nothing yet to what is in review; None for a person who does not lead the group."""
    if found.product.state != "in_review" or not groups.leads(ctx, found.process.id):
        return None
    names = names_of(ctx, found.unanswered)
    return tuple(names[user] for user in found.unanswered if user in names)


@membership
def follow(ctx: Context, process: int, user_id: str, came: Came) -> None:
    """Other people count now: a work product in review needs more or fewer consents, and may be released by it.

    Who has left neither consents nor objects any more; who has joined is asked, and reminded.
    """
    refresh(ctx, process)
    for code in products.list_in_review(ctx.tx, process):
        if came == "joined":
            remind_later(ctx, process, code, [user_id], since=ctx.now)
            changed(ctx, process, code)
        else:
            products.remove_answer(ctx.tx, process, code, user_id)
            notices.drop(ctx, "consent", number_of(process, code), user_id)
            settle(ctx, process, code)


@pause_follower
def count_again(ctx: Context, user_id: str, pauses: bool) -> None:
    """A person who pauses does not count in reviews, which may release something; one who is back is asked again.

    An objection stays.
    """
    for seat in seats.list_of_person(ctx.tx, user_id):
        if seat.kind != "group" or seat.state != "confirmed":
            continue
        refresh(ctx, seat.number)
        for code in products.list_in_review(ctx.tx, seat.number):
            found = settle(ctx, seat.number, code)
            if not pauses and user_id in found.unanswered:
                asked_at = found.product.asked_at or ctx.now
                remind_later(ctx, seat.number, code, [user_id], since=asked_at)
