"""`pi-bot demo` plays its day through a real homeserver, and every step has its answer."""

import asyncio
import contextlib
import os
import pty
import re
import select
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from bot.cli import main
from bot.demo.community import BOT, NAMES, Community
from bot.demo.keyboard import Keyboard
from bot.demo.mission import MORE
from bot.demo.screen import Screen
from bot.demo.tour import machine

Process = asyncio.subprocess.Process
EVERYBODY = [f"@{n}:localhost" for n in (*NAMES, *MORE)]
_COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


async def start(*arguments: str) -> Process:
    """The demo without a terminal, in a process group of its own, as a script's `… &` starts it."""
    return await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "bot", "demo", *arguments],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        process_group=0,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )


def test_the_day_is_played_and_then_one_can_type(tmp_path: Path) -> None:
    """What the day leaves is what one types in: people who came later, the group's room, a leader."""
    with Terminal("--keep", str(tmp_path / "kept")) as demo:
        said = demo.until("pia> ", within=600)
        summary = re.search(r"— (\d+) Schritte, (\d+) beantwortet, \d+ Sekunden —", said)
        assert summary, said
        assert summary[1] == summary[2]
        assert int(summary[1]) > 50
        assert "SIGKILL" in said
        assert "✗" not in said
        assert said.count("Diese Einladung gilt nicht mehr") == 7, "nothing of the day comes after it"
        assert re.search(r"Gruppe P1 +PI-Bot +│ 🧭 P1", said)
        assert not re.search(r"Direkt Pia +PI-Bot +│ 🧭 P1", said), "the group's room is no direct chat"
        for name in ("pia", "urs", "anna", "fabio"):
            assert re.search(rf"\b{name}\b", demo.help()), said
        assert "kora (Koordination)" in said
        assert "moni (Moderation)" in said
        assert "eva (Leitung der Gruppe P1)" in said
        assert "Eva Suter: Benutzername eva, Passwort " in said
        demo.types("", "pia> ")
        demo.types("anna> status", "anna> ", "│")
        demo.types("/räume", "direkt · news · ideen · agenda · gruppe", "anna> ")
        demo.types("/raum P1", "anna #gruppe> ")
        demo.types("!gruppe zeige P1", "Dabei: Pia Muster", "anna #gruppe> ")
        demo.types("/raum ideas", "anna #ideen> ")
        demo.types("/tippe 👍 I5", "tippt 👍 auf «💡 I5", "👍 1")
        demo.types("/tippe 👍 I5", "nimmt etwas zurück", "👍 0")
        demo.types("/tippe 👍 I5", "tippt 👍 auf «💡 I5", "👍 1")
        demo.types("/raum", "direkt · news · ideen", "anna #ideen> ")
        demo.types("/raum Neuigkeiten", "anna #news> ")
        demo.types("/raum group", "anna #gruppe> ")
        demo.types("/raum keller", "Diesen Raum gibt es nicht. Es gibt: direkt · news", "anna #gruppe> ")
        demo.types("/raum direct", "anna> ")
        demo.types("xaver> !hilfe", "«xaver» ist nicht dabei. Schreiben können: pia", "anna> ")
        demo.types("/xaver", "moni (Moderation)", "anna> ")
        demo.types("/kora", "kora> ")
        demo.types("/raum gruppe", "Diesen Raum gibt es nicht", "kora> ")
        demo.types("/raum koordination", "kora #koordination> ")
        demo.types("eva> !sitzung liste P1", "S1", "eva> ")
        demo.types("moni> status", "moni> ", "│")
        demo.types("/ende", "Die Daten bleiben in")
        assert demo.ended() == 0
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept >= {"config.yaml", "bot.log", "synapse", "data"}
    plain, sealed = said_by_the_bot(tmp_path / "kept")
    assert plain == {"news", "ideas", "agenda"}
    assert sealed == {"moderation", "coordination", "group 1"} | {f"direct {n}" for n in EVERYBODY}


async def test_the_second_tour_is_played() -> None:
    demo = await start("--tour", "tools")
    said = (await demo.communicate())[0].decode()
    assert demo.returncode == 0, said
    summary = re.search(r"— (\d+) Schritte, (\d+) beantwortet, \d+ Sekunden —", said)
    assert summary, said
    assert summary[1] == summary[2]
    assert "✗" not in said


def said_by_the_bot(kept: Path) -> tuple[set[str], set[str]]:
    """The rooms in which it was in the clear, and those in which it was encrypted, as the homeserver has it."""
    with contextlib.closing(sqlite3.connect(kept / "data" / "pibot.sqlite3")) as store:
        names = dict(store.execute("SELECT room_id, purpose FROM purposes").fetchall())
        direct = "SELECT room_id, 'direct ' || direct_with FROM rooms WHERE direct_with IS NOT NULL"
        names |= dict(store.execute(direct).fetchall())
    with contextlib.closing(sqlite3.connect(kept / "synapse" / "homeserver.db")) as server:
        said = server.execute("SELECT DISTINCT type, room_id FROM events WHERE sender = ?", [BOT]).fetchall()
    plain, sealed = (
        {names[room] for kind, room in said if kind == wanted}
        for wanted in ("m.room.message", "m.room.encrypted")
    )
    return plain, sealed


@pytest.mark.parametrize("end", ["\x03", "\x04", "/ende\n"], ids=["Ctrl-C", "Ctrl-D", "ende"])
def test_typing_ends_as_one_likes_and_leaves_nothing_running(end: str) -> None:
    with Terminal("--short") as demo:
        demo.until("pia> ", within=120)
        children = children_of(demo.pid)
        assert len(children) == 2, "Synapse and the bot"
        demo.types("urs> hilfe", "│", "urs> ")
        demo.types("\n/\n>\n/tippe", "urs> ")
        demo.keys(end)
        assert demo.ended() == 0
        assert "Traceback" not in demo.said
        assert not [pid for pid in [demo.pid, *children] if is_alive(pid)]


async def test_without_a_terminal_the_beginning_is_played_and_nobody_waits_for_typing() -> None:
    demo = await start("--short")
    said = (await demo.communicate())[0].decode()
    assert demo.returncode == 0, said
    assert "pia> " not in said
    assert "\x1b" not in said, "colour is for terminals"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_stopped_in_the_middle_it_leaves_nothing_running(tmp_path: Path, how: signal.Signals) -> None:
    demo = await start("--keep", str(tmp_path))
    assert demo.stdout
    async for line in demo.stdout:
        if "PI-Bot" in line.decode() and "│" in line.decode():
            break
    children = children_of(demo.pid)
    assert len(children) == 2, "Synapse and the bot"
    demo.send_signal(how)
    await demo.communicate()
    assert demo.returncode == 1
    assert not [pid for pid in children if is_alive(pid)]


def test_a_folder_that_is_in_use_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").touch()
    assert main(["demo", "--keep", str(tmp_path)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


async def test_one_can_type_as_any_of_the_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with Community(tmp_path, say=lambda _: None) as community:
        screen = Screen(BOT)
        screen.follow([(person, name) for name, person in community.people.items()], {})
        reading, writing = os.pipe()
        typed = "hilfe\nurs> status\n/kora\n/räume\n/raum news\n!status\n/raum keller\n/ende\n"
        os.write(writing, typed.encode())
        await Keyboard(community, screen).run(reading)
        os.close(reading)
        os.close(writing)
        pia, urs, kora = (community.people[name] for name in ("pia", "urs", "kora"))
        await pia.wait_for(lambda e: machine(e).get("type") == "help", room=community.direct["pia"])
        await urs.wait_for(lambda e: machine(e).get("type") == "status", room=community.direct["urs"])
        answer = await kora.wait_for(
            lambda e: machine(e).get("type") == "status", room=community.rooms["news"]
        )
        screen.show()
        assert await community.bot.stop() == 0
    said = capsys.readouterr().out
    assert "direkt · news · ideen · agenda · moderation · koordination" in said
    assert "kora #news> " in said
    assert "Diesen Raum gibt es nicht" in said
    assert answer["content"]["body"].split("\n")[0][:30] in said


class Terminal:
    """The demo on a terminal of its own, with somebody who types."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.execv(sys.executable, [sys.executable, "-m", "bot", "demo", *arguments])  # noqa: S606
        self.said = ""
        self._status: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._screen)
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)  # its children end with it
            os.waitpid(self.pid, 0)

    def keys(self, keys: str) -> None:
        os.write(self._screen, keys.encode())

    def types(self, line: str, *shown: str) -> None:
        """After this line, each of these is seen, wherever."""
        before = len(self.said)
        self.keys(f"{line}\n")
        self._read(lambda: all(part in self.said[before + len(line) :] for part in shown), 30, str(shown))

    def until(self, shown: str, *, within: float) -> str:
        self._read(lambda: shown in self.said, within, shown)
        return self.said

    def help(self) -> str:
        """The line that says who can type."""
        return next(line for line in self.said.splitlines() if line.strip().startswith("pia · "))

    def ended(self) -> int:
        """The exit status, once the demo has ended by itself."""
        self._read(lambda: False, 30, "the end")
        self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._status

    def _read(self, is_enough: Callable[[], bool], within: float, what: str) -> None:
        deadline = time.monotonic() + within
        while not is_enough():
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._screen], [], [], max(0, left))
            assert ready, f"no {what}:\n{self.said}"
            try:
                read = os.read(self._screen, 65_536)
            except OSError:  # it has closed the terminal
                read = b""
            self.said += _COLOUR.sub("", read.decode(errors="replace").replace("\r", ""))
            if not read:
                return


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
