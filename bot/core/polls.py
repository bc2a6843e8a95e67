"""Polls: what people choose in the bot's polls counts for the thing the poll is about, the latest of each person.

As MSC3381 wants it: of more than may be chosen the first count, and what names no choice, or nothing, is no vote; the
latest by the homeserver's time counts, also where it is none; what was sent after the end never was; one that is
deleted lets the one before it count again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.core.acting import Acting
from bot.core.events import Redaction, Response
from commands.framework import taking_back
from commands.framework.context import Context
from commands.framework.declarations import POLLED, THINGS, Vote
from commands.framework.replies import Role
from storage import polls
from storage.engine.base import Tx
from storage.polls import Poll

COMPARED: Final = 200  # polls at a start


@dataclass(frozen=True)
class Compared:
    """What stands in a poll on the homeserver: what could be read, the events of all, and when it was asked."""

    read: Sequence[Response]
    there: Collection[str]
    asked_at: datetime


class Polls(Acting):
    """Carries out what people choose, one response at a time."""

    def respond(self, tx: Tx, event: Response, *, now: datetime) -> None:
        """Somebody has chosen something in a poll."""
        poll = polls.find_by_event(tx, event.target)
        if poll is None or poll.room_id != event.room_id or polls.find_response(tx, event.event_id):
            return
        ctx = self._context(tx, event, now)
        may = ctx.me.role >= Role.PI or ctx.me.pauses
        if not may or (poll.ended_at is not None and event.at > poll.ended_at):
            return
        polls.put_response(
            tx,
            poll,
            event_id=event.event_id,
            user_id=event.sender,
            chosen=chosen(poll, event.answers),
            at=event.at,
        )
        self._count(ctx, poll)

    def take_back(self, tx: Tx, event: Redaction, *, now: datetime) -> bool:
        """Where a response was deleted, the one before it counts again; False where it was something else."""
        response = polls.find_response(tx, event.target)
        if response is None or response.elsewhere:
            return False
        poll = polls.find(tx, response.kind, response.number)
        ended = poll is None or (poll.ended_at is not None and event.at > poll.ended_at)
        if poll is not None and poll.room_id == event.room_id and not ended and not response.taken_back:
            polls.take_back(tx, event.target)
            self._count(self._context(tx, replace(event, sender=response.user_id), now), poll)
        return True

    def removed(self, tx: Tx, event: Redaction) -> None:
        """Where a poll was deleted, it is over, without an end; what people have chosen in it stays as it is."""
        poll = polls.find_by_event(tx, event.target)
        if poll is not None and poll.room_id == event.room_id and poll.ended_at is None:
            polls.end(tx, poll.kind, poll.number, at=event.at)

    def compare(self, tx: Tx, kind: str, number: int, compared: Compared, *, now: datetime) -> None:
        """What was missed counts, and what is gone does not. Safe to repeat."""
        poll = polls.find(tx, kind, number)
        if poll is None:
            return
        for known in polls.list_responses(tx, kind, number):
            if known.event_id not in compared.there and known.said_at < compared.asked_at:
                head = (poll.room_id, f"gone {known.event_id}", known.user_id, compared.asked_at)
                self.take_back(tx, Redaction(*head, target=known.event_id), now=now)
        for missed in compared.read:
            self.respond(tx, missed, now=now)

    def _count(self, ctx: Context, poll: Poll) -> None:
        """What the person has chosen by now is their vote, if that is another than before."""
        latest = polls.standing(ctx.tx, poll.kind, poll.number, ctx.me.user_id)
        if latest is not None and ctx.sent_at is not None and latest.said_at > ctx.sent_at:
            return  # a later one counts already
        places = tuple(latest.chosen) if latest is not None else ()
        vote = Vote(places, ctx.sent_at or ctx.now)
        self._run(ctx, f"{poll.kind} poll", ctx.target, self._voting(ctx, poll, vote))

    def _voting(self, ctx: Context, poll: Poll, vote: Vote) -> Callable[[], None]:
        polled = POLLED[poll.kind]

        def act() -> None:
            if THINGS[poll.kind].letter:
                ctx.note(poll.kind, poll.number, part=polled.own, person=ctx.me.user_id)
            polled.handler(ctx, poll.number, vote)
            taking_back.keep(ctx, None, cause=ctx.event_id)

        return act


def chosen(poll: Poll, answers: Sequence[str] | None) -> list[int]:
    """The places chosen, none twice; empty where that is no vote."""
    first = list(dict.fromkeys((answers or ())[: poll.most]))
    known = {str(place): place for place in range(1, poll.choices + 1)}
    return [known[answer] for answer in first] if all(answer in known for answer in first) else []
