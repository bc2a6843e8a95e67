"""From a reply's value to the content of a Matrix message.

Each feature has one template file a language, with a macro for each of its replies. A macro gets the reply as `r`;
filters and functions beside it speak the file's language. All is loaded and checked at the start: a reply without
its macro, or a macro without its reply, stops the bot.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup, escape

import bot.rendering.markdown
import bot.rendering.plain
from bot.rendering.kept import KeptTemplates
from bot.rendering.markdown import markdown
from bot.rendering.plain import defuse, hint, kept_together, plain, without_empty_lines, without_hints
from commands import TEMPLATES
from commands.framework.grammar import find_command
from commands.framework.questions import Preview
from commands.framework.replies import REPLIES, Drawing, FileReply, Machine, Reply

LANGUAGES: Final = ("de", "en")
KEY: Final = "ch.publicinnovators"
TXN_KEY: Final = "ch.publicinnovators.txn"
LARGEST: Final = 60_000  # bytes of a content as JSON; an event may have 65,536, with what the homeserver adds
SURELY_FITS: Final = 5_000  # characters of HTML, whatever they are
ONCE: Final = "once"  # of a content: the store keeps it no longer than until it is sent
PICTURE: Final = (1200, 800)  # pixels
FIRST_LINE: Final = 200  # characters of it that clients see which know no edits
_MADE_BY: Final = (
    __file__,
    bot.rendering.markdown.__file__,
    bot.rendering.plain.__file__,
)  # their filters, applied to what is constant, are compiled in
_SHARED: Final = ("framework/templates",)  # what templates import by its name alone
_LOCALES: Final = {"de": "de_CH", "en": "en_GB"}


class TemplateError(RuntimeError):
    """The replies of features and the macros of templates do not match."""


class Renderer:
    """The templates of all features in all languages, for one prefix and one time zone."""

    def __init__(
        self, *, prefix: str, zone: ZoneInfo, folder: Path = TEMPLATES, cache: Path | None = None
    ) -> None:
        """`cache`: the folder in which compiled templates are kept for the next start."""
        self.prefix, self.zone = prefix, zone
        self._macros: dict[tuple[type[Reply], str], Callable[[Reply], Markup]] = {}
        problems: list[str] = []
        for language in LANGUAGES:
            kept = KeptTemplates(cache / f"templates.{language}", made_by=_MADE_BY) if cache else None
            environment = self._environment(language, folder, kept)
            found: dict[tuple[str, str], Any] = {}
            for name in sorted({reply.template_file(language) for reply in REPLIES.values()}):
                if not (folder / name).is_file():
                    problems.append(f"{name} is missing")
                    continue
                module = environment.get_template(name).module
                found |= {(name, n): made for n, made in vars(module).items() if not n.startswith("_")}
            for reply in REPLIES.values():
                name = reply.template_file(language)
                macro = found.pop((name, reply.macro()), None)
                if macro is None:
                    problems.append(f"{name} has no macro {reply.macro()}")
                else:
                    self._macros[reply, language] = macro
            problems += [
                f"{macro} in {name} belongs to no reply"
                for (name, macro), made in found.items()
                if isinstance(made, Macro)
            ]
            if kept is not None:
                kept.keep()
        if problems:
            raise TemplateError("; ".join(problems))

    def _environment(self, language: str, folder: Path, kept: KeptTemplates | None) -> Environment:
        environment = Environment(
            loader=FileSystemLoader([folder, *(folder / shared for shared in _SHARED)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=kept,
        )
        environment.filters |= {
            "md": markdown,
            "hint": hint,
            "at": lambda at: self.at(at, language),
            "day": lambda day: self.day(day, language),
            "month": lambda day: babel_date(day, "MMMM y", locale=_LOCALES[language]),
            "span": lambda span: span_in_words(span, language),
            "ahead": lambda span: span_in_words(span, language).replace("Tage", "Tagen"),  # «in 7 Tagen»
            "matrix_to": lambda user: Markup('<a href="https://matrix.to/#/{0}">{0}</a>').format(user),
        }
        environment.globals |= {"prefix": self.prefix, "cmd": self._cmd, "language": language}
        environment.globals["say"] = lambda reply: self._macros[type(reply), language](reply)
        environment.globals["called"] = lambda text: in_language(text, language)
        return environment

    def _cmd(self, text: str) -> Markup:
        return Markup("<code>{}{}</code>").format(self.prefix, text)

    def at(self, at: datetime, language: str) -> str:
        """«Do, 18. März 2027, 13:30»."""
        local = at.astimezone(self.zone)
        return f"{self.day(local.date(), language)}, {local:%H:%M}"

    def day(self, day: date, language: str) -> str:
        """«Do, 18. März 2027»."""
        if isinstance(day, datetime):
            day = day.astimezone(self.zone).date()
        if language == "de":
            weekday = babel_date(day, "EEE", locale=_LOCALES[language]).rstrip(".")
            return f"{weekday}, {babel_date(day, 'd. MMMM y', locale=_LOCALES[language])}"
        return babel_date(day, "EEE, d MMMM y", locale=_LOCALES[language])

    def html(self, reply: Reply, language: str) -> str:
        """The reply's text, as HTML."""
        return without_empty_lines(str(self._macros[type(reply), language](reply)).strip())

    def content(self, reply: Reply, language: str, *, then: Iterable[Reply] = ()) -> dict[str, Any]:
        """The content of the message, without relations; `then`: said below it."""
        if isinstance(reply, FileReply):
            return file_content(*reply.file(), reply.part())
        html = self.html(reply, language)
        for more in then:
            below = self.html(more, language)
            if isinstance(reply, Preview):  # what can be done with it can't be done yet
                below = without_hints(below)
            html = without_empty_lines(f"{html}<br>{below}")
        drawing = reply.drawing()
        if drawing is not None:
            return drawn_content(drawing, language, html, reply.part())
        file = reply.attached()
        if file is None:
            return content_of(html, reply.part()) | ({ONCE: True} if reply.fleeting else {})
        caption = content_of(html, reply.part() | {"file": _about(file)})
        return file_content(*file.file(), {}) | {k: v for k, v in caption.items() if k != "msgtype"}


def _about(file: FileReply) -> Machine:
    return {name: value for name, value in file.part().items() if name != "type"}


def content_of(html: str, machine: Machine) -> dict[str, Any]:
    """A message of this HTML. One whose text is too large for an event is cut, and says so."""
    html = defuse(html)
    body = defuse(plain(html))  # where tags were in between
    html = kept_together(html)
    room = LARGEST - 2 * _size(machine) if len(html) > SURELY_FITS else 0  # an edit has it twice
    if room and _size(html) + _size(body) > room:
        html = _lines(body)
        while _size(html) + _size(body) > room and len(body) > FIRST_LINE:
            body = f"{body.removesuffix(' …')[: len(body) * 3 // 4]} …"
            html = _lines(body)
    return {
        "msgtype": "m.text",
        "body": body,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": {},
        KEY: _without_fractions(machine),
    }


def _lines(text: str) -> str:
    """The text as HTML, with its lines."""
    return str(escape(text)).replace("\n", "<br>")


def _size(part: object) -> int:
    """Bytes of this as JSON."""
    return len(json.dumps(part, ensure_ascii=False).encode())


def _without_fractions(part: Any) -> Any:
    """The same without floats, with which the homeserver takes no event: 2.0 becomes 2, and 2.7 the text «2.7»."""
    match part:
        case dict():
            return {name: _without_fractions(value) for name, value in part.items()}
        case list() | tuple():
            return [_without_fractions(value) for value in part]
        case float():
            return int(part) if part.is_integer() else str(part)
    return part


def file_content(name: str, mimetype: str, data: bytes, machine: Machine) -> dict[str, Any]:
    """An `m.file` still to be uploaded: `data` is what is in it, as text or in base64."""
    content: dict[str, Any] = {
        "msgtype": "m.file",
        "body": name,
        "filename": name,
        "info": {"mimetype": mimetype, "size": len(data)},
        "m.mentions": {},
        KEY: machine,
    }
    try:
        return content | {"data": data.decode()}
    except UnicodeDecodeError:
        return content | {"data": base64.b64encode(data).decode(), "base64": True}


def drawn_content(drawing: Drawing, language: str, html: str, machine: Machine) -> dict[str, Any]:
    """A message still to be drawn and uploaded: `drawn` is what is drawn, the rest its caption.

    Data, and no picture: it is drawn when it is sent, and a repetition draws the same.
    """
    index = 0 if language == "de" else 1
    drawn = {"drawing": drawing.of, "language": LANGUAGES[index]} | _said(drawing.data, index)
    if drawing.pages:
        shown = {"msgtype": "m.file", "info": {"mimetype": "application/pdf"}}
        drawn["pages"] = True
    else:
        width, height = PICTURE
        shown = {"msgtype": "m.image", "info": {"mimetype": "image/png", "w": width, "h": height}}
        machine = machine | {"picture": drawing.of}
    return content_of(html, machine) | shown | {"filename": drawing.name[index], "drawn": drawn}


def _said(data: Any, index: int) -> Any:
    """The same with every pair of German and English in one of them."""
    match data:
        case dict():
            return {name: _said(value, index) for name, value in data.items()}
        case list():
            return [_said(value, index) for value in data]
        case tuple():
            return data[index]
    return data


def text_alone(content: dict[str, Any]) -> dict[str, Any]:
    """The caption as a message of its own, where nothing could be drawn or uploaded."""
    kept = {name: value for name, value in content.items() if name not in ("filename", "info", "drawn")}
    machine = {name: value for name, value in content[KEY].items() if name != "picture"}
    if machine["type"] == "file":
        machine["format"] = "text"
    return kept | {"msgtype": "m.text", KEY: machine}


def edit_of(content: dict[str, Any], event_id: str) -> dict[str, Any]:
    """The edit that puts this content in place of the event's."""
    first = content["body"].partition("\n")[0][:FIRST_LINE]
    file = {name: content[name] for name in ("filename", "info", "url", "file") if name in content}
    return file | {
        "msgtype": content["msgtype"],
        "body": f"* {first}",
        "m.mentions": {},
        "m.new_content": {k: v for k, v in content.items() if k != "m.relates_to"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
        KEY: content[KEY],
    }


def in_language(text: str, language: str) -> str:
    """The command with its name as it is called in this language."""
    command, rest = find_command(text)
    return text if command is None else f"{command.called(language)} {rest}".strip()


def span_in_words(span: timedelta, language: str) -> str:
    """«7 Tage», «1 Stunde», «90 Minuten»; the largest unit that fits evenly."""
    units = (
        (86400, ("Tag", "Tage", "day", "days")),
        (3600, ("Stunde", "Stunden", "hour", "hours")),
        (60, ("Minute", "Minuten", "minute", "minutes")),
        (1, ("Sekunde", "Sekunden", "second", "seconds")),
    )
    seconds = int(span.total_seconds())
    for size, names in units:
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count} {names[(0 if language == 'de' else 2) + (count != 1)]}"
    return f"0 {'Sekunden' if language == 'de' else 'seconds'}"
