"""One run: the model, the kinds of its agents, and the tables of a run."""
