"""`pi-bot recover` and `pi-bot setup` around the recovery key, against a stand-in: asked for, read, told."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from Crypto.PublicKey import ECC

from bot.core.login import pickle_key
from bot.encryption import recovery
from bot.encryption.identity import BEGUN, RECOVERABLE, USAGES
from bot.encryption.machine import Machine
from bot.matrix.encrypting import PASSWORD
from storage import logins, olm
from storage.engine.database import Database
from storage.engine.reading import reading
from storage.engine.schema import migrate
from tests.support.peer import Peer, Trouble, apart, refused
from tests.support.terminal import at_a_terminal

pytestmark = pytest.mark.long  # starts commands that derive keys slowly, as they have to

BOT: Final = "@pibot:localhost"
KEY: Final = bytes(range(32))
SEEDS: Final = {usage: bytes([number]) * 32 for number, usage in enumerate(USAGES, 1)}


def public(seed: bytes) -> str:
    key = ECC.construct(curve="Ed25519", seed=seed).public_key().export_key(format="raw")
    assert isinstance(key, bytes)
    return base64.b64encode(key).decode().rstrip("=")


@pytest.fixture
def place() -> Iterator[tuple[Peer, str]]:
    """A homeserver that keeps the bot's identity, its secrets under the recovery key, and what is signed."""
    with apart() as (server, address):
        keys = {usage: public(seed) for usage, seed in SEEDS.items()}
        known = {
            f"{usage}_keys": {
                BOT: {"user_id": BOT, "usage": [usage], "keys": {f"ed25519:{key}": key}},
            }
            for usage, key in keys.items()
        }

        def shown(_path: str, _body: Any) -> Any:
            signed = [body for _, path, body in server.requests if path.endswith("/signatures/upload")]
            return known | ({"device_keys": signed[-1]} if signed else {})

        server.answers = {
            "/login": {"user_id": BOT, "device_id": "NEW", "access_token": "syt_new"},
            "/whoami": {"user_id": BOT},
            "/keys/query": shown,
            "/profile/": {"displayname": "PI-Bot"},
        }
        for kind, content in recovery.stored(KEY, SEEDS).items():
            server.answers[f"/account_data/{kind}"] = content
        yield server, address


@pytest.fixture
def config(place: tuple[Peer, str], tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.touch(mode=0o600)
    rooms = dict.fromkeys(("space", "news", "ideas", "agenda", "moderation", "coordination"), "")
    values: dict[str, Any] = {"homeserver": place[1], "user_id": BOT, "password": "geheim geheim"}
    file.write_text(yaml.safe_dump(values | {"rooms": rooms, "encryption": "on"}))
    return file


def seeds_in(folder: Path) -> dict[str, bytes]:
    """The identity in the store, opened by the pickle key."""
    key = pickle_key(folder / "data" / "pickle.key")
    with reading(f"sqlite:///{folder}/data/pibot.sqlite3") as tx:
        login = logins.find(tx)
        assert login is not None
        return Machine(BOT, login.device_id, key, only_signed=True).identity.seeds(tx)


def test_the_recovery_key_is_asked_for_at_a_terminal_and_not_shown(config: Path) -> None:
    typed = recovery.written(KEY)
    status, told = at_a_terminal(["recover", "-c", str(config)], [typed])
    assert status == 0, told
    assert told.splitlines()[-1] == "✓ the bot is who it was, on the device NEW"
    assert typed[:9] not in told
    assert seeds_in(config.parent) == SEEDS


def test_a_mistyped_one_is_a_line_and_nothing_is_stored(config: Path) -> None:
    typed = recovery.written(KEY)
    for wrong, why in (
        (typed[:-1] + ("x" if typed[-1] != "x" else "y"), "mistyped"),
        (typed[:-5], "mistyped"),
        ("O0O0 llll", "a sign that no recovery key has"),
        (recovery.written(bytes(32)), "another key's"),
    ):
        status, told = at_a_terminal(["recover", "-c", str(config)], [wrong])
        assert (status, told.splitlines()[-1]) == (
            1,
            f"pi-bot: recovery key: {why}; expected what `pi-bot setup` has shown",
        )
        assert wrong not in told
    store = config.parent / "data" / "pibot.sqlite3"
    if store.exists():
        with reading(f"sqlite:///{store}") as tx:
            assert olm.secret(tx, "seed master") is None


def test_it_is_read_from_standard_input_too(config: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "recover", "-c", str(config)],
        input=f"  {recovery.written(KEY)}  \n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert recovery.written(KEY)[:9] not in done.stdout + done.stderr
    assert seeds_in(config.parent) == SEEDS


def test_where_there_is_nothing_under_a_recovery_key_that_is_said(
    config: Path, place: tuple[Peer, str]
) -> None:
    server, _ = place
    server.answers["/account_data/m.secret_storage.default_key"] = refused(404, "M_NOT_FOUND")
    status, told = at_a_terminal(["recover", "-c", str(config)], [recovery.written(KEY)])
    assert (status, "keeps no identity under a recovery key: `pi-bot setup`" in told) == (1, True)


def test_one_that_was_shown_before_a_crash_is_said_to_be_worth_nothing(
    config: Path, place: tuple[Peer, str], tmp_path: Path
) -> None:
    """Between showing it and recording that: nobody knows whether somebody has written it down."""
    store = f"sqlite:///{config.parent}/data/pibot.sqlite3"
    migrate(store)
    database = Database(store)
    machine = Machine(BOT, "NEW", pickle_key(config.parent / "data" / "pickle.key"), only_signed=True)
    with database.transaction() as tx:
        machine.identity.adopt(tx, SEEDS)
        olm.put_secret(tx, RECOVERABLE, BEGUN)
    database.close()
    status, told = at_a_terminal(["setup", "-c", str(config)], [])
    assert status == 0, told
    assert "one that was shown before is worth nothing" in told
    assert "It is shown this once" in told
    status, told = at_a_terminal(["setup", "-c", str(config)], [])
    assert (status, "recovery key" in told.casefold()) == (0, False), told


def test_it_goes_to_a_new_file_for_its_user_alone(config: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{config.parent}/data/pibot.sqlite3"
    migrate(database)
    opened = Database(database)
    machine = Machine(BOT, "NEW", pickle_key(config.parent / "data" / "pickle.key"), only_signed=True)
    with opened.transaction() as tx:
        machine.identity.adopt(tx, SEEDS)
        olm.drop_secret(tx, RECOVERABLE)
    opened.close()
    there = tmp_path / "there"
    there.touch()
    status, told = at_a_terminal(["setup", "-c", str(config), "--recovery-key-file", str(there)], [])
    assert (status, "expected the name of a new file" in told, there.read_text()) == (1, True, "")
    file = tmp_path / "key"
    status, told = at_a_terminal(["setup", "-c", str(config), "--recovery-key-file", str(file)], [])
    assert status == 0, told
    assert file.stat().st_mode & 0o777 == 0o600
    written = file.read_text().strip()
    assert len(recovery.read(written)) == recovery.LENGTH
    assert written not in told
    assert os.access(file, os.R_OK)


@pytest.mark.parametrize(
    ("command", "where"),
    [
        ("setup", "/login"),
        ("setup", "/keys/query"),
        ("run", "/keys/upload"),
        ("setup", "/keys/device_signing/upload"),
        ("run", "/keys/signatures/upload"),
        ("recover", "/account_data/"),
    ],
)
def test_a_refusal_that_quotes_what_it_was_sent_gives_no_secret_away(
    config: Path, place: tuple[Peer, str], command: str, where: str
) -> None:
    server, _ = place

    def quotes(_: str, body: Any) -> Trouble:
        return Trouble(400, {"errcode": "M_UNKNOWN", "error": json.dumps(body, default=str)[-300:]})

    def asks_for_the_password(path: str, body: Any) -> Any:
        return quotes(path, body) if "auth" in body else Trouble(401, {"flows": [{"stages": [PASSWORD]}]})

    if command != "recover" or where == "/keys/device_signing/upload":
        server.answers["/keys/query"] = {}  # there is no identity yet
    server.answers[where] = asks_for_the_password if "signing" in where else quotes
    server.answers = {where: server.answers.pop(where)} | server.answers  # before all others
    typed = recovery.written(KEY)
    status, told = at_a_terminal([command, "-c", str(config)], [typed])
    assert status in (1, 2), told
    assert "M_UNKNOWN" in told
    pickle = (config.parent / "data" / "pickle.key").read_bytes()
    for secret in (*SEEDS.values(), pickle, KEY):
        for form in (base64.b64encode(secret).decode().rstrip("="), secret.hex()):
            assert form not in told
    for text in ("geheim", "syt_new", typed, typed.replace(" ", "")):
        assert text not in told
