"""Pictures and pages, drawn in a process of their own (`python -m bot.drawing`): nothing else imports what draws."""
