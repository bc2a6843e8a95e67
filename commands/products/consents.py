"""What a group's members say to a work product in review: ✅ they consent, ✋ they object, with a sentence.

One answer a person, the latest act counts. As with votes the store keeps which event carries the answer: taking off
that reaction takes the answer back, and taking off another does not. Whoever objects by a tap is asked for the
sentence in the card's thread, and what that person writes there next is the sentence; nothing else of what people
write is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field

from commands import groups, notices
from commands.framework import (
    BuiltUpon,
    Context,
    Failure,
    Impersonal,
    Machine,
    Place,
    Present,
    Refused,
    Role,
    Touch,
    action,
    answered,
    command,
    named,
    personal,
    reactions,
    reconciler,
    returning,
    tap,
)
from commands.framework.who_may import there
from commands.processes import PRODUCTS, ProcessRef, ProductLine, ProductWord
from commands.products import model
from commands.products.model import CONSENT, OBJECTION, AboutProduct, Review
from commands.products.states import going
from storage import cards, seats
from storage import products as stored
from storage.products import Answer

TO_SHOW: Final = named("product show")

KEYS: Final = {CONSENT: "consent", OBJECTION: "objection"}
LONGEST: Final = 1000  # characters of the sentence that are kept

Sentence = Annotated[
    str, Place("line"), AfterValidator(lambda s: " ".join(s.split())), Field(max_length=LONGEST)
]


class Answered(AboutProduct):
    """The work product as it stands after the asker's answer: consent, objection, or none."""

    answer: str
    link: str | None = None
    lifted: bool = False  # and the objection is taken back


class ObjectionAsked(AboutProduct):
    """In the card's thread, to who has tapped ✋: what speaks against it?"""

    user_id: str
    name: str

    def outside(self) -> None:
        return None


class NotInReview(Impersonal):
    """The work product takes no answers: it is not in review, or released already; `late` for an objection."""

    review: Review
    late: bool = False


class NotAsked(Failure):
    """Only the confirmed members of the group are asked."""

    code: ClassVar[str] = "not_allowed"
    process: int


def _is_asked(ctx: Context) -> bool:
    """Something is in review in a group that the asker is in."""
    mine = (seat.number for seat in seats.list_of_person(ctx.tx, ctx.me.user_id) if seat.kind == "group")
    return any(stored.list_in_review(ctx.tx, process) for process in mine)


def _require_asked(ctx: Context, known: Mapping[str, Any]) -> None:
    if {"process", "product"} <= known.keys():
        _asked(ctx, known["process"], known["product"], ctx.me.user_id, value="objection")
    elif "process" in known and ctx.me.user_id not in groups.confirmed(ctx, known["process"]):
        raise Refused(NotAsked(known["process"]))


@command(
    "ergebnis zustimmen",
    "product consent",
    own="answer",
    role=Role.PI,
    de="einem Arbeitsergebnis in Prüfung zustimmen, wie mit ✅ auf seiner Karte",
    en="consent to a work product in review, as with ✅ on its card",
    example=("P3 Steckbrief", "P3 profile"),
    there=_is_asked,
    first=_require_asked,
    words=("zustimmen", "stimme zu", "einverstanden", "agree", "in Ordnung", "passt für mich", "Zustimmung"),
    offer=("Einem Arbeitsergebnis zustimmen", "Consent to a work product"),
)
def consent(ctx: Context, process: ProcessRef, product: ProductLine) -> Answered:
    """The asker consents, and objects no more. Refuses: NotInReview, NotAsked."""
    return _by_command(ctx, process, product, "consent", None)


@command(
    "ergebnis einwand",
    "product objection",
    own="answer",
    role=Role.PI,
    de="gegen ein Arbeitsergebnis in Prüfung etwas einwenden, mit einem Satz",
    en="object to a work product in review, with a sentence",
    example=("P3 Steckbrief Die Gebühren fehlen.", "P3 profile The fees are missing."),
    there=_is_asked,
    first=_require_asked,
    words=(
        "nicht einverstanden",
        "nicht zustimmen",
        "stimme nicht zu",
        "Einspruch",
        "Einwand",
        "dagegen",
        "object",
        "disagree",
        "not agree",
        "bin gegen",
        "Bedenken",
    ),
    offer=("Gegen ein Arbeitsergebnis etwas einwenden", "Object to a work product"),
)
def object_to(ctx: Context, process: ProcessRef, product: ProductWord, sentence: Sentence) -> Answered:
    """The asker objects with this sentence, also who had tapped ✋ before. Refuses: NotInReview, NotAsked."""
    return _by_command(ctx, process, product, "objection", sentence)


def _by_command(ctx: Context, process: int, code: str, value: str, text: str | None) -> Answered:
    _asked(ctx, process, code, ctx.me.user_id, value=value)
    before = stored.find_answer(ctx.tx, process, code, ctx.me.user_id)
    carrier = ctx.event_id
    if before is not None and before.value == value == "objection":
        carrier = before.carrier  # taking off ✋ still lifts it
    if before is not None and value == "consent":
        text = before.text
    _put(ctx, process, code, ctx.me.user_id, value=value, text=text, carrier=carrier)
    lifted = before is not None and _lifted(ctx, before, value, ctx.me.name)
    found = model.settle(ctx, process, code)
    if found.product.state == "in_review":
        ctx.undo(
            restore_answer,
            number=process,
            code=code,
            text=text,
            before=None if before is None else _as_data(before),
        )
    link = ctx.card_link("product", model.number_of(process, code))
    return Answered(found, value, link, lifted=lifted)


def _lifted(ctx: Context, before: Answer, value: str, name: str) -> bool:
    """Is an objection taken back by this? Then the group reads so."""
    lifts = before.value == "objection" and value != "objection"
    if lifts:
        model.lift(ctx, before.process, before.code, before, name)
    return lifts


def _as_data(answer: Answer) -> Machine:
    return {
        "value": answer.value,
        "text": answer.text,
        "carrier": answer.carrier,
        "at": answer.at.isoformat(),
    }


@action
def restore_answer(
    ctx: Context, number: int, code: str, text: str | None, before: Machine | None
) -> Answered:
    """The asker's answer is what it was before the command, unless it was changed since. Refuses: BuiltUpon."""
    me = ctx.me.user_id
    found = model.review(ctx, number, code)
    present = stored.find_answer(ctx.tx, number, code, me)
    if found.product.state != "in_review" or present is None or present.text != text:
        raise Refused(BuiltUpon(ref=f"P{number}", instead=TO_SHOW(f"P{number}", code)))
    if before is None:
        _take_back(ctx, number, code, me)
    else:
        at = datetime.fromisoformat(before["at"])
        stored.put_answer(ctx.tx, process=number, code=code, user_id=me, **before | {"at": at})
    value = before["value"] if before is not None and before["value"] in KEYS.values() else "none"
    return Answered(model.settle(ctx, number, code), value)


# --- taps


@tap(
    "product",
    *KEYS,
    de="✅ für Zustimmung, ✋ für einen Einwand",
    en="✅ for consent, ✋ for an objection",
)
def react(ctx: Context, number: int, touch: Touch) -> None:
    """A reaction put on is the person's answer; the one that carries it taken off is none.

    Refuses: NotInReview, NotAsked.
    """
    process, code = number // 10, PRODUCTS[number % 10]
    if touch.on:
        _asked(ctx, process, code, ctx.me.user_id, value=KEYS[touch.key])
        _answer(ctx, process, code, ctx.me.user_id, value=KEYS[touch.key], name=ctx.me.name)
        return
    present = stored.find_answer(ctx.tx, process, code, ctx.me.user_id)
    if present is None or present.carrier != touch.event_id:
        return
    found = model.review(ctx, process, code)
    if found.product.state != "in_review":
        raise Refused(NotInReview(found))
    _take_off(ctx, process, code, present, name=ctx.me.name)


def _take_off(ctx: Context, process: int, code: str, answer: Answer, *, name: str) -> None:
    """The reaction that carried the answer is gone; of an objection, what it said is kept."""
    if answer.value == "objection" or answer.text:
        _put(ctx, process, code, answer.user_id, value="lifted", text=answer.text, carrier="")
        _lifted(ctx, answer, "lifted", name)
    else:
        _take_back(ctx, process, code, answer.user_id)
    model.settle(ctx, process, code)


def _asked(ctx: Context, process: int, code: str, user_id: str, *, value: str) -> None:
    """Refuses: GivenUp; NotInReview; NotAsked, where the person has no confirmed seat in the group."""
    going(ctx, process)
    found = model.review(ctx, process, code)
    if user_id not in found.members:
        raise Refused(NotAsked(process))
    if found.product.state != "in_review":
        late = found.product.state == "released" and value == "objection"
        raise Refused(NotInReview(found, late))


def _answer(ctx: Context, process: int, code: str, user_id: str, *, value: str, name: str) -> None:
    """The person's answer is this, by the reaction at hand; an objection without a sentence is asked for one."""
    before = stored.find_answer(ctx.tx, process, code, user_id)
    text = before.text if before is not None else None
    _put(ctx, process, code, user_id, value=value, text=text, carrier=ctx.event_id)
    if before is not None:
        _lifted(ctx, before, value, name)
    found = model.settle(ctx, process, code)
    placed = cards.find(ctx.tx, "product", str(model.number_of(process, code)))
    if value == "objection" and text is None and placed is not None and placed.event_id is not None:
        ctx.post(placed.room_id, ObjectionAsked(found, user_id, name), thread=placed.event_id)


def _put(
    ctx: Context, process: int, code: str, user_id: str, *, value: str, text: str | None, carrier: str
) -> None:
    ctx.note("process", process, part=f"product/{code}/answer", person=user_id)
    stored.put_answer(
        ctx.tx,
        process=process,
        code=code,
        user_id=user_id,
        value=value,
        text=text,
        carrier=carrier,
        at=ctx.sent_at or ctx.now,
    )
    if value == "lifted":
        asked_at = model.begun(ctx, process, code).asked_at or ctx.now
        model.remind_later(ctx, process, code, [user_id], since=asked_at)
    elif value == "consent" or text is not None:  # a sentence that is missing is asked for again
        notices.drop(ctx, "consent", model.number_of(process, code), user_id)


def _take_back(ctx: Context, process: int, code: str, user_id: str) -> None:
    """The person has said nothing, and is reminded as at the beginning, unless that time is past."""
    ctx.note("process", process, part=f"product/{code}/answer", person=user_id)
    stored.remove_answer(ctx.tx, process, code, user_id)
    asked_at = model.begun(ctx, process, code).asked_at or ctx.now
    model.remind_later(ctx, process, code, [user_id], since=asked_at)


@answered("product")
def listen(ctx: Context, number: int, text: str) -> None:
    """The person who objects and was asked for a sentence has said it now; nothing that others write is kept."""
    process, code = number // 10, PRODUCTS[number % 10]
    mine = stored.find_answer(ctx.tx, process, code, ctx.me.user_id)
    sentence = " ".join(text.split())[:LONGEST]
    if mine is None or mine.value != "objection" or mine.text is not None or not sentence:
        return
    if ctx.me.user_id in groups.confirmed(ctx, process):
        _put(ctx, process, code, ctx.me.user_id, value="objection", text=sentence, carrier=mine.carrier)
        model.changed(ctx, process, code)


@reconciler("product")
def reconcile(ctx: Context, number: int, present: Sequence[Present]) -> None:
    """Answers are in line with the reactions on the card now, after some may have been missed.

    One that the store does not know counts as put on, unless the person has answered since; one that is there no
    longer, as taken off. Idempotent.
    """
    process, code = number // 10, PRODUCTS[number % 10]
    gone, missed = reactions.differences(ctx, "product", number, present, keys=KEYS)
    begun = model.begun(ctx, process, code)
    members = groups.confirmed(ctx, process) if begun.state == "in_review" else []
    asked = there(ctx, members)
    for tap_ in gone:
        mine = stored.find_answer(ctx.tx, process, code, tap_.user_id)
        if tap_.user_id in members and mine is not None and mine.carrier == tap_.event_id:
            _take_off(ctx, process, code, mine, name=groups.name_of(ctx, tap_.user_id))
    for one in missed:
        mine = stored.find_answer(ctx.tx, process, code, one.user_id)
        fresh = (mine is None or mine.at < one.at) and (begun.asked_at is None or begun.asked_at <= one.at)
        if one.user_id in asked and fresh:
            one.keep(ctx)
            again = replace(ctx, event_id=one.event_id, sent_at=one.at)  # with the same posts and errands
            name = model.names_of(ctx, [one.user_id])[one.user_id]
            _answer(again, process, code, one.user_id, value=KEYS[one.key], name=name)


# --- personal data


def _give_back(ctx: Context, user_id: str, before: list[list[Any]]) -> None:
    """The answers to what is in review still, where the person is in the group again."""
    for process, code, value, text, carrier, at in before:
        in_review = model.begun(ctx, process, code).state == "in_review"
        open_to = in_review and groups.is_in(ctx, process, user_id)
        if open_to and stored.find_answer(ctx.tx, process, code, user_id) is None:
            said = {"value": value, "text": text, "carrier": carrier, "at": datetime.fromisoformat(at)}
            stored.put_answer(ctx.tx, process=process, code=code, user_id=user_id, **said)
            model.settle(ctx, process, code)


@returning("products", give_back=_give_back)
def _kept(ctx: Context, user_id: str) -> list[list[Any]]:
    given = stored.list_answers_of(ctx.tx, user_id)
    return [[a.process, a.code, a.value, a.text, a.carrier, a.at.isoformat()] for a in given]


def _erase(ctx: Context, user_id: str) -> None:
    """All that was released stays so; what is in review needs no answer of this person."""
    for process, code in stored.list_naming(ctx.tx, user_id):
        model.changed(ctx, process, code)
    stored.erase(ctx.tx, user_id)


@personal("answers to work products", erase=_erase)
def _export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"process": f"P{a.process}", "product": a.code, "answer": a.value, "at": a.at.isoformat()}
        | ({"text": a.text} if a.text else {})
        for a in stored.list_answers_of(ctx.tx, user_id)
    ]
