"""What a community does on a day: who says what, where and when, and what must come of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.cases import word_of
from bench.gathering import Gathering
from bot.demo.homeserver import Account

IDEAS: Final = 12  # that are there in the morning
GROUP: Final = 30  # people at most: they have a meeting and a poll
POLL_FROM: Final = 0.25  # of the day; then the group's poll is there, by all means
SIGNS: Final = {"+": "for", "-": "against", "0": "neutral"}
SHARES: Final = {"vote": 30, "tap": 12, "idea": 8, "event": 12, "list": 26, "talk": 12}
LISTS: Final = ("!idee liste", "!idee zeige I{n}", "!anlass zeige A1", "!agenda", "!idee top", "!hilfe idee")
TALK: Final = ("Guten Morgen zusammen.", "Danke, das hilft uns.", "Wer ist am Nachmittag im Büro?")
ANSWERED: Final = ("vote", "idea", "event", "list", "news", "meeting", "survey", "come")
ALIKE: Final = " | trotzdem: ja"


@dataclass
class Act:
    """Something that somebody does; `event` is its event once the homeserver has taken it."""

    at: float  # part of the day that is over
    kind: str
    who: Account
    room: str
    text: str = ""
    idea: int = 0
    value: str = ""  # of a vote; the title of an idea; the place in a poll
    event: str = ""


def plan(there: Gathering, chance: random.Random) -> list[Act]:
    """One act a member and the few of a whole day, in their order; votes, seats and choices are one each."""
    members = there.members
    pairs = [(who, n) for who in members[1:] for n in range(1, IDEAS + 1)]
    chance.shuffle(pairs)
    coming = [who for who in members[1:] if who.user_id in there.chats]
    chance.shuffle(coming)
    acts = list(_of_the_day(there))
    for number, kind in enumerate(chance.choices(list(SHARES), list(SHARES.values()), k=len(members))):
        at, who = _moment(chance), chance.choice(members[1:])
        room = there.chats.get(who.user_id, "") if chance.random() < 0.5 else ""
        room = room or there.rooms["ideas"]
        if kind in ("vote", "tap"):
            who, idea = pairs.pop()
            sign = chance.choice(list(SIGNS)) if kind == "vote" else "+"
            room = (
                there.rooms["ideas"] if kind == "tap" else there.chats.get(who.user_id, there.rooms["ideas"])
            )
            acts.append(Act(at, kind, who, room, f"!idee stimme I{idea} {sign}", idea, SIGNS[sign]))
        elif kind == "idea":
            title = f"Vorschlag {word_of(str(number))}"
            acts.append(Act(at, kind, who, room, f"!idee neu {title}{ALIKE}", value=title))
        elif kind == "event" and coming:
            who = coming.pop()
            acts.append(Act(at, kind, who, there.chats[who.user_id], "!anlass anmelden A1"))
        elif kind == "talk":
            acts.append(Act(at, kind, who, there.rooms["ideas"], chance.choice(TALK)))
        else:
            text = chance.choice(LISTS).format(n=chance.randint(1, IDEAS))
            acts.append(Act(at, "list", who, room, text))
    acts += [Act(chance.uniform(0.05, 0.95), "come", who, "") for who in there.strangers]
    for who in group_of(there):
        acts.append(Act(chance.uniform(POLL_FROM, 0.98), "choose", who, "", value=chance.choice("12")))
    return sorted(acts, key=lambda act: act.at)


def group_of(there: Gathering) -> list[Account]:
    """The people of the one group, the coordinator among them."""
    return [who for who in there.members if who.user_id in there.chats][:GROUP]


def _of_the_day(there: Gathering) -> Iterator[Act]:
    """What the coordinator does; the times in it are filled in on the day."""
    who, room = there.coordinator, there.chats[there.coordinator.user_id]
    yield Act(0.03, "meeting", who, room, "!sitzung neu P1 Formulare sichten | wann: {start}")
    yield Act(
        0.08, "survey", who, room, "!umfrage neu Zeit | an: P1 | bis: {until}\n? Wann?\n- Morgen\n- Abend"
    )
    yield Act(0.12, "news", who, room, "!news neu Eine Umfrage läuft\nDie Gruppe fragt, wann es Ihnen passt.")


def _moment(chance: random.Random) -> float:
    """When somebody has time: most in the middle of the morning and of the afternoon."""
    return min(0.99, max(0.0, chance.gauss(chance.choice((0.3, 0.7)), 0.15)))
