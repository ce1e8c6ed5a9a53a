"""Why options are closed, worked out one decider at a time from the pack, what was started, and docs/model.

Of the model's state it takes only what no table holds: contracts with CO2 hubs, profits, least output, and what options
were worth and what could be spared when they were rationed.
"""

from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pandas as pd

from tanlu.core.axes import FUEL, SECTOR
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.decisions import outlook
from tanlu.industry.facilities import Industry
from tanlu.industry.lines import facility_and_line
from tanlu.industry.state import initial_state
from tanlu.investment.population import Appraisal
from tanlu.power.options import STARTED
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, OPEN_END_YEAR
from tanlu.scenario.schema import Scenario
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.run import Run
from tests.model_runs import calls_of
from tests.option_trials import (
    MEMORY,
    NONE,
    OPEN,
    TRIALS,
    History,
    Seen,
    Told,
    UnitCase,
    first,
    wait_for_window,
)

FAILED: Told = ("owner_failed", NONE, NONE)


class Watched(NamedTuple):
    run: Run
    plants: dict[int, Seen]
    industry: dict[int, Seen]
    spare_mw: dict[int, np.ndarray]
    late: dict[
        int, dict[str, tuple[float, float]]
    ]  # who finds no turn to capture: what it needs and what is left, kt


def watch(scenario: Scenario, region: Region) -> Watched:
    """Run a scenario and keep what the appraisals saw."""
    plants: dict[int, Seen] = {}
    industry: dict[int, Seen] = {}

    class Plants(PowerPlants):
        def appraise(self, signals: Any, *rest: Any) -> Appraisal:
            worth = super().appraise(signals, *rest)
            named = (*STARTED, "commissioned_year", "orphaned", "must_run_share")
            columns = {name: np.array(getattr(self, name)) for name in named}
            columns |= {"ids": np.array(self.ids, object), "holder": np.array(self.holdings.ids, object)}
            columns["availability_of_holder"] = self.availability[self.holdings.row]
            plants[signals.year] = Seen(self.contract_tco2.copy(), self.profit_cny.copy(), columns, worth)
            return worth

    class Facilities(Industry):
        def appraise(self, signals: Any, *rest: Any) -> Appraisal:
            worth = super().appraise(signals, *rest)
            columns = {"orphaned": self.orphaned.copy(), "ids": np.array(self.ids, object)}
            industry[signals.year] = Seen(self.contract_tco2.copy(), self.profit_cny.copy(), columns, worth)
            return worth

    late: dict[int, dict[str, tuple[float, float]]] = {}
    start_in_turn = outlook.start_in_turn

    def watched(emitting: Any, room: Any, appraisals: Any, away: Any) -> Any:
        late[emitting.year] = _late(emitting, room, appraisals, away)
        return start_in_turn(emitting, room, appraisals, away)

    with patch.object(outlook, "start_in_turn", watched), calls_of(outlook, "_approve_closing") as calls:
        populations = {"power_plants": Plants, "industry": Facilities}
        run = RegionModel(Inputs(scenario, region), populations=populations).run()
    spare_mw = {}
    for (_, _, expected), year in zip((args for args, _, _ in calls), sorted(plants), strict=True):
        spare_mw[year] = -expected.adequacy.missing_mw
    return Watched(run, plants, industry, spare_mw, late)


def _late(emitting: Any, room: Any, appraisals: Any, away: Any) -> dict[str, tuple[float, float]]:
    """Return who would capture and finds no turn, worked out one by one, and who found none in the open season."""
    found, asks, units = {}, [], len(emitting.plants)
    for population, worth, before in zip(emitting[:2], appraisals, (0, units), strict=True):
        for row, size, left in zip(
            population.ids, away.size_tco2[before:], away.left_tco2[before:], strict=False
        ):
            if size == size:
                found[row] = (size / 1e3, left / 1e3)
        if worth.capture is not None:
            asks += _asks(emitting, population, worth)
    left = room.tco2.tolist()
    for _, _, name, size, lead in sorted(asks):
        years = range(max(lead - room.first_lead_years, 0), len(left))
        most = min(left[y] for y in years)
        found.pop(name, None)
        if size > most:
            found[name] = (size / 1e3, most / 1e3)
        else:
            left = [mt - size * (y in years) for y, mt in enumerate(left)]
    return found


def _asks(emitting: Any, population: Any, worth: Appraisal) -> list[tuple[bool, float, str, float, int]]:
    """Return who would choose to capture: without a contract, less worth by the tonne, name, t a year and lead time."""
    asks, considered = [], worth.capture
    for i, row in enumerate(worth.decider.tolist()):
        options = [k for k in range(1, len(worth.options)) if worth.feasible[i, k]]
        best = max(options, key=lambda k: worth.npv_cny[i, k], default=0)
        here = [
            j for j in range(considered.row.size) if considered.row[j] == i and considered.option[j] == best
        ]
        if not here or worth.npv_cny[i, best] <= 0.0:
            continue
        tonnes = float(considered.projects.stored_tco2[here[0]])
        size = _built_for(emitting, population, row, tonnes)
        gain = worth.npv_cny[i, best] / max(tonnes, 1.0)
        lead = int(considered.projects.lead_years[here[0]])
        asks.append((not population.contract_tco2[row] > 0.0, -gain, population.ids[row], size, lead))
    return asks


def _built_for(emitting: Any, population: Any, row: int, tonnes: float) -> float:
    """Return what a capture plant is built for, t a year."""
    region = population.region
    if population is emitting.plants:
        power, f = region.power, population.fuel[row]
        tech = power.technologies
        mwh = population.capacity_mw[row] * tech.capture.design_hours[f]
        gross = population.net_heat_rate_gj_per_mwh[row] * power.fuel_co2_t_per_gj[f]
        return float(mwh * gross * tech.capture.rate[f])
    if population.is_block[row]:
        return tonnes
    expected, capacity = _expected_output(emitting, row), population.capacity[row]
    margin = 1.0 + region.co2.transport["hub_booking_margin_share"]
    return float(tonnes * max(min(capacity / expected, margin), 1.0))


def _expected_output(emitting: Any, row: int) -> float:
    """Return the mean output of a facility over a contract with its hub, as the pack has demand, t a year."""
    industry, made = emitting.industry, emitting.production.output[row]
    transport, now = industry.region.co2.transport, emitting.year - industry.region.base_year
    demand = industry.data.demand_kt[:, industry.province[row], industry.product[row]]
    first, years = int(transport["hub_lead_time_years"]), int(transport["hub_cost_recovery_years"])
    ahead = [demand[min(now + t, len(demand) - 1)] / demand[now] for t in range(first, first + years)]
    most = industry.capacity[row] * industry.region.parameters["maximum_utilisation"]
    return float(min(made * sum(ahead) / years, max(most, made)))


def histories(run: Run) -> dict[str, History]:
    table = pd.DataFrame(run.decisions())
    table = table[table["started"] & (table["option"] != "keep")]
    found: dict[str, History] = {}
    for decider, year, option in zip(table["decider"], table["year"], table["option"], strict=True):
        found.setdefault(decider, History([])).started.append((int(year), str(option)))
    return found


def naive_reasons(watched: Watched, scenario: Scenario, region: Region) -> dict[tuple[str, int, str], Told]:
    """Return the reason of every thermal unit and facility, year of decisions and option."""
    past, found = histories(watched.run), {}
    table = pd.DataFrame(watched.run.plants())
    table = table[table["year"] >= region.parameters["first_decision_year"]]
    for year, rows in table.groupby("year"):
        units = rows[rows["kind"] == "PowerPlants"].to_dict("records")
        facilities = rows[rows["kind"] == "Industry"].to_dict("records")
        of_year = {**_units(watched, scenario, region, past, int(year), units)}
        of_year |= _facilities(watched, scenario, region, past, int(year), facilities)
        _let_wait(of_year, watched, region, int(year))
        found |= {(decider, int(year), option): told for (decider, option), told in of_year.items()}
    return found


def _let_wait(of_year: dict[tuple[str, str], Told], watched: Watched, region: Region, year: int) -> None:
    """Tell who finds no turn to capture, also those whom an open season would have let decide without a window.

    Who decides and must wait for a reline with one way to capture is told of the reline.
    """
    o = region.industry.options
    captures = {"capture_retrofit", *(name for k, name in enumerate(o.ids) if o.effect.capture_rate[k] > 0.0)}
    decides = {
        seen[year].columns["ids"][row]
        for seen in (watched.plants, watched.industry)
        for row in seen[year].worth.decider.tolist()
    }
    for (name, option), told in list(of_year.items()):
        waits = watched.late[year].get(name)
        if (
            waits is not None
            and option in captures
            and (
                told == OPEN or told[0] == "does_not_pay" or (told[0] == "no_window" and name not in decides)
            )
        ):
            of_year[name, option] = ("capture_pace", *waits)


# --- power units -------------------------------------------------------------------------------------------------


def _life_end(row: dict[Any, Any], scenario: Scenario, region: Region, watched: Watched) -> int:
    """Return the year in which a unit closes if nobody decides otherwise."""
    name, fuel = row["decider"], FUEL[str(row["sector_or_fuel"])]
    units, tech = region.power.units, region.power.technologies
    if name in scenario.world.plant_retirement:
        return int(scenario.world.plant_retirement[name])
    if name not in units.ids:
        plants = watched.run.power_plants
        start = int(plants.built_units().commissioned_year[plants.all_ids.index(name)])
        if str(row["sector_or_fuel"]) not in BUILDABLE:  # waste plants of cities
            return start + int(tech.by_fuel.lifetime_years[fuel])
        return start + int(tech.lifetime_years[BUILDABLE.index(str(row["sector_or_fuel"]))])
    u, life = units.ids.index(name), int(tech.by_fuel.lifetime_years[fuel])
    if units.retired_year[u] < OPEN_END_YEAR:
        return int(units.retired_year[u])
    start = int(watched.run.power_plants.built_units().commissioned_year[u])  # listed projects may be late
    return max(start + life, region.base_year + life // 2)


def _units(
    watched: Watched, scenario: Scenario, region: Region, past: dict, year: int, rows: list[dict]
) -> dict[tuple[str, str], Told]:
    found, thermal = (
        {},
        [r for r in rows if str(r["sector_or_fuel"]) in ("coal", "gas", "byproduct_gas", "biomass", "waste")],
    )
    for row in thermal:
        history = past.get(row["decider"], History([]))
        end = _life_end(row, scenario, region, watched)
        extended = history.before(year, {"life_extension"})
        if extended is not None:
            end = max(end, extended + 1) + int(region.parameters["life_extension_years"])
        end = max(end, year + 1)  # beyond its life it stays in part, from one year to the next
        case = UnitCase(row, year, end, history, watched.plants[year], watched.run, region)
        found |= {(row["decider"], option): trial.reason(case) for option, trial in TRIALS.items()}
        if case.orphaned:
            held = {option: found[row["decider"], option] for option in TRIALS if option != "retire_early"}
            found |= {(row["decider"], option): told for option, told in _failed(held).items()}
    _ration_units(found, watched, region, past, year, rows)
    return found


def _failed(reasons: dict[str, Told]) -> dict[str, Told]:
    """Return the reasons of a plant whose owner has failed: what it can never have is not offered, all else waits."""
    return {option: told if told[0] == "not_offered" else FAILED for option, told in reasons.items()}


def _ration_units(
    found: dict[tuple[str, str], Told],
    watched: Watched,
    region: Region,
    past: dict,
    year: int,
    rows: list[dict],
) -> None:
    """Let the worst close, and the best burn biomass, while their province has room."""
    seen, cofiring, names = watched.plants[year], region.power.cofiring, region.axes.provinces
    where = {row["decider"]: str(row["province"]) for row in rows}
    mw = {row["decider"]: float(row["capacity"]) for row in rows}
    held = dict(zip(seen.columns["holder"], seen.columns["availability_of_holder"].tolist(), strict=True))
    firm = {name: mw[name] * held[name] for name in mw}
    spare = {
        p: max(megawatts, 0.0) for p, megawatts in zip(names, watched.spare_mw[year].tolist(), strict=True)
    }
    worth, ids = seen.worth, seen.columns["ids"]
    gain = _asking(found, "retire_early", ids, worth)
    needed = dict.fromkeys(names, "reserve_needed")
    _in_turn(found, "retire_early", sorted(gain, key=lambda n: -gain[n]), where, firm, spare, needed)
    left = dict(zip(names, cofiring.potential_mw.tolist(), strict=True))
    for name in mw:
        if past.get(name, History([])).before(year, {"cofiring_retrofit"}) is not None:
            left[where[name]] -= mw[name]
    pace = {}
    for p, floor, rate, most in zip(
        names, cofiring.floor_mw_per_year, cofiring.growth_rate, cofiring.potential_mw, strict=True
    ):
        pace[p] = max(float(floor), float(rate) * (float(most) - left[p]) * left[p] / float(most))
    short = {p: "pace" if pace[p] < left[p] else "no_potential" for p in names}
    gain = _asking(found, "cofiring_retrofit", ids, worth)
    turns = sorted(gain, key=lambda n: -gain[n] / mw[n])
    room = {p: min(pace[p], left[p]) for p in names}
    _in_turn(found, "cofiring_retrofit", turns, where, mw, room, short)


def _asking(
    found: dict[tuple[str, str], Told], option: str, ids: list[str], worth: Appraisal
) -> dict[str, float]:
    """Return who gains by an option that is open so far, and how much; the others have the reason that it does not."""
    column = worth.options.index(option)
    values = zip(worth.decider.tolist(), worth.npv_cny[:, column].tolist(), strict=True)
    open_to = {ids[u]: value for u, value in values if found[ids[u], option] == OPEN}
    for name, value in open_to.items():
        if value <= 0.0:
            found[name, option] = ("does_not_pay", value / 1e6, 0.0)
    return {name: value for name, value in open_to.items() if value > 0.0}


def _in_turn(
    found: dict[tuple[str, str], Told],
    option: str,
    turns: list[str],
    group: dict[str, Any],
    size: dict[str, float],
    room: dict[Any, float],
    short: dict[Any, str],
) -> None:
    """Let each take of the room of its group what it needs, or have the reason that there is too little."""
    for name in turns:
        if size[name] > room[group[name]]:
            found[name, option] = (short[group[name]], size[name], room[group[name]])
        else:
            room[group[name]] -= size[name]


# --- industry ----------------------------------------------------------------------------------------------------


def _facilities(
    watched: Watched, scenario: Scenario, region: Region, past: dict, year: int, rows: list[dict]
) -> dict[tuple[str, str], Told]:
    found = {}
    start = initial_state(region)
    interval = region.parameters["reline_interval_years"]
    for row in rows:
        name = row["decider"]
        f = start.ids.index(name)
        draw = uniform(
            seed=scenario.seed,
            replication=0,
            decider_ids=np.array([decider_id(facility_and_line(name)[0])]),
            year=0,
            purpose=Purpose.RELINE,
        )
        every = int(interval + round(6.0 * float(draw[0]) - 3.0))
        history = past.get(name, History([]))
        reasons = _facility(row, year, int(start.last_reline_year[f]), every, history, watched, region)
        found |= {(name, option): told for option, told in reasons.items()}
    _ration_facilities(found, watched, region, year, rows)
    return found


def _facility(
    row: dict[Any, Any],
    year: int,
    last_reline: int,
    every: int,
    history: History,
    watched: Watched,
    region: Region,
) -> dict[str, Told]:
    o, name = region.industry.options, row["decider"]
    f, seen = watched.run.industry.ids.index(name), watched.industry[year]
    ready = {
        option: y + int(o.lead_time_years[o.ids.index(option)])
        for y, option in history.started
        if y < year and option != "close"
    }
    done = [o.ids.index(option) for option, when in ready.items() if when <= year]
    relined = [ready[o.ids[k]] for k in done if o.at_reline[k]]
    captures = any(o.effect.capture_rate[k] > 0.0 for k in done)
    busy = max((when for when in ready.values() if when > year), default=0)
    reline = _years_to_reline(year, max([last_reline, *relined]), every)
    orphaned = bool(seen.columns["orphaned"][f])
    wait = 0 if orphaned else min(wait_for_window(name, year, region), reline)
    signed = seen.contract_tco2[f] > 0.0 and not captures
    mean, known = sum(seen.profit_cny[f]) / MEMORY, year - region.base_year + 1
    common = ((busy, "busy", NONE, busy), (row["output"] == 0.0, "idle", NONE, NONE))
    reasons = {
        option: first(
            (not _fits(row, k, region), "not_offered", NONE, NONE),
            (option in ready, "taken", NONE, NONE),
            (captures and o.effect.capture_rate[k] > 0.0, "excluded_by_other_option", NONE, NONE),
            (year < o.available_from_year[k], "too_early", NONE, float(o.available_from_year[k])),
            *common,
            (o.at_reline[k] and reline, "no_window", NONE, year + reline),
            (wait and not (signed and o.effect.capture_rate[k] > 0.0), "no_window", NONE, year + wait),
        )
        for k, option in enumerate(o.ids)
    }
    close = first(
        (str(row["process"]) == "block", "not_offered", NONE, NONE),
        (known < MEMORY, "too_early", NONE, year + MEMORY - known),
        *common,
        (wait, "no_window", NONE, year + wait),
        (mean >= 0.0, "not_losing", mean / 1e6, 0.0),
    )
    return (_failed(reasons) if orphaned else reasons) | {"close": close}


def _years_to_reline(year: int, last: int, every: int) -> int:
    return next(y for y in range(every) if (year + y - last) % every == 0)


def _fits(row: dict[Any, Any], k: int, region: Region) -> bool:
    """Return whether the data have an option for a process, or for a sector's block."""
    o, process = region.industry.options, str(row["process"])
    if process == "block":
        return bool(o.open_to_block[SECTOR[str(row["sector_or_fuel"])], k])
    return bool(o.open_to_process[region.industry.processes.names.index(process), k])


def _ration_facilities(
    found: dict[tuple[str, str], Told], watched: Watched, region: Region, year: int, rows: list[dict]
) -> None:
    """Let the greatest losers a tonne close, while the others can make what was made."""
    industry, seen = watched.run.industry, watched.industry[year]
    makers = [row for row in rows if str(row["process"]) != "block"]
    group = {row["decider"]: (row["province"], _product(row, industry)) for row in makers}
    most, size = region.parameters["maximum_utilisation"], {}
    spare = dict.fromkeys(group.values(), 0.0)
    for row in makers:
        size[row["decider"]] = float(row["capacity"]) * most / 1e3
        spare[group[row["decider"]]] += size[row["decider"]] - float(row["output"]) / 1e3
    loss = {
        name: -sum(seen.profit_cny[industry.ids.index(name)]) / MEMORY / (size[name] * 1e3 / most)
        for name in _asking(found, "close", industry.ids, seen.worth)
    }
    turns = sorted(loss, key=lambda n: (-round(loss[n], 6), industry.ids.index(n)))
    _in_turn(found, "close", turns, group, size, spare, dict.fromkeys(spare, "product_needed"))


def _product(row: dict[Any, Any], industry: Industry) -> int:
    return int(industry.product[industry.ids.index(row["decider"])])
