from typing import Any

from storage import products
from tests.support.chat import Chat, Said

PIA, ZOE, KORA, MONI = "@pia:localhost", "@zoe:localhost", "@kora:localhost", "@moni:localhost"


def put_in_review(chat: Chat, process: int, code: str) -> None:
    link = "https://example.ch/entwurf"
    with chat.database.transaction() as tx:
        products.put(
            tx, process=process, code=code, state="in_review", link=link, asked_at=chat.now, at=chat.now
        )


def scene(chat: Chat, **pia: Any) -> str:
    """Pia is in a group that meets, has a work product in review and an agreement, and has given ideas."""
    chat.member(PIA, **pia)
    chat.member(ZOE)
    process = chat.process(PIA, leader=ZOE)
    put_in_review(chat, process, "profile")
    here, zoe, kora = chat.direct(PIA), chat.direct(ZOE), chat.direct(KORA)
    chat.says("!sitzung neu P1 Kickoff | wann: 18.3.2027 13:30-15:00", by=ZOE, room=zoe)
    chat.says("!sitzung neu P1 Rückblick | wann: 19.4.2027 13:30-15:00", by=ZOE, room=zoe)
    chat.says("!vereinbarung neu P1 Formular testen | wer: Pia | bis: 5.12.2026", by=ZOE, room=zoe)
    chat.says("!anlass neu PI-Event | wann: 18.3.2027 17:00-19:00 | ort: Liestal", by=KORA, room=kora)
    chat.says("!anlass neu Apéro | wann: 19.3.2027 17:00-19:00", by=KORA, room=kora)
    for text in ("!anlass anmelden A1", "!sitzung zusagen S2", "!idee neu Baugesuche online"):
        chat.says(text, room=here)
    return here


def mine(chat: Chat, by: str = PIA, text: str = "mein stand") -> Said:
    [said] = chat.says(text, by=by, room=chat.direct(by))
    assert said.machine["type"] == "mine"
    return said


def test_all_that_concerns_a_person_is_one_message_and_nothing_twice(chat: Chat) -> None:
    scene(chat)
    said = mine(chat)
    assert said.machine == {
        "type": "mine",
        "waiting": ["S1", "V1", "P1 profile"],
        "dates": ["A1", "S2"],
        "groups": ["P1"],
        "ideas": ["I1"],
    }
    assert said.text.splitlines() == [
        "Das wartet auf Sie",
        "Antworten Sie mit der Nummer.",
        "1 📅 S1 Kickoff, Do, 18. März 2027, 13:30: Kommen Sie?",
        "2 🤝 V1 Formular testen, bis Sa, 5. Dezember 2026: Ist es erledigt?",
        "3 🧭 P1 Umzugsmeldung, Steckbrief: Sind Sie einverstanden?",
        "Ihre nächsten Termine",
        "• 📅 A1 PI-Event, Do, 18. März 2027, 17:00 · Liestal",
        "• 📅 S2 Rückblick, Mo, 19. April 2027, 13:30",
        "Ihre Gruppen",
        "• P1 Umzugsmeldung · Identifiziert",
        "Ihre Ideen",
        "• I1 Baugesuche online · eingereicht",
    ]


def test_each_way_to_ask_is_understood_and_short(chat: Chat) -> None:
    scene(chat)
    parts = [mine(chat, text=text).machine for text in ("stand", "was muss ich tun", "Was muss ich tun?")]
    assert parts == [mine(chat, text="my status").machine] * 3
    assert len("mein stand") <= 10


def test_it_is_said_in_english_too(chat: Chat) -> None:
    scene(chat, language="en")
    text = mine(chat, text="my status").text
    assert "Answer with the number.\n1 📅 S1 Kickoff, Thu, 18 March 2027, 13:30: Will you come?" in text
    assert "1 I consent" in chat.reply("3", room=chat.direct(PIA)).text
    assert "I1 Baugesuche online · submitted" in text


def test_in_a_room_it_points_to_the_direct_chat(chat: Chat) -> None:
    scene(chat)
    assert chat.reply("!mein stand").machine == {"type": "pointer", "to": "direct"}
    assert chat.to(PIA)[-1].machine["type"] == "mine"
    assert "1 Ich komme" in chat.reply("1", room=chat.direct(PIA)).text


def test_each_that_waits_is_answered_by_its_number(chat: Chat) -> None:
    here = scene(chat)
    for number, answer, left in (
        ("3", "1", ["S1", "V1"]),
        ("2", "1", ["S1"]),
        ("1", "2", []),
    ):
        mine(chat)
        assert chat.reply(number, room=here).machine["type"] == "choice"
        chat.says(answer, room=here)
        chat.says("abbrechen", room=here)
        assert mine(chat).machine["waiting"] == left


def test_the_numbers_of_an_open_question_stay_its_own(chat: Chat) -> None:
    here = scene(chat)
    chat.says("idee bewerte I1", room=here)
    said = chat.reply("!mein stand", room=here)
    assert "  !sitzung zusagen S1 · !sitzung absagen S1 · !sitzung vielleicht S1" in said.text
    assert chat.reply("2", room=here).machine["type"] in ("question", "idea")


def test_what_is_answered_waits_no_more(chat: Chat) -> None:
    here = scene(chat)
    for text in ("sitzung absagen S1", "ergebnis einwand P1 Steckbrief Zu lang", "vereinbarung erfüllt V1"):
        chat.says(text, room=here)
    assert mine(chat).machine == {
        "type": "mine",
        "waiting": [],
        "dates": ["A1", "S2"],
        "groups": ["P1"],
        "ideas": ["I1"],
    }


def test_every_hint_works_as_it_is_copied(chat: Chat) -> None:
    here = scene(chat)
    chat.says(
        "profil anmelden gemeinde: Muttenz | funktion: Bau",
        by="@neu:localhost",
        room=chat.direct("@neu:localhost"),
    )
    chat.says("!news neu Neues Portal | stand: entwurf\nEs ist da.", by=MONI, room=chat.direct(MONI))
    for who, room in ((PIA, here), (KORA, chat.direct(KORA))):
        chat.says("!idee neu", by=who, room=room)  # what is asked keeps the numbers
        lines = [
            line
            for line in chat.reply("!mein stand", by=who, room=room).text.splitlines()
            if line.startswith("  !")
        ]
        chat.says("abbrechen", by=who, room=room)
        assert lines
        for typed in (one for line in lines for one in line.strip().split(" · ")):
            reply = chat.reply(typed, by=who, room=room)
            assert reply.machine["type"] != "error" or reply.machine["code"] == "conflict", typed
            chat.says("abbrechen", by=who, room=room)


def test_nothing_at_all_is_said_in_a_sentence(chat: Chat) -> None:
    chat.member(PIA)
    said = mine(chat)
    assert said.text == "Auf Sie wartet nichts, und es steht nichts an. Was Sie tun können, zeigt !menü."
    assert said.machine == {"type": "mine", "waiting": [], "dates": [], "groups": [], "ideas": []}


def test_who_pauses_is_asked_for_nothing(chat: Chat) -> None:
    here = scene(chat)
    chat.says("profil pause", room=here)
    said = mine(chat)
    assert (said.machine["waiting"], said.machine["groups"]) == ([], ["P1"])
    assert said.text.startswith("Sie machen gerade Pause")


def test_a_stranger_is_told_to_register(chat: Chat) -> None:
    reply = chat.reply("mein stand", by="@fremd:localhost", room=chat.direct("@fremd:localhost"))
    assert reply.machine["code"] == "not_allowed"


def test_what_comes_with_a_role_waits_for_those_who_have_it(chat: Chat) -> None:
    scene(chat)
    chat.says(
        "profil anmelden gemeinde: Muttenz | funktion: Bau",
        by="@neu:localhost",
        room=chat.direct("@neu:localhost"),
    )
    chat.says("!news neu Neues Portal | stand: entwurf\nEs ist da.", by=MONI, room=chat.direct(MONI))
    assert mine(chat, by=KORA).machine["waiting"] == ["@neu:localhost", "I1", "N1"]
    assert mine(chat, by=MONI).machine["waiting"] == ["I1", "N1"]
    assert mine(chat, by=ZOE).machine["waiting"] == []
    chat.says("idee annehmen I1 grund: Spart Zeit", by=MONI, room=chat.direct(MONI))
    assert mine(chat, by=MONI).machine["waiting"] == ["N1"]
    assert "I1 Baugesuche online · angenommen" in mine(chat).text


def test_seats_wait_for_who_is_asked_and_requests_for_coordinators(chat: Chat) -> None:
    chat.member(PIA)
    chat.member(ZOE)
    chat.process()
    kora = chat.direct(KORA)
    chat.says("gruppe zuweisen P1 Pia", by=KORA, room=kora)
    chat.says("gruppe anmeldung P1 modus: bestätigung", by=KORA, room=kora)
    chat.says("gruppe anmelden P1", by=ZOE, room=chat.direct(ZOE))
    assert (mine(chat).machine["waiting"], mine(chat).machine["groups"]) == (["P1"], [])
    assert mine(chat, by=KORA).machine["waiting"] == [f"P1 {ZOE}"]
    assert mine(chat, by=ZOE).machine["groups"] == ["P1"]


def test_many_of_a_kind_are_counted(chat: Chat) -> None:
    chat.member(PIA)
    for n in range(8):
        chat.says(f"idee neu Vorschlag {n} {'abcdefgh'[n] * 9} | trotzdem: ja", room=chat.direct(PIA))
    said = mine(chat, by=MONI)
    assert len(said.machine["waiting"]) == 8
    assert "\nund noch 3: !idee liste stand: offen" in said.text
    own = mine(chat)
    assert own.machine["ideas"] == ["I8", "I7", "I6", "I5", "I4"]
    assert "• und noch 3: !idee meine" in own.text


# --- one thing


def test_what_waits_is_answered_by_two_numbers(chat: Chat) -> None:
    here = scene(chat)
    chat.says("menü", room=here)
    asked = chat.reply("1", room=here)
    assert asked.text.splitlines() == [
        "📅 S1 Kickoff, Do, 18. März 2027, 13:30: Kommen Sie?",
        "1 Ich komme",
        "2 Ich komme nicht",
        "3 Vielleicht",
        "4 Zuerst ansehen",
    ]
    assert [one["command"] for one in asked.machine["options"]] == [
        "meeting accept",
        "meeting decline",
        "meeting maybe",
        "meeting show",
    ]
    assert chat.reply("1", room=here).machine["you"] == {"rsvp": "accepted"}
    assert mine(chat).machine["dates"] == ["S1", "A1", "S2"]


def test_a_thing_that_does_not_wait_is_shown(chat: Chat) -> None:
    here = scene(chat)
    assert chat.reply("stand P1", room=here).machine["ref"] == "P1"
    assert chat.reply("stand I1", room=here).machine["type"] == "idea"


# --- the weekly digest


def test_the_weekly_digest_begins_with_what_waits(chat: Chat) -> None:
    scene(chat)
    with chat.acting() as ctx:
        for user in (PIA, ZOE):
            ctx.tell(user, "phase", before={"at": "frontend_live"}, digest=True, process=1)
    chat.later(days=8)
    [weekly] = [said for said in chat.to(PIA) if said.text.startswith("Wochenüberblick")]
    lines = weekly.text.splitlines()
    assert lines[:3] == [
        "Wochenüberblick",
        "Das wartet auf Sie:",
        "• 📅 S1 Kickoff, Do, 18. März 2027, 13:30: Kommen Sie?",
    ]
    assert lines.index("Das ist neu:") == len(lines) - 2
    assert weekly.machine["waiting"] == ["S1", "V1", "P1 profile"]
    [other] = [said for said in chat.to(ZOE) if said.text.startswith("Wochenüberblick")]
    assert "wartet" not in other.text


def test_the_oldest_ideas_wait_first_whether_looked_into_or_not(chat: Chat) -> None:
    chat.member(MONI)
    direct = chat.direct(MONI)
    for title in ("Baugesuche online", "Parkkarten", "Hundesteuer", "Wahlen"):
        chat.says(f"!idee neu {title}", by=MONI, room=direct)
    for number in (2, 4):
        chat.says(f"!idee prüfen I{number}", by=MONI, room=direct)
    chat.says("!idee ablehnen I3 grund: Gibt es", by=MONI, room=direct)
    assert mine(chat, by=MONI).machine["waiting"] == ["I1", "I2", "I4"]
