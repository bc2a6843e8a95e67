"""Only the difference is told: what was done and undone in half a minute, and what is not so any more, is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage import notices, products
from storage.engine.statements import Rows
from storage.notices import Notice
from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, LEO, KORA, MONI = (f"@{name}:localhost" for name in ("pia", "urs", "leo", "kora", "moni"))


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, LEO):
        chat.member(user)
    chat.process(URS, LEO, leader=LEO)
    chat.says("!idee neu Umzugsmeldung")
    chat.says("!idee neu Hundesteuer")
    chat.later(minutes=1)
    return chat


def told(chat: Chat, user: str) -> list[str]:
    """What the person is told a minute later."""
    before = len(chat.to(user))
    chat.later(minutes=1)
    return [said.text for said in chat.to(user)[before:] if said.edits is None]


def undone(command: str) -> Callable[[Chat], object]:
    """The command, and then ↩️."""
    return lambda chat: chat.reacts(chat.reply(command, by=KORA), "↩️", by=KORA)


def opposite(*commands: str) -> Callable[[Chat], object]:
    return lambda chat: [chat.reply(command, by=KORA) for command in commands]


@pytest.mark.parametrize(
    ("acts", "user"),
    [
        (undone("!idee annehmen I1 grund: Spart Zeit"), PIA),
        (undone("!idee ablehnen I1 grund: Nein"), PIA),
        (undone("!idee prüfen I1"), PIA),
        (undone("!idee zusammenführen I1 in I2"), PIA),
        (undone("!rolle geben Pia moderator"), PIA),
        (opposite("!rolle geben Pia moderator", "!rolle nehmen Pia moderator"), PIA),
        (undone("!gruppe entfernen P1 Urs"), URS),
        (undone("!gruppe leitung P1 Urs"), URS),
        (undone("!gruppe leitung P1 Urs"), LEO),
    ],
)
def test_what_is_undone_is_not_told(crew: Chat, acts: Callable[[Chat], object], user: str) -> None:
    acts(crew)
    assert told(crew, user) == []


def test_a_decision_corrected_twice_is_one_line(crew: Chat) -> None:
    crew.reply("!idee annehmen I1 grund: Spart Zeitt", by=MONI)
    command = crew.last
    crew.edits(command, "!idee annehmen I1 grund: Spart allen Zeit", by=MONI)
    crew.edits(command, "!idee ablehnen I1 grund: Doch nicht", by=MONI)
    assert told(crew, PIA) == ["I1 «Umzugsmeldung» wurde abgelehnt: Doch nicht"]


def test_a_decision_corrected_later_is_told_as_it_is(crew: Chat) -> None:
    crew.reply("!idee annehmen I1 grund: Spart Zeitt", by=MONI)
    command = crew.last
    crew.later(minutes=1)
    crew.edits(command, "!idee annehmen I1 grund: Spart Zeit", by=MONI)
    assert told(crew, PIA) == ["I1 «Umzugsmeldung» wurde angenommen: Spart Zeit"]


def test_who_is_in_the_group_already_is_not_asked_into_it(crew: Chat) -> None:
    crew.reply("!idee annehmen I1 grund: Spart Zeit", by=MONI)
    crew.later(minutes=1)
    crew.reply("!idee überführen I1 klasse: L | trotzdem: ja", by=KORA)
    crew.reply("!gruppe anmelden P2")
    [text] = told(crew, PIA)
    assert "wird der Prozess P2" in text
    assert "eingeladen" not in text


def test_an_agreement_that_is_settled_is_not_asked_for(crew: Chat) -> None:
    crew.reply("!vereinbarung neu P1 Liste führen wer: Urs", by=LEO)
    crew.reply("!vereinbarung verfehlt V1 grund: Keine Zeit", by=LEO)
    assert told(crew, URS) == []


def test_a_release_set_back_is_not_told(crew: Chat) -> None:
    crew.says("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", by=LEO)
    for user in (URS, LEO):
        crew.says("!ergebnis zustimmen P1 Steckbrief", by=user)
    with crew.database.transaction() as tx:
        found = products.find(tx, 1, "profile")
    assert found is not None
    assert found.state == "released"
    crew.says("!ergebnis P1 Steckbrief Entwurf", by=LEO)
    assert [text for text in told(crew, LEO) if "freigegeben" in text] == []


def test_who_moves_up_and_goes_is_not_told_to_be_in(crew: Chat) -> None:
    crew.reply("!gruppe grösse P1 2", by=KORA)
    crew.reply("!gruppe anmelden P1")
    crew.reply("!gruppe abmelden P1", by=URS)
    crew.reply("!gruppe abmelden P1")
    assert told(crew, PIA) == []


def test_who_leaves_the_community_is_told_nothing_more(crew: Chat) -> None:
    crew.reply("!rolle geben Pia moderator", by=KORA)
    crew.says("!profil verlassen", room=crew.direct(PIA))
    assert not [text for text in told(crew, PIA) if "Rolle" in text]


def test_what_is_told_is_in_the_language_of_then(crew: Chat) -> None:
    crew.reply("!rolle geben Pia moderator", by=KORA)
    crew.says("!profil sprache en", room=crew.direct(PIA))
    [text] = told(crew, PIA)
    assert text.startswith("You")


def test_nobody_is_named_in_what_waits(crew: Chat) -> None:
    """Erasing looks for names: there are none but in whom it is for."""
    crew.reply("!gruppe entfernen P1 Urs", by=KORA)
    crew.reply("!gruppe leitung P1 Leo", by=KORA)
    crew.reply("!idee annehmen I1 grund: Spart Zeit", by=MONI)
    with crew.database.transaction() as tx:
        kept = Rows(Notice, Notice.__table__.select()).all(tx)
        assert kept
        for one in kept:
            text = f"{one.about} {one.before}"
            assert not [name for name in ("pia", "urs", "leo", "kora", "moni") if name in text.casefold()]


def test_a_topic_that_is_no_more_stops_nobody(crew: Chat) -> None:
    with crew.database.transaction() as tx:
        notices.add(tx, recipient=PIA, topic="of old", about="{}", before={}, at=crew.now, due_at=crew.now)
    crew.reply("!rolle geben Pia moderator", by=KORA)
    assert len(told(crew, PIA)) == 1


def test_some_things_are_told_not_before_ten_minutes(crew: Chat) -> None:
    with crew.acting() as ctx:
        ctx.tell(URS, "group leader", before={"leads": True}, process=1, after=timedelta(minutes=10))
        ctx.tell(URS, "role", before={"has": True}, role="moderator")
    [text] = told(crew, URS)
    assert "Moderation" in text
    crew.later(minutes=8, seconds=50)
    assert len(told(crew, URS)) == 1
