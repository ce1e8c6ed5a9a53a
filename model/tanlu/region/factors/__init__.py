"""Cells of a region pack as factors: which ones a path means, how they may be changed, and how uncertain they are."""
