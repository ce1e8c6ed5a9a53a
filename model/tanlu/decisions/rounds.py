"""A round of decisions: who is at a window looks, chooses, and is funded or not."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.parties import COMPANIES, PARTY
from tanlu.core.payments import repeat_number
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.core.signals import Signals
from tanlu.decisions.added_kinds import appraise_added
from tanlu.decisions.capture import Emitting, capture_entries, capture_room
from tanlu.decisions.capture_grants import pay_grants
from tanlu.decisions.funding import Choice, Funding, fund_choices, make_choice
from tanlu.decisions.green_fund import FundGrants, offer_grants
from tanlu.decisions.margins import expected_margins
from tanlu.decisions.open_season import build_lines
from tanlu.decisions.outcome import InvestOutcome, sum_by_province, sum_outcome
from tanlu.decisions.outlook import Outlook, appraise_emitters
from tanlu.decisions.plans import plan_sites
from tanlu.decisions.views import look_around
from tanlu.finance.building import BuildSites
from tanlu.finance.government import Regulator
from tanlu.investment.learning import learn
from tanlu.investment.population import STAYS, Appraisal
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.markets.announce import maximum_grant_share
from tanlu.markets.demand import Demand
from tanlu.markets.subsidy_budgets import write_payments
from tanlu.power.state import COAL
from tanlu.power.trades import TradeOffers
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.scenario.world import World
from tanlu.state.actors import Actors
from tanlu.state.state import BudgetState, State

K = len(BUILDABLE)
MODEL_KINDS = 3  # kinds that choose: units, facilities, companies; added ones follow


class YearSoFar(NamedTuple):
    """What happened in the year before agents decide; axis P provinces."""

    demand: Demand
    production: ProductionOutcome
    grid_tco2_per_mwh: Floats  # [P] what electricity emits, for what issuers of debt claim
    into_fund_cny: Floats  # [P] what carbon revenue pays into green funds, for the next year
    expected_trades: TradeOffers  # of added agents, in the year that everybody expects


class Selection(NamedTuple):
    """What everybody chose, and what schemes grant if it starts; lists by population."""

    offer: FundGrants  # choices at the cost that owners bear, and grants of green funds
    capture_grants_cny: list[Floats]  # [K, n] of each scheme for capture


class Round(NamedTuple):
    """A round of decisions, in three verbs: look, choose, fund."""

    region: Region
    world: World
    actors: Actors
    so_far: YearSoFar

    def look(self, state: State, signals: Signals) -> tuple[State, Outlook]:
        """Form the outlook: the expected year, open season, appraisals, sites."""
        region, actors, so_far = self.region, self.actors, self.so_far
        state, views = look_around(
            state, signals, region, self.world, actors, so_far.demand, so_far.expected_trades
        )
        emitting = Emitting(actors.plants, actors.industry, so_far.production, signals.year)
        room = capture_room(emitting, self.world.capture_pace_factor.value_in(signals.year))
        views, season, power, goods, refused = appraise_emitters(state, views, actors, emitting, room)
        signals, accounts = views.signals, views.expected_accounts
        captures = capture_entries(signals, accounts, season.season if season else None, actors, power, goods)
        expected_year = signals.year + int(region.parameters["expectation_horizon_years"])
        margins = expected_margins(actors.plants, power.decider, signals, accounts, expected_year)
        expectations, sites = plan_sites(state.expectations, region, self.world, actors, views)
        appraisals = power, goods, *appraise_added(actors.borrowers, region, views)
        gaps = views.expected.prices.gap_share, expectations.gap_share
        outlook = Outlook(views, season, room, sites, appraisals, refused, gaps, captures, margins)
        return state._replace(expectations=expectations), outlook

    def choose(self, state: State, outlook: Outlook) -> Selection:
        """Let everybody choose, and apply grants to what was chosen."""
        choices = _choose_options(
            self.actors, outlook.appraisals, outlook.sites, self.so_far.grid_tco2_per_mwh
        )
        return _apply_grants(state, outlook.views.signals, self.region, choices)

    def fund(self, state: State, outlook: Outlook, selection: Selection) -> tuple[State, InvestOutcome]:
        """Ask for the money, start what is funded, and book grants."""
        region, actors, signals = self.region, self.actors, outlook.views.signals
        offer = selection.offer
        finance, answers, borrowed = fund_choices(
            state.finance, offer.choices, offer.allowed, actors.companies, actors.lenders, region, signals
        )
        _start(actors, signals, offer.choices, answers, outlook.sites)
        units, stays = outlook.appraisals[0].decider, offer.choices[0].option == STAYS
        actors.plants.keep_as_reserve(units[outlook.closing_refused & stays], signals.year)
        finance, hubs = build_lines(finance, actors, region, signals, outlook.season)
        payments = [g * a.funded for g, a in zip(selection.capture_grants_cny, answers, strict=True)]
        budgets = _book_grants(state.budgets, actors.regulators, signals, offer.choices, payments)
        outcome = sum_outcome(outlook, offer, answers, borrowed, hubs)
        state = state._replace(finance=finance, budgets=budgets)
        return _add_experience(state, region, signals, outlook.sites, answers, outcome), outcome


def _choose_options(
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


def _apply_grants(state: State, signals: Signals, region: Region, originals: list[Choice]) -> Selection:
    """Apply grants for capture and of green funds to the choices.

    Added kinds do not count on green funds, and get nothing of them.
    """
    choices, allowed, grants = pay_grants(signals, originals, state.budgets)
    maximum_share = maximum_grant_share(region, signals.policy)
    first, added_choices = slice(0, MODEL_KINDS), choices[MODEL_KINDS:]
    offer = offer_grants(
        state.green_fund, maximum_share, signals, originals[first], choices[first], allowed[first]
    )
    offer = offer._replace(
        choices=[*offer.choices, *added_choices],
        allowed=[*offer.allowed, *allowed[MODEL_KINDS:]],
        grants_cny=[*offer.grants_cny, *(np.zeros(choice.option.size) for choice in added_choices)],
    )
    return Selection(offer, grants)


def _start(
    actors: Actors, signals: Signals, choices: list[Choice], answers: list[Funding], sites: BuildSites
) -> None:
    """Start what is funded."""
    plants, companies = actors.plants, actors.companies
    plants.start(choices[0].appraisal, choices[0].option, answers[0].funded, signals)
    actors.industry.start(choices[1].appraisal, choices[1].option, answers[1].funded, signals)
    sites = sites._replace(capex_cny=choices[2].capex_cny)  # after what the green fund granted in the end
    new = companies.new_units(sites, (choices[2].option != STAYS) & answers[2].funded, signals.year)
    if new.ids:
        plants.add(new)
    for kind, choice, answer in zip(actors.borrowers, choices[3:], answers[3:], strict=True):
        rows = np.flatnonzero(answer.funded & (choice.option != STAYS))
        kind.start(choice.appraisal, choice.option, rows, signals)


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
    provinces = signals.green_fund_share.size
    for k, scheme in enumerate(signals.policy.schemes_of_kind(CAPTURE_GRANT)):
        amount = float(by_scheme[k])
        by_choice = zip(choices, payments, strict=True)
        amounts = np.add.reduce([sum_by_province(c, g[k], provinces) for c, g in by_choice])
        owners = repeat_number(PARTY[COMPANIES], provinces)
        block = write_payments(regulators, scheme, owners, np.arange(provinces), amounts)
        budgets = budgets.book(scheme, amount, amount, block)
    return budgets


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
    capture_cny = float(outcome.capture_cny.sum() + state.budgets.paid_for_cny(CAPTURE_GRANT))
    built_mw = sum_by_group(sites.technology, sites.capacity_mw * answers[2].funded, K)
    additions = np.append(built_mw, capture_cny / unit_cost)
    expectations = expectations._replace(
        learned_cost_factor=learn(
            region, expectations.learned_cost_factor, expectations.experience, additions
        ),
        experience=expectations.experience + additions,
    )
    return state._replace(expectations=expectations)
