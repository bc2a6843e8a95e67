"""The descriptions of the open data, held against what Frictionless and the shapes of DCAT-AP demand.

The validators themselves are large and not among what the tests need; MUST says what their shapes say of the classes
that are used here: DCAT-AP 2.1.1 and 3.0.1 (with the classes and vocabularies of their terms), eCH-0200.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pytest

from bot.config.keys import Web
from tests.support.outside import Town

Node = dict[str, Any]
MANY: Final = 1000
TEXT, DAY, IRI = "a text in a language", "a day", "an address"
MUST: Final[
    dict[str, dict[str, tuple[int, int, object]]]
] = {  # of each class: what it has, how often, and of what kind that is
    "dcat:Catalog": {
        "dct:title": (1, MANY, TEXT),
        "dct:description": (1, MANY, TEXT),
        "dct:publisher": (1, 1, "foaf:Agent"),
        "dct:issued": (1, 1, DAY),
        "dct:license": (0, 1, "dct:LicenseDocument"),
        "dct:language": (0, MANY, "dct:LinguisticSystem"),
        "dct:spatial": (0, MANY, "dct:Location"),
        "foaf:homepage": (1, 1, "foaf:Document"),
        "dcat:themeTaxonomy": (0, MANY, "skos:ConceptScheme"),
        "dcat:dataset": (1, MANY, "dcat:Dataset"),
    },
    "dcat:Dataset": {
        "dct:identifier": (1, 1, str),
        "dct:title": (1, MANY, TEXT),
        "dct:description": (1, MANY, TEXT),
        "dct:publisher": (1, 1, "foaf:Agent"),
        "dct:issued": (0, 1, DAY),
        "dct:language": (0, MANY, "dct:LinguisticSystem"),
        "dct:spatial": (0, MANY, "dct:Location"),
        "dct:accrualPeriodicity": (0, 1, "dct:Frequency"),
        "dcat:contactPoint": (1, MANY, "vcard:Kind"),
        "dcat:keyword": (0, MANY, TEXT),
        "dcat:theme": (0, MANY, "skos:Concept"),
        "dcat:landingPage": (0, MANY, "foaf:Document"),
        "dcat:distribution": (0, MANY, "dcat:Distribution"),
    },
    "dcat:Distribution": {
        "dct:title": (0, MANY, TEXT),
        "dct:description": (0, MANY, TEXT),
        "dct:publisher": (1, MANY, "foaf:Agent"),
        "dct:issued": (1, 1, DAY),
        "dct:license": (0, 1, "dct:LicenseDocument"),
        "dct:language": (0, MANY, "dct:LinguisticSystem"),
        "dct:format": (0, 1, "dct:MediaTypeOrExtent"),
        "dcat:contactPoint": (1, MANY, "vcard:Kind"),
        "dcat:accessURL": (1, 1, IRI),
        "dcat:downloadURL": (0, 1, IRI),
        "dcat:mediaType": (0, 1, "dct:MediaType"),
        "dcatap:availability": (0, 1, "skos:Concept"),
    },
    "foaf:Agent": {"foaf:name": (1, MANY, str), "foaf:homepage": (0, MANY, "foaf:Document")},
    "skos:Concept": {"skos:prefLabel": (1, MANY, TEXT), "skos:inScheme": (1, MANY, IRI)},
    "skos:ConceptScheme": {"dct:title": (1, MANY, TEXT)},
    "vcard:Kind": {
        "vcard:fn": (1, MANY, str),
        "vcard:hasEmail": (0, MANY, IRI),
        "vcard:hasURL": (0, MANY, IRI),
    },
    "dct:LicenseDocument": {"dct:title": (0, MANY, str)},
    "foaf:Document": {},
}
SCHEMES: Final = {  # the vocabulary that a term has to be of
    "dct:accrualPeriodicity": "frequency",
    "dct:format": "file-type",
    "dct:language": "language",
    "dct:spatial": "country",
    "dcat:theme": "data-theme",
    "dcatap:availability": "planned-availability",
}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _nodes(value: Any) -> Iterator[Node]:
    for one in _listed(value):
        if isinstance(one, dict) and "@value" not in one:
            yield one
            for name, inner in one.items():
                if not name.startswith("@"):
                    yield from _nodes(inner)


def _is(value: Any, kind: object, kinds: dict[str, set[str]]) -> bool:
    if kind is str:
        return isinstance(value, str) and bool(value)
    if not isinstance(value, dict):
        return False
    if kind == TEXT:
        return value.get("@language") in ("de", "en") and bool(value.get("@value"))
    if kind == DAY:
        return value["@type"] == "xsd:date" and bool(date.fromisoformat(value["@value"]))
    if kind == IRI:
        return list(value) == ["@id"] and bool(re.match("https?://|mailto:", value["@id"]))
    return kind in kinds[value.get("@id", "")] | set(_listed(value.get("@type", [])))


def problems(catalogue: Node) -> list[str]:
    """What of the catalogue is not as MUST says."""
    prefixes = catalogue.pop("@context")
    kinds: dict[str, set[str]] = defaultdict(set)
    for node in _nodes(catalogue):
        if "@id" in node:
            kinds[node["@id"]] |= set(_listed(node.get("@type", [])))
    found = []
    for node in _nodes(catalogue):
        called = f"{node.get('@type')} {node.get('@id')}"
        own = [MUST[kind] for kind in _listed(node.get("@type", [])) if kind in MUST]
        known = {name for one in own for name in one}
        found += [
            f"{called}: {name} is not known"
            for name in node
            if not name.startswith("@") and name not in known
        ]
        found += [
            f"{called}: no prefix {name}"
            for name in node
            if name[0] != "@" and name.split(":")[0] not in prefixes
        ]
        for one in own:
            for name, (least, most, kind) in one.items():
                values = _listed(node[name]) if name in node else []
                if not least <= len(values) <= most:
                    found.append(f"{called}: {name} {len(values)} times")
                found += [f"{called}: {name} {value}" for value in values if not _is(value, kind, kinds)]
                scheme = f"http://publications.europa.eu/resource/authority/{SCHEMES.get(name)}"
                if name in SCHEMES and any(value["skos:inScheme"] != {"@id": scheme} for value in values):
                    found.append(f"{called}: {name} of another vocabulary")
    return found


@pytest.mark.parametrize(
    "licence", ["CC-BY-4.0", "Nutzung mit Quellenangabe", "https://example.ch/terms", ""]
)
@pytest.mark.parametrize("contact", ["info@example.ch", ""])
async def test_the_catalogue_is_as_the_shapes_demand(town: Town, licence: str, contact: str) -> None:
    settings = Web(public_url="https://pi.example.ch/offen", licence=licence, contact=contact)
    async with Town(town.chat, town.folder, settings).reading() as reader:
        catalogue = json.loads(await (await reader.get("/daten/catalog.jsonld")).read())
        page = await (await reader.get("/mitmachen")).text()
    assert (f'<a href="mailto:{contact}">{contact}</a>' in page) == bool(contact)
    assert problems(catalogue) == []
    [way] = {json.dumps(one["dcat:contactPoint"]) for one in catalogue["dcat:dataset"]}
    assert (f"mailto:{contact}" if contact else "https://pi.example.ch/offen/mitmachen") in way
    assert ("dct:license" in catalogue) == bool(licence)


async def test_what_the_shapes_demand_is_missed(town: Town) -> None:
    async with town.reading() as reader:
        text = await (await reader.get("/daten/catalog.jsonld")).text()
    for old, new in (
        ('"dct:issued"', '"dct:modified"'),
        ('"@type": "foaf:Document"', '"@type": "foaf:Image"'),
        ('"dct:Frequency"', '"dct:Standard"'),
        ("authority/file-type", "authority/language"),
        ('"skos:prefLabel"', '"skos:altLabel"'),
        ('"vcard:fn"', '"vcard:title"'),
        ('"foaf": ', '"foof": '),
    ):
        assert old in text
        assert problems(json.loads(text.replace(old, new))), old


IS_ONE: Final = {  # how a cell of each type reads; an empty one is no value
    "string": r"(?s).+",
    "integer": r"-?\d+",
    "boolean": "true|false",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "date": r"\d{4}-\d\d-\d\d",
    "array": r"\[.*\]",
}


async def test_each_cell_is_what_the_package_says_of_its_column(town: Town) -> None:
    async with town.reading() as reader:
        package = json.loads(await (await reader.get("/daten/datapackage.json")).read())
        assert package["profile"] == "tabular-data-package"
        names = [resource["name"] for resource in package["resources"]]
        assert len(names) == len(set(names))
        for resource in package["resources"]:
            assert not re.match(r"/|\.\.|https?:", resource["path"])  # an address inside the package
            text = await (await reader.get(f"/daten/{resource['path']}")).text()
            fields = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
            rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
            for row in rows:
                assert set(row) == set(fields)
                for name, cell in row.items():
                    assert cell == "" or re.fullmatch(IS_ONE[fields[name]], cell), (resource["name"], name)
            key = resource["schema"]["primaryKey"]
            keys = [tuple(row[name] for name in _listed(key)) for row in rows]
            assert all(all(one) for one in keys)
            assert len(keys) == len(set(keys)) > 0
