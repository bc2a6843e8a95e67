"""News, and when they are published."""
