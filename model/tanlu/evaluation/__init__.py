"""The model against what was observed: checks of a region pack, backtests, past years."""
