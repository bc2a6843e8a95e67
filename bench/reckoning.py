"""What became of a day: each command's replies in the homeserver's timelines, and its one effect in the store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bench.acts import ANSWERED, IDEAS, Act
from bench.gathering import Gathering
from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, Person, replied_to
from bot.rendering.replies import KEY
from storage.engine.base import Tx
from storage.engine.database import Database
from storage.ideas import Idea
from storage.inbox import Handled
from storage.meetings import Meeting
from storage.members import Member
from storage.news import News
from storage.outbox import NO_LOSS, Outgoing
from storage.polls import PollResponse
from storage.reminders import Reminder
from storage.seats import Seat
from storage.votes import Vote


@dataclass
class Reckoning:
    """`waits`: when each command was said and for how many seconds it waited, by the homeserver's clock."""

    said: int
    commands: int = 0
    lost: int = 0
    doubled: int = 0
    effects: int = 0
    reminders: int = 0
    waits: list[tuple[float, float]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # replies, or too many of them
    wrong: list[str] = field(default_factory=list)  # effects


async def reckon(
    there: Gathering, server: Homeserver, acts: list[Act], group: str, due: datetime
) -> Reckoning:
    """Count it all; the bot has ended."""
    found = Reckoning(len(acts))
    database = Database(f"sqlite:///{there.store}")
    try:
        with database.transaction() as tx:
            reminded = _reminded(tx, found, acts, due)
            _effects(tx, found, acts)
    finally:
        database.close()
    rooms = {*there.rooms.values(), group, *(act.room for act in acts)}
    rooms |= {there.chats[user] for user in reminded if user in there.chats}
    timelines = await _timelines(there, server, rooms)
    _replies(found, there, acts, timelines)
    told = Counter[str]()
    of_chat = {room: user for user, room in there.chats.items()}
    for room, events in timelines.items():
        if room in of_chat:
            told[of_chat[room]] += sum(e["content"].get(KEY, {}).get("type") == "reminder" for e in events)
    for user in {*told, *reminded}:
        if told[user] != reminded[user]:
            found.wrong.append(f"{user} was reminded {told[user]} times instead of {reminded[user]}")
    found.reminders = sum(told.values())
    return found


async def _timelines(there: Gathering, server: Homeserver, rooms: set[str]) -> dict[str, list[Event]]:
    """All that was said in these rooms, read by somebody who sits there."""
    accounts = {one.user_id: one for one in there.people}
    of_chat = {room: user for user, room in there.chats.items()}
    found = {}
    for room in rooms:
        who = accounts[of_chat.get(room, there.coordinator.user_id)]
        async with Person.of(server, who) as reader:
            found[room] = await reader.messages(room)
    return found


def _replies(found: Reckoning, there: Gathering, acts: list[Act], timelines: dict[str, list[Event]]) -> None:
    """Each command has one, and nothing else has any."""
    replies: dict[str, list[Event]] = {}
    at: dict[str, float] = {}
    for events in timelines.values():
        for event in events:
            at[event["event_id"]] = event["origin_server_ts"] / 1000
            command = replied_to(event) if event["sender"] == there.bot.user_id else None
            if command is not None:
                replies.setdefault(command, []).append(event)
    for act in acts:
        if not act.event:
            found.wrong.append(f"{act.who.user_id} never got to {act.kind}")
            continue
        answers, wanted = replies.get(act.event, []), act.kind in ANSWERED
        found.commands += wanted
        if wanted and not answers:
            found.lost += 1
            found.missing.append(f"no reply to {act.text!r} ({act.event})")
        if len(answers) > wanted:
            found.doubled += 1
            found.missing.append(f"{len(answers)} replies to {act.kind} {act.text!r} ({act.event})")
        if answers:
            found.waits.append((at[act.event], at[answers[0]["event_id"]] - at[act.event]))
            if answers[0]["content"].get(KEY, {}).get("type") == "error":
                found.wrong.append(f"{act.text!r} was refused: {answers[0]['content']['body']}")


def _effects(tx: Tx, found: Reckoning, acts: list[Act]) -> None:
    """What the store has is what was asked for, no more and no less, and by the event that asked for it."""
    votes = {(row.idea_id, row.user_id): (row.value, row.carrier) for row in _all(tx, Vote)}
    given = {(a.idea, a.who.user_id): (a.value, a.event) for a in acts if a.kind in ("vote", "tap")}
    seats = {row.user_id: row.carrier for row in _all(tx, Seat) if row.kind == "event"}
    titles = Counter(row.title for row in _all(tx, Idea))
    new = {a.value: 1 for a in acts if a.kind == "idea"}
    chosen = {row.user_id: (row.event_id, str(row.chosen[0])) for row in _all(tx, PollResponse)}
    states = {row.user_id: row.state for row in _all(tx, Member)}
    arrived = {a.who.user_id: "pending" for a in acts if a.kind == "come"}
    pairs: list[tuple[str, Any, Any]] = [
        ("votes", votes, given),
        ("seats", seats, {a.who.user_id: a.event for a in acts if a.kind == "event"}),
        ("ideas", {t: n for t, n in titles.items() if t in new}, new),
        ("all ideas", titles.total(), len(new) + IDEAS),
        ("choices", chosen, {a.who.user_id: (a.event, a.value) for a in acts if a.kind == "choose"}),
        ("choices, each once", len(_all(tx, PollResponse)), sum(a.kind == "choose" for a in acts)),
        ("arrivals", {user: states.get(user) for user in arrived}, arrived),
        ("news", len(_all(tx, News)), 1),
        ("meetings", len(_all(tx, Meeting)), 1),
        ("pending", [f"{r.kind} {r.room}" for r in _all(tx, Outgoing) if r.state == "pending"], []),
        (
            "dropped",
            [f"{r.kind}: {r.error}" for r in _all(tx, Outgoing) if r.error not in (None, *NO_LOSS)],
            [],
        ),
        ("failed", [r.event_id for r in _all(tx, Handled) if r.outcome == "failed"], []),
    ]
    for name, has, wanted in pairs:
        found.effects += len(wanted) if isinstance(wanted, dict) else 1
        if has == wanted:
            continue
        if isinstance(wanted, dict):
            for key in {*has, *wanted}:
                if has.get(key) != wanted.get(key):
                    found.wrong.append(f"{name}: {key}: {has.get(key)} instead of {wanted.get(key)}")
        else:
            found.wrong.append(f"{name}: {has} instead of {wanted}")


def _reminded(tx: Tx, found: Reckoning, acts: list[Act], due: datetime) -> Counter[str]:
    """How often each was reminded, as the store says; all who had signed up in time were, of each thing once."""
    rows = [row for row in _all(tx, Reminder) if row.due_at <= due]
    for row in rows:
        if row.state != "sent":
            found.wrong.append(f"the reminder of {row.kind} {row.number} for {row.user_id} is {row.state}")
    once = Counter((row.kind, row.number, row.user_id) for row in rows)
    found.wrong += [f"reminders of {thing}: {n}" for thing, n in once.items() if n > 1]
    seats = {row.user_id: row for row in _all(tx, Seat) if row.kind == "event"}
    in_time = {a.who.user_id for a in acts if a.kind == "event" and a.who.user_id in seats}
    handled = {row.event_id: row.handled_at for row in _all(tx, Handled)}
    for user in in_time:
        if handled[seats[user].carrier] < due and not once[("event", 1, user)]:
            found.wrong.append(f"{user} is not reminded of the event")
    return Counter(row.user_id for row in rows)


def _all(tx: Tx, table: Any) -> list[Any]:
    return list(tx.execute(select(table.__table__)).all())
