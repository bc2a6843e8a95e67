"""Whoever is named is the one who is meant: names that are not alike are not one, and what could be two is asked."""

import pytest

from commands.words import key_of
from tests.commands.members.test_profiles import KORA, PETER, PIA
from tests.support.chat import Chat

EVE = "@eve:localhost"
SIGNS = ["🐺", "🦊", "-", "@", ".", "—", "?!", "(:", "👍🏽", "_", "''"]


def called(chat: Chat, user: str, name: str) -> None:
    """The member is called so in a room of the community, and from now on everywhere."""
    chat.member(user)
    chat.enters("!ideas:localhost", user, name)


@pytest.mark.parametrize("named", SIGNS)
@pytest.mark.parametrize("typed", SIGNS)
def test_a_name_of_signs_is_nobody_else_s(chat: Chat, named: str, typed: str) -> None:
    called(chat, EVE, named)
    chat.process()
    commands = {
        f"!rolle geben {typed} moderator": "",
        f"!gruppe zuweisen P1 {typed}": "",
        f"!gruppe leitung P1 {typed}": "",
        f"!mitglied entfernen {typed}": "",
    }
    for command in commands:
        reply = chat.reply(command, by=KORA, room="!coordination:localhost")
        if typed != named or named == "@":
            assert reply.machine["type"] == "error", command
            assert "Eve" not in reply.text


@pytest.mark.parametrize(
    ("named", "typed"), [("1", "+1"), ("-7", "7"), ("🐺 7", "🦊 7"), ("①", "1"), ("½", "1/2")]
)
def test_a_number_with_other_signs_is_somebody_else(chat: Chat, named: str, typed: str) -> None:
    called(chat, EVE, named)
    for command in ("!rolle geben {} moderator", "!mitglied entfernen {}"):
        reply = chat.reply(command.format(typed), by=KORA, room="!coordination:localhost")
        assert reply.machine.get("code") == "not_found"
    assert chat.reply(f"!rolle geben {named} moderator", by=KORA).machine["ref"] == EVE


def test_who_calls_himself_by_a_sign_is_found_by_it(chat: Chat) -> None:
    called(chat, EVE, "🐺")
    assert chat.reply("!rolle geben 🐺 moderator", by=KORA).machine["ref"] == EVE


@pytest.mark.parametrize(
    ("one", "other"),
    [("गीता", "गाता"), ("がか", "かが"), ("กา", "กี"), ("Кора", "Kora"), ("🐺", "🦊"), ("-", ""), ("+", "-")],
)
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert key_of(one) != key_of(other)


@pytest.mark.parametrize("typed", ["Zoë Müller", "zoe mueller", "ZOE MULLER", "Zoé Müller 🌻"])
def test_spellings_of_one_name_are_one(typed: str) -> None:
    assert key_of(typed) == key_of("Zoë Müller")


def test_with_an_at_sign_the_matrix_id_comes_first(chat: Chat) -> None:
    chat.member(KORA, "Kora Meier")
    called(chat, EVE, "kora")
    chat.member(PETER)
    assert chat.reply("!rolle geben @kora moderator", by=KORA).machine["ref"] == KORA
    assert chat.reply("!rolle geben @Kora moderator", by=KORA).machine["code"] == "conflict"
    assert chat.reply("!rolle geben kora moderator", by=KORA).machine["ref"] == EVE
    assert chat.reply("!rolle geben @peter moderator", by=KORA).machine["ref"] == PETER


def test_the_same_id_on_two_servers_is_asked(chat: Chat) -> None:
    chat.member(PIA)
    chat.member("@pia:gemeinde.example", "Pia Zwei")
    reply = chat.reply("!rolle geben @pia moderator", by=KORA)
    assert reply.machine["code"] == "bad_input"
    assert "@pia:gemeinde.example" in reply.text


def test_of_names_alike_the_one_that_is_spelt_so(chat: Chat) -> None:
    called(chat, PIA, "Joel Suess")
    called(chat, EVE, "Jol Suss")
    assert chat.reply("!rolle geben Joel Suess moderator", by=KORA).machine["ref"] == PIA
    assert chat.reply("!rolle geben jol suss moderator", by=KORA).machine["ref"] == EVE
    assert chat.reply("!rolle geben Joël Süss moderator", by=KORA).machine["code"] == "bad_input"


def test_one_sees_who_has_the_role_now(chat: Chat) -> None:
    called(chat, EVE, "Pia")
    chat.member(PIA, "Pia Muster")
    for text in ("!rolle geben Pia moderator", "!rolle nehmen Pia moderator"):
        reply = chat.reply(text, by=KORA)
        assert "Pia" in reply.text
        assert EVE in reply.text


def test_titles_that_differ_in_signs_are_two(chat: Chat) -> None:
    chat.process()
    chat.says("!kriterium P1 Kosten > 100 | ziel: 5", by=KORA)
    chat.says("!kriterium P1 Kosten < 100 | ziel: 7", by=KORA)
    chat.says("!kriterium P1 kosten < 100 | ist: 6", by=KORA)
    chat.says("!dokument P1 Plan C++ https://example.ch/1", by=KORA)
    chat.says("!dokument P1 Plan C# https://example.ch/2", by=KORA)
    shown = chat.reply("prozess zeige P1", by=KORA, room=chat.direct(KORA)).text
    for said in ("Kosten > 100", "kosten < 100", "Plan C++", "Plan C#"):
        assert said in shown
