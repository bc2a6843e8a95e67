"""A store put back to what it was: what was said since is carried out again, and nothing is said a second time."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import People, Person
from tests.homeserver.bots import ROOT, BotProcess
from tests.homeserver.stage import answered, bot_of, edits, entered, machine, new_account, store_of
from tests.homeserver.test_catch_up import votes_are

SETTLED = 3.0  # seconds: gathered edits are made after one


async def pi_bot(bot: BotProcess, *arguments: object) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *map(str, arguments), "-c", str(bot.config), cwd=ROOT
    )
    assert await process.wait() == 0


async def own_events(reader: Person, bot: BotProcess, room: str) -> list[Any]:
    """All that the bot has sent into the room, edits and reactions included."""
    return [
        (e["type"], e["event_id"])
        for e in await reader.messages(room)
        if e["sender"] == bot.account.user_id and "state_key" not in e
    ]


async def forget_transactions(homeserver: Homeserver) -> None:
    """As Synapse does after a day."""
    await homeserver.stop()
    [file] = homeserver.directory.glob("*.db")
    with sqlite3.connect(file) as synapse:
        synapse.execute("DELETE FROM event_txn_id_device_id")
    synapse.close()
    await homeserver.start()


@pytest.mark.parametrize("how", ["same device", "new device", "forgotten", "empty"])
async def test_nothing_is_said_twice_and_no_vote_is_lost(tmp_path: Path, how: str) -> None:  # noqa: PLR0915
    async with (
        Homeserver(tmp_path / "synapse", rate_limits="off") as homeserver,
        People(homeserver) as people,
    ):
        pia, urs, kora = [await people.add(name) for name in ("pia", "urs", "kora")]
        account = await new_account(homeserver)
        ideas = await pia.create_room("Ideen", invite=[urs.user_id, kora.user_id, account.user_id])
        bot = bot_of(homeserver, account, tmp_path / "bot", [pia, urs, kora], rooms={"ideas": ideas})
        async with bot:
            await bot.start()
            await entered(pia, ideas, account.user_id)
            direct = await pia.direct_with(account.user_id)
            await pia.ask(ideas, "!idee neu Umzug")
            await asyncio.sleep(SETTLED)
            await pi_bot(bot, "backup", tmp_path / "copy")

            first = await pia.ask(ideas, "!idee neu Hundesteuer\ntrotzdem: ja")
            second = await urs.ask(ideas, "!idee neu Parkkarte\ntrotzdem: ja")
            assert [machine(first)["ref"], machine(second)["ref"]] == ["I2", "I3"]
            await urs.react(ideas, first["event_id"], "👍")
            await kora.react(ideas, first["event_id"], "👍")
            await kora.react(ideas, second["event_id"], "👎")
            await votes_are(pia, first["event_id"], {"for": 2, "against": 0, "neutral": 0})
            changed = await pia.say(ideas, "!idee ändern I2 text: im Netz")
            told = await kora.say(ideas, "!idee annehmen I3 wird gebraucht")
            private = await pia.say(direct, "idee neu Bewilligung für Feste\ntrotzdem: ja")
            file = await pia.say(direct, "datenschutz auskunft")
            await answered(pia, [changed, private, file])
            await answered(kora, [told])
            await asyncio.gather(*(urs.say(ideas, f"Satz {number}") for number in range(120)))
            await asyncio.sleep(SETTLED)
            readers = {ideas: pia, direct: pia}
            before = {room: await own_events(reader, bot, room) for room, reader in readers.items()}
            assert await bot.stop() == 0

            if how == "empty":
                bot.database.unlink()
            else:
                await pi_bot(bot, "restore", tmp_path / "copy")
            if how in ("new device", "empty"):
                (bot.directory / "session.json").unlink()
            if how == "forgotten":
                await forget_transactions(homeserver)
            for seconds in (12, 3):
                await bot.start()
                await asyncio.sleep(seconds)  # every job has had its tick
                assert await bot.stop() == 0
                after = {room: await own_events(reader, bot, room) for room, reader in readers.items()}
                assert after == before
            async with store_of(bot) as store:
                votes = store.execute("SELECT idea_id, value, count(*) FROM votes GROUP BY idea_id, value")
                assert sorted(votes) == [(2, "for", 2), (3, "against", 1)]
                cards = dict(store.execute("SELECT number, event_id FROM cards WHERE kind = 'idea'"))
                assert (cards["2"], cards["3"]) == (first["event_id"], second["event_id"])
                [(pending,)] = store.execute("SELECT count(*) FROM outbox WHERE state = 'pending'")
                assert pending == 0

            await bot.start()
            await pia.react(ideas, first["event_id"], "👍")
            await votes_are(pia, first["event_id"], {"for": 3, "against": 0, "neutral": 0})
            assert machine(await pia.ask(ideas, "!idee neu Fundbüro\ntrotzdem: ja"))["ref"] == "I5"
            assert not [
                e for e in await pia.messages(ideas) if edits(e) and machine(e).get("type") == "error"
            ]
            assert await bot.stop() == 0
            assert bot.errors() == []
