"""What the pages for users tell people to type does what they say: every command of them, pasted as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

import commands
import storage
from commands.framework.context import Settings
from commands.framework.grammar import find_command
from commands.framework.replies import Role
from storage import counters, processes
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import Chat, Said
from tests.support.kept import Kept
from tests.support.made import example_of, makers

pytestmark = pytest.mark.long  # carries out every command of the pages

PAGES = [Path(__file__).parents[2] / "docs" / f"using.{language}.md" for language in ("de", "en")]
PIA, URS, LEA, MONI, KORA, NEW = (f"@{n}:localhost" for n in ("pia", "urs", "lea", "moni", "kora", "neu"))
CHAPTERS = {  # who reads it; the others are for every member
    "Für die Leitung einer Gruppe": LEA,
    "For leaders of a group": LEA,
    "Für die Moderation": MONI,
    "For moderators": MONI,
    "Für die Koordination": KORA,
    "For coordinators": KORA,
}
ACCEPTED = [(MONI, "!idee annehmen I12 grund: gut")]
REVIEWED = [(LEA, "!ergebnis P3 Steckbrief in Prüfung link: https://example.ch/s")]
REMOVED = [(KORA, "!gruppe entfernen P3 Pia Muster")]
PENDING = [(PIA, "!profil verlassen"), (PIA, "!profil anmelden gemeinde: Aesch | funktion: Kasse")]
LAST = {
    "idea": 11,
    "process": 2,
    "meeting": 6,
    "event": 4,
    "training": 3,
    "news": 8,
    "agreement": 7,
    "hours": 6,
    "exchange": 4,
    "survey": 1,
    "dates": 3,
}
THINGS = [
    (PIA, "!idee neu Umzug online melden"),
    (LEA, "!sitzung neu P3 Sichten | wann: 18.03.2027 13:30-15:00"),
    (KORA, "!anlass neu PI-Event | wann: 18.03.2027 13:30-17:00 | plätze: 60"),
    (KORA, "!kurs neu BPMN | plätze: 12"),
    (MONI, "!news neu Das Portal hat neue Dienste\nSeit heute."),
    (LEA, "!vereinbarung neu P3 Liste führen | wer: Pia Muster"),
    (PIA, "!stunden neu 2h P3 Formular getestet"),
    (PIA, "!börse biete Saal in Liestal"),
    (LEA, "!umfrage neu Zeit | an: P3 | bis: 30.06.2027\n? Wann passt es?\n- früh\n- spät"),
    (LEA, "!termin finden P3 Sichten\n18.03.2027 13:30-15:00\n19.03.2027 9:00"),
]
MAKERS = {Role.PI: PIA, Role.LEADER: LEA, Role.MODERATOR: MONI, Role.COORDINATOR: KORA}
BEFORE = {  # what has happened before somebody types it
    "agenda subscribe": [(PIA, "!agenda abo")],
    "idea promote": ACCEPTED,
    "idea implement": ACCEPTED,
    "idea done": ACCEPTED,
    "idea review, with a reason": ACCEPTED,
    "campaign judge": [(URS, "!idee neu Quittungen per Mail | wettbewerb: W1")],
    "event leave": [(PIA, "!anlass anmelden A5")],
    "training leave": [(PIA, "!kurs anmelden K4")],
    "group join": REMOVED,
    "group confirm": [*REMOVED, (KORA, "!gruppe zuweisen P3 Pia Muster")],
    "group assign": REMOVED,
    "product consent": REVIEWED,
    "product objection": REVIEWED,
    "product show": REVIEWED,
    "profile pause end": [(PIA, "!profil pause")],
    "member admit": PENDING,
    "member decline": PENDING,
    "role revoke": [(KORA, "!rolle geben Pia Muster moderator")],
    "process criterion": [
        (KORA, "!prozess kriterium P3 Wartezeit am Schalter ziel: -80%"),
        (KORA, "!prozess kriterium P3 waiting time ziel: -80%"),
    ],
    "process rollout": [(KORA, f"!gemeinde firstmover {name} ja") for name in ("Aesch", "Liestal")],
}
PHASE = {
    "feedback": "frontend_live",
    "feedback show": "frontend_live",
    "process rollout": "rollout_first_movers",
    "process phase": "frontend_design",
}
BELOW = {"news new": "Seit heute."}  # what the page says in words: the text below
MEETING = "!sitzung neu P3 Formulare sichten\nwann: 18.03.2027 13:30-15:00\n{}\nWas fehlt noch?"
BEGUN = datetime(2027, 3, 18, 13, tzinfo=UTC)  # S7 has
WITH_FIELDS = [  # what the pages show alone, and where it belongs
    (0, MONI, "!news neu Es werden mehr\n{}\nSeit heute.", "wann: 18.03.2027 13:30"),
    (0, MONI, "!news neu Es werden mehr\n{}\nSeit heute.", "stand: entwurf"),
    (0, LEA, MEETING + "\nbis: 30.06.2027", "jede: woche"),
    (0, LEA, MEETING + "\nbis: 30.06.2027", "jede: 2 wochen"),
    (0, LEA, MEETING + "\nbis: 30.06.2027", "jede: monat"),
    (0, LEA, MEETING + "\nbis: 30.06.2027", "jede: 3. Donnerstag"),
    (0, LEA, MEETING + "\njede: woche", "bis: 30.06.2027"),
    (0, LEA, "!sitzung ändern S7 ort: Sissach | {}", "modus: alle"),
    (0, LEA, "!sitzung ändern S7 {}", "ort: weg"),
    (0, LEA, "!sitzung anwesend S7 {}", "-Pia Muster"),
    (0, LEA, "!sitzung anwesend S7 {}", "alle"),
    (
        0,
        LEA,
        "!sitzung protokoll S7\n{}",
        "Vereinbarung: Gebührenliste nachliefern wer: Pia Muster bis: 30.06.2027",
    ),
    (1, MONI, "!news new More to come\n{}\nSince today.", "when: 18.03.2027 13:30"),
    (1, MONI, "!news new More to come\n{}\nSince today.", "state: draft"),
    (1, LEA, MEETING + "\nuntil: 30.06.2027", "every: week"),
    (1, LEA, MEETING + "\nuntil: 30.06.2027", "every: 2 weeks"),
    (1, LEA, MEETING + "\nuntil: 30.06.2027", "every: month"),
    (1, LEA, MEETING + "\nuntil: 30.06.2027", "every: 3rd Thursday"),
    (1, LEA, MEETING + "\nevery: week", "until: 30.06.2027"),
    (1, LEA, "!meeting edit S7 place: Sissach | {}", "mode: all"),
    (1, LEA, "!meeting edit S7 {}", "place: none"),
    (1, LEA, "!meeting attended S7 {}", "-Pia Muster"),
    (1, LEA, "!meeting attended S7 {}", "all"),
    (1, LEA, "!meeting minutes S7\n{}", "Agreement: send the list of fees who: Pia Muster until: 30.06.2027"),
]


@dataclass(frozen=True)
class Typed:
    """A command of a page; `by` reads its chapter."""

    text: str
    by: str

    def __str__(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def command(self) -> str:
        found, _ = find_command(self.text[1:])
        assert found, self.text
        with_reason = found.name == "idea review" and ":" in self.text
        return found.name + (", with a reason" if with_reason else "")


def typed(page: Path) -> list[Typed]:
    """The commands of a page: its blocks, its spans, and these with the fields that are shown behind them."""
    found: list[Typed] = []
    chapter = ""
    for part in re.split(r"^(?=#)", page.read_text(encoding="utf-8"), flags=re.MULTILINE):
        title = part.partition("\n")[0].strip("# ")
        chapter = title if part.startswith("## ") else chapter
        reader = CHAPTERS.get(chapter, PIA)
        blocks = re.findall(r"^```\n(.*?)\n```$", part, re.MULTILINE | re.DOTALL)
        found += [Typed(block, reader) for block in blocks]
        for line in re.sub(r"^```\n.*?^```$", "", part, flags=re.MULTILINE | re.DOTALL).splitlines():
            for span in re.findall(r"`([^`]+)`", line.replace(r"\|", "|")):
                if re.match(r"!\w", span):
                    found.append(Typed(span, reader))
                elif span.startswith(" | "):
                    found.append(Typed(found[-1].text + span, reader))
    return list(dict.fromkeys(found))


commands.load()
TYPED = [t for page in PAGES for t in typed(page)]
each_command = pytest.mark.parametrize("typed", TYPED, ids=str)


@pytest.fixture(scope="module")
def built() -> Kept:
    """All that the pages name exists."""
    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database, Settings(coordinators=(KORA,), moderators=(MONI,), web="https://pi.example.ch"))
    for user in (PIA, URS, LEA):
        chat.member(user)
    for user in (MONI, KORA, NEW):
        chat.direct(user)
    happened(chat, [(PIA, "!idee neu Hundemarken"), (URS, "!idee neu Parkkarten am Schalter")])
    with database.transaction() as tx:
        for kind, last in LAST.items():
            counters.add(tx, kind, last - counters.value(tx, kind))
    chat.process(PIA, URS, LEA, leader=LEA, name="Baugesuch")
    room = chat.group_room(3, PIA, URS, LEA)
    for user, name in ((PIA, "Pia Muster"), (URS, "Urs Beispiel"), (LEA, "Lea Leitung")):
        chat.enters(room, user, name)
        chat.enters(chat.direct(user), user, name)
    happened(chat, [*THINGS, *examples()])
    chat.later(minutes=2)
    kept = Kept(chat)
    database.close()
    return kept


def examples() -> list[tuple[str, str]]:
    """Of each kind of thing that is not in LAST, the first one, as the example of its command makes it."""
    return [(MAKERS[command.role], example_of(command)) for command in makers(but=LAST)]


@pytest.fixture
def town(built: Kept) -> Iterator[Chat]:
    database = Database("sqlite:///:memory:")
    yield built.again(database)
    database.close()


def happened(chat: Chat, acts: list[tuple[str, str]]) -> None:
    for by, text in acts:
        said(chat, text, by)


def said(chat: Chat, text: str, by: str, room: str | None = None) -> Said:
    """The reply, which is no error."""
    reply = chat.reply(text, by=by, room=room or chat._room(by))
    assert reply.machine["type"] != "error", f"{text}: {reply.text}"
    return reply


def prepared(town: Chat, typed: Typed) -> Chat:
    with town.database.transaction() as tx:
        processes.change(tx, 3, phase=PHASE.get(typed.command, "identified"))
    happened(town, BEFORE.get(typed.command, []))
    if typed.command == "meeting attended":
        town.now = BEGUN
    return town


@each_command
def test_a_command_of_the_pages_is_carried_out(town: Chat, typed: Typed) -> None:
    below = BELOW.get(typed.command, "")
    by = NEW if typed.command == "profile register" else typed.by
    said(prepared(town, typed), f"{typed.text}\n{below}".strip(), by)


@pytest.mark.parametrize("typed", [t for t in TYPED if t.by == LEA and "P3" in t.text], ids=str)
def test_in_the_group_s_room_its_number_is_not_needed(town: Chat, typed: Typed) -> None:
    said(prepared(town, typed), typed.text.replace(" P3", ""), LEA, "!group3:localhost")


@pytest.mark.parametrize(
    "typed", [t for t in TYPED if t.by == KORA and t.command.startswith("event ")], ids=str
)
def test_for_trainings_it_is_the_other_word(town: Chat, typed: Typed) -> None:
    text = typed.text.replace("!anlass", "!kurs").replace("!event", "!training").replace("A5", "K4")
    happened(town, BEFORE.get(typed.command.replace("event", "training"), []))
    said(prepared(town, typed), text, KORA)


@pytest.mark.parametrize(("page", "by", "text", "part"), WITH_FIELDS)
def test_a_part_that_the_pages_show_does_something(
    town: Chat, page: int, by: str, text: str, part: str
) -> None:
    assert f"`{part}`" in PAGES[page].read_text(encoding="utf-8")
    if " anwesend " in text or " attended " in text:
        town.now = BEGUN
    said(town, text.format(part), by)
