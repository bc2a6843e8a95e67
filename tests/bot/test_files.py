"""Files that commands wait for are fetched from a server that has its troubles, read apart, and opened where sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from nio.crypto.attachments import encrypt_attachment

from bot.core.attached import attached
from bot.matrix.apart import FailedApartError, apart
from bot.matrix.files import Files
from bot.matrix.sender import Sender
from bot.matrix.transport import TooLargeError, Transport
from bot.matrix.worker import Worker
from commands.framework.files import MOST
from storage import processes
from tests.support.chat import NOW, Chat, Said
from tests.support.peer import CUT, Bytes, Peer, Trouble, limited, peer, refused

pytestmark = pytest.mark.long  # reads files by processes

KORA = "@kora:localhost"
MEDIA = "/media/download/"
TABLE = b"Note;Kommentar\n5;gut\n"


@dataclass
class Stage:
    """Kora's direct chat, a process that is live, and a server with her file."""

    chat: Chat
    server: Peer
    transport: Transport
    files: Files
    now: list[Any]

    async def sent(self, **content: Any) -> None:
        """Kora sends a file with the command as its caption."""
        what: dict[str, Any] = {"msgtype": "m.file", "body": "rückmeldung import P1", "filename": "a.csv"}
        what |= content or {"url": "mxc://localhost/file"}
        self.chat.sends("m.room.message", what, by=KORA, room=self.chat._room(KORA))

    async def answer(self, tries: int = 1) -> Said | None:
        for _ in range(tries):
            await self.files.fetch_all()
            self.now[0] += timedelta(minutes=1)
        self.chat.deliver(self.chat.core.pending())
        return next((one for one in self.chat.said if one.replies_to == self.chat.last), None)

    @property
    def asked(self) -> list[str]:
        return [path for _, path, _ in self.server.requests]


@pytest.fixture
async def stage(chat: Chat) -> AsyncIterator[Stage]:
    chat.direct(KORA)
    chat.process()
    with chat.database.transaction() as tx:
        processes.change(tx, 1, phase="frontend_live")
    worker = Worker()
    async with peer() as (server, transport):
        now = [NOW]
        sender = Sender(transport, worker, chat.core, now=lambda: now[0], clock=lambda: 0.0)
        files = Files(transport, worker, chat.core, sender, now=lambda: now[0])
        server.answers[MEDIA] = Bytes(TABLE)
        yield Stage(chat, server, transport, files, now)
    worker.close()


async def test_it_is_fetched_once_and_read(stage: Stage) -> None:
    await stage.sent()
    shown = await stage.answer(tries=2)
    assert shown is not None
    assert shown.machine["rows"] == 1
    assert stage.asked == ["/_matrix/client/v1/media/download/localhost/file"]


@pytest.mark.parametrize(
    "trouble", [Trouble(), CUT, limited(10), Trouble(504, {"errcode": "M_NOT_YET_UPLOADED"})]
)
async def test_after_troubles_it_is_tried_again(stage: Stage, trouble: Trouble) -> None:
    stage.server.trouble(MEDIA, trouble, trouble, trouble)
    await stage.sent()
    shown = await stage.answer(tries=6)
    assert shown is not None
    assert shown.machine["rows"] == 1
    assert len(stage.asked) == 4


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refused(404, "M_NOT_FOUND"), "not_found"),
        (refused(403), "not_found"),
        (Trouble(502), "not_found"),  # again and again
        (Trouble(307, "", location="https://elsewhere.example.ch/file"), "not_found"),
        (Bytes(b"a" * (MOST + 1)), "too_large"),
        (Bytes(b"a" * (MOST + 1), tells=False), "too_large"),
        (Bytes(b"\x00\x01"), "bad_input"),
    ],
    ids=["gone", "forbidden", "failing", "elsewhere", "large", "large unsaid", "no table"],
)
async def test_what_can_not_be_had_is_said(stage: Stage, answer: Any, code: str) -> None:
    stage.server.answers[MEDIA] = answer
    await stage.sent()
    said = await stage.answer(tries=20)
    assert said is not None
    assert said.machine["code"] == code
    assert stage.chat.core.wanted_files() == []


async def test_what_is_said_to_be_too_large_is_not_fetched(stage: Stage) -> None:
    await stage.sent(url="mxc://localhost/file", info={"size": MOST + 1})
    said = await stage.answer()
    assert said is not None
    assert said.machine["code"] == "too_large"
    assert stage.asked == []


async def test_a_sealed_one_is_opened(stage: Stage) -> None:
    sealed, keys = encrypt_attachment(TABLE)
    stage.server.answers[MEDIA] = Bytes(sealed)
    await stage.sent(file=keys | {"url": "mxc://localhost/file"})
    shown = await stage.answer()
    assert shown is not None
    assert shown.machine["rows"] == 1
    _, others = encrypt_attachment(TABLE)
    await stage.sent(file=others | {"url": "mxc://localhost/file"})
    damaged = await stage.answer()
    assert damaged is not None
    assert damaged.machine["code"] == "bad_input"


async def test_the_file_that_a_command_answers_is_looked_up(stage: Stage) -> None:
    content = {"msgtype": "m.file", "body": "a.csv", "url": "mxc://localhost/file"}
    stage.server.answers["/event/$file"] = {"type": "m.room.message", "content": content}
    answer: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": "$file"}}}
    room = stage.chat._room(KORA)
    stage.chat.says("rückmeldung import P1", by=KORA, room=room, **answer)
    shown = await stage.answer()
    assert shown is not None
    assert shown.machine["rows"] == 1
    stage.server.answers["/event/$file"] = {"type": "m.room.message", "content": {}}  # deleted since
    stage.chat.says("rückmeldung import P1", by=KORA, room=room, **answer)
    said = await stage.answer()
    assert said is not None
    assert said.machine["code"] == "bad_input"


async def test_nothing_is_taken_beyond_the_limit(stage: Stage) -> None:
    stage.server.answers[MEDIA] = Bytes(b"a" * 11, tells=False)
    with pytest.raises(TooLargeError):
        await stage.transport.download("localhost", "file", most=10)
    assert await stage.transport.download("localhost", "file", most=11) == b"a" * 11


def test_what_clients_say_of_files_is_not_believed() -> None:
    good = {"msgtype": "m.file", "url": "mxc://localhost/a", "info": {"size": 3}}
    assert attached(good) is not None
    keys = {"key": {"k": "a"}, "iv": "b", "hashes": {"sha256": "c"}, "url": "mxc://localhost/a"}
    found = attached({"msgtype": "m.file", "file": keys})
    assert found is not None
    assert found.sealed
    for odd in (
        {},
        good | {"msgtype": "m.text"},
        good | {"url": "https://localhost/a"},
        good | {"url": "mxc://localhost/../../v3/logout"},
        good | {"url": "mxc://local host/a?b"},
        good | {"url": None},
        {"msgtype": "m.file", "file": keys | {"key": "a"}},
        {"msgtype": "m.file", "file": keys | {"hashes": {}}},
        {"msgtype": "m.file", "file": keys | {"iv": "\n"}},
    ):
        assert attached(odd) is None, odd
    for size in (True, -1, "3", None, 1e9):
        assert getattr(attached(good | {"info": {"size": size}}), "size", 0) is None
    assert attached(good | {"info": 7}) is not None


async def test_a_reader_that_fails_or_hangs_harms_nobody() -> None:
    assert await apart(len, b"abc", within=30) == 3
    with pytest.raises(FailedApartError, match="invalid literal"):
        await apart(int, b"oh no", within=30)
    with pytest.raises(FailedApartError, match="no result"):
        await apart(len, b"abc", within=0)
