"""Where the plants of an answer stand, and what each does year by year: the map's data, shared and read only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import BIOMASS_FUELS, GAS_FUELS, HYDRO_FUELS, SOLAR_FUELS, STORAGE_FUELS
from tanlu.core.words import LANGUAGES
from tanlu.explanation.effects.reasons import EffectReasons, find_all_reasons
from tanlu.explanation.records import RECORD_TABLES, Records
from tanlu.industry.facilities import Industry
from tanlu.industry.lines import facility_and_line
from tanlu.output.comparison_tables.plants import PlantCourse, courses_of
from tanlu.output.figures.colours import KIND_COLOURS
from tanlu.pages.plants.flows import PlantFlows, flows_of
from tanlu.region.catalogue import prefecture_labels, table_of

FIGURES = ("capacity", "output", "emissions_mtco2", "captured_mtco2")  # columns of a result's table of plants
OWN_WORK = "assumption"  # what tables write in place of a source
INDUSTRY = Industry.kind  # what the table of plants calls facilities and the rest of each sector


class SiteKind(NamedTuple):
    """What a site is, and how it is drawn: power plants as circles, industry as squares."""

    key: str
    colour: str  # that of no other kind
    members: tuple[str, ...]  # fuels or sectors
    power: bool = True


KINDS = (
    SiteKind("coal", KIND_COLOURS["coal"], ("coal",)),
    SiteKind("gas", KIND_COLOURS["gas"], GAS_FUELS),
    SiteKind("biomass", KIND_COLOURS["biomass"], BIOMASS_FUELS),
    SiteKind("hydro", KIND_COLOURS["hydro"], HYDRO_FUELS),
    SiteKind("wind", KIND_COLOURS["wind"], ("wind",)),
    SiteKind("solar", KIND_COLOURS["solar"], SOLAR_FUELS),
    SiteKind("storage", KIND_COLOURS["storage"], STORAGE_FUELS),
    SiteKind("steel", KIND_COLOURS["steel"], ("steel",), power=False),
    SiteKind("cement", KIND_COLOURS["cement"], ("cement",), power=False),
    SiteKind("chemicals", KIND_COLOURS["chemicals"], ("chemicals",), power=False),
    SiteKind(
        "refining_and_gas", KIND_COLOURS["refining_and_gas"], ("refining", "gas_processing"), power=False
    ),
    SiteKind("other_industry", KIND_COLOURS["other_industry"], ("aluminium", "other_industry"), power=False),
)
KIND_OF = {member: kind.key for kind in KINDS for member in kind.members}


class SiteUnit(NamedTuple):
    """A tracked power unit or industrial facility; names by language."""

    id: str
    name: Mapping[str, str]
    owner: Mapping[str, str]
    kind: str
    province: str
    prefecture: Mapping[str, str]
    at: tuple[float, float]  # longitude, latitude
    built: int
    grade: str
    sources: tuple[str, ...]  # title and publisher, or the pack's own key


class SitePlace(NamedTuple):
    """A site: all units of a kind that stand at one point."""

    at: tuple[float, float]  # longitude, latitude
    kind: str


@dataclass(frozen=True, eq=False)
class PlantSites:
    """The tracked plants of a region pack, joined where units of a kind share a place; U units, S sites."""

    units: tuple[SiteUnit, ...]  # [U]
    site: Integers  # [U]
    places: tuple[SitePlace, ...]  # [S]
    outline: Mapping[
        str, Any
    ]  # GeoJSON: provinces, and towns to find one's way; empty where the pack has none

    @cached_property
    def ids(self) -> frozenset[str]:
        """What the pack calls the units."""
        return frozenset(one.id for one in self.units)

    def unit_of(self, decider: str) -> str:
        """Return the unit a decider is, or the facility of which it is a line."""
        return decider if decider in self.ids else facility_and_line(decider)[0]

    def province_of(self, site: int) -> str:
        """Return the province that a site is in."""
        return self.units[self.units_of(site)[0]].province

    def units_of(self, site: int) -> list[int]:
        """Return the positions of a site's units."""
        return np.flatnonzero(self.site == site).tolist()


def read_sites(pack: Path) -> PlantSites:
    """Return where the plants of a pack stand."""
    named = Named(
        {row["owner_id"]: by_language(row, "name") for row in rows(pack, "owners")},
        prefecture_labels(str(pack)),
        {row["source_key"]: f"{row['title']}. {row['publisher']}" for row in rows(pack, "sources")},
    )
    units = [
        unit(row, "unit_id", row["fuel"], row["commissioned_year"], named)
        for row in rows(pack, "power_units")
    ]
    units += [
        unit(row, "facility_id", row["sector"], row["start_year"], named) for row in rows(pack, "facilities")
    ]
    places = list(dict.fromkeys(SitePlace(one.at, one.kind) for one in units))
    number = {place: i for i, place in enumerate(places)}
    file = pack / "outline.geojson"
    return PlantSites(
        tuple(units),
        np.array([number[SitePlace(one.at, one.kind)] for one in units], np.int64),
        tuple(places),
        json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"features": []},
    )


class Named(NamedTuple):
    """What the keys of a pack's plants are called."""

    owners: Mapping[str, Mapping[str, str]]
    prefectures: Mapping[str, Mapping[str, str]]
    sources: Mapping[str, str]

    def prefecture(self, key: str) -> Mapping[str, str]:
        """Return what a prefecture is called, as the pack writes it where it has no name."""
        return self.prefectures.get(key) or dict.fromkeys(LANGUAGES, key)


def rows(pack: Path, name: str) -> list[dict[str, str]]:
    """Return a table of the pack as text."""
    columns = table_of(pack, name)
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def by_language(row: Mapping[str, str], what: str) -> dict[str, str]:
    """Return a row's names by language."""
    return {language: row[f"{what}_{language}"] for language in LANGUAGES}


def unit(row: Mapping[str, str], key: str, member: str, built: str, named: Named) -> SiteUnit:
    """Return a row of the pack as a unit, `member` being its fuel or sector."""
    return SiteUnit(
        row[key],
        by_language(row, "name"),
        named.owners[row["owner_id"]],
        KIND_OF[member],
        row["province"],
        named.prefecture(row["prefecture"]),
        (float(row["longitude_deg"]), float(row["latitude_deg"])),
        int(built),
        row["grade"],
        tuple(one if one == OWN_WORK else named.sources.get(one, one) for one in row["source"].split(";")),
    )


@dataclass(frozen=True, eq=False)
class Plants:
    """What the plants of one answer do: the first replication, since each decides for itself."""

    years: list[int]
    figures: Floats  # f8[figure, unit, year] in the order of FIGURES; MW or t/yr, MWh or t, Mt; 0 where not at work
    at_work: Booleans  # [unit, year]
    built_later_mw: Mapping[tuple[str, str], Floats]  # [Y] by province and kind: power plants without a place
    records: Records  # of decisions of tracked plants
    deciders: Mapping[int, tuple[str, ...]]  # unit -> those who decide on it: its lines where it has several
    names: Mapping[str, tuple[str, str]]  # decider -> English and Chinese name, as results have it
    courses: Mapping[str, PlantCourse]  # of each decider
    reasons: Mapping[str, EffectReasons]  # by option, of all plants, those that have no place too
    flows: PlantFlows  # of all plants too


def compact_plants(
    sites: PlantSites, table: pd.DataFrame, records: Records, last_observed_year: int
) -> Plants:
    """Return a result's table of plants and what it recorded of decisions as the map needs them."""
    first = table[table["replication"] == 0]
    years = [int(year) for year in np.unique(first["year"])]
    known = pd.Index([one.id for one in sites.units])
    unit = positions(first["decider"], known)
    year = first["year"].to_numpy(np.int64) - years[0]
    on = unit >= 0
    figures = np.zeros((len(FIGURES), len(sites.units), len(years)))
    for f, column in enumerate(FIGURES):
        value = np.nan_to_num(first[column].to_numpy(np.float64)[on])
        np.add.at(figures[f], (unit[on], year[on]), value)  # of all lines of a facility
    at_work = np.zeros((len(sites.units), len(years)), bool)
    at_work[unit[on], year[on]] = True
    tracked = {name: getattr(records, name) for name in RECORD_TABLES}
    tracked = {name: rows[positions(rows["decider"], known) >= 0] for name, rows in tracked.items()}
    once = first[on].drop_duplicates("decider")
    names = zip(once["decider"], zip(once["name"], once["name_zh"], strict=True), strict=True)
    later = built_later(first[~on], year[~on], len(years))
    own = records._replace(**tracked)
    deciders = deciders_of(known, own.deciders)
    courses = courses_of(own.decisions, first[on])
    reasons, flows = find_all_reasons(records, table), flows_of(first, KIND_OF, last_observed_year)
    return Plants(years, figures, at_work, later, own, deciders, dict(names), courses, reasons, flows)


def deciders_of(known: "pd.Index[str]", deciders: set[str]) -> dict[int, tuple[str, ...]]:
    """Return who decides on each unit, the lines of a facility in their order."""
    found: dict[int, list[str]] = {}
    for name in sorted(deciders, key=lambda one: (len(one), one)):
        place = name if name in known else facility_and_line(name)[0]
        found.setdefault(int(known.get_indexer(pd.Index([place]))[0]), []).append(name)
    return {unit: tuple(own) for unit, own in found.items()}


def positions(names: pd.Series, index: "pd.Index[str]") -> Integers:
    """Return where each name, or the facility of each line, stands in an index, -1 where it does not."""
    codes = pd.Categorical(names)
    places = [name if name in index else facility_and_line(name)[0] for name in codes.categories]
    return index.get_indexer(pd.Index(places))[codes.codes]


def built_later(table: pd.DataFrame, year: Integers, years: int) -> dict[tuple[str, str], Floats]:
    """Return the capacity of power plants that have no place by province and kind, MW [year]."""
    rows_by_kind = {kind.key: is_of_kind(table, kind) for kind in KINDS if kind.power}
    province, capacity = table["province"].astype(str), table["capacity"].to_numpy(np.float64)
    built = {}
    for name in sorted(set(province)):
        is_here = (province == name).to_numpy()
        for key, rows_of_kind in rows_by_kind.items():
            chosen = rows_of_kind & is_here
            if chosen.any():
                built[name, key] = sum_by_group(year[chosen], capacity[chosen], years)
    return built


def is_of_kind(table: pd.DataFrame, kind: SiteKind) -> Booleans:
    """Check which rows of a table of plants are of a kind of sites."""
    is_industry = (table["kind"] == INDUSTRY).to_numpy()
    return (is_industry != kind.power) & table["sector_or_fuel"].isin(kind.members).to_numpy()


def site_figures(sites: PlantSites, plants: Plants) -> Floats:
    """Return the sums of each site's units, f8[figure, site, year]."""
    total = np.zeros((len(FIGURES), len(sites.places), len(plants.years)))
    for f in range(len(FIGURES)):
        np.add.at(total[f], sites.site, plants.figures[f])
    return total


def site_span(sites: PlantSites, plants: Plants) -> tuple[Integers, Integers]:
    """Return the first and last year of anything at work at each site; first > last where nothing ever is."""
    on = np.zeros((len(sites.places), len(plants.years)), bool)
    np.logical_or.at(on, sites.site, plants.at_work)
    years = np.array(plants.years)
    first = np.where(on.any(axis=1), years[on.argmax(axis=1)], years[-1] + 1)
    last = np.where(on.any(axis=1), years[::-1][on[:, ::-1].argmax(axis=1)], years[0] - 1)
    return first, last


def common_name(names: Sequence[str]) -> str:
    """Return what the names of a site's units have in common, the first name where that is next to nothing."""
    shared = names[0]
    for name in names[1:]:
        while not name.startswith(shared):
            shared = shared[:-1]
    if len(names) == 1:
        return shared
    cut = shared.rstrip(" -–(（0123456789#").removesuffix(" Unit").removesuffix(" Phase").rstrip(" ,，")
    return cut if len(cut) >= min(4, len(names[0])) else names[0]
