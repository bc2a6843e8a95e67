"""What a campaign does by itself: opening, reminders, closing; once, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commands.framework.declarations import JOBS
from tests.commands.campaigns.conftest import ANA, KORA, PIA, URS, Does
from tests.support.chat import Chat, Said


def reminders(chat: Chat, user: str) -> list[Said]:
    return [one for one in chat.to(user) if one.machine["type"] == "reminder"]


def test_all_are_reminded_halfway_and_a_day_before(chat: Chat, campaign: Does) -> None:
    campaign(until="30.11.2026 10:00")  # it began on the second at ten
    chat.later(days=13, hours=23)
    assert reminders(chat, PIA) == []
    chat.later(hours=1, minutes=1)
    for user in (PIA, URS, ANA, KORA):
        assert [one.machine["lead"] for one in reminders(chat, user)] == ["14d"]
    chat.later(days=12, hours=23, minutes=58)
    assert len(reminders(chat, PIA)) == 1
    chat.later(minutes=1)
    for user in (PIA, URS, ANA, KORA):
        assert [one.machine["lead"] for one in reminders(chat, user)] == ["14d", "1d"]
    last = reminders(chat, PIA)[-1]
    assert last.machine == {
        "type": "reminder",
        "ref": "W1",
        "lead": "1d",
        "start": "2026-11-30T10:00:00+01:00",
        "late": False,
    }
    assert "!idee neu" in last.text
    chat.later(days=2)
    assert len(reminders(chat, PIA)) == 2


def test_who_pauses_or_wants_no_reminders_is_left_in_peace(chat: Chat, campaign: Does) -> None:
    chat.reply("!profil pause", by=URS, room=chat.direct(URS))
    chat.reply("!profil erinnerung aus", by=ANA, room=chat.direct(ANA))
    campaign(until="30.11.2026 10:00")
    chat.later(days=15)
    chat.later(days=12, hours=1)
    assert [len(reminders(chat, user)) for user in (PIA, URS, ANA)] == [2, 0, 0]


def test_the_jury_is_reminded_of_what_it_has_not_judged(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | jury: Urs Beispiel, Ana Probe", until="30.11.2026 10:00")
    idea("Formulare")
    idea("Parkkarten", by=URS)
    chat.reply("!wettbewerb bewerten I1 4", by=URS)
    chat.later(days=15)
    chat.later(days=12, hours=1)
    for_ana = reminders(chat, ANA)[-1]
    assert "I1 · Formulare" in for_ana.text
    assert "I2 · Parkkarten" in for_ana.text
    assert "«I1 4»" in for_ana.text
    assert "bewertet" not in reminders(chat, URS)[-1].text
    assert len(reminders(chat, ANA)) == len(reminders(chat, URS)) == len(reminders(chat, PIA)) == 2
    room = chat.direct(ANA)
    assert chat.reply("I1 4", by=ANA, room=room).machine["type"] == "campaign"
    assert "alle Ideen bewertet" in chat.reply("I2 5", by=ANA, room=room).text


def test_nobody_is_reminded_at_night(chat: Chat, campaign: Does) -> None:
    campaign()  # until midnight
    chat.later(days=15)
    before = len(reminders(chat, PIA))
    chat.later(days=12, hours=21)  # Monday, at seven
    assert len(reminders(chat, PIA)) == before
    chat.later(hours=1, minutes=1)
    assert len(reminders(chat, PIA)) == before + 1
    assert chat.reply("!wettbewerb zeige W1").machine["state"] == "open"


@pytest.mark.parametrize(("until", "leads"), [("02.11.2026 18:00", ["4h"]), ("04.11.2026 9:00", ["1d"])])
def test_of_a_short_one_people_are_reminded_once(
    chat: Chat, campaign: Does, until: str, leads: list[str]
) -> None:
    campaign(until=until)
    for _ in range(60):
        chat.later(hours=1)
    assert [one.machine["lead"] for one in reminders(chat, PIA)] == leads
    assert chat.reply("!wettbewerb zeige W1").machine["state"] == "closed"


def test_after_an_outage_only_the_last_reminder_is_sent_and_says_that_it_is_late(
    chat: Chat, campaign: Does
) -> None:
    campaign(until="30.11.2026 10:00")
    chat.now += timedelta(days=27, hours=5)
    chat.tick()
    [one] = reminders(chat, PIA)
    assert (one.machine["lead"], one.machine["late"]) == ("1d", True)
    assert "verspätet" in one.text


def test_after_a_long_outage_it_is_closed_without_reminders(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign()
    idea("Formulare")
    chat.now += timedelta(days=60)
    chat.tick()
    assert reminders(chat, PIA) == []
    assert chat.reply("!wettbewerb zeige W1").machine["ranking"] == ["I1"]


def test_it_does_not_close_before_what_was_sent_is_heard(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(until="30.11.2026 10:00")
    idea("Formulare")
    idea("Parkkarten")
    chat.later(days=15)
    chat.later(days=12, hours=1)
    chat.core.heard_until = chat.now  # from here on the homeserver is away
    chat.now += timedelta(hours=20)
    said = {"msgtype": "m.text", "body": "!idee stimme I2 +"}
    vote = chat.happens("m.room.message", said, by=URS, room="!hall:localhost")
    chat.later(days=1)
    assert chat.reply("!wettbewerb zeige W1").machine.get("ranking") is None
    assert idea("Zu spät").machine["code"] == "conflict"
    chat.apply(vote)
    chat.core.heard_until = chat.now
    chat.tick()
    assert chat.reply("!wettbewerb zeige W1").machine["ranking"] == ["I2", "I1"]


def test_it_is_in_the_weekly_digest_while_it_is_open(chat: Chat, campaign: Does) -> None:
    campaign()
    campaign(title="Schon vorbei", until="05.11.2026")
    chat.later(minutes=1)
    chat.later(days=6, hours=22)  # Monday morning
    digest = chat.to(PIA)[-1]
    assert "W1" in digest.text
    assert "W2" not in digest.text


def test_a_job_run_again_after_a_kill_says_the_same(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | jury: Ana Probe", until="30.11.2026 10:00")
    idea("Formulare")
    chat.later(days=15)
    chat.now += timedelta(days=12)
    first = chat.core.tick(JOBS["campaigns"], now=chat.now)  # killed between the commit and the sending
    assert first
    sent = {one.txn for one in first}
    chat.restart()
    assert {one.txn for one in chat.core.pending()} <= sent
    assert chat.core.tick(JOBS["campaigns"], now=chat.now) == []
    for user in (PIA, URS, ANA):
        assert len(reminders(chat, user)) == 2
    chat.later(days=2)
    before = len(chat.said)
    chat.restart()
    chat.tick()
    assert [one for one in chat.said[before:] if one.machine.get("ref") == "W1"] == []
    assert len([one for one in chat.in_room("news") if one.edits is None]) == 1


@pytest.mark.long
def test_many_people_are_reminded_in_pieces_each_once(chat: Chat, campaign: Does) -> None:
    for number in range(600):
        chat.member(f"@p{number:03}:localhost", f"Person {number}")
    campaign(until="30.11.2026 10:00")
    chat.now += timedelta(days=14)
    chat.tick()
    told = [one for one in chat.said if one.machine["type"] == "reminder"]
    assert len(told) == len({one.room for one in told}) == 605


def test_the_same_event_twice_is_one_judgement_and_one_idea(chat: Chat, campaign: Does, idea: Does) -> None:
    campaign(" | jury: Ana Probe")
    idea("Formulare")
    said = {"msgtype": "m.text", "body": "!wettbewerb bewerten W1 I1 4"}
    batch = chat.happens("m.room.message", said, by=ANA, room="!hall:localhost")
    chat.apply(batch)
    before = len(chat.said)
    chat.apply(batch)
    assert chat.said[before:] == []


def test_in_english(chat: Chat, campaign: Does) -> None:
    chat.reply("!profil sprache en", by=PIA, room=chat.direct(PIA))
    room = chat.direct(PIA)
    campaign(" | jury: Pia Muster", until="30.11.2026 10:00")
    chat.reply("!idee neu Formulare | wettbewerb: W1", by=URS)
    chat.later(days=15)
    chat.later(days=12, hours=1)
    assert "Answer with number and points" in reminders(chat, PIA)[-1].text
    assert "4 of 5" in chat.reply("I1 4", room=room).text
    chat.later(days=2)
    assert "jury 4.0 (1)" in chat.reply("campaign show W1", room=room).text
    assert "closed" in chat.reply("campaign list state: closed", room=room).text
