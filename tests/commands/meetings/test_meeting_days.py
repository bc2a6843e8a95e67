"""What happens to meetings by themselves is done in pieces, each soon over, however many there are."""

from __future__ import annotations

import pytest

from commands.framework.declarations import JOBS
from commands.meetings.days import A_TICK
from tests.support.chat import Chat

PIA, PETER = "@pia:localhost", "@peter:localhost"
GROUP = "!group1:localhost"
WEEKS = 12


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    for user in (PIA, PETER):
        chat.member(user)
    chat.process(PIA, PETER, leader=PIA)


def ticks(chat: Chat, name: str) -> int:
    """How often the job is ticked until nothing is left to do."""
    for count in range(1, 20):
        chat.deliver(chat.core.tick(JOBS[name], now=chat.now))
        if name not in chat.core.unfinished:
            return count
    pytest.fail(f"{name} does not end")


def states(chat: Chat) -> list[str]:
    direct = chat.direct(PIA)
    return [
        chat.reply(f"!sitzung zeige S{n}", by=PIA, room=direct).machine["state"] for n in range(1, WEEKS + 1)
    ]


def test_many_meetings_that_are_over_at_once_are_held_piece_by_piece(chat: Chat) -> None:
    chat.group_room(1, PIA, PETER)
    for week in range(WEEKS):
        chat.reply(f"!sitzung neu P1 Thema {week} | wann: 12.01.2027 8:{10 + week}", by=PIA)
    chat.now = chat.now.replace(year=2027, month=1, day=13)
    assert ticks(chat, "meeting days") == 2 * WEEKS // A_TICK + 1  # each is asked about, and then held
    assert states(chat) == ["held"] * WEEKS
    assert ticks(chat, "meeting days") == 1


def test_a_long_series_that_is_over_is_held_and_its_next_date_has_a_card(chat: Chat) -> None:
    chat.group_room(1, PIA, PETER)
    chat.reply(
        "!sitzung neu P1 Formulare | wann: 12.01.2027 13:30-15:00 | jede: woche | bis: 20.07.2027", by=PIA
    )
    chat.now = chat.now.replace(year=2027, month=4, day=1)
    assert ticks(chat, "meeting days") == 2 * WEEKS // A_TICK + 1  # each is asked about, and then held
    shown = [said.machine for said in chat.in_room(GROUP) if said.edits is None and "ref" in said.machine]
    assert [one["ref"] for one in shown] == ["S1", f"S{WEEKS + 1}"]
    assert shown[-1]["state"] == "planned"
    assert states(chat) == ["held"] * WEEKS


def test_cards_come_once_the_group_has_a_room_and_the_later_dates_wait(chat: Chat) -> None:
    for week in range(A_TICK + 2):
        when = f"12.01.2027 8:{10 + week}"
        chat.reply(f"!sitzung neu P1 Thema {week} | wann: {when} | jede: woche | bis: 26.01.2027", by=PIA)
    assert ticks(chat, "cards of meetings") == 1  # there is no room
    chat.group_room(1, PIA, PETER)
    assert ticks(chat, "cards of meetings") == 2
    shown = [said.machine["ref"] for said in chat.in_room(GROUP) if said.machine.get("type") == "meeting"]
    assert shown == [f"S{1 + 3 * series}" for series in range(A_TICK + 2)]
    assert ticks(chat, "cards of meetings") == 1
    assert len(chat.in_room(GROUP)) == len(shown)
