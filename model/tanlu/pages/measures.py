"""The headline measures of one answer, as cards and as sentences."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypedDict

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.indicators.free_years import step_in_words
from tanlu.output import charts, dry_years
from tanlu.output.figures import quantities
from tanlu.output.figures.paths import CAPTURE, CLIMATE_REVENUE, ELECTRICITY_PRICE, GIVEN_BACK, PUBLIC_MONEY
from tanlu.output.figures.quantities import Quantity
from tanlu.output.free_years import named_steps
from tanlu.pages.service import AnswerView, Service, Target

FIRST, LAST = 2025, 2060  # as the texts of the page say
PRICE_YEAR = 2035
WORTH_NAMING = 0.05  # share of a change below which a sector is left out of the sentence


class KeyMeasures(NamedTuple):
    """What a policymaker reads first."""

    peak_year: int
    peak_mt: float
    level_2030_mt: float
    level_2060_mt: float
    cumulative_mt: float  # 2025 to 2060
    captured_2060_mt: float
    public_money_bn_cny: float  # paid or given back 2025 to 2060, CNY of 2020
    climate_revenue_bn_cny: float  # what climate policy brings governments 2025 to 2060
    electricity_price_cny_per_mwh: float  # of 2035


class Card(TypedDict):
    """One measure as it is shown."""

    key: str
    label: str
    value: str
    unit: str
    note: str
    verdict: str  # "met", "missed", "needs_sinks" or ""
    change: str  # against the baseline, "" where no lever was moved


def measure(view: AnswerView) -> KeyMeasures:
    """Compute the headline measures of one answer for the whole region."""
    years = np.asarray(view.years, dtype=np.float64)
    total = view.path(charts.TOTAL)
    window = (years >= FIRST) & (years <= LAST)
    peak = int(np.argmax(total))
    return KeyMeasures(
        peak_year=int(years[peak]),
        peak_mt=float(total[peak]),
        level_2030_mt=at(years, total, 2030),
        level_2060_mt=at(years, total, LAST),
        cumulative_mt=float(total[window].sum()),
        captured_2060_mt=at(years, view.path(CAPTURE), LAST),
        public_money_bn_cny=float((view.path(PUBLIC_MONEY) + view.path(GIVEN_BACK))[window].sum()),
        climate_revenue_bn_cny=float(view.path(CLIMATE_REVENUE)[window].sum()),
        electricity_price_cny_per_mwh=at(years, view.path(ELECTRICITY_PRICE), PRICE_YEAR),
    )


def at(years: Floats, values: Floats, year: int) -> float:
    """Return the value of one year, or of the nearest year the answer holds."""
    return float(values[np.argmin(np.abs(years - year))])


class MeasureKind(NamedTuple):
    """How one measure is shown."""

    key: str
    field: str
    write: Callable[[float, str], Quantity]
    target_year: int = 0  # 0: no official aim to be held against
    note: str = ""  # key of a text, where there is no aim


KINDS = (
    MeasureKind("level_2030", "level_2030_mt", quantities.emission, 2030),
    MeasureKind("level_2060", "level_2060_mt", quantities.emission, LAST),
    MeasureKind("cumulative", "cumulative_mt", quantities.emission),
    MeasureKind("captured", "captured_2060_mt", quantities.emission),
    MeasureKind("public_money", "public_money_bn_cny", quantities.money, note="kpi.public_money_note"),
    MeasureKind(
        "electricity_price",
        "electricity_price_cny_per_mwh",
        quantities.electricity_price,
        note="kpi.price_note",
    ),
)


def cards(
    now: KeyMeasures, base: KeyMeasures, targets: Sequence[Target], language: str, moved: bool
) -> list[Card]:
    """Return the cards in the order of the page; `moved` tells whether to compare with the baseline."""
    quantity_cards = [quantity_card(kind, now, base, targets, language, moved) for kind in KINDS]
    return [peak_card(now, base, targets, language, moved), *quantity_cards]


def quantity_card(
    kind: MeasureKind,
    now: KeyMeasures,
    base: KeyMeasures,
    targets: Sequence[Target],
    language: str,
    moved: bool,
) -> Card:
    """Return the card of a measure that is an amount or a price."""
    value, before = getattr(now, kind.field), getattr(base, kind.field)
    shown = kind.write(value, language)
    note, verdict = against_level(value, targets, kind.target_year, language)
    change = kind.write(value - before, language)
    same_unit = Quantity(change.number, "") if change.unit == shown.unit else change
    return {
        "key": kind.key,
        "label": text(language, f"kpi.{kind.key}"),
        "value": shown.number,
        "unit": shown.unit,
        "note": text(language, kind.note, money_words(now, language)) if kind.note else note,
        "verdict": verdict,
        "change": quantities.signed(same_unit) if moved else "",
    }


def money_words(now: KeyMeasures, language: str) -> dict[str, Quantity]:
    """Return what a note on money may name: what climate policy brings, and what it costs governments net of that."""
    net = now.public_money_bn_cny - now.climate_revenue_bn_cny
    return {
        "revenue": quantities.money(now.climate_revenue_bn_cny, language),
        "net": quantities.money(net, language),
    }


def against_level(mt: float, targets: Sequence[Target], year: int, language: str) -> tuple[str, str]:
    """Return what to say of an emission level and the official one of that year, and the verdict.

    Official levels are net of sinks, which the model leaves out: what lies above them may still be met.
    """
    aim = next((target for target in targets if target.kind == "level" and target.year == year), None)
    if year and aim is None:
        return text(language, "target.none"), ""
    if aim is None:
        return "", ""
    key = "target.net_zero" if aim.level_mt == 0 else "target.level"
    note = text(language, key, {"level": quantities.emission(aim.level_mt, language)})
    return note, "met" if mt <= aim.level_mt else "needs_sinks"


def peak_card(
    now: KeyMeasures, base: KeyMeasures, targets: Sequence[Target], language: str, moved: bool
) -> Card:
    """Return the card of the peak year and level."""
    aim = next((target for target in targets if target.kind == "peak"), None)
    verdict = "" if aim is None else "met" if now.peak_year <= aim.year else "missed"
    later = now.peak_year - base.peak_year
    level = text(language, "kpi.at_level", {"level": quantities.emission(now.peak_mt, language)})
    note = "" if aim is None else text(language, "target.peak", {"year": aim.year})
    years = Quantity(quantities.number(later, 0), text(language, "unit.years"))
    return {
        "key": "peak",
        "label": text(language, "kpi.peak"),
        "value": str(now.peak_year),
        "unit": level,
        "note": note,
        "verdict": verdict,
        "change": quantities.signed(years) if moved else "",
    }


def finding(now: KeyMeasures, base: KeyMeasures, language: str, moved: bool) -> str:
    """Return the sentence above the chart: what the answer shows."""
    less = base.cumulative_mt - now.cumulative_mt
    values = {
        "peak": now.peak_year,
        "level": quantities.emission(now.level_2060_mt, language),
        "share": quantities.number(100 * abs(less) / base.cumulative_mt, 1),
    }
    start = text(language, "finding.start", values)
    if not moved:
        return start
    return start + text(language, "finding.less" if less >= 0 else "finding.more", values)


def in_words(now: AnswerView, base: AnswerView, language: str) -> str:
    """Return the sentence below the chart: where the levers changed emissions most."""
    here, there = (charts.emission_path(view.wide, charts.SECTOR_LAYERS, view.region) for view in (now, base))
    window = slice(now.years.index(FIRST), None)
    saved = np.subtract(there["layers"], here["layers"])[:, window].sum(axis=1)
    total = float(base.path(charts.TOTAL)[window].sum() - now.path(charts.TOTAL)[window].sum())
    if abs(total) < 0.5:
        return text(language, "words.nothing")
    order = np.argsort(-saved * np.sign(total))[:2]
    first, second = (abs(float(saved[i])) for i in order)
    names = [text(language, f"layer.{charts.SECTOR_LAYERS[i].key}").lower() for i in order]
    values = {
        "first": names[0],
        "first_mt": quantities.emission(first, language),
        "second": names[1],
        "second_mt": quantities.emission(second, language),
        "total": quantities.emission(abs(total), language),
    }
    key = "words.less" if total > 0 else "words.more"
    alone = second < WORTH_NAMING * abs(total) or saved[order[1]] * total < 0
    return text(language, f"{key}_in_one" if alone else key, values)


def dry_years_in_words(view: AnswerView, service: Service, language: str) -> tuple[str, ...]:
    """Say who was cut in the years in which the answer's scenario replays a drought, or with what margin nobody was."""
    world = service.presets[view.levers.scenario].content["world"]
    if not view.variables >= dry_years.NEEDED:
        return ()
    found = dry_years.dry_years(
        lambda variable, region: charts.series(view.wide, variable, region),
        service.axes.provinces,
        view.years,
        (int(year) for year in world["drought"]),  # type: ignore[index]
    )
    return dry_years.in_words(found, service.axes.labels, language)


def free_years_in_words(view: AnswerView, service: Service, language: str) -> list[str]:
    """Say what moved coal power where statistics end, a sentence for each year beyond its bar."""
    steps = named_steps(
        lambda variable, region: charts.series(view.wide, variable, region),
        view.variables,
        service.axes.regions,
        view.years,
        service.last_observed_year,
    )
    return [step_in_words(step, language) for step in steps]
