"""A community's first weeks, typed and tapped: a store made by it has rows of nearly every kind.

What is played once is kept as a file: change it as the commands change, for the releases to come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from bot.core.batches import Batch, RoomBatch
from commands.members.applying import Form, receive
from commands.processes.model import PHASES
from tests.support import feeds
from tests.support.chat import ROOMS, Chat, Said

KORA, MONI, PIA, URS, ANNA, BEAT, RITA = (
    f"@{name}:localhost" for name in ("kora", "moni", "pia", "urs", "anna", "beat", "rita")
)
MEMBERS: Final = {
    PIA: "Aesch | funktion: Einwohnerdienste | wissen: Umzug, Formulare | interessen: BPMN",
    URS: "Liestal | funktion: Bauamt | wissen: GIS",
    ANNA: "Sissach | funktion: Kanzlei | interessen: Umzug",
    BEAT: "Muttenz | funktion: Informatik",
}
GROUP: Final = "!group1:localhost"
TABLE: Final = b"Note;Kommentar;Datum\r\n5;Ging schnell;01.10.2026\r\n2;Zu viele Fragen;02.10.2026\r\n"


@dataclass
class Days:
    """The chat, and what everybody has done in it so far."""

    chat: Chat

    def play(self) -> None:
        for scene in SCENES:
            self.chat.later(minutes=1)
            scene(self)

    def says(self, text: str, *, by: str, room: str = "", **more: Any) -> Said:
        """The reply to this, in the direct chat or in this room; it is no refusal."""
        said = self.chat.says(
            text if not room else f"!{text}", by=by, room=room or self.chat._room(by), **more
        )
        [reply] = [one for one in said if one.replies_to == self.chat.last]
        assert reply.machine["type"] != "error", f"{text}: {reply.text}"
        return reply

    def card(self, ref: str) -> str:
        """The message that is the thing's card."""
        card = self.chat.card(ref)
        return card.edits or card.event_id

    def taps(self, ref: str, key: str, *, by: str) -> None:
        self.chat.reacts(self.card(ref), key, by=by)

    def day(self, days: int, form: str = "%d.%m.%Y") -> str:
        """The day so many days from now, as people type it."""
        return (self.chat.now + timedelta(days=days)).astimezone(self.chat.settings.zone).strftime(form)


def arriving(d: Days) -> None:
    """People sit in the rooms, register, and are let in; one waits, one is declined, one came by the web site."""
    for room in ("news", "ideas", "agenda"):
        d.chat.enter(ROOMS[room], KORA, MONI, *MEMBERS)
    d.chat.enter(ROOMS["moderation"], KORA, MONI)
    d.chat.enter(ROOMS["coordination"], KORA)
    for user in (KORA, MONI, *MEMBERS, RITA):
        d.chat.direct(user)
    for user, profile in MEMBERS.items():
        d.says(f"profil anmelden gemeinde: {profile}", by=user)
        d.says(f"mitglied aufnehmen {user}", by=KORA, room=ROOMS["coordination"])
    d.says("profil anmelden gemeinde: Reinach | funktion: Schule", by=RITA)
    d.says("profil ändern öffentlich: ja", by=PIA)
    d.says("profil erinnerung 2d, 3h", by=URS)
    d.says("profil sprache en", by=BEAT)
    d.says("agenda abo", by=PIA)
    d.says(f"profil pause bis: {d.day(3)}", by=ANNA)
    d.says("profil da", by=ANNA)
    d.says(f"rolle geben {ANNA} moderator", by=KORA)
    d.says("gemeinde firstmover Aesch ja", by=KORA)
    form = Form(
        stamp="form-1",
        name="Eva Suter",
        municipality="Gelterkinden",
        function="Kanzlei",
        contact="eva@example.ch",
        knowhow=("Archiv",),
        interests=(),
        language="de",
    )
    d.chat.deliver(d.chat.core.take_in(partial(receive, form=form), now=d.chat.now))


def ideas(d: Days) -> None:
    """Ideas are submitted, voted on, rated, changed, merged, decided and discussed."""
    room = ROOMS["ideas"]
    d.says("idee neu Umzugsmeldung: Formulare vorausfülen\nDie Angaben sind schon da.", by=PIA, room=room)
    d.chat.edits(
        d.chat.last, "!idee neu Umzugsmeldung: Formulare vorausfüllen | thema: Umzug", by=PIA, room=room
    )
    d.says("idee neu Baugesuche online verfolgen\nMan sieht, wo es steht.", by=URS)
    d.says("idee neu Öffnungszeiten am Samstag", by=ANNA)
    d.says("idee neu Am Samstag offene Schalter", by=BEAT)
    d.says("idee neu Hundemarken per Post", by=BEAT)
    for user, key in ((URS, "👍"), (ANNA, "👎"), (BEAT, "👍")):
        d.taps("I1", key, by=user)
    d.says("idee stimme I2 +", by=PIA)
    d.says("idee stimme I3 +", by=URS)
    d.says("idee stimme I4 +", by=PIA)
    d.says("idee bewerte I1 aufwand: 2 nutzen: 5", by=URS)
    d.says("idee bewerte I2 aufwand: 4 nutzen: 3", by=ANNA)
    d.says("idee ändern I2 titel: Baugesuche mitverfolgen", by=URS)
    d.chat.says("Das wünschen sich viele.", by=ANNA, room=room, thread=d.card("I2"))
    d.chat.says("Guten Morgen zusammen", by=PIA, room=room)
    d.says("idee zurückziehen I5", by=BEAT)
    d.says("idee zusammenführen I4 in I3", by=MONI)
    d.says("idee prüfen I1", by=MONI)
    d.says("idee annehmen I1 grund: Spart allen Gemeinden Zeit", by=MONI)
    d.says("idee ablehnen I3 grund: Das Personal fehlt", by=MONI)


def news(d: Days) -> None:
    """News is published, planned, drafted, corrected and taken back; a feed is read."""
    room = ROOMS["moderation"]
    d.says(
        "news neu Das Portal wächst | tags: osp, Portal | öffentlich: ja | Zwanzig Dienste.",
        by=MONI,
        room=room,
    )
    d.says(f"news neu PI-Event im Frühling | wann: {d.day(9)} 08:00 | Bald mehr.", by=MONI, room=room)
    d.says("news neu Noch nicht fertig | stand: entwurf | Hier fehlt etwas.", by=MONI, room=room)
    d.says("news neu Falsche Meldung | Das stimmt nicht.", by=MONI, room=room)
    d.says("news ändern N1 titel: Das Portal ist gewachsen", by=MONI, room=room)
    d.says("news zurückziehen N4 grund: Die Zahlen waren falsch", by=MONI, room=room)
    d.says(f"feed neu {feeds.URL} modus: entwurf | tags: Kanton", by=MONI)
    feeds.looked(d.chat, feeds.rss("a", "b", title="Kanton"), etag="e1")
    d.chat.later(minutes=31)
    feeds.looked(d.chat, feeds.rss(*"abcdefghijklmnopqrstuvw", title="Kanton"), etag="e2")
    d.says("feed neu https://www.example.org/atom.xml", by=MONI)
    feeds.failed(d.chat, feed=2, asked="https://www.example.org/atom.xml")


def processes(d: Days) -> None:
    """An idea becomes a process with a group, a room, documents, criteria and work products."""
    office = ROOMS["coordination"]
    d.says("idee überführen I1 klasse: L", by=KORA, room=office)
    d.says("prozess neu Hundemarken | klasse: D | Von der Anmeldung bis zur Marke.", by=KORA, room=office)
    d.taps("P1", "✅", by=PIA)
    d.says("gruppe anmelden P1", by=URS)
    d.says("gruppe grösse P1 3", by=KORA)
    d.says(f"gruppe zuweisen P1 {ANNA}", by=KORA)
    d.says("gruppe bestätigen P1", by=ANNA)
    d.says("gruppe anmelden P1", by=BEAT)
    d.says(f"gruppe leitung P1 {PIA}", by=KORA)
    d.says("gruppe anmeldung P2 modus: bestätigung", by=KORA)
    d.says("gruppe anmelden P2", by=BEAT)
    d.says("gruppe raum P1", by=KORA)
    for user in (PIA, URS, ANNA):
        d.chat.moves(user, "join", GROUP)
    d.says("prozess dokument P1 Merkblatt https://example.ch/merkblatt öffentlich: ja", by=KORA)
    d.says("prozess kriterium P1 Wartezeit ziel: -80%", by=KORA)
    d.says("prozess phase P1 frontend_design", by=KORA)
    for product in ("Steckbrief", "BPMN", "Wireframe"):
        d.says(f"ergebnis P1 {product} in Prüfung link: https://example.ch/{product}", by=PIA, room=GROUP)
    for user in (PIA, URS):
        d.says("ergebnis zustimmen P1 Steckbrief", by=user)
    d.says("ergebnis einwand P1 BPMN Die Gebühren fehlen.", by=URS)
    d.says("ergebnis P1 BPMN freigegeben grund: Die Gebühren kommen später", by=KORA)
    d.says("ergebnis P1 Wireframe freigegeben grund: Am Treffen besprochen", by=KORA)
    d.says("prozess phase P2 zurückgestellt grund: Zuerst der Umzug", by=KORA)
    d.says("prozess neu Parkkarten | klasse: D", by=KORA)
    d.says("ergebnis P3 Grobbeschreibung freigegeben grund: Liegt vor", by=KORA)
    for phase in PHASES[1 : PHASES.index("rollout_first_movers") + 1]:
        d.says(f"prozess phase P3 {phase} grund: Andere haben es schon", by=KORA)
    d.says("prozess rollout P3 gemeinde: Aesch", by=KORA)


def meetings(d: Days) -> None:
    """The group finds a date, meets in a series, keeps minutes and agreements."""
    line = f"sitzung neu P1 Steckbrief durchgehen | wann: {d.day(2)} 09:00 | dauer: 1h | ort: Liestal\nWas fehlt?"
    d.says(line, by=PIA, room=GROUP)
    weekly = f"sitzung neu P1 Wochensitzung | wann: {d.day(4)} 14:00 | jede: woche | bis: {d.day(30)}"
    d.says(weekly, by=PIA, room=GROUP)
    d.taps("S1", "✅", by=URS)
    d.says("sitzung absagen S1", by=ANNA)
    d.says(f"sitzung verschieben S1 wann: {d.day(2)} 10:00", by=PIA)
    d.says("sitzung zusagen S1", by=URS)
    d.says("sitzung vielleicht S2", by=URS)
    d.says("sitzung streichen S3 grund: Ferien", by=PIA)
    days = f"\n{d.day(20)} 9:00-10:30\n{d.day(21)} 14:00-15:30"
    d.says(f"termin finden P1 Rückschau | bis: {d.day(6)}{days}", by=PIA, room=GROUP)
    d.taps("D1", "2️⃣", by=URS)
    d.says("termin antworten D1 1 und 2", by=ANNA)
    d.chat.later(days=2, hours=3)
    d.says(f"sitzung anwesend S1 {URS}, {PIA} | entschuldigt: {ANNA}", by=PIA, room=GROUP)
    agreed = f"Vereinbarung: Formular ohne AHV-Nummer wer: {URS}, {PIA}"
    d.says(f"sitzung protokoll S1\nDer Steckbrief stimmt.\n{agreed}", by=PIA, room=GROUP)
    d.says(f"vereinbarung neu P1 Gebühren nachfragen | wer: {ANNA} | bis: {d.day(5)}", by=PIA, room=GROUP)
    d.says("vereinbarung erfüllt V1", by=URS)
    d.says("stunden sitzung S1", by=URS)
    d.says("stunden neu 1.5h P1 Fragebogen", by=URS)
    d.says("stunden neu 45min P1 Anrufe", by=PIA)
    d.says("stunden zurückziehen", by=PIA)
    d.says("stunden bericht", by=KORA)
    d.says("termin festlegen D1 2", by=PIA)


def events(d: Days) -> None:
    """An event with a waiting list, and trainings, one of them done."""
    room = ROOMS["agenda"]
    line = f"anlass neu PI-Event | wann: {d.day(60)} 13:30-17:00 | ort: Liestal | plätze: 2"
    d.says(f"{line} | anmeldung bis: {d.day(50)} | öffentlich: ja", by=KORA, room=room)
    d.says(f"anlass neu Apéro | wann: {d.day(40)} 17:00", by=KORA, room=room)
    d.says(f"kurs neu BPMN lesen | wann: {d.day(1)} 09:00-11:00 | wissen: BPMN", by=KORA, room=room)
    d.says("kurs neu Einführung in die Plattform", by=KORA, room=room)
    d.taps("A1", "✅", by=PIA)
    d.says("anlass anmelden A1", by=URS)
    d.says(f"anlass anmelden A1 für: {ANNA}", by=KORA)
    d.says("anlass abmelden A1 grund: Ich habe Schalterdienst", by=PIA)
    d.says("kurs anmelden K1", by=ANNA)
    d.says("anlass streichen A2 grund: Der Saal ist nicht frei", by=KORA)
    d.says("kurs abgeschlossen K2", by=BEAT)


def tools(d: Days) -> None:
    """Toolbox, exchange, campaigns, surveys of every kind, feedback of staff and residents."""
    d.says("werkzeug neu Persona-Vorlage | link: https://example.ch/persona | tags: Workshop", by=KORA)
    d.says("börse biete Sitzungszimmer mit Beamer | tags: Raum", by=PIA)
    d.says("börse suche Ein Sitzungszimmer für 20 Personen | tags: Raum", by=URS)
    d.says("börse suche Hilfe mit BPMN | tags: bpmn", by=ANNA)
    d.says("börse erledigt B3", by=ANNA)
    for title, who in (("Schalter ohne Papier", PIA), ("Weniger Rückfragen", ANNA)):
        d.says(f"wettbewerb neu {title} | bis: {d.day(30)} | jury: {who}\nWas hilft?", by=KORA)
    d.says("idee neu Quittungen per Mail | wettbewerb: W1", by=URS)
    d.says("idee neu Wegleitung mit Bildern | wettbewerb: W2", by=BEAT)
    d.says("idee stimme I6 +", by=BEAT)
    d.says("wettbewerb bewerten W1 I6 5", by=PIA)
    d.says("wettbewerb bewerten W2 I7 4", by=ANNA)
    d.says("wettbewerb abschliessen W1 grund: Alle haben eingereicht", by=KORA)
    question = f"an: P1 | bis: {d.day(7)}\n? Wann passt es Ihnen?\n- Vormittag\n- Nachmittag"
    d.says(f"umfrage neu Sitzungszeit | {question}", by=PIA)
    d.says(f"umfrage neu Unter uns gefragt | anonym: ja | {question}", by=PIA)
    for survey in ("U1", "U2"):
        d.says(f"umfrage antworten {survey}", by=URS)
        d.chat.says("2", by=URS, room=d.chat._room(URS))
    poll = next(said for said in reversed(d.chat.said) if "org.matrix.msc3381.poll.start" in said.content)
    answers = [poll.content["org.matrix.msc3381.poll.start"]["answers"][0]["id"]]
    chosen = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    d.chat.sends(
        "org.matrix.msc3381.poll.response",
        chosen | {"org.matrix.msc3381.poll.response": {"answers": answers}},
        by=ANNA,
        room=poll.room,
    )
    d.says("umfrage standard P1", by=PIA)
    d.says("prozess phase P1 frontend_review", by=KORA)
    d.says("prozess phase P1 frontend_live", by=KORA)
    d.says("rückmeldung P1 4 Klar, nur das Hochladen ist mühsam.", by=URS)
    d.chat.sends_file(TABLE, "rückmeldung import P1", by=KORA, room=d.chat._room(KORA))
    d.says("rückmeldung bestätigen 1", by=KORA)
    d.chat.sends_file(TABLE + b"3;;03.10.2026\r\n", "rückmeldung import P1", by=KORA, room=d.chat._room(KORA))


def unfinished(d: Days) -> None:
    """Weeks pass; then the day on which the store is kept, with what was begun and waits."""
    d.chat.later(days=1)
    d.chat.later(hours=1)
    d.chat.later(days=5)
    d.says("prozess phase P1 weiter", by=KORA)
    d.says("datenschutz auskunft", by=BEAT)
    d.says("idee neu", by=ANNA)
    d.chat.says("menü", by=URS, room=d.chat._room(URS))
    d.chat.sends_file(TABLE, "rückmeldung import P1", by=KORA, room=d.chat._room(KORA), arrives=False)
    d.chat.says("Bis morgen", by=PIA, room=ROOMS["ideas"])
    d.says("gruppe abmelden P2", by=BEAT)
    d.chat.apply(RoomBatch(GROUP, (), (), joined=True, unread=("t9", "s1")))
    d.chat.apply(RoomBatch(ROOMS["agenda"], (), (), joined=False, by=MONI))
    told = d.chat.happens(
        "m.room.message", {"msgtype": "m.text", "body": "mein stand"}, by=URS, room=d.chat._room(URS)
    )
    d.chat.core.apply(Batch("last", (told,)), (), now=d.chat.now)  # and the bot ends before it has answered


SCENES: Final[tuple[Callable[[Days], None], ...]] = (
    arriving,
    ideas,
    news,
    processes,
    meetings,
    events,
    tools,
    unfinished,
)
