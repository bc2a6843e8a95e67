"""What stands in minutes: the lines that are agreements, and all the rest."""

from __future__ import annotations

import re
from typing import Final

_AGREED: Final = re.compile(
    r"\s*(?:(?:[-*•–]|[0-9]{1,3}[.)])\s*)?[*_]{0,3}(?:Vereinbarung|Agreement)(?:en|s)?[*_]{0,3}\s*:[*_]{0,3}\s*(.*)",
    re.IGNORECASE,
)
_LOOSE: Final = re.compile(  # without the colon, where it says who or until when
    r"\s*(?:(?:[-*•–]|[0-9]{1,3}[.)])\s*)?(?:Vereinbarung|Agreement)\s+(.*\s(?:wer|who|bis|until)\s*:.*)",
    re.IGNORECASE,
)
DETAIL: Final = re.compile(r"(?:\s*\|\s*|(?:^|\s+))(wer|who|bis|until)\s*:\s*", re.IGNORECASE)


def parted(text: str) -> tuple[list[str], str]:
    """The agreements, each as one line with what is said of it below, and the text without them."""
    agreements: list[str] = []
    rest: list[str] = []
    follows = False
    for line in text.split("\n"):
        match = _AGREED.match(line) or _LOOSE.match(line)
        if match is not None:
            agreements.append(match[1].strip())
            follows = True
        elif follows and (detail := DETAIL.match(line)) is not None and detail.start() == 0:
            agreements[-1] += f" | {line.strip()}"
        else:
            rest.append(line)
            follows = False
    return [line for line in agreements if line], "\n".join(rest).strip()
