"""Files that people send with a command, on a real homeserver: fetched once, over kills, sealed or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nio.crypto.attachments import encrypt_attachment

from bot.demo.homeserver import Homeserver
from bot.demo.people import People, replied_to
from tests.homeserver.stage import bot_of, entered, machine, new_account, timeline_of

LIVE = (
    "prozess neu Umzugsmeldung | klasse: D",
    "ergebnis P1 Grobbeschreibung freigegeben grund: Vom Kanton",
    *(f"prozess phase P1 {phase}" for phase in ("frontend_design", "frontend_review", "frontend_live")),
)
CAPTION = "rückmeldung import P1"


def _table(mark: int) -> bytes:
    return f"Note;Kommentar\n{mark};Grüsse {mark}\n".encode("cp1252")


async def test_a_file_with_a_command(people: People, homeserver: Homeserver, tmp_path: Path) -> None:
    kora = await people.add("kora")
    account = await new_account(homeserver)
    room = await kora.direct_with(account.user_id)
    async with bot_of(homeserver, account, tmp_path, [kora]) as bot:
        await bot.start()
        await entered(kora, room, account.user_id)
        for line in LIVE:
            assert machine(await kora.ask(room, line))["type"] != "error", line

        async def send(mark: int, caption: str = CAPTION, *, sealed: bool = False, **more: Any) -> str:
            data, keys = encrypt_attachment(_table(mark)) if sealed else (_table(mark), {})
            url = await kora.upload(data, "a.csv", "application/zip")  # what clients say is not believed
            where: dict[str, Any] = {"file": keys | {"url": url}} if sealed else {"url": url}
            content = {"msgtype": "m.file", "body": caption, "filename": "a.csv"} | where | more
            return await kora.send(room, "m.room.message", content)

        async def rows(command: str) -> int:
            shown = await kora.wait_for(lambda e: replied_to(e) == command, room=room)
            return int(machine(shown).get("rows", -1))

        # As its caption, sealed or not; and in reply to a file.
        first = await send(1)
        assert await rows(first) == 1
        assert await rows(await send(2, sealed=True)) == 1
        lone = await send(3, "a.csv")
        await kora.wait_for(lambda e: replied_to(e) == lone, room=room)
        relation = {"m.relates_to": {"m.in_reply_to": {"event_id": lone}}}
        content = {"msgtype": "m.text", "body": CAPTION} | relation
        assert await rows(await kora.send(room, "m.room.message", content)) == 1

        # One that is gone is said to be.
        gone = {
            "msgtype": "m.file",
            "body": CAPTION,
            "filename": "a",
            "url": f"mxc://{homeserver.server_name}/none",
        }
        command = await kora.send(room, "m.room.message", gone)
        said = await kora.wait_for(lambda e: replied_to(e) == command, room=room)
        assert machine(said) == {"type": "error", "code": "not_found"}

        # Killed, whether it has heard of it, fetched it or answered: one answer each.
        sent = []
        for mark in range(4):
            sent.append(await send(mark + 1, dated=mark))
            await bot.kill()
            await bot.start(until_ready=mark == 3)
        for command in sent:
            assert await rows(command) == 1
        timeline = await timeline_of(kora, account, room)
        assert all(sum(replied_to(e) == command for e in timeline) == 1 for command in sent)
