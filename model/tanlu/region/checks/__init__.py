"""What the tables of a region pack must hold, judged by their text, and what in them looks odd."""
