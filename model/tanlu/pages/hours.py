"""The hours of an answer as the electricity view shows them: sources above zero, uses below, for a place."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.axes import BIOMASS_FUELS, DAY_TYPES, GAS_FUELS, HOURS, MONTHS, SOLAR_FUELS
from tanlu.output.figures.colours import KIND_COLOURS
from tanlu.power.hours import ASK

BOTH = "both"  # the place that stands for the provinces together
VISIBLE_MW = 0.5  # a band that never reaches this is left out
FULL_SHARE = 0.999  # of what rules allow, from which on a store counts as full


class HourBand(NamedTuple):
    """One band of the stacked hours."""

    key: str
    colour: str  # that of a kind of plant, else a tint that differs from its neighbours in lightness
    columns: tuple[str, ...]  # of the table of hours, without their unit, or of `two_way`
    hatched: bool = False


# From the zero line outwards: water, wind and sun, then what is called, bought, and in the end missing.
SOURCES = (
    HourBand("run_of_river", "#56b4e9", ("run_of_river", "small_hydro")),
    HourBand("reservoir", KIND_COLOURS["hydro"], ("reservoir",)),
    HourBand("wind", KIND_COLOURS["wind"], ("wind",)),
    HourBand("solar", KIND_COLOURS["solar"], SOLAR_FUELS),
    HourBand("biomass", KIND_COLOURS["biomass"], BIOMASS_FUELS),
    HourBand("coal", KIND_COLOURS["coal"], ("coal",)),
    HourBand("gas", KIND_COLOURS["gas"], GAS_FUELS),
    HourBand("discharge", KIND_COLOURS["storage"], ("discharge",)),
    HourBand("import", "#8f86c9", ("import", "contract_in")),
    HourBand("flow_in", "#cfcbe8", ("flow_in",)),
    HourBand("shed", "#d55e00", ("shed",), hatched=True),
    HourBand("unserved", "#b2182b", ("unserved",), hatched=True),
)
USES = (
    HourBand("charge", KIND_COLOURS["storage"], ("charge",)),
    HourBand("export", "#8f86c9", ("contract_out",)),
    HourBand("flow_out", "#cfcbe8", ("flow_out",)),
    HourBand("curtailed", "#a9b0b8", ("curtailed",), hatched=True),
)
BANDS = (*SOURCES, *USES)


class WaterMonths(NamedTuple):
    """What seasonal reservoirs do at the end of each month; axes place, year, month."""

    inflow_gwh: Floats
    stored_gwh: Floats
    lowest_stored_gwh: Floats  # that rules allow
    highest_stored_gwh: Floats
    water_value_cny_per_mwh: Floats  # of a MWh kept
    full_share: Floats  # of the draws whose store is full, so that more water would spill


@dataclass(frozen=True, eq=False)
class Hours:
    """The hours of all years of one answer, the mean over replications; shared by all visitors, read only."""

    years: list[int]
    provinces: tuple[str, ...]  # [P]
    bands_mw: Floats  # f4[band, P, year, month, day type, hour], none below zero
    load_mw: Floats  # f4[P, year, month, day type, hour]
    price_cny_per_mwh: Floats  # f4[P, year, month, day type, hour]
    ask_cny_per_mwh: Floats  # f4[P, year, month, day type, hour] of neighbours; NaN: nothing on sale
    days: Floats  # [month, day type] days a year that each type stands for
    water: WaterMonths  # of each province [P, year, month]

    def nearest(self, year: int) -> int:
        """Return the position of the year nearest to `year`."""
        return int(np.argmin(np.abs(np.array(self.years) - year)))


class Shown(NamedTuple):
    """The hours of one month and place, over all years."""

    bands_mw: Floats  # [band, year, day type, hour]
    load_mw: Floats  # [year, day type, hour]
    price_cny_per_mwh: Floats  # [P, year, day type, hour]
    ask_cny_per_mwh: Floats  # [year, day type, hour] the lowest of neighbours; NaN: nothing on sale
    flow_mw: Floats  # [year, day type, hour] from the first province to the second
    days: Floats  # [day type]


def compact_hours(table: pd.DataFrame, months: pd.DataFrame) -> Hours:
    """Return a result's tables of hours and months as arrays; their rows are in the order the model gave them."""
    years = [int(year) for year in table["year"].unique()]
    provinces = tuple(str(name) for name in table["province"].unique())
    shape = (-1, len(years), len(provinces), MONTHS, DAY_TYPES, HOURS)

    def cube(column: str) -> Floats:
        mean = table[column].to_numpy(np.float64).reshape(shape).mean(axis=0)
        return np.swapaxes(mean, 0, 1).astype(np.float32)

    mw = {name.removesuffix("_mw"): cube(name) for name in table.columns if name.endswith("_mw")}
    mw |= two_way(mw["flow"], mw["export"])
    return Hours(
        years,
        provinces,
        np.stack([np.sum([mw[column] for column in band.columns], axis=0) for band in BANDS]),
        mw["load"],
        cube("price_cny_per_mwh"),
        cube(ASK),
        cube("days")[0, 0, :, :, 0],
        _compact_water(months, (-1, len(years), len(provinces), MONTHS)),
    )


def _compact_water(months: pd.DataFrame, shape: tuple[int, ...]) -> WaterMonths:
    def cube(column: str) -> Floats:
        return np.swapaxes(months[column].to_numpy(np.float64).reshape(shape).mean(axis=0), 0, 1)

    months = months.assign(
        full_share=(months["highest_stored_gwh"] > 0.0)
        & (months["stored_gwh"] >= FULL_SHARE * months["highest_stored_gwh"])
    )
    return WaterMonths._make(cube(name) for name in ("reservoir_inflow_gwh", *WaterMonths._fields[1:]))


def show_water(hours: Hours, place: str) -> WaterMonths:
    """Return the reservoirs of a place [year, month]; of both provinces the mean by what is stored."""
    water = hours.water
    if place != BOTH:
        return WaterMonths._make(values[hours.provinces.index(place)] for values in water)
    weight = np.maximum(water.stored_gwh, 1e-9)
    sums = [values.sum(axis=0) for values in water[:-2]]
    means = [(values * weight).sum(axis=0) / weight.sum(axis=0) for values in water[-2:]]
    return WaterMonths._make([*sums, *means])


def two_way(flow_mw: Floats, export_mw: Floats) -> dict[str, Floats]:
    """Return what crosses a border in either direction as two amounts, neither below zero."""
    return {
        "flow_in": np.maximum(-flow_mw, 0.0),
        "flow_out": np.maximum(flow_mw, 0.0),
        "contract_in": np.maximum(-export_mw, 0.0),
        "contract_out": np.maximum(export_mw, 0.0),
    }


def show(hours: Hours, month: int, place: str) -> Shown:
    """Return the hours of a month (1 to 12) and place; of both provinces together their exchange cancels out.

    What the lines between them lose stays as a flow outwards.
    """
    bands, load = hours.bands_mw[:, :, :, month - 1], hours.load_mw[:, :, month - 1]
    keys = [band.key for band in BANDS]
    flow = bands[keys.index("flow_out"), 0] - bands[keys.index("flow_in"), 0]
    price, days = hours.price_cny_per_mwh[:, :, month - 1], hours.days[month - 1]
    ask = lowest_ask(hours, place)[:, month - 1]
    if place != BOTH:
        own = hours.provinces.index(place)
        return Shown(bands[:, own], load[own], price, ask, flow, days)
    total = bands.sum(axis=1)
    lost = total[keys.index("flow_out")] - total[keys.index("flow_in")]
    total[[keys.index("flow_in"), keys.index("flow_out")]] = 0.0
    total[keys.index("flow_out")] = lost
    return Shown(total, load.sum(axis=0), price, ask, flow, days)


def lowest_ask(hours: Hours, place: str) -> Floats:
    """Return the lowest price that neighbours ask of a place [year, month, day type, hour]."""
    if place != BOTH:
        return hours.ask_cny_per_mwh[hours.provinces.index(place)]
    return np.asarray(np.fmin.reduce(hours.ask_cny_per_mwh))


class PriceMonths(NamedTuple):
    """Prices of each month; axes year, month."""

    price_cny_per_mwh: Floats  # mean by load
    ask_cny_per_mwh: Floats  # of neighbours, mean of the hours in which they have something left; else NaN


def show_prices(hours: Hours, place: str) -> PriceMonths:
    """Return the mean prices of a place by month."""
    provinces = slice(None) if place == BOTH else [hours.provinces.index(place)]
    days = hours.days[:, :, None]

    def mean(values: Floats, weight: Floats, axis: tuple[int, ...]) -> Floats:
        weight_sum = weight.sum(axis=axis)
        out = np.full(weight_sum.shape, np.nan)
        return np.divide((values * weight).sum(axis=axis), weight_sum, out=out, where=weight_sum > 0.0)

    ask = lowest_ask(hours, place)
    return PriceMonths(
        mean(hours.price_cny_per_mwh[provinces], hours.load_mw[provinces] * days, (0, -2, -1)),
        mean(np.nan_to_num(ask), np.isfinite(ask) * days, (-2, -1)),
    )
