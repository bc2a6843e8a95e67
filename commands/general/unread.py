"""What can't be read, or is not for the bot to obey, is said in plain words, to each person now and then only."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from commands.framework import Context, Failure, Machine, Reply, job
from storage import megolm, members, rooms, told
from storage.engine.base import Tx

WAIT: Final = timedelta(seconds=10)  # for the key, which is often only a little later
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class SayAgain(Reply):
    """The message could not be read; said again, it can: the key has been asked for."""

    def machine(self) -> Machine:
        return {"type": "remark"}


class KeptBack(Reply):
    """The person's client does not let the bot read the message; `elsewhere`: this is said in another room."""

    elsewhere: bool = False

    def machine(self) -> Machine:
        return {"type": "remark"}


class Unconfirmed(Reply):
    """The person writes from a device that they have not confirmed: what the bot says can't be read there."""

    def machine(self) -> Machine:
        return {"type": "remark"}


class NotProtected(Reply):
    """The message came unencrypted into an encrypted room: it is no command there."""

    def machine(self) -> Machine:
        return {"type": "remark"}


class ConfirmFirst(Failure):
    """A command of somebody with a role came from a device that they have not confirmed."""


@job("unread messages", every=timedelta(seconds=10))
def tell(ctx: Context) -> None:
    """A person whose message could not be read is told; and in private what to do, if their client is why."""
    for one in megolm.take_untold(ctx.tx, before=ctx.now - WAIT):
        room = rooms.find(ctx.tx, one.room_id)
        if room is None or not room.joined:
            continue
        withheld = megolm.withheld(ctx.tx, one.room_id, one.session_id)
        kept_back = withheld is not None and withheld.sender == one.sender
        where = _understood_in(ctx.tx, one.sender, one.room_id) if kept_back else one.room_id
        direct = where != one.room_id or room.direct_with == one.sender
        member = members.find(ctx.tx, one.sender) if direct else None
        reply: Reply = KeptBack(elsewhere=where != one.room_id) if kept_back else SayAgain()
        every = DAY if kept_back else HOUR
        if told.is_due(ctx.tx, one.sender, type(reply).__name__, every=every, at=ctx.now):
            ctx.post(
                where,
                reply,
                language=member.language if member is not None else None,
                thread=None if direct else one.event_id,
            )


def _understood_in(tx: Tx, user_id: str, room_id: str) -> str:
    """The room to tell a person whose client holds back keys: the direct chat, where the two can read each other."""
    found = rooms.find(tx, rooms.direct_room(tx, user_id) or "")
    if found is None or (found.encrypted and not megolm.is_open(tx, user_id, found.room_id)):
        return room_id
    return found.room_id


def readable_room(tx: Tx, user_id: str, room_id: str) -> str:
    """The room to tell a person on a device without keys: their direct chat if it is plain, else this one."""
    found = rooms.find(tx, rooms.direct_room(tx, user_id) or "")
    return found.room_id if found is not None and not found.encrypted else room_id
