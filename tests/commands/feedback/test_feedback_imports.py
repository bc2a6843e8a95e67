"""Residents' feedback: a table sent as a file, shown as it was read, and taken over as a whole or not at all."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from commands.feedback.masking import masked
from commands.feedback.reading import MOST_ROWS, read_table
from commands.framework.tables import as_csv
from storage import feedback_imports as imports
from storage import processes
from storage.engine.every import every
from tests.support.chat import ROOMS, Chat, Said

PIA, KORA, KARL = "@pia:localhost", "@kora:localhost", "@karl:localhost"
TABLE = (
    "Note;Kommentar;Datum;Kanal\r\n"
    "5;Ging schnell;01.10.2026;Web\r\n"
    "2;Bitte rufen Sie an: 061 552 51 11 oder pia@aesch.ch;02.10.2026;Schalter\r\n"
    "4;;2026-10-03;\r\n"
    "4;Gut;;Web\r\n"
)
IMPORT = "rückmeldung import P1"


@pytest.fixture(autouse=True)
def live(chat: Chat) -> None:
    chat.member(PIA)
    chat.direct(KORA)
    chat.process(PIA)
    with chat.database.transaction() as tx:
        processes.change(tx, 1, phase="frontend_live")


def sent(chat: Chat, data: str | bytes, caption: str = IMPORT, *, by: str = KORA, **more: str) -> Said:
    """The one reply to the file."""
    raw = data.encode() if isinstance(data, str) else data
    said = chat.sends_file(raw, caption, by=by, room=more.get("room", chat._room(by)))
    [reply] = [one for one in said if one.replies_to == chat.last]
    return reply


def residents(chat: Chat) -> dict[str, object]:
    found: dict[str, object] = chat.reply("!rückmeldung zeige P1", by=PIA).machine["residents"]
    return found


def rows(chat: Chat) -> list[tuple[int, str]]:
    with chat.database.transaction() as tx:
        return [(row.rating, row.comment) for row in every(tx, imports.FeedbackRow)]


def test_a_table_is_shown_and_taken_over(chat: Chat) -> None:
    shown = sent(chat, TABLE)
    assert shown.machine == {
        "type": "confirm",
        "confirm": "!rückmeldung bestätigen 1",
        "columns": {"rating": "Note", "comment": "Kommentar", "date": "Datum", "channel": "Kanal"},
        "rows": 4,
        "errors": [],
    }
    for part in ("4 Rückmeldungen", "Note «Note»", "Ging schnell", "Fr, 2. Oktober 2026", "oder ***"):
        assert part in shown.text
    assert "Gut" not in shown.text  # the fourth row
    assert residents(chat) == {"count": 0}
    chat.reacts(shown, "✅", by=KORA)
    assert residents(chat) == {"count": 4, "average": "3.8"}
    assert chat.said[-1].machine["type"] == "feedback"
    chat.later(seconds=20)
    assert rows(chat) == [
        (5, "Ging schnell"),
        (2, "Bitte rufen Sie an: *** oder ***"),
        (4, ""),
        (4, "Gut"),
    ]


def test_or_with_the_text(chat: Chat) -> None:
    shown = sent(chat, TABLE)
    room = chat.direct(KORA)
    assert chat.reply(shown.machine["confirm"], by=KORA, room=room).machine["residents"]["count"] == 4
    chat.reacts(shown, "✅", by=KORA)
    again = chat.reply(shown.machine["confirm"], by=KORA, room=room)
    assert again.machine["code"] == "conflict"
    assert residents(chat)["count"] == 4


def test_as_a_reply_to_the_file(chat: Chat) -> None:
    room = ROOMS["coordination"]
    chat.enter(room, KORA)
    chat.sends_file(TABLE.encode(), by=KORA, room=room)
    answer: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": chat.last}}}
    chat.says(f"!{IMPORT}", by=KORA, room=room, **answer)
    [shown] = [one for one in chat.fetch_files() if one.replies_to == chat.last]
    assert shown.machine["rows"] == 4


def test_elsewhere_it_is_shown_in_the_direct_chat(chat: Chat) -> None:
    room = "!hall:localhost"
    pointer = sent(chat, TABLE, f"!{IMPORT}", room=room)
    assert pointer.machine == {"type": "pointer", "to": "direct"}
    chat.reacts(chat.to(KORA)[-1], "✅", by=KORA)
    assert residents(chat)["count"] == 4


def test_without_a_file_it_is_said_how(chat: Chat) -> None:
    typed = f"!{IMPORT}"
    refused = chat.reply(typed, by=KORA, room=chat.direct(KORA))
    assert refused.machine["code"] == "bad_input"
    assert typed in refused.text
    chat.says("Guten Tag", by=PIA)
    answer: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": chat.last}}}
    chat.says(typed, by=KORA, room=chat.direct(KORA), **answer)
    [refused] = [one for one in chat.fetch_files() if one.replies_to == chat.last]
    assert refused.machine["code"] == "bad_input"


def test_only_coordinators_and_only_what_is_live(chat: Chat) -> None:
    said = chat.sends_file(TABLE.encode(), IMPORT, by=PIA, room=chat.direct(PIA), arrives=False)
    assert said[-1].machine["code"] == "not_allowed"
    assert chat.core.wanted_files() == []
    assert sent(chat, TABLE, "rückmeldung import P9").machine["code"] == "not_found"
    with chat.database.transaction() as tx:
        processes.change(tx, 1, phase="frontend_review")
    assert sent(chat, TABLE).machine["code"] == "conflict"


# --- once, whatever happens


def test_the_same_command_and_the_same_file_twice(chat: Chat) -> None:
    chat.sends_file(TABLE.encode(), IMPORT, by=KORA, room=chat.direct(KORA), arrives=False)
    event = chat.last
    assert [one for one in chat.said if one.replies_to == event] == []
    chat.restart()  # killed before the file came
    [wanted] = chat.core.wanted_files()
    read = read_table(TABLE.encode())
    chat.deliver(chat.core.file_came(wanted.event_id, read, now=chat.now))
    chat.deliver(chat.core.file_came(wanted.event_id, read, now=chat.now))  # the answer of the store was lost
    content = {"msgtype": "m.file", "body": IMPORT, "filename": "a.csv", "url": "mxc://localhost/media1"}
    chat.sends("m.room.message", content, by=KORA, room=chat.direct(KORA), event_id=event)
    assert chat.core.wanted_files() == []
    [reply] = [one for one in chat.said if one.replies_to == event]
    chat.reacts(reply, "✅", by=KORA)
    chat.reacts(reply, "✅", by=KORA)
    assert residents(chat)["count"] == 4


def test_what_says_the_same_is_refused(chat: Chat) -> None:
    first, second = sent(chat, TABLE), sent(chat, TABLE)
    chat.reacts(first, "✅", by=KORA)
    chat.reacts(second, "✅", by=KORA)
    assert residents(chat)["count"] == 4
    for same in (TABLE, TABLE.replace(";", ","), TABLE.replace("\r\n", "\n").encode("cp1252")):
        refused = sent(chat, same)
        assert refused.machine["code"] == "conflict"
        assert "2. November 2026" in refused.text
    assert sent(chat, TABLE + "3;;;\r\n").machine["rows"] == 5


def test_taken_back_it_counts_no_more_and_may_come_again(chat: Chat) -> None:
    shown = sent(chat, TABLE)
    chat.reacts(shown, "✅", by=KORA)
    chat.later(seconds=20)
    chat.reacts(shown, "↩️", by=KORA)
    assert residents(chat) == {"count": 0}
    chat.later(seconds=20)
    assert rows(chat) == []
    again = sent(chat, TABLE)
    chat.reacts(again, "✅", by=KORA)
    assert residents(chat)["count"] == 4


def test_let_be_or_left_for_a_day(chat: Chat) -> None:
    let_be = sent(chat, TABLE)
    chat.reacts(let_be, "↩️", by=KORA)
    chat.reacts(let_be, "✅", by=KORA)
    late = sent(chat, TABLE)
    chat.later(days=1, minutes=1)
    chat.reacts(late, "✅", by=KORA)
    chat.reply(late.machine["confirm"], by=KORA, room=chat.direct(KORA))
    assert residents(chat) == {"count": 0}
    with chat.database.transaction() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM feedback_pieces").scalar() == 0


def test_an_edit_reads_the_file_anew(chat: Chat) -> None:
    chat.process(PIA)
    with chat.database.transaction() as tx:
        processes.change(tx, 2, phase="frontend_live")
    room = chat.direct(KORA)
    shown = sent(chat, TABLE)
    event, file = chat.last, {"msgtype": "m.file", "filename": "a.csv", "url": "mxc://localhost/media"}
    new = file | {"body": "rückmeldung import P2", "url": f"mxc://localhost/{chat.sent_files[event]}"}
    relation = {"rel_type": "m.replace", "event_id": event}
    chat.sends("m.room.message", new | {"m.new_content": new, "m.relates_to": relation}, by=KORA, room=room)
    chat.fetch_files()
    assert "P2" in chat.said[-1].text
    assert chat.said[-1].edits == shown.event_id
    chat.reacts(shown, "✅", by=KORA)
    assert residents(chat) == {"count": 0}
    assert chat.reply("!feedback show P2", by=PIA).machine["residents"]["count"] == 4


def test_edited_or_deleted_while_it_waits(chat: Chat) -> None:
    room = chat.direct(KORA)
    chat.sends_file(TABLE.encode(), "rückmeldung import P9", by=KORA, room=room, arrives=False)
    event = chat.last
    chat.edits(event, IMPORT, by=KORA, room=room)
    [reply] = [one for one in chat.fetch_files() if one.replies_to == event]
    assert reply.machine["rows"] == 4
    chat.sends_file(TABLE.encode(), IMPORT, by=KORA, room=room, arrives=False)
    event = chat.last
    chat.takes_off(event, by=KORA, room=room)
    assert chat.fetch_files() == []


def test_a_file_that_is_gone(chat: Chat) -> None:
    chat.sends_file(TABLE.encode(), IMPORT, by=KORA, room=chat.direct(KORA), arrives=False)
    chat.files.clear()
    [reply] = [one for one in chat.fetch_files() if one.replies_to == chat.last]
    assert reply.machine["code"] == "not_found"
    assert chat.core.wanted_files() == []


def test_many_rows_are_written_in_pieces(chat: Chat) -> None:
    shown = sent(chat, "Note\n" + "4\n" * 2500)
    chat.reacts(shown, "✅", by=KORA)
    assert residents(chat) == {"count": 2500, "average": "4.0"}
    with chat.database.transaction() as tx:
        assert imports.write_some(tx)
    chat.restart()  # killed in between
    chat.later(seconds=20)
    assert len(rows(chat)) == 2500


# --- what is in a file


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_whatever_dialect(separator: str, encoding: str) -> None:
    text = "Bewertung;Grüsse;Kommentar\n4;x;Schöne Grüsse\n".replace(";", separator)
    table = read_table(text.encode(encoding))
    assert (table.rows, table.comments, table.errors) == (1, ["Schöne Grüsse"], [])
    assert table.columns == {"rating": "Bewertung", "comment": "Kommentar"}


def test_columns_in_any_order_and_language() -> None:
    table = read_table(b"sep=,\nChannel,DATE,Rating (1-5),Comment\nweb,2026-10-01,5,fine\n")
    assert table.columns == {
        "channel": "Channel",
        "date": "DATE",
        "rating": "Rating (1-5)",
        "comment": "Comment",
    }
    assert table.samples == [(5, "fine", "2026-10-01", "web")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("6;", "bad_rating"),
        (";gut", "bad_rating"),
        ("gut;gut", "bad_rating"),
        ("4.5;", "bad_rating"),
        ("=1+3;", "bad_rating"),
        ("4;gut;31.02.2026", "bad_date"),
        ("4;gut;gestern", "bad_date"),
        ("4;gut;03.11.2026", "bad_date"),  # it is the second
        ("4;gut;;zu viel", "bad_row"),
        ('4;"gut', "bad_quotes"),
        (f"4;{'a' * 2001}", "too_large"),
    ],
)
def test_with_an_error_nothing_can_be_taken_over(chat: Chat, row: str, code: str) -> None:
    shown = sent(chat, f"Note;Kommentar;Datum\n5;gut;01.10.2026\n\n{row}\n")
    assert shown.machine["errors"] == [{"line": 4, "code": code}]
    assert "confirm" not in shown.machine
    assert "Zeile 4" in shown.text
    chat.reacts(shown, "✅", by=KORA)
    assert (
        chat.reply("!rückmeldung bestätigen 1", by=KORA, room=chat.direct(KORA)).machine["code"] == "conflict"
    )
    assert residents(chat) == {"count": 0}


def test_wrong_columns(chat: Chat) -> None:
    shown = sent(chat, "Name;Vorname\nMuster;Pia\n")
    assert shown.machine == {
        "type": "confirm",
        "columns": {},
        "rows": 0,
        "errors": [{"line": 1, "code": "no_rating"}],
    }
    many = sent(chat, "Note\n" + "9\n" * 300)
    assert len(many.machine["errors"]) == 100
    assert "300 Zeilen stimmen nicht" in many.text
    assert len(json.dumps(many.content)) < 20_000


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"Note;Kommentar\n", b"PK\x03\x04xlsx", b"%PDF-1.7", b"\x00\x01\x02", b"\x81\x8d" * 9],
)
def test_what_is_no_table(chat: Chat, data: bytes) -> None:
    assert sent(chat, data).machine == {"type": "error", "code": "bad_input"}


@pytest.mark.long
def test_too_many_rows(chat: Chat) -> None:
    assert read_table(b"Note\n" + b"5\n" * (MOST_ROWS + 1)).problem == "too_many"
    assert read_table(b"Note" + b";" * 9_000_000 + b"\n5\n").problem == "not_a_table"


def test_hostile_cells(chat: Chat) -> None:
    hostile = [
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "@room {{ 7*7 }} **fett**",
        "\u202etxt.exe\u0000",
        "https://matrix.to/#/@pia:localhost",
    ]
    table = as_csv([["Note", "Kommentar"], *(["1", one] for one in hostile)])
    shown = sent(chat, table.replace(b"\0", b""))
    assert "<script>" not in shown.html
    assert shown.content.get("m.mentions", {}) == {}
    chat.reacts(shown, "✅", by=KORA)
    inside = chat.reply("rückmeldung zeige P1", by=KORA, room=chat.direct(KORA))
    assert "<script>" not in inside.html
    assert "{{ 7*7 }} **fett**" in inside.text
    chat.later(seconds=20)
    assert rows(chat)[0] == (1, hostile[0])
    back = as_csv([["Note", "Kommentar"], *([str(mark), text] for mark, text in rows(chat))])
    assert read_table(back).digest == read_table(table.replace(b"\0", b"")).digest  # exported, it is the same


@pytest.mark.parametrize(
    ("typed", "ours"), [("export rückmeldungen", "rating"), ("export feedback", "rating")]
)
def test_what_is_exported_can_be_imported_again(chat: Chat, typed: str, ours: str) -> None:
    first = sent(chat, TABLE + '1;"=1+1; ""so""";01.10.2026;Web\r\n')
    chat.reacts(first, "✅", by=KORA)
    chat.later(seconds=20)
    file = chat.reply(typed, by=KORA, room=chat.direct(KORA)).content["data"]
    raw = base64.b64decode(file) if not file.lstrip("\ufeff").startswith(("N", "n")) else file.encode()
    before = rows(chat)
    chat.process(PIA)
    with chat.database.transaction() as tx:
        processes.change(tx, 2, phase="frontend_live")
    again = sent(chat, raw, "rückmeldung import P2")
    assert again.machine["columns"][ours] == "Note"
    assert again.machine["rows"] == 5
    chat.reacts(again, "✅", by=KORA)
    chat.later(seconds=20)
    assert rows(chat) == before * 2
    told = [chat.reply(f"!feedback show P{n}", by=PIA).machine["residents"] for n in (1, 2)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "text",
    [
        "pia.muster@aesch.bl.ch",
        "pia (at) aesch.ch",
        "pia[at]aesch[dot]ch",
        *("061 552 51 11", "0615525111", "+41 61 552 51 11", "0041 79 123 45 67", "079/123 45 67"),
        *("(061) 552 51 11", "+41 (0)61 552 51 11", "41 79 123 45 67", "+49 170 1234567", "061-552-51-11"),
    ],
)
def test_addresses_and_numbers_are_masked(text: str) -> None:
    assert masked(f"Bitte an {text}, danke") == "Bitte an ***, danke"


@pytest.mark.parametrize(
    "text",
    ["am 01.03.2027 13:30 Uhr", "CHF 1'000.00", "2027-03-18", "Nr. 0123", "100'000 Leute", "5 von 5 @ Aesch"],
)
def test_other_figures_stay(text: str) -> None:
    assert masked(text) == text


def test_erasure_and_english(chat: Chat) -> None:
    chat.member(PIA, name="Pia Muster", language="en")
    chat.reply("!rolle geben @pia:localhost koordination", by=KORA, room=chat.direct(KORA))
    room = chat.direct(PIA)
    shown = sent(chat, "rating,comment\n4,Pia Muster was kind\n", "feedback import P1", by=PIA)
    assert "1 piece of feedback on" in shown.text
    wrong = sent(chat, "rating\n7\n", "feedback import P1", by=PIA)
    assert "One line is wrong" in wrong.text
    taken = chat.reply(shown.machine["confirm"], by=PIA, room=room)
    assert "taken over" in taken.text
    chat.later(seconds=20)
    exported = json.loads(chat.reply("privacy export", by=PIA, room=room).content["data"])["feedback"]
    assert exported["imported"] == [
        {"process": "P1", "at": exported["imported"][0]["at"], "rows": 1, "state": "taken"}
    ]
    chat.says(chat.reply("privacy erase", by=PIA, room=room).machine["confirm"], by=PIA, room=room)
    assert "Pia Muster" not in rows(chat)[0][1]
    with chat.database.transaction() as tx:
        found = imports.find(tx, 1)
    assert found is not None
    assert (found.user_id, "Pia Muster" in str(found.comments)) == ("", False)
