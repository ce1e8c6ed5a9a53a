"""Compiled loops over loans: what falls due, and how CO2 hubs settle."""
