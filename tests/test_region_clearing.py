"""The region's own power system: its past years and later ones, with more or less water and line.

Random systems stand in `test_dispatch.py` and `test_power_system.py`; here are the pack's plants, rivers and lines.
"""

from typing import NamedTuple

import numpy as np
import pytest

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUEL, MONTHS, THERMAL_FUELS
from tanlu.core.outcomes import PowerOutcome
from tanlu.evaluation import tables as backtest
from tanlu.evaluation.past_years import past_years
from tanlu.kernels.power.units import PowerOffer
from tanlu.markets import electricity
from tanlu.power import system as power_system
from tanlu.power.hours import CURTAILED_EXPORT, IMPORT, merit_sources_mw
from tanlu.power.supply import PowerYear
from tanlu.power.system import clear_power_year
from tanlu.power.tariffs import INDUSTRIAL
from tanlu.power.water import WaterYear
from tanlu.region.hydro import HOURS_IN_MONTH
from tests.model_runs import FIRST, REGION, P, calls_of, record, scenario, shipped, watch
from tests.power_years import NO_START

THERMAL = [FUEL[fuel] for fuel in THERMAL_FUELS]
HYDRO = [FUEL["hydro_reservoir"], FUEL["hydro_run_of_river"]]
PAST, AHEAD = (2016, 2020, 2022), (2035, 2050)
DRY = 2028
# With stores a year costs within 2e-5 of the least, each of two years that are compared.
STORES = 2e-4

Case = tuple[PowerOffer, PowerYear]


@pytest.fixture(scope="module")
def cases() -> dict[int, Case]:
    """What is offered and what surrounds it, in years without stores and in later ones with them; all may trade."""
    with calls_of(electricity, "clear_power_year") as calls:
        list(past_years(REGION, backtest.baseline(REGION), PAST))
    past = {year: call[0][1:3] for year, call in zip(PAST, calls, strict=True)}
    fee = {"wheeling_cost_cny_per_mwh": np.array([REGION.parameters["wheeling_cost_cny_per_mwh"]])}
    found = {year: (offer, around._replace(**fee)) for year, (offer, around) in past.items()}
    lived = watch(shipped("baseline")).lived
    later = {year: lived[year - FIRST].clearing for year in AHEAD}
    return found | {year: (clearing.offer, clearing.around) for year, clearing in later.items()}


def clear(case: Case, **changes: object) -> PowerOutcome:
    offer, around = case
    return clear_power_year(REGION.power, offer, around._replace(**changes), NO_START)


def cost_cny(case: Case, **changes: object) -> float:
    """Return what the year costs: units, neighbours, what is curtailed, shed and not served, and the line."""
    with calls_of(power_system, "clear_days_apart") as calls:
        clear(case, **changes)
    return float(calls[0][2].cost_cny)


def water(case: Case, factor: float) -> WaterYear:
    """Return the case's water, so much of it."""
    year = case[1].water
    return year._replace(water=year.water.scale(factor))


def thermal_mwh(case: Case, outcome: PowerOutcome) -> float:
    return float(outcome.units.output_mwh.sum() + (case[0].must_run_mw @ HOURS_IN_MONTH).sum())


@pytest.mark.parametrize("year", (*PAST, *AHEAD))
def test_more_inflow_never_raises_thermal_generation(cases: dict[int, Case], year: int) -> None:
    case = cases[year]
    factors = (0.0, 0.4, 0.7, 0.85, 1.0, 1.1)
    burnt = [thermal_mwh(case, clear(case, water=water(case, factor))) for factor in factors]
    assert (np.diff(burnt) <= STORES * burnt[0]).all(), burnt
    assert burnt[-1] < 0.8 * burnt[0]


@pytest.mark.parametrize("year", (*PAST, *AHEAD))
def test_more_inflow_never_raises_the_cost(cases: dict[int, Case], year: int) -> None:
    case = cases[year]
    costs = [cost_cny(case, water=water(case, factor)) for factor in (0.4, 0.7, 0.85, 1.0, 1.1)]
    assert (np.diff(costs) <= 0.0).all(), costs


@pytest.mark.parametrize("year", (*PAST, *AHEAD))
def test_a_larger_corridor_never_raises_total_cost(cases: dict[int, Case], year: int) -> None:
    """With the same water: what reservoirs answer to a line of 12 GW more costs up to 0.3 % more than that."""
    case, line, first = cases[year], cases[year][1].line_mw, []
    prepare_market = power_system.prepare_market

    def prepare_with_the_same_water(*arguments):
        before = prepare_market(*arguments)
        first.append(before.reservoirs)
        return before._replace(reservoirs=first[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(power_system, "prepare_market", prepare_with_the_same_water)
        costs = [cost_cny(case, line_mw=line + more) for more in (0.0, 500.0, 2e3, 1e4, 1e6)]
    allowed = 1e-12 if year in PAST else STORES
    assert (np.diff(costs) <= allowed * costs[0]).all(), np.diff(costs) / costs[0]


@pytest.mark.parametrize("year", (*PAST, *AHEAD))
def test_an_endless_line_that_costs_nothing_makes_one_price(cases: dict[int, Case], year: int) -> None:
    """It costs nothing only if it loses nothing; where it loses, prices part by no more than that."""
    endless = {"line_mw": np.full((1, MONTHS), 1e6), "wheeling_cost_cny_per_mwh": np.zeros(1)}
    price = clear(cases[year], line_loss_share=np.zeros(1), **endless).prices.price_cny_per_mwh
    np.testing.assert_allclose(price[0], price[1], rtol=1e-9, atol=1e-6)
    price = clear(cases[year], line_loss_share=np.array([0.01]), **endless).prices.price_cny_per_mwh
    assert (price.min(axis=0) >= 0.99 * price.max(axis=0) - 1e-6).all()
    assert (price[0] != price[1]).any()
    parted = clear(cases[year], line_mw=cases[year][1].internal_mw, wheeling_cost_cny_per_mwh=np.zeros(1))
    assert (parted.prices.price_cny_per_mwh[0] != parted.prices.price_cny_per_mwh[1]).any()


@pytest.mark.parametrize("year", (*PAST, *AHEAD))
def test_without_inflow_and_stored_water_there_is_no_hydropower(cases: dict[int, Case], year: int) -> None:
    case = cases[year]
    stores = case[1].water.store_mwh
    empty = case[1].water.opening._replace(level_share=np.zeros(stores.size))
    dry = clear(case, water=water(case, 0.0).open_with(empty))
    assert dry.generation_mwh[:, HYDRO].max() < 1.0
    assert dry.curtailed_mwh[:, HYDRO].max() < 1.0
    assert dry.shed_mwh.sum() + dry.unserved_mwh.sum() > 0.0


class Month(NamedTuple):
    """What the months of a cleared year were, each [P, month]."""

    price_cny_per_mwh: Floats
    thermal_mwh: Floats
    imported_mwh: Floats  # bought of neighbours at a price, or not sold to them
    spare_mwh: Floats  # spilled or curtailed, sent at a price, or for sale by neighbours


def months_of(outcome: PowerOutcome) -> Month:
    hours, days = outcome.hours, outcome.hours.day_weight[:, :, None]
    load = hours.load_mw * days
    merit = merit_sources_mw(hours.units, hours.merit_order_mw, np.full(10_000, FUEL["coal"]))
    thermal = merit[:, : len(THERMAL_FUELS)].sum(axis=1) + hours.must_run_mw
    blocks = hours.units.blocks
    priced = slice(blocks.purchases.start, blocks.recall.stop)
    offered = np.zeros((P, MONTHS))
    zone, units = hours.units.zone[priced], hours.units
    np.add.at(offered, zone, units.capacity_mw[priced, None] * units.availability[priced])
    imported = merit[:, IMPORT] + merit[:, CURTAILED_EXPORT]
    left = offered[:, :, None, None] - imported + hours.curtailed_mw
    price = (outcome.prices.price_cny_per_mwh * load).sum(axis=(2, 3)) / load.sum(axis=(2, 3))
    return Month(price, *((mw * days).sum(axis=(2, 3)) for mw in (thermal, imported, left)))


def test_a_dry_month_is_no_cheaper_and_burns_more() -> None:
    """Every dry month on record in one province, replayed in every fifth year from 2026 to 2045, all else normal.

    Less water lends less reserve, so that more units stay online. Where their least output is more than what the water
    gave, or a store gives more, the neighbour may be cheaper, and rarely the province itself. More units online in the
    neighbour may burn there, rarely, what the province would have burnt.
    """
    years = watch(shipped("baseline")).lived[2026 - FIRST : 2046 - FIRST : 5]
    hydrology, normal = REGION.power.hydrology, REGION.power.hydrology.normal
    found, short = [], 0
    for lived in years:
        case, around = (lived.clearing.offer, lived.clearing.around), lived.clearing.around
        before = months_of(usual := clear(case, water=around.water._replace(water=normal)))
        capacity, spare = case[0].capacity_by_fuel_mw[:, HYDRO].sum(axis=1), before.spare_mwh.sum(axis=0)
        for dry in hydrology.observed.values():
            for p, m in np.argwhere(dry.available_factor < 0.97 * normal.available_factor):
                used = normal.available_factor.copy()
                used[p, m] = dry.available_factor[p, m]
                after = months_of(
                    dried := clear(
                        case, water=around.water._replace(water=normal._replace(available_factor=used))
                    )
                )
                more = (after.thermal_mwh - before.thermal_mwh)[:, m] / before.thermal_mwh[:, m].sum()
                missing = (normal.available_factor - used)[p, m] * capacity[p] * HOURS_IN_MONTH[m] > spare[m]
                brought = (after.imported_mwh - before.imported_mwh)[:, m].sum()
                assert more.sum() + brought / before.thermal_mwh[:, m].sum() > 0.0, "burnt here or brought in"
                short += int(missing)
                dearer = after.price_cny_per_mwh[p, m] / before.price_cny_per_mwh[p, m] - 1.0
                nearby = after.price_cny_per_mwh[1 - p, m] / before.price_cny_per_mwh[1 - p, m] - 1.0
                online = (dried.hours.must_run_mw - usual.hours.must_run_mw)[p, m].sum()
                days = usual.hours.day_weight[m][:, None]
                released_mwh = ((dried.hours.reservoir_mw - usual.hours.reservoir_mw)[1 - p, m] * days).sum()
                found.append(
                    (
                        used[p, m] / normal.available_factor[p, m],
                        dearer,
                        more[p],
                        nearby,
                        online,
                        released_mwh,
                    )
                )
    water, dearer, more, nearby, online, released = np.array(found).T
    assert (water < 0.9).sum() > 160 and short > 20
    fewer = more < -1e-9
    assert fewer.mean() < 0.004 and more.min() > -0.005
    assert (more > 1e-3).mean() > 0.8
    cheaper = dearer < -1e-9
    assert (
        ((online > 0.0) | (released > 0.0))[cheaper].all() and cheaper.mean() < 0.019 and dearer.min() > -0.01
    )
    assert dearer.mean() > 0.005 and (dearer > 1e-3).mean() > 0.2
    assert (nearby < -1e-9).mean() < 0.15 and nearby.mean() > 0.0


@pytest.mark.parametrize("year", [2026, 2028, 2035, 2045])
def test_the_water_of_2022_makes_the_summer_dearer_in_both_provinces(year: int) -> None:
    """All else equal; June is left out, which was wetter than usual, and May, when stores must be empty."""
    hydrology, clearing = REGION.power.hydrology, watch(shipped("baseline")).lived[year - FIRST].clearing
    case, around = (clearing.offer, clearing.around), clearing.around
    dry, usual = (
        clear(case, water=around.water._replace(water=water))
        for water in (hydrology.observed[2022], hydrology.normal)
    )
    summer = slice(6, 9)
    prices = [months_of(one).price_cny_per_mwh[:, summer].mean(axis=1) for one in (dry, usual)]
    assert (prices[0] > prices[1]).all(), prices
    assert (dry.nameplate_margin < usual.nameplate_margin).any()
    less = usual.export_mwh - dry.export_mwh
    border = around.border
    priced = around.recallable_mw + border.sales.mw.sum(axis=0) + border.purchases.mw.sum(axis=0)
    assert (less <= priced @ HOURS_IN_MONTH).all()


def test_the_summer_of_2022_was_dearer_than_with_normal_water(cases: dict[int, Case]) -> None:
    """August and September, all else as it was: both provinces pay more, and their thermal units burn more."""
    was, normal = cases[2022][1].water, REGION.power.hydrology.normal
    used = was.water.available_factor.copy()
    used[:, 7:9] = normal.available_factor[:, 7:9]
    wet = was._replace(
        water=was.water._replace(
            available_factor=used, spell_days=normal.spell_days, spell_share=normal.spell_share
        )
    )
    dry, usual = clear(cases[2022]), clear(cases[2022], water=wet)
    prices = [one.prices.price_cny_per_mwh[:, 7:9].mean(axis=(1, 2, 3)) for one in (dry, usual)]
    assert (prices[0] > prices[1]).all()
    assert thermal_mwh(cases[2022], dry) > thermal_mwh(cases[2022], usual)


# --- in a run ---------------------------------------------------------------------------------------------------


def test_in_the_drought_of_2028_a_reserve_is_left_and_nobody_is_cut() -> None:
    """As the scenario's file says: the margin falls by half or less, load is served, and summer is dearer.

    Over the year power is not: June of 2022 was wet, and stores end lower than they began.
    """
    dry, usual = record(shipped("drought_2028")), record(shipped("baseline"))
    year = DRY - FIRST
    margin, before = (one.power.nameplate_margin[year] for one in (dry, usual))
    assert (margin > 0.1).all() and (margin < before - 0.1).all()
    assert not dry.demand.shed_mwh[year].any() and not dry.demand.unserved_mwh[year].any()
    clearings = [watch(shipped(name)).lived[year].clearing for name in ("drought_2028", "baseline")]
    prices = [months_of(one.outcome).price_cny_per_mwh[:, 6:9].mean(axis=1) for one in clearings]
    assert (prices[0] > prices[1] + 5.0).all()
    stores = clearings[0].outcome.stores.level_mwh[0]
    assert stores[-1] < 0.7 * clearings[1].outcome.stores.level_mwh[0, -1] + 1.0


def test_the_water_of_2022_on_the_system_of_2025() -> None:
    """All else equal: summer dearer in both provinces, tariffs not lower, less margin, and what is firm leaves."""
    year, summer = 2025, slice(6, 9)
    with_water = ({"drought": {year: 2022}, "hydrology": "normal"}, {"hydrology": "normal"})
    runs = [watch(scenario(years=(2020, year), world=world)) for world in with_water]
    records = [run.lived[-1] for run in runs]
    dry, usual = (one.clearing for one in records)
    less = (
        usual.around.water.water.available_factor[0, summer]
        - dry.around.water.water.available_factor[0, summer]
    )
    assert less.max() > 0.1 and dry.around.water.water.spell_days.max() == 14.0
    for name in ("capacity_mw", "cost_cny_per_mwh"):
        np.testing.assert_array_equal(getattr(dry.offer, name), getattr(usual.offer, name))
    prices = []
    for one in (dry, usual):
        load = (one.outcome.hours.load_mw * one.around.day_weight[:, :, None])[:, summer]
        prices.append(
            (one.outcome.prices.price_cny_per_mwh[:, summer] * load).sum(axis=(1, 2, 3))
            / load.sum(axis=(1, 2, 3))
        )
    assert (prices[0] > prices[1]).all(), prices
    tariffs = [one.year.tariffs.tariff_cny_per_mwh[:, INDUSTRIAL] for one in records]
    assert (tariffs[0] >= tariffs[1]).all(), tariffs
    agreed = [
        (one.outcome.hydro_sales.paid_cny / one.outcome.hydro_sales.sold_mwh)[0, 8] for one in (dry, usual)
    ]
    assert agreed[0] > 0.5 * agreed[1], "agreed before the water of September is known"
    assert (dry.outcome.nameplate_margin < usual.outcome.nameplate_margin).all()
    sent = [one.outcome.export_mwh + one.outcome.border.bought_mwh for one in (dry, usual)]
    not_firm = (dry.around.recallable_mw + surplus_mw(dry.around)) @ HOURS_IN_MONTH
    less_sent = sent[1] - sent[0]
    assert (less_sent >= -1.0).all() and (less_sent <= not_firm + 1.0).all() and not_firm[0] > 1e6


def surplus_mw(around: PowerYear) -> np.ndarray:
    """Return what is offered to exports that only sell surplus, by province [P, month]."""
    found = np.zeros(around.recallable_mw.shape)
    np.add.at(found, around.border.sales.zone, around.border.sales.mw)
    return found
