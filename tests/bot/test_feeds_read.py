"""Feeds as they are found: all four forms, broken ones, and what people without good intentions put into them."""

from __future__ import annotations

import json
import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.feeds.fetching import Fetched, FetchError
from bot.feeds.reading import read
from bot.feeds.watching import read_apart
from tests.support.feeds import URL, item, parsed, rss


def entries(body: bytes | str, media_type: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parsed(body.encode() if isinstance(body, str) else body, media_type)[
        "entries"
    ]
    return found


def titles(body: bytes | str) -> list[str]:
    return [entry["title"] for entry in entries(body)]


def one(**values: str) -> dict[str, Any]:
    [entry] = entries(rss(item("x", **values)))
    return entry


# --- the forms

RSS_1 = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://www.example.ch/"><title>Kanton</title></channel>
<item rdf:about="urn:1"><title>Neu</title><link>https://www.example.ch/1</link><description>Text</description>
<dc:date>2026-11-02T09:00:00+01:00</dc:date></item></rdf:RDF>"""
RSS_2 = """<?xml version="1.0"?><rss version="2.0"><channel><title>Kanton</title>
<item><guid isPermaLink="false">1</guid><title>Neu</title><link>https://www.example.ch/1</link>
<description>Text</description><pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate></item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Kanton</title><id>urn:f</id>
<entry><id>urn:1</id><title type="html">Neu</title><link rel="alternate" href="/1"/><link rel="self" href="/self"/>
<updated>2026-11-09T08:00:00Z</updated><published>2026-11-02T08:00:00Z</published><content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>Text</p></div></content></entry></feed>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Kanton",
        "items": [
            {
                "id": 1,
                "title": "Neu",
                "url": "https://www.example.ch/1",
                "content_html": "<p>Text</p>",
                "date_published": "2026-11-02T09:00:00+01:00",
            }
        ],
    }
)


@pytest.mark.parametrize("form", [RSS_1, RSS_2, ATOM, JSON], ids=["rss1", "rss2", "atom", "json"])
def test_all_forms_say_the_same(form: str) -> None:
    found = parsed(form.encode())
    assert found["title"] == "Kanton"
    [entry] = found["entries"]
    at = datetime.fromisoformat(entry.pop("at"))
    assert at == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert len(entry.pop("key")) == 32
    assert entry == {"title": "Neu", "text": "Text", "link": "https://www.example.ch/1"}


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_each_encoding(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        + rss(item("ä", title="Zürich")).decode().partition("?>")[2]
    )
    assert titles(text.encode(encoding)) == ["Zürich"]


def test_the_encoding_that_the_server_names() -> None:
    body = rss(item("x", title="Zürich")).replace("ü".encode(), "ü".encode("latin-1"))
    assert entries(body, "application/rss+xml; charset=ISO-8859-1")[0]["title"] == "Zürich"


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b" ",
            b"\xef\xbb\xbf",
            b"\x00" * 100,
            b"\xff\xfe\xfd",
            b"%PDF-1.4",
            b"{",
            b"{}",
            b"[1]",
            b"null",
        ),
        *(b"<html><head><title>Kanton</title></head><body><p>x</p></body></html>", b"<rss", b"Guten Tag"),
        *(b'{"version": "https://jsonfeed.org/version/1", "items": 3}', b'{"items": []}', b"{" * 100_000),
        b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 100_000,
    ],
)
def test_what_is_no_feed(body: bytes) -> None:
    assert read(body, "", URL) is None


@pytest.mark.parametrize(
    ("link", "where"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', "https://www.example.ch/rss"),
        (
            "<LINK TYPE='application/atom+xml' REL='x Alternate' HREF='a.xml'/>",
            "https://www.example.ch/a.xml",
        ),
        ('<link rel="alternate" hreflang="fr" href="/fr"><link rel="icon" href="x">', None),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:x">', None),
        ('<link rel="alternate" type="application/rss+xml">', None),
    ],
)
def test_a_page_may_name_its_feed(link: str, where: str | None) -> None:
    page = f"<!doctype html><html><head><title>Kanton</title>{link}</head><body>x</body></html>".encode()
    assert read(page, "text/html", URL) == ({"elsewhere": where} if where else None)


def test_what_cannot_be_used_of_a_json_feed_is_left_out() -> None:
    items: list[Any] = [
        None,
        3,
        "x",
        [],
        {},
        {"id": None},
        {"id": {"a": 1}},
        {"id": "y", "title": ["x"], "url": 7},
    ]
    items += [{"id": "z", "title": "Gut", "date_published": "gestern", "content_text": "a < b & c <b>d</b>"}]
    found = entries(json.dumps({"version": "https://jsonfeed.org/version/1", "title": None, "items": items}))
    assert [entry["title"] for entry in found] == ["www.example.ch", "Gut"]
    assert found[1]["text"] == "a ‹ b & c ‹b>d‹/b>"


# --- broken


def test_a_file_that_breaks_off_keeps_back_its_last_entry() -> None:
    """The half of an entry may lack what it is known by, and would be news once more when the whole of it is there."""
    whole = rss("a", "b", "c")
    assert titles(whole) == ["Titel a", "Titel b", "Titel c"]
    for cut in range(whole.index(b"<guid>c"), whole.index(b"</channel>")):
        assert titles(whole[:cut]) in (["Titel a"], ["Titel a", "Titel b"])
    keys = {entry["key"] for entry in entries(whole)}
    for cut in range(whole.index(b"<item>"), len(whole), 7):
        found = read(whole[:cut], "", URL)
        assert found is None or {entry["key"] for entry in found["entries"]} <= keys


@pytest.mark.parametrize(
    "broken",
    [
        rss("a", "b").replace(b"Titel a", b"Hinz & Kunz <a"),
        rss("a", "b").replace(b"Titel a", b"\x00\x01\x1b"),
        rss("a", "b").replace(b"Titel a", b"&nbsp;&euml;&unknown;"),
        rss("a", "b") + b"<!-- made by a machine -->\n",
        b"\n\n  " + rss("a", "b"),
        b"<?php warning ?>" + rss("a", "b"),
    ],
)
def test_a_broken_file_has_all_its_entries(broken: bytes) -> None:
    keys = [entry["key"] for entry in entries(rss("a", "b"))]
    assert [entry["key"] for entry in entries(broken)] == keys


def test_a_file_too_broken_to_have_entries_is_none() -> None:
    """Taken for a feed without any, all its entries would count as gone."""
    assert read(rss("a", "b").replace(b"</title>", b""), "", URL) is None
    assert parsed(rss())["entries"] == []


def test_what_is_there_twice_is_one() -> None:
    assert titles(rss("a", "b", item("a", title="Anders"))) == ["Titel a", "Titel b"]


def test_an_entry_is_known_by_its_id_else_its_link_else_its_title_else_its_text() -> None:
    same = [
        (item("1"), item("1", title="x", link="https://else.ch/", pubDate="1 Nov 2026", description="y")),
        (item("", link="https://e.ch/1", title="a"), item("", link="https://e.ch/1", title="b")),
        (item("", link="", title="a", description="x"), item("", link="", title="a", description="y")),
        (item("", link="", title="", description="x"), item("", link="", title="", description="x")),
    ]
    keys = [{entries(rss(one))[0]["key"] for one in pair} for pair in same]
    assert [len(pair) for pair in keys] == [1, 1, 1, 1]
    assert len(set.union(*keys)) == 4
    assert entries(rss(item("", link="", title=""))) == []


def test_relative_links_lead_to_the_website_and_are_known_wherever_the_feed_is() -> None:
    body = rss(item("", link="/neu/1"))
    here, there = (parsed(body, url=url)["entries"][0] for url in (URL, "https://new.example.ch/f"))
    assert here["link"] == "https://www.example.ch/neu/1"
    assert there["link"] == "https://new.example.ch/neu/1"
    assert here["key"] == there["key"]


# --- texts


def test_a_text_is_plain_and_short() -> None:
    html = (
        "<h2>Neu</h2><p>Der <b>Kanton</b> hat<br/>es.</p>"
        "<script>alert(1)</script><style>p</style><ul><li>1</li></ul>"
    )
    assert one(description=html)["text"] == "Neu Der Kanton hat es. 1"
    long = one(description="Wort " * 200, title="Titel " * 50)
    assert len(long["text"]) <= 500
    assert long["text"].endswith("Wort…")
    assert len(long["title"]) <= 120
    assert one(description="x" * 900)["text"] == "x" * 499 + "…"


def test_without_a_title_the_text_is_one() -> None:
    assert one(title="", description="Kurz und gut")["title"] == "Kurz und gut"
    assert one(title="", description="")["title"] == "www.example.ch"
    assert one(title="Gleich", description="Gleich")["text"] == ""


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\u202eevil\u202c gut", "evil gut"),
        ("a\u2066b\u2069c\u200bd\ufeffe\u00adf", "abcdef"),
        ("Zei\u0000le\u0007\u001b[31m", "Zeile[31m"),
        ("a\u2028b\u2029c\nd\te", "a b c d e"),
        ("Z\u0301\u0302\u0303\u0304\u0305\u0306\u0307algo", "\u0179algo"),
        ("\ue000\U000e0041\U000f0000x", "x"),
        ("👩\u200d💻 Familie", "👩\u200d💻 Familie"),
        ("a   \u00a0\u2003 b", "a b"),
        ("&lt;b&gt;fett&lt;/b&gt; &amp; mehr", "<b>fett</b> & mehr"),
        ("&amp;lt;script&amp;gt;", "&lt;script&gt;"),
        ("<img src=x onerror=alert(1)>Bild", "Bild"),
        ("<a href='javascript:x'>hier</a>", "hier"),
        ("@room @pia:localhost", "@room @pia:localhost"),
    ],
)
def test_a_title_is_what_can_be_seen_of_it(hostile: str, shown: str) -> None:
    [entry] = entries(
        json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": hostile}]})
    )
    assert entry["title"] == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[Bank](https://evil.example/)", "[Bank] (https://evil.example/)"),
        ("```code", "'''code"),
        ("~~~code", "~code"),
        ("&lt;https://evil.example/&gt;", "‹https://evil.example/>"),
    ],
)
def test_no_sign_of_a_text_hides_what_stands_below_or_where_it_leads(text: str, shown: str) -> None:
    [entry] = entries(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1",
                "items": [{"id": "1", "title": "t", "summary": text}],
            }
        )
    )
    assert entry["text"] == shown


@pytest.mark.parametrize(
    "link",
    [
        *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.ch", "ftp://a.ch/"),
        *(
            "https://a:b@c.ch/",
            "https://",
            "http://[",
            "https://a.ch/" + "x" * 2000,
            "matrix:u/pia:localhost",
        ),
    ],
)
def test_a_link_is_one_that_a_browser_opens_or_none(link: str) -> None:
    assert one(link=link)["link"] == ""


def test_a_link_has_no_signs_that_mean_something_else() -> None:
    assert one(link='https://a.ch/x y<z>"`|\\^{}ü')["link"] == (
        "https://a.ch/x%20y%3Cz%3E%22%60%7C%5C%5E%7B%7D%C3%BC"
    )
    assert one(link="https://a.ch/?a=1&b=%20#c")["link"] == "https://a.ch/?a=1&b=%20#c"


@pytest.mark.parametrize(
    "day", ["gestern", "32 Nov 2026", "Mon, 02 Nov 99999 09:00:00 GMT", "", "0000-00-00"]
)
def test_a_date_that_is_none_is_left_out(day: str) -> None:
    assert one(pubDate=day)["at"] is None


# --- what costs time or memory, in the process of its own


async def apart(body: bytes) -> dict[str, Any]:
    return await read_apart(Fetched(body, URL, "", "", "", ""))


@pytest.mark.long
async def test_ten_thousand_entries_are_read_apart_and_leave_nothing() -> None:
    body = rss(*(item(f"{n}", description="Text &amp; mehr") for n in range(10_000)))
    assert len(body) < 2 * 1024 * 1024
    tracemalloc.start()
    found = await apart(body)
    assert len(found["entries"]) == 10_000
    del found
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 4 * 1024 * 1024


@pytest.mark.parametrize(
    "costs",
    ["bytearray(2**30)", "[' ' * n for n in range(10**6)]"],
)
async def test_a_parser_that_takes_more_than_it_may_is_ended(
    costs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser in place of feedparser asks for more memory than there is for it."""
    (tmp_path / "feedparser.py").write_text(f"def parse(*_, **__):\n    return {costs}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(FetchError, match="too_large"):
        await apart(rss("a"))


async def test_the_process_that_reads_knows_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "feedparser.py").write_text(
        "import os\ndef parse(*_, **__):\n    raise SystemExit(9 * ('PIBOT_PASSWORD' in os.environ))\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PIBOT_PASSWORD", "x")
    with pytest.raises(ValueError, match="Expecting value"):  # status 0, and nothing said
        await apart(rss("a"))


BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">
%s]><rss version="2.0"><channel><title>T</title><item><guid>1</guid><title>&j;</title></item></channel></rss>"""
NESTED = b"\n".join(
    b'<!ENTITY %c "%s">' % (ord("a") + n, b"&%c;" % (ord("a") + n - 1) * 10) for n in range(1, 10)
)
READS_FILES = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><title>T</title><item><guid>1</guid><title>a&x;b</title></item></channel></rss>"""


@pytest.mark.parametrize(
    "body",
    [
        BOMB.replace(b"%s", NESTED),
        READS_FILES,
        pytest.param(b"<rss version='2.0'><channel>" + b"<a>" * 100_000, marks=pytest.mark.long),
        rss(item("1", title="<b>" * 90_000)),
        b"<rss version='2.0'><channel><item><title>"
        + b"\xcc\x81" * 900_000
        + b"</title></item></channel></rss>",
    ],
    ids=["bomb", "file", "deep", "tags", "marks"],
)
async def test_what_is_built_to_cost_much_costs_little(body: bytes) -> None:
    begun = time.process_time()
    found = ""
    with suppress(FetchError):
        found = str(await apart(body))
    assert "root:" not in found
    assert len(found) < 2000
    assert time.process_time() - begun < 1  # of the bot itself
