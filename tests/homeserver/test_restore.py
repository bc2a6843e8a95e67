"""A store put back to what it was: what was said since is carried out again, and nothing is said a second time."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.demo.homeserver import Homeserver
from bot.demo.people import People, Person
from tests.homeserver.bots import ROOT, BotProcess
from tests.homeserver.stage import answered, bot_of, edits, entered, machine, new_account, store_of
from tests.homeserver.test_catch_up import votes_are

QUICK = (str(Path(__file__).with_name("quick_bot.py")),)


async def settled(bot: BotProcess) -> None:
    """The running bot has nothing to send, and no card to edit."""
    store = sqlite3.connect(f"{bot.database.as_uri()}?mode=ro", uri=True)
    busy = (
        "SELECT (SELECT count(*) FROM outbox WHERE state = 'pending') + (SELECT count(dirty_at) FROM cards)"
    )
    async with asyncio.timeout(60):
        while store.execute(busy).fetchone() != (0,):
            await asyncio.sleep(0.05)
    store.close()


async def pi_bot(bot: BotProcess, *arguments: object) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *map(str, arguments), "-c", str(bot.config), cwd=ROOT
    )
    assert await process.wait() == 0


async def own_events(bot: BotProcess, readers: Mapping[str, Person]) -> list[Any]:
    """All that the bot has sent into these rooms, edits and reactions included."""
    return [
        (room, e["type"], e["event_id"])
        for room, reader in readers.items()
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


async def put_back(bot: BotProcess, homeserver: Homeserver, copy: Path, how: str) -> None:
    """The store is as it was, or a new one; the bot has to log in anew, as the device that the store knows."""
    if how == "empty":
        bot.database.unlink()
    elif how != "as it is":
        await pi_bot(bot, "restore", copy)
    if how not in ("as it is", "empty"):
        async with store_of(bot) as store:  # the living device has gone on in it
            store.execute("DELETE FROM login")
            if how == "new device":
                store.execute("DELETE FROM facts WHERE name = 'device'")
    if how == "forgotten":
        await forget_transactions(homeserver)


async def runs_once(bot: BotProcess) -> None:
    """It has caught up, every job has had its tick, and nothing is left to send."""
    mark = len(bot.lines("all jobs ticked"))
    await bot.start()
    await bot.has_logged("all jobs ticked", times=mark + 1)
    await settled(bot)
    assert await bot.stop() == 0


async def test_nothing_is_said_twice_and_no_vote_is_lost(tmp_path: Path) -> None:
    async with (
        Homeserver(tmp_path / "synapse", rate_limits="off") as homeserver,
        People(homeserver) as people,
    ):
        pia, urs, kora = [await people.add(name) for name in ("pia", "urs", "kora")]
        account = await new_account(homeserver)
        ideas = await pia.create_room("Ideen", invite=[urs.user_id, kora.user_id, account.user_id])
        rooms = {"ideas": ideas, "news": "#nowhere:localhost"}  # of which coordinators are told, once
        bot = bot_of(
            homeserver,
            account,
            tmp_path / "bot",
            [pia, urs, kora],
            rooms=rooms,
            program=QUICK,
            encryption="off",
        )
        async with bot:
            await bot.start()
            await entered(pia, ideas, account.user_id)
            direct = await pia.direct_with(account.user_id)
            await pia.ask(ideas, "!idee neu Umzug")
            await settled(bot)
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
            await settled(bot)
            assert await bot.stop() == 0
            readers = {ideas: pia, direct: pia}
            before = await own_events(bot, readers)

            for how in ("same device", "new device", "forgotten", "empty", "as it is"):
                await put_back(bot, homeserver, tmp_path / "copy", how)
                await runs_once(bot)
                assert await own_events(bot, readers) == before, how
                async with store_of(bot) as store:
                    votes = store.execute(
                        "SELECT idea_id, value, count(*) FROM votes GROUP BY idea_id, value"
                    )
                    assert sorted(votes) == [(2, "for", 2), (3, "against", 1)], how
                    cards = dict(store.execute("SELECT number, event_id FROM cards WHERE kind = 'idea'"))
                    assert (cards["2"], cards["3"]) == (first["event_id"], second["event_id"]), how
            devices = [line["device_id"] for line in bot.lines("ready")]
            same, new, empty = devices[1], devices[2], devices[4]
            assert devices == [same, same, new, same, empty, empty]
            assert len({same, new, empty}) == 3

            await bot.start()
            await pia.react(ideas, first["event_id"], "👍")
            await votes_are(pia, first["event_id"], {"for": 3, "against": 0, "neutral": 0})
            assert machine(await pia.ask(ideas, "!idee neu Fundbüro\ntrotzdem: ja"))["ref"] == "I5"
            assert not [
                e for e in await pia.messages(ideas) if edits(e) and machine(e).get("type") == "error"
            ]
            assert await bot.stop() == 0
            assert bot.errors() == []
