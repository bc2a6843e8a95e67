"""Who reads from outside, and what is answered where there is nothing to read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from commands.framework import Role
from commands.framework.context import Asker, Context, Settings, Where
from storage.engine.base import Tx

A_PAGE: Final = 10
SEARCHED: Final = 200  # characters of a search
# A Matrix id in what people have written, also as it stands in links; «@18:30» is none.
_MATRIX_ID: Final = re.compile(
    r"(?<![\w.+-])(?:@|%40)[\w.=/+-]+(?::|%3A)(?=[\w.-]*[A-Za-z]|\[)[\w\[\]-]+(?:\.[\w-]+)*(?::\d+)?",
    re.IGNORECASE,
)


class NotPublicError(Exception):
    """There is no such thing for people outside, and there never was."""


class WithdrawnError(Exception):
    """People outside could read it, and it was taken back."""


class MovedError(Exception):
    """It lives on in another one."""

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.number = number


def reader(tx: Tx, *, now: datetime, settings: Settings, language: str = "de") -> Context:
    """The context of somebody who may only read what all may."""
    nobody = Asker("", None, Role.ANYONE, language)
    return Context(tx, now, settings, nobody, Where("", direct=False, purpose=None))


def words_of_chat(kind: Any) -> Callable[[str], str | None]:
    """What reads one of these words as the chat does, in either language, as its code; None where it is no such word.

    `kind`: as a command declares it, `Annotated[str, choices(…)]`.
    """
    known: TypeAdapter[str] = TypeAdapter(kind)

    def read(typed: str) -> str | None:
        try:
            return known.validate_python(typed)
        except ValidationError:
            return None

    return read


def without_people(text: str) -> str:
    """The text without the Matrix ids that somebody has written into it."""
    return _MATRIX_ID.sub("@…", text)
