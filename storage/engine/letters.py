"""How words are spelt in indexes."""

from __future__ import annotations


def plain(letters: str) -> str:
    """With ae, oe and ue written as a, o and u, as ä, ö and ü are without their dots."""
    for written, plain in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        letters = letters.replace(written, plain)
    return letters
