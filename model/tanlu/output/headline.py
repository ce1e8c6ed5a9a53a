"""The few figures to look at first, each with its official target."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.words import text, words
from tanlu.output.differences import LEVEL_QUANTILES, Difference, difference, pairs_of, total
from tanlu.output.dry_years import dry_years_of
from tanlu.output.measured import Measured

EMISSIONS = "Emissions|CO2"
CAPTURE = "Carbon Capture"
AVOIDED = "Carbon Capture|Avoided"
ELECTRICITY_PRICE = "Price|Electricity|Wholesale"
UNSERVED = ("Unserved Energy|Electricity", "Unserved Energy|Electricity|Industry")
PUBLIC_MONEY = "Public Budget|Climate Support"
GIVEN_BACK = "Public Budget|Carbon Revenue Given Back"  # paid out like other public money
CLIMATE_REVENUE = "Public Budget|Climate Revenue"
CAPTURE_SUPPORT = (
    "Public Budget|Capture Subsidy",
    "Public Budget|Capture Contract",
    "Public Budget|Capture Grant",
)
# Where captured CO2 goes; the parts add up to all of it.
PLACED = {
    "captured_stored_share": "Carbon Capture|Storage",
    "captured_bound_share": "Carbon Capture|Usage|Permanent",
    "captured_released_share": "Carbon Capture|Usage|Released",
    "captured_vented_share": "Carbon Capture|Vented",
}
# What society spends: every yearly `System Cost|...` and these. Investments are after grants, so the grants
# belong to them; other transfers (subsidies by the tonne, levies, carbon payments) cancel out and are left out.
RUNNING_COST = "System Cost|"
INVESTMENT = (
    "Investment|Electricity",
    "Investment|Industry",
    "Investment|Carbon Capture",
    "Public Budget|Capture Grant",
    "Public Budget|CO2 Hub Support",
)
BN_CNY_PER_MT = 1000.0  # bn CNY per Mt CO2, as CNY per tonne
PER_TONNE = "CNY2020/t CO2"

MET, MISSED, NEEDS_SINKS = "met", "missed", "needs sinks"
PEAK_YEAR, NET_EMISSIONS = "Emissions|CO2|Peak Year", "Emissions|CO2|Net"
PER_SHARE = {("share", "%"): 100.0}  # factor from the unit of a target to that of the variable
CHANGE = "share of base year"
# Beginnings of the variables of which less is better; of all others an official target asks for more.
LESS_IS_BETTER = ("Emissions", "Primary Energy|Per", "Final Energy|Industry|Per", "Energy Intensity")


class HeadlineRow(NamedTuple):
    """One headline figure."""

    key: str
    label_en: str
    label_zh: str
    region: str
    value: float
    unit: str
    target: float = math.nan
    target_year: int | None = None
    gap: float = math.nan
    verdict: str = ""


class Avoided(NamedTuple):
    """What a scenario avoids against a baseline, and at what cost; undiscounted, over the years both have."""

    first_year: int
    last_year: int
    mtco2: Difference  # less emitted
    public_money_bn_cny: Difference  # paid out, carbon revenue given back included
    climate_revenue_bn_cny: Difference  # what climate policy brings governments
    net_public_money_bn_cny: Difference  # the former less the latter
    system_cost_bn_cny: Difference

    def per_tonne_cny(self, money_bn_cny: Difference) -> float:
        """Return extra money per tonne avoided; NaN where nothing is avoided, or no more than noise."""
        tells = self.mtco2.mean > 0.0 and not self.mtco2.is_in_noise
        return money_bn_cny.mean / self.mtco2.mean * BN_CNY_PER_MT if tells else math.nan


def headline(
    result: Measured,
    targets: pd.DataFrame,
    baseline: Measured | None = None,
    dry: Collection[int] | None = None,
) -> pd.DataFrame:
    """Return the headline figures, one row each: key, labels, region, value, unit, target, gap, verdict, p10, p90.

    Values are of the mean over draws; a tenth of the draws lie below p10, a tenth above p90 (NaN of one draw).

    Args:
        result: the result to sum up.
        targets: official targets as the region pack gives them (`targets.csv`).
        baseline: what to compare with; adds the CO2 avoided and its cost.
        dry: years of which to tell who was cut; by default those in which the scenario replays a drought.

    """
    rows = [*_emissions(result, targets), *_system(result, targets), *_dry(result, dry), *_money(result)]
    if baseline is not None:
        rows += _avoided_rows(avoided(result, baseline), result.region)
    rows += official(result, targets)
    frame = pd.DataFrame(rows, columns=HeadlineRow._fields)
    frame["target_year"] = frame["target_year"].astype("Int64")
    frame["p10"] = frame["p90"] = math.nan
    if len(result.measures.values) > 1:
        draws = headline_draws(result, targets, dry)
        frame[["p10", "p90"]] = _tenths(draws, pd.MultiIndex.from_frame(frame[["key", "region"]]))
    return frame


def _tenths(draws: pd.DataFrame, rows: pd.MultiIndex) -> np.ndarray:
    """Return what a tenth of the draws of each row lies below and above; NaN where a draw lacks it."""
    low, high = LEVEL_QUANTILES
    return draws.reindex(rows).quantile([low, high], axis="columns").to_numpy().T


def avoided(result: Measured, baseline: Measured) -> Avoided:
    """Return the CO2 a result avoids against a baseline and its cost, over the years that sums count."""
    years = np.intersect1d(result.years, baseline.years)
    years = years[years >= min(result.counted_from, years[-1])]
    pairs, both = pairs_of(result, baseline), (result, baseline)
    emitted = [total(one, (EMISSIONS,), years) for one in both]
    spent = [total(one, (PUBLIC_MONEY, GIVEN_BACK), years) for one in both]
    earned = [total(one, (CLIMATE_REVENUE,), years) for one in both]
    cost = [total(one, system_cost_variables(result.measures.variables), years) for one in both]
    return Avoided(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        mtco2=difference(-emitted[0], -emitted[1], pairs),
        public_money_bn_cny=difference(spent[0], spent[1], pairs),
        climate_revenue_bn_cny=difference(earned[0], earned[1], pairs),
        net_public_money_bn_cny=difference(spent[0] - earned[0], spent[1] - earned[1], pairs),
        system_cost_bn_cny=difference(cost[0], cost[1], pairs),
    )


def headline_draws(
    result: Measured, targets: pd.DataFrame, dry: Collection[int] | None = None
) -> pd.DataFrame:
    """Return the headline figures of every draw: one row a key and region, one column a replication."""
    draws = range(len(result.measures.values))
    tables = [headline(result.draw(r), targets, None, dry).set_index(["key", "region"]) for r in draws]
    return pd.DataFrame({r: table["value"] for r, table in zip(draws, tables, strict=True)})


def system_cost_variables(variables: Iterable[str]) -> tuple[str, ...]:
    """Return those whose sum is the system cost, bn CNY a year."""
    running = [name for name in variables if name.startswith(RUNNING_COST)]
    return (*running, *INVESTMENT)


def _key(name: str) -> str:
    """Return words as a key: lower case, joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def _labels(key: str, **values: object) -> tuple[str, str]:
    """Return the label of a headline figure in English and in Chinese."""
    return text("en", f"headline.{key}", values), text("zh", f"headline.{key}", values)


def _row(key: str, region: str, value: float, unit: str, **values: object) -> HeadlineRow:
    """Return a figure that is labelled by its own key; `values` fill the places of the label."""
    return HeadlineRow(key, *_labels(key, **values), region, value, unit)


def _counted(result: Measured, variable: str) -> pd.Series:
    path = result.path(variable)
    counted: pd.Series = path.loc[min(result.counted_from, path.index[-1]) :]
    return counted


def _year_of_maximum(path: pd.Series) -> int:
    return int(path.index[int(np.argmax(path.to_numpy()))])


def _milestones(path: pd.Series, targets: pd.DataFrame) -> Iterator[tuple[int, float]]:
    """Yield the years within the run that have an official target of emissions, and its last year."""
    official = targets.loc[targets["variable"].isin([PEAK_YEAR, NET_EMISSIONS]), "target_year"]
    for year in sorted({*official.astype(int), int(path.index[-1])}):
        if year in path.index:
            yield year, float(path[year])


def _emissions(result: Measured, targets: pd.DataFrame) -> Iterator[HeadlineRow]:
    for region in (result.region, *result.measures.regions[:-1]):
        path, unit = result.path(EMISSIONS, region), result.unit(EMISSIONS)
        peak = _year_of_maximum(path)
        yield _peak_year(region, peak, int(path.index[-1]), targets)
        yield _row("peak_level", region, float(path[peak]), unit)
    path = result.path(EMISSIONS)
    for year, value in _milestones(path, targets):
        yield HeadlineRow(f"emissions_{year}", *_labels("emissions", year=year), result.region, value, unit)
    counted = _counted(result, EMISSIONS)
    span = f"{counted.index[0]}-{counted.index[-1]}"
    total = float(counted.sum())
    yield _row("emissions_cumulative", result.region, total, _yearly_sum(unit), span=span)


def _peak_year(region: str, peak: int, last_year: int, targets: pd.DataFrame) -> HeadlineRow:
    row = _row("peak_year", region, peak, "year")
    named = targets[(targets["variable"] == PEAK_YEAR) & (targets["region"] == region)]
    if named.empty:
        return row
    target = int(named["value"].iloc[0])
    # Emissions still highest in the last year may rise further: before the target year that settles nothing.
    open_end = peak == last_year < target
    verdict = "" if open_end else MET if peak <= target else MISSED
    return row._replace(target=target, target_year=target, gap=peak - target, verdict=verdict)


def official(result: Measured, targets: pd.DataFrame) -> list[HeadlineRow]:
    """Return one row for every binding official target that the result measures, but for the peak year."""
    return [row for target in targets.itertuples() if (row := _official(result, target)) is not None]


def _official(result: Measured, target: Any) -> HeadlineRow | None:
    variable = EMISSIONS if target.variable == NET_EMISSIONS else target.variable
    known = variable in result.measures.variables and target.region in result.measures.regions
    year = int(target.target_year)
    if not known or target.binding != "yes" or year not in result.years:
        return None
    measured = _measured(result, variable, target)
    if measured is None:
        return None
    value, unit, factor = measured
    goal = float(target.value) * factor
    return HeadlineRow(
        key=_key(f"target {target.variable} {year}"),
        label_en=_target_label("en", target),
        label_zh=_target_label("zh", target),
        region=target.region,
        value=value,
        unit=unit,
        target=goal,
        target_year=year,
        gap=value - goal,
        verdict=_verdict(target.variable, value, goal),
    )


def _target_label(language: str, target: Any) -> str:
    """Return what a target is about and its year; as the pack says it where the catalogue has no word for it."""
    indicator = str(target.indicator)
    name = words(language).get(f"official.{_key(target.variable)}", indicator[:1].upper() + indicator[1:])
    return text(language, "headline.target", {"target": name, "year": int(target.target_year)})


def _measured(result: Measured, variable: str, target: Any) -> tuple[float, str, float] | None:
    """Return the value, its unit and the factor that brings the target to it; None if units do not fit."""
    path, unit = result.path(variable, target.region), result.unit(variable)
    year = int(target.target_year)
    if target.unit == CHANGE:
        base = int(target.base_year)
        return (100.0 * (path[year] / path[base] - 1.0), "%", 100.0) if base in path.index else None
    factor = 1.0 if target.unit == unit else PER_SHARE.get((target.unit, unit))
    return None if factor is None else (float(path[year]), unit, factor)


def _verdict(variable: str, value: float, goal: float) -> str:
    if variable == NET_EMISSIONS:
        return MET if value <= goal else NEEDS_SINKS
    met = value <= goal if variable.startswith(LESS_IS_BETTER) else value >= goal
    return MET if met else MISSED


def _system(result: Measured, targets: pd.DataFrame) -> Iterator[HeadlineRow]:
    captured, unit = result.path(CAPTURE), result.unit(CAPTURE)
    last = int(captured.index[-1])
    labels = _labels("captured", year=last)
    yield HeadlineRow(f"captured_{last}", *labels, result.region, float(captured[last]), unit)
    for year, value in _milestones(result.path(ELECTRICITY_PRICE), targets):
        labels = _labels("electricity_price", year=year)
        yield HeadlineRow(
            f"electricity_price_{year}", *labels, result.region, value, result.unit(ELECTRICITY_PRICE)
        )
    unserved = sum((result.path(variable) for variable in UNSERVED[1:]), result.path(UNSERVED[0]))
    worst = _year_of_maximum(unserved)
    short = unserved[worst] > 0.0
    labels = _labels("unserved_worst_year", year=worst) if short else _labels("unserved_worst")
    yield HeadlineRow(
        "unserved_worst", *labels, result.region, float(unserved[worst]), result.unit(UNSERVED[0])
    )


def _dry(result: Measured, dry: Collection[int] | None) -> Iterator[HeadlineRow]:
    for one in dry_years_of(result, dry):
        for key, value, unit in (
            ("dry_margin", one.margin_percent, "%"),
            ("dry_cut", one.industry_twh, "TWh"),
            ("dry_days", one.days, "d"),
        ):
            yield HeadlineRow(f"{key}_{one.year}", *_labels(key, year=one.year), one.province, value, unit)


def _money(result: Measured) -> Iterator[HeadlineRow]:
    counted = _counted(result, PUBLIC_MONEY)
    span = f"{counted.index[0]}-{counted.index[-1]}"
    unit = _yearly_sum(result.unit(PUBLIC_MONEY))
    spent = float(counted.sum()) + float(_counted(result, GIVEN_BACK).sum())
    revenue = float(_counted(result, CLIMATE_REVENUE).sum())
    yield _row("public_money_cumulative", result.region, spent, unit, span=span)
    yield _row("climate_revenue_cumulative", result.region, revenue, unit, span=span)
    yield _row("net_public_money_cumulative", result.region, spent - revenue, unit, span=span)
    captured = float(_counted(result, CAPTURE).sum())
    if captured > 0.0:
        paid = sum(float(_counted(result, variable).sum()) for variable in CAPTURE_SUPPORT)
        per_tonne = paid * BN_CNY_PER_MT / captured
        yield _row("subsidy_per_tonne_captured", result.region, per_tonne, PER_TONNE)
        avoided = float(_counted(result, AVOIDED).sum())
        per_tonne = paid * BN_CNY_PER_MT / avoided if avoided > 0.0 else math.nan
        yield _row("subsidy_per_tonne_capture_avoids", result.region, per_tonne, PER_TONNE)
        yield _row("capture_avoided_share", result.region, 100.0 * avoided / captured, "%", span=span)
        for key, variable in PLACED.items():
            share = 100.0 * float(_counted(result, variable).sum()) / captured
            yield _row(key, result.region, share, "%", span=span)


def _avoided_rows(avoided: Avoided, region: str) -> Iterator[HeadlineRow]:
    span = f"{avoided.first_year}-{avoided.last_year}"
    yield _row("avoided", region, avoided.mtco2.mean, "Mt CO2", span=span)
    for name in ("public_money", "net_public_money", "system_cost"):
        per_tonne = avoided.per_tonne_cny(getattr(avoided, f"{name}_bn_cny"))
        yield _row(f"{name}_per_tonne", region, per_tonne, PER_TONNE)


def _yearly_sum(unit: str) -> str:
    """Return the unit of a sum over years."""
    return unit.removesuffix("/yr")


def finding(frame: pd.DataFrame, language: str) -> str:
    """Return a headline table in one sentence, `language` being en or zh."""
    whole = frame["region"].iloc[0]  # the first rows are of the region, then those of its provinces follow
    rows = {row["key"]: row for row in frame[frame["region"] == whole].to_dict("records")}
    peak, level = rows["peak_year"]["value"], rows["peak_level"]["value"]
    last_year = max(int(key[10:]) for key in rows if re.fullmatch(r"emissions_\d{4}", key))
    end, short = rows[f"emissions_{last_year}"]["value"], rows["unserved_worst"]["value"]
    verdicts = frame["verdict"].tolist()
    met, judged = verdicts.count(MET), verdicts.count(MET) + verdicts.count(MISSED)
    shape = "still_rising" if int(peak) == last_year else "peaks"
    supply = "served" if short <= 0.0 else "short"
    values = {"year": int(peak), "level": level, "last": last_year, "end": end, "twh": short}
    parts = (f"sentence.{part}" for part in (shape, "targets", supply))
    said = "".join(text(language, part, {**values, "met": met, "judged": judged}) for part in parts)
    return said + _placed_words(rows, language)


def _placed_words(rows: Mapping[Any, Mapping[Any, Any]], language: str) -> str:
    """Say where captured CO2 went; nothing where none was captured."""
    if next(iter(PLACED)) not in rows:
        return ""
    stored, bound, released, vented = (rows[key]["value"] for key in PLACED)
    values = {"stored": stored, "sold": bound + released, "bound": bound, "vented": vented}
    return text(language, "sentence.placed", values)
