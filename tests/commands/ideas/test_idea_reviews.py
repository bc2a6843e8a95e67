"""The way back after the ten minutes: what was decided or merged wrongly is reviewed again, with a reason."""

from __future__ import annotations

import pytest

from tests.commands.ideas.test_idea_merging import counts, merge, tap, told
from tests.support.chat import Chat, Said
from tests.support.kept import staged

PIA, PETER, URS, MONI, KORA = (f"@{n}:localhost" for n in ("pia", "peter", "urs", "moni", "kora"))


@pytest.fixture
@staged
def two(chat: Chat) -> Chat:
    """I1 of Pia with Pia and Peter for it, I2 of Urs with Peter against it."""
    for who in (PIA, PETER, URS):
        chat.member(who)
    chat.says("!idee neu Formulare vorausfüllen", by=PIA)
    chat.says("!idee neu Parkkarten online bestellen", by=URS)
    for ref, key, who in (("I1", "👍", PIA), ("I1", "👍", PETER), ("I2", "👎", PETER)):
        tap(chat, ref, key, who)
    return chat


def decided(chat: Chat, text: str) -> Said:
    """Decided, told, and too late for the undo sign."""
    reply = chat.reply(text, by=MONI)
    chat.later(minutes=11)
    return reply


def offered(said: list[Said]) -> str:
    """The command that the bot names as the way to change it."""
    [one] = [s for s in said if "idee prüfen" in s.text]
    return "!idee prüfen" + one.text.partition("idee prüfen")[2].split(".")[0].rstrip()


@pytest.mark.parametrize(
    "text",
    ["annehmen I1 grund: gut", "ablehnen I1 grund: gibt es", "umgesetzt I1", "zusammenführen I1 in I2"],
)
def test_what_the_late_undo_sign_names_works(two: Chat, text: str) -> None:
    if text.startswith("umgesetzt"):
        two.says("!idee annehmen I1 grund: gut", by=MONI)
    reply = decided(two, f"!idee {text}")
    way = offered(two.reacts(reply, "↩️", by=MONI))
    assert way == "!idee prüfen I1"
    refused = two.reply(way, by=MONI)
    assert refused.machine["field"] == "grund"
    assert two.reply(f"{way} grund: Falsch getippt", by=MONI).machine["state"] == "under_review"
    assert two.card("I1").machine["reason"] == "Falsch getippt"
    assert "merged_into" not in two.card("I1").machine
    two.later(minutes=1)
    for who in (PIA, PETER):
        assert "Falsch getippt" in two.to(who)[-1].text
    assert two.reply("!idee stimme I1 -", by=URS).machine["votes"]["against"] == 1
    two.says("!protokoll I1", by=KORA, room=two.direct(KORA))
    assert "prüfen I1" in two.to(KORA)[-1].text


def test_a_wrong_merge_gives_the_votes_back(two: Chat) -> None:
    decided(two, "!idee zusammenführen I1 in I2")
    tap(two, "I2", "👎", PIA)  # said of I2 itself
    two.says("!idee annehmen I2 grund: gut", by=KORA)
    reply = two.reply("!idee prüfen I1 grund: Das war eine andere", by=MONI)
    assert counts(two, "I1") == (2, 0, 0)
    assert counts(two, "I2") == (0, 2, 0)
    assert "Das war eine andere Ihre Stimme zählt wieder hier" in told(two, PETER)
    two.reacts(reply, "↩️", by=MONI)
    assert counts(two, "I1") == (0, 0, 0)
    assert two.card("I1").machine["merged_into"] == "I2"
    assert "zusammengeführt" in told(two, PIA)


def test_what_is_merged_on_comes_first(two: Chat) -> None:
    two.says("!idee neu Hundemarken am Schalter", by=URS)
    merge(two)
    decided(two, "!idee zusammenführen I2 in I3")
    way = offered([two.reply("!idee prüfen I1 grund: Irrtum", by=MONI)])
    assert way.startswith("!idee prüfen I2")
    two.says("!idee prüfen I2 grund: Irrtum", by=MONI)
    two.says("!idee prüfen I1 grund: Irrtum", by=MONI)
    assert [counts(two, ref) for ref in ("I1", "I2", "I3")] == [(2, 0, 0), (0, 1, 0), (0, 0, 0)]


def test_the_way_back_of_a_merge_is_about_the_merged_idea(two: Chat) -> None:
    reply = merge(two)
    two.says("!idee stimme I2 +", by=PIA)
    assert offered(two.reacts(reply, "↩️", by=MONI)) == "!idee prüfen I1"


def test_a_second_decision_says_how_the_first_is_corrected(two: Chat) -> None:
    two.says("!idee annehmen I1 grund: gut", by=MONI)
    first = two.last
    again = two.reply("!idee annehmen I1 grund: besser", by=MONI)
    assert "I1 ist schon angenommen. Den Grund ändern Sie, indem Sie" in again.text
    assert "idee prüfen I1" in two.reply("!idee ablehnen I1 grund: doch nicht", by=MONI).text
    assert "idee prüfen I1" in two.reply("!idee zusammenführen I1 in I2", by=MONI).text
    two.edits(first, "!idee annehmen I1 grund: besser", by=MONI)
    assert two.card("I1").machine["reason"] == "besser"


def test_what_is_a_process_stays_one(two: Chat) -> None:
    two.says("!idee annehmen I1 grund: gut", by=MONI)
    two.says("!idee überführen I1 klasse: M", by=KORA)
    assert "P1" in two.reply("!idee prüfen I1 grund: Irrtum", by=MONI).text
    assert two.card("I1").machine["state"] == "implementing"


def test_only_moderators_review_again(two: Chat) -> None:
    decided(two, "!idee ablehnen I1 grund: gibt es")
    assert two.reply("!idee prüfen I1 grund: doch", by=PIA).machine["code"] == "not_allowed"
