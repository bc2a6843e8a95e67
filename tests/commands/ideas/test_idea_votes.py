from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.framework.context import Asker, Context, Where
from commands.framework.replies import Role
from commands.ideas import votes as idea_votes
from storage import cards, votes
from storage import ideas as stored
from tests.support.chat import BOT, HALL, ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, URS = "@pia:localhost", "@peter:localhost", "@urs:localhost"
PEOPLE = (PIA, PETER, URS)


@pytest.fixture
@staged
def card(chat: Chat) -> Said:
    """The card of I1, Pia's."""
    return submit(chat)


def submit(chat: Chat, title: str = "Formulare vorausfüllen") -> Said:
    for who in PEOPLE:
        chat.member(who)
    chat.says(f"!idee neu {title}", by=PIA)
    ref = chat.said[-1].machine["ref"]
    return next(s for s in chat.said if s.room == ROOMS["ideas"] and s.machine["ref"] == ref)


def counts(chat: Chat, ref: str = "I1") -> tuple[int, int, int]:
    found = chat.card(ref).machine["votes"]
    return found["for"], found["against"], found["neutral"]


def set_state(chat: Chat, number: int, state: str) -> None:
    with chat.database.transaction() as tx:
        stored.change(tx, number, state=state)
        cards.mark_dirty(tx, "idea", str(number), at=chat.now)


# --- by command


WORDS = {
    "for": ("+", "für", "fuer", "dafür", "for", "👍"),
    "against": ("-", "–", "gegen", "against"),
    "neutral": ("0", "neutral"),
    "none": ("weg", "none"),
}


@pytest.mark.parametrize("vote", WORDS)
def test_a_vote_is_one_word(chat: Chat, card: Said, vote: str) -> None:
    expected = tuple(int(value == vote) for value in ("for", "against", "neutral"))
    for typed in WORDS[vote]:
        reply = chat.reply(f"!idee stimme I1 {typed}")
        assert reply.machine["you"] == {"vote": vote}
        assert tuple(reply.machine["votes"].values()) == expected
        assert "\n" not in reply.text
        assert counts(chat) == expected
        assert "you" not in chat.card("I1").machine


def test_english_names_work_too(chat: Chat, card: Said) -> None:
    assert chat.reply("!idea vote 1 +").machine["votes"]["for"] == 1


def test_one_person_one_vote_and_the_last_one_counts(chat: Chat, card: Said) -> None:
    for typed in ("+", "+", "-", "0", "+"):
        chat.reply(f"!idee stimme I1 {typed}")
    chat.reply("!idee stimme I1 -", by=PETER)
    assert counts(chat) == (1, 1, 0)
    chat.reply("!idee stimme I1 weg")
    chat.reply("!idee stimme I1 weg")
    assert counts(chat) == (0, 1, 0)


def test_an_unreadable_vote_is_refused_with_what_is_possible(chat: Chat, card: Said) -> None:
    reply = chat.reply("!idee stimme I1 vielleicht")
    assert reply.machine["code"] == "bad_input"
    assert "+, -, 0, weg" in reply.text


def test_no_such_idea(chat: Chat, card: Said) -> None:
    assert chat.reply("!idee stimme I7 +").machine["code"] == "not_found"


def test_a_vote_without_its_word_is_answered_with_a_template(chat: Chat, card: Said) -> None:
    assert "!idee stimme I1 +" in chat.reply("!idee stimme I1").text


@pytest.mark.parametrize("state", ["accepted", "rejected", "implementing", "implemented", "withdrawn"])
def test_a_decided_idea_takes_no_votes(chat: Chat, card: Said, state: str) -> None:
    chat.reacts(card, "👍")
    tapped = chat.last
    set_state(chat, 1, state)
    assert chat.reply("!idee stimme I1 -").machine["code"] == "conflict"
    assert chat.reply("!idee stimme I1 weg").machine["code"] == "conflict"
    assert chat.reply("!idee bewerte I1 aufwand: 1 nutzen: 5").machine["code"] == "conflict"
    [told] = chat.reacts(card, "👎")
    assert told.machine["code"] == "conflict"
    assert told.room == chat.direct(PIA)
    [told] = chat.takes_off(tapped, room=ROOMS["ideas"])
    assert told.machine["code"] == "conflict"
    with chat.database.transaction() as tx:
        assert votes.find_vote(tx, 1, PIA) == "for"


def test_under_review_still_takes_votes(chat: Chat, card: Said) -> None:
    set_state(chat, 1, "under_review")
    assert chat.reply("!idee stimme I1 +").machine["votes"]["for"] == 1


def test_an_edited_vote_is_the_vote(chat: Chat, card: Said) -> None:
    reply = chat.reply("!idee stimme I1 +")
    said = chat.edits(chat.last, "!idee stimme I1 -")
    assert next(s for s in said if s.edits == reply.event_id).machine["you"] == {"vote": "against"}
    assert counts(chat) == (0, 1, 0)


def test_undo_restores_the_vote_before(chat: Chat, card: Said) -> None:
    chat.reacts(card, "👎")
    tapped = chat.last
    reply = chat.reply("!idee stimme I1 +")
    chat.reacts(reply, "↩️")
    assert counts(chat) == (0, 1, 0)
    chat.takes_off(tapped, room=ROOMS["ideas"])
    assert counts(chat) == (0, 0, 0)


def test_undo_of_taking_back(chat: Chat, card: Said) -> None:
    chat.reply("!idee stimme I1 0")
    reply = chat.reply("!idee stimme I1 weg")
    [edit] = [s for s in chat.reacts(reply, "↩️") if s.edits == reply.event_id]
    assert edit.machine["you"] == {"vote": "neutral"}


def test_a_later_tap_is_not_undone(chat: Chat, card: Said) -> None:
    reply = chat.reply("!idee stimme I1 +")
    chat.reacts(card, "👎")
    chat.reacts(reply, "↩️")
    assert counts(chat) == (0, 1, 0)


# --- by reaction


@pytest.mark.parametrize(("key", "expected"), [("👍", 1), ("👍🏽", 1), ("👍️", 1), ("❤️", 0), ("+1", 0)])
def test_which_reactions_are_votes(chat: Chat, card: Said, key: str, expected: int) -> None:
    chat.reacts(card, key)
    assert counts(chat) == (expected, 0, 0)
    chat.takes_off(chat.last, room=ROOMS["ideas"])
    assert counts(chat) == (0, 0, 0)


def test_taking_off_the_one_that_carries_the_vote(chat: Chat, card: Said) -> None:
    chat.reacts(card, "👍")
    first = chat.last
    chat.reacts(card, "👎")
    second = chat.last
    chat.takes_off(first, room=ROOMS["ideas"])
    assert counts(chat) == (0, 1, 0)
    chat.takes_off(second, room=ROOMS["ideas"])
    chat.takes_off(second, room=ROOMS["ideas"])
    assert counts(chat) == (0, 0, 0)


def test_a_command_carries_the_vote_away_from_the_reaction(chat: Chat, card: Said) -> None:
    chat.reacts(card, "👍")
    tapped = chat.last
    chat.reply("!idee stimme I1 +")
    chat.takes_off(tapped, room=ROOMS["ideas"])
    assert counts(chat) == (1, 0, 0)


def test_the_same_reaction_twice_is_one_vote(chat: Chat, card: Said) -> None:
    chat.reacts(card, "👍")
    raw = {"m.relates_to": {"rel_type": "m.annotation", "event_id": card.event_id, "key": "👍"}}
    chat.sends("m.reaction", raw, by=PIA, room=ROOMS["ideas"], event_id=chat.last)
    chat.reacts(card, "👍🏿")
    assert counts(chat) == (1, 0, 0)


def test_only_members_count(chat: Chat, card: Said) -> None:
    chat.member("@anna:localhost", state="pending")
    chat.member("@paul:localhost", state="paused")
    for who in ("@anna:localhost", "@stranger:localhost", BOT):
        assert chat.reacts(card, "👍", by=who) == []
    [answer] = chat.reacts(card, "👍", by="@paul:localhost")
    assert "Sie machen gerade Pause" in answer.text
    assert counts(chat) == (0, 0, 0)


def test_a_tap_that_changes_no_count_edits_no_card(chat: Chat, card: Said) -> None:
    chat.reacts(card, "👍")
    assert chat.reply("!idee stimme I1 +").edits is None
    assert [s for s in chat.says("!idee stimme I1 +") if s.edits] == []


@dataclass
class Model:
    """What the contract says about votes, in a few lines."""

    votes: dict[str, tuple[str, str]] = field(default_factory=dict)  # person -> value, carrier

    def act(self, who: str, value: str, carrier: str) -> None:
        if value == "none":
            self.votes.pop(who, None)
        else:
            self.votes[who] = (value, carrier)

    def take_off(self, who: str, carrier: str) -> None:
        if self.votes.get(who, ("", ""))[1] == carrier:
            del self.votes[who]

    def counts(self) -> tuple[int, int, int]:
        values = [value for value, _ in self.votes.values()]
        return values.count("for"), values.count("against"), values.count("neutral")


COMMANDS = {"+": "for", "-": "against", "0": "neutral", "weg": "none"}
WHO = st.sampled_from(PEOPLE)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("tap"), WHO, st.sampled_from(["👍", "👎", "👍🏾", "👎️"])),
        st.tuples(st.just("off"), WHO, st.integers(0, 9)),
        st.tuples(st.just("say"), WHO, st.sampled_from(list(COMMANDS))),
        st.tuples(st.just("stranger"), st.just("@stranger:localhost"), st.sampled_from(["👍", "👎"])),
    ),
    max_size=14,
)


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_any_sequence_of_acts_gives_the_counts_of_the_model(
    chat: Chat, acts: list[tuple[str, str, Any]]
) -> None:
    """Each example votes on an idea of its own."""
    card, model = submit(chat, "Formulare | trotzdem: ja"), Model()
    ref = str(card.machine["ref"])
    on: list[tuple[str, str, str]] = []  # reaction, person, key
    for act, who, what in acts:
        chat.now += timedelta(minutes=1)
        if act in ("tap", "stranger"):
            chat.reacts(card, what, by=who)
            if act == "tap":
                on.append((chat.last, who, what))
                model.act(who, "for" if what.startswith("👍") else "against", chat.last)
        elif act == "say":
            chat.reply(f"!idee stimme {ref} {what}", by=who)
            model.act(who, COMMANDS[what], chat.last)
        elif on:
            tapped, owner, _ = on.pop(what % len(on))
            chat.takes_off(tapped, by=owner, room=ROOMS["ideas"])
            model.take_off(owner, tapped)
        assert counts(chat, ref) == model.counts()
    reconcile(chat, [(*tapped, chat.now) for tapped in on], number=int(ref[1:]))
    assert counts(chat, ref) == model.counts()
    chat.now += timedelta(minutes=1)


# --- reconciled with the homeserver


def reconcile(chat: Chat, present: list[tuple[str, str, str, datetime]], number: int = 1) -> None:
    """As the bot does at its start, twice: the second time changes nothing."""
    for _ in range(2):
        with chat.database.transaction() as tx:
            nobody = Asker(BOT, None, Role.COORDINATOR, "de")
            ctx = Context(tx, chat.now, chat.settings, nobody, Where("", False, None))
            idea_votes.reconcile(ctx, number, present)
    chat.deliver(chat.core.edit_cards(now=chat.now))


def test_missed_reactions_count_and_vanished_ones_do_not(chat: Chat, card: Said) -> None:
    chat.reacts(card, "👍")
    chat.reacts(card, "👎", by=PETER)
    kept = chat.last
    chat.now += timedelta(hours=1)
    reconcile(chat, [(kept, PETER, "👎", chat.now), ("$missed", URS, "👍🏽", chat.now)])
    assert counts(chat) == (1, 1, 0)
    chat.takes_off("$missed", by=URS, room=ROOMS["ideas"])
    assert counts(chat) == (0, 1, 0)


def test_a_missed_reaction_does_not_beat_a_newer_vote(chat: Chat, card: Said) -> None:
    early = chat.now + timedelta(minutes=1)
    chat.now += timedelta(minutes=5)
    chat.reply("!idee stimme I1 -")
    reconcile(chat, [("$missed", PIA, "👍", early)])
    assert counts(chat) == (0, 1, 0)
    reconcile(chat, [("$missed", PIA, "👍", early), ("$newer", PIA, "👍", chat.now + timedelta(seconds=1))])
    assert counts(chat) == (1, 0, 0)


def test_of_two_missed_the_later_one_counts(chat: Chat, card: Said) -> None:
    later, sooner = chat.now + timedelta(minutes=2), chat.now + timedelta(minutes=1)
    reconcile(chat, [("$b", PIA, "👎", later), ("$a", PIA, "👍", sooner)])
    assert counts(chat) == (0, 1, 0)


def test_missed_reactions_of_others_do_not_count(chat: Chat, card: Said) -> None:
    chat.member("@anna:localhost", state="pending")
    before = chat.now - timedelta(days=1)  # Urs was no member yet
    present = [
        ("$1", "@anna:localhost", "👍", chat.now),
        ("$2", "@stranger:localhost", "👍", chat.now),
        ("$3", BOT, "👍", chat.now),
        ("$4", PETER, "❤️", chat.now),
        ("$5", URS, "👍", before),
    ]
    reconcile(chat, present)
    assert counts(chat) == (0, 0, 0)


def test_a_decided_idea_keeps_its_votes(chat: Chat, card: Said) -> None:
    chat.reacts(card, "👍")
    set_state(chat, 1, "accepted")
    reconcile(chat, [("$missed", URS, "👎", chat.now)])
    assert counts(chat) == (1, 0, 0)


# --- personal data


def test_votes_are_exported_and_erased_without_changing_counts(chat: Chat, card: Said) -> None:
    chat.reply("!idee stimme I1 +", by=PETER)
    chat.reply("!idee bewerte I1 aufwand: 2 nutzen: 5", by=PETER)
    with chat.database.transaction() as tx:
        ctx = Context(
            tx, chat.now, chat.settings, Asker(PETER, None, Role.PI, "de"), Where(HALL, False, None)
        )
        found = idea_votes.export(ctx, PETER)
        assert [v["vote"] for v in found["votes"]] == ["for"]
        assert [(r["idea"], r["effort"], r["benefit"]) for r in found["ratings"]] == [("I1", 2, 5)]
        assert datetime.fromisoformat(found["votes"][0]["at"]) == chat.now.astimezone(UTC)
        idea_votes.erase(ctx, PETER)
        assert idea_votes.export(ctx, PETER) == {"votes": [], "ratings": []}
        assert not [voter for voter in votes.list_voters(tx, 1) if voter.startswith("@")]
        idea = votes.recount(tx, 1)
        assert (idea.votes_for, idea.rating_count) == (1, 1)
