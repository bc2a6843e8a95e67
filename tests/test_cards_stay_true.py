"""Each card says what it would say if it were made now, whatever it shows of other things has changed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from commands.api import THINGS
from storage import cards
from tests.chat import Chat, Said

KORA, MONI, PIA, PETER, URS = (f"@{n}:localhost" for n in ("kora", "moni", "pia", "peter", "urs"))
GROUP = "!group1:localhost"


@pytest.fixture(autouse=True)
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
    chat.reply("!idee neu Digitaler Schalter\nAlles an einem Ort.", by=PETER)
    chat.reply("!news neu Erste Meldung\nText.", by=MONI)
    chat.reply("!news neu Zweite Meldung | stand: entwurf\nText.", by=MONI)
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


def stale(chat: Chat) -> list[str]:
    """The cards that say otherwise, or whose part for programs does."""
    shown: dict[str, Said] = {}
    for said in chat.said:
        shown[said.edits or said.event_id] = said
    found = []
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        for kind, number, event in tx.execute(text("SELECT kind, number, event_id FROM cards")).all():
            content = chat.core.outbox.renderer.content(THINGS[kind].card(ctx, int(number)), "de")
            was = shown[event]
            then = (_plain(was.shown["body"]), was.machine)
            now = (_plain(content["body"]), content["ch.publicinnovators"])
            if now != then:
                found.append(f"{kind} {number}: {then} -> {now}")
    return found


def _plain(body: str) -> str:
    """Without links: where a message stands is known only once it is sent."""
    return re.sub(r"\S*\x01\S*|https://matrix\.to\S+|\$sent\S+", "", body)


def later(chat: Chat) -> None:
    """What is gathered is told by now, and the cards are edited after it."""
    chat.later(minutes=1)
    chat.edit_cards()
