from __future__ import annotations

import pytest

from storage import ideas
from tests.support.chat import Chat
from tests.support.kept import staged

PIA, PETER, URS = "@pia:localhost", "@peter:localhost", "@urs:localhost"


@pytest.fixture
@staged
def card(chat: Chat) -> None:
    """There is I1."""
    submit(chat, "Formulare vorausfüllen")


def submit(chat: Chat, title: str) -> None:
    for who in (PIA, PETER, URS):
        chat.member(who)
    chat.says(f"!idee neu {title}", by=PIA)


def set_state(chat: Chat, number: int, state: str) -> None:
    with chat.database.transaction() as tx:
        ideas.change(tx, number, state=state)


def test_ratings_are_one_each_and_give_means(chat: Chat, card: None) -> None:
    reply = chat.reply("!idee bewerte I1 aufwand: 2 nutzen: 5")
    assert reply.machine["ratings"] == {"count": 1, "effort": 2, "benefit": 5}
    chat.reply("!idee bewerte I1\naufwand: 3\nnutzen: 4", by=PETER)
    chat.reply("!idea rate I1 effort: 4 benefit: 4", by=URS)
    assert chat.reply("!idee bewerte I1 aufwand: 1 nutzen: 5").machine["ratings"]["effort"] == "2.7"
    assert chat.card("I1").machine["ratings"] == {"count": 3, "effort": "2.7", "benefit": "4.3"}


@pytest.mark.parametrize(
    "typed", ["aufwand: 0 nutzen: 5", "aufwand: 2 nutzen: 6", "aufwand: 2.5 nutzen: 5", "aufwand: 2"]
)
def test_ratings_are_two_whole_numbers_from_one_to_five(chat: Chat, card: None, typed: str) -> None:
    assert chat.reply(f"!idee bewerte I1 {typed}").machine["code"] == "bad_input"
    assert chat.card("I1").machine["ratings"] == {"count": 0}


def test_a_rating_is_edited_and_taken_back(chat: Chat, card: None) -> None:
    reply = chat.reply("!idee bewerte I1 aufwand: 2 nutzen: 5")
    chat.edits(chat.last, "!idee bewerte I1 aufwand: 3 nutzen: 3")
    assert chat.card("I1").machine["ratings"] == {"count": 1, "effort": 3, "benefit": 3}
    chat.reacts(reply, "↩️")
    assert chat.card("I1").machine["ratings"] == {"count": 0}


def test_top_three(chat: Chat) -> None:
    for title in ("Schalter", "Formulare", "Parkkarten", "Hunde", "Wald"):
        submit(chat, title)
    for ref, effort, benefit in (("I1", 5, 1), ("I2", 1, 5), ("I3", 2, 4), ("I4", 2, 5), ("I5", 1, 5)):
        chat.reply(f"!idee bewerte {ref} aufwand: {effort} nutzen: {benefit}")
    chat.reply("!idee stimme I2 +")
    set_state(chat, 4, "accepted")
    top = chat.reply("!idee top")
    assert top.machine == {
        "type": "list",
        "of": "idea",
        "refs": ["I2", "I5", "I4"],
        "page": 1,
        "pages": 1,
        "total": 3,
    }
    set_state(chat, 4, "rejected")
    assert chat.reply("!idea top").machine["refs"] == ["I2", "I5", "I3"]
    matrix = chat.reply("!idee matrix")
    assert matrix.machine["refs"] == ["I2", "I5", "I3", "I1"]
    assert "Viel Nutzen, wenig Aufwand: I2 (1/5), I5 (1/5), I3 (2/4)" in matrix.text


def test_nothing_rated_yet(chat: Chat, card: None) -> None:
    assert chat.reply("!idee top").machine["refs"] == []
    assert "idee bewerte" in chat.reply("!idee matrix").text
