"""`pi-bot setup`: makes what is missing, and leaves alone what people have changed since.

Safe to repeat, also after a crash in the middle: a room is looked for by its alias, then by the mark of its
making, before one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from bot.admin.appointed import unknown_people
from bot.admin.identity import IdentityError, settle
from bot.config.keys import Configuration
from bot.matrix import layout
from bot.matrix.entering import session
from bot.matrix.lookup import created_room
from bot.matrix.transport import CLIENT, MatrixError, Transport, UnreachableError, quoted
from storage import inbox, rooms
from storage.engine.database import Database
from storage.engine.schema import migrate

Say = Callable[[str], None]
Event = dict[str, Any]
NAME: Final = "PI-Bot"
_STATE_NEEDED: Final = layout.COORDINATOR  # to give coordinators their level


class EncryptedAnywayError(Exception):
    """A room that was to be plain came out encrypted, and is given up; the text is one line that says what to do."""

    def __init__(self, purpose: str, name: str) -> None:
        super().__init__(
            f'{purpose} {name}: the homeserver encrypts new rooms, and encryption is off: set encryption: "on", or, in '
            "Synapse, encryption_enabled_by_default_for_room_type: off; this room and those after it are not made"
        )


async def set_up(
    configuration: Configuration, *, say: Say, key_file: Path | None = None, reset_identity: bool = False
) -> bool:
    """All configured rooms are there and the store knows them; False if something is left to a person.

    So is, where encryption is on, the bot's identity: its recovery key is shown once, or written to `key_file`. Says
    a line for each. Raises as `session` does, and WrongStoreError where the store is another account's.
    """
    async with session(configuration) as transport:
        migrate(configuration.database)
        database = Database(configuration.database)
        try:
            with database.transaction() as tx:
                inbox.require_account(tx, configuration.user_id)
            work = Setup(configuration, transport, say)
            await work.people()
            await work.name()
            try:
                for purpose, name in configuration.rooms.named().items():
                    await work.room(purpose, name)
            except EncryptedAnywayError as error:  # so would all that are still missing
                work.leave(str(error))
            await work.family()
            with database.transaction() as tx:
                for purpose, room_id in work.rooms.items():
                    if (
                        rooms.room_for(tx, purpose) is None
                    ):  # another one moves along with its cards, by `run`
                        rooms.set_purpose(tx, purpose, room_id)
        finally:
            database.close()
        if configuration.encryption == "on":
            try:
                await settle(configuration, transport, say=say, key_file=key_file, reset=reset_identity)
            except IdentityError as error:
                work.leave(str(error))
    return not work.left


@dataclass
class Setup:
    """One run of it: what was found or made, and how many things are left to a person."""

    configuration: Configuration
    transport: Transport
    say: Say
    rooms: dict[str, str] = field(default_factory=dict)  # by purpose
    left: int = 0

    async def people(self) -> None:
        """A person who does not exist gets no rights and no invitation: whoever took that name would have them."""
        unknown = await unknown_people(self.configuration, self.transport)
        for key, user in unknown:
            self.leave(f"{key}: there is no {user}: look at `{key}`")
        names = {user for _, user in unknown}
        known = {
            key: tuple(user for user in getattr(self.configuration, key) if user not in names)
            for key in ("coordinators", "moderators")
        }
        self.configuration = self.configuration.model_copy(update=known)

    async def name(self) -> None:
        """The bot has a name that is more than its account's; one that it was given stays."""
        user = self.configuration.user_id
        try:
            now = await self.transport.display_name(user)
            if now in (None, "", user[1:].partition(":")[0]):
                await self.transport.set_display_name(user, NAME)
                self.say(f"✓ display name: made {NAME}")
        except MatrixError as error:
            self.leave(f"display name: {error}; give {user} a name in a client")

    async def room(self, purpose: str, name: str) -> None:
        """The room exists, the bot is in it, and it is as `layout` says."""
        left = self.left
        try:
            room_id, made = await self._find_or_make(purpose, name)
            self.rooms[purpose] = room_id
            changes = await self._put_right(purpose, name, room_id, made=made)
        except MatrixError as error:
            bot = self.configuration.user_id
            self.leave(f"{purpose} {name}: {error}; invite {bot}, with power level {_STATE_NEEDED}")
        except UnreachableError as error:
            await self.transport.whoami()  # where that has no answer either, it is no matter of the room
            self.leave(f"{purpose}: {layout.unanswered(purpose, name, error)}")
        else:
            if changes or self.left == left:
                self.say(f"✓ {purpose} {name}: {', '.join(changes) or 'as it should be'}")

    async def _find_or_make(self, purpose: str, name: str) -> tuple[str, bool]:
        if name.startswith("!"):
            return await self.transport.join(name), False
        found = await self.transport.room_of_alias(name)
        if found is not None:
            there = await self.transport.join(found, via=[name.partition(":")[2]])
            if await self._is_usable(there, name):
                return there, False
        marked = await created_room(self.transport, layout.marker(purpose))
        if marked is not None and await self._is_usable(marked, name):
            await self.transport.request("PUT", _directory(name), {"room_id": marked})
            return marked, False
        wanted = layout.creation(self.configuration, purpose, name, space=self.rooms.get("space"))
        made = await self.transport.create_room(wanted)
        if not await self._is_usable(made, name):
            raise EncryptedAnywayError(purpose, name)
        return made, True

    async def _is_usable(self, room_id: str, name: str) -> bool:
        """A room of the bot's own that is closed to it, with nobody else in it, is given up, and its alias free."""
        found, bot = await self._state(room_id), self.configuration.user_id
        inside = {user for (kind, user), event in found.items() if kind == "m.room.member" and _is_in(event)}
        ours = layout.creators(self._create(found))[0] == bot
        if not (self._is_closed(found) and ours and inside <= {bot}):
            return True
        try:
            await self.transport.request("DELETE", _directory(name))
        except MatrixError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        await self.transport.leave(room_id)  # not before: a room that was left is not found again
        return False

    def _is_closed(self, found: Mapping[tuple[str, str], Event]) -> bool:
        """Is what is said in the room closed to the bot?"""
        return ("m.room.encryption", "") in found and self.configuration.encryption == "off"

    async def _put_right(self, purpose: str, name: str, room_id: str, *, made: bool) -> list[str]:
        """The room's state is as it should be, but for what is left to a person; what was done to it."""
        bot = self.configuration.user_id
        found = await self._state(room_id)
        create, power = self._create(found), _content(found, "m.room.power_levels")
        if layout.bot_power(self.configuration, power, create) < _STATE_NEEDED:
            self.leave(f"{purpose} {name}: give {bot} the power level {_STATE_NEEDED}")
            return ["made"] * made
        changes = ["made"] * made + ["encrypted"] * (made and ("m.room.encryption", "") in found)
        wanted = layout.state(self.configuration, purpose)
        wanted["m.room.power_levels"] = layout.power(self.configuration, power, create)
        for kind, content in wanted.items():
            if _content(found, kind) == content:
                continue
            what = kind.removeprefix("m.room.").replace("_", " ")
            try:
                await self.transport.set_state(room_id, kind, content)
            except MatrixError as error:
                self.leave(f"{purpose} {name}: {what}: {error}; give {bot} the power level {_STATE_NEEDED}")
            else:
                changes.append(what)
        if self._is_closed(found):
            self.leave(
                f"{purpose} {name}: is encrypted, and encryption is off: turn it on, or use another room"
            )
        for user in layout.invited(self.configuration, purpose):
            if ("m.room.member", user) in found:  # who left or declined is not asked again
                continue
            if (wrong := await self._invite(room_id, user)) is None:
                changes.append(f"{user} invited")
            else:
                self.leave(f"{purpose} {name}: {user} can't be invited: {wrong}")
        return changes

    async def _invite(self, room_id: str, user: str) -> str | None:
        """The person is invited; else why not, and what to do."""
        server = user.partition(":")[2]
        try:
            await self.transport.invite(room_id, user)
        except MatrixError as error:
            wrong = str(error)
        except UnreachableError as error:
            if server == self.configuration.server:
                raise
            wrong = f"{server} does not answer ({error})"
        else:
            return None
        where = (
            "" if server == self.configuration.server else f", whether your homeserver may speak to {server}"
        )
        return f"{wrong}; look at the name{where}, or take it out of the configuration"

    async def family(self) -> None:
        """The rooms are listed in the space, in the order of the configuration."""
        space = self.rooms.get("space")
        if space is None:
            return
        bot, names = self.configuration.user_id, self.configuration.rooms.named()
        children = {purpose: room for purpose, room in self.rooms.items() if purpose != "space"}
        try:
            found = await self._state(space)
        except MatrixError as error:
            self.leave(f"space {names['space']}: {error}")
            return
        for order, (purpose, room_id) in enumerate(children.items()):
            child = f"{purpose} {names[purpose]}"
            try:
                if not _content(found, "m.space.child", room_id).get("via"):
                    listed = {"via": [self.configuration.server], "order": f"{order:02}", "suggested": True}
                    await self.transport.set_state(space, "m.space.child", listed, room_id)
            except MatrixError as error:
                self.leave(
                    f"space {names['space']}: {child} could not be listed in it: {error}; "
                    f"give {bot} the power level {_STATE_NEEDED} in the space"
                )
            try:
                if not _content(await self._state(room_id), "m.space.parent", space).get("via"):
                    parent = layout.parent(self.configuration)
                    await self.transport.set_state(room_id, "m.space.parent", parent, space)
            except MatrixError as error:
                self.leave(
                    f"{child}: could not be told that it is in the space: {error}; "
                    f"give {bot} the power level {_STATE_NEEDED}"
                )

    async def _state(self, room_id: str) -> dict[tuple[str, str], Event]:
        return {
            (event["type"], event["state_key"]): event for event in await self.transport.full_state(room_id)
        }

    @staticmethod
    def _create(found: Mapping[tuple[str, str], Event]) -> Event:
        return found["m.room.create", ""]

    def leave(self, what: str) -> None:
        """This is for a person to do."""
        self.left += 1
        self.say(f"✗ {what}")


def _directory(alias: str) -> str:
    return f"{CLIENT}/directory/room/{quoted(alias)}"


def _is_in(member: Event) -> bool:
    return bool(member["content"].get("membership") == "join")


def _content(found: Mapping[tuple[str, str], Event], kind: str, key: str = "") -> dict[str, Any]:
    content: dict[str, Any] = found.get((kind, key), {}).get("content", {})
    return content
