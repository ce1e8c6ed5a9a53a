"""What plants become: capacity that goes from one fuel or process to another, in the first draw."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.industry.facilities import Industry


class PlantState(NamedTuple):
    """What a plant is: its fuel by kind or its process, and whether it captures CO2."""

    name: str
    captures: bool = False


NEW, CLOSED = PlantState("new"), PlantState("closed")
POWER = "power"  # the group of power plants; each kind of industry is one of its own


class PlantFlow(NamedTuple):
    """Capacity that is in one state in the first year and in another later."""

    province: str
    group: str
    before: PlantState  # `NEW` for what is not there in the first year
    after: PlantState  # `CLOSED` for what is there no more
    capacity: Floats  # [Y] MW, or t a year of product


class PlantFlows(NamedTuple):
    """What plants become by year since a first one."""

    first_year: int
    years: tuple[int, ...]  # [Y] later ones
    flows: tuple[PlantFlow, ...]


class _Histories(NamedTuple):
    """What each plant is in each year; D plants, Y years from the first."""

    places: tuple[tuple[str, str], ...]  # province and group
    states: tuple[PlantState, ...]
    place: Integers  # [D]
    state: Integers  # [D, Y] zero where not at work
    capacity: Floats  # [D, Y]


def flows_of(table: pd.DataFrame, kinds: Mapping[str, str], first_year: int) -> PlantFlows:
    """Add up what plants become, by province, group and both states.

    A plant of which a part closes or is added counts as both, so that sums before and after are those of the table.

    Args:
        table: of plants, the first draw; rows without a capacity are no plants.
        kinds: of fuels and sectors.
        first_year: from which on; the first of the table where that is later.
    """
    rows = table[(table["capacity"] > 0.0) & (table["year"] >= first_year)]
    years = sorted({int(year) for year in table["year"] if year >= first_year})
    histories = _histories_of(rows, kinds, years)
    size = len(histories.states)
    new, closed = histories.states.index(NEW), histories.states.index(CLOSED)
    total = np.zeros((len(histories.places), size, size, len(years)))
    shape = histories.capacity.shape
    place = np.broadcast_to(histories.place[:, None], shape)
    year = np.broadcast_to(np.arange(len(years)), shape)
    before = np.broadcast_to(histories.state[:, :1], shape)
    start, now = np.broadcast_to(histories.capacity[:, :1], shape), histories.capacity
    stays = np.minimum(start, now)
    for source, target, amount in (
        (before, histories.state, stays),
        (np.full(shape, new), histories.state, now - stays),
        (before, np.full(shape, closed), start - stays),
    ):
        flows_here = amount > 0.0
        np.add.at(
            total,
            (place[flows_here], source[flows_here], target[flows_here], year[flows_here]),
            amount[flows_here],
        )
    later = total[..., 1:]
    flows = []
    for p, b, a in np.argwhere(later.any(axis=-1)).tolist():
        province, group = histories.places[p]
        flows.append(PlantFlow(province, group, histories.states[b], histories.states[a], later[p, b, a]))
    return PlantFlows(years[0], tuple(years[1:]), tuple(flows))


def _histories_of(rows: pd.DataFrame, kinds: Mapping[str, str], years: list[int]) -> _Histories:
    """Arrange rows of the table of plants by plant and year."""
    fields = rows[["province", "kind", "sector_or_fuel", "process"]].assign(
        captures=rows["captured_mtco2"] > 0.0
    )
    code = fields.groupby(list(fields), observed=True).ngroup().to_numpy()
    first_rows = np.unique(code, return_index=True)[1]
    places, states = [], []  # by code
    for province, agents, kind, process, captures in fields.iloc[first_rows].itertuples(index=False):
        is_power = agents != Industry.kind
        places.append((str(province), POWER if is_power else kinds[kind]))
        states.append(PlantState(kinds[kind] if is_power else str(process), bool(captures)))
    all_places, all_states = tuple(dict.fromkeys(places)), tuple(dict.fromkeys([NEW, CLOSED, *states]))
    plant, names = pd.factorize(rows["decider"])
    year = rows["year"].to_numpy(np.int64) - years[0]
    place = np.zeros(len(names), np.int64)
    place[plant] = np.array([all_places.index(each) for each in places], np.int64)[code]
    state = np.zeros((len(names), len(years)), np.int64)
    state[plant, year] = np.array([all_states.index(each) for each in states], np.int64)[code]
    capacity = np.zeros((len(names), len(years)))
    np.add.at(capacity, (plant, year), rows["capacity"].to_numpy(np.float64))
    return _Histories(all_places, all_states, place, state, capacity)
