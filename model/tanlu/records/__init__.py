"""What a run remembers of a year: one part a subject, with the function that measures it."""
