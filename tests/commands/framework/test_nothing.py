"""The words for nothing are the same in every field that can be without a value."""

from __future__ import annotations

import pytest

from commands.words import means_nothing
from tests.support.chat import Chat

KORA, PIA = "@kora:localhost", "@pia:localhost"
each_word = pytest.mark.parametrize("word", ["-", "–", "keine", "Keines", "weg", "nichts", "none", "Nothing"])


@each_word
def test_an_event_without_them(chat: Chat, word: str) -> None:
    given = "ort: Liestal | plätze: 5 | anmeldung bis: 01.03.2027 | link: https://example.ch/a"
    chat.says(f"!anlass neu Treff | wann: 18.03.2027 13:30 | {given}", by=KORA)
    fields = ("ort", "plätze", "anmeldung bis", "link")
    emptied = chat.reply("!anlass ändern A1 " + " | ".join(f"{name}: {word}" for name in fields), by=KORA)
    assert {"place", "capacity", "deadline", "link"} & set(emptied.machine) == set()
    new = chat.says(f"!anlass neu Zweiter | wann: 18.03.2027 13:30 | plätze: {word} | link: {word}", by=KORA)
    assert {"capacity", "link"} & set(new[0].machine) == set()


@each_word
def test_news_and_a_profile_without_them(chat: Chat, word: str) -> None:
    chat.says("!news neu Portal wächst | tags: osp\nText", by=KORA)
    assert "tags" not in chat.reply(f"!news ändern N1 tags: {word}", by=KORA).machine
    chat.says(f"!news neu Portal wächst | tags: {word}\nText", by=KORA)
    assert "tags" not in chat.reply("!news zeige N2", by=KORA).machine
    chat.member(PIA)
    room = chat.direct(PIA)
    assert "BPMN" in chat.reply("profil ändern wissen: BPMN", room=room).text
    chat.reply(f"profil ändern wissen: {word}", room=room)
    assert "BPMN" not in chat.reply("profil", room=room).text


@each_word
def test_a_process_without_them(chat: Chat, word: str) -> None:
    chat.process()
    chat.reply("!prozess kriterium P1 Wartezeit ziel: -80%", by=KORA)
    chat.reply(f"!prozess kriterium P1 Wartezeit ziel: {word}", by=KORA)
    assert "Kriterien" not in chat.reply("!prozess zeige P1", by=KORA).text


def test_one_of_several_tags_is_a_tag(chat: Chat) -> None:
    chat.says("!news neu Portal wächst | tags: osp, weg\nText", by=KORA)
    assert chat.reply("!news zeige N1", by=KORA).machine["tags"] == ["osp", "weg"]


@pytest.mark.parametrize("text", ["", "keine Ahnung", "--", "Weggis", "0"])
def test_what_says_something_is_something(text: str) -> None:
    assert not means_nothing(text)
