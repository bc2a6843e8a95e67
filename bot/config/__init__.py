"""The configuration: which keys there are, and reading them."""
