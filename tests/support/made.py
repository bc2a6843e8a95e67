"""The first thing of a kind, as the example of its command makes it: so tests know of new features by themselves."""

from __future__ import annotations

from collections.abc import Container

import commands
from commands.framework.declarations import COMMANDS, Command

commands.load()


def makers(*, but: Container[str]) -> list[Command]:
    """The commands that make a thing, like `idea new`, but for those of these kinds."""
    return [one for name, one in COMMANDS.items() if name.endswith(" new") and kind_of(one) not in but]


def kind_of(maker: Command) -> str:
    return maker.name.removesuffix(" new")


def example_of(command: Command) -> str:
    """The line that its declaration shows, in German."""
    return f"!{command.called('de')} {command.example['de']}"
