"""The community day, scene by scene: what people type and tap, and what has to come of it.

The idea is decided early: what people are told of it is gathered for half a minute, and comes at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from bot.demo.mission import MISSION, moved_up
from bot.demo.people import Event, Person, replied_to
from bot.demo.screen import ZONE
from bot.demo.tour import PATIENCE, Tour

SCHEDULED: Final = timedelta(seconds=5)
Scene = Callable[[Tour], Awaitable[None]]


async def registration(t: Tour) -> None:
    """Pia meldet sich an, mit einem Tippfehler; Kora nimmt sie mit einem ✅ auf."""
    chat, coordination = t.direct["pia"], t.rooms["coordination"]
    await t.ask(t.pia, chat, "hilfe", type="help")
    wrong = "profil anmelden gemeinde: Aech | funktion: Einwohnerdienste"
    await t.ask(t.pia, chat, wrong, type="error", code="bad_input", nearest="Aesch")
    right = "profil anmelden gemeinde: Aesch | funktion: Einwohnerdienste | wissen: Umzug, Formulare"
    await t.ask(t.pia, chat, right, type="member", state="pending", municipality="Aesch")
    card = await t.see(t.kora, coordination, type="member", ref=t.pia.user_id, state="pending")
    await t.tap(t.kora, card, "✅")
    await t.see(t.pia, chat, type="member", ref=t.pia.user_id, state="active")
    await t.see(t.kora, coordination, type="member", ref=t.pia.user_id, state="active")
    await _in_rooms(t, t.pia)


async def second_registration(t: Tour) -> None:
    """Urs meldet sich an, Kora nimmt ihn mit einem Befehl auf."""
    chat, coordination = t.direct["urs"], t.rooms["coordination"]
    await t.ask(t.urs, chat, "idee liste", type="error", code="not_allowed")
    await t.ask(
        t.urs, chat, "profil anmelden gemeinde: Liestal | funktion: Bauamt", type="member", state="pending"
    )
    await t.see(t.kora, coordination, type="member", ref=t.urs.user_id, state="pending")
    await t.ask(t.kora, coordination, "!mitglied aufnehmen Urs Beispiel", type="member", state="active")
    await t.see(t.urs, chat, type="member", ref=t.urs.user_id, state="active")
    await _in_rooms(t, t.urs)


async def idea(t: Tour) -> None:
    """Pia gibt eine Idee in den Pool, verbessert ihren Titel, und Urs stimmt dafür."""
    room = t.rooms["ideas"]
    typed = "!idee neu Umzugsmeldung: Formulare vorausfülen\nDie Angaben sind im Einwohnerregister schon da."
    card = await t.ask(t.pia, room, typed, type="idea", ref="I1", state="submitted")
    await t.pia.edit(room, _replied(card), typed.replace("vorausfülen", "vorausfüllen"))
    await t.see(t.urs, room, type="idea", ref="I1", title="Umzugsmeldung: Formulare vorausfüllen")
    await t.tap(t.urs, card, "👍")
    await t.see(t.pia, room, type="idea", ref="I1", votes={"for": 1})
    await t.ask(
        t.pia, t.direct["pia"], "idee bewerte I1 aufwand: 2 nutzen: 5", type="idea", ratings={"count": 1}
    )
    await t.ask(
        t.urs, t.direct["urs"], "idee bewerte I1 aufwand: 3 nutzen: 4", type="idea", ratings={"count": 2}
    )
    await t.see(t.pia, room, type="idea", ref="I1", ratings={"count": 2, "effort": "2.5", "benefit": "4.5"})


async def decision(t: Tour) -> None:
    """Kora prüft die Idee und nimmt sie an, mit Grund."""
    room = t.rooms["moderation"]
    await t.ask(t.kora, room, "!idee prüfen I1", type="idea", ref="I1", state="under_review")
    reason = "Spart allen Gemeinden Zeit am Schalter"
    await t.ask(
        t.kora, room, f"!idee annehmen I1 grund: {reason}", type="idea", state="accepted", reason=reason
    )
    await t.see(t.urs, t.rooms["ideas"], type="idea", ref="I1", state="accepted", reason=reason)
    await t.ask(t.urs, t.rooms["ideas"], "!idee stimme I1 -", type="error", code="conflict")


async def news(t: Tour) -> None:
    """Kora veröffentlicht eine Neuigkeit und plant eine zweite; Pia kommentiert."""
    room, office = t.rooms["news"], t.rooms["moderation"]
    text = "!news neu Das Portal hat 20 Dienste | tags: osp | Seit heute sind es zwanzig. **Danke** an alle."
    await t.ask(t.kora, office, text, type="news", ref="N1", state="published")
    card = await t.see(t.pia, room, type="news", ref="N1", state="published", comments=0)
    at = datetime.now(ZONE) + SCHEDULED
    offset = (
        "%z" if at.utcoffset() != at.replace(fold=1).utcoffset() else ""
    )  # in the doubled hour of October
    planned = (
        f"!news neu PI-Event im Frühling | wann: {at:%d.%m.%Y %H:%M:%S{offset}} | Der 18. März ist gebucht."
    )
    await t.ask(t.kora, office, planned, type="news", ref="N2", state="scheduled")
    await t.pia.say(room, "Sehr gut, das spart uns viele Telefonate.", thread=card["event_id"])
    await t.see(t.kora, room, type="news", ref="N1", comments=1)


async def duplicate(t: Tour) -> None:
    """Urs hat fast dieselbe Idee wie Pia und wird darauf hingewiesen; eine andere nimmt er mit ↩️ zurück."""
    room = t.rooms["ideas"]
    again = "!idee neu Formulare für die Umzugsmeldung vorausfüllen"
    await t.ask(t.urs, room, again, type="error", code="conflict", similar=["I1"])
    own = await t.ask(t.urs, t.direct["urs"], "idee neu Baugesuche online verfolgen", type="idea", ref="I2")
    await t.see(t.pia, room, type="idea", ref="I2", state="submitted")
    await t.urs.react(t.direct["urs"], own["event_id"], "↩️")
    await t.see(t.urs, t.direct["urs"], type="idea", ref="I2", state="withdrawn")
    await t.see(t.pia, room, type="idea", ref="I2", state="withdrawn")


async def questions(t: Tour) -> None:
    """Was man fragt und wie man sich vertippt."""
    chat = t.direct["urs"]
    await t.ask(t.urs, chat, "!ide list", type="error", code="unknown_command")
    await t.ask(t.urs, chat, "!idee liste", type="list", of="idea", refs=["I1"])
    await t.ask(t.urs, chat, "!idee top", type="list", refs=["I1"])
    await t.ask(t.urs, chat, "hilfe", type="help")
    await t.ask(t.urs, chat, "ich möchte eine Idee melden", type="choice")
    await t.ask(t.urs, chat, "1", type="question", field="title")
    await t.ask(t.urs, chat, "abbrechen", type="remark")
    await t.ask(t.urs, t.rooms["ideas"], "!profil zeige", type="pointer", to="direct")
    await t.see(t.urs, chat, type="member", ref=t.urs.user_id, function="Bauamt")
    await t.ask(t.kora, t.direct["kora"], "status", type="status")


async def power_cut(t: Tour) -> None:
    """Der Bot wird abgeschossen (SIGKILL) … und startet neu, während alle weiterschreiben."""
    bot, ideas = t.community.bot, t.rooms["ideas"]
    before = [
        (t.pia, ideas, "!idee neu Hundemarken verlängern"),
        (t.urs, ideas, "!idee neu Tageskarten reservieren"),
        (t.kora, t.rooms["moderation"], "!status"),
    ]
    during = [
        (t.pia, ideas, "!idee neu Fundbüro mit Fotos"),
        (t.urs, t.direct["urs"], "profil ändern funktion: Bauverwaltung"),
        (t.kora, ideas, "!idee neu Parkkarten mit dem Handy bezahlen"),
    ]
    after = [(t.pia, t.direct["pia"], "idee meine"), (t.urs, ideas, "!idee liste")]
    given = list(
        zip(before, await asyncio.gather(*(p.say(room, text) for p, room, text in before)), strict=True)
    )
    await bot.kill()
    await asyncio.sleep(0.3)  # what it said last is still on its way
    t.screen.say("   SIGKILL: der Bot ist weg")
    for person, room, text in during:
        given.append(((person, room, text), await person.say(room, text)))
    starting = asyncio.create_task(bot.start())
    for person, room, text in after:
        given.append(((person, room, text), await person.say(room, text)))
    await starting
    t.screen.say("   der Bot läuft wieder")
    for (person, room, _), command in given:
        await t.replied(person, room, command)
    # Whatever was said twice has been said by the time that later commands are answered in the same rooms.
    await t.ask(t.urs, t.direct["urs"], "!idee liste suche: Fundbüro", type="list", total=1)
    await t.ask(t.pia, t.direct["pia"], "!idee liste suche: Fundbüro", type="list", total=1)
    await t.ask(t.kora, t.rooms["moderation"], "!idee liste suche: Fundbüro", type="list", total=1)
    await t.ask(t.kora, ideas, "!idee liste", type="list", refs=["I6", "I5", "I4", "I3", "I1"])
    replies = [await _replies(person, room, command) for (person, room, _), command in given]
    await t.check(f"{len(given)} Befehle, jeder genau einmal beantwortet", true=all(n == 1 for n in replies))


async def told(t: Tour) -> None:
    """Die geplante Neuigkeit erscheint, und Pia und Urs erfahren, was aus der Idee geworden ist."""
    published = await t.see(t.pia, t.rooms["news"], type="news", ref="N2", state="published")
    t.screen.since("N2 steht im Raum News", published)
    t.screen.say("   (Meldungen sammelt der Bot eine halbe Minute lang: lieber eine Nachricht als zwanzig)")
    for person, name in ((t.pia, "pia"), (t.urs, "urs")):
        await t.told(person, t.direct[name], "P1")  # accepted, and a process since: the last is what is told


async def own_data(t: Tour) -> None:
    """Pia will wissen, was über sie gespeichert ist."""
    file = await t.ask(t.pia, t.direct["pia"], "datenschutz auskunft", type="file", format="json")
    data = json.loads(await t.pia.file(file))
    await t.check(
        "die Datei gehört Pia, und ihre Idee steht darin",
        true=data["user_id"] == t.pia.user_id and "I1" in str(data["ideas"]),
    )


BEGINNING: Final[tuple[Scene, ...]] = (registration, second_registration)
DAY: Final[tuple[Scene, ...]] = (
    *BEGINNING,
    idea,
    decision,
    news,
    duplicate,
    questions,
    *MISSION,
    power_cut,
    own_data,
    told,
    moved_up,
)


async def _in_rooms(t: Tour, person: Person) -> None:
    """The person was invited to the rooms of all, and has come."""
    wanted = {t.rooms[purpose] for purpose in ("space", "news", "ideas", "agenda")}

    def has_come(event: Event) -> bool:
        if event.get("state_key") == person.user_id and event["content"].get("membership") == "join":
            wanted.discard(event["room_id"])
        return not wanted

    with contextlib.suppress(TimeoutError):
        await person.wait_for(has_come, timeout=PATIENCE)
    await t.check(f"{person.user_id} ist eingeladen und in allen offenen Räumen", true=not wanted)


def _replied(reply: Event) -> str:
    command = replied_to(reply)
    assert command is not None
    return command


async def _replies(person: Person, room: str, command: str) -> int:
    """The number of replies to the command."""
    return sum(replied_to(e) == command for e in await person.messages(room) if e["sender"] != person.user_id)
