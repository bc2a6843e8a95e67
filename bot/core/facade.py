"""The bot without the network: everything that happens inside a transaction, for the one thread that owns the store."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.config.municipalities import SHIPPED
from bot.config.municipalities import read as read_municipalities
from bot.core import waiting
from bot.core.batches import Batch
from bot.core.dispatch import Address, Dispatcher
from bot.core.edits import edit_card
from bot.core.intake import TOKEN, Intake, record
from bot.core.keys import Keys
from bot.core.outbox import Outbox
from bot.core.polls import COMPARED, Compared, Polls
from bot.core.retries import pause
from bot.core.rooms import RoomState
from bot.core.seeds import OwnSeeds
from bot.core.taps import Taps
from bot.core.troubles import Troubles, managing, trouble_with
from bot.core.waiting import Wanted
from bot.rendering.replies import TXN_KEY, Renderer
from commands import load
from commands.framework import reactions, recording, taking_back
from commands.framework.context import Asker, Context, Settings, Where
from commands.framework.declarations import RECONCILERS, Job, Present, jobs
from commands.framework.failures import Internal
from commands.framework.replies import Refused, Role
from commands.general import missing
from commands.members import fit_rooms
from commands.words import key_of
from storage import (
    cards,
    gaps,
    inbox,
    members,
    municipalities,
    outbox,
    polls,
    reminders,
    rooms,
    status,
    troubles,
)
from storage.engine.base import Tx
from storage.engine.database import Database, is_away, savepoint
from storage.gaps import Gap
from storage.outbox import Done, Errand
from storage.polls import Poll

T = TypeVar("T")
log = logging.getLogger(__name__)
TOLD_AFTER = timedelta(minutes=5)  # coordinators are told of a room that can't be read for so long
GIVEN_UP_AFTER = timedelta(days=1)
RECONCILED = 200  # cards of each kind at a start
CONFIGURATION = "configuration"  # as who gave a role


class Core:
    """Applies batches, ticks jobs and edits cards; each call is one transaction and returns what is to be sent."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        names: tuple[str, ...] = (),
        renderer: Renderer | None = None,
    ) -> None:
        load()
        self.database, self.settings = database, settings
        self.keys: Keys | None = None  # None: encryption is off
        self.unfinished: set[str] = set()  # jobs that have more to do
        self.device_since: datetime | None = None  # another device may have sent what was written before
        self.heard_until: datetime | None = None  # what was sent until then is carried through; None: all is
        self.next_reminder: datetime | None = None  # when the next one is due, as of the last tick
        self.outbox = Outbox(renderer or Renderer(prefix=settings.prefix, zone=settings.zone))
        address = Address(settings.bot, settings.prefix, names)
        dispatcher = Dispatcher(settings, self.outbox, address)
        self.dispatcher, self.carried_out = dispatcher, dispatcher.carried_out
        taps = Taps(settings, self.outbox, dispatcher)
        self.troubles = Troubles(settings, self.outbox)
        self.state = RoomState(settings, self.outbox, self.troubles, renamed=address.add)
        self.encrypted = self.state.encrypted
        polling = Polls(settings, self.outbox)
        self.intake = Intake(dispatcher, taps, polling, self.state, self.outbox)

    def use_keys(self, keys: Keys) -> None:
        """Messages are opened and sealed with these from now on."""
        self.keys = keys
        self.state.keys_changed = keys.room_changed

    def prepare(self, *, now: datetime, table: Path = SHIPPED) -> None:
        """The municipalities are known, and those whom the configuration names have their roles."""
        with self.database.transaction() as tx:
            self.outbox.earlier.load(tx)
            self.device_since = inbox.device_since(tx)
            self.encrypted |= {room.room_id for room in rooms.list_joined(tx) if room.encrypted}
            for room_id in self.encrypted:  # encryption may have been turned on or off since
                self.state.look_again(tx, room_id)
                if not self.settings.encrypts:
                    log.warning("encrypted room, and encryption is off", extra={"room_id": room_id})
            for row in read_municipalities(table):
                municipalities.put(tx, name_key=key_of(row.name), **row._asdict())
            named = {
                Role.COORDINATOR: self.settings.coordinators,
                Role.MODERATOR: self.settings.moderators,
            }
            for role, users in named.items():
                for user in users:
                    self._appoint(tx, user, role, now=now)
            self._dismiss(tx, {role.name.lower(): users for role, users in named.items()}, now=now)

    def _appoint(self, tx: Tx, user: str, role: Role, *, now: datetime) -> None:
        """A coordinator or moderator of the configuration is an active member without registering."""
        known = members.find(tx, user)
        if known is not None and known.state == "left":
            log.warning("named in the configuration, but removed", extra={"user_id": user})
            return
        if known is None:
            name = rooms.display_name(tx, user) or user[1:].partition(":")[0].capitalize()
            members.put(
                tx,
                user_id=user,
                name=name,
                name_key=key_of(name),
                state="active",
                municipality=None,
                function=None,
                knowhow=[],
                interests=[],
                language=None,
                reminders=None,
                digest=True,
                joined_at=now,
                changed_at=now,
            )
        members.grant(tx, user_id=user, role=role.name.lower(), level=role, by=CONFIGURATION, at=now)

    def _dismiss(self, tx: Tx, named: Mapping[str, Sequence[str]], *, now: datetime) -> None:
        """A person who is configured no more, or was removed, has no role by it; it stands in the audit log."""
        ctx = self._context(tx, now)
        for grant in members.list_grants(tx):
            known = members.find(tx, grant.user_id)
            stays = grant.user_id in named.get(grant.role, ()) and known is not None and known.state != "left"
            if grant.granted_by == CONFIGURATION and not stays:
                members.revoke(tx, user_id=grant.user_id, role=grant.role, process=grant.process)
                recording.record(ctx, "role revoke", grant.user_id, f"{grant.user_id} {grant.role}")
                fit_rooms(ctx, grant.user_id)
        self.outbox.keep_job(ctx, "configuration")
        self.outbox.take()  # read with all else that is pending

    def want_rooms(self, named: Mapping[str, str]) -> None:
        """These rooms are configured, by purpose: of others it is no trouble that they can't be found."""
        with self.database.transaction() as tx:
            self.troubles.only_missing(tx, named)

    def assign_room(self, purpose: str, room_id: str, *, now: datetime, name: str = "") -> list[Errand]:
        """The room has this purpose; where it was upgraded, the one in which it goes on.

        `name`: how it is configured, where it is.
        """
        self.outbox.take()
        with self.database.transaction() as tx:
            self.troubles.end(tx, missing(purpose, name), "missing", now=now)
            self.state.assign(tx, purpose, rooms.newest(tx, room_id), now=now)
        return self.outbox.take()

    def room_missing(self, purpose: str, name: str, *, now: datetime) -> list[Errand]:
        """The room that is configured can't be had; coordinators are told where there is no other for the purpose."""
        self.outbox.take()
        with self.database.transaction() as tx:
            room = rooms.find(tx, rooms.room_for(tx, purpose) or "")
            if room is None or not room.joined:
                self.troubles.begin(tx, missing(purpose, name), "missing", now=now)
        return self.outbox.take()

    def apply(
        self, batch: Batch, done: Iterable[Done], *, now: datetime, careful: bool = False
    ) -> list[Errand]:
        """Carry a batch through; see `Intake.apply`."""
        with self.database.transaction() as tx:
            return self.intake.apply(tx, batch, done, now=now, careful=careful)

    def record(self, done: Iterable[Done], *, now: datetime, held_back: bool = False) -> None:
        """Record how errands ended, and have all that was committed survive a power cut too.

        `held_back`: the homeserver limits what the bot sends, which `check` tells.
        """
        ended = list(done)
        if ended or held_back:
            with self.database.transaction() as tx:
                record(tx, ended, now=now)
                if held_back:
                    inbox.set_fact(tx, inbox.HELD_BACK, f"{now:%Y-%m-%d %H:%M}")
        self.database.flush()

    def pending(self) -> list[Errand]:
        """All that is still to be sent, oldest first."""
        with self.database.transaction() as tx:
            return outbox.list_pending(tx)

    def event_of(self, errand_id: int) -> str | None:
        """The event that an errand became; a card's is known longer than its errand."""
        with self.database.transaction() as tx:
            card = cards.find_by_outbox(tx, errand_id)
            return (card.event_id if card is not None else None) or outbox.event_of(tx, errand_id)

    def unsent(self, errand: Errand) -> dict[str, Any]:
        """The message in place of one that the homeserver refused: an internal error, with an id for the log."""
        error = secrets.token_hex(4)
        log.error("message refused", extra={"error_id": error, "errand": errand.id, "room_id": errand.room})
        content = self.outbox.renderer.content(Internal(id=error), self.settings.language)
        kept = {key: errand.content[key] for key in ("m.relates_to", TXN_KEY) if key in errand.content}
        return content | kept

    def mark_tried(self, errand_id: int, *, now: datetime) -> None:
        with self.database.transaction() as tx:
            outbox.mark_tried(tx, errand_id, at=now)

    def direct_room(self, user_id: str, made: str | None) -> str | None:
        """The room in which to write to the person; `made`: the one made in this run, perhaps not known yet."""
        with self.database.transaction() as tx:
            known = rooms.direct_room(tx, user_id)
            if known is not None or made is None:
                return known
            room = rooms.find(tx, made)
            invited = rooms.find_occupant(tx, room_id=made, user_id=user_id)
            mine = room is not None and room.joined and room.direct_with == user_id and not room.given_up
            usable = room is None or (mine and invited is None)
            return made if usable else None

    def has_given_up(self, user_id: str) -> bool:
        """Does the person want no direct chat?"""
        with self.database.transaction() as tx:
            return rooms.has_given_up(tx, user_id)

    def is_out_of_reach(self, user_id: str) -> bool:
        """Is a new direct chat only for an answer? The person wants none, or is in no room any more."""
        with self.database.transaction() as tx:
            return rooms.has_given_up(tx, user_id) or inbox.is_gone(tx, user_id)

    def any_unread(self) -> bool:
        """Is the state of a room to be read anew?"""
        with self.database.transaction() as tx:
            return rooms.any_unread(tx)

    def made_room(self, purpose: str, made: str | None) -> str | None:
        """The room that the bot has made for this.

        `made`: the one made in this run, of which no sync may have told yet.
        """
        with self.database.transaction() as tx:
            known = rooms.room_for(tx, purpose)
            room = rooms.find(tx, known) if known is not None else None
            if room is not None and room.joined:
                return room.room_id
            unheard = made is not None and rooms.find(tx, made) is None
            return rooms.marked_room(tx, purpose) or (made if unheard else None)

    @property
    def unreadable(self) -> int:
        """The number of messages that could not be read when they came, since the start."""
        return self.keys.unreadable if self.keys is not None else 0

    def store_size(self) -> int:
        """The size of the store, in bytes."""
        with self.database.transaction() as tx:
            return status.size(tx)

    # --- files that commands wait for

    def wanted_files(self) -> list[Wanted]:
        """The files to be fetched, the longest waiting first."""
        self.dispatcher.wants_files = False
        with self.database.transaction() as tx:
            return waiting.wanted(tx)

    @property
    def wants_files(self) -> bool:
        """May there be others since that was last asked?"""
        return self.dispatcher.wants_files

    def file_came(self, event_id: str, file: Any, *, now: datetime) -> list[Errand]:
        """Carry out the command that has waited for it; `file`: what was read, or the failure that says why not."""
        self.outbox.take()
        with self.database.transaction() as tx:
            self.dispatcher.file_came(tx, event_id, file, now=now)
        return self.outbox.take()

    # --- stretches that could not be read

    def next_gap(self) -> Gap | None:
        with self.database.transaction() as tx:
            return gaps.first(tx)

    def gap_later(self, gap: Gap, *, now: datetime, waited: timedelta) -> list[Errand]:
        """The gap is tried again, later each time; after a day with the homeserver it is given up, and that is said."""
        self.outbox.take()
        with self.database.transaction() as tx:
            if waited > GIVEN_UP_AFTER and gaps.close(tx, gap.room_id, gap.newer):
                self.troubles.end(tx, gap.room_id, "unread", now=now, tell=False)
                self.troubles.never_read(tx, gap.room_id, since=gap.found_at, now=now)
            else:
                rest = timedelta(seconds=pause(gap.tries + 1, longest=900))
                gaps.postpone(tx, gap.room_id, gap.newer, until=now + rest)
                if now - gap.found_at > TOLD_AFTER:
                    self.troubles.begin(tx, gap.room_id, "unread", now=now)
        return self.outbox.take()

    def compared(self, targets: Iterable[str]) -> list[tuple[str, int, str, str]]:
        """The cards among these events whose reactions are compared as a whole."""
        with self.database.transaction() as tx:
            found = [card for target in targets if (card := cards.find_by_event(tx, target)) is not None]
            return list(_comparable(tx, (card for card in found if card.kind in RECONCILERS)))

    # --- places that take nothing

    def elsewhere(self, errand: Errand, error: str, *, now: datetime) -> list[Errand]:
        """The room did not take the message: one that is for a person goes to their direct chat, once.

        That is a reply to a command, and what was to be said in a direct chat that is none any more.
        """
        self.outbox.take()
        answered = errand.content.get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id", "")
        txn = f"{errand.txn}.direct"
        with self.database.transaction() as tx:
            command = inbox.find_handled(tx, answered)
            room = rooms.find(tx, errand.room) if rooms.purpose_of(tx, errand.room) is None else None
            person = (command.sender if command else room.direct_with if room else None) or ""
            if not person.startswith("@") or person == errand.room or outbox.find_by_txn(tx, txn):
                return []
            if rooms.direct_room(tx, person) == errand.room:
                return []
            record(tx, [Done(errand.id, None, error)], now=now)
            kept = {k: v for k, v in errand.content.items() if k not in ("m.relates_to", TXN_KEY)}
            waits_for = errand.waits_for
            self.outbox.add(
                tx, errand.kind, person, kept, errand.priority, txn=txn, at=now, waits_for=waits_for
            )
        return self.outbox.take()

    def mute(self) -> set[str]:
        """Places of which coordinators were told that they take nothing."""
        with self.database.transaction() as tx:
            found = troubles.list_all(tx)
        return {t.about for t in found if t.what == "mute"} | {
            managing(t.about) for t in found if t.what == "manage"
        }

    def room_mute(self, place: str, *, now: datetime) -> list[Errand]:
        """A place takes nothing for some time; what is to be said because of it."""
        self.outbox.take()
        about, what = trouble_with(place)
        with self.database.transaction() as tx:
            if about.startswith("server ") or rooms.purpose_of(tx, about) is not None:
                self.troubles.shut(tx, about, what, now=now)
        return self.outbox.take()

    def room_heard(self, place: str, *, now: datetime) -> list[Errand]:
        """The place takes what it is given again."""
        self.outbox.take()
        with self.database.transaction() as tx:
            about, what = trouble_with(place)
            if self.troubles.end(tx, about, what, now=now):
                self.state.replacing.room(tx, about, now=now)
        return self.outbox.take()

    def token(self) -> str | None:
        """The token at which the last committed batch ended."""
        with self.database.transaction() as tx:
            return inbox.fact(tx, TOKEN)

    def known_rooms(self) -> set[str]:
        """The rooms the bot was in at the last committed batch."""
        with self.database.transaction() as tx:
            return {room.room_id for room in rooms.list_joined(tx)}

    # --- reactions

    def reconcilable(self) -> list[tuple[str, int, str, str]]:
        """The newest cards whose reactions count: kind, number, room and event."""
        with self.database.transaction() as tx:
            newest = (card for kind in RECONCILERS for card in cards.list_newest(tx, kind, limit=RECONCILED))
            return list(_comparable(tx, newest))

    def reconcile(
        self,
        kind: str,
        number: int,
        present: Sequence[Present],
        own: OwnSeeds | None = None,
        *,
        now: datetime,
    ) -> list[Errand]:
        """Bring a thing in line with the reactions its card has: with people's, and the bot's own with theirs."""
        self.outbox.take()
        with self.database.transaction() as tx:
            ctx = self._context(tx, now)
            RECONCILERS[kind](ctx, number, present)
            cause = f"reconcile {kind} {number} {now.timestamp()}"
            taking_back.keep(ctx, None, cause=cause)
            self.outbox.keep_job(ctx, f"reconcile {kind} {number}")
            card = cards.find(tx, kind, str(number))
            if card is not None and card.event_id is not None:
                reactions.remember(ctx, kind, number, present)
                self.outbox.align(tx, card, at=now, own=own)
        return self.outbox.take()

    def open_polls(self, *, now: datetime) -> list[Poll]:
        """The newest polls in which what people have chosen may still be told: those open, or ended lately."""
        with self.database.transaction() as tx:
            return polls.list_compared(tx, since=now - self.settings.catch_up, limit=COMPARED)

    def compare_poll(self, kind: str, number: int, compared: Compared, *, now: datetime) -> list[Errand]:
        """Bring a poll in line with what people have chosen on the homeserver."""
        self.outbox.take()
        with self.database.transaction() as tx:
            self.intake.compare_poll(tx, kind, number, compared, now=now)
        return self.outbox.take()

    # --- what was found outside

    def ask(self, question: Callable[[Context], T], *, now: datetime) -> T:
        """What the store knows of something outside."""
        with self.database.transaction() as tx:
            return question(self._context(tx, now))

    def take_in(self, record: Callable[[Context], Iterable[str]], *, now: datetime) -> list[Errand]:
        """What was found outside is taken in, all of it or nothing.

        `record` yields, after each thing that is to be said, what it is said because of: said once for ever, however
        often it is found; "" where it is known by what it says, as a job's.
        """
        self.outbox.take()
        with self.database.transaction() as tx:
            ctx = self._context(tx, now)
            for cause in record(ctx):
                if cause:
                    self.outbox.keep(ctx, reply=None, cause=cause)
                else:
                    self.outbox.keep_job(ctx, "taken in")
        return self.outbox.take()

    # --- jobs

    def tick(self, job: Job, *, now: datetime) -> list[Errand]:
        """Run a job once; one that fails changes nothing and is logged. Raises where the store fails.

        One that has more to do is in `unfinished`, and to be ticked again at once.
        """
        self.outbox.take()
        self.unfinished.discard(job.name)
        try:
            with self.database.transaction() as tx:
                ctx = self._context(tx, now)
                more = job.handler(ctx)
                self.outbox.keep_job(ctx, f"job {job.name}")
                self.next_reminder = reminders.next_due(tx)
            if more:
                self.unfinished.add(job.name)
        except Exception as error:
            self.outbox.take()
            if is_away(error):
                raise
            log.exception("job failed", extra={"job": job.name})
        return self.outbox.take()

    def tick_all(self, *, now: datetime) -> list[Errand]:
        """Run every job until it has nothing more to do."""
        found = []
        for job in jobs():
            found += self.tick(job, now=now)
            while job.name in self.unfinished:
                found += self.tick(job, now=now)
        return found

    def edit_cards(self, *, now: datetime) -> list[Errand]:
        """Write edits of the cards that no longer show what is true."""
        self.outbox.take()
        with self.database.transaction() as tx:
            ctx = self._context(tx, now)
            for card in cards.list_dirty(tx):
                mark = self.outbox.mark()
                try:
                    with savepoint(tx):
                        self.outbox.align(tx, card, at=now)
                        edit_card(self.outbox, ctx, card, self.settings.language)
                except Exception as error:  # one card that can't be shown never stops the others
                    self.outbox.rewind(mark)
                    cards.mark_clean(tx, card.kind, card.number)
                    if not isinstance(error, Refused):
                        log.exception("card failed", extra={"card": f"{card.kind} {card.number}"})
        return self.outbox.take()

    def _context(self, tx: Tx, now: datetime) -> Context:
        nobody = Asker(self.settings.bot, None, Role.COORDINATOR, self.settings.language)
        return Context(
            tx, now, self.settings, nobody, Where("", False, None), heard_until=self.heard_until or now
        )


def _comparable(tx: Tx, found: Iterable[cards.Card]) -> Iterator[tuple[str, int, str, str]]:
    """Kind, number, room and event of each card that was sent; of one in a direct chat, where it stands now."""
    for card in found:
        room: str | None = card.room_id
        if card.room_id.startswith("@"):
            sent = outbox.get(tx, card.outbox_id)
            room = rooms.direct_room(tx, card.room_id)
            if sent is not None and sent.room != room and not sent.room.startswith("@"):
                room = None  # the person has another direct chat by now
        if card.event_id is not None and room is not None:
            yield card.kind, int(card.number), room, card.event_id
