"""A whole community on one machine: homeserver, bot, three people and the rooms.

The bot is a process of its own, started by the same commands that operators type: it can be shot like theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

import yaml

from bot.config.keys import PURPOSES
from bot.demo.homeserver import Homeserver
from bot.demo.people import Person
from bot.demo.sealed import SealedPerson

READY_WITHIN: Final = 60  # seconds; one on a quiet machine
STOP_WITHIN: Final = 5  # seconds from SIGTERM to the end
BOT: Final = "@pibot:localhost"
NAMES: Final = {"pia": "Pia Muster", "urs": "Urs Beispiel", "kora": "Kora Koordination"}
ROOMS: Final[dict[str, tuple[str, ...]]] = {  # by purpose: what people may call the room
    "direct": ("direkt", "direktchat", "direct"),
    "news": ("news", "neuigkeiten"),
    "ideas": ("ideen", "ideas"),
    "agenda": ("agenda",),
    "moderation": ("moderation",),
    "coordination": ("koordination", "coordination"),
    "group": ("gruppe", "group", "p1"),
}

# The bot ends with the process that started it, however that ended: its standard input closes then.
_LAUNCHER = """
import os, signal, sys, threading
def end_with_parent():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
from bot.cli import main
sys.exit(main(sys.argv[1:]))
"""


class CommunityError(Exception):
    """Something could not be set up; the text says what, and what the log says."""


class BotProcess:
    """`pi-bot` with one configuration; started, stopped and killed as often as one likes."""

    def __init__(self, configuration: Path, log: Path) -> None:
        self.configuration, self.log = configuration, log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def command(self, *arguments: str) -> str:
        """What another of its commands (`setup`) says. Raises: CommunityError, where it fails."""
        process = await self._spawn(
            *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            assert process.stdout
            said = (await process.stdout.read()).decode().strip()
            if await process.wait() != 0:
                raise CommunityError(f"pi-bot {' '.join(arguments)}:\n{said}")
        finally:
            await _end(process)
        return said

    async def start(self) -> None:
        """The bot says that it is ready. Raises: CommunityError."""
        with self.log.open("ab") as log:
            before = log.tell()
            self._process = await self._spawn("run", stdout=log, stderr=log)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN):
                while self.runs:
                    if self._is_ready(before):
                        return
                    await asyncio.sleep(0.05)
        await self.kill()
        said = self.log.read_text(encoding="utf-8").splitlines()[-5:]
        raise CommunityError("\n".join(["The bot does not start; the end of its log:", *said]))

    async def stop(self) -> int | None:
        """The bot has ended, with this exit status; None where it did not run, or had to be killed."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return None
        process.terminate()
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(process.wait(), STOP_WITHIN)
        await _end(process)
        return None

    async def kill(self) -> None:
        """The bot is gone at once, as in a power cut."""
        process, self._process = self._process, None
        if process is not None:
            await _end(process)

    async def _spawn(self, *arguments: str, **where: Any) -> asyncio.subprocess.Process:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PIBOT_")}
        return await asyncio.create_subprocess_exec(
            *[sys.executable, "-c", _LAUNCHER, *arguments, "-c", str(self.configuration)],
            stdin=asyncio.subprocess.PIPE,
            env=environment,
            process_group=0,  # Ctrl-C is for the demo, which then stops the bot
            **where,
        )

    def _is_ready(self, since: int) -> bool:
        with self.log.open("rb") as log:
            log.seek(since)
            return any(_message(line) == "ready" for line in log)


class Community:
    """Use it as `async with`; everything has ended afterwards, whatever happened."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.say = say
        self.homeserver = Homeserver(folder / "synapse", rate_limits="off")
        self.configuration = folder / "config.yaml"
        self.recovery_key = folder / "recovery-key.txt"
        self.bot = BotProcess(self.configuration, folder / "bot.log")
        self.people: dict[str, Person] = {}
        self.names: dict[str, str] = {}  # as they are shown
        self.passwords: dict[str, str] = {}
        self.parts = {"kora": "Koordination"}  # what some do here beside being a member
        self.rooms: dict[str, str] = {}  # by purpose
        self.direct: dict[str, str] = {}  # each person's direct chat with the bot
        self._closing = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._closing.enter_async_context(self.homeserver)
            self.say(f"✓ Synapse auf {self.homeserver.url}")
            await self._accounts()
            self.say(await self.bot.command("setup", "--recovery-key-file", str(self.recovery_key)))
            self._closing.push_async_callback(self.bot.kill)
            await self.bot.start()
            self.say("✓ pi-bot run")
            await self._move_in()
        except BaseException:
            await self._closing.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    def rooms_of(self, person: str) -> dict[str, str]:
        """The rooms in which the person sits, by purpose, their direct chat first."""
        joined = {e["room_id"] for e in self.people[person].received if e["event_id"]}
        there = {"direct": self.direct[person]} | self.rooms
        return {purpose: there[purpose] for purpose in ROOMS if there.get(purpose) in joined}

    def name_of(self, person: Person) -> str:
        return next(self.names[localpart] for localpart, one in self.people.items() if one is person)

    async def _accounts(self) -> None:
        bot = await self.homeserver.create_account("pibot", name="PI-Bot")
        configuration = {
            "homeserver": self.homeserver.url,
            "user_id": bot.user_id,
            "password": bot.password,
            "coordinators": ["@kora:localhost"],
            "encryption_devices": "all",  # nobody has to confirm a device to look at it in Element too
            "feeds": {"allow_private": True},  # the second tour has a website of its own
        }
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")
        for localpart, name in NAMES.items():
            await self._account(localpart, name)

    async def _account(self, localpart: str, name: str) -> Person:
        self.names[localpart] = name
        self.passwords[localpart] = password = secrets.token_urlsafe(6)
        account = await self.homeserver.create_account(localpart, password=password, name=name)
        person = SealedPerson.of(self.homeserver, account, auto_join=True)
        self.people[localpart] = await self._closing.enter_async_context(person)
        await person.listen()
        return person

    async def add_person(self, localpart: str, name: str) -> Person:
        """Somebody else has an account, and a direct chat with the bot."""
        person = await self._account(localpart, name)
        await self._open_chat(localpart, person)
        return person

    async def _move_in(self) -> None:
        """Kora sits in all rooms, and everybody has a direct chat with the bot."""
        for purpose, name in PURPOSES.items():
            self.rooms[purpose] = await self.people["kora"].join(f"#{name}:localhost")
        for localpart, person in self.people.items():
            await self._open_chat(localpart, person)

    async def _open_chat(self, localpart: str, person: Person) -> None:
        self.direct[localpart] = room = await person.direct_with(BOT)
        await person.wait_for(
            lambda e: e.get("state_key") == BOT and e["content"].get("membership") == "join", room=room
        )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _message(line: bytes) -> Any:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record.get("message") if isinstance(record, dict) else None
