"""What is stored about a person, for that person: read as a file, and erased.

Each feature says what it stores, with `@personal`; here is what the bot's own tables hold. Erasure takes the
person out of rows and keeps the rows, where without them something would be done twice or a vote be lost.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Any, Final

from commands import general
from commands.framework import (
    DEPARTURES,
    PERSON,
    PERSONAL,
    About,
    Audience,
    Context,
    Failure,
    FileReply,
    Line,
    Machine,
    Refused,
    Reply,
    Role,
    command,
    job,
    personal,
)
from commands.members.model import fit_rooms, keep_a_coordinator
from storage import acts, devices, dialogues, fetches, key_erasure, members, polls, privacy, rooms, told
from storage import audit as stored_audit

CONFIRM_WITHIN: Final = timedelta(minutes=10)
ERASE: Final = ("datenschutz löschen", "privacy erase")
_MATRIX_ID: Final = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.:-]*[A-Za-z0-9]")
LAST: Final = "profile"  # erased after all the rest, which may look at it


class PersonalData(FileReply):
    """All that is stored about a person, as JSON."""

    name: str
    text: str
    rows: int

    def file(self) -> tuple[str, str, bytes]:
        return self.name, "application/json", self.text.encode()

    def machine(self) -> Machine:
        return {"type": "file", "of": "privacy", "format": "json", "rows": self.rows}


class ConfirmErasure(Reply):
    """The consequences of erasing, and the exact text that does it."""

    text: str

    @property
    def audience(self) -> Audience:
        return PERSON

    def machine(self) -> Machine:
        return {"type": "confirm", "confirm": self.text}


class Erased(Reply):
    """Nothing is stored about the person any more but what the law of counting needs, without a name."""

    user_id: str

    @property
    def audience(self) -> Audience:
        return PERSON

    @property
    def about(self) -> About:
        return "member", self.user_id

    def machine(self) -> Machine:
        return {"type": "member", "state": "left"}


class InConfiguration(Failure):
    """The configuration names the person, who would be back at the next start."""


class NotConfirmed(Failure):
    """A text that confirms nothing, or no longer does."""


@command(
    "datenschutz auskunft",
    "privacy export",
    role=Role.ANYONE,
    de="alles, was über Sie gespeichert ist",
    en="all that is stored about you",
    example=("", ""),
    direct=True,
    reads=True,
    words=(
        "Daten über mich",
        "alle Daten über mich",
        "send my data",
        "Kopie meiner Daten",
        "Daten sehen",
        "see my data",
        "was ist gespeichert",
        "Datenauskunft",
        "gespeichert",
        "über mich",
        "know about me",
        "Auskunft",
        "my data",
        "welche Daten",
        "meine Daten",
    ),
    offer=("Sehen, was über mich gespeichert ist", "See what is stored about me"),
)
def export(ctx: Context) -> PersonalData:
    """A file of all that is stored about the asker, by feature."""
    user = ctx.me.user_id
    found = {name: about.export(ctx, user) for name, about in sorted(PERSONAL.items())}
    rows = sum(len(part) if isinstance(part, list) else bool(part) for part in found.values())
    head = {"user_id": user, "made_at": ctx.now.astimezone(ctx.settings.zone).isoformat(timespec="seconds")}
    text = json.dumps(head | found, ensure_ascii=False, indent=2) + "\n"
    return PersonalData("datenauskunft.json" if ctx.me.language == "de" else "personal-data.json", text, rows)


@command(
    *ERASE,
    role=Role.ANYONE,
    de="Ihre Daten löschen, nach einer Rückfrage",
    en="erase your data, after a question",
    example=("", ""),
    direct=True,
    words=(
        "alles von mir gelöscht",
        "gelöscht wird",
        "mich löschen",
        "forget me",
        "löscht alles",
        "alles löschen",
        "lösche alles",
        "alle Daten löschen",
        "meine Daten löschen",
        "alles über mich löschen",
        "delete everything",
        "delete my data",
        "erase",
        "vergessen",
        "remove my data",
        "Konto löschen",
        "delete my account",
    ),
    offer=("Meine Daten löschen", "Erase my data"),
)
def erase(ctx: Context, confirmation: Line = "") -> Reply:
    """Asks for the shown text within ten minutes; with it, the person is out of the store.

    Refuses: NotConfirmed, LastCoordinator, InConfiguration.
    """
    user = ctx.me.user_id
    if user in (*ctx.settings.coordinators, *ctx.settings.moderators):
        raise Refused(InConfiguration())
    keep_a_coordinator(ctx, user)
    if not confirmation:
        name = ERASE[0 if ctx.me.language == "de" else 1]
        return ConfirmErasure(f"{ctx.settings.prefix}{name} {_code(ctx.event_id)}")
    since = ctx.now - CONFIRM_WITHIN
    asked = privacy.list_asked(ctx.tx, user_id=user, command=ERASE[1], since=since)
    if confirmation.casefold() not in map(_code, asked):
        raise Refused(NotConfirmed())
    forget(ctx, user)
    ctx.erased = True
    return Erased(user)


def forget(ctx: Context, user_id: str) -> None:
    """The person is out of the community and out of the store."""
    ctx.outside.forgotten = who = privacy.person(ctx.tx, user_id, _direct_rooms(ctx, user_id))
    member = members.find(ctx.tx, user_id)
    if member is not None and member.state in ("active", "paused"):
        for follow in DEPARTURES.values():
            follow(ctx, user_id)
    for name in sorted(PERSONAL, key=lambda name: (name == LAST, name)):
        PERSONAL[name].erase(ctx, user_id)
    privacy.forget_mentions(ctx.tx, who)
    fit_rooms(ctx, user_id)


@job("erasures", every=timedelta(seconds=10))
def overwrite(ctx: Context) -> None:
    """An unsent message that named an erased person leaves nothing behind either."""
    privacy.overwrite(ctx.tx)


def _code(event_id: str) -> str:
    """Six letters and figures that belong to this very question."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:6]


def _direct_rooms(ctx: Context, user_id: str) -> list[str]:
    """Where the bot writes to this person alone."""
    found = {user_id, rooms.direct_room(ctx.tx, user_id), ctx.where.room_id if ctx.where.direct else None}
    return [room for room in found if room]


# --- what the bot's own tables hold


def _forget_keys(ctx: Context, user_id: str) -> None:
    """All that was known of the person's devices, and what opens their messages."""
    key_erasure.erase(ctx.tx, user_id)
    told.erase(ctx.tx, user_id)


@personal("keys", erase=_forget_keys)
def _keys(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"device": device.device_id, "confirmed": device.signed}
        for device in devices.of_users(ctx.tx, [user_id])
    ]


@personal("notices", erase=lambda ctx, user_id: privacy.forget_notices(ctx.tx, user_id))
def _notices(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"at": n.at.isoformat(), "topic": n.topic, "about": n.about, "before": n.before}
        for n in privacy.list_notices(ctx.tx, user_id)
    ]


@personal("reactions", erase=lambda ctx, user_id: privacy.forget_taps(ctx.tx, user_id))
def _reactions(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [{"on": f"{t.kind} {t.number}", "key": t.key} for t in privacy.list_taps(ctx.tx, user_id)]


@personal("polls", erase=lambda ctx, user_id: polls.erase(ctx.tx, user_id))
def _polls(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"at": r.said_at.isoformat(), "on": f"{r.kind} {r.number}", "chosen": r.chosen}
        for r in polls.list_of(ctx.tx, user_id)
    ]


@personal("offers", erase=lambda ctx, user_id: privacy.forget_offers(ctx.tx, user_id))
def _offers(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"at": o.made_at.isoformat(), "key": o.key, "data": o.data}
        for o in privacy.list_offers(ctx.tx, user_id)
    ]


@personal("questions", erase=lambda ctx, user_id: dialogues.erase(ctx.tx, user_id))
def _dialogues(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {
            "at": d.said_at.isoformat(),
            "command": d.command,
            "answers": {name: text for name, text, _ in d.given},
        }
        for d in dialogues.list_of(ctx.tx, user_id)
    ]


@personal("commands", erase=lambda ctx, user_id: privacy.forget_handled(ctx.tx, user_id))
def _commands(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"at": h.origin_at.isoformat(), "room": h.room_id, "event": h.event_id, "command": h.command}
        for h in privacy.list_handled(ctx.tx, user_id)
    ]


@personal("files", erase=lambda ctx, user_id: fetches.erase(ctx.tx, user_id))
def _files(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    """The commands that wait for the file they came with."""
    return [
        {"at": f.wanted_at.isoformat(), "command": f.command, "text": f.message["text"]}
        for f in fetches.list_of(ctx.tx, user_id)
    ]


@personal("rooms", erase=lambda ctx, user_id: privacy.forget_occupied(ctx.tx, user_id))
def _rooms(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    """The person's name in each room, but for the direct chat."""
    return [
        {"room": o.room_id, "membership": o.membership, "name": o.display_name}
        for o in privacy.list_occupied(ctx.tx, user_id)
        if o.display_name != user_id and o.room_id not in _direct_rooms(ctx, user_id)
    ]


def _move_cards(ctx: Context, user_id: str) -> None:
    privacy.forget_cards(ctx.tx, user_id, rooms.direct_room(ctx.tx, user_id))


@personal("messages", erase=_move_cards)  # what they say is forgotten last: see `Context.forgotten`
def _messages(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [
        {"at": row.created_at.isoformat(), "text": row.content.get("body", "")}
        for row in privacy.list_sent(ctx.tx, _direct_rooms(ctx, user_id))
    ]


@personal("messages to others", erase=lambda _ctx, _user_id: None)  # likewise
def _told(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    """All that was said about the person elsewhere; without its text where others are named in it too."""
    return [
        {"at": row.created_at.isoformat(), "room": row.room}
        | ({"text": row.content.get("body", "")} if _ids(row.content) == {user_id} else {})
        for row in privacy.list_sent_about(ctx.tx, user_id, but=_direct_rooms(ctx, user_id))
    ]


@personal("acts", erase=lambda ctx, user_id: acts.forget(ctx.tx, user_id))
def _acts(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    return [{"thing": t, "part": p, "at": at.isoformat()} for t, p, at in acts.list_of(ctx.tx, user_id)]


def _ids(content: Any) -> set[str]:
    return set(_MATRIX_ID.findall(json.dumps(content)))


@personal("decisions", erase=lambda _ctx, _user_id: None)  # see `commands.general.audit`
def _decisions(ctx: Context, user_id: str) -> list[dict[str, Any]]:
    """All that was decided about the person."""
    return [general.entry(e) for e in stored_audit.list_about(ctx.tx, user_id)]
