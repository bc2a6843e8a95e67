"""Admission, refusal and removal, as coordinators meet them."""

import pytest
from sqlalchemy import select

from commands.words import key_of
from storage import members, registrations
from tests.commands.members.test_profiles import KORA, PETER, PIA, REGISTER, card_of
from tests.support.chat import ROOMS, Chat, Said

MONI = "@moni:localhost"


def registered(chat: Chat) -> Said:
    """Pia has registered; her card."""
    chat.direct(PIA)
    chat.says(REGISTER)
    return card_of(chat)


def invited(chat: Chat, user: str) -> set[str]:
    return {e.room for e in chat.errands if e.kind == "invite" and e.content["user_id"] == user}


def audited(chat: Chat) -> list[str]:
    with chat.database.transaction() as tx:
        return [row[0] for row in tx.exec_driver_sql("SELECT command FROM audit_log ORDER BY id")]


def test_a_reaction_admits(chat: Chat) -> None:
    card = registered(chat)
    said = chat.reacts(card, "✅", by=KORA)
    [welcome] = [s for s in said if s.room == chat.direct(PIA)]
    assert welcome.machine["state"] == "active"
    assert welcome.html.count("<li>") == 3
    assert invited(chat, PIA) == {ROOMS[p] for p in ("space", "news", "ideas", "agenda")}
    assert "aufgenommen von Kora" in card_of(chat).text
    assert audited(chat) == ["registration ✅"]
    assert chat.reply("!idee neu Formulare").machine["type"] == "idea"


def test_who_is_in_a_room_is_not_invited_again(chat: Chat) -> None:
    card = registered(chat)
    chat.enter(ROOMS["news"], PIA)
    chat.reacts(card, "✅", by=KORA)
    assert ROOMS["news"] not in invited(chat, PIA)


def test_only_coordinators_decide(chat: Chat) -> None:
    card = registered(chat)
    said = chat.reacts(card, "✅", by=MONI)
    assert [s.machine["code"] for s in said] == ["not_allowed"]
    assert chat.reply(f"!mitglied aufnehmen {PIA}", by=MONI).machine["code"] == "not_allowed"
    assert invited(chat, PIA) == set()


def test_a_command_admits_and_the_card_says_so(chat: Chat) -> None:
    registered(chat)
    reply = chat.reply("!mitglied aufnehmen Pia", by=KORA, room=ROOMS["coordination"])
    assert reply.machine["state"] == "active"
    assert reply.machine["roles"] == ["pi"]
    assert "aufgenommen von Kora" in card_of(chat).text
    assert audited(chat) == ["member admit"]


def test_decided_twice_is_a_conflict(chat: Chat) -> None:
    card = registered(chat)
    chat.reacts(card, "✅", by=KORA)
    before = len(chat.errands)
    [told] = chat.reacts(card, "❌", by=KORA)
    assert told.machine["code"] == "conflict"
    assert "Kora" in told.text
    for words in ("!mitglied aufnehmen Pia", "!mitglied ablehnen Pia grund: doch nicht"):
        assert chat.reply(words, by=KORA).machine["code"] == "conflict"
    assert len(chat.errands) == before
    assert "aufgenommen" in card_of(chat).text


def test_a_reaction_declines_kindly(chat: Chat) -> None:
    card = registered(chat)
    said = chat.reacts(card, "❌", by=KORA)
    assert not [s for s in said if s.room == chat.direct(PIA)]
    said = chat.reacts(said[0], "✅", by=KORA)
    assert not [s for s in said if s.room == chat.direct(PIA)]
    chat.later(minutes=10, seconds=31)
    assert "Danke für Ihre Anmeldung" in chat.to(PIA)[-1].text
    assert "abgelehnt von Kora" in card_of(chat).text
    assert invited(chat, PIA) == set()


def test_declining_by_command_takes_a_reason(chat: Chat) -> None:
    registered(chat)
    assert chat.reply("!mitglied ablehnen Pia", by=KORA).machine["field"] == "grund"
    reply = chat.reply("!mitglied ablehnen Pia grund: Aesch hat schon zwei", by=KORA)
    assert reply.machine["state"] == "left"
    assert "Aesch hat schon zwei" in card_of(chat).text
    chat.later(minutes=10, seconds=31)
    assert "Aesch hat schon zwei" in chat.to(PIA)[-1].text
    chat.says(REGISTER)
    assert chat.reply("!mitglied aufnehmen Pia", by=KORA).machine["state"] == "active"


def test_somebody_unknown_is_not_found(chat: Chat) -> None:
    assert chat.reply("!mitglied aufnehmen @niemand:localhost", by=KORA).machine["code"] == "not_found"


def test_removing_takes_roles_and_rooms(chat: Chat) -> None:
    chat.member(PIA)
    chat.says("!rolle geben Pia koordinator", by=KORA)
    chat.enter(ROOMS["coordination"], PIA)
    reply = chat.reply("!mitglied entfernen Pia grund: arbeitet nicht mehr in Aesch", by=KORA)
    assert reply.machine["state"] == "left"
    assert "arbeitet nicht mehr" not in "".join(s.text for s in chat.to(PIA))
    assert ("kick", ROOMS["coordination"]) in {(e.kind, e.room) for e in chat.errands}
    assert chat.reply("!mitglied liste").machine["code"] == "not_allowed"
    assert chat.reply("!mitglied entfernen @pia:localhost", by=KORA).machine["code"] == "conflict"
    chat.later(minutes=10, seconds=31)
    assert "arbeitet nicht mehr" in chat.to(PIA)[-1].text


@pytest.mark.parametrize("way", ["command ↩", "off", "✅"])
def test_a_rejection_is_taken_back_before_anybody_knows(chat: Chat, way: str) -> None:
    card = registered(chat)
    before = len(chat.to(PIA))
    if way.startswith("command"):
        reply = chat.reply("!mitglied ablehnen Pia grund: Aesch hat schon zwei", by=KORA)
        chat.reacts(reply, "↩️", by=KORA)
    else:
        [why] = chat.reacts(card, "❌", by=KORA)
        tap = chat.last
        chat.reacts(why, "✅", by=KORA)
        chat.later(minutes=9)
        if way == "off":
            chat.takes_off(tap, by=KORA, room=ROOMS["coordination"])
        else:
            chat.reacts(card, "✅", by=KORA)
    chat.later(minutes=20)
    assert not [s for s in chat.to(PIA)[before:] if "Leider" in s.text]
    state = chat.reply(f"!profil zeige {PIA}", by=KORA).machine["state"]
    assert state == ("active" if way == "✅" else "pending")


@pytest.mark.parametrize("who", ["Pia", PIA, "pia"])
def test_who_was_declined_can_still_be_admitted(chat: Chat, who: str) -> None:
    card = registered(chat)
    [why] = chat.reacts(card, "❌", by=KORA)
    chat.reacts(why, "✅", by=KORA)
    chat.later(hours=2)
    assert "Leider" in chat.to(PIA)[-1].text
    assert chat.reply(f"!mitglied aufnehmen {who}", by=KORA).machine["state"] == "active"
    assert "Willkommen" in chat.to(PIA)[-1].text


@pytest.mark.parametrize("command", ["!mitglied entfernen Pia grund: weg", "!profil verlassen"])
def test_who_has_gone_is_back_as_before(chat: Chat, command: str) -> None:
    """Roles, seats, the lead, the place in the order and answers; nobody was told that there was anything."""
    for who in (PIA, "@urs:localhost", "@max:localhost"):
        chat.member(who)
    chat.process(PIA, "@urs:localhost", leader=PIA, size=2)
    room = chat.group_room(1, PIA, "@urs:localhost")
    chat.says("!rolle geben Pia moderator", by=KORA)
    chat.says("!sitzung neu P1 Formulare | wann: 18.03.2027 13:30-15:00", by=PIA)
    chat.says("!sitzung zusagen S1", by=PIA)
    chat.says("!anlass neu PI-Event | wann: 19.03.2027 13:30-15:00 | plätze: 1", by=KORA)
    chat.says("!anlass anmelden A1", by=PIA)
    chat.says("!idee neu Formulare", by="@urs:localhost")
    chat.says("!idee stimme I1 +", by=PIA)
    chat.later(minutes=1)
    said = len(chat.said)
    by = PIA if "verlassen" in command else KORA
    reply = chat.reply(command, by=by)
    assert reply.machine["state"] == "left"
    chat.reacts(reply, "↩️", by=by)
    chat.later(minutes=30)
    words = " ".join(
        s.text for s in chat.said[said:] if s.edits is None and s.room in (room, ROOMS["coordination"])
    )
    assert "verlassen" not in words
    assert "nicht mehr in der Gruppe" not in words
    group = chat.reply("!gruppe zeige P1", by=PIA, room=chat.direct(PIA)).machine
    assert (group["confirmed"], group["leader"], group["you"]) == (2, PIA, {"seat": "confirmed"})
    assert chat.reply("!sitzung zeige S1", by=PIA, room=chat.direct(PIA)).machine["you"] == {
        "rsvp": "accepted"
    }
    assert chat.reply("!anlass zeige A1", by=PIA).machine["you"] == {"seat": "confirmed"}
    assert "moderator" in chat.reply("!profil zeige", by=PIA, room=chat.direct(PIA)).machine["roles"]
    assert chat.reply("!idee zeige I1", by=PIA).machine["votes"]["for"] == 1


def test_a_seat_that_somebody_has_taken_stays_theirs(chat: Chat) -> None:
    for who in (PIA, "@urs:localhost", "@max:localhost"):
        chat.member(who)
    chat.process(PIA, size=1)
    chat.says("!gruppe anmelden P1", by="@urs:localhost")
    chat.says("!gruppe anmelden P1", by="@max:localhost")
    reply = chat.reply("!mitglied entfernen Pia", by=KORA)
    chat.reacts(reply, "↩️", by=KORA)
    assert chat.answer("!gruppe zeige P1", by="@urs:localhost").machine["you"] == {"seat": "confirmed"}
    assert chat.answer("!gruppe zeige P1", by=PIA).machine["you"] == {"seat": "waiting", "position": 1}


def test_the_last_coordinator_is_not_removed(chat: Chat) -> None:
    assert chat.reply("!mitglied entfernen Kora", by=KORA).machine["code"] == "conflict"


def test_the_list_is_for_the_coordination_room_and_the_direct_chat(chat: Chat) -> None:
    chat.member(PIA)
    assert chat.reply("!mitglied liste", by=KORA).machine["type"] == "pointer"
    assert "Pia" in chat.to(KORA)[-1].text
    reply = chat.reply("!mitglied liste", by=KORA, room=ROOMS["coordination"])
    assert reply.machine["refs"] == [KORA, MONI, PIA]
    assert "Pia · Aesch, Einwohnerdienste" in reply.text
    assert "Koordination" in reply.text


def test_the_list_by_filters_and_pages(chat: Chat) -> None:
    registered(chat)
    for number in range(12):
        chat.member(f"@m{number:02}:localhost", municipality="Liestal")
    room = ROOMS["coordination"]
    first = chat.reply("!mitglied liste", by=KORA, room=room)
    assert (first.machine["pages"], first.machine["total"], len(first.machine["refs"])) == (2, 14, 10)
    assert "mitglied liste seite: 2" in first.text
    assert "1 Anmeldung wartet" in first.text
    assert len(chat.reply("!mitglied liste seite: 2", by=KORA, room=room).machine["refs"]) == 4
    assert chat.reply("!mitglied liste stand: wartend", by=KORA, room=room).machine["refs"] == [PIA]
    liestal = chat.reply("!mitglied liste gemeinde: Liestal", by=KORA, room=room)
    assert liestal.machine["total"] == 12
    assert "gemeinde: Liestal | seite: 2" in liestal.text
    assert chat.reply("!member list search: M0", by=KORA, room=room).machine["total"] == 10
    assert "Niemand." in chat.reply("!mitglied liste suche: xyz", by=KORA, room=room).text


def test_who_pauses_is_in_the_list_and_marked(chat: Chat) -> None:
    chat.member(PIA)
    chat.member("@leo:localhost", municipality="Sissach")
    room = ROOMS["coordination"]
    chat.reply("profil pause", by="@leo:localhost", room=chat.direct("@leo:localhost"))
    everybody = chat.reply("!mitglied liste", by=KORA, room=room)
    assert everybody.machine["refs"] == [KORA, "@leo:localhost", MONI, PIA]
    assert "Leo · Pause · Sissach" in everybody.text
    assert everybody.text.count("Pause") == 1
    sissach = chat.reply("!mitglied liste gemeinde: Sissach", by=KORA, room=room)
    assert sissach.machine["refs"] == ["@leo:localhost"]
    assert chat.reply("!mitglied liste suche: leo", by=KORA, room=room).machine["total"] == 1
    assert chat.reply("!mitglied liste stand: dabei", by=KORA, room=room).machine["total"] == 4
    active = chat.reply("!mitglied liste stand: aktiv", by=KORA, room=room)
    assert active.machine["refs"] == [KORA, MONI, PIA]
    assert "Mitglieder ohne Pause" in active.text
    paused = chat.reply("!mitglied liste stand: pausiert", by=KORA, room=room)
    assert paused.machine["refs"] == ["@leo:localhost"]
    near = chat.reply("!profil zeige Leoo", by=KORA, room=room)
    assert near.machine.get("nearest", near.machine.get("name")) in ("Leo", "@leo:localhost")


def test_a_municipality_with_somebody_on_a_break_is_covered(chat: Chat) -> None:
    chat.member("@leo:localhost", municipality="Sissach")
    for state in ("active", "paused"):
        chat.member("@leo:localhost", municipality="Sissach", state=state)
        assert "1 von 86 Gemeinden" in chat.reply("!gemeinde abdeckung", by=KORA).text
        assert "1 Public Innovator" in chat.reply("!gemeinde zeige Sissach", by=KORA).text


def test_a_taken_off_reaction_changes_nothing(chat: Chat) -> None:
    card = registered(chat)
    chat.reacts(card, "✅", by=KORA)
    chat.takes_off(chat.last, by=KORA, room=ROOMS["coordination"])
    with chat.database.transaction() as tx:
        member = members.find(tx, PIA)
        assert member is not None
        assert member.state == "active"
        assert [r.outcome for r in registrations.list_of(tx, PIA)] == ["admitted"]


def test_two_registrations_are_two_cards(chat: Chat) -> None:
    registered(chat)
    chat.says(REGISTER, by=PETER)
    chat.reacts(card_of(chat), "✅", by=KORA)
    assert chat.reply(f"!profil zeige {PETER}", by=KORA).machine["state"] == "active"
    assert chat.reply(f"!profil zeige {PIA}", by=KORA).machine["state"] == "pending"


JAEGER, ZOE, URS = "@pia.jaeger:localhost", "@pia:ex.ch", "@u7:ex.ch"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("jäger", [JAEGER, URS]),
        ("jag urs", [URS]),
        ("Pia", [JAEGER, ZOE]),
        ("@u7", [URS]),
        ("@u7:ex.ch", [URS]),
        ("@pia:ex.ch", [ZOE]),
        ("@pia:localhost", [JAEGER]),
        ("ex.ch", []),
        ("@", []),
    ],
)
def test_members_are_found_by_words_of_names_and_matrix_ids(
    chat: Chat, search: str, found: list[str]
) -> None:
    for user, name in {JAEGER: "Anna Buser", ZOE: "Zoë", URS: "Urs Jäger"}.items():
        chat.member(user, name, name_key=key_of(name))
    assert searched(chat, search) == found


def test_who_is_called_otherwise_is_found_by_that_name_and_who_is_erased_by_none(chat: Chat) -> None:
    chat.member(URS, "Urs Jäger", name_key="urs jager")
    chat.enters(ROOMS["news"], URS, "Urs Frei")
    assert [searched(chat, name) for name in ("jäger", "frei", "u7")] == [[], [URS], [URS]]
    room = chat.direct(URS)
    asked = chat.reply("datenschutz löschen", room=room, by=URS)
    chat.says(asked.machine["confirm"], room=room, by=URS)
    with chat.database.transaction() as tx:
        left = tx.execute(select(members.MemberWord.word).where(members.MemberWord.user_id == URS)).all()
    assert left == []


def searched(chat: Chat, words: str) -> list[str]:
    reply = chat.reply(f"!mitglied liste suche: {words}", by=KORA, room=ROOMS["coordination"])
    return list(reply.machine["refs"])
