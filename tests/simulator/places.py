"""What may be said where, whatever people did: looked at in every message since the last step."""

from __future__ import annotations

import re
from collections.abc import Sequence

from storage import rooms
from tests.simulator.lines import PERSONAL, SECRET, WORK
from tests.simulator.town import KARL, KORA, Act, Town
from tests.support.chat import HALL, ROOMS, Said

_SECRET, _WORK = (re.compile(word.format(r"(\d+)")) for word in (SECRET, WORK))
ABOUT_PEOPLE = ("municipality", "function")  # of a member


def check_all(town: Town, audience: dict[int, set[str]], act: Act, said: Sequence[Said]) -> None:
    """`audience`: who belongs or has belonged to a group; those who belong now are added."""
    _groups(town, audience, said)
    for message in said:
        _personal(message)
        _the_asker(message)
    _drafts(town, said)
    _the_erased(town, act)


def _groups(town: Town, audience: dict[int, set[str]], said: Sequence[Said]) -> None:
    """What is a group's is said in its own room and to its people, and to coordinators; nowhere else."""
    belong: dict[int, set[str]] = {}
    for process, user in town.rows("SELECT number, user_id FROM seats WHERE kind = 'group'"):
        belong.setdefault(int(str(process)), set()).add(str(user))
    for process, user in town.rows(
        "SELECT process, user_id FROM agreements JOIN agreement_people ON agreement = agreements.id"
    ):
        belong.setdefault(int(str(process)), set()).add(str(user))
    with town.database.transaction() as tx:
        halls = {rooms.room_for(tx, f"group {n}"): n for n in range(1, 60)}
    sitting = {n: town.sitting(room) for room, n in halls.items() if room}  # they read it there already
    for message in said:
        all_of_it = message.text + str(message.content)
        for process in {int(n) for n in _WORK.findall(all_of_it)}:
            here = message.room.startswith("!direct-") or halls.get(message.room) == process
            assert here, f"of a work product of P{process} is said in {message.room}: {message.text}"
        for process in {int(n) for n in _SECRET.findall(all_of_it)}:
            allowed = belong.get(process, set()) | audience.get(process, set()) | {KORA, KARL}
            allowed |= sitting.get(process, set())
            what = f"what is of P{process} is said"
            if message.room.startswith("!direct-"):
                person = f"@{message.room[8:].partition(':')[0]}:localhost"
                assert person in allowed, f"{what} to {person}: {message.text}"
            else:
                assert halls.get(message.room) == process, f"{what} in {message.room}: {message.text}"
    for process, people in belong.items():  # who has left may still be told what was theirs
        audience.setdefault(process, set()).update(people)
    assert {HALL, *ROOMS.values()}.isdisjoint(halls)


def _personal(message: Said) -> None:
    """What a profile says stands in direct chats and in the coordination room."""
    if message.room.startswith("!direct-") or message.room == ROOMS["coordination"]:
        return
    assert PERSONAL not in message.text + str(message.content), f"said in {message.room}: {message.text}"
    told = [
        field for field in ABOUT_PEOPLE if message.machine["type"] == "member" and field in message.machine
    ]
    assert told == [], f"{told} said in {message.room}: {message.text}"


def _the_asker(message: Said) -> None:
    """A card that all see concerns nobody in particular."""
    if "you" in message.machine and not message.room.startswith("!direct-"):
        assert message.replies_to or message.edits, f"you, in {message.room}: {message.text}"


def _drafts(town: Town, said: Sequence[Said]) -> None:
    """What is not published is read by those who write news, and where one of them speaks of it."""
    writers = {town.direct(str(row[0])) for row in town.rows("SELECT user_id FROM roles WHERE level >= 30")}
    writers |= {town.direct(user) for user in (KORA, KARL, "@moni:localhost")} | {ROOMS["moderation"]}
    for message in said:
        if message.machine["type"] == "news" and message.machine["state"] in ("draft", "planned"):
            assert message.room in writers or message.replies_to or message.edits, (
                f"a draft is said in {message.room}: {message.text}"
            )


def _the_erased(town: Town, act: Act) -> None:
    """Of who was erased nothing is left, but where they sit."""
    if not act.erased:
        return
    for table, rows in town.dump().items():
        left = [row for row in rows if act.erased in str(row)]
        assert table == "occupants" or left == [], f"{table} has {act.erased}: {left[0]}"
