"""An edited command gets no second reply: what it made follows, or the reply says that it stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.batches import RoomBatch
from bot.core.events import Edit, Message, Redaction
from tests.support.chat import HALL, ROOMS, Chat, Said
from tests.support.kept import staged
from tests.support.wire import check_all, nothing_fails

PIA, PETER, KORA = "@pia:localhost", "@peter:localhost", "@kora:localhost"


@pytest.fixture
@staged
def pia(chat: Chat) -> Chat:
    chat.member(PIA)
    chat.member(PETER)
    return chat


def edited(chat: Chat, command: str, text: str, *, room: str = HALL, by: str = PIA) -> Said:
    """How the reply reads now: one edit of it in its room, and no other message there."""
    reply = next(s for s in chat.said if s.replies_to == command)
    with nothing_fails():
        said = chat.edits(command, text, room=room, by=by)
    here = [s for s in said if s.room == room and s.edits == reply.event_id]
    assert [s for s in said if s.room == room] == here
    check_all(chat)
    [edit] = here
    return edit


def ideas(chat: Chat) -> int:
    total: int = chat.reply("!idee liste").machine["total"]
    return total


# --- what made nothing


def test_a_question_is_answered_anew(pia: Chat) -> None:
    pia.reply("!idee liste")
    command = pia.last
    assert edited(pia, command, "!idee top").machine["of"] == "idea"
    assert edited(pia, command, "!hilfe").machine["type"] == "help"
    assert edited(pia, command, "!quatsch").machine["code"] == "unknown_command"
    assert edited(pia, command, "!status").machine["type"] == "status"


def test_a_refused_command_becomes_one_that_works(pia: Chat) -> None:
    assert pia.reply("!idee neu").machine["code"] == "bad_input"
    command = pia.last
    now = edited(pia, command, "!idee neu Formulare")
    assert (now.machine["ref"], now.machine["title"]) == ("I1", "Formulare")
    assert (
        edited(pia, command, "!idee neu Formulare vorausfüllen").machine["title"] == "Formulare vorausfüllen"
    )
    assert pia.card("I1").machine["title"] == "Formulare vorausfüllen"
    assert ideas(pia) == 1


def test_a_question_becomes_an_act(pia: Chat) -> None:
    pia.reply("!idee liste")
    command = pia.last
    now = edited(pia, command, "!idee neu Formulare")
    assert now.machine["ref"] == "I1"
    assert pia.reacts(next(s for s in pia.said if s.replies_to == command), "↩️") != []
    assert pia.card("I1").machine["state"] == "withdrawn"


def test_a_likely_duplicate_reworded(pia: Chat) -> None:
    pia.reply("!idee neu Formulare vorausfüllen")
    reply = pia.reply("!idee neu Formulare vorausfüllen bitte")
    assert reply.machine["similar"] == ["I1"]
    command = pia.last
    assert edited(pia, command, "!idee neu Velos für alle").machine["ref"] == "I2"
    assert pia.reacts(reply, "✅") == []  # that offer was about the former wording
    assert ideas(pia) == 2


# --- what made something


def test_the_thing_its_card_and_the_reply_follow(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare")
    command, card = pia.last, pia.card("I1")
    said = pia.edits(command, "!idee neu Formulare vorausfüllen\nthema: Umzug")
    assert {s.edits for s in said} == {reply.event_id, card.event_id}
    assert {s.machine["title"] for s in said} == {"Formulare vorausfüllen"}
    assert card.event_id in next(s for s in said if s.edits == reply.event_id).html  # its link is kept
    assert ideas(pia) == 1


def test_edited_again_and_again(pia: Chat) -> None:
    pia.reply("!idee neu Idee A")
    command = pia.last
    for title in ("Idee B", "Idee C", "Idee D", "Idee E", "Idee F"):
        assert edited(pia, command, f"!idee neu {title}").machine["title"] == title
    assert pia.card("I1").machine["title"] == "Idee F"
    assert ideas(pia) == 1
    pia.reacts(next(s for s in pia.said if s.replies_to == command), "↩️")
    assert pia.card("I1").machine["state"] == "withdrawn"


def test_two_edits_in_one_batch(pia: Chat) -> None:
    pia.reply("!idee neu Idee A")
    command = pia.last

    def edit(number: int, text: str) -> Edit:
        message = Message(HALL, f"$e{number}", PIA, pia.now, text=text, mentions=frozenset(), thread=None)
        return Edit(HALL, f"$e{number}", PIA, pia.now, target=command, message=message)

    with nothing_fails():
        said = pia.apply(
            RoomBatch(HALL, (), [edit(1, "!idee neu Idee B"), edit(2, "!idee neu Idee C")], joined=True)
        )
    assert [s.machine["title"] for s in said if s.room == HALL] == ["Idee B", "Idee C"]
    assert pia.card("I1").machine["title"] == "Idee C"


def test_a_vote_is_changed(pia: Chat) -> None:
    pia.reply("!idee neu Formulare", by=PETER)
    assert pia.reply("!idee stimme I1 +").machine["you"] == {"vote": "for"}
    command = pia.last
    now = edited(pia, command, "!idee stimme I1 -")
    assert (now.machine["votes"]["for"], now.machine["votes"]["against"]) == (0, 1)
    assert edited(pia, command, "!idee stimme I1 weg").machine["you"] == {"vote": "none"}
    assert pia.card("I1").machine["votes"] == {"for": 0, "against": 0, "neutral": 0}


def test_a_vote_moves_to_another_idea(pia: Chat) -> None:
    for title in ("Formulare", "Velos"):
        pia.reply(f"!idee neu {title}", by=PETER)
    pia.reply("!idee stimme I1 +")
    edited(pia, pia.last, "!idee stimme I2 +")
    assert [pia.card(ref).machine["votes"]["for"] for ref in ("I1", "I2")] == [0, 1]


def test_into_another_command(pia: Chat) -> None:
    pia.reply("!idee neu Formulare")
    command = pia.last
    assert edited(pia, command, "!idee liste").machine["type"] == "list"
    assert pia.card("I1").machine["state"] == "withdrawn"
    assert edited(pia, command, "!idee neu Formulare").machine["state"] == "submitted"


def test_also_long_after(pia: Chat) -> None:
    """↩️ is good for ten minutes; an edit follows for as long as nobody has built on it."""
    pia.reply("!idee neu Formulare")
    command = pia.last
    pia.later(hours=3)
    assert (
        edited(pia, command, "!idee neu Formulare vorausfüllen").machine["title"] == "Formulare vorausfüllen"
    )


# --- what stays


def test_what_others_have_built_on_stays(pia: Chat) -> None:
    pia.reply("!idee neu Formulare")
    command = pia.last
    pia.reply("!idee stimme I1 +", by=PETER)
    now = edited(pia, command, "!idee neu Velos")
    assert now.machine["code"] == "conflict"
    assert "I1 bleibt" in now.text
    assert "!idee ändern I1" in now.text
    assert pia.card("I1").machine["title"] == "Formulare"
    assert edited(pia, command, "!idee liste").machine["code"] == "conflict"
    assert ideas(pia) == 1


def test_what_can_not_be_taken_back_stays(pia: Chat) -> None:
    pia.process()
    pia.reply("!gruppe raum P1", by=KORA)
    command = pia.last
    now = edited(pia, command, "!gruppe raum P2", by=KORA)
    assert now.machine["code"] == "conflict"
    assert "bleibt" in now.text
    assert pia.reply("!idee neu Formulare").machine["ref"] == "I1"


def test_who_has_lost_the_role_changes_nothing(pia: Chat) -> None:
    pia.says("!rolle geben @pia:localhost moderator", by=KORA)
    pia.reply("!idee neu Formulare", by=PETER)
    reply = pia.reply("!idee ablehnen I1 | grund: gibt es schon")
    command = pia.last
    pia.says("!rolle nehmen @pia:localhost moderator", by=KORA)
    assert edited(pia, command, "!idee liste").machine["code"] == "conflict"
    [told] = pia.reacts(reply, "↩️")
    assert (told.room, told.machine["code"]) == (pia.direct(PIA), "not_allowed")
    assert pia.card("I1").machine["state"] == "rejected"


def test_it_is_said_how_to_change_it(pia: Chat) -> None:
    pia.reply("!rolle geben @pia:localhost moderator", by=KORA)
    pia.reply("!idee neu Formulare", by=PETER)
    reply = pia.reply("!idee neu Velos")
    command = pia.last
    pia.reacts(reply, "↩️")  # taken back: it is not made anew
    now = edited(pia, command, "!idee neu Velos für alle")
    assert now.machine["code"] == "conflict"
    assert "!idee ändern I2" in now.text


@pytest.mark.parametrize(
    "text",
    ["!idee neu", "!quatsch", "!idee zeige I99", "!idee neu " + "x" * 500, "!idee neu " + "x" * 17_000],
)
def test_a_wording_that_can_not_be_leaves_things_as_they_are(pia: Chat, text: str) -> None:
    reply = pia.reply("!idee neu Formulare")
    command = pia.last
    now = edited(pia, command, text)
    assert now.machine["type"] == "error"
    assert now.text.endswith("Bis dahin bleibt, was der Befehl vorher bewirkt hat.")
    assert pia.card("I1").machine["title"] == "Formulare"
    assert edited(pia, command, "!idee neu Velos").machine["title"] == "Velos"
    pia.reacts(reply, "↩️")
    assert pia.card("I1").machine["state"] == "withdrawn"


def test_what_only_asked_says_nothing_of_staying(pia: Chat) -> None:
    pia.reply("!idee liste")
    assert "bleibt" not in edited(pia, pia.last, "!quatsch").text


def test_into_talk(pia: Chat) -> None:
    pia.reply("!idee neu Formulare")
    now = edited(pia, pia.last, "Ach, doch nicht")
    assert "bleibt" in now.text
    assert "!idee ändern I1" in now.text
    assert pia.card("I1").machine["state"] == "submitted"
    pia.reply("!idee liste")
    assert pia.edits(pia.last, "Ach, doch nicht") == []


def test_talk_into_a_command_is_carried_out_in_its_thread(pia: Chat) -> None:
    pia.says("Guten Morgen", thread="$thread")
    said = pia.last
    [reply] = [s for s in pia.edits(said, "!idee neu Formulare") if s.replies_to == said]
    assert reply.machine["ref"] == "I1"
    assert reply.content["m.relates_to"]["event_id"] == "$thread"


# --- whose, and where


def test_of_others_is_nothing(pia: Chat) -> None:
    pia.reply("!idee neu Formulare")
    assert pia.edits(pia.last, "!idee neu Velos", by=PETER) == []
    assert pia.edits("$unknown", "!idee neu Velos") == []
    assert pia.card("I1").machine["title"] == "Formulare"


def test_a_deleted_command_is_not_carried_out_by_its_edit(pia: Chat) -> None:
    pia.reply("!rolle geben @pia:localhost moderator", by=KORA)
    command = pia.last
    [remark] = pia.takes_off(command, by=KORA)
    assert remark.machine["type"] == "remark"
    assert pia.edits(command, "!rolle geben @peter:localhost moderator", by=KORA) == []
    assert pia.takes_off(command, by=KORA) == []


DELETED = {
    "an idea": ("!idee neu Velos", PIA, "I1 bleibt", "!idee zurückziehen I1"),
    "a vote": ("!idee stimme I1 +", PIA, "I1 bleibt", "!idee stimme I1"),
    "an event": ("!anlass neu Treff | wann: 18.03.2027 13:30", KORA, "A1 bleibt", "!anlass streichen A1"),
    "a seat": ("!anlass anmelden A1", PIA, "A1 bleibt", "!anlass abmelden A1"),
    "a pause": ("!profil pause", PIA, "bleibt", "!profil pause"),
}


@pytest.mark.parametrize("case", DELETED)
def test_the_remark_on_a_deleted_command_says_what_stays_and_how_to_change_it(pia: Chat, case: str) -> None:
    for name, (typed, by, *_) in DELETED.items():
        pia.reply(typed, by=by)
        if name == case:
            break
    command = pia.last
    _, by, stays, instead = DELETED[case]
    [remark] = [s for s in pia.takes_off(command, by=by) if s.machine["type"] == "remark"]
    assert remark.content["msgtype"] == "m.notice"
    assert remark.content["m.relates_to"]["event_id"] == command
    assert stays in remark.text
    assert "auch wenn der Befehl gelöscht ist." in remark.text
    assert f"Zurücknehmen oder ändern: {instead}" in remark.text


@pytest.mark.parametrize("typed", ["!idee liste", "!hilfe", "!quatsch", "!idee zeige I9"])
def test_of_a_deleted_command_that_did_nothing_nothing_is_said(pia: Chat, typed: str) -> None:
    pia.reply(typed)
    assert pia.takes_off(pia.last, by=PIA) == []


def test_in_a_thread(pia: Chat) -> None:
    reply = pia.reply("!idee neu Formulare", thread="$root")
    assert reply.content["m.relates_to"]["rel_type"] == "m.thread"
    assert edited(pia, pia.last, "!idee neu Velos").machine["title"] == "Velos"


def test_in_the_direct_chat(pia: Chat) -> None:
    room = pia.direct(PIA)
    pia.reply("idee neu Formulare", room=room)
    assert edited(pia, pia.last, "idee neu Velos", room=room).machine["title"] == "Velos"


# --- where the card is the reply


def test_the_card_is_the_reply(pia: Chat) -> None:
    [card] = pia.says("!idee neu Formulare", room=ROOMS["ideas"])
    [edit] = pia.edits(pia.last, "!idee neu Velos", room=ROOMS["ideas"])
    assert (edit.edits, edit.machine["title"]) == (card.event_id, "Velos")
    assert "you" not in edit.machine


def test_the_card_does_not_turn_into_another_answer(pia: Chat) -> None:
    """The card stays the idea's; the answer that has no place any more comes in the direct chat."""
    [card] = pia.says("!idee neu Formulare", room=ROOMS["ideas"])
    command = pia.last
    said = pia.edits(command, "!idee liste", room=ROOMS["ideas"])
    assert [(s.edits, s.machine["state"]) for s in said if s.room == ROOMS["ideas"]] == [
        (card.event_id, "withdrawn")
    ]
    assert [s.machine["type"] for s in said if s.room != ROOMS["ideas"]] == ["list"]
    check_all(pia)


def test_the_card_is_the_reply_and_stays(pia: Chat) -> None:
    pia.says("!idee neu Formulare", room=ROOMS["ideas"])
    command = pia.last
    pia.reply("!idee stimme I1 +", by=PETER)
    said = pia.edits(command, "!idee neu Velos", room=ROOMS["ideas"])
    assert [s.machine["code"] for s in said if s.room != ROOMS["ideas"]] == ["conflict"]
    said = pia.edits(command, "!idee neu", room=ROOMS["ideas"])
    told = [s for s in said if s.room != ROOMS["ideas"]]
    assert [s.machine["code"] for s in told] == ["conflict"]
    assert pia.card("I1").machine["title"] == "Formulare"


def test_a_refusal_turns_into_the_card(pia: Chat) -> None:
    [refusal] = pia.says("!idee neu", room=ROOMS["ideas"])
    command = pia.last
    said = pia.edits(command, "!idee neu Formulare", room=ROOMS["ideas"])
    assert [(s.edits, s.machine["type"]) for s in said] == [(refusal.event_id, "idea")]
    assert [key for _, key in pia.reactions] == ["👍", "👎"]
    [edit] = pia.reacts(refusal, "👍", by=PETER)
    assert (edit.edits, edit.machine["votes"]["for"]) == (refusal.event_id, 1)


# --- links to what is not sent yet


def test_an_edit_names_a_card_that_is_not_sent_yet(pia: Chat) -> None:
    """The edit waits for the reply that it edits: it can't wait for the card too."""
    pia.reply("!idee neu")
    now = edited(pia, pia.last, "!idee neu Formulare")
    assert "<strong>I1</strong>" in now.html
    assert "href" not in now.html


def test_a_message_waits_for_one_and_names_the_others(chat: Chat) -> None:
    """Four ideas in one batch: the fourth is like three whose cards are still to be sent."""
    chat.member(PIA)
    titles = ["Formulare vorausfüllen", "Formulare vorausfüllen neu", "Formulare vorausfüllen jetzt"]
    events = [
        Message(
            HALL,
            f"$c{n}",
            PIA,
            chat.now,
            text=f"!idee neu {t}\ntrotzdem: ja",
            mentions=frozenset(),
            thread=None,
        )
        for n, t in enumerate(titles)
    ]
    ask = Message(
        HALL,
        "$ask",
        PIA,
        chat.now,
        text="!idee neu Formulare vorausfüllen",
        mentions=frozenset(),
        thread=None,
    )
    chat.apply(RoomBatch(HALL, (), [*events, ask], joined=True))
    [reply] = [s for s in chat.said if s.replies_to == "$ask"]
    assert len(reply.machine["similar"]) == 3
    assert reply.html.count("<a href") == 1
    assert reply.html.count("<strong>I") == 2
    check_all(chat)


# --- how fast, and what came before


def test_edits_count_as_commands(pia: Chat) -> None:
    pia.reply("!idee liste")
    command = pia.last
    said = [pia.edits(command, f"!idee liste seite: {n}") for n in range(40)]
    assert [bool(s) for s in said] == [True] * 29 + [False] * 11
    assert pia.reply("!idee liste").machine["code"] == "too_fast"
    pia.now += timedelta(seconds=61)
    assert edited(pia, command, "!status").machine["type"] == "status"


def test_the_newest_wording_of_what_was_edited_before(pia: Chat) -> None:
    def message(event: str, text: str) -> Message:
        return Message(HALL, event, PIA, pia.now, text=text, mentions=frozenset(), thread=None)

    first, second = message("$c", "!idee neu Idee A"), message("$d", "!idee neu Idee X")
    edits = [
        Edit(HALL, f"$e{t}", PIA, pia.now, target="$c", message=message("$c", f"!idee neu Idee {t}"))
        for t in "BC"
    ]
    gone = Redaction(HALL, "$r", PIA, pia.now, target="$d")
    said = pia.apply(RoomBatch(HALL, (), [first, second, *edits, gone], joined=True), catching_up=True)
    assert [s.machine["title"] for s in said if s.room == HALL] == ["Idee C"]
    assert ideas(pia) == 1
