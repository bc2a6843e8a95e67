"""What fails again and again is said, and not each time."""

import logging

import pytest

from bot.matrix.outages import Outage


@pytest.mark.parametrize(("times", "said"), [(1, 1), (2, 1), (60, 1), (61, 2), (600, 10)])
def test_an_outage_is_a_line_a_minute_and_one_when_it_is_over(
    caplog: pytest.LogCaptureFixture, times: int, said: int
) -> None:
    now = [0.0]
    outage = Outage("away", "back", clock=lambda: now[0])
    outage.ended()  # it never failed
    with caplog.at_level(logging.WARNING):
        for _ in range(times):
            outage.failed("no answer")
            now[0] += 1
        outage.ended()
        outage.ended()
    assert [r.message for r in caplog.records] == ["away"] * said + ["back"]
    assert caplog.records[-1].__dict__["count"] == times
