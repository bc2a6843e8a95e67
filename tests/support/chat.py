"""Text in, messages out: the bot as people meet it, through real parsing, dispatch, SQL and templates.

Only the homeserver is missing. What the bot would send is taken from the outbox and given event ids, as a homeserver
would, so that people can react to it, answer it and edit what they said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.batches import Batch, RoomBatch
from bot.core.events import State, read
from bot.core.facade import Core
from bot.core.rooms import MARKER
from bot.rendering.replies import KEY, Renderer
from commands import load
from commands.framework import links
from commands.framework.context import Context, Settings
from commands.framework.declarations import COMMANDS
from commands.framework.files import FileGone
from storage.engine.database import Database
from storage.outbox import LEFT_OUT, SAID, SEED, Done, Errand

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday, ten o'clock in Zurich
BOT = "@pibot:localhost"
ROOMS = {
    "space": "!space:localhost",
    "news": "!news:localhost",
    "ideas": "!ideas:localhost",
    "agenda": "!agenda:localhost",
    "moderation": "!moderation:localhost",
    "coordination": "!coordination:localhost",
}
HALL = "!hall:localhost"  # a room like any other
COMPILED = Path(__file__).parents[2] / ".pytest_cache" / "templates"


@dataclass(frozen=True)
class Said:
    """A message of the bot."""

    event_id: str
    room: str
    content: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.shown["body"])

    @property
    def html(self) -> str:
        return str(self.shown["formatted_body"])

    @property
    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.content.get("m.new_content", self.content)
        return shown

    @property
    def machine(self) -> dict[str, Any]:
        found: dict[str, Any] = self.shown[KEY]
        return found

    @property
    def replies_to(self) -> str | None:
        relation: dict[str, Any] = self.content.get("m.relates_to", {})
        found: str | None = relation.get("m.in_reply_to", {}).get("event_id")
        return found

    @property
    def edits(self) -> str | None:
        relation: dict[str, Any] = self.content.get("m.relates_to", {})
        return relation["event_id"] if relation.get("rel_type") == "m.replace" else None


@cache
def _renderer(prefix: str, zone: ZoneInfo) -> Renderer:
    """Compiling all templates takes longer than a hundred tests: it is kept from one run to the next."""
    load()
    return Renderer(prefix=prefix, zone=zone, cache=COMPILED)


@dataclass
class Chat:
    """A homeserver's worth of rooms, and the bot in them. `now` is moved by `later`."""

    database: Database
    settings: Settings = field(
        default_factory=lambda: Settings(coordinators=("@kora:localhost",), moderators=("@moni:localhost",))
    )
    now: datetime = NOW

    def __post_init__(self) -> None:
        renderer = _renderer(self.settings.prefix, self.settings.zone)
        self.core = Core(self.database, self.settings, names=("pibot", "PI-Bot"), renderer=renderer)
        self.core.prepare(now=self.now)
        self.count = 0
        self.said: list[Said] = []
        self.seeds: dict[tuple[str, str], int] = {}  # on which event which key the bot has, by which errand
        self.limited = False  # the homeserver limits
        self.errands: list[Errand] = []  # invitations and the like
        self.events: dict[int, str] = {}
        self.rooms: dict[str, str] = {}  # what people did, and where
        self.files: dict[str, bytes] = {}  # what people have uploaded
        self.sent_files: dict[str, str] = {}  # which message has which of them
        self.made: dict[str, str] = {}  # purpose -> the room the bot had made for it
        self.begin()

    # --- the world

    def begin(self) -> None:
        """The bot is in the rooms of all, and in a hall with two people."""
        for purpose, room in ROOMS.items():
            self.core.assign_room(purpose, room, now=self.now)
            self.enter(room)
        self.enter(HALL, "@pia:localhost", "@peter:localhost")

    def enter(self, room: str, *people: str, **state: Any) -> None:
        """The bot is in the room, with these people."""
        members = [
            self._state(room, "m.room.member", who, {"membership": "join", "displayname": name_of(who)})
            for who in (BOT, *people)
        ]
        more = [self._state(room, kind, "", content) for kind, content in state.items()]
        self.apply(RoomBatch(room, [*members, *more], (), joined=True, fresh=True))

    def enters(self, room: str, user: str, name: str | None) -> None:
        """Somebody joins the room, or changes the display name there."""
        content = {"membership": "join"} | ({"displayname": name} if name is not None else {})
        self.apply(RoomBatch(room, [self._state(room, "m.room.member", user, content)], (), joined=True))

    def direct(self, user: str) -> str:
        """The person's direct chat with the bot."""
        return self.made_by(user, f"!direct-{user[1:].partition(':')[0]}:localhost", user)

    def made_by(self, maker: str, room: str, *people: str, inviter: str | None = None, **state: Any) -> str:
        """Somebody has made this room for those who are invited, with these people, and had the bot invited.

        `state`: what is otherwise than usual, as `join_rules="public"`.
        """
        rules: dict[str, Any] = {
            "create": "12",
            "join_rules": "invite",
            "history_visibility": "shared",
        } | state
        fields = {"create": "room_version", "join_rules": "join_rule"}
        events = [self._state(room, f"m.room.{k}", "", {fields.get(k, k): v}) for k, v in rules.items()]
        events = [replace(event, key="", sender=maker) for event in events]
        invited = replace(
            self._state(room, "m.room.member", BOT, {"membership": "invite"}), sender=inviter or maker
        )
        members = [
            self._state(room, "m.room.member", who, {"membership": "join", "displayname": name_of(who)})
            for who in (BOT, *people)
        ]
        self.apply(RoomBatch(room, [*events, invited, *members], (), joined=True, fresh=True))
        return room

    def changes(self, room: str, kind: str, content: dict[str, Any], *, by: str) -> list[Said]:
        """Somebody changes the room's state."""
        event = replace(self._state(room, kind, "", content), key="", sender=by)
        return self.apply(RoomBatch(room, (), [event], joined=True))

    def member(self, user: str, name: str | None = None, **values: Any) -> str:
        """The person is an active member with a direct chat; their Matrix id."""
        from storage import members  # noqa: PLC0415

        with self.database.transaction() as tx:
            members.put(
                tx,
                **{
                    "user_id": user,
                    "name": name or name_of(user),
                    "name_key": (name or name_of(user)).casefold(),
                    "state": "active",
                    "municipality": "Aesch",
                    "function": "Einwohnerdienste",
                    "knowhow": [],
                    "interests": [],
                    "language": None,
                    "reminders": None,
                    "digest": True,
                    "joined_at": self.now,
                    "changed_at": self.now,
                }
                | values,
            )
        self.direct(user)
        return user

    def process(
        self,
        *people: str,
        name: str = "Umzugsmeldung",
        klass: str = "L",
        leader: str | None = None,
        size: int = 7,
    ) -> int:
        """There is a process whose group has these confirmed members, in this order; its number."""
        from storage import counters, groups, members, processes, seats  # noqa: PLC0415

        with self.database.transaction() as tx:
            number = counters.next_number(tx, "process")
            processes.add(
                tx,
                number=number,
                name=name,
                name_key=name.casefold(),
                klass=klass,
                life=None,
                description="",
                idea=None,
                at=self.now,
            )
            groups.put(tx, process=number, size=size)
            for user in people:
                seats.put(
                    tx, kind="group", number=number, user_id=user, state="confirmed", carrier="", at=self.now
                )
            if leader is not None:
                groups.change(tx, number, leader=leader)
                members.grant(tx, user_id=leader, role="leader", level=20, by="", at=self.now, process=number)
        return number

    def feedback(self, process: int, *ratings: int, stage: str = "frontend") -> None:
        """So many of staff have said what they think of the process."""
        from storage import feedback  # noqa: PLC0415

        with self.database.transaction() as tx:
            for n, rating in enumerate(ratings, 1):
                who: dict[str, Any] = {"process": process, "stage": stage, "user_id": f"@staff{n}:localhost"}
                feedback.put(tx, **who, rating=rating, comment="", on_day=self.now.date(), at=self.now)

    def group_room(self, process: int, *people: str) -> str:
        """The group has its room, and these people sit in it."""
        room = f"!group{process}:localhost"
        self.deliver(self.core.assign_room(f"group {process}", room, now=self.now))
        self.enter(room, *people)
        return room

    def later(self, **span: float) -> None:
        """Time passes; every job has its tick."""
        self.now += timedelta(**span)
        self.tick()

    def restart(self) -> None:
        """The bot has died, and starts anew on the same store; what was not sent yet is sent."""
        self.core = Core(
            self.database, self.settings, names=("pibot", "PI-Bot"), renderer=self.core.outbox.renderer
        )
        self.core.prepare(now=self.now)
        self.deliver(self.core.pending())

    @contextmanager
    def acting(self) -> Iterator[Context]:
        """What a feature does in a transaction of its own, as a job does it; what it says is sent."""
        with self.database.transaction() as tx:
            ctx = self.core._context(tx, self.now)
            yield ctx
            self.count += 1
            self.core.outbox.keep(ctx, reply=None, cause=f"acting {self.count}")
        self.deliver(self.core.outbox.take())

    def tick(self) -> list[Said]:
        before = len(self.said)
        self.deliver(self.core.tick_all(now=self.now))
        return self.said[before:]

    def edit_cards(self) -> None:
        """Cards that show no more what is true are edited, as a second later."""
        self.deliver(self.core.edit_cards(now=self.now))

    # --- people

    def says(
        self,
        text: str,
        *,
        by: str = "@pia:localhost",
        room: str = HALL,
        thread: str | None = None,
        **content: Any,
    ) -> list[Said]:
        """Somebody says this; what the bot says because of it, in all rooms."""
        relation = {"m.relates_to": {"rel_type": "m.thread", "event_id": thread}} if thread else {}
        return self.sends(
            "m.room.message", {"msgtype": "m.text", "body": text} | relation | content, by=by, room=room
        )

    def reply(self, text: str, *, by: str = "@pia:localhost", room: str = HALL, **more: Any) -> Said:
        """The one reply to this command."""
        said = self.says(text, by=by, room=room, **more)
        [reply] = [s for s in said if s.replies_to == self.last]
        assert reply.room == room
        return reply

    def answer(self, text: str, *, by: str = "@pia:localhost", **more: Any) -> Said:
        """The whole answer: the reply, or what stands in the direct chat where the reply points there."""
        said = self.says(text, by=by, **more)
        [reply] = [s for s in said if s.replies_to == self.last]
        if reply.machine["type"] not in ("pointer", "help"):
            return reply
        return next((s for s in said if s.room == self._room(by) and s is not reply), reply)

    def sends_file(
        self,
        data: bytes,
        caption: str = "",
        *,
        by: str = "@pia:localhost",
        room: str = HALL,
        name: str = "rückmeldungen.csv",
        arrives: bool = True,
    ) -> list[Said]:
        """Somebody sends a file, with a caption or without; what the bot says, once it has fetched it."""
        self.count += 1
        media = f"media{self.count}"
        self.files[media] = data
        content: dict[str, Any] = {"msgtype": "m.file", "body": caption or name, "filename": name}
        content |= {"url": f"mxc://localhost/{media}", "info": {"size": len(data)}}
        said = self.sends("m.room.message", content, by=by, room=room)
        self.sent_files[self.last] = media
        return said + (self.fetch_files() if arrives else [])

    def fetch_files(self) -> list[Said]:
        """All files that commands wait for are fetched and read, as `bot.matrix.files` does it."""
        before = len(self.said)
        for wanted in self.core.wanted_files():
            media = wanted.attached.media if wanted.attached else self.sent_files.get(wanted.looked_up)
            takes = COMMANDS[wanted.command].takes
            read: Any = None
            if media is not None and takes is not None:
                read = takes(self.files[media]) if media in self.files else FileGone()
            self.deliver(self.core.file_came(wanted.event_id, read, now=self.now))
            self.deliver(self.core.edit_cards(now=self.now))
        return self.said[before:]

    def edits(self, event_id: str, text: str, *, by: str = "@pia:localhost", room: str = HALL) -> list[Said]:
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {"msgtype": "m.text", "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
        return self.sends("m.room.message", content, by=by, room=room)

    def reacts(self, to: Said | str, key: str, *, by: str = "@pia:localhost") -> list[Said]:
        event_id = to if isinstance(to, str) else to.event_id
        room = next((s.room for s in self.said if s.event_id == event_id), HALL)
        content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}
        return self.sends("m.reaction", content, by=by, room=room)

    def takes_off(self, event_id: str, *, by: str = "@pia:localhost", room: str | None = None) -> list[Said]:
        """Somebody redacts an event: a reaction, or a message."""
        room = room or self.rooms.get(event_id, HALL)
        return self.sends("m.room.redaction", {"redacts": event_id}, by=by, room=room)

    def sends(self, kind: str, content: Any, **more: str) -> list[Said]:
        return self.apply(self.happens(kind, content, **more))

    def happens(
        self, kind: str, content: Any, *, by: str, room: str, event_id: str | None = None
    ) -> RoomBatch:
        """What the homeserver tells of an event; the bot has not heard of it yet."""
        self.count += 1
        self.last = event_id or f"$event{self.count}"
        self.rooms[self.last] = room
        raw = {
            "type": kind,
            "event_id": self.last,
            "sender": by,
            "origin_server_ts": int(self.now.timestamp() * 1000),
            "content": content,
        }
        event = read(raw, room, bot=BOT)
        return RoomBatch(room, (), [event] if event else [], joined=True)

    def apply(self, *rooms: RoomBatch, catching_up: bool = False) -> list[Said]:
        before = len(self.said)
        self.count += 1
        batch = Batch(token=f"s{self.count}", rooms=rooms, catching_up=catching_up)
        self.deliver(self.core.apply(batch, (), now=self.now))
        self.deliver(self.core.edit_cards(now=self.now))
        return self.said[before:]

    # --- the homeserver's part

    def deliver(self, errands: list[Errand]) -> None:
        """Send what the bot wants sent; every message gets an event id, known to the store at once."""
        self.core.apply(Batch(token=None), self.send(errands), now=self.now)

    def send(self, errands: list[Errand]) -> list[Done]:
        done = []
        for errand in errands:
            if errand.kind in SAID:
                event_id = f"$sent{errand.id}"
                content = self._linked(errand)
                self.said.append(Said(event_id, self._room(errand.room), content))
                self.events[errand.id] = event_id
                done.append(Done(errand.id, event_id))
            elif errand.kind == "edit":
                target = self.events[errand.waits_for or 0]
                content = {
                    "m.new_content": errand.content,
                    "m.relates_to": {"rel_type": "m.replace", "event_id": target},
                }
                self.said.append(Said(f"$edit{errand.id}", self._room(errand.room), content))
                done.append(Done(errand.id, f"$edit{errand.id}"))
            elif errand.kind == "create":
                self._create(errand)
                done.append(Done(errand.id, self.made[errand.room]))
            elif errand.priority == SEED:
                done.append(self._seed(errand))
            else:
                self.errands.append(errand)
                done.append(Done(errand.id, None))
        return done

    def _seed(self, errand: Errand) -> Done:
        """What is to be tapped is put on, or taken off: this very reaction, or whichever the bot has there."""
        if self.limited:
            return Done(errand.id, None, LEFT_OUT)
        on = (self.events[errand.waits_for or 0], errand.content["key"])
        if errand.kind == "redaction":
            if (errand.content["row"] or self.seeds.get(on)) == self.seeds.get(on):
                self.seeds.pop(on, None)
            return Done(errand.id, f"$redaction{errand.id}")
        if on in self.seeds:
            return Done(errand.id, None)  # the homeserver refuses a second one
        self.seeds[on] = errand.id
        return Done(errand.id, f"$reaction{errand.id}")

    @property
    def reactions(self) -> list[tuple[str, str]]:
        """On which event which key the bot has."""
        return list(self.seeds)

    def _create(self, errand: Errand) -> None:
        """The room of this purpose is made once, and the bot is in it."""
        if errand.room in self.made:
            return
        room = self.made[errand.room] = f"!{errand.room.replace(' ', '')}:localhost"
        self.errands.append(errand)
        create = self._state(room, "m.room.create", "", {"room_version": "12", MARKER: errand.room})
        self.apply(RoomBatch(room, (), [replace(create, key="", sender=BOT)], joined=True, fresh=True))

    def moves(self, user: str, membership: str, room: str, *, by: str | None = None) -> list[Said]:
        """Somebody comes into a room or goes, by themselves or by somebody else."""
        event = self._state(
            room, "m.room.member", user, {"membership": membership, "displayname": name_of(user)}
        )
        return self.apply(RoomBatch(room, (), [replace(event, sender=by or user)], joined=True))

    def _linked(self, errand: Errand) -> dict[str, Any]:
        event = self.events.get(errand.waits_for or 0, "")
        return links.aimed(errand.content, event)

    def _room(self, room: str) -> str:
        return f"!direct-{room[1:].partition(':')[0]}:localhost" if room.startswith("@") else room

    def _state(self, room: str, kind: str, key: str, content: dict[str, Any]) -> State:
        self.count += 1
        return State(room, f"$state{self.count}", key or BOT, self.now, type=kind, key=key, content=content)

    def in_room(self, purpose: str) -> list[Said]:
        """What the bot said in the room of this purpose, edits included."""
        return [s for s in self.said if s.room == ROOMS.get(purpose, purpose)]

    def to(self, user: str) -> list[Said]:
        """What the bot said in the person's direct chat."""
        return self.in_room(self._room(user))

    def card(self, ref: str) -> Said:
        """How the thing's card looks now."""
        cards = [
            s
            for s in self.said
            if s.machine.get("ref") == ref and (s.room in ROOMS.values() or s.room.startswith("!group"))
        ]
        first = next(s for s in cards if s.edits is None)
        return next((s for s in reversed(cards) if s.edits == first.event_id), first)


def name_of(user: str) -> str:
    """`@pia:localhost` is called Pia."""
    return user[1:].partition(":")[0].capitalize()
