"""What people are told of their membership: that they are in, are not admitted, or are not there any more."""

from __future__ import annotations

from typing import ClassVar

from commands.framework import (
    Context,
    Reply,
)
from commands.framework.telling import Since, told
from commands.members.model import AboutMember
from storage import members


class ToMember(AboutMember):
    """Said to the person concerned, in the direct chat."""

    abstract: ClassVar[bool] = True
    reason: str | None = None


class Welcome(ToMember):
    """You are in; and what to try first."""


class NotAdmitted(ToMember):
    """You are not in; with the reason where one was given."""


class TakenOut(ToMember):
    """You take part no longer."""


@told("membership", strangers=True)
def news(ctx: Context, since: Since) -> Reply | None:
    """The person is not admitted, or not there any more."""
    member = members.find(ctx.tx, since.recipient)
    if member is None or member.state != "left":
        return None
    said = NotAdmitted if since.before.get("state") == "pending" else TakenOut
    return said(member, (), full=True, reason=since.words)
