"""What the documents say is so: links lead somewhere, what they name exists, and their example runs."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

import commands
import storage
from bot.cli import _COMMANDS
from bot.config.file import load
from commands.framework.grammar import find_command
from storage.engine.base import Base

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
GUARANTEES, EXTENDING = ROOT / "docs" / "guarantees.md", ROOT / "docs" / "extending.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDERS = ("bot", "commands", "storage", "tests", "docs", "bench")
OF_THE_EXAMPLE = re.compile(r"[/_]books\b")  # the example's own files

commands.load()
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def code(document: Path) -> list[str]:
    """All that the document shows as code: lines of blocks, and spans."""
    text = document.read_text(encoding="utf-8")
    blocks = [line for block in FENCE.finditer(text) for line in block[2].splitlines()]
    return blocks + re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def anchors(document: Path) -> set[str]:
    """The names of the document's headings, as links address them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_the_newest_release_is_the_version_there_is() -> None:
    """It stands in pyproject.toml alone; the changelog says what is in it, and the notes on upgrading name it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[([0-9.]+)\] - 20[0-9]{2}-[0-9]{2}-[0-9]{2}$", changelog, re.MULTILINE)
    assert released[0] == version
    assert released == sorted(released, key=lambda one: [int(part) for part in one.split(".")], reverse=True)
    assert changelog.index("## [Unreleased]") < changelog.index(f"## [{version}]")


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / unquote(path) if path else document
        assert target.exists(), link
        assert target.resolve().is_relative_to(ROOT)
        assert not anchor or anchor in anchors(target), link


@each_document
def test_files_that_are_named_exist(document: Path) -> None:
    named = {span for span in code(document) if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./-]+", span)}
    missing = {name for name in named if not (ROOT / name).exists() and not OF_THE_EXAMPLE.search(name)}
    assert missing == set()


@each_document
def test_make_targets_and_commands_of_pi_bot_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    known = {name for name, *_ in _COMMANDS}
    for line in code(document):
        command = re.sub(r'"[^"]*"', "", line.partition("#")[0]).split()
        if command[:1] == ["make"]:
            assert {word for word in command[1:] if "=" not in word} <= targets, line
        if command and command[0].rpartition("/")[2] == "pi-bot" and len(command) > 1:
            assert command[1] in known, line


@each_document
def test_commands_that_people_type_exist(document: Path) -> None:
    typed = [line.partition("!")[2] for line in code(document) if re.match(r"!\w", line)]
    unknown = [text for text in typed if find_command(text)[0] is None and document != EXTENDING]
    assert unknown == []


def test_what_the_log_warns_of_is_explained() -> None:
    """Each warning and failure that the bot can log, and each reason not to be ready, with what to do."""
    page = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    page = page[page.index("## When something is wrong") :]
    told = {"not caught up yet", "no answer to sync", "outbox stuck", "standby"}  # by `/readyz`
    for file in (path for name in ("bot", "commands", "storage") for path in (ROOT / name).rglob("*.py")):
        if "demo" in file.parts:
            continue
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(ast.Attribute(ast.Name("log"), "warning" | "error" | "exception"), [said, *_]):
                    texts = [said]
                case ast.Call(ast.Name("Outage"), [*texts]):
                    pass
                case _:
                    continue
            told |= {str(text.value) for text in texts if isinstance(text, ast.Constant)}
    assert [said for said in sorted(told) if said.partition(" %")[0].partition(":")[0] not in page] == []


@each_document
def test_variables_that_are_shown_are_taken(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    least = {
        "PIBOT_HOMESERVER": "https://h",
        "PIBOT_USER_ID": "@a:b",
        "PIBOT_ACCESS_TOKEN": "t",
        "PIBOT_DEVICE_ID": "D",
    }
    text = "\n".join(code(document))
    for name, value in re.findall(r"\b(PIBOT_[A-Z_]+)=([^\s`…$\"]+)", text):
        if not name.endswith("_FILE"):
            load(environment=least | {name: value})


def test_every_promise_names_tests_that_exist() -> None:
    rows = [line for line in GUARANTEES.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    promises = [row for row in rows if not row.startswith(("| Promise |", "|---"))]
    assert promises
    for row in promises:
        source = ""
        shown = re.findall(r"`([^`]+)`", row.rstrip("| ").rpartition(" | ")[2])
        assert any(span.startswith("tests/") for span in shown), row
        for span in shown:
            if span.startswith("tests/"):
                source = (ROOT / span).read_text(encoding="utf-8")
            elif span.startswith("test_"):
                assert f"def {span}(" in source, span


def test_every_table_is_described_and_no_other() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("\n## The tables\n")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]
    described = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    storage.load()
    assert sorted(described) == sorted(Base.metadata.tables)


def test_every_module_is_described() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    patterns = [span.replace("*", ".*") for span in re.findall(r"`([a-z_.]+\*?)`", text)]
    for package in ("bot", "commands"):
        paths = [
            path.relative_to(ROOT / package).with_suffix("") for path in (ROOT / package).rglob("[a-z]*.py")
        ]
        modules = {".".join(path.parts) for path in paths if path.parts[0] != "demo"}
        assert {m for m in modules if not any(re.fullmatch(p, m) for p in patterns)} == set()


@pytest.mark.long
def test_the_example_of_a_feature_works(tmp_path: Path) -> None:
    """In a copy of the code, with the files of the page added; its own tests are run there."""
    text = EXTENDING.read_text(encoding="utf-8")
    files = dict(re.findall(r"^### `(\S+)`\n\n```\S+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    assert {name.partition("/")[0] for name in files} == {"storage", "commands", "tests"}
    for package in ("bot", "commands", "storage"):
        shutil.copytree(ROOT / package, tmp_path / package)
    (tmp_path / "tests" / "support").mkdir(parents=True)
    for name in ("conftest.py", "support/chat.py", "support/databases.py", "support/kept.py"):
        shutil.copy2(ROOT / "tests" / name, tmp_path / "tests" / name)
    for name, content in files.items():
        assert not (ROOT / name).exists(), f"{name}: take another example"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    tested = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:xdist",
            "-p",
            "no:hypothesispytest",
            "tests/commands/books/test_books.py",
        ],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_no_page_holds_a_merge_that_was_not_finished() -> None:
    marks = re.compile(r"^(<{7} |>{7} |={7}$)", re.MULTILINE)
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    assert [page.name for page in pages if marks.search(page.read_text(encoding="utf-8"))] == []
