from __future__ import annotations

from datetime import timedelta

import pytest

from commands.framework.declarations import REMINDED
from storage import reminders
from tests.support.chat import Chat, Said
from tests.support.kept import staged

PIA, PETER, URS, ANNA, KORA = (f"@{n}:localhost" for n in ("pia", "peter", "urs", "anna", "kora"))
GROUP = "!group1:localhost"
LINE = "Vereinbarung: Formular ohne AHV-Nummer | wer: Urs | bis: 30.06.2027"


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    for user in (PIA, PETER, URS, ANNA, KORA):
        chat.member(user)
    chat.process(PIA, PETER, URS, leader=PIA)
    chat.group_room(1, PIA, PETER, URS)
    chat.reply(
        "!sitzung neu P1 Formulare sichten | wann: 18.03.2027 13:30-15:00 | ort: Liestal\n- Begrüssung"
    )


def minutes(chat: Chat, text: str, **more: str) -> Said:
    return chat.reply(f"!sitzung protokoll S1{text}", **more)


def begun(chat: Chat) -> None:
    """It is half an hour into the meeting."""
    chat.later(days=136, hours=4)
    assert chat.now.isoformat() == "2027-03-18T13:00:00+00:00"


# --- minutes


def test_each_agreement_stands_in_the_minutes_once(chat: Chat) -> None:
    agreed = "Vereinbarung: Ablauf zeichnen wer: Urs bis: 30.06.2027\n* **Agreement:** Liste führen\nwer: Urs"
    minutes(chat, f"\nAlle waren da.\n{agreed}\nEnde um drei.")
    posted, shown = chat.in_room(GROUP)[-1], chat.answer("!sitzung zeige S1", by=URS)
    for said in (chat.in_room(GROUP)[1], shown):
        for word in ("Ablauf zeichnen", "Liste führen", "V1", "V2", "Alle waren da.", "Ende um drei."):
            assert said.text.count(word) == said.html.count(word) == 1, word
        assert "Vereinbarung:" not in said.text
    assert posted.machine["ref"] == "S1"
    chat.answer("!vereinbarung erfüllt V1", by=URS)
    minutes(chat, f"\nNoch einmal.\n{agreed}\nVereinbarung: Neues")
    again = next(s for s in reversed(chat.in_room(GROUP)) if "Noch einmal." in s.text)
    for word in ("Ablauf zeichnen", "Liste führen", "V1", "V2", "V3", "erfüllt"):
        assert again.text.count(word) == 1, word


def test_minutes_are_posted_in_the_groups_room_and_make_agreements(chat: Chat) -> None:
    reply = minutes(
        chat, f"\nAlle waren da.\n{LINE}\n- Agreement: Ablauf zeichnen\nVereinbarung:\nEnde um drei."
    )
    assert reply.machine["state"] == "held"
    assert reply.text == "Das Protokoll von S1 ist abgelegt."  # in a hall, no more is said
    posted = chat.in_room(GROUP)[1]
    assert posted.machine["ref"] == "S1"
    assert "Alle waren da." in posted.text
    assert "V2 · Ablauf zeichnen" in posted.text
    assert chat.answer("!vereinbarung zeige V1").machine == {
        "type": "agreement",
        "ref": "V1",
        "title": "Formular ohne AHV-Nummer",
        "state": "open",
        "process": "P1",
        "who": URS,
        "until": "2027-06-30",
    }
    assert chat.answer("!vereinbarung liste P1").machine["refs"] == ["V1", "V2"]
    shown = chat.answer("!sitzung zeige S1", by=URS)
    assert "Ende um drei." in shown.text
    assert "V2" in shown.text
    assert chat.card("S1").machine["state"] == "held"
    with chat.database.transaction() as tx:
        assert all(r.state != "pending" for r in reminders.list_of(tx, "meeting", 1))
    chat.later(minutes=1)
    assert any("mit Ihnen vereinbart" in s.text for s in chat.to(URS))


@pytest.mark.parametrize(
    "text",
    [
        f"\n{LINE}",
        f" | {LINE}",
        "\nAgreement: Formular ohne AHV-Nummer | who: Urs | until: 30 June 2027",
        "\n* **Vereinbarung:** Formular ohne AHV-Nummer wer: @urs:localhost bis: 30.6.2027",
        "\nVEREINBARUNG: Formular ohne AHV-Nummer\nwer: Urs\nbis: 30.06.2027",
        " Vereinbarung: Formular ohne AHV-Nummer | wer: Urs | bis: 30.06.2027",
    ],
)
def test_an_agreement_is_read_however_it_is_written(chat: Chat, text: str) -> None:
    minutes(chat, text)
    machine = chat.answer("!vereinbarung zeige V1").machine
    assert (machine["title"], machine.get("who"), machine.get("until")) == (
        "Formular ohne AHV-Nummer",
        URS,
        "2027-06-30",
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Vereinbarung: X | wer: Niemand", "Niemand"),
        ("Vereinbarung: X | bis: 31.02.2027", "31.02.2027"),
        ("Vereinbarung: X | bis: 01.01.2020", "vorbei"),
        ("Vereinbarung: | wer: Urs", "Satz"),
        (f"Vereinbarung: {'x' * 121}", "120"),
        ("Vereinbarung: X | wer: Urs | wer: Pia", "zweimal"),
    ],
)
def test_a_line_that_can_not_be_read_refuses_all(chat: Chat, line: str, said: str) -> None:
    refused = minutes(chat, f"\nText\nVereinbarung: Gut\n{line}")
    assert refused.machine["code"] == "bad_input"
    assert said in refused.text
    assert "noch nicht abgelegt" in refused.text
    assert chat.answer("!vereinbarung liste P1").machine["total"] == 0
    assert chat.answer("!sitzung zeige S1").machine["state"] == "planned"


def test_minutes_as_a_link(chat: Chat) -> None:
    minutes(chat, " https://example.ch/p")
    assert "https://example.ch/p" in chat.in_room(GROUP)[1].text
    minutes(chat, " | link: https://example.ch/q")
    assert "https://example.ch/q" in chat.answer("!sitzung zeige S1").text
    refused = minutes(chat, "")
    assert refused.machine["code"] == "bad_input"
    assert minutes(chat, " | link: Ordner").machine["field"] == "link"


def test_minutes_in_the_groups_room_are_one_message(chat: Chat) -> None:
    since = len(chat.in_room(GROUP))
    chat.says("!sitzung protokoll S1 Alles gut", room=GROUP)
    new = [s for s in chat.in_room(GROUP)[since:] if s.edits is None]
    assert len(new) == 1


def test_minutes_again_add_to_the_text_and_double_nothing(chat: Chat) -> None:
    minutes(chat, f"\nErster Text.\n{LINE}")
    minutes(chat, f"\nZweiter Text.\n{LINE}\nVereinbarung: Noch eine")
    assert chat.answer("!vereinbarung liste P1").machine["total"] == 2
    shown = chat.answer("!sitzung zeige S1").text
    assert "Zweiter Text." in shown
    assert "Erster Text." in shown


def test_a_link_after_the_text_leaves_the_text(chat: Chat) -> None:
    minutes(chat, "\nErster Text.")
    assert "bleibt" in minutes(chat, " https://example.ch/p8").text
    added = minutes(chat, " https://example.ch/p9")
    shown = chat.answer("!sitzung zeige S1").text
    assert all(one in shown for one in ("Erster Text.", "https://example.ch/p8", "https://example.ch/p9"))
    chat.reacts(added, "↩️")
    shown = chat.answer("!sitzung zeige S1").text
    assert "Erster Text." in shown
    assert "https://example.ch/p9" not in shown
    assert minutes(chat, "\n" + "x" * 4_000).machine["code"] == "bad_input"


def test_minutes_are_taken_back_and_edited(chat: Chat) -> None:
    reply = minutes(chat, f"\n{LINE}")
    chat.edits(chat.last, "!sitzung protokoll S1\nVereinbarung: Anders")
    assert "Anders" in chat.answer("!vereinbarung liste P1").text
    assert chat.answer("!vereinbarung liste P1").machine["total"] == 1
    chat.reacts(reply, "↩️")
    assert chat.answer("!vereinbarung liste P1").machine["total"] == 0
    assert chat.answer("!sitzung zeige S1").machine["state"] == "planned"
    with chat.database.transaction() as tx:
        pending = [r for r in reminders.list_of(tx, "meeting", 1) if r.state == "pending"]
    assert len(pending) == 9


def test_minutes_built_upon_stay(chat: Chat) -> None:
    reply = minutes(chat, f"\n{LINE}")
    chat.answer("!vereinbarung erfüllt V1", by=URS)
    chat.reacts(reply, "↩️")
    assert chat.answer("!vereinbarung zeige V1").machine["state"] == "kept"


def test_only_the_leader_records_and_not_what_is_cancelled(chat: Chat) -> None:
    assert minutes(chat, " Text", by=PETER).machine["code"] == "not_allowed"
    assert chat.answer("!sitzung anwesend S1 Pia", by=PETER).machine["code"] == "not_allowed"
    chat.reply("!sitzung streichen S1")
    assert minutes(chat, " Text").machine["code"] == "conflict"
    assert chat.answer("!sitzung anwesend S1 Pia").machine["code"] == "conflict"


def test_text_in_minutes_stays_text(chat: Chat) -> None:
    minutes(chat, "\n<b>fett</b>\nVereinbarung: <i>schräg</i> @room")
    for said in (
        chat.in_room(GROUP)[1],
        chat.answer("!vereinbarung liste P1"),
        chat.answer("!sitzung zeige S1"),
    ):
        assert "<b>" not in said.html
        assert "<i>" not in said.html
        assert "@room" not in said.text


# --- attendance


def test_who_was_there(chat: Chat) -> None:
    begun(chat)
    reply = chat.answer("!sitzung anwesend S1 Pia; @urs:localhost")
    assert reply.machine["state"] == "held"
    assert "2" in reply.text
    assert "anwesend: Pia, Urs" in chat.answer("!sitzung zeige S1").text
    chat.answer("!meeting attended S1 @pia:localhost @peter:localhost")
    assert "anwesend: Pia, Urs, Peter" in chat.answer("!sitzung zeige S1").text
    assert chat.answer("!sitzung anwesend S1 Pia, Niemand").machine["code"] == "not_found"


@pytest.mark.parametrize(
    "who", ["@piaa:localhost", "Pia, @nobody:nowhere.example", "Anna", "@anna:localhost, Urs"]
)
def test_nobody_was_there_who_can_not_have_been(chat: Chat, who: str) -> None:
    """A slip in an id, somebody unknown, somebody who is neither in the group nor invited."""
    begun(chat)
    reply = chat.answer(f"!sitzung anwesend S1 {who}")
    assert reply.machine["code"] in ("conflict", "not_found")
    assert "anwesend" not in chat.answer("!sitzung zeige S1").text


def test_all_or_those_who_have_accepted_were_there(chat: Chat) -> None:
    chat.says("!sitzung absagen S1", by=PIA)  # who planned it, and counts as coming
    begun(chat)
    assert chat.answer("!sitzung anwesend S1").machine["code"] == "bad_input"
    chat.says("!sitzung zusagen S1", by=URS)
    chat.says("!sitzung absagen S1", by=PETER)
    chat.answer("!sitzung anwesend S1")
    assert "anwesend: Urs\n" in chat.answer("!sitzung zeige S1").text + "\n"
    chat.answer("!sitzung anwesend S1 alle")
    assert "anwesend: Urs, Pia, Peter" in chat.answer("!sitzung zeige S1").text


@pytest.mark.parametrize("who", ["@piaa:localhost", "@nobody:nowhere.example"])
def test_nobody_agrees_who_takes_no_part(chat: Chat, who: str) -> None:
    assert chat.answer(f"!vereinbarung neu P1 Liste | wer: {who}").machine["code"] == "not_found"
    assert minutes(chat, f"\nVereinbarung: Liste wer: {who}").machine["type"] == "error"
    assert chat.answer("!vereinbarung liste P1").machine["total"] == 0


@pytest.mark.parametrize(
    "line",
    [
        "1. Vereinbarung: Liste wer: Urs",
        "12) Vereinbarung: Liste wer: Urs",
        "- Vereinbarung: Liste wer: Urs",
        "•Vereinbarung: Liste wer: Urs",
        "– Agreement: Liste who: Urs",
        "Vereinbarung Liste wer: Urs",
        "- Vereinbarung Liste bis: 30.06.2027 wer: Urs",
    ],
)
def test_an_agreement_in_a_list_is_one(chat: Chat, line: str) -> None:
    minutes(chat, f"\nTraktanden: eins\n{line}\n2. Sonst nichts")
    [ref] = chat.answer("!vereinbarung liste P1").machine["refs"]
    assert chat.answer(f"!vereinbarung zeige {ref}").machine["who"] == URS


def test_who_was_not_there_is_taken_off_again(chat: Chat) -> None:
    begun(chat)
    chat.answer("!sitzung anwesend S1 alle")
    was = chat.answer("!sitzung zeige S1").text
    assert "Pia" in was.partition("anwesend:")[2]
    for typed in ("-Pia", f"-{URS}", "– Pia"):
        chat.answer(f"!sitzung anwesend S1 {typed}")
    shown = chat.answer("!sitzung zeige S1").text.partition("anwesend:")[2].partition("\n")[0]
    assert ("Pia" in shown, "Urs" in shown) == (False, False)
    assert "Urs" in chat.answer("!sitzung anwesend S1 Urs").text
    assert "niemand" in chat.answer("!sitzung anwesend S1 -Urs, -Peter, -Pia").text


def test_attendance_is_taken_back(chat: Chat) -> None:
    begun(chat)
    reply = chat.answer("!sitzung anwesend S1 Pia")
    chat.reacts(reply, "↩️")
    shown = chat.answer("!sitzung zeige S1")
    assert shown.machine["state"] == "planned"
    assert "anwesend" not in shown.text


def test_nobody_was_there_before_it_has_begun(chat: Chat) -> None:
    for typed in ("Pia", "alle", ""):
        reply = chat.answer(f"!sitzung anwesend S1 {typed}")
        assert reply.machine["code"] == "conflict"
        assert "beginnt erst" in reply.text
    eve = chat.member("@kora:localhost", language="en")
    said = chat.reply("meeting attended S1 all", by=eve, room=chat.direct(eve))
    assert "begins on" in said.text
    assert chat.answer("!sitzung zeige S1").machine["state"] == "planned"


# --- agreements


def test_members_of_the_group_agree(chat: Chat) -> None:
    reply = chat.answer("!vereinbarung neu P1 Formular kürzen | wer: Urs | bis: 30.06.2027", by=PETER)
    assert reply.machine["who"] == URS
    assert chat.answer("!agreement new P1 Draw it", by=ANNA).machine["code"] == "not_allowed"
    assert chat.answer("!vereinbarung neu P9 X").machine["code"] == "not_found"
    assert chat.answer("!vereinbarung neu P1 X | bis: 30.06.2020").machine["field"] == "bis"
    assert chat.answer("!vereinbarung liste", by=URS).machine["refs"] == ["V1"]
    assert chat.answer("!vereinbarung liste", by=PETER).machine["refs"] == []
    assert chat.answer("!vereinbarung liste P1", by=ANNA).machine["code"] == "not_allowed"


def test_open_ones_come_first(chat: Chat) -> None:
    for title, until in (("A", "30.06.2027"), ("B", "30.05.2027"), ("C", "")):
        chat.answer(f"!vereinbarung neu P1 {title}" + (f" | bis: {until}" if until else ""))
    chat.answer("!vereinbarung erfüllt V2")
    assert chat.answer("!vereinbarung liste P1").machine["refs"] == ["V1", "V3", "V2"]


def test_kept_or_missed(chat: Chat) -> None:
    chat.answer("!vereinbarung neu P1 Formular kürzen")
    assert chat.answer("!vereinbarung erfüllt V1", by=URS).machine["state"] == "kept"
    assert chat.answer("!vereinbarung erfüllt V1", by=URS).machine["code"] == "conflict"
    reply = chat.answer("!agreement missed V1 | reason: Kommt im Mai", by=PETER)
    assert reply.machine["reason"] == "Kommt im Mai"
    chat.reacts(reply, "↩️", by=PETER)
    assert chat.answer("!vereinbarung zeige V1").machine["state"] == "kept"
    assert chat.answer("!vereinbarung verfehlt V1", by=ANNA).machine["code"] == "not_allowed"
    assert chat.answer("!vereinbarung verfehlt V7").machine["code"] == "not_found"


def test_an_agreement_is_edited_and_taken_back(chat: Chat) -> None:
    chat.answer("!vereinbarung neu P1 Formular kürzn")
    chat.edits(chat.last, "!vereinbarung neu P1 Formular kürzen")
    assert chat.answer("!vereinbarung zeige V1").machine["title"] == "Formular kürzen"
    chat.reacts(chat.to(PIA)[-2], "↩️")
    assert chat.answer("!vereinbarung zeige V1").machine["code"] == "not_found"


def asked(chat: Chat) -> list[Said]:
    """What the group is asked when it meets."""
    since = len(chat.said)
    chat.now += timedelta(days=136, hours=3, minutes=29)
    chat.tick()
    assert not [s for s in chat.said[since:] if s.room == GROUP]
    chat.later(minutes=1)  # 13:30
    return [s for s in chat.said[since:] if s.room == GROUP and s.edits is None]


def test_when_the_group_meets_a_reaction_answers(chat: Chat) -> None:
    chat.answer("!vereinbarung neu P1 Formular kürzen | bis: 01.03.2027 | wer: Urs")
    chat.answer("!vereinbarung neu P1 Viel später | bis: 01.09.2027")
    [card] = asked(chat)
    assert card.machine["ref"] == "V1"
    assert {key for event, key in chat.reactions if event == card.event_id} == {"✅", "❌"}
    chat.reacts(card, "❌", by=URS)
    event = chat.last
    assert chat.card("V1").machine["state"] == "missed"
    chat.takes_off(event, by=URS, room=GROUP)
    assert chat.card("V1").machine["state"] == "open"
    chat.reacts(card, "✅", by=PETER)
    assert chat.card("V1").machine["state"] == "kept"
    before = len(chat.to(ANNA))
    chat.reacts(card, "❌", by=ANNA)
    assert chat.to(ANNA)[before].machine["code"] == "not_allowed"
    assert chat.card("V1").machine["state"] == "kept"
    chat.later(minutes=1)
    assert len([s for s in chat.in_room(GROUP) if s.machine.get("ref") == "V1" and s.edits is None]) == 1


def test_many_are_one_message(chat: Chat) -> None:
    for n in range(4):
        chat.answer(f"!vereinbarung neu P1 Schritt {n}")
    [message] = asked(chat)
    assert message.machine["refs"] == ["V1", "V2", "V3", "V4"]
    assert "!vereinbarung erfüllt V1" in message.text


def test_what_stays_open_is_asked_again_at_the_next_meeting(chat: Chat) -> None:
    chat.reply("!sitzung neu P1 Noch einmal | wann: 19.03.2027 13:30")
    chat.answer("!vereinbarung neu P1 Formular kürzen")
    [first] = asked(chat)
    chat.later(days=1)
    again = [s for s in chat.in_room(GROUP) if s.machine.get("ref") == "V1" and s.edits is None]
    assert len(again) == 2
    assert ("redaction", {"event_id": first.event_id}) in [(e.kind, e.content) for e in chat.errands]
    chat.reacts(again[1], "✅", by=URS)
    assert chat.answer("!vereinbarung zeige V1").machine["state"] == "kept"


def test_without_open_agreements_nothing_is_asked(chat: Chat) -> None:
    assert asked(chat) == []


# --- reminders


def test_a_reminder_says_all_one_needs(chat: Chat) -> None:
    chat.reply("!sitzung zusagen S1", by=URS)
    chat.answer("!vereinbarung neu P1 Formular kürzen | wer: Urs")
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        reply = REMINDED["meeting"](ctx, 1, timedelta(days=1), False)
        late = REMINDED["meeting"](ctx, 1, timedelta(minutes=90), True)
    assert reply is not None
    assert late is not None
    assert reply.part() == {
        "type": "reminder",
        "ref": "S1",
        "lead": "1d",
        "start": "2027-03-18T13:30:00+01:00",
        "late": False,
    }
    assert (late.part()["lead"], late.part()["late"]) == ("90min", True)
    renderer = chat.core.outbox.renderer
    text = renderer.content(reply, "de")["body"]
    for part in (
        "In 1 Tag",
        "Liestal",
        "Begrüssung",
        "✅ Pia, Urs",
        "noch offen: Peter",
        "V1 · Formular kürzen · Urs",
    ):
        assert part in text
    assert "verspätet" in renderer.content(late, "de")["body"]
    assert "This reminder comes late" in renderer.content(late, "en")["body"]


def test_nobody_is_reminded_of_what_is_not_to_come(chat: Chat) -> None:
    chat.reply("!sitzung streichen S1")
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        assert REMINDED["meeting"](ctx, 1, timedelta(days=1), False) is None
        assert REMINDED["meeting"](ctx, 9, timedelta(days=1), False) is None


# --- both languages


def test_every_reply_in_english(chat: Chat) -> None:
    kora = chat.member(KORA, language="en")
    room = "!direct-kora:localhost"
    for text, said in (
        (
            "meeting new P1 Series | when: 06.05.2027 9:00 | every: week | until: 27.05.2027",
            "There are 4 dates",
        ),
        ("meeting move S2 when: 07.05.2027 9:00 | mode: all", "Everybody is asked again"),
        ("meeting move S2 when: 07.05.2027 9:00", "already at that time"),
        ("meeting edit S2 place: Aesch | mode: all", "New place"),
        ("meeting show S2", "no answer yet"),
        ("meeting list P1", "Meetings"),
        ("meeting accept S2", "You are not invited"),
        ("meeting minutes S1 Text", "are kept"),
        ("meeting attended S1 Pia", "1 person was there"),
        ("meeting cancel S2 reason: holidays | mode: all", "cancelled"),
        ("meeting move S2 when: 08.05.2027 9:00", "is cancelled («holidays»)"),
        ("agreement new P1 Draw it | who: Pia | until: 30.06.2027", "Written down"),
        ("agreement kept V1", "is kept"),
        ("agreement kept V1", "is already kept"),
        ("agreement list P1", "Agreements"),
        ("agreement show V1", "kept"),
        ("agreement list", "Nothing is agreed with you"),
        ("meeting list", "no meetings coming up"),
    ):
        if "attended" in text:
            chat.now += timedelta(days=136, hours=4)  # it has begun
        assert said in chat.reply(text, by=kora, room=room).text, text


def test_who_sees_to_an_agreement_of_another_group_says_how_it_went(chat: Chat) -> None:
    anna = chat.member("@anna:localhost", "Anna")
    chat.answer("!vereinbarung neu P1 Formular kürzen | wer: Anna")
    chat.later(minutes=1)
    assert "!vereinbarung erfüllt V1" in chat.to(anna)[-1].text
    assert chat.reply("vereinbarung zeige V1", by=anna, room=chat.direct(anna)).machine["state"] == "open"
    kept = chat.reply("vereinbarung erfüllt V1", by=anna, room=chat.direct(anna))
    assert kept.machine["state"] == "kept"
    chat.answer("!vereinbarung neu P1 Noch etwas")
    assert chat.answer("!vereinbarung erfüllt V2", by=anna).machine["code"] == "not_allowed"
