"""The session as which the bot is logged in at its homeserver: a row like the keys of its device, and with them."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from storage.engine.base import DEVICE, Base, Tx
from storage.engine.statements import Rows, Upsert, execute_upsert


class Login(Base):
    """One row; none where the configuration has an access token."""

    __tablename__ = "login"
    __table_args__ = DEVICE
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[str]
    token: Mapped[str]  # the access token, encrypted by the pickle key


_LOGIN = Rows(Login, select(Login))
_PUT = Upsert(Login, "id")


def find(tx: Tx) -> Login | None:
    return _LOGIN.first(tx)


def put(tx: Tx, *, device_id: str, token: str) -> None:
    execute_upsert(tx, _PUT, id=1, device_id=device_id, token=token)


def drop(tx: Tx) -> None:
    tx.execute(delete(Login))
