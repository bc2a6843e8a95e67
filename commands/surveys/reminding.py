"""Who has not answered is reminded: two days before the end, and on the morning of the last day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime, time, timedelta
from typing import Final

from commands.framework import Context, Machine, Reply, reminded
from commands.notices import drop as drop_reminders
from commands.notices import plan as plan_reminders
from commands.surveys.model import AboutSurvey, get, is_over, view
from storage.surveys import Survey

KIND: Final = "survey"
MORNING: Final = time(8)
SHORT: Final = timedelta(hours=1)  # who is reminded has at least so long


class SurveyReminder(AboutSurvey):
    """It can still be answered."""

    lead: timedelta = field(kw_only=True)
    late: bool = field(kw_only=True)

    def machine(self) -> Machine:
        hours = int(self.lead.total_seconds()) // 3600
        start = self.survey.until.isoformat(timespec="seconds")
        return {"type": "reminder", "lead": f"{hours}h", "start": start, "late": self.late}


def plan(ctx: Context, survey: Survey, users: Iterable[str]) -> None:
    """These people are reminded of it, until they have answered; nobody of what is past."""
    leads = tuple(survey.until_at - at for at in _mornings(ctx, survey))
    plan_reminders(ctx, KIND, survey.id, start=survey.until_at, users=users, leads=leads)


def _mornings(ctx: Context, survey: Survey) -> list[datetime]:
    """When people are reminded: on the morning of the last day and two days earlier, by the clock on the wall."""
    zone = ctx.settings.zone
    last = (survey.until_at - SHORT).astimezone(zone)
    day = last.date() if last.time() >= MORNING else last.date() - timedelta(days=1)
    return [datetime.combine(day - timedelta(days=n), MORNING, zone) for n in (2, 0)]


def drop(ctx: Context, number: int, user: str | None = None) -> None:
    """Nobody, or this person not, is reminded of it any more."""
    drop_reminders(ctx, KIND, number, user)


@reminded(KIND)
def remind(ctx: Context, number: int, lead: timedelta, late: bool) -> Reply | None:
    survey = get(ctx, number)
    return None if is_over(ctx, survey) else SurveyReminder(view(ctx, survey), lead=lead, late=late)
