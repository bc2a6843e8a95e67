"""Hours that people have worked: entered, withdrawn, added up, reported."""
