"""Reactions as people put them: signs alike, on any message about a thing, and those that do nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot.core.batches import RoomBatch
from bot.core.events import Reaction
from storage import meetings, seats
from tests.support.chat import Chat, Said
from tests.support.kept import staged

PIA, URS, EVA, LEA = "@pia:localhost", "@urs:localhost", "@eva:localhost", "@lea:localhost"
KORA, MONI = "@kora:localhost", "@moni:localhost"


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    """A group of four led by Lea, with a room, a meeting, and a work product in review; an idea, an event."""
    for user in (PIA, URS, EVA, LEA):
        chat.member(user)
    chat.process(PIA, URS, EVA, LEA, leader=LEA)
    room = chat.group_room(1, PIA, URS, EVA, LEA)
    chat.says("!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30-15:00", by=LEA, room=room)
    chat.says("!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s", by=LEA, room=room)
    chat.says("!idee neu Kalender", by=PIA)
    chat.says("!anlass neu Treffen | wann: 18.03.2027 13:30", by=KORA)
    return chat


def card(chat: Chat, kind: str) -> Said:
    with chat.database.transaction() as tx:
        from storage import cards  # noqa: PLC0415

        [placed] = cards.list_newest(tx, kind, limit=1)
    return next(said for said in chat.said if said.event_id == placed.event_id)


def answer(chat: Chat, user: str) -> str:
    with chat.database.transaction() as tx:
        found = meetings.find_answer(tx, 1, user)
    return found.answer if found is not None else "none"


@pytest.mark.parametrize("key", ["👍", "👍🏽", "✔️", "✔", "☑️", "✅"])
def test_signs_like_a_tick_are_one_where_there_is_no_thumb_down(town: Chat, key: str) -> None:
    town.reacts(card(town, "product"), key, by=EVA)
    assert (
        town.reply("!ergebnis zeige P1 Steckbrief", by=EVA, room="!group1:localhost").machine["consents"] == 1
    )
    town.reacts(card(town, "event"), key, by=EVA)
    with town.database.transaction() as tx:
        assert seats.find(tx, "event", 1, EVA) is not None
    invitation = next(said for said in town.to(EVA) if said.machine.get("ref") == "S1")
    town.reacts(invitation, key, by=EVA)
    assert answer(town, EVA) == "accepted"
    town.takes_off(town.last, by=EVA)
    assert answer(town, EVA) == "open"


def test_after_a_restart_signs_alike_are_still_one(town: Chat) -> None:
    shown = card(town, "event")
    thumb = Reaction(shown.room, "$thumb", EVA, town.now, target=shown.event_id, key="👍")
    town.apply(RoomBatch(shown.room, (), [thumb], joined=True))
    town.core.reconcile("event", 1, [("$thumb", EVA, "👍", town.now)], now=town.now)
    with town.database.transaction() as tx:
        assert seats.find(tx, "event", 1, EVA) is not None
    town.core.reconcile("event", 1, [("$other", URS, "☑️", town.now)], now=town.now)
    with town.database.transaction() as tx:
        assert seats.find(tx, "event", 1, URS) is not None
        assert seats.find(tx, "event", 1, EVA) is None


def test_a_question_takes_a_thumb_for_a_tick(town: Chat) -> None:
    town.member("@max:localhost")
    town.says("!gruppe zuweisen P1 @max:localhost", by=KORA)
    asked = next(said for said in town.to("@max:localhost") if "Möchten Sie" in said.text)
    town.reacts(asked, "👍", by="@max:localhost")
    with town.database.transaction() as tx:
        found = seats.find(tx, "group", 1, "@max:localhost")
    assert found is not None
    assert found.state == "confirmed"


@pytest.mark.parametrize(
    ("kind", "key", "words"),
    [
        ("idea", "✅", "👍 für dafür, 👎 für dagegen"),
        ("idea", "❤️", "👍 für dafür, 👎 für dagegen"),
        ("product", "❌", "✅ für Zustimmung, ✋ für einen Einwand"),
        ("event", "👎", "✅ für ja, ❌ für nein, ❓ für vielleicht"),
        ("meeting", "🎉", "✅ für ja, ❌ für nein, ❓ für vielleicht"),
    ],
)
def test_a_sign_that_does_nothing_is_answered_once(town: Chat, kind: str, key: str, words: str) -> None:
    shown, before = card(town, kind), len(town.to(EVA))
    town.reacts(shown, key, by=EVA)
    [said] = town.to(EVA)[before:]
    assert words in said.text
    assert said.machine["code"] == "bad_input"
    town.reacts(shown, "🐶", by=EVA)
    assert len(town.to(EVA)) == before + 1
    town.reacts(shown, key, by=PIA)
    assert words in town.to(PIA)[-1].text, "each person once"
    assert town.reacts(shown, key, by="@stranger:localhost") == []


@pytest.mark.parametrize(
    ("user", "knows", "paused"),
    [
        (EVA, True, False),
        (EVA, True, True),
        (KORA, True, False),
        (LEA, True, False),
        ("@max:localhost", False, False),
        ("@max:localhost", False, True),
    ],
)
def test_what_is_a_groups_own_is_named_to_its_people_alone(
    town: Chat, user: str, knows: bool, paused: bool
) -> None:
    town.member("@max:localhost")
    town.member(KORA)
    town.says("!vereinbarung neu P1 Liste führen", by=LEA)
    town.now = datetime(2027, 3, 18, 12, 31, tzinfo=UTC)
    town.tick()
    town.enter("!group1:localhost", "@max:localhost", KORA)
    if paused:
        town.says("!profil pause", by=user, room=town.direct(user))
    before = len(town.to(user))
    town.reacts(card(town, "agreement"), "✅" if paused else "🐶", by=user)
    [said] = town.to(user)[before:]
    assert "V1" in said.text
    assert ("Liste führen" in said.text) == knows


def test_a_tap_on_any_message_about_a_meeting_counts(town: Chat) -> None:
    town.says("!sitzung verschieben S1 | wann: 19.03.2027 10:00-11:00", by=LEA)
    town.later(minutes=1)
    newest = [said for said in town.to(EVA) if said.machine.get("ref") == "S1" and said.edits is None]
    for number, said in enumerate(newest):
        key, means = (("✅", "accepted"), ("❌", "declined"))[number % 2]
        town.reacts(said, key, by=EVA)
        assert answer(town, EVA) == means, said.text
    shown = town.reply("sitzung zeige S1", by=URS, room=town.direct(URS))
    town.reacts(shown, "✅", by=URS)
    assert answer(town, URS) == "accepted"
    on = town.last
    town.core.reconcile("meeting", 1, [], now=town.now)
    assert answer(town, URS) == "accepted", "it is on another message, and still there"
    town.takes_off(on, by=URS)
    assert answer(town, URS) == "open"


def test_a_tap_on_a_message_in_another_room_or_by_somebody_else_does_not(town: Chat) -> None:
    shown = town.reply("sitzung zeige S1", by=URS, room=town.direct(URS))
    tick = Reaction("!hall:localhost", "$forged", URS, town.now, target=shown.event_id, key="✅")
    town.apply(RoomBatch("!hall:localhost", (), [tick], joined=True))
    assert answer(town, URS) == "open"
    town.member("@max:localhost")
    town.reacts(shown, "✅", by="@max:localhost")
    assert answer(town, "@max:localhost") == "none"


def test_thanks_below_a_notice_about_an_idea_or_a_group_are_no_vote_and_no_seat(town: Chat) -> None:
    said = town.reply("idee meine", by=PIA, room=town.direct(PIA))
    town.reacts(said, "👍", by=PIA)
    shown = town.reply("idee zeige I1", by=URS, room=town.direct(URS))
    town.reacts(shown, "👍", by=URS)
    assert town.card("I1").machine["votes"]["for"] == 0
    out = town.reply("gruppe abmelden P1", by=URS, room=town.direct(URS))
    town.reacts(out, "👍", by=URS)
    with town.database.transaction() as tx:
        assert seats.find(tx, "group", 1, URS) is None


def test_off_the_group_by_taking_the_tick_away_is_confirmed(town: Chat) -> None:
    town.says("!prozess neu Hundesteuer klasse: L", by=KORA)
    shown = card(town, "process")
    town.reacts(shown, "✅", by=EVA)
    town.takes_off(town.last, by=EVA)
    assert town.to(EVA)[-1].text.startswith("Sie sind nicht mehr in der Gruppe P2 · Hundesteuer.")


def test_an_old_reaction_seats_nobody_who_has_left_or_was_removed_since(town: Chat) -> None:
    town.says("!prozess neu Hundesteuer klasse: L", by=KORA)
    old = town.now
    town.later(hours=1)
    for user in (URS, EVA):
        town.says("!gruppe anmelden P2", by=user)
    town.says("gruppe abmelden P2", by=URS, room=town.direct(URS))
    town.says("!gruppe entfernen P2 @eva:localhost", by=KORA)
    present = [(f"$old{user}", user, "✅", old) for user in (URS, EVA, PIA)]
    town.core.reconcile("process", 2, present, now=town.now)
    with town.database.transaction() as tx:
        assert [seat.user_id for seat in seats.list_in(tx, "group", 2, "confirmed")] == [PIA]


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("event", [("anlass anmelden A1", URS), ("anlass abmelden A1", URS)]),
        ("event", [("anlass anmelden A1", URS), ("profil verlassen", URS)]),
        ("event", [("anlass anmelden A1", URS), ("mitglied entfernen Urs grund: weg", KORA)]),
        ("process", [("profil verlassen", URS)]),
        ("process", [("mitglied entfernen Urs grund: weg", KORA)]),
        (
            "process",
            [("gruppe entfernen P1 Urs", KORA), ("gruppe anmelden P1", URS), ("gruppe abmelden P1", URS)],
        ),
    ],
)
def test_an_old_reaction_says_less_than_what_was_done_since(
    town: Chat, kind: str, lines: list[tuple[str, str]]
) -> None:
    old = town.now
    town.later(hours=1)
    for line, by in lines:
        town.says(line, by=by, room=town.direct(by))
        town.later(minutes=1)
    town.core.reconcile(kind, 1, [("$old", URS, "✅", old)], now=town.now)
    held = "group" if kind == "process" else kind
    with town.database.transaction() as tx:
        assert URS not in [seat.user_id for seat in seats.list_in(tx, held, 1, "confirmed")]


def test_a_sign_on_a_registration_that_names_nobody_any_more_is_answered(chat: Chat) -> None:
    chat.direct("@new:localhost")
    asked = chat.reply(
        "!profil anmelden gemeinde: Aesch | funktion: Schalter",
        by="@new:localhost",
        room=chat._room("@new:localhost"),
    )
    chat.direct(KORA)
    shown = card(chat, "registration")
    chat.reacts(asked, "↩️", by="@new:localhost")
    chat.reacts(shown, "❤️", by=KORA)
    assert "bei dieser Karte nichts" in chat.to(KORA)[-1].text


@pytest.mark.parametrize(
    ("key", "pausing"), [("✅", False), ("✋", False), ("❤️", False), ("👎", False), ("✅", True)]
)
def test_a_sign_on_an_invitation_that_is_erased_is_answered(
    town: Chat, key: str, pausing: bool, caplog: pytest.LogCaptureFixture
) -> None:
    invited = next(said for said in town.to(PIA) if said.machine["type"] == "meeting" and said.edits is None)
    with town.database.transaction() as tx:
        tx.execute(text("DELETE FROM meeting_invitations"))
    if pausing:
        town.says("profil pause", by=PIA, room=town.direct(PIA))
    before = len(town.to(PIA))
    town.reacts(invited, key, by=PIA)
    town.reacts(invited, key, by=PIA)
    assert [said.text[:21] for said in town.to(PIA)[before:]] == ["Das gibt es nicht meh"]
    assert "failed" not in caplog.text


@pytest.mark.parametrize(
    ("before", "on", "keys", "words"),
    [
        (
            ("!idee ablehnen I1 grund: nein", MONI),
            "idea",
            "👍👎",
            "Stimmen und Bewertungen ändern sich nicht",
        ),
        (("!idee zurückziehen I1", PIA), "idea", "👎👍", "Stimmen und Bewertungen ändern sich nicht"),
        (("!anlass streichen A1 grund: weg", KORA), "event", "✅❌", "A1 ist abgesagt"),
        (("!sitzung streichen S1 grund: weg", LEA), "meeting", "✅❓❌", "S1 ist abgesagt"),
        (
            ("!ergebnis P1 Steckbrief freigegeben grund: eilt", KORA),
            "product",
            "✅✋",
            "zählen nur in der Prüfung",
        ),
        (None, "meeting", "✅❌", "S1 ist vorbei"),
        (None, "event", "✅", "A1 ist vorbei"),
    ],
)
def test_a_sign_on_the_card_of_what_is_over_changes_nothing_and_says_so(
    town: Chat, before: tuple[str, str] | None, on: str, keys: str, words: str
) -> None:
    shown = card(town, on)
    if before is not None:
        line, by = before
        town.says(line, by=by, room=town.direct(by))
    else:
        town.later(days=200)
    seen, looked = len(town.to(URS)), card(town, on).machine
    for key in keys:
        town.reacts(shown, key, by=URS)
    told = [said.text for said in town.to(URS)[seen:] if said.edits is None]
    assert [words in said for said in told] == [True], told
    assert card(town, on).machine == looked
    assert answer(town, URS) == "open"
