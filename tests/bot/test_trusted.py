"""What is wrong with the bot's device or identity is said by `setup` and `check`, and `run` goes on where it can."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from bot.admin.setup import set_up
from bot.admin.trusted import trusted
from bot.config.keys import PURPOSES, Configuration
from bot.core.intake import TOKEN
from bot.matrix.entering import session
from bot.matrix.transport import Transport
from tests.support.keyserver import Json, KeyServer
from tests.support.keyserver import Peer as Device
from tests.support.peer import BOT, Trouble, peer
from tests.support.sealed_bot import DEVICE, SealedServer, town

pytestmark = pytest.mark.long  # runs setup and check as a whole

PIA = "@pia:localhost"


def configured(homeserver: str, folder: Path, **more: Any) -> Configuration:
    known = {"homeserver": homeserver, "user_id": BOT, "rooms": dict.fromkeys(PURPOSES, "")}
    login = {"access_token": "syt_secret", "device_id": DEVICE}
    return Configuration.model_validate(known | (more or login), context={"folder": folder})


@asynccontextmanager
async def place(folder: Path, **more: Any) -> AsyncIterator[tuple[SealedServer, Configuration]]:
    server = SealedServer(
        answers={"/login": {"user_id": BOT, "device_id": DEVICE, "access_token": "syt_new"}}
    )
    async with peer(server) as (_, transport):
        yield server, configured(transport.homeserver, folder, **more)


async def wrong_of(configuration: Configuration) -> dict[str, str]:
    """What `check` says about each thing, "" where it is well."""
    async with session(configuration) as transport:
        return {about.partition(":")[0]: wrong for about, wrong in await trusted(configuration, transport)}


async def ready(configuration: Configuration, folder: Path) -> None:
    said: list[str] = []
    assert await set_up(configuration, say=said.append, key_file=folder / "recovery.txt"), said


# --- check


async def test_check_says_what_is_well(tmp_path: Path) -> None:
    async with place(tmp_path) as (_, configuration):
        assert (await wrong_of(configuration)) == {}  # another line says that there is no store
        await ready(configuration, tmp_path)
        async with session(configuration) as transport:
            lines = [about for about, wrong in await trusted(configuration, transport) if not wrong]
        assert lines == [
            f"pickle key: {configuration.pickle_key}, which another machine on this store needs too",
            "identity",
            f"device: {DEVICE}, signed by the bot's identity, 50 keys left",
            "encrypted rooms: 0 of 0, 0 messages unreadable within a week",
        ]


def unsign(server: SealedServer, _: Configuration) -> None:
    signatures = server.keys.devices[BOT][DEVICE]["signatures"][BOT]
    server.keys.devices[BOT][DEVICE]["signatures"][BOT] = {
        name: one for name, one in signatures.items() if name == f"ed25519:{DEVICE}"
    }


def replace_identity(server: SealedServer, _: Configuration) -> None:
    elsewhere = KeyServer()
    Device(elsewhere, BOT, "ELSEWHERE").identify()
    server.keys.identities[BOT] = elsewhere.identities[BOT]


def use_up_keys(server: SealedServer, configuration: Configuration) -> None:
    """The bot has run, and been away for long."""
    server.keys.once[BOT, DEVICE] = {f"signed_curve25519:{number}": {} for number in range(4)}
    with closing(sqlite3.connect(configuration.data_dir / "pibot.sqlite3")) as store, store:
        store.execute("INSERT INTO facts (name, value) VALUES (?, 's1')", [TOKEN])


def open_key(_: SealedServer, configuration: Configuration) -> None:
    configuration.pickle_key.chmod(0o644)


def replace_key(_: SealedServer, configuration: Configuration) -> None:
    configuration.pickle_key.write_bytes(b"k" * 32)


def lose_key(_: SealedServer, configuration: Configuration) -> None:
    configuration.pickle_key.unlink()


@pytest.mark.parametrize(
    ("spoil", "line", "told"),
    [
        (unsign, "device", f"{DEVICE} is not signed: start the bot once, or `pi-bot setup`"),
        (replace_identity, "identity", "the homeserver has another one for the bot: `pi-bot recover` brings"),
        (use_up_keys, "device", "only 4 keys are left for new devices of people: start the bot"),
        (open_key, "pickle key", "chmod 600"),
        (replace_key, "pickle key", "is not the one of this store: copy it from where the store comes from"),
        (lose_key, "identity", "there is none here yet: `pi-bot setup`"),
    ],
)
async def test_check_says_what_is_wrong(tmp_path: Path, spoil: Any, line: str, told: str) -> None:
    async with place(tmp_path) as (server, configuration):
        await ready(configuration, tmp_path)
        spoil(server, configuration)
        found = await wrong_of(configuration)
        assert told in found.pop(line)
        assert [wrong for wrong in found.values() if wrong] == []


async def test_without_a_recovery_key_check_says_so_and_setup_makes_one(tmp_path: Path) -> None:
    async with place(tmp_path) as (_, configuration):
        said: list[str] = []
        assert not await set_up(configuration, say=said.append)
        assert said[-1].startswith("✗ recovery key: run this on a terminal, or name a new file")
        assert "nobody has its recovery key" in (await wrong_of(configuration))["identity"]
        await ready(configuration, tmp_path)
        assert (await wrong_of(configuration))["identity"] == ""


async def test_setup_does_not_say_signed_where_others_do_not_see_it(tmp_path: Path) -> None:
    async with place(tmp_path) as (server, configuration):
        server.trouble("/signatures/upload", Trouble(200, {}))  # taken, and thrown away
        said: list[str] = []
        assert not await set_up(configuration, say=said.append, key_file=tmp_path / "recovery.txt")
        wrong = [line for line in said if line.startswith("✗")]
        assert wrong == [
            f"✗ identity: the homeserver does not show device {DEVICE} as signed: run this again"
        ]
        await ready(configuration, tmp_path)


# --- pitfall 12: a homeserver whose accounts log in another way


def wants(*flows: Any) -> Trouble:
    """It wants to be sure, by one of these ways, before it takes an identity."""
    return Trouble(401, {"flows": [{"stages": flow} for flow in flows], "session": "s", "params": {}})


def proofs(server: SealedServer) -> list[Json]:
    """The proofs that were sent."""
    bodies = [body for _, path, body in server.requests if path.endswith("/device_signing/upload")]
    return [body["auth"] for body in bodies if "auth" in body]


@pytest.mark.parametrize(
    ("flows", "login", "told", "times"),
    [
        ([["m.login.sso"]], {"password": "geheim"}, "in another way than by its password", 0),
        ([["org.matrix.cross_signing_reset"]], {"password": "geheim"}, "in another way than by its", 0),
        ([["m.login.password", "m.login.sso"]], {"password": "geheim"}, "in another way than by its", 0),
        ([["m.login.sso"], ["m.login.password"]], {"password": "geheim"}, "in another way than by its", 1),
        ([], {"password": "geheim"}, "in another way than by its password", 0),
        ([7, None, "x"], {"password": "geheim"}, "in another way than by its password", 0),
        ([["m.login.sso"]], {}, "in another way than by its password", 0),
        ([["m.login.password"]], {}, "set `password` in place of `access_token` for one `pi-bot setup`", 0),
    ],
)
async def test_pitfall_12_setup_says_that_the_identity_wants_another_proof(
    tmp_path: Path, flows: list[Any], login: Json, told: str, times: int
) -> None:
    """Also where the password is asked for and then refused; nothing is shown that would be worth nothing."""
    async with place(tmp_path, **login) as (server, configuration):
        server.trouble("/device_signing/upload", *[wants(*flows)] * 2)
        said: list[str] = []
        assert not await set_up(configuration, say=said.append, key_file=tmp_path / "recovery.txt")
        [line] = [line for line in said if line.startswith("✗")]
        assert line.startswith("✗ identity: the homeserver wants ")
        assert told in line
        assert "geheim" not in line
        assert not (tmp_path / "recovery.txt").exists()
        assert len(proofs(server)) == times


async def test_a_password_that_is_asked_for_and_known_is_enough(tmp_path: Path) -> None:
    async with place(tmp_path, password="geheim") as (server, configuration):
        server.trouble("/device_signing/upload", wants(["m.login.sso"], ["m.login.password"]))
        await ready(configuration, tmp_path)
        [proof] = proofs(server)
        assert (proof["type"], proof["password"], proof["session"]) == ("m.login.password", "geheim", "s")
        assert proof["identifier"] == {"type": "m.id.user", "user": BOT}


async def test_run_goes_on_unsigned_where_the_identity_is_not_let_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Only some can't read it then; and once it is let in, the next start signs the device."""
    server = SealedServer()
    server.trouble("/device_signing/upload", wants(["m.login.sso"]))
    rooms = {"!hall:localhost": [PIA]}
    async with town(tmp_path, rooms, PIA, at=server) as there:
        assert "steht in Ihrem Direktchat" in await there.asks(PIA, "!hall:localhost", "!hilfe")
    assert "identity not let in: see pi-bot setup" in [record.message for record in caplog.records]
    assert server.keys.identities[BOT] == {}

    configuration = configured(Transport("http://127.0.0.1:9").homeserver, tmp_path)
    async with peer(server) as (_, transport):
        configuration = configured(
            transport.homeserver, tmp_path, access_token="syt", database=there.database, data_dir="."
        )
        await ready(configuration, tmp_path)
        assert (await wrong_of(configuration))["device"] == ""
