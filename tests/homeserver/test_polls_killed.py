"""Polls on a real Synapse, in plain and in encrypted rooms: what people choose counts once, whatever is killed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from bot.demo.homeserver import Account, Homeserver
from bot.demo.people import Event, People, Person
from bot.demo.sealed import SealedPerson
from tests.homeserver.bots import BotProcess
from tests.homeserver.stage import bot_of, entered, machine, new_account

START, RESPONSE, END = (f"org.matrix.msc3381.poll.{part}" for part in ("start", "response", "end"))
CHOICES: Final = ("Vormittag", "Nachmittag", "Abend")
ROUNDS, WITHIN = 3, 60  # seconds


@pytest.mark.parametrize("kind", [Person, SealedPerson])
async def test_votes_count_once_with_kills_in_between(
    people: People, homeserver: Homeserver, tmp_path: Path, kind: type[Person]
) -> None:
    dice = random.Random(kind.__name__)  # noqa: S311
    pia, urs, eva = crew = [await people.add(name, kind=kind) for name in ("pia", "urs", "eva")]
    account = await new_account(homeserver)
    hall = await pia.create_room("Halle", invite=[account.user_id, urs.user_id, eva.user_id])
    more = {"encryption": "off"} if kind is Person else {"encryption_devices": "all"}
    async with bot_of(homeserver, account, tmp_path, crew, rooms={"agenda": hall}, **more) as bot:
        await bot.start()
        room = await _group(account, hall, crew)
        direct = await pia.direct_with(account.user_id)

        last = (datetime.now(UTC) + timedelta(days=10)).strftime("%d.%m.%Y")
        choices = "\n".join(f"- {choice}" for choice in CHOICES)
        await pia.say(direct, f"!umfrage neu Zeit | an: P1 | bis: {last}\n? Wann passt es?\n{choices}")
        await _killed(bot, dice)
        poll = await pia.wait_for(partial(_is, START), room=room, timeout=WITHIN)
        assert [one["id"] for one in poll["content"][START]["answers"]] == ["1", "2", "3"]

        chosen: dict[str, list[tuple[str, int]]] = {person.user_id: [] for person in crew}
        for _ in range(ROUNDS):
            for person in crew:
                choice = dice.randrange(len(CHOICES))
                chosen[person.user_id].append((await _choose(person, poll, choice), choice))
            await _killed(bot, dice)

        await bot.stop()  # what was said meanwhile is found, and what was deleted is gone
        chosen[urs.user_id].append((await _choose(urs, poll, 2), 2))
        event, _ = chosen[eva.user_id].pop()
        await eva.redact(room, event)
        await bot.start()
        standing = [votes[-1][1] for votes in chosen.values()]
        wanted = {name: standing.count(n) for n, name in enumerate(CHOICES)}
        await _until(lambda e: machine(e)["results"][0]["counts"] == wanted, pia, direct)

        await pia.say(direct, "!umfrage abschliessen U1")
        await _killed(bot, dice)
        ended = await pia.wait_for(partial(_is, END), room=room, timeout=WITHIN)
        assert ended["content"]["m.relates_to"] == {"rel_type": "m.reference", "event_id": poll["event_id"]}
        for name, count in wanted.items():
            assert f"{name}: {count}" in ended["content"]["org.matrix.msc1767.text"]
        await _choose(pia, poll, 1)
        await _until(lambda e: machine(e)["results"][0]["counts"] == wanted, pia, direct)
        said = [e["type"] for e in await pia.messages(room) if e["sender"] == account.user_id]
        assert (said.count(START), said.count(END)) == (1, 1)
        assert (kind is SealedPerson) == bool(poll.get("sealed"))
        assert await bot.stop() == 0
        assert bot.errors() == []


async def _group(account: Account, hall: str, crew: list[Person]) -> str:
    """The group's room, in which all of them are."""
    pia = crew[0]
    for user in (account.user_id, *(p.user_id for p in crew[1:])):
        await entered(pia, hall, user)
    await pia.ask(hall, "!prozess neu Umzugsmeldung | klasse: L")
    for person in crew:
        await person.ask(hall, "!gruppe anmelden P1")
    await pia.ask(hall, f"!gruppe leitung P1 {pia.user_id}")
    await pia.ask(hall, "!gruppe raum P1")

    def invites(person: Person, event: Event) -> bool:
        mine = event.get("state_key") == person.user_id and event["sender"] == account.user_id
        content = event["content"]
        return mine and content.get("membership") == "invite" and not content.get("is_direct")

    for person in crew:
        room: str = (await person.wait_for(partial(invites, person), timeout=WITHIN))["room_id"]
        await person.join(room)
    for person in crew:
        await entered(pia, room, person.user_id)
    return room


def _is(kind: str, event: Event) -> bool:
    return bool(event["type"] == kind)


async def _choose(person: Person, poll: Event, choice: int) -> str:
    relation = {"rel_type": "m.reference", "event_id": poll["event_id"]}
    content = {"m.relates_to": relation, RESPONSE: {"answers": [str(choice + 1)]}}
    return await person.send(poll["room_id"], RESPONSE, content)


async def _killed(bot: BotProcess, dice: random.Random) -> None:
    """At a random moment: that is what is tested here."""
    await asyncio.sleep(dice.uniform(0, 0.4))
    await bot.kill()
    await bot.start()


async def _until(shows: Callable[[Event], bool], pia: Person, direct: str) -> None:
    """The result is so, once all is carried out."""
    found: Event = {}
    try:
        async with asyncio.timeout(WITHIN):
            while not shows(found := await pia.ask(direct, "!umfrage resultat U1")):
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise AssertionError(found) from None
