"""People's Markdown becomes safe HTML, and HTML a plain text that says the same."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rendering.markdown import markdown
from bot.rendering.plain import _of_any, _of_tidy, defuse, kept_together, plain
from tests.support.wire import check_html

PIECES = st.sampled_from(
    [
        "*",
        "**",
        "_",
        "`",
        "```",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "# ",
        "|",
        "|-|",
        "[",
        "](",
        ")",
        "<",
        ">",
        "&",
        "&lt;",
        "<b>",
        "</p>",
        "<!--",
        "-->",
        "~~",
        "\\",
        "https://a.ch",
        "javascript:x",
        "![",
        "a",
        "ä",
        " ",
        "   ",
        "\t",
        "@room",
        "---",
        "===",
        "<a href='x'>",
        '"',
        "'",
        "{{",
        "}}",
        "\u200b",
        "<script>",
        "x@y.ch",
        "<https://a.ch>",
        "[a]: /x",
    ]
)
MARKDOWN = st.lists(PIECES, max_size=60).map("".join)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Text", "Text"),
        ("**fett** und *schräg*", "<strong>fett</strong> und <em>schräg</em>"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("a\nb", "a<br />\nb"),
        ("# Titel", "<strong>Titel</strong>"),
        ("[x](https://a.ch)", '<a href="https://a.ch">x</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("![x](https://a.ch/x.png)", '!<a href="https://a.ch/x.png">x</a>'),
        ("~~weg~~", "<s>weg</s>"),
    ],
)
def test_markdown(text: str, html: str) -> None:
    assert str(markdown(text)) == html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a &amp; b", "a & b"),
        ("<strong>a</strong><br>b", "a\nb"),
        ("<ul><li>a</li><li>b</li></ul>c", "• a\n• b\nc"),
        ('<ol start="3"><li>a</li><li>b</li></ol>', "3. a\n4. b"),
        ('<a href="https://a.ch">x</a>', "x (https://a.ch)"),
        ('<a href="https://a.ch">https://a.ch</a>', "https://a.ch"),
        ('<a href="https://matrix.to/#/!r/$e">I1</a>', "I1"),
        ("<pre><code>a\n  b</code></pre>", "a\n  b"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a · b\n1 · 2"),
        ("<ul><li>a<ul><li>b</li></ul></li></ul>", "• a\n  • b"),
        ("", ""),
    ],
)
def test_plain(html: str, text: str) -> None:
    assert plain(html) == text


@settings(max_examples=400, deadline=None)
@given(st.one_of(MARKDOWN, st.text(max_size=200)))
def test_whatever_people_write_is_what_clients_may_show(text: str) -> None:
    html = str(markdown(text))
    check_html(html)
    for match in re.finditer('href="([^"]*)"', html):
        assert match[1].lower().startswith(("http://", "https://", "mailto:"))
    shown = plain(html)
    assert shown == shown.strip()
    assert "\n\n\n" not in shown
    assert "<br" not in shown or "<br" in text


@settings(max_examples=300, deadline=None)
@given(st.one_of(MARKDOWN, st.text(max_size=200)))
def test_what_people_write_is_read_as_by_pythons_parser(text: str) -> None:
    html = str(markdown(text))
    assert _of_tidy(html) == _of_any(html)


_TAGS = """
<p> </p> <br> <br /> <br/> <hr> <hr /> <ul> </ul> <ol> <ol start="4"> <ol start="x"> </ol> <li> </li> <pre> </pre>
<a href="https://a.ch?x=1&amp;y=2"> <a href="https://matrix.to/#/!r/$e"> <a> </a> <strong> </strong> <table> <tr>
<td> <th> </td> </tr> </table> <span data-mx-color="#767676"> </span> <code class="language-&quot;x&lt;"> </code>
<script> </script> <style> <P> <a href='x'> <a href=x> <p/> </p x="y"> </ p> <!-- --> <!doctype x> <![CDATA[ ]]> <?
<x-y> <a x="1" x="2"> <details open> </ < > & &amp; &amp &lt;b&gt; &#65; &#x41 &copy &nbsp; " ' =
"""
TAGS = st.sampled_from(re.findall(r"<[^<>]*>|[^<>\s]+|<|>", _TAGS))
SPACES = st.sampled_from(["", " ", "  ", "\n", "\t", "a", "b ", " c", "\n\n\n", "ä.", "\r\n"])


@settings(max_examples=600, deadline=None)
@given(st.lists(st.one_of(TAGS, SPACES), max_size=40).map("".join))
def test_tidy_html_is_read_as_by_pythons_parser_and_no_other(html: str) -> None:
    text = _of_tidy(html)
    assert text is None or text == _of_any(html)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abc äöü 12.,;:!?()", min_size=1, max_size=200))
def test_plain_text_stays_as_it_is(text: str) -> None:
    """No word is lost on the way to HTML and back."""
    assert re.findall(r"\w+", plain(str(markdown(text)))) == re.findall(r"\w+", text)


@pytest.mark.parametrize("text", ["@room", "@ROOM", "x@room.ch", "@roommate", "@room@room"])
def test_nobody_calls_the_whole_room(text: str) -> None:
    assert "@room" not in defuse(text).lower()
    assert defuse(text).replace("\u200b", "").lower() == text.lower()


def rows(columns: int, count: int) -> str:
    return "\n".join(["|" + "a|" * columns, "|" + "-|" * columns, *["|" + "b|" * columns] * (count - 1)])


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (rows(3, 3), 1),
        (rows(10, 50), 1),
        (rows(11, 2), 0),
        (rows(2, 51), 0),
        ("\n\n".join([rows(10, 20)] * 5), 2),
        ("|a" * 600 + "\n" + "|-" * 600 + "\n" + "|\n" * 794, 0),
    ],
)
def test_tables_are_of_a_size_to_be_read_and_else_shown_as_written(text: str, tables: int) -> None:
    html = str(markdown(text))
    assert html.count("<table>") == tables
    assert html.count("a") - html.count("table") - html.count("thead") >= text.count("a"), "nothing is lost"


def test_what_looks_like_a_definition_stays_in_the_text() -> None:
    text = "[1]: https://a.ch/" + "x" * 2_000 + "\n\n" + "[1]" * 600
    assert plain(str(markdown(text))).count("[1]") == 601


_PIECES = """
[ ] [] [[ ![ ]( ]] [a]( [a](< [a](b" [a] [a][b] [x](http://a.b) * ** _ *a a* **a *_ _* ~~ ~~a ` `` ``a < <a <!--
<http:// &
&amp; &# > >a - 1. 1) # = | |a |- |-|- *** --- ``` ~~~ http:// \\ a ab [a]: [a]:b
"""
REPEATED = st.sampled_from(
    [*re.findall(r"\S+", _PIECES), " ", "  ", "    ", "\n", "\n\n", "\t", "\n  ", "\n|\n"]
)


def work(text: str) -> int:
    """How many functions are called to show this."""
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        plain(str(markdown(text)))
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.long
@settings(max_examples=100, deadline=None)
@given(st.lists(REPEATED, min_size=1, max_size=6).map("".join), st.integers(0, 2))
@example("|a" * 600 + "\n" + "|-" * 600 + "\n" + "|\n" * 794, 2)
@example("[a]: http://" + "x" * 1_500 + "\n\n" + "[a]" * 600, 2)
@example("|a|b\n|-|-\n|\n|\n", 0)
@example("[" * 2_000 + "]" * 2_000, 2)
@example("*" * 2_000 + "a" + "*" * 2_000, 2)
@example("".join(f"{'  ' * n}- a\n" for n in range(60)), 2)
@example("".join(f"{'`' * n} " for n in range(90)), 2)
def test_neither_work_nor_size_grow_faster_than_the_text(piece: str, whole: int) -> None:
    """Whatever is repeated until it is as long as an idea may be, the cost is counted, not timed."""
    text = piece if whole == 2 else (piece * 4_000)[: 4_000 if whole else 2_000]
    assert len(str(markdown(text))) <= 16 * len(text) + 500 * 12 + 1_000
    assert work(text) <= 120 * len(text) + 60_000


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        (
            "<b>Do, 10. Dezember 2026, 14:00–15:30</b> · Liestal",
            "<b>Do,_10._Dezember_2026, 14:00–+15:30</b>_· Liestal",
        ),
        ("Thu, 10 December 2026, 9:00–9:45", "Thu,_10_December_2026, 9:00–+9:45"),
        (
            "✅ <strong>2</strong> von 3 · ✋ <strong>0</strong>",
            "✅_<strong>2</strong> von 3_· ✋_<strong>0</strong>",
        ),
        ("❓<sub> vielleicht</sub> ↩️ zurück 👍🏽 gut", "❓<sub>_vielleicht</sub> ↩️_zurück 👍🏽_gut"),
        ('<a href="https://example.ch/3–4·5">P1</a>', '<a href="https://example.ch/3–4·5">P1</a>'),
        ("<code>!sitzung neu P1 | wann: 18.03.2027 13:30-17:00</code>",) * 2,
        ("Seiten 3–4, 18 Leute und ein Satz. Noch einer.",) * 2,
    ],
)
def test_lines_break_where_they_may(html: str, kept: str) -> None:
    """What belongs together stays so on a phone; the plain text has no such spaces, and commands have none."""
    done = kept_together(html)
    assert done.replace("\xa0", "_").replace("\u2060", "+") == kept
    assert plain(done.replace("\u2060", "")) == plain(html)
