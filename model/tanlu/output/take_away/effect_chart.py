"""The emission path of a scenario against its baseline as an SVG that stands in a document."""

import math
from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.intervals import band, band_values
from tanlu.core.words import text
from tanlu.output.charts import BOTTOM, HEIGHT, LEFT, RIGHT, SMALL, WIDTH, Scale, axis_step
from tanlu.output.figures.paths import Paths
from tanlu.output.figures.quantities import EMISSION_AXIS, Axis, number

NOW_COLOUR, BASE_COLOUR, EFFECT_COLOUR = "#0b5cad", "#56606d", "#9cc4ea"
LABEL_GAP = 16.0


class EffectLines(NamedTuple):
    """What is drawn."""

    answer: Paths
    base: Paths | None  # what effects are measured against
    kind: str  # of that reference
    plain: Paths | None  # the baseline as it is, where the reference is that in other conditions


def effect_svg(effect_lines: EffectLines, language: str) -> str:
    """Draw the mean emissions, the shaded effect and a band of draws.

    The title says what share of draws the band holds.
    """
    answer, base, kind, plain = effect_lines
    mean = answer.emissions_mtco2.mean(axis=0)
    before = None if base is None else base.emissions_mtco2.mean(axis=0)
    lines = [paths.emissions_mtco2.mean(axis=0) for paths in (answer, base, plain) if paths is not None]
    highest = max(float(line.max()) for line in lines)
    step = axis_step(highest)
    scale = Scale(int(answer.years[0]), int(answer.years[-1]), math.ceil(highest / step) * step)
    axis = EMISSION_AXIS[language]
    draws = len(answer.emissions_mtco2)
    held = text(language, "take.chart_band", band_values(draws)) if draws > 1 else ""
    title = text(language, "take.chart", {"unit": axis["unit"], "band": held})
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' class='chart'>",
        f"<title>{escape(title)}</title><text x='{LEFT - 40}' y='30' {SMALL}>{escape(title)}</text>",
        *_axes(scale, step, axis),
    ]
    if base is not None and before is not None:
        parts.append(
            _area(scale, answer.years, mean, np.interp(answer.years, base.years, before), EFFECT_COLOUR, 0.55)
        )
    if draws > 1:
        low, high = band(answer.emissions_mtco2)
        parts.append(_area(scale, answer.years, low, high, NOW_COLOUR, 0.25))
    if base is not None and before is not None:
        parts.append(_line(scale, base.years, before, BASE_COLOUR, "6 4"))
    ends = {"take.scenario": (float(mean[-1]), NOW_COLOUR)}
    if before is not None:
        ends[f"reference.line_{kind}"] = float(before[-1]), BASE_COLOUR
    if plain is not None:
        usual = plain.emissions_mtco2.mean(axis=0)
        parts.append(_line(scale, plain.years, usual, BASE_COLOUR, "2 4"))
        ends["reference.line_baseline"] = float(usual[-1]), BASE_COLOUR
    parts.append(_line(scale, answer.years, mean, NOW_COLOUR, ""))
    return "\n".join([*parts, *_names(scale, ends, language), "</svg>"])


def _axes(scale: Scale, step: float, axis: Axis) -> Iterator[str]:
    for level in np.arange(0.0, scale.top_mt + 0.5 * step, step):
        y = scale.y(level)
        yield f"<path d='M{LEFT} {y}H{WIDTH - RIGHT}' stroke='#d9dde2'/>"
        level_text = number(level * axis["factor"], axis["digits"])
        yield f"<text x='{LEFT - 8}' y='{y + 4}' {SMALL} text-anchor='end'>{level_text}</text>"
    for year in range(-(-scale.first_year // 10) * 10, scale.last_year + 1, 10):
        yield f"<text x='{scale.x(year)}' y='{HEIGHT - BOTTOM + 22}' {SMALL} text-anchor='middle'>{year}</text>"


def _points(scale: Scale, years: np.ndarray, values: Floats) -> list[str]:
    return [f"{scale.x(year)} {scale.y(value)}" for year, value in zip(years, values, strict=True)]


def _area(scale: Scale, years: np.ndarray, upper: Floats, lower: Floats, colour: str, opacity: float) -> str:
    outline = "L".join(_points(scale, years, upper) + _points(scale, years, lower)[::-1])
    return f"<path d='M{outline}Z' fill='{colour}' opacity='{opacity}'/>"


def _line(scale: Scale, years: np.ndarray, values: Floats, colour: str, dash: str) -> str:
    path = "L".join(_points(scale, years, values))
    return f"<path d='M{path}' fill='none' stroke='{colour}' stroke-width='2.4' stroke-dasharray='{dash}'/>"


def _names(scale: Scale, ends: Mapping[str, tuple[float, str]], language: str) -> Iterator[str]:
    """Yield the names of the lines at their ends, without overlap."""
    x, y = WIDTH - RIGHT + 10, -math.inf
    for key, (level, colour) in sorted(ends.items(), key=lambda end: -end[1][0]):
        y = max(scale.y(level), y + LABEL_GAP)
        yield _name(x, y, colour, text(language, key))


def _name(x: float, y: float, colour: str, words: str) -> str:
    return f"<text x='{x}' y='{y + 4}' font-size='13' fill='{colour}'>{escape(words)}</text>"
