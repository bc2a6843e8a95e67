"""Modules lie in rooms: the names of actions and rights say which."""

import sqlalchemy as sa
from alembic import op

revision = "0004_rooms"
down_revision = "0003_what_trying_has_shown"

ROOMS = {
    "agreement_keeping": "agreements.keeping",
    "carrying": "framework.carrying",
    "event_changes": "events.changes",
    "event_seats": "events.signing_up",
    "group_approvals": "groups.approvals",
    "group_assignments": "groups.assignments",
    "group_seats": "groups.joining",
    "group_staffing": "groups.staffing",
    "groups": "groups.model",
    "idea_decisions": "ideas.decisions",
    "idea_merging": "ideas.merging",
    "idea_promotion": "processes.promotion",
    "idea_ratings": "ideas.ratings",
    "idea_reviews": "ideas.reviews",
    "idea_votes": "ideas.votes",
    "ideas": "ideas.model",
    "meeting_answers": "meetings.answers",
    "meeting_changes": "meetings.changes",
    "meeting_minutes": "meetings.minutes",
    "meeting_planning": "meetings.planning",
    "membership": "members.admission",
    "municipalities": "members.municipalities",
    "news_changes": "news.changes",
    "process_catalogue": "processes.catalogue",
    "process_consents": "products.consents",
    "process_phases": "progress.phases",
    "process_products": "products.states",
    "process_progress": "processes.evidence",
    "process_rollout": "processes.rollout",
    "profiles": "members.profiles",
    "registrations": "members.registration",
    "removed_cards": "general.removed_cards",
    "roles": "members.roles",
    "trainings": "events.trainings",
}


def upgrade() -> None:
    """What a reaction on an older message does is found under its new name."""
    tx = op.get_bind()
    offers = sa.table(
        "offers",
        sa.column("outbox_id", sa.Integer),
        sa.column("key", sa.String),
        sa.column("action", sa.String),
        sa.column("rights", sa.JSON),
    )
    for row in tx.execute(sa.select(offers)).all():
        change = sa.update(offers).where(offers.c.outbox_id == row.outbox_id, offers.c.key == row.key)
        tx.execute(change.values(action=_in_its_room(row.action)))
        if row.rights:
            rights = [[_in_its_room(one[0]), *one[1:]] for one in row.rights if isinstance(one, list)]
            tx.execute(change.values(rights=rights))


def _in_its_room(name: str) -> str:
    module, dot, function = name.rpartition(".")
    return f"{ROOMS.get(module, module)}{dot}{function}"
