"""What is in use for a process, and how many variants of it are built."""

import pytest

from commands import processes
from tests.support.chat import Chat, Said

PIA, KORA = "@pia:localhost", "@kora:localhost"
USED = [["Nest", 4], ["Abacus", 2], ["Eigenbau <b>", 1]]


@pytest.fixture
def proposed(chat: Chat) -> Said:
    chat.member(PIA)
    chat.says("!prozess neu Umzugsmeldung | klasse: L", by=KORA)
    return propose(chat, USED)


def propose(chat: Chat, used: list[list[object]]) -> Said:
    before = len(chat.in_room("coordination"))
    with chat.acting() as ctx:
        processes.put_in_use(ctx, 1, [["Einwohnerdienste", 5]], used)
        processes.propose(ctx, 1)
    chat.edit_cards()
    [said] = [one for one in chat.in_room("coordination")[before:] if one.edits is None]
    return said


def test_the_card_says_what_is_in_use(chat: Chat, proposed: Said) -> None:
    card = chat.card("P1")
    assert "Abteilungen: Einwohnerdienste (5 Gemeinden)" in card.text
    assert "Fachlösungen: Nest (4 Gemeinden), Abacus (2 Gemeinden), Eigenbau <b>" in card.text
    assert "variants" not in card.machine
    assert proposed.machine["type"] == "process"
    assert (proposed.machine["ref"], proposed.machine["variants"]) == ("P1", 2)
    assert "Eigenbau" not in proposed.text


def test_a_coordinator_confirms_and_takes_it_back(chat: Chat, proposed: Said) -> None:
    chat.reacts(proposed, "✅", by=PIA)
    assert "variants" not in chat.card("P1").machine
    chat.reacts(proposed, "✅", by=KORA)
    assert chat.card("P1").machine["variants"] == 2
    assert "Varianten: 2" in chat.card("P1").text
    assert "werden 2 Varianten gebaut" in chat.in_room("coordination")[-1].text
    assert "Varianten: 2" in chat.reply("!prozess verlauf P1", by=PIA).text
    chat.reacts(proposed, "✅", by=KORA)  # once more
    chat.reacts(proposed, "↩️", by=KORA)
    assert "variants" not in chat.card("P1").machine


def test_of_what_is_used_in_one_place_there_is_no_variant(chat: Chat, proposed: Said) -> None:
    new = propose(chat, [["Nest", 1]])
    assert new.machine["variants"] == 0
    old = [one for one in chat.in_room("coordination") if one.edits == proposed.event_id]
    assert "überholt" in old[-1].text
    chat.reacts(proposed, "✅", by=KORA)
    assert "variants" not in chat.card("P1").machine
    chat.reacts(new, "✅", by=KORA)
    assert chat.card("P1").machine["variants"] == 0


def test_in_english(chat: Chat, proposed: Said) -> None:
    chat.member(PIA, language="en")
    shown = chat.reply("process show P1", room=chat.direct(PIA)).text
    assert "Departments: Einwohnerdienste (5 municipalities)" in shown
    assert "Applications: Nest (4 municipalities)" in shown
    for used, says in ((USED, "2 variants"), ([["Nest", 1]], "no variants"), ([["Nest", 2]], "one variant")):
        with chat.acting() as ctx:
            processes.put_in_use(ctx, 1, None, used)
            ctx.post(PIA, processes.VariantsProposed(processes.view(ctx, 1), None, *_of(used)))
        assert says in chat.to(PIA)[-1].text


def _of(used: list[list[object]]) -> tuple[int, tuple[tuple[str, int], ...]]:
    named = tuple((str(name), int(str(n))) for name, n in used if int(str(n)) > 1)
    return len(named), named
