"""What trying the bot has shown."""

revision = "0003_what_trying_has_shown"
down_revision = "0002_second_half"


def upgrade() -> None:
    pass
