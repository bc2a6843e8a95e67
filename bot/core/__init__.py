"""What runs inside a transaction; it knows nothing of the network."""
