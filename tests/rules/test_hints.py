"""Every hint that the bot writes works when it is copied by the one who reads it, and names nothing they may not do."""

from __future__ import annotations

import html
import re
from typing import Final

import pytest

from bot.core.people import asker_of, where_of
from commands import load
from commands.fields import FIELDS, SAMPLES
from commands.framework import arguments, who_may
from commands.framework.context import Context
from commands.framework.declarations import COMMANDS
from commands.framework.failures import Incomplete
from commands.framework.grammar import find_command
from commands.framework.replies import Refused
from tests.support.chat import HALL, Chat, Said
from tests.support.kept import staged

load()

KORA, MONI, LEO, PIA, URS, NEW, GONE = (
    f"@{name}:localhost" for name in ("kora", "moni", "leo", "pia", "urs", "neu", "gone")
)
READERS: Final = {
    "member": PIA,
    "leader": LEO,
    "moderator": MONI,
    "coordinator": KORA,
    "registered": NEW,
    "paused": URS,
    "gone": GONE,
    "stranger": "@wer:localhost",
}
REFS: Final = {
    "campaign": ("W1", "W2"),
    "dates": ("D1",),
    "exchange": ("B1",),
    "feed": ("F1",),
    "hours": ("H1", "S1"),
    "show": ("W1", "U1", "D1", "B1", "T1", "F1", "H1"),
    "survey": ("U1", "U2"),
    "tool": ("T1",),
}
LAST: Final = ("profile leave", "profile pause", "privacy erase")  # the reader is another one afterwards
TALK: Final = (
    "",
    "hilfe",
    "hilfe idee",
    "help event",
    "menü",
    "menu",
    "mein stand",
    "guten tag",
    "blau",
    "idea wrong",
)
SPOKEN: Final = ("ja", "yes", "weiter", "skip", "zurück", "back", "abbrechen", "cancel")
CODE: Final = re.compile(r"<code>(.*?)</code>", re.DOTALL)
EXAMPLES: Final = {f"{one.called(la)} {one.example[la]}" for one in COMMANDS.values() for la in ("de", "en")}
EMPTY: Final = re.compile(r"…|\bP12\b|\.\.\.")


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    for user in (KORA, MONI, LEO, PIA, URS, GONE):
        chat.member(user)
    for user in (NEW, "@wer:localhost"):
        chat.direct(user)
    chat.process(LEO, PIA, URS, GONE, leader=LEO)
    chat.group_room(1, LEO, PIA, URS)
    for by, line in (
        (PIA, "idee neu Formulare vorausfüllen"),
        (MONI, "news neu Das Portal wächst\nDrei neue Dienste."),
        (KORA, "anlass neu PI-Event | wann: 18.03.2027 13:30-17:00 | plätze: 9"),
        (KORA, "kurs neu BPMN lesen | wann: 18.03.2027 13:30-17:00"),
        (LEO, "sitzung neu P1 Kickoff | wann: 18.03.2027 13:30-15:00"),
        (LEO, "vereinbarung neu P1 Formular kürzen | wer: Pia"),
        (LEO, "ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s"),
        (KORA, "wettbewerb neu Weniger Papier | bis: 30.06.2027 | jury: Pia, Leo"),
        (PIA, "idee neu Weniger Papier am Schalter | wettbewerb: W1"),
        (KORA, "wettbewerb neu Später | von: 01.04.2027 | bis: 30.06.2027"),
        (KORA, "umfrage neu Sitzungszeit | an: P1 | bis: 30.06.2027\n? Wann?\n- am Morgen\n- am Abend"),
        (KORA, "umfrage neu Stimmung | an: alle | anonym: ja | bis: 30.06.2027\n? Wie geht es?"),
        (LEO, "termin finden P1 Sichten | bis: 10.03.2027\n18.03.2027 13:30-15:00\n19.03.2027 9:00"),
        (PIA, "stunden neu 2h P1 Formular getestet"),
        (PIA, "börse biete Sitzungszimmer mit Beamer"),
        (KORA, "werkzeug neu Persona | link: https://example.ch/p"),
        (MONI, "feed neu https://www.example.ch/rss.xml"),
        (NEW, "profil anmelden gemeinde: Aesch | funktion: Schalter"),
        (URS, "profil pause"),
        (GONE, "profil verlassen"),
    ):
        chat.says(f"!{line}", by=by, room=chat._room(by))
    chat.later(minutes=11)
    return chat


def hints(said: Said) -> list[str]:
    """What stands there to be copied."""
    return [
        html.unescape(re.sub(r"<[^>]+>", "", found))
        for found in CODE.findall(said.shown.get("formatted_body", ""))
    ]


def wrong_with(chat: Chat, hint: str, reader: str, room: str) -> str | None:
    """Why the reader can't send this there."""
    line = hint.strip()
    if line == "!":
        return None  # how commands begin
    typed = line.removeprefix("!")
    command, rest = find_command(typed)
    if command is None or (not line.startswith("!") and ":" in typed.split()[0]):
        field = typed.partition(":")[0].strip()
        known = any(field in names for names in FIELDS.values()) or typed in SPOKEN
        return None if known and not line.startswith("!") else "no command"
    with chat.database.transaction() as tx:
        me = asker_of(tx, reader, chat.settings)
        ctx = Context(tx, chat.now, chat.settings, me, where_of(tx, room, reader, None), command=command)
        if not who_may.may(ctx, command):
            return f"they may not ({command.role.name})"
        try:
            arguments.read(ctx, command, rest)
        except Refused as refused:
            if typed in EXAMPLES or (isinstance(refused.reply, Incomplete) and ctx.where.direct):
                return None  # in the direct chat, what is missing is asked for
            fill = EMPTY.search(rest) or any(sample in rest for both in SAMPLES.values() for sample in both)
            return None if fill else str(refused.reply)[:120]
    return None


def told(chat: Chat, said: list[Said], by: str, room: str) -> list[Said]:
    """What of it is said to this person: the reply, and what stands in the direct chat."""
    return [one for one in said if one.replies_to == chat.last or one.room == chat._room(by)]


@pytest.mark.long
@pytest.mark.parametrize(("language", "place"), [("de", "direct"), ("de", "hall"), ("en", "direct")])
@pytest.mark.parametrize("reader", READERS)
def test_each_hint_works_for_who_reads_it(town: Chat, reader: str, language: str, place: str) -> None:
    by = READERS[reader]
    room = town._room(by) if place == "direct" else HALL
    if language == "en":
        town.says("!profile language en", by=by, room=room)
    ordered = sorted(COMMANDS.values(), key=lambda command: command.name in LAST)
    lines = [*TALK]
    for command in ordered:
        called = command.called(language)
        lines += [called, f"{called} {command.example[language]}", f"{called} 999", f"{called} blau: x"]
        lines += [f"{called} {ref}" for ref in REFS.get(command.name.split()[0], ())]
    wrong = []
    for line in lines:
        town.now = town.now.replace(microsecond=0)
        town.later(seconds=20)
        for one in told(town, town.says(f"!{line}", by=by, room=room), by, room):
            for hint in hints(one) if one.machine.get("of") != "audit" else ():
                why = wrong_with(town, hint, by, one.room)
                if why is not None:
                    wrong.append(f"{line!r} -> {hint!r}: {why}\n    {one.text[:160]!r}")
    assert not wrong, "\n".join(dict.fromkeys(wrong))
