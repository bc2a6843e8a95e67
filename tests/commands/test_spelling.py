"""How alike two spellings are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.spelling import NEAR, most_alike, slips


@pytest.mark.parametrize(
    ("typed", "known", "count"),
    [
        ("idee", "idee", 0),
        ("ide", "idee", 1),
        ("ieee", "idee", 1),
        ("sitzug", "sitzung", 1),
        ("termnie", "termine", 2),
        ("umfrage", "anfrage", 2),
        ("idee", "sitzung", NEAR + 1),
        ("", "idee", NEAR + 1),
        ("x" * 60_000, "idee", NEAR + 1),
    ],
)
def test_letters_put_in_taken_out_or_changed_are_counted(typed: str, known: str, count: int) -> None:
    assert slips(typed, known) == count
    assert slips(known, typed) == count


@given(st.text(max_size=8), st.text(max_size=8))
def test_only_the_same_has_no_slip(one: str, other: str) -> None:
    assert (slips(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("muttenz", "Muttenz"),
        ("Mutenz", "Muttenz"),
        ("Liestahl", "Liestal"),
        ("Zürich", None),
        ("", None),
        ("Muttenz " * 10_000, None),
    ],
)
def test_the_most_alike_is_found_or_none(typed: str, meant: str | None) -> None:
    assert most_alike(typed, ["Liestal", "Muttenz", "Pratteln"], least=0.8) == meant
    assert most_alike(typed, [], least=0) is None
