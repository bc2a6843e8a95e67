"""Whose devices there are: followed as the homeserver tells of changes, asked for before they are needed.

Specification: «Tracking the device list for a user», «Cross-signing».

A device's keys are signed by itself, and, where its owner has cross-signing, by the owner's self-signing key, which
the master key has signed. A known device that comes with other keys is refused.
"""

from __future__ import annotations

import logging

import vodozemac

from bot.encryption.account import MEGOLM, OLM, ONE_TIME
from bot.encryption.reading import ForeignError, Json, is_signed, maybe, one_key, part, text, texts
from storage import devices
from storage.devices import Device
from storage.engine.base import Tx

log = logging.getLogger(__name__)


def note_changes(tx: Tx, lists: object) -> None:
    """It is known whose devices to ask for anew, by a sync's `device_lists`.

    Of who shares no room any more, changes are not told: they are asked for when they are needed again. What is known
    of them stays for a while, so that they don't come back as somebody else.
    """
    for user_id in (*texts(lists, "changed"), *texts(lists, "left")):
        devices.mark_changed(tx, user_id)


def take_answer(tx: Tx, asked: dict[str, int], answer: object) -> None:
    """The answer of `/keys/query` is known, for these people, each with the count of changes asked for.

    A person whose server did not answer stays as they are, to be asked for again.
    """
    failed = maybe(answer, "failures")
    for user_id, known in asked.items():
        if user_id.partition(":")[2] in failed:
            continue
        devices.track(tx, [user_id])
        self_signing = _take_identity(tx, user_id, answer)
        there = maybe(maybe(answer, "device_keys"), user_id)
        seen = {
            which for which, keys in there.items() if _take_device(tx, user_id, which, keys, self_signing)
        }
        for device in devices.of_users(tx, [user_id]):
            if device.device_id not in seen:
                devices.mark_gone(tx, user_id, device.device_id)
        devices.mark_fresh(tx, user_id, known=known)


def _take_identity(tx: Tx, user_id: str, answer: object) -> str | None:
    """The person's self-signing key, if their master key has signed it."""
    signing_object = maybe(answer, "self_signing_keys").get(user_id)
    master = one_key(maybe(answer, "master_keys").get(user_id), user_id, "master")
    self_signing = one_key(signing_object, user_id, "self_signing")
    if master is None or not is_signed(signing_object, user_id, master, master):
        self_signing = None
    former = devices.owner(tx, user_id)
    if former is not None and former.master is not None and former.master != master:
        log.warning("identity changed", extra={"user_id": user_id})
    devices.put_identity(tx, user_id, master=master, self_signing=self_signing)
    return self_signing


def _take_device(tx: Tx, user_id: str, device_id: str, keys: object, self_signing: str | None) -> bool:
    try:
        curve, signing = read_device(user_id, device_id, keys)
    except ValueError:
        return False
    known = devices.find(tx, user_id, device_id)
    if known is not None and (known.curve_key, known.signing_key) != (curve, signing):
        log.warning("device with other keys refused", extra={"user_id": user_id})
        return False
    devices.put(
        tx,
        user_id=user_id,
        device_id=device_id,
        curve_key=curve,
        signing_key=signing,
        signed=self_signing is not None and is_signed(keys, user_id, self_signing, self_signing),
        gone=False,
        claimed_at=known.claimed_at if known else None,
        wedged=known.wedged if known else False,
        unwedged_at=known.unwedged_at if known else None,
    )
    return True


def read_device(user_id: str, device_id: str, keys: object) -> tuple[str, str]:
    """The device's Curve25519 and Ed25519 keys, if it says, and has signed, that it is this one. Raises ValueError."""
    own = part(keys, "keys")
    curve, signing = text(own, f"curve25519:{device_id}"), text(own, f"ed25519:{device_id}")
    vodozemac.Curve25519PublicKey.from_base64(curve)
    vodozemac.Ed25519PublicKey.from_base64(signing)
    if (text(keys, "user_id"), text(keys, "device_id")) != (user_id, device_id):
        raise ForeignError("another device")
    if not {OLM, MEGOLM} <= set(texts(keys, "algorithms")):
        raise ForeignError("other algorithms")
    if not is_signed(keys, user_id, device_id, signing):
        raise ForeignError("not signed by itself")
    return curve, signing


def claim_of(wanted: list[Device]) -> Json:
    """The body of `/keys/claim`: a one-time key of each of these devices."""
    body: Json = {}
    for device in wanted:
        body.setdefault(device.user_id, {})[device.device_id] = ONE_TIME
    return body
