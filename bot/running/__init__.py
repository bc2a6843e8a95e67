"""The bot from start to stop."""
