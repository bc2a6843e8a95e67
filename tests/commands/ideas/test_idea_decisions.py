from __future__ import annotations

import pytest

from storage import audit
from storage import ideas as stored
from storage.engine.statements import Rows
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, URS, MONI = "@pia:localhost", "@peter:localhost", "@urs:localhost", "@moni:localhost"


@pytest.fixture
@staged
def card(chat: Chat) -> Said:
    """The card of I1: Pia's, and Peter has voted."""
    for who in (PIA, PETER, URS):
        chat.member(who)
    chat.says("!idee neu Formulare vorausfüllen", by=PIA)
    chat.reply("!idee stimme I1 -", by=PETER)
    return next(s for s in chat.said if s.room == ROOMS["ideas"])


def notices(chat: Chat, *people: str) -> list[list[Said]]:
    """What these people are told within the next minute."""
    before = len(chat.said)
    chat.later(minutes=1)
    return [[s for s in chat.to(who) if s in chat.said[before:]] for who in people]


def test_an_accepted_idea_shows_the_reason_and_tells_author_and_voters(chat: Chat, card: Said) -> None:
    reply = chat.reply("!idee annehmen I1 grund: Spart <b>Zeit</b>", by=MONI)
    assert reply.machine["state"] == "accepted"
    assert reply.machine["reason"] == "Spart <b>Zeit</b>"
    assert chat.card("I1").machine["state"] == "accepted"
    assert chat.card("I1").machine["reason"] == "Spart <b>Zeit</b>"
    [pia], [peter], urs, moni = notices(chat, PIA, PETER, URS, MONI)
    assert "I1 «Formulare vorausfüllen» wurde angenommen: Spart <b>Zeit</b>" in pia.text
    assert peter.machine["state"] == "accepted"
    assert "you" not in peter.machine
    assert urs == moni == []


def test_the_actor_is_not_told(chat: Chat, card: Said) -> None:
    chat.reply("!idee stimme I1 +", by=MONI)
    chat.reply("!idee ablehnen I1 grund: Gibt es schon", by=MONI)
    assert notices(chat, MONI) == [[]]


def test_accepting_and_rejecting_need_a_reason(chat: Chat, card: Said) -> None:
    for verb in ("annehmen", "ablehnen", "accept", "reject"):
        reply = chat.reply(f"!idee {verb} I1", by=MONI)
        assert reply.machine["code"] == "bad_input"
        assert reply.machine["field"] == "grund"
    assert chat.card("I1").machine["state"] == "submitted"


@pytest.mark.parametrize(
    "verb", ["prüfen", "annehmen", "ablehnen", "umsetzen", "umgesetzt", "zusammenführen"]
)
def test_only_moderators_decide(chat: Chat, card: Said, verb: str) -> None:
    assert chat.reply(f"!idee {verb} I1 grund: weil").machine["code"] == "not_allowed"
    assert chat.reply("!idee prüfen I1", by="@kora:localhost").machine["state"] == "under_review"


STATES = (
    "submitted",
    "under_review",
    "accepted",
    "implementing",
    "implemented",
    "rejected",
    "merged",
    "withdrawn",
)
ALLOWED = {
    "prüfen": dict.fromkeys(
        ("submitted", "accepted", "rejected", "implementing", "implemented"), "under_review"
    ),
    "annehmen": {"submitted": "accepted", "under_review": "accepted"},
    "ablehnen": {"submitted": "rejected", "under_review": "rejected"},
    "umsetzen": {"accepted": "implementing"},
    "umgesetzt": {"accepted": "implemented", "implementing": "implemented"},
}


@pytest.mark.parametrize("verb", ALLOWED)
def test_each_decision_only_from_sensible_states(chat: Chat, card: Said, verb: str) -> None:
    for state in STATES:
        with chat.database.transaction() as tx:
            stored.change(tx, 1, state=state)
        reply = chat.reply(f"!idee {verb} I1 grund: weil", by=MONI)
        if state in ALLOWED[verb]:
            assert reply.machine["state"] == ALLOWED[verb][state]
        else:
            assert reply.machine["code"] == "conflict"
            assert "I1 ist " in reply.text


def test_the_reason_stays_until_there_is_another(chat: Chat, card: Said) -> None:
    chat.reply("!idea accept I1 reason: Spart Zeit", by=MONI)
    assert chat.reply("!idee umsetzen I1", by=MONI).machine["reason"] == "Spart Zeit"
    assert (
        chat.reply("!idee umgesetzt I1 grund: Seit März in Betrieb", by=MONI).machine["reason"]
        == "Seit März in Betrieb"
    )


def test_undo_restores_state_and_reason_and_says_so(chat: Chat, card: Said) -> None:
    reply = chat.reply("!idee ablehnen I1 grund: Gibt es schon", by=MONI)
    [[told]] = notices(chat, PIA)
    assert "abgelehnt" in told.text
    chat.reacts(reply, "↩️", by=MONI)
    assert chat.card("I1").machine["state"] == "submitted"
    assert "reason" not in chat.card("I1").machine
    [[told]] = notices(chat, PIA)
    assert "wieder eingereicht" in told.text
    assert chat.reply("!idee stimme I1 +", by=URS).machine["votes"]["for"] == 1


def test_only_the_last_decision_can_be_undone(chat: Chat, card: Said) -> None:
    reply = chat.reply("!idee annehmen I1 grund: Spart Zeit", by=MONI)
    chat.reply("!idee umsetzen I1", by="@kora:localhost")
    chat.reacts(reply, "↩️", by=MONI)
    assert chat.card("I1").machine["state"] == "implementing"


def test_an_edited_decision_has_the_new_reason(chat: Chat, card: Said) -> None:
    chat.reply("!idee annehmen I1 grund: Spart Zei", by=MONI)
    chat.edits(chat.last, "!idee annehmen I1 grund: Spart Zeit", by=MONI)
    assert chat.card("I1").machine["reason"] == "Spart Zeit"
    [[told]] = notices(chat, PIA)  # one message
    assert "Spart Zeit" in told.text


def test_decisions_are_in_the_audit_log(chat: Chat, card: Said) -> None:
    reply = chat.reply("!idee annehmen I1 grund: Spart Zeit", by=MONI)
    chat.reacts(reply, "↩️", by=MONI)
    with chat.database.transaction() as tx:
        entries = Rows(audit.Entry, audit.Entry.__table__.select()).all(tx)
    assert [(e.actor, e.ref) for e in entries] == [(MONI, "I1"), (MONI, "I1")]
    assert entries[0].command == "idea accept"


def test_in_english(chat: Chat, card: Said) -> None:
    room = chat.direct(chat.member("@eve:localhost", language="en"))
    chat.reply("!idee stimme I1 +", by="@eve:localhost", room=room)
    chat.reply("!idee annehmen I1 grund: Spart Zeit", by=MONI)
    [[told]] = notices(chat, "@eve:localhost")
    assert "was accepted: Spart Zeit" in told.text


def test_the_same_decision_again_says_how_the_reason_is_changed(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.member("@moni:localhost", role="moderator")
    chat.reply("!idee neu Baugesuche online")
    chat.reply("!idee annehmen I1 grund: Spart Zeit", by="@moni:localhost")
    again = chat.reply("!idee annehmen I1 grund: Spart allen Zeit", by="@moni:localhost")
    assert again.machine["code"] == "conflict"
    assert "I1 ist schon angenommen." in again.text
    assert "frühere Nachricht bearbeiten" in again.text
    other = chat.reply("!idee ablehnen I1 grund: Doch nicht", by="@moni:localhost")
    assert "kann jetzt nicht abgelehnt werden" in other.text
