"""Meetings of groups: planning, invitations, answers, changes, minutes."""
