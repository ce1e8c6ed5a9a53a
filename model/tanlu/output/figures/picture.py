"""The frame of a picture in a document, as charts that leave the page have it, and the plot of values by year in it."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from tanlu.core.axes import Axes
from tanlu.core.words import text
from tanlu.output.figures.quantities import Axis, number

INK, MUTED, GRID, PAPER = "#1b1f24", "#56606d", "#d9dde2", "#ffffff"
SMALL = f"font-size='12' fill='{MUTED}'"
MARGIN = 20
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 370, 60, 190, 12, 40  # of the plot
FONT = "font-family='Helvetica Neue, Arial, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif'"
TITLE_SIZE, WORDS_SIZE, SOURCE_SIZE = 18.0, 12.5, 11.0
CHARACTER_WIDTH = 0.56  # mean of a Latin character, in sizes of the font; no browser is there to measure
PIECES = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+")  # what a line may end after
LABEL_GAP = 17.0
BETWEEN_PLACES = {"en": ", ", "zh": "、"}
MOST_DIGITS = 6


class LegendItem(NamedTuple):
    """What an area or a point of the plot stands for."""

    words: str
    colour: str
    opacity: float = 1.0
    is_point: bool = False


class Picture(NamedTuple):
    """What a frame says around a plot."""

    title: str
    subtitle: str  # of what scenario and place, and the unit
    legend: tuple[LegendItem, ...]
    source: str


def framed_svg(picture: Picture, plot: Iterable[str]) -> str:
    """Write a plot with its frame as a stand-alone SVG document."""
    parts: list[str] = []
    y = 8.0
    y = _write(
        parts, picture.title, y, f"font-size='{TITLE_SIZE}' font-weight='600' fill='{INK}'", TITLE_SIZE
    )
    muted = f"font-size='{WORDS_SIZE}' fill='{MUTED}'"
    y = _write(parts, picture.subtitle, y, muted, WORDS_SIZE)
    if picture.legend:
        y += 20.0
        y = _write_legend(parts, picture.legend, y)
    y += 10.0
    parts += [f"<g transform='translate(0 {y:.1f})'>", *plot, "</g>"]
    source = f"font-size='{SOURCE_SIZE}' fill='{MUTED}'"
    y = _write(parts, picture.source, y + HEIGHT, source, SOURCE_SIZE)
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {math.ceil(y + 12)}' role='img' "
            f"class='chart' {FONT}>",
            f"<title>{escape(picture.title)}</title><rect width='100%' height='100%' fill='{PAPER}'/>",
            *parts,
            "</svg>",
        ]
    )


def write_subtitle(name: str, place: str, unit: str, draws: int, language: str) -> str:
    """Write of which scenario and place a picture is, its unit and its draws."""
    return text(language, "take.chart_subtitle", {"name": name, "place": place, "unit": unit, "draws": draws})


def name_place(axes: Axes, place: str, language: str) -> str:
    """Name a province, or all of them for the whole region."""
    labels, provinces = axes.labels, axes.provinces
    if place in provinces:
        return labels[place][language]
    *others, last = (labels[name][language] for name in provinces)
    if not others:
        return last
    return text(language, "place.join", {"first": BETWEEN_PLACES[language].join(others), "second": last})


def text_width(words: str, size: float) -> float:
    """Estimate the width of words: a Chinese character is as wide as high."""
    return size * sum(1.0 if character >= "\u2e80" else CHARACTER_WIDTH for character in words)


def lines_of(words: str, size: float, width: float) -> list[str]:
    """Part words into lines; Chinese may be parted at any character, other text between words."""
    lines = [""]
    for piece in PIECES.findall(words):
        longer = lines[-1] + piece
        if not lines[-1] or text_width(longer.rstrip(), size) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return [line.rstrip() for line in lines]


def _write(parts: list[str], words: str, y: float, style: str, size: float) -> float:
    """Add lines of text below `y`; return where they end."""
    for line in lines_of(words, size, WIDTH - 2 * MARGIN):
        y += 1.4 * size
        parts.append(f"<text x='{MARGIN}' y='{y:.1f}' {style}>{escape(line)}</text>")
    return y


def _write_legend(parts: list[str], legend: Sequence[LegendItem], y: float) -> float:
    """Add items of a legend in rows from `y` on; return the last row."""
    x = float(MARGIN)
    for item in legend:
        across = 16 + text_width(item.words, WORDS_SIZE)
        if x > MARGIN and x + across > WIDTH - MARGIN:
            x, y = float(MARGIN), y + 19.0
        filled = f"fill='{item.colour}' opacity='{item.opacity}'"
        mark = (
            f"<circle cx='{x + 5:.1f}' cy='{y - 4.5:.1f}' r='3' {filled}/>"
            if item.is_point
            else f"<rect x='{x:.1f}' y='{y - 10:.1f}' width='10' height='10' {filled}/>"
        )
        words = escape(item.words)
        parts.append(
            f"{mark}<text x='{x + 16:.1f}' y='{y:.1f}' font-size='{WORDS_SIZE}' fill='{INK}'>{words}</text>"
        )
        x += across + 18
    return y


class Scale(NamedTuple):
    """How years and values map to the coordinates of a plot."""

    first_year: int
    last_year: int
    top: float

    def x(self, year: float) -> float:
        """Return the horizontal position of a year."""
        share = (year - self.first_year) / max(self.last_year - self.first_year, 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return the vertical position of a value."""
        return round(HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM), 1)


def axis_step(highest: float) -> float:
    """Return the smallest round step of which five reach `highest`."""
    raw = highest / 5
    power = 10.0 ** np.floor(np.log10(raw))
    return float(next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw))


def scale_to(first_year: int, last_year: int, highest: float) -> Scale:
    """Make the scale whose uppermost grid line is the first above all values."""
    step = axis_step(highest)
    return Scale(first_year, last_year, math.ceil(highest / step) * step)


def grid(scale: Scale, axis: Axis) -> Iterator[str]:
    """Yield grid lines with their levels as the axis writes them, and decades below."""
    step = axis_step(scale.top)
    written = step * axis["factor"]
    places = range(axis["digits"], MOST_DIGITS)
    digits = next((n for n in places if math.isclose(round(written, n), written)), MOST_DIGITS)
    for level in np.arange(0.0, scale.top + 0.5 * step, step):
        y = scale.y(level)
        yield f"<path d='M{LEFT} {y}H{WIDTH - RIGHT}' stroke='{GRID}'/>"
        level_text = number(level * axis["factor"], digits)
        yield f"<text x='{LEFT - 8}' y='{y + 4}' {SMALL} text-anchor='end'>{level_text}</text>"
    for year in range(-(-scale.first_year // 10) * 10, scale.last_year + 1, 10):
        yield f"<text x='{scale.x(year)}' y='{HEIGHT - BOTTOM + 22}' {SMALL} text-anchor='middle'>{year}</text>"


class EndName(NamedTuple):
    """The name of a line or an area, right of where it ends."""

    words: str
    colour: str
    y: float  # where it ends


def end_names(names: Sequence[EndName]) -> Iterator[str]:
    """Yield names right of the last year, from the lowest up, without overlap."""
    x = WIDTH - RIGHT + 12
    from_below = sorted(names, key=lambda name: -name.y)
    for name, y in zip(from_below, spread([name.y for name in from_below], LABEL_GAP), strict=True):
        words = escape(name.words)
        yield f"<rect x='{x}' y='{y - 5:.1f}' width='10' height='10' fill='{name.colour}'/>"
        yield f"<text x='{x + 16}' y='{y + 4:.1f}' font-size='12' fill='{INK}'>{words}</text>"


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Move labels apart, from the lowest up, by at least `gap`."""
    placed: list[float] = []
    for position in positions:
        placed.append(min(position, placed[-1] - gap) if placed else position)
    return [round(position, 1) for position in placed]
