"""Everything the community has made, as tables and for other programs."""
