"""The measurements of the guarantees: `make bench`, or `python -m bench [PART ...]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.bots import compare
from bench.day import live_through_a_day
from bench.encrypted import compare_encrypted
from bench.filled import compare_filled
from bench.growth import compare_growth
from bench.profile import profile
from bench.reminders import measure_reminders
from bench.rounds import Amounts
from bench.sentences import measure_sentences
from bench.statements import count_statements

PARTS = ("bots", "encrypted", "growth", "day", "filled", "reminders", "profile", "statements", "sentences")


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the bots and the homeserver too
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them without")
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    parser.add_argument("--quick", action="store_true", help="too few to say much: does it work?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--only", metavar="WORDS", help="filled: only commands that begin so")
    parser.add_argument(
        "--beside", type=Path, metavar="CHECKOUT", help="bots: a former state of this project too"
    )
    parser.add_argument("--members", type=int, help="day: how many there are")
    parser.add_argument("--minutes", type=float, help="day: how long it takes")
    parser.add_argument(
        "--kept", type=Path, metavar="FOLDER", help="day: its people and rooms are made there once"
    )
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {', '.join(unknown)}")
    parts = asked.parts or PARTS
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.platform()}, Python {platform.python_version()}",
    }
    if "bots" in parts:
        quick = Amounts(single=6, load=24, rounds=asked.rounds or 2)
        usual = Amounts(rounds=asked.rounds or Amounts.rounds)
        found["bots"] = asyncio.run(compare(quick if asked.quick else usual, asked.beside))
    if "encrypted" in parts:
        quick = Amounts(single=6, load=50, rounds=asked.rounds or 1)
        usual = Amounts(load=300, rounds=asked.rounds or 3)
        found["encrypted"] = asyncio.run(compare_encrypted(quick if asked.quick else usual))
    if "growth" in parts:
        quick = Amounts(single=6, rounds=asked.rounds or 1)
        usual = Amounts(rounds=asked.rounds or 5)
        found["growth"] = asyncio.run(compare_growth(quick if asked.quick else usual, quick=asked.quick))
    if "day" in parts:
        few, short = (50, 1.0) if asked.quick else (1_000, 5.0)
        found["day"] = asyncio.run(
            live_through_a_day(members=asked.members or few, minutes=asked.minutes or short, kept=asked.kept)
        )
    if "filled" in parts:
        found["filled"] = compare_filled(quick=asked.quick, rounds=asked.rounds, only=asked.only)
    if "reminders" in parts:
        found["reminders"] = measure_reminders(quick=asked.quick, rounds=asked.rounds)
    if "profile" in parts:
        found["profile"] = asyncio.run(profile(quick=asked.quick))
    if "statements" in parts:
        found["statements"] = count_statements()
    if "sentences" in parts:
        found["sentences"] = measure_sentences()
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    return 1 if found.get("day", {}).get("wrong") else 0


if __name__ == "__main__":
    sys.exit(main())
