"""Cohorts of adopters: who heats, cooks and moves with what, outside of listed facilities and road vehicles."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import END_USE_TECHNOLOGIES, PARTS, SECTORS
from tanlu.core.economics import capital_recovery_factor
from tanlu.core.units import GJ_PER_MWH, KWH_PER_MWH
from tanlu.core.words.errors import UserValueError
from tanlu.core.words.messages import build_message
from tanlu.region.survival import share_that_stays, survival_by_age
from tanlu.region.tables import Tables, codes, numbers, texts

# Of which a statistic says how much a sector burns; END_USE_TECHNOLOGIES begin so.
FUELS_BURNT = ("coal", "oil", "gas")
ELECTRIC = np.isin(END_USE_TECHNOLOGIES, ("electric", "heat_pump"))
AGES = 60  # years of age that equipment may reach
GAMMA_DECIMALS = 12


class CohortData(NamedTuple):
    """Cohorts of every province; axes U cohorts, K `END_USE_TECHNOLOGIES`."""

    names: tuple[str, ...]
    labels_en: tuple[str, ...]
    labels_zh: tuple[str, ...]
    sector: Integers  # [U] whose block burns what it burns
    part: Integers  # [U] of electricity demand, whose hours and tariff it has
    fuel_share: Floats  # [U, FUELS_BURNT] of what the sector burns
    margin_cny_per_gj: Floats  # [U, FUELS_BURNT] of retail, beyond the price for industry
    demand_elasticity: Floats  # [U] per cent less used where running costs 1 % more
    offered: Booleans  # [U, K]
    useful_gj_per_gj: Floats  # [U, K] from final energy
    annuity_per_year: Floats  # [U, K] of the investment
    capex_cny_per_gj_year: Floats  # [U, K] of useful energy a year
    upkeep_cny_per_gj: Floats  # [U, K] of useful energy
    capex_fall_per_year: Floats  # [U, K]
    sales_share: Floats  # [U, K] of what was bought in the base year
    part_share: Floats  # [U, K] of the electricity of its part in the base year
    survival: Floats  # [U, K, AGES] share that is still there at each age
    kept_share: Floats  # [U, K, AGES - 1] of what is there at an age, and is so a year later


def read_cohorts(tables: Tables, survival_shape: float) -> CohortData:
    """Assemble the cohorts of a pack and their technologies.

    Shares count as parts of their sum, so that one of them can be varied alone.

    Raises:
        ValueError: if a name is unknown.
        UserValueError: if an efficiency, a life or hours of use are 0.
    """
    table, offers = tables["cohorts"], tables["cohort_technologies"]
    names = texts(table, "cohort")
    cohort, technology = codes(offers["cohort"], names), codes(offers["technology"], END_USE_TECHNOLOGIES)

    def spread(values: Floats, empty: float) -> Floats:
        cells = np.full((len(names), len(END_USE_TECHNOLOGIES)), empty)
        cells[cohort, technology] = values
        return cells

    useful, life = (
        _above_zero("cohort_technologies", offers, x) for x in ("conversion_factor", "lifetime_years")
    )
    hours = _above_zero("cohorts", table, "use_hours_per_year")
    gj_per_kw, life_years = hours[:, None] * (GJ_PER_MWH / KWH_PER_MWH), spread(life, 1.0)
    sector, sales = codes(table["sector"], SECTORS), spread(numbers(offers, "sales_share"), 0.0)
    # The last digits of the library's gamma function differ between processors.
    scale_years = life_years / round(math.gamma(1.0 + 1.0 / survival_shape), GAMMA_DECIMALS)
    survival = survival_by_age(scale_years, np.full(scale_years.shape, survival_shape), AGES)
    return CohortData(
        names=names,
        labels_en=texts(table, "label_en"),
        labels_zh=texts(table, "label_zh"),
        sector=sector,
        part=codes(table["demand_part"], PARTS),
        fuel_share=_share_of_sector(sector, _by_fuel(table, "share")),
        margin_cny_per_gj=_by_fuel(table, "margin_cny_per_gj"),
        demand_elasticity=numbers(table, "demand_elasticity"),
        offered=spread(useful, 0.0) > 0.0,
        useful_gj_per_gj=spread(useful, 1.0),
        annuity_per_year=capital_recovery_factor(numbers(table, "discount_rate")[:, None], life_years),
        capex_cny_per_gj_year=spread(numbers(offers, "capex_cny_per_kw"), 0.0) / gj_per_kw,
        upkeep_cny_per_gj=spread(numbers(offers, "om_cny_per_kw_year"), 0.0) / gj_per_kw,
        capex_fall_per_year=spread(numbers(offers, "capex_fall_share_per_year"), 0.0),
        sales_share=sales / np.maximum(sales.sum(axis=1, keepdims=True), 1e-12),
        part_share=spread(numbers(offers, "part_share"), 0.0),
        survival=survival,
        kept_share=share_that_stays(survival),
    )


def _by_fuel(table: pd.DataFrame, unit: str) -> Floats:
    return np.stack([numbers(table, f"{fuel}_{unit}") for fuel in FUELS_BURNT], axis=1)


def _above_zero(name: str, table: pd.DataFrame, column: str) -> Floats:
    """Read a column whose figures must be above 0.

    Raises:
        UserValueError: naming the table, the column and the row of one that is not.
    """
    values = numbers(table, column)
    for row in np.flatnonzero(values <= 0.0).tolist():
        place = " ".join(texts(table, key)[row] for key in table.columns[:2])
        raise UserValueError(build_message("not_above_zero", table=name, column=column, row=place))
    return values


def _share_of_sector(sector: Integers, share: Floats) -> Floats:
    """Divide shares [U, n] by their sum over the cohorts of a sector."""
    total = np.stack([share[sector == s].sum(axis=0) for s in sector])
    return np.divide(share, total, out=np.zeros_like(share), where=total > 0.0)
