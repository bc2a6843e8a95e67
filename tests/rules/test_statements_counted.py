"""How many statements commands take, each with all of its transaction: what a change adds is seen here first.

The series has twelve dates and the group seven members: a statement for each of them would be over the limit at once.
"""

from __future__ import annotations

import pytest

from bench.statements import CASES, group_that_meets

pytestmark = pytest.mark.long  # fills a group that meets for each

# Of those that change dates or answers, one says that the calendar somebody subscribed to is another.

AT_MOST = {
    "meeting move": 32,
    "meeting move, all": 32,
    "meeting edit, all": 27,
    "meeting cancel, all": 27,
    "meeting accept": 20,
    "meeting decline": 29,  # with the line that invites to say why, in the direct chat
    "meeting show": 21,
    "meeting list": 27,
    "meeting new, a series": 135,  # most of them for the seven invitations, with what is to be tapped on each
    "idea vote": 17,
    "idea show": 16,
}


@pytest.mark.parametrize("name", AT_MOST)
def test_a_command_takes_no_more_statements(name: str) -> None:
    with group_that_meets() as counted:
        text, by = CASES[name]
        taken = counted.asks(text, by)["command"].statements
    assert len(taken) <= AT_MOST[name], "\n".join(taken)


def test_taking_back_a_move_takes_no_more_statements_either() -> None:
    with group_that_meets() as counted:
        counted.asks(*CASES["meeting move, all"])
        taken = counted.takes_back(CASES["meeting move, all"][1])["command"].statements
    assert len(taken) <= 56, "\n".join(taken)
