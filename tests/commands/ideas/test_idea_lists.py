"""Lists of ideas: which, in what order, and how many."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from storage import idea_words, ideas
from storage.idea_words import WordPart
from tests.support.chat import Chat
from tests.support.kept import staged

WORDS = [
    "Abfall",
    "Baugesuch",
    "Chor",
    "Drucker",
    "Energie",
    "Fundbüro",
    "Garten",
    "Hund",
    "Inserat",
    "Jugend",
    "Kita",
]


@pytest.fixture
@staged
def pool(chat: Chat) -> Chat:
    """Eleven ideas with a letter each, the first of them by Peter; I2 accepted, I3 withdrawn, I4 merged."""
    chat.member("@pia:localhost")
    chat.member("@peter:localhost")
    for n, word in enumerate(WORDS):
        topic = "Über Land" if n % 2 else "Stadt"
        by = "@pia:localhost" if n else "@peter:localhost"
        assert (
            chat.reply(f"!idee neu {word} | thema: {topic}\nText mit {word}", by=by).machine["ref"]
            == f"I{n + 1}"
        )
    with chat.database.transaction() as tx:
        ideas.change(tx, 2, state="accepted", votes_for=2)
        ideas.change(tx, 3, state="withdrawn", votes_for=9)
        ideas.change(tx, 4, state="merged", merged_into=5)
        ideas.change(tx, 6, votes_for=5, score=0.5)
        ideas.change(tx, 7, votes_for=5, score=2.5)
        ideas.change(tx, 8, state="under_review")
    return chat


def refs(chat: Chat, fields: str = "", **more: str) -> list[int]:
    """The numbers of the ideas listed; what the list says it holds is checked."""
    machine = chat.reply(f"!idee liste {fields}", **more).machine
    assert machine["type"] == "list", machine
    assert machine["of"] == "idea"
    found = [int(ref[1:]) for ref in machine["refs"]]
    assert machine["page"] > 1 or machine["total"] == len(found) or len(found) == 10
    return found


def test_newest_first_without_those_gone(pool: Chat) -> None:
    reply = pool.reply("!idee liste")
    assert reply.machine == {
        "type": "list",
        "of": "idea",
        "refs": ["I11", "I10", "I9", "I8", "I7", "I6", "I5", "I2", "I1"],
        "page": 1,
        "pages": 1,
        "total": 9,
    }
    assert "I2 · Baugesuch\n  👍 2 · 👎 0 · angenommen" in reply.text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("stand: angenommen", [2]),
        ("state: accepted", [2]),
        ("STAND: In Prüfung", [8]),
        ("stand: in pruefung", [8]),
        ("stand: prüfung", [8]),
        ("stand: under_review", [8]),
        ("stand: under review", [8]),
        ("stand: zurueckgezogen", [3]),
        ("stand: zusammengeführt", [4]),
        ("stand: abgelehnt", []),
        ("stand: offen", [11, 10, 9, 8, 7, 6, 5, 1]),
        ("stand: alle | seite: 2", [1]),
        ("sort: stimmen", [7, 6, 2, 11, 10, 9, 8, 5, 1]),
        ("sort: votes | stand: eingereicht", [7, 6, 11, 10, 9, 5, 1]),
        ("sort: matrix", [7, 6, 11, 10, 9, 8, 5, 2, 1]),
        ("sort: neu | thema: uber land", [10, 8, 6, 2]),
        ("thema: UEBER LAND | sort: stimmen", [6, 2, 10, 8]),
        ("topic: Über Land | state: accepted", [2]),
        ("thema: Mond", []),
        ("thema: !!!", []),
        ("suche: fundbuero", [6]),
        ("suche: Fundbüros", [6]),
        ("search: text", [11, 10, 9, 8, 7, 6, 5, 2, 1]),
        ("suche: text hund", [8, 11, 10, 9, 7, 6, 5, 2, 1]),
        ("suche: text mit hu", [8, 11, 10, 9, 7, 6, 5, 2, 1]),
        ("suche: text hund kita", [11, 8, 10, 9, 7, 6, 5, 2, 1]),
        ("suche: text | sort: stimmen", [7, 6, 2, 11, 10, 9, 8, 5, 1]),
        ("suche: text | thema: über land | stand: offen", [10, 8, 6]),
        ("suche: %", []),
        ("suche: _", []),
    ],
)
def test_filters(pool: Chat, fields: str, expected: list[int]) -> None:
    assert refs(pool, fields) == expected


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ("stand: irgendwie", "stand"),
        ("sort: länge", "sort"),
        ("seite: 0", "seite"),
        ("seite: 2", "seite"),
        ("seite: zwei", "seite"),
        ("seite: 99999999999999999999", "seite"),
    ],
)
def test_refusals(pool: Chat, fields: str, field: str) -> None:
    machine = pool.reply(f"!idee liste {fields}").machine
    assert (machine["code"], machine["field"]) == ("bad_input", field)


def test_paging_goes_on_with_the_same_filters(pool: Chat) -> None:
    pool.reply("!idee neu Lehre | thema: Stadt\nText dazu")
    pool.reply("!idee neu Museum | thema: Stadt\nText dazu")
    first = pool.reply("!idee liste suche: text | sort: stimmen")
    assert (first.machine["page"], first.machine["pages"], first.machine["total"]) == (1, 2, 11)
    assert "Seite 1 von 2 · weiter mit !idee liste sort: stimmen suche: text seite: 2" in first.text
    assert refs(pool, "sort: stimmen suche: text seite: 2") == [1]
    last = pool.reply("!idee liste sort: stimmen suche: text seite: 2")
    assert "Seite 2 von 2" in last.text
    assert "weiter" not in last.text


FOUND = [
    "Entsorgungskalender als App",
    "Abfallkalender abonnieren",
    "Hundemarken online bezahlen",
    "E-Mail statt Brief",
    "Twint am Schalter | thema: Bargeldlos",
    "Gesuche mit KI prüfen",
    "Skizzen im Mitwirkungsportal",
    "Müllabfuhr wöchentlich",
]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("kalender", [2, 1]),
        ("Kalender App", [1, 2]),
        ("fallkal", [2]),
        ("online zahlen", [3]),
        ("Hundemarke bestellen", [3]),
        ("marken", [3]),
        ("E-Mail", [4]),
        ("e mail", [4]),
        ("Mail-Brief", [4]),
        ("bargeld", [5]),
        ("Geld", [5]),
        ("bargeldlos am Schalter", [5]),
        ("KI", [6]),
        ("portal", [7]),
        ("abfuhr", [8]),
        ("Abfall", [2]),
        ("x", []),
        ("am im", []),
        ("zzz Kalender", [2, 1]),
        ("kalender%", [2, 1]),
    ],
)
def test_any_word_is_found_and_parts_of_words_and_the_topic(
    chat: Chat, words: str, expected: list[int]
) -> None:
    chat.member("@pia:localhost")
    for idea in FOUND:
        assert chat.reply(f"!idee neu {idea}").machine["type"] == "idea"
    assert refs(chat, f"suche: {words}") == expected


def test_what_is_changed_is_found_as_it_is_now(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Entsorgungskalender | thema: Bargeldlos")
    chat.reply("!idee neu Abfallkalender drucken")
    chat.reply("!idee ändern I1 titel: Entsorgungsplan | thema: Umwelt")
    assert refs(chat, "suche: kalender") == [2]
    assert refs(chat, "suche: bargeld") == []
    assert refs(chat, "suche: plan") == refs(chat, "suche: umwelt") == refs(chat, "suche: sorg") == [1]
    with chat.database.transaction() as tx:
        assert not tx.execute(select(WordPart.word).where(WordPart.word == "entsorgungskalender")).all()


def test_very_many_with_a_word_still_show_those_with_both_first(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Baugesuch im Hundepark")
    with chat.database.transaction() as tx:
        for number in range(100, 100 + 2 * idea_words.HITS):
            idea_words.put(tx, number, title="", stems=(), keys={"baugesuch" if number % 2 else "baugesuche"})
        hits = idea_words.find(tx, "baugesuch")
    assert len(hits) >= idea_words.HITS
    assert refs(chat, "suche: hund baugesuch") == [1]


def test_mine(pool: Chat) -> None:
    machine = pool.reply("!idee meine", by="@peter:localhost").machine
    assert machine["refs"] == ["I1"]
    mine = pool.reply("!idea mine")
    assert (mine.machine["total"], mine.machine["pages"]) == (10, 1)
    assert "zurückgezogen" in mine.text
    assert "idee neu" in pool.reply("!idee meine", by="@moni:localhost").text


def test_an_empty_pool_says_how_to_begin(chat: Chat) -> None:
    room = chat.direct(chat.member("@pia:localhost", language="en"))
    assert "idee neu" in chat.reply("!idee liste").text
    assert "no ideas yet" in chat.reply("idea list", room=room).text
    assert chat.reply("idea list topic: x", room=room).text.startswith("I find no such ideas.")
    assert "not submitted" in chat.reply("idea mine", room=room).text


def test_english(pool: Chat) -> None:
    room = pool.direct(pool.member("@eva:localhost", language="en"))
    text = pool.reply("idea list state: all | sort: votes", by="@eva:localhost", room=room).text
    assert "I3 · Chor\n  👍 9 · 👎 0 · withdrawn" in text
    assert "page 1 of 2 · go on with !idea list state: all sort: votes page: 2" in text
    assert pool.reply("idea list state: all sort: votes page: 2", by="@eva:localhost", room=room).machine[
        "refs"
    ] == ["I1"]


def test_an_idea_is_shown_with_my_vote(pool: Chat) -> None:
    pool.reacts(pool.card("I5"), "👍")
    reply = pool.reply("!idee zeige I5")
    assert reply.machine["you"] == {"vote": "for"}
    assert "Ihre Stimme: dafür" in reply.text
    assert "idee stimme I5 +" in reply.text
    assert str(pool.card("I5").edits) in reply.html
    assert pool.reply("!zeige I5", by="@peter:localhost").machine["you"] == {"vote": "none"}
    assert "stimmen mit" not in pool.reply("!idee zeige #2").text
