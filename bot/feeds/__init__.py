"""Feeds from outside: fetched, read in a process of their own, handed to the core as one transaction each."""
