"""A person who never types a prefix, a field's name or a command: from registering to asking for their own data."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat, Said
from tests.support.kept import staged

ZOE, KORA, PIA, LEO = (f"@{name}:localhost" for name in ("zoe", "kora", "pia", "leo"))


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    """Kora coordinates; Léo leads the group of P1, which meets, with a work product in review."""
    for user in (KORA, PIA, LEO):
        chat.member(user)
    chat.process(PIA, LEO, name="Umzugsmeldung", leader=LEO)
    chat.group_room(1, PIA, LEO)
    chat.says("!idee neu Parkkarten per Handy", by=PIA)
    return chat


class Person:
    """Zoë in her direct chat with the bot."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.room = chat, chat.direct(ZOE)

    def says(self, text: str) -> Said:
        self.chat.later(seconds=20)
        return self.chat.reply(text, by=ZOE, room=self.room)

    def picks(self, offered: Said, command: str) -> Said:
        """By its number, what runs this command."""
        [key] = [one["key"] for one in offered.machine["options"] if one["command"] == command]
        return self.says(key)


@pytest.mark.parametrize(
    "words",
    [
        {
            "register": "guten tag, ich möchte mitmachen",
            "idea": "ich hätte da eine idee",
            "vote": "ich finde die idee I1 gut",
            "join": "ich möchte in einer gruppe mithelfen",
            "accept": "ich komme an die sitzung",
            "object": "mit dem steckbrief bin ich nicht einverstanden",
            "waits": "was wartet auf mich",
            "away": "ich bin zwei wochen in den ferien",
            "leave": "ich möchte aus der gruppe austreten",
            "data": "was habt ihr über mich gespeichert?",
        },
        {
            "register": "ich möchte mich anmeldn",
            "idea": "ich habe eine ide",
            "vote": "für die idee I1 stimen",
            "join": "bei einer grupe mitmachen",
            "accept": "an der sitzng nehme ich teil",
            "object": "einwnd gegen den steckbrief",
            "waits": "mein stnd",
            "away": "ich mache eine paus",
            "leave": "grupe verlassen",
            "data": "welche daten habt ihr von mir",
        },
    ],
    ids=["well spelt", "with slips"],
)
def test_a_first_day_without_a_single_command(town: Chat, words: dict[str, str]) -> None:
    zoe = Person(town)
    zoe.picks(zoe.says(words["register"]), "profile register")
    zoe.says("Muttenz")
    assert zoe.says("Einwohnerdienste").machine["state"] == "pending"
    town.says("!mitglied aufnehmen Zoe", by=KORA, room=town.direct(KORA))

    zoe.picks(zoe.says(words["idea"]), "idea new")
    zoe.says("Termine am Schalter online buchen")
    assert zoe.says("Dann muss niemand anstehen.").machine["ref"] == "I2"

    asked = zoe.picks(zoe.says(words["vote"]), "idea vote")
    assert (zoe.says("1") if asked.machine["type"] == "question" else asked).machine["ref"] == "I1"
    assert town.card("I1").machine["votes"]["for"] == 1

    asked = zoe.picks(zoe.says(words["join"]), "group join")
    assert (zoe.says("1") if asked.machine["type"] == "question" else asked).machine["ref"] == "P1"

    town.says("!sitzung neu P1 Kickoff | wann: 18.11.2026 14:00", by=LEO)
    town.says("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", by=LEO)
    town.later(minutes=1)
    asked = zoe.picks(zoe.says(words["accept"]), "meeting accept")
    assert (zoe.says("1") if asked.machine["type"] == "question" else asked).machine["ref"] == "S1"

    waits = zoe.says(words["waits"])
    if waits.machine["type"] == "choice":
        waits = zoe.picks(waits, "my status")
    assert waits.machine["waiting"] == ["P1 profile"]

    asked = zoe.picks(zoe.says(words["object"]), "product objection")
    while asked.machine["type"] == "question":
        answers = {"process": "1", "product": "Steckbrief", "sentence": "Die Gebühren fehlen."}
        asked = zoe.says(answers[asked.machine["field"]])
    assert asked.machine["type"] == "product"

    asked = zoe.picks(zoe.says(words["away"]), "profile pause")
    if asked.machine["type"] == "question":
        assert asked.machine["field"] == "until"
        asked = zoe.says("zwei Wochen")
    assert asked.machine["state"] == "paused"
    assert "bis und mit" in asked.text
    zoe.picks(zoe.says("hilfe"), "profile back")  # the menu of who pauses begins with it
    asked = zoe.picks(zoe.says(words["leave"]), "group leave")
    assert (zoe.says("1") if asked.machine["type"] == "question" else asked).machine["ref"] == "P1"
    data = zoe.says(words["data"])
    assert (zoe.picks(data, "privacy export") if data.machine["type"] == "choice" else data).machine[
        "type"
    ] == "file"
