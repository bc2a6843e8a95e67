"""Any sequence of answers, joins, departures and new links gives what a small model says."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.framework.context import Settings
from storage.engine.base import Base
from storage.engine.database import Database
from tests.support.chat import Chat, Said

PIA, PETER, URS, EVE, ADA = PEOPLE = tuple(
    f"@{name}:localhost" for name in ("pia", "peter", "urs", "eve", "ada")
)
KORA, ROOM, LINK = "@kora:localhost", "!group1:localhost", "https://example.ch/steckbrief"


@dataclass
class Model:
    """What must be true, in the words of the contract."""

    members: set[str] = field(default_factory=lambda: {PIA, PETER, URS, EVE})
    answers: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # person -> ✅ or ✋, and what carries it
    released: bool = False

    def tapped(self, who: str, key: str, event: str) -> None:
        if who in self.members and not self.released:
            self.answers[who] = (key, event)

    def taken_off(self, who: str, event: str) -> None:
        if not self.released and self.answers.get(who, ("", ""))[1] == event:
            del self.answers[who]

    def said(self, who: str, key: str, event: str) -> None:
        """By command; the sentence for an objection that a reaction carries leaves it there."""
        before = self.answers.get(who, ("", ""))
        self.tapped(who, key, before[1] if before[0] == key == "✋" else event)

    def left(self, who: str) -> None:
        self.members.discard(who)
        if not self.released:
            self.answers.pop(who, None)

    def relinked(self) -> None:
        self.answers = {who: answer for who, answer in self.answers.items() if answer[0] == "✋"}

    def settled(self) -> dict[str, object]:
        given = [key for key, _ in self.answers.values()]
        agreed = given.count("✅") * 2 > len(self.members) and "✋" not in given
        self.released = self.released or agreed
        return {
            "state": "released" if self.released else "in_review",
            "consents": given.count("✅"),
            "objections": given.count("✋"),
            "needed": len(self.members) // 2 + 1,
            "unanswered": len(self.members - self.answers.keys()),
        }


@dataclass
class Community:
    """The same through the bot."""

    chat: Chat
    card: Said
    model: Model = field(default_factory=Model)
    taps: dict[tuple[str, str], str] = field(default_factory=dict)
    links: int = 0

    def tap(self, who: str, key: str) -> None:
        if (who, key) not in self.taps:
            self.chat.reacts(self.card, key, by=who)
            self.taps[who, key] = self.chat.last
            self.model.tapped(who, key, self.chat.last)

    def take_off(self, who: str, key: str) -> None:
        event = self.taps.pop((who, key), None)
        if event is not None:
            self.chat.takes_off(event, by=who, room=ROOM)
            self.model.taken_off(who, event)

    def say(self, who: str, key: str) -> None:
        text = "zustimmen P1 profile" if key == "✅" else "einwand P1 profile Nein"
        self.chat.says(f"!ergebnis {text}", by=who)
        self.model.said(who, key, self.chat.last)

    def join(self, who: str, _: str) -> None:
        self.chat.says("!gruppe anmelden P1", by=who)
        self.model.members.add(who)

    def leave(self, who: str, _: str) -> None:
        self.chat.says("!gruppe abmelden P1", by=who)
        self.model.left(who)

    def link(self, _: str, __: str) -> None:
        if not self.model.released:
            self.links += 1
            self.chat.says(f"!ergebnis P1 profile in_review link: {LINK}/{self.links}", by=KORA)
            self.model.relinked()
            self.taps = {key: event for key, event in self.taps.items() if key[1] == "✋"}

    def check(self) -> None:
        wanted = self.model.settled()
        found = self.chat.answer("!ergebnis zeige P1 profile", by=KORA).machine
        assert {key: found[key] for key in wanted} == wanted
        shown = next((s for s in reversed(self.chat.said) if s.edits == self.card.event_id), self.card)
        if not self.model.released:
            assert {key: shown.machine[key] for key in wanted} == wanted
        assert shown.machine["state"] == wanted["state"]


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["tap", "tap", "tap", "take_off", "say", "join", "leave", "link"]),
        st.sampled_from(PEOPLE),
        st.sampled_from("✅✅✋"),
    ),
    max_size=20,
)


@pytest.mark.long
@settings(max_examples=50, deadline=None)
@given(acts=ACTS)
def test_any_sequence_of_acts_gives_the_state_of_the_model(acts: list[tuple[str, str, str]]) -> None:
    database = Database("sqlite:///:memory:")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
    chat = Chat(database, Settings(coordinators=(KORA,), commands_per_minute=10_000))
    for who in PEOPLE:
        chat.member(who)
    chat.process(PIA, PETER, URS, EVE)
    chat.group_room(1, PIA, PETER, URS, EVE)
    card = chat.reply(f"!ergebnis P1 profile in_review link: {LINK}", by=KORA, room=ROOM)
    community = Community(chat, card)
    for act, who, key in acts:
        getattr(community, act)(who, key)
        community.check()
    database.close()
