"""A homeserver that encrypts every new room by itself, as organisations often have it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from bot.config.keys import PURPOSES
from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Event, MatrixError, People, Person
from bot.demo.sealed import SealedPerson
from bot.demo.tour import contains
from tests.homeserver.bots import BotProcess
from tests.homeserver.stage import entered, machine

ALIASES: Final = {purpose: f"#{name}:localhost" for purpose, name in PURPOSES.items()}
ENCRYPTS: Final = {"encryption_enabled_by_default_for_room_type": "all"}


@asynccontextmanager
async def server(folder: Path, *, encrypts: bool) -> AsyncIterator[Homeserver]:
    """The same one, where the folder is."""
    extra = ENCRYPTS if encrypts else {}
    async with Homeserver(folder / "synapse", rate_limits="off", extra=extra) as homeserver:
        yield homeserver


def bot_at(homeserver: Homeserver, account: Account, folder: Path, **more: Any) -> BotProcess:
    return BotProcess(homeserver, account, folder, coordinators=["@kora:localhost"], rooms=ALIASES, **more)


async def set_up(bot: BotProcess, folder: Path) -> tuple[int, list[str]]:
    status, said = await bot.command("setup", "--recovery-key-file", str(folder / "recovery.txt"))
    return status, [line for line in said.splitlines() if line[0] in "✓✗"]


async def room_of(person: Person, alias: str) -> str | None:
    try:
        answer = await person.request("GET", f"v3/directory/room/{alias.replace('#', '%23')}")
    except MatrixError:
        return None
    return str(answer["room_id"])


async def is_encrypted(person: Person, room: str) -> bool:
    return any(event["type"] == "m.room.encryption" for event in await person.state(room))


def says(event: Event, **wanted: Any) -> bool:
    return bool(event.get("sealed")) and contains(machine(event), wanted)


async def test_with_encryption_on_everybody_can_use_the_rooms(tmp_path: Path) -> None:
    async with server(tmp_path, encrypts=True) as homeserver, People(homeserver) as people:
        kora = await people.add("kora", kind=SealedPerson)
        pia = await people.add("pia", kind=SealedPerson)
        account = await homeserver.create_account("pibot")
        async with bot_at(
            homeserver, account, tmp_path / "bot", encryption="on", encryption_devices="all"
        ) as bot:
            status, said = await set_up(bot, tmp_path)
            assert status == 0, said
            assert sum(": made, encrypted, " in line for line in said) == len(PURPOSES)
            await bot.start()
            rooms = {purpose: await kora.join(alias) for purpose, alias in ALIASES.items()}
            for purpose in ("news", "ideas", "agenda"):
                assert await pia.join(ALIASES[purpose]) == rooms[purpose]
            chat = await pia.direct_with(account.user_id)
            await entered(pia, chat, account.user_id)

            asked = await pia.ask(chat, "profil anmelden gemeinde: Aesch | funktion: Bauamt")
            assert says(asked, type="member", state="pending")
            office = rooms["coordination"]
            await kora.wait_for(lambda e: says(e, type="member", state="pending"), room=office)
            assert says(await kora.ask(office, f"!mitglied aufnehmen {pia.user_id}"), type="member")
            card = await pia.ask(rooms["ideas"], "!idee neu Umzug auf Papier")
            assert says(card, type="idea", ref="I1")
            assert says(await kora.ask(rooms["moderation"], "!idee prüfen I1"), type="idea", ref="I1")
            await pia.react(rooms["ideas"], card["event_id"], "👍")
            await pia.wait_for(
                lambda e: says(e, type="idea", ref="I1", state="under_review", votes={"for": 1})
            )
            for purpose in ("news", "agenda"):
                assert says(await kora.ask(rooms[purpose], "!status"), type="status")
            status, told = await bot.command("check")
            assert (status, "✗" in told) == (0, False), told


async def test_with_encryption_off_no_room_is_made_that_nobody_can_use(tmp_path: Path) -> None:
    """Nor kept, once the homeserver is put right; a room in which somebody sits stays theirs."""
    folder = tmp_path / "bot"
    async with server(tmp_path, encrypts=True) as homeserver, People(homeserver) as people:
        kora = await people.add("kora", auto_join=False)
        account = await homeserver.create_account("pibot")
        async with bot_at(homeserver, account, folder, encryption="off") as bot:
            status, said = await set_up(bot, tmp_path)
            assert status == 1
            [line] = [line for line in said if line.startswith("✗")]
            assert line.startswith("✗ space #pi:localhost: the homeserver encrypts new rooms, and encryption")
            assert "encryption_enabled_by_default_for_room_type: off" in line
            assert [await room_of(kora, alias) for alias in ALIASES.values()] == [None] * len(ALIASES)
            assert await kora.request("GET", "v3/joined_rooms") == {"joined_rooms": []}
            assert [e for e in kora.received if e["content"].get("membership") == "invite"] == []

        # As an earlier version has left them: encrypted, their people invited, and nobody in them but in one.
        async with bot_at(homeserver, account, folder, encryption="on") as bot:
            status, said = await set_up(bot, tmp_path)
            assert status == 0, said
        former = {purpose: await room_of(kora, alias) for purpose, alias in ALIASES.items()}
        await kora.join(ALIASES["agenda"])

    async with server(tmp_path, encrypts=False) as homeserver, People(homeserver) as people:
        berta = await people.add("berta")
        async with bot_at(homeserver, account, folder, encryption="off") as bot:
            status, said = await set_up(bot, tmp_path)
            wrong = [line for line in said if line.startswith("✗")]
            assert (status, len(wrong)) == (1, 1), said
            assert wrong[0].startswith("✗ agenda #pi-agenda:localhost: is encrypted, and encryption is off")
            now = {purpose: await room_of(berta, alias) for purpose, alias in ALIASES.items()}
            assert {purpose for purpose in PURPOSES if now[purpose] == former[purpose]} == {"agenda"}
            for purpose in ("space", "news", "ideas"):
                assert not await is_encrypted(berta, await berta.join(ALIASES[purpose]))
