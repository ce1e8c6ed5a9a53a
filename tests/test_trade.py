"""Exports answer price and charges at the border, and their makers answer exports."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR, S
from tanlu.core.signals import TradeTerms
from tanlu.industry.trade import BorderCharge, ExportedVehicle, exported_share, trade_terms
from tanlu.markets.trade import added_export_demand, exports
from tanlu.policies.statutes import apply_policies
from tanlu.region.tables import year_index
from tanlu.state.drivers import exogenous_drivers
from tests.model_runs import REGION, P, record, scenario
from tests.test_announce import hear

TRADE, GOODS = REGION.trade, REGION.industry.products
USUAL = np.linspace(0.5, 2.0, len(GOODS.names))
STEEL, ALUMINIUM, CARS = GOODS.names.index("primary_steel"), GOODS.names.index("primary_aluminium"), -1
PLAN = scenario()
DRIVERS = exogenous_drivers(
    REGION, PLAN, apply_policies(PLAN.policies, REGION.axes, REGION.base_year, PLAN.years.end)
)
ROW = 2030 - REGION.base_year
EXPORTED = TRADE.export_share.sum(axis=0) > 0.0
PLAIN = np.tile(GOODS.price_cny_per_t, (P, 1))


def terms(owed: float = 0.0, on_vehicles: float = 0.0, home: Floats = PLAIN) -> TradeTerms:
    return trade_terms(
        TRADE,
        GOODS.sector,
        home_cny_per_t=home,
        abroad_cny_per_t=PLAIN,
        vehicle=ExportedVehicle(DRIVERS.exports.vehicle_price_cny[ROW], DRIVERS.exports.metal_t[ROW]),
        usual_tco2_per_t=USUAL,
        border=BorderCharge(np.full((1, P, S), owed), np.full((1, P, S), on_vehicles), pass_through=1.0),
        base_ratio=np.ones((P, len(TRADE.goods))),
    )


def border(price: float, **fields: object) -> dict[str, dict[str, object]]:
    block = {"kind": "border_carbon_adjustment", "from_year": 2026, "price_cny_per_tco2": price, **fields}
    return {"border": block}


def test_exports_have_a_constant_elasticity_of_what_buyers_pay() -> None:
    found = terms(owed=100.0)
    charge = 100.0 * USUAL[STEEL]
    np.testing.assert_allclose(found.charge_cny[0, :, STEEL], charge)
    paid = 1.0 + charge / GOODS.price_cny_per_t[STEEL]
    np.testing.assert_allclose(found.export_factor[0, :, STEEL, 1], paid ** -TRADE.price_elasticity[STEEL])
    assert np.all(found.export_factor[..., 0] == 1.0)


def test_a_dear_metal_makes_a_dear_car() -> None:
    dear = PLAIN.copy()
    dear[:, [STEEL, ALUMINIUM]] *= 1.1
    metal = TRADE.steel_t_per_vehicle * 0.1 * GOODS.price_cny_per_t[STEEL]
    metal += (
        REGION.vehicles.aluminium_t_per_vehicle[year_index(2030), 0] * 0.1 * GOODS.price_cny_per_t[ALUMINIUM]
    )
    car = REGION.vehicles.price_cny_per_vehicle[year_index(2030), 0, 0]
    found = terms(home=dear)
    np.testing.assert_allclose(
        found.export_factor[0, :, CARS, 0], (1.0 + metal / car) ** -TRADE.price_elasticity[CARS]
    )
    assert not terms(owed=100.0).charge_cny[0, :, CARS].any()
    charge = 100.0 * (DRIVERS.exports.metal_t[ROW] @ USUAL)
    np.testing.assert_allclose(terms(on_vehicles=100.0).charge_cny[0, :, CARS], charge)


@given(st.floats(0.0, 3000.0), st.floats(0.0, 3000.0), st.floats(0.5, 2.0))
def test_a_higher_charge_never_raises_exports(one: float, other: float, cost: float) -> None:
    low, high = (terms(owed=x, on_vehicles=x, home=PLAIN * cost).export_factor for x in sorted((one, other)))
    assert np.all(high <= low)


def test_output_falls_by_what_is_not_exported() -> None:
    factor = np.ones((P, len(TRADE.goods), 2))
    output, charged = exported_share(TRADE, factor)
    assert np.all(output == 1.0)
    np.testing.assert_allclose(charged, TRADE.export_share * TRADE.adjusted_share)
    factor[..., 1] = 0.5
    output, charged = exported_share(TRADE, factor)
    np.testing.assert_allclose(output, 1.0 - 0.5 * TRADE.export_share * TRADE.adjusted_share)
    np.testing.assert_allclose(charged * output, 0.5 * TRADE.export_share * TRADE.adjusted_share)


def test_statistics_hold_exports_and_later_years_answer_the_charge() -> None:
    early = hear(2024, **border(900.0, from_year=2021))
    assert np.all(early.trade.export_factor[0] == 1.0) and early.carbon.border_cost_cny_per_tco2.any()
    assert np.all(early.trade.export_factor[1, :, STEEL, 1] < 1.0)
    assert not added_export_demand(DRIVERS, early).any()
    under, free = hear(2030, **border(900.0)), hear(2030)
    less = added_export_demand(DRIVERS, free) - added_export_demand(DRIVERS, under)
    lost = (exports(DRIVERS, free) - exports(DRIVERS, under)).sum(axis=2)
    np.testing.assert_allclose(less, lost[:, :-1])  # cars bear no charge here, so no metal is missing
    assert np.all(less[:, EXPORTED[:-1]] > 0.0)


def test_cars_that_are_not_exported_take_no_metal() -> None:
    under, free = hear(2030, **border(900.0, vehicles=True)), hear(2030, **border(900.0))
    less = added_export_demand(DRIVERS, free) - added_export_demand(DRIVERS, under)
    cars = (exports(DRIVERS, free) - exports(DRIVERS, under))[:, CARS].sum(axis=1)
    assert np.all(cars > 0.0)
    np.testing.assert_allclose(less[:, ALUMINIUM], cars * DRIVERS.exports.metal_t[ROW, ALUMINIUM], rtol=1e-9)
    steel = less[:, STEEL] + less[:, GOODS.names.index("secondary_steel")]
    np.testing.assert_allclose(steel, cars * TRADE.steel_t_per_vehicle, rtol=1e-6)


def test_buyers_pay_the_usual_makers_charge() -> None:
    """So the mean price of all that is sold holds it, in proportion to where it holds."""
    under = hear(2030, **border(900.0))
    _, charged = exported_share(TRADE, under.trade.export_factor[0])
    more = under.prices.product_price_cny_per_t[:, STEEL] - under.trade.home_cny[:, STEEL]
    np.testing.assert_allclose(more, charged[:, STEEL] * under.trade.charge_cny[0, :, STEEL])
    assert np.all(more > 0.0)


@pytest.mark.parametrize("good", ["primary_steel", "primary_aluminium", "vehicles"])
def test_a_charge_at_the_border_lowers_exports_and_emissions(good: str) -> None:
    runs = [record(scenario(border(price, vehicles=True))) for price in (0.0, 300.0, 900.0)]
    column = TRADE.goods.index(good)
    volume = [float(r.trade.exports[7:, :, column].sum()) for r in runs]
    assert volume[0] > volume[1] > volume[2]
    assert np.array_equal(runs[0].trade.exports[:5], runs[2].trade.exports[:5])
    # Of industry alone: power units are lumps that can outweigh what facilities emit less.
    industrial = [s for s in range(S) if s != SECTOR["electricity"]]
    emitted = [float(r.emissions.by_sector_tco2[:, :, industrial].sum()) for r in runs]
    assert emitted[0] > emitted[2]
    paid = [float(r.trade.border_payment_cny.sum()) for r in runs]
    assert paid[0] == 0.0 < paid[1] < paid[2]


def test_a_border_charges_exporters_no_more_than_what_they_emit() -> None:
    under = record(scenario(border(600.0), years=(2020, 2030)))
    exposure = np.zeros((P, S))  # before the residual blocks, which export nothing
    charged = (TRADE.export_share * TRADE.adjusted_share)[:, :-1]
    np.maximum.at(exposure.T, REGION.industry.products.sector, charged.T)
    most = 600.0 * (under.emissions.by_sector_tco2 * exposure).sum(axis=2)
    paid = under.trade.border_payment_cny
    assert not paid[:6].any() and np.all(paid[6:] > 0.0) and np.all(paid[6:] <= most[6:] * (1.0 + 1e-9))


def test_exports_grow_when_making_is_cheaper_at_home() -> None:
    """Half of what carbon costs at home taken away, steel and aluminium sell more abroad."""
    dear, cheap = (
        hear(2030, tax={"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": x})
        for x in (200.0, 100.0)
    )
    more = (exports(DRIVERS, cheap) - exports(DRIVERS, dear)).sum(axis=2)
    assert np.all(more[:, EXPORTED] > 0.0)
    assert SECTOR["steel"] in GOODS.sector[EXPORTED[:-1]]
