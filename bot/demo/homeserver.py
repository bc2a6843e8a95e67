"""A throw-away Synapse on a loopback port, for the demo, the tests and the measurements.

It is a plain subprocess, not one of asyncio's: so one Synapse can serve many tests, each with an
event loop of its own.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import aiohttp

START_WITHIN = 60  # seconds; 1.5 on a quiet machine
STOP_WITHIN = 10  # seconds from SIGTERM to SIGKILL

# Synapse ends with the process that started it, however that ended: its standard input closes then.
_LAUNCHER = """
import os, signal, sys, threading
def end_with_parent():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
from synapse.app.homeserver import main
main()
"""

_UNLIMITED = {"per_second": 1_000_000, "burst_count": 1_000_000}
_NO_RATE_LIMITS: dict[str, Any] = {
    "rc_admin_redaction": _UNLIMITED,
    "rc_delayed_event_mgmt": _UNLIMITED,
    "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
    "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
    "rc_joins_per_room": _UNLIMITED,
    "rc_key_requests": _UNLIMITED,
    "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
    "rc_media_create": _UNLIMITED,
    "rc_message": _UNLIMITED,
    "rc_presence": {"per_user": _UNLIMITED},
    "rc_profile": _UNLIMITED,
    "rc_registration": _UNLIMITED,
    "rc_reports": _UNLIMITED,
    "rc_room_creation": _UNLIMITED,
    "rc_user_directory": _UNLIMITED,
}


class HomeserverError(Exception):
    """Synapse did not start, or refused an account; the text has the reason."""


@dataclass(frozen=True)
class Account:
    user_id: str
    password: str = field(repr=False)
    access_token: str = field(repr=False)
    device_id: str


class Homeserver:
    """Synapse with SQLite in `directory`; without TLS, federation, presence and telemetry.

    `rate_limits="off"` lifts all limits, `extra` is laid over the configuration. Starting again in the
    same directory finds the same accounts and rooms. All waits are in seconds.
    """

    server_name = "localhost"

    def __init__(
        self,
        directory: Path,
        *,
        rate_limits: Literal["default", "off"] = "default",
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.directory = directory.resolve()
        self.log = self.directory / "synapse.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._limits = _NO_RATE_LIMITS if rate_limits == "off" else {}
        self._extra = extra or {}
        self._secret = secrets.token_hex()
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        assert self._process, "the homeserver does not run"
        return self._process.pid

    async def start(self) -> None:
        """Synapse answers. Raises HomeserverError with the end of its log when it does not."""
        self._process = self._spawn()
        answers = False
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(START_WITHIN), aiohttp.ClientSession() as session:
                    while self._process.poll() is None and not answers:
                        await asyncio.sleep(0.05)
                        answers = await self._answers(session)
        finally:
            if not answers:
                await self.kill()
        if not answers:
            raise HomeserverError(f"Synapse does not start; the end of its log:\n{self._log_end()}")

    async def stop(self) -> None:
        """Synapse has ended, politely or else after STOP_WITHIN; nothing happens when it does not run."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Synapse has ended at once, as in a power cut."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Synapse answers again at the same address, with the same data."""
        await self.stop()
        await self.start()

    async def create_account(
        self,
        localpart: str,
        *,
        password: str | None = None,
        name: str | None = None,
        admin: bool = False,
    ) -> Account:
        """An account with one device. Raises HomeserverError when the name is taken or not allowed."""
        password = password or secrets.token_urlsafe()
        address = f"{self.url}/_synapse/admin/v1/register"
        async with aiohttp.ClientSession() as session:
            async with session.get(address) as response:
                nonce: str = (await response.json())["nonce"]
            signed = "\0".join([nonce, localpart, password, "admin" if admin else "notadmin"])
            request = {
                "nonce": nonce,
                "username": localpart,
                "displayname": name or localpart,
                "password": password,
                "admin": admin,
                "mac": hmac.new(self._secret.encode(), signed.encode(), hashlib.sha1).hexdigest(),
            }
            async with session.post(address, json=request) as response:
                answer: dict[str, str] = await response.json()
        if "user_id" not in answer:
            raise HomeserverError(f"no account {localpart}: {answer}")
        return Account(answer["user_id"], password, answer["access_token"], answer["device_id"])

    def _spawn(self) -> subprocess.Popen[bytes]:
        assert self._process is None, "the homeserver runs already"
        self.directory.mkdir(parents=True, exist_ok=True)
        configuration = self.directory / "homeserver.yaml"
        configuration.write_text(json.dumps(self._configuration(), indent=2), encoding="utf-8")
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", _LAUNCHER, "-c", str(configuration)],
                cwd=self.directory,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                process_group=0,  # Ctrl-C is for whoever uses the homeserver, who then stops it
            )

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/_matrix/client/versions") as response:
                return response.ok
        except aiohttp.ClientError:
            return False

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            await asyncio.to_thread(process.wait, STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        finally:
            assert process.stdin
            process.stdin.close()

    def _log_end(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def _configuration(self) -> dict[str, Any]:
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        return {
            "server_name": self.server_name,
            "public_baseurl": f"{self.url}/",
            "listeners": [
                {
                    "type": "http",
                    "port": self.port,
                    "bind_addresses": ["127.0.0.1"],
                    "resources": [{"names": ["client"]}],
                }
            ],
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self.directory / "homeserver.db")},
            },
            "media_store_path": str(self.directory / "media"),
            "pid_file": str(self.directory / "synapse.pid"),
            "no_redirect_stdio": True,
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": self._secret,
            "form_secret": self._secret,
            "signing_key": f"ed25519 throwaway {seed}",
            "bcrypt_rounds": 4,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "report_stats": False,
            **self._limits,
            **self._extra,
        }


def free_port() -> int:
    """A port nobody listens on, below those of outgoing connections: it stays free over a restart."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
