"""Reminders: planned as rows, said once, at the right time, late but useful after downtime."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.framework.context import Context
from commands.framework.declarations import ATTENDING, JOBS, REMINDED, attending, reminded
from commands.framework.replies import FileReply, Machine, Refused, Reply
from commands.general.status import Status
from commands.notices import reminders
from storage import members, outbox
from storage import reminders as rows
from storage.engine.database import Database
from tests.support.chat import NOW, Chat, Said

PIA, PETER, URS, EVE, KORA = (f"@{name}:localhost" for name in ("pia", "peter", "urs", "eve", "kora"))
ZURICH = ZoneInfo("Europe/Zurich")
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SPANS = {7 * DAY: "7d", 2 * DAY: "2d", DAY: "1d", 3 * HOUR: "3h", HOUR: "1h", 30 * MINUTE: "30min"}
GONE, SILENT, BROKEN = 404, 204, 500  # numbers of things


class SampleReminder(FileReply):
    """What a feature would say; a file, as tests have no templates."""

    number: int
    lead: timedelta
    late: bool

    def file(self) -> tuple[str, str, bytes]:
        return "x.txt", "text/plain", b"x"

    def machine(self) -> Machine:
        return {"type": "reminder", "ref": f"X{self.number}", "lead": SPANS[self.lead], "late": self.late}


@pytest.fixture(autouse=True)
def samples() -> Iterator[dict[str, list[tuple[int, datetime]]]]:
    """Two kinds of things to be reminded of, and who takes part in what."""
    taking_part: dict[str, list[tuple[int, datetime]]] = {}

    @reminded("sample")
    def sample(_: Context, number: int, lead: timedelta, late: bool) -> Reply | None:
        if number == GONE:
            raise Refused(SampleReminder(number, lead, late))
        if number == BROKEN:
            raise KeyError(number)
        return SampleReminder(number, lead, late) if number != SILENT else None

    @reminded("spoken")
    def spoken(ctx: Context, number: int, lead: timedelta, late: bool) -> Reply:
        assert (number, lead, late) == (1, HOUR, False)
        return Status("1", ctx.now, 0, None)

    @attending("sample")
    def attends(ctx: Context, user_id: str) -> Iterable[tuple[int, datetime]]:
        return [(number, start) for number, start in taking_part.get(user_id, ()) if start > ctx.now]

    yield taking_part
    for kind in ("sample", "spoken"):
        del REMINDED[kind]
    del ATTENDING["sample"]


Told = tuple[str, str, str, str, bool]  # when by the clock in Zurich, who, of what, how long ahead, late


class Week(Chat):
    """A chat that keeps when each reminder was sent."""

    def __post_init__(self) -> None:
        self.told: list[Told] = []
        super().__post_init__()

    def deliver(self, errands: list[outbox.Errand]) -> None:
        before = len(self.said)
        super().deliver(errands)
        for said in self.said[before:]:
            self.told += told([said], self.now)

    def until(self, local: str) -> None:
        """Time passes, in steps of ten minutes, to this moment of that week in Zurich."""
        end = datetime.fromisoformat(local).replace(tzinfo=ZURICH)
        while self.now < end:
            self.later(minutes=10)
        assert self.now == end


def told(said: Iterable[Said], at: datetime) -> list[Told]:
    return [
        (
            f"{at.astimezone(ZURICH):%a %H:%M}",
            s.room[8:].partition(":")[0],
            s.machine["ref"],
            s.machine["lead"],
            s.machine["late"],
        )
        for s in said
        if s.machine["type"] == "reminder"
    ]


def plan(chat: Chat, number: int, start: datetime, *users: str, **more: Any) -> None:
    with chat.acting() as ctx:
        reminders.plan(ctx, "sample", number, start=start, users=users, **more)


def drop(chat: Chat, number: int, user: str | None = None) -> None:
    with chat.acting() as ctx:
        reminders.drop(ctx, "sample", number, user)


def states(chat: Chat, number: int, kind: str = "sample") -> list[tuple[str, str]]:
    with chat.database.transaction() as tx:
        return [(row.user_id, row.state) for row in rows.list_of(tx, kind, number)]


def of(chat: Chat) -> list[Told]:
    return told(chat.said, chat.now)


def zurich(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH)


# --- must show 5


@pytest.mark.long
def test_a_week_with_two_restarts_a_night_of_25_hours_a_move_a_decline_and_a_cancel(
    database: Database, samples: dict[str, list[tuple[int, datetime]]]
) -> None:
    chat = Week(database, now=zurich("2026-10-19 10:00").astimezone(UTC))
    for user, leads in ((PIA, None), (PETER, [2 * 86400, 1800]), (URS, None), (EVE, [])):
        chat.member(user, reminders=leads)
    after_the_night, thursday = zurich("2026-10-26 14:00"), zurich("2026-10-22 10:00")
    saturday, sunday = zurich("2026-10-24 18:00"), zurich("2026-10-25 12:00")
    plan(chat, 1, after_the_night, PIA, PETER, URS, EVE)
    plan(chat, 2, thursday, PIA, PETER)
    plan(chat, 3, saturday, PIA)
    plan(chat, 4, sunday, PIA, URS)
    samples[URS] = [(1, after_the_night), (4, sunday)]

    chat.until("2026-10-20 09:00")  # moved: from Thursday to Friday
    plan(chat, 2, zurich("2026-10-23 16:00"), PIA, PETER)
    chat.until("2026-10-20 11:00")
    chat.says("profil erinnerung 3h", by=URS, room=chat.direct(URS))
    chat.until("2026-10-21 12:00")  # declined
    drop(chat, 1, PETER)
    chat.until("2026-10-21 15:50")
    chat.now += 10 * MINUTE
    assert chat.core.tick_all(now=chat.now)  # killed between the commit and the sending
    chat.restart()
    chat.until("2026-10-24 09:00")  # cancelled, after people were reminded of it
    drop(chat, 3)
    chat.until("2026-10-25 01:00")
    chat.now = zurich("2026-10-25 15:30").astimezone(UTC)  # down for the whole night, and noon
    chat.restart()
    chat.tick()
    chat.until("2026-10-26 20:00")

    assert chat.told == [
        ("Mon 14:00", "pia", "X1", "7d", False),
        ("Mon 14:00", "urs", "X1", "7d", False),
        ("Wed 16:00", "peter", "X2", "2d", False),
        ("Thu 16:00", "pia", "X2", "1d", False),
        ("Fri 15:00", "pia", "X2", "1h", False),
        ("Fri 15:30", "peter", "X2", "30min", False),
        ("Fri 18:00", "pia", "X3", "1d", False),
        ("Sat 12:00", "pia", "X4", "1d", False),
        ("Sun 15:30", "pia", "X1", "1d", True),
        ("Mon 11:00", "urs", "X1", "3h", False),
        ("Mon 13:00", "pia", "X1", "1h", False),
    ]
    [line] = [s for s in chat.in_room("coordination") if s.machine.get("of") == "reminder"]
    assert "sample 4 (2 Personen)" in line.text
    assert states(chat, 4) == [(PIA, "sent"), (URS, "missed"), (PIA, "missed")]


# --- what is due


def test_each_is_reminded_once_and_in_the_direct_chat(chat: Chat) -> None:
    for user in (PIA, PETER):
        chat.member(user)
    plan(chat, 1, NOW + HOUR + MINUTE, PIA, PETER)
    chat.later(seconds=59)
    assert of(chat) == []
    chat.later(seconds=1)
    assert [(who, lead) for _, who, _, lead, _ in of(chat)] == [("pia", "1h"), ("peter", "1h")]
    chat.later(hours=5)
    assert len(of(chat)) == 2
    assert states(chat, 1) == [(PIA, "sent"), (PETER, "sent")]


def test_a_lead_time_already_past_is_left_out(chat: Chat) -> None:
    chat.member(PIA)
    plan(chat, 1, NOW + 2 * HOUR, PIA)
    assert len(states(chat, 1)) == 1
    plan(chat, 1, NOW + HOUR, PIA)
    assert states(chat, 1) == []


def test_a_feature_may_choose_the_lead_times(chat: Chat) -> None:
    chat.member(PIA, reminders=[3600])
    plan(chat, 1, NOW + 3 * DAY, PIA, leads=[2 * DAY])
    chat.later(days=1)
    assert [lead for *_, lead, _ in of(chat)] == ["2d"]
    chat.later(days=3)
    assert len(of(chat)) == 1


def test_after_downtime_it_comes_late_and_says_so(chat: Chat) -> None:
    chat.member(PIA)
    plan(chat, 1, NOW + HOUR + MINUTE, PIA)
    chat.later(minutes=2)
    assert [late for *_, late in of(chat)] == [False]  # a minute is nothing
    plan(chat, 2, chat.now + HOUR + MINUTE, PIA)
    chat.later(minutes=2, seconds=1)
    assert [late for *_, late in of(chat)] == [False, True]


def test_of_several_overdue_the_closest_is_sent(chat: Chat) -> None:
    chat.member(PIA)
    plan(chat, 1, NOW + 8 * DAY, PIA)
    chat.later(days=7, hours=23, minutes=30)
    assert [(lead, late) for *_, lead, late in of(chat)] == [("1h", True)]
    assert [state for _, state in states(chat, 1)] == ["missed", "missed", "sent"]
    assert chat.in_room("coordination") == []


def test_what_has_begun_is_missed_and_shown_to_the_coordinators_in_one_line(chat: Chat) -> None:
    for user in (PIA, PETER):
        chat.member(user)
    chat.member(EVE, state="paused")
    plan(chat, 1, NOW + 2 * HOUR, PIA, PETER, EVE)
    with chat.acting() as ctx:
        reminders.plan(ctx, "idea", 7, start=NOW + 3 * HOUR, users=[PIA])
    chat.later(hours=4)
    assert of(chat) == []
    [line] = chat.in_room("coordination")
    assert line.machine == {
        "type": "list",
        "of": "reminder",
        "refs": ["sample 1", "I7"],
        "page": 1,
        "pages": 1,
        "total": 2,
    }
    assert "sample 1 (2 Personen), I7 (1 Person)." in line.text
    assert {state for _, state in states(chat, 1)} == {"missed"}
    chat.later(hours=1)
    assert len(chat.in_room("coordination")) == 1


def test_many_missed_things_are_one_line_all_the_same(chat: Chat) -> None:
    chat.member(PIA)
    for number in range(25):
        plan(chat, number, NOW + 2 * HOUR, PIA)
    chat.later(hours=4)
    [line] = chat.in_room("coordination")
    assert "und noch 15" in line.text


def test_who_pauses_or_has_left_is_not_reminded(chat: Chat) -> None:
    for user in (PIA, PETER, URS):
        chat.member(user)
    plan(chat, 1, NOW + 2 * HOUR, PIA, PETER, URS, "@nobody:localhost")
    chat.says("!profil pause", by=PIA)
    chat.says("!profil verlassen", by=PETER)
    assert [user for user, _ in states(chat, 1)] == [PIA, URS, "@nobody:localhost"]
    chat.later(hours=1)
    assert [who for _, who, *_ in of(chat)] == ["urs"]
    chat.later(hours=3)
    assert [s for s in chat.in_room("coordination") if s.machine["type"] == "list"] == []


def test_where_there_is_nothing_to_say_nothing_is_said(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    chat.member(PIA)
    for number in (SILENT, GONE, BROKEN, 1):
        plan(chat, number, NOW + 2 * HOUR, PIA)
    with chat.acting() as ctx:
        reminders.plan(ctx, "unheard", 1, start=NOW + 2 * HOUR, users=[PIA])
    with caplog.at_level(logging.ERROR):
        chat.later(hours=1)
    assert [ref for _, _, ref, *_ in of(chat)] == ["X1"]
    assert [r.message for r in caplog.records] == ["reminder failed"]
    for number in (SILENT, GONE, BROKEN):
        assert states(chat, number) == [(PIA, "missed")]
    assert states(chat, 1, "unheard") == [(PIA, "missed")]
    assert chat.in_room("coordination") == []


def test_each_is_told_in_their_language(chat: Chat) -> None:
    chat.member(PIA)
    chat.member(PETER, language="en")
    with chat.acting() as ctx:
        reminders.plan(ctx, "spoken", 1, start=NOW + 2 * HOUR, users=[PIA, PETER])
    chat.later(hours=1)
    assert "Ich laufe seit" in chat.to(PIA)[-1].text
    assert "I have been running since" in chat.to(PETER)[-1].text
    ids = {s.content["ch.publicinnovators.txn"] for s in (chat.to(PIA)[-1], chat.to(PETER)[-1])}
    assert len(ids) == 2


def test_who_has_no_direct_chat_gets_one(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        kora = members.find(tx, KORA)
    assert kora is not None
    plan(chat, 1, NOW + 2 * HOUR, KORA)
    chat.now += HOUR
    [errand] = chat.core.tick(JOBS["reminders"], now=chat.now)
    assert (errand.room, errand.priority) == (KORA, outbox.BROADCAST)


def crowd(chat: Chat, count: int) -> list[str]:
    """So many members, without direct chats."""
    people = [f"@p{n}:localhost" for n in range(count)]
    rest: dict[str, Any] = {
        "municipality": None,
        "function": None,
        "knowhow": [],
        "interests": [],
        "language": None,
    }
    with chat.database.transaction() as tx:
        for user in people:
            members.put(
                tx,
                user_id=user,
                name=user,
                name_key=user,
                state="active",
                reminders=None,
                digest=True,
                joined_at=NOW,
                changed_at=NOW,
                **rest,
            )
    return people


def test_many_are_done_in_pieces_and_nobody_is_left_out_or_told_twice(chat: Chat) -> None:
    people = crowd(chat, 1203)
    plan(chat, 1, NOW + HOUR + MINUTE, *people)
    chat.now += MINUTE
    first = chat.core.tick(JOBS["reminders"], now=chat.now)
    assert len(first) == reminders.AT_ONCE
    assert "reminders" in chat.core.unfinished
    errands = first + chat.core.tick_all(now=chat.now)
    assert "reminders" not in chat.core.unfinished
    assert sorted(e.room for e in errands) == sorted(people)
    assert len({e.id for e in errands}) == len({e.txn for e in errands}) == 1203
    assert [e.id for e in chat.core.pending()] == sorted(e.id for e in errands)


def test_many_that_were_missed_are_one_line_and_what_is_useful_still_comes(chat: Chat) -> None:
    people = crowd(chat, 600)
    plan(chat, 1, NOW + 2 * HOUR, *people)
    plan(chat, 2, NOW + 3 * HOUR, *people[:300])
    plan(chat, 3, NOW + 6 * HOUR, *people[:10])
    chat.later(hours=5, minutes=30)
    [line] = chat.in_room("coordination")
    assert "sample 1 (600 Personen), sample 2 (300 Personen)." in line.text
    assert {(ref, lead, late) for _, _, ref, lead, late in of(chat)} == {("X3", "1h", True)}
    assert len(of(chat)) == 10


def test_a_transaction_that_is_lost_is_repeated_with_the_same_ids(chat: Chat) -> None:
    for user in (PIA, PETER):
        chat.member(user)
    plan(chat, 1, NOW + 2 * HOUR, PIA, PETER)
    chat.now += HOUR
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        JOBS["reminders"].handler(ctx)
        chat.core.outbox.keep(ctx, reply=None, cause="job once")
        tx.connection.rollback()
    lost = [errand.txn for errand in chat.core.outbox.take()]
    assert [errand.txn for errand in chat.core.tick_all(now=chat.now)] == lost
    assert len(lost) == 2


# --- planning anew


def test_new_lead_times_are_for_all_that_is_to_come(
    chat: Chat, samples: dict[str, list[tuple[int, datetime]]]
) -> None:
    room = chat.direct(chat.member(PIA))
    samples[PIA] = [(1, NOW + 3 * DAY), (2, NOW + 10 * DAY)]
    for number, start in samples[PIA]:
        plan(chat, number, start, PIA)
    chat.says("profil erinnerung aus", room=room)
    assert states(chat, 1) == states(chat, 2) == []
    reply = chat.reply("profil erinnerung 2d", room=room)
    assert [len(states(chat, number)) for number in (1, 2)] == [1, 1]
    chat.later(days=1)
    assert [(ref, lead) for _, _, ref, lead, _ in of(chat)] == [("X1", "2d")]
    chat.now = NOW + MINUTE
    chat.reacts(reply, "↩️")  # off again
    assert states(chat, 1) == [(PIA, "sent")]
    assert states(chat, 2) == []


def test_what_is_due_at_this_moment_is_not_lost_by_planning_anew(chat: Chat) -> None:
    chat.member(PIA)
    plan(chat, 1, NOW + 2 * HOUR, PIA)
    chat.now += HOUR + timedelta(seconds=5)  # due, and the tick is still to come
    plan(chat, 1, NOW + 2 * HOUR, PIA)
    assert states(chat, 1) == [(PIA, "pending")]
    plan(chat, 1, NOW + 4 * HOUR, PIA)  # moved: it comes an hour ahead of the new start
    chat.tick()
    assert of(chat) == []
    chat.later(hours=2)
    assert len(of(chat)) == 1


# --- times


def test_a_day_ahead_is_the_same_time_the_day_before() -> None:
    """The clocks go back on 25 October 2026, and forward on 28 March 2027."""
    for start in ("2026-10-26 14:00", "2027-03-29 14:00"):
        day_before = reminders.due_at(zurich(start), 7 * DAY, ZURICH).astimezone(ZURICH)
        assert f"{day_before:%H:%M}" == "14:00"
    assert reminders.due_at(zurich("2026-10-25 14:00"), DAY, ZURICH) == datetime(2026, 10, 24, 12, tzinfo=UTC)


def test_hours_are_those_that_pass() -> None:
    start = zurich("2026-10-25 04:00")
    assert reminders.due_at(start, 3 * HOUR, ZURICH) == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert reminders.due_at(start, 25 * HOUR, ZURICH) == start.astimezone(UTC) - 25 * HOUR


def test_the_hour_that_is_skipped_comes_an_hour_later_on_the_clock() -> None:
    due = reminders.due_at(zurich("2027-03-29 02:30"), DAY, ZURICH)
    assert due == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@given(
    start=st.datetimes(datetime(2026, 9, 1), datetime(2027, 5, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    seconds=st.one_of(st.integers(1, 366).map(lambda n: n * 86400), st.integers(1, 366 * 86400)),
)
def test_lead_times_in_any_season(start: datetime, seconds: int) -> None:
    lead = timedelta(seconds=seconds)
    due = reminders.due_at(start, lead, ZURICH)
    assert due.tzinfo == UTC
    if lead % DAY:
        assert start - due == lead
        return
    assert abs((start - due) - lead) <= HOUR
    local, ahead = start.astimezone(ZURICH), due.astimezone(ZURICH)
    assert (local.date() - ahead.date()).days == lead.days
    exists = ahead.time() == local.time()
    assert exists or (ahead.month == 3 and local.hour == 2 and ahead.hour == 3)


# --- what is kept


def test_the_person_sees_and_erases_them(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    plan(chat, 1, NOW + 2 * HOUR, PIA)
    file = chat.reply("datenschutz auskunft", room=room)
    assert '"of": "sample 1"' in file.content["data"]
    asked = chat.reply("datenschutz löschen", room=room)
    chat.says(asked.machine["confirm"], room=room)
    assert states(chat, 1) == []


def test_what_is_over_is_forgotten(chat: Chat) -> None:
    chat.member(PIA)
    plan(chat, 1, NOW + 2 * HOUR, PIA)
    plan(chat, 2, NOW + 90 * DAY, PIA)
    chat.later(hours=1)
    assert states(chat, 1) == [(PIA, "sent")]
    chat.later(days=31)
    assert states(chat, 1) == []
    assert len(states(chat, 2)) == 3


def test_coordinators_see_how_late_they_are(chat: Chat) -> None:
    chat.member(PIA)
    plan(chat, 1, NOW + 2 * HOUR, PIA)
    assert "Verspätung der Erinnerungen: keine" in chat.reply("!status", by=KORA).text
    chat.now += HOUR + 3 * MINUTE
    assert "Verspätung der Erinnerungen: 3 Minuten" in chat.reply("!status", by=KORA).text
    chat.core.tick(JOBS["gathered notices"], now=chat.now)
    assert chat.core.next_reminder == NOW + HOUR
    chat.tick()
    assert chat.core.next_reminder is None
