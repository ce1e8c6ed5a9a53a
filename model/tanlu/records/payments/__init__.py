"""The table of payments of a year: block by block."""
