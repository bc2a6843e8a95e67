"""What everyday tasks cost: taps, typed characters, messages of the bot. `python -m tests.tasks` shows the table.

Each is played by what a clerk would do, on the card or in the direct chat, from a town of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Final

import storage
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import ROOMS, Chat, Said

PIA, URS, ANNA, KORA, MONI = (f"@{name}:localhost" for name in ("pia", "urs", "anna", "kora", "moni"))
GROUP: Final = "!group1:localhost"
A_TITLE: Final = "Parkkarten mit Handy bezahlen."
A_COMMENT, A_SKILL, A_WORD_WITH_IT = "Das brauchen wir auch", "BPMN", "Bin im Militär"
A_TEXT: Final = "Viele haben kein Bargeld dabei, und der Automat beim Bahnhof geht oft gar nicht."
A_WORD: Final = "kalender"
A_SENTENCE: Final = "Die Gebühren fehlen."


@dataclass(frozen=True)
class Cost:
    """`rooms`, `direct`: new messages of the bot, in rooms and in the person's direct chat; edits beside them."""

    taps: int = 0
    typed: int = 0
    rooms: int = 0
    room_edits: int = 0
    direct: int = 0
    direct_edits: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def within(self, limit: Cost) -> bool:
        return all(a <= b for a, b in zip(astuple(self), astuple(limit), strict=True))


class Clerk:
    """Pia, and what she does: counted."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.cost = Cost()
        self.direct = chat._room(PIA)

    def types(self, text: str, room: str = "", thread: str | None = None) -> list[Said]:
        return self._count(
            Cost(typed=len(text)), self.chat.says(text, by=PIA, room=room or self.direct, thread=thread)
        )

    def writes_in_thread(self, text: str, card: Said) -> list[Said]:
        """She opens the thread, and sends."""
        self.cost += Cost(taps=2)
        return self.types(text, room=card.room, thread=card.event_id)

    def taps(self, on: Said, key: str) -> list[Said]:
        return self._count(Cost(taps=1), self.chat.reacts(on, key, by=PIA))

    def takes_off(self, reaction: str) -> list[Said]:
        return self._count(Cost(taps=1), self.chat.takes_off(reaction, by=PIA))

    def _count(self, done: Cost, said: list[Said]) -> list[Said]:
        since = len(self.chat.said)
        self.chat.later(seconds=60)  # what is gathered comes too
        said = [*said, *self.chat.said[since:]]
        mine = [s.edits is not None for s in said if s.room == self.direct]
        rooms = [s.edits is not None for s in said if not s.room.startswith("!direct-")]
        self.cost += done + Cost(
            0, 0, rooms.count(False), rooms.count(True), mine.count(False), mine.count(True)
        )
        return said


def town(chat: Chat) -> None:
    """Pia's group P1 has a meeting and a work product in review; P2 has seats, and a meeting; and there is the rest."""
    for user in (PIA, URS, ANNA, KORA, MONI):
        chat.member(user)
    chat.process(URS, PIA, ANNA, leader=URS)
    chat.group_room(1, URS, PIA, ANNA)
    chat.process(URS, ANNA, name="Hundemarke", leader=URS)
    with chat.acting() as ctx:
        for number in (1, 2):
            ctx.place_card("process", number, purpose="agenda")
    chat.says("!idee neu Entsorgungskalender als App", by=URS)
    chat.says("!idee neu Termine online buchen", by=PIA)
    chat.says("!anlass neu PI-Event | wann: 18.03.2027 13:30-17:00 | ort: Liestal | plätze: 60", by=KORA)
    for process in (1, 2):
        chat.says(f"!sitzung neu P{process} Formulare | wann: 1.12.2026 13:30-15:00 | ort: Liestal", by=URS)
    chat.says("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", by=URS)
    chat.says("!vereinbarung neu P1 Formular kürzen | wer: @pia:localhost", by=URS)
    chat.says("!news neu Das Portal hat 20 Dienste\nSeit heute.", by=MONI)
    chat.later(hours=1)


def the_card(chat: Chat, ref: str, room: str) -> Said:
    """The message that shows the thing in the room."""
    return next(s for s in chat.in_room(room) if s.machine.get("ref") == ref and s.edits is None)


def product(chat: Chat) -> Said:
    return next(s for s in chat.in_room(GROUP) if s.machine["type"] == "product" and s.edits is None)


def invitation(chat: Chat) -> Said:
    return next(s for s in chat.to(PIA) if s.machine.get("ref") == "S1" and s.edits is None)


# --- the twenty


def vote(clerk: Clerk) -> None:
    clerk.taps(the_card(clerk.chat, "I1", "ideas"), "👍")
    assert clerk.chat.card("I1").machine["votes"]["for"] == 1


def change_vote(clerk: Clerk) -> None:
    clerk.chat.reacts(the_card(clerk.chat, "I1", "ideas"), "👍", by=PIA)
    clerk.taps(the_card(clerk.chat, "I1", "ideas"), "👎")
    assert clerk.chat.card("I1").machine["votes"] == {"for": 0, "against": 1, "neutral": 0}


def submit(clerk: Clerk) -> None:
    clerk.types(f"idee neu {A_TITLE}\n{A_TEXT}")
    assert clerk.chat.card("I3").machine["title"] == A_TITLE


def submit_in_the_room(clerk: Clerk) -> None:
    clerk.types(f"!idee neu {A_TITLE}\n{A_TEXT}", room=ROOMS["ideas"])
    assert clerk.chat.card("I3").machine["title"] == A_TITLE


def find(clerk: Clerk) -> None:
    [found] = clerk.types(f"idee suche {A_WORD}")
    assert found.machine["refs"] == ["I1"]


def comment(clerk: Clerk) -> None:
    clerk.writes_in_thread(A_COMMENT, the_card(clerk.chat, "I1", "ideas"))


def sign_up(clerk: Clerk) -> None:
    clerk.taps(the_card(clerk.chat, "A1", "agenda"), "✅")
    assert clerk.chat.card("A1").machine["confirmed"] == 1


def sign_off(clerk: Clerk) -> None:
    clerk.chat.reacts(the_card(clerk.chat, "A1", "agenda"), "✅", by=PIA)
    tap = clerk.chat.last
    clerk.chat.later(minutes=20)
    clerk.takes_off(tap)
    assert clerk.chat.card("A1").machine["confirmed"] == 0


def next_dates(clerk: Clerk) -> None:
    [found] = clerk.types("agenda")
    assert {"A1", "S1"} <= set(found.machine["refs"])


def join(clerk: Clerk) -> None:
    clerk.taps(the_card(clerk.chat, "P2", "agenda"), "✅")
    assert "3 von 7" in clerk.chat.card("P2").text


def leave(clerk: Clerk) -> None:
    clerk.chat.reacts(the_card(clerk.chat, "P2", "agenda"), "✅", by=PIA)
    tap = clerk.chat.last
    clerk.chat.later(minutes=20)
    clerk.takes_off(tap)
    assert "2 von 7" in clerk.chat.card("P2").text


def accept(clerk: Clerk) -> None:
    clerk.taps(invitation(clerk.chat), "✅")
    assert clerk.chat.card("S1").machine["accepted"] == 2


def decline_with_a_word(clerk: Clerk) -> None:
    clerk.taps(invitation(clerk.chat), "❌")
    clerk.types(A_WORD_WITH_IT)
    assert clerk.chat.card("S1").machine["declined"] == 1


def consent(clerk: Clerk) -> None:
    clerk.taps(product(clerk.chat), "✅")


def objection(clerk: Clerk) -> None:
    asked = clerk.taps(product(clerk.chat), "✋")
    question = next(s for s in asked if s.room == GROUP and s.edits is None)
    thread = question.content["m.relates_to"]["event_id"]
    clerk.types(A_SENTENCE, room=GROUP, thread=thread)
    assert A_SENTENCE in [s for s in clerk.chat.in_room(GROUP) if s.machine["type"] == "product"][-1].text


def where_it_stands(clerk: Clerk) -> None:
    [shown] = clerk.types("P1")
    assert shown.machine["ref"] == "P1"


def my_group(clerk: Clerk) -> None:
    [shown] = clerk.types("gruppe zeige")
    assert "Anna" in shown.text


def know_how(clerk: Clerk) -> None:
    [shown] = clerk.types(f"profil wissen {A_SKILL}")
    assert A_SKILL in shown.text


def pause(clerk: Clerk) -> None:
    clerk.types("pause")
    clerk.types("pause aufheben")


def news(clerk: Clerk) -> None:
    [shown] = clerk.types("news seit 1 Woche")
    assert "N1" in shown.machine["refs"]


def what_is_left(clerk: Clerk) -> None:
    for text in ("agenda", "sitzung liste", "vereinbarung liste", "idee meine", "gruppe liste"):
        clerk.types(text)


@dataclass(frozen=True)
class Task:
    """`limit`: what it may cost; `today`: where that is not how it should be done, how it is."""

    name: str
    play: Callable[[Clerk], None]
    limit: Cost
    today: str = ""


TASKS: Final = (
    Task("vote", vote, Cost(taps=1, room_edits=1)),
    Task("change a vote", change_vote, Cost(taps=1, room_edits=1)),
    Task("submit an idea", submit, Cost(typed=120, rooms=1, direct=1)),
    Task("submit an idea in the room", submit_in_the_room, Cost(typed=121, rooms=1)),
    Task("find an idea by a word", find, Cost(typed=11 + len(A_WORD), direct=1)),
    Task("comment", comment, Cost(taps=2, typed=len(A_COMMENT), room_edits=1)),
    Task("sign up for an event", sign_up, Cost(taps=1, room_edits=1, direct=1)),
    Task("sign off", sign_off, Cost(taps=1, room_edits=1, direct=1)),
    Task("my next dates", next_dates, Cost(typed=6, direct=1), "and all others"),
    Task("join a group with a meeting", join, Cost(taps=1, room_edits=1, direct=2)),
    Task("leave a group with a meeting", leave, Cost(taps=1, room_edits=1, direct=2, direct_edits=1)),
    Task("accept a meeting", accept, Cost(taps=1, room_edits=1, direct_edits=1)),
    Task(
        "decline with a word to the leader",
        decline_with_a_word,
        Cost(taps=1, typed=len(A_WORD_WITH_IT), room_edits=1, direct=2, direct_edits=1),
        "❌, and the word in the direct chat, which asks for it and thanks",
    ),
    Task("consent", consent, Cost(taps=1, room_edits=1)),
    Task("object", objection, Cost(taps=1, typed=len(A_SENTENCE), rooms=1, room_edits=2)),
    Task("where does P1 stand", where_it_stands, Cost(typed=2, direct=1)),
    Task("who is in my group", my_group, Cost(typed=12, direct=1)),
    Task("set my know-how", know_how, Cost(typed=14 + len(A_SKILL), direct=1)),
    Task("away for holidays", pause, Cost(typed=19, direct=2), "without a date: said again at the end"),
    Task("news since last week", news, Cost(typed=17, direct=1)),
    Task("what waits for me", what_is_left, Cost(typed=59, direct=5), "five lists; reviews are in none"),
)


def played(task: Task) -> Cost:
    """What the task costs today."""
    storage.load()
    database = Database("sqlite:///:memory:")
    try:
        with database.transaction() as tx:
            Base.metadata.create_all(tx)
        clerk = Clerk(Chat(database))
        town(clerk.chat)
        task.play(clerk)
        return clerk.cost
    finally:
        database.close()


def table() -> str:
    """All tasks with what they cost, as Markdown."""
    lines = [
        "| Task | Taps | Typed | Rooms (new + edits) | Direct chat (new + edits) | |",
        "|---|---|---|---|---|---|",
    ]
    for task in TASKS:
        cost = played(task)
        rooms, direct = f"{cost.rooms} + {cost.room_edits}", f"{cost.direct} + {cost.direct_edits}"
        lines.append(f"| {task.name} | {cost.taps} | {cost.typed} | {rooms} | {direct} | {task.today} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
