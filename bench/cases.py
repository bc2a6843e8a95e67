"""What is asked on the filled store: each command there is, but for those that are named with their reason."""

from __future__ import annotations

import random
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final

from bench.filling.given import BOSS, IDEAS_OF_CAMPAIGN
from bench.filling.people import Size, municipalities, user

MATE: Final = user(1)  # in the group of P1 too
NEW: Final = "@{who}{n}:localhost"  # somebody else each time


@dataclass(frozen=True)
class Case:
    """What is said, for the nth time; `first`, what is said before without being measured, and may be refused.

    `{ref}` is what the first of those has made, `{word}` another word each time, `{who}` a name for each case.
    """

    text: str
    first: tuple[str | tuple[str, str], ...] = ()  # by somebody else: who, and what
    by: str = BOSS

    def lines(self, name: str, n: int, size: Size) -> list[tuple[str, str]]:
        """By whom what is said, the measured one last; `{ref}` still to be put in."""
        values = {
            "n": n,
            "who": "".join(filter(str.isalpha, name.lower().translate(_PLAIN))),
            "word": word_of(f"{name} {n}"),
            "sign": "+-"[n % 2],
            "five": n % 5 + 1,
            "ten": n % 10 + 10,
            "language": ("de", "en")[n % 2],
            "mode": ("bestätigung", "frei")[n % 2],
            "yes": ("ja", "nein")[n % 2],
            "mate": user(n % 2 + 1),
            "middle": size.ideas // 2 + n % 5,
            "newest": size.ideas - n % 20,
            "seldom": size.members - 2,
            "judged": size.ideas + 1 + n % IDEAS_OF_CAMPAIGN,
            "town": municipalities()[(n + 1) % len(municipalities())],
            "ref": "{ref}",
        }
        said = [line if isinstance(line, tuple) else (BOSS, line) for line in self.first]
        return [(by.format(**values), text.format(**values)) for by, text in (*said, (self.by, self.text))]


_PLAIN = str.maketrans("äöü", "aou")


def word_of(what: str) -> str:
    """A word of its own, the same each time: what is called alike is refused."""
    return "".join(random.Random(what).choices(ascii_lowercase, k=12)).capitalize()  # noqa: S311 - no secret


_IDEA = "!idee neu Schwimmkurs für {word} ausschreiben"
_EVENT = "!anlass neu Treff {word} | wann: 18.03.2031 13:30-17:00 | ort: Liestal | plätze: 60"
_TRAINING = "!kurs neu Kurs {word} | wann: 12.04.2031 9:00-12:00 | plätze: 12"
_NEWS = "!news neu Neues {word}\nSeit heute gibt es mehr."
_PROCESS = "!prozess neu Dienst {word} | klasse: L"
_MEETING = "!sitzung neu P1 Schluss {word} | wann: 18.06.2031 13:30-15:00"
_FIND = "!termin finden P1 Formulare {word} | bis: 10.06.2031\n18.06.2031 13:30-15:00\n19.06.2031 9:00"
_AGREED = "!vereinbarung neu P1 Formular {word} | wer: @p00001:localhost"
_OFFER = "!börse biete {word} und Saal | tags: raum, {word}"
_SURVEY = "!umfrage neu Zeit {word} | an: P1 | bis: 30.06.2031\n? Wann passt es?\n- Vormittag\n- Nachmittag"
_TOOL = "!werkzeug neu Vorlage für {word} | tags: workshop"
_HOURS = "!stunden neu 1h P1 Formular {word}"
_CAMPAIGN = "!wettbewerb neu Schalter ohne {word} | bis: 30.06.2031 | jury: @p00001:localhost"
_FEED = "!feed neu https://{word}.example.ch/rss.xml"
_COME = (NEW, "!profil anmelden gemeinde: Aesch | funktion: Schalter")
_LET_IN = "!mitglied aufnehmen @{who}{n}:localhost"
_NEWCOMER = (
    _COME,
    _LET_IN,
    (NEW, _IDEA),
    (NEW, "!idee stimme I1 +"),
    (NEW, "!idee bewerte I{newest} aufwand: 2 nutzen: 4"),
    (NEW, "!gruppe anmelden P2"),
    (NEW, "!anlass anmelden A2"),
    (NEW, "!börse biete {word} | tags: hund"),
    (NEW, "!stunden neu 1h P1 {word}"),
)
_ASSIGN = "!gruppe zuweisen {ref} @p00001:localhost"

_IDEAS = {
    "idee zeige": Case("!idee zeige I{middle}"),
    "idee zeige, die meistgewählte": Case("!idee zeige I1"),
    "zeige": Case("!zeige I{middle}"),
    "idee stimme": Case("!idee stimme I{newest} {sign}"),
    "idee stimme, die meistgewählte": Case("!idee stimme I1 {sign}"),
    "idee bewerte": Case("!idee bewerte I{newest} aufwand: {five} nutzen: 4"),
    "idee neu": Case("!idee neu Schwimmbad für {word} ausschreiben | thema: Hund"),
    "idee ändern": Case("!idee ändern {ref} titel: Hallenbad {word} beheizen", (_IDEA,)),
    "idee zurückziehen": Case("!idee zurückziehen {ref}", (_IDEA,)),
    "idee prüfen": Case("!idee prüfen {ref}", (_IDEA,)),
    "idee annehmen": Case("!idee annehmen {ref} grund: Gut", (_IDEA,)),
    "idee ablehnen": Case("!idee ablehnen {ref} grund: Gibt es schon", (_IDEA,)),
    "idee umsetzen": Case("!idee umsetzen {ref}", (_IDEA, "!idee annehmen {ref} grund: Gut")),
    "idee umgesetzt": Case(
        "!idee umgesetzt {ref}", (_IDEA, "!idee annehmen {ref} grund: Gut", "!idee umsetzen {ref}")
    ),
    "idee zusammenführen": Case("!idee zusammenführen {ref} in I{newest}", (_IDEA,)),
    "idee überführen": Case("!idee überführen {ref} klasse: L", (_IDEA, "!idee annehmen {ref} grund: Gut")),
    "idee liste": Case("!idee liste"),
    "idee liste, Seite 3": Case("!idee liste seite: 3"),
    "idee liste, nach Stand": Case("!idee liste stand: offen | sort: stimmen"),
    "idee liste, nach Thema": Case("!idee liste thema: Hund"),
    "idee liste, nach Thema und Stimmen": Case("!idee liste thema: Hund | sort: stimmen"),
    "idee liste, nach Matrix": Case("!idee liste sort: matrix"),
    "idee liste, Suche": Case("!idee liste suche: hund meldung"),
    "idee liste, Suche nach Anfang": Case("!idee liste suche: vor"),
    "idee meine": Case("!idee meine"),
    "idee top": Case("!idee top"),
    "wettbewerb liste": Case("!wettbewerb liste"),
    "wettbewerb zeige": Case("!wettbewerb zeige W1"),
    "wettbewerb bewerten": Case("!wettbewerb bewerten I{judged} {five}"),
    "wettbewerb neu": Case(_CAMPAIGN),
    "wettbewerb ändern": Case("!wettbewerb ändern {ref} bis: 15.07.2031", (_CAMPAIGN,)),
    "wettbewerb abschliessen": Case("!wettbewerb abschliessen {ref} grund: Eilt", (_CAMPAIGN,)),
    "idee neu, zum Wettbewerb": Case("!idee neu Schwimmhalle für {word} ausschreiben | wettbewerb: W1"),
    "idee matrix": Case("!idee matrix"),
}
_NEWS_CASES = {
    "news liste": Case("!news liste"),
    "news liste, Suche": Case("!news liste suche: portal"),
    "news liste, Suche nach zwei Wörtern": Case("!news liste suche: portal hund"),
    "news liste, nach Tag": Case("!news liste tags: hund"),
    "news zeige": Case("!news zeige N3"),
    "news entwürfe": Case("!news entwürfe"),
    "feed liste": Case("!feed liste"),
    "feed zeige": Case("!feed zeige F1"),
    "feed neu": Case(_FEED),
    "feed ändern": Case("!feed ändern {ref} modus: direkt", (_FEED,)),
    "feed entfernen": Case("!feed entfernen {ref}", (_FEED,)),
    "news neu seit": Case("!news neu seit gestern"),
    "news neu": Case(_NEWS),
    "news ändern": Case("!news ändern {ref} titel: Anderes {word}", (_NEWS,)),
    "news zurückziehen": Case("!news zurückziehen {ref} grund: falsch", (_NEWS,)),
    "news veröffentlichen": Case(
        "!news veröffentlichen {ref}", ("!news neu Bald {word} | stand: entwurf\nSeit heute gibt es mehr.",)
    ),
}
_MEMBERS = {
    "mitglied liste": Case("!mitglied liste"),
    "mitglied liste, nach Gemeinde": Case("!mitglied liste gemeinde: Aesch"),
    "mitglied liste, Suche": Case("!mitglied liste suche: meier"),
    "mitglied liste, Suche nach Matrix-ID": Case("!mitglied liste suche: @p00007"),
    "mitglied aufnehmen": Case(_LET_IN, (_COME,)),
    "mitglied ablehnen": Case("!mitglied ablehnen @{who}{n}:localhost grund: Aesch hat zwei", (_COME,)),
    "mitglied entfernen": Case("!mitglied entfernen @{who}{n}:localhost grund: weg", (_COME, _LET_IN)),
    "rolle liste": Case("!rolle liste"),
    "rolle liste, im Raum": Case("!rolle liste"),
    "rolle geben": Case("!rolle geben {mate} moderator", ("!rolle nehmen {mate} moderator",)),
    "rolle nehmen": Case("!rolle nehmen {mate} moderator", ("!rolle geben {mate} moderator",)),
    "gemeinde liste": Case("!gemeinde liste"),
    "gemeinde zeige": Case("!gemeinde zeige Aesch"),
    "gemeinde abdeckung": Case("!gemeinde abdeckung"),
    "gemeinde firstmover": Case("!gemeinde firstmover Aesch {yes}"),
    "profil zeige": Case("!profil zeige"),
    "profil zeige, jemanden": Case("!profil zeige @p00009:localhost"),
    "profil ändern": Case("!profil ändern funktion: Bauverwaltung {n}"),
    "profil anmelden": Case(_COME[1], by=NEW),
    "profil verlassen": Case("!profil verlassen", (_COME, _LET_IN), by=NEW),
    "profil sprache": Case("!profil sprache {language}"),
    "profil erinnerung": Case("!profil erinnerung {five} Tage, 1 Stunde"),
    "profil kalender": Case("!profil kalender beides", ("!profil kalender abo",)),
    "profil digest": Case("!profil digest wöchentlich", ("!profil digest aus",)),
    "profil pause": Case("!profil pause", ((MATE, "!profil da"),), by=MATE),
    "profil da": Case("!profil da", ((MATE, "!profil pause"),), by=MATE),
    # Somebody with as much of their own in either store: the file has all that is stored about them.
    "datenschutz auskunft": Case("!datenschutz auskunft", _NEWCOMER, by=NEW),
    "datenschutz löschen": Case("!datenschutz löschen", by=MATE),  # asks whether it is meant
}
_PROCESSES = {
    "prozess liste": Case("!prozess liste"),
    "prozess stand": Case("!prozess stand"),
    "prozess zeige": Case("!prozess zeige P1"),
    "prozess verlauf": Case("!prozess verlauf P1"),
    "prozess verbreitung": Case("!prozess verbreitung"),
    "prozess neu": Case(_PROCESS),
    "prozess ändern": Case("!prozess ändern P2 lebenslage: {word}"),
    "prozess dokument": Case("!prozess dokument P2 Merkblatt https://example.ch/{word}"),
    "prozess kriterium": Case("!prozess kriterium P2 Wartezeit am Schalter | ziel: -{ten}%"),
    "prozess phase": Case("!prozess phase {ref} weiter", (_PROCESS,)),
    "prozess rollout": Case("!prozess rollout P8 gemeinde: {town}"),
    "prozess ergebnis": Case(
        "!prozess ergebnis {ref} Steckbrief in Prüfung link: https://example.ch/{word}", (_PROCESS,)
    ),
    "ergebnis zeige": Case("!ergebnis zeige P1 Steckbrief"),
    "ergebnis zustimmen": Case(
        "!ergebnis zustimmen P1 Steckbrief", ("!ergebnis einwand P1 Steckbrief Das fehlt {word}.",)
    ),
    "ergebnis einwand": Case(
        "!ergebnis einwand P1 Steckbrief Es fehlt {word}.", ("!ergebnis zustimmen P1 Steckbrief",)
    ),
    "rückmeldung": Case("!rückmeldung P4 {five} Das Formular ist klar."),
    "rückmeldung zeige": Case("!rückmeldung zeige P4"),
    "gruppe liste": Case("!gruppe liste"),
    "gruppe zeige": Case("!gruppe zeige P2"),
    "gruppe vorschlag": Case("!gruppe vorschlag P2"),
    "gruppe anmelden": Case("!gruppe anmelden {ref}", (_PROCESS,)),
    "gruppe abmelden": Case("!gruppe abmelden {ref}", (_PROCESS, "!gruppe anmelden {ref}")),
    "gruppe anmeldung": Case("!gruppe anmeldung {ref} modus: bestätigung", (_PROCESS,)),
    "gruppe zuweisen": Case(_ASSIGN, (_PROCESS,)),
    "gruppe bestätigen": Case("!gruppe bestätigen {ref}", (_PROCESS, _ASSIGN), by=MATE),
    "gruppe entfernen": Case("!gruppe entfernen {ref} @p00001:localhost", (_PROCESS, _ASSIGN)),
    "gruppe leitung": Case("!gruppe leitung {ref} @p00000:localhost", (_PROCESS, "!gruppe anmelden {ref}")),
    "gruppe grösse": Case("!gruppe grösse {ref} 9", (_PROCESS,)),
    "gruppe raum": Case("!gruppe raum {ref}", (_PROCESS,)),
    "vereinbarung liste": Case("!vereinbarung liste P2"),
    "vereinbarung zeige": Case("!vereinbarung zeige V1"),
    "vereinbarung neu": Case(_AGREED),
    "vereinbarung ändern": Case("!vereinbarung ändern {ref} bis: 31.08.2031", (_AGREED,)),
    "vereinbarung erfüllt": Case("!vereinbarung erfüllt {ref}", (_AGREED,)),
    "vereinbarung verfehlt": Case("!vereinbarung verfehlt {ref} grund: Es kommt später", (_AGREED,)),
}
_DATES = {
    "agenda": Case("!agenda diese Woche"),
    "agenda ics": Case("!agenda ics"),
    "sitzung liste": Case("!sitzung liste"),
    "sitzung nächste": Case("!sitzung nächste"),
    "sitzung zeige": Case("!sitzung zeige S12"),
    "sitzung zusagen": Case("!sitzung zusagen S12", ("!sitzung absagen S12",)),
    "sitzung absagen": Case("!sitzung absagen S12", ("!sitzung zusagen S12",)),
    "sitzung vielleicht": Case("!sitzung vielleicht S12", ("!sitzung zusagen S12",)),
    "sitzung protokoll": Case("!sitzung protokoll S1 https://example.ch/{word}"),
    "sitzung anwesend": Case("!sitzung anwesend S1 {mate}"),
    "sitzung neu": Case(_MEETING),
    "sitzung verschieben": Case("!sitzung verschieben {ref} wann: 25.06.2031 14:00-15:00", (_MEETING,)),
    "sitzung ändern": Case("!sitzung ändern {ref} ort: Sissach", (_MEETING,)),
    "sitzung streichen": Case("!sitzung streichen {ref} grund: krank", (_MEETING,)),
    "termin liste": Case("!termin liste P1"),
    "termin zeige": Case("!termin zeige D1"),
    "termin finden": Case(_FIND),
    "termin antworten": Case("!termin antworten {ref} 1 und 2", (_FIND,)),
    "termin festlegen": Case("!termin festlegen {ref} 2", (_FIND,)),
    "termin abbrechen": Case("!termin abbrechen {ref}", (_FIND,)),
    "anlass liste": Case("!anlass liste"),
    "anlass zeige": Case("!anlass zeige A2"),
    "anlass teilnehmende": Case("!anlass teilnehmende A2"),
    "anlass neu": Case(_EVENT),
    "anlass ändern": Case("!anlass ändern A2 ort: Sissach {word}"),
    "anlass verschieben": Case("!anlass verschieben A2 wann: {ten}.03.2031 13:30-17:00"),
    "anlass streichen": Case("!anlass streichen {ref} grund: krank", (_EVENT,)),
    "anlass anmelden": Case("!anlass anmelden {ref}", (_EVENT,)),
    "anlass abmelden": Case("!anlass abmelden {ref}", (_EVENT, "!anlass anmelden {ref}")),
    "kurs liste": Case("!kurs liste"),
    "kurs zeige": Case("!kurs zeige K2"),
    "kurs teilnehmende": Case("!kurs teilnehmende K2"),
    "kurs neu": Case(_TRAINING),
    "kurs ändern": Case("!kurs ändern K2 ort: Sissach {word}"),
    "kurs verschieben": Case("!kurs verschieben K2 wann: {ten}.03.2031 13:30-17:00"),
    "kurs streichen": Case("!kurs streichen {ref} grund: krank", (_TRAINING,)),
    "kurs anmelden": Case("!kurs anmelden {ref}", (_TRAINING,)),
    "kurs abmelden": Case("!kurs abmelden {ref}", (_TRAINING, "!kurs anmelden {ref}")),
}
_OTHERS = {
    "börse liste": Case("!börse liste"),
    "börse liste, Suche": Case("!börse liste suche: meldung"),
    "börse liste, nach Tag": Case("!börse liste tags: Hund"),
    "börse zeige": Case("!börse zeige B1"),
    "börse biete": Case(_OFFER),
    "börse suche": Case("!börse suche {word} und Meldung | tags: Hund, {word}"),
    "börse ändern": Case("!börse ändern {ref} tags: hund", (_OFFER,)),
    "börse behalten": Case("!börse behalten {ref}", (_OFFER,)),
    "börse erledigt": Case("!börse erledigt {ref}", (_OFFER,)),
    "werkzeug liste": Case("!werkzeug liste"),
    "werkzeug liste, Suche": Case("!werkzeug liste suche: workshop"),
    "werkzeug zeige": Case("!werkzeug zeige T1"),
    "werkzeug neu": Case(_TOOL),
    "werkzeug ändern": Case("!werkzeug ändern {ref} titel: Muster für {word}", (_TOOL,)),
    "werkzeug entfernen": Case("!werkzeug entfernen {ref}", (_TOOL,)),
    "stunden neu": Case(_HOURS),
    "stunden sitzung": Case(
        "!stunden sitzung S2", ("!sitzung anwesend S2 @p00000:localhost", "!stunden zurückziehen")
    ),
    "stunden meine": Case("!stunden meine"),
    "stunden zurückziehen": Case("!stunden zurückziehen", (_HOURS,)),
    "umfrage liste": Case("!umfrage liste"),
    "umfrage zeige": Case("!umfrage zeige U1"),
    "umfrage resultat": Case("!umfrage resultat U1"),
    "umfrage neu": Case(_SURVEY),
    "umfrage antworten": Case("!umfrage antworten {ref}", (_SURVEY,)),
    "umfrage standard": Case("!umfrage standard {ref}", (_PROCESS, "!gruppe anmelden {ref}")),
    "umfrage abschliessen": Case("!umfrage abschliessen {ref}", (_SURVEY,)),
    "bericht": Case("!bericht von: 01.12.2030 | bis: 31.12.2030"),
    "mein stand": Case("!mein stand"),
    "menü": Case("!menü"),
    "protokoll": Case("!protokoll"),
    "hilfe": Case("!hilfe"),
    "hilfe, im Raum": Case("!hilfe idee"),
    "hilfe alles": Case("!hilfe alles"),
    "status": Case("!status"),
    "unbekannt": Case("!idee listn"),
}
CASES: Final[dict[str, Case]] = {**_IDEAS, **_NEWS_CASES, **_MEMBERS, **_PROCESSES, **_DATES, **_OTHERS}
# Commands that are not measured, and why.
UNMEASURED: Final = {
    "export": "a file of all there is of a kind: it takes as long as there is much",
    "stunden bericht": "a file of all hours of a span: likewise",
    "rückmeldung import": "takes a file",
    "rückmeldung bestätigen": "follows a file",
    "agenda abo": "once a person, where there are pages: a row by its key",
    "kurs abgeschlossen": "once a person and training, after its end",
}
