"""What everyday tasks take: taps, typed characters, messages of the bot. `python -m tests.tasks` writes docs/tasks.md.

Each is played by what a clerk would do, on the card or in the direct chat, in a town of its own; a test compares the
page with what comes of it, and each task with what it may take.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Final

import storage
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import Chat, Said
from tests.support.kept import Kept

FILE: Final = Path(__file__).parents[1] / "docs" / "tasks.md"
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
    """Pia, and what she does: counted, and told in `steps`."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.cost = Cost()
        self.steps: list[str] = []
        self.direct = chat._room(PIA)

    def types(self, text: str) -> list[Said]:
        """To the bot, in her direct chat."""
        first, _, more = text.partition("\n")
        self.steps.append(f"`{first}`" + (", and a text below" if more else ""))
        return self._says(text, self.direct)

    def writes(self, text: str, room: str = "", thread: str | None = None) -> list[Said]:
        """Something of her own, to people."""
        self.steps.append(f"«{text}»" + (" in the thread" if thread else ""))
        return self._says(text, room or self.direct, thread)

    def opens_thread(self) -> None:
        """And will send: what she writes in a thread takes two taps more."""
        self.cost += Cost(taps=2)

    def taps(self, on: Said, key: str) -> list[Said]:
        where = "in the direct chat" if on.room == self.direct else "on the card"
        self.steps.append(f"{key} {where}")
        return self._count(Cost(taps=1), self.chat.reacts(on, key, by=PIA))

    def takes_off(self, reaction: str, key: str) -> list[Said]:
        self.steps.append(f"{key} on the card, taken off")
        return self._count(Cost(taps=1), self.chat.takes_off(reaction, by=PIA))

    def _says(self, text: str, room: str, thread: str | None = None) -> list[Said]:
        return self._count(Cost(typed=len(text)), self.chat.says(text, by=PIA, room=room, thread=thread))

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
    """Pia's group P1 has a meeting and a work product in review; P2, which meets, and P3 have seats; and the rest."""
    for user in (PIA, URS, ANNA, KORA, MONI):
        chat.member(user)
    chat.process(URS, PIA, ANNA, leader=URS)
    chat.group_room(1, URS, PIA, ANNA)
    for name in ("Hundemarke", "Parkkarte"):
        chat.process(URS, ANNA, name=name, leader=URS)
    with chat.acting() as ctx:
        for number in (1, 2, 3):
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


# --- the tasks


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


def find(clerk: Clerk) -> None:
    [found] = clerk.types(f"idee suche {A_WORD}")
    assert found.machine["refs"] == ["I1"]


def comment(clerk: Clerk) -> None:
    card = the_card(clerk.chat, "I1", "ideas")
    clerk.opens_thread()
    clerk.writes(A_COMMENT, card.room, card.event_id)
    assert "1 Kommentar" in clerk.chat.card("I1").text


def sign_up(clerk: Clerk) -> None:
    clerk.taps(the_card(clerk.chat, "A1", "agenda"), "✅")
    assert clerk.chat.card("A1").machine["confirmed"] == 1


def sign_off(clerk: Clerk) -> None:
    clerk.chat.reacts(the_card(clerk.chat, "A1", "agenda"), "✅", by=PIA)
    tap = clerk.chat.last
    clerk.chat.later(minutes=20)
    clerk.takes_off(tap, "✅")
    assert clerk.chat.card("A1").machine["confirmed"] == 0


def accept(clerk: Clerk) -> None:
    clerk.taps(invitation(clerk.chat), "✅")
    assert clerk.chat.card("S1").machine["accepted"] == 2


def decline(clerk: Clerk) -> None:
    clerk.taps(invitation(clerk.chat), "❌")
    assert clerk.chat.card("S1").machine["declined"] == 1


def decline_with_a_word(clerk: Clerk) -> None:
    decline(clerk)
    clerk.writes(A_WORD_WITH_IT)


def next_dates(clerk: Clerk) -> None:
    clerk.chat.reacts(invitation(clerk.chat), "✅", by=PIA)
    clerk.chat.reacts(the_card(clerk.chat, "A1", "agenda"), "✅", by=PIA)
    clerk.chat.later(minutes=1)
    [found] = clerk.types("mein stand")
    assert found.machine["dates"] == ["S1", "A1"]


def join(clerk: Clerk, ref: str = "P3") -> None:
    clerk.taps(the_card(clerk.chat, ref, "agenda"), "✅")
    assert "3 von 7" in clerk.chat.card(ref).text


def leave(clerk: Clerk, ref: str = "P3") -> None:
    clerk.chat.reacts(the_card(clerk.chat, ref, "agenda"), "✅", by=PIA)
    tap = clerk.chat.last
    clerk.chat.later(minutes=20)
    clerk.takes_off(tap, "✅")
    assert "2 von 7" in clerk.chat.card(ref).text


def join_a_group_that_meets(clerk: Clerk) -> None:
    join(clerk, "P2")


def leave_a_group_that_meets(clerk: Clerk) -> None:
    leave(clerk, "P2")


def consent(clerk: Clerk) -> None:
    clerk.taps(product(clerk.chat), "✅")
    assert "✅ 1" in clerk.chat.in_room(GROUP)[-1].text


def objection(clerk: Clerk) -> None:
    asked = clerk.taps(product(clerk.chat), "✋")
    question = next(s for s in asked if s.room == GROUP and s.edits is None)
    clerk.writes(A_SENTENCE, GROUP, question.content["m.relates_to"]["event_id"])
    assert A_SENTENCE in [s for s in clerk.chat.in_room(GROUP) if s.machine["type"] == "product"][-1].text


def where_it_stands(clerk: Clerk) -> None:
    [shown] = clerk.types("wo steht P3")
    assert shown.machine["ref"] == "P3"


def my_group(clerk: Clerk) -> None:
    [shown] = clerk.types("meine gruppe")
    assert "Dabei: Urs, Pia, Anna" in shown.text


def know_how(clerk: Clerk) -> None:
    [shown] = clerk.types(f"profil wissen {A_SKILL}")
    assert f"Wissen: {A_SKILL}" in shown.text


def away(clerk: Clerk) -> None:
    shown, *_ = clerk.types("profil pause bis: 5.1.")  # cards that count her are edited as well
    assert shown.machine["state"] == "paused"
    assert "5. Januar 2027" in shown.text


def news(clerk: Clerk) -> None:
    [shown] = clerk.types("news 1 woche")
    assert "N1" in shown.machine["refs"]


def what_waits(clerk: Clerk) -> None:
    [shown] = clerk.types("mein stand")
    assert shown.machine["waiting"] == ["S1", "V1", "P1 profile"]


@dataclass(frozen=True)
class Task:
    """`wanted`: what it may take, in words, and `limit` in numbers; `note`: what else there is to say."""

    name: str
    play: Callable[[Clerk], None]
    wanted: str
    limit: Cost
    note: str = ""


TAP: Final = Cost(taps=1, room_edits=1)
TOLD: Final = Cost(direct=1)  # what is the person's own is confirmed in the direct chat
TASKS: Final = (
    Task("vote", vote, "1 tap", TAP),
    Task("change a vote", change_vote, "1 tap", TAP),
    Task(
        "submit an idea",
        submit,
        "≤ 120 characters, with a title of 30 and a text of 80",
        Cost(typed=120, rooms=1, direct=1),
        "the message in the room is the idea's card",
    ),
    Task("find ideas on a word", find, "≤ 25 characters", Cost(typed=25, direct=1)),
    Task(
        "comment on an idea",
        comment,
        "no command",
        Cost(taps=2, typed=len(A_COMMENT), room_edits=1),
        "to open the thread and to send are a tap each",
    ),
    Task("sign up for an event", sign_up, "1 tap", TAP + TOLD, "with a file for the calendar"),
    Task("sign off", sign_off, "1 tap", TAP + TOLD, "the file takes it out of the calendar"),
    Task("accept a meeting", accept, "1 tap", TAP + Cost(direct_edits=1)),
    Task(
        "decline a meeting",
        decline,
        "1 tap",
        TAP + TOLD + Cost(direct_edits=1),
        "the message asks for a word to the leader",
    ),
    Task(
        "decline with a word to the leader",
        decline_with_a_word,
        "1 tap, and that word",
        TAP + Cost(typed=len(A_WORD_WITH_IT), direct=2, direct_edits=1),
        "one asks for the word, one thanks for it",
    ),
    Task("my next dates", next_dates, "≤ 10 characters", Cost(typed=10, direct=1)),
    Task("join a group", join, "1 tap", TAP + TOLD),
    Task("leave a group", leave, "1 tap", TAP + TOLD),
    Task("consent to a work product", consent, "1 tap", TAP),
    Task(
        "object to one",
        objection,
        "1 tap, and the sentence",
        TAP + Cost(typed=len(A_SENTENCE), rooms=1, room_edits=1),
        "the bot asks in the card's thread",
    ),
    Task("where does P3 stand", where_it_stands, "≤ 12 characters", Cost(typed=12, direct=1)),
    Task("who is in my group", my_group, "≤ 20 characters", Cost(typed=20, direct=1)),
    Task(
        "set my know-how",
        know_how,
        "≤ 20 characters beside the words",
        Cost(typed=20 + len(A_SKILL), direct=1),
    ),
    Task(
        "away until a date",
        away,
        "≤ 25 characters",
        Cost(typed=25, room_edits=1, direct=1),
        "back by oneself the morning after; earlier with `profil da`",
    ),
    Task("news since last week", news, "≤ 15 characters", Cost(typed=15, direct=1)),
    Task("what waits for me", what_waits, "≤ 10 characters", Cost(typed=10, direct=1)),
    Task(
        "join a group that meets",
        join_a_group_that_meets,
        "1 tap",
        TAP + Cost(direct=2),
        "the second message is the invitation",
    ),
    Task(
        "leave a group that meets",
        leave_a_group_that_meets,
        "1 tap",
        TAP + Cost(direct=2, direct_edits=1),
        "the invitation is edited; the file takes it out of the calendar",
    ),
)

_HEAD: Final = """# Everyday tasks, counted

What a clerk does for each, on a card or in the direct chat with the bot, and what comes of it: taps, typed characters
(those of own words included), and the messages of the bot: new ones, and edits of those that are there. This page is
made from the conversations themselves: `python -m tests.tasks` writes it anew, and a test holds each task to what is
wanted. How all of it goes: [using.en.md](using.en.md), [using.de.md](using.de.md).

| Task | What one does | Taps | Typed | In rooms | In the direct chat | Wanted | Beside |
|---|---|---|---|---|---|---|---|
"""


@cache
def _town() -> Kept:
    """The town before anybody has done anything: built once, and copied for each task."""
    storage.load()
    with closing(Database("sqlite:///:memory:")) as database:
        with database.transaction() as tx:
            Base.metadata.create_all(tx)
        chat = Chat(database)
        town(chat)
        return Kept(chat)


def played(task: Task) -> Clerk:
    """Who has done it, and what it took."""
    with closing(Database("sqlite:///:memory:")) as database:
        clerk = Clerk(_town().again(database))
        task.play(clerk)
        return clerk


def page() -> str:
    """docs/tasks.md."""
    return _HEAD + "".join(_row(task, played(task)) for task in TASKS)


def _row(task: Task, clerk: Clerk) -> str:
    cost = clerk.cost
    cells = (
        task.name,
        ", then ".join(clerk.steps),
        cost.taps,
        cost.typed,
        _messages(cost.rooms, cost.room_edits),
        _messages(cost.direct, cost.direct_edits),
        task.wanted,
        task.note,
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def _messages(new: int, edits: int) -> str:
    """«1 new, 1 edit»."""
    told = [f"{new} new"] * bool(new) + [f"{edits} edit{'s' * (edits > 1)}"] * bool(edits)
    return ", ".join(told) or "–"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
