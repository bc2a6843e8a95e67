"""«Wann ist die nächste Sitzung»: when and where, in one message, to the asker alone."""

from __future__ import annotations

from tests.support.chat import Chat

PIA, URS, LEO = "@pia:localhost", "@urs:localhost", "@leo:localhost"


def test_the_next_meeting_is_mine_and_the_first_to_come(chat: Chat) -> None:
    for user in (PIA, URS, LEO):
        chat.member(user)
    chat.process(PIA, leader=LEO)
    direct = chat.direct(PIA)
    assert chat.reply("sitzung nächste", by=PIA, room=direct).machine["total"] == 0
    chat.reply("!sitzung neu P1 Später | wann: 18.03.2027 13:30", by=LEO)
    chat.reply("!sitzung neu P1 Formulare sichten | wann: 12.01.2027 13:30-15:00 | ort: Liestal", by=LEO)
    reply = chat.reply("sitzung nächste", by=PIA, room=direct)
    assert reply.machine["type"] == "meeting"
    assert reply.machine["ref"] == "S2"
    assert reply.machine["you"] == {"rsvp": "open"}
    assert "Di, 12. Januar 2027, 13:30–15:00 · Liestal" in reply.text
    assert "Antwort offen" in reply.text
    chat.reply("sitzung absagen S2", by=PIA, room=direct)
    assert chat.reply("meeting next", by=PIA, room=direct).machine["you"] == {"rsvp": "declined"}
    chat.reply("!sitzung streichen S2", by=LEO)
    assert chat.reply("nächste sitzung", by=PIA, room=direct).machine["ref"] == "S1"
    assert chat.reply("sitzung nächste", by=URS, room=chat.direct(URS)).machine["total"] == 0
    assert chat.reply("!sitzung nächste", by=PIA).machine["type"] == "pointer"
