"""Long runs by hand: `python -m tests.simulator --seeds 1-50 --steps 400`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from commands.framework.declarations import COMMANDS
from tests.simulator.run import BrokenError, play


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Plays a town by lot and looks at what must be true after each step."
    )
    parser.add_argument("--seeds", default="1-10", help="the first and the last one")
    parser.add_argument("--steps", type=int, default=300)
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    broken, kept = 0, Counter[str]()
    for seed in range(int(first), int(last or first) + 1):
        try:
            kept += play(seed, steps=asked.steps)
        except BrokenError as error:
            broken += 1
            sys.stdout.write(f"{error}\n")
        else:
            sys.stdout.write(f"seed {seed}: {asked.steps} steps, all true\n")
        sys.stdout.flush()
    never = sorted(set(COMMANDS) - set(kept))
    seldom = ", ".join(f"{name} {count}" for name, count in kept.most_common()[:-11:-1])
    sys.stdout.write(
        f"{kept.total()} commands carried out; seldom: {seldom}; never: {', '.join(never) or 'none'}\n"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
