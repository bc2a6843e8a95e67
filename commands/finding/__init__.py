"""Date finding: a group says which of a few dates suit, and the meeting is planned on the best one."""
