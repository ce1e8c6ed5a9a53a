"""Invest: everybody at a decision window appraises, chooses and asks for money; what is funded starts."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import P
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.finance.companies import BuildSites, Companies, Room
from tanlu.finance.government import Regulator
from tanlu.investment.closed_by import ClosedBy
from tanlu.investment.learning import learn
from tanlu.investment.population import Appraisal
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.decisions import CaptureEntry, Entry
from tanlu.ledger.margins import MarginEntry
from tanlu.power.adequacy import approve_closing
from tanlu.power.plants import PowerPlants
from tanlu.power.sites import SMALL, site_room
from tanlu.power.state import COAL, GAS
from tanlu.power.system import clear_power_year
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.scenario.world import World
from tanlu.simulation.actors import Actors
from tanlu.simulation.margins import expected_margins
from tanlu.simulation.state import BudgetState, ExpectationState, State
from tanlu.simulation.steps.announce import paid_for_capacity
from tanlu.simulation.steps.capture_ledger import capture_entries
from tanlu.simulation.steps.demand import Demand, trend_load
from tanlu.simulation.steps.electricity import (
    ExpectedYear,
    expect_year,
    expected_value,
    planned_firm_mw,
    planned_prices,
)
from tanlu.simulation.steps.funding import Choice, Funding, fund, make_choice, pay_grants
from tanlu.simulation.steps.open_season import HubOutcome, build_lines, open_season

K = len(BUILDABLE)
PLAN_CLEARINGS = 4  # of the expected year with plans; more cost time and change next to nothing


class InvestOutcome(NamedTuple):
    """What was started this year, CNY of 2020."""

    power_cny: Floats  # [P, K]
    capture_cny: Floats  # [P]
    industry_cny: Floats  # [P]
    green_loans_cny: Floats  # [P]
    cost_of_debt_ordinary: float  # nominal, mean over companies by debt
    cost_of_debt_green: float
    hubs: HubOutcome
    started_mw: Floats  # [P, K] new units
    room_mw: Floats  # [P, K] that could be started
    entries: tuple[Entry, ...] = ()  # for the ledger: who chose what
    captures: tuple[CaptureEntry, ...] = ()  # and what capture projects were valued at
    margins: tuple[MarginEntry, ...] = ()  # of units that decide, in the expected year

    @classmethod
    def nothing(cls, companies: Companies, signals: Signals) -> "InvestOutcome":
        """Return the outcome of a year in which nobody decides."""
        zero, none, rates = np.zeros(P), np.zeros((P, K)), _mean_rates(companies, signals, 0.0)
        return cls(none, zero, zero, zero, *rates, HubOutcome.nothing(), none, none)


class Views(NamedTuple):
    """What everybody who decides this year goes by."""

    signals: Signals  # capacity is paid at the reserve margin of `expected`
    expected_year: ExpectedYear
    expected: PowerOutcome  # that year as it clears without plans
    expected_accounts: PlantAccounts  # of that year
    hurdle: Floats  # [W, 2] real discount rates of ordinary and of green projects by owner
    belief: Floats  # [W] how far each owner believes announced policy
    greenium: float


def invest(
    state: State,
    signals: Signals,
    region: Region,
    world: World,
    actors: Actors,
    demand: Demand,
    made: ProductionOutcome,
) -> tuple[State, InvestOutcome]:
    """Let plants, industry and companies appraise and choose, ask for money, and start what is funded."""
    if signals.year < region.parameters["first_decision_year"]:
        return state, InvestOutcome.nothing(actors.companies, signals)
    views = _look_around(state.expectations, signals, region, actors, demand)
    expected_accounts, owners = views.expected_accounts, (views.hurdle, views.belief)
    signals, season = open_season(actors, state.co2.stores, views.signals, expected_accounts, made, *owners)
    views = views._replace(signals=signals)
    power = actors.plants.appraise(signals, expected_accounts, *owners, views.expected)
    power = _approve_closing(region, actors.plants, power, views.expected)
    goods = actors.industry.appraise(signals, made, *owners)
    captures = capture_entries(signals, expected_accounts, season, actors, power, goods)
    then = signals.year + int(region.parameters["expectation_horizon_years"])
    margins = expected_margins(actors.plants, power.decider, signals, expected_accounts, then)
    expectations, sites = _sites(state.expectations, region, world, actors, views)
    state = state._replace(expectations=expectations)
    choices = _choices(actors, power, goods, sites)
    choices, allowed, grants = pay_grants(signals, choices, state.budgets)
    answers = fund(choices, allowed, actors.companies, actors.lenders, region, signals)
    _start(actors, signals, choices, answers, sites)
    hubs = build_lines(actors, signals, season)
    paid = [g * a.funded for g, a in zip(grants, answers, strict=True)]
    state = state._replace(budgets=_book_grants(state.budgets, actors.regulators, signals, choices, paid))
    outcome = _outcome(views, actors.companies, choices, answers, sites, hubs)
    entries = tuple(_entry(signals.year, c, a) for c, a in zip(choices, answers, strict=True))
    outcome = outcome._replace(entries=entries, captures=captures, margins=(margins,))
    return _after(state, region, signals, sites, answers, outcome), outcome


def _look_around(
    state: ExpectationState,
    signals: Signals,
    region: Region,
    actors: Actors,
    demand: Demand,
) -> Views:
    """Return what agents go by: the expected year, their discount rates and beliefs."""
    x, lenders = region.parameters, region.finance.lenders
    horizon = int(x["expectation_horizon_years"])
    growth = x["slowest_expected_load_growth"], x["fastest_expected_load_growth"]
    expected_year = expect_year(
        signals=signals,
        region=region,
        plants=actors.plants,
        load_mwh=trend_load(state.load_history_mwh, horizon, *growth),
        load_shape=demand.load_shape,
        years=horizon,
    )
    weight = lenders.capital_cny / lenders.capital_cny.sum()
    spread = float((weight * lenders.terms.spread).sum())
    greenium = float(lenders.terms.greenium.max())
    hurdle = actors.companies.hurdle(signals, spread, greenium)
    expected = clear_power_year(region.power, expected_year.offer, expected_year.around)
    signals = _paid_for_capacity(region, signals, expected.reserve_margin)
    expected_accounts = actors.plants.operate(signals, expected, signals.year + horizon)
    belief = region.finance.owners.policy_belief
    return Views(signals, expected_year, expected, expected_accounts, hurdle, belief, greenium)


def _choices(actors: Actors, power: Appraisal, goods: Appraisal, sites: BuildSites) -> list[Choice]:
    """Let units, facilities and companies choose, in this order."""
    plants, industry, companies = actors.plants, actors.industry, actors.companies
    return [
        make_choice(
            plants,
            power,
            plants.owner[power.decider],
            plants.province[power.decider],
            closing=power.options.index("retire_early"),
        ),
        make_choice(
            industry,
            goods,
            industry.owner[goods.decider],
            industry.province[goods.decider],
            closing=goods.options.index("close"),
        ),
        make_choice(companies, companies.appraise(sites), sites.owner, sites.province),
    ]


def _start(
    actors: Actors, signals: Signals, choices: list[Choice], answers: list[Funding], sites: BuildSites
) -> None:
    """Start what is funded."""
    plants, companies = actors.plants, actors.companies
    plants.start(choices[0].appraisal, choices[0].option, answers[0].funded, signals)
    plants.keep_as_reserve(_refused(choices[0]), signals.year)
    actors.industry.start(choices[1].appraisal, choices[1].option, answers[1].funded, signals)
    new = companies.new_units(sites, (choices[2].option > 0) & answers[2].funded, signals.year)
    if new.ids:
        plants.add(new)


def _approve_closing(
    region: Region, plants: PowerPlants, power: Appraisal, expected: PowerOutcome
) -> Appraisal:
    """Let units close early, worst first, as far as the expected year keeps its planning reserve."""
    if power.decider.size == 0:
        return power
    close, peak = power.options.index("retire_early"), expected.hours.load_mw.max(axis=(1, 2, 3))
    spare = expected.reserve_margin - region.parameters["planning_reserve_share"]
    closed = approve_closing(
        power.closed.column(close),
        province=plants.province[power.decider],
        firm_mw=(plants.capacity_mw * plants.availability)[power.decider],
        gain_cny=power.npv_cny[:, close],
        spare_mw=spare * peak,
    )
    return power._replace(closed=power.closed.with_column(close, closed))


def _refused(units: Choice) -> Integers:
    """Return the units that would close and carry on because their province needs them as reserve, rows."""
    if units.appraisal.decider.size == 0:
        return units.appraisal.decider
    by = units.appraisal.closed.column(units.appraisal.options.index("retire_early")).reasons().by
    return units.appraisal.decider[(by == ClosedBy.RESERVE_NEEDED) & (units.option == 0)]


def _paid_for_capacity(region: Region, signals: Signals, reserve_margin: Floats) -> Signals:
    """Return the signals with what capacity is paid at the reserve margin [P] that deciders expect."""
    paid = paid_for_capacity(region, signals.policy, reserve_margin)
    prices = signals.prices._replace(capacity_payment_cny_per_kw_year=paid)
    return signals._replace(prices=prices)


def _sites(
    state: ExpectationState,
    region: Region,
    world: World,
    actors: Actors,
    views: Views,
) -> tuple[ExpectationState, BuildSites]:
    """Return what companies could build: value, cost and room of each technology and province.

    What all of them plan lowers what each earns. All begin with the part of the plans that each would make alone that
    was left last year. The expected year is cleared with these plans, all see what they want at its prices, and the
    mean of all that was wanted so far is planned next (fictitious play, Brown 1951). Nobody starts more than was
    planned in the last of these clearings, so that what is started pays with all of this year's plans in place.
    """
    signals = views.signals
    terms = _terms(region, world, signals, actors.plants, state.learned_cost_factor)
    year, expected = views.expected_year, views.expected
    prices = expected.prices.price_cny_per_mwh, expected.prices.shadow_price_cny_per_mwh
    free = expected_value(region, signals, year, *prices)
    alone = _by_technology(_sites_at(actors.companies, signals, free, terms, views.hurdle))
    planned = wanted = state.plan_realisation_share * alone
    for before in range(1, PLAN_CLEARINGS + 1):
        planned = planned + (wanted - planned) / before
        signals, value = _with_plans(region, views, planned)
        sites = _sites_at(actors.companies, signals, value, terms, views.hurdle)
        wanted = _by_technology(sites)
    left = np.divide(planned, alone, out=state.plan_realisation_share.copy(), where=alone > 0.0)
    share = np.minimum(1.0, planned / np.maximum(wanted, 1e-9))[sites.province, sites.technology]
    return state._replace(plan_realisation_share=left), sites._replace(
        capacity_mw=sites.capacity_mw * share,
        capex_cny=sites.capex_cny * share,
        npv_cny=sites.npv_cny * share,
    )


def _with_plans(region: Region, views: Views, planned: Floats) -> tuple[Signals, Floats]:
    """Return the signals, and what a MW earns [P, K], with plans of MW [P, K] in the expected year."""
    year, expected = views.expected_year, views.expected
    price, shadow_price = planned_prices(region, year, planned)
    firm = planned_firm_mw(region, year, planned) / expected.hours.load_mw.max(axis=(1, 2, 3))
    signals = _paid_for_capacity(region, views.signals, expected.reserve_margin + firm)
    return signals, expected_value(region, signals, year, price, shadow_price)


def _by_technology(sites: BuildSites, counts: Booleans | bool = True) -> Floats:
    """Return the capacity of the sites that count, MW [P, K]."""
    cell = sites.province * K + sites.technology
    return np.bincount(cell, sites.capacity_mw * counts, P * K).reshape(P, K)


class _Terms(NamedTuple):
    """What building takes this year, whatever is planned."""

    capex_cny_per_mw: Floats  # [K]
    running_cny_per_mw: Floats  # [K] and year
    room: Room


def _terms(
    region: Region, world: World, signals: Signals, plants: PowerPlants, learned_cost_factor: Floats
) -> _Terms:
    tech, t, year = region.power.technologies, signals.data_row, signals.year
    factor = np.where(SMALL, world.renewable_cost_factor.at(year), 1.0)
    pace, potential = (f.at(year) for f in (world.renewable_pace_factor, world.renewable_potential_factor))
    room = site_room(tech, plants, year, pace, potential)
    coal, allowed = BUILDABLE.index("coal"), signals.policy.power.coal_new_build_allowed
    room.mw[:, coal] *= allowed
    forbidden = np.zeros(room.mw.shape, bool)
    forbidden[:, coal] = allowed <= 0.0
    return _Terms(
        capex_cny_per_mw=tech.capex_cny_per_kw[t] * KW_PER_MW * learned_cost_factor[:K] * factor,
        running_cny_per_mw=tech.fixed_om_cny_per_kw_year[t] * KW_PER_MW,
        room=Room(*room, forbidden),
    )


def _sites_at(
    companies: Companies, signals: Signals, value: Floats, terms: _Terms, hurdle: Floats
) -> BuildSites:
    """Return what companies would build where a MW earns `value` a year, CNY [P, K]."""
    return companies.sites(
        signals,
        value=value,
        capex=terms.capex_cny_per_mw,
        running_cost=terms.running_cny_per_mw,
        room=terms.room,
        hurdle=hurdle,
    )


def _entry(year: int, choice: Choice, answer: Funding) -> Entry:
    return Entry(
        year,
        choice.population.kind,
        choice.appraisal,
        choice.population.ids,
        choice.province,
        choice.option,
        answer.funded,
        answer.loan_rate,
        answer.binding,
    )


def _outcome(
    views: Views,
    companies: Companies,
    choices: list[Choice],
    answers: list[Funding],
    sites: BuildSites,
    hubs: HubOutcome,
) -> InvestOutcome:
    """Add up what was started."""
    spent = [c.capex_cny * a.funded * c.needs_loan for c, a in zip(choices, answers, strict=True)]
    retrofits, industry, power = spent
    units, facilities, _ = choices
    captured = [_by_province(c, s * c.captures) for c, s in zip(choices, spent, strict=True)]
    built_cny = np.bincount(sites.province * K + sites.technology, power, P * K).reshape(P, K)
    # Units that run lower or longer burn coal or gas.
    gas = units.population.fuel[units.appraisal.decider] == GAS
    technology = np.where(gas, BUILDABLE.index("gas"), BUILDABLE.index("coal"))
    spent_on = np.bincount(units.province * K + technology, retrofits * ~units.captures, P * K)
    built_cny = built_cny + spent_on.reshape(P, K)
    ordinary, labelled = _mean_rates(companies, views.signals, views.greenium)
    green = [_by_province(c, a.loan_cny * a.funded * c.green) for c, a in zip(choices, answers, strict=True)]
    return InvestOutcome(
        power_cny=built_cny,
        capture_cny=np.add.reduce(captured),
        industry_cny=_by_province(facilities, industry * ~facilities.captures),
        green_loans_cny=np.add.reduce(green),
        cost_of_debt_ordinary=ordinary,
        cost_of_debt_green=labelled,
        hubs=hubs,
        started_mw=_by_technology(sites, answers[-1].funded),
        room_mw=sites.room.mw,
    )


def _after(
    state: State,
    region: Region,
    signals: Signals,
    sites: BuildSites,
    answers: list[Funding],
    outcome: InvestOutcome,
) -> State:
    """Return the state with what was started added to local experience and to green loans.

    Capture counts as tonnes a year of a coal retrofit at its cost now.
    """
    tech, seen = region.power.technologies, state.expectations
    unit_cost = tech.capture.capex_cny_per_tco2_year[signals.data_row, COAL] * signals.co2.capture_cost_factor
    granted_cny = state.budgets.paid_by_kind_cny[CAPTURE_GRANT]
    capture_cny = float(outcome.capture_cny.sum() + granted_cny.sum())
    built_mw = np.bincount(sites.technology, sites.capacity_mw * answers[2].funded, K)
    added = np.append(built_mw, capture_cny / unit_cost)
    seen = seen._replace(
        learned_cost_factor=learn(region, seen.learned_cost_factor, seen.experience, added),
        experience=seen.experience + added,
    )
    green = state.finance.green_outstanding_cny + outcome.green_loans_cny
    return state._replace(expectations=seen, finance=state.finance._replace(green_outstanding_cny=green))


def _book_grants(
    budgets: BudgetState,
    regulators: Mapping[str, Regulator],
    signals: Signals,
    choices: list[Choice],
    paid: list[Floats],
) -> BudgetState:
    """Book what each scheme granted with its payer; a grant is paid in full or not at all.

    `paid` are the grants of what was funded, CNY [K, n] by population.
    """
    by_scheme = np.add.reduce([g.sum(axis=1) for g in paid])
    for k, scheme in enumerate(signals.policy.of_kind(CAPTURE_GRANT)):
        amount = float(by_scheme[k])
        where = np.add.reduce([_by_province(c, g[k]) for c, g in zip(choices, paid, strict=True)])
        regulators[scheme.payer].spend(scheme.kind, amount)
        budgets = budgets.booked(scheme, amount, amount, where)
    return budgets


def _by_province(choice: Choice, value: Floats) -> Floats:
    return np.bincount(choice.province, value, P)


def _mean_rates(companies: Companies, signals: Signals, greenium: float) -> tuple[float, float]:
    """Return the mean nominal cost of new debt, ordinary and green, weighted by the companies' debt."""
    weight = np.maximum(companies.debt_cny, 1.0)
    ordinary = signals.prices.loan_prime_rate + companies.rating_spread()
    green = np.maximum(ordinary - greenium - signals.policy.finance.green_interest_subsidy.mean(), 0.0)
    return float((ordinary * weight).sum() / weight.sum()), float((green * weight).sum() / weight.sum())
