"""Compiled loops of captured CO2."""
