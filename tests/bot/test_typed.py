"""Whatever a client makes of what was typed, the bot reads what was typed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commands
from bot.core.dispatch import Address
from bot.core.events import Edit, Message, read
from tests.support.chat import BOT, HALL

commands.load()
ADDRESS = Address(BOT, "!", ("pibot", "PI-Bot"))
PIA, URS, KORA = "@pia:localhost", "@urs:localhost", "@kora:localhost"
REPLY: Any = {"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}


def message(content: dict[str, Any]) -> Message | None:
    raw = {"type": "m.room.message", "event_id": "$1", "sender": PIA}
    event = read(raw | {"content": {"msgtype": "m.text"} | content}, HALL, bot=BOT)
    return event.message if isinstance(event, Edit) else event if isinstance(event, Message) else None


def text(body: str, html: str | None = None, **content: Any) -> str | None:
    """What is read from a message of this body and HTML."""
    shown = {} if html is None else {"format": "org.matrix.custom.html", "formatted_body": html}
    found = message({"body": body} | shown | content)
    return None if found is None else found.text


def command(body: str, html: str | None = None, **content: Any) -> str | None:
    shown = {} if html is None else {"format": "org.matrix.custom.html", "formatted_body": html}
    found = message({"body": body} | shown | content)
    assert found is not None
    return ADDRESS.strip(found, direct=False)


# --- line breaks and escapes of composers


@pytest.mark.parametrize(
    ("body", "html", "typed"),
    [
        ("!x T\\\nwann: 1\\\nort: L", "!x T<br />wann: 1<br />ort: L", "!x T\nwann: 1\nort: L"),
        ("!x S1\\\n", "!x S1<br />", "!x S1\n"),
        ("!x I1 +\\", "!x I1 +<br>", "!x I1 +"),
        ("!x T\\\n\\\nText", "<p>!x T</p><br><p>Text</p>", "!x T\n\nText"),
        ("!x T\n\nText", "<p>!x T</p><p>Text</p>", "!x T\n\nText"),
        ("!x C:\\\nort: L", None, "!x C:\\\nort: L"),
        ("!x C:\\\nort: L", "!x C:\\<br>ort: L", "!x C:\\\nort: L"),
        (r"!x \\server\pfad", r"!x \server\pfad", r"!x \\server\pfad"),
        (r"!x \\server\pfad, C:\x", r"!x \\server\pfad, C:\x", r"!x \\server\pfad, C:\x"),
        (r"\!x I1 \+", "!x I1 +", "!x I1 +"),
        (
            r"\!x Hallo\, Welt\. wann\: 1\.2\.27",
            "!x Hallo, Welt. wann: 1.2.27",
            "!x Hallo, Welt. wann: 1.2.27",
        ),
        (r"!x \* \[a\]", "!x * [a]", r"!x \* \[a\]"),
    ],
)
def test_the_backslashes_of_a_client_are_no_text(body: str, html: str | None, typed: str) -> None:
    assert text(body, html) == typed


@pytest.mark.parametrize(
    "body",
    [
        r"\!idee liste",
        "**!idee liste**",
        "**!idee** liste",
        "*!idee liste*",
        "__!idee liste__",
        "~~!idee~~ liste",
    ]
    + [
        f"{sign}!idee liste"
        for sign in "\u200b\ufeff\u2060\u200e\u200f\u202a\u2066\u00ad\u200d\ufe0f\u2800\u3164\u00a0"
    ]
    + ["\u200b \ufeff!idee liste", "!\u200bidee\u00a0liste", "!idee\u202fliste", "\u200b@pibot idee liste"],
)
def test_a_command_that_begins_with_an_unseen_sign_or_a_mark_is_heard(body: str) -> None:
    assert command(body) == "idee liste"


@pytest.mark.parametrize(
    "body", ["_!idee snake_case", "`!idee liste`", "> !idee liste", "*!", "\\x !idee liste"]
)
def test_marks_of_other_kinds_make_no_command(body: str) -> None:
    assert command(body) is None


@pytest.mark.parametrize("sign", [*list("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r"), "\r\n"], ids=repr)
def test_every_kind_of_line_break_is_one(sign: str) -> None:
    assert text(f"!idee neu Titel{sign}thema: Umzug") == "!idee neu Titel\nthema: Umzug"


@pytest.mark.parametrize("sign", list("\xa0\u2000\u2007\u2009\u202f\u3000"), ids=repr)
def test_every_kind_of_space_is_one(sign: str) -> None:
    assert text(f"10{sign}000") == "10 000"


@pytest.mark.parametrize("typed", ["👩‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "«Zitat» “a” ‘b’ „c“ – …", "می‌خواهم"])
def test_what_is_seen_stays(typed: str) -> None:
    assert text(f"!x {typed}") == f"!x {typed}"


# --- quotations


@pytest.mark.parametrize(
    "quoted",
    [
        "> <@pia:localhost> Frage\n\n",
        "> <@pia:localhost> Frage\n> zweite Zeile\n>\n> dritte\n\n",
        "> * <@pia:localhost> winkt\n\n",
    ],
)
def test_a_quotation_on_top_is_left_out_of_messages_and_edits(quoted: str) -> None:
    assert command(f"{quoted}!idee liste", **REPLY) == "idee liste"
    edit: Any = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}
    new = {"msgtype": "m.text", "body": f"{quoted}!idee liste"}
    assert command(f"{quoted} * !idee liste", **edit | {"m.new_content": new}) == "idee liste"


def test_a_quotation_that_only_the_html_tells_of_is_left_out() -> None:
    html = (
        f"<mx-reply><blockquote><a href='https://matrix.to/#/{BOT}'>pibot</a><br>Ja</blockquote></mx-reply>"
    )
    assert text("> <@x:y> Ja\n\nGut", f"{html}Gut") == "Gut"
    assert text("pibot hat recht", f"{html}pibot hat recht", **REPLY) == "pibot hat recht"


# --- people


def pill(user: str, name: str) -> str:
    return f'<a href="https://matrix.to/#/{user}">{escape(name)}</a>'


NAMES = [
    "Pia",
    "Pia Muster (Aesch)",
    "Pia [Aesch]",
    "Muster, Pia",
    "P. Muster-Meier",
    "Pia 🌷",
    "*Pia*",
    "@pia",
    "P\\a",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "link", ["https://matrix.to/#/@pia:localhost", "https://matrix.to/#/%40pia%3Alocalhost?via=x.ch"]
)
def test_a_mention_is_the_id_whatever_the_name(name: str, link: str) -> None:
    html = f'!x <a href="{link}">{escape(name)}</a> y'
    assert text(f"!x {name} y", html) == f"!x {PIA} y"
    assert text(f"!x [{name}]({link}) y", html) == f"!x {PIA} y"
    if "\\" not in name:
        assert text(f"!x [{name}]({link}) y") == f"!x {PIA} y"


@pytest.mark.parametrize(
    "typed",
    [
        "https://matrix.to/#/@pia:localhost",
        "<https://matrix.to/#/@pia:localhost>",
        "matrix.to/#/@pia:localhost",
        "https://matrix.to/#/%40pia%3Alocalhost",
        "https://matrix.to/#/@pia:localhost?via=localhost",
        "matrix:u/pia:localhost",
    ],
)
def test_a_pasted_link_to_a_person_is_the_id(typed: str) -> None:
    assert text(f"!x {typed} moderator") == f"!x {PIA} moderator"
    assert text(f"!x {typed}, {typed}; {typed}") == f"!x {PIA}, {PIA}; {PIA}"
    assert text(f"!x {typed}", f'!x <a href="https://matrix.to/#/{PIA}">{typed}</a>') == f"!x {PIA}"


def test_a_pasted_link_to_a_message_stays() -> None:
    for link in ("https://matrix.to/#/!room:localhost/$event", "https://matrix.to/#/#raum:localhost"):
        assert text(f"!zeige {link}") == f"!zeige {link}"


def test_of_two_people_with_one_name_each_is_meant() -> None:
    html = f"Pia sagt: {pill(PIA, 'Pia')}, {pill(URS, 'Pia')} und Pia"
    assert text("Pia sagt: Pia, Pia und Pia", html) == f"Pia sagt: {PIA}, {URS} und Pia"
    html = f"{pill(URS, 'Pia Muster')} und {pill(PIA, 'Pia')}"
    assert text("Pia Muster und Pia", html) == f"{URS} und {PIA}"


@pytest.mark.parametrize("html", [None, pill(BOT, "pibot"), f"<p>{pill(URS, 'Urs')}</p>"])
def test_talk_about_the_bot_is_not_answered(html: str | None) -> None:
    """Clients mention whom one replies to, and whom the answered message mentions."""
    shown = "" if html is None else f"<mx-reply><blockquote>{html}</blockquote></mx-reply>"
    for users in ([BOT], [BOT, URS], [URS, BOT, PIA]):
        mentions: Any = {"m.mentions": {"user_ids": users}}
        assert command("pibot hat recht", f"{shown}pibot hat recht", **mentions, **REPLY) is None
    alone: Any = {"m.mentions": {"user_ids": [BOT]}}
    assert command("pibot idee liste", **alone, **REPLY) is None


def test_a_reply_may_mention_the_bot() -> None:
    both: Any = {"m.mentions": {"user_ids": [BOT, URS]}}
    assert command("pibot idee liste", **both, **REPLY) == "idee liste"
    only: Any = {"m.mentions": {"user_ids": [BOT]}}
    assert command("pibot idee liste", f"{pill(BOT, 'pibot')} idee liste", **only, **REPLY) == "idee liste"
    assert command("pibot: idee liste", **only, **REPLY) == "idee liste"
    thread: Any = {
        "rel_type": "m.thread",
        "event_id": "$0",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$1"},
    }
    assert command("pibot idee liste", **only, **{"m.relates_to": thread}) == "idee liste"


# --- other kinds of messages


def test_a_notice_is_nothing_typed() -> None:
    assert text("!idee liste", msgtype="m.notice") is None
    assert text("!idee liste", msgtype="m.key.verification.request") is None
    assert command("!idee liste", msgtype="m.emote") == "idee liste"


@pytest.mark.parametrize("kind", ["m.file", "m.image", "m.video", "m.audio"])
def test_a_caption_is_text_and_a_file_name_is_none(kind: str) -> None:
    assert command("!idee liste", msgtype=kind, filename="foto.jpg") == "idee liste"
    assert command("\u200b!idee\xa0liste", msgtype=kind, filename="foto.jpg") == "idee liste"
    for name in ({"filename": "!idee liste"}, {}):
        found = message({"msgtype": kind, "body": "!idee liste"} | name)
        assert found is not None
        assert (found.text, found.file) == ("", True)


@pytest.mark.parametrize(
    "piece", ["<mx-reply>", "<a href=", "](", "[[", "\\\\\n", "<br>", "matrix.to/#/@", "> ", "\u200b", "__"]
)
def test_no_message_takes_long_to_read(piece: str) -> None:
    whole = piece * (16_000 // len(piece))
    began = time.process_time()
    text(whole, whole * 4, **REPLY)
    assert time.process_time() - began < 1


# --- all forms at once

LINE = st.text(alphabet="abc äöü XYZ 019.,;:!?()#+-*_\\/„“’", min_size=1, max_size=12).map(str.strip)
LINES = st.lists(LINE.filter(bool), min_size=1, max_size=4)
COMPOSERS: dict[str, Callable[[list[str]], dict[str, str]]] = {
    "plain": lambda lines: {"body": "\n".join(lines)},
    "plain and html": lambda lines: {
        "body": "\n".join(lines),
        "formatted_body": "<br />\n".join(escape(line) for line in lines),
    },
    "rich text": lambda lines: {
        "body": "\\\n".join(lines),
        "formatted_body": "<br />".join(escape(line) for line in lines),
    },
    "rich text that ends with a break": lambda lines: {
        "body": "\\\n".join(lines) + "\\\n",
        "formatted_body": "<br />".join(escape(line) for line in lines) + "<br />",
    },
    "two spaces": lambda lines: {
        "body": "  \n".join(lines),
        "formatted_body": "<br>".join(escape(line) for line in lines),
    },
    "paragraphs": lambda lines: {
        "body": "\n\n".join(lines),
        "formatted_body": "".join(f"<p>{escape(line)}</p>" for line in lines),
    },
    "windows": lambda lines: {"body": "\r\n".join(lines)},
    "separators": lambda lines: {"body": "\u2028".join(lines)},
    "unseen signs": lambda lines: {"body": "\n".join(f"\u200b{line}\ufeff" for line in lines)},
}


@given(LINES, st.sampled_from(sorted(COMPOSERS)))
@settings(max_examples=400, deadline=None)
def test_whatever_the_composer_the_lines_are_those_typed(lines: list[str], composer: str) -> None:
    found = text(**_named(COMPOSERS[composer](["!x", *lines])))
    assert found is not None
    assert [line.strip() for line in found.split("\n") if line.strip()] == ["!x", *lines]


def _named(content: dict[str, str]) -> Any:
    return {"body": content["body"], "html": content.get("formatted_body")}


@given(
    st.text(max_size=60),
    st.text(max_size=120)
    | st.lists(
        st.sampled_from(
            [
                "<a href=",
                '"https://matrix.to/#/@a:b"',
                ">",
                "</a>",
                "<br>",
                "<mx-reply>",
                "</mx-reply>",
                "a",
                "](",
                "\\",
                "\n",
            ]
        ),
        max_size=20,
    ).map("".join),
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_is_read_or_not(body: str, html: str) -> None:
    found = text(body, html)
    assert found is not None
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202e\ufeff]", found)
