"""Open data: the tables that other programs read, with what each column holds. No personal data is in any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from commands.framework import Context
from commands.publication.agenda import agenda
from commands.publication.ideas import all_ideas
from commands.publication.municipalities import municipalities
from commands.publication.news import news_page
from commands.publication.processes import board, rollouts
from storage import audit

Words = tuple[str, str]  # German and English
Row = Mapping[str, Any]
MOST: Final = 1_000_000


@dataclass(frozen=True)
class Column:
    """`type` as Frictionless Table Schema calls it."""

    name: str
    type: str
    says: Words


@dataclass(frozen=True)
class Table:
    """What is published of a kind; `key`: the columns by which a row is found again."""

    name: str  # German, in lower case: also of the file
    plain: str  # the same in letters of any machine
    title: Words
    says: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: Callable[[Context], Iterable[Row]]


def since(ctx: Context) -> datetime:
    """Since when there has been anything to publish."""
    return audit.since(ctx.tx) or ctx.now


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else None


def _ideas(ctx: Context) -> Iterable[Row]:
    for one in sorted(all_ideas(ctx), key=lambda one: one.number):
        yield {
            "ref": one.ref,
            "title": one.title,
            "text": one.text,
            "state": one.state,
            "topic": one.topic,
            "votes_for": one.votes_for,
            "votes_against": one.votes_against,
            "votes_neutral": one.votes_neutral,
            "reason": one.reason,
            "process": f"P{one.process}" if one.process else None,
            "made": _utc(one.made),
        }


def _processes(ctx: Context) -> Iterable[Row]:
    for one in sorted(board(ctx, state="all"), key=lambda one: one.number):
        yield {
            "ref": one.ref,
            "title": one.name,
            "text": one.description,
            "class": one.klass,
            "life_situation": one.life,
            "phase": one.phase,
            "state": one.standing,
            "percent": one.percent,
            "municipalities": one.having,
            "evaluation_until": one.evaluation_until.isoformat() if one.evaluation_until else None,
            "idea": f"I{one.idea}" if one.idea else None,
            "made": _utc(one.made),
        }


def _rollout(ctx: Context) -> Iterable[Row]:
    for process, municipality, at in rollouts(ctx):
        yield {
            "process": process.ref,
            "title": process.name,
            "municipality": municipality,
            "since": _utc(at),
        }


def _municipalities(ctx: Context) -> Iterable[Row]:
    for one in municipalities(ctx):
        yield {
            "name": one.name,
            "district": one.district,
            "size": one.size,
            "takes_part": one.takes_part,
            "first_mover": one.first_mover,
        }


def _dates(ctx: Context) -> Iterable[Row]:
    past, coming = (agenda(ctx, state=state, size=MOST)[0] for state in ("past", "coming"))
    for one in [*reversed(past), *coming]:
        yield {
            "ref": one.ref,
            "kind": one.kind,
            "title": one.title,
            "text": one.text,
            "state": one.state,
            "start": _utc(one.start),
            "end": _utc(one.end),
            "place": one.place,
            "link": one.link,
            "seats": one.capacity,
            "free": one.free,
            "deadline": _utc(one.deadline),
            "reason": one.reason,
        }


def _news(ctx: Context) -> Iterable[Row]:
    for one in reversed(news_page(ctx, size=MOST)[0]):
        yield {
            "ref": one.ref,
            "title": one.title,
            "text": one.text,
            "tags": list(one.tags),
            "source": one.source,
            "published": _utc(one.published),
            "changed": _utc(one.changed),
        }


def _text(name: str, german: str, english: str) -> Column:
    return Column(name, "string", (german, english))


def _count(name: str, german: str, english: str) -> Column:
    return Column(name, "integer", (german, english))


def _time(name: str, german: str, english: str) -> Column:
    return Column(name, "datetime", (german, english))


_REF: Final = _text("ref", "Nummer, für immer dieselbe", "number, the same for ever")
_TITLE: Final = _text("title", "Titel", "title")
_TEXT: Final = _text("text", "Text in Markdown", "text in Markdown")
_MADE: Final = _time("made", "seit wann es sie gibt", "since when there is one")
TABLES: Final = (
    Table(
        "ideen",
        "ideen",
        ("Ideen", "Ideas"),
        (
            "Die Ideen der Public Innovators mit Stand und Stimmen, ohne zurückgezogene.",
            "The ideas of the Public Innovators with state and votes, without withdrawn ones.",
        ),
        (
            _REF,
            _TITLE,
            _TEXT,
            _text(
                "state",
                "submitted, under_review, accepted, implementing, implemented oder rejected",
                "submitted, under_review, accepted, implementing, implemented or rejected",
            ),
            _text("topic", "Thema", "topic"),
            _count("votes_for", "Stimmen dafür", "votes for"),
            _count("votes_against", "Stimmen dagegen", "votes against"),
            _count("votes_neutral", "neutrale Stimmen", "neutral votes"),
            _text("reason", "Grund des Entscheids", "reason of the decision"),
            _text("process", "Prozess, der daraus wurde", "process that was made of it"),
            _MADE,
        ),
        ("ref",),
        _ideas,
    ),
    Table(
        "prozesse",
        "prozesse",
        ("Prozesse", "Processes"),
        (
            "Die Verwaltungsprozesse auf dem Weg zur Plattform, mit Phase und Prozent.",
            "The administrative processes on their way to the platform, with phase and percent.",
        ),
        (
            _REF,
            _TITLE,
            _TEXT,
            _text("class", "Klasse der Priorität: L, K, M, D", "class of priority: L, K, M, D"),
            _text("life_situation", "Lebenslage", "life situation"),
            _text("phase", "Phase", "phase"),
            _text("state", "die Phase, oder on_hold, dropped", "the phase, or on_hold, dropped"),
            _count("percent", "Fortschritt in Prozent", "progress in percent"),
            _count("municipalities", "Gemeinden, die ihn haben", "municipalities that have it"),
            Column("evaluation_until", "date", ("Evaluation bis", "evaluation until")),
            _text("idea", "Idee, aus der er wurde", "idea that it was made of"),
            _MADE,
        ),
        ("ref",),
        _processes,
    ),
    Table(
        "rollout",
        "rollout",
        ("Rollout", "Rollout"),
        ("Welche Gemeinde welchen Prozess hat.", "Which municipality has which process."),
        (
            _text("process", "Nummer des Prozesses", "number of the process"),
            _text("title", "Name des Prozesses", "name of the process"),
            _text("municipality", "Gemeinde", "municipality"),
            _time("since", "seit wann", "since when"),
        ),
        ("process", "municipality"),
        _rollout,
    ),
    Table(
        "gemeinden",
        "gemeinden",
        ("Gemeinden", "Municipalities"),
        (
            "Die Gemeinden des Kantons Basel-Landschaft, und welche dabei sind.",
            "The municipalities of the canton of Basel-Landschaft, and which take part.",
        ),
        (
            _text("name", "Gemeinde", "municipality"),
            _text("district", "Bezirk", "district"),
            _text("size", "Grössenklasse: small, medium, large", "size class: small, medium, large"),
            Column("takes_part", "boolean", ("ist dabei", "takes part")),
            Column("first_mover", "boolean", ("ist First Mover", "is a First Mover")),
        ),
        ("name",),
        _municipalities,
    ),
    Table(
        "anlässe",
        "anlaesse",
        ("Anlässe", "Events"),
        (
            "Öffentliche Anlässe und Kurse mit freien Plätzen.",
            "Public events and trainings with free seats.",
        ),
        (
            _REF,
            _text("kind", "event oder training", "event or training"),
            _TITLE,
            _TEXT,
            _text("state", "planned, cancelled oder past", "planned, cancelled or past"),
            _time("start", "Beginn", "start"),
            _time("end", "Ende", "end"),
            _text("place", "Ort", "place"),
            _text("link", "Link", "link"),
            _count("seats", "Plätze; leer: für alle", "seats; empty: for all"),
            _count("free", "freie Plätze", "free seats"),
            _time("deadline", "Anmeldung bis vor", "sign-up until before"),
            _text("reason", "Grund der Absage", "reason of the cancellation"),
        ),
        ("ref",),
        _dates,
    ),
    Table(
        "news",
        "news",
        ("Neuigkeiten", "News"),
        ("Öffentliche Neuigkeiten.", "Public news."),
        (
            _REF,
            _TITLE,
            _TEXT,
            Column("tags", "array", ("Stichwörter", "tags")),
            _text("source", "Quelle", "source"),
            _time("published", "veröffentlicht", "published"),
            _time("changed", "zuletzt geändert", "last changed"),
        ),
        ("ref",),
        _news,
    ),
)
