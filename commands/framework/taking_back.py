"""How a command is taken back, by ↩️ or by an edit: the one way for all of them.

Each command and reaction that changes something leaves in the journal (`storage.acts`) what it was about: `keep` takes
it from the reply, which carries the thing after the change, and from what the feature has noted (`Context.note`).
Taking back asks the command's own right once more, and the journal whether anything was done about the same thing
since; only then does the feature's `@action` run.
"""

from __future__ import annotations

from typing import Final

from commands.framework.context import Context
from commands.framework.declarations import ACTIONS, COMMANDS, LETTERS, RIGHTS, Command, named
from commands.framework.failures import BuiltUpon, Failure, NotAllowed, NotAMember
from commands.framework.identity import split
from commands.framework.replies import Refused, Reply, Role
from storage import acts, members
from storage.cards import Offer

# What changes a command's effect later; what is not here, its noun's `edit` does.
LATER: Final = {
    "agenda subscribe": "agenda subscribe",
    "agreement kept": "agreement missed",
    "agreement missed": "agreement kept",
    "event cancel": None,
    "event join": "event leave",
    "event leave": "event join",
    "event move": "event move",
    "event new": "event cancel",
    "dates answer": "dates answer",
    "dates cancel": "dates find",
    "dates find": "dates cancel",
    "dates fix": None,
    "group assign": "group remove",
    "group confirm": "group leave",
    "group join": "group leave",
    "group leader": "group leader",
    "group leave": "group join",
    "group remove": "group assign",
    "group room": None,
    "group signup": "group signup",
    "group size": "group size",
    "hours meeting": "hours withdraw",
    "hours new": "hours withdraw",
    "hours report": None,
    "hours withdraw": "hours new",
    "idea accept": "idea review",
    "idea done": "idea review",
    "idea implement": "idea review",
    "idea merge": "idea review",
    "idea new": "idea withdraw",
    "idea promote": None,
    "idea rate": "idea rate",
    "idea reject": "idea review",
    "idea review": "idea reject",
    "idea vote": "idea vote",
    "idea withdraw": "idea new",
    "meeting accept": "meeting decline",
    "meeting attended": "meeting attended",
    "meeting cancel": "meeting new",
    "meeting decline": "meeting accept",
    "meeting maybe": "meeting decline",
    "meeting minutes": "meeting minutes",
    "meeting move": "meeting move",
    "meeting new": "meeting cancel",
    "member admit": "member remove",
    "member decline": "member admit",
    "member remove": None,
    "municipality firstmover": "municipality firstmover",
    "news new": "news withdraw",
    "news publish": "news withdraw",
    "news withdraw": "news new",
    "privacy erase": None,
    "process criterion": "process criterion",
    "process document": "process document",
    "process phase": "process phase",
    "process product": "process product",
    "process rollout": "process rollout",
    "product consent": "product objection",
    "product objection": "product consent",
    "profile calendar": "profile calendar",
    "profile digest": "profile digest",
    "profile language": "profile language",
    "profile leave": "profile register",
    "profile back": "profile pause",
    "profile pause": "profile pause",
    "profile register": "profile leave",
    "profile reminder": "profile reminder",
    "role grant": "role revoke",
    "role revoke": "role grant",
    "survey answer": "survey answer",
    "survey close": None,
    "survey new": "survey close",
    "survey standard": "survey close",
    "training cancel": None,
    "training completed": None,
    "training join": "training leave",
    "training leave": "training join",
    "training move": "training move",
    "training new": "training cancel",
}
for _name in dict.fromkeys((*LATER, *filter(None, LATER.values()))):
    named(_name)
WITHOUT_REFERENCE: Final = ("hours new", "idea new", "meeting new", "news new", "profile", "role")


class Stays(Failure):
    """↩️ takes nothing back here; `why`: others, nothing, never, done, late, last. `instead`: what changes it now."""

    why: str
    ref: str | None = None
    instead: str | None = None


def keep(ctx: Context, reply: Reply | None, *, cause: str) -> None:
    """All that the command or reaction has done is in the journal."""
    own = ctx.command.own if ctx.command is not None else ""
    if reply is not None and reply.about is not None:
        thing, part = split(reply.about)
        ctx.noted.add((thing, "/".join(filter(None, (part, own, ctx.me.user_id if own else "")))))
    if cause and not ctx.erased:
        acts.add(ctx.tx, sorted(ctx.noted), cause=cause, at=ctx.now)


def take_back(ctx: Context, offer: Offer, ref: str | None) -> Reply:
    """All that the command did about `ref` is undone. Refuses: NotAMember, NotAllowed, as its rights do; BuiltUpon."""
    command = ctx.command
    if ctx.me.role < min(offer.role, Role.PI):
        raise Refused(NotAMember(state=ctx.me.member.state if ctx.me.member is not None else None))
    if ctx.me.role < offer.role:
        raise Refused(NotAllowed(role=Role(offer.role).name.lower()))
    for name, thing in offer.rights or ():
        RIGHTS[name](ctx, thing)
    built = acts.since(ctx.tx, offer.cause, by=ctx.me.user_id)
    if built is not None:
        raise Refused(BuiltUpon(ref=_called(ctx, built), instead=later(ctx, command, ref or built)))
    reply = ACTIONS[offer.action](ctx, **offer.data)
    acts.remove(ctx.tx, offer.cause)
    assert reply is not None
    return reply


def later(ctx: Context, command: Command | None, ref: str | None) -> str | None:
    """The command that changes what this one did; None if there is none, or none that the asker may use."""
    if command is None:
        return None
    noun = command.name.partition(" ")[0]
    name = f"{noun} edit"
    if not ctx.revising or name not in COMMANDS:
        name = LATER.get(command.name, name) or ""
    found = COMMANDS.get(name)
    if found is None or found.role > ctx.me.role:
        return None
    if ref is None or name.startswith(WITHOUT_REFERENCE):
        return found.called(ctx.language)
    if not (ref[:1] in LETTERS and ref[1:].isdecimal()):
        ref = _called(ctx, ref)
    return f"{found.called(ctx.language)} {ref}"


def _called(ctx: Context, ref: str) -> str:
    """A reference, or a member's name in place of the Matrix id."""
    member = members.find(ctx.tx, ref) if ref.startswith("@") else None
    return member.name if member is not None else ref
