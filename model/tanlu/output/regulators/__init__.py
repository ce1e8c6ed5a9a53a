"""What regulators and a joint office did in a run, from its result."""
