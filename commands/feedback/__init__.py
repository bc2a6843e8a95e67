"""What people think of a process's service: staff say it here, residents' answers are imported."""
