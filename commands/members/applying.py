"""Who asks on the pages outside to become a Public Innovator: a card for the coordinators, and what to send to whom.

There is no Matrix account yet, so nobody is admitted here: the person is told how to register in the chat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from commands.framework import (
    COMMANDS,
    COORDINATION,
    PERSON,
    Audience,
    Context,
    Errand,
    Failure,
    Machine,
    NotAllowed,
    Refused,
    Reply,
    Touch,
    card,
    job,
    municipality_names,
    personal,
    tap,
)
from storage import applications as stored
from storage import cards, members, municipalities
from storage.applications import Application

HELD: Final = timedelta(days=30)
OUTCOMES: Final = {"✅": "admitted", "❌": "declined"}


@dataclass(frozen=True)
class Form:
    """What somebody has filled in; `stamp` is that of the form, which is taken once."""

    stamp: str
    name: str
    municipality: str
    function: str
    contact: str
    knowhow: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    language: str = "de"


class ApplicationCard(Reply):
    """An application as the coordinators see it; without one, it is deleted."""

    application: Application | None
    decided_by: str
    hushed: bool = False  # where others read

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def outside(self) -> Reply | None:
        return ApplicationCard(self.application, self.decided_by, hushed=True)

    def machine(self) -> Machine:
        return _machine(self.application, hushed=self.hushed)


class WhatToSend(Reply):
    """To who has said yes: what the person is to be sent, and where to."""

    application: Application
    bot: str

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return _machine(self.application)


class ApplicationsDeleted(Reply):
    """So many that nobody has decided are deleted."""

    count: int

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def machine(self) -> Machine:
        return {"type": "member", "state": "left"}


class ApplicationDecided(Failure):
    """Somebody has decided it already."""

    by: str


def _machine(application: Application | None, *, hushed: bool = False) -> Machine:
    if application is None:
        return {"type": "member", "state": "left"}
    found: Machine = {"type": "member", "state": "applied", "name": application.name}
    if not hushed:
        found |= {"municipality": application.municipality, "function": application.function}
    return found


def municipality_of(ctx: Context, typed: str) -> tuple[str | None, str | None]:
    """The municipality of that name, or the one that may be meant."""
    return municipality_names.read(typed[:100], municipalities.list_names(ctx.tx))


def receive(ctx: Context, form: Form) -> Iterator[str]:
    """The coordinators have a card of it; a form that was sent before changes nothing."""
    if stored.is_known(ctx.tx, form.stamp):
        return
    number = ctx.number("application")
    stored.add(
        ctx.tx,
        number=number,
        stamp=form.stamp,
        name=form.name,
        municipality=form.municipality,
        function=form.function,
        knowhow=list(form.knowhow),
        interests=list(form.interests),
        contact=form.contact,
        language=form.language,
        at=ctx.now,
    )
    ctx.place_card("application", number)
    yield f"application {form.stamp}"


def _is_open(ctx: Context, number: int) -> bool:
    application = stored.find(ctx.tx, number)
    return application is not None and application.outcome == "open"


@card("application", purpose="coordination", seeds=tuple(OUTCOMES), is_open=_is_open)
def application_card(ctx: Context, number: int) -> ApplicationCard:
    application = stored.find(ctx.tx, number)
    return ApplicationCard(application, _decider(ctx, application))


def _decider(ctx: Context, application: Application | None) -> str:
    by = members.find(ctx.tx, application.decided_by or "") if application is not None else None
    return by.name if by is not None else ""


@tap(
    "application",
    *OUTCOMES,
    de="✅ für Ja, ich sage Ihnen dann, was Sie schreiben können, ❌ für Nein",
    en="✅ for yes, and I tell you what to write, ❌ for no",
)
def decide(ctx: Context, number: int, touch: Touch) -> None:
    """✅: who taps is told what to send to whom. Taken off, it is undecided again.

    Refuses: NotAllowed, ApplicationDecided.
    """
    needed = COMMANDS["member admit"]
    if ctx.me.role < needed.role:
        raise Refused(NotAllowed(role=needed.role.name.lower(), command=needed))
    application = stored.find(ctx.tx, number)
    if application is None:
        return
    outcome, mine = OUTCOMES[touch.key], application.decided_by == ctx.me.user_id
    if not touch.on:
        if mine and application.outcome == outcome:
            stored.settle(ctx.tx, number, "open", by=None, at=None)
            ctx.changed("application", number)
        return
    if application.outcome != "open" and not mine:
        raise Refused(ApplicationDecided(_decider(ctx, application)))
    stored.settle(ctx.tx, number, outcome, by=ctx.me.user_id, at=ctx.now)
    ctx.changed("application", number)
    ctx.audit(f"application {number}")
    if outcome == "admitted":
        ctx.post(ctx.me.user_id, WhatToSend(application, ctx.settings.bot))


@job("applications", every=timedelta(hours=1))
def delete_old(ctx: Context) -> None:
    """What is older than thirty days is deleted, with its card; the coordinators hear how many were never decided."""
    old = stored.list_old(ctx.tx, until=ctx.now - HELD)
    for application in old:
        _delete(ctx, application)
    undecided = sum(application.outcome == "open" for application in old)
    if undecided:
        ctx.post("coordination", ApplicationsDeleted(undecided))


def _delete(ctx: Context, application: Application) -> None:
    """Nothing of it is left, nor of the message that showed it."""
    placed = cards.find(ctx.tx, "application", str(application.id))
    if placed is not None:
        shown = {"event_id": placed.event_id, "row": placed.outbox_id, "edits": True}
        ctx.outside.errands.append(Errand("redaction", placed.room_id, shown))
        cards.remove(ctx.tx, "application", str(application.id))
    stored.remove(ctx.tx, application.id)


def _erase(ctx: Context, user_id: str) -> None:
    for application in stored.list_naming(ctx.tx, user_id):
        if application.contact == user_id:
            _delete(ctx, application)
        else:
            ctx.changed("application", application.id)
    stored.forget_decider(ctx.tx, user_id)


@personal("applications", erase=_erase)
def _export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            "at": one.at.isoformat(),
            "name": one.name,
            "municipality": one.municipality,
            "function": one.function,
            "knowhow": one.knowhow,
            "interests": one.interests,
            "outcome": one.outcome,
        }
        for one in stored.list_naming(ctx.tx, user_id)
        if one.contact == user_id
    ]
