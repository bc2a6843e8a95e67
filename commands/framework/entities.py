"""What a sentence names: things by their number, dates, people by Matrix id, links; and what is left of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from commands import dates
from commands.framework.declarations import LETTERS

FULL: Final = (
    4  # letters of a month, a day or a unit; shorter ones are other words as well: «so», «do», «mar»
)

_REFERENCE: Final = re.compile(r"(?<![\w#])(?:#?([A-Za-z])#?|([A-Z]) )([0-9]{1,9})(?![\w.:])(?!\.[0-9])")
_LINK: Final = re.compile(r"https?://[^\s<>\"«»]*[^\s<>\"«».,;:!?)]", re.IGNORECASE)
_PERSON: Final = re.compile(r"@[^\s:]+:[^\s,;?!]+[^\s,;?!.]")


@dataclass(frozen=True)
class Entities:
    """`refs`: letter and number, in order; `rest`: the text without all of these."""

    refs: tuple[tuple[str, int], ...]
    dates: tuple[str, ...]
    people: tuple[str, ...]
    rest: str
    links: tuple[str, ...] = ()


def find(text: str) -> Entities:
    """What the text names; read with single spaces."""
    text = " ".join(text.split())
    links = tuple(_LINK.findall(text)) if "://" in text else ()
    text = _LINK.sub(" ", text) if links else text
    people = tuple(_PERSON.findall(text))
    text = _PERSON.sub(" ", text) if people else text
    refs: list[tuple[str, int]] = []

    def take(match: re.Match[str]) -> str:
        letter = (match[1] or match[2]).upper()
        if letter not in LETTERS:
            return match[0]
        refs.append((letter, int(match[3])))
        return " "

    text = _REFERENCE.sub(take, text)
    found, rest = dates.mentioned(text)
    return Entities(tuple(dict.fromkeys(refs)), tuple(found), people, rest, links)
