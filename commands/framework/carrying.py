"""How a command is carried out once it is known which is meant: typed, or offered and taken up with ✅."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from commands.framework import arguments, placing, recording, taking_back
from commands.framework.context import Context
from commands.framework.declarations import LETTERS, Command, action
from commands.framework.failures import Failure, InDirectChat, ThereAlready, written
from commands.framework.files import FileWanted, NoFile
from commands.framework.grammar import find_command
from commands.framework.replies import Refused, Reply
from commands.framework.who_may import may, refusal
from commands.words import key_of

Made = tuple[str, str, str | None]  # what is there: its reference, its title, the link to its card


def run(ctx: Context, command: Command, rest: str, *, cause: str = "") -> Reply:
    """The command is carried out, and this is the reply for the room it was given in.

    `cause`: under which it is in the journal; empty, where that is written elsewhere.
    Refuses: NotAMember, NotAllowed; what can't be read, or is missing; and what the command itself refuses.
    """
    ctx.command, ctx.rest = command, rest
    if not may(ctx, command):
        raise Refused(_not_allowed(ctx, command, rest))
    return _do(ctx, command, _read(ctx, command, rest), cause)


def run_with(ctx: Context, command: Command, texts: Mapping[str, str], *, cause: str) -> Reply:
    """The same, with the texts of its parameters. Refuses: as `run`."""
    ctx.command, ctx.texts = command, texts
    ctx.rest = written(command, texts, ctx.language).removeprefix(command.called(ctx.language)).lstrip(" ")
    if not may(ctx, command):
        raise Refused(_not_allowed(ctx, command, ctx.rest))
    return _do(ctx, command, arguments.values(ctx, command, texts, ctx.rest), cause)


def _do(ctx: Context, command: Command, values: dict[str, Any], cause: str) -> Reply:
    if command.takes is not None:
        require_file(ctx, command)
    reply = command.handler(ctx, **values)
    if cause and not command.reads:
        taking_back.keep(ctx, reply, cause=cause)
    recording.keep(ctx, command.name, ctx.rest, values)
    return InDirectChat() if reply is None else placing.here(ctx, reply, command.audience)


def require_file(ctx: Context, command: Command) -> None:
    """What was read of its file is there. Refuses: NoFile, and why it is not; raises FileWanted, to be had first."""
    if isinstance(ctx.file, Failure):
        raise Refused(ctx.file)
    if ctx.file is None and ctx.has_file:
        raise FileWanted(command.name)
    if ctx.file is None:
        raise Refused(NoFile(command, " ".join(f"{command.called(ctx.language)} {ctx.rest}".split())))


def _read(ctx: Context, command: Command, rest: str) -> dict[str, Any]:
    """The arguments; where somebody was not named in full, ✅ has the line carried out with those likely meant.

    In the direct chat a number that was left out is asked for, like all that is missing.
    """
    try:
        ctx.texts = arguments.parse(ctx, command, rest)
        return arguments.values(ctx, command, ctx.texts, rest)
    except arguments.NumberLeftOut as problem:
        if not ctx.where.direct:
            raise
        ctx.texts = dict(problem.texts)
        return arguments.values(ctx, command, ctx.texts, rest)
    except arguments.LikelyMeant as problem:
        ctx.offer("✅", carry_out, user_id=ctx.me.user_id, role=command.role, text=problem.line)
        raise Refused(problem.reply, offers=ctx.outside.offers) from problem


@action
def carry_out(ctx: Context, text: str) -> Reply:
    """The command offered in place of the one typed is carried out, as if it had been typed."""
    command, rest = find_command(text)
    assert command is not None
    return run(ctx, command, rest)


def refuse_twice(ctx: Context, anyway: str, title: str, made: Callable[[], Iterable[Made]]) -> None:
    """Refuses: ThereAlready, where one of what is `made` has this title. See `not_twice`."""

    def same() -> ThereAlready | None:
        found = (one for one in made() if key_of(one[1]) == key_of(title))
        return next((ThereAlready(*one) for one in found), None)

    not_twice(ctx, anyway, same)


def not_twice(ctx: Context, anyway: str, same: Callable[[], Reply | None]) -> None:
    """Refuses with what is the same already; ✅ on that, or the command with `trotzdem: ja`, makes it again.

    An edited command is not asked: what it made is there already.
    """
    said = None if anyway == "yes" or ctx.revising else same()
    if said is None:
        return
    assert ctx.command is not None
    head, _, below = ctx.rest.partition("\n")
    text = "\n".join(filter(None, (f"{ctx.command.called(ctx.language)} {head}", "trotzdem: ja", below)))
    ctx.offer("✅", carry_out, user_id=ctx.me.user_id, role=ctx.command.role, text=text)
    raise Refused(said, offers=ctx.outside.offers)


def _not_allowed(ctx: Context, command: Command, rest: str) -> Reply:
    first = rest.split(maxsplit=1)[:1]
    reference = first[0].upper() if first and re.fullmatch(r"[A-Za-z][0-9]{1,9}", first[0]) else None
    if reference is not None and reference[0] not in LETTERS:
        reference = None
    return refusal(ctx, command, reference)
