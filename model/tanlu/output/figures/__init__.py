"""Figures that people read: each made once, for the command line and the page."""
