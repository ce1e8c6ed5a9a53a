"""The course of a run: phases as they pass, and what added agents see of a year and do in it."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tanlu.co2.market import CO2Bids
from tanlu.core.arrays import Floats
from tanlu.core.mesa_classes import Agent
from tanlu.core.outcomes import CO2Purchase, Trade
from tanlu.core.parties import GRID, GRID_COMPANY, REST
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.core.signals import Signals
from tanlu.core.words.messages import MessagePart, build_message
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest
from tanlu.investment.borrowers import Borrowers
from tanlu.investment.population import Population
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.power.trades import TradeOffers
from tanlu.region.pack import Region
from tanlu.scenario.schema import Scenario
from tanlu.simulation.phase_outcomes import PhaseOutcomes
from tanlu.state.added import AddedYear, Effect, Payment, PaymentBook, check_parties, make_read_only, refuse
from tanlu.state.added_uses import read_co2_buyers, read_fuel_uses, removable_fuel_gj
from tanlu.state.offers import OfferAnswer, OffersYear, read_offers, read_terms
from tanlu.state.phases import list_hooks
from tanlu.state.state import State

OVER = "over"  # the phase of a run after its last year
OFFER, EXPECT = "offer_electricity", "expect_electricity"  # methods of agents that trade
BURN, BUY_CO2 = "burn_fuel", "offer_co2"
ACTS = (OFFER, BURN, BUY_CO2)
logger = logging.getLogger(__name__)


class DrawKey(NamedTuple):
    """What the draws of an added agent are keyed by, with their names and the year."""

    seed: int
    replication: int
    kind: str


class YearView(NamedTuple):
    """What an added agent sees after a phase; its arrays cannot be written to."""

    year: int
    region: Region
    signals: Signals
    state: State
    outcomes: PhaseOutcomes  # of the year's phases so far
    chance: DrawKey

    def draw(self, name: str, size: int) -> Floats:
        """Draw numbers between 0 and 1 [size].

        They depend on seed, replication, kind of agents, name and year, so that scenarios with the same seed stay
        comparable and no other draw moves.

        Raises:
            ExtensionError: without a name, or with a negative size.
        """
        if not (isinstance(name, str) and name and isinstance(size, int | np.integer) and size >= 0):
            label = build_message("act_of_year", act=self.chance.kind, year=self.year)
            values = {"name": printable(repr(name)), "size": printable(repr(size))}
            raise refuse(label, build_message("draw_of_nothing", **values))
        return uniform(
            seed=self.chance.seed,
            replication=self.chance.replication,
            decider_ids=np.full(size, decider_id("added agent", self.chance.kind, name)),
            year=self.year,
            purpose=Purpose.ADDED_AGENT,
            n=np.arange(size),
        )


class Course:
    """The course of a run: how long each phase took, and what added agents did after it."""

    def __init__(self, agents: Mapping[str, Agent], provinces: int) -> None:
        self._provinces = provinces
        self.agents = dict(agents)  # added ones, by the name of their kind
        self.seconds: dict[str, float] = {}
        self.phase = "preparation"  # that is under way, or was when the run stopped
        self._outcomes: dict[str, Any] = {}
        self._book = PaymentBook(provinces)

    def end_phase(self, phase: str, seconds: float, outcome: object, model: Any) -> None:
        """Note a phase that has ended, and let added agents follow it."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
        if not self.agents:
            return
        if isinstance(outcome, Signals):
            self._outcomes, self._book = {}, PaymentBook(self._provinces)  # the first phase of a year
        self._outcomes[phase] = make_read_only(outcome)
        for kind, agent in self.agents.items():
            act = getattr(agent, f"after_{phase}", None)
            if act is not None:
                self._let_act(kind, act, model)

    def end(self, scenario: Scenario) -> None:
        """Say once that the run is over, to who steps on after its last year."""
        if self.phase != OVER:
            self.phase = OVER
            logger.warning(
                build_message("run_is_over", name=scenario.name, last=scenario.years.end).in_language("en")
            )

    def note(self, quantity: str, by_kind: Mapping[str, Floats]) -> None:
        """Note quantities of added kinds from the steps, as `<kind>_<quantity>` [P]."""
        for kind, value in by_kind.items():
            self._book.add(kind, f"{kind}_{quantity}", value)

    def ask(self, signals: Signals, model: Any) -> OffersYear:
        """Ask added agents what they offer to the electricity market, now and in the expected year.

        Without a method `expect_electricity(view, years)` they expect to offer the same.
        """
        traders = [kind for kind, agent in self.agents.items() if hasattr(agent, OFFER)]
        if not traders:
            return OffersYear(TradeOffers.nothing(), TradeOffers.nothing())
        region = model.inputs.region
        years = int(region.parameters["expectation_horizon_years"])
        answers: dict[str, OfferAnswer] = {}
        expected: dict[str, OfferAnswer] = {}
        for kind in traders:
            agent, view = self.agents[kind], self._view(kind, model)
            answers[kind] = OfferAnswer(_label(agent, OFFER, model.year), agent.offer_electricity(view))
            expected[kind] = answers[kind]
            if hasattr(agent, EXPECT):
                answer = agent.expect_electricity(view, years)
                expected[kind] = OfferAnswer(_label(agent, EXPECT, model.year), answer)
        terms, ahead = (read_terms(region, known, model.state) for known in (signals, signals.look_ahead()))
        return OffersYear(read_offers(answers, terms), read_offers(expected, ahead))

    def ask_uses(self, signals: Signals, production: ProductionOutcome, model: Any) -> CO2Bids:
        """Ask added agents what they burn, which is booked, and what CO2 they would buy."""
        if not self.agents:
            return CO2Bids.nothing()
        self._burn(signals, production, model)
        return read_co2_buyers(self._ask(BUY_CO2, model), model.inputs.region)

    def book_co2(self, purchases: Mapping[str, CO2Purchase]) -> None:
        """Book the CO2 that added agents bought."""
        for kind, purchase in purchases.items():
            self._book.add(kind, f"{kind}_bought_tco2", purchase.bought_tco2)
            self._book.add(kind, f"{kind}_bound_tco2", purchase.permanently_bound_tco2)
            self._book.pay(kind, Payment(kind, REST, f"{kind}_co2", purchase.paid_cny))

    def _burn(self, signals: Signals, production: ProductionOutcome, model: Any) -> None:
        """Book fuel and CO2 of what added agents burn; what they take out is booked the other way."""
        answers = self._ask(BURN, model)
        if not answers:
            return
        region = model.inputs.region
        removable_gj = removable_fuel_gj(model.industry, production, region)
        all_burnt = read_fuel_uses(answers, region, signals, removable_gj)
        self._book.fuel_gj = np.sum([burnt.gj for burnt in all_burnt.values()], axis=0)
        for kind, burnt in all_burnt.items():
            self._book.add(kind, f"{kind}_fuel_gj", burnt.gj.sum(axis=(1, 2)))
            self._book.add(kind, f"{kind}_fuel_tco2", burnt.tco2.sum(axis=(1, 2)))
            self._settle(kind, REST, "fuel", burnt.fuel_cost_cny)
            self._settle(kind, REST, "carbon_market", burnt.other_carbon_cny)
            for province, amount_cny in zip(
                region.axes.provinces, np.diag(burnt.fixed_price_cny), strict=True
            ):
                self._settle(kind, province, "carbon_price", amount_cny)

    def _settle(self, kind: str, party: str, purpose: str, amount_cny: Floats) -> None:
        """Book what a kind pays a party [P], and what it saves as paid by the party."""
        self._book.pay(kind, Payment(kind, party, f"{kind}_{purpose}", np.maximum(amount_cny, 0.0)))
        if (amount_cny < 0.0).any():
            saved_cny = np.maximum(-amount_cny, 0.0)
            self._book.pay(kind, Payment(party, kind, f"{kind}_{purpose}_saved", saved_cny))

    def _ask(self, method: str, model: Any) -> dict[str, OfferAnswer]:
        """Ask every kind that has a method of that name."""
        return {
            kind: OfferAnswer(
                _label(agent, method, model.year), getattr(agent, method)(self._view(kind, model))
            )
            for kind, agent in self.agents.items()
            if hasattr(agent, method)
        }

    def book_trades(self, trades: Mapping[str, Trade], provinces: Sequence[str]) -> None:
        """Book what added agents paid and earned in the electricity market."""
        for kind, trade in trades.items():
            for quantity, value in (
                ("taken_mwh", trade.taken_mwh),
                ("supplied_mwh", trade.supplied_mwh),
                ("emitted_tco2", trade.emitted_tco2),
            ):
                self._book.add(kind, f"{kind}_{quantity}", value)
            for payer, payee, purpose, amount_cny in (
                (kind, GRID, "electricity", trade.firm_cny + trade.bid_cny),
                (kind, GRID_COMPANY, "grid_charge", trade.grid_charge_cny),
                (GRID, kind, "electricity_sold", trade.earned_cny),
            ):
                self._book.pay(kind, Payment(payer, payee, f"{kind}_{purpose}", amount_cny))
            for province, amount_cny in zip(provinces, np.diag(trade.carbon_cost_cny), strict=True):
                self._book.pay(kind, Payment(kind, province, f"{kind}_carbon_cost", amount_cny))

    def sum_year(self) -> AddedYear:
        """Sum up the acts of the added agents this year."""
        return self._book.year()

    def _view(self, kind: str, model: Any) -> YearView:
        """Show a kind of added agents the year so far."""
        return YearView(
            year=model.year,
            region=model.inputs.region,
            signals=self._outcomes["announce"],
            state=make_read_only(model.state),
            outcomes=PhaseOutcomes(dict(self._outcomes)),
            chance=DrawKey(model.inputs.scenario.seed, model.replication, kind),
        )

    def _let_act(self, kind: str, act: Any, model: Any) -> None:
        region = model.inputs.region
        effect = act(self._view(kind, model), model.year)
        if effect is None:
            return
        label = _label(self.agents[kind], act.__name__, model.year)
        if not isinstance(effect, Effect):
            raise refuse(label, build_message("no_effect", given=type(effect).__name__))
        for name, value in effect.quantities.items():
            self._book.add(label, name, value)
        for payment in effect.payments:
            check_parties(label, payment, region)
            self._book.pay(label, payment)


def _label(agent: Agent, method: str, year: int) -> MessagePart:
    """Name a method of an agent in a year, for messages."""
    return build_message("act_of_year", act=f"{type(agent).__name__}.{method}", year=year)


def check_added_agent(agent: type[Agent]) -> None:
    """Refuse a class that cannot act as an added agent.

    It never acts, follows a phase that there is not, borrows without saying how, or has the columns of a population
    and is none.
    """
    if issubclass(agent, Borrowers):
        _check_borrowers(agent)
    phase_hooks = list_hooks()
    method_names = [name for name in dir(agent) if name.startswith("after_")]
    for name in method_names:
        if name not in phase_hooks:
            advice = suggest(nearest(name, phase_hooks), build_message("there_are", names=list(phase_hooks)))
            raise ExtensionError(build_message("no_phase", agent=agent.__name__, name=name, advice=advice))
    if not (method_names or any(hasattr(agent, name) for name in ACTS) or issubclass(agent, Borrowers)):
        raise ExtensionError(build_message("never_acts", agent=agent.__name__))
    _check_population(agent, getattr(agent, "columns", ()))


def _check_population(agent: type[Agent], columns: object) -> None:
    if columns and not issubclass(agent, Population):
        raise ExtensionError(build_message("columns_of_no_population", agent=agent.__name__))


def check_columns(agent: Agent) -> None:
    """Refuse columns of what is no population, and a column without one value for each decider."""
    _check_population(type(agent), getattr(agent, "columns", ()))
    if not isinstance(agent, Population):
        return
    for name in agent.columns:
        if np.asarray(getattr(agent, name, None)).shape != (len(agent),):
            values = {"agent": type(agent).__name__, "name": printable(str(name)), "count": len(agent)}
            raise ExtensionError(build_message("column_without_values", **values))


def _check_borrowers(agent: type[Borrowers]) -> None:
    lacks = [
        name for name in ("appraise", "start", "earn") if getattr(agent, name) is getattr(Borrowers, name)
    ]
    lacks += [name for name in ("kind", "is_green", "is_capture") if not hasattr(agent, name)]
    if lacks:
        raise ExtensionError(build_message("borrows_but_lacks", agent=agent.__name__, name=lacks[0]))
    if not str(agent.kind).isidentifier():
        raise ExtensionError(
            build_message("no_name_of_kind", agent=agent.__name__, name=printable(str(agent.kind)))
        )
