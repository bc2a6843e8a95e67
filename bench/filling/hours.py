"""Hours that people have entered, in the last year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench.filling.people import NOW, PAGE, Size, user


def hours_of(size: Size) -> Iterator[dict[str, Any]]:
    """Twelve of the first member, the rest of the others, all for processes that there are."""
    for n in range(1, size.hours + 1):
        at = NOW - timedelta(hours=n % 8_000 + 24)
        who = 0 if n <= PAGE else 1 + n % (size.members - 1)
        yield {
            "id": n,
            "user_id": user(who),
            "municipality": "Aesch",
            "process": n % size.processes + 1,
            "meeting": None,
            "minutes": 30 * (n % 8 + 1),
            "on_day": at.date(),
            "what": "Formular getestet",
            "state": "entered",
            "carrier": f"$hours{n}",
            "entered_at": at,
            "entered_after": 0,
            "withdrawn_after": None,
        }
