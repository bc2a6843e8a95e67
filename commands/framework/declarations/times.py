"""What has its time: jobs, reminders, dates in the agenda."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from commands.framework.registry import Registry

if TYPE_CHECKING:
    from commands.calendars import Entry
    from commands.framework.context import Context
    from commands.framework.replies import Reply

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Job:
    name: str
    every: timedelta
    handler: Callable[[Context], bool | None]


JOBS: Registry[str, Job] = Registry("the job")


def jobs() -> list[Job]:
    """All jobs, in the order in which they are looked at: by their names."""
    return [JOBS[name] for name in sorted(JOBS)]


def job(name: str, *, every: timedelta) -> Callable[[Handler], Handler]:
    """Declare what is looked at again and again: a function of the context, in a transaction of its own.

    The store says what is due; a tick that finds nothing changes nothing. One that leaves something to
    do returns True, and is ticked again at once: so a large job never keeps people waiting for long.
    """

    def declare(handler: Handler) -> Handler:
        JOBS.add(name, Job(name, every, handler), handler)
        return handler

    return declare


REMINDED: Registry[str, Callable[[Context, int, timedelta, bool], Reply | None]] = Registry(
    "the reminder of the kind"
)


def reminded(kind: str) -> Callable[[Handler], Handler]:
    """Declare what people are told when they are reminded of a kind of thing (see `commands.notices.reminders`).

    The function gets the context, the number, the lead time, and whether it comes late after an outage; it returns
    what to say, the same for all people, or None where there is nothing to be reminded of any more.
    """

    def declare(handler: Handler) -> Handler:
        REMINDED.add(kind, handler, handler)
        return handler

    return declare


@dataclass(frozen=True)
class AgendaItem:
    """A date in the agenda; `mine`: the person asked for takes part; `waits`: is on the waiting list.

    `asked` is what they have answered to an invitation that is not accepted: `open` or `maybe`.
    `entry` is what a calendar is told of it: dates of one series have the same, which is said once.
    """

    ref: str
    title: str
    start: datetime
    end: datetime | None  # None: not known
    place: str | None
    mine: bool = False
    waits: bool = False
    asked: str = ""
    entry: Entry | None = None

    @property
    def own(self) -> bool:
        """The person has to do with it."""
        return self.mine or self.waits or bool(self.asked)


Dates = Callable[["Context", datetime, "datetime | None", "str | None"], Sequence[AgendaItem]]
AGENDA: Registry[str, Dates] = Registry("the dates of the kind")


def agenda_item(kind: str) -> Callable[[Dates], Dates]:
    """Declare what a kind of thing puts into the agenda.

    The function gets the context, the first moment asked for, the last (None: without end), and the person whose
    own dates are shown too (None: in a room). It returns what is planned in between, also what has begun before and
    is not over, in any order.
    """

    def declare(handler: Dates) -> Dates:
        AGENDA.add(kind, handler, handler)
        return handler

    return declare


Entries = Callable[["Context", str, datetime], Iterable["Entry"]]
CALENDARS: Registry[str, Entries] = Registry("the entries in people's calendars of the kind")


def calendar_entries(kind: str) -> Callable[[Entries], Entries]:
    """Declare what a kind of thing puts into a calendar that subscribes to somebody's dates.

    The function gets the context, the person and the first moment asked for. It returns what the person has accepted,
    has not answered, may come to or waits for, with the UIDs of the files that people are sent; nobody else is named.
    """

    def declare(handler: Entries) -> Entries:
        CALENDARS.add(kind, handler, handler)
        return handler

    return declare


ATTENDING: Registry[str, Callable[[Context, str], Iterable[tuple[int, datetime]]]] = Registry(
    "who attends the kind"
)


def attending(kind: str) -> Callable[[Handler], Handler]:
    """Declare what a person is to be reminded of, of a kind with `@reminded`: number and start of what is to come.

    The function gets the context and the Matrix id. It is asked when the person's lead times change; it does not name
    what was planned at lead times of the feature's own.
    """

    def declare(handler: Handler) -> Handler:
        ATTENDING.add(kind, handler, handler)
        return handler

    return declare
