"""What all deciders share: the population base, valuation, capture terms and learning."""
