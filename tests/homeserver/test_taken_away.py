"""What is taken from the bot on a real homeserver, and given back: a room, the right to write, the session."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, People, Person
from tests.homeserver.nio_peer import peer_of
from tests.homeserver.stage import bot_of, edits, entered, machine, new_account


def refs(said: list[Event]) -> list[str]:
    return [ref for e in said if not edits(e) and (ref := machine(e).get("ref"))]


async def test_out_of_a_room_and_without_rights_in_it(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    kora = await people.add("kora")
    account = await new_account(homeserver)
    ideas = await kora.create_room("Ideen", invite=[account.user_id])
    async with bot_of(homeserver, account, tmp_path, [kora], rooms={"ideas": ideas}, encryption="off") as bot:
        await bot.start()
        await entered(kora, ideas, account.user_id)
        chat = await kora.direct_with(account.user_id)

        async def told(what: str) -> None:
            await kora.wait_for(lambda e: what in str(e["content"].get("body", "")), room=chat)

        async def cards(*expected: str) -> None:
            async with asyncio.timeout(30):
                while refs(await kora.messages(ideas)) != list(expected):
                    await asyncio.sleep(0.1)

        await kora.ask(chat, "!idee neu Erste Idee")
        await cards("I1")
        await kora.set_power_levels(ideas, {}, events_default=50)
        await told("ich habe nicht das Recht, dort zu schreiben")
        for name in ("Zweite", "Dritte"):
            await kora.ask(chat, f"!idee neu {name} Idee")
        await bot.has_logged("takes no messages")
        await kora.set_power_levels(ideas, {account.user_id: 50})
        await told("ich darf dort wieder schreiben")
        await cards("I1", "I2", "I3")

        await kora.kick(ideas, account.user_id)
        await told("ich bin nicht mehr dabei")
        for name in ("Vierte", "Fünfte"):
            await kora.ask(chat, f"!idee neu {name} Idee")
        await bot.has_logged("takes no messages", times=2)
        await bot.kill()
        await bot.start()
        await kora.ask(chat, "!idee neu Sechste Idee")
        await kora.invite(ideas, account.user_id)
        await told("ich bin wieder dabei")
        await cards("I1", "I2", "I3", "I4", "I5", "I6")
        assert bot.lines("given up") == []
        assert await bot.stop() == 0
        assert bot.errors() == []


@pytest.mark.parametrize("how", ["while it runs", "while it is away"])
async def test_its_session_is_ended(people: People, homeserver: Homeserver, tmp_path: Path, how: str) -> None:
    """Its device is gone with it: the bot comes back as the same device, with the same keys, and reads on."""
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    settings: dict[str, Any] = {"encryption": "on", "encryption_devices": "all", "moderators": [vic.user_id]}
    async with (
        bot_of(homeserver, account, tmp_path / "bot", [kora], **settings) as bot,
        peer_of(homeserver, vic, tmp_path / "vic") as peer,
    ):
        await bot.start()
        room = await peer.create_room(None, [account.user_id])
        await peer.until(lambda: peer.sees(account.user_id, room))
        first = await peer.answer(room, "status")
        assert first.decrypted
        if how == "while it is away":
            assert await bot.stop() == 0
        async with await Person.login(homeserver.url, account.user_id, account.password) as other:
            await other.request("POST", "v3/logout/all", {})
        if how == "while it is away":
            await bot.start()
        else:
            await bot.has_logged("ready", times=2)
        [over] = bot.lines("the session is over: logging in again")
        assert over["reason"] == "M_UNKNOWN_TOKEN"
        then = await peer.answer(room, "status")
        assert then.decrypted
        assert peer.unread == []
        assert len({line["device_id"] for line in bot.lines("ready")}) == 1
        _, said = await bot.command("check")
        assert "✓ device" in said
        assert await bot.stop() == 0
        assert bot.errors() == []
