"""Keeps the store's picture of rooms: who sits in them, what they are, and who may be let in.

In the worker's thread. matrix-nio's own picture is not kept over restarts and stays after a kick, so this one is
made from the state events themselves.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.core.events import State, mapping, text_of
from bot.core.outbox import Outbox
from bot.core.replacing import Replacing
from bot.core.troubles import Troubles
from bot.core.typed import clean
from bot.encryption.account import MEGOLM
from commands.framework.context import Asker, Context, Settings, Where
from commands.framework.declarations import MOVEMENTS, Movement
from commands.framework.failures import Encrypted
from commands.framework.replies import Role
from commands.general import WATCHED, PersonGone, RoomChanged
from commands.members import show_anew
from commands.words import key_of
from storage import cards, inbox, members, rooms
from storage.engine.base import Tx
from storage.outbox import REPLY

if TYPE_CHECKING:
    from bot.core.batches import Invitation

log = logging.getLogger(__name__)
MARKER = "ch.publicinnovators"  # in m.room.create: what the bot made the room for
# There too: it made the room encrypted. The sync tells of a room before its encryption, which Synapse adds later.
BORN_ENCRYPTED = f"{MARKER}.encrypted"
CREATORS_RULE_FROM = 12  # room versions from here on: creators stand above all power levels
PRIVILEGED = 100


def unread(room_id: str) -> str:
    """The cause of the one thing that is said in an encrypted room where encryption is off: why nothing else is."""
    return f"encrypted {room_id}"


class RoomState:
    """Applies state events and invitations."""

    def __init__(
        self, settings: Settings, out: Outbox, troubles: Troubles, *, renamed: Callable[[str], None]
    ) -> None:
        self.settings, self.outbox, self.troubles = settings, out, troubles
        self.renamed = renamed  # the bot's own account has this name now
        self.encrypted: set[str] = set()  # rooms; also those just made so, of which no sync has told
        # Who shall read in the room, or how it is encrypted, is different now.
        self.keys_changed: Callable[[str, str | None], None] = lambda _room, _person: None
        self.replacing = Replacing(settings, out)

    def enter(
        self,
        tx: Tx,
        room_id: str,
        state: Iterable[State],
        *,
        joined: bool,
        fresh: bool,
        now: datetime,
        by: str | None = None,
    ) -> None:
        """The bot is in the room, or no longer; `state` is how things stood before the timeline.

        `by`: who has put it out, where that is known.
        """
        if not joined:
            self._lost(tx, room_id, by=by, now=now)
            return
        if fresh:
            rooms.forget_occupants(tx, room_id)
            known = rooms.find(tx, room_id)
            inviter = (known.inviter if known is not None else None) or ""
            rooms.change(tx, room_id, joined=True, joined_at=now, inviter=inviter)
        for event in sorted(
            state, key=lambda event: event.type == "m.room.member"
        ):  # into a room that is known
            self.changed(tx, event, now=now)
        if fresh:
            self._follow(tx, room_id, None, now=now)
            self._back(tx, room_id, now=now)

    def assign(self, tx: Tx, purpose: str, room_id: str, *, now: datetime) -> None:
        """The room has this purpose from now on, and gets the cards that another had for it before."""
        former = rooms.room_for(tx, purpose)
        rooms.set_purpose(tx, purpose, room_id)
        if former == room_id:
            return
        if former is not None:
            log.warning("room changed", extra={"purpose": purpose, "room_id": room_id, "former": former})
            self.troubles.forget(tx, former)
            cards.move(tx, former, room_id, but=MOVEMENTS)  # those follow their room by themselves
        room = rooms.find(tx, room_id)
        if room is not None and room.joined:
            self._back(tx, room_id, now=now)

    def _back(self, tx: Tx, room_id: str, *, now: datetime) -> None:
        """The bot is in the room of a purpose: what belongs there and is not there is posted."""
        if rooms.purpose_of(tx, room_id) is None:
            return
        self.troubles.end(tx, room_id, "gone", now=now)
        self._is_mute(tx, room_id, by=None, now=now)
        self.troubles.end(tx, room_id, "mute", now=now, tell=False)
        self.replacing.room(tx, room_id, now=now)

    def _lost(self, tx: Tx, room_id: str, *, by: str | None, now: datetime) -> None:
        """The bot is in the room no more. Coordinators are told where the room is for something."""
        rooms.change(tx, room_id, joined=False)
        rooms.forget_occupants(tx, room_id)
        if rooms.purpose_of(tx, room_id) is not None:
            self.troubles.end(tx, room_id, "rights", now=now, tell=False)
            self.troubles.begin(tx, room_id, "gone", now=now, by=by if by != self.settings.bot else None)

    def _is_mute(self, tx: Tx, room_id: str, *, by: str | None, now: datetime) -> bool:
        """Has the bot too low a power level to write there? Coordinators are told when that begins and ends."""
        room = rooms.find(tx, room_id)
        needed = room.power.get("needed", 0) if room is not None else 0
        if self._rank(tx, room_id, self.settings.bot) < needed:
            self.troubles.begin(tx, room_id, "rights", now=now, by=by)
            return True
        if self.troubles.end(tx, room_id, "rights", now=now):
            self.replacing.room(tx, room_id, now=now)
        return False

    def changed(self, tx: Tx, event: State, *, now: datetime) -> None:
        """A state event says something new."""
        content = event.content
        match event.type:
            case "m.room.member":
                self._membership(tx, event, now=now)
                self.keys_changed(event.room_id, event.key)
            case "m.room.create" if event.key == "":
                more = content.get("additional_creators")
                creators = (
                    [event.sender, *(u for u in more if isinstance(u, str))]
                    if isinstance(more, list)
                    else [event.sender]
                )
                known = rooms.find(tx, event.room_id)
                self._change(
                    tx,
                    event.room_id,
                    join_rule=(known.join_rule if known is not None else None) or "invite",
                    history=(known.history if known is not None else None) or "shared",
                    version=text_of(content.get("room_version", "1"))[:32] or "1",
                    creators=creators,
                    marker=(text_of(content.get(MARKER)) or None)
                    if event.sender == self.settings.bot
                    else None,
                )
                if event.sender == self.settings.bot and content.get(BORN_ENCRYPTED) is True:
                    self._encrypted(tx, event.room_id, {"algorithm": MEGOLM}, now=now)
                if event.sender == self.settings.bot:
                    self._made(tx, event.room_id, text_of(content.get(MARKER)), now=now)
            case "m.room.join_rules" if event.key == "":
                self._change(tx, event.room_id, join_rule=text_of(content.get("join_rule"))[:32])
            case "m.room.history_visibility" if event.key == "":
                self._change(tx, event.room_id, history=text_of(content.get("history_visibility"))[:32])
                self.keys_changed(event.room_id, None)
            case "m.room.power_levels" if event.key == "":
                rooms.change(tx, event.room_id, power=_levels(content))
            case "m.room.encryption" if event.key == "":
                self._encrypted(tx, event.room_id, dict(content), now=now)
            case "m.room.tombstone" if event.key == "":
                self._upgraded(tx, event, now=now)

    def _encrypted(self, tx: Tx, room_id: str, how: dict[str, Any], *, now: datetime) -> None:
        """What is said in the room is encrypted from now on, and for ever."""
        self._change(tx, room_id, encrypted=True, encryption=how)
        self.encrypted.add(room_id)
        self.keys_changed(room_id, None)
        self.unreadable(tx, room_id, now=now)

    def _change(self, tx: Tx, room_id: str, **values: object) -> None:
        """These things about the room are so now; and with them, whose direct chat it can be."""
        rooms.change(tx, room_id, **values)
        self.look_again(tx, room_id)

    def look_again(self, tx: Tx, room_id: str) -> None:
        """It is known whose direct chat the room can be: nobody's, if it is encrypted and encryption is off."""
        room = rooms.find(tx, room_id)
        assert room is not None
        readable = self.settings.encrypts or not room.encrypted
        person = whose(room, self.settings.bot) if readable else None
        if person != room.direct_with:
            rooms.change(tx, room_id, direct_with=person)

    def report(self, tx: Tx, event: State, *, now: datetime) -> None:
        """Coordinators are told where somebody else changes one of the bot's rooms."""
        what = WATCHED.get(event.type)
        purpose = rooms.purpose_of(tx, event.room_id) if what is not None and event.key == "" else None
        if purpose is not None and what == "rights":
            mute = self._is_mute(tx, event.room_id, by=event.sender, now=now)
            if mute:
                return  # that is told, with who has done it
        room = rooms.room_for(tx, "coordination") if purpose is not None else None
        if (
            what is not None
            and purpose is not None
            and room is not None
            and event.sender != self.settings.bot
        ):
            told = RoomChanged(purpose, what, event.sender)
            self.outbox.remark(tx, room, told, self.settings.language, cause=event.event_id, at=now)

    def _made(self, tx: Tx, room_id: str, purpose: str, *, now: datetime) -> None:
        """The bot has made this room for a thing such as `group 3`: from now on it is that thing's.

        Nothing else tells the store so: a crash between the making and its record loses nothing.
        """
        if _of_thing(purpose) is None:
            return
        present = rooms.room_for(tx, purpose)
        known = rooms.find(tx, present) if present is not None else None
        if present is None or known is None or not known.joined:
            self.assign(tx, purpose, room_id, now=now)
        self._follow(tx, room_id, None, now=now)

    def _follow(self, tx: Tx, room_id: str, movement: Movement | None, *, now: datetime) -> None:
        """The kind of thing whose room this is follows."""
        thing = _of_thing(rooms.purpose_of(tx, room_id) or "")
        if thing is None:
            return
        kind, number = thing
        ctx = self._nobody(tx, now)
        MOVEMENTS[kind](ctx, number, movement)
        self.outbox.keep_job(ctx, f"room {room_id}")

    def _membership(self, tx: Tx, event: State, *, now: datetime) -> None:
        membership = text_of(event.content.get("membership"))
        name = event.content.get("displayname")
        if not membership or not event.key.startswith("@"):
            return
        if event.key == self.settings.bot and membership in ("leave", "ban"):
            self._lost(tx, event.room_id, by=event.sender, now=now)
            return
        if event.key == self.settings.bot and membership == "invite":
            self._change(tx, event.room_id, inviter=event.sender)
        if membership == "invite" and self._sits(tx, event):
            return
        if membership in ("join", "invite"):
            self._others(tx, event)
        shown = " ".join(clean(name).split())[:200] if isinstance(name, str) else ""
        rooms.set_occupant(
            tx,
            room_id=event.room_id,
            user_id=event.key,
            membership=membership,
            display_name=shown or event.key,
        )
        if shown and membership == "join" and event.key == self.settings.bot:
            self.renamed(shown)
        if shown and membership == "join" and rooms.purpose_of(tx, event.room_id) is not None:
            self._called(tx, event.key, shown, now=now)
        if membership in ("leave", "ban"):
            self._left_alone(tx, event, now=now)
            self._gone(tx, event, now=now, banned=membership == "ban")
            cards.mark_withheld(tx, at=now, room_id=event.room_id)
        elif membership == "join":
            inbox.unsay(tx, inbox.gone(event.key))
        self._follow(tx, event.room_id, Movement(event.key, membership, event.sender), now=now)

    def _sits(self, tx: Tx, event: State) -> bool:
        """Is the person in the room already? Nobody in it can be invited: then this is from before they came.

        Synapse tells it again as the state before what the bot has said while somebody came in.
        """
        known = rooms.find_occupant(tx, room_id=event.room_id, user_id=event.key)
        return known is not None and known.membership == "join"

    def _called(self, tx: Tx, user_id: str, name: str, *, now: datetime) -> None:
        """A member is called this now, on all cards."""
        if members.rename(tx, user_id, name=name, name_key=key_of(name)):
            show_anew(self._nobody(tx, now), user_id)

    def _nobody(self, tx: Tx, now: datetime) -> Context:
        nobody = Asker(self.settings.bot, None, Role.COORDINATOR, self.settings.language)
        return Context(tx, now, self.settings, nobody, Where("", False, None))

    def _others(self, tx: Tx, event: State) -> None:
        """The direct chat of somebody who was erased is nobody's once another comes in."""
        room = rooms.find(tx, event.room_id)
        if room is None or room.direct_with != rooms.FORGOTTEN or event.key == self.settings.bot:
            return
        if rooms.find_occupant(tx, room_id=event.room_id, user_id=event.key) is None:
            rooms.change(tx, event.room_id, direct_with=None, creators=[], marker=None)

    def _gone(self, tx: Tx, event: State, *, now: datetime, banned: bool) -> None:
        """Coordinators are told once where a member is in no room any more, or put out of the space."""
        member = members.find(tx, event.key)
        if member is None or member.state not in ("active", "paused"):
            return
        banned = banned and rooms.purpose_of(tx, event.room_id) == "space"
        if (rooms.is_anywhere(tx, event.key) and not banned) or not inbox.say_once(tx, inbox.gone(event.key)):
            return
        room = rooms.room_for(tx, "coordination")
        if room is not None:
            told = PersonGone(event.key, member.name, banned)
            self.outbox.remark(tx, room, told, self.settings.language, cause=f"gone {event.event_id}", at=now)

    def _left_alone(self, tx: Tx, event: State, *, now: datetime) -> None:
        """The person whose direct chat it was has left it, or did not want it: so does the bot, and remembers."""
        room = rooms.find(tx, event.room_id)
        if room is None or room.given_up or room.direct_with not in (event.key, rooms.FORGOTTEN):
            return
        if any(o.user_id != self.settings.bot for o in rooms.list_occupants(tx, event.room_id)):
            return
        rooms.change(tx, event.room_id, given_up=True)
        self._errand(tx, "leave", event.room_id, {}, f"alone {event.room_id}", now)

    def _upgraded(self, tx: Tx, event: State, *, now: datetime) -> None:
        """The room goes on elsewhere: what it was for moves along, and the bot follows."""
        new = text_of(event.content.get("replacement_room"))
        if not new:
            return
        if self._rank(tx, event.room_id, event.sender) < PRIVILEGED // 2:
            return  # only of those who may upgrade rooms
        known = rooms.find(tx, event.room_id)
        if known is not None and known.replaced_by == new:
            return
        rooms.change(tx, event.room_id, replaced_by=new)
        purpose = rooms.purpose_of(tx, event.room_id)
        if purpose is not None:
            self.assign(tx, purpose, new, now=now)
        server = event.sender.partition(":")[2]
        self._errand(tx, "join", new, {"via": [server]}, f"upgrade {event.room_id} {new}", now)

    def _rank(self, tx: Tx, room_id: str, user_id: str) -> int:
        room = rooms.find(tx, room_id)
        return power_of(room.power, room.creators, room.version, user_id) if room is not None else 0

    def unreadable(self, tx: Tx, room_id: str, *, now: datetime) -> None:
        """Say once in an encrypted room that the bot can't read there, where encryption is off."""
        if not self.settings.encrypts and inbox.say_once(tx, unread(room_id)):
            log.warning("encrypted room, and encryption is off", extra={"room_id": room_id})
            # Plain text in an encrypted room, on purpose: it says nothing but that the bot can't read here.
            self.outbox.remark(
                tx, room_id, Encrypted(), self.settings.language, cause=unread(room_id), at=now
            )

    def invited(self, tx: Tx, invitation: Invitation, *, now: datetime) -> None:
        """Accept invitations of members and of the listed servers, decline others.

        Where the bot was before, it has been removed: it comes in anew.
        """
        if rooms.find(tx, invitation.room_id) is not None:
            self.enter(tx, invitation.room_id, (), joined=False, fresh=False, now=now)
        known = members.find(tx, invitation.sender)
        server = invitation.sender.partition(":")[2]
        welcome = (known is not None and known.state != "left") or server in self.settings.allowed_servers
        if welcome:
            self._change(tx, invitation.room_id, inviter=invitation.sender)
        cause = f"invitation {invitation.room_id} {now.timestamp()}"
        self._errand(tx, "join" if welcome else "leave", invitation.room_id, {}, cause, now)

    def _errand(
        self, tx: Tx, kind: str, room: str, content: Mapping[str, Any], cause: str, now: datetime
    ) -> None:
        self.outbox.add(tx, kind, room, dict(content), REPLY, txn=cause, at=now)


def whose(room: rooms.Room, bot: str) -> str | None:
    """The person whose direct chat this room is, where nobody but they and the bot sit in it.

    The bot has made it for them, or they have made it and invited the bot themselves; who comes in is invited, and
    nobody else can read it. Where it is not kept who invited the bot (before 1.1), who made the room decides.
    """
    if room.join_rule != "invite" or room.history == "world_readable" or not room.creators:
        return None
    maker = room.creators[0]
    if maker == bot:
        made_for = (room.marker or "").partition(" ")
        person = made_for[2] if made_for[0] == "direct" else ""
    else:
        person = maker if room.inviter in (None, maker) else ""
    return person if person and set(room.creators) <= {person, bot} else None


def _of_thing(purpose: str) -> tuple[str, int] | None:
    """The kind and number in a purpose such as `group 3`, where something follows its room."""
    found = re.fullmatch(r"([a-z]+) ([1-9][0-9]{0,8})", purpose)
    return (found[1], int(found[2])) if found is not None and found[1] in MOVEMENTS else None


def _levels(content: Mapping[str, Any]) -> dict[str, Any]:
    """The levels of people in a room, and the one `needed` to write and react there.

    What is no whole number (PostgreSQL takes no NaN) is left out.
    """
    users = content.get("users")
    named = (
        {user: level for user, level in users.items() if isinstance(level, int)}
        if isinstance(users, dict)
        else {}
    )
    default = content.get("users_default")
    events = mapping(content.get("events"))
    asked = [events.get(kind, content.get("events_default")) for kind in ("m.room.message", "m.reaction")]
    needed = max(level if isinstance(level, int) else 0 for level in asked)
    return {"users": named, "needed": needed} | (
        {"users_default": default} if isinstance(default, int) else {}
    )


def power_of(power: Mapping[str, Any], creators: Iterable[str], version: str, user_id: str) -> int:
    """The person's power level; from room version 12 on, creators stand above all."""
    if version.isdecimal() and int(version) >= CREATORS_RULE_FROM and user_id in creators:
        return 2**31
    users = power.get("users")
    level = users.get(user_id) if isinstance(users, dict) else None
    if level is None:
        level = power.get("users_default", 0)
    return level if isinstance(level, int) else 0
