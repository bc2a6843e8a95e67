"""E-mail addresses and telephone numbers in what residents write are not kept."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"
_AT: Final = r"(?:@|\s?[(\[{]\s?(?:at|ät)\s?[)\]}]\s?)"
_SPELT: Final = re.compile(r"[(\[{]\s?(?:at|ät)\s?[)\]}]", re.IGNORECASE)
_DOT: Final = r"(?:\.|\s?[(\[{]\s?(?:dot|punkt)\s?[)\]}]\s?)"
_EMAIL: Final = re.compile(
    rf"[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}{_AT}(?:[\w-]{{1,63}}{_DOT}){{1,8}}[^\W\d_]{{2,24}}(?!\w)",
    re.IGNORECASE,
)
_GAP: Final = r"[\s./()'’‑–-]{0,3}"
_DATE: Final = r"(?!\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}(?!\d))"
# Swiss ones of ten digits, and those with a country code, with or without the plus.
_PHONE: Final = re.compile(
    rf"(?<![\w+]){_DATE}(?:"
    rf"(?:\+|00){_GAP}[1-9](?:{_GAP}\d){{6,13}}"
    rf"|\(?41\)?{_GAP}(?:\(0\))?{_GAP}[1-9](?:{_GAP}\d){{8}}"
    rf"|\(?0{_GAP}[1-9](?:{_GAP}\d){{8}}"
    r")(?!\d)"
)


def masked(text: str) -> str:
    """The text without addresses and numbers by which somebody could be reached."""
    if "@" in text or _SPELT.search(text):  # the whole is looked for only where it can be
        text = _EMAIL.sub(MASK, text)
    return _PHONE.sub(MASK, text) if any(sign.isdigit() for sign in text) else text
