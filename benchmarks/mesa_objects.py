"""Tanlu's model as one would write it in plain Mesa: an object for every decider, around the model's own markets.

The reference that `run_cost.py` measures the array model against. Data, policies, equations, draws and the order of
decisions are the same. Objects offer, keep their books and decide in plain Python; the hours of the year, captured
CO2, tariffs and road vehicles are cleared by the same compiled functions in both models. The ratio therefore says
what objects cost, and not what a dispatch without compiled code would. It keeps the headline figures of each year and
writes neither tables nor a decision ledger.

Run with `python -m benchmarks.mesa_objects [SCENARIO]` from the project's root: prints how far the two models are
apart in every year, and fails if they differ by more than the tolerance in the first ones.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.mesa_model import ObjectModel
from tanlu.core.axes import FUELS, THERMAL_FUELS
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario
from tanlu.simulation.model import Inputs, RegionModel

BASELINE = Path(__file__).resolve().parent.parent / "scenarios" / "baseline.yaml"
FIRST_YEARS = 15
# The two agree to rounding; decades later that may move a decision that hangs in the balance.
TOLERANCE = 1e-6


def object_figures(scenario: Scenario, region: Region) -> pd.DataFrame:
    """Run the object model; CO2, thermal generation and capacity by province, and the carbon price, by year.

    CO2 as emitted, and as captured and kept from the air.
    """
    return ObjectModel(scenario, region).run()


def array_figures(scenario: Scenario, region: Region) -> pd.DataFrame:
    """Return the same figures of the array model."""
    record = RegionModel(Inputs(scenario, region)).run().record
    returned = record.vented_tco2 + (record.used_tco2 - record.bound_tco2)
    thermal = [FUELS.index(f) for f in THERMAL_FUELS]
    return pd.DataFrame(
        {
            "co2_mt": ((record.emitted_tco2.sum(axis=2) + returned) / 1e6).tolist(),
            "kept_mt": ((record.stored_tco2 + record.bound_tco2) / 1e6).tolist(),
            "thermal_twh": (record.generation_mwh[:, :, thermal].sum(axis=2) / 1e6).tolist(),
            "capacity_gw": (record.capacity_mw.sum(axis=2) / 1e3).tolist(),
            "carbon_price": record.carbon_price_cny_per_tco2,
        }
    )


def differences(arrays: pd.DataFrame, objects: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the larger difference of the two provinces by figure and year, relative to the figure's highest value."""
    pairs = {
        name: [np.stack(frame[name].to_list()).reshape(len(frame), -1) for frame in (arrays, objects)]
        for name in arrays
    }
    return {
        name: np.max(np.abs(b - a) / np.maximum(np.abs(a).max(axis=0), 1e-9), axis=1)
        for name, (a, b) in pairs.items()
    }


def check(scenario: Scenario, region: Region) -> dict[str, np.ndarray]:
    """Return the relative differences between the two models.

    Raises:
        AssertionError: if a figure of the first years differs by more than the tolerance.
    """
    apart = differences(array_figures(scenario, region), object_figures(scenario, region))
    for name, gap in apart.items():
        worst = float(gap[:FIRST_YEARS].max())
        assert worst <= TOLERANCE, f"{name} of the object model is {worst:.2%} off in the first years"
    return apart


def main() -> None:
    scenario = load(Path(sys.argv[1]) if len(sys.argv) > 1 else BASELINE)
    apart = check(scenario, load_region(scenario.region))
    print("year" + "".join(f"{name:>14}" for name in apart))
    for i, year in enumerate(scenario.years.array()):
        print(f"{year}" + "".join(f"{gap[i]:14.4%}" for gap in apart.values()))


if __name__ == "__main__":
    main()
