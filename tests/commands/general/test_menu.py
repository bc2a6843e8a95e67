import pytest

from storage import dialogues
from tests.commands.general.test_mine import KORA, MONI, PIA, ZOE, scene
from tests.support.chat import Chat, Said

STRANGER = "@fremd:localhost"


def options(said: Said) -> list[tuple[str, str]]:
    assert said.machine["type"] == "help"
    return [(one["key"], one["command"]) for one in said.machine["options"]]


def test_the_menu_begins_with_what_waits_and_ends_with_the_rest(chat: Chat) -> None:
    here = scene(chat)
    said = chat.reply("menü", room=here)
    assert said.text.splitlines() == [
        "Was möchten Sie tun? Antworten Sie mit der Nummer.",
        "1 S1 Kickoff: Kommen Sie?",
        "2 V1 Formular testen: Ist es erledigt?",
        "3 P1 Umzugsmeldung, Steckbrief: Sind Sie einverstanden?",
        "4 Eine Idee einreichen",
        "5 Ideen ansehen und abstimmen",
        "6 Was läuft: Anlässe und Sitzungen",
        "7 Mein Stand: was wartet, meine Termine, Gruppen und Ideen",
        "9 Alles andere",
    ]
    assert {
        "key": "4",
        "value": "idee neu",
        "label": "Eine Idee einreichen",
        "command": "idea new",
    } in said.machine["options"]
    assert "idea new" in said.machine["commands"]
    assert said.event_id not in [event for event, _ in chat.reactions]


@pytest.mark.parametrize(
    "typed", ["menü", "Menü", "menue", "menu", "start", "hilfe", "help", "Hilfe!", "!", "!menü"]
)
def test_each_way_to_ask_for_it(chat: Chat, typed: str) -> None:
    chat.member(PIA)
    assert len(options(chat.reply(typed, room=chat.direct(PIA)))) == 8


def test_a_number_runs_a_line_within_a_day_and_the_menu_stays(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    chat.says("menü", room=here)
    assert chat.reply("2", room=here).machine["of"] == "idea"
    chat.later(hours=20)
    assert chat.reply("3", room=here).machine["of"] == "agenda"
    assert chat.reply("9", room=here).text.startswith("Das können Sie hier tun")
    asked = chat.reply("1", room=here)
    assert (asked.machine["command"], asked.machine["field"]) == ("idea new", "title")
    assert chat.reply("2", room=here).machine["field"] == "text"  # the newest takes it


def test_a_number_is_no_line_of_a_menu_after_a_day(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    chat.says("menü", room=here)
    chat.later(hours=25)
    assert chat.reply("2", room=here).machine["type"] != "list"


def test_a_number_that_the_menu_has_not_is_none_of_it(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    chat.says("menü", room=here)
    assert chat.reply("8", room=here).machine["type"] != "list"
    assert chat.reply("2", room=here).machine["type"] == "list"
    assert chat.reply("abbrechen", room=here).machine["type"] == "remark"


def test_from_a_room_the_menu_comes_into_the_direct_chat(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    pointer = chat.reply("!hilfe")
    assert (pointer.machine["type"], "options" in pointer.machine) == ("help", False)
    assert "idea new" in pointer.machine["commands"]
    assert len(pointer.text.splitlines()) == 1
    assert len(options(chat.to(PIA)[-1])) == 8
    assert chat.says("2") == []  # in the room it is talk
    assert chat.reply("2", room=here).machine["of"] == "idea"


def test_the_whole_list_is_there_as_before(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    for typed in ("hilfe alles", "help all"):
        said = chat.reply(typed, room=here)
        assert said.text.startswith("Das können Sie hier tun")
        assert "options" not in said.machine


def test_a_stranger_registers_first(chat: Chat) -> None:
    here = chat.direct(STRANGER)
    said = chat.reply("hilfe", by=STRANGER, room=here)
    assert options(said) == [("1", "profile register"), ("2", "privacy export"), ("9", "help all")]
    asked = chat.reply("1", by=STRANGER, room=here)
    assert asked.text == "In welcher Gemeinde arbeiten Sie?"
    chat.says("Muttenz", by=STRANGER, room=here)
    chat.says("Bauverwaltung", by=STRANGER, room=here)
    pending = chat.reply("menü", by=STRANGER, room=here)
    assert options(pending)[0] == ("1", "profile show")
    assert chat.reply("1", by=STRANGER, room=here).machine["state"] == "pending"


def test_it_is_made_for_who_asks(chat: Chat) -> None:
    scene(chat)
    kora = chat.reply("menü", by=KORA, room=chat.direct(KORA))
    assert [command for _, command in options(kora)[:4]] == [
        "my status",
        "event new",
        "news new",
        "meeting new",
    ]
    moni = chat.reply("menü", by=MONI, room=chat.direct(MONI))
    assert [command for _, command in options(moni)[:3]] == ["my status", "news new", "idea new"]
    zoe = chat.reply("menü", by=ZOE, room=chat.direct(ZOE))
    assert [command for _, command in options(zoe)[:2]] == ["meeting new", "idea new"]
    chat.says("profil pause", by=ZOE, room=chat.direct(ZOE))
    away = chat.reply("menü", by=ZOE, room=chat.direct(ZOE))
    assert options(away)[0] == ("1", "profile back")
    assert chat.reply("1", by=ZOE, room=chat.direct(ZOE)).machine["state"] == "active"


def test_whatever_it_offers_may_be_done(chat: Chat) -> None:
    scene(chat)
    chat.says("profil pause", by=ZOE, room=chat.direct(ZOE))
    for who in (PIA, ZOE, KORA, MONI, STRANGER):
        here = chat.direct(who)
        said = chat.reply("menü", by=who, room=here)
        for key, _ in options(said):
            chat.says("!menü", by=who, room=here)
            reply = chat.reply(key, by=who, room=here)
            assert reply.machine.get("code") is None, (who, key, reply.text)
            chat.says("abbrechen", by=who, room=here)


def test_many_of_a_kind_take_one_line(chat: Chat) -> None:
    chat.member(PIA)
    for title in ("Baugesuche online", "Hundemarken bestellen", "Parkkarten"):
        chat.says(f"idee neu {title}", room=chat.direct(PIA))
    said = chat.reply("menu", by=MONI, room=chat.direct(MONI))
    assert "1 I1 Baugesuche online: Annehmen oder ablehnen? (und noch 2)" in said.text


def test_in_english(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA, language="en"))
    said = chat.reply("menu", room=here)
    assert said.text.splitlines()[0] == "What would you like to do? Answer with the number."
    assert said.machine["options"][1]["value"] == "idea list state: open"
    assert chat.reply("2", room=here).machine["type"] == "list"
    assert "Everything else" in chat.says("!help")[-1].text or "Everything else" in chat.to(PIA)[-1].text


def test_a_question_that_is_open_stays_so(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    chat.says("!idee neu", room=here)
    said = chat.reply("!menü", room=here)
    assert "options" not in said.machine
    assert said.text.endswith("Noch offen: Wie heisst die Idee? Ein kurzer Titel genügt.")
    chat.says("!hilfe")
    assert chat.reply("Baugesuche online", room=here).machine["field"] == "text"


def test_an_edit_into_something_else_closes_it(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    chat.says("menü", room=here)
    [edited] = chat.edits(chat.last, "agenda", room=here)
    assert edited.machine["of"] == "agenda"
    with chat.database.transaction() as tx:
        assert dialogues.list_of(tx, PIA) == []
    chat.says("agenda", room=here)
    chat.edits(chat.last, "menü", room=here)
    assert chat.reply("2", room=here).machine["of"] == "idea"


def test_after_a_kill_the_number_still_runs(chat: Chat) -> None:
    here = chat.direct(chat.member(PIA))
    chat.says("menü", room=here)
    chat.restart()
    assert chat.reply("2", room=here).machine["of"] == "idea"
