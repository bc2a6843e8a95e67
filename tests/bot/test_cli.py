"""The command line: what it does, its exit status, and its one line when something is wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli import main
from storage import ideas, leader, members
from storage.engine import schema
from storage.engine.database import Database
from storage.engine.reading import reading
from tests.support.chat import Chat
from tests.support.drawn import drawn

pytestmark = pytest.mark.long  # starts a process for each

PIA = "@pia:localhost"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.touch(mode=0o600)
    path.write_text(
        'homeserver: http://127.0.0.1:9\nuser_id: "@pibot:example.ch"\npassword: hunter2 hunter2\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def database(config: Path) -> Database:
    """The store of the configuration, with Pia in it, who has an idea."""
    url = f"sqlite:///{config.parent}/data/pibot.sqlite3"
    schema.migrate(url)
    database = Database(url)
    chat = Chat(database)
    chat.member(PIA, "Pia Muster", name_key="pia muster")
    chat.reply("!idee neu Formulare", by=PIA)
    database.close()
    return database


@pytest.fixture
def run(config: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with the configuration; exit status, answer, and what went wrong."""

    def run(command: str, *arguments: object) -> tuple[int, str, str]:
        status = main([command, *map(str, arguments), "-c", str(config)])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out.startswith("pi-bot ")
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    told = capsys.readouterr().out
    assert main(["version"]) == 0
    version = capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == version
    names = (
        "init",
        "run",
        "check",
        "setup",
        "migrate",
        "backup",
        "restore",
        "dump",
        "export",
        "erase",
        "demo",
        "version",
    )
    assert all(f"    {name} " in told for name in names)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "COMMAND"),
        (["rnu"], "'run'"),
        (["backup"], "FILE"),
        (["erase"], "MEMBER"),
        (["run", "--now"], "unrecognized arguments: --now"),
        *(
            ([command, name], f"{name}: expected a Matrix id, such as @pia:example.ch")
            for command in ("erase", "trust")
            for name in ("Nobody", "Pia Muster", "Pia", "@pia", "pia:localhost", "")
        ),
    ],
)
def test_wrong_arguments_are_status_2_and_one_line(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    [line] = capsys.readouterr().err.splitlines()
    assert expected in line


@pytest.mark.parametrize(
    "command",
    ["run", "check", "setup", "migrate", "backup x", "restore x", "dump x", "export x", "erase @x:y"],
)
def test_a_wrong_configuration_is_status_2_and_one_line(run: Run, config: Path, command: str) -> None:
    config.write_text(config.read_text(encoding="utf-8") + "lagnuage: de\n", encoding="utf-8")
    status, out, err = run(*command.split())
    assert (status, out) == (2, "")
    assert err == f"pi-bot: {config}, line 4: unknown key lagnuage; the nearest known key is language\n"


def test_a_wrong_configuration_is_told_before_anything_large_is_loaded(config: Path) -> None:
    """In a process of its own, as other tests load everything."""
    config.write_text("language: fr\n", encoding="utf-8")
    look = (
        "import sys; from bot.cli import main; status = main(sys.argv[1:]);"
        "print(status, [m for m in ('nio', 'aiohttp', 'alembic', 'sqlalchemy') if m in sys.modules])"
    )
    for arguments, expected in ((["version"], "0 []"), (["run", "-c", str(config)], "2 []")):
        done = subprocess.run(
            [sys.executable, "-c", look, *arguments], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == expected


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run", "-c", "none.yaml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert (
        done.stderr == "pi-bot: none.yaml: there is no such file; `pi-bot init` makes one, -c names another\n"
    )


def test_migrate_says_what_it_did(run: Run) -> None:
    newest = schema.revisions()[-1]
    assert run("migrate") == (0, f"the store is now on schema {newest}\n", "")
    assert run("migrate") == (0, f"the store is already on schema {newest}\n", "")


def test_backup_restore_and_dump(run: Run, database: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    status, out, _ = run("backup", copy)
    assert status == 0
    assert out.startswith(f"{copy}: ")
    assert run("backup", copy)[0] == 1
    with database.transaction() as tx:
        ideas.remove(tx, 1)
    database.close()
    status, out, _ = run("restore", copy)
    assert status == 0
    assert f"the store is as in {copy}; as it was before: " in out
    status, out, _ = run("dump", tmp_path / "all")
    assert status == 0
    assert (
        json.loads((tmp_path / "all" / "ideas.json").read_text(encoding="utf-8"))[0]["title"] == "Formulare"
    )


def test_export_writes_what_everybody_may_read(run: Run, database: Database, tmp_path: Path) -> None:
    database.close()
    for _ in range(2):
        status, out, _ = run("export", tmp_path / "www")
        assert status == 0
        assert out.endswith(" files, as everybody may read them\n")
    assert "Formulare" in (tmp_path / "www" / "ideen" / "index.html").read_text(encoding="utf-8")
    assert not (tmp_path / "www" / "members.json").exists()


def test_a_failure_is_status_1_and_one_line(run: Run, tmp_path: Path) -> None:
    for command in ("dump", "export"):
        status, out, err = run(command, tmp_path / "all")
        assert (status, out) == (1, "")
        assert (
            err == f"pi-bot: there is no store at {tmp_path}/data/pibot.sqlite3 yet; `pi-bot run` makes it\n"
        )


def test_a_store_that_is_none_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pibot.sqlite3").write_text("not a database, but long enough to look at" * 20)
    assert run("migrate") == (1, "", "pi-bot: the store: file is not a database\n")


def test_a_store_of_another_version_is_told_with_what_to_do(
    run: Run, database: Database, tmp_path: Path
) -> None:
    for version, wrong in (
        ("9999_later", "was made by a newer version of the bot (schema 9999_later): install that one"),
        ("0001_first", "has an older schema: `pi-bot migrate`, or start the bot"),
    ):
        with database.transaction() as tx:
            tx.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (version,))
        database.close()
        assert f"✗ store: {wrong}\n" in run("check")[1]
        for command in ("dump", "export"):
            assert run(command, tmp_path / "all") == (1, "", f"pi-bot: the store {wrong}\n")


def test_restore_is_refused_while_a_bot_runs(run: Run, database: Database, tmp_path: Path) -> None:
    run("backup", tmp_path / "copy")
    database.lock()
    assert run("restore", tmp_path / "copy") == (1, "", "pi-bot: a bot runs on this store: stop it first\n")
    database.close()


def test_status_says_which_process_leads(run: Run, database: Database) -> None:
    assert run("status", "--all") == (1, "", "pi-bot: no bot leads on this store\n")
    database.lock()
    with database.transaction() as tx:
        leader.enter(tx, name="town-1", version="1.2", at=datetime(2026, 11, 22, 9, tzinfo=UTC))
    status, out, _ = run("status", "--all")
    assert (status, out.split()) == (0, ["town-1", "leading", "since", "2026-11-22", "10:00:00", "1.2"])
    database.close()
    assert run("status")[0] == 1


def test_a_second_bot_on_the_same_store_is_refused(run: Run, database: Database) -> None:
    database.lock()
    status, _, err = run("run")
    assert status == 1
    assert err.splitlines()[-1].startswith("pi-bot: another bot runs on this store: ")
    database.close()


def test_without_a_homeserver_setup_fails_and_check_looks_at_the_rest(run: Run, database: Database) -> None:
    status, out, err = run("setup")
    assert (status, out) == (1, "")
    assert err.startswith("pi-bot: no answer from the homeserver: ")
    status, out, err = run("check")
    assert (status, err) == (1, "")
    assert "✗ login: no answer from http://127.0.0.1:9" in out
    assert "✓ store: of nobody yet, 0 messages to send" in out
    assert "hunter2" not in out + err


def test_erase_takes_the_person_out(run: Run, database: Database) -> None:
    assert run("erase", PIA, "--yes") == (
        0,
        f"{PIA} is erased: ideas stay without a name, votes without a person\n",
        "",
    )
    with reading(f"sqlite:///{database.path}") as tx:
        idea = ideas.find(tx, 1)
        assert idea is not None
        assert idea.author == ""
        assert members.find(tx, PIA) is None


def test_erase_refuses_whom_it_can_t_or_must_not(run: Run, database: Database, config: Path) -> None:
    assert run("erase", PIA) == (1, "", "pi-bot: nothing is erased; without this question: --yes\n")
    with reading(f"sqlite:///{database.path}") as tx:
        assert members.find(tx, PIA) is not None
    status, _, err = run("erase", "@kora:localhost", "--yes")
    assert status == 1
    assert "is the only coordinator" in err
    config.write_text(config.read_text(encoding="utf-8") + f'moderators: ["{PIA}"]\n', encoding="utf-8")
    status, _, err = run("erase", PIA, "--yes")
    assert status == 1
    assert "the configuration names this person" in err


def test_init_needs_a_terminal_and_a_new_file(run: Run, config: Path, tmp_path: Path) -> None:
    assert run("init") == (
        2,
        "",
        f"pi-bot: {config}: is there already; expected the name of a new file (-c)\n",
    )
    done = subprocess.run(
        [sys.executable, "-m", "bot", "init", "-c", str(tmp_path / "new.yaml")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert not (tmp_path / "new.yaml").exists()


def test_postgresql_away_is_one_line(run: Run, config: Path, tmp_path: Path) -> None:
    text = f"database: postgresql://pibot:hunter3hunter3@/pibot?host={tmp_path}\n"
    config.write_text(config.read_text(encoding="utf-8") + text, encoding="utf-8")
    for command in (["migrate"], ["run"], ["dump", tmp_path / "all"], ["export", tmp_path / "all"]):
        status, out, err = run(*command)
        assert (status, out) == (1, "")
        assert err.splitlines()[-1].startswith("pi-bot: the store: ")
        assert "hunter3" not in err


def test_the_configuration_may_stand_before_the_command(
    config: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    newest = schema.revisions()[-1]
    for arguments in (["-c", str(config), "migrate"], ["migrate", "--config", str(config)]):
        assert main(arguments) == 0
        assert capsys.readouterr().out == f"the store is already on schema {newest}\n"
    assert main(["-c", "none.yaml", "migrate", "-c", str(config)]) == 0
    assert database.path is not None


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("erase", "Matrix id"),
        ("backup", "not overwritten"),
        ("restore", "pi-bot backup"),
        ("dump", "empty folder"),
        ("export", "earlier export"),
    ],
)
def test_help_says_what_is_expected(command: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert told in shown
    assert "CONFIG" in shown


@pytest.mark.parametrize("encoding", drawn(["latin-1", "ascii", "cp1252"], 1))
def test_a_terminal_that_knows_few_signs_shows_all_lines(config: Path, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "check", "-c", str(config)],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
        check=False,
    )
    assert done.returncode == 1
    assert b"!! login: no answer from http://127.0.0.1:9" in done.stdout
    assert b"ok configuration: " in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_a_port_that_is_taken_is_told_with_its_key(run: Run, config: Path, host: str) -> None:
    family = socket.AF_INET6 if host == "[::1]" else socket.AF_INET
    with socket.socket(family) as taken:
        taken.bind((host.strip("[]"), 0))
        taken.listen()
        listen = f"{host}:{taken.getsockname()[1]}"
        config.write_text(
            config.read_text(encoding="utf-8") + f'http: {{listen: "{listen}"}}\n', encoding="utf-8"
        )
        status, _, err = run("run")
    assert status == 1
    assert err.splitlines()[-1] == f"pi-bot: http.listen: {listen}: address already in use"


@pytest.mark.parametrize("number", drawn([signal.SIGTERM, signal.SIGINT, signal.SIGHUP], 1), ids=str)
@pytest.mark.parametrize("after", ["", "made", "away"])
def test_a_bot_that_is_asked_to_end_as_it_starts_ends_clean(
    config: Path, number: signal.Signals, after: str
) -> None:
    """As soon as it can hear anything; with the store made; while the homeserver is away."""
    look = (
        "import faulthandler, signal, sys; faulthandler.dump_traceback_later(25);"  # where it hangs, if it does
        "signal.signal(signal.SIGHUP, signal.SIG_DFL);"
        "from bot.__main__ import main; sys.argv = ['pi-bot', 'run', '-c', sys.argv[1]];"
        "print('up', flush=True); sys.exit(main())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", look, str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as bot:
        assert bot.stdout is not None
        assert bot.stderr is not None
        said = bot.stdout.readline()
        if after:
            while after not in (line := bot.stderr.readline()):
                said += line
        while not _hears(bot.pid, signal.SIGHUP):  # the last one to have its handler
            pass
        bot.send_signal(number)
        try:
            out, err = bot.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            bot.kill()  # else the test would wait for ever
            out, err = bot.communicate()
    assert bot.returncode == 0, said + out + err
    assert "Traceback" not in err


def _hears(process: int, number: signal.Signals) -> bool:
    """Whether the process has a handler for the signal."""
    status = Path(f"/proc/{process}/status").read_text()
    [caught] = [line for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)
