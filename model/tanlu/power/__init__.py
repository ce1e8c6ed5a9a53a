"""Power plants, the electricity market, tariffs and water."""
