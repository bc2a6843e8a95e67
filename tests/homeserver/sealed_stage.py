"""What the kill tests in encrypted rooms share: people on matrix-nio, and what to look for in what they could read."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

import nio
from sqlalchemy import select

from bot.demo.homeserver import Account, Homeserver
from storage.engine.database import Database
from storage.ideas import Idea
from storage.megolm import Unreadable
from tests.homeserver.bots import BotProcess
from tests.homeserver.nio_peer import Peer, edits, peer_of, replied_to
from tests.homeserver.stage import new_account

PEOPLE: Final = 3
UNANSWERED: Final = 40  # commands
CUT: Final = 101  # more than the bot is told of a room at once


class SealedStage:
    """Three people, two rooms (the idea room among them) and their direct chats, all encrypted; one bot."""

    def __init__(self, homeserver: Homeserver, directory: Path) -> None:
        self.homeserver, self.directory = homeserver, directory
        self.peers: list[Peer] = []
        self.rooms: list[str] = []  # the two, then the direct chats in the order of the peers
        self.sent: dict[str, tuple[str, str]] = {}  # command event -> room, title
        self.cuts: set[str] = set()  # rooms
        self.phones: list[tuple[Peer, set[str]]] = []  # another device, and what was said before
        self._closing = AsyncExitStack()
        self._accounts: list[Account] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    async def set(
        self, *, program: tuple[str, ...] = ("tests/homeserver/dying_bot.py",), **more: Any
    ) -> BotProcess:
        self.account = await new_account(self.homeserver)
        self._accounts = [await new_account(self.homeserver, "peer") for _ in range(PEOPLE)]
        self.peers = [
            await self._enter(account, account.user_id[1:5] + str(n))
            for n, account in enumerate(self._accounts)
        ]
        first, *others = self.peers
        invited = [self.account.user_id, *(peer.client.user_id for peer in others)]
        self.rooms = [await first.create_room(name, invited) for name in ("Ideen", "Halle")]
        for peer in others:
            for room in self.rooms:
                await peer.client.join(room)
        self.rooms += [await peer.create_room(None, [self.account.user_id]) for peer in self.peers]
        return self.bot_of(self.account, "bot", program=program, **more)

    def bot_of(self, account: Account, directory: str, **more: Any) -> BotProcess:
        """The bot, or another process of it."""
        return BotProcess(
            self.homeserver,
            account,
            self.directory / directory,
            coordinators=[account.user_id for account in self._accounts],
            rooms={"ideas": self.rooms[0]},
            encryption="on",
            encryption_devices="all",
            **more,
        )

    async def _enter(self, account: Account, name: str) -> Peer:
        peer = await self._closing.enter_async_context(
            peer_of(self.homeserver, account, self.directory / name)
        )
        await self._closing.enter_async_context(peer.listening())
        return peer

    async def settled_in(self) -> None:
        """The bot sits in all rooms, and the people know it."""
        for index, room in enumerate(self.rooms):
            for peer in self.peers if index < 2 else [self.peers[index - 2]]:
                await peer.heard(lambda p=peer, r=room: p.sees(self.account.user_id, r))  # type: ignore[misc]

    async def say(self, number: int, dice: random.Random) -> None:
        """One command by one of the people in one of their rooms."""
        await self.say_in(dice.choice([*self.rooms[:2], self.rooms[2 + number % PEOPLE]]), number, dice)

    async def patience(self) -> None:
        """People say no more while so much is unanswered: else a slow machine could never catch up."""
        while True:
            answered = {replied_to(event) for peer in self.peers for event in peer.read}
            if len(self.sent.keys() - answered) <= UNANSWERED:
                return
            await asyncio.sleep(0.2)

    async def say_in(self, room: str, number: int, dice: random.Random) -> None:
        """One command in this room."""
        title = f"Vorhaben {number:03d} {dice.randrange(10**12)}"
        event = await self.peers[number % PEOPLE].say(room, f"!idee neu {title}\ntrotzdem: ja")
        self.sent[event] = room, title

    def talked_in(self) -> str:
        """The room in which most was said."""
        [(room, _)] = Counter(room for room, _ in self.sent.values() if room in self.rooms[:2]).most_common(1)
        return room

    async def cut(self, room: str) -> None:
        """So much happens in the room that who has been away is told the end of it only."""
        self.cuts.add(room)
        peer, event = self.peers[0], next(e for e, (where, _) in self.sent.items() if where == room)
        marks = [secrets.token_hex(4) for _ in range(CUT)]
        for start in range(0, CUT, 10):
            await asyncio.gather(*(peer.react(room, event, mark) for mark in marks[start : start + 10]))

    async def phone(self, number: int) -> None:
        """One of the people takes another device, which says nothing, and so has no session with the bot's."""
        account = self._accounts[number % PEOPLE]
        client = nio.AsyncClient(self.homeserver.url, account.user_id)
        try:
            answer = await client.login(account.password, device_name="phone")
        finally:
            await client.close()
        assert isinstance(answer, nio.LoginResponse), answer
        device = Account(account.user_id, account.password, answer.access_token, answer.device_id)
        self.phones.append((await self._enter(device, f"phone{number}"), set(self.sent)))

    async def use_up_keys(self) -> None:
        """So many of the bot's one-time keys are taken that it has to upload others."""
        client = self.peers[0].client
        asked = {self.account.user_id: [self._bot_device()]}
        for _ in range(30):
            answer = await client.keys_claim(asked)
            assert isinstance(answer, nio.KeysClaimResponse), answer

    def _bot_device(self) -> str:
        [device] = self.peers[0].client.device_store.active_user_devices(self.account.user_id)
        return str(device.device_id)

    async def all_answered(self) -> None:
        """Each of the people could read a reply to each command in their rooms."""
        for peer in self.peers:
            mine = {e for e, (room, _) in self.sent.items() if room in peer.client.rooms}
            await peer.heard(lambda p=peer, m=mine: m <= {replied_to(e) for e in p.read}, within=120)  # type: ignore[misc]

    async def check(self, database: str) -> None:
        """Nothing lost, doubled, out of order or unreadable: on the homeserver, and in the store."""
        me = self.account.user_id
        cards: list[str] = []
        for index, room in enumerate(self.rooms):
            for peer in self.peers if index < 2 else [self.peers[index - 2]]:
                timeline = await peer.messages(room)
                sealed = [e for e in timeline if isinstance(e, nio.MegolmEvent) and e.sender == me]
                assert sealed == [], "not to be read by who sat there"
                said = [e for e in timeline if e.sender == me and isinstance(e, nio.RoomMessage)]
                assert all(e.decrypted for e in said), "said in the clear"
                asked = [e.event_id for e in timeline if e.event_id in self.sent]
                replies = [replied_to(e) for e in said if replied_to(e) and not edits(e)]
                assert replies == asked, f"lost, doubled, or out of order: {len(replies)} of {len(asked)}"
                parts = [e.source["content"].get("ch.publicinnovators", {}) for e in said if not edits(e)]
                wrong = [part for part in parts if part.get("type") == "error"]
                assert not wrong, wrong
                cards = [p["ref"] for p in parts if p.get("type") == "idea"] if index == 0 else cards
        shown = Counter(cards)
        for peer, before in self.phones:
            timeline = await peer.messages(self.rooms[1])
            asked = [e.event_id for e in timeline if e.event_id in self.sent and e.event_id not in before]
            after = timeline[[e.event_id for e in timeline].index(asked[0]) :]
            sealed = [e for e in after if isinstance(e, nio.MegolmEvent) and e.sender == me]
            assert not sealed, "a new device reads what is said from then on"
            replies = [replied_to(e) for e in after if e.sender == me and not edits(e)]
            assert set(asked) <= set(replies)
        store = Database(database)
        try:
            with store.transaction() as tx:
                titles = Counter(tx.execute(select(Idea.title)).scalars())
                unread = tx.execute(select(Unreadable.event_id)).scalars().all()
        finally:
            store.close()
        assert titles == Counter(title for _, title in self.sent.values())
        assert shown == {f"I{n}": 1 for n in range(1, len(self.sent) + 1)}, "each idea has one card"
        assert unread == []
