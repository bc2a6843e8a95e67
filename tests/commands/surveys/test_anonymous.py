"""Anonymous surveys: whoever has copies of the store, from before and after every answer, learns nothing of answers.

Two towns live through the same, and only what people answer differs. If nothing that the store keeps tells the two
apart, nothing of it tells what somebody has answered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import storage
from commands.framework.context import Settings
from commands.surveys import tallies
from storage import surveys as stored
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import Chat, Said

NAMES = ("ana", "ben", "cleo", "dan", "eva", "fritz")
USERS = tuple(f"@{name}:localhost" for name in NAMES)
KORA, PIA = "@kora:localhost", "@pia:localhost"
ASKED = (
    "umfrage neu Plattform | an: alle | bis: 20.11.2026 | anonym: ja\n"
    "? Wie zufrieden sind Sie?\n- sehr\n- wenig\n? Womit? (mehrere)\n- Fax\n- Mail\n- Post\n? Warum?\n"
    "? Noch etwas? (freiwillig)"
)


def says(chat: Chat, user: str, text: str) -> Said:
    return chat.reply(text, by=user, room=chat.direct(user))


def people(chat: Chat) -> None:
    for user in (*USERS, KORA):
        chat.member(user)


# --- what the store keeps


@contextmanager
def town(file: Path) -> Iterator[Chat]:
    """A chat on a store in a file, as the bot has it."""
    storage.load()
    database = Database(f"sqlite:///{file}")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    yield Chat(database, Settings(coordinators=(KORA,), commands_per_minute=1000))
    database.close()


def rows(chat: Chat) -> dict[str, list[Any]]:
    """All that stands in the tables, in the order in which it lies there; of what is sealed, how long it is."""
    found = {}
    with chat.database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            lines = [tuple(row) for row in tx.exec_driver_sql(f"SELECT * FROM {table.name}")]  # noqa: S608
            if table.name == "survey_tallies":
                lines = [(survey, question, len(content)) for survey, question, _, content in lines]
            found[table.name] = lines
    return found


def files(file: Path) -> bytes:
    """Every byte of the store: its pages, free ones too, and its journal."""
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


ANSWERS = {
    "one": [("1", "1 und 3", f"Grund{n}Amsel", f"Zusatz{n}Dohle") for n in range(6)],
    "other": [("2", "Mail", f"Grund{n}Biber", f"Zusatz{n}Dachs") for n in range(6)],
}
SLIPS = {"one": "Amselfax", "other": "Bibermal"}


def live(chat: Chat, which: str) -> Iterator[str]:
    """Everybody answers, with slips, taps, edits and deletions; the next word is what has been said last."""
    people(chat)
    says(chat, KORA, ASKED)
    for n, user in enumerate(USERS):
        first, second, third, fourth = ANSWERS[which][n]
        room, asked = chat.direct(user), chat.to(user)[-1]
        [question] = chat.reacts(asked, "✅", by=user)
        said = []
        for text in (first, second, third, fourth):
            if text == first and n % 2:
                chat.reacts(question, f"{first}\ufe0f\u20e3", by=user)
            elif text == second and n == 2:
                says(chat, user, SLIPS[which])
                yield SLIPS[which]
                says(chat, user, text)
            else:
                says(chat, user, text)
            said.append(chat.last)
            yield text
        edited = chat.edits(said[2], f"{third}Nachtrag", by=user, room=room)
        assert all(third not in one.text for one in edited)
        chat.takes_off(said[3], by=user, room=room)
        yield f"{third}Nachtrag"
    chat.later(minutes=5)
    yield "die Zeit"


@pytest.mark.long
def test_no_copy_of_the_store_tells_what_anybody_has_answered(tmp_path: Path) -> None:
    """Not by rows, their order or number, times, counters, what is to be sent, free pages or the journal."""
    with town(tmp_path / "one.db") as one, town(tmp_path / "other.db") as other:
        steps = zip(live(one, "one"), live(other, "other"), strict=True)
        for said, also in steps:
            assert rows(one) == rows(other), (said, also)
            for name, text in (("one", said), ("other", also)):
                if len(text) > 4:
                    assert text.encode() not in files(tmp_path / f"{name}.db"), text
        assert not [row for row in rows(one)["dialogues"] if row[1] in USERS]
        assert rows(one)["survey_people"] == [
            (1, user, int(user != KORA), 4 * (user != KORA), 1) for user in sorted((*USERS, KORA))
        ]
        results = [says(chat, KORA, "umfrage abschliessen U1").machine["results"] for chat in (one, other)]
    assert results[0][0]["counts"] == {"sehr": 6, "wenig": 0}
    assert results[1][1]["counts"] == {"Fax": 0, "Mail": 6, "Post": 0}
    assert results[0][2]["texts"] == 6


# --- how it is answered


@pytest.fixture
def asked(chat: Chat) -> Chat:
    people(chat)
    says(chat, KORA, ASKED)
    return chat


def answers(chat: Chat, user: str, *texts: str) -> Said:
    return [says(chat, user, text) for text in ("umfrage antworten U1", *texts)][-1]


def test_it_is_said_before_the_first_question(asked: Chat) -> None:
    first = answers(asked, USERS[0])
    assert "Anonym" in first.text
    assert "ab 5 Antworten" in first.text
    assert "Anonym" not in says(asked, USERS[0], "1").text


def test_below_five_there_is_no_result_and_before_the_end_neither(asked: Chat) -> None:
    for user in USERS[:4]:
        assert answers(asked, user, "1", "2", "Darum", "weiter").machine["you"] == {"answered": True}
    early = says(asked, KORA, "umfrage resultat U1")
    assert early.machine["code"] == "conflict"
    closed = says(asked, KORA, "umfrage abschliessen U1")
    assert "results" not in closed.machine
    assert "weniger als 5" in closed.text
    assert "drawn" not in closed.content  # nor as a picture
    assert "Darum" not in closed.text
    assert "results" not in says(asked, KORA, "umfrage zeige U1").machine
    assert "results" not in says(asked, USERS[0], "umfrage resultat U1").machine


def test_a_question_that_fewer_have_answered_is_left_out(asked: Chat) -> None:
    for user in USERS[:5]:
        answers(
            asked, user, "1", "1, 2", f"Grund von {user[1:4]}", "weiter" if user != USERS[0] else "Nur ich"
        )
    answers(asked, USERS[5], "2")  # stops in the middle
    closed = says(asked, KORA, "umfrage abschliessen U1")
    assert closed.machine["answered"] == 5
    assert [one["question"] for one in closed.machine["results"]] == [
        "Wie zufrieden sind Sie?",
        "Womit?",
        "Warum?",
    ]
    assert closed.machine["results"][0]["counts"] == {"sehr": 5, "wenig": 1}
    assert "Nur ich" not in closed.text
    assert "weniger als 5 Antworten" in closed.text


def test_it_goes_on_where_it_was_and_is_answered_once(asked: Chat) -> None:
    user = USERS[0]
    answers(asked, user, "1")
    assert says(asked, user, "zurück").machine["options"] != []
    assert len(says(asked, user, "zurück").machine["options"]) == 3  # the same question
    says(asked, user, "abbrechen")
    assert len(answers(asked, user).machine["options"]) == 3
    asked.restart()
    assert says(asked, user, "Fax").machine["options"] == []
    says(asked, user, "Darum")
    assert says(asked, user, "weiter").machine["answered"] == 1
    again = says(asked, user, "umfrage antworten U1")
    assert again.machine["code"] == "conflict"
    assert "schon beantwortet" in again.text


def test_what_was_answered_is_not_changed_and_not_taken_back(asked: Chat) -> None:
    user = USERS[0]
    room = asked.direct(user)
    answers(asked, user, "1")
    first = asked.last
    [remark] = asked.edits(first, "2", by=user, room=room)
    assert "lassen sich nicht mehr ändern" in remark.text
    thanks = [says(asked, user, text) for text in ("1", "Darum", "Schluss")][-1]
    last = asked.last
    asked.reacts(thanks, "↩️", by=user)
    asked.edits(first, "2", by=user, room=room)
    asked.edits(last, "Anfang", by=user, room=room)
    assert says(asked, user, "umfrage zeige U1").machine["answered"] == 1
    for other in USERS[1:5]:
        answers(asked, other, "1", "1", "Darum", "Schluss")
    closed = says(asked, KORA, "umfrage abschliessen U1")
    assert closed.machine["results"][0]["counts"] == {"sehr": 5, "wenig": 0}
    assert "Anfang" not in closed.text
    asked.reacts(closed, "↩️", by=KORA)
    assert says(asked, KORA, "umfrage zeige U1").machine["state"] == "closed"


def test_the_same_event_twice_is_one_answer_and_a_lost_commit_none(asked: Chat) -> None:
    user = USERS[0]
    answers(asked, user)
    content = {"msgtype": "m.text", "body": "1"}
    batch = asked.happens("m.room.message", content, by=user, room=asked.direct(user), event_id="$one")
    assert len(asked.apply(batch)) == 1
    assert asked.apply(batch) == []
    for n, text in enumerate(("2", "Darum", "weiter")):
        says(asked, user, text)
        assert says(asked, KORA, "umfrage zeige U1").machine["answered"] == (n == 2)
    for other in USERS[1:5]:
        answers(asked, other, "1", "1", "Darum", "weiter")
    closed = says(asked, KORA, "umfrage abschliessen U1")
    assert closed.machine["results"][0]["counts"] == {"sehr": 5, "wenig": 0}


def test_by_itself_it_closes_when_answers_sent_in_time_are_there(asked: Chat) -> None:
    for user in USERS[:4]:
        answers(asked, user, "1", "1", "Darum", "weiter")
    answers(asked, USERS[4])
    content = {"msgtype": "m.text", "body": "1"}
    asked.now = datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC)
    says(asked, USERS[4], "umfrage antworten U1")
    batch = asked.happens("m.room.message", content, by=USERS[4], room=asked.direct(USERS[4]))
    asked.later(seconds=5)
    asked.apply(batch)
    asked.later(seconds=30)
    [told] = [one for one in asked.to(KORA) if one.machine.get("state") == "closed"]
    assert told.machine["results"] == [
        {"question": "Wie zufrieden sind Sie?", "counts": {"sehr": 5, "wenig": 0}}
    ]


def test_many_texts_are_dealt_out_and_none_is_lost(asked: Chat) -> None:
    with asked.database.transaction() as tx:
        ctx = asked.core._context(tx, asked.now)
        survey = stored.find(tx, 1)
        assert survey is not None
        for n in range(1000):
            tallies.add(ctx, survey, 2, choices=(), text=f"Grund {n:04}")
        found = tallies.total(ctx, survey, 2)
        parts = [len(content) for _, content in stored.tallies(tx, 1, 2)]
    assert found.texts == [f"Grund {n:04}" for n in range(1000)]
    assert found.answers == 1000
    assert len(parts) > 2


def test_what_was_sealed_by_a_lost_key_is_no_more_and_nothing_fails(asked: Chat) -> None:
    for user in USERS[:5]:
        answers(asked, user, "1", "1", "Darum", "weiter")
    asked.settings = asked.core.settings = replace(asked.settings, key=bytes(31) + b"1")
    asked.restart()
    answers(asked, USERS[5], "1", "1", "Darum", "weiter")
    closed = says(asked, KORA, "umfrage abschliessen U1")
    assert "weniger als 5" in closed.text


def test_export_and_erasure_of_who_has_answered(asked: Chat) -> None:
    for user in USERS[:5]:
        answers(asked, user, "1", "1", "Fritz Muster war nett, @fritz:localhost auch", "weiter")
    exported = json.loads(says(asked, USERS[0], "datenschutz auskunft").content["data"])["surveys"]
    assert exported["asked"] == [{"ref": "U1", "title": "Plattform", "answered": True}]
    for user in (USERS[0], USERS[5]):
        confirm = says(asked, user, "datenschutz löschen").machine["confirm"]
        says(asked, user, confirm)
    closed = says(asked, KORA, "umfrage abschliessen U1")
    assert closed.machine["answered"] == 5
    assert closed.machine["results"][0]["counts"]["sehr"] == 5
    assert "@fritz" not in closed.text


def test_in_english(chat: Chat) -> None:
    people(chat)
    chat.member(USERS[0], language="en")
    says(chat, KORA, ASKED)
    assert "Anonymous:" in answers(chat, USERS[0]).text
    says(chat, USERS[0], "1")
    assert "can't be changed" in chat.edits(chat.last, "2", by=USERS[0], room=chat.direct(USERS[0]))[-1].text
    assert (
        "counted anonymously" in [says(chat, USERS[0], text) for text in ("1 and 2", "so", "skip")][-1].text
    )
    assert "already" in says(chat, USERS[0], "survey answer U1").text
    says(chat, KORA, "umfrage abschliessen U1")
    assert "Fewer than 5" in says(chat, USERS[0], "survey result U1").text
