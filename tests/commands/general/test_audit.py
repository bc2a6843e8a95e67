from datetime import timedelta

import pytest

from commands.framework.context import Asker, Context, Settings, Where
from commands.framework.declarations import PERSONAL
from commands.framework.replies import Role
from storage import audit
from storage.audit import Filter
from tests.support.chat import NOW, ROOMS, Chat, Said

KORA, MONI, PIA = "@kora:localhost", "@moni:localhost", "@pia:localhost"


def fill(chat: Chat, count: int = 12) -> None:
    """Entries by Kora, one a day, the newest an hour ago; every third about I7."""
    with chat.database.transaction() as tx:
        for n in range(count):
            audit.add(
                tx,
                at=NOW - timedelta(days=count - 1 - n, hours=1),
                actor=KORA,
                command="municipality firstmover",
                ref="I7" if n % 3 == 0 else f"I{n + 100}",
                text=f"Aesch <b>{n}</b>",
                event_id=f"$e{n}",
            )


def ask(chat: Chat, text: str) -> Said:
    return chat.reply(text, by=KORA, room=chat.direct(KORA))


def test_the_newest_come_first_ten_a_page(chat: Chat) -> None:
    fill(chat)
    first = ask(chat, "protokoll")
    assert first.machine["of"] == "audit"
    assert (first.machine["page"], first.machine["pages"], first.machine["total"]) == (1, 2, 12)
    assert first.machine["refs"][:3] == ["I111", "I110", "I7"]
    assert "Mo, 2. November 2026, 09:00 · Kora" in first.text
    assert "gemeinde firstmover Aesch <b>11</b>" in first.text
    assert "&lt;b&gt;" in first.html
    assert len(ask(chat, "audit page: 2").machine["refs"]) == 2


def test_filters_narrow_it_down(chat: Chat) -> None:
    fill(chat)
    assert ask(chat, "protokoll i7").machine["total"] == 4
    assert ask(chat, "protokoll wer: Kora").machine["total"] == 12
    assert ask(chat, "protokoll wer: @moni:localhost").machine["total"] == 0
    assert ask(chat, "protokoll von: 31.10.2026").machine["total"] == 3
    assert ask(chat, "protokoll bis: 31.10.2026").machine["total"] == 10
    assert ask(chat, "protokoll von: 31.10.2026 bis: 31.10.2026 wer: Kora").machine["total"] == 1
    assert ask(chat, "protokoll I7 von: 31.10.2026").machine["refs"] == ["I7"]
    assert "steht nichts" in ask(chat, "protokoll I99").text


def test_a_change_is_recorded_with_what_was_typed(chat: Chat) -> None:
    chat.reply("!gemeinde firstmover Aesch ja", by=KORA)
    given = chat.last
    shown = ask(chat, "protokoll Aesch")
    assert shown.machine["refs"] == ["Aesch"]
    assert "gemeinde firstmover Aesch ja" in shown.text
    with chat.database.transaction() as tx:
        [entry] = audit.list_of(tx, KORA)
    assert (entry.event_id, entry.at) == (given, NOW)


def test_what_was_refused_is_not_recorded(chat: Chat) -> None:
    chat.reply("!gemeinde firstmover Aesch nein", by=KORA)
    assert ask(chat, "protokoll").machine["total"] == 0


def test_it_is_for_coordinators_and_not_for_rooms(chat: Chat) -> None:
    assert chat.reply("!protokoll", by=MONI).machine["code"] == "not_allowed"
    chat.direct(KORA)
    assert chat.reply("!protokoll", by=KORA).machine == {"type": "pointer", "to": "direct"}
    assert chat.to(KORA)[-1].machine["of"] == "audit"
    assert chat.reply("!protokoll", by=KORA, room=ROOMS["coordination"]).machine["of"] == "audit"


def test_more_than_can_be_paged_through_is_said(chat: Chat) -> None:
    fill(chat, 1001)
    shown = ask(chat, "protokoll seite: 100")
    assert (shown.machine["page"], shown.machine["total"]) == (100, 1000)
    assert "mehr als 1000" in shown.text


def test_who_is_erased_stays_as_a_pseudonym(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        audit.add(tx, at=NOW, actor=KORA, command="role grant", ref=MONI, text="Moni leader", event_id="$1")
        audit.add(tx, at=NOW, actor=KORA, command="group assign", ref="P1", text=f"P1 {MONI}", event_id="$2")
        audit.add(tx, at=NOW, actor=MONI, command="idea accept", ref="I1", text="I1", event_id="$3")
        ctx = Context(tx, NOW, Settings(), Asker(MONI, None, Role.PI, "de"), Where("", False, None))
        assert [e["ref"] for e in PERSONAL["audit"].export(ctx, MONI)] == ["I1"]
        PERSONAL["audit"].erase(ctx, MONI)
        entries = audit.list_newest(tx, Filter(), offset=0, limit=10)
        assert PERSONAL["audit"].export(ctx, MONI) == []
    assert not any(MONI in (e.actor, e.ref) or "oni" in e.text for e in entries)
    assert {e.actor for e in entries} == {KORA, "erased-1"}
    assert next(e for e in entries if e.ref == "P1").text == "P1 erased-1"


def test_an_admission_by_a_tap_says_whose(chat: Chat) -> None:
    chat.says(
        "!profil anmelden gemeinde: Aesch | funktion: Bau",
        by="@beat:localhost",
        room=chat.direct("@beat:localhost"),
    )
    card = next(s for s in chat.in_room("coordination") if s.machine.get("state") == "pending")
    chat.reacts(card, "✅", by=KORA)
    assert "✅ auf die Anmeldung von Beat" in ask(chat, "protokoll").text
    chat.says("!profil sprache en", by=KORA, room=chat.direct(KORA))
    assert "✅ on the registration of Beat" in ask(chat, "audit").text


@pytest.mark.parametrize("asked", ["Beat Frei", "beat frei", "@beat:localhost", "Beat", "frei"])
def test_what_was_done_about_somebody_is_found_by_name_and_id_also_later(chat: Chat, asked: str) -> None:
    chat.member("@beat:localhost", "Beat Frei")
    chat.process("@beat:localhost")
    for text in (
        "gruppe leitung P1 Beat Frei",
        "rolle geben Beat Frei moderator",
        "mitglied entfernen Beat Frei",
    ):
        ask(chat, f"!{text}")
    shown = ask(chat, f"protokoll {asked}")
    assert sorted(shown.machine["refs"]) == ["@beat:localhost", "@beat:localhost", "P1"]
    assert "gruppe leitung P1 Beat Frei" in shown.text
    assert "steht nichts" in ask(chat, "protokoll Nora Frei").text


def logged(chat: Chat) -> list[tuple[str, str, str]]:
    with chat.database.transaction() as tx:
        rows = tx.exec_driver_sql("SELECT actor, command, ref FROM audit_log ORDER BY id").all()
    return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("!vereinbarung neu P1 Formular prüfen", "agreement new"),
        ("!vereinbarung ändern V1 Liste nachführen", "agreement edit"),
        ("!vereinbarung erfüllt V1", "agreement kept"),
        ("!vereinbarung verfehlt V1 grund: Später", "agreement missed"),
        ("!kurs abgeschlossen K1 @pia:localhost", "training completed"),
    ],
)
def test_what_everybody_may_do_with_their_own_is_recorded_of_who_does_it_with_another_s(
    chat: Chat, line: str, name: str
) -> None:
    """With ↩️ on it too; of those whose own it is, neither."""
    chat.member(KORA)
    chat.member(PIA)
    chat.process(PIA, leader=PIA)
    chat.says("!vereinbarung neu P1 Liste führen", by=PIA)
    chat.says("!kurs neu BPMN", by=KORA)
    chat.later(minutes=1)
    before = logged(chat)
    by_pia = chat.reply(line, by=PIA, room=chat.direct(PIA))
    assert by_pia.machine["type"] != "error", by_pia.text
    chat.reacts(by_pia, "↩️", by=PIA)
    assert logged(chat) == before
    by_kora = chat.reply(line, by=KORA, room=chat.direct(KORA))
    assert by_kora.machine["type"] != "error", by_kora.text
    chat.reacts(by_kora, "↩️", by=KORA)
    ref = by_kora.machine["ref"]
    assert logged(chat)[len(before) :] == [(KORA, name, ref), (KORA, f"{name} ↩", ref)]


def test_in_a_group_of_theirs_coordinators_are_members_like_others(chat: Chat) -> None:
    for user in (KORA, PIA):
        chat.member(user)
    chat.process(PIA, KORA, leader=PIA)
    chat.says("!vereinbarung neu P1 Liste führen", by=PIA)
    chat.reply("!vereinbarung erfüllt V1", by=KORA)
    chat.says("!kurs neu BPMN", by=KORA)
    before = logged(chat)
    chat.reacts(chat.reply("!kurs abgeschlossen K1", by=KORA), "↩️", by=KORA)
    assert [entry for entry in logged(chat) if entry[2] == "V1"] == []
    assert logged(chat) == before
