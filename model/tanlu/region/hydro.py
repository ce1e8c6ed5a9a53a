"""The hydrology of a region pack as arrays: the water that was there, used or spilled, and how plants take it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import HOURS, MONTHS, Axes
from tanlu.core.units import MWH_PER_GWH
from tanlu.region.balance import monthly_gwh
from tanlu.region.tables import DATA_YEARS, DAYS_IN_MONTH, Tables, by_month

HOURS_IN_MONTH = DAYS_IN_MONTH * HOURS
# Parameters of `hydro_parameters.csv` with a value for each month.
MONTHLY_HYDRO = (
    "run_of_river_share_of_energy",
    "reservoir_minimum_output_share",
    "reservoir_maximum_output_share",
    "small_hydro_share_of_year",
    "spill_share_of_year",
    "usual_storing_share_of_store",
)


class Water(NamedTuple):
    """A year's water above 6 MW, as capacity factors [P, month]."""

    used: Floats  # available: generated, or spilled although load or lines might have taken it
    held: Floats  # what seasonal stores held back of inflow in that; negative where they gave
    spell_days: Floats  # [month] of a dry spell, which holds the days of highest load; 0 in most
    spell_share: Floats  # water of its mean day over that of the month's; NaN: as load asks for it

    def times(self, factor: Floats | float) -> "Water":
        """Return the same seasons with more or less water; `factor` is a number or [P, 1]."""
        return self._replace(used=self.used * factor, held=self.held * factor)


class Hydrology(NamedTuple):
    """Monthly water of hydro above 6 MW, the stores between months, and small hydro."""

    normal: Water
    years_of_normal: tuple[int, ...]  # whose mean it is
    used_in_years_of_normal: Floats  # [K, P, month] of `observed`, in their order
    observed: Mapping[int, Water]
    spilled: Mapping[int, Floats]  # year -> [P, month] the part of `observed` that was not generated
    lost: Mapping[int, Floats]  # year -> [P, month] spilled too, whatever load and lines were; in no `used`
    store_mwh: Floats  # [year, P] of seasonal stores between empty and full
    first_month: int  # 0..11, in which the stores are empty at the start
    run_of_river_share: Floats  # [P, month] of the month's energy
    reservoir_minimum_share: Floats  # [P, month] of the month's mean output
    reservoir_maximum_share: Floats  # [P, month] of capacity
    small_hydro_mw: Floats  # [P, month] mean output of plants below 6 MW while none has closed
    contract_price_cap_cny_per_mwh: Floats  # [P, month] of water sold in its province; inf without a rule
    dry_year_factor: Floats  # [P] water of a dry year over that of the normal one
    extreme_dry_year_factor: Floats  # [P]


def read_hydrology(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> Hydrology:
    """Assemble the hydrology of a pack.

    Available water = generation + what was spilled for want of load or lines, so that spill is what a year's market
    makes of it. The normal year is the mean of the years it may be like, which are those that chance draws too.

    Raises:
        ValueError: if stores gave more in a month than was available, so that inflow would be below nothing.
    """
    provinces = axes.provinces
    parameters = _Parameters(tables["hydro_parameters"], provinces)
    capacity_mw, of_normal = _capacity_mw(tables, provinces), years_of_normal_water(settings)
    generated = _generated(tables["hydro"], provinces, of_normal)
    spilled, lost = (
        _spilled(tables, column, provinces, capacity_mw) for column in ("useful_gwh", "without_use_gwh")
    )
    held = _held(tables, provinces, capacity_mw)
    river = parameters.monthly("run_of_river_share_of_energy")
    spells = tables["hydro_dry_spells"]
    observed = {
        y: Water(generated[y] + spilled[y], held[y], *_spell(spells[spells["year"] == y], provinces))
        for y in spilled
    }
    usual = _mean_water([observed[year] for year in of_normal])
    for water in (usual, *observed.values()):
        if (water.used * (1.0 - river) + water.held < 0.0).any():
            raise ValueError("hydro_cascades: stores give more than reservoirs release in some month")
    small = parameters.single("small_hydro_energy_gwh_per_year")[:, None]
    return Hydrology(
        normal=usual,
        years_of_normal=of_normal,
        used_in_years_of_normal=np.stack([observed[year].used for year in of_normal]),
        observed=observed,
        spilled=spilled,
        lost=lost,
        store_mwh=_store_mwh(tables["hydro_cascades"], provinces, DATA_YEARS),
        first_month=int(settings["hydrological_year_first_month"]) - 1,
        run_of_river_share=river,
        reservoir_minimum_share=parameters.monthly("reservoir_minimum_output_share"),
        reservoir_maximum_share=parameters.monthly("reservoir_maximum_output_share"),
        small_hydro_mw=small * MWH_PER_GWH * parameters.monthly("small_hydro_share_of_year") / HOURS_IN_MONTH,
        contract_price_cap_cny_per_mwh=np.nan_to_num(
            parameters.monthly("contract_price_cap_cny_per_mwh"), nan=np.inf
        ),
        dry_year_factor=parameters.single("dry_year_energy_factor"),
        extreme_dry_year_factor=parameters.single("extreme_dry_year_energy_factor"),
    )


class _Parameters(NamedTuple):
    """`hydro_parameters.csv`."""

    table: pd.DataFrame
    provinces: tuple[str, ...]

    def _rows(self, name: str) -> pd.DataFrame:
        return self.table[self.table["parameter"] == name]

    def monthly(self, name: str) -> Floats:
        """Return a monthly parameter [P, month]."""
        return by_month(self._rows(name), "value", self.provinces)

    def single(self, name: str) -> Floats:
        """Return a parameter [P], 0 for a province without a row."""
        value = self._rows(name).set_index("province")["value"]
        return np.array([float(value.get(p, 0.0)) for p in self.provinces])


def years_of_normal_water(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the years whose mean is the normal one."""
    first, last = (int(settings[f"{end}_year_of_normal_water"]) for end in ("first", "last"))
    return tuple(range(first, last + 1))


def _mean_water(years: Sequence[Water]) -> Water:
    """Return the mean of years, without dry spells."""
    used, held = (np.mean([getattr(one, name) for one in years], axis=0) for name in ("used", "held"))
    return Water(used, held, np.zeros(MONTHS), np.full(used.shape, np.nan))


def _generated(
    table: pd.DataFrame, provinces: Sequence[str], of_normal: Sequence[int]
) -> Mapping[int, Floats]:
    """Return generation over capacity by year [P, month]; a province without statistics yet has its normal year."""
    given = {int(str(y)): by_month(rows, "capacity_factor", provinces) for y, rows in table.groupby("year")}
    usual = np.mean([given[year] for year in of_normal], axis=0)
    return {year: np.where(np.isnan(factor), usual, factor) for year, factor in given.items()}


def _spilled(
    tables: Tables, column: str, provinces: tuple[str, ...], capacity_mw: pd.DataFrame
) -> Mapping[int, Floats]:
    """Return energy spilled over capacity, by a column of the table or `useful_gwh`: year -> [P, month].

    A year's spill goes to the wet months by `spill_share_of_year`, to those in proportion in which thermal units ran
    near their least: while they give more, water has a use.
    """
    parameters = _Parameters(tables["hydro_parameters"], provinces)
    share, ratio = parameters.monthly("spill_share_of_year"), parameters.single("spill_month_thermal_ratio")
    thermal = _thermal_mw(tables["power_balance"], provinces)
    spill = tables["hydro_spill"]
    spill = spill.assign(useful_gwh=spill["spilled_gwh"] - spill["without_use_gwh"])
    gwh = spill.pivot(index="province", columns="year", values=column)
    full_load_hours = gwh.reindex(list(provinces)) * MWH_PER_GWH / capacity_mw
    spilled = {}
    for year in gwh.columns:
        output = thermal.get(int(year), np.zeros(share.shape))  # without a statistic no month is left out
        least = np.where(share > 0.0, output, np.inf).min(axis=1, keepdims=True)
        wet = share * (output <= ratio[:, None] * least)
        weight = wet / wet.sum(axis=1, keepdims=True)
        spilled[int(year)] = full_load_hours[year].to_numpy(float)[:, None] * weight / HOURS_IN_MONTH
    return spilled


def _thermal_mw(book: pd.DataFrame, provinces: Sequence[str]) -> Mapping[int, Floats]:
    """Return mean thermal output of the months of past years: year -> [P, month]."""
    by_year = monthly_gwh(book, "thermal_generation", provinces)
    return {year: gwh / HOURS_IN_MONTH * MWH_PER_GWH for year, gwh in by_year.items()}


def _spell(rows: pd.DataFrame, provinces: Sequence[str]) -> tuple[Floats, Floats]:
    """Return the days of a year's dry spells [month] and the water of their mean day over the month's [P, month].

    Raises:
        ValueError: if a month's spell has other lengths in the two provinces, for their days are cleared together.
    """
    days = by_month(rows, "days", provinces)
    longest = np.nan_to_num(days).max(axis=0)
    if (days < longest).any():
        raise ValueError("hydro_dry_spells: a month's spell has as many days in one province as in the other")
    return longest, by_month(rows, "water_share", provinces)


def _capacity_mw(tables: Tables, provinces: Sequence[str]) -> pd.DataFrame:
    """Return official capacity, provinces by years of water; a province whose statistics end keeps its last."""
    rows = tables["power_statistics"]
    rows = rows[rows["variable"] == "hydro_conventional_6_mw_and_up_capacity_mw"]
    capacity = rows.pivot(index="province", columns="year", values="value").reindex(list(provinces))
    years = sorted(tables["hydro_spill"]["year"].unique())
    return capacity.ffill(axis=1).reindex(columns=years)


def _store_mwh(table: pd.DataFrame, provinces: Sequence[str], years: Integers) -> Floats:
    """Return what seasonal stores hold between empty and full, MWh [year, P]; those that serve exports are not in it.

    Usable volume x the head of all plants its water still passes x gravity x efficiency.
    """
    inside = table[table["serves_export"] == 0]
    # A million m3 falling a metre is 1e9 kg x 9.81 J/kg; 3.6e9 J are a MWh.
    energy = inside["usable_million_m3"] * inside["head_m"] * 9.81 / 3.6 * inside["efficiency_share"]
    there = years[:, None] >= inside["from_year"].to_numpy()
    of = [(inside["province"] == p).to_numpy() for p in provinces]
    return np.stack([(energy.to_numpy(float) * there * mine).sum(axis=1) for mine in of], axis=1)


def _held(tables: Tables, provinces: tuple[str, ...], capacity_mw: pd.DataFrame) -> Mapping[int, Floats]:
    """Return what stores usually hold back of inflow over capacity: year -> [P, month], negative where they give."""
    share = _Parameters(tables["hydro_parameters"], provinces).monthly("usual_storing_share_of_store")
    years = capacity_mw.columns.to_numpy(dtype=np.int64)
    hours = _store_mwh(tables["hydro_cascades"], provinces, years) / capacity_mw.to_numpy(float).T
    return {int(y): hours[i][:, None] * share / HOURS_IN_MONTH for i, y in enumerate(years)}
