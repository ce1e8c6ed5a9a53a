"""Searches: which values of levers meet aims and caps, and which of these are best."""
