"""The few figures to look at first, each with its official target."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.words import text, words
from tanlu.output.differences import LEVEL_QUANTILES, effect_of
from tanlu.output.dry_years import dry_years_of
from tanlu.output.figures.avoided import cost_of_tonne_cny
from tanlu.output.figures.effects import COSTS, effects
from tanlu.output.figures.figure import PER_TONNE, Figure
from tanlu.output.figures.levels import TARIFFS, drawn_levels, levels
from tanlu.output.figures.paths import CAPTURE, ELECTRICITY_PRICE, EMISSIONS, paths_of
from tanlu.output.measured import Measured

AVOIDED = "Emissions Avoided|Carbon Capture"
CAPTURE_SUPPORT = (
    "Public Budget|Capture Subsidy",
    "Public Budget|Capture Contract",
    "Public Budget|Capture Grant",
)
# Where captured CO2 goes; the parts add up to all of it.
PLACED = {
    "captured_stored_share": "Carbon Capture|By Destination|Storage",
    "captured_bound_share": "Carbon Capture|By Destination|Usage|Permanent",
    "captured_released_share": "Carbon Capture|By Destination|Usage|Released",
    "captured_vented_share": "Carbon Capture|By Destination|Vented",
}
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


def headline(
    result: Measured,
    targets: pd.DataFrame,
    baseline: Measured | None = None,
    dry: Collection[int] | None = None,
) -> pd.DataFrame:
    """Return the headline figures, one row each: key, labels, region, value, unit, target, gap, verdict, p10, p90.

    Values are of the mean over draws; a tenth of the draws lie below p10, a tenth above p90 (NaN of one draw, and
    without a value, such as the cost of a tonne where the effect is within noise).

    Args:
        result: the result to sum up.
        targets: official targets as the region pack gives them (`targets.csv`).
        baseline: what to compare with; adds the CO2 avoided and its cost.
        dry: years of which to tell who was cut; by default those in which the scenario replays a drought.

    """
    paths = paths_of(result)
    found = levels(paths)
    rows = [*_emissions(result, targets), *_system(result, targets, found)]
    rows += [*_dry(result, dry), *_money(result, found)]
    if baseline is not None:
        rows += _against(effects(paths, paths_of(baseline)))
    rows += official(result, targets)
    frame = pd.DataFrame(rows, columns=HeadlineRow._fields)
    frame["target_year"] = frame["target_year"].astype("Int64")
    frame["p10"] = frame["p90"] = math.nan
    if len(result.measures.values) > 1:
        draws = headline_draws(result, targets, dry)
        frame[["p10", "p90"]] = _tenths(draws, pd.MultiIndex.from_frame(frame[["key", "region"]]))
        frame.loc[frame["value"].isna(), ["p10", "p90"]] = math.nan
    return frame


def _tenths(draws: pd.DataFrame, rows: pd.MultiIndex) -> np.ndarray:
    """Return what a tenth of the draws of each row lies below and above; NaN where a draw lacks it."""
    low, high = LEVEL_QUANTILES
    return draws.reindex(rows).quantile([low, high], axis="columns").to_numpy().T


def headline_draws(
    result: Measured, targets: pd.DataFrame, dry: Collection[int] | None = None
) -> pd.DataFrame:
    """Return the headline figures of every draw: one row a key and region, one column a replication.

    Extremes are of the year that is shown, in which the mean over draws has them: a draw has extremes of its own. Only
    the year of the peak of emissions is of each draw, since chance moves the year itself.
    """
    draws = range(len(result.measures.values))
    tables = [headline(result.draw(r), targets, None, dry).set_index(["key", "region"]) for r in draws]
    found = pd.DataFrame({r: table["value"] for r, table in zip(draws, tables, strict=True)})
    for about, values in drawn_levels(paths_of(result)):
        if (about.key, about.region) in found.index:
            found.loc[(about.key, about.region)] = values
    for region in result.measures.regions:
        at = result.years == _year_of_maximum(result.path(EMISSIONS, region))
        found.loc[("peak_level", region)] = result.draws(EMISSIONS, region)[:, at].ravel()
    return found


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


def _counted_draws(result: Measured, variable: str) -> Floats:
    """Sum a variable over the years that count, in every draw [R]."""
    counted = result.years >= min(result.counted_from, int(result.years[-1]))
    return np.asarray(result.draws(variable)[:, counted].sum(axis=1))


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
    for year, value in _milestones(result.path(EMISSIONS), targets):
        unit = result.unit(EMISSIONS)
        yield HeadlineRow(f"emissions_{year}", *_labels("emissions", year=year), result.region, value, unit)


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


def peak_years(result: Measured, targets: pd.DataFrame) -> list[HeadlineRow]:
    """Return the peak year of each province with its official target."""
    paths = {region: result.path(EMISSIONS, region) for region in result.measures.regions[:-1]}
    last = int(result.years[-1])
    return [_peak_year(region, _year_of_maximum(path), last, targets) for region, path in paths.items()]


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


def _system(result: Measured, targets: pd.DataFrame, found: Mapping[str, Figure]) -> Iterator[HeadlineRow]:
    yield _of_figure(found["emissions_cumulative"])
    last = int(result.years[-1])
    yield _of_figure(found[f"captured_{last}"], "captured")
    yield _of_figure(found["captured_cumulative"])
    if found["captured_peak"].value > 0.0:
        yield _of_figure(found["captured_peak"])
    for year, value in _milestones(result.path(ELECTRICITY_PRICE), targets):
        labels = _labels("electricity_price", year=year)
        yield HeadlineRow(
            f"electricity_price_{year}", *labels, result.region, value, result.unit(ELECTRICITY_PRICE)
        )
    yield _of_figure(found["tariff_household_highest"])
    yield _of_figure(found["tariff_industry_highest"])
    worst = found["shortage_worst"]
    yield _of_figure(worst, "shortage_worst_year" if worst.value > 0.0 else "shortage_worst")


def _of_figure(figure: Figure, label: str = "") -> HeadlineRow:
    """Return the row of a figure, labelled by its own key unless another is given."""
    labels = _labels(label or figure.key, span=figure.window, year=figure.window)
    return HeadlineRow(figure.key, *labels, figure.region, figure.value, figure.unit)


def _dry(result: Measured, dry: Collection[int] | None) -> Iterator[HeadlineRow]:
    for one in dry_years_of(result, dry):
        for key, value, unit in (
            ("dry_margin", one.margin_percent, "%"),
            ("dry_cut", one.industry_twh, "TWh"),
            ("dry_days", one.days, "d"),
        ):
            yield HeadlineRow(f"{key}_{one.year}", *_labels(key, year=one.year), one.province, value, unit)


def _money(result: Measured, found: Mapping[str, Figure]) -> Iterator[HeadlineRow]:
    for name in ("public_money", "climate_revenue", "net_public_money"):
        yield _of_figure(found[f"{name}_cumulative"])
    span = found["public_money_cumulative"].window
    captured = float(_counted(result, CAPTURE).sum())
    if captured > 0.0:
        paid = sum(float(_counted(result, variable).sum()) for variable in CAPTURE_SUPPORT)
        avoided = float(_counted(result, AVOIDED).sum())
        for key, variable in (
            ("subsidy_per_tonne_captured", CAPTURE),
            ("subsidy_per_tonne_capture_avoids", AVOIDED),
        ):
            effect = effect_of(_counted_draws(result, variable), unchanged=False)
            yield _row(key, result.region, cost_of_tonne_cny(paid, effect), PER_TONNE)
        yield _row("capture_avoided_share", result.region, 100.0 * avoided / captured, "%", span=span)
        for key, variable in PLACED.items():
            share = 100.0 * float(_counted(result, variable).sum()) / captured
            yield _row(key, result.region, share, "%", span=span)


def _against(found: Mapping[str, Figure]) -> Iterator[HeadlineRow]:
    """Yield what differs from the baseline."""
    names = (
        "avoided",
        *(f"{name}_per_tonne" for name in COSTS),
        *(f"tariff_{name}_rise" for name in TARIFFS),
    )
    for name in names:
        yield _of_figure(found[name])


def finding(frame: pd.DataFrame, language: str) -> str:
    """Return a headline table in one sentence, `language` being en or zh."""
    whole = frame["region"].iloc[0]  # the first rows are of the region, then those of its provinces follow
    rows = {row["key"]: row for row in frame[frame["region"] == whole].to_dict("records")}
    peak, level = rows["peak_year"]["value"], rows["peak_level"]["value"]
    last_year = max(int(key[10:]) for key in rows if re.fullmatch(r"emissions_\d{4}", key))
    end, short = rows[f"emissions_{last_year}"]["value"], rows["shortage_worst"]["value"]
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
