"""Long runs by hand: `python -m tests.simulator --seeds 1-50 --steps 400`."""

from __future__ import annotations

import argparse
import sys

from tests.simulator.run import BrokenError, play


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Plays a town by lot and looks at what must be true after each step."
    )
    parser.add_argument("--seeds", default="1-10", help="the first and the last one")
    parser.add_argument("--steps", type=int, default=300)
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    broken = 0
    for seed in range(int(first), int(last or first) + 1):
        try:
            play(seed, steps=asked.steps)
        except BrokenError as error:
            broken += 1
            sys.stdout.write(f"{error}\n")
        else:
            sys.stdout.write(f"seed {seed}: {asked.steps} steps, all true\n")
        sys.stdout.flush()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
