from __future__ import annotations

from bot.core.batches import RoomBatch
from bot.core.events import State
from tests.support.chat import BOT, HALL, ROOMS, Chat, Said


def changes(chat: Chat, room: str, kind: str, *, by: str) -> list[Said]:
    chat.count += 1
    event = State(room, f"$state{chat.count}", by, chat.now, type=kind, key="", content={"users": {by: 100}})
    return chat.apply(RoomBatch(room, (), [event], joined=True))


def test_coordinators_are_told_who_changes_a_room_of_the_community(chat: Chat) -> None:
    [told] = changes(chat, ROOMS["ideas"], "m.room.power_levels", by="@peter:localhost")
    assert told.room == ROOMS["coordination"]
    assert "@peter:localhost" in told.text
    assert "Rechte" in told.text
    assert told.content["msgtype"] == "m.notice"
    assert told.content["m.mentions"] == {}


def test_the_bot_s_own_changes_and_other_rooms_are_no_news(chat: Chat) -> None:
    assert changes(chat, ROOMS["ideas"], "m.room.power_levels", by=BOT) == []
    assert changes(chat, HALL, "m.room.power_levels", by="@peter:localhost") == []


def test_a_new_name_of_the_bot_is_heard_at_once(chat: Chat) -> None:
    assert chat.reply("!hilfe")
    chat.enters(HALL, BOT, "Pi Aesch")
    for called in ("Pi Aesch: idee liste", "@pi aesch, idee liste"):
        assert chat.reply(called)
    chat.enters(HALL, "@pia:localhost", "Piabot")
    assert chat.says("Piabot: idee liste") == []


def test_an_invitation_that_is_told_once_more_later_takes_nobody_out(chat: Chat) -> None:
    direct = chat.direct("@pia:localhost")
    chat.moves("@pia:localhost", "invite", direct)
    assert chat.reply("hilfe", by="@pia:localhost", room=direct).machine["type"] == "help"
    chat.moves("@pia:localhost", "leave", direct)
    chat.moves("@pia:localhost", "invite", direct)
    assert chat.says("hilfe", by="@pia:localhost", room=direct) == []
