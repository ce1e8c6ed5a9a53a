"""The emission path of a scenario against its baseline as an SVG that stands in a document."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.intervals import band, band_values
from tanlu.core.words import text
from tanlu.output.figures.paths import Paths
from tanlu.output.figures.picture import (
    EndName,
    LegendItem,
    Picture,
    Scale,
    end_names,
    framed_svg,
    grid,
    scale_to,
    write_subtitle,
)
from tanlu.output.figures.quantities import EMISSION_AXIS

NOW_COLOUR, BASE_COLOUR, EFFECT_COLOUR = "#0b5cad", "#56606d", "#9cc4ea"
EFFECT_OPACITY, BAND_OPACITY = 0.55, 0.25


class EffectLines(NamedTuple):
    """What is drawn, and what the frame says of it."""

    answer: Paths
    base: Paths | None  # what effects are measured against
    kind: str  # of that reference
    plain: Paths | None  # the baseline as it is, where the reference is that in other conditions
    scenario: str
    place: str
    version: str


def effect_svg(effect_lines: EffectLines, language: str) -> str:
    """Draw the mean emissions, the shaded effect and a band of draws.

    The legend says what share of draws the band holds.
    """
    answer, base, plain = effect_lines.answer, effect_lines.base, effect_lines.plain
    mean = answer.emissions_mtco2.mean(axis=0)
    lines = [paths.emissions_mtco2.mean(axis=0) for paths in (answer, base, plain) if paths is not None]
    draws = len(answer.emissions_mtco2)
    low, high = band(answer.emissions_mtco2) if draws > 1 else (mean, mean)
    highest = max(float(line.max()) for line in (*lines, high))
    scale = scale_to(int(answer.years[0]), int(answer.years[-1]), highest)
    axis = EMISSION_AXIS[language]
    parts = [*grid(scale, axis)]
    legend = []
    ends = [EndName(text(language, "take.scenario"), NOW_COLOUR, scale.y(mean[-1]))]
    if base is not None:
        before = base.emissions_mtco2.mean(axis=0)
        same_years = np.interp(answer.years, base.years, before)
        parts.append(_area(scale, answer.years, mean, same_years, EFFECT_COLOUR, EFFECT_OPACITY))
        parts.append(_line(scale, base.years, before, BASE_COLOUR, "6 4"))
        legend.append(LegendItem(text(language, "take.chart_effect"), EFFECT_COLOUR, EFFECT_OPACITY))
        kind = text(language, f"reference.line_{effect_lines.kind}")
        ends.append(EndName(kind, BASE_COLOUR, scale.y(before[-1])))
    if draws > 1:
        parts.append(_area(scale, answer.years, low, high, NOW_COLOUR, BAND_OPACITY))
        held = text(language, "take.chart_band", band_values(draws))
        legend.append(LegendItem(held, NOW_COLOUR, BAND_OPACITY))
    if plain is not None:
        usual = plain.emissions_mtco2.mean(axis=0)
        parts.append(_line(scale, plain.years, usual, BASE_COLOUR, "2 4"))
        ends.append(EndName(text(language, "reference.line_baseline"), BASE_COLOUR, scale.y(usual[-1])))
    parts.append(_line(scale, answer.years, mean, NOW_COLOUR, ""))
    picture = Picture(
        title=text(language, "take.chart"),
        subtitle=write_subtitle(effect_lines.scenario, effect_lines.place, axis["unit"], draws, language),
        legend=tuple(legend),
        source=text(language, "take.made", {"version": effect_lines.version}),
    )
    return framed_svg(picture, [*parts, *end_names(ends)])


def _points(scale: Scale, years: np.ndarray, values: Floats) -> list[str]:
    return [f"{scale.x(year)} {scale.y(value)}" for year, value in zip(years, values, strict=True)]


def _area(scale: Scale, years: np.ndarray, upper: Floats, lower: Floats, colour: str, opacity: float) -> str:
    outline = "L".join(_points(scale, years, upper) + _points(scale, years, lower)[::-1])
    return f"<path d='M{outline}Z' fill='{colour}' opacity='{opacity}'/>"


def _line(scale: Scale, years: np.ndarray, values: Floats, colour: str, dash: str) -> str:
    path = "L".join(_points(scale, years, values))
    return f"<path d='M{path}' fill='none' stroke='{colour}' stroke-width='2.4' stroke-dasharray='{dash}'/>"
