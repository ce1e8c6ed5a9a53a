"""The model beside what was observed: checks of a region pack, backtests, past years."""
