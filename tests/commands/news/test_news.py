from __future__ import annotations

import pytest

from commands.framework.declarations import PERSONAL
from tests.support.chat import HALL, ROOMS, Chat, Said
from tests.support.kept import staged

MONI = "@moni:localhost"
KORA = "@kora:localhost"
PIA = "@pia:localhost"
CHECK = "✅"


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    chat.member(PIA, "Pia Muster")


def card_in(chat: Chat, purpose: str, ref: str = "N1") -> Said:
    """How the item's card in this room looks now."""
    said = [s for s in chat.in_room(purpose) if s.machine.get("ref") == ref]
    first = next(s for s in said if s.edits is None)
    return next((s for s in reversed(said) if s.edits == first.event_id), first)


def first_in(chat: Chat, purpose: str, ref: str = "N1") -> Said:
    return next(s for s in chat.in_room(purpose) if s.edits is None and s.machine.get("ref") == ref)


def write(
    chat: Chat, title: str = "Portal wächst", *, fields: str = "", body: str = "Es sind *zwanzig* Dienste."
) -> Said:
    return chat.reply(f"!news neu {title}{fields}\n{body}", by=MONI)


def comment(chat: Chat, ref: str = "N1") -> None:
    chat.says("Das freut mich", room=ROOMS["news"], thread=first_in(chat, "news", ref).event_id)


# --- publishing


def test_news_is_published_at_once(chat: Chat) -> None:
    reply = write(chat, fields=" | tags: #OSP, Portal, osp | öffentlich: ja")
    assert reply.machine == {
        "type": "news",
        "ref": "N1",
        "title": "Portal wächst",
        "state": "published",
        "at": "2026-11-02T10:00:00+01:00",
        "public": True,
        "tags": ["osp", "Portal"],
        "comments": 0,
    }
    card = card_in(chat, "news")
    assert card.machine == reply.machine
    assert card.event_id in reply.html
    assert "📰 N1 · Portal wächst" in card.text
    assert "<em>zwanzig</em>" in card.html
    assert "Mo, 2. November 2026, 10:00 · Moni · #osp · #Portal · öffentlich" in card.text
    assert card.text.endswith("im Thread diskutieren")
    assert "Kommentar" not in card.text


def test_in_the_news_room_the_card_is_the_reply(chat: Chat) -> None:
    [card] = chat.says("!news neu Neues\nText", by=MONI, room=ROOMS["news"])
    assert card.replies_to == chat.last


def test_only_moderators_write(chat: Chat) -> None:
    write(chat)
    for text in (
        "neu Neues\nText",
        "ändern N1 titel: X",
        "zurückziehen N1",
        "veröffentlichen N1",
        "entwürfe",
    ):
        assert chat.reply(f"!news {text}", by=PIA).machine["code"] == "not_allowed"
    assert chat.reply("!news neu Von Kora\nText", by=KORA).machine["ref"] == "N2"


def test_title_and_body_are_needed(chat: Chat) -> None:
    reply = chat.reply("!news neu Portal wächst | tags: osp", by=MONI)
    assert reply.machine["code"] == "bad_input"
    assert reply.machine["field"] == "text"
    assert "!news neu Portal wächst\ntags: osp\nWorum es geht" in reply.text
    assert chat.reply("!news neu\ntags: osp", by=MONI).machine["field"] in ("title", "titel")
    assert chat.in_room("news") == []


def test_peoples_text_is_text(chat: Chat) -> None:
    write(
        chat,
        "<b>Neu</b> @room {{ x }}",
        fields=" | tags: <i>",
        body="<script>1</script> @room [x](javascript:1)",
    )
    card = card_in(chat, "news")
    assert "<b>" not in card.html
    assert "<i>" not in card.html
    assert "<script" not in card.html
    assert "javascript" not in card.html.replace("(javascript:1)", "")
    assert "@room" not in card.html + card.text
    assert "{{ x }}" in card.text
    assert card.content["m.mentions"] == {}


def test_english(chat: Chat) -> None:
    reply = chat.reply("!news new Portal grows | public: yes | state: draft\nTwenty services.", by=MONI)
    assert reply.machine["state"] == "draft"
    assert chat.reply("!news publish N1", by=MONI).machine["state"] == "published"
    assert chat.reply("!news edit N1 title: Portal grew", by=MONI).machine["title"] == "Portal grew"
    chat.member("@eve:localhost", language="en")
    room = chat.direct("@eve:localhost")
    assert (
        "New since Sun, 1 November 2026"
        in chat.reply("news since yesterday", by="@eve:localhost", room=room).text
    )
    assert "Portal grew" in chat.reply("news list", by="@eve:localhost", room=room).text
    assert "to the card" in chat.reply("news show N1", by="@eve:localhost", room=room).text
    assert chat.reply("!news withdraw N1 reason: wrong", by=MONI).machine["state"] == "withdrawn"
    assert "is withdrawn and stays so" not in chat.reply("news show N1", by="@eve:localhost", room=room).text


# --- drafts


def test_a_draft_stands_in_the_moderation_room_until_a_moderator_ticks_it(chat: Chat) -> None:
    reply = write(chat, fields=" | stand: entwurf")
    assert reply.machine["state"] == "draft"
    assert "at" not in reply.machine
    draft = first_in(chat, "moderation")
    assert (draft.event_id, CHECK) in chat.reactions
    assert "Entwurf" in draft.text
    assert chat.in_room("news") == []
    assert chat.reacts(draft, CHECK, by=PIA) == []
    assert chat.in_room("news") == []

    chat.reacts(draft, CHECK, by=KORA)
    assert card_in(chat, "news").machine["state"] == "published"
    pointer = card_in(chat, "moderation")
    assert pointer.edits == draft.event_id
    assert "veröffentlicht, zur Karte" in pointer.text
    assert pointer.text.count("N1") == 1
    assert first_in(chat, "news").event_id in pointer.html
    assert pointer.machine["state"] == "published"

    chat.reacts(draft, CHECK, by=MONI)
    assert len([s for s in chat.in_room("news") if s.edits is None]) == 1


def test_a_draft_is_published_by_command_once(chat: Chat) -> None:
    chat.says("!news neu Neues | stand: entwurf\nText", by=MONI, room=ROOMS["moderation"])
    reply = chat.reply("!news veröffentlichen N1", by=KORA, room=ROOMS["moderation"])
    assert reply.machine["state"] == "published"
    assert first_in(chat, "news").event_id in reply.html
    again = chat.reply("!news veröffentlichen 1", by=KORA)
    assert again.machine["code"] == "conflict"
    assert chat.reply("!news veröffentlichen N7", by=KORA).machine["code"] == "not_found"


def test_a_draft_is_not_shown_to_others(chat: Chat) -> None:
    write(chat, "Geheim", fields=" | stand: entwurf")
    assert chat.reply("!news zeige N1", by=PIA).machine["code"] == "not_found"
    assert chat.reply("!zeige N1", by=PIA).machine["code"] == "not_found"
    assert chat.reply("!news liste").machine["refs"] == []
    assert "Geheim" in chat.reply("!news zeige N1", by=MONI).text


def test_a_draft_with_a_time_is_planned_by_the_tick(chat: Chat) -> None:
    write(chat, fields=" | stand: entwurf | wann: morgen 14 Uhr")
    draft = first_in(chat, "moderation")
    chat.reacts(draft, CHECK, by=KORA)
    chat.reacts(draft, CHECK, by=MONI)
    assert card_in(chat, "moderation").machine["state"] == "scheduled"
    assert chat.in_room("news") == []
    chat.later(hours=29)
    assert card_in(chat, "news").machine["at"] == "2026-11-03T15:00:00+01:00"
    assert "geplant für Di, 3. November 2026, 14:00" in card_in(chat, "news").text


def test_the_drafts_are_listed_for_moderators(chat: Chat) -> None:
    assert "keine Entwürfe" in chat.reply("!news entwürfe", by=MONI).text
    write(chat, "Eins", fields=" | stand: entwurf")
    write(chat, "Zwei", fields=" | wann: morgen 14 Uhr")
    write(chat, "Drei")
    reply = chat.reply("!news entwürfe", by=MONI)
    assert reply.machine == {
        "type": "list",
        "of": "news",
        "refs": ["N2", "N1"],
        "page": 1,
        "pages": 1,
        "total": 2,
    }
    assert "geplant für Di, 3. November 2026, 14:00" in reply.text
    assert first_in(chat, "moderation", "N2").event_id in reply.html


# --- planned


def test_planned_news_is_published_at_its_time_once(chat: Chat) -> None:
    reply = write(chat, fields=" | wann: heute 14 Uhr")
    assert reply.machine["state"] == "scheduled"
    assert reply.machine["at"] == "2026-11-02T14:00:00+01:00"
    assert "erscheint am Mo, 2. November 2026, 14:00" in reply.text
    assert card_in(chat, "moderation").machine["state"] == "scheduled"
    assert chat.reactions == []
    chat.later(hours=3, minutes=59)
    assert chat.in_room("news") == []
    chat.later(minutes=1)
    chat.tick()
    chat.later(minutes=5)
    [card] = [s for s in chat.in_room("news") if s.edits is None]
    assert card.machine["state"] == "published"
    assert card.machine["at"] == "2026-11-02T14:00:00+01:00"
    assert "geplant" not in card.text
    chat.apply()
    assert "veröffentlicht" in card_in(chat, "moderation").text


def test_after_downtime_it_says_for_when_it_was_planned(chat: Chat) -> None:
    write(chat, fields=" | wann: heute 14 Uhr")
    write(chat, "Zuerst", fields=" | wann: heute 13 Uhr")
    chat.later(days=1)
    chat.tick()
    cards = [s for s in chat.in_room("news") if s.edits is None]
    assert [card.machine["ref"] for card in cards] == ["N2", "N1"]
    assert "geplant für Mo, 2. November 2026, 14:00" in cards[1].text
    assert "Di, 3. November 2026, 10:00" in cards[1].text


def test_planned_news_can_be_published_now(chat: Chat) -> None:
    write(chat, fields=" | wann: morgen 14 Uhr")
    chat.reply("!news veröffentlichen N1", by=MONI)
    chat.later(days=2)
    [card] = [s for s in chat.in_room("news") if s.edits is None]
    assert card.machine["at"] == "2026-11-02T10:00:00+01:00"
    assert "geplant" not in card_in(chat, "news").text


@pytest.mark.parametrize(
    "when", ["gestern 14 Uhr", "01.11.2026 10:00", "morgen", "morgen 14:00-15:00", "bald"]
)
def test_a_time_that_is_over_or_unclear_is_refused(chat: Chat, when: str) -> None:
    reply = write(chat, fields=f" | wann: {when}")
    assert reply.machine["code"] == "bad_input"
    assert reply.machine["field"] == "wann"
    assert chat.in_room("moderation") == []


# --- corrections and withdrawal


def test_a_correction_is_made_in_place_and_says_so(chat: Chat) -> None:
    write(chat, fields=" | tags: osp")
    first = first_in(chat, "news")
    chat.later(minutes=30)
    reply = chat.reply(
        "!news ändern N1 titel: Portal wuchs | öffentlich: ja | tags: keine\nEs sind 21.", by=KORA
    )
    assert reply.machine["title"] == "Portal wuchs"
    assert reply.machine["public"] is True
    assert "tags" not in reply.machine
    card = card_in(chat, "news")
    assert card.edits == first.event_id
    assert "Es sind 21." in card.text
    assert "korrigiert am Mo, 2. November 2026, 10:30" in card.text
    assert "Moni" in card.text
    assert chat.reply("!news liste tags: osp").machine["total"] == 0
    assert chat.reply("!news liste suche: wuchs").machine["total"] == 1


def test_other_changes_are_no_correction(chat: Chat) -> None:
    write(chat)
    chat.reply("!news ändern N1 | tags: neu", by=MONI)
    assert "#neu" in card_in(chat, "news").text
    assert "korrigiert" not in card_in(chat, "news").text


def test_a_correction_without_anything_is_answered_with_a_template(chat: Chat) -> None:
    write(chat)
    reply = chat.reply("!news ändern N1", by=MONI)
    assert reply.machine["code"] == "bad_input"
    assert "!news ändern N1\ntitel: Titel" in reply.text
    assert chat.reply("!news ändern N4 titel: X", by=MONI).machine["code"] == "not_found"


def test_the_time_can_change_until_it_is_published(chat: Chat) -> None:
    write(chat, fields=" | wann: morgen 14 Uhr")
    reply = chat.reply("!news ändern N1 wann: heute 11 Uhr", by=MONI)
    assert reply.machine["at"] == "2026-11-02T11:00:00+01:00"
    assert "Geplant für Mo, 2. November 2026, 11:00" in reply.text
    assert "11:00" in card_in(chat, "moderation").text
    chat.later(hours=1)
    assert card_in(chat, "news").machine["state"] == "published"
    assert chat.reply("!news ändern N1 wann: morgen 11 Uhr", by=MONI).machine["code"] == "conflict"


def test_what_is_withdrawn_stays_so(chat: Chat) -> None:
    write(chat)
    reply = chat.reply("!news zurückziehen N1 grund: Das Datum war falsch.", by=MONI)
    assert reply.machine["state"] == "withdrawn"
    card = card_in(chat, "news")
    assert card.text == "📰 N1 · Portal wächst · zurückgezogen: Das Datum war falsch."
    for text in ("zurückziehen N1", "veröffentlichen N1", "ändern N1 titel: X"):
        assert chat.reply(f"!news {text}", by=MONI).machine["code"] == "conflict"
    assert chat.reply("!news liste").machine["total"] == 0
    assert "zurückgezogen" in chat.reply("!news zeige N1").text
    assert chat.reply("!news zurückziehen N8", by=MONI).machine["code"] == "not_found"


def test_a_planned_item_withdrawn_never_appears(chat: Chat) -> None:
    write(chat, fields=" | wann: heute 14 Uhr")
    chat.reply("!news zurückziehen N1", by=MONI)
    assert card_in(chat, "moderation").text.endswith("zurückgezogen")
    chat.later(days=1)
    assert chat.in_room("news") == []


# --- comments


def test_comments_are_counted_on_the_card(chat: Chat) -> None:
    write(chat)
    comment(chat)
    assert "1 Kommentar" in card_in(chat, "news").text
    assert "Kommentare" not in card_in(chat, "news").text
    comment(chat)
    comment(chat)
    card = card_in(chat, "news")
    assert "3 Kommentare" in card.text
    assert card.machine["comments"] == 3
    assert chat.reply("!news zeige N1").machine["comments"] == 3


# --- taking back


def test_an_edited_command_changes_the_item_and_its_card(chat: Chat) -> None:
    reply = write(chat, fields=" | tags: osp")
    command = chat.last
    said = chat.edits(command, "!news neu Portal gewachsen\nEs sind 21.", by=MONI)
    assert {s.edits for s in said} == {reply.event_id, first_in(chat, "news").event_id}
    card = card_in(chat, "news")
    assert card.machine["ref"] == "N1"
    assert card.machine["title"] == "Portal gewachsen"
    assert "tags" not in card.machine
    assert "Es sind 21." in card.text
    assert write(chat, "Zweite").machine["ref"] == "N2"
    comment(chat)
    [answer] = chat.edits(command, "!news neu Anders\nText", by=MONI)
    assert answer.machine["code"] == "conflict"
    assert "!news ändern N1" in answer.text
    assert card_in(chat, "news").machine["title"] == "Portal gewachsen"


def test_an_edit_may_make_a_draft_of_it_and_news_of_a_draft(chat: Chat) -> None:
    write(chat)
    command = chat.last
    chat.edits(command, "!news neu Portal | stand: entwurf\nText", by=MONI)
    assert card_in(chat, "news").text == "📰 N1 · noch nicht veröffentlicht"
    assert card_in(chat, "moderation").machine["state"] == "draft"
    said = chat.edits(command, "!news neu Portal\nText", by=MONI)
    assert all("\x01" not in s.html for s in said)
    assert card_in(chat, "news").machine["state"] == "published"
    assert "veröffentlicht" in card_in(chat, "moderation").text
    assert len([s for s in chat.in_room("news") if s.edits is None]) == 1


def test_an_edit_to_another_command_withdraws_it(chat: Chat) -> None:
    write(chat)
    chat.edits(chat.last, "!news liste", by=MONI)
    assert card_in(chat, "news").machine["state"] == "withdrawn"


def test_undo(chat: Chat) -> None:
    reply = write(chat)
    chat.reacts(reply, "↩️", by=KORA)
    assert card_in(chat, "news").machine["state"] == "published"
    chat.reacts(reply, "↩️", by=MONI)
    assert card_in(chat, "news").machine["state"] == "withdrawn"
    assert chat.said[-2].machine["state"] == "withdrawn"


def test_undo_not_after_a_comment(chat: Chat) -> None:
    chat.direct(MONI)
    reply = write(chat)
    comment(chat)
    chat.reacts(reply, "↩️", by=MONI)
    assert card_in(chat, "news").machine["state"] == "published"
    assert chat.to(MONI)[-1].machine["code"] == "conflict"


def test_undo_of_what_came_later(chat: Chat) -> None:
    write(chat, fields=" | stand: entwurf")
    corrected = chat.reply("!news ändern N1 titel: Anders | wann: morgen 8 Uhr", by=MONI)
    chat.reacts(corrected, "↩️", by=MONI)
    assert card_in(chat, "moderation").machine == {
        "type": "news",
        "ref": "N1",
        "title": "Portal wächst",
        "state": "draft",
        "public": False,
        "comments": 0,
    }
    published = chat.reply("!news veröffentlichen N1", by=MONI)
    chat.reacts(published, "↩️", by=MONI)
    assert card_in(chat, "news").machine["state"] == "withdrawn"
    assert card_in(chat, "moderation").machine["state"] == "withdrawn"


def test_undo_of_a_withdrawal(chat: Chat) -> None:
    write(chat)
    withdrawn = chat.reply("!news zurückziehen N1 grund: X", by=MONI)
    chat.reacts(withdrawn, "↩️", by=MONI)
    assert card_in(chat, "news").machine["state"] == "published"
    assert "zurückgezogen" not in card_in(chat, "news").text


def test_an_edited_publication_concerns_the_other_draft(chat: Chat) -> None:
    write(chat, "Eins", fields=" | stand: entwurf")
    write(chat, "Zwei", fields=" | stand: entwurf")
    chat.reply("!news veröffentlichen N1", by=MONI)
    chat.edits(chat.last, "!news veröffentlichen N2", by=MONI)
    assert card_in(chat, "news", "N1").machine["state"] == "draft"
    assert card_in(chat, "news", "N2").machine["state"] == "published"
    assert chat.reply("!news entwürfe", by=MONI).machine["refs"] == ["N1"]


# --- reading


def test_the_list_is_newest_first_by_pages(chat: Chat) -> None:
    assert "Es gibt noch keine" in chat.reply("!news liste").text
    for n in range(1, 13):
        write(chat, f"Titel {n}", fields=" | tags: Portal, Übersicht" if n == 3 else "")
    reply = chat.reply("!news liste")
    assert reply.machine["refs"] == [f"N{n}" for n in range(12, 2, -1)]
    assert (reply.machine["pages"], reply.machine["total"]) == (2, 12)
    assert "!news liste seite: 2" in reply.text
    assert first_in(chat, "news", "N12").event_id in reply.html
    assert chat.reply("!news liste seite: 2").machine["refs"] == ["N2", "N1"]
    assert "nichts mehr" in chat.reply("!news liste seite: 3").text
    assert chat.reply("!news liste tags: #uebersicht, portal").machine["refs"] == ["N3"]
    assert chat.reply("!news liste tags: portal, fehlt").machine["refs"] == []
    assert chat.reply("!news liste suche: titel 11").machine["refs"] == ["N11"]
    assert "!news liste suche: titel seite: 2" in chat.reply("!news liste suche: titel").text
    assert "keine Neuigkeiten" in chat.reply("!news liste suche: 100%").text


def test_show(chat: Chat) -> None:
    write(chat)
    reply = chat.reply("!news zeige #1")
    assert "zwanzig" in reply.text
    assert first_in(chat, "news").event_id in reply.html
    assert chat.reply("!zeige N1").machine == reply.machine
    assert chat.reply("!news zeige N2").machine["code"] == "not_found"


def test_what_is_new_since(chat: Chat) -> None:
    write(chat, "Montag")
    comment(chat)
    chat.later(days=1)
    write(chat, "Dienstag")
    chat.later(days=2)
    write(chat, "Donnerstag")

    def refs(text: str) -> list[str]:
        found: list[str] = chat.reply(text, by=PIA).machine["refs"]
        return found

    reply = chat.reply("!news neu seit Montag", by=PIA)
    assert reply.machine["refs"] == ["N3", "N2", "N1"]
    assert "Neu seit Mo, 2. November 2026" in reply.text
    assert "N1 · Montag · Mo, 2. November 2026 · 1 Kommentar" in reply.text
    assert first_in(chat, "news").event_id in reply.html
    assert refs("!news seit gestern") == ["N3"]
    assert refs("!news neu seit 2 Tagen") == ["N3", "N2"]
    assert refs("!news neu seit vor 2 Tagen") == ["N3", "N2"]
    assert refs("!news neu seit 03.11.2026") == ["N3", "N2"]
    assert refs("!news new since yesterday") == ["N3"]
    assert refs("!news since 3 days") == ["N3", "N2", "N1"]
    assert refs("!news seit 04.11.2026 12:00") == ["N3"]
    chat.later(days=4)
    assert "gibt es nichts Neues" in chat.reply("!news seit gestern").text


@pytest.mark.parametrize("since", ["", "18.03.2027", "neulich", "01.11.2026 10:00-12:00"])
def test_since_when_is_refused_if_unclear(chat: Chat, since: str) -> None:
    assert chat.reply(f"!news neu seit {since}").machine["code"] == "bad_input"


# --- records


def test_every_change_is_in_the_audit_log(chat: Chat) -> None:
    write(chat, fields=" | stand: entwurf")
    chat.reacts(first_in(chat, "moderation"), CHECK, by=KORA)
    chat.reply("!news ändern N1 titel: Anders", by=MONI)
    chat.reacts(chat.reply("!news zurückziehen N1", by=MONI), "↩️", by=MONI)
    with chat.database.transaction() as tx:
        rows = tx.exec_driver_sql("SELECT actor, command, ref FROM audit_log ORDER BY id").all()
    assert [tuple(row) for row in rows] == [
        (MONI, "news new", "N1"),
        (KORA, "news publish", "N1"),
        (MONI, "news edit", "N1"),
        (MONI, "news withdraw", "N1"),
        (MONI, "news edit", "N1"),
    ]


def test_authors_can_read_and_erase_their_part(chat: Chat) -> None:
    write(chat)
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        [written] = PERSONAL["news"].export(ctx, MONI)
        assert written["title"] == "Portal wächst"
        assert written["text"] == "Es sind *zwanzig* Dienste."
        PERSONAL["news"].erase(ctx, MONI)
        assert PERSONAL["news"].export(ctx, MONI) == []
    chat.apply()
    assert "Moni" not in card_in(chat, "news").text
    assert "zwanzig" in card_in(chat, "news").text


def test_shown_elsewhere_it_leads_to_the_card(chat: Chat) -> None:
    """There is no thread to discuss in below a reply; on the card there is."""
    chat.reply("!news neu Das Portal ist da\nEndlich.", by="@moni:localhost", room=ROOMS["moderation"])
    chat.member("@pia:localhost")
    for room in (chat.direct("@pia:localhost"), ROOMS["ideas"]):
        for typed in ("!news zeige N1", "!zeige N1"):
            shown = chat.reply(typed, room=room)
            assert "Thread" not in shown.text
            assert shown.text.endswith("zur Karte")
            assert f'<a href="https://matrix.to/#/{ROOMS["news"]}/' in shown.html


@pytest.mark.parametrize("room", ["direct", "hall"])
def test_no_shown_thing_speaks_of_a_thread_that_is_elsewhere(chat: Chat, room: str) -> None:
    chat.process("@pia:localhost", leader="@pia:localhost")
    chat.member("@pia:localhost")
    where = chat.direct("@pia:localhost")
    chat.group_room(1, "@pia:localhost")
    chat.reply("!idee neu Umzug melden am Schalter", room=where)
    chat.reply("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", room=where)
    chat.reply("!anlass neu Treff | wann: 5.12.2026 10:00", by="@kora:localhost")
    chat.reply("!sitzung neu P1 Kickoff | wann: 8.12.2026 9:00", room=where)
    asked = where if room == "direct" else HALL
    for ref in ("I1", "P1", "A1", "S1"):
        assert "Thread" not in chat.reply(f"!zeige {ref}", room=asked).text
    for said in chat.to("@pia:localhost"):
        assert "im Thread" not in said.text


@pytest.mark.parametrize("when", ["", "wann: in 2 Tagen 9:00 | "])
def test_a_drafts_card_shows_what_will_be_published(chat: Chat, when: str) -> None:
    text = "Seit heute sind es **zwanzig**.\n\n- einer\n- zwei\n\nMehr: https://example.ch/portal"
    chat.says(
        f"!news neu Das Portal | {when}tags: osp, portal | öffentlich: ja | stand: entwurf\n{text}", by=MONI
    )
    draft = card_in(chat, "moderation")
    chat.says("!news veröffentlichen N1", by=MONI)
    chat.later(days=3)
    out = card_in(chat, "news")

    assert out.text.splitlines()[:5] == draft.text.splitlines()[:5]
    for fact in ("#osp", "#portal", "öffentlich"):
        assert fact in draft.text
        assert fact in out.text


def test_news_are_found_by_the_words_they_have_now(chat: Chat) -> None:
    write(chat, "Umzug", fields=" | tags: Portal")
    changed = chat.reply("!news ändern N1 titel: Hundesteuer\nAb März.", by=MONI)
    for words, found in (("hund", 1), ("umzug", 0), ("portal ab märz", 1), ("portal mai", 0)):
        assert chat.reply(f"!news liste suche: {words}").machine["total"] == found, words
    chat.reacts(changed, "↩️", by=MONI)
    assert chat.reply("!news liste suche: umz por").machine["total"] == 1
    chat.reply("!news zurückziehen N1 grund: doppelt", by=MONI)
    assert chat.reply("!news liste suche: umzug").machine["total"] == 0
