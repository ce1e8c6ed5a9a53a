"""Industry: output shared by cost, energy and CO2 by facility, allocation, and options that change what a plant is."""

from types import SimpleNamespace

import numpy as np
import pytest

from tanlu.core.axes import COHORT_SECTORS, RATIONING_TIERS, SECTOR, S
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.industry.closures import projects_closed
from tanlu.industry.efficiency_rule import allocation, balance_value
from tanlu.industry.facilities import Industry
from tanlu.industry.metal import metal_replaced_t
from tanlu.industry.options import option_projects, option_value
from tanlu.investment.population import Appraisal
from tanlu.investment.valuation import earned_share
from tanlu.region.industry import ENERGY
from tanlu.region.tables import year_index
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import REGION, P, heard, scenario

GAS, COAL = ENERGY.index("gas"), ENERGY.index("coal")
FACILITY = "chongqing_iron_steel_bof_line_1"
EVERYTHING_SERVED = np.ones((P, len(RATIONING_TIERS)))
NOTHING_MORE = np.zeros((P, len(REGION.industry.products.names)))  # asked for by buildings and cars
NOTHING_BURNT = np.zeros((P, S, len(ENERGY)))  # by cohorts


@pytest.fixture
def model() -> RegionModel:
    """A region after its first decisions, to be changed as a test likes."""
    stepped = RegionModel(Inputs(scenario(years=(2020, 2060)), REGION))
    for _ in range(7):
        stepped.step()
    return stepped


@pytest.fixture
def signals(model: RegionModel):
    model.year += 1
    return model.announce()


def owners_view(model: RegionModel) -> tuple[np.ndarray, np.ndarray]:
    """Return a hurdle of 8 % and no belief for every owner."""
    return np.full((len(model.companies), 2), 0.08), np.zeros(len(model.companies))


def made(industry: Industry, signals, served: np.ndarray = EVERYTHING_SERVED):
    return industry.operate(signals, industry.offer(signals, 1.0, NOTHING_MORE, NOTHING_BURNT), served)


# --- production --------------------------------------------------------------------------------------------------


def test_demand_is_met_as_far_as_there_is_capacity(model: RegionModel, signals) -> None:
    industry = model.industry
    plan = industry.offer(signals, 1.0, NOTHING_MORE, NOTHING_BURNT)
    products = len(industry.data.products.names)
    demand = industry.data.demand_kt[signals.data_row].reshape(-1) * 1e3
    usable = np.where(industry.active(signals.year) & ~industry.is_block, industry.capacity, 0.0)
    spared = np.zeros((P, products))
    spared[:, industry.data.products.metal] = metal_replaced_t(industry, demand.reshape(P, products), usable)
    demand = demand - spared.reshape(-1)
    capacity = np.bincount(industry.group, usable, P * products + 1)[:-1]
    output = np.bincount(industry.group, np.where(industry.is_block, 0.0, plan.output), P * products + 1)[:-1]
    np.testing.assert_allclose(output, np.minimum(demand, capacity), rtol=1e-9)
    np.testing.assert_allclose(plan.unmet_t[:-1], demand - output, atol=1e-6 * demand.max())
    assert np.all(plan.output[~industry.is_block] <= industry.capacity[~industry.is_block])
    assert np.all(plan.output[~industry.active(signals.year)] == 0.0)


def test_of_two_plants_in_a_group_the_dearer_is_used_less(model: RegionModel, signals) -> None:
    industry = model.industry
    use = lambda: industry.offer(signals, 0.5, NOTHING_MORE, NOTHING_BURNT).output / industry.capacity  # noqa: E731
    before = use()
    row = industry.ids.index("pangang_panzhihua_bof_line_1")
    industry.other_cost_cny = industry.other_cost_cny.copy()
    industry.other_cost_cny[row] *= 1.3
    after = use()
    peers = (industry.group == industry.group[row]) & industry.active(signals.year)
    peers[row] = False
    assert after[row] < before[row]
    assert np.all(after[peers] >= before[peers] - 1e-12)


def test_a_carbon_price_moves_output_to_the_cleaner_plant(model: RegionModel, signals) -> None:
    industry = model.industry
    intensity = industry.needs(signals.year).gross_tco2.sum(axis=1)
    price = np.full((P, S), 300.0)
    before = industry.offer(signals, 0.6, NOTHING_MORE, NOTHING_BURNT).output
    dearer = heard(signals, carbon={"price_cny_per_tco2": price})
    after = industry.offer(dearer, 0.6, NOTHING_MORE, NOTHING_BURNT).output
    for group in np.unique(industry.group[~industry.is_block]):
        rows = np.flatnonzero((industry.group == group) & (before > 0.0))
        if rows.size > 1 and np.ptp(intensity[rows]) > 1e-6:
            emitted = [(x[rows] * intensity[rows]).sum() for x in (before, after)]
            assert emitted[1] <= emitted[0] * (1.0 + 1e-9), industry.data.products.names[
                industry.product[rows[0]]
            ]


def test_blocks_follow_activity_and_intensity_and_those_of_cohorts_burn_what_the_cohorts_do(
    model: RegionModel, signals
) -> None:
    industry, data = model.industry, model.industry.data
    burnt_gj = np.random.default_rng(1).uniform(1e6, 1e8, (P, S, len(ENERGY)))
    plan = industry.offer(signals, 1.0, NOTHING_MORE, burnt_gj)
    outcome = industry.operate(signals, plan, EVERYTHING_SERVED)
    rows = np.flatnonzero(industry.is_block)
    place = industry.province[rows], industry.sector[rows]
    np.testing.assert_allclose(
        outcome.output[rows],
        industry.base_output[rows] * data.activity[(signals.data_row, *place)],
        rtol=1e-12,
    )
    level = data.fossil_intensity[(signals.data_row, *place)][:, None]
    is_cohorts = np.isin(industry.sector[rows], [SECTOR[name] for name in COHORT_SECTORS])[:, None]
    fuel = outcome.output[rows][:, None] * industry.energy_gj[rows] * level
    expected = np.where(is_cohorts, burnt_gj[place], fuel)
    np.testing.assert_allclose(outcome.energy_gj[rows], expected, rtol=1e-12)
    tco2 = expected @ REGION.power.carrier_co2_t_per_gj[: len(ENERGY)]
    tco2 = tco2 + outcome.output[rows] * industry.process_tco2[rows]
    np.testing.assert_allclose(outcome.emitted_tco2[rows].sum(axis=1), tco2, rtol=1e-12)


def test_shed_load_stops_the_facilities_of_its_province_only(model: RegionModel, signals) -> None:
    industry = model.industry
    whole, cut = (
        made(industry, signals),
        made(industry, signals, np.array([[0.9, 0.95, 0.5], [1.0, 1.0, 1.0]])),
    )
    ratio = np.divide(cut.output, whole.output, out=np.ones_like(cut.output), where=whole.output > 0.0)
    first = (industry.province == 0) & ~industry.is_block & (whole.output > 0.0)
    heavy = np.isin(industry.sector, [SECTOR[name] for name in ("steel", "cement", "aluminium")])
    np.testing.assert_allclose(ratio[first & heavy], 0.9)
    np.testing.assert_allclose(ratio[first & ~heavy], 0.95)
    np.testing.assert_allclose(ratio[~first], 1.0)


def test_capture_takes_its_share_and_burns_gas_for_it(model: RegionModel, signals) -> None:
    industry = model.industry
    row = industry.ids.index(FACILITY)
    plain = made(industry, signals)
    industry.capture_rate[row], industry.capture_year[row] = 0.9, signals.year
    industry.capturable_share = industry.capturable_share.copy()
    industry.capturable_share[row] = 0.6
    industry.capture_heat_gj[row], industry.capture_mwh[row] = 3.0, 0.15
    industry.capture_size_tco2[row] = plain.gross_tco2[row]
    captured = made(industry, signals)
    less = captured.output[row] / plain.output[row]  # dearer than the other lines of its works
    assert 0.5 < less < 1.0
    base = less * plain.gross_tco2[row]
    heat = captured.captured_tco2[row] * 3.0
    assert captured.captured_tco2[row] == pytest.approx(0.9 * 0.6 * base)
    assert captured.energy_gj[row, GAS] - less * plain.energy_gj[row, GAS] == pytest.approx(heat)
    more_gas = heat * REGION.power.carrier_co2_t_per_gj[GAS]
    assert captured.emitted_tco2[row].sum() == pytest.approx(base + more_gas - captured.captured_tco2[row])
    more_power = captured.electricity_mwh[row] - less * plain.electricity_mwh[row]
    assert more_power == pytest.approx(captured.captured_tco2[row] * 0.15)
    industry.capture_year[row] = signals.year + 1
    assert made(industry, signals).captured_tco2[row] == 0.0, "not before it is built"


# --- money -------------------------------------------------------------------------------------------------------


def test_whoever_emits_as_most_makers_do_bears_no_carbon_cost_of_his_own() -> None:
    """A product's price carries the carbon cost of its usual process: who runs that earns what he earned before."""
    untaxed, taxed = (before_any_decision(price) for price in (0.0, 200.0))
    industry, cheap, dear = untaxed.industry, untaxed.announce(), taxed.announce()
    plan = industry.offer(cheap, 1.0, NOTHING_MORE, NOTHING_BURNT)
    outcome = industry.operate(cheap, plan, EVERYTHING_SERVED)
    profit = [
        industry.settle(s, plan, outcome, 0.0 * outcome.captured_tco2).profit_cny for s in (cheap, dear)
    ]
    processes = industry.data.processes
    first = np.array([np.argmax(processes.product == g) for g in range(len(industry.data.products.names))])
    usual = ~industry.is_block & (industry.process == first[industry.product]) & (outcome.output > 0.0)
    assert usual.sum() > 50 and np.abs(profit[0][usual]).min() > 0.0
    np.testing.assert_allclose(profit[1][usual], profit[0][usual], rtol=1e-9)
    assert not profit[0][industry.is_block].any()


def before_any_decision(tax_cny_per_tco2: float) -> RegionModel:
    """A model in 2026 whose facilities are those of the pack, under a tax on every tonne and today's policies."""
    tax = {"kind": "carbon_price", "from_year": 2021, "price_cny_per_tco2": tax_cny_per_tco2}
    fresh = RegionModel(Inputs(scenario({"tax": tax}), REGION))
    fresh.year = 2026
    return fresh


def test_who_emits_as_its_product_does_has_no_position_whatever_it_makes(model: RegionModel, signals) -> None:
    """So its marginal cost does not depend on the price."""
    industry, untightened = model.industry, np.ones((P, S))
    law = signals.policy._replace(carbon=signals.policy.carbon._replace(benchmark_factor=untightened))
    rows = np.flatnonzero((industry.product == industry.product[0]) & ~industry.is_block)
    assert rows.size > 1
    for column in ("energy_gj", "process_tco2", "capture_year"):
        getattr(industry, column)[rows] = getattr(industry, column)[rows[0]]
    outcome = made(industry, signals)
    emitted, every = outcome.emitted_tco2.sum(axis=1), np.arange(len(industry))
    balance = balance_value(industry, emitted, outcome.output)
    for scale in (1.0, 2.0):
        asked = signals._replace(policy=law), every, scale * emitted, scale * outcome.output, balance
        free = allocation(industry, *asked, untightened)
        assert np.count_nonzero(emitted[rows]) > 1
        np.testing.assert_allclose(free[rows], scale * emitted[rows], rtol=1e-12)


def test_the_balance_value_moves_with_what_all_who_make_the_product_emit(model: RegionModel, signals) -> None:
    industry = model.industry
    outcome = made(industry, signals)
    emitted, facility = outcome.emitted_tco2.sum(axis=1), ~industry.is_block
    balance = balance_value(industry, emitted, outcome.output)
    for product in np.unique(industry.product[facility]):
        rows = facility & (industry.product == product)
        assert np.sum(balance[rows] * outcome.output[rows]) == pytest.approx(emitted[rows].sum())
    half = balance_value(industry, 0.5 * emitted, outcome.output)
    np.testing.assert_allclose(half[facility], 0.5 * balance[facility])


def test_allocation_lies_around_emissions_within_its_bounds(model: RegionModel, signals) -> None:
    industry = model.industry
    plan = industry.offer(signals, 1.0, NOTHING_MORE, NOTHING_BURNT)
    outcome = industry.operate(signals, plan, EVERYTHING_SERVED)
    allocated = industry.settle(signals, plan, outcome, 0.0 * outcome.captured_tco2).allocated_tco2
    emitted = outcome.emitted_tco2.sum(axis=1)
    by_sector = signals.policy.carbon.covered * ~signals.carbon.is_capped
    covered = by_sector[industry.province, industry.sector] * ~industry.is_block > 0.0
    limit = REGION.parameters["allocation_surplus_limit"]
    assert np.all(np.abs(allocated - emitted)[covered] <= limit * emitted[covered] * (1 + 1e-12))
    assert not allocated[industry.is_block].any()
    clean = balance_value(industry, emitted, outcome.output) * outcome.output - emitted
    surplus = (allocated - emitted)[covered]
    cleaner = clean[covered] > 1e-2 * emitted[covered]
    assert cleaner.any() and np.all(surplus[cleaner] > 0.0)
    half = heard(signals, auction_share=np.full((P, S), 0.5))
    np.testing.assert_allclose(
        industry.settle(half, plan, outcome, 0.0 * outcome.captured_tco2).allocated_tco2[covered],
        0.5 * allocated[covered],
    )


# --- decisions ---------------------------------------------------------------------------------------------------


def start(industry: Industry, name: str, option: str, signals) -> None:
    """Let one facility start one option, as if it had been chosen and funded."""
    k = len(industry.options)
    one = Appraisal(
        industry.options,
        np.array([industry.ids.index(name)]),
        *(np.zeros((1, k)) for _ in range(3)),
        np.ones((1, k), bool),
        np.zeros((1, k)),
    )
    industry.start(one, np.array([industry.options.index(option)]), np.array([True]), signals)


def test_a_project_changes_the_plant_after_its_lead_time(model: RegionModel, signals) -> None:
    industry, options = model.industry, model.industry.data.options
    row, option = industry.ids.index(FACILITY), options.ids.index("steel_best_practice")
    industry.has_taken[row], industry.due = False, []
    before = industry.energy_gj[row].copy()
    start(industry, FACILITY, "steel_best_practice", signals)
    lead = int(options.lead_time_years[option])
    assert lead >= 1, "an option of no lead time would be due before anybody looks"
    for year in range(signals.year + 1, signals.year + lead):
        industry.complete(year)
        np.testing.assert_array_equal(industry.energy_gj[row], before)
    industry.complete(signals.year + lead)
    expected = before * options.effect.energy_factor[option] + options.effect.added_energy_gj_per_t[option]
    np.testing.assert_allclose(industry.energy_gj[row], expected)
    assert not industry.due


def test_in_a_run_a_project_works_from_the_year_it_is_due() -> None:
    tax = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 150}
    model = RegionModel(Inputs(scenario({"tax": tax}, years=(2020, 2040)), REGION))
    industry, options = model.industry, REGION.industry.options
    while not industry.due:
        model.step()
    due, row, option = industry.due[0]
    assert due == model.year + options.lead_time_years[option]

    def recipe() -> list[float]:
        return [*industry.energy_gj[row], industry.electricity_mwh[row], industry.capture_rate[row]]

    before = recipe()
    for _ in range(model.year + 1, due):
        model.step()
        assert recipe() == before, "still under construction"
    model.step()
    assert model.year == due and recipe() != before


@pytest.mark.parametrize("sold", [0.0, 0.4])
@pytest.mark.parametrize("counts", [False, True])
def test_what_an_option_counts_on_of_the_market_is_what_the_accounts_will_show(
    model: RegionModel, signals, counts: bool, sold: float
) -> None:
    """Where it counts, capture cuts the free allowances with the emissions: it earns the part that is sold, and next
    to nothing else. Where it does not, its heat costs what is sold of it.
    """
    industry, free = model.industry, signals.policy.carbon.covered * (1.0 - sold)
    of = heard(
        signals,
        allowance_value_cny_per_tco2=free * signals.carbon.market_price_cny_per_tco2,
        carbon={"capture_counts": float(counts)},
        capture_counts_path=np.full(signals.carbon.capture_counts_path.size, float(counts)),
        captured_cost_cny_per_tco2=(1.0 - counts)
        * signals.policy.carbon.covered
        * signals.carbon.market_price_cny_per_tco2,
    )
    outcome, option = made(industry, of), industry.data.options.ids.index("clinker_capture_amine")
    able = ~industry.is_block & (outcome.output > 0.0) & industry.applies[:, option]
    rows = np.flatnonzero(able)
    nobody = owners_view(model)[1]
    project, _ = option_projects(
        industry, of, outcome, rows, np.full(rows.size, option), np.full(rows.size, 0.08), nobody
    )
    place = project.province, project.sector
    price, market = (
        of.carbon.carbon_cost_cny_per_tco2[place],
        of.carbon.market_price_cny_per_tco2,
    )
    value = of.carbon.allowance_value_cny_per_tco2[project.province, project.sector]
    expected = project.avoided_tco2 * (price - project.allowance_share * value)
    if not counts:
        needed = of.carbon.captured_cost_cny_per_tco2[place] - project.allowance_share * value
        expected = expected - project.stored_tco2 * needed

    every = outcome.emitted_tco2.sum(axis=1) + (not counts) * outcome.captured_tco2
    balance = balance_value(industry, every, outcome.output)[rows]
    output = industry.expected_output(of.data_row, outcome.output)[rows]  # over a contract with a hub

    def paid(owed: np.ndarray) -> np.ndarray:
        """Without a fixed price, what is owed is all that costs."""
        allocated = allocation(industry, of, rows, owed, output, balance, free)
        return price * owed - market * allocated

    owed = every[rows] * output / outcome.output[rows]
    fewer = project.avoided_tco2 - (not counts) * project.stored_tco2
    np.testing.assert_allclose(expected, paid(owed) - paid(owed - fewer), rtol=1e-9, atol=1.0)
    earned = expected / (fewer * market)
    assert rows.size > 20 and market > 0.0
    np.testing.assert_allclose(
        earned_share(of, project), expected / (project.avoided_tco2 * market), rtol=1e-9, atol=1e-9
    )
    # What the heat of capture adds is small, and partly within the band around the balance value, where all counts.
    assert np.all(earned > sold - 0.05) and earned.max() < (sold + 0.05 if counts else 1.05)


def test_every_option_takes_at_least_a_year() -> None:
    assert REGION.industry.options.lead_time_years.min() >= 1


def test_another_process_replaces_the_recipe(model: RegionModel, signals) -> None:
    industry, processes = model.industry, model.industry.data.processes
    row = industry.ids.index(FACILITY)
    industry.has_taken[row], industry.due = False, []
    start(industry, FACILITY, "steel_scrap_eaf", signals)
    for year in range(signals.year + 1, signals.year + 10):
        industry.complete(year)
    k = int(industry.process[row])
    assert processes.names[k] != "bf_bof"
    np.testing.assert_array_equal(industry.energy_gj[row], processes.energy_gj_per_t[k])
    assert industry.electricity_mwh[row] == processes.electricity_mwh_per_t[k]
    fits = industry.data.options.from_process
    for option in np.flatnonzero(industry.applies[row]):
        assert processes.names[k] in fits[option].split(";")


def test_who_is_busy_or_has_captured_is_not_offered_it_again(model: RegionModel, signals) -> None:
    industry = model.industry
    hurdle, belief = owners_view(model)
    row = industry.ids.index(FACILITY)
    start(industry, FACILITY, "steel_best_practice", signals)
    later = signals._replace(year=signals.year)
    table = industry.appraise(later, made(industry, signals), hurdle, belief)
    if row in table.decider:
        assert table.feasible[table.decider.tolist().index(row)][1:-1].sum() == 0


def test_who_captures_already_is_not_offered_another_capture_plant(model: RegionModel) -> None:
    industry, row = model.industry, model.industry.ids.index(FACILITY)
    captures = np.array([kind == "capture" for kind in industry.data.options.kind])
    industry.due, industry.has_taken[row] = [], False

    def offered() -> set[int]:
        rows, output = np.array([row]), np.ones(len(industry))
        by_year = {year: projects_closed(industry, rows, year, output) for year in range(2027, 2061)}
        return {year for year, closed in by_year.items() if closed.is_open[0, captures].any()}

    assert offered(), "at a reline, or in any year once it is on the market"
    industry.capture_year[row] = 2028
    assert not offered()


def test_closing_takes_effect_next_year_and_only_losers_may(model: RegionModel, signals) -> None:
    industry = model.industry
    hurdle, belief = owners_view(model)
    industry.profit_cny = np.full_like(industry.profit_cny, 1e9)
    table = industry.appraise(signals, made(industry, signals), hurdle, belief)
    assert not table.feasible[:, -1].any()
    industry.profit_cny = -industry.profit_cny
    table = industry.appraise(signals, made(industry, signals), hurdle, belief)
    facility = ~industry.is_block[table.decider]
    waits = np.isin(
        table.decider, [row for _, row, _ in industry.due]
    )  # for what a project under way will change
    wants = facility & ~waits & (table.npv_cny[:, -1] > 0.0)
    assert table.feasible[:, -1].any() and not table.feasible[~wants, -1].any()
    output = made(industry, signals).output
    for group in np.unique(industry.group[table.decider]):
        members = (industry.group == group) & industry.active(signals.year + 1) & ~industry.is_block
        closers = table.decider[table.feasible[:, -1] & (industry.group[table.decider] == group)]
        closers = closers[members[closers]]  # the others leave next year anyhow
        left = industry.capacity[members].sum() - industry.capacity[closers].sum()
        assert left >= output[members].sum() - 1e-6 or not closers.size, "the rest can serve what was made"
    row = industry.ids.index(FACILITY)
    industry.due = [(signals.year + 2, int(row), 0) for row in table.decider]
    table = industry.appraise(signals, made(industry, signals), hurdle, belief)
    assert not table.feasible[:, -1].any(), "nobody closes what is being rebuilt"
    industry.due = []
    start(industry, FACILITY, "close", signals)
    assert industry.active(signals.year)[row] and not industry.active(signals.year + 1)[row]


def test_everybody_decides_once_in_an_interval(model: RegionModel) -> None:
    interval = int(REGION.parameters["overhaul_interval_years"])
    everybody = np.arange(len(model.industry))
    windows = np.stack([model.industry.years_to_window(everybody, 2030 + i) == 0 for i in range(interval)])
    assert np.all(windows.any(axis=0))
    assert windows.mean(axis=1).min() > 0.05 and windows.mean(axis=1).max() < 0.5, "staggered"


def test_a_facility_that_captures_values_a_further_option_by_what_it_changes(
    model: RegionModel, signals
) -> None:
    """Capture in place costs the same with and without the option, so it must not count against the option."""
    industry, options = model.industry, model.industry.data.options
    row, option = (
        np.array([industry.ids.index(FACILITY)]),
        np.array([options.ids.index("steel_best_practice")]),
    )
    belief, rate = np.zeros(len(model.companies)), np.array([0.08])
    nothing = np.zeros((P, S))
    free = heard(signals, carbon_cost_cny_per_tco2=nothing, subsidies={CAPTURE_SUBSIDY: nothing})
    outcome = made(industry, free)
    before = option_value(industry, free, outcome, row, option, rate, belief).npv_cny
    industry.capture_rate[row], industry.capture_year[row] = 0.9, free.year
    industry.capture_heat_gj[row], industry.capture_mwh[row], industry.capture_om_cny[row] = 3.0, 0.15, 60.0
    industry.capture_size_tco2[row] = outcome.gross_tco2[row]
    after = option_value(industry, free, made(industry, free), row, option, rate, belief).npv_cny
    # Efficiency also saves what capturing the CO2 of the fuel saved would have cost, so it is worth a little more.
    assert after[0] >= before[0] > -1e12


def test_an_option_without_any_effect_is_worth_its_cost(model: RegionModel, signals) -> None:
    industry = model.industry
    o = industry.data.options
    pick = o.ids.index("steel_best_practice")
    effect = o.effect._replace(
        **{
            name: np.where(np.arange(len(o.ids)) == pick, value, getattr(o.effect, name).T).T
            for name, value in (
                ("energy_factor", 1.0),
                ("added_energy_gj_per_t", 0.0),
                ("added_electricity_mwh_per_t", 0.0),
                ("process_factor", 1.0),
                ("variable_cost_cny_per_t", 0.0),
                ("fixed_om_cny_per_t_year", 0.0),
            )
        }
    )
    stub = SimpleNamespace(**vars(industry), sites=industry.sites)
    stub.data = industry.data._replace(options=o._replace(effect=effect))
    for method in ("needs", "intensity", "scrap_committed", "expected_output"):
        setattr(stub, method, getattr(industry, method))
    row, option = np.array([industry.ids.index(FACILITY)]), np.array([pick])
    value = option_value(
        stub, signals, made(industry, signals), row, option, np.array([0.08]), np.zeros(len(model.companies))
    )
    lead = int(o.lead_time_years[pick])
    paid = sum(value.projects.capex_cny[0] / lead / 1.08**t for t in range(lead))
    # Tax bears a part of it, as it is written off over fifteen years at 25 %, and inflation wears that.
    spared = sum(0.25 / 15.0 / 1.015**k / 1.08 ** (lead + k) for k in range(1, 16))
    paid -= value.projects.capex_cny[0] * spared
    assert value.npv_cny[0] == pytest.approx(-paid) and np.isnan(value.switching_price_cny_per_tco2[0])


def test_the_capture_of_a_larger_stream_costs_less_a_tonne(model: RegionModel, signals) -> None:
    industry, options = model.industry, model.industry.data.options
    row, option = (
        np.array([industry.ids.index(FACILITY)]),
        np.array([options.ids.index("steel_capture_end_of_pipe")]),
    )
    belief, rate = np.zeros(len(model.companies)), np.array([0.08])
    outcome = made(industry, signals)
    small = option_value(industry, signals, outcome, row, option, rate, belief).projects.capex_cny[0]
    industry.capacity = industry.capacity.copy()
    industry.capacity[row] *= 2.0
    doubled = outcome._replace(output=outcome.output * 2.0)
    large = option_value(industry, signals, doubled, row, option, rate, belief).projects.capex_cny[0]
    exponent = options.effect.scale_exponent[option[0]]
    assert large / small == pytest.approx(2.0**exponent) and exponent < 1.0


def test_draws_of_a_facility_are_its_own() -> None:
    """The premium on the hurdle lies within its half width and depends on seed and replication alone."""
    one, same = (RegionModel(Inputs(scenario(seed=5), REGION)).industry for _ in range(2))
    other = RegionModel(Inputs(scenario(seed=5), REGION), replication=1).industry
    assert one.own_premium.tobytes() == same.own_premium.tobytes() != other.own_premium.tobytes()
    assert np.abs(one.own_premium).max() <= REGION.parameters["hurdle_half_width"]
    interval = REGION.parameters["reline_interval_years"]
    assert np.abs(one.reline_years - interval).max() <= 3


def test_the_base_year_meets_the_inventory() -> None:
    """Facilities and blocks together emit what the inventory says, where facilities do not exceed it already."""
    record = model_runs.record(scenario())
    observed = REGION.industry.inventory_mtco2.sum(axis=2)
    row = year_index(2020)
    for sector in ("transport", "buildings", "agriculture"):
        got = record.emissions.by_sector_tco2[row, :, SECTOR[sector]] / 1e6
        np.testing.assert_allclose(got, observed[:, SECTOR[sector]], rtol=0.25)
