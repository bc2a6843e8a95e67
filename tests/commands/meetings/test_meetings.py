from __future__ import annotations

from collections.abc import Callable

import pytest

from storage import reminders
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, URS, ANNA, KORA = (f"@{n}:localhost" for n in ("pia", "peter", "urs", "anna", "kora"))
GROUP = "!group1:localhost"
WHEN = "wann: 18.03.2027 13:30-15:00"


@pytest.fixture(autouse=True)
@staged
def people(chat: Chat) -> None:
    for user in (PIA, PETER, URS, ANNA, KORA):
        chat.member(user)
    chat.process(PIA, PETER, URS, leader=PIA)
    chat.group_room(1, PIA, PETER, URS)


@pytest.fixture
def plan(chat: Chat) -> Callable[..., Said]:
    def planned(fields: str = WHEN, title: str = "Formulare sichten", **more: str) -> Said:
        return chat.reply(f"!sitzung neu P1 {title} | {fields}", **more)

    return planned


def invitations(chat: Chat, user: str) -> list[Said]:
    """The messages in the person's direct chat about meetings, without edits."""
    return [s for s in chat.to(user) if s.machine["type"] == "meeting" and s.edits is None]


def files(chat: Chat, user: str) -> list[str]:
    """The calendar files sent to the person."""
    return [str(s.content["data"]) for s in chat.to(user) if s.edits is None and "data" in s.content]


def due(chat: Chat, number: int = 1) -> dict[str, int]:
    """How many reminders each has before them."""
    with chat.database.transaction() as tx:
        found = [r.user_id for r in reminders.list_of(tx, "meeting", number) if r.state == "pending"]
    return {user: found.count(user) for user in sorted(set(found))}


def card_of(chat: Chat, said: Said) -> Said:
    """How this message looks now."""
    return next((s for s in reversed(chat.said) if s.edits == said.event_id), said)


# --- planning


def test_a_meeting_is_planned_and_the_group_invited(chat: Chat, plan: Callable[..., Said]) -> None:
    reply = plan(f"{WHEN} | ort: Liestal | link: https://example.ch/a\n- Begrüssung\n- Formulare")
    assert reply.machine == {
        "type": "meeting",
        "ref": "S1",
        "title": "Formulare sichten",
        "process": "P1",
        "state": "planned",
        "start": "2027-03-18T13:30:00+01:00",
        "end": "2027-03-18T15:00:00+01:00",
        "place": "Liestal",
        "accepted": 1,
        "declined": 0,
        "open": 2,
        "you": {"rsvp": "accepted"},
    }
    assert "Do, 18. März 2027, 13:30–15:00" in reply.text
    assert "Eingeladen: 3" in reply.text
    card = chat.card("S1")
    assert card.room == GROUP
    assert card.machine["link"] == "https://example.ch/a"  # said to the group alone
    assert card.event_id in reply.html
    assert "you" not in card.machine
    assert {key for event, key in chat.reactions if event == card.event_id} == {"✅", "❌", "❓"}
    for user in (PIA, PETER, URS):
        [invitation] = invitations(chat, user)
        assert "Begrüssung" in invitation.text
        assert "you" not in invitation.machine
        assert {key for event, key in chat.reactions if event == invitation.event_id} == {"✅", "❌", "❓"}
        [file] = files(chat, user)
        assert "METHOD:REQUEST" in file
        assert "UID:meeting-1-" in file
        assert "SEQUENCE:0" in file
        assert file.count("PARTSTAT=NEEDS-ACTION") == 2  # who plans it comes
        assert "DTSTART;TZID=Europe/Zurich:20270318T133000" in file
        assert "DTEND;TZID=Europe/Zurich:20270318T150000" in file
    assert invitations(chat, ANNA) == []
    assert due(chat) == {PETER: 3, PIA: 3, URS: 3}


def test_in_the_groups_room_the_card_is_the_reply(chat: Chat) -> None:
    said = chat.says(f"!sitzung neu P1 Austausch | {WHEN}", room=GROUP)
    [card] = [s for s in said if s.room == GROUP]
    assert card.replies_to == chat.last


def test_in_the_direct_chat_ones_own_invitation_is_the_reply(chat: Chat) -> None:
    said = chat.says(f"sitzung neu P1 Austausch | {WHEN}", room=chat.direct(PIA))
    messages = [s for s in said if s.room == "!direct-pia:localhost"]
    assert len(messages) == 1
    assert messages[0].replies_to == chat.last
    chat.reacts(messages[0], "❌")
    assert chat.card("S1").machine["declined"] == 1


def test_without_an_end_the_file_has_none_and_nothing_is_guessed(
    chat: Chat, plan: Callable[..., Said]
) -> None:
    reply = plan("wann: 18.03.2027 13:30")
    assert "end" not in reply.machine
    [file] = files(chat, URS)
    assert "DTEND" not in file
    assert "DURATION" not in file


def test_a_duration_is_an_end(chat: Chat, plan: Callable[..., Said]) -> None:
    assert plan("wann: 18.03.2027 13:30 | dauer: 90min").machine["end"] == "2027-03-18T15:00:00+01:00"
    refused = plan(f"{WHEN} | dauer: 2h")
    assert (refused.machine["code"], refused.machine["field"]) == ("bad_input", "dauer")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ("wann: 18.03.2027", "wann"),
        ("wann: 28.03.2027 02:30", "wann"),
        ("wann: 18.03.2026 13:30", "wann"),
        (f"{WHEN} | jede: woche", "bis"),
        (f"{WHEN} | bis: 30.06.2027", "bis"),
        (f"{WHEN} | jede: tag | bis: 30.06.2027", "jede"),
        (f"{WHEN} | jede: 2. Donnerstag | bis: 30.06.2027", "jede"),
        (f"{WHEN} | jede: Freitag | bis: 30.06.2027", "jede"),
        (f"{WHEN} | jede: woche | bis: 17.03.2027", "bis"),
        (f"{WHEN} | jede: woche | bis: 30.06.2029", "bis"),
        (f"{WHEN} | link: Teams", "link"),
        ("wann: 18.03.2027 13:30 | dauer: 30s", "dauer"),
        ("ort: Liestal", "wann"),
    ],
)
def test_what_does_not_fit_is_refused(chat: Chat, plan: Callable[..., Said], fields: str, field: str) -> None:
    refused = plan(fields)
    assert (refused.machine["code"], refused.machine["field"]) == ("bad_input", field)
    assert files(chat, URS) == []


def test_only_leader_and_coordinator_plan(chat: Chat, plan: Callable[..., Said]) -> None:
    chat.process(ANNA, leader=ANNA)  # P2
    assert plan(by=PETER).machine["code"] == "not_allowed"
    assert plan(by=ANNA).machine["code"] == "not_allowed"
    assert plan(by=KORA).machine["ref"] == "S1"
    assert chat.reply(f"!sitzung neu P9 Austausch | {WHEN}").machine["code"] == "not_found"


def test_a_holiday_is_pointed_out(chat: Chat, plan: Callable[..., Said]) -> None:
    assert "Feiertag: Auffahrt" in plan("wann: 06.05.2027 13:30").text
    english = chat.reply("meeting new P1 Exchange | when: 06.05.2027 13:30", room=chat.direct(KORA), by=KORA)
    assert "Auffahrt" in english.text
    chat.member(KORA, language="en")
    english = chat.reply(
        "meeting new P1 Meeting | when: 06.05.2027 13:30", room="!direct-kora:localhost", by=KORA
    )
    assert "public holiday: Ascension Day" in english.text


def test_planned_in_english(chat: Chat) -> None:
    chat.member(URS, language="en")
    chat.reply(
        "!meeting new P1 Look at forms | when: 18.03.2027 13:30 | every: 3rd Thursday | until: 30.06.2027"
    )
    [invitation] = invitations(chat, URS)
    assert "Your answer here counts for all 4 dates" in invitation.text
    chat.reacts(invitation, "✅", by=URS)
    assert "you have accepted" in card_of(chat, invitation).text  # edited in the person's language


def test_without_a_room_the_card_follows_when_there_is_one(chat: Chat) -> None:
    number = chat.process(ANNA, leader=ANNA)
    reply = chat.reply(f"!sitzung neu P{number} Austausch | {WHEN}", by=ANNA)
    assert reply.machine["ref"] == "S1"
    chat.group_room(number, ANNA)
    chat.later(minutes=1)
    assert chat.card("S1").room == f"!group{number}:localhost"
    chat.later(minutes=1)
    assert len([s for s in chat.in_room(f"!group{number}:localhost") if s.machine.get("ref") == "S1"]) == 1


def test_an_empty_group_is_said(chat: Chat) -> None:
    number = chat.process()
    assert "noch niemand" in chat.reply(f"!sitzung neu P{number} Austausch | {WHEN}", by=KORA).text


# --- planning edited and taken back


def test_an_edited_plan_keeps_number_invitation_and_uid(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    first = chat.last
    [uid] = [line for line in files(chat, URS)[-1].splitlines() if line.startswith("UID:")]
    chat.edits(first, "!sitzung neu P1 Formulare prüfen | wann: 19.03.2027 13:30-15:00")
    assert chat.card("S1").machine["title"] == "Formulare prüfen"
    assert chat.card("S1").machine["start"] == "2027-03-19T13:30:00+01:00"
    [invitation] = invitations(chat, URS)
    assert "Fr, 19. März 2027" in card_of(chat, invitation).text
    chat.later(minutes=1)
    [_, invitation] = invitations(chat, URS)
    assert "Fr, 19. März 2027" in invitation.text
    assert "SEQUENCE:1" in files(chat, URS)[-1]
    assert uid in files(chat, URS)[-1].splitlines()
    assert chat.answer("!sitzung liste P1").machine["refs"] == ["S1"]
    assert due(chat) == {PETER: 3, PIA: 3, URS: 3}


def test_an_edit_makes_a_series_shorter_and_longer(chat: Chat, plan: Callable[..., Said]) -> None:
    plan(f"{WHEN} | jede: woche | bis: 15.04.2027")
    first = chat.last
    assert chat.answer("!sitzung liste P1").machine["total"] == 5
    chat.edits(first, f"!sitzung neu P1 Kurz | {WHEN} | jede: woche | bis: 25.03.2027")
    assert chat.answer("!sitzung liste P1").machine["refs"] == ["S1", "S2"]
    chat.edits(first, f"!sitzung neu P1 Lang | {WHEN} | jede: woche | bis: 01.04.2027")
    assert chat.answer("!sitzung liste P1").machine["total"] == 3
    chat.later(minutes=1)
    assert "COUNT" not in files(chat, URS)[-1]
    assert len(invitations(chat, URS)) == 2


def test_an_answer_holds_the_plan(chat: Chat, plan: Callable[..., Said]) -> None:
    reply = plan()
    chat.reply("!sitzung zusagen S1", by=URS)
    chat.reacts(reply, "↩️")
    assert chat.card("S1").machine["state"] == "planned"


def test_taken_back_all_are_told_with_a_file(chat: Chat, plan: Callable[..., Said]) -> None:
    reply = plan()
    chat.reacts(reply, "↩️")
    assert chat.card("S1").machine["state"] == "cancelled"
    chat.later(minutes=1)
    assert invitations(chat, URS)[-1].machine["state"] == "cancelled"
    assert "METHOD:CANCEL" in files(chat, URS)[-1]
    assert "STATUS:CANCELLED" in files(chat, URS)[-1]
    assert "SEQUENCE:1" in files(chat, URS)[-1]
    assert due(chat) == {}


# --- answers


@pytest.mark.parametrize(("key", "answer"), [("✅", "accepted"), ("❌", "declined"), ("❓", "maybe")])
def test_a_reaction_answers_on_card_and_invitation(
    chat: Chat, plan: Callable[..., Said], key: str, answer: str
) -> None:
    plan()
    chat.reacts(invitations(chat, URS)[0], key, by=URS)
    chat.reacts(chat.card("S1").edits or chat.card("S1"), key, by=PETER)
    for user in (URS, PETER):
        assert chat.answer("!sitzung zeige S1", by=user).machine["you"] == {"rsvp": answer}
    counts = {"accepted": (3, 0), "declined": (1, 2), "maybe": (1, 0)}[answer]  # who planned it comes
    machine = chat.card("S1").machine
    assert (machine["accepted"], machine["declined"]) == counts
    assert machine["open"] == 3 - sum(counts)


def test_the_latest_act_counts_and_taking_off_another_changes_nothing(
    chat: Chat, plan: Callable[..., Said]
) -> None:
    plan()
    [invitation] = invitations(chat, URS)
    chat.reacts(invitation, "✅", by=URS)
    first = chat.last
    chat.reply("!sitzung absagen S1", by=URS)
    chat.takes_off(first, by=URS, room="!direct-urs:localhost")
    assert chat.card("S1").machine["declined"] == 1
    chat.reacts(invitation, "❓", by=URS)
    second = chat.last
    assert chat.card("S1").machine["declined"] == 0
    chat.takes_off(second, by=URS, room="!direct-urs:localhost")
    assert chat.answer("!sitzung zeige S1", by=URS).machine["you"] == {"rsvp": "open"}


def test_who_declines_is_not_reminded_until_they_accept_again(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    reply = chat.reply("!sitzung absagen S1", by=URS)
    assert reply.machine["you"] == {"rsvp": "declined"}
    assert due(chat) == {PETER: 3, PIA: 3}
    chat.reply("!meeting accept S1", by=URS)
    assert due(chat) == {PETER: 3, PIA: 3, URS: 3}


def test_an_answer_is_taken_back_and_edited(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    reply = chat.reply("!sitzung absagen S1", by=URS)
    command = chat.last
    chat.reacts(reply, "↩️", by=URS)
    assert due(chat)[URS] == 3
    reply = chat.reply("!sitzung absagen S1", by=URS)
    command = chat.last
    chat.edits(command, "!sitzung zusagen S1", by=URS)
    assert chat.card("S1").machine["accepted"] == 2


def test_others_can_not_answer(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    assert chat.reply("!sitzung zusagen S1", by=ANNA).machine["code"] == "not_allowed"
    before = len(chat.to(ANNA))
    chat.reacts(chat.card("S1"), "✅", by=ANNA)
    assert chat.to(ANNA)[before].machine["code"] == "not_allowed"
    chat.reacts(invitations(chat, URS)[0], "✅", by=ANNA)
    assert chat.card("S1").machine["accepted"] == 1
    assert chat.reply("!sitzung zusagen S9", by=URS).machine["code"] == "not_found"


def test_after_it_is_over_or_cancelled_nobody_answers(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    plan(title="Zweite Sitzung")
    chat.reply("!sitzung streichen S2 grund: Ferien")
    refused = chat.reply("!sitzung zusagen S2", by=URS)
    assert refused.machine["code"] == "conflict"
    assert "Ferien" in refused.text
    invitation = invitations(chat, URS)[0]
    chat.later(days=200)
    before = len(chat.to(URS))
    chat.reacts(invitation, "✅", by=URS)
    assert chat.to(URS)[before].machine["code"] == "conflict"


def test_on_the_invitation_to_a_series_one_answers_for_all_dates(
    chat: Chat, plan: Callable[..., Said]
) -> None:
    plan(f"{WHEN} | jede: woche | bis: 01.04.2027")
    [invitation] = invitations(chat, URS)
    chat.reacts(invitation, "✅", by=URS)
    event = chat.last
    chat.reply("!sitzung absagen S2", by=URS)
    shown = [chat.answer(f"!sitzung zeige S{n}", by=URS).machine["you"]["rsvp"] for n in (1, 2, 3)]
    assert shown == ["accepted", "declined", "accepted"]
    assert "unterschiedlich" in card_of(chat, invitation).text
    chat.takes_off(event, by=URS, room="!direct-urs:localhost")
    shown = [chat.answer(f"!sitzung zeige S{n}", by=URS).machine["you"]["rsvp"] for n in (1, 2, 3)]
    assert shown == ["open", "declined", "open"]


# --- who comes and goes


def test_who_joins_is_invited_and_who_leaves_is_out(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    chat.reply("!gruppe anmelden P1", by=ANNA)
    chat.later(minutes=1)
    assert len(invitations(chat, ANNA)) == 1
    assert "METHOD:REQUEST" in files(chat, ANNA)[-1]
    assert chat.card("S1").machine["open"] == 3
    chat.reply("!gruppe anmelden P1", by=ANNA)
    assert len(files(chat, ANNA)) == 1
    chat.reply("!sitzung zusagen S1", by=ANNA)
    chat.reply("!gruppe abmelden P1", by=ANNA)
    chat.later(minutes=1)
    last = files(chat, ANNA)[-1]
    assert "METHOD:CANCEL" in last
    assert "STATUS:CANCELLED" not in last
    assert "SEQUENCE:1" in last
    assert last.count("ATTENDEE") == 1
    assert ANNA not in due(chat)
    assert chat.card("S1").machine["accepted"] == 1
    assert len(files(chat, URS)) == 1
    chat.reply("!gruppe anmelden P1", by=ANNA)
    chat.later(minutes=1)
    assert "SEQUENCE:2" in files(chat, ANNA)[-1]
    assert ANNA in due(chat)
    chat.reply("!gruppe entfernen P1 @anna:localhost", by=KORA)
    chat.later(minutes=1)
    assert any("nicht mehr in der Gruppe" in s.text for s in chat.to(ANNA))


def test_who_leaves_the_community_is_out_too(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    chat.reply("!profil verlassen", by=URS, room="!direct-urs:localhost")
    assert chat.card("S1").machine["open"] == 1
    assert URS not in due(chat)


# --- reminders and the agenda


@pytest.mark.long
def test_over_a_season_exactly_the_reminders_expected(chat: Chat, plan: Callable[..., Said]) -> None:
    """Over the change of clocks, with one who declines, a date moved and one cancelled."""
    plan("wann: 22.03.2027 14:00-15:00 | jede: woche | bis: 12.04.2027")
    chat.reply("!sitzung absagen S2", by=PETER)
    chat.reply("!sitzung verschieben S3 wann: 06.04.2027 14:00")
    chat.reply("!sitzung streichen S4")
    seen: dict[str, list[tuple[str, str, str]]] = {PETER: [], URS: []}
    chat.later(days=132)
    for _ in range(24 * 26):
        since = len(chat.said)
        chat.later(hours=1)
        local = f"{chat.now.astimezone(chat.settings.zone):%d.%m. %H:%M}"
        for user, found in seen.items():
            found += [
                (local, s.machine["ref"], s.machine["lead"])
                for s in chat.said[since:]
                if s.machine["type"] == "reminder" and s in chat.to(user)
            ]
    first = [("15.03. 14:00", "S1", "7d"), ("21.03. 14:00", "S1", "1d"), ("22.03. 13:00", "S1", "1h")]
    second = [("22.03. 14:00", "S2", "7d"), ("28.03. 14:00", "S2", "1d"), ("29.03. 13:00", "S2", "1h")]
    third = [("30.03. 14:00", "S3", "7d"), ("05.04. 14:00", "S3", "1d"), ("06.04. 13:00", "S3", "1h")]
    assert sorted(seen[URS]) == sorted(first + second + third)
    assert sorted(seen[PETER]) == sorted(first + third)


def test_the_agenda_has_my_meetings(chat: Chat, plan: Callable[..., Said]) -> None:
    plan("wann: 18.03.2027 13:30-15:00 | jede: woche | bis: 01.04.2027")
    chat.reply("!sitzung absagen S2", by=URS)
    mine = chat.reply("agenda alle", by=URS, room="!direct-urs:localhost")
    assert [ref for ref in mine.machine["refs"] if ref.startswith("S")] == ["S1", "S3"]
    assert chat.reply("agenda alle", by=ANNA, room="!direct-anna:localhost").machine["refs"] == []
    [file] = chat.says("agenda ics", by=URS, room="!direct-urs:localhost")
    assert file.content["data"].count("UID:meeting-1-") == 1


# --- lists, the day itself


def test_lists_are_mine_or_the_groups(chat: Chat, plan: Callable[..., Said]) -> None:
    plan("wann: 20.05.2027 9:00")
    plan()
    assert chat.answer("!sitzung liste", by=URS).machine["refs"] == ["S2", "S1"]
    assert chat.answer("!sitzung liste", by=ANNA).machine["total"] == 0
    assert chat.answer("!meeting list P1", by=KORA).machine["refs"] == ["S2", "S1"]
    assert chat.answer("!sitzung liste P1", by=ANNA).machine["code"] == "not_allowed"
    assert chat.answer("!sitzung zeige S1", by=ANNA).machine["code"] == "not_allowed"
    assert chat.answer("!zeige S1", by=URS).machine["you"] == {"rsvp": "open"}
    chat.later(days=150)
    assert chat.answer("!sitzung liste P1 stand: vorbei", by=URS).machine["refs"] == ["S2"]
    chat.reply("!sitzung neu P1 Viele | wann: in 2 Wochen 9:00 | jede: woche | bis: 31.12.2027")
    page = chat.answer("!sitzung liste P1 seite: 2", by=URS)
    assert (len(page.machine["refs"]), page.machine["page"]) == (10, 2)
    assert "seite: 3" in page.text
    assert "steht nichts mehr" in chat.answer("!sitzung liste P1 seite: 9", by=URS).text


def test_it_is_held_when_its_end_has_passed_and_the_next_date_has_the_card(
    chat: Chat, plan: Callable[..., Said]
) -> None:
    plan(f"{WHEN} | jede: woche | bis: 01.04.2027")
    assert [s.machine["ref"] for s in chat.in_room(GROUP)] == ["S1"]
    chat.later(days=136, hours=5, minutes=29)  # 14:59
    assert chat.card("S1").machine["state"] == "planned"
    chat.later(minutes=1)
    chat.apply()
    assert chat.card("S1").machine["state"] == "held"
    assert chat.card("S2").machine["start"] == "2027-03-25T13:30:00+01:00"


def test_without_an_end_it_is_over_at_midnight(chat: Chat, plan: Callable[..., Said]) -> None:
    plan("wann: 18.03.2027 13:30")
    chat.later(days=136, hours=13, minutes=59)
    assert chat.answer("!sitzung zeige S1").machine["state"] == "planned"
    chat.later(minutes=1)
    assert chat.answer("!sitzung zeige S1").machine["state"] == "held"


def test_text_of_people_stays_text(chat: Chat, plan: Callable[..., Said]) -> None:
    plan(f"{WHEN} | ort: <b>Saal</b>", title="<i>Titel</i> @room")
    [invitation] = invitations(chat, URS)
    assert "<b>" not in invitation.html
    assert "<i>" not in invitation.html
    assert "@room" not in invitation.text


def test_what_is_stored_about_me_is_exported_and_erased(chat: Chat, plan: Callable[..., Said]) -> None:
    from commands.framework.declarations import PERSONAL  # noqa: PLC0415

    plan()
    chat.reply("!sitzung zusagen S1", by=URS)
    chat.answer("!vereinbarung neu P1 Formular kürzen | wer: @urs:localhost", by=URS)
    with chat.database.transaction() as tx:
        ctx = chat.core._context(tx, chat.now)
        found = PERSONAL["meetings"].export(ctx, URS)
        assert [a["answer"] for a in found["answers"]] == ["accepted"]
        assert PERSONAL["meetings"].export(ctx, PIA)["planned"][0]["meeting"] == "S1"
        assert PERSONAL["agreements"].export(ctx, URS)[0]["who"] == URS
        for name in ("meetings", "agreements"):
            for user in (URS, PIA):
                PERSONAL[name].erase(ctx, user)
        assert not any(PERSONAL["meetings"].export(ctx, URS).values())
        assert PERSONAL["agreements"].export(ctx, URS) == []
    chat.apply()
    assert chat.card("S1").machine["accepted"] == 0
    assert "who" not in chat.answer("!vereinbarung zeige V1").machine
    assert chat.reply("!sitzung ändern S1 ort: Aesch", by=KORA).machine["place"] == "Aesch"


def test_other_rooms_hear_nothing(chat: Chat, plan: Callable[..., Said]) -> None:
    plan()
    assert all(not chat.in_room(purpose) for purpose in ROOMS)
