"""Agreements with several people: all are told, shown and answer for it; and it can be changed."""

from __future__ import annotations

import pytest

from commands.framework.declarations import PERSONAL
from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, EVA, LEA = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@lea:localhost"
GROUP = "!group1:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, EVA, LEA):
        chat.member(user)
    chat.process(PIA, URS, LEA, leader=LEA)
    chat.group_room(1, PIA, URS, LEA)
    return chat


def heard(chat: Chat, user: str, words: str) -> int:
    return sum(words in said.text for said in chat.to(user))


@pytest.mark.parametrize(
    "typed", ["Pia, Urs", "@pia:localhost @urs:localhost", "Pia und Urs", "Pia; Urs", "Pia, Urs, Pia"]
)
def test_several_see_to_it(crew: Chat, typed: str) -> None:
    reply = crew.reply(
        f"!vereinbarung neu P1 Liste führen | wer: {typed} | bis: 30.06.2027", by=LEA, room=GROUP
    )
    assert (reply.machine["who"], reply.machine["people"]) == (PIA, [PIA, URS])
    assert "Pia, Urs" in reply.text
    crew.later(minutes=1)
    assert [heard(crew, user, "mit Ihnen vereinbart") for user in (PIA, URS, LEA)] == [1, 1, 0]
    for user in (PIA, URS):
        assert crew.answer("!vereinbarung liste", by=user).machine["refs"] == ["V1"]
    assert crew.answer("!vereinbarung liste", by=LEA).machine["refs"] == []


def test_in_minutes_too(crew: Chat) -> None:
    crew.says("!sitzung neu P1 Formulare | wann: 18.03.2027 13:30-15:00", by=LEA, room=GROUP)
    crew.says("!sitzung protokoll S1\nVereinbarung: Liste wer: Pia, Eva bis: 30.06.2027", by=LEA, room=GROUP)
    shown = crew.reply("!vereinbarung zeige V1", by=LEA, room=GROUP)
    assert shown.machine["people"] == [PIA, EVA]
    assert "Pia, Eva" in crew.reply("!sitzung zeige S1", by=LEA, room=GROUP).text


@pytest.mark.parametrize("who", ["Pia, @nobody:localhost", "@piaa:localhost; Urs", "Pia, Niemand"])
def test_one_who_takes_no_part_holds_all_back(crew: Chat, who: str) -> None:
    assert crew.reply(f"!vereinbarung neu P1 Liste | wer: {who}", room=GROUP).machine["code"] == "not_found"
    assert crew.reply("!vereinbarung liste P1", room=GROUP).machine["total"] == 0


def test_each_of_them_answers_for_it_also_from_outside_the_group(crew: Chat) -> None:
    crew.says("!vereinbarung neu P1 Liste | wer: Urs, Eva", by=LEA, room=GROUP)
    kept = crew.reply("vereinbarung erfüllt V1", by=EVA, room=crew.direct(EVA))
    assert kept.machine["state"] == "kept"
    missed = crew.reply("vereinbarung verfehlt V1", by=URS, room=crew.direct(URS))
    assert missed.machine["state"] == "missed", "no reason is asked for"


@pytest.mark.parametrize(
    ("change", "title", "people", "until"),
    [
        ("Liste nachführen", "Liste nachführen", [PIA], "2027-06-30"),
        ("titel: Liste nachführen", "Liste nachführen", [PIA], "2027-06-30"),
        ("wer: Urs", "Liste", [URS], "2027-06-30"),
        ("wer: Pia, Urs | bis: 31.08.2027", "Liste", [PIA, URS], "2027-08-31"),
        ("Liste prüfen wer: keine bis: -", "Liste prüfen", [], None),
    ],
)
def test_it_is_changed_and_taken_back(
    crew: Chat, change: str, title: str, people: list[str], until: str | None
) -> None:
    crew.says("!vereinbarung neu P1 Liste | wer: Pia | bis: 30.06.2027", by=LEA, room=GROUP)
    crew.later(minutes=1)
    reply = crew.reply(f"!vereinbarung ändern V1 {change}", by=LEA, room=GROUP)

    def stands() -> tuple[str, list[str], str | None]:
        found = crew.reply("!vereinbarung zeige V1", by=LEA, room=GROUP).machine
        who = found.get("people") or ([found["who"]] if "who" in found else [])
        return found["title"], who, found.get("until")

    assert stands() == (title, people, until)
    crew.reacts(reply, "↩️", by=LEA)
    assert stands() == ("Liste", [PIA], "2027-06-30")
    crew.later(minutes=1)
    assert heard(crew, URS, "vereinbart") == 0, "what was taken back is not told"


def test_who_sees_to_it_hears_what_has_changed(crew: Chat) -> None:
    crew.says("!vereinbarung neu P1 Liste | wer: Pia, Urs", by=LEA, room=GROUP)
    crew.later(minutes=1)
    crew.says("!vereinbarung ändern V1 Liste prüfen | wer: Urs, Eva", by=LEA, room=GROUP)
    crew.later(minutes=1)
    assert heard(crew, PIA, "nicht mehr zu tun") == 1
    assert heard(crew, URS, "Geändert hat sich") == 1
    assert heard(crew, EVA, "mit Ihnen vereinbart") == 1


def test_what_is_settled_or_not_theirs_is_not_changed(crew: Chat) -> None:
    crew.says("!vereinbarung neu P1 Liste", by=LEA, room=GROUP)
    direct = crew.direct(EVA)
    assert crew.reply("vereinbarung ändern V1 Anders", by=EVA, room=direct).machine["code"] == "not_allowed"
    assert crew.reply("!vereinbarung ändern V1", by=LEA, room=GROUP).machine["code"] == "bad_input"
    assert (
        crew.reply("!vereinbarung ändern V1 wer: @no:localhost", by=LEA, room=GROUP).machine["code"]
        == "not_found"
    )
    crew.says("!vereinbarung erfüllt V1", by=LEA, room=GROUP)
    assert crew.reply("!vereinbarung ändern V1 Anders", by=LEA, room=GROUP).machine["code"] == "conflict"


def test_of_the_erased_the_others_remain(crew: Chat) -> None:
    crew.says("!vereinbarung neu P1 Liste | wer: Pia, Urs", by=LEA, room=GROUP)
    with crew.acting() as ctx:
        assert PERSONAL["agreements"].export(ctx, URS)[0]["people"] == [PIA, URS]
        PERSONAL["agreements"].erase(ctx, PIA)
    assert crew.reply("!vereinbarung zeige V1", by=LEA, room=GROUP).machine["who"] == URS
