"""From a reply's value to the content of a message."""
