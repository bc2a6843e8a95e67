"""The list of surveys."""

from __future__ import annotations

from commands.framework import Context, Machine, Page, Role, command
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.surveys.model import View, groups_of, view
from storage import surveys as stored


class SurveyList(ListPage):
    """A page of the surveys, newest first."""

    surveys: tuple[View, ...]
    waiting: frozenset[int]  # those that wait for the asker

    def machine(self) -> Machine:
        return self.listed("survey", [one.ref for one in self.surveys])


@command(
    "umfrage liste",
    "survey list",
    role=Role.PI,
    de="die Umfragen, die neusten zuerst",
    en="the surveys, newest first",
    example=("", ""),
    reads=True,
    words=("welche Umfragen laufen", "laufende Umfragen", "surveys are running", "current surveys"),
    offer=("Sehen, welche Umfragen es gibt", "See which surveys there are"),
)
def show_list(ctx: Context, *, page: Page = 1) -> SurveyList:
    """Those to all, and in the direct chat and in a group's room those of the asker's groups, or of this one."""
    among = groups_of(ctx)
    total = stored.count(ctx.tx, among)
    require_page(ctx, page, total)
    shown = stored.list_page(ctx.tx, among, limit=A_PAGE, offset=rows_before(page))
    waiting = stored.list_waiting(ctx.tx, ctx.me.user_id) if ctx.where.direct else []
    return SurveyList(
        tuple(view(ctx, one) for one in shown),
        frozenset(one.id for one in waiting),
        page=page,
        total=total,
    )
