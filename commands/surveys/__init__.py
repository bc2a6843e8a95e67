"""Surveys: questions to a group or to all, answered with or without names."""

from __future__ import annotations

from commands.surveys.results import result_card

__all__ = ["result_card"]
