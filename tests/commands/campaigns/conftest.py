"""The people of a campaign, and short ways to what they do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.chat import Chat, Said

PIA, URS, ANA, KORA = "@pia:localhost", "@urs:localhost", "@ana:localhost", "@kora:localhost"
Does = Callable[..., Said]


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    chat.member(PIA, "Pia Muster")
    chat.member(URS, "Urs Beispiel", municipality="Liestal")
    chat.member(ANA, "Ana Probe")
    chat.direct(KORA)


@pytest.fixture
def campaign(chat: Chat) -> Does:
    """A campaign is set out, four weeks long."""

    def set_out(more: str = "", *, until: str = "30.11.2026", title: str = "Schalter ohne Papier") -> Said:
        return chat.reply(f"!wettbewerb neu {title} | bis: {until}{more}", by=KORA)

    return set_out


@pytest.fixture
def idea(chat: Chat) -> Does:
    """An idea is submitted to W1."""

    def submit(title: str, *, by: str = PIA) -> Said:
        return chat.reply(f"!idee neu {title} | wettbewerb: W1 | trotzdem: ja", by=by)

    return submit
