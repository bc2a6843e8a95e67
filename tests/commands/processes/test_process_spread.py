"""Who has what: the processes that are rolled out, as text, picture and table."""

from __future__ import annotations

import csv

import pytest

from storage import municipalities, process_progress, processes
from tests.support.chat import Chat

PIA, KORA, EVE = "@pia:localhost", "@kora:localhost", "@eve:localhost"


@pytest.fixture
def process(chat: Chat) -> Chat:
    chat.member(PIA)
    chat.process()
    return chat


@pytest.fixture
def rolled(process: Chat) -> Chat:
    """P1 is being rolled out to the First Movers Aesch and Liestal."""
    put(process, phase="rollout_first_movers")
    with process.database.transaction() as tx:
        for name in ("Aesch", "Liestal"):
            municipalities.set_first_mover(tx, name, first_mover=True)
    return process


def put(chat: Chat, **values: object) -> None:
    with chat.database.transaction() as tx:
        processes.change(tx, 1, **values)


def test_who_has_what_as_text_and_picture(rolled: Chat) -> None:
    rolled.reply("!prozess rollout P1 gemeinde: Aesch, Liestal", by=KORA)
    put(rolled, phase="rollout_all")
    rolled.reply("!prozess rollout P1 gemeinde: Sissach", by=KORA)
    typed_by = (
        (KORA, "!prozess rollout"),
        (PIA, "!prozess verbreitung"),
        (PIA, "!rollout"),
        (PIA, "!Process rollout "),
    )
    for by, typed in typed_by:
        shown = rolled.reply(typed, by=by)
        assert shown.machine == {
            "type": "list",
            "of": "process",
            "refs": ["P1"],
            "page": 1,
            "pages": 1,
            "total": 1,
            "picture": "rollout",
        }
        assert "P1 · Umzugsmeldung: 3 von 86 Gemeinden, First Mover 2 von 2" in shown.text
        assert "Aesch, Liestal, Sissach" in shown.text
        [process] = shown.content["drawn"]["processes"]
        assert process == {"ref": "P1", "name": "Umzugsmeldung", "have": ["Aesch", "Liestal", "Sissach"]}
        assert ["Aesch", "Arlesheim", True] in shown.content["drawn"]["municipalities"]
        assert len(shown.content["drawn"]["municipalities"]) == 86


def test_to_note_it_is_still_the_coordinators(rolled: Chat) -> None:
    assert rolled.reply("!prozess rollout P1 gemeinde: Aesch").machine["code"] == "not_allowed"
    assert rolled.reply("!prozess rollout P1", by=KORA).machine["field"] == "gemeinde"
    assert rolled.reply("!prozess rollout gemeinde: Aesch", by=KORA).machine["code"] == "bad_input"
    nobody = rolled.reply("!prozess rollout seite: 2", by=KORA)
    assert nobody.machine["code"] == "bad_input"


def test_who_has_what_as_a_table(rolled: Chat) -> None:
    rolled.reply('!prozess ändern P1 name: =1+1;"Umzug"', by=KORA)
    rolled.reply("!prozess rollout P1 gemeinde: Aesch, Liestal", by=KORA)
    room = rolled.direct(KORA)
    for typed in (
        "prozess rollout format: csv",
        "prozess rollout | format: csv",
        "prozess rollout\nformat: csv",
    ):
        file = rolled.reply(typed, by=KORA, room=room)
        assert file.machine == {"type": "file", "of": "rollout", "format": "csv", "rows": 2}
    assert file.content["filename"] == "rollout-2026-11-02.csv"
    rows = file.content["data"].removeprefix("\ufeff").split("\r\n")
    assert rows[0] == "Prozess;Name;Stand;Gemeinde;Bezirk;Grösse;First Mover;seit"
    cells = next(csv.reader([rows[1]], delimiter=";"))
    assert cells[:2] == ["P1", '\'=1+1;"Umzug"']
    assert cells[2:] == ["Rollout First Mover", "Aesch", "Arlesheim", "gross", "ja", "02.11.2026"]
    pia = rolled.direct(rolled.member(PIA, language="en"))
    english = rolled.reply("process spread format: csv", by=PIA, room=pia).content["data"]
    assert "Rollout to First Movers;Aesch;Arlesheim;large;yes;" in english
    assert rolled.reply("!prozess verbreitung format: csv").machine["type"] == "pointer"


def test_nobody_has_anything_yet(process: Chat) -> None:
    shown = process.reply("!prozess verbreitung")
    assert "Noch ist kein Prozess im Rollout" in shown.text
    assert shown.content["msgtype"] == "m.text"
    eve = process.direct(process.member(EVE, language="en"))
    assert "No process is being rolled out yet" in process.reply("process spread", by=EVE, room=eve).text


def test_of_many_the_text_names_the_first_and_there_are_pages(rolled: Chat) -> None:
    for n in range(2, 12):
        rolled.process(name=f"Prozess {n}")
    put(rolled, phase="rollout_all")
    with rolled.database.transaction() as tx:
        names = municipalities.list_names(tx)
        for number in range(1, 12):
            process_progress.add_rollout(tx, number, names[: 8 * number][:86], at=rolled.now)
    room = rolled.direct(rolled.member(EVE, language="en"))
    first = rolled.reply("process rollout", by=EVE, room=room)
    assert (first.machine["total"], len(first.machine["refs"])) == (11, 10)
    assert "and 4 more" in first.text
    assert "go on with !process spread page: 2" in first.text
    assert first.content["drawn"]["more"] == 1
    second = rolled.reply("process rollout page: 2", by=EVE, room=room)
    assert second.machine["refs"] == ["P11"]
    assert "P11 · Prozess 11: 86 of 86 municipalities, First Movers 2 of 2" in second.text
    assert rolled.reply("process spread page: 3", by=EVE, room=room).machine["code"] == "bad_input"
