"""Idea campaigns: a question with a time window, to which ideas are submitted, with a jury and a ranking."""
