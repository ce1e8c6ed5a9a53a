"""Water: what was there, what is stored, and what a year without statistics has."""

import hashlib
import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import FUELS, RENEWABLE_FUELS
from tanlu.evaluation.region_check import statistics
from tanlu.markets.water import water_years
from tanlu.power.hours import SHED, merit_sources_mw
from tanlu.power.water import (
    ReservoirMonths,
    Reservoirs,
    hydro_mw,
    river_mw,
    spell_mwh,
    store_rules,
    weigh_years,
)
from tanlu.region.catalogue import region_settings
from tanlu.region.hydro import HOURS_IN_MONTH, read_hydrology
from tanlu.region.tables import year_index
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.chengyu import PROVINCES
from tests.model_runs import REGION

HYDROLOGY = REGION.power.hydrology
CAPACITY = "hydro_conventional_6_mw_and_up_capacity_mw"
HYDRO = [FUELS.index("hydro_reservoir"), FUELS.index("hydro_run_of_river")]
RENEWABLE = [FUELS.index(fuel) for fuel in RENEWABLE_FUELS]
SICHUAN = PROVINCES.index("Sichuan")


WINDOW = range(2015, 2025)  # of normal water, of draws, and of what normal years are held against
SCARCE = range(2023, 2026)  # load would have taken all water that could reach it


def spilled_gwh(province: str, year: int, column: str = "spilled_gwh") -> float:
    table = REGION.tables["hydro_spill"]
    return float(table[(table["province"] == province) & (table["year"] == year)][column].iloc[0])


def useful_spill_gwh(province: str, year: int) -> float:
    return spilled_gwh(province, year) - spilled_gwh(province, year, "without_use_gwh")


def generated_hours(year: int) -> float:
    """Return what a MW of Sichuan's hydropower above 6 MW generated."""
    return float(
        (HYDROLOGY.observed[year].available_factor - HYDROLOGY.spilled[year])[SICHUAN] @ HOURS_IN_MONTH
    )


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("year", [2015, 2016, 2020, 2022, 2024])
def test_available_water_is_generation_and_the_spill_that_had_a_use(province: str, year: int) -> None:
    official, p = statistics(REGION), PROVINCES.index(province)
    gwh = (
        official[province, CAPACITY, year]
        * (HYDROLOGY.observed[year].available_factor[p] @ HOURS_IN_MONTH)
        / 1e3
    )
    whole = official[province, "hydro_generation_gwh", year] + useful_spill_gwh(province, year)
    assert gwh == pytest.approx(whole, rel=0.002)


def test_water_is_spilled_in_the_wet_months_only() -> None:
    for spilled in (*HYDROLOGY.spilled.values(), *HYDROLOGY.spill_without_use.values()):
        assert not spilled[:, [0, 1, 2, 3, 10, 11]].any() and np.all(spilled >= 0.0)
    assert np.all(HYDROLOGY.spilled[2020][SICHUAN, 5:10] > 0.0)
    assert not HYDROLOGY.spill_without_use[2022][SICHUAN, 6:9].any(), (
        "thermal units ran high from July to September 2022"
    )
    assert np.all(HYDROLOGY.spill_without_use[2022][SICHUAN, [5, 9]] > 0.0)
    for year, water in HYDROLOGY.observed.items():
        assert water.available_factor.max() < 1.0, f"no more than capacity in {year}"


def test_what_was_spilled_in_scarce_years_had_no_use_and_earlier_years_lost_the_same_share() -> None:
    """Of the water of the months of spill; the table holds the figures, rounded to 10 GWh."""
    wet, lost = {}, {}
    for year in HYDROLOGY.spill_without_use:
        whole = (
            HYDROLOGY.observed[year].available_factor[SICHUAN] + HYDROLOGY.spill_without_use[year][SICHUAN]
        )
        months = (HYDROLOGY.spill_without_use[year][SICHUAN] > 0.0) * HOURS_IN_MONTH
        wet[year], lost[year] = whole @ months, HYDROLOGY.spill_without_use[year][SICHUAN] @ HOURS_IN_MONTH
        assert (useful_spill_gwh("Sichuan", year) == 0.0) == (year in SCARCE)
    share = sum(lost[year] for year in SCARCE) / sum(wet[year] for year in SCARCE)
    assert share == pytest.approx(0.0205, abs=0.0005)
    for year in set(lost) - set(SCARCE):
        assert lost[year] / wet[year] == pytest.approx(share, rel=0.002), year


def test_the_normal_year_is_the_mean_of_the_years_it_may_be_like() -> None:
    assert HYDROLOGY.years_of_normal == tuple(WINDOW)
    generated = np.mean([generated_hours(year) for year in WINDOW])
    official = statistics(REGION)
    share = [useful_spill_gwh("Sichuan", y) / official["Sichuan", CAPACITY, y] for y in WINDOW]
    normal = HYDROLOGY.normal.available_factor[SICHUAN] @ HOURS_IN_MONTH
    assert normal - generated == pytest.approx(1e3 * np.mean(share), rel=1e-9)
    assert min(share) == 0.0 < max(share), "some years spilled what load would have taken"


def test_hours_of_the_first_normal_year_are_within_two_percent_of_the_mean_of_the_window() -> None:
    """Generation over the mean capacity of the year, so that growth within a year lowers neither side."""
    lived = model_runs.watch(model_runs.shipped("baseline")).lived[2026 - model_runs.FIRST].clearing
    used = lived.around.water.water.available_factor
    assert used is HYDROLOGY.normal.available_factor, "mean water"
    capacity, official = hydro_mw(lived.offer.capacity_by_fuel_mw)[:, 0], statistics(REGION)
    hours = lived.outcome.generation_mwh[:, HYDRO].sum(axis=1) / capacity
    for p, province in enumerate(PROVINCES):
        ends = [official[province, CAPACITY, year] for year in (WINDOW[0] - 1, *WINDOW)]
        made = [official[province, "hydro_generation_gwh", year] * 1e3 for year in WINDOW]
        mean = np.mean(np.array(made) / ((np.array(ends[:-1]) + np.array(ends[1:])) / 2.0))
        assert hours[p] == pytest.approx(mean, rel=0.02), province


def test_the_three_stores_of_the_yalong_hold_what_is_published() -> None:
    """14.8 billion m3 and about 30 TWh when full, two thirds of what large reservoirs of Sichuan store."""
    table = REGION.tables["hydro_cascades"]
    three = table[table["reservoir_id"].str.contains("lianghekou|jinping|ertan")]
    assert three["usable_million_m3"].sum() == pytest.approx(14_800, rel=0.01)
    energy = three["usable_million_m3"] * three["head_m"] * 9.81 / 3600 * three["efficiency_share"]
    assert energy.sum() / 1e3 == pytest.approx(30.0, rel=0.05)
    inside = HYDROLOGY.store_mwh[year_index(2025), SICHUAN] / 1e6
    assert inside == pytest.approx(45.0, rel=0.2), "those that serve exports only are left out"


def test_stores_grow_as_reservoirs_fill() -> None:
    sizes = [HYDROLOGY.store_mwh[year_index(year), SICHUAN] for year in (2015, 2020, 2022, 2025, 2030)]
    assert np.all(np.diff(sizes) > 0.0)
    assert 0.0 < HYDROLOGY.store_mwh[year_index(2030), 1] < 0.02 * sizes[-1]


@pytest.mark.parametrize("year", [2015, 2020, 2024])
def test_turning_output_back_into_inflow_keeps_the_years_water(year: int) -> None:
    held = HYDROLOGY.observed[year].storing_factor @ HOURS_IN_MONTH
    np.testing.assert_allclose(held, 0.0, atol=1e-9)
    assert np.all(HYDROLOGY.observed[year].storing_factor[:, 5:10] > 0.0)
    given = -(HYDROLOGY.observed[year].storing_factor * HOURS_IN_MONTH)[
        SICHUAN, [10, 11, 0, 1, 2, 3, 4]
    ].sum()
    mwh = given * statistics(REGION)["Sichuan", CAPACITY, year]
    assert mwh == pytest.approx(HYDROLOGY.store_mwh[year_index(year), SICHUAN], rel=1e-9)


def test_levels_of_2022_lie_on_lines_between_the_figures_and_the_year_ends_as_usual() -> None:
    level, usual = HYDROLOGY.stored_share[2022][SICHUAN], HYDROLOGY.usual_stored_share[SICHUAN]
    assert level[7] == pytest.approx(0.15) and usual[7] == pytest.approx(0.60)
    assert level[8] == pytest.approx(0.51 + 0.38 * 10 / 17, abs=1e-9), "30 September"
    np.testing.assert_array_equal(level[[0, 1, 2, 3, 10, 11]], usual[[0, 1, 2, 3, 10, 11]])
    np.testing.assert_array_equal(HYDROLOGY.stored_share[2021][SICHUAN], usual)
    held = HYDROLOGY.observed[2022].storing_factor @ HOURS_IN_MONTH
    np.testing.assert_allclose(held, 0.0, atol=1e-9)


def test_rules_of_a_province_are_those_of_its_reservoirs_by_energy() -> None:
    t, table = year_index(2021), REGION.tables["hydro_cascades"]
    inside = table[
        (table["province"] == "Sichuan") & (table["serves_export"] == 0) & (table["from_year"] <= 2021)
    ]
    energy = inside["usable_million_m3"] * inside["head_m"] * inside["efficiency_share"]
    limits = {"jinping_1": 0.67, "ertan": 0.73, "pubugou": 0.72, "baozhusi": 0.79, "tingzikou": 0.39}
    july = inside["reservoir_id"].map(limits).fillna(1.0)
    assert HYDROLOGY.highest_share[t, SICHUAN, 6] == pytest.approx((energy * july).sum() / energy.sum())
    np.testing.assert_allclose(HYDROLOGY.highest_share[t, SICHUAN, [0, 4, 8, 11]], 1.0)
    np.testing.assert_allclose(HYDROLOGY.lowest_share[t, SICHUAN], 0.13)
    assert not HYDROLOGY.lowest_share[t, 1].any() and HYDROLOGY.highest_share[t, 1].all()


def test_a_lowest_level_above_the_highest_is_refused() -> None:
    rules = REGION.tables["hydro_rules"]
    rules = rules.assign(stored_share=np.where(rules["rule"] == "lowest", 0.8, rules["stored_share"]))
    with pytest.raises(ValueError, match="hydro_rules: a lowest level"):
        read_hydrology({**REGION.tables, "hydro_rules": rules}, region_settings("chengyu"), REGION.axes)


def test_stores_move_water_in_years_that_were_not_observed_only() -> None:
    plan = water_years(REGION, model_runs.shipped("drought_2028"), 0)
    still, moved, again = plan[2022], plan[2028], plan[2030]
    assert still.observed and not still.store_mwh.any() and np.all(moved.store_mwh > 0.0)
    assert moved.water is HYDROLOGY.observed[2022] and again.water is HYDROLOGY.normal
    assert not moved.observed and not again.observed


def test_stores_lift_the_dry_season_and_lower_the_wet_one() -> None:
    """The released water of a normal year with the inflow, and what it leaves to serve."""
    clearing = model_runs.watch(model_runs.shipped("baseline")).lived[2030 - model_runs.FIRST].clearing
    capacity = hydro_mw(clearing.offer.capacity_by_fuel_mw)[SICHUAN]
    water, stores = clearing.around.water.water, clearing.outcome.stores
    river = HYDROLOGY.run_of_river_share[SICHUAN]
    inflow = (
        capacity
        * (water.available_factor[SICHUAN] * (1.0 - river) + water.storing_factor[SICHUAN])
        * HOURS_IN_MONTH
    )
    np.testing.assert_allclose(stores.inflow_mwh[SICHUAN], inflow, rtol=1e-9)
    stored = (stores.inflow_mwh - stores.release_mwh - stores.spilled_mwh)[SICHUAN]
    assert np.all(stored[[6, 7]] > 0.0) and np.all(stored[[0, 1, 2]] < 0.0)
    released = clearing.market.reservoir_energy_mwh[SICHUAN]
    np.testing.assert_allclose(released, (stores.release_mwh + stores.spilled_mwh)[SICHUAN], rtol=1e-12)


def test_the_twin_of_a_drought_differs_in_the_water_of_its_years_alone() -> None:
    dry, twin = (
        water_years(REGION, model_runs.scenario(world={"hydrology": "bootstrap", "drought": {2028: past}}), 3)
        for past in (2022, "normal")
    )
    assert twin[2028].water is HYDROLOGY.normal and not twin[2028].unexpected_year
    assert not dry[2028].unexpected_year, "what may come is the same with and without it"
    assert dry[2028].water is HYDROLOGY.observed[2022]
    assert all(dry[year].water is twin[year].water for year in dry if year != 2028)


def test_a_hindcast_does_not_expect_the_year_that_it_is() -> None:
    past = water_years(REGION, model_runs.scenario(world={"drought": {2022: 2022, 2024: 2022}}), 0)
    assert past[2022].unexpected_year == 2022 and not past[2024].unexpected_year


def test_levels_keep_to_the_rules_and_water_closes_from_year_to_year() -> None:
    lived = [year.clearing for year in model_runs.watch(model_runs.shipped("baseline")).lived]
    for before, clearing in itertools.pairwise(lived):
        water, stores = clearing.around.water, clearing.outcome.stores
        if water.observed:
            assert not stores.level_mwh.any()
            continue
        opening = water.opening.level_share * water.store_mwh
        if not before.around.water.observed:
            closing = before.outcome.stores.level_mwh[:, -1] / before.around.water.store_mwh
            np.testing.assert_allclose(water.opening.level_share, closing, rtol=1e-12)
        gain = stores.inflow_mwh - stores.release_mwh - stores.spilled_mwh
        np.testing.assert_allclose(
            opening[:, None] + np.cumsum(gain, axis=1), stores.level_mwh, atol=1e-9 * stores.inflow_mwh.sum()
        )
        store = water.store_mwh[:, None]
        assert np.all(stores.level_mwh <= water.highest_share * store * (1.0 + 1e-9))
        assert np.all(stores.level_mwh >= water.lowest_share * store * (1.0 - 1e-9))


def test_years_follow_dry_and_wet_months_as_they_were_counted() -> None:
    is_wet = np.array([[[0, 0, 1]], [[1, 1, 1]], [[0, 1, 0]], [[1, 0, 0]]], bool)
    weight = weigh_years(is_wet)
    np.testing.assert_allclose(weight.sum(axis=1), 1.0)
    # The second month was wet after one of two dry ones and after one of two wet ones.
    np.testing.assert_allclose(weight[0, :, 0, 1], 0.25)
    np.testing.assert_allclose(weight[1, :, 0, 1], 0.25)
    # The first one follows the last of the year before: dry, wet, wet, dry; wet after wet in one of two.
    np.testing.assert_allclose(weight[1, :, 0, 0], [0.25, 0.25, 0.25, 0.25])


def test_a_wet_year_spills_again_and_a_dry_one_does_not() -> None:
    record = model_runs.record(model_runs.shipped("baseline"))
    spilled = record.power.curtailed_mwh[:, SICHUAN, HYDRO].sum(axis=1) / 1e6
    assert spilled[2020 - model_runs.FIRST] == pytest.approx(useful_spill_gwh("Sichuan", 2020) / 1e3, rel=0.1)
    # Too much in August outside of the dry spell, whose days take so much load (docs/validation.md).
    assert spilled[2022 - model_runs.FIRST] == pytest.approx(useful_spill_gwh("Sichuan", 2022) / 1e3, rel=0.2)
    assert np.all(spilled[[2023 - model_runs.FIRST, 2024 - model_runs.FIRST]] < 1.0), "all had a use"
    available = spilled + record.power.output_mwh[:, SICHUAN, HYDRO].sum(axis=1) / 1e6
    for year in (2020, 2021, 2022):
        official = statistics(REGION)["Sichuan", "hydro_generation_gwh", year]
        assert available[year - model_runs.FIRST] == pytest.approx(
            (official + useful_spill_gwh("Sichuan", year)) / 1e3, rel=0.01
        )


# --- the two scales of a drought -----------------------------------------------------------------------------------


def test_the_dry_spell_of_2022_has_half_the_water_that_the_province_kept_a_year_before() -> None:
    """What is left of the day's water after contracts, by the pack's own tables, GWh a day."""
    left, month = {}, 7
    for year in (2021, 2022):
        t, official = year_index(year), statistics(REGION)
        share = HYDROLOGY.observed[year].spell_share[SICHUAN, month]
        corridors = REGION.power.corridors
        sent = corridors.contract_mw[t, SICHUAN, month] + corridors.internal_mw[t, 0, month]
        water = (
            HYDROLOGY.observed[year].available_factor[SICHUAN, month] * official["Sichuan", CAPACITY, year]
        )
        left[year] = ((1.0 if np.isnan(share) else share) * water - sent) * 24.0 / 1e3
    reversed_line = 3.0 * 24.0  # of Debao, which these tables hold in the month's mean only
    assert left[2022] - reversed_line == pytest.approx(450.0, rel=0.02)
    assert 0.5 < (left[2022] - reversed_line) / left[2021] < 0.6, (
        "published as half on the worst days, which had 420"
    )


def test_a_dry_spell_takes_water_from_its_days_and_keeps_the_months_total() -> None:
    clearing = model_runs.watch(model_runs.shipped("baseline")).lived[2].clearing
    weight, month = clearing.around.day_weight[7], 7
    assert weight.tolist() == [17.0, 3.0, 11.0], (
        "typical days, those of highest load, and others of the spell"
    )
    given = clearing.dispatch.reservoir_mw[SICHUAN, month].sum(axis=1)
    river = clearing.outcome.hours.natural_mw[0, SICHUAN, month, 0].sum()
    mean = clearing.market.reservoir_energy_mwh[SICHUAN, month] / weight.sum()
    assert given @ weight == pytest.approx(mean * weight.sum(), rel=1e-9)
    assert given[1:] @ weight[1:] / 14.0 + river == pytest.approx(0.81 * (mean + river), rel=1e-9)
    assert given[0] > mean > given[1] > given[2], "within the spell, most on the days of highest load"


def test_days_of_a_dry_spell_draw_what_was_in_store_and_no_more() -> None:
    """An empty store leaves the spell its own inflow, a fuller one adds what it held, a full one does not bind."""
    clearing = model_runs.watch(model_runs.shipped("drought_2028")).lived[2028 - model_runs.FIRST].clearing
    water, weight = clearing.around.water, clearing.around.day_weight
    river = river_mw(HYDROLOGY, clearing.offer.capacity_by_fuel_mw, water)
    rules = store_rules(HYDROLOGY, clearing.offer.capacity_by_fuel_mw, water)
    stores, market, floor = clearing.outcome.stores, clearing.market, rules.floor_mwh[SICHUAN, 7]
    months = ReservoirMonths(
        market.reservoir_energy_mwh, market.reservoir_minimum_mw, market.reservoir_maximum_mw
    )
    opening = water.opening.level_share * water.store_mwh
    reservoirs = Reservoirs(months, stores, None, None, rules, opening)

    def spell(july_mwh: float) -> float:
        level = stores.level_mwh.copy()
        level[SICHUAN, 6] = july_mwh
        changed = reservoirs._replace(course=stores._replace(level_mwh=level))
        return float(spell_mwh(water, changed, river, weight)[SICHUAN, 7])

    mean = river[SICHUAN, 7] + stores.inflow_mwh[SICHUAN, 7] / HOURS_IN_MONTH[7]
    bare = (0.81 * mean - river[SICHUAN, 7]) * 24.0 * 14.0
    assert spell(0.0) == pytest.approx(bare) and spell(floor) == pytest.approx(bare)
    assert spell(floor + 1e5) == pytest.approx(bare + 1e5)
    assert np.isnan(spell(1e9)), "load may decide"


def test_a_month_has_one_length_of_dry_spell() -> None:
    rows = REGION.tables["hydro_dry_spells"]
    other = rows.assign(province="Chongqing", days=10)
    tables = {**REGION.tables, "hydro_dry_spells": pd.concat([rows, other])}
    with pytest.raises(ValueError, match="as many days in one province as in the other"):
        read_hydrology(tables, region_settings("chengyu"), REGION.axes)


def test_industry_was_cut_in_august_2022_and_hardly_in_any_other_year() -> None:
    """As published: about 12 days and 2.3 TWh in Sichuan, contracts largely kept."""
    run = model_runs.watch(model_runs.shipped("baseline"))
    record = model_runs.record(model_runs.shipped("baseline"))
    shed = record.demand.shed_mwh / 1e6
    assert 2.0 < shed[2, SICHUAN] < 2.6
    assert shed[[0, 1, 3, 4]].max() < 0.05
    assert record.demand.unserved_mwh[2].sum() < 0.05 * record.demand.shed_mwh[2].sum(), (
        "industry is shed first"
    )
    _, around, _, _, outcome = run.lived[2].clearing
    units, merit = outcome.hours.units, outcome.hours.merit_order_mw
    by_hour = (
        merit_sources_mw(units, merit, run.lived[2].plants.fuel)[SICHUAN, SHED]
        + outcome.hours.days_off_mw[SICHUAN]
    )
    by_day = by_hour.sum(axis=2)
    days = (around.day_weight * (by_day > 1.0)).sum(axis=1)
    assert days[7] == days.sum() and 9.0 <= days[7] <= 15.0
    assert 150e3 < by_day[7].max() < 300e3, "MWh on the worst day"
    assert outcome.export_mwh[SICHUAN] >= 0.95 * (around.contract_mw[SICHUAN] @ HOURS_IN_MONTH)


# --- water by chance ---------------------------------------------------------------------------------------------


def plan(hydrology: str, replication: int = 0, **rest: object) -> dict[int, np.ndarray]:
    """Return the water used in each year [P, month]."""
    one = model_runs.scenario(world={"hydrology": hydrology}, **rest)
    return {
        year: water.water.available_factor for year, water in water_years(REGION, one, replication).items()
    }


LATER = range(2026, 2061)
DRAWN = 30  # replications, of 35 years each


def test_bootstrap_deals_whole_observed_years_and_leaves_the_past_alone() -> None:
    drawn = plan("bootstrap")
    past = [HYDROLOGY.observed[year].available_factor.tobytes() for year in WINDOW]
    dealt = [past.index(drawn[year].tobytes()) for year in LATER]
    assert len(set(dealt)) > 5
    for year in range(2020, 2026):  # 2025 is free, with the water that is known of it
        assert drawn[year].tobytes() == HYDROLOGY.observed[year].available_factor.tobytes()


def test_what_is_drawn_for_a_year_depends_on_seed_and_replication_only() -> None:
    for hydrology in ("bootstrap", "drought_regime"):
        drawn, shorter = plan(hydrology), plan(hydrology, years=(2020, 2040))
        assert all(drawn[year].tobytes() == shorter[year].tobytes() for year in shorter)
        others = [plan(hydrology, 1), plan(hydrology, seed=7)]
        for other in others:
            assert sum(drawn[year].tobytes() != other[year].tobytes() for year in LATER) >= 5


def test_years_of_a_regime_are_usual_dry_or_extremely_dry_and_average_to_the_normal_year() -> None:
    drawn = [plan("drought_regime", replication)[year] for replication in range(DRAWN) for year in LATER]
    factor = np.array(
        [one[SICHUAN].sum() / HYDROLOGY.normal.available_factor[SICHUAN].sum() for one in drawn]
    )
    kinds = sorted(set(np.round(factor, 9)))
    assert kinds[:2] == [0.73, 0.91] and len(kinds) == 3 and kinds[2] > 1.0
    assert factor.mean() == pytest.approx(1.0, abs=0.01)
    years = factor.reshape(DRAWN, -1) < 1.0
    entry, stay = (REGION.parameters[f"drought_{name}_probability"] for name in ("entry", "persistence"))
    assert years[:, 1:][years[:, :-1]].mean() == pytest.approx(stay, abs=0.06)
    assert years[:, 1:][~years[:, :-1]].mean() == pytest.approx(entry, abs=0.03)


def test_drawn_years_are_the_same_in_another_process() -> None:
    program = (
        "import hashlib; from tests.test_water import plan; "
        "print(hashlib.sha256(b''.join(v.tobytes() for k in ('bootstrap', 'drought_regime') "
        "for v in plan(k, 3).values())).hexdigest())"
    )
    command = [sys.executable, "-c", program]
    there = subprocess.run(command, capture_output=True, text=True, check=True, cwd=model_runs.ROOT).stdout
    here = b"".join(v.tobytes() for k in ("bootstrap", "drought_regime") for v in plan(k, 3).values())
    assert there.strip() == hashlib.sha256(here).hexdigest()


def test_replications_differ_by_their_rivers_and_agents_do_not_foresee_them() -> None:
    one = model_runs.scenario(world={"hydrology": "bootstrap"}, years=(2020, 2030))
    runs = [RegionModel(Inputs(one, REGION), replication).run().record for replication in (0, 1)]
    hydro = [run.power.output_mwh[:, SICHUAN, HYDRO].sum(axis=1) for run in runs]
    np.testing.assert_array_equal(hydro[0][:5], hydro[1][:5])
    assert np.abs(hydro[0][6:] / hydro[1][6:] - 1.0).max() > 0.03
    built = [
        run.power.capacity_mw[6][:, RENEWABLE] for run in runs
    ]  # of listed projects others come in each run
    assert np.abs(built[0] - built[1]).max() < 500.0
