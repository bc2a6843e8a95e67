"""`python -m bot`, and the command `pi-bot`."""

import sys

from bot.running.signals import end_at_once


def main() -> int:
    """Run one command; the exit status. A bot that is asked to end before it has begun just ends."""
    if "run" in sys.argv[1:]:
        end_at_once()
    from bot.cli import main as run  # noqa: PLC0415 - takes longer than a signal may wait

    return run()


if __name__ == "__main__":
    sys.exit(main())
