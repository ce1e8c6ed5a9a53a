"""What past years looked like: load by month, wind and sun, capacity before the base year, projects and their delay."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUELS, HYDRO_FUELS, RENEWABLE_FUELS, SOLAR_FUELS, THERMAL_FUELS
from tanlu.region.balance import monthly_gwh, not_served_gwh
from tanlu.region.tables import DATA_YEARS, DAYS_IN_MONTH, year_index

WINDY = [RENEWABLE_FUELS.index("wind")]
SUNNY = [RENEWABLE_FUELS.index(fuel) for fuel in SOLAR_FUELS]
# Rows are few, so what is built alike counts together. No list of storage says what became of it: its chance is a
# parameter. All else is completed in the year in which it is listed.
KINDS = {"thermal": THERMAL_FUELS, "hydro": (*HYDRO_FUELS, "pumped_storage")}
PLANNED = "planned"  # status of what is named in plans, and neither permitted nor begun
UNBUILT = ("construction", "permitted", PLANNED)  # status of what stands in a list and not on the ground
MONTHS_OF_YEAR = 12.0


def observed_load_shapes(
    book: pd.DataFrame, provinces: Sequence[str], shape: Floats, day_weight: Floats
) -> Mapping[int, Floats]:
    """Compute the load shape of years with monthly consumption.

    The usual hours on what its months asked for.

    Args:
        book: `power_balance.csv`.
        provinces: axis P.
        shape: usual load shape, share of the annual mean, [P, month, day type, hour].
        day_weight: days of each type, [month, day type].

    Returns:
        Year -> [P, month, day type, hour], each of mean one.
    """
    usual_days = (shape * day_weight[:, :, None]).sum(axis=(2, 3))  # days of mean load in each month
    shapes = {}
    cut = not_served_gwh(book, provinces)
    for year, served_gwh in monthly_gwh(book, "consumption", provinces).items():
        demand_gwh = served_gwh + cut.get(year, np.zeros(served_gwh.shape))
        demand_days = (
            demand_gwh / demand_gwh.sum(axis=1, keepdims=True) * usual_days.sum(axis=1, keepdims=True)
        )
        shapes[year] = shape * (demand_days / usual_days)[:, :, None, None]
    return shapes


def observed_weather(statistics: pd.DataFrame, provinces: Sequence[str], profile: Floats) -> Floats:
    """Compute wind and sun of each year over the mean year.

    1 where the year has no statistic.
    The official hours over the hours of the profile, the sun's over those of utility solar: one sun shines on all.

    Args:
        statistics: `power_statistics.csv`.
        provinces: axis P.
        profile: of the mean year, [P, RENEWABLE_FUELS, month, hour].

    Returns:
        [year, P, RENEWABLE_FUELS].
    """
    mean = (profile * DAYS_IN_MONTH[:, None]).sum(axis=(2, 3))
    mean[:, SUNNY] = mean[:, [RENEWABLE_FUELS.index("solar_utility")]]
    weather = np.ones((DATA_YEARS.size, *mean.shape))
    for variable, fuels in (("wind_utilisation_hours", WINDY), ("solar_utilisation_hours", SUNNY)):
        for row in statistics[statistics["variable"] == variable].itertuples():
            p, year = provinces.index(str(row.province)), year_index(int(str(row.year)))
            weather[year, p, fuels] = float(str(row.value)) / mean[p, fuels]
    return weather


def past_capacity(table: pd.DataFrame, unit_ids: Sequence[str]) -> Mapping[int, Floats]:
    """Read capacity before the base year where it differs from the unit's.

    Args:
        table: `power_units_past.csv`.
        unit_ids: units of the pack, axis U.

    Returns:
        Year -> MW [U], NaN where the unit's own row holds.

    Raises:
        KeyError: if a unit is unknown.
    """
    row = {name: i for i, name in enumerate(unit_ids)}
    capacity = {int(year): np.full(len(unit_ids), np.nan) for year in sorted(table["year"].unique())}
    for unit, year, mw in zip(table["unit_id"], table["year"], table["capacity_mw"], strict=True):
        capacity[int(year)][row[str(unit)]] = float(mw)
    return capacity


def completion_hazard(table: pd.DataFrame) -> Floats:
    """Estimate the yearly chance that due projects are completed [F].

    Completions over the years at risk: from the year in which a project is listed to its completion, else to the month
    in which it was last seen unfinished. Without a list each project is completed when it is due.

    Args:
        table: `project_completions.csv`.

    Raises:
        ValueError: if no project of a kind was completed, so that listed ones never would be.
    """
    hazard = np.ones(len(FUELS))
    for kind, fuels in () if table.empty else KINDS.items():
        rows = table[table["fuel"].isin(fuels)]
        completed = rows["completed_year"].notna().sum()
        if completed == 0:
            raise ValueError(f"project_completions: no {kind} project was completed")
        hazard[[FUELS.index(fuel) for fuel in fuels]] = completed / float(years_at_risk(rows).sum())
    return hazard


def years_at_risk(rows: pd.DataFrame) -> Floats:
    """Count the years in which each project was due [n].

    The year of completion counts in full.
    """
    listing_year, completion_year = (
        pd.to_numeric(rows[name]).to_numpy(float) for name in ("listed_year", "completed_year")
    )
    seen_year, seen_month = rows["seen_on"].astype(str).str.split("-", expand=True).to_numpy(float).T
    return (
        np.where(
            np.isnan(completion_year),
            seen_year + seen_month / MONTHS_OF_YEAR,
            completion_year + 1.0,
        )
        - listing_year
    )
