"""Votes by reaction, as fast as people tap."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.demo.homeserver import Homeserver
from bot.demo.people import People, Person
from tests.homeserver.stage import bot_of, edits, entered, machine, new_account

VOTERS = 50
PATIENCE = 120.0
FEW = 4  # edits of a card: one a second, and what a busy machine makes of a second


async def until(look: Callable[..., Awaitable[object]], *args: object, wanted: object) -> None:
    """What is looked at becomes this."""
    found = None
    try:
        async with asyncio.timeout(PATIENCE):
            while (found := await look(*args)) != wanted:
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(found) from None


async def agree(pia: Person, room: str, card: str, wanted: dict[str, int]) -> None:
    """These are the numbers below the card."""

    async def shown() -> Counter[str]:
        found = await pia.relations(room, card, "m.annotation")
        return Counter(e["content"]["m.relates_to"]["key"] for e in found)

    await until(shown, wanted=Counter(wanted))


async def own(pia: Person, room: str, card: str, bot: str) -> list[str]:
    """The signs that the bot has on the card."""
    found = await pia.relations(room, card, "m.annotation")
    return sorted(e["content"]["m.relates_to"]["key"] for e in found if e["sender"] == bot)


async def test_fifty_votes_within_a_second_are_few_edits(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    pia, *others = persons = [await people.add(f"person{number}") for number in range(VOTERS)]
    account = await new_account(homeserver)
    ideas = await pia.create_room("Ideen", invite=[account.user_id, *(p.user_id for p in others)])
    async with bot_of(
        homeserver, account, tmp_path, persons, rooms={"ideas": ideas}, encryption="off"
    ) as bot:
        await bot.start()
        for user in (account.user_id, *(p.user_id for p in others)):
            await entered(pia, ideas, user)
        card = (await pia.ask(ideas, "!idee neu Umzug"))["event_id"]
        await agree(pia, ideas, card, {"👍": 1, "👎": 1})

        taps = await asyncio.gather(*(p.react(ideas, card, "👍" if p is not pia else "👎") for p in persons))
        votes = {"for": VOTERS - 1, "against": 1, "neutral": 0}
        await pia.wait_for(lambda e: edits(e) and machine(e).get("votes") == votes)
        replaced = await pia.relations(ideas, card, "m.replace")
        assert len(replaced) <= FEW
        await agree(pia, ideas, card, {"👍": VOTERS - 1, "👎": 1})

        await asyncio.gather(*(p.redact(ideas, tap) for p, tap in zip(persons, taps, strict=True)))
        await pia.wait_for(
            lambda e: edits(e) and machine(e).get("votes") == {"for": 0, "against": 0, "neutral": 0}
        )
        assert len(await pia.relations(ideas, card, "m.replace")) <= 2 * FEW
        await agree(pia, ideas, card, {"👍": 1, "👎": 1})
        again = await pia.react(ideas, card, "👎")
        await agree(pia, ideas, card, {"👍": 1, "👎": 1})
        assert await own(pia, ideas, card, account.user_id) == ["👍"]

        await bot.stop()
        missed = await others[0].react(ideas, card, "👍")
        await pia.redact(ideas, again)
        await bot.start()
        await agree(pia, ideas, card, {"👍": 1, "👎": 1})
        await until(own, pia, ideas, card, account.user_id, wanted=["👎"])
        assert missed in {e["event_id"] for e in await pia.relations(ideas, card, "m.annotation")}
        assert await bot.stop() == 0
        assert bot.errors() == []
