"""What stands anywhere in a head line and is known by its looks: how long, which mark, of which thing, on which day."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from commands import dates
from commands.framework.declarations import THINGS, Parameter

LONGEST: Final = 5  # words of a duration
BARE: Final = re.compile(r"[0-9]{1,2}(?:[.,][0-9]{1,2})?")
BEFORE: Final = frozenset({"für", "fuer", "an", "am", "im", "in", "bei", "zu", "zum", "for", "on", "at"})
REFERENCE: Final = re.compile(r"#?[A-Za-z]#?[0-9]+[,:;.]?")
MARK: Final = re.compile(
    r"(?:[-+]?[0-9]{1,3}(?:[.,][0-9]{1,2})?(?:/5)?|[0-9]\ufe0f?\u20e3|[★☆⭐\ufe0f]+)[.,:;!]*"
)
OF_FIVE: Final = (
    ("von", "5"),
    ("out", "of", "5"),
    ("/", "5"),
    ("sterne",),
    ("sternen",),
    ("stars",),
    ("punkte",),
)
AT: Final = re.compile(r"(?:am|an|on|vom|den|dem|of) $", re.IGNORECASE)


def duration_in(words: list[str]) -> tuple[int, int] | None:
    """Where the first duration stands among the words, and how many of them say it; the longest there."""
    for first in range(len(words)):
        for count in range(min(LONGEST, len(words) - first), 0, -1):
            if _is_duration(" ".join(words[first : first + count])):
                return first, count
    return None


def _is_duration(text: str) -> bool:
    try:
        dates.read_duration(text.rstrip(",;:…"))
    except dates.DateRefused:
        return False
    return True


def take_duration(words: list[str]) -> str:
    """The duration, which the words are without from now on; a number before all or behind the reference is one too."""
    found = duration_in(words)
    if found is None:
        first = next((n for n, word in enumerate(words[:2]) if BARE.fullmatch(word)), None)
        if first is None or (first == 1 and not re.fullmatch(r"#?[A-Za-z]#?[0-9]+", words[0])):
            return ""
        found = first, 1
    first, count = found
    said = " ".join(words[first : first + count]).rstrip(",;:")
    del words[first : first + count]
    return said


def take_mark(words: list[str], *, of_thing: bool) -> str:
    """The mark, which the words are without from now on: the first of them beside the thing's, or the last one.

    `of_thing`: a number that stands alone is the thing's, where its letter is named nowhere.
    """
    named = [n for n, word in enumerate(words) if REFERENCE.fullmatch(word)]
    others = [n for n in range(len(words)) if n not in named[:1]]
    marks = [n for n in others if MARK.fullmatch(words[n])]
    if of_thing and not named and words and words[0].strip("#,:;.").isdigit():
        others, marks = others[1:], [n for n in marks if n > 0]
    at = next((n for n in marks if n in (others[0], others[-1]) or _of_five(words, n + 1)), None)
    if at is None:
        return ""
    said = words[at].rstrip(",;:!")
    del words[at : at + 1 + _of_five(words, at + 1)]
    return said


def _of_five(words: list[str], first: int) -> int:
    """How many words from here on say of how many: «von 5», «Sterne»."""
    said = [word.casefold().strip(",;:.!") for word in words[first : first + 3]]
    return next((len(one) for one in OF_FIVE if tuple(said[: len(one)]) == one), 0)


def put_first(words: list[str], kind: str) -> None:
    """The thing of this kind that is named by letter and number stands before all other words."""
    letter = THINGS[kind].letter if kind in THINGS else ""
    at = next(
        (
            n
            for n, word in enumerate(words)
            if re.fullmatch(rf"#?{letter}#?[0-9]+[,:;.]?", word, re.IGNORECASE)
        ),
        None,
    )
    if not letter or at is None:
        return
    reference = words.pop(at).rstrip(",:;.")
    if at and words[at - 1].casefold() in BEFORE:
        words.pop(at - 1)
    words.insert(0, reference)


def take_day(words: list[str], parameter: Parameter, reads: Callable[[Parameter, str], bool]) -> str:
    """The day with which the words begin or end, and which they are without from now on."""
    text = " ".join(words)
    for said in dates.mentioned(text)[0]:
        if not reads(parameter, said):
            continue
        before, _, after = text.partition(said)
        before = AT.sub("", before)
        if not before.strip() or not after.strip(" .,;:"):
            words[:] = f"{before} {after.lstrip(' .,;:')}".split()
            return said
    return ""
