"""What a bot costs the homeserver: the requests in its log, and its CPU."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from bench.processes import cpu_of
from bot.demo.homeserver import Homeserver

_REQUEST: Final = re.compile(r"\{(@[^}]+)\} Processed request: .* \"[A-Z]+ /_matrix/client/v3/([^ ?\"]+)")


class Asked:
    """All that has happened at the homeserver since this was made."""

    def __init__(self, server: Homeserver) -> None:
        self._server = server
        self._mark, self._cpu = server.log.stat().st_size, cpu_of(server.pid)

    def cpu(self) -> float:
        """Seconds of CPU that the homeserver has used."""
        return cpu_of(self._server.pid) - self._cpu

    def by(self, user: str) -> Counter[str]:
        """What this account has asked and was answered, by path."""
        with self._server.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._mark)
            found = _REQUEST.findall(log.read())
        paths = (re.sub(r"^rooms/[^/]+/", "", path) for who, path in found if who == user)
        return Counter(path if path.startswith("keys/") else path.partition("/")[0] for path in paths)
