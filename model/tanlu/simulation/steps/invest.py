"""Invest: everybody at a decision window appraises, chooses and asks for money; what is funded starts."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import F, P
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.finance.companies import BuildSites, Companies, Room
from tanlu.finance.government import Regulator
from tanlu.investment.learning import learn
from tanlu.investment.population import Appraisal
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.decisions import CaptureEntry, Entry
from tanlu.power.adequacy import approve_closing
from tanlu.power.plants import PowerPlants
from tanlu.power.state import COAL
from tanlu.power.system import clear_power_year
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, SMALL_SCALE
from tanlu.scenario.schema import World
from tanlu.simulation.actors import Actors
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
CHEAPENED = [BUILDABLE.index(name) for name in SMALL_SCALE]  # what `renewable_cost_factor` holds for


class InvestOutcome(NamedTuple):
    """What was started this year, CNY of 2020."""

    power_cny: Floats  # [P, K]
    capture_cny: Floats  # [P]
    industry_cny: Floats  # [P]
    green_loans_cny: Floats  # [P]
    cost_of_debt_ordinary: float  # nominal, mean over companies by debt
    cost_of_debt_green: float
    hubs: HubOutcome
    entries: tuple[Entry, ...] = ()  # for the ledger: who chose what
    captures: tuple[CaptureEntry, ...] = ()  # and what capture projects were valued at

    @classmethod
    def nothing(cls, companies: Companies, signals: Signals) -> "InvestOutcome":
        """Return the outcome of a year in which nobody decides."""
        zero, rates = np.zeros(P), _mean_rates(companies, signals, 0.0)
        return cls(np.zeros((P, K)), zero, zero, zero, *rates, HubOutcome.nothing())


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
    outcome = outcome._replace(entries=entries, captures=captures)
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


def _paid_for_capacity(region: Region, signals: Signals, reserve_margin: Floats) -> Signals:
    """Return the signals with what capacity is paid at the reserve margin [P] that deciders expect."""
    paid = paid_for_capacity(region, signals.policy, reserve_margin)
    return signals._replace(capacity_payment_cny_per_kw_year=paid)


def _sites(
    state: ExpectationState,
    region: Region,
    world: World,
    actors: Actors,
    views: Views,
) -> tuple[ExpectationState, BuildSites]:
    """Return what companies could build: value, cost and room of each technology and province.

    What all of them plan lowers what each earns. Of what each would plan by itself they expect a part to last as it did
    before, and the expected year is cleared with it. What a MW earns lies in between, on the straight line to the part
    that this clearing lets last. Nobody starts more than it counted, so that what is started pays with all of this
    year's plans in place. The part expected next year moves `plan_adjustment_share` of the way to what was found, so
    that plans do not swing.
    """
    signals, expected_year, expected = views.signals, views.expected_year, views.expected
    terms = _terms(region, world, signals, actors.plants, state.learned_cost_factor)

    def at(signals: Signals, value: Floats) -> BuildSites:
        return _sites_at(actors.companies, signals, value, terms, views.hurdle)

    before = state.plan_realisation_share
    free = expected_value(
        region, signals, expected_year, expected.price_cny_per_mwh, expected.shadow_price_cny_per_mwh
    )
    alone = _by_technology(at(signals, free))
    planned = before * alone
    price, shadow_price = planned_prices(region, expected_year, planned)
    firm_mw = planned_firm_mw(region, expected_year, planned) / expected.hours.load_mw.max(axis=(1, 2, 3))
    signals = _paid_for_capacity(region, signals, expected.reserve_margin + firm_mw)
    full = expected_value(region, signals, expected_year, price, shadow_price)
    wanted = _by_technology(at(signals, full))
    realised = realisation_share(before, alone, planned, wanted)
    sites = at(signals, free + realised / before * (full - free))
    step = region.parameters["plan_adjustment_share"]
    state = state._replace(plan_realisation_share=(1.0 - step) * before + step * realised)
    share = np.minimum(1.0, planned / np.maximum(_by_technology(sites), 1e-9)) * (wanted > 0.0)
    share = share[sites.province, sites.technology]
    return state, sites._replace(
        capacity_mw=sites.capacity_mw * share,
        capex_cny=sites.capex_cny * share,
        npv_cny=sites.npv_cny * share,
    )


def realisation_share(before: Floats, alone_mw: Floats, planned_mw: Floats, wanted_mw: Floats) -> Floats:
    """Return which part of the plans made alone would last with itself in place, in a straight line, 0..1 [P, K].

    Where all that is planned is wanted again the part stays (regula falsi between no plans and these plans).

    Args:
        before: the part that was planned, for what nobody plans alone.
        alone_mw: what is wanted with no plans in place.
        planned_mw: the plans.
        wanted_mw: what is wanted with them in place.
    """
    dropped_mw = np.maximum(alone_mw - wanted_mw, 0.0)
    return np.divide(planned_mw, planned_mw + dropped_mw, out=before.copy(), where=alone_mw > 0.0)


def _by_technology(sites: BuildSites) -> Floats:
    return np.bincount(sites.province * K + sites.technology, sites.capacity_mw, P * K).reshape(P, K)


class _Terms(NamedTuple):
    """What building takes this year, whatever is planned."""

    capex_cny_per_mw: Floats  # [K]
    running_cny_per_mw: Floats  # [K] and year
    room: Room


def _terms(
    region: Region, world: World, signals: Signals, plants: PowerPlants, learned_cost_factor: Floats
) -> _Terms:
    tech, t = region.power.technologies, signals.data_row
    factor = np.ones(K)
    factor[CHEAPENED] = world.renewable_cost_factor.at(signals.year)
    lead = np.zeros(F, np.int64)
    lead[FUEL_OF_BUILDABLE] = tech.lead_time_years
    standing = plants.retired_year > signals.year + lead[plants.fuel]
    stock = np.bincount(plants.province * F + plants.fuel, plants.capacity_mw * standing, P * F).reshape(P, F)
    pace, left = tech.maximum_build_mw_per_year, tech.potential_mw - stock[:, FUEL_OF_BUILDABLE]
    room, coal, allowed = (
        np.minimum(pace, left),
        BUILDABLE.index("coal"),
        signals.policy.power.coal_new_build_allowed,
    )
    room[:, coal] *= allowed
    forbidden = np.zeros(room.shape, bool)
    forbidden[:, coal] = allowed <= 0.0
    return _Terms(
        capex_cny_per_mw=tech.capex_cny_per_kw[t] * KW_PER_MW * learned_cost_factor[:K] * factor,
        running_cny_per_mw=tech.fixed_om_cny_per_kw_year[t] * KW_PER_MW,
        room=Room(np.maximum(room, 0.0), left < pace, forbidden),
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
    # Running lower is spent on coal units.
    on_coal = np.arange(K) == BUILDABLE.index("coal")
    built_cny = built_cny + np.outer(_by_province(units, retrofits * ~units.captures), on_coal)
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
    unit_cost = tech.capture_capex_cny_per_tco2_year[signals.data_row, COAL] * signals.capture_cost_factor
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
    ordinary = signals.loan_prime_rate + companies.rating_spread()
    green = np.maximum(ordinary - greenium - signals.policy.finance.green_interest_subsidy.mean(), 0.0)
    return float((ordinary * weight).sum() / weight.sum()), float((green * weight).sum() / weight.sum())
