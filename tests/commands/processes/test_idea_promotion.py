"""From an idea to a process."""

from __future__ import annotations

import pytest

from storage import ideas as stored
from storage import members
from tests.support.chat import ROOMS, Chat
from tests.support.kept import staged

PIA, PETER, URS, KORA, MONI = (f"@{n}:localhost" for n in ("pia", "peter", "urs", "kora", "moni"))


@pytest.fixture
@staged
def idea(chat: Chat) -> Chat:
    """I1 of Pia, accepted; Peter has voted for it."""
    for who in (PIA, PETER, URS):
        chat.member(who)
    chat.reply("!idee neu Umzugsmeldung\nFormulare vorausfüllen.", by=PIA)
    chat.reply("!idee stimme I1 +", by=PETER)
    chat.reply("!idee annehmen I1 grund: Spart Zeit", by=MONI)
    chat.later(minutes=1)
    return chat


def test_an_idea_becomes_a_process_linked_both_ways(idea: Chat) -> None:
    reply = idea.reply("!idee überführen I1 klasse: L | lebenslage: Umzug", by=KORA)
    assert (reply.machine["type"], reply.machine["ref"], reply.machine["state"]) == (
        "process",
        "P1",
        "identified",
    )
    assert (reply.machine["title"], reply.machine["life_situation"]) == ("Umzugsmeldung", "Umzug")
    card, process = idea.card("I1"), idea.card("P1")
    assert (card.machine["state"], card.machine["process"]) == ("implementing", "P1")
    assert process.event_id in card.html
    assert "Formulare vorausfüllen." in process.text
    assert "aus Idee I1" in process.text
    assert ROOMS["ideas"] in process.html


def test_author_and_voters_are_told_and_asked_into_the_group_first(idea: Chat) -> None:
    idea.reply("!idee überführen I1 klasse: L", by=KORA)
    idea.later(minutes=1)
    for who in (PIA, PETER):
        told = idea.to(who)[-1]
        assert "Aus der Idee I1 «Umzugsmeldung» wird der Prozess P1" in told.text
        assert "zuerst in seine Gruppe eingeladen" in told.text
        assert "!gruppe anmelden P1" in told.text
    assert idea.to(URS) == []


def test_the_class_is_needed_and_the_name_may_be_another(idea: Chat) -> None:
    asked = idea.reply("!idee überführen I1", by=KORA)
    assert asked.machine["field"] == "klasse"
    assert "!idee überführen I1\nklasse: L" in asked.text
    made = idea.reply("!idea promote I1 class: K name: Umzug melden", by=KORA)
    assert (made.machine["title"], made.machine["class"]) == ("Umzug melden", "K")


@pytest.mark.parametrize(
    "state", ["submitted", "under_review", "implemented", "rejected", "merged", "withdrawn", "implementing"]
)
def test_only_accepted_ideas(idea: Chat, state: str) -> None:
    with idea.database.transaction() as tx:
        stored.change(tx, 1, state=state)
    reply = idea.reply("!idee überführen I1 klasse: L", by=KORA)
    if state == "implementing":
        assert reply.machine["ref"] == "P1"
    else:
        assert reply.machine == {"type": "error", "code": "conflict"}
        assert "nur eine angenommene Idee" in reply.text


def test_once_only_and_by_coordinators_only(idea: Chat) -> None:
    for who in (PIA, MONI):
        assert idea.reply("!idee überführen I1 klasse: L", by=who).machine["code"] == "not_allowed"
    assert idea.reply("!idee überführen I7 klasse: L", by=KORA).machine["code"] == "not_found"
    idea.reply("!idee überführen I1 klasse: L", by=KORA)
    again = idea.reply("!idee überführen I1 klasse: L", by=KORA)
    assert again.machine["code"] == "conflict"
    assert "schon der Prozess P1" in again.text


def test_taken_back_both_are_as_before_and_all_are_told(idea: Chat) -> None:
    reply = idea.reply("!idee überführen I1 klasse: L", by=KORA)
    idea.later(minutes=1)
    idea.reacts(reply, "↩️", by=KORA)
    assert idea.card("I1").machine["state"] == "accepted"
    assert "process" not in idea.card("I1").machine
    assert idea.card("P1").machine["dropped"] is True
    idea.later(minutes=1)
    assert "Das wurde zurückgenommen" in idea.to(PETER)[-1].text
    assert idea.reply("!idee überführen I1 klasse: L", by=KORA).machine["ref"] == "P2"


def test_not_after_somebody_has_joined(idea: Chat) -> None:
    reply = idea.reply("!idee überführen I1 klasse: L", by=KORA)
    idea.reply("!gruppe anmelden P1", by=PIA)
    idea.reacts(reply, "↩️", by=KORA)
    assert idea.card("P1").machine["dropped"] is False
    assert idea.card("I1").machine["process"] == "P1"


def test_an_edited_command_keeps_the_number(idea: Chat) -> None:
    idea.reply("!idee überführen I1 klasse: L", by=KORA)
    idea.edits(idea.last, "!idee überführen I1 klasse: K", by=KORA)
    assert (idea.card("P1").machine["class"], idea.card("P1").machine["dropped"]) == ("K", False)
    assert idea.card("I1").machine["process"] == "P1"
    assert "aus Idee I1" in idea.card("P1").text


def test_author_and_voters_follow_the_phases_in_their_digest(idea: Chat) -> None:
    idea.reply("!idee überführen I1 klasse: L", by=KORA)
    idea.later(minutes=1)
    before = {who: len(idea.to(who)) for who in (PIA, PETER, URS)}
    idea.reply("!prozess phase P1 weiter grund: Es geht los", by=KORA)
    idea.later(days=1)
    assert {who: len(idea.to(who)) for who in before} == before  # nothing at once
    idea.later(days=7)
    for who in (PIA, PETER):
        assert (
            "P1 · Umzugsmeldung ist jetzt in der Phase «Frontend in Arbeit»: Es geht los"
            in idea.to(who)[-1].text
        )
    assert len(idea.to(URS)) == before[URS]


def test_in_english(idea: Chat) -> None:
    eve = "@eve:localhost"
    room = idea.direct(idea.member(eve, language="en"))
    with idea.database.transaction() as tx:
        members.grant(tx, user_id=eve, role="coordinator", level=40, by="", at=idea.now)
        members.change(tx, PIA, language="en")
    idea.reply("!idee neu Hundesteuer", by=PIA)
    assert (
        "Only an accepted idea becomes a process"
        in idea.reply("idea promote I2 class: L", by=eve, room=room).text
    )
    reply = idea.reply("idea promote I1 class: L", by=eve, room=room)
    assert "has become the process P1" in reply.text
    assert (
        "has already become the process P1" in idea.reply("idea promote I1 class: L", by=eve, room=room).text
    )
    idea.later(minutes=1)
    assert "You are among the first to be asked into its group" in idea.to(PIA)[-1].text
    idea.reacts(reply, "↩️", by=eve)
    idea.later(minutes=1)
    assert "does not become a process yet" in idea.to(PIA)[-1].text


def test_an_edit_of_the_class_tells_nobody_again(idea: Chat) -> None:
    idea.reply("!idee überführen I1 klasse: L", by=KORA)
    made = idea.last
    idea.later(minutes=1)
    before = len(idea.to(PIA))
    idea.edits(made, "!idee überführen I1 klasse: M", by=KORA)
    idea.later(minutes=1)
    assert idea.card("P1").machine["class"] == "M"
    assert len(idea.to(PIA)) == before
