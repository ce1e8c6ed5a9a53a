"""The view of five-year plans that a visitor decides one after the other."""
