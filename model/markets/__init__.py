"""Where offers meet demand: electricity, carbon, captured CO2 and goods."""
