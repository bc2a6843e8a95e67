"""The command line: `pi-bot`, or `python -m bot`.

Exit status: 0 done, 1 failed, 2 wrong configuration or arguments; a failure is said in one line. Each command
loads what it needs itself, so that `version` and a wrong key are quick.
"""

# ruff: noqa: T201 - what is printed is the answer

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import logging
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from bot import logs
from bot.admin.exits import DONE, FAILED, WRONG
from bot.admin.terminal import print_anywhere
from bot.running.signals import end_quietly

if TYPE_CHECKING:
    from bot.config.keys import Configuration

log = logging.getLogger(__name__)
Act = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"{self.prog}: {message}; `{self.prog} --help` shows what there is\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    print_anywhere()
    asked = _parser().parse_args(arguments)
    logs.set_up()
    act: Act = asked.act
    try:
        return act(asked)
    except (KeyboardInterrupt, EOFError):
        end_quietly()
        print("\npi-bot: ended before it was done", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # `pi-bot check | head`
        sys.stderr.close()
        return FAILED
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - the last place where it can become a line
        status, lines = _told(error)
        for line in lines:
            print(logs.without_secrets(f"pi-bot: {line}"), file=sys.stderr)
        return status


def _told(error: BaseException) -> tuple[int, Sequence[str]]:
    """The exit status and the line for what went wrong."""
    from bot.config.file import ConfigurationError  # noqa: PLC0415

    if isinstance(error, ConfigurationError):
        return WRONG, error.lines
    from bot.admin.identity import IdentityError  # noqa: PLC0415
    from bot.config.keys import ListenError  # noqa: PLC0415
    from bot.matrix.encrypting import ForeignIdentityError, OtherDeviceError  # noqa: PLC0415
    from bot.matrix.session import LoggedOutError, LoginError, WrongAccessError  # noqa: PLC0415
    from bot.matrix.transport import MatrixError, RedirectError, UnreachableError  # noqa: PLC0415
    from storage.engine.address import StoreError, WrongStoreError  # noqa: PLC0415
    from storage.engine.database import InUseError  # noqa: PLC0415
    from storage.engine.reading import words  # noqa: PLC0415
    from storage.engine.schema import NewerSchemaError  # noqa: PLC0415
    from storage.engine.sealing import PickleKeyError  # noqa: PLC0415

    match error:
        case WrongStoreError() | WrongAccessError():
            return WRONG, (" ".join(str(error).split()),)
        case RedirectError():
            return WRONG, (f"homeserver: {error}",)
        case (
            LoginError()
            | StoreError()
            | ListenError()
            | IdentityError()
            | ForeignIdentityError()
            | OtherDeviceError()
            | PickleKeyError()
        ):
            line = str(error)
        case LoggedOutError():
            line = "the homeserver has logged the bot out, twice in ten minutes: who ends its sessions?"
        case InUseError():
            line = f"another bot runs on this store: {error}"
        case NewerSchemaError():
            line = f"the store was made by a newer version of the bot (schema {error}): install that one"
        case UnreachableError():
            line = f"no answer from the homeserver: {error}"
        case MatrixError():
            line = f"the homeserver refused: {error}"
        case OSError():
            line = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        case _ if said := words(error):
            line = f"the store: {said}"
        case _:
            log.error("unexpected", exc_info=error)
            line = f"unexpected failure ({type(error).__name__}); the log above says where"
    return FAILED, (" ".join(line.split()),)


# --- the commands


def _configuration(asked: argparse.Namespace) -> Configuration:
    from bot.config.file import load  # noqa: PLC0415

    configuration = load(asked.config)
    logs.hide(*configuration.secrets)
    return configuration


def _run(asked: argparse.Namespace) -> int:
    gc.disable()  # until the bot is ready: what is made until then stays, and looking through it takes 0.1 s
    configuration = _configuration(asked)
    from bot.matrix.session import Identity  # noqa: PLC0415
    from bot.running.program import Program, run_until_signal  # noqa: PLC0415

    async def run() -> None:
        program = Program(
            Identity.of(configuration),
            configuration.settings(version=installed()),
            database=configuration.database,
            data_dir=configuration.data_dir,
            rooms=configuration.rooms.named(),
            pickle_key_file=configuration.pickle_key,
            only_signed=configuration.encryption_devices == "signed",
            feeds_private=configuration.feeds.allow_private,
            listen=configuration.http.listen,
            municipalities=configuration.municipalities,
            web=configuration.web,
        )
        await run_until_signal(program)

    asyncio.run(run())
    return DONE


def _init(asked: argparse.Namespace) -> int:
    from bot.admin.init import ask  # noqa: PLC0415

    return ask(asked.config)


def _check(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from bot.admin.check import check  # noqa: PLC0415
    from bot.config.file import DEFAULT  # noqa: PLC0415

    source = asked.config or (DEFAULT if DEFAULT.exists() else "PIBOT_… variables")
    print(f"✓ configuration: {source}", flush=True)
    return asyncio.run(check(configuration))


def _setup(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from bot.admin.setup import set_up  # noqa: PLC0415

    done = set_up(
        configuration, say=print, key_file=asked.recovery_key_file, reset_identity=asked.reset_identity
    )
    return DONE if asyncio.run(done) else FAILED


def _recover(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from bot.admin.identity import read_key, recover  # noqa: PLC0415

    device = asyncio.run(recover(configuration, read_key(asked.key_file)))
    print(f"✓ the bot is who it was, on the device {device}")
    return DONE


def _trust(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from bot.admin.identity import trust  # noqa: PLC0415

    asyncio.run(trust(configuration, asked.member))
    print(f"✓ the bot has signed the identity of {asked.member}")
    return DONE


def _migrate(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from storage.engine.schema import migrate, revisions  # noqa: PLC0415

    done = migrate(configuration.database)
    print(f"the store is {'now' if done else 'already'} on schema {revisions()[-1]}")
    return DONE


def _backup(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from storage.engine.backup import back_up  # noqa: PLC0415

    back_up(configuration.database, asked.file)
    print(f"{asked.file}: {asked.file.stat().st_size:,} bytes")
    return DONE


def _restore(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from storage.engine.backup import restore  # noqa: PLC0415

    kept = restore(configuration.database, asked.file, stamp=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    print(f"the store is as in {asked.file}" + (f"; as it was before: {kept}" if kept else ""))
    print("who was erased since that backup is in it again: erase them once more")
    return DONE


def _status(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from bot.admin.backlog import list_backlog  # noqa: PLC0415
    from bot.admin.processes import list_processes  # noqa: PLC0415

    print("\n".join(list_processes(configuration, every=asked.all)))
    if not asked.all:
        for line in list_backlog(configuration, datetime.now(UTC)):
            print(line)
    return DONE


def _dump(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from storage.engine.dump import dump  # noqa: PLC0415

    counts = dump(configuration.database, asked.dir)
    print(f"{asked.dir}: {len(counts)} files, {sum(counts.values()):,} rows")
    return DONE


def _export(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from bot.web.exporting import export  # noqa: PLC0415

    count = export(configuration, asked.dir, now=datetime.now(UTC))
    print(f"{asked.dir}: {count} files, as everybody may read them")
    return DONE


def _erase(asked: argparse.Namespace) -> int:
    configuration = _configuration(asked)
    from bot.admin.erasure import erase  # noqa: PLC0415

    if not asked.yes:
        question = f"Erase all that is stored about {asked.member}? This can't be undone. Type yes: "
        if not sys.stdin.isatty() or input(question).strip().casefold() != "yes":
            print("pi-bot: nothing is erased; without this question: --yes", file=sys.stderr)
            return FAILED
    erase(configuration, asked.member, now=datetime.now(UTC))
    print(f"{asked.member} is erased: ideas stay without a name, votes without a person")
    return DONE


def _demo(asked: argparse.Namespace) -> int:
    day = importlib.import_module("bot.demo.day")  # what it needs is not installed everywhere
    return int(day.main(asked.keep, tour="short" if asked.short else asked.tour) or DONE)


def _version(_: argparse.Namespace) -> int:
    print(f"pi-bot {installed()}")
    return DONE


def installed() -> str:
    """The installed version; in a checkout that is not installed there is none."""
    try:
        return metadata.version("pi-bot")
    except metadata.PackageNotFoundError:
        return "not installed"


_COMMANDS: Final[tuple[tuple[str, Act, str, str | None], ...]] = (
    ("init", _init, "ask for homeserver, user, password and rooms; log in; write the configuration", None),
    ("run", _run, "run the bot until SIGTERM, SIGINT or SIGHUP", None),
    ("check", _check, "look at configuration, login, rooms, rights and store; one line each", None),
    ("setup", _setup, "make what is missing: space, rooms, rights; safe to repeat", None),
    ("recover", _recover, "bring the bot's identity to this machine, by the recovery key", None),
    ("trust", _trust, "sign a person's identity, once you have compared it", "member"),
    ("migrate", _migrate, "bring the store to this version's schema, as `run` does", None),
    ("backup", _backup, "copy the store to a new file, also while the bot runs", "file"),
    ("restore", _restore, "put such a copy back; the bot must not run", "file"),
    ("status", _status, "say which process leads, what waits and where, what was not sent and why", None),
    ("dump", _dump, "write all tables as JSON files to an empty folder, personal data included", "dir"),
    ("export", _export, "write what everybody may read, pages and data, for any web server", "dir"),
    ("erase", _erase, "remove what is stored about a person", "member"),
    ("demo", _demo, "a community day on a homeserver of its own", None),
    ("version", _version, "say which version this is", None),
)
_ARGUMENTS: Final = {
    ("backup", "file"): "the new file; one that is there is not overwritten",
    ("restore", "file"): "what `pi-bot backup` wrote",
    ("dump", "dir"): "an empty folder, or one that is made",
    ("export", "dir"): "an empty folder, one that is made, or one that an earlier export has filled",
    ("trust", "member"): "the person's Matrix id, such as @pia:example.ch",
    ("erase", "member"): "the person's Matrix id, such as @pia:example.ch",
}


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="pi-bot", description="The chat bot of the Public Innovators.", allow_abbrev=False)
    parser.add_argument(
        "--version", action="version", version=f"pi-bot {installed()}", help="say which version"
    )
    _add_config(parser, default=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for name, act, about, argument in _COMMANDS:
        command = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        command.set_defaults(act=act)
        if argument is not None:
            kind = _matrix_id if argument == "member" else Path
            told = _ARGUMENTS[name, argument]
            command.add_argument(argument, type=kind, metavar=argument.upper(), help=told)
        if name == "status":
            command.add_argument("--all", action="store_true", help="also those that stand by, a line each")
        if name == "erase":
            command.add_argument("--yes", action="store_true", help="without asking first")
        if name == "setup":
            command.add_argument(
                "--recovery-key-file",
                type=Path,
                metavar="FILE",
                help="write the recovery key to this new file",
            )
            command.add_argument(
                "--reset-identity", action="store_true", help="a new identity in place of one that is lost"
            )
        if name == "recover":
            command.add_argument(
                "--key-file",
                type=Path,
                metavar="FILE",
                help="the file with the recovery key; else it is asked for",
            )
        if name == "demo":
            command.add_argument("--keep", type=Path, metavar="DIR", help="keep its data there")
            command.add_argument("--short", action="store_true", help="two register, then one may type")
            command.add_argument(
                "--tour",
                choices=("day", "tools"),
                default="day",
                help="from an idea to a process and its group, or the community's other tools",
            )
        elif name != "version":
            _add_config(command, default=argparse.SUPPRESS)  # not to undo what stands before the command
    return parser


def _matrix_id(typed: str) -> str:
    """Of a person: names may be anybody's."""
    if not re.fullmatch(r"@[^@:\s]+:[^@\s]+", typed):
        raise argparse.ArgumentTypeError(f"{typed}: expected a Matrix id, such as @pia:example.ch")
    return typed


def _add_config(parser: argparse.ArgumentParser, *, default: str | None) -> None:
    told = "the configuration; without it ./config.yaml"
    parser.add_argument("-c", "--config", type=Path, metavar="CONFIG", default=default, help=told)
