"""Ideas: into the pool, changed, withdrawn, taken back; and what their card says."""

from __future__ import annotations

import json

from commands.framework.context import Asker, Context, Where
from commands.framework.declarations import PERSONAL
from commands.framework.replies import Role
from storage import ideas
from tests.support.chat import ROOMS, Chat, Said

IDEAS = ROOMS["ideas"]


def pool(chat: Chat, *titles: str, by: str = "@pia:localhost") -> None:
    """These ideas are in the pool."""
    chat.member(by)
    for title in titles:
        chat.reply(f"!idee neu {title} | trotzdem: ja", by=by)


def decide(chat: Chat, number: int, **values: object) -> None:
    """The idea is decided, as the moderators' commands do it."""
    with chat.database.transaction() as tx:
        ideas.change(tx, number, **values)
    chat.says("x", room="!elsewhere:localhost")


def shown(chat: Chat, command: str = "!idee zeige I1", **more: str) -> Said:
    return chat.reply(command, **more)


# --- duplicates


def test_a_likely_duplicate_is_answered_before_anything_else(chat: Chat) -> None:
    pool(
        chat, "Hundesteuer online bezahlen", "Steuer für Hunde online bezahlen", "Hundesteuer digital zahlen"
    )
    pool(chat, "Hundesteuer im Internet bezahlen", "Fundbüro online")
    before = len(chat.in_room("ideas"))
    reply = chat.reply("!idee neu Hundesteuer elektronisch bezahlen")
    assert reply.machine["type"] == "error"
    assert reply.machine["code"] == "conflict"
    assert len(reply.machine["similar"]) == 3
    assert "I5" not in reply.machine["similar"]
    assert chat.card("I1").event_id in reply.html
    assert "Hundesteuer online bezahlen" in reply.text
    assert "trotzdem: ja" in reply.text
    assert (reply.event_id, "✅") in chat.reactions
    assert len(chat.in_room("ideas")) == before


def test_a_tick_submits_it_all_the_same(chat: Chat) -> None:
    pool(chat, "Fundbüro online")
    refused = chat.reply("!idee neu Digitales Fundbüro | thema: Alltag\nMit Fotos")
    said = chat.reacts(refused, "✅")
    [edit] = [s for s in said if s.room == refused.room]
    assert edit.edits == refused.event_id
    assert edit.machine["ref"] == "I2"
    assert edit.machine["topic"] == "Alltag"
    assert "\x01" not in edit.html
    assert chat.card("I2").machine["title"] == "Digitales Fundbüro"
    assert chat.reacts(refused, "✅") == []


def test_a_tick_of_somebody_else_or_on_an_old_reply_does_nothing(chat: Chat) -> None:
    pool(chat, "Fundbüro online")
    chat.member("@peter:localhost")
    refused = chat.reply("!idee neu Digitales Fundbüro")
    assert chat.reacts(refused, "✅", by="@peter:localhost") == []
    chat.later(days=8)
    assert chat.reacts(refused, "✅") == []


def test_in_the_idea_room_the_refusal_becomes_the_card(chat: Chat) -> None:
    pool(chat, "Fundbüro online")
    [refused] = chat.says("!idee neu Digitales Fundbüro", room=IDEAS)
    said = chat.reacts(refused, "✅")
    assert [s.edits for s in said] == [refused.event_id]
    assert "💡 I2" in said[0].text
    assert [key for event, key in chat.reactions if event == refused.event_id] == ["👍", "👎"]
    chat.member("@peter:localhost")
    chat.reacts(refused, "👍", by="@peter:localhost")
    chat.later(minutes=1)
    assert chat.in_room("ideas")[-1].machine["votes"]["for"] == 1


def test_after_the_tick_an_edit_of_the_command_changes_its_idea(chat: Chat) -> None:
    pool(chat, "Fundbüro online")
    refused = chat.reply("!idee neu Digitales Fundbüro")
    command = chat.last
    chat.reacts(refused, "✅")
    chat.edits(command, "!idee neu Digitales Fundbüro mit Fotos")
    assert chat.card("I2").machine["title"] == "Digitales Fundbüro mit Fotos"
    assert chat.reply("!idee liste").machine["refs"] == ["I2", "I1"]


def test_a_refused_command_edited_to_insist_submits(chat: Chat) -> None:
    pool(chat, "Fundbüro online")
    refused = chat.reply("!idee neu Digitales Fundbüro")
    chat.edits(chat.last, "!idee neu Digitales Fundbüro\ntrotzdem: ja")
    assert chat.card("I2").machine["title"] == "Digitales Fundbüro"
    assert chat.reacts(refused, "✅") == []
    assert chat.reply("!idee liste").machine["total"] == 2


def test_a_refused_command_edited_anew_offers_the_new_wording(chat: Chat) -> None:
    pool(chat, "Fundbüro online")
    refused = chat.reply("!idee neu Digitales Fundbüro")
    chat.edits(chat.last, "!idee neu Das digitale Fundbüro")
    chat.reacts(refused, "✅")
    assert chat.card("I2").machine["title"] == "Das digitale Fundbüro"


def test_campaigns_are_not_there_yet(chat: Chat) -> None:
    pool(chat)
    reply = chat.reply("!idee neu Fundbüro | wettbewerb: w1")
    assert reply.machine["code"] == "not_found"
    assert "W1" in reply.text


# --- the edited command


def test_comments_do_not_hold_back_an_edit(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    command, card = chat.last, chat.card("I1")
    chat.says("Gute Idee", by="@peter:localhost", room=IDEAS, thread=card.event_id)
    chat.reacts(card, "👍")
    said = chat.edits(command, "!idee neu Fundbüro online | thema: Alltag")
    assert all(s.edits for s in said)
    card = chat.card("I1")
    assert card.machine["title"] == "Fundbüro online"
    assert card.machine["votes"] == {"for": 0, "against": 0, "neutral": 0}
    assert "1 Kommentar" in card.text


def test_a_vote_of_somebody_else_holds_back_an_edit(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    command = chat.last
    chat.member("@peter:localhost")
    chat.reacts(chat.card("I1"), "👎", by="@peter:localhost")
    [edit] = [s for s in chat.edits(command, "!idee neu Fundbüro online") if s.machine["type"] == "error"]
    assert edit.machine["code"] == "conflict"
    assert "idee ändern I1" in edit.text
    assert shown(chat).machine["title"] == "Fundbüro"


def test_a_command_edited_into_another_withdraws_its_idea(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    chat.edits(chat.last, "!idee meine")
    assert chat.card("I1").machine["state"] == "withdrawn"


def test_undo_withdraws(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!idee neu Fundbüro")
    chat.reacts(chat.card("I1"), "👍")
    [edit] = [s for s in chat.reacts(reply, "↩️") if s.edits == reply.event_id]
    assert edit.machine["state"] == "withdrawn"
    assert "zurückgezogen" in edit.text
    assert chat.card("I1").machine["votes"]["for"] == 0


# --- the card


def test_a_card_says_how_the_idea_stands(chat: Chat) -> None:
    chat.member("@pia:localhost", "Pia Muster")
    chat.reply(
        "!idee neu Umzugsmeldung: Formulare vorausfüllen\nDie Angaben sind im Einwohnerregister schon da."
    )
    lines = chat.card("I1").text.split("\n")
    assert lines == [
        "💡 I1 · Umzugsmeldung: Formulare vorausfüllen",
        "Die Angaben sind im Einwohnerregister schon da.",
        "👍 0 · 👎 0 · eingereicht von Pia Muster, Aesch",
        "👍 oder 👎 tippen · im Thread diskutieren",
    ]
    decide(chat, 1, rating_count=2, effort=2.0, benefit=4.5, state="accepted", reason="Das <b>lohnt</b> sich")
    text = shown(chat).text
    assert "Aufwand 2 / Nutzen 4.5" in text
    assert "angenommen: Das <b>lohnt</b> sich" in text
    assert "tippen" not in text


def test_a_merged_idea_links_to_the_other(chat: Chat) -> None:
    pool(chat, "Fundbüro", "Digitales Fundbüro")
    decide(chat, 1, state="merged", merged_into=2)
    reply = shown(chat)
    assert "zusammengeführt mit I2" in reply.text
    assert chat.card("I2").event_id in reply.html
    assert reply.machine["merged_into"] == "I2"


# --- changing and withdrawing


def test_an_idea_is_changed_and_its_history_kept(chat: Chat) -> None:
    pool(chat, "Fundbüro\nAlt")
    reply = chat.reply("!idee ändern I1\ntitel: Fundbüro online\nthema: Alltag\nNeu")
    assert (reply.machine["title"], reply.machine["topic"]) == ("Fundbüro online", "Alltag")
    assert reply.machine["you"] == {"vote": "none"}
    chat.later(minutes=1)
    assert "Neu" in chat.card("I1").text
    assert "geändert am Mo, 2. November 2026, 10:00, vorher: «Fundbüro» – Alt" in shown(chat).text


def test_a_change_is_taken_back(chat: Chat) -> None:
    pool(chat, "Fundbüro\nAlt")
    reply = chat.reply("!idea edit 1 title: Lost and found")
    chat.reacts(reply, "↩️")
    reply = shown(chat)
    assert reply.machine["title"] == "Fundbüro"
    assert "geändert" not in reply.text
    assert chat.reply("!idee liste suche: Fundbüro").machine["refs"] == ["I1"]


def test_an_edited_change_is_made_anew(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    chat.reply("!idee ändern I1 titel: Fundbüro onlin")
    chat.edits(chat.last, "!idee ändern I1 titel: Fundbüro online")
    reply = shown(chat)
    assert reply.machine["title"] == "Fundbüro online"
    assert "onlin»" not in reply.text


def test_a_change_after_the_change_holds_it(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    chat.reply("!idee ändern I1 titel: Fundbüro A")
    command = chat.last
    chat.reply("!idee ändern I1 titel: Fundbüro B")
    [edit] = chat.edits(command, "!idee ändern I1 titel: Fundbüro C")
    assert edit.machine["code"] == "conflict"


def test_only_the_author_changes_and_withdraws(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    chat.member("@peter:localhost")
    for command in ("!idee ändern I1 titel: Anders", "!idee zurückziehen I1"):
        for who in ("@peter:localhost", "@moni:localhost", "@kora:localhost"):
            reply = chat.reply(command, by=who)
            assert reply.machine["code"] == "not_allowed"
            assert "idee zeige I1" in reply.text


def test_a_decided_idea_stays(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    for state in ("accepted", "rejected", "merged", "implementing", "implemented", "withdrawn"):
        decide(chat, 1, state=state, reason="Weil")
        for command in ("!idee ändern I1 titel: Anders", "!idee zurückziehen I1"):
            assert chat.reply(command).machine["code"] == "conflict"


def test_refusals(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    for command, code in {
        "!idee ändern I1": "bad_input",
        "!idee ändern I9 titel: x": "not_found",
        "!idee zurückziehen I9": "not_found",
        "!idee zeige I9": "not_found",
        "!idee zeige P1": "bad_input",
        "!idee zeige": "bad_input",
        "!idee neu": "bad_input",
        "!idee neu " + "x" * 121: "too_large",
        "!idee neu Titel\n" + "x" * 4001: "too_large",
        "!idee neu Titel\n" + "x" * 65_000: "too_large",
        "!idee neu Titel | trotzdem: vielleicht": "bad_input",
        f"!idee ändern I1 titel: {'x' * 121}": "too_large",
    }.items():
        assert chat.reply(command).machine["code"] == code, command[:40]
    stranger = chat.reply("!idee neu Fundbüro", by="@fremd:localhost")
    assert stranger.machine["code"] == "not_allowed"


def test_an_idea_is_withdrawn_and_restored(chat: Chat) -> None:
    pool(chat, "Fundbüro")
    chat.member("@peter:localhost")
    chat.reacts(chat.card("I1"), "👍", by="@peter:localhost")
    reply = chat.reply("!idee zurückziehen I1")
    assert reply.machine["state"] == "withdrawn"
    assert "tippen" not in chat.card("I1").text
    chat.reacts(reply, "↩️")
    assert chat.card("I1").machine["state"] == "submitted"
    assert chat.card("I1").machine["votes"]["for"] == 1
    assert chat.to("@peter:localhost") == []


def test_umlauts_and_english(chat: Chat) -> None:
    room = chat.direct(chat.member("@pia:localhost", language="en"))
    assert chat.reply("idea new Lost and found office", room=room).text == "Thank you, Pia. Your idea is I1."
    assert "sounds like this idea" in chat.reply("idea new Lost and found office", room=room).text
    assert chat.reply("idea edit I1 topic: Daily life", room=room).machine["topic"] == "Daily life"
    assert "by Pia, Aesch" in chat.reply("idea show I1", room=room).text
    for spelling in ("ändern", "aendern", "andern", "ÄNDERN", "edit"):
        assert chat.reply(f"!idee {spelling} I1 titel: {spelling}").machine["title"] == spelling
    assert chat.reply("!Idee ZURUECKZIEHEN 1").machine["state"] == "withdrawn"
    assert "already" in chat.reply("idea withdraw I1", room=room).text


# --- hostile text


def test_text_of_people_is_text(chat: Chat) -> None:
    chat.member("@pia:localhost", "<i>Pia</i> {{ 7*7 }}")
    title = "<script>alert(1)</script> {{ 7*7 }} {% raw %} @room"
    text = "[klick](javascript:alert(1)) ![b](http://x/y.png) <img src=x> @room \x01a\x01 \u202e"
    reply = chat.reply(f"!idee neu {title}\nthema: <b>x</b>\n{text}")
    chat.reply("!idee ändern I1 titel: <u>y</u>")
    for said in (
        reply,
        chat.card("I1"),
        shown(chat),
        chat.reply("!idee liste"),
        chat.reply(f"!idee neu {title}"),
    ):
        html = said.html.casefold()
        assert "<script" not in html
        assert "<img" not in html
        assert 'href="javascript' not in html
        assert "49" not in html
        assert "<i>" not in html
        assert "<u>" not in html
        assert "@room" not in said.text + html
        assert "\x01" not in json.dumps(said.content)
        assert "\u202e" not in html
        assert said.shown["m.mentions"] == {}


# --- personal data


def test_ideas_are_exported_and_stay_without_a_name(chat: Chat) -> None:
    pool(chat, "Fundbüro", "Tageskarten")
    chat.reply("!idee ändern I1 titel: Fundbüro online")
    with chat.database.transaction() as tx:
        me = Asker("@pia:localhost", None, Role.PI, "de")
        ctx = Context(tx, chat.now, chat.settings, me, Where("", True, None))
        exported = PERSONAL["ideas"].export(ctx, "@pia:localhost")
        assert [i["ref"] for i in exported] == ["I1", "I2"]
        assert exported[0]["before"][0]["title"] == "Fundbüro"
        json.dumps(exported)
        PERSONAL["ideas"].erase(ctx, "@pia:localhost")
        assert PERSONAL["ideas"].export(ctx, "@pia:localhost") == []
    chat.says("weiter")
    card = chat.card("I1")
    assert "eingereicht\n" in card.text
    assert "author" not in card.machine
    assert chat.reply("!idee zurückziehen I1").machine["code"] == "not_allowed"
    assert chat.reply("!idee liste").machine["total"] == 2
