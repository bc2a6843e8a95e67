"""What is drawn says the numbers, in letters that are large enough, none over another; whatever people have typed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from pypdf import PdfReader

from bot.drawing import look
from bot.drawing.drawn import PICTURES, drawn
from bot.drawing.look import HEIGHT, LARGEST, SMALL, WIDTH, Sheet
from tests.support.drawn import drawn as few

pytestmark = pytest.mark.long  # draws all pictures there are

HOSTILE = [
    "$\\frac{1}{0}$ und {n} %s",
    "<b>Umzug</b> & 'Co' \\",
    "Zeile\nzwei\t\u202edrei\x00\x1b[31m",
    "🏡 Haus 家 بيت",
    "W" * 300,
    '=1+1;"x"',
    "",
]
MIXED = ["Formulare vorausfüllen", "Umzugsmeldung ohne Schalter", *HOSTILE]
TOWNS = [[f"Ort {n}", f"Bezirk {n % 5}", n % 11 == 0] for n in range(86)]


def matrix(count: int, at: tuple[str, str] | None = None, first: int = 1) -> dict[str, Any]:
    """So many ideas, all at these medians or each elsewhere."""
    spread = [(f"{1 + n % 9 / 2:.1f}", f"{1 + n * 5 % 9 / 2:.1f}") for n in range(count)]
    ideas = [[f"I{first + n}", MIXED[n % len(MIXED)], *(at or spread[n])] for n in range(count)]
    return {"drawing": "matrix", "ideas": ideas, "more": count == 24}


def board(*counts: int) -> dict[str, Any]:
    rows = [
        {
            "phase": f"Flächendeckender Rollout {n}"[:24],
            "total": count,
            "processes": [
                [f"P{n * 100 + m}", MIXED[m % len(MIXED)], (m * 37) % 101] for m in range(min(count, 8))
            ],
        }
        for n, count in enumerate(counts)
    ]
    return {"drawing": "board", "rows": rows}


def coverage(done: int) -> dict[str, Any]:
    sizes = ["small", "small", "small", "medium", "large"]
    tiles = [[sizes[n * 7 % 5], n < done, n % 13 == 0] for n in range(86)]
    names = ("Arlesheim", "Laufen", "Liestal", "Sissach", "Waldenburg")
    shares = (15, 13, 14, 29, 15)
    districts = [[name, tiles[sum(shares[:n]) : sum(shares[: n + 1])]] for n, name in enumerate(names)]
    quota = [["small", 2, 2], ["medium", 1, 2], ["large", 0, 2]]
    known = {"done": done, "of": 86, "members": 34, "least": 30, "most": 50}
    return {"drawing": "coverage", "districts": districts, "quota": quota} | known


def rollout(processes: int, towns: int) -> dict[str, Any]:
    rows = [
        {"ref": f"P{n + 1}", "name": MIXED[n % len(MIXED)], "have": [t[0] for t in TOWNS[: towns - n]]}
        for n in range(processes)
    ]
    return {"drawing": "rollout", "of": 86, "more": 3, "municipalities": TOWNS, "processes": rows}


def survey(questions: int, choices: int) -> dict[str, Any]:
    asked = [
        {
            "question": MIXED[n % len(MIXED)] or "?",
            "choices": [[MIXED[m % 9] or "–", m * 3] for m in range(choices)],
        }
        for n in range(questions)
    ]
    return {"drawing": "survey", "title": "Wie oft?", "answered": 12, "asked": 31, "questions": asked}


DRAWINGS = {
    "no idea": matrix(0),
    "one idea": matrix(1),
    "24 ideas": matrix(24),
    "24 ideas at one point": matrix(24, ("2.0", "4.5"), first=80),
    "24 ideas in a corner": matrix(24, ("1.0", "1.0")),
    "no process": board(*[0] * 10),
    "some processes": board(1, 2, 0, 3, 8, 0, 1, 0, 0, 1),
    "a thousand processes": board(*[1000] * 12),
    "nobody": coverage(0),
    "one town": coverage(1),
    "all towns": coverage(86),
    "no rollout": rollout(1, 0),
    "few have it": rollout(3, 9),
    "all have it": rollout(14, 86),
    "a question": survey(1, 3),
    "long choices": {
        **survey(1, 1),
        "questions": [
            {
                "question": "Wann soll der Schalter am Donnerstag länger offen sein, und wann ginge es auch?",
                "choices": [["Bis 19 Uhr, dafür am Freitag nur bis Mittag", 1234], ["Bis 18 Uhr", 3]],
            }
        ],
    },
    "forty choices": survey(1, 40),
    "nine questions": survey(9, 4),
}


def texts(sheet: Sheet) -> list[str]:
    return [one.get_text() for one in sheet.texts]


@pytest.mark.parametrize(
    ("name", "language"), few([(name, lang) for name in DRAWINGS for lang in ("de", "en")], 10)
)
def test_all_that_is_written_is_large_inside_and_over_nothing_else(name: str, language: str) -> None:
    what = DRAWINGS[name] | {"language": language}
    sheet = PICTURES[what["drawing"]](what)
    data = sheet.png()
    picture = Image.open(io.BytesIO(data))
    assert (picture.size, picture.format) == ((WIDTH, HEIGHT), "PNG")
    assert len(data) < LARGEST
    assert min(float(one.get_fontsize()) for one in sheet.texts) >= SMALL == 22
    renderer = FigureCanvasAgg(sheet.figure).get_renderer()  # type: ignore[no-untyped-call]
    boxes = [(one.get_text(), one.get_window_extent(renderer)) for one in sheet.texts]
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= WIDTH, text
        assert box.y1 <= HEIGHT, text
    for n, (text, box) in enumerate(boxes):
        for other, taken in boxes[:n]:
            across = min(box.x1, taken.x1) - max(box.x0, taken.x0)
            down = min(box.y1, taken.y1) - max(box.y0, taken.y0)
            assert min(across, down) <= 4, (
                text,
                other,
            )  # the room that a font keeps above its letters may meet


def test_the_matrix_says_which_ideas_and_where() -> None:
    what = {"drawing": "matrix", "language": "de", "more": False}
    ideas = [["I3", "Formulare", "1.5", "4.5"], ["I12", "Hunde", "4.0", "2.0"], ["I7", "Wald", "1.5", "4.5"]]
    sheet = PICTURES["matrix"](what | {"ideas": ideas})
    said = texts(sheet)
    assert {"zuerst", "planen", "nebenbei", "lassen", "1", "2", "3", "4", "5"} < set(said)
    assert "Mittlerer Wert, ab 3 Bewertungen · 3 Ideen" in said
    points = {t.get_text(): t.get_position() for t in sheet.texts if t.get_color() == look.ON_DARK}
    assert set(points) == {"I3", "I12", "I7"}
    assert points["I3"] != points["I7"]  # the same medians, beside each other
    assert points["I12"][0] > points["I3"][0]
    assert points["I12"][1] > points["I3"][1]  # further down
    english = texts(PICTURES["matrix"](what | {"ideas": ideas, "language": "en"}))
    assert {"first", "plan", "on the side", "leave"} < set(english)


def test_the_board_says_how_far_each_process_is() -> None:
    rows = [
        {"phase": "Identifiziert", "total": 0, "processes": []},
        {"phase": "Backend in Arbeit", "total": 2, "processes": [["P3", "Umzug", 58], ["P4", "Hunde", 100]]},
        {"phase": "Rollout First Mover", "total": 40, "processes": [[f"P{n}", "x", n] for n in range(5, 13)]},
    ]
    said = texts(PICTURES["board"]({"rows": rows, "language": "de"}))
    for expected in ("42 Prozesse", "2", "P3", "Umzug", "58 %", "P4", "Hunde", "100 %", "40", "P5", "5 %"):
        assert expected in said
    hidden = [text for text in said if text.startswith("+")]
    assert hidden == [
        f"+{40 - sum(text.startswith('P') and text[1:].isdigit() and int(text[1:]) > 4 for text in said)}"
    ]


def test_coverage_says_how_many_of_each_district_and_size() -> None:
    districts = [
        ["Laufen", [["small", True, True], ["small", False, False], ["medium", True, False]]],
        ["Sissach", [["large", False, True]]],
    ]
    known = {"done": 2, "of": 4, "members": 3, "least": 30, "most": 50, "quota": [["small", 1, 2]]}
    sheet = PICTURES["coverage"](known | {"districts": districts, "language": "de"})
    said = texts(sheet)
    assert said[0] == "2 von 4 Gemeinden sind dabei"
    for expected in ("Laufen", "1 von 2", "1 von 1", "2 von 3", "Sissach", "0 von 1"):
        assert expected in said
    assert "First Mover: klein 1 von 2" in said
    stars = [line for line in sheet.axes.lines if line.get_marker() == "*"]
    assert len(stars) == 3  # two towns, and the legend


def test_the_rollout_names_who_has_what() -> None:
    said = texts(PICTURES["rollout"](rollout(2, 3) | {"language": "de"}))
    assert {"P1", "P2", "3", "2", "★ Ort 0", "Ort 1", "Ort 2"} < set(said)
    assert "Ort 40" not in said
    many = texts(PICTURES["rollout"](rollout(2, 86) | {"language": "en"}))
    assert {"86", "85", "18 of 18", "17 of 17"} < set(many)


def test_a_survey_says_how_many_chose_what() -> None:
    asked = [{"question": "Welche?", "choices": [["NEST", 5], ["andere", 0]]}]
    what = {"title": "Umzug", "answered": 5, "asked": 9, "questions": asked, "language": "de"}
    said = texts(PICTURES["survey"](what))
    assert said == ["Umzug", "5 von 9 haben geantwortet", "Welche?", "NEST", "5", "andere", "0"]


REPORT: dict[str, Any] = {
    "drawing": "report",
    "language": "de",
    "days": ["2026-10-01", "2026-10-31"],
    "made": "2026-11-02",
    "tiles": [["Public Innovators", "34", ""], *([f"Zahl {n}", str(n * 37), str(n)] for n in range(1, 12))],
    "coverage": coverage(39),
    "matrix": matrix(12),
    "processes": [
        {
            "ref": f"P{n}",
            "name": MIXED[n % len(MIXED)],
            "class": "L",
            "phase": "Backend eingeführt",
            "percent": 90 - n,
            "released": 5,
            "products": 8,
            "seats": "6/7",
            "rollout": 86 - n,
        }
        for n in range(1, 17)
    ],
    "running": 19,
    "more": 3,
    "steps": [["2026-10-20", "P3", "Umzug", "Backend in Prüfung", "Backend eingeführt"]] * 6,
    "rollout": rollout(3, 9),
}


def read(what: dict[str, Any]) -> list[list[str]]:
    """The lines of text on each page; that they could be read says that the letters are in the document."""
    data = drawn(what)
    assert data.startswith(b"%PDF")
    return [page.extract_text().splitlines() for page in PdfReader(io.BytesIO(data)).pages]


def test_the_report_says_the_figures_and_how_processes_stand() -> None:
    first, second = read(REPORT)
    for expected in (
        "Bericht an den Steuerungsausschuss · Oktober 2026",
        "34",
        "Ziel 30 bis 50",
        "Zahl 11",
        "407",
        "davor 11",
        "Waldenburg",
        "39 von 86",
        "First Mover: klein 2 von 2 · mittel 1 von 2 · gross 0 von 2",
        "Stand am 2.11.2026 · Seite 1 von 2",
    ):
        assert any(expected in line for line in first), expected
    for expected in (
        "Laufende Prozesse: 19 · die am weitesten fortgeschrittenen zuerst",
        "P16",
        "74 %",
        "5/8",
        "6/7",
        "70",
        "und 3 weitere",
        "20.10.2026",
        "Backend in Prüfung → Backend eingeführt",
        "Seite 2 von 2",
    ):
        assert any(expected in line for line in second), expected


def test_the_report_in_english_and_of_other_days() -> None:
    first, second = read(REPORT | {"language": "en", "days": ["2026-10-05", "2026-11-20"]})
    assert "Report to the steering committee · 5.10.2026 to 20.11.2026" in first
    assert any(line.endswith("39 of 86") for line in first)
    assert any("Processes under way: 19 · the furthest first" in line for line in second)
    leap = read(REPORT | {"matrix": None, "days": ["2028-02-01", "2028-02-29"]})
    assert "Bericht an den Steuerungsausschuss · Februar 2028" in leap[0]


def test_a_report_of_nothing_has_two_pages_all_the_same() -> None:
    nothing: dict[str, Any] = {
        "matrix": None,
        "processes": [],
        "steps": [],
        "rollout": None,
        "running": 0,
        "more": 0,
    }
    _, second = read(REPORT | nothing)
    assert "Es gibt noch keine Prozesse." in second
    assert "Kein Prozess hat in diesem Zeitraum die Phase gewechselt." in second


def test_the_same_report_is_the_same_document() -> None:
    assert drawn(REPORT) == drawn(REPORT)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("paper", [look.PAPER, look.PALE, look.SKY])
def test_letters_stand_out_from_every_paper_and_what_is_filled_from_what_is_not(paper: str) -> None:
    assert contrast(look.INK, paper) > 7
    assert contrast(look.SOFT, paper) > 4
    assert contrast(look.BLUE, paper) > 4.5  # by lightness, not by hue alone
    assert contrast(look.ON_DARK, look.BLUE) > 4.5
    assert contrast(look.ORANGE, look.PAPER) > 4.5


def test_the_same_data_is_the_same_picture() -> None:
    what = DRAWINGS["24 ideas"] | {"language": "de"}
    assert drawn(what) == drawn(json.loads(json.dumps(what)))


def test_the_bot_itself_never_loads_what_draws() -> None:
    code = (
        "import sys; import bot.cli, bot.running.program, commands; commands.load();"
        "print([m for m in ('matplotlib', 'numpy', 'PIL', 'fpdf') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
