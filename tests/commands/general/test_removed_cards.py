"""A card that somebody has removed: no other card links to it, and each links to the one posted anew."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat, Said
from tests.support.kept import staged

KORA, MONI, PIA = "@kora:localhost", "@moni:localhost", "@pia:localhost"


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    """N1 was a draft; P1 is made of I1, into which I2 was merged."""
    for user in (KORA, MONI, PIA):
        chat.member(user)
    chat.says("!news neu Meldung | stand: entwurf\nText.", by=MONI)
    chat.says("!news veröffentlichen N1", by=MONI)
    for title in ("Parkkarte", "Hundemarke"):
        chat.says(f"!idee neu {title}", by=PIA)
    chat.says("!idee zusammenführen I2 in I1", by=MONI)
    chat.says("!idee annehmen I1 grund: gut", by=MONI)
    chat.says("!idee überführen I1 klasse: L", by=KORA)
    chat.later(minutes=1)
    return chat


def first(chat: Chat, ref: str, room: str) -> Said:
    """The newest message in the room of this purpose that shows the thing."""
    return [s for s in chat.in_room(room) if s.machine.get("ref") == ref and s.edits is None][-1]


def looks(chat: Chat, said: Said) -> str:
    """How this message looks now."""
    return next((s for s in reversed(chat.said) if s.edits == said.event_id), said).html


@pytest.mark.parametrize(
    ("removed", "linking", "again"),
    [
        (("N1", "news"), ("N1", "moderation"), True),
        (("P1", "agenda"), ("I1", "ideas"), True),
        (("I1", "ideas"), ("P1", "agenda"), False),  # it is decided: nobody is asked for its card
        (("I1", "ideas"), ("I2", "ideas"), False),
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
def test_what_links_to_a_card_follows_it(
    town: Chat, removed: tuple[str, str], linking: tuple[str, str], again: bool, restarted: bool
) -> None:
    gone, other = first(town, *removed), first(town, *linking)
    assert gone.event_id in looks(town, other)
    town.takes_off(gone.event_id, by=MONI, room=gone.room)
    town.later(seconds=2)
    assert gone.event_id not in looks(town, other)
    assert "matrix.to/#/!" not in looks(town, other).replace("%21", "!")
    if not again:
        return
    asked = next(s for s in reversed(town.said) if s.machine["type"] == "remark")
    if restarted:
        town.restart()
    town.reacts(asked, "✅", by=KORA)
    town.later(seconds=2)
    anew = first(town, *removed)
    assert anew.event_id != gone.event_id
    assert anew.event_id in looks(town, other)
