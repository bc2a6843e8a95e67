"""From nothing to a running bot by the command line, and what may be done beside it."""

import json
import secrets
import time
from pathlib import Path

from bot.config.keys import PURPOSES
from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.bots import BotProcess


async def test_setup_run_and_what_goes_on_beside_it(
    homeserver: Homeserver, people: People, tmp_path: Path
) -> None:
    tail = secrets.token_hex(4)
    aliases = {purpose: f"#{name}-{tail}:localhost" for purpose, name in PURPOSES.items()}
    account = await homeserver.create_account(f"pibot-{tail}")
    pia, kora = await people.add("pia"), await people.add("kora")
    bot = BotProcess(homeserver, account, tmp_path / "bot", coordinators=[kora.user_id], rooms=aliases)

    async def pi_bot(*arguments: object) -> tuple[int, str]:
        """Another command with the same configuration: its exit status, and all it said."""
        status, said = await bot.command(*map(str, arguments))
        assert account.password not in said
        return status, said

    status, said = await pi_bot("setup")
    assert status == 1
    assert "✗ recovery key: run this on a terminal, or name a new file with --recovery-key-file" in said
    key = tmp_path / "recovery.txt"
    assert (await pi_bot("setup", "--recovery-key-file", key))[0] == 0
    async with bot:
        await bot.start()
        room = await pia.join(aliases["ideas"])
        reply = await pia.ask(room, "!hilfe")
        assert reply["content"]["ch.publicinnovators"]["type"] == "help"

        status, said = await pi_bot("check")
        assert status == 0, said
        advice = [line for line in said.splitlines() if not line.startswith("✓ ")]
        assert [line.partition(":")[0] for line in advice] == ["! rate limit"]  # Synapse's, by default
        assert (await pi_bot("setup"))[0] == 0
        assert (await pi_bot("backup", tmp_path / "copy"))[0] == 0
        assert (await pi_bot("restore", tmp_path / "copy")) == (
            1,
            "pi-bot: a bot runs on this store: stop it first\n",
        )
        status, said = await pi_bot("run")
        assert status == 1
        assert "another bot runs on this store" in said

        begun = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - begun < 5
        assert (await pi_bot("restore", tmp_path / "copy"))[0] == 0
        await bot.start()
        assert await bot.stop() == 0

    lines = [json.loads(line) for line in bot.log.read_text(encoding="utf-8").splitlines()]
    ready = [line for line in lines if line["message"] == "ready"]
    assert [(line["user_id"], line["rooms"] >= len(PURPOSES)) for line in ready] == [
        (account.user_id, True)
    ] * 2
    assert len({line["device_id"] for line in ready}) == 1, (
        "one session for ever, also for the other commands"
    )
    assert bot.errors() == []
    assert account.password not in bot.log.read_text(encoding="utf-8")
    assert key.read_text(encoding="utf-8").strip() not in bot.log.read_text(encoding="utf-8")
    assert "!hilfe" not in bot.log.read_text(encoding="utf-8")
