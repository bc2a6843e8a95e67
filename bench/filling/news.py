"""News, and what was said lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench.filling.people import HALL, NOW, PAGE, START, Size, user
from bench.filling.words import THINGS, word
from commands.words import key_of


def news_of(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(1, size.news + 1):
        at = START + timedelta(hours=n)
        tags = ["hund"] if n <= PAGE else [key_of(THINGS[n % len(THINGS)])]
        draft = n > size.news - PAGE
        yield {
            "id": n,
            "author": user(n % size.members),
            "title": f"Neues vom Portal {word(n)}",
            "text": "Seit heute sind es mehr Dienste.",
            "tags": tags,
            "public": False,
            "state": "draft" if draft else "published",
            "reason": None,
            "planned_at": None,
            "published_at": None if draft else at,
            "corrected_at": None,
            "created_at": at,
            "version": 1,
        }


def handled_of(size: Size) -> Iterator[dict[str, Any]]:
    for n in range(size.messages):
        at = NOW - timedelta(days=7) + timedelta(seconds=5 * n)
        known = {"event_id": f"$old{n}", "room_id": HALL, "sender": user(n % size.members), "origin_at": at}
        known |= {"handled_at": at, "outcome": "done", "command": "idea show", "counts": True}
        yield known | {"reply_id": n + 1, "error": None}


def sent_of(size: Size) -> Iterator[dict[str, Any]]:
    content = {"msgtype": "m.text", "body": "Danke.", "formatted_body": "Danke."}
    for n in range(size.messages):
        at = NOW - timedelta(days=7) + timedelta(seconds=5 * n)
        known = {"txn": f"txn{n}", "kind": "message", "room": HALL, "content": content, "priority": 0}
        known |= {"waits_for": None, "created_at": at, "state": "sent", "tried_at": None}
        yield known | {"done_at": at, "event_id": f"$sent-before-{n}", "error": None, "fleeting": False}
