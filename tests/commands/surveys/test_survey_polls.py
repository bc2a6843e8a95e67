"""A survey of one question in a group is a poll in its room as well, and both count together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from commands.framework.context import Settings
from storage.engine.database import Database
from tests.support.chat import BOT, Chat, Said

PIA, URS, ANA, KORA = "@pia:localhost", "@urs:localhost", "@ana:localhost", "@kora:localhost"
NEW = "!new:localhost"
START, RESPONSE, END = (f"org.matrix.msc3381.poll.{part}" for part in ("start", "response", "end"))
ONE = "? Wann passt es Ihnen?\n- Vormittag\n- Nachmittag"


@pytest.fixture
def room(chat: Chat) -> str:
    for user in (PIA, URS, ANA, KORA):
        chat.member(user)
    return chat.group_room(chat.process(PIA, URS, leader=PIA), PIA, URS, ANA, KORA)


@pytest.fixture
def poll(chat: Chat, room: str) -> Said:
    return start(chat, room)


def start(
    chat: Chat, room: str, body: str = ONE, head: str = "an: P1 | bis: 20.11.2026", **more: Any
) -> Said:
    where = more.pop("where", chat.direct(PIA))
    chat.reply(f"!umfrage neu Zeit | {head}\n{body}", by=PIA, room=where)
    return polls(chat, room)[-1]


def polls(chat: Chat, room: str, part: str = START) -> list[Said]:
    return [said for said in chat.in_room(room) if part in said.content]


def chooses(chat: Chat, poll: Said, *answers: str, by: str = URS) -> str:
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    chat.sends(RESPONSE, relation | {RESPONSE: {"answers": list(answers)}}, by=by, room=poll.room)
    return chat.last


def answers(chat: Chat, user: str, text: str) -> Said:
    direct = chat.direct(user)
    chat.reply("umfrage antworten U1", by=user, room=direct)
    return chat.reply(text, by=user, room=direct)


def counts(chat: Chat) -> list[int]:
    """How many have chosen what, by who has started it."""
    shown = chat.reply("umfrage resultat U1", by=PIA, room=chat.direct(PIA)).machine
    [result] = shown["results"]
    assert sum(result["counts"].values()) >= shown["answered"]
    return list(result["counts"].values())


def test_it_stands_in_the_room_beside_the_invitations(chat: Chat, room: str, poll: Said) -> None:
    sent = poll.content[START]
    assert sent["question"]["org.matrix.msc1767.text"] == "Wann passt es Ihnen?"
    assert [one["org.matrix.msc1767.text"] for one in sent["answers"]] == ["Vormittag", "Nachmittag"]
    assert sent["max_selections"] == 1
    assert (poll.machine["type"], poll.machine["ref"]) == ("survey", "U1")
    assert "umfrage antworten U1" in poll.text
    assert chat.to(URS)[-1].machine["ref"] == "U1"


def test_of_each_person_the_latest_counts_wherever_it_is_said(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1")
    assert counts(chat) == [1, 0]
    assert answers(chat, URS, "2").machine["answered"] == 1
    assert counts(chat) == [0, 1]
    chat.now += timedelta(minutes=1)
    later = chooses(chat, poll, "1")
    chooses(chat, poll, "2", by=PIA)
    assert counts(chat) == [1, 1]
    chat.takes_off(later, by=URS, room=room)  # what was said in the direct chat counts again
    assert counts(chat) == [0, 2]
    chooses(chat, poll, by=URS)
    assert counts(chat) == [0, 1]
    assert chat.reply("mein stand", by=URS, room=chat.direct(URS)).machine["waiting"] == ["U1"]


def test_a_late_vote_does_not_replace_a_later_answer(chat: Chat, room: str, poll: Said) -> None:
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    late = chat.happens(RESPONSE, relation | {RESPONSE: {"answers": ["1"]}}, by=URS, room=room)
    chat.now += timedelta(minutes=1)
    answers(chat, URS, "2")
    chat.apply(late)
    assert counts(chat) == [0, 1]


def test_an_answer_that_is_taken_back_lets_the_vote_count(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1")
    chat.now += timedelta(seconds=1)
    chat.reacts(answers(chat, URS, "2"), "↩️", by=URS)
    assert counts(chat) == [1, 0]


def test_an_edited_answer_counts_once(chat: Chat, room: str, poll: Said) -> None:
    answers(chat, URS, "2")
    chat.edits(chat.last, "1", by=URS, room=chat.direct(URS))
    assert counts(chat) == [1, 0]
    chat.now += timedelta(seconds=1)
    chooses(chat, poll, "2")
    assert counts(chat) == [0, 1]


def test_only_who_is_asked_counts(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1", by=ANA)
    assert chat.to(ANA)[-1].machine["code"] == "not_allowed"
    assert counts(chat) == [0, 0]


def test_its_end_has_the_whole_count(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1")
    answers(chat, PIA, "2")
    closed = chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    [end] = polls(chat, room, END)
    assert end.content["m.relates_to"]["event_id"] == poll.event_id
    assert end.content["org.matrix.msc1767.text"] == end.text
    assert "Vormittag: 1" in end.text
    assert "Nachmittag: 1" in end.text
    assert end.machine["results"] == closed.machine["results"]
    chat.now += timedelta(seconds=1)
    chooses(chat, poll, "2")
    assert counts(chat) == [1, 1]
    told = chat.in_room(room)[-1]  # people's clients show what was chosen in the poll alone
    assert told.content["msgtype"] == "m.image"
    assert "Direktchat" in told.text
    assert len(chat.in_room(room)) == 3


def test_an_end_shows_no_picture_and_stands_alone_if_the_poll_shows_all(chat: Chat, poll: Said) -> None:
    chooses(chat, poll, "2")
    chat.now += timedelta(seconds=1)
    chooses(chat, poll, "1")
    chooses(chat, poll, "2", by=PIA)
    chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    end = chat.in_room(poll.room)[-1]
    assert END in end.content
    assert end.content["msgtype"] == "m.text"
    assert not {"drawn", "filename", "info"} & end.content.keys()
    assert "picture" not in end.machine
    assert "Direktchat" not in end.text


def test_who_may_not_vote_makes_the_poll_show_otherwise(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1", by=ANA)
    chat.later(days=20)
    chat.tick()
    assert [END in said.content for said in chat.in_room(room)] == [False, True, False]
    assert chat.in_room(room)[-1].machine["answered"] == 0


def test_closed_in_the_room_itself_the_reply_has_the_result(chat: Chat, room: str, poll: Said) -> None:
    answers(chat, URS, "2")
    closed = chat.reply("!umfrage abschliessen U1", by=PIA, room=room)
    assert closed.content["msgtype"] == "m.image"
    assert [said for said in chat.in_room(room) if said.content["msgtype"] == "m.image"] == [closed]


def test_reopened_the_result_that_was_told_is_none_any_more(chat: Chat, room: str, poll: Said) -> None:
    answers(chat, URS, "2")
    closed = chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    told = chat.in_room(room)[-1]
    chat.reacts(closed, "↩️", by=PIA)
    [edit] = [said for said in chat.in_room(room) if said.edits == told.event_id]
    assert "läuft weiter" in edit.text
    assert len(polls(chat, room)) == 2


def test_it_ends_by_itself_and_what_was_sent_in_time_is_told_again(chat: Chat, room: str, poll: Said) -> None:
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    chat.now += timedelta(days=18)
    late = chat.happens(RESPONSE, relation | {RESPONSE: {"answers": ["2"]}}, by=URS, room=room)
    chat.later(days=1)
    chat.tick()
    [end] = polls(chat, room, END)
    assert end.machine["results"][0]["counts"] == {"Vormittag": 0, "Nachmittag": 0}
    chat.apply(late)
    chat.apply(late)
    corrected = chat.in_room(room)[-1]
    assert END not in corrected.content
    assert corrected.machine["results"][0]["counts"] == {"Vormittag": 0, "Nachmittag": 1}
    chooses(chat, poll, "1", by=PIA)
    assert counts(chat) == [0, 1]


def test_what_is_over_and_not_closed_yet_takes_no_votes(chat: Chat, room: str, poll: Said) -> None:
    chat.now += timedelta(days=19)
    chooses(chat, poll, "1")
    assert chat.to(URS)[-1].machine["code"] == "conflict"


def test_reopened_there_is_a_new_poll(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1")
    closed = chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    chat.reacts(closed, "↩️", by=PIA)
    new = polls(chat, room)[-1]
    assert new.event_id != poll.event_id
    chooses(chat, new, "2", by=PIA)
    assert counts(chat) == [1, 1]
    chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    assert polls(chat, room, END)[-1].content["m.relates_to"]["event_id"] == new.event_id


def test_taken_back_or_edited_the_former_poll_is_deleted(chat: Chat, room: str) -> None:
    first = start(chat, room)
    command = next(event for event, where in chat.rooms.items() if where == chat.direct(PIA))
    chat.errands.clear()
    chat.edits(
        command,
        f"!umfrage neu Zeit | an: P1 | bis: 20.11.2026\n{ONE}\n- Abend",
        by=PIA,
        room=chat.direct(PIA),
    )
    new = polls(chat, room)[-1]
    assert len(new.content[START]["answers"]) == 3
    assert [one.waits_for for one in chat.errands if one.kind == "redaction"] == [
        int(first.event_id.removeprefix("$sent"))
    ]
    reply = next(said for said in chat.to(PIA) if said.replies_to == command)
    chat.reacts(reply, "↩️", by=PIA)
    assert len([one for one in chat.errands if one.kind == "redaction"]) == 2


def test_a_poll_that_a_moderator_removes_leaves_the_survey(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1")
    chat.takes_off(poll.event_id, by="@moni:localhost", room=room)
    chat.later(minutes=5)
    assert len(polls(chat, room)) == 1
    chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    assert polls(chat, room, END) == []
    assert chat.in_room(room)[-1].machine["results"][0]["counts"] == {"Vormittag": 1, "Nachmittag": 0}


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("an: P1 | bis: 20.11.2026 | anonym: ja", ONE),
        ("an: P1 | bis: 20.11.2026", "? Was fehlt Ihnen?"),
        ("an: P1 | bis: 20.11.2026", f"{ONE}\n? Noch etwas?"),
    ],
)
def test_other_surveys_are_asked_in_direct_chats_alone(chat: Chat, room: str, head: str, body: str) -> None:
    chat.reply(f"!umfrage neu Zeit | {head}\n{body}", by=PIA, room=chat.direct(PIA))
    chat.later(minutes=5)
    assert polls(chat, room) == []


def test_started_in_the_room_itself_it_stands_beside_the_reply(chat: Chat, room: str) -> None:
    several = "? Wann passt es? (mehrere)\n- Mo\n- Di\n- Mi"
    poll = start(chat, room, several, "bis: 20.11.2026", where=room)
    asked = poll.content[START]["question"]["org.matrix.msc1767.text"]
    assert (
        asked == "Wann passt es? (auch mehrere, am besten im Direktchat)"
    )  # not every client lets choose several
    assert "nur für etwas" in chat.in_room(room)[-1].text
    assert poll.content[START]["max_selections"] == 3
    assert [said.replies_to is not None for said in chat.in_room(room)] == [False, True]
    chooses(chat, poll, "3", "1")
    assert counts(chat) == [1, 0, 1]


def test_where_the_room_comes_later_so_does_the_poll(chat: Chat) -> None:
    for user in (PIA, URS):
        chat.member(user)
    number = chat.process(PIA, URS, leader=PIA)
    started = chat.reply(f"umfrage neu Zeit | an: P1 | bis: 20.11.2026\n{ONE}", by=PIA, room=chat.direct(PIA))
    assert "Raum" not in started.text
    room = chat.group_room(number, PIA, URS)
    chat.later(minutes=1)
    chat.later(minutes=1)
    [poll] = polls(chat, room)
    chooses(chat, poll, "2")
    assert counts(chat) == [0, 1]


def test_with_a_stranger_in_the_room_it_is_not_asked_there(chat: Chat, room: str) -> None:
    chat.enters(room, "@eve:localhost", "Eve")
    chat.reply(f"umfrage neu Zeit | an: P1 | bis: 20.11.2026\n{ONE}", by=PIA, room=chat.direct(PIA))
    assert polls(chat, room) == []
    assert not any("Vormittag" in said.text for said in chat.in_room(room))
    assert "hier abstimmen" not in chat.in_room(room)[-1].text
    said = len(chat.in_room(room))
    chat.later(minutes=1)
    chat.later(minutes=5)
    assert len(chat.in_room(room)) == said


def test_in_an_upgraded_room_it_is_asked_anew(chat: Chat, room: str, poll: Said) -> None:
    """What was chosen stays, and so does the former poll, in a room that nobody can write into any more."""
    chooses(chat, poll, "1")
    chat.changes(room, "m.room.power_levels", {"users": {KORA: 100}}, by=BOT)
    chat.changes(room, "m.room.tombstone", {"replacement_room": NEW}, by=KORA)
    chat.later(minutes=2)
    assert chat.in_room(NEW) == []  # the bot is not in yet
    chat.enter(NEW, PIA, URS)
    chat.later(minutes=2)
    said, new = [one for one in chat.in_room(NEW) if one.machine["type"] == "survey"]
    assert said.text == "U1 · Zeit geht hier weiter. Wer schon geantwortet hat, muss nicht nochmals."
    assert START in new.content
    chooses(chat, new, "2", by=PIA)
    chooses(chat, poll, "2")  # in the former one
    assert counts(chat) == [1, 1]
    chat.reply("umfrage abschliessen U1", by=PIA, room=chat.direct(PIA))
    [end] = polls(chat, NEW, END)
    assert end.content["m.relates_to"]["event_id"] == new.event_id
    assert "Vormittag: 1" in end.text
    assert "zeigt nicht alle" in chat.in_room(NEW)[-1].text


def test_a_poll_that_was_removed_is_not_asked_anew_elsewhere(chat: Chat, room: str, poll: Said) -> None:
    chat.takes_off(poll.event_id, by="@moni:localhost", room=room)
    chat.changes(room, "m.room.power_levels", {"users": {KORA: 100}}, by=BOT)
    chat.changes(room, "m.room.tombstone", {"replacement_room": NEW}, by=KORA)
    chat.enter(NEW, PIA, URS)
    chat.later(minutes=2)
    assert polls(chat, NEW) == []


def test_who_is_erased_is_in_no_poll(chat: Chat, room: str, poll: Said) -> None:
    chooses(chat, poll, "1")
    asked = chat.reply("datenschutz löschen", by=URS, room=chat.direct(URS))
    chat.says(asked.machine["confirm"], by=URS, room=chat.direct(URS))
    assert counts(chat) == [1, 0]
    chat.restart()
    chooses(chat, poll, "2")
    assert counts(chat) == [1, 0]


def test_in_english(chat: Chat, room: str) -> None:
    chat.member(PIA, language="en")
    started = chat.reply(
        f"survey new Time | to: P1 | until: 20.11.2026\n{ONE}", by=PIA, room=chat.direct(PIA)
    )
    assert "vote directly" in started.text


def test_in_an_english_community(database: Database) -> None:
    chat = Chat(database, Settings(language="en", coordinators=(KORA,)))
    for user in (PIA, URS):
        chat.member(user)
    room = chat.group_room(chat.process(PIA, URS, leader=PIA), PIA, URS)
    chat.reply(f"survey new Time | to: P1 | until: 20.11.2026\n{ONE}", by=PIA, room=chat.direct(PIA))
    [poll] = polls(chat, room)
    assert "survey answer U1" in poll.text
