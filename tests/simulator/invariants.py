"""What is true after every step, whatever people did."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.rendering.replies import KEY
from commands.framework.declarations import COMMANDS, THINGS, sign
from commands.framework.replies import Refused, Role
from storage import cards
from tests.simulator import conversations, places
from tests.simulator.town import Act, Town
from tests.support.chat import Said
from tests.support.wire import check


@dataclass
class Before:
    """What the last step left, for what may only move one way."""

    seen: int = 0  # messages of the bot looked at
    sequences: dict[tuple[str, int], int] = field(default_factory=dict)
    seats: dict[tuple[str, int, str], str] = field(default_factory=dict)
    released: set[tuple[int, str]] = field(default_factory=set)
    audience: dict[int, set[str]] = field(default_factory=dict)  # who belongs to a group
    tapped: dict[str, bool] = field(default_factory=dict)  # reactions, and whether they were put on a card
    ended: set[str] = field(default_factory=set)  # conversations


def check_all(town: Town, before: Before, act: Act) -> None:
    _one_reply(town, act)
    _audited(town, act)
    _votes_are_rows(town)
    _ratings_are_rows(town)
    _asked(town)
    _seats(town, before, act)
    _leaders(town)
    _reminders(town)
    _released_by_consent(town, before, act)
    _sequence_never_back(town, before)
    _nothing_is_left_over(town)
    _cards_are_true(town)
    _seeds_are_true(town, before)
    conversations.check(town, before.ended)
    since = town.chat.said[before.seen :]
    places.check_all(town, before.audience, act, since)
    for message in since:
        check(message)
        assert message.machine.get("code") != "internal", message.text
    before.seen = len(town.chat.said)


def _one_reply(town: Town, act: Act) -> None:
    answers = {s.event_id for s in act.said if s.replies_to in act.commands}
    for event in act.commands:
        replies = [s for s in town.chat.said if s.replies_to == event and s.edits is None]
        assert len(replies) == 1, f"{len(replies)} replies"
        room = town.chat.rooms[event]
        others = [s for s in act.said if s.room == room and s.edits is None and s.event_id not in answers]
        beside = [s for s in others if not room.startswith("!direct-") and "m.relates_to" not in s.content]
        shown = [
            s for s in beside if s.machine["type"] not in ("process", "product", "meeting", "idea", "news")
        ]
        alone = len(act.commands) == 1  # else another's command may speak here too
        assert shown == [] or not alone, f"a second message in the room: {shown[0].text}"


def _audited(town: Town, act: Act) -> None:
    """Every change by a role above PI is in the log, by whom and when."""
    for event in act.commands:
        query = (
            "SELECT command, sender, handled_at FROM handled_events WHERE event_id = :e AND outcome = 'done'"
        )
        for name, *done in town.rows(query, e=event):
            command = COMMANDS[str(name)]
            if command.role > Role.PI and not command.reads:
                logged = town.rows("SELECT actor, at FROM audit_log WHERE command = :n", n=name)
                assert tuple(done) in logged, f"{name} by {done} is not in the log: {logged}"


def _votes_are_rows(town: Town) -> None:
    counted = Counter((row[0], row[1]) for row in town.rows("SELECT idea_id, value FROM votes"))
    for number, *said in town.rows("SELECT id, votes_for, votes_against, votes_neutral FROM ideas"):
        assert said == [counted[number, value] for value in ("for", "against", "neutral")], (
            f"votes of I{number}"
        )


def _ratings_are_rows(town: Town) -> None:
    query = "SELECT idea_id, COUNT(*), AVG(effort), AVG(benefit) FROM ratings GROUP BY idea_id"
    given = {row[0]: row[1:] for row in town.rows(query)}
    for number, *said in town.rows("SELECT id, rating_count, effort, benefit FROM ideas"):
        count, *means = given.get(number, (0, None, None))
        assert said[0] == count, f"ratings of I{number}"
        for mean, kept in zip(means, said[1:], strict=True):
            assert mean is None or abs(float(str(mean)) - float(str(kept))) < 0.01, f"ratings of I{number}"


def _asked(town: Town) -> None:
    """Who says something to a meeting to come is of its group."""
    others = town.rows(
        "SELECT a.meeting, a.user_id FROM meeting_answers a JOIN meetings t ON t.id = a.meeting"
        " WHERE t.state = 'planned' AND t.start_at > :now AND NOT EXISTS (SELECT 1 FROM seats s"
        " WHERE s.kind = 'group' AND s.number = t.process AND s.user_id = a.user_id AND s.state = 'confirmed')",
        now=f"{town.chat.now:%Y-%m-%d %H:%M:%S}",
    )
    assert others == [], f"answers of who is not in the group: {others}"


def _seats(town: Town, before: Before, act: Act) -> None:
    capacity: dict[tuple[str, int], int | None] = {}
    open_things = set()
    for process, size in town.rows("SELECT process, size FROM groups"):
        capacity["group", int(str(process))] = int(str(size))
    going = town.rows("SELECT id FROM processes WHERE NOT dropped AND NOT on_hold")
    open_things |= {("group", int(str(row[0]))) for row in going}
    now = town.chat.now
    for kind, number, seats, cancelled, over in town.rows(
        "SELECT kind, id, capacity, cancelled, over_at FROM events"
    ):
        key = (str(kind), int(str(number)))
        capacity[key] = int(str(seats)) if seats is not None else None
        if not cancelled and over is not None and str(over) > now.strftime("%Y-%m-%d %H:%M:%S"):
            open_things.add(key)
    paused = {row[0] for row in town.rows("SELECT user_id FROM members WHERE state <> 'active'")}
    seats_now: dict[tuple[str, int, str], str] = {}
    arrived: dict[tuple[str, int, str], int] = {}
    for kind, number, user, state, place in town.rows(
        "SELECT kind, number, user_id, state, arrived FROM seats"
    ):
        key3 = (str(kind), int(str(number)), str(user))
        seats_now[key3], arrived[key3] = str(state), int(str(place))
    for thing in {key[:2] for key in seats_now}:
        of = {user: state for (kind, number, user), state in seats_now.items() if (kind, number) == thing}
        held = sum(state in ("confirmed", "assigned") for state in of.values())
        places = capacity.get(thing)
        if places is not None and held > places:
            was = sum(
                state in ("confirmed", "assigned") for key, state in before.seats.items() if key[:2] == thing
            )
            assert held <= was, f"{thing}: {held} of {places} seats, {was} before"
        waiting = [user for user, state in of.items() if state == "waiting" and user not in paused]
        if thing in open_things and waiting:
            assert held >= (places or 0) > 0, f"{waiting} wait for {thing} beside a free seat"
        moved = [u for u in of if before.seats.get((*thing, u)) == "waiting" and of[u] == "confirmed"]
        if not re.search(r"zuweisen|bestätigen|assign|confirm|✅|👍|✔", act.what):
            for user in moved:
                passed = [w for w in waiting if arrived[(*thing, w)] < arrived[(*thing, user)]]
                assert passed == [], f"{user} moved up before {passed} in {thing}"
    before.seats = seats_now


def _leaders(town: Town) -> None:
    leaders = {(n, u) for n, u in town.rows("SELECT process, leader FROM groups WHERE leader IS NOT NULL")}
    granted = set(town.rows("SELECT process, user_id FROM roles WHERE role = 'leader'"))
    assert leaders == granted, f"leaders {leaders}, roles {granted}"
    for number, user in leaders:
        seat = town.rows(
            "SELECT state FROM seats WHERE kind = 'group' AND number = :n AND user_id = :u", n=number, u=user
        )
        assert seat == [("confirmed",)], f"the leader of P{number} has no seat: {seat}"


def _reminders(town: Town) -> None:
    """Pending ones are for those who may come, to dates that are planned, at the time they have now."""
    pending = town.rows("SELECT kind, number, user_id, start FROM reminders WHERE state = 'pending'")
    for kind, number, user, start in pending:
        if kind == "meeting":
            [(state, at)] = town.rows("SELECT state, start_at FROM meetings WHERE id = :n", n=number)
            answer = town.rows(
                "SELECT answer FROM meeting_answers WHERE meeting = :n AND user_id = :u", n=number, u=user
            )
            assert state == "planned", f"reminder of S{number}, which is {state}"
            assert answer not in ([], [("declined",)]), f"reminder of S{number} to {user}"
            assert at == start, f"reminder of S{number} at another time"
        elif kind in ("event", "training"):
            [(cancelled, at)] = town.rows(
                "SELECT cancelled, start_at FROM events WHERE kind = :k AND id = :n", k=kind, n=number
            )
            seat = town.rows(
                "SELECT state FROM seats WHERE kind = :k AND number = :n AND user_id = :u",
                k=kind,
                n=number,
                u=user,
            )
            assert not cancelled, f"reminder of {kind} {number}, which is cancelled"
            assert seat in ([("confirmed",)], [("maybe",)]), f"reminder of {kind} {number} to {user}: {seat}"
            assert at == start, f"reminder of {kind} {number} at another time"
    _nobody_is_forgotten(town)
    doubled = [
        k
        for k, n in Counter(town.rows("SELECT kind, number, user_id, lead, start FROM reminders")).items()
        if n > 1
    ]
    assert doubled == [], f"reminders twice: {doubled}"


def _nobody_is_forgotten(town: Town) -> None:
    """Who comes has a row for each lead time that is still ahead; those with lead times of their own are left out."""
    come = town.rows(
        "SELECT 'meeting', t.id, a.user_id, t.start_at FROM meeting_answers a JOIN meetings t ON t.id = a.meeting"
        " WHERE a.answer <> 'declined' AND t.state = 'planned'"
        " UNION ALL SELECT e.kind, e.id, s.user_id, e.start_at FROM seats s"
        " JOIN events e ON e.kind = s.kind AND e.id = s.number WHERE s.state = 'confirmed' AND NOT e.cancelled"
    )
    usual = {
        row[0]
        for row in town.rows("SELECT user_id FROM members WHERE state = 'active' AND reminders IS NULL")
    }
    planned = set(town.rows("SELECT kind, number, user_id, lead, start FROM reminders"))
    for kind, number, user, start in come:
        if user not in usual or start is None:
            continue
        begins = datetime.fromisoformat(str(start)).replace(tzinfo=UTC)
        for lead in (timedelta(days=7), timedelta(days=1), timedelta(hours=1)):
            if begins - lead > town.chat.now + timedelta(hours=2):  # whole days keep the time of day in March
                row = (kind, number, user, int(lead.total_seconds()), start)
                assert row in planned, f"nobody reminds {user} of {kind} {number}, {lead} before {start}"


def _released_by_consent(town: Town, before: Before, act: Act) -> None:
    released = set()
    for process, code, by in town.rows(
        "SELECT process, code, released_by FROM products WHERE state = 'released'"
    ):
        key = (int(str(process)), str(code))
        released.add(key)
        if key in before.released or by is not None or "takes back" in act.what or "edits" in act.what:
            continue
        members = {
            row[0]
            for row in town.rows(
                "SELECT s.user_id FROM seats s JOIN members m ON m.user_id = s.user_id"
                " WHERE s.kind = 'group' AND s.number = :n AND s.state = 'confirmed' AND m.state = 'active'",
                n=process,
            )
        }
        answers = town.rows(
            "SELECT user_id, value FROM product_answers WHERE process = :n AND code = :c", n=process, c=code
        )
        yes = sum(user in members and value == "consent" for user, value in answers)
        no = [user for user, value in answers if user in members and value == "objection"]
        assert yes * 2 > len(members), f"P{process} {code} released by {yes} of {len(members)}"
        assert no == [], f"P{process} {code} released against {no}"
    before.released = released


def _sequence_never_back(town: Town, before: Before) -> None:
    found = {
        (str(k), int(str(n))): int(str(s)) for k, n, s in town.rows("SELECT kind, id, sequence FROM events")
    }
    found |= {
        ("meeting", int(str(n))): int(str(s)) for n, s in town.rows("SELECT id, sequence FROM meeting_series")
    }
    for key, sequence in found.items():
        assert sequence >= before.sequences.get(key, 0), f"SEQUENCE of {key} went back to {sequence}"
    before.sequences |= found


def _nothing_is_left_over(town: Town) -> None:
    assert town.rows("SELECT id, kind, room FROM outbox WHERE state = 'pending'") == []


def _cards_are_true(town: Town) -> None:
    """Each card shows what it would show if it were made now."""
    shown: dict[str, Said] = {}
    for said in town.chat.said:
        shown[said.edits or said.event_id] = said
    with town.database.transaction() as tx:
        ctx = town.chat.core._context(tx, town.chat.now)
        for number, kind, event in tx.execute(_CARDS):
            card = cards.find(tx, kind, number)
            if card is None or card.dirty_at is not None or event not in shown:
                continue
            try:
                value = THINGS[kind].card(ctx, int(number))
            except Refused:
                continue
            outbox = town.chat.core.outbox
            here = outbox.in_room(ctx, card.room_id, value)
            values = (here, value) if here is not value else (value,)  # it was said before a stranger came
            spoken = ("de", "en") if card.room_id.startswith("@") else ("de",)
            true = [
                _both(outbox.renderer.content(value, language)) for value in values for language in spoken
            ]
            then = _both(shown[event].shown)
            assert then in true, f"card {kind} {number} says\n{then}\nand should say\n{true[0]}"


def _seeds_are_true(town: Town, before: Before) -> None:
    """A sign of a card has the bot's own reaction exactly where nobody else has it, unless that was left out."""
    placed = {str(event): str(kind) for _, kind, event in town.rows(str(_CARDS))}
    for event, (tapped, _) in town.chat.tapped.items():
        before.tapped.setdefault(event, tapped in placed)
    for on, kind in placed.items():
        keys = [key for event, (to, key) in town.chat.tapped.items() if to == on and before.tapped[event]]
        signs = {sign(kind, key) for key in keys}
        for key in THINGS[kind].seeds:
            if town.chat.put.get((on, key)):
                there = (on, key) in town.chat.seeds
                assert there != (key in signs), f"{kind} {on} {key}: bot {there}, people {keys}"


def _both(content: dict[str, Any]) -> tuple[str, Any]:
    """What people read, and what programs do."""
    return _plain(content["body"]), content[KEY]


def _plain(body: str) -> str:
    return re.sub(r"\S*\x01\S*|https://matrix\.to\S+|\$sent\S+", "", body)


def _cards_query() -> Any:
    from sqlalchemy import text  # noqa: PLC0415

    return text("SELECT number, kind, event_id FROM cards WHERE event_id IS NOT NULL ORDER BY kind, number")


_CARDS = _cards_query()
