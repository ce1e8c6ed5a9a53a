"""One run: the model, its record, and the steps of a year."""
