"""The bot's device: its identity keys, one-time keys and fallback key, and what of them is to be uploaded.

Specification: «End-to-End Encryption», «Device keys», «One-time and fallback keys».

Keys are rows before they are uploaded, and the same until the upload is known to have taken place: repeated after a
crash, it is the same request.
"""

from __future__ import annotations

from typing import Any, Final

import vodozemac

from bot.encryption.reading import Json, canonical, maybe, texts
from storage import megolm, olm
from storage.engine.base import Tx

OLM: Final = "m.olm.v1.curve25519-aes-sha2"
MEGOLM: Final = "m.megolm.v1.aes-sha2"
ONE_TIME: Final = "signed_curve25519"
ONE_TIME_KEYS: Final = 50  # on the homeserver; made anew once half of them are used


def forget_device(tx: Tx) -> None:
    """The bot is another device from now on: what only the former one can open is gone, and its keys of rooms too."""
    olm.forget_account(tx)
    megolm.forget_outbound(tx)


class Account:
    """One for the running bot. After a transaction that was rolled back: `forget`, for the objects have moved on."""

    def __init__(self, user_id: str, device_id: str, pickle_key: bytes) -> None:
        self.user_id, self.device_id, self.pickle_key = user_id, device_id, pickle_key
        self._account: Any = None
        self._uploaded = False

    def forget(self) -> None:
        self._account = None

    def keys(self, tx: Tx) -> Any:
        """The vodozemac.Account, made if there is none yet. That of another device is of no use: it goes first.

        Its type stubs do not know fallback keys, so it is not typed as one.
        """
        if self._account is None:
            row = olm.account(tx)
            if row is not None and row.device_id == self.device_id:
                self._account = vodozemac.Account.from_pickle(row.pickle, self.pickle_key)
                self._uploaded = row.uploaded
            else:
                forget_device(tx)
                self._account, self._uploaded = vodozemac.Account(), False
                # With the device itself: nobody finds one that can't be written to yet.
                self._account.generate_one_time_keys(ONE_TIME_KEYS)
                self._account.generate_fallback_key()
                self.save(tx)
        return self._account

    def save(self, tx: Tx) -> None:
        """All that was done with the keys is a row."""
        pickle = self.keys(tx).pickle(self.pickle_key)
        olm.put_account(tx, device_id=self.device_id, pickle=pickle, uploaded=self._uploaded)

    def curve_key(self, tx: Tx) -> str:
        return str(self.keys(tx).curve25519_key.to_base64())

    def signing_key(self, tx: Tx) -> str:
        return str(self.keys(tx).ed25519_key.to_base64())

    def sign(self, tx: Tx, value: Json) -> Json:
        """The object with the device's signature added."""
        signatures = value.setdefault("signatures", {}).setdefault(self.user_id, {})
        signatures[f"ed25519:{self.device_id}"] = self.keys(tx).sign(canonical(value)).to_base64()
        return value

    def device_keys(self, tx: Tx) -> Json:
        """All that others shall know of the device, signed by itself."""
        keys = {
            f"curve25519:{self.device_id}": self.curve_key(tx),
            f"ed25519:{self.device_id}": self.signing_key(tx),
        }
        of = {"user_id": self.user_id, "device_id": self.device_id}
        return self.sign(tx, {**of, "algorithms": [OLM, MEGOLM], "keys": keys})

    def is_another(self, tx: Tx, answer: object) -> bool:
        """Does the homeserver, by its answer to `/keys/query`, know this device with other keys?"""
        return self._known(answer) not in (None, self.curve_key(tx))

    def missed(self, tx: Tx, answer: object) -> None:
        """What a homeserver does not know of the device, by its answer to `/keys/query`, is to be uploaded."""
        self.keys(tx)
        if self._uploaded and self._known(answer) is None:
            self._uploaded = False
            self.save(tx)

    def _known(self, answer: object) -> object:
        there = maybe(maybe(maybe(answer, "device_keys"), self.user_id), self.device_id)
        return maybe(there, "keys").get(f"curve25519:{self.device_id}")

    # --- what is to be uploaded

    def count(self, tx: Tx, counts: Json, unused: object) -> None:
        """New keys are made where the homeserver runs out of them.

        `counts`: how many one-time keys it has, by algorithm, as a sync says that was asked for after the last upload
        had ended; a count that is missing is none. `unused`: the algorithms of fallback keys nobody has used; no list
        where the homeserver knows of none. More keys than were ever to be there: the upload has taken place, and only
        its answer was lost.
        """
        keys = self.keys(tx)
        have = counts.get(ONE_TIME)
        have = have if isinstance(have, int) and have > 0 else 0
        pending = len(keys.one_time_keys)
        changed = False
        if pending and have + pending > ONE_TIME_KEYS:
            keys.mark_keys_as_published()
            pending, changed = 0, True
        if have + pending < ONE_TIME_KEYS // 2:
            keys.generate_one_time_keys(ONE_TIME_KEYS - have - pending)
            changed = True
        if isinstance(unused, list) and ONE_TIME not in texts({"": unused}, "") and not keys.fallback_key:
            keys.generate_fallback_key()
            changed = True
        if changed:
            self.save(tx)

    def has_upload(self, tx: Tx) -> bool:
        """Is there one still to be made?"""
        keys = self.keys(tx)
        return not self._uploaded or bool(keys.one_time_keys or keys.fallback_key)

    def upload(self, tx: Tx) -> Json | None:
        """The body of the `/keys/upload` that is still to be made; the same until `uploaded`."""
        keys = self.keys(tx)
        body: Json = {} if self._uploaded else {"device_keys": self.device_keys(tx)}
        once = {
            f"{ONE_TIME}:{name}": self.sign(tx, {"key": key.to_base64()})
            for name, key in keys.one_time_keys.items()
        }
        fallback = {
            f"{ONE_TIME}:{name}": self.sign(tx, {"key": key.to_base64(), "fallback": True})
            for name, key in keys.fallback_key.items()
        }
        if once:
            body["one_time_keys"] = once
        if fallback:
            body["fallback_keys"] = fallback
        return body or None

    def uploaded(self, tx: Tx) -> None:
        """The homeserver has what `upload` gave."""
        self.keys(tx).mark_keys_as_published()
        self._uploaded = True
        self.save(tx)
