"""Secrets of the store: each is encrypted by the pickle key, which is not in it, with AES-GCM."""

from __future__ import annotations

import base64
import os
from typing import Final

from Crypto.Cipher import AES

OTHER: Final = (
    "pickle_key_file: is not the one of this store: copy it from where the store comes from, "
    "or `pi-bot recover`"
)
_NONCE: Final = 12  # bytes
_TAG: Final = 16


class PickleKeyError(Exception):
    """The pickle key is not the one that the store's keys are encrypted by; a line says what to do."""

    def __init__(self, line: str = OTHER) -> None:
        super().__init__(line)


def in_base64(raw: bytes) -> str:
    """Without the padding, as everywhere in the specification."""
    return base64.b64encode(raw).decode().rstrip("=")


def from_base64(written: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(written + "=" * (-len(written) % 4), validate=True)


def seal(key: bytes, about: str, secret: bytes) -> str:
    """The secret as it is stored; it can be opened by the same key, for the same use."""
    nonce = os.urandom(_NONCE)
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    cipher.update(about.encode())
    sealed, tag = cipher.encrypt_and_digest(secret)
    return in_base64(nonce + sealed + tag)


def unseal(key: bytes, about: str, sealed: str) -> bytes:
    """The secret again. Raises PickleKeyError."""
    try:
        raw = from_base64(sealed)
        cipher = AES.new(key, AES.MODE_GCM, nonce=raw[:_NONCE])
        cipher.update(about.encode())
        return cipher.decrypt_and_verify(raw[_NONCE:-_TAG], raw[-_TAG:])
    except ValueError:
        raise PickleKeyError from None
