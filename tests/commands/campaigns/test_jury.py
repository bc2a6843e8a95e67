"""The jury of a campaign: told, asked, and what its judgements do."""

from __future__ import annotations

import pytest

from tests.commands.campaigns.conftest import ANA, KORA, PIA, URS, Does
from tests.support.chat import HALL, Chat


@pytest.fixture
def judged(chat: Chat, campaign: Does, idea: Does) -> Chat:
    """Three ideas of Pia's, one of Urs's, who is in the jury with Ana."""
    campaign(" | jury: Urs Beispiel, Ana Probe")
    for title in ("Formulare", "Parkkarten", "Fundbüro"):
        idea(title)
    idea("Velokarten", by=URS)
    chat.later(minutes=1)
    return chat


def test_who_is_in_the_jury_is_told_once_and_how_it_goes(judged: Chat) -> None:
    [told] = [one for one in judged.to(ANA) if "Jury" in one.text]
    assert "I3 4" in told.text
    assert told.machine["ref"] == "W1"
    before = len(judged.to(ANA))
    judged.reply("!wettbewerb ändern W1 jury: Urs Beispiel", by=KORA)
    judged.later(minutes=1)
    [told] = judged.to(ANA)[before:]
    assert "nicht mehr" in told.text


@pytest.mark.parametrize(
    "typed",
    [
        "I3 4",
        "i3 4",
        "I 3 4",
        "#I3 4",
        "I3: 4",
        "I3 = 4",
        "I3, 4 Punkte",
        "I3 4/5",
        "I3 4 points.",
        " I3  4 ",
    ],
)
def test_number_and_points_are_enough_in_the_direct_chat(judged: Chat, typed: str) -> None:
    reply = judged.reply(typed, by=ANA, room=judged.direct(ANA))
    assert reply.machine["type"] == "campaign"
    assert reply.machine["you"] == {"jury": True}
    assert "4 von 5" in reply.text
    assert "I4 · Velokarten" in reply.text


@pytest.mark.parametrize("typed", ["I3 6", "I3 0", "I3 4.5", "I3", "I99 4", "I3 und 4", "bitte I3 4 jetzt"])
def test_nothing_else_is_taken_for_points(judged: Chat, typed: str) -> None:
    judged.reply(typed, by=ANA, room=judged.direct(ANA))
    assert "4 Ideen bewerten" in judged.answer("!mein stand", by=ANA).text


def test_who_is_not_in_the_jury_is_offered_something_else(judged: Chat) -> None:
    reply = judged.reply("I3 4", room=judged.direct(PIA))
    assert reply.machine["type"] in ("choice", "help")
    assert judged.reply("!wettbewerb bewerten W1 I3 4").machine["code"] == "not_allowed"
    assert judged.reply("!wettbewerb bewerten W1 I3 4", by=KORA).machine["code"] == "not_allowed"


@pytest.mark.parametrize(
    "typed", ["W1 I3 4", "I3 W1 4", "1 3 4", "I3 4", "w1 #3 4", "I3 4 | wettbewerb: W1", "W1, I3 4"]
)
def test_the_command_takes_them_as_they_come(judged: Chat, typed: str) -> None:
    assert judged.reply(f"!wettbewerb bewerten {typed}", by=ANA).machine["ref"] == "W1"
    assert judged.reply("!campaign judge W1 I3 5", by=ANA).machine["ref"] == "W1"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("W1 I3 6", "bad_input"),
        ("W1 I3 0", "bad_input"),
        ("W1 I3 4.5", "bad_input"),
        ("W1 I3 vier", "bad_input"),
        ("W1 I3", "bad_input"),
        ("W9 I3 4", "not_found"),
        ("W1 I99 4", "not_found"),
        ("W1 I5 4", "conflict"),
        ("W2 I3 4", "conflict"),
    ],
)
def test_what_can_not_be_judged_is_refused(judged: Chat, campaign: Does, typed: str, code: str) -> None:
    campaign(title="Ein anderer", more=" | jury: Ana Probe")
    judged.reply("!idee neu Ohne Wettbewerb")
    assert judged.reply(f"!wettbewerb bewerten {typed}", by=ANA).machine["code"] == code


def test_nobody_judges_an_idea_of_their_own(judged: Chat) -> None:
    refused = judged.reply("!wettbewerb bewerten W1 I4 5", by=URS)
    assert refused.machine["code"] == "not_allowed"
    assert judged.reply("!wettbewerb bewerten W1 I4 5", by=ANA).machine["ref"] == "W1"


def test_it_is_asked_idea_by_idea_with_taps(judged: Chat) -> None:
    room = judged.direct(ANA)
    question = judged.reply("wettbewerb bewerten", by=ANA, room=room)
    assert question.machine["field"] == "idea"
    assert [one["value"] for one in question.machine["options"]] == ["I1", "I2", "I3", "I4"]
    question = judged.reply("3", by=ANA, room=room)
    assert question.machine["field"] == "points"
    assert [one["label"] for one in question.machine["options"]][3] == "sehr gut"
    [reply] = [one for one in judged.reacts(question, "4️⃣", by=ANA) if one.room == room]
    assert "4 von 5" in reply.text
    question = judged.reply("wettbewerb bewerten W1", by=ANA, room=room)
    assert [one["value"] for one in question.machine["options"]] == ["I1", "I2", "I4"]


def test_a_judgement_is_changed_undone_and_edited(judged: Chat) -> None:
    judged.reply("!wettbewerb bewerten W1 I1 2", by=ANA)
    reply = judged.reply("!wettbewerb bewerten W1 I1 5", by=ANA)
    judged.reply(
        "!wettbewerb bewerten W1 I2 3", by=URS
    )  # somebody else judging keeps nothing from being undone
    judged.reacts(reply, "↩️", by=ANA)
    judged.reply("!wettbewerb bewerten W1 I3 1", by=ANA)
    judged.edits(judged.last, "!wettbewerb bewerten W1 I3 4", by=ANA)
    shown = judged.reply("!wettbewerb abschliessen W1", by=KORA)
    assert shown.machine["ranking"] == ["I3", "I2", "I1", "I4"]
    assert "Jury 4.0 (1)" in shown.text
    assert "Jury 2.0 (1)" in shown.text


def test_after_the_end_nothing_is_judged_nor_undone(judged: Chat) -> None:
    reply = judged.reply("!wettbewerb bewerten W1 I1 2", by=ANA)
    judged.reply("!wettbewerb abschliessen W1", by=KORA)
    assert judged.reply("!wettbewerb bewerten W1 I2 2", by=ANA).machine["code"] == "conflict"
    said = judged.reacts(reply, "↩️", by=ANA)
    assert said[-1].machine["code"] == "conflict"
    assert judged.reply("!wettbewerb zeige W1").machine["ranking"][0] == "I1"


def test_my_status_says_what_is_left_to_judge(judged: Chat) -> None:
    mine = judged.answer("!mein stand", by=ANA)
    assert mine.machine["waiting"] == ["W1"]
    assert "4 Ideen bewerten" in mine.text
    for number in (1, 2, 3):
        judged.reply(f"!wettbewerb bewerten W1 I{number} 3", by=URS)
    assert judged.answer("!mein stand", by=URS).machine["waiting"] == []
    assert judged.answer("!mein stand").machine["waiting"] == []


def test_the_menu_leads_to_judging_by_numbers_alone(judged: Chat) -> None:
    room = judged.direct(ANA)
    menu = judged.reply("menü", by=ANA, room=room)
    key = next(one["key"] for one in menu.machine["options"] if "W1" in one["label"])
    reply = judged.reply(key, by=ANA, room=room)
    for _ in range(3):
        if reply.machine.get("field") == "points":
            break
        reply = judged.reply("1", by=ANA, room=room)
    assert judged.reply("5", by=ANA, room=room).machine["type"] == "campaign"


def test_who_is_away_does_not_hold_up_the_others(judged: Chat) -> None:
    judged.reply("!profil pause", by=ANA, room=judged.direct(ANA))
    judged.reply("!wettbewerb bewerten W1 I1 4", by=URS)
    before = len(judged.to(ANA))
    judged.later(days=28)
    judged.later(days=2)
    assert judged.to(ANA)[before:] == []
    assert judged.reply("!wettbewerb zeige W1").machine["ranking"][0] == "I1"


def test_who_left_the_jury_counts_no_more_and_who_left_for_good_does(judged: Chat) -> None:
    judged.reply("!wettbewerb bewerten W1 I1 5", by=URS)
    judged.reply("!wettbewerb bewerten W1 I2 4", by=ANA)
    judged.reply("!wettbewerb bewerten W1 I4 3", by=ANA)
    judged.reply("!wettbewerb ändern W1 jury: Ana Probe", by=KORA)
    room = judged.direct(ANA)
    asked = judged.reply("!datenschutz löschen", by=ANA, room=room)
    judged.reply(asked.machine["confirm"], by=ANA, room=room)
    judged.reply("!wettbewerb abschliessen W1", by=KORA)
    shown = judged.reply("!wettbewerb zeige W1")
    assert shown.machine["ranking"] == ["I2", "I4", "I1", "I3"]
    assert shown.machine["jury"] == []
    with judged.database.transaction() as tx:
        rows = tx.exec_driver_sql("SELECT judge, carrier FROM campaign_judgements WHERE campaign = 1").all()
    assert len(rows) == 3
    assert all(ANA not in row for row in rows)
    assert {judge[0] for judge, _ in rows} == {"~", "@"}


def test_all_that_is_kept_of_a_person_is_exported(judged: Chat) -> None:
    judged.reply("!wettbewerb bewerten W1 I1 5", by=ANA)
    judged.reply("!idee stimme I1 +", by=ANA)
    said = judged.answer("!datenschutz auskunft", by=ANA)
    for part in ('"judged"', '"points": 5', '"jury"', '"W1"'):
        assert part in said.content["data"]


def test_the_jury_is_shown_how_to_judge_where_it_is_asked_idea_by_idea(
    chat: Chat, campaign: Does, idea: Does
) -> None:
    campaign(" | jury: Urs Beispiel, Ana Probe")
    hint, direct = "bewerten: !wettbewerb bewerten W1", chat.direct(URS)
    assert hint not in chat.reply("!wettbewerb zeige W1", by=URS, room=direct).text, "there is no idea yet"
    idea("Formulare")
    assert hint in chat.reply("!wettbewerb zeige W1", by=URS, room=direct).text
    for by, room in ((URS, HALL), (PIA, chat.direct(PIA))):
        assert "Idee einreichen: " in chat.reply("!wettbewerb zeige W1", by=by, room=room).text
