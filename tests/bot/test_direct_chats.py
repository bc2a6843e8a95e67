"""A direct chat is between two: who made a room, and who can read it, decides where private answers go."""

from collections.abc import Callable

import pytest

from bot.core.batches import Batch, Invitation, RoomBatch
from bot.core.events import State
from bot.core.rooms import MARKER
from storage import rooms
from tests.commands.members.test_profiles import KORA, PIA
from tests.support.chat import BOT, HALL, Chat
from tests.support.kept import staged

EVE, VIC = "@eve:localhost", "@vic:localhost"
TRAP = "!trap:localhost"


def private(chat: Chat, user: str) -> str | None:
    """Where the bot writes to the person."""
    with chat.database.transaction() as tx:
        return rooms.direct_room(tx, user)


def by_bot(chat: Chat, user: str, membership: str = "join", room: str = "!own:localhost") -> str:
    """The bot has made a direct chat for the person."""
    create = State(
        room, "$c", BOT, chat.now, "m.room.create", "", {"room_version": "12", MARKER: f"direct {user}"}
    )
    rules = State(room, "$r", BOT, chat.now, "m.room.join_rules", "", {"join_rule": "invite"})
    people = [
        State(room, f"$m{who}", BOT, chat.now, "m.room.member", who, {"membership": said})
        for who, said in ((BOT, "join"), (user, membership))
    ]
    chat.apply(RoomBatch(room, [*people, create, rules], (), joined=True, fresh=True))
    return room


@pytest.fixture
@staged
def vic(chat: Chat) -> str:
    """A coordinator without a direct chat."""
    chat.member(VIC)
    chat.moves(VIC, "leave", f"!direct-{VIC[1:4]}:localhost")
    chat.says("!rolle geben @vic:localhost koordinator", by=KORA)
    assert private(chat, VIC) is None
    return VIC


TRAPS: dict[str, Callable[[Chat], str]] = {
    "made by somebody else": lambda chat: chat.made_by(EVE, TRAP, VIC),
    "for all": lambda chat: chat.made_by(VIC, TRAP, VIC, join_rules="public"),
    "for who knocks": lambda chat: chat.made_by(VIC, TRAP, VIC, join_rules="knock"),
    "for who is in another room": lambda chat: chat.made_by(VIC, TRAP, VIC, join_rules="restricted"),
    "to be read by all": lambda chat: chat.made_by(VIC, TRAP, VIC, history_visibility="world_readable"),
    "the bot invited by another": lambda chat: chat.made_by(VIC, TRAP, VIC, inviter=EVE),
    "with a third": lambda chat: chat.made_by(VIC, TRAP, VIC, EVE),
    "for somebody else": lambda chat: by_bot(chat, EVE, room=TRAP),
    "empty": lambda chat: chat.made_by(VIC, TRAP),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_private_answers_do_not_go_there(chat: Chat, vic: str, trap: str) -> None:
    TRAPS[trap](chat)
    if trap == "for somebody else":
        chat.moves(EVE, "leave", TRAP)
        chat.moves(VIC, "join", TRAP)
    assert private(chat, VIC) is None
    for room in (HALL, TRAP):
        said = chat.says("!datenschutz auskunft", by=VIC, room=room)
        said += chat.says("!mitglied liste", by=VIC, room=room)
        kinds = [s.machine["type"] for s in said if s.room == room]
        assert kinds == ["pointer", "pointer"]
        assert not [s for s in said if s.room == TRAP and s.machine["type"] != "pointer"]
    assert chat.says("datenschutz auskunft", by=VIC, room=TRAP) == []  # and it is no command there


def test_an_invitation_of_somebody_is_no_direct_chat(chat: Chat, vic: str) -> None:
    chat.made_by(EVE, TRAP)
    chat.moves(VIC, "invite", TRAP, by=EVE)
    assert private(chat, VIC) is None


@pytest.mark.parametrize("marker", [f"direct {VIC}", VIC])
def test_only_the_bot_s_own_mark_counts(chat: Chat, vic: str, marker: str) -> None:
    chat.made_by(EVE, TRAP, VIC)
    chat.apply(
        RoomBatch(
            TRAP, [State(TRAP, "$x", EVE, chat.now, "m.room.create", "", {MARKER: marker})], (), joined=True
        )
    )
    assert private(chat, VIC) is None


@pytest.mark.parametrize("more", [[EVE], [BOT, EVE]])
def test_a_room_with_a_second_maker_is_none(chat: Chat, vic: str, more: list[str]) -> None:
    chat.made_by(VIC, TRAP, VIC)
    assert private(chat, VIC) == TRAP
    content = {"room_version": "12", "additional_creators": more}
    create = State(TRAP, "$x", VIC, chat.now, "m.room.create", "", content)
    chat.apply(RoomBatch(TRAP, [create], (), joined=True))
    assert private(chat, VIC) is None


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("m.room.join_rules", {"join_rule": "public"}),
        ("m.room.join_rules", {"join_rule": "knock"}),
        ("m.room.join_rules", {}),
        ("m.room.history_visibility", {"history_visibility": "world_readable"}),
    ],
)
def test_opened_later_it_is_none_from_then_on(chat: Chat, kind: str, content: dict[str, str]) -> None:
    room = chat.direct(chat.member(PIA))
    assert chat.says("profil zeige", room=room)[-1].machine["type"] == "member"
    chat.changes(room, kind, content, by=PIA)
    assert private(chat, PIA) is None
    assert chat.says("profil zeige", room=room) == []
    assert chat.reply("!profil zeige", room=room).machine["type"] == "pointer"
    chat.changes(room, "m.room.join_rules", {"join_rule": "invite"}, by=PIA)
    chat.changes(room, "m.room.history_visibility", {"history_visibility": "joined"}, by=PIA)
    assert private(chat, PIA) == room


@pytest.mark.parametrize("membership", ["join", "invite"])
def test_with_a_third_it_is_none_from_then_on(chat: Chat, membership: str) -> None:
    room = chat.direct(chat.member(PIA))
    chat.moves(EVE, membership, room, by=PIA)
    assert private(chat, PIA) is None
    chat.moves(EVE, "leave", room)
    assert private(chat, PIA) == room


def test_the_bot_invited_before_the_others_tells_nobody(chat: Chat, vic: str) -> None:
    """A room for all, whose maker has invited the bot first."""
    chat.made_by(VIC, TRAP, VIC, join_rules="public")
    assert chat.reply("!profil zeige", by=VIC, room=TRAP).machine["type"] == "pointer"


@pytest.mark.parametrize("membership", ["join", "invite"])
def test_the_bot_s_own_room_is_written_to_also_before_it_is_entered(
    chat: Chat, vic: str, membership: str
) -> None:
    """No second room is made while the invitation stands; but only who has come in talks there."""
    room = by_bot(chat, VIC, membership)
    assert private(chat, VIC) == room
    with chat.database.transaction() as tx:
        assert rooms.kind_of(tx, room, VIC) == (None, membership == "join", False)
        assert rooms.kind_of(tx, room, EVE) == (None, False, False)


def test_a_room_that_the_person_has_made_and_entered_comes_first(chat: Chat, vic: str) -> None:
    by_bot(chat, VIC, "invite")
    chat.made_by(VIC, "!mine:localhost", VIC)
    chat.later(minutes=1)
    by_bot(chat, VIC, "invite", room="!later:localhost")
    assert private(chat, VIC) == "!mine:localhost"


def test_who_invited_is_known_from_the_invitation(chat: Chat, vic: str) -> None:
    for maker, expected in ((VIC, TRAP), (EVE, None)):
        chat.later(seconds=1)
        chat.core.apply(
            Batch(token="i", invitations=[Invitation(TRAP, maker, False, True)]), (), now=chat.now
        )
        create = State(TRAP, "$c", VIC, chat.now, "m.room.create", "", {"room_version": "12"})
        members = [
            State(TRAP, f"$m{who}", who, chat.now, "m.room.member", who, {"membership": "join"})
            for who in (BOT, VIC)
        ]
        chat.apply(RoomBatch(TRAP, [*members, create], (), joined=True, fresh=True))
        assert private(chat, VIC) == expected


# --- stores from before all this was kept


def forget_rules(chat: Chat) -> None:
    """As after the upgrade of a store."""
    with chat.database.transaction() as tx:
        for room in rooms.list_joined(tx):
            rooms.change(tx, room.room_id, join_rule=None, history=None, inviter=None, direct_with=None)


def test_after_an_upgrade_the_state_is_read_anew_and_honest_chats_are_kept(chat: Chat, vic: str) -> None:
    mine = chat.direct(chat.member(PIA))
    chat.made_by(EVE, TRAP, VIC)
    forget_rules(chat)
    assert chat.core.any_unread()
    assert private(chat, PIA) is None
    for room, maker in ((mine, PIA), (TRAP, EVE)):
        create = State(room, "$c", maker, chat.now, "m.room.create", "", {"room_version": "10"})
        left = State(room, "$l", EVE, chat.now, "m.room.member", EVE, {"membership": "leave"})
        chat.apply(RoomBatch(room, [create, left], (), joined=True))
    assert (private(chat, PIA), private(chat, VIC)) == (mine, None)


# --- who wants none


def test_left_alone_in_a_direct_chat_the_bot_leaves_too(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    chat.moves(PIA, "leave", room)
    assert [(e.kind, e.room) for e in chat.errands if e.kind == "leave"] == [("leave", room)]
    chat.moves(PIA, "leave", room)
    assert len([e for e in chat.errands if e.kind == "leave"]) == 1
    chat.moves(PIA, "leave", HALL)
    assert len([e for e in chat.errands if e.kind == "leave"]) == 1


@pytest.mark.parametrize("before", ["join", "invite"])
def test_who_leaves_or_declines_what_the_bot_made_wants_none(chat: Chat, vic: str, before: str) -> None:
    room = by_bot(chat, VIC, before)
    assert not chat.core.has_given_up(VIC)
    chat.moves(VIC, "leave", room)
    assert private(chat, VIC) is None
    chat.restart()
    assert chat.core.has_given_up(VIC)
    assert chat.core.direct_room(VIC, room) is None  # nor from what a run remembers
    by_bot(chat, VIC, "invite", room="!again:localhost")
    assert private(chat, VIC) == "!again:localhost"


def test_an_encrypted_room_is_nobodys_while_encryption_is_off(chat: Chat) -> None:
    """Also one that was a direct chat in an earlier run, with encryption on."""
    room = chat.direct(chat.member(PIA))
    chat.changes(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, by=PIA)
    assert private(chat, PIA) is None
    with chat.database.transaction() as tx:
        rooms.change(tx, room, direct_with=PIA)
    chat.core.prepare(now=chat.now)
    assert private(chat, PIA) is None
