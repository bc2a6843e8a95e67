"""Addresses of pages: one check, wherever one may be given."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat
from tests.support.kept import staged

KORA = "@kora:localhost"
BAD = [
    "https://",
    "https://[",
    "https://user:pw@a.ch/",
    "https://a.ch:abc",
    "https://a.ch\\@evil.ch",
    "javascript:alert(1)",
    "data:text/html,x",
    "mxc://a.ch/x",
    "Liestal",
    "https://localhost:0/",
    'https://a.ch/"x',
    "https://a.ch/<b>",
]
WHERE = [
    "anlass neu Treffen {n} | wann: 18.03.2027 13:30 | link: {link}",
    "anlass ändern A1 | link: {link}",
    "kurs neu BPMN {n} | link: {link}",
    "sitzung neu P1 Kickoff {n} | wann: 18.03.2027 13:30 | link: {link}",
    "sitzung ändern S1 | link: {link}",
    "ergebnis P1 Steckbrief in Prüfung link: {link}",
    "prozess dokument P1 Merkblatt {link}",
]


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    chat.member("@pia:localhost")
    chat.process("@pia:localhost", leader="@pia:localhost")
    chat.says("!anlass neu Treffen | wann: 18.03.2027 13:30", by=KORA)
    chat.says("!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30", by=KORA)
    return chat


@pytest.mark.parametrize("command", WHERE)
def test_an_address_is_one_everywhere_or_nowhere(town: Chat, command: str) -> None:
    room = town.direct(KORA)
    for n, link in enumerate(BAD):
        said = town.reply(command.format(link=link, n=n), by=KORA, room=room)
        assert said.machine["type"] == "error", link
    good = ("https://example.ch/a?b=c#d", "http://example.ch:8080", "<https://xn--brgerbro-0za.ch>")
    for n, link in enumerate(good):
        said = town.reply(command.format(link=link, n=n), by=KORA, room=room)
        assert said.machine["type"] != "error", said.text
