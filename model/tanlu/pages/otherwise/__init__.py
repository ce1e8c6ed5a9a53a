"""The view of a package under other conditions."""
