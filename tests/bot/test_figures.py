"""What `/metrics` says of what waits, is refused and stuck; what the store says of the same."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.admin.backlog import backlog
from bot.core.retries import LONGEST_PAUSE, pause
from bot.matrix.sync import Syncer
from bot.running.health import Health
from storage import outbox, rooms, status
from storage.outbox import LEFT_OUT, Done
from tests.support.chat import NOW, Chat
from tests.support.peer import refused, until
from tests.support.sending import A, B, Stage


def test_a_bot_that_has_not_logged_in_yet_has_never_synced() -> None:
    """The alert on that fires then too; a stand-by is not to sync."""
    told = Health({}, now=lambda: NOW).metrics()
    assert told.splitlines()[1::2] == ["pibot_leading 1", "pibot_sync_age_seconds -1.0"]


async def test_what_others_call_a_place_or_a_reason_spoils_no_figure(stage: Stage) -> None:
    odd = '!a"b\\c:x'
    stage.server.trouble("/send", refused(403, 'no"t\nso'))
    stage.server.answers["/state/"] = {"membership": "ban"}
    stage.add(stage.errand(room=odd))
    await until(lambda: stage.sender.lanes.stuck() and not stage.sender.lanes.busy)
    stage.sender.ended.lost["message", 'no"t\nso'] += 1
    health = Health({}, now=lambda: NOW)
    delivery = stage.sender.delivery
    syncer = Syncer(delivery.transport, delivery.worker, stage.chat.core, stage.sender, now=lambda: NOW)
    health.watch(stage.chat.core, stage.sender, syncer)
    told = [line for line in health.metrics().splitlines() if not line.startswith("#")]
    figure = re.compile(r'[a-z_]+(\{([a-z]+="([^"\\]|\\["\\n])*",?)+\})? -?[0-9.]+')
    assert [line for line in told if not figure.fullmatch(line)] == []
    assert 'pibot_outbox_stuck{place="!a\\"b\\\\c:x"} 1' in told


async def test_what_is_stuck_is_told_with_its_place_and_what_is_refused_with_its_reason(stage: Stage) -> None:
    stage.server.trouble(f"{A}/send", *[refused()] * 100)
    stage.server.trouble("/invite", refused())
    stage.server.answers |= {
        f"{A}/state/m.room.member": {"membership": "ban"},
        f"{B}/state/m.room.member/@pia:x": {"membership": "leave"},
    }
    stage.age = timedelta(minutes=40)
    stage.add(*(stage.errand(room=A, text=f"m{n}") for n in range(3)))
    stage.add(stage.errand("invite", B, content={"user_id": "@pia:x"}))
    await until(
        lambda: stage.sender.lanes.stuck() and stage.sender.ended.lost and not stage.sender.lanes.busy
    )
    stage.sender.lanes.limits.paces["message"].refused(stage.steady[0], stage.steady[0], 60)
    stage.age = timedelta(seconds=5)
    stage.add(stage.errand(room=B, text="reply"))
    health = Health({}, now=lambda: NOW)
    syncer = Syncer(
        stage.sender.delivery.transport,
        stage.sender.delivery.worker,
        stage.chat.core,
        stage.sender,
        now=lambda: NOW,
    )
    health.watch(stage.chat.core, stage.sender, syncer)
    await health._measure()
    told = dict(line.rsplit(" ", 1) for line in health.metrics().splitlines() if not line.startswith("#"))
    assert told[f'pibot_outbox_stuck{{place="{A}"}}'] == "3"
    assert told[f'pibot_outbox_stuck_seconds{{place="{A}"}}'] == "2400.0"
    assert told['pibot_refused_total{kind="invite",reason="M_FORBIDDEN"}'] == "1"
    assert told["pibot_outbox_age_seconds"] == told["pibot_reply_waits_seconds"] == "5.0"
    assert int(told["pibot_store_bytes"]) > 100_000
    assert "outbox stuck" not in health.trouble(), "one room is no reason to call the bot unwell"


def test_the_store_tells_what_is_stuck_and_what_was_given_up(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        rows = [
            outbox.add(tx, txn=f"t{n}", kind="message", room=room, content={}, at=at)
            for n, (room, at) in enumerate(
                [
                    (A, NOW),
                    (A, NOW),
                    (A, NOW - timedelta(hours=2)),
                    (B, NOW - timedelta(hours=3)),
                    (B, NOW),
                    (B, NOW),
                ]
            )
        ]
        ends = ("403 M_FORBIDDEN: You may not", "not taken for a day: status 500", LEFT_OUT)
        ended = [
            Done(row.id, None, error) for row, error in zip([rows[0], rows[4], rows[5]], ends, strict=True)
        ]
        outbox.mark_done(tx, ended, at=NOW)
        assert status.given_up(tx, since=NOW) == {
            ("message", "M_FORBIDDEN"): 1,
            ("message", "not taken for a day"): 1,
        }
        outbox.add(tx, txn="young", kind="message", room=A, content={}, at=NOW)
        rooms.set_purpose(tx, "ideas", A)
        assert list(backlog(tx, NOW)) == [
            f"waits: 1 for {B}, since 2026-11-02 06:00 UTC",
            f"waits: 1 for {A} (ideas), since 2026-11-02 07:00 UTC",
            "not sent in the last 7 days: 1 of the kind message: M_FORBIDDEN",
            "not sent in the last 7 days: 1 of the kind message: not taken for a day",
        ]


def test_pauses_grow_and_differ() -> None:
    drawn = {pause(3) for _ in range(50)}
    assert len(drawn) > 1
    assert all(1.5 <= one <= 2.0 for one in drawn)
    assert all(pause(tries) <= LONGEST_PAUSE for tries in range(100))
