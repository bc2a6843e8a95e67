"""What the group and its members see of meetings: right from the start, and no more often than needed."""

from __future__ import annotations

import pytest

from tests.support.chat import HALL, Chat, Said
from tests.support.kept import staged

PIA, PETER, URS = (f"@{n}:localhost" for n in ("pia", "peter", "urs"))
GROUP = "!group1:localhost"
DIRECT = "!direct-peter:localhost"
WEEKLY = "!sitzung neu P1 Formulare | wann: 18.03.2027 13:30-15:00 | jede: woche | bis: 01.04.2027"


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    for user in (PIA, PETER, URS):
        chat.member(user)
    chat.process(PIA, PETER, URS, leader=PIA)
    chat.group_room(1, PIA, PETER, URS)


def new_in_room(chat: Chat, said: list[Said]) -> list[Said]:
    return [s for s in said if s.room == GROUP and s.edits is None]


def test_the_card_counts_those_invited_from_the_start(chat: Chat) -> None:
    card = chat.reply("!sitzung neu P1 Formulare | wann: 18.03.2027 13:30", room=GROUP)
    assert card.machine["open"] == 2
    assert "offen 2" in card.text
    chat.later(minutes=1)
    assert chat.card("S1") == card  # there was nothing to put right


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("!sitzung protokoll S1 Alles gut\nVereinbarung: Formular kürzen", "Formular kürzen"),
        ("!sitzung streichen S1 grund: Ferien", "S1 ist abgesagt"),
        ("!sitzung anwesend S1 Pia, Peter", "waren 2 Personen dabei"),
    ],
)
def test_the_reply_in_the_groups_room_is_about_the_meeting_and_the_next_card_follows(
    chat: Chat, command: str, said: str
) -> None:
    chat.reply(WEEKLY, room=GROUP)
    if "anwesend" in command:
        chat.later(days=136, hours=4)  # it has begun
    [reply] = new_in_room(chat, chat.says(command, room=GROUP))
    assert reply.replies_to == chat.last
    assert reply.machine["ref"] == "S1"
    assert said in reply.text
    chat.later(minutes=1)
    [following] = [s for s in chat.in_room(GROUP) if s.machine.get("ref") == "S2" and s.edits is None]
    assert following.machine["state"] == "planned"


def test_what_shows_nothing_new_is_not_edited(chat: Chat) -> None:
    chat.reply(WEEKLY, room=GROUP)
    chat.later(days=136, hours=4)
    chat.says("!sitzung anwesend S1 Pia, Peter", room=GROUP)
    edited = [s for s in chat.says("!sitzung anwesend S1 Peter", room=GROUP) if s.edits]
    assert edited == []


def test_an_answer_edits_the_card_and_the_invitation_once_each(chat: Chat) -> None:
    chat.reply(WEEKLY, room=GROUP)
    edited = [s for s in chat.reacts(chat.card("S1"), "✅", by=PETER) if s.edits]
    assert sorted(s.room for s in edited) == [DIRECT, GROUP]
    assert [s for s in chat.reacts(chat.card("S1"), "✅", by=PETER) if s.edits] == []


def test_the_agenda_ticks_only_what_was_accepted(chat: Chat) -> None:
    chat.reply(WEEKLY, room=GROUP)
    chat.reply("sitzung zusagen S1", by=PETER, room=DIRECT)
    chat.reply("sitzung vielleicht S2", by=PETER, room=DIRECT)
    lines = chat.reply("agenda", by=PETER, room=DIRECT).text.splitlines()
    assert [line.endswith("✅") for line in lines if "Formulare" in line] == [True, False, False]


def test_new_lead_times_count_for_meetings_to_come_but_for_those_declined(chat: Chat) -> None:
    chat.reply(WEEKLY, room=GROUP)
    chat.reply("sitzung absagen S2", by=PETER, room=DIRECT)
    chat.reply("profil erinnerung 3h", by=PETER, room=DIRECT)
    chat.later(days=136)  # 18 March, 10:00

    def reminded() -> list[str]:
        return [s.machine["ref"] for s in chat.to(PETER) if s.machine.get("lead") == "3h"]

    assert reminded() == []
    chat.later(minutes=31)
    assert reminded() == ["S1"]
    chat.later(days=7)
    chat.later(days=7, hours=-1)  # the clocks have changed
    assert reminded() == ["S1", "S3"]


def test_in_a_series_moved_as_a_whole_who_answered_to_a_date_that_stays_has_answered(chat: Chat) -> None:
    chat.reply(WEEKLY, room=GROUP)
    chat.reply("!sitzung verschieben S2 wann: 26.03.2027 13:30", room=GROUP)
    chat.reply("sitzung zusagen S2", by=PETER, room=DIRECT)
    moved = chat.reply("!sitzung verschieben S1 wann: 19.03.2027 13:30 modus: alle", room=GROUP)
    assert moved.machine["start"] == "2027-03-19T13:30:00+01:00"
    shown = chat.answer("!sitzung zeige S2", by=PETER)
    assert shown.machine["you"] == {"rsvp": "accepted"}
    assert "vorher Do, 25. März 2027, 13:30" in shown.text


@pytest.mark.parametrize("room", [GROUP, HALL])
def test_a_plan_edited_into_something_else_is_taken_back_and_all_are_told(chat: Chat, room: str) -> None:
    chat.reply(WEEKLY, room=room)
    chat.edits(chat.last, "!vereinbarung neu P1 Formular kürzen", room=room)
    chat.later(minutes=1)
    assert chat.answer("!zeige V1").machine["title"] == "Formular kürzen"
    assert chat.answer("!sitzung zeige S1").machine["state"] == "cancelled"
    assert chat.card("S1").machine["state"] == "cancelled"
    for user in (PETER, URS):
        told = chat.to(user)[-1]
        assert "findet nicht statt" in told.text
        assert "METHOD:CANCEL" in told.content["data"]
