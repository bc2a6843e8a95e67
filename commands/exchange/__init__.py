"""The exchange: what municipalities offer and need, and what of it fits together."""
