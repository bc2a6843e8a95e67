"""What can be exported, each kind with its entries and the columns of its table.

A kind of things with cards is exported as its cards say it; what only the table has stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from commands import groups, hours, members, news, surveys
from commands.framework import THINGS, Context, Machine
from commands.processes import PRODUCTS, STAGE_OF, voices
from commands.products import number_of
from storage import municipalities
from storage.agreements import Agreement
from storage.campaigns import Campaign
from storage.engine.base import Base
from storage.engine.every import every
from storage.events import Event
from storage.exchange import Posting
from storage.feedback import RESIDENTS, STAFF, Feedback
from storage.feedback_imports import TAKEN, FeedbackImport, FeedbackRow
from storage.groups import Group
from storage.hours import Worked
from storage.ideas import Idea
from storage.meetings import Meeting
from storage.members import Member
from storage.municipalities import Municipality
from storage.news import News
from storage.processes import Process
from storage.surveys import CLOSED, Survey
from storage.tools import Tool


@dataclass(frozen=True)
class Entry:
    """A thing: the part for other programs, and `more` that only the table has, by its column."""

    part: Machine
    more: Mapping[str, Any] = field(default_factory=dict)

    def value(self, column: str) -> Any:
        """What stands in the column: `votes.for` is a field inside another one."""
        if column in self.more:
            return self.more[column]
        found: Any = self.part
        for name in column.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return found


@dataclass(frozen=True)
class Kind:
    """What can be exported: its German name, the columns of its table, and all entries there are.

    `lines`: what the table has, where it goes into more detail than the parts for programs.
    """

    german: str
    columns: tuple[str, ...]
    entries: Callable[[Context], Iterable[Entry]]
    lines: Callable[[Context], Iterable[Entry]] | None = None


More = Callable[[Context, Any], Mapping[str, Any]]


def _nothing(_ctx: Context, _row: Any) -> Mapping[str, Any]:
    return {}


def _things(kind: str, table: type[Base], more: More = _nothing) -> Callable[[Context], Iterable[Entry]]:
    """The rows of the table as the cards of this kind say them."""

    def entries(ctx: Context) -> Iterable[Entry]:
        for row in every(ctx.tx, table):
            number: int = getattr(row, "id")  # noqa: B009 - every such table has numbers
            yield Entry(THINGS[kind].card(ctx, number).part(), more(ctx, row))

    return entries


def _occasions(kind: str) -> Callable[[Context], Iterable[Entry]]:
    """Events or trainings, which stand in one table."""

    def entries(ctx: Context) -> Iterable[Entry]:
        for row in every(ctx.tx, Event):
            if row.kind == kind:
                more = {"text": row.text, "topic": row.topic, "reason": row.reason}
                yield Entry(THINGS[kind].card(ctx, row.id).part(), more)

    return entries


def _local(ctx: Context, at: datetime | None) -> str | None:
    """The time as clocks here show it, with its offset."""
    return at.astimezone(ctx.settings.zone).isoformat(timespec="seconds") if at is not None else None


def _idea(ctx: Context, row: Idea) -> Mapping[str, Any]:
    return {"text": row.text, "made": _local(ctx, row.created_at)}


def _votes(ctx: Context) -> Iterable[Entry]:
    """How many voted what on each idea; nobody is named."""
    for entry in _things("idea", Idea)(ctx):
        yield Entry({name: entry.part[name] for name in ("type", "ref", "title", "state", "votes")})


def _news(ctx: Context) -> Iterable[Entry]:
    """Drafts too: coordinators read them as moderators do."""
    for row in every(ctx.tx, News):
        part = {"type": "news", "ref": f"N{row.id}"} | news.story(ctx, row).machine()
        yield Entry(part, {"text": row.text, "author": row.author, "reason": row.reason})


def _process(ctx: Context, row: Process) -> Mapping[str, Any]:
    return {"text": row.description, "made": _local(ctx, row.created_at)}


def _products(ctx: Context) -> Iterable[Entry]:
    """All eight of each process, also those that nobody has begun."""
    for process in every(ctx.tx, Process):
        for code in PRODUCTS:
            yield Entry(THINGS["product"].card(ctx, number_of(process.id, code)).part())


def _groups(ctx: Context) -> Iterable[Entry]:
    for row in every(ctx.tx, Group):
        standing = groups.standing(ctx, row.process)
        yield Entry({"type": "group", "ref": f"P{row.process}"} | standing.machine())


def _meeting(_ctx: Context, row: Meeting) -> Mapping[str, Any]:
    return {"text": row.text, "reason": row.reason}


def _agreement(ctx: Context, row: Agreement) -> Mapping[str, Any]:
    meeting = f"S{row.meeting}" if row.meeting is not None else None
    return {"meeting": meeting, "author": row.author, "made": _local(ctx, row.made_at)}


def _members(ctx: Context) -> Iterable[Entry]:
    """All there ever were, each with their state, but who was erased."""
    for row in every(ctx.tx, Member):
        roles = members.roles_of(ctx.tx, row)
        part = {"type": "member", "ref": row.user_id} | members.member_machine(row, roles, full=True)
        more = {"knowhow": row.knowhow, "interests": row.interests, "language": row.language}
        yield Entry(part, more | {"id": row.user_id, "made": _local(ctx, row.joined_at)})


def _municipalities(ctx: Context) -> Iterable[Entry]:
    known = every(ctx.tx, Municipality)
    there = municipalities.count_members(ctx.tx, [one.name for one in known])
    for row in known:
        size = municipalities.size_of(row.population)
        more = {"district": row.district, "size": size, "pis": there.get(row.name, 0)}
        yield Entry({"ref": row.name} | members.machine_of(row), more)


def _posting(ctx: Context, row: Posting) -> Mapping[str, Any]:
    return {"text": row.text, "author": row.author, "made": _local(ctx, row.made_at)}


def _tool(_ctx: Context, row: Tool) -> Mapping[str, Any]:
    return {"text": row.text}


def _hours(ctx: Context) -> Iterable[Entry]:
    for row in every(ctx.tx, Worked):
        part = hours.HoursShown(hours.entry(ctx, row)).part()
        yield Entry(part, {"who": row.user_id, "municipality": row.municipality, "text": row.what})


def _surveys(ctx: Context) -> Iterable[Entry]:
    """Those that are closed, with what they have come to; anonymous ones only as far as that is told."""
    for row in every(ctx.tx, Survey):
        if row.state == CLOSED:
            part = surveys.result_card(ctx, row.id).part()
            yield Entry(part, {"results": [_said(one) for one in part.get("results", ())]})


def _said(result: Machine) -> str:
    counts = [f"{choice}: {count}" for choice, count in result.get("counts", {}).items()]
    return f"{result['question']} {', '.join(counts) or result['texts']}"


def _campaign(_ctx: Context, row: Campaign) -> Mapping[str, Any]:
    return {"text": row.text, "reason": row.reason, "author": row.author}


def _voices(ctx: Context) -> Iterable[Entry]:
    """What people think of each process that is, or was, in use: added up."""
    for row in every(ctx.tx, Process):
        stage = STAGE_OF.get(row.phase)
        if stage is not None:
            part = {"type": "feedback", "ref": f"P{row.id}"} | voices(ctx, row.id, stage).machine()
            yield Entry(part)


def _single_voices(ctx: Context) -> Iterable[Entry]:
    """Each of them without a name, in columns that `rückmeldung import` reads; first staff, then residents."""
    for said in every(ctx.tx, Feedback):
        yield _voice(said.process, said.stage, STAFF, said)
    taken = {one.id: one for one in every(ctx.tx, FeedbackImport) if one.state == TAKEN}
    for row in every(ctx.tx, FeedbackRow):
        if row.import_id in taken:
            yield _voice(taken[row.import_id].process, taken[row.import_id].stage, RESIDENTS, row)


def _voice(process: int, stage: str | None, source: str, said: Feedback | FeedbackRow) -> Entry:
    day = said.on_day.isoformat() if said.on_day is not None else None
    values = {"ref": f"P{process}", "stage": stage, "source": source, "rating": said.rating}
    channel = said.channel if isinstance(said, FeedbackRow) else ""
    return Entry({}, values | {"comment": said.comment, "date": day, "channel": channel})


_OCCASION: Final = (
    *(
        "ref",
        "title",
        "state",
        "start",
        "end",
        "deadline",
        "place",
        "link",
        "capacity",
        "confirmed",
        "waiting",
    ),
    *("public", "topic", "text", "reason"),
)
KINDS: Final[Mapping[str, Kind]] = {
    "ideas": Kind(
        "ideen",
        (
            *(
                "ref",
                "title",
                "state",
                "author",
                "votes.for",
                "votes.against",
                "votes.neutral",
                "ratings.count",
            ),
            *("ratings.effort", "ratings.benefit", "topic", "campaign", "reason", "merged_into", "process"),
            *("made", "text"),
        ),
        _things("idea", Idea, _idea),
    ),
    "votes": Kind(
        "stimmen", ("ref", "title", "state", "votes.for", "votes.against", "votes.neutral"), _votes
    ),
    "news": Kind(
        "news",
        ("ref", "title", "state", "at", "author", "public", "tags", "comments", "reason", "text"),
        _news,
    ),
    "processes": Kind(
        "prozesse",
        (
            *("ref", "title", "class", "state", "on_hold", "dropped", "percent", "life_situation"),
            *("evaluation_until", "rollout.done", "rollout.of", "reason", "made", "text"),
        ),
        _things("process", Process, _process),
    ),
    "products": Kind(
        "ergebnisse",
        ("ref", "title", "product", "state", "consents", "objections", "needed", "unanswered", "link"),
        _products,
    ),
    "groups": Kind("gruppen", ("ref", "title", "size", "confirmed", "waiting", "leader", "room"), _groups),
    "meetings": Kind(
        "sitzungen",
        (
            *("ref", "process", "title", "state", "start", "end", "place", "link"),
            *("accepted", "declined", "open", "reason", "text"),
        ),
        _things("meeting", Meeting, _meeting),
    ),
    "agreements": Kind(
        "vereinbarungen",
        ("ref", "process", "meeting", "title", "state", "who", "people", "until", "reason", "author", "made"),
        _things("agreement", Agreement, _agreement),
    ),
    "events": Kind("anlässe", _OCCASION, _occasions("event")),
    "trainings": Kind("kurse", _OCCASION, _occasions("training")),
    "members": Kind(
        "mitglieder",
        (
            *("id", "name", "state", "municipality", "function", "roles", "knowhow", "interests", "language"),
            "made",
        ),
        _members,
    ),
    "municipalities": Kind("gemeinden", ("ref", "state", "district", "size", "pis"), _municipalities),
    "surveys": Kind(
        "umfragen",
        ("ref", "title", "to", "anonymous", "until", "asked", "answered", "results"),
        _surveys,
    ),
    "feedback": Kind(
        "rückmeldungen",
        ("ref", "stage", "source", "rating", "comment", "date", "channel"),
        _voices,
        _single_voices,
    ),
    "campaigns": Kind(
        "wettbewerbe",
        (
            *("ref", "title", "state", "start", "end", "ideas", "jury", "ranking", "author", "reason"),
            "text",
        ),
        _things("campaign", Campaign, _campaign),
    ),
    "exchange": Kind(
        "börse",
        ("ref", "type", "title", "state", "municipality", "author", "tags", "matches", "made", "text"),
        _things("exchange", Posting, _posting),
    ),
    "tools": Kind(
        "werkzeuge", ("ref", "title", "state", "link", "tags", "text"), _things("tool", Tool, _tool)
    ),
    "hours": Kind(
        "stunden",
        ("ref", "who", "municipality", "process", "meeting", "on", "minutes", "state", "text"),
        _hours,
    ),
}
