"""Which store an address means: everywhere the same file, or the same database and how it is spoken to.

After `sqlite:///` comes a path as it is: `#`, `?` and `%` in it are signs like any other.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, make_url

SQLITE: Final = "sqlite:///"
SECRETS: Final = (
    "sslpassword",
    "oauth_client_secret",
    "scram_client_key",
    "scram_server_key",
)  # beside `password`
IN_MEMORY: Final = ":memory:"
_PATIENCE: Final = {  # a server that is gone, or a firewall that drops, is noticed within seconds
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 8000,
    "client_encoding": "utf8",
    "application_name": "pi-bot",
}


class StoreError(Exception):
    """Something about the store that a person has to put right; the text is one line."""


class WrongStoreError(StoreError):
    """The store that is configured can't be this bot's."""


def store_url(url: str) -> URL:
    """The address as SQLAlchemy takes it; a password in its query is a password like any other."""
    if url.startswith(SQLITE):
        return URL.create("sqlite", database=url.removeprefix(SQLITE) or IN_MEMORY)
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    given = parsed.query.get("password")
    if given is not None:
        parsed = parsed.difference_update_query(["password"])
        parsed = parsed.set(password=given if isinstance(given, str) else given[-1])
    return parsed


def is_shared(url: str) -> bool:
    """Can several machines reach the store?"""
    return not url.startswith(SQLITE)


def store_file(url: str) -> Path | None:
    """The file of an SQLite store."""
    database = store_url(url).database if url.startswith(SQLITE) else None
    return Path(database) if database and database != IN_MEMORY else None


def uri(file: Path, how: str) -> str:
    """The file as an SQLite URI; `how`: its parameters."""
    return f"{file.absolute().as_uri()}?{how}"


def connect_arguments(url: URL) -> dict[str, Any]:
    """The arguments that the driver is given beside the address; those in the address itself come first."""
    if url.drivername == "sqlite":
        return {"check_same_thread": False, "isolation_level": None}
    return {name: value for name, value in _PATIENCE.items() if name not in url.query}


def require_utf8(connection: Any) -> None:
    """The PostgreSQL database can hold what people write. Raises: WrongStoreError."""
    found = connection.info.parameter_status("server_encoding")
    if found != "UTF8":
        connection.close()
        raise WrongStoreError(f"database: it has the encoding {found}; expected one made with encoding UTF8")


def give_to_owner(file: Path, *, like: Path) -> None:
    """A file made by root is for the user whom `like` belongs to: the bot runs as that one."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
