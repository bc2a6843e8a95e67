"""How much is done for a command that is typed: counted in calls of functions, which no busy machine changes."""

from __future__ import annotations

import cProfile

import pytest

from tests.support.chat import Chat

MOST = 6_000  # calls; what walks through all commands, or all rows, has tens of thousands


@pytest.mark.parametrize(
    "text",
    ["!idee zeige I1", "!idee stimme I1 +", "!ideen", "!gruppe anmelden P1", "!sitzungen", "!menü"],
)
def test_a_command_does_not_look_through_all_there_is(chat: Chat, text: str) -> None:
    chat.member("@pia:localhost")
    for number in range(12):
        chat.says(f"!idee neu Vorhaben {number}\ntrotzdem: ja", by="@pia:localhost")
    chat.says(text, by="@pia:localhost")  # what is made once is made
    chat.later(minutes=2)
    profiler = cProfile.Profile()
    profiler.enable()
    chat.says(text, by="@pia:localhost")
    profiler.disable()
    calls = sum(entry.callcount for entry in profiler.getstats())
    assert calls < MOST
