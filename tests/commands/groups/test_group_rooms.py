"""The group's own room: made once, furnished, and with the group's members in it, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.rooms import MARKER
from commands.framework.context import Settings
from storage import groups, processes, rooms
from storage.engine.database import Database
from storage.outbox import Errand
from tests.support.chat import BOT, NOW, ROOMS, Chat
from tests.support.kept import staged

PIA, URS, EVA, MAX = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@max:localhost"
KORA = "@kora:localhost"
ROOM = "!group1:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, EVA, MAX):
        chat.member(user)
    return chat


def done(chat: Chat, *kinds: str, since: int = 0) -> list[tuple[str, str, Any]]:
    """The errands of these kinds since then: kind, room, content."""
    return [(e.kind, e.room, e.content) for e in chat.errands[since:] if not kinds or e.kind in kinds]


def people(chat: Chat, since: int = 0) -> list[tuple[str, str]]:
    """Who was let in and out since then."""
    return [(e.kind, e.content["user_id"]) for e in chat.errands[since:] if e.kind in ("invite", "kick")]


def restarted(chat: Chat) -> None:
    """The bot is started anew, and its jobs have had their tick."""
    chat.now += timedelta(minutes=1)
    chat.settings = replace(chat.settings, started_at=chat.now)
    again = Chat.__new__(Chat)
    again.__dict__.update(chat.__dict__)
    core = type(chat.core)(chat.database, chat.settings, names=("pibot",), renderer=chat.core.outbox.renderer)
    chat.core = core
    chat.tick()


# --- made


def test_the_room_is_made_in_the_space_with_the_card_pinned_and_the_members_invited(crew: Chat) -> None:
    crew.process(PIA, URS, leader=PIA)
    reply = crew.reply("!gruppe raum P1", by=KORA)
    assert "room" not in reply.machine
    assert "Die 2 Mitglieder werden eingeladen." in reply.text
    assert done(crew, "create") == [
        (
            "create",
            "group 1",
            {
                "name": "Gruppe P1 · Umzugsmeldung",
                "topic": "Innovationsgruppe des Prozesses P1 · Umzugsmeldung. Was ich kann, sagt !hilfe gruppe.",
                "space": ROOMS["space"],
            },
        )
    ]
    child = {"via": ["localhost"], "order": "g00001", "suggested": False}
    assert done(crew, "state") == [
        ("state", ROOMS["space"], {"type": "m.space.child", "key": ROOM, "content": child})
    ]
    assert done(crew, "power") == [("power", ROOM, {"users": {KORA: 100, PIA: 50}})]
    assert people(crew) == [("invite", PIA), ("invite", URS)]
    [card] = crew.in_room(ROOM)
    assert card.machine["type"] == "process"
    [pin] = [e for e in crew.errands if e.kind == "pin"]
    assert (pin.room, crew.events[pin.waits_for or 0]) == (ROOM, card.event_id)
    assert crew.answer("!gruppe zeige P1", by=PIA).machine["room"] == ROOM


def test_asked_for_twice_it_is_made_once_and_who_is_missing_invited_again(crew: Chat) -> None:
    crew.process(PIA, URS)
    crew.says("!gruppe raum P1", by=KORA)
    crew.moves(PIA, "invite", ROOM, by=BOT)
    before = len(crew.errands)
    reply = crew.reply("!gruppe raum P1", by=KORA)
    assert reply.machine["room"] == ROOM
    assert "Nochmals eingeladen: 1 Person." in reply.text
    assert done(crew, since=before) == [("invite", ROOM, {"user_id": URS})]
    crew.moves(URS, "join", ROOM)
    assert "Alle Mitglieder sind dort oder eingeladen." in crew.reply("!gruppe raum P1", by=KORA).text


def test_a_group_without_members_gets_its_room_too(crew: Chat) -> None:
    crew.process()
    assert "Wer dazukommt, wird eingeladen." in crew.reply("!gruppe raum P1", by=KORA).text
    crew.says("!gruppe anmelden P1", by=PIA)
    assert people(crew) == [("invite", PIA)]


def test_an_english_community_has_english_rooms(database: Database) -> None:
    chat = Chat(database, Settings(coordinators=(KORA,), language="en", prefix="?"))
    chat.process(name="Moving house")
    assert "getting its room" in chat.reply("?group room P1", by=KORA).text
    [(_, _, content)] = done(chat, "create")
    assert content["name"] == "Group P1 · Moving house"
    assert content["topic"].endswith("?help group.")


def test_a_room_of_somebody_else_with_our_mark_is_not_the_group_s(crew: Chat) -> None:
    crew.process(PIA)
    create = crew._state("!forged:localhost", "m.room.create", "", {MARKER: "group 1"})
    from bot.core.batches import RoomBatch  # noqa: PLC0415

    crew.apply(
        RoomBatch("!forged:localhost", [replace(create, key="", sender=PIA)], (), joined=True, fresh=True)
    )
    assert crew.errands == []
    assert "room" not in crew.answer("!gruppe zeige P1", by=PIA).machine


@pytest.mark.parametrize("mark", ["group 99", "group x", "group 1 2", "idea 1", "room news"])
def test_other_marks_mean_nothing(crew: Chat, mark: str) -> None:
    crew.process(PIA)
    crew._create(Errand(0, "", "create", mark, {}, 0, None, NOW))
    assert [e for e in crew.errands if e.kind != "create"] == []


# --- kept in step


@pytest.fixture
def roomy(crew: Chat) -> Chat:
    """P1 with Pia and Urs, who sit in its room."""
    crew.process(PIA, URS, leader=PIA, size=3)
    crew.says("!gruppe raum P1", by=KORA)
    for user in (PIA, URS):
        crew.moves(user, "invite", ROOM, by=BOT)
        crew.moves(user, "join", ROOM)
    crew.errands.clear()
    return crew


def test_invited_on_joining_and_removed_on_leaving(roomy: Chat) -> None:
    roomy.says("!gruppe anmelden P1", by=EVA)
    roomy.says("!gruppe anmelden P1", by=MAX)
    roomy.says("!gruppe abmelden P1", by=URS)
    assert people(roomy) == [("invite", EVA), ("kick", URS), ("invite", MAX)] or people(roomy) == [
        ("invite", EVA),
        ("invite", MAX),
        ("kick", URS),
    ]


def test_an_assigned_member_comes_in_with_the_answer(roomy: Chat) -> None:
    roomy.says("!gruppe zuweisen P1 Eva", by=KORA)
    assert people(roomy) == []
    roomy.says("!gruppe bestätigen P1", by=EVA)
    assert people(roomy) == [("invite", EVA)]


def test_out_and_in_again_before_the_server_knows(roomy: Chat) -> None:
    roomy.says("!gruppe abmelden P1", by=URS)
    roomy.says("!gruppe anmelden P1", by=URS)
    roomy.says("!gruppe abmelden P1", by=URS)
    assert people(roomy) == [("kick", URS), ("invite", URS), ("kick", URS)]


def test_who_leaves_the_room_stays_in_the_group_and_is_not_invited_again_and_again(roomy: Chat) -> None:
    roomy.moves(URS, "leave", ROOM)
    roomy.says("!gruppe anmelden P1", by=EVA)
    restarted(roomy)
    assert people(roomy) == [("invite", EVA)]
    assert roomy.answer("!gruppe zeige P1", by=URS).machine["you"] == {"seat": "confirmed"}
    roomy.says("!gruppe raum P1", by=KORA)
    assert ("invite", URS) in people(roomy)


def test_who_left_the_room_is_invited_when_they_rejoin_the_group(roomy: Chat) -> None:
    roomy.moves(URS, "leave", ROOM)
    roomy.says("!gruppe abmelden P1", by=URS)
    roomy.errands.clear()
    roomy.says("!gruppe anmelden P1", by=URS)
    assert people(roomy) == [("invite", URS)]


def test_a_member_whom_somebody_removes_is_invited_again(roomy: Chat) -> None:
    roomy.moves(URS, "leave", ROOM, by=KORA)
    assert people(roomy) == [("invite", URS)]
    roomy.moves(URS, "invite", ROOM, by=BOT)
    roomy.moves(URS, "leave", ROOM)  # and does not want to
    assert people(roomy) == [("invite", URS)]


def test_a_banned_member_is_invited_once_the_ban_is_lifted(roomy: Chat) -> None:
    roomy.moves(URS, "ban", ROOM, by=KORA)
    assert people(roomy) == []
    roomy.moves(URS, "leave", ROOM, by=KORA)
    assert people(roomy) == [("invite", URS)]


def test_who_is_not_in_the_group_is_removed_but_for_coordinators(roomy: Chat) -> None:
    roomy.moves(MAX, "invite", ROOM, by=PIA)
    assert people(roomy) == [("kick", MAX)]
    roomy.moves("@fremd:localhost", "join", ROOM)
    roomy.moves(KORA, "invite", ROOM, by=PIA)
    roomy.moves(KORA, "join", ROOM)
    assert people(roomy)[1:] == [("kick", "@fremd:localhost")]
    roomy.moves(MAX, "leave", ROOM, by=BOT)
    roomy.moves(MAX, "invite", ROOM, by=PIA)
    assert people(roomy)[2:] == [("kick", MAX)], "as often as somebody lets them in"


def test_who_sits_there_already_and_joins_is_not_invited(roomy: Chat) -> None:
    roomy.moves(KORA, "join", ROOM)
    roomy.says("!gruppe anmelden P1", by=KORA)
    assert people(roomy) == []
    roomy.says("!gruppe abmelden P1", by=KORA)
    assert people(roomy) == [("kick", KORA)]


def test_name_and_topic_follow_the_process(roomy: Chat) -> None:
    with roomy.database.transaction() as tx:
        processes.change(tx, 1, name="Zuzug")
    roomy.says("!gruppe anmelden P1", by=EVA)
    found = {content["type"]: content["content"] for _, room, content in done(roomy, "state") if room == ROOM}
    assert found["m.room.name"] == {"name": "Gruppe P1 · Zuzug"}
    assert "P1 · Zuzug" in found["m.room.topic"]["topic"]
    roomy.errands.clear()
    roomy.says("!gruppe abmelden P1", by=EVA)
    assert done(roomy, "state") == [], "what people call the room since is theirs"


def test_the_leader_s_powers_follow(roomy: Chat) -> None:
    roomy.says("!gruppe leitung P1 Urs", by=KORA)
    assert done(roomy, "power") == [("power", ROOM, {"users": {KORA: 100, PIA: 0, URS: 50}})]
    roomy.says("!gruppe abmelden P1", by=URS)
    assert done(roomy, "power")[1:] == [("power", ROOM, {"users": {KORA: 100, URS: 0}})]


def test_the_card_in_the_room_follows_changes(roomy: Chat) -> None:
    before = len(roomy.in_room(ROOM))
    roomy.says("!gruppe anmelden P1", by=EVA)
    edit = roomy.in_room(ROOM)[before]
    assert edit.edits == roomy.in_room(ROOM)[0].event_id


def test_a_start_puts_right_what_was_missed(roomy: Chat) -> None:
    with roomy.database.transaction() as tx:  # as after a restored backup
        rooms.set_occupant(tx, room_id=ROOM, user_id=MAX, membership="join", display_name="Max")
        groups.change(tx, 1, room_name="Gruppe P1 · Früher")
        processes.change(tx, 1, name="Heute")
    restarted(roomy)
    assert people(roomy) == [("kick", MAX)]
    assert any(c["content"] == {"name": "Gruppe P1 · Heute"} for _, _, c in done(roomy, "state"))
    roomy.errands.clear()
    roomy.later(minutes=1)
    restarted(roomy)
    assert roomy.errands == []


def test_in_an_upgraded_room_all_begins_anew(roomy: Chat) -> None:
    """A coordinator has upgraded the room: what it was for moves along, and so do its members."""
    new = "!groupnew:localhost"
    with roomy.database.transaction() as tx:
        rooms.change(tx, ROOM, replaced_by=new)
        rooms.set_purpose(tx, "group 1", new)
    roomy.enter(new, KORA)
    assert people(roomy) == [("invite", PIA), ("invite", URS)]
    assert [s.machine["type"] for s in roomy.in_room(new)] == ["process"]
    assert roomy.answer("!gruppe zeige P1").machine["room"] == new


def test_removed_when_the_community_is_left_coordinators_too(roomy: Chat) -> None:
    roomy.says("!rolle geben Urs moderator", by=KORA)
    roomy.says("!rolle geben Urs koordinator", by=KORA)
    roomy.says("!profil verlassen", by=URS)
    assert ("kick", URS) in [p for p in people(roomy) if p[1] == URS]
    assert [(e.room, e.content) for e in roomy.errands if e.kind == "kick" and e.room == ROOM] == [
        (ROOM, {"user_id": URS})
    ]


# --- whatever happens

PEOPLE = [PIA, URS, EVA, MAX]
ACTS = (
    "join",
    "leave",
    "assign",
    "yes",
    "remove",
    "accept",
    "goes",
    "kicked",
    "guest",
    "ban",
    "restart",
)


class Room:
    """A homeserver's room: lets in and out as it is asked to, and tells the bot, sooner or later."""

    def __init__(self, chat: Chat) -> None:
        self.chat, self.taken = chat, 0
        self.membership: dict[str, str] = {}
        self.away: set[str] = set()  # went by themselves, and are not to be pestered

    def serve(self) -> None:
        """Carry out what the bot wants, until it wants nothing more."""
        while self.taken < len(self.chat.errands):
            errand = self.chat.errands[self.taken]
            self.taken += 1
            user = errand.content.get("user_id", "")
            if errand.room != ROOM or errand.kind not in ("invite", "kick"):
                continue
            now = self.membership.get(user, "leave")
            if errand.kind == "invite" and now == "leave":
                self.away.discard(user)
                self.set(user, "invite", by=BOT)
            elif errand.kind == "kick" and now in ("invite", "join"):
                self.set(user, "leave", by=BOT)

    def set(self, user: str, membership: str, *, by: str | None = None) -> None:
        self.membership[user] = membership
        self.chat.moves(user, membership, ROOM, by=by)


def step(chat: Chat, room: Room, what: str, user: str) -> None:
    there = room.membership.get(user, "leave")
    match what:
        case "join":
            chat.says("!gruppe anmelden P1", by=user)
        case "leave":
            chat.says("!gruppe abmelden P1", by=user)
            room.away.discard(user)
        case "assign":
            chat.says(f"!gruppe zuweisen P1 {user}", by=KORA)
        case "yes":
            chat.says("!gruppe bestätigen P1", by=user)
        case "remove":
            chat.says(f"!gruppe entfernen P1 {user}", by=KORA)
            room.away.discard(user)
        case "accept" if there == "invite":
            room.set(user, "join")
        case "goes" if there in ("join", "invite"):
            room.away.add(user)
            room.set(user, "leave")
        case "kicked" if there in ("join", "invite"):
            room.set(user, "leave", by=KORA)
        case "guest" if there == "leave":
            room.set(user, "invite", by=PIA)
            room.set(user, "join")
        case "ban" if there in ("join", "invite"):
            room.set(user, "ban", by=KORA)
            room.serve()
            room.set(user, "leave", by=KORA)
        case "restart":
            restarted(chat)


STEP = st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE[:3]), st.booleans())


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEP, min_size=10, max_size=30), size=st.integers(1, 3))
def test_who_is_in_the_room_is_who_is_in_the_group(steps: list[tuple[str, str, bool]], size: int) -> None:
    """After any sequence of joins, leaves, assignments, removals, kicks and restarts.

    The room does at once what the bot wants, or later.
    """
    import storage  # noqa: PLC0415
    from storage.engine.base import Base  # noqa: PLC0415

    storage.load()
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database)
    for user in PEOPLE:
        chat.member(user)
    chat.process(*PEOPLE[:size], size=size)
    chat.says("!gruppe raum P1", by=KORA)
    room = Room(chat)
    room.serve()
    for what, user, at_once in steps:
        chat.now += timedelta(minutes=1)
        step(chat, room, what, user)
        if at_once:
            room.serve()
    room.serve()
    with database.transaction() as tx:
        from storage import seats  # noqa: PLC0415

        members = {seat.user_id for seat in seats.list_in(tx, "group", 1, "confirmed")}
    present = {user for user, membership in room.membership.items() if membership in ("invite", "join")}
    database.close()
    assert present <= members
    assert members - present <= room.away, "only who went by themselves is out"


def test_the_pinned_card_does_not_ask_those_who_are_in_to_join(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.process("@pia:localhost")
    chat.reply("!gruppe raum P1", by="@kora:localhost")
    [pinned] = [s for s in chat.in_room("!group1:localhost") if s.machine["type"] == "process"]
    assert "mitmachen" not in pinned.text
    assert "!sitzung liste P1" in pinned.text
