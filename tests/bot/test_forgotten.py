"""A command whose prefix was forgotten, an edit that makes a command of talk, two commands in one message, files."""

from __future__ import annotations

from typing import Any

import pytest

from storage import inbox
from tests.support.chat import HALL, ROOMS, Chat
from tests.support.kept import staged
from tests.support.wire import check_all, nothing_fails

PIA, URS, KORA = "@pia:localhost", "@urs:localhost", "@kora:localhost"
IDEAS = ROOMS["ideas"]


@pytest.fixture
@staged
def here(chat: Chat) -> Chat:
    for user in (PIA, URS):
        chat.member(user)
    return chat


def ideas(chat: Chat) -> int:
    return int(chat.reply("!idee liste", by=URS).machine["total"])


def edit(target: str, text: str) -> dict[str, Any]:
    new = {"msgtype": "m.text", "body": text}
    relation = {"rel_type": "m.replace", "event_id": target}
    return {"msgtype": "m.text", "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}


# --- a forgotten prefix


def test_who_forgets_the_prefix_in_the_room_for_ideas_is_asked_and_a_tap_does_it_once(here: Chat) -> None:
    [asked] = here.says("idee neu Parkkarten per Handy bezahlen\nthema: Verkehr", room=IDEAS)
    said = here.last
    assert asked.room == here.direct(PIA)
    assert "Meinten Sie das als Befehl? ✅" in asked.text
    assert (asked.event_id, "✅") in here.reactions
    [card] = [s for s in here.reacts(asked, "✅") if s.room == IDEAS]
    assert (card.machine["ref"], card.machine["topic"], card.replies_to) == ("I1", "Verkehr", said)
    for _ in range(2):
        assert here.reacts(asked, "✅") == []
    assert here.edits(said, "!idee neu Parkkarten am Schalter", room=IDEAS) != []
    assert here.card("I1").machine["title"] == "Parkkarten am Schalter"
    assert ideas(here) == 1
    check_all(here)


@pytest.mark.parametrize(
    "text",
    ["Idee neu Velo", "idea new bike", "IDEE LISTE", "idee stimme I1 +", "neuigkeit", "umfrage", "idee gut"],
)
def test_only_noun_and_verb_are_asked_about(here: Chat, text: str) -> None:
    known = text.split(maxsplit=1)[0].lower() in ("idee", "idea") and text.rsplit(maxsplit=1)[-1] != "gut"
    assert len(here.says(text, room=IDEAS)) == known
    assert here.says(text, room=HALL) == []
    assert here.says(text, room=IDEAS, by="@stranger:localhost") == []
    assert here.says(text, room=IDEAS, thread="$x") == []
    assert here.says(text, room=IDEAS, msgtype="m.notice") == []


def test_nobody_else_takes_up_what_was_asked(here: Chat) -> None:
    [asked] = here.says("idee neu Parkkarten", room=IDEAS)
    here.reacts(asked, "✅", by=URS)
    here.reacts(asked, "✅", by=KORA)
    assert ideas(here) == 0


def test_what_was_asked_follows_the_text(here: Chat) -> None:
    [asked] = here.says("idee neu Parkkraten", room=IDEAS)
    said = here.last
    assert here.edits(said, "idee neu Parkkarten", room=IDEAS) == []
    here.reacts(asked, "✅")
    assert here.card("I1").machine["title"] == "Parkkarten"
    [asked] = here.says("idee neu Velos", room=IDEAS)
    here.edits(here.last, "doch nicht", room=IDEAS)
    here.reacts(asked, "✅")
    [asked] = here.says("idee neu Busse", room=IDEAS)
    here.takes_off(here.last)
    here.reacts(asked, "✅")
    assert ideas(here) == 1


def test_after_a_day_nothing_is_carried_out(here: Chat) -> None:
    [asked] = here.says("idee neu Parkkarten", room=IDEAS)
    here.later(days=1, minutes=1)
    here.reacts(asked, "✅")
    assert ideas(here) == 0


# --- talk that becomes a command


@pytest.mark.parametrize("room", [HALL, IDEAS])
@pytest.mark.parametrize("talk", ["idee neu Velos", "Guten Morgen"])
def test_an_edit_that_makes_a_command_of_talk_is_carried_out_once(here: Chat, room: str, talk: str) -> None:
    here.says(talk, room=room)
    said = here.last
    relation = edit(said, "!idee neu Velos")
    with nothing_fails():
        found = here.sends("m.room.message", relation, by=PIA, room=room, event_id="$edit")
        [reply] = [s for s in found if s.replies_to == said]
        assert reply.machine["ref"] == "I1"
        assert here.sends("m.room.message", relation, by=PIA, room=room, event_id="$edit") == []
        here.restart()
        assert here.sends("m.room.message", relation, by=PIA, room=room, event_id="$edit") == []
    here.edits(said, "!idee neu Velos ausleihen", room=room)
    assert here.card("I1").machine["title"] == "Velos ausleihen"
    assert ideas(here) == 1


def test_a_comment_that_becomes_a_command_is_carried_out(here: Chat) -> None:
    card = here.reply("!idee neu Velos", room=IDEAS)
    here.says("idee stimme I1 +", room=IDEAS, thread=card.event_id)
    here.edits(here.last, "!idee stimme I1 +", room=IDEAS)
    assert here.card("I1").machine["votes"]["for"] == 1


def test_nobody_edits_what_another_has_said(here: Chat) -> None:
    here.says("idee neu Velos", room=IDEAS)
    assert here.edits(here.last, "!idee neu Busse", room=IDEAS, by=URS) == []
    assert ideas(here) == 0


def test_an_edit_of_what_was_never_said_is_nothing(here: Chat) -> None:
    here.reply("!idee neu Velos", room=IDEAS)
    said = here.last
    here.later(days=40)
    with here.database.transaction() as tx:
        assert inbox.find_handled(tx, said) is None
    assert here.edits(said, "!idee neu Velos ausleihen", room=IDEAS) == []
    assert here.edits("$unknown", "!idee neu Velos ausleihen", room=IDEAS) == []
    here.says("Guten Morgen", room=IDEAS)
    assert here.edits(here.last, "!idee neu Velos ausleihen", room=HALL) == []
    here.later(days=8)
    assert here.edits(here.last, "!idee neu Velos ausleihen", room=IDEAS) == []
    assert ideas(here) == 1


def test_talk_that_stays_talk_is_none_of_the_bots_business(here: Chat) -> None:
    here.says("Guten Morgen", room=HALL)
    assert here.edits(here.last, "Guten Abend! Wirklich!", room=HALL) == []


# --- two commands


@pytest.mark.parametrize(
    "text",
    [
        "!idee neu Velos\n!idee neu Busse",
        "!idee neu Velos\nText\n  !idee liste",
        "!idee neu Velos\n\u200b!hilfe",
        "!idee neu Velos\n\\!hilfe",
        "!hilfe\n! idee neu Velos",
    ],
)
def test_a_second_command_is_refused_and_never_published(here: Chat, text: str) -> None:
    refused = here.reply(text)
    assert refused.machine == {"type": "error", "code": "bad_input"}
    assert "zweiten Befehl" in refused.text
    assert ideas(here) == 0


@pytest.mark.parametrize(
    "text", ["Achtung!\n!!!", "So geht es: !idee liste", "!wichtig", "«!idee liste»", "Endlich\n! Und wie"]
)
def test_an_exclamation_mark_in_a_text_is_text(here: Chat, text: str) -> None:
    assert here.reply(f"!idee neu Velos\n{text}").machine["ref"] == "I1"
    assert text.split("\n", maxsplit=1)[0] in here.card("I1").text


# --- files


@pytest.mark.parametrize("kind", ["m.file", "m.image", "m.audio", "m.video"])
def test_a_file_in_the_direct_chat_is_answered_and_a_caption_is_a_command(here: Chat, kind: str) -> None:
    chat = here.direct(PIA)
    for content in ({"body": "foto.jpg"}, {"body": "Unser Schalter", "filename": "foto.jpg"}):
        answer = here.reply(room=chat, msgtype=kind, text=content.pop("body"), **content)
        assert answer.machine == {"type": "error", "code": "bad_input"}
        assert "einen Text" in answer.text
    more = {"msgtype": kind, "filename": "foto.jpg"}
    assert here.reply("!idee neu Velos\nthema: Verkehr", **more).machine["ref"] == "I1"
    assert here.reply("idee liste", room=chat, **more).machine["total"] == 1
    assert here.says("foto.jpg", msgtype=kind) == []
    assert here.says("Unser Schalter", **more) == []
    assert here.says("!idee liste", msgtype=kind) == []  # a file of that name
