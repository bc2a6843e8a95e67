"""What `pi-bot check` advises: the homeserver's limit, presence, the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot.admin.advice import clock, presence, rate_limit
from bot.config.keys import Configuration
from storage.engine.database import Database
from storage.engine.schema import migrate
from storage.inbox import HELD_BACK, set_fact
from tests.support.peer import BOT, peer, refused

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def configured(tmp_path: Path) -> Configuration:
    values: dict[str, Any] = {
        "homeserver": "http://localhost:8008",
        "user_id": BOT,
        "password": "x",
        "database": f"sqlite:///{tmp_path}/store.sqlite3",
        "coordinators": ["@kora:localhost"],
    }
    return Configuration(**values)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(0, ""), (9, ""), (-9, ""), (75, "75 s ahead of the homeserver's"), (-3600, "3600 s behind")],
)
def test_a_clock_that_is_wrong_is_told(ahead: int, said: str) -> None:
    _, wrong = clock(format_datetime(NOW, usegmt=True), NOW + timedelta(seconds=ahead))
    assert wrong.startswith(said) if said else wrong == ""


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_homeserver_that_tells_no_time_is_no_trouble(date: str) -> None:
    assert clock(date, NOW) == ("clock: the homeserver does not tell its own", "")


@pytest.mark.parametrize(
    ("answer", "held_back", "said"),
    [
        ({"messages_per_second": 0, "burst_count": 0}, "2026-11-28 10:00", ""),
        ({}, "", "none met so far; "),
        ({"messages_per_second": 1}, "", "none met so far; "),
        (refused(), "", "none met so far; "),
        (
            refused(404, "M_UNRECOGNIZED"),
            "2026-11-28 10:00",
            "the homeserver held the bot back, last at 2026-11-28",
        ),
    ],
)
async def test_the_call_that_lifts_the_limit_is_named(
    tmp_path: Path, answer: Any, held_back: str, said: str
) -> None:
    configuration = configured(tmp_path)
    migrate(configuration.database)
    database = Database(configuration.database)
    if held_back:
        with database.transaction() as tx:
            set_fact(tx, HELD_BACK, held_back)
    database.close()
    async with peer() as (server, transport):
        server.answers["/override_ratelimit"] = answer
        about, advice = await rate_limit(configuration, transport)
    if not said:
        assert (about, advice) == ("rate limit: none met", "")
    else:
        assert advice.startswith(said)
        assert (
            "http://localhost:8008/_synapse/admin/v1/users/%40pibot%3Alocalhost/override_ratelimit" in advice
        )


@pytest.mark.parametrize(
    ("told", "keeps"), [({"presence": "offline"}, False), ({"last_active_ago": 5}, True)]
)
async def test_presence_that_is_kept_is_told(tmp_path: Path, told: dict[str, Any], keeps: bool) -> None:
    async with peer() as (server, transport):
        server.answers["/presence/@kora:localhost/status"] = told
        server.answers["/presence/@pibot:localhost/status"] = refused()
        about, advice = await presence(configured(tmp_path), transport)
    assert ("enabled: false" in advice) == keeps
    assert about.startswith("presence")
