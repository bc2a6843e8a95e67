"""Conversations by lot: sentences, answers in every form, at any time; and what must be true of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from bot.core.batches import Batch
from commands.framework.examples import examples
from commands.framework.grammar import find_command
from commands.framework.questions import KEYS
from tests.simulator import lines
from tests.simulator.town import Act, Town, Typed
from tests.support.chat import Said

# Answers that fit, by what is asked for; others are read where they can be.
FITTING: Final = {
    "title": "{words}",
    "name": "{words}",
    "text": "{words}",
    "reason": "{words}",
    "place": "Liestal",
    "when": "{date}",
    "until": "{later}",
    "process": "P{process}",
    "idea": "I{idea}",
    "event": "A{event}",
    "training": "K{training}",
    "meeting": "S{meeting}",
    "news": "N{news}",
    "agreement": "V{agreement}",
    "member": "{member}",
    "municipality": "{town}",
    "vote": "{vote}",
    "klass": "{klass}",
    "product": "{product}",
}
WORDS: Final = (
    "abbrechen",
    "zurück",
    "weiter",
    "hilfe",
    "ja",
    "nein",
    "!zurück",
    "1",
    "2",
    "7",
    "12",
    "👍",
    "…",
)
SIGNS: Final = (*KEYS[:4], "✅", "⏭️", "👍", "❌", "❤️")
ASKING: Final = {"question": {"question"}, "preview": {"confirm"}}
OPEN: Final = (
    "SELECT user_id, room_id, thread, kind, command, field, options, reply_id"
    " FROM dialogues WHERE last IS NULL"
)
MADE: Final = (
    "SELECT (SELECT count(*) FROM ideas) + (SELECT count(*) FROM events) + (SELECT count(*) FROM news)"
    " + (SELECT count(*) FROM processes) + (SELECT count(*) FROM meeting_series) + (SELECT count(*) FROM agreements)"
)
# Where a sentence may leave a trace; nothing of it is an effect.
TRACES: Final = {"facts", "outbox", "handled_events", "dialogues", "offers", "told", "acts"}
TITLED: Final = {"idea new": "ideas", "event new": "events", "news new": "news"}


@dataclass
class Open:
    """What waits for somebody's answer."""

    user: str
    room: str
    thread: str
    kind: str
    command: str
    field: str
    options: list[dict[str, str]]
    message: str  # the bot's, that asks

    def says(self, town: Town) -> str:
        """An answer, mostly one that fits."""
        rng = town.rng
        if self.command.startswith("privacy") or any("privacy" in one["command"] for one in self.options):
            return "abbrechen"  # an act of its own
        if self.options and rng.random() < 0.7:
            return rng.choice(self.options)[rng.choice(["key", "value"])]
        if self.kind == "preview" and rng.random() < 0.6:
            return "ja"
        if rng.random() < 0.25:
            return rng.choice(WORDS)
        return lines.fill(town, FITTING.get(self.field, rng.choice(list(FITTING.values()))))


def open_ones(town: Town) -> list[Open]:
    found = []
    for row in town.rows(OPEN):
        user, room, thread, kind, command, field, options, reply = map(str, row)
        message = town.chat.events.get(int(reply))
        if message is not None:
            found.append(Open(user, room, thread, kind, command, field, json.loads(options), message))
    return found


def converse(town: Town) -> Act:
    """Somebody says what they want, or answers."""
    waiting = open_ones(town)
    before = town.rows(MADE)[0][0]
    act = answer(town, town.rng.choice(waiting)) if waiting and town.rng.random() < 0.8 else begin(town)
    made = int(str(town.rows(MADE)[0][0])) - int(str(before))
    assert made <= 1, f"{act.what} made {made} things"
    return act


def begin(town: Town) -> Act:
    """A command without what it takes, a sentence, or the menu, in somebody's direct chat."""
    by = town.person()
    room = town.direct(by)
    dice = town.rng.random()
    if dice < 0.5:
        found, _ = find_command(lines.choose(town, by))
        text = f"!{found.called('de')}" if found is not None else "!idee neu"
    elif dice < 0.85:
        return sentence(town, by, room)
    else:
        text = "menü"
    return _said(town, text, by, room)


def sentence(town: Town, by: str, room: str) -> Act:
    """Nothing changes by it."""
    text = town.rng.choice([one.text for one in examples()])
    if find_command(text)[0] is not None or any(one.user == by for one in open_ones(town)):
        return _said(town, "menü", by, room)
    before = town.dump()
    act = _said(town, text, by, room)
    changed = [name for name, rows in town.dump().items() if rows != before[name] and name not in TRACES]
    assert changed == [], f"«{text}» changed {changed}"
    return act


def answer(town: Town, one: Open) -> Act:
    """By words, by a tap, once more by an edit; in one batch with another, or while the bot dies."""
    dice = town.rng.random()
    if dice < 0.25:
        said = town.chat.reacts(one.message, key := town.rng.choice(SIGNS), by=one.user)
        return Act(f"{one.user} taps {key} on {one.kind} {one.command} {one.field}", said=tuple(said))
    if dice < 0.35 and town.typed:
        was = town.rng.choice(town.typed[-12:])
        said = town.chat.edits(was.event_id, text := one.says(town), by=was.by, room=was.room)
        return Act(f"{was.by} edits {was.line} to {text}", said=tuple(said))
    if dice < 0.45:
        return _two_devices(town, one)
    if dice < 0.55:
        return _dies(town, one)
    return _said(town, one.says(town), one.user, one.room, one.thread)


def _said(town: Town, text: str, by: str, room: str, thread: str = "") -> Act:
    said = town.chat.says(text, by=by, room=room, thread=thread or None)
    event = town.chat.last
    town.typed.append(Typed(event, by, room, text.removeprefix("!")))
    return Act(f"{by} in {room}: {text}", (event,), tuple(said))


def _two_devices(town: Town, one: Open) -> Act:
    """A tap and an answer at the same time."""
    relation = {"rel_type": "m.annotation", "event_id": one.message, "key": town.rng.choice(SIGNS)}
    text = one.says(town)
    content = {"msgtype": "m.text", "body": text} | _in_thread(one)
    tap = town.chat.happens("m.reaction", {"m.relates_to": relation}, by=one.user, room=one.room)
    words = town.chat.happens("m.room.message", content, by=one.user, room=one.room)
    event = town.chat.last
    town.typed.append(Typed(event, one.user, one.room, text.removeprefix("!")))
    told = [tap, words] if town.rng.random() < 0.5 else [words, tap]
    said = town.chat.apply(*told)
    heard = (event,) if one.room.startswith("!direct-") else ()  # elsewhere it may be talk, after the tap
    return Act(f"{one.user} at once: {relation['key']} and {text}", heard, tuple(said))


def _dies(town: Town, one: Open) -> Act:
    """The bot dies before its answer is sent, or before it knows that it was."""
    text = one.says(town)
    count, town.chat.cut = len(town.chat.said), town.rng.randint(0, 3)
    content = {"msgtype": "m.text", "body": text} | _in_thread(one)
    told = town.chat.happens("m.room.message", content, by=one.user, room=one.room)
    event = town.chat.last
    town.typed.append(Typed(event, one.user, one.room, text.removeprefix("!")))
    town.chat.deliver(town.chat.core.apply(Batch(f"s{town.chat.count}", (told,)), (), now=town.chat.now))
    town.chat.cut = None
    town.chat.restart()
    said: list[Said] = town.chat.said[count:]
    return Act(f"{one.user} answers {text}, and the bot dies", (event,), tuple(said))


def _in_thread(one: Open) -> dict[str, object]:
    return {"m.relates_to": {"rel_type": "m.thread", "event_id": one.thread}} if one.thread else {}


# --- what must be true


def check(town: Town, ended: set[str]) -> None:
    """`ended`: the conversations looked at after their end; those that ended now are added."""
    shown = {said.edits or said.event_id: said for said in town.chat.said}
    for one in open_ones(town):
        types = ASKING.get(one.kind)
        asks = shown[one.message].machine["type"]
        assert types is None or asks in types, f"{one.command} {one.field} is open, but a {asks} stands there"
    query = (
        "SELECT d.id, d.command, d.given FROM dialogues d JOIN handled_events h ON h.event_id = d.last"
        " WHERE h.outcome = 'done' AND h.command = d.command"
    )
    for number, command, given in town.rows(query):
        what = f"{number} {given}"
        if what not in ended and command in TITLED:
            title = next(text for name, text, _ in json.loads(str(given)) if name == "title")
            made = town.rows(f"SELECT 1 FROM {TITLED[str(command)]} WHERE title = :t", t=title)  # noqa: S608
            assert made != [], f"{command} by answers did not make «{title}»"
        ended.add(what)
