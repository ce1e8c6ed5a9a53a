"""Turn a result's indicators into chart data and into a stand-alone picture of the emission path."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.indicators.book import BOOK_PARTS
from tanlu.output.figures.colours import KIND_COLOURS
from tanlu.output.figures.picture import (
    INK,
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

TOTAL = "Emissions|CO2"
SUPPLY, INDUSTRY, DEMAND = f"{TOTAL}|Energy|Supply", f"{TOTAL}|Industry", f"{TOTAL}|Energy|Demand"


class Layer(NamedTuple):
    """One band of the stacked emission path: the series it adds up."""

    key: str
    colour: str  # that of a kind of plant, else Okabe and Ito's: told apart with any colour vision
    variables: tuple[str, ...]
    province: str = ""  # of which; empty: of the whole region

    @property
    def name(self) -> str:
        """Return the key as English words."""
        return self.key.replace("_", " ").capitalize()


SECTOR_LAYERS = (
    Layer("electricity_and_heat", "#0072b2", (f"{SUPPLY}|Electricity", f"{SUPPLY}|Heat")),
    Layer("steel", KIND_COLOURS["steel"], (f"{INDUSTRY}|Steel",)),
    Layer("cement", KIND_COLOURS["cement"], (f"{INDUSTRY}|Cement",)),
    Layer("chemicals", KIND_COLOURS["chemicals"], (f"{INDUSTRY}|Chemicals",)),
    Layer(
        "refining_and_gas",
        KIND_COLOURS["refining_and_gas"],
        (f"{INDUSTRY}|Refining", f"{INDUSTRY}|Gas Processing"),
    ),
    Layer("other_industry", KIND_COLOURS["other_industry"], (f"{INDUSTRY}|Aluminium", f"{INDUSTRY}|Other")),
    Layer("transport", "#009e73", (f"{DEMAND}|Transportation",)),
    Layer("buildings_and_agriculture", "#56b4e9", (f"{DEMAND}|Buildings", f"{DEMAND}|Agriculture")),
    Layer("released_after_capture", "#000000", (f"{TOTAL}|Released after Capture",)),
)
PROVINCE_COLOURS = ("#0072b2", "#e69f00")
FACTOR = "factor"
GROUPINGS = ("effect", "sector", "province", FACTOR)
FACTOR_COLOURS = ("#e69f00", "#d55e00", "#56b4e9", "#0072b2", "#009e73", "#cc79a7")  # typed in, then decided


class EmissionPath(TypedDict):
    """The stacked emission path: numbers only, in Mt CO2 a year."""

    years: list[int]
    layers: list[list[float]]  # one list of yearly values per layer
    total: list[float]


def wide_table(indicators: pd.DataFrame) -> pd.DataFrame:
    """Pivot indicators to one row a series and one column a year.

    Rows are (region, variable, unit); values are means over replications.
    """
    keys = ["region", "variable", "unit", "year"]
    means = indicators.groupby(keys, sort=False, observed=True)["value"].mean()
    return means.unstack("year").sort_index(axis="columns")


def series(wide: pd.DataFrame, variable: str, region: str) -> Floats:
    """Read the yearly values of one variable.

    Raises KeyError, naming variable and region, where the result does not report it.
    """
    try:
        row = wide.index.get_loc((region, variable))
    except KeyError:
        raise KeyError(f"the result reports no {variable!r} for {region!r}") from None
    return np.asarray(wide.iloc[row].to_numpy(), dtype=np.float64).reshape(-1)


def layers(grouping: str, provinces: Sequence[str]) -> tuple[Layer, ...]:
    """List the layers of the emission path by grouping.

    `grouping` is sector, province, factor, whose layers are yearly changes, or effect, which has none.
    """
    if grouping == FACTOR:
        coloured_parts = zip(BOOK_PARTS, FACTOR_COLOURS, strict=True)
        return tuple(Layer(part.key, colour, (part.variable,)) for part, colour in coloured_parts)
    if grouping != "province":
        return SECTOR_LAYERS if grouping == "sector" else ()
    coloured_provinces = zip(provinces, PROVINCE_COLOURS, strict=True)
    return tuple(Layer(name, colour, (TOTAL,), name) for name, colour in coloured_provinces)


def emission_path(wide: pd.DataFrame, selected_layers: Sequence[Layer], region: str) -> EmissionPath:
    """Compute layers and total of the emission path of a region."""
    return {
        "years": [int(year) for year in wide.columns],
        "layers": [round_to_kt(sum_of(wide, layer, region)) for layer in selected_layers],
        "total": round_to_kt(series(wide, TOTAL, region)),
    }


def changes_since(
    wide: pd.DataFrame, selected_layers: Sequence[Layer], region: str, year: int
) -> list[list[float]]:
    """Add up layers of yearly changes from one year to every other, Mt CO2 a year."""
    sums = [np.cumsum(sum_of(wide, layer, region)) for layer in selected_layers]
    first = int(np.flatnonzero(wide.columns == year)[0])
    return [round_to_kt(values - values[first]) for values in sums]


def sum_of(wide: pd.DataFrame, layer: Layer, region: str) -> Floats:
    """Sum the series of a layer, Mt CO2 a year."""
    parts = [series(wide, variable, layer.province or region) for variable in layer.variables]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def round_to_kt(values: Floats) -> list[float]:
    """Round values in Mt to 1 kt, short enough for a browser."""
    return [float(value) for value in np.round(values, 3)]


PATH_VARIABLES = frozenset({TOTAL, *(name for layer in SECTOR_LAYERS for name in layer.variables)})


class PathSubject(NamedTuple):
    """Of what the saved picture of an emission path is, in English as all files of a result."""

    region: str  # as indicators name it
    scenario: str
    place: str
    version: str
    history_mt: Mapping[int, float]  # CO2 of past years in the inventory; may be empty


def emission_path_svg(indicators: pd.DataFrame, subject: PathSubject) -> str:
    """Return the emission path by sector as a stand-alone SVG document.

    Past years of the inventory are points.
    """
    path = emission_path(
        wide_table(indicators[indicators["variable"].isin(PATH_VARIABLES)]), SECTOR_LAYERS, subject.region
    )
    years, history_mt, axis = path["years"], subject.history_mt, EMISSION_AXIS["en"]
    scale = scale_to(min([*history_mt, *years]), years[-1], max([*path["total"], *history_mt.values(), 1.0]))
    edges = np.vstack([np.zeros(len(years)), np.cumsum(np.maximum(path["layers"], 0.0), axis=0)])
    draws = indicators["replication"].nunique()
    history = LegendItem(text("en", "chart.inventory"), INK, is_point=True)
    picture = Picture(
        title=text("en", "take.chart_by_sector"),
        subtitle=write_subtitle(subject.scenario, subject.place, axis["unit"], draws, "en"),
        legend=(history,) if history_mt else (),
        source=text("en", "take.made", {"version": subject.version}),
    )
    return framed_svg(
        picture,
        [
            *grid(scale, axis),
            *bands(scale, years, edges),
            *end_names(band_names(scale, path, edges)),
            *(
                f"<circle cx='{scale.x(y)}' cy='{scale.y(v)}' r='3' fill='{INK}'/>"
                for y, v in history_mt.items()
            ),
        ],
    )


def bands(scale: Scale, years: Sequence[int], edges: Floats) -> list[str]:
    """Draw one filled band per layer; `edges` [L + 1, Y] are sums in Mt."""
    shapes = []
    for layer, lower, upper in zip(SECTOR_LAYERS, edges[:-1], edges[1:], strict=True):
        upper_points = [f"{scale.x(y)} {scale.y(v)}" for y, v in zip(years, upper, strict=True)]
        lower_points = [f"{scale.x(y)} {scale.y(v)}" for y, v in zip(years, lower, strict=True)]
        outline = "L".join(upper_points + lower_points[::-1])
        shapes.append(f"<path d='M{outline}Z' fill='{layer.colour}' stroke='#ffffff' stroke-width='0.6'/>")
    return shapes


def band_names(scale: Scale, path: EmissionPath, edges: Floats) -> list[EndName]:
    """Name layers with their last values, in the middle of their bands."""
    last = edges[:, -1]
    middles = (last[:-1] + last[1:]) / 2
    return [
        EndName(f"{layer.name} {values[-1]:.0f}", layer.colour, scale.y(middle))
        for layer, values, middle in zip(SECTOR_LAYERS, path["layers"], middles, strict=True)
    ]
