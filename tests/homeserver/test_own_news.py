"""Synapse tells others' news without the bot's own, and what was done in the bot's name when it is asked for that."""

from __future__ import annotations

from typing import Any

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from bot.matrix.asking import LINGERS, Asking
from bot.matrix.transport import Transport


def told(answer: dict[str, Any]) -> dict[str, tuple[list[str], list[str]]]:
    """By room: what was said, and the kinds of state."""
    rooms = answer.get("rooms", {}).get("join", {})
    parts = [
        (room, *(news.get(part, {}).get("events", []) for part in ("timeline", "state")))
        for room, news in rooms.items()
    ]
    return {
        room: ([e["content"].get("body", e["type"]) for e in said], sorted({e["type"] for e in state}))
        for room, said, state in parts
    }


async def test_only_others_and_afterwards_what_was_missed(people: People, homeserver: Homeserver) -> None:
    pia, bot = await people.add("pia"), await people.add("bot")
    hall, other = [await pia.create_room(name, invite=[bot.user_id]) for name in ("hall", "other")]
    for room in (hall, other):
        await pia.set_power_levels(room, {bot.user_id: 100})
        await bot.join(room)
    now = [0.0]
    transport = Transport(homeserver.url)
    transport.use(user_id=bot.user_id, device_id=bot.device_id, access_token=bot.access_token)
    try:
        asking = Asking(transport, clock=lambda: now[0])
        token = (await asking.first(None, whole=False))["next_batch"]
        now[0] += LINGERS + 1
        await transport.send(hall, "m.room.message", "t1", {"msgtype": "m.text", "body": "the bot's"})
        await bot.set_state(other, "m.room.name", {"name": "by pi-bot setup"})
        await pia.say(hall, "Pia's")
        answer = await asking.news(token, timeout=10_000, quietly=asking.may_be_quiet())
        assert told(answer) == {hall: (["Pia's"], [])}

        after = answer["next_batch"]
        missed = await asking.news(after, timeout=10_000, quietly=False)
        assert missed["next_batch"] == after
        assert list(told(missed)) == [other]
        [name] = [e for e in missed["rooms"]["join"][other]["state"]["events"] if e["type"] == "m.room.name"]
        assert name["content"] == {"name": "by pi-bot setup"}

        await transport.set_state(other, "m.room.topic", {"topic": "the bot's"})
        assert not asking.may_be_quiet()
        heard = await asking.news(after, timeout=10_000, quietly=False)
        assert told(heard) == {other: (["m.room.topic"], [])}
    finally:
        await transport.close()
