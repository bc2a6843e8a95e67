"""What storage promises, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from storage import audit, cards, counters, inbox, members, municipalities, notices, outbox, rooms
from storage.engine.address import WrongStoreError
from storage.engine.base import Tx
from storage.engine.database import Database, InUseError, savepoint
from storage.engine.reading import reading
from storage.engine.schema import migrate, migrate_apart
from storage.outbox import Done
from tests.support.databases import Postgres

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
PIA, URS = "@pia:localhost", "@urs:localhost"


def member(tx: Tx, user_id: str, **values: object) -> None:
    name = user_id[1:].partition(":")[0].capitalize()
    known: dict[str, object] = {
        "user_id": user_id,
        "name": name,
        "name_key": name.lower(),
        "state": "active",
        "municipality": "Aesch",
        "function": None,
        "knowhow": ["bpmn", "Übersetzen"],
        "interests": [],
        "language": None,
        "reminders": None,
        "digest": True,
        "joined_at": NOW,
        "changed_at": NOW,
    }
    members.put(tx, **(known | values))


def handled(tx: Tx, event_id: str, **values: object) -> bool:
    known = {"room_id": "!r", "sender": PIA, "origin_at": NOW, "at": NOW, "outcome": "done"}
    return inbox.add_handled(tx, event_id=event_id, **(known | values))  # type: ignore[arg-type]


def errand(tx: Tx, txn: str, *, at: datetime = NOW) -> outbox.Errand:
    return outbox.add(tx, txn=txn, kind="message", room="!r", content={"body": "Grüezi 🙂"}, at=at)


def test_a_transaction_is_whole_or_nothing(any_database: Database) -> None:
    def fail() -> None:
        with any_database.transaction() as tx:
            inbox.set_fact(tx, "token", "s1")
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - just raised
        fail()
    with any_database.transaction() as tx:
        assert inbox.fact(tx, "token") is None


def test_a_savepoint_is_undone_alone_also_after_an_error_of_the_database(any_database: Database) -> None:
    def repeat(tx: Tx) -> None:
        with savepoint(tx):
            inbox.set_fact(tx, "inside", "1")
            errand(tx, "first")

    with any_database.transaction() as tx:
        errand(tx, "first")
        with pytest.raises(Exception, match=r"(?i)unique"):
            repeat(tx)
        with savepoint(tx):
            errand(tx, "second")
    with any_database.transaction() as tx:
        assert [e.txn for e in outbox.list_pending(tx)] == ["first", "second"]
        assert inbox.fact(tx, "inside") is None


def test_one_process_alone_has_the_lock_of_postgresql(postgres_database: Database) -> None:
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    second = Database(url)
    postgres_database.lock()
    with pytest.raises(InUseError):
        second.lock()
    postgres_database.close()
    second.lock()
    second.close()


def test_facts_and_what_is_said_once(any_database: Database) -> None:
    with any_database.transaction() as tx:
        inbox.set_fact(tx, "token", "s1")
        inbox.set_fact(tx, "token", "s2")
        assert inbox.fact(tx, "token") == "s2"
        assert [inbox.say_once(tx, "hello") for _ in range(3)] == [True, False, False]


def test_an_event_is_handled_once(any_database: Database) -> None:
    with any_database.transaction() as tx:
        assert handled(tx, "$1", counts=True)
        assert not handled(tx, "$1", outcome="failed")
        inbox.settle(tx, "$1", outcome="refused", command="idea new", reply_id=7)
    with any_database.transaction() as tx:
        found = inbox.find_handled(tx, "$1")
        assert found is not None
        assert (found.outcome, found.command, found.reply_id, found.origin_at) == (
            "refused",
            "idea new",
            7,
            NOW,
        )
        assert inbox.is_handled(tx, "$1")
        assert not inbox.is_handled(tx, "$2")


def test_commands_are_counted_by_the_time_of_their_events(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for number in range(3):
            handled(tx, f"${number}", counts=True, origin_at=NOW + timedelta(seconds=number))
        handled(tx, "$exempt", counts=False)
        handled(tx, "$other", counts=True, sender=URS)
        handled(tx, "$fast", counts=True, origin_at=LATER, outcome="too_fast")
        assert inbox.count_since(tx, sender=PIA, since=NOW) == (3, LATER)
        assert inbox.count_since(tx, sender=URS, since=NOW - timedelta(seconds=1)) == (1, None)


def test_old_events_are_forgotten_and_failures_counted(any_database: Database) -> None:
    with any_database.transaction() as tx:
        handled(tx, "$old", outcome="failed")
        handled(tx, "$new", outcome="failed", at=LATER)
        assert inbox.count_failed(tx, since=NOW) == 1
        assert inbox.clean(tx, before=LATER) == 1
        assert not inbox.is_handled(tx, "$old")


def test_the_outbox_keeps_order_and_content(any_database: Database) -> None:
    with any_database.transaction() as tx:
        first, second = errand(tx, "a"), errand(tx, "b")
        reaction = outbox.add(
            tx,
            txn="c",
            kind="reaction",
            room="!r",
            content={"key": "👍"},
            at=NOW,
            priority=outbox.SEED,
            waits_for=first.id,
        )
    with any_database.transaction() as tx:
        assert outbox.list_pending(tx) == [first, second, reaction]
        assert outbox.list_pending(tx, after=first.id) == [second, reaction]
        assert outbox.count_pending(tx) == 3
        assert outbox.find_by_txn(tx, "b") == second.id
        outbox.mark_tried(tx, second.id, at=LATER)
        assert outbox.list_pending(tx)[1].tried_at == LATER


def test_what_has_ended_is_recorded_once(any_database: Database) -> None:
    with any_database.transaction() as tx:
        first, second = errand(tx, "a"), errand(tx, "b")
        outbox.mark_done(tx, [Done(first.id, "$1"), Done(second.id, None, "M_FORBIDDEN")], at=LATER)
        outbox.mark_done(tx, [Done(first.id, "$other")], at=LATER)
        outbox.mark_done(tx, [], at=LATER)
        assert outbox.event_of(tx, first.id) == "$1"
        assert outbox.find_by_event(tx, "$1") == first.id
        dropped = outbox.get(tx, second.id)
        assert dropped is not None
        assert (dropped.state, dropped.error, dropped.done_at) == ("dropped", "M_FORBIDDEN", LATER)
        assert outbox.count_pending(tx) == 0
        assert outbox.clean(tx, before=LATER + timedelta(seconds=1)) == 2


def test_rooms_and_what_they_are_for(any_database: Database) -> None:
    with any_database.transaction() as tx:
        rooms.change(
            tx,
            "!ideas",
            joined=True,
            joined_at=NOW,
            creators=[PIA],
            power={"users": {PIA: 100}},
            marker="room ideas",
        )
        rooms.know(tx, "!ideas")
        rooms.know(tx, "!left")
        rooms.set_purpose(tx, "ideas", "!old")
        rooms.set_purpose(tx, "ideas", "!ideas")
        found = rooms.find(tx, "!ideas")
        assert found is not None
        assert (found.power, found.creators, found.joined_at) == ({"users": {PIA: 100}}, [PIA], NOW)
        assert [room.room_id for room in rooms.list_joined(tx)] == ["!ideas"]
        assert (rooms.purpose_of(tx, "!ideas"), rooms.purpose_of(tx, "!old")) == ("ideas", None)
        assert rooms.room_for(tx, "ideas") == "!ideas"
        assert (rooms.marked_room(tx, "room ideas"), rooms.marked_room(tx, "room news")) == ("!ideas", None)


def test_a_direct_chat_is_the_newest_of_those_in_which_only_the_two_sit(any_database: Database) -> None:
    def enter(tx: Tx, room_id: str, *people: str, at: datetime = NOW, **values: object) -> None:
        rooms.change(tx, room_id, joined=True, joined_at=at, direct_with=PIA, **values)
        for user in ("@pibot:localhost", *people):
            rooms.set_occupant(tx, room_id=room_id, user_id=user, membership="join", display_name=user[1:4])

    with any_database.transaction() as tx:
        assert rooms.direct_room(tx, PIA) is None
        enter(tx, "!hall", PIA, URS, at=LATER)
        enter(tx, "!first", PIA)
        assert rooms.direct_room(tx, PIA) == "!first"
        enter(tx, "!second", PIA, at=LATER)
        assert rooms.direct_room(tx, PIA) == "!second"
        rooms.set_purpose(tx, "group P1", "!second")
        assert rooms.direct_room(tx, PIA) == "!first"
        assert rooms.count_occupants(tx, "!hall") == 3
        rooms.set_occupant(tx, room_id="!hall", user_id=URS, membership="leave", display_name="Urs")
        assert {o.user_id for o in rooms.list_occupants(tx, "!hall")} == {"@pibot:localhost", PIA}
        assert rooms.display_name(tx, PIA) == "pia"
        rooms.forget_occupants(tx, "!hall")
        assert rooms.find_occupant(tx, room_id="!hall", user_id=PIA) is None


def test_cards_their_edits_and_comments(any_database: Database) -> None:
    with any_database.transaction() as tx:
        row = errand(tx, "card").id
        cards.place(tx, kind="idea", number="1", room_id="!ideas", outbox_id=row)
        cards.mark_dirty(tx, "idea", "1", at=NOW)
        assert cards.list_dirty(tx) == []  # not sent yet
        cards.mark_sent(tx, [(row, "$card"), (row + 1, "$other")])
        cards.mark_sent(tx, [])
        cards.mark_dirty(tx, "idea", "1", at=LATER)
        cards.count_comment(tx, "idea", "1")
        [dirty] = cards.list_dirty(tx)
        assert (dirty.event_id, dirty.dirty_at, dirty.comments) == ("$card", NOW, 1)
        assert [cards.mark_clean(tx, "idea", "1") for _ in range(2)] == [1, 2]
        assert cards.list_dirty(tx) == []
        for found in (
            cards.find(tx, "idea", "1"),
            cards.find_by_event(tx, "$card"),
            cards.find_by_outbox(tx, row),
        ):
            assert found is not None
            assert found.version == 2
        assert len(cards.list_newest(tx, "idea", limit=10)) == 1
        cards.remove(tx, "idea", "1")
        assert cards.find(tx, "idea", "1") is None


def test_taps_are_kept_by_their_events(any_database: Database) -> None:
    with any_database.transaction() as tx:
        known = {"event_id": "$tap", "kind": "idea", "number": "1", "user_id": PIA, "key": "👍"}
        assert cards.add_tap(tx, **known)
        assert not cards.add_tap(tx, **known)
        assert [tap.key for tap in cards.list_taps(tx, "idea", "1")] == ["👍"]
        assert cards.find_tap(tx, "$tap") is not None
        cards.remove_tap(tx, "$tap")
        assert cards.find_tap(tx, "$tap") is None


def test_offers_are_found_taken_and_cleaned(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for row, cause in ((1, "$a"), (2, "$b")):
            cards.add_offer(
                tx, outbox_id=row, key="↩", cause=cause, user_id=PIA, role=10, action="ideas.undo",
                data={"idea": row}, rights=[], at=NOW, expires_at=LATER,
            )  # fmt: skip
        found = cards.find_offer(tx, outbox_id=1, key="↩")
        assert found is not None
        assert (found.data, found.taken_at) == ({"idea": 1}, None)
        assert cards.find_offer_of(tx, cause="$b", key="↩") == cards.find_offer(tx, outbox_id=2, key="↩")
        assert cards.latest_offer(tx, user_id=PIA, key="↩") == "$b"
        cards.take_offer(tx, outbox_id=1, at=LATER)
        taken = cards.find_offer(tx, outbox_id=1, key="↩")
        assert taken is not None
        assert taken.taken_at == LATER
        assert (
            cards.clean_offers(tx, before=LATER),
            cards.clean_offers(tx, before=LATER + timedelta(1)),
        ) == (0, 2)


def test_numbers_are_given_in_order(any_database: Database) -> None:
    with any_database.transaction() as tx:
        assert [counters.next_number(tx, "idea") for _ in range(3)] == [1, 2, 3]
        assert counters.next_number(tx, "news") == 1
        assert counters.add(tx, "open", -1) == -1
        assert (counters.value(tx, "idea"), counters.value(tx, "nothing")) == (3, 0)


def test_members_are_written_found_and_changed(any_database: Database) -> None:
    with any_database.transaction() as tx:
        member(tx, PIA, reminders=[3600, 60])
        member(tx, PIA, reminders=None)
        member(tx, URS, name_key="pia", state="left")
        found = members.find(tx, PIA)
        assert found is not None
        assert (found.reminders, found.knowhow, found.joined_at) == (None, ["bpmn", "Übersetzen"], NOW)
        assert [m.user_id for m in members.find_named(tx, "pia")] == [PIA]
        assert [m.name for m in members.list_alike(tx, ["pi"], waiting=False)] == ["Pia"]
        assert members.list_alike(tx, ["p%"], waiting=True) == []
        members.change(tx, PIA, language="en", changed_at=LATER)
        changed = members.find(tx, PIA)
        assert changed is not None
        assert changed.language == "en"


def test_roles_are_given_once_and_taken(any_database: Database) -> None:
    with any_database.transaction() as tx:
        member(tx, PIA)
        member(tx, URS, state="paused")
        for user in (PIA, URS):
            assert members.grant(tx, user_id=user, role="coordinator", level=40, by="configuration", at=NOW)
            assert not members.grant(tx, user_id=user, role="coordinator", level=40, by=PIA, at=LATER)
        members.grant(tx, user_id=PIA, role="leader", level=20, by=PIA, at=NOW, process=3)
        assert members.find_with_level(tx, PIA)[1] == 40
        assert members.find_with_level(tx, "@nobody:localhost") == (None, 0)
        assert members.count_with_role(tx, "coordinator") == 1  # who pauses does not count
        assert members.list_with_role(tx, "coordinator") == [PIA]
        assert [g.role for g in members.grants(tx, PIA)] == ["coordinator", "leader"]
        assert len(members.list_grants(tx)) == 3
        assert members.revoke(tx, user_id=PIA, role="coordinator")
        assert not members.revoke(tx, user_id=PIA, role="coordinator")


def test_notices_wait_until_they_are_taken(any_database: Database) -> None:
    with any_database.transaction() as tx:
        words: dict[str, Any] = {"topic": "idea", "before": {"state": "submitted"}}
        for user, about, at in ((PIA, "1", NOW), (PIA, "2", LATER), (URS, "1", LATER)):
            notices.add(tx, recipient=user, about=about, at=at, due_at=at, **words)
        notices.add(tx, recipient=URS, about="1", at=NOW, due_at=LATER, digest=True, **words)
        assert notices.due(tx, at=NOW, limit=9) == [(PIA, False)]
        assert [n.about for n in notices.take(tx, PIA, digest=False, at=NOW)] == ["1"]
        assert sorted(notices.due(tx, at=LATER, limit=9)) == [(PIA, False), (URS, False), (URS, True)]
        assert len(notices.take(tx, URS, digest=True, at=LATER)) == 1
        notices.drop(tx, recipient=URS, topic="idea", about="1")
        assert notices.due(tx, at=LATER, limit=9) == [(PIA, False)]


def test_of_two_notices_about_one_thing_the_older_state_and_the_newer_words_count(
    any_database: Database,
) -> None:
    with any_database.transaction() as tx:
        about: dict[str, Any] = {"recipient": PIA, "topic": "idea", "about": "1"}
        notices.add(tx, **about, before={"state": "submitted"}, words="ja", at=NOW, due_at=NOW)
        notices.add(tx, **about, before={"state": "accepted", "more": 1}, words=None, at=LATER, due_at=LATER)
        assert notices.take(tx, PIA, digest=False, at=NOW) == []
        [kept] = notices.take(tx, PIA, digest=False, at=LATER)
        assert (kept.before, kept.words) == ({"state": "submitted", "more": 1}, None)


def test_the_audit_log_takes_entries(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for number in (1, 2):
            audit.add(
                tx,
                at=NOW,
                actor=PIA,
                command="idea accept",
                ref=f"I{number}",
                text="grund: gut",
                event_id="$1",
            )
        entries = tx.execute(audit.Entry.__table__.select()).all()
        assert [(e.id, e.ref, e.at) for e in entries] == [(1, "I1", NOW), (2, "I2", NOW)]


def test_municipalities_keep_what_was_decided(any_database: Database) -> None:
    with any_database.transaction() as tx:
        for _ in range(2):
            municipalities.put(tx, name="Aesch", name_key="aesch", district="Arlesheim", population=10_000)
            municipalities.set_first_mover(tx, "Aesch", first_mover=True)
        found = municipalities.find_named(tx, "aesch")
        assert found is not None
        assert found.first_mover
        assert municipalities.list_names(tx) == ["Aesch"]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_can_t_hold_what_people_write_is_refused(postgres: Postgres, encoding: str) -> None:
    name = f"test_{encoding.lower()}"
    url = postgres.make(name, encoding=encoding)
    for use in (migrate, migrate_apart, lambda url: reading(url).__enter__()):
        with pytest.raises(
            WrongStoreError, match=f"encoding {encoding}; expected one made with encoding UTF8"
        ):
            use(url)
    postgres.drop(name)


def _cut(postgres: Postgres, database: Database) -> None:
    """PostgreSQL ends the connection, as when it is started anew."""
    name = database.engine.url.database
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


def _use(database: Database) -> None:
    with database.transaction() as tx:
        inbox.set_fact(tx, "token", "s1")


def _recovers(database: Database) -> None:
    with pytest.raises(OperationalError):
        _use(database)
    _use(database)


def test_after_a_lost_connection_the_lock_is_taken_again_first(
    postgres: Postgres, postgres_database: Database
) -> None:
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    postgres_database.lock()
    for _ in range(3):
        _cut(postgres, postgres_database)
        _recovers(postgres_database)
        other = Database(url)
        with pytest.raises(InUseError):
            other.lock()
        other.close()


def test_who_finds_the_lock_taken_after_a_lost_connection_ends(
    postgres: Postgres, postgres_database: Database
) -> None:
    other = Database(postgres_database.engine.url.render_as_string(hide_password=False))
    postgres_database.lock()
    _cut(postgres, postgres_database)
    other.lock()
    with pytest.raises(OperationalError):
        _use(postgres_database)
    for _ in range(2):
        with pytest.raises(InUseError):
            _use(postgres_database)
    other.close()


def test_a_server_that_has_not_noticed_the_loss_is_told(postgres_database: Database) -> None:
    """The connection is gone at the bot's end only: the lock there is nobody's."""
    postgres_database.lock()
    connection = postgres_database._connect()
    kept = connection.connection.driver_connection  # held, so that it is not closed
    connection.connection.detach()
    connection.invalidate()
    _use(postgres_database)
    assert kept is not None
    kept.close()
