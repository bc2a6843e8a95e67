"""What is a group's or a person's is said where it belongs: everything there is to say, in every kind of room."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from commands import load
from commands.framework.declarations import COMMANDS, Command
from commands.framework.replies import REPLIES, Reply
from tests.commands.members.test_profiles import KORA, PIA
from tests.support.chat import HALL, ROOMS, Chat, Said
from tests.support.kept import staged

pytestmark = pytest.mark.long  # asks everything everywhere

LEA, URS, ANNA, TIM = "@lea:localhost", "@urs:localhost", "@anna:localhost", "@tim:localhost"
EVE = "@eve:evil.example"
GROUP, OTHER = "!group1:localhost", "!group2:localhost"
NAMES = {URS: "Urs Absager", ANNA: "Anna Warterin", TIM: "Tim Einwander"}
SECRETS = [
    *NAMES.values(),
    *NAMES,
    "meet.example.ch",
    "Beschlossen-ist-alles",
    "Formular-kürzen",
    "Gebühren-fehlen",
    "Bauverwaltung-Geheim",
]
EXAMPLE = re.compile(r"\b([PSVAKINW])(\d+)\b")
ROOMS_ASKED_IN = {
    "a hall": HALL,
    "the idea room": ROOMS["ideas"],
    "the coordination room": ROOMS["coordination"],
    "another group's room": OTHER,
    "the group's own room": GROUP,
}


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    """A group that has met, with a link, minutes, agreements, an objection, and somebody who waits and declined."""
    chat.member(KORA, "Kora")
    chat.member(PIA, "Pia Muster")
    chat.member(LEA, "Lea Leiterin")
    for user, name in NAMES.items():
        chat.member(user, name, function="Bauverwaltung-Geheim")
    chat.process(LEA, URS, TIM, leader=LEA, size=3)
    chat.process(PIA, name="Hund", leader=PIA)
    chat.group_room(1, LEA, URS, TIM)
    chat.group_room(2, PIA)
    for user, name in NAMES.items():
        chat.enters(ROOMS["news"], user, name)
    chat.says("!gruppe anmelden P1", by=ANNA)
    for text in (
        "sitzung neu P1 Kickoff | wann: 05.11.2026 10:00-12:00 | link: https://meet.example.ch/raum",
        "sitzung neu P1 Zweite | wann: 12.11.2026 10:00-12:00 | link: https://meet.example.ch/raum",
        "ergebnis P1 Steckbrief in Prüfung link: https://example.ch/steckbrief",
    ):
        chat.says(text, by=LEA, room=chat.direct(LEA))
    chat.says("sitzung absagen S1", by=URS, room=chat.direct(URS))
    chat.says("ergebnis einwand P1 Steckbrief Gebühren-fehlen", by=TIM, room=chat.direct(TIM))
    chat.later(days=4)
    text = "sitzung protokoll S1 Beschlossen-ist-alles\nVereinbarung: Formular-kürzen wer: Urs Absager"
    chat.says(text, by=LEA, room=chat.direct(LEA))
    chat.says("sitzung anwesend S1 Tim Einwander", by=LEA, room=chat.direct(LEA))
    chat.says("!idee neu Formulare vorausfüllen", by=PIA)
    chat.says("!news neu Neues\nText", by=KORA)
    chat.says("!anlass neu Treffen | wann: 05.12.2026 10:00", by=KORA)
    chat.says("!kurs neu BPMN | wann: 06.12.2026 10:00", by=KORA)
    chat.says("anlass anmelden A1", by=URS, room=chat.direct(URS))
    return chat


def said_in(chat: Chat, room: str, since: int) -> list[Said]:
    return [s for s in chat.said[since:] if s.room == room]


def leaks(said: list[Said]) -> list[str]:
    return [
        f"{secret}: {s.text[:200]}"
        for s in said
        for secret in SECRETS
        if secret in s.text or secret in json.dumps(s.content, ensure_ascii=False)
    ]


def example(command: Command) -> str:
    """A command that works here."""
    shown = command.example["de"].replace("@urs:example.ch", "@pia:localhost")
    return "!" + f"{command.called('de')} {EXAMPLE.sub(lambda m: m[1] + '1', shown)}".strip()


@pytest.mark.parametrize("where", ROOMS_ASKED_IN)
def test_whatever_is_asked_with_a_stranger_there_nothing_is_said_of_it(town: Chat, where: str) -> None:
    """Every command there is, by who may do all, and by a member of the group: in their direct chats it is."""
    room = ROOMS_ASKED_IN[where]
    town.moves(KORA, "join", room)
    town.moves(EVE, "join", room)
    since = len(town.said)
    commands = sorted(
        COMMANDS.values(), key=lambda c: (not c.reads, c.name in ("profile leave", "member remove"))
    )
    for command in commands:
        for by in (KORA, LEA):
            town.now += timedelta(seconds=5)
            said = town.says(example(command), by=by, room=room)
            assert [s for s in said if s.replies_to == town.last and s.room == room], example(command)
    town.later(minutes=1)
    assert leaks(said_in(town, room, since)) == []
    assert {secret.partition(":")[0] for secret in leaks(town.to(LEA)) + leaks(town.to(KORA))} >= {
        "Urs Absager",
        "Anna Warterin",
        "Beschlossen-ist-alles",
        "Formular-kürzen",
        "Gebühren-fehlen",
    }


ASKED = (
    "!sitzung zeige S1",
    "!sitzung liste P1",
    "!meeting show S2",
    "!zeige S1",
    "!vereinbarung liste P1",
    "!vereinbarung zeige V1",
    "!zeige V1",
    "!gruppe zeige P1",
    "!ergebnis zeige P1 Steckbrief",
)


@pytest.mark.parametrize("text", ASKED)
def test_what_is_the_group_s_is_said_in_its_room_and_in_direct_chats(town: Chat, text: str) -> None:
    assert town.reply(text, by=LEA, room=GROUP).machine["type"] != "pointer"
    assert town.reply(text.removeprefix("!"), by=LEA, room=town.direct(LEA)).machine["type"] != "pointer"
    for room in (HALL, ROOMS["ideas"], OTHER, ROOMS["coordination"]):
        said = town.says(text, by=LEA, room=room)
        assert [s.machine for s in said if s.room == room] == [{"type": "pointer", "to": "direct"}]
        [whole] = [s for s in said if s.room == town.direct(LEA)]
        assert whole.machine["type"] not in ("pointer", "error")
    assert town.reply(text, by=PIA).machine["type"] in ("pointer", "error")


@pytest.mark.parametrize("text", ["!gruppe zeige P1", "!sitzung zeige S1"])
@pytest.mark.parametrize(
    ("state", "said"), [("active", "thing"), ("paused", "thing"), ("pending", "pointer"), ("left", "pointer")]
)
def test_a_stranger_is_who_is_no_member(town: Chat, text: str, state: str, said: str) -> None:
    town.member("@nina:localhost", state=state)
    town.moves("@nina:localhost", "join", GROUP)
    kind = town.reply(text, by=LEA, room=GROUP).machine["type"]
    assert (kind == "pointer") == (said == "pointer")
    town.moves("@nina:localhost", "leave", GROUP)
    assert town.reply(text, by=LEA, room=GROUP).machine["type"] != "pointer"


@pytest.mark.parametrize("text", ["!gruppe zeige P1", "!sitzung zeige S1", "!vereinbarung liste"])
def test_in_a_room_that_all_may_read_nothing_is_said_of_it(town: Chat, text: str) -> None:
    town.changes(GROUP, "m.room.history_visibility", {"history_visibility": "world_readable"}, by=LEA)
    since = len(town.said)
    assert town.reply(text, by=LEA, room=GROUP).machine["type"] == "pointer"
    town.says("sitzung zusagen S2", by=TIM, room=town.direct(TIM))
    assert leaks(said_in(town, GROUP, since)) == []
    town.changes(GROUP, "m.room.history_visibility", {"history_visibility": "shared"}, by=LEA)
    assert town.reply(text, by=LEA, room=GROUP).machine["type"] != "pointer"


def test_answers_to_a_meeting_are_said_in_rooms_without_its_link(town: Chat) -> None:
    town.moves(EVE, "join", HALL)
    reply = town.reply("!sitzung zusagen S2", by=URS)
    assert (reply.machine["you"], reply.machine["accepted"]) == (
        {"rsvp": "accepted"},
        2,
    )  # and who planned it
    assert "link" not in reply.machine
    assert town.reply("sitzung zusagen S2", by=URS, room=town.direct(URS)).machine["link"]


def test_a_card_stays_where_a_stranger_came_in_without_what_is_the_group_s(town: Chat) -> None:
    town.moves(EVE, "join", GROUP)
    since = len(town.said)
    town.says("sitzung zusagen S2", by=TIM, room=town.direct(TIM))
    town.says("ergebnis zustimmen P1 Steckbrief", by=LEA, room=town.direct(LEA))
    town.says("sitzung protokoll S2 Beschlossen-ist-alles", by=LEA, room=town.direct(LEA))
    edits = [s for s in said_in(town, GROUP, since) if s.edits]
    assert {s.machine["ref"] for s in edits} >= {"S2", "P1"}
    assert leaks(said_in(town, GROUP, since)) == []
    assert [s.machine for s in said_in(town, GROUP, since) if not s.edits] == [
        {"type": "pointer", "to": "direct"}
    ]


def test_a_registration_stands_before_a_stranger_without_its_profile(town: Chat) -> None:
    town.moves(EVE, "join", ROOMS["coordination"])
    text = "!profil anmelden gemeinde: Aesch | funktion: Bauverwaltung-Geheim"
    town.says(text, by="@nina:localhost")
    [card] = [s for s in town.in_room("coordination") if "Anmeldung" in s.text]
    assert (card.machine["ref"], "function" in card.machine) == ("@nina:localhost", False)
    assert leaks([card]) == []


def test_the_list_in_the_group_s_room_is_everybody_s(town: Chat) -> None:
    """What the asker has answered stands in the direct chat only."""
    shown = town.reply("!sitzung liste", by=LEA, room=GROUP)
    assert shown.machine["refs"] == ["S2"]
    assert "zugesagt" not in shown.text
    assert "Sie haben zugesagt" in town.reply("sitzung liste", by=LEA, room=town.direct(LEA)).text
    assert town.reply("!sitzung liste", by=LEA).machine["type"] == "pointer"
    assert "Sie sind dabei" not in town.reply("!gruppe liste", by=LEA, room=GROUP).text
    assert "Sie sind dabei" in town.reply("gruppe liste", by=LEA, room=town.direct(LEA)).text


def test_the_agenda_in_a_group_s_room_has_its_meetings(town: Chat) -> None:
    assert town.reply("!agenda", by=LEA, room=GROUP).machine["refs"] == ["S2", "A1", "K1"]
    assert town.reply("!agenda", by=PIA, room=OTHER).machine["refs"] == ["A1", "K1"]
    assert town.reply("!agenda", by=LEA).machine["refs"] == ["A1", "K1"]


@pytest.mark.parametrize("text", ["!hilfe", "!help", "!hilfe idee"])
@pytest.mark.parametrize("by", [PIA, "@new:localhost"])
def test_help_in_a_room_is_one_line(town: Chat, text: str, by: str) -> None:
    if by != PIA and text == "!hilfe idee":
        return
    said = town.says(text, by=by)
    [reply] = [s for s in said if s.room == HALL]
    [whole] = [s for s in said if s is not reply]
    options = {name: value for name, value in whole.machine.items() if name == "options"}
    assert reply.machine | options == whole.machine
    assert ("options" in whole.machine) == (text != "!hilfe idee")
    assert "help" in reply.machine["commands"] or "idea new" in reply.machine["commands"]
    assert "\n" not in reply.text
    assert whole.text.count("\n") > 2


load()  # all of them, whatever was imported before
PERSONAL = re.compile(r"\b(Member|Sitting|Promise|Review|Registration|Attending)\b")


@pytest.mark.parametrize("reply", REPLIES.values(), ids=lambda r: f"{r.feature()}.{r.__name__}")
def test_a_reply_with_people_in_it_declares_its_audience(reply: type[Reply]) -> None:
    """Every reply that holds members, or what a group has said, says who may hear it."""
    hints = " ".join(
        str(hint) for base in reply.__mro__ for hint in vars(base).get("__annotations__", {}).values()
    )
    if PERSONAL.search(hints):
        assert reply.audience is not Reply.audience
