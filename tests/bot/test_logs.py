"""Logs say what happened and where, and neither secrets nor what people wrote."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import logs
from bot.matrix.transport import MatrixError

log = logging.getLogger("bot.test")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(stream)
    return stream


def only(out: io.StringIO) -> dict[str, Any]:
    [line] = out.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def fail(error: Exception, cause: Exception | None = None) -> None:
    try:
        raise error from cause  # noqa: TRY301 - it shall have a place
    except Exception:
        log.exception("command failed", extra={"error_id": "a1b2", "event_id": "$1"})


def test_a_record_is_one_json_object_with_its_fields(out: io.StringIO) -> None:
    log.info("ready", extra={"user_id": "@pibot:localhost", "rooms": 6, "late": False, "room_id": None})
    found = only(out)
    assert found.pop("at").endswith("+00:00")
    assert found == {
        "level": "info",
        "logger": "bot.test",
        "message": "ready",
        "user_id": "@pibot:localhost",
        "rooms": 6,
        "late": False,
        "room_id": None,
    }


def test_several_lines_stay_one_object(out: io.StringIO) -> None:
    log.warning("first\nsecond «dritte»")
    assert only(out)["message"] == "first\nsecond «dritte»"


def test_of_a_failure_kind_and_place_are_logged_and_not_what_it_quotes(out: io.StringIO) -> None:
    fail(ValueError("Ich kündige morgen"), KeyError("privat"))
    found = only(out)
    assert (found["error_id"], found["event_id"]) == ("a1b2", "$1")
    assert "ValueError" in found["exception"]
    assert "KeyError" in found["exception"]
    assert "test_logs.py" in found["exception"]
    assert "kündige" not in out.getvalue()
    assert "privat" not in out.getvalue()


def test_our_own_errors_and_the_systems_keep_their_words(out: io.StringIO) -> None:
    fail(MatrixError(403, "M_FORBIDDEN", "not in room"), FileNotFoundError(2, "No such file", "store.db"))
    assert "403 M_FORBIDDEN: not in room" in only(out)["exception"]
    assert "No such file" in only(out)["exception"]


def test_secrets_are_taken_out_of_everything(out: io.StringIO) -> None:
    logs.hide('ge"heim/ß', "abc")
    log.error(
        "login with %s",
        'ge"heim/ß',
        extra={"url": "postgresql://pibot:ge%22heim%2F%C3%9F@host/x", "abc": "abc"},
    )
    fail(MatrixError(401, "M_UNKNOWN_TOKEN", 'token ge"heim/ß'))
    assert "heim" not in out.getvalue()
    assert json.loads(out.getvalue().splitlines()[0])["abc"] == "abc"  # too short to be a secret


def test_on_a_terminal_it_is_text() -> None:
    out = Terminal()
    logs.set_up(out)
    log.info("ready", extra={"rooms": 6})
    logs.hide("geheimnis")
    fail(RuntimeError("Ich kündige geheimnis"))
    lines = out.getvalue().splitlines()
    assert lines[0].endswith("  ready  rooms=6")
    assert lines[1].endswith("  error: command failed  error_id=a1b2  event_id=$1")
    assert lines[2] == "RuntimeError"
    assert "kündige" not in out.getvalue()


def test_what_libraries_say_about_messages_is_not_logged(out: io.StringIO) -> None:
    logging.getLogger("nio.events.misc").warning("Error validating event: Ich kündige")
    logging.getLogger("nio.responses").warning("Error validating response: Ich kündige")
    logging.getLogger("aiohttp.access").info("GET /")
    assert out.getvalue() == ""
    logging.getLogger("nio.client").warning("Timed out")
    assert only(out)["logger"] == "nio.client"


async def test_ticks_that_are_left_out_while_a_job_hangs_are_no_lines(out: io.StringIO) -> None:
    """They were lines every ten seconds, for as long as the store gave no answer."""
    scheduler, left_out, hangs = AsyncIOScheduler(), asyncio.Event(), asyncio.Event()
    scheduler.add_listener(lambda _: left_out.set(), EVENT_JOB_MAX_INSTANCES)
    scheduler.add_job(hangs.wait, "interval", seconds=0.01)
    scheduler.start()
    async with asyncio.timeout(10):
        await left_out.wait()
    hangs.set()
    scheduler.shutdown(wait=False)
    assert out.getvalue() == ""
