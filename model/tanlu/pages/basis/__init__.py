"""The evidence: where every figure is from, how the model works, and how its past compares with the statistics."""
