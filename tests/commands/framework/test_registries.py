"""What two features declare under one key stops the start, and says whose both are."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

import commands
from bot.rendering.replies import in_language
from commands import framework
from commands.framework.context import Context
from commands.framework.declarations import (
    COMMANDS,
    NAMED,
    UNNAMED,
    Named,
    action,
    agenda_item,
    answered,
    attending,
    belonging,
    calendar_entries,
    card,
    check_named,
    command,
    departure,
    explained,
    job,
    meant,
    membership,
    movement,
    named,
    numbered,
    owned,
    pause_follower,
    person_follower,
    personal,
    polled,
    reconciler,
    reminded,
    renaming,
    returning,
    right,
    suggested,
    tap,
    titled,
    unnamed,
    valued,
    waiting,
)
from commands.framework.refusals import refusing
from commands.framework.registry import Registry
from commands.framework.replies import Reply, Role
from commands.framework.telling import told

commands.load()


def found() -> Iterator[tuple[str, Registry[Any, Any]]]:
    for module in pkgutil.walk_packages(framework.__path__, f"{framework.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Registry):
                yield name, value


REGISTRIES = dict(found())


def mine(ctx: Context, *_: Any) -> None:
    """Another feature's function."""


def nothing(ctx: Context) -> tuple[()]:
    """The same, where a list is wanted."""
    return ()


def double(kind: str) -> object:
    """A second reply of a name, in one module."""
    module = "commands.general.status"
    return type("Status", (Reply,), {"__module__": module, "__qualname__": kind, "__annotations__": {}})


AS_EVER: dict[str, Any] = {"role": Role.PI, "de": "Liste", "en": "list", "example": ("", "")}


def typed(*names: str) -> Callable[[Any], Any]:
    return command(*names, **AS_EVER)


SAID: dict[str, Any] = {"de": "🚀 für schnell, 👍🏽 für dafür", "en": "🚀 for fast, 👍🏽 for it"}

# By registry: what stands there already, and how it is declared once more.
DOUBLES: dict[str, tuple[str, Callable[[], Any]]] = {
    "COMMANDS": ("ideas.lists", lambda: typed("ideen", "idea list")(mine)),
    "NAMES": ("ideas.lists", lambda: typed("idee liste", "idea everything")(mine)),
    "ALONE": ("processes.", lambda: command("probe", "sample", **AS_EVER, alone=("prozess rollout",))(mine)),
    "UNNAMED": (
        "general.undoing",
        lambda: unnamed(next(one for one in UNNAMED if "undo" in one))(mine),
    ),
    "NUMBERED": ("finding.answering.by_numbers", lambda: numbered("dates")(mine)),
    "MEANT": ("groups.", lambda: meant("process")(mine)),
    "VALUES": ("groups.", lambda: valued("process")(mine)),
    "WAITING": ("ideas.own", lambda: waiting("idea", more=("", ""))(nothing)),
    "OWNED": ("ideas.own", lambda: owned("ideas")(nothing)),
    "EXPLAINED": ("processes.", lambda: explained("Klasse")(mine)),
    "THINGS": ("ideas.model.idea_card", lambda: card("idea", purpose="ideas")(mine)),
    "LETTERS": ("ideas.model.idea_card", lambda: card("sample", letter="I", purpose="ideas")(mine)),
    "TAPS": ("ideas.votes", lambda: tap("idea", "👍🏽", **SAID)(mine)),
    "OWN_TAPS": ("ideas.votes", lambda: tap("idea", "🚀", **SAID, own="vote")(mine)),
    "RECONCILERS": ("ideas.votes", lambda: reconciler("idea")(mine)),
    "ANSWERED": ("products.", lambda: answered("product")(mine)),
    "POLLED": ("surveys.", lambda: polled("survey", own="")(mine)),
    "BELONGING": ("groups.", lambda: belonging("group")(mine)),
    "MOVEMENTS": ("groups.", lambda: movement("group")(mine)),
    "ACTIONS": (f"{__name__}.mine", lambda: (action(mine), action(mine))),
    "RIGHTS": (f"{__name__}.mine", lambda: (right(mine), right(mine))),
    "JOBS": ("notices.", lambda: job("reminders", every=timedelta(hours=1))(mine)),
    "REMINDED": ("meetings.", lambda: reminded("meeting")(mine)),
    "AGENDA": ("meetings.", lambda: agenda_item("meeting")(lambda *_: ())),
    "CALENDARS": ("meetings.", lambda: calendar_entries("meeting")(lambda *_: ())),
    "ATTENDING": ("meetings.", lambda: attending("meeting")(mine)),
    "DEPARTURES": (f"{__name__}.mine", lambda: (departure(mine), departure(mine))),
    "RETURNS": ("groups.", lambda: returning("groups", give_back=mine)(mine)),
    "PAUSES": (f"{__name__}.mine", lambda: (pause_follower(mine), pause_follower(mine))),
    "RENAMINGS": (f"{__name__}.mine", lambda: (renaming(mine), renaming(mine))),
    "PEOPLE": (f"{__name__}.mine", lambda: (person_follower(mine), person_follower(mine))),
    "MEMBERSHIPS": (f"{__name__}.mine", lambda: (membership(mine), membership(mine))),
    "PERSONAL": ("meetings.", lambda: personal("meetings", erase=mine)(mine)),
    "REFUSING": ("meetings.", lambda: refusing("meeting decline")(mine)),
    "SUGGESTED": ("members.profiles.", lambda: suggested("knowhow")(mine)),
    "TITLED": ("ideas.model.with_words", lambda: titled("idea")(mine)),
    "TOPICS": ("events.", lambda: told("event")(mine)),
    "REPLIES": ("general.status.Status", lambda: double("Other")),
}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """What these tests declare is gone again."""
    before = {name: dict(registry) for name, registry in REGISTRIES.items()}
    names = list(NAMED)
    yield
    NAMED[:] = names
    for name, registry in REGISTRIES.items():
        registry.clear()
        registry.update(before[name])


def test_each_registry_is_tried() -> None:
    assert DOUBLES.keys() == REGISTRIES.keys()


@pytest.mark.parametrize("name", DOUBLES)
def test_a_double_names_both_owners(name: str) -> None:
    registry = REGISTRIES[name]
    owner, declare = DOUBLES[name]
    with pytest.raises(
        ValueError, match=rf"^{re.escape(registry.what)} .*: declared by {owner}\S* and by \S+$"
    ):
        declare()


def test_a_command_that_messages_name_must_be_there() -> None:
    named("idea edit")
    check_named()
    named("idea chnge")
    named("iddea edit")
    with pytest.raises(ValueError, match="iddea edit, idea chnge"):
        check_named()


@pytest.mark.parametrize("one", dict.fromkeys(NAMED), ids=lambda one: one.name)
def test_a_named_command_is_said_in_each_language(one: Named) -> None:
    german, english = (in_language(one("I12"), language) for language in ("de", "en"))
    assert german.removesuffix(" I12") == COMMANDS[one.name].names[0]
    assert english == f"{one.name} I12"


@pytest.mark.parametrize("unsaid", ["de", "en"])
def test_what_a_reaction_does_on_a_card_has_to_be_said_where_it_is_declared(unsaid: str) -> None:
    with pytest.raises(TypeError):
        tap("idea", "🚀", **{key: said for key, said in SAID.items() if key != unsaid})
    with pytest.raises(ValueError, match="the reactions of 'idea': 🚀 has to stand in `de` and in `en`"):
        tap("idea", "🚀", **SAID | {unsaid: "gut"})
