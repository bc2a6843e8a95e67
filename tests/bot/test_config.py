"""The configuration says in one line what is wrong, where, and what is expected."""

import logging
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.config.file import KEYS, VARIABLES, ConfigurationError, is_container_secret, load

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
LEAST = """\
homeserver: https://matrix.example.ch/
user_id: "@pibot:example.ch"
password: geheim geheim
"""
NOTHING: dict[str, str] = {}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(tmp_path / "config.yaml", LEAST)


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def wrong(path: Path, environment: dict[str, str] | None = None) -> str:
    """The one line about what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        load(path, environment or NOTHING)
    [line] = caught.value.lines
    assert "\n" not in line
    return line


def test_three_keys_are_enough(config: Path) -> None:
    found = load(config, NOTHING)
    assert found.homeserver == "https://matrix.example.ch"
    assert found.password is not None
    assert found.password.get_secret_value() == "geheim geheim"
    assert found.database == f"sqlite:///{config.parent}/data/pibot.sqlite3"
    assert found.data_dir == config.parent / "data"
    assert found.timezone == ZoneInfo("Europe/Zurich")
    assert found.rooms.news == "#pi-news:example.ch"
    assert found.allowed_servers == ("example.ch",)
    assert (found.encryption, found.encryption_devices, found.encrypt_rooms) == ("on", "signed", False)
    assert found.settings().encrypts
    assert found.municipalities.is_file()
    assert "geheim" not in repr(found)
    assert found.secrets == ("geheim geheim",)


def test_the_example_is_complete_and_says_what_holds_without_it(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for key in KEYS:
        assert re.search(rf"^\s*(# )?{key[-1]}:", text, re.MULTILINE), key
    write(tmp_path / "password.txt", "geheim geheim\n")
    example = load(write(tmp_path / "config.yaml", text, 0o644), NOTHING)
    assert example == load(write(tmp_path / "least.yaml", LEAST), NOTHING)


def test_the_settings_of_features_are_those_configured(config: Path) -> None:
    write(
        config,
        LEAST
        + "language: en\nreminders: [2d, 90min]\ngroups: {size: 5}\n"
        + 'coordinators: ["@k:b"]\nevaluation: 30d\n',
    )
    settings = load(config, NOTHING).settings(version="1.2")
    assert (settings.bot, settings.language, settings.version) == ("@pibot:example.ch", "en", "1.2")
    assert settings.reminders == (timedelta(days=2), timedelta(minutes=90))
    assert (settings.group_size, settings.group_review_max, settings.coordinators) == (5, 12, ("@k:b",))
    assert (settings.evaluation, settings.catch_up) == (timedelta(days=30), timedelta(days=7))


@pytest.mark.parametrize(
    ("web", "address"),
    [
        ("", ""),
        ("web: {listen: 127.0.0.1:8082}\n", ""),
        ("web: {public_url: https://pi.example.ch}\n", ""),
        ("web: {listen: 127.0.0.1:8082, public_url: https://pi.example.ch/}\n", "https://pi.example.ch"),
    ],
)
def test_features_name_addresses_that_people_outside_reach(config: Path, web: str, address: str) -> None:
    write(config, LEAST + web)
    assert load(config, NOTHING).settings().web == address


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hoemserver: x", "unknown key hoemserver; the nearest known key is homeserver"),
        ("commands_per_minute: 5", "the nearest known key is limits.commands_per_minute"),
        ("rooms: {spaec: x}", "unknown key rooms.spaec; the nearest known key is rooms.space"),
        ("xyzzy: 1", "unknown key xyzzy; config.example.yaml has all there are"),
        ("password: again", "password is there twice; expected once"),
        ("groups: {size: seven}", "groups.size: expected a whole number"),
        ("groups: {size: 0}", "groups.size: expected at least 1"),
        ("groups: {review_min: 13}", "groups: expected a review_min that is not above review_max"),
        ("groups: 7", "groups: expected keys with values below it"),
        ("limits: {commands_per_minute: 1000000}", "limits.commands_per_minute: expected at most 100000"),
        ("language: fr", "language: expected 'de' or 'en'"),
        ("timezone: Basel", "timezone: expected a time zone such as Europe/Zurich"),
        ("evaluation: 90", "evaluation: expected a time such as 7d, 12h or 90min"),
        ("catch_up: bald", "catch_up: expected a time such as 7d, 12h or 90min"),
        ("reminders: [7d, gestern]", "reminders: expected times such as [7d, 1d, 1h], or off"),
        ('prefix: "pi"', 'prefix: expected one to three signs in quotes, such as "!"'),
        ("coordinators: [kora]", "coordinators, number 1: expected a Matrix id in quotes, such as"),
        ("rooms: {news: #pi}", "no valid YAML"),
        ("rooms:\n  news: #pi:example.ch", "rooms.news: expected an alias or a room id in quotes, such"),
        ("database: mysql://x/y", "database: expected sqlite:///path/to/file or postgresql://user@host/name"),
        ("database: sqlite:///", "database: expected sqlite:///path/to/file or postgresql://user@host/name"),
        ('database: "sqlite:///:memory:"', "database: expected a file"),
        *(
            (f'database: "postgresql{rest}"', "database: expected postgresql://user@host:5432/name; in a pass")
            for rest in (
                "://bot:p@PG@127.0.0.1/db",
                "://bot:p/PG@127.0.0.1/db",
                "://bot:p?PG@127.0.0.1/db",
                "://bot:p:PG@127.0.0.1/db",
                "+psycopg://bot:p@h:abc/db",
                "://h:99999/db",
                "://h:0/db",
                "://h",
                "://h/",
            )
        ),
        ("encryption: perhaps", "encryption: expected 'on' or 'off'"),
        ("encryption_devices: some", "encryption_devices: expected 'signed' or 'all'"),
        ("encrypt_rooms: news", "encrypt_rooms: expected true or false"),
        ("encrypt_rooms: 1", "encrypt_rooms: expected true or false"),
        ("pickle_key_file: []", "pickle_key_file: expected a path"),
        ("http: {listen: 0.0.0.0:8081}", "http.listen: expected a loopback address with a port, such as"),
        ("municipalities: none.csv", "municipalities: expected a file with the columns"),
        ('prefix: "/"', 'prefix: expected one to three signs in quotes, such as "!"; clients keep what begins'),
        *(
            (f'allowed_servers: ["{name}"]', "allowed_servers, number 1: expected the name of a server, such as")
            for name in ("https://example.ch", "@a:b", "*", "example.ch/", "a b", "")
        ),
        *(
            (f'coordinators: ["{name}"]', "coordinators, number 1: expected a Matrix id")
            for name in ("@ü:example.ch", "@a:exämple.ch", "@a:b:c", "@a:https://b")
        ),
        ('rooms: {news: "#a:b", ideas: "#a:b"}', "rooms: expected a room each; #a:b is that of news and of ideas"),
        ('rooms: {news: "#a:b c"}', "rooms.news: expected an alias or a room id"),
        ("access_token: t", "access_token: expected either a password or an access token, not both"),
        ("groups: {size: yes}", "groups.size: expected a whole number"),
        *(
            (f"rooms:\n  news: {value}", "rooms.news: no valid YAML; expected quotes around what begins with !")
            for value in ("!abc:example.ch", "2026-02-30", "!!int x", "!!bool x", "9" * 5_000)
        ),
        ('data_dir: "a\\0b"', "data_dir: expected a path"),
        ('data_dir: "\\ud800"', "data_dir: expected a path"),
        ("data_dir: ~nobody-is-called-so/x", "data_dir: expected a path"),
        ("pickle_key_file: ~nobody-is-called-so/x", "pickle_key_file: expected a path"),
        ('database: "sqlite:///~nobody-is-called-so/x"', "database: expected sqlite:///path/to/file"),
        (f"municipalities: {'x' * 5_000}", "municipalities: expected a file with the columns"),
        ("prefix: !", 'prefix: expected one to three signs in quotes, such as "!"'),
        ("user: @pibot", "no valid YAML; expected `key: value`, with quotes where it begins"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_told_with_its_line(config: Path, line: str, expected: str) -> None:
    write(config, f"{LEAST}{line}\n")
    told = wrong(config)
    assert expected in told
    assert re.match(rf"{re.escape(str(config))}, line [45]: ", told)


@pytest.mark.parametrize("value", ["off", '"off"', "false"])
def test_yaml_s_off_is_off(config: Path, value: str) -> None:
    found = load(write(config, f"{LEAST}encryption: {value}\nreminders: {value}\n"), NOTHING)
    assert (found.encryption, found.reminders) == ("off", ())


@pytest.mark.parametrize("value", ["on", '"on"', "true"])
def test_yaml_s_on_is_on(config: Path, value: str) -> None:
    assert load(write(config, f"{LEAST}encryption: {value}\n"), NOTHING).encryption == "on"


@pytest.mark.parametrize(("written", "value"), [("true", True), ("True", True), ("false", False)])
def test_yes_and_no_come_from_the_environment_too(config: Path, written: str, *, value: bool) -> None:
    assert load(config, {"PIBOT_ENCRYPT_ROOMS": written}).encrypt_rooms is value


@pytest.mark.parametrize("key", ["homeserver", "user_id"])
def test_what_is_needed_is_told(config: Path, key: str) -> None:
    write(config, re.sub(rf"^{key}.*\n", "", LEAST, flags=re.MULTILINE))
    assert f"{config}: {key} is missing; expected a" in wrong(config)


def test_every_wrong_key_has_its_line(config: Path) -> None:
    write(config, f"{LEAST}language: fr\nprefix: pi\n")
    with pytest.raises(ConfigurationError) as caught:
        load(config, NOTHING)
    assert [line.split(": ")[1] for line in caught.value.lines] == ["language", "prefix"]


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    assert "there is no such file; `pi-bot init` makes one" in wrong(tmp_path / "none.yaml")
    assert "can't be read" in wrong(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("# für".encode("latin-1"))
    assert "expected text in UTF-8" in wrong(tmp_path / "latin.yaml")
    assert "the file: expected keys with values below it" in wrong(write(tmp_path / "list.yaml", "- a\n"))
    deep = write(tmp_path / "deep.yaml", f"reminders: {'[' * 5_000}\n")
    assert "no valid YAML; expected `key: value`" in wrong(deep)
    with pytest.raises(ConfigurationError) as caught:
        load(write(tmp_path / "empty.yaml", "# nothing yet\n"), NOTHING)
    keys = ("homeserver is missing", "user_id is missing", "password: missing")
    assert [key in line for key, line in zip(keys, caught.value.lines, strict=True)] == [True] * len(keys)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        *((f"https://h/{path}", "without /_matrix and what") for path in ("_matrix", "_matrix/client", "a/_matrix")),
        *((f"http://{name}@h", "without user and password") for name in ("user:hunter2", "user")),
        *((f"http://127.0.0.1:{port}", "or with a port, such as") for port in ("99999", "0", "abc", "")),
        ("matrix.example.ch", "expected an address such as https://matrix.example.ch"),
        ("ftp://h", "expected an address such as https://matrix.example.ch"),
        ("https://h/?x", "expected an address such as https://matrix.example.ch"),
    ],
)  # fmt: skip
def test_an_address_that_can_be_none_is_told_with_its_key(config: Path, address: str, expected: str) -> None:
    write(config, LEAST.replace("https://matrix.example.ch/", f'"{address}"'))
    told = wrong(config)
    assert told.startswith(f"{config}, line 1: homeserver: expected an address")
    assert expected in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "address", ["http://[::1]:8008", "https://h:443", "https://h/sub/path/", "http://localhost"]
)
def test_an_address_may_have_port_and_path(config: Path, address: str) -> None:
    write(config, LEAST.replace("https://matrix.example.ch/", f'"{address}"'))
    assert load(config, NOTHING).homeserver == address.rstrip("/")


# --- the environment


def test_any_way_to_log_in_is_stronger_than_those_of_the_file(config: Path) -> None:
    found = load(config, {"PIBOT_ACCESS_TOKEN": "syt_geheim"})
    assert (found.password, found.secrets) == (None, ("syt_geheim",))
    both = {"PIBOT_ACCESS_TOKEN": "syt_geheim", "PIBOT_PASSWORD": "geheim"}
    assert "PIBOT_ACCESS_TOKEN: access_token: expected either" in wrong(config, both)


def test_the_environment_is_stronger_key_by_key(config: Path) -> None:
    write(config, f'{LEAST}groups: {{size: 5, review_max: 20}}\nrooms: {{news: "!a"}}\n')
    found = load(
        config,
        {
            "PIBOT_GROUPS__SIZE": "6",
            "PIBOT_ROOMS__IDEAS": "!b",
            "PIBOT_COORDINATORS": "@a:b, @c:d",
            "PIBOT_MODERATORS": '["@e:f"]',
            "PIBOT_REMINDERS": "2h",
            "PIBOT_CATCH_UP": "2d",
            "PIBOT_DATABASE": "postgresql://pibot:geheim2@db/pibot",
        },
    )
    assert (found.groups.size, found.groups.review_max) == (6, 20)
    assert (found.rooms.news, found.rooms.ideas) == ("!a", "!b")
    assert (found.coordinators, found.moderators) == (("@a:b", "@c:d"), ("@e:f",))
    assert (found.reminders, found.catch_up) == ((timedelta(hours=2),), timedelta(days=2))
    assert found.secrets == ("geheim geheim", "geheim2")


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    values = {
        "PIBOT_HOMESERVER": "http://127.0.0.1:8008",
        "PIBOT_USER_ID": "@pibot:localhost",
        "PIBOT_PASSWORD": "geheim",
    }
    assert load(None, values).data_dir == tmp_path / "data"
    with pytest.raises(ConfigurationError, match="no such file"):
        load(None, NOTHING)


def test_without_a_file_variables_that_do_not_say_who_are_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container's image sets some: it is the file that is missing, and told so."""
    monkeypatch.chdir(tmp_path)
    for given in (
        {},
        {"PIBOT_HTTP__LISTEN": "127.0.0.1:8081"},
        {"PIBOT_LANGUAGE": "en", "PIBOT_ENCRYPTION": "off"},
    ):
        with pytest.raises(ConfigurationError) as told:
            load(environment=given)
        assert told.value.lines == (
            "config.yaml: there is no such file; `pi-bot init` makes one, -c names another",
        )


def test_a_wrong_variable_is_told_by_its_name(config: Path) -> None:
    assert (
        wrong(config, {"PIBOT_GROUPS__SIZE": "x"})
        == "PIBOT_GROUPS__SIZE: groups.size: expected a whole number"
    )


def test_an_unknown_variable_is_a_warning(config: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        load(config, {"PIBOT_HOMESERVR": "x", "HOME": "/", "PIBOT_ROOMS__SPAEC": "!x"})
    assert caplog.messages == [
        "unknown variable PIBOT_HOMESERVR; the nearest known is PIBOT_HOMESERVER",
        "unknown variable PIBOT_ROOMS__SPAEC; the nearest known is PIBOT_ROOMS__SPACE",
    ]


def test_every_key_has_its_variable() -> None:
    assert {
        "PIBOT_PASSWORD_FILE",
        "PIBOT_LIMITS__COMMANDS_PER_MINUTE",
        "PIBOT_HTTP__LISTEN",
    } <= VARIABLES.keys()
    documented = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert {key[0] for key in VARIABLES.values()} >= documented.keys()


# --- secrets


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    write(tmp_path / "token", "syt_geheim\n")
    text = LEAST.replace("password: geheim geheim", "access_token_file: token")
    found = load(write(tmp_path / "config.yaml", text, 0o644), NOTHING)
    assert found.secrets == ("syt_geheim",)


@pytest.mark.parametrize(
    ("mode", "content", "expected"),
    [
        (0o644, "geheim", "others can't read"),
        (0o600, "\n", "expected a secret in it"),
        (None, "", "can't be read: No such file"),
    ],
)
def test_a_file_of_a_secret_that_can_t_be_used_is_told(
    tmp_path: Path, mode: int | None, content: str, expected: str
) -> None:
    if mode is not None:
        write(tmp_path / "secret", content, mode)
    config = write(
        tmp_path / "config.yaml", LEAST.replace("password: geheim geheim", "password_file: secret")
    )
    told = wrong(config)
    assert told.startswith(f"{config}, line 3: password_file {tmp_path}/secret: ")
    assert expected in told


def test_a_configuration_with_a_secret_is_not_for_others(config: Path) -> None:
    config.chmod(0o644)
    assert "chmod o=" in wrong(config)
    config.chmod(0o640)  # a service's group may
    load(config, NOTHING)
    for address in (
        "postgresql://pibot:geheim@db/pibot",
        "postgresql://pibot@db/pibot?password=geheim",
        "postgresql://pibot@/pibot?host=db&sslpassword=geheim",
    ):
        write(config, LEAST.replace("password: geheim geheim", f"database: {address}"), 0o644)
        assert "chmod o=" in wrong(config, {"PIBOT_PASSWORD": "geheim"})


def test_both_forms_of_a_secret_are_one_too_many(tmp_path: Path) -> None:
    write(tmp_path / "secret", "aus der Datei")
    config = write(tmp_path / "config.yaml", f"{LEAST}password_file: secret\n")
    assert "password_file: expected either password or password_file, not both" in wrong(config)
    write(config, LEAST)
    found = load(
        config, {"PIBOT_PASSWORD_FILE": "secret"}
    )  # the environment's form is stronger than the file's
    assert found.secrets == ("aus der Datei",)
    write(config, LEAST.replace("password: geheim geheim", "password_file: secret"))
    assert load(config, {"PIBOT_PASSWORD": "geheim"}).secrets == ("geheim",)


def test_without_any_credentials_one_is_told(config: Path) -> None:
    write(config, LEAST.replace("password: geheim geheim", "password:"))
    assert (
        wrong(config)
        == "password: missing; expected password, password_file, access_token or access_token_file"
    )


def test_what_is_wrong_never_shows_a_secret(config: Path) -> None:
    write(config, LEAST + "database: mysql://pibot:hunter2@db/x\npasswort: hunter2\n")
    assert "hunter2" not in wrong(config)


def test_passwords_in_the_address_are_kept_out_of_logs(config: Path) -> None:
    for address, secrets in (
        ("postgresql://u:ge%40heim@h:5432/db", ("ge@heim",)),
        ("postgresql://u@h/db?password=geheim2&sslmode=require", ("geheim2",)),
        ("postgresql+psycopg://u:eins@[::1]/db?sslpassword=zwei", ("eins", "zwei")),
        ("postgresql://u@h/db?oauth_client_secret=eins&scram_client_key=zwei", ("eins", "zwei")),
        ("postgresql://u@h/db?passfile=/x", ()),
        ("sqlite:///a:b@c?password=d", ()),
    ):
        write(config, LEAST + f'database: "{address}"\n')
        assert load(config, NOTHING).secrets == ("geheim geheim", *secrets)


def test_the_path_of_a_database_is_taken_as_it_is(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/pibot")
    for path, expected in (
        ("~/pi.sqlite3", "/home/pibot/pi.sqlite3"),
        ("/srv/pi#?%41.sqlite3", "/srv/pi#?%41.sqlite3"),
        ("a/b.sqlite3", f"{config.parent}/a/b.sqlite3"),
    ):
        write(config, LEAST + f'database: "sqlite:///{path}"\n')
        assert load(config, NOTHING).database == f"sqlite:///{expected}"


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "~nobody-is-called-so/x", "x" * 5_000])
def test_a_secret_s_file_that_can_be_none_is_told_in_one_line(config: Path, name: str) -> None:
    [line] = wrong(config, {"PIBOT_PASSWORD_FILE": name}).splitlines()
    assert line.startswith("PIBOT_PASSWORD_FILE: password_file")


def test_secrets_of_a_container_may_be_readable_in_it() -> None:
    assert is_container_secret(Path("/run/secrets/pibot"))
    assert is_container_secret(Path("/run/secrets/kubernetes/../pibot"))
    assert not is_container_secret(Path("/run/secrets"))
    assert not is_container_secret(Path("/run/secrets/../pibot"))
    assert not is_container_secret(Path("secrets/pibot"))
