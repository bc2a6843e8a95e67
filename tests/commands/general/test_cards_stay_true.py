"""Each card says what it would say if it were made now, whatever it shows of other things has changed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from commands.framework.declarations import THINGS
from storage import cards
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

KORA, MONI, PIA, PETER, URS, EVA = (f"@{n}:localhost" for n in ("kora", "moni", "pia", "peter", "urs", "eva"))
REGISTER = "!profil anmelden gemeinde: Aesch | funktion: Schalter"
GROUP = "!group1:localhost"


@pytest.fixture(autouse=True)
@staged
def town(chat: Chat) -> None:
    """A group with meetings, products in all states and agreements; an idea, news and drafts."""
    for user in (PIA, PETER, URS):
        chat.member(user)
    for user in (KORA, MONI):
        chat.member(user)
        chat.direct(user)
    chat.process(PIA, PETER, leader=PIA)
    chat.group_room(1, PIA, PETER)
    chat.reply("!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30-15:00", by=PIA)
    chat.reply("!sitzung neu P1 Runde | wann: 22.03.2027 9:00 | jede: woche | bis: 12.04.2027", by=PIA)
    chat.reply("!vereinbarung neu P1 Formulare sammeln", by=PIA)
    for code in ("Steckbrief", "BPMN", "Wireframe"):
        chat.reply(f"!ergebnis P1 {code} in Prüfung link: https://example.ch/x", by=PIA)
    chat.reply("!ergebnis P1 BPMN Entwurf", by=PIA)
    chat.reply("!ergebnis P1 Wireframe freigegeben grund: eilt", by=KORA)
    chat.reply("!vereinbarung neu P1 Links prüfen | wer: Peter", by=PIA)
    chat.reply("!idee neu Digitaler Schalter\nAlles an einem Ort.", by=PETER)
    chat.reply("!news neu Erste Meldung\nText.", by=MONI)
    chat.reply("!news neu Zweite Meldung | stand: entwurf\nText.", by=MONI)
    chat.direct(EVA)
    chat.reply(REGISTER, by=EVA)
    later(chat)
    assert stale(chat) == []


@pytest.mark.parametrize(
    ("line", "by"),
    [
        ("!prozess ändern P1 name: Wohnsitzbestätigung für alle", KORA),
        ("!profil ändern gemeinde: Liestal", PETER),
        ("!profil pause", PETER),
        ("!gruppe anmelden P1", URS),
        ("!gruppe abmelden P1", PETER),
        ("!sitzung absagen S1", PETER),
        ("!sitzung verschieben S2 wann: 23.03.2027 9:00", PIA),
        ("!sitzung streichen S1", PIA),
        ("!news veröffentlichen N2", MONI),
        ("!idee annehmen I1", MONI),
        ("!profil verlassen", PETER),
        ("!profil ändern funktion: Kasse", PETER),
        ("!mitglied aufnehmen Eva", KORA),
        ("!mitglied ablehnen Eva grund: Aesch hat schon zwei", KORA),
        (REGISTER.replace("Aesch", "Muttenz"), EVA),
        ("!profil verlassen", EVA),
    ],
)
def test_what_a_card_shows_of_other_things_changes_with_them(chat: Chat, line: str, by: str) -> None:
    reply = chat.reply(line, by=by)
    later(chat)
    assert stale(chat) == []
    chat.reacts(reply, "↩️", by=by)
    later(chat)
    assert stale(chat) == []


@pytest.mark.parametrize("ref", ["N1", "N2"])
def test_what_is_said_in_threads_is_counted_where_it_is_said(chat: Chat, ref: str) -> None:
    kind = {"N1": "news", "N2": "draft"}[ref]
    with chat.database.transaction() as tx:
        card = cards.find(tx, kind, ref[1:])
    assert card is not None
    chat.says("Das freut mich.", by=MONI, room=card.room_id, thread=card.event_id)
    later(chat)
    assert stale(chat) == []


@pytest.mark.parametrize("room", [ROOMS["news"], GROUP])
@pytest.mark.parametrize("who", [PETER, MONI, KORA, EVA])
def test_who_is_called_otherwise_is_called_so_on_all_cards(chat: Chat, who: str, room: str) -> None:
    chat.reply("!mitglied ablehnen Eva grund: Aesch hat schon zwei", by=KORA)
    chat.reply("!ergebnis einwand P1 Steckbrief Zahlen fehlen", by=PETER)
    later(chat)
    was = named(chat, who[1:].partition(":")[0].capitalize())
    assert was
    chat.enters(room, who, "Neu Genannt")
    later(chat)
    assert stale(chat) == []
    assert named(chat, "Neu Genannt") == was
    seen = len(chat.said)
    chat.enters(room, who, "Neu Genannt")
    later(chat)
    assert chat.said[seen:] == []


def test_a_withdrawn_registration_says_nothing_of_who_registers_anew(chat: Chat) -> None:
    first = chat.reply(REGISTER, by=URS.replace("urs", "vera"), room=chat.direct("@vera:localhost"))
    chat.reacts(first, "↩️", by="@vera:localhost")
    chat.reply(REGISTER.replace("Aesch", "Muttenz"), by="@vera:localhost")
    later(chat)
    assert stale(chat) == []
    cards_now = [s.text for s in shown(chat).values() if s.text.startswith("Anmeldung")]
    assert sorted("Vera" in said for said in cards_now) == [False, False, True]


def test_a_card_that_said_less_for_a_stranger_says_all_again_without_one(chat: Chat) -> None:
    chat.enters(GROUP, "@fremd:elsewhere.example", "Fremd")
    chat.reply("!ergebnis einwand P1 Steckbrief Zahlen fehlen", by=PETER)
    later(chat)
    assert named(chat, "Zahlen fehlen") == set()
    chat.moves("@fremd:elsewhere.example", "leave", GROUP)
    later(chat)
    assert named(chat, "Zahlen fehlen")
    assert stale(chat) == []


def test_a_card_that_said_less_while_somebody_had_left_says_all_again_once_back(chat: Chat) -> None:
    left = chat.reply("!profil verlassen", by=PETER)
    chat.reply("!ergebnis einwand P1 Steckbrief Zahlen fehlen", by=PIA)
    later(chat)
    assert named(chat, "Zahlen fehlen") == set()
    chat.reacts(left, "↩️", by=PETER)
    later(chat)
    assert named(chat, "Zahlen fehlen")
    assert stale(chat) == []


@pytest.mark.parametrize(("kind", "table"), [("idea", "ideas"), ("product", "products")])
def test_a_removed_card_of_what_is_no_more_is_forgotten(
    chat: Chat, caplog: pytest.LogCaptureFixture, kind: str, table: str
) -> None:
    with chat.database.transaction() as tx:
        found = text("SELECT event_id, room_id FROM cards WHERE kind = :kind")
        placed = [(row.event_id, row.room_id) for row in tx.execute(found, {"kind": kind})]
        assert placed
        tx.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the table is ours
    for event, room in placed:
        chat.takes_off(event, room=room)
    with chat.database.transaction() as tx:
        assert [cards.find_by_event(tx, event) for event, _ in placed] == [None] * len(placed)
    assert "event failed" not in caplog.text


def named(chat: Chat, words: str) -> set[str]:
    """The cards that say this now."""
    return {event for event, said in shown(chat).items() if words in said.shown["body"]}


def shown(chat: Chat) -> dict[str, Said]:
    """How each card looks now, by its event."""
    now = {said.edits or said.event_id: said for said in chat.said}
    with chat.database.transaction() as tx:
        placed = tx.execute(text("SELECT event_id FROM cards")).scalars().all()
    return {event: now[event] for event in placed}


def stale(chat: Chat) -> list[str]:
    """The cards that say neither all, nor what may be said in their room, or whose part for programs does not.

    One that said all before a stranger came in stays as it is.
    """
    said, found = shown(chat), []
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        placed = tx.execute(text("SELECT kind, number, event_id, room_id FROM cards")).all()
        for kind, number, event, room in placed:
            card = THINGS[kind].card(ctx, int(number))
            was = said[event]
            then = (_plain(was.shown["body"]), was.machine)
            now = []
            for may_be in (card, chat.core.outbox.in_room(ctx, room, card)):
                content = chat.core.outbox.renderer.content(may_be, "de")
                now.append((_plain(content["body"]), content["ch.publicinnovators"]))
            if then not in now:
                found.append(f"{kind} {number}: {then} -> {now[0]}")
    return found


def _plain(body: str) -> str:
    """Without links: where a message stands is known only once it is sent."""
    return re.sub(r"\S*\x01\S*|https://matrix\.to\S+|\$sent\S+", "", body)


def later(chat: Chat) -> None:
    """What is gathered is told by now, and the cards are edited after it."""
    chat.later(minutes=1)
    chat.edit_cards()
