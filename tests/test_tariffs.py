"""Electricity tariffs: what makes them up, who pays for the system, and that all of it is paid."""

import numpy as np
import pytest

from tanlu.core.axes import CUSTOMERS, FUEL, PARTS, RENEWABLE_FUELS
from tanlu.markets.demand import Demand
from tanlu.markets.tariffs import bill, part_cost
from tanlu.power.tariffs import (
    COMPONENTS,
    INDUSTRIAL,
    GridUse,
    Tariffs,
    first_tariffs,
    grid_charge_factor,
    set_tariffs,
)
from tanlu.region.tables import year_index
from tanlu.state.state import Regulation
from tests import model_runs
from tests.model_runs import REGION, P, Watched, scenario, watch

DATA = REGION.tariffs
ROW = year_index(2030)
SOLD = np.array([[90e6, 300e6, 80e6, 4e6], [45e6, 100e6, 40e6, 1e6]])
REGULATED = [CUSTOMERS.index("residential"), CUSTOMERS.index("agricultural")]
FREE = [CUSTOMERS.index("industrial"), CUSTOMERS.index("commercial")]


def tariffs(
    price: float = 350.0,
    system: float = 0.0,
    sold: np.ndarray = SOLD,
    change: float = 0.0,
    relief: float = 0.0,
) -> Tariffs:
    return set_tariffs(
        DATA,
        row=ROW,
        sold_mwh=sold,
        purchase_cny=price * sold,
        system_cny=np.full(P, system),
        grid_factor=np.ones(P),
        regulated_change_cny_per_mwh=np.full((P, len(CUSTOMERS)), change),
        relief_cny=np.full(P, relief),
    )


def component(of: Tariffs, name: str) -> np.ndarray:
    return of.components_cny_per_mwh[:, :, COMPONENTS.index(name)]


@pytest.fixture(scope="module")
def run() -> Watched:
    return watch(scenario(years=(2020, 2030)))


def test_a_tariff_by_hand() -> None:
    low, grid = 350.0, DATA.transmission_distribution_cny_per_mwh[ROW]
    loss, surcharges = DATA.line_loss_share[ROW], DATA.surcharges_cny_per_mwh[ROW]
    cost = low / (1.0 - loss) + grid + surcharges
    short = (np.array([cost[:, k] - DATA.regulated_cny_per_mwh[ROW, :, k] for k in REGULATED]).T) * SOLD[
        :, REGULATED
    ]
    shared = (short.sum(axis=1) + 2e9) / SOLD[:, FREE].sum(axis=1)
    np.testing.assert_allclose(
        tariffs(low, system=2e9).tariff_cny_per_mwh[:, FREE], cost[:, FREE] + shared[:, None]
    )


def test_a_regulated_tariff_stays_and_industry_and_commerce_bear_the_rest() -> None:
    cheap, dear = tariffs(200.0), tariffs(500.0)
    for one in (cheap, dear):
        np.testing.assert_allclose(
            one.tariff_cny_per_mwh[:, REGULATED], DATA.regulated_cny_per_mwh[ROW][:, REGULATED]
        )
    assert np.all(component(dear, "cross_subsidy")[:, REGULATED] < 0.0)
    assert np.all(component(dear, "cross_subsidy")[:, FREE] > 0.0)
    assert np.all(component(cheap, "cross_subsidy")[:, FREE] < 0.0), "cheap water lowers what industry pays"


def test_what_residents_pay_more_the_others_pay_less() -> None:
    before, after = tariffs(), tariffs(change=20.0)
    rise = after.tariff_cny_per_mwh - before.tariff_cny_per_mwh
    np.testing.assert_allclose(rise[:, REGULATED], 20.0)
    spared = 20.0 * SOLD[:, REGULATED].sum(axis=1) / SOLD[:, FREE].sum(axis=1)
    np.testing.assert_allclose(rise[:, FREE], -spared[:, None] * np.ones(2))


def test_no_regulated_tariff_falls_below_nothing() -> None:
    """Where the year from which costs are counted was one of shortage, all later ones are much cheaper."""
    assert (tariffs(change=-2000.0).tariff_cny_per_mwh > -1e-9).all()


def test_cross_subsidies_cancel_out() -> None:
    for price in (0.0, 350.0, 900.0):
        paid = component(tariffs(price), "cross_subsidy") * SOLD
        np.testing.assert_allclose(paid.sum(axis=1), 0.0, atol=1e-9 * np.abs(paid).sum())


def test_a_payment_to_plants_raises_the_tariff_by_payment_over_energy() -> None:
    before, after = tariffs(), tariffs(system=3e9)
    rise = after.tariff_cny_per_mwh - before.tariff_cny_per_mwh
    np.testing.assert_allclose(rise[:, FREE], (3e9 / SOLD[:, FREE].sum(axis=1))[:, None] * np.ones(2))
    np.testing.assert_allclose(rise[:, REGULATED], 0.0, atol=1e-9)


def test_a_class_that_buys_nothing_breaks_nothing() -> None:
    none = SOLD.copy()
    none[:, CUSTOMERS.index("agricultural")] = 0.0
    assert np.all(np.isfinite(tariffs(sold=none).components_cny_per_mwh))
    assert np.all(np.isfinite(tariffs(sold=np.zeros_like(SOLD)).components_cny_per_mwh))


def test_before_the_first_year_industry_pays_the_usual_price_without_payments() -> None:
    first = first_tariffs(DATA, row=ROW, wholesale_cny_per_mwh=300.0)
    one = tariffs(300.0)
    without = one.tariff_cny_per_mwh - component(one, "cross_subsidy")
    np.testing.assert_allclose(first[:, FREE], without[:, FREE])
    np.testing.assert_array_equal(first[:, REGULATED], DATA.regulated_cny_per_mwh[ROW][:, REGULATED])


# --- by the hour -------------------------------------------------------------------------------------------------


def test_every_part_of_demand_is_bought_by_somebody_once() -> None:
    np.testing.assert_allclose(DATA.part_share.sum(axis=1), 1.0)
    assert np.all(DATA.part_share >= 0.0)


def test_who_uses_the_dear_hours_pays_more_for_energy() -> None:
    parts = np.full((len(PARTS), P), 10e6)
    shape = np.ones_like(REGION.power.load_shape)
    price = np.full(shape.shape, 300.0)
    price[:, 7] = 900.0  # August
    mean = (price * REGION.power.day_weight[:, :, None]).sum(axis=(1, 2, 3)) / 8760.0
    demand = Demand(parts, shape, parts.sum(axis=0), shape, np.zeros((2, *shape.shape)), np.zeros((1, P)))
    cost = part_cost(REGION, demand, price, mean * demand.load_mwh)
    paid = dict(zip(PARTS, cost / parts, strict=True))
    np.testing.assert_allclose(paid["data_centres"], mean, err_msg="all hours alike")
    assert np.all(paid["cooling"] > 1.3 * mean)
    np.testing.assert_allclose(paid["heating"], 300.0)
    np.testing.assert_allclose(cost.sum(axis=0), mean * demand.load_mwh)


# --- in a run ----------------------------------------------------------------------------------------------------


def test_customers_pay_for_energy_grid_funds_and_plants_and_nothing_else(run: Watched) -> None:
    """Money: the bill of all classes is what the year cost, payments to plants among it."""
    for lived in run.lived:
        year = lived.year
        row, power, sold = year.signals.data_row, year.power, year.tariffs.sold_mwh
        np.testing.assert_allclose(sold.sum(axis=1), power.load_mwh, rtol=1e-6)
        bought = (
            power.hours.load_mw * power.prices.price_cny_per_mwh * power.hours.day_weight[:, :, None]
        ).sum(axis=(1, 2, 3))
        energy = component(year.tariffs, "energy") * sold
        np.testing.assert_allclose(energy.sum(axis=1), bought, rtol=1e-9)
        loss = DATA.line_loss_share[row]
        grid = component(year.tariffs, "transmission_distribution") + DATA.surcharges_cny_per_mwh[row]
        n = year.plants.output_mwh.size
        # Paid out of the surcharges, and what the grid does not get for own use.
        fed = year.plants.feed_in_cny + year.plants.own_use_cny + year.plants.waste_fee_cny
        paid = np.bincount(
            lived.plants.province[:n], year.plants.support_cny - fed - year.plants.limit_payment_cny, P
        )
        cost = (
            (energy / (1.0 - loss) + grid * sold).sum(axis=1)
            + paid
            + power.units.uplift_cny
            - power.hydro_sales.rebate_cny
        )
        bill = (year.tariffs.tariff_cny_per_mwh * sold).sum(axis=1)
        np.testing.assert_allclose(bill, cost, rtol=1e-9)


def test_industry_pays_last_years_tariff(run: Watched) -> None:
    for before, after in zip(run.lived[:-1], run.lived[1:], strict=True):
        tariff = before.year.tariffs.tariff_cny_per_mwh[:, INDUSTRIAL]
        np.testing.assert_array_equal(after.year.signals.prices.electricity_price_cny_per_mwh, tariff)


def test_components_add_up_to_the_tariff_among_the_indicators() -> None:
    measured = model_runs.measures(scenario(years=(2020, 2030)))
    value = dict(zip(measured.variables, measured.values, strict=True))
    for customer in ("Residential", "Industry", "Commercial", "Agriculture"):
        name = f"Price|Final Energy|{customer}|Electricity"
        parts = [value[f"{name}|{part.replace('_', ' ').title()}"] for part in COMPONENTS]
        np.testing.assert_allclose(np.sum(parts, axis=0), value[name], rtol=1e-9)


def test_a_shortage_is_billed_like_any_other_hour() -> None:
    """The dearest hours are in the purchase; nobody else pays for them."""
    shape, parts = REGION.power.load_shape, np.full((len(PARTS), P), 10e6)
    demand = Demand(parts, shape, parts.sum(axis=0), shape, np.zeros((2, *shape.shape)), np.zeros((1, P)))
    price = np.full(shape.shape, 300.0)
    price[:, 7, 1, 18] = 10_000.0
    weight = REGION.power.day_weight[:, :, None]
    load_cny = (price * shape * weight).sum(axis=(1, 2, 3)) * demand.load_mwh / 8760.0
    billed = bill(
        year=2030,
        region=REGION,
        demand=demand,
        price_cny_per_mwh=price,
        load_cny=load_cny,
        system_cny=np.zeros(P),
        regulation=Regulation.from_pack(REGION.axes),
        relief_cny=np.zeros(P),
    )
    energy = billed.components_cny_per_mwh[:, :, 0] * billed.sold_mwh
    np.testing.assert_allclose(energy.sum(axis=1), load_cny, rtol=1e-12)


# --- what the grid charges ---------------------------------------------------------------------------------------

COSTS = {"peak_load_cost_cny_per_kw": 3000.0, "wind_and_sun_cost_cny_per_kw": 500.0, "yearly_cost_share": 0.1}
BASE = GridUse(
    np.array([300e6, 120e6]), np.array([60e3, 25e3]), np.array([10e3, 2e3]), np.array([54e9, 24e9])
)


def test_grid_charges_follow_the_grid_and_the_energy_it_carries_by_hand() -> None:
    same = grid_charge_factor(BASE, BASE, **COSTS)
    np.testing.assert_allclose(same, 1.0)
    now = BASE._replace(peak_mw=BASE.peak_mw + 10e3, wind_and_sun_mw=BASE.wind_and_sun_mw + 20e3)
    more = 0.1 * (10e6 * 3000.0 + 20e6 * 500.0)  # 4 bn CNY a year
    np.testing.assert_allclose(grid_charge_factor(BASE, now, **COSTS), 1.0 + more / BASE.revenue_cny)
    half = now._replace(sold_mwh=2.0 * BASE.sold_mwh)
    np.testing.assert_allclose(grid_charge_factor(BASE, half, **COSTS), 0.5 * (1.0 + more / BASE.revenue_cny))
    idle = BASE._replace(peak_mw=0.5 * BASE.peak_mw)
    np.testing.assert_allclose(grid_charge_factor(BASE, idle, **COSTS), 1.0), "a grid once built is paid for"


def test_grid_charges_are_set_for_three_years_at_a_time() -> None:
    lived = watch(scenario(years=(2020, 2040))).lived
    charge = {
        one.year.signals.year: component(one.year.tariffs, "transmission_distribution") for one in lived
    }
    for year in range(2020, 2029):
        np.testing.assert_array_equal(
            charge[year], DATA.transmission_distribution_cny_per_mwh[year_index(year)]
        )
    for start in range(2029, 2039, 3):
        np.testing.assert_array_equal(charge[start], charge[start + 2])
        assert np.all(charge[start] != charge[start - 1])
    np.testing.assert_allclose(charge[2032] / charge[2020], (charge[2032] / charge[2020])[:, :1] * np.ones(4))


def test_regulated_tariffs_follow_half_of_their_cost_when_grid_charges_are_set() -> None:
    lived = {one.year.signals.year: one.year for one in watch(scenario(years=(2020, 2040))).lived}
    for year in range(2020, 2029):
        pack = DATA.regulated_cny_per_mwh[year_index(year)]
        np.testing.assert_allclose(lived[year].tariffs.tariff_cny_per_mwh[:, REGULATED], pack[:, REGULATED])
    cost = {year: of.tariffs.cost_cny_per_mwh[:, REGULATED] for year, of in lived.items()}
    for start in range(2029, 2039, 3):
        pack = DATA.regulated_cny_per_mwh[year_index(start)][:, REGULATED]
        for year in range(start, start + 3):
            paid = lived[year].tariffs.tariff_cny_per_mwh[:, REGULATED]
            np.testing.assert_allclose(paid, pack + 0.5 * (cost[start - 1] - cost[2025]))
    assert np.abs(cost[2034] - cost[2025]).max() > 1.0


def test_what_the_grid_is_paid_is_what_more_grid_costs() -> None:
    """New charges, on last year's energy, bring the revenue of the base and the yearly cost of what came since."""
    lived = {one.year.signals.year: one.year for one in watch(scenario(years=(2020, 2040))).lived}
    x = REGION.parameters

    def use(year: int) -> GridUse:
        of = lived[year]
        peak = of.power.hours.load_mw.max(axis=(1, 2, 3))
        green = of.power.offer.capacity_by_fuel_mw[:, [FUEL[name] for name in RENEWABLE_FUELS]].sum(axis=1)
        paid = component(of.tariffs, "transmission_distribution") * of.tariffs.sold_mwh
        return GridUse(of.tariffs.sold_mwh.sum(axis=1), peak, green, paid.sum(axis=1))

    base, now = use(2025), use(2031)
    new = component(lived[2032].tariffs, "transmission_distribution")[:, 0]
    factor = new / DATA.transmission_distribution_cny_per_mwh[year_index(2032)][:, 0]
    would_bring = factor * base.revenue_cny / base.sold_mwh * now.sold_mwh
    grid = (now.peak_mw - base.peak_mw) * x["peak_load_grid_cost_cny_per_kw"]
    grid += (now.wind_and_sun_mw - base.wind_and_sun_mw) * x["wind_and_sun_grid_cost_cny_per_kw"]
    cost = base.revenue_cny + x["grid_yearly_cost_share"] * grid * 1e3
    np.testing.assert_allclose(would_bring, cost, rtol=1e-9)


def test_public_money_lowers_surcharges_to_nothing_at_most() -> None:
    plain, some, all_of_it = (tariffs(relief=relief) for relief in (0.0, 1e6, 1e15))
    charged = [(component(one, "surcharges") * SOLD).sum(axis=1) for one in (plain, some, all_of_it)]
    np.testing.assert_allclose(charged[0] - charged[1], 1e6)
    np.testing.assert_allclose(charged[2], 0.0, atol=1e-6)
    np.testing.assert_allclose(all_of_it.relief_cny, charged[0])
