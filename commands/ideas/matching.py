"""Whether an idea is in the pool already, and finding ideas by their words.

Titles are compared, not texts: what two ideas for the same form explain is often the same, what they are
called is not. German words are cut to their stems; a compound («Umzugsmeldung») is compared with its parts
(«Meldung des Umzugs»), and words that stand in every second idea («Formular», «online») count for little.
Rather one duplicate unnoticed than an alarm that teaches people to ignore it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from commands.framework import Context
from commands.stems import LONGEST, stem_of
from commands.words import key_of
from storage import idea_words
from storage.ideas import Idea

THRESHOLD = 0.7  # of likeness, from here on two ideas are likely the same
TOUCHES = 0.6  # of a word said by another, above which two texts have to do with each other
SHOWN = 3
STEMS = 16  # of a title
WORDS = 60  # of title and text that are found by
READ = 1000  # characters of the text that are looked at for them
SEARCHED = 8  # words of a question
PART = 4  # letters a part of a compound has at least
GENERIC_WEIGHT, ACTION_WEIGHT = 0.25, 0.35  # against 1 of any other word

_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = (
    "der die das den dem des ein eine einen einem einer eines und oder aber auch als am an auf aus bei "
    "beim bis da damit dass denn doch dort durch er es für gegen hat haben hier ihr ihre im in ins ist "
    "ja je kein keine kann können man mehr mit muss müssen nach nicht noch nur ob ohne per pro schon "
    "sehr sein seine sich sie sind so soll sollen sollte sollten über um unser unsere vom von vor wann "
    "war was wenn wer werden wie wieder wir wird wo würde zu zum zur zwischen alle allen aller jede "
    "jeder jedes bitte schön gerne statt anstatt via idee ideen vorschlag the a an and or of for to on "
    "by with from is are be should can we our idea ideas please more all every not without"
)
_STOP = frozenset(map(key_of, _STOP_WORDS.split()))
_GENERIC = (
    "formular formulare formularen form forms dokument antrag anträge gesuch online digital "
    "elektronisch internet web gemeinde gemeinden gemeindeverwaltung verwaltung portal plattform osp "
    "app webseite website homepage bürger bürgerinnen einwohner einwohnerinnen bevölkerung kunden neu "
    "neue neuer neues einfach einfacher schnell schneller besser direkt automatisch service dienst "
    "dienstleistung system prozess municipality citizens new easy better"
)
_ACTIONS = (
    "anbieten ausfüllen ausdrucken beantragen bereitstellen bestellen bestellung beziehen bezahlen "
    "bezahlung buchen buchung einführen einreichen erfassen erledigen ermöglichen erstellen kaufen kauf "
    "lösen machen melden meldung anzeigen schicken senden suchen finden übermitteln verbessern "
    "vereinfachen verkaufen zahlen zahlung fill order buy pay submit improve"
)
# What people say for «on the internet»: one word for comparing.
_ONLINE = "digital elektronisch internet web digitalisieren digitalisierung digitaler digitale"


# --- two ideas


def stems_of(title: str, *, most: int = STEMS) -> tuple[str, ...]:
    """The stems of the title's words that mean something, in alphabetical order; of all, where none does."""
    words = _WORD.findall(title.casefold())
    telling = [w for w in words if key_of(w) not in _STOP and (len(w) > 1 or w.isdigit())]
    found = {_same().get(stem, stem) for word in telling or words if (stem := stem_of(word))}
    return tuple(sorted(found)[:most])


def likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The degree to which two titles, as stems, say the same: 0 to 1. Different numbers make different ideas."""
    numbers, others = ({stem for stem in stems if stem.isdigit()} for stems in (one, other))
    if not one or not other or (numbers and others and numbers != others):
        return 0.0
    there, back = _covered(one, other), _covered(other, one)
    return 2 * there * back / (there + back) if there + back else 0.0


def _covered(stems: tuple[str, ...], by: tuple[str, ...]) -> float:
    """The share of these stems, by weight, that is said by the others too."""
    said = sum(_weight(stem) * _said(stem, by) for stem in stems)
    return said / sum(_weight(stem) for stem in stems)


def _said(stem: str, by: tuple[str, ...]) -> float:
    if stem in by:
        return 1.0
    best = sum(len(part) for part in by if len(part) >= PART and part in stem) / len(stem)
    for other in by:
        if len(stem) >= PART and other.startswith(stem):
            best = max(best, 0.9)
        elif len(stem) >= PART and other.endswith(stem):
            best = max(
                best, 0.6
            )  # what comes first in a compound tells it from others: Parkplatz, Kita-Platz
        elif len(stem) > PART and len(other) > PART:
            best = max(best, _spelt_alike(stem, other))
    return min(best, 1.0)


def _spelt_alike(one: str, other: str) -> float:
    """The share of pairs of letters in common, from three quarters on: slips of pen and stemmer."""
    pairs, others = _pairs(one), _pairs(other)
    share = 2 * len(pairs & others) / (len(pairs) + len(others))
    return share if share >= 0.75 else 0.0  # noqa: PLR2004 - said above


@lru_cache(4096)
def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[i : i + 2] for i in range(len(word) - 1))


def _weight(stem: str) -> float:
    return _weights().get(stem, 1.0)


@cache
def _weights() -> dict[str, float]:
    actions = {stem_of(word): ACTION_WEIGHT for word in _ACTIONS.split()}
    return actions | {stem_of(word): GENERIC_WEIGHT for word in _GENERIC.split()}


@cache
def _same() -> dict[str, str]:
    return {stem_of(word): "online" for word in _ONLINE.split()}


def touches(text: str, stems: tuple[str, ...]) -> bool:
    """A word of the text that tells something is among these stems, or one of them is part of the other."""
    telling = [stem for stem in stems if _weight(stem) == 1]
    mine = [stem for stem in stems_of(text) if _weight(stem) == 1]
    return any(max(_said(one, (other,)), _said(other, (one,))) > TOUCHES for one in mine for other in telling)


# --- the pool


def keys_of(title: str, text: str, topic_key: str | None) -> set[str]:
    """All by which an idea is found."""
    words = key_of(f"{title} {text[:READ]}").split()
    plain = [word[:LONGEST] for word in words if word not in _STOP and len(word) > 1]
    topic = [word[:LONGEST] for word in (topic_key or "").split()]
    return {*topic, *list(dict.fromkeys(plain))[:WORDS], *_matching_keys(stems_of(title))}


def _matching_keys(stems: Iterable[str]) -> list[str]:
    """The most telling first: the longest words that do not stand in every second idea."""
    ranked = sorted(stems, key=lambda stem: (_weight(stem), len(stem)), reverse=True)
    telling = [stem for stem in ranked if _weight(stem) == 1 and not stem.isdigit()] or ranked
    starts = [f"~{stem[:PART]}" for stem in telling if len(stem) >= PART]
    half = idea_words.SLOTS // 2
    return [*[f".{stem}" for stem in telling[:half]], *dict.fromkeys(starts[:half])]


def remember(ctx: Context, idea: Idea, *, before: Idea | None = None) -> None:
    """The idea is found by its words from now on, and by those it had before no more."""
    keys, former = _keys(idea), _keys(before) if before else set()
    idea_words.remove(ctx.tx, idea.id, keys=former - keys)
    idea_words.put(ctx.tx, idea.id, title=idea.title, stems=stems_of(idea.title), keys=keys - former)


def forget(ctx: Context, idea: Idea) -> None:
    """The idea is not found any more."""
    idea_words.remove(ctx.tx, idea.id, keys=_keys(idea))
    idea_words.remove_title(ctx.tx, idea.id)


def _keys(idea: Idea) -> set[str]:
    return keys_of(idea.title, idea.text, idea.topic_key)


def similar(ctx: Context, title: str) -> list[tuple[int, str]]:
    """Up to three ideas, number and title, that are likely the same as one of this title, best first."""
    stems = stems_of(title)
    if not stems:
        return []
    found = {t.idea_id: t for t in idea_words.list_alike(ctx.tx, stems=stems, keys=_matching_keys(stems))}
    rated = [(likeness(stems, tuple(t.stems.split())), t.idea_id) for t in found.values()]
    likely = sorted((r for r in rated if r[0] >= THRESHOLD), reverse=True)[:SHOWN]
    return [(number, found[number].title) for _, number in likely]


def search(ctx: Context, text: str) -> dict[int, tuple[int, float]]:
    """The ideas in which any of these words stands, also as a part of one, with how well they answer: sorts upwards.

    First count the words an idea has, then those that few others have.
    """
    words = [word for word in _WORD.findall(text.casefold()) if len(word) > 1 and key_of(word) not in _STOP]
    stems = dict.fromkeys(stem for word in words if (stem := stem_of(word)))
    hits = {stem: idea_words.find(ctx.tx, stem) for stem in [*stems][:SEARCHED]}
    rarest = min((found for found in hits.values() if found), key=len, default=set())
    rated: dict[int, tuple[int, float]] = {}
    for stem, found in hits.items():
        everywhere = len(found) >= idea_words.HITS and found is not rarest  # only a part of them was read
        for number in found | idea_words.among(ctx.tx, rarest, stem) if everywhere else found:
            count, rare = rated.get(number, (0, 0.0))
            rated[number] = count + 1, rare + 1 / len(found)
    return rated
