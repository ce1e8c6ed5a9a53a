"""What is found of a run: why it stopped, which balance is open, what was not felt in it."""
