"""What is known of the keys of people who are erased, or who have gone: nothing of it stays for ever."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, update

from storage import devices, megolm, olm
from storage.devices import Device, KeyOwner
from storage.engine.base import Tx
from storage.members import Member
from storage.rooms import Occupant, Room

_SHARING = (  # an encrypted room with the bot; looked up for each, as few are known by their devices
    select(Occupant.user_id)
    .join(Room, Room.room_id == Occupant.room_id)
    .where(
        Occupant.user_id == KeyOwner.user_id,
        Room.joined,
        Room.encrypted,
        or_(Occupant.membership == "join", Occupant.membership == "invite"),
    )
    .exists()
)
_UNOWNED = select(Device.user_id).where(Device.user_id.not_in(select(KeyOwner.user_id))).distinct()
_BACK = update(KeyOwner).where(KeyOwner.alone_since.is_not(None), _SHARING).values(alone_since=None)


def erase(tx: Tx, user_id: str) -> None:
    """Nothing is left of what was known of the person's devices, nor of what opens their messages."""
    olm.erase(tx, devices.erase(tx, user_id))
    megolm.erase(tx, user_id)


def erase_gone(tx: Tx, *, at: datetime, before: datetime) -> None:
    """So it is with those who have shared no encrypted room with the bot since then; with who is no member, at once.

    Somebody who was erased and told so in an encrypted chat is no member, and known by devices until they leave it.
    """
    devices.track(tx, tx.execute(_UNOWNED).scalars().all())
    tx.execute(_BACK)
    alone = update(KeyOwner).where(KeyOwner.alone_since.is_(None), ~_SHARING)
    tx.execute(alone.values(alone_since=at))
    over = or_(KeyOwner.alone_since <= before, KeyOwner.user_id.not_in(select(Member.user_id)))
    gone = select(KeyOwner.user_id).where(KeyOwner.alone_since.is_not(None), over)
    for user_id in tx.execute(gone).scalars().all():
        erase(tx, user_id)
