"""The yearly tables of the carbon market, as `records/yearly.py` declares tables."""
