"""How something is taken back, for people who ask for that in words: it is done by ↩️ on the answer."""

from __future__ import annotations

import re
from typing import Final

from commands.framework import Context, Machine, Reply
from commands.framework.declarations import explained, unnamed

_SAID: Final = (
    r"(?i)(?:oh|nein|no|bitte|please)?,?\s*(?:"
    r"rückgängig(?: machen)?|rueckgaengig(?: machen)?|zurücknehmen|zuruecknehmen|undo(?: that| it| this)?"
    r"|(?:nimm|nehmen sie) (?:das|es|dies)(?: bitte)?(?: wieder)? zurück|(?:das )?war (?:falsch|ein fehler)"
    r"|(?:please )?take (?:that|it) back(?: please)?|(?:that was )?(?:wrong|a mistake)"
    r")\s*(?:bitte|please)?[.!]*"
)


@explained("rückgängig", "zurücknehmen", "undo")
class UndoExplained(Reply):
    """How the last command is taken back."""

    def machine(self) -> Machine:
        return {"type": "help", "commands": []}


@unnamed(_SAID)
def asked_for(_ctx: Context, _said: re.Match[str]) -> str | None:
    return "help undo"
