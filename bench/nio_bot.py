"""The barest bot on matrix-nio, as its documentation shows it: its sync loop, a callback, `room_send`.

No store, no roles; it answers each `!…` with the same words. Started as `bare_bot.py` is.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from nio import AsyncClient, AsyncClientConfig, MatrixRoom, RoomMessageText

from bench.bare_bot import ANSWER


async def main(url: str, user_id: str) -> None:
    client = AsyncClient(url, user_id, config=AsyncClientConfig(encryption_enabled=False))
    client.user_id, client.access_token = user_id, os.environ["BENCH_TOKEN"]
    sync_filter = {"room": {"timeline": {"limit": 100}}}
    await client.sync(timeout=0, sync_filter=sync_filter)

    async def answer(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender != user_id and event.body.startswith("!"):
            content = ANSWER | {"m.relates_to": {"m.in_reply_to": {"event_id": event.event_id}}}
            await client.room_send(room.room_id, "m.room.message", content)

    client.add_event_callback(answer, RoomMessageText)
    print(json.dumps({"message": "ready"}), flush=True)
    await client.sync_forever(timeout=30_000, sync_filter=sync_filter)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
