"""Administrative processes (concept 4.4, 7.3): what one looks like; the commands are in `process_*`.

Groups, meetings and ideas look at processes through this module too.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from commands.api import card
from commands.context import Context
from commands.errors import NotFound
from commands.replies import Machine, Refused, Reply
from commands.types import reference
from storage import processes
from storage.processes import Process

ProcessRef = Annotated[int, reference("process")]
SIGN: Final = "🧭"
PHASES: Final = (
    "identified",
    "frontend_design",
    "frontend_review",
    "frontend_live",
    "results_presented",
    "backend_design",
    "backend_review",
    "backend_live",
    "rollout_first_movers",
    "rollout_all",
)


class AboutProcess(Reply):
    """A reply that carries a process."""

    abstract: ClassVar[bool] = True
    process: Process

    def machine(self) -> Machine:
        return process_machine(self.process)


class ProcessCard(AboutProcess):
    """A process as everybody sees it."""


def process_machine(process: Process) -> Machine:
    """The process as other programs read it."""
    found = {
        "life_situation": process.life,
        "evaluation_until": process.evaluation_until.isoformat() if process.evaluation_until else None,
        "reason": process.reason,
    }
    return {
        "type": "process",
        "ref": f"P{process.id}",
        "title": process.name,
        "state": process.phase,
        "on_hold": process.on_hold,
        "dropped": process.dropped,
        "class": process.klass,
    } | {key: value for key, value in found.items() if value}


def get(ctx: Context, number: int) -> Process:
    """The process. Refuses: NotFound."""
    process = processes.find(ctx.tx, number)
    if process is None:
        raise Refused(NotFound(ref=f"P{number}", noun="prozess"))
    return process


@card("process", letter="P", sign=SIGN, purpose="agenda", seeds=("✅",))
def process_card(ctx: Context, number: int) -> ProcessCard:
    return ProcessCard(get(ctx, number))
