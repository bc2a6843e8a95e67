"""Whom a person means who types a name: the one reader of names, for one and for several.

A name is read by its words: in any order, begun (`Pia M.`), alone (`Muster`), with a title before it (`Frau Dr.
Muster`). Named in full is who has just these words; of who is named in part it is asked before anything is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ValidationInfo

from commands.framework.audiences import COORDINATION, admits
from commands.framework.declarations import Found, Place
from commands.framework.replies import Role
from commands.framework.types import LONGEST_NAME, Unreadable, short_enough
from commands.spelling import most_alike
from commands.words import key_of, normal
from storage import members
from storage.engine.base import Tx
from storage.members import Member

SHOWN_NAMES, NAMES_READ = 3, 500  # of people who may be meant
MOST_PEOPLE: Final = 200  # named in one command: each is looked for
MOST_WORDS: Final = 8  # of a name
TITLES: Final = frozenset(
    {"herr", "herrn", "hr", "frau", "fr", "mr", "mrs", "ms", "miss"}
    | {"dr", "prof", "med", "phil", "iur", "jur", "lic", "dipl", "ing", "mag"}
)
_MENTION = re.compile(r"@[^\s:]+:[^\s]+")
_BETWEEN = re.compile(r",| und | and ")


class Unclear(Unreadable):
    """One person is likely meant, but was not named in full: asked, before something is changed."""

    def __init__(
        self, typed: str, one: Member, *, others: Mapping[str, Member] | None = None, whole: str = ""
    ) -> None:
        self.meant = {typed: one, **(others or {})}
        for said, member in self.meant.items():  # the others who are named stay
            before, found, after = whole.partition(said)
            whole = f"{before}{member.name if found else ''}{after}"
        names = ", ".join(dict.fromkeys(member.name for member in self.meant.values()))
        super().__init__(
            de=f"Meinten Sie {names}?",
            en=f"Did you mean {names}?",
            code="not_found",
            nearest=whole or one.name,
        )


def _called(tx: Tx, typed: str) -> list[Member]:
    """The members of this name: with an `@`, first those whose Matrix id begins so; else by display name.

    Of names that differ in accents and signs only, the one that is spelt exactly so; one without letters is only that.
    """
    name = typed.removeprefix("@")
    if name != typed and (local := members.find_local(tx, name.lower())):
        return local
    found = members.find_named(tx, key_of(name)) if name else []
    spelt_so = [one for one in found if normal(one.name) == normal(name)]
    return spelt_so or (found if any(map(str.isalpha, name)) else [])


def _words(name: str) -> list[str]:
    """The words of a name, folded, without the titles before it."""
    words = key_of(name).split()
    while len(words) > 1 and words[0] in TITLES:
        del words[0]
    return words


def _alike(ctx: Any, typed: str) -> list[Member]:
    """People who have names that begin with these words, each with another one."""
    words = _words(typed)
    if not words or len(words) > MOST_WORDS:
        return []
    # Who has only registered is named to coordinators, and where they are among themselves.
    told = ctx.me.role >= Role.COORDINATOR and admits(ctx.tx, ctx.where, COORDINATION, bot=ctx.settings.bot)
    found = members.list_alike(ctx.tx, words, waiting=told)
    return [one for one in found if _begin(words, _words(one.name))]


def _begin(words: Sequence[str], names: list[str]) -> bool:
    """Does each of these words begin another one of the names? The longest ones have the smallest choice."""
    left = list(names)
    for word in sorted(words, key=len, reverse=True):
        begun = next((name for name in left if name.startswith(word)), None)
        if begun is None:
            return False
        left.remove(begun)
    return True


def _in_full(typed: str, found: list[Member]) -> list[Member]:
    """Those of them who have just these words for a name; one without letters is only what is spelt so."""
    if not any(map(str.isalpha, typed)):
        return []
    return [one for one in found if sorted(_words(one.name)) == sorted(_words(typed))]


def _misspelt(ctx: Any, typed: str) -> list[Member]:
    """The one whose name is spelt nearly so."""
    key = " ".join(_words(typed))
    names = (
        {one.name_key: one for one in members.list_names(ctx.tx, key[:1], limit=NAMES_READ)} if key else {}
    )
    near = most_alike(key, names, least=0.8)
    return [names[near]] if near else []


def _member(raw: Any, info: ValidationInfo) -> Any:
    """A Matrix id as it is (also of one who is no member), else the one member of this name."""
    if not isinstance(raw, str):
        return raw
    typed = short_enough(raw.strip())
    if _MENTION.fullmatch(typed):
        return typed
    ctx: Any = info.context
    found = _called(ctx.tx, typed)
    near = [] if found else _alike(ctx, typed)
    found = found or _in_full(typed, near)
    if len(found) == 1:
        return found[0].user_id
    if found:
        ids = ", ".join(m.user_id for m in found)
        raise Unreadable(
            de=f"«{typed}» heissen mehrere. Schreiben Sie, wen Sie meinen: {ids}.",
            en=f"Several people are called «{typed}». Write whom you mean: {ids}.",
        )
    _require_one(ctx, typed)
    whole = [one for one in near if set(_words(typed)) <= set(_words(one.name))]
    near = (whole if len(whole) == 1 else near) or _misspelt(ctx, typed)
    if len(near) == 1 and ctx.command is not None and ctx.command.reads:
        return near[0].user_id
    if len(near) == 1:
        raise Unclear(typed, near[0])
    names = ", ".join(one.name for one in near[:SHOWN_NAMES])
    hint_de = f" Meinten Sie {names}?" if near else " Schreiben Sie den Namen so, wie er im Raum steht."
    hint_en = f" Did you mean {names}?" if near else " Write the name as it stands in the room."
    raise Unreadable(
        de=f"«{typed}» finde ich nicht unter den Mitgliedern.{hint_de}",
        en=f"I can't find «{typed}» among the members.{hint_en}",
        code="not_found",
        nearest=near[0].name if near else None,
    )


def _require_one(ctx: Any, typed: str) -> None:
    """Raises: Unreadable, where the text names several members and only one can be meant."""
    names = [part.strip() for part in _BETWEEN.split(typed.replace(";", ","))]
    if len(names) > 1 and all(_MENTION.fullmatch(name) or _called(ctx.tx, name) for name in names):
        raise Unreadable(
            de=f"Das geht für eine Person aufs Mal. Schreiben Sie es für {names[0]}, und dann nochmals.",
            en=f"That goes for one person at a time. Write it for {names[0]}, and then once more.",
        )


MemberRef = Annotated[str, BeforeValidator(_member), Place("line"), Found("person")]
"""A person, as Matrix id: by mention, `@user:server` or unambiguous display name."""


def _applicant(raw: Any, info: ValidationInfo) -> Any:
    ctx: Any = info.context
    declined = (
        members.find_declined(ctx.tx, key_of(short_enough(raw.strip()))) if isinstance(raw, str) else []
    )
    return (
        declined[0].user_id if len(declined) == 1 and not _called(ctx.tx, raw.strip()) else _member(raw, info)
    )


def _few(parts: list[str]) -> list[str]:
    """As many as people may be named at once."""
    if len(parts) > MOST_PEOPLE:
        raise Unreadable(
            de=f"Das sind zu viele auf einmal: höchstens {MOST_PEOPLE} Personen.",
            en=f"Those are too many at once: at most {MOST_PEOPLE} people.",
            code="too_large",
        )
    return parts


def _apart(ctx: Any, raw: str) -> list[str]:
    """The people one by one: between commas, and where there are semicolons between these; ids also between spaces.

    The comma of «Muster, Pia» belongs to the name: where it stands between semicolons, or the two are one person's.
    """
    if all(_MENTION.fullmatch(word.rstrip(",;")) for word in raw.split()):
        return raw.split()
    found: list[str] = []
    for piece in _few(raw.split(";")):
        parts = _BETWEEN.split(piece)
        found += [piece] if len(parts) > 1 and _is_one(ctx, piece, parts, among=";" in raw) else parts
    return found


def names_several(text: str) -> bool:
    """Does the text set several apart?"""
    return _BETWEEN.search(text) is not None or ";" in text


def _is_one(ctx: Any, piece: str, parts: list[str], *, among: bool) -> bool:
    """Is this one person's name, comma and all?"""
    if len(piece) > LONGEST_NAME:
        return False
    near = _called(ctx.tx, piece.strip()) or _alike(ctx, piece)
    if among:
        return bool(near)
    return len(_in_full(piece, near)) == 1 and not all(_called(ctx.tx, part.strip()) for part in parts)


def _members(raw: Any, info: ValidationInfo, one_of: Callable[[Any, ValidationInfo], Any] = _member) -> Any:
    """Several people: see `_apart`."""
    if not isinstance(raw, str):
        return raw
    found: list[str] = []
    unclear: dict[str, Member] = {}
    for part in _few(_apart(info.context, raw)):
        if one := part.strip().rstrip(",;"):
            try:
                found.append(one_of(one, info))
            except Unclear as problem:
                unclear |= problem.meant
    if unclear:
        raise Unclear(*next(iter(unclear.items())), others=unclear, whole=" ".join(raw.split()))
    return tuple(dict.fromkeys(found))


Applicant = Annotated[str, BeforeValidator(_applicant), Place("line"), Found("person")]
"""A person as in `MemberRef`, also one whose registration was declined."""
Applicants = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda raw, info: _members(raw, info, _applicant)),
    Place("line"),
    Found("person"),
]
"""Several people as in `MemberRefs`, also those whose registration was declined."""

MemberRefs = Annotated[tuple[str, ...], BeforeValidator(_members), Place("line"), Found("person")]
"""Several people, as Matrix ids: each as in `MemberRef`, separated by commas."""


EVERYBODY: Final = "*"


NOT: Final = "-"


def _there_or_not(raw: Any, info: ValidationInfo) -> Any:
    """`-Pia` is Pia, who was not there."""
    typed = raw.lstrip("-–—−").strip()
    found = _member(typed, info)
    return found if typed == raw.strip() or not typed else f"{NOT}{found}"


def _attending(raw: Any, info: ValidationInfo) -> Any:
    """`alle` is everybody, and `-` that nobody was."""
    if isinstance(raw, str) and key_of(raw) in ("alle", "all"):
        return (EVERYBODY,)
    if raw == NOT:
        return (NOT + EVERYBODY,)
    return _members(raw, info, _there_or_not)


Attending = Annotated[tuple[str, ...], BeforeValidator(_attending), Place("line"), Found("person")]
"""Several people as in `MemberRefs`, or `EVERYBODY`; those that begin with `NOT` were not there."""

# In a field beside other people, or where a name in a sentence more likely means somebody else: no sentence fills it.
FieldMember = Annotated[str, BeforeValidator(_member), Place("line")]
"""A person as in `MemberRef`."""
FieldAttending = Annotated[tuple[str, ...], BeforeValidator(_attending), Place("line")]
"""Several people as in `Attending`."""
