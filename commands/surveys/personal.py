"""What surveys know of a person: export, erasure, leaving."""

from __future__ import annotations

import secrets
from functools import partial

from commands.framework import Context, Machine, departure, personal
from commands.surveys import asking, tallies
from commands.surveys.model import survey_card, view
from storage import privacy
from storage import surveys as stored
from storage.rooms import FORGOTTEN
from storage.surveys import TEXT, WITHDRAWN


@departure
def leave(ctx: Context, user: str) -> None:
    """The person is asked no more."""
    for survey in stored.list_waiting(ctx.tx, user):
        asking.ask_no_more(ctx, survey, user)


def _erase(ctx: Context, user: str) -> None:
    """What was answered counts on, without the name."""
    leave(ctx, user)
    stored.rename(ctx.tx, user, f"~{secrets.token_hex(8)}")
    stored.forget_author(ctx.tx, user)
    who = privacy.person(ctx.tx, user)
    for number, question in stored.list_tallied(ctx.tx):  # sealed, they are read by nothing else
        tallies.rewrite(ctx, number, question, partial(who.without, names=who.full_names, stand_in=FORGOTTEN))


@personal("surveys", erase=_erase)
def export(ctx: Context, user: str) -> Machine:
    """The surveys that the person has started, and those that ask them, with the answers that are known."""
    started = [one for one in stored.list_by(ctx.tx, user) if one.state != WITHDRAWN]
    return {
        "started": [survey_card(ctx, one.id).part() for one in started],
        "asked": [
            _asked(ctx, one.survey, user, answered=one.answered)
            for one in stored.list_of_person(ctx.tx, user)
        ],
    }


def _asked(ctx: Context, number: int, user: str, *, answered: bool) -> Machine:
    """Of an anonymous survey nobody knows the answers."""
    row = stored.find(ctx.tx, number)
    if row is None:
        return {"ref": f"U{number}", "answered": answered}
    questions = view(ctx, row).questions
    said: dict[str, list[str]] = {}
    for one in stored.answers_of(ctx.tx, number, user):
        of = questions[one.question]
        said.setdefault(of.text, []).append(one.text if one.choice == TEXT else of.choices[one.choice])
    return {"ref": f"U{number}", "title": row.title, "answered": answered} | (
        {"answers": said} if said else {}
    )
