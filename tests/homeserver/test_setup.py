"""`pi-bot setup`, `check` and the start of a session, against a real homeserver."""

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.admin.check import check
from bot.admin.exits import DONE, FAILED
from bot.admin.setup import set_up
from bot.config.file import load
from bot.config.keys import PURPOSES, Configuration
from bot.demo.homeserver import Homeserver
from bot.demo.people import MatrixError, People, Person
from bot.matrix.entering import session, visit
from bot.matrix.session import LoginError
from storage import rooms
from storage.engine.reading import reading
from tests.support.terminal import at_a_terminal

Make = Callable[..., Configuration]
ENCRYPTED = {"moderation", "coordination"}  # by themselves


def silent(_: str) -> None: ...


async def settled(configuration: Configuration, *, say: Callable[[str], None]) -> bool:
    """`pi-bot setup`, by somebody who is not on a terminal; the file is new the first time, and not needed again."""
    return await set_up(configuration, say=say, key_file=configuration.data_dir.parent / "recovery.txt")


@pytest.fixture
async def make(homeserver: Homeserver, tmp_path: Path) -> Make:
    """Makes the configuration of a community of its own, with a bot account."""
    tail = secrets.token_hex(4)
    account = await homeserver.create_account(f"pibot-{tail}", password="geheim geheim")

    def make(**values: Any) -> Configuration:
        aliases = {purpose: f"#{name}-{tail}:localhost" for purpose, name in PURPOSES.items()}
        known = {
            "homeserver": homeserver.url,
            "user_id": account.user_id,
            "password": "geheim geheim",
            "rooms": aliases | values.pop("rooms", {}),
        }
        return Configuration.model_validate(known | values, context={"folder": tmp_path})

    return make


async def rooms_of(person: Person, configuration: Configuration) -> dict[str, str]:
    """The id of each room, as somebody finds them by their aliases."""
    found = {}
    for purpose, alias in configuration.rooms.named().items():
        answer = await person.request("GET", f"v3/directory/room/{alias.replace('#', '%23')}")
        found[purpose] = answer["room_id"]
    return found


async def is_encrypted(person: Person, room: str) -> bool:
    return any(event["type"] == "m.room.encryption" for event in await person.state(room))


async def test_setup_makes_all_rooms_and_again_changes_nothing(
    people: People, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    kora, moni = await people.add("kora"), await people.add("moni", auto_join=False)
    configuration = make(coordinators=[kora.user_id], moderators=[moni.user_id])
    said: list[str] = []
    assert await settled(configuration, say=said.append)
    assert [line[0] for line in said] == ["✓"] * (2 + len(PURPOSES))
    assert all("made" in line for line in said[:-1])
    assert said[-1].startswith("✓ identity: device ")
    assert {line.split()[1] for line in said if "made, encrypted" in line} == ENCRYPTED
    async with session(configuration) as transport:
        assert await transport.display_name(configuration.user_id) == "PI-Bot"
        await transport.set_display_name(configuration.user_id, "Pi Aesch")

    found = await rooms_of(kora, configuration)
    with reading(configuration.database) as tx:
        assert {purpose: rooms.room_for(tx, purpose) for purpose in PURPOSES} == found

    for purpose in ("space", "moderation", "coordination"):
        await kora.wait_for(lambda e: e["content"].get("membership") == "join", room=found[purpose])
    for purpose in ("news", "ideas", "agenda"):
        await kora.join(found[purpose])
    names = {
        purpose: (await kora.state_content(room, "m.room.name"))["name"] for purpose, room in found.items()
    }
    assert names["ideas"] == "Ideen"
    levels = (await kora.state_content(found["ideas"], "m.room.power_levels"))["users"]
    assert (levels[kora.user_id], levels[moni.user_id]) == (100, 50)
    assert {purpose for purpose, room in found.items() if await is_encrypted(kora, room)} == ENCRYPTED
    children = {e["state_key"] for e in await kora.state(found["space"]) if e["type"] == "m.space.child"}
    assert children == set(found.values()) - {found["space"]}
    assert (await kora.state_content(found["news"], "m.room.server_acl"))["allow"] == ["localhost"]
    invitations = {e["room_id"] for e in moni.received if e["content"].get("membership") == "invite"}
    assert invitations == {found["space"], found["moderation"]}

    said.clear()
    assert await settled(configuration, say=said.append)
    assert all("as it should be" in line for line in said[:-1]), said
    assert said[-1].startswith("✓ identity: device ")
    assert await rooms_of(kora, configuration) == found

    assert await check(configuration) == DONE
    assert "✗" not in capsys.readouterr().out
    async with session(configuration) as transport:
        assert await transport.display_name(configuration.user_id) == "Pi Aesch"


async def test_who_does_not_exist_gets_no_rights(
    people: People, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever registered such a name later would have them. The others are invited all the same."""
    kora, moni = await people.add("kora"), await people.add("moni")
    nobody = f"{kora.user_id.partition(':')[0]}r:localhost"
    configuration = make(coordinators=[nobody, kora.user_id], moderators=[f"{nobody}.ch", moni.user_id])
    said: list[str] = []
    assert not await settled(configuration, say=said.append)
    assert f"✗ coordinators: there is no {nobody}: look at `coordinators`" in said
    found = await rooms_of(kora, configuration)
    for purpose in ("space", "coordination"):
        levels = (await kora.state_content(found[purpose], "m.room.power_levels"))["users"]
        assert levels[kora.user_id] == 100
        assert nobody not in levels
    await kora.wait_for(lambda e: e["content"].get("membership") == "join", room=found["coordination"])
    await moni.wait_for(lambda e: e["content"].get("membership") == "join", room=found["moderation"])
    assert await check(configuration) == FAILED
    assert f"✗ coordinators: there is no {nobody}: look at `coordinators`" in capsys.readouterr().out


async def test_everybody_of_the_homeserver_may_join_the_open_rooms_only(people: People, make: Make) -> None:
    configuration = make()
    await settled(configuration, say=silent)
    pia = await people.add("pia")
    found = await rooms_of(pia, configuration)
    for purpose in ("space", "news", "ideas", "agenda"):
        assert await pia.join(found[purpose]) == found[purpose]
    for purpose in ("moderation", "coordination"):
        with pytest.raises(MatrixError, match="M_FORBIDDEN"):
            await pia.join(found[purpose])


async def test_setup_puts_right_what_was_changed_and_keeps_what_people_named(
    people: People, make: Make
) -> None:
    kora, berta = await people.add("kora"), await people.add("berta")
    configuration = make(coordinators=[kora.user_id])
    await settled(configuration, say=silent)
    found = await rooms_of(kora, configuration)
    ideas = found["ideas"]
    await kora.wait_for(lambda e: e["content"].get("membership") == "join", room=found["space"])
    await kora.join(ideas)
    await kora.set_state(ideas, "m.room.name", {"name": "Ideenpool"})
    await kora.set_state(ideas, "m.room.join_rules", {"join_rule": "invite"})
    await kora.set_state(found["space"], "m.space.child", {}, key=ideas)

    said: list[str] = []
    more = configuration.model_copy(
        update={"coordinators": (kora.user_id, berta.user_id), "allowed_servers": ("example.ch",)}
    )
    assert await settled(more, say=said.append)
    assert any("ideas" in line and "join rules" in line for line in said)
    assert any("space" in line and f"{berta.user_id} invited" in line for line in said)
    assert (await kora.state_content(ideas, "m.room.name"))["name"] == "Ideenpool"
    assert (await kora.state_content(ideas, "m.room.join_rules"))["join_rule"] == "public"
    assert (await kora.state_content(ideas, "m.room.server_acl"))["allow"] == ["example.ch", "localhost"]
    assert (await kora.state_content(ideas, "m.room.power_levels"))["users"][berta.user_id] == 100
    assert (await kora.state_content(found["space"], "m.space.child", ideas))["via"] == ["localhost"]


async def test_a_room_made_before_a_crash_is_found_again_without_its_alias(
    people: People, make: Make
) -> None:
    kora = await people.add("kora")
    configuration = make(coordinators=[kora.user_id])
    await settled(configuration, say=silent)
    before = await rooms_of(kora, configuration)
    alias = configuration.rooms.ideas
    async with session(configuration) as transport:
        await transport.request("DELETE", f"/_matrix/client/v3/directory/room/{alias.replace('#', '%23')}")
    assert await settled(configuration, say=silent)
    assert await rooms_of(kora, configuration) == before


async def test_in_a_room_of_others_the_bot_says_what_it_needs(
    people: People, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    kora = await people.add("kora")
    room = await kora.create_room("Ideen", public=True)
    configuration = make(rooms={"ideas": room}, coordinators=[kora.user_id], encryption="off")
    said: list[str] = []
    assert not await settled(configuration, say=said.append)
    assert any(line.startswith("✗ ideas") and "power level 100" in line for line in said)
    assert await check(configuration) == FAILED
    assert "✗ ideas: the bot's power level 0" in capsys.readouterr().out

    await kora.set_power_levels(room, {configuration.user_id: 100})
    await kora.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    said.clear()
    assert not await settled(configuration, say=said.append)
    assert any("is encrypted" in line for line in said)
    assert await check(configuration) == FAILED
    assert "is encrypted" in capsys.readouterr().out


async def test_check_before_setup_says_what_to_do(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = make()
    assert await check(configuration) == FAILED
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("✓ login")
    assert f"✗ ideas: there is no {configuration.rooms.ideas}: `pi-bot setup` makes it" in told
    assert any(line.startswith("✗ store: there is no store") for line in told)


async def test_the_session_is_kept_and_its_end_is_told(make: Make) -> None:
    configuration = make()
    async with session(configuration) as transport:
        device = transport.device_id
    assert configuration.pickle_key.stat().st_mode & 0o077 == 0
    async with visit(configuration) as transport:
        assert transport.device_id == device
        await transport.request("POST", "/_matrix/client/v3/logout", {})
    with pytest.raises(LoginError, match="`pi-bot run` logs in anew"):
        async with visit(configuration):
            pass
    async with session(configuration) as transport:
        assert transport.device_id != device  # of which the store has no keys
    async with visit(configuration) as transport:
        assert transport.device_id != device
    wrong = make(password="falsch", database=f"sqlite:///{configuration.data_dir}/another.sqlite3")
    with pytest.raises(LoginError, match="look at user_id and password"):
        async with session(wrong):
            pass


async def test_a_token_of_somebody_else_is_refused(people: People, make: Make) -> None:
    pia = await people.add("pia")
    with pytest.raises(LoginError, match=f"belongs to {pia.user_id}"):
        async with session(make(access_token=pia.access_token)):
            pass


async def test_init_asks_writes_and_logs_in(homeserver: Homeserver, make: Make, tmp_path: Path) -> None:
    """A person at a terminal answers the questions; the rest is what `check` says."""
    known = make()
    config = tmp_path / "config.yaml"
    answers = [
        homeserver.url,
        known.user_id,
        "geheim geheim",
        known.user_id,  # somebody there is
        *known.rooms.named().values(),
    ]
    status, told = await asyncio.to_thread(at_a_terminal, ["init", "-c", str(config)], answers)
    assert status == 0
    assert f"✓ login: {known.user_id}" in told
    assert "geheim" not in told
    assert config.stat().st_mode & 0o777 == 0o600
    _, told = await asyncio.to_thread(at_a_terminal, ["setup", "-c", str(config)], [])
    assert told.count("✓") == 2 + len(PURPOSES)
    assert told.count("Recovery key of the bot. It is shown this once") == 1
    status, told = await asyncio.to_thread(at_a_terminal, ["init", "-c", str(config)], [""] * len(answers))
    assert status == 0
    async with session(load(config, {})):
        pass
