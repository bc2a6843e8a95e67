"""The homeserver: what is new there, and what is sent."""
