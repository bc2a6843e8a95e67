"""What one takes back loses nothing that somebody else did: all pairs of acts about the same thing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from storage.base import Base
from tests.chat import Chat

PIA, PETER, LEA, URS, ANNA, KORA, KARL, MONI = (
    f"@{n}:localhost" for n in ("pia", "peter", "lea", "urs", "anna", "kora", "karl", "moni")
)
# What somebody does about a thing, and who may: the same act is tried by two people where two may.
ACTS: dict[str, list[tuple[tuple[str, ...], str]]] = {
    "idea": [
        ((MONI, KORA), "!idee prüfen I1"),
        ((MONI, KORA), "!idee annehmen I1 | grund: gut"),
        ((KORA, MONI), "!idee zusammenführen I1 in I2"),
        ((PIA,), "!idee ändern I1 titel: Neuer Titel"),
        ((PIA, URS), "!idee stimme I1 -"),
        ((PIA, URS), "!idee bewerte I1 aufwand: 2 nutzen: 5"),
    ],
    "promotion": [
        ((KORA, KARL), "!idee überführen I3 | klasse: M"),
        ((MONI, KORA), "!idee umgesetzt I3 | grund: läuft"),
        ((KARL, KORA), "!gruppe grösse P2 9"),
    ],
    "process": [
        ((KORA, KARL), "!prozess ändern P1 klasse: K"),
        ((KORA, KARL), "!prozess phase P1 weiter"),
        ((KORA, KARL), "!prozess dokument P1 Plan https://example.ch/a"),
        ((KORA, KARL), "!prozess kriterium P1 Zeit | ziel: -80%"),
        ((KORA, KARL), "!gruppe grösse P1 9"),
        ((KORA, KARL), "!gruppe anmeldung P1 modus: bestätigung"),
        ((KORA, KARL), "!gruppe leitung P1 Pia"),
        ((LEA, KORA), "!ergebnis P1 Steckbrief entwurf | link: https://example.ch/s"),
        ((ANNA, URS), "!gruppe anmelden P1"),
        ((KORA, KARL), "!gruppe entfernen P1 Pia"),
    ],
    "meeting": [
        ((LEA, KORA), "!sitzung ändern S1 ort: Rathaus"),
        ((LEA, KORA), "!sitzung ändern S2 titel: Anderes | modus: alle"),
        ((KORA, LEA), "!sitzung verschieben S1 wann: 20.03.2027 09:00"),
        ((LEA, KORA), "!sitzung streichen S1 grund: krank"),
        ((LEA, KORA), "!sitzung protokoll S1 Alles gut"),
        ((KORA, LEA), "!sitzung anwesend S1 Pia"),
        ((PIA, PETER), "!sitzung zusagen S1"),
        ((PETER, PIA), "!sitzung absagen S1"),
    ],
    "event": [
        ((KORA, KARL), "!anlass ändern A1 ort: Liestal"),
        ((KORA, KARL), "!anlass verschieben A1 wann: 21.03.2027 10:00-12:00"),
        ((KORA, KARL), "!anlass streichen A1"),
        ((PIA, URS), "!anlass anmelden A1"),
        ((PETER,), "!anlass abmelden A1"),
    ],
    "agreement": [
        ((PIA, LEA), "!vereinbarung erfüllt V1"),
        ((LEA, PIA), "!vereinbarung verfehlt V1 | grund: keine Zeit"),
    ],
    "member": [
        ((KORA, KARL), "!rolle geben Pia moderator"),
        ((KORA, KARL), "!mitglied entfernen Pia"),
        ((PIA,), "!profil ändern funktion: Kasse"),
    ],
}
PAIRS = [
    (k, by, what, other, thing)
    for thing, acts in ACTS.items()
    for people, what in acts
    for by in people[:1]
    for others, other in acts
    for k in [next((who for who in others if who != by), None)]
    if k is not None and "P2" not in what
]
# What follows from others, is counted from them, or is the bot's own.
OWN = {
    "outbox", "handled_events", "acts", "cards", "offers", "facts", "counters", "notices", "reminders", "audit_log",
    "taps", "rooms", "purposes", "occupants", "group_guests", "idea_words", "idea_titles", "process_history",
    "idea_history", "meeting_invitations", "merged_votes", "talk", "seats_order",
}  # fmt: skip
COUNTED = {
    "version",
    "sequence",
    "stamped_at",
    "changed_at",
    "rating_count",
    "effort",
    "benefit",
    "score",
    "votes_for",
    "votes_against",
    "votes_neutral",
    "carded",
}


@pytest.fixture
def town(chat: Chat) -> Chat:
    for who in (PIA, PETER, LEA, URS, ANNA, KARL):
        chat.member(who)
    chat.says("!rolle geben Karl koordinator", by=KORA)
    chat.process(PIA, PETER, LEA, leader=LEA)
    chat.group_room(1, PIA, PETER, LEA)
    chat.says("!idee neu Formulare vorausfüllen", by=PIA)
    chat.says("!idee neu Parkkarten am Schalter", by=PETER)
    chat.says("!idee neu Velos für alle Gemeinden", by=PETER)
    chat.says("!idee annehmen I3 | grund: gut", by=MONI)
    chat.says(
        "!sitzung neu P1 Sichten | wann: 18.03.2027 13:30-15:00 | jede: woche | bis: 01.04.2027", by=LEA
    )
    chat.says("!anlass neu PI-Event | wann: 19.03.2027 13:30-15:00", by=KORA)
    chat.says("!anlass anmelden A1", by=PETER)
    chat.says("!vereinbarung neu P1 Liste führen | wer: Pia", by=LEA)
    chat.later(minutes=2)
    return chat


def rows(chat: Chat) -> dict[tuple[str, Any], dict[str, Any]]:
    """Every row that says what people have done, by table and key."""
    found = {}
    with chat.database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            if table.name not in OWN:
                keys = [c.name for c in table.primary_key]
                for row in tx.execute(text(f"SELECT * FROM {table.name}")).mappings():  # noqa: S608
                    said = {k: v for k, v in row.items() if k not in COUNTED}
                    found[table.name, tuple(row[k] for k in keys)] = said
    return found


@pytest.mark.parametrize("way", ["↩️", "edit"])
@pytest.mark.parametrize(("other", "by", "first", "then", "thing"), PAIRS)
def test_nothing_is_lost(
    town: Chat,
    other: str,
    by: str,
    first: str,
    then: str,
    thing: str,
    way: str,
) -> None:
    reply = town.reply(first, by=by)
    assert reply.machine["type"] != "error", reply.text
    command, before = town.last, rows(town)
    did = town.reply(then, by=other)
    if did.machine["type"] == "error":
        return
    town.later(seconds=45)
    after = rows(town)
    said = len(town.said)
    if way == "edit":
        town.edits(command, "!status", by=by)
    else:
        town.reacts(reply, way, by=by)
    assert len(town.said) > said, "it is always answered"
    now = rows(town)
    for key in before.keys() | after.keys():
        was, made = before.get(key), after.get(key)
        if was == made:
            continue
        if was is None or made is None:
            assert (now.get(key) is None) == (made is None), key
        else:
            changed = {column for column in made if made[column] != was[column]}
            assert {c: now.get(key, {}).get(c) for c in changed} == {c: made[c] for c in changed}, key
