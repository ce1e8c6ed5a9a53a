"""Power plants: what a unit is worth open, closed and with capture, when it decides, and how long it stands."""

import numpy as np
import pytest

from tanlu.core.axes import FUEL, FUELS, S
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.finance.companies import Companies
from tanlu.industry.facilities import Industry
from tanlu.power.options import OPTIONS
from tanlu.power.plants import PowerPlants
from tanlu.region.power import BUILDABLE, OPEN_END_YEAR
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import REGION, P, calls_of, heard, scenario

COAL = FUEL["coal"]
KEEP, CAPTURE, CLOSE = (OPTIONS.index(name) for name in ("keep", "capture_retrofit", "retire_early"))
PARAMETERS = REGION.parameters


class Asked:
    """The last appraisal of the power plants of a run, to be repeated with other signals or plants."""

    def __init__(self, year: int = 2030) -> None:
        self.model = RegionModel(Inputs(scenario(years=(2020, year)), REGION))
        with calls_of(PowerPlants, "appraise") as calls:
            self.model.run()
        (
            (self.plants, self.signals, self.expected_accounts, self.hurdle, self.belief, self.expected),
            _,
            self.first,
        ) = calls[-1]

    def again(self, **signals: object):
        changed = heard(self.signals, **signals)
        return self.plants.appraise(changed, self.expected_accounts, self.hurdle, self.belief, self.expected)


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


def at_overhaul(plants: PowerPlants, year: int) -> set[int]:
    rows = plants.thermal_running(year)
    return set(rows[plants.years_to_window(rows, year) == 0])


def test_only_thermal_units_in_operation_decide_and_each_once_in_an_interval(asked: Asked) -> None:
    plants, rows = asked.plants, asked.first.decider
    assert set(plants.fuel[rows]) <= {FUEL[f] for f in ("coal", "gas", "byproduct_gas", "biomass", "waste")}
    assert plants.active(asked.signals.year)[rows].all()
    interval = int(PARAMETERS["overhaul_interval_years"])
    known = np.arange(
        asked.expected_accounts.output_mwh.size
    )  # units decided in the last year have no accounts yet
    asking = [at_overhaul(plants, 2030 + i) & set(known) for i in range(interval)]
    assert set(rows) == asking[0]
    assert sum(map(len, asking)) == len(set.union(*asking)) > 0


def test_capture_is_for_large_lasting_units_that_have_none(asked: Asked) -> None:
    plants, table = asked.plants, asked.first
    year, may = asked.signals.year, table.feasible[:, CAPTURE]
    rows = table.decider
    offered = REGION.power.technologies.capture.rate[plants.fuel[rows]] > 0.0
    large = plants.capacity_mw[rows] >= PARAMETERS["capture_minimum_capacity_mw"]
    large |= rows >= plants.pack_size  # what is built is part of units of the usual size
    lasting = plants.retired_year[rows] - year >= PARAMETERS["capture_minimum_remaining_life_years"]
    stays = (
        plants.retired_year[rows] > year + 1
    )  # the others may have chosen to close when they had appraised
    np.testing.assert_array_equal(may[stays], (offered & large & lasting)[stays])
    assert may.any() and not may.all()
    taken = rows[may & stays][0]
    plants.capture_year = plants.capture_year.copy()
    plants.capture_year[taken] = year
    assert not asked.again().feasible[rows.tolist().index(taken), CAPTURE]
    plants.capture_year[taken] = OPEN_END_YEAR


def test_closing_is_for_units_that_lose_money_over_the_remembered_years(asked: Asked) -> None:
    plants, rows = asked.plants, asked.first.decider
    kept = plants.profit_cny
    plants.profit_cny = np.full_like(kept, 1.0)
    assert not asked.again().feasible[:, CLOSE].any()
    plants.profit_cny = -plants.profit_cny
    known = plants.commissioned_year[rows] <= asked.signals.year - plants.profit_cny.shape[1] + 1
    assert np.array_equal(asked.again().feasible[:, CLOSE], known) and known.sum() > 0
    plants.profit_cny = kept


def test_a_subsidy_on_tonnes_is_worth_keeping_a_capturing_unit_open_for(asked: Asked) -> None:
    table = asked.first
    captured = np.zeros_like(asked.expected_accounts.captured_tco2)
    captured[table.decider] = 1e6
    expected_accounts, kept = (
        asked.expected_accounts._replace(captured_tco2=captured),
        asked.expected_accounts,
    )
    asked.expected_accounts = expected_accounts
    bare, paid = asked.again(), asked.again(subsidies={CAPTURE_SUBSIDY: np.full((P, S), 200.0)})
    asked.expected_accounts = kept
    assert np.all(paid.npv_cny[:, CLOSE] < bare.npv_cny[:, CLOSE])


def test_the_more_a_unit_earns_ahead_the_less_closing_is_worth(asked: Asked) -> None:
    kept = asked.expected_accounts
    before = asked.again().npv_cny[:, CLOSE]
    asked.expected_accounts = kept._replace(profit_cny=kept.profit_cny + 1e8)
    after = asked.again().npv_cny[:, CLOSE]
    asked.expected_accounts = kept
    assert np.all(after < before)


@pytest.mark.parametrize("help", ["price", "support", "grant"])
def test_price_support_and_grant_each_make_capture_worth_more(asked: Asked, help: str) -> None:
    more = {
        "price": {"carbon_cost_cny_per_tco2": asked.signals.carbon.carbon_cost_cny_per_tco2 + 100.0},
        "support": {"subsidies": {CAPTURE_SUBSIDY: np.full((P, S), 100.0)}},
        "grant": {"capture_grant_share": np.full((P, S), 0.5)},
    }[help]
    before, after = asked.again(), asked.again(**more)
    rows = before.feasible[:, CAPTURE]
    gain = after.npv_cny[rows, CAPTURE] - before.npv_cny[rows, CAPTURE]
    # A plant too large for trucks that no line reaches has no outlet: nothing paid by the tonne helps it.
    assert np.all(gain >= 0.0) and (gain > 0.0).mean() >= (1.0 if help == "grant" else 0.8)
    if help == "grant":
        np.testing.assert_allclose(after.capex_cny[rows, CAPTURE], 0.5 * before.capex_cny[rows, CAPTURE])


def test_keeping_is_the_zero_of_every_table(asked: Asked) -> None:
    assert not asked.first.npv_cny[:, KEEP].any() and asked.first.feasible[:, KEEP].all()


# --- standing ----------------------------------------------------------------------------------------------------


def test_known_closing_years_hold_and_others_follow_from_age() -> None:
    plants = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).plants
    units, life = REGION.power.units, REGION.power.technologies.by_fuel.lifetime_years[plants.fuel]
    known = units.retired_year < OPEN_END_YEAR
    np.testing.assert_array_equal(plants.retired_year[known], units.retired_year[known])
    open_end = np.maximum(plants.commissioned_year + life, REGION.base_year + life // 2)
    np.testing.assert_array_equal(plants.retired_year[~known], open_end[~known])


def test_a_new_unit_counts_half_in_its_first_year(asked: Asked) -> None:
    plants = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).plants
    later = np.flatnonzero((plants.commissioned_year > REGION.last_observed_year) & (plants.fuel == COAL))
    row, year = later[0], plants.commissioned_year[later[0]]
    plants.capacity_mw = np.where(np.arange(len(plants.fuel)) == row, plants.capacity_mw, 0.0)
    years = (year - 1, year, year + 1, plants.retired_year[row])
    net = [plants.offer(asked.signals, y).capacity_by_fuel_mw.sum() for y in years]
    stays = 1.0 - REGION.parameters["exit_share_beyond_life"]  # of what comes to the end of its life
    assert net == [0.0, *(share * plants.capacity_mw[row] for share in (0.5, 1.0, stays))]


def test_a_named_unit_closes_when_the_scenario_says_so() -> None:
    name = next(
        u for u, f in zip(REGION.power.units.ids, REGION.power.units.fuel, strict=True) if FUELS[f] == "coal"
    )
    run = model_runs.run(scenario(years=(2020, 2030), world={"plant_retirement": {name: 2027}}))
    table = run.plants()
    years = table["year"][table["decider"] == name]
    assert years.max() == 2026


def test_what_is_built_stands_for_its_life_and_carries_its_owner_and_place() -> None:
    model = model_runs.watch(scenario(years=(2020, 2040)))
    plants, n = model.plants, model.plants.pack_size
    tech = REGION.power.technologies
    life = plants.retired_year[n:] - plants.commissioned_year[n:]
    assert np.all(life <= tech.lifetime_years.max()) and np.all(plants.commissioned_year[n:] > 2025)
    active, held = REGION.finance.owners.active_in, plants.holdings
    assert np.all(active[held.owner[n:], plants.province[held.row[n:]]] == 1.0), (
        "nobody builds where it does not invest"
    )
    assert len(set(plants.ids)) == len(plants.ids) and len(set(plants.number)) == len(plants.number)


@pytest.mark.parametrize("technology", ["wind", "solar_utility", "coal"])
def test_sites_and_yearly_slots_are_not_exceeded(technology: str) -> None:
    k = BUILDABLE.index(technology)
    rich = {"kind": "renewable_support", "from_year": 2026, "premium_cny_per_mwh": 200}
    model = model_runs.watch(scenario({"premium": rich}, years=(2020, 2050)))
    plants, n = model.ever, len(REGION.power.units.ids)
    limits, mine = REGION.power.technologies, plants.fuel == FUEL[technology]
    new = np.arange(len(plants.ids)) >= n
    at = {lived.year.signals.year: lived.plants for lived in model.lived}
    lead, leaves = int(limits.lead_time_years[k]), REGION.parameters["exit_share_beyond_life"]

    def stood(which: np.ndarray, now: int, year: int) -> float:
        """Return MW of units that in `now` are expected to stand in `year`."""
        mw = np.where(plants.commissioned_year > now, plants.capacity_mw, 0.0)
        mw[at[now].place] = np.where(at[now].active(now), at[now].capacity_mw, mw[at[now].place])
        for passed in range(now + 1, year + 1):
            mw *= np.where(plants.life_end_year <= passed, 1.0 - leaves, 1.0)
        beyond = (plants.life_end_year <= year) & (plants.retired_year > now)
        return float(mw[which & ((plants.retired_year > year) | beyond)].sum())

    for p in range(P):
        here = mine & (plants.province == p)
        floor, rate, most = (
            limits.floor_mw_per_year[p, k],
            limits.growth_rate[p, k],
            limits.potential_mw[p, k],
        )
        for ready in range(2027, 2051):
            due = here & (plants.commissioned_year == ready)
            stock = stood(here & (plants.commissioned_year < ready), ready - lead, ready)
            connected = max(floor, rate * stock * (1.0 - stock / most)) * (1.0 + 1e-9)
            assert plants.capacity_mw[due & new].sum() <= max(
                connected - plants.capacity_mw[due & ~new].sum(), 0.0
            )
        stock = [stood(here & (plants.commissioned_year <= y), y, y) for y in range(2026, 2051)]
        ever = REGION.power.units
        base = ever.capacity_mw[(ever.fuel == FUEL[technology]) & (ever.province == p)].sum()
        assert max(stock) <= max(limits.potential_mw[p, k], base) * (1.0 + 1e-9)


def test_each_kind_is_one_population() -> None:
    model = model_runs.watch(scenario(years=(2020, 2040)))
    assert [type(x) for x in (model.plants, model.industry, model.companies)] == [
        PowerPlants,
        Industry,
        Companies,
    ]
