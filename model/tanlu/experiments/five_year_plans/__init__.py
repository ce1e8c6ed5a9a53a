"""Five-year plans that are decided one after the other, with what is known then."""
