"""People who mean harm, people whose fingers slip, and clients that send what they should not."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from bot.core.batches import Batch, Invitation, RoomBatch
from bot.core.events import Edit, Message, Reaction, Redaction, State, read
from bot.core.typed import clean
from bot.rendering.replies import KEY
from storage import cards, inbox, rooms
from storage.outbox import Done
from tests.support.chat import BOT, HALL, ROOMS, Chat
from tests.support.wire import check_all, collected, nothing_fails, replies

PIA, PETER, KORA = "@pia:localhost", "@peter:localhost", "@kora:localhost"
NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1)) [y](data:text/html;base64,xx) ![z](https://example.ch/z.png)",
    "{{ 7*7 }} {% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %} {# x #}",
    "@room @ROOM @Room **@**room @<b>room</b> @&#114;oom",
    "@peter:localhost https://matrix.to/#/@peter:localhost [Peter](https://matrix.to/#/@peter:localhost)",
    "a\u202eb\u2066c\u2069d\u200fe",
    "a\u200bb\u200cc\u200dd\u2060e\ufeff",
    "a\x00b\x01c\x1bd\x7fe\x85f",
    "a\ud800b\udfffc",
    "\x01idea:1\x01 \x012\x01",
    "&lt;b&gt; &amp;amp; &#x3c;i&#x3e; &nbsp;",
    "z̸̡̢̛̗̘̙̜̝̞̟̠̣̤̥̦̩̪̫̬̭̮̯̰̱̲̳̹̺̻̼͇͈͉͍͎̀́̂̃̄̅̆̇̈̉̊̋̌̍̎̏̐̑̒̓̔̽̾̿̀́͂̓̈́͆͊͋͌̕̚ͅ͏͓͔͕͖͙͚͐͑͒͗͛",
    "'; DROP TABLE ideas; -- \\ \" ' ` % _ ",
    "=1+1 +1 -1 @SUM(A1)",
    "```\n<b>\n``` <details><summary>x</summary></details> <!-- x --> <?php ?> <![CDATA[x]]>",
    "|a|b|\n|-|-|\n|<b>|{{x}}|",
    "# Titel\n\n> Zitat\n\n1. eins\n999999999. viel\n\n---\n\n* * *",
]


@pytest.mark.parametrize("text", NASTY)
def test_people_s_text_is_text(chat: Chat, text: str) -> None:
    chat.member(PIA)
    line = " ".join(text.split())
    with nothing_fails():
        for command in (
            f"!idee neu {line}\n\nText:\n\n{text}\ntrotzdem: ja",
            f"!idee neu Formulare | thema: {line[:150]} | trotzdem: ja",
            f"!idee ändern I1 titel: {line[:100]}\n\nText {text}",
            f"!{text}",
            f"!idee zeige {line}",
            f"!idee liste suche: {line}",
            f"!idee stimme I1 {line}",
            f"!idee bewerte I1 aufwand: {line}",
            f"!gemeinde zeige {line}",
            f"!profil zeige {line}",
            f"!hilfe {line}",
            f"!idee neu x\n{line}: x",
        ):
            said = chat.says(command)
            expected = 1 if clean(command)[1:2].isalpha() else 0
            assert len(replies(said, chat.last)) == expected, command
    check_all(chat)
    for one in chat.said:
        assert "49" not in one.text
        assert not any(c in one.text for c in "\x00\x01\x1b\u202e\u2066\ufeff\ud800")
        assert 'href="javascript' not in one.html.lower()


def test_a_display_name_is_text_too(chat: Chat) -> None:
    chat.enters(ROOMS["ideas"], PIA, "<b>@room\u202e {{ 7*7 }}\x00</b>\ud800" + "x" * 5000)
    chat.member(PIA)
    chat.enters(ROOMS["ideas"], PIA, "<b>@room\u202e {{ 7*7 }}\x00</b>\ud800" + "x" * 5000)
    chat.reply("!idee neu Formulare")
    check_all(chat)
    assert "&lt;b&gt;" in chat.card("I1").html
    assert len(chat.card("I1").text) < 600


@pytest.mark.parametrize(
    "body",
    [
        "!idee neu " + "x" * 65_000,
        "!idee neu\n" + "\U0001f600" * 15_900,
        "!idee neu\n" + "\\" * 15_900,
        "!idee neu\n" + '"' * 15_900,
        "!idee neu\n" + "<&>" * 5_300,
        "!idee neu\n" + "x\n" * 7_900,
        "!" + "x" * 15_900,
        "!idee zeige " + "9" * 15_900,
        "!idee zeige " + "»" * 15_900,
        "!idee stimme I1 " + "\U0001f600" * 15_900,
        "!gemeinde zeige " + "Aesch " * 2_600,
        "!idee neu x\n" + "ä" * 15_900 + ": y",
        "!idee annehmen I" + "9" * 15_900 + " grund: x",
        "!idee neu x | thema: " + "\U0001f600" * 15_900,
        "!idee neu x" + " " * 15_900 + "y",
        "!idee neu x" + " |" * 7_900,
        "!idee neu x\n" + "y" + "\t" * 15_000 + "| thema: z",
        "!idee neu " + "thema: x " * 1_700,
        "!idee neu x\n" + "[" * 15_900,
        "!idee neu x\n" + "> " * 1_990,
        "!idee neu x\n" + "*a_" * 1_300,
        "!news neu x | wann: " + "1." * 7_900,
        "!idee neu x | trotzdem: " + "ja " * 5_000,
    ],
    ids=lambda body: body[:24].strip().replace("\n", " "),
)
def test_what_is_long_is_answered_once_and_soon(chat: Chat, body: str) -> None:
    chat.member(PIA)
    begun = time.process_time()
    with nothing_fails():
        said = chat.says(body)
    assert time.process_time() - begun < 2  # far from a measurement: what was slow took minutes
    [reply] = replies(said, chat.last)
    check_all(chat)
    assert len(reply.text) < 40_000


@pytest.mark.parametrize(
    "content",
    [
        {"body": "x", "formatted_body": "<a " * 21_000},
        {"body": "x", "formatted_body": '<a href="https://matrix.to/#/x">' * 1_900},
        {"body": "x", "formatted_body": '<a href="https://matrix.to/#/@x:y">x</a>' * 1_500},
        {"body": "[](matrix:u/" * 1_300 + "]("},
        {"body": "[" * 15_990 + "]("},
        {"body": "](" * 7_990},
        {"body": "> " * 7_990},
        {"body": "pibot" * 3_000},
    ],
    ids=lambda content: str(content["body"])[:12] + str(content.get("formatted_body", ""))[:12],
)
def test_talk_costs_nothing(content: dict[str, Any]) -> None:
    """Everybody's messages are read, before anybody is asked who they are."""
    raw = {
        "type": "m.room.message",
        "event_id": "$x",
        "sender": PIA,
        "content": {"msgtype": "m.text", **content},
    }
    begun = time.process_time()
    read(raw, HALL, bot=BOT)
    assert time.process_time() - begun < 1


# --- events that make no sense


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"x": [value]}
    return value


VALUES = [
    None,
    True,
    0,
    -1,
    1e308,
    float("nan"),
    float("inf"),
    10**30,
    "",
    "x",
    "\x00",
    "\ud800",
    [],
    [[]],
    {},
    nested(450),
]
KINDS = [
    "m.room.message",
    "m.reaction",
    "m.room.redaction",
    "m.room.encrypted",
    "m.room.member",
    "m.room.create",
    "m.room.power_levels",
    "m.room.encryption",
    "m.room.tombstone",
    "m.room.join_rules",
    "m.room.name",
]


def malformed(value: Any) -> list[Any]:
    """Event contents with the value in every place that the bot looks at."""
    relations = [
        value,
        {"rel_type": value, "event_id": "$event1", "key": "👍"},
        {"rel_type": "m.replace", "event_id": value},
        {"rel_type": "m.replace", "event_id": "$event1"},
        {"rel_type": "m.annotation", "event_id": value, "key": "👍"},
        {"rel_type": "m.annotation", "event_id": "$event1", "key": value},
        {"rel_type": "m.thread", "event_id": value},
        {"m.in_reply_to": value},
        {"m.in_reply_to": {"event_id": value}},
    ]
    text = {"msgtype": "m.text", "body": "Guten Tag"}
    return [
        value,
        *({"m.relates_to": r} for r in relations),
        *({**text, "m.relates_to": r, "m.new_content": value} for r in relations),
        *({**text, "m.relates_to": r, "m.new_content": {"msgtype": value, "body": value}} for r in relations),
        {"msgtype": value, "body": "x"},
        {"msgtype": "m.text", "body": value},
        {"msgtype": "m.text"},
        {**text, "format": value, "formatted_body": value},
        {**text, "m.mentions": value},
        {**text, "m.mentions": {"user_ids": value}},
        {**text, "m.mentions": {"user_ids": [value]}},
        {"redacts": value},
        {"membership": value, "displayname": "x"},
        {"membership": "join", "displayname": value, "is_direct": value},
        {"membership": "leave", "displayname": value},
        {"users": value, "users_default": value},
        {"users": {PIA: value}},
        {"room_version": value, "additional_creators": value, KEY: value},
        {"room_version": "²", "additional_creators": [value]},
        {"room_version": "9" * 5000},
        {"replacement_room": value},
    ]


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_malformed_events_leave_nothing_behind(chat: Chat, kind: str) -> None:
    chat.member(PIA)
    card = chat.says("!idee neu Formulare", room=ROOMS["ideas"])[0]
    told = len(chat.said)
    bad = [m for value in VALUES for m in malformed(value)]
    with collected() as failures:
        for number, content in enumerate(bad):
            for key in (None, "", PIA, "@x", "\ud800"):
                raw = {
                    "type": kind,
                    "event_id": f"$bad{number}{key!r}",
                    "sender": PETER,
                    "content": content,
                    "origin_server_ts": content,
                    "unsigned": content,
                } | ({} if key is None else {"state_key": key})
                event = read(raw, HALL, bot=BOT)
                if event is not None:
                    chat.apply(
                        RoomBatch(HALL, [event] if isinstance(event, State) else [], [event], joined=True)
                    )
    # An id that no database takes is recorded as failed; never anything that stops what comes after.
    assert {type(record.exc_info[1]).__name__ for record in failures if record.exc_info} <= {"RecursionError"}
    assert [
        s for s in chat.said[told:] if s.machine["type"] != "remark" and s.machine.get("code") != "conflict"
    ] == []
    assert chat.reply("!idee zeige I1").machine["votes"] == {"for": 0, "against": 0, "neutral": 0}
    assert chat.reacts(card, "👍") != []
    check_all(chat)


@pytest.mark.long
@pytest.mark.parametrize("value", [*VALUES, {"x": 1}, [1], "x" * 70_000])
def test_an_event_of_nonsense_is_no_event(value: Any) -> None:
    good: dict[str, Any] = {
        "type": "m.room.message",
        "event_id": "$x",
        "sender": PIA,
        "content": {"msgtype": "m.text", "body": "!x"},
    }
    assert read(value, HALL, bot=BOT) is None
    for name in ("type", "event_id", "sender", "content"):
        assert read({**good, name: value}, HALL, bot=BOT) is None or (isinstance(value, str) and value)
    assert isinstance(read({**good, "origin_server_ts": value}, HALL, bot=BOT), Message)
    assert isinstance(read({**good, "unsigned": value}, HALL, bot=BOT), Message)
    assert isinstance(
        read({**good, "unsigned": {"m.relations": {"m.replace": value}}}, HALL, bot=BOT), Message
    )


def test_one_bad_state_event_never_stops_the_rest(chat: Chat) -> None:
    """What a room's state holds can't be refused like an event; a batch that can't be taken would come for ever."""
    power = State(
        HALL, "$power", PIA, chat.now, type="m.room.power_levels", key="", content={"users": {PETER: 100}}
    )
    bad = State(
        HALL, "$bad", PETER, chat.now, type="m.room.member", key="@\ud800", content={"membership": "join"}
    )
    after = State(HALL, "$name", PIA, chat.now, type="m.room.encryption", key="", content={})
    with collected() as failures:
        chat.apply(RoomBatch(HALL, [power, bad, after], (), joined=True))
    assert failures
    with chat.database.transaction() as tx:
        room = rooms.find(tx, HALL)
        assert room is not None
        assert (room.power, room.encrypted, room.replaced_by) == (
            {"users": {PETER: 100}, "needed": 0},
            True,
            None,
        )


def test_a_room_upgraded_before_can_be_entered_again(chat: Chat) -> None:
    state = [
        State(HALL, "$c", PETER, chat.now, type="m.room.create", key="", content={"room_version": "12"}),
        State(
            HALL, "$t", PETER, chat.now, type="m.room.tombstone", key="", content={"replacement_room": "!new"}
        ),
    ]
    with nothing_fails():
        for _ in range(3):
            chat.apply(RoomBatch(HALL, state, (), joined=True, fresh=True))
            chat.apply(RoomBatch(HALL, (), (), joined=False))
    assert [(e.kind, e.room) for e in chat.errands] == [("join", "!new")]


@pytest.mark.parametrize("sender", ["", "x", "@", "@x", "@x:\ud800", "\x00", "@stranger:evil.example"])
def test_invitations_of_nobody_are_declined(chat: Chat, sender: str) -> None:
    with collected():
        chat.deliver(
            chat.core.apply(
                Batch(token="s", invitations=[Invitation("!x", sender, False, True)]), (), now=chat.now
            )
        )
    assert {e.kind for e in chat.errands} <= {"leave"}


# --- events that name what is elsewhere


def test_nobody_takes_off_votes_from_another_room(chat: Chat) -> None:
    """Whoever may redact in a room of their own may name any event there; the homeserver hands it on."""
    chat.member(PIA)
    chat.member(PETER)
    [card] = chat.says("!idee neu Formulare", room=ROOMS["ideas"])
    chat.reacts(card, "👍", by=PETER)
    vote = chat.last
    chat.takes_off(vote, by=PIA, room=chat.direct(PIA))
    assert chat.card("I1").machine["votes"]["for"] == 1
    chat.takes_off(vote, by=PETER)
    assert chat.card("I1").machine["votes"]["for"] == 0


def test_nobody_deletes_or_rewords_commands_from_another_room(chat: Chat) -> None:
    for person in (PIA, PETER):
        chat.member(person)
    command = Message(
        ROOMS["ideas"],
        "$command",
        PETER,
        chat.now,
        text="!idee neu Formulare",
        mentions=frozenset(),
        thread=None,
    )
    gone = Redaction(chat.direct(PIA), "$gone", PIA, chat.now, target="$command")
    elsewhere = chat.direct(PETER)
    other = Message(
        elsewhere, "$command", PETER, chat.now, text="idee liste", mentions=frozenset(), thread=None
    )
    edit = Edit(elsewhere, "$edit", PETER, chat.now, target="$command", message=other)
    said = chat.apply(
        RoomBatch(ROOMS["ideas"], (), [command], joined=True), RoomBatch(HALL, (), [gone, edit], joined=True)
    )
    assert [s.machine["title"] for s in said] == ["Formulare"]
    chat.apply(
        RoomBatch(
            elsewhere,
            (),
            [Edit(elsewhere, "$again", PETER, chat.now, target="$command", message=other)],
            joined=True,
        )
    )
    assert len(chat.said) == 1


def test_a_personal_answer_is_not_led_into_a_room(chat: Chat) -> None:
    """An edit sent in the direct chat that names a command in a room would be answered there."""
    room = chat.direct(chat.member(PIA))
    chat.reply("!profil zeige")
    command, before = chat.last, len(chat.said)
    chat.edits(command, "profil zeige", room=room)
    assert [s for s in chat.said[before:] if s.room == HALL] == []


def test_reactions_count_where_the_card_is(chat: Chat) -> None:
    chat.member(PIA)
    [card] = chat.says("!idee neu Formulare", room=ROOMS["ideas"])
    event = Reaction(HALL, "$tap", PIA, chat.now, target=card.event_id, key="👍")
    chat.apply(RoomBatch(HALL, (), [event], joined=True))
    assert chat.card("I1").machine["votes"]["for"] == 0


# --- floods


def test_two_hundred_commands_in_a_burst(chat: Chat) -> None:
    chat.member(PIA)
    chat.member(PETER)
    said = [chat.says("!idee liste") for _ in range(200)]
    assert [len(s) for s in said] == [1] * 31 + [0] * 169
    assert [s[0].machine.get("code") for s in said[:31]] == [None] * 30 + ["too_fast"]
    assert chat.reply("!idee liste", by=PETER).machine["type"] == "list"
    assert chat.says("Guten Tag") == []
    chat.later(seconds=61)
    assert chat.reply("!idee liste").machine["type"] == "list"


def test_one_who_never_stops_is_served_as_much_as_anybody(chat: Chat) -> None:
    """Silence ends with its minute: what was passed over does not count towards the next."""
    chat.member(PIA)
    codes: list[str | None] = []
    for _ in range(180):
        said = chat.says("!idee liste")
        codes.append(said[0].machine.get("code", "done") if said else None)
        chat.now += timedelta(seconds=1)
    for minute in (codes[:60], codes[60:120], codes[120:]):
        assert 25 <= minute.count("done") <= 31
        assert minute.count("too_fast") <= 1 + 1


def test_what_was_said_before_the_start_is_exempt(chat: Chat) -> None:
    chat.member(PIA)
    events = [
        Message(HALL, f"$early{n}", PIA, chat.now, text="!idee liste", mentions=frozenset(), thread=None)
        for n in range(50)
    ]
    said = chat.apply(RoomBatch(HALL, (), events, joined=True), catching_up=True)
    assert [s.machine["type"] for s in said] == ["list"] * 50
    assert chat.reply("!idee liste").machine["type"] == "list"


def test_times_of_a_wrong_clock_do_no_harm(chat: Chat) -> None:
    chat.member(PIA)
    with nothing_fails():
        for stamp in (-(10**18), -1, 0, 1, 10**15, 10**18, 10**30, 1.5, True, None, "x", float("nan")):
            raw = {
                "type": "m.room.message",
                "event_id": f"${stamp}",
                "sender": PIA,
                "origin_server_ts": stamp,
                "content": {"msgtype": "m.text", "body": "!idee neu Formulare\ntrotzdem: ja"},
            }
            event = read(raw, HALL, bot=BOT)
            assert event is not None
            said = chat.apply(RoomBatch(HALL, (), [event], joined=True))
            assert replies(said, event.event_id) != []
    check_all(chat)
    assert chat.reply("!idee liste").machine["total"] == 12


# --- the same twice, and in a wrong order


def test_an_event_that_comes_twice_counts_once(chat: Chat) -> None:
    chat.member(PIA)
    [card] = chat.says("!idee neu Formulare", room=ROOMS["ideas"])
    command = Message(
        HALL, "$c", PIA, chat.now, text="!idee neu Zweite\ntrotzdem: ja", mentions=frozenset(), thread=None
    )
    wording = Message(
        HALL, "$c", PIA, chat.now, text="!idee neu Dritte\ntrotzdem: ja", mentions=frozenset(), thread=None
    )
    edit = Edit(HALL, "$e", PIA, chat.now, target="$c", message=wording)
    tap = Reaction(ROOMS["ideas"], "$t", PIA, chat.now, target=card.event_id, key="👍")
    talk = Message(
        ROOMS["ideas"], "$k", PIA, chat.now, text="Gute Idee", mentions=frozenset(), thread=card.event_id
    )
    for batch in ([command, command, tap, tap, talk, talk], [edit, edit], [command, edit, tap, talk]):
        chat.apply(RoomBatch(HALL, (), batch, joined=True))
    assert len([s for s in chat.said if s.replies_to == "$c"]) == 1
    assert chat.reply("!idee liste").machine["total"] == 2
    assert chat.card("I2").machine["title"] == "Dritte"
    assert chat.card("I1").machine["votes"]["for"] == 1
    assert "1 Kommentar" in chat.card("I1").text


def test_a_redaction_before_its_target_changes_nothing(chat: Chat) -> None:
    chat.member(PIA)
    [card] = chat.says("!idee neu Formulare", room=ROOMS["ideas"])
    tap = Reaction(ROOMS["ideas"], "$t", PIA, chat.now, target=card.event_id, key="👍")
    with nothing_fails():
        chat.takes_off("$t", room=ROOMS["ideas"])
        chat.takes_off("$unknown")
        chat.apply(RoomBatch(ROOMS["ideas"], (), [tap], joined=True))
        chat.takes_off("$t", room=ROOMS["ideas"])
        chat.takes_off("$t", room=ROOMS["ideas"])
    assert chat.card("I1").machine["votes"]["for"] == 0


def test_a_reaction_may_come_before_we_know_that_the_message_was_sent(chat: Chat) -> None:
    """The homeserver shows a message before it answers; the batch records first what has been sent."""
    chat.member(PIA)
    command = Message(
        ROOMS["ideas"], "$c", PIA, chat.now, text="!idee neu Formulare", mentions=frozenset(), thread=None
    )
    errands = chat.core.apply(
        Batch("s1", [RoomBatch(ROOMS["ideas"], (), [command], joined=True)]), (), now=chat.now
    )
    card = next(e for e in errands if e.kind == "message")
    tap = Reaction(ROOMS["ideas"], "$t", PIA, chat.now, target="$card", key="👍")
    batch = Batch("s2", [RoomBatch(ROOMS["ideas"], (), [tap], joined=True)])
    chat.core.apply(batch, [Done(card.id, "$card")], now=chat.now)
    with chat.database.transaction() as tx:
        found = cards.find_by_event(tx, "$card")
        assert found is not None
        assert [t.key for t in cards.list_taps(tx, found.kind, found.number)] == ["👍"]


def test_a_wording_sent_along_is_not_an_edit_later(chat: Chat) -> None:
    """The homeserver sends the newest edit along with the command; the edit itself may come in the next answer."""
    chat.says("!rolle geben @pia:localhost moderator", by=KORA)
    raw = {
        "type": "m.room.message",
        "event_id": "$c",
        "sender": KORA,
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": "!rolle geben"},
        "unsigned": {
            "m.relations": {
                "m.replace": {
                    "event_id": "$e",
                    "sender": KORA,
                    "content": {"m.new_content": {"msgtype": "m.text", "body": "!idee liste"}},
                }
            }
        },
    }
    event = read(raw, HALL, bot=BOT)
    assert event is not None
    [reply] = chat.apply(RoomBatch(HALL, (), [event], joined=True))
    assert reply.machine["type"] == "list"
    wording = Message(HALL, "$c", KORA, chat.now, text="!idee liste", mentions=frozenset(), thread=None)
    assert (
        chat.apply(
            RoomBatch(HALL, (), [Edit(HALL, "$e", KORA, chat.now, target="$c", message=wording)], joined=True)
        )
        == []
    )


def test_everything_said_is_json(chat: Chat) -> None:
    chat.member(PIA)
    chat.says("!idee neu Formulare")
    with chat.database.transaction() as tx:
        assert inbox.is_handled(tx, chat.last)
    assert all(json.loads(json.dumps(s.content)) == s.content for s in chat.said)
