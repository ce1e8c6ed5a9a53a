"""Payments of a year, gathered from what the steps of the year brought."""
