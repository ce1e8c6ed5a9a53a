"""Worlds of laws: what else is in force where a lever is tried, and how long."""

from collections.abc import Mapping

type World = Mapping[str, object]


def beside(**policies: Mapping[str, object]) -> World:
    """Write a world with other policies; under `lever` stand more keys of the lever's own."""
    return {"policies": policies}


def early(**policies: Mapping[str, object]) -> World:
    """Write the same world with a run that ends once the first payments are made."""
    return {"policies": policies, "years": "2022-2025"}
