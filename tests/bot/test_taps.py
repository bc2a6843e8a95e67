"""What the bot offers with a reaction: only to the person meant, once, for a while, and only the last act."""

from __future__ import annotations

import pytest

from bot.core.batches import RoomBatch
from bot.core.events import Reaction
from tests.support.chat import HALL, ROOMS, Chat, Said
from tests.support.kept import staged
from tests.support.wire import check_all, nothing_fails

PIA, PETER, KORA = "@pia:localhost", "@peter:localhost", "@kora:localhost"
UNDO = "↩️"


@pytest.fixture
@staged
def pia(chat: Chat) -> Chat:
    chat.member(PIA)
    chat.member(PETER)
    return chat


def tapped(chat: Chat, on: Said, key: str, *, by: str = PIA) -> list[Said]:
    with nothing_fails():
        said = chat.reacts(on, key, by=by)
    check_all(chat)
    return said


# --- ↩️


def told(chat: Chat, on: Said, words: str, *, by: str = PIA) -> Said:
    """↩️ takes nothing back, and the person is told so, once, in the direct chat."""
    [said] = tapped(chat, on, UNDO, by=by)
    assert (said.room, said.machine["code"]) == (chat.direct(by), "conflict")
    assert words in said.text
    return said


def test_taken_back_once(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare")
    said = tapped(pia, reply, UNDO)
    assert [s.machine["state"] for s in said if s.edits == reply.event_id] == ["withdrawn"]
    assert pia.card("I1").machine["state"] == "withdrawn"
    told(pia, reply, "schon zurückgenommen")
    told(pia, reply, "schon zurückgenommen")


@pytest.mark.parametrize("key", ["↩", "↩️", "↩︎"])
def test_the_sign_in_any_of_its_forms(pia: Chat, key: str) -> None:
    tapped(pia, pia.reply("!idee neu Formulare"), key)
    assert pia.card("I1").machine["state"] == "withdrawn"


@pytest.mark.parametrize("key", ["👍", "x", "", "↩x", "↩️↩️", "\ud800", "\x00", "x" * 65, "🏽", "\ufe0f"])
def test_other_signs_do_nothing(pia: Chat, key: str) -> None:
    assert tapped(pia, pia.reply("!idee neu Formulare"), key) == []


def test_others_take_nothing_back(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare")
    for user in ("@stranger:localhost", "@pibot:localhost"):
        assert tapped(pia, reply, UNDO, by=user) == []
    for user in (PETER, KORA):
        told(pia, reply, "nur, wer es getan hat", by=user)
    assert pia.card("I1").machine["state"] == "submitted"
    tapped(pia, reply, UNDO)
    assert pia.card("I1").machine["state"] == "withdrawn"


def test_after_ten_minutes_it_is_too_late(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare")
    pia.later(minutes=10, seconds=1)
    said = told(pia, reply, "zehn Minuten lang")
    assert "I1 bleibt" in said.text
    assert "!idee zurückziehen I1" in said.text
    assert pia.card("I1").machine["state"] == "submitted"


def test_only_the_last_act(pia: Chat) -> None:
    first, second = pia.reply("!idee neu Formulare"), pia.reply("!idee neu Velos")
    assert "!idee zurückziehen I1" in told(pia, first, "nur das Letzte").text
    tapped(pia, second, UNDO)
    told(pia, first, "nur das Letzte")
    assert [pia.card(ref).machine["state"] for ref in ("I1", "I2")] == ["submitted", "withdrawn"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("!idee liste", "nichts zurückzunehmen"),
        ("!idee zeige I99", "nichts zurückzunehmen"),
        ("!quatsch", "nichts zurückzunehmen"),
        ("!gruppe raum P1", "nicht zurücknehmen. P1 bleibt"),
    ],
)
def test_it_is_always_answered(pia: Chat, text: str, words: str) -> None:
    pia.process()
    told(pia, pia.reply(text, by=KORA), words, by=KORA)
    told(pia, pia.said[-1], "", by=PETER)


def test_a_file_belongs_to_what_it_came_with(pia: Chat) -> None:
    """After signing up, the last message is the calendar file: ↩️ there takes the same back as on the reply."""
    pia.says("!anlass neu PI-Event | wann: 18.03.2027 13:30-17:00", by=KORA)
    reply = pia.reply("!anlass anmelden A1")
    file = next(s for s in pia.said if s.content["msgtype"] == "m.file")
    said = tapped(pia, file, UNDO)
    assert [s.machine["you"] for s in said if s.edits == reply.event_id] == [{"seat": "none"}]
    told(pia, file, "schon zurückgenommen")
    told(pia, reply, "schon zurückgenommen")


def test_what_others_do_is_no_act_of_mine(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare")
    pia.reply("!idee neu Velos", by=PETER)
    pia.reply("!idee liste")
    tapped(pia, reply, UNDO)
    assert pia.card("I1").machine["state"] == "withdrawn"


def test_what_others_have_built_on_stays(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare")
    pia.reply("!idee stimme I1 +", by=PETER)
    before = len(pia.said)
    tapped(pia, reply, UNDO)
    [told] = pia.said[before:]
    assert (told.room, told.machine["code"]) == (pia.direct(PIA), "conflict")
    assert pia.card("I1").machine["state"] == "submitted"


def test_somebody_who_has_left_takes_nothing_back(pia: Chat) -> None:
    pia.reply("!idee neu Formulare")
    reply = pia.reply("!idee stimme I1 +")
    pia.says("!mitglied entfernen @pia:localhost", by=KORA)
    with nothing_fails():
        [said] = pia.reacts(reply, UNDO)
    assert "für Public Innovators" in said.text
    assert pia.reply("!idee zeige I1", by=PETER).machine["votes"]["for"] == 1


def test_the_same_reaction_twice_and_after_a_restart(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare")
    tap = Reaction(HALL, "$tap", PIA, pia.now, target=reply.event_id, key=UNDO)
    restarted = Chat.__new__(Chat)
    restarted.__dict__ |= pia.__dict__
    restarted.core = type(pia.core)(pia.database, pia.settings, renderer=pia.core.outbox.renderer)
    first = restarted.apply(RoomBatch(HALL, (), [tap, tap], joined=True))
    assert [s.machine["state"] for s in first if s.room == HALL] == ["withdrawn"]
    assert pia.apply(RoomBatch(HALL, (), [tap], joined=True)) == []


def test_taking_the_reaction_off_does_nothing(pia: Chat) -> None:
    tapped(pia, pia.reply("!idee neu Formulare"), UNDO)
    tap = pia.last
    assert pia.takes_off(tap) == []
    assert pia.card("I1").machine["state"] == "withdrawn"


# --- ✅


def test_submitted_all_the_same(pia: Chat) -> None:
    pia.reply("!idee neu Formulare vorausfüllen")
    reply = pia.reply("!idee neu Formulare vorausfüllen bitte")
    command = pia.last
    assert reply.machine["similar"] == ["I1"]
    assert (reply.event_id, "✅") in pia.reactions
    assert tapped(pia, reply, "✅", by=PETER) == []
    said = tapped(pia, reply, "✅")
    [edit] = [s for s in said if s.room == HALL]
    assert (edit.edits, edit.machine["ref"]) == (reply.event_id, "I2")
    assert tapped(pia, reply, "✅") == []
    assert pia.reply("!idee liste").machine["total"] == 2
    # From here on it is like any idea: its command can be edited, and it can be taken back.
    pia.edits(command, "!idee neu Velos")
    assert pia.card("I2").machine["title"] == "Velos"
    tapped(pia, reply, UNDO)
    assert pia.card("I2").machine["state"] == "withdrawn"


def test_in_the_idea_room_the_answer_stays_the_answer(pia: Chat) -> None:
    """The offer's reply turns into the card, as if the idea had been submitted there at once."""
    pia.reply("!idee neu Formulare vorausfüllen")
    [reply] = pia.says("!idee neu Formulare vorausfüllen bitte", room=ROOMS["ideas"])
    said = tapped(pia, reply, "✅")
    assert [(s.edits, s.machine["ref"]) for s in said] == [(reply.event_id, "I2")]
    said = tapped(pia, reply, "👍", by=PETER)
    assert [s.machine["votes"]["for"] for s in said] == [1]


def test_the_offer_goes_with_its_week(pia: Chat) -> None:
    pia.reply("!idee neu Formulare vorausfüllen")
    reply = pia.reply("!idee neu Formulare vorausfüllen bitte")
    pia.later(days=7, seconds=1)
    assert tapped(pia, reply, "✅") == []


def test_who_registers_is_admitted_by_whoever_may(pia: Chat) -> None:
    pia.direct("@urs:localhost")
    pia.says("!profil anmelden gemeinde: Aesch | funktion: Einwohnerdienste", by="@urs:localhost")
    card = pia.in_room("coordination")[-1]
    tapped(pia, card, "✅", by=PIA)
    assert pia.reply("!idee neu Velos", by="@urs:localhost").machine["code"] == "not_allowed"
    tapped(pia, card, "✅", by=KORA)
    assert pia.reply("!idee neu Velos", by="@urs:localhost").machine["ref"] == "I1"


# --- votes


def test_a_storm_of_votes_is_few_edits(pia: Chat) -> None:
    [card] = pia.says("!idee neu Formulare", room=ROOMS["ideas"])
    people = [pia.member(f"@p{n}:localhost") for n in range(60)]
    before = len(pia.said)
    taps = [Reaction(ROOMS["ideas"], f"$t{u}", u, pia.now, target=card.event_id, key="👍") for u in people]
    with nothing_fails():
        pia.apply(RoomBatch(ROOMS["ideas"], (), taps, joined=True))
    assert [s.machine["votes"]["for"] for s in pia.said[before:]] == [60]


@pytest.mark.parametrize("key", ["👍", "👍🏻", "👍🏿", "👍️"])
def test_a_vote_in_any_skin(pia: Chat, key: str) -> None:
    [card] = pia.says("!idee neu Formulare", room=ROOMS["ideas"])
    tapped(pia, card, key)
    assert pia.card("I1").machine["votes"]["for"] == 1


def test_the_bot_and_strangers_have_no_vote(pia: Chat) -> None:
    [card] = pia.says("!idee neu Formulare", room=ROOMS["ideas"])
    for user in ("@pibot:localhost", "@stranger:localhost", "@pia:elsewhere"):
        assert tapped(pia, card, "👍", by=user) == []
    assert pia.card("I1").machine["votes"]["for"] == 0
