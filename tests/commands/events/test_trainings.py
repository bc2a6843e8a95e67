"""Trainings: the catalogue, with and without dates, and what members have completed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from commands.events.matching import recommended
from commands.framework.context import Asker, Context, Where
from commands.framework.replies import Role
from storage import events as stored
from storage import processes, reminders
from tests.support.chat import BOT, ROOMS, Chat
from tests.support.kept import staged

KORA, PIA, URS = "@kora:localhost", "@pia:localhost", "@urs:localhost"
DIRECT = "!direct-pia:localhost"
BPMN = "!kurs neu BPMN für Einsteiger | wissen: BPMN, Prozessmodelle | plätze: 1"
DATED = BPMN + " | wann: 12.04.2027 9:00-12:00 | ort: Liestal"


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    chat.direct(KORA)
    chat.member(PIA, "Pia Muster")
    chat.member(URS)


def test_a_training_without_a_date(chat: Chat) -> None:
    reply = chat.reply(BPMN, by=KORA)
    assert reply.machine == {
        "type": "training",
        "ref": "K1",
        "title": "BPMN für Einsteiger",
        "state": "planned",
        "capacity": 1,
        "confirmed": 0,
        "waiting": 0,
        "public": False,
    }
    assert "Im Kurskatalog" in reply.text
    card = chat.card("K1")
    assert card.room == ROOMS["agenda"]
    assert card.text.startswith("🎓 K1 · BPMN für Einsteiger")
    assert "ohne festes Datum" in card.text
    assert "Wissen: BPMN, Prozessmodelle" in card.text
    assert [key for event, key in chat.reactions if event == card.event_id] == ["✅", "❌", "❓"]


def test_a_training_with_a_date_is_an_event_like_any_other(chat: Chat) -> None:
    chat.reply(DATED, by=KORA)
    card = chat.card("K1")
    chat.reacts(card, "✅", by=PIA)
    chat.reacts(card, "✅", by=URS)
    assert (chat.card("K1").machine["confirmed"], chat.card("K1").machine["waiting"]) == (1, 1)
    [file] = [s for s in chat.to(PIA) if s.content.get("msgtype") == "m.file"]
    assert "UID:training-1-" in file.content["data"]
    chat.reply("!training leave K1", by=PIA)
    assert chat.reply("!kurs zeige K1", by=URS).machine["you"] == {"seat": "confirmed"}
    assert chat.reply("!kurs teilnehmende K1", by=KORA, room=ROOMS["coordination"]).machine == {
        "type": "attendees",
        "ref": "K1",
        "confirmed": [URS],
        "waiting": [],
    }
    moved = chat.reply("!kurs verschieben K1 wann: 19.04.2027 9:00", by=KORA)
    assert moved.machine["end"] == "2027-04-19T12:00:00+02:00"
    cancelled = chat.reply("!kurs streichen K1 grund: krank", by=KORA)
    assert (cancelled.machine["type"], cancelled.machine["state"]) == ("training", "cancelled")


def test_who_signed_up_hears_of_the_date(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    assert chat.reply("!kurs anmelden K1", by=PIA).machine["you"] == {"seat": "confirmed"}
    assert chat.to(PIA) == [], "nothing for the calendar yet"
    chat.reply("!kurs ändern K1 wann: 12.04.2027 9:00-12:00", by=KORA)
    chat.later(minutes=1)
    [told] = chat.to(PIA)
    assert told.text.startswith("🎓 Termin: K1 BPMN")
    assert "Bisher" not in told.text
    assert "METHOD:REQUEST" in told.content["data"]
    with chat.database.transaction() as tx:
        assert len(reminders.list_of(tx, "training", 1)) == 3


def test_a_duration_needs_a_beginning(chat: Chat) -> None:
    refused = chat.reply(BPMN + " | dauer: 2h", by=KORA)
    assert (refused.machine["code"], refused.machine["field"]) == ("bad_input", "dauer")


def test_others_may_not_plan(chat: Chat) -> None:
    assert chat.reply(BPMN, by=PIA).machine["code"] == "not_allowed"


def test_the_catalogue_has_dated_ones_first(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    chat.reply(DATED, by=KORA)
    chat.reply(DATED.replace("12.04.2027", "12.03.2027"), by=KORA)
    listed = chat.reply("!kurs liste")
    assert listed.machine["refs"] == ["K3", "K2", "K1"]
    assert listed.machine["of"] == "training"
    assert "Prozessmodelle" in listed.text
    chat.now = datetime(2027, 5, 1, tzinfo=UTC)
    assert chat.reply("!training list").machine["refs"] == ["K1"]
    assert chat.reply("!kurs liste stand: vergangen").machine["refs"] == ["K2", "K3"]


def test_what_a_training_gives_is_changed(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    chat.reply("!kurs ändern K1 wissen: DMN | thema: Entscheide", by=KORA)
    assert "Thema: Entscheide" in chat.card("K1").text
    assert "Wissen: DMN" in chat.card("K1").text
    chat.reply("!kurs ändern K1 wissen: - | thema: -", by=KORA)
    assert "Wissen" not in chat.card("K1").text
    assert "Thema" not in chat.card("K1").text


# --- completed


def test_completed_stands_on_the_profile(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    reply = chat.reply("!kurs abgeschlossen K1")
    assert "in Ihrem Profil" in reply.text
    assert "Abgeschlossene Kurse: K1 BPMN für Einsteiger" in chat.reply("profil zeige", room=DIRECT).text
    other = chat.reply("profil zeige Pia Muster", by=URS, room="!direct-urs:localhost")
    assert "K1 BPMN für Einsteiger" in other.text
    assert "K1" not in chat.reply("!profil zeige Pia Muster", by=URS).text
    assert "Sie haben ihn abgeschlossen." in chat.reply("kurs zeige K1", room=DIRECT).text
    again = chat.reply("!kurs abgeschlossen K1")
    assert again.machine["code"] == "conflict"
    chat.reply("profile language en", room=DIRECT)
    assert "Trainings completed: K1" in chat.reply("profile show", room=DIRECT).text


def test_completed_is_taken_back(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    chat.reacts(chat.reply("!training completed K1"), "↩️")
    assert "K1" not in chat.reply("profil zeige", room=DIRECT).text


def test_a_coordinator_says_it_for_a_member(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    reply = chat.reply("!kurs abgeschlossen K1 Pia Muster", by=KORA)
    assert "im Profil von Pia Muster" in reply.text
    chat.later(minutes=1)
    assert "als abgeschlossen: K1" in chat.to(PIA)[-1].text
    log = chat.reply("protokoll K1", by=KORA, room="!direct-kora:localhost")
    assert log.machine["total"] == 2
    assert chat.reply("!kurs abgeschlossen K1 Pia Muster", by=KORA).machine["code"] == "conflict"
    assert chat.reply("!kurs abgeschlossen K1 @weg:localhost", by=KORA).machine["code"] == "not_found"


def test_nobody_else_does(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    refused = chat.reply("!kurs abgeschlossen K1 Pia Muster", by=URS)
    assert refused.machine["code"] == "not_allowed"
    assert "kurs abgeschlossen K1" in refused.text


def test_what_has_not_begun_can_not_be_completed(chat: Chat) -> None:
    chat.reply(DATED, by=KORA)
    refused = chat.reply("!kurs abgeschlossen K1")
    assert refused.machine["code"] == "conflict"
    assert "Mo, 12. April 2027" in refused.text
    chat.now = datetime(2027, 4, 12, 11, tzinfo=UTC)
    assert chat.reply("!kurs abgeschlossen K1").machine["state"] == "past"
    chat.reply(BPMN, by=KORA)
    chat.reply("!kurs streichen K2", by=KORA)
    assert chat.reply("!kurs abgeschlossen K2").machine["code"] == "conflict"


def test_what_is_stored_is_exported_and_erased(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    chat.reply("!kurs abgeschlossen K1")
    assert '"completed"' in chat.reply("datenschutz auskunft", room=DIRECT).content["data"]
    asked = chat.reply("datenschutz löschen", room=DIRECT)
    chat.says(asked.machine["confirm"], room=DIRECT)
    with chat.database.transaction() as tx:
        assert stored.list_completions(tx, PIA) == []


# --- what a process wants


def test_trainings_are_named_where_a_process_wants_them(chat: Chat) -> None:
    chat.reply(BPMN, by=KORA)
    chat.reply("!kurs neu Fotografie | wissen: Fotografie", by=KORA)
    number = chat.process(name="Umzugsmeldung")
    with chat.database.transaction() as tx:
        processes.change(tx, number, description="Gesucht: jemand mit BPMN-Kenntnissen.")
        ctx = Context(tx, chat.now, chat.settings, Asker(BOT, None, Role.PI, "de"), Where("", False, None))
        found = recommended(ctx, "Wir brauchen BPMN und einen Wireframe.")
        assert [event.id for event in found] == [1]
        assert recommended(ctx, "Ein Fotograf hilft nicht") == []
        assert recommended(ctx, "") == []
    assert f"Passt zu: P{number} Umzugsmeldung" in chat.reply("!kurs zeige K1").text
    assert "Gefragt" not in chat.reply("!kurs zeige K2").text
