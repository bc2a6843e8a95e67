"""The report: a page of figures, and one of the processes; A4, to be read on paper as on a phone."""

from __future__ import annotations

import calendar
import io
from datetime import UTC, date, datetime
from typing import Any, Final

from fpdf import FPDF

from bot.drawing import coverage, matrix, rollout
from bot.drawing.look import BLUE, FONTS, INK, LINE, ORANGE, PALE, SKY, SOFT, Sheet, shown

MONTHS: Final = {
    "de": "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember",
    "en": "January,February,March,April,May,June,July,August,September,October,November,December",
}
WORDS: Final = {
    "de": {
        "heading": "Public Innovators Baselland",
        "report": "Bericht an den Steuerungsausschuss",
        "span": "{first} bis {last}",
        "made": "Stand am {day} · Seite {n} von 2",
        "before": "davor {n}",
        "districts": "Gemeinden nach Bezirk",
        "all": "alle Bezirke",
        "of": "{n} von {of}",
        "goal members": "Ziel {least} bis {most}",
        "goal towns": "Ziel: mehr als die Hälfte",
        "first": "First Mover: {quota}",
        "sizes": {"small": "klein", "medium": "mittel", "large": "gross"},
        "processes": "Prozesse",
        "count": "Laufende Prozesse: {n} · die am weitesten fortgeschrittenen zuerst",
        "none": "Es gibt noch keine Prozesse.",
        "columns": ("Nr.", "Prozess", "Stand", "Klasse", "Fortschritt", "Ergebnisse", "Gruppe", "Rollout"),
        "more": "und {n} weitere",
        "steps": "Phasenwechsel in diesem Zeitraum",
        "no steps": "Kein Prozess hat in diesem Zeitraum die Phase gewechselt.",
        "legend": "Ergebnisse: freigegeben von acht · Gruppe: besetzte Plätze · Rollout: Gemeinden, die ihn haben",
    },
    "en": {
        "heading": "Public Innovators Baselland",
        "report": "Report to the steering committee",
        "span": "{first} to {last}",
        "made": "As of {day} · page {n} of 2",
        "before": "before {n}",
        "districts": "Municipalities by district",
        "all": "all districts",
        "of": "{n} of {of}",
        "goal members": "aim {least} to {most}",
        "goal towns": "Aim: more than half",
        "first": "First Movers: {quota}",
        "sizes": {"small": "small", "medium": "medium", "large": "large"},
        "processes": "Processes",
        "count": "Processes under way: {n} · the furthest first",
        "none": "There are no processes yet.",
        "columns": ("No.", "Process", "State", "Class", "Progress", "Products", "Group", "Rollout"),
        "more": "and {n} more",
        "steps": "Changes of phase in this time",
        "no steps": "No process has changed its phase in this time.",
        "legend": "Products: released of eight · group: seats taken · rollout: municipalities that have it",
    },
}
LEFT, RIGHT, WIDE = 16.0, 194.0, 178.0  # millimetres
FOOT: Final = 285.0
TINY, TEXT, HEAD, TITLE, FIGURE = 8.5, 10.0, 13.0, 20.0, 21.0  # points


class Pages:
    """A document under way, in the house's colours and letters."""

    def __init__(self, words: dict[str, Any], what: dict[str, Any]) -> None:
        self.words, self.what = words, what
        self.pdf = FPDF(format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        for bold, path in FONTS.items():
            self.pdf.add_font("letters", "B" if bold else "", path)
        day = date.fromisoformat(what["made"])
        self.pdf.set_creation_date(
            datetime(day.year, day.month, day.day, tzinfo=UTC)
        )  # else no two are the same
        self.pdf.set_producer("pi-bot")
        self.pdf.set_lang(what["language"])
        self.pdf.set_title(f"{words['report']}, {self.span}")

    @property
    def span(self) -> str:
        """«Oktober 2026», or from which day until which."""
        first, last = (date.fromisoformat(day) for day in self.what["days"])
        whole = first.day == 1 and last.day == calendar.monthrange(last.year, last.month)[1]
        if whole and (first.year, first.month) == (last.year, last.month):
            return f"{MONTHS[self.what['language']].split(',')[first.month - 1]} {first.year}"
        return str(self.words["span"].format(first=_day(first), last=_day(last)))

    def page(self, n: int) -> None:
        """A new page, with its head and its foot."""
        self.pdf.add_page()
        self.box(0, 0, 210, 27, BLUE)
        self.text(LEFT, 8, self.words["heading"], HEAD, colour="#FFFFFF", bold=True)
        self.text(LEFT, 16, f"{self.words['report']} · {self.span}", TEXT + 1, colour="#FFFFFF")
        made = self.words["made"].format(day=_day(date.fromisoformat(self.what["made"])), n=n)
        self.text(LEFT, FOOT, made, TINY, colour=SOFT)

    def text(
        self,
        x: float,
        y: float,
        text: object,
        size: float = TEXT,
        *,
        colour: str = INK,
        bold: bool = False,
        room: float | None = None,
        right: bool = False,
    ) -> None:
        """The text from this corner left above, or right above; cut where it needs more than `room`."""
        self.pdf.set_font("letters", "B" if bold else "", size)
        self.pdf.set_text_color(colour)
        said = shown(text)
        while room is not None and said and self.pdf.get_string_width(said) > room:
            said = f"{said.rstrip('…')[:-1].rstrip()}…"
        left = x - self.pdf.get_string_width(said) if right else x
        self.pdf.text(left, y + size * 0.3, said)

    def box(self, x: float, y: float, wide: float, high: float, fill: str) -> None:
        self.pdf.set_fill_color(fill)
        self.pdf.rect(x, y, wide, high, style="F")

    def line(self, y: float, colour: str = LINE) -> None:
        self.pdf.set_draw_color(colour)
        self.pdf.set_line_width(0.3)
        self.pdf.line(LEFT, y, RIGHT, y)

    def bar(self, x: float, y: float, wide: float, share: float, high: float = 3.2) -> None:
        self.box(x, y, wide, high, SKY)
        if share > 0:
            self.box(x, y, wide * min(share, 1), high, BLUE)

    def picture(self, sheet: Sheet, y: float, wide: float) -> float:
        """The picture in the middle of the page; where it ends."""
        self.pdf.image(io.BytesIO(sheet.png(largest=None)), x=105 - wide / 2, y=y, w=wide)
        high = wide * 2 / 3
        self.pdf.set_draw_color(LINE)
        self.pdf.rect(105 - wide / 2, y, wide, high)
        return y + high


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def pages(what: dict[str, Any]) -> bytes:
    """The document of these data."""
    on = Pages(WORDS[what["language"]], what)
    on.page(1)
    y = _figures(on, 38)
    y = _districts(on, y + 5)
    _first_picture(on, y + 4)
    on.page(2)
    y = _processes(on, 38)
    y = _steps(on, y + 4)
    if what["rollout"] is not None:
        on.picture(
            rollout.sheet(what["rollout"] | {"language": what["language"]}),
            y + 3,
            min(150, (FOOT - 4 - y - 3) * 1.5),
        )
    return bytes(on.pdf.output())


def _figures(on: Pages, top: float) -> float:
    """Each figure in a box, with what it was before."""
    across, high, gap = 4, 23.0, 3.0
    wide = (WIDE - (across - 1) * gap) / across
    known = on.what["coverage"]
    for n, (label, value, before) in enumerate(on.what["tiles"]):
        x, y = LEFT + n % across * (wide + gap), top + n // across * (high + gap)
        on.box(x, y, wide, high, PALE)
        on.text(x + 3, y + 5.2, value, FIGURE, bold=True, colour=BLUE, room=wide - 6)
        on.text(x + 3, y + 14.5, label, TINY, room=wide - 6)
        said = on.words["before"].format(n=before) if before else on.words["goal members"].format(**known)
        on.text(x + 3, y + 18.6, said, TINY, colour=SOFT, room=wide - 6)
    rows = -(-len(on.what["tiles"]) // across)
    return top + rows * (high + gap)


def _districts(on: Pages, top: float) -> float:
    """How many municipalities take part, against the goal, by district."""
    known = on.what["coverage"]
    on.text(LEFT, top, on.words["districts"], HEAD, bold=True)
    on.text(RIGHT, top + 0.6, on.words["goal towns"], TINY, colour=SOFT, right=True)
    y = top + 8
    rows = [(name, sum(there for _, there, _ in tiles), len(tiles)) for name, tiles in known["districts"]]
    for name, count, of in [*rows, (on.words["all"], known["done"], known["of"])]:
        bold = name == on.words["all"]
        on.text(LEFT, y, name, TEXT, bold=bold)
        on.bar(LEFT + 34, y, 118, count / of if of else 0)
        on.text(RIGHT, y, on.words["of"].format(n=count, of=of), TEXT, bold=bold, right=True)
        y += 5.6
    counts = " · ".join(
        f"{on.words['sizes'][size]} {on.words['of'].format(n=count, of=of)}"
        for size, count, of in known["quota"]
    )
    on.text(LEFT, y + 0.5, on.words["first"].format(quota=counts), TINY, colour=ORANGE, bold=True)
    return y + 5.5


def _first_picture(on: Pages, top: float) -> None:
    """The ideas by effort and benefit; where there are none, who takes part."""
    language = {"language": on.what["language"]}
    drawn = (
        matrix.sheet(on.what["matrix"] | language)
        if on.what["matrix"] is not None
        else coverage.sheet(on.what["coverage"] | language)
    )
    on.picture(drawn, top, min(WIDE, (FOOT - 4 - top) * 1.5))


COLUMNS: Final = (
    LEFT,
    27.0,
    74.0,
    118.0,
    129.0,
    153.0,
    170.5,
    RIGHT,
)  # where each begins; the last ends there


def _processes(on: Pages, top: float) -> float:
    what, words = on.what, on.words
    on.text(LEFT, top, words["processes"], HEAD, bold=True)
    if not what["processes"]:
        on.text(LEFT, top + 8, words["none"])
        return top + 14
    on.text(RIGHT, top + 0.6, words["count"].format(n=what["running"]), TINY, colour=SOFT, right=True)
    y = top + 8
    for x, column in zip(COLUMNS, words["columns"], strict=True):
        on.text(x, y, column, TINY, colour=SOFT, right=x == RIGHT)
    for row in what["processes"]:
        y += 6.2
        on.line(y - 1.5, PALE)
        on.text(COLUMNS[0], y, row["ref"], TEXT, bold=True, colour=BLUE)
        on.text(COLUMNS[1], y, row["name"], TEXT, room=45)
        on.text(COLUMNS[2], y, row["phase"], TINY, room=43)
        on.text(COLUMNS[3], y, row["class"], TEXT)
        on.bar(COLUMNS[4], y, 10, row["percent"] / 100)
        on.text(COLUMNS[4] + 21, y, f"{row['percent']} %", TINY, right=True)
        on.text(COLUMNS[5], y, f"{row['released']}/{row['products']}", TEXT)
        on.text(COLUMNS[6], y, row["seats"], TEXT)
        on.text(RIGHT, y, row["rollout"], TEXT, bold=row["rollout"] > 0, right=True)
    y += 6.2
    if what["more"]:
        on.text(LEFT, y, words["more"].format(n=what["more"]), TINY, colour=SOFT)
        y += 5
    on.text(LEFT, y, words["legend"], TINY, colour=SOFT)
    return y + 5


def _steps(on: Pages, top: float) -> float:
    on.text(LEFT, top, on.words["steps"], HEAD, bold=True)
    y = top + 8
    for day, ref, name, before, after in on.what["steps"]:
        on.text(LEFT, y, _day(date.fromisoformat(day)), TEXT, colour=SOFT)
        on.text(COLUMNS[1] + 12, y, ref, TEXT, bold=True, colour=BLUE)
        on.text(COLUMNS[1] + 22, y, name, TEXT, room=45)
        on.text(96, y, f"{before} → {after}", TINY, room=98)
        y += 5.6
    if not on.what["steps"]:
        on.text(LEFT, y, on.words["no steps"], TEXT, colour=SOFT)
        y += 5.6
    return y
