"""The pages that everybody may read, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from bot.config.keys import Web
from bot.web.texts import prose
from tests.support import strict_html
from tests.support.outside import Town, made, raw

PAGES = (
    *("/", "/news", "/news/N1", "/news/N3", "/agenda", "/agenda/A1", "/agenda/A3", "/agenda/K1", "/ideen"),
    *(
        "/ideen/I1",
        "/ideen/I2",
        "/ideen/I5",
        "/prozesse",
        "/prozesse/P1",
        "/gemeinden",
        "/mitmachen",
        "/daten/",
    ),
    *(
        "/ideen?stand=angenommen",
        "/ideen?thema=umzug",
        "/ideen?suche=formulare",
        "/news?suche=portal&thema=osp",
    ),
    *("/agenda?stand=alle", "/prozesse?suche=umzug&stand=identifiziert"),
)
NOT_FOR_ALL = ("Nur für uns", "Zu früh", "Entwurf", "Zurückgezogene", "Internes", "Protokoll", "intern")


@pytest.mark.parametrize("language", ["", "/en"])
async def test_every_page_is_valid_names_nobody_and_runs_nothing(town: Town, language: str) -> None:
    async with town.reading() as reader:
        led: set[str] = set()
        for path in PAGES:
            answer = await reader.get(f"{language}{path}")
            page = await answer.text()
            assert (answer.status, path) == (200, path)
            assert (strict_html.problems(page), path) == ([], path)
            led |= {link for link in strict_html.links(page) if link.startswith("/")}
            assert not re.search(r"Pia|Moni|Kora|@\w+:|localhost", page), path
            assert "Peter" not in page or path.startswith(
                "/ideen"
            )  # who has said that the name may stand there
            assert [words for words in NOT_FOR_ALL if words in page] == [], path
            assert "<script" not in page
            assert "\u202e" not in page
        for link in led:
            assert ((await reader.get(link)).status, link) == (200, link)


@pytest.mark.parametrize(
    "text",
    [
        *("a\nb", "a\n\n- b\n- c\n  d", "> a\n> b", "---", "1. a\n2. b", "# T\n## U\nx", "```\ncode\n```"),
        *(
            "| a |\n|-|\n| b<br>c |",
            "davor\n\n| a | c |\n|:-|-:|\n| b | d |",
            "![b](https://e.ch/x.png)",
            "~~x~~ `a` **b**",
        ),
        *(
            "Zeile1\u2028Zeile2\u0085x",
            "<b>x</b> &amp; &lt;",
            "[x](javascript:alert(1))",
            "[x](//evil.example)",
        ),
    ],
)
def test_however_people_write_the_page_is_valid(text: str) -> None:
    page = (
        '<!DOCTYPE html>\n<html lang="de-CH"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>T</title></head>'
        f"<body><main><h1>T</h1>{prose(text)}</main></body></html>"
    )
    assert strict_html.problems(page) == []
    assert not re.search(r'href="(?!https?:)|<img|<script|<b>', page)


async def test_each_page_says_what_it_is_about(town: Town) -> None:
    expected = {
        "/": ("Public Innovators", "Portal wächst", "PI-Event", "Identifiziert"),
        "/en/": ("municipalities takes part", "Portal wächst", "PI-Event", "Identified"),
        "/news/N1": ("Ab <strong>Montag</strong> auch in Aesch. Fragen an @….", "osp"),
        "/agenda/A1": ("Do, 18. März 2027, 13:30", "Liestal", "freier Platz"),
        "/en/agenda/A1": ("Thu, 18 March 2027, 13:30", "Liestal", "free seat"),
        "/agenda/A3": ("Findet nicht statt.", "Der Saal ist nicht frei."),
        "/ideen/I1": ("angenommen", "1 dafür, 0 dagegen", "Spart allen Zeit", "<em>schon</em>"),
        "/en/ideen/I1": ("accepted", "1 for, 0 against", "Spart allen Zeit"),
        "/ideen/I2": ("von Peter Muster",),
        "/prozesse/P1": (
            "Merkblatt",
            "https://example.ch/merkblatt",
            "Wartezeit",
            "-80%",
            "Liestal",
            "● jetzt",
        ),
        "/en/prozesse/P1": ("lab service", "Identified", "● now", "2 of 86 municipalities have the process."),
        "/gemeinden": ("Bezirk Arlesheim: 1 von", "✓ dabei, ★ First Mover"),
        "/ideen/I5": ("{{ 7*7 }}", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    }
    async with town.reading() as reader:
        for path, words in expected.items():
            page = re.sub(r"\s+", " ", await (await reader.get(path)).text())
            for word in words:
                assert word in page, path


async def test_of_one_thing_it_is_said_as_of_one(tmp_path: Path) -> None:
    town = Town(made(tmp_path), tmp_path)
    kora = "@kora:localhost"
    town.chat.says("!idee neu Umzugsmeldung", by=kora)
    town.chat.says("!prozess neu Hundesteuer | klasse: L", by=kora)
    async with town.reading() as reader:
        page = await (await reader.get("/")).text()
        assert ("Prozess ist unterwegs" in page, "Idee, davon umgesetzt" in page) == (True, True)
        page = await (await reader.get("/en/")).text()
        assert ("process is on its way" in page, "idea, implemented of them" in page) == (True, True)


async def test_what_is_not_public_is_not_there(town: Town) -> None:
    expected = {
        404: (
            *(
                "/news/N2",
                "/news/N5",
                "/news/N99",
                "/agenda/A2",
                "/ideen/I99",
                "/prozesse/P9",
                "/sitzungen/S1",
            ),
            *("/news?seite=2", "/ideen?seite=99", "/ideen?seite=0", "/ideen?seite=x", "/ideen?stand=xyz"),
            *("/ideen?stand=zurückgezogen", "/ideen/I01", "/kalender/abc.ics", "/daten/mitglieder.csv"),
            *("/../../etc/passwd", "/%2e%2e/config.yaml", "/stil.css/../../../keys.py", "/news/N1%00"),
            *("/en/en/", "/news/N" + "9" * 30, "/templates/base.html"),
        ),
        410: ("/news/N4", "/ideen/I3"),
    }
    async with town.reading() as reader:
        for status, paths in expected.items():
            for path in paths:
                for language in ("", "/en"):
                    answer = await reader.get(f"{language}{path}")
                    assert (answer.status, path) == (status, path)
                    assert strict_html.problems(await answer.text()) == []
                    assert "ETag" not in answer.headers


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", ["/ideen", "/prozesse", "/agenda"])
async def test_whatever_can_be_picked_is_shown_as_picked(town: Town, language: str, path: str) -> None:
    async with town.reading() as reader:
        page = await (await reader.get(f"{language}{path}")).text()
        [name] = re.findall(r'<select id="stand" name="(\w+)">', page)
        words = [unescape(word) for word in re.findall(r'<option value="([^"]+)"', page)]
        assert len(words) > 2
        for word in words:
            answer = await reader.get(f"{language}{path}", params={name: word})
            assert (answer.status, word) == (200, word)
            assert f'<option value="{word}" selected>' in unescape(await answer.text())


async def test_states_are_written_as_in_the_chat(town: Town) -> None:
    expected = {
        "/ideen": ("angenommen", "accepted", "Prüfung", "in Pruefung", "under_review", "offen", "alle"),
        "/prozesse": ("zurückgestellt", "on_hold", "hold", "laufend", "offen", "alle", "Frontend Prüfung"),
        "/agenda": ("kommend", "geplant", "planned", "vergangene", "past", "gestrichen", "alle"),
    }
    async with town.reading() as reader:
        for path, words in expected.items():
            for word in words:
                assert ((await reader.get(path, params={"stand": word})).status, word) == (200, word)


async def test_a_merged_idea_leads_to_the_other(town: Town) -> None:
    async with town.reading() as reader:
        answer = await reader.get("/en/ideen/I4", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (301, "/en/ideen/I2")


async def test_the_language_is_the_address_and_on_the_first_page_the_browser_s_wish(town: Town) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.9,de;q=0.5"}
    async with town.reading() as reader:
        for headers, language in (
            ({}, "de-CH"),
            (english, "en"),
            ({"Accept-Language": "de-CH, en;q=0.8"}, "de-CH"),
            ({"Accept-Language": "fr, *;q=0.1"}, "de-CH"),
            ({"Accept-Language": "en;q=0, de;q=0"}, "de-CH"),
            ({"Accept-Language": "x" * 5000}, "de-CH"),
            (english | {"Sec-Fetch-Site": "same-origin"}, "de-CH"),  # from another page of the site
        ):
            answer = await reader.get("/", headers=headers)
            assert f'<html lang="{language}">' in await answer.text()
            assert "Accept-Language" in answer.headers["Vary"]
        for path, to in (
            ("/ideen?sprache=en&stand=angenommen", "/en/ideen?stand=angenommen"),
            ("/en/ideen?sprache=de", "/ideen"),
            ("/?sprache=en", "/en/"),
            ("/en/?sprache=de", "/?sprache=de"),
            ("/en", "/en/"),
            ("/daten", "/daten/"),
            ("/ideen/", "/ideen"),
        ):
            answer = await reader.get(path, headers=english, allow_redirects=False)
            assert (answer.status, answer.headers["Location"]) == (301, to)
        for path in ("/en/?sprache=de", "/?sprache=de"):
            assert '<html lang="de-CH">' in await (await reader.get(path, headers=english)).text()
        answer = await reader.get("/ideen", headers=english)
        assert "Vary" not in answer.headers
        assert '<html lang="de-CH">' in await answer.text()


async def test_a_path_of_the_site_that_begins_as_one_of_the_pages_is_in_nobody_s_way(town: Town) -> None:
    town = replace(town, settings=Web(listen="127.0.0.1:8082", public_url="https://www.example.ch/i"))
    async with town.reading() as reader:
        for path in ("/ideen", "/i/ideen", "/i", "/i/"):
            assert ((await reader.get(path)).status, path) == (200, path)


async def test_nobody_is_led_to_another_host(town: Town) -> None:
    paths = (
        *("//evil.example/?sprache=en", "//evil.example/ideen/", "/en//evil.example/?sprache=de"),
        *("/%2fevil.example/", "/\\evil.example/?sprache=en", "http://evil.example/ideen/"),
    )
    async with town.reading() as reader:
        for path in paths:
            sent = f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
            answer = (await raw(reader, sent.encode())).decode()
            location = re.search(r"^Location: (.*?)\r?$", answer, re.MULTILINE)
            assert location is None or re.match(r"/(?![/\\])", f"{location[1]} "), (path, location)


async def test_whoever_is_erased_is_gone_at_once(tmp_path: Path) -> None:
    chat, peter = made(tmp_path), "@peter:localhost"
    chat.says("!idee neu Schalter am Samstag", by=peter)
    chat.says("!profil ändern öffentlich: ja", by=peter, room=chat.direct(peter))
    async with Town(chat, tmp_path).reading() as reader:
        before = await reader.get("/ideen/I1")
        assert "Peter Muster" in await before.text()
        asked = chat.reply("!datenschutz löschen", by=peter, room=chat.direct(peter))
        chat.says(asked.machine["confirm"], by=peter, room=chat.direct(peter))
        after = await reader.get("/ideen/I1", headers={"If-None-Match": before.headers["ETag"]})
        assert after.status == 200
        assert "Peter" not in await after.text()
