"""Roles: given, taken, and never without a coordinator."""

from dataclasses import replace

from storage import members
from tests.commands.members.test_membership import MONI, audited, invited
from tests.commands.members.test_profiles import KORA, PETER, PIA
from tests.support.chat import HALL, ROOMS, Chat


def test_a_role_is_given_told_and_invites(chat: Chat) -> None:
    chat.member(PIA)
    reply = chat.reply("!rolle geben Pia Moderatorin", by=KORA, room=ROOMS["coordination"])
    assert reply.machine["roles"] == ["pi", "moderator"]
    assert ROOMS["moderation"] in invited(chat, PIA)
    assert ROOMS["coordination"] not in invited(chat, PIA)
    chat.later(minutes=1)
    assert "Moderation" in chat.to(PIA)[-1].text
    assert audited(chat) == ["role grant"]


def test_in_a_room_the_reply_names_no_other_roles(chat: Chat) -> None:
    chat.member(PIA)
    assert "roles" not in chat.reply("!role grant Pia coordinator", by=KORA).machine


def test_a_coordinator_gets_both_rooms_and_can_do_it_too(chat: Chat) -> None:
    chat.member(PIA)
    chat.member(PETER)
    chat.says("!rolle geben Pia koordinatorin", by=KORA)
    assert {ROOMS["moderation"], ROOMS["coordination"]} <= invited(chat, PIA)
    assert chat.reply("!rolle geben Peter moderator").machine["type"] == "member"


def test_only_coordinators_give_roles(chat: Chat) -> None:
    chat.member(PIA)
    assert chat.reply("!rolle geben Pia koordinator", by=MONI).machine["code"] == "not_allowed"
    assert chat.reply("!rolle liste", by=MONI).machine["code"] == "not_allowed"


def test_what_can_not_be(chat: Chat) -> None:
    chat.member(PIA, state="paused")
    chat.member(PETER)
    assert chat.reply("!rolle geben @pia:localhost moderator", by=KORA).machine["code"] == "conflict"
    assert chat.reply("!rolle geben @niemand:localhost moderator", by=KORA).machine["code"] == "not_found"
    assert chat.reply("!rolle geben Peter chefin", by=KORA).machine["code"] == "bad_input"
    assert chat.reply("!rolle nehmen Peter moderator", by=KORA).machine["code"] == "conflict"
    chat.says("!rolle geben Peter moderator", by=KORA)
    assert chat.reply("!rolle geben Peter moderator", by=KORA).machine["code"] == "conflict"


def test_a_role_is_taken_with_its_room(chat: Chat) -> None:
    chat.member(PIA)
    chat.says("!rolle geben Pia koordinator", by=KORA)
    chat.says("!rolle geben Pia moderator", by=KORA)
    chat.later(minutes=1)
    chat.enter(ROOMS["moderation"], PIA)
    chat.enter(ROOMS["coordination"], PIA)
    chat.says("!rolle nehmen Pia koordinator", by=KORA)
    assert [(e.kind, e.room) for e in chat.errands][-1] == ("kick", ROOMS["coordination"])
    chat.later(minutes=1)
    assert "nicht mehr" in chat.to(PIA)[-1].text
    assert chat.reply("!rolle liste").machine["code"] == "not_allowed"


def test_never_without_a_coordinator(chat: Chat) -> None:
    assert chat.reply("!rolle nehmen Kora koordinator", by=KORA).machine["code"] == "conflict"
    chat.member(PIA)
    chat.says("!rolle geben Pia koordinator", by=KORA)
    assert "Einstellungen des Bots" in chat.reply("!rolle nehmen Kora koordinator").text
    chat.says("!profil pause", by=KORA)
    assert chat.reply("!rolle nehmen Pia koordinator").machine["code"] == "conflict"


def test_a_slip_is_corrected_by_editing(chat: Chat) -> None:
    chat.member(PIA)
    chat.member(PETER)
    chat.says("!rolle geben Pia moderator", by=KORA)
    chat.edits(chat.last, "!rolle geben Peter moderator", by=KORA)
    reply = chat.reply("!rolle liste", by=KORA, room=ROOMS["coordination"])
    assert reply.machine["refs"] == [KORA, MONI, PETER]


def test_taking_back(chat: Chat) -> None:
    chat.member(PIA)
    reply = chat.reply("!rolle geben Pia moderator", by=KORA)
    chat.reacts(reply, "↩️", by=KORA)
    assert audited(chat) == ["role grant", "role grant ↩"]
    assert chat.reply("!rolle nehmen Pia moderator", by=KORA).machine["code"] == "conflict"


def test_the_list_stays_out_of_rooms(chat: Chat) -> None:
    assert chat.reply("!rolle liste", by=KORA, room=HALL).machine["type"] == "pointer"


def restarted(
    chat: Chat, coordinators: tuple[str, ...] | None = None, moderators: tuple[str, ...] | None = None
) -> None:
    """The bot starts again, with this configuration."""
    now = chat.settings
    chat.settings = replace(
        now,
        coordinators=now.coordinators if coordinators is None else coordinators,
        moderators=now.moderators if moderators is None else moderators,
    )
    chat.restart()


def test_who_is_named_in_the_configuration_no_more_has_no_role_by_it(chat: Chat) -> None:
    restarted(chat, coordinators=(KORA, PETER), moderators=(MONI, PIA))
    chat.member(MONI)
    chat.enters(ROOMS["coordination"], PETER, "Peter")
    chat.says("!rolle geben Moni koordinator", by=KORA)
    assert chat.reply("!rolle nehmen @peter:localhost koordinator", by=KORA).machine["code"] == "conflict"
    restarted(chat, coordinators=(KORA,), moderators=())
    assert chat.reply("!mitglied liste", by=PETER).machine["code"] == "not_allowed"
    assert chat.reply("!idee neu Trotzdem dabei", by=PETER).machine["type"] == "idea"
    assert chat.reply("!rolle liste", by=MONI, room=ROOMS["coordination"]).machine["refs"] == [KORA, MONI]
    assert [
        e.content["user_id"] for e in chat.errands if e.kind == "kick" and e.room == ROOMS["coordination"]
    ] == [PETER]
    assert audited(chat).count("role revoke") == 3
    restarted(chat)
    assert audited(chat).count("role revoke") == 3


def test_who_was_removed_is_gone_whatever_the_configuration_says(chat: Chat) -> None:
    restarted(chat, coordinators=(KORA, PETER))
    chat.says("!mitglied entfernen Peter", by=KORA)
    restarted(chat)
    assert chat.reply("!mitglied liste", by=PETER).machine["code"] == "not_allowed"
    assert PETER not in chat.reply("!rolle liste", by=KORA, room=ROOMS["coordination"]).machine["refs"]
    with chat.database.transaction() as tx:
        found = members.find(tx, PETER)
        assert found is not None
        assert found.state == "left"
        assert members.grants(tx, PETER) == []


def test_who_is_named_in_the_configuration_is_not_erased(chat: Chat) -> None:
    restarted(chat, coordinators=(KORA, PETER))
    for who in (PETER, MONI):
        reply = chat.reply("!datenschutz löschen", by=who, room=chat.direct(who))
        assert reply.machine["code"] == "conflict"
        assert "Einstellungen des Bots" in reply.text
    restarted(chat, coordinators=(KORA,))
    room = chat.direct(PETER)
    asked = chat.reply("!datenschutz löschen", by=PETER, room=room).machine["confirm"]
    assert chat.reply(asked, by=PETER, room=room).machine["state"] == "left"
