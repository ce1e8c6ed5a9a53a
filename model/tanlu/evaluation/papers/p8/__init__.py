"""P8: a tradable performance standard and a cap, after Goulder, Long, Lu and Morgenstern 2022."""
