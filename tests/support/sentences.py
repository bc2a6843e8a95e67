"""What people write who know no command (`commands/sentences.txt`), and a town in which all of it can be meant."""

from __future__ import annotations

from typing import Final

from commands.framework.context import Asker, Context, Where
from commands.framework.replies import Role
from commands.words import key_of
from storage import members, municipalities
from storage.engine.base import Tx
from tests.support.chat import Chat

PIA, URS, LEO, KORA = (f"@{name}:localhost" for name in ("pia", "urs", "leo", "kora"))
ROLES: Final = {
    "nobody": Role.ANYONE,
    "pi": Role.PI,
    "leader": Role.LEADER,
    "moderator": Role.MODERATOR,
    "coordinator": Role.COORDINATOR,
}


def furnish(chat: Chat) -> None:
    """There is one of each kind, and Pia takes part in all of it; Léo leads her group."""
    for user, name in ((PIA, "Pia Muster"), (URS, "Urs Beispiel"), (LEO, "Léo Leiter")):
        chat.member(user, name, name_key=key_of(name))
    chat.process(PIA, URS, leader=LEO)
    with chat.database.transaction() as tx:
        for name in ("Aesch", "Liestal"):
            municipalities.put(tx, name=name, name_key=key_of(name), district="Arlesheim", population=9000)
    for text, by in (
        ("idee neu Formulare vorausfüllen", PIA),
        ("sitzung neu P1 Formulare sichten | wann: 18.03.2027 13:30", LEO),
        ("anlass neu Treffen | wann: 18.03.2027 13:30-17:00", KORA),
        ("kurs neu BPMN | wann: 18.03.2027 13:30-17:00", KORA),
        ("vereinbarung neu P1 Formular kürzen", PIA),
        ("anlass anmelden A1", PIA),
        ("kurs anmelden K1", PIA),
        ("ergebnis P1 Steckbrief in Prüfung link: https://example.ch/steckbrief", LEO),
        ("werkzeug neu Persona-Vorlage", KORA),
        ("börse biete Sitzungszimmer", PIA),
        ("feed neu https://www.example.ch/rss.xml", KORA),
        ("wettbewerb neu Papierlose Gemeinde | bis: 18.03.2027 | jury: Pia Muster", KORA),
        ("umfrage neu Zeit | an: P1 | bis: 30.06.2027\n? Wann passt es?\n- früh\n- spät", LEO),
    ):
        chat.says(f"!{text}", by=by)


def context(chat: Chat, tx: Tx, role: str, language: str = "de") -> Context:
    """Of one who has the role, in the direct chat: Pia, but as leader Léo, and as nobody a stranger."""
    user = {"leader": LEO, "nobody": "@eva:localhost"}.get(role, PIA)
    asker = Asker(user, members.find(tx, user), ROLES[role], language)
    return Context(tx, chat.now, chat.settings, asker, Where("!direct:localhost", True, None))
