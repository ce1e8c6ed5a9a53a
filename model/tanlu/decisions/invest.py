"""Invest: everybody at a decision window appraises, chooses and asks for money; what is funded starts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.core.axes import P
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.core.signals import Signals
from tanlu.decisions.added_kinds import appraise_added
from tanlu.decisions.additions import finance_additions
from tanlu.decisions.capture import CaptureRoom, Emitting, capture_entries, capture_room, start_in_turn
from tanlu.decisions.capture_grants import pay_grants
from tanlu.decisions.funding import Borrowed, Choice, Funding, fund, make_choice
from tanlu.decisions.green_fund import FundGrants, GreenFundYear, offer_grants
from tanlu.decisions.margins import expected_margins
from tanlu.decisions.open_season import HubOutcome, build_lines, open_season
from tanlu.decisions.plan_search import by_technology
from tanlu.decisions.plans import plan_sites
from tanlu.decisions.views import Views, look_around
from tanlu.finance.building import BuildSites, Room
from tanlu.finance.companies import Companies, Granted
from tanlu.finance.credit import price_level
from tanlu.finance.government import Regulator
from tanlu.investment.learning import learn
from tanlu.investment.population import Appraisal
from tanlu.kernels.co2.open_season import Season
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.ledger.decisions import CaptureEntry, Entry
from tanlu.ledger.margins import MarginEntry
from tanlu.markets.announce import maximum_grant_share
from tanlu.markets.demand import Demand
from tanlu.power.adequacy import approve_closing
from tanlu.power.plants import PowerPlants
from tanlu.power.state import COAL, GAS
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.scenario.world import World
from tanlu.settlement.credit import take_over
from tanlu.settlement.public_bonds import PublicBonds, issue_public_bonds
from tanlu.state.actors import Actors
from tanlu.state.state import BudgetState, GreenFundState, State

K = len(BUILDABLE)
MODEL_KINDS = 3  # kinds that choose: units, facilities, companies; added ones follow


class YearSoFar(NamedTuple):
    """What happened in the year before agents decide; axis P provinces."""

    demand: Demand
    production: ProductionOutcome
    grid_tco2_per_mwh: Floats  # [P] what electricity emits, for what issuers of debt claim
    into_fund_cny: Floats  # [P] what carbon revenue pays into green funds, for the next year


class InvestOutcome(NamedTuple):
    """What was started this year, CNY of 2020, at what owners and green funds pay of it."""

    power_cny: Floats  # [P, K]
    capture_cny: Floats  # [P]
    industry_cny: Floats  # [P]
    borrowed: Borrowed
    hubs: HubOutcome
    started_mw: Floats  # [P, K] new units
    room: Room  # what could be started, and on which sites
    capture_started_tco2: float  # a year, built for
    capture_room_tco2: float  # a year, that could be started
    cost_of_debt_ordinary: float = np.nan  # nominal, on which companies count, mean by what they owe
    cost_of_debt_green: float = np.nan
    public: PublicBonds = PublicBonds.nothing(0)
    added_cny: Mapping[str, Floats] = MappingProxyType({})  # [P] by added kind
    green_fund: GreenFundYear = GreenFundYear.nothing()
    # [expected, planned] of the cost of that year: by which it may at most exceed the least
    gap_share: tuple[float, float] = (0.0, 0.0)
    entries: tuple[Entry, ...] = ()  # for the ledger: who chose what
    captures: tuple[CaptureEntry, ...] = ()  # and what capture projects were valued at
    margins: tuple[MarginEntry, ...] = ()  # of units that decide, in the expected year

    @classmethod
    def nothing(cls, rates: tuple[float, float], borrowed: Borrowed, hubs: int) -> "InvestOutcome":
        """Build the outcome of a year in which nobody decides."""
        zero_p, zero_pk = np.zeros(P), np.zeros((P, K))
        return cls(
            zero_pk,
            zero_p,
            zero_p,
            borrowed,
            HubOutcome.nothing(hubs),
            zero_pk,
            Room.nothing(zero_pk.shape),
            0.0,
            0.0,
            *rates,
        )


def invest(
    state: State,
    signals: Signals,
    region: Region,
    world: World,
    actors: Actors,
    so_far: YearSoFar,
) -> tuple[State, InvestOutcome]:
    """Lend for what the pack lists, then decide and start projects."""
    finance, borrowed = finance_additions(state.finance, actors, region, signals, so_far.grid_tco2_per_mwh)
    rates = _mean_rates(actors.companies, signals, finance.granted)
    state, outcome = state._replace(finance=finance), InvestOutcome.nothing(rates, borrowed, len(actors.hubs))
    if signals.year >= region.parameters["first_decision_year"]:
        state, outcome = _decide(state, signals, region, world, actors, so_far)
        outcome = outcome._replace(
            borrowed=borrowed.combine(outcome.borrowed),
            cost_of_debt_ordinary=rates[0],
            cost_of_debt_green=rates[1],
        )
    lines_cny = signals.policy.vehicles.rail_investment_cny
    finance, public = issue_public_bonds(state.finance, actors.lenders, region, signals.year, lines_cny)
    # The cost of lines is booked already, as if it was paid in cash.
    for regulator, net in zip(_provinces(actors), public.line_cost_cny(region.finance.issuers), strict=True):
        regulator.spend("rail_transit", float(net))
    before, paid_in = state.green_fund.balance_cny, so_far.into_fund_cny
    fund = outcome.green_fund._replace(opening_cny=before, paid_in_cny=paid_in)
    state = state._replace(finance=finance, green_fund=GreenFundState(fund.balance_cny, fund.share))
    _owe(state, actors, region, signals.year, outcome.borrowed)
    return state, outcome._replace(public=public, green_fund=fund)


def _decide(
    state: State,
    signals: Signals,
    region: Region,
    world: World,
    actors: Actors,
    so_far: YearSoFar,
) -> tuple[State, InvestOutcome]:
    """Appraise, choose, ask for money and start what is funded."""
    views = look_around(state.expectations, state.finance.granted, signals, region, actors, so_far.demand)
    emitting = Emitting(actors.plants, actors.industry, so_far.production, signals.year)
    room = capture_room(emitting, world.capture_pace_factor.value_in(signals.year))
    views, season, power, goods, refused = _appraise(state, views, region, actors, emitting, room)
    signals, expected_accounts = views.signals, views.expected_accounts
    captures = capture_entries(signals, expected_accounts, season, actors, power, goods)
    expected_year = signals.year + int(region.parameters["expectation_horizon_years"])
    margins = expected_margins(actors.plants, power.decider, signals, expected_accounts, expected_year)
    expectations, sites = plan_sites(state.expectations, region, world, actors, views)
    state = state._replace(expectations=expectations)
    added_appraisals = appraise_added(actors.borrowers, region, views)
    choices = _choices(actors, (power, goods, *added_appraisals), sites, so_far.grid_tco2_per_mwh)
    choices, grants, offer = _apply_grants(state, signals, region, choices)
    finance, answers, borrowed = fund(
        state.finance, choices, offer.allowed, actors.companies, actors.lenders, region, signals
    )
    _start(actors, signals, choices, answers, sites)
    actors.plants.keep_as_reserve(power.decider[refused & (choices[0].option == 0)], signals.year)
    finance, hubs = build_lines(finance, actors, region, signals, season)
    state = state._replace(finance=finance)
    payments = [g * a.funded for g, a in zip(grants, answers, strict=True)]
    state = state._replace(budgets=_book_grants(state.budgets, actors.regulators, signals, choices, payments))
    outcome = _outcome(borrowed, choices, answers, sites, hubs, offer)
    entries = tuple(_entry(signals.year, c, a) for c, a in zip(choices, answers, strict=True))
    gaps = views.expected.prices.gap_share, expectations.gap_share
    outcome = outcome._replace(capture_room_tco2=room.maximum_tco2, margins=(margins,), gap_share=gaps)
    outcome = outcome._replace(entries=entries, captures=captures)
    return _add_experience(state, region, signals, sites, answers, outcome), outcome


def _apply_grants(
    state: State, signals: Signals, region: Region, originals: list[Choice]
) -> tuple[list[Choice], list[Floats], FundGrants]:
    """Apply grants for capture and of green funds to the choices.

    Returns choices at the cost that owners bear, grants of each scheme for capture [K, n], and those of green funds.
    Added kinds do not count on green funds, and get nothing of them.
    """
    choices, allowed, grants = pay_grants(signals, originals, state.budgets)
    maximum, first, rest = (
        maximum_grant_share(region, signals.policy),
        slice(0, MODEL_KINDS),
        choices[MODEL_KINDS:],
    )
    offer = offer_grants(state.green_fund, maximum, signals, originals[first], choices[first], allowed[first])
    offer = offer._replace(
        choices=[*offer.choices, *rest],
        allowed=[*offer.allowed, *allowed[MODEL_KINDS:]],
        grants_cny=[*offer.grants_cny, *(np.zeros(choice.option.size) for choice in rest)],
    )
    return offer.choices, grants, offer


def _owe(state: State, actors: Actors, region: Region, year: int, borrowed: Borrowed) -> None:
    """Tell companies and lenders what they owe, and charge governments their interest."""
    take_over(state.finance.register, actors.companies, actors.lenders, price_level(region, year))
    for regulator, subsidy in zip(_provinces(actors), borrowed.first.subsidy_cny.tolist(), strict=True):
        regulator.spend("interest_subsidy", subsidy)


def _provinces(actors: Actors) -> list[Regulator]:
    """List the governments of provinces, the centre left out [P]."""
    return list(actors.regulators.values())[1:]


def _appraise(
    state: State, views: Views, region: Region, actors: Actors, emitting: Emitting, room: CaptureRoom
) -> tuple[Views, Season | None, Appraisal, Appraisal, Booleans]:
    """Hold the open season if it is due, and let emitters appraise.

    Those that would capture do so in turn.

    Returns:
        views with the tariffs then posted, the season, the appraisals, and which units would close but may not [n].
    """
    production, accounts, owners = emitting.production, views.expected_accounts, (views.hurdle, views.belief)
    budget_cny = _grants_left(views.signals, state)
    signals, season, turned_away = open_season(
        actors, state.co2.stores, views.signals, accounts, production, owners, room, budget_cny
    )
    power = actors.plants.appraise(signals, accounts, *owners, views.expected)
    power, refused = _approve_closing(region, actors.plants, power, views.expected)
    goods = actors.industry.appraise(signals, production, *owners)
    power, goods = start_in_turn(emitting, room, (power, goods), turned_away)
    return views._replace(signals=signals), season, power, goods, refused


def _grants_left(signals: Signals, state: State) -> float:
    """Add up the balance of budgets of grants for capture, CNY."""
    return float(
        sum(state.budgets.remaining_cny(scheme) for scheme in signals.policy.schemes_of_kind(CAPTURE_GRANT))
    )


def _choices(
    actors: Actors, appraisals: tuple[Appraisal, ...], sites: BuildSites, grid_tco2_per_mwh: Floats
) -> list[Choice]:
    """Let units, facilities, companies and then added kinds choose, in order."""
    owned = (actors.plants, actors.industry, *actors.borrowers)
    units, facilities, *added_choices = (
        make_choice(
            kind,
            appraisal,
            kind.owner[appraisal.decider],
            kind.province[appraisal.decider],
            grid_tco2_per_mwh,
        )
        for kind, appraisal in zip(owned, appraisals, strict=True)
    )
    site_appraisal = actors.companies.appraise(sites)
    places = sites.owner, sites.province, grid_tco2_per_mwh
    new = make_choice(actors.companies, site_appraisal, *places, sites.lead_years)
    return [units, facilities, new, *added_choices]


def _start(
    actors: Actors, signals: Signals, choices: list[Choice], answers: list[Funding], sites: BuildSites
) -> None:
    """Start what is funded."""
    plants, companies = actors.plants, actors.companies
    plants.start(choices[0].appraisal, choices[0].option, answers[0].funded, signals)
    actors.industry.start(choices[1].appraisal, choices[1].option, answers[1].funded, signals)
    sites = sites._replace(capex_cny=choices[2].capex_cny)  # after what the green fund granted in the end
    new = companies.new_units(sites, (choices[2].option > 0) & answers[2].funded, signals.year)
    if new.ids:
        plants.add(new)
    for kind, choice, answer in zip(actors.borrowers, choices[3:], answers[3:], strict=True):
        rows = np.flatnonzero(answer.funded & (choice.option > 0))
        kind.start(choice.appraisal, choice.option, rows, signals)


def _approve_closing(
    region: Region, plants: PowerPlants, power: Appraisal, expected: PowerOutcome
) -> tuple[Appraisal, Booleans]:
    """Let units close early as far as the planning reserve allows.

    The worst close first; the reserve is that of the expected year.

    Returns:
        the appraisal, and who would close but may not [n].
    """
    if power.decider.size == 0:
        return power, np.zeros(0, dtype=bool)
    close, peak = power.options.index(plants.closing), expected.hours.load_mw.max(axis=(1, 2, 3))
    spare = expected.reserve_margin - region.parameters["planning_reserve_share"]
    barrier = approve_closing(
        power.barriers.column(close),
        province=plants.province[power.decider],
        firm_mw=(plants.capacity_mw * plants.availability)[power.decider],
        gain_cny=power.npv_cny[:, close],
        spare_mw=spare * peak,
    )
    refused = power.feasible[:, close] & (power.npv_cny[:, close] > 0.0) & ~barrier.is_open
    return power._replace(barriers=power.barriers.with_column(close, barrier)), refused


def _entry(year: int, choice: Choice, answer: Funding) -> Entry:
    return Entry(
        year,
        choice.population.kind,
        choice.appraisal,
        choice.population.roster,
        choice.province,
        choice.option,
        answer.funded,
        answer.loan_rate,
        answer.binding,
    )


def _outcome(
    borrowed: Borrowed,
    choices: list[Choice],
    answers: list[Funding],
    sites: BuildSites,
    hubs: HubOutcome,
    offer: FundGrants,
) -> InvestOutcome:
    """Add up what was started."""
    fund_cny = [g * a.funded for g, a in zip(offer.grants_cny, answers, strict=True)]
    owner_cny = [c.capex_cny * a.funded * c.needs_loan for c, a in zip(choices, answers, strict=True)]
    spending = [a + b for a, b in zip(owner_cny, fund_cny, strict=True)]
    retrofits, industry, power, *added_spending = spending
    units, facilities, _, *kinds = choices
    captured = [_by_province(c, s * c.captures) for c, s in zip(choices, spending, strict=True)]
    built_cny = sum_by_group(sites.province * K + sites.technology, power, P * K).reshape(P, K)
    # Units that run lower or longer burn coal or gas.
    gas = units.population.fuel[units.appraisal.decider] == GAS
    technology = np.where(gas, BUILDABLE.index("gas"), BUILDABLE.index("coal"))
    spent_on = sum_by_group(units.province * K + technology, retrofits * ~units.captures, P * K)
    built_cny = built_cny + spent_on.reshape(P, K)
    return InvestOutcome(
        power_cny=built_cny,
        capture_cny=np.add.reduce(captured),
        industry_cny=_by_province(facilities, industry * ~facilities.captures),
        borrowed=borrowed,
        hubs=hubs,
        started_mw=by_technology(sites, answers[2].funded),
        room=sites.room,
        capture_started_tco2=sum(map(_capture_started, choices, answers)),
        capture_room_tco2=0.0,
        green_fund=GreenFundYear.nothing()._replace(
            paid_out_cny=np.add.reduce([_by_province(c, g) for c, g in zip(choices, fund_cny, strict=True)]),
            share=offer.share,
        ),
        added_cny={c.population.kind: _by_province(c, s) for c, s in zip(kinds, added_spending, strict=True)},
    )


def _capture_started(choice: Choice, answer: Funding) -> float:
    """Add up the capture plants that start, t CO2 a year."""
    size = choice.appraisal.capture_tco2
    return 0.0 if size is None else float((size * choice.captures * answer.funded).sum())


def _add_experience(
    state: State,
    region: Region,
    signals: Signals,
    sites: BuildSites,
    answers: list[Funding],
    outcome: InvestOutcome,
) -> State:
    """Add what was started to local experience.

    Capture counts as tonnes a year of a coal retrofit at its cost now.
    """
    tech, expectations = region.power.technologies, state.expectations
    unit_cost = tech.capture.capex_cny_per_tco2_year[signals.data_row, COAL] * signals.co2.capture_cost_factor
    granted_cny = state.budgets.paid_by_kind_cny[CAPTURE_GRANT]
    capture_cny = float(outcome.capture_cny.sum() + granted_cny.sum())
    built_mw = sum_by_group(sites.technology, sites.capacity_mw * answers[2].funded, K)
    additions = np.append(built_mw, capture_cny / unit_cost)
    expectations = expectations._replace(
        learned_cost_factor=learn(
            region, expectations.learned_cost_factor, expectations.experience, additions
        ),
        experience=expectations.experience + additions,
    )
    return state._replace(expectations=expectations)


def _book_grants(
    budgets: BudgetState,
    regulators: Mapping[str, Regulator],
    signals: Signals,
    choices: list[Choice],
    payments: list[Floats],
) -> BudgetState:
    """Book each scheme's grants with its payer.

    A grant is paid in full or not at all. `payments` are the grants of what was funded, CNY [K, n] by population.
    """
    by_scheme = np.add.reduce([g.sum(axis=1) for g in payments])
    for k, scheme in enumerate(signals.policy.schemes_of_kind(CAPTURE_GRANT)):
        amount = float(by_scheme[k])
        amounts = np.add.reduce([_by_province(c, g[k]) for c, g in zip(choices, payments, strict=True)])
        regulators[scheme.payer].spend(scheme.kind, amount)
        budgets = budgets.book(scheme, amount, amount, amounts)
    return budgets


def _by_province(choice: Choice, value: Floats) -> Floats:
    return sum_by_group(choice.province, value, P)


def _mean_rates(companies: Companies, signals: Signals, granted: Granted) -> tuple[float, float]:
    """Compute the mean nominal rates, ordinary and green, of companies.

    They are those on which companies count, weighted by debt.
    """
    weight = np.maximum(companies.debt_cny, 1.0)
    mean = (companies.borrowing_rates(signals, granted) * weight[:, None]).sum(axis=0) / weight.sum()
    return float(mean[0]), float(mean[1])
