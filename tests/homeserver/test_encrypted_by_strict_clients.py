"""Encrypted rooms on a real homeserver, with clients of other makers that accept no insecure devices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nio.crypto import decrypt_attachment

from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import People, Person
from storage import load
from storage.engine.base import Base, UtcDateTime
from tests.homeserver.bots import BotProcess
from tests.homeserver.stage import bot_of, entered, machine, new_account
from tests.homeserver.strict import WITHIN, StrictClient


def says(text: str) -> Any:
    return lambda event: text in str(event["content"].get("body"))


def part_of(event: dict[str, Any]) -> dict[str, Any]:
    """The machine-readable part."""
    found: dict[str, Any] = event["content"]["ch.publicinnovators"]
    return found


def replied_to(event: dict[str, Any]) -> str | None:
    found: str | None = ((event["relates_to"] or {}).get("m.in_reply_to") or {}).get("event_id")
    return found


async def test_a_strict_client_asks_in_an_encrypted_direct_chat(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    hall = await kora.create_room("Halle", invite=[account.user_id])
    async with (
        bot_of(homeserver, account, tmp_path, [kora], rooms={"ideas": hall}, encryption="on") as bot,
        StrictClient(homeserver.url, vic) as strict,
    ):
        await bot.start()
        await entered(kora, hall, account.user_id)
        room = await strict.call("create", invite=[account.user_id], encrypted=True, direct=True)
        await strict.call("member", room=room, user=account.user_id)
        await strict.call("send", room=room, content={"msgtype": "m.text", "body": "hilfe"})
        answer = await strict.heard(room, lambda e: e["sender"] == account.user_id)
        assert (answer["failure"], answer["shield"], answer["encrypted"]) == (None, "NONE", True)
        assert says("Alles andere")(answer)


async def test_a_new_person_registers_is_admitted_and_gives_an_idea_in_an_encrypted_chat(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    """What the bot says of itself is read like its answers: the welcome follows somebody else's command."""
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    hall = await kora.create_room("Ideen", invite=[account.user_id])
    async with (
        bot_of(homeserver, account, tmp_path, [kora], rooms={"ideas": hall}, encryption="on") as bot,
        StrictClient(homeserver.url, vic) as strict,
    ):
        await bot.start()
        await entered(kora, hall, account.user_id)
        room = await strict.call("create", invite=[account.user_id], encrypted=True, direct=True)
        await strict.call("member", room=room, user=account.user_id)

        async def ask(text: str) -> dict[str, Any]:
            asked = await strict.call("send", room=room, content={"msgtype": "m.text", "body": text})
            return await strict.heard(room, lambda e: replied_to(e) == asked)

        refused = await ask("!idee neu Umzug auf Papier")
        registered = await ask("!profil anmelden gemeinde: Aesch | funktion: Einwohnerdienste")
        decided = await kora.ask(hall, f"!mitglied aufnehmen {vic.user_id}")
        assert machine(decided)["state"] == "active"
        welcome = await strict.heard(room, says("Willkommen bei den Public Innovators"))
        given = await ask("!idee neu Umzug auf Papier")
        parts = [part_of(event) for event in (refused, registered, welcome, given)]
        assert (parts[0]["type"], parts[0]["code"]) == ("error", "not_allowed")
        assert (parts[1]["state"], parts[2]["state"]) == ("pending", "active")
        assert (parts[3]["type"], parts[3]["ref"]) == ("idea", "I1")
        for event in (refused, registered, welcome, given):
            assert (event["failure"], event["shield"], event["encrypted"]) == (None, "NONE", True)
        assert bot.errors() == []


async def test_a_thread_an_edit_a_vote_and_a_file_are_read_without_a_shield(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    account, vic = await new_account(homeserver), await new_account(homeserver)
    kora = await people.add("kora")
    hall = await kora.create_room("Halle", invite=[account.user_id])
    async with (
        bot_of(
            homeserver,
            account,
            tmp_path,
            [kora],
            rooms={"ideas": hall},
            encryption="on",
            moderators=[vic.user_id],
        ) as bot,
        StrictClient(homeserver.url, vic) as strict,
    ):
        await bot.start()
        await entered(kora, hall, account.user_id)
        room = await strict.call("create", invite=[account.user_id], encrypted=True)
        await strict.call("member", room=room, user=account.user_id)

        async def ask(text: str, thread: str | None = None) -> tuple[str, dict[str, Any]]:
            event_id = await strict.call(
                "send", room=room, thread=thread, content={"msgtype": "m.text", "body": text}
            )
            return event_id, await strict.heard(room, lambda e: replied_to(e) == event_id)

        command, reply = await ask("!idee neu Umzug auf Papier")
        assert says("I1")(reply)
        _, listed = await ask("!idee liste", command)
        assert listed["thread"] == command
        new = {"msgtype": "m.text", "body": "!idee neu Umzug digital"}
        edit = {"msgtype": "m.text", "body": "* x", "m.new_content": new}
        edit["m.relates_to"] = {"rel_type": "m.replace", "event_id": command}
        await strict.call("send", room=room, content=edit)
        changed = await strict.heard(
            room,
            lambda e: (
                (e["relates_to"] or {}).get("rel_type") == "m.replace" and e["sender"] == account.user_id
            ),
        )
        assert "Umzug digital" in str(changed["content"]["m.new_content"])
        _, voted = await ask("!idee stimme I1 +")
        assert says("I1")(voted)
        await ask("!datenschutz auskunft")
        file = await strict.heard(room, lambda e: e["content"].get("msgtype") == "m.file")
        for event in (reply, listed, changed, voted, file):
            assert (event["failure"], event["shield"]) == (None, "NONE")
        keys = file["content"]["file"]
        raw = await kora.download(keys["url"])
        plain = decrypt_attachment(raw, keys["key"]["k"], keys["hashes"]["sha256"], keys["iv"])
        assert json.loads(plain)["user_id"] == vic.user_id


async def test_a_bot_whose_device_is_unsigned_is_given_no_key_and_not_read(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    """What the other tests show is no accident: the client does refuse a device that its owner has not signed."""
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    hall = await kora.create_room("Halle", invite=[account.user_id])
    async with (
        bot_of(homeserver, account, tmp_path, [kora], rooms={"ideas": hall}, encryption="on") as bot,
        StrictClient(homeserver.url, vic) as strict,
    ):
        await bot.start()
        await entered(kora, hall, account.user_id)
        async with StrictClient(homeserver.url, account):  # the identity is another's from now on
            pass
        room = await strict.call("create", invite=[account.user_id], encrypted=True, direct=True)
        await strict.call("member", room=room, user=account.user_id)
        devices = await strict.call("devices", user=account.user_id)
        assert {one["signed"] for which, one in devices.items() if which != account.device_id} == {False}
        await strict.call("send", room=room, content={"msgtype": "m.text", "body": "hilfe"})
        async with asyncio.timeout(WITHIN):
            while not (codes := withheld(bot.database)):
                await asyncio.sleep(0.1)
        assert codes == [("m.unverified",)]
        refused = await strict.heard(room, lambda e: e["sender"] == account.user_id)
        assert refused["failure"] is not None


def withheld(store: Path) -> list[tuple[str]]:
    """Why the bot was given no key."""
    with contextlib.closing(sqlite3.connect(store)) as there:
        return there.execute("SELECT code FROM keys_withheld").fetchall()


async def test_the_recovery_key_brings_the_identity_to_a_new_machine_and_to_other_clients(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    key_file = tmp_path / "recovery"

    def machine(name: str) -> BotProcess:
        return bot_of(homeserver, account, tmp_path / name, [kora], encryption="on")

    async with machine("one") as bot, StrictClient(homeserver.url, vic) as strict:
        status, said = await command(bot, "setup", "--recovery-key-file", str(key_file))
        assert status == 0, said
        key = key_file.read_text().strip()
        assert key_file.stat().st_mode & 0o777 == 0o600
        assert key not in said
        status, said = await command(bot, "setup", "--recovery-key-file", str(tmp_path / "again"))
        assert (status, (tmp_path / "again").exists()) == (0, False), said
        await bot.start()
        room = await strict.call("create", invite=[account.user_id], encrypted=True, direct=True)
        await strict.call("member", room=room, user=account.user_id)
        assert await shield(strict, room, account, "hilfe") == "NONE"
        assert (await command(bot, "trust", vic.user_id))[0] == 0
        status, said = await command(bot, "check")
        assert "signed by the bot's identity, " in said
        assert "encrypted rooms: " in said
        elsewhere = StrictClient(homeserver.url, account, sign=False, recovery_key=key)
        async with elsewhere as own:  # as Element would, on another device of the bot's account
            assert await own.call("recover") == {"storage": True, "ready": True, "signed": True}
            assert await own.call("trusts", user=vic.user_id)
        assert await bot.stop() == 0
        secrets = [key, key.replace(" ", ""), account.password or "?"]
        assert not [secret for secret in secrets if secret in bot.log.read_text()]

        async with machine("two") as other:  # another machine: another store, another pickle key
            await other.start(until_ready=False)
            assert await other.ended() == 1
            assert "pi-bot recover" in other.log.read_text()
            wrong = tmp_path / "wrong"
            await asyncio.to_thread(wrong.write_text, key[:-1] + ("x" if key[-1] != "x" else "y"))
            status, said = await command(other, "recover", "--key-file", str(wrong))
            assert (status, "recovery key: " in said) == (1, True), said
            status, said = await command(other, "recover", "--key-file", str(key_file))
            assert status == 0, said
            await other.start()
            assert await shield(strict, room, account, "!hilfe idee") == "NONE"
            status, said = await command(other, "setup")  # it was shown already
            assert status == 0, said
            status, said = await command(other, "setup", "--reset-identity")
            assert (status, "the bot runs; stop it" in said) == (1, True), said
            await other.stop()
            status, said = await command(
                other, "setup", "--reset-identity", "--recovery-key-file", str(tmp_path / "fresh")
            )
            assert status == 0, said
            assert (tmp_path / "fresh").read_text() != key_file.read_text()


@pytest.mark.parametrize(
    ("age", "devices"), [(timedelta(minutes=10), 1), (timedelta(days=2), 2)], ids=["10 minutes", "2 days"]
)
async def test_a_restored_store_is_who_it_was(
    people: People, homeserver: Homeserver, tmp_path: Path, age: timedelta, devices: int
) -> None:
    """Pitfall 10: ratchets of then are never used again. The living device goes on, or there is a new one."""
    kora = await people.add("kora")
    account, vic = await new_account(homeserver), await new_account(homeserver)
    copy = tmp_path / "copy"
    async with (
        bot_of(homeserver, account, tmp_path / "bot", [kora], encryption="on") as bot,
        StrictClient(homeserver.url, vic) as strict,
    ):
        await bot.start()
        room = await strict.call("create", invite=[account.user_id], encrypted=True, direct=True)
        await strict.call("member", room=room, user=account.user_id)
        assert await shield(strict, room, account, "hilfe") == "NONE"
        identity = await master_key(kora, account)
        assert (await command(bot, "backup", str(copy)))[0] == 0
        assert await shield(strict, room, account, "!hilfe idee") == "NONE"
        assert await bot.stop() == 0
        make_older(copy, age)
        status, said = await command(bot, "restore", str(copy))
        assert status == 0, said
        await bot.start()
        await has_met(strict, bot)
        assert await shield(strict, room, account, "!hilfe news") == "NONE"
        assert await bot.stop() == 0
        assert len({line["device_id"] for line in bot.lines("ready")}) == devices
        for file in bot.directory.glob("store.sqlite3*"):
            file.unlink()
        status, said = await command(bot, "restore", str(copy))  # there is no device to take over
        assert status == 0, said
        await bot.start()
        await has_met(strict, bot)
        assert await shield(strict, room, account, "!hilfe anlass") == "NONE"
        assert len({line["device_id"] for line in bot.lines("ready")}) == devices + 1
        assert await master_key(kora, account) == identity
        first, *_, last = [line["device_id"] for line in bot.lines("ready")]
        there = await strict.call("devices", user=account.user_id)
        assert (first in there, last in there) == (False, True)  # what can't be used any more is logged out
        replies = [e for e in await strict.call("events", room=room) if e["sender"] == account.user_id]
        assert [e["failure"] for e in replies] == [None] * len(replies)
        answered = [e["relates_to"]["m.in_reply_to"]["event_id"] for e in replies if e["relates_to"]]
        assert len(answered) == len(set(answered)) == 4
        assert await bot.stop() == 0


async def has_met(strict: StrictClient, bot: BotProcess) -> None:
    """The client knows the bot's device: who has sent before that is asked to send again."""
    device = bot.lines("ready")[-1]["device_id"]
    async with asyncio.timeout(WITHIN):
        while not (await strict.call("devices", user=bot.account.user_id)).get(device, {}).get("signed"):
            await asyncio.sleep(0.2)


def make_older(copy: Path, age: timedelta) -> None:
    """The backup is as if it had been made so long before: all times in its rows are."""
    load()
    with contextlib.closing(sqlite3.connect(copy)) as store:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, UtcDateTime):
                    earlier = (
                        f"strftime('%Y-%m-%d %H:%M:%f', {column.name}, '-{age.total_seconds():.0f} seconds')"
                    )
                    store.execute(f"UPDATE {table.name} SET {column.name} = {earlier} || '000'")  # noqa: S608
        [(alive,)] = store.execute("SELECT value FROM facts WHERE name = 'alive'").fetchall()
        then = (datetime.fromisoformat(alive) - age).isoformat(timespec="seconds")
        store.execute("UPDATE facts SET value = ? WHERE name = 'alive'", (then,))
        store.commit()


async def master_key(person: Person, account: Account) -> dict[str, str]:
    """The bot's identity as others are told of it."""
    answer = await person.request("POST", "v3/keys/query", {"device_keys": {account.user_id: []}})
    found: dict[str, str] = answer["master_keys"][account.user_id]["keys"]
    return found


async def shield(strict: StrictClient, room: str, bot: Account, text: str) -> str | None:
    """What the client shows beside the bot's answer to this."""
    asked = await strict.call("send", room=room, content={"msgtype": "m.text", "body": text})
    answer = await strict.heard(room, lambda e: replied_to(e) == asked)
    assert (answer["failure"], answer["sender"]) == (None, bot.user_id)
    found: str | None = answer["shield"]
    return found


async def command(bot: BotProcess, *arguments: str) -> tuple[int, str]:
    """A short command with the bot's configuration: its exit status, and what it says."""
    return await bot.command(*arguments)
