"""Feeds against websites that have their troubles: nothing lost, nothing twice, no way into the town's own network."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.demo.homeserver import free_port
from bot.feeds.addresses import EVERYWHERE, Guard, NotPublicError, is_public
from bot.feeds.fetching import LARGEST, Fetcher, FetchError
from bot.feeds.watching import Watch
from bot.matrix.worker import Worker
from commands import feeds
from commands.feeds import Due
from tests.support.chat import ROOMS, Chat
from tests.support.feeds import item, rss
from tests.support.website import Answer, Website, serving

MONI = "@moni:localhost"
HERE = (ip_network("127.0.0.1/32"),)  # the one address that is public in these tests; 127.0.0.2 is not


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    async with serving() as site:
        yield site


class Names(AbstractResolver):
    """Names that are at another address at each look-up."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        return [
            {"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0}
            for one in address.split()
        ]

    async def close(self) -> None:
        pass


def due(url: str, **before: str) -> Due:
    return Due(1, url, **{"etag": "", "modified": "", "digest": ""} | before)


async def problem(url: str, **how: Any) -> str:
    """Why it can't be fetched."""
    with pytest.raises(FetchError) as refused:
        await Fetcher(**{"allowed": HERE} | how).fetch(due(url))
    return refused.value.problem


# --- addresses


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255"),  # noqa: S104
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "198.18.0.1", "192.0.0.8"),
        *("192.0.2.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "fe80::1", "fe80::1%1", "fec0::1", "fc00::1", "fd12:3456::1"),
        *("ff02::1", "ff0e::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0.0.0.0"),
        *("::127.0.0.1", "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::", "64:ff9b::127.0.0.1"),
        *("64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1.1.1.1", "100::1", "2001:0:7f00:1::"),
        *("64:ff9b::100.64.0.1", "2002:6440:1::"),
    ],
)
def test_no_socket_is_made_for_what_others_cannot_reach(address: str) -> None:
    guard = Guard()
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(NotPublicError):
        guard.socket((family, socket.SOCK_STREAM, 0, "", (address, 80)))
    assert guard.refused


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "193.5.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"),
        *("::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"),
    ],
)
def test_what_everybody_can_reach_may_be_asked(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.2", "localhost", "[::1]", "0.0.0.0", "127.1", "0x7f.0.0.2", "2130706434", "017700000002"),  # noqa: S104
        *("[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[0:0:0:0:0:ffff:7f00:2]", "127.0.0.2."),
    ],
)
async def test_an_address_in_the_link_is_looked_at_like_any(website: Website, host: str) -> None:
    website.shows("a")
    assert await problem(website.url("/rss", host), allowed=()) in ("not_public", "unreachable")
    assert website.asked == []


async def test_a_name_that_changes_its_address_between_two_looks(website: Website) -> None:
    website.shows("a")
    fetcher = Fetcher(allowed=HERE, resolver=Names("127.0.0.1", "127.0.0.2"))
    assert (await fetcher.fetch(due(website.url("/rss", "www.example.ch")))).body == rss("a")
    with pytest.raises(FetchError, match="not_public"):
        await fetcher.fetch(due(website.url("/rss", "www.example.ch")))
    assert len(website.asked) == 1


async def test_of_several_addresses_only_the_public_one_is_asked(website: Website) -> None:
    website.shows("a")
    names = Names("127.0.0.2 127.0.0.1 127.0.0.3")
    assert (await Fetcher(allowed=HERE, resolver=names).fetch(due(website.url("/rss", "x.ch")))).body
    assert [request.transport for request in website.asked]
    assert await problem(website.url("/rss", "x.ch"), resolver=Names("127.0.0.2 127.0.0.3")) == "not_public"


@pytest.mark.parametrize(
    "to",
    [
        *("http://127.0.0.2:{port}/rss", "http://[::1]:{port}/rss", "http://localhost:{port}/rss"),
        *(
            "//127.0.0.2:{port}/rss",
            "http://2130706434:{port}/rss",
            "file:///etc/passwd",
            "ftp://example.ch/",
        ),
        *(
            "gopher://127.0.0.1:{port}/",
            "javascript:1",
            "data:text/xml,<rss/>",
            "http://a:b@127.0.0.1/",
            "http://[",
        ),
        *("", "unix:/run/x"),
    ],
)
async def test_a_redirect_leads_nowhere_else(website: Website, to: str) -> None:
    website.shows("a")
    website.leads("/away", to.format(port=website.port))
    names = Names("127.0.0.2")
    found = await problem(website.url("/away"), resolver=names)
    assert found in ("not_public", "redirects", "unreachable", "error")
    assert [request.path for request in website.asked] == ["/away"]


async def test_where_it_is_configured_private_networks_may_be_asked(website: Website) -> None:
    website.shows("a")
    fetched = await Fetcher(allowed=EVERYWHERE).fetch(due(website.url("/rss", "127.0.0.2")))
    assert fetched.body == rss("a")


# --- redirects


async def test_three_redirects_and_no_more(website: Website) -> None:
    website.shows("a")
    for number in range(4):
        website.leads(f"/{number}", "/rss" if number == 0 else f"/{number - 1}", 307)
    assert (await Fetcher(allowed=HERE).fetch(due(website.url("/2")))).body
    assert await problem(website.url("/3")) == "redirects"
    website.leads("/loop", "/loop")
    assert await problem(website.url("/loop")) == "redirects"


@pytest.mark.parametrize(
    ("steps", "moved"),
    [((301,), "/rss"), ((308, 301), "/rss"), ((302,), ""), ((301, 302), "/1"), ((302, 301), "")],
)
async def test_only_what_moved_for_good_is_remembered(
    website: Website, steps: tuple[int, ...], moved: str
) -> None:
    website.shows("a")
    for number, status in enumerate(steps):
        to = f"/{number + 1}" if number + 1 < len(steps) else "/rss#part"
        website.leads(f"/{number}", to, status)
    fetched = await Fetcher(allowed=HERE).fetch(due(website.url("/0")))
    assert fetched.moved == (website.url(moved) if moved else "")


# --- what is asked, and what comes


async def test_what_has_not_changed_is_not_sent_again(website: Website) -> None:
    async def conditional(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"1"'
        return web.Response(status=304) if known else web.Response(body=rss("a"), headers={"ETag": '"1"'})

    website.pages["/rss"] = conditional
    website.leads("/moved", "/rss")
    for path in ("/rss", "/moved"):
        first = await Fetcher(allowed=HERE).fetch(due(website.url(path)))
        again = await Fetcher(allowed=HERE).fetch(
            due(website.url(path), etag=first.etag, modified=first.modified, digest=first.digest)
        )
        assert (again.body, again.etag, again.digest) == (None, '"1"', first.digest)


async def test_last_modified_and_what_is_the_same_without_saying_so(website: Website) -> None:
    website.shows("a", Last_Modified="Mon, 02 Nov 2026 09:00:00 GMT")
    first = await Fetcher(allowed=HERE).fetch(due(website.url("/rss")))
    again = await Fetcher(allowed=HERE).fetch(
        due(website.url("/rss"), modified=first.modified, digest=first.digest)
    )
    assert again.body is None
    assert website.asked[-1].headers["If-Modified-Since"] == "Mon, 02 Nov 2026 09:00:00 GMT"
    assert "Authorization" not in website.asked[-1].headers


async def test_a_304_that_was_not_asked_for_is_no_answer(website: Website) -> None:
    website.pages["/rss"] = web.Response(status=304)
    assert await problem(website.url("/rss")) == "error"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((401, "closed"), (403, "closed"), (404, "not_there"), (410, "not_there")),
        *((status, "error") for status in (429, 500, 503, 204, 206, 300, 999)),
    ],
)
async def test_each_refusal_has_its_reason(website: Website, status: int, expected: str) -> None:
    website.pages["/rss"] = web.Response(status=status)
    assert await problem(website.url("/rss")) == expected


async def test_nobody_is_there(website: Website) -> None:
    assert await problem(f"http://127.0.0.1:{free_port()}/") == "unreachable"
    assert await problem(website.url("/rss").replace("http:", "https:")) == "certificate"
    assert await problem("http://no-such-name.invalid/") == "unreachable"


# --- slow, endless, packed


async def _drip(request: web.Request) -> web.StreamResponse:
    """An answer that is never over, though something comes all the time."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"<rss>")
        await asyncio.sleep(0.02)


async def _silent(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def _endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"<rss>" * 10_000)


@pytest.mark.parametrize("page", [_drip, _silent])
async def test_all_of_it_comes_in_time(website: Website, page: Answer) -> None:
    website.pages["/rss"] = page
    assert await problem(website.url("/rss"), within=0.3) == "slow"


async def test_an_endless_answer_is_cut_off(website: Website) -> None:
    website.pages["/rss"] = _endless
    assert await problem(website.url("/rss")) == "too_large"


async def test_the_headers_have_an_end_too(website: Website) -> None:
    website.pages["/rss"] = web.Response(body=b"x", headers={"X": "x" * 100_000})
    assert await problem(website.url("/rss")) == "error"


def _packed(data: bytes, wbits: int) -> bytes:
    packing = zlib.compressobj(wbits=wbits)
    return packing.compress(data) + packing.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", lambda data: _packed(data, 31)),
        ("GZIP", lambda data: _packed(data, 31)),
        ("deflate", lambda data: _packed(data, 15)),
        ("deflate", lambda data: _packed(data, -15)),
        ("identity", lambda data: data),
    ],
)
async def test_what_is_packed_is_unpacked_to_a_limit(
    website: Website, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    def shows(data: bytes) -> None:
        website.pages["/rss"] = web.Response(body=pack(data), headers={"Content-Encoding": encoding})

    shows(rss("a"))
    assert (await Fetcher(allowed=HERE).fetch(due(website.url("/rss")))).body == rss("a")
    shows(b"x" * LARGEST)
    assert len((await Fetcher(allowed=HERE).fetch(due(website.url("/rss")))).body or b"") == LARGEST
    shows(b"x" * (LARGEST + 1))
    assert await problem(website.url("/rss")) == "too_large"


async def test_a_bomb_is_not_unpacked(website: Website) -> None:
    bomb = _packed(bytes(50_000_000), 31)
    assert len(bomb) < LARGEST // 20
    website.pages["/rss"] = web.Response(body=bomb, headers={"Content-Encoding": "gzip"})
    assert await problem(website.url("/rss")) == "too_large"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip"])
async def test_what_cannot_be_unpacked_is_no_answer(website: Website, encoding: str) -> None:
    website.pages["/rss"] = web.Response(
        body=gzip.compress(rss("a"))[:-9], headers={"Content-Encoding": encoding}
    )
    assert await problem(website.url("/rss")) == "error"


async def test_an_answer_that_breaks_off_is_none(website: Website) -> None:
    async def breaks_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "5000"})
        await response.prepare(request)
        await response.write(rss("a"))
        assert request.transport is not None
        request.transport.close()
        return response

    website.pages["/rss"] = breaks_off
    assert await problem(website.url("/rss")) == "error"


# --- the whole way


@dataclass
class Stage:
    """The bot, its watch over feeds, and a website."""

    chat: Chat
    watch: Watch
    website: Website

    async def look(self) -> list[str]:
        """The bot looks at what is due; the titles of the news because of it."""
        before = len(self.chat.said)
        await self.watch.look_around()
        await self.watch.settled()
        self.chat.edit_cards()
        return [
            s.machine["title"]
            for s in self.chat.said[before:]
            if s.room == ROOMS["news"] and s.edits is None and s.machine["type"] == "news"
        ]


@pytest.fixture
async def stage(chat: Chat, website: Website) -> AsyncIterator[Stage]:
    worker = Worker()
    watch = Watch(worker, chat.core, Fetcher(allowed=HERE), send=chat.deliver, now=lambda: chat.now)
    yield Stage(chat, watch, website)
    worker.close()


async def test_from_the_command_to_the_news(stage: Stage) -> None:
    chat, website = stage.chat, stage.website
    website.shows("b", "a", ETag='"1"')
    added = chat.reply(f"!feed neu {website.url('/rss')} modus: direkt", by=MONI)
    assert await stage.look() == ["Titel b"]
    assert [s.machine["title"] for s in chat.said if s.edits == added.event_id] == ["Kanton"]
    assert await stage.look() == []
    assert len(website.asked) == 1  # not due
    chat.later(minutes=30)
    website.shows("d", item("c", title="<b>Fett</b> & gut @room"), "b", "a", ETag='"2"')
    assert await stage.look() == ["Fett & gut @room", "Titel d"]
    assert website.asked[-1].headers["If-None-Match"] == '"1"'


async def test_a_bot_that_dies_while_it_looks_looks_again(stage: Stage) -> None:
    chat, website = stage.chat, stage.website
    website.shows("a")
    chat.reply(f"!feed neu {website.url('/rss')} modus: direkt", by=MONI)
    await stage.look()
    chat.later(minutes=30)
    website.shows("b", "a")
    lost: list[Any] = []
    dying = Watch(stage.watch.worker, chat.core, stage.watch.fetcher, send=lost.extend, now=lambda: chat.now)
    await dying.look_around()
    await dying.settled()  # recorded, and nothing of it sent
    chat.restart()
    stage.watch.core = chat.core
    assert await stage.look() == []
    assert [s.machine["title"] for s in chat.in_room("news") if s.edits is None] == ["Titel a", "Titel b"]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (web.Response(text="<html><head><title>Kanton</title></head><p>Willkommen</html>"), "kein Feed"),
        (web.Response(text=""), "kein Feed"),
        (web.Response(text='{"title": "x"}'), "kein Feed"),
        (web.Response(body=b"\x00\xff" * 1000), "kein Feed"),
        (web.Response(status=404), "gibt es dort nicht"),
    ],
)
async def test_why_it_is_none_stands_in_the_reply(stage: Stage, page: web.Response, why: str) -> None:
    stage.website.pages["/rss"] = page
    added = stage.chat.reply(f"!feed neu {stage.website.url('/rss')}", by=MONI)
    await stage.look()
    assert why in next(s.text for s in stage.chat.said if s.edits == added.event_id)


async def test_a_page_that_names_its_feed_is_not_guessed_but_told(stage: Stage) -> None:
    chat, website = stage.chat, stage.website
    link = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    website.pages["/"] = web.Response(text=f"<html><head>{link}</head></html>")
    website.shows("a")
    added = chat.reply(f"!feed neu {website.url('/')} modus: direkt", by=MONI)
    asked = chat.last
    assert await stage.look() == []
    assert website.url("/rss") in next(s.text for s in chat.said if s.edits == added.event_id)
    chat.edits(asked, f"!feed neu {website.url('/rss')} modus: direkt", by=MONI)
    assert await stage.look() == ["Titel a"]


async def test_one_bad_feed_never_stops_the_others(stage: Stage) -> None:
    website = stage.website
    for number in range(6):
        stage.chat.reply(f"!feed neu {website.url(f'/{number}')} modus: direkt", by=MONI)
    website.pages["/0"] = website.pages["/5"] = _endless
    website.pages["/1"] = web.Response(body=b"<rss" * 1000)
    website.shows("a", path="/2")
    website.leads("/3", "http://127.0.0.2/")
    website.shows("b", path="/4")
    assert sorted(await stage.look()) == ["Titel a", "Titel b"]


async def test_one_that_is_slow_holds_up_no_other(stage: Stage) -> None:
    chat, website = stage.chat, stage.website
    chat.reply(f"!feed neu {website.url('/slow')}", by=MONI)
    website.pages["/slow"] = _silent
    await stage.watch.look_around()
    website.shows("a")
    chat.reply(f"!feed neu {website.url('/rss')} modus: direkt", by=MONI)
    await stage.watch.look_around()  # the slow one is under way, and not asked again
    async with asyncio.timeout(5):
        while not chat.in_room("news"):
            await asyncio.sleep(0.02)
    assert [request.path for request in website.asked] == ["/slow", "/rss"]
    running = asyncio.create_task(stage.watch.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)  # the bot stops: nothing is under way any more
    assert chat.core.ask(lambda ctx: [one.feed for one in feeds.due(ctx)], now=chat.now) == [1]
