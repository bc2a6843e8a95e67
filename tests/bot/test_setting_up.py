"""`pi-bot setup` goes on past the person or the room that does not go, and names both."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.config.keys import PURPOSES
from tests.support.peer import Peer, Trouble, apart, refused

pytestmark = pytest.mark.long  # a whole setup each

BOT = "@pibot:localhost"
COORDINATORS = ("@ada:localhost", "@x:other.example", "@bea:localhost")


@pytest.fixture
def place() -> Iterator[tuple[Peer, str]]:
    """A homeserver on which all rooms exist, the bot is in them, and may do everything."""
    with apart() as (server, address):

        def state(path: str, _: Any) -> Any:
            create = {"content": {"room_version": "10"}, "sender": BOT}
            power = {"content": {"users": {BOT: 100}}}
            return (
                [
                    {"type": "m.room.create", "state_key": "", **create},
                    {"type": "m.room.power_levels", "state_key": "", **power},
                ]
                if path.endswith("/state")
                else {}
            )

        server.answers = {
            "/login": {"user_id": BOT, "device_id": "D", "access_token": "syt_new"},
            "/whoami": {"user_id": BOT},
            "/directory/room/": lambda path, _: {"room_id": "!" + path.rpartition("#")[2]},
            "/profile/": {"displayname": "Somebody"},
            "/state": state,
        }
        yield server, address


def set_up(
    place: tuple[Peer, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[str]]:
    config = tmp_path / "config.yaml"
    config.touch(mode=0o600)
    values = {"homeserver": place[1], "user_id": BOT, "password": "geheim", "coordinators": COORDINATORS}
    values["encryption"] = "off"
    config.write_text(json.dumps(values))
    status = main(["setup", "-c", str(config)])
    return status, capsys.readouterr().out.splitlines()


def invited(server: Peer) -> set[tuple[str, str]]:
    return {
        (path.partition("/rooms/")[2].partition("/")[0], body["user_id"])
        for _, path, body in server.requests
        if path.endswith("/invite")
    }


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (refused(), "403 M_FORBIDDEN: no"),
        (refused(404, "M_NOT_FOUND"), "404 M_NOT_FOUND: no"),
        (Trouble(), "other.example does not answer (status 502, and no JSON)"),
    ],
    ids=["denied", "unknown", "away"],
)
def test_somebody_who_can_t_be_invited_stops_nobody_else(
    place: tuple[Peer, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], trouble: Trouble, why: str
) -> None:
    server, _ = place
    server.answers["/invite"] = lambda _, body: trouble if body["user_id"] == COORDINATORS[1] else {}
    status, lines = set_up(place, tmp_path, capsys)
    assert status == 1
    rooms = {f"!{PURPOSES[purpose]}:localhost" for purpose in ("space", "moderation", "coordination")}
    assert invited(server) == {(room, user) for room in rooms for user in COORDINATORS}
    wrong = [line for line in lines if line.startswith("✗")]
    assert len(wrong) == len(rooms)
    assert wrong[0] == (
        f"✗ space #pi:localhost: @x:other.example can't be invited: {why}; look at the name, whether your "
        "homeserver may speak to other.example, or take it out of the configuration"
    )


def test_a_room_that_does_not_go_is_named_and_stops_no_other(
    place: tuple[Peer, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither its own state, nor its place in the space."""
    server, _ = place
    server.answers = {
        "/state/m.space.child/!pi-ideen:localhost": refused(),
        "/rooms/!pi-agenda:localhost/state/m.space.parent": refused(),
        "/rooms/!pi-news:localhost/state/m.room.server_acl": refused(),
    } | server.answers
    status, lines = set_up(place, tmp_path, capsys)
    assert status == 1
    wrong = [line.partition(": 403")[0] for line in lines if line.startswith("✗")]
    assert wrong == [
        "✗ news #pi-news:localhost: server acl",
        "✗ space #pi:localhost: ideas #pi-ideen:localhost could not be listed in it",
        "✗ agenda #pi-agenda:localhost: could not be told that it is in the space",
    ]
    asked = {path for method, path, _ in server.requests if method == "PUT"}
    for name in PURPOSES.values():
        if name != "pi":
            assert any(path.endswith(f"/state/m.space.child/!{name}:localhost") for path in asked)
            assert any(
                path.endswith(f"/!{name}:localhost/state/m.space.parent/!pi:localhost") for path in asked
            )


@pytest.mark.parametrize("command", ["setup", "check"])
@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("#ideen:exampel.ch", "exampel.ch"),
        ("#ideen:localhost", "localhost"),  # it leads to a room elsewhere
        ("!opaque", "its server"),
    ],
)
def test_a_server_elsewhere_that_does_not_answer_is_that_room_s(
    place: tuple[Peer, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
    server: str,
) -> None:
    away = Trouble(502, {"errcode": "M_UNKNOWN", "error": "Can't connect to server"})
    place[0].trouble("/join/" if name[0] == "!" and command == "setup" else name, *[away] * 9)
    if name[0] == "!" and command == "check":
        place[0].answers = {"/joined_rooms": {"joined_rooms": [name]}, **place[0].answers}
    config = tmp_path / "config.yaml"
    config.touch(mode=0o600)
    known = {purpose: f"#{purpose}:localhost" for purpose in PURPOSES} | {"ideas": name}
    values = {"homeserver": place[1], "user_id": BOT, "password": "geheim", "rooms": known}
    config.write_text(json.dumps(values))
    assert main([command, "-c", str(config)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert f"✗ ideas: {name}: {server} does not answer (status 502 M_UNKNOWN): look at `rooms.ideas`" in told
    assert [line for line in told if "agenda" in line], "the others are looked at too"
