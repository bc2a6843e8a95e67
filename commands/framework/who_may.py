"""Who may use which command, and who is passed over: the rules of roles and of pausing, each once."""

from __future__ import annotations

from collections.abc import Iterable

from commands.framework.context import Context
from commands.framework.declarations import Command
from commands.framework.failures import NotAllowed, NotAMember
from commands.framework.grammar import find_command
from commands.framework.replies import Reply, Role
from storage import members


def allowed(ctx: Context, command: Command) -> bool:
    """The asker's role reaches. One who pauses may use commands marked so: sign off, decline, read what is theirs."""
    return ctx.me.role >= command.role or (ctx.me.pauses and command.pausing)


def refusal(ctx: Context, command: Command, ref: str | None = None) -> Reply:
    """The answer to a person whose role does not reach, or who pauses; `ref`: what the command was about."""
    if ctx.me.role < Role.PI:
        return NotAMember(state=ctx.me.member.state if ctx.me.member else None)
    return NotAllowed(role=command.role.name.lower(), command=command, ref=ref)


def may(ctx: Context, command: Command) -> bool:
    """The same, and the commands of leaders are not for moderators who lead no group."""
    if command.role != Role.LEADER or ctx.me.role != Role.MODERATOR:
        return allowed(ctx, command)
    if ctx.leads is None:
        ctx.leads = any(grant.role == "leader" for grant in members.grants(ctx.tx, ctx.me.user_id))
    return ctx.leads


def may_type(ctx: Context, line: str) -> bool:
    """May the asker use the command of this line?"""
    command, _ = find_command(line)
    return command is not None and may(ctx, command)


def there(ctx: Context, users: Iterable[str]) -> list[str]:
    """Of these people, in the same order, those who are asked, reminded, counted and moved up: all but who pause.

    In statements: `storage.members.pauses`.
    """
    found = list(users)
    away = members.list_pausing(ctx.tx, found)
    return [user for user in found if user not in away]
