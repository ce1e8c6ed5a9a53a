"""Words in which economic laws are stated: blocks of policies, worlds, and what never falls or rises."""

from collections.abc import Sequence

import numpy as np
import pytest

from tanlu.core.axes import FUEL, RENEWABLE_FUELS, THERMAL_FUELS
from tanlu.simulation.records.year import YearRecord

STUDENT_T = {3: 4.303, 6: 2.571, 8: 2.365}  # of the 95 % interval, by the number of draws
COAL = FUEL["coal"]
THERMAL = [FUEL[name] for name in THERMAL_FUELS]
WIND_AND_SUN = [FUEL[name] for name in RENEWABLE_FUELS]
HYDRO = [FUEL[name] for name in ("hydro_reservoir", "hydro_run_of_river", "small_hydro")]
# Other worlds in which a law must hold as well.
AMID: dict[str, dict[str, dict[str, object]]] = {
    "today": {},
    "a carbon price": {"price": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 100}},
    "green money": {
        "money": {
            "kind": "green_bond_incentive",
            "from_year": 2026,
            "interest_subsidy_percentage_points": 1.5,
            "guarantee_share": 0.5,
        }
    },
}


def in_worlds(first: str, *others: str) -> pytest.MarkDecorator:
    """Try a law in several worlds, of which the others are slow."""
    return first_quick("amid", first, *others)


def first_quick(name: str, first: object, *others: object) -> pytest.MarkDecorator:
    """Try a law in several cases, of which the others are slow: some steps of an instrument, and all."""
    return pytest.mark.parametrize(
        name, [first, *(pytest.param(one, marks=pytest.mark.slow) for one in others)]
    )


def tax(price: object, **more: object) -> dict[str, dict[str, object]]:
    """Return a block of a carbon price; none where it is nothing, so that the run is that of all who ask for none."""
    if price == 0.0:
        return {}
    return {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": price, **more}}


def subsidy(rate: object = 0, **more: object) -> dict[str, dict[str, object]]:
    """Return a block of a capture subsidy; none where it pays nothing."""
    if rate == 0.0 and not more:
        return {}
    return {"stored": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": rate, **more}}


def border(price: float, **fields: object) -> dict[str, dict[str, object]]:
    block = {"kind": "border_carbon_adjustment", "from_year": 2026, "price_cny_per_tco2": price, **fields}
    return {"border": block}


def coal_rule(**rule: object) -> dict[str, dict[str, object]]:
    return {"rule": {"kind": "coal_phase_out", "from_year": 2026, **rule}}


def never_falls(values: Sequence[float], tolerance: float = 0.0) -> None:
    steps = np.diff(np.asarray(values, float))
    assert np.all(steps >= -tolerance * np.abs(values[0])), values


def never_rises(values: Sequence[float], tolerance: float = 0.0) -> None:
    never_falls([-value for value in values], tolerance)


def never_rises_in_the_mean(values: np.ndarray, tolerance: float = 0.0) -> None:
    """Demand that no step of paired draws [draw, case] rises in the mean by more than its 95 % interval tells.

    `tolerance` is a share of the first case's mean.
    """
    draws = values.shape[0]
    steps = np.diff(values, axis=1)
    half_width = STUDENT_T[draws] * steps.std(axis=0, ddof=1) / np.sqrt(draws)
    allowed = half_width + tolerance * np.abs(values[:, 0]).mean()
    assert np.all(steps.mean(axis=0) <= allowed), values


def generated_twh(of: YearRecord, fuels: Sequence[int]) -> float:
    return float(of.power.output_mwh[:, :, fuels].sum()) / 1e6


def coal_gw_years(of: YearRecord) -> float:
    return float(of.power.capacity_mw[:, :, COAL].sum()) / 1e3
