"""The states of work products: set by the group's leader or a coordinator; in review, the group is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from commands import groups, processes
from commands.framework import (
    Audience,
    BuiltUpon,
    Context,
    Failure,
    Impersonal,
    Machine,
    Reason,
    Refused,
    Reply,
    Role,
    WebLinkOrNone,
    action,
    command,
    group,
    job,
    named,
)
from commands.framework.arguments import lacking
from commands.processes import PRODUCTS, AboutProcess, ProcessRef, ProductLine, StateWord
from commands.products import model
from commands.products.model import AboutProduct, Review, Work
from storage import process_history
from storage import products as stored

TO_SHOW: Final = named("product show")

WORDS: Final = {"open": "offen", "draft": "Entwurf", "in_review": "in Prüfung", "released": "freigegeben"}


class ProductSet(AboutProduct):
    """The work product is in this state now."""

    link: str | None = None  # to its card
    room: bool = True  # the group has a room, where its card stands


class ProductRestored(AboutProduct):
    """The work product is as it was before."""


class ProductShown(AboutProduct):
    """The work product, and for its leader who has said nothing yet."""

    link: str | None = None
    missing: tuple[str, ...] | None = None  # names; None where it is not said

    def outside(self) -> None:
        return None


class ProductsShown(AboutProcess):
    """All eight work products of a process, with who has not answered those in review."""

    reviews: tuple[tuple[Review, tuple[str, ...] | None], ...]

    @property
    def audience(self) -> Audience:
        return group(self.process.id)

    def outside(self) -> Reply | None:
        return replace(self, reviews=tuple((review.outside(), None) for review, _ in self.reviews))


class ProductAsItIs(Impersonal):
    """Nothing has changed: the work product is in this state already."""

    review: Review


class NotAgreed(Impersonal):
    """Only the consent of the group releases it, or a coordinator with a reason."""

    review: Review

    def machine(self) -> Machine:
        return super().machine() | {"missing": [self.review.code]}


class GivenUp(Failure):
    """The process is dropped: nothing is worked out for it any more."""

    number: int


def going(ctx: Context, number: int) -> None:
    """Refuses: NotFound; GivenUp, where the process is dropped."""
    if processes.get(ctx, number).dropped:
        raise Refused(GivenUp(number))


def _require_led(ctx: Context, known: Mapping[str, Any]) -> None:
    if "process" in known:
        going(ctx, known["process"])
        groups.require_leader(ctx, known["process"])


@command(
    "prozess ergebnis",
    "process product",
    "ergebnis",
    "product",
    role=Role.LEADER,
    de="den Stand eines Arbeitsergebnisses setzen, «in Prüfung» fragt die Gruppe",
    en="set the state of a work product, «in_review» asks the group",
    example=(
        "P3 Steckbrief in Prüfung link: https://example.ch/steckbrief",
        "P3 profile in_review link: https://example.ch/profile",
    ),
    words=(
        "fertig zur Prüfung",
        "in Prüfung",
        "in Prüfung geben",
        "to review",
        "zur Prüfung",
        "abgeben",
        "send to review",
        "ready",
    ),
    offer=("Ein Arbeitsergebnis in Prüfung geben", "Send a work product to review"),
    first=_require_led,
)
def set_state(
    ctx: Context,
    process: ProcessRef,
    product: ProductLine,
    state: StateWord,
    *,
    link: WebLinkOrNone | None = None,
    reason: Reason | None = None,
) -> ProductSet:
    """The work product is in this state, and keeps the link it has where none is given.

    In review its card stands in the group's room, and its members are asked. Refuses: NotTheLeader, GivenUp,
    ProductAsItIs; Incomplete, without a link in review, and without a reason where a coordinator releases it alone;
    NotAgreed, where the group's consent is missing.
    """
    going(ctx, process)
    groups.require_leader(ctx, process)
    before = model.begun(ctx, process, product)
    gone = link == "-"
    if state == before.state and (link in (None, before.link) or (gone and before.link is None)):
        raise Refused(ProductAsItIs(model.review(ctx, process, product)))
    shown = None if gone else link or before.link
    if state == "in_review" and shown is None:
        raise lacking(ctx, "link")
    if state == "released":
        _release(ctx, before, shown, reason)
    else:
        model.put_state(ctx, before, state=state, link=shown)
    step = processes.record(
        ctx, process, "product", what=product, before=before.state, after=state, reason=reason
    )
    if state == "in_review":
        _ask_again(ctx, process, product)
        ctx.place_card("product", model.number_of(process, product), purpose=groups.purpose(process))
    ctx.audit(f"P{process}")
    _offer_undo(ctx, before, step)
    return _about(ctx, process, product)


def _ask_again(ctx: Context, process: int, product: str) -> None:
    """Where the card stands further up, a line below all that was said since asks; it takes ✅ and ✋ as the card does.

    In the group's own room the reply is that line.
    """
    link, room = ctx.card_link("product", model.number_of(process, product)), groups.purpose(process)
    if link is not None and ctx.where.purpose != room:
        again = model.AskedAgain(model.review(ctx, process, product), link)
        ctx.post(room, again, seeds=(model.CONSENT, model.OBJECTION))


def _release(ctx: Context, before: Work, link: str | None, reason: str | None) -> None:
    """A coordinator releases it without the group's consent, with a reason."""
    if ctx.me.role < Role.COORDINATOR:
        raise Refused(NotAgreed(model.review(ctx, before.process, before.code)))
    if reason is None:
        raise lacking(ctx, "reason")
    if before.state != "in_review":
        model.forget_consents(ctx, before.process, before.code)
    model.release(ctx, before.process, before.code, link=link, by=ctx.me.user_id, reason=reason)


def _offer_undo(ctx: Context, before: Work, step: int) -> None:
    """It can be taken back where no answer of the group is lost by it."""
    if before.state in ("open", "draft"):
        ctx.undo(
            restore,
            number=before.process,
            code=before.code,
            state=before.state,
            link=before.link,
            step=step,
        )


@action
def restore(ctx: Context, number: int, code: str, state: str, link: str | None, step: int) -> ProductRestored:
    """The work product is as it was before, unless the group has answered or it was changed since.

    Refuses: BuiltUpon.
    """
    later = process_history.latest(ctx.tx, number, "product") != step
    if later or stored.answers(ctx.tx, number, code):
        raise Refused(BuiltUpon(ref=f"P{number}", instead=TO_SHOW(f"P{number}", code)))
    present = model.begun(ctx, number, code)
    if ctx.revising:
        process_history.remove(ctx.tx, step)
    else:
        processes.record(ctx, number, "product", what=code, before=present.state, after=state)
    model.put_state(ctx, present, state=state, link=link)
    ctx.audit(f"P{number}")
    return ProductRestored(model.review(ctx, number, code))


@command(
    "ergebnis zeige",
    "product show",
    role=Role.PI,
    de="die Arbeitsergebnisse zeigen, und der Leitung, wessen Antwort fehlt",
    en="show the work products, and to the leader whose answer is missing",
    example=("P3 Steckbrief", "P3 profile"),
    reads=True,
    words=(
        "welche Ergebnisse",
        "noch nicht zugestimmt",
        "wer hat nicht zugestimmt",
        "results so far",
        "what results",
        "Arbeitsergebnisse",
    ),
    offer=("Die Arbeitsergebnisse sehen", "See the work products"),
)
def show(ctx: Context, process: ProcessRef, product: ProductLine | None = None) -> Reply:
    """The work product as on its card; without a name, all eight of the process.

    The leader and coordinators are told who has not answered, if nobody but the group reads along.
    """
    if product is None:
        all_eight = [model.review(ctx, process, code) for code in PRODUCTS]
        return ProductsShown(
            processes.view(ctx, process),
            ctx.card_link("process", process),
            reviews=tuple((found, model.missing_names(ctx, found)) for found in all_eight),
        )
    found = model.review(ctx, process, product)
    return ProductShown(
        found,
        link=ctx.card_link("product", model.number_of(process, product)),
        missing=model.missing_names(ctx, found),
    )


def _about(ctx: Context, process: int, product: str) -> ProductSet:
    return ProductSet(
        model.review(ctx, process, product),
        link=ctx.card_link("product", model.number_of(process, product)),
        room=ctx.room_for(groups.purpose(process)) is not None,
    )


@job("cards of work products", every=timedelta(minutes=1))
def place(ctx: Context) -> None:
    """A work product that came into review before its group had a room has its card there now."""
    asked = stored.list_all_in_review(ctx.tx)
    placed = stored.list_cards(ctx.tx) if asked else set()
    for product in asked:
        number = model.number_of(product.process, product.code)
        if str(number) not in placed:
            ctx.place_card("product", number, purpose=groups.purpose(product.process))
