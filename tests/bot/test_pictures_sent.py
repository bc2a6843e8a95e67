"""A picture goes as one message with its text as the caption; where it can't be drawn, the text goes alone."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nio.crypto import decrypt_attachment

from bot.matrix.delivery import Delivery
from bot.matrix.drawing import Drawer
from bot.matrix.transport import LimitedError
from bot.matrix.worker import Worker
from bot.rendering.replies import KEY, drawn_content, edit_of
from commands.framework import Drawing
from storage.outbox import REPLY, Errand
from tests.support.chat import HALL, NOW, Chat
from tests.support.peer import Peer, limited, peer, refused

pytestmark = pytest.mark.long  # each begins a process that draws

MATRIX = Drawing(
    "matrix", {"ideas": [["I1", "Formulare", "2.0", "5.0"]], "more": False}, ("matrix.png", "matrix-en.png")
)
LIST = {"type": "list", "of": "idea", "refs": ["I1"], "page": 1, "pages": 1, "total": 1}
READY = "import sys, time; out = sys.stdout.buffer; out.write(b'\\1' + bytes(4)); out.flush(); sys.stdin.readline(); "
SLOW = 60  # seconds, for a machine with much to do
PNG = b"\x89PNG\r\n\x1a\n"


def errand(kind: str = "file", *, txn: str = "t", language: str = "de") -> Errand:
    content = drawn_content(MATRIX, language, "<strong>Aufwand</strong> und Nutzen", LIST)
    return Errand(1, txn, kind, HALL, content, REPLY, None, NOW)


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("letters")


@asynccontextmanager
async def at_work(chat: Chat, drawer: Drawer | None) -> AsyncIterator[tuple[Peer, Delivery]]:
    worker = Worker()
    async with peer() as (server, transport):
        yield server, Delivery(transport, worker, chat.core, {}, now=lambda: NOW, drawer=drawer)
    if drawer is not None:
        await drawer.close()
        assert drawer.process is None
    worker.close()


def uploads(server: Peer) -> list[bytes]:
    return [body for _, path, body in server.requests if path.endswith("/upload")]


def is_text_alone(server: Peer) -> None:
    [(_, kind, content)] = server.events
    assert kind == "m.room.message"
    assert (content["msgtype"], content["body"]) == ("m.text", "Aufwand und Nutzen")
    assert content[KEY] == LIST
    assert not {"url", "file", "info", "filename", "drawn"} & set(content)


async def test_the_picture_has_the_whole_text_as_its_caption(chat: Chat, letters: Any) -> None:
    async with at_work(chat, Drawer(letters, within=SLOW)) as (server, delivery):
        assert await delivery.carry_out(errand()) == "$event0"
        [picture] = uploads(server)
        assert picture.startswith(PNG)
        [(_, _, content)] = server.events
        assert content["msgtype"] == "m.image"
        assert (content["filename"], content["url"]) == ("matrix.png", "mxc://localhost/file")
        assert content["body"] == "Aufwand und Nutzen"
        assert content["formatted_body"] == "<strong>Aufwand</strong> und Nutzen"
        assert content["info"] == {"mimetype": "image/png", "w": 1200, "h": 800, "size": len(picture)}
        assert content[KEY] == LIST | {"picture": "matrix"}
        assert "drawn" not in content

        # Sent again after a kill, it is the same message; in the other language another picture.
        assert await delivery.carry_out(errand()) == "$event0"
        assert len(uploads(server)) == 1
        await delivery.carry_out(errand(txn="t2", language="en"))
        assert len(server.events) == len(uploads(server)) == 2
        assert server.events[1][2]["filename"] == "matrix-en.png"


async def test_a_bot_that_begins_anew_draws_the_same_and_says_it_once(chat: Chat, letters: Any) -> None:
    """Killed after the upload, before its answer was recorded."""
    async with at_work(chat, Drawer(letters, within=SLOW)) as (server, delivery):
        await delivery.carry_out(errand())
        again = Drawer(letters, within=SLOW)
        fresh = Delivery(delivery.transport, delivery.worker, chat.core, {}, now=lambda: NOW, drawer=again)
        assert await fresh.carry_out(errand()) == "$event0"
        await again.close()
        first, second = uploads(server)
        assert first == second
        assert len(server.events) == 1


async def test_in_an_encrypted_room_the_picture_is_sealed(chat: Chat, letters: Any) -> None:
    async with at_work(chat, Drawer(letters, within=SLOW)) as (server, delivery):
        content = await delivery._drawn(errand().content, sealed=True)
        [stored] = uploads(server)
        file = content["file"]
        assert "url" not in content
        assert content["info"]["mimetype"] == "image/png"
        assert not stored.startswith(PNG)
        opened = decrypt_attachment(stored, file["key"]["k"], file["hashes"]["sha256"], file["iv"])
        assert opened.startswith(PNG)
        assert content["info"]["size"] == len(opened)
        await delivery.carry_out(errand())  # elsewhere it is another file
        assert len(uploads(server)) == 2


async def test_an_edit_carries_the_picture_for_every_client(chat: Chat, letters: Any) -> None:
    async with at_work(chat, Drawer(letters, within=SLOW)) as (server, delivery):
        delivery.events = {7: "$before"}
        edit = errand("edit")
        edit.waits_for = 7
        await delivery.carry_out(edit)
        [(_, _, content)] = server.events
        assert content["m.new_content"]["url"] == content["url"] == "mxc://localhost/file"
        assert content["m.new_content"]["msgtype"] == content["msgtype"] == "m.image"
    sealed = edit_of({"msgtype": "m.image", "body": "x", "file": {"url": "mxc://x"}, KEY: {}}, "$e")
    assert sealed["file"] == {"url": "mxc://x"}


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",  # never ready
        READY + "time.sleep(60)",  # takes too long
        READY + "sys.exit(1)",  # dies of it
        READY + "out.write(b'\\1\\0\\0\\1\\0abc'); out.flush(); sys.exit(1)",  # dies in the middle
        READY + "out.write(b'\\0\\0\\0\\0\\4oops'); out.flush()",  # says that it can't
        "import sys; sys.exit(3)",
        "import sys; print('Traceback', flush=True)",
    ],
)
async def test_where_it_can_not_be_drawn_the_text_goes_alone(chat: Chat, program: str) -> None:
    drawer = Drawer(program=(sys.executable, "-c", program), within=0.5, begin_within=0.5)
    async with at_work(chat, drawer) as (server, delivery):
        async with asyncio.timeout(10):
            await delivery.carry_out(errand())
        is_text_alone(server)
        assert uploads(server) == []


async def test_what_is_too_much_work_is_left_and_the_process_goes_on(chat: Chat, letters: Any) -> None:
    drawer = Drawer(letters, program=(sys.executable, "-m", "bot.drawing", "0.001"), within=SLOW)
    async with at_work(chat, drawer) as (server, delivery):
        await delivery.carry_out(errand())
        is_text_alone(server)
        assert drawer.process is not None
        assert drawer.process.returncode is None


async def test_without_a_process_that_draws_the_text_goes_alone(chat: Chat) -> None:
    async with at_work(chat, None) as (server, delivery):
        await delivery.carry_out(errand())
        is_text_alone(server)
    nowhere = Drawer(program=("/nowhere/python",))
    async with at_work(chat, nowhere) as (server, delivery):
        await delivery.carry_out(errand())
        is_text_alone(server)


async def test_after_one_that_took_too_long_the_next_is_drawn_by_a_new_process(
    chat: Chat, letters: Any
) -> None:
    drawer = Drawer(letters, within=SLOW)
    async with at_work(chat, drawer) as (server, delivery):
        await delivery.carry_out(errand())
        assert drawer.process is not None
        first = drawer.process.pid
        drawer.within = 0
        await delivery.carry_out(errand(txn="slow", language="en"))
        assert [content["msgtype"] for *_, content in server.events] == ["m.image", "m.text"]
        assert drawer.process is None
        drawer.within = SLOW
        await delivery.carry_out(errand(txn="next", language="en"))
        assert server.events[-1][2]["msgtype"] == "m.image"
        assert drawer.process is not None
        assert drawer.process.pid != first


async def test_many_at_once_each_get_their_own(letters: Any) -> None:
    drawer = Drawer(letters, within=SLOW)
    ideas = [[f"I{n}", "x", "2.0", "5.0"] for n in range(4)]
    asked: list[dict[str, Any]] = [
        {"drawing": "matrix", "language": "de", "more": False, "ideas": ideas[:n]} for n in (1, 2, 3, 4)
    ]
    together = await asyncio.gather(*(drawer.draw(what) for what in asked))
    assert together == [await drawer.draw(what) for what in asked]
    assert len({*together}) == 4

    # Who waits is called off: the next still gets the answer to its own question.
    waits = asyncio.create_task(drawer.draw(asked[0]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waits.cancel()
    assert await drawer.draw(asked[1]) == together[1]
    await drawer.close()


async def test_it_ends_when_nothing_is_drawn_for_a_while(letters: Any) -> None:
    drawer = Drawer(letters, within=SLOW, idle=0)
    what = json.loads(json.dumps(errand().content["drawn"]))
    picture = await drawer.draw(what)
    process = drawer.process
    assert process is not None
    async with asyncio.timeout(10):
        assert await process.wait() == 0
    assert await drawer.draw(what) == picture
    await drawer.close()


async def test_the_process_gets_none_of_the_bots_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIBOT_PASSWORD", "geheim")
    tell = READY + "import os; told = repr(dict(os.environ)).encode(); "
    tell += "out.write(b'\\1' + len(told).to_bytes(4, 'big') + told); out.flush()"
    drawer = Drawer(program=(sys.executable, "-c", tell), within=SLOW, begin_within=SLOW)
    told = await drawer.draw({"drawing": "x"})
    await drawer.close()
    assert told is not None
    assert b"geheim" not in told


async def test_a_homeserver_that_takes_no_picture_gets_the_text(chat: Chat, letters: Any) -> None:
    async with at_work(chat, Drawer(letters, within=SLOW)) as (server, delivery):
        server.trouble("/upload", refused(413, "M_TOO_LARGE"))
        await delivery.carry_out(errand())
        is_text_alone(server)


async def test_a_homeserver_that_limits_gets_the_picture_later(chat: Chat, letters: Any) -> None:
    async with at_work(chat, Drawer(letters, within=SLOW)) as (server, delivery):
        server.trouble("/upload", limited(10))
        with pytest.raises(LimitedError):
            await delivery.carry_out(errand())
        assert server.events == []
        await delivery.carry_out(errand())
        assert server.events[0][2]["msgtype"] == "m.image"
