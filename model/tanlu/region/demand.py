"""Who uses electricity, and at which hours; the seasons in the load that are cooling and heating."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.axes import HOURS, PARTS, Axes
from tanlu.core.days import TYPICAL
from tanlu.region.load_outlook import LoadOutlooks, read_load_outlooks
from tanlu.region.power import PowerData
from tanlu.region.tables import DATA_YEARS, Tables, interpolate

# Groups of the statistic whose share of demand is given; the rest of it is industry.
STATISTIC_GROUPS = ("agriculture", "services", "residential", "data_centres")
# Parts moved by an index of their own after the last statistic, but for what cohorts of them take. Facilities and
# vehicles bring their own figures; what no cohort explains of heating stays.
INDEXED_PARTS = tuple(part for part in PARTS if part not in ("facilities", "vehicles", "heating"))
# Parts with a profile of the day, and the profiles of vehicles that a parameter mixes.
PROFILED_PARTS = ("agriculture", "services", "data_centres", "households")
VEHICLE_PROFILES = ("vehicles_evening", "vehicles_night")
INDUSTRY_PARTS = ("facilities", "other_industry")
SEASONAL_PARTS = ("cooling", "heating")
# Parts whose users answer what CO2 adds to their tariff, but for what cohorts take, which answer for themselves.
ANSWERING_PARTS = ("households", "services")


class SeasonalShape(NamedTuple):
    """The part of a load shape that stands above mild months, [P, month, day type, hour] of the annual mean."""

    cooling: Floats
    heating: Floats


class DemandData(NamedTuple):
    """What demand is made of; Y data years, P provinces, Q parts of demand."""

    group_share: Floats  # [Y, P, STATISTIC_GROUPS] of demand
    growth_index: Floats  # [Y, P, Q] last observed year = 1; 1 where a part has no index
    shape: Floats  # [Q, P, month, day type, hour] of the part's annual mean; 0 for industry, which closes the load
    usual_seasonal_share: Floats  # [2, P] cooling and heating, of demand
    observed_seasonal_share: Mapping[int, Floats]  # year -> [2, P] the same, in the months of that year
    season_factor: Floats  # [K, 2, P] of the years whose mean is the normal water, over the usual year
    outlooks: LoadOutlooks  # what officials said of later years
    use_elasticity: Floats  # [`ANSWERING_PARTS`] of use to the tariff


def read_demand(
    tables: Tables,
    settings: Mapping[str, Any],
    axes: Axes,
    parameters: Mapping[str, float],
    power: PowerData,
) -> DemandData:
    """Assemble what the pack says about the users of electricity.

    Raises:
        ValueError: if a share, an index or an hour of a profile is missing.
    """
    indices = _by_year(tables["drivers"], "driver", "value")
    provinces = len(axes.provinces)
    growth = np.ones((DATA_YEARS.size, provinces, len(PARTS)))
    for part in INDEXED_PARTS:
        for p, province in enumerate(axes.provinces):
            growth[:, p, PARTS.index(part)] = indices(f"{part}_electricity_index", province)
    shares = _by_year(tables["demand_shares"], "group", "share_of_demand")
    group = np.empty((DATA_YEARS.size, provinces, len(STATISTIC_GROUPS)))
    for g, name in enumerate(STATISTIC_GROUPS):
        for p, province in enumerate(axes.provinces):
            group[:, p, g] = shares(name, province)
    months = settings["mild_months"], settings["cooling_months"], settings["heating_months"]
    usual = seasonal_shape(power.load_shape, *months)
    usual_share = _shares(usual, power.load_shape, power.day_weight)
    observed_share = {
        year: _shares(seasonal_shape(shape, *months), shape, power.day_weight)
        for year, shape in power.observed_load_shape.items()
    }
    return DemandData(
        group_share=group,
        growth_index=growth,
        shape=_part_shapes(tables["demand_profiles"], parameters, usual, power.day_weight),
        usual_seasonal_share=usual_share,
        observed_seasonal_share=observed_share,
        season_factor=_compare_seasons(usual_share, observed_share, power.hydrology.years_of_normal),
        outlooks=read_load_outlooks(tables["load_outlook"], axes.provinces),
        use_elasticity=np.array([parameters[f"{part}_electricity_elasticity"] for part in ANSWERING_PARTS]),
    )


def _compare_seasons(usual: Floats, observed: Mapping[int, Floats], years: Sequence[int]) -> Floats:
    """Compute cooling and heating of years over those of the usual one, as shares of load [K, 2, P].

    Years without load by month count as usual.
    """
    share = np.stack([observed.get(year, usual) for year in years])
    return np.divide(share, usual, out=np.ones_like(share), where=usual > 0.0)


def _by_year(table: pd.DataFrame, name: str, value: str) -> Callable[[str, str], Floats]:
    """Build a reader of yearly values by name and province [Y]."""
    names, provinces = table[name].to_numpy(object), table["province"].to_numpy(object)
    years, values = table["year"].to_numpy(float), table[value].to_numpy(float)

    def interpolate_years(row_name: str, province: str) -> Floats:
        rows = (names == row_name) & (provinces == province)
        return interpolate(years[rows], values[rows])

    return interpolate_years


def seasonal_shape(
    load_shape: Floats, mild: Sequence[int], cooling: Sequence[int], heating: Sequence[int]
) -> SeasonalShape:
    """Split off the load above that of mild months, hour by hour.

    The degree-day method of load studies with months for degree days: what summer and winter use beyond spring
    and autumn is taken for cooling and heating. Seasonal industry is in it, and the weather of mild months is not.

    Args:
        load_shape: share of the annual mean, [P, month, day type, hour]; the first day type is the typical one.
        mild: months (1 to 12) without cooling or heating.
        cooling: months of cooling.
        heating: months of heating.
    """
    base = load_shape[:, [m - 1 for m in mild], TYPICAL].mean(axis=1)
    above_base = np.maximum(load_shape - base[:, None, None, :], 0.0)

    def select_season(months: Sequence[int]) -> Floats:
        season = np.zeros(load_shape.shape[1])
        season[[m - 1 for m in months]] = 1.0
        return above_base * season[:, None, None]

    return SeasonalShape(select_season(cooling), select_season(heating))


def _part_shapes(
    profiles: pd.DataFrame, parameters: Mapping[str, float], seasonal: SeasonalShape, day_weight: Floats
) -> Floats:
    """Compute load shapes of parts of demand [Q, P, month, day type, hour].

    Each of mean one over the year; industry's is 0 here.
    """
    shape = np.zeros((len(PARTS), *seasonal.cooling.shape))
    night = parameters["vehicle_charging_at_night_share"]
    for part in PROFILED_PARTS:
        shape[PARTS.index(part)] = _profile(profiles, part)
    evening, valley = (_profile(profiles, name) for name in VEHICLE_PROFILES)
    shape[PARTS.index("vehicles")] = (1.0 - night) * evening + night * valley
    for part, season in zip(SEASONAL_PARTS, seasonal, strict=True):
        hours = (season * day_weight[:, :, None]).sum(axis=(1, 2, 3)) / (day_weight.sum() * season.shape[3])
        shape[PARTS.index(part)] = season / hours[:, None, None, None]
    return shape


def _profile(profiles: pd.DataFrame, name: str) -> Floats:
    """Read a profile of the day, of mean one [hour].

    Raises:
        ValueError: if it does not hold each hour once.
    """
    rows = profiles["profile"].to_numpy(object) == name
    hours = profiles["hour"].to_numpy()[rows]
    order = np.argsort(hours)
    if hours[order].tolist() != list(range(HOURS)):
        raise ValueError(f"demand_profiles: {name} needs each hour from 0 to {HOURS - 1} once")
    load = profiles["relative_load"].to_numpy(float)[rows][order]
    return load / load.mean()


def _shares(seasonal: SeasonalShape, load_shape: Floats, day_weight: Floats) -> Floats:
    """Compute shares of cooling and heating in yearly load [2, P]."""
    weight = day_weight[:, :, None]
    total = (load_shape * weight).sum(axis=(1, 2, 3))
    return np.stack([(part * weight).sum(axis=(1, 2, 3)) / total for part in seasonal])
