"""A package and the baseline under six conditions that may come in place of what is assumed."""
