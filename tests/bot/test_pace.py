"""The pace against a bucket that leaks like Synapse's: as fast as it lets through, with few refusals."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matrix.pace import PROBE_AFTER, Pace

PENALTY = 0.5  # seconds by which Synapse delays its refusal; the wait it names counts from the request


@dataclass
class Bucket:
    """`rate` requests a second, and `burst` at once; a refusal costs nothing but time."""

    rate: float
    burst: int
    level: float = 0.0
    at: float = 0.0

    def take(self, now: float) -> float:
        """0 where the request is taken, else after how many seconds one will be."""
        self.level = max(0.0, self.level - (now - self.at) * self.rate)
        self.at = now
        if self.level + 1 > self.burst + 1e-9:
            return (self.level + 1 - self.burst) / self.rate
        self.level += 1
        return 0.0


def run(
    pace: Pace,
    bucket: Bucket,
    messages: int,
    *,
    latency: float = 0.03,
    now: float = 0.0,
    from_answer: bool = False,
) -> tuple[float, int]:
    """Send them one after the other; when the last one was sent, and how many refusals it cost.

    `from_answer`: the server counts the wait that it names from its answer, and not from the request.
    """
    refusals = 0
    while messages:
        now += pace.wait(now)
        begun = now
        retry = bucket.take(now)
        if retry:
            refusals += 1
            now += PENALTY
            pace.refused(begun, now, max(0.001, retry - PENALTY) if from_answer else retry)
        else:
            now += latency
            pace.sent(begun)
            messages -= 1
    return now, refusals


def best(bucket: Bucket, messages: int, latency: float) -> float:
    """The time it takes somebody who knows the bucket."""
    return max(messages * latency, (messages - bucket.burst) / bucket.rate + latency)


@settings(max_examples=300, deadline=None)
@given(
    rate=st.floats(0.1, 20),
    burst=st.integers(1, 50),
    messages=st.integers(1, 400),
    latency=st.floats(0.005, 0.2),
)
def test_hardly_slower_than_the_server_allows(rate: float, burst: int, messages: int, latency: float) -> None:
    took, refusals = run(Pace(), Bucket(rate, burst), messages, latency=latency)
    # A refusal or two each twentieth message is the price of noticing that a limit was lifted.
    assert refusals <= 6 + messages / PROBE_AFTER * 2 or rate * PENALTY > 1
    assert took <= 1.1 * best(Bucket(rate, burst), messages, latency) + (3 + refusals) * (
        PENALTY + latency + 1 / rate / 2
    )


def test_synapse_as_it_comes() -> None:
    """0.2 a second after a burst of 10: a hundred messages need 450 s."""
    took, refusals = run(Pace(), Bucket(0.2, 10), 100)
    assert took <= 1.1 * 450
    assert refusals <= 10


def test_another_server_that_counts_from_its_answer() -> None:
    took, refusals = run(Pace(), Bucket(0.2, 10), 100, from_answer=True)
    assert took <= 1.15 * 450
    assert refusals <= 25


def test_no_limit_no_pace() -> None:
    pace = Pace()
    took, refusals = run(pace, Bucket(1e9, 10**9), 1000)
    assert (round(took), refusals, pace.limited) == (30, 0, False)


def test_a_limit_that_is_lifted_is_noticed() -> None:
    pace = Pace()
    now, _ = run(pace, Bucket(0.5, 5), 30)
    assert pace.limited
    took, refusals = run(pace, Bucket(1e9, 10**9), 400, now=now)
    assert refusals == 0
    assert not pace.limited
    assert took - now < 20 * 2 * 2 + 400 * 0.03 + 20  # 20 at each gap of 2, 1, 0.5 … seconds


def test_a_limit_that_comes_is_noticed() -> None:
    pace = Pace()
    now, _ = run(pace, Bucket(1e9, 10**9), 100)
    took, refusals = run(pace, Bucket(1.0, 10, at=now), 60, now=now)
    assert pace.limited
    assert refusals <= 8
    assert took - now <= 1.2 * 50


def test_after_a_pause_the_burst_is_used_again() -> None:
    pace, bucket = Pace(), Bucket(0.2, 10)
    now, _ = run(pace, bucket, 20)
    later = now + 3600
    took, _ = run(pace, bucket, 10, now=later)
    assert took - later < 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100), st.floats(0, 1e9)), max_size=60))
def test_it_never_forgets_a_refusal(acts: list[tuple[bool, float, float]]) -> None:
    """Whatever comes in whatever order: after «in so many seconds» nothing goes before that."""
    pace, now, free = Pace(), 0.0, 0.0
    for is_refusal, passed, retry in acts:
        now += passed
        if is_refusal:
            pace.refused(now, now, retry)
            free = max(free, now + retry)
        else:
            pace.sent(now)
        assert pace.wait(now) >= free - now
        assert pace.gap >= 0
