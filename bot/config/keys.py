"""The configuration: which keys there are, and what each may be.

`config.example.yaml` explains the keys to people, `bot.config.file` reads them from file and environment.
Plain pydantic and not its settings package: that one knows neither the lines of a file nor what came from the
environment, and what people are told about a wrong key needs both. Light to import, so that it is told soon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from urllib.parse import parse_qsl, unquote
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bot.config.municipalities import EXPECTED, TableError
from bot.config.municipalities import read as read_municipalities
from commands.dates import read_duration, read_lead_times

if TYPE_CHECKING:
    from commands.framework.context import Settings

PURPOSES: Final = {  # of rooms, with the name their alias begins with
    "space": "pi",
    "news": "pi-news",
    "ideas": "pi-ideen",
    "agenda": "pi-agenda",
    "moderation": "pi-moderation",
    "coordination": "pi-koordination",
}
SHIPPED: Final = Path(__file__).parent  # `data/gemeinden_bl.csv` is here for those who have none of their own
MAX_PORT: Final = 65_535
ADDRESS: Final = "an address such as https://matrix.example.ch"
SERVER: Final = 'the name of a server, such as "example.ch"'
MATRIX_ID: Final = 'a Matrix id in quotes, such as "@pibot:example.ch"'
ROOM: Final = 'an alias or a room id in quotes, such as "#pi:example.ch"'


_POSTGRESQL: Final = re.compile(
    r"postgresql(\+psycopg)?://([^:@/?#\s]+(:[^:@/?#\s]*)?@)?(\[[0-9a-fA-F:.]+\]|[^:@/?#\s\[\]]*)"
    r"(:(?P<port>\d{1,5}))?/[^/?@#\s]+(\?\S*)?"
)


class ListenError(Exception):
    """The port can't be had, as another program has it; the text names the key."""


def expected(what: str) -> PydanticCustomError:
    """The error of a value that can't be used; `what` completes «expected …»."""
    return PydanticCustomError("expected", "{what}", {"what": what})


def _matching(pattern: str, what: str) -> BeforeValidator:
    def check(raw: Any) -> Any:
        if not isinstance(raw, str) or not re.fullmatch(pattern, raw):
            raise expected(what)
        return raw

    return BeforeValidator(check)


def _homeserver(raw: Any) -> Any:
    """The address below which /_matrix begins."""
    found = re.fullmatch(r"https?://(\[[0-9a-fA-F:.]+\]|[^\s/?#:@\[\]]+)(:(\d{1,5}))?(/[^\s?#]*)?", str(raw))
    if found is None or int(found[3] or 1) not in range(1, MAX_PORT + 1):
        if "@" in str(raw):
            raise expected(f"{ADDRESS}, without user and password")
        raise expected(f"{ADDRESS}, or with a port, such as http://127.0.0.1:8008")
    if "/_matrix" in (found[4] or ""):
        raise expected(f"{ADDRESS}, without /_matrix and what follows")
    return str(raw).rstrip("/")


def _span(raw: Any) -> Any:
    try:
        return read_duration(raw)
    except (ValueError, TypeError, AttributeError):
        raise expected("a time such as 7d, 12h or 90min") from None


def _spans(raw: Any) -> Any:
    if raw is False or raw in (None, "", []):  # YAML reads a bare `off` as false
        return ()
    try:
        return read_lead_times(", ".join(raw) if isinstance(raw, list) else raw.strip(" []"))
    except (ValueError, TypeError, AttributeError):
        raise expected("times such as [7d, 1d, 1h], or off") from None


def _words(raw: Any) -> Any:
    """A list, also as the environment has it: `a, b` or `["a", "b"]`."""
    if isinstance(raw, str):
        return [word for part in raw.strip(" []").split(",") if (word := part.strip(" \"'"))]
    return [] if raw is None else raw


def _prefix(raw: Any) -> Any:
    if not isinstance(raw, str) or not re.fullmatch(r"[^\w\s@<&]{1,3}", raw):
        raise expected('one to three signs in quotes, such as "!"')
    if raw.startswith("/"):
        raise expected(
            'one to three signs in quotes, such as "!"; clients keep what begins with / for themselves'
        )
    return raw


def _zone(raw: Any) -> Any:
    try:
        return ZoneInfo(raw)
    except (ValueError, TypeError, OSError, KeyError):
        raise expected("a time zone such as Europe/Zurich") from None


def _encryption(raw: Any) -> Any:
    """YAML reads a bare `on` as true."""
    return ("on" if raw else "off") if isinstance(raw, bool) else raw


def _number(raw: Any) -> Any:
    """YAML reads a bare `yes` as true, which is 1 to Python."""
    if isinstance(raw, bool):
        raise expected("a whole number")
    return raw


def _yes_or_no(raw: Any) -> Any:
    """Also as the environment has it."""
    found = {"true": True, "false": False}.get(str(raw).casefold())
    if found is None:
        raise expected("true or false")
    return found


def _listener(raw: Any) -> Any:
    """Where health and metrics are answered: empty, or a loopback address with a port."""
    if not raw:
        return ""
    host, _, port = str(raw).rpartition(":")
    if (
        host not in ("127.0.0.1", "localhost", "[::1]")
        or not (port.isascii() and port.isdigit())
        or int(port) > MAX_PORT
    ):
        raise expected("a loopback address with a port, such as 127.0.0.1:8081, or nothing")
    return str(raw)


def _any_listener(raw: Any) -> Any:
    """Where the pages are answered: empty, or an address of this machine with a port."""
    if not raw:
        return ""
    found = re.fullmatch(r"(localhost|\[[0-9a-fA-F:.]+\]|[0-9.]+):([0-9]{1,5})", str(raw))
    if found is None or int(found[2]) > MAX_PORT or not _is_host(found[1]):
        raise expected("an address of this machine with a port, such as 127.0.0.1:8082, or nothing")
    return str(raw)


def _is_host(host: str) -> bool:
    try:
        return host == "localhost" or bool(ip_address(host.strip("[]")))
    except ValueError:
        return False


def _public_url(raw: Any) -> Any:
    """The address under which people outside reach the pages; it may have a path."""
    if not raw:
        return ""
    found = re.fullmatch(
        r"https?://(\[[0-9a-fA-F:.]+\]|[^\s/?#:@\[\]\"'<>&]+)(:\d{1,5})?(/[\w./~-]*)?", str(raw)
    )
    if found is None or int((found[2] or ":1")[1:]) not in range(1, MAX_PORT + 1):
        raise expected("an address such as https://pi.example.ch, or nothing")
    return str(raw).rstrip("/")


def _mail(raw: Any) -> Any:
    if not raw:
        return ""
    if re.fullmatch(r"[\w.+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", str(raw), re.ASCII) is None:
        raise expected("an e-mail address such as info@example.ch, or nothing")
    return str(raw)


def _network(raw: Any) -> Any:
    try:
        return ip_network(str(raw))
    except ValueError:
        raise expected("addresses of proxies such as [127.0.0.1]") from None


def usable_path(raw: Any, folder: Path) -> Path:
    """The path as a configuration in this folder means it. Raises: ValueError, where there can be none like it."""
    if not isinstance(raw, str) or not raw or min(raw.encode()) < ord(" "):
        raise ValueError(raw)
    try:
        return folder / Path(raw).expanduser()
    except RuntimeError as error:  # the home of nobody
        raise ValueError(raw) from error


def _path(raw: Any, info: ValidationInfo) -> Any:
    """Relative paths are relative to the configuration file."""
    try:
        return usable_path(raw, _folder(info))
    except ValueError:
        raise expected("a path") from None


def _optional_path(raw: Any, info: ValidationInfo) -> Any:
    return None if raw is None else _path(raw, info)


def _database(raw: Any, info: ValidationInfo) -> Any:
    """SQLite: what follows `sqlite:///` is a path as it is. PostgreSQL: an address whose parts are percent-encoded."""
    if isinstance(raw, str) and re.match(r"postgresql(\+psycopg)?://", raw):
        found = _POSTGRESQL.fullmatch(raw)
        if found is None or int(found["port"] or 1) not in range(1, MAX_PORT + 1):
            raise expected(
                "postgresql://user@host:5432/name; in a password, write @ as %40, : as %3A, / as %2F, ? as %3F"
            )
        return raw
    path = raw.removeprefix("sqlite:///") if isinstance(raw, str) and raw.startswith("sqlite:///") else ""
    if path == ":memory:":
        raise expected(
            "a file, such as sqlite:///data/pibot.sqlite3: what is in memory only is gone at the stop"
        )
    try:
        return f"sqlite:///{usable_path('' if path.endswith('/') else path, _folder(info))}"
    except ValueError:
        raise expected("sqlite:///path/to/file or postgresql://user@host/name") from None


def passwords_in(database: str) -> tuple[str, ...]:
    """The passwords in the address of a database, wherever they stand in it."""
    if database.startswith("sqlite:"):
        return ()
    from storage.engine.address import SECRETS  # noqa: PLC0415 - loads SQLAlchemy, which a wrong key needs not wait for

    head, _, query = database.partition("?")
    at_host = head.partition("://")[2].rpartition("@")[0].partition(":")[2]
    named = [value for key, value in parse_qsl(query) if key in ("password", *SECRETS)]
    return tuple(filter(None, (unquote(at_host), *named)))


def _municipalities(raw: Any, info: ValidationInfo) -> Any:
    raw = raw or "data/gemeinden_bl.csv"
    for path in (_path(raw, info), SHIPPED / raw):
        try:
            if path.is_file():
                read_municipalities(path)
                return path
        except TableError as error:
            raise expected(str(error)) from None
        except OSError as error:  # a name that is too long, say
            raise expected(f"{EXPECTED}: {(error.strerror or '').lower()}") from None
    raise expected(EXPECTED)


def _folder(info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder.absolute()


_SERVER: Final = r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?"
Homeserver = Annotated[str, BeforeValidator(_homeserver)]
ServerName = Annotated[str, _matching(_SERVER, SERVER)]
UserId = Annotated[str, _matching(rf"@[!-9;-~]+:{_SERVER}", MATRIX_ID)]
RoomName = Annotated[str, _matching(rf"(#[^:\s]+:{_SERVER}|!\S+)?", ROOM)]
Number = Annotated[int, BeforeValidator(_number)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
UserIds = Annotated[tuple[UserId, ...], BeforeValidator(_words)]
Networks = Annotated[
    tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)], ...], BeforeValidator(_words)
]
ServerNames = Annotated[tuple[ServerName, ...], BeforeValidator(_words)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class Rooms(Section):
    """Alias or id of the room of each purpose; empty where the community has none."""

    space: RoomName = ""
    news: RoomName = ""
    ideas: RoomName = ""
    agenda: RoomName = ""
    moderation: RoomName = ""
    coordination: RoomName = ""

    def named(self) -> dict[str, str]:
        """Purpose to alias or id, of the rooms there shall be."""
        return {purpose: room for purpose in PURPOSES if (room := getattr(self, purpose))}


class Groups(Section):
    """The numbers of those who sit in a process's group, and how many in a review."""

    size: Number = Field(default=7, ge=1, le=500)
    review_min: Number = Field(default=8, ge=1, le=500)
    review_max: Number = Field(default=12, ge=1, le=500)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.review_min > self.review_max:
            raise expected("a review_min that is not above review_max")
        return self


class Limits(Section):
    commands_per_minute: Number = Field(default=30, ge=1, le=100_000)


class Feeds(Section):
    """How often feeds are looked at, and whether they may be in networks that others can't reach."""

    every: Span = "30min"  # type: ignore[assignment]
    allow_private: Annotated[bool, BeforeValidator(_yes_or_no)] = False


class Web(Section):
    """Pages, feeds, calendars and open data for people outside; none where `listen` is empty."""

    listen: Annotated[str, BeforeValidator(_any_listener)] = ""
    public_url: Annotated[str, BeforeValidator(_public_url)] = ""  # without it, that of `listen`
    registration: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    licence: str = ""  # of the open data
    contact: Annotated[str, BeforeValidator(_mail)] = ""  # whom people outside can write to
    proxies: Networks = ()  # whose X-Forwarded-For is believed

    @property
    def address(self) -> str:
        """Below which the pages are, without a slash at its end."""
        return self.public_url or (f"http://{self.listen}" if self.listen else "")


class Http(Section):
    listen: Annotated[str, BeforeValidator(_listener)] = ""


class Configuration(Section):
    """All that is configured. Paths are absolute, secrets are read from their files."""

    homeserver: Homeserver
    user_id: UserId
    password: SecretStr | None = None
    access_token: SecretStr | None = None
    device_id: str | None = None
    database: Annotated[str, BeforeValidator(_database)] = "sqlite:///data/pibot.sqlite3"
    data_dir: Annotated[Path, BeforeValidator(_path)] = "data"  # type: ignore[assignment]
    language: Literal["de", "en"] = "de"
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = "Europe/Zurich"  # type: ignore[assignment]
    prefix: Annotated[str, BeforeValidator(_prefix)] = "!"
    coordinators: UserIds = ()
    moderators: UserIds = ()
    allowed_servers: ServerNames = ()  # the bot's own where none are named
    rooms: Rooms = Rooms()
    encryption: Annotated[Literal["on", "off"], BeforeValidator(_encryption)] = "on"
    encryption_devices: Literal["signed", "all"] = "signed"
    encrypt_rooms: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    pickle_key_file: Annotated[Path | None, BeforeValidator(_optional_path)] = None
    reminders: Annotated[tuple[timedelta, ...], BeforeValidator(_spans)] = "7d, 1d, 1h"  # type: ignore[assignment]
    groups: Groups = Groups()
    evaluation: Span = "90d"  # type: ignore[assignment]
    catch_up: Span = "7d"  # type: ignore[assignment]
    limits: Limits = Limits()
    feeds: Feeds = Feeds()
    municipalities: Annotated[Path, BeforeValidator(_municipalities)] = ""  # type: ignore[assignment]
    http: Http = Http()
    web: Web = Web()

    @model_validator(mode="before")
    @classmethod
    def _for_this_server(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """Servers and rooms that are not named are those of the bot's homeserver."""
        server = str(raw.get("user_id", "")).partition(":")[2]
        given = raw.get("rooms") or {}
        if not server or not isinstance(given, Mapping):
            return raw
        aliases = {purpose: f"#{name}:{server}" for purpose, name in PURPOSES.items()}
        return {"allowed_servers": [server]} | raw | {"rooms": aliases | dict(given)}

    @field_validator("rooms")
    @classmethod
    def _a_room_each(cls, rooms: Rooms) -> Rooms:
        purposes: dict[str, str] = {}
        for purpose, name in rooms.named().items():
            if (other := purposes.setdefault(name, purpose)) != purpose:
                raise expected(f"a room each; {name} is that of {other} and of {purpose}")
        return rooms

    @property
    def server(self) -> str:
        """The name of the bot's homeserver, as in its Matrix id."""
        return self.user_id.partition(":")[2]

    @property
    def session_file(self) -> Path:
        return self.data_dir / "session.json"

    @property
    def pickle_key(self) -> Path:
        """The file with the key that encrypts all others."""
        return self.pickle_key_file or self.data_dir / "pickle.key"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must be in no log and no error."""
        found = [secret.get_secret_value() for secret in (self.password, self.access_token) if secret]
        return (*found, *passwords_in(self.database))

    def settings(self, *, version: str = "0", started_at: datetime | None = None) -> Settings:
        """The part that features see."""
        from commands.framework.context import Settings  # noqa: PLC0415 - brings in SQL, which a wrong key need not wait for

        return Settings(
            bot=self.user_id,
            language=self.language,
            zone=self.timezone,
            prefix=self.prefix,
            coordinators=self.coordinators,
            moderators=self.moderators,
            allowed_servers=self.allowed_servers,
            commands_per_minute=self.limits.commands_per_minute,
            catch_up=self.catch_up,
            reminders=self.reminders,
            group_size=self.groups.size,
            group_review_max=self.groups.review_max,
            evaluation=self.evaluation,
            feeds_every=self.feeds.every,
            web=self.web.public_url if self.web.listen else "",
            encrypts=self.encryption == "on",
            only_signed=self.encryption_devices == "signed",
            version=version,
            started_at=started_at,
        )
