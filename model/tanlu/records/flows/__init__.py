"""Who pays whom in a year, gathered from what the steps of the year brought."""
