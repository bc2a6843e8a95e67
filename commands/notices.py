"""What people are told in their direct chats: gathered, so that a busy minute is one message and not twenty."""

from __future__ import annotations

from datetime import timedelta

from commands.api import job
from commands.context import Context
from commands.replies import Machine, Reply
from storage import members, notices

GATHERED_FOR = timedelta(seconds=30)


class Gathered(Reply):
    """Several things to tell in one message; `pieces` are their HTML."""

    pieces: tuple[str, ...]
    machines: tuple[Machine, ...]

    def machine(self) -> Machine:
        if len(self.machines) == 1:
            return self.machines[0]
        refs = list(dict.fromkeys(m["ref"] for m in self.machines if "ref" in m))
        return {
            "type": "list",
            "of": "notice",
            "refs": refs,
            "page": 1,
            "pages": 1,
            "total": len(self.machines),
        }


def keep(ctx: Context, user_id: str, reply: Reply) -> None:
    """Tell this person soon, together with what else there is to tell by then; only members are told."""
    member = members.find(ctx.tx, user_id)
    if member is None or member.state not in ("active", "paused") or ctx.render is None:
        return
    html, machine = ctx.render(reply, member.language or ctx.settings.language)
    notices.add(ctx.tx, user_id=user_id, at=ctx.now, html=html, machine=machine)


@job("gathered notices", every=timedelta(seconds=10))
def send(ctx: Context) -> None:
    """Send what has waited long enough, one message a person."""
    for user_id in notices.due(ctx.tx, before=ctx.now - GATHERED_FOR):
        found = notices.take(ctx.tx, user_id)
        ctx.post(user_id, Gathered(tuple(n.html for n in found), tuple(n.machine for n in found)))
