"""The audit log: every change by a role above PI, with who, when, what, and the event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from commands.framework import (
    COMMANDS,
    COORDINATION,
    Audience,
    Context,
    Found,
    Line,
    Machine,
    MemberRef,
    Page,
    PastDay,
    Role,
    command,
    personal,
)
from commands.framework.paging import A_PAGE, ListPage, require_page, rows_before
from commands.framework.recording import MATRIX_ID
from commands.words import key_of
from storage import audit, members, privacy
from storage.audit import Entry, Filter

COUNTED: Final = 1000  # what is older is found by a filter


@dataclass(frozen=True)
class Row:
    """An entry, with the name of who did it."""

    entry: Entry
    name: str
    people: tuple[str, ...] = ()  # the names of those whom a reaction was about

    @property
    def key(self) -> str | None:
        """The reaction, where it was one."""
        last = self.entry.command.rpartition(" ")[2]
        return None if last.isascii() else last

    @property
    def thing(self) -> str:
        """The kind of card that was tapped, or the command that was taken back."""
        return self.entry.command.rpartition(" ")[0]

    def typed(self, language: str) -> str:
        """The command as it may have been typed, without prefix."""
        known = COMMANDS.get(self.thing if self.key else self.entry.command)
        called = known.called(language) if known else self.entry.command
        return f"{called} {self.entry.text}".strip()


class Log(ListPage):
    """A page of the audit log, newest first."""

    rows: tuple[Row, ...]
    cut: bool  # there are more than can be paged through

    @property
    def audience(self) -> Audience:
        return COORDINATION

    def machine(self) -> Machine:
        refs = [row.entry.ref for row in self.rows]
        return self.listed("audit", refs)


@command(
    "protokoll",
    "audit",
    role=Role.COORDINATOR,
    de="wer was wann geändert hat",
    en="who changed what, and when",
    example=("I12", "I12"),
    direct=True,
    coordination=True,
    reads=True,
    words=(
        "wer hat das gemacht",
        "Protokoll der Änderungen",
        "Änderungsprotokoll",
        "wer hat geändert",
        "who changed",
        "wer hat gelöscht",
        "nachvollziehen",
        "Verlauf",
        "log",
    ),
    offer=("Sehen, wer was geändert hat", "See who changed what"),
)
def show(
    ctx: Context,
    ref: Annotated[Line, Found("thing")] = "",
    *,
    who: MemberRef | None = None,
    since: PastDay | None = None,
    until: PastDay | None = None,
    page: Page = 1,
) -> Log:
    """All that was changed, newest first; days count whole, in the configured time zone."""
    which = Filter(
        people=_called(ctx, ref),
        actor=who,
        ref=(ref.upper() if ref[1:].isdigit() else ref) or None,
        since=since.start if since else None,
        until=_end(until.end or until.start, whole_day=until.whole_day) if until else None,
    )
    total = audit.count(ctx.tx, which, most=COUNTED)
    require_page(ctx, page, total)
    found = audit.list_newest(ctx.tx, which, offset=rows_before(page), limit=A_PAGE)
    names = {actor: _name(ctx, actor) for actor in {entry.actor for entry in found}}
    about = audit.people_of(ctx.tx, [entry.id for entry in found])
    rows = tuple(
        Row(entry, names[entry.actor], tuple(_name(ctx, user) for user in about.get(entry.id, ())))
        for entry in found
    )
    return Log(rows, cut=total == COUNTED, page=page, total=total)


def _called(ctx: Context, typed: str) -> tuple[str, ...]:
    """All of this name or Matrix id, also who was removed."""
    if MATRIX_ID.fullmatch(typed):
        return (typed,)
    return tuple(members.list_called(ctx.tx, key_of(typed))) if key_of(typed) else ()


def _end(last: datetime, *, whole_day: bool) -> datetime:
    """The first moment that no longer counts; wall time, so that a day of 23 or 25 hours is one day."""
    return last + timedelta(days=1) if whole_day else last + timedelta(minutes=1)


def _name(ctx: Context, actor: str) -> str:
    member = members.find(ctx.tx, actor)
    return member.name if member else actor


def forget(ctx: Context, user_id: str) -> None:
    """All that the person did stays in the log, under a pseudonym that nothing leads back from."""
    who = privacy.person(ctx.tx, user_id)
    pseudonym = f"erased-{ctx.number('pseudonym')}"
    words = {word for name in who.names for word in key_of(name).split()}

    def typed(text: str, about: bool) -> str:
        """Where the entry is about the person, a part of the name was enough, in whatever spelling."""
        text = who.without(text, who.names, pseudonym)
        if not about:
            return text
        return " ".join(pseudonym if key_of(word) in words else word for word in text.split())

    audit.rename(ctx.tx, actor=user_id, pseudonym=pseudonym, names=who.names, typed=typed)


@personal("audit", erase=forget)
def export(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    """All that the person changed by a role."""
    return [entry(e) for e in audit.list_of(ctx.tx, user_id)]


def entry(e: Entry) -> Machine:
    return {"at": e.at.isoformat(), "command": e.command, "ref": e.ref, "text": e.text}
