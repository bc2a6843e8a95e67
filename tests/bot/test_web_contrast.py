"""Colours of the pages: what is read, or means something, stands out from what is behind it.

By WCAG 2.2: 1.4.3 (contrast of text) and 1.4.11 (of what is no text).
"""

from __future__ import annotations

import re
from typing import Final

import pytest

from bot.web.kept import SIGN, STYLE

TEXT, SHAPE = 4.5, 3.0
BEHIND: Final = {  # what text stands on, of each rule that gives it a ground of its own
    "card": ("ink", "soft", "blue", "orange"),  # cards, fields, the head of each page
    "paper": ("ink", "soft", "blue", "orange"),
    "pale": ("ink", "blue"),  # searches, tags, code
    "blue": ("on-blue",),  # buttons, strong tags, the way to the content
    "peach": ("ink",),  # warm tags, the step of now, why a form is shown again
}
SHAPES: Final = (  # what means something, and what it is seen on
    ("edge", "card"),  # fields
    ("edge", "paper"),  # municipalities that do not take part, the heads of tables
    ("edge", "pale"),
    ("orange", "paper"),  # the focus, the field that is wrong
    ("orange", "card"),
    ("orange", "peach"),
    ("blue", "paper"),  # municipalities that take part, bars
    ("blue", "card"),
)
NO_MEANING: Final = {"line"}  # lines between what is apart by itself


def themes(style: str) -> dict[str, dict[str, str]]:
    """The colours by name, as they are in the light and in the dark."""
    light, dark = re.findall(r":root\s*{([^}]*)}", style)
    found = [dict(re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6});", block)) for block in (light, dark)]
    return {"light": found[0], "dark": found[0] | found[1]}


def contrast(one: str, other: str) -> float:
    """How much two colours differ in brightness, from 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, brighter = sorted((luminance(one), luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def too_pale(style: str) -> set[str]:
    pairs = [(text, ground, TEXT) for ground, texts in BEHIND.items() for text in texts]
    pairs += [(shape, ground, SHAPE) for shape, ground in SHAPES]
    return {
        f"{theme}: {one} on {ground}"
        for theme, colours in themes(style).items()
        for one, ground, least in pairs
        if contrast(colours[one], colours[ground]) < least
    }


def rules(style: str) -> list[tuple[str, dict[str, str]]]:
    """Each selector with what it sets; those of paper are the printer's."""
    style = re.sub(r"/\*.*?\*/|@media print.*", "", style, flags=re.DOTALL)
    found = re.findall(r"([^{}]+){([^{}]*)}", style)
    return [(who.strip(), dict(re.findall(r"([\w-]+):\s*([^;]+)", what))) for who, what in found]


def named(value: str) -> list[str]:
    return re.findall(r"var\(--([\w-]+)\)", value)


STYLESHEET: Final = STYLE.body.decode()


def test_text_and_shapes_stand_out_in_the_light_and_in_the_dark() -> None:
    assert too_pale(STYLESHEET) == set()
    assert round(contrast("#000000", "#FFFFFF")) == 21
    assert round(contrast("#777777", "#FFFFFF"), 2) == 4.48


@pytest.mark.parametrize(
    ("name", "paler"),
    [
        ("soft", "#8A94A0"),
        ("blue", "#6FA8DC"),
        ("orange", "#E69138"),
        ("edge", "#B0B8C2"),
        ("on-blue", "#9FC5E8"),
    ],
)
def test_a_colour_that_is_made_too_pale_is_found(name: str, paler: str) -> None:
    spoiled = re.sub(rf"--{name}: #\w{{6}};", f"--{name}: {paler};", STYLESHEET, count=1)
    assert spoiled != STYLESHEET
    assert any(found.startswith("light") and name in found for found in too_pale(spoiled))


def test_no_rule_has_a_pair_that_is_not_looked_at() -> None:
    """Each colour in use has a name, and stands on a ground on which it is looked at above."""
    looked_at = {(text, ground) for ground, texts in BEHIND.items() for text in texts}
    for who, what in rules(STYLESHEET):
        if who.startswith(":root"):
            continue
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", " ".join(what.values())), who
        assert "opacity" not in what, who
        grounds = named(what.get("background", ""))
        assert set(grounds) <= set(BEHIND), who
        for colour in named(what.get("color", "")):
            assert (colour, (grounds or ["paper"])[0]) in looked_at, who
        meant = {shape for shape, _ in SHAPES} | NO_MEANING | {"pale", "card"}
        for key in ("border", "outline", "fill", "stroke", "accent-color"):
            assert set(named(" ".join(value for k, value in what.items() if k.startswith(key)))) <= meant, who
    assert not re.search(r"<text", SIGN.body.decode())
