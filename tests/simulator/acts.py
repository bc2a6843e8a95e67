"""What may happen in one step: somebody types, taps, edits, deletes or comes and goes, time passes, the bot dies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.core.batches import Batch
from commands.framework.grammar import find_command
from tests.simulator import conversations, lines
from tests.simulator.town import KORA, MONI, PIS, STRANGER, Act, Tapped, Town, Typed
from tests.support.chat import HALL, ROOMS, Said

KEYS: Final = ("👍", "👎", "✅", "❌", "❓", "✋", "👍🏽", "✔️", "❤️")
# What changes nothing when it is said a second time.
SETTLED: Final = (
    "idee stimme I{idea} +",
    "gruppe anmelden P{process}",
    "anlass anmelden A{event}",
    "kurs anmelden K{training}",
    "sitzung zusagen S{meeting}",
    "sitzung absagen S{meeting}",
    "ergebnis zustimmen P{process} Steckbrief",
)
WHAT_IS_SETTLED: Final = (
    "SELECT idea_id, user_id, value FROM votes",
    "SELECT kind, number, user_id, state, arrived FROM seats",
    "SELECT meeting, user_id, answer FROM meeting_answers",
    "SELECT process, code, user_id, value, text FROM product_answers",
    "SELECT kind, number, user_id, lead, start, state FROM reminders",
    "SELECT id, sequence FROM meeting_series",
    "SELECT kind, id, sequence FROM events",
)


def step(town: Town) -> Act:
    town.steps += 1
    town.chat.now += timedelta(seconds=town.rng.randint(3, 90))
    acts: list[tuple[float, Callable[[Town], Act]]] = [
        (50, command),
        (22, tap),
        (6, take_off),
        (6, undo),
        (6, edit),
        (2, delete),
        (3, again),
        (3, twice),
        (3, several),
        (15, conversations.converse),
        (3, slip),
        (2, restart),
        (1, limit),
        (3, die),
        (8, time),
        (3, talk),
        (2, turn),
        (3, comment),
        (3, move),
        (0.5, remove_card),
        (0.4, erase),
    ]
    [act] = town.rng.choices([act for _, act in acts], [weight for weight, _ in acts])
    done = act(town)
    town.chat.tick()
    town.chat.edit_cards()
    return done


# --- typing


def written(town: Town, line: str, by: str, room: str) -> str:
    """As people write it: German or English, with the prefix or, in the direct chat, without."""
    if town.rng.random() < 0.15:
        found, rest = find_command(line)
        line = f"{found.name} {rest}" if found else line
    bare = town.is_direct(room, by) and not lines.is_private(line) and town.rng.random() < 0.4
    return line if bare else town.rng.choice(["!"] * 8 + ["pibot: "]) + line


def typed(town: Town, line: str, by: str, room: str) -> Act:
    text = written(town, line, by, room)
    said = town.chat.says(text, by=by, room=room)
    town.typed.append(Typed(town.chat.last, by, room, line))
    return Act(f"{by} in {room}: {text}", (town.chat.last,), tuple(said))


def command(town: Town) -> Act:
    by = town.person()
    return typed(town, lines.choose(town, by), by, town.place(by))


def twice(town: Town) -> Act:
    """Somebody says again what they have said: that changes nothing."""
    by = town.person()
    line, room = lines.fill(town, town.rng.choice(SETTLED)), town.place(by)
    first = typed(town, line, by, room)
    before = [sorted(town.rows(query)) for query in WHAT_IS_SETTLED]
    second = typed(town, line, by, room)
    after = [sorted(town.rows(query)) for query in WHAT_IS_SETTLED]
    assert after == before, f"{second.what}: the second time changed something"
    return Act(f"{first.what}, twice", first.commands + second.commands, first.said + second.said)


def several(town: Town) -> Act:
    """One answer of the homeserver tells of several messages."""
    told, what = [], []
    for _ in range(town.rng.randint(2, 5)):
        by = town.person()
        line, room = lines.choose(town, by), town.place(by)
        content = {"msgtype": "m.text", "body": "!" + line}
        told.append(town.chat.happens("m.room.message", content, by=by, room=room))
        town.typed.append(Typed(town.chat.last, by, room, line))
        what.append(f"{by} in {room}: !{line}")
    said = town.chat.apply(*told, catching_up=town.rng.random() < 0.5)
    ids = tuple(typed.event_id for typed in town.typed[-len(told) :])
    return Act("at once: " + "; ".join(what), ids, tuple(said))


def slip(town: Town) -> Act:
    """A letter is missing; ✅ on what the bot asks."""
    by = town.person()
    line, room = lines.choose(town, by), town.place(by)
    if lines.is_private(line):  # and would be asked about where it was typed
        return Act("nothing private is typed with a slip")
    cut = town.rng.randrange(1, len(line.split()[0]))
    line = line[:cut] + line[cut + 1 :]
    said = town.chat.says("!" + line, by=by, room=room)
    event = town.chat.last
    town.typed.append(Typed(event, by, room, line))
    for reply in [s for s in said if s.replies_to == event]:
        said += town.chat.reacts(reply, "✅", by=by)
    return Act(f"{by} in {room}: !{line}, and ✅", (event,), tuple(said))


def talk(town: Town) -> Act:
    by = town.person()
    words = ["Guten Morgen zusammen", "Der pibot hat recht", "I1 finde ich gut", "!", "!!!", "! nur so"]
    text, room = town.rng.choice(words[:3]), town.rng.choice([HALL, ROOMS["ideas"]])
    said = town.chat.says(text, by=by, room=room)
    assert said == [], f"talk was answered: {said[0].text}"
    return Act(f"{by} talks")


def turn(town: Town) -> Act:
    """What was talk becomes a command by an edit."""
    by = town.person()
    line = lines.choose(town, by)
    room = town.rng.choice([HALL, ROOMS["news"], *town.groups()])
    town.chat.says(line, by=by, room=room)
    event = town.chat.last
    said = town.chat.edits(event, "!" + line, by=by, room=room)
    town.typed.append(Typed(event, by, room, line))
    return Act(f"{by} in {room} edits talk to !{line}", (event,), tuple(said))


def comment(town: Town) -> Act:
    """Somebody writes in the thread of a card, whether the bot has asked there or not."""
    cards = [row[0] for row in town.rows("SELECT event_id FROM cards WHERE room_id NOT LIKE '@%'")]
    stand = [s for s in town.chat.said if s.event_id in cards][-30:]
    if not stand:
        return Act("no card to comment on")
    card, by = town.rng.choice(stand), town.person()
    process, ours = card.machine.get("process") or card.machine.get("ref", ""), card.room in town.groups()
    text = f"{lines.WORK.format(process[1:])} fehlt" if ours else "Das meine ich auch"
    said = town.chat.says(text, by=by, room=card.room, thread=card.event_id)
    return Act(f"{by} comments {card.machine.get('ref')}: {text}", said=tuple(said))


def edit(town: Town) -> Act:
    if not town.typed:
        return Act("nothing to edit")
    n = town.rng.randrange(max(0, len(town.typed) - 25), len(town.typed))
    was = town.typed[n]
    line = lines.vary(town, was.line)
    said = town.chat.edits(was.event_id, "!" + line, by=was.by, room=was.room)
    town.typed[n] = Typed(was.event_id, was.by, was.room, line)
    return Act(f"{was.by} edits !{was.line} to !{line}", said=tuple(said))


def delete(town: Town) -> Act:
    if not town.typed:
        return Act("nothing to delete")
    was = town.rng.choice(town.typed[-20:])
    said = town.chat.takes_off(was.event_id, by=was.by, room=was.room)
    return Act(f"{was.by} deletes !{was.line}", said=tuple(said))


# --- tapping


def tap(town: Town) -> Act:
    by = town.person()
    recent = [s for s in town.chat.said[-200:] if s.edits is None]
    cards = {str(row[0]) for row in town.rows("SELECT event_id FROM cards")}
    if town.rng.random() < 0.75:
        recent = [s for s in town.chat.said if s.event_id in cards][-40:]
    if not recent:
        return Act("nothing to tap")
    message = town.rng.choice(recent)
    if message.room.startswith("!direct-"):
        by = f"@{message.room[8:].partition(':')[0]}:localhost"
    elif message.room in town.groups() and by not in town.sitting(message.room):
        return Act("who is not in the room taps nothing there")
    key = town.rng.choice(KEYS)
    said = town.chat.reacts(message, key, by=by)
    town.taps.append(Tapped(town.chat.last, by, message.room, message.event_id, key))
    return Act(f"{by} taps {key} on {message.machine}", said=tuple(said))


def take_off(town: Town) -> Act:
    if not town.taps:
        return Act("nothing to take off")
    was = town.taps.pop(town.rng.randrange(max(0, len(town.taps) - 40), len(town.taps)))
    said = town.chat.takes_off(was.event_id, by=was.by, room=was.room)
    return Act(f"{was.by} takes off {was.event_id}", said=tuple(said))


def undo(town: Town) -> Act:
    if not town.typed:
        return Act("nothing to undo")
    was = town.rng.choice(town.typed[-12:])
    replies = [s for s in town.chat.said if s.replies_to == was.event_id]
    if not replies:
        return Act("no reply to undo")
    said = town.chat.reacts(replies[0], "↩️", by=was.by)
    return Act(f"{was.by} takes back !{was.line}", said=tuple(said))


# --- the homeserver and the bot


def again(town: Town) -> Act:
    """The homeserver hands out an event a second time, as after a crash: nothing changes."""
    if not town.typed:
        return Act("nothing again")
    kind, by, room, event, what = "m.room.message", "", "", "", ""
    if town.taps and town.taps[-1].event_id == town.chat.last:  # later, another answer may be right
        tapped = town.taps[-1]
        kind, by, room, event, what = "m.reaction", tapped.by, tapped.room, tapped.event_id, tapped.key
        relation = {"rel_type": "m.annotation", "event_id": tapped.on, "key": tapped.key}
        content: dict[str, object] = {"m.relates_to": relation}
    else:
        known = {row[0] for row in town.rows("SELECT event_id FROM handled_events")}  # for 30 days
        recent = [typed for typed in town.typed[-10:] if typed.event_id in known]
        if not recent:
            return Act("nothing again")
        was = town.rng.choice(recent)
        by, room, event, what = was.by, was.room, was.event_id, was.line
        content = {"msgtype": "m.text", "body": "!" + was.line}
    before, count = town.dump(), len(town.chat.said)
    town.chat.sends(kind, content, by=by, room=room, event_id=event)
    assert town.chat.said[count:] == [], f"said twice because of {what}: {town.chat.said[count].text}"
    assert town.dump() == before, f"{what} again changed the store"
    return Act(f"again: {what}")


def limit(town: Town) -> Act:
    """The homeserver begins to limit, or ends."""
    town.chat.limited = not town.chat.limited
    return Act(f"the homeserver limits: {town.chat.limited}")


def restart(town: Town) -> Act:
    town.chat.restart()
    return Act("the bot dies and starts")


def die(town: Town) -> Act:
    """A command is carried out, and the bot dies before all is sent, or before it knows that it was."""
    by = town.person()
    line, room = lines.choose(town, by), town.place(by)
    count, town.chat.cut = len(town.chat.said), town.rng.randint(0, 4)
    content = {"msgtype": "m.text", "body": "!" + line}
    told = town.chat.happens("m.room.message", content, by=by, room=room)
    event = town.chat.last
    town.typed.append(Typed(event, by, room, line))
    town.chat.deliver(town.chat.core.apply(Batch(f"s{town.chat.count}", (told,)), (), now=town.chat.now))
    town.chat.cut = None
    town.chat.restart()
    said: list[Said] = town.chat.said[count:]
    return Act(f"{by} in {room}: !{line}, and the bot dies", (event,), tuple(said))


def time(town: Town) -> Act:
    spans: list[dict[str, float]] = [
        {"minutes": 1},
        {"minutes": 11},
        {"hours": 5},
        {"days": 1},
        {"days": 8},
        {"days": 35},
    ]
    [span] = town.rng.choices(spans, [8, 6, 4, 3, 1, 0.2])
    town.chat.later(**span)
    return Act(f"time passes: {span}")


def move(town: Town) -> Act:
    """Somebody comes into a group's room, or goes."""
    groups = town.groups()
    if not groups:
        return Act("no group's room")
    room, user = town.rng.choice(groups), town.rng.choice([*PIS, KORA, STRANGER])
    membership = town.rng.choice(["join", "leave"])
    said = town.chat.moves(user, membership, room)
    return Act(f"{user}: {membership} in {room}", said=tuple(said))


def remove_card(town: Town) -> Act:
    """Who looks after the rooms removes a card of the bot."""
    cards = [str(row[0]) for row in town.rows("SELECT event_id FROM cards WHERE room_id NOT LIKE '@%'")]
    stand = [s for s in town.chat.said if s.event_id in cards][-30:]
    if not stand:
        return Act("no card to remove")
    card = town.rng.choice(stand)
    by = town.rng.choice([KORA, MONI])
    said = town.chat.takes_off(card.event_id, by=by, room=card.room)
    return Act(f"{by} removes the card {card.machine.get('ref')}", said=tuple(said))


def erase(town: Town) -> Act:
    by = town.rng.choice(PIS[5:])
    room = town.direct(by)
    asked = town.chat.says("!datenschutz löschen", by=by, room=room)
    confirm = next((s.machine["confirm"] for s in asked if "confirm" in s.machine), None)
    if confirm is None:
        return Act(f"{by} can't be erased")
    said = town.chat.says(str(confirm), by=by, room=room)
    town.typed = [typed for typed in town.typed if typed.by != by]
    town.taps = [tap for tap in town.taps if tap.by != by]
    gone = any(s.machine["type"] != "error" for s in said)
    return Act(f"{by} is erased", said=tuple(said), erased=by if gone else "")
