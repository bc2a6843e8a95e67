"""The words of commands: how they may be spelt, and what fields and recurring verbs are called in both languages."""

from __future__ import annotations

import unicodedata

from storage.engine.letters import plain

ONE_PHRASE = frozenset({"topic"})  # fields that end at a comma in the head line, where text may follow

# German verbs and what else is understood for them, beside the English name of the command itself.
VERBS: dict[str, tuple[str, ...]] = {
    "anmelden": ("join", "register", "sign up"),
    "abmelden": ("leave", "sign off"),
    "zeige": ("show", "zeigen"),
    "liste": ("list", "auflisten"),
    "neu": ("new", "neue", "neuer", "neues"),
    "ändern": ("edit", "bearbeiten"),
    "verschieben": ("move",),
    "streichen": ("cancel",),
    "entfernen": ("remove",),
    "bestätigen": ("confirm",),
    "teilnehmende": ("attendees", "teilnehmer"),
    "abschliessen": ("close",),
    "erledigt": ("done",),
    "zurückziehen": ("withdraw",),
    "veröffentlichen": ("publish",),
    "entwürfe": ("drafts",),
}

# Everyday words for recurring verbs, understood without being taught.
EVERYDAY: dict[str, tuple[str, ...]] = {
    "anmelden": ("beitreten", "mitmachen", "teilnehmen", "einschreiben", "dabei"),
    "abmelden": ("verlassen", "austreten", "aussteigen"),
    "zeige": ("zeig", "anzeigen", "ansehen", "anschauen", "öffnen"),
    "liste": ("alle", "übersicht"),
    "ändern": ("ändere", "anpassen", "korrigieren", "change"),
    "verschieben": ("verlegen",),
    "erfüllt": ("erledigt", "done"),
    "bewerte": ("bewerten",),
    "zusagen": ("zusage",),
    "absagen": ("absage",),
    "digest": ("wochenüberblick", "überblick"),
}

# Of these nobody changes anything by a command: what does it instead is said. The English noun, and the letter of what
# is named with it.
UNCHANGING = {"hours": "H", "survey": "U", "dates": "D", "feedback": "P"}

# Everyday words that are offered, not taken: they may mean something else, or can't be taken back easily.
# By the English noun, "" without one; of several the first that the person may do. What follows the command's name
# stands before the rest of the line.
OFFERED: dict[str, dict[str, str | tuple[str, ...]]] = {
    "": {
        "anmelden": ("event join", "profile register"),
        "abmelden": "event leave",
        "register": "profile register",
        "registrieren": "profile register",
        "pause": "profile pause",
        "ferien": "profile pause",
        "austreten": "profile leave",
        "suche": "idea list search:",
        "suchen": "idea list search:",
        "search": "idea list search:",
        "sprache": "profile language",
        "language": "profile language",
        "erinnerung": "profile reminder",
        "reminder": "profile reminder",
        "digest": "profile digest",
        "wochenüberblick": "profile digest",
        "abdeckung": "municipality coverage",
        "auskunft": "privacy export",
        "daten": "privacy export",
        "meine": "idea mine",
        "termine": "agenda",
        "meine termine": "agenda",
        "meine daten": "privacy export",
        "meine daten löschen": "privacy erase",
        "daten löschen": "privacy erase",
        "löschen": "privacy erase",
        "zusagen": "meeting accept",
        "absagen": "meeting decline",
        "kalender": "agenda ics",
        "frontend": "help frontend",
        "backend": "help backend",
        "bpmn": "help bpmn",
        "klassen": "help klassen",
    },
    "idea": {
        "löschen": "idea withdraw",
        "delete": "idea withdraw",
        "entfernen": "idea withdraw",
        "melden": "idea new",
        "einreichen": "idea new",
        "erfassen": "idea new",
        "submit": "idea new",
        "abstimmen": "idea vote",
        "genehmigen": "idea accept",
    },
    "news": {"löschen": "news withdraw", "delete": "news withdraw", "absagen": "news withdraw"},
    "event": dict.fromkeys(("löschen", "delete"), ("event cancel", "event leave")),
    "training": dict.fromkeys(("löschen", "delete"), ("training cancel", "training leave")),
    "meeting": {"löschen": "meeting cancel", "abmelden": "meeting decline", "anmelden": "meeting accept"},
    "group": {
        "meine": "group show",
        "mine": "group show",
        "löschen": "group leave",
        "absagen": "group leave",
    },
    "campaign": {"löschen": "campaign close", "delete": "campaign close", "einreichen": "idea new"},
    "exchange": {
        **dict.fromkeys(("löschen", "delete", "entfernen", "zurückziehen"), "exchange done"),
        "meine": "exchange list meine",
        "mine": "exchange list mine",
    },
    "agreement": {"meine": "agreement list", "löschen": "agreement show"},
    "process": {"meine": "process list", "löschen": "process phase"},
    "profile": {
        "löschen": "privacy erase",
        "delete": "privacy erase",
        "abmelden": "profile leave",
        "ferien": "profile pause",
        "daten": "privacy export",
    },
    "member": {"löschen": "member remove", "delete": "member remove", "hinzufügen": "member admit"},
    "privacy": {"daten": "privacy export", "delete": "privacy erase"},
}

# What a noun is called when there are several: by itself their list, else the noun.
PLURALS: dict[str, str] = {
    "ideen": "idee",
    "ideas": "idea",
    "neuigkeiten": "news",
    "neuigkeit": "news",
    "sitzungen": "sitzung",
    "meetings": "meeting",
    "anlässe": "anlass",
    "events": "event",
    "kurse": "kurs",
    "trainings": "training",
    "umfragen": "umfrage",
    "surveys": "survey",
    "gruppen": "gruppe",
    "groups": "group",
    "prozesse": "prozess",
    "processes": "process",
    "mitglieder": "mitglied",
    "members": "member",
    "gemeinden": "gemeinde",
    "municipalities": "municipality",
    "vereinbarungen": "vereinbarung",
    "agreements": "agreement",
    "werkzeuge": "werkzeug",
    "tools": "tool",
    "rückmeldungen": "rückmeldung",
    "feeds": "feed",
    "wettbewerbe": "wettbewerb",
    "ideenwettbewerbe": "wettbewerb",
    "campaigns": "campaign",
    "rollen": "rolle",
    "roles": "role",
}

# What a thing always has: it can be changed, not emptied.
ALWAYS_THERE = frozenset(
    {"title", "name", "when", "duration", "klass", "municipality", "function", "news text"}
    | {"campaign since", "campaign until"}
)
# Fields that commands other than «ändern» know how to empty.
EMPTIED_ELSEWHERE = frozenset({"deadline", "goal", "municipality", "process link", "excused"})
# Fields that say yes or no: emptied, they say no.
YES_OR_NO = frozenset({"public", "anyway"})

# What is typed for nothing, whether to empty a field or to leave it empty.
_NOTHING = frozenset(
    {"-", "–", "—", "−", "keine", "keiner", "keines", "keinen", "kein", "nichts", "weg", "leer", "ohne"}
    | {"none", "nothing", "no", "empty", "clear"}
)

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_DOTLESS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


def normal(text: str) -> str:
    """Lower case, composed characters, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def means_nothing(typed: str, *also: str) -> bool:
    """Somebody who types this wants nothing there; `also`: words that say so of this field alone."""
    return normal(typed) in _NOTHING or normal(typed) in also


def fold(name: str) -> tuple[str, ...]:
    """The ways a name may be typed: with umlauts, with ae for ä, with a for ä."""
    plain = normal(name)
    return tuple(dict.fromkeys((plain, plain.translate(_UMLAUTS), plain.translate(_DOTLESS))))


def key_of(text: str) -> str:
    """The key of all spellings of a name: without case, umlauts (ä, ae and a are one), accents and signs.

    A name of signs only is its own key: folded, all of them would be one.
    """
    decomposed = unicodedata.normalize("NFKD", normal(text).translate(_DOTLESS))
    letters = "".join(c if _tells(c) else " " for c in decomposed if unicodedata.combining(c) < _ACCENT)
    return " ".join(plain(letters).split()) or normal(text)


_ACCENT = 200  # combining classes from here on: marks above and below a letter; those before are vowels and the like


def _tells(character: str) -> bool:
    """A letter, a digit, or what other scripts write vowels with."""
    return character.isalnum() or unicodedata.category(character)[0] == "M"
