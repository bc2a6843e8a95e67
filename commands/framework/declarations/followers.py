"""What follows in every room when people come, go, pause or are called otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from commands.framework.registry import Registry, name_of

if TYPE_CHECKING:
    from commands.framework.context import Context

Handler = TypeVar("Handler", bound=Callable[..., Any])


DEPARTURES: Registry[str, Callable[[Context, str], None]] = Registry("what follows a departure,")


def departure(handler: Handler) -> Handler:
    """Declare what follows when a member leaves, is removed or erased: seats are freed, and those concerned told.

    The function gets the Matrix id, while the member's row and roles are still there.
    """
    DEPARTURES.add(name_of(handler), handler, handler)
    return handler


@dataclass(frozen=True)
class Return:
    """A thing that people lose by going: one function keeps it, one gives it back."""

    kept: Callable[[Context, str], Any]
    give_back: Callable[[Context, str, Any], None]


RETURNS: Registry[str, Return] = Registry("what is given back of")


def returning(name: str, *, give_back: Callable[[Context, str, Any], None]) -> Callable[[Handler], Handler]:
    """Declare what a member who is back after all, as the going was taken back, gets back of a feature.

    The function gets the Matrix id while everything is there still, and returns JSON values; `give_back` gets the same
    id and those values, and gives as much of it as nobody else has taken.
    """

    def declare(handler: Handler) -> Handler:
        RETURNS.add(name, Return(handler, give_back), handler)
        return handler

    return declare


PAUSES: Registry[str, Callable[[Context, str, bool], None]] = Registry("what follows a pause,")


def pause_follower(handler: Handler) -> Handler:
    """Declare what follows when a member begins a pause, or is back: the function gets the Matrix id, and which."""
    PAUSES.add(name_of(handler), handler, handler)
    return handler


RENAMINGS: Registry[str, Callable[[Context, int], None]] = Registry("what follows a new name of a process,")


def renaming(handler: Handler) -> Handler:
    """Declare what follows when a process is called otherwise: the cards that say its name are edited.

    The function gets the process.
    """
    RENAMINGS.add(name_of(handler), handler, handler)
    return handler


PEOPLE: Registry[str, Callable[[Context, str], None]] = Registry("what follows a new name of a person,")


def person_follower(handler: Handler) -> Handler:
    """Declare what follows when somebody is called otherwise, says otherwise who they are, or takes part otherwise.

    The cards that name the person are edited. The function gets the Matrix id.
    """
    PEOPLE.add(name_of(handler), handler, handler)
    return handler


Came = Literal["joined", "left", "gone"]
MEMBERSHIPS: Registry[str, Callable[[Context, int, str, Came], None]] = Registry(
    "what follows a seat in a group,"
)


def membership(handler: Handler) -> Handler:
    """Declare what follows when somebody has a confirmed seat in a group, or has none any more.

    The function gets the context, the process, the Matrix id, and whether the person has joined, or left, or is `gone`
    from the community too; the seat is as it is said already.
    """
    MEMBERSHIPS.add(name_of(handler), handler, handler)
    return handler


@dataclass(frozen=True)
class Erasure:
    """The data that a feature stores about a person: one function exports it, one erases it."""

    export: Callable[[Context, str], Any]
    erase: Callable[[Context, str], None]


PERSONAL: Registry[str, Erasure] = Registry("what is stored about a person of")


def personal(name: str, *, erase: Callable[[Context, str], None]) -> Callable[[Handler], Handler]:
    """Declare what a feature stores about a person; the function exports it as JSON values."""

    def declare(handler: Handler) -> Handler:
        PERSONAL.add(name, Erasure(handler, erase), handler)
        return handler

    return declare
