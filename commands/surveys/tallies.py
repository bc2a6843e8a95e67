"""What was answered without names: counted together, question by question, with nothing that tells one from another.

A tally is one text, which each answer rewrites whole: how many have chosen what, and all texts in the order of the
alphabet. Where these are many, they are dealt out to several parts by lot, so that one answer costs no more. It is
sealed by the key beside the store, and padded: from copies of the store before and after an answer, nobody learns
what that was, not even of the first one.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from commands.framework import Context
from storage import surveys as stored
from storage.engine.sealing import PickleKeyError, seal, unseal
from storage.surveys import Survey

FULL: Final = 400  # texts of a part
PADDED: Final = 2048  # bytes, of which a tally has a multiple
_PARTS: Final = 2**31 - 1


@dataclass
class Tally:
    """How many have answered, how many have chosen what, and what was written."""

    answers: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)


def add(ctx: Context, survey: Survey, question: int, *, choices: Iterable[int], text: str) -> None:
    """The answer is counted."""
    parts = _parts(ctx, survey.id, question)
    part, tally = secrets.choice(parts) if parts else (secrets.randbelow(_PARTS), Tally())
    tally.answers += 1
    tally.counts.update(set(choices))
    tally.texts += [text] if text else []
    if len(tally.texts) > FULL:
        secrets.SystemRandom().shuffle(tally.texts)
        half = len(tally.texts) // 2
        other, tally.texts = Tally(half, Counter(), tally.texts[:half]), tally.texts[half:]
        tally.answers -= half
        _write(ctx, survey.id, question, secrets.randbelow(_PARTS), other)
    _write(ctx, survey.id, question, part, tally)


def total(ctx: Context, survey: Survey, question: int) -> Tally:
    """All that was answered to the question."""
    found = Tally()
    for _, one in _parts(ctx, survey.id, question):
        found.answers += one.answers
        found.counts.update(one.counts)
        found.texts += one.texts
    found.texts.sort()
    return found


def rewrite(ctx: Context, survey: int, question: int, change: Callable[[str], str]) -> None:
    """Each text that was written is changed so."""
    for part, tally in _parts(ctx, survey, question):
        changed = [change(text) for text in tally.texts]
        if changed != tally.texts:
            tally.texts = changed
            _write(ctx, survey, question, part, tally)


def _parts(ctx: Context, survey: int, question: int) -> list[tuple[int, Tally]]:
    """The question's tallies; those that were sealed by a key which is lost are no more."""
    found = []
    for part, content in stored.tallies(ctx.tx, survey, question):
        try:
            written = unseal(ctx.settings.key, _about(survey, question), content)
        except PickleKeyError:
            continue
        read = json.loads(written)
        counts = Counter({int(choice): n for choice, n in read["counts"].items()})
        found.append((part, Tally(read["answers"], counts, read["texts"])))
    return found


def _write(ctx: Context, survey: int, question: int, part: int, tally: Tally) -> None:
    counts = {str(choice): n for choice, n in sorted(tally.counts.items())}
    content = {"answers": tally.answers, "counts": counts, "texts": sorted(tally.texts)}
    written = json.dumps(content, ensure_ascii=False).encode()
    padded = written.ljust(-(-len(written) // PADDED) * PADDED)
    sealed = seal(ctx.settings.key, _about(survey, question), padded)
    stored.set_tally(ctx.tx, survey, question, part, sealed)


def _about(survey: int, question: int) -> str:
    return f"survey {survey} question {question}"
