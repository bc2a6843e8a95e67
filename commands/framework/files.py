"""Files that people send with a command: as what it is the caption of, or as what it answers.

A command that takes one declares how it is read (`takes` of `@command`): a plain function of the bytes, which runs in a
process of its own. The file is fetched after the command has come, and then the command is carried out, with what was
read in `ctx.file`; or it is answered with one of these.
"""

from __future__ import annotations

from typing import ClassVar, Final

from commands.framework.declarations import Command
from commands.framework.failures import Failure

MOST: Final = 12 * 1024 * 1024  # bytes of a file that is fetched
MEGABYTE: Final = 1024 * 1024


class FileWanted(Exception):  # noqa: N818 - no fault: the command waits for its file
    """The command of this canonical name is carried out once its file is there."""

    def __init__(self, command: str) -> None:
        super().__init__(command)
        self.command = command


class NoFile(Failure):
    """The command came without the file it takes, or, `there`, the file without all of it; `typed` is its line."""

    code: ClassVar[str] = "bad_input"
    command: Command
    typed: str
    there: bool = False


class FileTooLarge(Failure):
    """The file is larger than what is fetched."""

    code: ClassVar[str] = "too_large"

    @property
    def megabytes(self) -> int:
        return MOST // MEGABYTE


class FileGone(Failure):
    """The homeserver has the file no more, or can't get it."""

    code: ClassVar[str] = "not_found"


class FileUnread(Failure):
    """What came can't be read: it was encrypted with another key, was damaged on its way, or makes the reader fail."""

    code: ClassVar[str] = "bad_input"
