"""Rules about the code itself: a feature that breaks one is found here, and not in a room."""

from __future__ import annotations

import ast
import itertools
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

import commands
import storage
from bot.admin.reference import FILE, reference
from bot.rendering.replies import LANGUAGES, Renderer, TemplateError
from commands import TEMPLATES
from commands.fields import FIELDS
from commands.framework import arguments
from commands.framework.context import Asker, Context, Where
from commands.framework.declarations import COMMANDS, LETTERS, NAMES, THINGS, Command
from commands.framework.failures import Failure
from commands.framework.grammar import LONGEST_NAME, find_command
from commands.framework.replies import REPLIES, Refused, Role
from commands.general.status import Status
from commands.notices.gathered import Gathered
from commands.words import fold, key_of
from storage import members
from tests.support.chat import NOW, Chat

commands.load()

ZURICH = ZoneInfo("Europe/Zurich")
CODES = {
    "unknown_command",
    "bad_input",
    "not_allowed",
    "not_found",
    "conflict",
    "too_fast",
    "too_large",
    "internal",
}
# What the Matrix specification lets a client show.
TAGS = """
    del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead tbody
    tr th td caption pre span img details summary
"""
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "localtime", "gmtime"}

each_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda c: c.name)
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def shown(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


@cache
def modules(package: ModuleType) -> tuple[tuple[Path, ast.Module], ...]:
    """Read once for all rules."""
    [folder] = package.__path__
    files = sorted(Path(folder).glob("**/*.py"))
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in files)


# --- commands


@each_command
def test_a_command_is_declared_in_full(command: Command) -> None:
    assert len(command.names) >= 2
    assert isinstance(command.role, Role)
    assert set(command.summary) == set(command.example) == set(LANGUAGES)
    assert all(summary.strip() for summary in command.summary.values())
    assert [len(name.split()) for name in command.names[:2]] == [len(command.name.split())] * 2
    assert command.coordination <= command.direct


@each_command
def test_both_languages_are_understood_in_any_mix(command: Command) -> None:
    german, english = (name.split(maxsplit=1) for name in command.names[:2])
    for noun in (german[0], english[0]):
        for verb in {*german[1:], *english[1:]} or {""}:
            for spelt in fold(f"{noun} {verb}"):
                assert find_command(f"{spelt.upper()} x")[0] is command


def test_names_are_short_enough_to_be_found() -> None:
    assert max(len(name.split()) for name in NAMES) <= LONGEST_NAME


@each_command
def test_fields_have_a_name_in_both_languages(command: Command) -> None:
    assert {p.name for p in command.fields} <= set(FIELDS)
    for parameter in command.parameters:
        assert parameter.place in ("word", "line", "field", "body")
    assert sum(p.place == "line" for p in command.parameters) <= 1


def test_a_field_is_one_thing() -> None:
    for command in COMMANDS.values():
        labels = [
            label for p in command.fields for label in {s for name in FIELDS[p.name] for s in fold(name)}
        ]
        assert len(labels) == len(set(labels)), command.name


def test_every_example_can_be_typed_as_it_stands(chat: Chat) -> None:
    """In one store for all: making it takes longer than reading all examples."""
    pia = chat.member("@pia:localhost")
    problems = []
    with chat.database.transaction() as tx:
        members.change(tx, pia, name="Pia Muster", name_key=key_of("Pia Muster"))
        for command, language in itertools.product(COMMANDS.values(), LANGUAGES):
            text = f"{command.called(language)} {command.example[language]}".strip()
            found, rest = find_command(text)
            where = Where("!direct:localhost", True, None)
            ctx = Context(
                tx, NOW, chat.settings, Asker(pia, None, Role.COORDINATOR, language), where, command=command
            )
            try:
                values = arguments.read(ctx, command, rest)
            except Refused as refused:
                problems.append(f"{text}: {refused.reply}")
            else:
                assert found is command
                assert set(values) == {p.name for p in command.parameters}
    assert problems == []


def test_kinds_have_letters_of_their_own() -> None:
    assert all(re.fullmatch("[A-Z]", letter) for letter in LETTERS)
    assert {thing.kind for thing in LETTERS.values()} <= set(THINGS)


def test_the_reference_is_up_to_date() -> None:
    """To write it anew: python -m bot.admin.reference."""
    assert FILE.read_text(encoding="utf-8") == reference()


# --- replies and templates


def test_errors_have_the_codes_of_the_contract() -> None:
    assert {reply.code for reply in REPLIES.values() if issubclass(reply, Failure)} <= CODES


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all templates, compiled once."""
    folder = tmp_path_factory.mktemp("templates") / "copy"
    _copy(folder)
    rendered(folder)
    return folder


@pytest.fixture
def folder(copied: Path) -> Iterator[Path]:
    """The copy, to be changed: afterwards it is as it was."""
    yield copied
    _copy(copied)


def _copy(folder: Path) -> None:
    unwanted = shutil.ignore_patterns("*.py", "*.pyc", "__pycache__")
    shutil.copytree(TEMPLATES, folder, ignore=unwanted, dirs_exist_ok=True)


def rendered(folder: Path) -> Renderer:
    return Renderer(prefix="!", zone=ZURICH, folder=folder, cache=folder.parent / "cache")


def refused(folder: Path) -> str:
    with pytest.raises(TemplateError) as error:
        rendered(folder)
    return str(error.value)


def test_every_reply_has_its_macro_in_every_language(folder: Path) -> None:
    rendered(folder)


@in_each_language
def test_a_missing_file_stops_the_start(folder: Path, language: str) -> None:
    name = Status.template_file(language)
    (folder / name).unlink()
    assert f"{name} is missing" in refused(folder)


@in_each_language
def test_a_missing_macro_stops_the_start(folder: Path, language: str) -> None:
    name = Status.template_file(language)
    (folder / name).write_text("{% macro _mine(r) %}{% endmacro %}")
    assert f"{name} has no macro status" in refused(folder)


@in_each_language
def test_a_macro_too_many_stops_the_start(folder: Path, language: str) -> None:
    name = Status.template_file(language)
    with (folder / name).open("a") as template:
        template.write("{% macro stray(r) %}{% endmacro %}")
    assert f"stray in {name} belongs to no reply" in refused(folder)


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("**/*.html")), ids=shown)
def test_templates_use_only_what_clients_show(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", source)} <= set(TAGS.split())
    assert not re.search(r"\s(style|class|onclick|id)=", source)
    gathering = {Gathered.template_file(language) for language in LANGUAGES}  # what other templates have made
    if shown(path) not in gathering:
        assert not re.search(r"\|\s*safe\b", source)


# --- the shape of the code


@pytest.mark.parametrize("package", [commands, storage], ids=lambda p: str(p.__name__))
def test_features_are_plain_functions(package: ModuleType) -> None:
    waiting = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    found = [path for path, tree in modules(package) if any(isinstance(n, waiting) for n in ast.walk(tree))]
    assert found == []


@pytest.mark.parametrize("package", [commands, storage], ids=lambda p: str(p.__name__))
def test_nothing_below_bot_reads_the_clock(package: ModuleType) -> None:
    found = []
    for path, tree in modules(package):
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="datetime" | "date" | "time"), attr=name)
                ) if name in CLOCKS:
                    found.append(f"{path.name}:{node.lineno}")
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="func"), attr="now" | "current_timestamp")
                ):
                    found.append(f"{path.name}:{node.lineno}")
                case ast.ImportFrom(module="time") | ast.Import(names=[ast.alias(name="time")]):
                    found.append(f"{path.name}:{node.lineno}")
    assert found == []


def test_test_modules_have_names_of_their_own() -> None:
    """Pytest refuses two of one name, but only where it runs both folders."""
    names = [path.name for path in Path(__file__).parents[1].rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)


def test_rooms_are_entered_by_their_faces() -> None:
    """What others may take of a feature is in its `__init__`; all else is its own. The framework is open to all."""
    found = set()
    for path, tree in modules(commands):
        room = path.relative_to(TEMPLATES).parts[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("commands."):
                taken = (node.module or "").split(".")[1:]
                folder = TEMPLATES.joinpath(*taken)
                inside = len(taken) > 1 or any((folder / f"{a.name}.py").exists() for a in node.names)
                if inside and taken[0] not in (room, "framework"):
                    found.add(f"{shown(path)} -> {node.module}")
    assert found == set()
