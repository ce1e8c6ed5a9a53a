"""New buildings: how builders choose, what modules are worth to them, and what industry makes less or more of."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.buildings.builders import INDUSTRIALISED, Builders, BuildingYear, building_worth
from tanlu.core.axes import BUILDING_METHODS, M
from tanlu.core.schedules import BUILDING_SUBSIDY
from tanlu.core.signals import Signals
from tanlu.markets.buildings import added_demand
from tanlu.region.buildings import CAST_IN_PLACE
from tanlu.region.tables import year_index
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.state.drivers import steel_share
from tanlu.state.state import Statistic
from tests import model_runs
from tests.model_runs import REGION, P, record, scenario, shipped

DATA = REGION.buildings
STEEL_SHARE = steel_share(REGION.industry)
PREFABRICATED, MODULAR = (BUILDING_METHODS.index(name) for name in ("prefabricated", "modular"))
YEARS = (2020, 2034)
PRODUCTS = REGION.industry.products.names
RISE = DATA.fastest_rise_share_per_year


def support(**fields: object) -> dict[str, dict[str, object]]:
    return {"modules": {"kind": "modular_building", "from_year": 2026, **fields}}


@cache
def fresh() -> tuple[Builders, Signals]:
    """Builders at the start of 2021 and the signals they see."""
    model = RegionModel(Inputs(scenario(years=(2020, 2022)), REGION))
    model.step()
    model.year += 1
    return model.builders, model.announce()


def offered(**changes: object) -> BuildingYear:
    """What builders do in 2021 with some signals changed."""
    builders, signals = fresh()
    return builders.offer(model_runs.heard(signals, **changes), 1.0)


def worth_of(signals: Signals) -> np.ndarray:
    return np.sum(building_worth(DATA, signals), axis=0)


def industrialised(year: BuildingYear) -> np.ndarray:
    return year.shares[:, INDUSTRIALISED].sum(axis=1)


# --- what a method is worth -----------------------------------------------------------------------------


def test_the_value_of_a_square_metre_is_sales_less_construction_discounted() -> None:
    _, signals = fresh()
    value = worth_of(signals._replace(modular_cost_factor=1.1, modular_time_factor=0.6))
    years, rate = 0.6 * DATA.construction_years, 1.0 + DATA.discount_rate
    sales = DATA.sale_price_cny_per_m2 * rate ** (-DATA.sold_at_share * years)
    built = 1.1 * DATA.construction_cost_cny_per_m2 * rate ** (-0.5 * years)
    np.testing.assert_allclose(value[:, MODULAR], sales - built, rtol=1e-12)


def test_time_saved_earns_money() -> None:
    _, signals = fresh()
    slow, fast = (
        worth_of(signals._replace(modular_cost_factor=1.0, modular_time_factor=time)) for time in (1.0, 0.6)
    )
    np.testing.assert_allclose(slow[:, MODULAR], slow[:, CAST_IN_PLACE], rtol=1e-12)
    assert (fast[:, MODULAR] > slow[:, MODULAR]).all()
    assert np.array_equal(fast[:, CAST_IN_PLACE], slow[:, CAST_IN_PLACE])


def test_a_bonus_of_floor_area_is_worth_its_share_of_the_earnings() -> None:
    _, signals = fresh()
    bonus = np.zeros((P, M))
    bonus[:, MODULAR] = 0.03
    with_it = worth_of(model_runs.heard(signals, buildings={"floor_area_bonus_share": bonus}))
    without = worth_of(signals)
    np.testing.assert_allclose(with_it[:, MODULAR], 1.03 * without[:, MODULAR], rtol=1e-12)
    assert np.array_equal(with_it[:, CAST_IN_PLACE], without[:, CAST_IN_PLACE])


# --- how builders choose --------------------------------------------------------------------------------


def test_shares_make_a_whole_and_floor_area_is_that_of_the_pack() -> None:
    for year in (offered(), offered(modular_cost_factor=0.35, modular_time_factor=0.4)):
        np.testing.assert_allclose(year.shares.sum(axis=1), 1.0, rtol=1e-12)
        assert (year.shares >= 0.0).all()
        np.testing.assert_allclose(
            year.floor_area_m2.sum(axis=1), DATA.floor_area_m2[year_index(2021)], rtol=1e-12
        )


@given(
    low=st.floats(0.0, 600.0), more=st.floats(0.0, 600.0), method=st.sampled_from([PREFABRICATED, MODULAR])
)
@settings(max_examples=30, deadline=None)
def test_more_subsidy_never_lowers_the_share(low: float, more: float, method: int) -> None:
    def at(rate: float) -> np.ndarray:
        subsidy = np.zeros((P, M))
        subsidy[:, method] = rate
        return industrialised(offered(subsidies={BUILDING_SUBSIDY: subsidy}))

    assert (at(low + more) >= at(low) - 1e-12).all()


def test_plants_limit_how_fast_the_share_rises_and_that_of_modules() -> None:
    builders, _ = fresh()
    rush = offered(modular_cost_factor=0.2, modular_time_factor=0.2)
    before = builders.last_share
    np.testing.assert_allclose(industrialised(rush), before[:, INDUSTRIALISED].sum(axis=1) + RISE, rtol=1e-12)
    np.testing.assert_allclose(rush.shares[:, MODULAR], before[:, MODULAR] + RISE, rtol=1e-12)


def test_a_mandate_binds_even_where_plants_are_short_and_does_nothing_where_more_is_built() -> None:
    asked = offered(buildings={"industrialised_share": np.array([0.6, 0.6])})
    np.testing.assert_allclose(industrialised(asked), 0.6, rtol=1e-12)
    little = offered(buildings={"industrialised_share": np.array([0.05, 0.05])})
    assert little.shares.tobytes() == offered().shares.tobytes()


# --- whole runs -----------------------------------------------------------------------------------------


def test_subsidies_are_paid_from_the_budget_and_no_more_than_it_holds() -> None:
    rich = model_runs.watch(scenario(support(subsidy_cny_per_m2=150), years=YEARS))
    for year in rich.lived[6:]:
        claims = 150 * year.year.new_buildings.floor_area_m2[:, INDUSTRIALISED].sum()
        assert year.year.budgets.paid_for_cny(BUILDING_SUBSIDY) == pytest.approx(claims)
        assert year.accounts.spent_cny["building_subsidy"] == pytest.approx(claims)
    poor = support(subsidy_cny_per_m2=150, budget_bn_cny_per_year=1)
    paid = record(scenario(poor, years=YEARS)).public.sum_spent(BUILDING_SUBSIDY).sum(axis=1)
    np.testing.assert_allclose(paid[6:], 1e9, rtol=1e-9)
    assert not paid[:6].any()


def test_the_mandate_is_met_in_every_year() -> None:
    area = record(
        scenario(support(mandate_share={2026: 0.4, 2034: 0.8}), years=YEARS)
    ).buildings.floor_area_m2[6:]
    share = 1.0 - area[:, :, CAST_IN_PLACE] / area.sum(axis=2)
    np.testing.assert_allclose(
        share, np.broadcast_to(np.linspace(0.4, 0.8, 9)[:, None], share.shape), rtol=1e-9
    )


def test_clinker_falls_by_what_modules_save_while_plants_run() -> None:
    """To the last statistic industry makes what it holds; later what buildings take less is made less."""
    with_them, without = (record(shipped(name)) for name in ("modular_promoters", "modular_evidence"))
    clinker = PRODUCTS.index("clinker")
    made = with_them.industry.output_t[:, :, clinker] - without.industry.output_t[:, :, clinker]
    cement = with_them.buildings.cement_t - without.buildings.cement_t
    assert not made[:6].any()
    assert (cement[6:21] < 0.0).all()
    np.testing.assert_allclose(made[6], DATA.clinker_per_cement * cement[6], rtol=1e-6)
    assert (made[6:21] < 0.0).all()


def test_what_is_added_is_another_way_of_building_and_the_aluminium_of_more_cars() -> None:
    lived = model_runs.watch(scenario(years=YEARS)).lived
    last, year = lived[4].year, lived[-1].year
    before = Statistic(last.new_buildings.shares, last.fleet.aluminium_t, last.signals.trade.ratio)
    added = added_demand(
        REGION.industry, DATA, year.signals, year.fleet, year.new_buildings, before, STEEL_SHARE
    )
    named = {name: added[:, i] for i, name in enumerate(PRODUCTS)}
    area = year.new_buildings.floor_area_m2.sum(axis=1)
    old, new = (
        (share * DATA.cement_t_per_m2).sum(axis=1)
        for share in (last.new_buildings.shares, year.new_buildings.shares)
    )
    np.testing.assert_allclose(named["clinker"], DATA.clinker_per_cement * area * (new - old), atol=1e-6)
    more = year.fleet.aluminium_t - last.fleet.aluminium_t
    np.testing.assert_allclose(named["primary_aluminium"], more)
    steel = named["primary_steel"] + named["secondary_steel"]
    old, new = (
        (share * DATA.steel_t_per_m2).sum(axis=1)
        for share in (last.new_buildings.shares, year.new_buildings.shares)
    )
    np.testing.assert_allclose(steel, area * (new - old), atol=1e-6)
    np.testing.assert_allclose(STEEL_SHARE.sum(axis=1), 1.0)
    unchanged = added_demand(
        REGION.industry, DATA, last.signals, last.fleet, last.new_buildings, before, STEEL_SHARE
    )
    assert not unchanged.any(), "the statistic holds it"


def test_in_years_of_statistics_industry_makes_what_they_say() -> None:
    made = record(scenario(years=YEARS)).industry.output_t[:5].sum(axis=1)
    wanted = REGION.industry.demand_kt[year_index(2020) : year_index(2025)].sum(axis=1) * 1e3
    clinker = PRODUCTS.index("clinker")
    # 2022 too: the statistic is what was made after the cut of that August.
    np.testing.assert_allclose(made[:, clinker], wanted[:, clinker], rtol=5e-3)


def test_the_promoters_claim_would_end_casting_in_place_and_the_evidence_does_not() -> None:
    claimed, found = (
        record(shipped(name)).buildings.floor_area_m2 for name in ("modular_promoters", "modular_evidence")
    )
    share = [area[-1, :, MODULAR] / area[-1].sum(axis=1) for area in (claimed, found)]
    assert (share[0] > 0.95).all()
    assert (share[1] < 0.05).all()
    assert np.array_equal(claimed[:6], found[:6]), "the claim starts in 2026"


# --- against statistics ---------------------------------------------------------------------------------


def test_prefabricated_shares_are_near_the_statistics_they_are_fitted_to() -> None:
    area = record(scenario(years=YEARS)).buildings.floor_area_m2
    share = 1.0 - area[:, :, CAST_IN_PLACE] / area.sum(axis=2)
    assert share[1, 1] == pytest.approx(0.186, abs=0.01)  # Chongqing 2021
    assert share[2, 0] == pytest.approx(0.276, abs=0.02)  # Sichuan 2022
    assert share[0, 0] == pytest.approx(0.205, abs=0.02)  # the nation 2020
