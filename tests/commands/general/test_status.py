from dataclasses import replace
from datetime import timedelta

from commands.framework.context import Settings
from storage import inbox, outbox
from storage.engine.database import Database
from tests.support.chat import NOW, Chat

KORA = "@kora:localhost"
SETTINGS = Settings(coordinators=(KORA,), version="1.2.3", started_at=NOW - timedelta(days=2))


def test_anyone_may_ask(database: Database) -> None:
    chat = Chat(database, SETTINGS)
    reply = chat.reply("!status", by="@fremd:localhost")
    assert reply.machine == {
        "type": "status",
        "version": "1.2.3",
        "since": "2026-10-31T10:00:00+01:00",
        "queue": 0,
    }
    assert "Sa, 31. Oktober 2026, 10:00" in reply.text
    assert "Speicher" not in reply.text


def test_coordinators_see_inside(database: Database) -> None:
    chat = Chat(database, SETTINGS)
    chat.member("@pia:localhost", state="pending")
    with database.transaction() as tx:
        outbox.add(
            tx, txn="t1", kind="message", room="!a:localhost", content={}, at=NOW - timedelta(minutes=3)
        )
        outbox.add(tx, txn="t2", kind="message", room="!a:localhost", content={}, at=NOW)
        for name, age in (("$new", 1), ("$old", 25)):
            inbox.add_handled(
                tx,
                event_id=name,
                room_id="!a:localhost",
                sender=KORA,
                origin_at=NOW,
                at=NOW - timedelta(hours=age),
                outcome="failed",
            )
    reply = chat.reply("!status", by=KORA)
    assert reply.machine["queue"] == 2
    assert "2 Nachrichten warten" in reply.text
    assert "Verspätung: 3 Minuten" in reply.text
    assert "Fehler in den letzten 24 Stunden: 1" in reply.text
    assert "Offene Anmeldungen: 1" in reply.text
    assert " MB" in reply.text


def test_without_a_known_start_it_is_now(database: Database) -> None:
    chat = Chat(database, replace(SETTINGS, started_at=None))
    reply = chat.reply("!status", by=KORA)
    assert reply.machine["since"] == "2026-11-02T10:00:00+01:00"
    assert "Verspätung: keine" in reply.text
