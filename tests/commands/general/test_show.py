import pytest

from commands.framework.declarations import COMMANDS, LETTERS, THINGS
from tests.support.chat import Chat


def test_a_thing_is_shown_by_its_reference(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Formulare vorausfüllen")
    for text in (
        "!zeige I1",
        "!show i1",
        "!I1",
        "!zeige #I1",
        "!zeige I 1",
        "!idee I1",
        "!idee 1",
        "!idee #1",
    ):
        reply = chat.reply(text)
        assert reply.machine["ref"] == "I1"
        assert "Formulare vorausfüllen" in reply.text


def test_what_there_is_not_is_not_found(chat: Chat) -> None:
    chat.member("@pia:localhost")
    for letter in LETTERS:
        assert chat.reply(f"!zeige {letter}4711").machine["code"] in ("not_found", "not_allowed")


@pytest.mark.parametrize("typed", ["12", "Q1", "idee", "I", "I99999999999", "«I1»"])
def test_what_is_no_reference_is_refused_with_the_letters(chat: Chat, typed: str) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply(f"!zeige {typed}")
    assert reply.machine["code"] == "bad_input"
    assert "I12" in reply.text


def test_strangers_are_shown_nothing(chat: Chat) -> None:
    assert chat.reply("!zeige I1", by="@fremd:localhost").machine["code"] == "not_allowed"


def test_what_a_kind_shows_itself_takes_its_number_first() -> None:
    for kind in THINGS:
        own = COMMANDS.get(f"{kind} show")
        if own is not None:
            assert own.parameters[0].place in ("word", "line")
            assert not any(p.required for p in own.parameters[1:])
            assert not own.direct
            assert own.reads
