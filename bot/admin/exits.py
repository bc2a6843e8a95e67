"""What the exit status of a command says."""

from typing import Final

DONE: Final = 0
FAILED: Final = 1
WRONG: Final = 2  # the configuration, or the arguments
