"""The numbers below a card agree with the card: a sign has the bot's own reaction where nobody else has that sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.core.batches import Batch
from bot.core.seeds import OwnSeeds
from storage import cards, outbox
from storage.outbox import Errand
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

KORA, MONI, PIA, URS, EVA = (f"@{name}:localhost" for name in ("kora", "moni", "pia", "urs", "eva"))
STRANGER, NEW = "@stranger:elsewhere.example", "@new:localhost"
GROUP = "!group1:localhost"
IDEA = "Formulare vorausfüllen"
EVENT = "!anlass neu PI-Event | wann: 18.03.2027 13:30-17:00"
MEETING = "!sitzung neu P1 Kickoff | wann: 18.03.2027 13:30-15:00"
PRODUCT = "!ergebnis P1 Steckbrief in Prüfung link: https://example.ch/s"


@pytest.fixture
@staged
def town(chat: Chat) -> Chat:
    for user in (KORA, MONI, PIA, URS, EVA):
        chat.member(user)
    chat.process(PIA, URS, EVA, leader=PIA)
    chat.group_room(1, PIA, URS, EVA)
    chat.says(f"!idee neu {IDEA}", by=PIA)
    return chat


@pytest.fixture
def card(town: Chat) -> Said:
    """The card of I1."""
    return town.card("I1")


def seeds(chat: Chat, on: Said) -> list[str]:
    """What the bot has on the message."""
    return [key for event, key in chat.reactions if event == on.event_id]


@contextmanager
def asked(chat: Chat) -> Iterator[list[Errand]]:
    """What the bot wants put on messages, or taken off, meanwhile."""
    found: list[Errand] = []
    send = chat.send

    def sends(errands: list[Errand]) -> list[outbox.Done]:
        found.extend(errand for errand in errands if errand.priority == outbox.SEED)
        return send(errands)

    chat.send = sends  # type: ignore[method-assign]
    yield found
    chat.send = send  # type: ignore[method-assign]


def tap(chat: Chat, on: Said, key: str, by: str) -> str:
    """The event of the reaction that this person puts on it."""
    chat.reacts(on, key, by=by)
    return chat.last


# --- every card


def idea(chat: Chat) -> Said:
    return chat.card("I1")


def event(chat: Chat) -> Said:
    chat.says(EVENT, by=KORA)
    return chat.card("A1")


def training(chat: Chat) -> Said:
    chat.says("!kurs neu BPMN lesen | wann: 18.03.2027 13:30-17:00", by=KORA)
    return chat.card("K1")


def process(chat: Chat) -> Said:
    chat.says("!prozess neu Hundemarke | klasse: L", by=KORA)
    return chat.card("P2")


def meeting(chat: Chat) -> Said:
    chat.says(MEETING, by=PIA)
    return chat.card("S1")


def invitation(chat: Chat) -> Said:
    chat.says(MEETING, by=PIA)
    return next(s for s in chat.to(URS) if s.machine.get("ref") == "S1" and s.edits is None)


def product(chat: Chat) -> Said:
    chat.says(PRODUCT, by=PIA)
    return next(s for s in chat.in_room(GROUP) if s.machine["type"] == "product")


def draft(chat: Chat) -> Said:
    chat.says("!news neu Portal\nEs läuft.\nstand: entwurf", by=MONI)
    return next(s for s in chat.in_room("moderation") if "Entwurf" in s.text)


def registration(chat: Chat) -> Said:
    chat.says("!profil anmelden gemeinde: Aesch | funktion: Schalter", by=NEW, room=chat.direct(NEW))
    return next(s for s in chat.in_room("coordination") if "Anmeldung" in s.text)


def agreement(chat: Chat) -> Said:
    chat.says(MEETING, by=PIA)
    chat.answer("!vereinbarung neu P1 Formular kürzen | bis: 01.03.2027 | wer: Urs", by=PIA)
    chat.now += timedelta(days=136, hours=3, minutes=29)
    chat.tick()
    chat.later(minutes=1)
    return [s for s in chat.in_room(GROUP) if s.machine.get("ref") == "V1"][-1]


SHOWN: dict[Callable[[Chat], Said], tuple[tuple[str, ...], tuple[str, ...]]] = {
    idea: (("👍", "👎"), (URS, EVA)),
    event: (("✅", "❌", "❓"), (URS, EVA)),
    training: (("✅", "❌", "❓"), (URS, EVA)),
    process: (("✅",), (URS, EVA)),
    meeting: (("✅", "❌", "❓"), (URS, EVA)),
    invitation: (("✅", "❌", "❓"), (URS, URS)),
    product: (("✅", "✋"), (URS, EVA)),
    draft: (("✅",), (PIA, STRANGER)),
    registration: (("✅", "❌"), (PIA, STRANGER)),
    agreement: (("✅", "❌"), (URS, STRANGER)),
}


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.__name__)
def test_each_sign_of_each_card_has_the_seed_while_nobody_else_has_it(
    town: Chat, shown: Callable[[Chat], Said]
) -> None:
    keys, people = SHOWN[shown]
    on = shown(town)
    assert seeds(town, on) == list(keys)
    for key in keys:
        others = [other for other in keys if other != key]
        with asked(town) as put:
            first, second = (tap(town, on, key, by) for by in people)
            assert (len(put), sorted(seeds(town, on))) == (1, sorted(others))
            town.takes_off(first, by=people[0], room=on.room)
            assert (len(put), sorted(seeds(town, on))) == (1, sorted(others))
            town.takes_off(second, by=people[1], room=on.room)
            assert (len(put), sorted(seeds(town, on))) == (2, sorted(keys))
            last = tap(town, on, key, people[1])
            assert (len(put), sorted(seeds(town, on))) == (3, sorted(others))
            town.takes_off(last, by=people[1], room=on.room)
            assert (len(put), sorted(seeds(town, on))) == (4, sorted(keys))
    assert len({errand.txn for errand in put}) == 4


@pytest.mark.parametrize("by", [STRANGER, KORA, PIA, NEW])
def test_so_it_has_where_the_one_who_taps_may_not(town: Chat, card: Said, by: str) -> None:
    town.says("!profil pause", by=PIA, room=town.direct(PIA))
    town.says("!idee ablehnen I1 grund: Zu teuer", by=MONI)
    first = tap(town, card, "👍", by)
    assert seeds(town, card) == ["👎"]
    assert town.card("I1").machine["votes"]["for"] == 0
    town.takes_off(first, by=by, room=card.room)
    assert sorted(seeds(town, card)) == ["👍", "👎"]


@pytest.mark.parametrize(
    ("shown", "typed", "stands_for"),
    [
        (idea, "👍🏽", "👍"),
        (idea, "👎️", "👎"),
        (event, "👍", "✅"),
        (event, "☑️", "✅"),
        (meeting, "❌️", "❌"),
    ],
)
def test_the_sign_in_any_of_its_forms(
    town: Chat, shown: Callable[[Chat], Said], typed: str, stands_for: str
) -> None:
    on = shown(town)
    tap(town, on, typed, URS)
    assert stands_for not in seeds(town, on)


@pytest.mark.parametrize("key", ["❤️", "✅", "x"])
def test_another_sign_changes_nothing(town: Chat, card: Said, key: str) -> None:
    with asked(town) as put:
        tap(town, card, key, URS)
    assert put == []


def test_a_vote_by_command_is_no_tap(town: Chat, card: Said) -> None:
    with asked(town) as put:
        town.says("!idee stimme I1 +", by=URS)
    assert put == []
    assert town.card("I1").machine["votes"]["for"] == 1


def test_what_is_tapped_on_another_message_about_it_is_not_on_the_card(town: Chat) -> None:
    on = event(town)
    reply = town.reply("!anlass zeige A1", by=URS)
    tap(town, reply, "✅", URS)
    assert town.card("A1").machine["confirmed"] == 1
    assert seeds(town, on) == ["✅", "❌", "❓"]


def test_a_card_posted_without_seeds_gets_none(town: Chat) -> None:
    town.says("!news neu Portal\nEs läuft.\nwann: 01.12.2026 08:00", by=MONI)
    on = next(s for s in town.in_room("moderation") if s.machine.get("ref") == "N1")
    first = tap(town, on, "✅", KORA)
    town.takes_off(first, by=KORA, room=on.room)
    assert seeds(town, on) == []


def test_the_tap_that_has_made_a_message_the_card_is_one(town: Chat) -> None:
    """It confirms what was meant, and is no answer: but it stands there, and the numbers are those of people."""
    on = town.reply("!anlas neu PI-Event | wann: 18.03.2027 13:30-17:00", by=KORA, room=ROOMS["agenda"])
    [now] = [s for s in town.reacts(on, "✅", by=KORA) if s.edits == on.event_id]
    meant = town.last
    assert (now.machine["confirmed"], seeds(town, on)) == (0, ["❌", "❓"])
    present = [(meant, KORA, "✅", town.now)]
    town.deliver(town.core.reconcile("event", 1, present, now=town.now))
    town.edit_cards()
    assert town.reply("!anlass zeige A1").machine["confirmed"] == 0
    town.takes_off(meant, by=KORA, room=on.room)
    assert sorted(seeds(town, on)) == ["✅", "❌", "❓"]


# --- few requests, in the background


def test_a_storm_of_taps_is_one_request(town: Chat, card: Said) -> None:
    told = []
    for n in range(50):
        by = town.member(f"@person{n}:localhost")
        relation = {"rel_type": "m.annotation", "event_id": card.event_id, "key": "👍"}
        told.append(town.happens("m.reaction", {"m.relates_to": relation}, by=by, room=card.room))
    with asked(town) as put:
        town.apply(*told)
    assert [(errand.kind, errand.content["key"]) for errand in put] == [("redaction", "👍")]


def test_a_tap_taken_off_at_once_is_none(town: Chat, card: Said) -> None:
    relation = {"rel_type": "m.annotation", "event_id": card.event_id, "key": "👍"}
    on = town.happens("m.reaction", {"m.relates_to": relation}, by=URS, room=card.room)
    off = town.happens("m.room.redaction", {"redacts": town.last}, by=URS, room=card.room)
    with asked(town) as put:
        town.apply(on, off)
    assert put == []


def test_a_tap_repeated_by_the_homeserver_is_none(town: Chat, card: Said) -> None:
    relation = {"rel_type": "m.annotation", "event_id": card.event_id, "key": "👍"}
    on = town.happens("m.reaction", {"m.relates_to": relation}, by=URS, room=card.room)
    with asked(town) as put:
        town.apply(on)
        town.apply(on)
        town.restart()
        town.edit_cards()
    assert len(put) == 1


def test_what_is_left_out_while_the_homeserver_limits_is_made_good_later(town: Chat, card: Said) -> None:
    town.limited = True
    first = tap(town, card, "👍", URS)
    assert seeds(town, card) == ["👍", "👎"]
    town.limited = False
    second = tap(town, card, "👎", EVA)  # the next occasion
    assert seeds(town, card) == []
    town.limited = True
    for by, tapped in ((URS, first), (EVA, second)):
        town.takes_off(tapped, by=by, room=card.room)
    assert seeds(town, card) == []
    town.limited = False
    town.says("!idee prüfen I1", by=MONI)
    assert sorted(seeds(town, card)) == ["👍", "👎"]


def test_a_card_that_was_posted_while_the_homeserver_limited_is_seeded_later(town: Chat) -> None:
    town.limited = True
    on = event(town)
    assert seeds(town, on) == []
    town.limited = False
    tap(town, on, "❌", URS)
    assert seeds(town, on) == ["✅", "❓"]


# --- whatever happens


@pytest.mark.parametrize("sent", [0, 1])
@pytest.mark.parametrize("way", ["on", "off"])
def test_it_is_asked_for_once_whenever_the_bot_dies(town: Chat, card: Said, sent: int, way: str) -> None:
    """Before it is sent, or before it is recorded that it was."""
    if way == "off":
        first = tap(town, card, "👍", URS)
        told = town.happens("m.room.redaction", {"redacts": first}, by=URS, room=card.room)
    else:
        relation = {"rel_type": "m.annotation", "event_id": card.event_id, "key": "👍"}
        told = town.happens("m.reaction", {"m.relates_to": relation}, by=URS, room=card.room)
    town.core.apply(Batch(token="dying", rooms=(told,)), (), now=town.now)
    errands = [e for e in town.core.edit_cards(now=town.now) if e.priority == outbox.SEED]
    assert len(errands) == 1
    town.send(errands[:sent])
    with asked(town) as put:
        town.restart()
        town.edit_cards()
    assert [errand.txn for errand in put] == [errand.txn for errand in errands]
    assert ("👍" in seeds(town, card)) == (way == "off")
    with asked(town) as put:
        town.apply(told)
        town.restart()
    assert put == []


@pytest.mark.parametrize("tapped_before", [True, False])
def test_after_months_too(town: Chat, card: Said, tapped_before: bool) -> None:
    """Then no row tells of the seeds any more: what people have on the card, and what the homeserver has, does."""
    if tapped_before:
        first = tap(town, card, "👍", URS)
    town.later(days=40)
    town.later(hours=2)
    with town.database.transaction() as tx:
        found = cards.find(tx, "idea", "1")
        assert found is not None
        assert outbox.list_seeds(tx, found.outbox_id) == []
    with asked(town) as put:
        if tapped_before:
            town.says("!idee ändern I1 thema: Umzug", by=PIA)
            assert put == []
            town.takes_off(first, by=URS, room=card.room)
        else:
            tap(town, card, "👍", URS)
            tap(town, card, "👍", EVA)
    assert len(put) == 1
    assert sorted(seeds(town, card)) == (["👍", "👎"] if tapped_before else ["👎"])


def test_cards_from_before_are_put_right_when_they_change(town: Chat, card: Said) -> None:
    tap(town, card, "👍", URS)
    with town.database.transaction() as tx:  # as an earlier version has left it
        tx.execute(text("DELETE FROM outbox WHERE priority = 4 AND kind = 'redaction'"))
        tx.execute(text("UPDATE cards SET tapped = ''"))
    town.seeds[card.event_id, "👍"] = (
        next(n for n in range(1, 999) if town.events.get(n) == card.event_id) + 1
    )
    assert sorted(seeds(town, card)) == ["👍", "👎"]
    town.says("!idee prüfen I1", by=MONI)
    assert seeds(town, card) == ["👎"]


def test_a_card_posted_again_starts_anew(town: Chat, card: Said) -> None:
    tap(town, card, "👍", URS)
    [asks] = [s for s in town.takes_off(card.event_id, by=MONI, room=card.room) if s.machine["type"]]
    town.reacts(asks, "✅", by=MONI)
    again = [s for s in town.in_room("ideas") if s.machine.get("ref") == "I1" and s.edits is None][-1]
    assert again.event_id != card.event_id
    assert seeds(town, again) == ["👍", "👎"]
    tap(town, again, "👎", EVA)
    assert seeds(town, again) == ["👍"]


def test_a_question_that_moves_down_starts_anew(town: Chat) -> None:
    first = agreement(town)
    refused = tap(town, first, "❌", STRANGER)
    assert seeds(town, first) == ["✅"]
    start = town.now + timedelta(days=7)
    town.says(f"!sitzung neu P1 Zweite | wann: {start:%d.%m.%Y} 13:30-15:00", by=PIA)
    town.now = start - timedelta(hours=3)
    town.later(minutes=1)
    town.later(hours=4)
    again = [s for s in town.in_room(GROUP) if s.machine.get("ref") == "V1" and s.edits is None][-1]
    assert again.event_id != first.event_id
    assert seeds(town, again) == ["✅", "❌"]
    town.takes_off(refused, by=STRANGER, room=GROUP)
    assert seeds(town, again) == ["✅", "❌"]


def test_the_bot_takes_consents_off_and_can_be_tapped_again(town: Chat) -> None:
    on = product(town)
    tap(town, on, "✅", EVA)
    assert seeds(town, on) == ["✋"]
    town.says(PRODUCT.replace("/s", "/t"), by=PIA)
    assert sorted(seeds(town, on)) == ["✅", "✋"]


def test_who_is_erased_still_has_the_sign_on_the_card(town: Chat, card: Said) -> None:
    first = tap(town, card, "👍", URS)
    confirm = town.reply("!datenschutz löschen", by=URS, room=town.direct(URS)).machine["confirm"]
    town.says(confirm, by=URS, room=town.direct(URS))
    town.later(minutes=1)
    town.says("!idee prüfen I1", by=MONI)
    assert seeds(town, card) == ["👎"]
    town.takes_off(first, by=URS, room=card.room)
    assert sorted(seeds(town, card)) == ["👍", "👎"]


# --- what was missed


@pytest.mark.parametrize("by", [EVA, STRANGER])
def test_missed_taps_count_here_too(town: Chat, card: Said, by: str) -> None:
    town.deliver(town.core.reconcile("idea", 1, [("$missed", by, "👍", town.now)], now=town.now))
    assert seeds(town, card) == ["👎"]
    town.deliver(town.core.reconcile("idea", 1, [("$missed", by, "👍", town.now)], now=town.now))
    assert seeds(town, card) == ["👎"]
    town.deliver(town.core.reconcile("idea", 1, [], now=town.now))
    assert sorted(seeds(town, card)) == ["👍", "👎"]


def test_the_homeserver_tells_which_seeds_there_are(town: Chat, card: Said) -> None:
    """Somebody has taken the bot's 👍 off; and another one, which nothing tells of, stands beside Eva's 👎."""
    del town.seeds[card.event_id, "👍"]
    tap(town, card, "👎", EVA)
    town.later(minutes=1)
    present = [(town.last, EVA, "👎", town.now)]
    with asked(town) as put:
        own = OwnSeeds({"👎": "$stray"}, town.now)
        town.now += timedelta(minutes=1)
        town.deliver(town.core.reconcile("idea", 1, present, own, now=town.now))
    assert [(e.kind, e.content["key"], e.content.get("event_id")) for e in put] == [
        ("reaction", "👍", None),
        ("redaction", "👎", "$stray"),
    ]


def test_what_is_under_way_is_not_asked_for_again(town: Chat, card: Said) -> None:
    """It was recorded as done only after the homeserver was asked."""
    own = OwnSeeds({"👎": "$own"}, town.now - timedelta(seconds=1))
    with asked(town) as put:
        town.deliver(town.core.reconcile("idea", 1, [], own, now=town.now))
    assert put == []
    assert card.room == ROOMS["ideas"]
