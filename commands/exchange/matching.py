"""What fits together: an offer and a need of different municipalities, by tags and by stems of words.

One tag in common is enough, or two stems of the titles, or three of all that they say. Each is a key of an index that
weighs as much as it says; two title stems together are one key, so that no common word has to be looked through. Of a
pair that fits, each side is told once, whatever becomes of it later.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import Final

from commands.framework import Context
from commands.ideas import stems_of
from commands.stems import stem_of
from commands.words import key_of
from storage import exchange as stored
from storage.exchange import ENOUGH, Match, Posting

TAGS: Final = 15  # that count
OF_TITLE: Final = 6  # stems of a title that count, the longest
OF_ALL: Final = 30
READ: Final = 1000  # characters of the text that are looked at


def tag_key(tag: str) -> str:
    """The key of all forms of a tag: Umzug and Umzüge are one."""
    return f"#{' '.join(_root(stem_of(word)) for word in key_of(tag).split())}#"


@lru_cache(8192)
def _root(stem: str) -> str:
    """The stem, cut once more: of Kurse it is «kurs», of Kurs «kur»; so both are one."""
    return stem_of(stem)


def keys_of(posting: Posting) -> dict[str, int]:
    """By what it fits others, with what each weighs."""
    title = sorted(set(map(_root, stems_of(posting.title))), key=len, reverse=True)[:OF_TITLE]
    said = " ".join((posting.title, *posting.tags, posting.text[:READ]))
    return (
        {tag_key(tag): ENOUGH for tag in posting.tags[:TAGS]}
        | {" ".join(pair): ENOUGH for pair in combinations(sorted(title), 2)}
        | {f".{_root(stem)}": 1 for stem in stems_of(said, most=OF_ALL)}
    )


def refresh(ctx: Context, posting: Posting) -> None:
    """It fits what it fits as it is now, and who does not know that yet is told; what is not open fits nothing."""
    keys = keys_of(posting) if posting.state == "open" else {}
    stored.set_keys(ctx.tx, posting, keys)
    found = set(_found(ctx, posting, list(keys)))
    known = {_other(match, posting): match for match in stored.matches_of(ctx.tx, posting.id)}
    for other, match in known.items():
        if match.fits != (other in found):
            stored.set_fits(ctx.tx, match, other in found)
    for other in sorted(found):
        if other not in known:
            stored.add_match(ctx.tx, **_pair(posting, other))
        _tell(ctx, posting, other, known.get(other))


def _found(ctx: Context, posting: Posting, keys: list[str]) -> list[int]:
    """The numbers of what others need, or offer, that fits."""
    if not keys:
        return []
    kind = "need" if posting.kind == "offer" else "offer"
    found = stored.fitting(ctx.tx, kind=kind, town=posting.municipality, keys=keys)
    own = {one.id for one in stored.list_open_of(ctx.tx, posting.author)}
    return [number for number in found if number not in own]


def _tell(ctx: Context, posting: Posting, other: int, known: Match | None) -> None:
    """Who does not know of the match is told (see `told`); who is at it reads it in the answer."""
    across, pair = stored.find(ctx.tx, other), _pair(posting, other)
    assert across is not None
    for one in (posting, across):
        if known is not None and (known.offer_told if one.kind == "offer" else known.need_told):
            continue
        if one.author == ctx.me.user_id:
            stored.set_told(ctx.tx, **pair, side=one.kind)
        ctx.tell(one.author, "exchange", before={}, offer=pair["offer"], need=pair["need"])


def _pair(posting: Posting, other: int) -> dict[str, int]:
    offer, need = (posting.id, other) if posting.kind == "offer" else (other, posting.id)
    return {"offer": offer, "need": need}


def _other(match: Match, posting: Posting) -> int:
    return match.need if posting.kind == "offer" else match.offer


def fitting_now(ctx: Context, posting: Posting) -> list[int]:
    """The numbers of what fits it as things stand, the oldest first."""
    return sorted(_other(one, posting) for one in stored.matches_of(ctx.tx, posting.id) if one.fits)
