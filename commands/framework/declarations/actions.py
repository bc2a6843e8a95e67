"""What reactions on replies run later, and the rights that are asked for again then."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from commands.framework.registry import Registry, name_of

if TYPE_CHECKING:
    from commands.framework.context import Context
    from commands.framework.replies import Reply

Handler = TypeVar("Handler", bound=Callable[..., Any])


ACTIONS: Registry[str, Callable[..., Reply | None]] = Registry("the action")
Right = Callable[["Context", int], None]
RIGHTS: Registry[str, Right] = Registry("the right")


def right(handler: Right) -> Right:
    """Declare a question of who may: it raises `Refused`, or is remembered, to be asked again on taking back."""
    name = name_of(handler)
    RIGHTS.add(name, handler, handler)

    @wraps(handler)
    def ask(ctx: Context, thing: int) -> None:
        handler(ctx, thing)
        ctx.rights.append([name, thing])

    return ask


def action(handler: Handler) -> Handler:
    """Declare a function that a reaction on a reply runs later: see `Context.offer` and `Context.undo`."""
    ACTIONS.add(name_of(handler), handler, handler)
    return handler


def action_name(handler: Callable[..., Any]) -> str:
    name = name_of(handler)
    if name not in ACTIONS:
        raise ValueError(f"{name} is no @action")
    return name
