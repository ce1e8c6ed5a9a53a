"""Captured CO2: hubs, lines, stores and the market for it."""
