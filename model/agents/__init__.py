"""Who decides: power plants, industry, companies, lenders and regulators."""
