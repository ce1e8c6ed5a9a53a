"""Worlds of laws: what else is in force where a lever is tried, and how long."""

from collections.abc import Mapping

type World = Mapping[str, object]

# In the first year of a line its shippers make less than they booked for, at the tariff of what they expected.
LESS_MADE: World = {"world": {"demand_factor": {2028: 1.0, 2029: 0.5}}}


def beside(**policies: Mapping[str, object]) -> World:
    """Write a world with other policies; under `lever` stand more keys of the lever's own."""
    return {"policies": policies}


def early(**policies: Mapping[str, object]) -> World:
    """Write the same world with a run that ends once the first payments are made."""
    return {"policies": policies, "years": "2022-2025"}
