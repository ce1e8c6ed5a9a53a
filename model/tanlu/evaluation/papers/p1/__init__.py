"""P1: Electricity Generation Costs, Department for Business, Energy & Industrial Strategy 2016."""
