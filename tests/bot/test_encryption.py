"""The encryption without a network: two and more devices on a key server in memory, each with a store of its own.

The numbered pitfalls are those found when it was first built on a prototype; each has its test here or, where a real
homeserver or client is needed, in tests/homeserver/test_encrypted_by_*.py.
"""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
import vodozemac
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.encryption import recovery
from bot.encryption.machine import KeyMissingError, Machine, RoomRules
from bot.encryption.reading import ForeignError, canonical
from storage import devices, megolm, olm
from storage.engine.sealing import in_base64
from tests.support.keyserver import KeyServer, Peer

ROOM = "!room"
BOT, PIA, EVE = "@bot:localhost", "@pia:localhost", "@eve:localhost"
ALL = [BOT, PIA]
Json = dict[str, Any]


def test_what_the_bot_says_is_read_by_the_other_device_and_back(bot: Peer, pia: Peer) -> None:
    said = bot.say(ROOM, ALL, "Grüezi")
    assert "Grüezi" not in str(said)
    pia.sync()
    assert pia.reads(ROOM, said) == "Grüezi"
    answer = pia.say(ROOM, ALL, "!hilfe")
    bot.sync()
    assert bot.reads(ROOM, answer) == "!hilfe"


def test_relations_stand_in_the_clear_and_count(bot: Peer, pia: Peer) -> None:
    said = pia.say(ROOM, ALL, "x")
    said["content"]["m.relates_to"] = {"rel_type": "m.thread", "event_id": "$root"}
    bot.sync()
    with bot.store.transaction() as tx:
        opened = bot.machine.open(tx, ROOM, said, now=bot.now)
    assert opened.event["content"]["m.relates_to"]["event_id"] == "$root"
    assert opened.event["type"] == "m.room.message"


def test_a_message_without_its_key_waits_and_is_read_when_the_key_comes(bot: Peer, pia: Peer) -> None:
    said = pia.say(ROOM, ALL, "spät")
    assert bot.keeps(ROOM, said) is None
    with bot.store.transaction() as tx:
        assert megolm.count_unreadable(tx, since=bot.now) == 1
    [(room, opened)] = bot.sync()
    assert (room, opened.event["content"]["body"]) == (ROOM, "spät")
    restarted = Peer(bot.server, BOT, "B", store=bot.store)  # killed before anything was done about it
    with bot.store.transaction() as tx:
        [(_, again)] = restarted.machine.take_up_all(tx, now=bot.now)
        assert again.event == opened.event
        megolm.mark_read(tx, said["event_id"])
        assert restarted.machine.take_up_all(tx, now=bot.now) == []
        assert megolm.count_unreadable(tx, since=bot.now) == 0


def test_a_key_that_was_lost_is_asked_for_once(server: KeyServer, bot: Peer, pia: Peer) -> None:
    said, more = pia.say(ROOM, ALL, "a"), pia.say(ROOM, ALL, "b")
    server.inbox[BOT, "B"].clear()
    bot.sync()
    for event in (said, more, said):
        assert bot.keeps(ROOM, event) is None
    bot.flush()
    requests = [event for event in server.inbox[PIA, "P"] if event["type"] == "m.room_key_request"]
    assert len(requests) == 1
    assert requests[0]["content"]["body"]["session_id"] == said["content"]["session_id"]


def test_a_new_device_gets_the_key_from_then_on(server: KeyServer, bot: Peer, pia: Peer) -> None:
    before = bot.say(ROOM, ALL, "vorher")
    phone = Peer(server, PIA, "PHONE")
    bot.machine.forget()
    with bot.store.transaction() as tx:
        devices.mark_changed(tx, PIA)
    after = bot.say(ROOM, ALL, "nachher")
    assert before["content"]["session_id"] == after["content"]["session_id"]
    phone.sync()
    assert phone.reads(ROOM, after) == "nachher"
    with pytest.raises(KeyMissingError):
        phone.reads(ROOM, before)


def test_whoever_has_left_reads_nothing_that_is_said_after(server: KeyServer, bot: Peer, pia: Peer) -> None:
    eve = Peer(server, EVE, "E")
    first = bot.say(ROOM, [*ALL, EVE], "alle")
    second = bot.say(ROOM, ALL, "ohne Eve")
    eve.sync()
    pia.sync()
    assert first["content"]["session_id"] != second["content"]["session_id"]
    assert (eve.reads(ROOM, first), pia.reads(ROOM, second)) == ("alle", "ohne Eve")
    with pytest.raises(KeyMissingError):
        eve.reads(ROOM, second)


@pytest.mark.parametrize(
    ("rules", "later"),
    [
        (RoomRules(messages=2), timedelta()),
        (RoomRules(period=timedelta(hours=1)), timedelta(hours=2)),
        (RoomRules(shared_history=True), timedelta()),
    ],
    ids=["messages", "age", "who may read the history"],
)
def test_the_key_is_made_anew(bot: Peer, pia: Peer, rules: RoomRules, later: timedelta) -> None:
    sessions = set()
    for n in range(3):
        used = rules if n or not rules.shared_history else RoomRules()
        sessions.add(bot.say(ROOM, ALL, str(n), used)["content"]["session_id"])
        bot.now += later
    assert len(sessions) >= 2


def test_only_signed_devices_get_keys_and_the_others_are_told_once(server: KeyServer) -> None:
    bot = Peer(server, BOT, "B", only_signed=True)
    pia = Peer(server, PIA, "P")
    for body in ("a", "b"):
        said = bot.say(ROOM, ALL, body)
        told = [e for e in server.inbox[PIA, "P"] if e["type"] == "m.room_key.withheld"]
        assert [e["content"]["code"] for e in told] == ["m.unverified"]
    pia.sync()
    with pytest.raises(KeyMissingError) as raised:
        pia.reads(ROOM, said)
    assert raised.value.code == "m.unverified"
    pia.identify()
    with bot.store.transaction() as tx:
        devices.mark_changed(tx, PIA)
    said = bot.say(ROOM, ALL, "jetzt")
    pia.sync()
    assert pia.reads(ROOM, said) == "jetzt"


def test_whether_a_device_is_signed_is_said_with_the_message(bot: Peer, pia: Peer) -> None:
    def signed() -> bool | None:
        with bot.store.transaction() as tx:
            devices.mark_changed(tx, PIA)
        bot.prepare(ROOM, ALL, RoomRules())
        said = pia.say(ROOM, ALL, f"{pia.now}")
        bot.sync()
        with bot.store.transaction() as tx:
            return bot.machine.open(tx, ROOM, said, now=bot.now).signed

    assert not signed()
    pia.identify()
    pia.now += timedelta(minutes=1)
    assert signed()


# --- pitfalls


def odd_values() -> st.SearchStrategy[Any]:
    plain = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.just("\ud800")
        | st.just("\0")
    )
    return st.recursive(
        plain,
        lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=8), one, max_size=3),
        max_leaves=6,
    )


def spoiled(whole: Any, draw: st.DataObject) -> Any:
    """The same with one part of it replaced by something odd, or missing."""
    where: Any = whole
    path: list[Any] = []
    while isinstance(where, dict | list) and where and (not path or draw.draw(st.booleans())):
        key = draw.draw(st.sampled_from(list(where) if isinstance(where, dict) else list(range(len(where)))))
        path.append(key)
        where = where[key]
    copied = copy.deepcopy(whole)
    into = copied
    for key in path[:-1]:
        into = into[key]
    if draw.draw(st.booleans()) and isinstance(into, dict):
        del into[path[-1]]
    else:
        into[path[-1]] = draw.draw(odd_values())
    return copied


ODD = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Talk:
    """A talk to spoil, made once: what was said to the bot, with its keys."""

    def __init__(self) -> None:
        self.server = KeyServer()
        self.bot, self.pia = Peer(self.server, BOT, "B"), Peer(self.server, PIA, "P")
        self.pia.identify()
        self.query = self.server.query(ALL)
        self.claim_body = {PIA: {"P": "signed_curve25519"}}
        self.claimed = self.server.claim(self.claim_body)
        self.said = self.pia.say(ROOM, ALL, "gut")
        [self.key] = self.server.inbox[BOT, "B"]


TALK = Talk()


@pytest.mark.long
@ODD
@given(draw=st.data())
def test_pitfall_1_malformed_to_device_messages_stop_nothing_and_are_not_believed(
    draw: st.DataObject,
) -> None:
    bot = TALK.bot
    event = spoiled(TALK.key, draw)
    with bot.store.transaction() as tx:
        opened = bot.machine.receive(
            tx, {"to_device": {"events": [event, 1, None]}}, counts_are_new=False, now=bot.now
        )
    assert opened == []


@pytest.mark.long
@ODD
@given(draw=st.data(), kind=st.sampled_from(["m.room_key.withheld", "m.room.encrypted", "m.dummy"]))
def test_pitfall_1_any_to_device_message_is_read_or_dropped(draw: st.DataObject, kind: str) -> None:
    bot = TALK.bot
    event = {"type": kind, "sender": PIA, "content": draw.draw(odd_values())}
    with bot.store.transaction() as tx:
        bot.machine.receive(tx, {"to_device": {"events": [event]}}, counts_are_new=False, now=bot.now)


@pytest.mark.long
@ODD
@given(draw=st.data())
def test_pitfall_1_malformed_devices_are_not_believed(draw: st.DataObject) -> None:
    bot, answer = TALK.bot, spoiled(TALK.query, draw)
    with bot.store.transaction() as tx:
        bot.machine.take_queried(tx, {PIA: 0}, answer)
        known = devices.of_users(tx, [PIA])
        keys = TALK.query["device_keys"][PIA]["P"]["keys"]
        assert {(d.curve_key, d.signing_key) for d in known} <= {(keys["curve25519:P"], keys["ed25519:P"])}


@pytest.mark.long
@ODD
@given(draw=st.data())
def test_pitfall_1_malformed_one_time_keys_make_no_session(draw: st.DataObject) -> None:
    bot, answer = TALK.bot, spoiled(TALK.claimed, draw)
    with bot.store.transaction() as tx:
        bot.machine.take_queried(tx, {PIA: 0}, TALK.query)
        curve = TALK.query["device_keys"][PIA]["P"]["keys"]["curve25519:P"]
        before = len(olm.sessions(tx, curve))
        bot.machine.take_claimed(tx, TALK.claim_body, answer, now=bot.now)
        same = answer == TALK.claimed or answer.get("one_time_keys") == TALK.claimed["one_time_keys"]
        assert len(olm.sessions(tx, curve)) == before or same


@pytest.mark.long
@ODD
@given(draw=st.data())
def test_pitfall_1_malformed_messages_are_opened_or_refused(draw: st.DataObject) -> None:
    bot = TALK.bot
    event = spoiled(TALK.said, draw)
    with bot.store.transaction() as tx:
        try:
            bot.machine.open(tx, ROOM, event, now=bot.now)
        except (ValueError, KeyMissingError):
            bot.machine.forget()


def test_pitfall_2_after_a_rollback_memory_is_not_ahead_of_the_rows(bot: Peer, pia: Peer) -> None:
    bot.say(ROOM, ALL, "eins")

    def seal_in_vain() -> None:
        with bot.store.transaction() as tx:
            bot.machine.seal(tx, ROOM, "m.room.message", {"body": "nie"}, RoomRules())
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - just raised
        seal_in_vain()
    bot.machine.forget()
    said = bot.say(ROOM, ALL, "zwei")
    pia.sync()
    assert pia.reads(ROOM, said) == "zwei"
    assert vodozemac.MegolmMessage.from_base64(said["content"]["ciphertext"]).message_index() == 1


def test_pitfall_3_what_goes_to_devices_is_a_row_sent_until_it_is_there(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    bot.prepare(ROOM, ALL, RoomRules())
    eve = Peer(server, EVE, "E")
    with bot.store.transaction() as tx:
        devices.track(tx, [EVE])
        bot.machine.take_queried(tx, {EVE: 0}, server.query([EVE]))
        asked = {EVE: {"E": "signed_curve25519"}}
        bot.machine.take_claimed(tx, asked, server.claim(asked), now=bot.now)
        bot.machine.prepare(tx, ROOM, [*ALL, EVE], RoomRules(), now=bot.now)
        [row] = bot.machine.to_send(tx)
    for _ in range(2):  # sent, killed before that was recorded, sent again
        server.send(BOT, row.txn, row.kind, row.messages)
    assert len(server.inbox[EVE, "E"]) == 1
    restarted = Peer(server, BOT, "B", store=bot.store)
    said = restarted.say(ROOM, [*ALL, EVE], "da")
    eve.sync()
    assert eve.reads(ROOM, said) == "da"
    assert server.inbox[PIA, "P"] or pia.sync() == []


def test_pitfall_4_a_message_that_comes_twice_is_no_stuck_session(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    pia.say(ROOM, ALL, "x")
    [key] = server.inbox[BOT, "B"]
    bot.sync()
    server.inbox[BOT, "B"].append(key)
    bot.sync()
    with bot.store.transaction() as tx:
        assert devices.wedged(tx) == []


def test_pitfall_5_who_has_changed_since_the_question_stays_to_be_asked(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    with bot.store.transaction() as tx:
        devices.track(tx, [PIA])
        asked = devices.follow(tx, [PIA])
        answer = server.query([PIA])
        bot.machine.receive(tx, {"device_lists": {"changed": [PIA]}}, counts_are_new=False, now=bot.now)
        bot.machine.take_queried(tx, asked, answer)
        assert devices.follow(tx, [PIA]) == {PIA: 1}
        bot.machine.take_queried(tx, devices.follow(tx, [PIA]), answer)
        assert devices.follow(tx, [PIA]) == {}


def test_whose_server_does_not_answer_stays_to_be_asked(bot: Peer) -> None:
    far = "@far:example.org"
    with bot.store.transaction() as tx:
        devices.track(tx, [far])
        bot.machine.take_queried(tx, {far: 0}, {"failures": {"example.org": {}}, "device_keys": {}})
        assert devices.follow(tx, [far]) == {far: 0}


def test_pitfall_6_counts_of_a_sync_asked_before_the_upload_ended_are_left_out(bot: Peer) -> None:
    with bot.store.transaction() as tx:
        bot.machine.receive(tx, {"device_one_time_keys_count": {}}, counts_are_new=False, now=bot.now)
        assert bot.machine.account.upload(tx) is None


def test_a_new_device_can_be_written_to_as_soon_as_it_is_known(bot: Peer) -> None:
    """Whoever finds it without keys to begin a session with would leave it out."""
    another = Machine(BOT, "B2", bytes(32), only_signed=False)
    with bot.store.transaction() as tx:
        body = another.account.upload(tx)
    assert body is not None
    assert body["device_keys"]["device_id"] == "B2"
    assert (len(body["one_time_keys"]), len(body["fallback_keys"])) == (50, 1)


def test_a_count_of_none_brings_new_keys(server: KeyServer, bot: Peer) -> None:
    server.once[BOT, "B"].clear()
    bot.sync()
    assert len(server.once[BOT, "B"]) == 50


def test_with_all_one_time_keys_used_the_fallback_key_serves_and_is_made_anew(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    first = set(server.fallback[BOT, "B"])
    server.once[BOT, "B"].clear()
    said = pia.say(ROOM, ALL, "mit der Reserve")
    bot.sync()
    assert bot.reads(ROOM, said) == "mit der Reserve"
    assert first.isdisjoint(server.fallback[BOT, "B"])


def test_pitfall_7_a_known_device_with_other_keys_is_refused(server: KeyServer, bot: Peer, pia: Peer) -> None:
    bot.say(ROOM, ALL, "a")
    Peer(server, PIA, "P")  # somebody else takes the same device id
    with bot.store.transaction() as tx:
        devices.mark_changed(tx, PIA)
    bot.say(ROOM, ALL, "b")
    with bot.store.transaction() as tx:
        assert devices.of_users(tx, [PIA]) == []
        assert pia.machine.account.curve_key(tx)


@pytest.mark.parametrize("keys", [{}, {"ed25519:a": "a"}, {"ed25519:a": "b"}, "two"])
def test_pitfall_7_a_cross_signing_object_has_exactly_one_key_named_by_itself(
    server: KeyServer, bot: Peer, pia: Peer, keys: Any
) -> None:
    pia.identify()
    master = server.identities[PIA]["master_key"]
    master["keys"] = master["keys"] | {"ed25519:x": "x"} if keys == "two" else keys
    bot.prepare(ROOM, ALL, RoomRules())
    with bot.store.transaction() as tx:
        owner = devices.owner(tx, PIA)
        assert owner is not None
        assert (owner.master, owner.self_signing) == (None, None)
        assert not any(device.signed for device in devices.of_users(tx, [PIA]))


def test_pitfall_8_nobody_reads_or_replaces_with_the_key_of_somebody_else(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    eve = Peer(server, EVE, "E")
    said = pia.say(ROOM, [*ALL, EVE], "von Pia")
    bot.sync()
    with pytest.raises(ForeignError, match="somebody else"):
        bot.reads(ROOM, said | {"sender": EVE})
    eve.sync()
    with eve.store.transaction() as tx:
        row = megolm.inbound(tx, ROOM, said["content"]["session_id"])
        assert row is not None
        stolen = vodozemac.InboundGroupSession.from_pickle(row.pickle, b"k" * 32)
    exported = stolen.export_at(stolen.first_known_index)
    assert exported is not None
    with bot.store.transaction() as tx:
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "room_id": ROOM,
            "session_id": stolen.session_id,
            "sender_key": row.curve_key,
            "session_key": exported.to_base64(),
        }
    with eve.store.transaction() as tx:
        devices.track(tx, [BOT])
        eve.machine.take_queried(tx, {BOT: 0}, server.query([BOT]))
        asked = {BOT: {"B": "signed_curve25519"}}
        eve.machine.take_claimed(tx, asked, server.claim(asked), now=eve.now)
        device = devices.find(tx, BOT, "B")
        assert device is not None
        sealed = eve.machine._channels.encrypt(tx, device, "m.forwarded_room_key", content)
        assert sealed is not None
    server.send(EVE, "steal", "m.room.encrypted", {BOT: {"B": sealed}})
    bot.sync()
    assert bot.reads(ROOM, said) == "von Pia"
    with bot.store.transaction() as tx:
        kept = megolm.inbound(tx, ROOM, said["content"]["session_id"])
        assert kept is not None
        assert (kept.sender, kept.forwarded) == (PIA, False)


def test_a_message_said_again_in_another_event_or_room_is_refused(bot: Peer, pia: Peer) -> None:
    said = pia.say(ROOM, ALL, "!idee neu A")
    bot.sync()
    assert bot.reads(ROOM, said) == "!idee neu A"
    assert bot.reads(ROOM, said) == "!idee neu A"  # the same event again, as after a crash
    with pytest.raises(ForeignError, match="before"):
        bot.reads(ROOM, said | {"event_id": "$other"})
    with pytest.raises(KeyMissingError):
        bot.reads("!elsewhere", said)


def test_pitfall_9_a_new_device_id_begins_with_new_keys(server: KeyServer, bot: Peer) -> None:
    with bot.store.transaction() as tx:
        old = bot.machine.account.curve_key(tx)
    other = Peer(server, BOT, "B2", store=bot.store)
    with bot.store.transaction() as tx:
        assert other.machine.account.curve_key(tx) != old
        account = olm.account(tx)
        assert account is not None
        assert account.device_id == "B2"
    assert len(server.once[BOT, "B2"]) == 50


def test_pitfall_11_killed_right_after_an_upload_the_same_keys_go_up_again(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    server.once[BOT, "B"].clear()
    with bot.store.transaction() as tx:
        bot.machine.receive(tx, server.sync(BOT, "B"), counts_are_new=True, now=bot.now)
        body = bot.machine.account.upload(tx)
    assert body
    server.upload(BOT, "B", body)  # and killed
    said = pia.say(ROOM, ALL, "mit einem der neuen")
    restarted = Peer(server, BOT, "B", store=bot.store)
    restarted.sync()
    assert restarted.reads(ROOM, said) == "mit einem der neuen"
    with bot.store.transaction() as tx:
        assert restarted.machine.account.upload(tx) is None
    assert set(server.once[BOT, "B"]) < set(body["one_time_keys"])  # the one that was used is not there again


def test_pitfall_11_killed_right_after_a_claim_another_key_is_claimed(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    server.claim({PIA: {"P": "signed_curve25519"}})  # and killed: the answer is lost
    said = bot.say(ROOM, ALL, "trotzdem")
    pia.sync()
    assert pia.reads(ROOM, said) == "trotzdem"


def test_a_session_that_got_stuck_is_made_anew_once_an_hour(server: KeyServer, bot: Peer, pia: Peer) -> None:
    bot.say(ROOM, ALL, "a")
    pia.sync()
    lost = pia.say(ROOM, ALL, "verloren")
    [key] = server.inbox[BOT, "B"]
    [sealed] = key["content"]["ciphertext"].values()
    sealed["body"] = sealed["body"][:-8] + "AAAAAAAA"
    bot.sync()
    assert bot.keeps(ROOM, lost) is None
    dummies = [e for e in server.inbox[PIA, "P"] if e["type"] == "m.room.encrypted"]
    assert len(dummies) == 1
    pia.sync()
    with bot.store.transaction() as tx:
        bot.machine._channels.note_stuck(
            tx, key["content"]["sender_key"], now=bot.now + timedelta(minutes=30)
        )
        assert devices.wedged(tx) == []
        bot.machine._channels.note_stuck(
            tx, key["content"]["sender_key"], now=bot.now + timedelta(minutes=90)
        )
        assert len(devices.wedged(tx)) == 1


# --- identity


def test_the_identity_is_made_once_and_others_see_the_device_signed(
    server: KeyServer, bot: Peer, pia: Peer
) -> None:
    with bot.store.transaction() as tx:
        assert bot.machine.identity.state(tx, server.query([BOT])) == "none"
    bot.identify()
    bot.identify()
    with bot.store.transaction() as tx:
        assert bot.machine.identity.state(tx, server.query([BOT])) == "ours"
        assert bot.machine.identity.is_device_signed(tx, server.query([BOT]))
    pia.prepare(ROOM, ALL, RoomRules())
    with pia.store.transaction() as tx:
        assert [device.signed for device in devices.of_users(tx, [BOT])] == [True]


def test_somebody_elses_identity_is_seen(server: KeyServer, bot: Peer) -> None:
    Peer(server, BOT, "OTHER").identify()
    with bot.store.transaction() as tx:
        assert bot.machine.identity.state(tx, server.query([BOT])) == "foreign"


def test_the_recovery_key_brings_the_identity_to_a_new_machine(server: KeyServer, bot: Peer) -> None:
    bot.identify()
    key = bytes(range(32))
    with bot.store.transaction() as tx:
        data = recovery.stored(key, bot.machine.identity.seeds(tx))
    typed = recovery.written(key)
    assert len(typed.replace(" ", "")) == 48
    new = Peer(server, BOT, "NEW")
    with new.store.transaction() as tx:
        new.machine.identity.adopt(
            tx, recovery.recovered(recovery.read(typed.replace(" ", "  ")), dict(data))
        )
        server.sign(new.machine.identity.sign_device(tx))
        assert new.machine.identity.state(tx, server.query([BOT])) == "ours"
        assert new.machine.identity.is_device_signed(tx, server.query([BOT]))


@pytest.mark.parametrize("typed", ["", "EsT", "0OIl", "EsTc 1111", "EsTc" + "1" * 44, "E" * 200])
def test_a_mistyped_recovery_key_is_seen(typed: str) -> None:
    with pytest.raises(recovery.WrongKeyError):
        recovery.read(typed)


def test_another_recovery_key_is_refused(bot: Peer) -> None:
    with bot.store.transaction() as tx:
        data: dict[str, object] = dict(recovery.stored(bytes(32), bot.machine.identity.seeds(tx)))
    with pytest.raises(recovery.WrongKeyError):
        recovery.recovered(b"\1" * 32, data)


def test_no_secret_stands_in_the_store_in_the_clear(bot: Peer) -> None:
    bot.identify()
    with bot.store.transaction() as tx:
        seeds = bot.machine.identity.seeds(tx)
        kept = " ".join(olm.secret(tx, f"seed {usage}") or "" for usage in seeds)
    assert not any(in_base64(seed) in kept for seed in seeds.values())


@pytest.mark.long
@given(
    value=st.dictionaries(
        st.text(), st.integers() | st.text() | st.floats() | st.booleans() | st.none(), max_size=4
    )
)
def test_what_can_be_signed_is_canonical(value: Json) -> None:
    try:
        signed = canonical(value)
    except ForeignError:
        return
    assert b", " not in signed or any(", " in str(one) for one in value.items())
    signed.decode()


def test_a_machine_without_any_store_begins_by_itself(server: KeyServer) -> None:
    assert isinstance(Peer(server, "@new:localhost", "N").machine, Machine)
