"""`pi-bot init`: asks what the bot must know, tries each answer, and writes the configuration."""

# ruff: noqa: T201 - its questions are the answer

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from bot import logs
from bot.admin.exits import DONE, FAILED
from bot.config.file import DEFAULT, ConfigurationError, load
from bot.config.keys import PURPOSES, Homeserver, RoomName, UserId, UserIds
from bot.config.private import write_private
from bot.matrix.session import Identity, LoginError, PatientTransport, log_in_anew, log_out
from bot.matrix.transport import MatrixError, RedirectError, UnreachableError

_TEXT: Final = """\
# Written by `pi-bot init`. All keys there are, explained: config.example.yaml.
homeserver: {homeserver}
user_id: {user_id}
password: {password}
coordinators: {coordinators}
rooms:
{rooms}"""
_ASKED: Final = ("homeserver", "user_id", "password", "coordinators")


def ask(path: Path | None) -> int:
    """The exit status. What is written works: the bot has logged in with it. May be repeated on what it wrote."""
    path = path or DEFAULT
    before = _before(path)
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "init asks questions and needs a terminal; or copy config.example.yaml and fill it in"
        )
    try:
        write_private(path, _text(_answers(before)).encode())
    except (EOFError, KeyboardInterrupt):
        print(
            f"\npi-bot: init was ended; {path} is {'as it was' if before else 'not written'}", file=sys.stderr
        )
        return FAILED
    configuration = load(path)
    print(f"✓ configuration: {path}")
    print(f"✓ login: {configuration.user_id}")
    if not configuration.coordinators:
        print("✗ coordinators: nobody can admit anybody yet: name one in `coordinators`")
    print(
        f"Next: `pi-bot setup -c {path}` makes the rooms and the store that are missing, `pi-bot check -c {path}` "
        f"looks whether all is well, `pi-bot run -c {path}` runs the bot."
    )
    return DONE


def _before(path: Path) -> dict[str, Any]:
    """The answers of the time before, where the file is one that `init` wrote and nobody has changed."""
    if not path.exists():
        if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
            raise ConfigurationError(f"{path}: expected a file in a folder that exists and can be written")
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        known = yaml.safe_load(text)
        if _text(known) == text:
            return dict(known)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError):
        pass  # not one of ours
    raise ConfigurationError(f"{path}: is there already; expected the name of a new file (-c)")


def _answers(before: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    known["homeserver"] = _homeserver(before.get("homeserver", ""))
    known |= _account(known["homeserver"], before)
    listed = ", ".join(before.get("coordinators", ()))
    question = "Matrix ids of the coordinators, with commas between"
    known["coordinators"] = [*_question(question, UserIds, listed, optional=True)]
    if not known["coordinators"]:
        print("  Without a coordinator nobody can admit anybody. Their Matrix ids, or Enter for later.")
        known["coordinators"] = [*_question(question, UserIds, optional=True)]
    server = known["user_id"].partition(":")[2]
    print("Rooms: an alias or a room id each; `pi-bot setup` makes those that do not exist.")
    rooms: dict[str, str] = {}
    for purpose, name in PURPOSES.items():
        default = before.get("rooms", {}).get(purpose) or f"#{name}:{server}"
        while (room := _question(f"  {purpose}", RoomName, default)) in rooms.values():
            print("  That room has a purpose already; expected a room each.")
        rooms[purpose] = room
    return known | {"rooms": rooms}


def _homeserver(default: str) -> str:
    """An address at which a homeserver answers."""
    while True:
        address = str(
            _question("Address of the homeserver, such as https://matrix.example.ch", Homeserver, default)
        )
        try:
            asyncio.run(_versions(address))
        except RedirectError as error:
            print(f"  {error}")
        except (UnreachableError, MatrixError) as error:
            print(f"  No homeserver answers at {address} ({error}).")
        else:
            return address


async def _versions(address: str) -> None:
    transport = PatientTransport(address)
    try:
        if "versions" not in await transport.request("GET", "/_matrix/client/versions"):
            raise UnreachableError("an answer without versions")
    finally:
        await transport.close()


def _account(homeserver: str, before: dict[str, Any]) -> dict[str, str]:
    """An account that the homeserver lets in with this password."""
    default = before.get("user_id", "")
    while True:
        user = str(_question("Matrix id of the bot's account, such as @pibot:example.ch", UserId, default))
        default = user
        while password := getpass.getpass("Its password: ") or (
            before.get("password", "") if user == before.get("user_id") else ""
        ):
            logs.hide(password)
            try:
                asyncio.run(_try(Identity(homeserver, user, password)))
            except (LoginError, UnreachableError) as error:
                print(f"  {error}.")
                print("  The password once more, or Enter for another account.")
                before = {}
            else:
                return {"user_id": user, "password": password}


async def _try(me: Identity) -> None:
    """The homeserver lets the bot in; the session for that ends at once, as the store will have its own."""
    transport = PatientTransport(me.homeserver)
    try:
        await log_out(transport, await log_in_anew(transport, me))
    finally:
        await transport.close()


def _question(what: str, kind: Any, default: str = "", *, optional: bool = False) -> Any:
    """All that was answered, once it is of that kind."""
    while True:
        answer = input(f"{what}{f' [{default}]' if default else ''}: ").strip().strip("\"'") or default
        if kind is Homeserver and answer and "://" not in answer:
            answer = f"https://{answer}"
        if not answer and not optional:
            continue
        try:
            return TypeAdapter(kind).validate_python(answer)
        except ValidationError as error:
            print(f"  Expected {error.errors()[0]['ctx']['what']}.")


def _text(known: dict[str, Any]) -> str:
    return _TEXT.format(
        **{key: json.dumps(known[key]) for key in _ASKED},  # JSON's quotes are YAML's too
        rooms="".join(f"  {purpose}: {json.dumps(known['rooms'][purpose])}\n" for purpose in PURPOSES),
    )
