"""The standard survey of a process (concept 5.3): who is in charge of it, with which applications, and how often.

Closed, it says so on the process's card, makes the draft of the work product, and has coordinators asked how many
variants shall be built.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from commands import groups, processes, products
from commands.dates import Moment
from commands.framework import Context, Failure, Machine, Refused, Role, command
from commands.framework.types import Until
from commands.processes import ProcessRef
from commands.surveys.asking import Started, begin
from commands.surveys.model import View, view
from commands.surveys.questions import Question, of_row
from storage import members
from storage import surveys as stored
from storage.surveys import Survey

RUNS: Final = timedelta(days=14)
PRODUCT: Final = "applications"
DEPARTMENTS, APPLICATIONS = 0, 1  # of the questions
_IN_CHARGE: Final = {
    "de": (
        "Gemeindekanzlei",
        "Einwohnerdienste",
        "Finanzen",
        "Steuern",
        "Bauverwaltung",
        "Soziales",
        "Bildung",
        "Sicherheit",
    ),
    "en": (
        "Municipal chancellery",
        "Residents' services",
        "Finances",
        "Taxes",
        "Construction office",
        "Social services",
        "Education",
        "Public safety",
    ),
}
_QUESTIONS: Final = {
    "de": (
        "Welche Abteilungen sind bei Ihnen zuständig?",
        "Welche Fachlösungen setzen Sie dafür ein? Mehrere trennen Sie mit Komma.",
        "Wie oft kommt das bei Ihnen im Monat vor?",
        "Was soll anders sein?",
    ),
    "en": (
        "Which departments are in charge in your municipality?",
        "Which applications do you use for it? Put commas between several.",
        "How often a month does it occur in your municipality?",
        "What should be different?",
    ),
}
_TITLES: Final = {"de": "Abteilungen und Fachlösungen", "en": "Departments and applications"}
_HEADS: Final = {
    "de": ("Zuständige Abteilungen", "Fachlösungen", "Wie oft im Monat", "Was anders sein soll"),
    "en": ("Departments in charge", "Applications in use", "How often a month", "What should be different"),
}


class RunsAlready(Failure):
    """The process has its standard survey, which is open."""

    survey: View


@command(
    "umfrage standard",
    "survey standard",
    "standardumfrage",
    "standard survey",
    role=Role.LEADER,
    de="eine Gruppe nach Abteilungen und Fachlösungen eines Prozesses fragen",
    en="ask a group for the departments and applications of a process",
    example=("P3", "P3"),
    previews=True,
    words=(
        "Standardumfrage",
        "welche Abteilungen",
        "zuständige Abteilungen",
        "welche Fachlösungen",
        "Fachlösungen erheben",
        "Fachapplikationen abfragen",
        "standard questions",
        "which departments",
        "which applications",
    ),
    offer=("Nach Abteilungen und Fachlösungen fragen", "Ask for departments and applications"),
)
def start(ctx: Context, process: ProcessRef, *, until: Until | None = None) -> Started:
    """The group is asked the standard questions, for two weeks. Refuses: NotFound, NotTheLeader, RunsAlready."""
    name = processes.get(ctx, process).name
    groups.require_leader(ctx, process)
    running = next((one for one in stored.list_open_of(ctx.tx, process) if one.standard), None)
    if running is not None:
        raise Refused(RunsAlready(view(ctx, running)))
    language = ctx.settings.language
    return begin(
        ctx,
        title=f"{_TITLES[language]}: {name}",
        process=process,
        until=until or _in_two_weeks(ctx),
        questions=_questions(language),
        standard=True,
    )


def _in_two_weeks(ctx: Context) -> Moment:
    zone = ctx.settings.zone
    day = ((ctx.sent_at or ctx.now).astimezone(zone) + RUNS).date()
    return Moment(datetime.combine(day, time(), zone), None, whole_day=True)


def _questions(language: str) -> tuple[Question, ...]:
    departments, applications, often, wishes = _QUESTIONS[language]
    return (
        Question(departments, _IN_CHARGE[language], several=True, own=True),
        Question(applications, (), several=True, own=True),
        Question(often),
        Question(wishes, optional=True),
    )


# --- what follows from it


def before(ctx: Context, row: Survey) -> Machine | None:
    """All that closing it changes, to be put back; None, if it is another survey."""
    if not row.standard or row.process is None:
        return None
    product = products.begun(ctx, row.process, PRODUCT)
    return {"in_use": processes.in_use(ctx, row.process), "state": product.state, "text": product.text}


def finish(ctx: Context, row: Survey) -> None:
    """What was answered stands on the process's card and in the draft; coordinators are asked for the variants."""
    if not row.standard or row.process is None or not row.answered:
        return
    departments, applications = (_named(ctx, row, n) for n in (DEPARTMENTS, APPLICATIONS))
    processes.put_in_use(ctx, row.process, departments, applications)
    products.put_text(ctx, row.process, PRODUCT, _text(ctx, row, departments, applications))
    processes.propose(ctx, row.process)
    ctx.note("process", row.process, part="variants")


def put_back(ctx: Context, row: Survey, was: Machine | None) -> None:
    """It is open again: what followed from its end does not."""
    if was is None or row.process is None:
        return
    processes.put_in_use(ctx, row.process, was["in_use"]["departments"], was["in_use"]["applications"])
    products.put_text_back(ctx, row.process, PRODUCT, was["text"], was["state"])
    processes.settle(ctx, row.process)


def _named(ctx: Context, row: Survey, question: int) -> list[tuple[str, int]]:
    """What was named, with the number of municipalities that have, the most frequent first."""
    choices = of_row(row.questions)[question].choices
    people: dict[int, list[str]] = {}
    for of, choice, user in stored.choosers(ctx.tx, row.id):
        if of == question:
            people.setdefault(choice, []).append(user)
    found = [(choices[choice], _towns(ctx, users), len(users)) for choice, users in people.items()]
    return [(name, towns) for name, towns, _ in sorted(found, key=lambda one: (-one[1], -one[2], one[0]))]


def _towns(ctx: Context, users: Iterable[str]) -> int:
    found = (members.find(ctx.tx, user) for user in users)
    return len({one.municipality for one in found if one is not None and one.municipality})


def _text(
    ctx: Context, row: Survey, departments: Sequence[tuple[str, int]], applications: Sequence[tuple[str, int]]
) -> str:
    """The result as the work product says it, in the community's language."""
    heads = _HEADS[ctx.settings.language]
    texts = stored.texts(ctx.tx, row.id)
    said = [
        ", ".join(f"{name} ({towns})" for name, towns in departments),
        ", ".join(f"{name} ({towns})" for name, towns in applications),
        *("; ".join(" ".join(text.split()) for of, text in texts if of == n) for n in (2, 3)),
    ]
    return "\n".join(f"{head}: {what}" for head, what in zip(heads, said, strict=True) if what)
