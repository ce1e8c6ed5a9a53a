"""A region pack read once: its tables, their rules, and the same figures as arrays."""
