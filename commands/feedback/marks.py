"""Marks from 1 to 5, as people and tables write them."""

from __future__ import annotations

import re
from typing import Final

_SIGNS: Final = re.compile(r"[\ufe0f\u20e3]")
_STARS: Final = re.compile(r"([★⭐]+)☆*")
_FIGURE: Final = re.compile(r"([0-9]{1,2})(?:[.,]0+)?(?:\s*(?:/|von|out of)\s*5)?", re.IGNORECASE)


def mark_in(text: str) -> int | None:
    """`4`, `4.0`, `4/5`, `4 von 5`, `4️⃣` and `★★★★` are 4; it may be none of the five. None where it is no figure."""
    typed = _SIGNS.sub("", text).strip(" .,:;!")
    if stars := _STARS.fullmatch(typed):
        return len(stars[1])
    found = _FIGURE.fullmatch(typed)
    return int(found[1]) if found else None
