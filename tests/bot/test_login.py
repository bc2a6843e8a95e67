"""How the bot gets in: the same words and exit status in all commands, and its password goes nowhere else."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.core.login import Logins, Session, pickle_key
from bot.encryption.machine import Machine
from storage import inbox, olm
from storage.engine.database import Database
from storage.engine.reading import reading
from storage.engine.schema import migrate
from storage.inbox import belong_to, set_device
from tests.support.drawn import drawn
from tests.support.peer import Peer, Trouble, apart, refused

pytestmark = pytest.mark.long  # begins a process or a server for each

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


def leave_file(tmp_path: Path, user: str = BOT, token: str = "syt_kept") -> Path:
    """A session as earlier versions have left it."""
    path = tmp_path / "data" / "session.json"
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"user_id": user, "device_id": "OLD", "access_token": token}))
    return path


def keep(url: str, tmp_path: Path) -> None:
    """The store has a session, of the device OLD."""
    migrate(url)
    database = Database(url)
    logins_of(database, tmp_path).keep(Session(BOT, "OLD", "syt_kept"))
    database.close()


def session_of(url: str, tmp_path: Path) -> Session | None:
    migrate(url)
    database = Database(url)
    try:
        return logins_of(database, tmp_path).kept()
    finally:
        database.close()


def logins_of(database: Database, tmp_path: Path) -> Logins:
    key = pickle_key(tmp_path / "data" / "pickle.key")
    return Logins(database, BOT, key, now=lambda: datetime.now(UTC), file=tmp_path / "none")


def ends(server: Peer) -> None:
    """Each command ends once it is logged in."""
    for path in ("/profile/", "/directory/room"):
        server.trouble(path, *[Trouble(301, location="https://example.ch/")] * 3)


def logged_in_as(server: Peer) -> list[str]:
    """The devices as which there was a login."""
    return [body["device_id"] for _, path, body in server.requests if path.endswith("/login")]


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
    assert session_of(other, tmp_path) is None
    server.answers["/whoami"] = {"user_id": BOT}  # the store is not that of the misspelt name
    server.trouble("/login", refused())
    assert "is refused" in ask(command, database=other)[1]


def test_a_kept_session_that_is_over_is_said_by_check(ask: Ask, server: Peer, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ours.sqlite3"
    keep(url, tmp_path)
    server.trouble("/whoami", refused(401, "M_UNKNOWN_TOKEN"))
    status, line = ask("check", database=url)
    assert status == 1
    assert line == "the session is no longer valid (M_UNKNOWN_TOKEN): `pi-bot run` logs in anew"
    assert session_of(url, tmp_path) == Session(BOT, "OLD", "syt_kept")


@pytest.mark.parametrize("command", ["run", "setup"])
@pytest.mark.parametrize("soft", [True, False])
def test_a_kept_session_that_is_over_is_followed_by_one_of_the_same_device(
    ask: Ask, server: Peer, tmp_path: Path, command: str, soft: bool
) -> None:
    url = f"sqlite:///{tmp_path}/ours.sqlite3"
    keep(url, tmp_path)
    over = {"errcode": "M_UNKNOWN_TOKEN", "error": "over", "soft_logout": soft}
    server.trouble("/whoami", *[Trouble(401, over)] * 2)
    server.answers["/login"] = lambda _, body: {
        "user_id": BOT,
        "device_id": body["device_id"],
        "access_token": "syt_new",
    }
    ends(server)
    ask(command, database=url, encryption="off")
    assert logged_in_as(server) == ["OLD"]
    assert session_of(url, tmp_path) == Session(BOT, "OLD", "syt_new")


def test_without_a_password_it_is_the_end(ask: Ask, server: Peer, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ours.sqlite3"
    keep(url, tmp_path)
    server.trouble("/login", refused(403, "M_USER_DEACTIVATED"))
    server.trouble("/whoami", *[refused(401, "M_UNKNOWN_TOKEN")] * 2)
    said = f"password: login as {BOT} is refused (M_USER_DEACTIVATED): look at user_id and password"
    assert ask("run", database=url) == (2, said)
    given = {"password": None, "access_token": "syt_given"}
    over = "access_token: the session is no longer valid (M_UNKNOWN_TOKEN): set a new access_token"
    assert ask("run", database=url, **given) == (2, over)


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
        leave_file(tmp_path)
        server.trouble("/whoami", Trouble(status, location=f"{other}/_matrix/client/v3/account/whoami"))
        assert ask(command) == (2, f"homeserver: {place[1]} redirects to {other}: set that address")
        assert elsewhere.requests == []


def test_where_the_homeserver_gives_another_device_than_before_it_is_a_new_one_in_setup(
    ask: Ask, server: Peer, tmp_path: Path
) -> None:
    """It is asked for the former one first; the keys of that one have gone with it."""
    url = f"sqlite:///{tmp_path}/ours.sqlite3"
    keep(url, tmp_path)
    database = Database(url)
    with database.transaction() as tx:
        olm.put_account(tx, device_id="OLD", pickle="of OLD", uploaded=True)
    database.close()
    server.trouble("/whoami", refused(401, "M_UNKNOWN_TOKEN"), refused(401, "M_UNKNOWN_TOKEN"))
    ends(server)
    ask("setup", database=url)
    assert session_of(url, tmp_path) == Session(BOT, "NEW", "syt_new")
    first, then = logged_in_as(server)
    assert first == "OLD"
    assert then != "OLD"
    with reading(url) as tx:
        assert olm.account(tx) is None
        assert inbox.device(tx) == "NEW"
        since = inbox.device_since(tx)
    assert since is not None
    assert datetime.now(UTC) - since < timedelta(minutes=1)


@pytest.mark.parametrize("command", ["run", "setup", "check"])
def test_a_session_in_a_file_of_before_goes_on_in_the_store(
    ask: Ask, server: Peer, tmp_path: Path, command: str
) -> None:
    url = f"sqlite:///{tmp_path}/ours.sqlite3"
    path = leave_file(tmp_path)
    ends(server)
    ask(command, database=url)
    assert logged_in_as(server) == []
    if command == "run":
        assert session_of(url, tmp_path) == Session(BOT, "OLD", "syt_kept")
        leave_file(tmp_path, token="syt_older")  # as after a kill before it was removed
        ends(server)
        ask(command, database=url)
        assert session_of(url, tmp_path) == Session(BOT, "OLD", "syt_kept")
    assert path.exists() == (command != "run")
    assert logged_in_as(server) == []


def test_the_file_of_another_account_is_left_alone(ask: Ask, server: Peer, tmp_path: Path) -> None:
    path = leave_file(tmp_path, "@other:localhost")
    ends(server)
    ask("check")
    assert len(logged_in_as(server)) == 1
    assert json.loads(path.read_text())["user_id"] == "@other:localhost"


def test_check_leaves_neither_a_session_nor_a_store_behind(ask: Ask, server: Peer, tmp_path: Path) -> None:
    ends(server)
    ask("check")
    assert len(logged_in_as(server)) == 1
    assert [path for _, path, _ in server.requests].count("/_matrix/client/v3/logout") == 1
    assert not (tmp_path / "data").exists()


def test_the_token_is_nowhere_in_the_store_and_needs_the_pickle_key(
    ask: Ask, server: Peer, tmp_path: Path
) -> None:
    """Without encryption another pickle key is no trouble: the bot logs in anew, as the device that it is."""
    file = tmp_path / "ours.sqlite3"
    url = f"sqlite:///{file}"
    keep(url, tmp_path)
    assert b"syt_kept" not in file.read_bytes()
    key = tmp_path / "data" / "pickle.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.write_bytes(bytes(32))
    ends(server)
    ask("run", database=url, encryption="off")
    assert logged_in_as(server) == ["OLD"]
    assert session_of(url, tmp_path) == Session(BOT, "NEW", "syt_new")

    key.write_bytes(b"short")
    for command in ("run", "setup"):
        status, line = ask(command, database=url)
        assert (status, line) == (1, f"pickle_key_file: {key} is no pickle key, which has 32 bytes")


@pytest.mark.parametrize("command", ["run", "setup"])
def test_with_encryption_another_pickle_key_is_a_line_and_changes_nothing(
    ask: Ask, server: Peer, tmp_path: Path, command: str
) -> None:
    url = f"sqlite:///{tmp_path}/ours.sqlite3"
    keep(url, tmp_path)
    key = tmp_path / "data" / "pickle.key"
    right = key.read_bytes()
    database = Database(url)
    with database.transaction() as tx:
        Machine(BOT, "OLD", right, only_signed=True).identity.seeds(tx)
    database.close()
    key.write_bytes(bytes(32))
    status, line = ask(command, database=url, encryption="on")
    assert (status, line.startswith("pickle_key_file: is not the one of this store")) == (1, True)
    assert logged_in_as(server) == []
    key.write_bytes(right)
    assert session_of(url, tmp_path) == Session(BOT, "OLD", "syt_kept")


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
    """Another one would stay behind in the account's list. `check` leaves it alone: the bot may run elsewhere."""
    url = f"sqlite:///{tmp_path}/ours.sqlite3"

    def devices(command: str) -> list[str]:
        server.requests.clear()
        server.trouble("/login", refused())
        ask(command, database=url)
        return logged_in_as(server)

    first, again = devices("run"), devices("run")
    assert first != again  # the store knows none yet
    database = Database(url)
    with database.transaction() as tx:
        set_device(tx, "PIBOTFIRST", at=datetime.now(UTC))
    database.close()
    assert devices("run") == devices("run") == devices("setup") == ["PIBOTFIRST"]
    assert devices("check") != ["PIBOTFIRST"]


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
