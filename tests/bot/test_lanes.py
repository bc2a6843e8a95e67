"""Which errand goes next, by what is to be done, what is over and what came to nothing: nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matrix.doubts import DOUBTED
from bot.matrix.ended import Ended
from bot.matrix.lanes import Going, Lanes
from bot.matrix.limits import AT_ONCE, FAR_AT_ONCE
from bot.matrix.rests import LONG
from storage.outbox import BROADCAST, CARD, EDIT, LEFT_OUT, REPLY, SEED, SUPERSEDED, Errand
from tests.support.chat import NOW

A, B, C = "!a:localhost", "!b:localhost", "!c:localhost"
PIA = "@pia:localhost"


@dataclass
class Track:
    """Lanes in a time that stands still unless it is moved."""

    time: float = 100.0
    direct: dict[str, str] = field(default_factory=dict)
    lane_of: dict[str, str] = field(default_factory=dict)
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.ended = Ended(now=lambda: NOW)
        self.lanes = Lanes(self.ended, clock=lambda: self.time, direct=self.direct, lane_of=self.lane_of)

    def add(self, kind: str = "message", room: str = A, *, priority: int = REPLY, **more: Any) -> Errand:
        number = next(self.ids)
        values = {"content": {}, "waits_for": None, "created_at": NOW} | more
        errand = Errand(id=number, txn=f"txn{number}", kind=kind, room=room, priority=priority, **values)
        self.lanes.add([errand])
        return errand

    def begun(self) -> list[Going]:
        """All that may go now is under way."""
        return list(iter(self.lanes.pick, None))

    def is_done(self, *gone: Going) -> None:
        for one in gone:
            self.lanes.rests.went_well(self.lanes.rests.place(one.errand))
            self.lanes.doubts.went_well(one.errand.id, self.lanes.rests.place(one.errand))
            self.lanes.end(one.errand, f"$of{one.errand.id}")
            self.lanes.back(one)

    def fails(self, gone: Going) -> None:
        """It came to nothing, as its place takes nothing."""
        place = self.lanes.rests.place(gone.errand)
        self.lanes.rests.answered()  # others are answered
        rest = self.lanes.rests.failed(place, begun=self.time, now=self.time)
        assert rest is not None
        self.lanes.doubts.failed(gone.errand.id, place)
        rest.failed.add(gone.errand.id)
        self.lanes.step_back(gone.lane, gone.errand)
        self.lanes.let_past(gone.lane)
        if rest.tries == LONG:
            self.lanes.release(place)
        self.lanes.back(gone)

    def order(self) -> list[Errand]:
        """All of it, one after the other."""
        found = []
        while (gone := self.lanes.pick()) is not None:
            found += [gone.errand] if gone.errand.id in self.lanes.open else []
            self.is_done(gone)
        return found

    def limited(self, sort: str = "message", seconds: float = 60.0) -> None:
        self.lanes.limits.paces[sort].refused(self.time, self.time, seconds)


@pytest.fixture
def track() -> Track:
    return Track()


# --- order


def test_a_room_s_messages_go_one_after_the_other(track: Track) -> None:
    errands = [track.add(room=room) for _ in range(3) for room in (A, B, C)]
    assert [gone.errand for gone in track.begun()] == errands[:3], "of each room the first"
    assert track.order() == []


@pytest.mark.parametrize(
    ("kinds", "more"),
    [
        (("message", "file", "poll", "poll_end"), {}),
        (("edit", "edit"), {"waits_for": 7, "priority": EDIT}),
        (("reaction", "redaction", "reaction"), {"waits_for": 7, "priority": SEED}),
        (("kick", "invite", "kick"), {"content": {"user_id": PIA}}),
        (("state", "power", "state"), {}),
        (("create", "create"), {"room": "group 3"}),
    ],
)
def test_what_must_keep_its_order_is_one_lane(track: Track, kinds: tuple[str, ...], more: Any) -> None:
    errands = [track.add(kind, **more) for kind in kinds]
    for errand in errands:
        [gone] = track.begun()
        assert gone.errand is errand
        track.is_done(gone)


def test_what_is_put_on_a_message_does_not_hold_up_the_next(track: Track) -> None:
    for kind, priority in (("edit", EDIT), ("reaction", SEED)):
        track.add(kind, waits_for=7, priority=priority)
    track.add("state")
    track.add()
    assert len(track.begun()) == AT_ONCE


def test_given_twice_is_done_once(track: Track) -> None:
    """Also when it is over."""
    errand = track.add()
    track.lanes.add([errand])
    assert track.order() == [errand]
    track.lanes.add([errand])
    assert track.order() == []


def test_a_person_s_direct_chat_is_in_the_person_s_lane(track: Track) -> None:
    """What was written before the chat was known goes first; what stands in a lane of its own stays there."""
    told = track.add(room=PIA, priority=BROADCAST)
    [gone] = track.begun()
    track.direct[PIA], track.lane_of[B] = B, PIA
    later = [track.add(room=B) for _ in range(2)]
    assert track.begun() == []
    track.is_done(gone)
    assert [told, *track.order()] == [told, *later]


def test_a_lane_of_its_own_that_a_direct_chat_has_already_is_kept(track: Track) -> None:
    first = track.add(room=B)
    track.lane_of[B] = PIA
    assert [first, track.add(room=B)] == track.order()


# --- what goes first


def test_replies_before_cards_before_broadcasts(track: Track) -> None:
    for n, priority in enumerate((BROADCAST, EDIT, SEED, CARD, REPLY)):
        track.add(room=f"!{n}:x", priority=priority)
    assert [e.priority for e in track.order()] == [REPLY, CARD, BROADCAST, EDIT, SEED]


def test_of_equal_ones_the_oldest_goes(track: Track) -> None:
    errands = [track.add(room=f"!{n}:x") for n in range(9)]
    assert track.order() == errands


def test_a_broadcast_in_a_room_does_not_hold_up_the_reply_behind_it(track: Track) -> None:
    news = [track.add(room=f"!{n}:x", priority=BROADCAST) for n in range(20)]
    reply = track.add(room="!19:x")
    assert track.order() == [news[19], reply, *news[:19]]


# --- what waits for something


def test_an_edit_and_its_seeds_wait_for_the_message(track: Track) -> None:
    card = track.add()
    for kind, priority in (("edit", EDIT), ("reaction", SEED), ("pin", REPLY)):
        track.add(kind, waits_for=card.id, priority=priority)
    [gone] = track.begun()
    assert gone.errand is card
    track.is_done(gone)
    assert {gone.errand.kind for gone in track.begun()} == {"edit", "reaction", "pin"}


def test_it_waits_for_nothing_that_is_over(track: Track) -> None:
    card = track.add()
    track.lanes.end(card, None, "403 M_FORBIDDEN: no")
    edit = track.add("edit", waits_for=card.id)
    assert track.order() == [edit]


def test_chains_across_rooms_come_to_an_end(track: Track) -> None:
    errands: list[Errand] = []
    for n in range(40):
        errands.append(track.add(room=(A, B, C)[n % 3], waits_for=errands[-1].id if n else None))
    track.lanes.end(errands[10], None, "403 M_FORBIDDEN: no")
    assert track.order() == [e for n, e in enumerate(errands) if n != 10]


def test_what_came_back_in_the_sync_is_over(track: Track) -> None:
    errand, after = track.add(), track.add()
    [gone] = track.begun()
    assert track.lanes.saw(errand.txn, "$seen")
    assert not track.lanes.saw(errand.txn, "$seen")
    assert not track.lanes.saw("unknown", "$x")
    track.is_done(gone)
    assert [(d.id, d.event_id) for d in track.ended.take()] == [(errand.id, "$seen")]
    assert track.order() == [after]


# --- limits


def test_as_many_at_once_as_make_sense(track: Track) -> None:
    for n in range(9):
        track.add(room=f"!{n}:x")
    assert len(track.begun()) == AT_ONCE


def test_what_hangs_elsewhere_leaves_room_for_messages(track: Track) -> None:
    for n in range(9):
        track.add("invite", content={"user_id": f"@u:far{n}.example"})
    assert [gone.sort for gone in track.begun()] == ["invite"] * FAR_AT_ONCE
    for room in (A, B, C):
        track.add(room=room)
    assert [gone.sort for gone in track.begun()] == ["message"] * (AT_ONCE - FAR_AT_ONCE)


def test_under_a_limit_one_message_at_a_time_and_no_sooner_than_the_server_says(track: Track) -> None:
    track.limited(seconds=5)
    errands = [track.add(room=room) for room in (A, B)]
    assert track.begun() == []
    assert track.lanes.pause() == 5
    track.time += 5
    assert [gone.errand for gone in track.begun()] == errands[:1]


@pytest.mark.parametrize("sort", ["invite", "join", "create"])
def test_a_limit_of_one_sort_holds_up_no_message(track: Track, sort: str) -> None:
    track.limited(sort)
    track.add(sort, "group 3", content={"user_id": PIA})
    message = track.add()
    assert [gone.errand for gone in track.begun()] == [message]


def test_a_message_to_a_person_without_a_chat_makes_a_room(track: Track) -> None:
    track.direct["@urs:localhost"] = B
    track.add(room=PIA)
    track.add(room="@urs:localhost")
    assert [gone.sort for gone in track.begun()] == ["create", "message"]


def test_seeds_are_left_out_under_a_limit(track: Track) -> None:
    track.limited()
    seed = track.add("reaction", priority=SEED)
    [done] = track.ended.take()
    assert (done.id, done.error, track.lanes.open) == (seed.id, LEFT_OUT, {})


# --- places that rest


def test_a_place_that_takes_nothing_is_tried_later_each_time_and_beside_the_others(track: Track) -> None:
    bad = [track.add(room=A) for _ in range(3)]
    tried = []
    for _ in range(5):
        [gone] = track.begun()
        assert gone.errand is bad[0]
        tried.append(track.time)
        track.fails(gone)
        track.time += track.lanes.pause() or 0.0
    rests = [after - before for before, after in pairwise(tried)]
    assert rests[:3] == sorted(rests[:3])
    assert min(rests[:3]) > 0
    for n in range(9):
        track.add(room=f"!{n}:x")
    assert len(track.begun()) == AT_ONCE + 1, "the one that is tried is not counted: it may hang"


def test_of_places_that_take_nothing_one_at_a_time_is_tried(track: Track) -> None:
    for room in (A, B, C):
        track.add(room=room)
    for gone in track.begun():
        track.fails(gone)
    track.lanes.rests.answered()
    track.time += 60
    assert len(track.begun()) == 1
    assert track.lanes.pause() is None


def test_one_that_is_not_tried_after_all_leaves_the_others_their_turn(track: Track) -> None:
    """It was its turn, but the server limited, and what was under way into its place has failed meanwhile."""
    errands = [track.add(room=A), track.add("edit", room=A, waits_for=7), track.add(room=B)]
    of_a, edit, of_b = track.begun()
    track.fails(of_a)
    track.fails(of_b)
    track.limited(seconds=10)
    track.time += 10 - 0.1
    assert track.begun() == []
    track.fails(edit)
    assert track.begun() == []
    track.time += 1000
    assert sorted(e.id for e in track.order()) == [e.id for e in errands]


def test_all_that_rests_is_told_by_its_place(track: Track) -> None:
    old = NOW - timedelta(hours=1)
    first = track.add(room=A, created_at=old)
    second = track.add(room=A)
    [gone] = track.begun()
    track.fails(gone)
    assert track.lanes.oldest() == old, "it may be nobody's alone"
    track.lanes.rests.answered()
    assert track.lanes.oldest() is None, "others have taken something since"
    other = track.add(room=B, priority=CARD)
    assert track.lanes.stuck() == {A: (2, old)}
    assert (track.lanes.oldest(), track.lanes.oldest(up_to=REPLY)) == (NOW, None)
    assert (track.lanes.waiting(), track.lanes.waiting(up_to=REPLY)) == (True, False)
    assert not track.lanes.quiet()
    track.lanes.end(other, "$x")
    assert track.lanes.quiet()
    assert track.lanes.waiting_for(A) == [first, second]


def test_of_edits_that_wait_the_newest_says_it(track: Track) -> None:
    card = track.add(room=B)
    track.lanes.end(card, "$card")
    track.lanes.rests.closes(A, now=track.time)
    edits = [track.add("edit", waits_for=card.id, priority=EDIT) for _ in range(3)]
    assert list(track.lanes.open.values()) == edits[2:]
    assert [d.error for d in track.ended.take()] == [None, SUPERSEDED, SUPERSEDED]


def test_what_is_said_elsewhere_waits_a_while_only_for_a_place_that_rests(track: Track) -> None:
    card = track.add(room=A)
    reply = track.add(room=B, waits_for=card.id)
    for _ in range(LONG - 1):
        [gone] = track.begun()
        track.fails(gone)
        assert track.begun() == []
        track.time += track.lanes.pause() or 0.0
    [gone] = track.begun()
    track.fails(gone)
    assert [after.errand for after in track.begun()] == [reply]


def test_what_is_open_again_is_looked_at_at_once(track: Track) -> None:
    track.add()
    [gone] = track.begun()
    track.fails(gone)
    assert track.begun() == []
    assert track.lanes.rests.reopened(A)
    track.lanes.look_again()
    assert [again.errand for again in track.begun()] == [gone.errand]


def test_another_one_is_tried_before_one_that_fails_again_and_again(track: Track) -> None:
    """It stands where it stood if it fails too."""
    errands = [track.add() for _ in range(3)]
    for _ in range(DOUBTED):
        [gone] = track.begun()
        assert gone.errand is errands[0]
        track.fails(gone)
        track.time += track.lanes.pause() or 0.0
    [gone] = track.begun()
    assert gone.errand is errands[1]
    track.fails(gone)
    track.lanes.rests.reopened(A)
    track.lanes.look_again()
    assert track.order() == errands


def test_one_that_is_over_before_it_is_tried_again_holds_up_none_behind_it(track: Track) -> None:
    """The server limits, the lost answer comes as news, and more is to be done; elsewhere something has failed."""
    first, other = track.add(room=A), track.add(room=B)
    gone = track.begun()
    track.fails(gone[1])
    track.limited(seconds=1)
    track.lanes.back(gone[0])
    assert track.lanes.saw(first.txn, "$seen")
    behind = [track.add(room=A) for _ in range(2)]
    track.time += 1000
    assert track.order() == [other, *behind]


def test_one_whose_rest_was_over_before_it_was_known_to_fail_alone_goes_at_once(track: Track) -> None:
    """Else it would wait for news, whatever its place takes now."""
    slow, other = track.add(room=B), track.add(room=A)
    gone = track.begun()
    track.limited(seconds=1)
    track.fails(gone[1])
    track.lanes.back(gone[0])
    track.time += 1000
    [gone_again] = track.begun()  # the server limits: one at a time, and nothing has gone well yet
    assert gone_again.errand is slow
    track.is_done(gone_again)
    assert track.order() == [other]


# --- whatever happens

ROOMS = st.sampled_from([A, B, C])
FATES = st.sampled_from(["done", "done", "fails", "limited", "seen"])
STEPS = st.one_of(
    st.tuples(st.just("add"), ROOMS, st.sampled_from([REPLY, CARD, BROADCAST]), st.integers(0, 3)),
    st.tuples(st.just("go"), FATES),
    st.tuples(st.just("pass"), st.floats(0.1, 1000)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_nothing_is_forgotten_and_each_is_done_once(steps: list[Any]) -> None:
    track, under_way = Track(), []
    for what, *how in steps:
        if what == "add":
            room, priority, back = how
            before = max(track.lanes.open, default=0) - back
            track.add(room=room, priority=priority, waits_for=before if before in track.lanes.open else None)
        elif what == "pass":
            track.time += how[0]
        else:
            under_way += track.begun()
            assert len({gone.lane for gone in under_way}) == len(under_way) <= AT_ONCE + 1
            if under_way:
                gone = under_way.pop(0)
                if how[0] == "done":
                    track.is_done(gone)
                elif how[0] == "fails":
                    track.fails(gone)
                else:
                    if how[0] == "limited":
                        track.limited(seconds=1)
                    track.lanes.back(gone)
                    if how[0] == "seen":
                        track.lanes.saw(gone.errand.txn, "$seen")
    under_way += track.begun()
    while under_way or track.lanes.pause() is not None:
        track.is_done(*under_way)
        track.time += 1000
        under_way = track.begun()
    assert track.lanes.open == {}
    done = [d.id for d in track.ended.take()]
    assert sorted(done) == list(range(1, len(done) + 1))
