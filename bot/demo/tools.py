"""The second tour: the community's other tools, one scene each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from bot.demo.mission import typed
from bot.demo.screen import ZONE
from bot.demo.script import BEGINNING, Scene
from bot.demo.tour import NOTICES, Tour, machine

SOON: Final = timedelta(seconds=8)  # until the meeting that people were at begins


async def group(t: Tour) -> None:
    """Pia und Urs arbeiten am Prozess P1, Pia leitet die Gruppe, und die Gruppe erhält ihren Raum."""
    office = t.rooms["coordination"]
    await t.ask(t.kora, office, "!prozess neu Hundemarken klasse: D", type="process", ref="P1")
    for person, name in ((t.pia, "pia"), (t.urs, "urs")):
        await t.ask(person, t.direct[name], "gruppe anmelden P1", type="group", you={"seat": "confirmed"})
    await t.ask(t.kora, office, f"!gruppe leitung P1 {t.pia.user_id}", type="group", leader=t.pia.user_id)
    t.community.parts["pia"] = "Leitung der Gruppe P1"
    await t.ask(t.kora, office, "!gruppe raum P1", type="group", ref="P1")
    elsewhere = (t.rooms["agenda"], *t.direct.values())
    pinned = await t.see(t.pia, None, not_in=elsewhere, type="process", ref="P1")
    t.rooms["group"] = room = pinned["room_id"]
    t.screen.follow((), {room: "Gruppe P1"})
    for person in (t.pia, t.urs):
        await t.comes(person, room)


async def toolbox(t: Tour) -> None:
    """Kora legt eine Vorlage in den Werkzeugkasten, und Urs findet sie mit einem Satz."""
    added = "werkzeug neu Persona-Vorlage | link: https://example.ch/persona | tags: Workshop"
    await t.ask(t.kora, t.direct["kora"], added, type="tool", ref="T1", tags=["Workshop"])
    await t.ask(t.urs, t.direct["urs"], "werkzeug liste suche: persona", type="list", of="tool", refs=["T1"])


async def exchange(t: Tour) -> None:
    """Pia bietet ein Sitzungszimmer an, Urs sucht eines, und beide erfahren davon."""
    offered = "börse biete Sitzungszimmer mit Beamer | tags: Raum"
    await t.ask(t.pia, t.direct["pia"], offered, type="offer", ref="B1", municipality="Aesch")
    sought = "börse suche Ein Sitzungszimmer für 20 Personen | tags: Raum"
    await t.ask(t.urs, t.direct["urs"], sought, type="need", ref="B2", matches=["B1"])
    await t.told(t.pia, t.direct["pia"], "B1")
    await t.ask(t.urs, t.direct["urs"], "börse erledigt B2", type="need", state="done")


async def hours(t: Tour) -> None:
    """Nach einer Sitzung steht, wer da und wer entschuldigt war; ein ✅ trägt die Stunden ein, Kora rechnet ab."""
    at = datetime.now(ZONE) + SOON
    planned = f"!sitzung neu P1 Steckbrief durchgehen | wann: {typed(at)} | dauer: 2h"
    await t.ask(t.pia, t.rooms["group"], planned, type="meeting", ref="S1", state="planned")
    await asyncio.sleep(max(0.0, (at - datetime.now(ZONE)).total_seconds()) + 0.5)
    there = f"!sitzung anwesend S1 {t.urs.user_id} | entschuldigt: {t.pia.user_id}"
    kept = await t.ask(t.pia, t.rooms["group"], there, type="meeting", ref="S1")
    await t.check("Pia ist entschuldigt", true="Entschuldigt: Pia" in kept["content"]["body"])
    chat = t.direct["urs"]
    await t.ask(t.urs, chat, "stunden neu 1.5h P1 Fragebogen", type="hours", ref="H1", minutes=90)
    asked = await t.see(t.urs, chat, within=NOTICES, type="list", of="meeting", refs=["S1"])
    await t.tap(t.urs, asked, "✅")
    await t.ask(t.urs, chat, "stunden meine", type="hours", total=210)
    await t.ask(t.kora, t.direct["kora"], "stunden bericht", type="file", of="hours", format="csv")


async def campaign(t: Tour) -> None:
    """Kora schreibt einen Ideenwettbewerb aus, Urs reicht ein, Pia ist die Jury; am Ende steht die Rangliste."""
    until = datetime.now(ZONE) + timedelta(days=30)
    jury = f"jury: {t.pia.user_id}"
    asked = f"wettbewerb neu Schalter ohne Papier | bis: {until:%d.%m.%Y} | {jury}\nWo fällt noch Papier an?"
    await t.ask(t.kora, t.direct["kora"], asked, type="campaign", ref="W1", state="open")
    idea = "idee neu Quittungen per Mail | wettbewerb: W1"
    await t.ask(t.urs, t.direct["urs"], idea, type="idea", ref="I1", campaign="W1")
    await t.ask(t.pia, t.direct["pia"], "wettbewerb bewerten W1 I1 5", type="campaign", ref="W1", ideas=1)
    closed = "wettbewerb abschliessen W1 grund: Alle haben eingereicht"
    await t.ask(t.kora, t.direct["kora"], closed, type="campaign", state="closed", ranking=["I1"])
    await t.see(t.urs, t.rooms["news"], type="campaign", ref="W1", ranking=["I1"])


async def finding(t: Tour) -> None:
    """Die Gruppe sucht einen Termin: Urs tippt, was ihm passt, und Pia legt ihn fest."""
    days = [datetime.now(ZONE) + timedelta(days=n) for n in (14, 15)]
    asked = "!termin finden P1 Rückschau | bis: {:%d.%m.%Y}\n{:%d.%m.%Y} 9:00-10:00\n{:%d.%m.%Y} 14:00-15:00"
    line = asked.format(datetime.now(ZONE) + timedelta(days=3), *days)
    card = await t.ask(t.pia, t.rooms["group"], line, type="dates", ref="D1", state="open")
    await t.tap(t.urs, card, "2️⃣")
    await t.see(t.pia, t.rooms["group"], type="dates", ref="D1")
    fixed = await t.ask(t.pia, t.rooms["group"], "!termin festlegen D1 2", type="dates", state="fixed")
    await t.check("daraus wird die Sitzung S2", true=machine(fixed)["meeting"] == "S2")
    await t.see(t.urs, t.direct["urs"], type="meeting", ref="S2", file={"of": "S2", "format": "ics"})


async def survey(t: Tour) -> None:
    """Pia fragt ihre Gruppe, wann man sich treffen soll; Urs antwortet im Direktchat."""
    asked = "!umfrage neu Sitzungszeit | an: P1 | bis: {:%d.%m.%Y}\n? Wann passt es Ihnen?\n- Vormittag\n- Nachmittag"
    until = datetime.now(ZONE) + timedelta(days=7)
    await t.ask(t.pia, t.direct["pia"], asked.format(until), type="survey", ref="U1", asked=2, answered=0)
    await t.ask(t.urs, t.direct["urs"], "umfrage antworten U1", type="question")
    await t.ask(t.urs, t.direct["urs"], "2", type="survey", answered=1, you={"answered": True})
    closed = await t.ask(t.pia, t.direct["pia"], "umfrage abschliessen U1", type="survey", state="closed")
    counts = machine(closed)["results"][0]["counts"]
    await t.check("eine Stimme für den Nachmittag", true=counts == {"Vormittag": 0, "Nachmittag": 1})


async def feedback(t: Tour) -> None:
    """Hundemarken sind online, und die Mitglieder sagen, wie gut es geht."""
    office, room = t.rooms["coordination"], t.rooms["group"]
    link = "link: https://example.ch/hundemarken"
    card = await t.ask(
        t.pia, room, f"!ergebnis P1 Grobbeschreibung in Prüfung {link}", type="product", state="in_review"
    )
    for person in (t.pia, t.urs):
        await t.tap(person, card, "✅")
    await t.see(t.pia, room, type="product", product="description", state="released")
    for phase in ("frontend_design", "frontend_review", "frontend_live"):
        await t.ask(t.kora, office, f"!prozess phase P1 {phase}", type="process", state=phase)
    said = "rückmeldung P1 4 Klar, nur das Hochladen ist mühsam."
    await t.ask(t.urs, t.direct["urs"], said, type="feedback", ref="P1", you={"rating": 4})
    shown = await t.ask(t.kora, t.direct["kora"], "rückmeldung zeige P1", type="feedback", ref="P1")
    await t.check("eine Rückmeldung, im Mittel 4", true=machine(shown)["staff"]["count"] == 1)


async def feed(t: Tour) -> None:
    """Kora nimmt den Feed einer Website auf: Die neuste Meldung steht als Neuigkeit im Raum."""
    async with _website() as address:
        await t.ask(t.kora, t.direct["kora"], f"feed neu {address} modus: direkt", type="feed", ref="F1")
        await t.see(t.kora, t.direct["kora"], within=NOTICES, type="feed", ref="F1", state="ok", entries=1)
    await t.see(
        t.pia, t.rooms["news"], within=NOTICES, type="news", title="Hundemarken-online", state="published"
    )


async def signing_up(t: Tour) -> None:
    """Kora meldet Urs zu einem Anlass an, und er erfährt es; später sagt er ab und schreibt, warum."""
    start = datetime.now(ZONE) + timedelta(days=30)
    planned = f"!anlass neu PI-Event | wann: {start:%d.%m.%Y} 13:30-17:00 | plätze: 60"
    await t.ask(t.kora, t.rooms["agenda"], planned, type="event", ref="A1", state="planned")
    chat = t.direct["urs"]
    line = f"anlass anmelden A1 für: {t.urs.user_id}"
    await t.ask(t.kora, t.direct["kora"], line, type="event", ref="A1", confirmed=1)
    await t.see(t.urs, chat, within=NOTICES, type="event", ref="A1", you={"seat": "confirmed"})
    await t.ask(
        t.urs, chat, "anlass absagen A1 grund: Dann habe ich Schalterdienst", type="event", confirmed=0
    )


async def pictures(t: Tour) -> None:
    """Wer macht mit? Als Bild, mit dem ganzen Text darunter."""
    shown = await t.ask(t.urs, t.direct["urs"], "gemeinde abdeckung", type="coverage", picture="coverage")
    await t.check("ein Bild mit Text", true=shown["content"]["msgtype"] == "m.image")
    await t.ask(t.urs, t.direct["urs"], "prozess stand", type="list", of="process", picture="board")


async def away(t: Tour) -> None:
    """Urs ist in den Ferien, kommt früher zurück und liest, was war."""
    until = datetime.now(ZONE) + timedelta(days=14)
    chat = t.direct["urs"]
    await t.ask(t.urs, chat, f"profil pause bis: {until:%d.%m.%Y}", type="member", state="paused")
    await t.ask(t.urs, chat, "profil da", type="member", state="active")


async def report(t: Tour) -> None:
    """Kora holt den Bericht für den Steuerungsausschuss, zwei Seiten als PDF."""
    until = datetime.now(ZONE)
    line = f"bericht von: {until - timedelta(days=30):%d.%m.%Y} bis: {until:%d.%m.%Y}"
    file = await t.ask(t.kora, t.direct["kora"], line, type="file", of="report", format="pdf")
    await t.check("ein PDF", true=(await t.kora.file(file)).startswith(b"%PDF"))


async def exports(t: Tour) -> None:
    """Kora exportiert, was da ist."""
    chat = t.direct["kora"]
    await t.ask(t.kora, chat, "export mitglieder", type="file", of="members", format="csv", rows=3)
    await t.ask(t.kora, chat, "export prozesse format: json", type="file", of="processes", rows=1)


TOOLS: Final[tuple[Scene, ...]] = (
    *BEGINNING,
    group,
    toolbox,
    exchange,
    campaign,
    hours,
    finding,
    survey,
    feedback,
    feed,
    signing_up,
    pictures,
    away,
    report,
    exports,
)


_ENTRY: Final = (
    """<item><title>{title}</title><guid>{title}</guid><link>https://example.ch/{title}</link></item>"""
)
_FEED: Final = """<?xml version="1.0"?><rss version="2.0"><channel><title>Kanton Basel-Landschaft</title>
{entries}</channel></rss>"""


@contextlib.asynccontextmanager
async def _website() -> AsyncIterator[str]:
    """A website with two entries in its feed, at this address."""
    entries = "".join(_ENTRY.format(title=title) for title in ("Hundemarken-online", "Neues-Portal"))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = _FEED.format(entries=entries).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/rss.xml"
