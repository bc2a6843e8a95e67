import pytest

from commands.framework.declarations import COMMANDS
from commands.framework.replies import Role
from tests.support.chat import Chat

KORA = "@kora:localhost"


def test_a_stranger_sees_what_strangers_may_do(chat: Chat) -> None:
    reply = chat.reply("!hilfe", by="@fremd:localhost")
    assert reply.machine["type"] == "help"
    assert set(reply.machine["commands"]) == {c.name for c in COMMANDS.values() if c.role is Role.ANYONE}
    assert {"help", "status"} <= set(reply.machine["commands"])
    assert "idee" not in reply.text
    whole = chat.answer("!hilfe alles", by="@fremd:localhost")
    assert "idee" not in whole.text
    assert "sobald Sie Public Innovator sind" in whole.text


def test_a_member_sees_more_and_a_coordinator_all(chat: Chat) -> None:
    chat.member("@pia:localhost")
    mine = chat.reply("!hilfe").machine["commands"]
    assert "idea new" in mine
    assert "municipality firstmover" not in mine
    assert set(chat.reply("!hilfe", by=KORA).machine["commands"]) == set(COMMANDS)


def test_the_overview_has_a_line_and_an_example_a_noun(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.answer("!hilfe alles")
    [line] = [line for line in reply.text.splitlines() if line.startswith("• gemeinde")]
    assert line == "• gemeinde: liste, zeige, abdeckung"
    examples = [line.strip() for line in reply.text.splitlines() if line.startswith("  ")]
    assert "!gemeinde liste" in examples
    assert "!idee neu Umzugsmeldung: Formulare vorausfüllen" in examples
    nouns = [line for line in reply.text.splitlines() if line.startswith("• ")]
    first = ["idee", "news", "anlass", "gruppe", "sitzung", "agenda", "prozess", "kurs", "profil"]
    assert [line.partition(":")[0] for line in nouns[: len(first)]] == [f"• {noun}" for noun in first]
    rest = nouns[len(first) :]
    assert rest == sorted(rest, key=lambda line: line.replace("ä", "a").replace("ö", "o").replace("ü", "u"))


def test_help_speaks_the_language_of_the_asker(chat: Chat) -> None:
    chat.member("@pia:localhost", language="en")
    reply = chat.reply("help all", room=chat.direct("@pia:localhost"))
    assert "• municipality: list, show, coverage" in reply.text
    assert "gemeinde" not in reply.text


def test_details_have_every_command_with_its_fields(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.answer("!hilfe idee")
    assert "idea new" in reply.machine["commands"]
    assert all(name.startswith("idea ") for name in reply.machine["commands"])
    assert "!idee neu Umzugsmeldung: Formulare vorausfüllen" in reply.text
    assert "thema" in reply.text
    for same in ("!hilfe IDEA", "!help idee", "!hilfe idee neu", "!idee", "!hilfe !idee"):
        assert chat.reply(same).machine == reply.machine


def test_details_are_those_of_the_role(chat: Chat) -> None:
    chat.member("@pia:localhost")
    assert "municipality firstmover" not in chat.reply("!hilfe gemeinde").machine["commands"]
    assert "municipality firstmover" in chat.reply("!hilfe gemeinde", by=KORA).machine["commands"]
    assert chat.reply("!hilfe protokoll").machine["code"] == "not_allowed"
    assert "anmelden" in chat.answer("!hilfe idee", by="@fremd:localhost").text


def test_an_unknown_noun_is_answered_with_the_nearest(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!hilfe ideen")
    assert reply.machine == {"type": "error", "code": "unknown_command", "nearest": "!hilfe idee"}
    assert "nearest" not in chat.reply("!hilfe xxxxxxx").machine


def test_the_empty_command_in_the_direct_chat_asks_for_help(chat: Chat) -> None:
    chat.member("@pia:localhost")
    assert chat.reply("!", room=chat.direct("@pia:localhost")).machine["type"] == "help"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("hilfe news", ("öffentlich: ja, wenn", "tags: Stichworte")),
        ("hilfe idee", ("trotzdem: ja, wenn",)),
        ("hilfe sitzung", ("trotzdem: ja, wenn",)),
        ("hilfe prozess", ("trotzdem: ja, wenn",)),
        ("hilfe anlass", ("öffentlich: ja, wenn",)),
        ("help news", ("public: yes, if", "tags: keywords")),
    ],
)
def test_fields_whose_name_says_little_are_explained(chat: Chat, typed: str, words: tuple[str, ...]) -> None:
    chat.member(KORA, language="en" if typed.startswith("help") else "de")
    said = chat.answer(f"!{typed}", by=KORA).text
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("hilfe frontend", "auf dem Portal sehen und ausfüllen"),
        ("hilfe Backend", "in der Verwaltung geschieht"),
        ("hilfe rollout", "einen fertigen Prozess einführen"),
        ("hilfe flächendeckender Rollout", "einen fertigen Prozess einführen"),
        ("hilfe first mover?", "zuerst einführen: 2 kleine, 2 mittlere und 2 grosse"),
        ("hilfe firstmover", "zuerst einführen"),
        ("hilfe BPMN", "eine Zeichnung des Ablaufs"),
        ("hilfe wochenüberblick", "am Montag um acht"),
        ("hilfe digest", "Der Wochenüberblick kommt"),
        ("hilfe klassen", "Laborleistung"),
        ("hilfe Priorität", "Laborleistung"),
    ],
)
def test_words_from_the_cards_are_explained(chat: Chat, typed: str, says: str) -> None:
    chat.member("@pia:localhost")
    for who in ("@pia:localhost", KORA):
        assert says in chat.says(typed, by=who, room=chat.direct(who))[-1].text


@pytest.mark.parametrize("typed", ["frontend", "Backend?", "bpmn"])
def test_a_word_by_itself_leads_to_what_it_means(chat: Chat, typed: str) -> None:
    chat.member("@pia:localhost")
    asked = chat.says(typed, room=chat.direct("@pia:localhost"))[-1]
    assert f"!hilfe {typed.strip('?').lower()}" in asked.text


def test_the_weekly_digest_is_understood_by_both_names(chat: Chat) -> None:
    pia = chat.direct(chat.member("@pia:localhost"))
    assert "Wochenüberblick: nein" in chat.reply("profil wochenüberblick aus", room=pia).text
    assert "Wochenüberblick: ja" in chat.reply("profil digest ein", room=pia).text
    assert "!profil digest aus" in chat.reply("wochenüberblick aus", room=pia).text


def test_the_greeting_stands_apart_from_what_is_typed(chat: Chat) -> None:
    fremd = chat.direct("@fremd:localhost")
    lines = chat.reply("sali zusammen", by="@fremd:localhost", room=fremd).text.splitlines()
    assert lines[0].startswith("Guten Tag.")
    assert lines[1] == "1 Mich als Public Innovator anmelden"
    typed = chat.reply("!sali zusammen", by="@fremd:localhost", room=fremd).text.splitlines()
    assert typed[1] == "!profil anmelden gemeinde: Aesch | funktion: Einwohnerdienste"
    assert typed[2].startswith("Mit !hilfe")
