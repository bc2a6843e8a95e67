"""Lists are read ten rows at a time; a page that does not exist is refused, in one sentence for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from typing import ClassVar, Final, TypeVar

from commands.framework.arguments import refusal
from commands.framework.audiences import EVERYONE, Audience
from commands.framework.context import Context
from commands.framework.failures import BadInput
from commands.framework.replies import Machine, Refused, Reply
from commands.framework.types import Unreadable

A_PAGE: Final = 10

Row = TypeVar("Row")


class ListPage(Reply):
    """A page of a list, and how many rows the whole list has."""

    abstract: ClassVar[bool] = True
    page: int = field(kw_only=True)
    total: int = field(kw_only=True)

    @property
    def pages(self) -> int:
        return pages_of(self.total)

    def listed(self, of: str, refs: Sequence[str]) -> Machine:
        """The part for programs: what this page shows, and of how much."""
        page = {"page": self.page, "pages": self.pages, "total": self.total}
        return {"type": "list", "of": of, "refs": list(refs)} | page


def pages_of(total: int) -> int:
    """The number of pages that so many rows have; an empty list has one."""
    return max(1, -(-total // A_PAGE))


def rows_before(page: int) -> int:
    """The number of rows on the pages before this one."""
    return A_PAGE * (page - 1)


def rows_on(page: int, rows: Sequence[Row]) -> Sequence[Row]:
    """Those of all rows that stand on this page."""
    return rows[rows_before(page) : rows_before(page) + A_PAGE]


def require_page(ctx: Context, page: int, total: int, heard: Audience = EVERYONE) -> None:
    """The list has this page; `heard`: the list's audience. Refuses: BadInput, if it ends before."""
    pages = pages_of(total)
    if page > pages:
        german = "eine Seite" if pages == 1 else f"{pages} Seiten"
        english = "is only one page" if pages == 1 else f"are only {pages} pages"
        problem = Unreadable(
            de=f"Auf Seite {page} steht nichts mehr. Es gibt nur {german}.",
            en=f"There is nothing on page {page}. There {english}.",
        )
        refused = refusal(ctx, problem, "page")
        assert isinstance(refused.reply, BadInput)
        raise Refused(replace(refused.reply, heard=heard))
