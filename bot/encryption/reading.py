"""JSON of others, read with suspicion, and JSON as it is signed.

Canonical JSON: specification, appendices, «Canonical JSON» and «Signing JSON». What is foreign is read to `str` and
`int` here, before it touches cryptography or SQL: of all the ways in which a malformed message can raise, only
ValueErrors are left, of which `ForeignError` is one and vodozemac's are others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import vodozemac

Json = dict[str, Any]
LONGEST: Final = 100_000  # characters; an event has 65,536 bytes at most
LARGEST: Final = 2**53 - 1  # what canonical JSON has at most
DEEPEST: Final = 100


class ForeignError(ValueError):
    """A message of somebody else is not what it should be."""


def part(of: object, key: str) -> Json:
    """The object at this key. Raises ForeignError."""
    found = _at(of, key)
    if not isinstance(found, dict):
        raise ForeignError(f"{key}: no object")
    return found


def text(of: object, key: str) -> str:
    """The text at this key: one that any database and any file can hold. Raises ForeignError."""
    return as_text(_at(of, key))


def as_text(found: object) -> str:
    if not isinstance(found, str) or len(found) > LONGEST or "\0" in found:
        raise ForeignError("no text")
    try:
        found.encode()
    except UnicodeEncodeError:
        raise ForeignError("half a character") from None
    return found


def number(of: object, key: str) -> int:
    """The whole number at this key. Raises ForeignError."""
    found = _at(of, key)
    if isinstance(found, bool) or not isinstance(found, int) or abs(found) > LARGEST:
        raise ForeignError(f"{key}: no number")
    return found


def texts(of: object, key: str) -> list[str]:
    """The texts in the list at this key; what else is in it is left out."""
    found = of.get(key) if isinstance(of, dict) else None
    kept = []
    for one in found if isinstance(found, list) else ():
        try:
            kept.append(as_text(one))
        except ForeignError:
            continue
    return kept


def maybe(of: object, key: str) -> Json:
    """The object at this key; an empty one where there is none."""
    found = of.get(key) if isinstance(of, dict) else None
    return found if isinstance(found, dict) else {}


def from_json(raw: bytes) -> Json:
    """The object that these bytes are. Raises ForeignError."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ForeignError("no JSON") from error
    if not isinstance(found, dict):
        raise ForeignError("no object")
    return found


def _at(of: object, key: str) -> object:
    if not isinstance(of, dict) or key not in of:
        raise ForeignError(f"{key}: missing")
    return of[key]


def canonical(value: Mapping[str, Any]) -> bytes:
    """The object as it is signed: without its signatures and what servers add, keys sorted, no spaces.

    Raises ForeignError for what canonical JSON can't say: fractions, large numbers, halves of characters.
    """
    signed = {key: of for key, of in value.items() if key not in ("signatures", "unsigned")}
    _require_whole(signed, DEEPEST)
    dumped = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        return dumped.encode()
    except UnicodeEncodeError:
        raise ForeignError("half a character") from None


def _require_whole(value: object, deep: int) -> None:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > LARGEST) or not deep:
        raise ForeignError("not to be signed")
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_whole(one, deep - 1)


def is_signed(value: object, user_id: str, key_id: str, public: str) -> bool:
    """Has this key signed the object? No for whatever is surprising about it."""
    if not isinstance(value, dict):
        return False
    try:
        signature = text(part(part(value, "signatures"), user_id), f"ed25519:{key_id}")
        key = vodozemac.Ed25519PublicKey.from_base64(public)
        key.verify_signature(canonical(value), vodozemac.Ed25519Signature.from_base64(signature))
    except ValueError:
        return False
    return True


def one_key(value: object, user_id: str, usage: str) -> str | None:
    """The public key of a cross-signing object: exactly one, named by itself, this person's, for this use."""
    try:
        [(key_id, public)] = part(value, "keys").items()
        fits = text(value, "user_id") == user_id and usage in texts(value, "usage")
        vodozemac.Ed25519PublicKey.from_base64(as_text(public))
    except ValueError:
        return None
    return as_text(public) if fits and key_id == f"ed25519:{public}" else None
