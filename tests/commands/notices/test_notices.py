"""What people are told later: in half a minute, or in the weekly digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from commands.framework.telling import DIGEST_AT, next_weekly
from tests.support.chat import NOW, Chat, Said

PIA, PETER = "@pia:localhost", "@peter:localhost"
ZURICH = ZoneInfo("Europe/Zurich")


def tell(chat: Chat, user: str, *, process: int, digest: bool = True) -> None:
    """The process was in another phase before."""
    with chat.acting() as ctx:
        ctx.tell(user, "phase", before={"at": "frontend_live"}, digest=digest, process=process)


def digests(chat: Chat, user: str) -> list[Said]:
    return [s for s in chat.to(user) if s.text.startswith(("Wochenüberblick", "Your week"))]


def test_the_digest_comes_on_monday_morning_and_once(chat: Chat) -> None:
    """It is Monday, 2 November, ten o'clock in Zurich."""
    for user in (PIA, PETER):
        chat.member(user)
    for process in (chat.process(), chat.process()):
        tell(chat, PIA, process=process)
        chat.later(hours=5)
        tell(chat, PIA, process=process)
    chat.now = datetime(2026, 11, 9, 6, 59, 59, tzinfo=UTC)
    chat.tick()
    assert digests(chat, PIA) == []
    chat.later(seconds=1)
    [digest] = digests(chat, PIA)
    assert digest.machine["refs"] == ["P1", "P2"]
    assert digest.machine["total"] == 2
    chat.later(days=7)
    assert len(digests(chat, PIA)) == 1
    assert digests(chat, PETER) == []


def test_who_wants_no_digest_is_not_told(chat: Chat) -> None:
    chat.member(PIA, digest=False)
    tell(chat, PIA, process=chat.process())
    chat.later(days=8)
    assert chat.to(PIA) == []


def test_who_turns_it_off_gets_not_even_what_waits(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    tell(chat, PIA, process=chat.process())
    chat.says("profil digest aus", room=room)
    chat.later(days=8)
    assert digests(chat, PIA) == []


def test_what_is_told_soon_does_not_wait_for_the_digest(chat: Chat) -> None:
    chat.member(PIA, language="en")
    tell(chat, PIA, process=chat.process())
    tell(chat, PIA, process=1, digest=False)
    chat.later(seconds=31)
    assert len(chat.to(PIA)) == 1
    assert digests(chat, PIA) == []
    chat.later(days=7)
    assert len(digests(chat, PIA)) == 1


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW, datetime(2026, 11, 9, 7, tzinfo=UTC)),
        (datetime(2026, 11, 2, 6, 59, tzinfo=UTC), datetime(2026, 11, 2, 7, tzinfo=UTC)),
        (datetime(2026, 11, 2, 7, 0, tzinfo=UTC), datetime(2026, 11, 9, 7, tzinfo=UTC)),
        # Sunday, before midnight in UTC and after it in Zurich
        (datetime(2026, 11, 8, 23, 30, tzinfo=UTC), datetime(2026, 11, 9, 7, tzinfo=UTC)),
        # over both nights on which the clocks change: eight o'clock is eight o'clock
        (datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2026, 10, 26, 7, tzinfo=UTC)),
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 29, 6, tzinfo=UTC)),
    ],
)
def test_monday_at_eight_is_local(now: datetime, expected: datetime) -> None:
    assert next_weekly(now, ZURICH, DIGEST_AT) == expected
    assert next_weekly(now, ZURICH, DIGEST_AT) - now <= timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Mo 8:00", "Mo 08:00"),
        ("freitags um 16 Uhr", "Fr 16:00"),
        ("Do 7.30", "Do 07:30"),
        ("every Tuesday at 9", "Di 09:00"),
        ("am Sonntag", "So 08:00"),
        ("wöchentlich", "Mo 08:00"),
    ],
)
def test_the_digest_comes_at_one_s_own_day_and_hour(chat: Chat, typed: str, said: str) -> None:
    chat.member(PIA)
    assert f"Wochenüberblick: ja, {said}" in chat.reply(f"profil digest {typed}", room=chat.direct(PIA)).text


@pytest.mark.parametrize("typed", ["Mo 25:00", "Mo 8:60", "8:00", "mittwochs früh"])
def test_another_time_is_refused(chat: Chat, typed: str) -> None:
    chat.member(PIA)
    assert chat.reply(f"profil digest {typed}", room=chat.direct(PIA)).machine["code"] == "bad_input"


def test_what_waits_comes_at_the_time_that_was_chosen_since_and_undone(chat: Chat) -> None:
    """It is Monday; the digest moves to Wednesday, and back."""
    room = chat.direct(chat.member(PIA))
    tell(chat, PIA, process=chat.process())
    chosen = chat.reply("profil digest Mi 16:30", room=room)
    chat.reacts(chosen, "↩️", by=PIA)
    chat.now = datetime(2026, 11, 4, 16, tzinfo=UTC)
    chat.tick()
    assert digests(chat, PIA) == []
    chat.says("profil digest Mi 17:30", room=room)
    chat.later(minutes=31)
    assert len(digests(chat, PIA)) == 1
