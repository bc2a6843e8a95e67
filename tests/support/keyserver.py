"""What a homeserver does about keys, in memory: just enough for two devices to talk, and to be misbehaved with."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from bot.encryption.machine import Claim, KeyMissingError, Machine, Opened, Query, RoomRules
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import NOW

Json = dict[str, Any]


class KeyServer:
    def __init__(self) -> None:
        self.devices: dict[str, dict[str, Json]] = defaultdict(dict)
        self.once: dict[tuple[str, str], dict[str, Json]] = defaultdict(dict)
        self.fallback: dict[tuple[str, str], dict[str, Json]] = defaultdict(dict)
        self.used_fallback: set[tuple[str, str]] = set()
        self.identities: dict[str, dict[str, Json]] = defaultdict(dict)
        self.inbox: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self.sent: set[str] = set()

    def upload(self, user: str, device: str, body: Json) -> None:
        if "device_keys" in body:
            self.devices[user][device] = copy.deepcopy(body["device_keys"])
        self.once[user, device] |= body.get("one_time_keys", {})
        if "fallback_keys" in body:
            self.fallback[user, device] = body["fallback_keys"]
            self.used_fallback.discard((user, device))

    def query(self, users: Any) -> Json:
        answer: Json = {"device_keys": {user: copy.deepcopy(self.devices[user]) for user in users}}
        for user in users:
            for kind, key in self.identities[user].items():
                answer.setdefault(kind.removesuffix("_key") + "_keys", {})[user] = copy.deepcopy(key)
        return answer

    def claim(self, body: Json) -> Json:
        given: Json = {}
        for user, wanted in body.items():
            for device in wanted:
                once = self.once[user, device]
                if once:
                    name = next(iter(once))
                    given.setdefault(user, {})[device] = {name: once.pop(name)}
                elif self.fallback[user, device]:
                    given.setdefault(user, {})[device] = dict(self.fallback[user, device])
                    self.used_fallback.add((user, device))
        return {"one_time_keys": given}

    def sign(self, body: Json) -> None:
        for user, signed in body.items():
            for device, keys in signed.items():
                if device in self.devices[user]:
                    self.devices[user][device]["signatures"][user] |= keys["signatures"][user]

    def send(self, sender: str, txn: str, kind: str, messages: Json) -> None:
        if txn in self.sent:
            return
        self.sent.add(txn)
        for user, by_device in messages.items():
            for device, content in by_device.items():
                for which in self.devices[user] if device == "*" else [device]:
                    event = {"type": kind, "sender": sender, "content": content}
                    self.inbox[user, which].append(copy.deepcopy(event))

    def sync(self, user: str, device: str) -> Json:
        events, self.inbox[user, device] = self.inbox[user, device], []
        unused = (
            []
            if (user, device) in self.used_fallback or not self.fallback[user, device]
            else ["signed_curve25519"]
        )
        return {
            "to_device": {"events": events},
            "device_one_time_keys_count": {"signed_curve25519": len(self.once[user, device])},
            "device_unused_fallback_key_types": unused,
        }


class Peer:
    """A device with a store of its own, on this key server."""

    def __init__(
        self,
        server: KeyServer,
        user: str,
        device: str,
        *,
        only_signed: bool = False,
        store: Database | None = None,
    ) -> None:
        self.server, self.user, self.device = server, user, device
        self.machine = Machine(user, device, b"k" * 32, only_signed=only_signed)
        self.store = store or Database("sqlite:///:memory:")
        if store is None:
            with self.store.transaction() as tx:
                Base.metadata.create_all(tx)
        self.now, self.said = NOW, 0
        self.sync()

    def sync(self) -> list[tuple[str, Opened]]:
        """What has come is taken in, keys that are missing are uploaded, stuck sessions made anew."""
        news = self.server.sync(self.user, self.device)
        with self.store.transaction() as tx:
            opened = self.machine.receive(tx, news, counts_are_new=True, now=self.now)
            body = self.machine.account.upload(tx)
        if body:
            self.server.upload(self.user, self.device, body)
            with self.store.transaction() as tx:
                self.machine.account.uploaded(tx)
        with self.store.transaction() as tx:
            stuck = self.machine.to_unwedge(tx)
        if stuck:
            with self.store.transaction() as tx:
                self.machine.take_claimed(tx, stuck, self.server.claim(stuck), now=self.now)
                self.machine.unwedge(tx, now=self.now)
        self.flush()
        return opened

    def identify(self) -> None:
        """Cross-signing is made, uploaded, and the device signed with it."""
        with self.store.transaction() as tx:
            self.machine.identity.seeds(tx)
            self.server.identities[self.user] = self.machine.identity.upload(tx)
            self.server.sign(self.machine.identity.sign_device(tx))

    def flush(self) -> None:
        with self.store.transaction() as tx:
            for row in self.machine.to_send(tx):
                self.server.send(self.user, row.txn, row.kind, row.messages)
                self.machine.mark_sent(tx, row.id)

    def prepare(self, room: str, members: list[str], rules: RoomRules) -> None:
        for _ in range(10):
            with self.store.transaction() as tx:
                wanted = self.machine.prepare(tx, room, members, rules, now=self.now)
            if isinstance(wanted, Query):
                with self.store.transaction() as tx:
                    self.machine.take_queried(tx, wanted.asked, self.server.query(wanted.asked))
            elif isinstance(wanted, Claim):
                with self.store.transaction() as tx:
                    self.machine.take_claimed(tx, wanted.body, self.server.claim(wanted.body), now=self.now)
            else:
                break
        self.flush()

    def say(self, room: str, members: list[str], body: str, rules: RoomRules | None = None) -> Json:
        """The event as the homeserver would give it to the others."""
        return self.does(room, members, "m.room.message", {"msgtype": "m.text", "body": body}, rules)

    def does(
        self, room: str, members: list[str], kind: str, content: Json, rules: RoomRules | None = None
    ) -> Json:
        """The same of whatever else one can do in a room."""
        rules = rules or RoomRules()
        self.prepare(room, members, rules)
        with self.store.transaction() as tx:
            content = self.machine.seal(tx, room, kind, content, rules)
        self.said += 1
        event_id = f"${self.device}{self.said}"
        return {"type": "m.room.encrypted", "sender": self.user, "event_id": event_id, "content": content}

    def reads(self, room: str, event: Json) -> str:
        """The body. Raises what `open` raises."""
        with self.store.transaction() as tx:
            opened = self.machine.open(tx, room, event, now=self.now)
        body: str = opened.event["content"]["body"]
        return body

    def keeps(self, room: str, event: Json) -> str | None:
        """The body; None where the event waits for its key."""
        with self.store.transaction() as tx:
            try:
                opened = self.machine.open(tx, room, event, now=self.now)
            except KeyMissingError as missing:
                self.machine.keep(tx, room, event, missing, now=self.now)
                return None
        body: str = opened.event["content"]["body"]
        return body
