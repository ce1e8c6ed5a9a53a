"""The answer to a scenario: tidy tables, headline, files that can be cited."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.output import folder as result_folder
from tanlu.output import provenance
from tanlu.output.aims import Aim, judge_aims
from tanlu.output.charts import PATH_VARIABLES, PathSubject, emission_path_svg
from tanlu.output.extension import TABLES, Extensions, Source, gather
from tanlu.output.figures.paths import paths_of
from tanlu.output.figures.picture import name_place
from tanlu.output.findings.effects import without_effect
from tanlu.output.findings.validity import open_balances
from tanlu.output.folder import FolderTakenError
from tanlu.output.headline import headline
from tanlu.output.measures import Measured, Measures, position_of
from tanlu.output.replications import (
    ReplicationOutcome,
    market_gaps,
    seconds_by_phase,
    stack_measures,
)
from tanlu.output.result_tables import FolderTables, TableSource, category
from tanlu.region.factors.changes import describe_changes
from tanlu.region.industry import published_inventory_mt
from tanlu.region.pack import Region, load_region
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.forms import load_saved_scenario
from tanlu.scenario.schema import Scenario

DIGEST_SUFFIX = 6


@dataclass(frozen=True, eq=False, repr=False)
class Result(Measured):
    """The answer to one scenario.

    The large tables are built or read when they are first asked for.
    """

    tables: TableSource
    manifest: dict[str, Any]
    code: Mapping[str, bytes] = field(default_factory=dict)
    """Files of the extensions it was made with, by their place in its folder."""

    def __repr__(self) -> str:
        runs, variables, _, years = self.measures.values.shape
        return f"<Result {self.scenario.name}: {years} years, {variables} variables, {runs} replications>"

    @property
    def pack(self) -> Region:
        """The region pack of the run, with what the scenario changes in it.

        Raises:
            RegionError: if it is gone, or lacks by now what the scenario changes.
        """
        return load_region(self.scenario.region, self.scenario.pack)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings of the scenario and of the run; none in old results."""
        return tuple(map(Finding.from_data, self.manifest.get("findings", ())))

    @property
    def valid(self) -> bool:
        """Check whether no finding makes the run void, such as an open balance."""
        return all(finding.severity != Severity.error for finding in self.findings)

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """Every indicator, one value a row: scenario, replication, region, variable, unit, year, value."""
        return tidy(self.name, self.measures)

    @cached_property
    def plants(self) -> pd.DataFrame | None:
        """State of every decider by year; None where switched off."""
        return self.tables.read("plants") if self.scenario.outputs.plants else None

    @cached_property
    def decisions(self) -> pd.DataFrame | None:
        """Decisions: options considered and chosen, and switching carbon prices."""
        return self.tables.read("decisions")

    @cached_property
    def closed_options(self) -> pd.DataFrame | None:
        """Options closed to agents, with reason and years; None if lacking."""
        return self.tables.read("closed_options")

    @cached_property
    def capture_costs(self) -> pd.DataFrame | None:
        """Cost and revenue of capture by decider and term; None if lacking."""
        return self.tables.read("capture_costs")

    @cached_property
    def unit_margins(self) -> pd.DataFrame | None:
        """Margins of thermal units per kilowatt by term; None if lacking."""
        return self.tables.read("unit_margins")

    @cached_property
    def adoption_shares(self) -> pd.DataFrame | None:
        """Shares and worth of the options of buyers and builders; None if lacking."""
        return self.tables.read("adoption_shares")

    @cached_property
    def electricity_months(self) -> pd.DataFrame | None:
        """Generation, trade and price by month and province; None if lacking."""
        return self.tables.read("electricity_months")

    @cached_property
    def book(self) -> pd.DataFrame | None:
        """Change of CO2 by year, province, sector and factor; None if lacking."""
        return self.tables.read("book")

    @cached_property
    def flows(self) -> pd.DataFrame | None:
        """Payments by payer, payee, item and year; None if lacking."""
        return self.tables.read("flows")

    @cached_property
    def companies(self) -> pd.DataFrame | None:
        """Accounts of each company by year; None if lacking."""
        return self.tables.read("companies")

    @cached_property
    def lenders(self) -> pd.DataFrame | None:
        """Accounts of each lender by year; None if lacking."""
        return self.tables.read("lenders")

    @cached_property
    def loans(self) -> pd.DataFrame | None:
        """Loans by lender, with repayment and default; None if lacking."""
        return self.tables.read("loans")

    @cached_property
    def refusals(self) -> pd.DataFrame | None:
        """Refused requests by lender, borrower and cause; None if lacking."""
        return self.tables.read("refusals")

    @cached_property
    def reviews(self) -> pd.DataFrame | None:
        """Reviews of policies by regulators; None where there are none."""
        return self.tables.read("reviews")

    @cached_property
    def auctions(self) -> pd.DataFrame | None:
        """Bids in auctions of wind and sun, and what came of them; None where none was held."""
        return self.tables.read("auctions")

    @cached_property
    def dispatch(self) -> pd.DataFrame | None:
        """The hourly dispatch; None unless the scenario asks for it."""
        return self.tables.read("dispatch") if self.scenario.outputs.dispatch else None

    def table(self, name: str) -> pd.DataFrame | None:
        """Read a table by name, None where the result lacks it.

        Tables of extensions are among them.

        Raises:
            ResultError: if no table has that name, with the nearest one.

        """
        names = (*TABLES, *self.tables.extra_tables)
        position_of(name, names, "table")
        frame: pd.DataFrame | None = getattr(self, name) if name in TABLES else self.tables.read(name)
        return frame

    def _parts(self, name: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of a table draw by draw, as far as its source has draws."""
        if name == TABLES[0]:
            for draw in range(len(self.measures.values)):
                yield tidy(self.name, self.measures, (draw,))
        elif name not in (switched := self.scenario.outputs.model_dump()) or switched[name]:
            yield from self.tables.parts(name)

    @cached_property
    def aims(self) -> tuple[Aim, ...]:
        """Official aims, each with a verdict and the draws in which it is met, or why it has none."""
        return judge_aims(self, self.pack.targets, paths_of(self).open_from)

    def headline(self, baseline: "Result | None" = None, dry: Collection[int] | None = None) -> pd.DataFrame:
        """Build the few figures to look at first, with the official targets.

        With a `baseline`, what a tonne avoided costs against it is among them. Of `dry` years, by default those in
        which the scenario replays a drought, it is told who was cut.
        """
        return headline(self, self.pack.targets, baseline, dry)

    def to_iamc(self, replication: int | None = None) -> pd.DataFrame:
        """Build the wide IAMC table that pyam reads.

        It has one row a variable and region, one column a year.
        It holds the mean over replications, or one `replication`.
        """
        m = self.measures
        values = m.values.mean(axis=0) if replication is None else m.values[replication]
        count, regions = len(m.variables), len(m.regions)
        head = {
            "model": f"Tanlu {self.manifest['model']['version']}",
            "scenario": self.name,
            "region": np.tile(m.regions, count),
            "variable": np.repeat(m.variables, regions),
            "unit": np.repeat(m.units, regions),
        }
        body = pd.DataFrame(values.reshape(count * regions, -1), columns=m.years.tolist())
        return pd.concat([pd.DataFrame(head), body], axis=1)

    def place(self, out_dir: str | Path = "results") -> "ResultPlace":
        """Find the folder of this result, and whether it is there already.

        The folder's name is the scenario's and the hash of the inputs. Where that folder holds other values
        (the code was edited without a new version), the digest of these values is added to the name.
        """
        folder = Path(out_dir) / f"{self.name}-{self.manifest['inputs_hash']}"
        if folder.exists() and not self._is_in(folder):
            folder = folder.with_name(f"{folder.name}-{self.manifest['values_sha256'][:DIGEST_SUFFIX]}")
        return ResultPlace(folder, self._is_in(folder))

    def _is_in(self, folder: Path) -> bool:
        try:
            stored_manifest = result_folder.read_manifest(folder)
        except ResultError:
            return False
        is_same = stored_manifest["values_sha256"] == self.manifest["values_sha256"]
        return is_same and not result_folder.damaged_files(folder, stored_manifest)

    def save(self, out_dir: str | Path = "results") -> Path:
        """Write the result's folder, whole or not at all, and return it.

        A finished one is left as it is, but for what no value depends on: the label and what is switched off.

        Raises:
            ResultError: if it cannot be written; nothing is left behind then.

        """
        place = self.place(out_dir)
        if place.finished:
            self._update_scenario(place.folder)
            return place.folder
        try:
            with result_folder.new_folder(place.folder) as draft:
                self._write(draft)
        except FolderTakenError:
            if not self._is_in(place.folder):
                raise
        return place.folder

    def _update_scenario(self, folder: Path) -> None:
        """Update scenario and chart of a finished folder if the text changed."""
        stored_manifest = result_folder.read_manifest(folder)
        scenario_part = provenance.scenario_part(self.scenario, folder)
        if scenario_part["scenario_text"] != stored_manifest.get("scenario_text"):
            result_folder.update(
                folder, self._texts(scenario_part["scenario_text"]), stored_manifest | scenario_part
            )

    def _texts(self, scenario: str) -> dict[str, str]:
        """Write the files of text by name, from the scenario of the manifest."""
        pack = self.pack
        subject = PathSubject(
            region=self.region,
            scenario=self.scenario.title("en"),
            place=name_place(pack.axes, self.region, "en"),
            version=f"{self.manifest['model']['version']} ({self.manifest['data']['version']})",
            history_mt=published_inventory_mt(pack.tables["inventory"], pack.axes.provinces),
        )
        names = [name for name in self.measures.variables if name in PATH_VARIABLES]
        path = tidy(
            self.name, self.measures.select(names)
        )  # a table of all indicators would be the largest in memory
        return {result_folder.SCENARIO: scenario, result_folder.CHART: emission_path_svg(path, subject)}

    def _write(self, folder: Path) -> None:
        for table in (*TABLES, *self.tables.extra_tables):
            result_folder.write_table(self._parts(table), folder / f"{table}.parquet")
        scenario_part = provenance.scenario_part(self.scenario, folder)
        for name, text in self._texts(scenario_part["scenario_text"]).items():
            (folder / name).write_text(text, encoding="utf-8")
        for place, raw in self.code.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(raw)
        result_folder.write_manifest(folder, self.manifest | scenario_part)


class ResultPlace(NamedTuple):
    """Where a result belongs, and whether it is there already."""

    folder: Path
    finished: bool


def findings_of(
    scenario: Scenario, measures: Measures, parts: Sequence[ReplicationOutcome]
) -> tuple[Finding, ...]:
    """Collect the findings of a scenario and of its run, each once."""
    errors = [part.balance_errors for part in parts]
    unbalanced = open_balances(scenario.name, measures.years, errors)
    return collect_findings(scenario_findings(scenario), Measured(scenario, measures), tuple(unbalanced))


def collect_findings(
    scenario_faults: tuple[Finding, ...], result: Measured, unbalanced: tuple[Finding, ...] = ()
) -> tuple[Finding, ...]:
    """Collect faults of a scenario, open balances and what a run did not feel, each once.

    A run that is stored has no open balances, or it would not have been stored.
    """
    known_places = {finding.place.path for finding in scenario_faults}
    idle = (finding for finding in without_effect(result) if finding.place.path not in known_places)
    return (*scenario_faults, *unbalanced, *idle)


def assemble_result(
    scenario: Scenario,
    extended: Extensions,
    parts: Sequence[ReplicationOutcome],
    tables: TableSource,
    wall_seconds: float,
) -> Result:
    """Assemble the result of the replications of a scenario."""
    region = load_region(scenario.region, scenario.pack)
    measures = stack_measures(parts, region.axes.regions)
    manifest = provenance.manifest(
        scenario,
        provenance.Data(
            region.name,
            region.data_version,
            region.digest,
            describe_changes(region.changes),
            region.is_sealed,
            region.axes.absent_tables,
        ),
        extended.digests(),
        provenance.values_digest(measures.variables, measures.units, measures.years, measures.values),
        market_gaps(parts),
        findings_of(scenario, measures, parts),
        provenance.timing(wall_seconds, seconds_by_phase(parts)),
    )
    return Result(scenario, measures, tables, manifest, extended.copies())


def result_at_hand(
    scenario: Scenario, out_dir: str | Path = "results", extensions: Sequence[Source] = ()
) -> Result | None:
    """Find an intact result of this code for a scenario, None if absent."""
    digests = gather(extensions).digests()
    key = provenance.inputs_hash(scenario, load_region(scenario.region, scenario.pack).digest, digests)
    for folder in sorted(Path(out_dir).glob(f"{scenario.name}-{key}*")):
        with suppress(ResultError):
            manifest = result_folder.read_manifest(folder)
            if provenance.made_by_this_code(manifest) and not result_folder.damaged_files(folder, manifest):
                current_manifest = manifest | provenance.scenario_part(scenario)
                return replace(load_result(folder), scenario=scenario, manifest=current_manifest)
    return None


def load_result(path: str | Path) -> Result:
    """Read a result folder; larger tables are read on access.

    Raises:
        ResultError: if the folder is none, is damaged, or was written by a newer Tanlu.

    """
    folder = Path(path)
    manifest = result_folder.read_manifest(folder)
    tables = FolderTables(folder, manifest["files_sha256"])
    indicators = tables.read("indicators")
    if indicators is None or tables.is_damaged(result_folder.SCENARIO):
        raise ResultError(build_message("result_damaged", folder=folder))
    scenario = load_saved_scenario(folder / result_folder.SCENARIO)
    code = {name: (folder / name).read_bytes() for name in tables.files if name.startswith("extensions/")}
    return Result(scenario, _measures(indicators, manifest["replications"]), tables, manifest, code)


def tidy(scenario: str, measures: Measures, draws: Sequence[int] | None = None) -> pd.DataFrame:
    """Return indicators of some draws or all, one value a row."""
    numbers = np.arange(len(measures.values)) if draws is None else np.array(draws)
    values = measures.values[numbers]
    draw, variable, region, year = (axis.ravel() for axis in np.indices(values.shape))
    units = list(dict.fromkeys(measures.units))
    unit_code = np.array([units.index(unit) for unit in measures.units])
    return pd.DataFrame(
        {
            "scenario": category(np.zeros(variable.size, np.int64), [scenario]),
            "replication": numbers[draw],
            "region": category(region, measures.regions),
            "variable": category(variable, measures.variables),
            "unit": category(unit_code[variable], units),
            "year": measures.years[year],
            "value": values.ravel(),
        }
    )


def _measures(indicators: pd.DataFrame, replications: int) -> Measures:
    """Turn the table of indicators back into arrays.

    Its rows are in the order of `tidy`.
    """
    variables = tuple(indicators["variable"].cat.categories)
    block = indicators.iloc[: len(indicators) // replications]
    regions = tuple(indicators["region"].cat.categories)
    variable_rows = block.drop_duplicates("variable")
    years = block["year"].unique()
    shape = (replications, len(variables), len(regions), years.size)
    values = indicators["value"].to_numpy().reshape(shape)
    return Measures(variables, tuple(variable_rows["unit"].astype(str)), regions, years, values)
