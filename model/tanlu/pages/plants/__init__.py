"""Plants on the page: what is told of one, and which differ from the baseline."""
