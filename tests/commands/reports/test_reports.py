"""The report for the steering committee: its days, its figures, who gets it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from commands.reports.figures import before
from storage import municipalities, process_progress, processes, votes
from tests.support.chat import ROOMS, Chat, Said

PIA, URS, KORA, MONI = "@pia:localhost", "@urs:localhost", "@kora:localhost", "@moni:localhost"


@pytest.fixture
def town(chat: Chat) -> Chat:
    """It is Monday, 2 November 2026; Pia and Urs are in the group of P1."""
    chat.member(PIA)
    chat.member(URS, municipality="Liestal")
    chat.member(KORA, municipality=None)
    chat.process(PIA, URS)
    return chat


def report(chat: Chat, more: str = "", by: str = KORA) -> Said:
    return chat.reply(f"bericht {more}", by=by, room=chat.direct(by))


def figures(said: Said) -> dict[str, str]:
    return {label: value for label, value, _ in said.content["drawn"]["tiles"]}


def test_without_days_it_is_the_last_calendar_month(town: Chat) -> None:
    said = report(town)
    assert said.machine == {"type": "file", "of": "report", "format": "pdf", "rows": 12}
    assert said.content["msgtype"] == "m.file"
    assert said.content["filename"] == "bericht-2026-10-01-2026-10-31.pdf"
    assert said.content["info"] == {"mimetype": "application/pdf"}
    assert said.content["drawn"]["pages"]
    assert "Do, 1. Oktober 2026 bis Sa, 31. Oktober 2026" in said.text
    assert said.content["drawn"]["days"] == ["2026-10-01", "2026-10-31"]


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("von: 01.09.2026 bis: 30.09.2026", "2026-09-01", "2026-09-30"),
        ("bis: 15.10.2026", "2026-10-01", "2026-10-15"),
        ("von: 15.10.2026", "2026-10-15", "2026-11-02"),
        ("| von: gestern", "2026-11-01", "2026-11-02"),
        ("from: 2026-01-01 until: 2026-06-30", "2026-01-01", "2026-06-30"),
    ],
)
def test_the_days_that_were_said(town: Chat, typed: str, first: str, last: str) -> None:
    assert report(town, typed).content["drawn"]["days"] == [first, last]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("von: 30.10.2026 bis: 01.10.2026", "bis"),
        ("von: morgen", "von"),
        ("von: Oktoberfest", "von"),
    ],
)
def test_days_that_make_no_sense_are_refused(town: Chat, typed: str, field: str) -> None:
    assert report(town, typed).machine == {"type": "error", "code": "bad_input", "field": field}


@pytest.mark.parametrize(
    ("days", "earlier"),
    [
        (((2026, 10, 1), (2026, 10, 31)), ((2026, 9, 1), (2026, 9, 30))),
        (((2026, 1, 1), (2026, 3, 31)), ((2025, 10, 1), (2025, 12, 31))),
        (((2026, 1, 1), (2026, 12, 31)), ((2025, 1, 1), (2025, 12, 31))),
        (((2027, 2, 1), (2027, 2, 28)), ((2027, 1, 1), (2027, 1, 31))),
        (((2026, 10, 5), (2026, 10, 11)), ((2026, 9, 28), (2026, 10, 4))),
        (((2026, 10, 5), (2026, 10, 5)), ((2026, 10, 4), (2026, 10, 4))),
    ],
)
def test_what_it_is_compared_with(days: Any, earlier: Any) -> None:
    first, last = (date(*day) for day in days)
    assert before(first, last) == tuple(date(*day) for day in earlier)


def test_the_figures_are_those_of_the_days(town: Chat) -> None:
    for title in ("Formulare vorausfüllen", "Hundekontrolle", "Parkkarten"):
        town.says(f"!idee neu {title}")
    town.says("!idee stimme I1 +")
    town.says("!idee stimme I1 -", by=URS)
    town.says("!idee zurückziehen I3")
    town.says("!idee annehmen I1 grund: Gut", by=MONI)
    town.says("!news neu Es geht los\nSeit heute.", by=MONI)
    rejected = town.reply("!idee ablehnen I2 grund: Gibt es", by=MONI)
    town.says("stunden neu 2.5h P1", room=town.direct(PIA))
    town.says("stunden neu 1h P1 datum: 31.10.2026", room=town.direct(URS), by=URS)
    town.says("!vereinbarung neu P1 Formular kürzen | wer: Pia", room=town.direct(PIA))
    town.says("!prozess phase P1 weiter", by=KORA)
    said = report(town, "von: 01.11.2026")
    assert figures(said) == {
        "Public Innovators": "2",
        "neu dabei": "2",  # as many as there are, without who is appointed in the configuration
        "neue Ideen": "2",
        "entschiedene Ideen": "2",
        "Stimmen": "2",
        "Neuigkeiten": "1",
        "Anlässe und Kurse": "0",
        "Sitzungen": "0",
        "Teilnahmen daran": "0",
        "Vereinbarungen": "1",
        "Stunden": "2.5",
        "Phasenwechsel": "1",
    }
    assert "Ideen: 2 neu, 2 entschieden · abgegebene Stimmen: 2" in said.text
    assert "Stunden: 2.5 (davor 1)" in said.text
    [step] = said.content["drawn"]["steps"]
    assert step == ["2026-11-02", "P1", "Umzugsmeldung", "Identifiziert", "Frontend in Arbeit"]
    town.reacts(rejected, "↩️", by=MONI)
    assert figures(report(town, "von: 01.11.2026"))["entschiedene Ideen"] == "1"
    october = figures(report(town))
    assert (october["neue Ideen"], october["Stunden"], october["Phasenwechsel"]) == ("0", "1", "0")


def test_meetings_and_events_count_on_their_day(town: Chat) -> None:
    town.says("!sitzung neu P1 Formulare | wann: 05.11.2026 14:00-15:00", by=KORA)
    town.says("!anlass neu Treffen | wann: 05.11.2026 16:00-17:00", by=KORA)
    town.says("!kurs neu BPMN | wann: 05.11.2026 16:00-17:00", by=KORA)
    town.says("!kurs streichen K1 grund: krank", by=KORA)
    town.later(days=8)
    town.says("!sitzung anwesend S1 Pia, Urs", by=KORA)
    counted = figures(report(town, "von: 05.11.2026 bis: 05.11.2026"))
    assert [counted[name] for name in ("Sitzungen", "Teilnahmen daran", "Anlässe und Kurse")] == [
        "1",
        "2",
        "1",
    ]
    assert figures(report(town, "von: 06.11.2026"))["Sitzungen"] == "0"
    town.says("!anlass neu Weihnachten | wann: 15.12.2026 16:00-17:00", by=KORA)
    assert (
        figures(report(town, "von: 06.11.2026 bis: 31.12.2026"))["Anlässe und Kurse"] == "0"
    )  # it is to come


def test_a_day_is_one_by_the_clock_of_the_community(town: Chat) -> None:
    """The last minute of October in Zurich is 22:59 of the day by UTC; the first of November is 23:00."""
    town.says("!idee neu Formulare")
    zone = ZoneInfo("Europe/Zurich")
    with town.database.transaction() as tx:
        for user, at in (
            (PIA, datetime(2026, 10, 31, 23, 59, tzinfo=zone)),
            (URS, datetime(2026, 11, 1, tzinfo=zone)),
            (KORA, datetime(2026, 10, 1, tzinfo=zone)),
            (MONI, datetime(2026, 9, 30, 23, 59, tzinfo=zone)),
        ):
            votes.put(tx, idea_id=1, user_id=user, value="for", carrier="", at=at)
    assert figures(report(town))["Stimmen"] == "2"
    assert "abgegebene Stimmen: 2 (davor 1)" in report(town).text


def test_the_processes_with_how_far_they_are(town: Chat) -> None:
    town.process(name="Hundekontrolle")
    with town.database.transaction() as tx:
        processes.change(tx, 2, phase="rollout_all")
        municipalities.set_first_mover(tx, "Aesch", first_mover=True)
        process_progress.add_rollout(tx, 2, ["Aesch", "Liestal"], at=town.now)
        processes.add(
            tx,
            number=9,
            name="Vorbei",
            name_key="vorbei",
            klass="M",
            life=None,
            description="",
            idea=None,
            at=town.now,
        )
        processes.change(tx, 9, dropped=True)
    said = report(town)
    first, second = said.content["drawn"]["processes"]
    assert (first["ref"], first["phase"], first["percent"], first["rollout"]) == (
        "P2",
        "Flächendeckender Rollout",
        90,
        2,
    )
    assert (second["ref"], second["seats"], second["released"], second["products"]) == ("P1", "2/7", 0, 8)
    assert said.content["drawn"]["running"] == 2
    assert said.content["drawn"]["rollout"]["processes"][0]["have"] == ["Aesch", "Liestal"]
    assert "Laufende Prozesse: 2, im Rollout: 1" in said.text
    assert said.content["drawn"]["matrix"] is None


def test_for_coordinators_in_the_direct_chat(town: Chat) -> None:
    for who in (PIA, MONI):
        assert report(town, by=who).machine["code"] == "not_allowed"
    there = town.says("!bericht", by=KORA, room=ROOMS["coordination"])
    assert [said.machine["type"] for said in there if said.room == ROOMS["coordination"]] == ["pointer"]
    assert [said.machine["type"] for said in there if said.room == town.direct(KORA)] == ["file"]


def test_in_english(town: Chat) -> None:
    eve = town.member("@eve:localhost", language="en", municipality=None)
    town.says(f"!rolle geben {eve} coordinator", by=KORA)
    said = town.reply("report from: 01.10.2026", by=eve, room=town.direct(eve))
    assert said.content["filename"] == "report-2026-10-01-2026-11-02.pdf"
    assert said.content["drawn"]["language"] == "en"
    assert "Municipalities that take part: 2 of 86" in said.text
    assert said.content["drawn"]["processes"][0]["phase"] == "Identified"
    assert "new ideas" in figures(said)
    assert (
        "end before they begin"
        in town.reply("report from: 30.10.2026 until: 01.10.2026", by=eve, room=town.direct(eve)).text
    )


def test_an_edited_one_is_answered_anew_and_nothing_is_changed(town: Chat) -> None:
    report(town)
    first = town.last
    edited = town.edits(first, "bericht von: 15.10.2026", by=KORA, room=town.direct(KORA))
    assert edited[-1].shown["filename"] == "bericht-2026-10-15-2026-11-02.pdf"
    assert town.reply("!protokoll", by=KORA, room=ROOMS["coordination"]).machine["refs"] == []


def test_nothing_has_happened_yet(chat: Chat) -> None:
    said = report(chat)
    assert said.content["drawn"]["processes"] == said.content["drawn"]["steps"] == []
    assert set(figures(said).values()) == {"0"}
    assert "Laufende Prozesse: 0" in said.text


def test_what_is_older_does_not_count(town: Chat) -> None:
    town.says("!idee neu Formulare")
    town.later(days=40)
    assert figures(report(town, "von: 01.12.2026"))["neue Ideen"] == "0"
    assert figures(report(town))["neue Ideen"] == "1"  # of November
    assert town.now - timedelta(days=40) < town.now
