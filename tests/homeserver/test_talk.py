"""What is said in rooms around the commands: threads, edits, deletions, asides, other bots."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bot.demo.homeserver import Homeserver
from bot.demo.people import Event, People, Person, replied_to
from tests.homeserver.stage import answers, body, bot_of, edits, entered, machine, new_account, timeline_of


async def test_threads_edits_and_deletions(people: People, homeserver: Homeserver, tmp_path: Path) -> None:
    pia, urs = await people.add("pia"), await people.add("urs")
    account = await new_account(homeserver)
    ideas = await pia.create_room("Ideen", invite=[urs.user_id, account.user_id])
    hall = await pia.create_room("Halle", invite=[urs.user_id, account.user_id])
    async with bot_of(homeserver, account, tmp_path, [pia, urs], rooms={"ideas": ideas}) as bot:
        await bot.start()
        for room in (ideas, hall):
            await entered(pia, room, account.user_id)

        command = await pia.say(hall, "!idee neu Umzug auf Papier")
        reply = await pia.wait_for(lambda e: replied_to(e) == command)
        card = await pia.wait_for(lambda e: machine(e).get("ref") == "I1", room=ideas)

        # Edited: card and reply change in place.
        await pia.edit(hall, command, "!idee neu Umzug digital")
        changed = await pia.wait_for(lambda e: edits(e) and e["sender"] == account.user_id, room=hall)
        assert target(changed) == reply["event_id"]
        await pia.wait_for(lambda e: edits(e) and machine(e).get("title") == "Umzug digital", room=ideas)
        assert target(changed) == reply["event_id"]

        # In a thread: answered there; comments in the card's thread are counted, commands are none.
        await urs.say(ideas, "Das finde ich gut.", thread=card["event_id"])
        in_thread = await urs.ask(ideas, "!idee stimme I1 +", thread=card["event_id"])
        relation = in_thread["content"]["m.relates_to"]
        assert (relation["rel_type"], relation["event_id"]) == ("m.thread", card["event_id"])
        await urs.say(ideas, "Und Sie?", thread=card["event_id"])
        own_root = await urs.say(hall, "Reden wir über Ideen")
        elsewhere = await urs.ask(hall, "!idee neu Hundesteuer im Netz", thread=own_root)
        assert elsewhere["content"]["m.relates_to"]["event_id"] == own_root

        # Deleted afterwards: one remark in the thread, and nothing is undone.
        voted = replied_to(in_thread)
        assert voted is not None
        deleted = {command: (pia, hall, command), voted: (urs, ideas, card["event_id"])}
        hunde = replied_to(elsewhere)
        assert hunde is not None
        deleted[hunde] = (urs, hall, own_root)
        for event, (person, room, _) in deleted.items():
            await person.redact(room, event)
        for event, (person, room, root) in deleted.items():
            remark = await person.wait_for(partial(is_remark, root), room=room)
            assert replied_to(remark) is None, event
            assert "gelöscht" in body(remark)
        after = await pia.ask(hall, "!idee zeige I1")
        assert machine(after)["votes"] == {"for": 1, "against": 0, "neutral": 0}
        remarks = [e for r in (ideas, hall) for e in await timeline_of(pia, account, r) if notice(e)]
        assert len(remarks) == len(deleted)
        assert await bot.stop() == 0
        assert bot.errors() == []


async def test_asides_and_other_bots_are_left_alone(
    people: People, homeserver: Homeserver, tmp_path: Path
) -> None:
    """Two bots of this kind in one room, and what each says would be a command to the other."""
    pia = await people.add("pia")
    account, other = await new_account(homeserver), await new_account(homeserver, "other")
    room = await pia.create_room("Halle", invite=[account.user_id, other.user_id])
    async with (
        bot_of(homeserver, account, tmp_path / "bot", [pia]) as bot,
        bot_of(homeserver, other, tmp_path / "other", [pia], prefix="?") as another,
        Person.of(homeserver, other) as hand,
    ):
        await bot.start()
        await another.start()
        await entered(pia, room, account.user_id)
        await entered(pia, room, other.user_id)
        aside = {"msgtype": "m.notice", "body": "!hilfe"}
        unheard = [await p.send(room, "m.room.message", aside) for p in (pia, hand)]
        unheard.append(await pia.say(room, "Guten Tag allerseits"))
        first = await pia.ask(room, "!hilfe")
        second = await pia.ask(room, "?hilfe")
        assert (first["sender"], second["sender"]) == (account.user_id, other.user_id)
        await pia.ask(room, "!status")
        assert await answers(pia, room, unheard) == []
        said = await timeline_of(pia, account, room) + await timeline_of(pia, other, room)
        assert len([e for e in said if not notice(e)]) == 3, "a bot has answered a bot"
        assert await bot.stop() == 0
        assert await another.stop() == 0


def target(event: Event) -> str:
    return str(event["content"]["m.relates_to"]["event_id"])


def notice(event: Event) -> bool:
    return bool(event["content"].get("msgtype") == "m.notice")


def is_remark(root: str, event: Event) -> bool:
    relation = event["content"].get("m.relates_to", {})
    return notice(event) and (relation.get("rel_type"), relation.get("event_id")) == ("m.thread", root)
