"""The parameters of commands, in words: what they are called, how they are filled in, how they are asked for."""

from __future__ import annotations

from typing import Final

# The parameter of a handler: its German and its English name. One word a thing, in every command.
FIELDS: dict[str, tuple[str, str]] = {
    "when": ("wann", "when"),
    "duration": ("dauer", "duration"),
    "place": ("ort", "place"),
    "seats": ("plätze", "seats"),
    "deadline": ("anmeldung bis", "deadline"),
    "public": ("öffentlich", "public"),
    "topic": ("thema", "topic"),
    "campaign": ("wettbewerb", "campaign"),
    "reason": ("grund", "reason"),
    "municipality": ("gemeinde", "municipality"),
    "function": ("funktion", "function"),
    "knowhow": ("wissen", "knowhow"),
    "interests": ("interessen", "interests"),
    "state": ("stand", "state"),
    "search": ("suche", "search"),
    "sort": ("sort", "sort"),
    "page": ("seite", "page"),
    "klass": ("klasse", "class"),
    "life": ("lebenslage", "life"),
    "description": ("beschreibung", "description"),
    "link": ("link", "link"),
    "every": ("jede", "every"),
    "since": ("von", "from"),
    "until": ("bis", "until"),
    "who": ("wer", "who"),
    "goal": ("ziel", "goal"),
    "actual": ("ist", "actual"),
    "effort": ("aufwand", "effort"),
    "benefit": ("nutzen", "benefit"),
    "mode": ("modus", "mode"),
    "date": ("datum", "date"),
    "to": ("an", "to"),
    "anonymous": ("anonym", "anonymous"),
    "process": ("prozess", "process"),
    "tags": ("tags", "tags"),
    "anyway": ("trotzdem", "anyway"),
    "format": ("format", "format"),
    "district": ("bezirk", "district"),
    "size": ("grösse", "size"),
    "title": ("titel", "title"),
    "name": ("name", "name"),
    "rating": ("note", "rating"),
    "number": ("nummer", "number"),
    "kind": ("art", "kind"),
    "excused": ("entschuldigt", "excused"),
    "whom": ("für", "for"),
    "jury": ("jury", "jury"),
    "calendar": ("kalender", "calendar"),
}

# What stands in a template to copy where nothing was given, German and English. Sent as it stands, it is refused like
# something missing; so nothing here can be what somebody wanted to say, and words of the head line have no spaces.
SAMPLES: dict[str, tuple[str, str]] = {
    "duration": ("2h…", "2h…"),
    "title": ("Titel", "title"),
    "text": ("Worum es geht und was es bringt.", "What it is about, and what it is good for."),
    "when": ("18.03.2027 13:30-17:00 …", "18.03.2027 13:30-17:00 …"),
    "until": ("30.06.2027 …", "30.06.2027 …"),
    "municipality": ("Aesch …", "Aesch …"),
    "function": ("Einwohnerdienste …", "Residents' services …"),
    "reason": ("Weil …", "Because …"),
    "effort": ("2 …", "2 …"),
    "benefit": ("5 …", "5 …"),
    "klass": ("L …", "L …"),
    "member": ("Pia Muster …", "Pia Muster …"),
    "members": ("Pia Muster, Urs Beispiel …", "Pia Muster, Urs Beispiel …"),
    "role": ("moderator…", "moderator…"),
    "vote": ("+…", "+…"),
    "answer": ("ja…", "yes…"),
    "language": ("de…", "de…"),
    "leads": ("1 Tag, 1 Stunde …", "1 day, 1 hour …"),
    "digest": ("wöchentlich…", "weekly…"),
    "calendar": ("abo…", "subscription…"),
    "name": ("Umzugsmeldung …", "Moving house …"),
    "phase": ("Frontend in Arbeit …", "frontend_design …"),
    "product": ("Steckbrief…", "profile…"),
    "state": ("entwurf…", "draft…"),
    "url": ("https://example.ch/dokument…", "https://example.ch/document…"),
    "goal": ("-80% …", "-80% …"),
    "size": ("9…", "9…"),
    "rating": ("4…", "4…"),
    "number": ("1…", "1…"),
    "mode": ("bestätigung …", "approval …"),
    "into": ("in I…", "into I…"),
    "questions": (
        "? Wann passt es Ihnen?\n- Vormittag\n- Nachmittag …",
        "? When does it suit you?\n- morning\n- afternoon …",
    ),
    "to": ("P1 …", "P1 …"),
    "thing": ("I…", "I…"),
    "points": ("4…", "4…"),
    "options": ("18.03.2027 13:30-15:00\n19.03.2027 9:00 …", "18.03.2027 13:30-15:00\n19.03.2027 9:00 …"),
    "numbers": ("1 und 2 …", "1 and 2 …"),
}

# What who signs off from an event or a training is asked.
_TO_COORDINATORS: Final = (
    "Möchten Sie der Koordination etwas dazu sagen? Antworten Sie einfach.",
    "Would you like to say something about it to the coordinators? Just answer.",
)
_TO_COORDINATORS_BY_REPLY: Final = (
    "Möchten Sie der Koordination etwas dazu sagen? Antworten Sie auf diese Nachricht.",
    "Would you like to say something about it to the coordinators? Reply to this message.",
)

# How a person is asked for it, German and English: by the parameter's name, or by the command's and its own.
QUESTIONS: dict[str, tuple[str, str]] = {
    "title": (
        "Wie soll es heissen? Ein kurzer Titel genügt.",
        "What should it be called? A short title will do.",
    ),
    "idea new title": (
        "Wie heisst die Idee? Ein kurzer Titel genügt.",
        "What is the idea called? A short title will do.",
    ),
    "event new title": ("Wie heisst der Anlass?", "What is the event called?"),
    "training new title": ("Wie heisst der Kurs?", "What is the training called?"),
    "news new title": ("Wie lautet der Titel der Neuigkeit?", "What is the title of the news item?"),
    "dates find title": ("Worum geht es an dem Termin?", "What is the date for?"),
    "dates find process": ("Für welche Gruppe?", "For which group?"),
    "dates find until": (
        "Bis wann sollen alle antworten? Zum Beispiel: nächsten Freitag.",
        "By when should everybody answer? For example: next Friday.",
    ),
    "options": (
        "Welche Termine stehen zur Wahl? Zwei bis acht, jeder auf einer Zeile, zum Beispiel: 18.03.2027 13:30-15:00.",
        "Which dates are there to choose from? Two to eight, each on a line, such as: 18.03.2027 13:30-15:00.",
    ),
    "dates": ("Welche Terminsuche?", "Which date finding?"),
    "numbers": (
        "Welche Termine passen Ihnen? Die Nummern genügen, zum Beispiel 1 und 3, oder «keine».",
        "Which dates suit you? The numbers will do, such as 1 and 3, or «none».",
    ),
    "meeting new title": ("Worum geht es in der Sitzung?", "What is the meeting about?"),
    "agreement new title": ("Was ist vereinbart?", "What is agreed?"),
    "exchange offer title": (
        "Was bieten Sie an? Zum Beispiel: Sitzungszimmer mit Beamer.",
        "What do you offer? For example: meeting room with projector.",
    ),
    "exchange offer text": (
        "Möchten Sie es beschreiben? Zum Beispiel, wann es frei ist.",
        "Would you like to describe it? When it is free, for example.",
    ),
    "exchange seek title": (
        "Was suchen Sie? Zum Beispiel: Hilfe mit BPMN.",
        "What do you seek? For example: help with BPMN.",
    ),
    "exchange seek text": (
        "Möchten Sie es beschreiben? Zum Beispiel, bis wann Sie es brauchen.",
        "Would you like to describe it? By when you need it, for example.",
    ),
    "export kind": ("Was möchten Sie als Datei?", "What would you like as a file?"),
    "tool new title": ("Wie heisst das Werkzeug?", "What is the tool called?"),
    "tool new link": (
        "Unter welchem Link findet man es? Er beginnt mit https.",
        "What is its link? It begins with https.",
    ),
    "tool new text": ("Wofür ist es gut?", "What is it good for?"),
    "survey new title": (
        "Worum geht es in der Umfrage? Ein kurzer Titel genügt.",
        "What is the survey about? A short title will do.",
    ),
    "survey new questions": (
        "Was möchten Sie fragen? Eine Frage auf einer Zeile, darunter auf eigenen Zeilen die Auswahl, mit «-» davor.",
        "What would you like to ask? A question on a line, below it the choices, each on its own line, with «-».",
    ),
    "survey new until": (
        "Bis wann kann man antworten? Zum Beispiel: 15. Dezember.",
        "Until when can people answer? For example: 15 December.",
    ),
    "to": (
        "Wen fragen Sie? «alle» oder eine Gruppe, zum Beispiel P1.",
        "Whom do you ask? «all» or a group, such as P1.",
    ),
    "process document title": ("Wie heisst das Dokument?", "What is the document called?"),
    "process criterion title": (
        "Woran soll man den Erfolg messen? Zum Beispiel: weniger Rückfragen am Schalter.",
        "How should success be measured? For example: fewer questions at the counter.",
    ),
    "duration": (
        "Wie lange? Zum Beispiel: 2 Stunden, 1.5 h oder 90 min.",
        "How long? For example: 2 hours, 1.5 h or 90 min.",
    ),
    "hours new process": ("Für welchen Prozess?", "For which process?"),
    "hours new text": ("Was haben Sie gemacht? Ein paar Worte.", "What did you do? A few words."),
    "name": ("Wie heisst der Prozess?", "What is the process called?"),
    "text": ("Was möchten Sie dazu schreiben?", "What would you like to write about it?"),
    "idea new text": (
        "Möchten Sie die Idee beschreiben? Was soll anders werden, und was bringt das?",
        "Would you like to describe the idea? What should change, and what is it good for?",
    ),
    "news new text": ("Was steht in der Neuigkeit?", "What does the news item say?"),
    "event new text": ("Worum geht es am Anlass?", "What is the event about?"),
    "training new text": ("Was lernt man im Kurs?", "What do people learn in the training?"),
    "meeting new text": ("Welche Traktanden gibt es?", "What is on the agenda?"),
    "meeting minutes text": ("Was steht im Protokoll?", "What do the minutes say?"),
    "when": (
        "Wann? Zum Beispiel: 18.03.2027 13:30-15:00.",
        "When? For example: 18.03.2027 13:30-15:00.",
    ),
    "meeting move when": (
        "Wann findet sie neu statt? Zum Beispiel: 18.03.2027 13:30-15:00, oder nur 14:00.",
        "When will it take place now? For example: 18.03.2027 13:30-15:00, or just 14:00.",
    ),
    "link": (
        "Unter welchem Link steht es? Er beginnt mit https.",
        "What is its link? It begins with https.",
    ),
    "goal": ("Was ist das Ziel? Zum Beispiel: -80%.", "What is the goal? For example: -80%."),
    "place": ("Wo findet es statt?", "Where does it take place?"),
    "until": ("Bis wann? Zum Beispiel: 30.06.2027.", "Until when? For example: 30.06.2027."),
    "profile pause until": (
        "Bis und mit welchem Tag? Zum Beispiel: 12.12.2026.",
        "Until which day, inclusive? For example: 12.12.2026.",
    ),
    "since": (
        "Seit wann? Zum Beispiel: gestern, oder 01.03.2027.",
        "Since when? For example: yesterday, or 01.03.2027.",
    ),
    "who": ("Wer macht es? Ein Name oder mehrere.", "Who does it? One name or several."),
    "municipality": ("Welche Gemeinde?", "Which municipality?"),
    "profile register municipality": (
        "In welcher Gemeinde arbeiten Sie?",
        "Which municipality do you work for?",
    ),
    "function": (
        "Was ist dort Ihre Aufgabe? Zum Beispiel: Einwohnerdienste.",
        "What do you do there? For example: residents' services.",
    ),
    "knowhow": (
        "Worin kennen Sie sich aus? Ein paar Stichworte, durch Kommas getrennt.",
        "What do you know well? A few keywords, separated by commas.",
    ),
    "interests": (
        "Was interessiert Sie? Ein paar Stichworte, durch Kommas getrennt.",
        "What are you interested in? A few keywords, separated by commas.",
    ),
    "member": ("Wer ist es? Der Name genügt.", "Who is it? The name will do."),
    "members": (
        "Wer ist es? Ein Name oder mehrere, durch Kommas getrennt.",
        "Who is it? One name or several, separated by commas.",
    ),
    "role": ("Welche Rolle?", "Which role?"),
    "reason": ("Warum? Ein Satz genügt.", "Why? One sentence will do."),
    "meeting decline reason": (
        "Möchten Sie der Leitung etwas dazu sagen? Antworten Sie einfach.",
        "Would you like to say something about it to the leader? Just answer.",
    ),
    "meeting decline reason by reply": (
        "Möchten Sie der Leitung etwas dazu sagen? Antworten Sie auf diese Nachricht.",
        "Would you like to say something about it to the leader? Reply to this message.",
    ),
    "event leave reason": _TO_COORDINATORS,
    "event leave reason by reply": _TO_COORDINATORS_BY_REPLY,
    "training leave reason": _TO_COORDINATORS,
    "training leave reason by reply": _TO_COORDINATORS_BY_REPLY,
    "answer": ("Ja oder nein?", "Yes or no?"),
    "language": ("Welche Sprache?", "Which language?"),
    "leads": (
        "Wie lange vorher soll ich Sie erinnern? Zum Beispiel: 1 Tag, 1 Stunde.",
        "How long before should I remind you? For example: 1 day, 1 hour.",
    ),
    "digest": (
        "Möchten Sie den Wochenüberblick, und wann? Zum Beispiel: Fr 16:00.",
        "Would you like the weekly digest, and when? For example: Fri 16:00.",
    ),
    "calendar": (
        "Wie sollen Ihre Termine in Ihren Kalender kommen: als Abo, als Dateien oder beides?",
        "How should your dates come into your calendar: by subscription, as files, or both?",
    ),
    "thing": (
        "Was möchten Sie sehen? Zum Beispiel: I12 oder P3.",
        "What would you like to see? For example: I12 or P3.",
    ),
    "idea": ("Welche Idee?", "Which idea?"),
    "into": ("Mit welcher anderen Idee?", "With which other idea?"),
    "news": ("Welche Neuigkeit?", "Which news item?"),
    "event": ("Welcher Anlass?", "Which event?"),
    "training": ("Welcher Kurs?", "Which training?"),
    "process": ("Welcher Prozess?", "Which process?"),
    "group join process": ("In welcher Gruppe?", "Which group?"),
    "group leave process": ("Welche Gruppe?", "Which group?"),
    "group show process": ("Welche Gruppe?", "Which group?"),
    "meeting new process": ("Für welche Gruppe?", "For which group?"),
    "agreement new process": ("Für welche Gruppe?", "For which group?"),
    "meeting": ("Welche Sitzung?", "Which meeting?"),
    "agreement": ("Welche Vereinbarung?", "Which agreement?"),
    "posting": ("Welches Angebot, oder welcher Bedarf?", "Which offer or need?"),
    "tool": ("Welches Werkzeug?", "Which tool?"),
    "survey": ("Welche Umfrage?", "Which survey?"),
    "feed": ("Welcher Feed?", "Which feed?"),
    "feed new url": (
        "Unter welcher Adresse? Zum Beispiel: https://www.example.ch/rss.xml.",
        "At which address? For example: https://www.example.ch/rss.xml.",
    ),
    "campaign": ("Welcher Wettbewerb?", "Which campaign?"),
    "campaign new title": (
        "Wie heisst der Wettbewerb? Am besten eine Frage oder ein Ziel in ein paar Worten.",
        "What is the campaign called? Best a question or a goal in a few words.",
    ),
    "campaign new text": (
        "Worum geht es? Was soll besser werden, und wer kann mitmachen?",
        "What is it about? What should get better, and who can take part?",
    ),
    "campaign new until": (
        "Bis wann können Ideen eingereicht werden? Zum Beispiel: 30.06.2027.",
        "Until when can ideas be submitted? For example: 30.06.2027.",
    ),
    "jury": (
        "Wer ist in der Jury? Ein Name oder mehrere, durch Kommas getrennt.",
        "Who is in the jury? One name or several, separated by commas.",
    ),
    "points": ("Wie gut ist die Idee?", "How good is the idea?"),
    "vote": ("Dafür oder dagegen?", "For or against?"),
    "effort": (
        "Wie gross ist der Aufwand? Von 1 (klein) bis 5 (gross).",
        "How much effort is it? From 1 (little) to 5 (a lot).",
    ),
    "benefit": (
        "Wie gross ist der Nutzen? Von 1 (klein) bis 5 (gross).",
        "How much benefit does it bring? From 1 (little) to 5 (a lot).",
    ),
    "rating": ("Wie gut ist der Dienst?", "How good is the service?"),
    "number": ("Welche Nummer steht dort?", "Which number does it say there?"),
    "feedback import process": ("Zu welchem Prozess?", "On which process?"),
    "feedback process": ("Zu welchem Prozess?", "On which process?"),
    "feedback text": (
        "Möchten Sie etwas dazu schreiben? Was ist gut, was ist mühsam?",
        "Would you like to add something? What is good, what is not?",
    ),
    "klass": ("Welche Klasse hat der Prozess?", "Which class is the process?"),
    "url": ("Unter welchem Link steht es? Er beginnt mit https.", "What is its link? It begins with https."),
    "mode": ("Wie kommt man in die Gruppe?", "How do people get into the group?"),
    "size": ("Wie viele Plätze hat die Gruppe?", "How many seats does the group have?"),
    "product": ("Welches Arbeitsergebnis?", "Which work product?"),
    "state": ("Wie weit ist es?", "How far is it?"),
    "sentence": ("Was spricht dagegen? Ein Satz genügt.", "What speaks against it? One sentence will do."),
    "phase": ("In welcher Phase ist er jetzt?", "Which phase is it in now?"),
}

# How a person is asked for a thing where nothing above says it better.
BY_NUMBER = (
    "Worum geht es? Die Nummer genügt, zum Beispiel {number}.",
    "Which one? Its number will do, for example {number}.",
)
