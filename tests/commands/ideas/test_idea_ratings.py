from __future__ import annotations

import pytest

from storage import ideas, votes
from storage.engine.base import Tx
from tests.support.chat import NOW, Chat
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


def add_idea(tx: Tx, number: int) -> None:
    ideas.add(
        tx,
        number=number,
        author=PIA,
        title=f"Idee {number}",
        text="",
        topic=None,
        topic_key=None,
        campaign=None,
        at=NOW,
    )


def test_ratings_are_one_each_and_give_means(chat: Chat, card: None) -> None:
    reply = chat.reply("!idee bewerte I1 aufwand: 2 nutzen: 5")
    assert reply.machine["ratings"] == {"count": 1, "effort": "2.0", "benefit": "5.0"}
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
    assert chat.card("I1").machine["ratings"] == {"count": 1, "effort": "3.0", "benefit": "3.0"}
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


def test_the_matrix_is_drawn_of_ideas_rated_often_enough_by_their_medians(chat: Chat) -> None:
    for title in ("Formulare", "Parkkarten", "Hunde"):
        submit(chat, title)
    for who, effort, benefit in ((PIA, 1, 5), (PETER, 2, 5), (URS, 5, 2)):
        chat.reply(f"!idee bewerte I1 aufwand: {effort} nutzen: {benefit}", by=who)
    for who, effort in ((PIA, 4), (PETER, 5)):
        chat.reply(f"!idee bewerte I2 aufwand: {effort} nutzen: 1", by=who)
    matrix = chat.reply("!idee matrix")
    assert matrix.machine["picture"] == "matrix"
    assert matrix.machine["refs"] == ["I1", "I2"]
    assert matrix.content["msgtype"] == "m.image"
    assert matrix.content["filename"] == "aufwand-nutzen.png"
    assert "zuerst · Viel Nutzen, wenig Aufwand: I1 (2/5)" in matrix.text  # on average 2.7 and 4
    assert "lassen · Wenig Nutzen, viel Aufwand: I2 (4.5/1)" in matrix.text
    assert matrix.content["drawn"] == {
        "drawing": "matrix",
        "language": "de",
        "ideas": [["I1", "Formulare", "2.0", "5.0"]],
        "more": False,
    }
    chat.reply("!idee bewerte I2 aufwand: 4 nutzen: 1", by=URS)
    both = chat.reply("!idea matrix", by=URS, room=chat.direct(chat.member(URS, language="en")))
    assert both.content["drawn"]["language"] == "en"
    assert both.content["filename"] == "effort-benefit.png"
    assert [row[0] for row in both.content["drawn"]["ideas"]] == ["I1", "I2"]
    assert both.content["drawn"]["ideas"][1][2:] == ["4.0", "1.0"]
    set_state(chat, 1, "rejected")
    assert [row[0] for row in chat.reply("!idee matrix").content["drawn"]["ideas"]] == ["I2"]


def test_of_many_ideas_the_best_are_drawn(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        for number in range(1, 31):
            add_idea(tx, number)
            for n in range(3):
                votes.rate(
                    tx, idea_id=number, user_id=f"@{n}:x", effort=2, benefit=1 + number % 5, at=chat.now
                )
    chat.member(PIA)
    drawn = chat.reply("!idee matrix").content["drawn"]
    assert len(drawn["ideas"]) == 24
    assert drawn["more"]
    assert drawn["ideas"][0][0] == "I29"  # the newest of the best


def test_medians_of_an_even_number_lie_between(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        add_idea(tx, 1)
        for n, (effort, benefit) in enumerate(((1, 1), (2, 1), (3, 4), (5, 5))):
            votes.rate(tx, idea_id=1, user_id=f"@{n}:x", effort=effort, benefit=benefit, at=chat.now)
        assert votes.medians(tx, [1, 2]) == {1: (2.5, 2.5)}
        votes.rate(tx, idea_id=1, user_id="@5:x", effort=1, benefit=5, at=chat.now)
        assert votes.medians(tx, [1]) == {1: (2.0, 4.0)}
        assert votes.medians(tx, []) == {}


def test_nothing_rated_yet(chat: Chat, card: None) -> None:
    assert chat.reply("!idee top").machine["refs"] == []
    assert chat.reply("!idee matrix").content["msgtype"] == "m.text"  # nothing to draw
    assert "idee bewerte" in chat.reply("!idee matrix").text
