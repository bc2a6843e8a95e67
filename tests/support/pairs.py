"""What people do about the same thing: a line more here, and it is tried with all others about that thing.

`{Saal~Saal 2}` is what it said first, and what it is edited into; a line that begins with a sign is a tap on the card
of that name. Who may do it: the first does it first, another of them second.
"""

from __future__ import annotations

import re

PIA, PETER, LEA, URS, ANNA, KORA, KARL, MONI, EVE, FRITZ = (
    f"@{n}:localhost" for n in ("pia", "peter", "lea", "urs", "anna", "kora", "karl", "moni", "eve", "fritz")
)
Acts = list[tuple[tuple[str, ...], str]]

TOWN = [  # in this order; the journal of the town begins with it
    (KORA, "!rolle geben Karl koordinator"),
    (PIA, "!idee neu Formulare vorausfüllen"),
    (PETER, "!idee neu Parkkarten am Schalter"),
    (PETER, "!idee neu Velos für alle Gemeinden"),
    (MONI, "!idee annehmen I3 | grund: gut"),
    (LEA, "!sitzung neu P1 Sichten | wann: 18.03.2027 13:30-15:00 | jede: woche | bis: 01.04.2027"),
    (LEA, "!sitzung neu P1 Auftakt | wann: 02.11.2026 10:01-12:00"),  # has begun when the others do something
    (KORA, "!anlass neu PI-Event | wann: 19.03.2027 13:30-15:00"),
    (PETER, "!anlass anmelden A1"),
    (LEA, "!vereinbarung neu P1 Liste führen | wer: Pia"),
    (MONI, "!news neu Das Portal hat 20 Dienste\nSeit heute."),
    (MONI, "!news neu Das Portal hat 30 Dienste | stand: entwurf\nSeit heute."),
    (KORA, "!kurs neu BPMN"),
    (PETER, "!kurs anmelden K1"),
    (LEA, "!ergebnis P1 BPMN in Prüfung | link: https://example.ch/b"),
    (EVE, "!profil anmelden gemeinde: Aesch | funktion: Kasse"),
]
ACTS: dict[str, Acts] = {
    "idea": [
        ((MONI, KORA), "!idee prüfen I1 | grund: {ja~gern}"),
        ((MONI, KORA), "!idee annehmen I1 | grund: {gut~besser}"),
        ((KORA, MONI), "!idee ablehnen I1 | grund: {nein~leider}"),
        ((KORA, MONI), "!idee zusammenführen I1 in I2"),
        ((PIA,), "!idee ändern I1 titel: {Neuer~Anderer} Titel"),
        ((PIA,), "!idee zurückziehen I1"),
        ((PIA, URS), "!idee stimme I1 {-~+}"),
        ((PIA, URS), "!idee bewerte I1 aufwand: {2~3} nutzen: 5"),
        ((PETER, URS), "👍 I1"),
        ((ANNA, PETER), "👍 I2"),
    ],
    "promotion": [
        ((KORA, KARL), "!idee überführen I3 | klasse: {M~L}"),
        ((MONI, KORA), "!idee umgesetzt I3 | grund: {läuft~steht}"),
        ((KORA, MONI), "!idee prüfen I3 | grund: {zu früh~Irrtum}"),
    ],
    "process": [
        ((KORA, KARL), "!prozess ändern P1 klasse: {K~M}"),
        ((KORA, KARL), "!prozess phase P1 weiter"),
        ((KORA, KARL), "!prozess dokument P1 Plan https://example.ch/{a~b}"),
        ((KORA, KARL), "!prozess kriterium P1 Zeit | ziel: -{80~90}%"),
        ((KORA, KARL), "!gruppe grösse P1 {9~8}"),
        ((KORA, KARL), "!gruppe anmeldung P1 modus: bestätigung"),
        ((KORA, KARL), "!gruppe leitung P1 {Pia~Peter}"),
        ((LEA, KORA), "!ergebnis P1 Steckbrief entwurf | link: https://example.ch/{s~t}"),
        ((ANNA, URS), "!gruppe anmelden P1"),
        ((PIA, PETER), "!gruppe abmelden P1"),
        ((KORA, KARL), "!gruppe entfernen P1 Pia"),
        ((KORA, KARL), "!gruppe zuweisen P1 {Urs~Anna}"),
    ],
    "meeting": [
        ((LEA, KORA), "!sitzung ändern S1 ort: {Rathaus~Rathaus Liestal}"),
        ((LEA, KORA), "!sitzung ändern S2 titel: {Anderes~Neues} | modus: alle"),
        ((KORA, LEA), "!sitzung verschieben S1 wann: 20.03.2027 {09:00~10:00}"),
        ((LEA, KORA), "!sitzung streichen S1 grund: {krank~weg}"),
        ((LEA, KORA), "!sitzung protokoll S1 {Alles~Es ist} gut"),
        ((KORA, LEA), "!sitzung anwesend S4 {Pia~Peter}"),
        ((PIA, PETER), "!sitzung zusagen S1"),
        ((PETER, PIA), "!sitzung absagen S1"),
    ],
    "event": [
        ((KORA, KARL), "!anlass ändern A1 ort: {Liestal~Sissach}"),
        ((KORA, KARL), "!anlass verschieben A1 wann: 21.03.2027 {10~11}:00-12:00"),
        ((KORA, KARL), "!anlass streichen A1"),
        ((PIA, URS), "!anlass anmelden A1"),
        ((PETER,), "!anlass abmelden A1"),
        ((ANNA, URS), "✅ A1"),
    ],
    "training": [
        ((KORA, KARL), "!kurs ändern K1 plätze: {16~18}"),
        ((KORA, KARL), "!kurs verschieben K1 wann: 21.04.2027 {9~10}:00"),
        ((KORA, KARL), "!kurs streichen K1 grund: {Krank~Weg}"),
        ((PIA, URS), "!kurs anmelden K1"),
        ((PETER,), "!kurs abmelden K1"),
        ((KORA, KARL), "!kurs abgeschlossen K1 {Pia~Peter}"),
        ((URS, ANNA), "!kurs abgeschlossen K1"),
        ((ANNA, URS), "✅ K1"),
    ],
    "agreement": [
        ((PIA, LEA), "!vereinbarung erfüllt V1"),
        ((LEA, PIA), "!vereinbarung verfehlt V1 | grund: {keine Zeit~zu früh}"),
        ((LEA, PIA), "!vereinbarung ändern V1 Liste {prüfen~lesen} | wer: Urs"),
    ],
    "product": [
        ((PIA, PETER), "!ergebnis zustimmen P1 BPMN"),
        ((PETER, PIA), "!ergebnis einwand P1 BPMN Die {Gebühren~Preise} fehlen."),
        ((LEA, KORA), "!ergebnis P1 BPMN entwurf"),
        ((LEA, KORA), "!ergebnis P1 BPMN in Prüfung | link: https://example.ch/{c~d}"),
        ((KORA, KARL), "!ergebnis P1 BPMN freigegeben | grund: {eilt~drängt}"),
        ((PETER, PIA), "✅ BPMN"),
        ((PETER, PIA), "✋ BPMN"),
    ],
    "news": [
        ((MONI, KORA), "!news ändern N1 titel: {Neues~Anderes}"),
        ((KORA, MONI), "!news zurückziehen N1 grund: {falsch~alt}"),
        ((MONI, KORA), "!news ändern N2 titel: {Neues~Anderes}"),
        ((KORA, MONI), "!news veröffentlichen N2"),
        ((MONI, KORA), "!news zurückziehen N2 grund: {falsch~alt}"),
        ((MONI, KORA), "✅ N2"),
    ],
    "registration": [
        ((KORA, KARL), "!mitglied aufnehmen @eve:localhost"),
        ((KARL, KORA), "!mitglied ablehnen @eve:localhost | grund: {voll~zu viele}"),
        ((KARL, KORA), "✅ @eve:localhost"),
        ((KARL, KORA), "❌ @eve:localhost"),
        ((EVE,), "!profil verlassen"),
    ],
    "member": [
        ((KORA, KARL), "!rolle geben Pia moderator"),
        ((KORA, KARL), "!mitglied entfernen Pia"),
        ((PIA,), "!profil ändern funktion: {Kasse~Bauamt}"),
        ((PIA,), "!profil pause"),
        ((PIA,), "!profil verlassen"),
    ],
    "municipality": [
        ((KORA, KARL), "!gemeinde firstmover Aesch ja"),
        ((KARL, KORA), "!gemeinde firstmover Liestal ja"),
    ],
}
# Something new, and what others do about it.
NEW: dict[tuple[str, str], Acts] = {
    (PETER, "!idee neu Hundemarken {am~beim} Schalter"): [
        ((URS,), "!idee stimme I4 +"),
        ((URS,), "👍 I4"),
        ((URS,), "!idee bewerte I4 aufwand: 2 nutzen: 5"),
        ((MONI,), "!idee prüfen I4"),
        ((MONI,), "!idee zusammenführen I4 in I2"),
    ],
    (KORA, "!idee überführen I3 | klasse: {M~L}"): [
        ((KARL,), "!gruppe grösse P2 9"),
        ((PIA,), "!gruppe anmelden P2"),
        ((PIA,), "✅ P2"),
    ],
    (KORA, "!prozess neu Hundesteuer | klasse: {L~M}"): [
        ((KARL,), "!gruppe grösse P2 9"),
        ((KARL,), "!gruppe anmeldung P2 modus: bestätigung"),
        ((KARL,), "!gruppe raum P2"),
        ((KARL,), "!gruppe zuweisen P2 Pia"),
        ((KARL,), "!prozess phase P2 weiter"),
        ((KARL,), "!prozess ändern P2 klasse: K"),
        ((KARL,), "!prozess dokument P2 Plan https://example.ch/a"),
        ((KARL,), "!prozess kriterium P2 Zeit | ziel: -80%"),
        ((KARL,), "!ergebnis P2 Steckbrief entwurf | link: https://example.ch/s"),
        ((PIA,), "!gruppe anmelden P2"),
        ((PIA,), "✅ P2"),
    ],
    (LEA, "!sitzung neu P1 {Planen~Denken} | wann: 22.03.2027 13:30-15:00"): [
        ((PIA,), "!sitzung zusagen S5"),
        ((KORA,), "!sitzung ändern S5 ort: Rathaus"),
        ((KORA,), "!sitzung verschieben S5 wann: 23.03.2027 13:30"),
        ((KORA,), "!sitzung protokoll S5 Alles gut"),
        ((PIA,), "✅ S5"),
    ],
    (LEA, "!vereinbarung neu P1 Liste {prüfen~lesen} | wer: Pia"): [
        ((PIA,), "!vereinbarung erfüllt V2"),
        ((PIA,), "!vereinbarung verfehlt V2"),
    ],
    (KORA, "!anlass neu {Fest~Feier} | wann: 22.03.2027 13:30-15:00"): [
        ((KARL,), "!anlass ändern A2 ort: Liestal"),
        ((KARL,), "!anlass verschieben A2 wann: 23.03.2027 13:30"),
        ((URS,), "!anlass anmelden A2"),
        ((URS,), "✅ A2"),
    ],
    (KORA, "!kurs neu {Grafik~Bilder}"): [
        ((KARL,), "!kurs ändern K2 plätze: 16"),
        ((KARL,), "!kurs abgeschlossen K2 Pia"),
        ((URS,), "!kurs anmelden K2"),
        ((URS,), "✅ K2"),
    ],
    (MONI, "!news neu {Mehr~Andere} Dienste | stand: entwurf\nSeit heute."): [
        ((KORA,), "!news ändern N3 titel: Besser"),
        ((KORA,), "!news veröffentlichen N3"),
        ((KORA,), "✅ N3"),
    ],
    (MONI, "!news neu {Mehr~Andere} Dienste | wann: 03.11.2026 09:00\nSeit heute."): [
        ((KORA,), "!news ändern N3 titel: Besser"),
        ((KORA,), "!news veröffentlichen N3"),
    ],
    (FRITZ, "!profil anmelden gemeinde: {Aesch~Liestal} | funktion: Bau"): [
        ((KORA,), "!mitglied aufnehmen @fritz:localhost"),
        ((KORA,), "!mitglied ablehnen @fritz:localhost | grund: voll"),
        ((KORA,), "✅ @fritz:localhost"),
        ((KORA,), "❌ @fritz:localhost"),
    ],
}


def worded(text: str, *, edited: bool = False) -> str:
    """What it says first, or edited."""
    return re.sub(r"\{(.*?)~(.*?)\}", r"\2" if edited else r"\1", text)


def all_pairs() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Who does what first, and then who does what about the same thing."""
    pairs = []
    for acts in ACTS.values():
        for people, what in acts:
            if what.startswith("!"):
                others = [(next((k for k in who if k != people[0]), None), text) for who, text in acts]
                pairs.append((people[0], what, [(k, text) for k, text in others if k is not None]))
    for (by, what), acts in NEW.items():
        pairs.append((by, what, [(who[0], text) for who, text in acts]))
    return pairs
