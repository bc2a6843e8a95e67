"""Work products: states, links, the group's consent and objections, releases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.batches import RoomBatch
from bot.core.events import read
from commands.processes.model import PRODUCTS
from storage import groups, members, process_history, products
from storage import reminders as planned
from storage.engine.base import Base
from tests.support.chat import BOT, ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, URS, EVE, ADA = (f"@{name}:localhost" for name in ("pia", "peter", "urs", "eve", "ada"))
KORA, MONI = "@kora:localhost", "@moni:localhost"
ROOM = "!group1:localhost"
LINK = "https://example.ch/steckbrief"
REVIEW = f"!ergebnis P1 Steckbrief in Prüfung link: {LINK}"


@pytest.fixture
@staged
def group(chat: Chat) -> Chat:
    """P1 with a room; in its group Pia, who leads it, Peter, Urs and Eve; Ada is a member of the community only."""
    for who in (PIA, PETER, URS, EVE, ADA):
        chat.member(who)
    chat.process(PIA, PETER, URS, EVE, leader=PIA)
    chat.group_room(1, PIA, PETER, URS, EVE)
    return chat


@pytest.fixture
def card(group: Chat) -> Said:
    """The card of the profile in review; three of four release it."""
    return group.reply(REVIEW, by=PIA, room=ROOM)


def state(chat: Chat) -> dict[str, object]:
    return {
        key: value
        for key, value in chat.answer("!ergebnis zeige P1 Steckbrief", by=KORA).machine.items()
        if key in ("state", "consents", "objections", "needed", "unanswered", "link")
    }


def shown(chat: Chat, card: Said) -> Said:
    """How the work product's card looks now."""
    return next((s for s in reversed(chat.said) if s.edits == card.event_id), card)


def steps(chat: Chat) -> list[tuple[str, str | None, str | None, str]]:
    with chat.database.transaction() as tx:
        found = process_history.list_newest(tx, 1, limit=50)
    return [(s.what, s.before, s.after, s.by) for s in reversed(found)]


def tap(chat: Chat, card: Said, key: str, who: str) -> str:
    chat.reacts(card, key, by=who)
    return chat.last


# --- into review


def test_in_review_a_card_stands_in_the_groups_room_with_its_seeds(group: Chat) -> None:
    reply = group.reply(REVIEW, by=PIA)
    [card] = group.in_room(ROOM)
    assert card.machine == reply.machine | {"link": LINK}  # which is the group's
    assert card.machine == {
        "type": "product",
        "ref": "P1",
        "title": "Umzugsmeldung",
        "product": "profile",
        "state": "in_review",
        "consents": 0,
        "objections": 0,
        "needed": 3,
        "unanswered": 4,
        "link": LINK,
    }
    assert group.reactions == [(card.event_id, "✅"), (card.event_id, "✋")]
    assert card.event_id in reply.html


def test_given_in_the_groups_room_the_card_is_the_reply(group: Chat) -> None:
    said = [s for s in group.says(REVIEW, by=PIA, room=ROOM) if s.room == ROOM]
    assert len(said) == 1
    assert "ich stimme zu" in said[0].text


@pytest.mark.parametrize(
    "typed",
    [
        "Steckbrief in Prüfung",
        "steckbrief in pruefung",
        "profile in_review",
        "Profile in review",
        "Steckbrief: Prüfung",
        "Prozess-Steckbrief in_review",
    ],
)
def test_products_and_states_in_both_languages(group: Chat, typed: str) -> None:
    for command in ("ergebnis", "prozess ergebnis", "product", "process product"):
        reply = group.reply(f"!{command} P1 {typed} link: {LINK}/{command[:4]}{len(command)}", by=PIA)
        assert (reply.machine["product"], reply.machine["state"]) == ("profile", "in_review")


@pytest.mark.parametrize(
    ("words", "code"),
    list(
        zip(
            [
                "Grobbeschreibung",
                "Abteilungen und Fachlösungen",
                "Steckbrief",
                "BPMN",
                "Formularvorlage",
                "Schnittstelle",
                "Aufgaben",
                "Anforderungen",
            ],
            PRODUCTS,
            strict=True,
        )
    ),
)
def test_every_product_has_its_words(group: Chat, words: str, code: str) -> None:
    for typed, wanted in ((words, "draft"), (code, "open")):
        reply = group.reply(f"!ergebnis P1 {typed} {wanted}", by=PIA)
        assert (reply.machine["product"], reply.machine["state"]) == (code, wanted)
    assert group.reply(f"!ergebnis P1 {words} Entwurf", by=PIA).machine["state"] == "draft"


def test_misspelt_words_are_refused_with_the_nearest(group: Chat) -> None:
    refused = group.reply("!ergebnis P1 Steckbreif Entwurf", by=PIA)
    assert (refused.machine["code"], refused.machine["nearest"]) == ("bad_input", "steckbrief")
    refused = group.reply("!ergebnis P1 Steckbrief Entwrf", by=PIA)
    assert (refused.machine["code"], refused.machine["nearest"]) == ("bad_input", "entwurf")
    assert "!ergebnis P1 Steckbrief entwurf…" in group.reply("!ergebnis P1 Steckbrief", by=PIA).text


def test_in_review_needs_a_link_or_keeps_the_known_one(group: Chat) -> None:
    asked = group.reply("!ergebnis P1 Steckbrief in Prüfung", by=PIA)
    assert asked.machine == {"type": "error", "code": "bad_input", "field": "link"}
    assert "!ergebnis P1 Steckbrief in Prüfung" in asked.text
    group.reply(f"!ergebnis P1 Steckbrief Entwurf link: {LINK}", by=PIA)
    asked = group.reply("!ergebnis P1 Steckbrief in Prüfung", by=PIA)
    assert "link" not in asked.machine, "in another room"
    assert group.card("P1").machine["link"] == LINK


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "ftp://example.ch/x",
        "https://",
        "https://ex ample.ch",
        "https://a:b@example.ch",
        "http://example",
        "https://example.ch:99999",
    ],
)
def test_links_are_addresses_of_pages(group: Chat, link: str) -> None:
    refused = group.reply(f"!ergebnis P1 Steckbrief Entwurf link: {link}", by=PIA)
    assert (refused.machine["code"], refused.machine["field"]) == ("bad_input", "link")


def test_leader_and_coordinators_set_states_and_nobody_else(group: Chat) -> None:
    for who in (PETER, ADA, MONI):
        assert group.reply("!ergebnis P1 Steckbrief Entwurf", by=who).machine["code"] == "not_allowed"
    group.process(PETER, leader=PETER, name="Hundesteuer")
    assert group.reply("!ergebnis P1 Steckbrief Entwurf", by=PETER).machine["code"] == "not_allowed"
    assert group.reply("!ergebnis P2 Steckbrief Entwurf", by=PETER).machine["state"] == "draft"
    assert group.reply("!ergebnis P1 Steckbrief Entwurf", by=KORA).machine["state"] == "draft"
    assert group.reply("!ergebnis P9 Steckbrief Entwurf", by=KORA).machine["code"] == "not_found"


def test_the_same_state_again_changes_nothing(group: Chat, card: Said) -> None:
    again = group.reply(REVIEW, by=PIA)
    assert again.machine["code"] == "conflict"
    assert "ist schon in Prüfung" in again.text


def test_nothing_is_worked_out_for_a_dropped_process(group: Chat, card: Said) -> None:
    group.reply("!prozess phase P1 dropped grund: Zu teuer", by=KORA)
    assert group.reply("!ergebnis P1 BPMN Entwurf", by=PIA).machine["code"] == "conflict"
    tap(group, card, "✅", PETER)
    assert "P1 ist abgebrochen" in group.to(PETER)[-1].text


def test_without_a_room_the_card_comes_when_there_is_one(chat: Chat) -> None:
    for who in (PIA, PETER):
        chat.member(who)
    chat.process(PIA, PETER, leader=PIA)
    assert "!gruppe raum P1" in chat.reply(REVIEW, by=PIA).text
    chat.group_room(1, PIA, PETER)
    chat.later(minutes=2)
    cards = [s for s in chat.in_room(ROOM) if s.machine["type"] == "product"]
    assert len(cards) == 1
    chat.later(minutes=2)
    tap(chat, cards[0], "✅", PIA)
    assert shown(chat, cards[0]).machine["consents"] == 1


# --- consent


def test_more_than_half_release_it_and_the_leader_counts_like_each_member(group: Chat, card: Said) -> None:
    tap(group, card, "✅", PIA)
    tap(group, card, "✅", PETER)
    assert state(group)["state"] == "in_review"
    tap(group, card, "✅", URS)
    assert state(group) == {
        "state": "released",
        "consents": 3,
        "objections": 0,
        "needed": 3,
        "unanswered": 1,
        "link": LINK,
    }
    assert "freigegeben am Mo, 2. November 2026 von Peter, Pia, Urs" in shown(group, card).text
    assert steps(group) == [("profile", "open", "in_review", PIA), ("profile", "in_review", "released", "")]
    group.later(minutes=1)
    assert "von der Gruppe freigegeben: 3 Zustimmungen" in group.to(PIA)[-1].text


@pytest.mark.parametrize(("members", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (7, 4), (8, 5), (12, 7)])
def test_more_than_half(chat: Chat, members: int, needed: int) -> None:
    people = [chat.member(f"@p{n}:localhost") for n in range(members)]
    chat.process(*people, leader=people[0])
    chat.group_room(1, *people)
    card = chat.reply(REVIEW, by=people[0], room=ROOM)
    for count, who in enumerate(people[:needed], 1):
        assert shown(chat, card).machine["state"] == "in_review"
        tap(chat, card, "✅", who)
        assert shown(chat, card).machine["consents"] == count
    assert shown(chat, card).machine["state"] == "released"


def test_only_confirmed_members_count(group: Chat, card: Said) -> None:
    for who in (ADA, KORA):
        tap(group, card, "✅", who)
        assert "antworten die Mitglieder der Gruppe P1" in group.to(who)[-1].text
    group.reply(f"!gruppe zuweisen P1 {ADA}", by=KORA)  # holds a seat, but has not said yes
    tap(group, card, "✅", ADA)
    assert state(group)["consents"] == 0
    assert group.reply("!ergebnis zustimmen P1 Steckbrief", by=ADA).machine["code"] == "not_allowed"


def test_consent_taken_off_is_none(group: Chat, card: Said) -> None:
    given_by_tap = tap(group, card, "✅", PETER)
    group.takes_off(given_by_tap, by=PETER)
    assert state(group)["consents"] == 0
    assert state(group)["unanswered"] == 4


def test_by_command_as_by_reaction(group: Chat, card: Said) -> None:
    reply = group.reply("!ergebnis zustimmen P1 Steckbrief", by=PETER)
    assert reply.machine["consents"] == 1
    assert "Sie stimmen zu" in reply.text
    group.reacts(reply, "↩️", by=PETER)
    assert state(group)["consents"] == 0
    assert group.reply("!product consent P1 profile", by=PETER).machine["consents"] == 1


def test_after_the_release_answers_do_not_count(group: Chat, card: Said) -> None:
    taps = [tap(group, card, "✅", who) for who in (PIA, PETER, URS)]
    tap(group, card, "✋", EVE)
    assert "ist schon freigegeben, Ihr Einwand kommt leider zu spät" in group.to(EVE)[-1].text
    group.later(minutes=2)  # within one, a refusal is told once
    tap(group, card, "✅", EVE)
    assert "ist freigegeben. Antworten zählen nur in der Prüfung" in group.to(EVE)[-1].text
    group.takes_off(taps[0], by=PIA)
    assert state(group)["state"] == "released"
    assert state(group)["consents"] == 3


def test_nobody_is_asked_before_the_review(group: Chat) -> None:
    assert group.reply("!ergebnis zustimmen P1 Steckbrief", by=PETER).machine["code"] == "conflict"


# --- objections


def test_an_objection_is_asked_for_its_sentence_in_the_thread(group: Chat, card: Said) -> None:
    said = group.reacts(card, "✋", by=URS)
    [question] = [s for s in said if s.edits is None]
    assert (question.room, question.content["m.relates_to"]) == (
        ROOM,
        {"rel_type": "m.thread", "event_id": card.event_id},
    )
    assert "Urs" in question.text
    assert "in einem Satz" in question.text
    assert state(group)["objections"] == 1
    assert "der Satz dazu fehlt noch" in shown(group, card).text
    said = group.says("Die  Gebühren\nfehlen.", by=URS, room=ROOM, thread=card.event_id)
    assert all(s.edits for s in said)
    assert "✋ Urs: Die Gebühren fehlen." in shown(group, card).text


def test_only_the_one_sentence_of_who_was_asked_is_kept(group: Chat, card: Said) -> None:
    tap(group, card, "✋", URS)
    group.says("Ich sehe das anders", by=PETER, room=ROOM, thread=card.event_id)
    group.says("Die Gebühren fehlen.", by=URS, room=ROOM)  # not in the thread
    assert "der Satz dazu fehlt noch" in shown(group, card).text
    group.says("Es fehlt die Frist.", by=URS, room=ROOM, thread=card.event_id)
    group.says("Und noch etwas anderes", by=URS, room=ROOM, thread=card.event_id)
    assert "✋ Urs: Es fehlt die Frist." in shown(group, card).text
    with group.database.transaction() as tx:
        kept = [
            str(value)
            for table in Base.metadata.sorted_tables
            for row in tx.execute(table.select())
            for value in row
        ]
    for talk in ("Ich sehe das anders", "Die Gebühren fehlen", "Und noch etwas anderes"):
        assert not any(talk in value for value in kept)


@pytest.mark.parametrize("to", ["question", "card"])
def test_a_plain_reply_is_the_answer_too(group: Chat, card: Said, to: str) -> None:
    """Where a client has no threads, or somebody uses none."""
    [question] = [s for s in group.reacts(card, "✋", by=URS) if s.edits is None]
    target = question.event_id if to == "question" else card.event_id
    reply: Any = {"m.relates_to": {"m.in_reply_to": {"event_id": target}}}
    other: Any = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}
    comments = shown(group, card).machine
    group.says("Finde ich nicht", by=PETER, room=ROOM, **reply)
    group.says("Die Frist fehlt.", by=URS, room=ROOM, **other)
    group.says("foto.jpg", by=URS, room=ROOM, msgtype="m.image", **reply)
    assert "der Satz dazu fehlt noch" in shown(group, card).text
    quoted = f"> <{BOT}> {question.text}\n\nDie Gebühren fehlen."
    group.says(quoted, by=URS, room=ROOM, **reply)
    assert "✋ Urs: Die Gebühren fehlen." in shown(group, card).text
    group.says("Und noch etwas", by=URS, room=ROOM, **reply)
    assert "✋ Urs: Die Gebühren fehlen." in shown(group, card).text
    assert shown(group, card).machine["objections"] == comments["objections"] == 1


def test_a_sentence_edited_before_the_bot_saw_it_counts_as_edited(group: Chat, card: Said) -> None:
    tap(group, card, "✋", URS)
    relation = {"rel_type": "m.thread", "event_id": card.event_id}
    first = {"msgtype": "m.text", "body": "Die Gebüren fehlen", "m.relates_to": relation}
    new = {"msgtype": "m.text", "body": "Die Gebühren fehlen"}
    edit = {
        "body": "*",
        "msgtype": "m.text",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$late1"},
    }
    events = [
        read(
            {
                "type": "m.room.message",
                "event_id": f"$late{n}",
                "sender": URS,
                "origin_server_ts": 0,
                "content": c,
            },
            ROOM,
            bot=BOT,
        )
        for n, c in enumerate((first, edit), 1)
    ]
    group.apply(RoomBatch(ROOM, (), [e for e in events if e is not None], joined=True))
    assert "✋ Urs: Die Gebühren fehlen" in shown(group, card).text


def test_an_objection_holds_the_release_until_it_is_lifted(group: Chat, card: Said) -> None:
    objection = tap(group, card, "✋", EVE)
    for who in (PIA, PETER, URS):
        tap(group, card, "✅", who)
    assert state(group)["state"] == "in_review"
    group.takes_off(objection, by=EVE)
    group.later(minutes=1)
    assert state(group)["state"] == "released"


def test_an_objection_is_lifted_by_its_authors_consent(group: Chat, card: Said) -> None:
    tap(group, card, "✋", EVE)
    tap(group, card, "✅", PIA)
    tap(group, card, "✅", PETER)
    tap(group, card, "✅", EVE)
    assert state(group)["state"] == "released"


def test_who_objects_no_longer_consents_and_the_latest_act_counts(group: Chat, card: Said) -> None:
    consent = tap(group, card, "✅", URS)
    tap(group, card, "✋", URS)
    assert (state(group)["consents"], state(group)["objections"]) == (0, 1)
    group.takes_off(consent, by=URS)  # carries nothing any more
    assert state(group)["objections"] == 1


def test_an_objection_by_command_has_its_sentence_at_once(group: Chat, card: Said) -> None:
    reply = group.reply("!ergebnis einwand P1 Steckbrief Die Gebühren fehlen.", by=URS)
    assert "Ihr Einwand steht" in reply.text
    assert "✋ Urs: Die Gebühren fehlen." in shown(group, card).text
    assert group.reply("!ergebnis einwand P1 Steckbrief", by=URS).machine["code"] == "bad_input"
    said = group.reacts(card, "✋", by=URS)
    assert [s for s in said if s.edits is None] == []  # nothing to ask


def test_the_sentence_by_command_and_the_reaction_taken_off(group: Chat, card: Said) -> None:
    objection = tap(group, card, "✋", URS)
    group.reply("!ergebnis einwand P1 Steckbrief Die Gebühren fehlen.", by=URS)
    group.takes_off(objection, by=URS)
    assert state(group)["objections"] == 0


def test_undo_of_an_objection_brings_back_what_was_before(group: Chat, card: Said) -> None:
    tap(group, card, "✅", URS)
    reply = group.reply("!ergebnis einwand P1 Steckbrief Die Gebühren fehlen.", by=URS)
    group.reacts(reply, "↩️", by=URS)
    assert (state(group)["consents"], state(group)["objections"]) == (1, 0)


def test_an_edited_objection_says_the_new_sentence(group: Chat, card: Said) -> None:
    group.reply("!ergebnis einwand P1 Steckbrief Die Gebüren fehlen.", by=URS)
    group.edits(group.last, "!ergebnis einwand P1 Steckbrief Die Gebühren fehlen.", by=URS)
    assert "✋ Urs: Die Gebühren fehlen." in shown(group, card).text


# --- a new link, a new round


def test_a_new_link_sets_consents_back_and_keeps_objections(group: Chat, card: Said) -> None:
    consent = tap(group, card, "✅", PETER)
    tap(group, card, "✋", URS)
    new = group.reply("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/neu", by=PIA)
    assert (new.machine["consents"], new.machine["objections"], new.machine["unanswered"]) == (0, 1, 3)
    assert shown(group, card).machine["link"] == "https://example.ch/neu"
    redacted = [e.content["event_id"] for e in group.errands if e.kind == "redaction"]
    assert redacted == [consent]  # so that Peter can tap again
    tap(group, card, "✅", PETER)
    assert state(group)["consents"] == 1


def test_back_to_draft_and_in_review_again_the_group_is_asked_anew(group: Chat, card: Said) -> None:
    for who in (PIA, PETER, URS):
        tap(group, card, "✅", who)
    group.reply("!ergebnis P1 Steckbrief Entwurf", by=PIA)
    assert "im Entwurf" in shown(group, card).text
    again = group.reply("!ergebnis P1 Steckbrief in Prüfung", by=PIA)
    assert (again.machine["state"], again.machine["consents"]) == ("in_review", 0)
    lines = [s for s in group.in_room(ROOM) if s.edits is None and s.machine["type"] == "product"]
    assert [line.event_id == card.event_id for line in lines] == [True, False]  # and one that asks anew
    assert "ist wieder in Prüfung" in lines[1].text


# --- releases by coordinators


def test_a_coordinator_releases_alone_with_a_reason_that_is_shown(group: Chat, card: Said) -> None:
    asked = group.reply("!ergebnis P1 Steckbrief freigegeben", by=KORA)
    assert asked.machine["field"] == "grund"
    assert "!ergebnis P1 Steckbrief freigegeben" in asked.text
    done = group.reply("!ergebnis P1 Steckbrief freigegeben grund: Die Zeit drängt", by=KORA)
    assert done.machine["state"] == "released"
    assert "von Kora (Koordination). Grund: Die Zeit drängt" in shown(group, card).text
    assert "von Kora (Koordination)" in group.reply("!prozess zeige P1", by=PETER).text
    assert "P1" in group.reply("protokoll P1", by=KORA, room=group.direct(KORA)).text


def test_the_leader_alone_does_not_release(group: Chat, card: Said) -> None:
    tap(group, card, "✅", PIA)
    tap(group, card, "✋", URS)
    refused = group.reply("!ergebnis P1 Steckbrief freigegeben grund: Ich will", by=PIA)
    assert refused.machine == {"type": "error", "code": "conflict", "missing": ["profile"]}
    assert "1 von 3 nötigen Zustimmungen, 1 offener Einwand" in refused.text
    refused = group.reply("!ergebnis P1 BPMN freigegeben", by=PIA)
    assert "durch die Gruppe" in refused.text


# --- who is missing


def test_the_leader_sees_who_is_missing_and_others_do_not(group: Chat, card: Said) -> None:
    tap(group, card, "✅", PETER)
    assert (
        "Noch keine Antwort: Pia, Urs, Eve"
        in group.reply("!ergebnis zeige P1 Steckbrief", by=PIA, room=ROOM).text
    )
    assert "noch keine Antwort: Pia, Urs, Eve" in group.reply("!prozess zeige P1", by=PIA, room=ROOM).text
    assert "Noch keine Antwort" not in group.reply("!ergebnis zeige P1 Steckbrief", by=PETER, room=ROOM).text
    assert group.reply("!ergebnis zeige P1 Steckbrief", by=PIA).machine["type"] == "pointer"  # others read it
    assert (
        "Noch keine Antwort"
        in group.answer("!ergebnis zeige P1 Steckbrief", by=KORA, room=ROOMS["coordination"]).text
    )


def test_all_eight_are_shown_without_a_name(group: Chat, card: Said) -> None:
    shown = group.reply("!ergebnis zeige P1", by=PIA, room=ROOM)
    assert shown.machine["products"]["profile"] == "in_review"
    lines = shown.text.splitlines()
    assert lines[1] == "• Grobbeschreibung: offen"
    assert "• Steckbrief: in Prüfung · ✅ 0 von 3 nötigen · ✋ 0 · offen 4" in lines
    assert "noch keine Antwort: Pia, Peter, Urs, Eve" in shown.text
    assert group.answer("!product show P1", by=PETER).machine["ref"] == "P1"


def reminded(chat: Chat) -> list[str]:
    return [who for who in (PIA, PETER, URS, EVE) for s in chat.to(who) if s.machine["type"] == "reminder"]


def test_who_is_missing_is_reminded_once_after_three_days(group: Chat, card: Said) -> None:
    tap(group, card, "✅", PETER)
    group.later(days=2, hours=23)
    assert reminded(group) == []
    tap(group, card, "✋", URS)  # without the sentence: also missing
    group.later(hours=2)
    assert reminded(group) == [PIA, URS, EVE]
    told = group.to(EVE)[-1]
    assert told.machine == {"type": "reminder", "ref": "P1", "product": "profile", "late": True}
    assert "fehlt noch Ihre Antwort" in told.text
    group.later(days=30)
    assert reminded(group) == [PIA, URS, EVE]


def test_nobody_is_reminded_of_what_is_released(group: Chat, card: Said) -> None:
    for who in (PIA, PETER, URS):
        tap(group, card, "✅", who)
    group.later(days=4)
    assert reminded(group) == []


def test_who_takes_the_answer_back_is_reminded_in_time(group: Chat, card: Said) -> None:
    consent = tap(group, card, "✅", PETER)
    group.takes_off(consent, by=PETER)
    with group.database.transaction() as tx:
        pending = {r.user_id for r in planned.list_of(tx, "consent", 12) if r.state == "pending"}
    assert pending == {PIA, PETER, URS, EVE}


# --- members come and go


def test_needed_and_unanswered_follow_the_group(group: Chat, card: Said) -> None:
    group.reply("!gruppe anmelden P1", by=ADA)
    assert (shown(group, card).machine["needed"], shown(group, card).machine["unanswered"]) == (3, 5)
    group.reply("!gruppe abmelden P1", by=ADA)
    group.reply("!gruppe abmelden P1", by=EVE)
    assert (shown(group, card).machine["needed"], shown(group, card).machine["unanswered"]) == (2, 3)


def test_a_release_can_come_from_somebody_leaving(group: Chat, card: Said) -> None:
    tap(group, card, "✅", PIA)
    tap(group, card, "✅", PETER)
    group.reply("!gruppe abmelden P1", by=EVE)  # two of three
    assert state(group)["state"] == "released"


def test_who_leaves_takes_objection_and_consent_along(group: Chat, card: Said) -> None:
    tap(group, card, "✋", EVE)
    tap(group, card, "✅", PIA)
    tap(group, card, "✅", PETER)
    group.reply("profil verlassen", by=EVE, room=group.direct(EVE))
    assert state(group)["state"] == "released"


def test_a_new_member_is_reminded_too(group: Chat, card: Said) -> None:
    group.later(days=1)
    group.reply("!gruppe anmelden P1", by=ADA)
    group.later(days=3)
    assert [s.machine["type"] for s in group.to(ADA)].count("reminder") == 1


# --- undo


def test_set_in_review_by_mistake_and_taken_back(group: Chat, card: Said) -> None:
    group.reacts(card, "↩️", by=PIA)
    assert shown(group, card).machine["state"] == "open"
    assert state(group) == {"state": "open", "consents": 0, "objections": 0, "needed": 3, "unanswered": 4}


def test_not_after_the_group_has_answered(group: Chat, card: Said) -> None:
    tap(group, card, "✅", PETER)
    group.reacts(card, "↩️", by=PIA)
    assert state(group)["state"] == "in_review"
    assert "Seither ist damit schon etwas geschehen" in group.to(PIA)[-1].text


def test_an_edited_command_has_the_new_link(group: Chat) -> None:
    group.reply(f"!ergebnis P1 Steckbrief in Prüfung link: {LINK}x", by=PIA)
    group.edits(group.last, f"!ergebnis P1 Steckbrief in Prüfung link: {LINK}", by=PIA)
    assert state(group)["link"] == LINK
    assert steps(group) == [("profile", "open", "in_review", PIA)]


# --- after downtime


def test_missed_reactions_are_caught_up_with(group: Chat, card: Said) -> None:
    known = tap(group, card, "✅", PETER)
    at = group.now + timedelta(minutes=1)
    group.now = at
    present = [("$m1", PIA, "✅", at), ("$m2", URS, "✋", at), ("$m3", ADA, "✅", at), ("$m4", BOT, "✅", at)]
    for _ in range(2):  # idempotent
        group.deliver(group.core.reconcile("product", 12, present, now=at))
        group.deliver(group.core.edit_cards(now=at))
    assert (state(group)["consents"], state(group)["objections"]) == (1, 1)
    assert known not in [event for event, *_ in present]
    assert len([s for s in group.in_room(ROOM) if "was spricht dagegen" in s.text]) == 1


# --- personal data


def test_answers_are_exported_and_erased(group: Chat, card: Said) -> None:
    group.reply("!ergebnis einwand P1 Steckbrief Die Gebühren fehlen.", by=URS)
    exported = group.reply("datenschutz auskunft", by=URS, room=group.direct(URS))
    assert "Die Gebühren fehlen." in exported.content["data"]
    asked = group.reply("datenschutz löschen", by=URS, room=group.direct(URS))
    group.reply(asked.machine["confirm"], by=URS, room=group.direct(URS))
    assert "Gebühren" not in shown(group, card).text
    with group.database.transaction() as tx:
        assert products.list_answers_of(tx, URS) == []


def test_in_english(group: Chat) -> None:
    room = group.direct(group.member("@eve:localhost", language="en"))
    with group.database.transaction() as tx:
        groups.change(tx, 1, leader=EVE)
        members.grant(tx, user_id=EVE, role="leader", level=20, by="", at=group.now, process=1)
    eve = {"by": EVE, "room": room}
    assert "What is its link?" in group.reply("product P1 profile in_review", **eve).text
    group.reply("cancel", **eve)
    assert "3 of 4 have to consent" in group.reply(f"product P1 profile in_review link: {LINK}", **eve).text
    assert "already under review" in group.reply("product P1 profile in_review", **eve).text
    assert "No answer yet: Pia, Peter, Urs, Eve" in group.answer("product show P1 profile", **eve).text
    assert "rough description: open" in group.answer("product show P1", **eve).text
    assert "you consent" in group.reply("product consent P1 profile", **eve).text
    assert "your objection stands" in group.reply("product objection P1 profile Fees are missing", **eve).text
    assert "1 open objection" in group.reply("product P1 profile released", **eve).text
    assert "Ask it like this" in group.reply("product P1 bpmn released", **eve).text
    assert "Answers count only while it is under review" in group.reply("product consent P1 bpmn", **eve).text
    assert "under review" in group.reply("process show P1", **eve).text
