"""One person on two devices, at the same time: one thing is made, and both are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.core.batches import RoomBatch
from tests.support.chat import Chat, Said

KORA = "@kora:localhost"
OVER = "Da ist keine Frage mehr offen."
Together = Callable[[list[RoomBatch]], list[Said]]


@pytest.fixture
def room(chat: Chat) -> str:
    chat.member(KORA)
    return chat.direct(KORA)


@pytest.fixture(params=["one batch", "two batches"])
def tell(request: pytest.FixtureRequest, chat: Chat) -> Together:
    """The bot hears of these events; what it says of them in the direct chat, to each what replies to it."""

    def at_once(told: list[RoomBatch]) -> list[Said]:
        said = (
            chat.apply(*told)
            if request.param == "one batch"
            else [s for one in told for s in chat.apply(one)]
        )
        return [one for one in said if one.room == chat.direct(KORA) and one.edits is None]

    return at_once


def says(chat: Chat, room: str, text: str) -> RoomBatch:
    return chat.happens("m.room.message", {"msgtype": "m.text", "body": text}, by=KORA, room=room)


def taps(chat: Chat, on: Said, key: str) -> RoomBatch:
    relation = {"rel_type": "m.annotation", "event_id": on.event_id, "key": key}
    return chat.happens("m.reaction", {"m.relates_to": relation}, by=KORA, room=on.room)


def types(said: list[Said]) -> list[str]:
    return [one.machine["type"] for one in said]


def preview(chat: Chat, room: str) -> Said:
    for text in ("!anlass neu", "Frühlingstreffen", "18.3.2027 13:30-17:00", "weiter"):
        chat.says(text, by=KORA, room=room)
    shown = chat.reply("weiter", by=KORA, room=room)
    assert shown.machine["type"] == "confirm"
    return shown


def events(chat: Chat, room: str) -> list[str]:
    found: list[str] = chat.reply("!anlass liste", by=KORA, room=room).machine["refs"]
    return found


def test_both_answer_the_open_question(chat: Chat, room: str, tell: Together) -> None:
    chat.says("!idee neu", by=KORA, room=room)
    assert types(tell([says(chat, room, "Baugesuche online"), says(chat, room, "Ohne Papier")])) == [
        "question",
        "idea",
    ]
    shown = chat.reply("!idee zeige I1", by=KORA, room=room)
    assert "Baugesuche online\nOhne Papier" in shown.text
    assert chat.reply("!idee liste", by=KORA, room=room).machine["refs"] == ["I1"]


@pytest.mark.parametrize("keys", [("1️⃣", "2️⃣"), ("2️⃣", "1️⃣"), ("1️⃣", "1️⃣")])
def test_both_tap_on_a_choice(chat: Chat, room: str, tell: Together, keys: tuple[str, str]) -> None:
    offered = chat.reply("Ich will Ideen suchen und eine Idee einreichen", by=KORA, room=room)
    assert [one["command"] for one in offered.machine["options"]] == ["idea new", "idea list"]
    first, second = tell([taps(chat, offered, key) for key in keys])
    assert first.machine["type"] == ("question" if keys[0] == "1️⃣" else "list")
    assert first.replies_to == offered.event_id
    assert second.text == OVER


@pytest.mark.parametrize("keys", [("1️⃣", "2️⃣"), ("2️⃣", "1️⃣")])
def test_both_tap_on_a_question(chat: Chat, room: str, tell: Together, keys: tuple[str, str]) -> None:
    asked = chat.reply("!profil sprache", by=KORA, room=room)
    first, second = tell([taps(chat, asked, key) for key in keys])
    assert first.machine["type"] == "member"
    assert second.text == (OVER if keys[0] == "1️⃣" else "No question is open there any more.")
    asked = chat.reply("!idee neu", by=KORA, room=room)
    assert asked.text.startswith("Wie heisst" if keys[0] == "1️⃣" else "What is the idea called")


@pytest.mark.parametrize("word", ["abbrechen", "!abbrechen", "Stopp!", "cancel"])
def test_one_sends_it_and_the_other_lets_it_be(chat: Chat, room: str, tell: Together, word: str) -> None:
    shown = preview(chat, room)
    first, second = tell([taps(chat, shown, "✅"), says(chat, room, word)])
    assert (first.machine["type"], second.text) == ("event", OVER)
    assert second.replies_to == chat.last
    assert events(chat, room) == ["A1"]


def test_one_lets_it_be_and_the_other_sends_it(chat: Chat, room: str, tell: Together) -> None:
    shown = preview(chat, room)
    first, second = tell([says(chat, room, "abbrechen"), taps(chat, shown, "✅")])
    assert [first.text, second.text] == ["Gut, ich lasse es.", OVER]
    assert events(chat, room) == []


@pytest.mark.parametrize("answers", [("tap", "ja"), ("ja", "tap"), ("tap", "tap"), ("ja", "ja")])
def test_both_send_it(chat: Chat, room: str, tell: Together, answers: tuple[str, str]) -> None:
    shown = preview(chat, room)
    told = [taps(chat, shown, "✅") if one == "tap" else says(chat, room, one) for one in answers]
    first, second = tell(told)
    assert (first.machine["type"], second.text) == ("event", OVER)
    assert events(chat, room) == ["A1"]


def test_the_same_event_twice_is_heard_once(chat: Chat, room: str, tell: Together) -> None:
    tap = taps(chat, preview(chat, room), "✅")
    assert types(tell([tap, tap])) == ["event"]
    assert events(chat, room) == ["A1"]


def test_one_goes_back_and_the_other_sends_it(chat: Chat, room: str, tell: Together) -> None:
    shown = preview(chat, room)
    first, second = tell([says(chat, room, "zurück"), taps(chat, shown, "✅")])
    assert (first.machine["field"], second.text) == ("place", OVER)
    assert events(chat, room) == []


# --- reactions that answer nothing


@pytest.mark.parametrize("key", ["👍", "❤️", "7️⃣", "✅", "🎉"])
def test_a_reaction_that_is_no_answer_is_none(chat: Chat, room: str, key: str) -> None:
    """A title is asked for, a text, and which command is meant."""
    asked = chat.reply("!idee neu", by=KORA, room=room)
    assert chat.reacts(asked, key, by=KORA) == []
    described = chat.reply("Baugesuche online", by=KORA, room=room)
    assert chat.reacts(described, key, by=KORA) == []
    chat.says("abbrechen", by=KORA, room=room)
    offered = chat.reply("Ich will Ideen suchen und eine Idee einreichen", by=KORA, room=room)
    assert chat.reacts(offered, key, by=KORA) == []
    assert chat.reply("!idee liste", by=KORA, room=room).machine["refs"] == []


def test_after_a_day_a_tap_is_no_answer(chat: Chat, room: str) -> None:
    shown = preview(chat, room)
    chat.later(hours=25)
    [told] = chat.reacts(shown, "✅", by=KORA)
    assert told.text == OVER
    assert events(chat, room) == []


@pytest.mark.parametrize("word", ["abbrechen", "zurück", "weiter", "ja", "!zurück"])
def test_a_word_where_nothing_is_open_offers_nothing(chat: Chat, room: str, word: str) -> None:
    assert chat.reply(word, by=KORA, room=room).text == OVER


@pytest.mark.parametrize("key", ["1️⃣", "⏭️"])
def test_what_is_asked_in_another_way_is_still_open(chat: Chat, room: str, key: str) -> None:
    """Erasure waits for its words, or ✅."""
    pia = chat.member("@pia:localhost")
    asked = chat.reply("!datenschutz löschen", by=pia, room=chat.direct(pia))
    assert asked.machine["type"] == "confirm"
    assert chat.reacts(asked, key, by=pia) == []
