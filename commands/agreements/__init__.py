"""What a group has agreed, and whether it came true."""

from __future__ import annotations

from commands.agreements.model import AgreementsAsked, Promise, about, add, drop, promise, read_day

__all__ = ["AgreementsAsked", "Promise", "about", "add", "drop", "promise", "read_day"]
