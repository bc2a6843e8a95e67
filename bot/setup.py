"""`pi-bot setup`: makes what is missing, and leaves alone what people have changed since.

Safe to repeat, also after a crash in the middle: a room is looked for by its alias, then by the mark of its
making, before one is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot import layout
from bot.config import Configuration
from bot.lookup import created_room
from bot.session import session
from bot.transport import MatrixError, Transport, UnreachableError, quoted
from storage import rooms
from storage.database import Database
from storage.schema import migrate

Say = Callable[[str], None]
Event = dict[str, Any]
_STATE_NEEDED: Final = layout.COORDINATOR  # to give coordinators their level


async def set_up(configuration: Configuration, *, say: Say) -> bool:
    """All configured rooms are there and the store knows them; False if something is left to a person.

    Says a line for each room. Raises as `session` does.
    """
    async with session(configuration) as transport:
        work = Setup(configuration, transport, say)
        for purpose, name in configuration.rooms.named().items():
            await work.room(purpose, name)
        await work.family()
    migrate(configuration.database)
    database = Database(configuration.database)
    try:
        with database.transaction() as tx:
            for purpose, room_id in work.rooms.items():
                rooms.set_purpose(tx, purpose, room_id)
    finally:
        database.close()
    return not work.left


@dataclass
class Setup:
    """One run of it: what was found or made, and how many things are left to a person."""

    configuration: Configuration
    transport: Transport
    say: Say
    rooms: dict[str, str] = field(default_factory=dict)  # by purpose
    left: int = 0

    async def room(self, purpose: str, name: str) -> None:
        """The room exists, the bot is in it, and it is as `layout` says."""
        try:
            room_id, made = await self._find_or_make(purpose, name)
            self.rooms[purpose] = room_id
            changes = await self._put_right(purpose, room_id)
        except MatrixError as error:
            bot = self.configuration.user_id
            self._leave(f"{purpose} {name}: {error}; invite {bot}, with power level {_STATE_NEEDED}")
        except UnreachableError as error:
            if (server := name.partition(":")[2]) in ("", self.configuration.server):
                raise
            self._leave(f"{purpose} {name}: {server} does not answer ({error}): look at `rooms.{purpose}`")
        else:
            done = ["made"] * made + changes
            self.say(f"✓ {purpose} {name}: {', '.join(done) or 'as it should be'}")

    async def _find_or_make(self, purpose: str, name: str) -> tuple[str, bool]:
        if name.startswith("!"):
            return await self.transport.join(name), False
        found = await self.transport.room_of_alias(name)
        if found is not None:
            return await self.transport.join(found, via=[name.partition(":")[2]]), False
        marked = await created_room(self.transport, layout.marker(purpose))
        if (
            marked is not None
            and layout.creators(self._create(await self._state(marked)))[0] == self.configuration.user_id
        ):
            path = f"/_matrix/client/v3/directory/room/{quoted(name)}"
            await self.transport.request("PUT", path, {"room_id": marked})
            return marked, False
        wanted = layout.creation(self.configuration, purpose, name, space=self.rooms.get("space"))
        return await self.transport.create_room(wanted), True

    async def _put_right(self, purpose: str, room_id: str) -> list[str]:
        """The room's state is as it should be; what had to be changed."""
        found = await self._state(room_id)
        create, power = self._create(found), _content(found, "m.room.power_levels")
        if layout.bot_power(self.configuration, power, create) < _STATE_NEEDED:
            self._leave(
                f"{purpose} {room_id}: give {self.configuration.user_id} the power level {_STATE_NEEDED}"
            )
            return []
        changes = []
        wanted = layout.state(self.configuration, purpose)
        wanted["m.room.power_levels"] = layout.power(self.configuration, power, create)
        for kind, content in wanted.items():
            if _content(found, kind) != content:
                await self.transport.set_state(room_id, kind, content)
                changes.append(kind.removeprefix("m.room.").replace("_", " "))
        if ("m.room.encryption", "") in found:
            self._leave(
                f"{purpose} {room_id}: is encrypted, and the bot can't read there: it needs another room"
            )
        for user in layout.invited(self.configuration, purpose):
            if ("m.room.member", user) not in found:  # who left or declined is not asked again
                await self.transport.invite(room_id, user)
                changes.append(f"{user} invited")
        return changes

    async def family(self) -> None:
        """The rooms are listed in the space, in the order of the configuration."""
        space = self.rooms.get("space")
        if space is None:
            return
        via = [self.configuration.server]
        children = [room for purpose, room in self.rooms.items() if purpose != "space"]
        try:
            found = await self._state(space)
            for order, room_id in enumerate(children):
                if not _content(found, "m.space.child", room_id).get("via"):
                    listed = {"via": via, "order": f"{order:02}", "suggested": True}
                    await self.transport.set_state(space, "m.space.child", listed, room_id)
                if not _content(await self._state(room_id), "m.space.parent", space).get("via"):
                    parent = layout.parent(self.configuration)
                    await self.transport.set_state(room_id, "m.space.parent", parent, space)
        except MatrixError as error:
            self._leave(f"space {space}: the rooms could not be listed in it: {error}")

    async def _state(self, room_id: str) -> dict[tuple[str, str], Event]:
        return {
            (event["type"], event["state_key"]): event for event in await self.transport.full_state(room_id)
        }

    @staticmethod
    def _create(found: Mapping[tuple[str, str], Event]) -> Event:
        return found["m.room.create", ""]

    def _leave(self, what: str) -> None:
        self.left += 1
        self.say(f"✗ {what}")


def _content(found: Mapping[tuple[str, str], Event], kind: str, key: str = "") -> dict[str, Any]:
    content: dict[str, Any] = found.get((kind, key), {}).get("content", {})
    return content
