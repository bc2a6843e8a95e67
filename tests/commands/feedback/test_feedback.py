"""What members say of a service: one of each, process and stage, added up, and the gate before the back end."""

from __future__ import annotations

import json

import pytest

from storage import processes
from tests.support.chat import Chat, Said

PIA, URS, PETER, KORA, MONI = (f"@{name}:localhost" for name in ("pia", "urs", "peter", "kora", "moni"))


def put(chat: Chat, process: int = 1, **values: object) -> None:
    with chat.database.transaction() as tx:
        processes.change(tx, process, **values)


@pytest.fixture(autouse=True)
def live(chat: Chat) -> None:
    """P1, whose front end is live; Pia is in its group."""
    for user in (PIA, URS):
        chat.member(user)
    chat.process(PIA)
    put(chat, phase="frontend_live", evaluation_until=chat.now.date().replace(year=2027))


def shown(chat: Chat, by: str = PIA) -> dict[str, object]:
    return chat.reply("!rückmeldung zeige P1", by=by).machine


def test_it_is_given_and_shown(chat: Chat) -> None:
    given = chat.reply("!rückmeldung P1 4 Das Formular ist klar.")
    assert given.machine == {
        "type": "feedback",
        "ref": "P1",
        "staff": {"count": 1, "average": "4.0"},
        "residents": {"count": 0},
        "trend": "flat",
        "you": {"rating": 4},
    }
    assert "eine 4 von 5" in given.text
    assert shown(chat) == given.machine
    assert "you" not in shown(chat, by=URS)
    chat.reply("!feedback P1 5", by=URS)
    chat.reply("!feedback P1 5", by=KORA)
    assert shown(chat)["staff"] == {"count": 3, "average": "4.7"}


@pytest.mark.parametrize(
    ("typed", "rating"),
    [
        ("4 P1 gut", 4),
        ("P1 gut gemacht 4", 4),
        ("P1: 4, gut", 4),
        ("p1 4/5", 4),
        ("P1 4 von 5 gut", 4),
        ("P1 hatte 3 Fehler, 2 out of 5", 2),
        ("1 4 gut", 4),
        ("P1 4️⃣", 4),
        ("P1 ★★★★☆ gut", 4),
        ("P1 4 Sterne", 4),
        ("für P1 3", 3),
        ("P1 Note: 4", 4),
        ("P1 4.0", 4),
        ("P 1 4", 4),
    ],
)
def test_in_any_order(chat: Chat, typed: str, rating: int | None) -> None:
    said = chat.reply(f"!rückmeldung {typed}").machine
    assert said.get("you", {}).get("rating") == rating, said


@pytest.mark.parametrize(
    "typed", ["P1 0", "P1 6 toll", "P1 -1", "P1 4.5", "P1 gut", "P1", "", "P1 99999", "xyz"]
)
def test_what_is_no_mark_is_refused(chat: Chat, typed: str) -> None:
    assert chat.reply(f"!rückmeldung {typed}").machine["code"] == "bad_input"
    assert shown(chat)["staff"] == {"count": 0}


def test_in_the_groups_room_the_process_need_not_be_named(chat: Chat) -> None:
    room = chat.group_room(1, PIA)
    assert chat.reply("!rückmeldung 4 läuft gut", room=room).machine["ref"] == "P1"


def test_the_latest_counts_and_each_stage_by_itself(chat: Chat) -> None:
    chat.reply("!rückmeldung P1 2 mühsam")
    again = chat.reply("!rückmeldung P1 5")
    assert "vorher 2" in again.text
    assert again.machine["staff"] == {"count": 1, "average": "5.0"}
    put(chat, phase="backend_live")
    assert shown(chat)["staff"] == {"count": 0}
    chat.reply("!rückmeldung P1 1")
    found = chat.reply("!rückmeldung zeige P1")
    assert found.machine["staff"] == {"count": 1, "average": "1.0"}
    assert "Zum Frontend: Mitarbeitende 5.0 (1)" in found.text


def test_an_edit_and_a_way_back(chat: Chat) -> None:
    chat.reply("!rückmeldung P1 2")
    reply = chat.reply("!rückmeldung P1 4 gut")
    chat.edits(chat.last, "!rückmeldung P1 3 geht so")
    assert shown(chat)["staff"] == {"count": 1, "average": "3.0"}
    chat.reply("!rückmeldung P1 1", by=URS)  # keeps nobody else from taking theirs back
    chat.reacts(reply, "↩️")
    assert shown(chat)["staff"] == {"count": 2, "average": "1.5"}
    assert shown(chat)["you"] == {"rating": 2}


def test_the_first_one_taken_back_leaves_nothing(chat: Chat) -> None:
    reply = chat.reply("!rückmeldung P1 2")
    chat.reacts(reply, "↩️")
    assert shown(chat) == {"type": "feedback", "ref": "P1", "staff": {"count": 0}, "residents": {"count": 0}}


@pytest.mark.parametrize("phase", ["identified", "frontend_design", "frontend_review"])
def test_not_before_it_is_live(chat: Chat, phase: str) -> None:
    put(chat, phase=phase)
    for command in ("!rückmeldung P1 4", "!feedback show P1"):
        assert chat.reply(command).machine["code"] == "conflict"
    put(chat, phase="rollout_all", dropped=True)
    assert chat.reply("!rückmeldung P1 4").machine["code"] == "conflict"
    assert chat.reply("!rückmeldung P9 4").machine["code"] == "not_found"


def test_comments_are_for_those_who_work_on_it(chat: Chat) -> None:
    chat.reply("!rückmeldung P1 2 <b>mühsam</b>\nDas Hochladen\ngeht nicht.", by=URS)
    own, hers = chat.direct(URS), chat.direct(PIA)
    inside = chat.reply("!rückmeldung zeige P1", by=PIA, room=hers)
    assert "<b>mühsam</b>" in inside.text
    assert "<b>mühsam" not in inside.html
    assert "Urs" not in inside.text
    assert "mühsam" not in chat.reply("!rückmeldung zeige P1", by=URS, room=own).text
    assert "mühsam" not in chat.reply("!rückmeldung zeige P1", by=PIA).text
    too_long = chat.reply(f"!rückmeldung P1 2 {'a' * 600}\n{'b' * 600}")
    assert too_long.machine["code"] == "too_large"


def test_it_stands_on_the_card_and_with_the_process(chat: Chat) -> None:
    chat.reply("!prozess neu Bauwesen | klasse: D", by=KORA)
    put(chat, 2, phase="frontend_live")
    chat.reply("!rückmeldung P2 4")
    assert "Rückmeldungen: Mitarbeitende 4.0 (1)" in chat.card("P2").text
    assert "Rückmeldungen: Mitarbeitende 4.0 (1)" in chat.reply("!prozess zeige P2").text


def test_the_last_days_against_all_before(chat: Chat) -> None:
    chat.reply("!rückmeldung P1 2")
    assert shown(chat)["trend"] == "flat"
    chat.later(days=31)
    assert shown(chat)["trend"] == "flat"
    chat.reply("!rückmeldung P1 4", by=URS)
    assert shown(chat)["trend"] == "up"
    assert "in den letzten 30 Tagen besser" in chat.reply("!rückmeldung zeige P1").text
    chat.reply("!rückmeldung P1 1", by=URS)
    assert shown(chat)["trend"] == "down"


@pytest.mark.parametrize(
    ("ratings", "opens"),
    [((4, 4), False), ((3, 4, 3), False), ((3, 4, 4), True), ((3, 3, 4, 4), True), ((5, 5, 1, 1), False)],
)
def test_the_back_end_begins_when_staff_are_pleased(
    chat: Chat, ratings: tuple[int, ...], opens: bool
) -> None:
    put(chat, phase="results_presented")
    chat.feedback(1, *ratings)
    chat.feedback(1, 5, 5, 5, stage="backend")
    moved = chat.reply("!prozess phase P1 Backend in Arbeit", by=KORA)
    if opens:
        assert moved.machine["state"] == "backend_design"
        return
    assert moved.machine == {"type": "error", "code": "conflict", "missing": ["feedback"]}
    assert "3.5" in moved.text
    [hint] = [line for line in moved.text.split("!") if line.startswith("prozess phase")]
    assert chat.reply(f"!{hint.replace('…', 'es eilt')}", by=KORA).machine["state"] == "backend_design"


def test_two_steps_ahead_it_is_among_what_is_missing(chat: Chat) -> None:
    refused = chat.reply("!prozess phase P1 backend_design", by=KORA)
    assert refused.machine["missing"] == ["feedback"]
    assert "fehlt noch: gute Rückmeldungen der Mitarbeitenden" in refused.text


def test_the_group_is_asked_while_the_evaluation_runs(chat: Chat) -> None:
    room = chat.direct(PIA)
    asked = chat.reply("mein stand", room=room)
    assert asked.machine["waiting"] == ["P1 feedback"]
    assert chat.reply("mein stand", by=URS, room=chat.direct(URS)).machine["waiting"] == []
    chat.reply("rückmeldung P1 4", room=room)
    assert chat.reply("mein stand", room=room).machine["waiting"] == []
    put(chat, phase="backend_live")
    assert chat.reply("mein stand", room=room).machine["waiting"] == ["P1 feedback"]
    put(chat, on_hold=True)
    assert chat.reply("mein stand", room=room).machine["waiting"] == []


def test_by_questions(chat: Chat) -> None:
    room = chat.direct(PIA)
    asked = chat.reply("rückmeldung P1", room=room)
    assert asked.machine["field"] == "rating"
    assert [one["key"] for one in asked.machine["options"]] == ["1", "2", "3", "4", "5"]
    text = the_reply(chat, chat.reacts(asked, "4️⃣"))
    assert text.machine["field"] == "text"
    given = chat.reply("läuft gut", room=room)
    assert given.machine["you"] == {"rating": 4}


def the_reply(chat: Chat, said: list[Said]) -> Said:
    [reply] = [s for s in said if s.replies_to is not None]
    return reply


def test_export_and_erasure(chat: Chat) -> None:
    chat.reply("!rückmeldung P1 2 mühsam")
    room = chat.direct(PIA)
    exported = json.loads(chat.reply("datenschutz auskunft", room=room).content["data"])["feedback"]
    assert exported == {
        "given": [{"process": "P1", "stage": "frontend", "rating": 2, "on": "2026-11-02", "text": "mühsam"}],
        "imported": [],
    }
    chat.says(chat.reply("datenschutz löschen", room=room).machine["confirm"], room=room)
    assert shown(chat, by=URS)["staff"] == {"count": 1, "average": "2.0"}
    assert "mühsam" not in chat.reply("!rückmeldung zeige P1", by=KORA, room=chat.direct(KORA)).text


def test_in_english(chat: Chat) -> None:
    chat.member(PIA, language="en")
    room = chat.direct(PIA)
    assert "is 4 out of 5" in chat.reply("feedback P1 4 clear", room=room).text
    reply = chat.reply("feedback P1 2", room=room)
    assert "before it was 4" in reply.text
    chat.reacts(reply, "↩️")
    assert "is 4 out of 5 again" in chat.said[-1].text
    found = chat.reply("feedback show P1", room=room).text
    assert "feedback on the front end" in found
    assert "yours 4" in found
    put(chat, phase="identified")
    assert "yet" in chat.reply("feedback P1 4", room=room).text
