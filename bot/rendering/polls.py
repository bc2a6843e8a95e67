"""The contents of a poll's events, in the form that today's clients show (MSC3381, unstable).

The stable forms are empty messages to them, and not allowed in rooms as they are.
"""

from __future__ import annotations

from typing import Any, Final

from commands.framework.outside import Ballot

TEXT: Final = "org.matrix.msc1767.text"
START: Final = "org.matrix.msc3381.poll.start"
END: Final = "org.matrix.msc3381.poll.end"
UNDISCLOSED: Final = "org.matrix.msc3381.poll.undisclosed"


def start_of(message: dict[str, Any], ballot: Ballot) -> dict[str, Any]:
    """The content of a poll; what the message says is read where there are no polls."""
    choices = [{"id": str(place), TEXT: text} for place, text in enumerate(ballot.choices, 1)]
    return message | {
        TEXT: message["body"],
        START: {
            "kind": UNDISCLOSED,
            "max_selections": ballot.most,
            "question": {TEXT: ballot.question, "body": ballot.question, "msgtype": "m.text"},
            "answers": choices,
        },
    }


def end_of(message: dict[str, Any]) -> dict[str, Any]:
    """The content of a poll's end, but for which it ends."""
    return message | {TEXT: message["body"], END: {}}


def message_of(content: dict[str, Any]) -> dict[str, Any]:
    """A poll, or its end, as a message like others, where the homeserver takes no poll."""
    return {name: value for name, value in content.items() if name not in (TEXT, START, END, "m.relates_to")}
