"""`pi-bot export`: the pages, feeds and data as files, for any static host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.config.keys import Configuration
from bot.web.answers import LANGUAGES, Answer, Asked
from bot.web.kept import ASSETS
from bot.web.site import answered
from bot.web.visit import PAGES, Place, Visit, place_of
from commands import load, publication
from commands.framework.context import Context, Settings
from storage.engine.address import StoreError
from storage.engine.base import Tx
from storage.engine.reading import reading
from storage.engine.schema import wrong_schema

LISTED: Final = ".pi-bot-export"  # what an export has written: the next one takes away what is no more
ONE_LANGUAGE: Final = "/daten/"  # what is below is the same in both


def export(configuration: Configuration, folder: Path, *, now: datetime) -> int:
    """All that is public is in the folder, and nothing of an earlier export besides; how many files.

    Raises: StoreError, also where the folder holds what no export has written.
    """
    load()
    place = place_of(configuration.web, configuration.user_id)
    settings = configuration.settings()
    with reading(configuration.database) as tx:
        if wrong := wrong_schema(tx):
            raise StoreError(f"the store {wrong}")
        folder.mkdir(parents=True, exist_ok=True)
        before, written = _before(folder), set()
        for name, body in _everything(tx, place, now=now, settings=settings):
            _append(folder, name)  # first: it is known also of an export that is cut short
            _write(folder, name, body)
            written.add(name)
    for name in before - written:
        _remove(folder, name)
    _write(folder, LISTED, "".join(f"{name}\n" for name in sorted(written)).encode())
    return len(written)


def _everything(tx: Tx, place: Place, *, now: datetime, settings: Settings) -> Iterator[tuple[str, bytes]]:
    for language in LANGUAGES:
        ctx = publication.reader(tx, now=now, settings=settings, language=language)
        for name, answer in _files(ctx, place, language):
            yield name, answer.body
    for path, asset in ASSETS.items():
        yield path[1:], asset.body


def _files(ctx: Context, place: Place, language: str) -> Iterator[tuple[str, Answer]]:
    """The name of each file in this language, and what is in it."""
    start = Visit(Asked("/", language=language, whole=True), ctx, place)
    prefix = "" if language == "de" else f"{language}/"
    for declared in PAGES:
        for path in declared.whole(start):
            data = path.startswith(ONE_LANGUAGE) and not path.endswith("/")
            if data and prefix:
                continue
            answer = answered(Visit(Asked(path, language=language, whole=True), ctx, place))
            yield f"{prefix}{_name(path)}", answer
    missing = "/404.html"  # what static hosts show in place of what is not there
    yield f"{prefix}{missing[1:]}", answered(Visit(Asked(missing, language=language, whole=True), ctx, place))


def _name(path: str) -> str:
    last = path.rpartition("/")[2]
    return path[1:] if "." in last else f"{path.strip('/')}/index.html".lstrip("/")


def _before(folder: Path) -> set[str]:
    """What an earlier export has written there."""
    listed = folder / LISTED
    if listed.is_file():
        names = listed.read_text(encoding="utf-8").splitlines()
        return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}
    if any(folder.iterdir()):
        raise StoreError(f"{folder}: expected an empty folder, or one that `pi-bot export` has made")
    return set()


def _remove(folder: Path, name: str) -> None:
    """The file, and the folders in which there is nothing else."""
    file = folder / name
    file.unlink(missing_ok=True)
    with suppress(OSError):  # there is something in it, or it is gone already
        for parent in file.relative_to(folder).parents[:-1]:
            (folder / parent).rmdir()


def _append(folder: Path, name: str) -> None:
    """The name is listed as one that exports have written."""
    file = folder / LISTED
    with _whole(file), file.open("a", encoding="utf-8") as listed:
        print(name, file=listed)


def _write(folder: Path, name: str, body: bytes) -> None:
    file = folder / name
    with _whole(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


@contextmanager
def _whole(file: Path) -> Iterator[None]:
    """The file is written inside. Raises: StoreError, where it can't be: on a full disk, say."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror}: the export is not whole") from error
