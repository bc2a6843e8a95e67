"""`pi-bot demo`: a community day on a homeserver of its own, printed as a chat; then one may type oneself."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bot.demo.community import BOT, Community, CommunityError
from bot.demo.homeserver import HomeserverError
from bot.demo.keyboard import Keyboard
from bot.demo.screen import Screen
from bot.demo.script import BEGINNING, DAY, Scene
from bot.demo.tools import TOOLS
from bot.demo.tour import Tour, Unanswered, keep_showing

ENOUGH: Final = 3  # scenes that failed: the rest would only be waiting
TOURS: Final = {"day": DAY, "tools": TOOLS, "short": BEGINNING}
LABELS: Final = {
    "space": "Public Innov.",
    "news": "Neuigkeiten",
    "ideas": "Ideen",
    "agenda": "Agenda",
    "moderation": "Moderation",
    "coordination": "Koordination",
}


def main(keep: Path | None, *, tour: str = "day") -> int:
    """Play one of the `TOURS`; 0 if every step had its answer. The data stays in `keep`, or nowhere."""
    if importlib.util.find_spec("synapse") is None:
        print("pi-bot: the demo needs Synapse: `make demo` in the source installs it", file=sys.stderr)
        return 1
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        print(f"pi-bot: {keep} is not an empty folder: name another one to keep the data in", file=sys.stderr)
        return 2
    with _folder(keep) as folder:
        try:
            return asyncio.run(_day(folder, TOURS[tour], kept=keep is not None))
        except (HomeserverError, CommunityError) as error:
            print(f"pi-bot: {error}", file=sys.stderr)
        except (KeyboardInterrupt, asyncio.CancelledError):
            print("\n— abgebrochen —")
    return 1


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
    else:
        with tempfile.TemporaryDirectory(prefix="pibot-demo-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)


async def _day(folder: Path, scenes: Sequence[Scene], *, kept: bool) -> int:
    task = asyncio.current_task()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # SIGINT is ignored in a script's `… &`
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    screen = Screen(BOT)
    screen.scene("Eine Gemeinschaft entsteht: Synapse, PI-Bot und drei Personen auf diesem Rechner")
    async with Community(folder, say=screen.say) as community:
        well = await _tour(community, screen, scenes)
        if sys.stdin.isatty() and sys.stdout.isatty():
            await _type(community, screen)
        if kept:
            screen.say(f"Die Daten bleiben in {folder}")
        status = await community.bot.stop()
        if status != 0:
            screen.wrong(f"der Bot endete mit {status} statt mit 0")
        return 0 if well and status == 0 else 1


async def _tour(community: Community, screen: Screen, scenes: Sequence[Scene]) -> bool:
    """Play the scenes; True if every step had its answer."""
    people = [(person, community.names[name]) for name, person in community.people.items()]
    rooms = {room: LABELS[purpose] for purpose, room in community.rooms.items()}
    direct = {room: f"Direkt {name.capitalize()}" for name, room in community.direct.items()}
    screen.follow(people, rooms | direct)
    tour = Tour(community, screen)
    started, failed = time.monotonic(), 0
    showing = asyncio.create_task(keep_showing(screen))
    try:
        for scene in scenes:
            screen.scene((scene.__doc__ or "").removesuffix("."))
            try:
                await scene(tour)
            except Unanswered:
                failed += 1
                if failed == ENOUGH:
                    break
    finally:
        showing.cancel()
    took = time.monotonic() - started
    screen.scene(f"{tour.steps} Schritte, {tour.answered} beantwortet, {took:.0f} Sekunden")
    return failed == 0


async def _type(community: Community, screen: Screen) -> None:
    keyboard = Keyboard(community, screen)
    screen.say(f"\n{keyboard.help()}")
    screen.say(
        f"\nIn Element: Anmelden, Homeserver ändern in http://localhost:{community.homeserver.port}, dann als"
    )
    for name, password in community.passwords.items():
        screen.say(f"  {community.names[name]}: Benutzername {name}, Passwort {password}")
    screen.say("")
    showing = asyncio.create_task(keep_showing(screen))
    try:
        with contextlib.suppress(asyncio.CancelledError):  # Ctrl-C is one way to end
            await keyboard.run()
    finally:
        showing.cancel()
