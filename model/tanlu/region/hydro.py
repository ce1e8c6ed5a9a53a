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

    available_factor: Floats  # of what was generated, or spilled although load or lines might have taken it
    storing_factor: Floats  # of what seasonal stores held back of inflow in that; negative where they gave
    spell_days: Floats  # [month] of a dry spell, which holds the days of highest load; 0 in most
    spell_share: Floats  # water of its mean day over that of the month's; NaN: as load asks for it

    def scale(self, factor: Floats | float) -> "Water":
        """Scale the water of all seasons by `factor`, a number or [P, 1]."""
        return self._replace(
            available_factor=self.available_factor * factor, storing_factor=self.storing_factor * factor
        )


class Hydrology(NamedTuple):
    """Monthly water of hydro above 6 MW, the stores between months, and small hydro."""

    normal: Water
    years_of_normal: tuple[int, ...]  # whose mean it is
    used_in_years_of_normal: Floats  # [K, P, month] of `observed`, in their order
    storing_in_years_of_normal: Floats  # [K, P, month]
    observed: Mapping[int, Water]
    spilled: Mapping[int, Floats]  # year -> [P, month] the part of `observed` that was not generated
    spill_without_use: Mapping[
        int, Floats
    ]  # year -> [P, month] whatever load and lines were; in no `observed`
    store_mwh: Floats  # [year, P] of seasonal stores between empty and full
    stored_share: Mapping[
        int, Floats
    ]  # year -> [P, month] level at the month's end, as the inflow was derived
    usual_stored_share: Floats  # [P, month] the same of years without a figure
    lowest_share: Floats  # [year, P, month] least level at the month's end that the rules allow
    highest_share: Floats  # [year, P, month]
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
    capacity_mw, normal_years = _capacity_mw(tables, provinces), years_of_normal_water(settings)
    generated = _generation_factor(tables["hydro"], provinces, normal_years)
    spilled, spill_without_use = (
        _spill_factor(tables, column, provinces, capacity_mw) for column in ("useful_gwh", "without_use_gwh")
    )
    observed_years = capacity_mw.columns.astype(int).tolist()
    usual_share = _usual_stored_share(parameters.monthly("usual_storing_share_of_store"))
    stored_share = _read_stored_share(tables["hydro_filling"], provinces, usual_share, observed_years)
    storing_factor = _storing_factor(tables["hydro_cascades"], provinces, capacity_mw, stored_share)
    lowest_share, highest_share = _read_rules(tables, provinces)
    river = parameters.monthly("run_of_river_share_of_energy")
    spells = tables["hydro_dry_spells"]
    observed = {
        y: Water(
            generated[y] + spilled[y], storing_factor[y], *_spell(spells[spells["year"] == y], provinces)
        )
        for y in spilled
    }
    usual = mean_water([observed[year] for year in normal_years])
    for water in (usual, *observed.values()):
        if (water.available_factor * (1.0 - river) + water.storing_factor < 0.0).any():
            raise ValueError("hydro_cascades: stores give more than reservoirs release in some month")
    small = parameters.single("small_hydro_energy_gwh_per_year")[:, None]
    return Hydrology(
        normal=usual,
        years_of_normal=normal_years,
        used_in_years_of_normal=np.stack([observed[year].available_factor for year in normal_years]),
        storing_in_years_of_normal=np.stack([observed[year].storing_factor for year in normal_years]),
        observed=observed,
        spilled=spilled,
        spill_without_use=spill_without_use,
        store_mwh=_store_mwh(tables["hydro_cascades"], provinces, DATA_YEARS),
        stored_share=stored_share,
        usual_stored_share=usual_share,
        lowest_share=lowest_share,
        highest_share=highest_share,
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
        """Read a monthly parameter [P, month]."""
        return by_month(self._rows(name), "value", self.provinces)

    def single(self, name: str) -> Floats:
        """Read a parameter [P], 0 for a province without a row."""
        value = self._rows(name).set_index("province")["value"]
        return np.array([float(value.get(p, 0.0)) for p in self.provinces])


def years_of_normal_water(settings: Mapping[str, Any]) -> tuple[int, ...]:
    """List the years whose mean is the normal one."""
    first, last = (int(settings[f"{end}_year_of_normal_water"]) for end in ("first", "last"))
    return tuple(range(first, last + 1))


def mean_water(years: Sequence[Water]) -> Water:
    """Compute the mean water of years, without dry spells."""
    available_factor, storing_factor = (
        np.mean([getattr(water, name) for water in years], axis=0)
        for name in ("available_factor", "storing_factor")
    )
    return Water(available_factor, storing_factor, np.zeros(MONTHS), np.full(available_factor.shape, np.nan))


def _generation_factor(
    table: pd.DataFrame, provinces: Sequence[str], normal_years: Sequence[int]
) -> Mapping[int, Floats]:
    """Read capacity factors of generation by year [P, month].

    A province without statistics yet has its normal year.
    """
    factor_of_year = {
        int(str(y)): by_month(rows, "capacity_factor", provinces) for y, rows in table.groupby("year")
    }
    usual = np.mean([factor_of_year[year] for year in normal_years], axis=0)
    return {year: np.where(np.isnan(factor), usual, factor) for year, factor in factor_of_year.items()}


def _spill_factor(
    tables: Tables, column: str, provinces: tuple[str, ...], capacity_mw: pd.DataFrame
) -> Mapping[int, Floats]:
    """Compute spill over capacity: year -> [P, month].

    `column` is one of the table, or `useful_gwh`.
    A year's spill goes to the wet months by `spill_share_of_year`, to those in proportion in which thermal units ran
    near their least: while they give more, water has a use.
    """
    parameters = _Parameters(tables["hydro_parameters"], provinces)
    share, ratio = parameters.monthly("spill_share_of_year"), parameters.single("spill_month_thermal_ratio")
    thermal = _thermal_mw(tables["power_balance"], provinces)
    spill = _read_spill(tables, provinces)
    spill = spill.assign(useful_gwh=spill["spilled_gwh"] - spill["without_use_gwh"])
    gwh = spill.pivot(index="province", columns="year", values=column)
    full_load_hours = gwh.reindex(list(provinces)) * MWH_PER_GWH / capacity_mw
    spilled = {}
    for year in gwh.columns:
        output = thermal.get(int(year), np.zeros(share.shape))  # without a statistic no month is left out
        lowest_output = np.where(share > 0.0, output, np.inf).min(axis=1, keepdims=True)
        wet = share * (output <= ratio[:, None] * lowest_output)
        weight = wet / wet.sum(axis=1, keepdims=True)
        spilled[int(year)] = full_load_hours[year].to_numpy(float)[:, None] * weight / HOURS_IN_MONTH
    return spilled


def _read_spill(tables: Tables, provinces: Sequence[str]) -> pd.DataFrame:
    """Read the spill of provinces by year, 0 in the years of hydropower of a pack without the table."""
    spill = tables["hydro_spill"]
    if not spill.empty:
        return spill
    rows = [(province, year, 0.0, 0.0) for province in provinces for year in tables["hydro"]["year"].unique()]
    return pd.DataFrame(rows, columns=["province", "year", "spilled_gwh", "without_use_gwh"])


def _thermal_mw(book: pd.DataFrame, provinces: Sequence[str]) -> Mapping[int, Floats]:
    """Compute mean thermal output of past months: year -> [P, month]."""
    by_year = monthly_gwh(book, "thermal_generation", provinces)
    return {year: gwh / HOURS_IN_MONTH * MWH_PER_GWH for year, gwh in by_year.items()}


def _spell(rows: pd.DataFrame, provinces: Sequence[str]) -> tuple[Floats, Floats]:
    """Read dry spells: days [month] and relative water [P, month].

    Water of their mean day over the month's.

    Raises:
        ValueError: if a month's spell has other lengths in two provinces, for their days are cleared together.
    """
    days = by_month(rows, "days", provinces)
    longest = np.nan_to_num(days).max(axis=0)
    if (days < longest).any():
        raise ValueError("hydro_dry_spells: a month's spell has as many days in one province as in the other")
    return longest, by_month(rows, "water_share", provinces)


def _capacity_mw(tables: Tables, provinces: Sequence[str]) -> pd.DataFrame:
    """Read official capacity, provinces by years of water.

    A province whose statistics end keeps its last.
    """
    rows = tables["power_statistics"]
    rows = rows[rows["variable"] == "hydro_conventional_6_mw_and_up_capacity_mw"]
    capacity = rows.pivot(index="province", columns="year", values="value").reindex(list(provinces))
    years = sorted(_read_spill(tables, provinces)["year"].unique())
    return capacity.ffill(axis=1).reindex(columns=years)


def _inside_cascades(table: pd.DataFrame) -> pd.DataFrame:
    """Select the reservoirs that do not serve exports only, with the energy of each, MWh.

    Usable volume x the head of all plants its water still passes x gravity x efficiency.
    """
    inside = table[table["serves_export"] == 0]
    # A million m3 falling a metre is 1e9 kg x 9.81 J/kg; 3.6e9 J are a MWh.
    energy = inside["usable_million_m3"] * inside["head_m"] * 9.81 / 3.6 * inside["efficiency_share"]
    return inside.assign(energy_mwh=energy.astype(float))


def _sum_energy(inside: pd.DataFrame, energy: Floats, provinces: Sequence[str], years: Integers) -> Floats:
    """Sum energy of reservoirs [R] or [R, month] that stand, [year, P] or [year, P, month]."""
    stands = (years[:, None] >= inside["from_year"].to_numpy()).astype(float)  # [year, R]
    in_province = np.stack([(inside["province"] == p).to_numpy(float) for p in provinces])  # [P, R]
    counts = (stands[:, None] * in_province).reshape(len(years), len(provinces), -1, *[1] * (energy.ndim - 1))
    return np.asarray((counts * energy).sum(axis=2))


def _store_mwh(table: pd.DataFrame, provinces: Sequence[str], years: Integers) -> Floats:
    """Compute the size of seasonal stores, MWh [year, P]; stores that serve exports are left out."""
    inside = _inside_cascades(table)
    return _sum_energy(inside, inside["energy_mwh"].to_numpy(), provinces, years)


def _read_rules(tables: Tables, provinces: Sequence[str]) -> tuple[Floats, Floats]:
    """Read least and highest levels at the month's end, shares of the stores [year, P, month].

    Those of a province are the sums over its reservoirs, by energy; a reservoir without a rule may be empty or full.

    Raises:
        ValueError: if the least level is above the highest.
    """
    inside, rules = _inside_cascades(tables["hydro_cascades"]), tables["hydro_rules"]
    energy = inside["energy_mwh"].to_numpy()
    store_mwh = _sum_energy(inside, energy, provinces, DATA_YEARS)[:, :, None]
    shares = []
    for rule, free in (("lowest", 0.0), ("highest", 1.0)):
        share = np.full((energy.size, MONTHS), free)
        for i, reservoir in enumerate(inside["reservoir_id"]):
            rows = rules[(rules["reservoir_id"] == reservoir) & (rules["rule"] == rule)]
            for month, value in zip(rows["month"], rows["stored_share"].astype(float), strict=True):
                share[i, slice(None) if pd.isna(month) else int(month) - 1] = value
        summed = _sum_energy(inside, energy[:, None] * share, provinces, DATA_YEARS)
        shares.append(np.where(store_mwh > 0.0, summed / np.maximum(store_mwh, 1e-9), free))
    if (shares[0] > shares[1]).any():
        raise ValueError("hydro_rules: a lowest level is above the highest one of its month")
    return shares[0], shares[1]


def _usual_stored_share(storing_share: Floats) -> Floats:
    """Compute the usual level at the end of months from what stores hold back in each, shares [P, month]."""
    course = np.cumsum(storing_share, axis=1)
    return np.asarray(course - course.min(axis=1, keepdims=True))


def _read_stored_share(
    table: pd.DataFrame, provinces: Sequence[str], usual_share: Floats, years: Sequence[int]
) -> Mapping[int, Floats]:
    """Read levels at the end of months of past years: year -> shares [P, month].

    Between a year's first and last figure they lie on straight lines, before and after as usual.
    """
    measured = pd.to_datetime(table["measured_on"])
    day, month_end = measured.dt.day_of_year, np.cumsum(DAYS_IN_MONTH)
    levels = {}
    for year in years:
        levels[year] = usual_share.copy()
        for p, province in enumerate(provinces):
            is_row = (table["province"] == province) & (measured.dt.year == year)
            if is_row.any():
                order = np.argsort(day[is_row].to_numpy())
                days = day[is_row].to_numpy(float)[order]
                shares = table.loc[is_row, "stored_share"].to_numpy(float)[order]
                between = (month_end >= days[0]) & (month_end <= days[-1])
                levels[year][p, between] = np.interp(month_end[between], days, shares)
    return levels


def _storing_factor(
    cascades: pd.DataFrame,
    provinces: Sequence[str],
    capacity_mw: pd.DataFrame,
    stored_share: Mapping[int, Floats],
) -> Mapping[int, Floats]:
    """Compute what stores held back over capacity: year -> [P, month].

    It is taken from inflow; negative where stores gave. The first year begins as it ended.
    """
    years = capacity_mw.columns.to_numpy(dtype=np.int64)
    hours = _store_mwh(cascades, provinces, years) / capacity_mw.to_numpy(float).T
    factors, opening = {}, stored_share[int(years[0])][:, -1:]
    for i, year in enumerate(years.tolist()):
        held = np.diff(stored_share[year], axis=1, prepend=opening)
        factors[year], opening = hours[i][:, None] * held / HOURS_IN_MONTH, stored_share[year][:, -1:]
    return factors
