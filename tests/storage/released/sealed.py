"""A bot in an encrypted room, for a moment: its store has a login, devices, sessions and what could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.storage.released.days import KORA, MONI
from tests.support.malformed import MEGOLM
from tests.support.sealed_bot import town

OFFICE: Final = "!office:localhost"


async def play(folder: Path) -> str:
    """What people say there is answered, but one without its key; one key is withheld. The URL."""
    async with town(folder, {OFFICE: [KORA, MONI]}, KORA, MONI) as there:
        await there.asks(MONI, OFFICE, "!hilfe idee")
        await there.asks(KORA, OFFICE, "!status")
        bare = there.event(MONI, "m.room.message", {"msgtype": "m.text", "body": "!status"})
        await there.hears(OFFICE, [bare])
        lost = {
            "algorithm": MEGOLM,
            "session_id": "lost",
            "ciphertext": "x",
            "device_id": "P",
            "sender_key": "k",
        }
        await there.hears(OFFICE, [there.event(MONI, "m.room.encrypted", lost)])
        kept_back = {"algorithm": MEGOLM, "room_id": OFFICE, "session_id": "kept back", "sender_key": "k"}
        event = {
            "type": "m.room_key.withheld",
            "sender": MONI,
            "content": kept_back | {"code": "m.unverified"},
        }
        await there.server.tell({"to_device": {"events": [event]}})
        return there.database
