"""However people write a name, it is read by its words; who is not named in full is asked about."""

from __future__ import annotations

import pytest

from commands.words import key_of
from tests.support.chat import Chat
from tests.support.kept import staged

PIA, URS, EVA, ANN, SEP, KORA = (f"@{n}:localhost" for n in ("pia", "urs", "eva", "ann", "sep", "kora"))


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user, name in (
        (PIA, "Pia Muster"),
        (URS, "Dr. Urs Beispiel"),
        (EVA, "Eva Suter"),
        (ANN, "Anna-Maria Müller Frei"),
        (SEP, "Herr Sepp"),
    ):
        chat.member(user, name, name_key=key_of(name))
    chat.process(PIA)
    return chat


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("Muster Pia", PIA),
        ("MUSTER, Pia", PIA),
        ("Frau Pia Muster", PIA),
        ("Urs Beispiel", URS),
        ("Herr Dr. Beispiel Urs", URS),
        ("Herrn Urs Beispiel", URS),
        ("Frei Müller Anna Maria", ANN),
        ("Prof. Dr. med. Anna-Maria Mueller Frei", ANN),
        ("Sepp", SEP),
        ("herr sepp", SEP),
    ],
)
def test_named_in_full_in_whatever_order(crew: Chat, typed: str, who: str) -> None:
    assert crew.reply(f"!profil zeige {typed}", room=crew.direct(PIA)).machine["ref"] == who
    given = crew.reply(f"!rolle geben {typed} moderator", by=KORA, room=crew.direct(KORA))
    assert (given.machine["type"], given.machine["ref"]) == ("member", who)


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("Frau Muster", PIA),
        ("Pia M.", PIA),
        ("M. Pia", PIA),
        ("P. Muster", PIA),
        ("P M", PIA),
        ("Herr Dr. Beispiel", URS),
        ("U. Beispiel", URS),
        ("Fr. Suter", EVA),
        ("Anna Müller", ANN),
        ("Frei Anna", ANN),
    ],
)
def test_named_in_part_it_is_asked_before_something_changes(crew: Chat, typed: str, who: str) -> None:
    assert crew.reply(f"!profil zeige {typed}", room=crew.direct(PIA)).machine["ref"] == who
    asked = crew.reply(f"!rolle geben {typed} moderator", by=KORA, room=crew.direct(KORA))
    assert (asked.machine["code"], asked.text[:12]) == ("not_found", "Meinten Sie ")
    crew.reacts(asked, "✅", by=KORA)
    given = [s for s in crew.said if s.edits == asked.event_id][-1].machine
    assert (given["type"], given["ref"]) == ("member", who)


@pytest.mark.parametrize(
    "typed", ["Pia Pia", "Pia P. M.", "Muster Pia Eva", "Dr.", "Frau", "ia uster", "x " * 90]
)
def test_other_words_name_nobody(crew: Chat, typed: str) -> None:
    refused = crew.reply(f"!rolle geben {typed} moderator", by=KORA, room=crew.direct(KORA))
    assert refused.machine["code"] in ("not_found", "bad_input")
    assert "Meinten Sie" not in refused.text


def test_two_of_the_same_words_are_both_named(crew: Chat) -> None:
    crew.member("@pia2:localhost", "Muster Pia", name_key="muster pia")
    mine = crew.reply("!profil zeige Muster Pia", room=crew.direct(PIA))
    assert mine.machine["ref"] == "@pia2:localhost"  # spelt just so
    both = crew.reply("!profil zeige Frau Muster", room=crew.direct(PIA))
    assert "Muster Pia, Pia Muster" in both.text


@pytest.mark.parametrize(
    ("typed", "refs"),
    [
        ("Suter, Eva; Muster, Pia", [EVA, PIA]),
        ("Suter, Eva; Pia Muster", [EVA, PIA]),
        ("Urs Beispiel; Suter, Eva", [URS, EVA]),
        ("Suter, Eva", [EVA]),
        ("Muster Pia, Suter Eva", [PIA, EVA]),
        ("Muster Pia und Eva Suter", [PIA, EVA]),
    ],
)
def test_the_comma_of_a_name_is_no_comma_of_the_list(crew: Chat, typed: str, refs: list[str]) -> None:
    crew.reply("!sitzung neu P1 Start | wann: 18.03.2027 13:30", by=KORA)
    made = crew.reply(f"!vereinbarung neu P1 Kürzer | wer: {typed}", by=KORA, room=crew.direct(KORA))
    assert (made.machine.get("people") or [made.machine["who"]]) == refs


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Suter, E.; Frau Muster", "Meinten Sie Eva Suter, Pia Muster?"),
        ("Eva, Suter, Pia Muster", "Meinten Sie Eva Suter?"),
        ("Eva; Suter", "Meinten Sie Eva Suter?"),
    ],
)
def test_nobody_is_offered_twice(crew: Chat, typed: str, shown: str) -> None:
    asked = crew.reply(f"!vereinbarung neu P1 Kürzer | wer: {typed}", by=KORA, room=crew.direct(KORA))
    assert shown in asked.text
