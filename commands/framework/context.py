"""What a handler gets: values, the transaction, and ways to say what shall happen outside.

Nothing here reaches the network. What is said with `post`, `place_card`, `tell` or `invite` becomes rows of the
outbox in the same transaction, and is carried out after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commands.framework import links, telling
from commands.framework.declarations import THINGS, Command, action_name
from commands.framework.identity import split
from commands.framework.outside import (
    MOST_CHOICES,
    STEPS,
    Ballot,
    Broadcast,
    Errand,
    OfferMade,
    Outside,
    Post,
)
from commands.framework.replies import Reply, Role
from storage import cards, counters, polls, rooms
from storage.engine.base import Tx
from storage.members import Member

UNDO = "↩"
ANSWER = "answer"  # in place of a reaction: what the person writes below the message
WORD = "word"  # in place of a reaction: what the person says next in the direct chat, see `refusals`
TYPED = (ANSWER, WORD)
UNDO_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Settings:
    """The configuration, as far as features need it. Fixed from start to stop."""

    bot: str = "@pibot:localhost"
    language: str = "de"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Zurich"))
    prefix: str = "!"
    coordinators: tuple[str, ...] = ()
    moderators: tuple[str, ...] = ()
    allowed_servers: tuple[str, ...] = ("localhost",)
    commands_per_minute: int = 30
    catch_up: timedelta = timedelta(days=7)
    reminders: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=1), timedelta(hours=1))
    group_size: int = 7
    group_review_max: int = 12
    evaluation: timedelta = timedelta(days=90)
    feeds_every: timedelta = timedelta(minutes=30)
    web: str = ""  # below which address people outside reach the pages; empty where there are none
    encrypts: bool = False
    only_signed: bool = True  # devices that their owners have not confirmed get no keys
    key: bytes = field(default=bytes(32), repr=False)  # seals what no copy of the store shall tell
    version: str = "0"
    started_at: datetime | None = None


@dataclass(frozen=True)
class Asker:
    """The person who asks."""

    user_id: str
    member: Member | None
    role: Role
    language: str

    @property
    def name(self) -> str:
        return self.member.name if self.member else self.user_id

    @property
    def active(self) -> bool:
        return self.member is not None and self.member.state == "active"

    @property
    def pauses(self) -> bool:
        return self.member is not None and self.member.state == "paused"


@dataclass(frozen=True)
class Where:
    """The room a command was given in."""

    room_id: str
    direct: bool
    purpose: str | None  # news, ideas, agenda, moderation, coordination …
    thread: str | None = None
    asked: bool = False  # something waits for the person's answer here

    @property
    def private(self) -> bool:
        """Personal data of members may be said here: in a direct chat and in the coordination room."""
        return self.direct or self.purpose == "coordination"

    @property
    def group(self) -> int | None:
        """The process whose group's room it is."""
        kind, _, number = (self.purpose or "").partition(" ")
        return int(number) if kind == "group" and number.isdecimal() else None


class Revision:
    """An edited command: all it did is being taken back, to be done anew by its new wording."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int | None], list[int]] = {}

    def keep(self, kind: str, numbers: Iterable[int], of: int | None) -> None:
        """Things of this kind that are made anew, of the same, have these numbers, in this order."""
        self._numbers.setdefault((kind, of), []).extend(numbers)

    def kept(self, kind: str, count: int, of: int | None) -> list[int]:
        """So many of those numbers, if there are as many; they are taken by that."""
        found = self._numbers.get((kind, of), [])
        taken, found[:count] = found[:count], []
        return taken


@dataclass
class Context:
    tx: Tx
    now: datetime
    settings: Settings
    me: Asker
    where: Where
    event_id: str = ""  # the command's; empty in a job
    target: str = ""  # the message that a reaction is put on
    replies_to: str = ""  # the event that the reply is to, where that is not the command
    sent_at: datetime | None = None  # the homeserver's time of that event; None in a job
    heard_until: datetime | None = None  # in a job: what people sent until then has been carried out
    command: Command | None = None
    named: str = ""  # what the command was called by who typed it
    rest: str = ""  # what they typed behind that
    texts: Mapping[str, str] = field(default_factory=dict)  # the same, by parameter
    leads: bool | None = None  # a group; found out when it is asked
    file: Any = None  # what was read of the file that the command takes, or the failure that says why not
    has_file: bool = False  # there may be one, still to be fetched
    outside: Outside = field(default_factory=Outside)
    revision: Revision | None = None  # of an edited command
    erased: bool = False  # the command has erased the asker: no record of it may name them
    lost: bool = False  # what was said is like nothing that the bot does
    asking: Any = None  # what the edited command asks in its turn; see `Refused`
    ended: tuple[
        tuple[str, str, str], ...
    ] = ()  # the answers that the command is made of: field, text, event
    audited: str | None = None  # the reference of what was changed, for the audit log
    rights: list[Any] = field(default_factory=list)  # what the command has asked for: see `@right`
    noted: set[tuple[str, str]] = field(default_factory=set)  # what it was about: see `note`

    # --- the world as the store has it

    @property
    def language(self) -> str:
        return self.me.language if self.where.direct else self.settings.language

    def room_for(self, purpose: str) -> str | None:
        """The room of this purpose, if the community has one."""
        return rooms.room_for(self.tx, purpose)

    def number(self, kind: str, *, of: int | None = None) -> int:
        """The next number of this kind: given once, in order, never again.

        `of`: whose the thing is, as the group's; see `keep_numbers`.
        """
        kept = self.revision.kept(kind, 1, of) if self.revision is not None else ()
        return kept[0] if kept else counters.next_number(self.tx, kind)

    def numbers(self, kind: str, count: int, *, of: int | None = None) -> list[int]:
        """So many numbers of this kind at once."""
        kept = self.revision.kept(kind, count, of) if self.revision is not None else []
        new = count - len(kept)
        last = counters.add(self.tx, kind, new) if new else 0
        return [*kept, *range(last - new + 1, last + 1)]

    @property
    def revising(self) -> bool:
        """The command was edited: what it did is being taken back, to be done anew."""
        return self.revision is not None

    def keep_numbers(self, kind: str, *numbers: int, of: int | None = None) -> None:
        """All that was made with these numbers is taken back; a new wording of the command makes it with the same ones.

        `of`: only what is of the same. Who knew the group's meeting is told by its number what became of it, and would
        be told of another group's.
        """
        if self.revision is not None:
            self.revision.keep(kind, numbers, of)

    def forget(self) -> None:
        """The command is refused, or failed: nothing of it happens outside, and nothing is noted."""
        self.outside = Outside()
        self.rights.clear()
        self.noted.clear()
        self.audited = None

    def card_link(self, kind: str, number: int, *, unsent: bool = True) -> str | None:
        """The address of the thing's card, also of one that this very command posts; None where none stands.

        `unsent`: it may be still to be sent, and the message waits for it, as no edit and no list can.
        """
        placed = cards.find(self.tx, kind, str(number))
        if placed is not None and placed.event_id is not None:
            return links.to_event(placed.room_id, placed.event_id)
        if placed is not None:
            there = unsent and placed.outbox_id > 0
            return links.to_row(placed.room_id, placed.outbox_id) if there else None
        for post in self.outside.posts if unsent else ():
            if post.card == (kind, number):
                return links.to_card(post.to, kind, number)
        return None

    def relink(self, kind: str, number: int) -> None:
        """The thing's card is another message, or none: those that link to it are edited soon."""
        linked = THINGS[kind].linked
        for other in linked(self, number) if linked is not None else ():
            self.changed(*other)

    # --- what shall happen outside

    def post(
        self,
        to: str,
        reply: Reply,
        *,
        seeds: tuple[str, ...] = (),
        language: str | None = None,
        thread: str | None = None,
    ) -> Post | None:
        """Say something in the room of a purpose, in a room by its id, or in a person's direct chat by Matrix id.

        `thread`: below this event, in its thread. None where there is no such room; nothing is said then.
        """
        target: str | None = to
        if not to.startswith(("!", "@")):
            target = self.room_for(to)
        if target is None:
            return None
        said = Post(target, reply, seeds=seeds, language=language, thread=thread)
        self.outside.posts.append(said)
        return said

    def broadcast(self, to: Mapping[str, str], reply: Reply) -> None:
        """Say the same to many people in their direct chats, for a tenth of the price of posts.

        `to`: by Matrix id, what each message is sent because of, like `reminder 17`: said once for ever, its message
        is the same one to the homeserver whenever the transaction has to be repeated.
        """
        if to:
            self.outside.broadcasts.append(Broadcast(reply, to))

    def place_card(
        self,
        kind: str,
        number: int,
        *,
        purpose: str | None = None,
        pinned: bool = False,
        new: Reply | None = None,
    ) -> None:
        """Post the card of a thing into its room; where the thing has a card already, that one is edited.

        `pinned`: it is put on top of the room, beside what is pinned there already. `new`: what the card says, where it
        is known that there is none.
        """
        thing = THINGS[kind]
        if new is None and cards.find(self.tx, kind, str(number)) is not None:
            self.changed(kind, number)
            return
        said = new or thing.card(self, number)
        posted = self.post(purpose or thing.purpose, said, seeds=thing.signs(self.tx, number))
        if posted is not None:
            posted.card, posted.pinned = (kind, number), pinned

    def place_poll(self, ballot: Ballot, to: str, reply: Reply) -> Post | None:
        """Post a poll into the room of a purpose, or a room by its id; what people choose goes to `@polled`.

        `reply`: the same as a text, for those who see no polls. Of each thing there is one poll. None where there is
        no such room.
        """
        if not 1 <= len(ballot.choices) <= MOST_CHOICES:
            raise ValueError(f"a poll has 1 to {MOST_CHOICES} choices, not {len(ballot.choices)}")
        posted = self.post(to, reply)
        if posted is not None:
            posted.ballot = ballot
        return posted

    def end_poll(self, kind: str, number: int, reply: Reply, *, at: datetime | None = None) -> bool:
        """End the thing's poll; the reply, in its room, holds the whole count. False where there is none open.

        `at`: what people chose after that does not count; now, where it is not given.
        """
        poll = polls.find(self.tx, kind, number)
        if poll is None or poll.ended_at is not None:
            return False
        polls.end(self.tx, kind, number, at=at or self.sent_at or self.now)
        self.outside.posts.append(Post(poll.room_id, reply, ends=(kind, number)))
        return True

    def withdraw_poll(self, kind: str, number: int) -> None:
        """The thing's poll is gone, as if there had been none."""
        poll = polls.find(self.tx, kind, number)
        if poll is not None:
            polls.remove(self.tx, kind, number)
            where = {"event_id": poll.event_id, "row": poll.outbox_id}
            self.outside.errands.append(Errand("redaction", poll.room_id, where))

    def changed(self, kind: str, number: int) -> None:
        """The thing's card no longer shows what is true: it is edited soon, once for many changes."""
        cards.mark_dirty(self.tx, kind, str(number), at=self.now)

    def tell(
        self,
        recipient: str,
        topic: str,
        *,
        before: Mapping[str, Any],
        words: str | None = None,
        digest: bool = False,
        after: timedelta = timedelta(),
        **about: Any,
    ) -> None:
        """Something has changed that somebody is to know, in the direct chat, gathered with what else there is.

        `recipient`: a Matrix id, or the purpose of a room. `topic`: a `@told`, which finds what is different by then
        from `before`, what was so by aspect, about the thing that `about` names. Who does it knows it, and so does the
        room it is done in: nothing about it waits for them any more. `words`: said with this very change. `digest`: in
        the weekly digest instead, at their own day and hour; who wants none is not told. `after`: not earlier.
        """
        here = not recipient.startswith("@") and self.room_for(recipient) == self.where.room_id
        if recipient == self.me.user_id or here:
            telling.forget(self, recipient, topic, about, digest=digest)
        else:
            more: dict[str, Any] = {"words": words, "digest": digest, "after": after}
            telling.keep(self, recipient, topic, before=before, about=about, **more)

    def invite(self, to: str, user_id: str) -> None:
        """Invite somebody into the room of a purpose or id; one who is in already is left in peace."""
        room = to if to.startswith("!") else self.room_for(to)
        if room is not None and not self._sits_in(room, user_id):
            self.outside.errands.append(Errand("invite", room, {"user_id": user_id}))

    def kick(self, to: str, user_id: str) -> None:
        """Remove somebody from the room of a purpose or id, if they are in or invited."""
        room = to if to.startswith("!") else self.room_for(to)
        if room is not None and self._sits_in(room, user_id):
            self.outside.errands.append(Errand("kick", room, {"user_id": user_id}))

    def _sits_in(self, room: str, user_id: str) -> bool:
        occupant = rooms.find_occupant(self.tx, room_id=room, user_id=user_id)
        return occupant is not None and occupant.membership in ("join", "invite")

    def offer(
        self,
        key: str,
        function: Callable[..., Any],
        *,
        user_id: str | None = None,
        role: Role = Role.ANYONE,
        within: timedelta = timedelta(days=7),
        post: Post | None = None,
        **data: Any,
    ) -> None:
        """Let the reaction `key` on the reply (or on a post) run an `@action` with this data, once.

        `user_id`: only this person's reaction counts; `role`: only of those who have it. `key` may be `ANSWER`, with
        a `user_id`: then what that person writes next in the message's thread, or as a reply to it, is the action's
        `said`.
        """
        made = OfferMade(key, action_name(function), data, user_id, role, self.now + within)
        (self.outside.offers if post is None else post.offers).append(made)

    def offer_questions(self, line: str, *, user_id: str, post: Post, within: timedelta) -> None:
        """Let ✅ on the post have the bot ask this person for what the command of the line takes, in its room."""
        data = {"text": line, "thread": ""}
        post.offers.append(OfferMade("✅", STEPS, data, user_id, Role.ANYONE, self.now + within))
        post.seeds = (*post.seeds, "✅")

    def undo(self, function: Callable[..., Any], **data: Any) -> None:
        """Let the asker take the command back with ↩️ on its reply, or change it by editing the command.

        It is not asked where anything was done about the same thing since (`note`), nor for who has lost the role or
        the right (`@right`) that the command took; see `commands.framework.taking_back`.
        """
        role = self.command.role if self.command is not None else self.me.role
        expires_at = self.now + UNDO_WITHIN
        made = OfferMade(UNDO, action_name(function), data, self.me.user_id, role, expires_at, self.rights)
        self.outside.offers.append(made)

    def note(self, kind: str, number: int | str, *, part: str = "", person: str = "") -> None:
        """Something was done about this thing: who has done something about it before can't take that back any more.

        What a command's reply and a reaction's card are about is noted by itself; this is for what else they change.
        `part`: only this of it; `person`: only what this person is to it. The group is a part of its process; a member
        is a thing of the kind `member`, named by Matrix id.
        """
        ref, within = split((kind, number))
        self.noted.add((ref, "/".join(filter(None, (within, part, person)))))

    def audit(self, ref: str, *, of: str = "") -> None:
        """This was changed: it goes into the audit log if the asker's role is above PI.

        `of`: whose it is, where PIs may change their own: what somebody changes of their own is not in the log.
        """
        if of != self.me.user_id:
            self.audited = ref
