"""The few figures to look at first, each with its official target."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.intervals import BAND_COLUMNS, RARE_COLUMNS, band, held_percent, rare_outcome
from tanlu.core.words import LANGUAGES, text
from tanlu.core.words.numbers import PER_BILLION, PER_MILLION
from tanlu.indicators.book import BOOK_PARTS, DECIDED, TYPED
from tanlu.indicators.catalogue import is_rare
from tanlu.output.aims import MET, MISSED, Aim, judge_aims
from tanlu.output.book import UNIT as BOOK_UNIT
from tanlu.output.book import book_of
from tanlu.output.differences import effect_of
from tanlu.output.dry_years import dry_years_of
from tanlu.output.figures.avoidance import cost_of_tonne_cny
from tanlu.output.figures.effects import COSTS, effects
from tanlu.output.figures.figure import PER_TONNE, Figure
from tanlu.output.figures.levels import TARIFFS, drawn_levels, levels
from tanlu.output.figures.paths import CAPTURE, ELECTRICITY_PRICE, EMISSIONS, paths_of
from tanlu.output.measures import Measured
from tanlu.output.promises import broken_promises
from tanlu.output.regulators.joint import list_members
from tanlu.output.regulators.reviews import reviews_of, title_instrument
from tanlu.records.carbon_tables.classes import COAL_PAYS
from tanlu.records.carbon_tables.price import MARKET_PRICE
from tanlu.region.official_aims import NET_EMISSIONS, PEAK_KEY, PEAK_YEAR

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
WIND = "Capacity|Electricity|Wind"


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
    reason: str = ""  # why an aim has no verdict
    met_count: int | None = None  # draws in which an aim is met
    draw_count: int | None = None
    rare: bool = False  # nothing in most draws, so that few do not know its mean


def headline(
    result: Measured,
    targets: pd.DataFrame,
    baseline: Measured | None = None,
    dry: Collection[int] | None = None,
) -> pd.DataFrame:
    """Build the table of headline figures, one row each.

    Columns: key, labels, region, value, unit, target, gap, verdict, reason, met and all draws, band_low, band_high,
    band_percent. Values are of the mean over draws; a further draw lies between the ends of the band in so many percent
    of cases (NaN of one draw, and without a value, such as the cost of a tonne where the effect is within noise). Of a
    rare outcome: rare_count of rare_draws have it; their median with the ends of its interval; the largest.

    Args:
        result: the result to sum up.
        targets: official targets as the region pack gives them (`targets.csv`).
        baseline: what to compare with; adds the CO2 avoided and its cost.
        dry: years of which to tell who was cut; by default those in which the scenario replays a drought.

    """
    paths = paths_of(result)
    figures = levels(paths)
    aims = judge_aims(result, targets, paths.open_from)
    rows = [*_emissions(result, targets, aims), *_book(result), *_system(result, targets, figures)]
    rows += [
        *_dry(result, dry),
        *_reviews(result),
        *_joint(result),
        *_promises(result),
        *_money(result, figures),
    ]
    if baseline is not None:
        rows += _against(effects(paths, paths_of(baseline)))
    rows += _official(aims, result.measures.regions)
    frame = pd.DataFrame(rows, columns=HeadlineRow._fields)
    for column in ("target_year", "met_count", "draw_count"):
        frame[column] = frame[column].astype("Int64")
    frame[[*BAND_COLUMNS, *RARE_COLUMNS]] = math.nan
    if (number := len(result.measures.values)) > 1:
        table = headline_draws(result, targets, dry).reindex(
            pd.MultiIndex.from_frame(frame[["key", "region"]])
        )
        draws = table.to_numpy(float)
        frame["band_low"], frame["band_high"] = band(draws.T)
        frame["band_percent"] = held_percent(number)
        for row in np.flatnonzero(frame["rare"] & np.isfinite(draws).all(axis=1)):
            frame.loc[row, list(RARE_COLUMNS)] = [*rare_outcome(draws[row])]
        frame.loc[frame["value"].isna() | frame["band_low"].isna(), list(BAND_COLUMNS)] = math.nan
    return frame


def headline_draws(
    result: Measured, targets: pd.DataFrame, dry: Collection[int] | None = None
) -> pd.DataFrame:
    """Build the headline figures of every draw.

    One row a key and region, one column a replication.
    Extremes are of the year that is shown, in which the mean over draws has them: a draw has extremes of its own. Only
    the year of the peak of emissions is of each draw, since chance moves the year itself.
    """
    draws = range(len(result.measures.values))
    tables = [headline(result.draw(r), targets, None, dry).set_index(["key", "region"]) for r in draws]
    draws_by_row = pd.DataFrame({r: table["value"] for r, table in zip(draws, tables, strict=True)})
    for topic, values in drawn_levels(paths_of(result)):
        if (topic.key, topic.region) in draws_by_row.index:
            draws_by_row.loc[(topic.key, topic.region)] = values
    for region in result.measures.regions:
        is_peak_year = result.years == _year_of_maximum(result.path(EMISSIONS, region))
        draws_by_row.loc[("peak_level", region)] = result.draws(EMISSIONS, region)[:, is_peak_year].ravel()
    return draws_by_row


def _labels(key: str, **values: object) -> tuple[str, str]:
    """Write the label of a headline figure in English and in Chinese."""
    return text("en", f"headline.{key}", values), text("zh", f"headline.{key}", values)


def _row(key: str, region: str, value: float, unit: str, **values: object) -> HeadlineRow:
    """Build a row labelled by its key; `values` fill the label's places."""
    return HeadlineRow(key, *_labels(key, **values), region, value, unit)


def _path_of_sums(result: Measured, variable: str) -> pd.Series:
    path = result.path(variable)
    counted_path: pd.Series = path.loc[min(result.counted_from, path.index[-1]) :]
    return counted_path


def _counted_draws(result: Measured, variable: str) -> Floats:
    """Sum a variable over the years that count, in every draw [R]."""
    is_counted = result.years >= min(result.counted_from, int(result.years[-1]))
    return np.asarray(result.draws(variable)[:, is_counted].sum(axis=1))


def _year_of_maximum(path: pd.Series) -> int:
    return int(path.index[int(np.argmax(path.to_numpy()))])


def _milestones(path: pd.Series, targets: pd.DataFrame) -> Iterator[tuple[int, float]]:
    """Yield the target years of emissions within the run, and its last year."""
    official = targets.loc[targets["variable"].isin([PEAK_YEAR, NET_EMISSIONS]), "target_year"]
    for year in sorted({*official.astype(int), int(path.index[-1])}):
        if year in path.index:
            yield year, float(path[year])


def _emissions(result: Measured, targets: pd.DataFrame, aims: Sequence[Aim]) -> Iterator[HeadlineRow]:
    for region in (result.region, *result.measures.regions[:-1]):
        path, unit = result.path(EMISSIONS, region), result.unit(EMISSIONS)
        peak = _year_of_maximum(path)
        yield _peak_year(region, peak, aims)
        yield _row("peak_level", region, float(path[peak]), unit)
    for year, value in _milestones(result.path(EMISSIONS), targets):
        unit = result.unit(EMISSIONS)
        yield HeadlineRow(f"emissions_{year}", *_labels("emissions", year=year), result.region, value, unit)


def _book(result: Measured) -> Iterator[HeadlineRow]:
    """Yield the change of emissions since the statistics: typed in by factor, and decided."""
    book = book_of(result)
    if book is None:
        return
    typed = {part.key: book.parts_mtco2[part.variable] for part in BOOK_PARTS if part.mark == TYPED}
    rows = {"change": book.change_mtco2, **typed, "decided": book.sum_of(DECIDED)}
    for key, value in rows.items():
        yield _row(f"book_{key}", result.region, value, BOOK_UNIT, span=book.span)


def _peak_year(region: str, peak: int, aims: Iterable[Aim]) -> HeadlineRow:
    """Build the row of a region's peak year, with its aim if it has one."""
    row = _row(PEAK_KEY, region, peak, "year")
    aim = next((aim for aim in aims if aim.key == PEAK_KEY and aim.region == region), None)
    return row if aim is None else _add_aim(row, aim)


def _add_aim(row: HeadlineRow, aim: Aim) -> HeadlineRow:
    """Add what an official aim asks for and what becomes of it."""
    return row._replace(
        target=aim.goal,
        target_year=aim.year,
        gap=aim.gap,
        verdict=aim.verdict,
        reason=aim.reason,
        met_count=aim.met_count,
        draw_count=aim.draw_count,
    )


def _official(aims: Iterable[Aim], regions: Collection[str]) -> list[HeadlineRow]:
    """Build a row for every official aim of a region that is measured.

    The peak year has a row of its own.
    """
    return [
        _add_aim(HeadlineRow(aim.key, aim.label["en"], aim.label["zh"], aim.region, aim.value, aim.unit), aim)
        for aim in aims
        if aim.key != PEAK_KEY and aim.region in regions and not math.isnan(aim.value)
    ]


def _system(result: Measured, targets: pd.DataFrame, figures: Mapping[str, Figure]) -> Iterator[HeadlineRow]:
    yield _of_figure(figures["emissions_cumulative"])
    last = int(result.years[-1])
    yield _of_figure(figures[f"captured_{last}"], "captured")
    yield _of_figure(figures["captured_cumulative"])
    if figures["captured_peak"].value > 0.0:
        yield _of_figure(figures["captured_peak"])
    for year, value in _milestones(result.path(ELECTRICITY_PRICE), targets):
        labels = _labels("electricity_price", year=year)
        yield HeadlineRow(
            f"electricity_price_{year}", *labels, result.region, value, result.unit(ELECTRICITY_PRICE)
        )
    for year, value in _milestones(result.path(MARKET_PRICE), targets):
        labels = _labels("carbon_price", year=year)
        yield HeadlineRow(f"carbon_price_{year}", *labels, result.region, value, result.unit(MARKET_PRICE))
    paid = float(result.path(COAL_PAYS)[last])
    yield _row("coal_pays", result.region, paid, result.unit(COAL_PAYS), year=last)
    if WIND in result.measures.variables:
        key, value = f"wind_power_{result.scenario.world.wind_potential}", float(result.path(WIND)[last])
        yield _row(key, result.region, value, result.unit(WIND), year=last)
    yield _of_figure(figures["tariff_household_highest"])
    yield _of_figure(figures["tariff_industry_highest"])
    worst = figures["shortage_worst"]
    yield _of_figure(worst, "shortage_worst_year" if worst.value > 0.0 else "shortage_worst")
    yield _of_figure(figures["expected_shortage_worst"], "expected_shortage_worst")


def _of_figure(figure: Figure, label: str = "") -> HeadlineRow:
    """Build the row of a figure, labelled by its key unless given."""
    labels = _labels(label or figure.key, span=figure.window, year=figure.window)
    rare = is_rare(figure.indicator)
    return HeadlineRow(figure.key, *labels, figure.region, figure.value, figure.unit, rare=rare)


def _dry(result: Measured, dry: Collection[int] | None) -> Iterator[HeadlineRow]:
    for dry_province in dry_years_of(result, dry):
        for key, value, unit in (
            ("dry_margin", dry_province.margin_percent, "%"),
            ("dry_cut", dry_province.industry_twh, "TWh"),
            ("dry_days", dry_province.days, "d"),
        ):
            yield HeadlineRow(
                f"{key}_{dry_province.year}",
                *_labels(key, year=dry_province.year),
                dry_province.province,
                value,
                unit,
                rare=key != "dry_margin",  # who is cut, and on how many days
            )


def _reviews(result: Measured) -> Iterator[HeadlineRow]:
    """Yield what became of reviewed instruments and aims."""
    for reviews in reviews_of(result):
        for instrument in reviews.instruments:
            titles = [title_instrument(result.scenario, instrument.name, language) for language in LANGUAGES]
            label_en, label_zh = (
                text(language, "headline.review_value", {"name": title, "year": instrument.last_year})
                for language, title in zip(LANGUAGES, titles, strict=True)
            )
            key = f"review_value_{instrument.name}"
            yield HeadlineRow(key, label_en, label_zh, reviews.place, instrument.last, instrument.unit)
        for aims in reviews.aims:
            name, *_ = aims.names
            labels = _labels("review_miss", name=name, span=aims.span)
            yield HeadlineRow(f"review_miss_{name}", *labels, reviews.place, aims.miss, aims.unit)
            if aims.out_of_reach_years:
                labels = _labels("review_out_of_reach", name=name, year=aims.out_of_reach_years[-1])
                key, gap = f"review_out_of_reach_{name}", aims.out_of_reach_by
                yield HeadlineRow(key, *labels, reviews.place, gap, aims.unit)


def _joint(result: Measured) -> Iterator[HeadlineRow]:
    """Yield what members of a joint office get from the others."""
    labels = _labels("review_joint_payment", span=f"{result.counted_from}-{result.years[-1]}")
    for member in list_members(result):
        value = member.payment_bn_cny
        yield HeadlineRow("review_joint_payment", *labels, member.province, value, "bn CNY2020")


def _promises(result: Measured) -> Iterator[HeadlineRow]:
    """Yield what governments took back of what they had announced."""
    for promise in broken_promises(result):
        labels = _labels("promise_broken", year=promise.year)
        yield HeadlineRow(
            f"promise_broken_{promise.year}", *labels, promise.province, promise.share_percent, "%"
        )


def _money(result: Measured, figures: Mapping[str, Figure]) -> Iterator[HeadlineRow]:
    for name in ("public_money", "climate_revenue", "net_public_money"):
        yield _of_figure(figures[f"{name}_cumulative"])
    span = figures["public_money_cumulative"].window
    captured = float(_path_of_sums(result, CAPTURE).sum())
    if captured > 0.0:
        support_bn_cny = sum(float(_path_of_sums(result, variable).sum()) for variable in CAPTURE_SUPPORT)
        effect = effect_of(_counted_draws(result, CAPTURE), unchanged=False)
        per_tonne_cny = cost_of_tonne_cny(support_bn_cny, effect)
        yield _row("subsidy_per_tonne_captured", result.region, per_tonne_cny, PER_TONNE)
        for key, variable in PLACED.items():
            share = 100.0 * float(_path_of_sums(result, variable).sum()) / captured
            yield _row(key, result.region, share, "%", span=span)


def _against(figures: Mapping[str, Figure]) -> Iterator[HeadlineRow]:
    """Yield the rows of differences to the baseline."""
    has_capture = figures["sequestered_more"].value != 0.0
    names = (
        "avoided",
        "elsewhere",
        "elsewhere_share",
        "avoided_with_imports",
        *(("freed", "used_by_others") if figures["freed"].value != 0.0 else ()),
        *(("sequestered_more", "rebound", "rebound_with_imports") if has_capture else ()),
        *(f"{name}_per_tonne" for name in COSTS),
        *(f"tariff_{name}_rise" for name in TARIFFS),
    )
    for name in names:
        yield _of_figure(figures[name])


def finding(frame: pd.DataFrame, language: str) -> str:
    """Write a headline table as one sentence in a language, en or zh."""
    whole = frame["region"].iloc[0]  # the first rows are of the region, then those of its provinces follow
    rows = {row["key"]: row for row in frame[frame["region"] == whole].to_dict("records")}
    peak, level = rows["peak_year"]["value"], rows["peak_level"]["value"]
    last_year = max(int(key[10:]) for key in rows if re.fullmatch(r"emissions_\d{4}", key))
    end, short = rows[f"emissions_{last_year}"]["value"], rows["shortage_worst"]["value"]
    verdicts = frame["verdict"].tolist()
    met_count, judged_count = verdicts.count(MET), verdicts.count(MET) + verdicts.count(MISSED)
    shape = "still_rising" if int(peak) == last_year else "peaks"
    supply = "served" if short <= 0.0 else "short"
    values = {
        "year": int(peak),
        "level": PER_MILLION[language] * level,
        "last": last_year,
        "end": PER_MILLION[language] * end,
        "twh": PER_BILLION[language] * short,
    }
    parts = (f"sentence.{part}" for part in (shape, *(["targets"] if judged_count else []), supply))
    sentence = "".join(
        text(language, part, {**values, "met": met_count, "judged": judged_count}) for part in parts
    )
    return sentence + _placed_words(rows, language)


def _placed_words(rows: Mapping[Any, Mapping[Any, Any]], language: str) -> str:
    """Say where captured CO2 went; nothing where none was captured."""
    if next(iter(PLACED)) not in rows:
        return ""
    stored_percent, bound_percent, released_percent, vented_percent = (rows[key]["value"] for key in PLACED)
    values = {
        "stored": stored_percent,
        "sold": bound_percent + released_percent,
        "bound": bound_percent,
        "vented": vented_percent,
    }
    return text(language, "sentence.placed", values)
