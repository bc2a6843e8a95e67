"""What people type: every kind of command, by those who may and by those who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from commands.framework.grammar import find_command
from commands.processes.model import PHASES, PRODUCTS

if TYPE_CHECKING:
    from tests.simulator.town import Town

# Text that may stand in the group's room and in direct chats only; the number is the process's.
SECRET: Final = "Vertraulich{0}"
# Links of work products and objections: also in the direct chats of other members, who may read them.
WORK: Final = "Ergebnis{0}"
# What somebody knows: in direct chats and in the coordination room only.
PERSONAL: Final = "Persönlich"

EVERYBODY: Final = (
    "idee neu {words}",
    "idee neu {words}\nthema: Umzug\nWeil es allen hilft.",
    "idee neu {words} | trotzdem: ja",
    "idee stimme I{idea} {vote}",
    "idee bewerte I{idea} aufwand: {five} nutzen: {five}",
    "idee ändern I{idea} titel: {words}",
    "idee zurückziehen I{idea}",
    "idee zeige I{idea}",
    "idee liste",
    "idee meine",
    "gruppe anmelden P{process}",
    "gruppe abmelden P{process}",
    "gruppe bestätigen P{process}",
    "gruppe zeige P{process}",
    "gruppe liste",
    "anlass anmelden A{event}",
    "anlass abmelden A{event}",
    "anlass zeige A{event}",
    "kurs anmelden K{training}",
    "kurs abmelden K{training}",
    "kurs abgeschlossen K{training}",
    "sitzung zusagen S{meeting}",
    "sitzung absagen S{meeting}",
    "sitzung vielleicht S{meeting}",
    "sitzung zeige S{meeting}",
    "sitzung liste",
    "sitzung nächste",
    "menü",
    "hilfe alles",
    "mein stand",
    "sitzung liste P{process}",
    "ergebnis zustimmen P{process} Steckbrief",
    "ergebnis einwand P{process} Steckbrief {objection}",
    "ergebnis zeige P{process} Steckbrief",
    "vereinbarung neu P{process} {secret} | wer: {member}",
    "vereinbarung neu P{process} {secret} | wer: {member}, {member}",
    "vereinbarung ändern V{agreement} {secret} | wer: {member}",
    "vereinbarung erfüllt V{agreement}",
    "vereinbarung verfehlt V{agreement} grund: {secret}",
    "vereinbarung liste P{process}",
    "vereinbarung liste",
    "prozess zeige P{process}",
    "prozess stand",
    "prozess verbreitung",
    "prozess verbreitung format: csv",
    "prozess liste",
    "prozess verlauf P{process}",
    "vereinbarung zeige V{agreement}",
    "idee top",
    "idee matrix",
    "anlass liste",
    "kurs liste",
    "kurs zeige K{training}",
    "gemeinde liste",
    "gemeinde zeige {town}",
    "gemeinde abdeckung",
    "agenda",
    "agenda monat",
    "agenda ics",
    "agenda abo",
    "agenda abo neu",
    "agenda abo aus",
    "news liste",
    "werkzeug liste",
    "wettbewerb liste",
    "wettbewerb zeige W{campaign}",
    "wettbewerb bewerten I{idea} {five}",
    "idee neu {words} | wettbewerb: W{campaign}",
    "börse biete {words} | tags: {tag}",
    "börse suche {words} | tags: {tag}",
    "börse suche {words}",
    "börse liste",
    "börse liste meine",
    "börse liste bedarf tags: {tag}",
    "börse zeige B{posting}",
    "börse ändern B{posting} tags: {tag}",
    "börse behalten B{posting}",
    "börse erledigt B{posting}",
    "werkzeug liste suche: {words}",
    "werkzeug zeige T{tool}",
    "news zeige N{news}",
    "news neu seit gestern",
    "profil zeige",
    "profil zeige {member}",
    "profil ändern wissen: {knowledge}",
    "profil ändern gemeinde: {town}",
    "profil sprache {language}",
    "profil erinnerung 1d, 2h",
    "profil digest aus",
    "profil kalender beides",
    "profil ändern öffentlich: ja",
    "profil digest wöchentlich",
    "profil pause aufheben",
    "profil da",
    "profil anmelden gemeinde: Aesch | funktion: Schalter",
    "status",
    "hilfe",
    "hilfe idee",
    "datenschutz auskunft",
    "termin liste",
    "termin liste P{process}",
    "termin zeige D{finding}",
    "termin antworten D{finding} 1 und 2",
    "termin antworten D{finding} keine",
    "stunden neu 1h P{process} {words}",
    "stunden neu 45min P{process} {words} datum: gestern",
    "stunden meine",
    "stunden sitzung S{meeting}",
    "stunden zurückziehen",
    "rückmeldung P{process} {five}",
    "rückmeldung P{process} {five} {secret}",
    "rückmeldung zeige P{process}",
    "umfrage liste",
    "umfrage zeige U{survey}",
    "umfrage antworten U{survey}",
    "umfrage resultat U{survey}",
    "zeige S{meeting}",
    "zeige P{process}",
)
LEADERS: Final = (
    "sitzung neu P{process} {words} | wann: {date} | ort: Liestal | link: {link}",
    "sitzung neu P{process} {words} | wann: {date} | jede: woche | bis: {later}",
    "umfrage neu {words} | an: P{process} | bis: {later}\n? {secret}?\n- früh\n- spät",
    "umfrage neu {words} | an: P{process} | bis: {later} | anonym: ja\n? Warum {secret}?",
    "umfrage abschliessen U{survey}",
    "termin finden P{process} {words}\n{later} 9:00-10:30\n{later} 14:00",
    "termin festlegen D{finding} 2",
    "termin festlegen D{finding}",
    "termin abbrechen D{finding}",
    "umfrage standard P{process}",
    "sitzung verschieben S{meeting} wann: {date}",
    "sitzung ändern S{meeting} ort: {words}",
    "sitzung ändern S{meeting} link: {link}",
    "sitzung streichen S{meeting} grund: krank",
    "sitzung streichen S{meeting} grund: krank | modus: alle",
    "sitzung protokoll S{meeting}\n{secret} ist beschlossen.\nVereinbarung: {secret} wer: {member}",
    "sitzung anwesend S{meeting} {member}, {member}",
    "ergebnis P{process} Steckbrief in Prüfung link: https://example.ch/s{five}",
    "ergebnis P{process} {product} in Prüfung link: {work}",
    "ergebnis P{process} {product} entwurf",
)
COORDINATORS: Final = (
    "anlass neu {words} | wann: {date} | plätze: {five}",
    "anlass neu {words} | wann: {date} | ort: Liestal",
    "umfrage neu {words} | an: alle | bis: {later}\n? Wann?\n- früh\n- spät\n? Warum? (freiwillig)",
    "anlass verschieben A{event} wann: {date}",
    "anlass ändern A{event} plätze: {five}",
    "anlass streichen A{event} grund: Der Saal ist besetzt",
    "anlass teilnehmende A{event}",
    "kurs neu {words} | wann: {date} | plätze: {five}",
    "kurs streichen K{training}",
    "kurs verschieben K{training} wann: {date}",
    "kurs ändern K{training} plätze: {five}",
    "kurs teilnehmende K{training}",
    "prozess dokument P{process} Merkblatt {public}",
    "prozess kriterium P{process} Wartezeit ziel: -80%",
    "prozess neu {words} | klasse: {klass}",
    "prozess ändern P{process} name: {words}",
    "prozess phase P{process} zurückgestellt grund: Warten",
    "prozess phase P{process} Frontend in Arbeit grund: Weiter",
    "prozess phase P{process} Identifiziert grund: Zurück",
    "prozess phase P{process} {phase} grund: Weiter",
    "prozess phase P{process} weiter",
    "prozess phase P{process} weiter",
    "prozess rollout P{process} gemeinde: {town}",
    "prozess rollout",
    "gruppe zuweisen P{process} {member}",
    "gruppe entfernen P{process} {member}",
    "gruppe leitung P{process} {member}",
    "gruppe grösse P{process} {five}",
    "gruppe anmeldung P{process} modus: bestätigung",
    "gruppe anmeldung P{process} modus: frei",
    "gruppe raum P{process}",
    "gruppe vorschlag P{process}",
    "mitglied aufnehmen {newcomer}",
    "mitglied ablehnen {newcomer} grund: Aesch hat schon zwei",
    "mitglied liste",
    "gemeinde firstmover {town} {yes}",
    "rückmeldung import P{process}",
    "rückmeldung bestätigen {five}",
    "stunden bericht",
    "bericht",
    "bericht von: 01.01.2026",
    "export ideen",
    "export mitglieder format: json",
    "stunden bericht prozess: P{process}",
    "rolle liste",
    "rolle geben {member} moderator",
    "rolle nehmen {member} moderator",
    "idee überführen I{idea} klasse: {klass}",
    "ergebnis P{process} {product} freigegeben grund: Eilt",
    "protokoll",
    "werkzeug neu {words} | link: {public}",
    "werkzeug ändern T{tool} titel: {words}",
    "werkzeug entfernen T{tool}",
    "wettbewerb neu {words} | bis: {later} | jury: {member}, {member}",
    "wettbewerb ändern W{campaign} titel: {words}",
    "wettbewerb abschliessen W{campaign} grund: Eilt",
)
TOWNS: Final = ("Aesch", "Sissach", "Liestal", "Gelterkinden", "Binningen")
# What empties the town if it is said often.
SELDOM: Final = ("profil pause", "profil pause", "profil pause", "profil verlassen")
SELDOM_BY_COORDINATORS: Final = (
    "mitglied entfernen {member} grund: arbeitet anderswo",
    "prozess phase P{process} abgebrochen grund: Nein",
)
MODERATORS: Final = (
    "idee annehmen I{idea} grund: Gut",
    "idee ablehnen I{idea} grund: Gibt es schon",
    "idee prüfen I{idea}",
    "idee umsetzen I{idea}",
    "idee umgesetzt I{idea}",
    "idee zusammenführen I{idea} in I{idea}",
    "news neu {words}\nDas ist neu.",
    "news neu {words} | stand: entwurf\nDas ist neu.",
    "news veröffentlichen N{news}",
    "news neu {words} | wann: {date}\nDas kommt später.",
    "news ändern N{news} titel: {words}",
    "news entwürfe",
    "news zurückziehen N{news} grund: falsch",
    "feed neu {public}",
    "feed neu {public} | modus: direkt | tags: {tag}",
    "feed liste",
    "feed zeige F{feed}",
    "feed ändern F{feed} modus: direkt",
    "feed entfernen F{feed}",
)
WORDS: Final = (
    *("Umzug", "Hund", "Parkkarte", "Steuern", "Baugesuch", "Wahlen", "Bad", "Wasser"),
    *("Strom", "Kehricht", "Velo", "Schule", "Kita", "Musik", "Sport", "Archiv"),
)


def choose(town: Town, by: str) -> str:
    """A line this person might type; mostly one they may."""
    from tests.simulator.town import KARL, KORA, MONI  # noqa: PLC0415

    rng = town.rng
    state = next((row[0] for row in town.rows("SELECT state FROM members WHERE user_id = :by", by=by)), None)
    if state in (None, "left") and rng.random() < 0.7:
        return "profil anmelden gemeinde: Aesch | funktion: Schalter"
    if state == "paused" and rng.random() < 0.5:
        return "profil pause aufheben"
    if rng.random() < 0.02:
        return fill(town, rng.choice(SELDOM_BY_COORDINATORS if by in (KORA, KARL) else SELDOM))
    pool = [*EVERYBODY]
    if by in (KORA, KARL):
        pool += COORDINATORS * 3
        pool += LEADERS * 2
        pool += MODERATORS
    elif by == MONI:
        pool += MODERATORS * 4
    elif town.rows("SELECT 1 FROM groups WHERE leader = :by", by=by):
        pool += LEADERS * 6
    if rng.random() < 0.05:
        pool = [*LEADERS, *COORDINATORS, *MODERATORS]
    line = min(rng.sample(pool, 3), key=lambda one: town.tried[one])  # so that each is typed
    town.tried[line] += 1
    return fill(town, line)


def fill(town: Town, template: str) -> str:
    """The line with numbers, people and dates put in; the two ideas of a merge are drawn apart."""
    from tests.simulator.town import NEWCOMERS, PIS, ZONE  # noqa: PLC0415

    rng = town.rng
    process = town.pick("SELECT id FROM processes")
    # A secret is that of the thing it is said about.
    about = {
        "meeting": town.pick("SELECT id FROM meetings ORDER BY id DESC LIMIT 12"),
        "agreement": town.pick("SELECT id FROM agreements ORDER BY id DESC LIMIT 12"),
    }
    if "{process}" not in template:
        for kind, number in about.items():
            if f"{{{kind}}}" in template:
                found = town.rows(f"SELECT process FROM {kind}s WHERE id = :n", n=int(number))  # noqa: S608
                process = str(found[0][0]) if found else process
    local = town.chat.now.astimezone(ZONE)
    day = local + timedelta(days=rng.randint(1, 25))
    slots: dict[str, Callable[[], str]] = {
        "idea": lambda: town.pick("SELECT id FROM ideas ORDER BY id DESC LIMIT 6"),
        "process": lambda: process,
        "meeting": lambda: about["meeting"],
        "event": lambda: town.pick("SELECT id FROM events WHERE kind = 'event'"),
        "training": lambda: town.pick("SELECT id FROM events WHERE kind = 'training'"),
        "news": lambda: town.pick("SELECT id FROM news"),
        "posting": lambda: town.pick("SELECT id FROM exchange_postings ORDER BY id DESC LIMIT 6"),
        "campaign": lambda: town.pick("SELECT id FROM campaigns ORDER BY id DESC LIMIT 3"),
        "tag": lambda: rng.choice(WORDS),
        "survey": lambda: town.pick("SELECT id FROM surveys ORDER BY id DESC LIMIT 6"),
        "finding": lambda: town.pick("SELECT id FROM date_findings ORDER BY id DESC LIMIT 4"),
        "tool": lambda: town.pick("SELECT id FROM tools"),
        "feed": lambda: town.pick("SELECT id FROM feeds"),
        "agreement": lambda: about["agreement"],
        "member": lambda: rng.choice(PIS),
        "newcomer": lambda: rng.choice(NEWCOMERS),
        "vote": lambda: rng.choice(["+", "-", "0", "weg"]),
        "five": lambda: str(rng.randint(1, 5)),
        "klass": lambda: rng.choice("LKMD"),
        "words": lambda: " ".join(rng.sample(WORDS, 3)),
        "phase": lambda: rng.choice(PHASES),
        "product": lambda: rng.choice(PRODUCTS),
        "town": lambda: rng.choice(TOWNS),
        "yes": lambda: rng.choice(["ja", "nein"]),
        "language": lambda: rng.choice(["de", "en"]),
        "knowledge": lambda: f"{PERSONAL}{rng.choice(WORDS)}",
        "work": lambda: f"https://intern.example.ch/{WORK.format(process)}",
        "objection": lambda: f"{WORK.format(process)} {rng.choice(WORDS)}",
        "public": lambda: f"https://example.ch/{rng.choice(WORDS)}",
        "date": lambda: f"{day:%d.%m.%Y} {rng.randint(8, 20):02}:30",
        "later": lambda: f"{day + timedelta(days=21):%d.%m.%Y}",
        "secret": lambda: f"{SECRET.format(process)} {rng.choice(WORDS)}",
        "link": lambda: f"https://intern.example.ch/{SECRET.format(process)}",
    }
    out, rest = "", template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        out += before + slots[name]()
    return out + rest


ALL: Final = (*EVERYBODY, *LEADERS, *COORDINATORS, *MODERATORS, *SELDOM, *SELDOM_BY_COORDINATORS)


def is_private(line: str) -> bool:
    return any(word in line for word in (SECRET.format(""), WORK.format(""), PERSONAL))


def vary(town: Town, line: str) -> str:
    """The line with a slip mended, or another one altogether."""
    if town.rng.random() < 0.5:
        return line.replace(town.rng.choice(WORDS), town.rng.choice(WORDS))
    command, _ = find_command(line)
    same = [template for template in ALL if find_command(template)[0] is command]
    return fill(town, town.rng.choice(same)) if same and command else line
