import re

import pytest

from commands.words import key_of
from storage import members, municipalities
from tests.support.chat import ROOMS, Chat

KORA = "@kora:localhost"


def test_the_list_has_ten_a_page(chat: Chat) -> None:
    chat.member("@pia:localhost")
    first = chat.reply("!gemeinde liste seite: 1")
    assert first.machine["of"] == "municipality"
    assert len(first.machine["refs"]) == 10
    assert (first.machine["page"], first.machine["pages"], first.machine["total"]) == (1, 9, 86)
    assert "!gemeinde liste seite: 2" in first.text
    assert "Aesch · Bezirk Arlesheim · gross · 1 Public Innovator" in first.text
    last = chat.reply("!municipality list page: 9")
    assert len(last.machine["refs"]) == 6
    assert "seite:" not in last.text


def test_without_a_filter_it_is_a_line_a_district(chat: Chat) -> None:
    """Programs read the first page, as ever."""
    chat.member("@pia:localhost", municipality="Aesch")
    chat.member("@urs:localhost", municipality="Liestal", state="paused")
    chat.member("@eva:localhost", municipality="Sissach", state="left")
    found = chat.reply("!gemeinde liste")
    machine = found.machine
    assert (machine["type"], machine["of"], machine["page"], machine["pages"]) == (
        "list",
        "municipality",
        1,
        9,
    )
    assert (len(machine["refs"]), machine["total"]) == (10, 86)
    lines = found.text.splitlines()
    assert lines[0] == "Gemeinden (86), 2 davon mit Public Innovators"
    assert "• Bezirk Arlesheim: 1 von 15, 14 noch ohne" in lines
    assert "• Bezirk Sissach: 0 von 29, 29 noch ohne" in lines
    assert len(lines) == 7
    for typed in re.findall(r"!gemeinde liste \w+: \w+", lines[-1]):
        assert chat.reply(typed).machine["refs"]
    chat.reply("!profil sprache en", room=chat.direct("@pia:localhost"))
    english = chat.reply("!municipality list", room=chat.direct("@pia:localhost")).text
    assert "• District of Liestal: 1 of 14, 13 without so far" in english


def test_a_district_where_all_take_part_says_no_more(chat: Chat) -> None:
    with chat.database.transaction() as tx:
        names = [m.name for m in municipalities.list_all(tx) if m.district == "Laufen"]
    for name in names:
        chat.member(f"@{key_of(name).replace(' ', '')}:localhost", municipality=name)
    chat.member("@pia:localhost", municipality="Aesch")
    assert "• Bezirk Laufen: 13 von 13\n" in chat.reply("!gemeinde liste").text


@pytest.mark.parametrize(
    ("typed", "total", "some"),
    [
        ("stand: offen", 85, "Allschwil"),
        ("stand: dabei", 1, "Aesch"),
        ("suche: burg im", 1, "Burg im Leimental"),
        ("search: WIL", 10, "Allschwil"),
        ("bezirk: Laufen stand: offen suche: röschenz", 1, "Röschenz"),
        ("state: open size: large", 9, "Allschwil"),
    ],
)
def test_the_list_finds_who_is_missing(chat: Chat, typed: str, total: int, some: str) -> None:
    chat.member("@pia:localhost", municipality="Aesch")
    found = chat.reply(f"!gemeinde liste {typed}").machine
    assert (found["total"], found["refs"][0]) == (total, some)


def test_a_further_page_keeps_what_was_asked_for(chat: Chat) -> None:
    chat.member("@pia:localhost", municipality="Aesch")
    found = chat.reply("!gemeinde liste stand: offen suche: e")
    assert "!gemeinde liste stand: offen suche: e seite: 2" in found.text
    assert chat.reply(found.text.rpartition("weiter mit ")[2]).machine["page"] == 2


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Aesch (BL)", "Aesch"),
        ("Aesch/BL", "Aesch"),
        ("Gemeinde Reinach", "Reinach"),
        ("Einwohnergemeinde Reinach (BL)", "Reinach"),
        ("Reinach (Basel-Landschaft)", "Reinach"),
        ("Stadt Liestal", "Liestal"),
        ("Stadtverwaltung Liestal", "Liestal"),
        ("Gde. Muttenz", "Muttenz"),
        ("Politische Gemeinde Oberwil BL", "Oberwil"),
        ("Geminde Aesch", "Aesch"),
        ("4147 Aesch", "Aesch"),
        ("Laufen-Stadt", "Laufen"),
        ("die Gemeinde Burg im Leimental", "Burg im Leimental"),
        ("municipality of Biel Benken", "Biel-Benken"),
    ],
)
def test_a_name_may_stand_with_what_it_is(chat: Chat, typed: str, name: str) -> None:
    chat.member("@pia:localhost")
    assert chat.reply(f"!gemeinde zeige {typed}").machine["ref"] == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Gemeinde Resch", "Aesch"),
        ("Gemeinde Muttens", "Muttenz"),
        ("Stadt Listal", "Liestal"),
        ("Burg i.L.", "Burg im Leimental"),
        ("Burg", "Burg im Leimental"),
        ("Biel", "Biel-Benken"),
        ("Wahlen b. Laufen", "Wahlen"),
        ("Aesch LU", "Aesch"),
        ("Bern", None),
        ("Gemeinde Zürich", None),
        ("Gemeinde", None),
    ],
)
def test_a_name_that_is_none_is_not_guessed_at(chat: Chat, typed: str, name: str | None) -> None:
    chat.member("@pia:localhost")
    refused = chat.reply(f"!gemeinde zeige {typed}")
    assert (refused.machine["code"], refused.machine.get("nearest")) == ("bad_input", name)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Gemeinde Aesch, Einwohnerdienste", "Aesch, Einwohnerdienste"),
        ("Gemeinde Aesch Schalter", "Aesch, Schalter"),
        ("Aesch, Gemeindeverwaltung", "Aesch, Gemeindeverwaltung"),
        ("Reinach BL Bauverwaltung", "Reinach, Bauverwaltung"),
        ("Stadt Liestal, Stadtbauamt", "Liestal, Stadtbauamt"),
        ("gemeinde Aesch (BL) funktion Bau", "Aesch, Bau"),
        ("Gemeinde Burg im Leimental, Schalter", "Burg im Leimental, Schalter"),
    ],
)
def test_one_registers_with_the_official_name(chat: Chat, typed: str, said: str) -> None:
    eva = "@eva:localhost"
    assert f"({said})" in chat.says(f"profil anmelden {typed}", by=eva, room=chat.direct(eva))[-1].text


def test_the_list_can_be_filtered(chat: Chat) -> None:
    chat.member("@pia:localhost")
    found = chat.reply("!gemeinde liste bezirk: laufen grösse: klein")
    assert found.machine["total"] == 12
    assert "!gemeinde liste bezirk: Laufen grösse: klein seite: 2" in found.text
    assert chat.reply(found.text.rpartition("weiter mit ")[2]).machine["page"] == 2
    assert chat.reply("!gemeinde liste bezirk: Bern").machine["code"] == "bad_input"


def test_one_municipality_with_its_size_class(chat: Chat) -> None:
    chat.member("@pia:localhost")
    chat.member("@peter:localhost", state="paused")
    aesch = chat.reply("!gemeinde zeige aesch")
    assert aesch.machine["ref"] == "Aesch"
    assert "Bezirk Arlesheim · gross · 2 Public Innovators" in aesch.text
    assert "mittel" in chat.reply("!gemeinde zeige Arlesheim").text
    assert "noch niemand" in chat.reply("!gemeinde zeige Burg im Leimental").text


def test_the_class_has_its_bounds() -> None:
    sizes = [municipalities.size_of(n) for n in (5_000, 5_001, 10_000, 10_001)]
    assert sizes == ["small", "medium", "medium", "large"]


def test_a_typo_is_refused_with_a_suggestion(chat: Chat) -> None:
    chat.member("@pia:localhost")
    reply = chat.reply("!gemeinde zeige Alschwil")
    assert reply.machine == {
        "type": "error",
        "code": "bad_input",
        "field": "gemeinde",
        "nearest": "Allschwil",
    }
    assert "Meinten Sie Allschwil?" in reply.text


def test_a_first_mover_counts_towards_the_quota(chat: Chat) -> None:
    reply = chat.reply("!gemeinde firstmover Aesch ja", by=KORA)
    assert reply.machine["state"] == "first_mover"
    assert "klein 0 von 2 · mittel 0 von 2 · gross 1 von 2" in reply.text
    again = chat.reply("!gemeinde firstmover Aesch ja", by=KORA)
    assert again.machine["code"] == "conflict"
    gone = chat.reply("!municipality firstmover Aesch no", by=KORA)
    assert gone.machine["state"] == "known"
    assert "nicht mehr First Mover" in gone.text


def test_a_first_mover_can_be_taken_back(chat: Chat) -> None:
    reply = chat.reply("!gemeinde firstmover Burg im Leimental ja", by=KORA)
    chat.reacts(reply, "↩️", by=KORA)
    shown = chat.reply("!gemeinde zeige Burg im Leimental", by=KORA)
    assert shown.machine["state"] == "known"
    log = chat.reply("!protokoll", by=KORA, room=ROOMS["coordination"])
    assert log.machine["refs"] == ["Burg im Leimental"] * 2


def test_an_edited_first_mover_leaves_no_other_behind(chat: Chat) -> None:
    chat.reply("!gemeinde firstmover Aesch ja", by=KORA)
    chat.edits(chat.last, "!gemeinde firstmover Allschwil ja", by=KORA)
    assert chat.reply("!gemeinde zeige Aesch", by=KORA).machine["state"] == "known"
    assert chat.reply("!gemeinde zeige Allschwil", by=KORA).machine["state"] == "first_mover"


def test_only_coordinators_name_first_movers(chat: Chat) -> None:
    chat.member("@pia:localhost")
    assert chat.reply("!gemeinde firstmover Aesch ja").machine["code"] == "not_allowed"
    assert chat.reply("!gemeinde firstmover Aesch", by=KORA).machine["field"] == "answer"


def test_coverage_counts_municipalities_with_an_active_member(chat: Chat) -> None:
    chat.member("@pia:localhost", municipality="Aesch")
    chat.member("@peter:localhost", municipality="Aesch")
    chat.member("@paul:localhost", municipality="Laufen")
    chat.member("@petra:localhost", municipality="Liestal", state="left")
    chat.reply("!gemeinde firstmover Laufen ja", by=KORA)
    reply = chat.reply("!gemeinde abdeckung")
    assert reply.machine == {"type": "coverage", "done": 2, "of": 86, "picture": "coverage"}
    drawn = reply.content["drawn"]
    assert (drawn["drawing"], drawn["done"], drawn["of"], drawn["members"]) == ("coverage", 2, 86, 3)
    assert [name for name, _ in drawn["districts"]] == [
        "Arlesheim",
        "Laufen",
        "Liestal",
        "Sissach",
        "Waldenburg",
    ]
    tiles = dict(drawn["districts"])
    assert len(tiles["Arlesheim"]) == 15
    assert sum(there for _, there, _ in tiles["Arlesheim"]) == 1
    assert [tile for tile in tiles["Laufen"] if tile[1]] == [["medium", True, True]]  # a First Mover
    assert "2 von 86 Gemeinden sind dabei (Ziel: mehr als die Hälfte)" in reply.text
    assert "Bezirk Arlesheim: 1 von 15" in reply.text
    assert "Grösse: klein 0 von 67 · mittel 1 von 9 · gross 1 von 10" in reply.text
    assert "First Mover: klein 0 von 2 · mittel 1 von 2 · gross 0 von 2" in reply.text
    assert "3 Public Innovators (Ziel: 30 bis 50)" in reply.text
    assert len(reply.text.splitlines()) < 12


def test_coverage_in_english(chat: Chat) -> None:
    chat.member("@pia:localhost", language="en")
    reply = chat.reply("municipality coverage", room=chat.direct("@pia:localhost"))
    assert "1 of 86 municipalities takes part" in reply.text


def test_members_are_counted_up_to_a_limit(chat: Chat) -> None:
    for name in ("pia", "peter", "paul"):
        chat.member(f"@{name}:localhost")
    with chat.database.transaction() as tx:
        assert municipalities.count_delegated(tx, most=2) == 2
        assert municipalities.count_delegated(tx, most=10) == 3
        assert municipalities.count_members(tx, ["Aesch", "Laufen"]) == {"Aesch": 3}
        members.change(tx, "@pia:localhost", state="paused")
        assert municipalities.count_members(tx, ["Aesch"]) == {"Aesch": 3}


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([], "0 von 86 Gemeinden sind dabei"),
        (["Aesch"], "1 von 86 Gemeinden ist dabei"),
        (["Aesch", "Aesch"], "1 von 86 Gemeinden ist dabei"),
        (["Aesch", "Liestal"], "2 von 86 Gemeinden sind dabei"),
    ],
)
def test_one_municipality_is_one(chat: Chat, places: list[str], said: str) -> None:
    for n, place in enumerate(places):
        chat.member(f"@m{n}:localhost", municipality=place)
    assert said in chat.answer("!gemeinde abdeckung", by="@kora:localhost").text
