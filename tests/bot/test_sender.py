"""The sender against a server that has its troubles: nothing lost, nothing doubled, everything in its order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.core.batches import RoomBatch
from bot.core.events import State
from bot.core.rooms import MARKER
from bot.matrix.limits import AT_ONCE
from bot.matrix.sender import Sender
from bot.matrix.session import LoggedOutError
from bot.rendering.polls import end_of, start_of
from bot.rendering.replies import KEY, TXN_KEY, content_of, file_content
from commands.framework import Ballot, links
from storage import outbox
from storage.outbox import BROADCAST, CARD, EDIT, SEED, Done
from tests.support.chat import HALL, NOW, ROOMS
from tests.support.peer import BOT, CUT, Trouble, limited, refused, until
from tests.support.sending import A, B, C, Stage

# --- order


async def test_a_room_s_messages_keep_their_order(stage: Stage) -> None:
    stage.server.open.clear()
    stage.add(*(stage.errand(room=room, text=f"{room[1]}{n}") for n in range(30) for room in (A, B, C)))
    await until(lambda: stage.server.under_way == 3)
    stage.server.open.set()
    done = await stage.drained()
    for room in (A, B, C):
        assert [
            b for (r, _, _), b in zip(stage.server.events, stage.server.bodies(), strict=True) if r == room
        ] == [f"{room[1]}{n}" for n in range(30)]
    assert len(done) == 90
    assert all(d.event_id and d.error is None for d in done)
    assert 1 < stage.server.most_at_once <= AT_ONCE


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(),
        Trouble(200, "<html>Please log in</html>"),
        Trouble(200, {}),
        Trouble(200, {"event_id": 7}),
        Trouble(200, []),
        Trouble(200, "null"),
        Trouble(500, {"errcode": "M_UNKNOWN"}),
        Trouble(504, ""),
        Trouble(200, "[" * 50_000),
        CUT,
        Trouble(obeyed=True),
        Trouble(0, obeyed=True),
    ],
    ids=str,
)
async def test_whatever_the_server_says_nothing_is_lost_or_doubled(stage: Stage, trouble: Trouble) -> None:
    stage.server.trouble("/send/", trouble, trouble)
    stage.add(*(stage.errand(text=f"m{n}") for n in range(5)))
    done = await stage.patiently()
    assert [bool(d.event_id) for d in done] == [True] * 5
    assert stage.server.bodies() == [f"m{n}" for n in range(5)]


async def test_while_the_server_is_away_it_is_left_in_peace(stage: Stage) -> None:
    stage.server.trouble("/send/", *(Trouble() for _ in range(8)))
    stage.add(*(stage.errand(room=f"!{n}:x", text=f"m{n}") for n in range(4)))
    await until(lambda: len(stage.server.requests) == 4 and not stage.sender.lanes.busy)
    stage.pass_(0.1)
    assert stage.sender.lanes.pick() is None
    stage.pass_(20)
    await until(lambda: len(stage.server.requests) == 8 and not stage.sender.lanes.busy)
    stage.pass_(20)
    await stage.drained()
    assert sorted(stage.server.bodies()) == ["m0", "m1", "m2", "m3"]


# --- polls


async def test_a_poll_and_its_end_are_events_of_their_own(stage: Stage) -> None:
    ballot = Ballot("survey", 1, "Wann?", ("heute", "morgen"))
    poll = stage.errand(
        "poll", content=start_of(content_of("Wann? 1 heute, 2 morgen", {"type": "x"}), ballot)
    )
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": links.of_row(poll.id)}}
    over = end_of(content_of("heute: 2", {"type": "x"})) | relation
    stage.add(poll, stage.errand("poll_end", content=over, waits_for=poll.id))
    await stage.drained()
    [(_, kind, first), (_, then, last)] = stage.server.events
    assert (kind, then) == ("org.matrix.msc3381.poll.start", "org.matrix.msc3381.poll.end")
    assert first["org.matrix.msc1767.text"] == "Wann? 1 heute, 2 morgen"
    assert last["m.relates_to"]["event_id"] == "$event0"


@pytest.mark.parametrize("status", [400, 403, 413])
async def test_in_a_room_that_takes_no_polls_it_is_asked_in_words(stage: Stage, status: int) -> None:
    stage.server.trouble("/send/org.matrix.msc3381", refused(status))
    poll = stage.errand(
        "poll", content=start_of(content_of("Wann?", {"type": "x"}), Ballot("x", 1, "?", ("a",)))
    )
    relation = {"m.relates_to": {"rel_type": "m.reference", "event_id": links.of_row(999)}}
    over = stage.errand(
        "poll_end", content=end_of(content_of("Ende", {"type": "x"})) | relation, waits_for=999
    )
    stage.add(poll, over)  # the second ends what never stood there
    done = await stage.drained()
    assert [(kind, set(content) & {"m.relates_to"}) for _, kind, content in stage.server.events] == [
        ("m.room.message", set())
    ] * 2
    assert stage.server.bodies() == ["Wann?", "Ende"]
    assert [one.error for one in done] == [None, None]


# --- one bad room, one server that is down


def bad_room(stage: Stage, room: str, trouble: Trouble | None = None) -> None:
    stage.server.trouble(f"{room}/send", *([trouble or Trouble(500, {"errcode": "M_UNKNOWN"})] * 5_000))


@pytest.mark.parametrize("trouble", [Trouble(500, {"errcode": "M_UNKNOWN"}), Trouble(), CUT], ids=str)
@pytest.mark.parametrize("bad", [1, 3])
@pytest.mark.parametrize("limit", [False, True])
async def test_a_room_that_takes_nothing_holds_up_no_other(
    stage: Stage, trouble: Trouble, bad: int, limit: bool
) -> None:
    for n in range(bad):
        bad_room(stage, f"!bad{n}:x", trouble)
    if limit:
        stage.server.trouble("!0:x/send", limited(1000))
    stage.add(*(stage.errand(room=f"!bad{n}:x", text="bad") for n in range(bad) for _ in range(5)))
    await until(lambda: stage.server.requests and not stage.sender.lanes.busy)
    stage.add(*(stage.errand(room=f"!{n}:x", text=f"m{n}") for n in range(30)))
    for _ in range(60):
        if len(stage.server.events) == 30:
            break
        await until(lambda: not stage.sender.lanes.busy)
        stage.pass_(1.1)
    assert len(stage.server.events) == 30
    tried = sum("!bad" in path for _, path, _ in stage.server.requests)
    assert tried <= 12 * bad, "it is left in peace, longer each time"
    good = [
        body["body"] for _, path, body in stage.server.requests if "!bad" not in path and "/send/" in path
    ]
    assert len(good) == 30 + limit, "and every other message is one request"


async def test_once_it_takes_messages_again_they_come_in_order(stage: Stage) -> None:
    stage.server.trouble(f"{A}/send", *[Trouble()] * 9)
    stage.add(stage.errand(room=B, text="b"), *(stage.errand(text=f"m{n}") for n in range(5)))
    await until(lambda: stage.server.bodies() == ["b"] and not stage.sender.lanes.busy)
    while stage.sender.lanes.open:
        await until(lambda: not stage.sender.lanes.busy)
        stage.pass_(30)
    assert stage.server.bodies() == ["b", *(f"m{n}" for n in range(5))]


async def test_a_server_elsewhere_that_is_down_holds_up_nobody_here(stage: Stage) -> None:
    """Each invitation is answered 502, or not at all: they get out of the way of all messages."""
    stage.server.trouble("/invite", *[Trouble(502, {"errcode": "M_UNKNOWN"})] * 500)
    stage.add(*(stage.errand("invite", content={"user_id": f"@u{n}:far.example"}) for n in range(50)))
    await until(lambda: stage.server.requests and not stage.sender.lanes.busy)
    stage.add(*(stage.errand(room=f"!{n}:x", text=f"m{n}") for n in range(30)))
    await until(lambda: len(stage.server.events) == 30)
    assert stage.sender.rests.away_until == 0
    invited = sum("/invite" in path for _, path, _ in stage.server.requests)
    assert invited <= 4, "one server elsewhere is one place"


async def test_after_a_day_it_is_closed_with_a_reason_and_coordinators_were_told_once(stage: Stage) -> None:
    ideas = ROOMS["ideas"]
    bad_room(stage, ideas)
    stage.add(stage.errand(room=B, text="b"), stage.errand(room=ideas, text="old"))
    await until(lambda: stage.server.bodies() == ["b"])
    for _ in range(40):
        await until(lambda: not stage.sender.lanes.busy and not stage.sender.undelivered.telling)
        stage.pass_(1000)
    told = [content for room, _, content in stage.server.events if room == ROOMS["coordination"]]
    [said] = [t["body"] for t in told]
    assert said == (
        "Der Raum Ideen: ich kann dort im Moment nicht schreiben. Ich versuche es weiter. "
        "Was nach einem Tag noch nicht angekommen ist, wird nicht mehr gesendet."
    )
    inside = stage.chat.reply("!status", by="@kora:localhost").text
    assert "Der Raum Ideen: ich kann dort im Moment nicht schreiben" in inside
    assert len(stage.sender.lanes.open) == 1
    assert stage.sender.lanes.oldest() is None, "the bot is ready all the same"
    day_later = NOW + timedelta(days=1, minutes=1)
    stage.wall[0] = day_later
    stage.pass_(1000)
    await until(lambda: not stage.sender.lanes.open)
    [done] = [d for d in stage.sender.take_done() if d.error]
    assert done.error == "not taken for a day: status 500 M_UNKNOWN"
    stage.server.troubles.clear()
    stage.add(stage.errand(room=ideas, text="new", created_at=day_later))
    stage.pass_(1000)
    await stage.drained()
    await until(lambda: not stage.sender.undelivered.telling)
    assert "kann dort" not in stage.chat.reply("!status", by="@kora:localhost").text


async def test_coordinators_are_told_once_the_store_can_take_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """That the place takes nothing, and that it does again: neither is forgotten because of the store."""

    async def store(only_read: str) -> None:
        def say() -> None:
            with stage.chat.database.engine.connect() as connection:
                sqlite = connection.dialect.name == "sqlite"
                what = "PRAGMA query_only" if sqlite else "SET default_transaction_read_only"
                connection.exec_driver_sql(f"{what} = {only_read}")
                connection.commit()

        await stage.sender.delivery.worker.run(say)

    async def pass_(times: int) -> None:
        for _ in range(times):
            await until(lambda: not stage.sender.lanes.busy and not stage.sender.undelivered.telling)
            stage.pass_(1000)
        await until(lambda: not stage.sender.lanes.busy and not stage.sender.undelivered.telling)

    def told() -> list[str]:
        return [content["body"] for room, _, content in stage.server.events if room == ROOMS["coordination"]]

    ideas = ROOMS["ideas"]
    bad_room(stage, ideas)
    stage.add(stage.errand(room=B, text="b"), stage.errand(room=ideas, text="m"))
    await until(lambda: stage.server.bodies() == ["b"])
    await store("ON")
    await pass_(4)
    assert told() == []
    assert "not told" in caplog.messages
    await store("OFF")
    await pass_(4)
    [first] = told()
    assert "ich kann dort im Moment nicht schreiben" in first
    await store("ON")
    stage.server.troubles.clear()
    await pass_(2)
    assert told() == [first]
    await store("OFF")
    stage.add(stage.errand(room=ideas, text="n"))
    await pass_(2)
    assert told()[1:] == ["Der Raum Ideen: ich kann dort wieder schreiben."]


async def test_while_the_homeserver_is_away_no_room_is_blamed_and_nothing_is_closed(stage: Stage) -> None:
    stage.age = timedelta(days=3)
    stage.sender.heard(well=False)
    stage.server.trouble("/send", *[Trouble()] * 10)
    stage.add(stage.errand(text="m"))
    for _ in range(9):
        await until(lambda: not stage.sender.lanes.busy)
        stage.pass_(3_000)
    await until(lambda: not stage.sender.lanes.busy)
    assert stage.sender.rests.places == {}
    stage.server.troubles.clear()
    stage.sender.heard(well=True)
    await stage.drained()
    assert stage.server.bodies() == ["m"]


async def test_a_reply_that_the_room_refuses_goes_to_the_direct_chat(stage: Stage) -> None:
    stage.chat.member("@pia:localhost")
    reply = stage.chat.reply("!idee liste", room=HALL)
    with stage.chat.database.transaction() as tx:
        row = outbox.get(tx, int(reply.event_id.removeprefix("$sent")))
    assert row is not None
    stage.server.trouble(f"{HALL}/send", refused())
    stage.add(stage.errand(room=HALL, content=row.content))
    await until(lambda: stage.server.events)
    [(room, _, content)] = stage.server.events
    assert room == "!direct-pia:localhost"
    assert content["body"] == reply.text
    assert "m.relates_to" not in content


@pytest.mark.parametrize(
    "trouble",
    [
        refused(404, "M_UNRECOGNIZED"),
        refused(405, "M_UNRECOGNIZED"),
        Trouble(404, {"error": "no"}),
        Trouble(403, {}),
    ],
    ids=str,
)
async def test_what_no_homeserver_would_say_refuses_nothing(stage: Stage, trouble: Trouble) -> None:
    """A proxy or a worker wrongly set, as during an upgrade."""
    stage.server.trouble("/send/", *[trouble] * 4)
    stage.add(stage.errand(text="m"), stage.errand(text="n"))
    done = await stage.patiently()
    assert stage.server.bodies() == ["m", "n"]
    assert [d.error for d in done] == [None, None]


# --- what waits for something


async def test_an_edit_and_its_seeds_wait_for_the_message(stage: Stage) -> None:
    stage.server.open.clear()
    message = stage.errand(text="card")
    edit = stage.errand("edit", text="new", waits_for=message.id, priority=EDIT)
    seed = stage.errand("reaction", text="👍", waits_for=message.id, priority=SEED)
    stage.add(message, edit, seed)
    await until(lambda: stage.server.under_way == 1)
    stage.server.open.set()
    await stage.drained()
    first, *others = [content for _, _, content in stage.server.events]
    assert (first["body"], first.get(TXN_KEY)) == ("card", None)
    by_type = {content["m.relates_to"]["rel_type"]: content for content in others}
    assert by_type["m.replace"]["m.relates_to"]["event_id"] == "$event0"
    assert by_type["m.replace"]["m.new_content"]["body"] == "new"
    assert by_type["m.replace"][TXN_KEY] == edit.txn
    assert by_type["m.annotation"]["m.relates_to"] == {
        "rel_type": "m.annotation",
        "event_id": "$event0",
        "key": "👍",
    }


async def test_a_link_waits_for_the_card_in_another_room(stage: Stage) -> None:
    card = stage.errand(room=B, text="card", priority=CARD)
    html = '<a href="https://matrix.to/#/!b:localhost/\x011000\x01">I1</a>'
    reply = stage.errand(content=content_of(html, {"type": "x"}), waits_for=card.id)
    after = stage.errand(text="after")
    stage.server.trouble("!b:localhost/send", Trouble())
    stage.add(card, reply, after)
    await stage.patiently()
    assert stage.server.bodies() == ["card", "I1", "after"]
    assert "!b:localhost/$event0" in stage.server.events[1][2]["formatted_body"]


async def test_what_waits_for_a_message_that_is_dropped(stage: Stage) -> None:
    """The edit and the seed have nothing to stand on; the reply links to the room."""
    stage.server.trouble("!b:localhost/send", refused())
    card = stage.errand(room=B, text="card", priority=CARD)
    html = '<a href="https://matrix.to/#/!b:localhost/\x011000\x01">I1</a>'
    reply = stage.errand(content=content_of(html, {"type": "x"}), waits_for=card.id)
    edit = stage.errand("edit", B, "new", waits_for=card.id)
    seed = stage.errand("reaction", B, "👍", waits_for=card.id, priority=SEED)
    chain = stage.errand("edit", B, "newer", waits_for=edit.id)
    stage.add(card, reply, edit, seed, chain)
    done = {d.id: d for d in await stage.drained()}
    assert stage.server.bodies() == ["I1"]
    assert 'href="https://matrix.to/#/!b:localhost"' in stage.server.events[0][2]["formatted_body"]
    assert "M_FORBIDDEN" in str(done[card.id].error)
    assert [done[e.id].event_id for e in (edit, seed, chain)] == [None, None, None]


async def test_it_waits_for_what_was_sent_before_the_start(stage: Stage) -> None:
    with stage.chat.database.transaction() as tx:
        sent = outbox.add(tx, txn="old", kind="message", room=A, content={}, at=NOW)
        outbox.mark_done(tx, [Done(sent.id, "$old")], at=NOW)
    stage.add(stage.errand("edit", text="new", waits_for=sent.id))
    await stage.drained()
    assert stage.server.events[0][2]["m.relates_to"]["event_id"] == "$old"


# --- limits


async def test_the_server_s_pause_is_kept_to(stage: Stage) -> None:
    stage.server.trouble("/send/", limited(5000))
    stage.add(stage.errand(text="m"))
    await until(lambda: stage.sender.refusals == 1 and not stage.sender.lanes.busy)
    assert stage.sender.limited
    stage.pass_(4.9)
    assert stage.sender.lanes.pick() is None
    assert len(stage.server.requests) == 1
    stage.pass_(0.2)
    await stage.drained()
    assert stage.server.bodies() == ["m"]


async def test_seeds_are_left_out_while_limited(stage: Stage) -> None:
    stage.server.trouble("/send/", limited(1000))
    card = stage.errand(text="card", priority=CARD)
    before = stage.errand("reaction", text="👍", waits_for=card.id, priority=SEED)
    stage.add(card, before)
    await until(lambda: stage.sender.refusals == 1 and not stage.sender.lanes.busy)
    after = stage.errand("reaction", text="👎", waits_for=card.id, priority=SEED)
    stage.add(after)
    stage.pass_(1.1)
    await until(lambda: stage.server.events)
    stage.pass_(1.1)
    done = {d.id: d for d in await stage.drained()}
    assert stage.server.bodies() == ["card"]
    assert {done[e.id].error for e in (before, after)} == {"left out while limited"}


async def test_what_is_put_on_and_taken_off_a_message_is_done_in_order(stage: Stage) -> None:
    stage.server.open.clear()
    stage.server.answers["/redact/"] = {"event_id": "$gone"}
    card = stage.errand(text="card")
    on = stage.errand("reaction", text="👍", waits_for=card.id, priority=SEED)
    what = {"event_id": None, "row": on.id, "key": "👍"}
    off = stage.errand("redaction", content=what, waits_for=card.id, priority=SEED)
    again = stage.errand("reaction", text="👍", waits_for=card.id, priority=SEED)
    stage.add(card, on, off, again)
    stage.server.open.set()
    done = {d.id: d for d in await stage.drained()}
    paths = [path for _, path, _ in stage.server.requests]
    assert [f"/redact/{done[on.id].event_id}" in path for path in paths] == [False, False, True, False]


async def test_one_that_is_there_already_is_no_failure(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.server.trouble("m.reaction", refused(400, "M_DUPLICATE_ANNOTATION"))
    card = stage.errand(text="card")
    on = stage.errand("reaction", text="👍", waits_for=card.id, priority=SEED)
    stage.add(card, on)
    done = {d.id: d for d in await stage.drained()}
    assert (done[on.id].event_id, done[on.id].error) == (None, None)
    assert caplog.records == []


async def test_one_that_is_forgotten_is_looked_for(stage: Stage) -> None:
    chunk = [
        {
            "type": "m.reaction",
            "event_id": f"${sender}{key}",
            "sender": sender,
            "content": {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$event0", "key": key}},
        }
        for sender, key in (("@pia:localhost", "👍"), (BOT, "👎"), (BOT, "👍"))
    ]
    stage.server.answers |= {"/relations/": {"chunk": chunk}, "/redact/": {"event_id": "$gone"}}
    card = stage.errand(text="card")
    off = stage.errand(
        "redaction", content={"event_id": None, "row": None, "key": "👍"}, waits_for=card.id, priority=SEED
    )
    stage.add(card, off)
    await stage.drained()
    taken = [path.partition("/redact/")[2] for _, path, _ in stage.server.requests if "/redact/" in path]
    assert taken == [f"${BOT}👍/{off.txn}"]


# --- what the server refuses


async def test_an_invitation_of_one_who_is_in_already_is_done(stage: Stage) -> None:
    stage.server.trouble("/invite", refused())
    stage.server.trouble("/kick", refused())
    stage.add(
        *(
            stage.errand(kind, content={"user_id": "@pia:localhost"})
            for kind in ("invite", "kick", "join", "leave")
        )
    )
    assert {d.error for d in await stage.drained()} == {None}


@pytest.mark.parametrize("code", ["M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"])
async def test_a_session_that_is_over_ends_the_program(stage: Stage, code: str) -> None:
    stage.server.trouble("/send/", refused(401, code))
    errand = stage.errand()
    sender = Sender(
        stage.sender.delivery.transport,
        stage.sender.delivery.worker,
        stage.chat.core,
        now=lambda: NOW,
        clock=lambda: 1.0,
    )
    sender.add([errand])
    with pytest.raises(LoggedOutError):
        async with asyncio.timeout(10):
            await sender.run()
    assert sender.take_done() == []  # it is still to be sent, with a new session


@pytest.mark.parametrize("status", [400, 413])
async def test_a_message_that_is_unfit_is_answered_all_the_same(stage: Stage, status: int) -> None:
    stage.server.trouble("/send/", refused(status, "M_TOO_LARGE"))
    relation = {"m.in_reply_to": {"event_id": "$c"}}
    content = content_of("x" * 50, {"type": "x"}) | {"m.relates_to": relation}
    stage.add(stage.errand(content=content), stage.errand(text="next"))
    await stage.drained()
    (_, _, answer), (_, _, following) = stage.server.events
    assert answer[KEY]["code"] == "internal"
    assert answer["m.relates_to"] == relation
    assert following["body"] == "next"


async def test_an_errand_that_makes_no_sense_stops_no_other(stage: Stage) -> None:
    stage.add(
        stage.errand("file", content={"data": "x"}), stage.errand("nonsense"), stage.errand(text="next")
    )
    done = await stage.drained()
    assert stage.server.bodies() == ["next"]
    assert sorted(bool(d.error) for d in done) == [False, True, True]


# --- files, old messages, direct chats


async def test_a_file_is_uploaded_then_sent(stage: Stage) -> None:
    stage.server.trouble("/upload", Trouble(), limited(1000))
    stage.add(
        stage.errand("file", content=file_content("ä.png", "image/png", b"\x89PNG\x00", {"type": "file"}))
    )
    for requests in (1, 2):
        await until(lambda r=requests: len(stage.server.requests) == r and not stage.sender.lanes.busy)  # type: ignore[misc]
        stage.pass_(20)
    await stage.drained()
    [(_, _, content)] = stage.server.events
    assert (content["url"], content["filename"]) == ("mxc://localhost/file", "ä.png")
    assert not {"data", "base64"} & set(content)
    assert [body for _, path, body in stage.server.requests if path.endswith("/upload")] == [
        b"\x89PNG\x00"
    ] * 3


async def test_it_came_back_in_the_sync_before_the_answer(stage: Stage) -> None:
    stage.server.open.clear()
    message = stage.errand(text="m")
    stage.add(message, stage.errand(text="next"))
    await until(lambda: stage.server.under_way == 1)
    stage.sender.saw(message.txn, "$seen")
    stage.sender.saw(message.txn, "$seen")
    stage.sender.saw("unknown", "$x")
    stage.server.open.set()
    done = await stage.drained()
    assert [(d.id, d.event_id) for d in done if d.id == message.id] == [(message.id, "$seen")]
    assert stage.server.bodies() == ["m", "next"]


@pytest.mark.parametrize("why", ["a day old", "another device"])
async def test_what_the_homeserver_may_not_recognise_is_looked_for_first(stage: Stage, why: str) -> None:
    if why == "a day old":
        stage.age = timedelta(hours=21)
    else:  # a transaction id is its device's
        stage.chat.core.device_since = NOW
        stage.age = timedelta(seconds=1)
    junk: list[Any] = [
        None,
        7,
        "x",
        [],
        {},
        {"sender": BOT, "content": [1]},
        {"sender": BOT, "content": {TXN_KEY: 1}},
    ]
    there = {"sender": BOT, "event_id": "$there", "content": {TXN_KEY: "txn1000"}, "origin_server_ts": 10**13}
    stage.server.answers["/messages"] = {"chunk": [*junk, there]}
    stage.add(stage.errand(text="there"), stage.errand(text="not there"))
    done = await stage.drained()
    assert stage.server.bodies() == ["not there"]
    assert [d.event_id for d in done] == ["$there", "$event0"]
    stage.age = timedelta(0)
    asked = len(stage.server.requests)
    stage.add(stage.errand(text="of today, and of this device"))
    assert len(await stage.drained()) == 1
    assert len(stage.server.requests) == asked + 1


async def test_replies_keep_their_order_beside_what_was_for_the_person(stage: Stage) -> None:
    """What was written to a person whose direct chat was not known yet goes there, in a lane of its own."""
    room = stage.chat.direct("@pia:localhost")
    stage.server.open.clear()
    stage.add(stage.errand(room="@pia:localhost", text="told", priority=BROADCAST))
    stage.add(*(stage.errand(room=room, text=f"r{n}") for n in range(3)))
    await until(lambda: stage.server.under_way == 2)
    stage.add(*(stage.errand(room=room, text=f"r{n}") for n in range(3, 9)))
    stage.server.open.set()
    await stage.drained()
    stage.add(stage.errand(room=room, text="r9"))
    await stage.drained()
    assert [b for b in stage.server.bodies() if b != "told"] == [f"r{n}" for n in range(10)]


async def test_a_direct_chat_is_made_once(stage: Stage) -> None:
    stage.add(*(stage.errand(room="@urs:localhost", text=f"m{n}") for n in range(3)))
    await stage.drained()
    made = [body for _, path, body in stage.server.requests if path.endswith("/createRoom")]
    assert [(b["invite"], b["is_direct"], b["creation_content"]) for b in made] == [
        (["@urs:localhost"], True, {MARKER: "direct @urs:localhost"})
    ]
    assert [room for room, _, _ in stage.server.events] == ["!made1"] * 3


async def test_who_has_left_the_direct_chat_gets_another_only_with_an_answer(stage: Stage) -> None:
    """After a restart, too; and nothing is said into the room that was given up."""
    urs = "@urs:localhost"
    stage.add(stage.errand(room=urs, text="first"))
    await stage.drained()
    enters = [
        State("!made1", "$1", BOT, NOW, "m.room.create", "", {MARKER: f"direct {urs}"}),
        State("!made1", "$2", BOT, NOW, "m.room.member", BOT, {"membership": "join"}),
        State("!made1", "$3", BOT, NOW, "m.room.member", urs, {"membership": "invite"}),
        State("!made1", "$4", urs, NOW, "m.room.member", urs, {"membership": "leave"}),
    ]
    stage.chat.apply(RoomBatch("!made1", enters, (), joined=True, fresh=True))
    stage.add(stage.errand(room=urs, text="notice", priority=BROADCAST))
    stage.add(stage.errand(room=urs, text="card", priority=CARD))
    assert all(done.event_id is None for done in await stage.drained())
    stage.add(stage.errand(room=urs, text="answer"))
    stage.add(stage.errand(room=urs, text="notice now", priority=BROADCAST))
    await stage.drained()
    said = [
        (room, body) for (room, _, _), body in zip(stage.server.events, stage.server.bodies(), strict=True)
    ]
    assert said == [("!made1", "first"), ("!made2", "answer"), ("!made2", "notice now")]


async def test_a_room_found_after_a_crash_must_still_be_the_two_s(stage: Stage) -> None:
    urs = "@urs:localhost"
    opened = [
        State("!open", "$1", BOT, NOW, "m.room.create", "", {MARKER: f"direct {urs}"}),
        State("!open", "$2", BOT, NOW, "m.room.member", BOT, {"membership": "join"}),
        State("!open", "$3", BOT, NOW, "m.room.member", urs, {"membership": "join"}),
        State("!open", "$4", urs, NOW, "m.room.join_rules", "", {"join_rule": "public"}),
    ]
    stage.chat.apply(RoomBatch("!open", opened, (), joined=True, fresh=True))
    stage.server.answers["/joined_rooms"] = {"joined_rooms": ["!open"]}
    stage.server.answers["!open/state"] = {"sender": BOT, "content": {MARKER: f"direct {urs}"}}
    stage.add(stage.errand(room=urs, text="m", tried_at=NOW))
    await stage.drained()
    assert [room for room, _, _ in stage.server.events] == ["!made1"]


async def test_a_direct_chat_made_before_a_crash_is_found(stage: Stage) -> None:
    """Not knowing is no reason to make a second one."""
    stage.server.answers["/joined_rooms"] = {"joined_rooms": ["!other", "!mine"]}
    stage.server.answers["!mine/state"] = {"sender": BOT, "content": {MARKER: "direct @urs:localhost"}}
    stage.server.trouble("!mine/state", limited(1000), Trouble())
    stage.server.trouble("!other/state", refused(), refused(), refused())
    stage.add(stage.errand(room="@urs:localhost", text="m", tried_at=NOW))
    await until(lambda: stage.sender.refusals == 1 and not stage.sender.lanes.busy)
    stage.pass_(1.1)
    await until(
        lambda: (
            sum("!mine/state" in p for _, p, _ in stage.server.requests) == 2 and not stage.sender.lanes.busy
        )
    )
    stage.pass_(20)
    await stage.drained()
    assert [room for room, _, _ in stage.server.events] == ["!mine"]
    assert not any(path.endswith("/createRoom") for _, path, _ in stage.server.requests)


async def test_a_direct_chat_of_which_no_sync_has_told_is_found_too(stage: Stage) -> None:
    """The first message was sent and recorded, then came the crash: the second has not been tried itself."""
    stage.age = timedelta(seconds=5)
    stage.server.answers["/joined_rooms"] = {"joined_rooms": ["!forged", "!mine"]}
    stage.server.answers["!forged/state"] = {"sender": "@x:x", "content": {MARKER: "direct @urs:localhost"}}
    stage.server.answers["!mine/state"] = {"sender": BOT, "content": {MARKER: "direct @urs:localhost"}}
    stage.add(stage.errand(room="@urs:localhost", text="m"))
    await stage.drained()
    assert [room for room, _, _ in stage.server.events] == ["!mine"]


async def test_settled_is_when_nothing_is_under_way(stage: Stage) -> None:
    stage.server.open.clear()
    stage.add(stage.errand(text="m"), stage.errand(text="next"))
    await until(lambda: stage.server.under_way == 1)
    settling = asyncio.create_task(stage.sender.settled())
    await asyncio.sleep(0)
    assert not settling.done()
    stage.server.open.set()
    await settling
    assert stage.server.bodies() == ["m"]
    assert [d.event_id for d in stage.sender.take_done()] == ["$event0"]


# --- rooms of things


def state_of(server: Any) -> list[tuple[str, Any]]:
    """What state was written: path after the room, content."""
    return [
        (path.partition("/state/")[2], body)
        for method, path, body in server.requests
        if method == "PUT" and "/state/" in path
    ]


ROOM: dict[str, Any] = {"name": "Gruppe P3", "topic": "Umzug", "space": "!space:localhost"}


async def test_the_room_of_a_group_is_made_once(stage: Stage) -> None:
    stage.add(
        stage.errand("create", "group 3", content=ROOM), stage.errand("create", "group 4", content=ROOM)
    )
    stage.add(stage.errand("create", "group 3", content=ROOM))
    done = await stage.drained()
    assert sorted(d.event_id or "" for d in done) == ["!made1", "!made1", "!made2"]
    made = [body for _, path, body in stage.server.requests if path.endswith("/createRoom")]
    assert [b["creation_content"] for b in made] == [{MARKER: "group 3"}, {MARKER: "group 4"}]
    assert (made[0]["name"], made[0]["topic"]) == ("Gruppe P3", "Umzug")
    assert made[0]["power_level_content_override"] == {"invite": 50}, (
        "nobody is named: the maker stands above"
    )
    first = {event["type"]: event for event in made[0]["initial_state"]}
    assert first["m.room.join_rules"]["content"] == {"join_rule": "invite"}
    assert first["m.room.history_visibility"]["content"] == {"history_visibility": "shared"}
    assert first["m.room.server_acl"]["content"]["allow"] == ["localhost"]
    assert first["m.space.parent"]["state_key"] == "!space:localhost"


async def test_without_a_space_it_has_no_parent(stage: Stage) -> None:
    stage.add(stage.errand("create", "group 3", content=ROOM | {"space": None}))
    await stage.drained()
    [made] = [body for _, path, body in stage.server.requests if path.endswith("/createRoom")]
    assert "m.space.parent" not in {event["type"] for event in made["initial_state"]}


async def test_the_room_of_a_group_made_before_a_crash_is_found(stage: Stage) -> None:
    stage.server.answers["/joined_rooms"] = {"joined_rooms": ["!forged", "!mine"]}
    stage.server.answers["!forged/state"] = {"sender": "@x:x", "content": {MARKER: "group 3"}}
    stage.server.answers["!mine/state"] = {"sender": BOT, "content": {MARKER: "group 3"}}
    stage.add(stage.errand("create", "group 3", content=ROOM, tried_at=NOW))
    [done] = await stage.drained()
    assert done.event_id == "!mine"
    assert not any(path.endswith("/createRoom") for _, path, _ in stage.server.requests)


async def test_a_room_that_the_store_knows_is_not_made_again(stage: Stage) -> None:
    stage.chat.process()
    stage.chat.group_room(1)
    stage.add(stage.errand("create", "group 1", content=ROOM))
    [done] = await stage.drained()
    assert done.event_id == "!group1:localhost"
    assert stage.server.requests == []


async def test_making_rooms_waits_for_the_server_and_delays_no_reply(stage: Stage) -> None:
    stage.server.trouble("/createRoom", limited(5000))
    stage.add(stage.errand("create", "group 3", content=ROOM, priority=BROADCAST))
    await until(lambda: stage.sender.refusals)
    stage.add(stage.errand(text="reply"))
    await until(lambda: "reply" in stage.server.bodies())
    await until(lambda: len(stage.sender.lanes.open) == 1)
    stage.pass_(20)
    [done] = [d for d in await stage.drained() if d.event_id == "!made2"]
    assert done.error is None


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("12", {"@kora:localhost": 100, "@urs:localhost": 50}),
        ("11", {BOT: 100, "@kora:localhost": 100, "@urs:localhost": 50}),
    ],
)
async def test_powers_are_given_and_taken_beside_what_people_set(
    stage: Stage, version: str, expected: dict[str, int]
) -> None:
    maker = {BOT: 100} if version == "11" else {}
    now = {"users": maker | {"@pia:localhost": 50}, "events_default": 0, "ban": 60}
    stage.server.answers["m.room.create"] = {"sender": BOT, "content": {"room_version": version}}
    stage.server.answers["m.room.power_levels"] = lambda _path, body: now if not body else {"event_id": "$x"}
    users = {"@kora:localhost": 100, "@pia:localhost": 0, "@urs:localhost": 50, BOT: 0}
    stage.add(stage.errand("power", content={"users": users}))
    await stage.drained()
    assert state_of(stage.server) == [("m.room.power_levels", now | {"users": expected})]
    now = now | {"users": expected}
    stage.add(stage.errand("power", content={"users": users}))
    await stage.drained()
    assert len(state_of(stage.server)) == 1, "nothing to change, nothing written"


async def test_a_room_that_is_just_being_made_gets_its_powers_too(stage: Stage) -> None:
    """Synapse shows a room in the sync before it has its power levels."""
    now = {"users": {"@kora:localhost": 100}}
    stage.server.answers["m.room.create"] = {"sender": BOT, "content": {"room_version": "12"}}
    stage.server.answers["m.room.power_levels"] = lambda _path, body: {"event_id": "$x"} if body else now
    stage.server.trouble("m.room.power_levels", refused(404, "M_NOT_FOUND"))
    stage.add(stage.errand("power", content={"users": {"@pia:localhost": 50}}))
    await stage.drained()
    assert state_of(stage.server) == [
        ("m.room.power_levels", {"users": {"@kora:localhost": 100, "@pia:localhost": 50}})
    ]


async def test_state_is_set(stage: Stage) -> None:
    content = {"type": "m.space.child", "key": "!new:localhost", "content": {"via": ["localhost"]}}
    stage.add(stage.errand("state", content=content))
    await stage.drained()
    assert state_of(stage.server) == [("m.space.child/!new:localhost", {"via": ["localhost"]})]


async def test_a_pin_waits_for_its_message_and_leaves_other_pins(stage: Stage) -> None:
    stage.server.answers["m.room.pinned_events"] = lambda _path, body: body or {"pinned": ["$old"]}
    card = stage.errand(text="card")
    stage.add(card, stage.errand("pin", content={}, waits_for=card.id))
    await stage.drained()
    assert state_of(stage.server) == [("m.room.pinned_events", {"pinned": ["$old", "$event0"]})]


async def test_the_first_pin_of_a_room(stage: Stage) -> None:
    stage.server.trouble("/state/m.room.pinned_events", refused(404, "M_NOT_FOUND"))
    card = stage.errand(text="card")
    stage.add(card, stage.errand("pin", content={}, waits_for=card.id))
    await stage.drained()
    assert state_of(stage.server) == [("m.room.pinned_events", {"pinned": ["$event0"]})]


async def test_who_is_stopped_just_as_all_is_sent_is_stopped(stage: Stage) -> None:
    async def syncing() -> None:
        await stage.sender.settling(60)
        await asyncio.Event().wait()

    stage.add(stage.errand())
    running = asyncio.create_task(syncing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await stage.sender.drained()
    running.cancel()
    await asyncio.wait({running}, timeout=5)
    assert running.cancelled()
