"""Compiled templates, kept from one start to the next: compiling all of them takes a quarter of a second.

What is kept is used only by the very version that made it: of Python, of Jinja, of the modules whose filters it was
compiled with, and of each template. All else is compiled anew, and so is everything where the file is damaged or
belongs to somebody else: it holds code.
"""

from __future__ import annotations

import hashlib
import logging
import marshal
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

log = logging.getLogger(__name__)
_DIGEST: Final = hashlib.sha256().digest_size


class KeptTemplates(BytecodeCache):
    """The compiled templates of one environment, in one file; `keep` writes it where there is something new."""

    def __init__(self, file: Path, *, made_by: Iterable[str]) -> None:
        """`made_by`: the modules' files on which it depends what a template is compiled to."""
        self._file = file
        version = hashlib.sha256(f"{jinja2.__version__} {sys.version}".encode())
        for module in made_by:
            version.update(Path(module).read_bytes())
        self._version = version.digest()
        self._code = self._load()
        self._fresh = False

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self._code.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)  # refused where the template is another one now

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()
        self._fresh = True

    def keep(self) -> None:
        """The next start finds what was compiled in this one; without it, that one compiles it again."""
        if not self._fresh:
            return
        body = marshal.dumps(self._code)
        fresh = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(self._version + hashlib.sha256(body).digest() + body)
            fresh.replace(self._file)
        except OSError as error:
            log.warning("templates not kept", extra={"reason": str(error)})
        self._fresh = False

    def _load(self) -> dict[str, bytes]:
        try:
            with self._file.open("rb") as file:
                about = os.fstat(file.fileno())
                found = file.read()
        except OSError:
            return {}
        version, digest, body = found[:_DIGEST], found[_DIGEST : 2 * _DIGEST], found[2 * _DIGEST :]
        ours = about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not ours or version != self._version or hashlib.sha256(body).digest() != digest:
            return {}
        code: dict[str, bytes] = marshal.loads(body)  # noqa: S302 - what this user wrote itself, undamaged
        return code
