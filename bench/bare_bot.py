"""The barest bot there can be: raw HTTP, no store, no roles.

The bot is compared with it: what a command costs here, it costs everybody. It answers each `!…` with the same
words and forgets everything else: each room's messages in their order, all rooms at once, and it asks what is new
again without waiting for that. Started by the measurements with the address and the Matrix id as arguments
and the access token in BENCH_TOKEN.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import defaultdict
from urllib.parse import quote

import aiohttp

# Without it Synapse hands out ten messages a room and leaves out the rest: a burst would be lost.
FILTER = json.dumps({"room": {"timeline": {"limit": 100}}})
ANSWER = {
    "msgtype": "m.text",
    "body": "Ihre Stimme für I1 zählt.",
    "format": "org.matrix.custom.html",
    "formatted_body": "Ihre Stimme für <b>I1</b> zählt.",
}


async def main(url: str, user_id: str) -> None:
    headers = {"Authorization": f"Bearer {os.environ['BENCH_TOKEN']}"}
    rooms: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # who waits is served in order
    async with aiohttp.ClientSession(url, headers=headers) as session, asyncio.TaskGroup() as replies:
        parameters = {"filter": FILTER, "timeout": "0"}
        while True:
            async with session.get("/_matrix/client/v3/sync", params=parameters) as response:
                answer = await response.json()
            if "since" in parameters:  # what was said before the start is not answered
                for room, news in answer.get("rooms", {}).get("join", {}).items():
                    for event in news["timeline"]["events"]:
                        if event["sender"] != user_id and event["content"].get("body", "").startswith("!"):
                            replies.create_task(reply(session, rooms[room], room, event["event_id"]))
            else:
                print(json.dumps({"message": "ready"}), flush=True)
            parameters |= {"since": answer["next_batch"], "timeout": "30000"}


async def reply(session: aiohttp.ClientSession, turn: asyncio.Lock, room: str, event_id: str) -> None:
    content = ANSWER | {"m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}
    path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/{quote(event_id)}"
    async with turn, session.put(path, json=content) as response:
        response.raise_for_status()
        await response.read()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
