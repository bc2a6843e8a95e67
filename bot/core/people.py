"""Who asks, and where: read from the store for each message."""

from __future__ import annotations

from commands.framework.context import Asker, Settings, Where
from commands.framework.replies import Role
from storage import members, rooms
from storage.engine.base import Tx


def asker_of(tx: Tx, user_id: str, settings: Settings) -> Asker:
    """The person with the role they have now; what was granted counts for active members only."""
    member, level = members.find_with_level(tx, user_id)
    role = Role.ANYONE
    if member is not None and member.state != "left":
        role = Role(max(level, Role.PI)) if member.state == "active" else Role.KNOWN
    language = (member.language if member else None) or settings.language
    return Asker(user_id=user_id, member=member, role=role, language=language)


def where_of(tx: Tx, room_id: str, user_id: str, thread: str | None) -> Where:
    """The room, and whether it is this person's direct chat."""
    purpose, direct, asked = rooms.kind_of(tx, room_id, user_id)
    return Where(room_id=room_id, direct=direct, purpose=purpose, thread=thread, asked=asked)
