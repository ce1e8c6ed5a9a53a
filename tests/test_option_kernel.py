"""The pass over what industry may change, against one pair at a time in plain Python."""

import numpy as np
import pytest

from tanlu.kernels.industry.options import (
    FacilityColumns,
    FuelTerms,
    OptionColumns,
    Recipes,
    change_facilities,
)
from tests import naive_options

N, PROCESSES, OPTIONS, FUELS, PROVINCES = 30, 5, 12, 4, 2
MARGIN = 0.15


def some(random: np.random.Generator, low: float, high: float, *shape: int) -> np.ndarray:
    return random.uniform(low, high, shape)


def system(seed: int) -> tuple[FacilityColumns, Recipes, OptionColumns, FuelTerms]:
    """Return facilities, some that capture and some blocks, and options, some that capture and some that switch."""
    random = np.random.default_rng(seed)
    captures, block = random.random(N) < 0.3, random.random(N) < 0.2
    facilities = FacilityColumns(
        province=random.integers(0, PROVINCES, N),
        is_block=block,
        capacity=np.where(block, np.inf, some(random, 1e5, 5e6, N)),
        energy_gj=some(random, 0.0, 20.0, N, FUELS),
        electricity_mwh=some(random, 0.0, 3.0, N),
        process_tco2=some(random, 0.0, 0.6, N),
        other_cost_cny=some(random, 100.0, 900.0, N),
        fixed_cost_cny=some(random, 10.0, 90.0, N),
        capturable_share=some(random, 0.0, 1.0, N),
        capture_rate=np.where(captures, some(random, 0.5, 0.95, N), 0.0),
        capture_heat_gj=some(random, 1.0, 4.0, N),
        capture_mwh=some(random, 0.05, 0.2, N),
        capture_om_cny=some(random, 20.0, 90.0, N),
        capture_site_factor=some(random, 0.5, 2.0, N),
    )
    recipes = Recipes(
        some(random, 0.0, 20.0, PROCESSES, FUELS),
        *(some(random, 0.0, 3.0, PROCESSES) for _ in range(4)),
        some(random, 0.0, 1.0, PROCESSES),
    )
    taking = random.random(OPTIONS) < 0.5
    measures = OptionColumns(
        to_process=np.where(random.random(OPTIONS) < 0.4, random.integers(0, PROCESSES, OPTIONS), -1),
        energy_factor=some(random, 0.5, 1.0, OPTIONS, FUELS),
        added_energy_gj_per_t=some(random, 0.0, 2.0, OPTIONS, FUELS),
        added_electricity_mwh_per_t=some(random, 0.0, 0.5, OPTIONS),
        process_factor=some(random, 0.5, 1.0, OPTIONS),
        variable_cost_cny_per_t=some(random, -20.0, 50.0, OPTIONS),
        fixed_om_cny_per_t_year=some(random, 0.0, 20.0, OPTIONS),
        capex_cny_per_t_year=some(random, 0.0, 900.0, OPTIONS),
        capture_rate=np.where(taking, some(random, 0.5, 0.95, OPTIONS), 0.0),
        capture_heat_gj_per_tco2=some(random, 1.0, 4.0, OPTIONS),
        capture_electricity_mwh_per_tco2=some(random, 0.05, 0.2, OPTIONS),
        capture_om_cny_per_tco2=some(random, 20.0, 90.0, OPTIONS),
        capture_capex_cny_per_tco2_year=np.where(taking, some(random, 500.0, 2000.0, OPTIONS), 0.0),
        reference_mtco2_per_year=some(random, 0.2, 2.0, OPTIONS),
        scale_exponent=some(random, 0.6, 0.9, OPTIONS),
    )
    price, co2 = some(random, 10.0, 60.0, PROVINCES, FUELS), np.array([0.095, 0.073, 0.056, 0.0])
    return facilities, recipes, measures, FuelTerms(price, co2, 2, 0.8)


@pytest.mark.parametrize("seed", range(5))
def test_every_pair_changes_what_it_does_alone(seed: int) -> None:
    facilities, recipes, measures, terms = system(seed)
    random = np.random.default_rng(seed + 100)
    output = some(random, 1e4, 4e6, N) * (random.random(N) < 0.9)
    level, row, option = some(random, 0.3, 1.1, N), *(np.indices((N, OPTIONS)).reshape(2, -1))
    changes = change_facilities(row, option, output[row], level, facilities, recipes, measures, terms, MARGIN)
    expected = [
        naive_options.change(r, o, output[r], level[r], facilities, recipes, measures, terms, MARGIN)
        for r, o in zip(row.tolist(), option.tolist(), strict=True)
    ]
    for name, kernel, plain in zip(changes._fields, changes, np.array(expected).T, strict=True):
        scale = np.abs(plain).max()
        np.testing.assert_allclose(kernel, plain, rtol=1e-12, atol=1e-12 * scale, err_msg=name)
