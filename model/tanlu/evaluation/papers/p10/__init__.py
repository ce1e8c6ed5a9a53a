"""P10: a model of emission trading, banking and borrowing, Rubin 1996."""
