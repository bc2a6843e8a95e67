from __future__ import annotations

import pytest

from commands.framework.context import Asker, Context, Where
from commands.framework.replies import Role
from commands.ideas import votes as idea_votes
from storage import ideas as stored
from storage import votes
from tests.support.chat import ROOMS, Chat, Said
from tests.support.kept import staged

PIA, PETER, URS, MONI = "@pia:localhost", "@peter:localhost", "@urs:localhost", "@moni:localhost"


@pytest.fixture
@staged
def two(chat: Chat) -> Chat:
    """I1 of Pia with Pia and Peter for it, I2 of Urs with Peter against it."""
    for who in (PIA, PETER, URS):
        chat.member(who)
    chat.says("!idee neu Formulare vorausfüllen", by=PIA)
    chat.says("!idee neu Parkkarten online bestellen", by=URS)
    tap(chat, "I1", "👍", PIA)
    tap(chat, "I1", "👍", PETER)
    tap(chat, "I2", "👎", PETER)
    return chat


def tap(chat: Chat, ref: str, key: str, who: str) -> str:
    card = next(s for s in chat.said if s.room == ROOMS["ideas"] and s.machine["ref"] == ref and not s.edits)
    chat.reacts(card, key, by=who)
    return chat.last


def counts(chat: Chat, ref: str) -> tuple[int, ...]:
    return tuple(chat.card(ref).machine["votes"].values())


def merge(chat: Chat, text: str = "I1 in I2") -> Said:
    return chat.reply(f"!idee zusammenführen {text}", by=MONI)


def told(chat: Chat, who: str) -> str:
    before = len(chat.to(who))
    chat.later(minutes=1)
    return " ".join(s.text for s in chat.to(who)[before:])


@pytest.mark.parametrize("typed", ["I1 in I2", "I1 into I2", "I1 -> I2", "1 mit 2", "I1 I2", "I1 → I2"])
def test_votes_move_as_a_union_by_person(two: Chat, typed: str) -> None:
    reply = merge(two, typed)
    assert reply.machine["ref"] == "I1"
    assert reply.machine["state"] == "merged"
    assert reply.machine["merged_into"] == "I2"
    assert counts(two, "I1") == (0, 0, 0)
    assert counts(two, "I2") == (1, 1, 0)  # Pia's came along; Peter keeps what he said about I2
    with two.database.transaction() as tx:
        moved = votes.find(tx, 2, PIA)
        assert moved is not None
        assert moved.from_idea == 1
        own = votes.find(tx, 2, PETER)
        assert own is not None
        assert own.from_idea is None


def test_english_and_a_missing_target(two: Chat) -> None:
    assert two.reply("!idea merge I1", by=MONI).machine["code"] == "bad_input"
    assert two.reply("!idea merge I1 into I9", by=MONI).machine["code"] == "not_found"
    assert two.reply("!idea merge I1 into I2", by=MONI).machine["merged_into"] == "I2"


def test_ratings_are_not_merged(two: Chat) -> None:
    two.reply("!idee bewerte I1 aufwand: 1 nutzen: 5")
    merge(two)
    assert two.card("I2").machine["ratings"] == {"count": 0}
    assert two.card("I1").machine["ratings"]["count"] == 1


def test_author_and_voters_are_told(two: Chat) -> None:
    merge(two)
    before = len(two.to(PIA)), len(two.to(PETER)), len(two.to(URS))
    two.later(minutes=1)
    for who, count in zip((PIA, PETER), before, strict=False):
        [notice] = two.to(who)[count:]
        assert (
            "I1 «Formulare vorausfüllen» ist jetzt mit I2 «Parkkarten online bestellen» zusammengeführt"
            in notice.text
        )
        assert notice.machine["merged_into"] == "I2"
    assert len(two.to(URS)) == before[2]


def test_what_can_not_be_merged(two: Chat) -> None:
    two.says("!idee neu Hundemarken am Schalter", by=URS)
    assert merge(two, "I1 in I1").machine["code"] == "conflict"
    merge(two)
    assert merge(two).machine["code"] == "conflict"  # I1 is merged already
    chain = merge(two, "I3 in I1")
    assert chain.machine["code"] == "conflict"
    assert "I3 in I2" in chain.text
    with two.database.transaction() as tx:
        stored.change(tx, 2, state="accepted")
    assert merge(two, "I3 in I2").machine["code"] == "conflict"
    assert merge(two, "I2 in I3").machine["code"] == "conflict"


def test_a_merged_idea_takes_no_votes_but_says_where(two: Chat) -> None:
    merge(two)
    reply = two.reply("!idee stimme I1 +")
    assert reply.machine["code"] == "conflict"
    assert "idee stimme I2 +" in reply.text


def test_undo_puts_everything_back(two: Chat) -> None:
    reply = merge(two)
    two.later(minutes=1)
    two.reacts(reply, "↩️", by=MONI)
    assert two.card("I1").machine["state"] == "submitted"
    assert "merged_into" not in two.card("I1").machine
    assert counts(two, "I1") == (2, 0, 0)
    assert counts(two, "I2") == (0, 1, 0)
    assert "steht wieder für sich" in told(two, PIA)
    tap(two, "I1", "👎", PIA)
    assert counts(two, "I1") == (1, 1, 0)


@pytest.mark.parametrize("ref", ["I1", "I2"])
def test_no_undo_once_somebody_has_voted_since(two: Chat, ref: str) -> None:
    reply = merge(two)
    two.says(f"!idee stimme {ref} -", by=PIA)
    said = counts(two, "I2")
    two.reacts(reply, "↩️", by=MONI)
    refused = ref == "I2"  # on the other one there is no vote any more
    assert any("bleibt, wie es ist" in s.text for s in two.to(MONI)) == refused
    assert counts(two, "I2") == (said if refused else (0, 1, 0))


def test_no_undo_once_the_other_is_decided(two: Chat) -> None:
    reply = merge(two)
    two.reply("!idee annehmen I2 grund: Spart Zeit", by="@kora:localhost")
    two.reacts(reply, "↩️", by=MONI)
    assert two.card("I1").machine["state"] == "merged"


def test_an_edited_merge_goes_elsewhere(two: Chat) -> None:
    two.says("!idee neu Hundemarken am Schalter", by=URS)
    merge(two)
    two.edits(two.last, "!idee zusammenführen I1 in I3", by=MONI)
    assert [counts(two, ref) for ref in ("I1", "I2", "I3")] == [(0, 0, 0), (0, 1, 0), (2, 0, 0)]


def test_merged_twice_keeps_the_first_origin_and_comes_back_step_by_step(two: Chat) -> None:
    two.says("!idee neu Hundemarken am Schalter", by=URS)
    first = merge(two)
    second = two.reply("!idee zusammenführen I2 in I3", by="@kora:localhost")
    assert counts(two, "I3") == (1, 1, 0)
    with two.database.transaction() as tx:
        assert {v.idea_id: v.from_idea for v in votes.list_votes_of(tx, PIA)} == {3: 1}
    two.reacts(first, "↩️", by=MONI)
    assert two.card("I1").machine["state"] == "merged"  # I2 isn't there to give them back
    two.reacts(second, "↩️", by="@kora:localhost")
    assert [counts(two, ref) for ref in ("I2", "I3")] == [(1, 1, 0), (0, 0, 0)]


def test_the_reaction_on_the_merged_card_still_carries_the_vote(two: Chat) -> None:
    carrier = tap(two, "I1", "👍", URS)
    reply = merge(two)
    assert counts(two, "I2") == (2, 1, 0)
    two.takes_off(carrier, by=URS, room=ROOMS["ideas"])
    assert counts(two, "I2") == (1, 1, 0)
    two.reacts(reply, "↩️", by=MONI)
    assert "bleibt, wie es ist" in two.to(MONI)[-1].text
    assert (counts(two, "I1"), counts(two, "I2")) == ((0, 0, 0), (1, 1, 0))


@pytest.mark.parametrize("text", ["weg", "-", "0", "+"])
@pytest.mark.parametrize("way", ["command", "reaction"])
def test_what_was_said_after_the_merge_counts(two: Chat, text: str, way: str) -> None:
    """The moderator edits the reason: a vote taken back or changed on the idea kept stays so."""
    two.member(URS)
    before = tap(two, "I1", "👍", URS)
    two.says("!idee zusammenführen I1 in I2", by=MONI)
    command = two.last
    if way == "command":
        two.reply(f"!idee stimme I2 {text}", by=URS)
    elif text == "weg":
        two.takes_off(before, by=URS, room=ROOMS["ideas"])
    else:
        two.reacts(two.card("I2"), "👍" if text == "+" else "👎", by=URS)
    said = counts(two, "I2")
    two.edits(command, "!idee zusammenführen I1 in I2 | grund: dasselbe", by=MONI)
    assert counts(two, "I2") == said


def test_erased_between_merge_and_undo_is_still_one_vote(two: Chat) -> None:
    reply = merge(two)
    with two.database.transaction() as tx:
        ctx = Context(tx, two.now, two.settings, Asker(PIA, None, Role.PI, "de"), Where("", False, None))
        idea_votes.erase(ctx, PIA)
    two.reacts(reply, "↩️", by=MONI)
    assert counts(two, "I1") == (2, 0, 0)
    assert counts(two, "I2") == (0, 1, 0)
