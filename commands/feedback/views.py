"""What people think of a service: marks added up, and the latest comments for those who work on it."""

from __future__ import annotations

from dataclasses import replace

from commands import groups
from commands.feedback.giving import any_live
from commands.feedback.model import AboutVoices, heard, live
from commands.framework import EVERYONE, Audience, Context, Reply, Role, command, group
from commands.processes import ProcessNamed, Voices, voices
from storage import feedback as stored
from storage import feedback_imports as imports

COMMENTS = 5  # of each side


class FeedbackShown(AboutVoices):
    """The marks of what is live now; `comments` are for the group and the coordinators, without names."""

    staff: tuple[str, ...] = ()
    residents: tuple[str, ...] = ()
    earlier: Voices | None = None  # of the front end, once the back end is live

    @property
    def audience(self) -> Audience:
        return group(self.process.id) if self.staff or self.residents else EVERYONE

    def outside(self) -> Reply | None:
        return replace(self, staff=(), residents=())


@command(
    "rückmeldung zeige",
    "feedback show",
    "rückmeldung liste",
    "feedback list",
    role=Role.PI,
    de="sehen, wie zufrieden die Leute mit einem Online-Dienst sind",
    en="see how pleased people are with an online service",
    example=("P3", "P3"),
    reads=True,
    there=any_live,
    words=(
        "wie zufrieden",
        "zufrieden sind",
        "was meinen die Leute",
        "was sagen Einwohner",
        "säge d Iwohner",
        "wie kommt an",
        "how pleased",
        "how satisfied",
        "what do people think",
        "what do residents say",
        "Durchschnitt",
        "average",
    ),
    offer=("Sehen, wie ein Online-Dienst ankommt", "See what people think of an online service"),
)
def show(ctx: Context, process: ProcessNamed) -> FeedbackShown:
    """What is said of the process as it is live now. Refuses: NotFound, NotLive."""
    found, stage = live(ctx, process)
    inside = groups.is_in(ctx, process, ctx.me.user_id) or ctx.me.role >= Role.COORDINATOR
    imported = imports.find_latest(ctx.tx, process, stage) if inside else None
    return heard(
        ctx,
        FeedbackShown,
        found,
        stage,
        staff=tuple(stored.list_comments(ctx.tx, process, stage, limit=COMMENTS)) if inside else (),
        residents=tuple(imported.comments[:COMMENTS]) if imported is not None else (),
        earlier=voices(ctx, process, "frontend") if stage == "backend" else None,
    )
