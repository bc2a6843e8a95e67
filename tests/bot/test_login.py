"""How the bot gets in: the same words and exit status in all commands, and its password goes nowhere else."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from storage.engine.database import Database
from storage.engine.schema import migrate
from storage.inbox import belong_to, set_device
from tests.support.drawn import drawn
from tests.support.peer import Peer, Trouble, apart, refused

BOT = "@pibot:localhost"
COMMANDS = ("run", "check", "setup")
PASSWORD = "geheim geheim"

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def place() -> Iterator[tuple[Peer, str]]:
    with apart() as (server, address):
        server.answers["/login"] = {"user_id": BOT, "device_id": "NEW", "access_token": "syt_new"}
        server.answers["/whoami"] = {"user_id": BOT}
        yield server, address


@pytest.fixture
def server(place: tuple[Peer, str]) -> Peer:
    return place[0]


@pytest.fixture
def ask(place: tuple[Peer, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """A command with this configuration: its exit status, and the line that says why."""

    def ask(command: str, **values: Any) -> tuple[int, str]:
        config = tmp_path / "config.yaml"
        config.touch(mode=0o600)
        known = {"homeserver": place[1], "user_id": BOT, "password": PASSWORD} | values
        config.write_text(json.dumps({key: value for key, value in known.items() if value is not None}))
        status = main([command, "-c", str(config)])
        told = capsys.readouterr()
        lines = (told.out + told.err).splitlines()
        told_of = [
            line
            for line in lines
            if line.startswith(("pi-bot: ", "✗ login: ", "✗ homeserver: ", "✗ store: "))
        ]
        # Before the first run, `check` says of the store too that there is none.
        [line] = [line for line in told_of if "there is no store at" not in line] or told_of
        assert "Traceback" not in told.err
        assert PASSWORD not in told.out + told.err
        return status, line.removeprefix("pi-bot: ").removeprefix("✗ login: ").removeprefix(
            "✗ store: "
        ).removeprefix("✗ ")

    return ask


def keep_session(tmp_path: Path, user: str = BOT, token: str = "syt_kept") -> Path:
    path = tmp_path / "data" / "session.json"
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"user_id": user, "device_id": "OLD", "access_token": token}))
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_configured_and_refused_is_status_2_with_its_key(
    ask: Ask, server: Peer, tmp_path: Path, command: str
) -> None:
    for errcode in ("M_FORBIDDEN", "M_USER_DEACTIVATED"):
        server.trouble("/login", refused(403, errcode))
        said = f"password: login as {BOT} is refused ({errcode}): look at user_id and password"
        assert ask(command) == (2, said)
    server.trouble("/whoami", refused(401, "M_UNKNOWN_TOKEN"))
    assert ask(command, password=None, access_token="syt_given") == (
        2,
        "access_token: the session is no longer valid (M_UNKNOWN_TOKEN): set a new access_token",
    )
    server.answers["/whoami"] = {"user_id": "@pia:localhost"}
    assert ask(command, password=None, access_token="syt_given") == (
        2,
        f"user_id: the session belongs to @pia:localhost, and user_id says {BOT}",
    )
    other = f"sqlite:///{tmp_path}/other.sqlite3"
    assert ask(command, user_id="@PiBot:localhost", database=other) == (
        2,
        f'user_id: the homeserver calls this account "{BOT}": write it like that',
    )
    assert not (tmp_path / "data" / "session.json").exists()
    server.answers["/whoami"] = {"user_id": BOT}  # the store is not that of the misspelt name
    server.trouble("/login", refused())
    assert "is refused" in ask(command, database=other)[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_kept_session_that_is_over_is_status_1(
    ask: Ask, server: Peer, tmp_path: Path, command: str
) -> None:
    path = keep_session(tmp_path)
    server.trouble("/whoami", refused(401, "M_UNKNOWN_TOKEN"))
    status, line = ask(command)
    assert status == 1
    assert line == (
        f"the session is no longer valid (M_UNKNOWN_TOKEN): remove {path}, and the next start logs in anew"
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("status", drawn([301, 302, 303, 307, 308], 1))
def test_no_redirect_is_followed(
    ask: Ask, server: Peer, place: tuple[Peer, str], tmp_path: Path, command: str, status: int
) -> None:
    with apart() as (elsewhere, other):
        for target, told in (
            (f"{other}/_matrix/client/v3/login", other),
            (f"{other}/", other),
            (f"{other}/sign-in?next=/_matrix", f"{other}/sign-in"),
            ("/elsewhere", f"{place[1]}/elsewhere"),
        ):
            server.trouble("/login", Trouble(status, location=target))
            said = f"homeserver: {place[1]} redirects to {told}: set that address"
            assert ask(command) == (2, said)
        keep_session(tmp_path)
        server.trouble("/whoami", Trouble(status, location=f"{other}/_matrix/client/v3/account/whoami"))
        assert ask(command) == (2, f"homeserver: {place[1]} redirects to {other}: set that address")
        assert elsewhere.requests == []


def test_the_session_of_the_account_before_is_ended(ask: Ask, server: Peer, tmp_path: Path) -> None:
    """Where another account takes its place; the login leaves no device behind."""
    for before, ended in (("@bot:localhost", 1), ("@bot:example.ch", 0)):
        server.requests.clear()
        path = keep_session(tmp_path, before)
        server.trouble("/directory/room", *[Trouble()] * 20)
        ask("check")
        assert json.loads(path.read_text())["access_token"] == "syt_new"
        assert [path for _, path, _ in server.requests].count("/_matrix/client/v3/logout") == ended


@pytest.mark.parametrize("command", COMMANDS)
def test_the_store_of_another_account_is_refused(
    ask: Ask, server: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    url = f"sqlite:///{tmp_path}/theirs.sqlite3"
    migrate(url)
    database = Database(url)
    with database.transaction() as tx:
        belong_to(tx, "@other:localhost")
    database.close()
    asked = server.requests
    said = f"user_id: the store is that of @other:localhost, and user_id says {BOT}: "
    assert ask(command, database=url) == (2, said + "set it back, or name another database")
    assert not [path for _, path, _ in asked if path.endswith(("/createRoom", "/sync", "/displayname"))]


def test_a_new_login_is_of_the_device_that_the_store_knows(ask: Ask, server: Peer, tmp_path: Path) -> None:
    """Another one would stay behind in the account's list. The short commands leave it alone: the bot may run."""
    url = f"sqlite:///{tmp_path}/ours.sqlite3"

    def devices(command: str) -> list[str]:
        server.requests.clear()
        (tmp_path / "data" / "session.json").unlink(missing_ok=True)
        server.trouble("/login", refused())
        ask(command, database=url)
        return [body["device_id"] for _, path, body in server.requests if path.endswith("/login")]

    first, again = devices("run"), devices("run")
    assert first != again  # the store knows none yet
    database = Database(url)
    with database.transaction() as tx:
        set_device(tx, "PIBOTFIRST")
    database.close()
    assert devices("run") == devices("run") == ["PIBOTFIRST"]
    assert devices("check") != ["PIBOTFIRST"] != devices("setup")


def test_check_says_whose_the_store_is(
    server: Peer, place: tuple[Peer, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/ours.sqlite3"
    migrate(url)
    config = tmp_path / "config.yaml"
    config.touch(mode=0o600)
    values = {"homeserver": place[1], "user_id": BOT, "password": PASSWORD, "database": url}
    config.write_text(json.dumps(values))
    main(["check", "-c", str(config)])
    assert "✓ store: of nobody yet, 0 messages to send" in capsys.readouterr().out
    database = Database(url)
    with database.transaction() as tx:
        belong_to(tx, BOT)
    database.close()
    main(["check", "-c", str(config)])
    assert f"✓ store: of {BOT}, 0 messages to send" in capsys.readouterr().out
