"""The house's words, docs/words.md: those of the code, and the nouns that people type.

`python -m bot.admin.words` writes it. A test compares the two, so that they can't drift apart.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final

from commands import load
from commands.framework.declarations import COMMANDS, THINGS, Thing

FILE: Final = Path(__file__).parents[2] / "docs" / "words.md"

# The word, the German one where people meet it, what it means, and where the code has it.
HOUSE: Final = (
    (
        "act",
        "",
        "something done about a thing, kept in order: what others have built on since stays",
        "storage.acts",
    ),
    (
        "addressed",
        "",
        "begins with the prefix or with the bot's name, or stands in a direct chat",
        "bot.core.dispatch",
    ),
    ("asker", "", "the person who gave the command", "commands.framework.context.Context.me"),
    ("audience", "", "who may hear a reply", "commands.framework.audiences.Audience"),
    (
        "batch",
        "",
        "the events of all rooms from one answer of the homeserver, in one transaction",
        "bot.core.batches.Batch",
    ),
    (
        "broadcast",
        "",
        "one message to many people, each in the direct chat and in the own language",
        "commands.framework.context.Broadcast",
    ),
    (
        "card",
        "Karte",
        "the message that shows a thing as it is now: it is edited when the thing changes",
        "storage.cards.Card",
    ),
    (
        "carrier",
        "",
        "the event that carries a seat, an answer or a consent: taken off, it takes that back",
        "storage.seats.Seat",
    ),
    (
        "direct chat",
        "Direktchat",
        "the room of one person and the bot, for personal answers",
        "commands.framework.context.Where",
    ),
    (
        "errand",
        "",
        "something to be done outside after the commit: send, edit, invite, make a room",
        "storage.outbox.Errand",
    ),
    ("face", "", "what a feature lets others take: the `__init__` of its folder", "commands.groups"),
    (
        "gap",
        "",
        "a stretch of a room's messages that the homeserver left out and that is fetched later",
        "storage.gaps.Gap",
    ),
    ("hall", "", "a thing with seats; in tests, a room in which everybody sits", "commands.seats.Hall"),
    (
        "notice",
        "",
        "what a person may have to be told later: the thing, and how it was before",
        "storage.notices.Notice",
    ),
    (
        "offer",
        "",
        "what a reaction on a message of the bot will do, such as ↩️ to take back",
        "storage.cards.Offer",
    ),
    ("outbox", "", "the table of all that is to be sent, and of what became of it", "storage.outbox"),
    (
        "part",
        "",
        "the fields of a message for other programs ([all of them](machine.md))",
        "commands.framework.replies.Reply.part",
    ),
    (
        "purpose",
        "",
        "what a room is for: news, ideas, agenda, moderation, coordination, a group",
        "storage.rooms.Purpose",
    ),
    ("reference", "Nummer", "a letter and a number, given once: I12", "commands.framework.identity.ref_of"),
    (
        "remark",
        "",
        "what the bot says unasked, below a message or in a room",
        "commands.framework.failures.StaysMeanwhile",
    ),
    (
        "reply",
        "Antwort",
        "what a command answers, as a value; its text is a macro",
        "commands.framework.replies.Reply",
    ),
    (
        "seed",
        "",
        "a reaction that the bot puts on its own message, to be tapped",
        "commands.framework.declarations.Thing.seeds",
    ),
    ("tap", "tippen", "a person's reaction on a message of the bot", "storage.cards.Tap"),
    (
        "thing",
        "",
        "whatever has a card: an idea, a meeting, a process",
        "commands.framework.declarations.Thing",
    ),
    ("topic", "", "a kind of notice: what it is about, and who words it", "commands.framework.telling"),
    (
        "wording",
        "",
        "a text as it stood: of a command until it is edited, of an idea until it is changed",
        "storage.ideas.Wording",
    ),
)
# What the code calls a thing together with all that stands beside it on its card.
TOGETHER: Final = {
    "agreement": "Promise",
    "event": "Occasion",
    "group": "Standing",
    "meeting": "Sitting",
    "news": "Story",
    "process": "View",
    "product": "Review",
    "training": "Occasion",
}
INTRODUCTION: Final = """\
# The house's words

One word a thing, in the code as in the chat. This page is made from the program: `python -m bot.admin.words` writes it
anew.

## In the code

| Word | In the chat | What it is | Where |
|---|---|---|---|
"""
NOUNS: Final = """
## What people type

The first word of each command; what can be done with it stands in [commands.md](commands.md).

| English | German |
|---|---|
"""
KINDS: Final = """
## Kinds of things

Each has a card. *Together* is what the code calls it with all that is shown beside it.

| Kind | Reference | Sign | Seeds | Room of its card | Together |
|---|---|---|---|---|---|
"""


def words() -> str:
    """The whole page."""
    load()
    house = "".join(
        f"| {word} | {german or '–'} | {meaning} | `{where}` |\n" for word, german, meaning, where in HOUSE
    )
    nouns = sorted(
        {
            (command.called("en").partition(" ")[0], command.called("de").partition(" ")[0])
            for command in COMMANDS.values()
        }
    )
    typed = "".join(f"| {english} | {german} |\n" for english, german in nouns)
    kinds = "".join(_row(THINGS[kind]) for kind in sorted(THINGS))
    return f"{INTRODUCTION}{house}{NOUNS}{typed}{KINDS}{kinds}"


def _row(thing: Thing) -> str:
    reference = f"{thing.letter}1" if thing.letter else "–"
    if thing.within:
        reference = f"{THINGS[thing.within].letter}1, of its {thing.within}"
    cells = [
        thing.kind,
        reference,
        thing.sign or "–",
        " ".join(thing.seeds) or "–",
        thing.purpose or "the group's, or the direct chat",
        f"`{TOGETHER[thing.kind]}`" if thing.kind in TOGETHER else "–",
    ]
    return f"| {' | '.join(cells)} |\n"


def is_there(name: str) -> bool:
    """The program has a module, a class or an attribute of this name."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[end:]:
            declared = getattr(found, "__annotations__", {})
            if not hasattr(found, attribute):
                return attribute in declared and attribute == parts[-1]
            found = getattr(found, attribute)
        return True
    return False


if __name__ == "__main__":
    FILE.write_text(words(), encoding="utf-8")
