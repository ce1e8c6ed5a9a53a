"""Road vehicles: fleets that age, buyers who choose, public money for them, and the statistics behind."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.core.axes import CARRIER, PARTS, SECTOR, SEGMENTS, VEHICLE_TECHNOLOGIES, G, V
from tanlu.core.schedules import FUEL_LICENCES, VEHICLE_SUBSIDY
from tanlu.core.signals import Signals
from tanlu.industry.state import block_residual_tco2
from tanlu.region.pack import load_region
from tanlu.region.tables import year_index
from tanlu.region.vehicles import AGES, COHORT_YEARS, stock_hindcast
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.run import Run
from tanlu.transport.fleet import NEW_ENERGY, driving, fleet_at_end_of, road_oil_gj, survivors
from tanlu.transport.vehicles import FleetYear, Vehicles
from tests import model_runs, naive_vehicles
from tests.model_runs import REGION, P, measures, record, scenario

DATA = REGION.vehicles
FUEL, BATTERY, HYBRID = range(V)
YEARS = (2020, 2034)
TABLE = REGION.tables["vehicles"]


def parameter(name: str, segment: str) -> float:
    rows = TABLE[(TABLE["parameter"] == name) & (TABLE["segment"] == segment)]
    return float(rows["value"].iloc[0])


def incentive(**fields: object) -> dict[str, dict[str, object]]:
    return {"vehicles": {"kind": "vehicle_incentive", "from_year": 2026, **fields}}


@cache
def fresh() -> tuple[Vehicles, Signals]:
    """A fleet at the start of 2021 and the signals its buyers see."""
    model = RegionModel(Inputs(scenario(years=(2020, 2022)), REGION))
    model.step()
    model.year += 1
    return model.vehicles, model.announce()


def offered(**changes: object) -> FleetYear:
    """What vehicles do in 2021 with some signals changed."""
    vehicles, signals = fresh()
    return vehicles.offer(model_runs.heard(signals, **changes), 1.0)


def new_energy(year: FleetYear) -> np.ndarray:
    return year.shares[:, NEW_ENERGY].sum(axis=1)


# --- fleets ---------------------------------------------------------------------------------------------


def test_what_is_left_of_a_fleet_is_what_a_naive_count_says() -> None:
    random = np.random.default_rng(1)
    fleet = random.uniform(0.0, 1e4, (P * G, V, AGES))
    left = survivors(DATA, fleet)
    for g, segment in enumerate(SEGMENTS):
        scale, shape = parameter("life_scale_years", segment), parameter("life_shape", segment)
        # Cohorts as new: what is there now was more when it was sold.
        sold = {
            2030 - age: fleet[g, BATTERY, age] / naive_vehicles.survival(age, scale, shape)
            for age in range(AGES)
        }
        expected = naive_vehicles.left_of(sold, 2031, scale, shape, oldest=AGES - 1)
        assert left[g, BATTERY].sum() == pytest.approx(expected, rel=1e-12)
    assert not left[:, :, 0].any(), "none are new"


def test_energy_is_that_of_each_vehicle_added_up() -> None:
    random = np.random.default_rng(2)
    left = random.uniform(0.0, 1e3, (P * G, V, AGES))
    left[:, :, 0] = 0.0
    sales = random.uniform(0.0, 1e3, (P * G, V))
    need = driving(DATA, left, sales, 2030, distance_factor=0.9)
    for row in range(P * G):
        g, oil, power = row % G, 0.0, 0.0
        km = DATA.distance_km[year_index(2030), g] * 0.9
        for v in range(V):
            for age in range(AGES):
                cohort = 2030 - age - COHORT_YEARS[0]
                number = left[row, v, age] if age else 0.5 * sales[row, v]
                oil += number * km * DATA.fuel_gj_per_km[cohort, g, v]
                power += number * km * DATA.electricity_mwh_per_km[cohort, g, v]
        assert need.oil_gj[row].sum() == pytest.approx(oil, rel=1e-12)
        assert need.electricity_mwh[row].sum() == pytest.approx(power, rel=1e-12)


def test_past_fleets_are_the_statistics() -> None:
    for year in (2005, 2014, 2019, DATA.last_observed_year):
        fleet = fleet_at_end_of(DATA, year)
        np.testing.assert_allclose(fleet.sum(axis=(1, 2)), DATA.stock(year).reshape(-1), rtol=1e-9)
    with pytest.raises(ValueError, match="no statistic of vehicles in 2004"):
        fleet_at_end_of(DATA, 2004)


def test_the_stock_is_last_years_and_what_is_sold_less_what_is_scrapped() -> None:
    lived = model_runs.watch(scenario(years=YEARS))
    before = fleet_at_end_of(DATA, 2019).sum(axis=(1, 2))
    for year in lived.lived:
        fleet = year.year.fleet
        after = fleet.fleet_vehicles.sum(axis=(1, 2))
        np.testing.assert_allclose(
            after, before + fleet.sales_vehicles.sum(axis=1) - fleet.scrapped_vehicles, rtol=1e-9
        )
        np.testing.assert_allclose(after, DATA.stock(year.year.signals.year).reshape(-1), rtol=1e-9)
        assert (fleet.scrapped_vehicles >= 0.0).all()
        before = after


def test_no_electricity_without_new_energy_vehicles() -> None:
    only_fuel = np.zeros((P * G, V, AGES))
    only_fuel[:, FUEL] = 1e3
    need = driving(DATA, only_fuel, np.zeros((P * G, V)), 2030)
    assert not need.electricity_mwh.any()
    assert (need.oil_gj[:, FUEL] > 0.0).all()


# --- buyers ---------------------------------------------------------------------------------------------


def test_shares_are_the_logit_of_cost_and_unease() -> None:
    year = offered()
    np.testing.assert_allclose(year.shares.sum(axis=1), 1.0, rtol=1e-12)
    a = year.appraisal
    for row in range(P * G):
        cost = np.where(a.feasible[row], -a.worth_cny_per_year[row], np.inf)
        expected = naive_vehicles.shares((cost - np.nanmin(cost)).tolist(), a.scale_cny_per_year[row])
        np.testing.assert_allclose(year.shares[row], expected, rtol=1e-9)


def test_no_buyer_takes_what_is_not_on_offer() -> None:
    year = offered()
    trucks = [g for g, name in enumerate(SEGMENTS) if name.endswith("truck")]
    assert not year.shares.reshape(P, G, V)[:, trucks, HYBRID].any()


@given(low=st.floats(0.0, 60e3), more=st.floats(0.0, 60e3), technology=st.sampled_from([BATTERY, HYBRID]))
@settings(max_examples=30, deadline=None)
def test_more_subsidy_never_lowers_the_share(low: float, more: float, technology: int) -> None:
    def at(rate: float) -> np.ndarray:
        subsidy = np.zeros((P, G, V))
        subsidy[:, :, technology] = rate
        return new_energy(offered(subsidies={VEHICLE_SUBSIDY: subsidy}))

    assert (at(low + more) >= at(low) - 1e-12).all()


@pytest.mark.parametrize("factor", [1.2, 2.0])
def test_dear_oil_raises_and_dear_electricity_lowers_the_share(factor: float) -> None:
    _, signals = fresh()
    now = new_energy(offered())
    oil = signals.prices.energy_price_cny_per_gj * np.array([1.0, factor, 1.0, 1.0])
    assert (new_energy(offered(energy_price_cny_per_gj=oil)) > now).all()
    tariffs = signals.prices.part_price_cny_per_mwh * factor
    assert (new_energy(offered(part_price_cny_per_mwh=tariffs)) < now).all()


def test_a_carbon_price_on_transport_is_paid_at_the_pump() -> None:
    price = np.zeros((P, len(SECTOR)))
    price[:, SECTOR["transport"]] = 500.0
    with_it, without = offered(carbon={"price_cny_per_tco2": price}), offered()
    assert (new_energy(with_it) > new_energy(without)).all()
    paid = without.appraisal.worth_cny_per_year - with_it.appraisal.worth_cny_per_year
    t, cohort = year_index(2021), 2021 - COHORT_YEARS[0]
    co2 = DATA.distance_km[t][:, None] * DATA.fuel_gj_per_km[cohort] * REGION.power.carrier_co2_t_per_gj[1]
    np.testing.assert_allclose(paid, np.tile(500.0 * co2, (P, 1)), rtol=1e-9, atol=1e-9)


def test_a_licence_fee_falls_on_fuel_vehicles_alone() -> None:
    fee = np.full((P, G), 20e3)
    with_it, without = offered(levies={FUEL_LICENCES: fee}), offered()
    dearer = without.appraisal.worth_cny_per_year - with_it.appraisal.worth_cny_per_year
    assert (dearer[:, FUEL] > 0.0).all()
    assert not dearer[:, NEW_ENERGY].any()
    assert (new_energy(with_it) > new_energy(without)).all()


def test_a_mandate_binds_where_buyers_want_less_and_does_nothing_elsewhere() -> None:
    wanted = offered()
    year = offered(vehicles={"new_energy_sales_share": np.full((P, G), 0.4)})
    np.testing.assert_allclose(new_energy(year), np.maximum(new_energy(wanted), 0.4), rtol=1e-12)
    assert (new_energy(wanted) < 0.4).any()
    assert (new_energy(wanted) > 0.4).any()
    free = new_energy(wanted) > 0.4
    assert year.shares[free].tobytes() == wanted.shares[free].tobytes()
    ratio = year.shares[0, BATTERY] / year.shares[0, HYBRID]
    assert ratio == pytest.approx(wanted.shares[0, BATTERY] / wanted.shares[0, HYBRID])


# --- whole runs -----------------------------------------------------------------------------------------


def road(run: Run | object) -> np.ndarray:
    return np.asarray(run.road.emitted_tco2.sum(axis=1))


def test_each_way_of_the_incentive_lowers_oil_and_raises_electricity_on_the_road() -> None:
    without = record(scenario(years=YEARS))
    for fields in (
        {"subsidy_cny_per_vehicle": 20000},
        {"fuel_licence_cny_per_vehicle": 20000},
        {"charger_investment_bn_cny_per_year": 2},
        {"new_energy_sales_share": 0.9},
    ):
        after = record(scenario(incentive(**fields), years=YEARS))
        assert road(after)[-1] < road(without)[-1], fields
        charged = PARTS.index("vehicles")
        assert (after.demand.by_use_mwh[-1, :, charged] > without.demand.by_use_mwh[-1, :, charged]).all(), (
            fields
        )
        assert (after.demand.load_mwh[-1] > without.demand.load_mwh[-1]).all(), fields
        assert np.array_equal(road(after)[:6], road(without)[:6]), "nothing before the policy starts"


def test_the_mandate_is_met_in_every_year() -> None:
    mandate = {2026: 0.6, 2034: 0.95}
    sales = record(scenario(incentive(new_energy_sales_share=mandate), years=YEARS)).road.sales
    share = sales[6:, :, :, 1:].sum(axis=3) / sales[6:].sum(axis=3)
    least = np.interp(np.arange(2026, 2035), [2026, 2034], [0.6, 0.95])
    assert (share >= least[:, None, None] - 1e-12).all()
    assert np.isclose(share, least[:, None, None]).any(), "somewhere it binds"


def test_the_budget_pays_what_buyers_were_promised_and_no_more_than_it_holds() -> None:
    rich = scenario(incentive(subsidy_cny_per_vehicle=10000), years=YEARS)
    lived = model_runs.watch(rich)
    for year in lived.lived[6:]:
        sold = year.year.fleet.sales_vehicles[:, 1:].sum()
        assert year.year.budgets.paid_for_cny(VEHICLE_SUBSIDY) == pytest.approx(10000 * sold)
        assert year.accounts.spent_cny["vehicle_subsidy"] == pytest.approx(10000 * sold)
    poor = incentive(subsidy_cny_per_vehicle=10000, budget_bn_cny_per_year=2)
    paid = record(scenario(poor, years=YEARS)).public.sum_spent(VEHICLE_SUBSIDY).sum(axis=1)
    np.testing.assert_allclose(paid[6:], 2e9, rtol=1e-9)
    assert not paid[:6].any()
    helped = record(rich).road.sales[-1, :, :, 1:].sum()
    assert record(scenario(poor, years=YEARS)).road.sales[-1, :, :, 1:].sum() < helped


def test_fees_and_chargers_are_booked_with_the_provinces() -> None:
    both = incentive(fuel_licence_cny_per_vehicle=5000, charger_investment_bn_cny_per_year=0.5)
    lived = model_runs.watch(scenario(both, years=YEARS))
    year = lived.lived[-1]
    fees = 5000 * year.year.fleet.sales_vehicles[:, FUEL].sum()
    assert year.accounts.received_cny["fuel_licences"] == pytest.approx(fees)
    assert year.accounts.spent_cny["public_chargers"] == pytest.approx(2 * 0.5e9)


# --- against statistics ---------------------------------------------------------------------------------


def test_transport_of_the_inventory_is_road_vehicles_and_the_block() -> None:
    oil = (
        road_oil_gj(DATA, REGION.industry.inventory_year) * REGION.power.carrier_co2_t_per_gj[CARRIER["oil"]]
    )
    block = block_residual_tco2(REGION)[:, SECTOR["transport"], CARRIER["oil"]]
    listed = REGION.industry.inventory_mtco2[:, SECTOR["transport"], CARRIER["oil"]] * 1e6
    np.testing.assert_allclose(oil + block, listed, rtol=1e-12)
    assert ((oil > 0.5 * listed) & (oil < 0.9 * listed)).all(), "road is most of transport, not all of it"


def test_transport_indicators_hold_the_road() -> None:
    of = measures(scenario(years=YEARS))
    place = {name: i for i, name in enumerate(of.variables)}
    whole = of.values[place["Emissions|CO2|Energy|Demand|Transportation"]]
    part = of.values[place["Emissions|CO2|Energy|Demand|Transportation|Road"]]
    assert ((part > 0.0) & (part < whole)).all()


def test_the_ownership_curve_alone_follows_the_stock_to_the_last_statistic() -> None:
    """From 2019 on, when its fit ends."""
    years = range(2020, DATA.last_observed_year + 1)
    curve = stock_hindcast(REGION.tables, REGION.axes, DATA, 2019, years)
    observed = np.array([DATA.stock(year).sum(axis=1) for year in years])
    assert np.abs(curve / observed - 1.0).max() < 0.03


def test_sales_of_new_energy_vehicles_have_the_shape_of_the_statistic() -> None:
    """The national share of sales, which the region's buyers are fitted to, within six points every year."""
    statistic = REGION.tables["vehicle_statistics"].query("variable == 'new_energy_share_of_sales'")
    sales = record(scenario(years=YEARS)).road.sales.sum(axis=1)
    share = sales[:, :, 1:].sum(axis=(1, 2)) / sales.sum(axis=(1, 2))
    for year, value in statistic[["year", "value"]].to_numpy():
        assert share[int(year) - 2020] == pytest.approx(value, abs=0.06), year
    assert (np.diff(share[:11]) > 0.0).all()


def test_the_stock_of_new_energy_vehicles_in_chongqing_is_near_the_count_of_2025() -> None:
    statistic = REGION.tables["vehicle_statistics"].query("variable == 'new_energy_vehicles_thousand'")
    counted = float(
        statistic[(statistic["province"] == "Chongqing") & (statistic["year"] == 2025)]["value"].iloc[0]
    )
    stock = record(scenario(years=YEARS)).road.stock[5, 1, :, 1:].sum() / 1e3
    assert stock == pytest.approx(counted, rel=0.05)


def test_every_row_of_the_vehicle_table_is_read_or_known() -> None:
    assert set(TABLE["technology"].dropna()) == set(VEHICLE_TECHNOLOGIES)
    assert set(TABLE["segment"].dropna()) == set(SEGMENTS)
    np.testing.assert_allclose(DATA.segment_share.sum(axis=1), 1.0)


def test_of_vehicles_of_which_none_are_left_none_stay() -> None:
    """A taxi whose life ends as sharply as the range of its shape allows: its old cohorts are empty."""
    sharp = {"vehicles[segment=taxi,parameter=life_shape].value": 9.0}
    data = load_region("two_provinces", sharp).vehicles
    taxi = SEGMENTS.index("taxi")
    assert data.survival[taxi, -2] == data.kept_share[taxi, -1] == 0.0
    assert np.isfinite(data.kept_share).all() and (data.kept_share[taxi, :5] > 0.9).all()
