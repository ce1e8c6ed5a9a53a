"""Put results side by side: what went in differently, what came out differently, and at what cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.output.claims import ClaimedAndSimulated, compare_claims
from tanlu.output.comparison_tables.plants import PlantCourse, changed_courses, courses_of
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.output.lending import AdditionalBonds, AdditionalLending, additional_bonds, additional_lending
from tanlu.output.provenance import content_hash
from tanlu.output.result import Result
from tanlu.scenario.side_by_side import SharedNames, different_rows, flat_inputs, shared_names


@dataclass(frozen=True, eq=False)
class Comparison(SideBySide):
    """Several results of one region; the first is the baseline."""

    results: tuple[Result, ...]

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """Inputs that differ: one row a key, one column a result.

        A policy or an event that some scenario lacks is one row; one that all have is compared field by field.
        """
        provinces = self.results[0].measures.regions[:-1]
        common_names = shared_names([result.scenario for result in self.results], provinces)
        return different_rows([_flatten(result, common_names) for result in self.results], self.names)

    @cached_property
    def changed_decisions(self) -> pd.DataFrame:
        """Courses of the plants that decide differently in the first draw.

        One row a decider, one column a result.
        Over the years that all have; empty where one lacks its plants or decisions.
        """
        courses_by_result = [self._courses(result) for result in self.results]
        complete_courses = [courses for courses in courses_by_result if courses is not None]
        changes = changed_courses(complete_courses) if len(complete_courses) == len(courses_by_result) else {}
        index = pd.Index(list(changes), name="decider")
        return pd.DataFrame(list(changes.values()), index=index, columns=list(self.names), dtype=object)

    def _courses(self, result: Result) -> dict[str, PlantCourse] | None:
        """Build the course of each plant of a result, None without its tables."""
        tables = result.decisions, result.plants
        if any(table is None for table in tables):
            return None
        decisions, plants = (table[table["year"].isin(self.years)] for table in tables if table is not None)
        return courses_of(decisions, plants)

    @cached_property
    def lending(self) -> Mapping[str, AdditionalLending]:
        """Green loans beyond those of the reference, by name of the result.

        Results whose green loans cost no public support are left out.
        """
        lending_by_name = {name: additional_lending(*pair) for name, pair in self.pairs()}
        return {
            name: lending
            for name, lending in lending_by_name.items()
            if lending is not None and lending.support.mean > 0.0
        }

    @cached_property
    def bonds(self) -> Mapping[str, AdditionalBonds]:
        """New money of green bonds beyond that of the reference, by name of the result."""
        bonds_by_name = {name: additional_bonds(*pair) for name, pair in self.pairs()}
        return {name: bonds for name, bonds in bonds_by_name.items() if bonds is not None}

    @cached_property
    def claims(self) -> Mapping[str, ClaimedAndSimulated]:
        """Claims of labelled debt and CO2 avoided, by name of the result."""
        claims_by_name = {name: compare_claims(*pair) for name, pair in self.pairs()}
        return {name: claims for name, claims in claims_by_name.items() if claims is not None}

    def pairs(self) -> Iterator[tuple[str, tuple[Result, Result]]]:
        """Yield name, result and reference of each result but the first."""
        for name, result, base in zip(self.names[1:], self.results[1:], self.against[1:], strict=True):
            yield name, (result, self.results[base])


def compare(*results: Result, baseline: Result | str | None = None) -> Comparison:
    """Compare results with a baseline, by default the first.

    A baseline is given as an object or by name.

    Raises:
        ResultError: if there are fewer than two, one is invalid, or they are of different regions or share no year.

    """
    if isinstance(baseline, Result) and all(baseline is not result for result in results):
        results = (baseline, *results)
    if len(results) < 2:
        raise ResultError(build_message("two_results"))
    first = _baseline(results, baseline)
    ordered = (first, *(result for result in results if result is not first))
    invalid = [result.name for result in ordered if not result.valid]
    if invalid:
        raise ResultError(build_message("invalid_results", names=invalid))
    regions = sorted({result.scenario.region for result in ordered})
    if len(regions) > 1:
        raise ResultError(build_message("different_regions", names=regions))
    comparison = Comparison(ordered, _unique_names(ordered))
    if comparison.years.size == 0:
        raise ResultError(build_message("no_common_year"))
    return comparison


def _baseline(results: Sequence[Result], baseline: Result | str | None) -> Result:
    if isinstance(baseline, Result):
        return baseline
    if baseline is None:
        return results[0]
    for result in results:
        if result.name == baseline:
            return result
    there_are = build_message("there_are", names=[result.name for result in results])
    raise ResultError(build_message("no_result_named", name=baseline, advice=there_are))


def _unique_names(results: Sequence[Result]) -> tuple[str, ...]:
    """Return the scenarios' names, numbered where one occurs more than once."""
    names = [result.name for result in results]
    return tuple(
        f"{name} ({names[:i].count(name) + 1})" if names.count(name) > 1 else name
        for i, name in enumerate(names)
    )


def _flatten(result: Result, common_names: SharedNames) -> dict[str, str]:
    """Flatten a result's inputs to text by key: scenario, code and data."""
    flat = flat_inputs(result.scenario, common_names)
    for extension in result.manifest.get("extensions", ()):
        flat[f"extension {extension['name']}"] = content_hash(extension["files"])[:12]
    flat["data version"] = str(result.manifest["data"]["version"])
    flat["data digest"] = str(result.manifest["data"]["sha256"])[:12]
    flat["model version"] = str(result.manifest["model"]["version"])
    return flat
