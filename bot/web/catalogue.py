"""The open data as a catalogue of DCAT-AP, for portals of open data: `/daten/catalog.jsonld`.

What the shapes of DCAT-AP 2 and 3 demand is there, and what those of Switzerland (eCH-0200) demand. The terms of the
European vocabularies say themselves what they are, so that nobody has to fetch those first.
"""

from __future__ import annotations

from typing import Any, Final

from bot.web.answers import Answer
from bot.web.data import FORMATS, OPEN, SAYS, TITLE, as_json, licence
from bot.web.visit import Visit, page
from commands.publication import TABLES, Table, since

JSON_LD: Final = "application/ld+json; charset=utf-8"
Node = dict[str, Any]

_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
_CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_KEYWORDS: Final = (("Gemeinden", "municipalities"), ("Digitalisierung", "digitalisation"))


def _term(scheme: str, code: str, label: str, *kinds: str) -> Node:
    """A word of one of the European vocabularies, with what it is and where it stands."""
    return {
        "@id": f"{_AUTHORITY}/{scheme}/{code}",
        "@type": ["skos:Concept", *kinds],
        "skos:inScheme": {"@id": f"{_AUTHORITY}/{scheme}"},
        "skos:prefLabel": {"@language": "en", "@value": label},
    }


_LANGUAGES: Final = [
    _term("language", "DEU", "German", "dct:LinguisticSystem"),
    _term("language", "ENG", "English", "dct:LinguisticSystem"),
]
_COUNTRY: Final = _term("country", "CHE", "Switzerland", "dct:Location")
_THEMES: Final = {
    "@id": f"{_AUTHORITY}/data-theme",
    "@type": "skos:ConceptScheme",
    "dct:title": {"@language": "en", "@value": "Data theme"},
}


@page(r"/daten/catalog\.jsonld")
def catalogue(visit: Visit) -> Answer:
    """Each table is a dataset, each of its files a distribution."""
    home = _home(visit)
    whole = {
        "@context": _CONTEXT,
        "@id": f"{home}#katalog",
        "@type": "dcat:Catalog",
        "dct:title": _said(TITLE),
        "dct:description": _said(SAYS),
        "dct:publisher": {
            **_publisher(visit),
            "@type": "foaf:Agent",
            "foaf:name": "Digitale Gemeinden BL",
            "foaf:homepage": {"@id": visit.url("/", "de"), "@type": "foaf:Document"},
        },
        "dct:issued": _issued(visit),
        "dct:language": _LANGUAGES,
        "dct:spatial": _COUNTRY,
        "dcat:themeTaxonomy": _THEMES,
        "foaf:homepage": {"@id": home, "@type": "foaf:Document"},
        "dcat:dataset": [_dataset(visit, table) for table in TABLES],
    }
    return Answer(as_json(whole | _licensed(visit)), JSON_LD, headers=OPEN)


def _dataset(visit: Visit, table: Table) -> Node:
    return {
        "@id": f"{_home(visit)}#{table.plain}",
        "@type": "dcat:Dataset",
        "dct:identifier": f"{table.plain}@public-innovators-bl",
        "dct:title": _said(table.title),
        "dct:description": _said(table.says),
        "dct:publisher": _publisher(visit),
        "dct:issued": _issued(visit),
        "dct:language": _LANGUAGES,
        "dct:spatial": _COUNTRY,
        "dct:accrualPeriodicity": _term("frequency", "CONT", "continuous", "dct:Frequency"),
        "dcat:contactPoint": _contact(visit),
        "dcat:keyword": [said for words in (*_KEYWORDS, table.title) for said in _said(words)],
        "dcat:theme": _term("data-theme", "GOVE", "Government and public sector"),
        "dcat:landingPage": {"@id": _home(visit), "@type": "foaf:Document"},
        "dcat:distribution": [_distribution(visit, table, kind) for kind in FORMATS],
    }


def _distribution(visit: Visit, table: Table, kind: str) -> Node:
    address = {"@id": visit.url(f"/daten/{table.name}.{kind}", "de")}
    media = f"https://www.iana.org/assignments/media-types/{FORMATS[kind]}"
    return {
        "@id": f"{_home(visit)}#{table.plain}-{kind}",
        "@type": "dcat:Distribution",
        "dct:title": [
            {**said, "@value": f"{said['@value']} ({kind.upper()})"} for said in _said(table.title)
        ],
        "dct:description": _said(table.says),
        "dct:publisher": _publisher(visit),
        "dct:issued": _issued(visit),
        "dct:language": _LANGUAGES,
        "dcat:contactPoint": _contact(visit),
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dcat:mediaType": {"@id": media, "@type": ["dct:MediaType", "dct:MediaTypeOrExtent"]},
        "dct:format": _term("file-type", kind.upper(), kind.upper(), "dct:MediaTypeOrExtent"),
        "dcatap:availability": _term("planned-availability", "AVAILABLE", "available"),
    } | _licensed(visit)


def _home(visit: Visit) -> str:
    return visit.url("/daten/", "de")


def _publisher(visit: Visit) -> Node:
    return {"@id": f"{visit.url('/', 'de')}#herausgeberin"}


def _contact(visit: Visit) -> Node:
    """Who answers questions: by e-mail where an address is configured, else as the page says."""
    there = (
        {"vcard:hasEmail": {"@id": f"mailto:{visit.place.contact}"}}
        if visit.place.contact
        else {"vcard:hasURL": {"@id": visit.url("/mitmachen", "de")}}
    )
    return {
        "@id": f"{_home(visit)}#kontakt",
        "@type": ["vcard:Organization", "vcard:Kind"],
        "vcard:fn": "Digitale Gemeinden BL",
        **there,
    }


def _issued(visit: Visit) -> Node:
    return {"@type": "xsd:date", "@value": visit.local(since(visit.ctx)).date().isoformat()}


def _said(words: tuple[str, str]) -> list[dict[str, str]]:
    return [
        {"@language": language, "@value": text} for language, text in zip(("de", "en"), words, strict=True)
    ]


def _licensed(visit: Visit) -> Node:
    """Under which licence it is; nothing where none is configured."""
    found = licence(visit)
    if found is None:
        return {}
    name, url = found
    named = {"@id": url} if url else {"dct:title": name}
    return {"dct:license": {"@type": "dct:LicenseDocument", **named}}
