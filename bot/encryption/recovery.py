"""The seeds under a recovery key, in the form that every Matrix client knows.

Specification: «Secret storage», `m.secret_storage.v1.aes-hmac-sha2`; «Recovery key», and appendices, «Cryptographic
key representation».

What is written is account data of the bot's own user; the recovery key is shown once, and stored nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import reduce
from operator import xor
from typing import Final

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from bot.encryption.identity import USAGES
from bot.encryption.reading import Json, part, text
from storage.engine.sealing import from_base64, in_base64

ALGORITHM: Final = "m.secret_storage.v1.aes-hmac-sha2"
ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PREFIX: Final = b"\x8b\x01"
LENGTH: Final = 32


class WrongKeyError(ValueError):
    """The recovery key is mistyped, or not the one of this account."""


def written(key: bytes) -> str:
    """The key as people write it down, in groups of four."""
    raw = PREFIX + key
    whole = int.from_bytes(raw + bytes([reduce(xor, raw)]), "big")
    signs = ""
    while whole:
        whole, rest = divmod(whole, len(ALPHABET))
        signs = ALPHABET[rest] + signs
    return " ".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def read(typed: str) -> bytes:
    """The key that somebody has typed. Raises WrongKeyError."""
    whole = 0
    for sign in "".join(typed.split()):
        if sign not in ALPHABET:
            raise WrongKeyError("a sign that no recovery key has")
        whole = whole * len(ALPHABET) + ALPHABET.index(sign)
    try:
        raw = whole.to_bytes(len(PREFIX) + LENGTH + 1, "big")
    except OverflowError:
        raise WrongKeyError("too long") from None
    if not raw.startswith(PREFIX) or reduce(xor, raw) != 0:
        raise WrongKeyError("mistyped")
    return raw[len(PREFIX) : -1]


def stored(key: bytes, seeds: dict[str, bytes]) -> dict[str, Json]:
    """Account data, by its type: the seeds under this key, and which key it is, the default one last.

    `m.key_backup` says that nobody needs to look for a backup of room keys: there is none.
    """
    name = os.urandom(16).hex()
    check = _encrypted(key, "", bytes(32))
    described = {"algorithm": ALGORITHM, "iv": check["iv"], "mac": check["mac"]}
    found: dict[str, Json] = {f"m.secret_storage.key.{name}": described}
    for usage, seed in seeds.items():
        kind = f"m.cross_signing.{usage}"
        found[kind] = {"encrypted": {name: _encrypted(key, kind, in_base64(seed).encode())}}
    found["m.key_backup"] = {"enabled": False}
    found["m.secret_storage.default_key"] = {"key": name}
    return found


def recovered(key: bytes, data: dict[str, object]) -> dict[str, bytes]:
    """The seeds in this account data, by their use. Raises WrongKeyError; ForeignError where something is missing."""
    name = text(data.get("m.secret_storage.default_key"), "key")
    described = data.get(f"m.secret_storage.key.{name}")
    if text(described, "algorithm") != ALGORITHM:
        raise WrongKeyError("stored in another way")
    if not hmac.compare_digest(
        _encrypted(key, "", bytes(32), iv=text(described, "iv"))["mac"], text(described, "mac")
    ):
        raise WrongKeyError("another key's")
    seeds = {}
    for usage in USAGES:
        kind = f"m.cross_signing.{usage}"
        seeds[usage] = from_base64(
            _decrypted(key, kind, part(part(data.get(kind), "encrypted"), name)).decode()
        )
    return seeds


def _keys(key: bytes, name: str) -> tuple[bytes, bytes]:
    both = HKDF(key, 64, bytes(32), SHA256, context=name.encode())
    assert isinstance(both, bytes)
    return both[:32], both[32:]


def _counter(key: bytes, iv: bytes) -> AES.CtrMode:  # type: ignore[name-defined]
    return AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=iv)


def _encrypted(key: bytes, name: str, plain: bytes, *, iv: str | None = None) -> Json:
    ours, mac = _keys(key, name)
    start = bytearray(os.urandom(16) if iv is None else from_base64(iv))
    start[8] &= 0x7F  # as the specification wants it, for the sake of Android
    sealed = _counter(ours, bytes(start)).encrypt(plain)
    return {
        "iv": in_base64(bytes(start)),
        "ciphertext": in_base64(sealed),
        "mac": in_base64(hmac.new(mac, sealed, hashlib.sha256).digest()),
    }


def _decrypted(key: bytes, name: str, sealed: Json) -> bytes:
    ours, mac = _keys(key, name)
    raw = from_base64(text(sealed, "ciphertext"))
    if not hmac.compare_digest(hmac.new(mac, raw, hashlib.sha256).digest(), from_base64(text(sealed, "mac"))):
        raise WrongKeyError("damaged, or another key's")
    return bytes(_counter(ours, from_base64(text(sealed, "iv"))).decrypt(raw))
