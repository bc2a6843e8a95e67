"""The second half of the community day: from an idea to a process, its group, a meeting and an event."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

from bot.demo.screen import ZONE
from bot.demo.tour import NOTICES, Tour

MORE: Final = {
    "anna": ("Anna Keller", "Pratteln", "Steuern"),
    "beat": ("Beat Frei", "Sissach", "Einwohnerdienste"),
    "carla": ("Carla Roth", "Muttenz", "Sozialdienst"),
    "dario": ("Dario Bianchi", "Allschwil", "Informatik"),
    "eva": ("Eva Suter", "Gelterkinden", "Kanzlei"),
    "fabio": ("Fabio Meier", "Binningen", "Bauamt"),
    "moni": ("Moni Moderation", "Reinach", "Kommunikation"),
}
GROUP: Final = ("pia", "anna", "beat", "carla", "dario", "eva", "fabio")  # seven seats; Urs comes eighth
LEADER: Final = "eva"
REMINDED: Final = timedelta(seconds=45)  # before the meeting
MEETING: Final = timedelta(seconds=135)  # from now, as planned first; moved, a minute earlier


async def newcomers(t: Tour) -> None:
    """Sieben weitere melden sich an, Kora nimmt sie auf, und Moni übernimmt die Moderation."""
    for name, (shown, _, _) in MORE.items():
        await t.newcomer(name, shown)
    await asyncio.gather(
        *(
            t.ask(
                t.community.people[name],
                t.direct[name],
                f"profil anmelden gemeinde: {municipality} | funktion: {function}",
                type="member",
                state="pending",
            )
            for name, (_, municipality, function) in MORE.items()
        )
    )
    for name in MORE:
        user = t.community.people[name].user_id
        await t.ask(
            t.kora, t.rooms["coordination"], f"!mitglied aufnehmen {user}", type="member", state="active"
        )
    moni = t.community.people["moni"]
    grant = f"!rolle geben {moni.user_id} moderator"
    await t.ask(t.kora, t.rooms["coordination"], grant, type="member", ref=moni.user_id)
    await t.comes(moni, t.rooms["moderation"])
    t.community.parts["moni"] = "Moderation"


async def process(t: Tour) -> None:
    """Aus Pias Idee wird ein Verwaltungsprozess."""
    room = t.rooms["moderation"]
    await t.ask(t.kora, room, "!idee überführen I1 klasse: L", type="process", ref="P1", state="identified")
    await t.see(t.pia, t.rooms["ideas"], type="idea", ref="I1", process="P1")
    await t.ask(t.urs, t.direct["urs"], "prozess stand", type="list", of="process", refs=["P1"])


async def group(t: Tour) -> None:
    """Sieben machen in der Innovationsgruppe mit, Urs kommt auf die Warteliste und rückt nach."""
    card = await t.see(t.pia, t.rooms["agenda"], type="process", ref="P1")
    await t.tap(t.pia, card, "✅")
    await t.see(t.pia, t.rooms["agenda"], type="process", ref="P1")
    for name in GROUP[1:]:
        person = t.community.people[name]
        await t.ask(
            person, t.direct[name], "gruppe anmelden P1", type="group", ref="P1", you={"seat": "confirmed"}
        )
    await t.ask(
        t.urs,
        t.direct["urs"],
        "gruppe anmelden P1",
        type="group",
        confirmed=7,
        waiting=1,
        you={"seat": "waiting", "position": 1},
    )
    leader = t.community.people[LEADER]
    await t.ask(
        t.kora,
        t.rooms["coordination"],
        f"!gruppe leitung P1 {leader.user_id}",
        type="group",
        leader=leader.user_id,
    )
    t.community.parts[LEADER] = "Leitung der Gruppe P1"
    fabio = t.community.people["fabio"]
    await t.ask(fabio, t.direct["fabio"], "gruppe abmelden P1", type="group", you={"seat": "none"})


async def group_room(t: Tour) -> None:
    """Die Gruppe erhält ihren eigenen Raum, in dem alle sieben sitzen."""
    await t.ask(t.kora, t.rooms["coordination"], "!gruppe raum P1", type="group", ref="P1")
    pinned = await t.see(t.pia, None, not_in=(t.rooms["agenda"], t.direct["pia"]), type="process", ref="P1")
    t.rooms["group"] = room = pinned["room_id"]
    t.screen.follow((), {room: "Gruppe P1"})
    for name in (*GROUP[:-1], "urs"):
        await t.comes(t.community.people[name], room)


async def work_products(t: Tour) -> None:
    """Die Gruppe gibt den Steckbrief frei; ohne BPMN und Formular geht es noch nicht live."""
    office, room = t.rooms["coordination"], t.rooms["group"]
    await t.ask(t.kora, office, "!prozess phase P1 frontend_design", type="process", state="frontend_design")
    await t.ask(
        t.kora, office, "!prozess phase P1 Frontend in Prüfung", type="process", state="frontend_review"
    )
    profile = "ergebnis P1 Steckbrief in Prüfung link: https://example.ch/steckbrief"
    card = await t.ask(
        t.community.people[LEADER],
        room,
        f"!{profile}",
        type="product",
        product="profile",
        state="in_review",
        needed=4,
    )
    await t.tap(t.community.people["anna"], card, "✅")
    await t.see(t.pia, room, type="product", product="profile", consents=1)
    for name in ("beat", "carla", "urs"):
        await t.tap(t.community.people[name], card, "✅")
    await t.see(t.pia, room, type="product", product="profile", state="released")
    await t.ask(
        t.kora,
        office,
        "!prozess phase P1 frontend_live",
        type="error",
        code="conflict",
        missing=["bpmn", "wireframe"],
    )


async def meeting(t: Tour) -> None:
    """Eva lädt zu einer Sitzung ein, Urs sagt zu, und die Sitzung wird verschoben."""
    room, chat = t.rooms["group"], t.direct["urs"]
    await t.ask(t.urs, chat, f"profil erinnerung {REMINDED.seconds}s", type="member")
    at = datetime.now(ZONE) + MEETING
    line = f"!sitzung neu P1 Steckbrief durchgehen | wann: {typed(at)} | dauer: 1h | ort: Liestal\nWas fehlt noch?"
    leader = t.community.people[LEADER]
    card = await t.ask(leader, room, line, type="meeting", ref="S1", state="planned", process="P1")
    await t.see(t.urs, chat, type="meeting", ref="S1", file={"of": "S1", "format": "ics"})
    await t.tap(t.urs, card, "✅")
    await t.see(t.pia, room, type="meeting", ref="S1", accepted=1)
    moved = at - timedelta(minutes=1)
    await t.ask(leader, room, f"!sitzung verschieben S1 wann: {typed(moved)}", type="meeting", ref="S1")
    await t.see(t.urs, chat, type="meeting", ref="S1", start=moved.isoformat(timespec="seconds"))
    await t.ask(t.urs, chat, "sitzung zusagen S1", type="meeting", you={"rsvp": "accepted"})


async def event(t: Tour) -> None:
    """Am PI-Event sind zwei Plätze frei; die Dritte wartet und rückt nach."""
    agenda, year = t.rooms["agenda"], datetime.now(ZONE).year + 1
    typed = f"!anlass neu PI-Event Frühling | wann: 18.03.{year} 13:30-17:00 | ort: Liestal | plätze: 2"
    card = await t.ask(t.kora, agenda, typed, type="event", ref="A1", state="planned", capacity=2)
    await t.tap(t.pia, card, "✅")
    await t.see(t.kora, agenda, type="event", ref="A1", confirmed=1)
    await t.ask(t.urs, t.direct["urs"], "anlass anmelden A1", type="event", you={"seat": "confirmed"})
    anna = t.community.people["anna"]
    await t.ask(
        anna,
        t.direct["anna"],
        "anlass anmelden A1",
        type="event",
        waiting=1,
        you={"seat": "waiting", "position": 1},
    )
    await t.tap(t.pia, card, "❌")
    await t.see(t.kora, agenda, type="event", ref="A1", confirmed=2, waiting=0)
    await t.ask(anna, t.direct["anna"], "agenda alle", type="list", of="agenda")


async def moved_up(t: Tour) -> None:
    """Urs und Anna erfahren, dass sie nachgerückt sind; alle haben die neue Einladung, und Urs wird erinnert."""
    await t.told(t.urs, t.direct["urs"], "P1")
    await t.told(t.community.people["anna"], t.direct["anna"], "A1")
    await t.see(t.urs, t.direct["urs"], within=MEETING.seconds, type="reminder", ref="S1")
    for name in (*GROUP[:-1], "urs"):  # the invitation before has no date any more: a new one is below it
        await t.see(
            t.community.people[name], t.direct[name], within=NOTICES, type="meeting", ref="S1", start=None
        )


def typed(at: datetime) -> str:
    """The moment as one types it; in the doubled hour of October with the offset that says which."""
    offset = "%z" if at.utcoffset() != at.replace(fold=1).utcoffset() else ""
    return at.strftime(f"%d.%m.%Y %H:%M:%S{offset}")


MISSION: Final = (newcomers, process, group, group_room, work_products, meeting, event)
