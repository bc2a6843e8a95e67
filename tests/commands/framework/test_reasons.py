"""❌ on somebody asks why, in the thread: only the answer decides, and the person hears the reason with it."""

from __future__ import annotations

import pytest

from storage import seats
from tests.commands.members.test_profiles import KORA, PIA, REGISTER, card_of
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

KARL, URS = "@karl:localhost", "@urs:localhost"
COORDINATION = ROOMS["coordination"]
REASON = "Aesch hat schon zwei Public Innovators."


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    chat.member(KARL)
    chat.member(URS)
    chat.says("!rolle geben Karl koordinator", by=KORA)
    chat.enter(COORDINATION, KORA, KARL)
    return chat


def asked(chat: Chat, kind: str) -> tuple[Said, Said]:
    """Pia asks to be admitted, or into the group, and Kora taps ❌; the message tapped, and the bot's question."""
    if kind == "registration":
        chat.direct(PIA)
        chat.says(REGISTER)
        about = card_of(chat)
    else:
        chat.member(PIA)
        chat.process()
        chat.says("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
        chat.says("!gruppe anmelden P1", by=PIA)
        about = next(s for s in chat.in_room("coordination") if "möchte in die Gruppe" in s.text)
    said = chat.reacts(about, "❌", by=KORA)
    [question] = [s for s in said if s.edits is None]
    assert question.room == COORDINATION
    assert question.content["m.relates_to"] == {"rel_type": "m.thread", "event_id": about.event_id}
    assert "Kora, warum wird Pia" in question.text
    assert (question.event_id, "✅") in chat.reactions
    return about, question


def answers(chat: Chat, to: Said, text: str) -> None:
    """Kora answers the message, without a thread."""
    relation = {"m.in_reply_to": {"event_id": to.event_id}}
    content = {"msgtype": "m.text", "body": text, "m.relates_to": relation}
    chat.sends("m.room.message", content, by=KORA, room=to.room)


def state(chat: Chat, kind: str) -> str:
    if kind == "registration":
        found: str = chat.reply(f"!profil zeige {PIA}", by=KORA).machine["state"]
        return found
    with chat.database.transaction() as tx:
        seat = seats.find(tx, "group", 1, PIA)
    return seat.state if seat is not None else "none"


OPEN = {"registration": "pending", "group": "requested"}
OUT = {"registration": "left", "group": "none"}
KINDS = ("registration", "group")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["thread", "reply to the question", "reply to what was tapped"])
def test_the_sentence_decides_and_the_person_hears_it(town: Chat, kind: str, way: str) -> None:
    about, question = asked(town, kind)
    before = len(town.to(PIA))
    town.later(hours=1)
    assert state(town, kind) == OPEN[kind], "nothing is decided without an answer"
    if way == "thread":
        town.says(REASON, by=KORA, room=COORDINATION, thread=about.event_id)
    else:
        to = question if "question" in way else about
        answers(town, to, REASON)
    assert state(town, kind) == OUT[kind]
    [edit] = [s for s in town.said if s.edits == question.event_id]
    assert REASON in edit.text
    assert "↩️" in edit.text
    assert not [s for s in town.to(PIA)[before:] if REASON in s.text]
    town.later(minutes=10, seconds=31)
    [told] = [s for s in town.to(PIA)[before:] if REASON in s.text]
    assert told.replies_to is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", ["ohne", "«Ohne».", "-", "without", "kein Grund", "✅", "👍"])
def test_it_goes_without(town: Chat, kind: str, way: str) -> None:
    about, question = asked(town, kind)
    before = len(town.to(PIA))
    if way in "✅👍":
        town.reacts(question, way, by=KORA)
    else:
        town.says(way, by=KORA, room=COORDINATION, thread=about.event_id)
    assert state(town, kind) == OUT[kind]
    town.later(minutes=10, seconds=31)
    [told] = [s for s in town.to(PIA)[before:] if "nicht aufnehmen" in s.text or "nicht berück" in s.text]
    assert "Grund" not in told.text
    assert way not in told.text


@pytest.mark.parametrize("kind", KINDS)
def test_only_who_was_asked_answers_and_a_command_is_no_answer(town: Chat, kind: str) -> None:
    about, question = asked(town, kind)
    town.says("Ich finde, Pia passt gut.", by=KARL, room=COORDINATION, thread=about.event_id)
    town.reacts(question, "✅", by=KARL)
    town.reply("!hilfe", by=KORA, room=COORDINATION, thread=about.event_id)
    town.says("Das gehört nicht hierher.", by=KORA, room=COORDINATION)
    assert state(town, kind) == OPEN[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_taken_back_until_the_person_is_told(town: Chat, kind: str) -> None:
    about, question = asked(town, kind)
    before = len(town.to(PIA))
    town.says(REASON, by=KORA, room=COORDINATION, thread=about.event_id)
    town.later(minutes=9)
    town.reacts(question, "↩️", by=KORA)
    assert state(town, kind) == OPEN[kind]
    town.says("Dann reden wir mit ihr.", by=KORA, room=COORDINATION, thread=about.event_id)
    town.later(minutes=30)
    assert state(town, kind) == OPEN[kind], "what is said later is talk"
    assert not [s for s in town.to(PIA)[before:] if REASON in s.text]


@pytest.mark.parametrize("kind", KINDS)
def test_the_question_survives_a_restart_and_is_asked_once(town: Chat, kind: str) -> None:
    about, question = asked(town, kind)
    town.restart()
    assert [s for s in town.said if "warum wird Pia" in s.text] == [question]
    town.says(REASON, by=KORA, room=COORDINATION, thread=about.event_id)
    assert state(town, kind) == OUT[kind]
    town.restart()
    town.later(minutes=11)
    town.later(minutes=11)
    assert len([s for s in town.to(PIA) if REASON in s.text]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_somebody_else_may_still_say_yes(town: Chat, kind: str) -> None:
    about, _ = asked(town, kind)
    town.reacts(about, "✅", by=KARL)
    assert state(town, kind) in ("active", "confirmed")
    town.says(REASON, by=KORA, room=COORDINATION, thread=about.event_id)
    assert state(town, kind) in ("active", "confirmed")
    assert "schon" in town.to(KORA)[-1].text


def test_taken_off_before_the_answer_nothing_is_asked_any_more(town: Chat) -> None:
    about, question = asked(town, "registration")
    tap = town.last
    town.takes_off(tap, by=KORA, room=COORDINATION)
    town.says("Sie rufe ich zuerst an.", by=KORA, room=COORDINATION, thread=about.event_id)
    town.reacts(question, "✅", by=KORA)
    assert state(town, "registration") == "pending"


def test_two_coordinators_are_asked_and_the_first_answer_counts(town: Chat) -> None:
    about, _ = asked(town, "group")
    town.reacts(about, "❌", by=KARL)
    town.says(REASON, by=KARL, room=COORDINATION, thread=about.event_id)
    assert state(town, "group") == "none"
    town.says("Die Gruppe ist gross genug.", by=KORA, room=COORDINATION, thread=about.event_id)
    town.later(minutes=11)
    assert [REASON in s.text for s in town.to(PIA) if "nicht berück" in s.text] == [True]


@pytest.mark.parametrize("direct", [True, False])
def test_removed_without_a_reason_it_is_asked_for(town: Chat, direct: bool) -> None:
    town.member(PIA)
    room = town.direct(KORA) if direct else COORDINATION
    reply = town.reply("!mitglied entfernen Pia", by=KORA, room=room)
    assert "Warum?" in reply.text
    answers(town, reply, "Sie arbeitet nicht mehr in Aesch.")
    [edit] = [s for s in town.said if s.edits == reply.event_id]
    assert "Sie arbeitet nicht mehr in Aesch." in edit.text
    town.later(minutes=5)
    assert not [s for s in town.to(PIA) if "nicht mehr" in s.text]
    town.later(minutes=6)
    assert [s for s in town.to(PIA) if "Grund: Sie arbeitet nicht mehr in Aesch." in s.text]
    assert "Warum?" not in town.reply("!mitglied entfernen Urs grund: Pension", by=KORA, room=room).text


def test_after_the_reason_it_is_still_taken_back(town: Chat) -> None:
    town.member(PIA)
    reply = town.reply("!mitglied entfernen Pia", by=KORA, room=COORDINATION)
    answers(town, reply, "Verwechselt")
    town.reacts(reply, "↩️", by=KORA)
    assert state(town, "registration") == "active"
    town.later(minutes=30)
    assert not [s for s in town.to(PIA) if "Verwechselt" in s.text]
