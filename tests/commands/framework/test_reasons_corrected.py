"""A reason is given later, or put right: by the same command, or by editing it as long as nobody knows."""

from __future__ import annotations

import pytest

from tests.support.chat import ROOMS, Chat
from tests.support.kept import staged

KORA, PIA, URS, NEU = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@neu:localhost"
COORDINATION = ROOMS["coordination"]


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for who in (KORA, PIA, URS):
        chat.member(who)
    chat.enter(COORDINATION, KORA)
    chat.process(PIA, URS)
    chat.group_room(1, PIA, URS)
    return chat


@pytest.mark.parametrize(
    ("typed", "again"),
    [
        ("prozess phase P1 zurückgestellt", "prozess phase P1 zurückgestellt grund: "),
        ("phase P1 abgebrochen", "prozess phase P1 abgebrochen grund: "),
    ],
)
def test_a_process_stands_still_for_another_reason(crew: Chat, typed: str, again: str) -> None:
    crew.reply(f"!{typed} grund: Kein Geld", by=KORA, room=COORDINATION)
    crew.later(minutes=1)
    for same in (f"!{typed}", f"!{typed} grund: Kein Geld"):
        refused = crew.reply(same, by=KORA, room=COORDINATION)
        assert refused.machine["code"] == "conflict"
        assert f"Einen anderen Grund geben Sie so an: !{again}" in refused.text
    since = len(crew.said)
    done = crew.reply(f"!{typed} grund: Das Amt fehlt", by=KORA, room=COORDINATION)
    assert done.machine["reason"] == "Das Amt fehlt"
    crew.later(minutes=1)
    [told] = [s for s in crew.said[since:] if s.room == "!group1:localhost" and s.edits is None]
    assert "Das Amt fehlt" in told.text
    shown = crew.reply("!zeige P1", by=KORA, room=COORDINATION)
    assert shown.machine["reason"] == "Das Amt fehlt"
    crew.reacts(done, "↩️", by=KORA)
    assert crew.reply("!zeige P1", by=KORA, room=COORDINATION).machine["reason"] == "Kein Geld"
    crew.later(minutes=1)
    said = [s.text for s in crew.in_room("!group1:localhost") if s.edits is None]
    assert "Es gilt wieder der frühere Grund: Kein Geld" in said[-1]


def test_put_right_at_once_it_is_told_once(crew: Chat) -> None:
    since = len(crew.said)
    crew.reply("!prozess phase P1 zurückgestellt grund: Kein Gelt", by=KORA, room=COORDINATION)
    crew.reply("!prozess phase P1 zurückgestellt grund: Kein Geld", by=KORA, room=COORDINATION)
    crew.later(minutes=1)
    [told] = [s for s in crew.said[since:] if s.room == "!group1:localhost" and s.edits is None]
    assert "Kein Geld" in told.text


def test_who_is_out_of_a_group_is_told_the_reason_later(crew: Chat) -> None:
    crew.reply("!gruppe entfernen P1 Urs", by=KORA, room=COORDINATION)
    command = crew.last
    crew.later(minutes=1)
    refused = crew.reply("!gruppe entfernen P1 Urs grund: Das Amt fehlt", by=KORA, room=COORDINATION)
    assert refused.machine["code"] == "conflict"
    assert "indem Sie die frühere Nachricht bearbeiten" in refused.text
    since = len(crew.to(URS))
    for reason in ("Das Amt fehlt", "Das Amt zieht um"):
        crew.edits(command, f"!gruppe entfernen P1 Urs grund: {reason}", by=KORA, room=COORDINATION)
        crew.later(minutes=1)
        assert reason in crew.to(URS)[-1].text
    assert len([s for s in crew.to(URS)[since:] if s.edits is None]) == 2
    crew.later(minutes=20)
    late = crew.reply("!gruppe entfernen P1 Urs grund: Zu spät", by=KORA, room=COORDINATION)
    assert "bearbeiten" not in late.text


@pytest.mark.parametrize("what", ["ablehnen Neu", "entfernen @urs:localhost"])
def test_who_is_not_in_is_told_the_last_reason_only(crew: Chat, what: str) -> None:
    room = crew.direct(NEU)
    crew.says("profil anmelden gemeinde: Aesch | funktion: Kasse", by=NEU, room=room)
    person = NEU if "Neu" in what else URS
    since = len(crew.to(person))
    crew.reply(f"!mitglied {what} grund: Kein Geld", by=KORA, room=COORDINATION)
    command = crew.last
    crew.later(minutes=2)
    refused = crew.reply(f"!mitglied {what} grund: Das Amt fehlt", by=KORA, room=COORDINATION)
    assert refused.machine["code"] == "conflict"
    assert "Bis dann ändern Sie den Grund, indem Sie die frühere Nachricht bearbeiten." in refused.text
    crew.edits(command, f"!mitglied {what} grund: Das Amt fehlt", by=KORA, room=COORDINATION)
    crew.later(minutes=20)
    told = [s.text for s in crew.to(person)[since:] if "Grund" in s.text]
    assert [("Das Amt fehlt" in text, "Kein Geld" in text) for text in told] == [(True, False)]
    late = crew.reply(f"!mitglied {what} grund: Zu spät", by=KORA, room=COORDINATION)
    assert (late.machine["code"], "bearbeiten" in late.text) == ("conflict", False)
