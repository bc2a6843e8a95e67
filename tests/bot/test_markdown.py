"""What people typed is shown as they meant it: in the HTML and in the plain text the same words, numbers and signs."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rendering.markdown import markdown
from bot.rendering.plain import plain
from tests.support.wire import check_html


def shown(text: str) -> str:
    return plain(str(markdown(text)))


def signs(text: str) -> str:
    """The letters and digits, in order."""
    return "".join(re.findall(r"[^\W_]", text))


@pytest.mark.parametrize(
    "text",
    [
        "5. Klasse hat Ferien\n8. Klasse nicht",
        "18. März\n19. März\n24. April",
        "2. Stock\n3. Stock",
        "1. August ist Feiertag",
        "1. a\n1. b\n1. c",
        "1. a\n3. b",
        "01. a\n02. b",
        "1) a\n2) b",
        "Termine:\n18. März\n19. März",
        "> 50 Personen",
        "- 5 Grad",
        "+ 2 Stellen\n+ 3 Stellen",
        "* nur intern",
        r"\\server\pfad und C:\_x\*.txt",
        "5*3 und 4*2",
        "2*3*4 = 24",
        "snake_case_name",
        "#12 und\n#13",
        "a\n===\nb",
        "[1]: https://a.ch",
        "&lt;b&gt; &nbsp; &auml;",
        "| a | b |\n|-|-|\n| 1 | 2 | 3 |",
        "    vier Leerzeichen",
        "5 < 6 > 3",
        "~5 ~6",
        "1\\. x",
    ],
)
def test_it_is_shown_as_it_was_typed(text: str) -> None:
    assert shown(text) == text.strip()
    assert "<li>" not in markdown(text)


@pytest.mark.parametrize(
    ("text", "html", "said"),
    [
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>", "1. a\n2. b"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "• a\n• b"),
        ("- a\n\n- b", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>", "• a\n• b"),
        ("# A\n# B", "<p><strong>A</strong></p>\n<p><strong>B</strong></p>", "A\nB"),
        (
            "# A\n## B\nText",
            "<p><strong>A</strong></p>\n<p><strong>B</strong></p>\n<p>Text</p>",
            "A\nB\nText",
        ),
        ("Absatz\n---\nNoch einer", "<p>Absatz</p>\n<hr />\n<p>Noch einer</p>", "Absatz\n—\nNoch einer"),
        (
            "5. Klasse\n   - Ferien\n   - Schule",
            "<p>5. Klasse</p>\n<ul>\n<li>Ferien</li>\n<li>Schule</li>\n</ul>",
            "5. Klasse\n• Ferien\n• Schule",
        ),
        ('[a](https://a.ch "b")', '<a href="https://a.ch">a</a> «b»', "a (https://a.ch) «b»"),
        ("[](https://a.ch)", '<a href="https://a.ch">https://a.ch</a>', "https://a.ch"),
        ("```Achtung\nx\n```", "<pre><code>Achtung\nx\n</code></pre>", "Achtung\nx"),
        ("*a* **b** _c_ __d__", "<em>a</em> <strong>b</strong> <em>c</em> <strong>d</strong>", "a b c d"),
    ],
)
def test_marks_are_formatting(text: str, html: str, said: str) -> None:
    assert str(markdown(text)) == html
    assert plain(html) == said


PIECES = st.sampled_from(
    [
        "5.",
        "1.",
        "2.",
        "3.",
        "18.",
        "1)",
        "7)",
        "-",
        "*",
        "+",
        ">",
        ">>",
        "#",
        "##",
        "###",
        "|",
        "|-|-|",
        "|-",
        "---",
        "***",
        "___",
        "===",
        "```",
        "~~~",
        "`",
        "**",
        "*",
        "__",
        "_",
        "~~",
        "\\",
        "\\\\",
        "\\*",
        "&",
        "&lt;",
        "&#65;",
        "&amp;",
        "[",
        "]",
        "(",
        ")",
        "!",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!--",
        "{{",
        "}}",
        "[a]:",
        "[1]",
        "](",
        "5*3",
        "a_b",
        "#12",
        "«a»",
        "März",
        "12:30",
        "3.5",
        "@room",
        ":-:",
        "|:-:|",
        "\n",
        "\n\n",
        "  \n",
        " ",
        "    ",
        "\t",
        "a",
        "Klasse",
        "ß",
        "é",
        "9",
    ]
)
TYPED = st.lists(PIECES, max_size=40).map("".join) | st.lists(PIECES, max_size=25).map(" ".join)


@settings(max_examples=800, deadline=None)
@given(TYPED)
@example("1. a\n   5. b\n   7. c\n2. d")
@example("- - - a\n  - 1. b")
@example("> 1. a\n> 3. b")
def test_every_word_and_number_is_shown_in_order(text: str) -> None:
    html = str(markdown(text))
    check_html(html)
    assert signs(plain(html)) == signs(text)
    if "<ol" not in html:  # whose numbers the client writes: they run 1, 2, 3
        assert signs(unescape(re.sub("<[^<>]*>", "", html))) == signs(text)
