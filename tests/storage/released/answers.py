"""What commands answer from a store that a release has left: the same in all versions to come, but for texts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from commands.framework.context import Settings
from storage.engine.database import Database
from storage.inbox import Handled
from storage.outbox import Outgoing
from tests.storage.released.days import ANNA, BEAT, KORA, MONI, PIA, URS
from tests.storage.released.file import FOLDER, stores
from tests.support.chat import Chat

SETTINGS: Final = Settings(
    coordinators=(KORA,),
    moderators=(MONI,),
    web="https://pi.example.ch",
    encrypts=True,
    commands_per_minute=10_000,
)
# The next day; nothing is asked that changes with the version itself.
ASKED: Final = (
    (PIA, "mein stand"),
    (PIA, "profil zeige"),
    (PIA, "idee liste stand: alle"),
    (PIA, "idee liste suche: umzug"),
    (PIA, "idee zeige I1"),
    (PIA, "idee zeige I3"),
    (PIA, "idee top"),
    (PIA, "news liste"),
    (PIA, "news zeige N1"),
    (PIA, "agenda"),
    (PIA, "anlass zeige A1"),
    (PIA, "kurs liste"),
    (PIA, "prozess stand"),
    (PIA, "prozess zeige P1"),
    (PIA, "prozess verlauf P1"),
    (PIA, "prozess verbreitung"),
    (PIA, "gruppe zeige P1"),
    (PIA, "ergebnis zeige P1 Steckbrief"),
    (PIA, "ergebnis zeige P1 BPMN"),
    (PIA, "sitzung liste"),
    (PIA, "sitzung zeige S1"),
    (PIA, "vereinbarung liste P1"),
    (PIA, "termin zeige D1"),
    (PIA, "umfrage liste"),
    (PIA, "umfrage zeige U1"),
    (PIA, "umfrage zeige U2"),
    (PIA, "umfrage abschliessen U1"),
    (PIA, "rückmeldung zeige P1"),
    (PIA, "wettbewerb zeige W1"),
    (PIA, "wettbewerb zeige W2"),
    (PIA, "börse liste"),
    (PIA, "werkzeug liste suche: persona"),
    (PIA, "gemeinde abdeckung"),
    (PIA, "gemeinde zeige Aesch"),
    (URS, "mein stand"),
    (URS, "agenda"),
    (URS, "profil zeige"),
    (URS, "stunden meine"),
    (URS, "1"),  # of the menu that was open
    (ANNA, "Gebühren am Schalter"),  # the answer to the question that was open
    (ANNA, "mein stand"),
    (BEAT, "mein stand"),
    (MONI, "feed liste"),
    (MONI, "news entwürfe"),
    (KORA, "mein stand"),
    (KORA, "mitglied liste"),
    (KORA, "rolle liste"),
    (KORA, "anlass teilnehmende A1"),
    (KORA, "protokoll"),
    (KORA, "gruppe vorschlag P2"),
)


def releases() -> list[str]:
    """Those of which a community's store is kept."""
    return [name for name in stores() if not name.endswith("-encrypted")]


def file_of(release: str) -> Path:
    return FOLDER / f"{release}.txt"


class GoingOn(Chat):
    """The bot has started anew on a store in which there is much already."""

    def begin(self) -> None:
        self.count = 1_000_000  # what people say has other ids than what they have said
        with self.database.transaction() as tx:
            sent = tx.execute(select(Outgoing.id, Outgoing.event_id).where(Outgoing.event_id.is_not(None)))
            self.events = {row.id: row.event_id for row in sent}
        self.deliver(self.core.pending())


def given(database: Database) -> str:
    """What each is answered the day after, as it is read where no HTML is shown."""
    with database.transaction() as tx:
        ended = tx.execute(select(func.max(Handled.handled_at))).scalar_one()
    chat, out = GoingOn(database, SETTINGS, now=ended + timedelta(days=1)), []
    for by, line in ASKED:
        answer = chat.reply(line, by=by, room=chat._room(by))
        out.append(f"{by}: {line}\n{answer.text}\n")
    return "\n".join(out)
