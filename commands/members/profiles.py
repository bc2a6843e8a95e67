"""What people say about themselves, and how they want to be talked to."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from commands import calendars
from commands.dates import WEEKDAYS
from commands.framework import (
    PERSON,
    THINGS,
    UNDO_WITHIN,
    Audience,
    Context,
    LeadTimes,
    MemberRef,
    MunicipalityRef,
    NotAMember,
    NotFound,
    Place,
    Refused,
    Reply,
    Role,
    Short,
    StaysAsItIs,
    Texts,
    YesNo,
    action,
    choices,
    command,
    named,
    personal,
    suggested,
)
from commands.framework.arguments import nothing_to_change
from commands.framework.telling import DIGEST_AT, Since, next_digest, told
from commands.members import returning
from commands.members.model import AboutMember, dismiss, last_day, roles_of, show_anew
from commands.notices import replan
from commands.words import means_nothing, normal
from storage import events, members, notices
from storage.members import Member

TO_EDIT: Final = named("profile edit")
OFFERED: Final = 7  # words of others
LOOKED_AT: Final = 500  # members, the newest, for those words

Language = Annotated[
    str,
    choices(
        {"de": "de", "en": "en"},
        also={"deutsch": "de", "german": "de", "englisch": "en", "english": "en"},
        labels={"de": ("Deutsch", "German"), "en": ("Englisch", "English")},
    ),
]
_ITS_TIME: Final = re.compile(
    rf"(?:jeden |jede woche |immer |am |every |weekly |wochentlich |on )*(?P<day>{'|'.join(WEEKDAYS)})s?\.?"
    r"(?:,? ?(?:um|at)? ?(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))?(?: ?uhr| ?h)?)?"
)


def _its_time(raw: Any) -> Any:
    """`Mo 8:00`, `freitags um 16 Uhr`: minutes since Monday 0:00; anything else stays as it was typed."""
    found = _ITS_TIME.fullmatch(normal(raw)) if isinstance(raw, str) else None
    if found is None or (found["hour"] is None and WEEKDAYS[found["day"]] == 0):
        return raw
    hour = int(found["hour"]) if found["hour"] is not None else DIGEST_AT // 60
    return (WEEKDAYS[found["day"]] * 24 + hour) * 60 + int(found["minute"] or 0)


Digest = Annotated[
    str | int,
    choices(
        {"wöchentlich": "weekly", "aus": "off"},
        also={
            **dict.fromkeys(("ein", "on", "an", "ja", "yes", "woche", "jede woche", "montag"), "weekly"),
            **dict.fromkeys(("nein", "no", "nie", "never", "keiner", "keine", "nicht"), "off"),
        },
        labels={"weekly": ("ja, am Montag", "yes, on Monday"), "off": ("nein", "no")},
    ),
    BeforeValidator(_its_time),
    Place("line"),
]
PREFERENCES = {
    "language",
    "reminders",
    "digest",
    "digest_at",
    "public",
    "calendar_files",
}  # no card shows them


class ProfileShown(AboutMember):
    """A member's profile; the `own` one with all that is set."""

    own: bool
    leads: tuple[timedelta, ...]
    completed: tuple[str, ...] = ()  # trainings
    until: date | None = None  # the last day of their break
    calendar: str = "files"  # how their dates come into their calendar: files, subscription, both

    @property
    def audience(self) -> Audience:
        return PERSON if self.own else super().audience

    def outside(self) -> Reply | None:
        return None if self.own else super().outside()


class ProfileChanged(AboutMember):
    """The profile is as the person wants it now; `dropped`: of their lists, what is there no more.

    `named`: whether they are named on public pages, where that was said.
    """

    dropped: tuple[str, ...] = ()
    named: bool | None = None


class Goodbye(AboutMember):
    """The person has left."""


class MemberGone(AboutMember):
    """For the coordinators: a member has left."""


class PreferencesSet(AboutMember):
    """The bot talks to this member in this way from now on."""

    leads: tuple[timedelta, ...]


@command(
    "profil zeige",
    "profile show",
    "mitglied zeige",
    "member show",
    role=Role.KNOWN,
    de="Ihr Profil oder das einer anderen Person",
    en="your profile, or somebody else's",
    example=("", ""),
    reads=True,
    words=("wer ist", "who is", "mein Profil", "my profile", "über mich"),
    offer=("Ein Profil zeigen", "Show a profile"),
)
def show(ctx: Context, member: MemberRef | None = None) -> Reply:
    """One's own profile in the direct chat; of others, in rooms, not more than the name."""
    if member is not None and member != ctx.me.user_id:
        return _other(ctx, member)
    own = mine(ctx)
    return ProfileShown(
        own,
        roles_of(ctx.tx, own),
        full=True,
        own=True,
        leads=_leads(ctx, own),
        completed=_completed(ctx, own.user_id),
        until=last_day(ctx, own),
        calendar=calendars.way_of(ctx, own),
    )


def _completed(ctx: Context, user_id: str) -> tuple[str, ...]:
    """The trainings that the person has completed."""
    letter = THINGS["training"].letter
    return tuple(f"{letter}{one.id} {one.title}" for one in events.list_completed(ctx.tx, user_id))


def _other(ctx: Context, user_id: str) -> ProfileShown:
    if ctx.me.role < Role.PI:
        raise Refused(NotAMember(state=ctx.me.member.state if ctx.me.member else None))
    found = members.find(ctx.tx, user_id)
    if found is None or (found.state not in ("active", "paused") and ctx.me.role < Role.COORDINATOR):
        raise Refused(NotFound(ref=user_id))
    done = _completed(ctx, user_id)
    roles = roles_of(ctx.tx, found)
    until = last_day(ctx, found)
    return ProfileShown(found, roles, ctx.where.private, own=False, leads=(), completed=done, until=until)


@command(
    "profil ändern",
    "profile edit",
    role=Role.KNOWN,
    de="Ihre Angaben ändern",
    en="change what your profile says",
    example=("funktion: Bauverwaltung", "function: Building department"),
    words=(
        "kann jetzt auch",
        "Funktion geändert",
        "meine Funktion",
        "neu Funktion",
        "Beruf",
        "befördert",
        "heisse neu",
        "moved",
        "kenne mich aus",
        "Kenntnisse",
        "Fähigkeiten",
        "skills",
        "Profil ändern",
        "change my profile",
        "edit profile",
        "Angaben ändern",
        "Angaben stimmen nicht",
        "Stelle gewechselt",
        "neue Abteilung",
        "Fachgebiet",
        "interessiere mich",
        "Profil anpassen",
        "Abteilung",
        "I know",
        "mein Wissen",
        "arbeite",
        "gewechselt",
        "Gemeinde gewechselt",
        "neue Funktion",
        "Wissen",
        "Wissen ergänzen",
        "know how",
        "knowhow",
        "Interessen",
        "update",
        "umgezogen",
        "neue Stelle",
        "changed jobs",
    ),
    offer=("Meine Angaben ändern", "Change my profile"),
    asks=("knowhow", "interests"),
)
def edit(
    ctx: Context,
    *,
    municipality: MunicipalityRef | None = None,
    function: Short | None = None,
    knowhow: Texts = (),
    interests: Texts = (),
    public: YesNo | None = None,
) -> ProfileChanged:
    """The profile says what was given; the rest is as it was. Lists: `+x` adds, `-x` takes out, a dash empties.

    `öffentlich: ja`: the name stands with one's ideas on the pages that everybody can read.
    Refuses: NothingToChange.
    """
    given: dict[str, Any] = {"municipality": municipality, "function": function}
    named = public == "yes" if public is not None else None
    given["public"] = named
    before = mine(ctx)
    for name, texts in (("knowhow", knowhow), ("interests", interests)):
        given[name] = _listed(getattr(before, name), texts) if texts else None
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise nothing_to_change(ctx)
    member = _change(ctx, **changes)
    lists = ("knowhow", "interests")
    dropped = [one for name in lists for one in getattr(before, name) if one not in getattr(member, name)]
    roles = roles_of(ctx.tx, member)
    return ProfileChanged(member, roles, ctx.where.private, dropped=tuple(dropped), named=named)


@suggested("knowhow")
def what_others_know(ctx: Context) -> list[str]:
    """The words by which most others say what they know."""
    return _commonest(ctx, "knowhow")


@suggested("interests")
def what_interests_others(ctx: Context) -> list[str]:
    """The words by which most others say what interests them."""
    return _commonest(ctx, "interests")


def _commonest(ctx: Context, field: str) -> list[str]:
    said = members.list_words(ctx.tx, field, limit=LOOKED_AT)
    spelt = {normal(word): word for word, _ in reversed(Counter(sorted(said)).most_common())}
    own = {normal(word) for word in getattr(ctx.me.member, field, ())}
    counted = Counter(normal(word) for word in said if normal(word) not in own)
    return [spelt[word] for word, _ in counted.most_common(OFFERED)]


def _listed(before: list[str], typed: tuple[str, ...]) -> list[str]:
    """The list as it is to be: `+x` adds, `-x` takes out, a plain list replaces it, a dash alone empties it."""
    if len(typed) == 1 and means_nothing(typed[0]):
        return []
    signs = "+-–−"
    if not any(one[0] in signs for one in typed):
        return list(typed)
    found, adds = list(before), True
    for one in typed:
        adds = one[0] == "+" if one[0] in signs else adds
        word = one.lstrip(signs).strip()
        there = next((known for known in found if normal(known) == normal(word)), None)
        if adds and there is None and word:
            found.append(word)
        elif not adds and there is not None:
            found.remove(there)
    return found


@command(
    "profil verlassen",
    "profile leave",
    role=Role.KNOWN,
    de="die Public Innovators verlassen",
    en="leave the Public Innovators",
    example=("", ""),
    words=(
        "aus der Gemeinschaft",
        "Gemeinschaft verlassen",
        "community",
        "nehmen Sie mich raus",
        "nicht mehr mitwirken",
        "kein Public Innovator mehr",
        "steige aus",
        "nicht mehr dabei",
        "nicht mehr PI",
        "mich abmelden",
        "leave for good",
        "höre auf",
        "nicht mehr Public Innovator",
        "no longer Public Innovator",
        "aufhören",
        "ganz austreten",
        "austreten",
        "quit",
        "nicht mehr mitmachen",
        "leave community",
        "Public Innovators verlassen",
        "ganz aussteigen",
    ),
    offer=("Die Public Innovators verlassen", "Leave the Public Innovators"),
    sure=True,
)
def leave(ctx: Context) -> Goodbye:
    """The member has left, the seats are free, and the coordinators know.

    Refuses: LastCoordinator.
    """
    member = mine(ctx)
    before = returning.kept(ctx, member.user_id)
    dismiss(ctx, member.user_id)
    if member.state != "pending":
        state = {"state": member.state}
        ctx.tell("coordination", "member gone", before=state, after=UNDO_WITHIN, user=member.user_id)
    ctx.undo(stay, before=before)
    ctx.outside.offers[-1] = replace(ctx.outside.offers[-1], role=Role.ANYONE)  # who has left has no other
    return Goodbye(_find(ctx), (), ctx.where.private)


@action
def stay(ctx: Context, before: dict[str, Any]) -> ProfileChanged:
    """The person is back, with all that nobody else has taken meanwhile; nobody was told."""
    returning.bring_back(ctx, ctx.me.user_id, before)
    member = mine(ctx)
    return ProfileChanged(member, roles_of(ctx.tx, member), ctx.where.private)


@told("member gone")
def gone(ctx: Context, since: Since, user: str) -> MemberGone | None:  # noqa: ARG001
    """Somebody has left the community."""
    member = members.find(ctx.tx, user)
    return MemberGone(member, (), full=True) if member is not None and member.state == "left" else None


@command(
    "profil sprache",
    "profile language",
    role=Role.KNOWN,
    de="die Sprache im Direktchat",
    en="the language in the direct chat",
    example=("de", "en"),
    direct=True,
    words=("Englisch", "Deutsch", "English", "German", "sprechen", "Sprache", "speak", "switch language"),
    offer=("Die Sprache wechseln", "Change the language"),
)
def set_language(ctx: Context, language: Language) -> PreferencesSet:
    ctx.me = replace(ctx.me, language=language)
    calendars.touch(ctx, ctx.me.user_id)
    return _prefer(ctx, language=language)


@command(
    "profil erinnerung",
    "profile reminder",
    "profil erinnerungen",
    role=Role.KNOWN,
    de="wann Sie erinnert werden",
    en="when you are reminded",
    example=("1 Woche, 1 Tag, 1 Stunde", "1 week, 1 day, 1 hour"),
    direct=True,
    words=(
        "weniger Erinnerungen",
        "mehr Erinnerungen",
        "fewer reminders",
        "wann erinnert",
        "erinnert",
        "erinnern",
        "Erinnerung",
        "keine Erinnerungen",
        "keine Erinnerung",
        "nicht erinnern",
        "nicht erinnert",
        "no reminders",
        "no reminder",
        "remind",
        "remind me",
        "früher erinnert",
    ),
    offer=("Bestimmen, wann ich erinnert werde", "Choose when I am reminded"),
)
def set_reminders(ctx: Context, leads: LeadTimes) -> PreferencesSet:
    """Reminders come these spans ahead, or not at all."""
    set_to = _prefer(ctx, reminders=[int(lead.total_seconds()) for lead in leads])
    replan(ctx, ctx.me.user_id)
    return set_to


@command(
    "profil digest",
    "profile digest",
    role=Role.KNOWN,
    de="den Wochenüberblick ein- oder ausschalten, oder sagen, wann er kommt",
    en="switch the weekly digest on or off, or say when it comes",
    example=("Mo 8:00", "Mon 8:00"),
    direct=True,
    words=(
        "Wochenmails",
        "keine Wochenmails",
        "Newsletter",
        "Wochenüberblick",
        "keinen Wochenüberblick",
        "kein Wochenüberblick",
        "nicht Wochenüberblick",
        "no weekly",
        "no digest",
        "Zusammenfassung",
        "summary",
        "weekly",
        "Wochenmail",
        "wöchentlich",
    ),
    offer=("Den Wochenüberblick ein- oder ausschalten", "Switch the weekly digest on or off"),
)
def set_digest(ctx: Context, digest: Digest) -> PreferencesSet:
    """It comes on Monday at 8, at the day and hour that was said, or not at all."""
    at = digest if isinstance(digest, int) else None
    set_to = _prefer(ctx, digest=digest != "off", digest_at=at)
    _put_off_digest(ctx)
    return set_to


def _put_off_digest(ctx: Context) -> None:
    """What waits for the asker's digest is told at its new time."""
    user = ctx.me.user_id
    notices.put_off(ctx.tx, user, digest=True, due_at=next_digest(ctx, user))


@action
def restore(ctx: Context, before: dict[str, Any], after: dict[str, Any]) -> ProfileChanged:
    """All that a command changed is as it was before.

    Refuses: StaysAsItIs, where it was changed again since.
    """
    member = mine(ctx)
    if any(getattr(member, name) != value for name, value in after.items()):
        raise Refused(StaysAsItIs(instead=TO_EDIT()))
    member = write(ctx, **before)
    if "reminders" in before:
        replan(ctx, member.user_id)
    if "digest_at" in before:
        _put_off_digest(ctx)
    return ProfileChanged(member, roles_of(ctx.tx, member), ctx.where.private)


def forget(ctx: Context, user_id: str) -> None:
    members.remove(ctx.tx, user_id)


@personal("profile", erase=forget)
def export(ctx: Context, user_id: str) -> dict[str, Any]:
    member = members.find(ctx.tx, user_id)
    if member is None:
        return {}
    return {
        "name": member.name,
        "state": member.state,
        "municipality": member.municipality,
        "function": member.function,
        "knowhow": member.knowhow,
        "interests": member.interests,
        "language": member.language,
        "reminders_seconds": member.reminders,
        "digest": member.digest,
        "digest_minutes_since_monday": member.digest_at,
        "named_on_public_pages": member.public,
        "calendar_files_beside_subscription": member.calendar_files,
        "joined_at": member.joined_at.isoformat() if member.joined_at else None,
        "changed_at": member.changed_at.isoformat(),
        "back_at": member.back_at.isoformat() if member.back_at else None,
        "paused_at": member.paused_at.isoformat() if member.paused_at else None,
    }


def _prefer(ctx: Context, **preference: Any) -> PreferencesSet:
    member = _change(ctx, **preference)
    return PreferencesSet(member, roles_of(ctx.tx, member), full=True, leads=_leads(ctx, member))


def _change(ctx: Context, **values: Any) -> Member:
    """The member after this change, which can be taken back."""
    member = mine(ctx)
    before = {name: getattr(member, name) for name in values}
    ctx.undo(restore, before=before, after=values)
    return write(ctx, **values)


def write(ctx: Context, **values: Any) -> Member:
    members.change(ctx.tx, ctx.me.user_id, **values, changed_at=ctx.now)
    if values.keys() - PREFERENCES:
        show_anew(ctx, ctx.me.user_id)
    return mine(ctx)


def mine(ctx: Context) -> Member:
    """The asker's row as it is now. Refuses: NotAMember."""
    member = members.find(ctx.tx, ctx.me.user_id)
    if member is None or member.state == "left":
        raise Refused(NotAMember(state=member.state if member is not None else None))
    return member


def _find(ctx: Context) -> Member:
    member = members.find(ctx.tx, ctx.me.user_id)
    assert member is not None
    return member


def _leads(ctx: Context, member: Member) -> tuple[timedelta, ...]:
    """How long ahead the member is reminded."""
    own = member.reminders
    return ctx.settings.reminders if own is None else tuple(timedelta(seconds=seconds) for seconds in own)
