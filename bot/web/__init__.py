"""What is seen outside the chat: pages, feeds, a calendar and open data, also as files for any static host."""
