"""What the bot says, as values: replies, refusals, and the roles that decide who gets which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from commands.framework.audiences import EVERYONE, PERSON, Audience
from commands.framework.identity import About, part_of
from commands.framework.registry import Registry, feature_of

if TYPE_CHECKING:
    from commands.framework.outside import OfferMade
    from commands.framework.questions import Asking

Machine = dict[str, Any]  # the machine-readable part of a message, as in the contract


@dataclass(frozen=True)
class Drawing:
    """What is drawn with a reply: numbers and words, no colours. Of a pair, German and English, one is said."""

    of: str  # matrix, board, coverage, rollout, survey; or pages: report
    data: Machine
    name: tuple[str, str]  # of the file, German and English
    pages: bool = False  # a document, and no picture


class Role(IntEnum):
    """The roles that let people do something; each can do all that those before it can."""

    ANYONE = 0
    KNOWN = 5  # has registered, and waits or pauses
    PI = 10
    LEADER = 20
    MODERATOR = 30
    COORDINATOR = 40


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Reply:
    """Something the bot says: a frozen value.

    Its text is the macro of the same name, in snake case, in the feature's template of each language:
    `templates/<module>.<language>.html` beside its module.
    """

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True)(cls)
        if not cls.__dict__.get("abstract", False):
            REPLIES.add(f"{cls.feature()}.{cls.macro()}", cls, cls)

    abstract: ClassVar[bool] = True
    points: ClassVar[bool] = False  # says that the whole stands in the direct chat
    fleeting: ClassVar[bool] = False  # says a secret: once it is sent, the store has its text no more

    @property
    def audience(self) -> Audience:
        """The people who may hear it: all, unless it says what is somebody's or a group's."""
        return EVERYONE

    def outside(self) -> Reply | None:
        """The part of it that is said where others sit, too; None: that it stands in the direct chat."""
        return None

    def offering(self, may: Callable[[str], bool]) -> Reply:  # noqa: ARG002
        """The same for a person who may type the lines of which this is true: no hint names another one."""
        return self

    @property
    def about(self) -> About | None:
        """The thing it is about, by kind and number: its reference is for other programs too."""
        return None

    def machine(self) -> Machine:
        """All that it tells other programs, beside what it is about."""
        raise NotImplementedError

    def part(self) -> Machine:
        """The part for other programs and for tests."""
        told = self.machine()
        return {"type": told["type"]} | part_of(self.about) | told

    def attached(self) -> FileReply | None:
        """The file that goes with it: the message is that file, and the text its caption."""
        return None

    def drawing(self) -> Drawing | None:
        """What is drawn with it: the message is that picture, and the text its caption, or all there is without it."""
        return None

    @classmethod
    def feature(cls) -> str:
        return feature_of(cls)

    @classmethod
    def template_file(cls, language: str) -> str:
        """The file of its macro, below `commands/`: in `templates/` beside its module, and named like that."""
        *folders, module = cls.feature().split(".")
        return "/".join([*folders, "templates", f"{module}.{language}.html"])

    @classmethod
    def macro(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


REPLIES: Registry[str, type[Reply]] = Registry("the reply")


class FileReply(Reply):
    """An answer that is a file: it has no text, and no template."""

    abstract: ClassVar[bool] = True

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True)(cls)

    @property
    def audience(self) -> Audience:
        return PERSON

    def file(self) -> tuple[str, str, bytes]:
        """The file's name, its media type, and what is in it."""
        raise NotImplementedError


class Refused(Exception):  # noqa: N818 - a refusal is an answer, no fault
    """A rule said no: what the command did is undone, and this is its reply.

    `offers`: what a reaction on that reply still does (see `Context.offer`); `asking`: what the asker is asked by it,
    with `below` it what the command would say, and `seeds` to be tapped for an answer.
    """

    def __init__(
        self,
        reply: Reply,
        *,
        offers: Iterable[OfferMade] = (),
        asking: Asking | None = None,
        below: Reply | None = None,
        seeds: tuple[str, ...] = (),
    ) -> None:
        super().__init__(type(reply).__name__)
        self.reply = reply
        self.offers = tuple(offers)
        self.asking, self.below, self.seeds = asking, below, seeds
