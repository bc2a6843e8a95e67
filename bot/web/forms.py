"""The form of who would like to take part: as it is shown, and as it comes back.

Its stamp says when it was shown, signed, so that no robot can make one; a form that is sent twice has the same.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from commands.framework import Context
from commands.members.applying import Form, municipality_of

SOONEST: Final = timedelta(seconds=3)  # nobody fills it in faster
LATEST: Final = timedelta(days=1)
AN_HOUR: Final = 3600.0
BY_ONE, BY_ALL, MOST_CLIENTS = 5, 60, 10_000
TRAP: Final = "website"  # a field that people do not see
LONGEST: Final = {
    "name": 100,
    "municipality": 100,
    "function": 200,
    "contact": 200,
    "knowhow": 500,
    "interests": 500,
}
_MATRIX_ID: Final = re.compile(r"@[!-9;-~]+:[A-Za-z0-9.-]+(:\d{1,5})?")
_MAIL: Final = re.compile(r"[^\s@<>\"(),:;]+@[\w-]+(\.[\w-]+)+")
_STAMP: Final = re.compile(r"(\d{1,12})\.([0-9a-f]{16})\.([0-9a-f]{64})")


@dataclass
class Desk:
    """Where forms are handed in; closed where the bot does not run, or another one leads."""

    key: bytes = b""
    take: Callable[[Form], Awaitable[None]] | None = None

    def open(self, key: bytes, take: Callable[[Form], Awaitable[None]]) -> None:
        self.key, self.take = hmac.digest(key, b"the stamp of forms", "sha256"), take

    def close(self) -> None:
        self.take = None

    def stamp(self, now: datetime) -> str:
        said = f"{int(now.timestamp())}.{secrets.token_hex(8)}"
        return f"{said}.{self._sign(said)}"

    def shown_at(self, stamp: str) -> float | None:
        """When the form with this stamp was shown; None where this bot has not made it."""
        found = _STAMP.fullmatch(stamp)
        if found is None or not hmac.compare_digest(self._sign(f"{found[1]}.{found[2]}"), found[3]):
            return None
        return float(found[1])

    def _sign(self, said: str) -> str:
        return hmac.digest(self.key, said.encode(), hashlib.sha256).hex()


class Hours:
    """So many forms an hour from one address, and from all together."""

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._of: OrderedDict[str, deque[float]] = OrderedDict()

    def takes(self, client: str, at: float) -> bool:
        own = self._of.pop(client, None) or deque()
        for times in (self._all, own):
            while times and times[0] <= at - AN_HOUR:
                times.popleft()
        fits = len(own) < BY_ONE and len(self._all) < BY_ALL
        if fits:
            own.append(at)
            self._all.append(at)
        if own:
            self._of[client] = own
        if len(self._of) > MOST_CLIENTS:
            self._of.popitem(last=False)
        return fits


@dataclass(frozen=True)
class Read:
    """What came: the form, or by field what is to be put right.

    `stamp`: what it was sent with, where that is good for another time. `robot`: no person has sent it.
    """

    values: Mapping[str, str]
    stamp: str = ""
    form: Form | None = None
    wrong: Mapping[str, tuple[str, str]] | None = None  # German and English
    robot: bool = False


WRONG: Final = 422
AGAIN: Final = {  # why the form is shown again, by the status
    422: ("Bitte sehen Sie diese Angaben noch einmal durch:", "Please look through these answers once more:"),
    429: (
        "Es kamen gerade viele Anmeldungen. Bitte senden Sie das Formular in einer Stunde noch einmal ab.",
        "Many registrations have come just now. Please send the form once more in an hour.",
    ),
    503: (
        "Das hat gerade nicht geklappt. Bitte senden Sie das Formular gleich noch einmal ab.",
        "This did not work right now. Please send the form once more in a moment.",
    ),
}
WAIT: Final = {429: int(AN_HOUR), 503: 5}  # seconds
_MISSING: Final = {
    "name": ("Wie heissen Sie?", "What is your name?"),
    "municipality": ("Bei welcher Gemeinde arbeiten Sie?", "Which municipality do you work for?"),
    "function": ("Was ist dort Ihre Aufgabe?", "What do you do there?"),
    "contact": (
        "Wohin können wir Ihnen antworten? Zum Beispiel: name@gemeinde.ch",
        "Where can we answer you? For example: name@gemeinde.ch",
    ),
}


def read(ctx: Context, desk: Desk, fields: Mapping[str, str], language: str) -> Read:
    values = {name: " ".join(fields.get(name, "").split())[:most] for name, most in LONGEST.items()}
    wrong = {name: says for name, says in _MISSING.items() if not any(map(str.isalnum, values[name]))}
    municipality, near = municipality_of(ctx, values["municipality"])
    if "municipality" not in wrong and municipality is None:
        wrong["municipality"] = (
            (
                f"Diese Gemeinde kennen wir nicht. Meinten Sie {near}?",
                f"We don't know it. Did you mean {near}?",
            )
            if near
            else ("Bitte eine Baselbieter Gemeinde.", "Please name a municipality of Basel-Landschaft.")
        )
    if not any(p.fullmatch(values["contact"]) for p in (_MATRIX_ID, _MAIL)):
        wrong["contact"] = _MISSING["contact"]
    stamp = fields.get("stamp", "")
    shown, now = desk.shown_at(stamp), ctx.now.timestamp()
    kept = stamp if shown is not None and now - shown <= LATEST.total_seconds() else ""
    if shown is None or not SOONEST.total_seconds() <= now - shown <= LATEST.total_seconds():
        wrong["stamp"] = (
            "Bitte senden Sie das Formular noch einmal ab.",
            "Please send the form once more.",
        )
    if fields.get(TRAP):
        return Read(values, robot=True)
    if wrong or municipality is None:
        return Read(values, kept, wrong=wrong)
    form = Form(
        stamp=hashlib.sha256(stamp.encode()).hexdigest(),
        name=values["name"],
        municipality=municipality,
        function=values["function"],
        contact=values["contact"],
        knowhow=_listed(values["knowhow"]),
        interests=_listed(values["interests"]),
        language=language,
    )
    return Read(values, kept, form=form)


def _listed(typed: str) -> tuple[str, ...]:
    parts = (part.strip()[:60] for part in re.split("[,;]", typed))
    return tuple(dict.fromkeys(part for part in parts if part))[:20]
