"""Compiled loops of industry."""
