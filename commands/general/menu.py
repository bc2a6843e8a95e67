"""The menu: what somebody is likely to want now, in plain words, each by a number; and the list of all there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from commands.framework import (
    COMMANDS,
    EVERYONE,
    PERSON,
    Audience,
    Context,
    Machine,
    Reply,
    Role,
    command,
    named,
)
from commands.framework.declarations import Named
from commands.framework.own import Pile, piles
from commands.framework.questions import WAITS, Asking, Option
from commands.framework.who_may import may
from commands.general.nouns import Noun, nouns
from storage import dialogues, rooms

MOST: Final = 7  # lines before the last one
FIRST: Final = 3  # of them for what waits, and as many for what comes with a role
LAST: Final = "9"
STATUS: Final = named("my status")


class Helped(Reply):
    """Something about these commands."""

    abstract: ClassVar[bool] = True
    nouns: tuple[Noun, ...]

    @property
    def audience(self) -> Audience:
        return PERSON

    def outside(self) -> Reply | None:
        return HelpInDirectChat(self.nouns)

    def machine(self) -> Machine:
        return {"type": "help", "commands": [c.name for noun in self.nouns for c in noun.commands]}


class HelpInDirectChat(Helped):
    """In a room: programs read what there is, people in their direct chat."""

    points: ClassVar[bool] = True

    @property
    def audience(self) -> Audience:
        return EVERYONE


class Menu(Helped):
    """A few lines, each of which a number runs."""

    options: tuple[Option, ...]
    state: str  # of who asks: stranger, pending, paused, active
    lost: bool = False  # what they said is like nothing that the bot does

    def machine(self) -> Machine:
        return super().machine() | {"options": [option.part() for option in self.options]}


class Overview(Helped):
    """All that one may do, a line a noun."""

    welcome: bool  # to somebody who is no Public Innovator

    def richest(self, language: str) -> str:
        """The noun with the most commands: there is most to say about it."""
        return max(self.nouns, key=lambda noun: len(noun.commands)).called(language)


@dataclass(frozen=True)
class Often:
    """Something that people do often: the command, in plain words, and what follows its name."""

    command: Named
    german: str
    english: str
    typed: tuple[str, str] = ("", "")

    def option(self, key: str, language: str) -> Option:
        index = 0 if language == "de" else 1
        declared = COMMANDS[self.command.name]
        line = f"{declared.called(language)} {self.typed[index]}".strip()
        return Option(key, line, (self.german, self.english)[index], declared.name)


# By who asks; what comes with a role stands first.
WITH_ROLE: Final = (
    Often(named("event new"), "Einen Anlass planen", "Plan an event"),
    Often(named("news new"), "Eine Neuigkeit schreiben", "Write a news item"),
    Often(named("meeting new"), "Eine Sitzung planen", "Plan a meeting"),
)
ACTIVE: Final = (
    Often(named("idea new"), "Eine Idee einreichen", "Submit an idea"),
    Often(
        named("idea list"),
        "Ideen ansehen und abstimmen",
        "Look at ideas and vote",
        ("stand: offen", "state: open"),
    ),
    Often(named("agenda"), "Was läuft: Anlässe und Sitzungen", "What is on: events and meetings"),
    Often(
        STATUS,
        "Mein Stand: was wartet, meine Termine, Gruppen und Ideen",
        "My status: what waits, my dates, groups and ideas",
    ),
    Often(named("group list"), "In einer Gruppe mitmachen", "Join a group"),
    Often(named("news list"), "Neuigkeiten lesen", "Read the news"),
    Often(named("profile show"), "Mein Profil", "My profile"),
)
PAUSED: Final = (
    Often(named("profile back"), "Wieder dabei sein", "Be back"),
    Often(STATUS, "Mein Stand: Termine, Gruppen und Ideen", "My status: dates, groups and ideas"),
    Often(named("agenda"), "Was läuft: Anlässe und Sitzungen", "What is on: events and meetings"),
    Often(named("profile show"), "Mein Profil", "My profile"),
)
PENDING: Final = (
    Often(named("profile show"), "Meine Anmeldung ansehen", "Look at my registration"),
    Often(named("profile edit"), "Meine Angaben ändern", "Change what I said about myself"),
    Often(named("privacy export"), "Was über mich gespeichert ist", "What is stored about me"),
)
STRANGER: Final = (
    Often(named("profile register"), "Mich als Public Innovator anmelden", "Register as a Public Innovator"),
    Often(named("privacy export"), "Was über mich gespeichert ist", "What is stored about me"),
)
ALL: Final = Often(named("help all"), "Alles andere", "Everything else")


@command(
    "menü",
    "menu",
    "start",
    role=Role.ANYONE,
    de="das Menü mit dem, was Sie am ehesten brauchen",
    en="the menu, with what you are most likely to need",
    example=("", ""),
    reads=True,
    offer=("Das Menü zeigen", "Show the menu"),
)
def menu(ctx: Context) -> Reply:
    """What the asker is likely to want, by numbers; where a question is open, which takes them, the whole list."""
    if is_asked(ctx):
        return show_all(ctx)
    language = ctx.me.language
    state = ctx.me.member.state if ctx.me.member is not None and ctx.me.role else "stranger"
    options = tuple(_options(ctx, state, language))
    ctx.outside.asking = Asking("choice", options, command="menu")
    return Menu(nouns(ctx), options, state, ctx.lost)


@command(
    "hilfe alles",
    "help all",
    role=Role.ANYONE,
    de="die Liste von allem, was Sie hier tun können",
    en="the list of all that you can do here",
    example=("", ""),
    reads=True,
    offer=("Alles sehen, was ich hier tun kann", "See all that I can do here"),
)
def show_all(ctx: Context) -> Overview:
    """The commands that the asker may use, by noun."""
    return Overview(nouns(ctx), welcome=ctx.me.role < Role.PI)


def _options(ctx: Context, state: str, language: str) -> list[Option]:
    """First what waits for the person, then what people do most, then the rest behind the last line."""
    lists = {"active": ACTIVE, "paused": PAUSED, "pending": PENDING}
    waits = [_waiting(pile, language) for pile in piles(ctx)[:FIRST]]
    extra = [one for one in WITH_ROLE if may(ctx, COMMANDS[one.command.name])] if state == "active" else []
    often = [
        *extra[: FIRST - len(waits) // 2],
        *(one for one in lists.get(state, STRANGER) if may(ctx, COMMANDS[one.command.name])),
    ]
    made = [*waits, *(one.option("", language) for one in often)][:MOST]
    numbered = [Option(str(n), one.value, one.label, one.command) for n, one in enumerate(made, 1)]
    return [*numbered, ALL.option(LAST, language)]


def _waiting(pile: Pile, language: str) -> Option:
    """The first of what waits, to be answered."""
    first, index = pile.waits[0], 0 if language == "de" else 1
    label = f"{first.what[index]}: {first.asks[index]}"
    if more := len(pile.waits) - 1:
        label += (f" (und noch {more})", f" (and {more} more)")[index]
    status = COMMANDS[STATUS.name]
    return Option("", f"{status.called(language)} {first.typed[index]}", label, status.name)


def is_asked(ctx: Context) -> bool:
    """Does a question of the bot wait for the person's answer where a menu would stand?"""
    me, direct = ctx.me.user_id, ctx.where.direct
    room = ctx.where.room_id if direct else rooms.direct_room(ctx.tx, me)
    thread = (ctx.where.thread or "") if direct else ""
    open_ = dialogues.find_open(ctx.tx, user_id=me, room_id=room, thread=thread) if room else None
    at = ctx.sent_at or ctx.now
    return open_ is not None and open_.kind != "choice" and at - open_.said_at <= WAITS
