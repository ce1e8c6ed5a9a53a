"""How new buildings are built: builders and the ways they choose."""
