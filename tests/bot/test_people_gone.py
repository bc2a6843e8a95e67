"""The store believes in no people whom the homeserver no longer has."""

import pytest

from tests.support.chat import HALL, ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, KORA = (f"@{n}:localhost" for n in ("pia", "peter", "kora"))


@pytest.fixture
@staged
def event(chat: Chat) -> Said:
    """One seat, which Pia has; Peter waits."""
    for user in (PIA, PETER):
        chat.member(user)
    chat.enters(ROOMS["space"], PIA, "Pia")
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30 | plätze: 1", by=KORA)
    chat.reply("!anlass anmelden A1", by=PIA)
    return chat.reply("!anlass anmelden A1", by=PETER)


def told(chat: Chat) -> list[str]:
    return [s.text for s in chat.in_room("coordination") if "!mitglied entfernen @pia:localhost" in s.text]


def leave_all(chat: Chat) -> None:
    """As when the account is closed: out of one room after the other."""
    for room in (HALL, ROOMS["space"], "!direct-pia:localhost"):
        chat.moves(PIA, "leave", room)


def test_who_is_in_no_room_any_more_is_told_once_with_what_to_type(chat: Chat, event: Said) -> None:
    chat.moves(PIA, "leave", HALL)
    assert told(chat) == []
    leave_all(chat)
    leave_all(chat)
    assert len(told(chat)) == 1
    assert told(chat)[0].startswith("Pia ist in keinem Raum mehr")


def test_who_is_banned_from_the_space_is_gone(chat: Chat, event: Said) -> None:
    chat.moves(PIA, "ban", HALL, by=KORA)
    assert told(chat) == []
    chat.moves(PIA, "ban", ROOMS["space"], by=KORA)
    assert len(told(chat)) == 1
    assert "ausgeschlossen" in told(chat)[0]


def test_nothing_is_sent_to_who_is_gone_and_after_removal_the_next_moves_up(chat: Chat, event: Said) -> None:
    leave_all(chat)
    assert chat.core.is_out_of_reach(PIA)
    moved = chat.reply("!anlass verschieben A1 wann: 19.03.2027 13:30", by=KORA)
    assert "Eine Person wird benachrichtigt" in moved.text
    chat.says("!mitglied entfernen @pia:localhost", by=KORA)
    chat.later(minutes=11)
    shown = chat.reply("!anlass zeige A1", by=PETER, room=chat.direct(PETER))
    assert shown.machine["you"]["seat"] == "confirmed"


def test_who_comes_back_is_there_again(chat: Chat, event: Said) -> None:
    leave_all(chat)
    chat.enters(ROOMS["space"], PIA, "Pia")
    assert not chat.core.is_out_of_reach(PIA)
    leave_all(chat)
    assert len(told(chat)) == 2


def test_of_who_is_no_member_nothing_is_said(chat: Chat) -> None:
    chat.moves(PIA, "leave", HALL)
    assert told(chat) == []
