"""A member's own calendar as programs fetch it, by an address that is a secret."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.web.calendars import without_secret
from storage.engine.database import Database
from tests.support.calendar_model import opened
from tests.support.chat import Chat
from tests.support.outside import Town, made

PIA, KORA = "@pia:localhost", "@kora:localhost"
SITE = "https://pi.example.ch"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    chat = made(tmp_path)
    return Town(Chat(chat.database, replace(chat.settings, web=SITE)), tmp_path)


def subscribe(town: Town, change: str = "") -> str:
    """The path of the new address."""
    said = town.chat.reply(f"agenda abo {change}".strip(), room=town.chat.direct(PIA)).text
    found = re.search(rf"{SITE}(/kalender/[0-9a-f]+\.ics)", said)
    assert found is not None
    return found[1]


async def test_a_calendar_is_fetched_and_known_again(town: Town) -> None:
    town.chat.direct(KORA)
    town.chat.says("!anlass neu Treff | wann: 05.11.2026 14:00-16:00", by=KORA)
    town.chat.says("!anlass anmelden A1")
    path = subscribe(town)
    async with town.reading() as reader:
        first = await reader.get(path)
        assert (first.status, first.content_type) == (200, "text/calendar")
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert [event.summary for event in opened(await first.read()).events] == ["Treff"]
        tag = {"If-None-Match": first.headers["ETag"]}
        assert (await reader.get(path, headers=tag)).status == 304
        town.chat.says("!idee neu Etwas anderes", by=KORA)
        assert (await reader.get(path, headers=tag)).status == 304
        assert (await reader.head(path)).headers["ETag"] == first.headers["ETag"]
        town.chat.says("!anlass ändern A1 titel: Grosser Treff", by=KORA)
        newer = await reader.get(path, headers=tag)
        assert [event.summary for event in opened(await newer.read()).events] == ["Grosser Treff"]


async def test_a_wrong_address_is_like_any_other(town: Town) -> None:
    path = subscribe(town)
    async with town.reading() as reader:
        nothing = await (await reader.get("/gibt-es-nicht")).text()
        another = "1" if path[-5] == "0" else "0"
        for wrong in (f"{path[:-5]}{another}.ics", path.upper(), "/kalender/", "/kalender/x.ics", f"{path}x"):
            answer = await reader.get(wrong)
            assert (answer.status, wrong) == (404, wrong)
            assert (await answer.text()).partition("<main")[2] == nothing.partition("<main")[2]
            assert "ETag" not in answer.headers
        assert (await reader.get(path)).status == 200
        new = subscribe(town, "neu")
        assert (await reader.get(path)).status == 404
        assert (await reader.get(new)).status == 200
        town.chat.reply("agenda abo aus", room=town.chat.direct(PIA))
        assert (await reader.get(new)).status == 404


async def test_a_304_is_told_after_one_row(town: Town) -> None:
    path = subscribe(town)
    async with town.reading() as reader:
        tag = (await reader.get(path)).headers["ETag"]
    site = town.site()
    seen: list[str] = []
    from bot.web.answers import Asked  # noqa: PLC0415

    site.answer(Asked("/news.atom"))  # the connection is there
    assert site._reader._connection is not None
    driver = site._reader._connection.connection.driver_connection
    assert driver is not None
    driver.set_trace_callback(seen.append)
    assert site.answer(Asked(path), frozenset([tag])).answer.status == 304
    site.close()
    assert len([said for said in seen if said.lstrip().upper().startswith("SELECT")]) == 1, seen


async def test_the_secret_is_in_no_log(
    town: Town, caplog: pytest.LogCaptureFixture, database: Database
) -> None:
    path = subscribe(town)
    assert without_secret(f"/pi/en{path}") == "/pi/en/kalender/…"
    assert without_secret("/news") == "/news"
    with caplog.at_level(logging.DEBUG):
        async with town.reading() as reader:
            await reader.get(path)
            with town.chat.database.transaction() as tx:
                tx.exec_driver_sql("DROP TABLE calendar_subscriptions")
            assert (await reader.get(path)).status == 503
    secret = path.removeprefix("/kalender/").removesuffix(".ics")
    assert secret not in " ".join(f"{r.getMessage()} {vars(r)}" for r in caplog.records)
