from __future__ import annotations

from storage import inbox, outbox
from tests.support.chat import Chat


def test_what_is_over_is_forgotten_and_cards_live_on(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!idee neu Formulare vorausfüllen")
    asked = chat.last
    chat.later(days=31)
    with chat.database.transaction() as tx:
        assert inbox.find_handled(tx, asked) is None
        assert outbox.find_by_event(tx, reply.event_id) is None
    card = chat.card("I1")
    chat.reacts(card, "👍")
    assert chat.card("I1").machine["votes"]["for"] == 1


def test_what_is_young_stays(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.reply("!idee neu Formulare vorausfüllen")
    chat.later(days=29)
    with chat.database.transaction() as tx:
        assert inbox.find_handled(tx, chat.last) is not None


def test_talk_leaves_no_row(chat: Chat) -> None:
    def rows() -> int:
        with chat.database.transaction() as tx:
            return int(
                tx.exec_driver_sql(
                    "SELECT (SELECT count(*) FROM handled_events) + (SELECT count(*) FROM outbox)"
                ).scalar_one()
            )

    before = rows()
    for number in range(50):
        chat.says(f"Guten Morgen {number}")
    assert rows() == before
