"""The types of what messages tell other programs, each with its fields; `parts` makes docs/machine.md of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class Field:
    """A field of a part: `shape` is one of SHAPES, or the words that it may be, or the fields inside."""

    name: str
    shape: str | tuple[str, ...] | tuple[Field, ...]
    meaning: str
    always: bool = False


@dataclass(frozen=True)
class Part:
    """A type of part."""

    meaning: str
    fields: tuple[Field, ...]
    example: Mapping[str, Any]


PRODUCT_STATES: Final = ("open", "draft", "in_review", "released")
_TITLE: Final = Field("title", "text", "what it is called")
_REF: Final = Field("ref", "reference", "the thing")
_OF_PROCESS: Final = Field("ref", "reference", "the process")
_REASON: Final = Field("reason", "text", "why it is so")
_LINK: Final = Field("link", "text", "an address")
_PLACE: Final = Field("place", "text", "where")
_START: Final = Field("start", "time", "when it begins")
_END: Final = Field("end", "time", "when it ends")
_SEAT: Final = (
    Field("seat", ("confirmed", "waiting", "invited", "requested", "maybe", "declined", "none"), "the seat"),
    Field("position", "count", "on the waiting list; 1 is next"),
)
_YOU: Final = "of the person who asked; only in replies"
_OCCASION: Final = (
    _REF,
    _TITLE,
    Field("state", ("planned", "cancelled", "past"), "how it stands"),
    _START,
    _END,
    Field("deadline", "time", "until when people sign up"),
    _PLACE,
    _LINK,
    Field("capacity", "count", "the seats; without, there is room for all"),
    Field("confirmed", "count", "people with a seat"),
    Field("waiting", "count", "people on the waiting list"),
    Field("public", "yes or no", "other people may read of it too"),
    Field("you", _SEAT, _YOU),
)
_VOICES: Final = (
    Field("count", "count", "how many have said something"),
    Field("average", "text", "with one decimal; none, where nobody has"),
)
_POSTING: Final = (
    _REF,
    _TITLE,
    Field("state", ("open", "done", "withdrawn"), "how it stands; withdrawn: taken back"),
    Field("municipality", "text", "whose it is"),
    Field("tags", "texts", "words to find it by"),
    Field("matches", "texts", "references of what fits it"),
)
PARTS: Final[Mapping[str, Part]] = {
    "agreement": Part(
        "something that shall be different by the next meeting",
        (
            _REF,
            _TITLE,
            Field("state", ("open", "kept", "missed", "dropped"), "whether it came true"),
            Field("process", "reference", "the group's process"),
            Field("who", "person", "the first of those who see to it"),
            Field("people", "people", "all of them, if there are several"),
            Field("until", "date", "by when"),
            _REASON,
        ),
        {"ref": "V1", "title": "Formular kürzen", "state": "open", "process": "P3", "who": "@pia:example.ch"},
    ),
    "attendees": Part(
        "who comes to an event or a training; for coordinators",
        (
            _REF,
            Field("confirmed", "people", "with a seat, in order of arrival", always=True),
            Field("waiting", "people", "on the waiting list, in order", always=True),
        ),
        {"ref": "A5", "confirmed": ["@pia:example.ch"], "waiting": []},
    ),
    "campaign": Part(
        "an idea campaign",
        (
            _REF,
            _TITLE,
            Field(
                "state", ("planned", "open", "closed", "withdrawn"), "how it stands; withdrawn: taken back"
            ),
            Field("start", "time", "from when on ideas are submitted"),
            Field("end", "time", "until when they are"),
            Field("ideas", "count", "that take part"),
            Field("jury", "people", "who judges"),
            Field("ranking", "texts", "references of the ideas, the best first; once it is closed"),
            Field("you", (Field("jury", "yes or no", "is in the jury"),), _YOU),
        ),
        {
            "ref": "W1",
            "title": "Schalter ohne Papier",
            "state": "open",
            "start": "2027-05-03T00:00:00+02:00",
            "end": "2027-06-01T00:00:00+02:00",
            "ideas": 3,
            "jury": ["@pia:example.ch"],
        },
    ),
    "choice": Part(
        "several commands may be meant; a number or a tap runs one",
        (Field("options", "options", "the best first", always=True),),
        {
            "options": [
                {"key": "1", "value": "idee neu", "label": "Eine Idee einreichen", "command": "idea new"},
                {"key": "2", "value": "idee liste", "label": "Ideen suchen", "command": "idea list"},
            ]
        },
    ),
    "confirm": Part(
        "the bot asks whether that is really meant; or it shows what it has read of a file, the last three fields",
        (
            Field("confirm", "text", "to be sent exactly so; not, where a file has errors"),
            Field("preview", "yes or no", "the message shows what the command will make; ✅ makes it"),
            Field("command", "text", "the command, where it was made by questions"),
            Field(
                "columns",
                "texts by name",
                "the columns that were found, by ours: `rating`, `comment`, `date`, `channel`",
            ),
            Field("rows", "count", "the lines with something in them"),
            Field(
                "errors",
                "errors by line",
                "at most 100: `line`, the header being 1, and `code`: `no_rating`, `bad_rating`, `bad_date`, "
                "`bad_row`, `bad_quotes`, `too_large`; with one of them nothing can be confirmed",
            ),
        ),
        {"confirm": "!datenschutz löschen 52f736"},
    ),
    "coverage": Part(
        "how many municipalities take part",
        (
            Field("done", "count", "those that take part", always=True),
            Field("of", "count", "all", always=True),
        ),
        {"done": 31, "of": 86},
    ),
    "error": Part(
        "a command was refused; nothing was changed",
        (
            Field("code", "text", "one of the codes below", always=True),
            Field("ref", "text", "the thing that it is about"),
            Field("product", "text", "the code of the work product that it is about"),
            Field("field", "text", "the field that was not understood, as it is typed"),
            Field("nearest", "text", "what was perhaps meant"),
            Field("options", "options", "commands that were perhaps meant"),
            Field("similar", "texts", "references of what is there already"),
            Field("missing", "texts", "codes of work products that are not released"),
            Field("id", "text", "the number in the log, of an internal error"),
            Field("you", _SEAT, _YOU),
        ),
        {"code": "bad_input", "field": "wann"},
    ),
    "event": Part(
        "an event",
        _OCCASION,
        {
            "ref": "A6",
            "title": "PI-Event Frühling 2027",
            "state": "planned",
            "start": "2027-03-18T13:30:00+01:00",
            "end": "2027-03-18T17:00:00+01:00",
            "place": "Liestal",
            "capacity": 60,
            "confirmed": 1,
            "waiting": 0,
            "public": False,
            "you": {"seat": "confirmed"},
        },
    ),
    "feed": Part(
        "what another website publishes, taken over as news; for moderators",
        (
            _REF,
            Field("title", "text", "what it calls itself; until that is known, the name of its website"),
            Field("url", "text", "where it is, as far as is known"),
            Field("mode", ("draft", "direct"), "what becomes of its entries"),
            Field("state", ("new", "ok", "failing", "removed"), "`new`: not looked at yet"),
            Field("entries", "count", "taken over so far"),
            Field("checked", "time", "looked at last"),
        ),
        {
            "ref": "F1",
            "title": "Kanton Basel-Landschaft",
            "url": "https://www.example.ch/rss.xml",
            "mode": "draft",
            "state": "ok",
            "entries": 12,
            "checked": "2026-11-02T10:00:00+01:00",
        },
    ),
    "file": Part(
        "the message is a file (`m.file`); other types with a file have these fields under `file`",
        (
            Field("of", "text", "what is in it: a reference, `agenda`, `privacy` …", always=True),
            Field(
                "format",
                "text",
                "`ics`, `json`, `csv`, `pdf`; `text`, if no pages could be made and this is all",
                always=True,
            ),
            Field("rows", "count", "how many entries or rows it has", always=True),
        ),
        {"of": "agenda", "format": "ics", "rows": 3},
    ),
    "group": Part(
        "an innovation group",
        (
            _OF_PROCESS,
            _TITLE,
            Field("size", "count", "how many shall be in it"),
            Field("confirmed", "count", "members"),
            Field("waiting", "count", "people on the waiting list"),
            Field("leader", "person", "who leads it"),
            Field("room", "text", "the id of its room"),
            Field("you", _SEAT, _YOU),
        ),
        {
            "ref": "P3",
            "title": "Umzugsmeldung",
            "size": 7,
            "confirmed": 7,
            "waiting": 1,
            "you": {"seat": "waiting", "position": 1},
        },
    ),
    "help": Part(
        "what can be done, or what a word means",
        (
            Field("commands", "texts", "their canonical English names", always=True),
            Field("options", "options", "of a menu: what a number runs"),
        ),
        {"commands": ["idea new", "idea list"]},
    ),
    "calendar": Part(
        "whether a calendar subscribes to the person's own dates",
        (Field("state", ("on", "off"), "the subscription; its address is in the text alone", always=True),),
        {"state": "on"},
    ),
    "dates": Part(
        "dates of which a group finds the one that suits",
        (
            _REF,
            Field("process", "reference", "the group's process"),
            _TITLE,
            Field("state", ("open", "fixed", "cancelled"), "how it stands"),
            Field("options", "dates to choose", "the dates, in the order of their numbers"),
            Field("meeting", "reference", "that was planned, once it is fixed"),
        ),
        {
            "ref": "D4",
            "process": "P3",
            "title": "Kickoff",
            "state": "open",
            "options": [
                {"start": "2027-03-18T13:30:00+01:00", "end": "2027-03-18T15:00:00+01:00"}
                | {"yes": 4, "no": 1, "maybe": 0},
                {"start": "2027-03-19T09:00:00+01:00", "yes": 2, "no": 3, "maybe": 0},
            ],
        },
    ),
    "hours": Part(
        "hours that somebody has worked, for that person alone; or what they add up to: the last four fields",
        (
            _REF,
            Field("minutes", "count", "how long, in quarters of an hour"),
            Field("on", "date", "on which day"),
            Field("process", "reference", "for which process"),
            Field("meeting", "reference", "at which meeting"),
            Field("state", ("entered", "withdrawn"), "whether it counts"),
            Field("total", "count", "minutes of all entries of these days"),
            Field("from", "date", "the first day"),
            Field("until", "date", "the last day"),
            Field("rows", "count", "how many entries there are"),
        ),
        {"ref": "H7", "minutes": 120, "on": "2027-03-18", "process": "P3", "state": "entered"},
    ),
    "idea": Part(
        "an idea",
        (
            _REF,
            _TITLE,
            Field(
                "state",
                (
                    "submitted",
                    "under_review",
                    "accepted",
                    "implementing",
                    "implemented",
                    "rejected",
                    "merged",
                    "withdrawn",
                ),
                "how it stands",
            ),
            Field("author", "person", "who had it"),
            Field(
                "votes",
                (
                    Field("for", "count", "👍"),
                    Field("against", "count", "👎"),
                    Field("neutral", "count", "neither"),
                ),
                "how many think what",
            ),
            Field(
                "ratings",
                (
                    Field("count", "count", "how many there are"),
                    Field("effort", "mean", "1 is little, 5 is much"),
                    Field("benefit", "mean", "1 is little, 5 is much"),
                ),
                "what the ratings say",
            ),
            Field("topic", "text", "its topic"),
            _REASON,
            Field("merged_into", "reference", "the idea in which it lives on"),
            Field("process", "reference", "what became of it"),
            Field("you", (Field("vote", ("for", "against", "neutral", "none"), "the vote"),), _YOU),
        ),
        {
            "ref": "I12",
            "title": "Formulare vorausfüllen",
            "state": "submitted",
            "author": "@pia:example.ch",
            "votes": {"for": 4, "against": 1, "neutral": 0},
            "ratings": {"count": 2, "effort": "2.5", "benefit": 5},
            "topic": "Umzug",
            "you": {"vote": "for"},
        },
    ),
    "list": Part(
        "a page of a list, ten rows at most",
        (
            Field("of", "text", "the type of what is listed", always=True),
            Field("refs", "texts", "references, Matrix ids or names, in order", always=True),
            Field("page", "count", "which page this is; 1 is the first", always=True),
            Field("pages", "count", "how many there are", always=True),
            Field("total", "count", "how many rows the whole list has", always=True),
            Field("ref", "text", "the thing whose list it is"),
            Field("waiting", "texts", "of the weekly digest: what waits for the person, as in `mine`"),
        ),
        {"of": "idea", "refs": ["I12", "I9"], "page": 1, "pages": 1, "total": 2},
    ),
    "meeting": Part(
        "a meeting of a group",
        (
            _REF,
            _TITLE,
            Field("process", "reference", "the group's process"),
            Field("state", ("planned", "cancelled", "held"), "how it stands"),
            _START,
            _END,
            _PLACE,
            _LINK,
            Field("accepted", "count", "people who come"),
            Field("declined", "count", "people who do not"),
            Field("open", "count", "people who have not said, or perhaps come"),
            Field("you", (Field("rsvp", ("accepted", "declined", "maybe", "open"), "the answer"),), _YOU),
        ),
        {
            "ref": "S7",
            "title": "Kickoff",
            "process": "P3",
            "state": "planned",
            "start": "2027-03-18T13:30:00+01:00",
            "accepted": 4,
            "declined": 1,
            "open": 2,
            "you": {"rsvp": "accepted"},
        },
    ),
    "member": Part(
        "a person; the municipality and what follows only in the direct chat and the coordination room",
        (
            Field("ref", "person", "the person"),
            Field("name", "text", "what the person is called"),
            Field(
                "state",
                ("applied", "pending", "active", "paused", "left", "rejected", "removed"),
                "takes part or not; `applied`: by the form on the web site, without a Matrix id",
            ),
            Field("municipality", "text", "for which the person works"),
            Field("function", "text", "what the person does there"),
            Field("roles", "texts", "`pi`, `leader`, `moderator`, `coordinator`"),
        ),
        {"ref": "@pia:example.ch", "name": "Pia Muster", "state": "active"},
    ),
    "municipality": Part(
        "a municipality",
        (
            Field("ref", "text", "its name"),
            _TITLE,
            Field("state", ("known", "first_mover"), "whether it goes ahead"),
        ),
        {"ref": "Aesch", "title": "Aesch", "state": "first_mover"},
    ),
    "mine": Part(
        "all that concerns the person who asked, each thing once; only in the direct chat",
        (
            Field(
                "waiting",
                "texts",
                "what waits for them: references, `P1 profile`, people who registered",
                always=True,
            ),
            Field("dates", "texts", "their next dates", always=True),
            Field("groups", "texts", "their groups", always=True),
            Field("ideas", "texts", "their ideas, the newest first", always=True),
        ),
        {"waiting": ["S7", "P1 profile"], "dates": ["A5"], "groups": ["P1"], "ideas": ["I12"]},
    ),
    "news": Part(
        "a news item",
        (
            _REF,
            _TITLE,
            Field("state", ("draft", "scheduled", "published", "withdrawn"), "how it stands"),
            Field("at", "time", "when it is or was published"),
            Field("public", "yes or no", "other people may read it too"),
            Field("tags", "texts", "what it is about"),
            Field("comments", "count", "messages in its thread"),
        ),
        {"ref": "N9", "title": "Das Portal hat 20 Dienste", "state": "draft", "public": False, "comments": 0},
    ),
    "feedback": Part(
        "what people think of a process's service, from 1 to 5: of what is live of it now",
        (
            _OF_PROCESS,
            Field("staff", _VOICES, "members of the community"),
            Field("residents", _VOICES, "residents, whose answers were imported"),
            Field("trend", ("up", "down", "flat"), "the last 30 days against all before"),
            Field("you", (Field("rating", "count", "from 1 to 5"),), _YOU),
        ),
        {
            "ref": "P3",
            "staff": {"count": 5, "average": "4.2"},
            "residents": {"count": 120, "average": "3.8"},
            "trend": "up",
            "you": {"rating": 4},
        },
    ),
    "need": Part(
        "something that a municipality needs",
        _POSTING,
        {"ref": "B7", "title": "Hilfe mit BPMN", "state": "open", "municipality": "Aesch", "matches": ["B6"]},
    ),
    "offer": Part(
        "something that a municipality offers",
        _POSTING,
        {"ref": "B6", "title": "BPMN-Kurs", "state": "open", "municipality": "Liestal", "tags": ["bpmn"]},
    ),
    "pointer": Part(
        "the answer stands elsewhere",
        (Field("to", ("direct",), "in the direct chat", always=True), Field("ref", "text", "the thing")),
        {"to": "direct"},
    ),
    "process": Part(
        "a process on its way to the portal",
        (
            _REF,
            _TITLE,
            Field("state", "text", "the phase"),
            Field("on_hold", "yes or no", "it stands still"),
            Field("dropped", "yes or no", "it is given up"),
            Field("class", ("L", "K", "O"), "its priority"),
            Field("life_situation", "text", "when people need it"),
            Field("percent", "count", "how far it is"),
            Field("products", "states by product", "its work products"),
            Field("evaluation_until", "date", "the last day of feedback"),
            Field(
                "rollout",
                (Field("done", "count", "municipalities that have it"), Field("of", "count", "all")),
                "how far it is spread",
            ),
            Field(
                "variants",
                "count",
                "to be built, one for each application; in a proposal, so many are proposed",
            ),
            Field("missing", "texts", "codes of work products that are not released"),
            _REASON,
        ),
        {
            "ref": "P3",
            "title": "Umzugsmeldung",
            "state": "frontend_design",
            "on_hold": False,
            "dropped": False,
            "class": "L",
            "percent": 14,
            "products": {"description": "released", "profile": "in_review"},
            "rollout": {"done": 0, "of": 86},
        },
    ),
    "product": Part(
        "a work product of a process",
        (
            _OF_PROCESS,
            Field("product", "text", "its code"),
            Field("title", "text", "what the process is called"),
            Field("state", PRODUCT_STATES, "how it stands"),
            Field("consents", "count", "members who agree"),
            Field("objections", "count", "members who object"),
            Field("needed", "count", "consents that release it"),
            Field("unanswered", "count", "members who have said nothing yet"),
            _LINK,
        ),
        {
            "ref": "P3",
            "product": "profile",
            "title": "Umzugsmeldung",
            "state": "in_review",
            "consents": 1,
            "objections": 0,
            "needed": 4,
            "unanswered": 6,
        },
    ),
    "remark": Part(
        "a remark for people; programs need not do anything",
        (Field("ref", "text", "what it is about"), Field("product", "text", "the work product, by its code")),
        {},
    ),
    "question": Part(
        "the bot asks for what a command lacks; the person's next message in that chat or thread answers",
        (
            Field("command", "text", "that is asked for, by its English name", always=True),
            Field("field", "text", "by its English name", always=True),
            Field(
                "options", "options", "values of which one is likely meant; there may be none", always=True
            ),
        ),
        {"command": "idea new", "field": "title", "options": []},
    ),
    "reminder": Part(
        "something begins or ends soon",
        (
            Field("ref", "reference", "the thing", always=True),
            Field("product", "text", "the work product, by its code"),
            Field("lead", "text", "how long before: `7d`, `1h`, `30min`"),
            _START,
            Field("late", "yes or no", "it comes later than it should"),
        ),
        {"ref": "S7", "lead": "1d", "start": "2027-03-18T13:30:00+01:00", "late": False},
    ),
    "status": Part(
        "how the bot is doing",
        (
            Field("version", "text", "its version", always=True),
            Field("since", "time", "when it was started", always=True),
            Field("queue", "count", "messages still to be sent", always=True),
        ),
        {"version": "0.1.0", "since": "2026-11-02T10:00:00+01:00", "queue": 0},
    ),
    "survey": Part(
        "questions to a group or to all",
        (
            _REF,
            _TITLE,
            Field("state", ("open", "closed", "withdrawn"), "how it stands; withdrawn: taken back"),
            Field("until", "time", "the last moment to answer"),
            Field("to", "text", "`all`, or the process whose group is asked"),
            Field("anonymous", "yes or no", "nobody knows who has answered what"),
            Field("questions", "count", "what is asked"),
            Field("asked", "count", "people"),
            Field("answered", "count", "people who have answered"),
            Field(
                "results",
                "results by question",
                "once it is closed: `question`, and `counts` by choice, or how many `texts`",
            ),
            Field(
                "you", (Field("answered", "yes or no", "the one who asks has answered"),), "in replies only"
            ),
        ),
        {
            "ref": "U2",
            "title": "Sitzungszeit",
            "state": "closed",
            "until": "2027-06-30T23:59:59+02:00",
            "to": "P1",
            "anonymous": False,
            "questions": 1,
            "asked": 7,
            "answered": 6,
            "results": [{"question": "Wann passt es Ihnen?", "counts": {"Vormittag": 4, "Nachmittag": 2}}],
        },
    ),
    "tool": Part(
        "a method or an instrument of the toolbox",
        (
            _REF,
            _TITLE,
            _LINK,
            Field("tags", "texts", "words to find it by"),
            Field("state", ("removed",), "it is in the toolbox no more; else there is none"),
        ),
        {"ref": "T3", "title": "Persona-Vorlage", "link": "https://example.ch/persona", "tags": ["workshop"]},
    ),
    "training": Part(
        "a training; like an event, also without a date",
        _OCCASION,
        {"ref": "K2", "title": "BPMN", "state": "planned", "confirmed": 0, "waiting": 0, "public": False},
    ),
}
# What may go with any type.
EVERYWHERE: Final = (
    Field("file", PARTS["file"].fields, "the message is a file too, and this is in it"),
    Field(
        "picture",
        ("matrix", "board", "coverage", "rollout", "survey"),
        "the message is a picture (`m.image`) of this, and its caption is the whole text",
    ),
)
CODES: Final = {
    "bad_input": "something can't be read, or is missing",
    "conflict": "it can't be so as things stand",
    "internal": "a fault of the bot's",
    "not_allowed": "others may do that",
    "not_found": "it does not exist",
    "too_fast": "too many commands in a minute",
    "too_large": "too long, or too many",
    "unknown_command": "there is no such command",
}
