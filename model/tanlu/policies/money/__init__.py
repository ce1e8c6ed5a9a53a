"""Instruments on money itself: what governments do with their revenue, and what lending costs."""
