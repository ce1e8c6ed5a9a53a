"""Results of one region side by side: what came out differently, and at what cost."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import pandas as pd

from tanlu.core.arrays import Integers
from tanlu.core.intervals import BAND_COLUMNS, RARE_COLUMNS, held_percent
from tanlu.indicators.catalogue import is_rare
from tanlu.output.aims import Aim, judge_aims
from tanlu.output.differences import Difference, difference, level, pairs_of, rare_cells
from tanlu.output.figures.avoidance import Avoided, compute_avoided
from tanlu.output.figures.paths import paths_of
from tanlu.output.headline import headline, headline_draws
from tanlu.output.measures import Measured
from tanlu.records.carbon_tables.classes import COAL_ADDS, COAL_PAYS
from tanlu.records.carbon_tables.price import MARKET_PRICE
from tanlu.region.pack import load_region
from tanlu.scenario.reference import find_references

COMPARED_VARIABLES = (
    "Emissions|CO2",
    "Emissions|CO2|Energy|Supply|Electricity",
    "Emissions|CO2|Industry|Steel",
    "Emissions|CO2|Industry|Cement",
    "Emissions|CO2|Energy|Demand|Transportation",
    "Carbon Capture",
    "Secondary Energy|Electricity|Coal",
    "Capacity|Electricity|By Group|Wind and Solar",
    "Shortage|Electricity",
    "Price|Carbon",
    MARKET_PRICE,
    COAL_PAYS,
    COAL_ADDS,
    "Price|Electricity|Wholesale",
    "Public Budget|Climate Support",
    "Public Budget|Climate Revenue",
    "Public Budget|Climate Support|Net",
)
COSTS = ("public_money", "climate_revenue", "net_public_money", "system_cost")
SEQUESTRATION = ("sequestered_mtco2", "rebound_percent", "rebound_with_imports_percent")
PER_TONNE = ("public_money", "net_public_money", "system_cost")
YEAR = re.compile(r"\b(?:19|20)\d\d\b", re.ASCII)
VARIABLE_COLUMNS = (
    *("variable", "region", "unit", "year", "scenario", "value"),
    *BAND_COLUMNS,
    *("change", "half_width", "noise", "pairs"),
    *RARE_COLUMNS,  # of the change
)


def one_label(labels: Sequence[str]) -> str:
    """Join the labels of a row of several results, with their years."""
    longest = max(labels, key=len)
    if len(set(labels)) == 1:
        return longest
    years = [YEAR.findall(label) for label in labels]
    return YEAR.sub(" / ".join(year[0] if year else "\N{EN DASH}" for year in years), longest, count=1)


def _of_year(draw_change: Difference, shown_change: float) -> Difference:
    """Replace the mean change of a year by that of the years shown."""
    return (
        draw_change
        if draw_change.is_in_noise
        else draw_change._replace(mean=shown_change, half_width=math.nan)
    )


@dataclass(frozen=True, eq=False)
class SideBySide:
    """What was measured of several scenarios of one region; the first is the baseline.

    Each is measured against its reference, if that is among them, else against the baseline.
    """

    results: tuple[Measured, ...]
    names: tuple[str, ...]  # unique, one a result

    @cached_property
    def years(self) -> Integers:
        """Years that all results have."""
        return reduce(np.intersect1d, (result.years for result in self.results))

    @cached_property
    def against(self) -> tuple[int, ...]:
        """Position of the reference of each result; the baseline's is its own."""
        return find_references([result.scenario for result in self.results])

    @cached_property
    def headline(self) -> pd.DataFrame:
        """Headline figures of all results, with their effects.

        Columns: key, region, labels, unit, rare, one column a result, then effects against its reference.
        `change X` is the mean of the differences of draws that share all chance, `half_width X` that of its 95 %
        interval (NaN of one draw), and `noise X` says whether the interval holds zero. A rare outcome has neither: what
        its differences say stands in `rare_count X` and the others of `RARE_COLUMNS`. The change of a year is that of
        the years shown, those of the mean path, without an interval; noise, if that is all that years of draws show.
        """
        keys = ["key", "region"]
        dry = {year for result in self.results for year in result.scenario.world.dry_years}
        targeted_results = list(zip(self.results, self._targets, strict=True))
        tables = [headline(result, aims, None, dry).set_index(keys) for result, aims in targeted_results]
        labels = pd.concat([table[["label_en", "label_zh", "unit", "rare"]] for table in tables])
        labels = labels.groupby(level=keys, sort=False).agg(
            {"label_en": one_label, "label_zh": one_label, "unit": "first", "rare": "first"}
        )
        columns = {name: table["value"] for name, table in zip(self.names, tables, strict=True)}
        frame = labels.join(pd.DataFrame(columns))
        tables = [headline_draws(result, aims, dry).reindex(frame.index) for result, aims in targeted_results]
        draws = [
            table[frame[name].notna()].reindex(frame.index)
            for name, table in zip(self.names, tables, strict=True)
        ]
        for n, name in enumerate(self.names[1:], start=1):
            base = self.against[n]
            pairs = pairs_of(self.results[n], self.results[base])
            rows = zip(draws[n].to_numpy(), draws[base].to_numpy(), frame["rare"], strict=True)
            effects = [difference(row, usual, pairs, is_rare=rare) for row, usual, rare in rows]
            shifts = zip(effects, frame[name] - frame[self.names[base]], frame["unit"], strict=True)
            effects = [
                _of_year(effect, years) if unit == "year" else effect for effect, years, unit in shifts
            ]
            frame[f"change {name}"] = [effect.mean for effect in effects]
            frame[f"half_width {name}"] = [effect.half_width for effect in effects]
            frame[f"noise {name}"] = [effect.is_in_noise for effect in effects]
            frame[[f"{column} {name}" for column in RARE_COLUMNS]] = np.array(
                [rare_cells(effect) for effect in effects]
            )
        return frame.reset_index()

    @cached_property
    def _targets(self) -> list[pd.DataFrame]:
        """Official aims of the pack of each result."""
        scenarios = (measured.scenario for measured in self.results)
        return [load_region(scenario.region, scenario.pack).targets for scenario in scenarios]

    @cached_property
    def aims(self) -> tuple[tuple[Aim, ...], ...]:
        """Official aims that the packs share, each as every result has it."""
        targeted_results = zip(self.results, self._targets, strict=True)
        by_result = [
            judge_aims(result, targets, paths_of(result).open_from) for result, targets in targeted_results
        ]
        places = [{(aim.key, aim.region, aim.base_year): aim for aim in aims} for aims in by_result]
        shared = (place for place in places[0] if all(place in of_result for of_result in places))
        return tuple(tuple(of_result[place] for of_result in places) for place in shared)

    def variables(
        self,
        variables: Sequence[str] = COMPARED_VARIABLES,
        years: Sequence[int] | None = None,
        region: str | None = None,
    ) -> pd.DataFrame:
        """Return chosen variables in chosen years, one row a variable, year and result.

        Columns: variable, region, unit, year, scenario, value (the mean over draws), band_low, band_high and
        band_percent (between the two a further draw lies in so many percent of cases; NaN of one draw), change (to its
        reference, the mean over draws that share all chance), half_width (of its 95 % interval, NaN of one draw), noise
        (whether that holds zero), pairs; of what is rare `RARE_COLUMNS` in place of half_width and noise.

        Years that not all results have are left out. The whole region is meant unless a province is named, and the
        milestones of the region pack unless years are.
        """
        first = self.results[0].scenario.region
        shown_years = [year for year in years or load_region(first).milestone_years if year in self.years]
        rows = [
            self._row(variable, region or self.results[0].region, year, position)
            for variable in variables
            for year in shown_years
            for position in range(len(self.results))
        ]
        return pd.DataFrame(rows, columns=VARIABLE_COLUMNS)

    def _row(self, variable: str, region: str, year: int, position: int) -> tuple[object, ...]:
        result, baseline = self.results[position], self.results[self.against[position]]
        draws = result.draws(variable, region)[:, int(np.searchsorted(result.years, year))]
        base = baseline.draws(variable, region)[:, int(np.searchsorted(baseline.years, year))]
        change = difference(draws, base, pairs_of(result, baseline), is_rare=is_rare(variable))
        value = level(draws)
        head = (
            variable,
            region,
            result.unit(variable),
            year,
            self.names[position],
            value.mean,
            value.low,
            value.high,
            held_percent(value.draws),
        )
        return (
            *head,
            *(change.mean, change.half_width, change.is_in_noise, change.draws),
            *rare_cells(change),
        )

    @cached_property
    def avoided(self) -> Mapping[str, Avoided]:
        """CO2 avoided against the reference and its cost, by name of the result."""
        return self._avoided_in(self.results[0].region)

    def _avoided_in(self, region: str) -> Mapping[str, Avoided]:
        paths = [paths_of(result, region) for result in self.results]
        return {
            self.names[n]: compute_avoided(paths[n], paths[self.against[n]]) for n in range(1, len(paths))
        }

    @cached_property
    def cost(self) -> pd.DataFrame:
        """CO2 avoided, how much of it is moved elsewhere, and the cost: one row a result, sums over common years.

        Next to each sum stands the half-width of its 95 % interval. Where what is avoided is within noise, there is no
        cost of a tonne.
        """
        return _cost_table(self.avoided)

    def cost_in(self, region: str) -> pd.DataFrame:
        """Build the table of cost of a province; what the model does not split is NaN."""
        return _cost_table(self._avoided_in(region))


def _cost_table(avoided_by_name: Mapping[str, Avoided]) -> pd.DataFrame:
    """Build the table of what is avoided and its cost, one row a result."""
    rows = []
    for name, avoided in avoided_by_name.items():
        row = {"scenario": name, "first_year": avoided.first_year, "last_year": avoided.last_year}
        row |= {"pairs": avoided.mtco2.draws, "noise": avoided.mtco2.is_in_noise}
        row |= {"avoided_mtco2": avoided.mtco2.mean, "avoided_half_width_mtco2": avoided.mtco2.half_width}
        elsewhere = avoided.elsewhere_mtco2
        row |= {"elsewhere_mtco2": elsewhere.mean, "elsewhere_half_width_mtco2": elsewhere.half_width}
        part, with_imports = avoided.elsewhere_percent, avoided.with_imports_mtco2
        row |= {"elsewhere_percent": part.mean, "elsewhere_half_width_percent": part.half_width}
        row |= {
            "with_imports_mtco2": with_imports.mean,
            "with_imports_half_width_mtco2": with_imports.half_width,
        }
        freed, used_by_others = avoided.freed_mtco2, avoided.used_by_others_mtco2
        row |= {"freed_mtco2": freed.mean, "freed_half_width_mtco2": freed.half_width}
        row |= {
            "used_by_others_mtco2": used_by_others.mean,
            "used_by_others_half_width_mtco2": used_by_others.half_width,
        }
        for name in SEQUESTRATION:
            change: Difference = getattr(avoided, name)
            stem, unit = name.rsplit("_", 1)
            row |= {name: change.mean, f"{stem}_half_width_{unit}": change.half_width}
        for money in COSTS:
            amount: Difference = getattr(avoided, f"{money}_bn_cny")
            row |= {f"{money}_bn_cny": amount.mean, f"{money}_half_width_bn_cny": amount.half_width}
        row |= {
            f"{m}_cny_per_tco2": avoided.per_tonne_cny(getattr(avoided, f"{m}_bn_cny")) for m in PER_TONNE
        }
        rows.append(row)
    return pd.DataFrame(rows)
