"""The house's colours and letters, and a sheet to draw on, in pixels.

Two hues that everybody tells apart, blue and orange; beside them only light and dark. What a colour says, a number, a
word or a shape says too. The paper is drawn, so that it reads on dark as on light.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import count
from typing import Any, Final

import numpy as np
from matplotlib import get_data_path
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from matplotlib.text import Text
from PIL import Image

WIDTH, HEIGHT = 1200, 800
EDGE: Final = 40  # of paper, left free around
SMALL, NORMAL, LARGE, HEADING = 22, 26, 32, 42  # pixels; nothing is smaller
LARGEST: Final = 200 * 1024  # bytes of a picture
COLOURS: Final = 96  # that are enough for it, smooth edges included: a third of the bytes
PAPER, INK, SOFT = "#FBFCFD", "#16202E", "#55606F"
LINE, PALE = "#C9D1DB", "#E9EEF4"
BLUE, SKY = "#0B5394", "#CFE2F3"
ORANGE, PEACH = "#B45309", "#FCE5CD"
ON_DARK = "#FFFFFF"
FONTS: Final = {
    bold: f"{get_data_path()}/fonts/ttf/DejaVuSans{'-Bold' if bold else ''}.ttf" for bold in (False, True)
}
_UNSEEN: Final = ("C", "Zl", "Zp")  # categories of characters that steer, or start a line


@cache
def _letters(bold: bool) -> FT2Font:
    return FT2Font(FONTS[bold])


@cache
def _properties(size: float, bold: bool) -> FontProperties:
    return FontProperties(fname=FONTS[bold], size=size)


def shown(text: object) -> str:
    """The text without what the letters at hand can't show: signs and scripts of other fonts, what steers a line."""
    font = _letters(False)
    kept = "".join(
        c if font.get_char_index(ord(c)) else "" if unicodedata.category(c).startswith(("S", "M")) else "□"
        for c in unicodedata.normalize("NFC", str(text))
        if not unicodedata.category(c).startswith(_UNSEEN) or c.isspace()
    )
    return " ".join(kept.split())


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The pixels that the text takes."""
    font = _letters(bold)
    font.set_size(size, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64


def fitted(text: object, room: float, size: float, *, bold: bool = False) -> str:
    """The text, cut where it does not fit into so many pixels."""
    whole = shown(text)
    if width(whole, size, bold=bold) <= room:
        return whole
    cut = whole
    while cut and width(f"{cut}…", size, bold=bold) > room:
        cut = cut[:-1].rstrip()
    return f"{cut}…"


def lines(text: object, room: float, size: float, *, most: int, bold: bool = False) -> list[str]:
    """The text in at most so many lines, each of which fits into so many pixels."""
    found, words = [""], shown(text).split()
    for n, word in enumerate(words):
        longer = f"{found[-1]} {word}".strip()
        if not found[-1] or width(longer, size, bold=bold) <= room:
            found[-1] = longer
        elif len(found) < most:
            found.append(word)
        else:
            found[-1] = " ".join([found[-1], *words[n:]])
            break
    return [fitted(line, room, size, bold=bold) for line in found]


class Sheet:
    """A picture under way: x to the right, y downwards, from the corner left above."""

    def __init__(
        self, heading: str = "", below: str = "", *, size: tuple[int, int] = (WIDTH, HEIGHT)
    ) -> None:
        across, down = size
        self.figure = Figure(figsize=(across / 72, down / 72), dpi=72, facecolor=PAPER)  # a point is a pixel
        self.axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self.axes.set_axis_off()
        self.axes.set(xlim=(0, across), ylim=(down, 0))
        self._above = count(1)  # what is drawn later lies above
        if heading:
            self.text(EDGE, 34, fitted(heading, across - 2 * EDGE, HEADING, bold=True), HEADING, bold=True)
        if below:
            self.text(EDGE, 92, fitted(below, across - 2 * EDGE, NORMAL), NORMAL, colour=SOFT)

    def text(
        self,
        x: float,
        y: float,
        text: object,
        size: float = NORMAL,
        *,
        colour: str = INK,
        bold: bool = False,
        at: str = "left top",
        upright: bool = False,
    ) -> None:
        """The text, with its `at` (left, center, right; top, center, bottom) at this point; `upright`: read upwards."""
        across, down = at.split()
        self.axes.text(
            x,
            y,
            shown(text),
            fontproperties=_properties(size, bold),
            color=colour,
            ha=across,
            va="center_baseline" if down == "center" else down,
            rotation=90 if upright else 0,
            parse_math=False,
            zorder=next(self._above),
        )

    def box(
        self,
        x: float,
        y: float,
        across: float,
        down: float,
        fill: str,
        *,
        edge: str | None = None,
        round_: float = 0,
        thick: float = 2,
    ) -> None:
        look: dict[str, Any] = {
            "facecolor": fill,
            "edgecolor": edge or "none",
            "linewidth": thick if edge else 0,
        }
        if round_:
            shape = f"round,pad=0,rounding_size={round_}"
            self.axes.add_patch(FancyBboxPatch((x, y), across, down, boxstyle=shape, **look))
        else:
            self.axes.add_patch(Rectangle((x, y), across, down, **look))

    def dot(self, x: float, y: float, radius: float, fill: str, *, edge: str | None = None) -> None:
        self.axes.add_patch(
            Circle(
                (x, y),
                radius,
                facecolor=fill,
                edgecolor=edge or "none",
                linewidth=2 if edge else 0,
                zorder=next(self._above),
            )
        )

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str = LINE, thick: float = 2) -> None:
        self.axes.plot(xs, ys, color=colour, linewidth=thick, solid_capstyle="butt", zorder=next(self._above))

    def star(self, x: float, y: float, size: float, fill: str) -> None:
        self.axes.plot(
            [x], [y], marker="*", markersize=size, color=fill, markeredgewidth=0, zorder=next(self._above)
        )

    @property
    def texts(self) -> list[Text]:
        """All that is written on it."""
        return [one for one in self.axes.texts if one.get_text()]

    def png(self, *, largest: int | None = LARGEST) -> bytes:
        """The picture as it is sent. Raises: ValueError, if it is too large for that."""
        canvas, held = FigureCanvasAgg(self.figure), io.BytesIO()
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        drawn = Image.fromarray(pixels).convert("RGB")
        drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
        if largest is not None and held.tell() > largest:
            raise ValueError(f"{held.tell()} bytes")
        return held.getvalue()
