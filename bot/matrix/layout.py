"""How the community's rooms shall be: names, who gets in, and who may do what there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.config.keys import Configuration
from bot.core.rooms import BORN_ENCRYPTED, MARKER, power_of
from bot.encryption.account import MEGOLM
from commands.framework.context import Settings

OPEN: Final = ("space", "news", "ideas", "agenda")  # joinable by the users of the allowed servers
COORDINATOR, MODERATOR = 100, 50  # power levels
NEEDED: Final = 50  # to invite, to write state, to remove a message
TEXTS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "de": {
        "space": (
            "Public Innovators",
            "Wo die Public Innovators der Baselbieter Gemeinden zusammenarbeiten.",
        ),
        "news": ("Neuigkeiten", "Was sich tut. Kommentare bitte im Thread der jeweiligen Neuigkeit."),
        "ideas": ("Ideen", "Ideen einreichen mit !idee neu, abstimmen mit 👍 und 👎, diskutieren im Thread."),
        "agenda": ("Agenda", "Anlässe, Kurse und Meilensteine. Anmelden mit ✅."),
        "moderation": ("Moderation", "Für die Moderation: Entwürfe, Feeds und Entscheide zu Ideen."),
        "coordination": (
            "Koordination",
            "Für die Koordination: Anmeldungen, Gruppen und Meldungen des Bots.",
        ),
    },
    "en": {
        "space": ("Public Innovators", "Where the Public Innovators of the municipalities work together."),
        "news": ("News", "What is going on. Please comment in the thread of the news item."),
        "ideas": ("Ideas", "Submit ideas with !idea new, vote with 👍 and 👎, discuss in the thread."),
        "agenda": ("Agenda", "Events, trainings and milestones. Sign up with ✅."),
        "moderation": ("Moderation", "For moderators: drafts, feeds and decisions on ideas."),
        "coordination": ("Coordination", "For coordinators: registrations, groups and messages of the bot."),
    },
}


def is_encrypted(configuration: Configuration, purpose: str) -> bool:
    """Is the room of this purpose made encrypted? The space never is: nothing is said there."""
    if configuration.encryption == "off" or purpose == "space":
        return False
    return configuration.encrypt_rooms or purpose not in OPEN


def encrypted(wanted: dict[str, Any]) -> dict[str, Any]:
    """The request that makes the same room, encrypted from its beginning."""
    state = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": MEGOLM}}
    return wanted | {
        "creation_content": wanted["creation_content"] | {BORN_ENCRYPTED: True},
        "initial_state": [*wanted.get("initial_state", []), state],
    }


def marker(purpose: str) -> str:
    """What `m.room.create` says the room was made for."""
    return f"room {purpose}"


def creation(
    configuration: Configuration, purpose: str, alias: str, *, space: str | None = None
) -> dict[str, Any]:
    """The request that makes the room, in the space if that has an id already.

    Without `m.federate: false`, which could never be changed; the list of allowed servers can, with the
    configuration.
    """
    name, topic = TEXTS[configuration.language][purpose]
    first: list[dict[str, Any]] = [
        {"type": kind, "content": content} for kind, content in state(configuration, purpose).items()
    ]
    if space is not None:
        first.append({"type": "m.space.parent", "state_key": space, "content": parent(configuration)})
    wanted = {
        "room_alias_name": alias[1:].partition(":")[0],
        "name": name,
        "topic": topic.replace("!", configuration.prefix),
        "preset": "public_chat" if purpose in OPEN else "private_chat",
        "visibility": "private",  # a homeserver allows its directory to administrators only
        "creation_content": {MARKER: marker(purpose)} | ({"type": "m.space"} if purpose == "space" else {}),
        "initial_state": first,
        "power_level_content_override": {"events_default": 100, "invite": 50}
        if purpose == "space"
        else {"invite": 50},
    }
    return encrypted(wanted) if is_encrypted(configuration, purpose) else wanted


def thing_creation(
    settings: Settings, purpose: str, *, name: str, topic: str, space: str | None
) -> dict[str, Any]:
    """The request that makes the room of a thing, such as `group 3`: closed, and in the community's space.

    Its purpose is its mark. Who leads there is told once it exists: in a room of version 12 its maker stands above
    all levels and must not be named among them, in an older one he must be.
    """
    server = settings.bot.partition(":")[2]
    first = [
        {"type": kind, "content": content}
        for kind, content in _rules("invite", server, settings.allowed_servers).items()
    ]
    if space is not None:
        parent = {"via": [server], "canonical": True}
        first.append({"type": "m.space.parent", "state_key": space, "content": parent})
    return {
        "name": name,
        "topic": topic,
        "preset": "private_chat",
        "visibility": "private",
        "creation_content": {MARKER: purpose},
        "initial_state": first,
        "power_level_content_override": {"invite": NEEDED},
    }


def parent(configuration: Configuration) -> dict[str, Any]:
    """The event with which a room names the space it belongs to."""
    return {"via": [configuration.server], "canonical": True}


def state(configuration: Configuration, purpose: str) -> dict[str, dict[str, Any]]:
    """The state that the room shall have, by type."""
    rule = "public" if purpose in OPEN else "invite"
    return _rules(rule, configuration.server, configuration.allowed_servers)


def _rules(join_rule: str, server: str, allowed: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The rules for getting in, and for reading what was before."""
    return {
        "m.room.join_rules": {"join_rule": join_rule},
        "m.room.guest_access": {"guest_access": "forbidden"},
        "m.room.history_visibility": {"history_visibility": "shared"},
        "m.room.server_acl": _servers(server, allowed),
    }


def _servers(server: str, others: Iterable[str]) -> dict[str, Any]:
    """«Public» means the users of these servers: others can't join, nor be let in."""
    allowed = sorted({_host(s) for s in (server, *others)})
    return {"allow": allowed, "deny": [], "allow_ip_literals": any(_is_address(host) for host in allowed)}


def _host(server: str) -> str:
    """The name without port, as server lists compare it."""
    return re.sub(r":[0-9]+$", "", server)


def _is_address(host: str) -> bool:
    return host.startswith("[") or re.fullmatch(r"[0-9.]+", host) is not None


def power(configuration: Configuration, now: Mapping[str, Any], create: Mapping[str, Any]) -> dict[str, Any]:
    """The room's power levels, raised where they must be; never lowered, so that people's own settings stay.

    `create` is the room's creation event.
    """
    version = str(create["content"].get("room_version", "1"))
    founders = creators(create)
    users: dict[str, Any] = dict(now.get("users", {}))
    wanted = [(user, COORDINATOR) for user in configuration.coordinators]
    wanted += [(user, MODERATOR) for user in configuration.moderators]
    for user, level in wanted:
        if power_of({**now, "users": users}, founders, version, user) < level:
            users[user] = level
    return {**now, "users": users}


def given(now: Mapping[str, Any], create: Mapping[str, Any], levels: Mapping[str, int]) -> dict[str, Any]:
    """The room's power levels with these for these people; 0 is what everybody has. Other settings stay.

    Who made the room keeps what that gives.
    """
    users: dict[str, Any] = dict(now.get("users", {}))
    for user, level in levels.items():
        if user in creators(create):
            continue
        if level:
            users[user] = level
        else:
            users.pop(user, None)
    return {**now, "users": users}


def creators(create: Mapping[str, Any]) -> tuple[str, ...]:
    """The people who stand above all levels, in rooms where creators do."""
    more = create["content"].get("additional_creators") or ()
    return (str(create["sender"]), *(str(user) for user in more))


def bot_power(configuration: Configuration, now: Mapping[str, Any], create: Mapping[str, Any]) -> int:
    return power_in(now, create, configuration.user_id)


def power_in(now: Mapping[str, Any], create: Mapping[str, Any], user: str) -> int:
    """The person's power level in the room, by its power levels and its creation."""
    version = str(create["content"].get("room_version", "1"))
    return power_of(now, creators(create), version, user)


def needed(now: Mapping[str, Any], right: str) -> int:
    """The power level that this takes: `invite`, `kick`, a message's type, or a state event's."""
    events = now.get("events")
    own = events.get(right) if isinstance(events, dict) else None
    match right:
        case "invite":
            level = now.get("invite", 0)
        case "kick":
            level = now.get("kick", 50)
        case "m.room.message" | "m.room.encrypted":
            level = own if own is not None else now.get("events_default", 0)
        case _:
            level = own if own is not None else now.get("state_default", 50)
    return level if isinstance(level, int) else 0


def invited(configuration: Configuration, purpose: str) -> tuple[str, ...]:
    """The people of the configuration are invited to the closed rooms, and to the space, which lists the others.

    Not to all six: Synapse allows five invitations of a person at once, and then one in five minutes.
    """
    if purpose in OPEN and purpose != "space":
        return ()
    more = () if purpose == "coordination" else configuration.moderators
    return tuple(dict.fromkeys((*configuration.coordinators, *more)))


def unanswered(purpose: str, name: str, error: Exception) -> str:
    """The line about a room that can't be had although the homeserver answers: whoever has it does not."""
    server = name.partition(":")[2] or "its server"
    return f"{name}: {server} does not answer ({error}): look at `rooms.{purpose}`"
