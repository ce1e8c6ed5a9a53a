"""A region pack: the folder of sourced tables that stands for one region."""

import hashlib
import io
import json
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache, wraps
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from tanlu.core.axes import SEASONS, Axes
from tanlu.core.paths import PathError
from tanlu.core.places import PACKAGE, user_cache
from tanlu.core.value_cache import compute_digest, copy_as_stored, load_stored
from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import bilingual_text
from tanlu.region.buildings import BuildingData, read_buildings
from tanlu.region.catalogue import (
    BACKTESTS,
    GROUPS,
    WORDS,
    RegionError,
    pack_folder,
    region_axes,
    region_settings,
)
from tanlu.region.checks.absent import absent_tables, empty_table
from tanlu.region.checks.layers import read_layered
from tanlu.region.checks.problems import pack_errors
from tanlu.region.checks.seal import first_sentence, is_wholly_sealed, read_seal, seal_problems
from tanlu.region.co2 import CO2Data, read_co2
from tanlu.region.cohorts import CohortData, read_cohorts
from tanlu.region.column_types import column_type
from tanlu.region.demand import DemandData, read_demand
from tanlu.region.factors.cells import Change, PackChange, pack_changes
from tanlu.region.factors.changes import EditedTables, edited_digest
from tanlu.region.factors.reads import Parts, depends_on, read_parts
from tanlu.region.finance import FinanceData, read_finance
from tanlu.region.industry import IndustryData, read_industry
from tanlu.region.national_market import NationalMarketData, read_national_market
from tanlu.region.neighbours import NeighbourGrids, read_neighbours
from tanlu.region.power import PowerData, read_power
from tanlu.region.tables import Tables
from tanlu.region.tariffs import TariffData, read_tariffs
from tanlu.region.trade import TradeData, read_trade
from tanlu.region.vehicles import VehicleData, read_vehicles

READING_ERRORS = (ValueError, KeyError, IndexError, TypeError, StopIteration)
NO_CHANGES: Mapping[str, Change] = MappingProxyType({})
CHANGED_PACKS = 16  # kept in memory: points of an experiment share most of their arrays
READERS = ("compilation", "kernels", "core", "region")  # the packages whose code turns tables into arrays


def _part[T](read: Callable[["Region"], T]) -> "cached_property[T]":
    """Make a property of a part that is read at first use.

    What a table makes impossible is the author's of the pack to mend, so it is a `RegionError`.
    """

    @wraps(read)
    def part(region: "Region") -> T:
        try:
            return copy_as_stored(read(region))
        except READING_ERRORS as error:
            sentence = build_message("part_unreadable", part=read.__name__, reason=explain_error(error))
            raise RegionError(build_message("of_pack", pack=region.name, what=sentence)) from error

    return cached_property(part)


@dataclass(frozen=True)
class Region:
    """One region pack, read once and never changed.

    `tables` holds every CSV as it stands in the pack (with source and grade per row); `power`,
    `industry` and `finance` are the same figures as arrays on the model's axes.
    """

    name: str
    place: str  # what a scenario says: the name of a pack that comes with Tanlu, or a folder
    label: Mapping[str, str]
    settings: Mapping[str, Any]
    axes: Axes
    tables: Tables
    digest: str
    changes: tuple[PackChange, ...] = ()
    """What a scenario changed of the figures of the files."""

    is_sealed: bool = False
    """Whether every file is as its author sealed it; a pack without a seal may be anything."""

    reads: Mapping[str, frozenset[str]] = MappingProxyType({})
    """What each part of the pack read of its tables."""

    @property
    def base_year(self) -> int:
        """First year of a run with this pack."""
        return int(self.settings["base_year"])

    @property
    def first_observed_year(self) -> int:
        """First year of electricity statistics; may lie before the base year."""
        return int(self.settings["first_observed_year"])

    @property
    def last_observed_year(self) -> int:
        """Last year whose capacities and electricity demand are statistics, not results."""
        return int(self.settings["last_observed_year"])

    @property
    def seasons(self) -> Mapping[str, tuple[int, ...]]:
        """Months of the market's seasons, 1 to 12; others lie between them."""
        return {season: tuple(self.settings[f"{season}_months"]) for season in sorted(SEASONS)}

    @property
    def milestone_years(self) -> tuple[int, ...]:
        """Years that comparisons show."""
        return tuple(self.settings["milestone_years"])

    @property
    def data_version(self) -> str:
        """Version of the pack's figures."""
        return str(self.settings["data_version"])

    def with_base_year(self, year: int) -> "Region":
        """Set another base year: units retired since `year` are included."""
        return replace(self, settings=MappingProxyType({**self.settings, "base_year": year}))

    @_part
    def parameters(self) -> Mapping[str, float]:
        """Behavioural and technical parameters of the pack, by name (`parameters.csv`)."""
        table = self.tables["parameters"]
        return MappingProxyType(dict(zip(table["parameter"], table["value"].astype(float), strict=True)))

    @_part
    def power(self) -> PowerData:
        """Power units, hydrology, shapes, corridors, fuels and technologies as arrays."""
        return read_power(self.tables, self.settings, self.axes)

    @_part
    def neighbours(self) -> NeighbourGrids:
        """Grids beyond the region's borders as arrays."""
        return read_neighbours(self.tables, self.parameters)

    @_part
    def demand(self) -> DemandData:
        """Who uses electricity, as arrays."""
        return read_demand(self.tables, self.settings, self.axes, self.parameters, self.power)

    @_part
    def tariffs(self) -> TariffData:
        """What customers pay for electricity on top of the energy, as arrays."""
        return read_tariffs(self.tables, self.axes, self.parameters)

    @_part
    def industry(self) -> IndustryData:
        """Facilities, processes, options, drivers and the inventory as arrays."""
        return read_industry(self.tables, self.axes, self.base_year, self.parameters)

    @_part
    def trade(self) -> TradeData:
        """Exports of products and vehicles as arrays."""
        return read_trade(self.tables, self.axes)

    @_part
    def finance(self) -> FinanceData:
        """Owners, lenders, rates, carbon-market benchmarks as arrays."""
        return read_finance(self.tables, self.settings, self.axes)

    @_part
    def national_market(self) -> NationalMarketData:
        """Classes, rules and paths of the cap of the national carbon market as arrays."""
        return read_national_market(self.tables)

    @_part
    def co2(self) -> CO2Data:
        """Stores, products and transport of captured CO2 as arrays."""
        return read_co2(self.tables, self.axes)

    @_part
    def vehicles(self) -> VehicleData:
        """Fleets, costs and needs of road vehicles as arrays."""
        return read_vehicles(self.tables, self.axes)

    @_part
    def buildings(self) -> BuildingData:
        """New floor area, and costs and needs of building, as arrays."""
        return read_buildings(self.tables, self.axes)

    @_part
    def cohorts(self) -> CohortData:
        """Cohorts of adopters and their technologies as arrays."""
        return read_cohorts(self.tables, self.parameters["cohort_survival_shape"])

    @property
    def targets(self) -> pd.DataFrame:
        """Official targets, one row each (`targets.csv`)."""
        return self.tables["targets"]

    @property
    def sources(self) -> pd.DataFrame:
        """Every source cited by the pack, one row each."""
        return pd.concat([self.tables["sources"], self.tables["industry_sources"]], ignore_index=True)


def load_region(name: str, changes: Mapping[str, Change] = NO_CHANGES) -> Region:
    """Read a pack by name or folder, once while its files last.

    The same object is returned while its files are the same.

    Args:
        name: of the pack, or its folder.
        changes: of its figures, by path: a number, `{"factor": x}` or `{"add": x}`.

    Raises:
        RegionError: if there is no such pack, no run could use it, or a change is wrong.
    """
    folder = pack_folder(name)
    digest, seal = _digest(_read_files(folder)), read_seal(folder)
    if not changes:
        return _load_checked(name, digest, seal)
    try:
        return _load_changed(name, digest, seal, json.dumps(dict(changes), sort_keys=True))
    except PathError as error:
        sentence = build_message("two_sentences", one=error.message, other=error.message.advice)
        raise RegionError(build_message("of_pack", pack=name, what=sentence)) from error


def data_digest(name: str) -> str:
    """Compute the digest of the figures of a pack, for manifests."""
    return _digest(_read_files(pack_folder(name)))


@cache
def _load_checked(name: str, digest: str, seal: str) -> Region:
    """Load a pack whose tables pass the rules, from the cache if stored."""
    region, folder = read_pack(name), pack_folder(name).resolve()
    if broken := next(seal_problems(folder), None):
        raise RegionError(build_message("of_pack", pack=name, what=bilingual_text(broken)))
    words = (folder / WORDS).read_bytes()
    key = compute_digest([region.digest.encode(), words, _digest_code().encode()])
    parts = load_stored(user_cache(), f"pack-{folder.name}", key, lambda: _build_parts(name, region))
    region = replace(region, is_sealed=is_wholly_sealed(folder), reads=MappingProxyType(parts.reads))
    vars(region).update(parts.values)
    return region


def _build_parts(name: str, region: Region) -> Parts:
    """Build every part of a pack, once its tables pass the rules."""
    problems = pack_errors(pack_folder(name), region.settings, region.axes)
    if problems:
        raise RegionError(build_message("of_pack", pack=name, what=first_sentence(problems, name)))
    return read_parts(region)


@lru_cache(maxsize=CHANGED_PACKS)
def _load_changed(name: str, digest: str, seal: str, changes_text: str) -> Region:
    """Load a pack with changes.

    Each part is that of the pack with the changes that the part reads, no others.
    So a part is built again only if a figure of its own is another one. Nothing of a changed pack is stored on disk.
    """
    plain, change_of_path = _load_checked(name, digest, seal), json.loads(changes_text)
    changes = pack_changes(name, change_of_path)
    region = replace(
        plain,
        tables=EditedTables(plain.tables, changes),
        digest=edited_digest(plain.digest, changes),
        changes=changes,
    )
    for part, reads in plain.reads.items():
        part_changes = {
            str(change.cells.path): change.change for change in changes if depends_on(reads, change)
        }
        if len(part_changes) < len(changes):
            changed_pack = (
                _load_changed(name, digest, seal, json.dumps(part_changes, sort_keys=True))
                if part_changes
                else plain
            )
            vars(region)[part] = getattr(changed_pack, part)
    return region


@cache
def _digest_code() -> str:
    """Digest what turns tables into arrays: code, Python, libraries."""
    libraries = (f"{name} {version(name)}".encode() for name in ("numpy", "pandas"))
    files = sorted(file for package in READERS for file in (PACKAGE / package).rglob("*.py"))
    return compute_digest(
        [platform.python_version().encode(), *libraries, *(file.read_bytes() for file in files)]
    )


def read_pack(name: str) -> Region:
    """Read a pack as `load_region` does, without checks of its tables.

    Raises:
        RegionError: if there is no such pack, or settings of it are wrong; where a file is no table, when it is read.
    """
    settings, numbers = region_settings(name), _read_files(pack_folder(name))
    return Region(
        name=str(settings["name"]),
        place=name,
        label=MappingProxyType(settings["label"]),
        settings=settings,
        axes=region_axes(name),
        tables=PackTables({name[:-4]: raw for name, raw in numbers.items() if name.endswith(".csv")}),
        digest=_digest(numbers),
    )


class PackTables(Mapping[str, pd.DataFrame]):
    """The tables of a pack by name, without rows where an optional one is absent.

    One is parsed when it is first asked for, a run asks for few.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = {**files, **{name: empty_table(name) for name in absent_tables(files)}}
        self._tables: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Parse a table at its first use.

        Raises:
            KeyError: if the pack has no such table.
            RegionError: if the file is no table.
        """
        if name not in self._tables:
            self._tables[name] = _read_table(name, self._files[name])
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the tables."""
        return iter(self._files)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self._files)


def _read_files(folder: Path) -> dict[str, bytes]:
    """Read the files whose numbers count, tables over those of the layer that the pack extends.

    Words, and what only backtests and experiments ask for, are not among them.
    """
    left_out = (WORDS, BACKTESTS, GROUPS)
    settings = {file.name: file.read_bytes() for file in folder.glob("*.yaml") if file.name not in left_out}
    tables = {f"{name}.csv": table.content for name, table in read_layered(folder).items()}
    return dict(sorted((settings | tables).items()))


def _read_table(name: str, raw: bytes) -> pd.DataFrame:
    try:
        table = pd.read_csv(io.BytesIO(raw), keep_default_na=False, na_values=[""])
    except ValueError as error:  # a text that is not UTF-8 among them
        raise RegionError(
            build_message("unreadable", file=f"{name}.csv", reason=explain_error(error))
        ) from error
    if table.empty:  # nothing else says which columns hold numbers
        heads = [column for column in table if column_type(name, column).is_number]
        table = table.astype(dict.fromkeys(heads, float))
    # Tables this small are searched faster as Python's text than as Arrow's.
    return table.astype(dict.fromkeys(table.select_dtypes("str").columns, object))


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, raw in files.items():
        digest.update(name.encode())
        digest.update(raw)
    return digest.hexdigest()
