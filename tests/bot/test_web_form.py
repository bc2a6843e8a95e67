"""Who fills in the form: what comes back, what the coordinators see, and what robots get."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy import text

from bot.config.keys import Web
from bot.web.forms import Hours
from bot.web.refusals import told
from commands.members.applying import Form
from storage.engine.database import LostError, StoreAwayError
from tests.support import strict_html
from tests.support.chat import Chat, Said
from tests.support.outside import Town, made

KORA, PIA = "@kora:localhost", "@pia:localhost"
ANSWERS = {
    "name": "Rita <b>Neu</b>",
    "municipality": "aesch",
    "function": "Einwohnerdienste",
    "contact": "rita@example.ch",
    "knowhow": "Umzug, eBau",
    "interests": "",
    "website": "",
}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(made(tmp_path), tmp_path)
    town.settings = Web(
        listen="127.0.0.1:8082",
        public_url="https://pi.example.ch",
        registration=True,
    )
    town.chat.direct(KORA)
    return town


async def stamp_of(reader: ClientSession, path: str = "/mitmachen") -> str:
    answer = await reader.get(path, allow_redirects=False)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    page = await answer.text()
    assert strict_html.problems(page) == []
    [stamp] = re.findall(r'name="stamp" value="([^"]+)"', page)
    return str(stamp)


async def send(reader: ClientSession, path: str = "/mitmachen", **answers: str) -> tuple[int, str]:
    """The status, and the page or where it leads."""
    answer = await reader.post(path, data=ANSWERS | answers, allow_redirects=False)
    return answer.status, answer.headers.get("Location") or await answer.text()


def applications(town: Town) -> list[Said]:
    return [s for s in town.chat.in_room("coordination") if s.machine["type"] == "member" and s.edits is None]


async def test_the_form_makes_the_card_once(town: Town) -> None:
    async with town.reading() as reader:
        stamp = await stamp_of(reader)
        assert stamp != await stamp_of(reader)
        town.chat.now += timedelta(seconds=20)
        assert await send(reader, stamp=stamp) == (303, "/mitmachen/danke")
        assert await send(reader, stamp=stamp) == (303, "/mitmachen/danke")
        thanks = await (await reader.get("/mitmachen/danke")).text()
        assert "Koordinationsstelle" in thanks
        assert strict_html.problems(thanks) == []
    [card] = applications(town)
    assert card.machine == {
        "type": "member",
        "state": "applied",
        "name": "Rita <b>Neu</b>",
        "municipality": "Aesch",
        "function": "Einwohnerdienste",
    }
    assert "rita@example.ch" in card.text
    assert "Umzug, eBau" in card.text
    assert "<b>Neu" not in card.html
    assert {key for event, key in town.chat.reactions if event == card.event_id} == {"✅", "❌"}


async def test_what_is_wrong_is_said_and_nothing_is_lost(town: Town) -> None:
    async with town.reading() as reader:
        stamp = await stamp_of(reader, "/en/mitmachen")
        town.chat.now += timedelta(seconds=20)
        for answers, said in (
            ({"name": " "}, "What is your name?"),
            ({"name": "\u200b\u2060"}, "What is your name?"),
            ({"function": "\u2800 ."}, "What do you do there?"),
            ({"municipality": "Aesh"}, "Did you mean Aesch?"),
            ({"municipality": "Zürich"}, "Basel-Landschaft"),
            ({"contact": "rita"}, "Where can we answer you?"),
        ):
            status, page = await send(reader, "/en/mitmachen", stamp=stamp, **answers)
            assert (status, said in page) == (422, True), said
            assert strict_html.problems(page) == []
            assert "Umzug, eBau" in page
            if len(answers) and "contact" in answers:
                break
    assert applications(town) == []


@pytest.mark.parametrize("seconds", [0, 2, 100_000])
async def test_a_stamp_is_neither_too_fresh_nor_too_old(town: Town, seconds: int) -> None:
    async with town.reading() as reader:
        stamp = await stamp_of(reader)
        town.chat.now += timedelta(seconds=seconds)
        status, page = await send(reader, stamp=stamp)
        assert (status, "noch einmal ab" in page) == (422, True)
        [again] = re.findall(r'name="stamp" value="([^"]+)"', page)
        town.chat.now += timedelta(seconds=5)
        assert (await send(reader, stamp=again))[0] == 303


async def test_below_a_path_the_form_is_where_it_is(town: Town) -> None:
    """Whether the proxy leaves the path in the address, or takes it off."""
    town.settings = town.settings.model_copy(update={"public_url": "https://www.example.ch/pi"})
    async with town.reading() as reader:
        for path in ("/en/mitmachen", "/pi/en/mitmachen"):
            stamp = await stamp_of(reader, path)
            town.chat.now += timedelta(seconds=20)
            assert await send(reader, path, stamp=stamp) == (303, "/pi/en/mitmachen/danke")
    assert len(applications(town)) == 2


async def test_an_address_of_a_domain_with_an_umlaut_will_do(town: Town) -> None:
    await applied(town, contact="rita@gemeinde-läufelfingen.ch")


async def test_robots_and_what_is_no_form(town: Town) -> None:
    async with town.reading() as reader:
        stamp = await stamp_of(reader)
        town.chat.now += timedelta(seconds=20)
        forged = f"{stamp[:-1]}{'0' if stamp[-1] != '0' else '1'}"
        for wrong in ("", "x", forged, stamp.replace(".", ".1", 1)):
            assert (await send(reader, stamp=wrong))[0] == 422
    async with town.reading() as reader:
        assert (await send(reader, stamp=stamp, website="http://spam.example"))[0] == 303
        assert (await reader.post("/mitmachen", json=ANSWERS)).status == 400
        assert (await reader.post("/mitmachen", data=b"x" * 70_000)).status == 413
        assert (await reader.post("/news", data=ANSWERS)).status == 405
        refused = await reader.put("/mitmachen", data=ANSWERS)
        assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert applications(town) == []


async def test_five_an_hour_and_address(town: Town) -> None:
    async with town.reading() as reader:
        statuses = [(await send(reader, stamp="x"))[0] for _ in range(6)]
        assert statuses == [422] * 5 + [429]
    hours = Hours()
    assert sum(hours.takes(f"10.0.0.{n}", 1.0) for n in range(70)) == 60
    assert not hours.takes("10.0.0.200", 3600.0)
    assert hours.takes("10.0.0.200", 3602.0)


def kept(page: str) -> None:
    """Nothing of what was typed is lost, and no introduction stands before why it was not taken in."""
    assert strict_html.problems(page) == []
    assert [form for form in re.findall('value="(.*?)"', page) if form in ANSWERS.values() and form] == [
        "aesch",
        "Einwohnerdienste",
        "rita@example.ch",
        "Umzug, eBau",
    ]
    assert 'value="Rita &lt;b&gt;Neu&lt;/b&gt;"' in page
    assert "<h2" not in page
    assert 'role="alert"' in page


async def test_mistakes_do_not_count_and_what_was_typed_stays(town: Town) -> None:
    async with town.reading() as reader:
        stamp = await stamp_of(reader)
        town.chat.now += timedelta(seconds=20)
        for _ in range(7):
            status, page = await send(reader, stamp=stamp, name="")
            assert (status, f'value="{stamp}"' in page) == (422, True)
            assert '<a href="#name">' in page
        for n in range(5):
            assert (await send(reader, stamp=stamp, name=f"Rita {n}"))[0] == 303
        answer = await reader.post("/mitmachen", data=ANSWERS | {"stamp": stamp})
        assert (answer.status, answer.headers["Retry-After"]) == (429, "3600")
        page = await answer.text()
        kept(page)
        assert "in einer Stunde" in page
    assert len(applications(town)) == 1


async def test_where_the_bot_does_not_take_it_what_was_typed_stays(town: Town) -> None:
    async with town.reading() as reader:
        stamp = await stamp_of(reader, "/en/mitmachen")
        town.chat.now += timedelta(seconds=20)
        desk = town.opened.desk
        desk.close()
        status, page = await send(reader, "/en/mitmachen", stamp=stamp)
        assert (status, "in a moment" in page, f'value="{stamp}"' in page) == (503, True, True)
        kept(page)
        assert "<form" not in await (await reader.get("/mitmachen")).text()
        desk.open(bytes(32), town.take)
        assert await send(reader, "/en/mitmachen", stamp=stamp) == (303, "/en/mitmachen/danke")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("status", [400, 405, 408, 413, 414, 429, 431, 503])
def test_a_refusal_is_a_page_too(status: int, language: str) -> None:
    refused = told(status, language, "/pi")
    assert isinstance(refused.body, bytes)
    page = refused.body.decode()
    assert (refused.status, refused.content_type, strict_html.problems(page)) == (status, "text/html", [])
    assert f'href="/pi/{"" if language == "de" else "en/"}"' in page


async def test_without_the_switch_or_the_bot_there_is_no_form(town: Town) -> None:
    async with town.reading() as reader:
        stamp = await stamp_of(reader)
    town.settings = Web(listen="127.0.0.1:8082", public_url="https://pi.example.ch")
    async with town.reading() as reader:
        assert "<form" not in await (await reader.get("/mitmachen")).text()
        assert (await send(reader, stamp=stamp))[0] == 405
        assert (await reader.get("/mitmachen/danke")).status == 404


# --- what the coordinators do with it


async def applied(town: Town, **answers: str) -> Said:
    async with town.reading() as reader:
        stamp = await stamp_of(reader)
        town.chat.now += timedelta(seconds=20)
        assert (await send(reader, stamp=stamp, **answers))[0] == 303
    return applications(town)[-1]


def newest(chat: Chat, card: Said) -> str:
    chat.edit_cards()
    return next(
        (s.text for s in reversed(chat.in_room("coordination")) if s.edits == card.event_id), card.text
    )


async def test_yes_says_what_to_send_to_whom(town: Town) -> None:
    chat, card = town.chat, await applied(town, name="Rita Neu")
    chat.reacts(card, "✅", by=KORA)
    said = chat.to(KORA)[-1]
    assert "rita@example.ch" in said.text
    assert "profil anmelden gemeinde: Aesch | funktion: Einwohnerdienste" in said.text
    assert said.machine["state"] == "applied"
    assert "angenommen von Kora" in newest(chat, card)
    chat.takes_off(chat.last, by=KORA)
    assert "✅ ja" in newest(chat, card)
    chat.reacts(card, "❌", by=KORA)
    assert "abgelehnt von Kora" in newest(chat, card)
    before = len(chat.to(PIA))
    chat.reacts(card, "✅", by=PIA)
    assert "nur" in chat.to(PIA)[before].text.casefold()


async def test_after_thirty_days_it_is_deleted_and_that_is_said(town: Town) -> None:
    chat = town.chat
    await applied(town, name="Rita Neu")
    await applied(town, name="Urs Neu", contact="urs@example.ch")
    chat.reacts(applications(town)[-1], "❌", by=KORA)
    chat.later(days=29)
    assert len(applications(town)) == 2
    chat.later(days=1, minutes=1)
    said = chat.in_room("coordination")[-1]
    assert "Eine Anmeldung über die Webseite ist gelöscht" in said.text
    assert "Rita" not in said.text
    with chat.database.transaction() as tx:
        assert tx.execute(text("SELECT count(*) FROM applications")).scalar() == 0
    assert sum(errand.kind == "redaction" for errand in chat.errands) == 2


async def test_whose_matrix_id_it_names_can_have_it_erased(town: Town) -> None:
    chat = town.chat
    await applied(town, contact=PIA)
    room = chat.direct(PIA)
    exported = json.loads(chat.reply("datenschutz auskunft", room=room).content["data"])
    assert [one["function"] for one in exported["applications"]] == ["Einwohnerdienste"]
    chat.says(str(chat.reply("datenschutz löschen", room=room).machine["confirm"]), room=room)
    with chat.database.transaction() as tx:
        assert tx.execute(text("SELECT count(*) FROM applications")).scalar() == 0


def test_the_cards_in_english(town: Town) -> None:
    renderer = town.chat.core.outbox.renderer
    from commands.members import applying  # noqa: PLC0415

    card = applying.ApplicationCard(None, "")
    said = applying.Form("s", "Rita", "Aesch", "Kasse", "r@example.ch", knowhow=("KI",), interests=("BPMN",))
    with town.chat.acting() as ctx:
        list(applying.receive(ctx, said))
        shown = applying.application_card(ctx, 1)
    assert shown.application is not None
    assert "tell you what to write" in renderer.html(shown, "en")
    assert "r@example.ch" not in renderer.html(replace(shown, hushed=True), "en")
    assert "profile register municipality: Aesch" in renderer.html(
        applying.WhatToSend(shown.application, "@pibot:localhost"), "en"
    )
    assert "deleted" in renderer.html(card, "en")
    assert "Nobody has decided" in renderer.html(applying.ApplicationsDeleted(1), "en")
    assert "2 Anmeldungen" in renderer.html(applying.ApplicationsDeleted(2), "de")
    assert "Somebody has decided" in renderer.html(applying.ApplicationDecided(""), "en")


@pytest.mark.parametrize("failure", [StoreAwayError(), LostError("postgresql://")])
async def test_a_form_that_can_not_be_taken_in_now_is_sent_once_more(
    town: Town, failure: BaseException
) -> None:
    in_vain = [failure]

    async def take(form: Form) -> None:
        if in_vain:
            raise in_vain.pop()
        await Town.take(town, form)

    town.desk = take
    async with town.reading() as reader:
        stamp = await stamp_of(reader)
        town.chat.now += timedelta(seconds=20)
        status, page = await send(reader, stamp=stamp)
        assert status == 503
        kept(page)
        assert f'value="{stamp}"' in page
        assert applications(town) == []
        assert await send(reader, stamp=stamp) == (303, "/mitmachen/danke")
    assert len(applications(town)) == 1
