"""The hydrology of a region pack as arrays: the water that was there, used or spilled, and how plants take it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from model.signals import HOURS, MONTHS, PROVINCES, Floats
from model.tables import DAYS_IN_MONTH, Tables

HOURS_IN_MONTH = DAYS_IN_MONTH * HOURS
# Parameters of `hydro_parameters.csv` with a value for each month.
MONTHLY_HYDRO = (
    "run_of_river_share_of_energy",
    "reservoir_minimum_output_share",
    "reservoir_maximum_output_share",
    "small_hydro_share_of_year",
    "spill_share_of_year",
)
NORMAL = "normal"  # the year of `hydro.csv` that stands for the long-run mean


class Hydrology(NamedTuple):
    """Monthly water as capacity factors of hydro above 6 MW, what was spilled included, and small hydro."""

    normal: Floats  # [P, month]
    observed: Mapping[int, Floats]  # year -> [P, month]
    spilled: Mapping[int, Floats]  # year -> [P, month] the part of `observed` that was not generated
    run_of_river_share: Floats  # [P, month] of the month's energy
    reservoir_minimum_share: Floats  # [P, month] of the month's mean output
    reservoir_maximum_share: Floats  # [P, month] of capacity
    small_hydro_mw: Floats  # [P, month] mean output of plants below 6 MW
    export_response: Floats  # [P] part of a dry or wet month's departure that contracts take


def read_hydrology(tables: Tables, settings: Mapping[str, Any]) -> Hydrology:
    """Assemble the hydrology of a pack.

    Available water = generation + energy spilled for want of demand or lines. The normal year's spill is the mean over
    the pack's observed years, which the normal year's generation is a mean of too.
    """
    parameters = tables["hydro_parameters"]
    generated = _generated(tables["hydro"])
    spilled = _spilled(tables, generated)
    of_normal = range(int(settings["first_observed_year"]), int(settings["last_observed_year"]) + 1)
    normal_spill = np.mean([spilled[year] for year in of_normal], axis=0)
    small = single(parameters, "small_hydro_energy_gwh_per_year")[:, None]
    return Hydrology(
        normal=generated[NORMAL] + normal_spill,
        observed={year: generated[str(year)] + lost for year, lost in spilled.items()},
        spilled=spilled,
        run_of_river_share=monthly(parameters, "run_of_river_share_of_energy"),
        reservoir_minimum_share=monthly(parameters, "reservoir_minimum_output_share"),
        reservoir_maximum_share=monthly(parameters, "reservoir_maximum_output_share"),
        small_hydro_mw=small * 1e3 * monthly(parameters, "small_hydro_share_of_year") / HOURS_IN_MONTH,
        export_response=single(parameters, "contract_export_response_to_hydro"),
    )


def _square(rows: pd.DataFrame, value: str) -> Floats:
    """Return rows of each province and month as [P, month]."""
    square = rows.pivot(index="province", columns="month", values=value)
    return square.reindex(index=list(PROVINCES), columns=range(1, MONTHS + 1)).to_numpy(float)


def monthly(parameters: pd.DataFrame, name: str) -> Floats:
    """Return a monthly parameter of `hydro_parameters.csv` [P, month]."""
    return _square(parameters[parameters["parameter"] == name], "value")


def single(parameters: pd.DataFrame, name: str) -> Floats:
    """Return a parameter of `hydro_parameters.csv` [P], 0 for a province without a row."""
    rows = parameters[parameters["parameter"] == name].set_index("province")
    return np.array([float(rows["value"].get(p, 0.0)) for p in PROVINCES])


def _generated(table: pd.DataFrame) -> Mapping[str, Floats]:
    """Return generation over capacity by year [P, month]; a province without statistics yet has its normal year."""
    year = table["year"].astype(str)
    usual = table[year == NORMAL]
    factors = {}
    for name in sorted(set(year)):
        rows = table[year == name]
        missing = usual[~usual["province"].isin(rows["province"].unique())]
        factors[name] = _square(pd.concat([rows, missing]), "capacity_factor")
    return factors


def _spilled(tables: Tables, generated: Mapping[str, Floats]) -> Mapping[int, Floats]:
    """Return energy spilled over capacity: year -> [P, month].

    A year's spill goes to the wet months by `spill_share_of_year`, to those in proportion that were not dry.
    """
    parameters, statistics = tables["hydro_parameters"], tables["power_statistics"]
    share, dry = monthly(parameters, "spill_share_of_year"), single(parameters, "dry_month_share_of_normal")
    rows = statistics[statistics["variable"] == "hydro_conventional_6_mw_and_up_capacity_mw"]
    capacity = rows.pivot(index="province", columns="year", values="value").reindex(list(PROVINCES))
    table = tables["hydro_spill"].pivot(index="province", columns="year", values="spilled_gwh")
    gwh = table.reindex(list(PROVINCES))
    # A province whose statistics end earlier keeps its last capacity.
    mw = capacity.ffill(axis=1).reindex(columns=gwh.columns)
    spilled = {}
    for year in gwh.columns:
        wet = share * (generated[str(year)] >= dry[:, None] * generated[NORMAL])
        weight = wet / wet.sum(axis=1, keepdims=True)
        spilled[int(year)] = (gwh[year] / mw[year]).to_numpy(float)[:, None] * 1e3 * weight / HOURS_IN_MONTH
    return spilled
