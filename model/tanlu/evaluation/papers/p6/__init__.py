"""P6: the screening curve of Power System Economics, Stoft 2002, with the figures of the PyPSA example."""
