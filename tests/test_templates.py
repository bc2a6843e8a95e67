"""Compiled templates are kept, and nothing is believed of a file that is not exactly what this version wrote."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import pytest

from bot.render import Renderer, TemplateError
from commands import TEMPLATES, load

ZONE = ZoneInfo("Europe/Zurich")


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that Jinja compiles from now on."""
    load()
    names: list[str] = []
    inner = jinja2.Environment.compile

    def compiling(self: jinja2.Environment, source: str, name: str, *rest: object) -> object:
        names.append(name)
        return inner(self, source, name, *rest)  # type: ignore[call-overload]

    monkeypatch.setattr(jinja2.Environment, "compile", compiling)
    return names


def render(cache: Path, folder: Path = TEMPLATES) -> Renderer:
    return Renderer(prefix="!", zone=ZONE, cache=cache, folder=folder)


def test_the_second_start_compiles_nothing(tmp_path: Path, compiled: list[str]) -> None:
    first = render(tmp_path)
    assert {name.split(".")[-2] for name in compiled} >= {"de", "en"}
    compiled.clear()
    assert render(tmp_path)._macros.keys() == first._macros.keys()
    assert compiled == []
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in tmp_path.iterdir())


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(b"x" + file.read_bytes()[1:]),  # of another version
        lambda file: file.write_bytes(b""),
        lambda file: file.chmod(0o666),  # anybody could have written it
    ],
)
def test_what_is_damaged_or_of_others_is_compiled_anew(
    tmp_path: Path, compiled: list[str], damage: object
) -> None:
    render(tmp_path)
    once = sorted(compiled)
    for file in tmp_path.iterdir():
        damage(file)  # type: ignore[operator]
    compiled.clear()
    render(tmp_path)
    assert sorted(compiled) == once


def test_a_changed_template_is_compiled_and_checked(tmp_path: Path, compiled: list[str]) -> None:
    folder, cache = tmp_path / "templates", tmp_path / "cache"
    for file in TEMPLATES.rglob("*.html"):
        copy = folder / file.relative_to(TEMPLATES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    render(cache, folder)
    compiled.clear()
    changed = folder / "status.de.html"
    changed.write_text(changed.read_text(encoding="utf-8").replace("macro ", "macro un", 1), encoding="utf-8")
    with pytest.raises(TemplateError):
        render(cache, folder)
    assert compiled == ["status.de.html"]
    changed.unlink()
    with pytest.raises(TemplateError, match=r"status\.de\.html is missing"):
        render(cache, folder)


def test_where_nothing_can_be_kept_the_bot_starts_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    render(tmp_path / "cache")
