"""An answer in a whole sentence, and things that are called by their titles: what is meant is found, never guessed."""

from __future__ import annotations

import pytest

from tests.support.chat import Chat, Said
from tests.support.kept import staged

PIA, LEO, ZOE = "@pia:localhost", "@leo:localhost", "@zoe:localhost"


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    for user in (PIA, LEO):
        chat.member(user)
    for name in ("Umzugsmeldung", "Baubewilligung", "Hundeanmeldung"):
        chat.process(LEO, name=name, leader=LEO)
    for title in ("Parkkarten per Handy", "Sitzungszimmer online buchen", "Parkplätze für Velos"):
        chat.says(f"!idee neu {title} | trotzdem: ja", by=PIA)
    return chat


def says(chat: Chat, text: str, by: str = PIA) -> Said:
    chat.later(seconds=20)
    return chat.reply(text, by=by, room=chat.direct(by))


def labels(said: Said) -> list[str]:
    return [option["label"] for option in said.machine["options"]]


@pytest.mark.parametrize(
    "text", ["Muttenz", "ich arbeite in Muttenz", "in muttenz", "bei der Gemeinde Muttenz natürlich"]
)
def test_a_municipality_among_other_words(town: Chat, text: str) -> None:
    says(town, "!profil anmelden", ZOE)
    assert says(town, text, ZOE).machine["field"] == "function"
    assert "Muttenz" in says(town, "Steuern", ZOE).text


@pytest.mark.parametrize("text", ["Mutenz", "ich arbeite in Mutenz", "in mutenz"])
def test_one_that_is_misspelt_is_offered(town: Chat, text: str) -> None:
    says(town, "!profil anmelden", ZOE)
    asked = says(town, text, ZOE)
    assert (asked.machine["field"], labels(asked)) == ("municipality", ["Muttenz"])
    assert says(town, "1", ZOE).machine["field"] == "function"


@pytest.mark.parametrize("text", ["I1", "die I1", "ich meine die Idee I1 von gestern"])
def test_a_number_among_other_words(town: Chat, text: str) -> None:
    says(town, "!idee stimmen")
    assert says(town, text).machine["field"] == "vote"


@pytest.mark.parametrize("text", ["dafür", "ich bin dafür", "natürlich dafür", "1"])
def test_one_of_a_few_words_among_others(town: Chat, text: str) -> None:
    says(town, "!idee stimmen I1")
    assert says(town, text).machine["you"]["vote"] == "for"


@pytest.mark.parametrize("text", ["keine Ahnung", "nicht dafür", "dafür oder dagegen, ich weiss nicht"])
def test_none_of_a_few_words_is_asked_again_with_them(town: Chat, text: str) -> None:
    says(town, "!idee stimmen I1")
    asked = says(town, text)
    assert asked.text.startswith("Das habe ich nicht verstanden. Dafür oder dagegen?")
    assert labels(asked)[:2] == ["dafür", "dagegen"]


@pytest.mark.parametrize(
    "text", ["am 18.11.2026 um 14 Uhr", "am liebsten am 18.11.2026 um 14 Uhr, wenn alle können"]
)
def test_a_date_among_other_words(town: Chat, text: str) -> None:
    says(town, "!sitzung neu P1 Formulare sichten", LEO)
    asked = says(town, text, LEO)
    assert asked.machine["type"] != "question" or asked.machine["field"] != "when"


def test_the_newest_ideas_are_offered_and_others_found_by_their_words(town: Chat) -> None:
    asked = says(town, "!idee stimmen")
    assert labels(asked) == [
        "I3 · Parkplätze für Velos",
        "I2 · Sitzungszimmer online buchen",
        "I1 · Parkkarten per Handy",
    ]
    asked = says(town, "die mit den Sitzungszimmern")
    assert (asked.machine["field"], labels(asked)) == ("idea", ["I2 · Sitzungszimmer online buchen"])
    assert says(town, "1").machine["field"] == "vote"
    assert says(town, "dafür").machine["ref"] == "I2"


def test_what_several_are_called_by_is_asked_which(town: Chat) -> None:
    says(town, "!idee stimmen")
    assert len(labels(says(town, "Handy oder Velos"))) == 2


@pytest.mark.parametrize("text", ["wo steht die Umzugsmeldung", "wo steht die umzugmeldung?"])
def test_a_process_is_shown_by_its_name(town: Chat, text: str) -> None:
    assert says(town, text).machine["ref"] == "P1"


@pytest.mark.parametrize(
    ("text", "command", "label"),
    [
        ("parkkarten find ich super", "idea vote", "Über eine Idee abstimmen: I1 Parkkarten per Handy"),
        (
            "ich möchte bei der Hundeanmeldung mitarbeiten",
            "group join",
            "In einer Gruppe mitmachen: P3 Hundeanmeldung",
        ),
    ],
)
def test_a_thing_by_its_title_is_kept_in_the_offer(town: Chat, text: str, command: str, label: str) -> None:
    offered = says(town, text)
    assert [one["label"] for one in offered.machine["options"] if one["command"] == command] == [label]


def test_what_there_is_none_of_is_not_offered(town: Chat) -> None:
    offered = says(town, "ich komme gern")
    assert not [
        o for o in offered.machine.get("options", ()) if o["command"] in ("event join", "training join")
    ]
