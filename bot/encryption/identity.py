"""Who the bot is beyond its device: cross-signing keys, made once, and whom it trusts.

Specification: «Cross-signing», «Key and signature security».

The three seeds are rows, encrypted by the pickle key, before their public halves are uploaded; each step may be
repeated. Somebody else's master key for the bot's account is never replaced in silence.
"""

from __future__ import annotations

import os
from typing import Final, Literal

from bot.encryption.account import Account
from bot.encryption.channels import Channels
from bot.encryption.reading import Json, canonical, is_signed, maybe, one_key
from storage import olm
from storage.engine.base import Tx
from storage.engine.sealing import PickleKeyError, in_base64, seal, unseal

RECOVERABLE: Final = "recoverable"
BEGUN, KNOWN = "begun", "yes"  # a recovery key was perhaps, or surely, given to somebody
USAGES: Final = ("master", "self_signing", "user_signing")


class _Key:
    """An Ed25519 key made of its seed.

    What signs is loaded here: it takes 0.04 s, nothing else loads it, and without encryption nobody needs it.
    """

    def __init__(self, seed: bytes) -> None:
        from Crypto.PublicKey import ECC  # noqa: PLC0415

        self._key = ECC.construct(curve="Ed25519", seed=seed)
        self.public = in_base64(self._key.public_key().export_key(format="raw"))

    def sign(self, value: Json, user_id: str) -> Json:
        """The object with this key's signature added."""
        from Crypto.Signature import eddsa  # noqa: PLC0415

        signature = eddsa.new(self._key, "rfc8032").sign(canonical(value))
        value.setdefault("signatures", {}).setdefault(user_id, {})[f"ed25519:{self.public}"] = in_base64(
            signature
        )
        return value


def opens(tx: Tx, pickle_key: bytes) -> bool:
    """Is this the pickle key of the store's identity, or is there none yet?"""
    try:
        for usage in USAGES:
            kept = olm.secret(tx, f"seed {usage}")
            if kept is not None:
                unseal(pickle_key, usage, kept)
    except PickleKeyError:
        return False
    return True


class Identity:
    def __init__(self, account: Account, channels: Channels) -> None:
        self.account, self.channels = account, channels

    # --- the seeds

    def seeds(self, tx: Tx) -> dict[str, bytes]:
        """The three seeds, made where there are none yet."""
        return {usage: self._seed(tx, usage) for usage in USAGES}

    def _seed(self, tx: Tx, usage: str) -> bytes:
        kept = olm.secret(tx, f"seed {usage}")
        if kept is None:
            seed = os.urandom(32)
            self._keep(tx, usage, seed)
            return seed
        return unseal(self.account.pickle_key, usage, kept)

    def opens(self, tx: Tx) -> bool:
        """Is the pickle key the one of this store?"""
        return opens(tx, self.account.pickle_key)

    def _keep(self, tx: Tx, usage: str, seed: bytes) -> None:
        olm.put_secret(tx, f"seed {usage}", seal(self.account.pickle_key, usage, seed))

    def adopt(self, tx: Tx, seeds: dict[str, bytes]) -> None:
        """The identity is the one of these seeds from now on, as it was before on another machine."""
        for usage in USAGES:
            self._keep(tx, usage, seeds[usage])
        self.mark_recoverable(tx)
        self.channels.device_keys = None

    def reset(self, tx: Tx) -> None:
        """The identity is a new one; whoever has verified the former has to do so again."""
        for usage in USAGES:
            olm.drop_secret(tx, f"seed {usage}")
        olm.drop_secret(tx, RECOVERABLE)
        self.channels.device_keys = None

    def is_recoverable(self, tx: Tx) -> bool:
        """Has somebody been given the recovery key of this identity?"""
        return olm.secret(tx, RECOVERABLE) == KNOWN

    def begin_recoverable(self, tx: Tx) -> bool:
        """A recovery key is about to be given; True if another one was, of which it is not known whether it arrived."""
        again = olm.secret(tx, RECOVERABLE) is not None
        olm.put_secret(tx, RECOVERABLE, BEGUN)
        return again

    def mark_recoverable(self, tx: Tx) -> None:
        olm.put_secret(tx, RECOVERABLE, KNOWN)

    def _keys(self, tx: Tx) -> dict[str, _Key]:
        return {usage: _Key(seed) for usage, seed in self.seeds(tx).items()}

    # --- what is uploaded

    def state(self, tx: Tx, answer: object) -> Literal["none", "ours", "foreign"]:
        """The owner of the identity that the homeserver has, by its answer to `/keys/query` for the bot itself."""
        me = self.account.user_id
        there = maybe(answer, "master_keys").get(me)
        if there is None:
            return "none"
        return "ours" if one_key(there, me, "master") == self._keys(tx)["master"].public else "foreign"

    def upload(self, tx: Tx) -> Json:
        """The body of `/keys/device_signing/upload`: each key signed by the master key, that one by the device."""
        keys, me = self._keys(tx), self.account.user_id
        objects: dict[str, Json] = {
            usage: {"user_id": me, "usage": [usage], "keys": {f"ed25519:{key.public}": key.public}}
            for usage, key in keys.items()
        }
        self.account.sign(tx, objects["master"])
        return {f"{usage}_key": keys["master"].sign(value, me) for usage, value in objects.items()}

    def sign_device(self, tx: Tx) -> Json:
        """The body of `/keys/signatures/upload`: the device's keys, as held here, signed by the self-signing key.

        From now on they go along with what is said to other devices.
        """
        signed = self._keys(tx)["self_signing"].sign(self.account.device_keys(tx), self.account.user_id)
        self.channels.device_keys = signed
        return {self.account.user_id: {self.account.device_id: signed}}

    def is_device_signed(self, tx: Tx, answer: object) -> bool:
        """Do others see the device signed by the bot's identity, by this answer to `/keys/query`?"""
        me, device = self.account.user_id, self.account.device_id
        public = self._keys(tx)["self_signing"].public
        keys = maybe(maybe(answer, "device_keys"), me).get(device)
        ours = one_key(maybe(answer, "self_signing_keys").get(me), me, "self_signing") == public
        return ours and is_signed(keys, me, public, public)

    def trust(self, tx: Tx, user_id: str, answer: object) -> Json | None:
        """The body of `/keys/signatures/upload` that signs this person's master key; None where there is none."""
        master = maybe(answer, "master_keys").get(user_id)
        public = one_key(master, user_id, "master")
        if public is None or master is None:
            return None
        plain = {key: value for key, value in master.items() if key != "signatures"}
        return {user_id: {public: self._keys(tx)["user_signing"].sign(plain, self.account.user_id)}}
