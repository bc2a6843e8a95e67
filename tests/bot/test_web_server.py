"""HTTP as the pages are answered: what is refused, what may be kept, and what everybody is told in headers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy.exc import DBAPIError

from bot.config.keys import Web
from bot.demo.homeserver import free_port
from bot.web.answers import Asked
from bot.web.limits import Rates, client_of
from bot.web.refusals import bare
from bot.web.server import serving
from bot.web.site import Site
from bot.web.visit import place_of
from storage.engine.database import Database
from tests.support.chat import Chat
from tests.support.outside import Town, made, news, raw

PATHS = (
    *("/", "/news/N1", "/news.atom", "/agenda.ics", "/daten/ideen.json", "/daten/news.csv"),
    "/daten/datapackage.json",
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder: Path = tmp_path_factory.mktemp("town")
    chat = made(folder)
    news(chat, "Portal wächst")
    chat.says("!anlass neu Treff | wann: 18.03.2027 13:30 | öffentlich: ja", by="@kora:localhost")
    return Town(chat, folder)


def _request(path: str, *headers: str, method: str = "GET", body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def test_what_is_too_large_or_not_to_be_read_is_refused(town: Town) -> None:
    large = "x" * (64 * 1024 + 1)
    chunked = f"{len(large):x}\r\n{large}\r\n0\r\n\r\n"
    async with town.reading() as reader:
        for sent, status in (
            (_request("/" + "x" * 2047), 404),
            (_request("/" + "x" * 2048), 414),
            (_request("/?suche=" + "x" * 2048), 414),
            (_request("/" + "x" * 20_000), 414),
            (_request("/", f"Content-Length: {64 * 1024 + 1}"), 413),
            (_request("/", "Content-Length: 9999999999", method="POST"), 413),
            (_request("/", "Transfer-Encoding: chunked", body=chunked), 413),
            (_request("/", "Content-Length: 5", body="12345"), 200),
            (_request("/", "X: " + "x" * 20_000), 431),
            (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
            *(
                (_request("/news", method=method), 405)
                for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE")
            ),
        ):
            answer = await raw(reader, sent)
            assert answer[8:13] == f" {status} ".encode(), (sent[:60], answer[:200])
            assert b"nosniff" in answer
            assert b"Traceback" not in answer


async def test_every_answer_has_the_headers(town: Town) -> None:
    async with town.reading() as reader:
        for path in (
            "/",
            "/news/N1",
            "/news/N99",
            "/stil.css",
            "/zeichen.svg",
            "/news.atom",
            "/agenda.ics",
            "/daten/ideen.csv",
        ):
            answer = await reader.get(path)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "Set-Cookie" not in answer.headers
            assert "aiohttp" not in answer.headers["Server"]
            assert ("immutable" in answer.headers["Cache-Control"]) == (path in ("/stil.css", "/zeichen.svg"))


async def test_head_is_get_without_a_body(town: Town) -> None:
    async with town.reading() as reader:
        for path in ("/", "/news/N1", "/stil.css", "/agenda.ics"):
            head, get = await reader.head(path), await reader.get(path)
            assert (head.status, await head.read()) == (200, b"")
            for name in ("ETag", "Content-Type", "Content-Length"):
                assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_the_same_is_not_sent_again(town: Town, path: str) -> None:
    async with town.reading() as reader:
        first = await reader.get(path)
        tag, since = first.headers["ETag"], first.headers["Last-Modified"]
        assert first.headers["Cache-Control"] == "no-cache"
        for headers, status in (
            ({"If-None-Match": tag}, 304),
            ({"If-None-Match": f'"other", W/{tag.removeprefix("W/")}'}, 304),
            ({"If-None-Match": "*"}, 304),
            ({"If-None-Match": '"other"', "If-Modified-Since": since}, 200),
            ({"If-Modified-Since": since}, 304),
            ({"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}, 200),
            ({"If-Modified-Since": "nonsense"}, 200),
        ):
            again = await reader.get(path, headers=headers)
            assert (again.status, headers) == (status, headers)
            assert again.headers["ETag"] == tag
            if status == 304:
                assert await again.read() == b""
    async with town.reading() as another:  # the same after a restart
        assert (await another.get(path, headers={"If-None-Match": tag})).status == 304


@pytest.mark.parametrize("path", ["/stil.css", "/zeichen.svg", "/mitmachen"])
async def test_what_never_changes_is_not_sent_again_either(town: Town, path: str) -> None:
    async with town.reading() as reader:
        first = await reader.get(path)
        town.chat.now += timedelta(minutes=1)
        for headers in (
            {"If-None-Match": first.headers["ETag"]},
            {"If-Modified-Since": first.headers["Last-Modified"]},
        ):
            again = await reader.get(path, headers=headers)
            assert (again.status, again.headers["ETag"]) == (304, first.headers["ETag"])


async def test_what_changes_is_another(tmp_path: Path) -> None:
    chat = made(tmp_path)
    news(chat, "Portal wächst")
    chat.says("!anlass neu Treff | wann: 18.03.2027 13:30 | öffentlich: ja", by="@kora:localhost")
    async with Town(chat, tmp_path).reading() as reader:
        before = {path: (await reader.get(path)).headers for path in PATHS}
        news(chat, "Portal schrumpft")
        chat.says("!anlass verschieben A1 wann: 19.03.2027 13:30", by="@kora:localhost")
        chat.says("!idee neu Schalter am Samstag", by="@pia:localhost")
        for path in set(PATHS) - {"/news/N1", "/daten/datapackage.json"}:
            old = before[path]
            for headers in ({"If-None-Match": old["ETag"]}, {"If-Modified-Since": old["Last-Modified"]}):
                after = await reader.get(path, headers=headers)
                assert (after.status, path) == (200, path)
            assert after.headers["ETag"] != old["ETag"]


def test_what_a_page_does_not_look_at_makes_no_other_page(town: Town) -> None:
    """Else anybody could fill the memory, and put words of theirs into what others are shown."""
    site = town.site()
    try:
        first = site.answer(Asked("/daten/ideen.json"))
        assert site.answer(Asked("/daten/ideen.json", {"suche": "abc", "x": "y"})) is first
        news = site.answer(Asked("/news", {"suche": "portal"}))
        assert site.answer(Asked("/news", {"search": " portal ", "stand": "z"})) is news
        assert b"x9y8" not in site.answer(Asked("/news/N1", {"suche": "x9y8"})).answer.body
        assert site.answer(Asked("/news", {"suche": "anderes"})) is not news
    finally:
        site.close()


def test_feeds_are_known_by_one_row(town: Town) -> None:
    """A client that has the newest version is told so before anything is read but that row."""
    for path in ("/news.atom", "/agenda.ics"):
        tag = town.site().answer(Asked(path)).tag
        site = town.site()
        asked: list[str] = []
        with site._reader.transaction() as tx:
            driver: Any = tx.connection.driver_connection
            driver.set_trace_callback(asked.append)
        assert site.answer(Asked(path), frozenset((tag,))).answer.status == 304
        selects = [sql for sql in asked if sql.startswith("SELECT")]
        assert len(selects) == 1
        assert "counters" in selects[0]
        site.close()


async def test_nobody_may_ask_on_and_on(town: Town) -> None:
    async with town.reading(fast=False) as reader:
        statuses = [(await reader.get("/stil.css")).status for _ in range(30)]
        assert statuses[:20] == [200] * 20
        assert statuses[20:] == [429] * 10
        answer = await reader.get("/")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")


def test_rates_are_each_client_s_own() -> None:
    rates = Rates(20)
    assert [rates.takes("a", 0.0) for _ in range(21)] == [True] * 20 + [False]
    assert rates.takes("b", 0.0)
    assert not rates.takes("a", 0.04)
    assert rates.takes("a", 0.1)


def test_a_client_behind_a_proxy_is_the_last_that_it_names() -> None:
    proxies = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))
    for peer, forwarded, client in (
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.1.1.1", "9.9.9.9, 1.2.3.4", "1.2.3.4"),
        ("8.8.8.8", "1.2.3.4", "8.8.8.8"),  # nobody whose word counts
        ("127.0.0.1", "1.2.3.4, nonsense", "127.0.0.1"),
        ("::ffff:127.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "", "2001:db8:1:2::/64"),
    ):
        assert client_of(peer, forwarded, proxies) == client


async def _idle(reader: ClientSession, count: int) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    assert reader._base_url is not None
    return [await asyncio.open_connection(reader._base_url.host, reader._base_url.port) for _ in range(count)]


async def test_idle_connections_make_room(town: Town) -> None:
    async with town.reading() as reader:
        held = await _idle(reader, 120)
        answer = await raw(reader, _request("/news/N1"))
        assert answer.startswith(b"HTTP/1.1 200")
        for incoming, _ in held[:15]:
            assert await asyncio.wait_for(incoming.read(), 5) == b""
        for _, outgoing in held:
            outgoing.close()


async def test_a_busy_server_says_so(town: Town) -> None:
    """Hundred that have asked and still send: the next is told to come again."""
    async with town.reading() as reader:
        held = await _idle(reader, 100)
        for _, outgoing in held:
            outgoing.write(_request("/", "Content-Length: 50", body="1"))
        await asyncio.sleep(0.2)
        answer = await raw(reader, _request("/news/N1"))
        assert answer.startswith(b"HTTP/1.1 503")
        for _, outgoing in held:
            outgoing.close()


async def test_of_many_at_once_each_is_answered(town: Town) -> None:
    """Also where they come faster than they are read: nobody's connection ends without a word."""
    async with town.reading() as reader:
        answers = await asyncio.gather(*(raw(reader, _request("/news/N1")) for _ in range(150)))
        statuses = {answer[9:12] for answer in answers}
        assert b"200" in statuses
        assert statuses <= {b"200", b"503"}
        assert all(b"nosniff" in answer for answer in answers)


async def test_who_goes_before_it_is_said_is_no_fault(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    async with town.reading() as reader:
        [(_, outgoing)] = await _idle(reader, 1)
        outgoing.write(_request("/", "Content-Length: 50", body="1"))
        with caplog.at_level(logging.WARNING):
            assert (await reader.get("/news/N1")).status == 200  # by then it is read
            outgoing.close()
            await outgoing.wait_closed()
            assert (await reader.get("/news/N1")).status == 200
    assert caplog.records == []


@pytest.mark.parametrize("status", [408, 503])
def test_who_has_asked_nothing_is_refused_by_a_whole_answer(status: int) -> None:
    head, _, body = bare(status).decode().partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert f"Content-Length: {len(body.encode())}" in head
    assert "Content-Security-Policy: default-src 'none'" in head
    assert "<html" in body


@pytest.mark.long
async def test_who_does_not_say_what_they_want_is_let_go(town: Town) -> None:
    async with town.reading() as reader:
        answer = await raw(reader, b"GET / HTTP/1.1\r\nHost: ")
        assert answer.startswith(b"HTTP/1.1 408")
        answer = await raw(reader, _request("/", "Content-Length: 50", body="1"))
        assert answer.startswith(b"HTTP/1.1 408")


def test_pages_are_read_from_postgresql(postgres_database: Database) -> None:
    chat = Chat(postgres_database)
    news(chat, "Portal wächst")
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    place = place_of(Web(public_url="https://pi.example.ch"), chat.settings.bot)
    site = Site(url, chat.settings, place, now=lambda: chat.now)
    try:
        for path in ("/", "/news", "/news.atom", "/ideen", "/prozesse", "/gemeinden", "/daten/gemeinden.csv"):
            assert site.answer(Asked(path)).answer.status == 200
        before = site.answer(Asked("/news"))
        assert site.answer(Asked("/news")) is before
        news(chat, "Portal schrumpft")
        assert b"Portal schrumpft" in site.answer(Asked("/news")).answer.body
        with site._reader.transaction() as tx, pytest.raises(DBAPIError, match="read-only"):
            tx.exec_driver_sql("DELETE FROM news")
    finally:
        site.close()


@pytest.mark.long
async def test_who_does_not_take_the_answer_is_let_go(tmp_path: Path) -> None:
    """Else each would keep what waits for them in memory, for ever."""
    chat = made(tmp_path)
    for n in range(25):
        chat.says(f"!idee neu Idee {n} | trotzdem: ja\n{n} {'so lang ' * 300}", by="@pia:localhost")
    async with Town(chat, tmp_path).reading() as reader:
        whole = len(await (await reader.get("/daten/ideen.json")).read())
        assert reader._base_url is not None
        here = socket.socket()
        here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        here.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(here, (reader._base_url.host, reader._base_url.port))
        times = 150  # beyond all that the machine keeps for a connection
        keeps = "GET /daten/ideen.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        await loop.sock_sendall(here, keeps.encode() * times)
        await asyncio.sleep(22)
        got = 0
        with contextlib.suppress(ConnectionResetError):
            while part := await asyncio.wait_for(loop.sock_recv(here, 1 << 20), 5):
                got += len(part)
        here.close()
        assert got < whole * times / 2


@pytest.mark.long
async def test_who_is_slow_does_not_keep_the_bot_from_ending(town: Town) -> None:
    """It has five seconds for all."""
    port = free_port()
    settings = Web(listen=f"127.0.0.1:{port}", public_url="https://pi.example.ch")
    store = f"sqlite:///{town.folder / 'pibot.sqlite3'}"
    async with AsyncExitStack() as running:
        await running.enter_async_context(
            serving(settings, town.chat.settings, store, now=lambda: town.chat.now)
        )
        incoming, outgoing = await asyncio.open_connection("127.0.0.1", port)
        outgoing.write(_request("/news", "Content-Length: 50", body="1"))
        async with ClientSession(f"http://127.0.0.1:{port}") as reader:
            assert (await reader.get("/news")).status == 200  # by then it is read
        async with asyncio.timeout(4):
            await running.aclose()
        outgoing.close()
    assert b"Traceback" not in await incoming.read()


@pytest.mark.long
def test_without_pages_nothing_of_them_is_loaded() -> None:
    code = (
        "import sys, bot.cli, bot.running.program\n"
        "print([name for name in sys.modules if name in ('aiohttp.web', 'bot.web.server', 'bot.web.site')])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )
