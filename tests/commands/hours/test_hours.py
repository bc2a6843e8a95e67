import json

import pytest

from tests.support.chat import Chat, Said

PIA, URS, KORA = "@pia:localhost", "@urs:localhost", "@kora:localhost"


@pytest.fixture
def town(chat: Chat) -> Chat:
    """P1, in whose group Pia and Urs are; it is Monday, 2 November 2026."""
    chat.member(PIA)
    chat.member(URS, municipality="Liestal")
    chat.member(KORA, municipality=None)
    chat.process(PIA, URS)
    return chat


def said(chat: Chat, text: str, by: str = PIA) -> Said:
    return chat.reply(text, by=by, room=chat.direct(by))


def rows(reply: Said) -> list[list[str]]:
    data = reply.content["data"]
    assert data.startswith("\ufeff")
    assert all(line for line in data.removesuffix("\r\n").split("\r\n"))
    return [line.split(";") for line in data.removeprefix("\ufeff").splitlines()]


@pytest.mark.parametrize(
    ("typed", "minutes", "on"),
    [
        ("2h P1 Formular getestet", 120, "2026-11-02"),
        ("2h P1 Formular getestet datum: gestern", 120, "2026-11-01"),
        ("P1 90 min Formular getestet", 90, "2026-11-02"),
        ("1.5 h P1 Formular getestet", 90, "2026-11-02"),
        ("1,5h für P1: Formular getestet", 90, "2026-11-02"),
        ("2 Stunden P1 Formular getestet", 120, "2026-11-02"),
        ("1h30 P1 gestern Formular getestet", 90, "2026-11-01"),
        ("eineinhalb Stunden für P1 Formular getestet", 90, "2026-11-02"),
        ("gestern 2 stund P1 Formular getestet", 120, "2026-11-01"),
        ("2 P1 Formular getestet am 30. Oktober", 120, "2026-10-30"),
        ("P1 Formular getestet 1 Std 15 Min 31.10.2026", 75, "2026-10-31"),
        ("eine halbe Stunde p1 Formular getestet", 30, "2026-11-02"),
        ("three quarters of an hour on P1 Formular getestet yesterday", 45, "2026-11-01"),
        ("12h #P1 Formular getestet", 720, "2026-11-02"),
    ],
)
def test_entered_as_people_write_it(town: Chat, typed: str, minutes: int, on: str) -> None:
    reply = said(town, f"stunden neu {typed}")
    assert reply.machine == {
        "type": "hours",
        "ref": "H1",
        "minutes": minutes,
        "on": on,
        "process": "P1",
        "state": "entered",
    }
    assert "Formular getestet" in said(town, "stunden meine").text


@pytest.mark.parametrize(
    ("typed", "code", "field"),
    [
        ("20 min P1", "bad_input", "dauer"),
        ("13h P1", "bad_input", "dauer"),
        ("90 P1", "bad_input", "dauer"),
        ("2h P1 datum: morgen", "bad_input", "datum"),
        ("2h P1 datum: 01.07.2026", "bad_input", "datum"),
        ("2h P9", "not_found", None),
    ],
)
def test_refused(town: Chat, typed: str, code: str, field: str | None) -> None:
    reply = said(town, f"stunden neu {typed}")
    assert (reply.machine["code"], reply.machine.get("field")) == (code, field)
    assert said(town, "stunden meine").machine["rows"] == 0


def test_twelve_hours_a_day_and_ninety_days(town: Chat) -> None:
    said(town, "stunden neu 8h P1")
    refused = said(town, "stunden neu 4.25h P1")
    assert refused.machine["code"] == "conflict"
    assert "8 h" in refused.text
    assert said(town, "stunden neu 4h P1").machine["type"] == "hours"
    assert said(town, "stunden neu 4.25h P1 datum: gestern").machine["type"] == "hours"
    assert said(town, "stunden neu 1h P1 datum: 04.08.2026").machine["on"] == "2026-08-04"
    assert said(town, "stunden neu 1h P1 datum: 03.08.2026").machine["code"] == "bad_input"
    assert said(town, "stunden neu 12h P1", by=URS).machine["type"] == "hours"


def test_what_is_missing_is_asked_for(town: Chat) -> None:
    town.process(PIA, name="Hundemarke")
    asked = said(town, "stunden neu")
    assert (asked.machine["type"], asked.machine["field"]) == ("question", "duration")
    again = said(town, "20 Minuten")
    assert (again.machine["type"], again.machine["field"]) == ("question", "duration")
    asked = said(town, "anderthalb Stunden")
    assert [one["value"] for one in asked.machine["options"]] == ["P1", "P2"]
    said(town, "2")
    done = said(town, "Formular getestet")
    assert (done.machine["minutes"], done.machine["process"]) == (90, "P2")


def test_withdrawn_by_number_or_the_last_one(town: Chat) -> None:
    said(town, "stunden neu 2h P1 Eins")
    said(town, "stunden neu 3h P1 Zwei")
    assert said(town, "stunden zurückziehen").machine["ref"] == "H2"
    gone = said(town, "stunden zurückziehen H1")
    assert gone.machine["state"] == "withdrawn"
    assert said(town, "hours withdraw H1").machine["code"] == "conflict"
    assert said(town, "stunden zurückziehen").machine["code"] == "conflict"
    town.reacts(gone, "↩️", by=PIA)
    assert said(town, "stunden meine").machine["total"] == 120
    assert said(town, "stunden zurückziehen H1", by=URS).machine["code"] == "not_found"
    assert said(town, "zeige H1", by=URS).machine["code"] == "not_found"
    assert said(town, "zeige H1").machine["minutes"] == 120


def test_an_edited_command_keeps_its_number(town: Chat) -> None:
    room = town.direct(PIA)
    reply = said(town, "stunden neu 2h P1 Eins")
    town.edits(town.last, "stunden neu 2.5h P1 Eins", room=room)
    assert said(town, "stunden meine").machine["total"] == 150
    assert said(town, "zeige H1").machine["minutes"] == 150
    town.reacts(reply, "↩️", by=PIA)
    assert said(town, "stunden meine").machine["rows"] == 0


def test_mine_of_a_period_page_by_page(town: Chat) -> None:
    for day in range(1, 13):
        said(town, f"stunden neu 1h P1 datum: {day}.10.2026")
    first = said(town, "stunden meine von: 01.10.2026 bis: 31.10.2026")
    assert first.machine == {
        "type": "hours",
        "total": 720,
        "from": "2026-10-01",
        "until": "2026-10-31",
        "rows": 12,
    }
    assert "H12" in first.text
    assert "seite: 2" in first.text
    assert "H1 " in said(town, "stunden meine von: 01.10.2026 bis: 31.10.2026 seite: 2").text
    assert said(town, "meine stunden von: 12.10. bis: 12.10.").machine["total"] == 60
    assert said(town, "stunden meine von: 5.10.2026 bis: 1.10.2026").machine["code"] == "bad_input"
    assert said(town, "stunden meine", by=URS).machine["total"] == 0


def test_in_a_room_it_is_said_in_the_direct_chat(town: Chat) -> None:
    pointer = town.reply("!stunden neu 2h P1 Formular", by=PIA)
    assert pointer.machine == {"type": "pointer", "to": "direct"}
    assert "H1" in town.to(PIA)[-1].text
    assert town.reply("!stunden meine", by=PIA).machine["type"] == "pointer"


def test_the_report_adds_up(town: Chat) -> None:
    town.process(URS, name="Hundemarke")
    said(town, "stunden neu 2h P1")
    said(town, "stunden neu 1.5h P1 datum: gestern")
    said(town, "stunden neu 1h P2", by=URS)
    said(town, "stunden neu 45min P1 datum: 30.10.2026", by=URS)
    table = said(town, "stunden bericht von: 01.10.2026 bis: 30.11.2026", by=KORA)
    assert table.machine == {"type": "file", "of": "hours", "format": "csv", "rows": 3}
    found = rows(table)
    assert found[0] == ["Art", "Person", "Gemeinde", "Prozess", "Datum", "Nummer", "Stunden", "Abzug"]
    assert found[1:4] == [
        ["Stunden", "Pia", "Aesch", "P1 Umzugsmeldung", "", "", "3.50", ""],
        ["Stunden", "Urs", "Liestal", "P1 Umzugsmeldung", "", "", "0.75", ""],
        ["Stunden", "Urs", "Liestal", "P2 Hundemarke", "", "", "1.00", ""],
    ]
    totals = {(row[0], "".join(row[1:4])): row[6] for row in found[4:]}
    assert totals == {
        ("Total Person", "Pia"): "3.50",
        ("Total Person", "Urs"): "1.75",
        ("Total Gemeinde", "Aesch"): "3.50",
        ("Total Gemeinde", "Liestal"): "1.75",
        ("Total Prozess", "P1 Umzugsmeldung"): "4.25",
        ("Total Prozess", "P2 Hundemarke"): "1.00",
        ("Total", ""): "5.25",
    }
    assert len(rows(said(town, "stunden bericht prozess: P2", by=KORA))) == 6
    of_aesch = rows(said(town, "stunden bericht von: 1.10.2026 gemeinde: Aesch", by=KORA))
    assert [row[1] for row in of_aesch[1:2]] == ["Pia"]
    assert said(town, "stunden bericht", by=PIA).machine["code"] == "not_allowed"


def kinds(reply: Said) -> list[tuple[str, str, str, str]]:
    """The kind, the number, the hours and the deduction of each line that is no total."""
    return [(row[0], row[5], row[6], row[7]) for row in rows(reply)[1:] if not row[0].startswith("Total")]


def test_corrections_stand_in_the_next_report(town: Chat) -> None:
    october = "stunden bericht von: 01.10.2026 bis: 31.10.2026"
    november = "stunden bericht von: 01.11.2026 bis: 30.11.2026"
    said(town, "stunden neu 2h P1 datum: 20.10.2026")
    said(town, "stunden neu 3h P1 datum: 21.10.2026")
    assert kinds(said(town, october, by=KORA)) == [("Stunden", "", "5.00", "")]
    assert "Korrektur" in said(town, "stunden zurückziehen H2").text
    said(town, "stunden neu 1h P1 datum: 22.10.2026", by=URS)
    said(town, "stunden neu 4h P1", by=URS)
    made = said(town, november, by=KORA)
    assert kinds(made) == [
        ("Stunden", "", "4.00", ""),
        ("Abzug", "H2", "", "3.00"),
        ("Nachtrag", "H3", "1.00", ""),
    ]
    totals = {"".join(row[:4]): row[6:] for row in rows(made) if row[0].startswith("Total")}
    assert totals["Total PersonPia"] == ["", "3.00"]
    assert totals["Total"] == ["2.00", ""]
    # said once, and then true
    assert kinds(said(town, november, by=KORA)) == [("Stunden", "", "4.00", "")]
    assert kinds(said(town, october, by=KORA)) == [("Stunden", "", "2.00", ""), ("Stunden", "", "1.00", "")]


def test_the_same_days_again_show_what_has_changed(town: Chat) -> None:
    said(town, "stunden neu 2h P1 datum: 20.10.2026")
    said(town, "stunden neu 3h P1 datum: 21.10.2026")
    ask = "stunden bericht von: 01.10.2026 bis: 31.10.2026"
    said(town, ask, by=KORA)
    said(town, "stunden zurückziehen H1")
    said(town, "stunden neu 1h P1 datum: 22.10.2026")
    said(town, "stunden neu 6h P1 datum: 23.10.2026")
    said(town, "stunden zurückziehen")  # no report has counted it
    again = said(town, ask, by=KORA)
    assert kinds(again) == [
        ("Stunden", "", "5.00", ""),
        ("Abzug", "H1", "", "2.00"),
        ("Nachtrag", "H3", "1.00", ""),
    ]
    assert rows(again)[-1][6:] == ["4.00", ""]


def test_a_report_taken_back_has_counted_nothing(town: Chat) -> None:
    ask = "stunden bericht von: 01.10.2026 bis: 31.10.2026"
    said(town, "stunden neu 2h P1 datum: 20.10.2026")
    made = said(town, ask, by=KORA)
    town.reacts(made, "↩️", by=KORA)
    said(town, "stunden neu 1h P1 datum: 21.10.2026")
    assert kinds(said(town, ask, by=KORA)) == [("Stunden", "", "3.00", "")]


def test_no_cell_is_a_formula(town: Chat) -> None:
    town.member("@eve:localhost", name="=cmd()")
    said(town, "stunden neu 2h P1", by="@eve:localhost")
    assert "'=cmd()" in said(town, "stunden bericht", by=KORA).content["data"]


def test_export_and_erasure(town: Chat) -> None:
    room = town.direct(PIA)
    said(town, "stunden neu 2h P1 Bei Frau Meier getestet")
    found = json.loads(town.reply("datenschutz auskunft", room=room).content["data"])["hours"]
    assert [(one["ref"], one["minutes"], one["text"]) for one in found] == [
        ("H1", 120, "Bei Frau Meier getestet")
    ]
    asked = town.reply("datenschutz löschen", room=room)
    town.says(asked.machine["confirm"], room=room)
    table = said(town, "stunden bericht", by=KORA).content["data"]
    assert "(ohne Namen);Aesch;P1 Umzugsmeldung;;;2.00" in table
    with town.database.transaction() as tx:
        kept = tx.exec_driver_sql("SELECT user_id, what, carrier FROM hours").all()
    assert [tuple(row) for row in kept] == [("", "", "")]


def test_in_english(town: Chat) -> None:
    eve = town.member("@eve:localhost", language="en")
    assert "is entered" in said(town, "hours new 2h P1 tested the form", by=eve).text
    assert "tested the form" in said(town, "my hours", by=eve).text
    assert "12 hours" in said(town, "hours new 11h P1", by=eve).text
    assert "quarters" in said(town, "hours new 7min P1", by=eve).text
    gone = said(town, "hours withdraw", by=eve)
    assert "is withdrawn" in gone.text
    assert "already" in said(town, "hours withdraw H1", by=eve).text
    assert "no hours" in said(town, "hours withdraw", by=eve).text
    assert "withdrawn" in said(town, "show H1", by=eve).text
    assert "Nothing is entered for this time" in said(town, "hours mine", by=eve).text
