"""A store full of what people outside may read, and of what they may not, with the site that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from aiohttp import ClientSession, DummyCookieJar, web

import storage
from bot.config.keys import Web
from bot.web.connections import Server
from bot.web.limits import Rates
from bot.web.server import Front
from bot.web.site import Site
from bot.web.visit import place_of
from commands.members.applying import Form, receive
from storage import process_progress
from storage.engine.base import Base
from storage.engine.database import Database
from storage.engine.schema import revisions
from tests.support.chat import ROOMS, Chat

NAMES = ("Pia", "Peter", "Moni", "Kora")
HOSTILE = "<script>alert(1)</script> & \"so\" 'oder' {{ 7*7 }} \u202everkehrt"


def made(folder: Path) -> Chat:
    """A new store in this folder, and the chat on it."""
    storage.load()
    database = Database(f"sqlite:///{folder / 'pibot.sqlite3'}")
    with database.transaction() as tx:
        Base.metadata.create_all(tx)
        tx.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        tx.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revisions()[-1],))
    chat = Chat(database)
    for name in ("pia", "peter"):
        chat.member(f"@{name}:localhost", f"{name.title()} Muster")
    return chat


@dataclass
class Town:
    """The chat, and people outside who read."""

    chat: Chat
    folder: Path
    settings: Web = field(
        default_factory=lambda: Web(listen="127.0.0.1:8082", public_url="https://pi.example.ch")
    )
    now: datetime | None = None
    desk: Callable[[Form], Awaitable[None]] | None = None  # instead of the running bot's
    opened: Site = field(init=False)  # that is read now

    def site(self) -> Site:
        url = f"sqlite:///{self.folder / 'pibot.sqlite3'}"
        place = place_of(self.settings, self.chat.settings.bot)
        return Site(url, self.chat.settings, place, now=lambda: self.now or self.chat.now)

    async def take(self, form: Form) -> None:
        """The form is taken in as the running bot does it."""
        record = partial(receive, form=form)
        self.chat.deliver(self.chat.core.take_in(record, now=self.now or self.chat.now))

    @asynccontextmanager
    async def reading(self, *, fast: bool = True, **headers: str) -> AsyncIterator[ClientSession]:
        """A reader who may ask as often as they like; not `fast`: twenty times, however long the machine takes."""
        front = Front(self.site(), self.settings)
        front.rates = Rates(1e9) if fast else Rates(1e-9)
        self.opened = front.site
        if self.settings.registration:
            front.site.desk.open(bytes(32), self.desk or self.take)
        runner = web.ServerRunner(Server(front.respond))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with ClientSession(address, headers=headers, cookie_jar=DummyCookieJar()) as client:
                yield client
        finally:
            await runner.cleanup()
            front.close()


async def raw(reader: ClientSession, sent: bytes) -> bytes:
    """What comes back on a connection on which this is sent, byte by byte, until it ends."""
    assert reader._base_url is not None
    incoming, outgoing = await asyncio.open_connection(reader._base_url.host, reader._base_url.port)
    outgoing.write(sent)
    try:
        return await asyncio.wait_for(incoming.read(), 15)
    finally:
        outgoing.close()


def news(chat: Chat, title: str, text: str = "", *, public: bool = True, tags: str = "") -> str:
    """A news item that a moderator publishes; its reference."""
    more = (f" | tags: {tags}" if tags else "") + (" | öffentlich: ja" if public else "")
    said = chat.says(f"!news neu {title}{more}\n{text or title}", by="@moni:localhost", room=ROOMS["news"])
    [ref] = {s.machine["ref"] for s in said if s.machine.get("type") == "news"}
    return str(ref)


def filled(folder: Path) -> Town:
    """A town of everything: each kind as it may be read, and as it may not."""
    chat = made(folder)
    pia, peter, moni, kora = "@pia:localhost", "@peter:localhost", "@moni:localhost", "@kora:localhost"
    ideas, agenda = ROOMS["ideas"], ROOMS["agenda"]
    news(chat, "Portal wächst", "Ab **Montag** auch in Aesch. Fragen an @pia:localhost.", tags="osp")  # N1
    news(chat, "Nur für uns", public=False)  # N2
    news(chat, HOSTILE, HOSTILE)  # N3
    news(chat, "Zu früh gesagt")  # N4
    chat.says("!news zurückziehen N4 grund: Das Datum war falsch.", by=moni, room=ROOMS["news"])
    chat.says("!news neu Entwurf | stand: entwurf | öffentlich: ja\nNoch nicht.", by=moni)  # N5
    chat.says(
        "!idee neu Formulare vorausfüllen | thema: Umzug\nDie Angaben sind *schon* da.", by=pia, room=ideas
    )  # I1
    chat.says("!idee neu Schalter am Samstag\nFür alle, die arbeiten.", by=peter, room=ideas)  # I2
    chat.says("!idee neu Zurückgezogene Sache\nDoch nicht.", by=peter, room=ideas)  # I3
    chat.says("!idee neu Öffnungszeiten am Wochenende\nAuch am Sonntag.", by=pia, room=ideas)  # I4
    chat.says(f"!idee neu {HOSTILE}\n{HOSTILE}", by=pia, room=ideas)  # I5
    chat.says("!idee stimme I1 dafür", by=peter, room=ideas)
    chat.says("!idee zurückziehen I3", by=peter, room=ideas)
    chat.says("!idee zusammenführen I4 in I2", by=moni, room=ideas)
    chat.says("!idee annehmen I1 grund: Spart allen Zeit", by=moni, room=ideas)
    chat.says("!profil ändern öffentlich: ja", by=peter, room=chat.direct(peter))
    public = "| öffentlich: ja"
    seats = "| ort: Liestal | plätze: 2"
    chat.says(f"!anlass neu PI-Event | wann: 18.03.2027 13:30-17:00 {seats} {public}", by=kora, room=agenda)
    chat.says(
        "!anlass neu Internes Treffen | wann: 19.03.2027 13:30 | ort: Aesch", by=kora, room=agenda
    )  # A2
    chat.says(f"!anlass neu Apéro | wann: 1.4.2027 17:00 {public}", by=kora, room=agenda)  # A3
    chat.says("!anlass streichen A3 grund: Der Saal ist nicht frei.", by=kora, room=agenda)
    chat.says(f"!kurs neu BPMN lesen {public}", by=kora, room=agenda)  # K1
    chat.says("!anlass anmelden A1", by=pia, room=agenda)
    chat.process(pia, peter)
    chat.says("!prozess dokument P1 Merkblatt https://example.ch/merkblatt öffentlich: ja", by=kora)
    chat.says("!prozess dokument P1 Protokoll https://example.ch/intern", by=kora)
    chat.says("!prozess kriterium P1 Wartezeit | ziel: -80%", by=kora)
    with chat.database.transaction() as tx:
        process_progress.add_rollout(tx, 1, ("Aesch", "Liestal"), at=chat.now)
    chat.says("!gemeinde firstmover Aesch ja", by=kora)
    return Town(chat, folder)
