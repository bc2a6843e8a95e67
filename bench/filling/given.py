"""What groups, meetings, events and the exchange leave in a store, each row by the very command that makes it.

Such things hang together in more ways than rows written at once could keep: so the commands are given, many to a
batch, as after an outage, and jobs have their ticks in between. Nothing may be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from sqlalchemy import insert

from bench.filling.people import (
    AGENDA,
    BOT,
    COORDINATION,
    HALL,
    IDEAS,
    MODERATION,
    NEWS,
    NOW,
    PAGE,
    Size,
    direct_of,
    municipalities,
    user,
)
from bench.filling.words import FORMS, THINGS, word
from bot.core.batches import Batch, RoomBatch
from bot.core.events import read
from bot.core.facade import Core
from bot.rendering.replies import KEY
from commands.framework.declarations import JOBS
from storage import rooms
from storage.outbox import Done, Errand

Line = tuple[str, str]  # who says it, and what
A_BATCH: Final = 100
BEGUN: Final = NOW - timedelta(days=40)
OVER: Final = 38  # days in which events and trainings took place
DATES: Final = 12  # of a group's meetings, a week apart
IN_GROUP: Final = 9  # who join a group of seven
IDEAS_OF_CAMPAIGN: Final = 6
BOSS: Final = user(0)  # coordinates, and leads P1


class Giver:
    """Gives commands to the core, and plays the homeserver that takes what it sends."""

    def __init__(self, core: Core) -> None:
        self.core, self.count = core, 0
        self._done: list[Done] = []
        self._said: dict[str, Line] = {}

    def give(self, lines: Iterable[Line], *, at: datetime) -> None:
        """All of these are said, and done."""
        left = iter(lines)
        while chunk := list(islice(left, A_BATCH)):
            self._said.clear()
            events = tuple(self._event(line, at) for line in chunk)
            touched = {place_of(line) for line in chunk}
            places = tuple(RoomBatch(room, (), (), joined=True) for room in sorted(touched))
            batch = Batch(f"g{self.count}", places, events=events)
            self.take(self.core.apply(batch, self._sent(), now=at))

    def _event(self, line: Line, at: datetime) -> Any:
        self.count += 1
        self._said[f"$given{self.count}"] = line
        raw = {
            "type": "m.room.message",
            "event_id": f"$given{self.count}",
            "sender": line[0],
            "origin_server_ts": int(at.timestamp() * 1000),
            "content": {"msgtype": "m.text", "body": line[1]},
        }
        return read(raw, place_of(line), bot=BOT)

    def later(self, at: datetime, *jobs: str) -> None:
        """It is later: these jobs have their ticks, and cards are edited."""
        for name in jobs:
            self.take(self.core.tick(JOBS[name], now=at))
            while name in self.core.unfinished:
                self.take(self.core.tick(JOBS[name], now=at))
        while errands := self.core.edit_cards(now=at):
            self.take(errands)

    def take(self, errands: list[Errand]) -> None:
        """These are sent."""
        for errand in errands:
            if errand.kind == "message" and errand.content.get(KEY, {}).get("type") == "error":
                answered = errand.content["m.relates_to"]["m.in_reply_to"]["event_id"]
                message = f"refused: {self._said.get(answered)}: {errand.content['body']}"
                raise AssertionError(message)
        self._done += [Done(e.id, f"$sent{e.id}") for e in errands]

    def _sent(self) -> list[Done]:
        """What was sent and is not recorded yet."""
        done, self._done = self._done, []
        return done

    def end(self, at: datetime) -> None:
        """What was sent last is known to be."""
        self.core.apply(Batch(None), self._sent(), now=at)


def place_of(line: Line) -> str:
    """Commands are given in the hall, other things are said in the direct chat."""
    by, text = line
    return HALL if text.startswith("!") else direct_of(by)


def person(number: int, size: Size) -> str:
    """One of those who are there, again and again; not of the first ten, who have a group of their own."""
    there = [n for n in range(10, min(size.members, 1_010)) if n % 20 != 19]  # who does not pause
    return user(there[number % len(there)])


def group(process: int, size: Size) -> list[str]:
    """Who are in a process's group, or wait for it; the first leads it."""
    if process == 1:
        return [user(n) for n in range(IN_GROUP)]
    return [person(process * IN_GROUP + n, size) for n in range(IN_GROUP)]


def give_all(core: Core, size: Size) -> None:
    """All kinds of things are there that commands make."""
    giver = Giver(core)
    purposes = {"agenda": AGENDA, "moderation": MODERATION, "coordination": COORDINATION}
    for purpose, room in ({"ideas": IDEAS, "news": NEWS} | purposes).items():
        giver.take(core.assign_room(purpose, room, now=BEGUN))
    giver.give(_processes(size), at=BEGUN)
    for number in range(1, size.processes + 1):
        _room(giver, number, size)
    for hours, lines in enumerate((_meetings, _work, _events, _tools, _postings, _campaigns, _feeds), 1):
        giver.give(lines(size), at=BEGUN + timedelta(hours=hours))
    for days in (10, 20, 30):
        giver.later(BEGUN + timedelta(days=days), "reminders", "meeting days", "turns of events")
    giver.later(NOW - timedelta(hours=1), *JOBS)
    giver.end(NOW - timedelta(hours=1))


def _room(giver: Giver, process: int, size: Size) -> None:
    """The group has its room, and all sit in it."""
    room = f"!group-{process}:localhost"
    people = [BOT, *group(process, size)[:7]]
    with giver.core.database.transaction() as tx:
        known = {"room_id": room, "membership": "join"}
        tx.execute(insert(rooms.Occupant), [{**known, "user_id": p, "display_name": p[1:7]} for p in people])
    giver.take(giver.core.assign_room(f"group {process}", room, now=BEGUN))


def klass_of(process: int) -> str:
    return "LKMD"[(process - 1) % 4]


def _processes(size: Size) -> Iterator[Line]:
    for n in range(1, size.processes + 1):
        name = f"{THINGS[n % len(THINGS)]} {word(n)}"
        yield BOSS, f"!prozess neu {name} | klasse: {klass_of(n)} | lebenslage: {FORMS[n % len(FORMS)]}"
        for who in group(n, size):
            yield who, f"!gruppe anmelden P{n}"
        yield BOSS, f"!gruppe leitung P{n} {group(n, size)[0]}"
        yield BOSS, f"!prozess dokument P{n} Merkblatt https://example.ch/{word(n)}"
        yield BOSS, f"!prozess kriterium P{n} Wartezeit am Schalter | ziel: -{n % 90 + 5}%"


def _meetings(size: Size) -> Iterator[Line]:
    for n in range(1, size.processes + 1):
        first = BEGUN + timedelta(days=1 + n % 5)
        last = first + timedelta(weeks=DATES - 1)
        dates = f"wann: {first:%d.%m.%Y} 13:30-15:00 | jede: woche | bis: {last:%d.%m.%Y}"
        yield BOSS, f"!sitzung neu P{n} Formulare sichten | ort: Liestal | {dates}"
        for who, answer in zip(group(n, size), ("zusagen", "absagen", "vielleicht"), strict=False):
            for which in (1, 2, DATES):
                yield who, f"!sitzung {answer} S{(n - 1) * DATES + which}"


def _work(size: Size) -> Iterator[Line]:
    for n in range(1, size.processes + 1):
        people = group(n, size)
        if klass_of(n) == "D":
            yield BOSS, f"!prozess ergebnis P{n} Grobbeschreibung freigegeben grund: Eilt"
            for _ in ("frontend_design", "frontend_review", "frontend_live"):
                yield BOSS, f"!prozess phase P{n} weiter"
            for k, who in enumerate(people[:7]):
                yield who, f"!rückmeldung P{n} {k % 5 + 1} Das Formular ist klar."
            if n % 8 == 0:
                for _ in range(6):  # to the rollout
                    yield BOSS, f"!prozess phase P{n} weiter grund: Es eilt"
                yield BOSS, f"!prozess rollout P{n} gemeinde: {municipalities()[0]}"
        else:
            yield people[0], f"!prozess ergebnis P{n} Steckbrief in Prüfung link: https://example.ch/s{n}"
            yield people[1], f"!ergebnis zustimmen P{n} Steckbrief"
            yield people[2], f"!ergebnis einwand P{n} Steckbrief Die Gebühren fehlen."
        dates = "\n".join(f"{day}.06.2031 13:30-15:00" for day in (18, 19, 20))
        yield people[0], f"!termin finden P{n} Formulare sichten {word(n)} | bis: 10.06.2031\n{dates}"
        for k in (1, 2, 3):
            yield people[k], f"!termin antworten D{n} {k}"
        for k in range(3):
            title = f"Formular {word(n * 3 + k)} ohne AHV-Nummer"
            yield people[k], f"!vereinbarung neu P{n} {title} | wer: {people[k + 1]}"
        asked = "? Wann passt es?\n- Vormittag\n- Nachmittag"
        yield people[0], f"!umfrage neu Sitzungszeit {word(n)} | an: P{n} | bis: 30.06.2031\n{asked}"
        for k in (1, 2, 3):
            yield people[k], f"umfrage antworten U{n}"
            yield people[k], str(k % 2 + 1)


def _events(size: Size) -> Iterator[Line]:
    for n in range(1, size.events + 1):
        # As many are to come in each store, which lists and files show; the others are over.
        day = NOW + timedelta(days=5 + n) if n <= PAGE else BEGUN + timedelta(days=1 + n % OVER)
        when = f"wann: {day:%d.%m.%Y} 13:30-17:00 | plätze: 12"
        for letter, kind, more in (("A", "anlass", "ort: Liestal"), ("K", "kurs", "wissen: BPMN")):
            yield BOSS, f"!{kind} neu {THINGS[n % len(THINGS)]} {word(n)} | {when} | {more}"
            for k in range(15):
                yield person(n * 15 + k, size), f"!{kind} anmelden {letter}{n}"


def _campaigns(size: Size) -> Iterator[Line]:
    for n in range(1, size.campaigns + 1):
        jury = f"jury: {BOSS}, {user(1)}"
        yield BOSS, f"!wettbewerb neu Schalter ohne {word(n)} | bis: 30.0{n % 3 + 4}.2031 | {jury}"
        for k in range(IDEAS_OF_CAMPAIGN):
            number = (n - 1) * IDEAS_OF_CAMPAIGN + k + 1
            title = f"{word(number + 40_000)} {word(number * 31 + 50_000)}"
            yield person(number, size), f"!idee neu {title} | wettbewerb: W{n} | trotzdem: ja"
            yield person(number + 1, size), f"!idee stimme I{size.ideas + number} +"
            yield user(1), f"!wettbewerb bewerten I{size.ideas + number} {number % 5 + 1}"


def _feeds(size: Size) -> Iterator[Line]:
    for n in range(1, size.feeds + 1):
        yield BOSS, f"!feed neu https://{word(n)}.example.ch/rss.xml | tags: {THINGS[n % len(THINGS)]}"


def _tools(size: Size) -> Iterator[Line]:
    for n in range(1, size.tools + 1):
        said = f"link: https://example.ch/{n} | tags: workshop, {THINGS[n % len(THINGS)]} | Für Gespräche."
        yield BOSS, f"!werkzeug neu Vorlage {word(n)} | {said}"


def _postings(size: Size) -> Iterator[Line]:
    for n in range(1, size.postings + 1):
        verb, thing, form = ("biete", "suche")[n % 2], THINGS[n % len(THINGS)], FORMS[n // 7 % len(FORMS)]
        said = f"tags: {thing} {word(n % 500)} | Am Mittwoch ist es frei."
        yield person(n, size), f"!börse {verb} {word(n)} und {form} | {said}"
