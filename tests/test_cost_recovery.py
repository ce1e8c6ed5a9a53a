"""What plants earn for a MWh, and which part of the cost of building them."""

import numpy as np
import pytest

from tanlu.core.axes import FUELS
from tanlu.indicators.earnings import earnings_indicators
from tanlu.indicators.power import electricity_indicators
from tanlu.records.coal import COAL_CLASSES
from tanlu.records.earnings import measure_earnings
from tanlu.records.happened import YearOutcome
from tanlu.records.year import stack
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import REGION, scenario

RATE = REGION.parameters["cost_recovery_rate"]
WIND, COAL, BYPRODUCT, SOLAR = (FUELS.index(f) for f in ("wind", "coal", "byproduct_gas", "solar_utility"))
PLAIN = scenario(years=(2024, 2035))
NO_RENT = np.zeros(len(FUELS))


class Watched(RegionModel):
    """A model that keeps its last year."""

    def measure(self, year: YearOutcome) -> None:
        super().measure(year)
        self.last = year


@pytest.fixture(scope="module")
def lived() -> Watched:
    model = Watched(Inputs(scenario(years=(2024, 2027)), REGION))
    model.run()
    return model


def test_the_record_is_what_the_units_add_up_to(lived: Watched) -> None:
    """The twin goes unit by unit."""
    year, plants = lived.last, lived.plants
    record, accounts, now = measure_earnings(year, plants, NO_RENT), year.plants, year.signals.year
    life = REGION.power.technologies.by_fuel.lifetime_years
    sold, left, cost = np.zeros((2, len(FUELS))), np.zeros((2, len(FUELS), 2)), np.zeros((2, len(FUELS), 2))
    for i in range(accounts.output_mwh.size):
        p, f, begun = plants.province[i], plants.fuel[i], plants.commissioned_year[i]
        sold[p, f] += accounts.revenue_cny[i]
        stands = begun <= now < min(plants.retired_year[i], begun + life[f])
        if stands and plants.investment_cny[i] > 0.0:
            v = int(begun > REGION.base_year)
            left[p, f, v] += accounts.profit_cny[i]
            cost[p, f, v] += plants.investment_cny[i] * RATE / (1.0 - (1.0 + RATE) ** -int(life[f]))
    np.testing.assert_allclose(record.sold_cny, sold)
    np.testing.assert_allclose(record.left_cny, left)
    np.testing.assert_allclose(record.yearly_cost_cny, cost)
    assert cost[0, WIND].min() > 0.0 and cost[0, COAL].min() > 0.0


def test_what_has_no_known_cost_is_in_no_recovery(lived: Watched) -> None:
    record = measure_earnings(lived.last, lived.plants, NO_RENT)
    assert record.sold_mwh[:, BYPRODUCT].sum() > 0.0
    assert record.left_cny[:, BYPRODUCT].sum() == record.yearly_cost_cny[:, BYPRODUCT].sum() == 0.0


def test_the_more_sun_the_less_it_earns_for_a_mwh() -> None:
    """From 2026, the first year of usual water, on; three years apart, for stores and CO2 move the price of one."""
    record = model_runs.record(PLAIN)
    price = record.earnings.sold_cny[:, 0, SOLAR] / record.earnings.sold_mwh[:, 0, SOLAR]
    relative = price / record.power.price_cny_per_mwh[:, 0]
    assert record.power.output_mwh[-1, 0, SOLAR] > 2.0 * record.power.output_mwh[0, 0, SOLAR] > 0.0
    free = relative[2026 - 2024 :]
    assert free[-1] < free[0] - 0.02 and (free[3:] < free[:-3]).all()


def test_names_say_the_years_of_the_pack() -> None:
    names = {row.variable for row in earnings_indicators(REGION)}
    assert {"Price|Electricity|Captured|Wind", "Cost Recovery|Electricity|Coal|Built from 2021"} <= names
    of_plants = [row for row in earnings_indicators(REGION) if "Heat" not in row.variable]
    assert {row.unit for row in of_plants} == {"CNY2020/MWh", "%"}


def test_hours_of_coal_go_by_what_its_units_stand_for() -> None:
    """The classes add up to all coal; the twin goes unit by unit."""
    model = Watched(Inputs(scenario(years=(2024, 2030)), REGION))
    model.run()
    year, plants, record = model.last, model.plants, model.records[-1]
    mwh, mw = np.zeros((2, 2, len(COAL_CLASSES)))
    for i in range(year.plants.output_mwh.size):
        if plants.fuel[i] != COAL:
            continue
        must_run, own = plants.must_run_share[i] > 0.0, plants.own_use_share[i] > 0.0
        name = "captive" if own else "cogeneration" if must_run else "grid"
        name = "emergency_reserve" if plants.reserve_until_year[i] >= 2030 else name
        cell = plants.province[i], COAL_CLASSES.index(name)
        mwh[cell] += year.plants.output_mwh[i]
        mw[cell] += plants.capacity_mw[i] * plants.active(2030)[i]
    np.testing.assert_allclose(record.coal.class_mwh, mwh)
    np.testing.assert_allclose(record.coal.class_mw, mw)
    np.testing.assert_allclose(mwh.sum(axis=1), record.power.output_mwh[:, COAL])
    assert np.all(mwh[:, :3].sum(axis=0) > 0.0)
    hours = {x.variable: x.measure(stack([record])) for x in electricity_indicators()}
    captive = hours["Utilisation Hours|Electricity|Coal|Captive"]
    np.testing.assert_allclose(captive[0], mwh[:, 0] / mw[:, 0])
    assert np.all(captive > hours["Utilisation Hours|Electricity|Coal|Grid"] * 0.3)
