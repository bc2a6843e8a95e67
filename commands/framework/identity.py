"""Which thing something is about: by kind and number here, by reference for people, other programs and the journal.

A part of a thing has the reference of the whole: the group P3 and the work products of P3 are parts of the process P3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.framework.declarations import LETTERS, THINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

About = tuple[str, int | str]  # kind and number; a member by Matrix id, a municipality by name
_PARTS = 10  # see `Thing.parts`


def split(about: About) -> tuple[str, str]:
    """The reference of the whole thing, and which part of it is meant: `P3` and `product/profile`."""
    kind, number = about
    thing = THINGS.get(kind)
    if thing is None:
        return str(number), ""
    if not thing.within:
        return f"{thing.letter}{number}", ""
    letter = THINGS[thing.within].letter
    if not thing.parts:
        return f"{letter}{number}", kind
    return f"{letter}{int(number) // _PARTS}", f"{kind}/{thing.parts[int(number) % _PARTS]}"


def ref_of(about: About | None) -> str | None:
    """The reference by which people and other programs call the whole thing."""
    return split(about)[0] if about is not None else None


def part_of(about: About | None) -> dict[str, Any]:
    """The fields by which a message tells other programs what it is about."""
    if about is None:
        return {}
    ref, part = split(about)
    kind, _, code = part.partition("/")
    return {"ref": ref} | ({kind: code} if code else {})


def about_in(told: Mapping[str, Any]) -> About | None:
    """The thing that a message is about, read from its part for other programs."""
    ref = str(told.get("ref") or "")
    whole = LETTERS.get(ref[:1])
    if whole is None or not ref[1:].isdecimal():
        return ("member" if ref.startswith("@") else str(told.get("type")), ref) if ref else None
    number = int(ref[1:])
    for thing in THINGS.values():
        if thing.within == whole.kind:
            if told.get(thing.kind) in thing.parts:
                return thing.kind, number * _PARTS + thing.parts.index(told[thing.kind])
            if told.get("type") == thing.kind and not thing.parts:
                return thing.kind, number
    return whole.kind, number
