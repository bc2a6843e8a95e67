"""What people might type, for the property tests."""

from __future__ import annotations

from hypothesis import strategies as st

import commands
from commands.framework.declarations import NAMES

commands.load()
WORDS = st.sampled_from(
    [
        *"|:!#\n\t ",
        " | ",
        ": ",
        "I12",
        "@pia:localhost",
        "Pia",
        "Aesch",
        "ja",
        "18.03.2027",
        "13:30",
        "in 99999999 Wochen",
    ]
    + [
        "morgen",
        "7d, 1d",
        "99999999999h",
        "9999-12-31 23:59",
        "https://a.ch",
        "0001-01-01",
        "31.02.2027",
        "ſeite",
        "LİNK",
    ]
    + sorted(NAMES)[:40]
    + [
        f"{label}:"
        for label in (
            "thema",
            "wann",
            "seite",
            "grund",
            "bis",
            "von",
            "wer",
            "ANMELDUNG BIS",
            "thmea",
            "titel",
        )
    ]
)
TYPED = st.one_of(
    st.text(max_size=60), st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=12).map(" ".join)
)
