"""What of a reply is said where: all of it, less, or that it stands in the direct chat of who asked."""

from __future__ import annotations

from functools import partial

from commands.framework.audiences import EVERYONE, Audience, admits
from commands.framework.context import Context, Where
from commands.framework.failures import InDirectChat, Withheld
from commands.framework.identity import ref_of
from commands.framework.replies import Reply
from commands.framework.who_may import may_type


def here(ctx: Context, reply: Reply, asked: Audience = EVERYONE) -> Reply:
    """The part of the reply for the command's own room; if it points to the direct chat, all of it goes there.

    `asked`: the audience of the command.
    """
    less: Reply | None = None
    reply = reply.offering(partial(may_type, ctx))
    if admits(ctx.tx, ctx.where, asked, bot=ctx.settings.bot):
        if admits(ctx.tx, ctx.where, reply.audience, bot=ctx.settings.bot):
            return reply
        less = reply.outside()
    less = less or InDirectChat()
    if less.points:
        ctx.post(ctx.me.user_id, reply, language=ctx.me.language)
        there = ctx.outside.posts[-1]
        there.offers, ctx.outside.offers = ctx.outside.offers, []
        there.asking, ctx.outside.asking = ctx.outside.asking, None
    return less


def told(ctx: Context, where: Where, reply: Reply) -> Reply:
    """The part of it that is said in a room in which nobody has asked."""
    if admits(ctx.tx, where, reply.audience, bot=ctx.settings.bot):
        return reply
    return reply.outside() or Withheld(ref_of(reply.about) or "")
