import pytest

from tests.support.chat import Chat, Said

PIA, URS, LEA = "@pia:localhost", "@urs:localhost", "@lea:localhost"


@pytest.fixture
def met(chat: Chat) -> Chat:
    """Pia, Urs and Lea, who leads them, have met twice yesterday, for two hours and for 50 minutes."""
    for user in (PIA, URS, LEA):
        chat.member(user)
    chat.process(PIA, URS, LEA, leader=LEA)
    for when in ("03.11.2026 13:00-15:00", "03.11.2026 16:00-16:50"):
        chat.says(f"sitzung neu P1 Sichten | wann: {when}", by=LEA, room=chat.direct(LEA))
    chat.later(days=2)
    return chat


def lines(chat: Chat, user: str) -> list[Said]:
    said = [one for one in chat.to(user) if "eintragen" in one.text and not one.edits]
    return [one for one in said if "für S" in one.text]


def now_says(chat: Chat, user: str) -> str:
    """What the line says after all edits."""
    first = lines(chat, user)[0]
    edits = [one for one in chat.said if one.edits == first.event_id]
    return (edits[-1] if edits else first).text


def attended(chat: Chat, text: str) -> Said:
    return chat.reply(f"sitzung anwesend {text}", by=LEA, room=chat.direct(LEA))


def total(chat: Chat, user: str) -> tuple[int, int]:
    found = chat.reply("stunden meine", by=user, room=chat.direct(user)).machine
    return found["rows"], found["total"]


def test_several_meetings_are_one_line_and_a_tap_enters_them(met: Chat) -> None:
    attended(met, "S1 Pia, Lea")
    attended(met, "S2 Pia")
    assert lines(met, PIA) == []
    met.later(minutes=1)
    [asked] = lines(met, PIA)
    assert "2 h für S1 und 1 h für S2 eintragen?" in asked.text
    assert "2 h für S1 eintragen?" in lines(met, LEA)[0].text
    assert lines(met, URS) == []
    met.reacts(asked, "✅", by=PIA)
    carrier = met.last
    assert total(met, PIA) == (2, 180)
    assert "Eingetragen: 2 h für S1" in now_says(met, PIA)
    met.reacts(asked, "✅", by=PIA)
    assert total(met, PIA) == (2, 180)
    met.takes_off(carrier, by=PIA)
    assert total(met, PIA) == (0, 0)
    assert "eintragen?" in now_says(met, PIA)


def test_it_is_asked_once(met: Chat) -> None:
    attended(met, "S1 Pia")
    met.later(minutes=1)
    attended(met, "S1 Urs")
    attended(met, "S2 Pia")
    met.later(minutes=1)
    assert [one.text.partition(" eintragen")[0] for one in lines(met, PIA)] == ["2 h für S1", "1 h für S2"]
    attended(met, "S1 -Pia")
    attended(met, "S1 Pia")
    met.later(minutes=1)
    assert len(lines(met, PIA)) == 2


def test_attendance_taken_back_takes_the_line_along(met: Chat) -> None:
    reply = attended(met, "S1 Pia, Urs")
    met.later(minutes=1)
    attended(met, "S1 -Urs")
    met.edit_cards()
    assert "keine Stunden mehr" in now_says(met, URS)
    met.reacts(lines(met, URS)[0], "✅", by=URS)
    assert total(met, URS) == (0, 0)
    attended(met, "S1 Urs")
    met.edit_cards()
    assert "eintragen?" in now_says(met, URS)
    assert reply.machine["type"] == "meeting"


def test_what_is_withdrawn_can_be_entered_again(met: Chat) -> None:
    attended(met, "S1 Pia")
    met.later(minutes=1)
    [asked] = lines(met, PIA)
    met.reacts(asked, "✅", by=PIA)
    gone = met.reply("stunden zurückziehen", by=PIA, room=met.direct(PIA))
    assert (gone.machine["meeting"], gone.machine["state"]) == ("S1", "withdrawn")
    met.edit_cards()
    assert "eintragen?" in now_says(met, PIA)


def test_taken_back_before_anybody_was_asked(met: Chat) -> None:
    reply = attended(met, "S1 Pia")
    met.reacts(reply, "↩️", by=LEA)
    met.later(minutes=1)
    assert lines(met, PIA) == []


def test_in_english(met: Chat) -> None:
    met.says("profil sprache en", by=PIA, room=met.direct(PIA))
    attended(met, "S1 Pia")
    met.later(minutes=1)
    [asked] = [one for one in met.to(PIA) if "Enter 2 h for S1?" in one.text]
    met.reacts(asked, "✅", by=PIA)
    edits = [one.text for one in met.said if one.edits == asked.event_id]
    assert "Entered: 2 h for S1" in edits[-1]
    attended(met, "S1 -Pia")
    met.says("hours withdraw", by=PIA, room=met.direct(PIA))
    met.edit_cards()
    assert "no hours to enter" in [one.text for one in met.said if one.edits == asked.event_id][-1]


# --- missed, and in «mein Stand»


def test_a_missed_check_mark_is_found_once_and_a_missing_one_withdraws(met: Chat) -> None:
    attended(met, "S1 Pia")
    attended(met, "S2 Pia")
    met.later(minutes=1)
    there = [("$missed", PIA, "✅", met.now), ("$other", URS, "✅", met.now)]
    [compared] = [one for one in met.core.reconcilable() if one[0] == "attendance"]
    assert compared == ("attendance", 1, met.direct(PIA), lines(met, PIA)[0].event_id)
    for _ in range(2):
        met.core.reconcile("attendance", 1, there, now=met.now)
        met.edit_cards()
        assert total(met, PIA) == (2, 180)
    assert total(met, URS) == (0, 0)
    assert "Eingetragen" in now_says(met, PIA)
    met.core.reconcile("attendance", 1, [], now=met.now)
    met.edit_cards()
    assert total(met, PIA) == (0, 0)


def test_a_missed_check_mark_that_would_be_too_much_enters_nothing(met: Chat) -> None:
    attended(met, "S1 Pia")
    attended(met, "S2 Pia")
    met.later(minutes=1)
    met.reply("stunden neu 10h P1 datum: 03.11.2026", by=PIA, room=met.direct(PIA))
    met.core.reconcile("attendance", 1, [("$missed", PIA, "✅", met.now)], now=met.now)
    assert total(met, PIA) == (1, 600), "all of it or nothing"


def test_mein_stand_has_what_is_not_entered_and_enters_it(met: Chat) -> None:
    attended(met, "S1 Pia")
    attended(met, "S2 Pia")
    met.later(minutes=1)
    room = met.direct(PIA)
    mine = met.reply("mein stand", room=room)
    assert mine.machine["waiting"] == ["S2", "S1"]
    assert "S1 Sichten, Di, 3. November 2026, 13:00: 2 h eintragen?" in mine.text
    met.reply("2", room=room)
    entered = met.reply("1", room=room)
    assert (entered.machine["type"], entered.machine["meeting"]) == ("hours", "S1")
    met.edit_cards()
    assert now_says(met, PIA).startswith("1 h für S2 eintragen?")
    assert met.reply("mein stand", room=room).machine["waiting"] == ["S2"]
    met.reacts(entered, "↩️", by=PIA)
    assert total(met, PIA) == (0, 0)
    met.later(days=31)
    assert met.reply("mein stand", room=room).machine["waiting"] == [], "what is old is let be"


def test_the_hours_of_a_meeting_are_entered_once_by_who_was_there(met: Chat) -> None:
    attended(met, "S1 Pia")
    room = met.direct(PIA)
    assert met.reply("stunden sitzung S1", room=room).machine["minutes"] == 120
    again = met.reply("stunden sitzung S1", room=room)
    assert (again.machine["code"], "H1" in again.text) == ("conflict", True)
    assert met.reply("stunden sitzung S2", room=room).machine["code"] == "conflict"
    assert met.reply("stunden sitzung S9", room=room).machine["code"] in ("conflict", "not_found")


def test_the_hours_of_a_meeting_in_english(met: Chat) -> None:
    attended(met, "S1 Pia")
    room = met.direct(PIA)
    met.says("profil sprache en", room=room)
    met.later(minutes=1)
    assert "Enter 2 h?" in met.reply("my status", room=room).text
    assert "H1" in met.reply("hours meeting S1", room=room).text
    assert "entered already" in met.reply("hours meeting S1", room=room).text
    assert "not noted as present" in met.reply("hours meeting S2", room=room).text
