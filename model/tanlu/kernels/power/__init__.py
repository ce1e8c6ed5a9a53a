"""Compiled loops of the power system."""
