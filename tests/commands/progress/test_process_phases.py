"""How processes move: one step forward, gates by class, reasons, history, announcements."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.processes.model import GATES, PHASES, PRODUCTS, missing_at, percent
from storage import audit, members, process_history, processes, products
from storage import groups as seated
from storage import reminders as planned
from storage.engine.statements import Rows
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, KORA, MONI = "@pia:localhost", "@peter:localhost", "@kora:localhost", "@moni:localhost"
GERMAN = {
    "identified": "Identifiziert",
    "frontend_design": "Frontend in Arbeit",
    "frontend_review": "Frontend in Prüfung",
    "frontend_live": "Frontend freigeschaltet",
    "results_presented": "Ergebnisse vorgestellt",
    "backend_design": "Backend in Arbeit",
    "backend_review": "Backend in Prüfung",
    "backend_live": "Backend eingeführt",
    "rollout_first_movers": "Rollout First Mover",
    "rollout_all": "Flächendeckender Rollout",
}


def put(chat: Chat, **values: object) -> None:
    with chat.database.transaction() as tx:
        processes.change(tx, 1, **values)


def release(chat: Chat, *codes: str) -> None:
    with chat.database.transaction() as tx:
        for code in codes:
            products.put(tx, process=1, code=code, state="released", link=None, at=chat.now)


def history(chat: Chat) -> list[tuple[str | None, str | None, str | None, str]]:
    with chat.database.transaction() as tx:
        steps = process_history.list_newest(tx, 1, limit=100)
    return [(s.before, s.after, s.reason, s.by) for s in reversed(steps) if s.kind == "phase"]


@pytest.fixture
@staged
def process(chat: Chat) -> Chat:
    """P1, of class L, with Pia in its group, and its card in the agenda room."""
    chat.member(PIA)
    chat.reply("!prozess neu Umzugsmeldung | klasse: L", by=KORA)
    chat.reply("!gruppe anmelden P1", by=PIA)
    return chat


@pytest.mark.parametrize("klass", "LKMD")
def test_the_whole_way_with_each_class(process: Chat, klass: str) -> None:
    """At each gate exactly what the contract names is missing, and nothing stands in the way else."""
    put(process, klass=klass)
    process.feedback(1, 3, 4, 4)
    percents = [process.reply("!prozess zeige P1", by=KORA).machine["percent"]]
    for phase in PHASES[1:]:
        needed = GATES.get(phase, {}).get(klass, ())
        lacking = [code for code in PRODUCTS if code in needed]
        with process.database.transaction() as tx:
            before = products.states(tx, 1)
        missing = [code for code in lacking if before.get(code) != "released"]
        for code in missing:
            refused = process.reply(f"!prozess phase P1 {phase}", by=KORA)
            left = missing[missing.index(code) :]
            assert refused.machine == {"type": "error", "code": "conflict", "missing": left}
            release(process, code)
        moved = process.reply(f"!prozess phase P1 {phase}", by=KORA)
        assert moved.machine["state"] == phase
        percents.append(moved.machine["percent"])
    assert percents == sorted(set(percents))
    assert [after for _, after, _, _ in history(process)] == list(PHASES[1:])


def test_what_each_class_needs_is_as_agreed() -> None:
    all_eight = list(PRODUCTS)
    assert missing_at("frontend_live", "D", {}) == missing_at("backend_live", "D", {}) == ["description"]
    assert missing_at("frontend_live", "M", {}) == ["profile", "bpmn"]
    assert missing_at("frontend_live", "L", {}) == missing_at("frontend_live", "K", {})
    assert missing_at("frontend_live", "K", {}) == ["profile", "bpmn", "wireframe"]
    assert missing_at("backend_live", "L", {}) == missing_at("backend_live", "K", {}) == all_eight
    assert missing_at("backend_live", "M", {}) == [c for c in all_eight if c not in ("wireframe", "tasks")]
    assert missing_at("backend_live", "M", {"profile": "in_review"}) == missing_at("backend_live", "M", {})
    assert missing_at("rollout_all", "L", {}) == []


def test_the_refusal_names_what_is_missing_in_words(process: Chat) -> None:
    put(process, phase="frontend_review")
    release(process, "profile")
    refused = process.reply("!prozess phase P1 Frontend freigeschaltet", by=KORA)
    assert "fehlen noch bei Klasse L: BPMN-Modell, Formularvorlage." in refused.text
    assert (
        process.card("P1").machine["state"] == "identified"
    )  # the card shows what was before the test's own hand
    put(process, klass="M")
    assert "fehlt noch bei Klasse M: BPMN-Modell." in process.reply("!prozess phase P1 weiter", by=KORA).text


def test_phases_are_not_skipped_and_the_gates_between_are_named(process: Chat) -> None:
    refused = process.reply("!prozess phase P1 frontend_live", by=KORA)
    assert refused.machine["code"] == "conflict"
    assert refused.machine["missing"] == ["profile", "bpmn", "wireframe"]
    assert "!prozess phase P1 Frontend in Arbeit" in refused.text
    refused = process.reply("!prozess phase P1 frontend_review", by=KORA)
    assert refused.machine == {"type": "error", "code": "conflict"}
    assert history(process) == []


@pytest.mark.parametrize(
    "typed",
    ["Frontend in Arbeit", "frontend_design", "frontend design", "FRONTEND IN ARBEIT", "weiter", "next"],
)
def test_phases_in_both_languages(process: Chat, typed: str) -> None:
    assert process.reply(f"!prozess phase P1 {typed}", by=KORA).machine["state"] == "frontend_design"


@pytest.mark.parametrize("code", PHASES)
def test_every_phase_has_its_words(process: Chat, code: str) -> None:
    put(process, phase=code)
    for typed in (
        GERMAN[code],
        GERMAN[code].replace("ü", "ue").replace("ä", "ae"),
        code,
        code.replace("_", " "),
    ):
        same = process.reply(f"!prozess phase P1 {typed}", by=KORA)
        assert same.machine["code"] == "conflict"
        assert f"steht schon auf «{GERMAN[code]}»" in same.text


def test_a_misspelt_phase_is_refused_with_the_nearest(process: Chat) -> None:
    refused = process.reply("!prozess phase P1 Frontend in Arbiet", by=KORA)
    assert refused.machine["code"] == "bad_input"
    assert refused.machine["nearest"] == "frontend in arbeit"


@pytest.mark.parametrize("wanted", ["identified", "on_hold", "dropped", "zurückgestellt", "abgebrochen"])
def test_back_on_hold_and_dropped_need_a_reason(process: Chat, wanted: str) -> None:
    put(process, phase="frontend_review")
    asked = process.reply(f"!prozess phase P1 {wanted}", by=KORA)
    assert asked.machine == {"type": "error", "code": "bad_input", "field": "grund"}
    assert "!prozess phase P1 " in asked.text
    assert "grund: Weil …" in asked.text
    moved = process.reply(f"!prozess phase P1 {wanted} grund: Es fehlt Geld", by=KORA)
    assert moved.machine["reason"] == "Es fehlt Geld"
    assert "Grund: Es fehlt Geld" in process.card("P1").text


def test_on_hold_goes_on_where_it_was_and_nowhere_else(process: Chat) -> None:
    put(process, phase="frontend_review")
    held = process.reply("!prozess phase P1 pausiert grund: Ferien", by=KORA)
    assert (held.machine["state"], held.machine["on_hold"]) == ("frontend_review", True)
    for other in ("frontend_live", "identified grund: weil", "frontend_design grund: weil"):
        refused = process.reply(f"!prozess phase P1 {other}", by=KORA)
        assert refused.machine["code"] == "conflict"
        assert "Zuerst geht es weiter, wo er war" in refused.text
    assert process.reply("!prozess phase P1 on_hold grund: Ferien", by=KORA).machine["code"] == "conflict"
    back = process.reply("!prozess phase P1 Frontend in Prüfung", by=KORA)
    assert (back.machine["state"], back.machine["on_hold"]) == ("frontend_review", False)
    assert "reason" not in back.machine


def test_a_dropped_process_is_taken_up_where_it_was_with_a_reason(process: Chat) -> None:
    put(process, phase="frontend_review")
    assert process.reply("!prozess phase P1 dropped grund: Zu teuer", by=KORA).machine["dropped"] is True
    assert "tippen" not in process.card("P1").text
    assert process.reply("!prozess phase P1 on_hold grund: x", by=KORA).machine["code"] == "conflict"
    assert process.reply("!prozess phase P1 frontend_live", by=KORA).machine["code"] == "conflict"
    assert process.reply("!prozess phase P1 weiter", by=KORA).machine["field"] == "grund"
    again = process.reply("!prozess phase P1 weiter grund: Der Kanton zahlt", by=KORA)
    assert (again.machine["state"], again.machine["dropped"]) == ("frontend_review", False)
    assert "ist wieder aufgenommen" in again.text


def test_on_hold_can_be_dropped(process: Chat) -> None:
    process.reply("!prozess phase P1 on_hold grund: Ferien", by=KORA)
    dropped = process.reply("!prozess phase P1 dropped grund: Zu teuer", by=KORA)
    assert (dropped.machine["on_hold"], dropped.machine["dropped"]) == (False, True)
    assert history(process)[-1] == ("on_hold", "dropped", "Zu teuer", KORA)


def test_after_the_last_phase_there_is_none(process: Chat) -> None:
    put(process, phase="rollout_all")
    refused = process.reply("!prozess phase P1 weiter", by=KORA)
    assert refused.machine["code"] == "conflict"
    assert "letzten Phase" in refused.text


def test_only_coordinators_move_processes(process: Chat) -> None:
    for who in (PIA, MONI):
        assert process.reply("!prozess phase P1 weiter", by=who).machine["code"] == "not_allowed"
    assert process.reply("!prozess phase P7 weiter", by=KORA).machine["code"] == "not_found"


# --- what follows from it


def announcements(said: list[Said]) -> list[str]:
    return sorted(s.room for s in said if s.edits is None and "ist jetzt in der Phase" in s.text)


def test_a_step_is_announced_once_in_each_room(process: Chat) -> None:
    room = process.group_room(1, PIA)
    before = len(process.said)
    process.says("!prozess phase P1 weiter", by=KORA)
    process.later(minutes=1)
    assert announcements(process.said[before:]) == sorted([ROOMS["agenda"], room, "!hall:localhost"])
    before = len(process.said)
    process.later(minutes=5)
    assert len([s for s in process.in_room(room) if "ist jetzt in der Phase" in s.text]) == 1


def test_given_in_one_of_those_rooms_the_announcement_is_the_reply(process: Chat) -> None:
    room = process.group_room(1, PIA)
    said = process.says("!prozess phase P1 weiter", by=KORA, room=ROOMS["agenda"])
    assert announcements(said) == [ROOMS["agenda"]]
    before = len(process.said)
    process.later(minutes=1)
    assert announcements(process.said[before:]) == [room]
    [reply] = [s for s in said if s.replies_to]
    assert reply.machine["state"] == "frontend_design"


def test_without_a_room_the_group_is_not_in_the_way(process: Chat) -> None:
    before = len(process.said)
    process.says("!prozess phase P1 weiter", by=KORA)
    process.later(minutes=1)
    assert announcements(process.said[before:]) == ["!agenda:localhost", "!hall:localhost"]


def test_the_history_tells_who_when_why_and_is_open_to_all(process: Chat) -> None:
    process.reply("!prozess phase P1 weiter grund: Es kann losgehen", by=KORA)
    process.reply("!prozess phase P1 identified grund: Doch nicht", by=KORA)
    assert history(process) == [
        ("identified", "frontend_design", "Es kann losgehen", KORA),
        ("frontend_design", "identified", "Doch nicht", KORA),
    ]
    shown = process.reply("!prozess verlauf P1", by=PIA)
    assert shown.machine["total"] == 3
    assert (
        "Mo, 2. November 2026, 10:00, Kora: Identifiziert → Frontend in Arbeit – Es kann losgehen"
        in shown.text
    )
    assert (
        "Frontend in Arbeit → Identifiziert – Doch nicht" in process.reply("!prozess zeige P1", by=PIA).text
    )
    with process.database.transaction() as tx:
        [newest, *_] = process_history.list_newest(tx, 1, limit=1)
        entries = Rows(audit.Entry, audit.Entry.__table__.select()).all(tx)
    assert newest.event_id.startswith("$event")
    assert [e.ref for e in entries] == ["P1", "P1", "P1"]


def test_a_long_history_has_pages(process: Chat) -> None:
    for n in range(12):
        process.reply(f"!prozess ändern P1 lebenslage: Umzug {n}", by=KORA)
        process.later(minutes=1)
    assert process.reply("!prozess verlauf P1").machine["pages"] == 2
    second = process.reply("!prozess verlauf P1 seite: 2")
    assert "in den Katalog aufgenommen" in second.text
    assert process.reply("!prozess verlauf P1 seite: 3").machine["code"] == "bad_input"


# --- taking back


def test_a_step_can_be_taken_back_and_all_are_told(process: Chat) -> None:
    room = process.group_room(1, PIA)
    reply = process.reply("!prozess phase P1 weiter", by=KORA)
    process.later(minutes=1)
    before = len(process.said)
    process.reacts(reply, "↩️", by=KORA)
    process.later(minutes=1)
    told = {s.room for s in process.said[before:] if "ist zurückgenommen" in s.text}
    assert told == {ROOMS["agenda"], room, "!hall:localhost"}
    assert process.card("P1").machine["state"] == "identified"
    assert [(b, a) for b, a, _, _ in history(process)] == [
        ("identified", "frontend_design"),
        ("frontend_design", "identified"),
    ]


def test_only_the_last_step_can_be_taken_back(process: Chat) -> None:
    reply = process.reply("!prozess phase P1 weiter", by=KORA)
    process.reply("!prozess phase P1 weiter", by=KORA)
    process.reacts(reply, "↩️", by=KORA)
    assert process.card("P1").machine["state"] == "frontend_review"


def test_an_edited_reason_is_announced_only_once(process: Chat) -> None:
    process.reply("!prozess phase P1 weiter grund: Los gets", by=KORA)
    said = process.edits(process.last, "!prozess phase P1 weiter grund: Los geht es", by=KORA)
    assert announcements(said) == []
    assert process.card("P1").machine["reason"] == "Los geht es"
    assert history(process) == [("identified", "frontend_design", "Los geht es", KORA)]


def test_an_edited_phase_is_announced_anew(process: Chat) -> None:
    put(process, phase="frontend_design")
    process.reply("!prozess phase P1 weiter", by=KORA)
    command = process.last
    process.later(minutes=1)
    before = len(process.said)
    process.edits(command, "!prozess phase P1 identified grund: Vertippt", by=KORA)
    process.later(minutes=1)
    assert announcements(process.said[before:]) == ["!agenda:localhost"]
    assert process.card("P1").machine["state"] == "identified"


def test_steps_in_half_a_minute_are_announced_as_one(process: Chat) -> None:
    room = process.group_room(1, PIA)
    for step in ("weiter", "weiter", "zurückgestellt grund: Ferien", "weiter"):
        process.reply(f"!prozess phase P1 {step}", by=KORA)
        process.later(seconds=3)
    process.later(minutes=1)
    for told in (process.in_room("agenda"), process.in_room(room)):
        [said] = [s.text for s in told if s.edits is None and "Phase" in s.text and "✅" not in s.text]
        assert "ist jetzt in der Phase «Frontend in Prüfung»" in said


@pytest.mark.parametrize("back", ["↩️", "identified grund: Doch nicht"])
def test_a_step_undone_in_half_a_minute_is_never_announced(process: Chat, back: str) -> None:
    reply = process.reply("!prozess phase P1 weiter", by=KORA)
    before = len(process.said)
    if back == "↩️":
        process.reacts(reply, back, by=KORA)
    else:
        process.reply(f"!prozess phase P1 {back}", by=KORA)
    process.later(minutes=1)
    assert [s for s in process.said[before:] if s.room != "!hall:localhost" and s.edits is None] == []


# --- evaluation


def evaluated(chat: Chat) -> Said:
    put(chat, phase="frontend_review", klass="D")
    release(chat, "description")
    return chat.reply("!prozess phase P1 frontend_live", by=KORA)


def test_the_evaluation_ends_after_the_configured_days_in_local_time(process: Chat) -> None:
    process.now = process.now.replace(hour=23, minute=30)  # in Zurich it is the third of November already
    assert evaluated(process).machine["evaluation_until"] == "2027-02-01"
    assert "Evaluation bis Mo, 1. Februar 2027" in process.card("P1").text


def test_leader_and_coordinators_are_reminded_on_its_last_day_once(process: Chat) -> None:
    evaluated(process)
    process.reply(f"!gruppe leitung P1 {PIA}", by=KORA)
    process.later(days=89)
    assert [s for s in process.to(PIA) if s.machine["type"] == "reminder"] == []
    process.later(days=1)  # ten o'clock on the last day
    for who in (PIA, KORA):
        [told] = [s for s in process.to(who) if s.machine["type"] == "reminder"]
        assert told.machine == {
            "type": "reminder",
            "ref": "P1",
            "lead": "0d",
            "start": "2027-01-31T09:00:00+01:00",
            "late": True,
        }
        assert "Die Evaluation von P1 · Umzugsmeldung" in told.text
    process.later(days=1)
    assert len([s for s in process.to(PIA) if s.machine["type"] == "reminder"]) == 1


def test_who_leads_no_more_is_not_reminded(process: Chat) -> None:
    process.member(PETER)
    process.reply("!gruppe anmelden P1", by=PETER)
    process.reply(f"!gruppe leitung P1 {PIA}", by=KORA)
    evaluated(process)
    process.reply(f"!gruppe leitung P1 {PETER}", by=KORA)
    process.later(hours=2)
    with process.database.transaction() as tx:
        assert {r.user_id for r in planned.list_of(tx, "evaluation", 1)} == {PETER, KORA}


@pytest.mark.parametrize(
    "step", ["results_presented", "frontend_review grund: Es hapert", "dropped grund: Zu teuer"]
)
def test_nobody_is_reminded_of_an_evaluation_that_is_over(process: Chat, step: str) -> None:
    evaluated(process)
    process.reply(f"!prozess phase P1 {step}", by=KORA)
    process.later(days=95)
    assert [s for s in process.to(KORA) if s.machine["type"] == "reminder"] == []


def test_on_hold_the_evaluation_runs_on(process: Chat) -> None:
    evaluated(process)
    held = process.reply("!prozess phase P1 on_hold grund: Ferien", by=KORA)
    assert held.machine["evaluation_until"] == "2027-01-31"
    assert process.reply("!prozess phase P1 weiter", by=KORA).machine["evaluation_until"] == "2027-01-31"


def test_a_step_into_evaluation_taken_back_takes_the_reminder_along(process: Chat) -> None:
    process.reacts(evaluated(process), "↩️", by=KORA)
    assert "evaluation_until" not in process.card("P1").machine
    with process.database.transaction() as tx:
        assert planned.list_of(tx, "evaluation", 1) == []


# --- the backend review enlarges the group


def crowd(chat: Chat, count: int) -> list[str]:
    people = [chat.member(f"@p{n}:localhost") for n in range(count)]
    for user in people:
        chat.says("!gruppe anmelden P1", by=user)
    return people


def test_the_backend_review_opens_seats_and_who_waits_moves_up(process: Chat) -> None:
    people = crowd(process, 14)  # with Pia 15: 7 in, 8 waiting
    room = process.group_room(1, PIA, *people[:6])
    process.later(minutes=1)
    put(process, phase="backend_design")
    moved = process.reply("!prozess phase P1 backend_review", by=KORA)
    assert "Die Gruppe hat jetzt 12 Plätze." in moved.text
    process.later(minutes=1)
    told = [
        who
        for who in people
        if any(s.machine.get("ref") == "P1" and "in der Gruppe P1" in s.text for s in process.to(who))
    ]
    assert told == people[6:11]
    assert [e.content["user_id"] for e in process.errands if e.kind == "invite" and e.room == room] == people[
        6:11
    ]
    assert "👥 12 von 12, 3 auf der Warteliste" in process.card("P1").text
    process.later(minutes=5)
    assert len([s for s in process.to(people[6]) if "in der Gruppe P1" in s.text]) == 1


def test_a_group_that_is_large_enough_stays_as_it_is(process: Chat) -> None:
    put(process, phase="backend_design")
    with process.database.transaction() as tx:
        seated.change(tx, 1, size=14)
    moved = process.reply("!prozess phase P1 backend_review", by=KORA)
    assert "Plätze" not in moved.text
    with process.database.transaction() as tx:
        group = seated.find(tx, 1)
    assert group is not None
    assert group.size == 14


def test_taken_back_the_group_is_as_large_as_before_and_nobody_loses_a_seat(process: Chat) -> None:
    crowd(process, 8)
    put(process, phase="backend_design")
    reply = process.reply("!prozess phase P1 backend_review", by=KORA)
    process.reacts(reply, "↩️", by=KORA)
    shown = process.answer("!gruppe zeige P1", by=PIA).machine
    assert (shown["size"], shown["confirmed"], shown["waiting"]) == (7, 9, 0)


def test_percent_grows_with_phases_and_products_and_ends_at_a_hundred(process: Chat) -> None:
    with process.database.transaction() as tx:
        found = processes.find(tx, 1)
    assert found is not None
    assert percent(found, {}, 86) == 0
    assert percent(found, dict.fromkeys(PRODUCTS, "released"), 86) == 9
    put(process, phase="rollout_all", rollout_done=43)
    assert process.reply("!prozess zeige P1").machine["percent"] == 95
    put(process, rollout_done=86)
    assert process.reply("!prozess zeige P1").machine["percent"] == 100


def test_in_english(process: Chat) -> None:
    room = process.direct(process.member("@eve:localhost", language="en"))
    with process.database.transaction() as tx:
        members.grant(tx, user_id="@eve:localhost", role="coordinator", level=40, by="", at=process.now)
    eve = {"by": "@eve:localhost", "room": room}
    assert "is now in the phase «Frontend in progress»." in process.reply("process phase P1 next", **eve).text
    assert process.reply("process phase P1 on hold", **eve).text == "Why? One sentence will do."
    process.reply("cancel", **eve)
    assert "is on hold" in process.reply("process phase P1 on hold reason: summer", **eve).text
    assert (
        "on hold. First, it goes on where it was"
        in process.reply("process phase P1 frontend review", **eve).text
    )
    assert "goes on, phase" in process.reply("process phase P1 next", **eve).text
    assert "step by step. Next is" in process.reply("process phase P1 rollout all", **eve).text
    process.reply("process phase P1 next", **eve)
    assert "class L still needs: profile, BPMN model" in process.reply("process phase P1 next", **eve).text
    assert "is dropped" in process.reply("process phase P1 dropped reason: money", **eve).text
    assert "To take it up again" in process.reply("process phase P1 frontend live", **eve).text
    assert "taken up again" in process.reply("process phase P1 next reason: money", **eve).text
    assert "already" in process.reply("process phase P1 frontend review", **eve).text
    assert "History of P1" in process.reply("process history P1", **eve).text


def test_a_reminder_late_by_days_still_comes(process: Chat) -> None:
    evaluated(process)
    process.now += timedelta(days=93)
    process.tick()
    [told] = [s for s in process.to(KORA) if s.machine["type"] == "reminder"]
    assert told.machine["late"] is True
    assert "endete am So, 31. Januar 2027" in told.text
