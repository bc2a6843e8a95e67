"""Idea campaigns: set out, open and closed by themselves, with a ranking."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.commands.campaigns.conftest import ANA, KORA, PIA, URS, Does
from tests.support.chat import ROOMS, Chat

IDEAS = ROOMS["ideas"]


# --- setting out


def test_a_campaign_is_set_out_and_shown(chat: Chat, campaign: Does) -> None:
    reply = campaign(" | jury: Pia Muster, Urs Beispiel\nWas *soll* besser werden?")
    part = {
        "type": "campaign",
        "ref": "W1",
        "title": "Schalter ohne Papier",
        "state": "open",
        "start": "2026-11-02T10:00:00+01:00",
        "end": "2026-12-01T00:00:00+01:00",
        "ideas": 0,
        "jury": [PIA, URS],
    }
    assert reply.machine == part
    assert "Mo, 30. November 2026" in reply.text
    card = chat.card("W1")
    assert card.room == IDEAS
    assert card.machine == part
    assert "🏆 W1 · Schalter ohne Papier" in card.text
    assert "<em>soll</em>" in card.html
    for command in ("!wettbewerb zeige W1", "!campaign show 1", "!zeige W1", "!wettbewerb zeige"):
        assert chat.reply(command, by=ANA).machine == part
    assert chat.reply("!wettbewerb zeige W1").machine == part | {"you": {"jury": True}}


def test_given_in_the_idea_room_the_card_is_the_reply(chat: Chat) -> None:
    chat.enter(IDEAS, KORA)
    reply = chat.reply("!campaign new Less paper | until: 30.11.2026 18:00", by=KORA, room=IDEAS)
    assert reply.event_id == chat.card("W1").event_id
    assert reply.machine["end"] == "2026-11-30T18:00:00+01:00"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("bis: 01.11.2026", "bis"),
        ("bis: gestern", "bis"),
        ("bis: irgendwann", "bis"),
        ("von: 01.10.2026 | bis: 30.11.2026", "von"),
        ("von: 20.11.2026 | bis: 10.11.2026", "bis"),
        ("von: 20.11.2026 10:00 | bis: 20.11.2026 10:00", "bis"),
        ("bis: 30.11.2026 | jury: Niemand Bekanntes", "jury"),
    ],
)
def test_what_can_not_be_is_refused_with_the_field(chat: Chat, typed: str, field: str) -> None:
    reply = chat.reply(f"!wettbewerb neu Schalter | {typed}", by=KORA)
    assert reply.machine["type"] == "error"
    assert reply.machine["field"] == field
    assert chat.reply("!wettbewerb liste").machine["total"] == 0


def test_only_coordinators_set_out_and_close(chat: Chat, campaign: Does) -> None:
    campaign()
    for line in ("neu Eigener | bis: 30.11.2026", "ändern W1 bis: 15.12.2026", "abschliessen W1"):
        assert chat.reply(f"!wettbewerb {line}").machine["code"] == "not_allowed"


def test_without_an_end_it_is_asked_for(chat: Chat) -> None:
    room = chat.direct(KORA)
    assert chat.reply("wettbewerb neu Weniger Papier", by=KORA, room=room).machine["field"] == "until"
    assert chat.reply("30. November", by=KORA, room=room).machine["field"] == "text"
    assert chat.reply("weiter", by=KORA, room=room).machine["field"] == "jury"
    assert chat.reply("Pia Muster und Urs Beispiel", by=KORA, room=room).machine["preview"] is True
    assert chat.reply("ja", by=KORA, room=room).machine["jury"] == [PIA, URS]


def test_undo_and_edit_of_what_was_set_out(chat: Chat, campaign: Does) -> None:
    reply = campaign(title="Shalter")
    chat.edits(chat.last, "!wettbewerb neu Schalter | bis: 20.11.2026", by=KORA)
    assert chat.reply("!wettbewerb zeige W1").machine["title"] == "Schalter"
    chat.reacts(reply, "↩️", by=KORA)
    assert chat.card("W1").machine["state"] == "withdrawn"
    assert chat.reply("!wettbewerb liste").machine["total"] == 0
    assert campaign().machine["ref"] == "W2"


def test_what_has_ideas_is_not_taken_back(chat: Chat, campaign: Does, idea: Does) -> None:
    reply = campaign()
    idea("Formulare")
    said = chat.reacts(reply, "↩️", by=KORA)
    assert said[-1].machine["code"] == "conflict"
    assert chat.card("W1").machine["state"] == "open"


def test_changes_are_undone(chat: Chat, campaign: Does) -> None:
    campaign(" | jury: Pia Muster")
    reply = chat.reply(
        "!wettbewerb ändern W1 bis: 15.12.2026 | jury: Urs Beispiel | titel: Ohne Papier", by=KORA
    )
    assert reply.machine["end"] == "2026-12-16T00:00:00+01:00"
    assert reply.machine["jury"] == [URS]
    chat.reacts(reply, "↩️", by=KORA)
    now = chat.reply("!wettbewerb zeige W1").machine
    assert (now["end"], now["jury"], now["title"]) == (
        "2026-12-01T00:00:00+01:00",
        [PIA],
        "Schalter ohne Papier",
    )
    assert chat.reply("!wettbewerb ändern W1 jury: keine", by=KORA).machine["jury"] == []
    assert chat.reply("!wettbewerb ändern W1 von: 20.11.2026", by=KORA).machine["code"] == "conflict"
    assert chat.reply("!wettbewerb ändern W1", by=KORA).machine["code"] == "bad_input"


# --- ideas


def test_ideas_are_submitted_while_it_is_open(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | von: 09.11.2026")
    assert chat.card("W1").machine["state"] == "planned"
    refused = idea("Zu früh")
    assert refused.machine["code"] == "conflict"
    assert "9. November 2026" in refused.text
    chat.later(days=7)
    chat.edit_cards()
    assert chat.card("W1").machine["state"] == "open"
    assert idea("Zur rechten Zeit").machine["campaign"] == "W1"
    chat.later(days=30)
    assert idea("Zu spät").machine["code"] == "conflict"
    assert "W1" in chat.card("I1").text
    assert chat.card("I1").machine["campaign"] == "W1"


@pytest.mark.parametrize("named", ["W1", "w1", "1", "#1", "Schalter", "schalter ohne"])
def test_a_campaign_is_named_by_number_or_title(chat: Chat, named: str, campaign: Does) -> None:
    campaign()
    reply = chat.reply(f"!idee neu Formulare vorausfüllen | wettbewerb: {named}")
    assert reply.machine["campaign"] == "W1"
    chat.edit_cards()
    assert chat.card("W1").machine["ideas"] == 1


@pytest.mark.parametrize("named", ["W9", "99", "Sommer", "W1x"])
def test_an_unknown_campaign_is_not_found(chat: Chat, named: str, campaign: Does) -> None:
    campaign()
    assert chat.reply(f"!idee neu Formulare | wettbewerb: {named}").machine["code"] == "not_found"


def test_the_card_counts_what_takes_part(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    for title in ("Formulare", "Parkkarten", "Fundbüro"):
        idea(title)
    chat.reply("!idee zurückziehen I1")
    chat.reply("!idee ablehnen I2 grund: Gibt es schon", by=KORA)
    chat.edit_cards()
    assert chat.card("W1").machine["ideas"] == 1


# --- the end


def test_it_closes_by_itself_with_a_ranking(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    for title in ("Formulare", "Parkkarten", "Fundbüro"):
        idea(title)
    chat.reply("!idee stimme I2 +", by=URS)
    chat.reply("!idee stimme I3 -", by=URS)
    before = len(chat.in_room("news"))
    chat.later(days=29)
    news = chat.in_room("news")[before:]
    assert [one.machine["type"] for one in news] == ["campaign"]
    assert news[0].machine["ref"] == "W1"
    assert news[0].machine["state"] == "closed"
    assert news[0].machine["ranking"] == ["I2", "I1", "I3"]
    chat.edit_cards()
    assert chat.card("W1").machine["ranking"] == ["I2", "I1", "I3"]
    chat.later(minutes=1)
    told = chat.to(PIA)[-1]
    assert told.machine["ref"] == "W1"
    assert "2. I1 · Formulare" in told.text.replace("\N{NO-BREAK SPACE}", " ")
    assert len(chat.in_room("news")) == before + 1


def test_the_jury_counts_before_votes_and_ties_are_broken(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | jury: Urs Beispiel, Ana Probe")
    for title in ("Formulare", "Parkkarten", "Fundbüro", "Velokarten", "Hundesteuer"):
        idea(title)
    for line in ("I1 3", "I2 4", "I3 3"):
        assert chat.reply(f"!wettbewerb bewerten W1 {line}", by=URS).machine["you"] == {"jury": True}
    chat.reply("!wettbewerb bewerten W1 I2 3", by=ANA)
    chat.reply("!idee stimme I3 +")
    chat.reply("!idee stimme I5 +")
    reply = chat.reply("!wettbewerb abschliessen W1 grund: Es eilt", by=KORA)
    assert reply.machine["state"] == "closed"
    assert reply.machine["ranking"] == ["I2", "I3", "I1", "I5", "I4"]
    assert "Jury 3.5 (2)" in reply.text
    outcome = chat.in_room("news")[-1]
    assert "Es eilt" in outcome.text
    assert outcome.machine["ranking"] == reply.machine["ranking"]


def test_a_close_is_taken_back(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    idea("Formulare")
    reply = chat.reply("!wettbewerb abschliessen W1", by=KORA)
    chat.reacts(reply, "↩️", by=KORA)
    chat.edit_cards()
    assert chat.card("W1").machine["state"] == "open"
    outcome = chat.in_room("news")[-1]
    assert outcome.edits
    assert "ranking" not in outcome.machine
    assert idea("Parkkarten").machine["campaign"] == "W1"
    before = len(chat.to(PIA))
    chat.later(minutes=1)
    assert chat.to(PIA)[before:] == []
    chat.later(days=29)
    chat.edit_cards()
    assert chat.card("W1").machine["ranking"] == ["I1", "I2"]
    assert chat.in_room("news")[-1].machine["ranking"] == ["I1", "I2"]


def test_what_was_voted_while_it_was_closed_by_mistake_counts(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    idea("Formulare")
    idea("Parkkarten")
    reply = chat.reply("!wettbewerb abschliessen W1", by=KORA)
    chat.reply("!idee stimme I2 +", by=URS)
    chat.reacts(reply, "↩️", by=KORA)
    assert chat.reply("!wettbewerb abschliessen W1", by=KORA).machine["ranking"] == ["I2", "I1"]


def test_one_that_has_not_begun_is_called_off(chat: Chat, campaign: Does) -> None:
    campaign(" | von: 09.11.2026 | jury: Ana Probe")
    reply = chat.reply("!wettbewerb abschliessen W1", by=KORA)
    assert reply.machine["state"] == "withdrawn"
    assert chat.in_room("news") == []
    chat.reacts(reply, "↩️", by=KORA)
    chat.edit_cards()
    assert chat.card("W1").machine["state"] == "planned"
    assert chat.card("W1").machine["jury"] == [ANA]
    chat.later(days=8)
    chat.edit_cards()
    assert chat.card("W1").machine["state"] == "open"


def test_a_long_ranking_has_pages(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    for number in range(13):
        idea(f"Idee {number}xx am Schalter")
        chat.now += timedelta(seconds=30)
    assert len(chat.reply("!wettbewerb zeige W1 seite: 2").text.splitlines()) < 9
    reply = chat.reply("!wettbewerb abschliessen W1", by=KORA)
    assert len(reply.machine["ranking"]) == 13
    assert "I13" not in reply.text
    assert "13. I13" in chat.reply("!wettbewerb zeige W1 seite: 2").text
    assert chat.reply("!wettbewerb zeige W1 seite: 3").machine["code"] == "bad_input"
    assert chat.reply("!wettbewerb liste stand: abgeschlossen").machine["refs"] == ["W1"]
    assert chat.reply("!wettbewerb liste stand: offen").machine["total"] == 0


def test_nobody_closes_it_twice(chat: Chat, campaign: Does) -> None:
    campaign()
    chat.reply("!wettbewerb abschliessen W1", by=KORA)
    for line in ("abschliessen W1", "ändern W1 bis: 15.12.2026"):
        assert chat.reply(f"!wettbewerb {line}", by=KORA).machine["code"] == "conflict"
    before = len(chat.said)
    for _ in range(3):
        chat.later(days=20)
    assert [one for one in chat.said[before:] if one.machine.get("ref") == "W1"] == []


def test_what_was_sent_before_the_end_counts_and_what_came_after_does_not(
    chat: Chat, campaign: Does, idea: Does
) -> None:
    campaign(" | jury: Ana Probe", until="10.11.2026 12:00")
    idea("Formulare")
    idea("Parkkarten")
    chat.now += timedelta(days=8)  # the bot is away; it is 10:00
    hall = {"room": "!hall:localhost"}
    said = {"msgtype": "m.text"}
    vote = chat.happens("m.room.message", said | {"body": "!idee stimme I2 +"}, by=URS, **hall)
    point = chat.happens("m.room.message", said | {"body": "!wettbewerb bewerten W1 I1 5"}, by=ANA, **hall)
    late = chat.happens("m.room.message", said | {"body": "!idee neu Velo | wettbewerb: W1"}, by=PIA, **hall)
    chat.now += timedelta(hours=3)
    against = chat.happens("m.room.message", said | {"body": "!idee stimme I2 -"}, by=URS, **hall)
    after = chat.happens("m.room.message", said | {"body": "!wettbewerb bewerten W1 I1 1"}, by=ANA, **hall)
    for batch in (vote, against):
        chat.apply(batch, catching_up=True)
    chat.tick()
    assert chat.in_room("news")[-1].machine["ranking"] == ["I2", "I1"]
    for batch in (after, point, late):  # some come when it is closed already
        chat.apply(batch, catching_up=True)
    chat.tick()
    chat.edit_cards()
    outcome = chat.in_room("news")[-1]
    assert outcome.machine["ranking"] == ["I1", "I2", "I3"]
    assert "5.0 (1)" in outcome.text
    assert "👍 1" in outcome.text.replace("\N{NO-BREAK SPACE}", " ")
    assert len([one for one in chat.in_room("news") if one.edits is None]) == 1
