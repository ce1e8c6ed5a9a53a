"""Keys that all instruments share: `regions`, `from_year`, `until_year` and `enabled`.

What they do to the schedule is tried for each instrument in `tests/test_policies.py`, what follows for a run once here.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from tanlu.inputs.tree import plain_data
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS
from tests.laws.harness import WIRING, Case, finished

EVERY_INSTRUMENT = Path(__file__).parents[1] / "two_provinces.yaml"


def case(policies: object, years: str) -> Case:
    return Case.create({**WIRING, "years": years, "policies": policies}, {}, 2022)


def test_a_policy_acts_in_its_years_and_provinces_alone() -> None:
    block = {"kind": "vehicle_incentive", "fuel_licence_cny_per_vehicle": 10_000}
    limits = {"from_year": 2023, "until_year": 2024, "regions": ["South"]}
    flows = pd.DataFrame(finished(case({"licence": block | limits}, "2022-2026")).run.flows())
    paid = flows[flows["item"] == "fuel_licences"]
    assert set(paid["year"]) == {2023, 2024} and set(paid["payee"]) == {"South"}


def test_no_instrument_that_is_switched_off_moves_a_bit() -> None:
    every = plain_data(read_yaml(EVERY_INSTRUMENT.read_bytes(), "every").tree)["policies"]
    assert {block["kind"] for block in every.values()} == set(KINDS)
    off = {name: {**block, "enabled": False} for name, block in every.items()}
    without, switched_off = finished(case({}, "2022-2031")), finished(case(off, "2022-2031"))
    moved = {
        name
        for row, name in enumerate(switched_off.measures.variables)
        if name in without.measures.variables
        and not np.array_equal(
            switched_off.measures.values[row],
            without.measures.values[without.measures.variables.index(name)],
        )
    }
    assert not moved
