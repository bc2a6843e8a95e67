import pytest

from tests.support.chat import ROOMS, Chat


def test_talk_is_not_answered(chat: Chat) -> None:
    assert chat.says("Guten Morgen zusammen") == []


def test_an_unknown_command_is_answered_with_the_nearest(chat: Chat) -> None:
    reply = chat.reply("!quatsch")
    assert reply.machine["code"] == "unknown_command"


def test_an_idea_gets_a_card_and_one_reply(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!idee neu Formulare <b>vorausfüllen</b>\nthema: Umzug\nWeil *alles* da ist. @room")
    assert reply.machine["ref"] == "I1"
    assert reply.machine["topic"] == "Umzug"
    card = chat.card("I1")
    assert card.room == ROOMS["ideas"]
    assert "&lt;b&gt;" in card.html
    assert "<em>alles</em>" in card.html
    assert card.event_id in reply.html
    assert [key for _, key in chat.reactions] == ["👍", "👎"]


def test_in_the_idea_room_the_card_is_the_reply(chat: Chat) -> None:
    chat.member("@pia:localhost")
    [card] = chat.says("!idee neu Formulare", room=ROOMS["ideas"])
    assert card.replies_to == chat.last
    assert "you" not in card.machine


def test_an_edited_command_changes_what_it_made(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!idee neu Formulare")
    said = chat.edits(chat.last, "!idee neu Formulare vorausfüllen")
    assert {s.edits for s in said} == {
        reply.event_id,
        next(s for s in chat.said if s.room == ROOMS["ideas"]).event_id,
    }
    assert chat.card("I1").machine["title"] == "Formulare vorausfüllen"


def test_undo(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!idee neu Formulare")
    chat.reacts(reply, "↩️")
    assert chat.card("I1").machine["state"] == "withdrawn"


def test_a_fault_of_ours_is_answered_with_its_number_and_leaves_nothing(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Formulare vorausfüllen")
    with chat.database.transaction() as tx:
        tx.exec_driver_sql("DROP TABLE ratings")  # a fault as real as any
    reply = chat.reply("!idee bewerte I1 aufwand: 2 nutzen: 5")
    assert reply.machine["code"] == "internal"
    assert reply.machine["id"] in reply.text
    assert reply.machine["id"] in [getattr(record, "error_id", None) for record in caplog.records]
    assert chat.reply("!idee zeige I1").machine["ratings"] == {"count": 0}
