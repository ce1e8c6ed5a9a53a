"""A region pack in which demand, capacity and water after a past day are forecast too, from what was known then."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from tanlu.core.axes import RENEWABLE_FUELS
from tanlu.core.units import MW_PER_GW
from tanlu.evaluation.frozen import YEARS_OF_SHAPE, Fitted, frozen_region, water_years, with_water_of
from tanlu.evaluation.growth import fit_growth, forecast, read_capacity
from tanlu.region.balance import ANNUAL, annual_rows
from tanlu.region.pack import Region
from tanlu.region.power import cost_name
from tanlu.region.tables import numbers

CLOSES_THE_REST = (
    "other_"  # begins the id of units that stand for what a later official total has beyond named ones
)


def free_region(region: Region, year: int, export_growth: float = 0.0) -> tuple[Region, tuple[Fitted, ...]]:
    """Freeze the pack after `year`, and forecast what follows.

    Later demand, capacity and water are as a forecast has them. Demand grows at its mean rate of all years known, in
    the months of the last three. Wind and sun grow by their S-curve as if all that can be connected was built. Other
    units come in their year if they were under construction. Water is the mean of the years known.

    Raises:
        ValueError: as `frozen_tables`.
    """
    frozen, fitted = frozen_region(region, year, export_growth)
    years = range(year + 1, region.last_observed_year + 1)
    book, of_demand = _with_demand(region, frozen.tables["power_balance"], year, years)
    units, of_capacity = _with_capacity(region, year, years)
    tables = dict(frozen.tables) | {"power_balance": book, "power_units": units}
    water = water_years(region, year)
    free = with_water_of(dataclasses.replace(frozen, tables=MappingProxyType(tables)), water, years)
    water_fit = Fitted("water", "mean of the years", f"{water[0]}-{water[-1]}")
    return free, (*of_demand, *of_capacity, water_fit, *fitted)


def _with_demand(
    region: Region, book: pd.DataFrame, year: int, years: range
) -> tuple[pd.DataFrame, tuple[Fitted, ...]]:
    """Replace later consumption in the balance book by forecasts."""
    is_consumption = book["item"] == "consumption"
    yearly = annual_rows(book[is_consumption & (book["year"] <= year)]).set_index(["province", "year"])[
        "energy_gwh"
    ]
    share, first, rows, fitted = _months(book[is_consumption], year), region.first_observed_year, [], []
    for province in region.axes.provinces:
        rate = (yearly[province, year] / yearly[province, first]) ** (1.0 / (year - first)) - 1.0
        fitted.append(Fitted(f"demand of {province}", f"{100 * rate:.1f} % a year", f"{first}-{year}"))
        for later in years:
            gwh = yearly[province, year] * (1.0 + rate) ** (later - year)
            cells = {ANNUAL: gwh} | {str(m): gwh * part for m, part in share[province].items()}
            rows += [(province, later, month, value) for month, value in cells.items()]
    forecasts = pd.DataFrame(rows, columns=["province", "year", "month", "energy_gwh"])
    forecasts = forecasts.assign(item="consumption", scope="whole_society", kind="derived", status="final")
    other_rows = book[~(is_consumption & (book["year"] > year))]
    return pd.concat([other_rows, forecasts], ignore_index=True), tuple(fitted)


def _months(consumption: pd.DataFrame, year: int) -> Mapping[str, Mapping[int, float]]:
    """Compute the mean monthly shares of consumption by province.

    The mean is over the last years.
    """
    recent = consumption[(consumption["month"] != ANNUAL) & (consumption["year"].isin(_recent(year)))]
    gwh = recent.assign(month=recent["month"].astype(int)).pivot_table(
        index=["province", "year"], columns="month", values="energy_gwh"
    )
    share = gwh.div(gwh.sum(axis=1), axis=0).groupby("province").mean()
    return {
        str(province): {int(str(m)): float(x) for m, x in row.items()} for province, row in share.iterrows()
    }


def _recent(year: int) -> list[int]:
    return list(range(year - YEARS_OF_SHAPE + 1, year + 1))


def _with_capacity(region: Region, year: int, years: range) -> tuple[pd.DataFrame, tuple[Fitted, ...]]:
    """List units standing or under construction at the end of `year`.

    Wind and sun grow.
    """
    units, costs = region.tables["power_units"], region.tables["technologies"]
    lead = costs[costs["parameter"] == "lead_time_years"].set_index("technology")["value"].astype(float)
    start_year = numbers(units, "commissioned_year") - units["fuel"].map(lambda fuel: lead[cost_name(fuel)])
    is_clean = units["fuel"].isin(RENEWABLE_FUELS)
    is_later = units["commissioned_year"] > year
    is_named = ~units["unit_id"].str.startswith(CLOSES_THE_REST)
    is_building = is_later & ~is_clean & is_named & (start_year <= year)
    gw = units.loc[is_building & (units["commissioned_year"] <= years[-1]), "capacity_mw"].sum() / MW_PER_GW
    fitted = Fitted(
        "other plants", f"{gw:.1f} GW under construction, each in its year", f"{years[0]}-{years[-1]}"
    )
    return pd.concat(
        [units[~is_later | is_building], _build_additions(region, year, years)], ignore_index=True
    ), (fitted,)


def _build_additions(region: Region, year: int, years: range) -> pd.DataFrame:
    """Build units for the yearly additions of wind and sun.

    Each is like one that stands.
    """
    capacity, units = read_capacity(region), region.tables["power_units"]
    fits = fit_growth(capacity, year)
    mw = np.stack([forecast(capacity, year, y, fits) for y in (year, *years)])
    additions = []
    for n, (fuel, province) in enumerate(zip(capacity.technology, capacity.province, strict=True)):
        pattern = units[(units["fuel"] == fuel) & (units["province"] == province)].iloc[[0]]
        for later, added_mw in zip(years, np.diff(mw[:, n]), strict=True):
            name = f"forecast_{fuel}_{province.lower()}_{later}"
            additions.append(
                pattern.assign(
                    unit_id=name, capacity_mw=added_mw, commissioned_year=later, retired_year=np.nan
                )
            )
    return pd.concat(additions, ignore_index=True)
