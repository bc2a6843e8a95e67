"""`pi-bot init`: asks what the bot must know, writes the configuration, logs in and checks."""

from __future__ import annotations

import asyncio
import getpass
import json
import sys
from pathlib import Path
from typing import Final

from bot import logs
from bot.check import check
from bot.config import PURPOSES
from bot.config_file import DEFAULT, ConfigurationError, load

_TEXT: Final = """\
# Written by `pi-bot init`. All keys there are, explained: config.example.yaml.
homeserver: {homeserver}
user_id: {user_id}
password: {password}
coordinators: {coordinators}
rooms:
{rooms}"""


def ask(path: Path | None) -> int:
    """The exit status; the configuration is written, and kept also where the check finds something to do."""
    path = path or DEFAULT
    if path.exists():
        raise ConfigurationError(f"{path}: is there already; expected the name of a new file (-c)")
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "init asks questions and needs a terminal; or copy config.example.yaml and fill it in"
        )
    homeserver = _question("Address of the homeserver", "https://matrix.example.ch")
    homeserver = homeserver if "://" in homeserver else f"https://{homeserver}"
    user_id = _question("Matrix id of the bot's account", "@pibot:example.ch")
    password = getpass.getpass("Its password: ")
    logs.hide(password)
    coordinators = _question("Matrix ids of the coordinators, with commas between", "")
    server = user_id.partition(":")[2]
    print("Rooms: an alias or a room id each; `pi-bot setup` makes those that do not exist.")  # noqa: T201
    rooms = {purpose: _question(f"  {purpose}", f"#{name}:{server}") for purpose, name in PURPOSES.items()}
    text = _TEXT.format(
        homeserver=json.dumps(homeserver),  # JSON's quotes are YAML's too
        user_id=json.dumps(user_id),
        password=json.dumps(password),
        coordinators=json.dumps([user.strip() for user in coordinators.split(",") if user.strip()]),
        rooms="".join(f"  {purpose}: {json.dumps(room)}\n" for purpose, room in rooms.items()),
    )
    _write(path, text)
    try:
        configuration = load(path)
    except ConfigurationError:
        path.unlink()  # so that asking again is possible
        raise
    print(f"✓ configuration: {path}")  # noqa: T201
    asyncio.run(check(configuration))
    print(f"Next: `pi-bot setup -c {path}` makes what is missing, `pi-bot run -c {path}` runs the bot.")  # noqa: T201
    return 0


def _question(what: str, default: str) -> str:
    return input(f"{what}{f' [{default}]' if default else ''}: ").strip() or default


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")
