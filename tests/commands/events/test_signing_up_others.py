"""Coordinators sign somebody up: with the place that the person would have got, and told to them."""

from __future__ import annotations

import pytest

from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

KORA, PIA, URS, EVA = (f"@{n}:localhost" for n in ("kora", "pia", "urs", "eva"))
BOTH = pytest.mark.parametrize(("noun", "ref"), [("anlass", "A1"), ("kurs", "K1")])


@pytest.fixture(autouse=True)
@staged
def planned(chat: Chat) -> None:
    """A1 and K1, with one seat each."""
    for user in (KORA, PIA, URS, EVA):
        chat.member(user)
    for noun in ("anlass", "kurs"):
        chat.says(f"!{noun} neu Treff | wann: 18.03.2027 13:30-17:00 | plätze: 1", by=KORA)


def asked(chat: Chat, text: str, *, by: str = KORA) -> Said:
    return chat.reply(f"!{text}", by=by, room=ROOMS["coordination"] if by == KORA else chat.direct(by))


def attending(chat: Chat, noun: str, ref: str) -> tuple[list[str], list[str]]:
    machine = asked(chat, f"{noun} teilnehmende {ref}").machine
    return machine["confirmed"], machine["waiting"]


def told(chat: Chat, user: str) -> list[str]:
    chat.later(minutes=1)
    return [said.text for said in chat.to(user) if said.content.get("msgtype") != "m.audio"]


@BOTH
def test_somebody_is_signed_up_and_told_once_with_the_file(chat: Chat, noun: str, ref: str) -> None:
    reply = asked(chat, f"{noun} anmelden {ref} | für: Pia")
    assert (reply.machine["confirmed"], "you" in reply.machine) == (1, False)
    assert reply.text.startswith("Pia ist angemeldet und wird benachrichtigt")
    [line] = [text for text in told(chat, PIA) if "angemeldet" in text]
    assert line.startswith("Kora hat Sie angemeldet")
    assert chat.to(PIA)[-1].content["msgtype"] == "m.file"
    assert chat.reply(f"!{noun} zeige {ref}", by=PIA).machine["you"] == {"seat": "confirmed"}
    audit = chat.reply("!protokoll", by=KORA, room=ROOMS["coordination"]).text
    assert f"{noun} anmelden {ref}" in audit


@BOTH
def test_the_waiting_list_is_fair(chat: Chat, noun: str, ref: str) -> None:
    chat.says(f"!{noun} anmelden {ref}", by=URS)
    chat.says(f"!{noun} anmelden {ref}", by=EVA)
    reply = asked(chat, f"{noun} anmelden {ref} für: Pia")
    assert "Pia ist auf der Warteliste, Platz 2" in reply.text
    assert attending(chat, noun, ref) == ([URS], [EVA, PIA])
    assert any("Kora hat Sie angemeldet" in text and "Platz 2" in text for text in told(chat, PIA))
    chat.says(f"!{noun} abmelden {ref}", by=URS)
    assert attending(chat, noun, ref) == ([EVA], [PIA])


def test_taken_back_at_once_nobody_is_told(chat: Chat) -> None:
    reply = asked(chat, "anlass anmelden A1 für: Pia")
    chat.says("!anlass anmelden A1", by=URS)
    chat.reacts(reply, "↩️", by=KORA)
    assert attending(chat, "anlass", "A1") == ([URS], [])
    assert not any("angemeldet" in text for text in told(chat, PIA))


def test_taken_back_later_the_person_is_told(chat: Chat) -> None:
    reply = asked(chat, "anlass anmelden A1 für: Pia")
    chat.later(minutes=1)
    chat.reacts(reply, "↩️", by=KORA)
    assert told(chat, PIA)[-1].startswith("Kora hat Ihre Anmeldung zurückgenommen.")
    assert attending(chat, "anlass", "A1") == ([], [])


def test_what_the_person_has_done_since_stays(chat: Chat) -> None:
    reply = asked(chat, "anlass anmelden A1 für: Pia")
    chat.reacts(chat.card("A1"), "✅", by=PIA)
    chat.reacts(reply, "↩️", by=KORA)
    assert attending(chat, "anlass", "A1") == ([PIA], [])


def test_an_edited_command_signs_up_the_other_one(chat: Chat) -> None:
    asked(chat, "anlass anmelden A1 für: Pia")
    chat.edits(chat.last, "!anlass anmelden A1 für: Urs", by=KORA, room=ROOMS["coordination"])
    assert attending(chat, "anlass", "A1") == ([URS], [])
    assert not any("angemeldet" in text for text in told(chat, PIA))
    assert any("Kora hat Sie angemeldet" in text for text in told(chat, URS))


@pytest.mark.parametrize(
    ("by", "text", "code"),
    [
        (URS, "anlass anmelden A1 für: Pia", "not_allowed"),
        (KORA, "anlass anmelden A1 für: Niemand", "not_found"),
        (KORA, "anlass anmelden A1 für: @fremd:localhost", "conflict"),
        (KORA, "anlass anmelden A9 für: Pia", "not_found"),
        (KORA, "kurs anmelden K1 für: Eva", "conflict"),  # takes a break
    ],
)
def test_who_can_not_be_signed_up_is_not(chat: Chat, by: str, text: str, code: str) -> None:
    chat.says("profil pause", by=EVA, room=chat.direct(EVA))
    assert asked(chat, text, by=by).machine["code"] == code
    assert attending(chat, "anlass", "A1") == attending(chat, "kurs", "K1") == ([], [])


def test_twice_says_so_and_for_oneself_is_as_without(chat: Chat) -> None:
    asked(chat, "anlass anmelden A1 für: Pia")
    again = asked(chat, "anlass anmelden A1 für: Pia")
    assert (again.machine["code"], again.text.startswith("Pia ist schon angemeldet")) == ("conflict", True)
    assert asked(chat, "anlass anmelden A1 für: Urs", by=URS).machine["you"]["seat"] == "waiting"


def test_in_a_room_it_is_said_without_the_name(chat: Chat) -> None:
    reply = chat.reply("!anlass anmelden A1 für: Pia", by=KORA)
    assert "Pia" not in reply.text
    assert reply.machine["confirmed"] == 1


def test_in_english(chat: Chat) -> None:
    eve = chat.member("@eve:localhost", "Eve", language="en")
    chat.says("!rolle geben Eve coordinator", by=KORA)
    room = chat.direct(eve)
    assert "Pia is signed up" in chat.reply("event join A1 for: Pia", by=eve, room=room).text
    assert "Pia is signed up already" in chat.reply("event join A1 for: Pia", by=eve, room=room).text
    waits = chat.reply("event join A1 for: Urs", by=eve, room=room)
    assert "Urs is on the waiting list, place 1" in waits.text
    [undone] = [s for s in chat.reacts(waits, "↩️", by=eve) if s.edits == waits.event_id]
    assert "Urs is not signed up any more" in undone.text
    asked(chat, "anlass anmelden A1 für: Eve")
    assert any("Kora has signed you up." in text for text in told(chat, eve))


@BOTH
def test_somebody_is_signed_off_and_nobody_else(chat: Chat, noun: str, ref: str) -> None:
    for who in (PIA, URS, KORA):
        chat.says(f"!{noun} anmelden {ref}", by=who)
    told(chat, PIA)
    reply = asked(chat, f"{noun} abmelden {ref} für: Pia")
    assert reply.text.startswith("Pia ist nicht mehr angemeldet")
    assert attending(chat, noun, ref) == ([URS], [KORA])
    assert told(chat, PIA)[-1].startswith("Kora hat Ihre Anmeldung zurückgenommen.")
    chat.reacts(reply, "↩️", by=KORA)
    assert attending(chat, noun, ref) == ([URS], [KORA, PIA])


@pytest.mark.parametrize(
    ("by", "text", "code"),
    [
        (URS, "anlass abmelden A1 für: Pia", "not_allowed"),
        (KORA, "event leave A1 for: Urs", "conflict"),
        (KORA, "anlass absagen A1 für: Niemand", "not_found"),
    ],
)
def test_who_can_not_be_signed_off_is_not(chat: Chat, by: str, text: str, code: str) -> None:
    chat.says("!anlass anmelden A1", by=PIA)
    chat.says("!anlass anmelden A1", by=KORA)
    assert asked(chat, text, by=by).machine["code"] == code
    assert attending(chat, "anlass", "A1") == ([PIA], [KORA])
