"""What tracked plants do by prefecture, in the first draw: emissions, capture, projects, capacity, closures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.units import MCNY_PER_BN_CNY
from tanlu.output.comparison_tables.plants import changed_courses
from tanlu.pages.plants.card import CAPACITY, CAPTURED, EMITTED, POWER_KINDS
from tanlu.pages.sites import Plants, PlantSites, positions


class PlantQuantity(NamedTuple):
    """What is told of the plants of a place in every year."""

    key: str
    unit: str  # as indicators have it
    adds_up: bool  # over years


QUANTITIES = (
    PlantQuantity("emitted", "Mt CO2/yr", adds_up=True),
    PlantQuantity("captured", "Mt CO2/yr", adds_up=True),
    PlantQuantity("invested", "bn CNY2020/yr", adds_up=True),
    PlantQuantity("capacity", "MW", adds_up=False),
    PlantQuantity("at_work", "plants", adds_up=False),
    PlantQuantity("closed", "plants", adds_up=False),
)


class Prefecture(NamedTuple):
    """A prefecture of a province, or a district of a municipality."""

    province: str
    name: Mapping[str, str]  # by language


@dataclass(frozen=True, eq=False)
class ByPrefecture:
    """What the tracked plants of each prefecture do, and of each province; axes Q quantities, Y years."""

    prefectures: tuple[Prefecture, ...]  # [A]
    provinces: tuple[str, ...]  # [P]
    years: list[int]
    of_prefectures: Floats  # [Q, A, Y]
    of_provinces: Floats  # [Q, P, Y] summed over plants, not over prefectures

    @property
    def several(self) -> int:
        """How many rows tell all provinces together: none of one."""
        return int(len(self.provinces) > 1)


def by_prefecture(sites: PlantSites, plants: Plants, provinces: tuple[str, ...]) -> ByPrefecture:
    """Return what the plants of each prefecture and of each province do."""
    prefectures, at = prefectures_of(sites)
    of_units = unit_quantities(sites, plants)
    province = np.array([provinces.index(one.province) for one in sites.units], np.int64)
    return ByPrefecture(
        prefectures,
        provinces,
        plants.years,
        _summed(of_units, at, len(prefectures)),
        _summed(of_units, province, len(provinces)),
    )


def select_province(table: ByPrefecture, province: str) -> ByPrefecture:
    """Select a province and its prefectures."""
    is_inside = np.array([one.province == province for one in table.prefectures], bool)
    at = table.provinces.index(province)
    return ByPrefecture(
        tuple(one for one in table.prefectures if one.province == province),
        (province,),
        table.years,
        table.of_prefectures[:, is_inside],
        table.of_provinces[:, at : at + 1],
    )


def prefectures_of(sites: PlantSites) -> tuple[tuple[Prefecture, ...], Integers]:
    """Return the prefectures that have plants, each by its name, and in which each unit stands [U]."""
    keys = [(one.province, one.prefecture["en"]) for one in sites.units]
    number = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    found = {
        key: Prefecture(one.province, one.prefecture) for key, one in zip(keys, sites.units, strict=True)
    }
    return tuple(found[key] for key in number), np.array([number[key] for key in keys], np.int64)


def unit_quantities(sites: PlantSites, plants: Plants) -> Floats:
    """Return what each unit does in every year [Q, U, Y], in the order of `QUANTITIES`."""
    power = np.array([one.kind in POWER_KINDS for one in sites.units], bool)
    ever = np.maximum.accumulate(plants.at_work, axis=1)
    later = np.maximum.accumulate(plants.at_work[:, ::-1], axis=1)[:, ::-1]
    return np.stack(
        [
            plants.figures[EMITTED],
            plants.figures[CAPTURED],
            _invested_bn_cny(sites, plants),
            plants.figures[CAPACITY] * power[:, None],
            plants.at_work.astype(np.float64),
            (ever & ~later).astype(np.float64),
        ]
    )


def _invested_bn_cny(sites: PlantSites, plants: Plants) -> Floats:
    """Return what the projects cost that each unit began in each year, before grants [U, Y]."""
    table = plants.records.decisions
    begun = table[table["chosen"] & table["started"]]
    cost = np.zeros(plants.at_work.shape)
    unit = positions(begun["decider"], pd.Index([one.id for one in sites.units]))
    year = begun["year"].to_numpy(np.int64) - plants.years[0]
    np.add.at(cost, (unit, year), begun["capex_mcny"].to_numpy(np.float64) / MCNY_PER_BN_CNY)
    return cost


def changed_by_prefecture(sites: PlantSites, plants: Plants, before: Plants) -> Integers:
    """Return how many plants of each prefecture take another course than before [A]."""
    changed = {sites.unit_of(name) for name in changed_courses([plants.courses, before.courses])}
    prefectures, at = prefectures_of(sites)
    mine = [at[u] for u, one in enumerate(sites.units) if one.id in changed]
    return np.bincount(np.array(mine, np.int64), minlength=len(prefectures))


def _summed(of_units: Floats, group: Integers, groups: int) -> Floats:
    """Return sums of units by group [Q, groups, Y]."""
    total = np.zeros((of_units.shape[0], groups, of_units.shape[2]))
    for q, values in enumerate(of_units):
        np.add.at(total[q], group, values)
    return total
