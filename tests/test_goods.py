"""What products sell for, and what scrap costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanlu.core.axes import SECTOR, S
from tanlu.industry.prices import (
    PassThrough,
    fuel_cost_change,
    product_prices,
    scrap_prices,
    usual_tco2_per_t,
)
from tanlu.region.industry import ENERGY, Products, Scrap
from tests.model_runs import REGION, P, record, scenario, shipped, watch

STEEL = SECTOR["steel"]
GOODS = Products(
    names=("a", "primary_aluminium"),
    labels_en=("A", "B"),
    labels_zh=("甲", "乙"),
    sector=np.array([STEEL, SECTOR["cement"]]),
    price_cny_per_t=np.array([1000.0, 200.0]),
    usual_energy_gj_per_t=np.array([[10.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]]),
    usual_electricity_mwh_per_t=np.array([2.0, 0.0]),
    usual_process_tco2_per_t=np.array([0.0, 0.5]),
    usual_metal_t_per_t=np.zeros(2),
)
BASE = np.tile([30.0, 140.0, 60.0, 35.0], (P, 1))
CO2 = np.array([0.1, 0.07, 0.05, 0.0])
FREE = np.zeros((P, S))


def prices(
    now: np.ndarray = BASE,
    carbon: np.ndarray = FREE,
    power: float = 500.0,
    fuel_share: float = 1.0,
    carbon_share: float = 1.0,
) -> np.ndarray:
    return product_prices(
        GOODS,
        fuel_cost_change_cny_per_t=fuel_cost_change(GOODS, now - BASE),
        electricity_price_cny_per_mwh=np.full(P, power),
        base_electricity_price_cny_per_mwh=np.full(P, 500.0),
        carbon_cost_cny_per_tco2=carbon,
        usual_tco2_per_t=usual_tco2_per_t(GOODS, CO2),
        passed_on=PassThrough(fuel=fuel_share, electricity=0.5, carbon=carbon_share),
    )


def test_a_product_follows_the_price_of_the_fuel_that_it_takes() -> None:
    dear = BASE + np.array([[5.0, 0.0, 0.0, 0.0], [0.0, 0.0, 10.0, 0.0]])
    np.testing.assert_allclose(prices(), [[1000.0, 200.0]] * 2)
    np.testing.assert_allclose(prices(dear), [[1050.0, 200.0], [1020.0, 200.0]])
    np.testing.assert_allclose(prices(dear, fuel_share=0.4), [[1020.0, 200.0], [1008.0, 200.0]])


def test_a_product_carries_a_part_of_what_electricity_costs() -> None:
    np.testing.assert_allclose(prices(power=560.0), [[1060.0, 200.0]] * 2)


def test_a_product_carries_the_carbon_cost_of_its_sector() -> None:
    carbon = FREE.copy()
    carbon[0, STEEL], carbon[1, SECTOR["cement"]] = 100.0, 40.0
    np.testing.assert_allclose(prices(carbon=carbon), [[1000.0 + 110.0, 200.0], [1000.0, 220.0]])
    np.testing.assert_allclose(prices(carbon=carbon, carbon_share=0.5), [[1055.0, 200.0], [1000.0, 210.0]])


def test_the_usual_process_is_the_first_of_the_pack() -> None:
    goods, processes = REGION.industry.products, REGION.industry.processes
    steel, row = goods.names.index("primary_steel"), processes.names.index("steel_bf_bof")
    np.testing.assert_array_equal(goods.usual_energy_gj_per_t[steel], processes.energy_gj_per_t[row])
    assert goods.usual_energy_gj_per_t.shape == (len(goods.names), len(ENERGY))


def test_every_industry_earns_something_at_the_output_and_prices_of_2020() -> None:
    """An industry that loses money in the base year would have been gone: its costs or prices would be wrong."""
    lived = watch(shipped("baseline")).lived[0]
    industry, accounts = watch(shipped("baseline")).industry, lived.year.industry
    for g, name in enumerate(REGION.industry.products.names):
        makers = (industry.product == g) & ~industry.is_block
        sales = accounts.revenue_cny[makers].sum()
        if sales > 0.0:
            assert 0.0 < accounts.profit_cny[makers].sum() / sales < 0.4, name


def test_facilities_stay_in_business_when_coal_is_dear_everywhere() -> None:
    dear = scenario(world={"coal_price_factor": 1.5})
    primary = REGION.industry.products.names.index("primary_steel")
    now, then = (record(what).industry.output_t[10, :, primary].sum() for what in (scenario(), dear))
    assert then == pytest.approx(now, rel=0.15)


# --- scrap -------------------------------------------------------------------------------------------------------

only_steel = np.arange(S) == STEEL
SCRAP = Scrap(
    price_cny_per_t=2000.0 * only_steel,
    supply_elasticity=2.0 * only_steel,
    supply_t=np.array([10e6 * only_steel, 20e6 * only_steel]),
    use_elsewhere_t=np.array([4e6 * only_steel, 0.0 * only_steel]),
)


def scrap_price(use_t: float, row: int = 1) -> float:
    return float(scrap_prices(SCRAP, use_t * only_steel, row)[STEEL])


def test_the_price_is_the_base_price_where_use_is_what_is_offered_at_it() -> None:
    assert scrap_price(20e6) == pytest.approx(2000.0)
    assert scrap_price(6e6, row=0) == pytest.approx(2000.0), "others use the rest"
    assert scrap_price(80e6) == pytest.approx(4000.0), (
        "four times as much at an elasticity of two: twice the price"
    )
    assert not scrap_prices(SCRAP, 5e6 * only_steel, 1)[~only_steel].any()


@given(st.floats(1e5, 1e8), st.floats(1.01, 5.0))
def test_more_use_costs_more_and_more_supply_less(use_t: float, times: float) -> None:
    assert scrap_price(use_t * times) > scrap_price(use_t)
    richer = SCRAP._replace(supply_t=SCRAP.supply_t * times)
    assert scrap_prices(richer, use_t * only_steel, 1)[STEEL] < scrap_price(use_t)


def test_scrap_costs_in_the_base_year_what_it_cost() -> None:
    signals = watch(shipped("baseline")).lived[1].year.signals  # its prices are those of the year before
    assert signals.prices.scrap_price_cny_per_t[STEEL] == pytest.approx(2300.0, rel=0.01)
