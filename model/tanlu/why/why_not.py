"""Why capture was not among the options of a plant or facility in a year."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.axes import FUEL
from tanlu.region.pack import Region, load_region

if TYPE_CHECKING:
    from tanlu.output.result import Result

CAPTURING = "captures"  # already, or builds it
COFIRING = "biomass"  # burns biomass beside coal, whose equipment excludes capture
KIND = "kind"  # nobody captures at such a unit or process in this pack
EARLY = "early"  # before the first year; `limit` says which
SMALL = "small"  # below the least capacity; `limit` says which, MW
OLD = "old"  # due to close sooner than capture asks for; `limit` says how many years it asks for
RELINE = "reline"  # only a reline opens the window


class WhyNot(NamedTuple):
    """What stood against capture."""

    reason: str
    value: float | None = None  # of the plant, in the unit of the limit
    limit: float | None = None


def why_not(result: "Result", ledger: pd.DataFrame, decider: str, year: int) -> WhyNot | None:
    """Return what kept capture from the options of `decider` in `year`; None if nothing the result tells did.

    Args:
        result: its table of plants, if it has one, says what the decider was.
        ledger: the decider's rows.
        decider: identifier.
        year: in which capture is not among its options.
    """
    region = load_region(result.scenario.region)
    before = ledger[(ledger["year"] < year) & ledger["started"]]["option"]
    options = region.industry.options
    captures = {options.ids[i] for i in np.flatnonzero(options.capture_rate)} | {"capture_retrofit"}
    if before.isin(captures).any():
        return WhyNot(CAPTURING)
    if result.plants is None:
        return None
    rows = result.plants[(result.plants["decider"] == decider) & (result.plants["replication"] == 0)]
    rows = rows[rows["year"] <= year]
    if rows.empty:
        return None
    last = rows.iloc[-1].to_dict()
    if last["kind"] == "PowerPlants":
        return _at_unit(region, last, bool((before == "cofiring_retrofit").any()), year)
    return _at_facility(region, last, year)


def _at_unit(region: Region, unit: dict[Any, Any], cofires: bool, year: int) -> WhyNot | None:
    """Return which of the conditions of `agents.plant_capture.can_capture` a unit did not meet."""
    rule = {
        name: region.parameters[f"capture_{name}"] for name in ("available_from_year", "minimum_capacity_mw")
    }
    years = region.parameters["capture_minimum_remaining_life_years"]
    capacity, left = float(unit["capacity"]), float(unit["closes_in"]) - year
    if not region.power.technologies.capture_rate[FUEL[str(unit["sector_or_fuel"])]] > 0.0:
        return WhyNot(KIND)
    if unit["process"] == "capture":
        return WhyNot(CAPTURING)
    if cofires:
        return WhyNot(COFIRING)
    if year < rule["available_from_year"]:
        return WhyNot(EARLY, year, rule["available_from_year"])
    if capacity < rule["minimum_capacity_mw"]:
        return WhyNot(SMALL, capacity, rule["minimum_capacity_mw"])
    return WhyNot(OLD, left, years) if left < years else None


def _at_facility(region: Region, works: dict[Any, Any], year: int) -> WhyNot | None:
    """Return what `agents.industry.Industry.open_options` asks for that a facility did not meet."""
    data = region.industry
    if works["process"] not in data.processes.names:  # a block
        return WhyNot(KIND)
    open_to = data.options.open_to_process[data.processes.names.index(str(works["process"]))]
    able = np.flatnonzero(open_to & (data.options.capture_rate > 0.0))
    if able.size == 0:
        return WhyNot(KIND)
    first = int(data.options.available_from_year[able].min())
    if year < first:
        return WhyNot(EARLY, year, first)
    return WhyNot(RELINE) if np.all(data.options.at_reline[able] > 0.0) else None
