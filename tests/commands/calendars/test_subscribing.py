"""A member's own calendar: its address, what stands in it, and what happens to files meanwhile."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ical.event import Event
from sqlalchemy import text

from commands import calendars
from storage import calendar_subscriptions as stored
from storage.engine.database import Database
from tests.support.calendar_model import opened
from tests.support.chat import Chat, Said

KORA, PIA, URS, EVE = "@kora:localhost", "@pia:localhost", "@urs:localhost", "@eve:localhost"
DIRECT = "!direct-pia:localhost"
SITE = "https://pi.example.ch"


@pytest.fixture
def chat(chat: Chat, database: Database) -> Chat:
    """Pia, Urs and Eve, who reads English, are a group; there is a web site."""
    chat = Chat(database, replace(chat.settings, web=SITE, commands_per_minute=10_000))
    chat.direct(KORA)
    for user in (PIA, URS):
        chat.member(user)
    chat.member(EVE, language="en")
    chat.process(PIA, URS, leader=URS)
    return chat


def subscribe(chat: Chat, change: str = "", by: str = PIA) -> str:
    """The secret in the new address."""
    said = chat.reply(f"agenda abo {change}".strip(), by=by, room=chat.direct(by))
    assert said.machine == {"type": "calendar", "state": "on"}
    found = re.search(rf"{SITE}/kalender/([0-9a-f]+)\.ics", said.text)
    assert found is not None, said.text
    return found[1]


def owner(chat: Chat, secret: str) -> str | None:
    with chat.acting() as ctx:
        found = calendars.find(ctx, secret)
        return found.user_id if found is not None else None


def shown(chat: Chat, user: str = PIA) -> list[Event]:
    with chat.acting() as ctx:
        file = calendars.own_calendar(ctx, user)
    assert b"METHOD" not in file
    calendar = opened(file)
    assert calendar.method is None
    return list(calendar.events)


def status_of(event: Event) -> str:
    assert event.status is not None
    return str(event.status.value)


def titles(chat: Chat, user: str = PIA) -> dict[str, str]:
    return {str(event.summary): status_of(event) for event in shown(chat, user)}


def version(chat: Chat, user: str = PIA) -> str:
    with chat.acting() as ctx:
        found = stored.find(ctx.tx, user)
        assert found is not None
        return calendars.version_of(ctx, found)


def direct(chat: Chat, text_: str, by: str = PIA) -> Said:
    return chat.reply(text_, by=by, room=chat.direct(by))


# --- the address


def test_the_address_is_said_once_and_kept_as_a_hash(chat: Chat) -> None:
    secret = subscribe(chat)
    assert len(bytes.fromhex(secret)) == 16
    assert owner(chat, secret) == PIA
    assert owner(chat, secret[:-1]) is owner(chat, "") is owner(chat, "%") is None
    again = direct(chat, "agenda abo")
    assert secret not in again.text
    assert (again.machine, "Mo, 2. November 2026" in again.text) == (
        {"type": "calendar", "state": "on"},
        True,
    )
    assert "agenda abo neu" in again.text
    chat.later(minutes=1)
    with chat.database.transaction() as tx:
        tables = (
            tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
            if (tx.dialect.name == "sqlite")
            else ["outbox", "calendar_subscriptions", "handled_events", "offers"]
        )
        for table in tables:
            rows = tx.execute(text(f'SELECT * FROM "{table}"')).all()  # noqa: S608 - names of our own tables
            assert secret not in repr(rows), table


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_edited_command_leaves_no_address_either(chat: Chat, language: str) -> None:
    room = chat.direct(PIA)
    chat.reply("agenda abo", room=room)
    first = chat.last
    new = {"de": "agenda abo neu", "en": "agenda subscribe new"}[language]
    said = [s for s in chat.edits(first, new, room=room) if "kalender/" in s.text]
    assert said, "a new address, in place of the one before"
    chat.later(minutes=1)
    with chat.database.transaction() as tx:
        rows = tx.execute(text("SELECT content FROM outbox WHERE state <> 'pending'")).all()
        assert "/kalender/" not in repr(rows)


def test_a_new_address_ends_the_one_before_and_undo_brings_it_back(chat: Chat) -> None:
    old = subscribe(chat)
    new_said = direct(chat, "agenda abo neu")
    assert "bisherige Adresse gilt nicht mehr" in new_said.text
    assert owner(chat, old) is None
    chat.reacts(new_said, "↩️")
    assert owner(chat, old) == PIA
    ended = direct(chat, "agenda abo aus")
    assert ended.machine == {"type": "calendar", "state": "off"}
    assert owner(chat, old) is None
    assert direct(chat, "agenda abo aus").machine["code"] == "conflict"
    chat.reacts(ended, "↩️")
    assert owner(chat, old) == PIA


def test_undo_takes_the_first_address_back(chat: Chat) -> None:
    said = direct(chat, "agenda abo")
    chat.reacts(said, "↩️")
    assert direct(chat, "agenda abo aus").machine["code"] == "conflict"
    subscribe(chat, "neu")
    late = direct(chat, "agenda abo aus")
    subscribe(chat)
    assert "beendet" not in "".join(s.text for s in chat.reacts(late, "↩️"))
    assert direct(chat, "agenda abo").machine["state"] == "on"


def test_in_a_room_the_address_comes_in_the_direct_chat(chat: Chat) -> None:
    reply, *more = sorted(chat.says("!agenda abo"), key=lambda said: said.room != "!hall:localhost")
    assert reply.machine == {"type": "pointer", "to": "direct"}
    assert "/kalender/" in more[0].text
    assert more[0].room == DIRECT
    with chat.database.transaction() as tx:
        chat.tick()
        assert "/kalender/" not in repr(tx.execute(text("SELECT content FROM outbox")).all())


def test_without_a_site_there_is_no_address(database: Database) -> None:
    chat = Chat(database)
    chat.member(PIA)
    said = direct(chat, "agenda abo")
    assert said.machine["code"] == "conflict"
    assert "noch nicht eingerichtet" in said.text
    chat.member(EVE, language="en")
    assert "not set up here yet" in direct(chat, "agenda subscribe", by=EVE).text


def test_it_ends_with_the_membership_and_with_the_data(chat: Chat) -> None:
    secret = subscribe(chat)
    left = direct(chat, "profil verlassen")
    if left.machine["type"] != "member":
        left = direct(chat, "ja")
    assert owner(chat, secret) is None
    chat.reacts(left, "↩️")
    assert owner(chat, secret) == PIA
    exported = json.loads(direct(chat, "datenschutz auskunft").content["data"])
    assert exported["calendar"] == {"subscribed_since": "2026-11-02T09:00:00+00:00"}
    assert secret not in json.dumps(exported)
    direct(chat, str(direct(chat, "datenschutz löschen").machine["confirm"]))
    assert owner(chat, secret) is None


def test_everything_in_english(chat: Chat) -> None:
    assert "Subscribe to calendar" in direct(chat, "agenda subscribe", by=EVE).text
    assert "only once" in direct(chat, "agenda subscribe", by=EVE).text
    again = direct(chat, "agenda subscribe new", by=EVE)
    assert "address before is no longer valid" in again.text
    assert "valid again" in chat.reacts(again, "↩️", by=EVE)[0].text
    assert "come with a subscription, too" in direct(chat, "profile calendar both", by=EVE).text
    assert "no calendar files come" in direct(chat, "profile calendar subscription", by=EVE).text
    assert "has ended" in direct(chat, "profile calendar files", by=EVE).text
    assert "There is no subscription" in direct(chat, "agenda subscribe off", by=EVE).text
    assert "Until then files come" in direct(chat, "profile calendar: both", by=EVE).text


# --- what stands in it


def plan(
    chat: Chat, title: str, more: str = "", noun: str = "anlass", when: str = "05.11.2026 14:00-16:00"
) -> str:
    return str(chat.reply(f"!{noun} neu {title} | wann: {when}{more}", by=KORA).machine["ref"])


def test_events_and_trainings_with_their_state(chat: Chat) -> None:
    plan(chat, "Treff")
    plan(chat, "Voll", " | plätze: 1")
    plan(chat, "Vielleicht", noun="kurs")
    plan(chat, "Nein")
    plan(chat, "Ohne mich")
    chat.says("!anlass anmelden A2", by=URS)
    chat.says("!anlass anmelden A1")
    chat.says("!anlass anmelden A2")
    chat.reacts(chat.card("K1"), "❓")
    chat.reacts(chat.card("A3"), "✅")
    chat.reacts(chat.card("A3"), "❌")
    assert titles(chat) == {"Treff": "CONFIRMED", "Warteliste: Voll": "TENTATIVE", "Vielleicht": "TENTATIVE"}
    chat.says("!anlass abmelden A2", by=URS)
    assert titles(chat)["Voll"] == "CONFIRMED"
    chat.says("!anlass streichen A1 grund: Krank", by=KORA)
    assert set(titles(chat)) == {"Voll", "Vielleicht"}
    chat.now += timedelta(days=30)
    assert set(titles(chat)) == {"Voll", "Vielleicht"}  # what is over stays for a year
    chat.now += timedelta(days=400)
    assert titles(chat) == {}


def test_a_waiting_list_in_english(chat: Chat) -> None:
    plan(chat, "Voll", " | plätze: 1")
    for user in (URS, EVE):
        chat.says("!anlass anmelden A1", by=user)
    assert titles(chat, EVE) == {"Waiting list: Voll": "TENTATIVE"}


def meet(chat: Chat, text_: str) -> str:
    return str(chat.reply(f"!sitzung neu P1 {text_}", by=URS).machine["ref"])


def test_meetings_as_they_were_answered(chat: Chat) -> None:
    for title in ("Offen", "Ja", "Weiss nicht", "Nein"):
        meet(chat, f"{title} | wann: 18.03.2027 13:30-15:00")
    direct(chat, "sitzung zusagen S2")
    direct(chat, "sitzung absagen S4")
    chat.later(minutes=2)
    invitation = next(s for s in chat.to(PIA) if "Weiss nicht" in s.text and s.edits is None)
    chat.reacts(invitation, "❓")
    assert titles(chat) == {"Offen": "TENTATIVE", "Ja": "CONFIRMED", "Weiss nicht": "TENTATIVE"}
    for event in shown(chat):
        assert event.organizer is None
        assert not event.attendees
    chat.reply("!sitzung streichen S2 grund: Krank", by=URS)
    assert "Ja" not in titles(chat)


def test_a_series_without_the_dates_declined(chat: Chat) -> None:
    meet(chat, "Runde | wann: 03.11.2026 14:00-15:00 | jede: woche | bis: 24.11.2026")
    direct(chat, "sitzung zusagen S1")
    direct(chat, "sitzung absagen S2")
    [main, *others] = sorted(shown(chat), key=lambda event: event.recurrence_id is not None)
    assert str(main.rrule)
    assert [at.date().isoformat() for at in main.exdate if isinstance(at, datetime)] == ["2026-11-10"]
    by_day = {str(event.recurrence_id)[:8]: status_of(event) for event in others}
    assert status_of(main) == "CONFIRMED"
    assert set(by_day.values()) == {"TENTATIVE"}
    assert set(by_day) == {"20261117", "20261124"}


def test_uids_are_those_of_the_files(chat: Chat) -> None:
    plan(chat, "Treff")
    meet(chat, "Umzug | wann: 18.03.2027 13:30-15:00")
    meet(chat, "Runde | wann: 03.11.2026 14:00-15:00 | jede: woche | bis: 24.11.2026")
    chat.says("!anlass anmelden A1")
    chat.later(minutes=2)
    files = [s.content["data"] for s in chat.to(PIA) if "data" in s.content]
    sent = {event.uid for file in files for event in opened(file.encode()).events}
    assert len(sent) == 3
    assert {event.uid for event in shown(chat)} == sent


# --- files meanwhile


def files_to(chat: Chat, user: str, since: int = 0) -> int:
    return sum("data" in said.content for said in chat.to(user)[since:])


def test_with_a_subscription_no_files_come(chat: Chat) -> None:
    subscribe(chat)
    plan(chat, "Treff")
    chat.says("!anlass anmelden A1")
    chat.says("!anlass anmelden A1", by=URS)
    meet(chat, "Umzug | wann: 18.03.2027 13:30-15:00")
    chat.later(minutes=2)
    chat.says("!anlass ändern A1 titel: Grosser Treff", by=KORA)
    chat.later(minutes=2)
    chat.says("!anlass verschieben A1 wann: 06.11.2026 14:00", by=KORA)
    chat.says("!sitzung verschieben S1 wann: 19.03.2027 13:30-15:00", by=URS)
    chat.later(minutes=2)
    chat.says("!sitzung streichen S1 grund: Krank", by=URS)
    chat.later(minutes=2)
    assert files_to(chat, PIA) == 0
    assert files_to(chat, URS) > 0
    said = " ".join(said.text for said in chat.to(PIA))
    assert "Umzug" in said
    assert "6. November" in said
    assert said.count("Grosser Treff") == 1, "what it is called is news for calendars alone"


def test_files_too_where_both_are_wanted(chat: Chat) -> None:
    subscribe(chat)
    both = direct(chat, "profil kalender beides")
    assert both.machine == {"type": "calendar", "state": "on"}
    plan(chat, "Treff")
    chat.says("!anlass anmelden A1")
    assert files_to(chat, PIA) == 1
    direct(chat, "profil kalender: abo")
    plan(chat, "Zwei")
    chat.says("!anlass anmelden A2")
    assert files_to(chat, PIA) == 1
    files = direct(chat, "profil kalender dateien")
    assert files.machine == {"type": "calendar", "state": "off"}
    chat.says("!anlass abmelden A2")
    assert files_to(chat, PIA) == 2
    chat.reacts(files, "↩️")
    assert direct(chat, "agenda abo").machine["state"] == "on"


def test_the_profile_says_how_dates_come(chat: Chat) -> None:
    assert "Termine im Kalender: Dateien" in direct(chat, "profil zeige").text
    subscribe(chat)
    assert "Termine im Kalender: Abo" in direct(chat, "profil zeige").text
    direct(chat, "profil kalender beides")
    assert "Termine im Kalender: Abo und Dateien" in direct(chat, "profil zeige").text
    assert "Dates in the calendar: files" in direct(chat, "profile show", by=EVE).text


def test_an_invitation_sent_as_a_file_stays_readable(chat: Chat) -> None:
    meet(chat, "Umzug | wann: 18.03.2027 13:30-15:00")
    chat.later(minutes=2)
    assert files_to(chat, PIA) == 1
    subscribe(chat)
    chat.says("!sitzung ändern S1 titel: Zuzug", by=URS)
    chat.later(minutes=2)
    chat.edit_cards()
    assert "Zuzug" in chat.to(PIA)[-1].text


# --- whether it is another by now


def test_each_change_of_what_stands_in_it_is_another_version(chat: Chat) -> None:
    subscribe(chat)
    chat.says("!anlass neu Treff | wann: 05.11.2026 14:00-16:00 | plätze: 1", by=KORA)
    known = version(chat)
    file = [(str(e.summary), status_of(e), e.start) for e in shown(chat)]
    for user, said in (
        (PIA, "!anlass anmelden A1"),
        (URS, "!anlass anmelden A1"),
        (KORA, "!anlass ändern A1 titel: Grosser Treff"),
        (KORA, "!anlass verschieben A1 wann: 06.11.2026 14:00"),
        (PIA, "!anlass abmelden A1"),
        (PIA, "!anlass anmelden A1"),
        (URS, "!anlass abmelden A1"),
        (KORA, "!anlass streichen A1 grund: Krank"),
        (URS, "!sitzung neu P1 Umzug | wann: 18.03.2027 13:30-15:00"),
        (PIA, "!sitzung zusagen S1"),
        (URS, "!sitzung zusagen S1"),
        (URS, "!sitzung verschieben S1 wann: 19.03.2027 13:30-15:00"),
        (URS, "!sitzung ändern S1 ort: Liestal"),
        (PIA, "!sitzung absagen S1"),
        (URS, "!sitzung neu P1 Runde | wann: 03.11.2026 14:00-15:00 | jede: woche | bis: 24.11.2026"),
        (PIA, "!gruppe abmelden P1"),
        (KORA, "!idee neu Etwas ganz anderes"),
    ):
        chat.says(said, by=user)
        now = [(str(e.summary), status_of(e), e.start) for e in shown(chat)]
        if now != file:
            assert version(chat) != known, said
        known, file = version(chat), now
    chat.says("!idee neu Noch etwas anderes", by=URS)
    chat.says("!anlass neu Ohne mich | wann: 05.11.2026 14:00-16:00", by=KORA)
    assert version(chat) == known
    chat.now = datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert version(chat) != known
