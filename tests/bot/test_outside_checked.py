"""What `pi-bot check` says of those outside: the listeners, the address, the licence."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot.admin.outside import advised, served
from bot.config.keys import Configuration
from tests.support.outside import Town


def configured(**keys: Any) -> Configuration:
    return Configuration.model_validate(
        {"homeserver": "http://localhost", "user_id": "@pibot:localhost", **keys},
    )


@pytest.fixture
def taken() -> Iterator[str]:
    """An address at which another program listens, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(5)
        yield f"127.0.0.1:{other.getsockname()[1]}"


@pytest.fixture
def free() -> str:
    with socket.create_server(("127.0.0.1", 0)) as other:
        return f"127.0.0.1:{other.getsockname()[1]}"


def wrong(configuration: Configuration) -> list[str]:
    return [f"{about.partition(':')[0]}: {what}" for about, what in served(configuration) if what]


def test_without_pages_there_is_nothing_to_do() -> None:
    assert list(served(configured())) == [("web: off", "")]
    assert list(advised(configured())) == []


def test_a_free_address_of_this_machine_is_well(free: str) -> None:
    for url in ("https://pi.example.ch", "http://localhost:8082", "http://127.0.0.1/pi", ""):
        told = configured(web={"listen": free, "public_url": url})
        assert list(served(told)) == [(f"web: {free}", ""), (f"public_url: {url or f'http://{free}'}", "")]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://pi.example.ch", "others can read what goes through it"),
        ("http://192.0.2.7:8082/pi", "others can read what goes through it"),
    ],
)
def test_an_address_that_others_can_read_along(url: str, said: str) -> None:
    [line] = wrong(configured(web={"public_url": url}))
    assert line.startswith("public_url: ")
    assert said in line


def test_a_listener_is_no_address_for_people() -> None:
    lines = wrong(configured(web={"listen": "0.0.0.0:0"}))
    assert ["name how people reach it in `web.public_url`" in line for line in lines] == [True]


@pytest.mark.parametrize(("section", "key"), [("web", "web.listen"), ("http", "http.listen")])
async def test_an_address_that_is_taken(taken: str, section: str, key: str) -> None:
    [line] = await asyncio.to_thread(wrong, configured(**{section: {"listen": taken}}))
    assert line == (
        f"{section}: {taken} is taken by another program: end that one, or name another port in `{key}`"
    )


def test_an_address_of_another_machine() -> None:
    [line] = wrong(configured(web={"listen": "192.0.2.7:8082", "public_url": "https://pi.example.ch"}))
    assert line.startswith("web: 192.0.2.7:8082: ")
    assert line.endswith("look at `web.listen`")


async def test_a_bot_that_runs_is_well(town: Town) -> None:
    async with town.reading() as reader:
        assert reader._base_url is not None
        told = configured(web={"listen": f"127.0.0.1:{reader._base_url.port}"})
        assert await asyncio.to_thread(wrong, told) == []


async def test_another_web_server_is_none(free: str) -> None:
    async def respond(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404)

    runner = web.ServerRunner(web.Server(respond))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", int(free.rpartition(":")[2])).start()
        async with ClientSession() as client, client.get(f"http://{free}") as answer:
            assert answer.status == 404
        assert len(await asyncio.to_thread(wrong, configured(web={"listen": free}))) == 1
    finally:
        await runner.cleanup()


def test_a_licence_and_a_contact_are_advised() -> None:
    keys = {"public_url": "https://pi.example.ch"}
    advice = dict(advised(configured(web=keys)))
    assert "`web.licence`" in advice["licence"]
    assert "`web.contact`" in advice["contact"]
    named = configured(web=keys | {"licence": "CC-BY-4.0", "contact": "info@example.ch"})
    assert list(advised(named)) == [("licence: CC-BY-4.0", ""), ("contact: info@example.ch", "")]
