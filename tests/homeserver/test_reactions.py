"""Votes by reaction, as fast as people tap."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.demo.homeserver import Homeserver
from bot.demo.people import People
from tests.homeserver.stage import bot_of, edits, entered, machine, new_account

VOTERS = 50
FEW = 4  # edits of a card: one a second, and what a busy machine makes of a second


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
        seeds = await pia.wait_for(lambda e: e["type"] == "m.reaction" and e["sender"] == account.user_id)
        assert seeds["content"]["m.relates_to"]["event_id"] == card

        taps = await asyncio.gather(*(p.react(ideas, card, "👍" if p is not pia else "👎") for p in persons))
        votes = {"for": VOTERS - 1, "against": 1, "neutral": 0}
        await pia.wait_for(lambda e: edits(e) and machine(e).get("votes") == votes)
        replaced = await pia.relations(ideas, card, "m.replace")
        assert len(replaced) <= FEW

        await asyncio.gather(*(p.redact(ideas, tap) for p, tap in zip(persons, taps, strict=True)))
        await pia.wait_for(
            lambda e: edits(e) and machine(e).get("votes") == {"for": 0, "against": 0, "neutral": 0}
        )
        assert len(await pia.relations(ideas, card, "m.replace")) <= 2 * FEW
        assert await bot.stop() == 0
        assert bot.errors() == []
