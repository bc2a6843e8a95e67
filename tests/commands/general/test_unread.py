"""What can't be read, or is not for the bot to obey, is said in plain words, to each person now and then only."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.core.events import Message
from commands.framework.context import Settings
from storage import megolm, rooms
from storage.engine.database import Database
from tests.support.chat import HALL, ROOMS, Chat, Said

PIA, PETER, KORA = "@pia:localhost", "@peter:localhost", "@kora:localhost"
SECRET = {"algorithm": "m.megolm.v1.aes-sha2"}
SAY_AGAIN = "Diese Nachricht konnte ich nicht lesen. Bitte nochmals senden."


@pytest.fixture
def chat(database: Database) -> Chat:
    chat = Chat(database, Settings(coordinators=(KORA,), encrypts=True))
    chat.changes(HALL, "m.room.encryption", SECRET, by=PIA)
    return chat


def unreadable(chat: Chat, *people: str, room: str = HALL) -> None:
    """Messages whose keys have not come."""
    with chat.database.transaction() as tx:
        for sender in people:
            chat.count += 1
            megolm.keep_unreadable(
                tx,
                event_id=f"$dark{chat.count}",
                room_id=room,
                session_id=f"of {sender}",
                sender=sender,
                event={},
                at=chat.now,
            )


def sealed(
    chat: Chat, text: str, *, by: str = PIA, room: str = HALL, signed: bool | None = True
) -> list[Said]:
    """What is said because of an encrypted message."""
    batch = chat.happens("m.room.message", {"msgtype": "m.text", "body": text}, by=by, room=room)
    [said] = batch.timeline
    assert isinstance(said, Message)
    return chat.apply(replace(batch, timeline=[replace(said, sealed=True, signed=signed)]))


def texts(said: list[Said]) -> list[str]:
    return [one.text.strip() for one in said]


def test_who_could_not_be_read_is_told_after_ten_seconds_and_once_an_hour(chat: Chat) -> None:
    unreadable(chat, PIA, PIA, PETER)
    chat.now = chat.now.replace(second=9)
    assert chat.tick() == []
    chat.now = chat.now.replace(second=11)
    said = chat.tick()
    assert texts(said) == [SAY_AGAIN, SAY_AGAIN]
    assert {one.room for one in said} == {HALL}
    for minutes, count in ((30, 0), (29, 0), (2, 1)):
        unreadable(chat, PIA)
        before = len(chat.said)
        chat.later(minutes=minutes)
        assert len(chat.said) - before == count, minutes


def test_who_was_read_in_time_is_told_nothing(chat: Chat) -> None:
    unreadable(chat, PIA)
    with chat.database.transaction() as tx:
        megolm.mark_read(tx, f"$dark{chat.count}")
    chat.later(minutes=1)
    assert chat.said == []


def test_a_direct_chat_is_told_in_its_persons_language(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA, language="en"))
    unreadable(chat, PIA, room=room)
    chat.later(seconds=11)
    assert texts(chat.to(PIA)) == ["I could not read this message. Please send it again."]


def test_whose_app_keeps_messages_back_is_told_what_to_do_once_a_day(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        megolm.put_withheld(
            tx, room_id=HALL, session_id=f"of {PIA}", sender=PIA, code="m.unverified", at=chat.now
        )
    for hours, count in ((1, 1), (22, 0), (2, 1)):
        unreadable(chat, PIA)
        before = len(chat.said)
        chat.later(hours=hours)
        assert [("Sicherheit" in text) for text in texts(chat.said[before:])] == [True] * count, hours


def keeps_back(chat: Chat, user: str, room: str) -> None:
    """The person's client gives no key for a message there."""
    with chat.database.transaction() as tx:
        megolm.put_withheld(
            tx, room_id=room, session_id=f"of {user}", sender=user, code="m.unverified", at=chat.now
        )
    unreadable(chat, user, room=room)


def gives_key(chat: Chat, user: str, room: str) -> None:
    values = dict.fromkeys(("curve_key", "signing_key", "pickle"), "x") | {"first_index": 0}
    with chat.database.transaction() as tx:
        megolm.put_inbound(
            tx,
            room_id=room,
            session_id=f"direct {user}",
            sender=user,
            received_at=chat.now,
            shared_history=False,
            forwarded=False,
            **values,
        )


@pytest.mark.parametrize(
    ("encrypted", "open_", "back", "told"),
    [
        (False, False, False, True),
        (True, True, False, True),
        (True, False, False, False),  # nothing has been read there yet
        (True, True, True, False),  # nor does the client let the bot read there
    ],
    ids=["plain", "read", "not read", "held back"],
)
def test_whose_app_keeps_messages_back_is_told_in_private_where_that_can_be_read(
    chat: Chat, encrypted: bool, open_: bool, back: bool, told: bool
) -> None:
    direct = chat.direct(chat.member(PIA))
    if encrypted:
        chat.changes(direct, "m.room.encryption", SECRET, by=PIA)
    if open_:
        gives_key(chat, PIA, direct)
    if back:
        with chat.database.transaction() as tx:
            megolm.put_withheld(
                tx, room_id=direct, session_id="d", sender=PIA, code="m.unverified", at=chat.now
            )
    keeps_back(chat, PIA, HALL)
    before = len(chat.said)
    chat.later(seconds=11)
    [said] = chat.said[before:]
    assert said.room == (direct if told else HALL)
    assert ("eine Ihrer Nachrichten" if told else "diese Nachricht") in said.text
    assert "Sicherheit" in said.text


def test_a_room_the_bot_has_left_is_told_nothing(chat: Chat) -> None:
    chat.enter("!other:localhost", PIA)
    unreadable(chat, PIA, room="!other:localhost")
    with chat.database.transaction() as tx:
        rooms.change(tx, "!other:localhost", joined=False)
    chat.later(minutes=1)
    assert [one for one in chat.said if one.room == "!other:localhost"] == []


def test_a_plain_message_in_an_encrypted_room_is_no_command(chat: Chat) -> None:
    chat.member(PIA)
    first = chat.says("!idee neu Kartenzahlung")
    assert "Schloss" in first[-1].text
    assert chat.says("!idee neu Nochmals") == []
    assert chat.says("Das ist unter uns.") == []
    assert chat.edits(chat.last, "!idee neu Doch") == []
    chat.later(minutes=61)
    assert "Schloss" in chat.says("!idee liste")[-1].text
    assert "keine" in sealed(chat, "!idee liste")[-1].text.casefold()


def test_in_a_plain_room_all_is_as_ever(chat: Chat) -> None:
    chat.member(PIA)
    assert "I1" in chat.says("!idee neu Kartenzahlung", room=ROOMS["ideas"])[-1].text


def test_who_writes_from_an_unconfirmed_device_is_obeyed_and_told_once_a_day(chat: Chat) -> None:
    chat.member(PIA)
    said = sealed(chat, "!idee neu Kartenzahlung", signed=False)
    assert any("I1" in text for text in texts(said))
    assert sum("noch nicht bestätigt" in text for text in texts(said)) == 1
    again = sealed(chat, "!idee liste", signed=False)
    assert not any("bestätigt" in text for text in texts(again))
    unknown = sealed(chat, "!idee liste", by=PETER, signed=None)
    assert not any("bestätigt" in text for text in texts(unknown))


@pytest.mark.parametrize("signed", [False, None])
def test_a_role_counts_from_a_confirmed_device_only(chat: Chat, signed: bool | None) -> None:
    said = sealed(chat, "!status", by=KORA, signed=signed)
    assert "Das habe ich nicht ausgeführt" in said[0].text
    assert "Speicher" not in json.dumps(texts(said))
    assert "Ich laufe seit" in sealed(chat, "!status", by=KORA)[0].text


def test_all_devices_are_obeyed_where_that_is_configured(database: Database) -> None:
    chat = Chat(database, Settings(coordinators=(KORA,), encrypts=True, only_signed=False))
    chat.changes(HALL, "m.room.encryption", SECRET, by=PIA)
    [said] = sealed(chat, "!status", by=KORA, signed=False)
    assert "Ich laufe seit" in said.text


def test_coordinators_see_how_many_could_not_be_read(chat: Chat) -> None:
    unreadable(chat, PIA, PETER)
    room = ROOMS["coordination"]
    assert (
        "Unlesbare Nachrichten in den letzten 24 Stunden: 2" in chat.reply("!status", by=KORA, room=room).text
    )
    chat.later(hours=25)
    assert "Unlesbare" not in chat.reply("!status", by=KORA, room=room).text
