"""The one meeting that most people ask for: when and where their next one is."""

from __future__ import annotations

from commands.framework import PERSON, Audience, Context, Machine, Reply, Role, command
from commands.meetings.model import AboutMeeting
from commands.meetings.schedule import around, sitting
from storage import meetings as stored


class NextMeeting(AboutMeeting):
    """When and where the asker's next meeting is, and what they have answered."""

    @property
    def audience(self) -> Audience:
        return PERSON

    def outside(self) -> None:
        return None


class NoMeetingToCome(Reply):
    """Nothing is planned to which the asker is invited."""

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "list", "of": "meeting", "refs": [], "page": 1, "pages": 1, "total": 0}


def invited(ctx: Context) -> bool:
    """There is a meeting to come to which the asker is invited."""
    return bool(stored.list_coming_of(ctx.tx, ctx.me.user_id, at=ctx.now))


@command(
    "sitzung nächste",
    "meeting next",
    role=Role.PI,
    pausing=True,
    de="wann und wo Ihre nächste Sitzung ist",
    en="when and where your next meeting is",
    example=("", ""),
    reads=True,
    words=(
        "wann sehen wir uns",
        "sehen wir uns wieder",
        "zusammenkommen",
        "wo nächste Sitzung",
        "treffen wir",
        "nächste Treffen",
        "when next",
        "wann Sitzung",
        "wann treffen wir uns",
        "nächstes Mal",
        "nächste Sitzung",
        "next meeting",
        "when meeting",
        "when meet",
        "Uhr Sitzung",
    ),
    offer=("Wann und wo meine nächste Sitzung ist", "When and where my next meeting is"),
)
def show_next(ctx: Context) -> NextMeeting | NoMeetingToCome:
    """The next planned meeting to which the asker is invited, whatever they have answered."""
    coming = stored.list_coming_of(ctx.tx, ctx.me.user_id, at=ctx.now)
    if not coming:
        return NoMeetingToCome()
    found = around(ctx, coming[0].id, whole=False)
    return NextMeeting(sitting(ctx, found, coming[0].id), found.answer(coming[0].id, ctx.me.user_id))
