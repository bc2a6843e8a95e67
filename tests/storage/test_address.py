"""Which messages are commands to the bot, and how they are read from the homeserver's events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dispatch import Address
from bot.core.events import Edit, Message, read
from tests.support.chat import BOT, HALL

ADDRESS = Address(BOT, "!", ("pibot", "PI-Bot"))


def heard(text: str, content: Any = None, *, direct: bool = False) -> str | None:
    """What the bot takes for a command in a message."""
    raw = {"type": "m.room.message", "event_id": "$1", "sender": "@pia:localhost"}
    message = read(raw | {"content": {"msgtype": "m.text", "body": text} | (content or {})}, HALL, bot=BOT)
    assert isinstance(message, Message)
    return ADDRESS.strip(message, direct=direct)


@pytest.mark.parametrize(
    "text",
    [
        "!idee liste",
        "! idee liste",
        "  !idee liste ",
        "@pibot idee liste",
        "@pibot: idee liste",
        "@pibot:localhost idee liste",
        "@pibot:localhost: idee liste",
        "@PIBOT !idee liste",
        "PI-Bot: idee liste",
        "pi-bot, idee liste",
    ],
)
def test_a_command_begins_with_the_prefix_or_a_mention(text: str) -> None:
    assert heard(text) == "idee liste"
    assert heard(text, direct=True) == "idee liste"


@pytest.mark.parametrize(
    "text",
    [
        "idee liste",
        "!",
        "!!!",
        "!?",
        "! 12",
        "Hallo @pibot, idee liste",
        "pibot ist super",
        "pibots: idee liste",
        "@pibot2 idee liste",
        "@pibot-test idee liste",
        "@pibot:elsewhere.ch idee liste",
        "@pibot:localhost.ch idee liste",
        "",
    ],
)
def test_anything_else_in_a_room_is_talk(text: str) -> None:
    assert heard(text) is None


@pytest.mark.parametrize(
    ("text", "command"), [("idee liste", "idee liste"), ("!", ""), ("Danke!", "Danke!"), ("!!", "!")]
)
def test_in_the_direct_chat_everything_is_a_command(text: str, command: str) -> None:
    assert heard(text, direct=True) == command


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("PI-Bot idee liste", '<a href="https://matrix.to/#/@pibot:localhost">PI-Bot</a> idee liste'),
        ("PI-Bot: idee liste", '<a href="https://matrix.to/#/%40pibot%3Alocalhost">PI-Bot</a>: idee liste'),
        (
            "Der Bot idee liste",
            '<a class="x" href="https://matrix.to/#/@pibot:localhost?via=a.ch">Der Bot</a> idee liste',
        ),
        ("Der Bot idee liste", '<a href="matrix:u/pibot:localhost"><b>Der Bot</b></a> idee liste'),
        ("[PI-Bot](https://matrix.to/#/@pibot:localhost) idee liste", None),
        ("[PI-Bot](https://matrix.to/#/%40pibot%3Alocalhost?via=a.ch) idee liste", None),
        (
            "@pibot:localhost idee liste",
            '<a href="https://matrix.to/#/@pibot:localhost">PI-Bot</a> idee liste',
        ),
    ],
)
def test_a_mention_pill_speaks_to_the_bot(body: str, html: str | None) -> None:
    more = {"formatted_body": html} if html else {}
    assert heard(body, more) == "idee liste"


def test_a_mentioned_name_needs_no_colon() -> None:
    assert heard("PI-Bot idee liste", {"m.mentions": {"user_ids": [BOT]}}) == "idee liste"


def test_a_pill_of_a_person_becomes_the_matrix_id() -> None:
    html = '!rolle geben <a href="https://matrix.to/#/@pia:localhost">Pia</a> moderator'
    assert (
        heard("!rolle geben Pia moderator", {"formatted_body": html})
        == "rolle geben @pia:localhost moderator"
    )
    html = 'Pias Tipp: <a href="https://matrix.to/#/@pia:localhost">Pia</a>'
    assert heard("!x Pias Tipp: Pia", {"formatted_body": html}) == "x Pias Tipp: @pia:localhost"
    html = '<a href="https://matrix.to/#/!room:localhost">Raum</a>'
    assert heard("!x Raum", {"formatted_body": html}) == "x Raum"


def test_a_quoted_message_is_not_part_of_the_answer() -> None:
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}
    assert heard("> <@pia:localhost> !hilfe\n\n!idee liste", reply) == "idee liste"
    assert heard("> !hilfe\n\n!idee liste") is None


def test_invisible_signs_are_no_text() -> None:
    assert heard("\u2068!\u202eidee\u200f liste\x00\u2069") == "idee liste"


# --- whatever an event holds

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "msgtype",
        "body",
        "formatted_body",
        "m.relates_to",
        "m.new_content",
        "m.mentions",
        "event_id",
        "rel_type",
        "key",
    ]
)
CONTENT = st.recursive(
    st.dictionaries(
        KEYS, st.one_of(JSON, st.sampled_from(["m.text", "m.replace", "m.thread", "$1", "<a href="]))
    ),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=6,
)


@given(
    st.sampled_from(
        ["m.room.message", "m.reaction", "m.room.redaction", "m.room.encrypted", "m.room.member", ""]
    ),
    st.one_of(JSON, CONTENT),
    JSON,
    JSON,
)
@settings(deadline=None)
def test_any_event_is_read_or_none(kind: str, content: Any, unsigned: Any, time: Any) -> None:
    raw = {"type": kind, "event_id": "$1", "sender": "@pia:localhost", "origin_server_ts": time}
    event = read(raw | {"content": content, "unsigned": unsigned}, HALL, bot=BOT)
    if isinstance(event, Message):
        ADDRESS.strip(event, direct=True)
        ADDRESS.strip(event, direct=False)
    elif isinstance(event, Edit):
        assert event.target


@given(JSON)
def test_what_is_no_event_is_none(raw: Any) -> None:
    assert read(raw, HALL, bot=BOT) is None
