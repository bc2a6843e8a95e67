"""`pi-bot init` tries each answer as it is given, and writes only what works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.config.keys import PURPOSES
from tests.support.drawn import drawn
from tests.support.peer import Peer, Trouble, apart, refused
from tests.support.terminal import BREAK, END, at_a_terminal

pytestmark = pytest.mark.long  # plays at a terminal, with a process for each

BOT, KORA = "@pibot:localhost", "@kora:localhost"


@pytest.fixture
def place() -> Iterator[tuple[Peer, str]]:
    with apart() as (server, address):
        server.answers["/login"] = {"user_id": BOT, "device_id": "NEW", "access_token": "syt_new"}
        server.answers["/whoami"] = {"user_id": BOT}
        server.answers["/versions"] = {"versions": ["v1.11"]}
        yield server, address


def test_a_wrong_answer_is_asked_again_at_once(place: tuple[Peer, str], tmp_path: Path) -> None:
    server, address = place
    server.trouble("/login", refused())
    server.trouble("/versions", Trouble(301, location="https://example.ch/_matrix/client/versions"))
    config = tmp_path / "config.yaml"
    answers = [
        "",
        "http://127.0.0.1:9",
        f"{address}/_matrix",
        address,
        address,
        "pibot",
        f'"{BOT}"',
        "falsch falsch",
        "geheim geheim",
        "kora",
        "",
        KORA,
        "pi:localhost",
        *["", "#pi:localhost", "", "", "", "", ""],
    ]
    status, told = at_a_terminal(["init", "-c", str(config)], answers)
    assert status == 0, told
    for said in (
        "No homeserver answers at http://127.0.0.1:9",
        "without /_matrix and what follows",
        f"{address} redirects to https://example.ch: set that address",
        "Expected a Matrix id",
        f"login as {BOT} is refused (M_FORBIDDEN)",
        "Without a coordinator nobody can admit anybody",
        "Expected an alias or a room id",
        "That room has a purpose already",
        f"✓ configuration: {config}",
        f"✓ login: {BOT}",
    ):
        assert said in told
    assert "✗" not in told
    assert "geheim" not in told
    assert config.stat().st_mode & 0o777 == 0o600
    written = yaml.safe_load(config.read_text(encoding="utf-8"))
    assert written == {
        "homeserver": address,
        "user_id": BOT,
        "password": "geheim geheim",
        "coordinators": [KORA],
        "rooms": {purpose: f"#{name}:localhost" for purpose, name in PURPOSES.items()},
    }

    # Once more on what it wrote: all that was answered is proposed. No session is left by a try.
    server.requests.clear()
    status, told = at_a_terminal(["init", "-c", str(config)], ["", "", "", "", *[""] * len(PURPOSES)])
    assert status == 0, told
    assert yaml.safe_load(config.read_text(encoding="utf-8")) == written
    assert not (tmp_path / "data").exists()
    assert [path for _, path, _ in server.requests].count("/_matrix/client/v3/logout") == 1

    config.write_text(config.read_text(encoding="utf-8") + "language: en\n", encoding="utf-8")
    assert at_a_terminal(["init", "-c", str(config)], [])[0] == 2


@pytest.mark.parametrize("key", [END, BREAK], ids=["end", "break"])
@pytest.mark.parametrize("answered", drawn([0, 2, 4], 1))
def test_it_may_be_ended_at_any_question(
    place: tuple[Peer, str], tmp_path: Path, key: str, answered: int
) -> None:
    config = tmp_path / "config.yaml"
    answers = [place[1], BOT, "geheim geheim", KORA, ""][:answered]
    status, told = at_a_terminal(["init", "-c", str(config)], [*answers, key])
    assert status == 1
    assert told.splitlines()[-1] == f"pi-bot: init was ended; {config} is not written"
    assert "Traceback" not in told
    assert not config.exists()


def test_no_coordinator_is_said_and_where_it_can_t_be_written_before_all_questions(
    place: tuple[Peer, str], tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    answers = [place[1], BOT, "geheim geheim", "", "", *[""] * len(PURPOSES)]
    status, told = at_a_terminal(["init", "-c", str(config)], answers)
    assert status == 0
    assert "✗ coordinators: nobody can admit anybody yet: name one in `coordinators`" in told
    status, told = at_a_terminal(["init", "-c", str(tmp_path / "none" / "config.yaml")], [])
    assert status == 2
    assert "expected a file in a folder that exists and can be written" in told
