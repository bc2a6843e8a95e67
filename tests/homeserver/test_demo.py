"""`pi-bot demo` plays its day through a real homeserver, and every step has its answer."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.demo.community import BOT, Community
from bot.demo.keyboard import Keyboard
from bot.demo.screen import Screen
from bot.demo.tour import machine

Process = asyncio.subprocess.Process


async def start(*arguments: str) -> Process:
    """The demo without a terminal, in a process group of its own."""
    return await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "bot", "demo", *arguments],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        process_group=0,
    )


async def test_the_day_is_played_and_every_step_is_answered(tmp_path: Path) -> None:
    demo = await start("--keep", str(tmp_path / "kept"))
    said = (await demo.communicate())[0].decode()
    assert demo.returncode == 0, said
    summary = re.search(r"— (\d+) Schritte, (\d+) beantwortet, \d+ Sekunden —", said)
    assert summary, said
    assert summary[1] == summary[2]
    assert int(summary[1]) > 50
    assert "SIGKILL" in said
    assert "✗" not in said
    assert "\x1b" not in said, "colour is for terminals"
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept >= {"config.yaml", "bot.log", "synapse", "data"}


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


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
