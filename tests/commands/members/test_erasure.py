"""Erased is erased, exported is all: looked at in every column of every table, after everything was used once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from bot.core.batches import RoomBatch
from commands.framework.declarations import THINGS
from storage.engine.base import Base
from storage.engine.database import Database
from storage.engine.schema import migrate
from storage.outbox import Errand
from tests.support.chat import HALL, ROOMS, Chat
from tests.support.kept import Kept
from tests.support.made import example_of, kind_of, makers

ZEBU, PIA, PETER, KORA, MONI = (f"@{n}:localhost" for n in ("zebu", "pia", "peter", "kora", "moni"))
pytestmark = pytest.mark.long  # a town in which the person has done all that can be done

NAME, FUNCTION, KNOWHOW, INTEREST = "Zebulon Quastenflosser", "Glockengiesserin", "Xylometrie", "Yakzucht"
WRITTEN = (ZEBU, NAME, "zebulon quastenflosser", FUNCTION, KNOWHOW, INTEREST, "%40zebu")
GROUP = "!group1:localhost"
USED = (
    "agreement",
    "event",
    "idea",
    "meeting",
    "news",
    "process",
    "training",
)  # below, each with all there is


class Homeserver(Chat):
    """It may be away: what the bot has to send waits then."""

    away = False

    def deliver(self, errands: list[Errand]) -> None:
        if not self.away:
            super().deliver(errands)


@pytest.fixture
def chat(town: Kept, tmp_path: Path) -> Homeserver:
    """After everything was used once; on a file, in which nothing may be left."""
    return cast("Homeserver", town.in_file(tmp_path / "store.sqlite3"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Built once: using everything takes longer than the tests."""
    chat = fresh(tmp_path_factory.mktemp("town"))
    with closing(chat.database):
        used_once(chat)
        return Kept(chat)


def fresh(tmp_path: Path) -> Homeserver:
    """Before anybody has said anything."""
    url = f"sqlite:///{tmp_path}/store.sqlite3"
    migrate(url)
    return Homeserver(Database(url))


def used_once(chat: Chat) -> None:
    """Zebulon registers and uses everything there is, and others do everything there is about somebody."""
    for room in (HALL, ROOMS["coordination"]):
        chat.enters(room, KORA, "Kora")
    chat.enters(HALL, ZEBU, NAME)
    registered = f"gemeinde: Aesch | funktion: {FUNCTION} | wissen: {KNOWHOW} | interessen: {INTEREST}"
    chat.says(f"!profil anmelden {registered}", by=ZEBU)
    chat.says(f"!mitglied aufnehmen {NAME}", by=KORA, room=ROOMS["coordination"])
    mine = own_chat(chat)
    for room in ("news", "ideas", "agenda"):
        chat.enters(ROOMS[room], ZEBU, NAME)
    chat.moves(ZEBU, "leave", ROOMS["news"])
    for user in (PIA, PETER):
        chat.member(user)
    chat.process(ZEBU, PIA, PETER, leader=PIA)
    chat.group_room(1, PIA, PETER)
    chat.enters(GROUP, ZEBU, NAME)
    chat.process(PIA, PETER, name="Parkkarten", size=2)
    for text in (
        "profil pause",
        "profil pause aufheben",
        "profil ändern gemeinde: Liestal",
        "profil erinnerung 1d",
        "profil sprache de",
        "idee neu Formulare vorausfüllen",
        "idee neu Hundemarken online",
        "idee neu Etwas anderes",
        "gruppe anmelden P2",
        "meins",
        "hilfe",
        "agenda",
        f"profil zeige {NAME}",
    ):
        chat.says(text, by=ZEBU, room=mine)
    chat.says("!idee neu Kartenzahlung", by=PIA)
    card = chat.card("I4")
    chat.reacts(card, "👍", by=ZEBU)
    for text in ("idee bewerte I4 aufwand: 2 nutzen: 5", "idee stimme I3 -", "idee stimme I2 +"):
        chat.says(text, by=ZEBU, room=mine)
    chat.says("!idee zusammenführen I2 in I4 grund: dasselbe", by=MONI)
    chat.says(f"!idee ablehnen I3 grund: Das sagte {NAME}", by=MONI)
    chat.says("!idee prüfen I1", by=MONI)
    chat.says(f"!rolle geben {NAME} moderator", by=KORA, room=ROOMS["coordination"])
    for text in (
        "!idee annehmen I1 grund: gut",
        "!news neu Etwas Neues\nText",
        "!idee überführen I1 klasse: L",
    ):
        chat.says(text, by=ZEBU, room=mine)
    chat.says(f"!rolle geben {NAME} koordinator", by=KORA, room=ROOMS["coordination"])
    for text in (
        "!mitglied liste",
        "!gruppe leitung P1 @pia:localhost",
        "!anlass neu Fest wann: 18.03.2027 13:30 | plätze: 1",
        "!kurs neu BPMN",
        "!gruppe vorschlag P1",
        "!prozess phase P1 frontend_design",
        "!protokoll",
    ):
        chat.says(text, by=ZEBU, room=ROOMS["coordination"])
    chat.says("!mitglied liste", by=KORA, room=ROOMS["coordination"])
    chat.says(f"!gruppe leitung P1 {NAME.upper()}", by=KORA)
    chat.says(f"!gruppe leitung P1 {PIA}", by=KORA)
    chat.says(f"!gruppe leitung P1 {ZEBU}", by=KORA)
    chat.says("!gruppe vorschlag P2", by=KORA, room=ROOMS["coordination"])
    chat.later(minutes=2)
    chat.says("!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30-15:00", by=ZEBU, room=GROUP)
    chat.says("!sitzung zusagen S1", by=ZEBU, room=GROUP)
    chat.says(f"!sitzung anwesend S1 {NAME}, Pia", by=ZEBU, room=GROUP)
    chat.says(f"!vereinbarung neu P1 Liste machen wer: {NAME}", by=PIA, room=GROUP)
    chat.says("!vereinbarung neu P1 Noch eine wer: Pia", by=ZEBU, room=GROUP)
    chat.says("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", by=ZEBU, room=GROUP)
    product = next(s for s in reversed(chat.said) if s.machine["type"] == "product" and s.edits is None)
    chat.reacts(product, "✋", by=ZEBU)
    chat.says(f"{NAME} meint: Die Gebühren fehlen.", by=ZEBU, room=GROUP, thread=product.event_id)
    chat.says("!anlass anmelden A1", by=ZEBU, room=mine)
    chat.says("!anlass anmelden A1", by=PIA)
    chat.says("!kurs anmelden K1", by=ZEBU, room=mine)
    chat.says(f"!kurs abgeschlossen K1 {NAME}", by=KORA)
    chat.says("!anlass teilnehmende A1", by=KORA, room=ROOMS["coordination"])
    chat.says(f"!sitzung protokoll S1 {NAME} hat protokolliert.", by=KORA, room=GROUP)
    used_once_by_example(chat, mine)
    chat.later(minutes=1)


def used_once_by_example(chat: Chat, mine: str) -> None:
    """Of each kind that is not among those, Zebulon has made one, and put each reaction on its card."""
    for command in makers(but=USED):
        chat.says(example_of(command), by=ZEBU, room=mine)
        if (thing := THINGS.get(kind_of(command))) is not None:
            for key in thing.seeds:
                chat.reacts(chat.card(f"{thing.letter}1"), key, by=ZEBU)


def own_chat(chat: Chat) -> str:
    """The direct chat that Zebulon has made."""
    mine = chat.direct(ZEBU)
    chat.enters(mine, ZEBU, NAME)
    create = chat._state(mine, "m.room.create", "", {"room_version": "12"})
    power = chat._state(mine, "m.room.power_levels", "", {"users": {ZEBU: 100}})
    chat.apply(
        RoomBatch(mine, [replace(create, key="", sender=ZEBU), replace(power, key="")], (), joined=True)
    )
    return mine


def leaves_all_rooms(chat: Chat) -> None:
    for room in (
        HALL,
        ROOMS["ideas"],
        ROOMS["agenda"],
        ROOMS["coordination"],
        GROUP,
        "!direct-zebu:localhost",
    ):
        chat.moves(ZEBU, "leave", room)


def erase(chat: Chat) -> None:
    """Zebulon is erased, has gone from all rooms, and one tick has passed."""
    mine = "!direct-zebu:localhost"
    asked = chat.reply("!datenschutz löschen", by=ZEBU, room=mine).machine["confirm"]
    done = chat.reply(asked, by=ZEBU, room=mine)
    assert done.machine["state"] == "left"


def left_of(chat: Chat, written: Iterable[str] = WRITTEN) -> list[str]:
    """Each column that has one of these in it, with what it says."""
    found = []
    with chat.database.transaction() as tx:
        for table in Base.metadata.sorted_tables:
            for row in tx.execute(table.select()).mappings():
                for column, value in row.items():
                    said = (
                        value
                        if isinstance(value, str)
                        else json.dumps(value, default=str, ensure_ascii=False)
                    )
                    if any(one.casefold() in said.casefold() for one in written):
                        found.append(f"{table.name}.{column}: {said[:300]}")
    return found


def test_nothing_is_left_of_a_person_in_any_table(chat: Chat) -> None:
    assert len({line.partition(":")[0] for line in left_of(chat)}) > 20, "it is looked for where it is"
    erase(chat)
    left = left_of(chat)
    here = [line for line in left if line in {f"occupants.{c}: {ZEBU}" for c in ("user_id", "display_name")}]
    assert [line for line in left if line not in here] == [], "at once"
    leaves_all_rooms(chat)
    assert left_of(chat) == [], "and where people sit only as long as they do"


def test_nothing_is_left_of_a_person_in_the_file(chat: Chat) -> None:
    """Nor in the journal beside it, once the last messages that named them are sent and a tick has passed."""
    erase(chat)
    leaves_all_rooms(chat)
    chat.later(seconds=10)
    assert chat.database.path
    for path in chat.database.path.parent.iterdir():
        text = path.read_bytes().decode("utf-8", "replace").casefold()
        assert [one for one in WRITTEN if one.casefold() in text] == [], path


def test_what_is_about_others_stays(tmp_path: Path) -> None:
    """Who has a longer name, and what a word means that somebody is called by."""
    chat = fresh(tmp_path)
    chat.member("@frei:localhost", "Frei")
    chat.member("@beat:localhost", "Beat Frei")
    chat.member(PIA)
    chat.says("!rolle geben Beat Frei moderator", by=KORA)
    chat.says("!rolle geben Frei moderator", by=KORA)
    chat.says("!idee neu Frei wählbare Termine", by="@beat:localhost")
    chat.says("!idee ablehnen I1 grund: Frei ist, wer wählt", by=KORA)
    room = chat.direct("@frei:localhost")
    asked = chat.reply("!datenschutz löschen", by="@frei:localhost", room=room).machine["confirm"]
    chat.says(asked, by="@frei:localhost", room=room)
    with chat.database.transaction() as tx:
        texts = tx.exec_driver_sql("SELECT text FROM audit_log ORDER BY id").scalars().all()
        title = tx.exec_driver_sql("SELECT title FROM ideas").scalar_one()
    assert texts[0] == "Beat Frei moderator"
    assert texts[1] == "erased-1 moderator"
    assert title == "Frei wählbare Termine"


def test_what_must_not_happen_twice_stays(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        before = tx.exec_driver_sql("SELECT count(*) FROM handled_events").scalar_one()
        sent = tx.exec_driver_sql("SELECT count(*), count(DISTINCT txn) FROM outbox").one()
    erase(chat)
    with chat.database.transaction() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM handled_events").scalar_one() == before + 2
        after = tx.exec_driver_sql("SELECT count(*), count(DISTINCT txn) FROM outbox").one()
    assert after[0] == after[1] > sent[0]


def test_the_messages_that_showed_the_profile_are_removed_with_their_edits(chat: Chat) -> None:
    card = next(s for s in chat.in_room("coordination") if s.machine.get("ref") == ZEBU and s.edits is None)
    erase(chat)
    [removed] = [e for e in chat.errands if e.kind == "redaction" and e.content.get("edits")]
    assert (removed.room, removed.content["event_id"]) == (ROOMS["coordination"], card.event_id)


def test_what_is_still_to_be_sent_is_sent_and_then_forgotten(chat: Homeserver) -> None:
    """After a kill too: the rows say so themselves."""
    mine = "!direct-zebu:localhost"
    asked = chat.reply("!datenschutz löschen", by=ZEBU, room=mine).machine["confirm"]
    chat.away = True
    chat.says(asked, by=ZEBU, room=mine)
    waiting = [line for line in left_of(chat) if line.startswith("outbox.")]
    assert waiting
    chat.away = False
    chat.restart()
    assert any("gelöscht" in said.text for said in chat.to(ZEBU))
    assert [line for line in left_of(chat) if line.startswith("outbox.")] == []


def test_the_direct_chat_stays_that_of_who_was_erased(chat: Chat) -> None:
    """Without keeping whose it is: it is whoever's who sits there with the bot, until another comes in."""
    erase(chat)
    mine = "!direct-zebu:localhost"
    assert chat.reply("hilfe", by=ZEBU, room=mine).machine["type"] == "help"
    assert chat.reply("datenschutz auskunft", by=ZEBU, room=mine).machine["type"] == "file"
    chat.restart()
    assert chat.reply("status", by=ZEBU, room=mine).machine["type"] == "status"
    again = chat.reply("profil anmelden gemeinde: Aesch | funktion: Neu", by=ZEBU, room=mine)
    assert again.machine["state"] == "pending"
    assert not [e for e in chat.errands if e.kind == "create"]


@pytest.mark.parametrize("way", ["join", "invite"])
def test_once_another_comes_in_it_is_nobody_s(chat: Chat, way: str) -> None:
    erase(chat)
    mine = "!direct-zebu:localhost"
    chat.moves(PETER, way, mine, by=ZEBU)
    chat.moves(ZEBU, "leave", mine)
    chat.moves(PETER, "join", mine)
    chat.changes(mine, "m.room.join_rules", {"join_rule": "invite"}, by=PETER)
    assert chat.says("profil zeige", by=PETER, room=mine) == []
    assert chat.reply("!profil zeige", by=PETER, room=mine).machine["type"] == "pointer"


# --- read


UNSAID = {
    # Columns with the person's id that the export does not name as such, and why not.
    "audit_people.user_id": "the entries themselves are under «decisions»",
    "handled_events.sender": "the commands are under «commands»",
    "member_interests.user_id": "the texts are under «profile»",
    "member_knowhow.user_id": "likewise",
    "member_words.user_id": "words of the name and of the id itself, which the file has",
    "members.user_id": "the file begins with it",
    "occupants.user_id": "the rooms are under «rooms»",
    "outbox_people.user_id": "the messages are under «messages to others»",
    "rooms.creators": "the direct chat: its messages are under «messages»",
    "rooms.power": "likewise",
    "rooms.direct_with": "likewise",
    "rooms.inviter": "likewise",
}


def test_the_export_has_what_every_table_says_of_the_person(chat: Chat) -> None:
    reply = chat.reply("datenschutz auskunft", by=ZEBU, room="!direct-zebu:localhost")
    told = json.loads(reply.content["data"])
    by_table = {
        "acts": "acts",
        "agreements": "agreements",
        "agreement_people": "agreements",
        "audit_log": "audit",
        "completions": "events",
        "dialogues": "questions",
        "group_guests": "groups",
        "groups": "groups",
        "ideas": "ideas",
        "idea_history": "ideas",
        "meeting_answers": "meetings",
        "meeting_attendance": "meetings",
        "meeting_invitations": "meetings",
        "meeting_series": "meetings",
        "members": "profile",
        "merged_votes": "votes",
        "news": "news",
        "notices": "notices",
        "occupants": "rooms",
        "offers": "offers",
        "outbox": "messages",
        "process_history": "process history",
        "product_answers": "answers to work products",
        "ratings": "votes",
        "registrations": "registrations",
        "reminders": "reminders",
        "roles": "roles",
        "seats": "events",
        "taps": "reactions",
        "votes": "votes",
        "handled_events": "commands",
        "audit_people": "decisions",
        "cards": "messages",
        "meetings": "meetings",
    }
    for table in {line.partition(".")[0] for line in left_of(chat, [ZEBU])}:
        where = by_table.get(table) or next((n for n in UNSAID if n.startswith(f"{table}.")), None)
        where = where or next((name for name in told if table.startswith(name.removesuffix("s"))), None)
        assert where, (
            f"{table} holds the person's id: it belongs into the export, or on the list with a reason"
        )
        assert where in UNSAID or told[where], f"{where} says nothing of {table}"
    assert [v["idea"] for v in told["votes"]["votes"] if v.get("before") == "merge"] == ["I2"]
    assert {room["name"] for room in told["rooms"]} == {NAME}
    assert told["meetings"]["invitations"]
    assert any(entry["command"] == "role grant" for entry in told["decisions"])
    assert any(entry["command"] == "group leader" for entry in told["decisions"])
    assert told["messages to others"]
    assert all("Peter" not in one.get("text", "") for one in told["messages to others"])
