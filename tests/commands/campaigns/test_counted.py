"""What counts for a ranking: votes of the right time, also those that a merge has moved."""

from __future__ import annotations

import pytest

from tests.commands.campaigns.conftest import ANA, KORA, PIA, URS, Does
from tests.support.chat import Chat


def closed(chat: Chat) -> list[str]:
    ranking: list[str] = chat.reply("!wettbewerb abschliessen W1", by=KORA).machine["ranking"]
    return ranking


def line(chat: Chat, ref: str) -> str:
    text = chat.reply("!wettbewerb zeige W1").text.replace("\N{NO-BREAK SPACE}", " ")
    return next(one for one in text.splitlines() if f" {ref} " in one)


def test_a_vote_changed_after_the_end_counts_as_it_was(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    for title in ("Formulare", "Parkkarten"):
        idea(title)
    chat.reply("!idee stimme I2 +", by=URS)
    assert closed(chat) == ["I2", "I1"]
    chat.reply("!idee stimme I2 -", by=URS)
    chat.reply("!idee stimme I1 +", by=URS)
    chat.later(minutes=1)
    assert line(chat, "I2").endswith("👍 1 · 👎 0")
    assert line(chat, "I1").endswith("👍 0 · 👎 0")


def test_a_tap_and_its_taking_off_count(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    for title in ("Formulare", "Parkkarten", "Fundbüro"):
        idea(title)
    for ref in ("I2", "I3"):
        chat.reacts(chat.card(ref), "👍", by=URS)
    chat.takes_off(chat.last, by=URS)
    assert closed(chat) == ["I2", "I1", "I3"]


def test_what_is_withdrawn_merged_or_rejected_is_left_out(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    for title in ("Formulare", "Parkkarten", "Fundbüro", "Velokarten"):
        idea(title)
    chat.reply("!idee zurückziehen I1")
    chat.reply("!idee ablehnen I2 grund: Gibt es schon", by=KORA)
    chat.reply("!idee annehmen I3 grund: Gut", by=KORA)
    assert closed(chat) == ["I3", "I4"]
    chat.reply("!idee zusammenführen I4 in I3", by=KORA)
    assert chat.reply("!wettbewerb zeige W1").machine["ranking"] == ["I3", "I4"]  # as it was published


def test_a_merge_carries_votes_and_judgements_over(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | jury: Ana Probe, Urs Beispiel")
    for title in ("Formulare", "Vorausfüllen", "Parkkarten"):
        idea(title)
    chat.reply("!idee stimme I1 +", by=URS)
    chat.reply("!idee stimme I1 +", by=ANA)
    chat.reply("!idee stimme I2 -", by=ANA)
    chat.reply("!wettbewerb bewerten I1 5", by=ANA)
    chat.reply("!wettbewerb bewerten I2 4", by=ANA)
    chat.reply("!wettbewerb bewerten I1 3", by=URS)
    merged = chat.reply("!idee zusammenführen I1 in I2", by=KORA)
    assert closed(chat) == ["I2", "I3"]
    assert "Jury 3.5 (2) · 👍 1 · 👎 1" in line(chat, "I2")
    reopened = chat.reply("!idee zeige I2")
    assert merged.machine["merged_into"] == reopened.machine["ref"]
    chat.later(minutes=1)
    told = chat.to(PIA)[-1]
    assert "1. I2" in told.text


def test_a_merge_taken_back_gives_each_its_own_again(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | jury: Ana Probe")
    for title in ("Formulare", "Vorausfüllen"):
        idea(title)
    chat.reply("!idee stimme I1 +", by=URS)
    chat.reply("!wettbewerb bewerten I1 5", by=ANA)
    merged = chat.reply("!idee zusammenführen I1 in I2", by=KORA)
    chat.reacts(merged, "↩️", by=KORA)
    assert closed(chat) == ["I1", "I2"]
    assert "Jury 5.0 (1) · 👍 1 · 👎 0" in line(chat, "I1")
    assert line(chat, "I2").endswith("👍 0 · 👎 0")


def test_an_idea_merged_into_one_of_no_campaign_brings_it_in(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    chat.reply("!idee neu Formulare vorausfüllen", by=URS)
    chat.reply("!idee stimme I1 +", by=ANA)
    idea("Formulare ausfüllen")
    idea("Parkkarten")
    merged = chat.reply("!idee zusammenführen I2 in I1", by=KORA)
    assert chat.card("I1").machine["campaign"] == "W1"
    chat.edit_cards()
    assert chat.card("W1").machine["ideas"] == 2
    chat.reacts(merged, "↩️", by=KORA)
    chat.edit_cards()
    assert "campaign" not in chat.card("I1").machine
    chat.reply("!idee zusammenführen I2 in I1", by=KORA)
    assert closed(chat) == ["I1", "I3"]
    assert line(chat, "I1").endswith("👍 1 · 👎 0")


def test_votes_of_who_has_left_for_good_count_on(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    for title in ("Formulare", "Parkkarten"):
        idea(title)
    chat.reply("!idee stimme I2 +", by=ANA)
    room = chat.direct(ANA)
    asked = chat.reply("!datenschutz löschen", by=ANA, room=room)
    chat.reply(asked.machine["confirm"], by=ANA, room=room)
    assert closed(chat) == ["I2", "I1"]
    with chat.database.transaction() as tx:
        rows = tx.exec_driver_sql("SELECT user_id FROM campaign_votes WHERE idea_id = 2").all()
    assert [row[0][0] for row in rows] == ["~"]


def test_ties_go_to_more_votes_then_to_the_older(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | jury: Ana Probe")
    for title in ("Eins", "Zwei", "Drei", "Vier"):
        idea(f"{title} weniger am Schalter")
    for number in (1, 2, 3):
        chat.reply(f"!wettbewerb bewerten I{number} 3", by=ANA)
    chat.reply("!idee stimme I1 -", by=URS)
    chat.reply("!idee stimme I4 +", by=URS)
    assert closed(chat) == ["I2", "I3", "I1", "I4"]


def test_a_mean_is_exact_and_shown_with_one_decimal(chat: Chat, campaign: Does, idea: Does) -> None:
    people = [f"@j{number}:localhost" for number in range(7)]
    for number, user in enumerate(people):
        chat.member(user, f"Jury {number}xx")
    campaign(" | jury: " + ", ".join(people))
    idea("Eins am Schalter")
    idea("Zwei am Schalter")
    for number, user in enumerate(people):
        chat.reply(f"!wettbewerb bewerten I1 {4 if number < 3 else 3}", by=user)  # 24 of 7
    for user in people[:2]:
        chat.reply(f"!wettbewerb bewerten I2 {3 if user == people[0] else 4}", by=user)  # 7 of 2
    assert closed(chat) == ["I2", "I1"]
    assert "Jury 3.5 (2)" in line(chat, "I2")
    assert "Jury 3.4 (7)" in line(chat, "I1")


# --- while one is open, an idea may be for it


def test_after_an_idea_a_tap_makes_it_one_for_the_campaign(chat: Chat, campaign: Does) -> None:
    campaign()
    reply = chat.reply("!idee neu Formulare vorausfüllen")
    assert "W1" in reply.text
    [joined] = [one for one in chat.reacts(reply, "✅") if one.edits == reply.event_id]
    assert joined.machine["campaign"] == "W1"
    assert chat.card("I1").machine["campaign"] == "W1"
    chat.edit_cards()
    assert chat.card("W1").machine["ideas"] == 1
    chat.reacts(reply, "↩️")
    chat.edit_cards()
    assert chat.card("I1").machine.get("campaign") is None
    assert chat.card("I1").machine["state"] == "submitted"
    assert chat.card("W1").machine["ideas"] == 0


def test_nobody_else_and_nobody_later_makes_it_one(chat: Chat, campaign: Does) -> None:
    campaign(until="03.11.2026")
    reply = chat.reply("!idee neu Formulare vorausfüllen")
    assert chat.reacts(reply, "✅", by=URS) == []
    chat.later(days=3)
    chat.reacts(reply, "✅")
    assert "campaign" not in chat.card("I1").machine


def test_it_is_not_asked_where_all_see_the_card_nor_where_it_is_not_clear(chat: Chat, campaign: Does) -> None:
    assert "✅" not in chat.reply("!idee neu Ganz ohne Wettbewerb").text
    campaign()
    chat.enter("!ideas:localhost", PIA)
    card = chat.reply("!idee neu Formulare vorausfüllen", room="!ideas:localhost")
    assert "Dann tippen" not in card.text
    campaign(title="Ein zweiter")
    assert "Dann tippen" not in chat.reply("!idee neu Parkkarten per Handy").text


def test_questions_ask_for_nothing_more_while_one_is_open(chat: Chat, campaign: Does) -> None:
    campaign()
    room = chat.direct(PIA)
    assert chat.reply("idee neu", room=room).machine["field"] == "title"
    assert chat.reply("Formulare vorausfüllen", room=room).machine["field"] == "text"
    reply = chat.reply("weiter", room=room)
    assert reply.machine["ref"] == "I1"
    assert "✅" in reply.text


def test_a_sentence_keeps_the_campaign(chat: Chat, campaign: Does) -> None:
    campaign()
    room = chat.direct(PIA)
    offered = chat.reply("Ich habe eine Idee für den Wettbewerb W1", room=room)
    assert offered.machine["options"][0]["command"] == "idea new"
    chat.reply("1", room=room)
    chat.reply("Formulare vorausfüllen", room=room)
    assert chat.reply("weiter", room=room).machine["campaign"] == "W1"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Ich möchte einen Ideenwettbewerb ausschreiben bis 30. November 2026", "bis: 30. November 2026"),
        ("Ich möchte einen Ideenwettbewerb eröffnen, vom 3.11. bis 30.11.", "von: 3.11. bis: 30.11."),
        ("W1 verlängern bis 15.12.2026", "W1 bis: 15.12.2026"),
    ],
)
def test_a_sentence_keeps_the_days(chat: Chat, campaign: Does, said: str, kept: str) -> None:
    campaign()
    offered = chat.reply(said, by=KORA, room=chat.direct(KORA))
    assert offered.machine["options"][0]["value"].endswith(kept)


@pytest.mark.parametrize(
    "title",
    ["<b>fett</b> @room", "W1 W2 I3 4", "=1+1", "a" * 120, "weiter", "«Ziel: papierlos»", "\u202eumgekehrt"],
)
def test_any_title_is_a_title(chat: Chat, campaign: Does, title: str) -> None:
    reply = campaign(title=title)
    if reply.machine["type"] == "error":
        assert reply.machine["code"] == "bad_input"
        return
    chat.reply("!idee neu Formulare | wettbewerb: W1")
    chat.later(days=30)
    assert "<b>fett" not in chat.in_room("news")[-1].html
    assert chat.in_room("news")[-1].content["m.mentions"] == {}
