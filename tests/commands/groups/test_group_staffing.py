"""What coordinators arrange in groups: who is asked, let in, removed, who leads, how many seats there are."""

from __future__ import annotations

import random

import pytest

from bot.core.batches import RoomBatch
from storage import audit, members, municipalities, processes, seats
from tests.support.chat import HALL, ROOMS, Chat, Said
from tests.support.kept import staged

PIA, URS, EVA, MAX = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@max:localhost"
KORA = "@kora:localhost"


@pytest.fixture
@staged
def crew(chat: Chat) -> Chat:
    for user in (PIA, URS, EVA, MAX):
        chat.member(user)
    chat.enter(ROOMS["coordination"], KORA)
    return chat


def inside(chat: Chat, number: int = 1, state: str = "confirmed") -> list[str]:
    with chat.database.transaction() as tx:
        return [seat.user_id for seat in seats.list_in(tx, "group", number, state)]


def last(chat: Chat, user: str, words: str) -> Said:
    """The newest message in the person's direct chat with these words."""
    return next(s for s in reversed(chat.to(user)) if words in s.text)


def told(chat: Chat, user: str, words: str) -> int:
    chat.later(seconds=40)
    return sum(words in said.text for said in chat.to(user))


def roles(chat: Chat, user: str) -> list[tuple[str, int]]:
    with chat.database.transaction() as tx:
        return [(grant.role, grant.process) for grant in members.grants(tx, user)]


def logged(chat: Chat) -> list[tuple[str, str]]:
    with chat.database.transaction() as tx:
        found = audit.list_newest(tx, audit.Filter(None, None, None, None), offset=0, limit=50)
    return [(entry.command, entry.ref) for entry in reversed(found)]


@pytest.mark.parametrize(
    "command",
    [
        "zuweisen P1 Urs",
        "entfernen P1 Urs",
        "leitung P1 Urs",
        "grösse P1 9",
        "vorschlag P1",
        "raum P1",
        "anmeldung P1 modus: frei",
    ],
)
def test_only_coordinators_staff_groups(crew: Chat, command: str) -> None:
    crew.process(URS)
    assert crew.reply(f"!gruppe {command}", by=PIA).machine["code"] == "not_allowed"
    assert crew.reply(f"!gruppe {command}", by="@moni:localhost").machine["code"] == "not_allowed"


@pytest.mark.parametrize(
    "command", ["zuweisen P9 Urs", "entfernen P9 Urs", "leitung P9 Urs", "grösse P9 9", "bestätigen P9 Urs"]
)
def test_a_process_that_is_not_there(crew: Chat, command: str) -> None:
    assert crew.reply(f"!gruppe {command}", by=KORA).machine["code"] == "not_found"


# --- asked to come in


def test_who_is_assigned_is_asked_and_holds_the_seat_meanwhile(crew: Chat) -> None:
    crew.process(size=1)
    reply = crew.reply("!gruppe zuweisen P1 Urs", by=KORA, room=ROOMS["coordination"])
    assert (reply.machine["confirmed"], reply.machine["size"]) == (0, 1)
    assert "Urs ist für P1 · Umzugsmeldung angefragt" in reply.text
    asked = last(crew, URS, "Möchten Sie")
    assert {key for event, key in crew.reactions if event == asked.event_id} == {"✅", "❌"}
    assert crew.reply("!gruppe anmelden P1", by=PIA).machine["you"] == {"seat": "waiting", "position": 1}
    shown = crew.answer("!gruppe zeige P1", by=URS)
    assert shown.machine["you"] == {"seat": "none"}
    assert "Für Sie ist ein Platz reserviert" in shown.text
    assert "!gruppe bestätigen P1" in shown.text


def test_yes_by_reaction(crew: Chat) -> None:
    crew.process()
    crew.says("!gruppe zuweisen P1 Urs", by=KORA)
    crew.reacts(last(crew, URS, "Möchten Sie"), "✅", by=URS)
    assert inside(crew) == [URS]
    assert "Danke. Sie sind in der Gruppe" in crew.to(URS)[-1].text


def test_no_by_reaction_frees_the_seat_for_the_first_who_waits(crew: Chat) -> None:
    crew.process(size=1)
    crew.says("!gruppe zuweisen P1 Urs", by=KORA)
    crew.says("!gruppe anmelden P1", by=PIA)
    crew.reacts(last(crew, URS, "Möchten Sie"), "❌", by=URS)
    assert inside(crew) == [PIA]
    assert told(crew, PIA, "frei geworden") == 1
    assert "Urs hat für die Gruppe P1 · Umzugsmeldung abgesagt" in crew.in_room("coordination")[-1].text
    crew.reacts(last(crew, URS, "Möchten Sie"), "✅", by=URS)
    assert inside(crew) == [PIA], "answered once"


def test_nobody_else_answers_for_them(crew: Chat) -> None:
    crew.process()
    crew.says("!gruppe zuweisen P1 Urs", by=KORA)
    crew.reacts(last(crew, URS, "Möchten Sie"), "✅", by=PIA)
    assert inside(crew) == []
    assert crew.reply("!gruppe bestätigen P1 Urs", by=PIA).machine["code"] == "not_allowed"
    assert crew.reply("!gruppe bestätigen P1 Urs", by=KORA).machine["code"] == "conflict"
    assert inside(crew, state="assigned") == [URS]


@pytest.mark.parametrize(
    ("answer", "into"), [("bestätigen", [URS]), ("anmelden", [URS]), ("confirm", [URS]), ("abmelden", [])]
)
def test_answered_by_command(crew: Chat, answer: str, into: list[str]) -> None:
    crew.process()
    crew.says("!gruppe zuweisen P1 Urs", by=KORA)
    reply = crew.reply(f"!gruppe {answer} P1", by=URS)
    assert reply.machine["you"] == {"seat": "confirmed" if into else "none"}
    assert inside(crew) == into
    assert inside(crew, state="assigned") == []


def test_nobody_was_asked(crew: Chat) -> None:
    crew.process(PIA, size=1)
    crew.says("!gruppe anmelden P1", by=URS)
    for user in (PIA, URS, EVA):
        assert crew.reply("!gruppe bestätigen P1", by=user).machine["code"] == "conflict"


@pytest.mark.parametrize(
    ("member", "code"), [("Urs", "conflict"), ("Niemand", "not_found"), ("@fremd:localhost", "conflict")]
)
def test_who_can_not_be_assigned(crew: Chat, member: str, code: str) -> None:
    crew.process(URS)
    assert crew.reply(f"!gruppe zuweisen P1 {member}", by=KORA).machine["code"] == code


def test_a_full_group_has_no_seat_to_hold(crew: Chat) -> None:
    crew.process(PIA, size=1)
    reply = crew.reply("!gruppe zuweisen P1 Urs", by=KORA)
    assert reply.machine["code"] == "conflict"
    assert "!gruppe grösse P1 2" in reply.text
    assert crew.to(URS) == []


def test_a_dropped_process_or_a_paused_member(crew: Chat) -> None:
    crew.process()
    crew.member(URS, state="paused")
    assert crew.reply("!gruppe zuweisen P1 Urs", by=KORA).machine["code"] == "conflict"
    with crew.database.transaction() as tx:
        processes.change(tx, 1, dropped=True)
    assert crew.reply("!gruppe zuweisen P1 Pia", by=KORA).machine["code"] == "conflict"


def test_taken_back_before_the_answer(crew: Chat) -> None:
    crew.process(size=1)
    reply = crew.reply("!gruppe zuweisen P1 Urs", by=KORA)
    crew.reacts(reply, "↩️", by=KORA)
    assert inside(crew, state="assigned") == []
    assert told(crew, URS, "Die Anfrage für") == 1
    crew.reacts(last(crew, URS, "Möchten Sie"), "✅", by=URS)
    assert inside(crew) == []


def test_not_taken_back_after_the_answer(crew: Chat) -> None:
    crew.process()
    reply = crew.reply("!gruppe zuweisen P1 Urs", by=KORA)
    crew.says("!gruppe bestätigen P1", by=URS)
    crew.reacts(reply, "↩️", by=KORA)
    assert inside(crew) == [URS]


def test_an_edited_assignment_asks_the_other_one(crew: Chat) -> None:
    crew.process()
    crew.reply("!gruppe zuweisen P1 Urs", by=KORA)
    crew.edits(crew.last, "!gruppe zuweisen P1 Eva", by=KORA)
    assert inside(crew, state="assigned") == [EVA]
    assert last(crew, EVA, "Möchten Sie")


# --- groups with approval


def test_with_approval_who_registers_waits_for_the_coordinators(crew: Chat) -> None:
    crew.process()
    crew.reply("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
    asks = crew.reply("!gruppe anmelden P1", by=PIA)
    assert asks.machine["you"] == {"seat": "none"}
    assert "wartet auf die Koordinationsstelle" in asks.text
    assert crew.reply("!gruppe anmelden P1", by=PIA).machine["code"] == "conflict"
    assert "1 Person wartet auf die Koordinationsstelle" in crew.answer("!gruppe zeige P1", by=URS).text
    assert "Pia möchte in die Gruppe" in crew.in_room("coordination")[-1].text
    shown = crew.answer("!gruppe zeige P1", by=KORA, room=ROOMS["coordination"])
    assert "Warten auf Ihre Bestätigung: Pia" in shown.text
    reply = crew.reply("!gruppe bestätigen P1 Pia", by=KORA)
    assert reply.machine["confirmed"] == 1
    assert told(crew, PIA, "Ihre Anmeldung ist bestätigt") == 1
    assert ("group confirm", "P1") in logged(crew)


@pytest.mark.parametrize(("key", "into", "words"), [("✅", [PIA], "bestätigt"), ("❌", [], "nicht berück")])
def test_decided_by_reaction(crew: Chat, key: str, into: list[str], words: str) -> None:
    crew.process()
    crew.says("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
    crew.says("!gruppe anmelden P1", by=PIA)
    question = next(s for s in crew.in_room("coordination") if "möchte in die Gruppe" in s.text)
    crew.reacts(question, key, by=URS)
    assert inside(crew, state="requested") == [PIA]
    said = crew.reacts(question, key, by=KORA)
    if key == "❌":
        crew.reacts(next(s for s in said if s.edits is None), "✅", by=KORA)  # without a reason
    assert (inside(crew), inside(crew, state="requested")) == (into, [])
    crew.later(minutes=10)
    assert told(crew, PIA, words) == 1
    assert logged(crew)[-1] == ("group confirm" if into else "group remove", "P1")


def test_who_asked_first_comes_first(crew: Chat) -> None:
    crew.process(MAX, size=1)
    crew.says("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
    for user in (PIA, URS):
        crew.says("!gruppe anmelden P1", by=user)
    crew.says("!gruppe bestätigen P1 Urs", by=KORA)
    reply = crew.reply("!gruppe bestätigen P1 Pia", by=KORA)
    assert "auf der Warteliste" in reply.text
    assert inside(crew, state="waiting") == [PIA, URS]
    assert told(crew, URS, "Platz 2") == 1  # as it is when it is told


def test_set_free_all_who_asked_are_in(crew: Chat) -> None:
    crew.process(size=1)
    crew.says("!gruppe anmeldung P1 modus: approval", by=KORA)
    for user in (PIA, URS):
        crew.says("!gruppe anmelden P1", by=user)
    crew.says("!gruppe anmeldung P1 modus: frei", by=KORA)
    assert (inside(crew), inside(crew, state="waiting")) == ([PIA], [URS])
    crew.says("!gruppe anmelden P1", by=EVA)
    assert inside(crew, state="waiting") == [URS, EVA]


def test_a_registration_that_waits_can_be_taken_back_or_assigned(crew: Chat) -> None:
    crew.process()
    crew.says("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
    for user in (PIA, URS):
        crew.says("!gruppe anmelden P1", by=user)
    assert "zurückgezogen" in crew.reply("!gruppe abmelden P1", by=PIA).text
    assert crew.reply("!gruppe bestätigen P1 Pia", by=KORA).machine["code"] == "conflict"
    crew.says("!gruppe zuweisen P1 Urs", by=KORA)
    assert inside(crew) == [URS], "who has asked need not be asked"


def test_the_mode_is_a_word_of_two_and_can_be_taken_back(crew: Chat) -> None:
    crew.process()
    assert crew.reply("!gruppe anmeldung P1 modus: geheim", by=KORA).machine["code"] == "bad_input"
    assert "modus: bestätigung" in crew.reply("!gruppe anmeldung P1", by=KORA).text
    reply = crew.reply("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
    crew.reacts(reply, "↩️", by=KORA)
    crew.says("!gruppe anmelden P1", by=PIA)
    assert inside(crew) == [PIA]


# --- removed


def test_removed_and_told_and_the_first_who_waits_moves_up(crew: Chat) -> None:
    crew.process(PIA, URS, size=2)
    crew.says("!gruppe anmelden P1", by=EVA)
    text = "!gruppe entfernen P1 Urs grund: arbeitet nicht mehr hier"
    reply = crew.reply(text, by=KORA, room=ROOMS["coordination"])
    assert "Urs ist nicht mehr in der Gruppe" in reply.text
    assert inside(crew) == [PIA, EVA]
    assert told(crew, URS, "arbeitet nicht mehr hier") == 1
    assert told(crew, EVA, "frei geworden") == 1
    assert crew.reply("!gruppe entfernen P1 Urs", by=KORA).machine["code"] == "conflict"
    assert logged(crew)[-1] == ("group remove", "P1")


def test_removing_is_taken_back_while_the_seat_is_free(crew: Chat) -> None:
    crew.process(PIA, URS, EVA, size=3)
    reply = crew.reply("!gruppe entfernen P1 Urs", by=KORA)
    crew.later(minutes=1)
    crew.reacts(reply, "↩️", by=KORA)
    assert inside(crew) == [PIA, URS, EVA]
    assert told(crew, URS, "wieder wie vorher") == 1
    reply = crew.reply("!gruppe entfernen P1 Urs", by=KORA)
    crew.says("!gruppe anmelden P1", by=MAX)
    crew.reacts(reply, "↩️", by=KORA)
    assert inside(crew) == [PIA, EVA, MAX]


# --- led


def test_a_member_leads_and_the_former_leader_no_longer(crew: Chat) -> None:
    crew.process(PIA, URS)
    crew.process(PIA, name="Hundesteuer")
    assert crew.reply("!gruppe leitung P1 Pia", by=KORA).machine["leader"] == PIA
    crew.says("!gruppe leitung P2 Pia", by=KORA)
    assert told(crew, PIA, "Sie leiten jetzt die Gruppe P1") == 1
    reply = crew.reply("!gruppe leitung P1 Urs", by=KORA)
    assert reply.machine["leader"] == URS
    assert "Bisher war es Pia" in reply.text
    assert roles(crew, PIA) == [("leader", 2)]
    assert roles(crew, URS) == [("leader", 1)]
    assert told(crew, PIA, "nicht mehr. Neu macht das") == 1
    assert told(crew, URS, "Sie leiten jetzt") == 1


@pytest.mark.parametrize("member", ["Eva", "Max", "Pia"])
def test_who_can_not_lead(crew: Chat, member: str) -> None:
    crew.process(PIA, size=1, leader=PIA)
    crew.says("!gruppe anmelden P1", by=MAX)
    assert crew.reply(f"!gruppe leitung P1 {member}", by=KORA).machine["code"] == "conflict"


def test_the_leader_is_taken_back(crew: Chat) -> None:
    crew.process(PIA, URS, leader=PIA)
    reply = crew.reply("!gruppe leitung P1 Urs", by=KORA)
    crew.reacts(reply, "↩️", by=KORA)
    assert roles(crew, PIA) == [("leader", 1)]
    assert roles(crew, URS) == []


@pytest.mark.parametrize("how", ["!gruppe abmelden P1", "!profil verlassen", "kora removes"])
def test_a_leader_who_goes_leaves_a_group_without_one(crew: Chat, how: str) -> None:
    crew.process(PIA, URS, leader=PIA)
    if how.startswith("!"):
        crew.says(how, by=PIA)
    else:
        crew.says("!gruppe entfernen P1 Pia", by=KORA)
    assert roles(crew, PIA) == []
    shown = crew.answer("!gruppe zeige P1", by=URS)
    assert "leader" not in shown.machine
    assert "noch ohne Leitung" in shown.text
    crew.later(minutes=1)
    assert any("hat keine Leitung mehr" in s.text for s in crew.in_room("coordination"))


# --- seats


def test_growing_promotes_all_that_fit_and_tells_each_once(crew: Chat) -> None:
    crew.process(PIA, size=1)
    for user in (URS, EVA, MAX):
        crew.says("!gruppe anmelden P1", by=user)
    reply = crew.reply("!gruppe grösse P1 3", by=KORA, room=ROOMS["coordination"])
    assert (reply.machine["size"], reply.machine["confirmed"], reply.machine["waiting"]) == (3, 3, 1)
    assert "Nachgerückt: Urs, Eva." in reply.text
    assert [told(crew, user, "frei geworden") for user in (URS, EVA, MAX)] == [1, 1, 0]


def test_shrinking_removes_nobody_and_promotes_nobody_until_there_is_room(crew: Chat) -> None:
    crew.process(PIA, URS, EVA, size=3)
    reply = crew.reply("!group size P1 1", by=KORA)
    assert (reply.machine["size"], reply.machine["confirmed"]) == (1, 3)
    assert "Es bleiben alle 3 dabei" in reply.text
    crew.says("!gruppe anmelden P1", by=MAX)
    crew.says("!gruppe abmelden P1", by=PIA)
    crew.says("!gruppe abmelden P1", by=URS)
    assert inside(crew, state="waiting") == [MAX]
    crew.says("!gruppe abmelden P1", by=EVA)
    assert inside(crew) == [MAX]


@pytest.mark.parametrize("size", ["0", "31", "-1", "viele", "7.5"])
def test_sizes_that_are_none(crew: Chat, size: str) -> None:
    crew.process()
    assert crew.reply(f"!gruppe grösse P1 {size}", by=KORA).machine["code"] == "bad_input"


def test_the_size_is_taken_back_unless_somebody_has_taken_a_seat(crew: Chat) -> None:
    crew.process(PIA, size=1)
    reply = crew.reply("!gruppe grösse P1 2", by=KORA)
    crew.reacts(reply, "↩️", by=KORA)
    assert crew.answer("!gruppe zeige P1").machine["size"] == 1
    reply = crew.reply("!gruppe grösse P1 2", by=KORA)
    crew.says("!gruppe anmelden P1", by=URS)
    crew.reacts(reply, "↩️", by=KORA)
    assert crew.answer("!gruppe zeige P1").machine["size"] == 2


# --- the community left


def test_who_leaves_the_community_frees_the_seats_and_the_groups_are_told(crew: Chat) -> None:
    crew.process(PIA, URS, size=2)
    crew.process(EVA, size=1, name="Hundesteuer")
    crew.group_room(1, PIA, URS)
    crew.says("!gruppe anmelden P1", by=MAX)
    crew.says("!gruppe anmelden P2", by=PIA)
    crew.says("!profil verlassen", by=PIA)
    assert inside(crew) == [URS, MAX]
    assert inside(crew, 2, "waiting") == []
    assert told(crew, MAX, "frei geworden") == 1
    crew.later(minutes=10)
    [said] = [s for s in crew.in_room("!group1:localhost") if "verlassen" in s.text]
    assert "2 von 2 Plätzen besetzt" in said.text
    assert ("kick", {"user_id": PIA}) in [(e.kind, e.content) for e in crew.errands]


def test_without_a_room_each_member_is_told(crew: Chat) -> None:
    crew.process(PIA, URS)
    crew.says("!mitglied entfernen Pia", by=KORA)
    assert inside(crew) == [URS]
    assert told(crew, URS, "ist nicht mehr in der Gruppe") == 0
    crew.later(minutes=10)
    assert told(crew, URS, "ist nicht mehr in der Gruppe") == 1


def test_a_rejected_request_is_taken_back(crew: Chat) -> None:
    crew.process()
    crew.says("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
    crew.says("!gruppe anmelden P1", by=PIA)
    question = next(s for s in crew.in_room("coordination") if "möchte in die Gruppe" in s.text)
    why = next(s for s in crew.reacts(question, "❌", by=KORA) if s.edits is None)
    crew.reacts(why, "✅", by=KORA)
    assert inside(crew, state="requested") == []
    crew.reacts(why, "↩️", by=KORA)
    assert inside(crew, state="requested") == [PIA]
    crew.later(minutes=20)
    assert told(crew, PIA, "nicht berück") == 0
    crew.reacts(why, "✅", by=KORA)  # which asks again; what was tapped first says that it is decided
    assert inside(crew) == [PIA]


def test_the_erased_leave_nothing_behind(crew: Chat) -> None:
    crew.process(PIA, URS, leader=PIA)
    crew.group_room(1, PIA, URS)
    direct = crew.direct(PIA)
    export = crew.says("datenschutz auskunft", by=PIA, room=direct)[-1]
    assert '"group": "P1"' in str(export.content)
    confirm = crew.reply("datenschutz löschen", by=PIA, room=direct).machine["confirm"]
    crew.says(confirm, by=PIA, room=direct)
    assert inside(crew) == [URS]
    with crew.database.transaction() as tx:
        for table in ("seats", "group_guests", "groups", "roles"):
            found = tx.exec_driver_sql(f"SELECT * FROM {table}").all()  # noqa: S608 - names of our own
            assert not any(PIA in row for row in found), table


# --- whom to ask


def test_suggestions_are_ranked_and_say_why(crew: Chat) -> None:
    crew.process(MAX, name="Umzugsmeldung")
    crew.process(EVA, name="Hundesteuer")
    crew.member(PIA, municipality="Liestal", knowhow=["Meldewesen", "GIS"], interests=["Umzug", "Velo"])
    crew.member(URS, municipality="Aesch", knowhow=["Umzugsmeldungen", "Formulare"])
    crew.member(EVA, municipality="Aesch")
    crew.member(MAX, municipality="Aesch")
    crew.member("@paula:localhost", municipality="Aesch", knowhow=["Umzug"], state="paused")
    direct = crew.direct(KORA)
    reply = crew.reply("gruppe vorschlag P1", by=KORA, room=direct)
    assert reply.machine == {
        "type": "list",
        "of": "member",
        "refs": [PIA, URS, "@moni:localhost", EVA],
        "page": 1,
        "pages": 1,
        "total": 4,
    }
    lines = reply.text.splitlines()
    assert "interessiert sich für Umzug" in lines[1]
    assert "aus Liestal ist noch niemand in dieser Gruppe" in lines[1]
    assert "weiss über Umzugsmeldungen Bescheid" in lines[2]
    assert "Formulare" not in reply.text
    assert "schon in einer Gruppe" in lines[4]
    assert reply.text == crew.reply("gruppe vorschlag P1", by=KORA, room=direct).text


def test_suggestions_are_personal(crew: Chat) -> None:
    crew.process()
    assert crew.reply("!gruppe vorschlag P1", by=KORA).machine == {"type": "pointer", "to": "direct"}
    there = crew.reply("!gruppe vorschlag P1", by=KORA, room=ROOMS["coordination"])
    assert there.machine["of"] == "member"
    assert len(there.machine["refs"]) == 5


def test_at_most_ten_and_none_who_is_concerned_already(crew: Chat) -> None:
    crew.process(PIA, size=2)
    for n in range(12):
        crew.member(f"@p{n:02}:localhost", municipality=None)
    crew.says("!gruppe zuweisen P1 Urs", by=KORA)
    crew.says("!gruppe anmelden P1", by=EVA)
    found = crew.reply("!gruppe vorschlag P1", by=KORA, room=ROOMS["coordination"]).machine["refs"]
    assert len(found) == 10
    assert not {PIA, URS, EVA} & set(found)


def test_the_best_of_many_come_first_and_equals_by_their_names(crew: Chat) -> None:
    crew.process(PIA, name="Umzugsmeldung")
    for n in range(14):
        crew.member(f"@p{n:02}:localhost", name=f"Zoe {14 - n:02}", municipality=None, interests=["Umzug"])
    crew.member(
        "@zz:localhost", name="Zz", municipality=None, knowhow=["Umzug", "Umzüge"], interests=["Velo"]
    )
    reply = crew.reply("!gruppe vorschlag P1", by=KORA, room=ROOMS["coordination"])
    assert reply.machine["refs"] == ["@zz:localhost", *(f"@p{n:02}:localhost" for n in range(13, 4, -1))]
    assert "weiss über Umzug, Umzüge Bescheid" in reply.text
    assert "Velo" not in reply.text


def test_of_many_the_same_come_first_as_if_all_were_compared(crew: Chat) -> None:
    """Whatever they say, wherever they come from, and in however many groups they sit."""
    chance = random.Random(11)  # noqa: S311 - the same each time
    towns = ["Aesch", "Liestal", "Sissach", "Muttenz", "Pratteln", "Bubendorf", "Reigoldswil", None]
    said = ["Umzug", "Velo", "Zügeln", "Umzugsmeldung", "GIS"]
    for n in range(80):
        some = [chance.sample(said, chance.choice((0, 0, 1, 2))) for _ in range(2)]
        town = chance.choice(towns)
        crew.member(
            f"@p{n:02}:localhost",
            name=f"Zoe {chance.random()}",
            municipality=town,
            knowhow=some[0],
            interests=some[1],
        )
    people = [f"@p{n:02}:localhost" for n in range(80)]
    crew.process(*people[:2], name="Umzugsmeldung", size=9)
    for number in range(2, 6):
        crew.process(*chance.sample(people, 12), name=f"Anderes {number}", size=12)
    with crew.database.transaction() as tx:
        places = {place.name: place for place in municipalities.list_all(tx)}
        known = {one.user_id: one for one in members.some_active(tx, after="", limit=200)}
        sits = {who: [s for s in seats.list_of_person(tx, who) if s.kind == "group"] for who in known}
    there = [places[m.municipality] for m in map(known.get, people[:2]) if m and m.municipality]
    sizes = {municipalities.size_of(place.population) for place in there}

    def rank(who: str) -> tuple[int, str, str]:
        one, points = known[who], -len(sits[who])
        points += sum(3 for text in one.knowhow if text.startswith("Umzug"))
        points += sum(2 for text in one.interests if text.startswith("Umzug"))
        if (place := places.get(one.municipality or "")) is not None:
            points += place not in there
            points += place.district not in {other.district for other in there}
            points += municipalities.size_of(place.population) not in sizes
        return -points, one.name_key, who

    free = [who for who in known if all(seat.number != 1 for seat in sits[who]) and who != KORA]
    reply = crew.reply("!gruppe vorschlag P1", by=KORA, room=ROOMS["coordination"])
    assert reply.machine["refs"] == sorted(free, key=rank)[:10]
    assert len({rank(who)[0] for who in free}) > 5


# --- every answer


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_answer_in_both_languages(chat: Chat, language: str) -> None:
    for user in (PIA, URS, EVA, MAX):
        chat.member(user, language=language)
    with chat.database.transaction() as tx:
        members.change(tx, KORA, language=language)
    chat.process(EVA, size=2)
    kora, pia, urs = (chat.direct(user) for user in (KORA, PIA, URS))
    said = []
    for text, by, room in (
        ("group assign P1 Pia", KORA, kora),
        ("group assign P1 Pia", KORA, kora),
        ("group assign P1 Urs", KORA, kora),
        ("group confirm P1 Pia", KORA, kora),
        ("group confirm P1", PIA, pia),
        ("group confirm P1", PIA, pia),
        ("group confirm P1 Urs", PIA, pia),
        ("group leader P1 Pia", KORA, kora),
        ("group leader P1 Pia", KORA, kora),
        ("group leader P1 Eva", KORA, kora),
        ("group leader P1 Max", KORA, kora),
        ("group size P1 1", KORA, kora),
        ("group signup P1 mode: approval", KORA, kora),
        ("group join P1", URS, urs),
        ("group join P1", URS, urs),
        ("group confirm P1 Urs", KORA, kora),
        ("group confirm P1 Urs", KORA, kora),
        ("group confirm P1 Max", KORA, kora),
        ("group size P1 3", KORA, kora),
        ("group suggest P1", KORA, kora),
        ("group remove P1 Eva", KORA, kora),
        ("group remove P1 Eva", KORA, kora),
        ("group room P1", KORA, kora),
        ("group room P1", KORA, kora),
        ("group signup P1 mode: free", KORA, kora),
    ):
        said.append(chat.reply(text, by=by, room=room).text)
    chat.later(seconds=40)
    said += [s.text for user in (PIA, URS, EVA) for s in chat.to(user)]
    german = (" ist ", " sind ", " hat ", "Sie ", "kommt man", " wartet ", "Vorschlag", "leitet", "bekommt")
    for text in said:
        assert any(word in text for word in german) == (language == "de"), text


def test_two_who_take_the_last_seat_in_one_batch(crew: Chat) -> None:
    """Commands in two rooms, in one answer of the homeserver, by the time they were said."""
    from bot.core.events import read  # noqa: PLC0415

    crew.process(size=1)

    def said(event_id: str, user: str, later: int) -> RoomBatch:
        raw = {
            "type": "m.room.message",
            "event_id": event_id,
            "sender": user,
            "origin_server_ts": int(crew.now.timestamp() * 1000) + later,
            "content": {"msgtype": "m.text", "body": "!gruppe anmelden P1"},
        }
        event = read(raw, HALL, bot="@pibot:localhost")
        assert event is not None
        return RoomBatch(HALL, (), [event], joined=True)

    crew.apply(said("$one", EVA, 0), said("$two", URS, 1))
    assert (inside(crew), inside(crew, state="waiting")) == ([EVA], [URS])


@pytest.mark.parametrize("command", ["gruppe entfernen P1 Pia", "mitglied entfernen Pia"])
def test_told_in_the_coordination_room_the_reply_says_too_that_the_leader_is_gone(
    chat: Chat, command: str
) -> None:
    for user in ("@pia:localhost", "@urs:localhost", "@kora:localhost"):
        chat.member(user)
    chat.process("@pia:localhost", "@urs:localhost", leader="@pia:localhost")
    said = chat.says(f"!{command}", by="@kora:localhost", room=ROOMS["coordination"])
    [reply] = [s for s in said if s.room == ROOMS["coordination"]]
    assert "Pia ist nicht mehr" in reply.text
    assert reply.text.endswith(
        "\nDie Gruppe P1 · Umzugsmeldung hat keine Leitung mehr. Neu bestimmen: !gruppe leitung P1 Name"
    )
    chat.later(minutes=1)
    assert chat.to("@kora:localhost") == []
    assert [s for s in chat.in_room("coordination") if s.edits is None] == [reply]


def test_a_group_of_one_seat_is_full_in_the_singular(chat: Chat) -> None:
    for user in ("@pia:localhost", "@urs:localhost", "@kora:localhost"):
        chat.member(user)
    chat.process("@pia:localhost", size=1)
    refused = chat.reply("!gruppe zuweisen P1 @urs:localhost", by="@kora:localhost")
    assert refused.text.startswith("In P1 ist der eine Platz besetzt.")


# --- led by who was not in it


@pytest.mark.parametrize("before", ["nothing", "asked", "registered", "English"])
def test_who_is_not_in_the_group_comes_in_and_leads_with_one_command(crew: Chat, before: str) -> None:
    """One message says both, and ↩️ undoes both: they are what they were, and are asked once more."""
    crew.process(PIA, size=2)
    crew.group_room(1, PIA)
    if before == "asked":
        crew.says("!gruppe zuweisen P1 Urs", by=KORA)
    elif before == "registered":
        crew.says("!gruppe anmeldung P1 modus: bestätigung", by=KORA)
        crew.says("!gruppe anmelden P1", by=URS)
    crew.later(minutes=1)
    known, asked = len(crew.to(URS)), len(crew.in_room("coordination"))
    typed = "!group leader P1 Urs" if before == "English" else "!gruppe leitung P1 Urs"
    reply = crew.reply(typed, by=KORA)
    assert (reply.machine["leader"], reply.machine["confirmed"]) == (URS, 2)
    assert "Urs ist neu in der Gruppe P1 · Umzugsmeldung und leitet sie." in reply.text
    assert ("invite", {"user_id": URS}) in [(e.kind, e.content) for e in crew.errands]
    crew.later(minutes=1)
    [said] = [s for s in crew.to(URS)[known:] if s.edits is None]
    assert "Sie sind jetzt in der Gruppe P1 · Umzugsmeldung und leiten sie." in said.text
    known = len(crew.to(URS))
    crew.reacts(reply, "↩️", by=KORA)
    assert roles(crew, URS) == []
    assert inside(crew) == [PIA]
    assert inside(crew, state="assigned") == ([URS] if before == "asked" else [])
    assert inside(crew, state="requested") == ([URS] if before == "registered" else [])
    crew.later(minutes=1)
    said_then = [s.text for s in crew.to(URS)[known:] if s.edits is None]
    assert sum("leiten" in text for text in said_then) == 1
    assert sum("Möchten Sie" in text for text in said_then) == (before == "asked")
    again = [s for s in crew.in_room("coordination")[asked:] if "möchte in die Gruppe" in s.text]
    assert len([s for s in again if s.edits is None]) == (before == "registered")
    if before == "asked":
        crew.reacts(last(crew, URS, "Möchten Sie"), "✅", by=URS)
        assert inside(crew) == [PIA, URS]
    elif before == "registered":
        crew.reacts(again[-1], "✅", by=KORA)
        assert inside(crew) == [PIA, URS]


def test_taken_back_at_once_nobody_hears_that_they_led(crew: Chat) -> None:
    crew.process(PIA, leader=PIA)
    reply = crew.reply("!gruppe leitung P1 Urs", by=KORA)
    crew.reacts(reply, "↩️", by=KORA)
    assert (roles(crew, PIA), roles(crew, URS)) == ([("leader", 1)], [])
    assert inside(crew) == [PIA]
    assert told(crew, URS, "Gruppe") == told(crew, PIA, "leiten") == 0


def test_an_edited_leader_leaves_the_first_one_as_they_were(crew: Chat) -> None:
    crew.process(PIA)
    crew.reply("!gruppe leitung P1 Urs", by=KORA)
    crew.edits(crew.last, "!gruppe leitung P1 Eva", by=KORA)
    assert inside(crew) == [PIA, EVA]
    assert (roles(crew, URS), roles(crew, EVA)) == ([], [("leader", 1)])


@pytest.mark.parametrize("act", ["!gruppe abmelden P1", "!gruppe grösse P1 3", "!gruppe leitung P1 Pia"])
def test_a_leader_about_whom_more_was_done_is_not_taken_back(crew: Chat, act: str) -> None:
    crew.process(PIA)
    reply = crew.reply("!gruppe leitung P1 Urs", by=KORA)
    crew.says(act, by=URS if "abmelden" in act else KORA)
    before = inside(crew), roles(crew, PIA), roles(crew, URS)
    crew.reacts(reply, "↩️", by=KORA)
    assert (inside(crew), roles(crew, PIA), roles(crew, URS)) == before


@pytest.mark.parametrize(
    ("hindrance", "words"),
    [
        ("full", "In P1 sind alle 2 Plätze besetzt. Mehr Plätze gibt !gruppe grösse P1 3."),
        ("pauses", "Urs macht gerade Pause und kann die Gruppe P1 nicht leiten."),
        ("pauses inside", "Urs macht gerade Pause und kann die Gruppe P1 nicht leiten."),
        ("waits for admission", "Urs ist im Moment nicht dabei."),
        ("on hold", "zurückgestellt"),
    ],
)
def test_why_somebody_does_not_come_to_lead(crew: Chat, hindrance: str, words: str) -> None:
    crew.process(
        PIA, EVA, *([URS] if hindrance == "pauses inside" else []), size=2 if "full" in hindrance else 4
    )
    if hindrance.startswith("pauses"):
        crew.says("!profil pause", by=URS)
    elif hindrance == "waits for admission":
        with crew.database.transaction() as tx:
            members.change(tx, URS, state="pending")
    elif hindrance == "on hold":
        crew.says("!prozess phase P1 zurückgestellt grund: Kein Geld", by=KORA)
    refused = crew.reply("!gruppe leitung P1 @urs:localhost", by=KORA, room=ROOMS["coordination"])
    assert refused.machine["code"] in ("conflict", "bad_input", "gone", "stopped")
    assert words in refused.text
    assert roles(crew, URS) == []
    assert (URS in inside(crew)) == (hindrance == "pauses inside")


# --- several at once


@pytest.mark.parametrize("names", ["Urs, Eva", "Urs; Eva", "Urs und Eva", f"{URS} {EVA}", "@Urs, Eva,"])
def test_several_are_asked_at_once(crew: Chat, names: str) -> None:
    crew.process(PIA)
    reply = crew.reply(f"!gruppe zuweisen P1 {names}", by=KORA, room=ROOMS["coordination"])
    assert "Urs, Eva sind für P1 · Umzugsmeldung angefragt" in reply.text
    assert inside(crew, state="assigned") == [URS, EVA]
    for user in (URS, EVA):
        assert sum("Möchten Sie" in s.text for s in crew.to(user)) == 1
    crew.reacts(reply, "↩️", by=KORA)
    assert inside(crew, state="assigned") == []


@pytest.mark.parametrize(
    ("names", "code"),
    [("Urs, Pia", "conflict"), ("Urs, Niemand", "not_found"), ("Urs, Eva, Max", "conflict")],
)
def test_one_who_can_not_be_asked_holds_all_back(crew: Chat, names: str, code: str) -> None:
    crew.process(PIA, size=3)
    assert crew.reply(f"!gruppe zuweisen P1 {names}", by=KORA).machine["code"] == code
    assert inside(crew, state="assigned") == []
    assert not any("Möchten Sie" in s.text for s in crew.to(URS))
