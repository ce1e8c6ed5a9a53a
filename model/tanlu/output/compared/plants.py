"""Which plants and facilities decide otherwise: the steps that each takes in the first draw."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from tanlu.core.words.said import COMMAS

PLANTS = ("PowerPlants", "Industry")  # kinds of deciders that are plants; buyers and builders choose shares
KEEP = "keep"


class Step(NamedTuple):
    """What a plant began."""

    year: int
    option: str


def steps_of(decisions: pd.DataFrame) -> dict[str, tuple[Step, ...]]:
    """Return what each plant began in the first draw, in order of years; those that go on as they are not named."""
    mine = decisions[(decisions["replication"] == 0) & decisions["chosen"] & decisions["started"]]
    mine = mine[mine["kind"].isin(PLANTS) & (mine["option"] != KEEP)].sort_values("year", kind="stable")
    found: dict[str, tuple[Step, ...]] = {}
    for decider, year, option in zip(mine["decider"], mine["year"], mine["option"], strict=True):
        found[str(decider)] = (*found.get(str(decider), ()), Step(int(year), str(option)))
    return found


def changed_decisions(tables: Sequence[pd.DataFrame | None], names: Sequence[str]) -> pd.DataFrame:
    """Return the plants whose steps are not the same in all results: one row a plant, one column a result.

    A cell holds its steps, none where it goes on as it is. Empty where a result lacks its decisions.
    """
    if any(table is None for table in tables):
        return pd.DataFrame(columns=list(names))
    found = [steps_of(table) for table in tables if table is not None]
    plants = sorted({plant for one in found for plant in one})
    rows = {plant: [one.get(plant, ()) for one in found] for plant in plants}
    changed = {plant: steps for plant, steps in rows.items() if len(set(steps)) > 1}
    cells = {name: [steps[i] for steps in changed.values()] for i, name in enumerate(names)}
    return pd.DataFrame(cells, index=pd.Index(list(changed), name="decider"), columns=list(names))


def steps_in_words(steps: Sequence[Step], label: Callable[[str], str], language: str) -> str:
    """Return steps as a list in words; `label` gives what an option is called."""
    return COMMAS[language].join(f"{one.year} {label(one.option)}" for one in steps) or label(KEEP)
