"""Whole-model runs for the tests: each scenario is lived through once, and what passes between the verbs is kept."""

import copy
import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import tanlu.markets.carbon
import tanlu.markets.electricity
import tanlu.power.system
import tanlu.power.yearly_limit
from tanlu.carbon_market.market import CarbonClearing, CarbonMarketYear
from tanlu.core.arrays import Floats, Integers
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.core.signals import Promises, Signals
from tanlu.finance.companies import Cashflow, Companies
from tanlu.finance.lenders import Lender
from tanlu.indicators.co2 import returned_tco2
from tanlu.indicators.main import RunMeasures, indicators, measure
from tanlu.industry.metal import bought_metal_cost
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.units import PlantAccounts, PowerOffer
from tanlu.power.market import MarketYear
from tanlu.power.plants import PowerPlants
from tanlu.power.supply import PowerYear
from tanlu.records.happened import YearOutcome
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario, scenario_hash
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.run import Run
from tanlu.state.state import CarbonMarketState
from tests.sharing import made_once

REGION = load_region("chengyu")
ROOT = Path(__file__).parents[1]
SHIPPED = tuple(sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml")))
FIRST, LAST = 2020, 2060
P = 2  # provinces of the packs that come with Tanlu

# The policies of today, written out: laws compare worlds that differ in one instrument, whatever the files hold. But
# captured CO2 needs no allowances, so that there is capture for its laws to be tried on.
TODAY: Mapping[str, Mapping[str, object]] = {
    "national_carbon_market": {
        "kind": "carbon_market",
        "from_year": 2021,
        "benchmark_tightening_share_per_year": 0.005,
        "capture_counts_from_year": 2021,
    },
    "capacity_payment": {
        "kind": "capacity_payment",
        "from_year": 2024,
        "rate_cny_per_kw_year": 165,
        "technologies": ["coal", "gas"],
    },
}


# One draw of chance, and the normal year after the statistics: what is compared then differs in nothing else.
ONE_DRAW: Mapping[str, object] = {"replications": 1, "world": {"hydrology": "observed"}}


def in_one_draw(what: Scenario) -> Scenario:
    """Return a scenario in one draw, with the normal year after the statistics."""
    world = what.world.model_copy(update={"hydrology": "observed"})
    return what.model_copy(update={"replications": 1, "world": world})


def scenario(
    policies: Mapping[str, Mapping[str, object]] | None = None,
    *,
    years: tuple[int, int] = (FIRST, LAST),
    **rest: Any,
) -> Scenario:
    """Return today's policies with `policies` added, over `years`; `rest` are other keys of a scenario file."""
    world = {"hydrology": "observed", **rest.pop("world", {})}
    data = {"name": "test", "years": {"start": years[0], "end": years[1]}, **ONE_DRAW, **rest, "world": world}
    return load(data | {"policies": {**TODAY, **(policies or {})}})


def finance_changed(**changes: float) -> Region:
    """Return the region with parameters of `finance.csv` changed."""
    table = REGION.tables["finance"].copy()
    for name, value in changes.items():
        assert (table["parameter"] == name).any(), name
        table.loc[table["parameter"] == name, "value"] = value
    return dataclasses.replace(REGION, tables=dict(REGION.tables) | {"finance": table})


def shipped(name: str) -> Scenario:
    """Return a scenario of the repository, in one draw."""
    return in_one_draw(load(ROOT / "scenarios" / f"{name}.yaml"))


def credited(name: str) -> Scenario:
    """Return a scenario of the repository with captured CO2 that needs no allowances, so that much is captured."""
    market = {"capture_counts_from_year": 2021}
    changes = {"policies": {"national_carbon_market": market}}
    return in_one_draw(load({"name": name, "extends": f"tanlu:{name}", **changes}))


# --- one run, watched --------------------------------------------------------------------------------------------


class Clearing(NamedTuple):
    """An electricity year: what was offered, what the hourly market was given and gave, and what was made of it."""

    offer: PowerOffer
    around: PowerYear
    market: MarketYear
    dispatch: Dispatch
    outcome: PowerOutcome


class Trade(NamedTuple):
    """A carbon-market year: what the market was given, and gave; None where nobody is covered."""

    before: CarbonMarketState
    after: CarbonMarketState
    asked: CarbonMarketYear | None
    cleared: CarbonClearing | None


class Accounts(NamedTuple):
    """Who holds what at the end of a year, CNY and t CO2."""

    cash_cny: Floats  # [W]
    debt_cny: Floats  # [W]
    lent_cny: Floats  # [L] to companies
    stored_tco2: Floats  # [J]
    spent_cny: Mapping[str, float]  # by the regulators together, by kind of claim
    received_cny: Mapping[str, float]


class Workshop(NamedTuple):
    """How industry produced, kept because deciders may be others by the end of the year; axis N."""

    process: Integers
    process_tco2: Floats  # from the process alone, before capture
    production_cost_cny: Floats
    bought_metal_cny: Floats


class Lived(NamedTuple):
    """One year, seen from outside."""

    year: YearOutcome
    plants: PowerPlants  # as they were at its end: what closes with it has no row next year
    clearing: Clearing
    trade: Trade
    industry: Workshop
    cashflow: Cashflow
    interest_received_cny: float  # by the lenders
    accounts: Accounts

    @property
    def by_place(self) -> PlantAccounts:
        """What the year meant for all units that had come by then, in the order in which they came."""
        return PlantAccounts._make(self.plants.in_place(value) for value in self.year.plants)


class Watched(RegionModel):
    """A model that keeps every year's outcomes and what its two markets were asked."""

    def __init__(self, inputs: Inputs, replication: int = 0) -> None:
        super().__init__(inputs, replication)
        self.lived: list[Lived] = []
        self._opening = copy.copy(self.plants)

    @cached_property
    def ever(self) -> SimpleNamespace:
        """The columns of all power units that ever came, each as it was last seen, in the order in which they came."""
        found: dict[str, Any] = {"ids": list(self.plants.all_ids)}
        for name in PowerPlants.columns:
            last = np.zeros(len(self.plants.all_ids), getattr(self.plants, name).dtype)
            for plants in (self._opening, *(lived.plants for lived in self.lived)):
                last[plants.place] = getattr(plants, name)
            found[name] = last
        return SimpleNamespace(**found)

    def electricity(self, signals, demand, trades):
        with (
            calls_of(tanlu.markets.electricity, "clear_power_year") as years,
            calls_of(tanlu.power.system, "clear_hours") as cleared,
            calls_of(tanlu.power.system, "clear_days_apart") as markets,
            calls_of(tanlu.power.yearly_limit, "clear_days_apart") as trials,
        ):
            outcome = super().electricity(signals, demand, trades)
        ((_, offer, around, _), _, _), ((market, _), _, _) = years[-1], (markets + trials)[-1]
        self._clearing = Clearing(offer, around, market, cleared[-1][2].market, outcome)
        return outcome

    def production(self, signals, plan, demand, power):
        plants, made = super().production(signals, plan, demand, power)
        self._workshop = Workshop(
            self.industry.process.copy(),
            self.industry.process_tco2 * made.output,
            self.industry.production_cost(signals, made),
            bought_metal_cost(self.industry, signals) * made.output,
        )
        return plants, made

    def finance(self, *arguments):
        with calls_of(Lender, "collect") as collected, calls_of(Companies, "settle") as settled:
            outcome = super().finance(*arguments)
        self._interest_cny = sum(received for (_, received), _, _ in collected)
        self._cashflow = settled[0][0][1]
        return outcome

    def carbon_market(self, *arguments):
        before = self.state.carbon
        with calls_of(tanlu.markets.carbon, "clear_carbon_market") as calls:
            outcome = super().carbon_market(*arguments)
        (asked,), _, cleared = calls[0] if calls else ((None,), {}, None)
        self._trade = Trade(before, self.state.carbon, asked, cleared)
        return outcome

    def measure(self, year):
        super().measure(year)
        kept = self._clearing, self._trade, self._workshop, self._cashflow, self._interest_cny
        self.lived.append(Lived(year, copy.copy(self.plants), *kept, self._accounts()))

    def _accounts(self) -> Accounts:
        regulators = self.regulators.values()
        return Accounts(
            cash_cny=self.companies.cash_cny.copy(),
            debt_cny=self.companies.debt_cny.copy(),
            lent_cny=np.array([x.outstanding_cny - x.public_cny - x.hubs_cny for x in self.lenders]),
            stored_tco2=self.state.co2.stores.held_tco2.copy(),
            spent_cny=_added(regulator.spent_cny for regulator in regulators),
            received_cny=_added(regulator.received_cny for regulator in regulators),
        )


@contextmanager
def calls_of(owner: ModuleType | type, name: str) -> Iterator[list[tuple[tuple, dict, Any]]]:
    """Keep arguments and result of every call of a function or method while it goes on as before."""
    function: Callable[..., Any] = getattr(owner, name)
    calls: list[tuple[tuple, dict, Any]] = []

    def kept(*arguments, **named):
        result = function(*arguments, **named)
        calls.append((arguments, named, result))
        return result

    setattr(owner, name, kept)
    try:
        yield calls
    finally:
        setattr(owner, name, function)


def _added(accounts) -> dict[str, float]:
    total: dict[str, float] = {}
    for account in accounts:
        for kind, amount in account.items():
            total[kind] = total.get(kind, 0.0) + amount
    return total


# --- runs kept ---------------------------------------------------------------------------------------------------

_WATCHED: dict[str, Watched] = {}
_RECORDS: dict[str, YearRecord] = {}
MOST_WATCHED = 12  # a watched run holds some 20 MB


def watch(what: Scenario) -> Watched:
    """Return a finished model that kept every year; the same object for the same scenario."""
    key = scenario_hash(what, {})
    watched = _WATCHED.pop(key, None)
    if watched is None:
        watched = Watched(Inputs(what, REGION))
        finished = watched.run().record
        _RECORDS[key] = finished
        made_once(key, lambda: finished)
    while len(_WATCHED) >= MOST_WATCHED:
        del _WATCHED[next(iter(_WATCHED))]
    _WATCHED[key] = watched  # the last that was asked for is the last to go
    return watched


def run(what: Scenario, **kinds: type) -> Run:
    """Run a scenario afresh; `kinds` are classes of deciders, as `RegionModel` takes them."""
    return RegionModel(Inputs(what, REGION), populations=kinds).run()


def in_small_pack(policies: Mapping[str, object], *, years: str = "2022-2031", **rest: Any) -> Run:
    """Run two made-up provinces with these policies alone; `rest` are other keys of a scenario file."""
    world = {"hydrology": "observed", **rest.pop("world", {})}
    what = load(
        {
            "name": "small",
            "region": "two_provinces",
            "years": years,
            **rest,
            "world": world,
            "policies": policies,
        }
    )
    return RegionModel(Inputs(what, load_region(what.region, what.pack))).run()


def record(what: Scenario) -> YearRecord:
    """Return the stacked record of a scenario; the same object for the same scenario."""
    return _replication(what, 0)


def _replication(what: Scenario, number: int) -> YearRecord:
    """Return the record of one replication, which any process of the session may have run."""
    key = scenario_hash(what, {}) + (f"-{number}" if number else "")
    if key not in _RECORDS:
        _RECORDS[key] = made_once(key, lambda: RegionModel(Inputs(what, REGION), number).run().record)
    return _RECORDS[key]


def draws(what: Scenario, number: int) -> list[YearRecord]:
    """Return the records of a scenario's first replications: other hurdles, windows and delays of projects in each."""
    return [_replication(what, one) for one in range(number)]


def measures(what: Scenario) -> RunMeasures:
    """Return every indicator of a scenario."""
    return measure(record(what), what.years.array(), indicators(REGION))


def quantities(of: YearRecord) -> dict[str, np.ndarray]:
    """Return every quantity of a record, one year's or a run's, by its part and name."""
    parts = of._asdict().items()
    return {f"{part}.{name}": values for part, fields in parts for name, values in _fields(fields)}


def _fields(part):
    """Yield the quantities of a part, those of parts in it under the names of both."""
    for name, value in (part if isinstance(part, Mapping) else part._asdict()).items():
        if isinstance(value, tuple | Mapping):
            yield from ((f"{name}.{inner}", one) for inner, one in _fields(value))
        else:
            yield name, value


# --- sums the laws speak of --------------------------------------------------------------------------------------


def emitted_mt(of: YearRecord) -> float:
    """Return all CO2 of the run, captured CO2 that reached the air after all included, Mt."""
    return float(of.emissions.by_sector_tco2.sum() + returned_tco2(of).sum()) / 1e6


def captured_mt(of: YearRecord) -> float:
    """Return all CO2 captured in the run, Mt."""
    return float(of.co2.captured_tco2.sum()) / 1e6


# --- bit for bit -------------------------------------------------------------------------------------------------


def digest(of: Run) -> str:
    """Return a digest of every number and word of a run: record, plants and decisions."""
    total = hashlib.sha256()
    for columns in (quantities(of.record), of.plants(), of.decisions()):
        for name, values in columns.items():
            total.update(name.encode())
            total.update(_bytes(values))
    return total.hexdigest()


def differing(one: Run, other: Run) -> list[str]:
    """Return the names of the columns in which two runs differ in any bit."""
    tables = zip(
        ("record", "plants", "decisions"),
        (quantities(one.record), one.plants(), one.decisions()),
        (quantities(other.record), other.plants(), other.decisions()),
        strict=True,
    )
    return [f"{table}.{name}" for table, a, b in tables for name in a if _bytes(a[name]) != _bytes(b[name])]


def _bytes(values: np.ndarray) -> bytes:
    if values.dtype.kind == "O":
        return "\x1f".join(map(str, values)).encode()
    return np.ascontiguousarray(values).tobytes()


_OWNERS = np.ones(len(REGION.finance.owners.ids))
KEPT = Promises(_OWNERS, _OWNERS, np.zeros(len(REGION.axes.provinces)), np.zeros(len(REGION.axes.provinces)))


def heard(signals: Signals, **changes: Any) -> Signals:
    """The signals with some changed, whatever group they are in.

    A mapping changes part of a group of the policy schedule, or of the subsidies or levies.
    """
    subsidies, levies = changes.pop("subsidies", {}), changes.pop("levies", {})
    if CAPTURE_SUBSIDY in subsidies:
        promised = np.stack([subsidies[CAPTURE_SUBSIDY]] * len(signals.laws))
        changes["promised_support_cny_per_tco2"] = promised
        changes["stored_support_cny_per_tco2"] = promised[:, None]
    groups = [name for name, value in changes.items() if isinstance(value, Mapping)]
    policy = signals.policy._replace(
        **{name: getattr(signals.policy, name)._replace(**changes.pop(name)) for name in groups}
    )
    for group in ("prices", "carbon", "co2"):
        of = getattr(signals, group)
        mine = {name: changes.pop(name) for name in of._fields if name in changes}
        signals = signals._replace(**{group: of._replace(**mine)})
    policy = policy._replace(levy_rates={**policy.levy_rates, **levies})
    known = {"subsidies": {**signals.subsidies, **subsidies}, "levies": policy.levy_rates}
    return signals._replace(policy=policy, **known, **changes)
