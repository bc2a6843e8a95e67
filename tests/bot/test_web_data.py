"""Feeds, the calendar and open data, read by what others read them with; and the same as files."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import feedparser
import pytest
from ical.calendar_stream import IcsCalendarStream

from bot.config.keys import Configuration, Web
from bot.web.exporting import LISTED, export
from commands.publication import TABLES
from storage.engine.address import StoreError
from tests.support import strict_html
from tests.support.chat import ROOMS
from tests.support.outside import HOSTILE, Town, made, news


async def test_the_feed_has_what_is_public(town: Town) -> None:
    async with town.reading() as reader:
        for path in ("/news.atom", "/en/news.atom"):
            answer = await reader.get(path)
            assert answer.headers["Content-Type"].startswith("application/atom+xml")
            feed = feedparser.parse(await answer.read())
            assert not feed.bozo, feed.get("bozo_exception")
            assert feed.version == "atom10"
            assert [entry.id for entry in feed.entries] == ["tag:localhost,2026:N3", "tag:localhost,2026:N1"]
            first = feed.entries[1]
            assert first.title == "Portal wächst"
            assert first.link == "https://pi.example.ch" + path.removesuffix(".atom") + "/N1"
            assert "<strong>Montag</strong>" in first.content[0].value
            assert [tag.term for tag in first.tags] == ["osp"]
            assert feed.entries[0].title_detail.value == HOSTILE.replace("\u202e", "")
            assert "<script" not in feed.entries[0].content[0].value
            assert feed.feed.updated == max(entry.updated for entry in feed.entries)


async def test_the_feed_is_without_what_is_withdrawn_and_dated_by_what_was_corrected(tmp_path: Path) -> None:
    chat = made(tmp_path)
    moni = {"by": "@moni:localhost", "room": ROOMS["news"]}
    async with Town(chat, tmp_path).reading() as reader:
        empty = feedparser.parse(await (await reader.get("/news.atom")).read())
        assert (empty.bozo, empty.entries) == (False, [])
        news(chat, "Portal wächst")
        news(chat, "Portal schrumpft")
        before = feedparser.parse(await (await reader.get("/news.atom")).read())
        chat.later(hours=1)
        chat.says("!news zurückziehen N2 grund: Es wächst.", **moni)
        chat.says("!news ändern N1 titel: Portal wächst weiter", **moni)
        after = feedparser.parse(await (await reader.get("/news.atom")).read())
        assert [entry.id for entry in before.entries] == ["tag:localhost,2026:N2", "tag:localhost,2026:N1"]
        assert [(entry.id, entry.title) for entry in after.entries] == [
            ("tag:localhost,2026:N1", "Portal wächst weiter")
        ]
        assert after.entries[0].updated > before.entries[1].updated
        assert after.entries[0].published == before.entries[1].published


async def test_the_calendar_has_the_same_entries_as_files_in_chats(town: Town) -> None:
    chat = town.chat
    said = chat.says("!agenda ics", by="@pia:localhost", room=chat.direct("@pia:localhost"))
    in_chat = re.findall(r"UID:(\S+?@localhost)", json.dumps([one.content for one in said]))
    async with town.reading() as reader:
        answer = await reader.get("/agenda.ics")
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        text = await answer.text()
    assert "METHOD" not in text
    assert "ATTENDEE" not in text
    assert "ORGANIZER" not in text
    calendar = IcsCalendarStream.calendar_from_ics(text)
    assert {(event.summary, event.status.value if event.status else "") for event in calendar.events} == {
        ("PI-Event", "CONFIRMED"),
        ("Apéro", "CANCELLED"),
    }
    [uid] = [event.uid for event in calendar.events if event.summary == "PI-Event"]
    assert uid in in_chat


def _rows(name: str, body: bytes) -> list[dict[str, str]]:
    assert not body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\r\n") >= 1
    table = next(table for table in TABLES if table.name == name)
    found = csv.DictReader(io.StringIO(body.decode(), newline=""), strict=True)
    assert list(found.fieldnames or ()) == [column.name for column in table.columns]
    return list(found)


async def test_open_data_is_the_same_as_csv_and_json_and_names_nobody(town: Town) -> None:
    async with town.reading() as reader:
        for table in TABLES:
            as_csv = await reader.get(f"/daten/{table.name}.csv")
            as_json = await reader.get(f"/daten/{table.plain}.json")
            assert as_csv.headers["Content-Type"].startswith("text/csv; charset=utf-8")
            assert as_csv.headers["Access-Control-Allow-Origin"] == "*"
            whole = json.loads(await as_json.read())
            assert list(whole) == ["of", "at", "rows"]
            assert whole["of"] == table.name
            assert datetime.fromisoformat(whole["at"]).tzinfo is not None
            rows = _rows(table.name, await as_csv.read())
            assert len(rows) == len(whole["rows"]) > 0
            for row, line in zip(whole["rows"], rows, strict=True):
                assert list(row) == [column.name for column in table.columns]
                for name in table.key:
                    assert row[name] == line[name]
                for column in table.columns:
                    value = row[column.name]
                    kinds = {"integer": int, "boolean": bool, "array": list}
                    assert value is None or isinstance(value, kinds.get(column.type, str)), column
            said = json.dumps(whole, ensure_ascii=False)
            assert not re.search(
                r"Pia|Peter|Moni|Kora|@\w+:|localhost|Nur für uns|Internes|Zurückgezogene", said
            )


async def test_cells_that_a_spreadsheet_would_run_are_texts(tmp_path: Path) -> None:
    chat = made(tmp_path)
    chat.says('!idee neu =1+2 ist drei\n=HYPERLINK("x"), sagt man\n"so"', by="@pia:localhost")
    async with Town(chat, tmp_path).reading() as reader:
        [row] = _rows("ideen", await (await reader.get("/daten/ideen.csv")).read())
        assert row["title"] == "'=1+2 ist drei"
        assert row["text"].startswith("'=HYPERLINK")
        [kept] = json.loads(await (await reader.get("/daten/ideen.json")).read())["rows"]
        assert kept["title"] == "=1+2 ist drei"
        package = json.loads(await (await reader.get("/daten/datapackage.json")).read())
        assert "Apostroph" in package["description"]


async def test_the_descriptions_say_what_there_is(town: Town) -> None:
    for licence, named in (
        ("CC-BY-4.0", {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}),
        ("cc by 4.0", {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}),
        (
            "https://example.ch/terms",
            {"title": "https://example.ch/terms", "path": "https://example.ch/terms"},
        ),
        ("", None),
    ):
        settings = Web(public_url="https://pi.example.ch/offen", licence=licence)
        async with Town(town.chat, town.folder, settings).reading() as reader:
            package = json.loads(await (await reader.get("/daten/datapackage.json")).read())
            assert package.get("licenses") == ([named] if named else None)
            assert re.fullmatch(r"[a-z0-9._-]+", package["name"])
            for resource in package["resources"]:
                assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
                file = await reader.get(f"/daten/{resource['path']}")
                assert file.status == 200
                fields = [field["name"] for field in resource["schema"]["fields"]]
                assert (await file.text()).splitlines()[0] == ",".join(fields)
            catalogue = json.loads(await (await reader.get("/daten/catalog.jsonld")).read())
            assert catalogue["@type"] == "dcat:Catalog"
            assert {"dct:title", "dct:description", "dct:publisher", "dcat:dataset"} <= catalogue.keys()
            assert ("dct:license" in catalogue) == bool(licence)
            for dataset in catalogue["dcat:dataset"]:
                assert {
                    "dct:title",
                    "dct:description",
                    "dct:publisher",
                    "dcat:distribution",
                } <= dataset.keys()
                for distribution in dataset["dcat:distribution"]:
                    address = distribution["dcat:accessURL"]["@id"]
                    assert address.startswith("https://pi.example.ch/offen/daten/")
                    assert (await reader.get(address.removeprefix("https://pi.example.ch"))).status == 200


def _configured(town: Town) -> Configuration:
    return Configuration.model_validate(
        {
            "homeserver": "http://localhost",
            "user_id": town.chat.settings.bot,
            "database": f"sqlite:///{town.folder / 'pibot.sqlite3'}",
            "web": {"public_url": "https://pi.example.ch"},
        },
        context={"folder": town.folder},
    )


def test_the_same_pages_are_files_for_any_static_host(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "www"
    count = export(_configured(town), folder, now=datetime(2026, 11, 2, 9, tzinfo=UTC))
    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert len(files) == count + 1
    assert {
        "index.html",
        "en/index.html",
        "news/N1/index.html",
        "en/ideen/I1/index.html",
        "news.atom",
    } <= files
    assert {"agenda.ics", "en/agenda.ics", "daten/anlässe.csv", "daten/datapackage.json", "stil.css"} <= files
    for file in folder.rglob("*.html"):
        page = file.read_text(encoding="utf-8")
        assert (strict_html.problems(page), file) == ([], file)
        assert "<form" not in page
        assert not re.search(r"Pia|Moni|Kora|@\w+:|localhost|Nur für uns|Internes|Zurückgezogene", page)
        for link in strict_html.links(page):
            if link.startswith("/"):
                there = folder / unquote(link)[1:]
                assert (there / "index.html").is_file() or there.is_file(), (file, link)
    assert "I2" in (folder / "ideen" / "I4" / "index.html").read_text(encoding="utf-8")


def test_an_export_again_takes_away_what_is_no_more(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "www"
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    export(_configured(town), folder, now=now)
    (folder / "news" / "N77").mkdir()
    (folder / "news" / "N77" / "index.html").write_text("gone since")
    (folder / "CNAME").write_text("pi.example.ch")
    with (folder / LISTED).open("a") as listed:
        listed.write("news/N77/index.html\n")
    export(_configured(town), folder, now=now)
    assert not (folder / "news" / "N77").exists()
    assert (folder / "CNAME").exists()


def test_an_export_that_was_cut_short_is_made_good_by_the_next(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "www"
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    export(_configured(town), folder, now=now)
    (folder / "stil.css").unlink()
    (folder / "stil.css").mkdir()
    (folder / LISTED).unlink()
    (folder / LISTED).touch()
    with pytest.raises(StoreError, match=r"stil\.css: Is a directory: the export is not whole"):
        export(_configured(town), folder, now=now)
    assert {"index.html", "en/ideen/I1/index.html"} <= set((folder / LISTED).read_text().splitlines())


def test_an_idea_that_lives_on_in_a_withdrawn_one_leads_nowhere(tmp_path: Path) -> None:
    town = Town(made(tmp_path), tmp_path)
    for title in ("Schalter am Samstag", "Öffnungszeiten am Wochenende"):
        town.chat.says(f"!idee neu {title}", by="@pia:localhost")
    town.chat.says("!idee zusammenführen I2 in I1", by="@moni:localhost")
    town.chat.says("!idee zurückziehen I1", by="@pia:localhost")
    folder = tmp_path / "www"
    export(_configured(town), folder, now=town.chat.now)
    page = (folder / "ideen" / "I2" / "index.html").read_text(encoding="utf-8")
    assert "Zurückgezogen" in page
    assert not (folder / "ideen" / "I1").exists()


def test_an_export_overwrites_nothing_of_others(town: Town, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="expected an empty folder"):
        export(_configured(town), tmp_path, now=datetime(2026, 11, 2, 9, tzinfo=UTC))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
