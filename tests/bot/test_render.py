"""What is rendered fits into an event, harms nobody, and says the same twice."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from bot.rendering.plain import plain
from bot.rendering.replies import KEY, LANGUAGES, content_of, edit_of, file_content, span_in_words
from commands.framework.context import Settings
from commands.framework.failures import BadInput, Internal, NotFound, StaysMeanwhile, UnknownCommand
from commands.framework.replies import REPLIES, FileReply
from tests.support.chat import Chat, Said, _renderer
from tests.support.wire import LARGEST, WRAPPING, check, check_html

RENDERER = _renderer("!", Settings().zone)
CHARACTERS = ["x", "ä", "\U0001f600", "\\", '"', "<", "&", "\n", "@room ", " ", "&lt;"]


def size(content: object) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode())


@pytest.mark.parametrize("character", CHARACTERS, ids=repr)
@pytest.mark.parametrize("length", [100, 4_000, 16_000, 70_000])
@pytest.mark.parametrize("note", [0, 10_000])
def test_every_message_fits_also_as_an_edit(character: str, length: int, note: int) -> None:
    machine = {"type": "x", "title": "ä" * (note // 2)}
    content = content_of(str(escape(character * length)), machine)
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": "$" + "x" * 43}}}
    for sent in (content | relation, edit_of(content, "$" + "x" * 43)):
        assert size(sent) < LARGEST - WRAPPING
    check(Said("$x", "!x", content | ({} if content["body"].strip() else {"msgtype": "m.file"})))
    if length == 70_000 and character not in " \n":
        assert content["body"].endswith(" …")


def test_a_short_message_is_not_touched() -> None:
    content = content_of("<strong>a</strong> &amp; b", {"type": "x"})
    assert (content["formatted_body"], content["body"]) == (
        "<strong>a</strong> & b".replace("&", "&amp;"),
        "a & b",
    )
    assert content["m.mentions"] == {}


def test_the_whole_room_is_not_called_through_tags_either() -> None:
    content = content_of("@<strong>room</strong> @room &#64;room", {"type": "x"})
    assert "@room" not in content["body"]
    assert "@room" not in content["formatted_body"]


def test_an_edit_shows_its_first_line_to_clients_that_know_none() -> None:
    edit = edit_of(content_of("a<br>b", {"type": "x"}), "$e")
    assert edit["body"] == "* a"
    assert edit["m.new_content"]["body"] == "a\nb"
    assert edit["m.mentions"] == edit["m.new_content"]["m.mentions"] == {}
    assert edit["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$e"}
    assert edit[KEY] == edit["m.new_content"][KEY]
    long = edit_of(content_of("x" * 20_000, {"type": "x"}), "$e")
    assert len(long["body"]) < 250


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_below_stands_on_a_line_of_its_own(chat: Chat, language: str) -> None:
    renderer = chat.core.outbox.renderer
    content = renderer.content(Internal(id="<x>"), language, then=[StaysMeanwhile()])
    check_html(content["formatted_body"])
    first, second = content["body"].split("\n")
    assert "<x>" in first
    assert second == plain(renderer.html(StaysMeanwhile(), language))
    assert content[KEY] == {"type": "error", "code": "internal", "id": "<x>"}


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text(max_size=80))
@settings(max_examples=50, deadline=None)
def test_values_are_text_in_every_template(language: str, text: str) -> None:
    for reply in (NotFound(ref=text), UnknownCommand(typed=text, nearest=text), BadInput(sentence=text)):
        html = RENDERER.html(reply, language)
        check_html(html)
        assert "<b>" not in html


@pytest.mark.parametrize(
    "reply", [r for r in REPLIES.values() if not issubclass(r, FileReply)], ids=lambda r: str(r.__name__)
)
def test_every_reply_says_in_its_docstring_what_is_so(reply: type[Any]) -> None:
    assert (reply.__doc__ or "").strip()


def test_times_are_those_of_the_people(chat: Chat) -> None:
    renderer = chat.core.outbox.renderer
    summer, winter = datetime(2027, 7, 1, 12, 0, tzinfo=UTC), datetime(2027, 3, 18, 23, 30, tzinfo=UTC)
    assert renderer.at(summer, "de") == "Do, 1. Juli 2027, 14:00"
    assert renderer.at(winter, "de") == "Fr, 19. März 2027, 00:30"
    assert renderer.at(winter, "en") == "Fri, 19 March 2027, 00:30"
    assert renderer.day(date(2027, 3, 18), "de") == "Do, 18. März 2027"


@pytest.mark.parametrize(
    ("span", "de", "en"),
    [
        (timedelta(days=7), "7 Tage", "7 days"),
        (timedelta(days=1), "1 Tag", "1 day"),
        (timedelta(hours=1), "1 Stunde", "1 hour"),
        (timedelta(minutes=90), "90 Minuten", "90 minutes"),
        (timedelta(seconds=1), "1 Sekunde", "1 second"),
        (timedelta(0), "0 Sekunden", "0 seconds"),
    ],
)
def test_spans(span: timedelta, de: str, en: str) -> None:
    assert (span_in_words(span, "de"), span_in_words(span, "en")) == (de, en)


@given(st.binary(max_size=200), st.text(max_size=30))
@settings(deadline=None)
def test_a_file_travels_whole(data: bytes, name: str) -> None:
    content = json.loads(json.dumps(file_content(name, "x/y", data, {"type": "file"})))
    back = base64.b64decode(content["data"]) if content.get("base64") else content["data"].encode()
    assert back == data
    assert content["info"]["size"] == len(data)
