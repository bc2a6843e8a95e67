"""Which trainings give the know-how that a process wants."""

from __future__ import annotations

import re
from typing import Final

from commands.framework import Context
from commands.words import key_of
from storage import events as stored
from storage import processes
from storage.events import Event
from storage.processes import Process

LEAST: Final = 3  # letters of a word that says something


def recommended(ctx: Context, text: str) -> list[Event]:
    """The trainings to come whose know-how or topic the text speaks of, the next ones first."""
    key = key_of(text)
    return [event for event in stored.list_coming(ctx.tx, "training", now=ctx.now) if gives(event, key)]


def wanted_by(ctx: Context, training: Event) -> list[Process]:
    """The processes under way whose name, life situation or description speaks of what the training gives."""
    return [
        process
        for process in processes.list_all(ctx.tx)
        if not process.dropped and gives(training, key_of(text_of(process)))
    ]


def text_of(process: Process) -> str:
    """The text that shows which know-how a process wants."""
    return " ".join(filter(None, (process.name, process.life, process.description)))


def gives(training: Event, key: str) -> bool:
    """Does this folded text speak of what the training gives? All words of one know-how must begin words of it."""
    return any(_speaks_of(key, key_of(thing)) for thing in (*training.knowhow, training.topic or ""))


def _speaks_of(key: str, thing: str) -> bool:
    words = [word for word in thing.split() if len(word) >= LEAST]
    return bool(words) and all(re.search(rf"\b{re.escape(word)}", key) for word in words)
