"""What the README shows in words is what is said: its dialogue is played, line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NAME, TEXT = re.compile(r"^(\S+) {2,}(.+)$"), re.compile(r"^ {11}(.+)$")
ASIDE = re.compile(r" {3,}\(.*\)$")
SIGNED_UP = ("pia", "anna", "beat", "carla", "dario", "eva", "fabio")


def dialogue() -> list[tuple[str, str]]:
    """Who says what, in the two blocks that follow on one another; remarks in brackets are none of it."""
    turns: list[tuple[str, str]] = []
    for block in re.findall(r"^```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            shown = ASIDE.sub("", line)
            if name := NAME.match(shown):
                turns.append((name[1], name[2]))
            elif text := TEXT.match(shown):
                turns[-1] = (turns[-1][0], f"{turns[-1][1]}\n{text[1]}")
    return turns


def place(chat: Chat, text: str) -> str:
    """Where the README says that this is typed: things of the group in its room."""
    if text.startswith(("!ergebnis", "!sitzung")):
        return chat.group_room(1, "@pia:localhost", "@urs:localhost")
    return ROOMS["ideas"]


def newest(chat: Chat, sign: str, since: list[Said]) -> Said:
    """The card that offers this tap."""
    return next(s for s in reversed(since) if sign in s.text and s.edits is None)


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    for name in ("urs", *SIGNED_UP):
        chat.member(f"@{name}:localhost")
    chat.member("@moni:localhost")
    chat.member("@kora:localhost")
    return chat


def test_the_dialogue_is_so(town: Chat) -> None:
    turns = dialogue()
    assert [who for who, _ in turns].count("PI-Bot") > 5
    since = 0
    for who, text in turns:
        user = f"@{who.lower()}:localhost"
        if who == "PI-Bot":
            heard = "\n\n".join(s.text for s in town.said[since:])
            for line in text.splitlines():
                assert line.removesuffix(" …") in heard, f"{line}\n--- was said:\n{heard}"
        elif text.startswith("!"):
            since = len(town.said)
            town.says(text, by=user, room=place(town, text))
        else:
            card = newest(town, text, town.said)
            if "P1" in card.text:
                for name in SIGNED_UP:
                    town.reacts(card, text, by=f"@{name}:localhost")
            since = len(town.said)
            town.reacts(card, text, by=user)
            assert len(town.said) > since
