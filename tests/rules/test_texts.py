"""Rules about what people read: each kind of slip that was found in a text once is found here from then on."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import commands
from bot.admin.reference import FILE
from bot.matrix.layout import TEXTS
from commands import TEMPLATES
from commands.dates import refusals
from commands.fields import BY_NUMBER, QUESTIONS
from commands.framework.declarations import COMMANDS
from commands.processes import PHASE_WORDS, PHASES_IN_ENGLISH

commands.load()

LANGUAGES = ("de", "en")
LONGEST = 18  # words of a sentence, counted between what is put in; «about 15» is the aim
in_each_language = pytest.mark.parametrize("language", LANGUAGES)


def without_comments(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def templates(language: str) -> Iterator[tuple[str, str]]:
    for path in sorted(TEMPLATES.glob(f"**/*.{language}.html")):
        yield path.relative_to(TEMPLATES).as_posix(), without_comments(path)


def said_in_python(language: str) -> Iterator[tuple[str, str]]:
    """Sentences that stand where they arise, in both languages: `de="…", en="…"`; «3» is what is put in."""
    [folder] = commands.__path__
    for path in sorted(Path(folder).glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == language:
                yield f"{path.name}:{node.value.lineno}", _text(node.value)


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(_text(part) if isinstance(part, ast.Constant) else "3" for part in node.values)
        case ast.BinOp():
            return _text(node.left) + _text(node.right)
        case ast.IfExp():
            return f"{_text(node.body)}\n{_text(node.orelse)}"
    return ""


@cache
def texts(language: str) -> tuple[tuple[str, str], ...]:
    """All that the bot says, without what people type; templates with what is put in."""
    index = LANGUAGES.index(language)
    dates = (refusals._GERMAN, refusals._ENGLISH)[index]
    told = [
        *templates(language),
        *said_in_python(language),
        *((command.name, command.summary[language]) for command in COMMANDS.values()),
        *((command.name, command.offer.get(language, "")) for command in COMMANDS.values()),
        *((name, asked[index]) for name, asked in {**QUESTIONS, "thing": BY_NUMBER}.items()),
        *((str(reason), sentence) for reason, sentence in dates.items()),
        *((f"room {purpose}", ". ".join(said)) for purpose, said in TEXTS[language].items()),
    ]
    return tuple(told)


def page(language: str) -> tuple[str, str]:
    text = (FILE.parent / f"using.{language}.md").read_text(encoding="utf-8")
    return f"using.{language}.md", re.sub(r"`[^`]*`", "", text)


def found(pattern: str, among: Iterator[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{name}: {hit[0]}" for name, text in among for hit in re.finditer(pattern, text)]


# --- words

ONE_WORD = {  # a thing: the word that is not said in German beside the one that is
    r"\bNews\b": "Neuigkeit",
    r"\bDigest\b": "Wochenüberblick",
    r"nicht (mehr )?weiterverfolgt": "abgebrochen",
    r"\bLeader\b": "Leitung",
    r"\bVorlaufzeit": "Erinnerung",
    r"\bGeschichte\b": "Verlauf",
    r"[Vv]erschlüssel": "Schloss",
    r"\bKonfiguration\b": "Einstellungen",
    r"(Ideen|Agenda)-Raum|(Moderations|Koordinations)raum|Raum für": "der Name des Raums",
    r"\bPool\b": "Ideen",
    r"\bErgebnis(se|sen|ses)?\b(?! vorgestellt)": "Arbeitsergebnis",
    r"\bpausiert\b": "macht Pause",
    r"\bneuest\w*": "neust",
    r"\bzurzeit\b": "im Moment",
    r"\bKennung": "wen Sie meinen",
    r"[Dd]epriorisier": "tiefe Priorität",
    r"\bso weit (die|der|das)\b": "soweit",
    r"\b(Moderatoren|Koordinatoren|Teilnehmer|Benutzer|Nutzer|Einsteiger|Anfänger|Bürger)\b": "alle Menschen",
}


@pytest.mark.parametrize(("other", "word"), ONE_WORD.items(), ids=ONE_WORD.values())
def test_a_thing_has_one_word(other: str, word: str) -> None:
    assert found(other, (*texts("de"), page("de"))) == []


def test_phases_are_called_alike_in_python_and_on_cards() -> None:
    german = {code: word for word, code in PHASE_WORDS.items()}
    for language, called in (("de", german), ("en", PHASES_IN_ENGLISH)):
        source = (TEMPLATES / "framework" / "templates" / f"process.{language}.html").read_text(
            encoding="utf-8"
        )
        assert [code for code, said in called.items() if f'"{code}": "{said}"' not in source] == []


def test_no_answer_has_a_sharp_s() -> None:
    """Swiss spelling; commands/words.py reads it, because people from elsewhere type it."""
    [folder] = commands.__path__
    paths = [*TEMPLATES.glob("**/*.html"), *(p for p in Path(folder).glob("**/*.py") if p.name != "words.py")]
    assert [path.name for path in paths if "ß" in path.read_text(encoding="utf-8")] == []


def test_what_a_command_is_for_is_told_to_the_person() -> None:
    """Its summary says «Ihre»; what is offered to be picked is in the person's own words, «meine»."""
    problems = []
    for command in COMMANDS.values():
        german, english = command.summary["de"], command.summary["en"]
        if re.search(r"\b([Mm]ein\w*|mich|mir|eigene[nrs]?)\b", german) or re.search(
            r"\b(my|me|own)\b", english
        ):
            problems.append(f"{command.name}: whose?")
        if german.endswith(".") or english.endswith(".") or english[0].isupper():
            problems.append(f"{command.name}: no sentence, and goes on")
        offers = command.offer.values()
        if any(not offer[0].isupper() or re.search(r"\b(Sie|Ihr\w*|you|your)\b", offer) for offer in offers):
            problems.append(f"{command.name}: who says that?")
    assert problems == []


# --- signs


@in_each_language
def test_sentences_are_short_and_quiet(language: str) -> None:
    said = tuple((name, _bare(text)) for name, text in texts(language))
    assert found(r"[^\n.?]*;[^\n.?]*", said) == []  # two sentences are easier
    assert found(r"\w+!", said) == []
    assert found(r"[„“”]|(?<!\w)\"\w", said) == []  # «…» in both languages


@in_each_language
def test_no_sentence_is_long(language: str) -> None:
    ends = r"[.?:·–]\s|[.?:]$|\n|<[^>]+>|\{%.*?%\}"
    said = ((name, one) for name, text in texts(language) for one in re.split(ends, _bare(text, keep=True)))
    assert [f"{name}: {one.strip()}" for name, one in said if len(one.split()) > LONGEST] == []


def _bare(text: str, *, keep: bool = False) -> str:
    """The words alone: what is put in is one word, «3»; tags and the templates' own language are left out."""
    text = re.sub(r"&\w+;", " ", text)
    text = re.sub(r"\{\{.*?\}\}", lambda m: _branches(m[0]), text, flags=re.DOTALL)
    return text if keep else re.sub(r"\{%.*?%\}|<[^>]+>", "\n", text, flags=re.DOTALL)


def _branches(put_in: str) -> str:
    """The words that `"eine" if x else "keine"` may put in."""
    if "cmd(" in put_in:
        return "3"
    return " ".join(re.findall(r'"([^"]*)"', put_in)[:1]) or "3"


@in_each_language
def test_dates_to_type_are_written_alike(language: str) -> None:
    """18.03.2027, as everywhere: not 18.3.2027."""
    assert found(r"\b(\d\.\d{1,2}|\d\d\.\d)\.20\d\d", texts(language)) == []


@in_each_language
def test_what_is_typed_in_a_sentence_is_followed_by_its_stop(language: str) -> None:
    """«Mehr zeigt `!hilfe`.», and «Mehr: `!hilfe`»: there the line ends with what is typed."""
    open_ended = re.compile(r"([^\s:?>·(}]) \{\{ cmd\([^}]*\) \}\}(?=\s*(?:\n|\{% (?:endif|else|elif)))")
    said = [
        f"{name}: {line.strip()[-120:]}"
        for name, text in templates(language)
        for line in _unhinted(text).splitlines(keepends=True)
        if open_ended.search(line)
    ]
    assert said == []


def _unhinted(text: str) -> str:
    """Without the grey lines below cards: what can be done stands there side by side, and is no sentence."""
    return re.sub(r"\{% call show\.hint\(\) %\}.*?\{% endcall %\}", "", text, flags=re.DOTALL)


def test_what_is_typed_ends_before_the_next_sentence() -> None:
    """A command ends its line, or a sign stands behind it: in a notification there is no grey behind it to tell."""
    inside = re.compile(r"(?:cmd\([^}]*\) \}\}|</code>)((?:\{%[^%]*%\})*) ([A-ZÄÖÜ][a-zäöü]+)")
    lone = {"Sie", "Ihre", "Ihr", "Ihnen"}  # go on with the sentence
    said = [
        f"{name}: {hit[0]}"
        for name, text in templates("de")
        for hit in inside.finditer(text)
        if hit[2] not in lone and "if" not in hit[1]
    ]
    assert said == []


# --- grammar

PLURALS = {
    "de": "Plätzen?|Personen|Termine|Tage|Nachrichten|Anmeldungen|Stimmen|Kommentare|Bewertungen|weitere",
    "en": "seats|people|dates|days|messages|registrations|votes|comments|ratings",
}


@in_each_language
def test_one_is_not_said_in_the_plural(language: str) -> None:
    """«1 Platz»: what is counted is said by `"1 Platz" if n == 1 else …`, unless there are surely several."""
    counted = r'\{\{ (?!")[^{}"]*\}\}(?:&nbsp;| )(?:' + PLURALS[language] + r")\b"
    surely = re.compile(r"\{% if [^%]*(length|count) > 1 %\}[^{]*$|\{% if s\.dates %\}[^{]*$")
    said = [
        f"{name}: {hit[0]}"
        for name, text in templates(language)
        for hit in re.finditer(counted, text)
        if not surely.search(text[: hit.start()].replace("<br>", ""))
    ]
    assert said == []


def test_no_word_stands_twice() -> None:
    both = itertools.chain(texts("de"), texts("en"))
    said = tuple((name, _bare(text)) for name, text in both)
    assert found(r"\b([A-Za-zäöü]{2,}) \1\b", said) == []


def test_the_subject_stands_before_what_it_shows() -> None:
    """`!menu` shows what there is; not: what there is shows `!menu`, which is German in English words."""
    assert (
        found(r"(How|What)[^.{]*(\{\{[^}]*\}\})?[^.{]* (shows|is in) \{\{ cmd", tuple(templates("en"))) == []
    )
