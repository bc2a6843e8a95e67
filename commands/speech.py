"""How people put things in sentences: what says nothing, what greets, and what things are called beside their names."""

from __future__ import annotations

from typing import Final

from commands.words import fold, key_of

# What people say for the noun or the recurring verb of a command, beside its names: by the German one.
SAID: Final[dict[str, tuple[str, ...]]] = {
    "idee": ("Vorschlag", "Verbesserungsvorschlag", "Anregung", "Einfall", "suggestion", "proposal"),
    "news": ("Neuigkeit", "Neues", "Mitteilung", "Meldung", "Beitrag", "Aktuelles", "announcement"),
    "anlass": ("Veranstaltung", "Event", "Apéro", "PI-Event", "Aalass", "Treffen", "gathering"),
    "kurs": ("Schulung", "Weiterbildung", "Ausbildung", "Seminar", "Lehrgang", "course", "class"),
    "sitzung": ("Besprechung", "Meeting", "Workshop", "Sitzungstermin"),
    "termin": ("Terminsuche", "Terminumfrage", "Doodle", "Terminfindung", "date finding"),
    "gruppe": ("Innovationsgruppe", "Team", "Arbeitsgruppe"),
    "prozess": ("Verwaltungsprozess", "Projekt", "Vorhaben", "project"),
    "ergebnis": ("Arbeitsergebnis", "Resultat", "result"),
    "vereinbarung": ("Abmachung", "abgemacht", "vereinbart", "agreed"),
    "gemeinde": ("Ort", "town", "commune"),
    "mitglied": ("Person", "Leute", "people"),
    "profil": ("Angaben", "Steckbrief von mir"),
    "agenda": ("Termin", "Kalender", "calendar", "dates"),
    "datenschutz": ("Daten", "data"),
    "werkzeug": (
        "Methode",
        "Vorlage",
        "Checkliste",
        "Hilfsmittel",
        "Instrument",
        "Werkzeugkasten",
        "Werkzeugkiste",
        "Wärchzüg",
        "Wärkzüüg",
        "method",
        "template",
        "checklist",
        "toolbox",
    ),
    "börse": (
        "Angebot",
        "Bedarf",
        "Gesuch",
        "Marktplatz",
        "Tauschbörse",
        "Börsi",
        "andere Gemeinden",
        "offer",
        "marketplace",
    ),
    "umfrage": ("Umfrog", "Umfroog", "Befragung", "Fragebogen", "Fragen", "survey", "questionnaire", "poll"),
    "feed": (
        "RSS",
        "RSS-Feed",
        "Newsfeed",
        "Quelle",
        "Website",
        "Webseite",
        "Websiite",
        "source",
        "subscription",
    ),
    "hilfe": ("helfen", "Anleitung", "instructions"),
    "stunden": ("Stunde", "Stund", "Aufwand", "Arbeitszeit", "hours", "time"),
    "rolle": ("Berechtigung", "Rechte", "permission"),
    "ändern": ("korrigieren", "Fehler", "vertippt", "falsch", "ergänzen", "aktualisieren", "correct", "fix"),
    "verschieben": (
        "verlegen",
        "später",
        "früher",
        "anderes Datum",
        "later",
        "earlier",
        "anderer Tag",
        "anderen Tag",
        "anderen Zeitpunkt",
        "reschedule",
        "postpone",
    ),
    "streichen": ("absagen", "abgesagt", "fällt aus", "findet nicht statt", "call off", "canceled"),
    "neu": ("anlegen", "erfassen", "erstellen", "eröffnen", "add", "create"),
    "zeige": ("Details", "Worum geht es", "Was ist mit", "was steht in", "about", "details"),
    "liste": ("welche", "gibt es", "alle", "Übersicht", "Auswahl", "which", "all", "are there", "list of"),
    "anmelden": ("teilnehmen", "dabei", "einschreiben", "sign", "attend", "ich komme an", "komme"),
    "abmelden": (
        "verhindert",
        "austreten",
        "aussteigen",
        "nicht kommen",
        "komme nicht",
        "kann nicht",
        "withdraw",
    ),
    "teilnehmende": (
        "wer kommt",
        "wer angemeldet",
        "Teilnehmer",
        "Teilnehmerliste",
        "who is coming",
        "wer dabei",
    ),
    "entfernen": ("löschen", "delete", "rauswerfen", "streichen"),
    "zurückziehen": ("löschen", "entfernen", "hat sich erledigt", "delete", "remove", "take back"),
}

# Says nothing by itself; it may be a part of several words that do.
_SMALL: Final = (
    "ab aber ach also als am an andere anderen andern auch auf aus bei beim bin bis bist bitte bloss brauche brauchen "
    "braucht da dann das dass dazu dein deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir "
    "doch dort du durch dürfen darf ein eine einem einen einer eines einfach einmal er es etwas euch euer fast finde "
    "finden findet frage für gab ganz geben gebt gegen geht gehen genau gern gerne gibt gibts ging gut habe haben hat "
    "hast hatte hätte hätten halt her hier hin hoch ich ihm ihn ihnen ihr ihre ihrem ihren im in ins ist irgendwie ja "
    "jede jeder jedes jemand jetzt kann kannst kein keine keinen keiner kommt können könnte könnten könnt lange lassen "
    "leider lieber liegen los mache machen macht mal man mehr mich mir mit möchte möchten möglich muss müssen müsste "
    "nach nächstes neben nein nicht nichts noch nochmals nun nur ob oder oft ohne per pro schon sehr sei sein seine "
    "sich sie sind so soll sollen sollte sollten sonst statt steht stehen tun über um und uns unser unsere unseren "
    "unserer unter viel viele vielleicht vom von vor wäre wann war waren warum was wegen weil weiter weiss wenn wer "
    "werde werden wie wieder wieso wird wir wo wohl wollen will wurde wurden würde würden wüsste zu zum zur zwar zwei "
    "eigentlich eben gerade grad sowie jeweils dafür davon damit darum heisst gehört sagen sehen schauen tut wissen "
    "frau herr hr fr eins drei kurz bald immer denke glaube finds gehts wirs sies ichs mals "
    "ne nen mein meine meinem meinen meiner meines my mine "
    "a an and any anything are as at be been but by can could did do does for from get give had has have he her his "
    "how i if in into is it its just like look me much of off on or our out please put s she so some somebody someone "
    "something still t take tell than that the their them there these they this those to too up us use want wanted "
    "was we were what when where who whom why will with would yet you your d ll ve re im am let id got need "
    "won don didn doesn "
    "möcht wott wött wetti wett chan chani cha chasch chönd chönnt isch sind gits git hets het hesch han ha hani mir "
    "eus ois nöd nid ned nüt öppis öpper de dr d s e en es i uf us vo vom zum zur mer me au scho gärn bitti gern "
    "würd wird gha gsi si mis dis sis do det dete grad eifach ganz vill chli echli mi no nume nur wen wenn wo wär wer "
    "was wie eh gell oder hoi gäll sött söll mues muess drum chunnt goht gaht bi bisch häsch händ hend hät dä di dini "
)
SMALL: Final = frozenset(spelt for word in _SMALL.split() for spelt in fold(word))

# Turn a sentence around: who does not come wants something else than who comes. `t` is that of «can't».
NEGATIONS: Final = frozenset(
    {
        "nicht",
        "kein",
        "keine",
        "keinen",
        "keiner",
        "nie",
        "not",
        "no",
        "never",
        "cannot",
        "t",
        "without",
        "ohne",
    }
)

# The first part of a verb, which stands at the end of a clause: «ich melde mich für den Kurs an».
PARTICLES: Final = frozenset(
    {
        "an",
        "ab",
        "auf",
        "aus",
        "ein",
        "fest",
        "frei",
        "mit",
        "raus",
        "teil",
        "um",
        "vor",
        "zu",
        "zurück",
        "zusammen",
    }
)
# And as it stands in a participle: angemeldet, abgesagt, gelöscht.
PARTICIPLE: Final = (
    r"^(an|ab|auf|aus|ein|fest|frei|mit|nach|teil|um|vor|zu|zurück|)ge(\w{3,}?)(?:e?t|en)e?[nrsm]?$"
)

# How it is put: somebody wants to do something, or to know something.
ACTING: Final = frozenset(
    (
        *(
            "möchte",
            "möchten",
            "will",
            "wollen",
            "wott",
            "wött",
            "wetti",
            "hätte",
            "würde",
            "kann",
            "könnte",
            "muss",
        ),
        *("brauche", "want", "would", "could", "need", "let"),
    )
)
ASKING: Final = frozenset(
    {"wann", "wo", "wer", "was", "wie", "gibt", "welche", "what", "when", "where", "who", "how"}
)

# The verbs of commands, English, from what people do most: where all else is equal, that is offered first.
USUAL: Final = (
    *(
        "next",
        "list",
        "new",
        "mine",
        "show",
        "join",
        "vote",
        "accept",
        "consent",
        "leave",
        "decline",
        "objection",
    ),
    *("kept", "export", "edit", "rate", "maybe", "move", "withdraw", "cancel"),
)

# Dialect, where another spelling would not be found by likeness; whole words.
DIALECT: Final = {
    "hüt": "heute",
    "hüüt": "heute",
    "morn": "morgen",
    "wuche": "woche",
    "nächscht": "nächste",
    "nächschti": "nächste",
    "nächschte": "nächste",
    "neus": "neues",
    "neui": "neue",
    "nöi": "neu",
    "mini": "meine",
    "meini": "meine",
    "mine": "meine",
    "mis": "mein",
    "nöd": "nicht",
    "nid": "nicht",
    "ned": "nicht",
    **dict.fromkeys(("nich", "nciht", "nihct", "nict", "ncht", "niht", "nicth"), "nicht"),
    "kei": "keine",
    "zit": "zeit",
    "meh": "mehr",
    "lauft": "läuft",
    "gots": "geht",
    "gaht": "geht",
    "goht": "geht",
    "chume": "komme",
    "chum": "komme",
    "cho": "kommen",
    "chunsch": "kommst",
    "chan": "kann",
    "cha": "kann",
    "chani": "kann",
    "chasch": "kannst",
    "hälfe": "helfen",
    "hani": "habe",
    "ha": "habe",
    "isch": "ist",
    "öppis": "etwas",
    "gits": "gibt es",
    "git": "gibt",
    "dörf": "darf",
    "mues": "muss",
    "mitmache": "mitmachen",
    "schaffe": "arbeite",
    "vilmol": "vielmal",
}
# The same of beginnings and endings: aamälde, iilade, uusträtte, Sitzig.
DIALECT_PARTS: Final = (
    (r"ä", "e"),
    (r"^aa", "an"),
    (r"^ii", "ein"),
    (r"^uus", "aus"),
    (r"^uuf|^uf", "auf"),
    (r"(?<=\w)ii", "ei"),
    (r"(?<=\w)uu", "au"),
    (r"ue", "u"),
    (r"^ch(?=[aeiouäöülrn])", "k"),
    (r"öi", "eu"),
    (r"^vor?schl[aä]g$", "vorschlag"),
    (r"(?<=\w{3})ige?$", "ung"),
)

# A greeting or thanks: alone, it is answered by one; before something else, it says nothing.
_DAYTIME: Final = (
    "morgen|tag|abend|nachmittag|mittag|nacht|woche|wochenende|feierabend|morning|day|evening|afternoon|night|weekend"
    "|morge|obig|abig"
)
_HELLO: Final = (
    "hallo|hoi|hallöchen|sali|salü|sälü|salut|grüezi|grüessech|grüss gott|grüss dich|servus|moin|hi|hey|hello"
    "|ciao|tschau|tschüss|tschüssli|adieu|uf widerluege|auf wiedersehen|bis (?:bald|später|dann|morgen"
    "|gleich)|bye|goodbye|see you(?: later| soon)?|mahlzeit|wie geht(?:s| es| es ihnen| es dir|'s"
    "|’s)?(?: ihnen| dir| so)?|how are you(?: doing)?|wie gohts|wie gahts"
)
_WHAT_FOR: Final = (
    "für (?:die|ihre|deine|eure|alles|die rasche|die schnelle) ?"
    "(?:hilfe|antwort|auskunft|info|infos|unterstützung)?"
)
_THANKS: Final = (
    r"(?:(?:vielen|herzlichen|besten|lieben|tausend) )?dank(?:e|eschön)?(?: (?:schön|sehr|vielmals?|dir|ihnen|euch))?"
    rf"(?: {_WHAT_FOR})?"
    r"|(?:merci|märssi)(?: (?:vilmol|vielmal|vielmals|beaucoup|dir|ihnen|bien))?"
    r"|(?:many )?thanks(?: (?:a lot|so much|very much|for (?:the|your) help))?"
    r"|thank you(?: (?:so much|very much|for (?:the|your) help))?|thx|ty|cheers|danke[sn]?chön"
)
GREETINGS: Final = (
    rf"(?:einen |e )?(?:guten?|schön(?:en?|es)|good|nice|gueten?|schöne) (?:{_DAYTIME})(?: noch)?",
    _HELLO,
    _THANKS,
    "[👍👋🙏😊🙂😀❤️♥️]+",
)
# Who is greeted, and what is said along.
_BESIDE: Final = (
    "bot pibot pi zusammen mitenand mitenander miteinander zäme zämä allerseits alle alli everyone everybody all there "
    "team liebe lieber leute kollegen ihr du sie auch noch und so super toll prima perfekt perfect great cool nett gut "
    "schön sehr ok okay ja hat geklappt funktioniert vilmol vielmal vielmals"
)
BESIDE_GREETING: Final = frozenset(map(key_of, _BESIDE.split()))
