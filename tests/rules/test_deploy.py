"""What `deploy/` and the Containerfile say fits the program: metrics, keys, files, the service's protocol."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from bot.config.file import VARIABLES, load
from bot.running import health, service

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"pibot_[a-z_]+")


def metrics_there_are() -> set[str]:
    source = Path(health.__file__).read_text(encoding="utf-8")
    listed = re.findall(r'^\s+\("([a-z_]+)", "(?:gauge|counter)"', source, re.MULTILINE)
    return {f"pibot_{name}" for name in listed} | set(re.findall(rf"# TYPE ({METRIC.pattern}) ", source))


def test_alerts_and_dashboard_ask_for_all_metrics_that_there_are_and_no_others() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus/pibot.rules.yaml").read_text(encoding="utf-8"))
    board = json.loads((DEPLOY / "grafana/pibot.json").read_text(encoding="utf-8"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    asked = [rule["expr"] for rule in alerts]
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {name for text in asked for name in METRIC.findall(text)}
    assert named == metrics_there_are()
    for unlike in ("id", "title", "gridPos"):
        values = [str(panel[unlike]) for panel in board["panels"]]
        assert sorted(set(values)) == sorted(values)
    page = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    assert [rule["alert"] for rule in alerts if f"`{rule['alert']}`" not in page] == []


def test_units_are_valid_and_closed(tmp_path: Path) -> None:
    """By systemd's own judgement, where there is systemd; its score of each service is at most 2 of 10."""
    bot = tmp_path / "pi-bot"
    bot.write_text("#!/bin/sh\n")
    bot.chmod(0o755)
    units = []
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text(encoding="utf-8")
        assert "ExecStart=" in text or unit.suffix == ".timer"
        units.append(str(tmp_path / unit.name))
        Path(units[-1]).write_text(text.replace("/opt/pibot/venv/bin/pi-bot", str(bot)), encoding="utf-8")
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:
        said = run(analyze, "verify", *units)
        assert [line for line in said.stderr.splitlines() if "pibot" in line] == []
        for service in units:
            if service.endswith(".service"):
                closed = run(analyze, "security", "--offline=true", "--threshold=20", service)
                assert closed.returncode == 0, closed.stdout[-200:]


def run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_what_the_container_copies_is_there_and_its_command_runs() -> None:
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert all((ROOT / name).exists() for names in copied for name in names)
    [variables] = [line for line in lines if line.startswith("ENV")]
    assert set(re.findall(r"PIBOT_\w+", variables)) <= set(VARIABLES)


def test_into_the_image_goes_what_the_package_is_made_of_and_nothing_else() -> None:
    """No `.git`, no `config.yaml`, no store, no environment of another Python."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert [rule for rule in rules[1:] if not rule.startswith("!")] == ["**/__pycache__"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    needed = packages | {"requirements", "pyproject.toml", "LICENSE", project["project"]["readme"]}
    assert {rule[1:] for rule in rules if rule.startswith("!")} == needed


def test_the_compose_file_configures_what_can_be_configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The bot's variables are a whole configuration; what is mounted and waited for is there."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    told = re.sub(r"\$\{(\w+):\?[^}]*\}", r"its \1", text)
    composed = yaml.safe_load(told)
    services, bot = composed["services"], composed["services"]["pibot"]
    given = {name: value for name, value in bot["environment"].items() if name.startswith("PIBOT_")}
    assert given.keys() <= VARIABLES.keys()
    monkeypatch.chdir(tmp_path)  # where there is no config.yaml
    found = load(environment=given)
    homeserver, database = urlsplit(found.homeserver), urlsplit(found.database)
    assert (homeserver.hostname, homeserver.port) == ("synapse", 8008)
    store = services[database.hostname or ""]["environment"]
    assert (database.username, database.path) == (store["POSTGRES_USER"], f"/{store['POSTGRES_DB']}")
    assert bot["environment"]["PGPASSWORD"] == store["POSTGRES_PASSWORD"]
    assert found.user_id.endswith(":" + services["synapse"]["environment"]["SYNAPSE_SERVER_NAME"])
    assert (DEPLOY / bot["build"]["context"] / bot["build"]["dockerfile"]).exists()
    container = (ROOT / "Containerfile").read_text(encoding="utf-8")
    [client] = re.findall(r"postgresql-client-(\d+)", container)
    assert services["postgres"]["image"].startswith(f"postgres:{client}-")
    assert all("healthcheck" in services[name] for name in bot["depends_on"])
    volumes = {volume.partition(":")[0] for service in services.values() for volume in service["volumes"]}
    assert volumes == composed["volumes"].keys()
    assert f"VOLUME {bot['volumes'][0].partition(':')[2]}\n" in container
    [tested] = re.findall(
        r"^matrix-synapse==(\S+)", (ROOT / "requirements/dev.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert services["synapse"]["image"].endswith(f":v{tested}")


def test_the_service_manager_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        service.tell("READY=1", "STATUS=ready")
        assert manager.recv(100) == b"READY=1\nSTATUS=ready"
        monkeypatch.setenv("WATCHDOG_USEC", "2000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))

        async def watched_twice() -> list[bytes]:
            watch = asyncio.create_task(service.keep_watch())
            told = [await asyncio.to_thread(manager.recv, 100) for _ in range(2)]
            watch.cancel()
            return told

        assert asyncio.run(watched_twice()) == [b"WATCHDOG=1"] * 2
    service.tell("STOPPING=1")  # nobody listens any more: that is no reason to fail


def test_without_a_manager_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    service.tell("READY=1")
    asyncio.run(service.keep_watch())


@pytest.mark.long
def test_the_wheel_has_all_that_the_bot_needs(tmp_path: Path) -> None:
    """Built from the sources, unpacked elsewhere: every file that the program reads beside its modules is there."""
    source = tmp_path / "source"
    kept = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules")
    for name in ("bot", "commands", "storage"):
        shutil.copytree(ROOT / name, source / name, ignore=kept)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = "import setuptools.build_meta as b, sys; print(b.build_wheel(sys.argv[1]))"
    made = run(sys.executable, "-c", build, str(tmp_path), cwd=source)
    assert made.returncode == 0, made.stderr[-2000:]
    [wheel] = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    shutil.unpack_archive(wheel, installed, "zip")
    for folder in ("bot", "commands", "storage"):
        assert files_in(installed / folder) == files_in(ROOT / folder)
    start = f"import sys; sys.path.insert(0, {str(installed)!r})\nimport bot, bot.cli\nprint(bot.__file__)\n"
    said = run(sys.executable, "-I", "-c", f"{start}sys.exit(bot.cli.main(['version']))", cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(str(installed))


def files_in(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in found}
