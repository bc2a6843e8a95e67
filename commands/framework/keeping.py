"""What a sentence names is kept as the arguments of a command that it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from commands.dates import DateRefused
from commands.fields import FIELDS
from commands.framework import entities, loose
from commands.framework.context import Context
from commands.framework.declarations import MEANT, THINGS, Command, Parameter
from commands.framework.entities import Entities
from commands.framework.named_people import MemberRef, Unclear
from commands.framework.replies import Role
from commands.framework.titles import Titles
from commands.framework.types import MunicipalityRef
from commands.framework.vocabulary import WORD, choice_of
from commands.speech import NEGATIONS, SMALL
from commands.words import normal

SOUGHT: Final = 3  # words at most that are looked for
NAMES: Final = 6  # words among which a name is looked for
LONG: Final = 3  # letters of a word that is one of a few
_UNTIL: Final = re.compile(r" bis(?: zum)? | to | until | ?[-–] ?")
_GOES_ON: Final = (
    r" ?(?:[-–]|bis(?: um)?|to|until) ?[0-9]"  # a date with an end that can't be read: it is not cut off
)
_CALLED: Final = r"((?:[A-ZÄÖÜ][\w'-]+\s?){1,3})"
_BEGIN: Final = r"(?:^|\b(?:[Bb]itte|[Ii]ch|du|Sie|will|möchte)\s)(?!(?:Bitte|Ich|Kannst|Können|Sie|Will)\b)"
_SOMEBODY: Final = (
    re.compile(rf"\b(?:[Mm]elden?|[Ss]ign|[Rr]egister)\s+(?:(?:Sie|bitte|doch|noch)\s+)*{_CALLED}"),
    re.compile(rf"{_BEGIN}{_CALLED}(?:für|zu|zum|an|am|von|vom)\b[^,]*\b(?:an|ab)(?:zu)?melden\b"),
)
NAMED: Final[dict[str, TypeAdapter[str]]] = {
    "person": TypeAdapter(MemberRef),
    "municipality": TypeAdapter(MunicipalityRef),
}


@dataclass(frozen=True)
class Kept:
    """`given`: what follows the command's name; `shown`: the same for people; `left`: words that none of it says."""

    given: tuple[str, ...]
    shown: tuple[str, ...]
    left: tuple[str, ...]
    lacks: tuple[Parameter, ...]  # that are required
    named: bool  # people, municipalities or things by their titles are among it
    for_others: bool = False  # it is done for somebody who is named


def keep(
    ctx: Context, command: Command, found: Entities, left: tuple[str, ...], behind: str, titles: Titles
) -> Kept:
    """What of it the command takes, in the order of its parameters; `left`: the words that may be names."""
    words = list(left)
    refs, dates, links = list(found.refs), list(found.dates), list(found.links)
    if {"since", "until"} <= {p.name for p in command.parameters if p.found == "date"}:
        dates = [day for said in dates for day in _from_and_until(said)]
    given: dict[str, str] = {}
    called: dict[str, str] = {}  # things that were meant by their titles
    for parameter in command.parameters:
        value = (
            _reference(parameter, refs)
            or _lasting(parameter, dates, words)
            or ("" if _is_the_end(command, parameter, dates) else _date(ctx, parameter, dates))
            or _link(parameter, links)
            or _named(ctx, parameter, found.people, words)
            or _chosen(parameter, found.rest)
        )
        if value:
            given[parameter.name] = value
    if command.for_others and ctx.me.role >= Role.COORDINATOR and (whom := _whom(ctx, found, words)):
        given["whom"] = whom
    for parameter in command.parameters:
        if parameter.name in given:
            continue
        if parameter.required and parameter.kind in THINGS and 0 < len(words) <= NAMES and not found.refs:
            meant = titles.meant(parameter.kind, words)
            if len(meant) == 1:
                given[parameter.name] = f"{THINGS[parameter.kind].letter}{meant[0].number}"
                called[parameter.name] = f"{given[parameter.name]} {meant[0].title}"
                words = [word for word in words if word not in meant[0].words]
        elif parameter.name == "search" and 0 < len(words) <= SOUGHT and not behind:
            given["search"] = " ".join(words)
            words.clear()
        elif (
            parameter.place == "line"
            and behind
            and not (parameter.kind or parameter.found or choice_of(parameter))
        ):
            given[parameter.name] = behind
            behind = ""
    if any(p.name in given for p in command.parameters if p.place != "field"):
        given |= _before_it(ctx, command, given)
    index = 0 if ctx.language == "de" else 1
    heads = [given[p.name] for p in command.parameters if p.name in given and p.place != "field"]
    fields = [
        f"{FIELDS[p.name][index]}: {given[p.name]}"
        for p in command.parameters
        if p.name in given and p.place == "field"
    ]
    lacks = tuple(p for p in command.parameters if p.required and p.name not in given)
    return Kept(
        (*heads, *fields),
        tuple(
            called.get(p.name, given[p.name].partition("\n")[0])
            for p in command.parameters
            if p.name in given
        ),
        (
            *words,
            *(f"{letter}{number}" for letter, number in refs),
            *dates,
            *links,
            *([behind] if behind else []),
        ),
        lacks,
        bool(called) or any(p.found in NAMED and p.name in given for p in command.parameters),
        "whom" in given,
    )


def _whom(ctx: Context, found: Entities, words: list[str]) -> str:
    """The person for whom it is to be done: whom the verb is about, «melde Urs an», and nobody else."""
    said = next((match[1].strip() for one in _SOMEBODY if (match := one.search(found.rest))), "")
    name = _name_of(ctx, NAMED["person"], said) if said else ""
    if name:
        words[:] = [word for word in words if word not in said.split()]
    return name


def _before_it(ctx: Context, command: Command, given: dict[str, str]) -> dict[str, str]:
    """The only thing that can be meant, where its number stands before something that was said."""
    first = command.parameters[0]
    if not first.required or first.name in given or first.meant not in MEANT:
        return {}
    number = MEANT[first.meant](ctx)
    return {first.name: f"{THINGS[first.kind].letter}{number}"} if number is not None else {}


def _reference(parameter: Parameter, refs: list[tuple[str, int]]) -> str:
    wanted = THINGS[parameter.kind].letter if parameter.kind in THINGS else ""
    fits = next((ref for ref in refs if ref[0] == wanted or parameter.found == "thing"), None)
    if fits is None:
        return ""
    refs.remove(fits)
    return f"{fits[0]}{fits[1]}"


def _lasting(parameter: Parameter, dates: list[str], words: list[str]) -> str:
    """How long something has lasted; the day that is named with it stays: «gestern zwei Stunden»."""
    if parameter.found != "duration":
        return ""
    for n, said in enumerate(dates):
        typed = said.split()
        if (found := loose.duration_in(typed)) is not None:
            first, count = found
            around = (" ".join(typed[:first]), " ".join(typed[first + count :]))
            dates[n : n + 1] = [day for day in around if day]
            return " ".join(typed[first : first + count])
    if (found := loose.duration_in(words)) is None:
        return ""
    first, count = found
    taken = " ".join(words[first : first + count])
    del words[first : first + count]
    return taken


def _from_and_until(said: str) -> list[str]:
    """The first and the last day; where the year is said of the last one alone, the first has it too."""
    days = _UNTIL.split(said)
    if len(days) != 2:  # noqa: PLR2004 - from and until
        return [said]
    year = re.search(r"20[0-9]{2}$", days[1])
    return [f"{days[0]} {year[0]}" if year and not re.search(r"[0-9]{4}", days[0]) else days[0], days[1]]


def _is_the_end(command: Command, parameter: Parameter, dates: list[str]) -> bool:
    """Is the only day the last one, not this first one, which may be left out? So of what is set out, or changed."""
    until = next((p for p in command.parameters if p.name == "until"), None)
    if parameter.name != "since" or parameter.required or until is None or len(dates) != 1:
        return False
    return until.required or command.name.endswith(" edit")


def _date(ctx: Context, parameter: Parameter, dates: list[str]) -> str:
    """The first that can be read as this parameter."""
    if parameter.found != "date":
        return ""
    for said in dates:
        for read in _as_day(parameter, said):
            try:
                parameter.adapter.validate_python(read, context=ctx)
            except (ValidationError, DateRefused):
                continue
            dates.remove(said)
            return read
    return ""


def _link(parameter: Parameter, links: list[str]) -> str:
    return links.pop(0) if parameter.found == "link" and links else ""


def _as_day(parameter: Parameter, said: str) -> Iterator[str]:
    """How the day may be read: who is away «zwei Wochen», or «ab morgen zwei Wochen», is so until then."""
    yield said
    if parameter.name == "until":
        yield f"in {said}"
        yield f"in {' '.join(said.split()[-2:])}"


def _named(ctx: Context, parameter: Parameter, people: tuple[str, ...], words: list[str]) -> str:
    """The person or the municipality that words which say nothing else are the name of."""
    adapter: TypeAdapter[Any] | None = NAMED.get(parameter.found)
    if adapter is None or len(words) > NAMES:
        return ""
    if parameter.found == "person" and people:
        return ", ".join(people)
    at = 0
    for capital, run in groupby(words, key=lambda word: word[0].isupper()):
        said = list(run)
        if capital and (name := _name_of(ctx, adapter, " ".join(said))):
            del words[at : at + len(said)]
            return name
        at += len(said)
    return ""


def _name_of(ctx: Context, adapter: TypeAdapter[Any], said: str) -> str:
    try:
        found = str(adapter.validate_python(said, context=ctx))
    except ValidationError as error:
        cause = error.errors(include_url=False)[0].get("ctx", {}).get("error")
        return (
            next(iter(cause.meant.values())).name
            if isinstance(cause, Unclear) and len(cause.meant) == 1
            else ""
        )
    return said if found.startswith("@") else found


def _chosen(parameter: Parameter, rest: str) -> str:
    """One of the few words that a parameter may be, if it is required or marked so: the longest that was said."""
    choice = choice_of(parameter) if parameter.required or parameter.found == "choice" else None
    said = f" {' '.join(WORD.findall(normal(rest)))} "
    found = [code for code in choice.codes if len(code) >= LONG and f" {code} " in said] if choice else []
    return max(found, key=len, default="")


def values_in(parameter: Parameter, text: str) -> Iterator[str]:
    """What the text says that may be the parameter, said among other words: «ich arbeite in Muttenz»."""
    found = entities.find(text)
    refs, words = list(found.refs), WORD.findall(found.rest)
    if reference := _reference(parameter, refs):
        yield reference
    small = {normal(word) for word in words}
    choice = choice_of(parameter)
    if choice is not None and small.isdisjoint(NEGATIONS):  # «nicht dafür» is not for it
        said = {choice.codes[word]: word for word in small if len(word) >= LONG and word in choice.codes}
        yield from said.values() if len(said) == 1 else ()
    if parameter.found == "date":
        whole = (said for said in found.dates if not re.search(re.escape(said) + _GOES_ON, text))
        yield from (read for said in whole for read in _as_day(parameter, said))
    if parameter.found == "link":
        yield from found.links
    if parameter.found in NAMED:
        telling = [word for word in words if word.casefold() not in SMALL and len(word) >= LONG]
        yield from (*found.people, *(" ".join(pair) for pair in pairwise(telling)), *telling)
