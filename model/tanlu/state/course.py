"""Agents of extensions: what they see after each phase of a year, and how what they do is booked."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.mesa_classes import Agent
from tanlu.core.signals import Signals
from tanlu.core.words.messages import Message, MessagePart, build_message
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest
from tanlu.investment.borrowers import Borrowers
from tanlu.investment.population import Population
from tanlu.region.pack import Region
from tanlu.scenario.schema import Scenario
from tanlu.state.phases import list_hooks
from tanlu.state.state import State

OVER = "over"  # the phase of a run after its last year
logger = logging.getLogger(__name__)


class Payment(NamedTuple):
    """Money that passes from one party to another in a year.

    A party is a government (`national` or a province), whose accounts then have it, or any other name. Companies are
    none: their cash moves only where their accounts are settled.
    """

    payer: str
    payee: str
    kind: str  # what is paid for
    amount_cny: Floats  # [P]


class Effect(NamedTuple):
    """What an added agent does in a phase."""

    quantities: Mapping[str, Floats] = MappingProxyType({})  # [P] by name, which ends with the unit
    payments: tuple[Payment, ...] = ()


class YearView(NamedTuple):
    """What an added agent sees after a phase; its arrays cannot be written to."""

    year: int
    region: Region
    signals: Signals
    state: State
    outcomes: Mapping[str, Any]  # of the year's phases so far, by name


class AddedYear(NamedTuple):
    """What the agents of extensions did in a year."""

    quantities: Mapping[str, Floats]  # [P] by name; payments of a kind are `<kind>_cny`
    payments_cny: Mapping[tuple[str, str, str], Floats]  # [P] by payer, payee and kind
    money_error: float  # what all parties together gained, relative to the payments


class Course:
    """The course of a run: how long each phase took, and what added agents did after it."""

    def __init__(self, agents: Mapping[str, Agent], provinces: int) -> None:
        self._provinces = provinces
        self.agents = dict(agents)  # added ones, by the name of their kind
        self.seconds: dict[str, float] = {}
        self.phase = "preparation"  # that is under way, or was when the run stopped
        self._outcomes: dict[str, Any] = {}
        self._book = _Book(provinces)

    def end_phase(self, phase: str, seconds: float, outcome: object, model: Any) -> None:
        """Note a phase that has ended, and let added agents follow it."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
        if not self.agents:
            return
        if isinstance(outcome, Signals):
            self._outcomes, self._book = {}, _Book(self._provinces)  # the first phase of a year
        self._outcomes[phase] = make_read_only(outcome)
        for agent in self.agents.values():
            act = getattr(agent, f"after_{phase}", None)
            if act is not None:
                self._let_act(agent, act, model)

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

    def sum_year(self) -> AddedYear:
        """Sum up the acts of the added agents this year."""
        return self._book.year()

    def _let_act(self, agent: Agent, act: Any, model: Any) -> None:
        region = model.inputs.region
        view = YearView(
            year=model.year,
            region=region,
            signals=self._outcomes["announce"],
            state=make_read_only(model.state),
            outcomes=MappingProxyType(dict(self._outcomes)),
        )
        effect = act(view, model.year)
        if effect is None:
            return
        label = build_message("act_of_year", act=f"{type(agent).__name__}.{act.__name__}", year=model.year)
        if not isinstance(effect, Effect):
            raise _refusal(label, build_message("no_effect", given=type(effect).__name__))
        for name, value in effect.quantities.items():
            self._book.add(label, name, value)
        for payment in effect.payments:
            _check_parties(label, payment, region)
            self._book.pay(label, payment)


class _Book:
    """The year's quantities and payments of added agents."""

    def __init__(self, provinces: int) -> None:
        self.quantities: dict[str, Floats] = {}
        self.provinces = provinces
        self.balances: dict[str, float] = {}  # of each party, CNY
        self.payments_cny: dict[tuple[str, str, str], Floats] = {}
        self.paid_cny = 0.0

    def add(self, label: MessagePart, name: str, value: object) -> None:
        """Add a quantity by province."""
        if not (isinstance(name, str) and name.isidentifier()):
            raise _refusal(label, build_message("no_name_of_quantity", name=printable(str(name))))
        values = _read_values(label, name, value, self.provinces)
        self.quantities[name] = self.quantities.get(name, 0.0) + values

    def pay(self, label: MessagePart, payment: Payment) -> None:
        """Book a payment with both parties."""
        name = f"{payment.kind}_cny"
        amount = _read_values(label, name, payment.amount_cny, self.provinces)
        if (amount < 0.0).any():
            raise _refusal(label, build_message("payment_negative", name=name))
        self.add(label, name, amount)
        total = float(amount.sum())
        key = (payment.payer, payment.payee, payment.kind)
        self.payments_cny[key] = self.payments_cny.get(key, 0.0) + amount
        self.paid_cny += total
        self.balances[payment.payer] = self.balances.get(payment.payer, 0.0) - total
        self.balances[payment.payee] = self.balances.get(payment.payee, 0.0) + total

    def year(self) -> AddedYear:
        """Sum up the year."""
        error = abs(sum(self.balances.values())) / max(self.paid_cny, 1.0)
        payments = MappingProxyType(dict(self.payments_cny))
        quantities = MappingProxyType(dict(self.quantities))
        return AddedYear(quantities, payments, error)


def _refusal(label: MessagePart, reason: Message) -> ExtensionError:
    """Build the error for what an added agent may not do."""
    return ExtensionError(build_message("acted", act=label, what=reason))


def _read_values(label: MessagePart, name: str, value: object, provinces: int) -> Floats:
    """Read a value by province [P], refusing what is none."""
    array = np.asarray(value, dtype=float)
    if array.shape != (provinces,):
        shape = str(list(array.shape))
        raise _refusal(label, build_message("one_a_province", name=name, provinces=provinces, shape=shape))
    if not np.isfinite(array).all():
        raise _refusal(label, build_message("not_finite", name=name, given=str(array.tolist())))
    return array


def _check_parties(label: MessagePart, payment: Payment, region: Region) -> None:
    """Refuse a payment that lacks a party or touches accounts of companies."""
    for role, party in (("payer", payment.payer), ("payee", payment.payee)):
        if not (isinstance(party, str) and party):
            lacks = build_message(
                "payment_lacks", name=printable(str(payment.kind)), party=build_message(f"party_{role}")
            )
            raise _refusal(label, lacks)
        if party in region.finance.owners.ids:
            text_values = {"name": payment.kind, "party": build_message(f"party_{role}"), "company": party}
            raise _refusal(label, build_message("payment_of_company", **text_values))
    if payment.payer == payment.payee:
        raise _refusal(label, build_message("payment_to_itself", party=payment.payer, name=payment.kind))


def make_read_only(value: Any) -> Any:
    """Make every array in a value read-only, in tuples and mappings too."""
    if isinstance(value, np.ndarray):
        view = value.view()
        view.flags.writeable = False
        return view
    if isinstance(value, tuple):
        parts = [make_read_only(part) for part in value]
        return type(value)._make(parts) if hasattr(value, "_make") else tuple(parts)
    if isinstance(value, Mapping):
        return MappingProxyType({key: make_read_only(part) for key, part in value.items()})
    return value


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
    if not method_names and not issubclass(agent, Borrowers):
        raise ExtensionError(build_message("never_acts", agent=agent.__name__))
    _check_population(agent, getattr(agent, "columns", ()))


def _check_population(agent: type[Agent], columns: object) -> None:
    if columns and not issubclass(agent, Population):
        raise ExtensionError(build_message("columns_of_no_population", agent=agent.__name__))


def check_columns(agent: Agent) -> None:
    """Refuse columns of what is no population, and a column without one value for each decider."""
    _check_population(type(agent), getattr(agent, "columns", ()))
    for name in getattr(agent, "columns", ()):
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
