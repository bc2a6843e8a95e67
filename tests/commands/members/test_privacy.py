"""What is stored about a person can be read and erased by that person."""

import json
from typing import Any

from bot.rendering.replies import file_content
from commands.framework.declarations import JOBS
from storage import members, naming, outbox, privacy
from tests.commands.members.test_profiles import KORA, PIA, REGISTER, card_of
from tests.support.chat import ROOMS, Chat


def told_all(chat: Chat, by: str) -> dict[str, Any]:
    reply = chat.reply("datenschutz auskunft", by=by, room=chat.direct(by))
    found: dict[str, Any] = json.loads(reply.content["data"])
    return found


def test_the_answer_is_a_file(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    chat.says("!idee neu Formulare")
    reply = chat.reply("datenschutz auskunft", room=room)
    assert reply.content["msgtype"] == "m.file"
    assert reply.content["body"].endswith(".json")
    assert reply.content["info"] == {
        "mimetype": "application/json",
        "size": len(reply.content["data"].encode()),
    }
    found = json.loads(reply.content["data"])
    assert found["profile"]["municipality"] == "Aesch"
    assert found["commands"][0]["command"] == "idea new"
    assert reply.machine["type"] == "file"
    assert (reply.machine["of"], reply.machine["format"]) == ("privacy", "json")


def test_in_a_room_the_file_goes_to_the_direct_chat(chat: Chat) -> None:
    chat.member(PIA)
    assert chat.reply("!datenschutz auskunft").machine == {"type": "pointer", "to": "direct"}
    assert chat.to(PIA)[-1].content["msgtype"] == "m.file"


def test_a_stranger_s_data_is_empty(chat: Chat) -> None:
    assert told_all(chat, PIA)["profile"] == {}


def test_what_was_said_elsewhere_is_in_the_file_however_many_it_names(chat: Chat) -> None:
    many = [f"@p{n:02}:localhost" for n in range(40)]
    contents: dict[str, object] = {
        "named": {"ch.publicinnovators": {"who": [PIA, KORA]}},
        "said": {"body": f"Bitte fragen Sie @PIA:Localhost; {KORA} auch."},
        "linked": {"formatted_body": f'<a href="https://matrix.to/#/{PIA}">Pia</a>'},
        "many": {"data": "\n".join([*many, PIA])},
        "others": {"body": f"@pia:localhost.ch und @pi:localhost, {KORA}"},
        "many others": {"data": "\n".join(many)},
        "nobody": {"body": "pia:localhost @pia"},
    }
    with chat.database.transaction() as tx:
        for room, content in contents.items():
            known = {"kind": "message", "content": content, "at": chat.now}
            outbox.add(tx, txn=room, room=room, **known)  # type: ignore[arg-type]
    about = ["named", "said", "linked", "many"]
    assert [one["room"] for one in told_all(chat, PIA)["messages to others"]] == about
    with chat.database.transaction() as tx:
        assert naming.up_to(tx) == 0
        waiting = outbox.list_pending(tx)
    chat.deliver(waiting)
    chat.core.tick(JOBS["names in messages"], now=chat.now)
    with chat.database.transaction() as tx:
        waits = outbox.add(tx, txn="waits", room="waits", kind="message", content={"body": PIA}, at=chat.now)
    chat.core.tick(JOBS["names in messages"], now=chat.now)
    with chat.database.transaction() as tx:
        assert waiting[-1].id <= naming.up_to(tx) < waits.id
    assert [one["room"] for one in told_all(chat, PIA)["messages to others"]] == [*about, "waits"]


def test_erasing_asks_first(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    asked = chat.reply("datenschutz löschen", room=room)
    assert asked.machine["type"] == "confirm"
    assert asked.machine["confirm"].startswith("!datenschutz löschen ")
    assert asked.machine["confirm"] in asked.text
    assert chat.reply("!datenschutz löschen ja", room=room).machine["code"] == "conflict"
    assert told_all(chat, PIA)["profile"]["name"] == "Pia"


def test_the_shown_text_erases(chat: Chat) -> None:
    room = chat.direct(PIA)
    chat.says(REGISTER)
    chat.says("!mitglied aufnehmen @pia:localhost", by=KORA)
    chat.says("!rolle geben Pia moderator", by=KORA)
    chat.says("!idee neu Formulare")
    asked = chat.reply("datenschutz löschen", room=room)
    done = chat.reply(asked.machine["confirm"], room=room)
    assert done.machine["state"] == "left"
    found = told_all(chat, PIA)
    # Of what came after the erasure there is the question for this very file.
    assert len(found.pop("commands")) <= 1
    for name in ("user_id", "made_at", "messages"):
        del found[name]
    assert not any(any(part.values()) if isinstance(part, dict) else part for part in found.values())
    assert "Pia" not in card_of(chat).text
    with chat.database.transaction() as tx:
        assert members.find(tx, PIA) is None
        rows = tx.exec_driver_sql("SELECT actor, ref, text FROM audit_log").all()
        assert rows
        assert PIA not in str(rows)
        kept = tx.exec_driver_sql("SELECT count(*) FROM handled_events WHERE sender = ''").scalar_one()
        assert kept == 4  # so that nothing is carried out again
        sent = [row.content for row in privacy.list_sent(tx, [room]) if row.state == "sent"]
        assert "Willkommen" not in str(sent)
    assert chat.reply("!idee neu Noch eine").machine["code"] == "not_allowed"


def test_the_text_is_good_for_ten_minutes_and_for_one_person(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    chat.member("@peter:localhost")
    asked = chat.reply("datenschutz löschen", room=room).machine["confirm"]
    assert chat.reply(asked, by="@peter:localhost").machine["code"] == "conflict"
    chat.later(minutes=11)
    assert chat.reply(asked, room=room).machine["code"] == "conflict"
    assert told_all(chat, PIA)["profile"]["name"] == "Pia"
    assert told_all(chat, "@peter:localhost")["profile"]["name"] == "Peter"


def test_the_last_coordinator_can_not_be_erased(chat: Chat) -> None:
    room = chat.direct(KORA)
    assert chat.reply("datenschutz löschen", by=KORA, room=room).machine["code"] == "conflict"


def test_erasing_closes_the_rooms_with_personal_data(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    chat.says("!rolle geben Pia koordinator", by=KORA)
    chat.enter(ROOMS["coordination"], PIA)
    asked = chat.reply("privacy erase", room=room).machine["confirm"]
    chat.says(asked, room=room)
    assert (chat.errands[-1].kind, chat.errands[-1].room) == ("kick", ROOMS["coordination"])


def test_what_is_no_text_travels_as_base64() -> None:
    content = file_content("bild.png", "image/png", b"\x89PNG", {"type": "file"})
    assert (content["data"], content["base64"], content["info"]["size"]) == ("iVBORw==", True, 4)


def test_an_edited_question_leaves_the_file(chat: Chat) -> None:
    room = chat.direct(chat.member(PIA))
    chat.says("datenschutz auskunft", room=room)
    assert chat.edits(chat.last, "privacy export", room=room) == []
