"""Chongqing's pilot carbon market: who leaves it when, and what its companies get back."""

import numpy as np
import pytest

from tanlu.core.axes import SECTORS
from tanlu.policies.carbon_market import NATIONAL_COVERAGE
from tanlu.policies.statutes import apply_policies
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, ROOT

FILE = ROOT / "scenarios" / "pilot" / "chongqing_pilot.yaml"
PILOT_SECTORS = ("steel", "cement", "aluminium", "chemicals")
CHONGQING = REGION.axes.provinces.index("Chongqing")


def test_a_sector_leaves_the_pilot_when_it_joins_the_national_market() -> None:
    """Every year of 2021 to 2060, both provinces and all sectors: a price of one market, never of both."""
    what = load(FILE)
    schedule = apply_policies(what.policies, REGION.axes, what.years.start, what.years.end)
    pays, covered = schedule.carbon.price_cny_per_tco2 > 0.0, schedule.carbon.covered > 0.0
    assert not (pays & covered).any()
    for sector in PILOT_SECTORS:
        years = schedule.years[pays[:, CHONGQING, SECTORS.index(sector)]]
        np.testing.assert_array_equal(years, np.arange(2021, NATIONAL_COVERAGE[sector]), err_msg=sector)
    assert pays.sum() == 3 * 3 + 6, "of no other province or sector"


def test_companies_get_back_what_95_percent_of_the_cap_is_worth() -> None:
    """Money of one draw: 2021 with steel, cement and aluminium, 2024 with chemicals alone."""
    model = RegionModel(Inputs(load(FILE), REGION))
    office = model.regulators["Chongqing"]
    for year in range(2020, 2025):
        model.step()
        paid = {payer: cny for payer, _, item, cny in office.payments.flows if item == "carbon_price"}
        refunded = {payee: cny for _, payee, item, cny in office.payments.flows if item == "refund_by_output"}
        sectors = PILOT_SECTORS if 2021 <= year <= 2023 else PILOT_SECTORS[3:] if year == 2024 else ()
        assert refunded.keys() == {f"industry_{sector}" for sector in sectors}, year
        for sector, cny in refunded.items():
            assert cny == pytest.approx(0.95 * paid[sector])
