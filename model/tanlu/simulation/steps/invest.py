"""Invest: everybody at a decision window appraises, chooses and asks for money; what is funded starts."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import F, P
from tanlu.core.outcomes import PowerOutcome, ProductionOutcome
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.finance.companies import Companies, Sites
from tanlu.investment.learning import learn
from tanlu.investment.population import Appraisal
from tanlu.ledger.decisions import Entry, Ledger
from tanlu.power.adequacy import may_close
from tanlu.power.state import COAL
from tanlu.power.system import clear_power_year
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, SMALL_SCALE
from tanlu.simulation.steps.announce import paid_for_capacity
from tanlu.simulation.steps.capture_ledger import note_capture
from tanlu.simulation.steps.electricity import ExpectedYear, expected_value, planned_firm_mw, planned_prices
from tanlu.simulation.steps.finance import FinanceOutcome
from tanlu.simulation.steps.funding import Choice, Funding, fund, make_choice, pay_grants
from tanlu.simulation.steps.open_season import HubOutcome, build_lines, open_season

if TYPE_CHECKING:
    from tanlu.simulation.model import RegionModel

K = len(BUILDABLE)
CHEAPENED = [BUILDABLE.index(name) for name in SMALL_SCALE]  # what `renewable_cost_factor` holds for


class InvestOutcome(NamedTuple):
    """What was started this year, CNY of 2020."""

    power_cny: Floats  # [P, K]
    capture_cny: Floats  # [P]
    industry_cny: Floats  # [P]
    grant_cny: Floats  # [P]
    hubs: HubOutcome
    green_loans_cny: float
    cost_of_debt_ordinary: float  # nominal, mean over companies by debt
    cost_of_debt_green: float

    @classmethod
    def nothing(cls, companies: Companies, signals: Signals) -> "InvestOutcome":
        """Return the outcome of a year in which nobody decides."""
        zero, rates = np.zeros(P), _mean_rates(companies, signals, 0.0)
        return cls(np.zeros((P, K)), zero, zero, zero, HubOutcome.nothing(), 0.0, *rates)


def invest(
    model: "RegionModel",
    signals: Signals,
    ahead: ExpectedYear,
    made: ProductionOutcome,
    finance: FinanceOutcome,
) -> InvestOutcome:
    """Let plants, industry and companies appraise and choose, ask for money, and start what is funded.

    Args:
        model: the region.
        signals: the year's signals.
        ahead: the electricity year deciders look at.
        made: this year's production.
        finance: this year's books, for what is left in the subsidy purses.
    """
    region, companies = model.inputs.region, model.companies
    lenders = region.finance.lenders
    weight = lenders.capital_cny / lenders.capital_cny.sum()
    spread, greenium = float((weight * lenders.spread).sum()), float(lenders.greenium.max())
    hurdle = companies.hurdle(signals, spread, greenium)
    belief = region.finance.owners.policy_belief
    year = signals.year + int(region.parameters["expectation_horizon_years"])
    expected = clear_power_year(region.power, ahead.offer, ahead.around)
    signals = _paid_for_capacity(model, signals, expected.reserve_margin)
    forward = model.plants.operate(signals, expected, year)
    signals, season = open_season(model, signals, forward, made, hurdle, belief)
    power = _approve_closing(
        model, model.plants.appraise(signals, forward, hurdle, belief, expected), expected
    )
    goods = model.industry.appraise(signals, made, hurdle, belief)
    if signals.year >= model.inputs.scenario.years.start:
        note_capture(model, signals, forward, season, power, goods)
    sites = _sites(model, signals, ahead, expected, hurdle)
    built = companies.appraise(sites)
    plants, industry = model.plants, model.industry
    choices = [
        make_choice(
            "PowerPlants",
            plants,
            power,
            plants.owner[power.decider],
            plants.province[power.decider],
            closing=power.options.index("retire_early"),
        ),
        make_choice(
            "Industry",
            industry,
            goods,
            industry.owner[goods.decider],
            industry.province[goods.decider],
            closing=goods.options.index("close"),
        ),
        make_choice("Companies", companies, built, sites.owner, sites.province),
    ]
    choices, allowed, grants = pay_grants(model, signals, choices, finance.purse_left_cny)
    answers = fund(choices, allowed, companies, model.lenders, region, signals)
    plants.start(choices[0].appraisal, choices[0].option, answers[0].funded, signals)
    industry.start(choices[1].appraisal, choices[1].option, answers[1].funded, signals)
    new = companies.new_units(sites, (choices[2].option > 0) & answers[2].funded, signals.year)
    if new.ids:
        plants.add(new)
    hubs = build_lines(model, signals, season)
    if signals.year >= model.inputs.scenario.years.start:
        for choice, answer in zip(choices, answers, strict=True):
            _note(model.ledger, signals.year, choice, answer)
    return _outcome(model, signals, choices, answers, grants, sites, greenium, hubs)


def _approve_closing(model: "RegionModel", power: Appraisal, expected: PowerOutcome) -> Appraisal:
    """Let units close early, worst first, as far as the expected year keeps its planning reserve."""
    if power.decider.size == 0:
        return power
    plants, close, feasible = model.plants, power.options.index("retire_early"), power.feasible.copy()
    peak = expected.hours.load_mw.max(axis=(1, 2, 3))
    spare = expected.reserve_margin - model.inputs.region.parameters["planning_reserve_share"]
    feasible[:, close] = may_close(
        province=plants.province[power.decider],
        firm_mw=(plants.capacity_mw * plants.availability)[power.decider],
        gain_cny=power.npv_cny[:, close],
        wants=feasible[:, close] & (power.npv_cny[:, close] > 0.0),
        spare_mw=spare * peak,
    )
    return power._replace(feasible=feasible)


def _paid_for_capacity(model: "RegionModel", signals: Signals, reserve_margin: Floats) -> Signals:
    """Return the signals with what capacity is paid at the reserve margin [P] that deciders expect."""
    paid = paid_for_capacity(model.inputs.region, model.paths, signals.row, reserve_margin)
    return signals._replace(capacity_payment_cny_per_kw_year=paid)


def _sites(
    model: "RegionModel", signals: Signals, ahead: ExpectedYear, expected: PowerOutcome, hurdle: Floats
) -> Sites:
    """Return what companies could build: value, cost and room of each technology and province.

    What all of them plan lowers what each earns. Of what each would plan by itself they expect a part to last as it did
    before, and the expected year is cleared with it. What a MW earns lies in between, on the straight line to the part
    that this clearing lets last. Nobody starts more than it counted, so that what is started pays with all of this
    year's plans in place. The part expected next year moves `plan_adjustment_share` of the way to what was found, lest
    plans swing.

    Args:
        model: the region.
        signals: the year's signals.
        ahead: the electricity year deciders look at.
        expected: that year as it clears without plans.
        hurdle: real discount rates, [W, 2].
    """
    region, terms = model.inputs.region, _terms(model, signals)
    free = expected_value(region, signals, ahead, expected.price_cny_per_mwh)
    alone = _by_technology(_sites_at(model, signals, free, terms, hurdle))
    planned = model.lasting_plan_share * alone
    price = planned_prices(region, ahead, planned)
    firm_mw = planned_firm_mw(region, ahead, planned) / expected.hours.load_mw.max(axis=(1, 2, 3))
    signals = _paid_for_capacity(model, signals, expected.reserve_margin + firm_mw)
    full = expected_value(region, signals, ahead, price)
    wanted = _by_technology(_sites_at(model, signals, full, terms, hurdle))
    lasting = lasting_share(model.lasting_plan_share, alone, planned, wanted)
    value = free + lasting / model.lasting_plan_share * (full - free)
    step = region.parameters["plan_adjustment_share"]
    model.lasting_plan_share = (1.0 - step) * model.lasting_plan_share + step * lasting
    sites = _sites_at(model, signals, value, terms, hurdle)
    share = np.minimum(1.0, planned / np.maximum(_by_technology(sites), 1e-9)) * (wanted > 0.0)
    share = share[sites.province, sites.technology]
    return sites._replace(
        capacity_mw=sites.capacity_mw * share,
        capex_cny=sites.capex_cny * share,
        npv_cny=sites.npv_cny * share,
    )


def lasting_share(before: Floats, alone_mw: Floats, planned_mw: Floats, wanted_mw: Floats) -> Floats:
    """Return which part of the plans made alone would last with itself in place, in a straight line, 0..1 [P, K].

    Where all that is planned is wanted again the part stays (regula falsi between no plans and these plans).

    Args:
        before: the part that was planned, for what nobody plans alone.
        alone_mw: what is wanted with no plans in place.
        planned_mw: the plans.
        wanted_mw: what is wanted with them in place.
    """
    given_up = np.maximum(alone_mw - wanted_mw, 0.0)
    return np.divide(planned_mw, planned_mw + given_up, out=before.copy(), where=alone_mw > 0.0)


def _by_technology(sites: Sites) -> Floats:
    return np.bincount(sites.province * K + sites.technology, sites.capacity_mw, P * K).reshape(P, K)


class _Terms(NamedTuple):
    """What building takes this year, whatever is planned."""

    capex_cny_per_mw: Floats  # [K]
    running_cny_per_mw: Floats  # [K] and year
    room_mw: Floats  # [P, K] most that can be started


def _terms(model: "RegionModel", signals: Signals) -> _Terms:
    region, plants = model.inputs.region, model.plants
    tech, t, world = region.power.technologies, signals.data_row, model.inputs.scenario.world
    factor = np.ones(K)
    factor[CHEAPENED] = world.renewable_cost_factor.at(signals.year)
    lead = np.zeros(F, np.int64)
    lead[FUEL_OF_BUILDABLE] = tech.lead_time_years
    standing = plants.retired_year > signals.year + lead[plants.fuel]
    stock = np.bincount(plants.province * F + plants.fuel, plants.capacity_mw * standing, P * F).reshape(P, F)
    room = np.minimum(tech.maximum_build_mw_per_year, tech.potential_mw - stock[:, FUEL_OF_BUILDABLE])
    room[:, BUILDABLE.index("coal")] *= signals.coal_new_build_allowed
    return _Terms(
        capex_cny_per_mw=tech.capex_cny_per_kw[t] * KW_PER_MW * model.learned_cost_factor[:K] * factor,
        running_cny_per_mw=tech.fixed_om_cny_per_kw_year[t] * KW_PER_MW,
        room_mw=np.maximum(room, 0.0),
    )


def _sites_at(model: "RegionModel", signals: Signals, value: Floats, terms: _Terms, hurdle: Floats) -> Sites:
    """Return what companies would build where a MW earns `value` a year, CNY [P, K]."""
    return model.companies.sites(
        signals,
        value=value,
        capex=terms.capex_cny_per_mw,
        running_cost=terms.running_cny_per_mw,
        room_mw=terms.room_mw,
        hurdle=hurdle,
    )


def _note(ledger: Ledger, year: int, choice: Choice, answer: Funding) -> None:
    ledger.add(
        Entry(
            year,
            choice.kind,
            choice.appraisal,
            choice.population.ids,
            choice.province,
            choice.option,
            answer.funded,
            answer.loan_rate,
            answer.binding,
        )
    )


def _outcome(
    model: "RegionModel",
    signals: Signals,
    choices: list[Choice],
    answers: list[Funding],
    grants: list[Floats],
    sites: Sites,
    greenium: float,
    hubs: HubOutcome,
) -> InvestOutcome:
    """Add up what was started and keep the region's experience and green loans up to date."""
    spent = [c.capex_cny * a.funded * c.needs_loan for c, a in zip(choices, answers, strict=True)]
    retrofits, industry, power = spent
    units, works, _ = choices
    captured = _by_province(units, retrofits * units.captures) + _by_province(
        works, industry * works.captures
    )
    built_cny = np.bincount(sites.province * K + sites.technology, power, P * K).reshape(P, K)
    # Running lower is spent on coal units.
    on_coal = np.arange(K) == BUILDABLE.index("coal")
    built_cny = built_cny + np.outer(_by_province(units, retrofits * ~units.captures), on_coal)
    paid = [g * a.funded for g, a in zip(grants, answers, strict=True)]
    grant = np.add.reduce([_by_province(c, g.sum(axis=0)) for c, g in zip(choices, paid, strict=True)])
    green = np.add.reduce(
        [_by_province(c, a.loan_cny * a.funded * c.green) for c, a in zip(choices, answers, strict=True)]
    )
    model.green_outstanding_cny = model.green_outstanding_cny + green
    _book_grants(model, np.add.reduce([g.sum(axis=1) for g in paid]))
    built = np.bincount(sites.technology, sites.capacity_mw * answers[2].funded, K)
    _learn(model, signals, built, float(captured.sum() + grant.sum()))
    ordinary, labelled = _mean_rates(model.companies, signals, greenium)
    return InvestOutcome(
        power_cny=built_cny,
        capture_cny=captured,
        industry_cny=_by_province(works, industry * ~works.captures),
        grant_cny=grant,
        hubs=hubs,
        green_loans_cny=float(green.sum()),
        cost_of_debt_ordinary=ordinary,
        cost_of_debt_green=labelled,
    )


def _learn(model: "RegionModel", signals: Signals, built_mw: Floats, capture_cny: float) -> None:
    """Add what was started to local experience; capture counts as tonnes a year of a coal retrofit at its cost now."""
    tech = model.inputs.region.power.technologies
    unit_cost = tech.capture_capex_cny_per_tco2_year[signals.data_row, COAL] * signals.capture_cost_factor
    added = np.append(built_mw, capture_cny / unit_cost)
    model.learned_cost_factor = learn(model.inputs.region, model.learned_cost_factor, model.added, added)
    model.added = model.added + added


def _book_grants(model: "RegionModel", by_scheme: Floats) -> None:
    """Book what each scheme granted with whoever holds its purse."""
    for holder, amount in zip(model.capture_purse_holders, by_scheme.tolist(), strict=True):
        model.regulators[holder].spend("capture_grant", amount)


def _by_province(choice: Choice, value: Floats) -> Floats:
    return np.bincount(choice.province, value, P)


def _mean_rates(companies: Companies, signals: Signals, greenium: float) -> tuple[float, float]:
    """Return the mean nominal cost of new debt, ordinary and green, weighted by the companies' debt."""
    weight = np.maximum(companies.debt_cny, 1.0)
    ordinary = signals.loan_prime_rate + companies.rating_spread()
    green = np.maximum(ordinary - greenium - signals.green_interest_subsidy.mean(), 0.0)
    return float((ordinary * weight).sum() / weight.sum()), float((green * weight).sum() / weight.sum())
