"""`pi-bot check`: what is well, and what to do about the rest.

Changes nothing in rooms and store, and may run beside the bot.
"""

# ruff: noqa: T201 - its lines are the answer

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime

from bot.admin.advice import clock, presence, rate_limit
from bot.admin.appointed import unknown_people
from bot.admin.backlog import STUCK, backlog
from bot.admin.exits import DONE, FAILED, WRONG
from bot.admin.outside import advised, served
from bot.admin.trusted import trusted
from bot.config.keys import Configuration
from bot.matrix import layout
from bot.matrix.entering import visit
from bot.matrix.session import LoginError, WrongAccessError
from bot.matrix.transport import MatrixError, RedirectError, Transport, UnreachableError
from storage import inbox, members, outbox, status
from storage.engine.address import StoreError, WrongStoreError
from storage.engine.reading import reading
from storage.engine.schema import wrong_schema


async def check(configuration: Configuration) -> int:
    """Say a line for everything looked at; the exit status: is anything left to do, and is it in the configuration?"""
    well, configured = True, True
    try:
        async with visit(configuration) as transport:
            well &= await _homeserver(configuration, transport)
    except (WrongAccessError, RedirectError) as error:
        configured = _say(str(error), "homeserver" if isinstance(error, RedirectError) else "login")
    except LoginError as error:
        well &= _say(str(error), "login")
    except UnreachableError as error:
        well &= _say(f"no answer from {configuration.homeserver} ({error}): look at homeserver", "login")
    try:
        for about, wrong in _store(configuration):
            well &= _say(wrong, about)
    except WrongStoreError as error:
        configured = _say(str(error), "store")
    about, wrong = _files(configuration)
    well &= _say(wrong, about)
    for about, wrong in served(configuration):
        well &= _say(wrong, about)
    for about, advice in advised(configuration):
        _advise(about, advice)
    if configuration.encryption == "off":
        _say("", "device trust: encryption is off, there is nothing to verify")
    if not configured:
        return WRONG
    return DONE if well else FAILED


async def _homeserver(configuration: Configuration, transport: Transport) -> bool:
    """Is all well that the homeserver can tell?"""
    well = True
    well &= _say("", f"login: {configuration.user_id}, device {transport.device_id or 'of the access token'}")
    well &= _say(*reversed(clock(transport.date, datetime.now(UTC))))
    for purpose, name in configuration.rooms.named().items():
        wrong = "; ".join(await _room(configuration, transport, purpose, name))
        well &= _say(wrong, f"{purpose}: {name}")
    for key, user in await unknown_people(configuration, transport):
        well &= _say(f"there is no {user}: look at `{key}`", key)
    for advise in (rate_limit, presence):
        _advise(*await advise(configuration, transport))
    if configuration.encryption == "on":
        for about, wrong in await trusted(configuration, transport):
            well &= _say(wrong, about)
    return well


def _say(wrong: str, about: str) -> bool:
    print(f"✗ {about.partition(':')[0]}: {wrong}" if wrong else f"✓ {about}", flush=True)
    return not wrong


def _advise(about: str, advice: str) -> None:
    """What costs speed, and is no failure."""
    print(f"! {about}: {advice}" if advice else f"✓ {about}", flush=True)


async def _room(configuration: Configuration, transport: Transport, purpose: str, name: str) -> list[str]:
    """All that is to be done about the room."""
    try:
        room_id = name if name.startswith("!") else await transport.room_of_alias(name)
        if room_id is None:
            return [f"there is no {name}: `pi-bot setup` makes it"]
        if room_id not in await transport.joined_rooms():
            return [f"the bot is not in {name}: `pi-bot setup`, or invite it"]
        found = {(e["type"], e["state_key"]): e for e in await transport.full_state(room_id)}
    except MatrixError as error:
        return [f"{name}: {error}"]
    except UnreachableError as error:
        await transport.whoami()  # where that has no answer either, it is no matter of the room
        return [layout.unanswered(purpose, name, error)]
    todo = []
    levels = found.get(("m.room.power_levels", ""), {}).get("content", {})
    level = layout.bot_power(configuration, levels, found["m.room.create", ""])
    if level < max(
        layout.NEEDED, *(levels.get(right, 50) for right in ("state_default", "invite", "redact", "kick"))
    ):
        todo.append(f"the bot's power level {level} in {name} is too low: set it to {layout.COORDINATOR}")
    if ("m.room.encryption", "") in found and configuration.encryption == "off":
        todo.append(f"{name} is encrypted, and encryption is off: turn it on, or use another room")
    wanted = layout.state(configuration, purpose)
    for kind in ("m.room.join_rules", "m.room.server_acl"):
        if found.get((kind, ""), {}).get("content") != wanted[kind]:
            todo.append(f"who may join {name} is not as configured: `pi-bot setup`")
            break
    return todo


def _store(configuration: Configuration) -> Iterator[tuple[str, str]]:
    try:
        with reading(configuration.database) as tx:
            if wrong := wrong_schema(tx):
                yield "store", wrong
                return
            owner = (
                configuration.user_id if inbox.require_account(tx, configuration.user_id) else "nobody yet"
            )
            waiting, oldest = outbox.count_pending(tx), status.oldest_pending(tx)
            late, now = "", datetime.now(UTC)
            if oldest is not None and now - oldest > STUCK:
                late = f"{waiting} messages wait, since {oldest:%Y-%m-%d %H:%M} UTC: does the bot run?"
            yield f"store: of {owner}, {waiting} messages to send", late
            for line in backlog(tx, now):
                _advise(*line.split(": ", 1))
            has = configuration.coordinators or members.count_with_role(tx, "coordinator")
            yield "coordinators", "" if has else "there is none: name one in `coordinators`"
    except WrongStoreError:
        raise
    except StoreError as error:
        yield "store", str(error)


def _files(configuration: Configuration) -> tuple[str, str]:
    folder = configuration.data_dir
    about = f"data_dir: {folder}"
    if not folder.is_dir():
        return about, f"there is no {folder} yet; `pi-bot setup` makes it"
    if not os.access(folder, os.W_OK | os.X_OK):
        return about, f"{folder} can't be written"
    session_file = configuration.session_file  # of an earlier version, until the next start
    if session_file.exists() and session_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return about, f"others may read {session_file}: chmod 600 {session_file}"
    return about, ""
