"""Scenario files: what they may hold, what they extend, and how they are read."""
