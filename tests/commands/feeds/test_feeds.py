"""Feeds: moderators keep them, and what they show becomes news, each entry once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commands.feeds import Look
from commands.feeds.values import PROBLEMS
from commands.framework.context import Settings
from storage.engine.database import Database
from tests.support.chat import ROOMS, Chat, Said
from tests.support.feeds import URL, due, failed, item, looked, rss, taken_in

PIA, MONI, KORA = "@pia:localhost", "@moni:localhost", "@kora:localhost"
MODERATION = ROOMS["moderation"]


@pytest.fixture(autouse=True)
def people(chat: Chat) -> None:
    chat.member(PIA)


@pytest.fixture
def added(chat: Chat) -> Said:
    """The reply to who has added F1."""
    return chat.reply(f"!feed neu {URL}", by=MONI, room=MODERATION)


@pytest.fixture
def direct(chat: Chat) -> Said:
    """F1 was read, and its entries are published at once."""
    said = chat.reply(f"!feed neu {URL} | modus: direkt | tags: kanton", by=MONI)
    looked(chat, rss("a"))
    return said


def news(said: list[Said], purpose: str = "news") -> list[str]:
    """The titles of the news that were posted."""
    return [
        s.machine["title"]
        for s in said
        if s.room == ROOMS[purpose] and s.edits is None and s.machine["type"] == "news"
    ]


def now(chat: Chat, said: Said) -> Said:
    """How the message reads by now."""
    return next((s for s in reversed(chat.said) if s.edits == said.event_id), said)


def part(chat: Chat, number: int = 1) -> dict[str, Any]:
    return chat.reply(f"!feed zeige F{number}", by=MONI).machine


# --- adding one


def test_a_feed_is_added_and_the_reply_says_what_it_is_called(chat: Chat, added: Said) -> None:
    new = {"type": "feed", "ref": "F1", "title": "www.example.ch", "url": URL, "mode": "draft"}
    assert added.machine == new | {"state": "new", "entries": 0}
    assert due(chat) == [1]
    said = looked(chat, rss("c", "b", "a"))
    assert now(chat, added).machine == new | {
        "title": "Kanton",
        "state": "ok",
        "entries": 1,
        "checked": "2026-11-02T10:00:00+01:00",
    }
    assert "F1 · Kanton ist dabei" in now(chat, added).text
    assert news(said, "moderation") == ["Titel c"]
    assert chat.card("N1").machine["state"] == "draft"
    assert len(said) == 2
    assert due(chat) == []


def test_why_it_cannot_be_read_stands_in_the_reply(chat: Chat, added: Said) -> None:
    said = failed(chat, "not_public")
    assert now(chat, added).machine["state"] == "failing"
    assert "internes Netz" in now(chat, added).text
    assert len(said) == 1
    assert part(chat)["state"] == "failing"
    chat.later(hours=1)
    said = looked(chat, rss("a"))
    assert "ist dabei" in now(chat, added).text
    assert [s.text for s in chat.in_room("moderation") if "wieder lesen" in s.text]


def test_the_reply_speaks_the_language_it_was_given_in(chat: Chat) -> None:
    chat.member("@mo:localhost", language="en")
    chat.says("!role grant @mo:localhost moderator", by=KORA)
    room = chat.direct("@mo:localhost")
    added = chat.reply(f"feed new {URL} mode: direct", by="@mo:localhost", room=room)
    assert "having a look" in added.text
    looked(chat, rss("a"))
    assert "is added. New entries are published directly" in now(chat, added).text


@pytest.mark.parametrize(
    "command",
    [f"!feed neu {URL}", "!feed liste", "!feed zeige F1", "!feed edit F1 mode: direct", "!feed entfernen F1"],
)
def test_only_moderators_keep_feeds(chat: Chat, added: Said, command: str) -> None:
    assert chat.reply(command, by=PIA).machine["code"] == "not_allowed"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://www.example.ch/rss.xml",
        "https://WWW.example.ch/rss.xml/",
        "https://www.example.ch:443/rss.xml#x",
    ],
)
def test_the_same_feed_is_added_once(chat: Chat, added: Said, url: str) -> None:
    again = chat.reply(f"!feed neu {url}", by=KORA)
    assert (again.machine["code"], again.machine["similar"]) == ("conflict", ["F1"])
    assert chat.reply(f"!feed neu {URL}?y=1", by=KORA).machine["ref"] == "F2"


@pytest.mark.parametrize(
    "url",
    ["ftp://example.ch/rss", "file:///etc/passwd", "https://a:b@example.ch/rss", "rss"],
)
def test_what_is_no_address_is_refused(chat: Chat, url: str) -> None:
    assert chat.reply(f"!feed neu {url}", by=MONI).machine["code"] == "bad_input"


def test_without_an_address_it_is_asked_for(chat: Chat) -> None:
    room = chat.direct(MONI)
    asked = chat.reply("feed neu", by=MONI, room=room)
    assert (asked.machine["type"], asked.machine["field"]) == ("question", "url")
    added = chat.reply(URL, by=MONI, room=room)
    assert added.machine["ref"] == "F1"
    looked(chat, rss("a"))
    assert "Kanton ist dabei" in now(chat, added).text


# --- changing and removing


def test_mode_and_tags_can_be_changed(chat: Chat, added: Said) -> None:
    looked(chat, rss("a"))
    changed = chat.reply("!feed ändern F1 modus: direkt | tags: kanton", by=MONI)
    assert changed.machine["mode"] == "direct"
    assert news(looked(chat, rss("b", "a"))) == ["Titel b"]
    assert chat.card("N2").machine["tags"] == ["kanton"]
    assert chat.reply("!feed edit F1 mode: direct", by=MONI).machine["type"] == "error"
    chat.reacts(changed, "↩️", by=MONI)
    assert part(chat)["mode"] == "draft"


def test_a_removed_feed_is_looked_at_no_more(chat: Chat, direct: Said) -> None:
    chat.later(minutes=30)
    assert due(chat) == [1]
    removed = chat.reply("!feed entfernen F1", by=KORA)
    assert removed.machine["state"] == "removed"
    assert due(chat) == []
    assert looked(chat, rss("b", "a")) == []  # it was under way
    assert chat.reply("!feed zeige F1", by=MONI).machine["code"] == "conflict"
    assert chat.reply("!feeds", by=MONI).machine["total"] == 0
    chat.reacts(removed, "↩️", by=KORA)
    assert due(chat) == [1]
    assert news(looked(chat, rss("b", "a"))) == ["Titel b"]


def test_undo_and_edits_of_the_command(chat: Chat, added: Said) -> None:
    wrong = chat.reply("!feed neu https://www.example.ch/feet", by=MONI)
    event = chat.last
    failed(chat, "not_there", feed=2, asked="https://www.example.ch/feet")
    assert "gibt es dort nicht" in now(chat, wrong).text
    chat.edits(event, "!feed neu https://www.example.ch/feed", by=MONI)
    assert now(chat, wrong).machine["url"] == "https://www.example.ch/feed"
    assert looked(chat, rss("a"), feed=2, asked="https://www.example.ch/feet") == []  # was under way
    looked(chat, rss("a"), feed=2, asked="https://www.example.ch/feed")
    assert now(chat, wrong).machine["title"] == "Kanton"
    chat.reacts(now(chat, wrong).edits or "", "↩️", by=MONI)
    assert chat.reply("!feeds", by=MONI).machine["refs"] == ["F1"]


def test_the_list_has_pages(chat: Chat) -> None:
    for number in range(12):
        chat.reply(f"!feed neu https://www.example.ch/{number}", by=MONI)
    first, second = chat.reply("!feeds", by=MONI), chat.reply("!feed list page: 2", by=MONI)
    assert first.machine["refs"][0] == "F12"
    assert "feed liste seite: 2" in first.text
    assert second.machine["refs"] == ["F2", "F1"]
    assert second.machine["total"] == 12


# --- what becomes of entries


def test_each_new_entry_is_news_once_the_oldest_first(chat: Chat, direct: Said) -> None:
    assert news(looked(chat, rss("c", "b", "a"))) == ["Titel b", "Titel c"]
    assert looked(chat, rss("c", "b", "a")) == []
    card = chat.card("N2")
    assert card.machine["tags"] == ["kanton"]
    assert "https://www.example.ch/b" in card.text
    assert "· Kanton" in card.text
    assert part(chat)["entries"] == 3


def test_re_dated_reworded_removed_and_back_is_not_new(chat: Chat, direct: Said) -> None:
    again = item("a", title="Ganz anders", pubDate="Tue, 03 Nov 2026 09:00:00 GMT", link="https://else.ch/")
    assert looked(chat, rss(again)) == []
    assert looked(chat, rss()) == []
    chat.later(days=100)
    assert looked(chat, rss("a")) == []


def test_what_was_gone_for_very_long_is_forgotten(chat: Chat, direct: Said) -> None:
    looked(chat, rss("b"))
    chat.later(days=200)
    looked(chat, rss("b"))
    assert news(looked(chat, rss("b", "a"))) == ["Titel a"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (
            item("", guid="", link="https://e.ch/x", title="T"),
            item("", guid="", link="https://e.ch/x", title="U"),
        ),
        (item("", guid="", link="", title="T"), item("", guid="", link="", title="T", pubDate="5 Nov 2026")),
    ],
)
def test_without_an_id_the_link_and_then_the_title_tell(
    chat: Chat, direct: Said, first: str, then: str
) -> None:
    assert len(news(looked(chat, rss(first, "a")))) == 1
    assert looked(chat, rss(then, "a")) == []


def test_with_ids_of_their_own_two_of_one_link_are_two(chat: Chat, direct: Said) -> None:
    same = {"link": "https://www.example.ch/", "title": "Meldung"}
    assert (
        news(looked(chat, rss(item("y", **same), item("x", **same), item("x", **same), "a")))
        == ["Meldung"] * 2
    )


def test_dates_tell_the_order_where_there_are_any(chat: Chat, direct: Said) -> None:
    days = {"x": "3", "y": "5", "z": "4"}
    items = [item(key, pubDate=f"0{day} Nov 2026 09:00:00 GMT") for key, day in days.items()]
    assert news(looked(chat, rss(*items))) == ["Titel x", "Titel z", "Titel y"]


def test_of_a_new_feed_the_newest_by_its_date(chat: Chat, added: Said) -> None:
    old = item("old", pubDate="Mon, 02 Feb 2026 09:00:00 GMT")
    new = item("new", pubDate="Mon, 02 Nov 2026 09:00:00 GMT")
    assert news(looked(chat, rss(old, new, old)), "moderation") == ["Titel new"]


def test_a_feed_without_entries_begins_with_its_first(chat: Chat, added: Said) -> None:
    assert "ist dabei" in looked(chat, rss())[-1].text
    assert news(looked(chat, rss("b", "a")), "moderation") == ["Titel a", "Titel b"]


def test_the_newest_is_not_news_again_where_the_feed_was_there_before(chat: Chat, direct: Said) -> None:
    chat.reply("!feed entfernen F1", by=MONI)
    chat.reply(f"!feed neu {URL} | modus: direkt", by=MONI)
    assert news(looked(chat, rss("a"), feed=2)) == []
    assert news(looked(chat, rss("b", "a"), feed=2)) == ["Titel b"]


@pytest.mark.long
def test_a_flood_comes_bit_by_bit_and_all_of_it(chat: Chat, direct: Said) -> None:
    keys = [f"n{number:05}" for number in range(10_000, 0, -1)]
    said = looked(chat, rss(*keys, "a"))
    assert len(news(said)) == 20
    assert [s.text for s in said if s.room == MODERATION and "10000 neue Einträge" in s.text]
    assert "9980 folgen" in chat.reply("!feed zeige F1", by=MONI).text
    posted = news(said)
    for _ in range(3):
        said = looked(chat, rss(*keys[:50], "a"))  # most have left the file meanwhile
        assert not [s for s in said if s.room == MODERATION]
        posted += news(said)
    posted += news(failed(chat))  # also while the website is away
    assert posted == [f"Titel n{number:05}" for number in range(1, 101)]


def test_what_was_found_twice_is_recorded_once(chat: Chat, direct: Said) -> None:
    chat.restart()
    assert news(looked(chat, rss("b", "a"))) == ["Titel b"]
    chat.restart()
    assert news(looked(chat, rss("b", "a"))) == []


# --- failing


def test_a_failing_feed_is_tried_later_and_later_and_told_once(chat: Chat, direct: Said) -> None:
    [told] = failed(chat, "slow")
    assert (told.room, told.machine["state"]) == (MODERATION, "failing")
    assert "zu langsam" in told.text
    for hours in (1, 2, 4, 8, 16, 24, 24):
        chat.later(hours=hours, minutes=-1)
        assert due(chat) == []
        chat.later(minutes=1)
        assert due(chat) == [1]
        assert failed(chat, "error") == []
    [told] = looked(chat, rss("a"))
    assert "wieder lesen" in told.text
    chat.later(minutes=30)
    assert due(chat) == [1]
    assert len(failed(chat)) == 1


def test_what_fails_for_days_waits_for_moderators(chat: Chat, direct: Said) -> None:
    room = chat.direct(MONI)
    failed(chat)
    assert "F1" not in chat.reply("mein stand", by=MONI, room=room).machine["waiting"]
    chat.later(days=3)
    failed(chat)
    assert "F1" in chat.reply("mein stand", by=MONI, room=room).machine["waiting"]
    assert "F1" not in chat.reply("mein stand", room=chat.direct(PIA)).machine["waiting"]
    looked(chat, rss("a"))
    assert "F1" not in chat.reply("mein stand", by=MONI, room=room).machine["waiting"]


# --- moved


def test_where_it_has_moved_for_good_it_is_asked_from_then_on(chat: Chat, direct: Said) -> None:
    looked(chat, rss("b", "a"), moved="https://new.example.ch/feed")
    assert part(chat)["url"] == "https://new.example.ch/feed"
    assert looked(chat, rss("c", "b", "a")) == []  # was under way at the old one
    assert news(looked(chat, rss("c", "b"), asked="https://new.example.ch/feed")) == ["Titel c"]


def test_it_does_not_move_to_where_another_one_is(chat: Chat, direct: Said) -> None:
    chat.reply("!feed neu https://new.example.ch/feed", by=MONI)
    looked(chat, rss("a"), moved="https://new.example.ch/feed")
    assert part(chat)["url"] == URL


# --- news from feeds


def test_moderators_treat_them_like_other_news(chat: Chat, added: Said) -> None:
    looked(chat, rss("a"))
    chat.reacts(chat.card("N1"), "✅", by=MONI)
    assert chat.card("N1").machine["state"] == "published" or chat.in_room("news")
    chat.reply("!news ändern N1 titel: Gekürzt", by=MONI)
    assert chat.reply("!news liste suche: gekürzt").machine["refs"] == ["N1"]
    assert "Kanton" in chat.reply("!news zeige N1").text
    assert chat.reply("!news zurückziehen N1 grund: Werbung", by=MONI).machine["state"] == "withdrawn"
    assert looked(chat, rss("a")) == []


# --- people


def test_changes_are_in_the_audit_log(chat: Chat, added: Said) -> None:
    chat.reply("!feed ändern F1 modus: direkt", by=MONI)
    chat.reply("!feed entfernen F1", by=KORA)
    logged = chat.reply("!protokoll F1", by=KORA, room=chat.direct(KORA)).text
    assert [word for word in ("feed entfernen", "feed ändern", "feed neu") if word in logged]


def test_export_and_erasure_of_who_added_it(chat: Chat) -> None:
    chat.says("!rolle geben @pia:localhost moderator", by=KORA)
    chat.reply(f"!feed neu {URL}", by=PIA)
    room = chat.direct(PIA)
    exported = json.loads(chat.reply("datenschutz auskunft", room=room).content["data"])["feeds"]
    assert [one["url"] for one in exported] == [URL]
    asked = chat.reply("datenschutz löschen", room=room)
    chat.says(asked.machine["confirm"], room=room)
    assert part(chat)["url"] == URL
    looked(chat, rss("b", "a"))
    with chat.database.transaction() as tx:
        assert "pia" not in str(tx.exec_driver_sql("SELECT * FROM feeds").all())


def test_all_that_can_be_said_is_said_in_both_languages(chat: Chat) -> None:
    chat.member("@mo:localhost", language="en")
    chat.says("!role grant @mo:localhost moderator", by=KORA)
    room = chat.direct("@mo:localhost")

    def english(text: str) -> str:
        return chat.reply(text, by="@mo:localhost", room=room).text

    assert "no feeds yet" in english("feed list")
    english(f"feed new {URL}")
    assert "not looked at yet" in english("feed show F1")
    looked(chat, rss("a"))
    assert "1 entry taken over" in english("feed show F1")
    assert "Feeds (1)" in english("feeds")
    assert "is changed" in english("feed edit F1 mode: direct")
    assert "is there already" in english(f"feed new {URL}")
    failed(chat)
    assert "Nobody answers" in english("feed show F1")
    assert "can't be read" in english("feeds")
    assert "is removed" in english("feed remove F1")
    assert "F1 is removed" in english("feed show F1")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "bitte die meldungen von https://www.bl.ch/rss automatisch reinholen",
            "feed neu https://www.bl.ch/rss",
        ),
        (
            "chasch https://www.bl.ch/f?a=1&b=2 abonniere und diräkt poste?",
            "feed neu https://www.bl.ch/f?a=1&b=2 modus: diräkt",
        ),
        ("F1 soll nicht mehr direkt veröffentlichen", "feed ändern F1 modus: nicht mehr direkt"),
    ],
)
def test_a_sentence_keeps_the_address_and_what_becomes_of_it(
    chat: Chat, added: Said, text: str, line: str
) -> None:
    chat.reply("!feed ändern F1 modus: direkt", by=MONI)
    chosen = chat.reply(text, by=MONI, room=chat.direct(MONI))
    assert chosen.machine["type"] == "choice"
    assert chosen.machine["options"][0]["value"] == line
    assert chat.reply("1", by=MONI, room=chat.direct(MONI)).machine["mode"] == (
        "direct" if "diräkt" in line else "draft"
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_moderators_are_told_by_itself_is_told_in_the_room_s_language(
    database: Database, language: str
) -> None:
    chat = Chat(database, Settings(language=language, coordinators=(KORA,), moderators=(MONI,)))
    reasons = set()
    for number, problem in enumerate(PROBLEMS, start=1):
        url = f"https://www.example.ch/{number}"
        added = chat.reply(f"!feed neu {url}", by=MONI)
        failed(chat, problem, feed=number, asked=url)
        reasons.add(now(chat, added).text.partition(": ")[2])
        looked(chat, rss("a"), feed=number, asked=url)
        assert now(chat, added).machine["state"] == "ok"
        [told] = failed(chat, problem, feed=number, asked=url)
        assert told.room == MODERATION
        [told] = looked(chat, rss("a"), feed=number, asked=url)
        assert ("wieder lesen" if language == "de" else "again") in told.text
    assert len(reasons) == len(PROBLEMS)
    chat.later(hours=1)
    url = "https://www.example.ch/1"
    told = looked(chat, rss(*(f"n{n}" for n in range(21)), "a"), asked=url)[0]
    assert ("nach und nach" if language == "de" else "bit by bit") in told.text
    again = chat.reply(f"!feed neu {url}x", by=MONI)
    taken_in(chat, Look(len(PROBLEMS) + 1, f"{url}x", problem="no_feed", elsewhere="https://e.ch/rss"))
    assert "https://e.ch/rss" in now(chat, again).text
    removed = chat.reply("!feed entfernen F1", by=MONI)
    chat.reacts(removed, "↩️", by=MONI)
    assert ("wieder dabei" if language == "de" else "is back") in now(chat, removed).text
