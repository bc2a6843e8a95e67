"""What trying the bot has shown."""

from alembic import op

revision = "0003_what_trying_has_shown"
down_revision = "0002_second_half"


def upgrade() -> None:
    # A name of signs only is found by itself; its key was empty, and so the same as any other's.
    op.execute("UPDATE members SET name_key = trim(name) WHERE name_key = ''")
    op.execute("UPDATE processes SET name_key = trim(name) WHERE name_key = ''")
