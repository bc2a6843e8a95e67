"""Open data: `/daten/`, with each table as CSV and JSON, and the package of Frictionless Data that describes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from bot.web.answers import Answer
from bot.web.visit import Visit, page
from commands.framework.tables import as_open_csv
from commands.publication import TABLES, Table

CSV: Final = "text/csv; charset=utf-8; header=present"
JSON: Final = "application/json; charset=utf-8"
FORMATS: Final = {"csv": "text/csv", "json": "application/json"}
OPEN: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
LICENCES: Final = {  # by the names of opendefinition.org, with where each is to be read
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "ODC-BY-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "PDDL-1.0": "https://opendatacommons.org/licenses/pddl/1-0/",
}
TITLE: Final = (
    "Public Innovators der Baselbieter Gemeinden",
    "Public Innovators of the municipalities of BL",
)
SAYS: Final = (
    (
        "Ideen, Prozesse, Rollout, Gemeinden, öffentliche Anlässe und Neuigkeiten, ohne Personendaten. Zeiten in UTC. "
        "In den CSV-Dateien steht vor Zellen, die eine Tabellenkalkulation ausführen würde (sie beginnen mit = + - @), "
        "ein Apostroph; in den JSON-Dateien nicht."
    ),
    (
        "Ideas, processes, rollout, municipalities, public events and news, without personal data. Times in UTC. "
        "In the CSV files an apostrophe stands before cells that a spreadsheet would run (they begin with = + - @); "
        "not in the JSON files."
    ),
)


@page("/daten/")
def index(visit: Visit) -> Answer:
    return visit.html("daten", tables=TABLES, licence=licence(visit), says=visit.say(*SAYS))


_NAMED: Final = {name: table for table in TABLES for name in (table.name, table.plain)}


def _files(_: Visit) -> Iterable[str]:
    return (f"/daten/{table.name}.{kind}" for table in TABLES for kind in FORMATS)


@page(rf"/daten/(?P<name>{'|'.join(_NAMED)})\.(?P<kind>csv|json)", whole=_files)
def table_file(visit: Visit, name: str, kind: str) -> Answer:
    found = _NAMED[name]
    rows = list(found.rows(visit.ctx))
    if kind == "csv":
        lines = [[_cell(row[column.name]) for column in found.columns] for row in rows]
        return Answer(as_open_csv([[c.name for c in found.columns], *lines]), CSV, headers=OPEN)
    at = visit.ctx.now.astimezone(visit.ctx.settings.zone).isoformat(timespec="seconds")
    body = as_json({"of": found.name, "at": at, "rows": rows})
    return Answer(body, JSON, headers=OPEN, basis=json.dumps(rows))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_json(what: Any) -> bytes:
    return json.dumps(what, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def licence(visit: Visit) -> tuple[str, str | None] | None:
    """The licence's name and where it is to be read; None where none is configured."""
    said = visit.place.licence.strip()
    if not said:
        return None
    if re.match(r"https?://", said):
        return said, said
    known = {name.casefold(): (name, url) for name, url in LICENCES.items()}
    return known.get(re.sub(r"[\s_]+", "-", said).casefold(), (said, None))


@page(r"/daten/datapackage\.json")
def datapackage(visit: Visit) -> Answer:
    """The tables as Frictionless Data describes them (datapackage.org)."""
    whole: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": "public-innovators-bl",
        "title": TITLE[0],
        "description": " ".join(SAYS),
        "homepage": visit.url("/"),
        "resources": [_resource(table) for table in TABLES],
    }
    found = licence(visit)
    if found is not None:
        name, url = found
        called = {"name": name} if re.fullmatch(r"[\w.-]+", name) else {"title": name}
        if url is None and "name" not in called:
            url = visit.url("/daten/")  # where it is named in words
        whole["licenses"] = [called | ({"path": url} if url else {})]
    return Answer(as_json(whole), JSON, headers=OPEN)


def _resource(table: Table) -> dict[str, Any]:
    fields = [
        {"name": column.name, "type": column.type, "description": " / ".join(column.says)}
        for column in table.columns
    ]
    key: str | list[str] = table.key[0] if len(table.key) == 1 else list(table.key)
    return {
        "profile": "tabular-data-resource",
        "name": table.plain,
        "title": table.title[0],
        "description": " / ".join(table.says),
        "path": f"{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "schema": {"fields": fields, "missingValues": [""], "primaryKey": key},
    }
