"""The report for the steering committee: what has happened in a month, on two pages."""
