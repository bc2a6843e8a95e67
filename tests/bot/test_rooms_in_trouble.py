"""A room that the bot is put out of, can't write in or gets anew: coordinators know, and its cards are there again."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.batches import RoomBatch
from storage.outbox import Done, Errand
from tests.support.chat import BOT, ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, KORA, MONI = (f"@{n}:localhost" for n in ("pia", "peter", "kora", "moni"))
NEW = "!new:localhost"


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    for user in (PIA, PETER):
        chat.member(user)
    chat.direct(KORA)
    chat.reply("!idee neu Erste Idee", by=PIA)
    chat.reply("!anlass neu Fest | wann: 18.03.2027 13:30", by=KORA)
    return chat


def warned(chat: Chat, where: str = "coordination") -> list[str]:
    return [s.text for s in chat.in_room(where) if s.machine.get("type") == "remark"]


def status(chat: Chat) -> str:
    return chat.reply("!status", by=KORA, room=ROOMS["coordination"]).text


def put_out(chat: Chat, room: str, how: str) -> None:
    """In one of the ways in which a room is lost."""
    if how in ("leave", "ban"):
        chat.moves(BOT, how, room, by=MONI)
    else:
        by = {"kicked while away": MONI, "deleted": BOT}[how]
        chat.apply(RoomBatch(room, (), (), joined=False, by=by))


@pytest.mark.parametrize("how", ["leave", "ban", "kicked while away", "deleted"])
@pytest.mark.parametrize("purpose", ["news", "ideas", "agenda", "moderation", "space"])
def test_a_lost_room_is_told_once_listed_and_over_when_the_bot_is_back(
    town: Chat, purpose: str, how: str
) -> None:
    put_out(town, ROOMS[purpose], how)
    put_out(town, ROOMS[purpose], how)
    [told] = warned(town)
    assert "ich bin nicht mehr dabei" in told
    assert ("moni" in told.casefold()) == (how != "deleted")
    assert "ich bin nicht mehr dabei" in status(town)
    town.enter(ROOMS[purpose])
    assert warned(town)[1:] == [told.split(":")[0] + ": ich bin wieder dabei."]
    assert "nicht mehr dabei" not in status(town)


def test_where_it_is_their_own_room_coordinators_are_told_in_the_direct_chat(town: Chat) -> None:
    put_out(town, ROOMS["coordination"], "leave")
    assert [t for t in warned(town, "!direct-kora:localhost") if "ich bin nicht mehr dabei" in t]


def test_a_room_for_nothing_is_no_trouble(town: Chat) -> None:
    put_out(town, "!hall:localhost", "leave")
    assert warned(town) == []


@pytest.mark.parametrize(
    "levels",
    [
        {"events_default": 50},
        {"events": {"m.room.message": 60}},
        {"events": {"m.reaction": 1}},
        {"users_default": -1},
    ],
)
def test_too_low_a_level_is_told_once_and_over_when_it_is_high_enough(
    town: Chat, levels: dict[str, Any]
) -> None:
    for _ in range(2):
        town.changes(ROOMS["ideas"], "m.room.power_levels", levels, by=MONI)
    [told] = warned(town)
    assert "nicht das Recht" in told
    assert "die Rechte geändert" in told
    assert "nicht das Recht" in status(town)
    town.changes(ROOMS["ideas"], "m.room.power_levels", levels | {"users": {BOT: 100}}, by=MONI)
    assert [t for t in warned(town) if "ich darf dort wieder schreiben" in t]
    assert "nicht das Recht" not in status(town)


def test_who_made_the_room_needs_no_level_in_rooms_of_today(town: Chat) -> None:
    """Whatever the order of its state."""
    power = town._state(NEW, "m.room.power_levels", "", {"events_default": 50})
    create = town._state(NEW, "m.room.create", "", {"room_version": "12"})
    state = [replace(power, key=""), replace(create, key="", sender=BOT)]
    town.core.assign_room("ideas", NEW, now=town.now)
    town.apply(RoomBatch(NEW, state, (), joined=True, fresh=True))
    assert [t for t in warned(town) if "nicht das Recht" in t] == []


# --- the cards


def refusing(chat: Chat, room: str) -> Any:
    """The homeserver takes nothing for this room."""
    deliver = chat.deliver

    def only_others(errands: list[Errand]) -> None:
        deliver([e for e in errands if e.room != room])
        done = [Done(e.id, None, "403 M_FORBIDDEN") for e in errands if e.room == room]
        chat.core.record(done, now=chat.now)

    return only_others


def cards_in(chat: Chat, room: str) -> list[Said]:
    return [s for s in chat.in_room(room) if s.edits is None and s.machine.get("type") != "remark"]


def test_what_was_refused_meanwhile_comes_when_the_bot_is_back(town: Chat) -> None:
    ideas = ROOMS["ideas"]
    put_out(town, ideas, "leave")
    town.deliver, deliver = refusing(town, ideas), town.deliver  # type: ignore[method-assign]
    town.says("!idee neu Zweite Idee", by=PIA, room="!direct-pia:localhost")
    town.deliver = deliver  # type: ignore[method-assign]
    before = cards_in(town, ideas)
    town.enter(ideas)
    [card] = cards_in(town, ideas)[len(before) :]
    assert card.machine["ref"] == "I2"
    town.reacts(card, "👍", by=PETER)
    assert town.card("I2").machine["votes"]["for"] == 1
    town.reacts(before[0], "👍", by=PETER)  # what stood there still does
    assert town.card("I1").machine["votes"]["for"] == 1


@pytest.mark.parametrize("joined", ["before", "after"])
def test_a_room_that_newly_has_the_purpose_gets_the_cards_of_what_is_open(town: Chat, joined: str) -> None:
    town.reply("!anlass neu Alt | wann: 19.03.2027 13:30", by=KORA)
    town.reply("!anlass streichen A2 grund: Regen", by=KORA)
    old = next(s for s in town.in_room("agenda") if s.machine.get("ref") == "A1")
    town.reacts(old, "✅", by=PIA)
    mark = town.last
    if joined == "before":
        town.enter(NEW)
    town.deliver(town.core.assign_room("agenda", NEW, now=town.now))
    if joined == "after":
        town.enter(NEW)
    [card] = cards_in(town, NEW)
    assert card.machine["ref"] == "A1"
    assert "18. März" in card.text
    with town.acting() as ctx:
        assert ctx.card_link("event", 1) == f"https://matrix.to/#/{NEW}/{card.event_id}"
        assert ctx.card_link("event", 2) is None
    town.takes_off(mark, by=PIA, room=ROOMS["agenda"])  # from the old one: it says nothing any more
    town.reacts(old, "✅", by=PETER)
    town.reacts(card, "✅", by=PETER)
    attending = town.reply("!anlass zeige A1", by=KORA, room=ROOMS["coordination"]).text
    assert "2" in attending
    town.core.assign_room("agenda", NEW, now=town.now)
    town.enter(NEW)
    assert cards_in(town, NEW) == [card]  # once


def test_an_upgraded_room_takes_its_cards_along(town: Chat) -> None:
    town.changes(ROOMS["ideas"], "m.room.power_levels", {"users": {KORA: 100}}, by=BOT)
    town.changes(ROOMS["ideas"], "m.room.tombstone", {"replacement_room": NEW}, by=KORA)
    assert cards_in(town, NEW) == []
    town.enter(NEW)
    [card] = cards_in(town, NEW)
    assert card.machine["ref"] == "I1"
    town.reacts(card, "👍", by=PETER)
    again = [s for s in town.in_room(NEW) if s.edits == card.event_id]
    assert again[-1].machine["votes"]["for"] == 1


def test_a_trouble_of_a_room_nobody_needs_any_more_is_forgotten(town: Chat) -> None:
    put_out(town, ROOMS["ideas"], "deleted")
    town.enter(NEW)
    town.deliver(town.core.assign_room("ideas", NEW, now=town.now))
    assert "nicht mehr dabei" not in status(town)
