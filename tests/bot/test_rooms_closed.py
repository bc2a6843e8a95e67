"""A room, or a right in it, that is taken from the bot: what belongs there waits in order, and nothing else does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.core.batches import RoomBatch
from bot.matrix.sender import Sender
from bot.rendering.replies import KEY, content_of
from storage import outbox
from storage.outbox import BROADCAST, CARD, EDIT
from tests.support.chat import BOT, NOW, ROOMS, Chat
from tests.support.peer import Trouble, refused, until
from tests.support.sending import A, B, Stage

IDEAS, GROUP, COORDINATION = ROOMS["ideas"], "!group:localhost", ROOMS["coordination"]
PIA, KORA, MONI = "@pia:localhost", "@kora:localhost", "@moni:localhost"
NEVER = 5_000
ME = f"m.room.member/{BOT}"
CREATED = {"sender": "@x:localhost", "content": {"room_version": "10"}}
OPEN: dict[str, Any] = {ME: {"membership": "join"}, "m.room.create": CREATED}
CLOSED: dict[str, Any] = {
    "kicked": OPEN | {ME: {"membership": "leave"}},
    "banned": OPEN | {ME: {"membership": "ban"}},
    "not even to be looked at": OPEN | {ME: refused()},
    "its room is gone": OPEN | {ME: refused(404, "M_NOT_FOUND")},
    "no right to write": OPEN | {"m.room.power_levels": {"events_default": 50}},
    "no right to write messages": OPEN | {"m.room.power_levels": {"events": {"m.room.message": 1}}},
}


def closes(stage: Stage, room: str, how: str) -> None:
    stage.server.trouble(f"{room}/send", *[refused()] * NEVER)
    says(stage, room, CLOSED[how])


def says(stage: Stage, room: str, state: dict[str, Any]) -> None:
    stage.server.answers |= {f"{room}/state/{kind}": content for kind, content in state.items()}


def opens(stage: Stage, room: str) -> None:
    stage.server.troubles.clear()
    says(stage, room, OPEN | {"m.room.power_levels": {}})
    stage.sender.reopened([room])


def said(stage: Stage, room: str) -> list[str]:
    return [content["body"] for where, _, content in stage.server.events if where == room]


async def still(stage: Stage) -> None:
    await until(
        lambda: stage.server.requests and not stage.sender.lanes.busy and not stage.sender.undelivered.telling
    )


@pytest.mark.parametrize("how", CLOSED)
async def test_what_waits_goes_out_in_order_once_the_room_is_open(stage: Stage, how: str) -> None:
    closes(stage, IDEAS, how)
    stage.add(*(stage.errand(room=IDEAS, text=f"m{n}", priority=BROADCAST) for n in range(5)))
    stage.add(*(stage.errand(room=f"!{n}:x", text=f"o{n}") for n in range(5)))
    await until(lambda: len(stage.server.bodies()) == 5)
    await still(stage)
    for _ in range(20):
        stage.pass_(60)
        await still(stage)
    assert len(stage.sender.lanes.open) == 5
    assert stage.sender.lanes.oldest() is None, "the bot is ready all the same"
    assert stage.sender.lanes.stuck() == {IDEAS: (5, NOW)}
    tried = sum(f"{IDEAS}/send" in path for _, path, _ in stage.server.requests)
    assert tried <= 12, "it is left in peace, longer each time"
    opens(stage, IDEAS)
    done = await stage.drained()
    assert said(stage, IDEAS) == [f"m{n}" for n in range(5)]
    assert [d.error for d in done if d.error] == []
    await still(stage)
    assert stage.sender.lanes.stuck() == {}
    first, *then = said(stage, COORDINATION)
    assert first == (
        "Der Raum Ideen: ich kann dort im Moment nicht schreiben. Ich versuche es weiter. "
        "Was nach einem Tag noch nicht angekommen ist, wird nicht mehr gesendet."
    )
    assert then == ["Der Raum Ideen: ich kann dort wieder schreiben."]


async def test_what_the_sync_has_told_is_told_once(stage: Stage) -> None:
    stage.chat.moves(BOT, "leave", IDEAS, by=MONI)
    closes(stage, IDEAS, "kicked")
    stage.add(stage.errand(room=IDEAS, text="m"))
    for _ in range(10):
        await still(stage)
        stage.pass_(600)
    assert said(stage, COORDINATION) == []
    [told] = [s.text for s in stage.chat.in_room("coordination") if s.machine.get("type") == "remark"]
    assert told == (
        "Der Raum Ideen: ich bin nicht mehr dabei. @moni:localhost hat mich entfernt. "
        "Laden Sie mich bitte wieder ein: Was dort stehen soll, wartet einen Tag lang."
    )


async def test_after_a_day_all_of_it_is_closed_with_its_reason(stage: Stage) -> None:
    closes(stage, A, "kicked")
    stage.add(*(stage.errand(room=A, text=f"m{n}", priority=BROADCAST) for n in range(30)))
    await still(stage)
    stage.wall[0] = NOW + timedelta(days=1, minutes=1)
    young = stage.errand(room=A, text="young", created_at=NOW + timedelta(hours=20))
    stage.add(young)
    stage.pass_(1000)
    await still(stage)
    done = stage.sender.take_done()
    assert {d.error for d in done} == {"not taken for a day: 403 M_FORBIDDEN: no"}
    assert len(done) == 30
    assert stage.sender.ended.lost == {("message", "not taken for a day"): 30}
    assert len(stage.sender.lanes.open) == 1
    opens(stage, A)
    await stage.drained()
    assert said(stage, A) == ["young"]


async def test_after_a_restart_it_waits_on(stage: Stage) -> None:
    closes(stage, A, "banned")
    errands = [stage.errand(room=A, text=f"m{n}") for n in range(3)]
    stage.add(*errands)
    await still(stage)
    old = stage.sender
    again = Sender(
        old.delivery.transport, old.delivery.worker, stage.chat.core, now=lambda: NOW, clock=lambda: 500.0
    )
    again.add(errands)
    running = asyncio.create_task(again.run())
    await until(lambda: again.rests.closed and not again.lanes.busy)
    opens(stage, A)
    again.reopened([A])
    await again.drained()
    running.cancel()
    assert said(stage, A) == ["m0", "m1", "m2"]


async def test_with_the_right_to_write_alone_messages_go_and_invitations_wait(stage: Stage) -> None:
    stage.chat.core.assign_room("group 3", GROUP, now=NOW)
    says(stage, GROUP, OPEN | {"m.room.power_levels": {"invite": 50}})
    stage.server.answers[f"{GROUP}/state/m.room.member/{PIA}"] = refused(404, "M_NOT_FOUND")
    for what in ("invite", "kick", "state"):
        stage.server.trouble(f"{GROUP}/{what}", *[refused()] * NEVER)
    stage.server.answers[f"{GROUP}/state/m.room.member/{KORA}"] = {"membership": "join"}
    topic = {"type": "m.room.topic", "key": "", "content": {"topic": "x"}}
    stage.server.troubles.pop(f"{GROUP}/state")
    stage.server.trouble(f"{GROUP}/state/m.room.topic", *[refused()] * NEVER)
    stage.add(
        stage.errand("invite", GROUP, content={"user_id": PIA}),
        stage.errand("kick", GROUP, content={"user_id": KORA}),
        stage.errand("state", GROUP, content=topic),
        stage.errand("invite", B, content={"user_id": PIA}),
        *(stage.errand(room=GROUP, text=f"m{n}") for n in range(5)),
    )
    await until(lambda: len(said(stage, GROUP)) == 5)
    for _ in range(10):
        await still(stage)
        stage.pass_(600)
    await still(stage)
    assert list(stage.sender.lanes.stuck()) == [f"managing {GROUP}"]
    assert len(stage.sender.lanes.open) == 3
    told = (
        "Der Raum der Gruppe P3: ich darf dort niemanden einladen und nichts einstellen. "
        "Geben Sie mir dort bitte wieder Rechte."
    )
    assert said(stage, COORDINATION) == [told]
    opens(stage, GROUP)
    done = await stage.drained()
    assert [d.error for d in done if d.error] == []
    await still(stage)
    assert said(stage, COORDINATION)[1:] == [
        "Der Raum der Gruppe P3: ich darf dort wieder einladen und einstellen."
    ]


async def test_one_who_is_in_already_or_banned_needs_no_invitation(stage: Stage) -> None:
    stage.server.trouble("/invite", *[refused()] * 3)
    people = {PIA: {"membership": "join"}, KORA: {"membership": "ban"}, MONI: {"membership": "invite"}}
    stage.server.answers |= {f"{A}/state/m.room.member/{who}": state for who, state in people.items()}
    stage.add(*(stage.errand("invite", content={"user_id": who}) for who in people))
    assert [d.error for d in await stage.drained()] == [None] * 3


async def test_an_invitation_that_is_refused_for_the_person_s_sake_is_over(stage: Stage) -> None:
    says(stage, A, OPEN | {"m.room.power_levels": {"users": {BOT: 100}}})
    stage.server.trouble("/invite", refused())
    stage.server.answers[f"{A}/state/m.room.member/{PIA}"] = {"membership": "leave"}
    stage.add(stage.errand("invite", content={"user_id": PIA}))
    assert [d.error for d in await stage.drained()] == ["403 M_FORBIDDEN: no"]
    assert stage.sender.ended.lost == {("invite", "M_FORBIDDEN"): 1}


@pytest.mark.parametrize("how", ["kicked", "not even to be looked at", "its room is gone"])
@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("kind", ["join", "leave"])
async def test_a_way_in_or_out_that_is_refused_is_over(
    stage: Stage, kind: str, status: int, how: str
) -> None:
    """An invitation that was taken back: that the bot is outside is no reason to ask again, and again at once."""
    says(stage, A, CLOSED[how])
    stage.server.trouble(f"/{kind}", *[refused(status, "M_UNKNOWN")] * NEVER)
    stage.add(stage.errand(kind, A, content={}))
    assert [d.error for d in await stage.drained()] == [f"{status} M_UNKNOWN: no"]
    assert sum(f"/{kind}" in path for _, path, _ in stage.server.requests) == 1
    assert stage.sender.lanes.stuck() == {}
    stage.add(stage.errand("join", A, content={}))  # another invitation is another try
    stage.server.troubles.clear()
    assert [d.error for d in await stage.drained()] == [None]


async def test_a_reply_does_not_wait_for_the_card_it_links_to(stage: Stage) -> None:
    closes(stage, IDEAS, "kicked")
    card = stage.errand(room=IDEAS, text="card", priority=CARD)
    html = f'<a href="https://matrix.to/#/{IDEAS}/\x01{card.id}\x01">I1</a>'
    reply = stage.errand(room=B, content=content_of(html, {"type": "x"}), waits_for=card.id)
    stage.add(card, reply, stage.errand(room=B, text="next"))
    await until(lambda: said(stage, B) == ["I1", "next"])
    opens(stage, IDEAS)
    await stage.drained()
    assert said(stage, IDEAS) == ["card"]


async def test_a_reply_waits_a_moment_only_for_a_room_that_fails(stage: Stage) -> None:
    stage.server.trouble(f"{IDEAS}/send", *[Trouble()] * NEVER)
    card = stage.errand(room=IDEAS, text="card", priority=CARD)
    html = f'<a href="https://matrix.to/#/{IDEAS}/\x01{card.id}\x01">I1</a>'
    stage.add(card, stage.errand(room=B, content=content_of(html, {"type": "x"}), waits_for=card.id))
    stage.add(stage.errand(text="o"))
    await until(lambda: said(stage, A) == ["o"])
    for seconds in (0.6, 1.1, 2.1):
        await still(stage)
        assert said(stage, B) == []
        stage.pass_(seconds)
    await until(lambda: said(stage, B) == ["I1"])


async def test_of_edits_that_wait_the_newest_says_it(stage: Stage) -> None:
    card = stage.errand(room=IDEAS, text="card")
    stage.add(card)
    await stage.drained()
    closes(stage, IDEAS, "no right to write")
    for n in range(5):
        stage.add(stage.errand("edit", IDEAS, f"e{n}", waits_for=card.id, priority=EDIT))
        await still(stage)
    opens(stage, IDEAS)
    await stage.drained()
    assert said(stage, IDEAS) == ["card", "* e4"]
    assert stage.sender.ended.lost == {}


@pytest.mark.parametrize("kind", ["reply", "notice"])
async def test_what_is_for_a_person_goes_to_their_chat_of_today(stage: Stage, kind: str) -> None:
    """The person has removed the bot from the one it was meant for."""
    room = stage.chat.direct(PIA)
    stage.chat.apply(RoomBatch(room, (), (), joined=False, by=PIA))
    closes(stage, room, "kicked")
    stage.add(stage.errand(room=room, text="m", priority=BROADCAST))
    await until(lambda: stage.server.events)
    [(where, _, content)] = stage.server.events
    assert (where, content["body"]) == ("!made1", "m")


async def test_what_is_for_the_community_goes_to_nobody_s_chat(stage: Stage) -> None:
    """Whoever has made the room."""
    stage.chat.member(PIA)
    made = stage.chat.made_by(PIA, GROUP, PIA)
    stage.chat.core.assign_room("ideas", made, now=NOW)
    closes(stage, made, "no right to write")
    stage.add(stage.errand(room=made, text="card", priority=CARD))
    await still(stage)
    assert (stage.server.events, len(stage.sender.lanes.open)) == ([], 1)


# --- one that its room never takes


def poison(stage: Stage, room: str, text: str) -> None:
    """The homeserver fails at this text, always."""
    obey = stage.server.obey

    def fails(path: str, body: Any) -> Any:
        if f"{room}/send" in path and body.get("body", "").endswith(text):
            return Trouble(500, {"errcode": "M_UNKNOWN"})
        return obey(path, body)

    stage.server.obey = fails  # type: ignore[method-assign]


async def goes_on(stage: Stage, seconds: float = 120) -> None:
    for _ in range(int(seconds)):
        await still(stage)
        stage.pass_(1)
    await still(stage)


@pytest.mark.parametrize("before", [0, 2])
async def test_one_that_is_never_taken_holds_up_none_of_its_room(stage: Stage, before: int) -> None:
    poison(stage, A, "poison")
    texts = [*(f"b{n}" for n in range(before)), "poison", *(f"m{n}" for n in range(6))]
    stage.add(*(stage.errand(room=A, text=text) for text in texts))
    await goes_on(stage, 20)
    inside = [
        c["body"] if c.get(KEY, {}).get("code") != "internal" else "!" for _, _, c in stage.server.events
    ]
    assert [t for t in inside if t != "!"] == [t for t in texts if t != "poison"]
    assert inside.count("!") == 1, "a command has its one answer all the same"
    assert len(stage.sender.lanes.open) == 0
    stage.add(stage.errand(room=A, text="after"))
    await stage.drained()


async def test_one_alone_waits_and_what_comes_later_passes_it(stage: Stage) -> None:
    poison(stage, A, "poison")
    stage.add(stage.errand(room=A, text="poison"), stage.errand(room=B, text="o"))
    await goes_on(stage, 100)
    for n in range(3):
        stage.add(stage.errand(room=A, text=f"m{n}"))
        await until(lambda n=n: f"m{n}" in stage.server.bodies())  # type: ignore[misc]
    await stage.drained()
    assert [b for b in said(stage, A) if b.startswith("m")] == ["m0", "m1", "m2"]


async def test_an_edit_that_is_never_taken_holds_up_no_message(stage: Stage) -> None:
    poison(stage, A, "poison")
    card = stage.errand(room=A, text="card")
    edit = stage.errand("edit", A, "poison", waits_for=card.id, priority=EDIT)
    stage.add(card, edit)
    for n in range(5):
        stage.add(stage.errand(room=A, text=f"m{n}"))
        await goes_on(stage, 3)
        assert f"m{n}" in stage.server.bodies()
    await goes_on(stage, 30)
    assert len(stage.sender.lanes.open) == 0
    assert stage.sender.ended.lost == {("edit", "spoilt"): 1}


async def test_a_room_that_takes_none_keeps_its_order(stage: Stage) -> None:
    """Another one is tried before the first, and stands behind it again when it fails too."""
    stage.server.trouble(f"{A}/send", *[Trouble(500, {"errcode": "M_UNKNOWN"})] * 9)
    stage.add(*(stage.errand(text=f"m{n}") for n in range(5)), stage.errand(room=B, text="o"))
    await goes_on(stage, 10)
    for _ in range(5):
        stage.pass_(900)
        await still(stage)
    await stage.drained()
    assert said(stage, A) == [f"m{n}" for n in range(5)]
    assert stage.sender.ended.lost == {}


# --- what the store makes of it


def test_an_edit_that_was_given_up_is_made_when_the_rights_are_back(chat: Chat) -> None:
    chat.member(PIA)
    chat.reply("!idee neu Erste Idee", by=PIA)
    card = chat.card("I1")
    chat.changes(IDEAS, "m.room.power_levels", {"events_default": 50}, by=MONI)
    deliver = chat.deliver

    def giving_up(errands: list[Any]) -> None:
        here = [e for e in errands if e.room == IDEAS]
        deliver([e for e in errands if e.room != IDEAS])
        chat.core.record([outbox.Done(e.id, None, "not taken for a day: x") for e in here], now=chat.now)

    chat.deliver = giving_up  # type: ignore[method-assign]
    chat.reacts(card, "👍", by=KORA)
    chat.reply("!idee neu Zweite Idee", by=PIA, room=chat.direct(PIA))
    chat.deliver = deliver  # type: ignore[method-assign]
    chat.changes(IDEAS, "m.room.power_levels", {"events_default": 50, "users": {BOT: 100}}, by=MONI)
    chat.core.edit_cards(now=chat.now)
    assert chat.card("I2").room == IDEAS
