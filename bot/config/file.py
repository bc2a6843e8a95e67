"""Reads the configuration from its file, the environment and the files of secrets.

The environment is stronger than the file, key by key. What is wrong is said in one line each: where, which
key, what is expected.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError

from bot.config.keys import ADDRESS, MATRIX_ID, Configuration, passwords_in, usable_path
from commands.spelling import most_alike

log = logging.getLogger(__name__)
DEFAULT: Final = Path("config.yaml")
PREFIX: Final = "PIBOT_"
SECRETS: Final = ("password", "access_token")
FORMS: Final = (*SECRETS, *(f"{secret}_file" for secret in SECRETS))
CONTAINER_SECRETS: Final = Path("/run/secrets")
_FOR_OTHERS: Final = stat.S_IROTH | stat.S_IWOTH
_MISSING: Final = {"homeserver": ADDRESS, "user_id": MATRIX_ID}
_EXPECTED: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "tuple_type": "a list",
    "model_type": "keys with values below it",
    "expected": "{what}",
}

Key = tuple[str, ...]


class ConfigurationError(Exception):
    """The configuration can't be used; one line for each reason."""

    def __init__(self, *lines: str) -> None:
        self.lines = tuple(" ".join(line.split()) for line in lines)  # a path may have any sign in it
        super().__init__("\n".join(self.lines))


def _keys(section: type[BaseModel] = Configuration, above: Key = ()) -> Iterator[Key]:
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, (*above, name))
        else:
            yield (*above, name)
            if name in SECRETS:
                yield (f"{name}_file",)


KEYS: Final = tuple(_keys())
VARIABLES: Final = {PREFIX + "__".join(key).upper(): key for key in KEYS}
# An image sets variables of its own, none of these: without a configuration, people are told that the file is missing.
_WHO: Final = {PREFIX + key.upper() for key in (*_MISSING, *FORMS)}


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Configuration:
    """The configuration of this file, or of ./config.yaml; without that one, of the environment alone, if it says who.

    Raises: ConfigurationError.
    """
    environment = os.environ if environment is None else environment
    source = path or DEFAULT
    if path is None and not source.exists() and _WHO & environment.keys():
        values: dict[str, Any] = {}
        places: dict[Key, str] = {}
    else:
        values, places = _read(source)
    _overlay(values, places, environment)
    folder = source.absolute().parent
    _read_secrets(values, places, folder)
    lines, found = [], None
    try:
        found = Configuration.model_validate(values, context={"folder": folder})
    except ValidationError as error:
        lines = [
            _line(e["loc"], e["type"], e.get("ctx", {}), places, source)
            for e in error.errors(include_input=False)
        ]
    if not any(values.get(secret) for secret in SECRETS):
        lines.append("password: missing; expected password, password_file, access_token or access_token_file")
    if found is None or lines:
        raise ConfigurationError(*dict.fromkeys(lines))
    return found


# --- the file


def _read(path: Path) -> tuple[dict[str, Any], dict[Key, str]]:
    """The file's values, and the place of each key."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: there is no such file; `pi-bot init` makes one, -c names another"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: expected text in UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(
            f"{path}{line}: no valid YAML; expected `key: value`, with quotes where it begins with @, # or !"
        ) from None
    except (yaml.YAMLError, RecursionError):
        raise ConfigurationError(f"{path}: no valid YAML; expected `key: value`") from None
    places: dict[Key, str] = {}
    values: dict[str, Any] = {} if root is None else _values(root, (), path, places)
    if any(values.get(secret) for secret in (*SECRETS, "database")) and _holds_secret(values):
        _check_mode(path, str(path))
    return values, places


def _values(node: yaml.Node, above: Key, path: Path, places: dict[Key, str]) -> Any:
    """The node's value; sections are walked, so that every key has its line and is known."""
    section = {key[len(above)] for key in KEYS if key[: len(above)] == above and len(key) > len(above)}
    if not section:
        try:
            return yaml.SafeLoader("").construct_document(node)
        except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError):
            raise ConfigurationError(
                f"{_place(path, node)}: {'.'.join(above)}: no valid YAML; expected quotes around what begins with !, "
                "and around what looks like a date or a number and is none"
            ) from None
    if not isinstance(node, yaml.MappingNode):
        if above and isinstance(node, yaml.ScalarNode) and not node.value:
            return {}  # a section all of whose keys are commented out
        name = ".".join(above) or "the file"
        raise ConfigurationError(f"{_place(path, node)}: {name}: expected keys with values below it")
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        name, place = str(key_node.value), _place(path, key_node)
        key = (*above, name)
        if name not in section:
            raise ConfigurationError(f"{place}: unknown key {'.'.join(key)}{_nearest(key)}")
        if name in values:
            raise ConfigurationError(f"{place}: {'.'.join(key)} is there twice; expected once")
        places[key] = place
        values[name] = _values(value_node, key, path, places)
    return values


def _place(path: Path, node: yaml.Node) -> str:
    return f"{path}, line {node.start_mark.line + 1}"


def _nearest(key: Key) -> str:
    """The known key that is spelt most alike, wherever it belongs."""
    name = ".".join(key)
    names = {".".join(known[:n]) for known in KEYS for n in range(1, len(known) + 1)}
    by_last = {known.rpartition(".")[2]: known for known in names}
    near, last = most_alike(name, names, least=0.5), most_alike(key[-1], by_last, least=0.7)
    found = near or (by_last[last] if last else None)
    return f"; the nearest known key is {found}" if found else "; config.example.yaml has all there are"


# --- the environment and secrets


def _overlay(values: dict[str, Any], places: dict[Key, str], environment: Mapping[str, str]) -> None:
    """Lay the environment's values over the file's."""
    for variable in sorted(environment):
        if not variable.startswith(PREFIX):
            continue
        if variable not in VARIABLES:
            near = most_alike(variable, VARIABLES, least=0.6)
            log.warning("unknown variable %s%s", variable, f"; the nearest known is {near}" if near else "")
            continue
        key = VARIABLES[variable]
        if key[0] in FORMS:  # any way to log in is stronger than all of the file
            for form in FORMS:
                if not places.get((form,), "").startswith(PREFIX):
                    values.pop(form, None)
        section = values
        for name in key[:-1]:
            section = section.setdefault(name, {})
        section[key[-1]] = environment[variable]
        places[key] = variable


def _read_secrets(values: dict[str, Any], places: dict[Key, str], folder: Path) -> None:
    """Put in place of `password_file` what is in it, and the same for the access token."""
    for secret in SECRETS:
        name = values.pop(f"{secret}_file", None)
        place = f"{places.get((f'{secret}_file',), '')}: {secret}_file"
        if not values.get(secret):
            values.pop(secret, None)
        if not name:
            continue
        if secret in values:
            raise ConfigurationError(f"{place}: expected either {secret} or {secret}_file, not both")
        try:
            path = usable_path(name, folder)
        except ValueError:
            raise ConfigurationError(f"{place}: expected a path") from None
        try:
            _check_mode(path, f"{place} {path}")
            values[secret] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise ConfigurationError(f"{place} {path}: can't be read: {reason}") from None
        if not values[secret]:
            raise ConfigurationError(f"{place} {path}: expected a secret in it, and it is empty")
    if all(values.get(secret) for secret in SECRETS):
        place = places.get(("access_token",)) or places[("access_token_file",)]
        raise ConfigurationError(
            f"{place}: access_token: expected either a password or an access token, not both"
        )


def _holds_secret(values: Mapping[str, Any]) -> bool:
    return any(values.get(secret) for secret in SECRETS) or bool(
        passwords_in(str(values.get("database", "")))
    )


def _check_mode(path: Path, place: str) -> None:
    """A group may read it, as a service's group does; others may not, unless it is a container's own secret."""
    if path.stat().st_mode & (stat.S_IWOTH if is_container_secret(path) else _FOR_OTHERS):
        raise ConfigurationError(
            f"{place}: expected a file that others can't read, as it holds a secret: chmod o= {path}"
        )


def is_container_secret(path: Path) -> bool:
    """Docker and Kubernetes lay it below /run/secrets, readable by all in the container, who can't change that."""
    return CONTAINER_SECRETS in path.resolve().parents


# --- what is wrong, in a line


def _line(
    loc: tuple[int | str, ...], kind: str, ctx: Mapping[str, Any], places: Mapping[Key, str], source: Path
) -> str:
    key = tuple(part for part in loc if isinstance(part, str))
    place = next((places[key[:n]] for n in range(len(key), 0, -1) if key[:n] in places), str(source))
    name = ".".join(key) + "".join(f", number {part + 1}" for part in loc if isinstance(part, int))
    if kind == "missing":
        return f"{place}: {name} is missing; expected {_MISSING.get(name, 'a value')}"
    return f"{place}: {name}: expected {_EXPECTED.get(kind, 'something else').format(**ctx)}"
