"""How each option of thermal units is tried in the tests: one entry an option, in the order of the model's."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.axes import FUEL
from tanlu.core.randomness import decider_id
from tanlu.core.signals import Signals
from tanlu.investment.population import Appraisal
from tanlu.kernels.power.units import PlantAccounts
from tanlu.region.pack import Region
from tanlu.region.power import OPEN_END_YEAR
from tanlu.simulation.run import Run

MEMORY = 4
NONE = float("nan")

Told = tuple[str, float, float]  # reason, value, limit
OPEN: Told = ("open", NONE, NONE)


class Seen(NamedTuple):
    """What no table holds of one population and year, by row."""

    contract_tco2: np.ndarray
    profit_cny: np.ndarray
    columns: Mapping[
        str, np.ndarray
    ]  # of the population, as far as options change them, and when units began
    worth: Appraisal


class History(NamedTuple):
    """What a decider started: (year, option)."""

    started: list[tuple[int, str]]

    def before(self, year: int, options: set[str]) -> int | None:
        """Return the last year before `year` in which one of `options` was started."""
        return max((y for y, option in self.started if y < year and option in options), default=None)


class UnitCase(NamedTuple):
    """A thermal unit in a year, and what may be known of it."""

    row: Mapping[Any, Any]  # of the table of plants
    year: int
    end: int  # the year in which it closes if nobody decides otherwise
    history: History
    seen: Seen
    run: Run
    region: Region

    @property
    def fuel(self) -> int:
        return FUEL[str(self.row["sector_or_fuel"])]

    @property
    def at(self) -> int:
        return self.seen.columns["ids"].tolist().index(self.row["decider"])

    def before(self, option: str) -> int:
        """Return the year before this one in which it started an option, 0 if it never did."""
        return self.history.before(self.year, {option}) or 0

    @property
    def signed(self) -> bool:
        return bool(self.seen.contract_tco2[self.at] > 0.0)

    @property
    def orphaned(self) -> bool:
        return bool(self.seen.columns["orphaned"][self.at])

    @property
    def no_window(self) -> tuple[object, str, float, float]:
        wait = 0 if self.orphaned else wait_for_window(self.row["decider"], self.year, self.region)
        return wait, "no_window", NONE, self.year + wait


def wait_for_window(name: str, year: int, region: Region) -> int:
    """Return in how many years a decider stands at a window, looking at one year after the other."""
    period = int(region.parameters["overhaul_interval_years"])
    return next(y for y in range(period) if (decider_id(name) + year + y) % period == 0)


def first(*bars: tuple[object, str, float, float]) -> Told:
    """Return the first reason that holds."""
    return next(((name, value, limit) for holds, name, value, limit in bars if holds), OPEN)


class World(NamedTuple):
    """What units look at when they value an option."""

    region: Region
    signals: Signals
    accounts: PlantAccounts  # of the expected year


class OptionTrial(NamedTuple):
    """One option."""

    reason: Callable[[UnitCase], Told]  # why it is closed, whatever it is worth and others do
    changes: frozenset[str]  # columns of the units that start it
    dearer: Callable[[World], World]  # it costs more; nothing else is touched
    better: Callable[[World], World]  # it is worth more to some, and less to nobody


def _technologies(world: World, part: str, **factors: float) -> World:
    """Return the world with some figures of a part of technologies multiplied."""
    power = world.region.power
    of = getattr(power.technologies, part)
    changed = of._replace(**{name: getattr(of, name) * factor for name, factor in factors.items()})
    return _with_power(world, technologies=power.technologies._replace(**{part: changed}))


def _with_power(world: World, **parts: Any) -> World:
    region = replace(world.region)
    region.__dict__["power"] = world.region.power._replace(**parts)
    return world._replace(region=region)


def _parameters(world: World, **factors: float) -> World:
    """Return the world with some parameters multiplied."""
    given = dict(world.region.parameters)
    region = replace(world.region)
    region.__dict__["parameters"] = given | {name: given[name] * factor for name, factor in factors.items()}
    return world._replace(region=region)


def _refurbishing(world: World, *, years: int = 0, cost: float = 1.0) -> World:
    """Return the world with more years of those refurbished, and their cost multiplied."""
    usual = world.signals.refurbishing
    other = usual._replace(years=usual.years + years, capex_share=cost * usual.capex_share)
    return world._replace(signals=world.signals._replace(refurbishing=other))


# --- why they are closed -----------------------------------------------------------------------------------------


def capture_reason(of: UnitCase) -> Told:
    x, tech = of.region.parameters, of.region.power.technologies
    captured, mw, left = of.before("capture_retrofit"), float(of.row["capacity"]), of.end - of.year
    least_mw, least_years = (
        x["capture_minimum_capacity_mw"],
        x["capture_minimum_remaining_life_years"],
    )
    wait, *window = of.no_window
    return first(
        (tech.capture.rate[of.fuel] == 0.0, "not_offered", NONE, NONE),
        (captured, "taken", NONE, captured + tech.capture.lead_time_years[of.fuel]),
        (of.before("cofiring_retrofit"), "excluded_by_other_option", NONE, NONE),
        (of.year < x["capture_available_from_year"], "too_early", NONE, x["capture_available_from_year"]),
        (mw < least_mw and of.row["decider"] in of.region.power.units.ids, "too_small", mw, least_mw),
        (left < least_years, "life_too_short", left, least_years),
        (wait and not of.signed, *window),
    )


def closing_reason(of: UnitCase) -> Told:
    since = max(of.region.base_year, of.seen.columns["commissioned_year"][of.at])
    mean, known = sum(of.seen.profit_cny[of.at]) / MEMORY, of.year - since + 1
    return first(
        (known < MEMORY, "too_early", NONE, of.year + MEMORY - known),
        of.no_window,
        (mean >= 0.0, "not_losing", mean / 1e6, 0.0),
    )


def flexibility_reason(of: UnitCase) -> Told:
    tech = of.region.power.technologies
    least = of.seen.columns["minimum_load_share"][of.at]
    return first(
        (tech.by_fuel.flexibility_capex_cny_per_kw[of.fuel] == 0.0, "not_offered", NONE, NONE),
        (of.seen.columns["must_run_share"][of.at] > 0.0, "not_offered", NONE, NONE),
        (least <= tech.by_fuel.flexible_minimum_load_share[of.fuel], "taken", NONE, NONE),
        of.no_window,
    )


def cofiring_reason(of: UnitCase) -> Told:
    x, lead = of.region.parameters, of.region.power.cofiring.lead_time_years
    cofires, ready = of.before("cofiring_retrofit"), x["cofiring_available_from_year"]
    return first(
        (str(of.row["sector_or_fuel"]) != "coal", "not_offered", NONE, NONE),
        (cofires, "taken", NONE, cofires + lead),
        (of.before("capture_retrofit") or of.signed, "excluded_by_other_option", NONE, NONE),
        (of.year < ready, "too_early", NONE, ready),
        of.no_window,
    )


def extension_reason(of: UnitCase) -> Told:
    """A unit beyond its life would close next year if nobody extended it."""
    extended, last = (
        of.before("life_extension"),
        of.end - int(of.region.parameters["overhaul_interval_years"]),
    )
    known = of.seen.columns["life_end_year"][of.at] == OPEN_END_YEAR
    return first(
        (str(of.row["sector_or_fuel"]) not in ("coal", "gas") or known, "not_offered", NONE, NONE),
        (extended, "taken", NONE, extended),
        (of.year < last, "too_early", NONE, last),
        of.no_window,
    )


# --- what they are worth -----------------------------------------------------------------------------------------


def losing_more(world: World) -> World:
    accounts = world.accounts
    return world._replace(accounts=accounts._replace(profit_cny=accounts.profit_cny - 1e6))


def dearer_carbon(world: World) -> World:
    signals = world.signals
    changes = {name: getattr(signals.carbon, name) + 100.0 for name in CARBON}
    return world._replace(signals=signals._replace(carbon=signals.carbon._replace(**changes)))


CARBON = ("carbon_cost_cny_per_tco2", "carbon_path_cny_per_tco2")
INVESTED = frozenset({"book_value_cny", "investment_cny"})

TRIALS: Mapping[str, OptionTrial] = {
    "capture_retrofit": OptionTrial(
        reason=capture_reason,
        changes=INVESTED | {"capture_year", "capture_law", "capture_rate"},
        dearer=lambda world: _technologies(world, "capture", capex_cny_per_tco2_year=2.0),
        better=lambda world: _technologies(world, "capture", om_cny_per_tco2=0.5),
    ),
    "retire_early": OptionTrial(
        reason=closing_reason,
        changes=frozenset({"retired_year", "life_end_year"}),
        dearer=lambda world: _parameters(world, decommissioning_cost_cny_per_kw=2.0),
        better=losing_more,
    ),
    "flexibility_retrofit": OptionTrial(
        reason=flexibility_reason,
        changes=INVESTED | {"minimum_load_share"},
        dearer=lambda world: _technologies(world, "by_fuel", flexibility_capex_cny_per_kw=2.0),
        better=lambda world: _technologies(world, "by_fuel", flexible_minimum_load_share=0.5),
    ),
    "cofiring_retrofit": OptionTrial(
        reason=cofiring_reason,
        changes=INVESTED | {"cofiring_year"},
        dearer=lambda world: _with_power(
            world,
            cofiring=world.region.power.cofiring._replace(
                capex_cny_per_kw=2.0 * world.region.power.cofiring.capex_cny_per_kw
            ),
        ),
        better=dearer_carbon,
    ),
    "life_extension": OptionTrial(
        reason=extension_reason,
        changes=INVESTED | {"retired_year", "life_end_year", "extended_year"},
        dearer=lambda world: _refurbishing(world, cost=2.0),
        better=lambda world: _refurbishing(world, years=6),
    ),
}
