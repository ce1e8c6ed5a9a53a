"""Economic laws of electricity: water, money for plants, and coal (`tests/test_laws.py` says how far laws hold)."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from tanlu.finance.companies import Companies
from tanlu.power.plants import PowerPlants
from tanlu.power.supply import PowerYear
from tanlu.power.tariffs import INDUSTRIAL
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.records.year import YearRecord
from tests import model_runs
from tests.laws import (
    AMID,
    COAL,
    HYDRO,
    THERMAL,
    WIND_AND_SUN,
    coal_gw_years,
    coal_rule,
    generated_twh,
    in_worlds,
    never_falls,
    never_rises,
)
from tests.model_runs import REGION, emitted_mt, finance_changed, record, scenario, shipped

# --- water -------------------------------------------------------------------------------------------------------

DRY_YEAR = 2028


def in_the_year_of(hydrology: int) -> YearRecord:
    return record(scenario(years=(2020, DRY_YEAR), world={"drought": {DRY_YEAR: hydrology}}))


def test_more_water_never_needs_more_thermal_power_in_the_year() -> None:
    """The same region up to the year, then every year of water on record, from dry to wet."""
    years = sorted(REGION.power.hydrology.observed)
    runs = [in_the_year_of(year) for year in years]
    water = [
        one.power.output_mwh[-1][:, HYDRO].sum() + one.power.curtailed_mwh[-1][:, HYDRO].sum() for one in runs
    ]
    order = np.argsort(water)
    thermal = [float(runs[i].power.output_mwh[-1][:, THERMAL].sum()) for i in order]
    # Months and provinces matter too: a wetter year may have its water at another time. Contracts take a part.
    never_rises(thermal, 0.02)
    assert thermal[0] > 1.05 * thermal[-1]


def test_the_same_months_with_more_water_need_less_thermal_power_to_the_last_unit() -> None:
    def wet(factor: float) -> float:
        power = REGION.power._replace(
            hydrology=REGION.power.hydrology._replace(normal=REGION.power.hydrology.normal.scale(factor))
        )
        region = dataclasses.replace(REGION)
        object.__setattr__(region, "power", power)
        world = {"hydrology": "normal"}
        last = RegionModel(Inputs(scenario(years=(2024, 2025), world=world), region)).run().record
        return float(last.power.output_mwh[-1][:, THERMAL].sum())

    thermal = [wet(factor) for factor in (0.7, 0.8, 0.9, 1.0, 1.1)]
    never_rises(thermal)
    assert thermal[-1] < thermal[0]


def test_a_drought_raises_thermal_power_and_emissions_in_its_year() -> None:
    dry, usual = record(shipped("drought_2028")), record(shipped("baseline"))
    year = DRY_YEAR - model_runs.FIRST
    thermal = [one.power.output_mwh[year][:, THERMAL].sum() for one in (dry, usual)]
    emitted = [one.emissions.by_sector_tco2[year].sum() for one in (dry, usual)]
    assert thermal[0] > thermal[1] and emitted[0] > emitted[1]
    sent = [model_runs.watch(shipped(name)).lived[year].clearing for name in ("drought_2028", "baseline")]
    np.testing.assert_array_equal(sent[0].around.contract_mw, sent[1].around.contract_mw)
    less = sent[1].outcome.export_mwh.sum() - sent[0].outcome.export_mwh.sum()
    priced = sent[0].around.recallable_mw.sum(axis=0) + sent[0].around.surplus_mw.sum(axis=0)
    most = (priced + sent[0].around.neighbour_mw.sum(axis=0)) @ HOURS_IN_MONTH
    assert less <= most, "what is firm leaves, what has a price may stay or come"
    for name, values in model_runs.quantities(dry).items():
        assert values[:year].tobytes() == model_runs.quantities(usual)[name][:year].tobytes(), (
            f"{name} before the drought"
        )


def test_in_the_drought_of_2028_a_reserve_is_left_and_nobody_is_cut() -> None:
    """As the scenario's file says: the margin falls by half or less, industry pays more, and load is served."""
    dry, usual = record(shipped("drought_2028")), record(shipped("baseline"))
    year = DRY_YEAR - model_runs.FIRST
    margin, before = (one.power.reserve_margin[year] for one in (dry, usual))
    assert (margin > 0.1).all() and (margin < before - 0.1).all()
    assert not dry.demand.shed_mwh[year].any() and not dry.demand.unserved_mwh[year].any()
    prices = [one.power.price_cny_per_mwh[year] for one in (dry, usual)]
    tariffs = [one.demand.tariff_cny_per_mwh[year, :, INDUSTRIAL].sum(axis=1) for one in (dry, usual)]
    assert (prices[0] > prices[1]).all() and (tariffs[0] > tariffs[1]).all()


def test_the_water_of_2022_on_the_system_of_2025() -> None:
    """All else equal: summer dearer in both provinces, tariffs not lower, less margin, and what is firm leaves."""
    year, summer = 2025, slice(6, 9)
    with_water = ({"drought": {year: 2022}, "hydrology": "normal"}, {"hydrology": "normal"})
    runs = [model_runs.watch(scenario(years=(2020, year), world=world)) for world in with_water]
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
    assert (dry.outcome.reserve_margin < usual.outcome.reserve_margin).all()
    sent = [one.outcome.export_mwh + one.outcome.bought.mwh for one in (dry, usual)]
    not_firm = (dry.around.recallable_mw + surplus_mw(dry.around)) @ HOURS_IN_MONTH
    less_sent = sent[1] - sent[0]
    assert (less_sent >= -1.0).all() and (less_sent <= not_firm + 1.0).all() and not_firm[0] > 1e6


def surplus_mw(around: PowerYear) -> np.ndarray:
    """Return what is offered to exports that only sell surplus, by province [P, month]."""
    found = np.zeros(around.recallable_mw.shape)
    np.add.at(found, REGION.power.corridors.surplus_zone, around.surplus_mw)
    return found


# --- money -------------------------------------------------------------------------------------------------------


@in_worlds("today", "a carbon price")
def test_a_renewable_premium_raises_wind_and_sun(amid: str) -> None:
    premiums = (0.0, 15.0, 40.0, 80.0)
    blocks = [
        {"premium": {"kind": "renewable_support", "from_year": 2026, "premium_cny_per_mwh": premium}}
        for premium in premiums
    ]
    runs = [record(scenario({**AMID[amid], **block})) for block in blocks]
    made = [generated_twh(one, WIND_AND_SUN) for one in runs]
    never_falls(made)
    assert made[-1] > made[0]
    never_rises([emitted_mt(one) for one in runs])
    assert runs[-1].power.renewable_premium_cny.sum() > 0.0 == runs[0].power.renewable_premium_cny.sum()


def test_a_capacity_payment_keeps_coal_capacity_not_lower() -> None:
    def paid(rate: float) -> YearRecord:
        block = {
            "kind": "capacity_payment",
            "from_year": 2024,
            "rate_cny_per_kw_year": rate,
            "technologies": ["coal"],
        }
        return record(scenario({"capacity_payment": block}))

    runs = [paid(rate) for rate in (0.0, 80.0, 165.0, 330.0)]
    never_falls([coal_gw_years(one) for one in runs])
    assert coal_gw_years(runs[-1]) > coal_gw_years(runs[0])


def test_cheaper_green_money_builds_more_wind_and_sun() -> None:
    def green(points: float) -> YearRecord:
        block = {
            "kind": "green_bond_incentive",
            "from_year": 2026,
            "interest_subsidy_percentage_points": points,
        }
        return record(scenario({"green": block}))

    runs = [green(points) for points in (0.0, 1.0, 3.0)]
    never_falls([generated_twh(one, WIND_AND_SUN) for one in runs])
    never_rises([emitted_mt(one) for one in runs])
    never_rises([float(one.finance.cost_of_debt_green[10:].mean()) for one in runs])
    assert runs[-1].finance.interest_subsidy_cny.sum() > 0.0


def test_a_label_without_money_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lenders price labelled projects like others: who pays for the label is the market's or the public's affair.

    What bonds change is a matter of test_bonds.py; here none is large enough.
    """
    no_bonds = finance_changed(smallest_bond_cny=np.inf)
    with_label = RegionModel(Inputs(scenario(), no_bonds)).run().record
    assert with_label.finance.green.loans_cny.sum() > 0.0 == with_label.finance.green.company_bonds_cny.sum()
    for kind in (Companies, PowerPlants):
        monkeypatch.setattr(kind, "is_green", np.zeros_like(kind.is_green))
    without = RegionModel(Inputs(scenario(), no_bonds)).run().record
    np.testing.assert_array_equal(
        without.emissions.by_sector_tco2, with_label.emissions.by_sector_tco2, strict=True
    )


# --- coal --------------------------------------------------------------------------------------------------------


def test_a_phase_out_lowers_coal_capacity_the_more_the_stricter_it_is() -> None:
    rules = ({}, {"no_new_coal_from_year": 2026}, {"maximum_age_years": 40}, {"maximum_age_years": 25})
    strict: dict[str, object] = {}
    capacity = []
    for rule in rules:
        strict |= rule
        capacity.append(coal_gw_years(record(scenario(coal_rule(**strict) if strict else {}))))
    never_rises(capacity)
    assert capacity[-1] < 0.8 * capacity[0]


@pytest.mark.parametrize("year", [2027, 2033, 2050])
def test_from_the_exit_year_on_no_coal_unit_runs(year: int) -> None:
    """Units under construction are not commissioned either."""
    one = record(scenario(coal_rule(exit_year=year), years=(2020, min(year + 6, 2060))))
    after = slice(year - model_runs.FIRST, None)
    assert not one.power.output_mwh[after, :, COAL].any()
    assert not one.power.capacity_mw[after, :, COAL].any()
    assert one.power.output_mwh[year - 1 - model_runs.FIRST, :, COAL].sum() > 0.0


@pytest.mark.parametrize(
    ("caps", "last"),
    [
        ((1.0, 0.4, 0.25), 2040),
        pytest.param((1.0, 0.5, 0.45, 0.4, 0.3, 0.25, 0.1), 2045, marks=pytest.mark.slow),
    ],
)
def test_a_tighter_utilisation_cap_never_raises_coal_generation_or_capacity(
    caps: tuple[float, ...], last: int
) -> None:
    """In no year and neither province; companies may build coal, and each cap that is compared binds."""
    rules = [scenario(coal_rule(utilisation_cap_share=cap), years=(2020, last)) for cap in caps]
    runs = [record(rule) for rule in rules]
    assert all(one.prices.limit_price_cny_per_mwh[6:].max() > 10.0 for one in runs[1:])
    never_rises([generated_twh(one, [COAL]) for one in runs])
    coal = [one.power.capacity_mw[:, :, COAL].sum() for one in runs]
    assert coal[-1] < coal[0] - 1e4, "a case that is not empty, MW in all years"
    for looser, tighter in pairwise(runs):
        added = tighter.power.capacity_mw[:, :, COAL] - looser.power.capacity_mw[:, :, COAL]
        # One old unit of 55 MW loses money a window earlier under a looser cap.
        assert added.max() <= 60.0, (model_runs.FIRST + added.max(axis=1).argmax(), added.max())
